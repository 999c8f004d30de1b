/* The palette: everything that can be put on the canvas, by family, with a search.
 *
 * Rows are dragged (a string: the op) or chosen by double click and Enter. What is typed and is no
 * name but an expression is offered as an expression node.
 *
 * Signals: "place" (const char *op, const char *text): text: of an expression, else NULL.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/catalogue.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PALETTE (weft_palette_get_type ())
G_DECLARE_FINAL_TYPE (WeftPalette, weft_palette, WEFT, PALETTE, AdwBin)

void weft_palette_focus_search (WeftPalette *palette);
void weft_palette_search (WeftPalette *palette, const char *text);

G_END_DECLS
