/* The table of mappings, for what maps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/pages.h"

#include <sys/stat.h>

G_BEGIN_DECLS

/* @file is looked at by weft_pages_check(): -1 for one that nobody else can reach. */
gboolean weft_pages_add (char *at, gsize size, int file, char *path, const struct stat *mark);
/* Unmaps it, too. */
void weft_pages_remove (char *at);
/* Unmapped with the last reference. */
GBytes *weft_pages_new_bytes (char *at, gsize size);

G_END_DECLS
