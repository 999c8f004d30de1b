/* The Outline's menu.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/outline/outline-menu.h"

#include <glib/gi18n.h>

/* Sections end with a row without a title. */
static const struct
{
  const char *title, *action;
} ROWS[] = {
  { N_ ("Show on Canvas"), "outline.go" },
  { N_ ("Open"), "outline.open" },
  { NULL, NULL },
  { N_ ("Connect to…"), "outline.connect" },
  { N_ ("Disconnect"), "outline.disconnect" },
  { NULL, NULL },
  { N_ ("Rename…"), "outline.rename" },
  { N_ ("Delete"), "outline.delete" },
  { NULL, NULL },
  { N_ ("Move Left"), "outline.move-left" },
  { N_ ("Move Right"), "outline.move-right" },
  { N_ ("Move Up"), "outline.move-up" },
  { N_ ("Move Down"), "outline.move-down" },
  { NULL, NULL },
};

/**
 * weft_outline_menu_new:
 *
 * Returns: (transfer floating): a popover; its parent has the actions
 */
GtkWidget *
weft_outline_menu_new (void)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) section = g_menu_new ();
  for (guint i = 0; i < G_N_ELEMENTS (ROWS); i++)
    if (ROWS[i].title != NULL)
      g_menu_append (section, _ (ROWS[i].title), ROWS[i].action);
    else
      {
        g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
        g_object_unref (section);
        section = g_menu_new ();
      }
  GtkWidget *popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_widget_set_halign (popover, GTK_ALIGN_START);
  return popover;
}
