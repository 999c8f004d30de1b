/* Curves of a run in their panel: one cursor and one range for all charts, what counts for their
 * axes, what differs from the run before, and the report.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "window-tools.h"

#include "engine/train/runs.h"
#include "ui/curves/report.h"
#include "ui/dock/chart.h"
#include "ui/dock/curves.h"

#include <glib/gstdio.h>
#include <math.h>

/* ---- Charts that follow each other ---- */

static gboolean
has_run (gpointer data)
{
  return weft_run_model_get_state (data) == WEFT_RUN_FINISHED;
}

/* Iris after 60 steps. */
static WeftWindow *
open_trained (void)
{
  WeftWindow   *window = open_example ("iris");
  WeftDocument *document = weft_window_get_document (window);
  weft_document_set_training (document, "epochs", NULL);
  weft_document_set_training (document, "steps", weft_json_new_int (60));
  act (window, "train");
  wait_for (has_run, weft_window_get_run (window));
  settle ();
  return window;
}

static gboolean
collect_cb (GtkWidget *widget, gconstpointer charts)
{
  if (WEFT_IS_CHART (widget))
    g_ptr_array_add ((GPtrArray *) charts, widget);
  return FALSE;
}

/* Those of the curves that @chart stands in, @chart too. */
static GPtrArray *
find_charts (GtkWidget *root)
{
  GPtrArray *charts = g_ptr_array_new ();
  find (root, collect_cb, charts);
  return charts;
}

static WeftChartArt *
art_at (GPtrArray *charts, guint index)
{
  return weft_chart_get_art (g_ptr_array_index (charts, index));
}

/* Loss and accuracy, below the canvas and on the Train page: where the pointer is over one of them,
 * all say what was there. */
static void
test_cursor (void)
{
  WeftWindow *window = open_trained ();
  g_autoptr (GPtrArray) charts = find_charts (GTK_WIDGET (window));
  g_assert_cmpuint (charts->len, >=, 4);
  g_signal_emit_by_name (g_ptr_array_index (charts, 0), "cursor-moved", 12.0);
  for (guint i = 0; i < charts->len; i++)
    g_assert_cmpfloat_with_epsilon (art_at (charts, i)->cursor, 12, 1e-9);
  g_assert_cmpfloat (weft_run_model_get_cursor (weft_window_get_run (window)), ==, 12);
  g_signal_emit_by_name (g_ptr_array_index (charts, charts->len - 1), "cursor-moved", NAN);
  for (guint i = 0; i < charts->len; i++)
    g_assert_true (isnan (art_at (charts, i)->cursor));
  close_window (window);
}

/* What was dragged in one chart is what all of a panel show, until everything is asked for. */
static void
test_range (void)
{
  WeftWindow *window = open_trained ();
  GtkWidget  *curves = find_type (window, WEFT_TYPE_CURVES);
  g_autoptr (GPtrArray) charts = find_charts (curves);
  g_assert_cmpuint (charts->len, ==, 2);
  g_signal_emit_by_name (g_ptr_array_index (charts, 1), "range-changed", 5.0, 20.0);
  for (guint i = 0; i < charts->len; i++)
    {
      g_assert_cmpfloat (art_at (charts, i)->x_from, ==, 5);
      g_assert_cmpfloat (art_at (charts, i)->x_to, ==, 20);
    }
  gtk_widget_activate_action (curves, "curves.fit", NULL);
  for (guint i = 0; i < charts->len; i++)
    g_assert_true (isnan (art_at (charts, i)->x_from) && isnan (art_at (charts, i)->x_to));
  close_window (window);
}

/* ---- Axes ---- */

static WeftRunData *
new_data (guint n, double first, double rest)
{
  WeftRunData  *data = weft_run_data_new ();
  WeftRunCurve *curve = weft_run_data_add_curve (data, "loss");
  for (guint i = 1; i <= n; i++)
    weft_series_append (curve->train, i, i <= 5 ? first : rest);
  return data;
}

static void
lay_out (WeftChartArt *art)
{
  g_autoptr (WeftStyle) style = weft_style_new (NULL, WEFT_THEME_LIGHT);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 400, 240);
  cairo_t         *cr = cairo_create (surface);
  weft_chart_art_draw (art, cr, style, 400, 240);
  g_assert_true (art->laid_out);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* The wild values at a run's beginning leave the rest of the curve its height. */
static void
test_skip_start (void)
{
  g_autoptr (WeftRunData) data = new_data (200, 1000, 1);
  g_autoptr (WeftChartArt) art = weft_chart_art_new ("loss");
  art->look.y_scale = WEFT_SCALE_LINEAR;
  weft_chart_art_add (art, data, "run", 0);
  lay_out (art);
  g_assert_cmpfloat (art->y.maximum, >=, 1000);
  art->look.skip_start = TRUE;
  lay_out (art);
  g_assert_cmpfloat (art->y.maximum, <, 10);
}

/* Along a logarithmic axis each tenfold takes the same room; negative values stay in sight. */
static void
test_log (void)
{
  g_autoptr (WeftRunData) data = new_data (1000, -3, 2);
  g_autoptr (WeftChartArt) art = weft_chart_art_new ("loss");
  art->look.x_scale = WEFT_SCALE_LOG;
  weft_chart_art_add (art, data, "run", 0);
  lay_out (art);
  double one = weft_axis_place (&art->x, 10) - weft_axis_place (&art->x, 1);
  double two = weft_axis_place (&art->x, 100) - weft_axis_place (&art->x, 10);
  g_assert_cmpfloat_with_epsilon (one, two, 1e-9);
  g_assert_cmpint (art->y.scale, ==, WEFT_SCALE_SYMMETRIC);
  g_assert_cmpfloat (art->y.minimum, <=, -3);
}

/* ---- The report ---- */

static const char LOG[] =
  "{\"event\": \"step\", \"step\": 1, \"epoch\": 1, \"time_s\": 1, \"train\": {\"loss\": 2}}\n"
  "{\"event\": \"rate\", \"step\": 1, \"rate\": 0.25}\n"
  "{\"event\": \"step\", \"step\": 2, \"epoch\": 2, \"time_s\": 2, \"train\": {\"loss\": 1}}\n"
  "{\"event\": \"finished\", \"reason\": \"steps\", \"step\": 2, \"test\": {\"loss\": 1.5}}\n";

/* A run of iris with @units in its hidden layer; caller owns its folder's name. */
static char *
keep_run (const char *folder, int units)
{
  g_autofree char *path = example_path ("iris");
  g_autofree char *log = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  guint         number;
  WeftRunOrigin origin = { 0 };
  char         *run;
  g_assert_no_error (error);
  weft_document_set_param (document, weft_document_node_by_id (document, "hidden")->uid, "units",
                           weft_json_new_int (units), &error);
  g_assert_no_error (error);
  run = weft_runs_begin (folder, document, &origin, &number, &error);
  g_assert_no_error (error);
  log = g_build_filename (run, "log.jsonl", NULL);
  g_assert_true (g_file_set_contents (log, LOG, -1, &error));
  return run;
}

/* One file that needs no other, and says what people ask of a run. */
static void
test_report (void)
{
  static const char *const said[] = { "<!DOCTYPE html>", "data:image/svg+xml;base64,",
                                      "units 9 → 11", "0.25", "1.5", "</html>" };
  g_autofree char         *folder = g_dir_make_tmp ("weft-report-XXXXXX", NULL);
  g_autofree char         *first = keep_run (folder, 9), *second = keep_run (folder, 11);
  g_autofree char         *path = g_build_filename (folder, "report.html", NULL), *text = NULL;
  g_autoptr (GError) error = NULL;
  g_assert_true (weft_report_write (second, path, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  for (guint i = 0; i < G_N_ELEMENTS (said); i++)
    if (strstr (text, said[i]) == NULL)
      g_error ("the report does not say %s", said[i]);
  g_assert_null (strstr (text, "http:"));
  g_assert_null (strstr (text, "https:"));
  g_assert_false (weft_report_write (folder, path, &error));
  g_assert_nonnull (error);
  g_unlink (path);
  weft_runs_remove (first, NULL);
  weft_runs_remove (second, NULL);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  start_application ();
  g_test_add_func ("/ui/curves/cursor", test_cursor);
  g_test_add_func ("/ui/curves/range", test_range);
  g_test_add_func ("/ui/curves/skip-start", test_skip_start);
  g_test_add_func ("/ui/curves/log", test_log);
  g_test_add_func ("/ui/curves/report", test_report);
  return g_test_run ();
}
