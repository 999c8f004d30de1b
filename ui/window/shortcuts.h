/* The window that shows all keys, made from the table of commands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

GtkWindow *weft_shortcuts_new (void);

G_END_DECLS
