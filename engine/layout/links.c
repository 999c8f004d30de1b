/* One link for the edges between two slots that use the same ports; links that would close a cycle
 * are turned round.
 *
 * Over all steps together links can form cycles although no step does. Then the links of least
 * weight yield: within each strongly connected part they are taken in order of weight, and one that
 * closes a cycle with those before it is marked back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

/* Visits that looking for cycles link by link may take; then the order that was found so far
 * decides. */
#define WORK_LIMIT 10000000

/* Port @port of @n evenly spaced ones, as a part of the side. */
static double
port_part (guint port, guint n)
{
  return n == 0 ? 0.5 : (MIN (port, n - 1) + 0.5) / n;
}

/* ---- Edges to links ---- */

static Link
edge_link (const Plan *plan, guint e)
{
  const WeftLayoutEdge *edge = &plan->edges[e];
  const WeftLayoutNode *from = &plan->nodes[edge->from], *to = &plan->nodes[edge->to];
  Link                  link = { plan->slot[edge->from], plan->slot[edge->to] };

  link.from_part = port_part (edge->from_port, from->n_outputs);
  link.to_part = port_part (edge->to_port, to->n_inputs);
  link.from_at = (link.from_part - 0.5) * from->width;
  link.to_at = (link.to_part - 0.5) * to->width;
  link.first = edge->first;
  link.end = edge->end;
  link.n_edges = 1;
  return link;
}

static int
compare_ends (const Link *a, const Link *b)
{
  if (a->from != b->from)
    return a->from < b->from ? -1 : 1;
  if (a->to != b->to)
    return a->to < b->to ? -1 : 1;
  if (a->from_part != b->from_part)
    return a->from_part < b->from_part ? -1 : 1;
  if (a->to_part != b->to_part)
    return a->to_part < b->to_part ? -1 : 1;
  return 0;
}

static int
compare_edges (gconstpointer a, gconstpointer b, gpointer data)
{
  const Link *links = data;
  guint       i = *(const guint *) a, k = *(const guint *) b;
  int         order = compare_ends (&links[i], &links[k]);

  return order != 0 ? order : (i < k ? -1 : i > k);
}

void
weft_layout_make_links (Plan *plan)
{
  g_autofree Link  *by_edge = g_new0 (Link, plan->n_edges + 1);
  g_autofree guint *order = g_new (guint, plan->n_edges + 1);
  guint             n = 0;

  plan->links = g_new0 (Link, plan->n_edges + 1);
  plan->link = g_new (guint, plan->n_edges + 1);
  for (guint e = 0; e < plan->n_edges; e++)
    {
      plan->link[e] = NOBODY;
      if (plan->edges[e].first >= plan->edges[e].end || plan->edges[e].from == plan->edges[e].to)
        continue;
      by_edge[e] = edge_link (plan, e);
      order[n++] = e;
    }
  g_qsort_with_data (order, (int) n, sizeof *order, compare_edges, by_edge);
  for (guint i = 0; i < n; i++)
    {
      const Link *edge = &by_edge[order[i]];
      Link       *link = plan->n_links > 0 ? &plan->links[plan->n_links - 1] : NULL;

      if (link == NULL || compare_ends (link, edge) != 0)
        {
          link = &plan->links[plan->n_links++];
          *link = *edge;
          link->n_edges = 0;
        }
      /* Of different widths the one that is there longest counts. */
      if (edge->end - edge->first > link->end - link->first)
        {
          link->from_at = edge->from_at;
          link->to_at = edge->to_at;
        }
      link->first = MIN (link->first, edge->first);
      link->end = MAX (link->end, edge->end);
      link->n_edges++;
      plan->link[order[i]] = plan->n_links - 1;
    }
  for (guint i = 0; i < plan->n_links; i++)
    plan->links[i].weight = weft_layout_weight (plan, plan->links[i].first, plan->links[i].end);
}

/* ---- Cycles ---- */

typedef struct
{
  Plan  *plan;
  guint *begin, *outs; /* by slot: links */
  guint *part;         /* by slot: its strongly connected part */
} Cycles;

/* Source: Tarjan 1972, Depth-first search and linear graph algorithms. */
static void
find_parts (Cycles *cycles)
{
  guint             n = cycles->plan->n_slots, count = 0, n_parts = 0, depth, n_open = 0;
  g_autofree guint *number = g_new0 (guint, n + 1), *low = g_new0 (guint, n + 1),
                   *next = g_new0 (guint, n + 1);
  g_autofree guint *path = g_new0 (guint, n + 1), *open = g_new0 (guint, n + 1);

  for (guint v = 0; v < n; v++)
    cycles->part[v] = NOBODY;
  for (guint root = 0; root < n; root++)
    {
      if (number[root] != 0)
        continue;
      depth = 1;
      path[0] = open[n_open++] = root;
      number[root] = low[root] = ++count;
      next[root] = cycles->begin[root];
      while (depth > 0)
        {
          guint v = path[depth - 1], to;

          if (next[v] < cycles->begin[v + 1])
            {
              to = cycles->plan->links[cycles->outs[next[v]++]].to;
              if (number[to] == 0)
                {
                  path[depth++] = open[n_open++] = to;
                  number[to] = low[to] = ++count;
                  next[to] = cycles->begin[to];
                }
              else if (cycles->part[to] == NOBODY)
                low[v] = MIN (low[v], number[to]);
              continue;
            }
          depth--;
          if (depth > 0)
            low[path[depth - 1]] = MIN (low[path[depth - 1]], low[v]);
          if (low[v] != number[v])
            continue;
          do
            {
              to = open[--n_open];
              cycles->part[to] = n_parts;
            }
          while (to != v);
          n_parts++;
        }
    }
}

static int
compare_weights (gconstpointer a, gconstpointer b, gpointer data)
{
  const Link *links = data;
  guint       i = *(const guint *) a, k = *(const guint *) b;

  if (links[i].weight != links[k].weight)
    return links[i].weight > links[k].weight ? -1 : 1;
  return i < k ? -1 : i > k;
}

/* Links that were taken, as lists by slot. */
typedef struct
{
  guint *head, *next;  /* by slot; by link */
  guint *seen, *stack; /* by slot */
  gint64 work;
} Taken;

static gboolean
reaches (const Plan *plan, Taken *taken, guint from, guint to, guint stamp)
{
  guint n = 0;

  taken->stack[n++] = from;
  taken->seen[from] = stamp;
  while (n > 0)
    {
      guint v = taken->stack[--n];

      for (guint l = taken->head[v]; l != NOBODY; l = taken->next[l])
        {
          guint u = plan->links[l].to;

          taken->work++;
          if (u == to)
            return TRUE;
          if (taken->seen[u] == stamp)
            continue;
          taken->seen[u] = stamp;
          taken->stack[n++] = u;
        }
    }
  return FALSE;
}

/* Positions that put every link taken downwards. */
static void
sort_taken (const Plan *plan, Taken *taken, guint *position)
{
  g_autofree guint *waiting = g_new0 (guint, plan->n_slots + 1);
  guint             n = 0, done = 0;

  for (guint v = 0; v < plan->n_slots; v++)
    for (guint l = taken->head[v]; l != NOBODY; l = taken->next[l])
      waiting[plan->links[l].to]++;
  for (guint v = 0; v < plan->n_slots; v++)
    if (waiting[v] == 0)
      taken->stack[n++] = v;
  for (; done < n; done++)
    {
      position[taken->stack[done]] = done;
      for (guint l = taken->head[taken->stack[done]]; l != NOBODY; l = taken->next[l])
        if (--waiting[plan->links[l].to] == 0)
          taken->stack[n++] = plan->links[l].to;
    }
}

static void
turn (Link *link)
{
  guint slot = link->from;

  link->from = link->to;
  link->to = slot;
  link->back = TRUE;
}

/* @order: the links within parts, heaviest first. FALSE if cancelled. */
static gboolean
take_links (Plan *plan, Taken *taken, const guint *order, guint n)
{
  g_autofree guint *position = g_new0 (guint, plan->n_slots + 1);
  gboolean          sorted = FALSE;

  for (guint i = 0; i < n; i++)
    {
      Link *link = &plan->links[order[i]];

      if (i % 64 == 0 && weft_layout_cancelled (plan))
        return FALSE;
      if (taken->work > WORK_LIMIT && !sorted)
        {
          sort_taken (plan, taken, position);
          sorted = TRUE;
        }
      if (sorted ? position[link->from] >= position[link->to]
                 : reaches (plan, taken, link->to, link->from, i + 1))
        {
          turn (link);
          continue;
        }
      if (sorted)
        continue;
      taken->next[order[i]] = taken->head[link->from];
      taken->head[link->from] = order[i];
    }
  return TRUE;
}

/* Where ranks are given they decide. */
static void
turn_by_ranks (Plan *plan)
{
  for (guint i = 0; i < plan->n_links; i++)
    if (plan->rank[plan->links[i].from] > plan->rank[plan->links[i].to])
      turn (&plan->links[i]);
}

gboolean
weft_layout_turn_cycles (Plan *plan)
{
  Cycles            cycles = { plan };
  Taken             taken = { NULL };
  g_autofree guint *keys = g_new (guint, plan->n_links + 1),
                   *order = g_new (guint, plan->n_links + 1);
  guint    n = 0;
  gboolean done;

  if (plan->given_ranks)
    {
      turn_by_ranks (plan);
      return TRUE;
    }
  for (guint i = 0; i < plan->n_links; i++)
    keys[i] = plan->links[i].from;
  weft_layout_index (plan->n_links, plan->n_slots, keys, &cycles.begin, &cycles.outs);
  cycles.part = g_new (guint, plan->n_slots + 1);
  find_parts (&cycles);
  for (guint i = 0; i < plan->n_links; i++)
    if (cycles.part[plan->links[i].from] == cycles.part[plan->links[i].to])
      order[n++] = i;
  g_qsort_with_data (order, (int) n, sizeof *order, compare_weights, plan->links);
  taken.head = g_new (guint, plan->n_slots + 1);
  taken.next = g_new (guint, plan->n_links + 1);
  taken.seen = g_new0 (guint, plan->n_slots + 1);
  taken.stack = g_new (guint, plan->n_slots + 1);
  for (guint v = 0; v < plan->n_slots; v++)
    taken.head[v] = NOBODY;
  done = take_links (plan, &taken, order, n);
  g_free (taken.head);
  g_free (taken.next);
  g_free (taken.seen);
  g_free (taken.stack);
  g_free (cycles.begin);
  g_free (cycles.outs);
  g_free (cycles.part);
  return done;
}
