/* One row of the Outline. It asks; the Outline does.
 *
 * Signal: "perform" (const char *what): an action was asked for, "delete" of "row.delete".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "ui/outline/outline-item.h"

G_BEGIN_DECLS

#define WEFT_TYPE_OUTLINE_ROW (weft_outline_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftOutlineRow, weft_outline_row, WEFT, OUTLINE_ROW, GtkBox)

extern const char *const weft_outline_actions[]; /* without prefix; NULL-terminated */

gboolean         weft_outline_has_action (WeftOutlineKind kind, const char *what);
GtkWidget       *weft_outline_row_new (void);
void             weft_outline_row_set_item (WeftOutlineRow *row, WeftOutlineItem *item);
WeftOutlineItem *weft_outline_row_get_item (WeftOutlineRow *row);

G_END_DECLS
