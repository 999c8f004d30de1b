/* What the optimiser makes of a function: the graph after the last step, of the function that is
 * chosen in the corner, made anew while the document is drawn.
 *
 * Signals: "go" (guint uid): the node that an operation comes from was asked for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/optimise/optimise-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_RESULT_PANE (weft_result_pane_get_type ())
G_DECLARE_FINAL_TYPE (WeftResultPane, weft_result_pane, WEFT, RESULT_PANE, AdwBin)

/* @model: the pane's alone, which keeps it at its last step. */
WeftResultPane *weft_result_pane_new (WeftOptimiseModel *model);

G_END_DECLS
