/* Strips under the header bar: one sentence, up to two buttons, and one that closes it. They stay
 * until what they say is settled or they are closed, and are told to a screen reader as alerts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/notice.h"

#include <glib/gi18n.h>

#define KEY "weft-notice"

static GtkWidget *
find (GtkBox *box, const char *key)
{
  GtkWidget *strip = gtk_widget_get_first_child (GTK_WIDGET (box));
  while (strip != NULL && g_strcmp0 (g_object_get_data (G_OBJECT (strip), KEY), key) != 0)
    strip = gtk_widget_get_next_sibling (strip);
  return strip;
}

/**
 * weft_notice_is_shown:
 * @box: where strips are
 * @key: of a strip
 *
 * Returns: whether it is there
 */
gboolean
weft_notice_is_shown (GtkBox *box, const char *key)
{
  return find (box, key) != NULL;
}

/**
 * weft_notice_hide:
 * @box: where strips are
 * @key: of a strip, which may be there
 */
void
weft_notice_hide (GtkBox *box, const char *key)
{
  GtkWidget *strip = find (box, key);
  if (strip != NULL)
    gtk_box_remove (box, strip);
}

static void
add_button (GtkBox *strip, const char *label, const char *action)
{
  if (label == NULL)
    return;
  GtkWidget *button = gtk_button_new_with_mnemonic (label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_box_append (strip, button);
}

static void
close_cb (GtkWidget *strip)
{
  gtk_box_remove (GTK_BOX (gtk_widget_get_parent (strip)), strip);
}

static GtkWidget *
new_strip (const WeftNotice *notice)
{
  GtkWidget *strip = g_object_new (GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_ALERT,
                                   "spacing", 8, NULL);
  GtkWidget *icon = gtk_image_new_from_icon_name (notice->error ? "dialog-warning-symbolic"
                                                                : "dialog-information-symbolic");
  GtkWidget *text = gtk_label_new (notice->text);
  gtk_widget_add_css_class (strip, "notice");
  if (notice->error)
    gtk_widget_add_css_class (strip, "error");
  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (text), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (strip), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  notice->text, -1);
  gtk_box_append (GTK_BOX (strip), icon);
  gtk_box_append (GTK_BOX (strip), text);
  add_button (GTK_BOX (strip), notice->label, notice->action);
  add_button (GTK_BOX (strip), notice->other_label, notice->other_action);

  GtkWidget *close = gtk_button_new_from_icon_name ("window-close-symbolic");
  gtk_widget_add_css_class (close, "flat");
  gtk_widget_set_valign (close, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (close, _ ("Close"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (close), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Close"), -1);
  g_signal_connect_swapped (close, "clicked", G_CALLBACK (close_cb), strip);
  gtk_box_append (GTK_BOX (strip), close);
  return strip;
}

/**
 * weft_notice_show:
 * @box: where strips are, one under the other
 * @notice: what to show; takes the place of the strip with its key
 */
void
weft_notice_show (GtkBox *box, const WeftNotice *notice)
{
  weft_notice_hide (box, notice->key);
  GtkWidget *strip = new_strip (notice);
  g_object_set_data_full (G_OBJECT (strip), KEY, g_strdup (notice->key), g_free);
  gtk_box_append (box, strip);
}
