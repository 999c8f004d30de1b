/* One step alone, moved together: the ranks that have nothing are gone, and so are the gaps; the
 * order stays.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

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
weft_layout_compact (const WeftLayout *layout, const WeftLayoutNode *nodes, const WeftLayoutEdge *edges, const WeftLayoutOptions *options, guint step, GCancellable *cancellable)
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
  compact = weft_layout_draw (plan);
  if (compact != NULL)
    keep_others (layout, compact);
  return compact;
}
