/* Search for what to put on the canvas: at the pointer, by typing.
 *
 * Rows are the catalogue's best matches; a text that reads as an expression offers an expression node first.
 * Up and Down choose, Enter places, Shift+Enter places and stays, Esc closes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_SEARCH_POPOVER (weft_search_popover_get_type ())
G_DECLARE_FINAL_TYPE (WeftSearchPopover, weft_search_popover, WEFT, SEARCH_POPOVER, GtkPopover)
/* Signal "chosen" (const char *op, const char *text, gboolean stay): @text is the expression, NULL for other ops. */

GtkWidget *weft_search_popover_new (void);
/* Before it is shown. @text is typed already; @needs_input leaves out what takes none. */
void weft_search_popover_start (WeftSearchPopover *popover, const char *text, gboolean needs_input, gboolean needs_output);

G_END_DECLS
