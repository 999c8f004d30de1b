/* Frames that the processor draws reach an X server through memory that is kept. See
 * frame-memory.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void weft_keep_frame_memory (GtkWidget *window);

G_END_DECLS
