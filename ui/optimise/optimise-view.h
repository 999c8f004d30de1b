/* The Optimise view: the graph as drawn beside the graph at a step of its rewriting, the timeline
 * and the list of steps below, the rule beside them.
 *
 * Everything it shows is the model's. Signals: "go" (guint node): a node of the document shall be
 * shown in Build; "message" (string): something was done that one should hear of.
 *
 * Actions: optimise.next-step, previous-step, next-half, previous-half, next-phase, previous-phase,
 * first, last, play, search, toggle, leave, biography, quiz, copy-formula, export-step, export-all.
 * Their keys act wherever the focus is in the view, except where a control needs the key itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/optimise-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_OPTIMISE_VIEW (weft_optimise_view_get_type ())
G_DECLARE_FINAL_TYPE (WeftOptimiseView, weft_optimise_view, WEFT, OPTIMISE_VIEW, AdwBin)

WeftOptimiseView *weft_optimise_view_new (void);
void              weft_optimise_view_set_model (WeftOptimiseView *view, WeftOptimiseModel *model); /* once */
void              weft_optimise_view_search (WeftOptimiseView *view);

G_END_DECLS
