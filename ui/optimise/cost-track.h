/* Under the timeline: what the graph costs after each step, a line for each cost, and a button for
 * each that goes to its biggest drop.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/costs.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_COST_TRACK (weft_cost_track_get_type ())
G_DECLARE_FINAL_TYPE (WeftCostTrack, weft_cost_track, WEFT, COST_TRACK, AdwBin)

WeftCostTrack *weft_cost_track_new (WeftOptimiseModel *model, WeftCosts *costs);

G_END_DECLS
