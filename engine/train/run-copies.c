/* Copies of a run's state in memory: what it can go back to.
 *
 * A copy is taken now and then. The state before any later step is had again, to the last bit, by
 * taking the copy over and repeating the steps since; a change of what decides the numbers (rate,
 * length, the document) takes a copy too, so that no step is repeated under another rate than it
 * was made with.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/run-private.h"

#include <string.h>

/* Between two copies lie at most so many steps, which bounds what must be repeated... */
#define KEEP_EVERY 128
/* ... or so long, where copying takes no more than a hundredth of it. */
#define KEEP_US (G_USEC_PER_SEC / 5)
#define KEEP_SHARE 100
/* So many, and so many bytes together; but two of a large model, one of which is old enough. Where
 * not even those leave room for the step, there are none. */
#define MOST_COPIES 16
#define FEWEST_COPIES 2
#define MOST_COPY_BYTES (G_GINT64_CONSTANT (256) << 20)

typedef struct
{
  WeftArray  **state; /* as the model's shared values */
  WeftPosition position;
  gint64       total_steps;
} Copy;

/* ---- States ---- */

/* weft_run_copy_state:
 * @state: (inout): NULL: made
 *
 * Copies the state of now.
 */
void
weft_run_copy_state (WeftRun *run, WeftArray ***state)
{
  GPtrArray *shared = weft_model_shared (run->model);

  for (guint i = 0; i < shared->len; i++)
    weft_shared_settle (g_ptr_array_index (shared, i));
  if (*state == NULL)
    {
      *state = g_new0 (WeftArray *, shared->len + 1);
      for (guint i = 0; i < shared->len; i++)
        (*state)[i] = weft_array_copy (((WeftShared *) g_ptr_array_index (shared, i))->value);
    }
  else
    for (guint i = 0; i < shared->len; i++)
      memcpy ((*state)[i]->data, ((WeftShared *) g_ptr_array_index (shared, i))->value->data,
              (*state)[i]->n_bytes);
}

/* weft_run_take_state:
 */
void
weft_run_take_state (WeftRun *run, WeftArray *const *state)
{
  GPtrArray *shared = weft_model_shared (run->model);

  for (guint i = 0; i < shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (shared, i);

      memcpy (one->value->data, state[i]->data, state[i]->n_bytes);
      weft_shared_changed (one);
    }
}

/* weft_run_forget_state:
 */
void
weft_run_forget_state (WeftRun *run, WeftArray ***state)
{
  for (guint i = 0; *state != NULL && i < weft_model_shared (run->model)->len; i++)
    weft_array_unref ((*state)[i]);
  g_clear_pointer (state, g_free);
}

/* ---- Copies, the newest last ---- */

static Copy *
newest (WeftRun *run)
{
  return run->copies->len > 0 ? g_ptr_array_index (run->copies, run->copies->len - 1) : NULL;
}

/* weft_run_newest_step:
 */
gint64
weft_run_newest_step (WeftRun *run)
{
  return newest (run) != NULL ? newest (run)->position.step : -1;
}

static void
forget_copy (WeftRun *run, guint index)
{
  Copy *copy = g_ptr_array_steal_index (run->copies, index);

  weft_run_forget_state (run, &copy->state);
  g_free (copy);
}

static guint
most_copies (WeftRun *run)
{
  GPtrArray *shared = weft_model_shared (run->model);
  gint64     limit = (gint64) (run->max_bytes > 0 ? run->max_bytes : weft_memory_bytes ());
  gint64     n_bytes = 1, room;
  guint      n;

  for (guint i = 0; i < shared->len; i++)
    n_bytes += ((WeftShared *) g_ptr_array_index (shared, i))->value->n_bytes;
  room = limit - (gint64) run->peak_bytes - (run->follows_best ? n_bytes : 0);
  n = (guint) CLAMP (MOST_COPY_BYTES / n_bytes, FEWEST_COPIES, MOST_COPIES);
  return (guint) CLAMP (room / n_bytes, 0, n);
}

/* weft_run_thin_states:
 *
 * Returns: for how many copies there is room; older ones are forgotten
 */
guint
weft_run_thin_states (WeftRun *run)
{
  guint most = most_copies (run);

  while (run->copies->len > most)
    forget_copy (run, 0);
  return most;
}

/* weft_run_keep_state:
 *
 * Takes a copy; the oldest makes room. Where memory has none for any, nothing can be gone back to.
 */
void
weft_run_keep_state (WeftRun *run)
{
  gint64 begun_us = g_get_monotonic_time ();
  guint  most = weft_run_thin_states (run);
  Copy  *copy;

  if (most == 0)
    return;
  if (run->copies->len == most)
    copy = g_ptr_array_steal_index (run->copies, 0);
  else
    copy = g_new0 (Copy, 1);
  weft_run_copy_state (run, &copy->state);
  copy->position = run->position;
  copy->total_steps = run->total_steps;
  g_ptr_array_add (run->copies, copy);
  run->copied_us = g_get_monotonic_time ();
  run->copy_took_us = run->copied_us - begun_us;
}

/* weft_run_keep_state_when_due:
 */
void
weft_run_keep_state_when_due (WeftRun *run)
{
  gint64 since_us = g_get_monotonic_time () - run->copied_us;

  if (run->copies->len == 0 || run->position.step - newest (run)->position.step >= KEEP_EVERY ||
      (since_us >= KEEP_US && since_us >= KEEP_SHARE * run->copy_took_us))
    weft_run_keep_state (run);
}

/* weft_run_forget_states:
 */
void
weft_run_forget_states (WeftRun *run)
{
  while (run->copies->len > 0)
    forget_copy (run, run->copies->len - 1);
  weft_run_forget_state (run, &run->best);
  g_clear_pointer (&run->phases, weft_phases_free);
}

/* ---- Back ---- */

/* weft_run_go_back:
 * @step: not after the run's
 *
 * The state and the position after @step steps, about to make the next one. What has been told of
 * the way stays told; the best epoch and the rate that is set are those of now.
 *
 * Returns: FALSE: no copy is as old; nothing has changed
 */
gboolean
weft_run_go_back (WeftRun *run, gint64 step)
{
  WeftPosition now = run->position;
  gint64       total = run->total_steps;
  guint        n = run->copies->len;
  const Copy  *copy;

  while (n > 0 && ((Copy *) g_ptr_array_index (run->copies, n - 1))->position.step > step)
    n--;
  if (n == 0)
    return FALSE;
  while (run->copies->len > n)
    forget_copy (run, run->copies->len - 1);
  copy = newest (run);
  weft_run_take_state (run, copy->state);
  run->position = copy->position;
  run->total_steps = copy->total_steps;
  weft_run_drop_batch (run);
  weft_run_start_epoch (run);
  run->phase = PHASE_TRAIN;
  run->repeating = TRUE;
  while (run->position.step < step && weft_run_repeat_step (run))
    ;
  run->repeating = FALSE;
  run->total_steps = total;
  run->position.time_s = now.time_s;
  run->position.step_time_s = now.step_time_s;
  run->position.best = now.best;
  run->position.best_epoch = now.best_epoch;
  if (run->position.rate != now.rate || copy->total_steps != total)
    {
      run->position.rate = now.rate;
      weft_run_keep_state (run);
    }
  weft_run_next_batch (run, run->batches, NULL);
  return TRUE;
}
