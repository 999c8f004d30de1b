/* The queue of a document's runs (engine/train/queue.h), on the main thread.
 *
 * Signals: "changed" (): a run began, ended or measured something; at most twice a second. "ended"
 * (guint n): nothing is left to train; how many runs have ended since it was started. Property:
 * "training" (gboolean, notify).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_TYPE_RUN_QUEUE (weft_run_queue_get_type ())
G_DECLARE_FINAL_TYPE (WeftRunQueue, weft_run_queue, WEFT, RUN_QUEUE, GObject)

WeftRunQueue *weft_run_queue_new (void);
/* As weft_queue_start; how many are trained at once is a setting. */
gboolean weft_run_queue_start (WeftRunQueue *queue,
                               const char   *folder,
                               const char   *document_path,
                               GError      **error);
/* What is trained writes a checkpoint and waits again; soon. */
void     weft_run_queue_hold (WeftRunQueue *queue);
gboolean weft_run_queue_stop_run (WeftRunQueue *queue, guint number);
gboolean weft_run_queue_is_training (WeftRunQueue *queue);

G_END_DECLS
