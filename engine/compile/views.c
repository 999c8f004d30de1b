/* Views: values that are another value's bytes, seen with other strides.
 *
 * Reshapes that need not move anything (reshape.c), transposes, broadcasts and basic slices cost
 * nothing; a consumer that cannot follow strides gets a copy (nodes.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

guint
weft_type_dims (const WeftType *type, gint64 *dims)
{
  for (guint i = 0; i < type->shape.rank; i++)
    dims[i] = type->shape.dims[i].offset;
  return type->shape.rank;
}

gint64
weft_view_contiguous_strides (guint rank, const gint64 *dims, gint64 *strides)
{
  gint64 n = 1;
  for (guint i = rank; i-- > 0;)
    {
      strides[i] = dims[i] == 1 ? 0 : n;
      n *= dims[i];
    }
  return n;
}

/* Makes @view the C order of @dims; root and offset stay. */
void
weft_view_set_contiguous (WeftView *view, guint rank, const gint64 *dims)
{
  weft_view_contiguous_strides (rank, dims, view->strides);
  view->contiguous = TRUE;
}

gboolean
weft_view_is_contiguous (const WeftView *view, guint rank, const gint64 *dims)
{
  gint64 strides[WEFT_MAX_RANK];
  if (weft_view_contiguous_strides (rank, dims, strides) == 0)
    return TRUE;
  for (guint i = 0; i < rank; i++)
    if (dims[i] != 1 && view->strides[i] != strides[i])
      return FALSE;
  return TRUE;
}

/* @view of shape @dims as NumPy broadcasts it to @to_dims: new and stretched axes get stride 0. */
WeftView
weft_view_broadcast (
  const WeftView *view, guint rank, const gint64 *dims, guint to_rank, const gint64 *to_dims)
{
  WeftView result = { .root = view->root, .offset = view->offset };
  guint    shift = to_rank - rank;
  for (guint i = 0; i < rank; i++)
    result.strides[shift + i] = dims[i] == 1 ? 0 : view->strides[i];
  result.contiguous = weft_view_is_contiguous (&result, to_rank, to_dims);
  return result;
}

static void
view_of_transpose (const WeftApply *apply, const WeftView *input, guint rank, WeftView *view)
{
  const WeftAttr *axes = weft_apply_attr (apply, "axes");
  for (guint i = 0; i < rank; i++)
    {
      gint64 from = axes->kind == WEFT_ATTR_NONE ? (gint64) (rank - 1 - i)
                                                 : axes->dims->dims[i].offset;
      if (from < 0)
        from += rank;
      view->strides[i] = input->strides[from];
    }
}

/* The first element and the step of a slice over @n elements, as Python bounds it; the length is
 * known from the type. */
static gint64
slice_start (const WeftIndex *index, gint64 n)
{
  gint64 low = index->step > 0 ? 0 : -1, high = index->step > 0 ? n : n - 1;
  gint64 start = index->start.offset;
  if (!index->has_start)
    return index->step > 0 ? 0 : n - 1;
  if (start < 0)
    start += n;
  return CLAMP (start, low, high);
}

static gboolean
index_is_basic (const WeftAttr *attr)
{
  for (guint i = 0; i < attr->n_index; i++)
    {
      const WeftIndex *index = &attr->index[i];
      if (index->kind == WEFT_INDEX_ARRAY)
        return FALSE;
      if (!weft_dim_is_number (index->start) || !weft_dim_is_number (index->stop))
        return FALSE;
    }
  return TRUE;
}

static gboolean
view_of_getitem (
  const WeftApply *apply, const WeftView *input, guint rank, const gint64 *dims, WeftView *view)
{
  const WeftAttr *attr = weft_apply_attr (apply, "index");
  guint           taken = 0, axis = 0, out = 0;
  if (!index_is_basic (attr))
    return FALSE;
  for (guint i = 0; i < attr->n_index; i++)
    taken += attr->index[i].kind == WEFT_INDEX_AT || attr->index[i].kind == WEFT_INDEX_SLICE;
  for (guint i = 0; i < attr->n_index; i++)
    {
      const WeftIndex *index = &attr->index[i];
      if (index->kind == WEFT_INDEX_NEWAXIS)
        view->strides[out++] = 0;
      else if (index->kind == WEFT_INDEX_REST)
        for (guint k = rank - taken; k > 0; k--)
          view->strides[out++] = input->strides[axis++];
      else if (index->kind == WEFT_INDEX_AT)
        {
          gint64 at = index->start.offset + (index->start.offset < 0 ? dims[axis] : 0);
          view->offset += at * input->strides[axis++];
        }
      else
        {
          gint64 step = index->step == 0 ? 1 : index->step;
          view->offset += slice_start (index, dims[axis]) * input->strides[axis];
          view->strides[out++] = step * input->strides[axis++];
        }
    }
  while (axis < rank)
    view->strides[out++] = input->strides[axis++];
  return TRUE;
}

static gboolean
keeps_every_element (const WeftApply *apply)
{
  guint id = apply->op->id;
  return id == WEFT_OP_IDENTITY || id == WEFT_OP_STOP_GRADIENT || id == WEFT_OP_CUSTOM ||
         id == WEFT_OP_GRAD_SCALE || id == WEFT_OP_GRAD_CLIP ||
         ((id == WEFT_OP_CAST || (id == WEFT_OP_ADD_N && apply->n_inputs == 1)) &&
          apply->inputs[0]->type.dtype == apply->outputs[0].type.dtype);
}

/* Fills @view if the result of @apply is its first input @input seen otherwise. FALSE: it must be
 * computed (or, for a row with VIEW whose input is not contiguous, copied first). */
gboolean
weft_view_of_apply (const WeftApply *apply, const WeftView *input, WeftView *view)
{
  gint64 in_dims[WEFT_MAX_RANK], dims[WEFT_MAX_RANK];
  guint  in_rank, rank = weft_type_dims (&apply->outputs[0].type, dims);
  if (apply->n_inputs == 0)
    return FALSE;
  in_rank = weft_type_dims (&apply->inputs[0]->type, in_dims);
  *view = *input;
  if (keeps_every_element (apply))
    return TRUE;
  if (apply->op->traits & WEFT_TRAIT_VIEW)
    {
      if (!input->contiguous)
        return weft_view_reshape (input, in_rank, in_dims, rank, dims, view);
      weft_view_set_contiguous (view, rank, dims);
      return TRUE;
    }
  if (apply->op->id == WEFT_OP_BROADCAST_TO)
    {
      *view = weft_view_broadcast (input, in_rank, in_dims, rank, dims);
      return TRUE;
    }
  if (apply->op->id == WEFT_OP_TRANSPOSE)
    view_of_transpose (apply, input, rank, view);
  else if (apply->op->id != WEFT_OP_GETITEM ||
           !view_of_getitem (apply, input, in_rank, in_dims, view))
    return FALSE;
  view->contiguous = weft_view_is_contiguous (view, rank, dims);
  if (view->contiguous)
    weft_view_set_contiguous (view, rank, dims);
  return TRUE;
}

gboolean
weft_operand_is_direct (WeftBuilder *builder, const WeftNode *user, const WeftView *operand)
{
  return operand->contiguous && operand->offset == 0 &&
         weft_builder_root (builder, operand->root)->n == user->n;
}
