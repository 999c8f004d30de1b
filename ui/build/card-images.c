/* Cards as pictures: with the software renderer a card is drawn once for a zoom and copied in each
 * frame after that.
 *
 * Measured at 1920 x 1080 with 110 cards in view, zoom 0.6: a frame of a pan is 15 ms instead
 * of 40. While the zoom changes, pictures of a zoom nearby are stretched; when it rests they are
 * drawn anew, some in each frame. A card is put at a whole pixel, as text would blur between two.
 * With a GPU renderer cards are drawn by their widgets, whose render nodes GTK keeps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <math.h>

/* The zoom rests when it has not changed for so long. */
#define REST_US (120 * 1000)
/* Pictures that are drawn anew in one frame take about so long. */
#define REDRAW_US 5000
/* A picture is stretched by at most this. */
#define MOST_STRETCH 1.6
/* Beyond this many bytes those out of view are let go. */
#define MOST_BYTES (96u << 20)

/** weft_canvas_uses_images: whether cards are drawn from pictures: only the software renderer gains
 * by it. */
gboolean
weft_canvas_uses_images (WeftCanvas *canvas)
{
  GtkNative   *native = gtk_widget_get_native (GTK_WIDGET (canvas));
  GskRenderer *renderer = native ? gtk_native_get_renderer (native) : NULL;

  return renderer && GSK_IS_CAIRO_RENDERER (renderer);
}

static gsize
image_bytes (cairo_surface_t *image)
{
  return (gsize) cairo_image_surface_get_stride (image) *
         (gsize) cairo_image_surface_get_height (image);
}

/** weft_canvas_node_drop_image: of a card that goes, or looks different now. */
void
weft_canvas_node_drop_image (WeftCanvasNode *node)
{
  if (node->image)
    node->canvas->image_bytes -= image_bytes (node->image);
  g_clear_pointer (&node->image, cairo_surface_destroy);
  g_clear_pointer (&node->placed, gsk_render_node_unref);
}

/** weft_canvas_node_redraw: the card looks different now. */
void
weft_canvas_node_redraw (WeftCanvasNode *node)
{
  weft_canvas_node_drop_image (node);
  gtk_widget_queue_draw (GTK_WIDGET (node));
}

static void
draw_image (WeftCanvasNode *node, double scale)
{
  WeftCanvas  *canvas = node->canvas;
  WeftNodeLook look = node->look;
  int          width = MAX (1, (int) ceil (node->ink.width * scale) + 1);
  int          height = MAX (1, (int) ceil (node->ink.height * scale) + 1);
  cairo_t     *cr;
  WeftPen      pen;

  weft_canvas_node_drop_image (node);
  node->image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  node->image_scale = scale;
  canvas->image_bytes += image_bytes (node->image);
  cr = cairo_create (node->image);
  cairo_scale (cr, scale, scale);
  cairo_translate (cr, -node->ink.x, -node->ink.y);
  pen = weft_pen_for_cairo (cr);
  look.focused = gtk_widget_has_visible_focus (GTK_WIDGET (node));
  weft_node_art_draw (node->art, &pen, canvas->style, &look);
  cairo_destroy (cr);
}

/* The picture at @x, @y, in pixels of the device. The node is kept, so that GTK draws anew only
 * where cards change. */
static GskRenderNode *
place_image (WeftCanvasNode *node, double x, double y, double scale, int factor)
{
  double          stretch = scale / node->image_scale;
  double          width = cairo_image_surface_get_width (node->image) * stretch;
  double          height = cairo_image_surface_get_height (node->image) * stretch;
  graphene_rect_t bounds =
    GRAPHENE_RECT_INIT ((float) (x / factor), (float) (y / factor), (float) (width / factor),
                        (float) (height / factor));
  cairo_t *cr;

  if (node->placed && graphene_rect_equal (&bounds, &node->placed_at))
    return node->placed;
  g_clear_pointer (&node->placed, gsk_render_node_unref);
  node->placed = gsk_cairo_node_new (&bounds);
  node->placed_at = bounds;
  cr = gsk_cairo_node_get_draw_context (node->placed);
  cairo_scale (cr, 1.0 / factor, 1.0 / factor);
  cairo_translate (cr, x, y);
  if (stretch != 1)
    cairo_scale (cr, stretch, stretch);
  cairo_set_source_surface (cr, node->image, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr),
                            stretch == 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_BILINEAR);
  cairo_paint (cr);
  cairo_destroy (cr);
  return node->placed;
}

static gboolean
sharpen_cb (gpointer data)
{
  WeftCanvas *canvas = data;

  canvas->sharpen_id = 0;
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
  return G_SOURCE_REMOVE;
}

/* The picture of @node, drawn anew where it is missing, or stale and there is time until
 * @deadline_us. FALSE: it is stale still. */
static gboolean
refresh_image (WeftCanvasNode *node, double scale, gboolean resting, gint64 deadline_us)
{
  double stretch = node->image ? scale / node->image_scale : 0;

  if (stretch == 1)
    return TRUE;
  if (stretch > 1 / MOST_STRETCH && stretch < MOST_STRETCH &&
      (!resting || g_get_monotonic_time () > deadline_us))
    return FALSE;
  draw_image (node, scale);
  return TRUE;
}

static void
let_go (WeftCanvas *canvas, const WeftRect *view)
{
  for (guint i = 0; canvas->image_bytes > MOST_BYTES && i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect        box = weft_canvas_node_box (canvas, node);

      if (!weft_rect_overlaps (&box, view))
        weft_canvas_node_drop_image (node);
    }
}

/* Far away: a plain block a card, of whole pixels. */
static void
snapshot_blocks (WeftCanvas *canvas, GtkSnapshot *snapshot, const WeftRect *view)
{
  cairo_t *cr = gtk_snapshot_append_cairo (
    snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (GTK_WIDGET (canvas)),
                                   (float) gtk_widget_get_height (GTK_WIDGET (canvas))));
  WeftPen pen = weft_pen_for_cairo (cr);

  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  cairo_translate (cr, canvas->pan_x, canvas->pan_y);
  cairo_scale (cr, canvas->zoom, canvas->zoom);
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect        box = weft_canvas_node_box (canvas, node);

      if (!weft_rect_overlaps (&box, view))
        continue;
      cairo_save (cr);
      cairo_translate (cr, box.x - node->ink.x, box.y - node->ink.y);
      weft_node_art_draw (node->art, &pen, canvas->style, &node->look);
      cairo_restore (cr);
    }
  cairo_destroy (cr);
}

static void
snapshot_pictures (WeftCanvas *canvas, GtkSnapshot *snapshot, const WeftRect *view)
{
  int      factor = gtk_widget_get_scale_factor (GTK_WIDGET (canvas));
  double   scale = canvas->zoom * factor;
  gint64   now = g_get_monotonic_time ();
  gboolean resting, all = TRUE;

  if (canvas->image_zoom != scale)
    {
      canvas->image_zoom = scale;
      canvas->zoomed_us = now;
    }
  resting = now - canvas->zoomed_us >= REST_US;
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect        box = weft_canvas_node_box (canvas, node);

      if (!weft_rect_overlaps (&box, view))
        continue;
      all &= refresh_image (node, scale, resting, now + REDRAW_US);
      gtk_snapshot_append_node (
        snapshot, place_image (node, round (box.x * scale + canvas->pan_x * factor),
                               round (box.y * scale + canvas->pan_y * factor), scale, factor));
    }
  if (!all && canvas->sharpen_id == 0)
    canvas->sharpen_id = g_timeout_add (resting ? 1 : REST_US / 1000 + 10, sharpen_cb, canvas);
  let_go (canvas, view);
}

/**
 * weft_canvas_snapshot_images:
 * @canvas: the canvas
 * @snapshot: in pixels of the canvas
 *
 * Appends the cards in view, as pictures.
 */
void
weft_canvas_snapshot_images (WeftCanvas *canvas, GtkSnapshot *snapshot)
{
  WeftRect view = weft_canvas_viewport (canvas);

  if (canvas->detail >= WEFT_DETAIL_BLOCK)
    snapshot_blocks (canvas, snapshot, &view);
  else
    snapshot_pictures (canvas, snapshot, &view);
}
