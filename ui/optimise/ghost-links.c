/* Drawing of the lines between the panes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/ghost-links.h"

#include <adwaita.h>
#include <math.h>

#include "ui/build/pen-snapshot.h"
#include "ui/shared/settings.h"

#define GAP_PX 8     /* between a box and the end of its line */
#define BUNDLE_PX 46 /* from the boxes to where their lines meet */
#define BOW 0.08     /* how high the line rises, of its length */
#define MAX_ENDS 24  /* of a side: more would be a surface, not lines */

struct _WeftGhostLinks
{
  GtkWidget parent_instance;

  /* Weak */
  WeftGraphPane *panes[2];

  /* Owned */
  GArray *ends[2]; /* guint */
};

G_DEFINE_FINAL_TYPE (WeftGhostLinks, weft_ghost_links, GTK_TYPE_WIDGET)

/* Where the lines of one side end: in the middle of the sides that face each other; boxes out of
 * sight have none. */
static guint
find_ends (WeftGhostLinks *links, guint side, WeftPoint *ends)
{
  WeftGraphPane  *pane = links->panes[side];
  guint           n = 0;
  graphene_rect_t bounds;

  if (!pane || !gtk_widget_compute_bounds (GTK_WIDGET (pane), GTK_WIDGET (links), &bounds))
    return 0;
  for (guint i = 0; i < links->ends[side]->len && n < MAX_ENDS; i++)
    {
      graphene_rect_t rect;
      WeftPoint       end;

      if (!weft_graph_pane_get_rect (pane, g_array_index (links->ends[side], guint, i), &rect))
        continue;
      end.x = bounds.origin.x + rect.origin.x + (side == 0 ? rect.size.width + GAP_PX : -GAP_PX);
      end.y = bounds.origin.y + rect.origin.y + rect.size.height / 2;
      if (end.x >= bounds.origin.x && end.x <= bounds.origin.x + bounds.size.width &&
          end.y >= bounds.origin.y && end.y <= bounds.origin.y + bounds.size.height)
        ends[n++] = end;
    }
  return n;
}

/* Where the lines of a side meet; one line alone meets nothing. */
static WeftPoint
find_knot (const WeftPoint *ends, guint n, double direction)
{
  WeftPoint knot = { ends[0].x, 0 };

  for (guint i = 0; i < n; i++)
    {
      knot.x = direction > 0 ? MAX (knot.x, ends[i].x) : MIN (knot.x, ends[i].x);
      knot.y += ends[i].y / n;
    }
  if (n > 1)
    knot.x += direction * BUNDLE_PX;
  return knot;
}

static void
draw_line (WeftPen *pen, WeftPoint from, WeftPoint to, double bow, WeftStroke stroke)
{
  double    reach = (to.x - from.x) / 3;
  WeftCurve curve = {
    { from, { from.x + reach, from.y - bow }, { to.x - reach, to.y - bow }, to }
  };

  weft_pen_curve (pen, &curve, stroke);
}

static void
weft_ghost_links_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftGhostLinks *links = WEFT_GHOST_LINKS (widget);
  WeftThemeKind   theme = weft_settings_get_theme ();
  WeftPoint       ends[2][MAX_ENDS], knots[2];
  guint           n[2];
  WeftPen         pen;
  cairo_t        *cr;
  WeftStroke      stroke = { weft_theme_colour (theme, WEFT_ROLE_ACCENT),
                        theme >= WEFT_THEME_CONTRAST_LIGHT ? 2.4 : 1.6, WEFT_DASH_LONG };

  for (guint side = 0; side < 2; side++)
    n[side] = find_ends (links, side, ends[side]);
  if (n[0] == 0 || n[1] == 0)
    return;
  cr = gtk_snapshot_append_cairo (snapshot,
                                  &GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget),
                                                       gtk_widget_get_height (widget)));
  pen = weft_pen_for_cairo (cr);
  for (guint side = 0; side < 2; side++)
    {
      knots[side] = find_knot (ends[side], n[side], side == 0 ? 1 : -1);
      for (guint i = 0; i < n[side]; i++)
        {
          if (n[side] > 1)
            draw_line (&pen, side == 0 ? ends[side][i] : knots[side],
                       side == 0 ? knots[side] : ends[side][i], 0, stroke);
          weft_pen_disc (&pen, ends[side][i].x, ends[side][i].y, 2.6, stroke.colour);
        }
    }
  draw_line (&pen, knots[0], knots[1],
             BOW * hypot (knots[1].x - knots[0].x, knots[1].y - knots[0].y), stroke);
  cairo_destroy (cr);
}

static void
weft_ghost_links_dispose (GObject *object)
{
  WeftGhostLinks *links = WEFT_GHOST_LINKS (object);

  for (guint side = 0; side < 2; side++)
    g_clear_weak_pointer (&links->panes[side]);
  G_OBJECT_CLASS (weft_ghost_links_parent_class)->dispose (object);
}

static void
weft_ghost_links_finalize (GObject *object)
{
  WeftGhostLinks *links = WEFT_GHOST_LINKS (object);

  for (guint side = 0; side < 2; side++)
    g_array_unref (links->ends[side]);
  G_OBJECT_CLASS (weft_ghost_links_parent_class)->finalize (object);
}

static void
weft_ghost_links_class_init (WeftGhostLinksClass *class)
{
  G_OBJECT_CLASS (class)->dispose = weft_ghost_links_dispose;
  G_OBJECT_CLASS (class)->finalize = weft_ghost_links_finalize;
  GTK_WIDGET_CLASS (class)->snapshot = weft_ghost_links_snapshot;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "weftghosts");
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (class),
                                        GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
weft_ghost_links_init (WeftGhostLinks *links)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  for (guint side = 0; side < 2; side++)
    links->ends[side] = g_array_new (FALSE, FALSE, sizeof (guint));
  gtk_widget_set_can_target (GTK_WIDGET (links), FALSE);
  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), links,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw),
                           links, G_CONNECT_SWAPPED);
}

/** weft_ghost_links_new: without lines yet. Floating. */
WeftGhostLinks *
weft_ghost_links_new (WeftGraphPane *left, WeftGraphPane *right)
{
  WeftGhostLinks *links = g_object_new (WEFT_TYPE_GHOST_LINKS, NULL);

  g_set_weak_pointer (&links->panes[0], left);
  g_set_weak_pointer (&links->panes[1], right);
  for (guint side = 0; side < 2; side++)
    g_signal_connect_object (links->panes[side], "view-changed",
                             G_CALLBACK (gtk_widget_queue_draw), links, G_CONNECT_SWAPPED);
  return links;
}

/** weft_ghost_links_set: from what to what. */
void
weft_ghost_links_set (WeftGhostLinks *links, const GArray *from, const GArray *to)
{
  const GArray *sides[2] = { from, to };

  g_return_if_fail (WEFT_IS_GHOST_LINKS (links));
  for (guint side = 0; side < 2; side++)
    {
      g_array_set_size (links->ends[side], 0);
      if (sides[side] && sides[side]->len > 0)
        g_array_append_vals (links->ends[side], sides[side]->data, sides[side]->len);
    }
  gtk_widget_queue_draw (GTK_WIDGET (links));
}
