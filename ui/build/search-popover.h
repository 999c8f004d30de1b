/* Search for what to put on the canvas: at the pointer, by typing.
 *
 * Rows are what search-list.h finds; a text that reads as an expression offers an expression node
 * first, with the type of its result. Up and Down choose, Enter places, Shift+Enter places and
 * stays, Esc closes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "ui/build/search-list.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SEARCH_POPOVER (weft_search_popover_get_type ())
G_DECLARE_FINAL_TYPE (WeftSearchPopover, weft_search_popover, WEFT, SEARCH_POPOVER, GtkPopover)
/* Signal "chosen" (const char *op, const char *text, gboolean stay): @text is the expression, NULL
 * for other ops. */

GtkWidget *weft_search_popover_new (void);
/* Before it is shown. @text is typed already; @matches is taken. */
void
weft_search_popover_start (WeftSearchPopover *popover, const char *text, WeftSearchList *matches);

G_END_DECLS
