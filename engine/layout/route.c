/* The drawing itself: where nodes stand, and curves for edges.
 *
 * An edge runs from port to port through its bends. Bends below each other are one straight run; a
 * single bend is left out where the curve stays clear of what stands on its rank. Pieces leave and
 * arrive along the ranks' direction, so that the whole is smooth.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

/* A part of the distance between nodes that a curve keeps from them. */
#define CLEARANCE 0.4
/* Bends less than this apart are below each other. */
#define STRAIGHT 0.5
/* From so many distances between ranks on, an edge that goes across asks for this part of the rest
 * as more distance; at most for twice the usual. */
#define FLAT_FROM 8
#define FLAT_RISE 0.04
/* A piece that moves across less than this part of its length is a straight line. */
#define SLANT 0.1
/* A run this near to its port, as a part of the distance between nodes, is drawn below it. */
#define SNAP 0.25
/* How far a turned edge goes around its ends, as a part of the distance between ranks. */
#define LOOP 0.5

typedef struct
{
  double x, top, bottom;
  guint  first, last; /* bends */
} Run;

typedef struct
{
  const Plan *plan;
  const Net  *net;
  WeftLayout *layout;
  double     *tops, *bottoms;      /* by rank */
  guint      *nodes_begin, *nodes; /* by slot */
  GArray     *points, *runs;
} Router;

/* ---- Where ranks and nodes are ---- */

/* How much further apart than usual the ranks stand: where edges go far across, so that they do not
 * lie flat. */
static void
widen_gaps (const Router *router, double *more)
{
  const Net *net = router->net;

  for (guint i = 0; i < net->n_segments; i++)
    {
      const Segment *segment = &net->segments[i];
      double         across = fabs (net->x[segment->upper] + segment->upper_at - net->x[segment->lower] -
                                    segment->lower_at);
      double         wanted = (across - FLAT_FROM * router->plan->rank_gap) * FLAT_RISE;
      double        *gap = &more[net->items[segment->upper].rank];

      *gap = MAX (*gap, CLAMP (wanted, 0, router->plan->rank_gap));
    }
}

static void
stack_ranks (Router *router)
{
  const Plan        *plan = router->plan;
  g_autofree double *heights = g_new0 (double, plan->n_ranks + 1);
  g_autofree double *more = g_new0 (double, plan->n_ranks + 1);
  double             y = 0;

  widen_gaps (router, more);

  for (guint i = 0; i < plan->n_nodes; i++)
    if (plan->slot[i] != NOBODY)
      {
        double *height = &heights[plan->rank[plan->slot[i]]];

        *height = MAX (*height, plan->nodes[i].height);
      }
  for (guint r = 0; r < plan->n_ranks; r++)
    {
      router->tops[r] = y;
      router->bottoms[r] = y + heights[r];
      y += heights[r] + plan->rank_gap + more[r];
    }
}

static void
place_nodes (Router *router)
{
  const Plan *plan = router->plan;
  WeftLayout *layout = router->layout;

  for (guint i = 0; i < plan->n_nodes; i++)
    {
      guint slot = plan->slot[i], rank;

      layout->slots[i] = slot;
      layout->ranks[i] = NOBODY;
      if (slot == NOBODY)
        continue;
      rank = plan->rank[slot];
      layout->ranks[i] = rank;
      layout->places[i].x = router->net->x[slot] - plan->nodes[i].width / 2;
      layout->places[i].y =
        (router->tops[rank] + router->bottoms[rank] - plan->nodes[i].height) / 2;
      layout->width = MAX (layout->width, layout->places[i].x + plan->nodes[i].width);
      layout->height = MAX (layout->height, router->bottoms[rank]);
    }
}

static WeftLayoutPoint
port (const Router *router, guint node, gboolean output, guint number)
{
  WeftLayoutPoint at = weft_layout_port (&router->plan->nodes[node], output, number, FALSE);

  at.x += router->layout->places[node].x;
  at.y += router->layout->places[node].y;
  return at;
}

/* ---- Curves ---- */

static void
add_point (Router *router, double x, double y)
{
  g_array_append_val (router->points, ((WeftLayoutPoint){ x, y }));
  router->layout->width = MAX (router->layout->width, x);
  router->layout->height = MAX (router->layout->height, y);
}

static WeftLayoutPoint
last_point (const Router *router)
{
  return g_array_index (router->points, WeftLayoutPoint, router->points->len - 1);
}

/* Leaves and arrives along the ranks' direction; what is nearly straight is straight. */
static void
curve_to (Router *router, double x, double y)
{
  WeftLayoutPoint from = last_point (router);

  if (from.x == x && from.y == y)
    return;
  if (fabs (x - from.x) < SLANT * fabs (y - from.y))
    {
      add_point (router, from.x + (x - from.x) / 3, from.y + (y - from.y) / 3);
      add_point (router, from.x + (x - from.x) * 2 / 3, from.y + (y - from.y) * 2 / 3);
      add_point (router, x, y);
      return;
    }
  add_point (router, from.x, (from.y + y) / 2);
  add_point (router, x, (from.y + y) / 2);
  add_point (router, x, y);
}

/* Where the curve between the two is at height @y. */
static double
curve_x (WeftLayoutPoint from, WeftLayoutPoint to, double y)
{
  double part = (y - from.y) / (to.y - from.y), low = 0, high = 1;

  /* Its height, as a part, is 3/2 s - 3/2 s^2 + s^3 at s, and its way across 3 s^2 - 2 s^3. */
  for (guint i = 0; i < 20; i++)
    {
      double s = (low + high) / 2;

      if (s * (1.5 + s * (s - 1.5)) < part)
        low = s;
      else
        high = s;
    }
  return from.x + (to.x - from.x) * low * low * (3 - 2 * low);
}

/* TRUE if what stands on the rank of @bend together with it leaves @low .. @high free. */
static gboolean
is_free (const Router *router, guint bend, double low, double high)
{
  const Net  *net = router->net;
  const Item *item = &net->items[bend];
  double      away = router->plan->node_gap * CLEARANCE;

  for (guint i = net->rank_begin[item->rank]; i < net->rank_begin[item->rank + 1]; i++)
    {
      guint slot = net->items[net->order[i]].slot;

      if (slot == NOBODY || net->x[slot] + net->items[slot].half + away <= low ||
          net->x[slot] - net->items[slot].half - away >= high)
        continue;
      for (guint k = router->nodes_begin[slot]; k < router->nodes_begin[slot + 1]; k++)
        {
          const WeftLayoutNode *node = &router->plan->nodes[router->nodes[k]];

          if (node->first < item->end && item->first < node->end &&
              net->x[slot] + node->width / 2 + away > low &&
              net->x[slot] - node->width / 2 - away < high)
            return FALSE;
        }
    }
  return TRUE;
}

/* TRUE if the curve between the two is clear of what stands on the ranks of the runs @first .. @end
 * - 1. */
static gboolean
is_clear (const Router *router, WeftLayoutPoint from, WeftLayoutPoint to, guint first, guint end)
{
  for (guint i = first; i < end; i++)
    {
      const Run *run = &g_array_index (router->runs, Run, i);
      double     a = curve_x (from, to, run->top), b = curve_x (from, to, run->bottom);

      if (!is_free (router, run->first, MIN (a, b), MAX (a, b)))
        return FALSE;
    }
  return TRUE;
}

static void
find_runs (Router *router, guint bends, guint n)
{
  const Net *net = router->net;

  g_array_set_size (router->runs, 0);
  for (guint i = 0; i < n; i++)
    {
      guint bend = bends + i, rank = net->items[bend].rank;
      Run   run = { net->x[bend], router->tops[rank], router->bottoms[rank], bend, bend };
      Run  *last =
        router->runs->len > 0 ? &g_array_index (router->runs, Run, router->runs->len - 1) : NULL;

      if (last == NULL || fabs (last->x - run.x) > STRAIGHT)
        {
          g_array_append_val (router->runs, run);
          continue;
        }
      last->bottom = run.bottom;
      last->last = bend;
    }
}

static void
snap_run (Router *router, Run *run, double x)
{
  if (fabs (run->x - x) >= router->plan->node_gap * SNAP)
    return;
  for (guint bend = run->first; bend <= run->last; bend++)
    if (!is_free (router, bend, x, x))
      return;
  run->x = x;
}

/* Moves the first and the last run below their ports where they nearly are. */
static void
snap_runs (Router *router, double start, double end)
{
  guint n = router->runs->len;

  if (n > 0)
    snap_run (router, &g_array_index (router->runs, Run, n - 1), end);
  if (n > 1 || (n == 1 && g_array_index (router->runs, Run, 0).x != end))
    snap_run (router, &g_array_index (router->runs, Run, 0), start);
}

/* From the last point through the runs to @to, downwards. Within a rank it goes straight down, past
 * taller neighbours. */
static void
follow_runs (Router *router, WeftLayoutPoint to)
{
  guint n = router->runs->len;

  for (guint i = 0; i < n;)
    {
      const Run *run = &g_array_index (router->runs, Run, i);
      guint      end = i;

      /* As many single bends as the curve can leave out. */
      for (guint k = i; k < n && g_array_index (router->runs, Run, k).first ==
                                   g_array_index (router->runs, Run, k).last;
           k++)
        {
          const Run      *next = k + 1 < n ? &g_array_index (router->runs, Run, k + 1) : NULL;
          WeftLayoutPoint target = next != NULL ? (WeftLayoutPoint){ next->x, next->top } : to;

          if (is_clear (router, last_point (router), target, i, k + 1))
            end = k + 1;
        }
      if (end > i)
        {
          run = end < n ? &g_array_index (router->runs, Run, end) : NULL;
          i = end;
          if (run == NULL)
            break;
        }
      curve_to (router, run->x, run->top);
      if (run->bottom > run->top)
        curve_to (router, run->x, run->bottom);
      i++;
    }
  curve_to (router, to.x, to.y);
}

/* A turned edge leaves its node at the bottom, goes around it, up through the runs, and around the
 * other one to its top. */
static void
follow_turned (Router *router, guint from, guint to, WeftLayoutPoint start, WeftLayoutPoint end)
{
  const Plan *plan = router->plan;
  double      out = plan->rank_gap * LOOP, beside = plan->node_gap * LOOP;
  double      from_x = router->layout->places[from].x + plan->nodes[from].width + beside;
  double      from_y = start.y - plan->nodes[from].height / 2;
  double      to_x = router->layout->places[to].x + plan->nodes[to].width + beside;
  double      to_y = end.y + plan->nodes[to].height / 2;

  add_point (router, start.x, start.y + out);
  add_point (router, from_x, start.y + out);
  add_point (router, from_x, from_y);
  for (guint i = router->runs->len; i-- > 0;)
    {
      const Run *run = &g_array_index (router->runs, Run, i);

      curve_to (router, run->x, run->bottom);
      if (run->bottom > run->top)
        curve_to (router, run->x, run->top);
    }
  curve_to (router, to_x, to_y);
  add_point (router, to_x, end.y - out);
  add_point (router, end.x, end.y - out);
  add_point (router, end.x, end.y);
}

static void
follow (Router *router, guint from, guint to, WeftLayoutPoint start, WeftLayoutPoint end)
{
  double bottom = router->bottoms[router->layout->ranks[from]],
         top = router->tops[router->layout->ranks[to]];

  curve_to (router, start.x, bottom);
  snap_runs (router, start.x, end.x);
  follow_runs (router, (WeftLayoutPoint){ end.x, top });
  curve_to (router, end.x, end.y);
}

static void
route_edge (Router *router, guint e)
{
  const Plan           *plan = router->plan;
  const WeftLayoutEdge *edge = &plan->edges[e];
  const Link           *link = plan->link[e] != NOBODY ? &plan->links[plan->link[e]] : NULL;
  WeftLayout           *layout = router->layout;
  WeftLayoutPoint       start, end;

  if (edge->first >= edge->end)
    return;
  start = port (router, edge->from, TRUE, edge->from_port);
  end = port (router, edge->to, FALSE, edge->to_port);
  g_array_set_size (router->points, 0);
  g_array_set_size (router->runs, 0);
  add_point (router, start.x, start.y);
  if (link != NULL && router->net->bends[plan->link[e]] != NOBODY)
    find_runs (router, router->net->bends[plan->link[e]],
               plan->rank[link->to] - plan->rank[link->from] - 1);
  layout->back[e] = link == NULL || link->back;
  if (layout->back[e])
    follow_turned (router, edge->from, edge->to, start, end);
  else
    follow (router, edge->from, edge->to, start, end);
  layout->n_points[e] = router->points->len;
  layout->points[e] =
    g_memdup2 (router->points->data, router->points->len * sizeof (WeftLayoutPoint));
}

static void
turn_point (WeftLayoutPoint *point)
{
  double x = point->x;

  point->x = point->y;
  point->y = x;
}

static void
turn_sideways (WeftLayout *layout)
{
  double width = layout->width;

  layout->width = layout->height;
  layout->height = width;
  for (guint i = 0; i < layout->n_nodes; i++)
    turn_point (&layout->places[i]);
  for (guint e = 0; e < layout->n_edges; e++)
    for (guint i = 0; i < layout->n_points[e]; i++)
      turn_point (&layout->points[e][i]);
}

/* NULL if cancelled. */
WeftLayout *
weft_layout_route (const Plan *plan, const Net *net)
{
  g_autoptr (WeftLayout) layout = g_new0 (WeftLayout, 1);
  g_autofree guint *keys = g_new (guint, plan->n_nodes + 1);
  Router            router = { plan, net, layout };
  gboolean          done = TRUE;

  layout->n_nodes = plan->n_nodes;
  layout->n_edges = plan->n_edges;
  layout->n_slots = plan->n_slots;
  layout->n_ranks = plan->n_ranks;
  layout->places = g_new0 (WeftLayoutPoint, plan->n_nodes + 1);
  layout->slots = g_new0 (guint, plan->n_nodes + 1);
  layout->ranks = g_new0 (guint, plan->n_nodes + 1);
  layout->n_points = g_new0 (guint, plan->n_edges + 1);
  layout->points = g_new0 (WeftLayoutPoint *, plan->n_edges + 1);
  layout->back = g_new0 (gboolean, plan->n_edges + 1);
  for (guint i = 0; i < plan->n_nodes; i++)
    keys[i] = plan->slot[i] == NOBODY ? plan->n_slots : plan->slot[i];
  weft_layout_index (plan->n_nodes, plan->n_slots + 1, keys, &router.nodes_begin, &router.nodes);
  router.tops = g_new0 (double, plan->n_ranks + 1);
  router.bottoms = g_new0 (double, plan->n_ranks + 1);
  router.points = g_array_new (FALSE, FALSE, sizeof (WeftLayoutPoint));
  router.runs = g_array_new (FALSE, FALSE, sizeof (Run));
  stack_ranks (&router);
  place_nodes (&router);
  for (guint e = 0; done && e < plan->n_edges; e++)
    {
      route_edge (&router, e);
      done = e % 64 != 0 || !weft_layout_cancelled (plan);
    }
  if (plan->sideways)
    turn_sideways (layout);
  g_array_unref (router.points);
  g_array_unref (router.runs);
  g_free (router.tops);
  g_free (router.bottoms);
  g_free (router.nodes_begin);
  g_free (router.nodes);
  return done ? g_steal_pointer (&layout) : NULL;
}
