/* Checkpoints: DIR/checkpoint.safetensors with parameters, the update rule's state, and where the
 * run is; beside it log.jsonl, the run's log so far.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/plateau.h"
#include "engine/train/session.h"

G_BEGIN_DECLS

#define WEFT_CHECKPOINT_FILE "checkpoint.safetensors"
#define WEFT_CHECKPOINT_LOG "log.jsonl"

/* Where a run is; all that a resumed run needs besides the arrays. */
typedef struct
{
  gint64 step, epoch, batch; /* done; batch: of this epoch */
  gint64 seed;
  double rate;
  double time_s, step_time_s;
  gint64 rows;                   /* of this epoch so far */
  double sums[WEFT_MAX_METRICS]; /* over those rows */
  gint64 epoch_batches;          /* batches of an epoch */
  gint64 best_epoch;             /* that measured best so far, from 1; 0: none */
  double best;                   /* what it measured */
  WeftPlateau plateau;
  char   signature[65];          /* of the document */
} WeftPosition;

/* What a checkpoint would hold: name -> WeftArray, copies; caller owns. Errors:
 * WEFT_RUN_ERROR_DEVICE. */
GHashTable *weft_checkpoint_copy (GPtrArray *shared, GError **error);
/* Errors: G_FILE_ERROR. */
gboolean weft_checkpoint_write (const char         *path,
                                GPtrArray          *shared,
                                const WeftPosition *position,
                                GError            **error);
/* Reads the arrays into @shared, all or nothing. Errors: WEFT_TENSOR_ERROR_FORMAT, also where the
 * file is of another model. */
gboolean
weft_checkpoint_read (const char *path, GPtrArray *shared, WeftPosition *position, GError **error);
/* The same for parameters alone: what the file lacks of the other state stays as it is. */
gboolean weft_parameters_read (const char *path, GPtrArray *shared, GError **error);

G_END_DECLS
