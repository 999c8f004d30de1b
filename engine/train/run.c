/* One run, a batch at a time: train an epoch, validate, ..., test, finish.
 *
 * All that decides the next numbers is the position (checkpoint.h), the arrays and the document, so
 * that a run resumed from them continues to the last bit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/run-private.h"

#include "engine/base/number-text.h"
#include "engine/train/runs.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Of an axis of what print tells. */
#define SHOWN_ELEMENTS 8

/* A run of so many steps without effect is not going to recover. */
#define MAX_DROPPED_IN_A_ROW 100

/* weft_data_cache_clear:
 */
void
weft_data_cache_clear (WeftDataCache *cache)
{
  g_clear_pointer (&cache->key, g_free);
  g_clear_pointer (&cache->dataset, weft_dataset_unref);
}

void
weft_run_drop_batch (WeftRun *run)
{
  for (guint i = 0; i < run->n_columns; i++)
    g_clear_pointer (&run->columns[i], weft_array_unref);
  run->have_batch = FALSE;
  run->seen = WEFT_STEP_NONE;
  run->passed = 0;
}

/* weft_run_free:
 */
void
weft_run_free (WeftRun *run)
{
  weft_run_drop_batch (run);
  weft_run_forget_states (run);
  g_ptr_array_unref (run->copies);
  g_clear_pointer (&run->stops, g_ptr_array_unref);
  g_clear_pointer (&run->batches, weft_batches_free);
  g_clear_pointer (&run->measured, weft_batches_free);
  g_clear_pointer (&run->dataset, weft_dataset_unref);
  g_clear_pointer (&run->model, weft_model_free);
  g_clear_pointer (&run->own_device, weft_device_free);
  g_clear_pointer (&run->keeper, weft_keeper_free);
  g_clear_object (&run->document);
  g_free (run->device_word);
  g_free (run->folder);
  g_free (run);
}

const char *
weft_run_signature (WeftRun *run)
{
  return run->position.signature;
}

guint
weft_run_number (WeftRun *run)
{
  return run->number;
}

/* ---- Events ---- */

static double
epoch_now (WeftRun *run)
{
  return run->position.epoch + (double) run->position.batch / run->epoch_batches;
}

WeftEvent
weft_run_new_event (WeftRun *run, WeftEventKind kind)
{
  WeftEvent event = {
    .kind = kind,
    .run = run->number,
    .step = run->position.step,
    .total_steps = run->total_steps,
    .epoch = epoch_now (run),
    .total_epochs = epoch_now (run) +
                    (double) (run->total_steps - run->position.step) / run->epoch_batches,
    .time_s = run->position.time_s,
    .rate = run->position.rate,
    .n_metrics = weft_model_n_metrics (run->model),
    .peak_bytes = run->peak_bytes,
  };

  weft_model_drops (run->model, &event.dropped);

  if (run->clock > 0)
    event.time_s += (g_get_monotonic_time () - run->clock) / 1e6;
  if (run->position.step_time_s > 0)
    event.steps_per_s = run->position.step / run->position.step_time_s;
  for (guint i = 0; i < WEFT_MAX_METRICS; i++)
    event.train[i] = event.validation[i] = event.test[i] = NAN;
  return event;
}

/* A disk that is full ends no run: that is told once, until it can be written again. Takes
 * @failure. */
static void
tell_of_disk (WeftRun *run, GError *failure)
{
  g_autoptr (GError) error = failure;
  WeftEvent event = weft_run_new_event (run, WEFT_EVENT_NOTE);

  if (run->told_of_disk)
    return;
  event.message = g_strdup_printf (
    _ ("%s. The run goes on, but is not kept any more: make room on the disk"),
    error->message);
  run->told_of_disk = TRUE;
  weft_mailbox_post (run->mailbox, &event);
}

void
weft_run_post (WeftRun *run, const WeftEvent *event)
{
  GError *error = NULL;

  if (run->keeper != NULL && !run->repeating &&
      !weft_keeper_tell (run->keeper, event, weft_model_metric_names (run->model), &error))
    tell_of_disk (run, error);
  weft_mailbox_post (run->mailbox, event);
}

void
weft_run_post_failed (WeftRun *run, guint32 node, char *message)
{
  WeftEvent event = weft_run_new_event (run, WEFT_EVENT_FAILED);

  event.node = node;
  event.message = message;
  event.of_device = run->left_device;
  weft_run_post (run, &event);
}

/* ---- Checkpoints ---- */

/* The model's shared values with the numbers of @state; the caller owns the array and its elements.
 */
GPtrArray *
weft_run_shared_as (WeftRun *run, WeftArray **state)
{
  GPtrArray *shared = weft_model_shared (run->model);
  GPtrArray *copies = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < shared->len; i++)
    {
      WeftShared *copy = g_memdup2 (g_ptr_array_index (shared, i), sizeof *copy);

      copy->value = state[i];
      copy->holder = NULL;
      g_ptr_array_add (copies, copy);
    }
  return copies;
}

/* weft_run_write_checkpoint:
 */
gboolean
weft_run_write_checkpoint (WeftRun *run, GError **error)
{
  g_autoptr (GPtrArray) best = NULL;

  if (run->keeper == NULL)
    return TRUE;
  if (run->best != NULL)
    best = weft_run_shared_as (run, run->best);
  return weft_keeper_write (run->keeper, weft_model_shared (run->model), &run->position, best,
                            &run->best_position, error);
}

/* A checkpoint on the way. */
static void
write_when_due (WeftRun *run)
{
  GError *error = NULL;

  if (run->keeper == NULL || !weft_keeper_is_due (run->keeper))
    return;
  if (weft_run_write_checkpoint (run, &error))
    run->told_of_disk = FALSE;
  else
    tell_of_disk (run, error);
}

/* The last checkpoint: a kept run whose disk is full has ended all the same. FALSE: it has failed.
 */
static gboolean
write_last (WeftRun *run, GError **error)
{
  GError *local = NULL;

  if (weft_run_write_checkpoint (run, &local))
    return TRUE;
  if (local->domain != G_FILE_ERROR || !weft_keeper_is_kept (run->keeper))
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  tell_of_disk (run, local);
  return TRUE;
}

/* weft_run_save:
 * @path: safetensors file to write
 *
 * Parameters and state by name. Errors: G_FILE_ERROR.
 */
gboolean
weft_run_save (WeftRun *run, const char *path, GError **error)
{
  return weft_checkpoint_write (path, weft_model_shared (run->model), &run->position, error);
}

/* weft_run_dup_values:
 *
 * Returns: name -> WeftArray, parameters and state; caller owns. Errors: WEFT_RUN_ERROR_DEVICE.
 */
GHashTable *
weft_run_dup_values (WeftRun *run, GError **error)
{
  return weft_checkpoint_copy (weft_model_shared (run->model), error);
}

/* ---- Batches and the program ---- */

void
weft_run_start_epoch (WeftRun *run)
{
  if (run->dataset == NULL)
    return;
  g_clear_pointer (&run->batches, weft_batches_free);
  run->batches = weft_batches_new (run->dataset, WEFT_SPLIT_TRAIN, weft_model_batch (run->model),
                                   TRUE, run->position.seed, run->position.epoch);
  weft_batches_seek (run->batches, run->position.batch);
}

/* weft_run_next_batch:
 *
 * Returns: whether there is one; FALSE without an error: there are no more
 */
gboolean
weft_run_next_batch (WeftRun *run, WeftBatches *batches, GError **error)
{
  if (run->dataset == NULL)
    {
      run->rows = 1;
      run->have_batch = TRUE;
    }
  else if (!run->have_batch)
    run->have_batch = weft_batches_next (batches, run->columns, &run->rows, error);
  return run->have_batch;
}

/* weft_run_set_length:
 * @steps, @epochs: the new end of the run; -1: keep. @steps goes before @epochs.
 */
void
weft_run_set_length (WeftRun *run, gint64 steps, gint64 epochs)
{
  gint64 before = run->total_steps;

  if (steps >= 0)
    {
      run->total_steps = steps;
      run->by_steps = TRUE;
    }
  else if (epochs >= 0)
    {
      gint64 left = MIN (epochs, G_MAXINT64 / 2 / run->epoch_batches) - run->position.epoch;

      /* Batches may have had another size before: counted from here. */
      run->total_steps =
        MAX (run->position.step + left * run->epoch_batches - run->position.batch, 0);
      run->by_steps = FALSE;
    }
  /* The schedule knows the end: what was done so far cannot be repeated under the new one. */
  if (run->total_steps != before || run->copies->len == 0)
    weft_run_keep_state (run);
}

/* The first batch decides the program: compiling is part of starting, and so are its errors. */
gboolean
weft_run_compile (WeftRun *run, GError **error)
{
  const WeftProgram *program;
  gsize              bytes = 0;
  g_autoptr (GError) local = NULL;

  if (!weft_run_next_batch (run, run->batches, &local))
    return local == NULL || (g_propagate_error (error, g_steal_pointer (&local)), FALSE);
  if (!weft_model_prepare (run->model, WEFT_MODEL_STEP, run->columns, error))
    return FALSE;
  program = weft_function_get_program (weft_model_function (run->model, WEFT_MODEL_STEP, NULL));
  for (guint i = 0; i < weft_model_shared (run->model)->len; i++)
    bytes += ((WeftShared *) g_ptr_array_index (weft_model_shared (run->model), i))->value->n_bytes;
  run->peak_bytes = bytes + (program != NULL ? program->arena_bytes : 0);
  weft_run_thin_states (run);
  if (run->max_bytes == 0 || run->peak_bytes <= run->max_bytes)
    return TRUE;
  g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_MEMORY,
               _ ("a step needs %s bytes, more than the %s allowed; a smaller batch needs less"),
               WEFT_SIZE_TEXT (run->peak_bytes), WEFT_SIZE_TEXT (run->max_bytes));
  return FALSE;
}

/* What print, watch and breakpoint tell while a step runs. */
static void
said_cb (const WeftRunEvent *said, gpointer data)
{
  WeftRun         *run = data;
  WeftEvent        event = weft_run_new_event (run, WEFT_EVENT_SAID);
  g_autofree char *value = weft_array_to_string (said->value, SHOWN_ELEMENTS);

  if (run->repeating)
    return;
  run->met_breakpoint = run->met_breakpoint || g_str_equal (said->op->name, "breakpoint");
  event.step++;
  event.node = said->origins->n > 0 ? said->origins->nodes[0] : 0;
  event.message = *said->message != '\0' ? g_strdup_printf ("%s: %s", said->message, value)
                                         : g_strdup (value);
  weft_run_post (run, &event);
}

void
weft_run_listen (WeftRun *run)
{
  WeftFunction *step = weft_model_function (run->model, WEFT_MODEL_STEP, NULL);

  weft_function_set_event (step, said_cb, run);
  weft_function_set_guard (step, run->guard);
}

/* The node that an error of running is about: the one that it names, else the data. */
guint32
weft_run_blamed (WeftRun *run, const GError *error)
{
  gboolean of_run = error != NULL && error->domain == WEFT_RUN_ERROR;
  guint32  node = of_run ? weft_run_error_get_node (error) : 0;

  return node != 0 ? node : weft_model_dataset (run->model);
}

/* weft_run_set_rate:
 */
void
weft_run_set_rate (WeftRun *run, double rate)
{
  WeftEvent event;

  if (rate == run->position.rate)
    return;
  run->position.rate = rate;
  weft_run_keep_state (run);
  event = weft_run_new_event (run, WEFT_EVENT_RATE);
  weft_run_post (run, &event);
}

/* ---- Measuring ---- */

static gboolean
start_measuring (WeftRun *run, WeftSplit split)
{
  memset (run->sums, 0, sizeof run->sums);
  run->measured_rows = 0;
  if (run->dataset == NULL || weft_dataset_n_rows (run->dataset, split) == 0)
    return FALSE;
  run->measured =
    weft_batches_new (run->dataset, split, weft_model_batch (run->model), FALSE, 0, 0);
  return TRUE;
}

static void
mean_into (const double *sums, gint64 rows, double *means)
{
  for (guint i = 0; i < WEFT_MAX_METRICS; i++)
    means[i] = rows > 0 ? sums[i] / rows : NAN;
}

/* Rows whose loss is not finite are in no mean where such steps are dropped. */
static void
add_into (WeftRun *run, const double *metrics, double *sums, gint64 *rows)
{
  gint64 dropped;

  if (!isfinite (metrics[0]) && weft_model_drops (run->model, &dropped))
    return;
  for (guint i = 0; i < weft_model_n_metrics (run->model); i++)
    sums[i] += metrics[i] * run->rows;
  *rows += run->rows;
}

/* Whether the epoch that has been measured, @value, is better than the best before; then it is the
 * best. */
static void
follow_best (WeftRun *run, double value)
{
  const WeftMonitor *monitor = weft_model_monitor (run->model);
  WeftPosition      *position = &run->position;
  double             by = monitor->greater ? value - position->best : position->best - value;

  if (!run->follows_best || !isfinite (value))
    return;
  if (position->best_epoch == 0 || by > monitor->min_delta)
    {
      position->best_epoch = position->epoch + 1;
      position->best = value;
      weft_run_copy_state (run, &run->best);
      run->best_position = *position;
    }
  run->ended_early = monitor->patience >= 0 &&
                     position->epoch + 1 - position->best_epoch >= MAX (monitor->patience, 1);
}

/* The flag tells how many there were. */
static void
follow_plateau (WeftRun *run, double value)
{
  WeftEvent event;

  if (!weft_plateau_follow (&run->position.plateau, weft_model_training (run->model), value) ||
      run->repeating)
    return;
  event = weft_run_new_event (run, WEFT_EVENT_FLAG);
  event.message = g_strdup ("plateau");
  event.rate = (double) run->position.plateau.count;
  weft_run_post (run, &event);
}

static void
end_epoch (WeftRun *run)
{
  guint     metric = weft_model_monitor (run->model)->metric;
  WeftEvent event;

  event = weft_run_new_event (run, WEFT_EVENT_EPOCH);
  mean_into (run->position.sums, run->position.rows, event.train);
  event.has_validation = run->measured_rows > 0;
  mean_into (run->sums, run->measured_rows, event.validation);
  weft_run_post (run, &event);
  follow_best (run, event.has_validation ? event.validation[metric] : event.train[metric]);
  follow_plateau (run, event.has_validation ? event.validation[metric] : event.train[metric]);
  run->position.epoch++;
  run->position.batch = 0;
  run->position.rows = 0;
  memset (run->position.sums, 0, sizeof run->position.sums);
  run->phase = PHASE_TRAIN;
  weft_run_start_epoch (run);
  weft_run_keep_state (run);
  weft_run_look_until (run, event.has_validation ? event.validation : event.train, TRUE);
}

static void
post_finished (WeftRun *run, const char *reason, gboolean tested)
{
  WeftEvent event = weft_run_new_event (run, WEFT_EVENT_FINISHED);

  event.message = g_strdup (reason);
  event.has_test = tested;
  if (tested)
    mean_into (run->sums, run->measured_rows, event.test);
  weft_run_post (run, &event);
}

static WeftAdvance
end_phase (WeftRun *run)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&run->measured, weft_batches_free);
  if (run->phase == PHASE_VALIDATE)
    {
      end_epoch (run);
      if (run->ended_early)
        run->phase = PHASE_TEST;
      if (run->keeper != NULL && weft_keeper_is_kept (run->keeper))
        write_when_due (run);
      else if (!weft_run_write_checkpoint (run, &error))
        return weft_run_tell_failure (run, g_steal_pointer (&error));
      return WEFT_ADVANCE_MORE;
    }
  if (!run->restored && !write_last (run, &error))
    return weft_run_tell_failure (run, g_steal_pointer (&error));
  post_finished (run, run->ended_early ? "early" : run->by_steps ? "steps"
                                                                 : "epochs",
                 run->measured_rows > 0);
  return WEFT_ADVANCE_FINISHED;
}

/* Where the document asks for it, a run ends with the parameters of its best epoch. */
static void
restore_best (WeftRun *run)
{
  g_autoptr (GError) error = NULL;

  if (run->best == NULL || !weft_model_monitor (run->model)->restore)
    return;
  /* To go on one needs the last state. */
  if (weft_run_write_checkpoint (run, &error))
    run->restored = TRUE;
  weft_run_take_state (run, run->best);
}

/* Batches of a measurement are small next to the time in which a command must be answered; one a
 * call. */
static WeftAdvance
advance_measuring (WeftRun *run, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  double metrics[WEFT_MAX_METRICS];

  if (run->measured == NULL && run->phase == PHASE_TEST)
    restore_best (run);
  if (run->measured == NULL &&
      !start_measuring (run,
                        run->phase == PHASE_VALIDATE ? WEFT_SPLIT_VALIDATION : WEFT_SPLIT_TEST))
    return end_phase (run);
  if (!weft_run_next_batch (run, run->measured, &error))
    return error != NULL ? weft_run_tell_failure (run, g_steal_pointer (&error)) : end_phase (run);
  if (!weft_model_measure (run->model, run->columns, run->position.step, metrics, cancellable,
                           &error))
    return weft_run_tell_failure (run, g_steal_pointer (&error));
  add_into (run, metrics, run->sums, &run->measured_rows);
  weft_run_drop_batch (run);
  return WEFT_ADVANCE_MORE;
}

/* ---- Training ---- */

/* Counts a step whose metrics are @metrics; the batch in hand is done. */
static void
count_step (WeftRun *run, const double *metrics)
{
  WeftPosition *position = &run->position;

  add_into (run, metrics, position->sums, &position->rows);
  position->step++;
  position->batch++;
  if (run->dataset != NULL)
    return;
  /* Without a data set every step is an epoch. */
  follow_plateau (run, metrics[weft_model_monitor (run->model)->metric]);
  position->epoch++;
  position->batch = 0;
  position->rows = 0;
  memset (position->sums, 0, sizeof position->sums);
}

static gboolean
step_once (WeftRun *run, double *metrics, GCancellable *cancellable, GError **error)
{
  WeftStepInfo info = { run->position.step, run->total_steps, run->position.rate,
                        (double) run->position.plateau.count };

  if (!weft_run_next_batch (run, run->batches, error))
    return FALSE;
  return weft_model_step (run->model, run->columns, &info, metrics, NULL, cancellable, error);
}

/* weft_run_repeat_step:
 *
 * Returns: FALSE: it failed, which it did not the first time
 */
gboolean
weft_run_repeat_step (WeftRun *run)
{
  double metrics[WEFT_MAX_METRICS];

  if (!step_once (run, metrics, NULL, NULL))
    return FALSE;
  count_step (run, metrics);
  weft_run_drop_batch (run);
  return TRUE;
}

static WeftAdvance
fail_not_finite (WeftRun *run, double loss)
{
  guint32          node = 0;
  g_autofree char *port = NULL;
  const char      *what = isnan (loss) ? _ ("not a number (NaN)") : _ ("infinite");
  char            *message;

  /* The state before this step, which has changed it. */
  weft_run_go_back (run, run->position.step);
  port = weft_model_first_bad (run->model, run->columns, run->position.step, &node);
  if (port != NULL)
    message = g_strdup_printf (
      _ ("the loss became %s at step %s, first at %s; lower the rate"), what,
      WEFT_INT_TEXT (run->position.step + 1), port);
  else
    message =
      g_strdup_printf (_ ("the loss became %s at step %s; lower the rate"), what,
                       WEFT_INT_TEXT (run->position.step + 1));
  weft_run_post_failed (run, node, message);
  return WEFT_ADVANCE_FAILED;
}

static WeftAdvance
fail_dropped (WeftRun *run)
{
  weft_run_post_failed (
    run, 0,
    g_strdup_printf (
      _ ("the last %d steps, up to step %s, were not finite and had no effect; lower the rate"),
      MAX_DROPPED_IN_A_ROW, WEFT_INT_TEXT (run->position.step + 1)));
  return WEFT_ADVANCE_FAILED;
}

static void
end_step (WeftRun *run, const double *metrics)
{
  WeftPosition *position = &run->position;

  count_step (run, metrics);
  if (position->step % run->log_every == 0 || position->step == 1)
    {
      WeftEvent event = weft_run_new_event (run, WEFT_EVENT_STEP);

      memcpy (event.train, metrics, weft_model_n_metrics (run->model) * sizeof *metrics);
      weft_run_post (run, &event);
    }
  weft_run_drop_batch (run);
  weft_run_look_until (run, metrics, FALSE);
  if (position->batch == run->epoch_batches && run->dataset != NULL)
    run->phase = PHASE_VALIDATE;
  weft_run_keep_state_when_due (run);
  /* At the end of an epoch: when it has been measured, so that the log tells of it once. */
  if (run->phase == PHASE_TRAIN)
    write_when_due (run);
}

/* Says, once, why kernels of the step stay interpreted. */
static void
note_compiling (WeftRun *run)
{
  WeftFunction *function = weft_model_function (run->model, WEFT_MODEL_STEP, NULL);
  const char   *message = run->noted ? NULL : weft_function_get_compile_message (function);
  WeftEvent     event;

  if (message == NULL)
    return;
  event = weft_run_new_event (run, WEFT_EVENT_NOTE);
  event.message = g_strdup (message);
  weft_run_post (run, &event);
  run->noted = TRUE;
}

static WeftAdvance
advance_training (WeftRun *run, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  double      metrics[WEFT_MAX_METRICS];
  gint64      start = g_get_monotonic_time (), dropped;
  WeftAdvance met = weft_run_meet_breakpoint (run, cancellable);

  if (met != WEFT_ADVANCE_MORE)
    return met;
  run->met_breakpoint = FALSE;
  if (!step_once (run, metrics, cancellable, &error))
    return weft_run_tell_failure (run, g_steal_pointer (&error));
  run->position.step_time_s += (g_get_monotonic_time () - start) / 1e6;
  note_compiling (run);
  if (weft_model_drops (run->model, &dropped))
    {
      run->dropped_in_a_row = dropped > run->dropped ? run->dropped_in_a_row + 1 : 0;
      run->dropped = dropped;
      if (run->dropped_in_a_row == MAX_DROPPED_IN_A_ROW)
        return fail_dropped (run);
    }
  else if (!isfinite (metrics[0]))
    return fail_not_finite (run, metrics[0]);
  end_step (run, metrics);
  if (!run->met_breakpoint || !run->breakpoints)
    return WEFT_ADVANCE_STEP;
  return WEFT_ADVANCE_BREAK;
}

/* weft_run_advance:
 * @cancellable: looked at between kernels
 *
 * One batch of what comes next.
 */
WeftAdvance
weft_run_advance (WeftRun *run, GCancellable *cancellable)
{
  WeftAdvance what;

  run->clock = g_get_monotonic_time ();
  run->left_device = FALSE;
  if (run->phase == PHASE_TRAIN && run->position.step >= run->total_steps)
    {
      weft_run_drop_batch (run);
      run->phase = PHASE_TEST;
    }
  what = run->phase == PHASE_TRAIN ? advance_training (run, cancellable)
                                   : advance_measuring (run, cancellable);
  run->position.time_s += (g_get_monotonic_time () - run->clock) / 1e6;
  run->clock = 0;
  if (!run->reached || what == WEFT_ADVANCE_FAILED || what == WEFT_ADVANCE_FINISHED)
    return what;
  weft_run_set_until (run, NULL);
  return WEFT_ADVANCE_REACHED;
}

/* weft_run_leave:
 */
void
weft_run_leave (WeftRun *run)
{
  if (run->phase != PHASE_TEST)
    weft_run_write_checkpoint (run, NULL);
}

/* weft_run_stop:
 */
void
weft_run_stop (WeftRun *run)
{
  g_autoptr (GError) error = NULL;

  if (!write_last (run, &error))
    weft_run_post_failed (run, 0, g_strdup (error->message));
  else
    post_finished (run, "stopped", FALSE);
}
