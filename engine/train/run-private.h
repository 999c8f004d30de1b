/* What the files of a run share: run.c trains, run-change.c takes over another document's settings.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/keeper.h"
#include "engine/train/run.h"

G_BEGIN_DECLS

#define WEFT_RUN_MAX_COLUMNS 64

typedef enum
{
  PHASE_TRAIN,
  PHASE_VALIDATE,
  PHASE_TEST,
} Phase;

struct _WeftRun
{
  WeftModel   *model;
  WeftDataset *dataset;  /* NULL: the document's own nodes hold the data */
  WeftBatches *batches;  /* of the epoch */
  WeftBatches *measured; /* of the split that is being measured */
  WeftMailbox *mailbox;  /* borrowed */
  WeftKeeper  *keeper;   /* NULL: nothing is kept on disk */
  char        *folder;   /* of a kept run; NULL: it is none */
  WeftPosition position;
  Phase        phase;
  guint        number, n_columns;
  gint64       dropped, dropped_in_a_row;
  gint64       epoch_batches, total_steps, total_epochs; /* total_epochs: -1 where steps decide */
  guint        log_every;
  gsize        max_bytes, peak_bytes;
  gboolean     by_steps;
  double       guard; /* as of WeftRunOptions */
  WeftMode     mode;
  gboolean     breakpoints, met_breakpoint, repeating;
  gboolean     noted; /* why kernels stay interpreted */
  gint64       clock; /* when this advance began, 0 between two */
  /* The batch in hand: kept when a step is cancelled. */
  WeftArray *columns[WEFT_RUN_MAX_COLUMNS];
  gsize      rows;
  gboolean   have_batch;
  /* To go back to */
  WeftArray  **kept; /* as the model's shared values, or NULL */
  WeftPosition kept_position;
  /* The state of the best epoch, where it is to be had again */
  WeftArray  **best;
  WeftPosition best_position;
  gboolean     follows_best, ended_early, restored, told_of_disk;
  /* Measuring */
  double sums[WEFT_MAX_METRICS];
  gint64 measured_rows;
};

/* Of now; not posted. */
WeftEvent weft_run_new_event (WeftRun *run, WeftEventKind kind);
/* Into the log and to the consumer. Takes what @event owns. */
void     weft_run_post (WeftRun *run, const WeftEvent *event);
gboolean weft_run_open_data (WeftRun *run, WeftDocument *document, WeftDataCache *cache, GCancellable *cancellable, GError **error);
/* Batches from the position on. */
void     weft_run_start_epoch (WeftRun *run);
void     weft_run_drop_batch (WeftRun *run);
/* Forgets the copies of states: they are of another model. */
void     weft_run_forget_states (WeftRun *run);
/* Compiles the step for the first batch. */
gboolean weft_run_compile (WeftRun *run, GError **error);
/* What a function of the model tells is posted, and what it is to look for is set. */
void     weft_run_listen (WeftRun *run);

G_END_DECLS
