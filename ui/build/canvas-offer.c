/* A short list at a point of the canvas: what could be done here, a button each.
 *
 * For questions that a gesture leaves open: which of the ports that fit, which node mends a wire.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#define WIDTH_CHARS 44

typedef struct
{
  WeftCanvas    *canvas; /* borrowed: the popover is its child */
  WeftOfferFunc  func;
  gpointer       data;
  GDestroyNotify destroy;
} Choice;

static void
choice_free (gpointer data, GClosure *closure)
{
  Choice *choice = data;

  if (choice->destroy)
    choice->destroy (choice->data);
  g_free (choice);
}

static void
chosen_cb (GtkButton *button, Choice *choice)
{
  GtkWidget *popover = gtk_widget_get_ancestor (GTK_WIDGET (button), GTK_TYPE_POPOVER);

  g_object_ref (button);
  gtk_popover_popdown (GTK_POPOVER (popover));
  choice->func (choice->canvas, choice->data);
  g_object_unref (button);
}

static void
closed_cb (GtkPopover *popover, WeftCanvas *canvas)
{
  gtk_widget_grab_focus (GTK_WIDGET (canvas));
}

/* Takes the place of the list before. @label is its accessible name; @text: (nullable): said above
 * the choices. */
void
weft_canvas_offer_begin (WeftCanvas *canvas, const char *label, const char *text)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  g_clear_pointer (&canvas->link_menu, gtk_widget_unparent);
  canvas->link_menu = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (canvas->link_menu), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (canvas->link_menu), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
  if (text)
    {
      GtkWidget *said = gtk_label_new (text);

      gtk_label_set_wrap (GTK_LABEL (said), TRUE);
      gtk_label_set_max_width_chars (GTK_LABEL (said), WIDTH_CHARS);
      gtk_label_set_xalign (GTK_LABEL (said), 0);
      gtk_widget_set_margin_start (said, 10);
      gtk_widget_set_margin_end (said, 10);
      gtk_widget_set_margin_top (said, 6);
      gtk_widget_set_margin_bottom (said, 6);
      gtk_widget_add_css_class (said, "error");
      gtk_box_append (GTK_BOX (box), said);
    }
  gtk_widget_set_parent (canvas->link_menu, GTK_WIDGET (canvas));
  g_signal_connect (canvas->link_menu, "closed", G_CALLBACK (closed_cb), canvas);
}

/* @data is the choice's, freed by @destroy where there is one. */
void
weft_canvas_offer_add (
  WeftCanvas *canvas, const char *label, WeftOfferFunc func, gpointer data, GDestroyNotify destroy)
{
  GtkWidget *button = gtk_button_new_with_label (label);
  Choice    *choice = g_new (Choice, 1);

  *choice = (Choice){ canvas, func, data, destroy };
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_halign (gtk_button_get_child (GTK_BUTTON (button)), GTK_ALIGN_START);
  g_signal_connect_data (button, "clicked", G_CALLBACK (chosen_cb), choice, choice_free, 0);
  gtk_box_append (GTK_BOX (gtk_popover_get_child (GTK_POPOVER (canvas->link_menu))), button);
}

/* At a point of the view. */
void
weft_canvas_offer_show (WeftCanvas *canvas, double view_x, double view_y)
{
  GdkRectangle at = { (int) view_x, (int) view_y, 1, 1 };

  gtk_popover_set_pointing_to (GTK_POPOVER (canvas->link_menu), &at);
  gtk_popover_set_position (GTK_POPOVER (canvas->link_menu), GTK_POS_BOTTOM);
  gtk_popover_popup (GTK_POPOVER (canvas->link_menu));
}
