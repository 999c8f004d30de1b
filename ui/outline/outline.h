/* The Outline: every node, port and wire of the shown document as rows of a tree, in the order in
 * which the nodes compute, and everything that can be done with them. It needs no pointer and no
 * sight of the canvas; assistive technology finds the same actions at each row.
 *
 * Signals: "go" (guint uid): show the node on the canvas. "open" (guint uid): what is inside it.
 * "failed" (const char *message): an edit was refused; the sentence says why.
 * Actions, on the selected row; rows have the same with "row.": outline.go, open, connect,
 * disconnect, rename, delete, move-left, move-right, move-up, move-down; outline.menu repeats them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/lower.h"

G_BEGIN_DECLS

#define WEFT_TYPE_OUTLINE (weft_outline_get_type ())
G_DECLARE_FINAL_TYPE (WeftOutline, weft_outline, WEFT, OUTLINE, AdwBin)

void weft_outline_set_document (WeftOutline *outline, WeftDocument *document, WeftTyping *typing);
void weft_outline_refresh (WeftOutline *outline);
void weft_outline_select (WeftOutline *outline, guint32 uid);

G_END_DECLS
