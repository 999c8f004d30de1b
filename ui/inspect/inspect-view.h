/* The Inspect view: the kernels of one call of a function, the selected one's text, the plan of
 * memory, the roofline.
 *
 * Signals: "go" (guint node): a kernel was activated.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/inspect/inspect-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_INSPECT_VIEW (weft_inspect_view_get_type ())
G_DECLARE_FINAL_TYPE (WeftInspectView, weft_inspect_view, WEFT, INSPECT_VIEW, AdwBin)

void weft_inspect_view_set_model (WeftInspectView *view, WeftInspectModel *model); /* once */

G_END_DECLS
