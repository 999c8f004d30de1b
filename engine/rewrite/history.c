/* Histories: made of a run's journal, and what they say of applications, values and steps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/history-private.h"

#include <string.h>

/* ---- Life ---- */

/* For @graph as @journal tells it; the history owns neither yet. */
static WeftHistory *
history_new (WeftGraph         *graph,
             WeftRewrite       *journal,
             guint              n,
             WeftValue *const  *outputs,
             const char *const *names,
             const char *const *without)
{
  WeftHistory *history = g_new0 (WeftHistory, 1);

  g_atomic_ref_count_init (&history->ref_count);
  history->graph = graph;
  history->journal = journal;
  history->n_outputs = n;
  history->n_steps = journal->steps->len;
  history->n_applies = weft_graph_n_applies (graph);
  history->names = g_new0 (char *, n + 1);
  for (guint i = 0; i < n && names != NULL; i++)
    history->names[i] = g_strdup (names[i]);
  history->without = without != NULL ? g_strdupv ((char **) without) : g_new0 (char *, 1);
  history->descents = g_array_new (FALSE, FALSE, sizeof (WeftDescent));
  weft_history_build (history, outputs);
  weft_history_measure (history);
  return history;
}

/* Rewrites what the @n @outputs of @graph reach and remembers every form on the way. Takes @graph,
 * also on failure. @names: of the outputs, or NULL; each may be NULL. @without: rules that are off,
 * NULL-terminated, or NULL. The caller unrefs the history. NULL if @cancellable (or NULL) was
 * cancelled. Any thread. */
WeftHistory *
weft_history_new (WeftGraph         *graph,
                  guint              n,
                  WeftValue *const  *outputs,
                  const char *const *names,
                  const char *const *without,
                  GCancellable      *cancellable)
{
  WeftRewriteOptions options = { .without = without, .cancellable = cancellable };

  options.rules = weft_rules (&options.n_rules);
  return weft_history_new_run (graph, &options, n, outputs, names);
}

/* As weft_history_new, with rules and an observer of the caller's. */
WeftHistory *
weft_history_new_run (WeftGraph                *graph,
                      const WeftRewriteOptions *options,
                      guint                     n,
                      WeftValue *const         *outputs,
                      const char *const        *names)
{
  g_autofree WeftValue **results = g_new (WeftValue *, n + 1);
  WeftRewrite           *journal;

  weft_rewrite_run (graph, options, n, outputs, results, &journal);
  if (journal->cancelled)
    {
      weft_rewrite_free (journal);
      weft_graph_free (graph);
      return NULL;
    }
  return history_new (graph, journal, n, outputs, names, options->without);
}

/* Another reference to @history. Any thread. */
WeftHistory *
weft_history_ref (WeftHistory *history)
{
  g_atomic_ref_count_inc (&history->ref_count);
  return history;
}

/* Gives a reference back. Any thread. */
void
weft_history_unref (WeftHistory *history)
{
  if (!g_atomic_ref_count_dec (&history->ref_count))
    return;
  g_free (history->value_apply);
  g_free (history->slot);
  g_free (history->slots.initial);
  g_free (history->slots.first);
  g_free (history->slots.edits);
  weft_lists_clear (&history->toggles);
  weft_lists_clear (&history->biography);
  weft_lists_clear (&history->hidden);
  weft_lists_clear (&history->from);
  weft_lists_clear (&history->to);
  g_array_unref (history->descents);
  g_free (history->costs);
  g_free (history->own);
  g_strfreev (history->without);
  for (guint i = 0; i < history->n_outputs; i++)
    g_free (history->names[i]);
  g_free (history->names);
  if (history->parent != NULL)
    weft_history_unref (history->parent);
  else
    {
      weft_rewrite_free (history->journal);
      weft_graph_free (history->graph);
    }
  g_free (history);
}

/* What @step did inside a loop or a choice: the history of that body, from what it was to what the
 * step made of it; NULL if the step did nothing inside. The caller unrefs it. Any thread. */
WeftHistory *
weft_history_inner (WeftHistory *history, guint step)
{
  const WeftRewriteStep *entry = weft_history_get_step (history, step);
  WeftRewrite           *journal;
  WeftHistory           *inner;

  if (entry == NULL || entry->inner == NULL)
    return NULL;
  journal = (WeftRewrite *) entry->inner;
  inner = history_new (journal->body->graph, journal, journal->body->n_outputs,
                       journal->body->outputs, NULL, (const char *const *) history->without);
  inner->parent = weft_history_ref (history);
  return inner;
}

/* ---- Steps ---- */

/* The run's journal, borrowed. */
WeftRewrite *
weft_history_get_journal (WeftHistory *history)
{
  return history->journal;
}

/* How many steps there are. */
guint
weft_history_n_steps (WeftHistory *history)
{
  return history->n_steps;
}

/* Step number @step, from 1; borrowed; NULL beyond the last and for 0. */
const WeftRewriteStep *
weft_history_get_step (WeftHistory *history, guint step)
{
  if (step == 0 || step > history->n_steps)
    return NULL;
  return &g_array_index (history->journal->steps, WeftRewriteStep, step - 1);
}

/* The first step of @phase and one past its last; equal where it has none. */
void
weft_history_phase (WeftHistory *history, WeftPhase phase, guint *first, guint *end)
{
  guint step = 1;

  while (step <= history->n_steps && weft_history_get_step (history, step)->phase < phase)
    step++;
  *first = step;
  while (step <= history->n_steps && weft_history_get_step (history, step)->phase == phase)
    step++;
  *end = step;
}

/* The rules that were off, NULL-terminated, borrowed. */
const char *const *
weft_history_without (WeftHistory *history)
{
  return (const char *const *) history->without;
}

/* ---- Applications and values ---- */

/* Application number @apply; borrowed; NULL if there is none. */
const WeftApply *
weft_history_apply (WeftHistory *history, guint apply)
{
  return apply < history->n_applies ? weft_graph_get_apply (history->graph, apply) : NULL;
}

/* Value number @value; borrowed; NULL if there is none. */
const WeftValue *
weft_history_value (WeftHistory *history, guint value)
{
  const WeftApply *apply;

  if (value >= history->n_values)
    return NULL;
  apply = weft_graph_get_apply (history->graph, history->value_apply[value]);
  /* Of one that was made again: it has the number of the first. */
  if (value < apply->outputs[0].id || value >= apply->outputs[0].id + apply->n_outputs)
    return NULL;
  return &apply->outputs[value - apply->outputs[0].id];
}

/* The number of the application that makes @value; G_MAXUINT if there is no such value. */
guint
weft_history_value_apply (WeftHistory *history, guint value)
{
  return value < history->n_values ? history->value_apply[value] : G_MAXUINT;
}

/* Numbers of applications are below this. */
guint
weft_history_n_applies (WeftHistory *history)
{
  return history->n_applies;
}

guint
weft_history_apply_number (const WeftHistory *history, const WeftApply *apply)
{
  return g_array_index (history->journal->same_as, guint, apply->id);
}

guint
weft_history_value_number (const WeftHistory *history, const WeftValue *value)
{
  guint first = weft_history_apply_number (history, value->apply);

  return weft_graph_get_apply (history->graph, first)->outputs[value->index].id;
}

/* What @slot reads after @step. */
guint
weft_history_slot_at (const WeftHistory *history, guint slot, guint step)
{
  guint low = history->slots.first[slot], high = history->slots.first[slot + 1];

  /* The first edit after @step. */
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (history->slots.edits[middle].step <= step)
        low = middle + 1;
      else
        high = middle;
    }
  return low == history->slots.first[slot] ? history->slots.initial[slot]
                                           : history->slots.edits[low - 1].value;
}

/* Whether @apply is part of the graph after @step. */
gboolean
weft_history_alive (const WeftHistory *history, guint apply, guint step)
{
  guint        n, before = 0;
  const guint *toggles = weft_lists_get (&history->toggles, apply, &n);

  while (before < n && toggles[before] <= step)
    before++;
  return before % 2 == 1;
}

/* From the step after which @apply is there (0: from the beginning) to the step that takes it away
 * (n_steps + 1: none does). FALSE if it never is part of the graph. */
gboolean
weft_history_lifetime (WeftHistory *history, guint apply, guint *first, guint *end)
{
  guint        n;
  const guint *toggles;

  if (apply >= history->n_applies)
    return FALSE;
  toggles = weft_lists_get (&history->toggles, apply, &n);
  if (n == 0)
    return FALSE;
  *first = toggles[0];
  *end = n % 2 == 1 ? history->n_steps + 1 : toggles[n - 1];
  return TRUE;
}

/* The steps that matched, made or replaced @apply, in order; guint. The caller owns the array. */
GArray *
weft_history_biography (WeftHistory *history, guint apply)
{
  GArray *steps = g_array_new (FALSE, FALSE, sizeof (guint));
  guint   n;

  if (apply < history->n_applies)
    {
      const guint *list = weft_lists_get (&history->biography, apply, &n);

      g_array_append_vals (steps, list, n);
    }
  return steps;
}

/* ---- Provenance ---- */

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

/* Those of the numbers less 1 that are keys of @found which are there after @step, sorted. */
static void
collect_alive (WeftHistory *history, GHashTable *found, guint step, GArray *numbers)
{
  GHashTableIter iter;
  gpointer       key;

  g_hash_table_iter_init (&iter, found);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      guint number = GPOINTER_TO_UINT (key) - 1;

      if (weft_history_alive (history, number, step))
        g_array_append_val (numbers, number);
    }
  g_array_sort (numbers, compare_numbers);
}

/* Which applications of the graph as drawn (step 0) @apply comes from, through all steps; sorted
 * guint. What a value was replaced by comes from what made the value. The caller owns the array. */
GArray *
weft_history_sources (WeftHistory *history, guint apply)
{
  GArray *sources = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GHashTable) until = g_hash_table_new (NULL, NULL); /* number + 1 -> step + 1 */

  if (apply >= history->n_applies)
    return sources;
  g_array_append_val (stack, apply);
  g_hash_table_insert (until, GUINT_TO_POINTER (apply + 1), GUINT_TO_POINTER (G_MAXUINT));
  while (stack->len > 0)
    {
      guint        n, at = g_array_index (stack, guint, stack->len - 1);
      const guint *list = weft_lists_get (&history->to, at, &n);
      gpointer     own = GUINT_TO_POINTER (at + 1);
      guint        limit = GPOINTER_TO_UINT (g_hash_table_lookup (until, own));

      g_array_set_size (stack, stack->len - 1);
      for (guint i = 0; i < n; i++)
        {
          const WeftDescent *descent = &g_array_index (history->descents, WeftDescent, list[i]);
          gpointer           key = GUINT_TO_POINTER (descent->from + 1);

          /* Only what @at was by then went on from it. */
          if (descent->step + 1 > limit ||
              GPOINTER_TO_UINT (g_hash_table_lookup (until, key)) >= descent->step + 1)
            continue;
          g_hash_table_insert (until, key, GUINT_TO_POINTER (descent->step + 1));
          g_array_append_val (stack, descent->from);
        }
    }
  collect_alive (history, until, 0, sources);
  return sources;
}

/* What is there after @step and comes from @apply of the graph as drawn (step 0); sorted guint. The
 * caller owns the array. */
GArray *
weft_history_results (WeftHistory *history, guint apply, guint step)
{
  GArray *results = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GHashTable) since = g_hash_table_new (NULL, NULL); /* number + 1 -> step + 1 */

  if (apply >= history->n_applies || !weft_history_alive (history, apply, 0))
    return results;
  g_array_append_val (stack, apply);
  g_hash_table_insert (since, GUINT_TO_POINTER (apply + 1), GUINT_TO_POINTER (1));
  while (stack->len > 0)
    {
      guint        n, at = g_array_index (stack, guint, stack->len - 1);
      const guint *list = weft_lists_get (&history->from, at, &n);
      gpointer     own = GUINT_TO_POINTER (at + 1);
      guint        start = GPOINTER_TO_UINT (g_hash_table_lookup (since, own));

      g_array_set_size (stack, stack->len - 1);
      for (guint i = 0; i < n; i++)
        {
          const WeftDescent *descent = &g_array_index (history->descents, WeftDescent, list[i]);
          gpointer           key = GUINT_TO_POINTER (descent->to + 1);
          guint              known = GPOINTER_TO_UINT (g_hash_table_lookup (since, key));

          if (descent->step > step || descent->step + 1 < start ||
              (known != 0 && known <= descent->step + 1))
            continue;
          g_hash_table_insert (since, key, GUINT_TO_POINTER (descent->step + 1));
          g_array_append_val (stack, descent->to);
        }
    }
  collect_alive (history, since, step, results);
  return results;
}
