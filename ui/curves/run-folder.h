/* The folder of one run, as it lies beside the document: run.json, log.jsonl, document.weft. For
 * those who show runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/base/json.h"
#include "ui/curves/run-data.h"

G_BEGIN_DECLS

typedef struct
{
  char *folder, *title;
  guint number;
  char *state; /* "running", "finished", "stopped", "failed"; "" : not said */
  char *when;  /* ISO 8601; "" : not said */
} WeftRunFolder;

/* The runs below @folder (may be NULL or missing), newest first. */
GPtrArray     *weft_run_folders (const char *folder);
WeftRunFolder *weft_run_folder_open (
  const char *folder); /* any folder with a log.jsonl; or a log alone; NULL: there is none */
void weft_run_folder_free (WeftRunFolder *run);

/* "loss 0.083 valid 97.8%", from the end of the log; caller owns. */
char     *weft_run_folder_dup_note (const WeftRunFolder *run);
WeftJson *weft_run_folder_read_document (const WeftRunFolder *run); /* NULL: there is none */
/* Any thread. Errors: as weft_log_read. */
WeftRunData *weft_run_folder_read (const char *folder, GCancellable *cancellable, GError **error);
/* Its curves as weft_curves_write() does; below a folder that ends in .tensorboard as events.
 * Errors: likewise. */
gboolean weft_run_folder_export (const char *folder, const char *path, GError **error);
gboolean weft_run_folder_rename (const WeftRunFolder *run, const char *title, GError **error);
gboolean weft_run_folder_remove (const WeftRunFolder *run, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRunFolder, weft_run_folder_free)

G_END_DECLS
