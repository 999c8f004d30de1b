/* The journal of a run: what each step matched and made.
 *
 * An application that is made again only because an operand was replaced keeps its number here: who
 * replays the steps puts root_after in the place of root_before in everything that reads it, and
 * sees every form in between.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

/* An empty journal; free with weft_rewrite_free. */
WeftRewrite *
weft_rewrite_new (void)
{
  WeftRewrite *journal = g_new0 (WeftRewrite, 1);

  journal->steps = g_array_new (FALSE, FALSE, sizeof (WeftRewriteStep));
  journal->ids = g_array_new (FALSE, FALSE, sizeof (guint));
  journal->replaced = g_array_new (FALSE, FALSE, sizeof (WeftReplaced));
  journal->same_as = g_array_new (FALSE, FALSE, sizeof (guint));
  journal->inner = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_rewrite_free);
  return journal;
}

/* Frees @journal; NULL is fine. */
void
weft_rewrite_free (WeftRewrite *journal)
{
  if (journal == NULL)
    return;
  g_array_unref (journal->steps);
  g_array_unref (journal->ids);
  g_array_unref (journal->replaced);
  g_array_unref (journal->same_as);
  g_ptr_array_unref (journal->inner);
  g_clear_pointer (&journal->body, weft_body_unref);
  g_free (journal->oscillation);
  g_free (journal);
}

/* ---- Writing ---- */

/* Adds a copy of @step, numbered; its replaced values are told afterwards, by
 * weft_rewrite_add_replaced. */
void
weft_rewrite_add_step (WeftRewrite *journal, const WeftRewriteStep *step)
{
  WeftRewriteStep copy = *step;

  copy.step = journal->steps->len + 1;
  copy.n_replaced = 0;
  g_array_append_vals (journal->ids, step->matched, step->n_matched);
  g_array_append_vals (journal->ids, step->added, step->n_added);
  g_array_append_vals (journal->ids, step->bound, step->n_bound);
  g_array_append_val (journal->steps, copy);
}

/* From the last step on (from the beginning where there is none) every reader of @before reads
 * @after. */
void
weft_rewrite_add_replaced (WeftRewrite *journal, guint before, guint after)
{
  WeftReplaced pair = { before, after };

  g_array_append_val (journal->replaced, pair);
  if (journal->steps->len == 0)
    journal->n_first++;
  else
    g_array_index (journal->steps, WeftRewriteStep, journal->steps->len - 1).n_replaced++;
}

/* A value that stands for another and gives way itself in the same list (a new constant that was
 * there already) is passed over: each pair says what is read in the end. */
static void
follow (WeftReplaced *pairs, guint n, GHashTable *instead)
{
  g_hash_table_remove_all (instead);
  for (guint i = n; i-- > 0;)
    {
      gpointer by = g_hash_table_lookup (instead, GUINT_TO_POINTER (pairs[i].after + 1));

      if (by != NULL)
        pairs[i].after = GPOINTER_TO_UINT (by) - 1;
      g_hash_table_insert (instead, GUINT_TO_POINTER (pairs[i].before + 1),
                           GUINT_TO_POINTER (pairs[i].after + 1));
    }
}

/* Ends writing: the steps' lists can be read from now on. */
void
weft_rewrite_finish (WeftRewrite *journal)
{
  g_autoptr (GHashTable) instead = g_hash_table_new (NULL, NULL);
  guint        *ids = (guint *) journal->ids->data;
  WeftReplaced *replaced = (WeftReplaced *) journal->replaced->data;

  follow (replaced, journal->n_first, instead);
  replaced += journal->n_first;
  for (guint i = 0; i < journal->steps->len; i++)
    {
      WeftRewriteStep *step = &g_array_index (journal->steps, WeftRewriteStep, i);

      step->matched = ids;
      step->added = step->matched + step->n_matched;
      step->bound = step->added + step->n_added;
      ids += step->n_matched + step->n_added + step->n_bound;
      if (step->n_replaced > 1)
        follow (replaced, step->n_replaced, instead);
      if (step->n_replaced > 0)
        step->root_after = replaced[0].after;
      step->replaced = replaced;
      replaced += step->n_replaced;
    }
}

/* ---- Reading ---- */

/* The @n steps in order, borrowed. */
const WeftRewriteStep *
weft_rewrite_steps (WeftRewrite *journal, guint *n)
{
  *n = journal->steps->len;
  return (const WeftRewriteStep *) journal->steps->data;
}

/* How many applications (inputs and constants left out) the results needed before and after, and
 * how long it took; each may be NULL. */
void
weft_rewrite_get_counts (WeftRewrite *journal, guint *before, guint *after, double *us)
{
  if (before != NULL)
    *before = journal->ops_before;
  if (after != NULL)
    *after = journal->ops_after;
  if (us != NULL)
    *us = journal->us;
}

/* The two rules that undid each other until the driver stopped them, as a sentence, borrowed; NULL
 * where all is well. */
const char *
weft_rewrite_get_oscillation (WeftRewrite *journal)
{
  return journal->oscillation;
}

/* @n numbers as an array. */
WeftJson *
weft_numbers_to_json (guint n, const guint *numbers)
{
  WeftJson *array = weft_json_new_array ();

  for (guint i = 0; i < n; i++)
    weft_json_append (array, weft_json_new_int (numbers[i]));
  return array;
}

static WeftJson *
replaced_to_json (const WeftRewriteStep *step)
{
  WeftJson *array = weft_json_new_array ();

  for (guint i = 0; i < step->n_replaced; i++)
    {
      WeftJson *pair = weft_json_new_object ();

      weft_json_set_int (pair, "before", step->replaced[i].before);
      weft_json_set_int (pair, "after", step->replaced[i].after);
      weft_json_append (array, pair);
    }
  return array;
}

/* What the journal itself knows of @step, but for what is inside it. */
WeftJson *
weft_rewrite_step_to_json (const WeftRewriteStep *step)
{
  WeftJson *item = weft_json_new_object ();

  weft_json_set_int (item, "step", step->step);
  weft_json_set_string (item, "phase", weft_phase_name (step->phase));
  weft_json_set_string (item, "rule", step->rule);
  weft_json_set (item, "matched", weft_numbers_to_json (step->n_matched, step->matched));
  weft_json_set (item, "added", weft_numbers_to_json (step->n_added, step->added));
  weft_json_set (item, "replaced", replaced_to_json (step));
  weft_json_set (item, "bound", weft_numbers_to_json (step->n_bound, step->bound));
  weft_json_set_int (item, "root_before", step->root_before);
  weft_json_set_int (item, "root_after", step->root_after);
  if (step->overwrites > 0)
    weft_json_set_int (item, "overwrites", step->overwrites);
  weft_json_set_number (item, "us", step->us);
  return item;
}

/* The journal as one object: "ops_before", "ops_after", "us", and "steps" with their ids; of what
 * was done inside a loop, "inner" is such an object. weft_history_to_json says more. The caller
 * frees it. As deep as bodies are nested. */
WeftJson *
weft_rewrite_to_json (WeftRewrite *journal)
{
  WeftJson *object = weft_json_new_object ();
  WeftJson *steps = weft_json_new_array ();

  weft_json_set_int (object, "ops_before", journal->ops_before);
  weft_json_set_int (object, "ops_after", journal->ops_after);
  weft_json_set_number (object, "us", journal->us);
  if (journal->oscillation != NULL)
    weft_json_set_string (object, "oscillation", journal->oscillation);
  for (guint i = 0; i < journal->steps->len; i++)
    {
      const WeftRewriteStep *step = &g_array_index (journal->steps, WeftRewriteStep, i);
      WeftJson              *item = weft_rewrite_step_to_json (step);

      if (step->inner != NULL)
        weft_json_set (item, "inner", weft_rewrite_to_json ((WeftRewrite *) step->inner));
      weft_json_append (steps, item);
    }
  weft_json_set (object, "steps", steps);
  return object;
}
