/* Actions that put cards in order and select by how they hang together, and their menu.
 *
 * Their keys and titles stand in ui/shared/commands.def.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* ---- Arranging ---- */

static const struct
{
  const char *action, *title; /* in the menu */
  WeftArrange how;
} arrangements[] = {
  /* clang-format off */
  { "canvas.align-left",        N_ ("Align Left"),            WEFT_ARRANGE_LEFT },
  { "canvas.align-centre",      N_ ("Align Centres"),         WEFT_ARRANGE_CENTRE },
  { "canvas.align-right",       N_ ("Align Right"),           WEFT_ARRANGE_RIGHT },
  { "canvas.align-top",         N_ ("Align Top"),             WEFT_ARRANGE_TOP },
  { "canvas.align-middle",      N_ ("Align Middles"),         WEFT_ARRANGE_MIDDLE },
  { "canvas.align-bottom",      N_ ("Align Bottom"),          WEFT_ARRANGE_BOTTOM },
  { "canvas.distribute-across", N_ ("Distribute Horizontally"), WEFT_ARRANGE_ACROSS },
  { "canvas.distribute-down",   N_ ("Distribute Vertically"), WEFT_ARRANGE_DOWN },
  { "canvas.straighten",        N_ ("Straighten Wires"),      WEFT_ARRANGE_STRAIGHT },
  /* clang-format on */
};

static void
arrange_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  for (guint i = 0; i < G_N_ELEMENTS (arrangements); i++)
    if (g_str_equal (name, arrangements[i].action))
      weft_canvas_arrange (WEFT_CANVAS (widget), arrangements[i].how);
}

static void
tidy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_canvas_tidy (WEFT_CANVAS (widget));
}

/* ---- Selecting ---- */

static const struct
{
  const char *action, *title;
  WeftSelect  what;
} selections[] = {
  /* clang-format off */
  { "canvas.select-upstream",   N_ ("Select Upstream"),      WEFT_SELECT_UPSTREAM },
  { "canvas.select-downstream", N_ ("Select Downstream"),    WEFT_SELECT_DOWNSTREAM },
  { "canvas.select-same",       N_ ("Select Same Operation"), WEFT_SELECT_SAME },
  { "canvas.select-paths",      N_ ("Select Paths Between"), WEFT_SELECT_PATHS },
  { "canvas.select-others",     N_ ("Invert Selection"),     WEFT_SELECT_OTHERS },
  /* clang-format on */
};

static void
select_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  for (guint i = 0; i < G_N_ELEMENTS (selections); i++)
    if (g_str_equal (name, selections[i].action))
      weft_canvas_select (WEFT_CANVAS (widget), selections[i].what);
}

/* ---- Frames and looks ---- */

static void
frame_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  if (g_str_equal (name, "canvas.frame"))
    weft_canvas_add_frame (WEFT_CANVAS (widget));
  else if (g_str_equal (name, "canvas.remove-frame"))
    weft_canvas_remove_frame (WEFT_CANVAS (widget));
  else
    weft_canvas_fit_frame (WEFT_CANVAS (widget));
}

static const struct
{
  const char   *action, *title;
  WeftNodeFlags flag;
} looks[] = {
  { "canvas.collapse", N_ ("Collapse"), WEFT_NODE_COLLAPSED },
  { "canvas.hide-open", N_ ("Hide Open Ports"), WEFT_NODE_BARE },
  { "canvas.pin", N_ ("Pin"), WEFT_NODE_PINNED },
};

static void
look_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    if (g_str_equal (name, looks[i].action))
      weft_canvas_toggle_flag (WEFT_CANVAS (widget), looks[i].flag);
}

/* ---- Places and help ---- */

#define N_PLACES 9

static void
place_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guint number = (guint) (name[strlen (name) - 1] - '0');

  if (g_str_has_prefix (name, "canvas.keep-place-"))
    weft_canvas_keep_place (WEFT_CANVAS (widget), number);
  else
    weft_canvas_go_to_place (WEFT_CANVAS (widget), number);
}

static void
install_places (GtkWidgetClass *class)
{
  for (guint i = 1; i <= N_PLACES; i++)
    {
      g_autofree char *keep = g_strdup_printf ("canvas.keep-place-%u", i);
      g_autofree char *go = g_strdup_printf ("canvas.go-to-place-%u", i);

      gtk_widget_class_install_action (class, keep, NULL, place_action);
      gtk_widget_class_install_action (class, go, NULL, place_action);
    }
}

/* The window watches: it knows the run. */
static void
watch_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_activate_action (
    widget, g_str_equal (name, "canvas.watch") ? "win.watch" : "win.watch-form", NULL);
}

static void
help_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_canvas_show_help (WEFT_CANVAS (widget));
}

static void
other_end_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_canvas_other_end (WEFT_CANVAS (widget));
}

/* ---- All of them ---- */

/* Once, in the canvas's class_init. */
void
weft_canvas_install_arrange_actions (GtkWidgetClass *class)
{
  for (guint i = 0; i < G_N_ELEMENTS (arrangements); i++)
    gtk_widget_class_install_action (class, arrangements[i].action, NULL, arrange_action);
  for (guint i = 0; i < G_N_ELEMENTS (selections); i++)
    gtk_widget_class_install_action (class, selections[i].action, NULL, select_action);
  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    gtk_widget_class_install_action (class, looks[i].action, NULL, look_action);
  install_places (class);
  gtk_widget_class_install_action (class, "canvas.help", NULL, help_action);
  gtk_widget_class_install_action (class, "canvas.watch", NULL, watch_action);
  gtk_widget_class_install_action (class, "canvas.watch-form", NULL, watch_action);
  gtk_widget_class_install_action (class, "canvas.frame", NULL, frame_action);
  gtk_widget_class_install_action (class, "canvas.remove-frame", NULL, frame_action);
  gtk_widget_class_install_action (class, "canvas.fit-frame", NULL, frame_action);
  gtk_widget_class_install_action (class, "canvas.tidy", NULL, tidy_action);
  gtk_widget_class_install_action (class, "canvas.other-end", NULL, other_end_action);
}

/* The submenus Look, Arrange and Select of the context menu. */
void
weft_canvas_add_arrange_menus (GMenu *menu)
{
  g_autoptr (GMenu) select = g_menu_new ();
  g_autoptr (GMenu) arrange = g_menu_new ();
  g_autoptr (GMenu) align = g_menu_new ();
  g_autoptr (GMenu) look = g_menu_new ();

  g_menu_append (align, _ ("Tidy"), "canvas.tidy");
  for (guint i = 0; i < G_N_ELEMENTS (selections); i++)
    g_menu_append (select, _ (selections[i].title), selections[i].action);
  g_menu_append (select, _ ("Select All"), "canvas.select-all");
  for (guint i = 0; i < G_N_ELEMENTS (arrangements); i++)
    g_menu_append (arrangements[i].how <= WEFT_ARRANGE_BOTTOM ? align : arrange,
                   _ (arrangements[i].title), arrangements[i].action);
  g_menu_prepend_section (arrange, NULL, G_MENU_MODEL (align));
  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    g_menu_append (look, _ (looks[i].title), looks[i].action);
  g_menu_append (look, _ ("Frame"), "canvas.frame");
  g_menu_append (look, _ ("Fit Frame"), "canvas.fit-frame");
  g_menu_append (look, _ ("Remove Frame"), "canvas.remove-frame");
  g_menu_append_submenu (menu, _ ("Look and Frames"), G_MENU_MODEL (look));
  g_menu_append_submenu (menu, _ ("Arrange"), G_MENU_MODEL (arrange));
  g_menu_append_submenu (menu, _ ("Select"), G_MENU_MODEL (select));
}
