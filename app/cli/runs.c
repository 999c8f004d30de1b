/* weft-cli runs: the runs of a document that are kept, and what may be done with them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "engine/train/runs.h"

#include <glib/gi18n.h>
#include <stdio.h>

static gboolean as_json;
static int      removed;

static const GOptionEntry entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { "delete", 0, 0, G_OPTION_ARG_INT, &removed, N_ ("delete this run with its checkpoints"), "N" },
  { NULL }
};

static const char *
state_text (WeftKeptState state)
{
  static const char *const texts[] = { N_ ("running"), N_ ("interrupted"), N_ ("finished"),
                                       N_ ("stopped"), N_ ("failed") };

  return _ (texts[state]);
}

/* "loss 0.083  accuracy 0.978" */
static char *
metrics_text (WeftJson *metrics)
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
  g_autofree char *metrics = metrics_text (run->validation != NULL ? run->validation : run->train);

  if (run->problem != NULL)
    {
      cli_note ("%s", run->problem);
      return;
    }
  printf ("%4u  %-11s  ", run->number, state_text (run->state));
  printf (_ ("%s steps"), steps);
  if (run->parent > 0)
    printf (_ ("  from step %" G_GINT64_FORMAT " of run %u"), run->parent_step, run->parent);
  printf ("  %s  %s\n      %s\n", metrics, run->title, run->folder);
}

static WeftJson *
run_json (const WeftKeptRun *run)
{
  static const char *const states[] = { "running", "interrupted", "finished", "stopped", "failed" };
  WeftJson                *json = weft_json_new_object ();
  WeftJson                *checkpoints = weft_json_new_array ();
  g_autoptr (GArray) steps = weft_runs_steps (run->folder);

  weft_json_set_int (json, "run", run->number);
  weft_json_set_string (json, "folder", run->folder);
  weft_json_set_string (json, "title", run->title);
  weft_json_set_string (json, "state", states[run->state]);
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

static int
remove_run (GPtrArray *runs)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < runs->len; i++)
    {
      const WeftKeptRun *run = g_ptr_array_index (runs, i);

      if ((int) run->number == removed)
        return weft_runs_remove (run->folder, &error) ? CLI_DONE : cli_say_error (error);
    }
  return cli_say (CLI_CALL, _ ("there is no run %d; leave --delete out to see which there are"),
                  removed);
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

  code = cli_parse (&argc, &argv, entries);
  if (code >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0)
    return code;
  document = cli_load (file, &code);
  if (document == NULL)
    return code;
  folder = weft_runs_folder (document);
  runs = weft_runs_list (folder);
  if (removed > 0)
    return remove_run (runs);
  json = as_json ? weft_json_new_array () : NULL;
  for (guint i = 0; i < runs->len; i++)
    {
      if (!as_json)
        print_run (g_ptr_array_index (runs, i));
      else
        weft_json_append (json, run_json (g_ptr_array_index (runs, i)));
    }
  if (as_json)
    cli_answer (json);
  else if (runs->len == 0)
    cli_note (_ ("%s has no runs that were kept; weft-cli train %s --keep makes one"), file, file);
  return CLI_DONE;
}
