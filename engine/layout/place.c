/* Coordinates across the ranks.
 *
 * Four drawings align items with the median of what they are connected to above or below, from the
 * left or from the right, into blocks that stand exactly below each other at their ports; bends in
 * a row and chains come first. The mean of the middle two keeps every distance. From there a
 * network simplex finds the least weighted sum of lengths; what that leaves open goes to the
 * middle. Only what is there at the same time is kept apart.
 *
 * Source: Brandes and Köpf 2001, Fast and simple horizontal coordinate assignment; Rüegg et al.
 * 2015 for ports and sizes; Gansner et al. 1993, section 4, for the simplex.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

#define N_DRAWINGS 4
/* How much more a segment between a bend and a slot, and between two bends, wants to be straight.
 * Source: Gansner et al. 1993, section 4. */
#define ONE_BEND 2
#define TWO_BENDS 8
/* Likewise a link that is the only one of both its ends on that side. */
#define CHAIN 3
#define MOST_SWEEPS 16
/* Less than this is no move. */
#define STILL 0.01

typedef struct
{
  const Plan *plan;
  Net        *net;
  GArray     *apart;
  guint      *after_begin, *after;   /* by item: what is kept apart to its right */
  guint      *before_begin, *before; /* and to its left */
  guint8     *loose;                 /* by segment: crosses one that comes first */
} Place;

/* ---- Which segments come first ---- */

/* 2: between bends; 1: part of a chain; 0: any other. */
static guint
precedence (const Net *net, const Segment *segment)
{
  if (net->items[segment->upper].slot == NOBODY && net->items[segment->lower].slot == NOBODY)
    return 2;
  return net->downs_begin[segment->upper + 1] - net->downs_begin[segment->upper] == 1 &&
         net->ups_begin[segment->lower + 1] - net->ups_begin[segment->lower] == 1;
}

/* Segments below @rank that cross one of a higher precedence, at least @level. */
static void
loosen_below (Place *place, guint rank, guint level, double *greatest, double *least)
{
  const Net *net = place->net;
  guint      begin = net->rank_begin[rank], n = net->rank_begin[rank + 1] - begin;

  for (guint i = 0; i < n; i++)
    {
      greatest[i] = -1;
      least[i] = G_MAXDOUBLE;
      for (guint k = net->downs_begin[net->order[begin + i]];
           k < net->downs_begin[net->order[begin + i] + 1]; k++)
        {
          const Segment *segment = &net->segments[net->downs[k]];

          if (precedence (net, segment) < level)
            continue;
          greatest[i] = MAX (greatest[i], net->pos[segment->lower]);
          least[i] = MIN (least[i], net->pos[segment->lower]);
        }
    }
  for (guint i = 1; i < n; i++)
    greatest[i] = MAX (greatest[i], greatest[i - 1]);
  for (guint i = n - 1; n > 0 && i-- > 0;)
    least[i] = MIN (least[i], least[i + 1]);
  for (guint i = 0; i < n; i++)
    for (guint k = net->downs_begin[net->order[begin + i]];
         k < net->downs_begin[net->order[begin + i] + 1]; k++)
      {
        const Segment *segment = &net->segments[net->downs[k]];

        if (precedence (net, segment) < level &&
            ((i > 0 && greatest[i - 1] > net->pos[segment->lower]) ||
             (i + 1 < n && least[i + 1] < net->pos[segment->lower])))
          place->loose[net->downs[k]] = TRUE;
      }
}

static void
loosen (Place *place)
{
  g_autofree double *greatest = g_new (double, place->net->n_items + 1);
  g_autofree double *least = g_new (double, place->net->n_items + 1);

  for (guint r = 0; r + 1 < place->net->n_ranks; r++)
    {
      loosen_below (place, r, 2, greatest, least);
      loosen_below (place, r, 1, greatest, least);
    }
}

/* ---- Blocks ---- */

/* One of the four drawings; mirrored ones count from the right. */
typedef struct
{
  gboolean upwards, mirrored;
  guint   *root;  /* by item */
  double  *shift; /* by item: from its root */
  double  *x;     /* by item */
} Drawing;

typedef struct
{
  double key;
  guint  segment;
} Candidate;

static double
side (const Drawing *drawing, double at)
{
  return drawing->mirrored ? -at : at;
}

/* The one or two segments in the middle of the weight, from the side that the drawing starts at. */
static guint
find_medians (const Net *net, const Drawing *drawing, guint item, Candidate *room, guint *medians)
{
  const guint *list =
    drawing->upwards ? net->downs + net->downs_begin[item] : net->ups + net->ups_begin[item];
  guint  n = drawing->upwards ? net->downs_begin[item + 1] - net->downs_begin[item]
                              : net->ups_begin[item + 1] - net->ups_begin[item];
  gint64 sum = 0, weight = 0;

  for (guint i = 0; i < n; i++)
    {
      const Segment *segment = &net->segments[list[i]];
      Candidate      mine = { drawing->upwards ? net->pos[segment->lower] + segment->lower_part
                                               : net->pos[segment->upper] + segment->upper_part,
                         list[i] };
      guint at = i;

      mine.key = side (drawing, mine.key);
      sum += segment->weight;
      for (; at > 0 && room[at - 1].key > mine.key; at--)
        room[at] = room[at - 1];
      room[at] = mine;
    }
  for (guint i = 0; i < n; i++)
    {
      weight += net->segments[room[i].segment].weight;
      if (2 * weight < sum)
        continue;
      medians[0] = room[i].segment;
      if (2 * weight > sum || i + 1 == n)
        return 1;
      medians[1] = room[i + 1].segment;
      return 2;
    }
  return 0;
}

static void
align_rank (const Place *place, Drawing *drawing, guint rank, Candidate *room)
{
  const Net *net = place->net;
  guint      begin = net->rank_begin[rank], n = net->rank_begin[rank + 1] - begin;
  gint64     last = G_MININT64;

  for (guint i = 0; i < n; i++)
    {
      guint item = net->order[begin + (drawing->mirrored ? n - 1 - i : i)], medians[2];
      guint n_medians = find_medians (net, drawing, item, room, medians);

      for (guint k = 0; k < n_medians && drawing->root[item] == item; k++)
        {
          const Segment *segment = &net->segments[medians[k]];
          guint          other = drawing->upwards ? segment->lower : segment->upper;
          double         own_at = drawing->upwards ? segment->upper_at : segment->lower_at;
          double         other_at = drawing->upwards ? segment->lower_at : segment->upper_at;
          gint64         pos = drawing->mirrored ? -(gint64) net->pos[other] : (gint64) net->pos[other];

          if (place->loose[medians[k]] || pos <= last)
            continue;
          last = pos;
          drawing->root[item] = drawing->root[other];
          drawing->shift[item] = drawing->shift[other] + side (drawing, other_at - own_at);
        }
    }
}

static void
align (const Place *place, Drawing *drawing)
{
  const Net            *net = place->net;
  g_autofree Candidate *room = g_new (Candidate, net->n_segments + 1);

  for (guint i = 0; i < net->n_items; i++)
    {
      drawing->root[i] = i;
      drawing->shift[i] = 0;
    }
  for (guint r = 1; r < net->n_ranks; r++)
    align_rank (place, drawing, drawing->upwards ? net->n_ranks - 1 - r : r, room);
}

/* What @item has on its near side in the drawing, or (@far) on its far one. */
static const Apart *
neighbour (const Place *place, const Drawing *drawing, guint item, gboolean far, guint i)
{
  gboolean     after = far != drawing->mirrored;
  const guint *list =
    after ? place->after + place->after_begin[item] : place->before + place->before_begin[item];
  guint n = after ? place->after_begin[item + 1] - place->after_begin[item]
                  : place->before_begin[item + 1] - place->before_begin[item];

  return i < n ? &g_array_index (place->apart, Apart, list[i]) : NULL;
}

/* Roots so that what a block is kept apart from on its near side comes first. */
static guint *
sort_blocks (const Place   *place,
             const Drawing *drawing,
             const guint   *members_begin,
             const guint   *members,
             guint         *n_sorted)
{
  const Net        *net = place->net;
  guint            *sorted = g_new (guint, net->n_items + 1);
  g_autofree guint *waiting = g_new0 (guint, net->n_items + 1);
  const Apart      *apart;
  guint             n = 0;

  for (guint i = 0; i < place->apart->len; i++)
    {
      apart = &g_array_index (place->apart, Apart, i);
      waiting[drawing->root[drawing->mirrored ? apart->left : apart->right]]++;
    }
  for (guint i = 0; i < net->n_items; i++)
    if (drawing->root[i] == i && waiting[i] == 0)
      sorted[n++] = i;
  for (guint done = 0; done < n; done++)
    for (guint k = members_begin[sorted[done]]; k < members_begin[sorted[done] + 1]; k++)
      for (guint i = 0; (apart = neighbour (place, drawing, members[k], TRUE, i)) != NULL; i++)
        {
          guint root = drawing->root[drawing->mirrored ? apart->left : apart->right];

          if (--waiting[root] == 0)
            sorted[n++] = root;
        }
  *n_sorted = n;
  return sorted;
}

/* Blocks as near as they can be, then as far as those behind them let them. */
static void
compact (const Place *place, Drawing *drawing)
{
  const Net         *net = place->net;
  g_autofree guint  *members_begin = NULL, *members = NULL, *sorted = NULL;
  g_autofree double *at = g_new0 (double, net->n_items + 1);
  const Apart       *apart;
  guint              n;

  weft_layout_index (net->n_items, net->n_items, drawing->root, &members_begin, &members);
  sorted = sort_blocks (place, drawing, members_begin, members, &n);
  for (guint b = 0; b < n; b++)
    for (guint k = members_begin[sorted[b]]; k < members_begin[sorted[b] + 1]; k++)
      for (guint i = 0; (apart = neighbour (place, drawing, members[k], FALSE, i)) != NULL; i++)
        {
          guint other = drawing->mirrored ? apart->right : apart->left;

          at[sorted[b]] = MAX (at[sorted[b]], at[drawing->root[other]] + drawing->shift[other] +
                                                apart->distance - drawing->shift[members[k]]);
        }
  for (guint b = n; b-- > 0;)
    {
      double limit = G_MAXDOUBLE;

      for (guint k = members_begin[sorted[b]]; k < members_begin[sorted[b] + 1]; k++)
        for (guint i = 0; (apart = neighbour (place, drawing, members[k], TRUE, i)) != NULL; i++)
          {
            guint other = drawing->mirrored ? apart->left : apart->right;

            limit = MIN (limit, at[drawing->root[other]] + drawing->shift[other] - apart->distance -
                                  drawing->shift[members[k]]);
          }
      if (limit < G_MAXDOUBLE)
        at[sorted[b]] = MAX (at[sorted[b]], limit);
    }
  for (guint i = 0; i < net->n_items; i++)
    drawing->x[i] = side (drawing, at[drawing->root[i]] + drawing->shift[i]);
}

/* ---- The mean of four ---- */

static void
extent (const Net *net, const double *x, double *low, double *high)
{
  *low = G_MAXDOUBLE;
  *high = -G_MAXDOUBLE;
  for (guint i = 0; i < net->n_items; i++)
    {
      *low = MIN (*low, x[i] - net->items[i].half);
      *high = MAX (*high, x[i] + net->items[i].half);
    }
}

static void
combine (const Place *place, Drawing *drawings)
{
  Net   *net = place->net;
  double low[N_DRAWINGS], high[N_DRAWINGS];
  guint  narrowest = 0;

  for (guint d = 0; d < N_DRAWINGS; d++)
    {
      extent (net, drawings[d].x, &low[d], &high[d]);
      if (high[d] - low[d] < high[narrowest] - low[narrowest])
        narrowest = d;
    }
  for (guint i = 0; i < net->n_items; i++)
    {
      double x[N_DRAWINGS];

      for (guint d = 0; d < N_DRAWINGS; d++)
        {
          double mine = drawings[d].x[i] + (drawings[d].mirrored ? high[narrowest] - high[d]
                                                                 : low[narrowest] - low[d]);
          guint  at = d;

          for (; at > 0 && x[at - 1] > mine; at--)
            x[at] = x[at - 1];
          x[at] = mine;
        }
      net->x[i] = (x[1] + x[2]) / 2;
    }
}

/* ---- To the middle ---- */

typedef struct
{
  guint     *root; /* by item: its block */
  guint     *members_begin, *members;
  Candidate *pulls; /* by how much; the segment for its weight */
  guint8    *none;  /* by item: FALSE */
} Blocks;

static double
segment_weight (const Net *net, const Segment *segment)
{
  guint n_bends =
    (net->items[segment->upper].slot == NOBODY) + (net->items[segment->lower].slot == NOBODY);

  return (double) segment->weight * (n_bends == 2 ? TWO_BENDS : n_bends == 1 ? ONE_BEND
                                                                             : 1);
}

/* ---- The shortest ---- */

/* Coordinates that the simplex works with are whole numbers of this part of a unit. */
#define GRAIN 8
/* Visits of items and segments: about 20 ms for 400 nodes, half a second at most. */
#define WORK_BASE 2000000
#define WORK_PER_ITEM 6000
#define WORK_MOST 60000000

/* Least sum of lengths across the ranks, weighted, at the distances that are kept. */
static gboolean
shorten (const Place *place, const guint *root)
{
  Net                    *net = place->net;
  g_autofree guint       *number = g_new (guint, net->n_items + 1);
  g_autofree int         *x = g_new (int, net->n_items + net->n_segments + 1);
  g_autofree SimplexEdge *edges = g_new (SimplexEdge, 2 * net->n_segments + place->apart->len + 1);
  guint                   n = 0, n_edges = 0;

  for (guint i = 0; i < net->n_items; i++)
    if (root[i] == i)
      {
        x[n] = (int) floor (net->x[i] * GRAIN + 0.5);
        number[i] = n++;
      }
  for (guint i = 0; i < net->n_segments; i++)
    {
      const Segment *segment = &net->segments[i];
      guint          a = root[segment->upper], b = root[segment->lower];
      int            off;

      if (a == b)
        continue;
      off = (int) floor ((net->x[segment->lower] - net->x[b] + segment->lower_at -
                          (net->x[segment->upper] - net->x[a]) - segment->upper_at) *
                           GRAIN +
                         0.5);
      edges[n_edges++] =
        (SimplexEdge){ n, number[a], MAX (off, 0), (gint64) segment_weight (net, segment) };
      edges[n_edges++] =
        (SimplexEdge){ n, number[b], MAX (-off, 0), (gint64) segment_weight (net, segment) };
      x[n] = MIN (x[number[a]] - MAX (off, 0), x[number[b]] - MAX (-off, 0));
      n++;
    }
  for (guint i = 0; i < place->apart->len; i++)
    {
      const Apart *apart = &g_array_index (place->apart, Apart, i);
      guint        a = root[apart->left], b = root[apart->right];
      int          length = (int) ceil (
                 (apart->distance + (net->x[apart->left] - net->x[a]) - (net->x[apart->right] - net->x[b])) *
                 GRAIN);

      edges[n_edges++] =
        (SimplexEdge){ number[a], number[b], MIN (length, x[number[b]] - x[number[a]]), 0 };
    }
  if (weft_layout_cancelled (place->plan) ||
      !weft_layout_simplex (n, n_edges, edges, x, TRUE,
                            MIN (WORK_BASE + (gint64) WORK_PER_ITEM * net->n_items, WORK_MOST),
                            place->plan->cancellable))
    return FALSE;
  for (guint i = 0; i < net->n_items; i++)
    if (root[i] != i)
      net->x[i] += (double) x[number[root[i]]] / GRAIN - net->x[root[i]];
  for (guint i = 0; i < net->n_items; i++)
    if (root[i] == i)
      net->x[i] = (double) x[number[i]] / GRAIN;
  return TRUE;
}

/* Bends of one link that stand below each other move together. */
static void
find_blocks (const Net *net, Blocks *blocks)
{
  for (guint i = 0; i < net->n_items; i++)
    blocks->root[i] = i;
  for (guint r = 1; r < net->n_ranks; r++)
    for (guint i = net->rank_begin[r]; i < net->rank_begin[r + 1]; i++)
      for (guint k = net->ups_begin[net->order[i]]; k < net->ups_begin[net->order[i] + 1]; k++)
        {
          const Segment *segment = &net->segments[net->ups[k]];

          if (precedence (net, segment) == 2 &&
              fabs (net->x[segment->upper] - net->x[segment->lower]) < STILL)
            blocks->root[segment->lower] = blocks->root[segment->upper];
        }
  weft_layout_index (net->n_items, net->n_items, blocks->root, &blocks->members_begin,
                     &blocks->members);
}

static void
add_pull (const Net *net, Blocks *blocks, guint *n, guint segment, double by)
{
  guint at = (*n)++;

  for (; at > 0 && blocks->pulls[at - 1].key > by; at--)
    blocks->pulls[at] = blocks->pulls[at - 1];
  blocks->pulls[at] = (Candidate){ by, segment };
}

/* How far block @root wants to move: the mean of its pulls, but between their medians, where the
 * sum of lengths is least. */
static double
wish (const Net *net, Blocks *blocks, guint root)
{
  guint    n = 0;
  double   sum = 0, moment = 0, weight = 0, low = NAN, high = NAN;
  gboolean straight = FALSE;

  for (guint k = blocks->members_begin[root]; k < blocks->members_begin[root + 1]; k++)
    {
      guint item = blocks->members[k];

      for (guint i = net->ups_begin[item]; i < net->ups_begin[item + 1]; i++)
        {
          const Segment *segment = &net->segments[net->ups[i]];

          if (blocks->root[segment->upper] != root)
            add_pull (net, blocks, &n, net->ups[i],
                      net->x[segment->upper] + segment->upper_at - net->x[item] -
                        segment->lower_at);
        }
      for (guint i = net->downs_begin[item]; i < net->downs_begin[item + 1]; i++)
        {
          const Segment *segment = &net->segments[net->downs[i]];

          if (blocks->root[segment->lower] != root)
            add_pull (net, blocks, &n, net->downs[i],
                      net->x[segment->lower] + segment->lower_at - net->x[item] -
                        segment->upper_at);
        }
    }
  if (n == 0)
    return 0;
  for (guint i = 0; i < n; i++)
    {
      double mine = segment_weight (net, &net->segments[blocks->pulls[i].segment]);

      sum += mine;
      moment += mine * blocks->pulls[i].key;
      straight |= fabs (blocks->pulls[i].key) < STILL;
    }
  for (guint i = 0; i < n && isnan (high); i++)
    {
      weight += segment_weight (net, &net->segments[blocks->pulls[i].segment]);
      if (isnan (low) && 2 * weight >= sum)
        low = blocks->pulls[i].key;
      if (2 * weight > sum)
        high = blocks->pulls[i].key;
    }
  high = isnan (high) ? low : high;
  /* What is straight where it may be stays so. */
  if (low <= STILL && high >= -STILL && (straight || net->items[root].slot == NOBODY))
    return 0;
  return CLAMP (moment / sum, low, high);
}

/* The items on one side of @item that nothing else is connected to; the number of them. */
static guint
find_leaves (const Net *net, guint item, gboolean up, guint *leaves, double *pull)
{
  const guint *list = up ? net->ups + net->ups_begin[item] : net->downs + net->downs_begin[item];
  guint        n = up ? net->ups_begin[item + 1] - net->ups_begin[item]
                      : net->downs_begin[item + 1] - net->downs_begin[item],
        n_leaves = 0;

  *pull = 0;
  for (guint i = 0; i < n; i++)
    {
      const Segment *segment = &net->segments[list[i]];
      guint          other = up ? segment->upper : segment->lower;
      double         off =
        net->x[segment->upper] + segment->upper_at - net->x[segment->lower] - segment->lower_at;

      if (net->ups_begin[other + 1] - net->ups_begin[other] + net->downs_begin[other + 1] -
            net->downs_begin[other] !=
          1)
        continue;
      leaves[n_leaves++] = other;
      *pull += up ? -off : off;
    }
  *pull /= MAX (n_leaves, 1);
  return n_leaves;
}

/* How far @item may move, up to @by, past what is not @among those that move with it. */
static double
room (const Place *place, guint item, double by, const guint8 *among)
{
  const Net *net = place->net;

  for (guint i = place->after_begin[item]; by > 0 && i < place->after_begin[item + 1]; i++)
    {
      const Apart *apart = &g_array_index (place->apart, Apart, place->after[i]);

      if (!among[apart->right])
        by = MAX (0, MIN (by, net->x[apart->right] - apart->distance - net->x[item]));
    }
  for (guint i = place->before_begin[item]; by < 0 && i < place->before_begin[item + 1]; i++)
    {
      const Apart *apart = &g_array_index (place->apart, Apart, place->before[i]);

      if (!among[apart->left])
        by = MIN (0, MAX (by, net->x[apart->left] + apart->distance - net->x[item]));
    }
  return by;
}

/* Moves block @root as far as it wants and may. */
static double
move (const Place *place, Blocks *blocks, guint root)
{
  Net   *net = place->net;
  double by = wish (net, blocks, root);

  for (guint k = blocks->members_begin[root]; k < blocks->members_begin[root + 1] && by != 0; k++)
    by = room (place, blocks->members[k], by, blocks->none);
  for (guint k = blocks->members_begin[root]; k < blocks->members_begin[root + 1]; k++)
    net->x[blocks->members[k]] += by;
  return fabs (by);
}

/* Several leaves of an item stand around its middle rather than one exactly below its port and the
 * others beside it. */
static void
centre_leaves (const Place *place)
{
  Net               *net = place->net;
  g_autofree guint  *leaves = g_new (guint, net->n_segments + 1);
  g_autofree guint8 *among = g_new0 (guint8, net->n_items + 1);

  for (guint item = 0; item < place->plan->n_slots; item++)
    for (guint up = 0; up < 2; up++)
      {
        double by;
        guint  n = find_leaves (net, item, up, leaves, &by);

        if (n < 2)
          continue;
        for (guint i = 0; i < n; i++)
          among[leaves[i]] = TRUE;
        for (guint i = 0; i < n; i++)
          by = room (place, leaves[i], by, among);
        for (guint i = 0; i < n; i++)
          {
            net->x[leaves[i]] += by;
            among[leaves[i]] = FALSE;
          }
      }
}

/* FALSE if cancelled. */
static gboolean
relax (const Place *place)
{
  Net     *net = place->net;
  Blocks   blocks = { g_new (guint, net->n_items + 1) };
  gboolean done, going;

  if (weft_layout_cancelled (place->plan))
    {
      g_free (blocks.root);
      return FALSE;
    }
  find_blocks (net, &blocks);
  blocks.pulls = g_new (Candidate, net->n_segments + 1);
  blocks.none = g_new0 (guint8, net->n_items + 1);
  done = going = !weft_layout_cancelled (place->plan) && shorten (place, blocks.root);
  for (guint round = 0; going && round < MOST_SWEEPS; round++)
    {
      double moved = 0;

      for (guint i = 0; i < net->n_items; i++)
        {
          guint item = net->order[round % 2 == 0 ? i : net->n_items - 1 - i];

          if (blocks.root[item] == item)
            moved = MAX (moved, move (place, &blocks, item));
        }
      done = !weft_layout_cancelled (place->plan);
      going = moved > STILL && done;
    }
  if (done)
    centre_leaves (place);
  g_free (blocks.root);
  g_free (blocks.members_begin);
  g_free (blocks.members);
  g_free (blocks.pulls);
  g_free (blocks.none);
  return done;
}

/* ---- The whole ---- */

static void
index_apart (Place *place)
{
  g_autofree guint *keys = g_new (guint, place->apart->len + 1);

  for (guint i = 0; i < place->apart->len; i++)
    keys[i] = g_array_index (place->apart, Apart, i).left;
  weft_layout_index (place->apart->len, place->net->n_items, keys, &place->after_begin,
                     &place->after);
  for (guint i = 0; i < place->apart->len; i++)
    keys[i] = g_array_index (place->apart, Apart, i).right;
  weft_layout_index (place->apart->len, place->net->n_items, keys, &place->before_begin,
                     &place->before);
}

static gboolean
draw (Place *place)
{
  Drawing  drawings[N_DRAWINGS];
  gboolean done = TRUE;

  loosen (place);
  for (guint d = 0; d < N_DRAWINGS; d++)
    {
      guint n = place->net->n_items + 1;

      drawings[d] =
        (Drawing){ d % 2 == 1, d / 2 == 1, g_new (guint, n), g_new (double, n), g_new (double, n) };
      done = done && !weft_layout_cancelled (place->plan);
      if (!done)
        continue;
      align (place, &drawings[d]);
      done = !weft_layout_cancelled (place->plan);
      if (done)
        compact (place, &drawings[d]);
    }
  done = done && !weft_layout_cancelled (place->plan);
  if (done)
    combine (place, drawings);
  for (guint d = 0; d < N_DRAWINGS; d++)
    {
      g_free (drawings[d].root);
      g_free (drawings[d].shift);
      g_free (drawings[d].x);
    }
  return done && relax (place);
}

gboolean
weft_layout_place (const Plan *plan, Net *net)
{
  Place    place = { plan, net };
  gboolean done;
  double   low, high;

  place.apart = weft_layout_apart (plan, net);
  place.loose = g_new0 (guint8, net->n_segments + 1);
  index_apart (&place);
  done = draw (&place);
  extent (net, net->x, &low, &high);
  for (guint i = 0; done && i < net->n_items; i++)
    net->x[i] -= low;
  g_array_unref (place.apart);
  g_free (place.loose);
  g_free (place.after_begin);
  g_free (place.after);
  g_free (place.before_begin);
  g_free (place.before);
  return done;
}
