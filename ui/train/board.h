/* The main area of the Train page: a grid of panels. The first are the curves of the run, then come
 * views of what the model does, as they were opened; which these are is kept in the document's
 * view, member "board":
 * [{"view": "weights", "of": "hidden.W"}].
 *
 * A view is one file and one row of the table in view-kinds.c.
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
/* Opens view @name ("confusion"), of @of ("hidden.W") where it has a choice, and goes there. FALSE:
 * it does not fit this model. */
gboolean weft_board_open (WeftBoard *board, const char *name, const char *of);
/* The view for node @id that shows @what of it: "weights", "gradients", "activations", "filters",
 * "embedding". */
gboolean weft_board_open_node (WeftBoard *board, const char *what, const char *id);

G_END_DECLS
