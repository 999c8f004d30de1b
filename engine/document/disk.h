/* A document and its file: whether the file is still what was read or written, and having it anew.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_DISK_SAME,    /* also: there is no file to look at */
  WEFT_DISK_CHANGED, /* another program wrote it */
  WEFT_DISK_GONE,    /* it was removed, or cannot be read any more */
} WeftDiskState;

/* Looks at the content, so a file that was only touched is the same. */
WeftDiskState weft_document_look_at_disk (WeftDocument *document);
/* What is there now is known: it is no change any more. */
void weft_document_accept_disk (WeftDocument *document);
/* TRUE if @path is there and saving over it is not allowed: it, or its folder, is read-only. */
gboolean weft_path_is_read_only (const char *path);
/* The document becomes what its file holds, as one step that can be undone; nodes that keep name
 * and op stay the nodes they are. Errors: as weft_document_load; nothing has changed then. */
gboolean weft_document_reload (WeftDocument *document, GError **error);

G_END_DECLS
