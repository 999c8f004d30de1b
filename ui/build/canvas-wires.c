/* The world: the plane that pans and zooms. It draws the wires, then the cards that can be seen,
 * then the labels.
 *
 * Wires that do not move are one Cairo node, kept while the view stays in its rectangle (the
 * viewport and half as much on each side); those at dragged nodes are small nodes of their own.
 * Measured with 1 000 nodes, that makes dragging ten times cheaper than drawing every wire in every
 * frame.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>

/* Zooming in keeps what was drawn until it is this many times as wide as the view: GL cuts nodes at
 * 16384 pixels. */
#define MAX_COVER 5
/* Titles of frames where only those are read. */
#define FAR_TITLE_PX 15

struct _WeftCanvasWorld
{
  GtkWidget parent_instance;

  /* Borrowed */
  WeftCanvas *canvas;

  /* Owned */
  GskRenderNode *wires; /* NULL: to be drawn */
  GskRenderNode *labels;

  /* Plain values */
  WeftRect drawn;        /* what the two cover */
  gboolean drawn_moving; /* they leave out what a drag moves */
};

G_DEFINE_FINAL_TYPE (WeftCanvasWorld, weft_canvas_world, GTK_TYPE_WIDGET)

static gboolean
is_hidden (WeftCanvas *canvas, const WeftWireArt *wire)
{
  const WeftLink *link = &canvas->drag.link;

  if (canvas->drag.kind != WEFT_DRAG_LINK)
    return FALSE;
  for (guint i = 0; link->bundle && i < link->bundle->len; i++)
    {
      const WeftEnds *ends = &g_array_index (link->bundle, WeftEnds, i);

      if (ends->to == wire->to && ends->to_port == wire->to_port)
        return TRUE;
    }
  return link->detached_to == wire->to && g_strcmp0 (link->detached_port, wire->to_port) == 0;
}

static gboolean
is_moving (WeftCanvas *canvas, const WeftWireArt *wire)
{
  const WeftCanvasNode *from = weft_canvas_find_node (canvas, wire->from);
  const WeftCanvasNode *to = weft_canvas_find_node (canvas, wire->to);

  return (from && from->moving) || (to && to->moving);
}

static gboolean
is_at (const WeftWireArt *wire, guint32 to, const char *port)
{
  return to && wire->to == to && g_strcmp0 (wire->to_port, port) == 0;
}

/* Part of the cycle that the wire in the hand would close. */
static gboolean
is_in_cycle (WeftCanvas *canvas, const WeftWireArt *wire)
{
  const GArray *cycle = canvas->drag.kind == WEFT_DRAG_LINK ? canvas->drag.link.cycle : NULL;

  for (guint i = 0; cycle && i < cycle->len; i++)
    {
      const WeftEnds *ends = &g_array_index (cycle, WeftEnds, i);

      if (is_at (wire, ends->to, ends->to_port))
        return TRUE;
    }
  return FALSE;
}

static WeftWireLook
wire_look (WeftCanvas *canvas, const WeftWireArt *wire)
{
  WeftWireLook look = { .straight = canvas->detail >= WEFT_DETAIL_BLOCK,
                        .faded = weft_canvas_is_wire_faded (canvas, wire) };

  look.bright = is_at (wire, canvas->selected_to, canvas->selected_port) ||
                is_at (wire, canvas->hover_to, canvas->hover_port);
  if (canvas->drag.kind == WEFT_DRAG_MOVE &&
      is_at (wire, canvas->drag.splice_to, canvas->drag.splice_port))
    {
      look.bright = TRUE;
      look.faded = FALSE;
    }
  look.wrong = is_in_cycle (canvas, wire) || weft_canvas_is_cut (canvas, wire);
  return look;
}

/* A wire drawn alone, in its own bounds: those being dragged. */
static void
append_wire (WeftCanvas *canvas, GtkSnapshot *snapshot, const WeftWireArt *wire)
{
  WeftWireLook    look = wire_look (canvas, wire);
  graphene_rect_t bounds =
    weft_rect_to_graphene (weft_rect_grow (weft_wire_art_bounds (wire), 6));
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  WeftPen  pen = weft_pen_for_cairo (cr);

  cairo_set_antialias (cr, CAIRO_ANTIALIAS_FAST);
  weft_wire_art_draw (wire, &pen, canvas->style, &look);
  cairo_destroy (cr);
}

static GskRenderNode *
draw_wires (WeftCanvas *canvas, WeftRect area, gboolean moving)
{
  graphene_rect_t bounds = weft_rect_to_graphene (area);
  GskRenderNode  *node = gsk_cairo_node_new (&bounds);
  cairo_t        *cr = gsk_cairo_node_get_draw_context (node);
  WeftPen         pen = weft_pen_for_cairo (cr);

  cairo_set_antialias (cr, canvas->detail >= WEFT_DETAIL_BLOCK ? CAIRO_ANTIALIAS_NONE
                                                               : CAIRO_ANTIALIAS_FAST);
  for (guint i = 0; i < canvas->wires->len; i++)
    {
      const WeftWireArt *wire = canvas->wires->pdata[i];
      WeftRect           box = weft_rect_grow (weft_wire_art_bounds (wire), 6);
      WeftWireLook       look = wire_look (canvas, wire);

      if (!weft_rect_overlaps (&box, &area) || is_hidden (canvas, wire) ||
          (moving && is_moving (canvas, wire)))
        continue;
      weft_wire_art_draw (wire, &pen, canvas->style, &look);
    }
  cairo_destroy (cr);
  return node;
}

static GskRenderNode *
draw_labels (WeftCanvas *canvas, WeftRect area, gboolean moving)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  WeftPen      pen = weft_pen_for_snapshot (snapshot);

  for (guint i = 0; canvas->detail == WEFT_DETAIL_FULL && i < canvas->wires->len; i++)
    {
      const WeftWireArt *wire = canvas->wires->pdata[i];

      if (wire->shown && weft_rect_overlaps (&wire->label_rect, &area) &&
          !is_hidden (canvas, wire) && !(moving && is_moving (canvas, wire)) &&
          !weft_canvas_is_wire_faded (canvas, wire))
        weft_wire_art_draw_label (wire, &pen, canvas->style);
    }
  return gtk_snapshot_free_to_node (snapshot);
}

static gboolean
covers (const WeftRect *outer, const WeftRect *inner)
{
  return inner->x >= outer->x && inner->y >= outer->y &&
         inner->x + inner->width <= outer->x + outer->width &&
         inner->y + inner->height <= outer->y + outer->height;
}

static void
refresh_cache (WeftCanvasWorld *world, const WeftRect *view)
{
  WeftCanvas *canvas = world->canvas;
  gboolean    moving = weft_canvas_moves (canvas);

  if (world->wires && covers (&world->drawn, view) &&
      world->drawn.width < MAX_COVER * view->width && world->drawn_moving == moving)
    return;
  weft_canvas_world_invalidate (GTK_WIDGET (world));
  world->drawn = (WeftRect){ view->x - view->width / 2, view->y - view->height / 2, 2 * view->width,
                             2 * view->height };
  world->drawn_moving = moving;
  world->wires = draw_wires (canvas, world->drawn, moving);
  world->labels = draw_labels (canvas, world->drawn, moving);
}

static void
snapshot_notes (WeftCanvas *canvas, GtkSnapshot *snapshot)
{
  WeftPen pen = weft_pen_for_snapshot (snapshot);

  g_autofree guint *order = canvas->document ? weft_notes_order (canvas->document) : NULL;

  for (guint i = 0; canvas->document && i < weft_document_n_notes (canvas->document); i++)
    {
      WeftNote note = *weft_document_note_at (canvas->document, order[i]);
      gboolean selected = g_strcmp0 (canvas->selected_note, note.id) == 0;

      weft_canvas_dragged_note (canvas, &note);
      if (canvas->detail == WEFT_DETAIL_FRAME && note.frame)
        weft_frame_draw_far (&note, &pen, canvas->style, FAR_TITLE_PX / canvas->zoom);
      else
        weft_note_draw (&note, &pen, canvas->style, selected);
    }
}

static void
snapshot_cards (WeftCanvasWorld *world, GtkSnapshot *snapshot, const WeftRect *view)
{
  WeftCanvas *canvas = world->canvas;

  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect        box = weft_canvas_node_box (canvas, node);

      if (weft_rect_overlaps (&box, view))
        gtk_widget_snapshot_child (GTK_WIDGET (world), GTK_WIDGET (node), snapshot);
    }
}

/* The label of the wire under the pointer, also where there is no room for one. */
static void
snapshot_hovered_label (WeftCanvas *canvas, GtkSnapshot *snapshot)
{
  WeftWireArt *wire =
    canvas->hover_to ? weft_canvas_find_wire (canvas, canvas->hover_to, canvas->hover_port) : NULL;
  WeftWireArt shown;
  WeftPen     pen = weft_pen_for_snapshot (snapshot);

  if (!wire || wire->shown == weft_wire_art_full_label (wire) ||
      canvas->drag.kind != WEFT_DRAG_NONE)
    return;
  shown = *wire;
  weft_wire_art_force_label (&shown, canvas->style);
  weft_wire_art_draw_label (&shown, &pen, canvas->style);
}

/* What lies over the cards, in the document's coordinates: labels of wires, messages of problems.
 */
void
weft_canvas_world_snapshot_above (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftCanvasWorld *world = WEFT_CANVAS_WORLD (widget);
  WeftCanvas      *canvas = world->canvas;
  gboolean         moving = weft_canvas_moves (canvas);
  WeftPen          pen = weft_pen_for_snapshot (snapshot);

  if (world->labels)
    gtk_snapshot_append_node (snapshot, world->labels);
  for (guint i = 0; moving && canvas->detail == WEFT_DETAIL_FULL && i < canvas->wires->len; i++)
    if (is_moving (canvas, canvas->wires->pdata[i]))
      weft_wire_art_draw_label (canvas->wires->pdata[i], &pen, canvas->style);
  weft_canvas_draw_problems (canvas, &pen);
  snapshot_hovered_label (canvas, snapshot);
}

static void
weft_canvas_world_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftCanvasWorld *world = WEFT_CANVAS_WORLD (widget);
  WeftCanvas      *canvas = world->canvas;
  WeftRect         view = weft_canvas_viewport (canvas);
  gboolean         moving = weft_canvas_moves (canvas);

  refresh_cache (world, &view);
  snapshot_notes (canvas, snapshot);
  if (world->wires)
    gtk_snapshot_append_node (snapshot, world->wires);
  for (guint i = 0; moving && i < canvas->wires->len; i++)
    if (is_moving (canvas, canvas->wires->pdata[i]))
      append_wire (canvas, snapshot, canvas->wires->pdata[i]);
  if (weft_canvas_uses_images (canvas))
    return;
  snapshot_cards (world, snapshot, &view);
  weft_canvas_world_snapshot_above (widget, snapshot);
}

static void
weft_canvas_world_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftCanvas *canvas = WEFT_CANVAS_WORLD (widget)->canvas;

  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      double          dx, dy;
      int             w, h;

      weft_canvas_node_offset (canvas, node, &dx, &dy);
      gtk_widget_measure (GTK_WIDGET (node), GTK_ORIENTATION_HORIZONTAL, -1, &w, NULL, NULL, NULL);
      gtk_widget_measure (GTK_WIDGET (node), GTK_ORIENTATION_VERTICAL, -1, &h, NULL, NULL, NULL);
      gtk_widget_allocate (
        GTK_WIDGET (node), w, h, -1,
        gsk_transform_translate (
          NULL, &GRAPHENE_POINT_INIT ((float) (node->x + dx), (float) (node->y + dy))));
    }
}

/* Wires or their looks changed. */
void
weft_canvas_world_invalidate (GtkWidget *widget)
{
  WeftCanvasWorld *world = WEFT_CANVAS_WORLD (widget);

  g_clear_pointer (&world->wires, gsk_render_node_unref);
  g_clear_pointer (&world->labels, gsk_render_node_unref);
  gtk_widget_queue_draw (widget);
}

static void
weft_canvas_world_dispose (GObject *object)
{
  WeftCanvasWorld *world = WEFT_CANVAS_WORLD (object);
  GtkWidget       *child;

  g_clear_pointer (&world->wires, gsk_render_node_unref);
  g_clear_pointer (&world->labels, gsk_render_node_unref);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (weft_canvas_world_parent_class)->dispose (object);
}

static void
weft_canvas_world_class_init (WeftCanvasWorldClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = weft_canvas_world_dispose;
  widget_class->snapshot = weft_canvas_world_snapshot;
  widget_class->size_allocate = weft_canvas_world_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "weftworld");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
weft_canvas_world_init (WeftCanvasWorld *world)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (world), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Nodes"), -1);
}

/* Floating. */
GtkWidget *
weft_canvas_world_new (WeftCanvas *canvas)
{
  WeftCanvasWorld *world = g_object_new (WEFT_TYPE_CANVAS_WORLD, NULL);

  world->canvas = canvas;
  return GTK_WIDGET (world);
}
