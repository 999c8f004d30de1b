/* The order of the items on each rank: few crossings between what is there at the same time.
 *
 * Several first orders (depth first from either end, then scattered ones) are improved by sweeps:
 * down and up, each rank is sorted by the weighted median or mean of what its items are connected
 * to, ports counted, then neighbours are exchanged and items moved along their rank as long as
 * crossings vanish. The best order that was seen is taken. What is not connected never mixes; items
 * with a pin keep their order.
 *
 * Source: Gansner et al. 1993 (medians, exchanges); Matuszewski et al. 1999 (sifting).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

/* Sweeps without a gain before one gives up, and at most. */
#define PATIENCE 6
#define MOST_SWEEPS 40
/* Rounds of exchanges after a sweep. */
#define MOST_ROUNDS 12
/* Steps of work (comparisons of segments) that all starts together may take, and the first one
 * alone: about 25 ms for 400 nodes, and half a second. */
#define WORK_BASE 1500000
#define WORK_PER_ITEM 1000
#define WORK_MOST 30000000
/* On ranks of more items than this bends are not moved along their rank, only exchanged. */
#define SIFT_BENDS 60
/* First orders: those that follow the graph, and all, as far as the work allows. */
#define N_WALKS 4
#define MOST_STARTS 16
/* Multipliers that scatter consecutive numbers. */
#define SCATTER_ITEM 2654435761u
#define SCATTER_START 40503u

typedef struct
{
  double key;
  guint  item;
} Keyed;

typedef struct
{
  /* Borrowed */
  const Plan *plan;
  Net        *net;

  /* Owned */
  Keyed  *keyed;      /* room for one rank */
  guint  *sorted;     /* room for segments */
  double *keys;       /* by item */
  guint  *best, *own; /* the best order so far, and of this start */
  guint8 *dirty;      /* by rank: worth looking at again */

  /* Plain values */
  gint64   work;
  gboolean steps; /* lives differ */
} Order;

/* ---- Crossings ---- */

static double
upper_key (const Net *net, const Segment *segment)
{
  return net->pos[segment->upper] + segment->upper_part;
}

static double
lower_key (const Net *net, const Segment *segment)
{
  return net->pos[segment->lower] + segment->lower_part;
}

/* What a crossing of the two costs: how much the steps weigh in which both are there. */
static inline gint64
together (const Order *order, const Segment *a, const Segment *b)
{
  gint64 n = (gint64) a->n_edges * b->n_edges;

  return order->steps
           ? n * weft_layout_weight (order->plan, MAX (a->first, b->first), MIN (a->end, b->end))
           : n;
}

/* Cost of crossings of the segments @a of an item and @b of the next one on its rank, as they are
 * and exchanged. @up: towards the rank above. */
static void
count_pair (Order       *order,
            const guint *a,
            guint        n_a,
            const guint *b,
            guint        n_b,
            gboolean     up,
            gint64      *now,
            gint64      *exchanged)
{
  const Net *net = order->net;

  order->work += (gint64) n_a * n_b;
  for (guint i = 0; i < n_a; i++)
    {
      const Segment *left = &net->segments[a[i]];
      double         key = up ? upper_key (net, left) : lower_key (net, left);

      for (guint k = 0; k < n_b; k++)
        {
          const Segment *right = &net->segments[b[k]];
          double         other = up ? upper_key (net, right) : lower_key (net, right);

          if (key > other)
            *now += together (order, left, right);
          else if (key < other)
            *exchanged += together (order, left, right);
        }
    }
}

/* What the cost grows by if @left and @right, neighbours in this order, are exchanged. */
static gint64
exchange_cost (Order *order, guint left, guint right)
{
  const Net *net = order->net;
  gint64     now = 0, exchanged = 0;

  count_pair (order, net->ups + net->ups_begin[left],
              net->ups_begin[left + 1] - net->ups_begin[left], net->ups + net->ups_begin[right],
              net->ups_begin[right + 1] - net->ups_begin[right], TRUE, &now, &exchanged);
  count_pair (order, net->downs + net->downs_begin[left],
              net->downs_begin[left + 1] - net->downs_begin[left],
              net->downs + net->downs_begin[right],
              net->downs_begin[right + 1] - net->downs_begin[right], FALSE, &now, &exchanged);
  return exchanged - now;
}

/* Segments to the rank below, in the order of their upper ends. */
static guint
sort_segments (Order *order, guint rank)
{
  const Net *net = order->net;
  guint      n = 0;

  for (guint i = net->rank_begin[rank]; i < net->rank_begin[rank + 1]; i++)
    {
      guint item = net->order[i], from = n;

      for (guint k = net->downs_begin[item]; k < net->downs_begin[item + 1]; k++)
        {
          const Segment *segment = &net->segments[net->downs[k]];
          guint          at = n++;

          for (; at > from; at--)
            {
              const Segment *other = &net->segments[order->sorted[at - 1]];

              if (other->upper_part < segment->upper_part ||
                  (other->upper_part == segment->upper_part &&
                   lower_key (net, other) <= lower_key (net, segment)))
                break;
              order->sorted[at] = order->sorted[at - 1];
            }
          order->sorted[at] = net->downs[k];
        }
    }
  return n;
}

/* Cost of the crossings below @rank; stops when it is over @limit. */
static gint64
count_below (Order *order, guint rank, gint64 limit)
{
  const Net *net = order->net;
  guint      n = sort_segments (order, rank);
  Keyed     *keyed = order->keyed;
  gint64     cost = 0;

  for (guint i = 0; i < n; i++)
    keyed[i] = (Keyed){ lower_key (net, &net->segments[order->sorted[i]]), order->sorted[i] };
  for (guint i = 1; i < n && cost <= limit; i++)
    {
      Keyed moving = keyed[i];
      guint at = i;

      for (; at > 0 && keyed[at - 1].key > moving.key; at--)
        {
          cost += together (order, &net->segments[keyed[at - 1].item], &net->segments[moving.item]);
          keyed[at] = keyed[at - 1];
        }
      order->work += i - at + 1;
      keyed[at] = moving;
    }
  return cost;
}

static gint64
count_all (Order *order, gint64 limit)
{
  gint64 cost = 0;

  for (guint r = 0;
       r + 1 < order->net->n_ranks && cost <= limit && !weft_layout_cancelled (order->plan); r++)
    cost += count_below (order, r, limit - cost);
  return cost;
}

/* ---- Pins and positions ---- */

static void
set_positions (Net *net, guint rank)
{
  for (guint i = net->rank_begin[rank]; i < net->rank_begin[rank + 1]; i++)
    net->pos[net->order[i]] = i - net->rank_begin[rank];
}

/* TRUE if @left has to stay to the left of @right. */
static gboolean
fixed (const Net *net, guint left, guint right)
{
  return net->items[left].component != net->items[right].component ||
         (!isnan (net->items[left].pin) && !isnan (net->items[right].pin));
}

static int
compare_keyed (gconstpointer a, gconstpointer b)
{
  const Keyed *x = a, *y = b;

  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return x->item < y->item ? -1 : x->item > y->item;
}

/* Puts the items with a pin in the order of their pins, into the places that they have together.
 * Components, which do not mix, come one after another. */
static void
obey_pins (Order *order, guint rank)
{
  Net  *net = order->net;
  guint begin = net->rank_begin[rank], end = net->rank_begin[rank + 1];

  for (guint from = begin, to; from < end; from = to)
    {
      guint n = 0;

      for (to = from; to < end && net->items[net->order[to]].component ==
                                    net->items[net->order[from]].component;
           to++)
        if (!isnan (net->items[net->order[to]].pin))
          order->keyed[n++] = (Keyed){ net->items[net->order[to]].pin, net->order[to] };
      if (n < 2)
        continue;
      qsort (order->keyed, n, sizeof *order->keyed, compare_keyed);
      n = 0;
      for (guint i = from; i < to; i++)
        if (!isnan (net->items[net->order[i]].pin))
          net->order[i] = order->keyed[n++].item;
    }
}

/* ---- Sorting a rank by its neighbours ---- */

/* Where the middle of the weight of what @item is connected to is; negative: it is not. */
static double
middle (Order *order, guint item, gboolean up, gboolean mean)
{
  const Net   *net = order->net;
  const guint *list = up ? net->ups + net->ups_begin[item] : net->downs + net->downs_begin[item];
  guint        n = up ? net->ups_begin[item + 1] - net->ups_begin[item]
                      : net->downs_begin[item + 1] - net->downs_begin[item];
  gint64       sum = 0, weight = 0;
  double       moment = 0, low = -1;

  if (n == 0)
    return -1;
  order->work += n;
  for (guint i = 0; i < n; i++)
    {
      const Segment *segment = &net->segments[list[i]];
      double         key = up ? upper_key (net, segment) : lower_key (net, segment);
      guint          at = i;

      moment += key * (double) segment->weight;
      sum += segment->weight;
      for (; at > 0 && order->keyed[at - 1].key > key; at--)
        order->keyed[at] = order->keyed[at - 1];
      order->keyed[at] = (Keyed){ key, list[i] };
    }
  if (mean)
    return moment / (double) sum;
  for (guint i = 0; i < n; i++)
    {
      weight += net->segments[order->keyed[i].item].weight;
      if (low >= 0)
        return (low + order->keyed[i].key) / 2;
      if (2 * weight > sum)
        return order->keyed[i].key;
      if (2 * weight == sum)
        low = order->keyed[i].key;
    }
  return low;
}

/* Items without neighbours there keep their places, the others go around them. @flip: of equal ones
 * the right one comes first. */
static void
sort_rank (Order *order, guint rank, gboolean up, gboolean mean, gboolean flip)
{
  Net  *net = order->net;
  guint begin = net->rank_begin[rank], end = net->rank_begin[rank + 1];

  for (guint i = begin; i < end; i++)
    order->keys[net->order[i]] = middle (order, net->order[i], up, mean);
  for (guint from = begin, to; from < end; from = to)
    {
      guint n = 0;

      for (to = from; to < end && net->items[net->order[to]].component ==
                                    net->items[net->order[from]].component;
           to++)
        ;
      for (guint i = from; i < to; i++)
        {
          guint item = net->order[flip ? to - 1 - (i - from) : i], at = n;

          if (order->keys[item] < 0)
            continue;
          for (; at > 0 && order->keyed[at - 1].key > order->keys[item]; at--)
            order->keyed[at] = order->keyed[at - 1];
          order->keyed[at] = (Keyed){ order->keys[item], item };
          order->work += n - at + 1;
          n++;
        }
      n = 0;
      for (guint i = from; i < to; i++)
        if (order->keys[net->order[i]] >= 0)
          order->keys[net->order[i]] = -2;
      for (guint i = from; i < to; i++)
        if (order->keys[net->order[i]] == -2)
          net->order[i] = order->keyed[n++].item;
    }
  obey_pins (order, rank);
  set_positions (net, rank);
}

/* ---- Exchanges and sifting ---- */

static void
touch (Order *order, guint rank)
{
  order->dirty[rank] = TRUE;
  if (rank > 0)
    order->dirty[rank - 1] = TRUE;
  if (rank + 1 < order->net->n_ranks)
    order->dirty[rank + 1] = TRUE;
}

static gboolean
exchange_rank (Order *order, guint rank, gboolean equal_too)
{
  Net     *net = order->net;
  gboolean better = FALSE;

  order->dirty[rank] = FALSE;
  for (guint i = net->rank_begin[rank]; i + 1 < net->rank_begin[rank + 1]; i++)
    {
      guint  left = net->order[i], right = net->order[i + 1];
      gint64 cost;

      if (fixed (net, left, right))
        continue;
      cost = exchange_cost (order, left, right);
      if (cost > 0 || (cost == 0 && !equal_too))
        continue;
      net->order[i] = right;
      net->order[i + 1] = left;
      net->pos[right]--;
      net->pos[left]++;
      if (cost < 0)
        {
          better = TRUE;
          touch (order, rank);
        }
    }
  return better;
}

static void
exchange_all (Order *order, gboolean equal_too)
{
  gboolean better = TRUE;

  memset (order->dirty, TRUE, order->net->n_ranks);
  for (guint round = 0; better && round < MOST_ROUNDS; round++)
    {
      better = FALSE;
      for (guint r = 0; r < order->net->n_ranks && !weft_layout_cancelled (order->plan); r++)
        if (order->dirty[r])
          better |= exchange_rank (order, r, equal_too && round == 0);
    }
}

/* Moves the item at @i of its rank to where it crosses least. TRUE if that helped. */
static gboolean
sift (Order *order, guint rank, guint i)
{
  Net  *net = order->net;
  guint begin = net->rank_begin[rank], end = net->rank_begin[rank + 1], item = net->order[i],
        best = i;
  gint64 cost = 0, least = 0;

  for (guint k = i; k-- > begin && !fixed (net, net->order[k], item);)
    {
      cost += exchange_cost (order, net->order[k], item);
      if (cost < least)
        {
          least = cost;
          best = k;
        }
    }
  cost = 0;
  for (guint k = i + 1; k < end && !fixed (net, item, net->order[k]); k++)
    {
      cost += exchange_cost (order, item, net->order[k]);
      if (cost < least)
        {
          least = cost;
          best = k;
        }
    }
  if (best == i)
    return FALSE;
  if (best < i)
    memmove (net->order + best + 1, net->order + best, (i - best) * sizeof *net->order);
  else
    memmove (net->order + i, net->order + i + 1, (best - i) * sizeof *net->order);
  net->order[best] = item;
  set_positions (net, rank);
  return TRUE;
}

/* FALSE if cancelled. */
static gboolean
sift_all (Order *order)
{
  Net              *net = order->net;
  g_autofree guint *items = g_new (guint, net->n_items + 1);
  gboolean          better = TRUE;

  for (guint round = 0; better && round < MOST_ROUNDS; round++)
    {
      better = FALSE;
      for (guint r = 0; r < net->n_ranks; r++)
        {
          guint n = net->rank_begin[r + 1] - net->rank_begin[r];

          if (weft_layout_cancelled (order->plan))
            return FALSE;
          if (order->work > WORK_MOST)
            return TRUE;
          memcpy (items, net->order + net->rank_begin[r], n * sizeof *items);
          for (guint i = 0; i < n && n > 1; i++)
            if (n <= SIFT_BENDS || net->items[items[i]].slot != NOBODY)
              better |= sift (order, r, net->rank_begin[r] + net->pos[items[i]]);
        }
    }
  return TRUE;
}

/* ---- First orders ---- */

static guint
neighbour (const Net *net, guint item, guint i)
{
  guint n_ups = net->ups_begin[item + 1] - net->ups_begin[item];

  if (i < n_ups)
    return net->segments[net->ups[net->ups_begin[item] + i]].upper;
  return net->segments[net->downs[net->downs_begin[item] + i - n_ups]].lower;
}

static guint
n_neighbours (const Net *net, guint item)
{
  return net->ups_begin[item + 1] - net->ups_begin[item] + net->downs_begin[item + 1] -
         net->downs_begin[item];
}

/* Depth first along segments in both directions, each item next to what it was reached from; the
 * ranks fill from the left. */
static void
walk (Order   *order,
      guint    root,
      gboolean upwards,
      guint8  *seen,
      guint   *filled,
      guint   *stack,
      guint   *next)
{
  Net  *net = order->net;
  guint depth = 0;

  stack[depth++] = root;
  seen[root] = TRUE;
  net->order[filled[net->items[root].rank]++] = root;
  next[root] = 0;
  while (depth > 0)
    {
      guint item = stack[depth - 1], n = n_neighbours (net, item), i = next[item]++, other;

      if (i >= n)
        {
          depth--;
          continue;
        }
      other = neighbour (net, item, upwards ? i : n - 1 - i);
      if (seen[other])
        continue;
      seen[other] = TRUE;
      net->order[filled[net->items[other].rank]++] = other;
      next[other] = 0;
      stack[depth++] = other;
    }
}

static int
compare_components (gconstpointer a, gconstpointer b, gpointer data)
{
  const Net *net = data;
  guint      i = *(const guint *) a, k = *(const guint *) b;

  if (net->items[i].component != net->items[k].component)
    return net->items[i].component < net->items[k].component ? -1 : 1;
  return net->pos[i] < net->pos[k] ? -1 : net->pos[i] > net->pos[k];
}

/* An order of the rank that has nothing to do with the graph. */
static void
scatter (Order *order, guint rank, guint start)
{
  Net  *net = order->net;
  guint begin = net->rank_begin[rank], n = net->rank_begin[rank + 1] - begin;

  for (guint i = 0; i < n; i++)
    order->keyed[i] =
      (Keyed){ n_neighbours (net, net->order[begin + i]) == 0
                 ? 0
                 : (guint32) ((net->order[begin + i] + 1) * SCATTER_ITEM + start * SCATTER_START),
               net->order[begin + i] };
  qsort (order->keyed, n, sizeof *order->keyed, compare_keyed);
  for (guint i = 0; i < n; i++)
    net->order[begin + i] = order->keyed[i].item;
}

/* Walks from the top, from the bottom, and from the last item to the first; then scattered ones. */
static void
first_order (Order *order, guint start)
{
  Net               *net = order->net;
  g_autofree guint8 *seen = g_new0 (guint8, net->n_items + 1);
  g_autofree guint  *filled = g_memdup2 (net->rank_begin, (net->n_ranks + 1) * sizeof (guint));
  g_autofree guint  *stack = g_new (guint, net->n_items + 1);
  g_autofree guint  *next = g_new (guint, net->n_items + 1);
  gboolean           upwards = start % 2 == 1, mirrored = start / 2 % 2 == 1;

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < net->n_items; i++)
      {
        guint root = mirrored ? net->n_items - 1 - i : i;
        guint n = upwards ? net->downs_begin[root + 1] - net->downs_begin[root]
                          : net->ups_begin[root + 1] - net->ups_begin[root];

        if (!seen[root] && (n == 0 || pass == 1))
          walk (order, root, upwards, seen, filled, stack, next);
      }
  for (guint r = 0; r < net->n_ranks; r++)
    {
      guint n = net->rank_begin[r + 1] - net->rank_begin[r];

      for (guint i = 0; i < n / 2 && mirrored; i++)
        {
          guint other = net->order[net->rank_begin[r + 1] - 1 - i];

          net->order[net->rank_begin[r + 1] - 1 - i] = net->order[net->rank_begin[r] + i];
          net->order[net->rank_begin[r] + i] = other;
        }
      if (start >= N_WALKS)
        scatter (order, r, start);
      set_positions (net, r);
      if (order->plan->n_components > 1)
        g_qsort_with_data (net->order + net->rank_begin[r], (int) n, sizeof (guint),
                           compare_components, net);
      obey_pins (order, r);
      set_positions (net, r);
    }
}

/* ---- The whole ---- */

static void
restore (Order *order, const guint *kept)
{
  memcpy (order->net->order, kept, order->net->n_items * sizeof (guint));
  for (guint r = 0; r < order->net->n_ranks; r++)
    set_positions (order->net, r);
}

/* Keeps the order in @kept if it costs less than @least. */
static gboolean
keep_if_better (Order *order, guint *kept, gint64 *least)
{
  gint64 cost = count_all (order, *least);

  if (cost >= *least)
    return FALSE;
  *least = cost;
  memcpy (kept, order->net->order, order->net->n_items * sizeof (guint));
  return TRUE;
}

/* FALSE if cancelled. */
static gboolean
sweep (Order *order, gint64 *least)
{
  Net  *net = order->net;
  guint idle = 0;

  for (guint i = 0; i < MOST_SWEEPS && idle<PATIENCE && * least> 0 && order->work < WORK_MOST; i++)
    {
      gboolean down = i % 2 == 0, mean = i % 4 >= 2, flip = i % 8 >= 4;

      for (guint k = 1; k < net->n_ranks; k++)
        {
          if (weft_layout_cancelled (order->plan))
            return FALSE;
          sort_rank (order, down ? k : net->n_ranks - 1 - k, down, mean, flip);
        }
      exchange_all (order, flip);
      idle = keep_if_better (order, order->own, least) ? 0 : idle + 1;
    }
  return TRUE;
}

/* From one start to the best that it leads to. FALSE if cancelled. */
static gboolean
improve (Order *order, guint start, gint64 *least)
{
  gint64 own = G_MAXINT64;

  first_order (order, start);
  keep_if_better (order, order->own, &own);
  if (!sweep (order, &own))
    return FALSE;
  restore (order, order->own);
  if (own > 0 && !sift_all (order))
    return FALSE;
  keep_if_better (order, order->best, least);
  return TRUE;
}

static gboolean
find_best (Order *order)
{
  gint64 least = G_MAXINT64;
  gint64 limit = MIN (WORK_BASE + (gint64) WORK_PER_ITEM * order->net->n_items, WORK_MOST);

  /* A start takes about as much as those before it. */
  for (guint i = 0;
       i < MOST_STARTS && least > 0 && (i == 0 || order->work + order->work / i < limit); i++)
    if (!improve (order, i, &least))
      return FALSE;
  restore (order, order->best);
  return TRUE;
}

gboolean
weft_layout_order (const Plan *plan, Net *net)
{
  Order    order = { plan, net };
  guint    widest = 0;
  gboolean done;

  for (guint i = 0; i < net->n_items; i++)
    order.steps |= net->items[i].first != plan->first || net->items[i].end != plan->end;
  for (guint r = 0; r < net->n_ranks; r++)
    widest = MAX (widest, net->rank_begin[r + 1] - net->rank_begin[r]);
  order.keyed = g_new (Keyed, MAX (widest, net->n_segments) + 1);
  order.sorted = g_new (guint, net->n_segments + 1);
  order.keys = g_new (double, net->n_items + 1);
  order.best = g_new (guint, net->n_items + 1);
  order.own = g_new (guint, net->n_items + 1);
  order.dirty = g_new (guint8, net->n_ranks + 1);
  done = find_best (&order);
  g_free (order.keyed);
  g_free (order.sorted);
  g_free (order.keys);
  g_free (order.best);
  g_free (order.own);
  g_free (order.dirty);
  return done;
}
