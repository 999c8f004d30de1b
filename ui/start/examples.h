/* The examples that ship, and the files that were open lately.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

G_BEGIN_DECLS

typedef struct
{
  char         *path, *title, *summary;
  WeftDocument *document;
} WeftExample;

typedef struct
{
  char *path, *name, *folder; /* folder: as people write it, "~/models" */
} WeftRecentFile;

GPtrArray *weft_examples_load (gboolean lessons);
GPtrArray *weft_recent_files (void);
void       weft_recent_add (const char *path);

G_END_DECLS
