/* The canvas without a pointer: walking from card to card, and the list of wires that fit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include "ui/build/connect-popover.h"

#include <math.h>

/* ---- Walking ---- */

static WeftCanvasNode *
focused_node (WeftCanvas *canvas)
{
  for (guint i = 0; i < canvas->order->len; i++)
    if (gtk_widget_is_focus (canvas->order->pdata[i]))
      return canvas->order->pdata[i];
  return NULL;
}

/* Along the wires first: right goes to what the card feeds, left to what feeds it. */
static WeftCanvasNode *
along_wires (WeftCanvas *canvas, const WeftCanvasNode *from, GtkDirectionType direction)
{
  if (direction != GTK_DIR_LEFT && direction != GTK_DIR_RIGHT)
    return NULL;
  for (guint i = 0; i < canvas->wires->len; i++)
    {
      const WeftWireArt *wire = canvas->wires->pdata[i];

      if (direction == GTK_DIR_RIGHT && wire->from == from->uid)
        return weft_canvas_find_node (canvas, wire->to);
      if (direction == GTK_DIR_LEFT && wire->to == from->uid)
        return weft_canvas_find_node (canvas, wire->from);
    }
  return NULL;
}

/* The nearest card in a direction; what lies aside counts three times as far. */
static WeftCanvasNode *
nearest (WeftCanvas *canvas, const WeftCanvasNode *from, GtkDirectionType direction)
{
  WeftCanvasNode *best = NULL;
  double          least = G_MAXDOUBLE;

  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      double          dx = node->x + node->art->width / 2 - from->x - from->art->width / 2;
      double          dy = node->y + node->art->height / 2 - from->y - from->art->height / 2;
      gboolean        sideways = direction == GTK_DIR_LEFT || direction == GTK_DIR_RIGHT;
      double          ahead = sideways ? dx : dy;
      double          aside = fabs (sideways ? dy : dx);

      if (direction == GTK_DIR_LEFT || direction == GTK_DIR_UP)
        ahead = -ahead;
      if (node == from || ahead <= 0 || ahead + 3 * aside >= least)
        continue;
      least = ahead + 3 * aside;
      best = node;
    }
  return best;
}

/* From the card with the focus, or to the first one. */
void
weft_canvas_walk (WeftCanvas *canvas, GtkDirectionType direction)
{
  WeftCanvasNode *from = focused_node (canvas);
  WeftCanvasNode *to = NULL;

  if (canvas->order->len == 0)
    return;
  if (!from)
    to = canvas->order->pdata[0];
  else
    {
      to = along_wires (canvas, from, direction);
      if (!to)
        to = nearest (canvas, from, direction);
    }
  if (!to)
    return;
  weft_canvas_set_selection (canvas, &to->uid, 1);
  gtk_widget_grab_focus (GTK_WIDGET (to));
}

/* ---- Wiring ---- */

static void
closed_cb (GtkPopover *popover, WeftCanvas *canvas)
{
  guint32         uid = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (popover), "weft-uid"));
  WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);

  gtk_widget_grab_focus (node ? GTK_WIDGET (node) : GTK_WIDGET (canvas));
}

/* A list of the wires that could be drawn at the node, or at its port with the focus; Return on one
 * draws it. */
void
weft_canvas_connect_menu (WeftCanvas *canvas, WeftCanvasNode *node)
{
  WeftConnectFrom from = WEFT_CONNECT_NODE;
  GdkRectangle    at = { 0 };
  guint32         uid;
  gboolean        output;
  const char     *port = weft_canvas_get_port (canvas, &uid, &output);
  double          x, y;

  if (port && uid == node->uid)
    from = output ? WEFT_CONNECT_OUTPUT : WEFT_CONNECT_INPUT;
  weft_canvas_flush (canvas);
  g_clear_pointer (&canvas->link_menu, gtk_widget_unparent);
  canvas->link_menu =
    weft_connect_popover_new (canvas->document, canvas->typing, node->uid, from, port);
  g_object_set_data (G_OBJECT (canvas->link_menu), "weft-uid", GUINT_TO_POINTER (node->uid));
  gtk_widget_set_parent (canvas->link_menu, GTK_WIDGET (canvas));
  weft_canvas_to_view (canvas, node->x + node->art->width, node->y + node->art->height / 2, &x, &y);
  at = (GdkRectangle){ (int) x, (int) y, 1, 1 };
  gtk_popover_set_pointing_to (GTK_POPOVER (canvas->link_menu), &at);
  gtk_popover_set_position (GTK_POPOVER (canvas->link_menu), GTK_POS_RIGHT);
  g_signal_connect (canvas->link_menu, "closed", G_CALLBACK (closed_cb), canvas);
  g_signal_connect_swapped (canvas->link_menu, "failed", G_CALLBACK (weft_canvas_fail), canvas);
  gtk_popover_popup (GTK_POPOVER (canvas->link_menu));
}
