/* Lowering of op rows and expression nodes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lower-private.h"

#include "engine/graph/tools.h"

#include "engine/base/nearest.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

/* ---- Attributes from JSON ---- */

static gboolean
attr_from_text (const WeftLowerLevel *level,
                const WeftLowerCall  *call,
                const char           *text,
                WeftAttrKind          kind,
                WeftAttr             *attr,
                GError              **error)
{
  g_autoptr (WeftExpr) expr = weft_lower_parse (text, error);
  g_autoptr (WeftScope) scope = NULL;
  const char **names;

  if (expr == NULL)
    return FALSE;
  scope = weft_lower_scope (level, call->inputs);
  names = weft_expr_free_names (expr);
  for (guint i = 0; (kind == WEFT_ATTR_SHAPE || kind == WEFT_ATTR_DIM) && names[i] != NULL; i++)
    if (weft_scope_get (scope, names[i]) == NULL)
      {
        WeftAttr dim = weft_attr_dim (level->graph, weft_dim_named (names[i]));
        weft_scope_set_attr (scope, names[i], &dim);
      }
  return weft_expr_build_attr (expr, level->graph, scope, kind, attr, error);
}

static gboolean
axes_from_json (const WeftLowerLevel *level, WeftJson *json, WeftAttr *attr)
{
  gint64 axes[WEFT_MAX_RANK];
  guint  n = weft_json_length (json);

  if (weft_json_kind (json) == WEFT_JSON_INT)
    {
      axes[0] = weft_json_int (json, 0);
      *attr = weft_attr_axes (level->graph, 1, axes);
      return TRUE;
    }
  if (weft_json_kind (json) != WEFT_JSON_ARRAY || n > WEFT_MAX_RANK)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (weft_json_kind (weft_json_at (json, i)) != WEFT_JSON_INT)
        return FALSE;
      axes[i] = weft_json_int (weft_json_at (json, i), 0);
    }
  *attr = weft_attr_axes (level->graph, n, axes);
  return TRUE;
}

static gboolean
dim_from_json (WeftJson *json, WeftDim *dim)
{
  if (weft_json_kind (json) == WEFT_JSON_INT)
    {
      *dim = weft_dim (weft_json_int (json, 0));
      return TRUE;
    }
  return weft_json_string (json, NULL) != NULL &&
         weft_dim_parse (weft_json_string (json, NULL), dim);
}

static gboolean
shape_from_json (WeftJson *json, WeftShape *shape)
{
  *shape = (WeftShape){ .rank = 1 };
  if (weft_json_kind (json) == WEFT_JSON_INT)
    return dim_from_json (json, &shape->dims[0]);
  shape->rank = weft_json_length (json);
  if (weft_json_kind (json) != WEFT_JSON_ARRAY || shape->rank > WEFT_MAX_RANK)
    return FALSE;
  for (guint i = 0; i < shape->rank; i++)
    if (!dim_from_json (weft_json_at (json, i), &shape->dims[i]))
      return FALSE;
  return TRUE;
}

/* TRUE if @json is such an attribute as it stands, without evaluating a text. */
static gboolean
attr_from_json (const WeftLowerLevel *level,
                WeftJson             *json,
                const WeftAttrSpec   *spec,
                WeftAttr             *attr)
{
  WeftJsonKind kind = weft_json_kind (json);
  WeftShape    shape;
  WeftDim      dim;
  WeftDType    dtype;

  switch (spec->kind)
    {
    case WEFT_ATTR_BOOL:
      *attr = weft_attr_bool (weft_json_bool (json, FALSE));
      return kind == WEFT_JSON_BOOL;
    case WEFT_ATTR_INT:
      *attr = weft_attr_int (weft_json_int (json, 0));
      return kind == WEFT_JSON_INT;
    case WEFT_ATTR_FLOAT:
      *attr = weft_attr_float (weft_json_number (json, 0));
      return kind == WEFT_JSON_INT || kind == WEFT_JSON_NUMBER;
    case WEFT_ATTR_DTYPE:
      if (kind != WEFT_JSON_STRING || !weft_dtype_parse (weft_json_string (json, ""), &dtype))
        return FALSE;
      *attr = weft_attr_dtype (dtype);
      return TRUE;
    case WEFT_ATTR_STRING:
      *attr = weft_attr_string (g_intern_string (weft_json_string (json, "")));
      return kind == WEFT_JSON_STRING;
    case WEFT_ATTR_AXES:
      return axes_from_json (level, json, attr);
    case WEFT_ATTR_SHAPE:
      if (!shape_from_json (json, &shape))
        return FALSE;
      *attr = weft_attr_shape (level->graph, &shape);
      return TRUE;
    case WEFT_ATTR_DIM:
      if (!dim_from_json (json, &dim))
        return FALSE;
      *attr = weft_attr_dim (level->graph, dim);
      return TRUE;
    case WEFT_ATTR_NONE:
    case WEFT_ATTR_INDEX:
    case WEFT_ATTR_BODY:
      break;
    }
  return FALSE;
}

static gboolean
read_attr (const WeftLowerLevel *level,
           const WeftLowerCall  *call,
           const WeftOp         *op,
           const WeftAttrSpec   *spec,
           WeftAttr             *attr,
           GError              **error)
{
  WeftJson   *json = weft_lower_param (level, call->node, spec->name);
  const char *text = weft_json_string (json, NULL);

  *attr = spec->otherwise;
  if (json == NULL && spec->has_default)
    return TRUE;
  if (json == NULL && spec->optional)
    {
      *attr = weft_attr_none ();
      return TRUE;
    }
  if (json == NULL)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE, _ ("%s: %s must be given"),
                   op->name, spec->name);
      return FALSE;
    }
  if (weft_json_kind (json) == WEFT_JSON_NULL)
    *attr = weft_attr_none ();
  else if (!attr_from_json (level, json, spec, attr))
    {
      if (text == NULL)
        {
          g_autofree char *value = weft_json_to_string (json);
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE, _ ("%s: %s cannot be %s"),
                       op->name, spec->name, value);
          return FALSE;
        }
      if (!attr_from_text (level, call, text, spec->kind, attr, error))
        {
          g_prefix_error (error, "%s: ", spec->name);
          return FALSE;
        }
    }
  return weft_attr_check (op, spec, attr, error);
}

gboolean
weft_lower_shape (const WeftLowerLevel *level, WeftJson *json, WeftShape *shape, GError **error)
{
  WeftLowerCall call = { 0 };
  WeftAttr      attr;

  if (json == NULL)
    {
      *shape = (WeftShape){ 0 };
      return TRUE;
    }
  if (weft_json_string (json, NULL) == NULL)
    {
      if (shape_from_json (json, shape))
        return TRUE;
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("a shape is written (batch, 784) or [\"batch\", 784]"));
      return FALSE;
    }
  if (!attr_from_text (level, &call, weft_json_string (json, ""), WEFT_ATTR_SHAPE, &attr, error))
    {
      g_prefix_error (error, "shape: ");
      return FALSE;
    }
  *shape = *attr.dims;
  return TRUE;
}

/* ---- Ops ---- */

static gboolean
nothing_wired (const WeftLowerCall *call, const char *port, GError **error)
{
  *call->port = g_strdup (port);
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, _ ("nothing is wired in"));
  return FALSE;
}

static int
compare_ports (gconstpointer a, gconstpointer b)
{
  const char *x = *(char *const *) a, *y = *(char *const *) b;
  gsize       n = strlen (x), m = strlen (y);

  return n != m ? (n < m ? -1 : 1) : strcmp (x, y);
}

/* Inputs of a VARIADIC row: xs, xs0, xs1, ... as far as they are wired, by number. */
static void
collect_variadic (const WeftLowerCall *call, const char *name, GPtrArray *values)
{
  g_autoptr (GPtrArray) ports = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer       key;

  g_hash_table_iter_init (&iter, call->inputs);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const char *rest = g_str_has_prefix (key, name) ? (char *) key + strlen (name) : NULL;

      if (rest != NULL && strspn (rest, "0123456789") == strlen (rest))
        g_ptr_array_add (ports, key);
    }
  g_ptr_array_sort (ports, compare_ports);
  for (guint i = 0; i < ports->len; i++)
    g_ptr_array_add (values, g_hash_table_lookup (call->inputs, g_ptr_array_index (ports, i)));
}

static gboolean
collect_inputs (const WeftLowerCall *call, const WeftOp *op, GPtrArray *values, GError **error)
{
  gboolean many = (op->traits & WEFT_TRAIT_VARIADIC) != 0;

  for (guint i = 0; i < op->n_inputs; i++)
    {
      WeftValue *value = g_hash_table_lookup (call->inputs, op->input_names[i]);

      if (many && i + 1 == op->n_inputs)
        {
          collect_variadic (call, op->input_names[i], values);
          if (values->len == 0)
            return nothing_wired (call, op->input_names[i], error);
        }
      else if (value == NULL)
        return nothing_wired (call, op->input_names[i], error);
      else
        g_ptr_array_add (values, value);
    }
  return TRUE;
}

/* x[TEXT]: an index is text between brackets. */
static gboolean
lower_index (const WeftLowerLevel *level,
             const WeftLowerCall  *call,
             const WeftOp         *op,
             const WeftAttrSpec   *spec,
             GError              **error)
{
  const char      *text = weft_json_string (weft_lower_param (level, call->node, spec->name), "...");
  g_autofree char *whole = g_strdup_printf ("%s[%s]", op->input_names[0], text);
  g_autoptr (WeftScope) scope = NULL;
  g_autoptr (WeftExpr) expr = NULL;
  WeftValue *value;

  if (g_hash_table_lookup (call->inputs, op->input_names[0]) == NULL)
    return nothing_wired (call, op->input_names[0], error);
  expr = weft_lower_parse (whole, error);
  if (expr == NULL)
    return FALSE;
  scope = weft_lower_scope (level, call->inputs);
  value = weft_expr_build_value (expr, level->graph, scope, error);
  if (value != NULL)
    weft_lower_put (call, op->output_names[0], value);
  return value != NULL;
}

/* weft_lower_op:
 *
 * A node whose op is a row. Errors: WEFT_TYPE_ERROR; WEFT_DOCUMENT_ERROR_MODEL for an open port.
 */
gboolean
weft_lower_op (const WeftLowerLevel *level,
               const WeftLowerCall  *call,
               const WeftOp         *op,
               GError              **error)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autofree WeftAttr *attrs = g_new0 (WeftAttr, op->n_attrs + 1);
  WeftValue           *value;

  for (guint i = 0; i < op->n_attrs; i++)
    if (op->attrs[i].kind == WEFT_ATTR_INDEX)
      return lower_index (level, call, op, &op->attrs[i], error);
  if (!collect_inputs (call, op, inputs, error))
    return FALSE;
  for (guint i = 0; i < op->n_attrs; i++)
    if (!read_attr (level, call, op, &op->attrs[i], &attrs[i], error))
      return FALSE;
  /* Dropout is for training only. */
  if (g_str_equal (op->name, "dropout") && !level->options->training)
    {
      weft_lower_put (call, op->output_names[0], g_ptr_array_index (inputs, 0));
      return TRUE;
    }
  value =
    weft_graph_apply (level->graph, op, inputs->len, (WeftValue **) inputs->pdata, attrs, error);
  if (value == NULL)
    {
      if (inputs->len == 1)
        *call->port = g_strdup (op->input_names[0]);
      return FALSE;
    }
  for (guint i = 0; i < op->n_outputs; i++)
    weft_lower_put (call, op->output_names[i], weft_apply_output (value->apply, i));
  return TRUE;
}

/* ---- Expressions ---- */

/* Replaces the dropouts made since @first by what goes into them. */
static WeftValue *
without_dropout (WeftGraph *graph, guint first, WeftValue *value)
{
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  guint      end = weft_graph_n_applies (graph);
  WeftValue *result = value;

  for (guint i = first; i < end; i++)
    {
      WeftApply *apply = weft_graph_get_apply (graph, i);

      if (g_str_equal (apply->op->name, "dropout"))
        {
          /* What goes in may itself stand behind a dropout. */
          WeftValue *in = apply->inputs[0];

          if (g_hash_table_size (replacements) > 0)
            weft_graph_substitute (graph, 1, &apply->inputs[0], replacements, &in, NULL);
          g_hash_table_insert (replacements, weft_apply_output (apply, 0), in);
        }
    }
  if (g_hash_table_size (replacements) > 0)
    weft_graph_substitute (graph, 1, &value, replacements, &result, NULL);
  return result;
}

static void
put_named (const WeftLowerLevel *level,
           const WeftLowerCall  *call,
           WeftScope            *scope,
           const WeftExpr       *expr,
           guint                 first)
{
  const char **names = weft_expr_assigned_names (expr);

  for (guint i = 0; names[i] != NULL; i++)
    {
      WeftBinding *binding = weft_scope_get (scope, names[i]);
      WeftValue   *value =
        binding != NULL ? weft_binding_to_value (binding, level->graph, NULL) : NULL;

      if (value == NULL)
        continue;
      value = weft_graph_strong (level->graph, value);
      if (!level->options->training)
        value = without_dropout (level->graph, first, value);
      weft_lower_put (call, names[i], value);
    }
}

/* weft_lower_expression:
 *
 * An expression node: inputs are its free names; its output is "out", or the names that it assigns
 * where there is no result. Errors: WEFT_EXPR_ERROR, WEFT_TYPE_ERROR; WEFT_DOCUMENT_ERROR_MODEL for
 * an open port.
 */
gboolean
weft_lower_expression (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error)
{
  const char *text = weft_json_string (weft_lower_param (level, call->node, "text"), "");
  g_autoptr (WeftExpr) expr = weft_lower_parse (text, error);
  g_autoptr (WeftScope) scope = NULL;
  const char **names;
  guint        first = weft_graph_n_applies (level->graph);
  WeftValue   *value;

  if (expr == NULL)
    return FALSE;
  scope = weft_lower_scope (level, call->inputs);
  weft_lower_bind_groups (level, call, expr, scope);
  names = weft_expr_free_names (expr);
  for (guint i = 0; names[i] != NULL; i++)
    if (weft_scope_get (scope, names[i]) == NULL)
      return nothing_wired (call, names[i], error);
  if (!weft_expr_has_result (expr))
    {
      if (!weft_expr_build (expr, level->graph, scope, NULL, error))
        return FALSE;
      put_named (level, call, scope, expr, first);
      return TRUE;
    }
  value = weft_expr_build_value (expr, level->graph, scope, error);
  if (value == NULL)
    return FALSE;
  if (!level->options->training)
    value = without_dropout (level->graph, first, value);
  weft_lower_put (call, "out", value);
  return TRUE;
}
