/* Dropping a card on a wire puts it into the wire.
 *
 * Only a card that hangs on nothing yet, so that moving things about never rewires them by chance;
 * with Alt not at all.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>

/* The wire must pass this near to the card's middle, in document units. */
#define REACH 16

static gboolean
is_loose (WeftCanvas *canvas, guint32 uid)
{
  for (guint i = 0; i < canvas->wires->len; i++)
    {
      const WeftWireArt *wire = canvas->wires->pdata[i];

      if (wire->from == uid || wire->to == uid)
        return FALSE;
    }
  return TRUE;
}

/* The wire that a card at (@x, @y) would go into, NULL if none; borrowed. */
WeftWireArt *
weft_canvas_find_splice (WeftCanvas *canvas, guint32 uid, double x, double y)
{
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);
  WeftWireArt    *best = NULL;
  double          nearest = REACH;

  if (!node || node->art->n_inputs == 0 || node->art->n_outputs == 0 || !is_loose (canvas, uid))
    return NULL;
  x += node->art->width / 2;
  y += node->art->height / 2;
  for (guint i = 0; i < canvas->wires->len; i++)
    {
      WeftWireArt *wire = canvas->wires->pdata[i];
      WeftRect     box = weft_rect_grow (weft_wire_art_bounds (wire), REACH);
      double       distance =
        weft_rect_contains (&box, x, y) ? weft_wire_art_distance (wire, x, y) : REACH;

      if (distance >= nearest)
        continue;
      nearest = distance;
      best = wire;
    }
  return best;
}

/* Into the wire at an input: from its source to the card's best port, from the card's first output
 * to the input. Inside an undo step. */
void
weft_canvas_splice (WeftCanvas *canvas, guint32 uid, guint32 to, const char *to_port)
{
  const WeftWire *wire = weft_document_wire_into (canvas->document, to, to_port);
  g_autoptr (WeftPorts) ports = weft_document_ports (canvas->document, uid);
  g_autoptr (GError) error = NULL;
  WeftPendingLink link = { 0 };

  if (!wire || !ports || ports->n_outputs == 0)
    return;
  link = (WeftPendingLink){ .uid = wire->from,
                            .port = g_intern_string (wire->from_port),
                            .from_output = TRUE };
  if (!weft_canvas_connect_best (canvas, &link, uid, TRUE))
    {
      weft_canvas_fail (
        canvas, _ ("The node does not take what flows in this wire, so it was put beside it."));
      return;
    }
  if (!weft_document_connect (canvas->document, uid, ports->outputs[0].name, to, to_port, &error))
    weft_canvas_fail (canvas, error->message);
}
