/* The header bar where the window is narrow or text is large: what has no room goes to the bar at
 * the foot and into the menu.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include <glib/gi18n.h>

/* What each level adds to the one before. */
enum
{
  WIDE,
  DEVICE_AT_FOOT,    /* and Open is a picture */
  TRANSPORT_AT_FOOT, /* and Open and New are in the menu */
  EDIT_AT_FOOT,      /* and the title is the window's alone */
  TRAIN_AS_PICTURE,
};

/* The same of the bar at the foot. */
enum
{
  FOOT_WIDE,
  PROGRESS_SHORT,
  DEVICE_IN_MENU,
};
#define PROGRESS_PX 140
#define SHORT_PROGRESS_PX 50

/* Between the header bar and the bar at the foot; in both it comes after @sibling (NULL: first). */
static void
move (GtkWidget *widget, GtkWidget *box, GtkWidget *sibling)
{
  GtkWidget *old = gtk_widget_get_parent (widget);
  g_object_ref (widget);
  if (old != box)
    {
      gtk_box_remove (GTK_BOX (old), widget);
      gtk_box_insert_child_after (GTK_BOX (box), widget, sibling);
    }
  g_object_unref (widget);
}

static void
update_menu (WeftWindow *window)
{
  guint level = window->header_level, foot = weft_adaptive_bin_get_level (window->foot);
  if (window->narrow_section == NULL && level >= TRANSPORT_AT_FOOT)
    {
      window->narrow_section = g_menu_new ();
      g_menu_prepend_section (window->primary_menu, NULL, G_MENU_MODEL (window->narrow_section));
    }
  if (window->narrow_section == NULL)
    return;
  g_menu_remove_all (window->narrow_section);
  if (level < TRANSPORT_AT_FOOT)
    return;
  g_menu_append (window->narrow_section, _ ("_Open…"), "win.open");
  g_menu_append (window->narrow_section, _ ("New _Document"), "app.new");
  if (foot >= DEVICE_IN_MENU)
    g_menu_append_submenu (window->narrow_section, _ ("_Threads"),
                           gtk_menu_button_get_menu_model (window->device_button));
}

static void
foot_cb (WeftWindow *window)
{
  guint foot = weft_adaptive_bin_get_level (window->foot);
  gtk_widget_set_visible (GTK_WIDGET (window->progress_label), foot < PROGRESS_SHORT);
  gtk_widget_set_size_request (GTK_WIDGET (window->progress),
                               foot < PROGRESS_SHORT ? PROGRESS_PX : SHORT_PROGRESS_PX, -1);
  gtk_widget_set_visible (GTK_WIDGET (window->device_button),
                          foot < DEVICE_IN_MENU || window->header_level < DEVICE_AT_FOOT);
  update_menu (window);
}

/* A picture has no text of its own that could be read out. */
static void
show_train_text (WeftWindow *window, guint level)
{
  gboolean picture = level >= TRAIN_AS_PICTURE;
  g_auto (GStrv) parts = g_strsplit (window->train_text, "_", 2);
  g_autofree char *name = g_strjoinv ("", parts);
  adw_button_content_set_label (window->train_content, picture ? "" : window->train_text);
  if (picture)
    gtk_accessible_update_property (GTK_ACCESSIBLE (window->train_button),
                                    GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  else
    gtk_accessible_reset_property (GTK_ACCESSIBLE (window->train_button),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL);
}

static void
level_cb (WeftWindow *window)
{
  guint      level = weft_adaptive_bin_get_level (WEFT_ADAPTIVE_BIN (window->header));
  GtkWidget *foot = window->status_bar;
  if (level == window->header_level)
    return;
  window->header_level = level;
  if (level >= DEVICE_AT_FOOT)
    adw_split_button_set_icon_name (window->open_button, "document-open-symbolic");
  else
    {
      adw_split_button_set_label (window->open_button, _ ("_Open"));
      adw_split_button_set_use_underline (window->open_button, TRUE);
    }
  gtk_widget_set_visible (GTK_WIDGET (window->open_button), level < TRANSPORT_AT_FOOT);
  gtk_widget_set_visible (window->new_button, level < TRANSPORT_AT_FOOT);
  gtk_widget_set_visible (window->titles, level < EDIT_AT_FOOT);
  show_train_text (window, level);
  if (level >= TRAIN_AS_PICTURE)
    gtk_widget_add_css_class (window->header, "narrow");
  else
    gtk_widget_remove_css_class (window->header, "narrow");

  move (window->edit_tools, level < EDIT_AT_FOOT ? window->edit_place : foot, NULL);
  move (GTK_WIDGET (window->device_button), level < DEVICE_AT_FOOT ? window->run_tools : foot,
        level < DEVICE_AT_FOOT ? NULL : GTK_WIDGET (window->progress));
  move (window->transport, level < TRANSPORT_AT_FOOT ? window->run_tools : foot,
        level < TRANSPORT_AT_FOOT ? window->train_button : GTK_WIDGET (window->device_button));
  foot_cb (window);
  weft_adaptive_bin_retry (window->foot);
}

/* For internal use: what the button that trains says, where there is room. */
void
weft_window_set_train_text (WeftWindow *window, const char *text)
{
  guint level = weft_adaptive_bin_get_level (WEFT_ADAPTIVE_BIN (window->header));
  g_free (window->train_text);
  window->train_text = g_strdup (text);
  show_train_text (window, level);
}

/* For internal use: once. */
void
weft_window_init_header (WeftWindow *window)
{
  window->train_text = g_strdup (adw_button_content_get_label (window->train_content));
  g_signal_connect_swapped (window->header, "notify::level", G_CALLBACK (level_cb), window);
  g_signal_connect_swapped (window->foot, "notify::level", G_CALLBACK (foot_cb), window);
}
