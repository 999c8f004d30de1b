/* The canvas without a pointer: walking from card to card, and wiring from a list of what fits.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

/* A menu longer than this is no help. */
#define MAX_OFFERS 40

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

typedef struct
{
  guint32 from, to;
  char   *from_port, *to_port;
} Offer;

static void
offer_free (gpointer data, GClosure *closure)
{
  Offer *offer = data;

  g_free (offer->from_port);
  g_free (offer->to_port);
  g_free (offer);
}

static void
take_offer_cb (GtkButton *button, Offer *offer)
{
  GtkWidget  *popover = gtk_widget_get_ancestor (GTK_WIDGET (button), GTK_TYPE_POPOVER);
  WeftCanvas *canvas = WEFT_CANVAS (gtk_widget_get_ancestor (popover, WEFT_TYPE_CANVAS));
  g_autoptr (GError) error = NULL;

  weft_document_begin (canvas->document, _ ("Connect"));
  if (!weft_document_connect (canvas->document, offer->from, offer->from_port, offer->to,
                              offer->to_port, &error))
    weft_canvas_fail (canvas, error->message);
  weft_document_end (canvas->document);
  gtk_popover_popdown (GTK_POPOVER (popover));
}

static void
add_offer (WeftCanvas *canvas,
           GtkBox     *box,
           guint32     from,
           const char *from_port,
           guint32     to,
           const char *to_port,
           guint      *n)
{
  g_autofree char *refusal = NULL;
  g_autofree char *text = NULL;
  GtkWidget       *button;
  Offer           *offer;

  if (*n >= MAX_OFFERS || weft_document_wire_into (canvas->document, to, to_port))
    return;
  refusal =
    canvas->typing ? weft_typing_refusal (canvas->typing, from, from_port, to, to_port) : NULL;
  if (refusal)
    return;
  text = g_strdup_printf ("%s.%s → %s.%s", weft_document_node (canvas->document, from)->id,
                          from_port, weft_document_node (canvas->document, to)->id, to_port);
  button = gtk_button_new_with_label (text);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_halign (gtk_button_get_child (GTK_BUTTON (button)), GTK_ALIGN_START);
  offer = g_new (Offer, 1);
  *offer = (Offer){ from, to, g_strdup (from_port), g_strdup (to_port) };
  g_signal_connect_data (button, "clicked", G_CALLBACK (take_offer_cb), offer, offer_free, 0);
  gtk_box_append (box, button);
  (*n)++;
}

/* Every open port elsewhere that a port of the node fits. */
static guint
add_offers (WeftCanvas *canvas, WeftCanvasNode *node, GtkBox *box)
{
  guint n = 0;

  for (guint i = 0; i < canvas->order->len; i++)
    {
      const WeftCanvasNode *other = canvas->order->pdata[i];

      if (other == node)
        continue;
      for (guint a = 0; a < node->art->n_outputs; a++)
        for (guint b = 0; b < other->art->n_inputs; b++)
          add_offer (canvas, box, node->uid, node->art->outputs[a].name, other->uid,
                     other->art->inputs[b].name, &n);
      for (guint a = 0; a < node->art->n_inputs; a++)
        for (guint b = 0; b < other->art->n_outputs; b++)
          add_offer (canvas, box, other->uid, other->art->outputs[b].name, node->uid,
                     node->art->inputs[a].name, &n);
    }
  return n;
}

static void
closed_cb (GtkPopover *popover, WeftCanvas *canvas)
{
  gtk_widget_grab_focus (GTK_WIDGET (canvas));
}

/* A list of the wires that could be drawn at the node; Enter on one draws it. */
void
weft_canvas_connect_menu (WeftCanvas *canvas, WeftCanvasNode *node)
{
  GtkWidget   *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget   *scroller = gtk_scrolled_window_new ();
  GdkRectangle at = { 0 };
  double       x, y;

  weft_canvas_flush (canvas);
  g_clear_pointer (&canvas->link_menu, gtk_widget_unparent);
  canvas->link_menu = gtk_popover_new ();
  if (add_offers (canvas, node, GTK_BOX (box)) == 0)
    gtk_box_append (GTK_BOX (box), gtk_label_new (_ ("No open port fits this node")));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 320);
  gtk_popover_set_child (GTK_POPOVER (canvas->link_menu), scroller);
  gtk_accessible_update_property (GTK_ACCESSIBLE (canvas->link_menu), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Connect to"), -1);
  gtk_widget_set_parent (canvas->link_menu, GTK_WIDGET (canvas));
  weft_canvas_to_view (canvas, node->x + node->art->width, node->y + node->art->height / 2, &x, &y);
  at = (GdkRectangle){ (int) x, (int) y, 1, 1 };
  gtk_popover_set_pointing_to (GTK_POPOVER (canvas->link_menu), &at);
  gtk_popover_set_position (GTK_POPOVER (canvas->link_menu), GTK_POS_RIGHT);
  g_signal_connect (canvas->link_menu, "closed", G_CALLBACK (closed_cb), canvas);
  gtk_popover_popup (GTK_POPOVER (canvas->link_menu));
}
