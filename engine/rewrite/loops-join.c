/* Loops over the same steps, none of which needs another: one loop, whose steps share what they
 * read and compute.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/loops.h"

/* Of a graph, those looked at: a bit each. */
#define MAX_LOOPS 64
#define MAX_GROUP 8

/* Whether somebody sees in which order steps run. */
static gboolean
has_effects (const WeftLoop *loop)
{
  const WeftBody *body = loop->step;
  g_autoptr (GPtrArray) order = weft_graph_order (body->graph, body->n_outputs, body->outputs);

  for (guint i = 0; i < order->len; i++)
    if (((WeftApply *) g_ptr_array_index (order, i))->op->traits &
        (WEFT_TRAIT_EFFECT | WEFT_TRAIT_BODY))
      return TRUE;
  return FALSE;
}

static gboolean
go_together (const WeftLoop *a, const WeftLoop *b)
{
  return weft_dim_equal (a->steps, b->steps) && a->backwards == b->backwards;
}

/* The loops of @order that others may join, with the loops that each needs, itself too, as bits. */
static GPtrArray *
list_loops (const GPtrArray *order, guint64 *needs)
{
  GPtrArray          *loops = g_ptr_array_new ();
  g_autofree guint64 *bits = NULL;
  guint               n = 0;

  for (guint i = 0; i < order->len; i++)
    n = MAX (n, ((WeftApply *) g_ptr_array_index (order, i))->id + 1);
  bits = g_new0 (guint64, n + 1);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_inputs; k++)
        bits[apply->id] |= bits[apply->inputs[k]->apply->id];
      if (apply->op->id != WEFT_OP_LOOP || loops->len == MAX_LOOPS)
        continue;
      bits[apply->id] |= G_GUINT64_CONSTANT (1) << loops->len;
      needs[loops->len] = bits[apply->id];
      g_ptr_array_add (loops, apply);
    }
  return loops;
}

/* Two loops or more of @order, inputs before users, that can be one; NULL where there are none. The
 * caller owns the array. */
GPtrArray *
weft_loops_find_group (const GPtrArray *order)
{
  guint64 needs[MAX_LOOPS];
  g_autoptr (GPtrArray) loops = list_loops (order, needs);

  for (guint i = 0; i < loops->len; i++)
    {
      WeftApply *first = g_ptr_array_index (loops, i);
      WeftLoop   head = weft_loop_read (first);
      g_autoptr (GPtrArray) group = g_ptr_array_new ();
      guint64 members = G_GUINT64_CONSTANT (1) << i;

      if (head.until || has_effects (&head))
        continue;
      g_ptr_array_add (group, first);
      for (guint k = i + 1; k < loops->len && group->len < MAX_GROUP; k++)
        {
          WeftApply *other = g_ptr_array_index (loops, k);
          WeftLoop   loop = weft_loop_read (other);

          if (needs[k] & members || loop.until || !go_together (&head, &loop) ||
              has_effects (&loop))
            continue;
          members |= G_GUINT64_CONSTANT (1) << k;
          g_ptr_array_add (group, other);
        }
      if (group->len > 1)
        return g_steal_pointer (&group);
    }
  return NULL;
}

/* Adds the inputs @from to @to of each member's step to the step that is made. */
static void
add_inputs (WeftBodyMaker *maker, GPtrArray *group, guint kind, GHashTable *map, GPtrArray *given)
{
  for (guint m = 0; m < group->len; m++)
    {
      const WeftApply *apply = g_ptr_array_index (group, m);
      WeftLoop         loop = weft_loop_read (apply);
      guint            ends[] = { 0, loop.n_sequences, loop.n_sequences + loop.n_states,
                                  apply->n_inputs };

      for (guint i = ends[kind]; i < ends[kind + 1]; i++)
        {
          const WeftValue *input = loop.step->inputs[i];

          g_hash_table_insert (map, (gpointer) input,
                               weft_body_maker_input (maker, input->name, &input->type));
          g_ptr_array_add (given, apply->inputs[i]);
        }
    }
}

/* Copies the states' new values, or the extras, of each member into the step that is made. */
static void
add_outputs (
  WeftBodyMaker *maker, GPtrArray *group, gboolean extras, GHashTable *map, GPtrArray *outputs)
{
  for (guint m = 0; m < group->len; m++)
    {
      WeftLoop               loop = weft_loop_read (g_ptr_array_index (group, m));
      const WeftBody        *body = loop.step;
      guint                  first = extras ? loop.n_states : 0;
      guint                  n = extras ? loop.n_extras : loop.n_states;
      g_autofree WeftValue **copies = g_new (WeftValue *, n + 1);
      gboolean               cloned;

      cloned = weft_graph_clone (body->graph, weft_body_maker_get_graph (maker), n,
                                 body->outputs + first, map, NULL, copies, NULL);
      g_assert (cloned);
      for (guint i = 0; i < n; i++)
        g_ptr_array_add (outputs, copies[i]);
    }
}

/* One loop in @graph that does what all of @group do. */
WeftApply *
weft_loops_join (WeftGraph *graph, GPtrArray *group)
{
  WeftLoop joined = weft_loop_read (g_ptr_array_index (group, 0));
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (graph);
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) given = g_ptr_array_new ();
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();

  joined.n_sequences = joined.n_states = 0;
  for (guint m = 0; m < group->len; m++)
    {
      WeftLoop loop = weft_loop_read (g_ptr_array_index (group, m));

      joined.n_sequences += loop.n_sequences;
      joined.n_states += loop.n_states;
    }
  for (guint kind = 0; kind < 3; kind++)
    add_inputs (maker, group, kind, map, given);
  for (guint extras = 0; extras < 2; extras++)
    add_outputs (maker, group, extras, map, outputs);
  return weft_loop_remake (
    graph, &joined,
    weft_body_maker_finish (maker, outputs->len, (WeftValue **) outputs->pdata, nothing), given);
}

/* What stands in @made for output number @output of member @member of @group. */
WeftValue *
weft_loops_joined_output (WeftApply *made, GPtrArray *group, guint member, guint output)
{
  WeftLoop all = weft_loop_read (made);
  WeftLoop own = weft_loop_read (g_ptr_array_index (group, member));
  guint    states = 0, extras = 0;

  for (guint m = 0; m < member; m++)
    {
      WeftLoop loop = weft_loop_read (g_ptr_array_index (group, m));

      states += loop.n_states;
      extras += loop.n_extras;
    }
  if (output < own.n_states)
    return weft_loop_final (made, states + output);
  if (output < 2 * own.n_states)
    return weft_loop_trajectory (made, &all, states + output - own.n_states);
  if (output < 2 * own.n_states + own.n_extras)
    return weft_loop_extra (made, &all, extras + output - 2 * own.n_states);
  return weft_loop_count (made);
}
