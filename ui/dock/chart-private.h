/* What the chart's widget and its drawing share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/curves/axis.h"
#include "ui/dock/chart.h"

G_BEGIN_DECLS

struct _WeftChart
{
  GtkWidget parent_instance;

  /* Owned */
  WeftRunModel *run;

  /* Plain values */
  guint    index;
  gboolean log;
  double   cursor;  /* NaN: none */
  gboolean hovered; /* the cursor is this chart's pointer */
  gint64   described_us;
  guint    describe_source;
  double   plot_x, plot_width, x_minimum, x_maximum; /* as drawn last */
};

void   weft_chart_draw (WeftChart *chart, cairo_t *cr, double width, double height);
double weft_chart_step_at (WeftChart *chart, double view_x);
char  *weft_chart_dup_title (WeftChart *chart);

G_END_DECLS
