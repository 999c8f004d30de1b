/* What stands out: the wires of the selection, the cone of all that it depends on and all that
 * depends on it (while Shift is held), or one value's wires (after a click on its port). The rest
 * fades.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>

/* Shift is held this long before the cone shows: it is pressed for much else. */
#define CONE_DELAY_MS 300

/* ---- What is asked ---- */

/* Whether a wire is not among those that stand out. */
gboolean
weft_canvas_is_wire_faded (WeftCanvas *canvas, const WeftWireArt *wire)
{
  const WeftCanvasNode *from, *to;

  if (canvas->lit_uid)
    return wire->from != canvas->lit_uid || wire->from_port != canvas->lit_port;
  if (canvas->upstream)
    {
      gpointer a = GUINT_TO_POINTER (wire->from), b = GUINT_TO_POINTER (wire->to);

      return !(g_hash_table_contains (canvas->upstream, a) &&
               g_hash_table_contains (canvas->upstream, b)) &&
             !(g_hash_table_contains (canvas->downstream, a) &&
               g_hash_table_contains (canvas->downstream, b));
    }
  if (canvas->selection->len == 0)
    return FALSE;
  from = weft_canvas_find_node (canvas, wire->from);
  to = weft_canvas_find_node (canvas, wire->to);
  return !(from && from->look.selected) && !(to && to->look.selected);
}

/* Cards fade only beside a cone or one value's wires: a selection is seen by its outline. */
gboolean
weft_canvas_is_node_faded (WeftCanvas *canvas, guint32 uid)
{
  gpointer key = GUINT_TO_POINTER (uid);

  if (weft_canvas_is_swept (canvas, uid))
    return TRUE;
  if (canvas->lit_uid)
    return !g_hash_table_contains (canvas->lit_nodes, key);
  return canvas->upstream && !g_hash_table_contains (canvas->upstream, key) &&
         !g_hash_table_contains (canvas->downstream, key);
}

/* ---- One value ---- */

/**
 * weft_canvas_light_port:
 * @uid: the node whose output @port (interned) flows in the wires that stand out; 0: none
 */
void
weft_canvas_light_port (WeftCanvas *canvas, guint32 uid, const char *port)
{
  if (uid == canvas->lit_uid && port == canvas->lit_port)
    return;
  canvas->lit_uid = uid;
  canvas->lit_port = port;
  g_hash_table_remove_all (canvas->lit_nodes);
  if (uid)
    g_hash_table_add (canvas->lit_nodes, GUINT_TO_POINTER (uid));
  for (guint i = 0; uid && i < canvas->wires->len; i++)
    {
      const WeftWireArt *wire = canvas->wires->pdata[i];

      if (wire->from == uid && wire->from_port == port)
        g_hash_table_add (canvas->lit_nodes, GUINT_TO_POINTER (wire->to));
    }
  weft_canvas_update_looks (canvas);
}

/* ---- The cone ---- */

/* Follows the selection while the cone is shown. */
void
weft_canvas_update_cone (WeftCanvas *canvas)
{
  const guint32 *uids = (const guint32 *) (gpointer) canvas->selection->data;

  if (!canvas->upstream)
    return;
  g_clear_pointer (&canvas->upstream, g_hash_table_unref);
  g_clear_pointer (&canvas->downstream, g_hash_table_unref);
  if (canvas->selection->len == 0)
    return;
  canvas->upstream = weft_canvas_reached (canvas, uids, canvas->selection->len, TRUE);
  canvas->downstream = weft_canvas_reached (canvas, uids, canvas->selection->len, FALSE);
}

static gboolean
show_cone_cb (gpointer data)
{
  WeftCanvas *canvas = data;

  canvas->cone_id = 0;
  if (canvas->drag.kind != WEFT_DRAG_NONE || canvas->selection->len == 0 || canvas->upstream)
    return G_SOURCE_REMOVE;
  canvas->upstream = g_hash_table_new (NULL, NULL);
  canvas->downstream = g_hash_table_new (NULL, NULL);
  weft_canvas_update_cone (canvas);
  weft_canvas_update_looks (canvas);
  return G_SOURCE_REMOVE;
}

/* Shift went down or up. */
void
weft_canvas_hold_cone (WeftCanvas *canvas, gboolean held)
{
  if (held && canvas->cone_id == 0)
    canvas->cone_id = g_timeout_add (CONE_DELAY_MS, show_cone_cb, canvas);
  if (held)
    return;
  g_clear_handle_id (&canvas->cone_id, g_source_remove);
  if (!canvas->upstream)
    return;
  g_clear_pointer (&canvas->upstream, g_hash_table_unref);
  g_clear_pointer (&canvas->downstream, g_hash_table_unref);
  weft_canvas_update_looks (canvas);
}

/* ---- The other end ---- */

static gboolean
is_in_view (WeftCanvas *canvas, const WeftCanvasNode *node)
{
  WeftRect view = weft_canvas_viewport (canvas);

  return weft_rect_contains (&view, node->x, node->y) &&
         weft_rect_contains (&view, node->x + node->art->width, node->y + node->art->height);
}

static void
show_node (WeftCanvas *canvas, const WeftCanvasNode *node)
{
  weft_canvas_set_view (canvas,
                        gtk_widget_get_width (GTK_WIDGET (canvas)) / 2.0 -
                          (node->x + node->art->width / 2) * canvas->zoom,
                        gtk_widget_get_height (GTK_WIDGET (canvas)) / 2.0 -
                          (node->y + node->art->height / 2) * canvas->zoom,
                        canvas->zoom);
}

/* The wire that is meant: the selected one, the lit value's or the selected card's next one after
 * the last that was jumped along. */
static WeftWireArt *
next_wire (WeftCanvas *canvas)
{
  guint32 uid = canvas->selection->len == 1 ? g_array_index (canvas->selection, guint32, 0) : 0;
  guint   n = canvas->wires->len;

  if (canvas->selected_to)
    return weft_canvas_find_wire (canvas, canvas->selected_to, canvas->selected_port);
  for (guint i = 0; i < n; i++)
    {
      WeftWireArt *wire = canvas->wires->pdata[(canvas->jumped + i) % n];

      if (canvas->lit_uid ? wire->from == canvas->lit_uid && wire->from_port == canvas->lit_port
                          : uid && (wire->from == uid || wire->to == uid))
        {
          canvas->jumped = (canvas->jumped + i + 1) % n;
          return wire;
        }
    }
  return NULL;
}

/**
 * weft_canvas_other_end: pans to the other end of the selected wire, or along the wires of the lit
 * value or the selected card, one after the other. The selection stays.
 */
void
weft_canvas_other_end (WeftCanvas *canvas)
{
  WeftWireArt    *wire = canvas->document ? next_wire (canvas) : NULL;
  WeftCanvasNode *from = wire ? weft_canvas_find_node (canvas, wire->from) : NULL;
  WeftCanvasNode *to = wire ? weft_canvas_find_node (canvas, wire->to) : NULL;
  gboolean        back;

  if (!from || !to)
    {
      weft_canvas_fail (canvas, _ ("Select a wire or a node with wires to go to the other end."));
      return;
    }
  if (canvas->lit_uid && !canvas->selected_to)
    back = FALSE;
  else if (from->look.selected != to->look.selected)
    back = to->look.selected;
  else if (is_in_view (canvas, from) != is_in_view (canvas, to))
    back = is_in_view (canvas, to);
  else
    back = canvas->jumped_back = !canvas->jumped_back;
  show_node (canvas, back ? from : to);
}
