/* weft-cli train: a run in the terminal.
 *
 * The engine thread trains; this one waits for events, writes logs, draws the progress line, and
 * stops cleanly on Ctrl+C.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"
#include "app/cli/progress.h"

#include "engine/base/number-text.h"
#include "engine/train/log.h"
#include "engine/train/runs.h"
#include "engine/train/training.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long the wait for events may hide a signal. */
#define POLL_US 50000
#define UNSET G_MININT64
#define MAX_EPOCH_LINES 20

static gboolean as_json, no_times;
static gint64   steps, epochs, seed;
static int      threads, log_every;
static char    *mode, *guard;
static double   guard_limit;
static WeftMode which_mode;
static char    *device, *log_path, *save_path, *checkpoint_dir, *resume_dir;
static char   **settings;
static gboolean keep;
static WeftDeviceChoices choices;
static gint64   at_step;

static const GOptionEntry entries[] = {
  { "steps", 0, 0, G_OPTION_ARG_INT64, &steps, N_ ("train so many steps"), "N" },
  { "epochs", 0, 0, G_OPTION_ARG_INT64, &epochs, N_ ("train so many epochs"), "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, N_ ("start of the random numbers"), "S" },
  { "device", 0, 0, G_OPTION_ARG_STRING, &device, CLI_DEVICE_HELP, "D" },
  { "tf32", 0, 0, G_OPTION_ARG_NONE, &choices.tf32,
    N_ ("on a GPU: products round their factors to TF32, which is faster"), NULL },
  { "any-order", 0, 0, G_OPTION_ARG_NONE, &choices.free_order,
    N_ ("on a GPU: the fastest convolutions, though equal runs may differ in their last bits"),
    NULL },
  { "no-capture", 0, 0, G_OPTION_ARG_NONE, &choices.one_by_one,
    N_ ("on a GPU: launch the kernels of a step one by one"), NULL },
  { "mode", 0, 0, G_OPTION_ARG_STRING, &mode, CLI_MODE_HELP, "MODE" },
  { "guard", 0, 0, G_OPTION_ARG_STRING, &guard,
    N_ ("stop before a step with such a number anywhere: nan, inf (also NaN), or above a NUMBER"),
    "WHAT" },
  { "threads", 0, 0, G_OPTION_ARG_INT, &threads, CLI_THREADS_HELP, "N" },
  { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings,
    N_ ("set a parameter for this run; training.rate=0.01 sets the rate"), "NODE.PARAM=VALUE" },
  { "log", 0, 0, G_OPTION_ARG_FILENAME, &log_path, N_ ("write events as JSON lines"),
    "FILE.jsonl" },
  { "log-every", 0, 0, G_OPTION_ARG_INT, &log_every, N_ ("a step event each so many steps (10)"),
    "N" },
  { "no-times", 0, 0, G_OPTION_ARG_NONE, &no_times,
    N_ ("leave times and speeds out of the log, so that equal runs give equal logs"), NULL },
  { "save", 0, 0, G_OPTION_ARG_FILENAME, &save_path, N_ ("write the trained parameters"),
    "FILE.safetensors" },
  { "checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &checkpoint_dir,
    N_ ("keep a checkpoint there, each epoch and at the end"), "DIR" },
  { "resume", 0, 0, G_OPTION_ARG_FILENAME, &resume_dir, N_ ("continue from the checkpoint there"),
    "DIR" },
  { "keep", 0, 0, G_OPTION_ARG_NONE, &keep,
    N_ ("keep the run beside the document, as the window does; with --resume: as a branch"), NULL },
  { "at", 0, 0, G_OPTION_ARG_INT64, &at_step,
    N_ ("with --resume and --keep: branch from the checkpoint of this step"), "STEP" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("events as JSON lines on standard output"),
    NULL },
  { NULL }
};

typedef struct
{
  WeftSession *session;
  CliProgress  progress;
  FILE        *log;
  char       **names;
  guint        run;
  gboolean     stopping, ended;
  int          code;
  GMutex       lock;
  GCond        filled_cond;
  gboolean     filled;
} Run;

/* ---- Output ---- */

/* "loss 0.1203  accuracy 97.21 %" */
static void
append_metrics (GString *text, const Run *run, const double *values, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      gboolean share = i > 0 && g_str_has_suffix (run->names[i], "accuracy");

      if (share)
        g_string_append_printf (text, "%s%s %.2f %%", i > 0 ? "  " : "", run->names[i],
                                100 * values[i]);
      else
        g_string_append_printf (text, "%s%s %.4g", i > 0 ? "  " : "", run->names[i], values[i]);
    }
}

/* Of many short epochs each 2nd, 5th, 10th, ... has a line, and the last: about MAX_EPOCH_LINES of
 * them. */
static gboolean
has_line (const WeftEvent *event)
{
  double every = 1;

  for (guint i = 0; event->total_epochs / every > MAX_EPOCH_LINES; i++)
    every *= i % 3 == 1 ? 2.5 : 2;
  return fmod (event->epoch, every) == 0 || event->step >= event->total_steps;
}

static void
print_epoch (Run *run, const WeftEvent *event)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (!has_line (event))
    return;
  cli_progress_clear (&run->progress);
  g_string_append_printf (text, _ ("epoch %-3.0f "), event->epoch);
  append_metrics (text, run, event->train, event->n_metrics);
  if (event->has_validation)
    {
      g_string_append (text, _ ("   validation: "));
      append_metrics (text, run, event->validation, event->n_metrics);
    }
  g_string_append_printf (text, _ ("   %.*f s"), event->time_s < 10 ? 2 : 0, event->time_s);
  printf ("%s\n", text->str);
}

static void
print_finished (Run *run, const WeftEvent *event, const WeftEvent *last)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *count = cli_count_text (event->step);

  if (g_str_equal (event->message, "stopped"))
    g_string_append_printf (text, _ ("stopped after %s steps"), count);
  else
    g_string_append_printf (text, _ ("finished after %s steps"), count);
  if (event->has_test)
    {
      g_string_append (text, _ (": test "));
      append_metrics (text, run, event->test, event->n_metrics);
    }
  else if (last != NULL)
    {
      g_string_append (text, ": ");
      append_metrics (text, run, last->train, last->n_metrics);
    }
  if (event->steps_per_s > 0)
    g_string_append_printf (text, _ ("   %.0f steps/s"), event->steps_per_s);
  printf ("%s\n", text->str);
}

static void
write_line (Run *run, const WeftEvent *event)
{
  g_autoptr (WeftJson) json =
    weft_event_to_json (event, (const char *const *) run->names, no_times);
  g_autofree char *line = json != NULL ? weft_json_to_string (json) : NULL;

  if (line == NULL)
    return;
  if (as_json)
    printf ("%s\n", line);
  if (run->log != NULL)
    fprintf (run->log, "%s\n", line);
}

/* ---- Events ---- */

static gboolean
open_log (Run *run, gint64 step)
{
  g_autoptr (GError) error = NULL;

  if (log_path == NULL || run->log != NULL)
    return TRUE;
  if (resume_dir != NULL && !weft_log_rewind (log_path, step, &error))
    {
      run->code = cli_say_error (error);
      return FALSE;
    }
  run->log = fopen (log_path, resume_dir != NULL ? "a" : "w");
  if (run->log == NULL)
    run->code = cli_say (CLI_SYSTEM, _ ("%s: cannot be written: %s"), log_path, g_strerror (errno));
  return run->log != NULL;
}

static void
fail (Run *run, const WeftEvent *event, WeftDocument *document)
{
  const WeftNode *node =
    weft_document_node (document, weft_document_outer_node (document, event->node));

  cli_progress_clear (&run->progress);
  if (node != NULL && strstr (event->message, node->id) == NULL)
    run->code = cli_say (CLI_INPUT, "%s: %s: %s", weft_document_get_path (document), node->id,
                         event->message);
  else
    run->code = cli_say (CLI_INPUT, "%s: %s", weft_document_get_path (document), event->message);
  run->ended = TRUE;
}

static void
handle_event (Run *run, WeftDocument *document, const WeftEvent *event, WeftEvent **last)
{
  write_line (run, event);
  switch (event->kind)
    {
    case WEFT_EVENT_STARTED:
      g_strfreev (run->names);
      run->names = g_strdupv (event->names);
      if (!open_log (run, event->step))
        run->ended = TRUE;
      break;
    case WEFT_EVENT_STEP:
      cli_progress_draw (&run->progress, event, (const char *const *) run->names);
      break;
    case WEFT_EVENT_EPOCH:
      if (!as_json)
        print_epoch (run, event);
      break;
    case WEFT_EVENT_FINISHED:
      cli_progress_clear (&run->progress);
      if (!as_json)
        print_finished (run, event, *last);
      run->ended = TRUE;
      break;
    case WEFT_EVENT_FAILED:
      fail (run, event, document);
      break;
    case WEFT_EVENT_SAID:
      cli_progress_clear (&run->progress);
      if (!as_json)
        cli_note (_ ("step %s: %s"), WEFT_INT_TEXT (event->step), event->message);
      break;
    case WEFT_EVENT_NOTE:
      cli_progress_clear (&run->progress);
      cli_note ("%s", event->message);
      break;
    case WEFT_EVENT_STATE:
    case WEFT_EVENT_RATE:
    case WEFT_EVENT_FLAG:
    case WEFT_EVENT_PHASE:
    case WEFT_EVENT_REWOUND:
      break;
    }
}

static void
filled_cb (gpointer data)
{
  Run *run = data;

  g_mutex_lock (&run->lock);
  run->filled = TRUE;
  g_cond_signal (&run->filled_cond);
  g_mutex_unlock (&run->lock);
}

static void
wait_for_events (Run *run)
{
  gint64 end = g_get_monotonic_time () + POLL_US;

  g_mutex_lock (&run->lock);
  while (!run->filled && g_cond_wait_until (&run->filled_cond, &run->lock, end))
    ;
  run->filled = FALSE;
  g_mutex_unlock (&run->lock);
}

static void
follow (Run *run, WeftDocument *document)
{
  g_autoptr (WeftEvent) last = NULL;

  while (!run->ended)
    {
      WeftEvent *event;

      wait_for_events (run);
      if (cli_interrupted () != 0 && !run->stopping)
        {
          run->stopping = TRUE;
          weft_session_stop (run->session);
        }
      while (!run->ended && (event = weft_session_next_event (run->session)) != NULL)
        {
          handle_event (run, document, event, &last);
          if (event->kind == WEFT_EVENT_STEP)
            {
              weft_event_free (last);
              last = event;
            }
          else
            weft_event_free (event);
        }
      fflush (stdout);
      if (run->log != NULL)
        fflush (run->log);
    }
}

/* ---- The call ---- */

static gboolean
find_guard (int *code)
{
  char *end = NULL;

  guard_limit = 0;
  if (guard == NULL)
    return TRUE;
  if (g_str_equal (guard, "nan"))
    guard_limit = INFINITY;
  else if (g_str_equal (guard, "inf"))
    guard_limit = G_MAXDOUBLE;
  else
    guard_limit = g_ascii_strtod (guard, &end);
  if (guard_limit > 0 && (end == NULL || (end != guard && *end == '\0')))
    return TRUE;
  *code = cli_say (CLI_CALL, _ ("--guard takes nan, inf or a number above 0, not “%s”"), guard);
  return FALSE;
}

/* Before hours of training, not after them. */
static gboolean
can_save (int *code)
{
  g_autofree char *folder = save_path != NULL ? g_path_get_dirname (save_path) : NULL;
  int              problem = 0;

  if (folder != NULL && g_file_test (save_path, G_FILE_TEST_IS_DIR))
    problem = EISDIR;
  else if (folder != NULL && access (folder, W_OK | X_OK) != 0)
    problem = errno;
  if (problem != 0)
    *code = cli_say (CLI_SYSTEM, _ ("%s: cannot be written: %s"), save_path, g_strerror (problem));
  return problem == 0;
}

static int
check_call (int argc, char **argv, const char **file)
{
  int code = cli_one_file (argc, argv, file);

  if (code >= 0)
    return code;
  if (steps >= 0 && epochs >= 0)
    return cli_say (CLI_CALL, _ ("--steps and --epochs exclude each other; give one"));
  if ((steps < 0 && steps != UNSET) || (epochs < 0 && epochs != UNSET) ||
      (seed < 0 && seed != UNSET))
    return cli_say (CLI_CALL, _ ("--steps, --epochs and --seed cannot be negative"));
  if (!cli_use_threads (threads, &code))
    return code;
  if (!cli_find_mode (mode, WEFT_MODE_COMPILE, &which_mode, &code))
    return code;
  if (!find_guard (&code) || !can_save (&code))
    return code;
  if (keep && checkpoint_dir != NULL)
    return cli_say (CLI_CALL, _ ("--keep and --checkpoint exclude each other; give one"));
  if (at_step != 0 && (resume_dir == NULL || !keep || at_step < 0))
    return cli_say (CLI_CALL, _ ("--at takes the step of a checkpoint, and needs --resume RUN and "
                                 "--keep: the branch is a run of its own"));
  if (log_every < 1)
    return cli_say (CLI_CALL, _ ("--log-every must be at least 1"));
  return -1;
}

static int
finish (Run *run)
{
  g_autoptr (GError) error = NULL;

  if (run->code == CLI_DONE && save_path != NULL &&
      !weft_session_save (run->session, save_path, &error))
    run->code = cli_say (CLI_SYSTEM, "%s", error->message);
  if (run->log != NULL && (ferror (run->log) | fclose (run->log)) != 0)
    run->code =
      cli_say (CLI_SYSTEM, _ ("%s: could not be written to the end: is the disk full?"), log_path);
  if (run->code == CLI_DONE && cli_interrupted () != 0)
    run->code = 128 + cli_interrupted ();
  return run->code;
}

/* The folder of a new run beside the document; NULL, and @code: it cannot be made. */
static char *
begin_kept (WeftDocument *document, int *code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = weft_runs_folder (document);
  WeftRunOrigin    origin = { .parent_folder = resume_dir, .parent_step = at_step };
  guint            number;
  char            *run_folder = weft_runs_begin (folder, document, &origin, &number, &error);

  if (run_folder == NULL)
    *code = cli_say_error (error);
  else if (!as_json)
    cli_note (_ ("run %u is kept in %s"), number, run_folder);
  return run_folder;
}

static gboolean
is_run_folder (const char *folder)
{
  g_autofree char *path = folder != NULL ? g_build_filename (folder, WEFT_RUN_FILE, NULL) : NULL;

  return path != NULL && g_file_test (path, G_FILE_TEST_EXISTS);
}

static int
train (WeftDocument *document, WeftDevice *on)
{
  g_autofree char *kept_folder = NULL;
  WeftRunOptions   options = { .log_every = log_every,
                               .threads = threads,
                               .mode = which_mode,
                               .device = on,
                               .device_word = g_strcmp0 (device, "auto") == 0 ? device : NULL,
                               .choices = choices,
                               .guard = guard_limit,
                               .lossless = TRUE };
  Run              run = { 0 };
  int              code;

  options.steps = MAX (steps, -1);
  options.epochs = MAX (epochs, -1);
  options.seed = MAX (seed, -1);
  options.resume_dir = resume_dir;
  options.checkpoint_dir = checkpoint_dir != NULL ? checkpoint_dir : resume_dir;
  options.kept = is_run_folder (options.checkpoint_dir);
  if (keep)
    {
      kept_folder = begin_kept (document, &code);
      if (kept_folder == NULL)
        return code;
      options.checkpoint_dir = kept_folder;
      options.kept = TRUE;
      options.branch = resume_dir != NULL;
      options.resume_step = at_step;
    }
  if (on != NULL && !as_json)
    cli_note (_ ("training on %s"), on->name);
  cli_catch_interrupts ();
  g_mutex_init (&run.lock);
  g_cond_init (&run.filled_cond);
  run.names = g_new0 (char *, 1); /* until the run says them */
  run.session = weft_session_new (filled_cb, &run);
  run.run = weft_session_train (run.session, weft_document_snapshot (document), &options);
  follow (&run, document);
  code = finish (&run);
  weft_session_free (run.session);
  g_strfreev (run.names);
  g_cond_clear (&run.filled_cond);
  g_mutex_clear (&run.lock);
  return code;
}

/* cli_train:
 *
 * Returns: the exit code; 130 after Ctrl+C, when what was asked for has been saved.
 */
int
cli_train (int argc, char **argv)
{
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (WeftDevice) on = NULL;
  const char *file;
  int         code;

  steps = epochs = seed = UNSET;
  log_every = 10;
  code = cli_parse (&argc, &argv, entries);
  if (code >= 0 || (code = check_call (argc, argv, &file)) >= 0)
    return code;
  document = cli_load (file, &code);
  if (document == NULL)
    return code;
  for (guint i = 0; settings != NULL && settings[i] != NULL; i++)
    if (!cli_set_param (document, settings[i], &code))
      return code;
  if (!cli_open_device (device, &on, &code))
    return code;
  return train (document, on);
}
