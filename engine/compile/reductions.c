/* Sums, means and their kin as nodes of loop nests.
 *
 * A reduction over the last axes leaves one number a row, over the first axes one row, over all of
 * them one number. One over axes in the middle stays its op's own kernel.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

/* What is reduced, its axes in an order that may differ from the value's. */
typedef struct
{
  guint    rank;
  gint64   dims[WEFT_MAX_RANK];
  gboolean reduced[WEFT_MAX_RANK];
  WeftView view;
} Source;

static gboolean
combine_of (guint id, guint *combine)
{
  switch (id)
    {
    case WEFT_OP_SUM:
    case WEFT_OP_SUM_TO:
    case WEFT_OP_MEAN:
      *combine = WEFT_OP_ADD;
      return TRUE;
    case WEFT_OP_PROD:
      *combine = WEFT_OP_MUL;
      return TRUE;
    case WEFT_OP_MAX:
      *combine = WEFT_OP_MAXIMUM;
      return TRUE;
    case WEFT_OP_MIN:
      *combine = WEFT_OP_MINIMUM;
      return TRUE;
    case WEFT_OP_ALL:
      *combine = WEFT_OP_LOGICAL_AND;
      return TRUE;
    case WEFT_OP_ANY:
      *combine = WEFT_OP_LOGICAL_OR;
      return TRUE;
    default:
      return FALSE;
    }
}

/* Marks the axes that @apply reduces. */
static void
find_reduced (const WeftApply *apply, Source *source)
{
  const WeftAttr *axes = &apply->attrs[0];
  if (apply->op->id == WEFT_OP_SUM_TO)
    {
      gint64 dims[WEFT_MAX_RANK];
      guint  missing = source->rank - weft_type_dims (&apply->outputs[0].type, dims);
      for (guint i = 0; i < source->rank; i++)
        source->reduced[i] = i < missing || dims[i - missing] == 1;
      return;
    }
  if (axes->kind == WEFT_ATTR_NONE)
    for (guint i = 0; i < source->rank; i++)
      source->reduced[i] = TRUE;
  else
    for (guint i = 0; i < axes->dims->rank; i++)
      {
        gint64 axis = axes->dims->dims[i].offset;
        source->reduced[axis < 0 ? axis + source->rank : axis] = TRUE;
      }
}

static void
drop_single_axes (Source *source)
{
  guint n = 0;
  for (guint i = 0; i < source->rank; i++)
    if (source->dims[i] != 1)
      {
        source->dims[n] = source->dims[i];
        source->reduced[n] = source->reduced[i];
        source->view.strides[n++] = source->view.strides[i];
      }
  source->rank = n;
}

static void
swap_axes (Source *source, guint a, guint b)
{
  gint64   dim = source->dims[a], stride = source->view.strides[a];
  gboolean reduced = source->reduced[a];
  source->dims[a] = source->dims[b];
  source->view.strides[a] = source->view.strides[b];
  source->reduced[a] = source->reduced[b];
  source->dims[b] = dim;
  source->view.strides[b] = stride;
  source->reduced[b] = reduced;
}

/* Puts the axes in the order of their strides, so that what lies together is read together: the
 * order of elements does not matter to what is reduced, but the result's axes keep theirs. */
static void
sort_axes (Source *source)
{
  Source sorted = *source;
  for (guint i = 1; i < sorted.rank; i++)
    for (guint k = i; k > 0 && ABS (sorted.view.strides[k - 1]) < ABS (sorted.view.strides[k]); k--)
      {
        if (sorted.view.strides[k - 1] == 0 || (!sorted.reduced[k - 1] && !sorted.reduced[k]))
          return;
        swap_axes (&sorted, k - 1, k);
      }
  *source = sorted;
}

static WeftReduction
classify (const Source *source)
{
  guint first = 0, last = source->rank;
  while (first < source->rank && source->reduced[first])
    first++;
  while (last > 0 && source->reduced[last - 1])
    last--;
  if (first == source->rank)
    return WEFT_REDUCTION_ALL;
  if (first == 0)
    {
      for (guint i = 0; i < last; i++)
        if (source->reduced[i])
          return WEFT_REDUCTION_NONE;
      return WEFT_REDUCTION_ROWS;
    }
  for (guint i = first; i < source->rank; i++)
    if (source->reduced[i])
      return WEFT_REDUCTION_NONE;
  return last == source->rank ? WEFT_REDUCTION_ACROSS : WEFT_REDUCTION_NONE;
}

/* The number of elements of the last axes: the reduced ones for ROWS, the kept for ACROSS. */
static gint64
row_length (const Source *source, WeftReduction reduction)
{
  gint64 row = 1;
  for (guint i = source->rank; i-- > 0;)
    if (source->reduced[i] == (reduction == WEFT_REDUCTION_ROWS))
      row *= source->dims[i];
  return row;
}

static WeftNode *
add_reduction (WeftBuilder     *builder,
               const WeftApply *apply,
               const Source    *source,
               WeftReduction    reduction)
{
  WeftNode *node =
    weft_builder_add_node (builder, WEFT_NODE_REDUCTION, apply, apply->inputs[0], 1);
  node->reduction = reduction;
  node->rank = source->rank;
  memcpy (node->dims, source->dims, sizeof node->dims);
  node->operands[0] = source->view;
  if (reduction != WEFT_REDUCTION_ALL)
    {
      gint64 row = row_length (source, reduction);
      node->space = weft_builder_space_number (builder, node->n / row, row);
    }
  return node;
}

/* A mean over the first axes is divided when the sum is complete. */
static void
add_division (WeftBuilder *builder, const WeftApply *apply, double count)
{
  WeftView  sum = weft_builder_view (builder, &apply->outputs[0]);
  WeftNode *node =
    weft_builder_add_node (builder, WEFT_NODE_ELEMENTWISE, apply, &apply->outputs[0], 1);
  node->operands[0] = sum;
  node->count = count;
  weft_builder_add_results (builder, apply);
}

static gboolean
is_computed (WeftDType dtype)
{
  return weft_dtypes[dtype].compute == dtype;
}

/* What reduces axes of size 1 is its operand seen otherwise. */
static gboolean
lower_as_view (WeftBuilder *builder, const WeftApply *apply)
{
  WeftView view = weft_builder_view (builder, apply->inputs[0]);
  gint64   dims[WEFT_MAX_RANK];
  guint    rank = weft_type_dims (&apply->outputs[0].type, dims);
  if (!view.contiguous || apply->inputs[0]->type.dtype != apply->outputs[0].type.dtype)
    return FALSE;
  weft_view_set_contiguous (&view, rank, dims);
  weft_builder_set_view (builder, &apply->outputs[0], &view);
  return TRUE;
}

/* Whether a loop nest has what it needs: something to reduce, rows that can be walked, numbers to
 * count with. */
static gboolean
can_be_nest (const WeftApply *apply, const Source *source, WeftReduction reduction)
{
  WeftDType from = apply->inputs[0]->type.dtype, to = apply->outputs[0].type.dtype;
  if (reduction == WEFT_REDUCTION_NONE || !is_computed (from) || !is_computed (to) ||
      (to == WEFT_BOOL && from != WEFT_BOOL))
    return FALSE;
  return reduction == WEFT_REDUCTION_ALL ||
         weft_view_has_rows (source->rank, source->dims, &source->view,
                             row_length (source, reduction));
}

/* Adds the nodes of @apply. FALSE: it is no reduction, or one for its op's own kernel. */
gboolean
weft_compile_lower_reduction (WeftBuilder *builder, const WeftApply *apply)
{
  Source        source = { 0 };
  WeftReduction reduction;
  WeftNode     *node;
  guint         combine;
  double        count = 1, n = 1;
  if (!combine_of (apply->op->id, &combine))
    return FALSE;
  source.rank = weft_type_dims (&apply->inputs[0]->type, source.dims);
  source.view = weft_builder_view (builder, apply->inputs[0]);
  find_reduced (apply, &source);
  for (guint i = 0; i < source.rank; i++)
    {
      count *= source.reduced[i] ? source.dims[i] : 1;
      n *= source.dims[i];
    }
  if (count == 1 || n == 0)
    return n != 0 && lower_as_view (builder, apply);
  drop_single_axes (&source);
  if (!source.view.contiguous)
    sort_axes (&source);
  source.view.contiguous = weft_view_is_contiguous (&source.view, source.rank, source.dims);
  reduction = classify (&source);
  if (!can_be_nest (apply, &source, reduction))
    return FALSE;
  node = add_reduction (builder, apply, &source, reduction);
  node->combine = combine;
  if (apply->op->id == WEFT_OP_MEAN && reduction != WEFT_REDUCTION_ACROSS)
    node->count = count;
  weft_builder_add_results (builder, apply);
  if (apply->op->id == WEFT_OP_MEAN && reduction == WEFT_REDUCTION_ACROSS)
    add_division (builder, apply, count);
  return TRUE;
}

/* The product of two vectors is the sum of their elements' products: what makes the vectors then
 * need not store them. FALSE: @apply is something else. */
gboolean
weft_compile_lower_dot (WeftBuilder *builder, const WeftApply *apply)
{
  WeftNode *node;
  if (apply->op->id != WEFT_OP_MATMUL || apply->inputs[0]->type.shape.rank != 1 ||
      apply->inputs[1]->type.shape.rank != 1 || apply->inputs[0]->type.shape.dims[0].offset < 2 ||
      !weft_dtype_is_float (apply->outputs[0].type.dtype) ||
      apply->inputs[0]->type.dtype != apply->outputs[0].type.dtype ||
      apply->inputs[1]->type.dtype != apply->outputs[0].type.dtype)
    return FALSE;
  node = weft_builder_add_node (builder, WEFT_NODE_REDUCTION, apply, apply->inputs[0], 2);
  node->reduction = WEFT_REDUCTION_ALL;
  node->combine = WEFT_OP_ADD;
  node->operands[0] = weft_builder_view (builder, apply->inputs[0]);
  node->operands[1] = weft_builder_view (builder, apply->inputs[1]);
  weft_builder_add_results (builder, apply);
  return TRUE;
}

/* The element of each row at the row's label. FALSE: it is none, or one for its op's own kernel. */
gboolean
weft_compile_lower_pick (WeftBuilder *builder, const WeftApply *apply)
{
  gint64    dims[WEFT_MAX_RANK], n = 1;
  guint     rank;
  WeftView  rows, labels;
  WeftNode *node;
  if (apply->op->id != WEFT_OP_CROSS_ENTROPY_PICK ||
      (apply->inputs[1]->type.dtype != WEFT_I32 && apply->inputs[1]->type.dtype != WEFT_I64))
    return FALSE;
  rank = weft_type_dims (&apply->inputs[0]->type, dims);
  for (guint i = 0; i < rank; i++)
    n *= dims[i];
  if (n == 0 || dims[rank - 1] == 1)
    return FALSE;
  rows = weft_builder_view (builder, apply->inputs[0]);
  labels = weft_builder_view (builder, apply->inputs[1]);
  node = weft_builder_add_node (builder, WEFT_NODE_ELEMENTWISE, apply, &apply->outputs[0], 2);
  node->operands[0] = rows;
  node->operands[1] = labels;
  node->per_row = TRUE;
  node->space = weft_builder_space_number (builder, n / dims[rank - 1], dims[rank - 1]);
  weft_builder_root (builder, rows.root)->picked = TRUE;
  weft_builder_add_results (builder, apply);
  return TRUE;
}
