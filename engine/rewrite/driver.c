/* The driver: each phase is one walk over what the results need, inputs first.
 *
 * An application whose operands were replaced is made again; then it is merged with an equal one,
 * folded, or handed to the rules of its op. What a rule adds is walked in the same way at once.
 * Operands are thus final before their users are looked at and patterns look only at operands, so
 * one walk reaches the end; its cost follows the graph and the rewrites.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/loops.h"

#include <string.h>

/* Rewrites on top of each other at one value, after which two rules must be undoing each other. */
#define MAX_GENERATION 64

/* What a rule added, being walked. */
typedef struct
{
  WeftValue *root;      /* being replaced */
  WeftValue *result;    /* by this */
  guint      next, end; /* ids of applications */
  guint      n_order;   /* the outermost frame walks run->order instead */
} Frame;

typedef struct
{
  WeftGraph      *graph;
  WeftPhase       phase;
  const WeftRule *rules;
  gboolean       *on; /* by rule */
  GPtrArray           *
    *by_op;             /* by op id: the rules of this phase whose pattern's root it is, const WeftRule* */
  gboolean     merge, fold, late; /* whether the built-in rules are on */
  gboolean     bodies[WEFT_MAX_BODY_RULES];
  GArray      *needed; /* guint8 by value id, of this phase */
  WeftBodyPass pass;
  WeftRewrite *journal;

  GPtrArray  *map;        /* by value id: the value to use instead, or NULL */
  GArray     *same_as;    /* by application id: the one that it is made again from, or itself */
  GArray     *uses;       /* by application id */
  GArray     *generation; /* by application id */
  GHashTable *merged;     /* of this phase: equal applications are one */
  GArray     *stack;      /* Frame */
  GPtrArray  *order;
} Run;

/* ---- Tables by id ---- */

static void
grow (Run *run)
{
  guint n = weft_graph_n_applies (run->graph);

  for (guint id = run->same_as->len; id < n; id++)
    {
      guint zero = 0, one = 1;

      g_array_append_val (run->same_as, id);
      g_array_append_val (run->uses, one);
      g_array_append_val (run->generation, zero);
    }
}

static WeftValue *
resolve (Run *run, WeftValue *value)
{
  for (;;)
    {
      WeftValue *next = value->id < run->map->len ? g_ptr_array_index (run->map, value->id) : NULL;

      if (next == NULL || next == value)
        return value;
      value = next;
    }
}

static void
replace (Run *run, const WeftValue *value, WeftValue *by)
{
  if (value->id >= run->map->len)
    g_ptr_array_set_size (run->map, value->id + 1);
  g_ptr_array_index (run->map, value->id) = by;
}

static guint
first_id (Run *run, const WeftApply *apply)
{
  return g_array_index (run->same_as, guint, apply->id);
}

static guint
first_value_id (Run *run, const WeftValue *value)
{
  return weft_graph_get_apply (run->graph, first_id (run, value->apply))->outputs[value->index].id;
}

/* ---- Steps ---- */

static void
record (Run             *run,
        const char      *rule,
        const WeftMatch *match,
        guint            first_added,
        const WeftValue *result,
        gint64           start)
{
  WeftRewriteStep step = { 0 };
  guint           n = weft_graph_n_applies (run->graph);

  grow (run);
  step.step = run->journal->steps->len + 1;
  step.phase = run->phase;
  step.rule = rule;
  step.n_matched = match->n_covered;
  step.matched = g_new (guint, MAX (match->n_covered, 1));
  for (guint i = 0; i < match->n_covered; i++)
    step.matched[i] = first_id (run, match->covered[i]);
  step.n_added = n - first_added;
  step.added = g_new (guint, MAX (step.n_added, 1));
  for (guint i = 0; i < step.n_added; i++)
    step.added[i] = first_added + i;
  step.root_before = first_value_id (run, match->root);
  step.root_after = first_value_id (run, result);
  step.us = (double) (g_get_monotonic_time () - start);
  g_array_append_val (run->journal->steps, step);
}

/* ---- Rules ---- */

static WeftValue *
build (Run *run, const WeftRule *rule, const WeftMatch *match)
{
  g_autoptr (WeftScope) scope = NULL;
  WeftBinding binding;

  if (rule->action != NULL)
    return rule->action (run->graph, rule, match);
  scope = weft_scope_new ();
  for (guint i = 0; i < rule->pattern.n_values; i++)
    weft_scope_set_value (scope, rule->pattern.values[i], match->values[i]);
  for (guint i = 0; i < rule->pattern.n_attrs; i++)
    {
      WeftAttr attr = *match->attrs[i];

      /* One axis is a number: that serves ops that take one axis and those that take several. */
      if (attr.kind == WEFT_ATTR_AXES && attr.dims->rank == 1)
        attr = weft_attr_int (attr.dims->dims[0].offset);
      weft_scope_set_attr (scope, rule->pattern.attrs[i], &attr);
    }
  if (!weft_expr_build (rule->replacement, run->graph, scope, &binding, NULL))
    return NULL;
  return weft_binding_to_value (&binding, run->graph, NULL);
}

static gboolean
guards_hold (const WeftRule *rule, const WeftMatch *match)
{
  for (guint i = 0; i < rule->n_guards; i++)
    if (!rule->guards[i].func (match, rule->guards[i].slot))
      return FALSE;
  return TRUE;
}

static void
note_oscillation (Run *run, const WeftRule *rule)
{
  const WeftRewriteStep *last;

  if (run->journal->oscillation != NULL || run->journal->steps->len == 0)
    return;
  last = &g_array_index (run->journal->steps, WeftRewriteStep, run->journal->steps->len - 1);
  run->journal->oscillation =
    g_strdup_printf ("the rules %s and %s undo each other", last->rule, rule->info.name);
}

/* Replaces @match and starts the walk over what was added. FALSE where the rule cannot be applied
 * after all. */
static gboolean
fire (Run *run, const WeftRule *rule, const WeftMatch *match, gint64 start)
{
  guint      first = weft_graph_n_applies (run->graph);
  guint      generation = g_array_index (run->generation, guint, match->root->apply->id) + 1;
  WeftValue *result;
  Frame      frame;

  if (generation > MAX_GENERATION)
    {
      note_oscillation (run, rule);
      return FALSE;
    }
  for (guint i = 0; i < match->n_covered; i++)
    weft_graph_push_origins (run->graph, match->covered[i]->origins);
  result = build (run, rule, match);
  if (result != NULL)
    result = weft_conform (run->graph, result, &match->root->type);
  for (guint i = 0; i < match->n_covered; i++)
    weft_graph_pop_origin (run->graph);
  if (result == NULL)
    return FALSE;
  record (run, rule->info.name, match, first, result, start);
  for (guint id = first; id < run->generation->len; id++)
    g_array_index (run->generation, guint, id) = generation;
  if (result->apply->id >= first && result->name == NULL)
    result->name = match->root->name;
  frame = (Frame){ match->root, result, first, weft_graph_n_applies (run->graph), 0 };
  g_array_append_val (run->stack, frame);
  return TRUE;
}

static gboolean
try_rules (Run *run, WeftApply *apply)
{
  GPtrArray *rules = run->by_op[apply->op->id];

  for (guint i = 0; rules != NULL && i < rules->len; i++)
    {
      const WeftRule *rule = g_ptr_array_index (rules, i);
      gint64          start = g_get_monotonic_time ();
      WeftMatch       match;

      for (guint order = 0; order < 1u << rule->pattern.n_swaps; order++)
        {
          if (!weft_pattern_match (&rule->pattern, &apply->outputs[0], order, &match))
            continue;
          match.uses = (const guint *) run->uses->data;
          if (guards_hold (rule, &match) && fire (run, rule, &match, start))
            return TRUE;
        }
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
  g_autofree WeftValue **inputs = NULL;
  g_autoptr (GError) error = NULL;
  gboolean   changed = FALSE;
  WeftValue *value;

  for (guint i = 0; i < apply->n_inputs && !changed; i++)
    changed = resolve (run, apply->inputs[i]) != apply->inputs[i];
  if (!changed)
    return apply;
  inputs = g_new (WeftValue *, apply->n_inputs);
  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = resolve (run, apply->inputs[i]);
  weft_graph_push_origins (run->graph, apply->origins);
  value = weft_graph_apply (run->graph, apply->op, apply->n_inputs, inputs, apply->attrs, &error);
  weft_graph_pop_origin (run->graph);
  if (value == NULL)
    g_error ("a rewrite changed a type: %s", error->message);
  value->apply->stream = apply->stream;
  grow (run);
  g_array_index (run->same_as, guint, value->apply->id) = first_id (run, apply);
  g_array_index (run->uses, guint, value->apply->id) = g_array_index (run->uses, guint, apply->id);
  g_array_index (run->generation, guint, value->apply->id) =
    g_array_index (run->generation, guint, apply->id);
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      value->apply->outputs[i].type = apply->outputs[i].type;
      value->apply->outputs[i].name = apply->outputs[i].name;
      replace (run, &apply->outputs[i], &value->apply->outputs[i]);
      if (apply->op->traits & WEFT_TRAIT_BODY)
        carry_need (run, &apply->outputs[i], &value->apply->outputs[i]);
    }
  return value->apply;
}

/* Whether an equal application was there before: its values are used instead. */
static gboolean
merge (Run *run, WeftApply *apply)
{
  gint64     start = g_get_monotonic_time ();
  WeftMatch  match = { 0 };
  WeftApply *other;

  if (!run->merge || !weft_apply_mergeable (apply))
    return FALSE;
  other = g_hash_table_lookup (run->merged, apply);
  if (other == NULL)
    {
      g_hash_table_add (run->merged, apply);
      return FALSE;
    }
  if (other == apply)
    return FALSE;
  other->origins = weft_graph_union_origins (run->graph, other->origins, apply->origins);
  g_array_index (run->uses, guint, other->id) += g_array_index (run->uses, guint, apply->id);
  for (guint i = 0; i < apply->n_outputs; i++)
    replace (run, &apply->outputs[i], &other->outputs[i]);
  /* Equal leaves are no news to anybody. */
  if (apply->n_inputs > 0)
    {
      match.root = &apply->outputs[0];
      match.covered[match.n_covered++] = apply;
      record (run, "merge", &match, weft_graph_n_applies (run->graph),
              resolve (run, &other->outputs[0]), start);
    }
  return TRUE;
}

typedef WeftValue *(*Pass) (WeftGraph *graph, const WeftApply *apply);

/* Replaces @apply by what @pass makes of it, if anything. */
static gboolean
try_pass (Run *run, WeftApply *apply, const char *name, Pass pass)
{
  gint64     start = g_get_monotonic_time ();
  guint      first = weft_graph_n_applies (run->graph);
  WeftMatch  match = { .root = &apply->outputs[0], .n_covered = 1, .covered = { apply } };
  WeftValue *value;
  Frame      frame;

  weft_graph_push_origins (run->graph, apply->origins);
  value = pass (run->graph, apply);
  weft_graph_pop_origin (run->graph);
  if (value == NULL)
    return FALSE;
  record (run, name, &match, first, value, start);
  frame = (Frame){ match.root, value, first, weft_graph_n_applies (run->graph), 0 };
  g_array_append_val (run->stack, frame);
  return TRUE;
}

/* ---- Loops and choices ---- */

/* Puts @results in the place of @apply's outputs and starts the walk over what was added. */
static void
replace_outputs (
  Run *run, WeftApply *apply, const char *rule, guint first, WeftValue **results, gint64 start)
{
  WeftMatch match = { .n_covered = 1, .covered = { apply } };
  Frame     frame = { .next = first, .end = weft_graph_n_applies (run->graph) };

  for (guint i = 0; i < apply->n_outputs; i++)
    {
      if (results[i] == NULL)
        continue;
      if (results[i]->name == NULL && results[i]->apply->id >= first)
        results[i]->name = apply->outputs[i].name;
      if (frame.root == NULL)
        {
          frame.root = match.root = &apply->outputs[i];
          frame.result = results[i];
        }
      replace (run, &apply->outputs[i], results[i]);
    }
  record (run, rule, &match, first, frame.result, start);
  g_array_append_val (run->stack, frame);
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
      gint64              start = g_get_monotonic_time ();
      guint               first = weft_graph_n_applies (run->graph);
      gboolean            done;

      if (!run->bodies[i] || (rule->loops_only && apply->op->id != WEFT_OP_LOOP))
        continue;
      weft_graph_push_origins (run->graph, apply->origins);
      done = rule->func (run->graph, apply, &run->pass, results);
      weft_graph_pop_origin (run->graph);
      if (!done)
        continue;
      replace_outputs (run, apply, rule->name, first, results, start);
      return TRUE;
    }
  return FALSE;
}

/* ---- The walk ---- */

/* Functions of constants wait until the second phase is over: exp (1000) would be an infinity before
 * log (1 + exp (1000)) is seen to be none. */
static gboolean
may_fold (const Run *run, const WeftApply *apply)
{
  return run->phase > WEFT_PHASE_STABILISE || apply->op->c == NULL ||
         strstr (apply->op->c, "W (") == NULL;
}

static void
visit (Run *run, WeftApply *apply)
{
  apply = renew (run, apply);
  if (merge (run, apply) || try_bodies (run, apply) || apply->n_inputs == 0)
    return;
  if (run->fold && may_fold (run, apply) && try_pass (run, apply, "fold", weft_fold))
    return;
  if (!try_rules (run, apply) && run->late)
    try_pass (run, apply, "broadcast-late", weft_broadcast_late);
}

static void
walk (Run *run)
{
  Frame outermost = { NULL, NULL, 0, 0, run->order->len };

  g_array_append_val (run->stack, outermost);
  while (run->stack->len > 0)
    {
      Frame *frame = &g_array_index (run->stack, Frame, run->stack->len - 1);

      if (frame->root == NULL && frame->next < frame->n_order)
        visit (run, g_ptr_array_index (run->order, frame->next++));
      else if (frame->root != NULL && frame->next < frame->end)
        visit (run, weft_graph_get_apply (run->graph, frame->next++));
      else
        {
          if (frame->root != NULL && resolve (run, frame->result) != frame->root)
            replace (run, frame->root, resolve (run, frame->result));
          g_array_set_size (run->stack, run->stack->len - 1);
        }
    }
}

static void
count_uses (Run *run, guint n, WeftValue *const *results)
{
  for (guint i = 0; i < run->uses->len; i++)
    g_array_index (run->uses, guint, i) = 0;
  for (guint i = 0; i < run->order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (run->order, i);

      for (guint k = 0; k < apply->n_inputs; k++)
        g_array_index (run->uses, guint, apply->inputs[k]->apply->id)++;
    }
  for (guint i = 0; i < n; i++)
    g_array_index (run->uses, guint, results[i]->apply->id)++;
}

/* The rules of @phase, and those of the first phase with them, which tidy what it makes. */
static void
select_rules (Run *run, guint n_rules)
{
  for (guint i = 0; i < WEFT_N_OPS; i++)
    g_clear_pointer (&run->by_op[i], g_ptr_array_unref);
  for (guint i = 0; i < n_rules; i++)
    {
      const WeftRule *rule = &run->rules[i];
      guint           op;

      if (!run->on[i] || rule->pattern.n_nodes == 0 ||
          (rule->info.phase != run->phase && rule->info.phase != WEFT_PHASE_CANONICALISE))
        continue;
      op = rule->pattern.nodes[rule->pattern.n_nodes - 1].op->id;
      if (run->by_op[op] == NULL)
        run->by_op[op] = g_ptr_array_new ();
      g_ptr_array_add (run->by_op[op], (gpointer) rule);
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

static void
run_phase (Run *run, guint n_rules, guint n, WeftValue **results)
{
  select_rules (run, n_rules);
  g_hash_table_remove_all (run->merged);
  g_ptr_array_set_size (run->map, 0);
  run->order = weft_graph_order (run->graph, n, results);
  grow (run);
  count_uses (run, n, results);
  run->pass.needed = run->needed = weft_loops_needed (run->graph, n, results);
  walk (run);
  g_clear_pointer (&run->order, g_ptr_array_unref);
  g_clear_pointer (&run->needed, g_array_unref);
  for (guint i = 0; i < n; i++)
    results[i] = resolve (run, results[i]);
}

/* Rewrites what the @n @outputs reach with the rules @rules (in place of all, for tests); else as
 * weft_rewrite. */
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
  g_autofree gboolean   *on = g_new (gboolean, MAX (n_rules, 1));
  g_autofree GPtrArray **by_op = g_new0 (GPtrArray *, WEFT_N_OPS);
  Run                    run = { .graph = graph, .rules = rules, .on = on, .by_op = by_op };
  gint64                 start = g_get_monotonic_time ();

  for (guint i = 0; i < n_rules; i++)
    {
      on[i] = without == NULL || !g_strv_contains (without, rules[i].info.name);
      run.merge |= on[i] && g_str_equal (rules[i].info.name, "merge");
      run.fold |= on[i] && g_str_equal (rules[i].info.name, "fold");
      run.late |= on[i] && g_str_equal (rules[i].info.name, "broadcast-late");
      for (guint k = 0; k < weft_n_body_rules; k++)
        run.bodies[k] |= on[i] && g_str_equal (rules[i].info.name, weft_body_rules[k].name);
    }
  run.pass = (WeftBodyPass){ rules, n_rules, without, NULL, g_hash_table_new (NULL, NULL) };
  run.journal = weft_rewrite_new ();
  run.map = g_ptr_array_new ();
  run.same_as = g_array_new (FALSE, FALSE, sizeof (guint));
  run.uses = g_array_new (FALSE, FALSE, sizeof (guint));
  run.generation = g_array_new (FALSE, FALSE, sizeof (guint));
  run.merged = g_hash_table_new (weft_apply_hash, weft_apply_same);
  run.stack = g_array_new (FALSE, FALSE, sizeof (Frame));
  run.journal->ops_before = count_ops (graph, n, outputs);
  for (guint i = 0; i < n; i++)
    results[i] = outputs[i];
  for (run.phase = 0; run.phase < WEFT_N_PHASES; run.phase++)
    run_phase (&run, n_rules, n, results);
  run.journal->ops_after = count_ops (graph, n, results);
  run.journal->us = (double) (g_get_monotonic_time () - start);

  for (guint i = 0; i < WEFT_N_OPS; i++)
    g_clear_pointer (&by_op[i], g_ptr_array_unref);
  g_array_unref (run.stack);
  g_hash_table_unref (run.pass.done);
  g_hash_table_unref (run.merged);
  g_array_unref (run.generation);
  g_array_unref (run.uses);
  g_array_unref (run.same_as);
  g_ptr_array_unref (run.map);
  if (journal != NULL)
    *journal = run.journal;
  else
    weft_rewrite_free (run.journal);
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
