/* The window with what can be chosen for all documents.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

GtkWidget *weft_preferences_new (void);

G_END_DECLS
