/* The curves of a run side by side: a chart for the loss, one for each metric, with one cursor for
 * all.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/shared/run-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_CURVES (weft_curves_get_type ())
G_DECLARE_FINAL_TYPE (WeftCurves, weft_curves, WEFT, CURVES, AdwBin)

void weft_curves_set_run (WeftCurves *curves, WeftRunModel *run);
void weft_curves_set_stacked (WeftCurves *curves, gboolean stacked);

G_END_DECLS
