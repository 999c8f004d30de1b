/* Functions for people that build shape ops, where a text cannot look at shapes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#include <string.h>

/* ---- For people ---- */

EXPAND (count_dim)
{
  WeftAttr attr;

  return weft_binding_to_attr (&args[0], graph, WEFT_ATTR_DIM, &attr, error) &&
         weft_expand_give_dim (graph, attr.dims->dims[0], result);
}

EXPAND (take)
{
  WeftValue *inputs[2] = { weft_binding_to_value (&args[0], graph, error),
                           weft_binding_to_value (&args[1], graph, error) };
  WeftIndex  entries[WEFT_MAX_RANK];
  WeftAttr   attr = { .kind = WEFT_ATTR_INDEX, .index = entries };
  guint      axis = 0;
  gint64     number;

  if (inputs[0] == NULL || inputs[1] == NULL)
    return FALSE;
  if (weft_expand_is_none (&args[2]))
    {
      WeftShape flat = { 1, { weft_shape_size (&inputs[0]->type.shape) } };

      inputs[0] = weft_expand_reshape (graph, inputs[0], &flat, error);
    }
  else if (!weft_expand_get_int (&args[2], graph, &number, error) ||
           !weft_infer_axis (weft_op (WEFT_OP_GETITEM), number, inputs[0]->type.shape.rank, &axis,
                             error))
    return FALSE;
  for (guint i = 0; i < axis; i++)
    entries[i] = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = 1 };
  entries[axis] = (WeftIndex){ .kind = WEFT_INDEX_ARRAY, .step = 1 };
  attr.n_index = axis + 1;
  return weft_expand_give (inputs[0] != NULL
                             ? weft_graph_apply (graph, weft_op (WEFT_OP_GETITEM), 2, inputs, &attr, error)
                             : NULL,
                           result);
}

EXPAND (stack)
{
  guint                  n = args[0].kind == WEFT_BIND_TUPLE ? args[0].n_items : 0;
  g_autofree WeftValue **parts = g_new (WeftValue *, n + 1);
  gint64                 axis;
  WeftAttr               attr;

  if (n == 0)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "stack: needs a tuple of values, such as stack((a, b))");
      return FALSE;
    }
  if (!weft_expand_get_int (&args[1], graph, &axis, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      parts[i] = weft_binding_to_value (&args[0].items[i], graph, error);
      parts[i] = parts[i] != NULL ? weft_expand_new_axis (graph, parts[i], axis, error) : NULL;
      if (parts[i] == NULL)
        return FALSE;
    }
  attr = weft_attr_int (axis);
  return weft_expand_give (weft_graph_apply (graph, weft_op (WEFT_OP_CONCAT), n, parts, &attr, error), result);
}

EXPAND (swapaxes)
{
  WeftValue    *x = weft_binding_to_value (&args[0], graph, error);
  const WeftOp *op = weft_op (WEFT_OP_TRANSPOSE);
  gint64        order[WEFT_MAX_RANK], numbers[2];
  guint         axes[2];

  if (x == NULL || !weft_expand_get_int (&args[1], graph, &numbers[0], error) ||
      !weft_expand_get_int (&args[2], graph, &numbers[1], error) ||
      !weft_infer_axis (op, numbers[0], x->type.shape.rank, &axes[0], error) ||
      !weft_infer_axis (op, numbers[1], x->type.shape.rank, &axes[1], error))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    order[i] = i == axes[0] ? axes[1] : i == axes[1] ? axes[0]
                                                     : i;
  return weft_expand_give (weft_expand_transpose (graph, x, order, error), result);
}

EXPAND (moveaxis)
{
  WeftValue    *x = weft_binding_to_value (&args[0], graph, error);
  const WeftOp *op = weft_op (WEFT_OP_TRANSPOSE);
  gint64        order[WEFT_MAX_RANK], numbers[2];
  guint         from, to, k = 0;

  if (x == NULL || !weft_expand_get_int (&args[1], graph, &numbers[0], error) ||
      !weft_expand_get_int (&args[2], graph, &numbers[1], error) ||
      !weft_infer_axis (op, numbers[0], x->type.shape.rank, &from, error) ||
      !weft_infer_axis (op, numbers[1], x->type.shape.rank, &to, error))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    {
      k += k == from;
      order[i] = i == to ? from : k++;
    }
  return weft_expand_give (weft_expand_transpose (graph, x, order, error), result);
}

EXPAND (flip)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftIndex  entries[WEFT_MAX_RANK];
  WeftAttr   attr = { .kind = WEFT_ATTR_INDEX, .index = entries };
  guint      mask;

  if (x == NULL || !weft_expand_get_axes (&args[1], graph, x->type.shape.rank, &mask, error))
    return FALSE;
  attr.n_index = x->type.shape.rank;
  for (guint i = 0; i < attr.n_index; i++)
    entries[i] = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = mask & 1u << i ? -1 : 1 };
  return weft_expand_give (weft_expand_apply (graph, WEFT_OP_GETITEM, x, &attr, error), result);
}

EXPAND (flatten)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftShape  shape = { 0 };
  WeftDim    rest = weft_dim (1);
  gint64     first;
  guint      axis = 0;

  if (x == NULL || !weft_expand_get_int (&args[1], graph, &first, error) ||
      (first != 0 &&
       !weft_infer_axis (weft_op (WEFT_OP_RESHAPE), first, x->type.shape.rank + 1, &axis, error)))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    if (i < axis)
      shape.dims[shape.rank++] = x->type.shape.dims[i];
    else
      rest = weft_dim_mul (rest, x->type.shape.dims[i]);
  shape.dims[shape.rank++] = rest;
  return weft_expand_give (weft_expand_reshape (graph, x, &shape, error), result);
}

static WeftValue *
iota (WeftGraph *graph, WeftDim n, GError **error)
{
  WeftAttr attrs[2] = { weft_attr_dim (graph, n), weft_attr_dtype (WEFT_I64) };

  return weft_graph_apply (graph, weft_op (WEFT_OP_IOTA), 0, NULL, attrs, error);
}

EXPAND (arange)
{
  WeftAttr   start, stop;
  gint64     step;
  WeftDim    length;
  WeftValue *values;

  if (!weft_expand_get_int (&args[2], graph, &step, error) ||
      !weft_binding_to_attr (&args[0], graph, WEFT_ATTR_DIM, &start, error))
    return FALSE;
  if (weft_expand_is_none (&args[1]))
    {
      stop = start;
      start = weft_attr_dim (graph, weft_dim (0));
    }
  else if (!weft_binding_to_attr (&args[1], graph, WEFT_ATTR_DIM, &stop, error))
    return FALSE;
  if (step == 0)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "arange: the step is 0");
      return FALSE;
    }
  length = step > 0 ? weft_dim_sub (stop.dims->dims[0], start.dims->dims[0])
                    : weft_dim_sub (start.dims->dims[0], stop.dims->dims[0]);
  if (ABS (step) > 1)
    length =
      weft_dim_floor_div (weft_dim_add (length, weft_dim (ABS (step) - 1)), weft_dim (ABS (step)));
  values = iota (graph, length, error);
  if (values == NULL)
    return FALSE;
  if (step != 1)
    values = weft_graph_op (graph, "mul", values, weft_graph_int (graph, step), NULL);
  if (!weft_dim_equal (start.dims->dims[0], weft_dim (0)))
    values =
      weft_graph_op (graph, "add", values, weft_graph_dim (graph, start.dims->dims[0]), NULL);
  return weft_expand_give (values, result);
}

EXPAND (eye)
{
  WeftAttr   n, m, dtype;
  WeftValue *rows, *columns;

  if (!weft_binding_to_attr (&args[0], graph, WEFT_ATTR_DIM, &n, error) ||
      !weft_binding_to_attr (weft_expand_is_none (&args[1]) ? &args[0] : &args[1], graph, WEFT_ATTR_DIM, &m,
                             error) ||
      !weft_binding_to_attr (&args[2], graph, WEFT_ATTR_DTYPE, &dtype, error))
    return FALSE;
  rows = iota (graph, n.dims->dims[0], error);
  columns = iota (graph, m.dims->dims[0], error);
  if (rows == NULL || columns == NULL)
    return FALSE;
  rows = weft_graph_op (graph, "eq", weft_expand_new_axis (graph, rows, 1, error), columns, NULL);
  return weft_expand_give (weft_graph_cast (graph, rows, weft_dtypes[dtype.i].compute), result);
}
