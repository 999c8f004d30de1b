/* The pages below the canvas: each shows its part of another view, for the document as it is drawn,
 * and rests while it is not seen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/ui/window-tools.h"
#include "ui/inspect/inspect-pane.h"
#include "ui/optimise/graph-pane.h"
#include "ui/train/view.h"

static void
go (WeftWindow *window, const char *page)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "dock-page",
                                  g_variant_new_string (page));
}

static gboolean
is_mapped_type (GtkWidget *widget, gconstpointer type)
{
  return gtk_widget_get_mapped (widget) &&
         G_TYPE_CHECK_INSTANCE_TYPE (widget, *(const GType *) type);
}

/* The one that is seen; NULL: none. */
static GtkWidget *
seen (WeftWindow *window, GType type)
{
  return find (GTK_WIDGET (window), is_mapped_type, &type);
}

static guint
operations (gpointer window)
{
  GtkWidget       *graph = seen (window, WEFT_TYPE_GRAPH_PANE);
  g_autofree char *title = NULL;
  guint            drawn = 0;
  if (graph != NULL)
    g_object_get (graph, "title", &title, NULL);
  return title != NULL && sscanf (title, "Operations: %u as drawn", &drawn) == 1 ? drawn : 0;
}

static gboolean
has_operations (gpointer window)
{
  return operations (window) > 0;
}

typedef struct
{
  WeftWindow *window;
  guint       before;
} Drawn;

static gboolean
has_fewer (gpointer data)
{
  Drawn *drawn = data;
  return operations (drawn->window) > 0 && operations (drawn->window) < drawn->before;
}

/* Another graph once the document is another. */
static void
test_optimised (void)
{
  WeftWindow *window = open_example ("digits-mlp");
  go (window, "optimised");
  wait_for (has_operations, window);
  WeftDocument *document = weft_window_get_document (window);
  Drawn         drawn = { window, operations (window) };
  guint32       uids[] = { weft_document_node_by_id (document, "penalty")->uid,
                           weft_document_node_by_id (document, "objective")->uid };
  weft_document_remove_nodes (document, uids, G_N_ELEMENTS (uids));
  weft_document_set_training (document, "loss", weft_json_new_string ("cost.loss"));
  wait_for (has_fewer, &drawn);
  close_window (window);
}

static gboolean
is_measured (gpointer window)
{
  GtkWidget *pane = seen (window, WEFT_TYPE_INSPECT_PANE);
  GtkWidget *pages = pane != NULL ? adw_bin_get_child (ADW_BIN (pane)) : NULL;
  return pages != NULL &&
         g_strcmp0 (gtk_stack_get_visible_child_name (GTK_STACK (pages)), "child") == 0;
}

static void
test_measured (gconstpointer page)
{
  WeftWindow *window = open_example ("digits-mlp");
  settle ();
  g_assert_null (seen (window, WEFT_TYPE_INSPECT_PANE));
  go (window, page);
  wait_for (is_measured, window);
  close_window (window);
}

/* The views are of the document that is open. */
static void
test_values (void)
{
  WeftWindow *window = open_example ("digits-mlp");
  go (window, "values");
  settle ();
  WeftView *view = WEFT_VIEW (seen (window, WEFT_TYPE_VIEW));
  g_assert_cmpstr (weft_view_get_kind (view)->name, ==, "weights");
  g_assert_cmpstr (weft_view_get_choice (view), ==, "hidden.W");
  close_window (window);
  /* Nothing in it has weights. */
  window = open_example ("optimise-chain");
  go (window, "values");
  settle ();
  g_assert_null (seen (window, WEFT_TYPE_VIEW));
  close_window (window);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  start_application ();
  g_test_add_func ("/ui/dock/optimised", test_optimised);
  g_test_add_data_func ("/ui/dock/memory", "memory", test_measured);
  g_test_add_data_func ("/ui/dock/kernels", "kernels", test_measured);
  g_test_add_func ("/ui/dock/values", test_values);
  int status = g_test_run ();
  g_object_unref (application);
  return status;
}
