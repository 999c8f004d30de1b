/* The curves of a run side by side.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/dock/curves.h"

#include "ui/dock/chart.h"
#include "ui/shared/settings.h"

struct _WeftCurves
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkBox            *box;
  GtkScrolledWindow *scroller;

  /* Owned */
  WeftRunModel *run;
  GPtrArray    *charts; /* of WeftChart, borrowed from the box */
};

G_DEFINE_FINAL_TYPE (WeftCurves, weft_curves, ADW_TYPE_BIN)

static void
cursor_moved_cb (WeftChart *moved, double x, WeftCurves *curves)
{
  for (guint i = 0; i < curves->charts->len; i++)
    weft_chart_set_cursor (g_ptr_array_index (curves->charts, i), x);
}

static void
follow_axis (WeftCurves *curves)
{
  gboolean log_axis = g_settings_get_boolean (weft_settings_get (), "log-axis");
  for (guint i = 0; i < curves->charts->len; i++)
    weft_chart_set_log (g_ptr_array_index (curves->charts, i), log_axis);
}

static void
rebuild (WeftCurves *curves)
{
  GtkWidget *child;
  g_ptr_array_set_size (curves->charts, 0);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (curves->box))) != NULL)
    gtk_box_remove (curves->box, child);
  if (curves->run == NULL)
    return;
  guint n = MAX (1, weft_run_model_n_curves (curves->run));
  for (guint i = 0; i < n; i++)
    {
      WeftChart *chart = weft_chart_new (curves->run, i);
      GtkWidget *card = adw_bin_new ();
      gtk_widget_add_css_class (card, "chart-card");
      adw_bin_set_child (ADW_BIN (card), GTK_WIDGET (chart));
      gtk_box_append (curves->box, card);
      g_ptr_array_add (curves->charts, chart);
      g_signal_connect_object (chart, "cursor-moved", G_CALLBACK (cursor_moved_cb), curves, 0);
    }
  follow_axis (curves);
}

/**
 * weft_curves_set_run:
 * @curves: curves
 * @run: (nullable): whose
 */
void
weft_curves_set_run (WeftCurves *curves, WeftRunModel *run)
{
  if (curves->run != NULL)
    g_signal_handlers_disconnect_by_func (curves->run, rebuild, curves);
  g_set_object (&curves->run, run);
  if (run != NULL)
    g_signal_connect_object (run, "begun", G_CALLBACK (rebuild), curves, G_CONNECT_SWAPPED);
  rebuild (curves);
}

/**
 * weft_curves_set_stacked:
 * @curves: curves
 * @stacked: one chart above the other instead of side by side
 */
void
weft_curves_set_stacked (WeftCurves *curves, gboolean stacked)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (curves->box),
                                  stacked ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_scrolled_window_set_policy (curves->scroller,
                                  stacked ? GTK_POLICY_NEVER : GTK_POLICY_AUTOMATIC,
                                  stacked ? GTK_POLICY_AUTOMATIC : GTK_POLICY_NEVER);
}

static void
weft_curves_dispose (GObject *object)
{
  WeftCurves *curves = WEFT_CURVES (object);
  g_clear_object (&curves->run);
  g_clear_pointer (&curves->charts, g_ptr_array_unref);
  G_OBJECT_CLASS (weft_curves_parent_class)->dispose (object);
}

static void
weft_curves_class_init (WeftCurvesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_curves_dispose;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "weft-curves");
}

static void
weft_curves_init (WeftCurves *curves)
{
  curves->charts = g_ptr_array_new ();
  curves->box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10));
  gtk_box_set_homogeneous (curves->box, TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (curves->box), TRUE);
  curves->scroller = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());
  gtk_scrolled_window_set_child (curves->scroller, GTK_WIDGET (curves->box));
  adw_bin_set_child (ADW_BIN (curves), GTK_WIDGET (curves->scroller));
  weft_curves_set_stacked (curves, FALSE);
  g_signal_connect_object (weft_settings_get (), "changed::log-axis", G_CALLBACK (follow_axis),
                           curves, G_CONNECT_SWAPPED);
}
