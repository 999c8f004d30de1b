/* Dropping a card on a wire puts it into the wire, and makes room for it.
 *
 * Only a card that hangs on nothing yet, so that moving things about never rewires them by chance;
 * only where it fits; with Alt not at all. While the card is in the hand, the wire is lit and the
 * cards behind it stand where they would stand.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

/* The wire must pass this near to the card's middle, in document units. */
#define REACH 16
/* Between the card and what it feeds. */
#define ROOM 40

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

/* ---- Does it fit? ---- */

/* Whether what the card makes of the wire, taken at @port, fits where the wire goes. */
static gboolean
fits_behind (WeftCanvas        *canvas,
             const WeftNode    *node,
             const char        *port,
             const WeftPorts   *ports,
             const WeftWireArt *wire)
{
  const WeftType  *type = weft_typing_output (canvas->typing, wire->from, wire->from_port);
  g_autofree char *why = NULL;
  g_autofree char *refusal = NULL;
  WeftType         made;
  gboolean         known = FALSE;

  if (!type)
    return TRUE;
  if (!weft_typing_try (canvas->typing, node->op, node->params, port, type, ports->outputs[0].name,
                        &made, &known, &why))
    return FALSE;
  refusal = known ? weft_typing_refusal_of_type (canvas->typing, &made, wire->to, wire->to_port)
                  : NULL;
  return refusal == NULL;
}

static gboolean
fits (WeftCanvas *canvas, guint32 uid, const WeftWireArt *wire)
{
  const WeftNode *node = weft_document_node (canvas->document, uid);
  g_autoptr (WeftPorts) ports = weft_document_ports (canvas->document, uid);

  for (guint i = 0; canvas->typing && i < ports->n_inputs; i++)
    {
      const char      *port = ports->inputs[i].name;
      g_autofree char *refusal =
        weft_typing_refusal (canvas->typing, wire->from, wire->from_port, uid, port);

      if (!refusal)
        return fits_behind (canvas, node, port, ports, wire);
    }
  return canvas->typing == NULL;
}

static WeftWireArt *
find_near (WeftCanvas *canvas, const WeftCanvasNode *node, double x, double y)
{
  WeftWireArt *best = NULL;
  double       nearest = REACH;

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

/* The wire that a card at (@x, @y) would go into, NULL if none; borrowed. */
WeftWireArt *
weft_canvas_find_splice (WeftCanvas *canvas, guint32 uid, double x, double y)
{
  WeftDrag       *drag = &canvas->drag;
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);
  WeftWireArt    *wire;

  if (!node || node->art->n_inputs == 0 || node->art->n_outputs == 0 || !is_loose (canvas, uid))
    return NULL;
  wire = find_near (canvas, node, x, y);
  if (!wire)
    return NULL;
  if (wire->to != drag->asked_to || wire->to_port != drag->asked_port)
    {
      drag->asked_to = wire->to;
      drag->asked_port = wire->to_port;
      drag->asked_fits = fits (canvas, uid, wire);
      if (!drag->asked_fits)
        weft_canvas_set_hint (canvas, _ ("The node does not take what flows in this wire."));
    }
  return drag->asked_fits ? wire : NULL;
}

/* ---- Room ---- */

/* How far what is behind @to must go for a card that ends at @right. */
static double
room_for (WeftCanvas *canvas, double right, guint32 to)
{
  const WeftCanvasNode *node = weft_canvas_find_node (canvas, to);
  double                by = node ? right + ROOM - node->x : 0;

  /* A wire that goes back needs no room, nor does a card that is put behind its end. */
  return by > 0 && by < right ? ceil (by / WEFT_GRID) * WEFT_GRID : 0;
}

static gboolean
is_pushed (const WeftCanvasNode *node, GHashTable *behind, double left, guint32 except)
{
  return node->uid != except && node->x >= left &&
         g_hash_table_contains (behind, GUINT_TO_POINTER (node->uid));
}

/* The cards behind the wire into @to stand aside in the picture; @to 0: as they were. */
void
weft_canvas_show_room (WeftCanvas *canvas, guint32 uid, double x, guint32 to)
{
  const WeftCanvasNode *card = weft_canvas_find_node (canvas, uid);
  const WeftCanvasNode *target = weft_canvas_find_node (canvas, to);
  double                by = card && target ? room_for (canvas, x + card->art->width, to) : 0;
  g_autoptr (GHashTable) behind = by > 0 ? weft_canvas_reached (canvas, &to, 1, FALSE) : NULL;
  gboolean changed = FALSE;

  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      double          push = behind && is_pushed (node, behind, target->x, uid) ? by : 0;

      changed = changed || push != node->push;
      node->push = push;
    }
  if (!changed)
    return;
  weft_canvas_place_wires (canvas, WEFT_PLACE_ENDS);
  weft_canvas_world_invalidate (canvas->world);
  gtk_widget_queue_allocate (canvas->world);
}

/* The same in the document, for a card that ends at @right; inside a step of the caller's. */
void
weft_canvas_make_room (WeftCanvas *canvas, guint32 uid, double right, guint32 to)
{
  const WeftCanvasNode *target = weft_canvas_find_node (canvas, to);
  double                by = room_for (canvas, right, to);
  g_autoptr (GHashTable) behind = NULL;
  g_autoptr (GArray) pushed = g_array_new (FALSE, FALSE, sizeof (guint32));

  if (by <= 0)
    return;
  behind = weft_canvas_reached (canvas, &to, 1, FALSE);
  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *node = canvas->order->pdata[i];

      if (is_pushed (node, behind, target->x, uid))
        g_array_append_val (pushed, node->uid);
    }
  weft_document_move_nodes (canvas->document, (const guint32 *) (gpointer) pushed->data,
                            pushed->len, by, 0);
}

/* ---- Into the wire ---- */

/* Into the wire at an input: from its source to the card's best port, from the card's first output
 * to the input. Inside an undo step. */
void
weft_canvas_splice (WeftCanvas *canvas, guint32 uid, guint32 to, const char *to_port)
{
  const WeftWire       *wire = weft_document_wire_into (canvas->document, to, to_port);
  const WeftCanvasNode *card = weft_canvas_find_node (canvas, uid);
  g_autoptr (WeftPorts) ports = weft_document_ports (canvas->document, uid);
  g_autoptr (GError) error = NULL;
  WeftPendingLink link = { 0 };

  if (!wire || !card || ports->n_outputs == 0)
    return;
  link = (WeftPendingLink){ .uid = wire->from,
                            .port = g_intern_string (wire->from_port),
                            .from_output = TRUE };
  weft_canvas_make_room (canvas, uid, card->x + card->art->width, to);
  if (!weft_canvas_connect_best (canvas, &link, uid, TRUE))
    {
      weft_canvas_fail (
        canvas, _ ("The node does not take what flows in this wire, so it was put beside it."));
      return;
    }
  if (!weft_document_connect (canvas->document, uid, ports->outputs[0].name, to, to_port, &error))
    weft_canvas_fail (canvas, error->message);
  else
    weft_canvas_note_habit (canvas, uid, to);
}
