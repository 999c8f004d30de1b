/* The pen on a GtkSnapshot: cards become render nodes that GTK keeps while they do not change.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/pen-snapshot.h"

#include <math.h>

#include "ui/draw/wire-art.h"

/* A picture's pixels are enlarged to about this side by hand, as textures are otherwise smoothed.
 */
#define IMAGE_SIDE 96

GdkRGBA
weft_colour_to_rgba (WeftColour colour)
{
  return (GdkRGBA){ colour.red, colour.green, colour.blue, colour.alpha };
}

graphene_rect_t
weft_rect_to_graphene (WeftRect rect)
{
  return GRAPHENE_RECT_INIT ((float) rect.x, (float) rect.y, (float) rect.width,
                             (float) rect.height);
}

static GskRoundedRect
to_rounded (const WeftRect *rect, const WeftCorners *corners)
{
  GskRoundedRect  rounded;
  graphene_rect_t bounds = weft_rect_to_graphene (*rect);
  float           most = MIN (bounds.size.width, bounds.size.height) / 2;
  graphene_size_t size[4];

  for (guint i = 0; i < 4; i++)
    {
      float radius = CLAMP ((float) corners->radius[i], 0, most);

      size[i] = GRAPHENE_SIZE_INIT (radius, radius);
    }
  gsk_rounded_rect_init (&rounded, &bounds, &size[0], &size[1], &size[2], &size[3]);
  return rounded;
}

static void
snapshot_pen_fill_rect (WeftPen           *pen,
                        const WeftRect    *rect,
                        const WeftCorners *corners,
                        WeftColour         colour)
{
  GskRoundedRect rounded = to_rounded (rect, corners);
  GdkRGBA        rgba = weft_colour_to_rgba (colour);
  gboolean       square = gsk_rounded_rect_is_rectilinear (&rounded);

  if (!square)
    gtk_snapshot_push_rounded_clip (pen->target, &rounded);
  gtk_snapshot_append_color (pen->target, &rgba, &rounded.bounds);
  if (!square)
    gtk_snapshot_pop (pen->target);
}

static void
snapshot_pen_stroke_rect (WeftPen           *pen,
                          const WeftRect    *rect,
                          const WeftCorners *corners,
                          const WeftStroke  *stroke)
{
  GskRoundedRect rounded = to_rounded (rect, corners);
  GdkRGBA        rgba = weft_colour_to_rgba (stroke->colour);
  float          width = (float) stroke->width;

  if (stroke->dash != WEFT_DASH_NONE)
    {
      cairo_t *cr = gtk_snapshot_append_cairo (pen->target, &rounded.bounds);
      WeftPen  inner = weft_pen_for_cairo (cr);

      inner.back->stroke_rect (&inner, rect, corners, stroke);
      cairo_destroy (cr);
      return;
    }
  gtk_snapshot_append_border (pen->target, &rounded, (float[4]){ width, width, width, width },
                              (GdkRGBA[4]){ rgba, rgba, rgba, rgba });
}

static void
snapshot_pen_shadow (WeftPen           *pen,
                     const WeftRect    *rect,
                     const WeftCorners *corners,
                     WeftColour         colour,
                     double             dy,
                     double             blur)
{
  GskRoundedRect rounded = to_rounded (rect, corners);
  GdkRGBA        rgba = weft_colour_to_rgba (colour);

  gtk_snapshot_append_outset_shadow (pen->target, &rounded, &rgba, 0, (float) dy, 0, (float) blur);
}

static void
snapshot_pen_stroke_curves (WeftPen          *pen,
                            guint             n,
                            const WeftCurve  *curves,
                            const WeftStroke *stroke)
{
  WeftRect        all = weft_rect_grow (weft_curve_bounds (&curves[0]), stroke->width);
  graphene_rect_t bounds;
  cairo_t        *cr;
  WeftPen         inner;

  for (guint i = 1; i < n; i++)
    {
      WeftRect piece = weft_rect_grow (weft_curve_bounds (&curves[i]), stroke->width);

      all = weft_rect_union (&all, &piece);
    }
  bounds = weft_rect_to_graphene (all);
  cr = gtk_snapshot_append_cairo (pen->target, &bounds);
  inner = weft_pen_for_cairo (cr);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_FAST);
  inner.back->stroke_curves (&inner, n, curves, stroke);
  cairo_destroy (cr);
}

static void
snapshot_pen_layout (WeftPen *pen, PangoLayout *layout, double x, double y, WeftColour colour)
{
  GdkRGBA rgba = weft_colour_to_rgba (colour);

  gtk_snapshot_save (pen->target);
  gtk_snapshot_translate (pen->target, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_append_layout (pen->target, layout, &rgba);
  gtk_snapshot_restore (pen->target);
}

static void
snapshot_pen_push_clip (WeftPen *pen, const WeftRect *rect, const WeftCorners *corners)
{
  GskRoundedRect rounded = to_rounded (rect, corners);

  gtk_snapshot_push_rounded_clip (pen->target, &rounded);
}

static void
snapshot_pen_pop_clip (WeftPen *pen)
{
  gtk_snapshot_pop (pen->target);
}

static void
snapshot_pen_image (
  WeftPen *pen, const WeftRect *rect, const guint8 *grey, guint width, guint height)
{
  guint           times = MAX (1, IMAGE_SIDE / MAX (1, MAX (width, height)));
  gsize           stride = (gsize) width * times * 3;
  guint8         *rgb;
  graphene_rect_t bounds = weft_rect_to_graphene (*rect);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  if (width == 0 || height == 0)
    return;
  rgb = g_malloc (stride * height * times);
  for (gsize y = 0; y < (gsize) height * times; y++)
    for (gsize x = 0; x < (gsize) width * times; x++)
      for (guint k = 0; k < 3; k++)
        rgb[y * stride + x * 3 + k] = grey[y / times * width + x / times];
  bytes = g_bytes_new_take (rgb, stride * height * times);
  texture = gdk_memory_texture_new ((int) (width * times), (int) (height * times),
                                    GDK_MEMORY_R8G8B8, bytes, stride);
  gtk_snapshot_append_texture (pen->target, texture, &bounds);
}

static const WeftPenBack snapshot_back = {
  .fill_rect = snapshot_pen_fill_rect,
  .stroke_rect = snapshot_pen_stroke_rect,
  .shadow = snapshot_pen_shadow,
  .stroke_curves = snapshot_pen_stroke_curves,
  .layout = snapshot_pen_layout,
  .push_clip = snapshot_pen_push_clip,
  .pop_clip = snapshot_pen_pop_clip,
  .image = snapshot_pen_image,
};

/** weft_pen_for_snapshot: @snapshot is borrowed for the pen's life. */
WeftPen
weft_pen_for_snapshot (GtkSnapshot *snapshot)
{
  return (WeftPen){ &snapshot_back, snapshot };
}
