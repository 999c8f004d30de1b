/* Frame times of the canvas at 1920 x 1080: pan, zoom, drag, edits, live previews, typing into the
 * search box, opening a file.
 *
 *   bench-canvas [NODES | GESTURE]...      default 100 1000 5000, with one and a half times as many
 * wires; all gestures
 *
 * Prints a line a gesture: median, 95th percentile and worst of the time that a frame takes, the
 * median's share of its budget (60 frames a second up to 1 000 nodes, 30 above; for opening, a
 * second), and the frames a second that came.
 *
 * A frame is from the frame clock's "before-paint" to its "after-paint": gestures, layout,
 * snapshot, rendering; in processor time of the main thread. The frame clock gives at most 60 a
 * second.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <adwaita.h>
#include <math.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/ops/ops.h"
#include "ui/build/canvas-private.h"
#include "ui/shared/frame-memory.h"

#define N_FRAMES 120
#define N_WARM 3 /* frames that do not count */
#define N_BARS 24
#define N_PREVIEWS 200 /* as many as the editor evaluates */

typedef struct
{
  WeftCanvas *canvas;
  void (*step) (WeftCanvas *canvas, guint frame);
  GArray    *times_ms;
  gint64     began_us, first_us, last_us;
  guint      frame, n_frames;
  GMainLoop *loop;
} Run;

static WeftDocument *
make_document (guint n)
{
  WeftDocument       *document = weft_document_new ();
  guint               columns = (guint) ceil (sqrt (n));
  g_autofree guint32 *uids = g_new (guint32, n);

  weft_document_begin (document, "Fill");
  for (guint i = 0; i < n; i++)
    uids[i] = weft_document_add_node (document,
                                      i % 4 == 0   ? "dense"
                                      : i % 4 == 1 ? "tanh"
                                                   : "add",
                                      NULL, NULL, i % columns * 280.0, i / columns * 180.0, NULL);
  for (guint i = 1; i < n; i++)
    {
      g_autoptr (WeftPorts) from = weft_document_ports (document, uids[i - 1]);
      g_autoptr (WeftPorts) to = weft_document_ports (document, uids[i]);

      /* The second operand of a sum comes from the row above. */
      for (guint k = 0; k < to->n_inputs && from->n_outputs; k++)
        weft_document_connect (document, uids[k == 0 || i < columns ? i - 1 : i - columns],
                               from->outputs[0].name, uids[i], to->inputs[k].name, NULL);
    }
  weft_document_end (document);
  return document;
}

/* ---- Gestures ---- */

static void
pan (WeftCanvas *canvas, guint frame)
{
  weft_canvas_set_view (canvas, -2000 - 6.0 * frame, -1500 - 3.0 * frame, 1);
}

static void
pan_far (WeftCanvas *canvas, guint frame)
{
  weft_canvas_set_view (canvas, 20 + frame % 40, 20, 0.12);
}

static void
zoom (WeftCanvas *canvas, guint frame)
{
  weft_canvas_set_view (canvas, -2000, -1500, 0.3 + frame % 60 * 0.02);
}

static void
drag (WeftCanvas *canvas, guint frame)
{
  if (frame == 0)
    {
      WeftCanvasNode *node = canvas->order->pdata[canvas->order->len / 2];
      double          x, y;

      weft_canvas_set_view (canvas, 600 - node->x, 400 - node->y, 1);
      weft_canvas_to_view (canvas, node->x + 40, node->y + 10, &x, &y);
      weft_canvas_press (canvas, x, y, 1, 0);
    }
  weft_canvas_motion (canvas, 640 + 200 * sin (frame / 10.0), 410 + 150 * cos (frame / 10.0),
                      GDK_SHIFT_MASK);
}

static void
edit (WeftCanvas *canvas, guint frame)
{
  WeftCanvasNode *node = canvas->order->pdata[0];

  weft_canvas_cancel (canvas);
  weft_document_set_param (canvas->document, node->uid, "units", weft_json_new_int (64 + frame),
                           NULL);
}

static void
bypass (WeftCanvas *canvas, guint frame)
{
  guint32 uid = ((WeftCanvasNode *) canvas->order->pdata[1])->uid;

  weft_document_set_flag (canvas->document, &uid, 1, WEFT_NODE_BYPASSED, frame % 2 == 0,
                          canvas->typing, NULL);
}

/* What all cards' previews bring while the view pans: histograms ten times a second. */
static void
previews (WeftCanvas *canvas, guint frame)
{
  float bars[N_BARS];

  for (guint i = 0; frame % 6 == 0 && i < MIN (canvas->order->len, N_PREVIEWS); i++)
    {
      guint32          uid = ((WeftCanvasNode *) canvas->order->pdata[i])->uid;
      g_autofree char *caption =
        g_strdup_printf ("(64, 784) %.3f to %.3f", -0.01 * frame, 0.01 * i);

      for (guint k = 0; k < N_BARS; k++)
        bars[k] = (float) fabs (sin (0.1 * k * frame + i));
      weft_canvas_set_bars (canvas, uid, bars, N_BARS);
      weft_canvas_set_caption (canvas, uid, caption);
      weft_canvas_set_flow (canvas, uid, 0.5 + 0.5 * sin (0.1 * frame + i));
    }
  weft_canvas_set_view (canvas, 20 - 6.0 * (frame % 60), 20 - 3.0 * (frame % 60), 1);
}

static GtkWidget *
find_entry (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_TEXT (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find_entry (child);
  return found;
}

/* A letter of @text a frame. */
static void
type_text (WeftCanvas *canvas, const char *text, guint frame)
{
  g_autofree char *typed = g_strndup (text, frame % (strlen (text) + 1));

  if (frame == 0)
    weft_canvas_search (canvas, NULL);
  gtk_editable_set_text (GTK_EDITABLE (find_entry (canvas->search)), typed);
  if (frame == N_FRAMES - 1)
    gtk_popover_popdown (GTK_POPOVER (canvas->search));
}

static void
type (WeftCanvas *canvas, guint frame)
{
  type_text (canvas, "dense softmax conv relu ", frame);
}

/* An expression, whose type is told at each letter. */
static void
formula (WeftCanvas *canvas, guint frame)
{
  type_text (canvas, "exp(-(x - mu)**2 / (2 * s**2)) / sqrt(s)", frame);
}

/* ---- Measuring ---- */

/* Of this thread's processor time, so that other work on the machine does not count. */
static gint64
cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
before_paint_cb (GdkFrameClock *clock, Run *run)
{
  run->began_us = cpu_us ();
}

static void
after_paint_cb (GdkFrameClock *clock, Run *run)
{
  double ms = (double) (cpu_us () - run->began_us) / 1000;

  if (!run->times_ms || !run->began_us || run->frame <= N_WARM)
    return;
  g_array_append_val (run->times_ms, ms);
  run->last_us = g_get_monotonic_time ();
  if (!run->first_us)
    run->first_us = run->last_us;
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Run *run = data;

  if (run->frame == run->n_frames)
    {
      g_main_loop_quit (run->loop);
      return G_SOURCE_REMOVE;
    }
  if (run->step)
    run->step (run->canvas, run->frame);
  run->frame++;
  gtk_widget_queue_draw (widget);
  return G_SOURCE_CONTINUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* @rate: frames a second; 0: says nothing. */
static void
print_line (const char *name, guint n, GArray *times, double budget_ms, double rate)
{
  double median;

  g_array_sort (times, compare);
  median = g_array_index (times, double, times->len / 2);
  g_print (
    "%-8s %5u nodes: median %6.1f ms, 95 %% %6.1f ms, worst %6.1f ms; %3.0f %% of its budget", name,
    n, median, g_array_index (times, double, times->len * 95 / 100),
    g_array_index (times, double, times->len - 1), 100 * median / budget_ms);
  if (rate > 0)
    g_print ("; %.0f frames/s", rate);
  g_print ("\n");
}

/* Runs @n_frames frames, each after a call of @step (NULL: nothing). @times (or NULL) takes what
 * they cost, but for the first. Returns how many came in a second. */
static double
measure_frames (WeftCanvas *canvas,
                void (*step) (WeftCanvas *, guint),
                guint   n_frames,
                GArray *times)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (canvas));
  Run            run = { canvas, step, times, 0, 0, 0, 0, n_frames, g_main_loop_new (NULL, FALSE) };
  gulong         before = g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), &run);
  gulong         after = g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), &run);

  gtk_widget_add_tick_callback (GTK_WIDGET (canvas), tick_cb, &run, NULL);
  g_main_loop_run (run.loop);
  g_signal_handler_disconnect (clock, before);
  g_signal_handler_disconnect (clock, after);
  g_main_loop_unref (run.loop);
  return run.last_us > run.first_us
           ? (double) (times->len - 1) * G_USEC_PER_SEC / (double) (run.last_us - run.first_us)
           : 0;
}

static void
measure (WeftCanvas *canvas, const char *name, void (*step) (WeftCanvas *, guint))
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  double rate = measure_frames (canvas, step, N_FRAMES, times);

  print_line (name, canvas->order->len, times,
              canvas->order->len > 1000 ? 1000 / 30.0 : 1000 / 60.0, rate);
}

/* From a file to the first frame. */
static void
open_file (GtkWindow *window, WeftDocument *document, guint n)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "weft-bench.weft", NULL);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GError) error = NULL;

  if (!weft_document_save (document, path, &error))
    g_error ("%s", error->message);
  for (guint i = 0; i < 3; i++)
    {
      WeftCanvas *canvas = weft_canvas_new ();
      gint64      began = cpu_us ();
      g_autoptr (WeftDocument) opened = weft_document_load (path, &error);
      WeftTyping *typing = weft_typing_new (opened);
      double      ms;

      gtk_window_set_child (window, GTK_WIDGET (canvas));
      weft_canvas_set_document (canvas, opened, typing);
      measure_frames (canvas, NULL, 2, NULL);
      ms = (double) (cpu_us () - began) / 1000;
      g_array_append_val (times, ms);
      weft_canvas_set_document (canvas, NULL, NULL);
      weft_typing_free (typing);
    }
  print_line ("open", n, times, 1000, 0);
  g_unlink (path);
}

/* All of it, once: the second time less moves. */
static void
measure_tidy (WeftCanvas *canvas)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  gint64 began = cpu_us ();
  double ms;

  weft_canvas_tidy (canvas);
  ms = (double) (cpu_us () - began) / 1000;
  g_array_append_val (times, ms);
  print_line ("tidy", canvas->order->len, times, 1000, 0);
}

static gboolean
is_asked (char **words, const char *name)
{
  return !words[0] || g_strv_contains ((const char *const *) words, name);
}

/* @words: which gestures; none: all. */
static void
bench (GtkWindow *window, guint n, char **words)
{
  static const struct
  {
    const char *name;
    void (*step) (WeftCanvas *canvas, guint frame);
  } gestures[] = { { "pan", pan }, { "pan-far", pan_far }, { "zoom", zoom }, { "drag", drag }, { "edit", edit }, { "bypass", bypass }, { "type", type }, { "formula", formula }, { "previews", previews } };
  g_autoptr (WeftDocument) document = make_document (n);
  WeftTyping *typing = weft_typing_new (document);
  WeftCanvas *canvas = weft_canvas_new ();

  gtk_window_set_child (window, GTK_WIDGET (canvas));
  weft_canvas_set_document (canvas, document, typing);
  gtk_window_present (window);
  while (gtk_widget_get_width (GTK_WIDGET (canvas)) <= 0 ||
         !gtk_widget_get_mapped (GTK_WIDGET (window)))
    g_main_context_iteration (NULL, TRUE);
  g_print ("%u nodes, %u wires\n", n, weft_document_n_wires (document));
  for (guint i = 0; i < G_N_ELEMENTS (gestures); i++)
    if (is_asked (words, gestures[i].name))
      measure (canvas, gestures[i].name, gestures[i].step);
  if (is_asked (words, "tidy"))
    measure_tidy (canvas);
  weft_canvas_set_document (canvas, NULL, NULL);
  weft_typing_free (typing);
  if (is_asked (words, "open"))
    open_file (window, document, n);
}

int
main (int argc, char **argv)
{
  static const guint usual[] = { 100, 1000, 5000 };
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) gestures = NULL;
  GtkWidget *window;

  for (int i = 1; i < argc; i++)
    {
      guint n = (guint) CLAMP (atoi (argv[i]), 0, 20000);

      if (n >= 3)
        g_array_append_val (sizes, n);
      else
        g_strv_builder_add (words, argv[i]);
    }
  if (sizes->len == 0)
    g_array_append_vals (sizes, usual, G_N_ELEMENTS (usual));
  gestures = g_strv_builder_end (words);
  /* As the editor does. */
  mallopt (M_MMAP_THRESHOLD, 32 << 20);
  mallopt (M_TRIM_THRESHOLD, 64 << 20);
  gtk_init ();
  adw_init ();
  weft_ops_init ();
  window = gtk_window_new ();
  weft_keep_frame_memory (window);
  gtk_window_set_default_size (GTK_WINDOW (window), 1920, 1080);
  for (guint i = 0; i < sizes->len; i++)
    bench (GTK_WINDOW (window), g_array_index (sizes, guint, i), gestures);
  gtk_window_destroy (GTK_WINDOW (window));
  return 0;
}
