/* What the files of a run share: run-start.c begins, run.c trains, run-change.c takes over another
 * document's settings, run-copies.c goes back to an earlier state, run-phases.c is for looking
 * closely.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/devices.h"
#include "engine/train/keeper.h"
#include "engine/train/phases.h"
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
  WeftDevice  *device; /* NULL: the CPU */
  WeftDevice  *own_device; /* the same, where the run opened it */
  char        *device_word; /* as of WeftRunOptions */
  WeftDeviceChoices choices; /* likewise */
  WeftDocument *document; /* as the run has it */
  gboolean     breakpoints, met_breakpoint, repeating;
  gboolean     left_device; /* it failed, and the run can go on on the CPU */
  gboolean     noted; /* why kernels stay interpreted */
  gint64       clock; /* when this advance began, 0 between two */
  /* The batch in hand: kept when a step is cancelled. */
  WeftArray *columns[WEFT_RUN_MAX_COLUMNS];
  gsize      rows;
  gboolean   have_batch;
  /* To go back to: run-copies.c */
  GPtrArray *copies;
  gint64     copied_us, copy_took_us;
  /* Looked at closely: run-phases.c */
  WeftPhases   *phases; /* NULL: not yet */
  WeftStepPhase seen;   /* of the step that comes next */
  GPtrArray    *stops;  /* of WeftBreakpoint; NULL: none */
  guint         passed; /* as of weft_phases_find_breakpoint, in the step that comes next */
  WeftUntil     until;
  gboolean      reached;
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
gboolean weft_run_open_data (WeftRun       *run,
                             WeftDocument  *document,
                             WeftDataCache *cache,
                             GCancellable  *cancellable,
                             GError       **error);
/* The model's shared values with the numbers of @state; the caller owns the array and its elements.
 */
GPtrArray *weft_run_shared_as (WeftRun *run, WeftArray **state);
/* Batches from the position on. */
void     weft_run_start_epoch (WeftRun *run);
void     weft_run_drop_batch (WeftRun *run);
gboolean weft_run_next_batch (WeftRun     *run,
                              WeftBatches *batches,
                              GError     **error); /* keeps the one in hand */
/* A step whose numbers are known to be finite, told nobody. */
gboolean weft_run_repeat_step (WeftRun *run);
/* Takes @message. */
void weft_run_post_failed (WeftRun *run, guint32 node, char *message);
/* The node that an error of running is about: the one that it names, else the data. */
guint32 weft_run_blamed (WeftRun *run, const GError *error);
gboolean    weft_run_write_checkpoint (WeftRun *run, GError **error);

/* run-copies.c. @state: an array as the model's shared values. */
void     weft_run_copy_state (WeftRun *run, WeftArray ***state);
void     weft_run_take_state (WeftRun *run, WeftArray *const *state);
void     weft_run_forget_state (WeftRun *run, WeftArray ***state);
void     weft_run_keep_state (WeftRun *run);
guint    weft_run_thin_states (WeftRun *run);
void     weft_run_keep_state_when_due (WeftRun *run);
void     weft_run_forget_states (WeftRun *run); /* and all else that is of the model of now */
gboolean weft_run_go_back (WeftRun *run, gint64 step);

/* Of the newest copy; -1: there is none. */
gint64 weft_run_newest_step (WeftRun *run);

/* run-change.c. The numbers of @from in @to, where both have the same parameters; state that only
 * one has begins afresh. */
gboolean weft_run_take_values (WeftModel *to, WeftModel *from);
/* Goes on with @model, taken, where the run is. */
void weft_run_enter_model (WeftRun *run, WeftModel *model);

/* run-device.c */
gboolean weft_run_open_device (WeftRun *run, const WeftRunOptions *options, GError **error);
gboolean weft_run_choose_device (WeftRun *run, GCancellable *cancellable, GError **error);
/* What @error, taken, means for the run; posts FAILED. Where it is the device's, the run is on the
 * CPU then. */
WeftAdvance weft_run_tell_failure (WeftRun *run, GError *error);

/* run-phases.c */
void        weft_run_rewind_keeper (WeftRun *run);
WeftAdvance weft_run_meet_breakpoint (WeftRun *run, GCancellable *cancellable);
void        weft_run_look_until (WeftRun *run, const double *metrics, gboolean of_epoch);

/* Compiles the step for the first batch. */
gboolean weft_run_compile (WeftRun *run, GError **error);
/* What a function of the model tells is posted, and what it is to look for is set. */
void     weft_run_listen (WeftRun *run);

G_END_DECLS
