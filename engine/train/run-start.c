/* A run that begins, or goes on from a checkpoint: its model, its data, its position, its folder.
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

/* ---- Going on ---- */

/* A file is data: positions that no run could have written are refused. */
static gboolean
is_possible (WeftRun *run)
{
  const WeftPosition *position = &run->position;

  return position->step >= 0 && position->batch >= 0 && position->batch <= run->epoch_batches &&
         position->epoch >= 0 && isfinite (position->rate);
}

/* What is as much of an epoch in batches of another size. */
static void
fit_batch (WeftRun *run, gint64 epoch_batches)
{
  WeftPosition *position = &run->position;

  if (epoch_batches == run->epoch_batches || epoch_batches < 1)
    return;
  position->batch = (gint64) ((double) position->batch / epoch_batches * run->epoch_batches);
  position->batch = CLAMP (position->batch, 0, run->epoch_batches);
}

static char *
resumed_file (const WeftRunOptions *options)
{
  if (options->resume_step > 0)
    return weft_runs_checkpoint (options->resume_dir, options->resume_step);
  return g_build_filename (options->resume_dir, WEFT_CHECKPOINT_FILE, NULL);
}

static gboolean
resume (WeftRun *run, const WeftRunOptions *options, GError **error)
{
  g_autofree char *path = resumed_file (options);
  g_autofree char *signature = g_strdup (run->position.signature);
  double           rate = run->position.rate;

  if (!weft_checkpoint_read (path, weft_model_shared (run->model), &run->position, error))
    return FALSE;
  if (!options->branch && !g_str_equal (signature, run->position.signature))
    {
      g_set_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_FORMAT,
                   _ ("%s: the document has changed since; it cannot continue this run"), path);
      return FALSE;
    }
  if (options->branch)
    {
      fit_batch (run, run->position.epoch_batches);
      g_strlcpy (run->position.signature, signature, sizeof run->position.signature);
      run->position.rate = rate;
    }
  if (!is_possible (run))
    {
      g_set_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_FORMAT,
                   _ ("%s: it is at step %s, which does not fit this data set and batch size"),
                   path, WEFT_INT_TEXT (run->position.step));
      return FALSE;
    }
  if (run->dataset != NULL && run->position.batch == run->epoch_batches)
    run->phase = PHASE_VALIDATE;
  return TRUE;
}

/* A resumed run has the seed that it began with. */
static gboolean
find_seed (const WeftRunOptions *options, gint64 *seed, GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  WeftPosition position;

  *seed = options->seed;
  if (options->resume_dir == NULL)
    return TRUE;
  path = resumed_file (options);
  if (!weft_checkpoint_read (path, none, &position, error))
    return FALSE;
  *seed = position.seed;
  if (options->seed < 0 || options->seed == position.seed)
    return TRUE;
  g_set_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_FORMAT,
               _ ("%s: this run began with seed %s, not %s; leave the seed out to continue it"),
               path, WEFT_INT_TEXT (position.seed), WEFT_INT_TEXT (options->seed));
  return FALSE;
}

/* The best epoch so far of a run that goes on. A file that is gone or damaged is no reason not to.
 */
static void
read_best (WeftRun *run, const char *folder, gboolean branch)
{
  g_autofree char *path = g_build_filename (folder, WEFT_RUN_BEST, NULL);
  g_autoptr (GPtrArray) shared = NULL;

  if (!run->follows_best || run->position.best_epoch == 0)
    return;
  weft_run_copy_state (run, &run->best);
  shared = weft_run_shared_as (run, run->best);
  run->best_position.best_epoch = 0;
  if (weft_checkpoint_read (path, shared, &run->best_position, NULL) &&
      run->best_position.best_epoch == run->position.best_epoch)
    return;
  weft_run_forget_state (run, &run->best);
  /* It was written, and then the program was killed before the checkpoint was: the run comes to
   * that epoch again. */
  if (branch || run->best_position.best_epoch <= run->position.best_epoch)
    run->position.best_epoch = 0;
}

static gboolean
open_keeper (WeftRun *run, const WeftRunOptions *options, GError **error)
{
  const char *folder = options->checkpoint_dir;
  gboolean    go_on = folder != NULL && g_strcmp0 (options->resume_dir, folder) == 0;

  if (options->resume_dir != NULL)
    read_best (run, options->resume_dir, options->branch);
  if (folder == NULL)
    return TRUE;
  run->keeper = weft_keeper_new (folder, options->kept, !options->lossless,
                                 go_on ? run->position.step : -1, error);
  if (run->keeper != NULL && options->kept)
    {
      run->folder = g_strdup (folder);
      weft_runs_note_begun (folder, run->position.seed, run->position.signature, NULL);
    }
  return run->keeper != NULL;
}

/* ---- Data ---- */

gboolean
weft_run_open_data (WeftRun       *run,
                    WeftDocument  *document,
                    WeftDataCache *cache,
                    GCancellable  *cancellable,
                    GError       **error)
{
  const WeftNode  *node = weft_document_node (document, weft_model_dataset (run->model));
  g_autofree char *folder = weft_document_dup_folder (document);
  g_autofree char *params = weft_json_to_string (node->params);
  g_autofree char *key = g_strdup_printf ("%s\n%s", folder != NULL ? folder : "", params);
  g_autoptr (WeftDatasetSpec) spec = NULL;

  if (g_strcmp0 (cache->key, key) != 0)
    {
      weft_data_cache_clear (cache);
      spec = weft_dataset_spec_new (node->params, folder, error);
      if (spec == NULL)
        return FALSE;
      weft_dataset_spec_columns (spec, &run->n_columns);
      cache->dataset = weft_dataset_open (spec, cancellable, error);
      if (cache->dataset == NULL)
        return FALSE;
      cache->key = g_steal_pointer (&key);
    }
  else
    {
      spec = weft_dataset_spec_new (node->params, folder, error);
      if (spec == NULL)
        return FALSE;
      weft_dataset_spec_columns (spec, &run->n_columns);
    }
  if (run->n_columns > WEFT_RUN_MAX_COLUMNS)
    {
      g_set_error (
        error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_SPEC,
        _ ("%s has %u columns; at most %d can feed a model (several fields may share one column)"),
        node->id, run->n_columns, WEFT_RUN_MAX_COLUMNS);
      return FALSE;
    }
  run->dataset = weft_dataset_ref (cache->dataset);
  return TRUE;
}

/* A run that reads its data. */
typedef struct
{
  WeftRun *run;
  gint64   began_us;
} Reading;

/* What is read at once is not worth a word. */
#define UNSAID_US 300000

static void
reading_cb (double fraction, gpointer data)
{
  Reading  *reading = data;
  WeftEvent event = { .kind = WEFT_EVENT_STATE,
                      .run = reading->run->number,
                      .state = WEFT_RUN_LOADING };

  if (g_get_monotonic_time () - reading->began_us < UNSAID_US)
    return;
  event.message = g_strdup_printf (_ ("reading the data, %d %%"), (int) (100 * fraction));
  weft_mailbox_post (reading->run->mailbox, &event);
}

static gboolean
open_first_data (WeftRun       *run,
                 WeftDocument  *document,
                 WeftDataCache *cache,
                 GCancellable  *cancellable,
                 GError       **error)
{
  Reading  reading = { run, g_get_monotonic_time () };
  gboolean good;

  weft_dataset_watch (reading_cb, &reading);
  good = weft_run_open_data (run, document, cache, cancellable, error);
  weft_dataset_watch (NULL, NULL);
  return good;
}

/* ---- Starting ---- */

static gboolean
begin (WeftRun              *run,
       WeftDocument         *document,
       const WeftRunOptions *options,
       WeftDataCache        *cache,
       GCancellable         *cancellable,
       GError              **error)
{
  run->epoch_batches = 1;
  if (weft_model_dataset (run->model) != 0)
    {
      if (!open_first_data (run, document, cache, cancellable, error))
        return FALSE;
      if (weft_dataset_n_rows (run->dataset, WEFT_SPLIT_TRAIN) == 0)
        {
          g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_EMPTY,
                       _ ("the data set has no rows to train on"));
          return FALSE;
        }
      weft_run_start_epoch (run);
      run->epoch_batches = weft_batches_count (run->batches);
    }
  if (options->resume_dir != NULL && !resume (run, options, error))
    return FALSE;
  run->position.epoch_batches = run->epoch_batches;
  if (options->steps >= 0 || options->epochs >= 0)
    weft_run_set_length (run, options->steps, options->epochs);
  else
    weft_run_set_length (run, weft_model_steps (run->model), weft_model_epochs (run->model));
  weft_run_start_epoch (run);
  return weft_run_compile (run, error) && weft_run_choose_device (run, cancellable, error) &&
         open_keeper (run, options, error);
}

static void
post_started (WeftRun *run)
{
  WeftEvent event = weft_run_new_event (run, WEFT_EVENT_STARTED);

  event.names = g_strdupv ((char **) weft_model_metric_names (run->model));
  event.message = g_strdup (run->folder);
  weft_run_post (run, &event);
}

/* weft_run_new:
 * @cache: data sets of earlier runs, kept
 *
 * Returns: the run, about to do its first step; caller owns.
 * Errors: those of documents, data sets, functions and checkpoints; G_IO_ERROR_CANCELLED.
 */
WeftRun *
weft_run_new (WeftDocument         *document,
              const WeftRunOptions *options,
              guint                 number,
              WeftMailbox          *mailbox,
              WeftDataCache        *cache,
              GCancellable         *cancellable,
              guint32              *node,
              GError              **error)
{
  g_autoptr (WeftRun) run = g_new0 (WeftRun, 1);
  g_autofree char *signature = weft_document_signature (document);
  WeftModelOptions model = { 0 };

  *node = 0;
  run->copies = g_ptr_array_new ();
  run->document = g_object_ref (document);
  if (!find_seed (options, &model.seed, error) || !weft_run_open_device (run, options, error))
    return NULL;
  run->until = WEFT_UNTIL_NOTHING;
  run->mailbox = mailbox;
  run->number = number;
  run->log_every = MAX (options->log_every, 1);
  model.mode = run->mode = options->mode;
  model.device = run->device;
  run->max_bytes = options->max_bytes;
  run->model = weft_model_new (document, &model, node, error);
  if (run->model == NULL)
    return NULL;
  run->follows_best = options->kept || weft_model_monitor (run->model)->patience >= 0;
  run->position.seed = weft_model_seed (run->model);
  run->position.rate = weft_model_rate (run->model);
  g_strlcpy (run->position.signature, signature, sizeof run->position.signature);
  if (!begin (run, document, options, cache, cancellable, error))
    {
      *node = weft_run_blamed (run, *error);
      return NULL;
    }
  run->breakpoints = options->breakpoints;
  run->guard = options->guard;
  weft_run_listen (run);
  post_started (run);
  return g_steal_pointer (&run);
}
