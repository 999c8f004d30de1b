/* Where a run computes: on the CPU or on a device, on whichever is faster, or on the CPU again
 * after its device failed.
 *
 * The state moves with the run: what it learned is the same afterwards, to the last bit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/run-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Of a measurement: steps that warm up, then those that count, as far as there is time. */
#define N_WARM 2
#define N_TIMED 7
#define MEASURE_US (G_USEC_PER_SEC / 2)

static void
post_note (WeftRun *run, char *message)
{
  WeftEvent event = weft_run_new_event (run, WEFT_EVENT_NOTE);

  event.message = message;
  weft_run_post (run, &event);
}

/* NULL without an error: the CPU. */
static WeftDevice *
open_device (WeftRun *run, const char *word, GError **error)
{
  WeftDevice *device = weft_devices_open (word, error);

  if (device != NULL)
    device->choices = run->choices;
  return device;
}

/* ---- Moving ---- */

static WeftModel *
new_model (WeftRun *run, WeftDevice *device, GError **error)
{
  WeftModelOptions options = { .seed = run->position.seed, .mode = run->mode, .device = device };
  guint32          node;

  return weft_model_new (run->document, &options, &node, error);
}

/* Takes @device, or NULL: the CPU. The model that used the old one is gone. */
static void
set_device (WeftRun *run, WeftDevice *device, const char *word)
{
  g_clear_pointer (&run->own_device, weft_device_free);
  run->own_device = run->device = device;
  g_free (run->device_word);
  run->device_word = g_strdup (word);
}

/* Takes @model, which has the state of the run's and computes on @device, taken. */
static gboolean
enter (WeftRun *run, WeftModel *model, WeftDevice *device, const char *word, GError **error)
{
  gboolean good;

  weft_run_enter_model (run, model);
  good = weft_run_compile (run, error);
  weft_run_keep_state (run);
  set_device (run, device, word);
  return good;
}

/* ---- Measuring ---- */

static int
compare_times (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* The median time of a step of @model on the batch in hand, in seconds; NaN: it failed. */
static double
time_steps (WeftRun *run, WeftModel *model, GCancellable *cancellable, GError **error)
{
  WeftStepInfo  info = { run->position.step, run->total_steps, run->position.rate, 0 };
  WeftFunction *step = weft_model_function (model, WEFT_MODEL_STEP, NULL);
  double        times[N_TIMED], metrics[WEFT_MAX_METRICS];
  gint64        begun_us = 0;
  guint         n = 0;

  for (guint i = 0; i < N_WARM + N_TIMED; i++)
    {
      gint64 start_us = g_get_monotonic_time ();

      if (!weft_model_step (model, run->columns, &info, metrics, NULL, cancellable, error))
        return NAN;
      if (i == 0)
        weft_function_wait_compiled (step);
      if (i == 0)
        begun_us = g_get_monotonic_time ();
      if (i >= N_WARM)
        times[n++] = (g_get_monotonic_time () - start_us) / 1e6;
      if (n > 0 && g_get_monotonic_time () - begun_us > MEASURE_US)
        break;
    }
  qsort (times, n, sizeof *times, compare_times);
  return times[n / 2];
}

/* What a step on the run's own model takes; the state is as before. */
static double
time_own (WeftRun *run, GCancellable *cancellable, GError **error)
{
  WeftArray **state = NULL;
  double      took;

  weft_run_copy_state (run, &state);
  took = time_steps (run, run->model, cancellable, error);
  weft_run_take_state (run, state);
  weft_run_forget_state (run, &state);
  return took;
}

typedef struct
{
  WeftDevice *device; /* owned */
  char       *word;
  WeftModel  *model; /* with the run's state */
  double      took;
} Candidate;

static void
candidate_clear (Candidate *candidate)
{
  g_clear_pointer (&candidate->model, weft_model_free);
  g_clear_pointer (&candidate->device, weft_device_free);
  g_clear_pointer (&candidate->word, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Candidate, candidate_clear)

static gboolean
try_device (WeftRun              *run,
            const WeftDeviceInfo *info,
            Candidate            *candidate,
            GCancellable         *cancellable,
            GError              **error)
{
  candidate->word = g_strdup (info->word);
  candidate->device = open_device (run, info->word, error);
  if (candidate->device == NULL)
    return FALSE;
  candidate->model = new_model (run, candidate->device, error);
  if (candidate->model == NULL || !weft_run_take_values (candidate->model, run->model))
    return FALSE;
  candidate->took = time_steps (run, candidate->model, cancellable, error);
  return !isnan (candidate->took) && weft_run_take_values (candidate->model, run->model);
}

static void
append_time (GString *text, const char *name, double took)
{
  g_string_append (text, text->len > 0 ? ", " : "");
  /* Translators: what a step of training takes on a device: "NVIDIA H100: 1.2 ms a step". */
  g_string_append_printf (text, _ ("%s: %.3g ms a step"), name, took * 1000);
}

/* Every device beside the CPU; the fastest takes the run. What fails is told and not taken. */
static gboolean
choose (WeftRun *run, const GPtrArray *list, GCancellable *cancellable, GError **error)
{
  g_autoptr (GString) times = g_string_new (NULL), problems = g_string_new (NULL);
  g_auto (Candidate) best = { 0 };
  const char *taken = _ ("CPU");
  double      cpu;

  cpu = time_own (run, cancellable, error);
  if (isnan (cpu))
    return FALSE;
  best.took = cpu;
  for (guint i = 0; i < list->len; i++)
    {
      const WeftDeviceInfo *info = list->pdata[i];
      g_autoptr (GError) local = NULL;
      g_auto (Candidate) one = { 0 };

      if (info->problem != NULL)
        continue;
      if (!try_device (run, info, &one, cancellable, &local))
        {
          if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            {
              g_propagate_error (error, g_steal_pointer (&local));
              return FALSE;
            }
          g_string_append_printf (problems, " %s: %s.", info->name,
                                  local != NULL ? local->message : "?");
          continue;
        }
      append_time (times, info->name, one.took);
      if (one.took >= best.took)
        continue;
      candidate_clear (&best);
      best = one;
      one = (Candidate){ 0 };
      taken = info->name;
    }
  append_time (times, _ ("CPU"), cpu);
  post_note (run, g_strdup_printf (_ ("Training on %s (%s).%s"), taken, times->str, problems->str));
  if (best.device == NULL)
    return TRUE;
  return enter (run, g_steal_pointer (&best.model), g_steal_pointer (&best.device), best.word,
                error);
}

/* ---- For the run ---- */

/* weft_run_open_device:
 *
 * Before there is a model. "auto" begins on the CPU. Errors: WEFT_RUN_ERROR_DEVICE.
 */
gboolean
weft_run_open_device (WeftRun *run, const WeftRunOptions *options, GError **error)
{
  g_autoptr (GError) local = NULL;

  run->choices = options->choices;
  run->device = options->device;
  if (run->device != NULL)
    run->device->choices = run->choices;
  run->device_word = g_strdup (options->device_word);
  if (options->device_word == NULL)
    return TRUE;
  run->own_device = run->device = open_device (run, options->device_word, &local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* weft_run_choose_device:
 *
 * Where that is to be measured. The first batch is in hand and the step is compiled.
 */
gboolean
weft_run_choose_device (WeftRun *run, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) list = NULL;

  if (g_strcmp0 (run->device_word, "auto") != 0 || !run->have_batch || run->total_steps == 0)
    return TRUE;
  list = weft_devices_list (NULL);
  return list->len == 0 || choose (run, list, cancellable, error);
}

/* weft_run_use_device:
 * @word: of engine/run/devices.h
 *
 * Goes on there. Where that fails it stays where it is, and says so.
 */
void
weft_run_use_device (WeftRun *run, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDevice) device = NULL;
  g_autoptr (WeftModel) model = NULL;

  if (word == NULL || g_strcmp0 (word, run->device_word) == 0 || g_str_equal (word, "auto"))
    return;
  device = open_device (run, word, &error);
  if (error == NULL)
    model = new_model (run, device, &error);
  /* What the device has no room for is found out before anything changes. */
  if (model != NULL && weft_run_next_batch (run, run->batches, NULL) &&
      !weft_model_prepare (model, WEFT_MODEL_STEP, run->columns, &error))
    g_clear_pointer (&model, weft_model_free);
  if (model != NULL && weft_run_take_values (model, run->model))
    {
      if (enter (run, g_steal_pointer (&model), g_steal_pointer (&device), word, &error))
        return;
    }
  if (error != NULL)
    post_note (run, g_strdup_printf (_ ("%s; the run stays where it was"), error->message));
}

/* weft_run_has_left_device:
 */
gboolean
weft_run_has_left_device (WeftRun *run)
{
  return run->left_device;
}

/* After the device failed: the newest state that is remembered, on the CPU. Posts REWOUND.
 * FALSE: it was on none, or there is no such state. */
static gboolean
leave_device (WeftRun *run)
{
  WeftModel *model;
  WeftEvent  event;
  gint64     step = weft_run_newest_step (run);

  if (run->device == NULL || step < 0 || (model = new_model (run, NULL, NULL)) == NULL)
    return FALSE;
  weft_run_drop_batch (run);
  g_clear_pointer (&run->measured, weft_batches_free);
  g_clear_pointer (&run->phases, weft_phases_free);
  weft_model_free (run->model);
  run->model = model;
  set_device (run, NULL, "cpu");
  weft_run_go_back (run, step);
  weft_run_listen (run);
  weft_run_rewind_keeper (run);
  event = weft_run_new_event (run, WEFT_EVENT_REWOUND);
  weft_mailbox_post (run->mailbox, &event);
  return TRUE;
}

/* weft_run_tell_failure:
 */
WeftAdvance
weft_run_tell_failure (WeftRun *run, GError *failure)
{
  g_autoptr (GError) error = failure;
  guint32 node;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return WEFT_ADVANCE_CANCELLED;
  node = weft_run_blamed (run, error);
  run->left_device = (g_error_matches (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE) ||
                      g_error_matches (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_MEMORY)) &&
                     leave_device (run);
  weft_run_post_failed (run, node, g_strdup (error->message));
  return WEFT_ADVANCE_FAILED;
}
