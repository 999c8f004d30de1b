/* Reads the input of a drawing: copies it, cuts lives to the steps that are drawn, turns what is
 * drawn sideways.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

#define RANK_GAP 40
#define NODE_GAP 24

/* What is seen first and last is looked at longest: the first step counts as much as all together,
 * the last as three times that. */
#define FIRST_FACTOR 1
#define LAST_FACTOR 3
/* Sum of the weights of the steps between, so that weights stay small numbers however long a
 * history is. */
#define WEIGHT_SCALE 64

/* One past the last step that the lives tell of. */
guint
weft_layout_last_step (guint n_nodes, const WeftLayoutNode *nodes)
{
  guint    last = 1;
  gboolean open = FALSE;

  for (guint i = 0; i < n_nodes; i++)
    open |= nodes[i].end == G_MAXUINT;
  for (guint i = 0; i < n_nodes; i++)
    {
      if (nodes[i].first >= nodes[i].end)
        continue;
      last = MAX (last, MIN (nodes[i].first, G_MAXUINT - 1) + 1);
      if (nodes[i].end != G_MAXUINT)
        last = MAX (last, nodes[i].end + (open && nodes[i].end < G_MAXUINT - 1));
    }
  return last;
}

/* Groups 0 .. @n - 1 by their @keys below @n_keys: those of key k are members[begin[k]] ..
 * members[begin[k + 1] - 1], in order. */
void
weft_layout_index (guint n, guint n_keys, const guint *keys, guint **begin, guint **members)
{
  guint *at = g_new0 (guint, n_keys + 2);
  guint *list = g_new (guint, n + 1);

  for (guint i = 0; i < n; i++)
    at[keys[i] + 2]++;
  for (guint k = 2; k < n_keys + 2; k++)
    at[k] += at[k - 1];
  for (guint i = 0; i < n; i++)
    list[at[keys[i] + 1]++] = i;
  *begin = at;
  *members = list;
}

gint64
weft_layout_weight (const Plan *plan, guint first, guint end)
{
  guint  n_steps = plan->end - plan->first;
  gint64 weight;

  if (first >= end)
    return 0;
  weight = 1 + (gint64) (end - first) * WEIGHT_SCALE / n_steps;
  if (first == plan->first)
    weight += FIRST_FACTOR * WEIGHT_SCALE;
  if (end == plan->end)
    weight += LAST_FACTOR * WEIGHT_SCALE;
  return weight;
}

static void
read_nodes (Plan *plan, const WeftLayoutNode *nodes)
{
  for (guint i = 0; i < plan->n_nodes; i++)
    {
      WeftLayoutNode *node = &plan->nodes[i];

      *node = nodes[i];
      g_assert (isfinite (node->width) && isfinite (node->height) && node->width >= 0 &&
                node->height >= 0);
      node->first = MAX (node->first, plan->first);
      node->end = MIN (node->end, plan->end);
      if (plan->sideways)
        {
          node->width = nodes[i].height;
          node->height = nodes[i].width;
        }
    }
}

static void
read_edges (Plan *plan, const WeftLayoutEdge *edges)
{
  for (guint i = 0; i < plan->n_edges; i++)
    {
      WeftLayoutEdge       *edge = &plan->edges[i];
      const WeftLayoutNode *from, *to;

      *edge = edges[i];
      g_assert (edge->from < plan->n_nodes && edge->to < plan->n_nodes);
      from = &plan->nodes[edge->from];
      to = &plan->nodes[edge->to];
      edge->first = MAX (edge->first, MAX (from->first, to->first));
      edge->end = MIN (edge->end, MIN (from->end, to->end));
    }
}

/* The steps @first .. @end - 1 of the input. */
Plan *
weft_layout_plan_new (guint                    n_nodes,
                      const WeftLayoutNode    *nodes,
                      guint                    n_edges,
                      const WeftLayoutEdge    *edges,
                      const WeftLayoutOptions *options,
                      guint                    first,
                      guint                    end,
                      GCancellable            *cancellable)
{
  Plan *plan = g_new0 (Plan, 1);

  plan->cancellable = cancellable;
  plan->n_nodes = n_nodes;
  plan->n_edges = n_edges;
  plan->nodes = g_new0 (WeftLayoutNode, n_nodes + 1);
  plan->edges = g_new0 (WeftLayoutEdge, n_edges + 1);
  plan->first = first;
  plan->end = MAX (end, first + 1);
  plan->rank_gap = RANK_GAP;
  plan->node_gap = NODE_GAP;
  if (options != NULL)
    {
      g_assert (isfinite (options->rank_gap) && isfinite (options->node_gap));
      plan->sideways = options->sideways;
      plan->rank_gap = options->rank_gap > 0 ? options->rank_gap : RANK_GAP;
      plan->node_gap = options->node_gap > 0 ? options->node_gap : NODE_GAP;
      plan->across =
        options->across != NULL ? g_memdup2 (options->across, n_nodes * sizeof (double)) : NULL;
    }
  read_nodes (plan, nodes);
  read_edges (plan, edges);
  return plan;
}

void
weft_layout_plan_free (Plan *plan)
{
  g_free (plan->nodes);
  g_free (plan->edges);
  g_free (plan->across);
  g_free (plan->slot);
  g_free (plan->links);
  g_free (plan->link);
  g_free (plan->rank);
  g_free (plan->component);
  g_free (plan);
}
