/* Values on the cards: scrubbing numbers, and the editor that opens over a value.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/ui/canvas-tools.h"
#include "ui/inspector/param-row.h"

/* ---- Hands ---- */

static guint
row_of (Fixture *fixture, guint32 uid, const char *param)
{
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, uid);

  for (guint i = 0; i < node->art->n_rows; i++)
    if (g_strcmp0 (node->art->rows[i].param, param) == 0)
      return i;
  g_assert_not_reached ();
}

/* @share: 0 the left end of the row, 1 the right one. */
static void
value_at (Fixture *fixture, guint32 uid, const char *param, double share, double *x, double *y)
{
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, uid);
  WeftRect        box =
    weft_node_art_row_box (node->art, fixture->canvas->style, row_of (fixture, uid, param));

  weft_canvas_to_view (fixture->canvas, node->x + box.x + share * box.width,
                       node->y + box.y + box.height / 2, x, y);
}

static gint64
units (Fixture *fixture)
{
  return weft_json_get_int (weft_document_node (fixture->document, fixture->hidden)->params,
                            "units", -1);
}

static const char *
shown (Fixture *fixture)
{
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, fixture->hidden);

  return node->art->rows[row_of (fixture, fixture->hidden, "units")].value;
}

static void
set_units (Fixture *fixture, gint64 value)
{
  g_autoptr (GError) error = NULL;

  weft_document_set_param (fixture->document, fixture->hidden, "units", weft_json_new_int (value),
                           &error);
  g_assert_no_error (error);
  settle ();
}

/* The controller of the editor that sees keys first. */
static void
press_key (Fixture *fixture, guint key, GdkModifierType modifiers)
{
  g_autoptr (GListModel) controllers =
    gtk_widget_observe_controllers (fixture->canvas->value_editor);
  gboolean handled = FALSE;

  for (guint i = 0; !handled && i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", key, 0, modifiers, &handled);
    }
  settle ();
}

static WeftParamRow *
editor_row (Fixture *fixture)
{
  GtkWidget *list = gtk_popover_get_child (GTK_POPOVER (fixture->canvas->value_editor));

  return WEFT_PARAM_ROW (gtk_widget_get_first_child (list));
}

static GtkWidget *
find_control (GtkWidget *within, GType type)
{
  for (GtkWidget *child = gtk_widget_get_first_child (within); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found =
        G_TYPE_CHECK_INSTANCE_TYPE (child, type) ? child : find_control (child, type);

      if (found)
        return found;
    }
  return NULL;
}

static void
type (Fixture *fixture, const char *text)
{
  GtkWidget *entry = find_control (GTK_WIDGET (editor_row (fixture)), GTK_TYPE_ENTRY);

  g_assert_nonnull (entry);
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
}

static gboolean
is_open (Fixture *fixture)
{
  return fixture->canvas->value_editor && gtk_widget_get_visible (fixture->canvas->value_editor);
}

static void
open_units (Fixture *fixture)
{
  double x, y;

  value_at (fixture, fixture->hidden, "units", 0.8, &x, &y);
  weft_canvas_press (fixture->canvas, x, y, 2, 0);
  settle ();
  g_assert_true (is_open (fixture));
}

/* ---- Scrubbing ---- */

/* One step of the history, none of the document's while the button is down. */
static void
test_scrub (Fixture *fixture, gconstpointer data)
{
  double  x, y;
  guint64 revision;

  set_units (fixture, 128);
  revision = weft_document_get_revision (fixture->document);
  value_at (fixture, fixture->hidden, "units", 0.8, &x, &y);
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_motion (fixture->canvas, x + 13, y, 0);
  weft_canvas_motion (fixture->canvas, x + 25, y, 0);
  settle ();
  g_assert_cmpint (units (fixture), ==, 128);
  g_assert_cmpuint (weft_document_get_revision (fixture->document), ==, revision);
  g_assert_cmpstr (shown (fixture), ==, "170");
  weft_canvas_release (fixture->canvas, x + 25, y, 0);
  settle ();
  g_assert_cmpint (units (fixture), ==, 170);
  g_assert_cmpfloat (weft_document_node (fixture->document, fixture->hidden)->x, ==, 300);
  weft_document_undo (fixture->document);
  g_assert_cmpint (units (fixture), ==, 128);
}

/* Shift goes by ones, to the left is less, and the range is kept. */
static void
test_scrub_fine (Fixture *fixture, gconstpointer data)
{
  double x, y;

  set_units (fixture, 128);
  value_at (fixture, fixture->hidden, "units", 0.8, &x, &y);
  drag (fixture, x, y, x - 25, y, GDK_SHIFT_MASK);
  g_assert_cmpint (units (fixture), ==, 124);
  drag (fixture, x, y, x - 900, y, 0);
  g_assert_cmpint (units (fixture), ==, 1);
}

static void
test_scrub_cancel (Fixture *fixture, gconstpointer data)
{
  double x, y;

  set_units (fixture, 128);
  value_at (fixture, fixture->hidden, "units", 0.8, &x, &y);
  weft_canvas_press (fixture->canvas, x, y, 1, 0);
  weft_canvas_motion (fixture->canvas, x + 60, y, 0);
  g_assert_cmpstr (shown (fixture), !=, "128");
  weft_canvas_cancel (fixture->canvas);
  g_assert_cmpstr (shown (fixture), ==, "128");
  g_assert_cmpint (units (fixture), ==, 128);
  /* The name beside it moves the card. */
  value_at (fixture, fixture->hidden, "units", 0.1, &x, &y);
  drag (fixture, x, y, x + 100, y, 0);
  g_assert_cmpint (units (fixture), ==, 128);
  g_assert_cmpfloat (weft_document_node (fixture->document, fixture->hidden)->x, >, 300);
}

/* ---- Typing ---- */

static void
test_type (Fixture *fixture, gconstpointer data)
{
  set_units (fixture, 128);
  open_units (fixture);
  g_assert_cmpuint (fixture->activated, ==, 0);
  type (fixture, "32");
  press_key (fixture, GDK_KEY_Return, 0);
  g_assert_false (is_open (fixture));
  g_assert_cmpint (units (fixture), ==, 32);
  weft_document_undo (fixture->document);
  g_assert_cmpint (units (fixture), ==, 128);
}

/* The arrow keys change what stands there; all of it is one step, or none. */
static void
test_type_cancel (Fixture *fixture, gconstpointer data)
{
  set_units (fixture, 128);
  open_units (fixture);
  type (fixture, "77");
  press_key (fixture, GDK_KEY_Escape, 0);
  g_assert_false (is_open (fixture));
  g_assert_cmpint (units (fixture), ==, 128);
  g_assert_null (fixture->failure);
}

static void
test_type_wrong (Fixture *fixture, gconstpointer data)
{
  set_units (fixture, 128);
  open_units (fixture);
  type (fixture, "many");
  press_key (fixture, GDK_KEY_Return, 0);
  g_assert_true (is_open (fixture));
  g_assert_nonnull (strstr (weft_param_row_get_message (editor_row (fixture)), "many"));
  g_assert_cmpint (units (fixture), ==, 128);
  /* Clicked away, the reason is said where everything else is. */
  gtk_popover_popdown (GTK_POPOVER (fixture->canvas->value_editor));
  settle ();
  g_assert_nonnull (fixture->failure);
  g_assert_cmpint (units (fixture), ==, 128);
}

/* From value to value with Tab; a choice is taken as it is chosen. */
static void
test_tab (Fixture *fixture, gconstpointer data)
{
  GtkWidget *choice;

  set_units (fixture, 128);
  gtk_widget_grab_focus (GTK_WIDGET (weft_canvas_find_node (fixture->canvas, fixture->hidden)));
  gtk_widget_activate_action (GTK_WIDGET (fixture->canvas), "canvas.edit-value", NULL);
  settle ();
  g_assert_cmpstr (weft_param_row_get_name (editor_row (fixture)), ==, "units");
  type (fixture, "16");
  press_key (fixture, GDK_KEY_Tab, 0);
  g_assert_cmpint (units (fixture), ==, 16);
  g_assert_true (is_open (fixture));
  g_assert_cmpstr (weft_param_row_get_name (editor_row (fixture)), ==, "activation");
  choice = find_control (GTK_WIDGET (editor_row (fixture)), GTK_TYPE_DROP_DOWN);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (choice), 1);
  settle ();
  g_assert_nonnull (
    weft_json_get (weft_document_node (fixture->document, fixture->hidden)->params, "activation"));
  press_key (fixture, GDK_KEY_Tab, 0);
  g_assert_false (is_open (fixture));
}

#define TEST(PATH, FUNCTION) \
  g_test_add ("/ui/canvas/values/" PATH, Fixture, NULL, set_up, FUNCTION, tear_down)

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  weft_ops_init ();
  TEST ("scrub", test_scrub);
  TEST ("scrub/fine", test_scrub_fine);
  TEST ("scrub/cancel", test_scrub_cancel);
  TEST ("type", test_type);
  TEST ("type/cancel", test_type_cancel);
  TEST ("type/wrong", test_type_wrong);
  TEST ("tab", test_tab);
  return g_test_run ();
}
