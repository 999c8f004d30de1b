/* Which rules are off, and the proofs of steps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/optimise-private.h"

/* Steps that are proved without being asked for. */
#define MAX_PROVED 200

/* ---- Rules ---- */

static gboolean
find_off (WeftOptimiseModel *model, const char *rule, guint *index)
{
  return g_ptr_array_find_with_equal_func (model->off, rule, g_str_equal, index);
}

/**
 * weft_optimise_model_rule_is_on:
 * @model: a model
 * @rule: a rule's name
 *
 * Returns: whether it may be applied
 */
gboolean
weft_optimise_model_rule_is_on (WeftOptimiseModel *model, const char *rule)
{
  return !find_off (model, rule, NULL);
}

static void
rules_changed (WeftOptimiseModel *model)
{
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_RULES, 0);
  weft_optimise_model_document_changed (model);
}

/**
 * weft_optimise_model_set_rule:
 * @model: a model
 * @rule: a rule's name
 * @on: whether it may be applied; the history is made again without it
 */
void
weft_optimise_model_set_rule (WeftOptimiseModel *model, const char *rule, gboolean on)
{
  guint index;
  if (find_off (model, rule, &index) != on)
    return;
  if (on)
    g_ptr_array_remove_index (model->off, index);
  else
    g_ptr_array_add (model->off, g_strdup (rule));
  rules_changed (model);
}

/**
 * weft_optimise_model_n_off:
 * @model: a model
 *
 * Returns: how many rules are off
 */
guint
weft_optimise_model_n_off (WeftOptimiseModel *model)
{
  return model->off->len;
}

/**
 * weft_optimise_model_reset_rules:
 * @model: a model
 *
 * Every rule may be applied again.
 */
void
weft_optimise_model_reset_rules (WeftOptimiseModel *model)
{
  if (model->off->len == 0)
    return;
  g_ptr_array_set_size (model->off, 0);
  rules_changed (model);
}

/**
 * weft_optimise_model_rule_count:
 * @model: a model
 * @rule: a rule's name
 *
 * Returns: how many steps of the history are by it
 */
guint
weft_optimise_model_rule_count (WeftOptimiseModel *model, const char *rule)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  return level != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (level->counts, rule)) : 0;
}

/* ---- Proofs ---- */

typedef struct
{
  WeftHistory *history;
  guint        step;
  WeftProof    proof;
} ProofJob;

static void
proof_job_free (gpointer data)
{
  ProofJob *job = data;
  weft_history_unref (job->history);
  g_free (job);
}

static void
prove_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  ProofJob *job = data;
  GError   *error = NULL;
  if (weft_proof_step (job->history, job->step, job->step, cancellable, &job->proof, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
proved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftOptimiseModel *model = WEFT_OPTIMISE_MODEL (source);
  const ProofJob    *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean        done = g_task_propagate_boolean (G_TASK (result), &error);
  WeftKnownProof *known;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&model->proving);
  if (weft_optimise_top (model) == NULL || weft_optimise_top (model)->history != job->history)
    return;
  known = g_new0 (WeftKnownProof, 1);
  known->known = TRUE;
  known->proof = job->proof;
  known->message = done ? NULL : g_strdup (error->message);
  g_hash_table_insert (weft_optimise_top (model)->proofs, GUINT_TO_POINTER (job->step), known);
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_PROVED, job->step);
  weft_optimise_prove_next (model);
}

static gboolean
is_proved (const WeftOptimiseLevel *level, guint step)
{
  return g_hash_table_contains (level->proofs, GUINT_TO_POINTER (step));
}

/* The step that is looked at; else one of those whose proof says most: they mend what is not
 * finite. */
static guint
step_to_prove (const WeftOptimiseLevel *level)
{
  guint first, end;
  if (level->step > 0 && !is_proved (level, level->step))
    return level->step;
  weft_history_phase (level->history, WEFT_PHASE_STABILISE, &first, &end);
  for (guint step = first; step < MIN (end, first + MAX_PROVED); step++)
    if (!is_proved (level, step))
      return step;
  return 0;
}

/* For internal use: begins the next proof that is wanted, unless one is on its way. */
void
weft_optimise_prove_next (WeftOptimiseModel *model)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  g_autoptr (GTask) task = NULL;
  ProofJob *job;
  guint     step;
  if (level == NULL || !model->active || model->proving != NULL ||
      model->state != WEFT_OPTIMISE_READY)
    return;
  step = step_to_prove (level);
  if (step == 0)
    return;
  job = g_new0 (ProofJob, 1);
  job->history = weft_history_ref (level->history);
  job->step = step;
  model->proving = g_cancellable_new ();
  task = g_task_new (model, model->proving, proved_cb, NULL);
  g_task_set_task_data (task, job, proof_job_free);
  g_task_run_in_thread (task, prove_thread);
}

/**
 * weft_optimise_model_get_proof:
 * @model: a model
 * @step: a step
 * @message: (out) (optional): why it cannot be proved, borrowed; NULL: not yet known, or it is
 *
 * Returns: (transfer none) (nullable): its proof on samples
 */
const WeftProof *
weft_optimise_model_get_proof (WeftOptimiseModel *model, guint step, const char **message)
{
  const WeftKnownProof *known =
    weft_optimise_top (model) != NULL
      ? g_hash_table_lookup (weft_optimise_top (model)->proofs, GUINT_TO_POINTER (step))
      : NULL;
  if (message != NULL)
    *message = known != NULL ? known->message : NULL;
  return known != NULL && known->message == NULL ? &known->proof : NULL;
}
