/* One look at a model.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/look.h"

#include "engine/train/model.h"
#include "engine/train/runs.h"
#include "engine/train/sample.h"

#include <glib/gi18n.h>
#include <string.h>

/* A view shows some hundred rows; more would only take the training's time. */
#define MOST_ROWS 2000
/* What one call of the outputs of so many rows may take. */
#define MOST_AT_ONCE 500

/* weft_look_cache_clear: */
void
weft_look_cache_clear (WeftLookCache *cache)
{
  g_clear_pointer (&cache->signature, g_free);
  g_clear_pointer (&cache->facts, weft_facts_free);
  g_clear_pointer (&cache->dataset, weft_dataset_unref);
  g_clear_pointer (&cache->predictors, g_hash_table_unref);
  g_clear_pointer (&cache->matrices, g_strfreev);
  g_clear_pointer (&cache->ports, g_strfreev);
}

/* weft_look_begin: */
void
weft_look_begin (WeftLook *look)
{
  WeftLookCache   *cache = look->cache;
  g_autofree char *signature = weft_document_signature (look->document);
  look->fresh = g_strcmp0 (signature, cache->signature) != 0;
  if (look->fresh)
    {
      weft_look_cache_clear (cache);
      cache->signature = g_steal_pointer (&signature);
      cache->facts = weft_facts_new (look->document);
      cache->predictors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                 (GDestroyNotify) weft_predictor_free);
    }
  look->facts = cache->facts;
}

/* weft_look_end: */
void
weft_look_end (WeftLook *look)
{
  if (look->outcome == NULL)
    return;
  g_clear_pointer (&look->outcome->output, weft_array_unref);
  g_clear_pointer (&look->outcome->target, weft_array_unref);
  g_clear_pointer (&look->outcome, g_free);
}

/* weft_look_past: */
GArray *
weft_look_past (const WeftLook *look)
{
  GArray *steps = look->run_folder != NULL ? weft_runs_steps (look->run_folder)
                                           : g_array_new (FALSE, FALSE, sizeof (gint64));
  while (steps->len > 0 && g_array_index (steps, gint64, steps->len - 1) >= look->step)
    g_array_set_size (steps, steps->len - 1);
  return steps;
}

/* weft_look_values_at: */
GHashTable *
weft_look_values_at (const WeftLook *look, gint64 step)
{
  g_autofree char *path = weft_runs_checkpoint (look->run_folder, step);
  return weft_safetensors_read (path, NULL, NULL);
}

/* weft_look_dataset: */
WeftDataset *
weft_look_dataset (WeftLook *look, GError **error)
{
  if (look->cache->dataset == NULL && look->facts->dataset != 0)
    look->cache->dataset =
      weft_sample_dataset (look->document, look->facts->dataset, look->cancellable, error);
  else if (look->cache->dataset == NULL)
    g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                         _ ("The model reads no data set."));
  return look->cache->dataset;
}

/* weft_look_predictor: */
WeftPredictor *
weft_look_predictor (
  WeftLook *look, guint n, const char *const *ports, gboolean gradients, GError **error)
{
  g_autoptr (GString) key = g_string_new (gradients ? "d" : "");
  for (guint i = 0; i < n; i++)
    g_string_append_printf (key, "\n%s", ports[i]);
  WeftPredictor *predictor = g_hash_table_lookup (look->cache->predictors, key->str);
  if (predictor == NULL)
    {
      predictor = weft_predictor_new (look->document, n, ports, gradients, error);
      if (predictor == NULL)
        return NULL;
      g_hash_table_insert (look->cache->predictors, g_strdup (key->str), predictor);
    }
  weft_predictor_set_values (predictor, look->values);
  return predictor;
}

/* Puts the arrays of some rows one after the other. */
static WeftArray *
join (GPtrArray *parts)
{
  WeftArray *first = g_ptr_array_index (parts, 0);
  gint64     shape[WEFT_MAX_RANK];
  gsize      at = 0;
  if (parts->len == 1 || first->rank == 0)
    return weft_array_ref (first);
  memcpy (shape, first->shape, sizeof shape);
  for (guint i = 1; i < parts->len; i++)
    shape[0] += ((WeftArray *) g_ptr_array_index (parts, i))->shape[0];
  WeftArray *all = weft_array_new (first->dtype, first->rank, shape);
  for (guint i = 0; i < parts->len; i++)
    {
      const WeftArray *part = g_ptr_array_index (parts, i);
      memcpy ((char *) all->data + at, part->data, part->n_bytes);
      at += part->n_bytes;
    }
  return all;
}

static WeftArray *
predict_all (WeftLook          *look,
             WeftPredictor     *predictor,
             WeftDataset       *dataset,
             const WeftOutcome *outcome,
             GError           **error)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  guint32 rows[MOST_AT_ONCE];
  for (gsize begin = 0; begin < outcome->n; begin += MOST_AT_ONCE)
    {
      gsize      n = MIN (MOST_AT_ONCE, outcome->n - begin);
      WeftArray *part = NULL;
      for (gsize i = 0; i < n; i++)
        rows[i] = (guint32) (begin + i);
      if (!weft_predictor_rows (predictor, dataset, outcome->split, rows, n, &part,
                                look->cancellable, error))
        return NULL;
      g_ptr_array_add (parts, part);
    }
  return join (parts);
}

/* weft_look_outcome: */
const WeftOutcome *
weft_look_outcome (WeftLook *look, GError **error)
{
  static const WeftSplit order[] = { WEFT_SPLIT_VALIDATION, WEFT_SPLIT_TEST, WEFT_SPLIT_TRAIN };
  const char            *port = look->facts->output;
  WeftDataset           *dataset = weft_look_dataset (look, error);
  WeftPredictor         *predictor;
  if (look->outcome != NULL)
    return look->outcome;
  if (dataset == NULL || (predictor = weft_look_predictor (look, 1, &port, FALSE, error)) == NULL)
    return NULL;
  WeftOutcome *outcome = look->outcome = g_new0 (WeftOutcome, 1);
  for (guint i = 0; i < G_N_ELEMENTS (order) && outcome->n == 0; i++)
    {
      outcome->split = order[i];
      outcome->n = (gsize) MIN (weft_dataset_n_rows (dataset, order[i]), MOST_ROWS);
    }
  if (outcome->n > 0)
    outcome->output = predict_all (look, predictor, dataset, outcome, error);
  if (outcome->output != NULL && look->facts->target >= 0)
    outcome->target = weft_dataset_gather (dataset, outcome->split, (guint) look->facts->target,
                                           NULL, outcome->n, error);
  if (outcome->output == NULL || (look->facts->target >= 0 && outcome->target == NULL))
    {
      weft_look_end (look);
      if (error != NULL && *error == NULL)
        g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                             _ ("The data set has no rows."));
    }
  return look->outcome;
}
