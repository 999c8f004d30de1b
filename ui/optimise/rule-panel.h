/* The panel beside the graphs: the rule of the current step, why it is right, what it saw, what it
 * saved; and which rules are on.
 *
 * Signal "go" (guint node): a place in the document was pressed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/costs.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_RULE_PANEL (weft_rule_panel_get_type ())
G_DECLARE_FINAL_TYPE (WeftRulePanel, weft_rule_panel, WEFT, RULE_PANEL, AdwBin)

WeftRulePanel *weft_rule_panel_new (WeftOptimiseModel *model, WeftCosts *costs);
/* Asks which rule comes next instead of telling it. */
void weft_rule_panel_set_quiz (WeftRulePanel *panel, gboolean quiz);

G_END_DECLS
