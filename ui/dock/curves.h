/* The curves of a run side by side: a chart for the loss, one for each metric, with one cursor and
 * one range for all.
 *
 * Other runs can be shown with it. Which charts there are and in which order, what stands along
 * them and how curves are smoothed is remembered in the settings; a menu on each chart, and in the
 * tool bar, has these choices and the export.
 *
 * Actions, for what is inside: "curves.fit", "curves.hide" (s), "curves.show" (s), "curves.earlier"
 * (s), "curves.later" (s), "curves.export" (s: name of the curve; empty: all), "curves.export-to"
 * (s: a path; all), and the settings by their names: "charts.chart-x" (s)...
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/shared/run-list.h"
#include "ui/shared/run-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_CURVES (weft_curves_get_type ())
G_DECLARE_FINAL_TYPE (WeftCurves, weft_curves, WEFT, CURVES, AdwBin)

void weft_curves_set_run (WeftCurves *curves, WeftRunModel *run);
void weft_curves_set_list (WeftCurves *curves, WeftRunList *list);
void weft_curves_set_stacked (WeftCurves *curves, gboolean stacked);
void weft_curves_add_tool (
  WeftCurves *curves,
  GtkWidget  *tool); /* at the end of the tool bar, which is there if they are stacked */
void weft_curves_fit (WeftCurves *curves);
/* @name: of a curve; NULL: all of them. Errors: WEFT_CURVES_ERROR, G_FILE_ERROR. */
gboolean
weft_curves_export (WeftCurves *curves, const char *name, const char *path, GError **error);

G_END_DECLS
