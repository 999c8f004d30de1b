/* Trains the runs that wait in a folder of runs (runs.h), so many at a time, one after the other by
 * their turns.
 *
 * Which runs wait stands on disk alone: runs may be added, removed and put in another order
 * meanwhile, by any program. A run that a queue left unfinished, because it was stopped or killed,
 * goes on first, from its last checkpoint and to the last bit. One program works on a folder's
 * queue at a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/session.h"

G_BEGIN_DECLS

typedef struct _WeftQueue WeftQueue;

/* @tell is called on threads of the queue, one call at a time: of run @number each event but its
 * steps, and step events at most ten times a second; NULL: the queue has nothing more to do, or was
 * stopped. It must not call the queue. */
typedef void (*WeftQueueTell) (guint number, const WeftEvent *event, gpointer data);
WeftQueue *weft_queue_new (WeftQueueTell tell, gpointer data);
void
weft_queue_free (WeftQueue *queue); /* holds, and waits for that: as long as checkpoints take */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftQueue, weft_queue_free)

/* Begins to train what waits in @folder, or takes notice of what was added; one that was held a
 * moment ago goes on. Returns at once.
 * @document_path: of the document whose runs these are: data lie beside it; NULL: it has no name.
 * Errors: G_FILE_ERROR_AGAIN where another program works on this queue, or this one on another;
 * else G_FILE_ERROR. */
gboolean weft_queue_start (
  WeftQueue *queue, const char *folder, const char *document_path, guint at_once, GError **error);
/* Each run that is trained writes a checkpoint and waits again. Returns at once; the queue is busy
 * until they have. */
void     weft_queue_hold (WeftQueue *queue);
/* Ends run @number, which is trained: it counts as stopped, and the next one begins. FALSE: it is
 * not trained. */
gboolean weft_queue_stop_run (WeftQueue *queue, guint number);
gboolean weft_queue_is_busy (WeftQueue *queue);

/* How many runs of @folder wait, or were left unfinished by a queue. Any thread. */
guint weft_queue_count (const char *folder);

G_END_DECLS
