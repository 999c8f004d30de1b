/* The steps of the document in a popover: what was done, newest first, those that were undone above
 * them; choosing one goes there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include <glib/gi18n.h>

/* ---- Rows ---- */

static guint
count_undone (WeftWindow *window)
{
  guint n = 0;
  while (weft_document_get_step_label (window->document, TRUE, n) != NULL)
    n++;
  return n;
}

/* Each row is the state after the step it names; the last is where it all began. */
static void
fill (WeftWindow *window)
{
  g_autoptr (GtkStringList) steps = gtk_string_list_new (NULL);
  WeftDocument *document = window->document;
  const char   *label;
  window->n_undone = count_undone (window);
  for (guint i = window->n_undone; i-- > 0;)
    gtk_string_list_append (steps, weft_document_get_step_label (document, TRUE, i));
  for (guint i = 0; (label = weft_document_get_step_label (document, FALSE, i)) != NULL; i++)
    gtk_string_list_append (steps, label);
  gtk_string_list_append (steps, _ ("As opened"));

  GtkNoSelection *model = gtk_no_selection_new (G_LIST_MODEL (g_steal_pointer (&steps)));
  gtk_list_view_set_model (window->history_list, GTK_SELECTION_MODEL (model));
  g_object_unref (model);
}

static void
setup_row_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *icon = gtk_image_new (), *label = gtk_label_new (NULL);
  gtk_image_set_pixel_size (GTK_IMAGE (icon), 16);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), label);
  gtk_list_item_set_child (item, box);
}

static void
bind_row_cb (GtkSignalListItemFactory *factory, GtkListItem *item, WeftWindow *window)
{
  GtkWidget  *box = gtk_list_item_get_child (item);
  GtkWidget  *icon = gtk_widget_get_first_child (box), *label = gtk_widget_get_next_sibling (icon);
  guint       at = gtk_list_item_get_position (item);
  const char *step = gtk_string_object_get_string (gtk_list_item_get_item (item));
  gboolean    now = at == window->n_undone, undone = at < window->n_undone;
  gtk_label_set_label (GTK_LABEL (label), step);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), now ? "object-select-symbolic" : NULL);
  if (undone)
    gtk_widget_add_css_class (label, "dim-label");
  else
    gtk_widget_remove_css_class (label, "dim-label");
  g_autofree char *said = now      ? g_strdup_printf (_ ("%s, now"), step)
                          : undone ? g_strdup_printf (_ ("%s, undone"), step)
                                   : g_strdup (step);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
}

/* ---- Going ---- */

static void
activate_cb (WeftWindow *window, guint at)
{
  gint n = (gint) at - (gint) window->n_undone;
  gtk_popover_popdown (window->history_popover);
  weft_document_go_steps (window->document, n);
}

static void
show_cb (WeftWindow *window)
{
  fill (window);
  gtk_widget_grab_focus (GTK_WIDGET (window->history_list));
}

static void
history_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  adw_split_button_popup (ADW_SPLIT_BUTTON (WEFT_WINDOW (data)->undo_button));
}

const GActionEntry weft_window_history_actions[] = {
  { .name = "history", .activate = history_action },
};
const guint weft_window_n_history_actions = G_N_ELEMENTS (weft_window_history_actions);

/* For internal use: once, when the window is made. */
void
weft_window_init_history (WeftWindow *window)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (setup_row_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_row_cb), window);
  gtk_list_view_set_factory (window->history_list, factory);
  g_object_unref (factory);
  g_signal_connect_swapped (window->history_list, "activate", G_CALLBACK (activate_cb), window);
  g_signal_connect_swapped (window->history_popover, "show", G_CALLBACK (show_cb), window);
}
