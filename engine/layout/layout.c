/* Drawings from the outside: the stages in their order, and series of drawings for long histories.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

/* Slots that one drawing may have; more than anybody follows with the eye, and drawn in well under
 * a second. */
#define MOST_SLOTS 1500

/* The drawing of a plan that has slots and links. */
static WeftLayout *
draw (Plan *plan)
{
  g_autoptr (Net) net = NULL;

  if (!weft_layout_turn_cycles (plan) || !weft_layout_rank (plan) || weft_layout_cancelled (plan))
    return NULL;
  net = weft_layout_net_new (plan);
  if (weft_layout_cancelled (plan) || !weft_layout_order (plan, net) ||
      !weft_layout_place (plan, net))
    return NULL;
  return weft_layout_route (plan, net);
}

static WeftLayout *
draw_steps (guint                    n_nodes,
            const WeftLayoutNode    *nodes,
            guint                    n_edges,
            const WeftLayoutEdge    *edges,
            const WeftLayoutOptions *options,
            guint                    first,
            guint                    end,
            GCancellable            *cancellable)
{
  g_autoptr (Plan) plan =
    weft_layout_plan_new (n_nodes, nodes, n_edges, edges, options, first, end, cancellable);

  weft_layout_give_slots (plan);
  weft_layout_make_links (plan);
  return draw (plan);
}

/**
 * weft_layout_new:
 * @nodes: [n_nodes]; sizes are finite, which is asserted
 * @edges: [n_edges]; ends below @n_nodes, which is asserted; ports past the last one count as the
 * last
 * @options: or NULL
 * @cancellable: or NULL; looked at every few milliseconds
 *
 * Lays out everything that @nodes and @edges tell of in one drawing: what is there after several
 * steps stands still between them. Nodes that are there together never overlap; their edges go down
 * except where WeftLayout.back says so. A node from itself to itself is back, too.
 *
 * Returns: the drawing, owned by the caller; NULL if @cancellable was cancelled.
 */
WeftLayout *
weft_layout_new (guint                    n_nodes,
                 const WeftLayoutNode    *nodes,
                 guint                    n_edges,
                 const WeftLayoutEdge    *edges,
                 const WeftLayoutOptions *options,
                 GCancellable            *cancellable)
{
  return draw_steps (n_nodes, nodes, n_edges, edges, options, 0,
                     weft_layout_last_step (n_nodes, nodes), cancellable);
}

void
weft_layout_free (WeftLayout *layout)
{
  if (layout == NULL)
    return;
  for (guint i = 0; i < layout->n_edges; i++)
    g_free (layout->points[i]);
  g_free (layout->points);
  g_free (layout->n_points);
  g_free (layout->back);
  g_free (layout->places);
  g_free (layout->slots);
  g_free (layout->ranks);
  g_free (layout);
}

/**
 * weft_layout_port:
 * @port: number of the output or input; past the last one: the last
 *
 * Returns: where the port is, from the top left corner of @node.
 */
WeftLayoutPoint
weft_layout_port (const WeftLayoutNode *node, gboolean output, guint port, gboolean sideways)
{
  guint  n = output ? node->n_outputs : node->n_inputs;
  double part = n == 0 ? 0.5 : (MIN (port, n - 1) + 0.5) / n;

  if (sideways)
    return (WeftLayoutPoint){ output ? node->width : 0, part * node->height };
  return (WeftLayoutPoint){ part * node->width, output ? node->height : 0 };
}

/* ---- Series ---- */

static guint
count_slots (guint                 n_nodes,
             const WeftLayoutNode *nodes,
             guint                 n_edges,
             const WeftLayoutEdge *edges,
             guint                 first,
             guint                 end)
{
  g_autoptr (Plan) plan =
    weft_layout_plan_new (n_nodes, nodes, n_edges, edges, NULL, first, end, NULL);

  weft_layout_give_slots (plan);
  return plan->n_slots;
}

/* Where what @layout shows stands across its ranks, over what @across says; for the order of the
 * drawing after it. */
static void
remember_order (const WeftLayout     *layout,
                const WeftLayoutNode *nodes,
                gboolean              sideways,
                double               *across)
{
  for (guint i = 0; i < layout->n_nodes; i++)
    if (layout->slots[i] != WEFT_LAYOUT_NOBODY)
      across[i] = sideways ? layout->places[i].y + nodes[i].height / 2
                           : layout->places[i].x + nodes[i].width / 2;
}

/**
 * weft_layout_series_new:
 * @cuts: [n_cuts] steps at which a drawing may end and the next begin, ascending
 *
 * One drawing for as many steps as it stays readable; where the whole history is small enough it is
 * a single one. Each drawing keeps the order of the one before it.
 *
 * Returns: the series, owned by the caller; NULL if @cancellable was cancelled.
 */
WeftLayoutSeries *
weft_layout_series_new (guint                    n_nodes,
                        const WeftLayoutNode    *nodes,
                        guint                    n_edges,
                        const WeftLayoutEdge    *edges,
                        const WeftLayoutOptions *options,
                        guint                    n_cuts,
                        const guint             *cuts,
                        GCancellable            *cancellable)
{
  g_autoptr (WeftLayoutSeries) series = g_new0 (WeftLayoutSeries, 1);
  WeftLayoutOptions  own = options != NULL ? *options : (WeftLayoutOptions){ 0 };
  g_autofree double *across = g_new (double, n_nodes + 1);
  guint              last = weft_layout_last_step (n_nodes, nodes), first = 0;

  series->firsts = g_new0 (guint, n_cuts + 2);
  series->parts = g_new0 (WeftLayout *, n_cuts + 2);
  for (guint i = 0; i < n_nodes; i++)
    across[i] = own.across != NULL ? own.across[i] : NAN;
  while (first < last)
    {
      guint       end = last;
      WeftLayout *part;

      for (guint i = n_cuts;
           i-- > 0 && count_slots (n_nodes, nodes, n_edges, edges, first, end) > MOST_SLOTS;)
        if (cuts[i] > first && cuts[i] < end)
          end = cuts[i];
      own.across = own.across != NULL || first > 0 ? across : NULL;
      part = draw_steps (n_nodes, nodes, n_edges, edges, &own, first, end, cancellable);
      if (part == NULL)
        return NULL;
      remember_order (part, nodes, own.sideways, across);
      series->firsts[series->n_parts] = first;
      series->parts[series->n_parts++] = part;
      first = end;
    }
  return g_steal_pointer (&series);
}

void
weft_layout_series_free (WeftLayoutSeries *series)
{
  if (series == NULL)
    return;
  for (guint i = 0; i < series->n_parts; i++)
    weft_layout_free (series->parts[i]);
  g_free (series->parts);
  g_free (series->firsts);
  g_free (series);
}

const WeftLayout *
weft_layout_series_at (const WeftLayoutSeries *series, guint step)
{
  guint i = series->n_parts - 1;

  while (i > 0 && series->firsts[i] > step)
    i--;
  return series->parts[i];
}
