/* The context menu of the Outline: what can be done with the selected row, by the actions of the
 * Outline.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

GtkWidget *weft_outline_menu_new (void);

G_END_DECLS
