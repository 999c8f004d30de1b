/* A chart of one curve of one or several runs: the widget around ui/curves/chart-art.h.
 *
 * Dragging draws a box to look closer at, Ctrl and the wheel zoom along the axis, the wheel alone
 * moves what is zoomed, two clicks show everything; the keys are Left and Right for the cursor,
 * with Shift to move, plus, minus, Home.
 *
 * Signals: "cursor-moved" (double x): the pointer is over a place of the x axis; NaN: it has left.
 * "range-changed" (double from, double to): another part of the x axis is shown; NaN: all of it.
 * "menu" (double x, double y): its menu is asked for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "ui/curves/chart-art.h"

G_BEGIN_DECLS

#define WEFT_TYPE_CHART (weft_chart_get_type ())
G_DECLARE_FINAL_TYPE (WeftChart, weft_chart, WEFT, CHART, GtkWidget)

WeftChart *weft_chart_new (const char *name);
/* What it draws, to be changed; weft_chart_changed() must follow. */
WeftChartArt *weft_chart_get_art (WeftChart *chart);
void          weft_chart_changed (WeftChart *chart);
void          weft_chart_set_cursor (WeftChart *chart, double x);
void          weft_chart_set_range (WeftChart *chart, double from, double to);
void          weft_chart_fit (WeftChart *chart);
char         *weft_chart_dup_summary (WeftChart *chart);

G_END_DECLS
