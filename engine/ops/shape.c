/* Type rules shared by the families, and the rows that change shapes only.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

/* ---- Helpers ---- */

char *
weft_two_shapes (const WeftShape *a, const WeftShape *b)
{
  g_autofree char *first = weft_shape_to_string (a);
  g_autofree char *second = weft_shape_to_string (b);

  return g_strdup_printf ("%s and %s", first, second);
}

void
weft_infer_differ (const WeftOp *op, WeftDim a, WeftDim b, const char *what, GError **error)
{
  g_autoptr (GString) equation = g_string_new (NULL);

  weft_dim_append (a, equation);
  g_string_append (equation, " != ");
  weft_dim_append (b, equation);
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %s (%s)", op->name,
               equation->str, what);
}

gboolean
weft_infer_same_dim (const WeftOp *op, WeftDim *a, WeftDim b, const char *what, GError **error)
{
  if (weft_dim_differs (*a, b))
    {
      weft_infer_differ (op, *a, b, what, error);
      return FALSE;
    }
  if (weft_dim_is_number (b))
    *a = b;
  return TRUE;
}

gboolean
weft_infer_axis (const WeftOp *op, gint64 axis, guint rank, guint *result, GError **error)
{
  gint64 counted = axis < 0 ? axis + rank : axis;

  if (counted < 0 || counted >= rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: axis %" G_GINT64_FORMAT " of %u axes", op->name, axis, rank);
      return FALSE;
    }
  *result = counted;
  return TRUE;
}

gboolean
weft_infer_axes (const WeftOp *op, const WeftAttr *attr, guint rank, guint *mask, GError **error)
{
  *mask = 0;
  if (attr->kind == WEFT_ATTR_NONE)
    {
      *mask = (1u << rank) - 1;
      return TRUE;
    }
  for (guint i = 0; i < attr->dims->rank; i++)
    {
      guint axis;

      if (!weft_infer_axis (op, attr->dims->dims[i].offset, rank, &axis, error))
        return FALSE;
      if (*mask & 1u << axis)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: axis %u is named twice",
                       op->name, axis);
          return FALSE;
        }
      *mask |= 1u << axis;
    }
  return TRUE;
}

guint
weft_reduced_axes (const WeftOp *op, const WeftAttr *attr, guint rank)
{
  guint mask = 0;

  if (attr->kind == WEFT_ATTR_INT)
    return 1u << (attr->i < 0 ? attr->i + rank : attr->i);
  weft_infer_axes (op, attr, rank, &mask, NULL);
  return mask;
}

WeftShape
weft_shape_reduce (const WeftShape *shape, guint mask, gboolean keepdims)
{
  WeftShape result = { 0 };

  for (guint i = 0; i < shape->rank; i++)
    if (!(mask & 1u << i))
      result.dims[result.rank++] = shape->dims[i];
    else if (keepdims)
      result.dims[result.rank++] = weft_dim (1);
  return result;
}

/* The flat position of @index (in @rank axes of @shape, C order). */
static gint64
flat_index (guint rank, const gint64 *shape, const gint64 *index)
{
  gint64 flat = 0;

  for (guint i = 0; i < rank; i++)
    flat = flat * shape[i] + index[i];
  return flat;
}

static void
unflatten (gint64 flat, guint rank, const gint64 *shape, gint64 *index)
{
  for (guint i = rank; i-- > 0; flat /= shape[i])
    index[i] = flat % shape[i];
}

/* ---- Leaves and casts ---- */

static INFER (weft_infer_dim)
{
  types[0] = (WeftType){ WEFT_I64, TRUE, { 0 } };
  return TRUE;
}

static INFER (weft_infer_cast)
{
  types[0] = inputs[0];
  types[0].dtype = weft_dtypes[attrs[0].i].compute;
  types[0].weak = FALSE;
  return TRUE;
}

/* ---- reshape, expand_dims, squeeze: the same elements in the same order ---- */

/* Replaces one -1 in @shape by what @size leaves. */
static gboolean
fill_open_dim (const WeftOp *op, const WeftShape *source, WeftShape *shape, GError **error)
{
  WeftDim size = weft_shape_size (source), known = weft_dim (1);
  int     open = -1;

  for (guint i = 0; i < shape->rank; i++)
    {
      gboolean number = weft_dim_is_number (shape->dims[i]);

      if (!number || shape->dims[i].offset >= 0)
        known = weft_dim_mul (known, shape->dims[i]);
      else if (open >= 0 || shape->dims[i].offset != -1)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                       "%s: a dimension is negative; one may be -1, meaning what is left",
                       op->name);
          return FALSE;
        }
      else
        open = i;
    }
  if (open < 0)
    return TRUE;
  if (weft_dim_is_number (known) &&
      (known.offset == 0 || (weft_dim_is_number (size) && size.offset % known.offset != 0)))
    {
      g_autofree char *shapes = weft_two_shapes (source, shape);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: no whole number for -1 (%s)",
                   op->name, shapes);
      return FALSE;
    }
  shape->dims[open] = weft_dim_div (size, known);
  return TRUE;
}

static INFER (weft_infer_reshape)
{
  WeftShape shape = *attrs[0].dims;
  WeftDim   before = weft_shape_size (&inputs[0].shape), after;

  if (!fill_open_dim (op, &inputs[0].shape, &shape, error))
    return FALSE;
  after = weft_shape_size (&shape);
  if (weft_dim_differs (before, after))
    {
      g_autofree char *shapes = weft_two_shapes (&inputs[0].shape, &shape);
      g_autofree char *what = g_strdup_printf ("elements of %s", shapes);

      weft_infer_differ (op, before, after, what, error);
      return FALSE;
    }
  types[0].dtype = inputs[0].dtype;
  types[0].shape = shape;
  return TRUE;
}

static INFER (weft_infer_expand_dims)
{
  const WeftShape *source = &inputs[0].shape;
  guint            rank = source->rank + attrs[0].dims->rank, mask, k = 0;

  if (rank > WEFT_MAX_RANK)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %u axes; there can be %d",
                   op->name, rank, WEFT_MAX_RANK);
      return FALSE;
    }
  if (!weft_infer_axes (op, &attrs[0], rank, &mask, error))
    return FALSE;
  types[0].dtype = inputs[0].dtype;
  types[0].shape.rank = rank;
  for (guint i = 0; i < rank; i++)
    types[0].shape.dims[i] = mask & 1u << i ? weft_dim (1) : source->dims[k++];
  return TRUE;
}

static INFER (weft_infer_squeeze)
{
  const WeftShape *source = &inputs[0].shape;
  guint            mask;

  if (!weft_infer_axes (op, &attrs[0], source->rank, &mask, error))
    return FALSE;
  for (guint i = 0; i < source->rank; i++)
    if (mask & 1u << i && weft_dim_differs (source->dims[i], weft_dim (1)))
      {
        g_autofree char *shape = weft_shape_to_string (source);
        g_autofree char *what = g_strdup_printf ("axis %u of %s", i, shape);

        weft_infer_differ (op, source->dims[i], weft_dim (1), what, error);
        return FALSE;
      }
  types[0].dtype = inputs[0].dtype;
  types[0].shape = weft_shape_reduce (source, mask, FALSE);
  return TRUE;
}

/* Without an axis: the axes that are known to have size 1 now; a named one is not, whatever it is
 * at the call. */
static void
settle_squeeze (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, WeftAttr *attrs)
{
  const WeftShape *shape = &inputs[0]->type.shape;
  gint64           axes[WEFT_MAX_RANK];
  guint            n = 0;

  if (attrs[0].kind != WEFT_ATTR_NONE)
    return;
  for (guint i = 0; i < shape->rank; i++)
    if (weft_dim_equal (shape->dims[i], weft_dim (1)))
      axes[n++] = i;
  attrs[0] = weft_attr_axes (graph, n, axes);
}

static REFERENCE (weft_copy_reference)
{
  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    weft_array_set (outputs[0], i, weft_array_get (inputs[0], i));
}

static INFER (infer_specify_shape)
{
  const WeftShape *wanted = attrs[0].dims;

  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  if (wanted->rank != inputs[0].shape.rank)
    {
      g_autofree char *shapes = weft_two_shapes (&inputs[0].shape, wanted);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %u != %u axes (%s)",
                   op->name, inputs[0].shape.rank, wanted->rank, shapes);
      return FALSE;
    }
  for (guint i = 0; i < wanted->rank; i++)
    {
      g_autofree char *what = g_strdup_printf ("axis %u", i);

      if (weft_dim_equal (wanted->dims[i], weft_dim (-1)))
        continue;
      if (!weft_infer_same_dim (op, &types[0].shape.dims[i], wanted->dims[i], what, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- transpose ---- */

/* Which source axis each result axis is. */
static gboolean
permutation (const WeftOp *op, const WeftAttr *axes, guint rank, guint *order, GError **error)
{
  guint mask;

  for (guint i = 0; i < rank; i++)
    order[i] = rank - 1 - i;
  if (axes->kind == WEFT_ATTR_NONE)
    return TRUE;
  if (axes->dims->rank != rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: %u axes are named, there are %u", op->name, axes->dims->rank, rank);
      return FALSE;
    }
  if (!weft_infer_axes (op, axes, rank, &mask, error))
    return FALSE;
  for (guint i = 0; i < rank; i++)
    weft_infer_axis (op, axes->dims->dims[i].offset, rank, &order[i], NULL);
  return TRUE;
}

static INFER (weft_infer_transpose)
{
  guint order[WEFT_MAX_RANK];

  if (!permutation (op, &attrs[0], inputs[0].shape.rank, order, error))
    return FALSE;
  types[0].dtype = inputs[0].dtype;
  types[0].shape.rank = inputs[0].shape.rank;
  for (guint i = 0; i < inputs[0].shape.rank; i++)
    types[0].shape.dims[i] = inputs[0].shape.dims[order[i]];
  return TRUE;
}

static REFERENCE (weft_transpose_reference)
{
  guint  order[WEFT_MAX_RANK], rank = inputs[0]->rank;
  gint64 from[WEFT_MAX_RANK], to[WEFT_MAX_RANK];

  permutation (apply->op, &apply->attrs[0], rank, order, NULL);
  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    {
      unflatten (i, rank, outputs[0]->shape, to);
      for (guint k = 0; k < rank; k++)
        from[order[k]] = to[k];
      weft_array_set (outputs[0], i,
                      weft_array_get (inputs[0], flat_index (rank, inputs[0]->shape, from)));
    }
}

/* ---- broadcast_to and its opposite ---- */

gboolean
weft_infer_broadcast (const WeftOp    *op,
                      const WeftShape *narrow,
                      const WeftShape *wide,
                      GError         **error)
{
  g_autofree char *shapes = weft_two_shapes (narrow, wide);

  if (narrow->rank > wide->rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: %u axes do not fit into %u (%s)", op->name, narrow->rank, wide->rank,
                   shapes);
      return FALSE;
    }
  for (guint i = 0; i < narrow->rank; i++)
    {
      WeftDim a = narrow->dims[i], b = wide->dims[wide->rank - narrow->rank + i];

      if (!(weft_dim_is_number (a) && a.offset == 1) && weft_dim_differs (a, b) &&
          weft_dim_differs (a, weft_dim (1)))
        {
          weft_infer_differ (op, a, b, shapes, error);
          return FALSE;
        }
    }
  return TRUE;
}

static INFER (weft_infer_broadcast_to)
{
  for (guint i = 0; i < attrs[0].dims->rank; i++)
    if (weft_dim_is_number (attrs[0].dims->dims[i]) && attrs[0].dims->dims[i].offset < 0)
      {
        g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                     "%s: axis %u has the negative size %" G_GINT64_FORMAT, op->name, i,
                     attrs[0].dims->dims[i].offset);
        return FALSE;
      }
  if (!weft_infer_broadcast (op, &inputs[0].shape, attrs[0].dims, error))
    return FALSE;
  types[0].dtype = inputs[0].dtype;
  types[0].shape = *attrs[0].dims;
  return TRUE;
}

static INFER (weft_infer_sum_to)
{
  if (!weft_infer_broadcast (op, attrs[0].dims, &inputs[0].shape, error))
    return FALSE;
  types[0].dtype = weft_dtype_is_float (inputs[0].dtype) ? inputs[0].dtype : WEFT_I64;
  types[0].shape = *attrs[0].dims;
  return TRUE;
}

/* The flat position in @narrow of @index into @wide. */
static gint64
broadcast_index (const WeftArray *narrow, const WeftArray *wide, const gint64 *index)
{
  gint64 flat = 0;

  for (guint i = 0; i < narrow->rank; i++)
    flat =
      flat * narrow->shape[i] + (narrow->shape[i] == 1 ? 0 : index[wide->rank - narrow->rank + i]);
  return flat;
}

static REFERENCE (weft_broadcast_reference)
{
  gint64 index[WEFT_MAX_RANK];

  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    {
      unflatten (i, outputs[0]->rank, outputs[0]->shape, index);
      weft_array_set (outputs[0], i,
                      weft_array_get (inputs[0], broadcast_index (inputs[0], outputs[0], index)));
    }
}

static REFERENCE (weft_sum_to_reference)
{
  gint64 index[WEFT_MAX_RANK];

  for (gint64 i = 0; i < inputs[0]->n_elements; i++)
    {
      gint64 to;

      unflatten (i, inputs[0]->rank, inputs[0]->shape, index);
      to = broadcast_index (outputs[0], inputs[0], index);
      weft_array_set (outputs[0], to,
                      weft_array_get (outputs[0], to) + weft_array_get (inputs[0], i));
    }
}

/* ---- Products' type rule and definition ---- */

static WeftShape
as_matrix (const WeftShape *shape, gboolean column)
{
  WeftShape matrix = *shape;

  if (shape->rank == 1)
    {
      matrix.rank = 2;
      matrix.dims[column ? 1 : 0] = weft_dim (1);
      matrix.dims[column ? 0 : 1] = shape->dims[0];
    }
  return matrix;
}

static INFER (weft_infer_matmul)
{
  const WeftShape *shapes[2] = { &inputs[0].shape, &inputs[1].shape };
  WeftShape        a = as_matrix (shapes[0], FALSE), b = as_matrix (shapes[1], TRUE), batch;
  guint            axis;

  if (a.rank == 0 || b.rank == 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: %s is a single number; use *", op->name, a.rank == 0 ? "a" : "b");
      return FALSE;
    }
  if (weft_dim_differs (a.dims[a.rank - 1], b.dims[b.rank - 2]))
    {
      g_autofree char *text = weft_two_shapes (shapes[0], shapes[1]);
      g_autofree char *what = g_strdup_printf ("inner, of %s", text);

      weft_infer_differ (op, a.dims[a.rank - 1], b.dims[b.rank - 2], what, error);
      return FALSE;
    }

  WeftDim rows = a.dims[a.rank - 2], columns = b.dims[b.rank - 1];

  a.rank -= 2;
  b.rank -= 2;
  if (!weft_shape_broadcast (&a, &b, &batch, &axis))
    {
      g_autofree char *text = weft_two_shapes (shapes[0], shapes[1]);
      g_autofree char *what = g_strdup_printf ("batch, of %s", text);

      weft_infer_differ (op, a.dims[a.rank - 1 - axis], b.dims[b.rank - 1 - axis], what, error);
      return FALSE;
    }
  if (shapes[0]->rank > 1)
    batch.dims[batch.rank++] = rows;
  if (shapes[1]->rank > 1)
    batch.dims[batch.rank++] = columns;
  types[0].dtype = inputs[0].dtype;
  types[0].shape = batch;
  return TRUE;
}

/* Where matrix number @batch (of the result's batch axes @shape[0 .. rank-1]) starts in @array. */
static gint64
matrix_offset (const WeftArray *array, gint64 batch, guint rank, const gint64 *shape)
{
  gint64 index[WEFT_MAX_RANK], flat = 0;
  guint  own = array->rank > 2 ? array->rank - 2 : 0;

  unflatten (batch, rank, shape, index);
  for (guint i = 0; i < own; i++)
    flat = flat * array->shape[i] + (array->shape[i] == 1 ? 0 : index[rank - own + i]);
  return array->rank < 2 ? 0 : flat * array->shape[array->rank - 2] * array->shape[array->rank - 1];
}

static REFERENCE (weft_matmul_reference)
{
  const WeftArray *a = inputs[0], *b = inputs[1];
  gint64           m = a->rank > 1 ? a->shape[a->rank - 2] : 1;
  gint64           k = a->shape[a->rank - 1];
  gint64           n = b->rank > 1 ? b->shape[b->rank - 1] : 1;
  guint            rank = outputs[0]->rank - (a->rank > 1) - (b->rank > 1);
  const double    *x = a->data, *y = b->data;
  double          *z = outputs[0]->data;

  if (outputs[0]->n_elements == 0)
    return;
  for (gint64 batch = 0; batch < weft_product (outputs[0]->shape, rank); batch++)
    {
      gint64 at_x = matrix_offset (a, batch, rank, outputs[0]->shape),
             at_y = matrix_offset (b, batch, rank, outputs[0]->shape);

      for (gint64 i = 0; i < m; i++)
        for (gint64 j = 0; j < n; j++)
          {
            double sum = 0;

            for (gint64 l = 0; l < k; l++)
              sum += x[at_x + i * k + l] * y[at_y + l * n + j];
            z[(batch * m + i) * n + j] = sum;
          }
    }
}

/* ---- What the rows name ---- */

const WeftOpCode weft_code_dim = { .infer = weft_infer_dim };
const WeftOpCode weft_code_cast = { .infer = weft_infer_cast };
const WeftOpCode weft_code_sum_to = { .infer = weft_infer_sum_to,
                                      .reference = weft_sum_to_reference,
                                      .kernel = &weft_sum_to_kernel };
const WeftOpCode weft_code_reshape = { .infer = weft_infer_reshape,
                                       .reference = weft_copy_reference };
const WeftOpCode weft_code_transpose = { .infer = weft_infer_transpose,
                                         .reference = weft_transpose_reference };
const WeftOpCode weft_code_expand_dims = { .infer = weft_infer_expand_dims,
                                           .reference = weft_copy_reference };
const WeftOpCode weft_code_squeeze = { .infer = weft_infer_squeeze,
                                       .reference = weft_copy_reference,
                                       .settle = settle_squeeze };
const WeftOpCode weft_code_specify_shape = { .infer = infer_specify_shape,
                                             .reference = weft_copy_reference };
const WeftOpCode weft_code_broadcast_to = { .infer = weft_infer_broadcast_to,
                                            .reference = weft_broadcast_reference };
const WeftOpCode weft_code_matmul = { .infer = weft_infer_matmul,
                                      .reference = weft_matmul_reference };
