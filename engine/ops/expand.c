/* What expanders are made of: functions of the expression language that build several ops after a
 * look at shapes. Their rows stand in functions.def.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

/* ---- Results ---- */

/* @value, which may be NULL after an error, as the result of an expander. */
gboolean
weft_expand_give (WeftValue *value, WeftBinding *result)
{
  *result = (WeftBinding){ .kind = WEFT_BIND_VALUE, .value = value };
  return value != NULL;
}

/* @dim as a number or dimension of the language. */
gboolean
weft_expand_give_dim (WeftGraph *graph, WeftDim dim, WeftBinding *result)
{
  *result = (WeftBinding){ .kind = WEFT_BIND_ATTR,
                           .attr = weft_dim_is_number (dim) ? weft_attr_int (dim.offset)
                                                            : weft_attr_dim (graph, dim) };
  return TRUE;
}

/* ---- Values ---- */

WeftValue *
weft_expand_apply (
  WeftGraph *graph, WeftOpId id, WeftValue *x, const WeftAttr *attrs, GError **error)
{
  return weft_graph_apply (graph, weft_op (id), 1, &x, attrs, error);
}

/* @x itself where it has the shape. */
WeftValue *
weft_expand_reshape (WeftGraph *graph, WeftValue *x, const WeftShape *shape, GError **error)
{
  WeftAttr attr;

  if (weft_shape_equal (&x->type.shape, shape))
    return x;
  attr = weft_attr_shape (graph, shape);
  return weft_expand_apply (graph, WEFT_OP_RESHAPE, x, &attr, error);
}

/* @order: an axis of @x for each axis of the result. */
WeftValue *
weft_expand_transpose (WeftGraph *graph, WeftValue *x, const gint64 *order, GError **error)
{
  WeftAttr attr = weft_attr_axes (graph, x->type.shape.rank, order);

  return weft_expand_apply (graph, WEFT_OP_TRANSPOSE, x, &attr, error);
}

/* Over the axes in @mask; @x itself where there are none. */
WeftValue *
weft_expand_sum (WeftGraph *graph, WeftValue *x, guint mask, gboolean keepdims, GError **error)
{
  gint64   axes[WEFT_MAX_RANK];
  guint    n = 0;
  WeftAttr attrs[3];

  for (guint i = 0; i < x->type.shape.rank; i++)
    if (mask & 1u << i)
      axes[n++] = i;
  if (n == 0)
    return x;
  attrs[2] = weft_attr_none ();
  attrs[0] = weft_attr_axes (graph, n, axes);
  attrs[1] = weft_attr_bool (keepdims);
  return weft_expand_apply (graph, WEFT_OP_SUM, x, attrs, error);
}

/* A new axis of size 1 at @axis of the result. */
WeftValue *
weft_expand_new_axis (WeftGraph *graph, WeftValue *x, gint64 axis, GError **error)
{
  WeftAttr attr = weft_attr_axes (graph, 1, &axis);

  return weft_expand_apply (graph, WEFT_OP_EXPAND_DIMS, x, &attr, error);
}

/* The last two axes exchanged. */
WeftValue *
weft_expand_swap_last (WeftGraph *graph, WeftValue *x, GError **error)
{
  guint  rank = x->type.shape.rank;
  gint64 order[WEFT_MAX_RANK];

  if (rank == 2)
    return weft_expand_apply (graph, WEFT_OP_TRANSPOSE, x, NULL, error);
  for (guint i = 0; i < rank; i++)
    order[i] = i;
  order[rank - 2] = rank - 1;
  order[rank - 1] = rank - 2;
  return weft_expand_transpose (graph, x, order, error);
}

/* ---- Arguments ---- */

/* An argument that is an int. */
gboolean
weft_expand_get_int (const WeftBinding *binding, WeftGraph *graph, gint64 *value, GError **error)
{
  WeftAttr attr;

  if (!weft_binding_to_attr (binding, graph, WEFT_ATTR_INT, &attr, error))
    return FALSE;
  *value = attr.i;
  return TRUE;
}

gboolean
weft_expand_is_none (const WeftBinding *binding)
{
  return binding->kind == WEFT_BIND_ATTR && binding->attr.kind == WEFT_ATTR_NONE;
}

/* The axes of a reduction's "axis" argument as a mask. */
gboolean
weft_expand_get_axes (
  const WeftBinding *binding, WeftGraph *graph, guint rank, guint *mask, GError **error)
{
  WeftAttr attr = weft_attr_none ();

  if (!weft_expand_is_none (binding) &&
      !weft_binding_to_attr (binding, graph, WEFT_ATTR_AXES, &attr, error))
    return FALSE;
  return weft_infer_axes (weft_op (WEFT_OP_SUM), &attr, rank, mask, error);
}

/* ---- Texts ---- */

/* The parsed text, parsed once a process. A mistake in it aborts. Any thread. */
static WeftExpr *
parse_once (const char *text)
{
  static GMutex      mutex;
  static GHashTable *parsed; /* text -> WeftExpr */
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  g_autoptr (GError) error = NULL;
  WeftExpr *expr;

  if (parsed == NULL)
    parsed = g_hash_table_new (g_str_hash, g_str_equal);
  expr = g_hash_table_lookup (parsed, text);
  if (expr != NULL)
    return expr;
  expr = weft_expr_parse (text, &error);
  if (expr == NULL)
    g_error ("\"%s\": %s", text, error->message);
  g_hash_table_insert (parsed, (gpointer) text, expr);
  return expr;
}

/* What the static @text gives; its names are pairs of a name and a WeftValue *, ended by NULL.
 * Errors: as weft_expr_build, without the place in the text. */
gboolean
weft_expand_text (WeftGraph *graph, WeftBinding *result, GError **error, const char *text, ...)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  const char *name;
  va_list     names;

  va_start (names, text);
  while ((name = va_arg (names, const char *)) != NULL)
    weft_scope_set_value (scope, name, va_arg (names, WeftValue *));
  va_end (names);
  return weft_expr_build (parse_once (text), graph, scope, result, error);
}

/* The same for a text that gives one value; NULL after an error. */
WeftValue *
weft_expand_value (WeftGraph *graph, WeftScope *scope, const char *text, GError **error)
{
  WeftBinding result;

  if (!weft_expr_build (parse_once (text), graph, scope, &result, error))
    return NULL;
  return weft_binding_to_value (&result, graph, error);
}

gboolean
weft_dim_is_one (WeftDim dim)
{
  return weft_dim_is_number (dim) && dim.offset == 1;
}
