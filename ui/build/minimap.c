/* The whole document in a corner: cards as blocks, the view as a frame. Press or drag to go there.
 *
 * It is not shown while everything fits into the view.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define WIDTH 110
#define HEIGHT 84
#define INSET 8
#define WHEEL_STEP 1.15
#define MAX_INKS 64 /* more than there are families */

struct _WeftMinimap
{
  GtkWidget parent_instance;

  /* Borrowed */
  WeftCanvas *canvas;

  /* Plain values */
  double drag_x, drag_y;
  double x, y; /* the pointer */
};

G_DEFINE_FINAL_TYPE (WeftMinimap, weft_minimap, GTK_TYPE_WIDGET)

/* Document to minimap: the cards and the view together fill it. */
static double
map_scale (WeftMinimap *minimap, WeftRect *shown)
{
  WeftRect all = weft_canvas_bounds (minimap->canvas, FALSE);
  WeftRect view = weft_canvas_viewport (minimap->canvas);
  double   scale;

  *shown = weft_rect_union (&all, &view);
  if (shown->width <= 0 || shown->height <= 0)
    return 0;
  scale = MIN ((WIDTH - 2.0 * INSET) / shown->width, (HEIGHT - 2.0 * INSET) / shown->height);
  shown->x -= (WIDTH / scale - shown->width) / 2;
  shown->y -= (HEIGHT / scale - shown->height) / 2;
  return scale;
}

static WeftRect
to_map (WeftRect rect, const WeftRect *shown, double scale)
{
  return (WeftRect){ (rect.x - shown->x) * scale, (rect.y - shown->y) * scale, rect.width * scale,
                     rect.height * scale };
}

static gboolean
everything_fits (WeftCanvas *canvas)
{
  WeftRect all = weft_canvas_bounds (canvas, FALSE);
  WeftRect view = weft_canvas_viewport (canvas);

  return all.width <= 0 || (weft_rect_contains (&view, all.x, all.y) &&
                            weft_rect_contains (&view, all.x + all.width, all.y + all.height));
}

WeftColour
weft_minimap_card_colour (WeftCanvas *canvas, const WeftCanvasNode *node)
{
  WeftThemeKind theme = canvas->style->theme;

  if (node->art->problem && !node->art->incomplete)
    return weft_theme_colour (theme, WEFT_ROLE_ERROR);
  if (!canvas->running)
    return weft_theme_family (theme, node->art->family);
  if (g_hash_table_contains (canvas->running, GUINT_TO_POINTER (node->uid)))
    return weft_theme_colour (theme, WEFT_ROLE_ACCENT);
  return weft_colour_fade (weft_theme_family (theme, node->art->family), 0.4);
}

/* One fill a colour: the map is drawn anew in each frame of a pan, with every card of the document.
 */
static void
snapshot_cards (WeftCanvas *canvas, GtkSnapshot *snapshot, const WeftRect *shown, double scale)
{
  cairo_t               *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, WIDTH, HEIGHT));
  g_autofree WeftColour *colours = g_new (WeftColour, canvas->order->len + 1);
  WeftColour             inks[MAX_INKS];
  guint                  n_inks = 0;

  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  for (guint i = 0; i < canvas->order->len; i++)
    {
      guint k = 0;

      colours[i] = weft_minimap_card_colour (canvas, canvas->order->pdata[i]);
      while (k < n_inks && memcmp (&inks[k], &colours[i], sizeof inks[k]) != 0)
        k++;
      if (k == n_inks && n_inks < MAX_INKS)
        inks[n_inks++] = colours[i];
    }
  for (guint k = 0; k < n_inks; k++)
    {
      for (guint i = 0; i < canvas->order->len; i++)
        {
          const WeftCanvasNode *node = canvas->order->pdata[i];
          WeftRect              card = { node->x, node->y, node->art->width, node->art->height };

          if (memcmp (&inks[k], &colours[i], sizeof inks[k]) != 0)
            continue;
          card = to_map (card, shown, scale);
          cairo_rectangle (cr, card.x, card.y, MAX (card.width, 1), MAX (card.height, 1));
        }
      cairo_set_source_rgba (cr, inks[k].red, inks[k].green, inks[k].blue, inks[k].alpha);
      cairo_fill (cr);
    }
  cairo_destroy (cr);
}

static void
weft_minimap_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftMinimap  *minimap = WEFT_MINIMAP (widget);
  WeftCanvas   *canvas = minimap->canvas;
  WeftThemeKind theme = canvas->style->theme;
  WeftPen       pen = weft_pen_for_snapshot (snapshot);
  WeftRect      frame = { 0, 0, WIDTH, HEIGHT };
  WeftRect      shown, view;
  double        scale = map_scale (minimap, &shown);

  if (scale <= 0 || everything_fits (canvas))
    return;
  weft_pen_fill (&pen, frame, 6, weft_theme_colour (theme, WEFT_ROLE_CARD));
  snapshot_cards (canvas, snapshot, &shown, scale);
  view = weft_canvas_viewport (canvas);
  weft_pen_border (&pen, to_map (view, &shown, scale), 2,
                   (WeftStroke){ weft_theme_colour (theme, WEFT_ROLE_ACCENT), 1.2 });
  weft_pen_border (&pen, frame, 6,
                   (WeftStroke){ weft_theme_colour (theme, WEFT_ROLE_CARD_BORDER), 1 });
}

/* Under it the canvas must stay reachable while it shows nothing. */
static gboolean
weft_minimap_contains (GtkWidget *widget, double x, double y)
{
  return x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT &&
         !everything_fits (WEFT_MINIMAP (widget)->canvas);
}

void
weft_minimap_go_to (WeftMinimap *minimap, double x, double y)
{
  WeftCanvas *canvas = minimap->canvas;
  WeftRect    shown;
  double      scale = map_scale (minimap, &shown);

  if (scale <= 0)
    return;
  weft_canvas_stop_fling (canvas);
  x = shown.x + x / scale;
  y = shown.y + y / scale;
  weft_canvas_set_view (canvas, gtk_widget_get_width (GTK_WIDGET (canvas)) / 2.0 - x * canvas->zoom,
                        gtk_widget_get_height (GTK_WIDGET (canvas)) / 2.0 - y * canvas->zoom,
                        canvas->zoom);
}

static void
begin_cb (GtkGestureDrag *gesture, double x, double y, WeftMinimap *minimap)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  minimap->drag_x = x;
  minimap->drag_y = y;
  weft_minimap_go_to (minimap, x, y);
}

static void
update_cb (GtkGestureDrag *gesture, double dx, double dy, WeftMinimap *minimap)
{
  weft_minimap_go_to (minimap, CLAMP (minimap->drag_x + dx, 0, WIDTH),
                      CLAMP (minimap->drag_y + dy, 0, HEIGHT));
}

/* The wheel zooms around what is under the pointer in the overview. */
static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, WeftMinimap *minimap)
{
  WeftCanvas *canvas = minimap->canvas;
  WeftRect    shown;
  double      scale = map_scale (minimap, &shown), view_x, view_y;

  if (scale <= 0)
    return GDK_EVENT_PROPAGATE;
  weft_canvas_to_view (canvas, shown.x + minimap->x / scale, shown.y + minimap->y / scale, &view_x,
                       &view_y);
  weft_canvas_zoom_at (canvas, pow (WHEEL_STEP, -dy), view_x, view_y);
  return GDK_EVENT_STOP;
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, WeftMinimap *minimap)
{
  minimap->x = x;
  minimap->y = y;
}

static void
weft_minimap_measure (GtkWidget     *widget,
                      GtkOrientation orientation,
                      int            for_size,
                      int           *minimum,
                      int           *natural,
                      int           *minimum_baseline,
                      int           *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

static void
weft_minimap_class_init (WeftMinimapClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  widget_class->snapshot = weft_minimap_snapshot;
  widget_class->contains = weft_minimap_contains;
  widget_class->measure = weft_minimap_measure;
  gtk_widget_class_set_css_name (widget_class, "weftminimap");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
weft_minimap_init (WeftMinimap *minimap)
{
  GtkGesture         *drag = gtk_gesture_drag_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll =
    gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);

  g_signal_connect (motion, "enter", G_CALLBACK (motion_cb), minimap);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), minimap);
  gtk_widget_add_controller (GTK_WIDGET (minimap), motion);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), minimap);
  gtk_widget_add_controller (GTK_WIDGET (minimap), scroll);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (begin_cb), minimap);
  g_signal_connect (drag, "drag-update", G_CALLBACK (update_cb), minimap);
  gtk_widget_add_controller (GTK_WIDGET (minimap), GTK_EVENT_CONTROLLER (drag));
  gtk_accessible_update_property (GTK_ACCESSIBLE (minimap), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Overview of the canvas"), -1);
}

/* Floating. */
GtkWidget *
weft_minimap_new (WeftCanvas *canvas)
{
  WeftMinimap *minimap = g_object_new (WEFT_TYPE_MINIMAP, NULL);

  minimap->canvas = canvas;
  return GTK_WIDGET (minimap);
}
