/* Ranks: every link goes at least one rank down, and the weighted sum of their lengths is least, so
 * that inputs stand next to their first user.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

/* Visits of nodes and links: about half a second. */
#define WORK_LIMIT 60000000
/* What a link from an input counts beside others. */
#define INPUT_WEIGHT 3
#define INNER_WEIGHT 4
/* Of nodes without edges at least so many stand in one row. */
#define SINGLE_ROW 6

static guint
find_root (guint *parent, guint v)
{
  while (parent[v] != v)
    v = parent[v] = parent[parent[v]];
  return v;
}

/* Numbers the connected parts in the order of their first slots. */
static void
find_components (Plan *plan)
{
  g_autofree guint *parent = g_new (guint, plan->n_slots + 1);

  plan->component = g_new (guint, plan->n_slots + 1);
  for (guint v = 0; v < plan->n_slots; v++)
    parent[v] = v;
  for (guint i = 0; i < plan->n_links; i++)
    {
      guint a = find_root (parent, plan->links[i].from), b = find_root (parent, plan->links[i].to);

      parent[MAX (a, b)] = MIN (a, b);
    }
  for (guint v = 0; v < plan->n_slots; v++)
    {
      guint root = find_root (parent, v);

      plan->component[v] = root == v ? plan->n_components++ : plan->component[root];
    }
}

static void
normalise (Plan *plan, const int *ranks)
{
  g_autofree int *least = g_new (int, plan->n_components + 1);

  for (guint i = 0; i < plan->n_components; i++)
    least[i] = G_MAXINT;
  for (guint v = 0; v < plan->n_slots; v++)
    least[plan->component[v]] = MIN (least[plan->component[v]], ranks[v]);
  for (guint v = 0; v < plan->n_slots; v++)
    plan->rank[v] = ranks[v] - least[plan->component[v]];
}

/* What nothing is connected to stands in rows of its own beside the rest, about twice as wide as
 * they are many. */
static void
stack_single (Plan *plan)
{
  g_autofree gboolean *linked = g_new0 (gboolean, plan->n_slots + 1);
  guint                n = 0, in_row, shared = NOBODY;

  for (guint i = 0; i < plan->n_links; i++)
    linked[plan->links[i].from] = linked[plan->links[i].to] = TRUE;
  for (guint v = 0; v < plan->n_slots; v++)
    n += !linked[v];
  in_row = MAX (SINGLE_ROW, (guint) ceil (sqrt (2.0 * n)));
  n = 0;
  for (guint v = 0; v < plan->n_slots; v++)
    {
      if (linked[v])
        continue;
      shared = MIN (shared, plan->component[v]);
      plan->component[v] = shared;
      plan->rank[v] = n++ / in_row;
    }
}

/* What reads an input stands next to its own reader rather than next to the input. */
static void
weigh (const Plan *plan, SimplexEdge *edges)
{
  g_autofree gboolean *reads = g_new0 (gboolean, plan->n_slots + 1);

  for (guint i = 0; i < plan->n_links; i++)
    reads[plan->links[i].to] = TRUE;
  for (guint i = 0; i < plan->n_links; i++)
    {
      const Link *link = &plan->links[i];

      edges[i] = (SimplexEdge){ link->from, link->to, 1,
                                link->weight * (reads[link->from] ? INNER_WEIGHT : INPUT_WEIGHT) };
    }
}

gboolean
weft_layout_rank (Plan *plan)
{
  g_autofree SimplexEdge *edges = g_new (SimplexEdge, plan->n_links + 1);
  g_autofree int         *ranks = g_new (int, plan->n_slots + 1);

  find_components (plan);
  if (!plan->given_ranks)
    {
      plan->rank = g_new0 (guint, plan->n_slots + 1);
      weigh (plan, edges);
      if (!weft_layout_simplex (plan->n_slots, plan->n_links, edges, ranks, FALSE, WORK_LIMIT,
                                plan->cancellable))
        return FALSE;
      normalise (plan, ranks);
      stack_single (plan);
    }
  plan->n_ranks = 0;
  for (guint v = 0; v < plan->n_slots; v++)
    plan->n_ranks = MAX (plan->n_ranks, plan->rank[v] + 1);
  return TRUE;
}
