/* Layered drawings: nothing overlaps that is there at the same time, edges go down from port to
 * port and around nodes, what survives a step stands still, the same input gives the same drawing;
 * histories, parts, single steps moved together, and input that is odd.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/layout-samples.h"

#include "engine/tensor/philox.h"

#include <math.h>

/* Rounding of coordinates. */
#define NEAR 1e-6
/* Points of a piece that are looked at. */
#define PIECES 16

static const WeftLayoutNode *
nodes_of (const Sample *sample)
{
  return (const WeftLayoutNode *) (gpointer) sample->nodes->data;
}

static const WeftLayoutEdge *
edges_of (const Sample *sample)
{
  return (const WeftLayoutEdge *) (gpointer) sample->edges->data;
}

static gboolean
together (const WeftLayoutNode *a, const WeftLayoutNode *b)
{
  return MAX (a->first, b->first) < MIN (a->end, b->end);
}

/* ---- What every drawing keeps ---- */

static gboolean
overlap (const WeftLayout *layout, const WeftLayoutNode *nodes, guint i, guint k)
{
  const WeftLayoutPoint *a = &layout->places[i], *b = &layout->places[k];

  return a->x < b->x + nodes[k].width - NEAR && b->x < a->x + nodes[i].width - NEAR &&
         a->y < b->y + nodes[k].height - NEAR && b->y < a->y + nodes[i].height - NEAR;
}

/* @step: only what is there after it, or WEFT_LAYOUT_NOBODY. */
static void
check_overlap (const Sample *sample, const WeftLayout *layout, guint step)
{
  const WeftLayoutNode *nodes = nodes_of (sample);

  for (guint i = 0; i < layout->n_nodes; i++)
    {
      if (layout->slots[i] == WEFT_LAYOUT_NOBODY ||
          (step != WEFT_LAYOUT_NOBODY && !sample_has_node (sample, i, step)))
        continue;
      g_assert_true (isfinite (layout->places[i].x) && isfinite (layout->places[i].y));
      g_assert_cmpfloat (layout->places[i].x, >=, -NEAR);
      g_assert_cmpfloat (layout->places[i].y, >=, -NEAR);
      g_assert_cmpfloat (layout->places[i].x + nodes[i].width, <=, layout->width + NEAR);
      g_assert_cmpfloat (layout->places[i].y + nodes[i].height, <=, layout->height + NEAR);
      for (guint k = 0; k < i; k++)
        if (layout->slots[k] != WEFT_LAYOUT_NOBODY && together (&nodes[i], &nodes[k]) &&
            overlap (layout, nodes, i, k))
          g_error ("%s: nodes %u and %u overlap", sample->name, i, k);
    }
}

static WeftLayoutPoint
port_at (const Sample *sample, const WeftLayout *layout, guint node, gboolean output, guint port)
{
  WeftLayoutPoint at = weft_layout_port (sample_node (sample, node), output, port, FALSE);

  at.x += layout->places[node].x;
  at.y += layout->places[node].y;
  return at;
}

static double
bezier (double a, double b, double c, double d, double s)
{
  double r = 1 - s;

  return r * r * r * a + 3 * r * r * s * b + 3 * r * s * s * c + s * s * s * d;
}

static gboolean
edge_over_node (const Sample *sample, const WeftLayout *layout, guint e, guint node)
{
  const WeftLayoutPoint *place = &layout->places[node], *p = layout->points[e];

  for (guint i = 0; i + 3 < layout->n_points[e]; i += 3)
    for (guint k = 0; k <= PIECES; k++)
      {
        double s = (double) k / PIECES;
        double x = bezier (p[i].x, p[i + 1].x, p[i + 2].x, p[i + 3].x, s),
               y = bezier (p[i].y, p[i + 1].y, p[i + 2].y, p[i + 3].y, s);

        if (x > place->x && x < place->x + sample_node (sample, node)->width && y > place->y &&
            y < place->y + sample_node (sample, node)->height)
          return TRUE;
      }
  return FALSE;
}

static void
check_edge (const Sample *sample, const WeftLayout *layout, guint e, gboolean clear)
{
  const WeftLayoutEdge *edge = sample_edge (sample, e);
  WeftLayoutPoint       start = port_at (sample, layout, edge->from, TRUE, edge->from_port);
  WeftLayoutPoint       end = port_at (sample, layout, edge->to, FALSE, edge->to_port);
  guint                 n = layout->n_points[e];

  g_assert_cmpuint (n % 3, ==, 1);
  g_assert_cmpuint (n, >=, 4);
  g_assert_cmpfloat_with_epsilon (layout->points[e][0].x, start.x, NEAR);
  g_assert_cmpfloat_with_epsilon (layout->points[e][0].y, start.y, NEAR);
  g_assert_cmpfloat_with_epsilon (layout->points[e][n - 1].x, end.x, NEAR);
  g_assert_cmpfloat_with_epsilon (layout->points[e][n - 1].y, end.y, NEAR);
  if (layout->back[e])
    return;
  g_assert_cmpuint (layout->ranks[edge->from], <, layout->ranks[edge->to]);
  for (guint i = 1; i < n; i++)
    g_assert_cmpfloat (layout->points[e][i].y, >=, layout->points[e][i - 1].y - NEAR);
  for (guint i = 0; clear && i < layout->n_nodes; i++)
    {
      const WeftLayoutNode *node = sample_node (sample, i);

      if (i == edge->from || i == edge->to || layout->slots[i] == WEFT_LAYOUT_NOBODY)
        continue;
      if (MAX (edge->first, MAX (node->first, MAX (sample_node (sample, edge->from)->first,
                                                   sample_node (sample, edge->to)->first))) <
            MIN (edge->end, MIN (node->end, MIN (sample_node (sample, edge->from)->end,
                                                 sample_node (sample, edge->to)->end))) &&
          edge_over_node (sample, layout, e, i))
        g_error ("%s: edge %u (%u to %u) runs over node %u", sample->name, e, edge->from, edge->to,
                 i);
    }
}

/* @n_back: how many edges may go up. */
static void
check (const Sample *sample, const WeftLayout *layout, guint n_back)
{
  guint back = 0;

  check_overlap (sample, layout, WEFT_LAYOUT_NOBODY);
  for (guint e = 0; e < layout->n_edges; e++)
    {
      if (layout->n_points[e] > 0)
        check_edge (sample, layout, e, TRUE);
      back += layout->back[e];
    }
  g_assert_cmpuint (back, <=, n_back);
}

static void
check_same (const WeftLayout *a, const WeftLayout *b)
{
  g_assert_cmpmem (a->places, a->n_nodes * sizeof *a->places, b->places,
                   b->n_nodes * sizeof *b->places);
  for (guint e = 0; e < a->n_edges; e++)
    g_assert_cmpmem (a->points[e], a->n_points[e] * sizeof (WeftLayoutPoint), b->points[e],
                     b->n_points[e] * sizeof (WeftLayoutPoint));
}

/* ---- Plain graphs ---- */

static void
test_kind (gconstpointer data)
{
  SampleKind kind = GPOINTER_TO_UINT (data);

  for (guint seed = 1; seed <= 12; seed++)
    {
      g_autoptr (Sample) sample = sample_new (kind, 5 + seed * seed, seed);
      g_autoptr (WeftLayout) layout = sample_layout (sample, NULL);
      g_autoptr (WeftLayout) again = sample_layout (sample, NULL);

      check (sample, layout, 0);
      check_same (layout, again);
      g_assert_cmpuint (layout->n_slots, ==, sample->nodes->len);
    }
}

/* Ranks are as short as they can be: an input stands right above its only reader. */
static void
test_inputs (void)
{
  g_autoptr (Sample) sample = sample_new (SAMPLE_UNROLLED, 80, 3);
  g_autoptr (WeftLayout) layout = sample_layout (sample, NULL);

  for (guint i = 0; i < sample->nodes->len; i++)
    {
      guint readers = 0, reader = 0;

      for (guint e = 0; e < sample->edges->len; e++)
        if (sample_edge (sample, e)->from == i)
          {
            readers++;
            reader = sample_edge (sample, e)->to;
          }
      if (sample_node (sample, i)->n_inputs == 0 && readers == 1)
        g_assert_cmpuint (layout->ranks[i] + 1, ==, layout->ranks[reader]);
    }
}

/* The order of the ports is the order of what stands above them. */
static void
test_ports (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("ports");
  g_autoptr (WeftLayout) layout = NULL;
  guint user, inputs[5];

  for (guint i = 0; i < 5; i++)
    inputs[i] = sample_add_node (sample, 60, 20, 0, 1);
  user = sample_add_node (sample, 100, 40, 5, 1);
  for (guint i = 0; i < 5; i++)
    sample_add_edge (sample, inputs[i], user, 4 - i);
  layout = sample_layout (sample, NULL);
  check (sample, layout, 0);
  for (guint i = 1; i < 5; i++)
    g_assert_cmpfloat (layout->places[inputs[i]].x, <, layout->places[inputs[i - 1]].x);
  g_assert_cmpuint (weft_layout_crossings (layout, nodes_of (sample), edges_of (sample), 0), ==, 0);
  /* They stand around its middle. */
  g_assert_cmpfloat_with_epsilon (layout->places[inputs[2]].x + 30, layout->places[user].x + 50, 1);
}

/* A chain is one straight line, whatever the widths. */
static void
test_chain (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("chain");
  g_autoptr (WeftLayout) layout = NULL;

  for (guint i = 0; i < 40; i++)
    {
      sample_add_node (sample, 50 + (i * 37) % 60, 30, 1, 1);
      if (i > 0)
        sample_add_edge (sample, i - 1, i, 0);
    }
  layout = sample_layout (sample, NULL);
  check (sample, layout, 0);
  for (guint e = 0; e < sample->edges->len; e++)
    g_assert_cmpfloat_with_epsilon (layout->points[e][0].x,
                                    layout->points[e][layout->n_points[e] - 1].x, 0.5);
}

static void
test_sideways (void)
{
  WeftLayoutOptions sideways = { .sideways = TRUE };
  g_autoptr (Sample) sample = sample_new (SAMPLE_TRAINING, 60, 1);
  g_autoptr (WeftLayout) layout = sample_layout (sample, &sideways);
  g_autoptr (WeftLayout) down = NULL;

  for (guint e = 0; e < sample->edges->len; e++)
    {
      const WeftLayoutEdge *edge = sample_edge (sample, e);
      WeftLayoutPoint       port =
        weft_layout_port (sample_node (sample, edge->to), FALSE, edge->to_port, TRUE);

      g_assert_cmpfloat (layout->places[edge->from].x + sample_node (sample, edge->from)->width, <,
                         layout->places[edge->to].x);
      g_assert_cmpfloat_with_epsilon (layout->points[e][layout->n_points[e] - 1].x,
                                      layout->places[edge->to].x + port.x, NEAR);
      g_assert_cmpfloat_with_epsilon (layout->points[e][layout->n_points[e] - 1].y,
                                      layout->places[edge->to].y + port.y, NEAR);
    }
  check_overlap (sample, layout, 0);
  /* It is the same drawing, turned. */
  for (guint i = 0; i < sample->nodes->len; i++)
    {
      WeftLayoutNode *node = sample_node (sample, i);
      double          width = node->width;

      node->width = node->height;
      node->height = width;
    }
  down = sample_layout (sample, NULL);
  for (guint i = 0; i < sample->nodes->len; i++)
    {
      g_assert_cmpfloat (down->places[i].x, ==, layout->places[i].y);
      g_assert_cmpfloat (down->places[i].y, ==, layout->places[i].x);
    }
}

/* What has a place keeps its order on the rank, even if that costs crossings. */
static void
test_pins (void)
{
  g_autoptr (Sample) sample = sample_new (SAMPLE_LAYERS, 60, 4);
  guint              n = sample->nodes->len;
  g_autofree double *across = g_new (double, n);
  WeftLayoutOptions  options = { .across = across };
  g_autoptr (WeftLayout) layout = NULL;

  for (guint i = 0; i < n; i++)
    across[i] = i % 3 == 0 ? NAN : (double) ((i * 7919) % 101);
  layout = sample_layout (sample, &options);
  check (sample, layout, 0);
  for (guint i = 0; i < n; i++)
    for (guint k = 0; k < n; k++)
      if (layout->ranks[i] == layout->ranks[k] && across[i] < across[k] &&
          layout->places[i].x >= layout->places[k].x)
        g_error ("nodes %u and %u changed places", i, k);
}

/* ---- Histories ---- */

static void
check_history (const Sample *sample)
{
  g_autoptr (WeftLayout) layout = sample_layout (sample, NULL);
  guint n = sample->nodes->len;

  check (sample, layout, 0);
  for (guint i = 0; i < n; i++)
    {
      guint place = sample_node (sample, i)->place_of;

      for (guint k = 0; k < i; k++)
        if (layout->slots[i] == layout->slots[k])
          g_assert_false (together (sample_node (sample, i), sample_node (sample, k)));
      if (place != WEFT_LAYOUT_NOBODY && layout->slots[i] == layout->slots[place])
        g_assert_cmpfloat_with_epsilon (
          layout->places[i].x + sample_node (sample, i)->width / 2,
          layout->places[place].x + sample_node (sample, place)->width / 2, NEAR);
    }
}

static void
test_history (void)
{
  for (guint seed = 1; seed <= 40; seed++)
    {
      g_autoptr (Sample) sample = sample_new_history (15 + 3 * seed, 5 + seed, seed);

      check_history (sample);
    }
}

/* a(b(x)) becomes c(d(x)): c where a stood, d where b stood. */
static void
test_slots (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("slots");
  g_autoptr (WeftLayout) layout = NULL;
  guint       x = sample_add_node (sample, 60, 20, 0, 1), b = sample_add_node (sample, 100, 30, 1, 1);
  guint       a = sample_add_node (sample, 100, 30, 1, 1), end = sample_add_node (sample, 100, 30, 1, 1);
  guint       d = sample_add_node (sample, 60, 30, 1, 1), c = sample_add_node (sample, 140, 30, 1, 1);
  const guint edges[][3] = { { x, b, 0 }, { b, a, 0 }, { a, end, 0 }, { x, d, 1 }, { d, c, 1 }, { c, end, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (edges); i++)
    sample_add_edge (sample, edges[i][0], edges[i][1], 0);
  sample->n_steps = 2;
  sample_node (sample, a)->end = sample_node (sample, b)->end = 1;
  sample_node (sample, c)->first = sample_node (sample, d)->first = 1;
  sample_node (sample, c)->place_of = a;
  layout = sample_layout (sample, NULL);
  check (sample, layout, 0);
  g_assert_cmpuint (layout->n_slots, ==, 4);
  g_assert_cmpuint (layout->slots[c], ==, layout->slots[a]);
  g_assert_cmpuint (layout->slots[d], ==, layout->slots[b]);
}

/* What the replaced node's place is taken by somebody who is still there: another place. */
static void
test_taken (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("taken");
  g_autoptr (WeftLayout) layout = NULL;
  guint a = sample_add_node (sample, 50, 30, 0, 1), b = sample_add_node (sample, 50, 30, 0, 1);

  sample->n_steps = 2;
  sample_node (sample, b)->first = 1;
  sample_node (sample, b)->place_of = a;
  layout = sample_layout (sample, NULL);
  check (sample, layout, 0);
  g_assert_cmpuint (layout->slots[a], !=, layout->slots[b]);
}

/* First a feeds b, later b feeds a, and that for longer: the first edge goes back. */
static void
test_back (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("back");
  g_autoptr (WeftLayout) layout = NULL;
  guint a = sample_add_node (sample, 50, 30, 1, 1), b = sample_add_node (sample, 50, 30, 1, 1);

  sample->n_steps = 10;
  sample_add_edge (sample, a, b, 0);
  sample_add_edge (sample, b, a, 0);
  sample_edge (sample, 0)->end = 1;
  sample_edge (sample, 1)->first = 1;
  sample_node (sample, a)->end = sample_node (sample, b)->end = 10;
  layout = sample_layout (sample, NULL);
  check (sample, layout, 1);
  g_assert_true (layout->back[0]);
  g_assert_false (layout->back[1]);
}

/* Moved together, the step keeps its order along and across the ranks, and gets no larger. */
static void
test_compact (void)
{
  for (guint seed = 1; seed <= 10; seed++)
    {
      g_autoptr (Sample) sample = sample_new_history (40, 20, seed);
      g_autoptr (WeftLayout) layout = sample_layout (sample, NULL);

      for (guint step = 0; step < sample->n_steps; step += 5)
        {
          g_autoptr (WeftLayout) compact =
            weft_layout_compact (layout, nodes_of (sample), edges_of (sample), NULL, step, NULL);

          check_overlap (sample, compact, step);
          g_assert_cmpuint (compact->n_ranks, <=, layout->n_ranks);
          for (guint e = 0; e < sample->edges->len; e++)
            if (sample_has_edge (sample, e, step))
              {
                g_assert_cmpuint (compact->back[e], ==, layout->back[e]);
                check_edge (sample, compact, e, FALSE);
              }
            else
              g_assert_cmpuint (compact->n_points[e], ==, 0);
          for (guint i = 0; i < sample->nodes->len; i++)
            for (guint k = 0; k < i && sample_has_node (sample, i, step); k++)
              {
                if (!sample_has_node (sample, k, step))
                  continue;
                if (layout->ranks[i] != layout->ranks[k])
                  g_assert_cmpint (layout->ranks[i] < layout->ranks[k], ==,
                                   compact->ranks[i] < compact->ranks[k]);
                else
                  g_assert_cmpint (layout->places[i].x < layout->places[k].x, ==,
                                   compact->places[i].x < compact->places[k].x);
              }
        }
    }
}

/* A long history comes in parts, cut where it may be cut; within each what survives stands still,
 * and the order is kept between them. */
static void
test_series (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("series");
  g_autoptr (WeftLayoutSeries) series = NULL;
  const guint cuts[] = { 10, 20, 30 };
  guint       width = 60, height = 20;

  /* Columns of nodes; each step replaces a good part of them by nodes with another place. */
  for (guint round = 0; round < 4; round++)
    for (guint i = 0; i < width * height; i++)
      {
        guint node = sample_add_node (sample, 40, 20, 1, 1);

        sample_node (sample, node)->first = round * 10 + (round > 0 ? i % 5 : 0);
        sample_node (sample, node)->end = round < 3 ? (round + 1) * 10 + i % 5 : G_MAXUINT;
        if (i >= width)
          sample_add_edge (sample, node - width, node, 0);
      }
  sample->n_steps = 41;
  series = weft_layout_series_new (sample->nodes->len, nodes_of (sample), sample->edges->len,
                                   edges_of (sample), NULL, G_N_ELEMENTS (cuts), cuts, NULL);
  g_assert_cmpuint (series->n_parts, >, 1);
  g_assert_cmpuint (series->firsts[0], ==, 0);
  for (guint p = 0; p < series->n_parts; p++)
    {
      const WeftLayout *part = series->parts[p];
      guint             first = series->firsts[p], end = p + 1 < series->n_parts ? series->firsts[p + 1] : 41;

      for (guint i = 0; p > 0 && i < sample->nodes->len; i++)
        for (guint k = 0; k < i && part->slots[i] != WEFT_LAYOUT_NOBODY; k++)
          {
            const WeftLayout *old = series->parts[p - 1];

            if (part->ranks[i] == part->ranks[k] && old->slots[i] != WEFT_LAYOUT_NOBODY &&
                old->slots[k] != WEFT_LAYOUT_NOBODY && part->slots[k] != WEFT_LAYOUT_NOBODY &&
                old->places[i].x != old->places[k].x)
              g_assert_cmpint (old->places[i].x < old->places[k].x, ==,
                               part->places[i].x < part->places[k].x);
          }
      g_assert_true (p == 0 || first == 10 || first == 20 || first == 30);
      g_assert_true (weft_layout_series_at (series, first) == part &&
                     weft_layout_series_at (series, end - 1) == part);
      for (guint i = 0; i < sample->nodes->len; i++)
        g_assert_cmpint (part->slots[i] != WEFT_LAYOUT_NOBODY, ==,
                         sample_node (sample, i)->first < end &&
                           sample_node (sample, i)->end > first);
    }
}

/* ---- Odd input ---- */

static void
test_empty (void)
{
  g_autoptr (WeftLayout) layout = weft_layout_new (0, NULL, 0, NULL, NULL, NULL);
  g_autoptr (WeftLayoutSeries) series =
    weft_layout_series_new (0, NULL, 0, NULL, NULL, 0, NULL, NULL);
  g_autoptr (WeftLayout) compact = weft_layout_compact (layout, NULL, NULL, NULL, 0, NULL);

  g_assert_cmpuint (layout->n_slots, ==, 0);
  g_assert_cmpfloat (layout->width, ==, 0);
  g_assert_cmpuint (weft_layout_crossings (layout, NULL, NULL, 0), ==, 0);
  g_assert_cmpuint (series->n_parts, ==, 1);
  g_assert_nonnull (compact);
}

static void
test_odd (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("odd");
  g_autoptr (WeftLayout) layout = NULL;
  guint a, b, c, d, e;

  a = sample_add_node (sample, 100, 30, 2, 2);
  b = sample_add_node (sample, 0, 0, 0, 0);
  c = sample_add_node (sample, 300, 200, 3, 1);
  d = sample_add_node (sample, 10, 10, 1, 1);
  e = sample_add_node (sample, 10, 10, 1, 1);
  sample_add_edge (sample, a, b, 0);
  sample_add_edge (sample, a, b, 0); /* twice */
  sample_add_edge (sample, a, c, 7); /* a port that is not there */
  sample_add_edge (sample, c, c, 0); /* to itself */
  sample_add_edge (sample, a, d, 0); /* from what never lives */
  sample_add_edge (sample, b, e, 0); /* a life that is over before it begins */
  sample_add_edge (sample, c, e, 0); /* and one longer than that of its ends */
  sample_node (sample, d)->first = 5;
  sample_node (sample, d)->end = 5;
  sample_node (sample, e)->place_of = 4000;
  sample_node (sample, c)->place_of = c;
  sample_edge (sample, 5)->first = 9;
  sample_edge (sample, 5)->end = 3;
  sample_edge (sample, 0)->from_port = 1;
  layout = sample_layout (sample, NULL);
  check (sample, layout, 1);
  g_assert_true (layout->back[3]);
  g_assert_cmpuint (layout->n_points[4], ==, 0);
  g_assert_cmpuint (layout->n_points[5], ==, 0);
  g_assert_cmpuint (layout->slots[d], ==, WEFT_LAYOUT_NOBODY);
}

/* Steps as large as they can be. */
static void
test_large_steps (void)
{
  g_autoptr (Sample) sample = sample_new (SAMPLE_TREE, 12, 1);

  sample_node (sample, 5)->end = 4000000000u;
  sample_node (sample, 6)->first = 4000000000u;
  sample_node (sample, 7)->first = G_MAXUINT - 1;
  sample_node (sample, 8)->end = 1;
  check_history (sample);
}

static void
test_apart (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("apart");
  g_autoptr (WeftLayout) layout = NULL;

  for (guint i = 0; i < 60; i++)
    {
      sample_add_node (sample, 60, 30, 1, 1);
      if (i >= 20 && i % 4 > 0)
        sample_add_edge (sample, i - 1, i, 0);
    }
  layout = sample_layout (sample, NULL);
  check (sample, layout, 0);
  /* What has no edges is stacked: seven in a row at most. */
  for (guint i = 7; i < 20; i++)
    g_assert_cmpuint (layout->ranks[i], >=, 1);
}

/* One ring, all in one strongly connected part. */
static void
test_rings (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("rings");
  g_autoptr (WeftLayout) layout = NULL;

  for (guint i = 0; i < 30; i++)
    sample_add_node (sample, 60, 30, 0, 0);
  for (guint i = 0; i < 30; i++)
    {
      sample_add_edge (sample, i, (i + 1) % 30, 0);
      sample_add_edge (sample, i, (i + 7) % 30, 0);
    }
  layout = sample_layout (sample, NULL);
  check (sample, layout, 60);
  for (guint e = 0; e < 60; e++)
    g_assert_cmpint (layout->back[e], ==,
                     layout->ranks[sample_edge (sample, e)->from] >
                       layout->ranks[sample_edge (sample, e)->to]);
}

static void
test_long (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("long");
  g_autoptr (WeftLayout) layout = NULL;

  for (guint i = 0; i < 100000; i++)
    {
      sample_add_node (sample, 60, 30, 1, 1);
      if (i > 0)
        sample_add_edge (sample, i - 1, i, 0);
    }
  sample_add_edge (sample, 0, 99999, 0);
  layout = sample_layout (sample, NULL);
  g_assert_cmpuint (layout->n_ranks, ==, 100000);
}

/* Each node also feeds the last one: bends without number. */
static void
test_fan (void)
{
  g_autoptr (Sample) sample = sample_new_empty ("fan");
  g_autoptr (WeftLayout) layout = NULL;

  for (guint i = 0; i < 2000; i++)
    sample_add_node (sample, 60, 30, 1, 1);
  for (guint i = 0; i + 1 < 2000; i++)
    {
      sample_add_edge (sample, i, i + 1, 0);
      sample_add_edge (sample, 0, i + 1, 0);
      sample_add_edge (sample, i, 1999, 0);
    }
  layout = sample_layout (sample, NULL);
  check_overlap (sample, layout, 0);
  for (guint e = 0; e < sample->edges->len; e++)
    check_edge (sample, layout, e, FALSE);
}

static guint
draw (guint64 seed, guint64 *counter, guint n)
{
  guint32 words[4];

  weft_philox (seed, 1, (*counter)++, words);
  return words[0] % n;
}

/* Any lives, ports, sizes, replacements and directions. */
static Sample *
new_nonsense (guint64 seed)
{
  guint64 counter = 0;
  guint   n = 1 + draw (seed, &counter, 60), n_edges = draw (seed, &counter, 150),
        n_steps = 1 + draw (seed, &counter, 30);
  Sample *sample = sample_new_empty ("nonsense");

  for (guint i = 0; i < n; i++)
    {
      WeftLayoutNode *node = sample_node (
        sample, sample_add_node (sample, draw (seed, &counter, 200), draw (seed, &counter, 80),
                                 draw (seed, &counter, 5), draw (seed, &counter, 3)));

      node->first = draw (seed, &counter, 2) == 0 ? 0 : draw (seed, &counter, n_steps);
      node->end = draw (seed, &counter, 2) == 0 ? G_MAXUINT : draw (seed, &counter, n_steps + 1);
      node->place_of =
        draw (seed, &counter, 2) == 0 ? WEFT_LAYOUT_NOBODY : draw (seed, &counter, n + 1);
    }
  for (guint i = 0; i < n_edges; i++)
    {
      guint           a = draw (seed, &counter, n), b = draw (seed, &counter, n);
      WeftLayoutEdge *edge;

      /* Half of the samples have cycles. */
      sample_add_edge (sample, seed % 2 == 0 ? MIN (a, b) : a, seed % 2 == 0 ? MAX (a, b) : b,
                       draw (seed, &counter, 4));
      edge = sample_edge (sample, sample->edges->len - 1);
      edge->from_port = draw (seed, &counter, 3);
      edge->first = draw (seed, &counter, n_steps);
      edge->end = draw (seed, &counter, 2) == 0 ? G_MAXUINT : draw (seed, &counter, n_steps + 1);
    }
  sample->n_steps = n_steps;
  return sample;
}

static void
test_nonsense (void)
{
  for (guint64 seed = 1; seed <= 400; seed++)
    {
      g_autoptr (Sample) sample = new_nonsense (seed);
      g_autoptr (WeftLayout) layout = sample_layout (sample, NULL);
      g_autoptr (WeftLayout) compact =
        weft_layout_compact (layout, nodes_of (sample), edges_of (sample), NULL, 0, NULL);

      check (sample, layout, G_MAXUINT);
      check_overlap (sample, compact, 0);
    }
}

static void
test_not_a_number (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (Sample) sample = sample_new_empty ("nan");

      sample_add_node (sample, NAN, 30, 1, 1);
      weft_layout_free (sample_layout (sample, NULL));
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*isfinite*");
}

/* ---- Cancelling ---- */

static gpointer
cancel_thread (gpointer data)
{
  g_usleep (30000);
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_cancel (void)
{
  g_autoptr (Sample) sample = sample_new (SAMPLE_UNROLLED, 4000, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GThread    *thread = g_thread_new ("cancel", cancel_thread, cancellable);
  WeftLayout *layout = weft_layout_new (sample->nodes->len, nodes_of (sample), sample->edges->len,
                                        edges_of (sample), NULL, cancellable);

  g_thread_join (thread);
  g_assert_null (layout);
  g_assert_null (weft_layout_new (sample->nodes->len, nodes_of (sample), sample->edges->len,
                                  edges_of (sample), NULL, cancellable));
  g_assert_null (weft_layout_series_new (sample->nodes->len, nodes_of (sample), sample->edges->len,
                                         edges_of (sample), NULL, 0, NULL, cancellable));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < SAMPLE_N_KINDS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/layout/kind/%s", sample_kind_name (i));

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_kind);
    }
  g_test_add_func ("/engine/layout/inputs", test_inputs);
  g_test_add_func ("/engine/layout/ports", test_ports);
  g_test_add_func ("/engine/layout/chain", test_chain);
  g_test_add_func ("/engine/layout/sideways", test_sideways);
  g_test_add_func ("/engine/layout/pins", test_pins);
  g_test_add_func ("/engine/layout/history", test_history);
  g_test_add_func ("/engine/layout/slots", test_slots);
  g_test_add_func ("/engine/layout/taken", test_taken);
  g_test_add_func ("/engine/layout/back", test_back);
  g_test_add_func ("/engine/layout/compact", test_compact);
  g_test_add_func ("/engine/layout/series", test_series);
  g_test_add_func ("/engine/layout/empty", test_empty);
  g_test_add_func ("/engine/layout/odd", test_odd);
  g_test_add_func ("/engine/layout/large-steps", test_large_steps);
  g_test_add_func ("/engine/layout/apart", test_apart);
  g_test_add_func ("/engine/layout/rings", test_rings);
  g_test_add_func ("/engine/layout/long", test_long);
  g_test_add_func ("/engine/layout/fan", test_fan);
  g_test_add_func ("/engine/layout/nonsense", test_nonsense);
  g_test_add_func ("/engine/layout/not-a-number", test_not_a_number);
  g_test_add_func ("/engine/layout/cancel", test_cancel);
  return g_test_run ();
}
