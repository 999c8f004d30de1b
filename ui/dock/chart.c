/* A chart of one curve of a run: training and validation over steps.
 *
 * The widget: size, pointer, what it tells assistive technology. chart-draw.c draws it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/dock/chart-private.h"

#include "ui/draw/format.h"
#include "ui/shared/settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

/* Telling assistive technology costs messages on a bus. */
#define DESCRIBE_INTERVAL_US 250000

enum
{
  SIGNAL_CURSOR_MOVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftChart, weft_chart, GTK_TYPE_WIDGET)

/**
 * weft_chart_dup_summary:
 * @chart: a chart
 *
 * Returns: (transfer full): the chart in words: "1 250 points, last 0.083; validation: 4 points,
 * last 0.09"
 */
char *
weft_chart_dup_summary (WeftChart *chart)
{
  if (chart->index >= weft_run_model_n_curves (chart->run))
    return g_strdup (_ ("No points yet"));
  const WeftRunCurve *curve = weft_run_model_get_curve (chart->run, chart->index);
  guint               n = weft_series_n (curve->train), n_valid = weft_series_n (curve->validation);
  if (n == 0)
    return g_strdup (_ ("No points yet"));
  g_autofree char *last = weft_format_value (weft_series_y (curve->train, n - 1));
  GString         *text = g_string_new (NULL);
  g_string_append_printf (text, g_dngettext (NULL, "%u point, last %s", "%u points, last %s", n), n,
                          last);
  if (n_valid > 0)
    {
      g_autofree char *valid = weft_format_value (weft_series_y (curve->validation, n_valid - 1));
      g_string_append (text, "; ");
      g_string_append_printf (text,
                              g_dngettext (NULL, "validation: %u point, last %s",
                                           "validation: %u points, last %s", n_valid),
                              n_valid, valid);
    }
  if (weft_series_n_gaps (curve->train) > 0)
    {
      double from, to;
      weft_series_gap (curve->train, 0, &from, &to);
      g_string_append (text, "; ");
      g_string_append_printf (text, _ ("not a number from step %.0f"), from);
    }
  return g_string_free (text, FALSE);
}

static void
describe (WeftChart *chart)
{
  g_autofree char *summary = weft_chart_dup_summary (chart);
  gtk_accessible_update_property (GTK_ACCESSIBLE (chart), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  summary, -1);
  chart->described_us = g_get_monotonic_time ();
}

static gboolean
describe_cb (gpointer data)
{
  WeftChart *chart = data;
  chart->describe_source = 0;
  describe (chart);
  return G_SOURCE_REMOVE;
}

static void
points_cb (WeftChart *chart)
{
  gtk_widget_queue_draw (GTK_WIDGET (chart));
  if (chart->describe_source == 0)
    {
      gint64 due = chart->described_us + DESCRIBE_INTERVAL_US - g_get_monotonic_time ();
      chart->describe_source = g_timeout_add_full (G_PRIORITY_LOW, (guint) (MAX (due, 0) / 1000),
                                                   describe_cb, chart, NULL);
    }
}

/**
 * weft_chart_set_log:
 * @chart: a chart
 * @log_axis: whether values stand on a logarithmic axis, where they are positive
 */
void
weft_chart_set_log (WeftChart *chart, gboolean log_axis)
{
  chart->log = log_axis;
  gtk_widget_queue_draw (GTK_WIDGET (chart));
}

/**
 * weft_chart_set_cursor:
 * @chart: a chart
 * @x: the step that is looked at; NaN: none
 */
void
weft_chart_set_cursor (WeftChart *chart, double x)
{
  if (x == chart->cursor || (isnan (x) && isnan (chart->cursor)))
    return;
  chart->cursor = x;
  gtk_widget_queue_draw (GTK_WIDGET (chart));
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, WeftChart *chart)
{
  double at = weft_chart_step_at (chart, x);
  chart->hovered = TRUE;
  g_signal_emit (chart, signals[SIGNAL_CURSOR_MOVED], 0, at);
}

static void
leave_cb (GtkEventControllerMotion *controller, WeftChart *chart)
{
  chart->hovered = FALSE;
  g_signal_emit (chart, signals[SIGNAL_CURSOR_MOVED], 0, NAN);
}

/* Left and right move the cursor from point to point, so that its values can be read without a
 * pointer. */
static gboolean
key_cb (GtkEventControllerKey *controller,
        guint                  key,
        guint                  code,
        GdkModifierType        modifiers,
        WeftChart             *chart)
{
  if (chart->index >= weft_run_model_n_curves (chart->run) ||
      (key != GDK_KEY_Left && key != GDK_KEY_Right))
    return GDK_EVENT_PROPAGATE;
  WeftSeries *series = weft_run_model_get_curve (chart->run, chart->index)->train;
  guint       n = weft_series_n (series);
  if (n == 0)
    return GDK_EVENT_PROPAGATE;
  guint stride = MAX (1, n / 100);
  guint at = isnan (chart->cursor) ? n - 1 : MIN (weft_series_find (series, chart->cursor), n - 1);
  at = key == GDK_KEY_Left ? at - MIN (at, stride) : MIN (at + stride, n - 1);
  g_signal_emit (chart, signals[SIGNAL_CURSOR_MOVED], 0, weft_series_x (series, at));
  return GDK_EVENT_STOP;
}

static void
weft_chart_measure (GtkWidget     *widget,
                    GtkOrientation orientation,
                    int            for_size,
                    int           *minimum,
                    int           *natural,
                    int           *minimum_baseline,
                    int           *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 180 : 110;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 360 : 220;
}

static void
weft_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftChart *chart = WEFT_CHART (widget);
  int        width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  if (width <= 0 || height <= 0)
    return;
  cairo_t *cr =
    gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  weft_chart_draw (chart, cr, width, height);
  cairo_destroy (cr);
}

static void
weft_chart_dispose (GObject *object)
{
  WeftChart *chart = WEFT_CHART (object);
  g_clear_handle_id (&chart->describe_source, g_source_remove);
  g_clear_object (&chart->run);
  G_OBJECT_CLASS (weft_chart_parent_class)->dispose (object);
}

static void
weft_chart_class_init (WeftChartClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_chart_dispose;
  widget_class->measure = weft_chart_measure;
  widget_class->snapshot = weft_chart_snapshot;
  gtk_widget_class_set_css_name (widget_class, "weft-chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);

  signals[SIGNAL_CURSOR_MOVED] = g_signal_new ("cursor-moved", WEFT_TYPE_CHART, G_SIGNAL_RUN_LAST,
                                               0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
weft_chart_init (WeftChart *chart)
{
  GtkWidget *widget = GTK_WIDGET (chart);
  chart->cursor = NAN;
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_widget_set_vexpand (widget, TRUE);

  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "enter", G_CALLBACK (motion_cb), chart);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), chart);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), chart);
  gtk_widget_add_controller (widget, motion);
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), chart);
  gtk_widget_add_controller (widget, keys);

  AdwStyleManager *style = adw_style_manager_get_default ();
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), chart,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw),
                           chart, G_CONNECT_SWAPPED);
}

/**
 * weft_chart_new:
 * @run: a run
 * @index: of the curve; where the run has none yet, the chart says so
 *
 * Returns: (transfer floating): a chart
 */
WeftChart *
weft_chart_new (WeftRunModel *run, guint index)
{
  WeftChart *chart = g_object_new (WEFT_TYPE_CHART, NULL);
  chart->run = g_object_ref (run);
  chart->index = index;
  g_signal_connect_object (run, "points", G_CALLBACK (points_cb), chart, G_CONNECT_SWAPPED);
  g_autofree char *title = weft_chart_dup_title (chart);
  gtk_accessible_update_property (GTK_ACCESSIBLE (chart), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  describe (chart);
  return chart;
}
