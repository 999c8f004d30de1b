/* Functions for people that make arrays: arange, diag, meshgrid.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#include <math.h>

WeftValue *
weft_expand_iota (WeftGraph *graph, WeftDim n, WeftDType dtype, GError **error)
{
  WeftAttr attrs[2] = { weft_attr_dim (graph, n), weft_attr_dtype (dtype) };

  return weft_graph_apply (graph, weft_op (WEFT_OP_IOTA), 0, NULL, attrs, error);
}

/* ---- arange ---- */

static gboolean
is_fraction (const WeftBinding *binding)
{
  return binding->kind == WEFT_BIND_ATTR && binding->attr.kind == WEFT_ATTR_FLOAT;
}

/* Whole numbers and dimensions. */
static WeftValue *
whole_range (WeftGraph         *graph,
             const WeftBinding *first,
             const WeftBinding *last,
             gint64             step,
             GError           **error)
{
  WeftAttr   start, stop;
  WeftDim    length, size = weft_dim (ABS (step));
  WeftValue *values;

  if (!weft_binding_to_attr (first, graph, WEFT_ATTR_DIM, &start, error) ||
      !weft_binding_to_attr (last, graph, WEFT_ATTR_DIM, &stop, error))
    return NULL;
  length = step > 0 ? weft_dim_sub (stop.dims->dims[0], start.dims->dims[0])
                    : weft_dim_sub (start.dims->dims[0], stop.dims->dims[0]);
  if (ABS (step) > 1)
    length = weft_dim_floor_div (weft_dim_add (length, weft_dim (ABS (step) - 1)), size);
  values = weft_expand_iota (graph, length, WEFT_I64, error);
  if (values != NULL && step != 1)
    values = weft_graph_op (graph, "mul", values, weft_graph_int (graph, step), NULL);
  if (values != NULL && !weft_dim_equal (start.dims->dims[0], weft_dim (0)))
    values =
      weft_graph_op (graph, "add", values, weft_graph_dim (graph, start.dims->dims[0]), NULL);
  return values;
}

static WeftValue *
fraction_range (
  WeftGraph *graph, double start, double stop, double step, WeftDType dtype, GError **error)
{
  double length = ceil ((stop - start) / step);

  if (!(length < 0x1p53))
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "arange: there is no end between %g and %g", start, stop);
      return NULL;
    }
  return weft_graph_op (
    graph, "add",
    weft_graph_op (graph, "mul",
                   weft_expand_iota (graph, weft_dim ((gint64) MAX (length, 0)), dtype, error),
                   weft_graph_float (graph, step), NULL),
    weft_graph_float (graph, start), NULL);
}

EXPAND (arange)
{
  static const WeftBinding zero = { .kind = WEFT_BIND_ATTR, .attr = { .kind = WEFT_ATTR_INT } };
  const WeftBinding       *first = &args[0], *last = &args[1];
  WeftAttr                 start, stop, step, dtype;
  WeftValue               *values;

  if (weft_expand_is_none (last))
    {
      last = first;
      first = &zero;
    }
  if (!weft_binding_to_attr (&args[2], graph, WEFT_ATTR_FLOAT, &step, error) ||
      !weft_binding_to_attr (&args[3], graph, WEFT_ATTR_DTYPE, &dtype, error))
    return FALSE;
  if (step.f == 0)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "arange: the step is 0");
      return FALSE;
    }
  if (!is_fraction (first) && !is_fraction (last) && !is_fraction (&args[2]))
    values = whole_range (graph, first, last, args[2].attr.i, error);
  else if (weft_binding_to_attr (first, graph, WEFT_ATTR_FLOAT, &start, error) &&
           weft_binding_to_attr (last, graph, WEFT_ATTR_FLOAT, &stop, error))
    values = fraction_range (graph, start.f, stop.f, step.f,
                             dtype.kind == WEFT_ATTR_DTYPE && dtype.i == WEFT_F64 ? WEFT_F64
                                                                                  : WEFT_F32,
                             error);
  else
    return FALSE;
  if (values != NULL && dtype.kind == WEFT_ATTR_DTYPE)
    values = weft_graph_cast (graph, values, weft_dtypes[dtype.i].compute);
  return weft_expand_give (values, result);
}

/* ---- diag ---- */

/* A vector as the @k th diagonal of a matrix; of a matrix its @k th diagonal. */
EXPAND (diag)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error), *rows, *columns;
  g_autoptr (WeftScope) scope = weft_scope_new ();
  const WeftShape *shape;
  WeftAttr         down, right, n, m;
  gint64           k;

  if (x == NULL || !weft_expand_get_int (&args[1], graph, &k, error))
    return FALSE;
  x = weft_graph_strong (graph, x);
  shape = &x->type.shape;
  if (shape->rank != 1 && shape->rank != 2)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "diag: needs a vector or a matrix, not %u axes", shape->rank);
      return FALSE;
    }
  down = weft_attr_int (MAX (-k, 0));
  right = weft_attr_int (MAX (k, 0));
  if (shape->rank == 1)
    n = weft_attr_dim (graph, shape->dims[0]);
  else
    n = weft_attr_dim (
      graph, weft_dim_maximum (
               weft_dim (0), weft_dim_minimum (weft_dim_sub (shape->dims[0], weft_dim (down.i)),
                                               weft_dim_sub (shape->dims[1], weft_dim (right.i)))));
  m = weft_attr_dim (graph, weft_dim_add (n.dims->dims[0], weft_dim (ABS (k))));
  rows = weft_expand_iota (graph, n.dims->dims[0], WEFT_I64, error);
  columns = weft_graph_op (graph, "add", rows, weft_graph_int (graph, right.i), NULL);
  rows = weft_graph_op (graph, "add", rows, weft_graph_int (graph, down.i), NULL);
  weft_scope_set_value (scope, "x", x);
  weft_scope_set_value (scope, "rows", rows);
  weft_scope_set_value (scope, "columns", columns);
  weft_scope_set_attr (scope, "m", &m);
  return weft_expand_give (
    weft_expand_value (graph, scope,
                       shape->rank == 1
                         ? "getitem_back(x, zeros((m, m), x.dtype)[rows, columns])"
                         : "x[rows, columns]",
                       error),
    result);
}

/* ---- meshgrid ---- */

/* @x along axis @axis of the grid @shape. */
static WeftValue *
along_axis (WeftGraph *graph, WeftValue *x, const WeftShape *shape, guint axis, GError **error)
{
  WeftShape line = *shape;
  WeftAttr  attr = weft_attr_shape (graph, shape);

  for (guint i = 0; i < line.rank; i++)
    if (i != axis)
      line.dims[i] = weft_dim (1);
  x = weft_expand_reshape (graph, x, &line, error);
  return x != NULL ? weft_expand_apply (graph, WEFT_OP_BROADCAST_TO, x, &attr, error) : NULL;
}

EXPAND (meshgrid)
{
  guint    n = args[0].kind == WEFT_BIND_TUPLE ? args[0].n_items : 0;
  gboolean swap = n > 1 && args[1].attr.kind == WEFT_ATTR_STRING &&
                  g_str_equal (args[1].attr.s, "xy");
  WeftValue *xs[WEFT_MAX_RANK];
  WeftShape  shape = { .rank = n };

  if (n == 0 || n > WEFT_MAX_RANK)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "meshgrid: needs one to %d vectors", WEFT_MAX_RANK);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      xs[i] = weft_binding_to_value (&args[0].items[i], graph, error);
      if (xs[i] == NULL)
        return FALSE;
      xs[i] = weft_graph_strong (graph, xs[i]);
      shape.dims[swap && i < 2 ? 1 - i : i] = weft_shape_size (&xs[i]->type.shape);
    }
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = n };
  result->items = weft_graph_alloc (graph, n * sizeof *result->items);
  for (guint i = 0; i < n; i++)
    if (!weft_expand_give (
          along_axis (graph, xs[i], &shape, swap && i < 2 ? 1 - i : i, error), &result->items[i]))
      return FALSE;
  return TRUE;
}
