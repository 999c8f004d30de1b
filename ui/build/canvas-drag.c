/* Pressing, dragging, letting go: selection, moving, panning.
 *
 * The document is changed when the button is released, once; until then the canvas shows cards with
 * an offset. So Esc has nothing to undo, and a drag is one step of the history however long it
 * took.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

/* A drag this near to the edge pans, at most this fast. */
#define EDGE_PX 28
#define EDGE_SPEED_PX 14

/* ---- Panning at the edge ---- */

static double
edge_speed (double at, double length)
{
  if (at < EDGE_PX)
    return EDGE_SPEED_PX * CLAMP ((EDGE_PX - at) / EDGE_PX, 0, 1);
  if (at > length - EDGE_PX)
    return -EDGE_SPEED_PX * CLAMP ((at - length + EDGE_PX) / EDGE_PX, 0, 1);
  return 0;
}

static gboolean
edge_pan_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);
  double      dx = edge_speed (canvas->drag.x, gtk_widget_get_width (widget));
  double      dy = edge_speed (canvas->drag.y, gtk_widget_get_height (widget));

  if (dx == 0 && dy == 0)
    return G_SOURCE_CONTINUE;
  weft_canvas_set_view (canvas, canvas->pan_x + dx, canvas->pan_y + dy, canvas->zoom);
  weft_canvas_motion (canvas, canvas->drag.x, canvas->drag.y, canvas->drag.modifiers);
  return G_SOURCE_CONTINUE;
}

static void
begin_edge_pan (WeftCanvas *canvas)
{
  if (canvas->pan_tick == 0)
    canvas->pan_tick = gtk_widget_add_tick_callback (GTK_WIDGET (canvas), edge_pan_cb, NULL, NULL);
}

/* ---- The end of every gesture ---- */

static void
clear_drag (WeftCanvas *canvas)
{
  if (canvas->pan_tick)
    gtk_widget_remove_tick_callback (GTK_WIDGET (canvas), canvas->pan_tick);
  canvas->pan_tick = 0;
  weft_canvas_link_clear (canvas);
  g_clear_pointer (&canvas->drag.note, g_free);
  g_clear_pointer (&canvas->drag.notes, g_ptr_array_unref);
  g_clear_pointer (&canvas->drag.before, g_array_unref);
  g_clear_pointer (&canvas->drag.lasso, g_array_unref);
  g_clear_pointer (&canvas->drag.cut, g_array_unref);
  g_clear_pointer (&canvas->drag.crossings, g_array_unref);
  if (canvas->drag.swept)
    {
      g_clear_pointer (&canvas->drag.swept, g_array_unref);
      weft_canvas_update_looks (canvas);
    }
  g_clear_pointer (&canvas->drag.dots, g_array_unref);
  g_clear_pointer (&canvas->drag.value, weft_json_unref);
  canvas->drag = (WeftDrag){ .kind = WEFT_DRAG_NONE };
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];

      node->moving = FALSE;
      node->push = 0;
    }
  weft_canvas_clear_guides (canvas);
  weft_canvas_set_hint (canvas, NULL);
  gtk_widget_set_cursor (GTK_WIDGET (canvas), NULL);
  gtk_widget_queue_allocate (canvas->world);
  weft_canvas_world_invalidate (canvas->world);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* Esc: everything as it was before the press. */
void
weft_canvas_cancel (WeftCanvas *canvas)
{
  WeftDragKind kind = canvas->drag.kind;

  if (kind == WEFT_DRAG_NONE)
    return;
  if (kind == WEFT_DRAG_DOT)
    weft_canvas_drop_dot (canvas, FALSE);
  if (kind == WEFT_DRAG_VALUE)
    weft_canvas_drop_value (canvas, FALSE);
  if (kind == WEFT_DRAG_PAN)
    weft_canvas_set_view (canvas, canvas->drag.pan_x, canvas->drag.pan_y, canvas->zoom);
  if ((kind == WEFT_DRAG_BOX || kind == WEFT_DRAG_LASSO) && canvas->drag.before)
    {
      g_autoptr (GArray) before = g_array_ref (canvas->drag.before);

      weft_canvas_set_selection (canvas, (const guint32 *) (gpointer) before->data, before->len);
    }
  clear_drag (canvas);
  if (kind == WEFT_DRAG_MOVE || kind == WEFT_DRAG_MOVE_NOTE)
    weft_canvas_place_wires (canvas, WEFT_PLACE_ALL);
}

/* ---- Press ---- */

static GArray *
copy_selection (WeftCanvas *canvas)
{
  GArray *copy = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_array_append_vals (copy, canvas->selection->data, canvas->selection->len);
  return copy;
}

static void
toggle (WeftCanvas *canvas, guint32 uid, gboolean select)
{
  g_autoptr (GArray) next = copy_selection (canvas);

  for (guint i = next->len; i-- > 0;)
    if (g_array_index (next, guint32, i) == uid)
      g_array_remove_index (next, i);
  if (select)
    g_array_append_val (next, uid);
  weft_canvas_set_selection (canvas, (const guint32 *) (gpointer) next->data, next->len);
}

static void
press_node (WeftCanvas *canvas, WeftCanvasNode *node, GdkModifierType modifiers)
{
  gboolean extend = (modifiers & (GDK_CONTROL_MASK | GDK_SHIFT_MASK)) != 0;

  canvas->drag.was_selected = node->look.selected;
  canvas->drag.hit_uid = node->uid;
  gtk_widget_grab_focus (GTK_WIDGET (node));
  if (!node->look.selected && extend)
    toggle (canvas, node->uid, TRUE);
  else if (!node->look.selected)
    weft_canvas_set_selection (canvas, &node->uid, 1);
}

static void
press_wire (WeftCanvas *canvas, const WeftHit *hit, gboolean insert)
{
  guint32     to = hit->wire->to;
  const char *port = hit->wire->to_port;

  weft_canvas_set_selection (canvas, NULL, 0);
  canvas->selected_to = to;
  canvas->selected_port = port;
  canvas->selected_dot = hit->dot;
  weft_canvas_world_invalidate (canvas->world);
  if (insert)
    weft_canvas_take_dot (canvas, hit, TRUE);
}

static void
press_note (WeftCanvas *canvas, guint index)
{
  const char *id = weft_document_note_at (canvas->document, index)->id;

  weft_canvas_set_selection (canvas, NULL, 0);
  canvas->drag.note = g_strdup (id);
  canvas->selected_note = g_strdup (id);
  gtk_widget_queue_draw (canvas->world);
}

static void
press_twice (WeftCanvas *canvas, const WeftHit *hit, double view_x, double view_y)
{
  if (hit->kind == WEFT_HIT_WIRE && hit->dot == 0)
    {
      press_wire (canvas, hit, TRUE);
      return;
    }
  clear_drag (canvas);
  if (hit->kind == WEFT_HIT_WIRE)
    weft_canvas_remove_dot (canvas, hit->wire->to, hit->wire->to_port, hit->dot - 1);
  else if (hit->kind == WEFT_HIT_NODE && hit->row > 0)
    weft_canvas_edit_value (canvas, hit->node->uid, hit->row - 1);
  else if (hit->kind == WEFT_HIT_NODE)
    g_signal_emit_by_name (canvas, "activate-node", hit->node->uid);
  else if (hit->kind == WEFT_HIT_NOTHING)
    weft_canvas_search_at (canvas, NULL, view_x, view_y, NULL);
  else if (hit->kind == WEFT_HIT_NOTE)
    weft_canvas_edit_note (canvas, weft_document_note_at (canvas->document, hit->note)->id);
}

static void
begin (
  WeftCanvas *canvas, WeftDragKind kind, double view_x, double view_y, GdkModifierType modifiers)
{
  weft_canvas_stop_fling (canvas);
  canvas->drag = (WeftDrag){
    .kind = kind,
    .modifiers = modifiers,
    .start_x = view_x,
    .start_y = view_y,
    .x = view_x,
    .y = view_y,
    .pan_x = canvas->pan_x,
    .pan_y = canvas->pan_y,
  };
  weft_canvas_from_view (canvas, view_x, view_y, &canvas->drag.from_x, &canvas->drag.from_y);
}

/* A drag that pans, whatever is under it. */
void
weft_canvas_press_pan (WeftCanvas *canvas, double view_x, double view_y)
{
  weft_canvas_cancel (canvas);
  begin (canvas, WEFT_DRAG_PAN, view_x, view_y, 0);
  canvas->space_used = canvas->space_held;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (canvas), "grabbing");
}

/* The first button went down. */
void
weft_canvas_press (
  WeftCanvas *canvas, double view_x, double view_y, guint n_press, GdkModifierType modifiers)
{
  WeftHit hit;

  weft_canvas_cancel (canvas);
  if (!canvas->document)
    return;
  if (canvas->space_held)
    {
      weft_canvas_press_pan (canvas, view_x, view_y);
      return;
    }
  hit = weft_canvas_pick (canvas, view_x, view_y);
  begin (canvas, WEFT_DRAG_PRESSED, view_x, view_y, modifiers);
  canvas->drag.hit = hit;
  if (hit.kind != WEFT_HIT_NODE)
    gtk_widget_grab_focus (GTK_WIDGET (canvas));
  if (n_press == 2)
    press_twice (canvas, &hit, view_x, view_y);
  else if (hit.kind == WEFT_HIT_INPUT || hit.kind == WEFT_HIT_OUTPUT)
    {
      canvas->drag.kind = WEFT_DRAG_LINK;
      begin_edge_pan (canvas);
      weft_canvas_link_begin (canvas, &hit, (modifiers & GDK_CONTROL_MASK) != 0);
    }
  else if (hit.kind == WEFT_HIT_NODE)
    press_node (canvas, hit.node, modifiers);
  else if (hit.kind == WEFT_HIT_WIRE)
    press_wire (canvas, &hit, (modifiers & GDK_ALT_MASK) != 0);
  else if (hit.kind == WEFT_HIT_NOTE)
    press_note (canvas, hit.note);
  else if (!(modifiers & (GDK_CONTROL_MASK | GDK_SHIFT_MASK)))
    weft_canvas_set_selection (canvas, NULL, 0);
}

/* ---- Motion ---- */

static double
snap (double at, GdkModifierType modifiers)
{
  return modifiers & GDK_SHIFT_MASK ? at : round (at / WEFT_GRID) * WEFT_GRID;
}

/* Lights up the wire that the card would go into if it were let go here. */
static void
aim_at_wire (WeftCanvas *canvas, const WeftCanvasNode *node, GdkModifierType modifiers)
{
  WeftDrag    *drag = &canvas->drag;
  guint32      before = drag->splice_to;
  WeftWireArt *wire = NULL;

  if (canvas->selection->len == 1 && !(modifiers & GDK_ALT_MASK))
    wire = weft_canvas_find_splice (canvas, node->uid, node->x + drag->dx, node->y + drag->dy);
  drag->splice_to = wire ? wire->to : 0;
  drag->splice_port = wire ? wire->to_port : NULL;
  if (before || drag->splice_to)
    weft_canvas_show_room (canvas, node->uid, node->x + drag->dx, drag->splice_to);
  if (before != drag->splice_to)
    weft_canvas_world_invalidate (canvas->world);
}

static void
drag_node (WeftCanvas *canvas, double x, double y, GdkModifierType modifiers)
{
  WeftDrag             *drag = &canvas->drag;
  const WeftCanvasNode *node = weft_canvas_find_node (canvas, drag->hit_uid);
  WeftRect              box;
  double                put_x, put_y;

  if (!node)
    {
      weft_canvas_cancel (canvas);
      return;
    }
  box = (WeftRect){ node->x + x - drag->from_x, node->y + y - drag->from_y, node->art->width,
                    node->art->height };
  put_x = snap (box.x, modifiers);
  put_y = snap (box.y, modifiers);
  if (modifiers & GDK_SHIFT_MASK)
    weft_canvas_clear_guides (canvas);
  else
    weft_canvas_snap_to_guides (canvas, node, &box, &put_x, &put_y);
  drag->dx = put_x - node->x;
  drag->dy = put_y - node->y;
  aim_at_wire (canvas, node, modifiers);
  weft_canvas_find_near (canvas, node,
                         drag->splice_to || canvas->selection->len != 1 ||
                           (modifiers & GDK_ALT_MASK));
  weft_canvas_place_wires (canvas, WEFT_PLACE_MOVING);
  gtk_widget_queue_allocate (canvas->world);
  gtk_widget_queue_draw (canvas->world);
  gtk_widget_queue_draw (GTK_WIDGET (canvas)); /* the guides */
}

/* The press becomes a drag. */
static void
take_off (WeftCanvas *canvas)
{
  WeftDrag *drag = &canvas->drag;

  weft_canvas_glide_stop (canvas);
  if (!(drag->modifiers & (GDK_ALT_MASK | GDK_CONTROL_MASK)) &&
      weft_canvas_is_scrubbed (canvas, &drag->hit, drag->start_x))
    {
      weft_canvas_take_value (canvas);
      return;
    }
  if (drag->hit.kind == WEFT_HIT_NODE)
    {
      drag->kind = WEFT_DRAG_MOVE;
      drag->take_out = (drag->modifiers & GDK_ALT_MASK) != 0;
      for (guint i = 0; i < canvas->order->len; i++)
        ((WeftCanvasNode *) canvas->order->pdata[i])->moving =
          ((WeftCanvasNode *) canvas->order->pdata[i])->look.selected;
    }
  else if (drag->hit.kind == WEFT_HIT_NOTE)
    {
      drag->kind = drag->hit.corner ? WEFT_DRAG_SIZE_NOTE : WEFT_DRAG_MOVE_NOTE;
      if (!drag->hit.corner)
        weft_canvas_take_note (canvas);
    }
  else if (drag->hit.kind == WEFT_HIT_WIRE && drag->hit.dot > 0 && canvas->selected_to)
    {
      drag->hit.wire = weft_canvas_find_wire (canvas, canvas->selected_to, canvas->selected_port);
      weft_canvas_take_dot (canvas, &drag->hit, FALSE);
    }
  else
    {
      gboolean lasso = (drag->modifiers & GDK_CONTROL_MASK) && (drag->modifiers & GDK_ALT_MASK);

      drag->kind = lasso ? WEFT_DRAG_LASSO : WEFT_DRAG_BOX;
      drag->lasso = g_array_new (FALSE, FALSE, sizeof (WeftPoint));
      drag->before = copy_selection (canvas);
    }
  begin_edge_pan (canvas);
  weft_canvas_world_invalidate (canvas->world);
}

/* The pointer moved with the button down. */
void
weft_canvas_motion (WeftCanvas *canvas, double view_x, double view_y, GdkModifierType modifiers)
{
  WeftDrag *drag = &canvas->drag;
  double    before_x = drag->x, before_y = drag->y;
  double    x, y;

  drag->x = view_x;
  drag->y = view_y;
  weft_canvas_from_view (canvas, view_x, view_y, &x, &y);
  if (drag->kind == WEFT_DRAG_PRESSED &&
      hypot (view_x - drag->start_x, view_y - drag->start_y) > WEFT_DRAG_THRESHOLD_PX)
    take_off (canvas);
  if (drag->kind == WEFT_DRAG_PAN)
    {
      if (view_x != before_x || view_y != before_y)
        weft_canvas_track_hand (canvas, view_x, view_y, g_get_monotonic_time ());
      weft_canvas_set_view (canvas, drag->pan_x + view_x - drag->start_x,
                            drag->pan_y + view_y - drag->start_y, canvas->zoom);
    }
  else if (drag->kind == WEFT_DRAG_MOVE)
    drag_node (canvas, x, y, modifiers);
  else if (drag->kind == WEFT_DRAG_MOVE_NOTE || drag->kind == WEFT_DRAG_SIZE_NOTE)
    weft_canvas_drag_note (canvas, x, y, modifiers);
  else if (drag->kind == WEFT_DRAG_BOX)
    weft_canvas_drag_area (canvas, x, y);
  else if (drag->kind == WEFT_DRAG_LASSO)
    weft_canvas_drag_area (canvas, x, y);
  else if (drag->kind == WEFT_DRAG_LINK)
    weft_canvas_link_move (canvas);
  else if (drag->kind == WEFT_DRAG_KNIFE)
    weft_canvas_drag_knife (canvas, x, y);
  else if (drag->kind == WEFT_DRAG_DOT)
    weft_canvas_drag_dot (canvas, x, y, modifiers);
  else if (drag->kind == WEFT_DRAG_VALUE)
    weft_canvas_drag_value (canvas, modifiers);
}

/* ---- Release ---- */

static void
drop_nodes (WeftCanvas *canvas)
{
  double dx = canvas->drag.dx;
  double dy = canvas->drag.dy;
  g_autoptr (GArray) moved = copy_selection (canvas);
  g_autofree char *label = NULL;
  guint32          splice_to = canvas->drag.splice_to;
  const char      *splice_port = canvas->drag.splice_port;
  gboolean         take_out = canvas->drag.take_out;
  WeftEnds         near = canvas->drag.near;

  /* First the offset goes, then the document moves: a card never shows both. */
  clear_drag (canvas);
  if (dx == 0 && dy == 0)
    {
      weft_canvas_place_wires (canvas, WEFT_PLACE_ALL);
      return;
    }
  label =
    splice_to  ? g_strdup (_ ("Insert Node"))
    : take_out ? g_strdup (_ ("Take out of the Chain"))
      : g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Move %u Node", "Move %u Nodes", moved->len),
                         moved->len);
  weft_document_begin (canvas->document, label);
  weft_document_move_nodes (canvas->document, (const guint32 *) (gpointer) moved->data, moved->len,
                            dx, dy);
  if (take_out)
    weft_canvas_take_out (canvas, moved);
  if (near.from)
    weft_document_connect (canvas->document, near.from, near.from_port, near.to, near.to_port,
                           NULL);
  if (splice_to)
    weft_canvas_splice (canvas, g_array_index (moved, guint32, 0), splice_to, splice_port);
  weft_document_end (canvas->document);
}

static void
click (WeftCanvas *canvas)
{
  WeftDrag drag = canvas->drag;
  gboolean toggles = drag.modifiers & GDK_CONTROL_MASK;
  gboolean adds = drag.modifiers & GDK_SHIFT_MASK;

  clear_drag (canvas);
  if (drag.hit.kind != WEFT_HIT_NODE || !weft_canvas_find_node (canvas, drag.hit_uid))
    return;
  if (toggles && adds)
    {
      weft_canvas_set_selection (canvas, &drag.hit_uid, 1);
      gtk_widget_activate_action (GTK_WIDGET (canvas), "canvas.watch", NULL);
      return;
    }
  if (toggles && drag.was_selected)
    toggle (canvas, drag.hit_uid, FALSE);
  else if (!toggles && !adds)
    weft_canvas_set_selection (canvas, &drag.hit_uid, 1);
}

/* A port that was clicked shows where its value goes; clicked again, no more. */
static void
click_port (WeftCanvas *canvas)
{
  guint32     uid = canvas->drag.link.from_output ? canvas->drag.link.uid : 0;
  const char *port = canvas->drag.link.port;

  if (uid == canvas->lit_uid && port == canvas->lit_port)
    uid = 0;
  clear_drag (canvas);
  weft_canvas_light_port (canvas, uid, uid ? port : NULL);
}

/* The button went up. */
void
weft_canvas_release (WeftCanvas *canvas, double view_x, double view_y, GdkModifierType modifiers)
{
  WeftDragKind kind;

  if (canvas->drag.kind == WEFT_DRAG_NONE)
    return;
  weft_canvas_motion (canvas, view_x, view_y, modifiers);
  kind = canvas->drag.kind;
  if (kind == WEFT_DRAG_MOVE)
    drop_nodes (canvas);
  else if (kind == WEFT_DRAG_MOVE_NOTE || kind == WEFT_DRAG_SIZE_NOTE)
    weft_canvas_drop_note (canvas, clear_drag);
  else if (kind == WEFT_DRAG_PRESSED && canvas->drag.hit.kind == WEFT_HIT_NOTE)
    clear_drag (canvas);
  else if (kind == WEFT_DRAG_PRESSED)
    click (canvas);
  else if (kind == WEFT_DRAG_DOT)
    {
      weft_canvas_drop_dot (canvas, TRUE);
      clear_drag (canvas);
    }
  else if (kind == WEFT_DRAG_PAN)
    {
      weft_canvas_throw (canvas, g_get_monotonic_time ());
      clear_drag (canvas);
    }
  else if (kind == WEFT_DRAG_VALUE)
    {
      weft_canvas_drop_value (canvas, TRUE);
      clear_drag (canvas);
    }
  else if (kind == WEFT_DRAG_KNIFE)
    {
      weft_canvas_drop_knife (canvas);
      clear_drag (canvas);
    }
  else if (kind == WEFT_DRAG_LINK)
    {
      if (hypot (canvas->drag.x - canvas->drag.start_x, canvas->drag.y - canvas->drag.start_y) >
          WEFT_DRAG_THRESHOLD_PX)
        {
          weft_canvas_link_drop (canvas);
          clear_drag (canvas);
        }
      else
        click_port (canvas);
    }
  else
    clear_drag (canvas);
}

/* ---- Without a button ---- */

/* The pointer moved: the wire under it lights up and says its type; ports get another cursor. */
void
weft_canvas_hover (WeftCanvas *canvas, double view_x, double view_y)
{
  WeftHit     hit;
  guint32     to;
  const char *port;

  weft_canvas_remember_pointer (canvas, view_x, view_y);
  if (canvas->drag.kind != WEFT_DRAG_NONE || !canvas->document)
    return;
  hit = weft_canvas_pick (canvas, view_x, view_y);
  to = hit.kind == WEFT_HIT_WIRE ? hit.wire->to : 0;
  port = hit.kind == WEFT_HIT_WIRE ? hit.wire->to_port : NULL;
  if (hit.kind == WEFT_HIT_INPUT || hit.kind == WEFT_HIT_OUTPUT)
    gtk_widget_set_cursor_from_name (GTK_WIDGET (canvas), "crosshair");
  else if (weft_canvas_is_scrubbed (canvas, &hit, view_x))
    gtk_widget_set_cursor_from_name (GTK_WIDGET (canvas), "ew-resize");
  else
    gtk_widget_set_cursor_from_name (GTK_WIDGET (canvas), canvas->space_held ? "grab" : NULL);
  if (to == canvas->hover_to && (to == 0 || g_strcmp0 (port, canvas->hover_port) == 0))
    return;
  canvas->hover_to = to;
  canvas->hover_port = port;
  weft_canvas_world_invalidate (canvas->world);
}
