/* The pen on a Cairo context: files, and the wires of the canvas.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/pen.h"

#include <math.h>
#include <pango/pangocairo.h>

/* A blurred shadow as a stack of translucent rectangles: vector files have no blur. */
#define SHADOW_STEPS 4

static void
set_colour (cairo_t *cr, WeftColour colour)
{
  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, colour.alpha);
}

static void
path_rect (cairo_t *cr, const WeftRect *rect, const WeftCorners *corners, double inset)
{
  double x = rect->x + inset;
  double y = rect->y + inset;
  double right = rect->x + rect->width - inset;
  double bottom = rect->y + rect->height - inset;
  double most = MAX (0, MIN (right - x, bottom - y) / 2);
  double r[4];

  for (guint i = 0; i < 4; i++)
    r[i] = CLAMP (corners->radius[i] - inset, 0, most);
  cairo_new_sub_path (cr);
  cairo_arc (cr, x + r[0], y + r[0], r[0], G_PI, 1.5 * G_PI);
  cairo_arc (cr, right - r[1], y + r[1], r[1], 1.5 * G_PI, 2 * G_PI);
  cairo_arc (cr, right - r[2], bottom - r[2], r[2], 0, 0.5 * G_PI);
  cairo_arc (cr, x + r[3], bottom - r[3], r[3], 0.5 * G_PI, G_PI);
  cairo_close_path (cr);
}

static void
set_stroke (cairo_t *cr, const WeftStroke *stroke)
{
  static const double dashes[] = { 7, 4 };
  static const double dots[] = { 2, 3.5 };

  set_colour (cr, stroke->colour);
  cairo_set_line_width (cr, stroke->width);
  if (stroke->dash == WEFT_DASH_LONG)
    cairo_set_dash (cr, dashes, 2, 0);
  else if (stroke->dash == WEFT_DASH_DOTS)
    cairo_set_dash (cr, dots, 2, 0);
  else
    cairo_set_dash (cr, NULL, 0, 0);
}

static void
cairo_pen_fill_rect (WeftPen           *pen,
                     const WeftRect    *rect,
                     const WeftCorners *corners,
                     WeftColour         colour)
{
  path_rect (pen->target, rect, corners, 0);
  set_colour (pen->target, colour);
  cairo_fill (pen->target);
}

static void
cairo_pen_stroke_rect (WeftPen           *pen,
                       const WeftRect    *rect,
                       const WeftCorners *corners,
                       const WeftStroke  *stroke)
{
  path_rect (pen->target, rect, corners, stroke->width / 2);
  set_stroke (pen->target, stroke);
  cairo_stroke (pen->target);
}

static void
cairo_pen_shadow (WeftPen           *pen,
                  const WeftRect    *rect,
                  const WeftCorners *corners,
                  WeftColour         colour,
                  double             dy,
                  double             blur)
{
  colour.alpha /= SHADOW_STEPS;
  set_colour (pen->target, colour);
  for (guint i = 0; i < SHADOW_STEPS; i++)
    {
      double      grow = blur / 2 * (2.0 * i / (SHADOW_STEPS - 1) - 1);
      WeftRect    wider = weft_rect_grow (*rect, grow);
      WeftCorners rounder = *corners;

      for (guint k = 0; k < 4; k++)
        rounder.radius[k] = MAX (0, rounder.radius[k] + grow);
      wider.y += dy;
      path_rect (pen->target, &wider, &rounder, 0);
      cairo_fill (pen->target);
    }
}

static void
cairo_pen_stroke_curves (WeftPen *pen, guint n, const WeftCurve *curves, const WeftStroke *stroke)
{
  cairo_move_to (pen->target, curves[0].p[0].x, curves[0].p[0].y);
  for (guint i = 0; i < n; i++)
    {
      const WeftPoint *p = curves[i].p;

      cairo_curve_to (pen->target, p[1].x, p[1].y, p[2].x, p[2].y, p[3].x, p[3].y);
    }
  set_stroke (pen->target, stroke);
  cairo_stroke (pen->target);
}

static void
cairo_pen_layout (WeftPen *pen, PangoLayout *layout, double x, double y, WeftColour colour)
{
  set_colour (pen->target, colour);
  cairo_move_to (pen->target, x, y);
  pango_cairo_show_layout (pen->target, layout);
}

static void
cairo_pen_push_clip (WeftPen *pen, const WeftRect *rect, const WeftCorners *corners)
{
  cairo_save (pen->target);
  path_rect (pen->target, rect, corners, 0);
  cairo_clip (pen->target);
}

static void
cairo_pen_pop_clip (WeftPen *pen)
{
  cairo_restore (pen->target);
}

static void
cairo_pen_image (WeftPen *pen, const WeftRect *rect, const guint8 *grey, guint width, guint height)
{
  cairo_t         *cr = pen->target;
  cairo_surface_t *surface =
    cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) width, (int) height);
  guint8 *data = cairo_image_surface_get_data (surface);
  int     stride = cairo_image_surface_get_stride (surface);

  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS || width == 0 || height == 0)
    {
      cairo_surface_destroy (surface);
      return;
    }
  cairo_surface_flush (surface);
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      ((guint32 *) (gpointer) (data + y * (gsize) stride))[x] =
        grey[y * (gsize) width + x] * 0x010101u;
  cairo_surface_mark_dirty (surface);
  cairo_save (cr);
  cairo_translate (cr, rect->x, rect->y);
  cairo_scale (cr, rect->width / width, rect->height / height);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_fill (cr);
  cairo_restore (cr);
  cairo_surface_destroy (surface);
}

static const WeftPenBack cairo_back = {
  .fill_rect = cairo_pen_fill_rect,
  .stroke_rect = cairo_pen_stroke_rect,
  .shadow = cairo_pen_shadow,
  .stroke_curves = cairo_pen_stroke_curves,
  .layout = cairo_pen_layout,
  .push_clip = cairo_pen_push_clip,
  .pop_clip = cairo_pen_pop_clip,
  .image = cairo_pen_image,
};

/** weft_pen_for_cairo: @cr is borrowed for the pen's life. */
WeftPen
weft_pen_for_cairo (cairo_t *cr)
{
  return (WeftPen){ &cairo_back, cr };
}
