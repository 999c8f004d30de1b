/* Which nodes share a place.
 *
 * A node that replaces another takes its place where that is free by then. Other new nodes of a
 * step take places that the step makes free and that had the same neighbours on the same side, so
 * that the inner nodes of what a rule made stand where those of what it took away stood. All others
 * get a place of their own. No sharing closes a cycle over all steps: then an edge of some step
 * would have to be drawn upwards.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

/* Visits of nodes that looking for cycles may take; after that places are shared unseen, and edges
 * may have to go up. */
#define WORK_LIMIT 30000000

typedef struct
{
  Plan  *plan;
  guint *outs_begin, *outs, *ins_begin, *ins; /* by node: edges */
  guint *last;                                /* by slot: the node that had it last */
  guint *ends;                                /* nodes in the order of their ends */
  guint  ends_begin, ends_end;                /* those that this step takes away */
  guint *seen_above, *seen_below;             /* by slot: the node that was marked as its neighbour */
  guint *previous;                            /* by node: who had its place before, or NOBODY */
  guint *visited, *stack;                     /* by node; those of a slot as the one that had it last */
  guint  stamp;
  gint64 work;
} Slots;

static gboolean
alive (const WeftLayoutNode *node)
{
  return node->first < node->end;
}

static void
take (Slots *slots, guint node, guint slot)
{
  slots->previous[node] = slot == NOBODY ? NOBODY : slots->last[slot];
  if (slot == NOBODY)
    slot = slots->plan->n_slots++;
  slots->plan->slot[node] = slot;
  slots->last[slot] = node;
}

/* ---- Cycles ---- */

/* Who stands for the place of @node. */
static guint
holder (const Slots *slots, guint node)
{
  return slots->plan->slot[node] == NOBODY ? node : slots->last[slots->plan->slot[node]];
}

/* TRUE if edges of all steps, taken together, lead from the place of @from to that of @to. */
static gboolean
leads (Slots *slots, guint from, guint to)
{
  const Plan *plan = slots->plan;
  guint       n = 0, target = holder (slots, to);

  slots->stamp++;
  slots->stack[n++] = holder (slots, from);
  slots->visited[slots->stack[0]] = slots->stamp;
  while (n > 0)
    for (guint v = slots->stack[--n]; v != NOBODY; v = slots->previous[v])
      {
        slots->work++;
        for (guint i = slots->outs_begin[v]; i < slots->outs_begin[v + 1]; i++)
          {
            guint next = holder (slots, plan->edges[slots->outs[i]].to);

            if (next == target)
              return TRUE;
            if (slots->visited[next] == slots->stamp)
              continue;
            slots->visited[next] = slots->stamp;
            slots->stack[n++] = next;
          }
      }
  return FALSE;
}

/* TRUE if @node may stand where @other stood: none leads to the other. */
static gboolean
may_share (Slots *slots, guint node, guint other)
{
  return slots->work > WORK_LIMIT || (!leads (slots, node, other) && !leads (slots, other, node));
}

/* ---- Places ---- */

/* The place of the node that @node replaces; NOBODY if somebody is there, or it would close a
 * cycle. */
static guint
place_of (Slots *slots, guint node)
{
  const Plan *plan = slots->plan;
  guint       other = plan->nodes[node].place_of, slot;

  if (other >= plan->n_nodes || other == node || plan->slot[other] == NOBODY)
    return NOBODY;
  slot = plan->slot[other];
  return plan->nodes[slots->last[slot]].end <= plan->nodes[node].first &&
             may_share (slots, node, other)
           ? slot
           : NOBODY;
}

/* Marks the slots that @node reads from and is read by. */
static void
mark (Slots *slots, guint node)
{
  const Plan *plan = slots->plan;

  for (guint i = slots->ins_begin[node]; i < slots->ins_begin[node + 1]; i++)
    {
      guint slot = plan->slot[plan->edges[slots->ins[i]].from];

      if (slot != NOBODY)
        slots->seen_above[slot] = node;
    }
  for (guint i = slots->outs_begin[node]; i < slots->outs_begin[node + 1]; i++)
    {
      guint slot = plan->slot[plan->edges[slots->outs[i]].to];

      if (slot != NOBODY)
        slots->seen_below[slot] = node;
    }
}

/* How many neighbours @gone had where @node, which is marked, has one. Readers count double: they
 * were given their places first. */
static guint
likeness (Slots *slots, guint gone, guint node)
{
  const Plan *plan = slots->plan;
  guint       score = 0;

  for (guint i = slots->ins_begin[gone]; i < slots->ins_begin[gone + 1]; i++)
    score += slots->seen_above[plan->slot[plan->edges[slots->ins[i]].from]] == node;
  for (guint i = slots->outs_begin[gone]; i < slots->outs_begin[gone + 1]; i++)
    score += 2 * (slots->seen_below[plan->slot[plan->edges[slots->outs[i]].to]] == node);
  return score;
}

/* The likest place among those that became free when @node came. */
static guint
freed_place (Slots *slots, guint node)
{
  const Plan *plan = slots->plan;
  guint       best = NOBODY, best_score = 0;

  if (slots->ends_begin == slots->ends_end)
    return NOBODY;
  mark (slots, node);
  for (guint i = slots->ends_begin; i < slots->ends_end; i++)
    {
      guint gone = slots->ends[i], score;

      if (slots->last[plan->slot[gone]] != gone)
        continue;
      score = likeness (slots, gone, node);
      if (score > best_score && may_share (slots, node, gone))
        {
          best = plan->slot[gone];
          best_score = score;
        }
    }
  return best;
}

/* The nodes of one step: those that replace another first, then from the readers to what they read.
 */
static void
give_step (Slots *slots, const guint *nodes, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      guint slot = place_of (slots, nodes[i]);

      if (slot != NOBODY)
        take (slots, nodes[i], slot);
    }
  for (guint i = n; i-- > 0;)
    if (slots->plan->slot[nodes[i]] == NOBODY)
      take (slots, nodes[i], freed_place (slots, nodes[i]));
}

static void
index_edges (Slots *slots)
{
  const Plan       *plan = slots->plan;
  g_autofree guint *keys = g_new (guint, plan->n_edges + 1);

  for (guint i = 0; i < plan->n_edges; i++)
    keys[i] = plan->edges[i].first < plan->edges[i].end ? plan->edges[i].to : plan->n_nodes;
  weft_layout_index (plan->n_edges, plan->n_nodes + 1, keys, &slots->ins_begin, &slots->ins);
  for (guint i = 0; i < plan->n_edges; i++)
    keys[i] = plan->edges[i].first < plan->edges[i].end ? plan->edges[i].from : plan->n_nodes;
  weft_layout_index (plan->n_edges, plan->n_nodes + 1, keys, &slots->outs_begin, &slots->outs);
}

static int
compare_firsts (gconstpointer a, gconstpointer b, gpointer data)
{
  const Plan *plan = data;
  guint       i = *(const guint *) a, k = *(const guint *) b;
  guint       x = plan->nodes[i].first, y = plan->nodes[k].first;

  return x != y ? (x < y ? -1 : 1) : (i < k ? -1 : i > k);
}

static int
compare_ends (gconstpointer a, gconstpointer b, gpointer data)
{
  const Plan *plan = data;
  guint       i = *(const guint *) a, k = *(const guint *) b;
  guint       x = plan->nodes[i].end, y = plan->nodes[k].end;

  return x != y ? (x < y ? -1 : 1) : (i < k ? -1 : i > k);
}

/* What is there from the first step on is numbered in its own order. */
static void
give_steps (Slots *slots, const guint *firsts, guint n)
{
  Plan *plan = slots->plan;

  for (guint i = 0, end; i < n; i = end)
    {
      guint step = plan->nodes[firsts[i]].first;

      for (end = i; end < n && plan->nodes[firsts[end]].first == step; end++)
        if (step == plan->first)
          take (slots, firsts[end], NOBODY);
      for (slots->ends_begin = slots->ends_end;
           slots->ends_begin < n && plan->nodes[slots->ends[slots->ends_begin]].end < step;)
        slots->ends_begin++;
      for (slots->ends_end = slots->ends_begin;
           slots->ends_end < n && plan->nodes[slots->ends[slots->ends_end]].end == step;)
        slots->ends_end++;
      if (step != plan->first)
        give_step (slots, firsts + i, end - i);
    }
}

void
weft_layout_give_slots (Plan *plan)
{
  Slots             slots = { plan };
  guint             n = 0;
  g_autofree guint *firsts = g_new (guint, plan->n_nodes + 1);
  g_autofree guint *ends = g_new (guint, plan->n_nodes + 1);
  g_autofree guint *last = g_new (guint, plan->n_nodes + 1);
  g_autofree guint *above = g_new (guint, plan->n_nodes + 1);
  g_autofree guint *below = g_new (guint, plan->n_nodes + 1);
  g_autofree guint *previous = g_new (guint, plan->n_nodes + 1);
  g_autofree guint *visited = g_new0 (guint, plan->n_nodes + 1);
  g_autofree guint *stack = g_new (guint, plan->n_nodes + 1);

  plan->slot = g_new (guint, plan->n_nodes + 1);
  for (guint i = 0; i < plan->n_nodes; i++)
    {
      plan->slot[i] = above[i] = below[i] = previous[i] = NOBODY;
      if (alive (&plan->nodes[i]))
        firsts[n++] = i;
    }
  memcpy (ends, firsts, n * sizeof *ends);
  g_qsort_with_data (firsts, (int) n, sizeof *firsts, compare_firsts, plan);
  g_qsort_with_data (ends, (int) n, sizeof *ends, compare_ends, plan);
  slots.last = last;
  slots.ends = ends;
  slots.seen_above = above;
  slots.seen_below = below;
  slots.previous = previous;
  slots.visited = visited;
  slots.stack = stack;
  index_edges (&slots);
  give_steps (&slots, firsts, n);
  g_free (slots.ins_begin);
  g_free (slots.ins);
  g_free (slots.outs_begin);
  g_free (slots.outs);
}
