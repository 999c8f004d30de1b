/* What the window does with many runs and long ones: how long until they are there, and the longest
 * time that the main thread is busy on the way.
 *
 * bench-runs [RUNS [LINES]]
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/document/document.h"
#include "engine/ops/ops.h"
#include "engine/train/checkpoint.h"
#include "engine/train/log.h"
#include "engine/train/runs.h"
#include "ui/dock/runs-pane.h"
#include "ui/shared/run-list.h"
#include "ui/shared/run-past.h"
#include "ui/shared/settings.h"

#include <adwaita.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>

#define N_RUNS 1000
#define N_LINES 1000000
#define SHORT_LINES 200

/* ---- Measuring ---- */

static gboolean done;

static void
done_cb (void)
{
  done = TRUE;
}

static double
seconds (void)
{
  return (double) g_get_monotonic_time () / 1e6;
}

/* Until done_cb() was called. In processor time of this thread, so that others at work count less.
 */
static void
measure (const char *what)
{
  double begun = seconds (), worst = 0;

  while (!done)
    {
      struct timespec before, after;

      clock_gettime (CLOCK_THREAD_CPUTIME_ID, &before);
      g_main_context_iteration (NULL, TRUE);
      clock_gettime (CLOCK_THREAD_CPUTIME_ID, &after);
      worst = MAX (worst, (double) (after.tv_sec - before.tv_sec) +
                            (double) (after.tv_nsec - before.tv_nsec) / 1e9);
    }
  g_print ("| %-44s | %9.1f | %9.1f |\n", what, 1e3 * (seconds () - begun), 1e3 * worst);
  done = FALSE;
}

/* ---- Runs ---- */

static void
write_log (const char *folder, guint n)
{
  g_autofree char *path = g_build_filename (folder, WEFT_CHECKPOINT_LOG, NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 1; i <= n; i++)
    g_string_append_printf (
      text,
      "{\"event\": \"step\", \"step\": %u, \"epoch\": %.4f, \"time_s\": %.3f, "
      "\"train\": {\"loss\": %.6f, \"accuracy\": %.6f}}\n",
      i, i / 1000.0, i / 500.0, exp (-(double) i / n) + 0.1 * sin (i), 1 - exp (-(double) i / n));
  g_file_set_contents (path, text->str, (gssize) text->len, NULL);
}

static void
make_runs (const char *folder, guint n)
{
  g_autofree char *path = g_build_filename (weft_data_dir (), "examples", "iris.weft", NULL);
  g_autoptr (WeftDocument) document = weft_document_load (path, NULL);
  g_autoptr (WeftJson) end = weft_json_new_object ();
  WeftRunOrigin origin = { 0 };
  guint         number;

  weft_json_set_string (end, "state", "finished");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *run = NULL;

      weft_document_set_training (document, "rate", weft_json_new_number (0.001 * (i + 1)));
      run = weft_runs_begin (folder, document, &origin, &number, NULL);
      weft_runs_note (run, end, NULL);
      write_log (run, SHORT_LINES);
    }
}

static void
past_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(WeftRunData **) data = weft_run_past_read_finish (result, NULL);
  done = TRUE;
}

static void
measure_list (const char *folder)
{
  g_autoptr (WeftRunList) list = weft_run_list_new ();
  GtkWidget *window = gtk_window_new (), *pane = g_object_new (WEFT_TYPE_RUNS_PANE, NULL);

  gtk_window_set_child (GTK_WINDOW (window), pane);
  gtk_window_present (GTK_WINDOW (window));
  weft_runs_pane_set_list (WEFT_RUNS_PANE (pane), list);
  g_signal_connect (list, "looked", G_CALLBACK (done_cb), NULL);
  weft_run_list_set_folder (list, folder);
  measure ("the list of all runs, with its rows");
  /* Until all of it is drawn. */
  for (gint64 end = g_get_monotonic_time () + G_USEC_PER_SEC; g_get_monotonic_time () < end;)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  weft_run_list_refresh (list);
  measure ("looking again, nothing has changed");
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
measure_past (const char *folder, guint n_lines)
{
  g_autoptr (WeftRunData) as = weft_run_data_new ();
  g_autoptr (WeftRunData) past = NULL;
  g_autofree char *run = weft_runs_path (folder, 1);
  g_autofree char *log = g_build_filename (run, WEFT_CHECKPOINT_LOG, NULL);
  double           begun;

  write_log (run, n_lines);
  weft_run_data_set_smoothing (as, WEFT_SMOOTHING_MEAN, 0.9);
  weft_run_past_read (NULL, run, n_lines, as, NULL, past_cb, &past);
  measure ("the past of a long run");
  begun = seconds ();
  weft_log_rewind (log, n_lines / 2, NULL);
  g_print ("| %-44s | %9.1f | %9s |\n", "cutting its log in half, on the engine's thread",
           1e3 * (seconds () - begun), "-");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("weft-bench-XXXXXX", NULL);
  guint            n_runs = argc > 1 ? (guint) atoi (argv[1]) : N_RUNS;
  guint            n_lines = argc > 2 ? (guint) atoi (argv[2]) : N_LINES;
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", folder);

  gtk_init ();
  adw_init ();
  weft_ops_init ();
  if (!weft_settings_init (&error))
    g_error ("%s", error->message);
  make_runs (folder, n_runs);
  g_print ("%u runs, the first with %u lines\n| what | ms until it is there | main thread, longest "
           "|\n|---|---|---|\n",
           n_runs, n_lines);
  measure_list (folder);
  measure_past (folder, n_lines);
  return system (command);
}
