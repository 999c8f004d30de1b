/* Update rules that a document brings as text.
 *
 * A text is checked when it is read: that it parses, sets p, reads known names only, and keeps the
 * parameter's shape. Rows are kept for the life of the process, one for each different text, so
 * that a row's address says which rule it is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/adjust.h"

#include "engine/base/nearest.h"
#include "engine/graph/expr.h"
#include "engine/train/update.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_TEXT 10000
#define RATE_KNOB "rate: float (0, inf) = 0.01"

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL, _ ("training: rule: %s"),
               text);
  return FALSE;
}

/* The error of another reader, with its place said. */
static gboolean
refuse_error (GError **error, GError *take)
{
  refuse (error, "%s", take->message);
  g_error_free (take);
  return FALSE;
}

static gboolean
check_names (WeftExpr *expr, const WeftRuleRow *row, GError **error)
{
  static const char *const given[] = { "p", "g", "t", "rate", NULL };
  const char *const       *assigned = (const char *const *) weft_expr_assigned_names (expr);
  const char             **read = weft_expr_free_names (expr);

  if (!g_strv_contains (assigned, "p"))
    return refuse (error, _ ("it never sets p, the parameter, as in p = p - rate * g"));
  if (g_strv_contains (assigned, "g") || g_strv_contains (assigned, "rate") ||
      g_strv_contains (assigned, "t"))
    return refuse (error, _ ("g, rate and t are given and cannot be set"));
  for (guint k = 1; k < row->n_own_knobs; k++)
    if (g_strv_contains (given, row->own_knobs[k].name) ||
        g_strv_contains (assigned, row->own_knobs[k].name))
      return refuse (error, _ ("%s cannot be a knob: the rule has it already"),
                     row->own_knobs[k].name);
  for (guint i = 0; read[i] != NULL; i++)
    {
      gboolean         known = g_strv_contains (given, read[i]) || g_strv_contains (assigned, read[i]);
      WeftNearest      nearest;
      g_autofree char *hint = NULL;

      weft_nearest_begin (&nearest, read[i]);
      for (guint k = 0; given[k] != NULL; k++)
        weft_nearest_offer (&nearest, given[k]);
      for (guint k = 0; k < row->n_own_knobs; k++)
        {
          known = known || g_str_equal (row->own_knobs[k].name, read[i]);
          weft_nearest_offer (&nearest, row->own_knobs[k].name);
        }
      hint = weft_nearest_hint (&nearest);
      if (!known)
        return refuse (
          error, _ ("“%s” is nothing that it knows: p, g, t, rate, a knob, or what it sets%s"),
          read[i], hint);
    }
  return TRUE;
}

/* Builds the rule for a parameter of rank 2. */
static gboolean
try_it (const WeftRuleRow *row, GError **error)
{
  static const gint64 shape[] = { 3, 2 };
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftArray) zeros = weft_array_new (WEFT_F32, 2, shape);
  g_autoptr (WeftShared) parameter = weft_shared_new ("p", "parameter", zeros);
  g_autoptr (GPtrArray) targets =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  WeftType          type = { .dtype = WEFT_F32, .shape = weft_shape (2, (gint64) 3, (gint64) 2) };
  double            knobs[WEFT_MAX_KNOBS];
  WeftUpdateContext context = {
    .graph = graph,
    .rate = weft_graph_scalar (graph, WEFT_F64, 0.1),
    .t = weft_graph_scalar (graph, WEFT_F64, 1),
  };
  GError *inner = NULL;

  for (guint i = 0; i < row->n_own_knobs; i++)
    knobs[i] = row->own_knobs[i].otherwise;
  if (weft_update_build (row, knobs, &context, parameter, weft_graph_input (graph, "g", &type),
                         targets, values, &inner))
    return TRUE;
  return refuse_error (error, inner);
}

static gboolean
read_texts (WeftJson *json, const char **text, char **knobs, GError **error)
{
  WeftJsonIter iter = { json };
  const char  *key;
  WeftJson    *value;
  const char  *given = weft_json_get_string (json, "knobs", RATE_KNOB);

  *text = weft_json_get_string (json, "text", NULL);
  while (weft_json_next (&iter, &key, &value))
    if (!g_str_equal (key, "text") && !g_str_equal (key, "knobs"))
      return refuse (error, _ ("it has a “text” and “knobs”, no “%.60s”"), key);
    else if (weft_json_kind (value) != WEFT_JSON_STRING)
      return refuse (error, _ ("%s must be a text"), key);
  if (*text == NULL)
    return refuse (error, _ ("it needs a “text” such as \"p = p - rate * g\""));
  if (strlen (*text) > MAX_TEXT || strlen (given) > MAX_TEXT)
    return refuse (error, _ ("its text is longer than %d letters"), MAX_TEXT);
  /* The rate comes first. */
  *knobs = g_str_has_prefix (given, "rate:") ? g_strdup (given)
                                             : g_strdup_printf (RATE_KNOB "; %s", given);
  return TRUE;
}

static WeftRuleRow *
new_row (const char *text, const char *knobs, GError **error)
{
  g_autofree WeftKnob *list = g_new0 (WeftKnob, WEFT_MAX_KNOBS);
  g_autoptr (WeftExpr) expr = NULL;
  WeftRuleRow row = { "own", N_ ("Own rule"), text, N_ ("The rule that stands in the document."),
                      knobs };
  GError     *inner = NULL;

  if (!weft_knobs_parse (knobs, list, &row.n_own_knobs, &inner))
    {
      refuse_error (error, inner);
      return NULL;
    }
  row.own_knobs = list;
  expr = weft_expr_parse (text, &inner);
  if (expr == NULL)
    {
      refuse_error (error, inner);
      return NULL;
    }
  if (!check_names (expr, &row, error) || !try_it (&row, error))
    return NULL;
  row.text = g_intern_string (text);
  row.knobs = g_intern_string (knobs);
  g_steal_pointer (&list);
  return g_memdup2 (&row, sizeof row);
}

/* weft_own_rule:
 * @json: {"text": "p = p - rate * g", "knobs": "rate: float (0, inf) = 0.1"}; without the latter a
 * rate of 0.01
 *
 * Returns: the row, for good. Any thread.
 */
const WeftRuleRow *
weft_own_rule (WeftJson *json, GError **error)
{
  static GMutex      lock;
  static GHashTable *rows; /* "text\nknobs" -> WeftRuleRow* */
  const char        *text;
  g_autofree char   *knobs = NULL;
  g_autofree char   *key = NULL;
  WeftRuleRow       *row;

  if (!read_texts (json, &text, &knobs, error))
    return NULL;
  key = g_strdup_printf ("%s\n%s", text, knobs);
  g_mutex_lock (&lock);
  if (rows == NULL)
    rows = g_hash_table_new (g_str_hash, g_str_equal);
  row = g_hash_table_lookup (rows, key);
  if (row == NULL)
    row = new_row (text, knobs, error);
  if (row != NULL && !g_hash_table_contains (rows, key))
    g_hash_table_insert (rows, g_steal_pointer (&key), row);
  g_mutex_unlock (&lock);
  return row;
}
