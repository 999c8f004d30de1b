/* Pages of memory that are there before they are written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void     weft_pages_fill (void *memory, gsize n_bytes);
GThread *weft_pages_fill_behind (void *memory, gsize n_bytes);

G_END_DECLS
