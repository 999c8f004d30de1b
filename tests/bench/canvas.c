/* Frame times of the canvas: pan, zoom, drag, and an edit, with many nodes.
 *
 *   canvas [NODES]      prints one line a gesture: median, 95th percentile and worst of the time
 * that a frame takes
 *
 * A frame is from the frame clock's "before-paint" to its "after-paint": gestures, layout,
 * snapshot, rendering; in processor time of the main thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <adwaita.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "engine/ops/ops.h"
#include "ui/build/canvas-private.h"

#define N_FRAMES 120

typedef struct
{
  WeftCanvas *canvas;
  const char *name;
  void (*step) (WeftCanvas *canvas, guint frame);
  GArray    *times_ms;
  gint64     began_us;
  guint      frame;
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
                                      i % 3 == 0   ? "dense"
                                      : i % 3 == 1 ? "tanh"
                                                   : "add",
                                      NULL, NULL, i % columns * 280.0, i / columns * 180.0, NULL);
  for (guint i = 1; i < n; i++)
    {
      g_autoptr (WeftPorts) from = weft_document_ports (document, uids[i - 1]);
      g_autoptr (WeftPorts) to = weft_document_ports (document, uids[i]);

      for (guint k = 0; k < to->n_inputs && from->n_outputs; k++)
        weft_document_connect (document, uids[i - 1], from->outputs[0].name, uids[i],
                               to->inputs[k].name, NULL);
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

  if (run->began_us && run->frame > 3)
    g_array_append_val (run->times_ms, ms);
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Run *run = data;

  if (run->frame == N_FRAMES)
    {
      g_main_loop_quit (run->loop);
      return G_SOURCE_REMOVE;
    }
  run->step (run->canvas, run->frame++);
  return G_SOURCE_CONTINUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static void
measure (WeftCanvas *canvas, const char *name, void (*step) (WeftCanvas *, guint))
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (canvas));
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  Run    run = { canvas, name, step, times, 0, 0, g_main_loop_new (NULL, FALSE) };
  gulong before = g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), &run);
  gulong after = g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), &run);
  gint64 began = g_get_monotonic_time ();
  double seconds;

  gtk_widget_add_tick_callback (GTK_WIDGET (canvas), tick_cb, &run, NULL);
  g_main_loop_run (run.loop);
  seconds = (double) (g_get_monotonic_time () - began) / 1e6;
  g_signal_handler_disconnect (clock, before);
  g_signal_handler_disconnect (clock, after);
  g_main_loop_unref (run.loop);
  g_array_sort (times, compare);
  g_print (
    "%-10s %4u nodes: median %5.1f ms, 95 %% %5.1f ms, worst %5.1f ms, %4.0f frames a second\n",
    name, canvas->order->len, g_array_index (times, double, times->len / 2),
    g_array_index (times, double, times->len * 95 / 100),
    g_array_index (times, double, times->len - 1), N_FRAMES / seconds);
}

int
main (int argc, char **argv)
{
  guint n = argc > 1 ? (guint) CLAMP (atoi (argv[1]), 3, 20000) : 1000;
  g_autoptr (WeftDocument) document = NULL;
  WeftTyping *typing;
  WeftCanvas *canvas = NULL;
  GtkWidget  *window;
  gint64      began;

  gtk_init ();
  adw_init ();
  weft_ops_init ();
  document = make_document (n);
  typing = weft_typing_new (document);
  canvas = weft_canvas_new ();
  window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (window), 1600, 1000);
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (canvas));
  began = g_get_monotonic_time ();
  weft_canvas_set_document (canvas, document, typing);
  g_print ("show       %4u nodes: %.0f ms\n", n, (double) (g_get_monotonic_time () - began) / 1000);
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (GTK_WIDGET (canvas)) <= 0 || !gtk_widget_get_mapped (window))
    g_main_context_iteration (NULL, TRUE);
  measure (canvas, "pan", pan);
  measure (canvas, "pan-far", pan_far);
  measure (canvas, "zoom", zoom);
  measure (canvas, "drag", drag);
  measure (canvas, "edit", edit);
  weft_canvas_set_document (canvas, NULL, NULL);
  gtk_window_destroy (GTK_WINDOW (window));
  weft_typing_free (typing);
  return 0;
}
