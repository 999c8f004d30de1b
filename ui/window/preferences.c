/* The window with what can be chosen for all documents.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/preferences.h"

#include "ui/shared/settings.h"
#include "ui/window/key-page.h"

#include <glib/gi18n.h>

static const char *const SCHEMES[] = { "system", "light", "dark", NULL };

static GtkWidget *
new_switch_row (const char *title, const char *subtitle, const char *key)
{
  GtkWidget *row = adw_action_row_new (), *toggle = gtk_switch_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (row), TRUE);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), toggle);
  g_settings_bind (weft_settings_get (), key, toggle, "active", G_SETTINGS_BIND_DEFAULT);
  return row;
}

static GtkWidget *
new_scheme_row (void)
{
  const char *titles[] = { _ ("As the desktop"), _ ("Light"), _ ("Dark"), NULL };
  GtkWidget  *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) model = gtk_string_list_new (titles);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("_Colours"));
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (row), TRUE);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (model));
  adw_combo_row_set_use_subtitle (ADW_COMBO_ROW (row),
                                  TRUE); /* beside the title long words are cut */
  g_settings_bind_with_mapping (weft_settings_get (), "colour-scheme", row, "selected",
                                G_SETTINGS_BIND_DEFAULT, weft_settings_as_selected,
                                weft_settings_from_selected, (gpointer) SCHEMES, NULL);
  return row;
}

static GtkWidget *
new_number_row (const char *title, const char *subtitle, const char *key, double least, double most)
{
  GtkWidget *row = adw_action_row_new (), *spin = gtk_spin_button_new_with_range (least, most, 1);
  g_auto (GStrv) parts = g_strsplit (title, "_", -1);
  g_autofree char *name = g_strjoinv ("", parts);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (row), TRUE);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_set_valign (spin, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), spin);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), spin);
  g_settings_bind (weft_settings_get (), key, spin, "value", G_SETTINGS_BIND_DEFAULT);
  return row;
}

static GtkWidget *
new_runs_group (void)
{
  GtkWidget *runs = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (runs), _ ("Runs"));
  adw_preferences_group_add (
    ADW_PREFERENCES_GROUP (runs),
    new_number_row (
      _ ("_Runs kept"),
      _ ("The oldest of a document go when a run ends, but for those that you named; 0 keeps all"),
      "runs-kept", 0, 9999));
  adw_preferences_group_add (
    ADW_PREFERENCES_GROUP (runs),
    new_number_row (_ ("At _once"), _ ("Runs of a sweep that are trained at the same time"),
                    "runs-at-once", 1, 64));
  return runs;
}

/**
 * weft_preferences_new:
 *
 * Returns: (transfer floating): the window; what is chosen acts at once
 */
GtkWidget *
weft_preferences_new (void)
{
  GtkWidget *window =
    g_object_new (ADW_TYPE_PREFERENCES_WINDOW, "title", _ ("Preferences"), "modal", TRUE,
                  "search-enabled", TRUE, "default-width", 560, "default-height", 520, NULL);
  GtkWidget *page = adw_preferences_page_new (), *look = adw_preferences_group_new (),
            *curves = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (look), _ ("Appearance"));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (look), new_scheme_row ());
  adw_preferences_group_add (
    ADW_PREFERENCES_GROUP (look),
    new_switch_row (_ ("_Map"), _ ("A small picture of the whole graph over the canvas"),
                    "minimap-visible"));
  adw_preferences_group_add (
    ADW_PREFERENCES_GROUP (look),
    new_switch_row (_ ("Connect what is _near"),
                    _ ("A new node that is put near a port that fits is connected to it"),
                    "connect-near"));
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (curves), _ ("Curves"));
  adw_preferences_group_add (
    ADW_PREFERENCES_GROUP (curves),
    new_switch_row (_ ("_Logarithmic axis"),
                    _ ("For losses; shares such as the accuracy stay linear"), "log-axis"));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (look));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (curves));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (new_runs_group ()));
  adw_preferences_page_set_title (ADW_PREFERENCES_PAGE (page), _ ("General"));
  adw_preferences_page_set_icon_name (ADW_PREFERENCES_PAGE (page), "preferences-system-symbolic");
  adw_preferences_window_add (ADW_PREFERENCES_WINDOW (window), ADW_PREFERENCES_PAGE (page));
  adw_preferences_window_add (ADW_PREFERENCES_WINDOW (window),
                              ADW_PREFERENCES_PAGE (weft_key_page_new ()));
  return window;
}
