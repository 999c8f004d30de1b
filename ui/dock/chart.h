/* A chart of one curve of a run: training and validation over steps, drawn in time that follows its
 * width.
 *
 * Behind the smoothed training curve stands the raw one, every point of it: each column of pixels
 * shows the least and the greatest of its points. What is not finite is a marked gap. Flags stand
 * where the rate was changed.
 *
 * Signals: "cursor-moved" (double x): the pointer is over a step; NaN: it has left. Charts of one
 * run show it together. Its accessible description says how many points there are and the last
 * values.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "ui/shared/run-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_CHART (weft_chart_get_type ())
G_DECLARE_FINAL_TYPE (WeftChart, weft_chart, WEFT, CHART, GtkWidget)

WeftChart *weft_chart_new (WeftRunModel *run, guint index);
void       weft_chart_set_log (WeftChart *chart, gboolean log_axis);
void       weft_chart_set_cursor (WeftChart *chart, double x);
char      *weft_chart_dup_summary (WeftChart *chart);

G_END_DECLS
