/* The ports of a card without a pointer: one of them has the focus within the card that has it. It
 * has a ring, the status line tells what it is, Return offers what it can be wired to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>

#define RING_PX 10
#define RING_WIDTH_PX 2

/* The card with the focus and the focused port among its inputs, then outputs; NULL: no port has
 * it. */
static WeftCanvasNode *
focused_port (WeftCanvas *canvas, gboolean *output, const WeftPortArt **port)
{
  WeftCanvasNode *node = canvas->port_of ? weft_canvas_find_node (canvas, canvas->port_of) : NULL;
  guint           i = canvas->port;

  if (!node || !gtk_widget_is_focus (GTK_WIDGET (node)) ||
      i >= node->art->n_inputs + node->art->n_outputs)
    return NULL;
  *output = i >= node->art->n_inputs;
  *port = *output ? &node->art->outputs[i - node->art->n_inputs] : &node->art->inputs[i];
  return node;
}

/* The name of the port with the focus and its card's node; NULL: no port has it. */
const char *
weft_canvas_get_port (WeftCanvas *canvas, guint32 *uid, gboolean *output)
{
  const WeftPortArt *port;
  WeftCanvasNode    *node = focused_port (canvas, output, &port);

  *uid = node ? node->uid : 0;
  return node ? g_intern_string (port->name) : NULL;
}

static void
tell (WeftCanvas *canvas)
{
  gboolean           output;
  const WeftPortArt *port;
  WeftCanvasNode    *node = focused_port (canvas, &output, &port);
  const WeftType    *type = NULL;
  g_autofree char   *shape = NULL, *text = NULL;

  gtk_widget_queue_draw (GTK_WIDGET (canvas));
  if (!node)
    {
      weft_canvas_set_hint (canvas, NULL);
      return;
    }
  if (canvas->typing)
    type = output ? weft_typing_output (canvas->typing, node->uid, port->name)
                  : weft_typing_input (canvas->typing, node->uid, port->name);
  shape = type ? weft_type_to_string (type) : g_strdup (_ ("unknown"));
  /* Translators: a port's name, its node's, and what flows there */
  text = g_strdup_printf (output ? _ ("Output %s of %s, %s: Return connects it")
                                 : _ ("Input %s of %s, %s: Return connects it"),
                          port->name, node->art->title, shape);
  weft_canvas_set_hint (canvas, text);
}

/* To the next port of the card with the focus, or the one before; from the last to none. */
void
weft_canvas_walk_ports (WeftCanvas *canvas, WeftCanvasNode *node, gint by)
{
  gint n = (gint) (node->art->n_inputs + node->art->n_outputs);
  gint now = canvas->port_of == node->uid ? (gint) canvas->port : -1;
  gint next = (now + by + n + 2) % (n + 1) - 1;

  /* -1, no port, lies between the last and the first. */
  canvas->port_of = next >= 0 ? node->uid : 0;
  canvas->port = next >= 0 ? (guint) next : 0;
  gtk_widget_grab_focus (GTK_WIDGET (node));
  tell (canvas);
}

/* FALSE: no port had the focus. */
gboolean
weft_canvas_leave_port (WeftCanvas *canvas)
{
  guint32  uid;
  gboolean output, had = weft_canvas_get_port (canvas, &uid, &output) != NULL;

  canvas->port_of = 0;
  if (had)
    tell (canvas);
  return had;
}

/* Takes away the wires at the port with the focus. FALSE: no port has it. */
gboolean
weft_canvas_disconnect_port (WeftCanvas *canvas)
{
  guint32     uid;
  gboolean    output;
  const char *port = weft_canvas_get_port (canvas, &uid, &output);

  if (!port)
    return FALSE;
  weft_document_begin (canvas->document, _ ("Disconnect"));
  for (guint i = weft_document_n_wires (canvas->document); i-- > 0;)
    {
      const WeftWire *wire = weft_document_wire_at (canvas->document, i);
      const char     *to_port = g_intern_string (wire->to_port);

      if (output ? wire->from == uid && g_str_equal (wire->from_port, port)
                 : wire->to == uid && g_str_equal (wire->to_port, port))
        weft_document_disconnect (canvas->document, wire->to, to_port);
    }
  weft_document_end (canvas->document);
  return TRUE;
}

/* The ring; above everything. */
void
weft_canvas_draw_port_focus (WeftCanvas *canvas, GtkSnapshot *snapshot)
{
  gboolean           output;
  const WeftPortArt *port;
  WeftCanvasNode    *node = focused_port (canvas, &output, &port);
  WeftPen            pen;
  double             x, y;

  if (!node)
    return;
  weft_canvas_to_view (canvas, node->x + port->x, node->y + port->y, &x, &y);
  pen = weft_pen_for_snapshot (snapshot);
  weft_pen_border (&pen, (WeftRect){ x - RING_PX, y - RING_PX, 2 * RING_PX, 2 * RING_PX }, RING_PX,
                   (WeftStroke){ weft_theme_colour (canvas->style->theme, WEFT_ROLE_ACCENT),
                                 RING_WIDTH_PX });
}
