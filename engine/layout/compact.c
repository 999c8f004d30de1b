/* One step alone, moved together: the ranks that have nothing are gone, and so are the gaps; the
 * order stays.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

/* Steps of looking for a point of a curve: to a thousandth of a unit in any drawing. */
#define HALVINGS 30

/* Ranks of the drawing that something stands on after the step, numbered without gaps. */
static void
close_ranks (Plan *plan, const WeftLayout *layout)
{
  g_autofree guint *number = g_new0 (guint, layout->n_ranks + 1);

  plan->rank = g_new0 (guint, plan->n_slots + 1);
  plan->given_ranks = TRUE;
  for (guint i = 0; i < plan->n_nodes; i++)
    if (plan->slot[i] != NOBODY)
      number[layout->ranks[i] + 1] = 1;
  for (guint r = 0; r < layout->n_ranks; r++)
    number[r + 1] += number[r];
  for (guint i = 0; i < plan->n_nodes; i++)
    if (plan->slot[i] != NOBODY)
      plan->rank[plan->slot[i]] = number[layout->ranks[i]];
}

/* ---- Bends ---- */

/* Across and along the ranks. */
static WeftLayoutPoint
turned (WeftLayoutPoint point, gboolean sideways)
{
  return sideways ? (WeftLayoutPoint){ point.y, point.x } : point;
}

static double
bezier (double a, double b, double c, double d, double s)
{
  double r = 1 - s;

  return r * r * r * a + 3 * r * r * s * b + 3 * r * s * s * c + s * s * s * d;
}

/* Where the curve of @edge, which only goes down, is at height @y of @layout; NaN: it is not. */
static double
curve_across (const WeftLayout *layout, guint edge, double y, gboolean sideways)
{
  for (guint i = 0; i + 3 < layout->n_points[edge]; i += 3)
    {
      const WeftLayoutPoint *points = layout->points[edge] + i;
      WeftLayoutPoint        p[4];
      double                 low = 0, high = 1;

      for (guint k = 0; k < 4; k++)
        p[k] = turned (points[k], sideways);
      if (y < p[0].y || y > p[3].y)
        continue;
      for (guint k = 0; k < HALVINGS; k++)
        {
          double s = (low + high) / 2;

          if (bezier (p[0].y, p[1].y, p[2].y, p[3].y, s) < y)
            low = s;
          else
            high = s;
        }
      return bezier (p[0].x, p[1].x, p[2].x, p[3].x, low);
    }
  return NAN;
}

/* Bends keep to the side of the nodes on which the curves of @layout pass them. */
static void
pin_bends (const Plan *plan, Net *net, const WeftLayout *layout)
{
  g_autofree double *middle = g_new0 (double, plan->n_ranks + 1);

  for (guint i = 0; i < plan->n_nodes; i++)
    if (plan->slot[i] != NOBODY)
      middle[plan->rank[plan->slot[i]]] =
        turned (layout->places[i], plan->sideways).y + plan->nodes[i].height / 2;
  for (guint e = 0; e < plan->n_edges; e++)
    {
      const Link *link = plan->link[e] != NOBODY ? &plan->links[plan->link[e]] : NULL;

      if (link == NULL || link->back || net->bends[plan->link[e]] == NOBODY)
        continue;
      for (guint r = plan->rank[link->from] + 1; r < plan->rank[link->to]; r++)
        net->items[net->bends[plan->link[e]] + r - plan->rank[link->from] - 1].pin =
          curve_across (layout, e, middle[r], plan->sideways);
    }
}

static WeftLayout *
draw (Plan *plan, const WeftLayout *layout)
{
  g_autoptr (Net) net = NULL;

  if (!weft_layout_turn_cycles (plan) || !weft_layout_rank (plan))
    return NULL;
  net = weft_layout_net_new (plan);
  pin_bends (plan, net, layout);
  if (!weft_layout_order (plan, net) || !weft_layout_place (plan, net))
    return NULL;
  return weft_layout_route (plan, net);
}

/* The others stay in the drawing where they were: nothing that is seen, but places to come from and
 * go to. */
static void
keep_others (const WeftLayout *layout, WeftLayout *compact)
{
  for (guint i = 0; i < layout->n_nodes; i++)
    if (compact->slots[i] == NOBODY)
      compact->places[i] = layout->places[i];
}

/**
 * weft_layout_compact:
 * @layout: of @nodes and @edges
 * @step: whose nodes and edges are drawn; the others have no points, and no slot
 *
 * Returns: the drawing of one step, owned by the caller: the order along and across ranks is that
 * of @layout. NULL if cancelled.
 */
WeftLayout *
weft_layout_compact (const WeftLayout        *layout,
                     const WeftLayoutNode    *nodes,
                     const WeftLayoutEdge    *edges,
                     const WeftLayoutOptions *options,
                     guint                    step,
                     GCancellable            *cancellable)
{
  WeftLayoutOptions  own = options != NULL ? *options : (WeftLayoutOptions){ 0 };
  g_autofree double *across = g_new (double, layout->n_nodes + 1);
  g_autoptr (Plan) plan = NULL;
  WeftLayout *compact;

  for (guint i = 0; i < layout->n_nodes; i++)
    across[i] = own.sideways ? layout->places[i].y + nodes[i].height / 2
                             : layout->places[i].x + nodes[i].width / 2;
  own.across = across;
  plan = weft_layout_plan_new (layout->n_nodes, nodes, layout->n_edges, edges, &own, step, step + 1,
                               cancellable);
  for (guint i = 0; i < plan->n_nodes; i++)
    if (layout->slots[i] == NOBODY)
      plan->nodes[i].first = plan->nodes[i].end = 0;
  weft_layout_give_slots (plan);
  weft_layout_make_links (plan);
  close_ranks (plan, layout);
  compact = draw (plan, layout);
  if (compact != NULL)
    keep_others (layout, compact);
  return compact;
}
