/* How far a run is: its epoch, the time left, its speed, the best epoch so far; and a timeline over
 * its checkpoints, to which all views go back. Nothing is shown before the first run.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/shared/run-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PROGRESS_PANE (weft_progress_pane_get_type ())
G_DECLARE_FINAL_TYPE (WeftProgressPane, weft_progress_pane, WEFT, PROGRESS_PANE, AdwBin)

void weft_progress_pane_set_run (WeftProgressPane *pane, WeftRunModel *run, WeftDocument *document);

G_END_DECLS
