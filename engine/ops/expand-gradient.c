/* Functions that gradients use, where a text cannot look at shapes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

/* ---- For gradients of reductions and broadcasts ---- */

/* The reduced axes of @value put back, as the reduction named them, so that rules recognise them.
 * All of them need not be: a scalar broadcasts. */
static WeftValue *
put_back (WeftGraph         *graph,
          WeftValue         *value,
          const WeftBinding *axis,
          const WeftShape   *kept,
          GError           **error)
{
  WeftAttr attr;

  if (weft_expand_is_none (axis) || value->type.shape.rank == kept->rank)
    return value;
  if (!weft_binding_to_attr (axis, graph, WEFT_ATTR_AXES, &attr, error))
    return NULL;
  return weft_expand_apply (graph, WEFT_OP_EXPAND_DIMS, value, &attr, error);
}

EXPAND (unreduce)
{
  WeftValue *value = weft_binding_to_value (&args[0], graph, error),
            *x = weft_binding_to_value (&args[1], graph, error);
  WeftShape kept;
  WeftAttr  shape;
  guint     mask;

  if (value == NULL || x == NULL ||
      !weft_expand_get_axes (&args[2], graph, x->type.shape.rank, &mask, error))
    return FALSE;
  kept = weft_shape_reduce (&x->type.shape, mask, TRUE);
  value = put_back (graph, value, &args[2], &kept, error);
  if (value == NULL || weft_shape_equal (&value->type.shape, &x->type.shape))
    return weft_expand_give (value, result);
  shape = weft_attr_shape (graph, &x->type.shape);
  return weft_expand_give (weft_expand_apply (graph, WEFT_OP_BROADCAST_TO, value, &shape, error),
                           result);
}

EXPAND (count)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftDim    count = weft_dim (1);
  guint      mask;

  if (x == NULL || !weft_expand_get_axes (&args[1], graph, x->type.shape.rank, &mask, error))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    if (mask & 1u << i)
      count = weft_dim_mul (count, x->type.shape.dims[i]);
  return weft_expand_give_dim (graph, count, result);
}

EXPAND (unbroadcast)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *x = weft_binding_to_value (&args[1], graph, error);
  const WeftShape *to;
  guint            lead, mask = 0;

  if (g == NULL || x == NULL)
    return FALSE;
  to = &x->type.shape;
  if (weft_shape_equal (&g->type.shape, to) || g->type.shape.rank < to->rank)
    return weft_expand_give (g, result);
  lead = g->type.shape.rank - to->rank;
  for (guint i = 0; i < to->rank; i++)
    {
      WeftDim from = g->type.shape.dims[lead + i];

      if (weft_dim_is_one (to->dims[i]) && !weft_dim_is_one (from))
        mask |= 1u << (lead + i);
      else if (!weft_dim_equal (from, to->dims[i]))
        {
          /* Whether this axis was broadcast is known at the call only. */
          WeftAttr shape = weft_attr_shape (graph, to);

          return weft_expand_give (weft_expand_apply (graph, WEFT_OP_SUM_TO, g, &shape, error),
                                   result);
        }
    }
  g = weft_expand_sum (graph, g, mask, TRUE, error);
  return weft_expand_give (
    g != NULL ? weft_expand_sum (graph, g, (1u << lead) - 1, FALSE, error) : NULL, result);
}

/* ---- For gradients of shape rows ---- */

EXPAND (transpose_back)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error);
  WeftAttr   axes;
  gint64     inverse[WEFT_MAX_RANK];

  if (g == NULL)
    return FALSE;
  if (weft_expand_is_none (&args[1]))
    return weft_expand_give (weft_expand_apply (graph, WEFT_OP_TRANSPOSE, g, NULL, error), result);
  if (!weft_binding_to_attr (&args[1], graph, WEFT_ATTR_AXES, &axes, error))
    return FALSE;
  for (guint i = 0; i < axes.dims->rank; i++)
    {
      guint axis;

      if (!weft_infer_axis (weft_op (WEFT_OP_TRANSPOSE), axes.dims->dims[i].offset, axes.dims->rank,
                            &axis, error))
        return FALSE;
      inverse[axis] = i;
    }
  return weft_expand_give (weft_expand_transpose (graph, g, inverse, error), result);
}

/* The part of @g along @axis from @start on, @size long. */
static WeftValue *
slice_axis (WeftGraph *graph, WeftValue *g, guint axis, WeftDim start, WeftDim size, GError **error)
{
  WeftIndex entries[WEFT_MAX_RANK] = { { 0 } };
  WeftAttr  attr = { .kind = WEFT_ATTR_INDEX, .n_index = axis + 1, .index = entries };

  for (guint i = 0; i <= axis; i++)
    entries[i] = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = 1 };
  entries[axis].has_start = entries[axis].has_stop = TRUE;
  entries[axis].start = start;
  entries[axis].stop = weft_dim_add (start, size);
  return weft_expand_apply (graph, WEFT_OP_GETITEM, g, &attr, error);
}

EXPAND (concat_back)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = weft_binding_to_value (&args[1], graph, error);
  gint64  position;
  WeftDim start = weft_dim (0);
  guint   axis;

  if (g == NULL || y == NULL || !weft_expand_get_int (&args[2], graph, &position, error) ||
      !weft_infer_axis (y->apply->op, y->apply->attrs[0].i, y->type.shape.rank, &axis, error))
    return FALSE;
  for (gint64 i = 0; i < position; i++)
    start = weft_dim_add (start, y->apply->inputs[i]->type.shape.dims[axis]);
  return weft_expand_give (
    slice_axis (graph, g, axis, start, y->apply->inputs[position]->type.shape.dims[axis], error),
    result);
}

/* @x and the index arrays of @apply, for an op whose attributes are @attrs. */
static WeftValue *
with_index_arrays (WeftGraph      *graph,
                   WeftOpId        id,
                   WeftValue      *x,
                   WeftApply      *apply,
                   const WeftAttr *attrs,
                   GError        **error)
{
  g_autofree WeftValue **inputs = g_new (WeftValue *, apply->n_inputs);

  inputs[0] = x;
  for (guint i = 1; i < apply->n_inputs; i++)
    inputs[i] = apply->inputs[i];
  return weft_graph_apply (graph, weft_op (id), apply->n_inputs, inputs, attrs, error);
}

EXPAND (getitem_back)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = weft_binding_to_value (&args[1], graph, error);
  WeftAttr attrs[2];

  if (g == NULL || y == NULL)
    return FALSE;
  attrs[0] = weft_attr_shape (graph, &y->apply->inputs[0]->type.shape);
  attrs[1] = y->apply->attrs[0];
  return weft_expand_give (with_index_arrays (graph, WEFT_OP_INDEX_ADD, g, y->apply, attrs, error),
                           result);
}

EXPAND (index_add_back)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = weft_binding_to_value (&args[1], graph, error);

  return g != NULL && y != NULL &&
         weft_expand_give (
           with_index_arrays (graph, WEFT_OP_GETITEM, g, y->apply, &y->apply->attrs[1], error),
           result);
}

/* ---- For gradients of products and losses ---- */

/* Cotangent of input @which of matmul (a, b): gy @ b.mT or a.mT @ gy, vectors seen as a row on the
 * left and a column on the right. */
static gboolean
matmul_back (
  WeftGraph *graph, const WeftBinding *args, guint which, WeftBinding *result, GError **error)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *a = weft_binding_to_value (&args[1], graph, error);
  WeftValue *b = weft_binding_to_value (&args[2], graph, error), *back, *pair[2];
  gboolean   vector[2];

  if (g == NULL || a == NULL || b == NULL)
    return FALSE;
  vector[0] = a->type.shape.rank == 1;
  vector[1] = b->type.shape.rank == 1;
  if (vector[1])
    {
      b = weft_expand_new_axis (graph, b, 1, error);
      g = weft_expand_new_axis (graph, g, -1, error);
    }
  if (vector[0])
    {
      a = weft_expand_new_axis (graph, a, 0, error);
      g = weft_expand_new_axis (graph, g, -2, error);
    }
  pair[0] = which == 0 ? g : weft_expand_swap_last (graph, a, error);
  pair[1] = which == 0 ? weft_expand_swap_last (graph, b, error) : g;
  back = weft_graph_apply (graph, weft_op (WEFT_OP_MATMUL), 2, pair, NULL, error);
  if (back == NULL || !vector[which])
    return weft_expand_give (back, result);
  /* Away with the row's or column's axis of size 1, and the batch axes summed by the walker. */
  WeftShape shape = back->type.shape;

  shape.rank--;
  shape.dims[shape.rank - 1] = back->type.shape.dims[shape.rank - (which == 0 ? 0 : 1)];
  return weft_expand_give (weft_expand_reshape (graph, back, &shape, error), result);
}

EXPAND (matmul_da)
{
  return matmul_back (graph, args, 0, result, error);
}

EXPAND (matmul_db)
{
  return matmul_back (graph, args, 1, result, error);
}

/* How many rows: the product of all axes but the last. */
EXPAND (rows)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftShape  rows;

  if (x == NULL)
    return FALSE;
  rows = x->type.shape;
  rows.rank -= rows.rank > 0 ? 1 : 0;
  return weft_expand_give_dim (graph, weft_shape_size (&rows), result);
}

/* The weight of each row's label: 1 for whole labels, the sum of the probabilities else. */
EXPAND (label_weight)
{
  WeftValue *labels = weft_binding_to_value (&args[0], graph, error);

  if (labels == NULL)
    return FALSE;
  if (!weft_dtype_is_float (labels->type.dtype))
    return weft_expand_give_dim (graph, weft_dim (1), result);
  return weft_expand_give (
    weft_expand_sum (graph, labels, 1u << (labels->type.shape.rank - 1), TRUE, error), result);
}

/* @g dropped out where y was: the same op over the same stream of numbers. */
EXPAND (dropout_back)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = weft_binding_to_value (&args[1], graph, error);

  if (g == NULL || y == NULL)
    return FALSE;
  g = weft_expand_apply (graph, WEFT_OP_DROPOUT, g, y->apply->attrs, error);
  if (g != NULL)
    g->apply->stream = y->apply->stream;
  return weft_expand_give (g, result);
}

/* Stands in rows for what engine/grad does with ops that own graphs. */
EXPAND (body_back)
{
  g_set_error (
    error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
    "body_back: stands for the gradient of an op that owns a graph and cannot be called");
  return FALSE;
}
