/* Frame times of the canvas at 1920 x 1080: pan, zoom, drag, an edit, typing into the search box, and opening a file.
 *
 *   bench-canvas [NODES]...      default 100 1000 5000, with one and a half times as many wires
 *
 * Prints a line a gesture: median, 95th percentile and worst of the time that a frame takes, and the median's share of its
 * budget: 60 frames a second up to 1 000 nodes, 30 above; for opening, a second.
 *
 * A frame is from the frame clock's "before-paint" to its "after-paint": gestures, layout, snapshot, rendering; in
 * processor time of the main thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <adwaita.h>
#include <math.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#include "engine/ops/ops.h"
#include "ui/build/canvas-private.h"

#define N_FRAMES 120

typedef struct
{
  WeftCanvas *canvas;
  void (*step) (WeftCanvas *canvas, guint frame);
  GArray    *times_ms;
  gint64     began_us;
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

static GtkWidget *
find_entry (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_TEXT (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find_entry (child);
  return found;
}

/* A letter a frame. */
static void
type (WeftCanvas *canvas, guint frame)
{
  static const char text[] = "dense softmax conv relu ";
  g_autofree char  *typed = NULL;

  if (frame == 0)
    weft_canvas_search (canvas, NULL);
  typed = g_strndup (text, frame % sizeof text);
  gtk_editable_set_text (GTK_EDITABLE (find_entry (canvas->search)), typed);
  if (frame == N_FRAMES - 1)
    gtk_popover_popdown (GTK_POPOVER (canvas->search));
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

  if (run->times_ms && run->began_us && run->frame > 3)
    g_array_append_val (run->times_ms, ms);
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

static void
print_line (const char *name, guint n, GArray *times, double budget_ms)
{
  double median = g_array_index (times, double, times->len / 2);

  g_print ("%-8s %5u nodes: median %6.1f ms, 95 %% %6.1f ms, worst %6.1f ms; %3.0f %% of its budget\n", name, n, median,
           g_array_index (times, double, times->len * 95 / 100),
           g_array_index (times, double, times->len - 1), 100 * median / budget_ms);
}

/* Runs @n_frames frames, each after a call of @step (NULL: nothing). @times (or NULL) takes what they cost, but for the first. */
static void
measure_frames (WeftCanvas *canvas, void (*step) (WeftCanvas *, guint), guint n_frames, GArray *times)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (canvas));
  Run            run = { canvas, step, times, 0, 0, n_frames, g_main_loop_new (NULL, FALSE) };
  gulong         before = g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), &run);
  gulong         after = g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), &run);

  gtk_widget_add_tick_callback (GTK_WIDGET (canvas), tick_cb, &run, NULL);
  g_main_loop_run (run.loop);
  g_signal_handler_disconnect (clock, before);
  g_signal_handler_disconnect (clock, after);
  g_main_loop_unref (run.loop);
}

static void
measure (WeftCanvas *canvas, const char *name, void (*step) (WeftCanvas *, guint))
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));

  measure_frames (canvas, step, N_FRAMES, times);
  g_array_sort (times, compare);
  print_line (name, canvas->order->len, times, canvas->order->len > 1000 ? 1000 / 30.0 : 1000 / 60.0);
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
  g_array_sort (times, compare);
  print_line ("open", n, times, 1000);
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
  print_line ("tidy", canvas->order->len, times, 1000);
}

static void
bench (GtkWindow *window, guint n)
{
  static const struct
  {
    const char *name;
    void (*step) (WeftCanvas *canvas, guint frame);
  } gestures[] = { { "pan", pan }, { "pan-far", pan_far }, { "zoom", zoom }, { "drag", drag }, { "edit", edit }, { "type", type } };
  g_autoptr (WeftDocument) document = make_document (n);
  WeftTyping *typing = weft_typing_new (document);
  WeftCanvas *canvas = weft_canvas_new ();

  gtk_window_set_child (window, GTK_WIDGET (canvas));
  weft_canvas_set_document (canvas, document, typing);
  gtk_window_present (window);
  while (gtk_widget_get_width (GTK_WIDGET (canvas)) <= 0 || !gtk_widget_get_mapped (GTK_WIDGET (window)))
    g_main_context_iteration (NULL, TRUE);
  g_print ("%u nodes, %u wires\n", n, weft_document_n_wires (document));
  for (guint i = 0; i < G_N_ELEMENTS (gestures); i++)
    measure (canvas, gestures[i].name, gestures[i].step);
  measure_tidy (canvas);
  weft_canvas_set_document (canvas, NULL, NULL);
  weft_typing_free (typing);
  open_file (window, document, n);
}

int
main (int argc, char **argv)
{
  static const guint usual[] = { 100, 1000, 5000 };
  GtkWidget         *window;

  /* As the editor does. */
  mallopt (M_MMAP_THRESHOLD, 32 << 20);
  mallopt (M_TRIM_THRESHOLD, 64 << 20);
  gtk_init ();
  adw_init ();
  weft_ops_init ();
  window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (window), 1920, 1080);
  for (guint i = 0; i < (argc > 1 ? (guint) argc - 1 : G_N_ELEMENTS (usual)); i++)
    bench (GTK_WINDOW (window), argc > 1 ? (guint) CLAMP (atoi (argv[i + 1]), 3, 20000) : usual[i]);
  gtk_window_destroy (GTK_WINDOW (window));
  return 0;
}
