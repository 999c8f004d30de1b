/* A row of a list from which one is chosen. What Return and a click do is an action of the row as
 * well, "row.choose", so that assistive technology can do it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_CHOICE_ROW (weft_choice_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftChoiceRow, weft_choice_row, WEFT, CHOICE_ROW, GtkListBoxRow)

GtkWidget *weft_choice_row_new (void);

G_END_DECLS
