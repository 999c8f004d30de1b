/* Following the document: a card for every node, a wire for every wire, types brought up to date
 * before a frame.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include "engine/train/sample.h"

#define SPOKEN_AT_ONCE 50

WeftCanvasNode *
weft_canvas_find_node (WeftCanvas *canvas, guint32 uid)
{
  return g_hash_table_lookup (canvas->nodes, GUINT_TO_POINTER (uid));
}

/* The wire into an input, NULL if that is open. */
WeftWireArt *
weft_canvas_find_wire (WeftCanvas *canvas, guint32 to, const char *port)
{
  for (guint i = 0; i < canvas->wires->len; i++)
    {
      WeftWireArt *wire = canvas->wires->pdata[i];

      if (wire->to == to && g_strcmp0 (wire->to_port, port) == 0)
        return wire;
    }
  return NULL;
}

/* Where a drag shows the node, relative to where the document has it. */
void
weft_canvas_node_offset (WeftCanvas *canvas, const WeftCanvasNode *node, double *dx, double *dy)
{
  *dx = (node->moving ? canvas->drag.dx : 0) + node->push + node->glide_x * canvas->glide_left;
  *dy = (node->moving ? canvas->drag.dy : 0) + node->glide_y * canvas->glide_left;
}

/* All that is drawn of the card, in the document's coordinates, where it is now. */
WeftRect
weft_canvas_node_box (WeftCanvas *canvas, const WeftCanvasNode *node)
{
  double dx, dy;

  weft_canvas_node_offset (canvas, node, &dx, &dy);
  return (WeftRect){ node->x + dx + node->ink.x, node->y + dy + node->ink.y, node->ink.width,
                     node->ink.height };
}

/* ---- Wires' ends and labels ---- */

/* Dots between cards in the hand go with them. */
void
weft_canvas_place_wire (WeftCanvas *canvas, WeftWireArt *wire)
{
  WeftCanvasNode *from = weft_canvas_find_node (canvas, wire->from);
  WeftCanvasNode *to = weft_canvas_find_node (canvas, wire->to);
  gint            output = from ? weft_node_art_find_output (from->art, wire->from_port) : -1;
  gint            input = to ? weft_node_art_find_input (to->art, wire->to_port) : -1;
  double          fx, fy, tx, ty;

  if (!from || !to)
    return;
  wire->dots_dx = from->moving && to->moving ? canvas->drag.dx : 0;
  wire->dots_dy = from->moving && to->moving ? canvas->drag.dy : 0;
  weft_canvas_node_offset (canvas, from, &fx, &fy);
  weft_canvas_node_offset (canvas, to, &tx, &ty);
  /* A port that an edited text no longer has: the wire hangs at the header until it is mended. */
  fx += from->x + from->art->width;
  fy += from->y + (output >= 0 ? from->art->outputs[output].y : from->art->header_height / 2);
  tx += to->x;
  ty += to->y + (input >= 0 ? to->art->inputs[input].y : to->art->header_height / 2);
  weft_wire_art_set_ends (wire, fx, fy, tx, ty);
}

static gboolean
is_moving (WeftCanvas *canvas, const WeftWireArt *wire)
{
  const WeftCanvasNode *from = weft_canvas_find_node (canvas, wire->from);
  const WeftCanvasNode *to = weft_canvas_find_node (canvas, wire->to);

  return (from && from->moving) || (to && to->moving);
}

static gboolean
is_chosen (WeftCanvas *canvas, const WeftWireArt *wire, WeftPlace which)
{
  return which == WEFT_PLACE_ALL || which == WEFT_PLACE_ENDS ||
         (which == WEFT_PLACE_MOVING && is_moving (canvas, wire)) ||
         (which == WEFT_PLACE_STALE && wire->stale);
}

static void
place_labels (WeftCanvas *canvas)
{
  guint                n = canvas->order->len;
  g_autofree WeftRect *cards = g_new (WeftRect, n + 1);

  for (guint i = 0; i < n; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];
      double                dx, dy;

      weft_canvas_node_offset (canvas, node, &dx, &dy);
      cards[i] = (WeftRect){ node->x + dx - 2, node->y + dy - 2, node->art->width + 4,
                             node->art->height + 4 };
    }
  weft_wire_art_place_labels (canvas->wires, canvas->style, cards, n);
}

/* Ends and labels. */
void
weft_canvas_place_wires (WeftCanvas *canvas, WeftPlace which)
{
  for (guint i = 0; which != WEFT_PLACE_STALE && i < canvas->wires->len; i++)
    if (is_chosen (canvas, canvas->wires->pdata[i], which))
      {
        weft_canvas_place_wire (canvas, canvas->wires->pdata[i]);
        ((WeftWireArt *) canvas->wires->pdata[i])->stale = TRUE;
      }
  if (which != WEFT_PLACE_ENDS)
    place_labels (canvas);
  if (which == WEFT_PLACE_ALL)
    canvas->moved = FALSE;
  if (which != WEFT_PLACE_MOVING)
    weft_canvas_world_invalidate (canvas->world);
}

/* ---- Nodes ---- */

static void
remove_card (WeftCanvas *canvas, WeftCanvasNode *node)
{
  g_hash_table_remove (canvas->nodes, GUINT_TO_POINTER (node->uid));
  if (gtk_widget_is_focus (GTK_WIDGET (node)))
    gtk_widget_grab_focus (GTK_WIDGET (canvas));
  gtk_widget_unparent (GTK_WIDGET (node));
}

static gboolean
drop_gone_from_selection (WeftCanvas *canvas)
{
  guint before = canvas->selection->len;

  for (guint i = before; i-- > 0;)
    if (!weft_canvas_find_node (canvas, g_array_index (canvas->selection, guint32, i)))
      g_array_remove_index (canvas->selection, i);
  return before != canvas->selection->len;
}

/* Makes cards for new nodes, removes those of nodes that are gone, rebuilds the dirty ones, reads
 * positions. */
static void
sync_nodes (WeftCanvas *canvas)
{
  guint n = weft_document_n_nodes (canvas->document);

  for (guint i = canvas->order->len; i-- > 0;)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];

      if (!weft_document_node (canvas->document, node->uid))
        {
          remove_card (canvas, node);
          canvas->moved = TRUE;
        }
    }
  g_ptr_array_set_size (canvas->order, 0);
  for (guint i = 0; i < n; i++)
    {
      const WeftNode *source = weft_document_node_at (canvas->document, i);
      WeftCanvasNode *node = weft_canvas_find_node (canvas, source->uid);

      if (!node)
        {
          node = weft_canvas_node_new (canvas, source->uid);
          node->look.detail = canvas->detail;
          canvas->moved = TRUE;
          gtk_widget_set_parent (GTK_WIDGET (node), canvas->world);
          g_hash_table_insert (canvas->nodes, GUINT_TO_POINTER (source->uid), node);
        }
      else if (g_hash_table_contains (canvas->dirty, GUINT_TO_POINTER (source->uid)))
        weft_canvas_node_rebuild (node);
      canvas->moved = canvas->moved || node->x != source->x || node->y != source->y;
      node->x = source->x;
      node->y = source->y;
      g_ptr_array_add (canvas->order, node);
    }
  g_hash_table_remove_all (canvas->dirty);
  if (canvas->moved)
    gtk_widget_queue_allocate (canvas->world);
}

static void
sync_wires (WeftCanvas *canvas)
{
  g_ptr_array_set_size (canvas->wires, 0);
  for (guint i = 0; i < canvas->order->len; i++)
    ((WeftCanvasNode *) canvas->order->pdata[i])->n_wires = 0;
  for (guint i = 0; i < weft_document_n_wires (canvas->document); i++)
    {
      WeftWireArt    *wire = weft_wire_art_new (weft_document_wire_at (canvas->document, i));
      WeftCanvasNode *from = weft_canvas_find_node (canvas, wire->from);
      WeftCanvasNode *to = weft_canvas_find_node (canvas, wire->to);

      weft_canvas_read_route (canvas, wire, weft_document_wire_at (canvas->document, i));
      g_ptr_array_add (canvas->wires, wire);
      if (from)
        from->n_wires++;
      if (from && from->art->n_outputs > 0 &&
          g_str_equal (wire->from_port, from->art->outputs[0].name))
        wire->flow = from->flow;
      if (to)
        to->n_wires++;
    }
  canvas->moved = TRUE;
  canvas->jumped = 0;
  canvas->lit_uid = 0;
  weft_canvas_update_cone (canvas);
  if (canvas->selected_to &&
      !weft_canvas_find_wire (canvas, canvas->selected_to, canvas->selected_port))
    canvas->selected_to = 0;
  if (canvas->hover_to && !weft_canvas_find_wire (canvas, canvas->hover_to, canvas->hover_port))
    canvas->hover_to = 0;
}

/* ---- Types ---- */

/* What a wire carries in a batch; -1: a size has no number. */
static gint64
bytes_of (const WeftType *type, WeftBindings *bindings)
{
  gint64 dims[WEFT_MAX_RANK], bytes;

  if (!type || !weft_shape_resolve (&type->shape, bindings, dims))
    return -1;
  bytes = (gint64) weft_dtype_size (type->dtype);
  for (guint i = 0; i < type->shape.rank; i++)
    if (__builtin_mul_overflow (bytes, dims[i], &bytes))
      return -1;
  return bytes;
}

/* TRUE if some wire shows something else than before. */
static gboolean
read_wire_types (WeftCanvas *canvas)
{
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();
  gboolean news = FALSE;

  weft_bindings_set (bindings, "batch",
                     (gint64) weft_sample_batch (weft_document_get_root (canvas->document)));
  for (guint i = 0; i < canvas->wires->len; i++)
    {
      WeftWireArt    *wire = canvas->wires->pdata[i];
      const WeftType *type =
        canvas->typing ? weft_typing_output (canvas->typing, wire->from, wire->from_port) : NULL;

      news = weft_wire_art_set_type (wire, type) || news;
      news = weft_wire_art_set_bytes (wire, bytes_of (type, bindings)) || news;
    }
  return news;
}

/* Descriptions for assistive technology come when there is time: making a thousand takes longer
 * than an edit may. */
static gboolean
speak_cb (gpointer data)
{
  WeftCanvas *canvas = data;

  for (guint i = 0; i < SPOKEN_AT_ONCE && canvas->speak_next < canvas->order->len; i++)
    weft_canvas_node_speak (canvas->order->pdata[canvas->speak_next++]);
  if (canvas->speak_next < canvas->order->len)
    return G_SOURCE_CONTINUE;
  canvas->speak_id = 0;
  return G_SOURCE_REMOVE;
}

/* Brings types up to date now, not at the next frame. */
void
weft_canvas_flush (WeftCanvas *canvas)
{
  if (canvas->refresh_id == 0)
    return;
  g_clear_handle_id (&canvas->refresh_id, g_source_remove);
  if (canvas->typing)
    weft_typing_update (canvas->typing);
  for (guint i = 0; i < canvas->order->len; i++)
    weft_canvas_node_update_types (canvas->order->pdata[i]);
  if (read_wire_types (canvas) || canvas->moved)
    weft_canvas_place_wires (canvas, canvas->moved ? WEFT_PLACE_ALL : WEFT_PLACE_STALE);
  canvas->speak_next = 0;
  if (canvas->speak_id == 0)
    canvas->speak_id = g_idle_add_full (G_PRIORITY_LOW, speak_cb, canvas, NULL);
  gtk_widget_queue_draw (canvas->minimap);
  g_signal_emit_by_name (canvas, "typed");
}

static gboolean
refresh_cb (gpointer data)
{
  weft_canvas_flush (data);
  return G_SOURCE_REMOVE;
}

/* Above redraws, so that a frame never shows an edit without its types; below input, so that keys
 * come first. */
static void
queue_refresh (WeftCanvas *canvas)
{
  if (canvas->refresh_id == 0)
    canvas->refresh_id = g_idle_add_full (GDK_PRIORITY_REDRAW - 15, refresh_cb, canvas, NULL);
}

/* ---- Following ---- */

static void
document_changed_cb (WeftCanvas *canvas, const WeftChange *change)
{
  gboolean everything = (change->flags & WEFT_CHANGE_EVERYTHING) != 0;
  gboolean structure =
    everything ||
    (change->flags & (WEFT_CHANGE_NODES | WEFT_CHANGE_WIRES | WEFT_CHANGE_LOOKS));

  for (guint i = 0; i < change->n_nodes; i++)
    g_hash_table_add (canvas->dirty, GUINT_TO_POINTER (change->nodes[i]));
  /* A dataset's card shows the batch size of the training section. */
  for (guint i = 0;
       (everything || (change->flags & WEFT_CHANGE_TRAINING)) && i < canvas->order->len; i++)
    g_hash_table_add (canvas->dirty,
                      GUINT_TO_POINTER (((WeftCanvasNode *) canvas->order->pdata[i])->uid));
  if (change->flags == WEFT_CHANGE_POSITIONS)
    g_hash_table_remove_all (canvas->dirty);
  /* A card that shows only its wired ports looks otherwise after a wire came or went. */
  for (guint i = 0; structure && i < canvas->order->len; i++)
    if (((WeftCanvasNode *) canvas->order->pdata[i])->art->flags & WEFT_NODE_BARE)
      g_hash_table_add (canvas->dirty,
                        GUINT_TO_POINTER (((WeftCanvasNode *) canvas->order->pdata[i])->uid));
  sync_nodes (canvas);
  if (structure)
    {
      sync_wires (canvas);
      read_wire_types (canvas);
    }
  if (canvas->moved)
    weft_canvas_place_wires (canvas, WEFT_PLACE_ALL);
  if (structure)
    {
      weft_canvas_update_thumbnails (canvas);
      weft_canvas_show_breakpoints (canvas);
    }
  if (drop_gone_from_selection (canvas))
    weft_canvas_selection_changed (canvas);
  if (change->flags != WEFT_CHANGE_POSITIONS && change->flags != WEFT_CHANGE_NOTES)
    queue_refresh (canvas);
  gtk_widget_queue_draw (canvas->minimap);
  gtk_widget_queue_draw (canvas->world);
}

/* Connects to the document and builds everything. */
void
weft_canvas_follow (WeftCanvas *canvas)
{
  WeftChange all = { WEFT_CHANGE_EVERYTHING, 0, NULL };

  canvas->changed_handler = g_signal_connect_swapped (canvas->document, "changed",
                                                      G_CALLBACK (document_changed_cb), canvas);
  document_changed_cb (canvas, &all);
  weft_canvas_flush (canvas);
}

/* Forgets the document: no cards, no wires, nothing selected. */
void
weft_canvas_unfollow (WeftCanvas *canvas)
{
  if (canvas->document)
    g_clear_signal_handler (&canvas->changed_handler, canvas->document);
  if (canvas->search)
    gtk_popover_popdown (GTK_POPOVER (canvas->search));
  g_clear_handle_id (&canvas->refresh_id, g_source_remove);
  g_clear_handle_id (&canvas->view_id, g_source_remove);
  weft_canvas_forget_letter (canvas);
  g_clear_handle_id (&canvas->thumbnails_id, g_source_remove);
  g_clear_handle_id (&canvas->alarm_id, g_source_remove);
  canvas->alarm_uid = 0;
  g_clear_handle_id (&canvas->speak_id, g_source_remove);
  g_clear_handle_id (&canvas->sharpen_id, g_source_remove);
  weft_canvas_glide_stop (canvas);
  for (guint i = canvas->order->len; i-- > 0;)
    remove_card (canvas, canvas->order->pdata[i]);
  g_ptr_array_set_size (canvas->order, 0);
  g_ptr_array_set_size (canvas->wires, 0);
  g_array_set_size (canvas->selection, 0);
  g_hash_table_remove_all (canvas->dirty);
  canvas->selected_to = canvas->hover_to = canvas->lit_uid = 0;
  g_clear_handle_id (&canvas->cone_id, g_source_remove);
  g_clear_pointer (&canvas->selected_note, g_free);
}
