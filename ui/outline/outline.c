/* The Outline: the tree, and what its rows ask for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/outline/outline.h"

#include "ui/build/connect-popover.h"
#include "ui/outline/outline-menu.h"
#include "ui/outline/outline-row.h"
#include "ui/shared/commands.h"

#include <glib/gi18n.h>

#define STEP 20 /* of a move, in the document's units */

struct _WeftOutline
{
  AdwBin parent_instance;

  /* Borrowed from the widget tree */
  GtkListView *list;

  /* Borrowed */
  WeftTyping *typing;
  GtkWidget  *popover; /* a child beside the tree; NULL: none */
  GtkWidget  *menu;    /* likewise; NULL: never asked for */

  /* Owned */
  WeftDocument       *document;
  GListStore         *nodes;
  GtkSingleSelection *selection;

  /* Plain values */
  gboolean stale;
  guint32  shown; /* the node that is selected on the canvas; 0: none, or several */
};

G_DEFINE_FINAL_TYPE (WeftOutline, weft_outline, ADW_TYPE_BIN)

static guint go_signal, open_signal, failed_signal;

/* ---- Popovers ---- */

static void
closed_cb (WeftOutline *outline)
{
  gtk_widget_grab_focus (GTK_WIDGET (outline->list));
}

static void
show_popover (WeftOutline *outline, GtkWidget *popover, GtkWidget *at)
{
  graphene_rect_t bounds;
  g_clear_pointer (&outline->popover, gtk_widget_unparent);
  outline->popover = popover;
  gtk_widget_set_parent (popover, GTK_WIDGET (outline));
  if (at != NULL && gtk_widget_compute_bounds (at, GTK_WIDGET (outline), &bounds))
    gtk_popover_set_pointing_to (
      GTK_POPOVER (popover),
      &(GdkRectangle){ (int) bounds.origin.x, (int) bounds.origin.y, (int) bounds.size.width,
                       (int) bounds.size.height });
  gtk_popover_set_position (GTK_POPOVER (popover), GTK_POS_RIGHT);
  g_signal_connect_swapped (popover, "closed", G_CALLBACK (closed_cb), outline);
  gtk_popover_popup (GTK_POPOVER (popover));
}

static void
fail_cb (WeftOutline *outline, const char *message)
{
  g_signal_emit (outline, failed_signal, 0, message);
}

static void
connect_item (WeftOutline *outline, WeftOutlineItem *item, GtkWidget *at)
{
  WeftConnectFrom from = item->kind == WEFT_OUTLINE_NODE ? WEFT_CONNECT_NODE
                         : item->output                  ? WEFT_CONNECT_OUTPUT
                                                         : WEFT_CONNECT_INPUT;
  if (item->kind == WEFT_OUTLINE_WIRE)
    return;
  if (outline->typing != NULL)
    weft_typing_update (outline->typing);
  GtkWidget *popover = weft_connect_popover_new (outline->document, outline->typing, item->uid,
                                                 from, item->port);
  g_signal_connect_swapped (popover, "failed", G_CALLBACK (fail_cb), outline);
  show_popover (outline, popover, at);
}

static void
rename_cb (GtkEntry *entry)
{
  WeftOutline *outline =
    WEFT_OUTLINE (gtk_widget_get_ancestor (GTK_WIDGET (entry), WEFT_TYPE_OUTLINE));
  guint32          uid = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (entry), "weft-uid"));
  g_autofree char *name = g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry)));
  g_autoptr (GError) error = NULL;
  gtk_popover_popdown (GTK_POPOVER (outline->popover));
  if (weft_document_node (outline->document, uid) == NULL)
    return;
  weft_document_begin (outline->document, _ ("Rename"));
  if (!weft_document_rename_node (outline->document, uid, name, &error))
    fail_cb (outline, error->message);
  weft_document_end (outline->document);
}

/* The button is for those who cannot press Return: assistive technology, a pointer. */
static void
rename_item (WeftOutline *outline, WeftOutlineItem *item, GtkWidget *at)
{
  GtkWidget *popover = gtk_popover_new (), *entry = gtk_entry_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *button = gtk_button_new_with_label (_ ("Rename"));
  gtk_editable_set_text (GTK_EDITABLE (entry), item->title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("New name"), -1);
  g_object_set_data (G_OBJECT (entry), "weft-uid", GUINT_TO_POINTER (item->uid));
  g_signal_connect (entry, "activate", G_CALLBACK (rename_cb), NULL);
  gtk_widget_add_css_class (button, "suggested-action");
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (rename_cb), entry);
  gtk_box_append (GTK_BOX (box), entry);
  gtk_box_append (GTK_BOX (box), button);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  show_popover (outline, popover, at);
}

/* ---- Edits ---- */

static gboolean
is_at (const WeftWire *wire, const WeftOutlineItem *item)
{
  if (item->kind == WEFT_OUTLINE_NODE)
    return wire->from == item->uid || wire->to == item->uid;
  if (item->kind == WEFT_OUTLINE_PORT && item->output)
    return wire->from == item->uid && g_str_equal (wire->from_port, item->port);
  return wire->to == item->uid && g_str_equal (wire->to_port, item->port);
}

static void
disconnect_item (WeftOutline *outline, WeftOutlineItem *item)
{
  weft_document_begin (outline->document, _ ("Disconnect"));
  for (guint i = weft_document_n_wires (outline->document); i-- > 0;)
    {
      const WeftWire *wire = weft_document_wire_at (outline->document, i);
      const char     *port = g_intern_string (wire->to_port);
      if (is_at (wire, item))
        weft_document_disconnect (outline->document, wire->to, port);
    }
  weft_document_end (outline->document);
}

static void
move_item (WeftOutline *outline, guint32 uid, const char *where)
{
  double dx = g_str_equal (where, "left") ? -STEP : g_str_equal (where, "right") ? STEP
                                                                                 : 0;
  double dy = g_str_equal (where, "up") ? -STEP : g_str_equal (where, "down") ? STEP
                                                                              : 0;
  weft_document_begin (outline->document, _ ("Move"));
  weft_document_move_nodes (outline->document, &uid, 1, dx, dy);
  weft_document_end (outline->document);
}

static void
perform_on_node (WeftOutline *outline, WeftOutlineItem *item, const char *what, GtkWidget *at)
{
  guint32 uid = item->uid;
  if (g_str_equal (what, "open"))
    g_signal_emit (outline, open_signal, 0, uid);
  else if (g_str_equal (what, "rename"))
    rename_item (outline, item, at);
  else if (g_str_has_prefix (what, "move-"))
    move_item (outline, uid, what + strlen ("move-"));
  else if (g_str_equal (what, "delete"))
    {
      weft_document_begin (outline->document, _ ("Delete"));
      weft_document_remove_nodes (outline->document, &uid, 1);
      weft_document_end (outline->document);
    }
}

static void
perform (WeftOutline *outline, WeftOutlineItem *item, const char *what, GtkWidget *at)
{
  g_autoptr (WeftOutlineItem) kept = item != NULL ? g_object_ref (item) : NULL;
  if (kept == NULL || weft_document_node (outline->document, kept->uid) == NULL)
    return;
  if (g_str_equal (what, "go"))
    g_signal_emit (outline, go_signal, 0,
                   kept->kind == WEFT_OUTLINE_WIRE ? kept->far : kept->uid);
  else if (g_str_equal (what, "connect"))
    connect_item (outline, kept, at);
  else if (g_str_equal (what, "disconnect"))
    disconnect_item (outline, kept);
  else if (kept->kind == WEFT_OUTLINE_NODE)
    perform_on_node (outline, kept, what, at);
}

/* ---- Rows ---- */

static void
perform_cb (WeftOutlineRow *row, const char *what, WeftOutline *outline)
{
  perform (outline, weft_outline_row_get_item (row), what, GTK_WIDGET (row));
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, WeftOutline *outline)
{
  GtkWidget *expander = gtk_tree_expander_new (), *row = weft_outline_row_new ();
  g_signal_connect (row, "perform", G_CALLBACK (perform_cb), outline);
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), row);
  gtk_list_item_set_child (item, expander);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkTreeListRow  *place = gtk_list_item_get_item (item);
  GtkTreeExpander *expander = GTK_TREE_EXPANDER (gtk_list_item_get_child (item));
  g_autoptr (WeftOutlineItem) shown = gtk_tree_list_row_get_item (place);
  gtk_tree_expander_set_list_row (expander, place);
  weft_outline_row_set_item (WEFT_OUTLINE_ROW (gtk_tree_expander_get_child (expander)), shown);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkTreeExpander *expander = GTK_TREE_EXPANDER (gtk_list_item_get_child (item));
  gtk_tree_expander_set_list_row (expander, NULL);
  weft_outline_row_set_item (WEFT_OUTLINE_ROW (gtk_tree_expander_get_child (expander)), NULL);
}

static GListModel *
children_cb (gpointer item, gpointer data)
{
  WeftOutline *outline = data;
  return weft_outline_item_dup_children (item, outline->document, outline->typing);
}

/* The row widget of the item that is selected, where it can be seen. */
static GtkWidget *
find_row (WeftOutline *outline, WeftOutlineItem *wanted)
{
  for (GtkWidget *item = gtk_widget_get_first_child (GTK_WIDGET (outline->list)); item != NULL;
       item = gtk_widget_get_next_sibling (item))
    {
      GtkWidget *expander = gtk_widget_get_first_child (item);
      GtkWidget *row = GTK_IS_TREE_EXPANDER (expander)
                         ? gtk_tree_expander_get_child (GTK_TREE_EXPANDER (expander))
                         : NULL;
      if (row != NULL && weft_outline_row_get_item (WEFT_OUTLINE_ROW (row)) == wanted)
        return row;
    }
  return NULL;
}

static void
outline_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftOutline    *outline = WEFT_OUTLINE (widget);
  GtkTreeListRow *place = gtk_single_selection_get_selected_item (outline->selection);
  if (place == NULL)
    return;
  g_autoptr (WeftOutlineItem) item = gtk_tree_list_row_get_item (place);
  perform (outline, item, name + strlen ("outline."), find_row (outline, item));
}

static void
activate_cb (WeftOutline *outline)
{
  gtk_widget_activate_action (GTK_WIDGET (outline), "outline.go", NULL);
}

/* ---- The selected row ---- */

static WeftOutlineItem *
dup_item_at (WeftOutline *outline, guint position)
{
  g_autoptr (GtkTreeListRow) place =
    g_list_model_get_item (G_LIST_MODEL (outline->selection), position);
  return place != NULL ? gtk_tree_list_row_get_item (place) : NULL;
}

static gboolean
is_node (const WeftOutlineItem *item, gconstpointer uid)
{
  return item->kind == WEFT_OUTLINE_NODE && item->uid == GPOINTER_TO_UINT (uid);
}

static gboolean
is_same (const WeftOutlineItem *item, gconstpointer other)
{
  return item == other;
}

static void
select_first (WeftOutline *outline,
              gboolean (*matches) (const WeftOutlineItem *item, gconstpointer data),
              gconstpointer data)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (outline->selection)); i++)
    {
      g_autoptr (WeftOutlineItem) item = dup_item_at (outline, i);
      if (!matches (item, data))
        continue;
      gtk_single_selection_set_selected (outline->selection, i);
      gtk_widget_activate_action (GTK_WIDGET (outline->list), "list.scroll-to-item", "u", i);
      return;
    }
}

/* A port or a wire of the node stays selected where it is. */
static void
follow_shown (WeftOutline *outline)
{
  guint selected = gtk_single_selection_get_selected (outline->selection);
  g_autoptr (WeftOutlineItem) item = dup_item_at (outline, selected);
  if (outline->shown == 0)
    gtk_single_selection_set_selected (outline->selection, GTK_INVALID_LIST_POSITION);
  else if (item == NULL || item->uid != outline->shown)
    select_first (outline, is_node, GUINT_TO_POINTER (outline->shown));
}

/**
 * weft_outline_select:
 * @outline: an outline
 * @uid: the node that is selected on the canvas; 0: none, or several
 *
 * Selects its row and brings it into view; while nobody sees the outline, it waits.
 */
void
weft_outline_select (WeftOutline *outline, guint32 uid)
{
  outline->shown = uid;
  if (gtk_widget_get_mapped (GTK_WIDGET (outline)))
    follow_shown (outline);
}

static void
selected_cb (WeftOutline *outline)
{
  g_autoptr (WeftOutlineItem) item =
    dup_item_at (outline, gtk_single_selection_get_selected (outline->selection));
  for (guint i = 0; weft_outline_actions[i] != NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("outline.%s", weft_outline_actions[i]);
      gtk_widget_action_set_enabled (GTK_WIDGET (outline), name,
                                     item != NULL && weft_outline_has_action (
                                                       item->kind, weft_outline_actions[i]));
    }
  gtk_widget_action_set_enabled (GTK_WIDGET (outline), "outline.menu", item != NULL);
}

/* ---- The menu ---- */

static void
popup_menu (WeftOutline *outline, GtkWidget *at)
{
  graphene_rect_t bounds;
  if (outline->menu == NULL)
    {
      outline->menu = weft_outline_menu_new ();
      gtk_widget_set_parent (outline->menu, GTK_WIDGET (outline));
    }
  if (at != NULL && gtk_widget_compute_bounds (at, GTK_WIDGET (outline), &bounds))
    gtk_popover_set_pointing_to (
      GTK_POPOVER (outline->menu),
      &(GdkRectangle){ (int) bounds.origin.x, (int) bounds.origin.y, (int) bounds.size.width,
                       (int) bounds.size.height });
  gtk_popover_popup (GTK_POPOVER (outline->menu));
}

static void
menu_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftOutline *outline = WEFT_OUTLINE (widget);
  g_autoptr (WeftOutlineItem) item =
    dup_item_at (outline, gtk_single_selection_get_selected (outline->selection));
  popup_menu (outline, item != NULL ? find_row (outline, item) : NULL);
}

static void
pressed_cb (GtkGestureClick *gesture, int n, double x, double y, WeftOutline *outline)
{
  GtkWidget *hit = gtk_widget_pick (GTK_WIDGET (outline->list), x, y, GTK_PICK_DEFAULT);
  GtkWidget *row = hit != NULL ? gtk_widget_get_ancestor (hit, WEFT_TYPE_OUTLINE_ROW) : NULL;
  if (row == NULL)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  select_first (outline, is_same, weft_outline_row_get_item (WEFT_OUTLINE_ROW (row)));
  popup_menu (outline, row);
}

/* ---- Following the document ---- */

/* Rows that move, since the order of computing is another, would close: they are opened again. */
static GHashTable *
dup_open (WeftOutline *outline)
{
  GHashTable *open = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (outline->selection)); i++)
    {
      g_autoptr (GtkTreeListRow) place =
        g_list_model_get_item (G_LIST_MODEL (outline->selection), i);
      if (gtk_tree_list_row_get_expanded (place))
        g_hash_table_add (open, gtk_tree_list_row_get_item (place));
    }
  return open;
}

static void
open_again (WeftOutline *outline, GHashTable *open)
{
  if (g_hash_table_size (open) == 0)
    return;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (outline->selection)); i++)
    {
      g_autoptr (GtkTreeListRow) place =
        g_list_model_get_item (G_LIST_MODEL (outline->selection), i);
      g_autoptr (WeftOutlineItem) item = gtk_tree_list_row_get_item (place);
      if (g_hash_table_contains (open, item))
        gtk_tree_list_row_set_expanded (place, TRUE);
    }
}

/**
 * weft_outline_refresh:
 * @outline: an outline
 *
 * Shows the document as it is now; while nobody sees the outline, it waits.
 */
void
weft_outline_refresh (WeftOutline *outline)
{
  outline->stale = !gtk_widget_get_mapped (GTK_WIDGET (outline));
  if (outline->stale)
    return;
  g_autoptr (GHashTable) open = dup_open (outline);
  weft_outline_update (outline->nodes, outline->document, outline->typing);
  open_again (outline, open);
  follow_shown (outline);
}

/**
 * weft_outline_set_document:
 * @outline: an outline
 * @document: (nullable): what it shows
 * @typing: (nullable): its types; borrowed until the next call
 */
void
weft_outline_set_document (WeftOutline *outline, WeftDocument *document, WeftTyping *typing)
{
  g_clear_pointer (&outline->popover, gtk_widget_unparent);
  g_list_store_remove_all (outline->nodes);
  g_set_object (&outline->document, document);
  outline->typing = typing;
  outline->shown = 0;
  weft_outline_refresh (outline);
}

/* ---- Widget ---- */

static void
weft_outline_map (GtkWidget *widget)
{
  WeftOutline *outline = WEFT_OUTLINE (widget);
  GTK_WIDGET_CLASS (weft_outline_parent_class)->map (widget);
  if (outline->stale)
    weft_outline_refresh (outline);
  follow_shown (outline);
}

static gboolean
weft_outline_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (WEFT_OUTLINE (widget)->list));
}

static void
weft_outline_dispose (GObject *object)
{
  WeftOutline *outline = WEFT_OUTLINE (object);
  g_clear_pointer (&outline->popover, gtk_widget_unparent);
  g_clear_pointer (&outline->menu, gtk_widget_unparent);
  adw_bin_set_child (ADW_BIN (outline), NULL);
  g_clear_object (&outline->selection);
  g_clear_object (&outline->nodes);
  g_clear_object (&outline->document);
  G_OBJECT_CLASS (weft_outline_parent_class)->dispose (object);
}

static void
weft_outline_class_init (WeftOutlineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_outline_dispose;
  widget_class->map = weft_outline_map;
  widget_class->grab_focus = weft_outline_grab_focus;
  go_signal = g_signal_new ("go", WEFT_TYPE_OUTLINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                            G_TYPE_NONE, 1, G_TYPE_UINT);
  open_signal = g_signal_new ("open", WEFT_TYPE_OUTLINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 1, G_TYPE_UINT);
  failed_signal = g_signal_new ("failed", WEFT_TYPE_OUTLINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_STRING);
  for (guint i = 0; weft_outline_actions[i] != NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("outline.%s", weft_outline_actions[i]);
      gtk_widget_class_install_action (widget_class, name, NULL, outline_action);
    }
  gtk_widget_class_install_action (widget_class, "outline.menu", NULL, menu_action);
}

static void
weft_outline_init (WeftOutline *outline)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget          *scroller = gtk_scrolled_window_new ();
  outline->nodes = g_list_store_new (WEFT_TYPE_OUTLINE_ITEM);
  GtkTreeListModel *tree = gtk_tree_list_model_new (G_LIST_MODEL (g_object_ref (outline->nodes)),
                                                    FALSE, FALSE, children_cb, outline, NULL);
  outline->selection = gtk_single_selection_new (G_LIST_MODEL (tree));
  gtk_single_selection_set_autoselect (outline->selection, FALSE);
  gtk_single_selection_set_can_unselect (outline->selection, TRUE);
  g_signal_connect_swapped (outline->selection, "notify::selected-item", G_CALLBACK (selected_cb),
                            outline);
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), outline);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  GtkWidget *list =
    gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (outline->selection)), factory);
  outline->list = GTK_LIST_VIEW (list);
  gtk_widget_add_css_class (list, "navigation-sidebar");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Outline"), -1);
  g_signal_connect_swapped (list, "activate", G_CALLBACK (activate_cb), outline);
  GtkGesture *press = gtk_gesture_click_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (press), GDK_BUTTON_SECONDARY);
  g_signal_connect (press, "pressed", G_CALLBACK (pressed_cb), outline);
  gtk_widget_add_controller (list, GTK_EVENT_CONTROLLER (press));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), list);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand (scroller, TRUE);
  adw_bin_set_child (ADW_BIN (outline), scroller);
  weft_commands_add_keys (GTK_WIDGET (outline), "outline.");
  selected_cb (outline);
}
