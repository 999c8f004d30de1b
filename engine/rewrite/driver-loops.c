/* Loops and choices in a run: the passes over them, and loops over the same steps made one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/driver-private.h"

/* ---- Loops and choices ---- */

/* Puts @results in the place of @apply's outputs and starts the walk over what was added. */
static void
replace_outputs (WeftRun *run, WeftApply *apply, const char *rule, guint first, WeftValue **results)
{
  WeftMatch match = { .n_covered = 1, .covered = { apply } };
  guint     root = weft_run_read_output (run, apply);

  for (guint i = 0; results[root] == NULL; i++)
    root = i;
  match.root = &apply->outputs[root];
  weft_run_record (run, rule, &match, 0, first, results[root], 0);
  for (guint i = 0; i < apply->n_outputs; i++)
    if (results[i] != NULL && results[i]->name == NULL && results[i]->apply->id >= first)
      results[i]->name = apply->outputs[i].name;
  weft_run_record_replaced (run, match.root, results[root]);
  for (guint i = 0; i < apply->n_outputs; i++)
    if (i != root && results[i] != NULL)
      weft_run_record_replaced (run, &apply->outputs[i], results[i]);
  run->steps_left += WEFT_RUN_STEPS_AN_ADDED * (weft_graph_n_applies (run->graph) - first);
  run->all_left += WEFT_RUN_STEPS_AN_ADDED * (weft_graph_n_applies (run->graph) - first);
  weft_run_push (run, first, weft_run_note (run, apply)->generation + 1);
}

gboolean
weft_run_try_bodies (WeftRun *run, WeftApply *apply)
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
      if (run->passes_left == 0 ||
          weft_run_note (run, apply)->generation == WEFT_RUN_MAX_GENERATION)
        {
          weft_run_note_endless (run, apply, rule->name);
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

/* ---- Loops together ---- */

/* An application whose operands are being put in order. */
typedef struct
{
  WeftApply *apply;
  guint      next; /* of its operands */
} Open;

/* Puts @apply, and before it what it reads now, into @order. */
static void
order_from (WeftRun *run, WeftApply *apply, GPtrArray *order, guint8 *seen)
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
          Open below = { weft_run_resolve (run, open->apply->inputs[open->next++])->apply, 0 };

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
order_again (WeftRun *run)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&run->order);
  g_autofree guint8 *seen = g_malloc0 (weft_graph_n_applies (run->graph) + 1);

  run->order = g_ptr_array_new ();
  for (guint i = 0; i < old->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (old, i);

      if (!seen[apply->id] && !weft_run_is_replaced (run, apply))
        order_from (run, apply, run->order, seen);
    }
  /* What only a result is has no reader in the order. */
  for (guint i = 0; i < run->n_results; i++)
    {
      WeftApply *apply = weft_run_resolve (run, run->results[i])->apply;

      if (!seen[apply->id])
        order_from (run, apply, run->order, seen);
    }
}

/* Makes one loop of several, before the walk looks at any. */
void
weft_run_merge_loops (WeftRun *run)
{
  g_autoptr (GPtrArray) group = weft_loops_find_group (run->order);
  WeftMatch  match = { 0 };
  WeftApply *made;
  guint      first = weft_graph_n_applies (run->graph), root;

  if (group == NULL)
    return;
  run->start = g_get_monotonic_time ();
  for (guint i = 0; i < group->len; i++)
    {
      match.covered[match.n_covered++] = g_ptr_array_index (group, i);
      weft_graph_push_origins (run->graph, match.covered[i]->origins);
    }
  made = weft_loops_join (run->graph, group);
  for (guint i = 0; i < group->len; i++)
    weft_graph_pop_origin (run->graph);
  root = weft_run_read_output (run, match.covered[0]);
  match.root = &match.covered[0]->outputs[root];
  weft_run_record (run, "loop-merge", &match, 0, first,
                   weft_loops_joined_output (made, group, 0, root), 0);
  weft_run_record_replaced (run, match.root, weft_loops_joined_output (made, group, 0, root));
  for (guint i = 0; i < group->len; i++)
    for (guint k = 0; k < match.covered[i]->n_outputs; k++)
      {
        WeftValue *by = weft_loops_joined_output (made, group, i, k);

        if (by->name == NULL)
          by->name = match.covered[i]->outputs[k].name;
        if (i > 0 || k != root)
          weft_run_record_replaced (run, &match.covered[i]->outputs[k], by);
      }
  order_again (run);
}

/* ---- Loops and their gradients ---- */

/* What stands for output @i of a loop with @n outputs in one that has more before the last. */
static WeftValue *
output_now (WeftApply *made, guint n, guint i)
{
  return &made->outputs[i + 1 < n ? i : made->n_outputs - 1];
}

static void
replace_pair (WeftRun *run, WeftApply **old, WeftApply **made, guint first)
{
  WeftMatch match = { .n_covered = 2, .covered = { old[1], old[0] } };
  guint     root = weft_run_read_output (run, old[1]);

  match.root = &old[1]->outputs[root];
  weft_run_record (run, "loop-save", &match, 0, first, &made[1]->outputs[root], 0);
  weft_run_record_replaced (run, match.root, &made[1]->outputs[root]);
  for (guint k = 2; k-- > 0;)
    for (guint i = 0; i < old[k]->n_outputs && made[k] != old[k]; i++)
      {
        WeftValue *by = output_now (made[k], old[k]->n_outputs, i);

        if (by->name == NULL)
          by->name = old[k]->outputs[i].name;
        if (&old[k]->outputs[i] != match.root)
          weft_run_record_replaced (run, &old[k]->outputs[i], by);
      }
}

/* Makes loops read what others before them have computed, before the walk looks at any: both are
 * still as they were written. */
void
weft_run_save_rows (WeftRun *run)
{
  g_autoptr (GPtrArray) loops = g_ptr_array_new ();
  gboolean changed = FALSE;

  for (guint i = 0; i < run->order->len; i++)
    if (((WeftApply *) g_ptr_array_index (run->order, i))->op->id == WEFT_OP_LOOP)
      g_ptr_array_add (loops, g_ptr_array_index (run->order, i));
  for (guint i = 0; i < loops->len; i++)
    for (guint k = 0; k < i; k++)
      {
        WeftApply *old[2] = { g_ptr_array_index (loops, k), g_ptr_array_index (loops, i) };
        WeftApply *made[2];
        guint      first = weft_graph_n_applies (run->graph);

        if (weft_run_is_replaced (run, old[0]) || weft_run_is_replaced (run, old[1]))
          continue;
        run->start = g_get_monotonic_time ();
        weft_graph_push_origins (run->graph, old[1]->origins);
        weft_graph_push_origins (run->graph, old[0]->origins);
        if (weft_loops_save (run->graph, old[0], old[1], &made[0], &made[1]))
          {
            replace_pair (run, old, made, first);
            changed = TRUE;
          }
        weft_graph_pop_origin (run->graph);
        weft_graph_pop_origin (run->graph);
      }
  if (changed)
    order_again (run);
}
