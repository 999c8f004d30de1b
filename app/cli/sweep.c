/* weft-cli sweep: a document trained with other settings, several runs one after the other or at
 * once.
 *
 * The runs stand on disk from the start (engine/train/sweep.h): what is interrupted goes on with
 * --go-on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"
#include "app/cli/runs.h"

#include "engine/train/queue.h"
#include "engine/train/sweep.h"
#include "engine/train/training.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define POLL_US 50000
#define MOST_AT_ONCE 64

static gboolean as_json, only_queue, go_on;
static int      draws, at_once, threads;
static gint64   seed;
static char   **over, **settings, *by;

static const GOptionEntry entries[] = {
  { "over", 0, 0, G_OPTION_ARG_STRING_ARRAY, &over,
    N_ ("vary a setting: a list, or a range LOW..HIGH with “log” and “in N” (without: the "
        "document's sweep)"),
    "NODE.PARAM=VALUES" },
  { "random", 0, 0, G_OPTION_ARG_INT, &draws,
    N_ ("draw so many combinations instead of taking all"), "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, N_ ("of those draws (1)"), "S" },
  { "at-once", 0, 0, G_OPTION_ARG_INT, &at_once, N_ ("train so many runs at a time (1)"), "N" },
  { "threads", 0, 0, G_OPTION_ARG_INT, &threads, CLI_THREADS_HELP, "N" },
  { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings, N_ ("set a parameter for all runs"),
    "NODE.PARAM=VALUE" },
  { "by", 0, 0, G_OPTION_ARG_STRING, &by,
    N_ ("sort by this metric (the one that early stopping follows, or the loss)"), "METRIC" },
  { "queue", 0, 0, G_OPTION_ARG_NONE, &only_queue,
    N_ ("only let the runs wait; --go-on or the window trains them"), NULL },
  { "go-on", 0, 0, G_OPTION_ARG_NONE, &go_on, N_ ("make no new runs; train those that wait"),
    NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { NULL }
};

typedef struct
{
  const char *folder;
  GMutex      lock;
  GCond       ended_cond;
  gboolean    ended;
} Watch;

/* ---- While it trains ---- */

static void
print_ended (Watch *watch, guint number)
{
  g_autofree char *path = weft_runs_path (watch->folder, number);
  g_autoptr (WeftKeptRun) run = weft_runs_open (path);
  g_autofree char *metrics =
    cli_metrics_text (run->validation != NULL ? run->validation : run->train);

  printf ("%4u  %-11s  %s   %s\n", number, _ (weft_kept_state_name (run->state)), run->title,
          metrics);
  if (run->state == WEFT_KEPT_FAILED && run->message != NULL)
    printf ("      %s\n", run->message);
  fflush (stdout);
}

/* On a thread of the queue. */
static void
tell (guint number, const WeftEvent *event, gpointer data)
{
  Watch *watch = data;

  if (event != NULL && !as_json &&
      (event->kind == WEFT_EVENT_FINISHED || event->kind == WEFT_EVENT_FAILED))
    print_ended (watch, number);
  if (event != NULL)
    return;
  g_mutex_lock (&watch->lock);
  watch->ended = TRUE;
  g_cond_signal (&watch->ended_cond);
  g_mutex_unlock (&watch->lock);
}

static int
train_all (const char *folder, const char *path)
{
  g_autoptr (GError) error = NULL;
  Watch      watch = { .folder = folder };
  WeftQueue *queue = weft_queue_new (tell, &watch);
  int        code = CLI_DONE;

  cli_catch_interrupts ();
  g_mutex_init (&watch.lock);
  g_cond_init (&watch.ended_cond);
  if (!weft_queue_start (queue, folder, path, (guint) at_once, &error))
    code = cli_say_error (error);
  g_mutex_lock (&watch.lock);
  while (code == CLI_DONE && !watch.ended && cli_interrupted () == 0)
    g_cond_wait_until (&watch.ended_cond, &watch.lock, g_get_monotonic_time () + POLL_US);
  g_mutex_unlock (&watch.lock);
  weft_queue_free (queue);
  g_cond_clear (&watch.ended_cond);
  g_mutex_clear (&watch.lock);
  if (cli_interrupted () == 0)
    return code;
  cli_note (_ ("the runs that are left wait; weft-cli sweep %s --go-on trains them"), path);
  return 128 + cli_interrupted ();
}

/* ---- What came of it ---- */

typedef struct
{
  const char *metric;
  gboolean    greater;
} Order;

/* The best first, those that measured nothing last. */
static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const WeftKeptRun *one = *(WeftKeptRun *const *) a, *other = *(WeftKeptRun *const *) b;
  const Order       *order = data;
  double             x = weft_kept_run_measured (one, order->metric),
         y = weft_kept_run_measured (other, order->metric);

  if (isnan (x) || isnan (y))
    return isnan (x) != isnan (y) ? (isnan (x) ? 1 : -1) : (int) one->number - (int) other->number;
  if (x == y)
    return (int) one->number - (int) other->number;
  return (x < y) != order->greater ? -1 : 1;
}

/* The runs of sweep @sweep, the best first; of all sweeps where it is 0. */
static GPtrArray *
sorted_runs (const char *folder, guint sweep, Order *order)
{
  GPtrArray *runs = weft_runs_list (folder);

  for (guint i = runs->len; i > 0; i--)
    {
      const WeftKeptRun *run = g_ptr_array_index (runs, i - 1);

      if (run->settings == NULL || (sweep > 0 && run->sweep != sweep))
        g_ptr_array_remove_index (runs, i - 1);
    }
  g_ptr_array_sort_with_data (runs, compare, order);
  return runs;
}

static void
print_table (GPtrArray *runs, const Order *order)
{
  for (guint i = 0; i < runs->len; i++)
    {
      const WeftKeptRun *run = g_ptr_array_index (runs, i);
      double             value = weft_kept_run_measured (run, order->metric);
      g_autofree char   *point = weft_sweep_title (run->settings);

      if (isnan (value))
        printf ("%4u  %-12s  %s\n", run->number, _ (weft_kept_state_name (run->state)), point);
      else
        printf ("%4u  %-12.6g  %s\n", run->number, value, point);
    }
}

static void
print_results (const char *folder, guint sweep, WeftDocument *document)
{
  g_autoptr (WeftTraining) training = weft_training_new (document, NULL);
  guint metric = training != NULL ? training->monitor.metric : 0;
  Order order = { .metric = metric > 0 ? training->names[metric - 1] : "loss" };
  g_autoptr (GPtrArray) runs = NULL;
  WeftJson *json;

  order.greater = training != NULL && training->monitor.greater;
  if (by != NULL)
    order = (Order){ .metric = by, .greater = weft_training_is_greater_better (by) };
  runs = sorted_runs (folder, sweep, &order);
  if (!as_json)
    {
      printf (_ ("\nThe best first, by %s:\n"), order.metric);
      print_table (runs, &order);
      return;
    }
  json = weft_json_new_array ();
  for (guint i = 0; i < runs->len; i++)
    weft_json_append (json, cli_run_json (g_ptr_array_index (runs, i)));
  cli_answer (json);
}

/* ---- The call ---- */

/* NULL: it has been said. */
static WeftSweep *
read_sweep (WeftDocument *document, int *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftSweep) sweep =
    over != NULL ? weft_sweep_new () : weft_sweep_read (document, &error);

  for (guint i = 0; over != NULL && over[i] != NULL && error == NULL; i++)
    {
      const char      *equals = strchr (over[i], '=');
      g_autofree char *name = equals != NULL ? g_strndup (over[i], equals - over[i]) : NULL;

      if (equals == NULL)
        {
          *code = cli_say (CLI_CALL, _ ("--over takes NODE.PARAM=VALUES, not “%s”"), over[i]);
          return NULL;
        }
      weft_sweep_add (sweep, name, equals + 1, &error);
    }
  if (error != NULL)
    *code = cli_say (CLI_CALL, "--over %s", error->message);
  else if (sweep == NULL)
    *code = cli_say (
      CLI_CALL, _ ("which setting? For instance --over \"training.rate=0.001..0.1 log in 4\""));
  if (error != NULL || sweep == NULL)
    return NULL;
  if (draws > 0)
    sweep->draws = (guint) draws;
  if (seed >= 0)
    sweep->seed = seed;
  return g_steal_pointer (&sweep);
}

/* @number gets that of the sweep. */
static int
make_runs (WeftDocument *document, const char *folder, guint *number)
{
  g_autoptr (GError) error = NULL;
  int   code = CLI_DONE;
  guint n;
  g_autoptr (WeftSweep) sweep = read_sweep (document, &code);

  if (sweep == NULL)
    return code;
  if (!weft_sweep_queue (sweep, document, folder, number, &n, &error))
    return cli_say_error (error);
  if (!as_json)
    cli_note (g_dngettext (NULL, "%u run waits in %s", "%u runs wait in %s", n), n, folder);
  return CLI_DONE;
}

static int
check_call (void)
{
  int code;

  if (at_once < 1 || at_once > MOST_AT_ONCE)
    return cli_say (CLI_CALL, _ ("--at-once must be from 1 to %d"), MOST_AT_ONCE);
  if (draws < 0 || draws > WEFT_SWEEP_MAX_RUNS)
    return cli_say (CLI_CALL, _ ("--random must be from 1 to %d"), WEFT_SWEEP_MAX_RUNS);
  if (go_on && (over != NULL || only_queue || settings != NULL))
    return cli_say (CLI_CALL, _ ("--go-on makes no new runs: leave --over, --set and --queue out"));
  return cli_use_threads (threads, &code) ? -1 : code;
}

/* cli_sweep:
 *
 * Returns: the exit code; 130 after Ctrl+C, when checkpoints have been written.
 */
int
cli_sweep (int argc, char **argv)
{
  g_autoptr (WeftDocument) document = NULL;
  g_autofree char *folder = NULL;
  guint            sweep = 0;
  const char      *file;
  int              code;

  at_once = 1;
  seed = -1;
  code = cli_parse (&argc, &argv, entries);
  if (code >= 0 || (code = check_call ()) >= 0 || (code = cli_one_file (argc, argv, &file)) >= 0)
    return code;
  document = cli_load (file, &code);
  if (document == NULL)
    return code;
  for (guint i = 0; settings != NULL && settings[i] != NULL; i++)
    if (!cli_set_param (document, settings[i], &code))
      return code;
  folder = weft_runs_folder (document);
  code = go_on ? CLI_DONE : make_runs (document, folder, &sweep);
  if (code == CLI_DONE && !only_queue && weft_queue_count (folder) > 0)
    code = train_all (folder, weft_document_get_path (document));
  else if (code == CLI_DONE && go_on)
    cli_note (_ ("no run of %s waits"), file);
  if (code == CLI_DONE && !only_queue)
    print_results (folder, sweep, document);
  return code;
}
