/* The rules with how often each was applied and a switch each: first those of this run, then, when
 * asked for, all others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/optimise-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_RULE_SWITCHES (weft_rule_switches_get_type ())
G_DECLARE_FINAL_TYPE (WeftRuleSwitches, weft_rule_switches, WEFT, RULE_SWITCHES, AdwBin)

WeftRuleSwitches *weft_rule_switches_new (WeftOptimiseModel *model);

G_END_DECLS
