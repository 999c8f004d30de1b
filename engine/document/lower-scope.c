/* What texts of a node can name: its inputs, the inputs and knobs of the definition that it stands
 * in, and whether one trains.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lower-private.h"

#include "engine/document/interface.h"

#include <string.h>

static WeftJson *
default_param (WeftDocument *document, const char *op, const char *name)
{
  guint            n = 0;
  const WeftParam *params = weft_document_params (document, op, &n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (params[i].name, name))
      return params[i].otherwise;
  return NULL;
}

WeftJson *
weft_lower_param (const WeftLowerLevel *level, const WeftNode *node, const char *name)
{
  WeftJson   *json = weft_json_get (node->params, name);
  const char *text = weft_json_string (json, NULL);

  if (json == NULL)
    return default_param (level->document, node->op, name);
  if (level->knobs != NULL && text != NULL && weft_json_has (level->knobs, text))
    return weft_json_get (level->knobs, text);
  return json;
}

/* "(2, 2)" or [2, 2] as a tuple; FALSE: @json is something else. */
static gboolean
bind_tuple (WeftGraph *graph, WeftScope *scope, const char *name, WeftJson *json)
{
  gboolean         list = weft_json_kind (json) == WEFT_JSON_ARRAY && weft_json_length (json) > 0;
  g_autofree char *written = list ? weft_json_to_string (json) : NULL;
  g_autofree char *tuple = g_strdup (list ? written : weft_json_string (json, ""));
  gsize            length = strlen (tuple);
  g_autoptr (WeftScope) none = NULL;
  g_autoptr (WeftExpr) expr = NULL;
  WeftBinding binding;

  if (graph == NULL || (!list && *tuple != '('))
    return FALSE;
  if (list)
    {
      g_free (tuple);
      tuple = g_strdup_printf ("(%.*s,)", (int) length - 2, written + 1);
    }
  none = weft_scope_new ();
  expr = weft_lower_parse (tuple, NULL);
  if (expr == NULL || !weft_expr_build (expr, graph, none, &binding, NULL))
    return FALSE;
  weft_scope_set (scope, name, &binding);
  return TRUE;
}

static void
bind_knob (WeftGraph *graph, WeftScope *scope, const char *name, gboolean is_op, WeftJson *json)
{
  const char *text = weft_json_string (json, NULL);
  WeftAttr    attr;

  if (bind_tuple (graph, scope, name, json))
    return;

  if (is_op && text != NULL)
    {
      weft_scope_set_op (scope, name, g_str_equal (text, "none") ? "identity" : text);
      return;
    }
  if (text != NULL)
    attr = weft_attr_string (g_intern_string (text));
  else if (weft_json_kind (json) == WEFT_JSON_INT)
    attr = weft_attr_int (weft_json_int (json, 0));
  else if (weft_json_kind (json) == WEFT_JSON_NUMBER)
    attr = weft_attr_float (weft_json_number (json, 0));
  else if (weft_json_kind (json) == WEFT_JSON_BOOL)
    attr = weft_attr_bool (weft_json_bool (json, FALSE));
  else
    attr = weft_attr_none ();
  weft_scope_set_attr (scope, name, &attr);
}

/* A knob that stands for an op, such as an activation. */
static gboolean
is_op_knob (WeftDocument *document, const char *name)
{
  GArray *knobs = weft_document_interface (document)->params;

  for (guint i = 0; i < knobs->len; i++)
    if (g_str_equal (g_array_index (knobs, WeftParam, i).name, name))
      return g_array_index (knobs, WeftParam, i).is_op;
  return FALSE;
}

static void
bind_values (WeftScope *scope, GHashTable *values)
{
  GHashTableIter iter;
  gpointer       name, value;

  if (values == NULL)
    return;
  g_hash_table_iter_init (&iter, values);
  while (g_hash_table_iter_next (&iter, &name, &value))
    weft_scope_set_value (scope, name, value);
}

/* Documents hold the same few texts many times, and typing builds them anew with each edit: parsed
 * texts are kept. */
#define MAX_KEPT_TEXTS 4096

WeftExpr *
weft_lower_parse (const char *text, GError **error)
{
  static GMutex      lock;
  static GHashTable *kept;
  WeftExpr          *expr;

  g_mutex_lock (&lock);
  if (kept == NULL)
    kept =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_expr_unref);
  expr = g_hash_table_lookup (kept, text);
  if (expr == NULL)
    {
      expr = weft_expr_parse (text, error);
      if (g_hash_table_size (kept) >= MAX_KEPT_TEXTS)
        g_hash_table_remove_all (kept);
      if (expr != NULL)
        g_hash_table_insert (kept, g_strdup (text), expr);
    }
  if (expr != NULL)
    weft_expr_ref (expr);
  g_mutex_unlock (&lock);
  return expr;
}

/* Texts know by "has_mask" whether something is wired into the optional input mask. */
static void
bind_optional (WeftScope *scope, WeftDocument *document, GHashTable *wired)
{
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);
      WeftAttr        attr = weft_attr_bool (g_hash_table_contains (wired, node->id));

      if (weft_definition_is_optional (document, node->id))
        {
          g_autofree char *name = g_strconcat ("has_", node->id, NULL);
          weft_scope_set_attr (scope, name, &attr);
        }
    }
}

WeftScope *
weft_lower_scope (const WeftLowerLevel *level, GHashTable *inputs)
{
  WeftScope *scope = weft_scope_new ();
  WeftAttr   training = weft_attr_bool (level->options != NULL && level->options->training);

  weft_scope_set_attr (scope, "training", &training);
  for (guint i = 0; level->knobs != NULL && i < weft_json_n_members (level->knobs); i++)
    {
      WeftJson   *json;
      const char *name = weft_json_member (level->knobs, i, &json);

      bind_knob (level->graph, scope, name, is_op_knob (level->document, name), json);
    }
  if (level->wired != NULL)
    bind_optional (scope, level->document, level->wired);
  bind_values (scope, level->values);
  bind_values (scope, inputs);
  return scope;
}
