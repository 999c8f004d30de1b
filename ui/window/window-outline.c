/* The window's Outline, beside the palette.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

static void
go_cb (WeftOutline *outline, guint uid, WeftWindow *window)
{
  weft_canvas_reveal (window->canvas, uid);
}

static void
open_cb (WeftOutline *outline, guint uid, WeftWindow *window)
{
  g_signal_emit_by_name (window->canvas, "activate-node", uid);
}

static void
failed_cb (WeftOutline *outline, const char *message, WeftWindow *window)
{
  weft_window_toast (window, message);
}

static void
selection_cb (WeftWindow *window)
{
  guint          n;
  const guint32 *uids = weft_canvas_get_selection (window->canvas, &n);
  weft_outline_select (window->outline, n == 1 ? uids[0] : 0);
}

static void
outline_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  gtk_stack_set_visible_child_name (window->views, "build");
  weft_window_show_pane (window, WEFT_PANE_PALETTE);
  gtk_stack_set_visible_child_name (window->side_pages, "outline");
  gtk_widget_grab_focus (GTK_WIDGET (window->outline));
}

/* To the node that is selected, if one is. */
static void
canvas_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow    *window = data;
  guint          n;
  const guint32 *uids = weft_canvas_get_selection (window->canvas, &n);
  gtk_stack_set_visible_child_name (window->views, "build");
  if (n > 0)
    weft_canvas_reveal (window->canvas, uids[0]);
  else
    gtk_widget_grab_focus (GTK_WIDGET (window->canvas));
}

/* Its name and parameters, also of a layer or group, which Return opens. */
static void
edit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  gtk_stack_set_visible_child_name (window->views, "build");
  weft_window_show_pane (window, WEFT_PANE_INSPECTOR);
  weft_inspector_focus_name (window->inspector);
}

static const GActionEntry ACTIONS[] = {
  { .name = "edit-node", .activate = edit_action },
  { .name = "outline", .activate = outline_action },
  { .name = "canvas", .activate = canvas_action },
};

/* For internal use: once. */
void
weft_window_init_outline (WeftWindow *window)
{
  g_action_map_add_action_entries (G_ACTION_MAP (window), ACTIONS, G_N_ELEMENTS (ACTIONS), window);
  g_signal_connect (window->outline, "go", G_CALLBACK (go_cb), window);
  g_signal_connect (window->outline, "open", G_CALLBACK (open_cb), window);
  g_signal_connect (window->outline, "failed", G_CALLBACK (failed_cb), window);
  g_signal_connect_swapped (window->canvas, "selection-changed", G_CALLBACK (selection_cb), window);
}

/* For internal use: shows what the canvas shows, or nothing. */
void
weft_window_follow_outline (WeftWindow *window)
{
  gboolean has = window->document != NULL;
  weft_outline_set_document (window->outline, has ? weft_window_get_shown (window) : NULL,
                             has ? weft_window_get_shown_typing (window) : NULL);
  for (guint i = 0; i < G_N_ELEMENTS (ACTIONS); i++)
    g_simple_action_set_enabled (
      G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (window), ACTIONS[i].name)), has);
}
