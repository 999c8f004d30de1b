/* Actions that change how nodes hang together, and their menu.
 *
 * Their keys and titles stand in ui/shared/commands.def.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>

static void
bypass (WeftCanvas *canvas)
{
  weft_canvas_toggle_flag (canvas, WEFT_NODE_BYPASSED);
}

static void
replace (WeftCanvas *canvas)
{
  weft_canvas_search_replacement (canvas);
}

static const struct
{
  const char *action, *title; /* in the menu */
  void (*run) (WeftCanvas *canvas);
} rewirings[] = {
  /* clang-format off */
  { "canvas.replace",       N_ ("Replace with…"),        replace },
  { "canvas.bypass",        N_ ("Bypass"),               bypass },
  { "canvas.dissolve",      N_ ("Delete and Reconnect"), weft_canvas_dissolve },
  { "canvas.swap-inputs",   N_ ("Swap Inputs"),          weft_canvas_swap_inputs },
  { "canvas.link-row",      N_ ("Link in a Row"),        weft_canvas_link_row },
  { "canvas.add-dot",       N_ ("Add Dot to Wire"),      weft_canvas_add_dot },
  { "canvas.tag",           N_ ("Wire as Tag"),          weft_canvas_toggle_tags },
  { "canvas.right-angles",  N_ ("Wires in Right Angles"), weft_canvas_toggle_angular },
  { "canvas.select-unused", N_ ("Select Unused"),        weft_canvas_select_unused },
  /* clang-format on */
};

static void
rewire_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  for (guint i = 0; i < G_N_ELEMENTS (rewirings); i++)
    if (g_str_equal (name, rewirings[i].action))
      rewirings[i].run (WEFT_CANVAS (widget));
}

/* Once, in the canvas's class_init. */
void
weft_canvas_install_rewire_actions (GtkWidgetClass *class)
{
  for (guint i = 0; i < G_N_ELEMENTS (rewirings); i++)
    gtk_widget_class_install_action (class, rewirings[i].action, NULL, rewire_action);
}

/* The submenu Rewire of the context menu. */
void
weft_canvas_add_rewire_menu (GMenu *menu)
{
  g_autoptr (GMenu) wiring = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rewirings); i++)
    g_menu_append (wiring, _ (rewirings[i].title), rewirings[i].action);
  g_menu_append_submenu (menu, _ ("Rewire"), G_MENU_MODEL (wiring));
}
