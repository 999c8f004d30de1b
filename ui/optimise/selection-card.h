/* About the selected operation: which steps touched it, and why a rule was not applied to it.
 *
 * Without a selection one can still ask why a rule was not applied anywhere.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/optimise-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_SELECTION_CARD (weft_selection_card_get_type ())
G_DECLARE_FINAL_TYPE (WeftSelectionCard, weft_selection_card, WEFT, SELECTION_CARD, AdwBin)

WeftSelectionCard *weft_selection_card_new (WeftOptimiseModel *model);

G_END_DECLS
