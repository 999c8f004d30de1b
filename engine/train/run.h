/* One run: a model, its data, and how far it is. Belongs to the engine thread; advances a batch at
 * a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/checkpoint.h"
#include "engine/train/mailbox.h"
#include "engine/train/model.h"

G_BEGIN_DECLS

typedef struct _WeftRun WeftRun;

/* Data sets outlive runs: reading one again for every press of Train would be a wait. */
typedef struct
{
  char        *key;
  WeftDataset *dataset;
} WeftDataCache;
void weft_data_cache_clear (WeftDataCache *cache);

typedef enum
{
  WEFT_ADVANCE_STEP,      /* a training step was done */
  WEFT_ADVANCE_BREAK,     /* the same, and it met a breakpoint; or one before it did */
  WEFT_ADVANCE_PHASE,     /* a phase of a step has been told */
  WEFT_ADVANCE_REACHED,   /* something was done, and the run is where it was to pause */
  WEFT_ADVANCE_MORE,      /* something else was done */
  WEFT_ADVANCE_FINISHED,  /* FINISHED has been posted */
  WEFT_ADVANCE_FAILED,    /* FAILED has been posted; the state is that before the step */
  WEFT_ADVANCE_CANCELLED, /* nothing was done; the next call tries again */
} WeftAdvance;

/* Loads and compiles, or resumes. Posts STARTED. @node gets the node to blame. @document is read
 * during the call only. */
WeftRun    *weft_run_new (WeftDocument         *document,
                          const WeftRunOptions *options,
                          guint                 number,
                          WeftMailbox          *mailbox,
                          WeftDataCache        *cache,
                          GCancellable         *cancellable,
                          guint32              *node,
                          GError              **error);
void        weft_run_free (WeftRun *run);
WeftAdvance weft_run_advance (WeftRun *run, GCancellable *cancellable);
/* The same, but of a step only one phase. */
WeftAdvance weft_run_advance_phase (WeftRun *run, GCancellable *cancellable);
void weft_run_set_breakpoints (WeftRun *run, GPtrArray *points); /* of WeftBreakpoint, or NULL */
void        weft_run_set_until (WeftRun *run, const WeftUntil *until);  /* or NULL */
gboolean    weft_run_rewind (WeftRun *run);
/* Whether it can go on on the CPU after its device failed. */
gboolean    weft_run_has_left_device (WeftRun *run);
/* Goes on on another device, "cuda:0"; where that fails, where it was, and a NOTE says so. */
void        weft_run_use_device (WeftRun *run, const char *word);
void        weft_run_set_rate (WeftRun *run, double rate);
/* Goes on as @document says, with the parameters of now. FALSE without an error: it has other
 * parameters or is no model, and the run is as it was; with one: it does not compile, FAILED tells
 * so, and the run can only be freed. */
gboolean weft_run_change (WeftRun       *run,
                          WeftDocument  *document,
                          WeftDataCache *cache,
                          GCancellable  *cancellable,
                          GError       **error);
/* A FLAG event for each setting in which the documents differ. */
void        weft_run_post_changes (WeftRun *run, WeftDocument *before, WeftDocument *now);
/* New ends, -1 to keep. */
void weft_run_set_length (WeftRun *run, gint64 steps, gint64 epochs);
/* Writes the checkpoint, if one was asked for, and posts FINISHED. */
void        weft_run_stop (WeftRun *run);
/* Writes the checkpoint of a run that will go on another time; posts nothing. */
void        weft_run_leave (WeftRun *run);
gboolean    weft_run_save (WeftRun *run, const char *path, GError **error);
GHashTable *weft_run_dup_values (WeftRun *run, GError **error);
const char *weft_run_signature (WeftRun *run);
guint       weft_run_number (WeftRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRun, weft_run_free)

G_END_DECLS
