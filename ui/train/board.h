/* The main area of the Train page: a grid of panels. The first are the curves of the run, then come views of what the model
 * does, as they were opened; which these are is kept in the document's view, member "board".
 *
 * A view is one file and one row of the table in views.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/dock/curves.h"

G_BEGIN_DECLS

#define WEFT_TYPE_BOARD (weft_board_get_type ())
G_DECLARE_FINAL_TYPE (WeftBoard, weft_board, WEFT, BOARD, AdwBin)

/* Both NULL: nothing is shown. */
void        weft_board_set_run (WeftBoard *board, WeftDocument *document, WeftRunModel *run);
WeftCurves *weft_board_get_curves (WeftBoard *board);

G_END_DECLS
