/* What is known of the current step in numbers: its proof on samples, its cost.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/costs.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_STEP_FACTS (weft_step_facts_get_type ())
G_DECLARE_FINAL_TYPE (WeftStepFacts, weft_step_facts, WEFT, STEP_FACTS, AdwBin)

WeftStepFacts *weft_step_facts_new (WeftOptimiseModel *model, WeftCosts *costs);

G_END_DECLS
