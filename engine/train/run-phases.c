/* A run that is looked at closely: its step phase by phase, breakpoints at nodes, where it pauses
 * by itself, one step back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/run-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

static WeftPhases *
phases_of (WeftRun *run)
{
  if (run->phases == NULL)
    {
      run->phases = weft_phases_new (run->model);
      if (run->stops != NULL)
        weft_phases_set_breakpoints (run->phases, run->stops);
    }
  return run->phases;
}

/* Takes @ports. Of the step that is being made. */
static void
post_phase (WeftRun *run, WeftStepPhase phase, GPtrArray *ports, const char *node)
{
  WeftEvent event = weft_run_new_event (run, WEFT_EVENT_PHASE);

  if (phase != WEFT_STEP_UPDATE)
    event.step++;
  event.phase = phase;
  event.ports = ports;
  event.message = g_strdup (node);
  weft_run_post (run, &event);
}

/* ---- Phases ---- */

/* weft_run_advance_phase:
 *
 * What comes before the next step, or the next phase of it.
 */
WeftAdvance
weft_run_advance_phase (WeftRun *run, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  gboolean      last = run->seen == WEFT_STEP_BACKWARD;
  WeftStepPhase next = run->seen + 1;
  GPtrArray    *ports;
  WeftAdvance   what;

  if (!last && run->phase == PHASE_TRAIN && run->position.step < run->total_steps)
    {
      if (!weft_run_next_batch (run, run->batches, &error))
        return weft_run_tell_failure (run, g_steal_pointer (&error));
      ports = weft_phases_compute (phases_of (run), next, NULL, run->columns, run->position.step,
                                   cancellable, &error);
      if (ports == NULL)
        return weft_run_tell_failure (run, g_steal_pointer (&error));
      post_phase (run, next, ports, NULL);
      run->seen = next;
      return WEFT_ADVANCE_PHASE;
    }
  if (last)
    weft_phases_begin_update (phases_of (run));
  what = weft_run_advance (run, cancellable);
  if (last && what != WEFT_ADVANCE_CANCELLED && what != WEFT_ADVANCE_FAILED && run->phases != NULL)
    post_phase (run, WEFT_STEP_UPDATE, weft_phases_end_update (run->phases), NULL);
  return what;
}

/* ---- Breakpoints ---- */

/* weft_run_set_breakpoints:
 * @points: (nullable): of WeftBreakpoint
 */
void
weft_run_set_breakpoints (WeftRun *run, GPtrArray *points)
{
  GPtrArray *before = run->stops;

  run->stops = points != NULL ? g_ptr_array_ref (points) : NULL;
  run->passed = 0;
  if (run->phases != NULL && points != NULL)
    weft_phases_set_breakpoints (run->phases, points);
  else
    g_clear_pointer (&run->phases, weft_phases_free);
  g_clear_pointer (&before, g_ptr_array_unref);
}

/* weft_run_meet_breakpoint:
 *
 * Looks for the next breakpoint that the step about to be made meets, and tells of it.
 *
 * Returns: BREAK: one is met; MORE: none; FAILED, CANCELLED
 */
WeftAdvance
weft_run_meet_breakpoint (WeftRun *run, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  guint                 passed = run->passed;
  const WeftBreakpoint *point;
  GPtrArray            *ports;

  if (run->stops == NULL || run->stops->len == 0 || run->seen != WEFT_STEP_NONE)
    return WEFT_ADVANCE_MORE;
  if (!weft_run_next_batch (run, run->batches, &error))
    return weft_run_tell_failure (run, g_steal_pointer (&error));
  point = weft_phases_find_breakpoint (phases_of (run), &passed, run->columns, run->position.step,
                                       cancellable, &error);
  if (error != NULL)
    return weft_run_tell_failure (run, g_steal_pointer (&error));
  run->passed = passed;
  if (point == NULL)
    return WEFT_ADVANCE_MORE;
  ports = weft_phases_compute (phases_of (run), WEFT_STEP_FORWARD, point->node, run->columns,
                               run->position.step, NULL, NULL);
  post_phase (run, WEFT_STEP_FORWARD, ports, point->node);
  return WEFT_ADVANCE_BREAK;
}

/* ---- Until ---- */

/* weft_run_set_until:
 * @until: (nullable): NULL: it goes on to its end
 */
void
weft_run_set_until (WeftRun *run, const WeftUntil *until)
{
  run->reached = FALSE;
  run->until = until != NULL ? *until : WEFT_UNTIL_NOTHING;
  if (run->until.next_epoch)
    run->until.epoch = run->position.epoch + 1;
}

/* weft_run_look_until:
 * @metrics: what was measured just now
 * @of_epoch: after an epoch, not after a step
 */
void
weft_run_look_until (WeftRun *run, const double *metrics, gboolean of_epoch)
{
  const WeftUntil *until = &run->until;
  g_autofree char *step = NULL;
  const char      *name;
  WeftEvent        event;
  double           value;

  if ((until->step > 0 && run->position.step >= until->step) ||
      (until->epoch > 0 && run->position.epoch >= until->epoch))
    run->reached = TRUE;
  if (until->metric < 0 || until->metric >= (gint) weft_model_n_metrics (run->model) ||
      (run->dataset != NULL && until->validation != of_epoch))
    return;
  value = metrics[until->metric];
  if (!(until->above ? value >= until->value : value <= until->value))
    return;
  run->reached = TRUE;
  name = weft_model_metric_names (run->model)[until->metric];
  event = weft_run_new_event (run, WEFT_EVENT_NOTE);
  step = g_strdup_printf ("%" G_GINT64_FORMAT, run->position.step);
  event.message = g_strdup_printf (_ ("%s is %.4g at step %s"), name, value, step);
  weft_run_post (run, &event);
}

/* ---- Back ---- */

/* weft_run_rewind_keeper:
 *
 * What is kept on disk goes back too, so that a run killed now goes on from here.
 */
void
weft_run_rewind_keeper (WeftRun *run)
{
  g_autoptr (GError) error = NULL;
  WeftEvent event;

  if (run->keeper == NULL || (weft_keeper_rewind (run->keeper, run->position.step, &error) &&
                              weft_run_write_checkpoint (run, &error)))
    return;
  g_clear_pointer (&run->keeper, weft_keeper_free);
  event = weft_run_new_event (run, WEFT_EVENT_NOTE);
  event.message = g_strdup_printf (_ ("%s; this run is not kept any more"), error->message);
  weft_run_post (run, &event);
}

/* weft_run_rewind:
 *
 * The state before the last step; posts REWOUND.
 *
 * Returns: FALSE: none is remembered; nothing has changed
 */
gboolean
weft_run_rewind (WeftRun *run)
{
  WeftEvent event;

  if (run->phase == PHASE_TEST || run->position.step == 0 ||
      !weft_run_go_back (run, run->position.step - 1))
    return FALSE;
  g_clear_pointer (&run->measured, weft_batches_free);
  run->ended_early = FALSE;
  run->dropped_in_a_row = 0;
  weft_model_drops (run->model, &run->dropped);
  weft_run_rewind_keeper (run);
  event = weft_run_new_event (run, WEFT_EVENT_REWOUND);
  weft_mailbox_post (run->mailbox, &event);
  return TRUE;
}
