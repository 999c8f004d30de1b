/* Entries whose text is set from outside, by assistive technology: no key ends the typing, and the
 * focus that would leave never was there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef void (*WeftOutsideTextFunc) (gpointer data);

void weft_outside_text_watch (GtkWidget *text, WeftOutsideTextFunc commit, gpointer data);

G_END_DECLS
