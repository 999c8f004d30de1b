/* The list of runs: colour and dashes, title, last values, what differs from the run before; shown
 * in the charts or not. Those that wait for their turn stand first, below a line that says how many
 * they are.
 *
 * Actions, for what is inside, by the number of a run: "runs.rename" (u), "runs.remove" (u),
 * "runs.open" (u), "runs.export" (u), "runs.report" (u), "runs.earlier" (u), "runs.later" (u): its
 * place in the queue. It uses "win.start-queue", "win.stop-queue" and "win.stop-queued" (u).
 * Signals: "open" (const char *path): the document as it ran is asked for; "report" (const char
 * *folder): of a run; "removed" (guint number, const char *title).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/shared/run-list.h"

G_BEGIN_DECLS

#define WEFT_TYPE_RUNS_PANE (weft_runs_pane_get_type ())
G_DECLARE_FINAL_TYPE (WeftRunsPane, weft_runs_pane, WEFT, RUNS_PANE, AdwBin)

void weft_runs_pane_set_list (WeftRunsPane *runs, WeftRunList *list);
void weft_runs_pane_set_training (WeftRunsPane *runs, gboolean training);

G_END_DECLS
