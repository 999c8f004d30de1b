/* The folder of one run, as it lies beside the document (engine/train/runs.h), or a log alone: for
 * those who show runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/base/json.h"
#include "engine/train/runs.h"
#include "ui/curves/run-data.h"

G_BEGIN_DECLS

/* Any folder with a log.jsonl, or a log alone; NULL: there is none. Caller owns. Any thread. */
WeftKeptRun *weft_run_folder_open (const char *folder);
/* "loss 0.083 valid 97.8%", from the end of the log; caller owns. Any thread. */
char     *weft_run_folder_dup_note (const char *folder);
WeftJson *weft_run_folder_read_document (const char *folder); /* NULL: there is none. Any thread. */
/* Any thread. Errors: as weft_log_read. */
WeftRunData *
weft_run_folder_read (const char *folder, double last, GCancellable *cancellable, GError **error);
/* Its curves as weft_curves_write() does; below a folder that ends in .tensorboard as events.
 * Errors: likewise. */
gboolean weft_run_folder_export (const char *folder, const char *path, GError **error);

G_END_DECLS
