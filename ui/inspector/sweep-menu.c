/* The menu of a setting's row.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspector/sweep-menu.h"

#include <glib/gi18n.h>

#define SETTING "weft-setting"

static void
closed_cb (GtkWidget *popover)
{
  /* Not while it is closing: the entry that was chosen is still to act. */
  g_idle_add_once ((GSourceOnceFunc) gtk_widget_unparent, popover);
}

static void
pop_up (GtkWidget *row, double x, double y)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenuItem) entry = g_menu_item_new (_ ("S_weep This…"), NULL);
  g_menu_item_set_action_and_target (entry, "win.sweep-setting", "s",
                                     g_object_get_data (G_OBJECT (row), SETTING));
  g_menu_append_item (menu, entry);
  GtkWidget *popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_widget_set_parent (popover, row);
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  g_signal_connect (popover, "closed", G_CALLBACK (closed_cb), NULL);
  gtk_popover_popup (GTK_POPOVER (popover));
}

static void
pressed_cb (GtkGestureClick *click, int n, double x, double y, GtkWidget *row)
{
  gtk_gesture_set_state (GTK_GESTURE (click), GTK_EVENT_SEQUENCE_CLAIMED);
  pop_up (row, x, y);
}

static gboolean
key_cb (GtkWidget *row, GVariant *arguments, gpointer data)
{
  pop_up (row, gtk_widget_get_width (row) / 2, gtk_widget_get_height (row) / 2);
  return TRUE;
}

static gboolean
can_be_varied (const WeftParam *param)
{
  return !g_str_equal (param->name, "loss") &&
         (param->kind == WEFT_PARAM_INT || param->kind == WEFT_PARAM_NUMBER ||
          param->kind == WEFT_PARAM_BOOL || param->kind == WEFT_PARAM_CHOICE);
}

/**
 * weft_sweep_menu_attach:
 * @row: of a form
 * @param: what it changes
 * @owner: "training" or the id of a node
 */
void
weft_sweep_menu_attach (WeftParamRow *row, const WeftParam *param, const char *owner)
{
  if (!can_be_varied (param))
    return;
  GtkGesture         *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();
  g_object_set_data_full (G_OBJECT (row), SETTING, g_strdup_printf ("%s.%s", owner, param->name),
                          g_free);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), row, 0);
  gtk_shortcut_controller_add_shortcut (
    GTK_SHORTCUT_CONTROLLER (keys),
    gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Menu|<Shift>F10"),
                      gtk_callback_action_new (key_cb, NULL, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (row), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (row), keys);
}
