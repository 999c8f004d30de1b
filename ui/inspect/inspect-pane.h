/* A part of the Inspect view that stands elsewhere: shown once there is something measured, a
 * sentence in its place until then.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/inspect/inspect-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_INSPECT_PANE (weft_inspect_pane_get_type ())
G_DECLARE_FINAL_TYPE (WeftInspectPane, weft_inspect_pane, WEFT, INSPECT_PANE, AdwBin)

WeftInspectPane *weft_inspect_pane_new (WeftInspectModel *model, GtkWidget *child);

G_END_DECLS
