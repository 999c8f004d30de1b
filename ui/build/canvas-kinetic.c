/* A view that was thrown goes on by itself, slower and slower: after a drag that pans, and after
 * two fingers on a touchpad.
 *
 * Whoever wants less motion sees none of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <adwaita.h>
#include <math.h>

/* The speed falls to a third in this time, as lists of GTK do. */
#define SLOWING_S 0.325
#define SLOWEST_PX 20 /* a second */
/* How fast the hand was is told by where it was so long before it let go. */
#define LOOK_BACK_US 80000
/* A hand that rests so long throws nothing. */
#define REST_US 60000

void
weft_canvas_stop_fling (WeftCanvas *canvas)
{
  if (canvas->fling_tick)
    gtk_widget_remove_tick_callback (GTK_WIDGET (canvas), canvas->fling_tick);
  canvas->fling_tick = 0;
}

static gboolean
fling_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);
  gint64      now = gdk_frame_clock_get_frame_time (clock);
  double      passed = (double) (now - canvas->fling_us) / G_USEC_PER_SEC;
  double      left = exp (-MAX (passed, 0) / SLOWING_S);
  double      dx = canvas->fling_x * SLOWING_S * (1 - left);
  double      dy = canvas->fling_y * SLOWING_S * (1 - left);

  canvas->fling_us = MAX (now, canvas->fling_us);
  canvas->fling_x *= left;
  canvas->fling_y *= left;
  weft_canvas_set_view (canvas, canvas->pan_x + dx, canvas->pan_y + dy, canvas->zoom);
  if (hypot (canvas->fling_x, canvas->fling_y) >= SLOWEST_PX)
    return G_SOURCE_CONTINUE;
  canvas->fling_tick = 0;
  return G_SOURCE_REMOVE;
}

/**
 * weft_canvas_fling:
 * @x: speed to the right, pixels of the view a second
 * @y: speed downwards
 */
void
weft_canvas_fling (WeftCanvas *canvas, double x, double y)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (canvas));

  weft_canvas_stop_fling (canvas);
  if (!clock || !adw_get_enable_animations (GTK_WIDGET (canvas)) || hypot (x, y) < SLOWEST_PX)
    return;
  canvas->fling_x = x;
  canvas->fling_y = y;
  canvas->fling_us = gdk_frame_clock_get_frame_time (clock);
  canvas->fling_tick = gtk_widget_add_tick_callback (GTK_WIDGET (canvas), fling_cb, NULL, NULL);
}

/* Where a hand that pans is: what it is thrown with is measured from that. */
void
weft_canvas_track_hand (WeftCanvas *canvas, double view_x, double view_y, gint64 now_us)
{
  WeftDrag *drag = &canvas->drag;

  drag->track[drag->n_track++ % WEFT_N_TRACK] = (WeftTrack){ now_us, view_x, view_y };
}

/* The hand that panned let go. */
void
weft_canvas_throw (WeftCanvas *canvas, gint64 now_us)
{
  const WeftDrag  *drag = &canvas->drag;
  const WeftTrack *last, *first = NULL;

  if (drag->n_track < 2)
    return;
  last = &drag->track[(drag->n_track - 1) % WEFT_N_TRACK];
  for (guint k = 2; k <= MIN (drag->n_track, WEFT_N_TRACK); k++)
    {
      const WeftTrack *at = &drag->track[(drag->n_track - k) % WEFT_N_TRACK];

      if (now_us - at->time_us <= LOOK_BACK_US)
        first = at;
    }
  if (!first || now_us - last->time_us > REST_US || last->time_us <= first->time_us)
    return;
  weft_canvas_fling (
    canvas, (last->x - first->x) * G_USEC_PER_SEC / (double) (last->time_us - first->time_us),
    (last->y - first->y) * G_USEC_PER_SEC / (double) (last->time_us - first->time_us));
}
