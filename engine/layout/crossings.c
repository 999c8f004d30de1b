/* Counts crossings of curves, cut into straight strokes that are swept from top to bottom.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

/* Straight pieces that a curve is cut into. */
#define PIECES 12

typedef struct
{
  WeftLayoutPoint from, to;
  double          low, high; /* of its heights */
  guint           edge;
} Stroke;

static WeftLayoutPoint
curve_point (const WeftLayoutPoint *p, double s)
{
  double r = 1 - s, a = r * r * r, b = 3 * r * r * s, c = 3 * r * s * s, d = s * s * s;

  return (WeftLayoutPoint){ a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
                            a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y };
}

static void
add_strokes (GArray *strokes, guint edge, const WeftLayoutPoint *points, guint n_points)
{
  for (guint i = 0; i + 3 < n_points; i += 3)
    {
      gboolean straight = points[i].x == points[i + 3].x && points[i].x == points[i + 1].x &&
                          points[i].x == points[i + 2].x;
      guint n = straight ? 1 : PIECES;

      for (guint k = 0; k < n; k++)
        {
          Stroke stroke = { k == 0 ? points[i] : curve_point (points + i, (double) k / n),
                            k + 1 == n ? points[i + 3] : curve_point (points + i, (k + 1.0) / n) };

          stroke.edge = edge;
          stroke.low = MIN (stroke.from.y, stroke.to.y);
          stroke.high = MAX (stroke.from.y, stroke.to.y);
          g_array_append_val (strokes, stroke);
        }
    }
}

static int
compare_strokes (gconstpointer a, gconstpointer b)
{
  const Stroke *x = a, *y = b;

  if (x->low != y->low)
    return x->low < y->low ? -1 : 1;
  return x->edge < y->edge ? -1 : x->edge > y->edge;
}

/* On which side of the line from @a to @b the point is. */
static gboolean
left_of (WeftLayoutPoint a, WeftLayoutPoint b, WeftLayoutPoint point)
{
  return (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0;
}

static gboolean
same_point (WeftLayoutPoint a, WeftLayoutPoint b)
{
  return a.x == b.x && a.y == b.y;
}

static gboolean
cross (const Stroke *a, const Stroke *b)
{
  if (same_point (a->from, b->from) || same_point (a->to, b->to) || same_point (a->from, b->to) ||
      same_point (a->to, b->from))
    return FALSE;
  return left_of (a->from, a->to, b->from) != left_of (a->from, a->to, b->to) &&
         left_of (b->from, b->to, a->from) != left_of (b->from, b->to, a->to);
}

/* TRUE if they are one, or share a port. */
static gboolean
meet (const WeftLayoutEdge *a, const WeftLayoutEdge *b)
{
  return (a->from == b->from && a->from_port == b->from_port) ||
         (a->to == b->to && a->to_port == b->to_port);
}

/**
 * weft_layout_crossings:
 * @step: whose edges are counted
 *
 * Each pair of edges whose curves cross counts once, however often they do. Edges that share a port
 * do not count.
 *
 * Returns: the number of pairs.
 */
guint
weft_layout_crossings (const WeftLayout     *layout,
                       const WeftLayoutNode *nodes,
                       const WeftLayoutEdge *edges,
                       guint                 step)
{
  g_autoptr (GArray) strokes = g_array_new (FALSE, FALSE, sizeof (Stroke));
  g_autoptr (GHashTable) pairs = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint e = 0; e < layout->n_edges; e++)
    {
      const WeftLayoutNode *from = &nodes[edges[e].from], *to = &nodes[edges[e].to];

      if (step >= MAX (edges[e].first, MAX (from->first, to->first)) &&
          step < MIN (edges[e].end, MIN (from->end, to->end)))
        add_strokes (strokes, e, layout->points[e], layout->n_points[e]);
    }
  g_array_sort (strokes, compare_strokes);
  for (guint i = 0; i < strokes->len; i++)
    for (guint k = i + 1; k < strokes->len && g_array_index (strokes, Stroke, k).low <=
                                                g_array_index (strokes, Stroke, i).high;
         k++)
      {
        const Stroke *a = &g_array_index (strokes, Stroke, i),
                     *b = &g_array_index (strokes, Stroke, k);
        gint64 pair = (gint64) MIN (a->edge, b->edge) * layout->n_edges + MAX (a->edge, b->edge);

        if (!meet (&edges[a->edge], &edges[b->edge]) && cross (a, b) &&
            !g_hash_table_contains (pairs, &pair))
          g_hash_table_add (pairs, g_memdup2 (&pair, sizeof pair));
      }
  return g_hash_table_size (pairs);
}
