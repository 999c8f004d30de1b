/* How wires run: dots that they pass, names in place of lines, right angles.
 *
 * All of it is drawing: the model has the same wire whatever its way. A dot in the hand moves in
 * the wire's art alone; the document learns of it when it is let go.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

typedef double Place[2];

/* ---- Following the document ---- */

/* Dots, tag and angles of a new art, from its wire. */
void
weft_canvas_read_route (WeftCanvas *canvas, WeftWireArt *art, const WeftWire *wire)
{
  const WeftNode  *from = wire->tag ? weft_document_node (canvas->document, wire->from) : NULL;
  g_autofree char *tag = from ? g_strdup_printf ("%s.%s", from->id, wire->from_port) : NULL;

  art->angular = canvas->angular;
  weft_wire_art_set_tag (art, canvas->style, tag);
}

/* ---- A dot in the hand ---- */

static double
on_grid (double at, GdkModifierType modifiers)
{
  return modifiers & GDK_SHIFT_MASK ? at : round (at / WEFT_GRID) * WEFT_GRID;
}

static void
show_dots (WeftCanvas *canvas, const GArray *dots)
{
  WeftDrag    *drag = &canvas->drag;
  WeftWireArt *wire = weft_canvas_find_wire (canvas, drag->dot_to, drag->dot_port);

  if (!wire)
    return;
  weft_wire_art_set_dots (wire, (const double (*)[2]) (gpointer) dots->data, dots->len);
  weft_canvas_place_wire (canvas, wire);
  weft_canvas_world_invalidate (canvas->world);
}

static GArray *
copy_dots (const WeftWireArt *wire)
{
  GArray *dots = g_array_new (FALSE, FALSE, sizeof (Place));

  for (guint i = 0; i < wire->n_dots; i++)
    {
      double at[2] = { wire->dots[i].x, wire->dots[i].y };

      g_array_append_val (dots, at);
    }
  return dots;
}

/* The hand takes the dot under it, or with @insert a new one; the drag has begun. */
void
weft_canvas_take_dot (WeftCanvas *canvas, const WeftHit *hit, gboolean insert)
{
  WeftDrag    *drag = &canvas->drag;
  WeftWireArt *wire = hit->wire;
  double       at[2] = { on_grid (drag->from_x, 0), on_grid (drag->from_y, 0) };

  drag->kind = WEFT_DRAG_DOT;
  drag->dot_to = wire->to;
  drag->dot_port = wire->to_port;
  drag->dots = copy_dots (wire);
  drag->dot = hit->dot > 0 ? hit->dot - 1
                           : weft_wire_art_find_gap (wire, drag->from_x, drag->from_y);
  if (insert && hit->dot == 0)
    {
      g_array_insert_val (drag->dots, drag->dot, at);
      show_dots (canvas, drag->dots);
    }
}

void
weft_canvas_drag_dot (WeftCanvas *canvas, double x, double y, GdkModifierType modifiers)
{
  WeftDrag *drag = &canvas->drag;
  double   *at = g_array_index (drag->dots, Place, drag->dot);

  at[0] = on_grid (x, modifiers);
  at[1] = on_grid (y, modifiers);
  show_dots (canvas, drag->dots);
}

/* @keep: the document takes the dots; else the wire is as before. */
void
weft_canvas_drop_dot (WeftCanvas *canvas, gboolean keep)
{
  WeftDrag *drag = &canvas->drag;
  g_autoptr (GArray) dots = g_steal_pointer (&drag->dots);
  guint32         to = drag->dot_to;
  const char     *port = drag->dot_port;
  const WeftWire *wire = weft_document_wire_into (canvas->document, to, port);
  WeftWireArt    *art = weft_canvas_find_wire (canvas, to, port);

  if (!wire || !art || !dots)
    return;
  if (keep)
    weft_document_set_dots (canvas->document, to, port,
                            (const double (*)[2]) (gpointer) dots->data, dots->len);
  else
    {
      weft_wire_art_set_dots (art, wire->dots, wire->n_dots);
      weft_canvas_place_wire (canvas, art);
      weft_canvas_world_invalidate (canvas->world);
    }
}

/* A new dot of the wire into the port, on the grid near @at. */
void
weft_canvas_insert_dot (WeftCanvas *canvas, guint32 to, const char *port, WeftPoint at)
{
  const WeftWireArt *wire = weft_canvas_find_wire (canvas, to, port);
  g_autoptr (GArray) dots = wire ? copy_dots (wire) : NULL;
  Place place = { on_grid (at.x, 0), on_grid (at.y, 0) };

  if (!dots)
    return;
  g_array_insert_val (dots, weft_wire_art_find_gap (wire, at.x, at.y), place);
  weft_document_set_dots (canvas->document, to, port, (const double (*)[2]) (gpointer) dots->data,
                          dots->len);
}

/* Dot number @dot of the wire into the port, from 0, goes. */
void
weft_canvas_remove_dot (WeftCanvas *canvas, guint32 to, const char *port, guint dot)
{
  const WeftWireArt *wire = weft_canvas_find_wire (canvas, to, port);
  g_autoptr (GArray) dots = wire ? copy_dots (wire) : NULL;

  if (!dots || dot >= dots->len)
    return;
  g_array_remove_index (dots, dot);
  weft_document_set_dots (canvas->document, to, port, (const double (*)[2]) (gpointer) dots->data,
                          dots->len);
}

/* ---- Tags, angles ---- */

static gboolean
is_meant (WeftCanvas *canvas, const WeftWireArt *wire)
{
  if (canvas->selected_to)
    return wire->to == canvas->selected_to &&
           g_strcmp0 (wire->to_port, canvas->selected_port) == 0;
  return weft_canvas_is_selected (canvas, wire->from);
}

/* The selected wire, or all that leave the selected nodes: names in place of lines, and back. */
void
weft_canvas_toggle_tags (WeftCanvas *canvas)
{
  g_autoptr (GArray) meant = g_array_new (FALSE, FALSE, sizeof (WeftEnds));
  gboolean all = TRUE;

  for (guint i = 0; i < canvas->wires->len; i++)
    {
      const WeftWireArt *wire = canvas->wires->pdata[i];
      WeftEnds           ends = { wire->from, wire->to, wire->from_port, wire->to_port };

      if (!is_meant (canvas, wire))
        continue;
      all = all && wire->tag;
      g_array_append_val (meant, ends);
    }
  if (meant->len == 0)
    {
      weft_canvas_fail (canvas, _ ("Select a wire, or nodes with wires to the right, first."));
      return;
    }
  weft_document_begin (canvas->document,
                       all ? _ ("Draw Wires as Lines") : _ ("Draw Wires as Tags"));
  for (guint i = 0; i < meant->len; i++)
    {
      const WeftEnds *ends = &g_array_index (meant, WeftEnds, i);

      weft_document_set_tag (canvas->document, ends->to, ends->to_port, !all);
    }
  weft_document_end (canvas->document);
}

/* All wires of the document in right angles or smooth; kept with its view. */
void
weft_canvas_set_angular (WeftCanvas *canvas, gboolean angular)
{
  canvas->angular = angular;
  for (guint i = 0; i < canvas->wires->len; i++)
    ((WeftWireArt *) canvas->wires->pdata[i])->angular = angular;
  weft_canvas_place_wires (canvas, WEFT_PLACE_ALL);
}

void
weft_canvas_toggle_angular (WeftCanvas *canvas)
{
  weft_canvas_set_angular (canvas, !canvas->angular);
  weft_canvas_remember_view (canvas);
}

/* In the middle of the selected wire. */
void
weft_canvas_add_dot (WeftCanvas *canvas)
{
  const WeftWireArt *wire =
    canvas->selected_to
      ? weft_canvas_find_wire (canvas, canvas->selected_to, canvas->selected_port)
      : NULL;
  g_autoptr (GArray) dots = NULL;
  WeftPoint middle;
  double    at[2];

  if (!wire)
    {
      weft_canvas_fail (canvas, _ ("Select a wire first."));
      return;
    }
  dots = copy_dots (wire);
  middle = weft_wire_art_at (wire, 0.5);
  at[0] = on_grid (middle.x, 0);
  at[1] = on_grid (middle.y, 0);
  g_array_insert_val (dots, weft_wire_art_find_gap (wire, middle.x, middle.y), at);
  weft_document_set_dots (canvas->document, wire->to, wire->to_port,
                          (const double (*)[2]) (gpointer) dots->data, dots->len);
}
