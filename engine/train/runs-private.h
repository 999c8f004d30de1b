/* What the files of kept runs share: runs.c reads and writes records, runs-tidy.c moves and removes
 * folders.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/runs.h"

G_BEGIN_DECLS

#define WEFT_RUNS_TRASH ".trash"
/* Of the folder beside a document, in place of that of documents. */
#define WEFT_RUNS_ENDING ".runs"
#define WEFT_DOCUMENT_ENDING ".weft"

/* @format: of the path and of what the system says. Returns FALSE. */
gboolean weft_runs_fail (GError **error, const char *path, int code, const char *format);
/* Somebody trains it: whoever does holds a lock on the folder. */
gboolean weft_runs_is_locked (const char *run_folder);
/* An empty folder for a new run. Caller owns. Errors: G_FILE_ERROR. */
char *weft_runs_make_folder (const char *folder, guint *number, GError **error);
/* Where the runs of a document without a name lie that @journal keeps. Caller owns. */
char *weft_runs_untitled_folder (const char *journal);

G_END_DECLS
