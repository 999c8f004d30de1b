/* weft-cli runs: the runs of a document that are kept, and what may be done with them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"
#include "app/cli/runs.h"
#include "engine/base/number-text.h"

#include <glib/gi18n.h>
#include <stdio.h>

#define UNSET G_MININT

static gboolean as_json, dry;
static int      removed, renamed, most;
static char    *title;

static const GOptionEntry entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { "delete", 0, 0, G_OPTION_ARG_INT, &removed, N_ ("delete this run with its checkpoints"), "N" },
  { "prune", 0, 0, G_OPTION_ARG_INT, &most,
    N_ ("delete the oldest runs that ended, until so many are left; not those with a title of "
        "their own or branches"),
    "N" },
  { "dry-run", 0, 0, G_OPTION_ARG_NONE, &dry, N_ ("with --prune: only say how many"), NULL },
  { "rename", 0, 0, G_OPTION_ARG_INT, &renamed, N_ ("give this run the title of --title"), "N" },
  { "title", 0, 0, G_OPTION_ARG_STRING, &title, N_ ("with --rename"), "TITLE" },
  { NULL }
};

/* "loss 0.083  accuracy 0.978" */
char *
cli_metrics_text (WeftJson *metrics)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < weft_json_n_members (metrics); i++)
    {
      WeftJson   *value;
      const char *name = weft_json_member (metrics, i, &value);

      g_string_append_printf (text, "%s%s %.4g", i > 0 ? "  " : "", name,
                              weft_json_number (value, 0));
    }
  return g_string_free (text, FALSE);
}

static void
print_run (const WeftKeptRun *run)
{
  g_autofree char *steps = cli_count_text (run->step);
  g_autofree char *metrics =
    cli_metrics_text (run->validation != NULL ? run->validation : run->train);

  if (run->problem != NULL)
    {
      cli_note ("%s", run->problem);
      return;
    }
  printf ("%4u  %-11s  ", run->number, _ (weft_kept_state_name (run->state)));
  printf (_ ("%s steps"), steps);
  if (run->parent > 0)
    printf (_ ("  from step %s of run %u"), WEFT_INT_TEXT (run->parent_step), run->parent);
  printf ("  %s  %s\n      %s\n", metrics, run->title, run->folder);
}

WeftJson *
cli_run_json (const WeftKeptRun *run)
{
  WeftJson *json = weft_json_new_object ();
  WeftJson *checkpoints = weft_json_new_array ();
  g_autoptr (GArray) steps = weft_runs_steps (run->folder);

  weft_json_set_int (json, "run", run->number);
  weft_json_set_string (json, "folder", run->folder);
  weft_json_set_string (json, "title", run->title);
  weft_json_set_string (json, "state", weft_kept_state_name (run->state));
  weft_json_set_int (json, "step", run->step);
  weft_json_set_int (json, "seed", run->seed);
  weft_json_set_int (json, "begun", run->begun);
  if (run->message != NULL)
    weft_json_set_string (json, "message", run->message);
  if (run->parent > 0)
    {
      weft_json_set_int (json, "parent", run->parent);
      weft_json_set_int (json, "parent_step", run->parent_step);
    }
  if (run->sweep > 0)
    weft_json_set_int (json, "sweep", run->sweep);
  if (run->settings != NULL)
    weft_json_set (json, "settings", weft_json_ref (run->settings));
  if (run->problem != NULL)
    weft_json_set_string (json, "problem", run->problem);
  if (run->train != NULL)
    weft_json_set (json, "train", weft_json_ref (run->train));
  if (run->validation != NULL)
    weft_json_set (json, "validation", weft_json_ref (run->validation));
  if (run->test != NULL)
    weft_json_set (json, "test", weft_json_ref (run->test));
  for (guint i = 0; i < steps->len; i++)
    weft_json_append (checkpoints, weft_json_new_int (g_array_index (steps, gint64, i)));
  weft_json_set (json, "checkpoints", checkpoints);
  return json;
}

/* NULL, and @code: there is none. */
static const WeftKeptRun *
find_run (GPtrArray *runs, int number, int *code)
{
  for (guint i = 0; i < runs->len; i++)
    if ((int) ((const WeftKeptRun *) g_ptr_array_index (runs, i))->number == number)
      return g_ptr_array_index (runs, i);
  *code =
    cli_say (CLI_CALL, _ ("there is no run %d; weft-cli runs FILE says which there are"), number);
  return NULL;
}

static int
change_run (GPtrArray *runs)
{
  g_autoptr (GError) error = NULL;
  int                code = CLI_DONE;
  const WeftKeptRun *run = find_run (runs, removed != UNSET ? removed : renamed, &code);
  gboolean           ok;

  if (run == NULL)
    return code;
  ok = removed != UNSET ? weft_runs_remove (run->folder, &error)
                        : weft_runs_rename (run->folder, title, &error);
  return ok ? CLI_DONE : cli_say_error (error);
}

static int
prune (const char *folder)
{
  guint n = weft_runs_prune (folder, (guint) most, dry);

  if (dry)
    cli_note (g_dngettext (NULL, "%u run would be deleted", "%u runs would be deleted", n), n);
  else
    cli_note (g_dngettext (NULL, "%u run was deleted", "%u runs were deleted", n), n);
  return CLI_DONE;
}

static int
check_call (void)
{
  if ((removed != UNSET) + (renamed != UNSET) + (most != UNSET) > 1)
    return cli_say (CLI_CALL, _ ("--delete, --rename and --prune exclude each other; give one"));
  if ((renamed != UNSET) != (title != NULL) || (title != NULL && *title == '\0'))
    return cli_say (CLI_CALL, _ ("--rename N needs --title TITLE"));
  if (most != UNSET && most < 0)
    return cli_say (CLI_CALL, _ ("--prune takes how many runs are left, 0 or more"));
  return -1;
}

/* cli_runs:
 *
 * Returns: the exit code.
 */
int
cli_runs (int argc, char **argv)
{
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autofree char *folder = NULL;
  WeftJson        *json;
  const char      *file;
  int              code;

  removed = renamed = most = UNSET;
  code = cli_parse (&argc, &argv, entries);
  if (code >= 0 || (code = check_call ()) >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0)
    return code;
  document = cli_load (file, &code);
  if (document == NULL)
    return code;
  folder = weft_runs_folder (document);
  if (most != UNSET)
    return prune (folder);
  runs = weft_runs_list (folder);
  if (removed != UNSET || renamed != UNSET)
    return change_run (runs);
  json = as_json ? weft_json_new_array () : NULL;
  for (guint i = 0; i < runs->len; i++)
    {
      if (!as_json)
        print_run (g_ptr_array_index (runs, i));
      else
        weft_json_append (json, cli_run_json (g_ptr_array_index (runs, i)));
    }
  if (as_json)
    cli_answer (json);
  else if (runs->len == 0)
    cli_note (_ ("%s has no runs that were kept; weft-cli train %s --keep makes one"), file, file);
  return CLI_DONE;
}
