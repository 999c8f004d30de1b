/* The Outline in the editor's window: it follows the canvas, and its actions change the document.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/ui/window-tools.h"

#include "ui/outline/outline-row.h"
#include "ui/outline/outline.h"

typedef struct
{
  WeftWindow   *window;
  WeftCanvas   *canvas;
  WeftOutline  *outline;
  WeftDocument *document;
  guint32       hidden, logits;
} Fixture;

static GtkSingleSelection *
selection_of (Fixture *fixture)
{
  GtkListView *list = find_type (fixture->outline, GTK_TYPE_LIST_VIEW);
  return GTK_SINGLE_SELECTION (gtk_list_view_get_model (list));
}

static WeftOutlineItem *
selected (Fixture *fixture)
{
  GtkTreeListRow  *place = gtk_single_selection_get_selected_item (selection_of (fixture));
  WeftOutlineItem *item = place != NULL ? gtk_tree_list_row_get_item (place) : NULL;
  if (item != NULL)
    g_object_unref (item); /* the model has it */
  return item;
}

static void
set_up (Fixture *fixture)
{
  fixture->window = open_example ("digits-mlp");
  fixture->canvas = find_type (fixture->window, WEFT_TYPE_CANVAS);
  fixture->outline = find_type (fixture->window, WEFT_TYPE_OUTLINE);
  fixture->document = weft_window_get_document (fixture->window);
  fixture->hidden = weft_document_node_by_id (fixture->document, "hidden")->uid;
  fixture->logits = weft_document_node_by_id (fixture->document, "logits")->uid;
  act (fixture->window, "outline");
  settle ();
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (fixture->outline)));
}

static void
choose (Fixture *fixture, guint32 uid)
{
  weft_canvas_set_selection (fixture->canvas, &uid, uid != 0);
  settle ();
}

static gboolean
perform (Fixture *fixture, const char *action)
{
  gboolean done = gtk_widget_activate_action (GTK_WIDGET (fixture->outline), action, NULL);
  settle ();
  return done;
}

/* What is selected on the canvas is selected here; several and none are none; a row of the node
 * stays. */
static void
test_follows (void)
{
  Fixture fixture;
  set_up (&fixture);
  choose (&fixture, fixture.hidden);
  g_assert_cmpuint (selected (&fixture)->uid, ==, fixture.hidden);
  g_assert_cmpint (selected (&fixture)->kind, ==, WEFT_OUTLINE_NODE);
  choose (&fixture, fixture.logits);
  g_assert_cmpstr (selected (&fixture)->title, ==, "logits");

  GtkTreeListRow *place = gtk_single_selection_get_selected_item (selection_of (&fixture));
  guint           at = gtk_single_selection_get_selected (selection_of (&fixture));
  gtk_tree_list_row_set_expanded (place, TRUE);
  gtk_single_selection_set_selected (selection_of (&fixture), at + 1);
  g_assert_cmpint (selected (&fixture)->kind, ==, WEFT_OUTLINE_PORT);
  choose (&fixture, fixture.logits);
  g_assert_cmpint (selected (&fixture)->kind, ==, WEFT_OUTLINE_PORT);

  weft_canvas_set_selection (fixture.canvas, (guint32[]){ fixture.hidden, fixture.logits }, 2);
  settle ();
  g_assert_null (selected (&fixture));
  choose (&fixture, 0);
  g_assert_null (selected (&fixture));
  close_window (fixture.window);
}

/* While the palette is shown it does not follow; when it is shown again it has. */
static void
test_hidden (void)
{
  Fixture fixture;
  set_up (&fixture);
  act (fixture.window, "find-operation");
  settle ();
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (fixture.outline)));
  choose (&fixture, fixture.logits);
  act (fixture.window, "outline");
  settle ();
  g_assert_cmpuint (selected (&fixture)->uid, ==, fixture.logits);
  close_window (fixture.window);
}

static gboolean
is_menu (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_POPOVER_MENU (widget);
}

/* The actions of the selected row, as the menu and the keys call them; each is one step. */
static void
test_actions (void)
{
  Fixture fixture;
  set_up (&fixture);
  choose (&fixture, 0);
  perform (&fixture, "outline.menu"); /* for no row: nothing */
  g_assert_null (find (GTK_WIDGET (fixture.outline), is_menu, NULL));
  choose (&fixture, fixture.hidden);
  double x = weft_document_node (fixture.document, fixture.hidden)->x;
  guint  n_wires = weft_document_n_wires (fixture.document);
  g_assert_true (perform (&fixture, "outline.move-right"));
  g_assert_cmpfloat (weft_document_node (fixture.document, fixture.hidden)->x, >, x);
  g_assert_true (perform (&fixture, "outline.disconnect"));
  g_assert_cmpuint (weft_document_n_wires (fixture.document), <, n_wires);
  weft_document_undo (fixture.document);
  weft_document_undo (fixture.document);
  g_assert_cmpuint (weft_document_n_wires (fixture.document), ==, n_wires);
  g_assert_cmpfloat (weft_document_node (fixture.document, fixture.hidden)->x, ==, x);
  settle ();
  choose (&fixture, fixture.hidden);
  g_assert_true (perform (&fixture, "outline.delete"));
  g_assert_null (weft_document_node (fixture.document, fixture.hidden));
  g_assert_true (selected (&fixture) == NULL || selected (&fixture)->uid != fixture.hidden);
  close_window (fixture.window);
}

static gboolean
is_rename (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_BUTTON (widget) &&
         g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), data) == 0;
}

/* By the button beside the entry: Return is not the only way. */
static void
test_rename (void)
{
  Fixture fixture;
  set_up (&fixture);
  choose (&fixture, fixture.hidden);
  g_assert_true (perform (&fixture, "outline.rename"));
  GtkWidget *popover = find_type (fixture.outline, GTK_TYPE_POPOVER);
  gtk_editable_set_text (find_type (popover, GTK_TYPE_ENTRY), "inner");
  g_signal_emit_by_name (find (popover, is_rename, "Rename"), "clicked");
  settle ();
  g_assert_cmpstr (weft_document_node (fixture.document, fixture.hidden)->id, ==, "inner");
  g_assert_cmpstr (selected (&fixture)->title, ==, "inner");
  close_window (fixture.window);
}

/* Ports and wires have what they can do, and the menu is there for each. */
static void
test_menu (void)
{
  Fixture fixture;
  set_up (&fixture);
  choose (&fixture, fixture.hidden);
  g_assert_true (perform (&fixture, "outline.menu"));
  g_assert_true (gtk_widget_get_mapped (find_type (fixture.outline, GTK_TYPE_POPOVER_MENU)));
  gtk_popover_popdown (find_type (fixture.outline, GTK_TYPE_POPOVER_MENU));
  gtk_tree_list_row_set_expanded (
    gtk_single_selection_get_selected_item (selection_of (&fixture)), TRUE);
  guint at = gtk_single_selection_get_selected (selection_of (&fixture));
  gtk_single_selection_set_selected (selection_of (&fixture), at + 1);
  perform (&fixture, "outline.delete");
  g_assert_nonnull (weft_document_node (fixture.document, fixture.hidden));
  g_assert_true (perform (&fixture, "outline.disconnect"));
  close_window (fixture.window);
}

/* A wire less, and a node stands elsewhere in the order: its row is still open. */
static void
test_stays_open (void)
{
  Fixture fixture;
  set_up (&fixture);
  choose (&fixture, fixture.logits);
  guint at = gtk_single_selection_get_selected (selection_of (&fixture));
  gtk_tree_list_row_set_expanded (
    gtk_single_selection_get_selected_item (selection_of (&fixture)), TRUE);
  g_assert_true (perform (&fixture, "outline.disconnect"));
  choose (&fixture, 0);
  choose (&fixture, fixture.logits);
  g_assert_cmpuint (gtk_single_selection_get_selected (selection_of (&fixture)), !=, at);
  g_assert_true (gtk_tree_list_row_get_expanded (
    gtk_single_selection_get_selected_item (selection_of (&fixture))));
  close_window (fixture.window);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  start_application ();
  g_test_add_func ("/ui/outline/follows", test_follows);
  g_test_add_func ("/ui/outline/hidden", test_hidden);
  g_test_add_func ("/ui/outline/actions", test_actions);
  g_test_add_func ("/ui/outline/rename", test_rename);
  g_test_add_func ("/ui/outline/menu", test_menu);
  g_test_add_func ("/ui/outline/stays-open", test_stays_open);
  int result = g_test_run ();
  g_object_unref (application);
  return result;
}
