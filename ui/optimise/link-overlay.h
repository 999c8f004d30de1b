/* Lines across both panes: from an operation of the graph as drawn to what became of it.
 *
 * Takes no input. The panes' owner says when something has moved.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/graph-pane.h"

G_BEGIN_DECLS

#define WEFT_TYPE_LINK_OVERLAY (weft_link_overlay_get_type ())
G_DECLARE_FINAL_TYPE (WeftLinkOverlay, weft_link_overlay, WEFT, LINK_OVERLAY, GtkWidget)

/* Both borrowed; they live as long as the overlay. */
WeftLinkOverlay *weft_link_overlay_new (WeftGraphPane *from, WeftGraphPane *to);
/* Every one of @from (in the first pane) with every one of @to (in the other); guint, application numbers; NULL: none. */
void weft_link_overlay_set (WeftLinkOverlay *overlay, const GArray *from, const GArray *to);

G_END_DECLS
