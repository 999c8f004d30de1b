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
  return weft_expand_give (
    weft_graph_apply (graph, weft_op (WEFT_OP_CONCAT), n, parts, &attr, error), result);
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

/* One axis or a tuple of them, counted from the start. */
static gboolean
read_axes (const WeftBinding *binding,
           WeftGraph         *graph,
           guint              rank,
           guint             *n,
           guint             *axes,
           GError           **error)
{
  WeftAttr attr;

  if (!weft_binding_to_attr (binding, graph, WEFT_ATTR_AXES, &attr, error))
    return FALSE;
  if (attr.kind != WEFT_ATTR_AXES)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "moveaxis: needs an axis or a tuple of axes");
      return FALSE;
    }
  *n = attr.dims->rank;
  for (guint i = 0; i < *n; i++)
    if (!weft_infer_axis (weft_op (WEFT_OP_TRANSPOSE), attr.dims->dims[i].offset, rank, &axes[i],
                          error))
      return FALSE;
  return TRUE;
}

EXPAND (moveaxis)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  guint      from[WEFT_MAX_RANK], to[WEFT_MAX_RANK], n, n_to, next = 0;
  gint64     order[WEFT_MAX_RANK];
  gboolean   moved[WEFT_MAX_RANK] = { FALSE };

  if (x == NULL || !read_axes (&args[1], graph, x->type.shape.rank, &n, from, error) ||
      !read_axes (&args[2], graph, x->type.shape.rank, &n_to, to, error))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    order[i] = -1;
  for (guint i = 0; i < n; i++)
    {
      if (n != n_to || moved[from[i]] || order[to[i]] >= 0)
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                       "moveaxis: each axis moves to a place of its own");
          return FALSE;
        }
      moved[from[i]] = TRUE;
      order[to[i]] = from[i];
    }
  for (guint i = 0; i < x->type.shape.rank; i++)
    if (!moved[i])
      {
        while (order[next] >= 0)
          next++;
        order[next] = i;
      }
  return weft_expand_give (weft_expand_transpose (graph, x, order, error), result);
}

/* Theano's: the old axes in a new order, 'x' for new ones; axes of size 1 may be left out. */
EXPAND (dimshuffle)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  gint64     order[WEFT_MAX_RANK], axes[WEFT_MAX_RANK];
  guint      n = 0, n_new = 0, rank;
  WeftAttr   attr;

  if (x == NULL)
    return FALSE;
  rank = x->type.shape.rank;
  for (guint i = 0; i < args[1].n_items; i++)
    {
      gint64 number;
      guint  axis;

      if (args[1].items[i].attr.kind == WEFT_ATTR_STRING && n_new < WEFT_MAX_RANK)
        {
          axes[n_new++] = i;
          continue;
        }
      if (!weft_expand_get_int (&args[1].items[i], graph, &number, error) ||
          !weft_infer_axis (weft_op (WEFT_OP_TRANSPOSE), number, rank, &axis, error))
        return FALSE;
      if (n < WEFT_MAX_RANK)
        order[n++] = axis;
    }
  for (guint axis = 0; axis < rank && n < WEFT_MAX_RANK; axis++)
    {
      gboolean named = FALSE;

      for (guint i = 0; i < n; i++)
        named |= order[i] == axis;
      if (named)
        continue;
      if (!weft_dim_is_one (x->type.shape.dims[axis]))
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                       "dimshuffle: axis %u is left out and its size is not 1", axis);
          return FALSE;
        }
      memmove (order + 1, order, n++ * sizeof order[0]);
      order[0] = axis;
    }
  x = weft_expand_transpose (graph, x, order, error);
  if (x != NULL && x->type.shape.rank > args[1].n_items - n_new)
    {
      WeftShape shape = x->type.shape;
      guint     extra = shape.rank - (args[1].n_items - n_new);

      shape.rank -= extra;
      memmove (shape.dims, shape.dims + extra, shape.rank * sizeof shape.dims[0]);
      x = weft_expand_reshape (graph, x, &shape, error);
    }
  attr = weft_attr_axes (graph, n_new, axes);
  if (x != NULL && n_new > 0)
    x = weft_expand_apply (graph, WEFT_OP_EXPAND_DIMS, x, &attr, error);
  return weft_expand_give (x, result);
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

/* ---- Sizes ---- */

EXPAND (shape)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);

  if (x == NULL)
    return FALSE;
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = x->type.shape.rank };
  result->items = weft_graph_alloc (graph, MAX (result->n_items, 1) * sizeof *result->items);
  for (guint i = 0; i < result->n_items; i++)
    weft_expand_give_dim (graph, x->type.shape.dims[i], &result->items[i]);
  return TRUE;
}

EXPAND (size)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  guint      mask;
  WeftDim    size = weft_dim (1);

  if (x == NULL || !weft_expand_get_axes (&args[1], graph, x->type.shape.rank, &mask, error))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    if (mask & 1u << i)
      size = weft_dim_mul (size, x->type.shape.dims[i]);
  return weft_expand_give_dim (graph, size, result);
}

/* ---- split ---- */

/* Where the parts begin, but the first, and where the last ends. */
static gboolean
split_bounds (WeftGraph         *graph,
              const WeftBinding *parts,
              WeftDim            size,
              gboolean           uneven,
              GArray            *bounds,
              GError           **error)
{
  WeftDim  at = weft_dim (0);
  WeftAttr number;

  if (parts->kind == WEFT_BIND_TUPLE)
    {
      for (guint i = 0; i < parts->n_items; i++)
        {
          if (!weft_binding_to_attr (&parts->items[i], graph, WEFT_ATTR_DIM, &number, error))
            return FALSE;
          g_array_append_val (bounds, number.dims->dims[0]);
        }
      g_array_append_val (bounds, size);
      return TRUE;
    }
  if (!weft_binding_to_attr (parts, graph, WEFT_ATTR_INT, &number, error))
    return FALSE;
  if (number.i < 1 || number.i > 100000 ||
      (weft_dim_is_number (size) ? !uneven && size.offset % number.i != 0 : uneven))
    {
      g_autoptr (GString) text = g_string_new (NULL);

      weft_dim_append (size, text);
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "split: %s elements do not make %" G_GINT64_FORMAT " equal parts", text->str,
                   number.i);
      return FALSE;
    }
  for (gint64 i = 0; i < number.i; i++)
    {
      WeftDim part = uneven ? weft_dim (size.offset / number.i + (i < size.offset % number.i))
                            : weft_dim_div (size, weft_dim (number.i));

      at = weft_dim_add (at, part);
      g_array_append_val (bounds, at);
    }
  return TRUE;
}

static gboolean
split (
  WeftGraph *graph, const WeftBinding *args, gboolean uneven, WeftBinding *result, GError **error)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  g_autoptr (GArray) bounds = g_array_new (FALSE, FALSE, sizeof (WeftDim));
  WeftIndex entries[WEFT_MAX_RANK];
  WeftAttr  attr = { .kind = WEFT_ATTR_INDEX, .index = entries };
  gint64    number;
  guint     axis;

  if (x == NULL || !weft_expand_get_int (&args[2], graph, &number, error) ||
      !weft_infer_axis (weft_op (WEFT_OP_GETITEM), number, x->type.shape.rank, &axis, error) ||
      !split_bounds (graph, &args[1], x->type.shape.dims[axis], uneven, bounds, error))
    return FALSE;
  attr.n_index = axis + 1;
  for (guint i = 0; i <= axis; i++)
    entries[i] = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = 1 };
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = bounds->len };
  result->items = weft_graph_alloc (graph, bounds->len * sizeof *result->items);
  for (guint i = 0; i < bounds->len; i++)
    {
      entries[axis].start = i > 0 ? g_array_index (bounds, WeftDim, i - 1) : weft_dim (0);
      entries[axis].stop = g_array_index (bounds, WeftDim, i);
      entries[axis].has_start = i > 0;
      entries[axis].has_stop = i + 1 < bounds->len;
      if (!weft_expand_give (weft_expand_apply (graph, WEFT_OP_GETITEM, x, &attr, error),
                             &result->items[i]))
        return FALSE;
    }
  return TRUE;
}

EXPAND (split)
{
  return split (graph, args, FALSE, result, error);
}

EXPAND (array_split)
{
  return split (graph, args, TRUE, result, error);
}

/* ---- median, quantile ---- */

/* @x with the axes of @binding last and as one, and the shape of a reduction over them. */
static WeftValue *
gather_axes (WeftGraph         *graph,
             const WeftBinding *x_arg,
             const WeftBinding *axis,
             const WeftBinding *keepdims,
             WeftShape         *reduced,
             GError           **error)
{
  WeftValue *x = weft_binding_to_value (x_arg, graph, error);
  WeftShape  shape;
  WeftAttr   keep;
  gint64     order[WEFT_MAX_RANK];
  guint      mask, n = 0;
  WeftDim    last = weft_dim (1);

  if (x == NULL || !weft_expand_get_axes (axis, graph, x->type.shape.rank, &mask, error) ||
      !weft_binding_to_attr (keepdims, graph, WEFT_ATTR_BOOL, &keep, error))
    return NULL;
  x = weft_graph_strong (graph, x);
  *reduced = weft_shape_reduce (&x->type.shape, mask, keep.i);
  shape = weft_shape_reduce (&x->type.shape, mask, FALSE);
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < x->type.shape.rank; i++)
      if ((mask >> i & 1) == pass)
        {
          order[n++] = i;
          if (pass == 1)
            last = weft_dim_mul (last, x->type.shape.dims[i]);
        }
  x = weft_expand_transpose (graph, x, order, error);
  shape.dims[shape.rank++] = last;
  return x != NULL ? weft_expand_reshape (graph, x, &shape, error) : NULL;
}

EXPAND (median)
{
  WeftShape  shape;
  WeftValue *x = gather_axes (graph, &args[0], &args[1], &args[2], &shape, error);

  return x != NULL &&
         weft_expand_text (
           graph, result, error,
           "s = sort(x)\nn = x.shape[-1]\n"
           "where(isnan(s[..., -1]), nan, 0.5 * (s[..., (n - 1) // 2] + s[..., n // 2]))",
           "x", x, NULL) &&
         weft_expand_give (weft_expand_reshape (graph, result->value, &shape, error), result);
}

EXPAND (quantile)
{
  WeftShape  shape;
  WeftValue *x = gather_axes (graph, &args[0], &args[2], &args[3], &shape, error), *value;
  g_autoptr (WeftScope) scope = weft_scope_new ();

  if (x == NULL)
    return FALSE;
  weft_scope_set_value (scope, "x", x);
  weft_scope_set (scope, "q", &args[1]);
  value = weft_expand_value (graph, scope,
                             "s = sort(x)\nat = 1.0 * q * (x.shape[-1] - 1)\n"
                             "low = i64(floor(at))\nhigh = i64(ceil(at))\n"
                             "a = s[..., low]\nb = s[..., high]\n"
                             "where(isnan(s[..., -1]), nan, a + (b - a) * (at - floor(at)))",
                             error);
  return weft_expand_give (value != NULL ? weft_expand_reshape (graph, value, &shape, error) : NULL,
                           result);
}

/* ---- Tuples ---- */

EXPAND (map_tuple)
{
  const char *const keyword = NULL;
  WeftAttr          name;

  if (args[0].kind != WEFT_BIND_TUPLE)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "needs a tuple of values");
      return FALSE;
    }
  if (!weft_binding_to_attr (&args[1], graph, WEFT_ATTR_STRING, &name, error))
    return FALSE;
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = args[0].n_items };
  result->items = weft_graph_alloc (graph, MAX (result->n_items, 1) * sizeof *result->items);
  for (guint i = 0; i < result->n_items; i++)
    {
      const WeftExprFunction *function = weft_expr_find_function (name.s);
      const WeftOp           *op = weft_op_find (name.s);
      WeftValue              *x;

      if (function != NULL &&
          !function->func (graph, 1, &args[0].items[i], &keyword, function->data, &result->items[i],
                           error))
        return FALSE;
      if (function != NULL)
        continue;
      x = weft_binding_to_value (&args[0].items[i], graph, error);
      if (x == NULL || op == NULL ||
          !weft_expand_give (weft_graph_apply (graph, op, 1, &x, NULL, error), &result->items[i]))
        return FALSE;
    }
  return TRUE;
}
