/* The canvas's and the cards' actions, their keys, and the context menu that repeats them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>

#define FAR 5 /* grid steps of a nudge with Shift */

/* ---- The canvas's ---- */

static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_canvas_search (WEFT_CANVAS (widget), NULL);
}

static void
select_none_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);

  if (canvas->drag.kind != WEFT_DRAG_NONE)
    weft_canvas_cancel (canvas);
  else if (!weft_canvas_leave_port (canvas))
    weft_canvas_set_selection (canvas, NULL, 0);
}

static void
zoom_reset_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_canvas_set_zoom (WEFT_CANVAS (widget), WEFT_CANVAS (widget)->screen->scale);
}

static void
nudge_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);
  double      step = WEFT_GRID * (g_str_has_suffix (name, "-far") ? FAR : 1);

  if (g_str_has_prefix (name, "canvas.nudge-left"))
    weft_canvas_nudge (canvas, -step, 0);
  else if (g_str_has_prefix (name, "canvas.nudge-right"))
    weft_canvas_nudge (canvas, step, 0);
  else if (g_str_has_prefix (name, "canvas.nudge-up"))
    weft_canvas_nudge (canvas, 0, -step);
  else
    weft_canvas_nudge (canvas, 0, step);
}

static WeftCanvasNode *
current_node (WeftCanvas *canvas)
{
  for (guint i = 0; i < canvas->order->len; i++)
    if (gtk_widget_is_focus (canvas->order->pdata[i]))
      return canvas->order->pdata[i];
  if (canvas->selection->len == 0)
    return NULL;
  return weft_canvas_find_node (canvas, g_array_index (canvas->selection, guint32, 0));
}

static void
open_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvas     *canvas = WEFT_CANVAS (widget);
  WeftCanvasNode *node = current_node (canvas);
  guint32         uid;
  gboolean        output;

  if (node && weft_canvas_get_port (canvas, &uid, &output))
    weft_canvas_connect_menu (canvas, node);
  else if (node)
    g_signal_emit_by_name (widget, "activate-node", node->uid);
}

static void
value_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvas     *canvas = WEFT_CANVAS (widget);
  WeftCanvasNode *node = current_node (canvas);

  if (node && !weft_canvas_edit_first_value (canvas, node->uid))
    weft_canvas_fail (canvas, _ ("This card shows no value that could be edited on it."));
}

static void
connect_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvasNode *node = current_node (WEFT_CANVAS (widget));

  if (node)
    weft_canvas_connect_menu (WEFT_CANVAS (widget), node);
}

static void
port_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvasNode *node = current_node (WEFT_CANVAS (widget));

  if (node)
    weft_canvas_walk_ports (node->canvas, node, g_str_equal (name, "canvas.next-port") ? 1 : -1);
}

static void
disconnect_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);

  if (canvas->document && weft_canvas_disconnect_port (canvas))
    return;
  if (!canvas->document || (!canvas->selected_to && canvas->selection->len == 0))
    return;
  if (canvas->selected_to)
    {
      weft_canvas_delete (canvas);
      return;
    }
  weft_document_begin (canvas->document, _ ("Disconnect"));
  for (guint i = weft_document_n_wires (canvas->document); i-- > 0;)
    {
      const WeftWire *wire = weft_document_wire_at (canvas->document, i);

      if (weft_canvas_is_selected (canvas, wire->from) ||
          weft_canvas_is_selected (canvas, wire->to))
        {
          const char *port = g_intern_string (wire->to_port);

          weft_document_disconnect (canvas->document, wire->to, port);
        }
    }
  weft_document_end (canvas->document);
}

static void
note_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvas      *canvas = WEFT_CANVAS (widget);
  WeftRect         view = weft_canvas_viewport (canvas);
  double           x = view.x + view.width / 2 - 150;
  double           y = view.y + view.height / 2 - 60;
  g_autofree char *id = NULL;

  if (!canvas->document)
    return;
  if (canvas->pointer_inside)
    weft_canvas_from_view (canvas, canvas->pointer_x, canvas->pointer_y, &x, &y);
  weft_document_begin (canvas->document, _ ("Add Note"));
  id = g_strdup (weft_document_add_note (canvas->document, _ ("Note"), x, y, 300, 120));
  weft_document_end (canvas->document);
  weft_canvas_edit_note (canvas, id);
}

static void
walk_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  static const struct
  {
    const char      *name;
    GtkDirectionType direction;
  } walks[] = { { "canvas.walk-left", GTK_DIR_LEFT },
                { "canvas.walk-right", GTK_DIR_RIGHT },
                { "canvas.walk-up", GTK_DIR_UP },
                { "canvas.walk-down", GTK_DIR_DOWN } };

  for (guint i = 0; i < G_N_ELEMENTS (walks); i++)
    if (g_str_equal (name, walks[i].name))
      weft_canvas_walk (WEFT_CANVAS (widget), walks[i].direction);
}

#define CALL(FUNCTION)                                                                     \
  static void FUNCTION##_action (GtkWidget *widget, const char *name, GVariant *parameter) \
  {                                                                                        \
    weft_canvas_##FUNCTION (WEFT_CANVAS (widget));                                         \
  }
CALL (delete)
CALL (cut)
CALL (copy)
CALL (paste)
CALL (duplicate)
CALL (select_all)
CALL (zoom_in)
CALL (zoom_out)
CALL (fit)
CALL (fit_selection)

/* Every action but the menu's. Their keys and titles stand in ui/shared/commands.def. */
static const struct
{
  const char                 *name;
  GtkWidgetActionActivateFunc activate;
} canvas_actions[] = {
  /* clang-format off */
  { "canvas.delete",           delete_action },
  { "canvas.cut",              cut_action },
  { "canvas.copy",             copy_action },
  { "canvas.paste",            paste_action },
  { "canvas.duplicate",        duplicate_action },
  { "canvas.select-all",       select_all_action },
  { "canvas.select-none",      select_none_action },
  { "canvas.add",              search_action },
  { "canvas.add-note",         note_action },
  { "canvas.zoom-in",          zoom_in_action },
  { "canvas.zoom-out",         zoom_out_action },
  { "canvas.zoom-reset",       zoom_reset_action },
  { "canvas.fit",              fit_action },
  { "canvas.fit-selection",    fit_selection_action },
  { "canvas.nudge-left",       nudge_action },
  { "canvas.nudge-right",      nudge_action },
  { "canvas.nudge-up",         nudge_action },
  { "canvas.nudge-down",       nudge_action },
  { "canvas.nudge-left-far",   nudge_action },
  { "canvas.nudge-right-far",  nudge_action },
  { "canvas.nudge-up-far",     nudge_action },
  { "canvas.nudge-down-far",   nudge_action },
  { "canvas.walk-left",        walk_action },
  { "canvas.walk-right",       walk_action },
  { "canvas.walk-up",          walk_action },
  { "canvas.walk-down",        walk_action },
  { "canvas.next-port",        port_action },
  { "canvas.previous-port",    port_action },
  { "canvas.open",             open_action },
  { "canvas.edit-value",       value_action },
  { "canvas.connect",          connect_action },
  { "canvas.disconnect",       disconnect_action },
  /* clang-format on */
};

static void
menu_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvas *canvas = WEFT_CANVAS (widget);

  if (canvas->pointer_inside)
    weft_canvas_popup_menu (canvas, canvas->pointer_x, canvas->pointer_y);
  else
    weft_canvas_popup_menu (canvas, gtk_widget_get_width (widget) / 2.0,
                            gtk_widget_get_height (widget) / 2.0);
}

/* Once, in the canvas's class_init. */
void
weft_canvas_install_actions (GtkWidgetClass *class)
{
  for (guint i = 0; i < G_N_ELEMENTS (canvas_actions); i++)
    gtk_widget_class_install_action (class, canvas_actions[i].name, NULL,
                                     canvas_actions[i].activate);
  gtk_widget_class_install_action (class, "canvas.menu", NULL, menu_cb);
}

/* ---- A card's ---- */

static void
node_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftCanvasNode *node = WEFT_CANVAS_NODE (widget);
  WeftCanvas     *canvas = node->canvas;

  if (g_str_equal (name, "node.connect"))
    {
      weft_canvas_connect_menu (canvas, node);
      return;
    }
  if (g_str_equal (name, "node.edit-value"))
    {
      weft_canvas_edit_first_value (canvas, node->uid);
      return;
    }
  if (g_str_equal (name, "node.open"))
    {
      g_signal_emit_by_name (canvas, "activate-node", node->uid);
      return;
    }
  if (!node->look.selected || g_str_equal (name, "node.select"))
    weft_canvas_set_selection (canvas, &node->uid, 1);
  if (g_str_equal (name, "node.delete"))
    weft_canvas_delete (canvas);
  else if (g_str_equal (name, "node.move-left"))
    weft_canvas_nudge (canvas, -WEFT_GRID, 0);
  else if (g_str_equal (name, "node.move-right"))
    weft_canvas_nudge (canvas, WEFT_GRID, 0);
  else if (g_str_equal (name, "node.move-up"))
    weft_canvas_nudge (canvas, 0, -WEFT_GRID);
  else if (g_str_equal (name, "node.move-down"))
    weft_canvas_nudge (canvas, 0, WEFT_GRID);
}

/* Once, in the card's class_init. Without parameters, so that assistive technology can call them.
 */
void
weft_canvas_node_install_actions (GtkWidgetClass *class)
{
  static const char *names[] = { "node.select", "node.open", "node.connect",
                                 "node.delete", "node.move-left", "node.move-right",
                                 "node.move-up", "node.move-down",
                                 "node.edit-value" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    gtk_widget_class_install_action (class, names[i], NULL, node_action);
  gtk_widget_class_add_binding_action (class, GDK_KEY_space, GDK_CONTROL_MASK, "node.select", NULL);
}

/* ---- Context menu ---- */

/* Items that make no sense for what is selected are left out: the menu must fit a small screen. */
static GMenu *
new_section (const char *const *items)
{
  GMenu *section = g_menu_new ();

  for (guint i = 0; items[i]; i += 2)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (_ (items[i]), items[i + 1]);

      g_menu_item_set_attribute (item, "hidden-when", "s", "action-disabled");
      g_menu_append_item (section, item);
    }
  return section;
}

static void
add_section (GMenu *menu, const char *const *items)
{
  g_autoptr (GMenu) section = new_section (items);

  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
}

/* One row of buttons. */
static void
add_clipboard (GMenu *menu)
{
  static const struct
  {
    const char *title, *action, *icon;
  } buttons[] = { { N_ ("Cut"), "canvas.cut", "edit-cut-symbolic" },
                  { N_ ("Copy"), "canvas.copy", "edit-copy-symbolic" },
                  { N_ ("Paste"), "canvas.paste", "edit-paste-symbolic" },
                  { N_ ("Duplicate"), "canvas.duplicate", "tab-new-symbolic" },
                  { N_ ("Delete"), "canvas.delete", "user-trash-symbolic" } };
  g_autoptr (GMenu) row = g_menu_new ();
  g_autoptr (GMenuItem) section = g_menu_item_new_section (NULL, G_MENU_MODEL (row));

  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (_ (buttons[i].title), buttons[i].action);

      g_menu_item_set_attribute (item, "verb-icon", "s", buttons[i].icon);
      g_menu_append_item (row, item);
    }
  g_menu_item_set_attribute (section, "display-hint", "s", "horizontal-buttons");
  g_menu_append_item (menu, section);
}

static void
add_submenu (GMenu *menu, const char *title, const char *const *items)
{
  g_autoptr (GMenu) section = new_section (items);

  g_menu_append_submenu (menu, title, G_MENU_MODEL (section));
}

static GMenuModel *
make_menu (void)
{
  static const char *const node[] = { N_ ("Add…"), "canvas.add",
                                      N_ ("Add Note"), "canvas.add-note",
                                      N_ ("Open"), "canvas.open",
                                      N_ ("Edit Value"), "canvas.edit-value",
                                      N_ ("Connect to…"), "canvas.connect",
                                      N_ ("Disconnect"), "canvas.disconnect",
                                      N_ ("About this Node"), "canvas.help",
                                      NULL };
  static const char *const show[] = { N_ ("Values Here"), "win.values",
                                      N_ ("Watch"), "canvas.watch",
                                      N_ ("Breakpoint"), "canvas.breakpoint",
                                      N_ ("Breakpoint Where…"), "canvas.breakpoint-when",
                                      N_ ("Look at the Data…"), "win.look-at-data",
                                      N_ ("Weights over Time"), "win.show-of::weights",
                                      N_ ("Gradients over Time"), "win.show-of::gradients",
                                      N_ ("Activations over Time"), "win.show-of::activations",
                                      N_ ("Filters"), "win.show-of::filters",
                                      N_ ("Two Dimensions"), "win.show-of::embedding",
                                      N_ ("Selection"), "canvas.fit-selection",
                                      N_ ("Everything"), "canvas.fit",
                                      NULL };
  static const char *const group[] = { N_ ("Group"), "win.group",
                                       N_ ("Ungroup"), "win.ungroup",
                                       N_ ("Make Unique"), "win.make-unique",
                                       N_ ("Rename Group…"), "win.rename-group",
                                       N_ ("Save as Layer…"), "win.save-layer",
                                       NULL };
  static const char *const copies[] = { N_ ("NumPy"), "win.copy-as::numpy",
                                        N_ ("PyTorch"), "win.copy-as::pytorch",
                                        N_ ("TeX"), "win.copy-as::tex",
                                        N_ ("Picture…"), "win.export",
                                        NULL };
  GMenu                   *menu = g_menu_new ();
  g_autoptr (GMenu) more = g_menu_new ();

  add_section (menu, node);
  add_clipboard (menu);
  add_submenu (more, _ ("Show"), show);
  add_submenu (more, _ ("Groups"), group);
  weft_canvas_add_rewire_menu (more);
  weft_canvas_add_arrange_menus (more);
  add_submenu (more, _ ("Copy As"), copies);
  g_menu_append_section (menu, NULL, G_MENU_MODEL (more));
  return G_MENU_MODEL (menu);
}

/* At a point of the view; what is there becomes the selection, if it is not in it. */
void
weft_canvas_popup_menu (WeftCanvas *canvas, double view_x, double view_y)
{
  WeftHit      hit;
  GdkRectangle at = { (int) view_x, (int) view_y, 1, 1 };

  weft_canvas_cancel (canvas);
  if (!canvas->document)
    return;
  hit = weft_canvas_pick (canvas, view_x, view_y);
  if (hit.node && !hit.node->look.selected)
    weft_canvas_set_selection (canvas, &hit.node->uid, 1);
  else if (hit.kind == WEFT_HIT_WIRE)
    {
      weft_canvas_set_selection (canvas, NULL, 0);
      canvas->selected_to = hit.wire->to;
      canvas->selected_port = hit.wire->to_port;
      weft_canvas_world_invalidate (canvas->world);
    }
  if (!canvas->menu)
    {
      g_autoptr (GMenuModel) model = make_menu ();

      canvas->menu = gtk_popover_menu_new_from_model (model);
      gtk_popover_set_has_arrow (GTK_POPOVER (canvas->menu), FALSE);
      gtk_widget_set_halign (canvas->menu, GTK_ALIGN_START);
      gtk_widget_set_parent (canvas->menu, GTK_WIDGET (canvas));
    }
  gtk_popover_set_pointing_to (GTK_POPOVER (canvas->menu), &at);
  gtk_popover_popup (GTK_POPOVER (canvas->menu));
}
