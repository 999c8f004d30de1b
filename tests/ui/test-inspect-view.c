/* The Inspect view, from inside: kernels, their texts, the plots, and what it says where there is
 * nothing to show.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/ui/window-tools.h"

#include "ui/inspect/amounts.h"
#include "ui/inspect/inspect-view.h"
#include "ui/inspect/kernel-table.h"
#include "ui/inspect/plot.h"
#include "ui/shared/widget-style.h"

#include <gtksourceview/gtksource.h>

typedef struct
{
  GtkWindow        *window;
  WeftInspectView  *view;
  WeftInspectModel *model;
} Fixture;

static gboolean
is_settled (gpointer data)
{
  WeftInspecting state = weft_inspect_model_get_state (data);
  return state == WEFT_INSPECTING_READY || state == WEFT_INSPECTING_FAILED;
}

static void
set_up (Fixture *fixture, WeftDocument *document)
{
  fixture->model = weft_inspect_model_new ();
  fixture->view = g_object_new (WEFT_TYPE_INSPECT_VIEW, NULL);
  weft_inspect_view_set_model (fixture->view, fixture->model);
  weft_inspect_model_set_document (fixture->model, document);
  weft_inspect_model_set_active (fixture->model, TRUE);
  fixture->window = GTK_WINDOW (gtk_window_new ());
  gtk_window_set_default_size (fixture->window, 1400, 820);
  gtk_window_set_child (fixture->window, GTK_WIDGET (fixture->view));
  gtk_window_present (fixture->window);
  wait_for (is_drawn, fixture->window);
  if (document == NULL)
    return;
  wait_for (is_settled, fixture->model);
  settle ();
}

static void
set_up_example (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strdup_printf ("%s/examples/%s.weft", g_getenv ("WEFT_DATA_DIR"), name);
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  g_assert_no_error (error);
  set_up (fixture, document);
}

static void
tear_down (Fixture *fixture)
{
  gtk_window_destroy (fixture->window);
  settle ();
  g_assert_finalize_object (fixture->model);
}

static gboolean
shows_text (GtkWidget *widget, gconstpointer text)
{
  return GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) &&
         strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL;
}

static gboolean
has_text (gpointer root, const char *text)
{
  return find (GTK_WIDGET (root), shows_text, text) != NULL;
}

static char *
dup_source (Fixture *fixture)
{
  GtkTextBuffer *buffer =
    gtk_text_view_get_buffer (find_type (fixture->view, GTK_SOURCE_TYPE_VIEW));
  GtkTextIter start, end;
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

/* ---- Kernels ---- */

static void
test_kernels (void)
{
  Fixture fixture = { 0 };
  set_up_example (&fixture, "digits-mlp");
  const WeftAnatomy  *anatomy = weft_inspect_model_get_anatomy (fixture.model);
  GtkColumnView      *table = find_type (fixture.view, GTK_TYPE_COLUMN_VIEW);
  GtkSelectionModel  *rows = gtk_column_view_get_model (table);
  GtkSingleSelection *selection = GTK_SINGLE_SELECTION (rows);
  g_assert_nonnull (anatomy);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (rows)), ==, anatomy->n_kernels);
  g_assert_true (has_text (fixture.view, "of the roofline"));
  g_assert_true (has_text (fixture.view, anatomy->kernels[0].name));
  /* One with a text is selected, and its text is shown. */
  guint selected = weft_inspect_model_get_selected (fixture.model);
  g_assert_nonnull (anatomy->kernels[selected].texts[WEFT_TEXT_C]);
  g_autofree char *source = dup_source (&fixture);
  g_assert_cmpstr (source, ==, anatomy->kernels[selected].texts[WEFT_TEXT_C]->text);
  /* The table tells the model, and the model the table. */
  gtk_single_selection_set_selected (selection, 0);
  g_assert_cmpuint (weft_inspect_model_get_selected (fixture.model), ==, 0);
  weft_inspect_model_select (fixture.model, 1);
  g_assert_cmpuint (gtk_single_selection_get_selected (selection), ==, 1);
  tear_down (&fixture);
}

/* A click on "time" puts the longest first. */
static void
test_sorting (void)
{
  Fixture fixture = { 0 };
  set_up_example (&fixture, "digits-mlp");
  const WeftAnatomy *anatomy = weft_inspect_model_get_anatomy (fixture.model);
  GtkColumnView     *table = find_type (fixture.view, GTK_TYPE_COLUMN_VIEW);
  g_autoptr (GtkColumnViewColumn) time =
    g_list_model_get_item (gtk_column_view_get_columns (table), 2);
  double before = G_MAXDOUBLE;
  gtk_column_view_sort_by_column (table, time, GTK_SORT_ASCENDING);
  settle ();
  for (guint i = 0; i < anatomy->n_kernels; i++)
    {
      gtk_single_selection_set_selected (
        GTK_SINGLE_SELECTION (gtk_column_view_get_model (table)), i);
      double ns = weft_inspect_model_kernel_ns (
        fixture.model, weft_inspect_model_get_selected (fixture.model));
      g_assert_cmpfloat (ns, <=, before);
      before = ns;
    }
  tear_down (&fixture);
}

static void
test_parts (void)
{
  Fixture fixture = { 0 };
  set_up_example (&fixture, "digits-mlp");
  guint        n = weft_inspect_model_get_anatomy (fixture.model)->n_kernels;
  GtkDropDown *parts = find_type (fixture.view, GTK_TYPE_DROP_DOWN);
  gtk_drop_down_set_selected (parts, 2);
  g_assert_cmpint (weft_inspect_model_get_part (fixture.model), ==, WEFT_MODEL_PREDICT);
  g_assert_cmpint (weft_inspect_model_get_state (fixture.model), ==, WEFT_INSPECTING_WORKING);
  wait_for (is_settled, fixture.model);
  g_assert_cmpuint (weft_inspect_model_get_anatomy (fixture.model)->n_kernels, <, n);
  tear_down (&fixture);
}

/* ---- Plots ---- */

/* Somewhere on each plot something is said, and a kernel can be chosen there. */
static void
test_plots (void)
{
  static const WeftPlotKind *const plots[] = { &weft_time_plot, &weft_memory_plot,
                                               &weft_roofline_plot };
  Fixture                          fixture = { 0 };
  set_up_example (&fixture, "digits-mlp");
  g_autoptr (WeftStyle) style = weft_widget_style_new (GTK_WIDGET (fixture.view));
  WeftPlotting plotting = { .style = style,
                            .model = fixture.model,
                            .anatomy = weft_inspect_model_get_anatomy (fixture.model),
                            .width = 500,
                            .height = 200 };
  for (guint i = 0; i < G_N_ELEMENTS (plots); i++)
    {
      g_autoptr (GHashTable) kernels = g_hash_table_new (NULL, NULL);
      g_autofree char *described = plots[i]->describe (&plotting);
      g_assert_cmpuint (strlen (described), >, 10);
      for (double x = 0; x < 500; x += 2)
        for (double y = 0; y < 200; y += 2)
          {
            guint            kernel = WEFT_NO_KERNEL;
            g_autofree char *text = plots[i]->at (&plotting, x, y, &kernel);
            g_assert_cmpint (text != NULL, ==, kernel != WEFT_NO_KERNEL);
            if (text != NULL)
              g_hash_table_add (kernels, GUINT_TO_POINTER (kernel));
          }
      g_assert_cmpuint (g_hash_table_size (kernels), >, 3);
    }
  tear_down (&fixture);
}

/* ---- Nothing to show ---- */

static guint gone_to;

static void
go_cb (WeftInspectView *view, guint node, gpointer data)
{
  gone_to = node;
}

static void
test_nothing (void)
{
  Fixture fixture = { 0 };
  set_up (&fixture, NULL);
  g_assert_true (has_text (fixture.view, "Nothing to Inspect Yet"));
  tear_down (&fixture);
}

/* A document that does not fit says why, and leads to the node. */
static void
test_failure (void)
{
  static const char text[] =
    "{\"format\": \"weft\", \"version\": 1, \"nodes\": ["
    "{\"id\": \"x\", \"op\": \"input\", \"params\": {\"dtype\": \"float32\", \"shape\": \"(3, "
    "4)\"}},"
    "{\"id\": \"bad\", \"op\": \"expression\", \"params\": {\"text\": \"mean(x @ x)\"}}],"
    "\"wires\": [\"x.y -> bad.x\"], \"training\": {\"loss\": \"bad.y\"}}";
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_parse (text, -1, "test", &error);
  Fixture fixture = { 0 };
  g_assert_no_error (error);
  set_up (&fixture, document);
  g_assert_true (has_text (fixture.view, "Does Not Compile Yet"));
  g_assert_true (has_text (fixture.view, "bad"));
  g_signal_connect (fixture.view, "go", G_CALLBACK (go_cb), NULL);
  GtkWidget *button = find (GTK_WIDGET (fixture.view), shows_text, "Show the Node");
  g_assert_nonnull (button);
  g_signal_emit_by_name (gtk_widget_get_ancestor (button, GTK_TYPE_BUTTON), "clicked");
  g_assert_cmpuint (gone_to, ==, weft_document_node_by_id (document, "bad")->uid);
  tear_down (&fixture);
}

/* ---- Amounts ---- */

static void
test_amounts (void)
{
  static const struct
  {
    char *(*func) (double amount);
    double      amount;
    const char *text;
  } cases[] = {
    { weft_amount_of_time, 420, "0.42 µs" },
    { weft_amount_of_time, 61000, "61 µs" },
    { weft_amount_of_time, 999600, "1.0 ms" },
    { weft_amount_of_time, 2.5e9, "2.5 s" },
    { weft_amount_of_bytes, 32768, "32.0\302\240KiB" },
    { weft_amount_of_flops, 0, "0 flop" },
    { weft_amount_of_flops, 16384, "16 kflop" },
    { weft_rate_of_flops, 1.8e11, "180 GFLOP/s" },
    { weft_rate_of_bytes, 2.1e10, "21 GB/s" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = cases[i].func (cases[i].amount);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  start_application ();
  g_test_add_func ("/ui/inspect/amounts", test_amounts);
  g_test_add_func ("/ui/inspect/kernels", test_kernels);
  g_test_add_func ("/ui/inspect/sorting", test_sorting);
  g_test_add_func ("/ui/inspect/parts", test_parts);
  g_test_add_func ("/ui/inspect/plots", test_plots);
  g_test_add_func ("/ui/inspect/nothing", test_nothing);
  g_test_add_func ("/ui/inspect/failure", test_failure);
  return g_test_run ();
}
