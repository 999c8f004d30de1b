/* The page of keys in Preferences.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/key-page.h"

#include "ui/shared/settings.h"

#include <glib/gi18n.h>

typedef struct
{
  const WeftCommand *command;

  /* Borrowed: the row owns this */
  AdwActionRow *row;
  GtkWidget    *keys, *reset;

  /* Plain values */
  gboolean waiting; /* for a key */
} KeyRow;

/* ---- Taking a key ---- */

/* A letter or a number, which every text needs for itself. */
static gboolean
writes (guint key, GdkModifierType modifiers)
{
  return (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) == 0 &&
         gdk_keyval_to_unicode (key) != 0;
}

char *
weft_key_page_take (const WeftCommand *command, guint key, GdkModifierType modifiers)
{
  GdkModifierType    held = modifiers & gtk_accelerator_get_default_mod_mask ();
  g_autofree char   *name = gtk_accelerator_name (gdk_keyval_to_lower (key), held);
  g_autofree char   *label = gtk_accelerator_get_label (gdk_keyval_to_lower (key), held);
  const WeftCommand *other;
  if ((g_str_has_prefix (command->action, "win.") || g_str_has_prefix (command->action, "app.")) &&
      writes (key, held))
    return g_strdup_printf (_ ("%s is needed to write texts: hold Ctrl or Alt with it."), label);
  other = weft_commands_find_conflict (command, name);
  if (other != NULL)
    /* Translators: a key, as Ctrl+X, and the command that has it */
    return g_strdup_printf (
      _ ("%s does “%s” already: choose another key, or change that command first."), label,
      _ (other->title));
  weft_commands_set_keys (command, (const char *const[]){ name, NULL });
  return NULL;
}

/* ---- Rows ---- */

static void
show_keys (KeyRow *row)
{
  g_autofree char *label = weft_commands_dup_label (row->command);
  gtk_label_set_text (GTK_LABEL (row->keys), label != NULL ? label : _ ("none"));
  gtk_widget_set_visible (row->reset, weft_commands_is_rebound (row->command));
}

static void
wait (KeyRow *row, gboolean waiting, const char *told)
{
  row->waiting = waiting;
  adw_action_row_set_subtitle (row->row, told != NULL ? told : "");
}

static void
activated_cb (KeyRow *row)
{
  wait (row, TRUE,
        _ ("Press the new keys; Escape leaves them as they are, Backspace takes them away."));
  gtk_widget_grab_focus (GTK_WIDGET (row->row));
}

static gboolean
key_cb (
  GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, KeyRow *row)
{
  g_autofree char *refusal = NULL;
  if (!row->waiting)
    return GDK_EVENT_PROPAGATE;
  if (key == GDK_KEY_Escape)
    wait (row, FALSE, NULL);
  else if (key == GDK_KEY_BackSpace && (modifiers & gtk_accelerator_get_default_mod_mask ()) == 0)
    {
      weft_commands_set_keys (row->command, (const char *const[]){ NULL });
      wait (row, FALSE, NULL);
    }
  else if (gtk_accelerator_valid (key, modifiers & gtk_accelerator_get_default_mod_mask ()))
    {
      refusal = weft_key_page_take (row->command, key, modifiers);
      wait (row, refusal != NULL, refusal);
    }
  return GDK_EVENT_STOP;
}

static void
left_cb (KeyRow *row)
{
  wait (row, FALSE, NULL);
}

static void
reset_cb (KeyRow *row)
{
  weft_commands_set_keys (row->command, NULL);
}

static GtkWidget *
new_row (const WeftCommand *command)
{
  KeyRow             *row = g_new0 (KeyRow, 1);
  GtkWidget          *widget = adw_action_row_new ();
  GtkEventController *keys = gtk_event_controller_key_new (),
                     *focus = gtk_event_controller_focus_new ();
  row->command = command;
  row->row = ADW_ACTION_ROW (widget);
  row->keys = gtk_label_new (NULL);
  row->reset = gtk_button_new_from_icon_name ("edit-undo-symbolic");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (widget), _ (command->title));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (widget), FALSE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (widget), TRUE);
  gtk_widget_add_css_class (row->keys, "dim-label");
  gtk_widget_add_css_class (row->reset, "flat");
  gtk_widget_set_valign (row->reset, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (row->reset, _ ("The keys that Weft comes with"));
  adw_action_row_add_suffix (row->row, row->reset);
  adw_action_row_add_suffix (row->row, row->keys);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), row);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (left_cb), row);
  gtk_widget_add_controller (widget, keys);
  gtk_widget_add_controller (widget, focus);
  g_signal_connect_swapped (widget, "activated", G_CALLBACK (activated_cb), row);
  g_signal_connect_swapped (row->reset, "clicked", G_CALLBACK (reset_cb), row);
  g_object_set_data_full (G_OBJECT (widget), "weft-key-row", row, g_free);
  show_keys (row);
  return widget;
}

static void
refresh_cb (GSettings *settings, const char *key, GtkWidget *page)
{
  GPtrArray *rows = g_object_get_data (G_OBJECT (page), "weft-key-rows");
  for (guint i = 0; i < rows->len; i++)
    show_keys (g_object_get_data (rows->pdata[i], "weft-key-row"));
}

/**
 * weft_key_page_new:
 *
 * Returns: (transfer floating): the page; what is chosen acts at once, in every window
 */
GtkWidget *
weft_key_page_new (void)
{
  GtkWidget         *page = adw_preferences_page_new (), *group = NULL;
  GPtrArray         *rows = g_ptr_array_new ();
  const char        *section = "";
  guint              n;
  const WeftCommand *commands = weft_commands_get (&n);
  adw_preferences_page_set_title (ADW_PREFERENCES_PAGE (page), _ ("Keys"));
  adw_preferences_page_set_icon_name (ADW_PREFERENCES_PAGE (page), "input-keyboard-symbolic");
  for (guint i = 0; i < n; i++)
    switch (commands[i].kind)
      {
      case WEFT_COMMAND_SECTION:
        section = _ (commands[i].title);
        break;
      case WEFT_COMMAND_GROUP:
        {
          /* Translators: where keys act, and what for: "Canvas: Editing" */
          g_autofree char *title = g_strdup_printf (_ ("%s: %s"), section, _ (commands[i].title));
          group = adw_preferences_group_new ();
          adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), title);
          adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (group));
          break;
        }
      case WEFT_COMMAND_ACTION:
        g_ptr_array_add (rows, new_row (&commands[i]));
        adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), rows->pdata[rows->len - 1]);
        break;
      }
  g_object_set_data_full (G_OBJECT (page), "weft-key-rows", rows,
                          (GDestroyNotify) g_ptr_array_unref);
  g_signal_connect_object (weft_settings_get (), "changed::keys", G_CALLBACK (refresh_cb), page, 0);
  return page;
}
