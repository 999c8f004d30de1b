/* What a history's graph costs after each step, computed in the background.
 *
 * "ready" () says that the numbers of the model's history are there; until then, and where a number
 * is not known, it is NaN.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/optimise-model.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_COST_OPS,
  WEFT_COST_FLOPS,
  WEFT_COST_BYTES,
  WEFT_COST_PEAK,
  WEFT_N_COSTS
} WeftCostKind;

#define WEFT_TYPE_COSTS (weft_costs_get_type ())
G_DECLARE_FINAL_TYPE (WeftCosts, weft_costs, WEFT, COSTS, GObject)

WeftCosts  *weft_costs_new (WeftOptimiseModel *model);
double      weft_costs_get (WeftCosts *costs, WeftCostKind kind, guint step);
double      weft_costs_greatest (WeftCosts *costs, WeftCostKind kind); /* over all steps; NaN */
guint       weft_costs_biggest_drop (WeftCosts   *costs,
                                     WeftCostKind kind); /* the step; 0: it never falls */
const char *weft_cost_title (WeftCostKind kind);
char       *weft_cost_text (WeftCostKind kind, double value); /* "14.5k", "–" */

G_END_DECLS
