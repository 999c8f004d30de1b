/* Frames of the real window while a model learns, and of a pan over a million points.
 *
 *   bench-live [SECONDS [PAGE]]      default 20 train; the pages are build, train
 *
 * Trains a network of handwritten digits on every core, with a point of each curve a step and its
 * run kept on disk. A frame is from the frame clock's "before-paint" to its "after-paint" in time
 * on the wall, so that what the training takes of the processor counts; the bar is 33 ms. Between
 * frames the window may be at other work: the longest time between two frames tells of that, and
 * what the window's thread had of the processor in a frame tells its own work from waiting for a
 * core. Memory is what the process has in use (resident), every tenth of the time.
 *
 * Then a curve of a million points is panned, a frame a step.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <adwaita.h>
#include <gio/gio.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "ui/dock/chart.h"
#include "ui/shared/run-model.h"
#include "ui/window/application.h"

#define BAR_MS 33.0
#define MANY_POINTS 1000000
#define N_PANS 600
/* So that a step takes about a millisecond on two cores. */
#define HIDDEN_UNITS 512
#define BATCH 128
#define SAMPLES 10

typedef struct
{
  WeftWindow *window;
  GMainLoop  *loop;
  GArray     *paint_ms, *apart_ms; /* double: a frame's, and between two frames */
  GArray     *busy_ms;             /* double: of the processor for a frame, by this thread */
  gint64      began_us, last_us, end_us, busy_us;
  guint       n_frames, most_frames; /* 0: until end_us */
  void (*step) (GtkWidget *window, guint frame);
} Run;

/* ---- Frames ---- */

static gint64
thread_time_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
before_paint_cb (GdkFrameClock *clock, Run *run)
{
  gint64 now = g_get_monotonic_time ();
  double apart = run->last_us ? (double) (now - run->last_us) / 1000 : 0;

  if (run->last_us)
    g_array_append_val (run->apart_ms, apart);
  run->began_us = run->last_us = now;
  run->busy_us = thread_time_us ();
}

static void
after_paint_cb (GdkFrameClock *clock, Run *run)
{
  double ms = (double) (g_get_monotonic_time () - run->began_us) / 1000;
  double busy = (double) (thread_time_us () - run->busy_us) / 1000;

  if (run->began_us == 0)
    return;
  g_array_append_val (run->paint_ms, ms);
  g_array_append_val (run->busy_ms, busy);
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Run *run = data;

  if (run->most_frames ? run->n_frames >= run->most_frames : g_get_monotonic_time () >= run->end_us)
    {
      g_main_loop_quit (run->loop);
      return G_SOURCE_REMOVE;
    }
  if (run->step)
    run->step (widget, run->n_frames);
  run->n_frames++;
  return G_SOURCE_CONTINUE;
}

static void
watch_frames (Run *run)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (run->window));
  gulong         before = g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), run);
  gulong         after = g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), run);

  run->last_us = run->began_us = 0;
  gtk_widget_add_tick_callback (GTK_WIDGET (run->window), tick_cb, run, NULL);
  g_main_loop_run (run->loop);
  g_signal_handler_disconnect (clock, before);
  g_signal_handler_disconnect (clock, after);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
quantile (GArray *sorted, double q)
{
  return sorted->len ? g_array_index (sorted, double, (guint) (q * (sorted->len - 1))) : 0;
}

static void
print_times (const char *name, GArray *times)
{
  guint n_over = 0;

  for (guint i = 0; i < times->len; i++)
    n_over += g_array_index (times, double, i) > BAR_MS;
  g_array_sort (times, compare);
  g_print ("%-14s %6u: median %5.1f ms, 95 %% %5.1f ms, 99.9 %% %5.1f ms, worst %5.1f ms; %u over "
           "%.0f ms\n",
           name, times->len, quantile (times, 0.5), quantile (times, 0.95), quantile (times, 0.999),
           quantile (times, 1), n_over, BAR_MS);
}

static void
print_frames (Run *run, double seconds)
{
  guint n = run->paint_ms->len;

  print_times ("frames", run->paint_ms);
  print_times ("of them, busy", run->busy_ms);
  print_times ("between frames", run->apart_ms);
  g_print ("%.1f frames a second\n", n / seconds);
  g_array_set_size (run->paint_ms, 0);
  g_array_set_size (run->busy_ms, 0);
  g_array_set_size (run->apart_ms, 0);
}

/* ---- Training ---- */

static double
resident_mb (void)
{
  long  pages = 0;
  FILE *file = fopen ("/proc/self/statm", "r");

  if (!file || fscanf (file, "%*d %ld", &pages) != 1)
    pages = 0;
  if (file)
    fclose (file);
  return (double) pages * (double) sysconf (_SC_PAGESIZE) / (1 << 20);
}

static void
spin (gint64 time_us)
{
  for (gint64 end = g_get_monotonic_time () + time_us; g_get_monotonic_time () < end;)
    g_main_context_iteration (NULL, FALSE);
}

static guint
n_points (WeftWindow *window)
{
  WeftRunData *data = weft_run_model_get_data (weft_window_get_run (window));

  return data->curves->len
           ? weft_series_n (((WeftRunCurve *) g_ptr_array_index (data->curves, 0))->train)
           : 0;
}

static void
set_up (WeftDocument *document)
{
  guint32 hidden = weft_document_node_by_id (document, "hidden")->uid;

  weft_document_set_param (document, hidden, "units", weft_json_new_int (HIDDEN_UNITS), NULL);
  weft_document_set_training (document, "batch", weft_json_new_int (BATCH));
  weft_document_set_training (document, "epochs", weft_json_new_int (1000000));
}

static void
train (Run *run, int seconds)
{
  double first = 0;
  guint  before;

  g_action_group_activate_action (G_ACTION_GROUP (run->window), "train", NULL);
  while (n_points (run->window) == 0)
    g_main_context_iteration (NULL, TRUE);
  spin (2 * G_USEC_PER_SEC);
  before = n_points (run->window);
  for (guint i = 0; i < SAMPLES; i++)
    {
      run->end_us = g_get_monotonic_time () + seconds * G_USEC_PER_SEC / SAMPLES;
      watch_frames (run);
      first = i ? first : resident_mb ();
      g_print ("%3.0f s: %8u points, %.1f MB\n", (double) seconds * (i + 1) / SAMPLES,
               n_points (run->window), resident_mb ());
    }
  g_print ("%.0f points a second, %.1f MB more than at the first tenth\n",
           (double) (n_points (run->window) - before) / seconds, resident_mb () - first);
  print_frames (run, seconds);
  g_action_group_activate_action (G_ACTION_GROUP (run->window), "stop", NULL);
  while (weft_run_model_is_busy (weft_window_get_run (run->window)))
    g_main_context_iteration (NULL, TRUE);
}

/* ---- A million points ---- */

static GtkWidget *
find_chart (GtkWidget *widget)
{
  GtkWidget *found = WEFT_IS_CHART (widget) && gtk_widget_get_mapped (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find_chart (child);
  return found;
}

static void
pan (GtkWidget *window, guint frame)
{
  double from = MANY_POINTS * 0.4 * (double) frame / N_PANS;

  /* As a drag does: the others follow. */
  g_signal_emit_by_name (find_chart (window), "range-changed", from, from + MANY_POINTS * 0.5);
}

static void
pan_many (Run *run)
{
  WeftRunModel *model = weft_window_get_run (run->window);
  WeftRunData  *data = weft_run_model_get_data (model);
  double        at = weft_run_data_last_step (data);
  gint64        began;

  for (guint k = 0; k < data->curves->len; k++)
    {
      WeftSeries *series = ((WeftRunCurve *) g_ptr_array_index (data->curves, k))->train;

      for (guint i = weft_series_n (series); i < MANY_POINTS; i++)
        weft_series_append (series, at + i,
                            0.5 + 0.3 * sin (i * 1e-4) + 0.1 * sin (i * 0.7) * sin (i * 0.013));
    }
  g_signal_emit_by_name (model, "points");
  spin (G_USEC_PER_SEC / 2);
  run->most_frames = N_PANS;
  run->n_frames = 0;
  run->step = pan;
  began = g_get_monotonic_time ();
  watch_frames (run);
  g_print ("pan over %u points\n", n_points (run->window));
  print_frames (run, (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-live-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "digits.weft", NULL);
  g_autofree char *example =
    g_build_filename (weft_data_dir (), "examples", "digits-mlp.weft", NULL);
  const char      *page = argc > 2 ? argv[2] : "train";
  WeftApplication *application;
  g_autoptr (WeftDocument) document = NULL;
  Run run = {
    .paint_ms = g_array_new (FALSE, FALSE, sizeof (double)),
    .apart_ms = g_array_new (FALSE, FALSE, sizeof (double)),
    .busy_ms = g_array_new (FALSE, FALSE, sizeof (double)),
  };

  /* As the editor does. */
  mallopt (M_MMAP_THRESHOLD, 32 << 20);
  mallopt (M_TRIM_THRESHOLD, 64 << 20);
  gtk_init ();
  adw_init ();
  application = weft_application_new ();
  g_application_set_flags (G_APPLICATION (application),
                           G_APPLICATION_NON_UNIQUE | G_APPLICATION_HANDLES_OPEN);
  g_application_register (G_APPLICATION (application), NULL, NULL);
  document = weft_document_load (example, NULL);
  set_up (document);
  if (!weft_document_save (document, path, NULL))
    g_error ("%s: cannot be written", path);
  run.window = weft_window_new (GTK_APPLICATION (application));
  run.loop = g_main_loop_new (NULL, FALSE);
  gtk_window_set_default_size (GTK_WINDOW (run.window), 1920, 1080);
  weft_application_open_path (application, run.window, path, FALSE);
  g_action_group_change_action_state (G_ACTION_GROUP (run.window), "view",
                                      g_variant_new_string (page));
  spin (G_USEC_PER_SEC);
  g_print ("%s page, %d x %d, %u cores\n", page, gtk_widget_get_width (GTK_WIDGET (run.window)),
           gtk_widget_get_height (GTK_WIDGET (run.window)), g_get_num_processors ());
  train (&run, argc > 1 ? MAX (atoi (argv[1]), 1) : 20);
  pan_many (&run);
  gtk_window_destroy (GTK_WINDOW (run.window));
  spin (G_USEC_PER_SEC / 10);
  g_main_loop_unref (run.loop);
  g_array_unref (run.paint_ms);
  g_array_unref (run.busy_ms);
  g_array_unref (run.apart_ms);
  return 0;
}
