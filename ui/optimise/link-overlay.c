/* Lines across both panes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/link-overlay.h"

#include "ui/shared/settings.h"

#include <math.h>

/* More lines than this say nothing any more. */
#define MAX_LINES 24
/* How far a line bows upwards, as a share of its length. */
#define BOW 0.12

struct _WeftLinkOverlay
{
  GtkWidget parent_instance;

  /* Borrowed */
  WeftGraphPane *panes[2];

  /* Owned */
  GArray *ends[2]; /* guint */
};

G_DEFINE_FINAL_TYPE (WeftLinkOverlay, weft_link_overlay, GTK_TYPE_WIDGET)

/* Where @apply stands in the overlay; FALSE: out of its pane's sight. */
static gboolean
find_rect (WeftLinkOverlay *overlay, guint pane, guint apply, graphene_rect_t *rect)
{
  GtkWidget       *widget = GTK_WIDGET (overlay->panes[pane]);
  graphene_point_t corner, middle;
  if (!weft_graph_pane_get_rect (overlay->panes[pane], apply, rect))
    return FALSE;
  graphene_rect_get_center (rect, &middle);
  if (middle.x < 0 || middle.y < 0 || middle.x > gtk_widget_get_width (widget) ||
      middle.y > gtk_widget_get_height (widget))
    return FALSE;
  if (!gtk_widget_compute_point (widget, GTK_WIDGET (overlay), &GRAPHENE_POINT_INIT (0, 0), &corner))
    return FALSE;
  graphene_rect_offset (rect, corner.x, corner.y);
  return TRUE;
}

/* From the side of one box that looks towards the other. */
static void
draw_line (cairo_t *cr, const graphene_rect_t *a, const graphene_rect_t *b)
{
  gboolean onwards = a->origin.x < b->origin.x;
  double   x0 = a->origin.x + (onwards ? a->size.width + 4 : -4);
  double   x1 = b->origin.x + (onwards ? -4 : b->size.width + 4);
  double   y0 = a->origin.y + a->size.height / 2, y1 = b->origin.y + b->size.height / 2;
  double   bow = BOW * hypot (x1 - x0, y1 - y0);
  cairo_move_to (cr, x0, y0);
  cairo_curve_to (cr, x0 + (x1 - x0) / 3, y0 - bow, x1 - (x1 - x0) / 3, y1 - bow, x1, y1);
  cairo_stroke (cr);
}

static void
draw_lines (WeftLinkOverlay *overlay, cairo_t *cr)
{
  guint n = 0;
  for (guint i = 0; i < overlay->ends[0]->len; i++)
    for (guint k = 0; k < overlay->ends[1]->len && n < MAX_LINES; k++)
      {
        graphene_rect_t a, b;
        if (!find_rect (overlay, 0, g_array_index (overlay->ends[0], guint, i), &a) ||
            !find_rect (overlay, 1, g_array_index (overlay->ends[1], guint, k), &b))
          continue;
        draw_line (cr, &a, &b);
        n++;
      }
}

static void
weft_link_overlay_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  static const double DASH[] = { 5, 4 };
  WeftLinkOverlay    *overlay = WEFT_LINK_OVERLAY (widget);
  WeftColour          colour = weft_theme_colour (weft_settings_get_theme (), WEFT_ROLE_ACCENT);
  int                 width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  if (overlay->ends[0]->len == 0 || overlay->ends[1]->len == 0 || width <= 0 || height <= 0)
    return;
  cairo_t *cr =
    gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, colour.alpha);
  cairo_set_line_width (cr, 1.5);
  cairo_set_dash (cr, DASH, G_N_ELEMENTS (DASH), 0);
  draw_lines (overlay, cr);
  cairo_destroy (cr);
}

/**
 * weft_link_overlay_set:
 * @overlay: an overlay
 * @from: (nullable): guint, applications of the first pane
 * @to: (nullable): guint, applications of the other
 */
void
weft_link_overlay_set (WeftLinkOverlay *overlay, const GArray *from, const GArray *to)
{
  const GArray *given[] = { from, to };
  for (guint i = 0; i < 2; i++)
    {
      g_array_set_size (overlay->ends[i], 0);
      if (given[i] != NULL && given[i]->len > 0)
        g_array_append_vals (overlay->ends[i], given[i]->data, given[i]->len);
    }
  gtk_widget_queue_draw (GTK_WIDGET (overlay));
}

static void
weft_link_overlay_finalize (GObject *object)
{
  WeftLinkOverlay *overlay = WEFT_LINK_OVERLAY (object);
  g_array_unref (overlay->ends[0]);
  g_array_unref (overlay->ends[1]);
  G_OBJECT_CLASS (weft_link_overlay_parent_class)->finalize (object);
}

static void
weft_link_overlay_class_init (WeftLinkOverlayClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_link_overlay_finalize;
  GTK_WIDGET_CLASS (klass)->snapshot = weft_link_overlay_snapshot;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
weft_link_overlay_init (WeftLinkOverlay *overlay)
{
  gtk_widget_set_can_target (GTK_WIDGET (overlay), FALSE);
  gtk_widget_set_can_focus (GTK_WIDGET (overlay), FALSE);
  for (guint i = 0; i < 2; i++)
    overlay->ends[i] = g_array_new (FALSE, FALSE, sizeof (guint));
}

/**
 * weft_link_overlay_new:
 * @from: a pane
 * @to: another
 *
 * Returns: (transfer floating): an overlay for a widget that holds both
 */
WeftLinkOverlay *
weft_link_overlay_new (WeftGraphPane *from, WeftGraphPane *to)
{
  WeftLinkOverlay *overlay = g_object_new (WEFT_TYPE_LINK_OVERLAY, NULL);
  overlay->panes[0] = from;
  overlay->panes[1] = to;
  g_signal_connect_object (from, "view-changed", G_CALLBACK (gtk_widget_queue_draw), overlay,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (to, "view-changed", G_CALLBACK (gtk_widget_queue_draw), overlay,
                           G_CONNECT_SWAPPED);
  return overlay;
}
