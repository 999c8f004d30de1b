/* Connecting by putting a card near: a preference, off unless asked for.
 *
 * While a card that hangs on nothing is in the hand, the nearest port that its first output or its
 * first input would fit is shown with a dashed wire, which is drawn when the card is let go.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <math.h>

/* Ports nearer than this are connected, in document units. */
#define NEAR 70

/* Where a port is, with what a drag adds. */
static void
port_at (WeftCanvas *canvas, const WeftCanvasNode *node, const WeftPortArt *port, WeftPoint *at)
{
  double dx, dy;

  weft_canvas_node_offset (canvas, node, &dx, &dy);
  *at = (WeftPoint){ node->x + dx + port->x, node->y + dy + port->y };
}

static void
try_pair (WeftCanvas           *canvas,
          const WeftCanvasNode *from,
          const WeftPortArt    *output,
          const WeftCanvasNode *to,
          const WeftPortArt    *input,
          double               *nearest)
{
  g_autofree char *refusal = NULL;
  WeftPoint        a, b;
  double           distance;

  port_at (canvas, from, output, &a);
  port_at (canvas, to, input, &b);
  distance = hypot (a.x - b.x, a.y - b.y);
  if (distance >= *nearest || b.x <= a.x ||
      weft_document_wire_into (canvas->document, to->uid, input->name))
    return;
  if (canvas->typing)
    refusal =
      weft_typing_refusal (canvas->typing, from->uid, output->name, to->uid, input->name);
  if (refusal)
    return;
  *nearest = distance;
  canvas->drag.near = (WeftEnds){ from->uid, to->uid, g_intern_string (output->name),
                                  g_intern_string (input->name) };
}

static gboolean
is_loose (const WeftCanvasNode *node)
{
  return node->n_wires == 0 && node->art->n_inputs + node->art->n_outputs > 0;
}

/* Looks for the wire that letting go of the card here would draw; none with @off. */
void
weft_canvas_find_near (WeftCanvas *canvas, const WeftCanvasNode *card, gboolean off)
{
  double nearest = NEAR;

  canvas->drag.near = (WeftEnds){ 0 };
  if (off || !is_loose (card) || !canvas->connect_near)
    return;
  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *other = canvas->order->pdata[i];

      if (other == card)
        continue;
      for (guint k = 0; card->art->n_outputs > 0 && k < other->art->n_inputs; k++)
        try_pair (canvas, card, &card->art->outputs[0], other, &other->art->inputs[k], &nearest);
      for (guint k = 0; card->art->n_inputs > 0 && k < other->art->n_outputs; k++)
        try_pair (canvas, other, &other->art->outputs[k], card, &card->art->inputs[0], &nearest);
    }
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* Dashed, over the cards. */
void
weft_canvas_draw_near (WeftCanvas *canvas, GtkSnapshot *snapshot)
{
  const WeftEnds       *near = &canvas->drag.near;
  const WeftCanvasNode *from = weft_canvas_find_node (canvas, near->from);
  const WeftCanvasNode *to = weft_canvas_find_node (canvas, near->to);
  gint                  output = from ? weft_node_art_find_output (from->art, near->from_port) : -1;
  gint                  input = to ? weft_node_art_find_input (to->art, near->to_port) : -1;
  WeftPen               pen = weft_pen_for_snapshot (snapshot);
  WeftPoint             a, b;
  WeftCurve             curve;

  if (output < 0 || input < 0)
    return;
  port_at (canvas, from, &from->art->outputs[output], &a);
  port_at (canvas, to, &to->art->inputs[input], &b);
  weft_canvas_to_view (canvas, a.x, a.y, &a.x, &a.y);
  weft_canvas_to_view (canvas, b.x, b.y, &b.x, &b.y);
  curve = weft_wire_curve (a.x, a.y, b.x, b.y);
  weft_pen_curve (&pen, &curve,
                  (WeftStroke){ weft_theme_colour (canvas->style->theme, WEFT_ROLE_ACCENT), 2,
                                WEFT_DASH_LONG });
}
