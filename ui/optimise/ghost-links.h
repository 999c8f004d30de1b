/* Dashed lines from boxes of one pane to boxes of the other: what became of what. Many to many are
 * one bundle.
 *
 * A layer above both panes (a child of a GtkOverlay around them) that lets every event through.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/graph-pane.h"

G_BEGIN_DECLS

#define WEFT_TYPE_GHOST_LINKS (weft_ghost_links_get_type ())
G_DECLARE_FINAL_TYPE (WeftGhostLinks, weft_ghost_links, WEFT, GHOST_LINKS, GtkWidget)

/* Between @left and @right, which it refers to weakly. Floating. */
WeftGhostLinks *weft_ghost_links_new (WeftGraphPane *left, WeftGraphPane *right);
/* Numbers of applications, guint, borrowed for the call; NULL or empty on a side: no lines. */
void weft_ghost_links_set (WeftGhostLinks *links, const GArray *from, const GArray *to);

G_END_DECLS
