/* What is under a point of the view: ports before cards, cards before wires, wires before notes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <math.h>

static gboolean
pick_port (WeftCanvas *canvas, double x, double y, WeftHit *hit)
{
  double nearest = WEFT_PORT_REACH_PX / canvas->zoom;

  /* From afar ports are not drawn, and half a card would be a port. */
  if (canvas->detail >= WEFT_DETAIL_BLOCK)
    return FALSE;
  for (guint i = canvas->order->len; i-- > 0;)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      guint           n = node->art->n_inputs + node->art->n_outputs;

      for (guint k = 0; k < n; k++)
        {
          gboolean           output = k >= node->art->n_inputs;
          guint              port = output ? k - node->art->n_inputs : k;
          const WeftPortArt *art = output ? &node->art->outputs[port] : &node->art->inputs[port];
          double             distance = hypot (node->x + art->x - x, node->y + art->y - y);

          if (distance >= nearest || art->hidden)
            continue;
          nearest = distance;
          *hit = (WeftHit){ .kind = output ? WEFT_HIT_OUTPUT : WEFT_HIT_INPUT,
                            .node = node,
                            .port = port };
        }
    }
  return hit->kind != WEFT_HIT_NOTHING;
}

/* 0, or one more than the number of the row with a value there. */
static guint
find_row (WeftCanvas *canvas, const WeftCanvasNode *node, double x, double y)
{
  if (canvas->detail != WEFT_DETAIL_FULL || (node->art->flags & WEFT_NODE_COLLAPSED))
    return 0;
  for (guint i = 0; i < node->art->n_rows; i++)
    {
      WeftRect box = weft_node_art_row_box (node->art, canvas->style, i);

      if (node->art->rows[i].param && weft_rect_contains (&box, x - node->x, y - node->y))
        return i + 1;
    }
  return 0;
}

static gboolean
pick_node (WeftCanvas *canvas, double x, double y, WeftHit *hit)
{
  for (guint i = canvas->order->len; i-- > 0;)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect        card = { node->x, node->y, node->art->width, node->art->height };

      if (!weft_rect_contains (&card, x, y))
        continue;
      *hit = (WeftHit){ .kind = WEFT_HIT_NODE,
                        .node = node,
                        .row = find_row (canvas, node, x, y) };
      return TRUE;
    }
  return FALSE;
}

static gboolean
pick_wire (WeftCanvas *canvas, double x, double y, WeftHit *hit)
{
  double nearest = WEFT_WIRE_REACH_PX / canvas->zoom;

  for (guint i = 0; i < canvas->wires->len; i++)
    {
      WeftWireArt *wire = canvas->wires->pdata[i];
      WeftRect     box = weft_rect_grow (weft_wire_art_bounds (wire), nearest);
      double       distance;
      gint         dot;

      if (!weft_rect_contains (&box, x, y))
        continue;
      distance = weft_wire_art_distance (wire, x, y);
      if (wire->shown && canvas->detail == WEFT_DETAIL_FULL &&
          weft_rect_contains (&wire->label_rect, x, y))
        distance = 0;
      dot = weft_wire_art_find_dot (wire, x, y, nearest);
      if (distance >= nearest)
        continue;
      nearest = distance;
      *hit = (WeftHit){ .kind = WEFT_HIT_WIRE, .wire = wire, .dot = (guint) (dot + 1) };
    }
  return hit->kind != WEFT_HIT_NOTHING;
}

/* A frame is taken at its title, its border or its corner: what lies in it can be boxed. From afar
 * it is taken anywhere. */
static gboolean
is_hold (WeftCanvas *canvas, const WeftRect *frame, double x, double y)
{
  double   rim = WEFT_WIRE_REACH_PX / canvas->zoom;
  WeftRect inner = { frame->x + rim, frame->y + MAX (rim, WEFT_FRAME_HEAD * canvas->style->scale),
                     frame->width - 2 * rim, 0 };

  inner.height = frame->y + frame->height - rim - inner.y;
  return canvas->detail == WEFT_DETAIL_FRAME || !weft_rect_contains (&inner, x, y) ||
         (x > frame->x + frame->width - WEFT_NOTE_CORNER &&
          y > frame->y + frame->height - WEFT_NOTE_CORNER);
}

static gboolean
pick_note (WeftCanvas *canvas, double x, double y, WeftHit *hit)
{
  g_autofree guint *order = canvas->document ? weft_notes_order (canvas->document) : NULL;

  for (guint i = canvas->document ? weft_document_n_notes (canvas->document) : 0; i-- > 0;)
    {
      const WeftNote *note = weft_document_note_at (canvas->document, order[i]);
      WeftRect        box = { note->x, note->y, note->width, note->height };
      WeftRect        corner = { note->x + note->width - WEFT_NOTE_CORNER,
                                 note->y + note->height - WEFT_NOTE_CORNER, WEFT_NOTE_CORNER,
                                 WEFT_NOTE_CORNER };

      if (!weft_rect_contains (&box, x, y) || (note->frame && !is_hold (canvas, &box, x, y)))
        continue;
      *hit = (WeftHit){ .kind = WEFT_HIT_NOTE,
                        .note = order[i],
                        .corner = weft_rect_contains (&corner, x, y) };
      return TRUE;
    }
  return FALSE;
}

/* The nearest port within reach wins over all else; the topmost of cards that overlap. */
WeftHit
weft_canvas_pick (WeftCanvas *canvas, double view_x, double view_y)
{
  WeftHit hit = { .kind = WEFT_HIT_NOTHING };
  double  x, y;

  weft_canvas_from_view (canvas, view_x, view_y, &x, &y);
  if (pick_port (canvas, x, y, &hit) || pick_node (canvas, x, y, &hit) ||
      pick_wire (canvas, x, y, &hit))
    return hit;
  pick_note (canvas, x, y, &hit);
  return hit;
}
