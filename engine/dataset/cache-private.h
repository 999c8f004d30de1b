/* Rows kept on disk for the next opening (cache.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/source-private.h"

G_BEGIN_DECLS

/* Both for specifications with a transform "cache" alone. Any thread. */
WeftTable *weft_cache_read (const WeftDatasetSpec *spec, guint part);
void       weft_cache_write (const WeftDatasetSpec *spec, guint part, const WeftTable *table);

G_END_DECLS
