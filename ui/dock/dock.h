/* What stands below the canvas: the curves of the run, the list of problems, the gradient, and
 * pages that others add.
 *
 * Signals: "go" (guint uid): a problem was chosen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/shared/run-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_DOCK (weft_dock_get_type ())
G_DECLARE_FINAL_TYPE (WeftDock, weft_dock, WEFT, DOCK, AdwBin)

void weft_dock_set_run (WeftDock *dock, WeftRunModel *run);
void weft_dock_update_problems (WeftDock     *dock,
                                WeftDocument *document,
                                WeftTyping   *typing,
                                WeftRunModel *run);
void weft_dock_show (WeftDock *dock, const char *page);
void weft_dock_add_page (WeftDock *dock, const char *name, const char *title, GtkWidget *page);

G_END_DECLS
