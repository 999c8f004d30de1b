/* A run that goes on with other settings: what its document says now, with the parameters that it
 * has.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/run-private.h"

#include <math.h>
#include <string.h>

static WeftShared *
find_shared (WeftModel *model, const char *name)
{
  GPtrArray *shared = weft_model_shared (model);

  for (guint i = 0; i < shared->len; i++)
    if (g_str_equal (((WeftShared *) g_ptr_array_index (shared, i))->name, name))
      return g_ptr_array_index (shared, i);
  return NULL;
}

static gboolean
same_form (const WeftArray *a, const WeftArray *b)
{
  return a->dtype == b->dtype && a->rank == b->rank &&
         memcmp (a->shape, b->shape, a->rank * sizeof *a->shape) == 0;
}

static guint
n_parameters (WeftModel *model)
{
  GPtrArray *shared = weft_model_shared (model);
  guint      n = 0;

  for (guint i = 0; i < shared->len; i++)
    n += g_strcmp0 (((WeftShared *) g_ptr_array_index (shared, i))->role, "parameter") == 0;
  return n;
}

/* The numbers of @from in @to, where both have the same parameters; state that only one has begins
 * afresh. */
gboolean
weft_run_take_values (WeftModel *to, WeftModel *from)
{
  GPtrArray *shared = weft_model_shared (to);

  if (n_parameters (to) != n_parameters (from))
    return FALSE;
  for (guint i = 0; i < shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (shared, i), *other = find_shared (from, one->name);
      gboolean    fits = other != NULL && same_form (one->value, other->value);

      if (!fits && g_strcmp0 (one->role, "parameter") == 0)
        return FALSE;
    }
  for (guint i = 0; i < shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (shared, i), *other = find_shared (from, one->name);

      if (other == NULL || !same_form (one->value, other->value))
        continue;
      if (!weft_shared_settle (other))
        return FALSE;
      memcpy (one->value->data, other->value->data, one->value->n_bytes);
      weft_shared_changed (one);
    }
  return TRUE;
}

/* The numbers of the best epoch, in the order of the values of @model; what only @model has is as
 * it begins. NULL: there are none. */
static WeftArray **
best_for (WeftRun *run, WeftModel *model)
{
  GPtrArray  *before = weft_model_shared (run->model), *shared = weft_model_shared (model);
  WeftArray **best = run->best != NULL ? g_new0 (WeftArray *, shared->len + 1) : NULL;

  for (guint i = 0; best != NULL && i < shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (shared, i);

      for (guint k = 0; k < before->len && best[i] == NULL; k++)
        if (g_str_equal (((WeftShared *) g_ptr_array_index (before, k))->name, one->name) &&
            same_form (run->best[k], one->value))
          best[i] = weft_array_ref (run->best[k]);
      if (best[i] == NULL)
        best[i] = weft_array_copy (one->value);
    }
  return best;
}

/* The run's batches from another model; the position is where it was, as far as batches of this
 * size allow. */
void
weft_run_enter_model (WeftRun *run, WeftModel *model)
{
  gint64      before = run->epoch_batches;
  WeftArray **best = best_for (run, model);

  weft_run_drop_batch (run);
  weft_run_forget_states (run);
  weft_model_free (run->model);
  run->model = model;
  run->best = best;
  weft_run_start_epoch (run);
  run->epoch_batches = run->batches != NULL ? weft_batches_count (run->batches) : 1;
  if (run->epoch_batches != before)
    {
      run->position.batch =
        (gint64) ((double) run->position.batch / before * run->epoch_batches);
      run->position.epoch_batches = run->epoch_batches;
      weft_run_start_epoch (run);
    }
  weft_run_listen (run);
}

/* weft_run_change:
 */
gboolean
weft_run_change (WeftRun       *run,
                 WeftDocument  *document,
                 WeftDataCache *cache,
                 GCancellable  *cancellable,
                 GError       **error)
{
  WeftModelOptions options = { .seed = run->position.seed,
                               .mode = run->mode,
                               .device = run->device };
  g_autofree char *signature = weft_document_signature (document);
  WeftDataset     *dataset = run->dataset;
  guint            n_columns = run->n_columns;
  guint32          node;
  g_autoptr (GError) local = NULL;
  g_autoptr (WeftModel) model = weft_model_new (document, &options, &node, NULL);
  g_autoptr (WeftModel) before = run->model;

  /* A run that reads data goes on with data, one without goes on without. */
  if (model == NULL || (dataset != NULL) != (weft_model_dataset (model) != 0) ||
      !weft_run_take_values (model, before))
    {
      g_steal_pointer (&before);
      return FALSE;
    }
  /* The data may be others, or other rows of the same. */
  run->model = model;
  if (dataset != NULL && !weft_run_open_data (run, document, cache, cancellable, NULL))
    {
      run->model = g_steal_pointer (&before);
      run->dataset = dataset;
      run->n_columns = n_columns;
      return FALSE;
    }
  run->model = g_steal_pointer (&before);
  if (dataset != NULL)
    weft_dataset_unref (dataset);
  weft_run_enter_model (run, g_steal_pointer (&model));
  g_set_object (&run->document, document);
  g_strlcpy (run->position.signature, signature, sizeof run->position.signature);
  weft_run_set_rate (run, weft_model_rate (run->model));
  weft_run_set_length (run, weft_model_steps (run->model), weft_model_epochs (run->model));
  if (weft_run_compile (run, &local))
    return TRUE;
  weft_run_tell_failure (run, g_error_copy (local));
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* ---- What changed ---- */

static void
post_flag (WeftRun *run, const char *owner, const char *key, WeftJson *value)
{
  WeftEvent event = weft_run_new_event (run, WEFT_EVENT_FLAG);

  event.message = owner != NULL ? g_strdup_printf ("%s.%s", owner, key) : g_strdup (key);
  event.rate = weft_json_number (value, NAN);
  if (weft_json_string (value, NULL) != NULL)
    {
      char *text = g_strdup_printf ("%s: %s", event.message, weft_json_string (value, NULL));

      g_free (event.message);
      event.message = text;
    }
  weft_run_post (run, &event);
}

static void
post_members (WeftRun *run, const char *owner, WeftJson *before, WeftJson *now)
{
  for (guint i = 0; i < weft_json_n_members (now); i++)
    {
      WeftJson   *value;
      const char *key = weft_json_member (now, i, &value);

      if (weft_json_equal (value, weft_json_get (before, key)) ||
          (owner == NULL && (g_str_equal (key, "rate") || g_str_equal (key, "sweep"))))
        continue;
      if (weft_json_kind (value) == WEFT_JSON_OBJECT && owner == NULL)
        post_members (run, key, weft_json_get (before, key), value);
      else
        post_flag (run, owner, key, value);
    }
}

/* 1: it was taken out; 0: it is back. */
static void
post_bypass (WeftRun *run, const WeftNode *node)
{
  g_autoptr (WeftJson) on = weft_json_new_int ((node->flags & WEFT_NODE_BYPASSED) != 0);

  post_flag (run, node->id, "bypass", on);
}

/* weft_run_post_changes:
 */
void
weft_run_post_changes (WeftRun *run, WeftDocument *before, WeftDocument *now)
{
  for (guint i = 0; i < weft_document_n_nodes (now); i++)
    {
      const WeftNode *node = weft_document_node_at (now, i);
      const WeftNode *old = weft_document_node (before, node->uid);

      if (old == NULL)
        continue;
      post_members (run, node->id, old->params, node->params);
      if (((old->flags ^ node->flags) & WEFT_NODE_BYPASSED) != 0)
        post_bypass (run, node);
    }
  post_members (run, NULL, weft_document_get_training (before), weft_document_get_training (now));
}
