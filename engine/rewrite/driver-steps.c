/* The books of a run: what stands for what, who reads what, and the journal's steps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/driver-private.h"

/* ---- Tables by id ---- */

void
weft_run_grow (WeftRun *run)
{
  guint n = weft_graph_n_applies (run->graph);
  guint first = run->notes->len;
  guint n_values;

  if (first == n)
    return;
  g_array_set_size (run->notes, n);
  g_array_set_size (run->uses, n);
  g_array_set_size (run->fused, n);
  for (guint id = first; id < n; id++)
    g_array_index (run->notes, WeftRunNote, id).same_as = id;
  n_values = weft_graph_get_apply (run->graph, n - 1)->outputs[0].id +
             weft_graph_get_apply (run->graph, n - 1)->n_outputs;
  g_array_set_size (run->value_uses, n_values);
  g_ptr_array_set_size (run->map, n_values);
}

/* ---- Who reads what ---- */

/* @n readers more, or fewer, for @value alone. Its operands are counted by settle_uses. */
static void
add_uses (WeftRun *run, WeftValue *value, int n)
{
  guint   *uses = weft_run_uses (run, value->apply);
  gboolean was_needed = *uses > 0;

  *weft_run_value_uses (run, value) += n;
  *uses += n;
  if ((*uses > 0) != was_needed)
    g_ptr_array_add (run->pending, value->apply);
}

/* What has become needed reads its operands, what nobody needs any more reads nothing: @sign 1 or
 * -1. */
static void
settle_uses (WeftRun *run, int sign)
{
  while (run->pending->len > 0)
    {
      WeftApply *apply = g_ptr_array_steal_index_fast (run->pending, run->pending->len - 1);

      for (guint i = 0; i < apply->n_inputs; i++)
        add_uses (run, weft_run_resolve (run, apply->inputs[i]), sign);
    }
}

void
weft_run_use (WeftRun *run, WeftValue *value, guint n)
{
  add_uses (run, value, (int) n);
  settle_uses (run, 1);
}

static void
unuse (WeftRun *run, WeftValue *value, guint n)
{
  add_uses (run, value, -(int) n);
  settle_uses (run, -1);
}

/* Every reader of @value reads @by from now on. */
static void
replace (WeftRun *run, WeftValue *value, WeftValue *by)
{
  guint n = *weft_run_value_uses (run, value);

  by = weft_run_resolve (run, by);
  g_assert (by != value);
  g_array_index (run->fused, guint8, by->apply->id) |=
    g_array_index (run->fused, guint8, value->apply->id);
  weft_run_use (run, by, n);
  unuse (run, value, n);
  g_array_index (run->fused, guint8, by->apply->id) |=
    g_array_index (run->fused, guint8, value->apply->id);
  g_ptr_array_index (run->map, value->id) = by;
}

/* ---- Steps ---- */

void
weft_run_observe (WeftRun *run)
{
  if (run->options->observe != NULL)
    run->options->observe (run, run->journal->steps->len, run->options->data);
}

static void
add_numbers (WeftRun *run, const WeftMatch *match, guint n_bound, guint first_added)
{
  guint n = weft_graph_n_applies (run->graph);

  g_array_set_size (run->numbers, 0);
  for (guint i = 0; i < match->n_covered; i++)
    {
      guint id = weft_run_number (run, match->covered[i]);

      g_array_append_val (run->numbers, id);
    }
  for (guint id = first_added; id < n; id++)
    g_array_append_val (run->numbers, id);
  for (guint i = 0; i < n_bound; i++)
    {
      guint id = weft_run_value_number (run, match->values[i]);

      g_array_append_val (run->numbers, id);
    }
}

/* Begins a step: what @match covers gives way to what was added from @first_added on. */
void
weft_run_record (WeftRun         *run,
                 const char      *rule,
                 const WeftMatch *match,
                 guint            n_bound,
                 guint            first_added,
                 const WeftValue *result,
                 guint            overwrites)
{
  WeftRewriteStep step = { .phase = run->phase, .rule = rule };

  weft_run_grow (run);
  weft_run_observe (run);
  add_numbers (run, match, n_bound, first_added);
  step.n_matched = match->n_covered;
  step.n_added = weft_graph_n_applies (run->graph) - first_added;
  step.n_bound = n_bound;
  step.matched = (guint *) run->numbers->data;
  step.added = step.matched + step.n_matched;
  step.bound = step.added + step.n_added;
  step.root_before = weft_run_value_number (run, match->root);
  step.root_after = weft_run_value_number (run, weft_run_resolve (run, (WeftValue *) result));
  step.overwrites = overwrites;
  step.inner = run->pass.inner;
  if (run->pass.inner != NULL)
    {
      if (run->journal->oscillation == NULL)
        run->journal->oscillation = g_strdup (run->pass.inner->oscillation);
      g_ptr_array_add (run->journal->inner, g_steal_pointer (&run->pass.inner));
    }
  step.us = (double) (g_get_monotonic_time () - run->start);
  run->start = g_get_monotonic_time ();
  weft_rewrite_add_step (run->journal, &step);
  g_array_append_val (run->roots, step.matched[0]);
}

/* Puts @by in the place of @value, as part of the last step. */
void
weft_run_record_replaced (WeftRun *run, WeftValue *value, WeftValue *by)
{
  by = weft_run_resolve (run, by);
  if (by == value)
    return;
  weft_rewrite_add_replaced (run->journal, weft_run_value_number (run, value),
                             weft_run_value_number (run, by));
  replace (run, value, by);
}

/* What was added from @first on is walked next. */
void
weft_run_push (WeftRun *run, guint first, guint generation)
{
  WeftRunFrame frame = { first, weft_graph_n_applies (run->graph), FALSE };
  guint        step = run->journal->steps->len;

  for (guint id = first; id < frame.end; id++)
    {
      g_array_index (run->notes, WeftRunNote, id).generation = generation;
      g_array_index (run->notes, WeftRunNote, id).made_by = step;
    }
  g_array_append_val (run->stack, frame);
}

/* ---- For observers ---- */

guint
weft_observed_n_outputs (WeftObserved *observed)
{
  return observed->n_results;
}

const WeftValue *
weft_observed_output (WeftObserved *observed, guint index)
{
  return weft_run_resolve (observed, observed->results[index]);
}

const WeftValue *
weft_observed_now (WeftObserved *observed, const WeftValue *value)
{
  return weft_run_resolve (observed, (WeftValue *) value);
}

guint
weft_observed_apply_number (WeftObserved *observed, const WeftApply *apply)
{
  return weft_run_number (observed, apply);
}

guint
weft_observed_value_number (WeftObserved *observed, const WeftValue *value)
{
  return weft_run_value_number (observed, value);
}
