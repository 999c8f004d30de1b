/* The run of a document: a training session with its curves, on the main thread.
 *
 * Made for one document. Commands go to the engine thread and return at once; what comes back is
 * taken at most thirty times a second, below the priority of drawing, and kept here whole: the
 * curves outlive the run.
 *
 * Signals
 *   "points" ()                                     new points or another progress; at most thirty
 * times a second "begun" ()                                      another run: the curves are empty
 * and have new names "past" ()                                       of a run that goes on: the
 * curves have what it measured before, too "interrupted" (gint64 step)                     a run
 * was found that the next start goes on with, from there "failed" (guint node, const char *message)
 * node: uid, 0 if unknown "finished" (const char *reason)                 "epochs", "steps" or
 * "stopped" "said" (guint node, const char *message)        what print, watch or breakpoint tell
 *   "values-changed" ()                             another checkpoint, or the run itself again, is
 * looked at "phase" (const WeftEvent *event)                a phase of a step was seen, or a
 * breakpoint met; "phase" events of session.h "rewound" ()                                    back
 * before the last step: the curves have lost their last points "noted" (const char *message) about
 * this machine, not the run: one sentence Properties: "state" (int, a WeftRunState, notify),
 * "cursor" (double, notify): the step that is looked at in any chart or view; NaN: none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/train/session.h"
#include "ui/curves/run-data.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 step, total_steps;
  double epoch, total_epochs;
  double steps_per_s, rows_per_s; /* 0: not known yet */
  double left_s;                  /* NaN: not known */
  double rate;
  gsize  peak_bytes;
} WeftRunProgress;

#define WEFT_TYPE_RUN_MODEL (weft_run_model_get_type ())
G_DECLARE_FINAL_TYPE (WeftRunModel, weft_run_model, WEFT, RUN_MODEL, GObject)

WeftRunModel *weft_run_model_new (WeftDocument *document);
WeftRunState  weft_run_model_get_state (WeftRunModel *run);
gboolean      weft_run_model_is_busy (WeftRunModel *run);
void          weft_run_model_train (WeftRunModel *run);
void          weft_run_model_pause (WeftRunModel *run);
void          weft_run_model_step (WeftRunModel *run);
void          weft_run_model_step_phase (WeftRunModel *run);
void          weft_run_model_run_to (WeftRunModel *run, const WeftUntil *until);
/* Back before the last step, paused there: also after a failure. */
void          weft_run_model_rewind (WeftRunModel *run);
gboolean      weft_run_model_can_rewind (WeftRunModel *run);
/* The breakpoints of the document's view are other ones. */
void          weft_run_model_follow_breakpoints (WeftRunModel *run);
void          weft_run_model_stop (WeftRunModel *run);
void          weft_run_model_set_rate (WeftRunModel *run, double rate);

guint                  weft_run_model_n_curves (WeftRunModel *run);
const WeftRunCurve    *weft_run_model_get_curve (WeftRunModel *run, guint index);
WeftRunData           *weft_run_model_get_data (WeftRunModel *run);
double                 weft_run_model_get_cursor (WeftRunModel *run);
void                   weft_run_model_set_cursor (WeftRunModel *run, double step);
const WeftRunProgress *weft_run_model_get_progress (WeftRunModel *run);
const char            *weft_run_model_get_message (WeftRunModel *run);
guint32                weft_run_model_get_failed_node (WeftRunModel *run);
/* Whether it failed by its device, not by its model: on the CPU it goes on. */
gboolean               weft_run_model_is_of_device (WeftRunModel *run);
/* The folder of the run that began last (engine/train/runs.h); NULL: it is not kept. */
const char *weft_run_model_get_folder (WeftRunModel *run);
/* Looks for a run of this document that was interrupted: then the next weft_run_model_train goes on
 * with it, and "interrupted" tells. */
void weft_run_model_find_interrupted (WeftRunModel *run);
/* What weft_run_model_dup_values gives from now on: the checkpoint at @step; -1: the run as it goes
 * on. */
void   weft_run_model_look_at (WeftRunModel *run, gint64 step);
gint64 weft_run_model_get_looked_at (WeftRunModel *run);
/* Steps of the checkpoints that can be looked at, ascending; the caller owns the array of gint64.
 */
GArray *weft_run_model_get_checkpoints (WeftRunModel *run);
/* A new run from the checkpoint that is looked at, as the document is now. */
void weft_run_model_branch (WeftRunModel *run);
/* Parameters and state as trained so far, name -> WeftArray; NULL if nothing was. Any thread; waits
 * for the step that runs. */
GHashTable *weft_run_model_dup_values (WeftRunModel *run);

G_END_DECLS
