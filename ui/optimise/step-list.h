/* The list of steps with its search and its filters.
 *
 * Its selection is the model's current step. Signal "go" (guint node): a place in the document was
 * pressed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/costs.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_STEP_LIST (weft_step_list_get_type ())
G_DECLARE_FINAL_TYPE (WeftStepList, weft_step_list, WEFT, STEP_LIST, AdwBin)

WeftStepList *weft_step_list_new (WeftOptimiseModel *model, WeftCosts *costs);
void          weft_step_list_search (WeftStepList *list);     /* shows the search and enters it */
void          weft_step_list_end_search (WeftStepList *list); /* hides it and shows every step */
void          weft_step_list_focus (WeftStepList *list);      /* gives the list the focus */
void          weft_step_list_reveal (WeftStepList *list);     /* scrolls to the current step */
gboolean      weft_step_list_is_searching (WeftStepList *list);
/* Only the steps that touched what is selected: its biography. */
void weft_step_list_set_selection_only (WeftStepList *list, gboolean only);
void weft_step_list_toggle_current (
  WeftStepList *list); /* opens or closes the row of the current step */
void weft_step_list_set_quiz (WeftStepList *list,
                              gboolean      quiz); /* hides what comes after the current step */

G_END_DECLS
