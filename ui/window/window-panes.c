/* The panes around the canvas: palette and outline, inspector, and what stands below.
 *
 * The first two stand beside the canvas where there is room. Where there is none they are folded:
 * each floats over the canvas when it is asked for, one at a time. Whether a pane stands is a
 * setting, remembered and the same in all windows; whether it floats is not.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "ui/shared/settings.h"

/* What a floating pane leaves of the canvas, where it can. */
#define LEFT_FREE_PX 48

static const struct
{
  const char *action, *shown, *width; /* and the settings */
} PANES[WEFT_N_PANES] = {
  [WEFT_PANE_PALETTE] = { "palette", "palette-visible", "palette-width" },
  [WEFT_PANE_INSPECTOR] = { "inspector", "inspector-visible", "inspector-width" },
  [WEFT_PANE_DOCK] = { "dock", "dock-visible", NULL },
};

static GtkWidget *
get_pane (WeftWindow *window, WeftPane pane)
{
  switch (pane)
    {
    case WEFT_PANE_PALETTE:
      return window->side;
    case WEFT_PANE_INSPECTOR:
      return GTK_WIDGET (window->inspector);
    case WEFT_PANE_DOCK:
      return GTK_WIDGET (window->dock);
    case WEFT_N_PANES:
      break;
    }
  g_assert_not_reached ();
}

static AdwBin *
get_float (WeftWindow *window, WeftPane pane)
{
  return pane == WEFT_PANE_PALETTE ? window->start_float : window->end_float;
}

static GSimpleAction *
get_action (WeftWindow *window, WeftPane pane)
{
  return G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (window), PANES[pane].action));
}

static gboolean
is_wanted (WeftWindow *window, WeftPane pane)
{
  return window->panes[pane].folded
           ? window->panes[pane].floats
           : g_settings_get_boolean (weft_settings_get (), PANES[pane].shown);
}

static void
update_pane (WeftWindow *window, WeftPane pane)
{
  gboolean wanted = is_wanted (window, pane), held = window->panes[pane].held;
  gtk_widget_set_visible (get_pane (window, pane), wanted && !held);
  if (pane != WEFT_PANE_DOCK)
    gtk_widget_set_visible (GTK_WIDGET (get_float (window, pane)),
                            window->panes[pane].folded && wanted && !held);
  g_simple_action_set_state (get_action (window, pane), g_variant_new_boolean (wanted));
  g_simple_action_set_enabled (get_action (window, pane), window->document != NULL && !held);
}

/* The buttons that bring folded panes back. */
static void
update_buttons (WeftWindow *window)
{
  gboolean on_build = window->document != NULL &&
                      g_strcmp0 (gtk_stack_get_visible_child_name (window->views), "build") == 0;
  gtk_widget_set_visible (window->palette_button,
                          on_build && window->panes[WEFT_PANE_PALETTE].folded);
  gtk_widget_set_visible (window->inspector_button,
                          on_build && window->panes[WEFT_PANE_INSPECTOR].folded);
}

/* For internal use: another document, view or lesson. */
void
weft_window_update_panes (WeftWindow *window)
{
  for (WeftPane pane = 0; pane < WEFT_N_PANES; pane++)
    update_pane (window, pane);
  update_buttons (window);
}

/* For internal use: a pane that is held is out of sight, whatever the setting is. */
void
weft_window_hold_pane (WeftWindow *window, WeftPane pane, gboolean held)
{
  window->panes[pane].held = held;
  update_pane (window, pane);
  weft_adaptive_bin_retry (window->build_bin);
}

/* ---- Shown and hidden ---- */

static void
set_floating (WeftWindow *window, WeftPane pane, gboolean floats)
{
  WeftPane other = pane == WEFT_PANE_PALETTE ? WEFT_PANE_INSPECTOR : WEFT_PANE_PALETTE;
  if (window->panes[pane].floats == floats)
    return;
  window->panes[pane].floats = floats;
  if (floats)
    set_floating (window, other, FALSE);
  update_pane (window, pane);
  if (floats)
    gtk_widget_child_focus (get_pane (window, pane), GTK_DIR_TAB_FORWARD);
  else
    gtk_widget_grab_focus (GTK_WIDGET (window->canvas));
}

/* For internal use: brings a pane, as it can be shown. */
void
weft_window_show_pane (WeftWindow *window, WeftPane pane)
{
  g_action_change_state (G_ACTION (get_action (window, pane)), g_variant_new_boolean (TRUE));
}

/* For internal use: the canvas is wanted: nothing floats over it. */
void
weft_window_clear_canvas (WeftWindow *window)
{
  set_floating (window, WEFT_PANE_PALETTE, FALSE);
  set_floating (window, WEFT_PANE_INSPECTOR, FALSE);
}

static void
pane_state_cb (GSimpleAction *action, GVariant *state, gpointer data)
{
  WeftWindow *window = data;
  gboolean    shown = g_variant_get_boolean (state);
  for (WeftPane pane = 0; pane < WEFT_N_PANES; pane++)
    if (action == get_action (window, pane))
      {
        if (window->panes[pane].folded)
          set_floating (window, pane, shown);
        else
          g_settings_set_boolean (weft_settings_get (), PANES[pane].shown, shown);
      }
}

static void
setting_cb (WeftWindow *window)
{
  weft_window_update_panes (window);
  weft_adaptive_bin_retry (window->build_bin);
}

static gboolean
key_cb (GtkEventController *controller,
        guint               key,
        guint               code,
        GdkModifierType     modifiers,
        WeftWindow         *window)
{
  if (key != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  weft_window_clear_canvas (window);
  return GDK_EVENT_STOP;
}

/* ---- Folding ---- */

static void
set_beside (WeftWindow *window, WeftPane pane, GtkWidget *widget)
{
  if (pane == WEFT_PANE_PALETTE)
    gtk_paned_set_start_child (window->palette_pane, widget);
  else
    gtk_paned_set_end_child (window->inspector_pane, widget);
}

static void
fold (WeftWindow *window, WeftPane pane, gboolean folded)
{
  GtkWidget *widget = get_pane (window, pane);
  if (window->panes[pane].folded == folded)
    return;
  window->panes[pane].folded = folded;
  window->panes[pane].floats = FALSE;
  g_object_ref (widget);
  if (folded)
    {
      set_beside (window, pane, NULL);
      adw_bin_set_child (get_float (window, pane), widget);
    }
  else
    {
      adw_bin_set_child (get_float (window, pane), NULL);
      set_beside (window, pane, widget);
    }
  g_object_unref (widget);
  update_pane (window, pane);
}

/* The inspector goes first: the palette is what one builds from. */
static void
level_cb (WeftWindow *window)
{
  guint level = weft_adaptive_bin_get_level (window->build_bin);
  weft_window_remember_sizes (window);
  fold (window, WEFT_PANE_INSPECTOR, level >= 1);
  fold (window, WEFT_PANE_PALETTE, level >= 2);
  update_buttons (window);
  weft_window_arrange (window);
}

/* Where the charts have no room beside the form of the Train page, they stand below it. */
static void
train_level_cb (WeftWindow *window)
{
  gboolean narrow = weft_adaptive_bin_get_level (window->train_bin) > 0;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (window->train_pane),
                                  narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_paned_set_resize_start_child (window->train_pane, narrow);
}

/* A floating pane has its usual width, and leaves something of the canvas in sight. */
static gboolean
place_float_cb (GtkOverlay *stage, GtkWidget *widget, GdkRectangle *place, WeftWindow *window)
{
  WeftPane pane =
    widget == GTK_WIDGET (window->start_float) ? WEFT_PANE_PALETTE : WEFT_PANE_INSPECTOR;
  int      width = gtk_widget_get_width (GTK_WIDGET (stage)), minimum, natural;
  gboolean left =
    (pane == WEFT_PANE_PALETTE) == (gtk_widget_get_direction (widget) != GTK_TEXT_DIR_RTL);
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  int usual = MAX (natural, g_settings_get_int (weft_settings_get (), PANES[pane].width));
  place->width = MAX (minimum, MIN (usual, width - LEFT_FREE_PX));
  place->x = left ? 0 : width - place->width;
  place->y = 0;
  place->height = gtk_widget_get_height (GTK_WIDGET (stage));
  return TRUE;
}

/* For internal use: once. */
void
weft_window_init_panes (WeftWindow *window)
{
  GSettings *settings = weft_settings_get ();
  for (WeftPane pane = 0; pane < WEFT_N_PANES; pane++)
    {
      g_autoptr (GSimpleAction) action =
        g_simple_action_new_stateful (PANES[pane].action, NULL, g_variant_new_boolean (FALSE));
      g_autofree char *changed = g_strconcat ("changed::", PANES[pane].shown, NULL);
      g_signal_connect (action, "change-state", G_CALLBACK (pane_state_cb), window);
      g_action_map_add_action (G_ACTION_MAP (window), G_ACTION (action));
      g_signal_connect_object (settings, changed, G_CALLBACK (setting_cb), window,
                               G_CONNECT_SWAPPED);
      if (pane == WEFT_PANE_DOCK)
        continue;
      GtkEventController *keys = gtk_event_controller_key_new ();
      g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), window);
      gtk_widget_add_controller (GTK_WIDGET (get_float (window, pane)), keys);
    }
  g_signal_connect (window->build_stage, "get-child-position", G_CALLBACK (place_float_cb), window);
  g_signal_connect_swapped (window->build_bin, "notify::level", G_CALLBACK (level_cb), window);
  g_signal_connect_swapped (window->train_bin, "notify::level", G_CALLBACK (train_level_cb),
                            window);
}
