/* What the Optimise view needs, made on a worker: graph, history, picture, kernels.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/optimise-private.h"

const WeftInspectPart weft_optimise_parts[] = { WEFT_INSPECT_FORWARD, WEFT_INSPECT_GRADIENT,
                                                WEFT_INSPECT_BACKWARD, WEFT_INSPECT_TRAIN,
                                                WEFT_INSPECT_PREDICT };
const guint           weft_optimise_n_parts = G_N_ELEMENTS (weft_optimise_parts);

/* Asked for in this order where nobody said which: numbers in the table above. */
static const gint preferred[] = { 1, 0 };

/* For internal use: @document: a snapshot, referenced; NULL: set @history later. */
WeftOptimiseJob *
weft_optimise_job_new (WeftDocument *document, gint function, GPtrArray *off)
{
  WeftOptimiseJob *job = g_new0 (WeftOptimiseJob, 1);
  job->document = document != NULL ? g_object_ref (document) : NULL;
  job->function = function;
  job->off = g_new0 (char *, off->len + 1);
  for (guint i = 0; i < off->len; i++)
    job->off[i] = g_strdup (g_ptr_array_index (off, i));
  job->text_scale = 1;
  return job;
}

/* For internal use. */
void
weft_optimise_job_free (WeftOptimiseJob *job)
{
  g_clear_object (&job->document);
  g_strfreev (job->off);
  g_clear_pointer (&job->history, weft_history_unref);
  g_clear_pointer (&job->art, weft_graph_art_free);
  g_clear_pointer (&job->drawn_history, weft_history_unref);
  g_clear_pointer (&job->drawn_art, weft_graph_art_free);
  g_clear_pointer (&job->forward, g_array_unref);
  g_clear_error (&job->error);
  g_free (job);
}

static WeftInspected *
inspect (WeftOptimiseJob *job)
{
  if (job->function >= 0)
    return weft_inspect (job->document, weft_optimise_parts[job->function], &job->node,
                         &job->error);
  for (guint i = 0; i < G_N_ELEMENTS (preferred); i++)
    {
      WeftInspected *inspected;
      g_clear_error (&job->error);
      job->function = preferred[i];
      inspected = weft_inspect (job->document, weft_optimise_parts[preferred[i]], &job->node,
                                &job->error);
      if (inspected != NULL)
        return inspected;
    }
  return NULL;
}

/* For internal use: a GCompareFunc of guint. */
int
weft_optimise_compare_ids (gconstpointer a, gconstpointer b)
{
  guint one = *(const guint *) a, other = *(const guint *) b;
  return one < other ? -1 : one > other;
}

/* What the first @n results need, as drawn. */
static GArray *
find_forward (WeftHistory *history, guint n)
{
  g_autoptr (WeftCursor) cursor = weft_cursor_new (history);
  g_autoptr (GArray) todo = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree gboolean *seen = g_new0 (gboolean, weft_history_n_applies (history));
  GArray              *found = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < MIN (n, weft_cursor_n_outputs (cursor)); i++)
    {
      guint apply = weft_history_value_apply (history, weft_cursor_output (cursor, i));
      g_array_append_val (todo, apply);
    }
  while (todo->len > 0)
    {
      guint apply = g_array_index (todo, guint, todo->len - 1);
      g_array_set_size (todo, todo->len - 1);
      if (seen[apply])
        continue;
      seen[apply] = TRUE;
      g_array_append_val (found, apply);
      for (guint i = 0; i < weft_history_apply (history, apply)->n_inputs; i++)
        {
          guint input = weft_history_value_apply (history, weft_cursor_input (cursor, apply, i));
          g_array_append_val (todo, input);
        }
    }
  g_array_sort (found, weft_optimise_compare_ids);
  return found;
}

/* The forward graph beside the backward one. FALSE: cancelled. */
static gboolean
add_drawn (WeftOptimiseJob *job, WeftInspected *inspected, GCancellable *cancellable)
{
  job->drawn_history = weft_history_new (g_steal_pointer (&inspected->forward), 1, &inspected->loss,
                                         (const char *[]){ inspected->loss_name }, NULL,
                                         cancellable);
  if (job->drawn_history != NULL)
    job->drawn_art = weft_graph_art_new (job->drawn_history, job->text_scale, cancellable);
  return job->drawn_art != NULL;
}

/* For internal use: on a worker. */
void
weft_optimise_job_run (WeftOptimiseJob *job, GCancellable *cancellable)
{
  if (job->history == NULL)
    {
      g_autoptr (WeftInspected) inspected = inspect (job);
      if (inspected == NULL)
        return;
      job->history =
        weft_history_new (g_steal_pointer (&inspected->graph), inspected->n, inspected->outputs,
                          (const char *const *) inspected->names, (const char *const *) job->off,
                          cancellable);
      if (job->history == NULL ||
          (inspected->forward != NULL && !add_drawn (job, inspected, cancellable)))
        return;
      job->forward = find_forward (job->history, inspected->n_forward);
      if (!weft_inspect_kernels (job->history, &job->n_kernels, &job->kernel_bytes))
        job->n_kernels = 0;
    }
  job->art = weft_graph_art_new (job->history, job->text_scale, cancellable);
}

/* ---- Levels ---- */

static void
known_proof_free (gpointer data)
{
  WeftKnownProof *proof = data;
  g_free (proof->message);
  g_free (proof);
}

/* For internal use. */
WeftOptimiseLevel *
weft_optimise_level_new (WeftOptimiseJob *job)
{
  WeftOptimiseLevel *level = g_new0 (WeftOptimiseLevel, 1);
  WeftHistory       *history = level->history = g_steal_pointer (&job->history);
  level->art = g_steal_pointer (&job->art);
  level->drawn_history = job->drawn_history != NULL ? g_steal_pointer (&job->drawn_history)
                                                    : weft_history_ref (history);
  level->drawn_art = job->drawn_art != NULL ? g_steal_pointer (&job->drawn_art)
                                            : weft_graph_art_ref (level->art);
  level->cursor = weft_cursor_new (history);
  level->drawn = weft_cursor_new (level->drawn_history);
  level->proofs = g_hash_table_new_full (NULL, NULL, NULL, known_proof_free);
  level->counts = g_hash_table_new (g_str_hash, g_str_equal);
  level->half = WEFT_HALF_MADE;
  for (guint i = 1; i <= weft_history_n_steps (history); i++)
    {
      const char *rule = weft_history_get_step (history, i)->rule;
      guint       n = GPOINTER_TO_UINT (g_hash_table_lookup (level->counts, rule));
      g_hash_table_insert (level->counts, (gpointer) rule, GUINT_TO_POINTER (n + 1));
    }
  return level;
}

/* For internal use. */
void
weft_optimise_level_free (WeftOptimiseLevel *level)
{
  weft_cursor_free (level->cursor);
  weft_cursor_free (level->drawn);
  g_hash_table_unref (level->proofs);
  g_hash_table_unref (level->counts);
  weft_graph_art_free (level->drawn_art);
  weft_history_unref (level->drawn_history);
  weft_graph_art_free (level->art);
  weft_history_unref (level->history);
  g_free (level);
}
