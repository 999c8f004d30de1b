/* The driver: each phase is one walk over what the results need, inputs first.
 *
 * An application whose operands were replaced is made again; then it is merged with an equal one,
 * folded, or handed to the rules of its op. What a rule adds is walked in the same way at once.
 * Operands are thus final before their users are looked at and patterns look only at operands, so
 * one walk reaches the end; its cost follows the graph and the rewrites.
 *
 * Every walk ends: what is made on top of each other at one value, what is made for one application
 * of the graph as the phase found it, and what is made at all, are bounded. Rules that come to such a
 * bound are named and stay off.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/in-place.h"
#include "engine/rewrite/loops.h"

#include <string.h>

/* Of stabilise. */
#define MAX_ROUNDS 3

/* Rewrites on top of each other at one value, after which rules must be undoing each other. */
#define MAX_GENERATION 64
/* Steps for one application of the phase's graph; what passes over loops add comes on top. */
#define STEPS_AN_APPLICATION 256
#define STEPS_AN_ADDED 4
/* Steps for each application of the graph, in all phases together, and for a graph of none. */
#define STEPS_AN_OP 64
#define STEPS_AT_LEAST 4096
/* Passes over loops for each loop or choice of the phase's graph. */
#define PASSES_A_BODY 32
/* In what is said of rules that undo each other. */
#define MAX_NAMED 6
#define SHOWN_OPS 8

/* Applications being walked. */
typedef struct
{
  guint    next, end; /* their ids, or places in run->order */
  gboolean outermost;
} Frame;

/* What is known of an application by its id. */
typedef struct
{
  guint same_as;    /* the one that it is made again from, or itself */
  guint generation; /* rewrites on top of each other that led to it */
  guint made_by;    /* step, 0: none */
} Note;

/* A rule, and what its root's first operands must be. */
typedef struct
{
  const WeftRule *rule;
  guint           wanted[2]; /* ids of ops, or one of the next two */
  guint           n_wanted;
  gboolean        swaps;
} Candidate;
#define ANYTHING G_MAXUINT
#define A_NUMBER (G_MAXUINT - 1)

struct _WeftObserved
{
  WeftGraph                *graph;
  const WeftRewriteOptions *options;
  guint                     n_results;
  WeftValue               **results;
  WeftRewrite              *journal;

  /* Of the phase */
  WeftPhase    phase;
  GArray     **by_op;  /* Candidate by op id: the rules whose pattern's root it is */
  GArray      *needed; /* guint8 by value id */
  WeftBodyPass pass;
  GHashTable  *merged; /* equal applications are one */
  GPtrArray   *order;
  GArray      *stack; /* Frame */
  guint        steps_left, passes_left;
  guint        all_left; /* steps, of the whole run */

  gboolean  *on;                /* by rule */
  gboolean   merge, fold, late; /* whether the built-in rules are on */
  gboolean   bodies[WEFT_MAX_BODY_RULES];
  GPtrArray *map;        /* by value id: the value to use instead, or NULL */
  GArray    *notes;      /* Note */
  GArray    *uses;       /* guint by application id: operands of what is needed, and results */
  GArray    *value_uses; /* the same by value id */
  GArray    *fused;      /* guint8 by application id: an elementwise op reads it */
  GPtrArray *pending;    /* WeftApply*, while uses are counted */
  GArray    *numbers;    /* guint, for one step */
  GArray    *roots;      /* guint by step: application that it replaced */
  guint8    *pinned;     /* by application id: gives a dimension, or is read by what does; NULL: none */
  guint      n_pinned;
  gint64     start; /* of the visit */
};
typedef struct _WeftObserved Run;

/* ---- Tables by id ---- */

static Note *
note (Run *run, const WeftApply *apply)
{
  return &g_array_index (run->notes, Note, apply->id);
}

static void
grow (Run *run)
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
    g_array_index (run->notes, Note, id).same_as = id;
  n_values = weft_graph_get_apply (run->graph, n - 1)->outputs[0].id +
             weft_graph_get_apply (run->graph, n - 1)->n_outputs;
  g_array_set_size (run->value_uses, n_values);
  g_ptr_array_set_size (run->map, n_values);
}

/* What stands for @value now. Chains are shortened on the way. */
static WeftValue *
resolve (const Run *run, WeftValue *value)
{
  gpointer  *map = run->map->pdata;
  WeftValue *last = value;

  if (value->id >= run->map->len)
    return value;
  while (map[last->id] != NULL)
    last = map[last->id];
  while (value != last)
    {
      WeftValue *next = map[value->id];

      map[value->id] = last;
      value = next;
    }
  return last;
}

static guint
first_id (const Run *run, const WeftApply *apply)
{
  return apply->id < run->notes->len ? g_array_index (run->notes, Note, apply->id).same_as
                                     : apply->id;
}

static guint
first_value_id (const Run *run, const WeftValue *value)
{
  return weft_graph_get_apply (run->graph, first_id (run, value->apply))->outputs[value->index].id;
}

static gboolean
is_replaced (const Run *run, const WeftApply *apply)
{
  for (guint i = 0; i < apply->n_outputs; i++)
    if (g_ptr_array_index (run->map, apply->outputs[i].id) != NULL)
      return TRUE;
  return FALSE;
}

/* ---- Who reads what ---- */

static guint *
uses_of (Run *run, const WeftApply *apply)
{
  return &g_array_index (run->uses, guint, apply->id);
}

static guint *
value_uses_of (Run *run, const WeftValue *value)
{
  return &g_array_index (run->value_uses, guint, value->id);
}

/* @n readers more for @value; what becomes needed by that reads its operands. */
static void
use (Run *run, WeftValue *value, guint n)
{
  if (n == 0)
    return;
  *value_uses_of (run, value) += n;
  if (*uses_of (run, value->apply) == 0)
    g_ptr_array_add (run->pending, value->apply);
  *uses_of (run, value->apply) += n;
  while (run->pending->len > 0)
    {
      WeftApply *apply = g_ptr_array_steal_index_fast (run->pending, run->pending->len - 1);

      for (guint i = 0; i < apply->n_inputs; i++)
        {
          WeftValue *input = resolve (run, apply->inputs[i]);

          ++*value_uses_of (run, input);
          if (++*uses_of (run, input->apply) == 1)
            g_ptr_array_add (run->pending, input->apply);
        }
    }
}

/* @n readers less; what nobody needs any more reads nothing. */
static void
unuse (Run *run, WeftValue *value, guint n)
{
  if (n == 0)
    return;
  *value_uses_of (run, value) -= n;
  *uses_of (run, value->apply) -= n;
  if (*uses_of (run, value->apply) == 0)
    g_ptr_array_add (run->pending, value->apply);
  while (run->pending->len > 0)
    {
      WeftApply *apply = g_ptr_array_steal_index_fast (run->pending, run->pending->len - 1);

      for (guint i = 0; i < apply->n_inputs; i++)
        {
          WeftValue *input = resolve (run, apply->inputs[i]);

          --*value_uses_of (run, input);
          if (--*uses_of (run, input->apply) == 0)
            g_ptr_array_add (run->pending, input->apply);
        }
    }
}

/* Every reader of @value reads @by from now on. */
static void
replace (Run *run, WeftValue *value, WeftValue *by)
{
  guint n = *value_uses_of (run, value);

  by = resolve (run, by);
  g_assert (by != value);
  use (run, by, n);
  unuse (run, value, n);
  g_ptr_array_index (run->map, value->id) = by;
}

/* ---- Steps ---- */

static void
observe (Run *run)
{
  if (run->options->observe != NULL)
    run->options->observe (run, run->journal->steps->len, run->options->data);
}

static void
add_numbers (Run *run, const WeftMatch *match, guint n_bound, guint first_added)
{
  guint n = weft_graph_n_applies (run->graph);

  g_array_set_size (run->numbers, 0);
  for (guint i = 0; i < match->n_covered; i++)
    {
      guint id = first_id (run, match->covered[i]);

      g_array_append_val (run->numbers, id);
    }
  for (guint id = first_added; id < n; id++)
    g_array_append_val (run->numbers, id);
  for (guint i = 0; i < n_bound; i++)
    {
      guint id = first_value_id (run, match->values[i]);

      g_array_append_val (run->numbers, id);
    }
}

/* Begins a step: what @match covers gives way to what was added from @first_added on. */
static void
record (Run             *run,
        const char      *rule,
        const WeftMatch *match,
        guint            n_bound,
        guint            first_added,
        const WeftValue *result,
        guint            overwrites)
{
  WeftRewriteStep step = { .phase = run->phase, .rule = rule };

  grow (run);
  observe (run);
  add_numbers (run, match, n_bound, first_added);
  step.n_matched = match->n_covered;
  step.n_added = weft_graph_n_applies (run->graph) - first_added;
  step.n_bound = n_bound;
  step.matched = (guint *) run->numbers->data;
  step.added = step.matched + step.n_matched;
  step.bound = step.added + step.n_added;
  step.root_before = first_value_id (run, match->root);
  step.root_after = first_value_id (run, resolve (run, (WeftValue *) result));
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
static void
record_replaced (Run *run, WeftValue *value, WeftValue *by)
{
  by = resolve (run, by);
  if (by == value)
    return;
  weft_rewrite_add_replaced (run->journal, first_value_id (run, value), first_value_id (run, by));
  replace (run, value, by);
}

/* What was added from @first on is walked next. */
static void
push_frame (Run *run, guint first, guint generation)
{
  Frame frame = { first, weft_graph_n_applies (run->graph), FALSE };
  guint step = run->journal->steps->len;

  for (guint id = first; id < frame.end; id++)
    {
      g_array_index (run->notes, Note, id).generation = generation;
      g_array_index (run->notes, Note, id).made_by = step;
    }
  g_array_append_val (run->stack, frame);
}

/* ---- Rules that undo each other ---- */

/* The rules whose steps, one on top of the other, led to @apply, last first: at most @n. */
static guint
list_makers (Run *run, const WeftApply *apply, const WeftRewriteStep **makers, guint n)
{
  guint found = 0, made_by = note (run, apply)->made_by;

  while (found < n && made_by > 0)
    {
      const WeftRewriteStep *step =
        &g_array_index (run->journal->steps, WeftRewriteStep, made_by - 1);
      guint root = g_array_index (run->roots, guint, made_by - 1);

      makers[found++] = step;
      made_by = g_array_index (run->notes, Note, root).made_by;
    }
  return found;
}

/* After how many of the @n @makers the same rules come again. */
static guint
find_period (const WeftRewriteStep *const *makers, guint n)
{
  for (guint period = 1; period <= n / 2; period++)
    {
      guint same = 0;

      while (same + period < n && makers[same]->rule == makers[same + period]->rule)
        same++;
      if (same + period == n)
        return period;
    }
  return n;
}

/* What is not heard of again in this run. */
static void
switch_off (Run *run, const char *name)
{
  for (guint i = 0; i < run->options->n_rules; i++)
    if (g_str_equal (run->options->rules[i].info.name, name))
      run->on[i] = FALSE;
}

static void
say_oscillation (Run                          *run,
                 const WeftRewriteStep *const *makers,
                 guint                         period,
                 const WeftApply              *apply)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) loop = g_string_new (NULL);
  g_autofree char *form = weft_value_to_expression ((WeftValue *) &apply->outputs[0], SHOWN_OPS);

  for (guint i = MIN (period, MAX_NAMED); i-- > 0;)
    {
      guint            root = g_array_index (run->roots, guint, makers[i]->step - 1);
      WeftApply       *before = weft_graph_get_apply (run->graph, root);
      g_autofree char *was = weft_value_to_expression (&before->outputs[0], SHOWN_OPS);

      g_string_append_printf (names, "%s%s", names->len == 0 ? "" : i == 0 ? " and "
                                                                           : ", ",
                              makers[i]->rule);
      g_string_append_printf (loop, "%s -> ", was);
    }
  run->journal->oscillation =
    g_strdup_printf (period == 1 ? "the rule %s never comes to an end: %s%s"
                                 : "the rules %s undo each other: %s%s",
                     names->str, loop->str, form);
}

/* Names the rules that led to @apply again and again, which @rule would replace once more, if none
 * are named yet; they are off from now on. */
static void
note_oscillation (Run *run, const WeftApply *apply, const char *rule)
{
  const WeftRewriteStep *makers[MAX_GENERATION];
  guint                  n = list_makers (run, apply, makers, MAX_GENERATION);
  guint                  period = find_period (makers, n);

  if (run->journal->oscillation == NULL && n > 0)
    say_oscillation (run, makers, period, apply);
  else if (run->journal->oscillation == NULL)
    run->journal->oscillation = g_strdup_printf ("the rule %s makes too many steps", rule);
  switch_off (run, rule);
  for (guint i = 0; i < period && period < n; i++)
    switch_off (run, makers[i]->rule);
}

/* Whether one more step may be made on top of those that led to @apply. */
static gboolean
may_rewrite (Run *run, const WeftApply *apply, const char *rule)
{
  if (note (run, apply)->generation < MAX_GENERATION && run->steps_left > 0 && run->all_left > 0)
    {
      run->steps_left--;
      run->all_left--;
      return TRUE;
    }
  note_oscillation (run, apply, rule);
  return FALSE;
}

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
fire (Run *run, const WeftRule *rule, const WeftMatch *match)
{
  guint      first = weft_graph_n_applies (run->graph);
  guint      generation = note (run, match->root->apply)->generation + 1;
  WeftValue *result;

  if (!may_rewrite (run, match->root->apply, rule->info.name))
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
  record (run, rule->info.name, match, rule->pattern.n_values, first, result, 0);
  if (result->apply->id >= first && result->name == NULL)
    result->name = match->root->name;
  record_replaced (run, match->root, result);
  push_frame (run, first, generation);
  return TRUE;
}

/* A first look at an operand. */
static gboolean
may_be (guint wanted, const WeftValue *value)
{
  const WeftApply *apply = value->apply;

  if (wanted == ANYTHING)
    return TRUE;
  if (wanted == A_NUMBER)
    return apply->literal != NULL || apply->op->traits & WEFT_TRAIT_VIEW ||
           apply->op->id == WEFT_OP_BROADCAST_TO;
  return apply->op->id == wanted;
}

static gboolean
may_match (const Candidate *candidate, const WeftApply *apply)
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
try_rule (Run *run, WeftApply *apply, const WeftRule *rule)
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
try_rules (Run *run, WeftApply *apply)
{
  const GArray *candidates = run->by_op[apply->op->id];

  for (guint i = 0; candidates != NULL && i < candidates->len; i++)
    {
      const Candidate *candidate = &g_array_index (candidates, Candidate, i);

      if (run->on[candidate->rule - run->options->rules] && may_match (candidate, apply) &&
          try_rule (run, apply, candidate->rule))
        return TRUE;
    }
  return FALSE;
}

/* ---- What is built in ---- */

/* @now is as much needed as @old. */
static void
carry_need (Run *run, const WeftValue *old, const WeftValue *now)
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
renew (Run *run, WeftApply *apply)
{
  WeftValue             *few[WEFT_PATTERN_MAX_SLOTS];
  g_autofree WeftValue **many = NULL;
  WeftValue            **inputs = few;
  gboolean               changed = FALSE;
  WeftApply             *now;

  for (guint i = 0; i < apply->n_inputs && !changed; i++)
    changed = resolve (run, apply->inputs[i]) != apply->inputs[i];
  if (!changed)
    return apply;
  if (apply->n_inputs > G_N_ELEMENTS (few))
    inputs = many = g_new (WeftValue *, apply->n_inputs);
  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = resolve (run, apply->inputs[i]);
  now = weft_graph_again (run->graph, apply, inputs);
  grow (run);
  *note (run, now) = *note (run, apply);
  *uses_of (run, now) = *uses_of (run, apply);
  g_array_index (run->fused, guint8, now->id) = g_array_index (run->fused, guint8, apply->id);
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      *value_uses_of (run, &now->outputs[i]) = *value_uses_of (run, &apply->outputs[i]);
      g_ptr_array_index (run->map, apply->outputs[i].id) = &now->outputs[i];
      if (apply->op->traits & WEFT_TRAIT_BODY)
        carry_need (run, &apply->outputs[i], &now->outputs[i]);
    }
  return now;
}

/* Whether an equal application was there before: its values are used instead. */
static gboolean
merge (Run *run, WeftApply *apply)
{
  WeftMatch  match = { .root = &apply->outputs[0], .n_covered = 2 };
  WeftApply *other;

  if (!run->merge || !weft_apply_mergeable (apply))
    return FALSE;
  other = g_hash_table_lookup (run->merged, apply);
  if (other == NULL || (other != apply && is_replaced (run, other)))
    {
      g_hash_table_add (run->merged, apply);
      return FALSE;
    }
  if (other == apply)
    return FALSE;
  other->origins = weft_graph_union_origins (run->graph, other->origins, apply->origins);
  match.covered[0] = apply;
  match.covered[1] = other;
  /* Equal leaves are no news to anybody: they belong to the step before. */
  if (apply->n_inputs > 0)
    record (run, "merge", &match, 0, weft_graph_n_applies (run->graph), &other->outputs[0], 0);
  for (guint i = 0; i < apply->n_outputs; i++)
    record_replaced (run, &apply->outputs[i], &other->outputs[i]);
  return TRUE;
}

typedef WeftValue *(*Pass) (WeftGraph *graph, const WeftApply *apply);

/* Replaces @apply by what @pass makes of it, if anything. */
static gboolean
try_pass (Run *run, WeftApply *apply, const char *name, Pass pass)
{
  guint      first = weft_graph_n_applies (run->graph);
  WeftMatch  match = { .root = &apply->outputs[0], .n_covered = 1, .covered = { apply } };
  WeftValue *value;

  weft_graph_push_origins (run->graph, apply->origins);
  value = pass (run->graph, apply);
  weft_graph_pop_origin (run->graph);
  if (value == NULL)
    return FALSE;
  record (run, name, &match, 0, first, value, 0);
  if (value->name == NULL)
    value->name = match.root->name;
  record_replaced (run, match.root, value);
  push_frame (run, first, note (run, apply)->generation);
  return TRUE;
}

/* ---- Loops and choices ---- */

/* Puts @results in the place of @apply's outputs and starts the walk over what was added. */
static void
replace_outputs (Run *run, WeftApply *apply, const char *rule, guint first, WeftValue **results)
{
  WeftMatch match = { .n_covered = 1, .covered = { apply } };
  guint     root = 0;

  while (root < apply->n_outputs && results[root] == NULL)
    root++;
  g_assert (root < apply->n_outputs);
  match.root = &apply->outputs[root];
  record (run, rule, &match, 0, first, results[root], 0);
  for (guint i = root; i < apply->n_outputs; i++)
    if (results[i] != NULL)
      {
        if (results[i]->name == NULL && results[i]->apply->id >= first)
          results[i]->name = apply->outputs[i].name;
        record_replaced (run, &apply->outputs[i], results[i]);
      }
  run->steps_left += STEPS_AN_ADDED * (weft_graph_n_applies (run->graph) - first);
  run->all_left += STEPS_AN_ADDED * (weft_graph_n_applies (run->graph) - first);
  push_frame (run, first, note (run, apply)->generation + 1);
}

static gboolean
try_bodies (Run *run, WeftApply *apply)
{
  g_autofree WeftValue **results = NULL;

  if (!(apply->op->traits & WEFT_TRAIT_BODY))
    return FALSE;
  results = g_new0 (WeftValue *, apply->n_outputs);
  for (guint i = 0; i < weft_n_body_rules; i++)
    {
      const WeftBodyRule *rule = &weft_body_rules[i];
      guint               first = weft_graph_n_applies (run->graph);
      gboolean            done;

      if (!run->bodies[i] || (rule->loops_only && apply->op->id != WEFT_OP_LOOP) ||
          (run->phase == WEFT_PHASE_MERGE && rule->func != weft_rewrite_inside))
        continue;
      if (run->passes_left == 0 || note (run, apply)->generation == MAX_GENERATION)
        {
          note_oscillation (run, apply, rule->name);
          run->bodies[i] = FALSE;
          return FALSE;
        }
      weft_graph_push_origins (run->graph, apply->origins);
      done = rule->func (run->graph, apply, &run->pass, results);
      weft_graph_pop_origin (run->graph);
      if (!done)
        continue;
      run->passes_left--;
      replace_outputs (run, apply, rule->name, first, results);
      return TRUE;
    }
  return FALSE;
}

/* ---- The walk ---- */

/* What is known; functions of constants wait until the third phase is over: exp (1000) would be an infinity before
 * log (1 + exp (1000)) is seen to be none. */
static gboolean
may_fold (const Run *run, const WeftApply *apply)
{
  for (guint i = 0; i < apply->n_inputs; i++)
    if (apply->inputs[i]->apply->literal == NULL)
      return FALSE;
  return run->phase > WEFT_PHASE_STABILISE || apply->op->c == NULL ||
         strstr (apply->op->c, "W (") == NULL;
}

static void
visit (Run *run, WeftApply *apply)
{
  run->start = g_get_monotonic_time ();
  if (*uses_of (run, apply) == 0)
    return;
  if (apply->id < run->n_pinned && run->pinned[apply->id])
    {
      if (weft_apply_mergeable (apply) && !g_hash_table_contains (run->merged, apply))
        g_hash_table_add (run->merged, apply);
      return;
    }
  apply = renew (run, apply);
  if (merge (run, apply) || try_bodies (run, apply) || apply->n_inputs == 0)
    return;
  if (run->fold && may_fold (run, apply) && try_pass (run, apply, "fold", weft_fold))
    return;
  if (!try_rules (run, apply) && run->late && run->phase != WEFT_PHASE_MERGE)
    try_pass (run, apply, "broadcast-late", weft_broadcast_late);
}

static void
walk (Run *run)
{
  Frame outermost = { 0, run->order->len, TRUE };

  g_array_append_val (run->stack, outermost);
  while (run->stack->len > 0 && !run->journal->cancelled)
    {
      Frame *frame = &g_array_index (run->stack, Frame, run->stack->len - 1);
      guint  next = frame->next++;

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
wanted_of (const WeftPatternNode *node)
{
  switch (node->kind)
    {
    case WEFT_PATTERN_NUMBER:
      return A_NUMBER;
    case WEFT_PATTERN_OP:
      return node->op_class < 0 ? node->op->id : ANYTHING;
    case WEFT_PATTERN_VALUE:
      break;
    }
  return ANYTHING;
}

static void
add_rule (Run *run, guint op, const WeftRule *rule)
{
  const WeftPattern     *pattern = &rule->pattern;
  const WeftPatternNode *root = &pattern->nodes[pattern->n_nodes - 1];
  Candidate              candidate = { .rule = rule, .swaps = root->swap >= 0 };

  candidate.n_wanted = MIN (root->n_inputs, G_N_ELEMENTS (candidate.wanted));
  for (guint i = 0; i < candidate.n_wanted; i++)
    candidate.wanted[i] = wanted_of (&pattern->nodes[root->inputs[i]]);
  if (run->by_op[op] == NULL)
    run->by_op[op] = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_array_append_val (run->by_op[op], candidate);
}

/* The rules of @phase, and those of canonical forms with them, which tidy what it makes. */
static void
select_rules (Run *run)
{
  for (guint i = 0; i < WEFT_N_OPS; i++)
    g_clear_pointer (&run->by_op[i], g_array_unref);
  for (guint i = 0; i < run->options->n_rules && run->phase != WEFT_PHASE_MERGE; i++)
    {
      const WeftRule        *rule = &run->options->rules[i];
      const WeftPatternNode *root;

      if (!run->on[i] || rule->pattern.n_nodes == 0 ||
          (rule->info.phase != run->phase && rule->info.phase != WEFT_PHASE_CANONICALISE))
        continue;
      root = &rule->pattern.nodes[rule->pattern.n_nodes - 1];
      if (root->op_class < 0)
        add_rule (run, root->op->id, rule);
      for (guint op = 0; root->op_class >= 0 && op < WEFT_N_OPS; op++)
        if (weft_pattern_takes (&rule->pattern, op))
          add_rule (run, op, rule);
    }
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
begin_phase (Run *run)
{
  guint n_bodies = 0;

  select_rules (run);
  g_hash_table_remove_all (run->merged);
  grow (run);
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
    use (run, run->results[i], 1);
  for (guint i = 0; i < run->order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (run->order, i);

      n_bodies += (apply->op->traits & WEFT_TRAIT_BODY) != 0;
      note (run, apply)->generation = 0;
      note (run, apply)->made_by = 0;
      if (apply->id < run->n_pinned && run->pinned[apply->id])
        use (run, &apply->outputs[0], 1);
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
is_on (const Run *run, const char *name)
{
  for (guint i = 0; i < run->options->n_rules; i++)
    if (g_str_equal (run->options->rules[i].info.name, name))
      return run->on[i];
  return FALSE;
}

/* Each mark is a step that replaces nothing. */
static void
mark_in_place (Run *run)
{
  g_autoptr (GArray) marks = weft_in_place_marks (run->graph, run->n_results, run->results);
  const char *rule = NULL;
  gboolean    on = FALSE;

  for (guint i = 0; i < marks->len; i++)
    {
      const WeftInPlaceMark *mark = &g_array_index (marks, WeftInPlaceMark, i);
      WeftMatch              match = { .root = &mark->apply->outputs[0], .n_covered = 1, .covered = { mark->apply } };

      if (mark->rule != rule)
        {
          rule = mark->rule;
          on = is_on (run, rule);
        }
      if (!on)
        continue;
      run->start = g_get_monotonic_time ();
      weft_in_place_set (mark);
      record (run, mark->rule, &match, 0, weft_graph_n_applies (run->graph), match.root,
              mark->overwrites);
    }
}

/* ---- Loops together ---- */

/* An application whose operands are being put in order. */
typedef struct
{
  WeftApply *apply;
  guint      next; /* of its operands */
} Open;

/* Puts @apply, and before it what it reads now, into @order. */
static void
order_from (Run *run, WeftApply *apply, GPtrArray *order, guint8 *seen)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Open));
  Open first = { apply, 0 };

  seen[apply->id] = 1;
  g_array_append_val (stack, first);
  while (stack->len > 0)
    {
      Open *open = &g_array_index (stack, Open, stack->len - 1);

      if (open->next < open->apply->n_inputs)
        {
          Open below = { resolve (run, open->apply->inputs[open->next++])->apply, 0 };

          if (!seen[below.apply->id])
            {
              seen[below.apply->id] = 1;
              g_array_append_val (stack, below);
            }
          continue;
        }
      g_ptr_array_add (order, open->apply);
      g_array_set_size (stack, stack->len - 1);
    }
}

/* The order of the walk after values have been replaced by new ones. */
static void
order_again (Run *run)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&run->order);
  g_autofree guint8 *seen = g_malloc0 (weft_graph_n_applies (run->graph) + 1);

  run->order = g_ptr_array_new ();
  for (guint i = 0; i < old->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (old, i);

      if (!seen[apply->id] && !is_replaced (run, apply))
        order_from (run, apply, run->order, seen);
    }
}

/* Makes one loop of several, before the walk looks at any. */
static void
merge_loops (Run *run)
{
  g_autoptr (GPtrArray) group = weft_loops_find_group (run->order);
  WeftMatch  match = { 0 };
  WeftApply *made;
  guint      first = weft_graph_n_applies (run->graph);

  if (group == NULL)
    return;
  run->start = g_get_monotonic_time ();
  match.root = &((WeftApply *) g_ptr_array_index (group, 0))->outputs[0];
  for (guint i = 0; i < group->len; i++)
    {
      match.covered[match.n_covered++] = g_ptr_array_index (group, i);
      weft_graph_push_origins (run->graph, match.covered[i]->origins);
    }
  made = weft_loops_join (run->graph, group);
  for (guint i = 0; i < group->len; i++)
    weft_graph_pop_origin (run->graph);
  record (run, "loop-merge", &match, 0, first, weft_loops_joined_output (made, group, 0, 0), 0);
  for (guint i = 0; i < group->len; i++)
    for (guint k = 0; k < match.covered[i]->n_outputs; k++)
      {
        WeftValue *by = weft_loops_joined_output (made, group, i, k);

        if (by->name == NULL)
          by->name = match.covered[i]->outputs[k].name;
        record_replaced (run, &match.covered[i]->outputs[k], by);
      }
  order_again (run);
}

static void
run_phase (Run *run)
{
  begin_phase (run);
  if ((run->phase == WEFT_PHASE_SPECIALISE || run->phase == WEFT_PHASE_BLAS) &&
      is_on (run, "loop-merge"))
    merge_loops (run);
  if (run->phase == WEFT_PHASE_IN_PLACE)
    mark_in_place (run);
  else
    walk (run);
  g_clear_pointer (&run->order, g_ptr_array_unref);
  g_clear_pointer (&run->needed, g_array_unref);
  for (guint i = 0; i < run->n_results; i++)
    run->results[i] = resolve (run, run->results[i]);
}

/* The phase; stabilise once more as long as it makes steps: what is worth its price only where nobody else reads a part
 * (1 - sigmoid(x)) may have lost the other reader to a step after it was looked at. */
static void
run_rounds (Run *run)
{
  for (guint round = 0, before; round < MAX_ROUNDS; round++)
    {
      before = run->journal->steps->len;
      run_phase (run);
      if (run->phase != WEFT_PHASE_STABILISE || run->journal->steps->len == before || run->journal->cancelled)
        break;
    }
}

/* What gives dimensions stays as it is, with all that it is made of: the graph knows these values
 * by name. */
static void
pin_counted (Run *run)
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
switch_rules (Run *run)
{
  const WeftRewriteOptions *options = run->options;

  for (guint i = 0; i < options->n_rules; i++)
    {
      const char *name = options->rules[i].info.name;
      gboolean    on = options->without == NULL || !g_strv_contains (options->without, name);

      run->on[i] = on;
      run->merge |= on && g_str_equal (name, "merge");
      run->fold |= on && g_str_equal (name, "fold");
      run->late |= on && g_str_equal (name, "broadcast-late");
      for (guint k = 0; k < weft_n_body_rules; k++)
        run->bodies[k] |= on && g_str_equal (name, weft_body_rules[k].name);
    }
}

static void
run_init (Run *run)
{
  run->on = g_new0 (gboolean, run->options->n_rules + 1);
  run->by_op = g_new0 (GArray *, WEFT_N_OPS);
  run->pass.options = run->options;
  run->pass.done = g_hash_table_new (NULL, NULL);
  run->journal = weft_rewrite_new ();
  run->map = g_ptr_array_new ();
  run->notes = g_array_new (FALSE, TRUE, sizeof (Note));
  run->uses = g_array_new (FALSE, TRUE, sizeof (guint));
  run->value_uses = g_array_new (FALSE, TRUE, sizeof (guint));
  run->fused = g_array_new (FALSE, TRUE, sizeof (guint8));
  run->pending = g_ptr_array_new ();
  run->numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  run->roots = g_array_new (FALSE, FALSE, sizeof (guint));
  run->merged = g_hash_table_new (weft_apply_hash, weft_apply_same);
  run->stack = g_array_new (FALSE, FALSE, sizeof (Frame));
  switch_rules (run);
}

static void
run_clear (Run *run)
{
  for (guint i = 0; i < WEFT_N_OPS; i++)
    g_clear_pointer (&run->by_op[i], g_array_unref);
  g_free (run->by_op);
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

/* Rewrites what the @n @outputs of @graph reach, as @options say; else as weft_rewrite. Where it was
 * cancelled, the journal says so and @results are not to be used. */
void
weft_rewrite_run (WeftGraph                *graph,
                  const WeftRewriteOptions *options,
                  guint                     n,
                  WeftValue *const         *outputs,
                  WeftValue               **results,
                  WeftRewrite             **journal)
{
  Run    run = { .graph = graph, .options = options, .n_results = n, .results = results };
  gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < n; i++)
    results[i] = outputs[i];
  run_init (&run);
  pin_counted (&run);
  run.journal->ops_before = count_ops (graph, n, outputs);
  run.all_left = MAX (STEPS_AN_OP * run.journal->ops_before, STEPS_AT_LEAST);
  for (run.phase = options->first; run.phase < (options->end > 0 ? options->end : WEFT_N_PHASES) && !run.journal->cancelled;
       run.phase++)
    run_rounds (&run);
  observe (&run);
  run.journal->ops_after = count_ops (graph, n, results);
  grow (&run);
  for (guint id = 0; id < run.notes->len; id++)
    g_array_append_val (run.journal->same_as, g_array_index (run.notes, Note, id).same_as);
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

/* ---- For observers ---- */

guint
weft_observed_n_outputs (WeftObserved *observed)
{
  return observed->n_results;
}

const WeftValue *
weft_observed_output (WeftObserved *observed, guint index)
{
  return resolve (observed, observed->results[index]);
}

const WeftValue *
weft_observed_now (WeftObserved *observed, const WeftValue *value)
{
  return resolve (observed, (WeftValue *) value);
}

guint
weft_observed_apply_number (WeftObserved *observed, const WeftApply *apply)
{
  return first_id (observed, apply);
}

guint
weft_observed_value_number (WeftObserved *observed, const WeftValue *value)
{
  return first_value_id (observed, value);
}
