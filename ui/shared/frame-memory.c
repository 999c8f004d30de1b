/* Frames that the processor draws reach an X server through memory that is kept.
 *
 * Cairo hands a picture to the server in shared memory, in a pool that it frees as soon as nothing
 * lies in it: so each frame of a large window made a new segment, touched its pages for the first
 * time, and gave it back. That was four tenths of a frame's time (1920 x 1080, 1 000 nodes: 15 ms).
 * A small picture that lies in the pool for good keeps it there.
 *
 * Elsewhere than with X and the software renderer it does nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/frame-memory.h"

#ifdef WEFT_WITH_X11
#include <cairo-xlib.h>
#include <gdk/x11/gdkx.h>

/* Smaller pictures do not go into the pool. */
#define ANCHOR_PX 64

/* The size of the monitor that @surface is on, in pixels of the device. */
static void
monitor_size (GdkSurface *surface, int *width, int *height)
{
  GdkMonitor *monitor =
    gdk_display_get_monitor_at_surface (gdk_surface_get_display (surface), surface);
  int          factor = gdk_surface_get_scale_factor (surface);
  GdkRectangle at = { .width = gdk_surface_get_width (surface),
                      .height = gdk_surface_get_height (surface) };

  if (monitor)
    gdk_monitor_get_geometry (monitor, &at);
  *width = MAX (1, at.width * factor);
  *height = MAX (1, at.height * factor);
}

static void
realized_cb (GtkWidget *window)
{
  static const cairo_user_data_key_t key;
  GdkSurface                        *surface = gtk_native_get_surface (GTK_NATIVE (window));
  Display                           *display;
  cairo_surface_t                   *on_screen, *frame, *anchor;
  int                                width, height;

  if (!GDK_IS_X11_SURFACE (surface) ||
      !GSK_IS_CAIRO_RENDERER (gtk_native_get_renderer (GTK_NATIVE (window))))
    return;
  monitor_size (surface, &width, &height);
  display = gdk_x11_display_get_xdisplay (gdk_surface_get_display (surface));
  on_screen =
    cairo_xlib_surface_create (display, gdk_x11_surface_get_xid (surface),
                               DefaultVisual (display, DefaultScreen (display)), width, height);
  /* The size of the first picture is that of the pool. */
  frame = cairo_surface_create_similar_image (on_screen, CAIRO_FORMAT_ARGB32, width, height);
  anchor =
    cairo_surface_create_similar_image (on_screen, CAIRO_FORMAT_ARGB32, ANCHOR_PX, ANCHOR_PX);
  cairo_device_set_user_data (cairo_surface_get_device (on_screen), &key, anchor,
                              (cairo_destroy_func_t) cairo_surface_destroy);
  cairo_surface_destroy (frame);
  cairo_surface_destroy (on_screen);
}
#endif

/**
 * weft_keep_frame_memory:
 * @window: a window, not shown yet
 *
 * From its first frame on the memory that its frames pass through is kept.
 */
void
weft_keep_frame_memory (GtkWidget *window)
{
#ifdef WEFT_WITH_X11
  g_signal_connect (window, "realize", G_CALLBACK (realized_cb), NULL);
#endif
}
