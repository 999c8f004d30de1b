/* Pages of memory that are there before they are written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  void *memory;
  gsize n_bytes;
} WeftPages;

GThread *weft_pages_fill (guint n, const WeftPages *pages);

G_END_DECLS
