/* What a run leaves on disk while it goes on: its log, its last checkpoint, and, in the folder of a
 * kept run (runs.h), older checkpoints spread over the run, the best one, and the record. Belongs
 * to the engine thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/checkpoint.h"

G_BEGIN_DECLS

typedef struct _WeftKeeper WeftKeeper;

/* @folder is made if need be. @kept: it is the folder of a run. @thin: of very many steps a second
 * the log holds only some. @go_on_from: the step that the log is cut back to; -1: a new log.
 * Errors: G_FILE_ERROR, also where another program trains this run. */
WeftKeeper *weft_keeper_new (
  const char *folder, gboolean kept, gboolean thin, gint64 go_on_from, GError **error);
void     weft_keeper_free (WeftKeeper *keeper);
gboolean weft_keeper_is_kept (WeftKeeper *keeper);
/* Enough time has passed since the last checkpoint of a kept run: writing them takes about a
 * fiftieth of it. */
gboolean weft_keeper_is_due (WeftKeeper *keeper);
/* The checkpoint of now; @best: (nullable) that of the best epoch, at @best_position, where it is
 * another since the last call. Errors: G_FILE_ERROR; the older files are then as they were. */
gboolean weft_keeper_write (WeftKeeper         *keeper,
                            GPtrArray          *shared,
                            const WeftPosition *position,
                            GPtrArray          *best,
                            const WeftPosition *best_position,
                            GError            **error);
/* The run went back to @step: what the log and the older checkpoints hold of later ones goes, and
 * the run is running. Errors: G_FILE_ERROR; the keeper can then only be freed. */
gboolean weft_keeper_rewind (WeftKeeper *keeper, gint64 step, GError **error);
/* Writes @event into the log, and into the record what people ask of a run. @names: as of
 * weft_event_to_json. Errors: G_FILE_ERROR; the log then gets the line with a later one, unless
 * that fails for long. */
gboolean weft_keeper_tell (WeftKeeper        *keeper,
                           const WeftEvent   *event,
                           const char *const *names,
                           GError           **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftKeeper, weft_keeper_free)

G_END_DECLS
