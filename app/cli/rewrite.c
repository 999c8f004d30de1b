/* weft-cli rewrite: what the optimiser does to a graph, step by step.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/rewrite-private.h"

#include "engine/base/file.h"
#include "ui/draw/graph-export.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

static char    *expression, *function_name, *json_path, *why_not, *place, *biography, *picture;
static char   **without, **feeds;
static gboolean as_json, with_proof, all_steps, with_formulas, only_rules, dark;
static int      step_number;

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
    "NAME=FILE.npy|NUMBER|TYPE" },
  { "function", 0, 0, G_OPTION_ARG_STRING, &function_name,
    N_ ("train, measure, predict, forward, gradient or backward"), "F" },
  { "without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &without, N_ ("switch a rule off"), "RULE" },
  { "proof", 0, 0, G_OPTION_ARG_NONE, &with_proof,
    N_ ("compute both sides of each step, and the whole"), NULL },
  { "formula", 0, 0, G_OPTION_ARG_NONE, &with_formulas,
    N_ ("what each step changes in the results' formulas"), NULL },
  { "step", 0, 0, G_OPTION_ARG_INT, &step_number,
    N_ ("one step, and the graph after it; 0: the graph as it was"), "N" },
  { "why-not", 0, 0, G_OPTION_ARG_STRING, &why_not, N_ ("why a rule did not fire"), "RULE" },
  { "at", 0, 0, G_OPTION_ARG_STRING, &place, N_ ("where it did not: a node, port or value"),
    "PLACE" },
  { "biography", 0, 0, G_OPTION_ARG_STRING, &biography,
    N_ ("the steps that touched a node, port or value"), "PLACE" },
  { "rules", 0, 0, G_OPTION_ARG_NONE, &only_rules, N_ ("how often each rule fired"), NULL },
  { "render", 0, 0, G_OPTION_ARG_FILENAME, &picture,
    N_ ("draw every step, or the one of --step; the name ends in .svg, .pdf or .png"), "FILE" },
  { "dark", 0, 0, G_OPTION_ARG_NONE, &dark, N_ ("dark colours"), NULL },
  { "all", 0, 0, G_OPTION_ARG_NONE, &all_steps, N_ ("repeated steps one by one"), NULL },
  { "json", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, (gpointer) json_cb,
    N_ ("the journal in JSON"), "FILE" },
  { NULL }
};

/* ---- Answers ---- */

static int
answer_json (CliRewrite *rewrite)
{
  guint n_wrong = 0;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (WeftJson) json = cli_rewrite_to_json (rewrite, &n_wrong);

  if (json_path == NULL)
    cli_answer (weft_json_ref (json));
  else
    {
      text = weft_json_to_string (json);
      if (!weft_file_write_atomic (json_path, text, strlen (text), &error))
        return cli_say_error (error);
    }
  return n_wrong > 0 ? CLI_INPUT : CLI_DONE;
}

static void
print_outputs (CliRewrite *rewrite, guint step)
{
  g_autoptr (WeftCursor) cursor = weft_cursor_new (rewrite->history);

  weft_cursor_go (cursor, step);
  for (guint i = 0; i < weft_cursor_n_outputs (cursor); i++)
    {
      g_autofree char *text =
        weft_cursor_expression (cursor, weft_cursor_output (cursor, i), 4 * REWRITE_SHOWN_OPS);

      printf ("        %s\n", text);
    }
}

static int
answer_all (CliRewrite *rewrite)
{
  guint             n = weft_history_n_steps (rewrite->history), n_wrong;
  g_autofree guint *steps = g_new (guint, n + 1);

  for (guint i = 0; i < n; i++)
    steps[i] = i + 1;
  if (rewrite->document == NULL)
    print_outputs (rewrite, 0);
  n_wrong = cli_rewrite_print_steps (rewrite, steps, n);
  if (rewrite->document == NULL)
    print_outputs (rewrite, n);
  n_wrong += cli_rewrite_print_total (rewrite);
  return n_wrong > 0 ? CLI_INPUT : CLI_DONE;
}

static int
answer_step (CliRewrite *rewrite)
{
  guint step = step_number, n_wrong = 0;

  if (step > 0)
    n_wrong = cli_rewrite_print_steps (rewrite, &step, 1);
  cli_rewrite_print_graph (rewrite, step);
  return n_wrong > 0 ? CLI_INPUT : CLI_DONE;
}

static int
answer_picture (CliRewrite *rewrite)
{
  g_autoptr (WeftGraphArt) art = weft_graph_art_new (rewrite->history, 1, NULL);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) written = NULL;
  WeftGraphExport options = { .theme = dark ? WEFT_THEME_DARK : WEFT_THEME_LIGHT };

  options.title =
    rewrite->document != NULL ? weft_document_get_title (rewrite->document) : expression;
  options.first = step_number >= 0 ? (guint) step_number : 0;
  options.last = step_number >= 0 ? (guint) step_number : weft_history_n_steps (rewrite->history);
  if (!weft_graph_export (art, picture, &options, &written, &error))
    return error->domain == WEFT_RENDER_ERROR && error->code == WEFT_RENDER_ERROR_FORMAT
             ? cli_say (CLI_CALL, "%s", error->message)
             : cli_say_error (error);
  for (guint i = 0; written != NULL && written[i] != NULL; i++)
    printf ("%s\n", written[i]);
  return CLI_DONE;
}

static int
answer (CliRewrite *rewrite)
{
  guint n = weft_history_n_steps (rewrite->history);

  if (step_number > (int) n)
    return cli_say (CLI_CALL, _ ("--step: there is no step %d; the last one is %u"), step_number,
                    n);
  if (why_not != NULL)
    return cli_rewrite_why_not (rewrite, why_not, place,
                                step_number >= 0 ? (guint) step_number : n);
  if (biography != NULL)
    return cli_rewrite_biography (rewrite, biography);
  if (picture != NULL)
    return answer_picture (rewrite);
  if (as_json)
    return answer_json (rewrite);
  if (only_rules)
    {
      cli_rewrite_print_rules (rewrite);
      return CLI_DONE;
    }
  return step_number >= 0 ? answer_step (rewrite) : answer_all (rewrite);
}

/* ---- The call ---- */

static gboolean
check_options (int argc, int *code)
{
  for (guint i = 0; without != NULL && without[i] != NULL; i++)
    if (cli_rewrite_find_rule ("--without", without[i], code) == NULL)
      return FALSE;
  if (why_not != NULL && cli_rewrite_find_rule ("--why-not", why_not, code) == NULL)
    return FALSE;
  *code = expression != NULL && argc > 1
            ? cli_say (CLI_CALL, _ ("give a file or -e EXPR, not both"))
          : expression == NULL && feeds != NULL
            ? cli_say (CLI_CALL, _ ("--feed is for the inputs of an expression"))
          : expression != NULL && function_name != NULL
            ? cli_say (CLI_CALL, _ ("--function is for documents: an expression has only one"))
          : place != NULL && why_not == NULL ? cli_say (CLI_CALL, _ ("--at belongs to --why-not"))
          : step_number < -1
            ? cli_say (CLI_CALL, _ ("--step: steps count from 1, and 0 is the graph as it was"))
            : CLI_DONE;
  return *code == CLI_DONE;
}

/* cli_rewrite:
 *
 * Returns: the exit code; 1 where the two sides of a step do not agree.
 */
int
cli_rewrite (int argc, char **argv)
{
  g_auto (CliRewrite) rewrite = { 0 };
  const char *const *off;
  const char        *file;
  int                code;

  step_number = -1;
  code = cli_parse (&argc, &argv, entries);
  if (code >= 0)
    return code;
  /* "--json out.json" leaves its file among the rest. */
  if (as_json && json_path == NULL && argc == (expression != NULL ? 2 : 3))
    {
      json_path = g_strdup (argv[argc - 1]);
      argc--;
    }
  if (!check_options (argc, &code))
    return code;
  rewrite.all = all_steps;
  rewrite.proof = with_proof;
  rewrite.formulas = with_formulas;
  off = (const char *const *) without;
  if (expression != NULL)
    return cli_rewrite_open_expression (&rewrite, expression, feeds, off, &code) ? answer (&rewrite)
                                                                                 : code;
  code = cli_one_file (argc, argv, &file);
  if (code >= 0)
    return code;
  return cli_rewrite_open_document (&rewrite, file, function_name, off, &code) ? answer (&rewrite)
                                                                               : code;
}
