/* Definitions in the editor's window: groups that are made, opened, kept as layers; the gradient
 * beside the graph.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/ui/window-tools.h"

#include "engine/document/catalogue.h"
#include "engine/document/layer.h"
#include "ui/dock/dock.h"
#include "ui/dock/gradients.h"
#include "ui/inspector/knob-text.h"
#include "ui/palette/palette.h"

static WeftCanvas *
canvas_of (WeftWindow *window)
{
  return find_type (window, WEFT_TYPE_CANVAS);
}

static WeftDocument *
shown (WeftWindow *window)
{
  return weft_canvas_get_document (canvas_of (window));
}

static void
select_ids (WeftWindow *window, const char *const *ids)
{
  guint32 uids[8];
  guint   n = 0;
  for (; ids[n] != NULL; n++)
    uids[n] = weft_document_node_by_id (shown (window), ids[n])->uid;
  weft_canvas_set_selection (canvas_of (window), uids, n);
  settle ();
}

/* A window in which hidden and logits of the digits are one group, selected. */
static WeftWindow *
open_with_group (void)
{
  WeftWindow *window = open_example ("digits-mlp");
  select_ids (window, (const char *const[]){ "hidden", "logits", NULL });
  act (window, "group");
  settle ();
  g_assert_nonnull (weft_document_node_by_id (shown (window), "group"));
  g_assert_null (weft_document_node_by_id (shown (window), "hidden"));
  return window;
}

static gboolean
says_layer (GtkWidget *widget, gconstpointer text)
{
  return GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) &&
         strstr (gtk_label_get_label (GTK_LABEL (widget)), text) != NULL;
}

/* Grouped, opened, edited inside, undone, left again. */
static void
test_open (void)
{
  WeftWindow   *window = open_with_group ();
  WeftDocument *document = weft_window_get_document (window);
  guint         n;
  act (window, "open-node");
  settle ();
  g_assert_cmpstr (weft_document_get_group_name (shown (window)), ==, "group");
  g_assert_nonnull (weft_document_node_by_id (shown (window), "hidden"));
  g_assert_nonnull (find (GTK_WIDGET (window), says_layer, "used by 1 node"));
  g_assert_nonnull (weft_typing_output (weft_canvas_get_typing (canvas_of (window)),
                                        weft_document_node_by_id (shown (window), "hidden")->uid,
                                        "y"));

  n = weft_document_n_nodes (shown (window));
  g_assert_cmpuint (weft_canvas_add_at_centre (canvas_of (window), "tanh", NULL), !=, 0);
  settle ();
  g_assert_cmpuint (weft_document_n_nodes (shown (window)), ==, n + 1);
  act (window, "undo");
  g_assert_cmpuint (weft_document_n_nodes (shown (window)), ==, n);

  act (window, "up");
  settle ();
  g_assert_true (shown (window) == document);
  close_window (window);
}

/* Undoing the group while it is open leads out of it. */
static void
test_gone (void)
{
  WeftWindow *window = open_with_group ();
  act (window, "open-node");
  settle ();
  act (window, "undo");
  settle ();
  g_assert_true (shown (window) == weft_window_get_document (window));
  g_assert_nonnull (weft_document_node_by_id (shown (window), "hidden"));
  close_window (window);
}

static gboolean
has_palette_row (GtkWidget *widget, gconstpointer title)
{
  return GTK_IS_LABEL (widget) && gtk_widget_has_css_class (widget, "palette-card") &&
         g_str_equal (gtk_label_get_label (GTK_LABEL (widget)), title);
}

/* A group saved as a layer stands in the palette at once, and goes when the file does. */
static void
test_layer (void)
{
  WeftWindow   *window = open_with_group ();
  WeftPalette  *palette = find_type (window, WEFT_TYPE_PALETTE);
  WeftDocument *group = weft_document_get_group (shown (window), "group");
  g_autoptr (GError) error = NULL;
  const WeftLayer *layer;
  g_assert_true (weft_layer_save (group, "my_block", &error));
  g_assert_no_error (error);
  settle ();
  layer = weft_layer_find ("my_block");
  g_assert_nonnull (layer);
  g_assert_nonnull (
    find (GTK_WIDGET (palette), has_palette_row, weft_catalogue_find ("my_block")->title));
  g_assert_cmpuint (weft_canvas_add_at_centre (canvas_of (window), "my_block", NULL), !=, 0);
  close_window (window);
  g_assert_true (weft_layer_remove ("my_block", &error));
}

/* A layer of the library can be looked at; made one's own, it can be changed. */
static void
test_own (void)
{
  WeftWindow *window = open_example ("digits-mlp");
  select_ids (window, (const char *const[]){ "hidden", NULL });
  act (window, "open-node");
  settle ();
  g_assert_nonnull (weft_document_node_by_id (shown (window), "body"));
  g_assert_null (weft_document_get_group_name (shown (window)));
  act (window, "make-unique");
  settle ();
  g_assert_cmpstr (weft_document_get_group_name (shown (window)), ==, "dense");
  g_assert_cmpuint (weft_canvas_add_at_centre (canvas_of (window), "tanh", NULL), !=, 0);
  close_window (window);
}

static gboolean
has_gradient (gpointer window)
{
  return find (window, says_layer, "d_hidden.W = ") != NULL;
}

static void
test_gradient (void)
{
  WeftWindow *window = open_example ("digits-mlp");
  weft_dock_show (find_type (window, WEFT_TYPE_DOCK), "gradient");
  wait_for (has_gradient, window);
  close_window (window);
}

/* ---- Knobs as text ---- */

static void
test_knobs (void)
{
  static const char        text[] = "units: int [1, 100] = 64\nrate: number [0, inf] = 0.5\n"
                                    "activation: op none|relu = relu\nshape: text = (2, 3)";
  static const char *const wrong[] = { "units", "units: thing = 3", "units: int = x",
                                       "mode: choice = a", "rate: number [a, 2] = 1" };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) before =
    weft_json_parse ("[{\"name\": \"units\", \"summary\": \"kept\"}]", -1, &error);
  g_autoptr (WeftJson) knobs = weft_knobs_from_text (text, before, &error);
  g_autofree char *again = NULL;
  g_assert_no_error (error);
  again = weft_knobs_to_text (knobs);
  g_assert_cmpstr (again, ==, text);
  g_assert_cmpstr (weft_json_get_string (weft_json_at (knobs, 0), "summary", NULL), ==, "kept");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_null (weft_knobs_from_text (wrong[i], NULL, &error));
      g_assert_error (error, WEFT_KNOB_ERROR, WEFT_KNOB_ERROR_TEXT);
      g_clear_error (&error);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-definitions-XXXXXX", NULL);
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  gtk_test_init (&argc, &argv, NULL);
  start_application ();
  g_test_add_func ("/ui/definitions/open", test_open);
  g_test_add_func ("/ui/definitions/gone", test_gone);
  g_test_add_func ("/ui/definitions/layer", test_layer);
  g_test_add_func ("/ui/definitions/own", test_own);
  g_test_add_func ("/ui/definitions/gradient", test_gradient);
  g_test_add_func ("/ui/definitions/knobs", test_knobs);
  int result = g_test_run ();
  g_object_unref (application);
  return result;
}
