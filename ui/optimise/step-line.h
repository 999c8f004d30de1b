/* One line of the list of steps: number, phase, rule, formula, place, ops, remark, in columns that
 * all lines share.
 *
 * The columns follow from the line's width alone, so they need no measuring of others; in a narrow
 * list the phase is a dot and the remark is left to the tooltip.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/costs.h"
#include "ui/optimise/step-rows.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Signals: "toggled" (): the arrow was pressed; "go" (guint node): the place was. */
#define WEFT_TYPE_STEP_LINE (weft_step_line_get_type ())
G_DECLARE_FINAL_TYPE (WeftStepLine, weft_step_line, WEFT, STEP_LINE, GtkWidget)

WeftStepLine *weft_step_line_new (void);
/* Shows @row of @rows; @row NULL: nothing any more. The model says what is known of proofs. */
void         weft_step_line_show (WeftStepLine      *line,
                                  WeftOptimiseModel *model,
                                  WeftCosts         *costs,
                                  WeftStepRows      *rows,
                                  WeftStepRow       *row);
WeftStepRow *weft_step_line_get_row (WeftStepLine *line);
/* "12 rows now finite"; NULL: there is nothing to remark. @bad gets whether it is bad news. The
 * caller owns it. */
char *weft_step_remark (WeftOptimiseModel *model, guint step, gboolean *bad);
/* "−1 op", "="; "" while it is not known. The caller owns it. */
char *weft_step_ops_text (WeftCosts *costs, guint first, guint last);

G_END_DECLS
