/* weft-cli rewrite: what the optimiser does to a graph, step by step.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/batch.h"
#include "app/cli/source.h"

#include "engine/base/file.h"
#include "engine/base/nearest.h"
#include "engine/rewrite/rewrite.h"
#include "engine/run/function.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_OPS 12

static char    *expression, *function_name, *json_path;
static char   **without;
static gboolean as_json;
static char   **feeds;

/* --json alone answers on standard output; --json FILE writes there. */
static gboolean
json_cb (const char *name, const char *value, gpointer data, GError **error)
{
  as_json = TRUE;
  g_free (json_path);
  json_path = g_strdup (value);
  return TRUE;
}

static const GOptionEntry entries[] = {
  { "expression", 'e', 0, G_OPTION_ARG_STRING, &expression, N_ ("rewrite this instead of a file"),
    "EXPR" },
  { "feed", 0, 0, G_OPTION_ARG_STRING_ARRAY, &feeds, N_ ("an expression's input: its type counts"),
    "NAME=FILE.npy|NUMBER" },
  { "function", 0, 0, G_OPTION_ARG_STRING, &function_name, N_ ("train, measure or predict"), "F" },
  { "without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &without, N_ ("switch a rule off"), "RULE" },
  { "json", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, (gpointer) json_cb,
    N_ ("the journal in JSON"), "FILE" },
  { NULL }
};

static const WeftRuleInfo *
find_rule (const char *name)
{
  for (guint i = 0; i < weft_rule_count (); i++)
    if (g_str_equal (weft_rule_get (i)->name, name))
      return weft_rule_get (i);
  return NULL;
}

static gboolean
check_rules (int *code)
{
  for (guint i = 0; without != NULL && without[i] != NULL; i++)
    {
      WeftNearest      nearest;
      g_autofree char *hint = NULL;

      if (find_rule (without[i]) != NULL)
        continue;
      weft_nearest_begin (&nearest, without[i]);
      for (guint k = 0; k < weft_rule_count (); k++)
        weft_nearest_offer (&nearest, weft_rule_get (k)->name);
      hint = weft_nearest_hint (&nearest);
      *code = cli_say (CLI_CALL, _ ("--without: there is no rule “%s”%s"), without[i], hint);
      return FALSE;
    }
  return TRUE;
}

static WeftValue *
value_by_id (WeftGraph *graph, guint id)
{
  guint low = 0, high = weft_graph_n_applies (graph);

  /* Ids of outputs grow with those of their applications. */
  while (low < high)
    {
      guint      middle = (low + high) / 2;
      WeftApply *apply = weft_graph_get_apply (graph, middle);

      if (apply->outputs[0].id > id)
        high = middle;
      else if (id >= apply->outputs[0].id + apply->n_outputs)
        low = middle + 1;
      else
        return weft_apply_output (apply, id - apply->outputs[0].id);
    }
  return NULL;
}

static void
print_step (WeftGraph *graph, const WeftRewriteStep *step)
{
  WeftValue          *before = value_by_id (graph, step->root_before);
  WeftValue          *after = value_by_id (graph, step->root_after);
  const WeftRuleInfo *rule = find_rule (step->rule);

  printf ("%4u  %-12s %s\n", step->step, weft_phase_name (step->phase), step->rule);
  if (before != NULL && after != NULL)
    {
      g_autofree char *from = weft_value_to_expression (before, SHOWN_OPS);
      g_autofree char *to = weft_value_to_expression (after, SHOWN_OPS);

      printf (g_str_equal (from, to) ? "        %s\n" : "        %s\n     -> %s\n", from, to);
    }
  if (rule != NULL && rule->why != NULL)
    printf ("        %s\n", _ (rule->why));
}

static int
show (WeftGraph *graph, WeftRewrite *journal, WeftJson *extra)
{
  guint                  n;
  const WeftRewriteStep *steps = weft_rewrite_steps (journal, &n);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  WeftJson        *json;

  if (!as_json)
    {
      for (guint i = 0; i < n; i++)
        print_step (graph, &steps[i]);
      cli_note (g_dngettext (GETTEXT_PACKAGE, "%u step", "%u steps", n), n);
      weft_json_unref (extra);
      return CLI_DONE;
    }
  json = weft_rewrite_to_json (journal);
  if (weft_json_kind (json) == WEFT_JSON_OBJECT)
    for (guint i = 0; i < weft_json_n_members (extra); i++)
      {
        WeftJson   *value;
        const char *key = weft_json_member (extra, i, &value);

        weft_json_set (json, key, weft_json_ref (value));
      }
  weft_json_unref (extra);
  if (json_path == NULL)
    {
      cli_answer (json);
      return CLI_DONE;
    }
  text = weft_json_to_string (json);
  weft_json_unref (json);
  return weft_file_write_atomic (json_path, text, strlen (text), &error) ? CLI_DONE
                                                                         : cli_say_error (error);
}

static int
rewrite_expression (void)
{
  g_auto (CliSource) source = { 0 };
  g_autoptr (WeftRewrite) journal = NULL;
  WeftJson  *extra = weft_json_new_object ();
  WeftValue *value, *result;
  int        code = CLI_DONE;

  if (!cli_source_open (&source, NULL, expression, feeds, NULL, &code))
    return code;
  if (source.results->len == 0)
    return cli_say (CLI_INPUT, _ ("the expression has no value"));
  value = cli_source_find (&source, g_ptr_array_index (source.results, 0), &code);
  weft_rewrite (source.graph, 1, &value, (const char *const *) without, &result, &journal);
  {
    g_autofree char *before = weft_value_to_expression (value, G_MAXUINT);
    g_autofree char *after = weft_value_to_expression (result, G_MAXUINT);

    weft_json_set_string (extra, "before", before);
    weft_json_set_string (extra, "after", after);
    if (!as_json)
      printf ("        %s\n", before);
    code = show (source.graph, journal, extra);
    if (!as_json)
      printf ("        %s\n", after);
  }
  return code;
}

static int
rewrite_document (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (WeftModel) model = NULL;
  WeftModelOptions options = { .seed = -1, .without = (const char *const *) without };
  WeftModelPart    part;
  WeftFunction    *function;
  CliBatch         batch;
  guint32          node;
  gboolean         ready;
  int              code = CLI_DONE;

  if (!cli_find_part (function_name, &part, &code))
    return code;
  document = cli_load (file, &code);
  if (document == NULL)
    return code;
  model = weft_model_new (document, &options, &node, &error);
  if (model == NULL)
    return cli_say_error (error);
  if (!cli_batch_open (&batch, document, model, weft_model_batch (model), FALSE, &code))
    return code;
  ready = weft_model_prepare (model, part, batch.columns, &error);
  cli_batch_clear (&batch);
  if (!ready)
    return cli_say_error (error);
  function = weft_model_function (model, part, NULL);
  return show (weft_function_get_program (function)->graph, weft_function_get_journal (function),
               weft_json_new_object ());
}

/* cli_rewrite:
 *
 * Returns: the exit code.
 */
int
cli_rewrite (int argc, char **argv)
{
  const char *file;
  int         code = cli_parse (&argc, &argv, entries);

  if (code >= 0)
    return code;
  /* "--json out.json" leaves its file among the rest. */
  if (as_json && json_path == NULL && argc == (expression != NULL ? 2 : 3))
    {
      json_path = g_strdup (argv[argc - 1]);
      argc--;
    }
  code = CLI_DONE;
  if (!check_rules (&code))
    return code;
  if (expression != NULL && argc > 1)
    return cli_say (CLI_CALL, _ ("give a file or -e EXPR, not both"));
  if (expression != NULL)
    return rewrite_expression ();
  code = cli_one_file (argc, argv, &file);
  return code >= 0 ? code : rewrite_document (file);
}
