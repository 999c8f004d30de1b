/* The graph of one drawing, cut at its ranks: items on ranks, and segments between items of ranks
 * that follow each other.
 *
 * A link over several ranks has a bend on each rank that it passes. Where that would make too many,
 * links from the same port share their bends, as one trunk; the longest trunks of a monstrous graph
 * get none and are drawn straight.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

/* Bends for each slot and link before links share them; and how many there may be at all. */
#define SHARE_FACTOR 4
#define SHARE_BASE 2000
#define MOST_BENDS 300000
/* Distances, as parts of that between nodes. */
#define NODE_BEND_GAP 0.75
#define BEND_GAP 0.6

typedef struct
{
  const Plan *plan;
  Net        *net;
  guint      *order; /* links, those of one trunk together, longest first */
  GArray     *segments;
} Cutter;

static guint
link_bends (const Plan *plan, const Link *link)
{
  return plan->rank[link->to] - plan->rank[link->from] - 1;
}

/* ---- Which links share bends ---- */

static int
compare_trunks (const Link *a, const Link *b)
{
  if (a->from != b->from)
    return a->from < b->from ? -1 : 1;
  if (a->back != b->back)
    return a->back < b->back ? -1 : 1;
  if (a->from_part != b->from_part)
    return a->from_part < b->from_part ? -1 : 1;
  return 0;
}

static int
compare_links (gconstpointer a, gconstpointer b, gpointer data)
{
  const Plan *plan = data;
  guint       i = *(const guint *) a, k = *(const guint *) b;
  int         order = compare_trunks (&plan->links[i], &plan->links[k]);
  guint       x, y;

  if (order != 0)
    return order;
  x = link_bends (plan, &plan->links[i]);
  y = link_bends (plan, &plan->links[k]);
  return x != y ? (x > y ? -1 : 1) : (i < k ? -1 : i > k);
}

/* The end of the trunk that starts at @begin of the order. */
static guint
trunk_end (const Cutter *cutter, guint begin, gboolean share)
{
  const Plan *plan = cutter->plan;
  guint       end = begin + 1;

  while (share && end < plan->n_links &&
         compare_trunks (&plan->links[cutter->order[begin]], &plan->links[cutter->order[end]]) == 0)
    end++;
  return end;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

/* The longest trunk that may have bends. */
static guint
longest_trunk (const Cutter *cutter, gboolean share)
{
  g_autoptr (GArray) lengths = g_array_new (FALSE, FALSE, sizeof (guint));
  guint64 sum = 0;

  for (guint i = 0; i < cutter->plan->n_links; i = trunk_end (cutter, i, share))
    {
      guint length = link_bends (cutter->plan, &cutter->plan->links[cutter->order[i]]);

      g_array_append_val (lengths, length);
    }
  g_array_sort (lengths, compare_numbers);
  for (guint i = 0; i < lengths->len; i++)
    {
      sum += g_array_index (lengths, guint, i);
      if (sum > MOST_BENDS)
        return i > 0 ? g_array_index (lengths, guint, i - 1) : 0;
    }
  return G_MAXUINT;
}

/* ---- Items and segments ---- */

static void
add_segment (Cutter     *cutter,
             guint       upper,
             guint       lower,
             const Link *span,
             double      upper_at,
             double      upper_part,
             double      lower_at,
             double      lower_part)
{
  Segment segment = { upper, lower, upper_at, lower_at, upper_part,
                      lower_part, span->first, span->end, span->n_edges, span->weight };

  g_array_append_val (cutter->segments, segment);
}

/* Joins @link to @sum: both are there. */
static void
join (Link *sum, const Link *link)
{
  sum->first = MIN (sum->first, link->first);
  sum->end = MAX (sum->end, link->end);
  sum->n_edges += link->n_edges;
  sum->weight += link->weight;
}

/* Parts that nothing connects stand side by side, unless there is an order to be kept that may mix
 * them. */
static guint
item_component (const Plan *plan, guint slot)
{
  return plan->across != NULL ? 0 : plan->component[slot];
}

static guint
add_bend (Net *net, guint rank, guint component, const Link *span)
{
  net->items[net->n_items] = (Item){ .rank = rank,
                                     .slot = NOBODY,
                                     .component = component,
                                     .first = span->first,
                                     .end = span->end,
                                     .pin = NAN };
  return net->n_items++;
}

/* Links of one trunk, longest first; from its far end towards its start, where more and more of
 * them are in it. */
static void
cut_trunk (Cutter *cutter, const guint *links, guint n)
{
  const Plan *plan = cutter->plan;
  const Link *first = &plan->links[links[0]];
  guint       length = link_bends (plan, first), base = cutter->net->n_items, joined = 0;
  Link        sum = *first;

  for (guint i = 0; i < length; i++)
    add_bend (cutter->net, plan->rank[first->from] + 1 + i, item_component (plan, first->from),
              first);
  sum.n_edges = 0;
  sum.weight = 0;
  for (guint i = length; i-- > 0;)
    {
      guint item = base + i;

      for (; joined < n && link_bends (plan, &plan->links[links[joined]]) == i + 1; joined++)
        {
          const Link *link = &plan->links[links[joined]];

          join (&sum, link);
          cutter->net->bends[links[joined]] = base;
          add_segment (cutter, item, link->to, link, 0, 0.5,
                       link->back ? cutter->net->items[link->to].half : link->to_at,
                       link->back ? 1 : link->to_part);
        }
      cutter->net->items[item].first = sum.first;
      cutter->net->items[item].end = sum.end;
      if (i > 0)
        add_segment (cutter, item - 1, item, &sum, 0, 0.5, 0, 0.5);
      else
        add_segment (cutter, first->from, item, &sum,
                     first->back ? cutter->net->items[first->from].half : first->from_at,
                     first->back ? 1 : first->from_part, 0, 0.5);
    }
  for (; joined < n; joined++)
    {
      const Link *link = &plan->links[links[joined]];

      add_segment (cutter, link->from, link->to, link, link->from_at, link->from_part, link->to_at,
                   link->to_part);
    }
}

static void
cut_links (Cutter *cutter)
{
  const Plan *plan = cutter->plan;
  guint64     n_bends = 0;
  guint       longest;
  gboolean    share;

  for (guint i = 0; i < plan->n_links; i++)
    {
      cutter->order[i] = i;
      cutter->net->bends[i] = NOBODY;
      n_bends += link_bends (plan, &plan->links[i]);
    }
  share = n_bends > SHARE_BASE + SHARE_FACTOR * (guint64) (plan->n_slots + plan->n_links);
  g_qsort_with_data (cutter->order, (int) plan->n_links, sizeof (guint), compare_links,
                     (gpointer) plan);
  longest = longest_trunk (cutter, share);
  n_bends = 0;
  for (guint i = 0; i < plan->n_links; i = trunk_end (cutter, i, share))
    n_bends += link_bends (plan, &plan->links[cutter->order[i]]) <= longest
                 ? link_bends (plan, &plan->links[cutter->order[i]])
                 : 0;
  cutter->net->items = g_renew (Item, cutter->net->items, plan->n_slots + n_bends + 1);
  for (guint i = 0, end; i < plan->n_links; i = end)
    {
      end = trunk_end (cutter, i, share);
      if (link_bends (plan, &plan->links[cutter->order[i]]) <= longest)
        cut_trunk (cutter, cutter->order + i, end - i);
    }
}

static void
add_slots (const Plan *plan, Net *net)
{
  net->items = g_new (Item, plan->n_slots + 1);
  net->n_items = plan->n_slots;
  for (guint v = 0; v < plan->n_slots; v++)
    net->items[v] = (Item){ .rank = plan->rank[v],
                            .slot = v,
                            .component = item_component (plan, v),
                            .first = G_MAXUINT,
                            .pin = NAN };
  for (guint i = 0; i < plan->n_nodes; i++)
    {
      const WeftLayoutNode *node = &plan->nodes[i];
      Item                 *item;

      if (plan->slot[i] == NOBODY)
        continue;
      item = &net->items[plan->slot[i]];
      item->first = MIN (item->first, node->first);
      item->end = MAX (item->end, node->end);
      item->half = MAX (item->half, node->width / 2);
      if (plan->across != NULL && isfinite (plan->across[i]) && isnan (item->pin))
        item->pin = plan->across[i];
    }
}

static void
index_segments (Net *net)
{
  g_autofree guint *keys = g_new (guint, MAX (net->n_segments, net->n_items) + 1);

  for (guint i = 0; i < net->n_segments; i++)
    keys[i] = net->segments[i].lower;
  weft_layout_index (net->n_segments, net->n_items, keys, &net->ups_begin, &net->ups);
  for (guint i = 0; i < net->n_segments; i++)
    keys[i] = net->segments[i].upper;
  weft_layout_index (net->n_segments, net->n_items, keys, &net->downs_begin, &net->downs);
  for (guint i = 0; i < net->n_items; i++)
    keys[i] = net->items[i].rank;
  weft_layout_index (net->n_items, net->n_ranks, keys, &net->rank_begin, &net->order);
  net->pos = g_new0 (guint, net->n_items + 1);
  net->x = g_new0 (double, net->n_items + 1);
}

Net *
weft_layout_net_new (const Plan *plan)
{
  Net   *net = g_new0 (Net, 1);
  Cutter cutter = { plan, net };

  net->n_ranks = plan->n_ranks;
  add_slots (plan, net);
  net->bends = g_new (guint, plan->n_links + 1);
  cutter.order = g_new (guint, plan->n_links + 1);
  cutter.segments = g_array_new (FALSE, FALSE, sizeof (Segment));
  cut_links (&cutter);
  g_free (cutter.order);
  net->n_segments = cutter.segments->len;
  net->segments = (Segment *) (gpointer) g_array_free (cutter.segments, FALSE);
  index_segments (net);
  return net;
}

void
weft_layout_net_free (Net *net)
{
  g_free (net->items);
  g_free (net->segments);
  g_free (net->ups_begin);
  g_free (net->ups);
  g_free (net->downs_begin);
  g_free (net->downs);
  g_free (net->rank_begin);
  g_free (net->order);
  g_free (net->pos);
  g_free (net->bends);
  g_free (net->x);
  g_free (net);
}

/* ---- Distances on a rank ---- */

/* Who is rightmost so far, from a step to a step. */
typedef struct
{
  guint  first, end, item;
  double half;
} Front;

static double
distance (const Plan *plan, const Net *net, const Front *left, guint right, double half)
{
  gboolean bend_left = net->items[left->item].slot == NOBODY,
           bend_right = net->items[right].slot == NOBODY;
  double gap = plan->node_gap;

  if (bend_left && bend_right)
    gap *= BEND_GAP;
  else if (bend_left || bend_right)
    gap *= NODE_BEND_GAP;
  return left->half + gap + half;
}

static void
keep_apart (GArray *apart, guint left, guint right, double by)
{
  for (guint i = apart->len; i-- > 0 && g_array_index (apart, Apart, i).right == right;)
    if (g_array_index (apart, Apart, i).left == left)
      {
        g_array_index (apart, Apart, i).distance =
          MAX (g_array_index (apart, Apart, i).distance, by);
        return;
      }
  g_array_append_val (apart, ((Apart){ left, right, by }));
}

/* @item, @half to either side of its middle, comes to the right of all in @front from @first to
 * @end - 1. */
static void
put (const Plan *plan,
     const Net  *net,
     GArray     *front,
     GArray     *apart,
     guint       item,
     double      half,
     guint       first,
     guint       end)
{
  Front mine = { first, end, item, half };
  guint i = 0, kept;

  while (i < front->len && g_array_index (front, Front, i).end <= first)
    i++;
  kept = i;
  for (; i < front->len && g_array_index (front, Front, i).first < end; i++)
    {
      Front old = g_array_index (front, Front, i);

      if (old.item != item)
        keep_apart (apart, old.item, item, distance (plan, net, &old, item, half));
      if (old.first < first)
        {
          g_array_index (front, Front, i).end = first;
          kept = i + 1;
          if (old.end > end)
            {
              Front rest = { end, old.end, old.item, old.half };

              g_array_insert_val (front, i + 1, rest);
            }
          continue;
        }
      if (old.end > end)
        {
          g_array_index (front, Front, i).first = end;
          break;
        }
    }
  if (i > kept)
    g_array_remove_range (front, kept, i - kept);
  g_array_insert_val (front, kept, mine);
}

/* Apart: what must be kept on each rank, in the order of the ranks, for items in their order. */
GArray *
weft_layout_apart (const Plan *plan, const Net *net)
{
  GArray *apart = g_array_new (FALSE, FALSE, sizeof (Apart));
  g_autoptr (GArray) front = g_array_new (FALSE, FALSE, sizeof (Front));
  g_autofree guint *keys = g_new (guint, plan->n_nodes + 1);
  g_autofree guint *begin = NULL, *nodes = NULL;

  for (guint i = 0; i < plan->n_nodes; i++)
    keys[i] = plan->slot[i] == NOBODY ? plan->n_slots : plan->slot[i];
  weft_layout_index (plan->n_nodes, plan->n_slots + 1, keys, &begin, &nodes);
  for (guint r = 0; r < net->n_ranks; r++)
    {
      g_array_set_size (front, 0);
      for (guint i = net->rank_begin[r]; i < net->rank_begin[r + 1]; i++)
        {
          const Item *item = &net->items[net->order[i]];

          if (item->slot == NOBODY)
            put (plan, net, front, apart, net->order[i], 0, item->first, item->end);
          else
            for (guint k = begin[item->slot]; k < begin[item->slot + 1]; k++)
              put (plan, net, front, apart, net->order[i], plan->nodes[nodes[k]].width / 2,
                   plan->nodes[nodes[k]].first, plan->nodes[nodes[k]].end);
        }
    }
  return apart;
}
