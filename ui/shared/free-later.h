/* Frees on a thread of its own what waits for threads and disks when it is freed, so that the
 * window does not.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Main thread. @free_func is called on a thread that nothing else waits for. */
void weft_free_later (GDestroyNotify free_func, gpointer data);
/* Main thread, at the end of the program: waits until all is freed. */
void weft_free_later_finish (void);

G_END_DECLS
