/* The driver: each phase is one walk over what the results need, inputs first.
 *
 * An application whose operands were replaced is made again; then it is merged with an equal one,
 * folded, or handed to the rules of its op. What a rule adds is walked in the same way at once.
 * Operands are thus final before their users are looked at and patterns look only at operands, so
 * one walk reaches the end; its cost follows the graph and the rewrites.
 *
 * Every walk ends: what is made on top of each other at one value, what is made for one application
 * of the graph as the phase found it, and what is made at all, are bounded. Rules that come to such
 * a bound are named and stay off.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/driver-private.h"
#include "engine/rewrite/in-place.h"

#include <string.h>

/* Of stabilise. */
#define MAX_ROUNDS 3
/* Steps for one application of the phase's graph; what passes over loops add comes on top. */
#define STEPS_AN_APPLICATION 256
/* Steps for each application of the graph, in all phases together, and for a graph of none. */
#define STEPS_AN_OP 64
#define STEPS_AT_LEAST 4096
/* Passes over loops for each loop or choice of the phase's graph. */
#define PASSES_A_BODY 32

/* ---- Rules ---- */

static gboolean
guards_hold (const WeftRule *rule, const WeftMatch *match)
{
  for (guint i = 0; i < rule->n_guards; i++)
    if (!rule->guards[i].func (match, rule->guards[i].slot))
      return FALSE;
  return TRUE;
}

/* Replaces @match and starts the walk over what was added. FALSE where the rule cannot be applied
 * after all. */
static gboolean
fire (WeftRun *run, const WeftRule *rule, const WeftMatch *match)
{
  guint      first = weft_graph_n_applies (run->graph);
  guint      generation = weft_run_note (run, match->root->apply)->generation + 1;
  WeftValue *result;

  if (!weft_run_may_rewrite (run, match->root->apply, rule->info.name))
    return FALSE;
  for (guint i = 0; i < match->n_covered; i++)
    weft_graph_push_origins (run->graph, match->covered[i]->origins);
  result = weft_rule_replace (run->graph, rule, match);
  if (result != NULL)
    result = weft_conform (run->graph, result, &match->root->type);
  for (guint i = 0; i < match->n_covered; i++)
    weft_graph_pop_origin (run->graph);
  if (result == NULL || result == match->root)
    return FALSE;
  weft_run_record (run, rule->info.name, match, rule->pattern.n_values, first, result, 0);
  if (result->apply->id >= first && result->name == NULL)
    result->name = match->root->name;
  weft_run_record_replaced (run, match->root, result);
  weft_run_push (run, first, generation);
  run->steps_left--;
  run->all_left--;
  return TRUE;
}

/* A first look at an operand. */
static gboolean
may_be (guint wanted, const WeftValue *value)
{
  const WeftApply *apply = value->apply;

  if (wanted == WEFT_RUN_ANYTHING)
    return TRUE;
  if (wanted == WEFT_RUN_A_NUMBER)
    return apply->literal != NULL || apply->op->traits & WEFT_TRAIT_VIEW ||
           apply->op->id == WEFT_OP_BROADCAST_TO;
  return apply->op->id == wanted;
}

static gboolean
may_match (const WeftRunCandidate *candidate, const WeftApply *apply)
{
  const guint *wanted = candidate->wanted;

  if (apply->n_inputs < candidate->n_wanted)
    return FALSE;
  switch (candidate->n_wanted)
    {
    case 0:
      return TRUE;
    case 1:
      return may_be (wanted[0], apply->inputs[0]);
    default:
      return (may_be (wanted[0], apply->inputs[0]) && may_be (wanted[1], apply->inputs[1])) ||
             (candidate->swaps && may_be (wanted[0], apply->inputs[1]) &&
              may_be (wanted[1], apply->inputs[0]));
    }
}

static gboolean
try_rule (WeftRun *run, WeftApply *apply, const WeftRule *rule)
{
  guint     order = 0;
  WeftMatch match;

  while (order < 1u << rule->pattern.n_swaps)
    {
      if (weft_pattern_match (&rule->pattern, &apply->outputs[0], order, &match))
        {
          match.uses = (const guint *) run->uses->data;
          match.fused = (const guint8 *) run->fused->data;
          match.without = run->options->without;
          if (guards_hold (rule, &match) && fire (run, rule, &match))
            return TRUE;
          order++;
        }
      else
        /* What was not looked at makes no difference. */
        order = (order | ((1u << match.n_unasked) - 1)) + 1;
    }
  return FALSE;
}

static gboolean
try_rules (WeftRun *run, WeftApply *apply)
{
  const GArray *candidates = weft_rule_index_get (run->index, run->phase, apply->op->id);

  for (guint i = 0; candidates != NULL && i < candidates->len; i++)
    {
      const WeftRunCandidate *candidate = &g_array_index (candidates, WeftRunCandidate, i);

      if (run->on[candidate->rule - run->options->rules] && may_match (candidate, apply) &&
          try_rule (run, apply, candidate->rule))
        return TRUE;
    }
  return FALSE;
}

/* ---- What is built in ---- */

/* @now is as much needed as @old. */
static void
carry_need (WeftRun *run, const WeftValue *old, const WeftValue *now)
{
  GArray *needed = run->needed;
  guint   first = needed->len;

  if (old->id >= needed->len)
    return;
  if (now->id >= first)
    g_array_set_size (needed, now->id + 1);
  for (guint id = first; id < needed->len; id++)
    g_array_index (needed, guint8, id) = 1;
  g_array_index (needed, guint8, now->id) = g_array_index (needed, guint8, old->id);
}

/* @apply with the operands that are used now. */
static WeftApply *
renew (WeftRun *run, WeftApply *apply)
{
  WeftValue             *few[WEFT_PATTERN_MAX_SLOTS];
  g_autofree WeftValue **many = NULL;
  WeftValue            **inputs = few;
  gboolean               changed = FALSE;
  WeftApply             *now;

  for (guint i = 0; i < apply->n_inputs && !changed; i++)
    changed = weft_run_resolve (run, apply->inputs[i]) != apply->inputs[i];
  if (!changed)
    return apply;
  if (apply->n_inputs > G_N_ELEMENTS (few))
    inputs = many = g_new (WeftValue *, apply->n_inputs);
  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = weft_run_resolve (run, apply->inputs[i]);
  now = weft_graph_again (run->graph, apply, inputs);
  weft_run_grow (run);
  *weft_run_note (run, now) = *weft_run_note (run, apply);
  *weft_run_uses (run, now) = *weft_run_uses (run, apply);
  g_array_index (run->fused, guint8, now->id) = g_array_index (run->fused, guint8, apply->id);
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      *weft_run_value_uses (run, &now->outputs[i]) = *weft_run_value_uses (run, &apply->outputs[i]);
      g_ptr_array_index (run->map, apply->outputs[i].id) = &now->outputs[i];
      if (apply->op->traits & WEFT_TRAIT_BODY)
        carry_need (run, &apply->outputs[i], &now->outputs[i]);
    }
  return now;
}

/* Whether an equal application was there before: its values are used instead. */
static gboolean
merge (WeftRun *run, WeftApply *apply)
{
  WeftMatch  match = { .n_covered = 2 };
  guint      root = weft_run_read_output (run, apply);
  WeftApply *other;

  if (!run->merge || !weft_apply_mergeable (apply))
    return FALSE;
  other = g_hash_table_lookup (run->merged, apply);
  if (other == NULL || (other != apply && weft_run_is_replaced (run, other)))
    {
      g_hash_table_add (run->merged, apply);
      return FALSE;
    }
  if (other == apply)
    return FALSE;
  other->origins = weft_graph_union_origins (run->graph, other->origins, apply->origins);
  match.covered[0] = apply;
  match.covered[1] = other;
  match.root = &apply->outputs[root];
  /* Equal leaves are no news to anybody: they belong to the step before. */
  if (apply->n_inputs > 0)
    weft_run_record (run, "merge", &match, 0, weft_graph_n_applies (run->graph),
                     &other->outputs[root], 0);
  weft_run_record_replaced (run, match.root, &other->outputs[root]);
  for (guint i = 0; i < apply->n_outputs; i++)
    if (i != root)
      weft_run_record_replaced (run, &apply->outputs[i], &other->outputs[i]);
  return TRUE;
}

typedef WeftValue *(*Pass) (WeftGraph *graph, const WeftApply *apply);

/* Replaces @apply by what @pass makes of it, if anything. */
static gboolean
try_pass (WeftRun *run, WeftApply *apply, const char *name, Pass pass)
{
  guint      first = weft_graph_n_applies (run->graph);
  WeftMatch  match = { .root = &apply->outputs[0], .n_covered = 1, .covered = { apply } };
  WeftValue *value;

  weft_graph_push_origins (run->graph, apply->origins);
  value = pass (run->graph, apply);
  weft_graph_pop_origin (run->graph);
  if (value == NULL)
    return FALSE;
  weft_run_record (run, name, &match, 0, first, value, 0);
  if (value->name == NULL)
    value->name = match.root->name;
  weft_run_record_replaced (run, match.root, value);
  weft_run_push (run, first, weft_run_note (run, apply)->generation);
  return TRUE;
}

/* ---- The walk ---- */

/* What is known; functions of constants wait until the third phase is over: exp (1000) would be an
 * infinity before log (1 + exp (1000)) is seen to be none. */
static gboolean
may_fold (const WeftRun *run, const WeftApply *apply)
{
  for (guint i = 0; i < apply->n_inputs; i++)
    if (apply->inputs[i]->apply->literal == NULL)
      return FALSE;
  return run->phase > WEFT_PHASE_STABILISE || apply->op->c == NULL ||
         strstr (apply->op->c, "W (") == NULL;
}

static void
visit (WeftRun *run, WeftApply *apply)
{
  run->start = g_get_monotonic_time ();
  if (*weft_run_uses (run, apply) == 0)
    return;
  if (apply->id < run->n_pinned && run->pinned[apply->id])
    {
      if (weft_apply_mergeable (apply) && !g_hash_table_contains (run->merged, apply))
        g_hash_table_add (run->merged, apply);
      return;
    }
  apply = renew (run, apply);
  if (merge (run, apply) || weft_run_try_bodies (run, apply) || apply->n_inputs == 0)
    return;
  if (run->fold && may_fold (run, apply) && try_pass (run, apply, "fold", weft_fold))
    return;
  if (!try_rules (run, apply) && run->late && run->phase != WEFT_PHASE_MERGE)
    try_pass (run, apply, "broadcast-late", weft_broadcast_late);
}

static void
walk (WeftRun *run)
{
  WeftRunFrame outermost = { 0, run->order->len, TRUE };

  g_array_append_val (run->stack, outermost);
  while (run->stack->len > 0 && !run->journal->cancelled)
    {
      WeftRunFrame *frame = &g_array_index (run->stack, WeftRunFrame, run->stack->len - 1);
      guint         next = frame->next++;

      if (next >= frame->end)
        g_array_set_size (run->stack, run->stack->len - 1);
      else if (!frame->outermost)
        visit (run, weft_graph_get_apply (run->graph, next));
      else
        {
          run->steps_left = STEPS_AN_APPLICATION;
          run->journal->cancelled = g_cancellable_is_cancelled (run->options->cancellable);
          visit (run, g_ptr_array_index (run->order, next));
        }
    }
  g_array_set_size (run->stack, 0);
}

static guint
count_ops (WeftGraph *graph, guint n, WeftValue *const *values)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, values);
  guint count = 0;

  for (guint i = 0; i < order->len; i++)
    count += ((WeftApply *) g_ptr_array_index (order, i))->n_inputs > 0;
  return count;
}

/* Begins a phase: nothing is replaced, and everybody's readers are counted. */
static void
begin_phase (WeftRun *run)
{
  guint n_bodies = 0;

  g_hash_table_remove_all (run->merged);
  weft_run_grow (run);
  if (run->map->len > 0)
    memset (run->map->pdata, 0, run->map->len * sizeof (gpointer));
  if (run->notes->len > 0)
    {
      memset (run->uses->data, 0, run->uses->len * sizeof (guint));
      memset (run->value_uses->data, 0, run->value_uses->len * sizeof (guint));
      memset (run->fused->data, 0, run->fused->len);
    }
  run->order = weft_graph_order (run->graph, run->n_results, run->results);
  for (guint i = 0; i < run->n_results; i++)
    weft_run_use (run, run->results[i], 1);
  for (guint i = 0; i < run->order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (run->order, i);

      n_bodies += (apply->op->traits & WEFT_TRAIT_BODY) != 0;
      weft_run_note (run, apply)->generation = 0;
      weft_run_note (run, apply)->made_by = 0;
      if (apply->id < run->n_pinned && run->pinned[apply->id])
        weft_run_use (run, &apply->outputs[0], 1);
      for (guint k = 0; k < apply->n_inputs && apply->op->traits & WEFT_TRAIT_ELEMENTWISE; k++)
        g_array_index (run->fused, guint8, apply->inputs[k]->apply->id) = 1;
    }
  g_hash_table_remove_all (run->pass.done);
  run->pass.phase = run->phase;
  run->passes_left = PASSES_A_BODY * n_bodies;
  /* Only passes over loops ask. */
  run->needed = n_bodies > 0 ? weft_loops_needed (run->graph, run->n_results, run->results)
                             : g_array_new (FALSE, TRUE, sizeof (guint8));
  run->pass.needed = run->needed;
}

static gboolean
is_on (const WeftRun *run, const char *name)
{
  for (guint i = 0; i < run->options->n_rules; i++)
    if (g_str_equal (run->options->rules[i].info.name, name))
      return run->on[i];
  return FALSE;
}

/* Each mark is a step that replaces nothing. */
static void
mark_in_place (WeftRun *run)
{
  g_autoptr (GArray) marks = weft_in_place_marks (run->graph, run->n_results, run->results);
  const char *rule = NULL;
  gboolean    on = FALSE;

  for (guint i = 0; i < marks->len; i++)
    {
      const WeftInPlaceMark *mark = &g_array_index (marks, WeftInPlaceMark, i);
      WeftMatch              match = { .root = &mark->apply->outputs[0],
                                       .n_covered = 1,
                                       .covered = { mark->apply } };

      if (mark->rule != rule)
        {
          rule = mark->rule;
          on = is_on (run, rule);
        }
      if (!on)
        continue;
      run->start = g_get_monotonic_time ();
      weft_in_place_set (mark);
      weft_run_record (run, mark->rule, &match, 0, weft_graph_n_applies (run->graph), match.root,
                       mark->overwrites);
    }
}

/* ---- Phases ---- */

static void
run_phase (WeftRun *run)
{
  begin_phase (run);
  if ((run->phase == WEFT_PHASE_SPECIALISE || run->phase == WEFT_PHASE_BLAS) &&
      is_on (run, "loop-merge"))
    weft_run_merge_loops (run);
  if (run->phase == WEFT_PHASE_MERGE && is_on (run, "loop-save"))
    weft_run_save_rows (run);
  if (run->phase == WEFT_PHASE_IN_PLACE)
    mark_in_place (run);
  else
    walk (run);
  g_clear_pointer (&run->order, g_ptr_array_unref);
  g_clear_pointer (&run->needed, g_array_unref);
  for (guint i = 0; i < run->n_results; i++)
    run->results[i] = weft_run_resolve (run, run->results[i]);
}

/* The phase; stabilise once more as long as it makes steps: what is worth its price only where
 * nobody else reads a part (1 - sigmoid(x)) may have lost the other reader to a step after it was
 * looked at. */
static void
run_rounds (WeftRun *run)
{
  for (guint round = 0, before; round < MAX_ROUNDS; round++)
    {
      before = run->journal->steps->len;
      run_phase (run);
      if (run->phase != WEFT_PHASE_STABILISE || run->journal->steps->len == before ||
          run->journal->cancelled)
        break;
    }
}

/* What gives dimensions stays as it is, with all that it is made of: the graph knows these values
 * by name. */
static void
pin_counted (WeftRun *run)
{
  g_autoptr (GArray) counted = NULL;
  g_autoptr (GPtrArray) order = NULL;
  g_autofree WeftValue **values = NULL;

  if (!weft_graph_has_counted (run->graph))
    return;
  counted = weft_graph_counted_dims (run->graph, run->n_results, run->results);
  values = g_new (WeftValue *, counted->len + 1);
  for (guint i = 0; i < counted->len; i++)
    values[i] = g_array_index (counted, WeftCounted, i).value;
  run->n_pinned = weft_graph_n_applies (run->graph);
  run->pinned = g_malloc0 (run->n_pinned + 1);
  order = weft_graph_order (run->graph, counted->len, values);
  for (guint i = 0; i < order->len; i++)
    run->pinned[((WeftApply *) g_ptr_array_index (order, i))->id] = 1;
}

static void
switch_rules (WeftRun *run)
{
  const WeftRewriteOptions *options = run->options;

  for (guint i = 0; i < options->n_rules; i++)
    {
      const char *name = options->rules[i].info.name;
      gboolean    on = options->without == NULL || !g_strv_contains (options->without, name);

      run->on[i] = on;
      if (options->rules[i].pattern.n_nodes > 0)
        continue;
      run->merge |= on && g_str_equal (name, "merge");
      run->fold |= on && g_str_equal (name, "fold");
      run->late |= on && g_str_equal (name, "broadcast-late");
      for (guint k = 0; k < weft_n_body_rules; k++)
        run->bodies[k] |= on && g_str_equal (name, weft_body_rules[k].name);
    }
}

static void
run_init (WeftRun *run)
{
  run->on = g_new0 (gboolean, run->options->n_rules + 1);
  run->index = weft_rule_index_for (run->options->rules, run->options->n_rules, &run->own_index);
  run->pass.options = run->options;
  run->pass.done = g_hash_table_new (NULL, NULL);
  run->journal = weft_rewrite_new ();
  run->map = g_ptr_array_new ();
  run->notes = g_array_new (FALSE, TRUE, sizeof (WeftRunNote));
  run->uses = g_array_new (FALSE, TRUE, sizeof (guint));
  run->value_uses = g_array_new (FALSE, TRUE, sizeof (guint));
  run->fused = g_array_new (FALSE, TRUE, sizeof (guint8));
  run->pending = g_ptr_array_new ();
  run->numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  run->roots = g_array_new (FALSE, FALSE, sizeof (guint));
  run->merged = g_hash_table_new (weft_apply_hash, weft_apply_same);
  run->stack = g_array_new (FALSE, FALSE, sizeof (WeftRunFrame));
  switch_rules (run);
}

static void
run_clear (WeftRun *run)
{
  weft_rule_index_free (run->own_index);
  g_free (run->on);
  g_free (run->pinned);
  g_array_unref (run->stack);
  g_hash_table_unref (run->pass.done);
  g_hash_table_unref (run->merged);
  g_array_unref (run->roots);
  g_array_unref (run->numbers);
  g_ptr_array_unref (run->pending);
  g_array_unref (run->fused);
  g_array_unref (run->value_uses);
  g_array_unref (run->uses);
  g_array_unref (run->notes);
  g_ptr_array_unref (run->map);
}

/* Rewrites what the @n @outputs of @graph reach, as @options say; else as weft_rewrite. Where it
 * was cancelled, the journal says so and @results are not to be used. */
void
weft_rewrite_run (WeftGraph                *graph,
                  const WeftRewriteOptions *options,
                  guint                     n,
                  WeftValue *const         *outputs,
                  WeftValue               **results,
                  WeftRewrite             **journal)
{
  WeftRun run = { .graph = graph, .options = options, .n_results = n, .results = results };
  gint64  start = g_get_monotonic_time ();

  for (guint i = 0; i < n; i++)
    results[i] = outputs[i];
  run_init (&run);
  pin_counted (&run);
  run.journal->ops_before = count_ops (graph, n, outputs);
  run.all_left = MAX (STEPS_AN_OP * run.journal->ops_before, STEPS_AT_LEAST);
  for (run.phase = options->first;
       run.phase < (options->end > 0 ? options->end : WEFT_N_PHASES) && !run.journal->cancelled;
       run.phase++)
    run_rounds (&run);
  weft_run_observe (&run);
  run.journal->ops_after = count_ops (graph, n, results);
  weft_run_grow (&run);
  for (guint id = 0; id < run.notes->len; id++)
    g_array_append_val (run.journal->same_as, g_array_index (run.notes, WeftRunNote, id).same_as);
  weft_rewrite_finish (run.journal);
  run.journal->us = (double) (g_get_monotonic_time () - start);
  run_clear (&run);
  if (journal != NULL)
    *journal = run.journal;
  else
    weft_rewrite_free (run.journal);
}

/* Rewrites with the rules @rules in place of all, for tests; else as weft_rewrite. */
void
weft_rewrite_with (WeftGraph         *graph,
                   const WeftRule    *rules,
                   guint              n_rules,
                   guint              n,
                   WeftValue *const  *outputs,
                   const char *const *without,
                   WeftValue        **results,
                   WeftRewrite      **journal)
{
  WeftRewriteOptions options = { .rules = rules, .n_rules = n_rules, .without = without };

  weft_rewrite_run (graph, &options, n, outputs, results, journal);
}

/* Rewrites what the @n @outputs of @graph reach, phase by phase, without the rules named in
 * @without (NULL-terminated, or NULL). @results gets the value to use in place of each output, of
 * the same type. What is not used any more stays in
 * @graph. @journal (or NULL) gets what was done; the caller frees it. */
void
weft_rewrite (WeftGraph         *graph,
              guint              n,
              WeftValue *const  *outputs,
              const char *const *without,
              WeftValue        **results,
              WeftRewrite      **journal)
{
  guint           n_rules;
  const WeftRule *rules = weft_rules (&n_rules);

  weft_rewrite_with (graph, rules, n_rules, n, outputs, without, results, journal);
}
