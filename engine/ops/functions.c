/* Functions of the expression language: the texts of functions.def, and those that need a look at
 * shapes.
 *
 * What gradients use: unreduce, count, unbroadcast, transpose_back, concat_back, getitem_back,
 * index_add_back, matmul_da, matmul_db, rows, label_weight, dropout_back. For people: take, stack,
 * swapaxes, moveaxis, flip, flatten, arange, eye.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* ---- Arguments ---- */

#define MAX_ARGS 8

/* A signature "x, axis=None" read once. */
typedef struct
{
  const char *name, *summary;
  guint       n;
  const char *names[MAX_ARGS];
  WeftExpr   *otherwise[MAX_ARGS]; /* NULL: must be given */
  WeftExpr   *body;                /* of a text */
  gboolean (*expand) (WeftGraph         *graph,
                      const WeftBinding *args,
                      WeftBinding       *result,
                      GError           **error);
} Function;

static gboolean
bind_one (Function          *function,
          guint              index,
          const WeftBinding *arg,
          WeftBinding       *bound,
          gboolean          *given,
          GError           **error)
{
  if (given[index])
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s: %s is given twice",
                   function->name, function->names[index]);
      return FALSE;
    }
  given[index] = TRUE;
  bound[index] = *arg;
  return TRUE;
}

static gboolean
bind_defaults (
  Function *function, WeftGraph *graph, WeftBinding *bound, const gboolean *given, GError **error)
{
  for (guint i = 0; i < function->n; i++)
    {
      g_autoptr (WeftScope) scope = NULL;

      if (given[i])
        continue;
      if (function->otherwise[i] == NULL)
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s: %s must be given",
                       function->name, function->names[i]);
          return FALSE;
        }
      scope = weft_scope_new ();
      if (!weft_expr_build (function->otherwise[i], graph, scope, &bound[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
bind (Function          *function,
      WeftGraph         *graph,
      guint              n,
      const WeftBinding *args,
      const char *const *keywords,
      WeftBinding       *bound,
      GError           **error)
{
  gboolean given[MAX_ARGS] = { FALSE };

  for (guint i = 0; i < n; i++)
    {
      guint index = i;

      if (keywords[i] != NULL)
        for (index = 0; index < function->n && !g_str_equal (function->names[index], keywords[i]);
             index++)
          ;
      if (index >= function->n)
        {
          if (keywords[i] != NULL)
            g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME, "%s: has no argument %s",
                         function->name, keywords[i]);
          else
            g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                         "%s: takes %u arguments, not %u", function->name, function->n, n);
          return FALSE;
        }
      if (!bind_one (function, index, &args[i], bound, given, error))
        return FALSE;
    }
  return bind_defaults (function, graph, bound, given, error);
}

/* A place inside a text of ours means nothing to people: "1:1: broadcast_to: ..." becomes "full:
 * broadcast_to: ...". */
static void
blame_function (const Function *function, GError **error)
{
  const char *message;

  if (error == NULL || *error == NULL)
    return;
  message = (*error)->message + strspn ((*error)->message, "0123456789: ");

  g_autofree char *blamed = g_strdup_printf ("%s: %s", function->name, message);

  g_free ((*error)->message);
  (*error)->message = g_steal_pointer (&blamed);
}

static gboolean
call (WeftGraph         *graph,
      guint              n,
      const WeftBinding *args,
      const char *const *keywords,
      gpointer           data,
      WeftBinding       *result,
      GError           **error)
{
  Function   *function = data;
  WeftBinding bound[MAX_ARGS];

  if (!bind (function, graph, n, args, keywords, bound, error))
    return FALSE;
  if (function->expand != NULL)
    return function->expand (graph, bound, result, error);

  g_autoptr (WeftScope) scope = weft_scope_new ();

  for (guint i = 0; i < function->n; i++)
    weft_scope_set (scope, function->names[i], &bound[i]);
  if (weft_expr_build (function->body, graph, scope, result, error))
    return TRUE;
  blame_function (function, error);
  return FALSE;
}

/* ---- Small helpers for expanders ---- */

static gboolean
give (WeftValue *value, WeftBinding *result)
{
  *result = (WeftBinding){ .kind = WEFT_BIND_VALUE, .value = value };
  return value != NULL;
}

static gboolean
give_dim (WeftGraph *graph, WeftDim dim, WeftBinding *result)
{
  *result = (WeftBinding){ .kind = WEFT_BIND_ATTR,
                           .attr = weft_dim_is_number (dim) ? weft_attr_int (dim.offset)
                                                            : weft_attr_dim (graph, dim) };
  return TRUE;
}

static WeftValue *
apply_one (WeftGraph *graph, WeftOpId id, WeftValue *x, const WeftAttr *attrs, GError **error)
{
  return weft_graph_apply (graph, weft_op (id), 1, &x, attrs, error);
}

static WeftValue *
reshape (WeftGraph *graph, WeftValue *x, const WeftShape *shape, GError **error)
{
  WeftAttr attr;

  if (weft_shape_equal (&x->type.shape, shape))
    return x;
  attr = weft_attr_shape (graph, shape);
  return apply_one (graph, WEFT_OP_RESHAPE, x, &attr, error);
}

static WeftValue *
transpose (WeftGraph *graph, WeftValue *x, const gint64 *order, GError **error)
{
  WeftAttr attr = weft_attr_axes (graph, x->type.shape.rank, order);

  return apply_one (graph, WEFT_OP_TRANSPOSE, x, &attr, error);
}

static WeftValue *
sum_axes (WeftGraph *graph, WeftValue *x, guint mask, gboolean keepdims, GError **error)
{
  gint64   axes[WEFT_MAX_RANK];
  guint    n = 0;
  WeftAttr attrs[2];

  for (guint i = 0; i < x->type.shape.rank; i++)
    if (mask & 1u << i)
      axes[n++] = i;
  if (n == 0)
    return x;
  attrs[0] = weft_attr_axes (graph, n, axes);
  attrs[1] = weft_attr_bool (keepdims);
  return apply_one (graph, WEFT_OP_SUM, x, attrs, error);
}

static gboolean
is_one (WeftDim dim)
{
  return weft_dim_is_number (dim) && dim.offset == 1;
}

/* An argument that is an int, or None. */
static gboolean
get_int (const WeftBinding *binding, WeftGraph *graph, gint64 *value, GError **error)
{
  WeftAttr attr;

  if (!weft_binding_to_attr (binding, graph, WEFT_ATTR_INT, &attr, error))
    return FALSE;
  *value = attr.i;
  return TRUE;
}

static gboolean
is_none (const WeftBinding *binding)
{
  return binding->kind == WEFT_BIND_ATTR && binding->attr.kind == WEFT_ATTR_NONE;
}

/* The axes of a reduction's "axis" argument as a mask. */
static gboolean
get_axes (const WeftBinding *binding, WeftGraph *graph, guint rank, guint *mask, GError **error)
{
  WeftAttr attr = weft_attr_none ();

  if (!is_none (binding) && !weft_binding_to_attr (binding, graph, WEFT_ATTR_AXES, &attr, error))
    return FALSE;
  return weft_infer_axes (weft_op (WEFT_OP_SUM), &attr, rank, mask, error);
}

/* ---- For gradients of reductions and broadcasts ---- */

static gboolean
expand_unreduce (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *value = weft_binding_to_value (&args[0], graph, error),
            *x = weft_binding_to_value (&args[1], graph, error);
  WeftShape kept;
  WeftAttr  shape;
  guint     mask;

  if (value == NULL || x == NULL || !get_axes (&args[2], graph, x->type.shape.rank, &mask, error))
    return FALSE;
  kept = weft_shape_reduce (&x->type.shape, mask, TRUE);
  value = reshape (graph, value, &kept, error);
  if (value == NULL || weft_shape_equal (&kept, &x->type.shape))
    return give (value, result);
  shape = weft_attr_shape (graph, &x->type.shape);
  return give (apply_one (graph, WEFT_OP_BROADCAST_TO, value, &shape, error), result);
}

static gboolean
expand_count (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftDim    count = weft_dim (1);
  guint      mask;

  if (x == NULL || !get_axes (&args[1], graph, x->type.shape.rank, &mask, error))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    if (mask & 1u << i)
      count = weft_dim_mul (count, x->type.shape.dims[i]);
  return give_dim (graph, count, result);
}

static gboolean
expand_unbroadcast (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *x = weft_binding_to_value (&args[1], graph, error);
  const WeftShape *to;
  guint            lead, mask = 0;

  if (g == NULL || x == NULL)
    return FALSE;
  to = &x->type.shape;
  if (weft_shape_equal (&g->type.shape, to) || g->type.shape.rank < to->rank)
    return give (g, result);
  lead = g->type.shape.rank - to->rank;
  for (guint i = 0; i < to->rank; i++)
    {
      WeftDim from = g->type.shape.dims[lead + i];

      if (is_one (to->dims[i]) && !is_one (from))
        mask |= 1u << (lead + i);
      else if (!weft_dim_equal (from, to->dims[i]))
        {
          /* Whether this axis was broadcast is known at the call only. */
          WeftAttr shape = weft_attr_shape (graph, to);

          return give (apply_one (graph, WEFT_OP_SUM_TO, g, &shape, error), result);
        }
    }
  g = sum_axes (graph, g, mask, TRUE, error);
  return give (g != NULL ? sum_axes (graph, g, (1u << lead) - 1, FALSE, error) : NULL, result);
}

/* ---- For gradients of shape rows ---- */

static gboolean
expand_transpose_back (WeftGraph         *graph,
                       const WeftBinding *args,
                       WeftBinding       *result,
                       GError           **error)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error);
  WeftAttr   axes;
  gint64     inverse[WEFT_MAX_RANK];

  if (g == NULL)
    return FALSE;
  if (is_none (&args[1]))
    return give (apply_one (graph, WEFT_OP_TRANSPOSE, g, NULL, error), result);
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
  return give (transpose (graph, g, inverse, error), result);
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
  return apply_one (graph, WEFT_OP_GETITEM, g, &attr, error);
}

static gboolean
expand_concat_back (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = weft_binding_to_value (&args[1], graph, error);
  gint64  position;
  WeftDim start = weft_dim (0);
  guint   axis;

  if (g == NULL || y == NULL || !get_int (&args[2], graph, &position, error) ||
      !weft_infer_axis (y->apply->op, y->apply->attrs[0].i, y->type.shape.rank, &axis, error))
    return FALSE;
  for (gint64 i = 0; i < position; i++)
    start = weft_dim_add (start, y->apply->inputs[i]->type.shape.dims[axis]);
  return give (
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

static gboolean
expand_getitem_back (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = weft_binding_to_value (&args[1], graph, error);
  WeftAttr attrs[2];

  if (g == NULL || y == NULL)
    return FALSE;
  attrs[0] = weft_attr_shape (graph, &y->apply->inputs[0]->type.shape);
  attrs[1] = y->apply->attrs[0];
  return give (with_index_arrays (graph, WEFT_OP_INDEX_ADD, g, y->apply, attrs, error), result);
}

static gboolean
expand_index_add_back (WeftGraph         *graph,
                       const WeftBinding *args,
                       WeftBinding       *result,
                       GError           **error)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = weft_binding_to_value (&args[1], graph, error);

  return g != NULL && y != NULL &&
         give (with_index_arrays (graph, WEFT_OP_GETITEM, g, y->apply, &y->apply->attrs[1], error),
               result);
}

/* ---- For gradients of products and losses ---- */

static WeftValue *
add_axis (WeftGraph *graph, WeftValue *x, gint64 axis, GError **error)
{
  WeftAttr attr = weft_attr_axes (graph, 1, &axis);

  return apply_one (graph, WEFT_OP_EXPAND_DIMS, x, &attr, error);
}

static WeftValue *
swap_last (WeftGraph *graph, WeftValue *x, GError **error)
{
  guint  rank = x->type.shape.rank;
  gint64 order[WEFT_MAX_RANK];

  if (rank == 2)
    return apply_one (graph, WEFT_OP_TRANSPOSE, x, NULL, error);
  for (guint i = 0; i < rank; i++)
    order[i] = i;
  order[rank - 2] = rank - 1;
  order[rank - 1] = rank - 2;
  return transpose (graph, x, order, error);
}

/* Cotangent of input @which of matmul (a, b): gy @ b.mT or a.mT @ gy, vectors seen as a row on the
 * left and a column on the right. */
static gboolean
expand_matmul_back (
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
      b = add_axis (graph, b, 1, error);
      g = add_axis (graph, g, -1, error);
    }
  if (vector[0])
    {
      a = add_axis (graph, a, 0, error);
      g = add_axis (graph, g, -2, error);
    }
  pair[0] = which == 0 ? g : swap_last (graph, a, error);
  pair[1] = which == 0 ? swap_last (graph, b, error) : g;
  back = weft_graph_apply (graph, weft_op (WEFT_OP_MATMUL), 2, pair, NULL, error);
  if (back == NULL || !vector[which])
    return give (back, result);
  /* Away with the row's or column's axis of size 1, and the batch axes summed by the walker. */
  WeftShape shape = back->type.shape;

  shape.rank--;
  shape.dims[shape.rank - 1] = back->type.shape.dims[shape.rank - (which == 0 ? 0 : 1)];
  return give (reshape (graph, back, &shape, error), result);
}

static gboolean
expand_matmul_da (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  return expand_matmul_back (graph, args, 0, result, error);
}

static gboolean
expand_matmul_db (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  return expand_matmul_back (graph, args, 1, result, error);
}

/* How many rows: the product of all axes but the last. */
static gboolean
expand_rows (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftShape  rows;

  if (x == NULL)
    return FALSE;
  rows = x->type.shape;
  rows.rank -= rows.rank > 0 ? 1 : 0;
  return give_dim (graph, weft_shape_size (&rows), result);
}

/* The weight of each row's label: 1 for whole labels, the sum of the probabilities else. */
static gboolean
expand_label_weight (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *labels = weft_binding_to_value (&args[0], graph, error);

  if (labels == NULL)
    return FALSE;
  if (!weft_dtype_is_float (labels->type.dtype))
    return give_dim (graph, weft_dim (1), result);
  return give (sum_axes (graph, labels, 1u << (labels->type.shape.rank - 1), TRUE, error), result);
}

/* @g dropped out where y was: the same op over the same stream of numbers. */
static gboolean
expand_dropout_back (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = weft_binding_to_value (&args[1], graph, error);

  if (g == NULL || y == NULL)
    return FALSE;
  g = apply_one (graph, WEFT_OP_DROPOUT, g, y->apply->attrs, error);
  if (g != NULL)
    g->apply->stream = y->apply->stream;
  return give (g, result);
}

/* ---- For people ---- */

static gboolean
expand_take (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *inputs[2] = { weft_binding_to_value (&args[0], graph, error),
                           weft_binding_to_value (&args[1], graph, error) };
  WeftIndex  entries[WEFT_MAX_RANK];
  WeftAttr   attr = { .kind = WEFT_ATTR_INDEX, .index = entries };
  guint      axis = 0;
  gint64     number;

  if (inputs[0] == NULL || inputs[1] == NULL)
    return FALSE;
  if (is_none (&args[2]))
    {
      WeftShape flat = { 1, { weft_shape_size (&inputs[0]->type.shape) } };

      inputs[0] = reshape (graph, inputs[0], &flat, error);
    }
  else if (!get_int (&args[2], graph, &number, error) ||
           !weft_infer_axis (weft_op (WEFT_OP_GETITEM), number, inputs[0]->type.shape.rank, &axis,
                             error))
    return FALSE;
  for (guint i = 0; i < axis; i++)
    entries[i] = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = 1 };
  entries[axis] = (WeftIndex){ .kind = WEFT_INDEX_ARRAY, .step = 1 };
  attr.n_index = axis + 1;
  return give (inputs[0] != NULL
                 ? weft_graph_apply (graph, weft_op (WEFT_OP_GETITEM), 2, inputs, &attr, error)
                 : NULL,
               result);
}

static gboolean
expand_stack (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
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
  if (!get_int (&args[1], graph, &axis, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      parts[i] = weft_binding_to_value (&args[0].items[i], graph, error);
      parts[i] = parts[i] != NULL ? add_axis (graph, parts[i], axis, error) : NULL;
      if (parts[i] == NULL)
        return FALSE;
    }
  attr = weft_attr_int (axis);
  return give (weft_graph_apply (graph, weft_op (WEFT_OP_CONCAT), n, parts, &attr, error), result);
}

static gboolean
expand_swapaxes (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue    *x = weft_binding_to_value (&args[0], graph, error);
  const WeftOp *op = weft_op (WEFT_OP_TRANSPOSE);
  gint64        order[WEFT_MAX_RANK], numbers[2];
  guint         axes[2];

  if (x == NULL || !get_int (&args[1], graph, &numbers[0], error) ||
      !get_int (&args[2], graph, &numbers[1], error) ||
      !weft_infer_axis (op, numbers[0], x->type.shape.rank, &axes[0], error) ||
      !weft_infer_axis (op, numbers[1], x->type.shape.rank, &axes[1], error))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    order[i] = i == axes[0] ? axes[1] : i == axes[1] ? axes[0]
                                                     : i;
  return give (transpose (graph, x, order, error), result);
}

static gboolean
expand_moveaxis (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue    *x = weft_binding_to_value (&args[0], graph, error);
  const WeftOp *op = weft_op (WEFT_OP_TRANSPOSE);
  gint64        order[WEFT_MAX_RANK], numbers[2];
  guint         from, to, k = 0;

  if (x == NULL || !get_int (&args[1], graph, &numbers[0], error) ||
      !get_int (&args[2], graph, &numbers[1], error) ||
      !weft_infer_axis (op, numbers[0], x->type.shape.rank, &from, error) ||
      !weft_infer_axis (op, numbers[1], x->type.shape.rank, &to, error))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    {
      k += k == from;
      order[i] = i == to ? from : k++;
    }
  return give (transpose (graph, x, order, error), result);
}

static gboolean
expand_flip (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftIndex  entries[WEFT_MAX_RANK];
  WeftAttr   attr = { .kind = WEFT_ATTR_INDEX, .index = entries };
  guint      mask;

  if (x == NULL || !get_axes (&args[1], graph, x->type.shape.rank, &mask, error))
    return FALSE;
  attr.n_index = x->type.shape.rank;
  for (guint i = 0; i < attr.n_index; i++)
    entries[i] = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = mask & 1u << i ? -1 : 1 };
  return give (apply_one (graph, WEFT_OP_GETITEM, x, &attr, error), result);
}

static gboolean
expand_flatten (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftShape  shape = { 0 };
  WeftDim    rest = weft_dim (1);
  gint64     first;
  guint      axis = 0;

  if (x == NULL || !get_int (&args[1], graph, &first, error) ||
      (first != 0 &&
       !weft_infer_axis (weft_op (WEFT_OP_RESHAPE), first, x->type.shape.rank + 1, &axis, error)))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    if (i < axis)
      shape.dims[shape.rank++] = x->type.shape.dims[i];
    else
      rest = weft_dim_mul (rest, x->type.shape.dims[i]);
  shape.dims[shape.rank++] = rest;
  return give (reshape (graph, x, &shape, error), result);
}

static WeftValue *
iota (WeftGraph *graph, WeftDim n, GError **error)
{
  WeftAttr attrs[2] = { weft_attr_dim (graph, n), weft_attr_dtype (WEFT_I64) };

  return weft_graph_apply (graph, weft_op (WEFT_OP_IOTA), 0, NULL, attrs, error);
}

static gboolean
expand_arange (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftAttr   start, stop;
  gint64     step;
  WeftDim    length;
  WeftValue *values;

  if (!get_int (&args[2], graph, &step, error) ||
      !weft_binding_to_attr (&args[0], graph, WEFT_ATTR_DIM, &start, error))
    return FALSE;
  if (is_none (&args[1]))
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
  return give (values, result);
}

static gboolean
expand_eye (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, GError **error)
{
  WeftAttr   n, m, dtype;
  WeftValue *rows, *columns;

  if (!weft_binding_to_attr (&args[0], graph, WEFT_ATTR_DIM, &n, error) ||
      !weft_binding_to_attr (is_none (&args[1]) ? &args[0] : &args[1], graph, WEFT_ATTR_DIM, &m,
                             error) ||
      !weft_binding_to_attr (&args[2], graph, WEFT_ATTR_DTYPE, &dtype, error))
    return FALSE;
  rows = iota (graph, n.dims->dims[0], error);
  columns = iota (graph, m.dims->dims[0], error);
  if (rows == NULL || columns == NULL)
    return FALSE;
  rows = weft_graph_op (graph, "eq", add_axis (graph, rows, 1, error), columns, NULL);
  return give (weft_graph_cast (graph, rows, weft_dtypes[dtype.i].compute), result);
}

/* ---- The lists ---- */

static const struct
{
  const char *name, *signature;
  gboolean (*expand) (WeftGraph         *graph,
                      const WeftBinding *args,
                      WeftBinding       *result,
                      GError           **error);
  const char *summary;
  const char *formula; /* what a gradient that is this call means, over gy and the row's names;
                          NULL: the call says it */
} expanders[] = {
  { "unreduce", "v, x, axis, keepdims", expand_unreduce,
    N_ ("v, a reduction of x, broadcast back to x") },
  { "count", "x, axis=None", expand_count,
    N_ ("how many elements one result of a reduction is made of") },
  { "unbroadcast", "g, x", expand_unbroadcast,
    N_ ("g summed over the axes along which x was broadcast") },
  { "transpose_back", "g, axes", expand_transpose_back, N_ ("axes put back as they were") },
  { "concat_back", "g, y, position", expand_concat_back,
    N_ ("the part of g for one input of a concat") },
  { "getitem_back", "g, y", expand_getitem_back, N_ ("zeros with g at the index of y") },
  { "index_add_back", "g, y", expand_index_add_back, N_ ("g at the index of y") },
  { "matmul_da", "g, a, b", expand_matmul_da, N_ ("g @ b.mT") },
  { "matmul_db", "g, a, b", expand_matmul_db, N_ ("a.mT @ g") },
  { "rows", "x", expand_rows, N_ ("how many rows x has: all axes but the last") },
  { "label_weight", "labels, logits", expand_label_weight,
    N_ ("the sum of each row's label probabilities") },
  { "dropout_back", "g, y", expand_dropout_back, N_ ("g dropped out where y was") },
  { "take", "x, indices, axis=None", expand_take, N_ ("elements at the given places of an axis") },
  { "stack", "xs, axis=0", expand_stack, N_ ("values joined along a new axis") },
  { "swapaxes", "x, a, b", expand_swapaxes, N_ ("two axes exchanged") },
  { "moveaxis", "x, source, destination", expand_moveaxis, N_ ("one axis moved to another place") },
  { "flip", "x, axis=None", expand_flip, N_ ("elements in the opposite order along axes") },
  { "flatten", "x, axis=0", expand_flatten, N_ ("the axes from the given one on as one") },
  { "arange", "start, stop=None, step=1", expand_arange,
    N_ ("whole numbers from start up to stop") },
  { "eye", "n, m=None, dtype=f32", expand_eye, N_ ("1 on the diagonal, 0 elsewhere") },
};

static const struct
{
  const char *name, *signature, *text, *summary;
} texts[] = {
#define FUNCTION(NAME, SIGNATURE, TEXT, SUMMARY) { NAME, SIGNATURE, TEXT, SUMMARY },
#include "engine/ops/functions.def"
#undef FUNCTION
};

/* The gradient of input number @index (the last repeats where the row is variadic) for people: the
 * row's text, or the formula that its helper function stands for. NULL if there is none. Any
 * thread. */
const char *
weft_op_gradient_formula (const WeftOp *op, guint index)
{
  const char *text = op->n_inputs > 0 ? op->grad[MIN (index, op->n_inputs - 1)] : NULL;

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (expanders); i++)
    {
      gsize n = strlen (expanders[i].name);

      if (expanders[i].formula != NULL && strncmp (text, expanders[i].name, n) == 0 &&
          text[n] == '(')
        return _ (expanders[i].formula);
    }
  return text;
}

/* A text of ours that must parse. */
static WeftExpr *
must_parse (const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  WeftExpr *expr = weft_expr_parse (text, &error);

  if (expr == NULL)
    g_error ("function %s: %s", name, error->message);
  return expr;
}

static Function *
add_function (const char *name, const char *signature, const char *summary)
{
  Function *function = g_new0 (Function, 1);
  g_auto (GStrv) words = g_strsplit (signature, ",", -1);

  function->name = name;
  function->summary = summary;
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) sides = g_strsplit (words[i], "=", 2);

      g_assert (function->n < MAX_ARGS);
      function->names[function->n] = g_intern_string (g_strstrip (sides[0]));
      if (sides[1] != NULL)
        function->otherwise[function->n] = must_parse (name, sides[1]);
      function->n++;
    }
  weft_expr_register_function (&(WeftExprFunction){ name, call, function, signature, summary });
  return function;
}

void
weft_functions_register (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (expanders); i++)
    add_function (expanders[i].name, expanders[i].signature, expanders[i].summary)->expand =
      expanders[i].expand;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    add_function (texts[i].name, texts[i].signature, texts[i].summary)->body =
      must_parse (texts[i].name, texts[i].text);
}
