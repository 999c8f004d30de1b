/* weft-cli rewrite: from a document or an expression to the history of its rewriting.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/rewrite-private.h"
#include "app/cli/source.h"

#include "engine/base/nearest.h"
#include "engine/train/inspect.h"

#include <glib/gi18n.h>

void
cli_rewrite_clear (CliRewrite *rewrite)
{
  g_clear_pointer (&rewrite->history, weft_history_unref);
  g_clear_object (&rewrite->document);
}

const WeftRuleInfo *
cli_rewrite_find_rule (const char *option, const char *name, int *code)
{
  WeftNearest      nearest;
  g_autofree char *hint = NULL;

  weft_nearest_begin (&nearest, name);
  for (guint i = 0; i < weft_rule_count (); i++)
    {
      if (g_str_equal (weft_rule_get (i)->name, name))
        return weft_rule_get (i);
      weft_nearest_offer (&nearest, weft_rule_get (i)->name);
    }
  hint = weft_nearest_hint (&nearest);
  *code = cli_say (CLI_CALL, _ ("%s: there is no rule “%s”%s"), option, name, hint);
  return NULL;
}

/* ---- Documents ---- */

static gboolean
find_part (const char *name, WeftInspectPart *part, int *code)
{
  WeftNearest      nearest;
  g_autofree char *hint = NULL;

  weft_nearest_begin (&nearest, name);
  for (guint i = 0; i < WEFT_N_INSPECT; i++)
    {
      if (g_str_equal (weft_inspect_name (i), name))
        {
          *part = i;
          return TRUE;
        }
      weft_nearest_offer (&nearest, weft_inspect_name (i));
    }
  hint = weft_nearest_hint (&nearest);
  *code = cli_say (
    CLI_CALL,
    _ ("--function: there is no function “%s”%s; there are train, measure, predict, forward, "
       "gradient and backward"),
    name, hint);
  return FALSE;
}

static WeftInspected *
inspect (CliRewrite *rewrite, WeftInspectPart part, gboolean said, int *code)
{
  g_autoptr (GError) error = NULL;
  guint32         node = 0;
  WeftInspected  *inspected = weft_inspect (rewrite->document, part, &node, &error);
  const WeftNode *blamed = weft_document_node (rewrite->document, node);

  if (inspected != NULL)
    rewrite->function = weft_inspect_name (part);
  else if (said && blamed != NULL)
    *code = cli_say (CLI_INPUT, "%s: %s: %s", weft_document_get_path (rewrite->document),
                     blamed->id, error->message);
  else if (said)
    *code = cli_say_error (error);
  return inspected;
}

/* @function: NULL: the training step, or what there is to compute where nothing is trained. */
gboolean
cli_rewrite_open_document (CliRewrite        *rewrite,
                           const char        *file,
                           const char        *function,
                           const char *const *without,
                           int               *code)
{
  WeftInspectPart part = WEFT_INSPECT_TRAIN;
  g_autoptr (WeftInspected) inspected = NULL;

  if (function != NULL && !find_part (function, &part, code))
    return FALSE;
  rewrite->document = cli_load (file, code);
  if (rewrite->document == NULL)
    return FALSE;
  inspected = inspect (rewrite, part, function != NULL, code);
  if (inspected == NULL && function == NULL)
    inspected = inspect (rewrite, WEFT_INSPECT_FORWARD, TRUE, code);
  if (inspected == NULL)
    return FALSE;
  rewrite->history =
    weft_history_new (g_steal_pointer (&inspected->graph), inspected->n, inspected->outputs,
                      (const char *const *) inspected->names, without, NULL);
  return TRUE;
}

/* ---- Expressions ---- */

gboolean
cli_rewrite_open_expression (
  CliRewrite *rewrite, const char *text, char **feeds, const char *const *without, int *code)
{
  g_auto (CliSource) source = { 0 };
  g_autofree WeftValue  **values = NULL;
  g_autofree const char **names = NULL;
  WeftGraph              *graph;
  guint                   n;

  if (!cli_source_open (&source, NULL, text, feeds, NULL, code))
    return FALSE;
  n = source.results->len;
  if (n == 0)
    {
      *code = cli_say (CLI_INPUT, _ ("the expression has no value"));
      return FALSE;
    }
  values = g_new0 (WeftValue *, n);
  names = g_new0 (const char *, n);
  for (guint i = 0; i < n; i++)
    {
      names[i] = g_ptr_array_index (source.results, i);
      values[i] = cli_source_find (&source, names[i], code);
    }
  graph = weft_graph_new ();
  /* Without bindings a copy cannot fail. */
  weft_graph_clone (source.graph, graph, n, values, NULL, NULL, values, NULL);
  rewrite->function = "";
  rewrite->history = weft_history_new (graph, n, values, names, without, NULL);
  return TRUE;
}
