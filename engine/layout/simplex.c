/* Integers for the nodes of a graph, so that every edge is at least as long as it must be and the
 * weighted sum of lengths is least.
 *
 * Network simplex: a spanning tree of edges that are exactly as long as they must be; as long as
 * one of them has a negative cut value, it is exchanged for the edge across the same cut that has
 * the least slack. The cut value of a tree edge is the sum over the part below it of what goes out
 * less what comes in, so only that sum is kept, by node. Stops early, with a valid answer, after a
 * bounded amount of work that depends on the input alone.
 *
 * Source: Gansner, Koutsofios, North, Vo 1993, A technique for drawing directed graphs, section 2.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/layout/layout-private.h"

/* Of the candidates to leave the tree, so many are compared. */
#define SEARCH 30
/* Visits between two looks at the cancellable; about two milliseconds. */
#define LOOK_EVERY 300000
/* Nodes that join a tree between two looks. */
#define LOOK_MEMBERS 2048

typedef struct
{
  gint64 key;
  guint  edge;
} Entry;

typedef struct
{
  /* Borrowed */
  const SimplexEdge *edges;
  int               *rank;
  GCancellable      *cancellable;

  /* Owned */
  guint  *begin, *incident; /* by node: its edges */
  guint  *parent;           /* by node: the edge of the tree towards the root, or NOBODY */
  gint64 *sum;              /* by node: weight that leaves what is below it */
  guint  *low, *lim;        /* by node: numbers of what is below it, itself last */
  guint  *at;               /* by number: the node */
  guint  *stack, *next;
  guint8 *in_tree; /* by edge */

  /* Plain values */
  guint  n, n_edges, cursor;
  gint64 work, work_limit; /* visits of nodes and edges */
} Simplex;

static guint
other_end (const Simplex *simplex, guint edge, guint node)
{
  return simplex->edges[edge].tail == node ? simplex->edges[edge].head : simplex->edges[edge].tail;
}

/* ---- A heap of edges ---- */

static gboolean
before (const Entry *a, const Entry *b)
{
  return a->key < b->key || (a->key == b->key && a->edge < b->edge);
}

static void
push (GArray *heap, gint64 key, guint edge)
{
  Entry entry = { key, edge }, *entries;
  guint i = heap->len;

  g_array_append_val (heap, entry);
  entries = (Entry *) (gpointer) heap->data;
  for (; i > 0 && before (&entry, &entries[(i - 1) / 2]); i = (i - 1) / 2)
    entries[i] = entries[(i - 1) / 2];
  entries[i] = entry;
}

static void
pop (GArray *heap)
{
  Entry *entries = (Entry *) (gpointer) heap->data;
  Entry  last = entries[heap->len - 1];
  guint  n = heap->len - 1, i = 0;

  for (guint child = 1; child < n; child = 2 * i + 1)
    {
      if (child + 1 < n && before (&entries[child + 1], &entries[child]))
        child++;
      if (!before (&entries[child], &last))
        break;
      entries[i] = entries[child];
      i = child;
    }
  entries[i] = last;
  g_array_set_size (heap, n);
}

/* ---- The first ranks, and a tree of edges without slack ---- */

static void
rank_by_longest_path (Simplex *simplex)
{
  g_autofree guint *waiting = g_new0 (guint, simplex->n + 1);
  guint             head = 0, tail = 0;

  for (guint e = 0; e < simplex->n_edges; e++)
    waiting[simplex->edges[e].head]++;
  for (guint v = 0; v < simplex->n; v++)
    {
      simplex->rank[v] = 0;
      if (waiting[v] == 0)
        simplex->stack[tail++] = v;
    }
  while (head < tail)
    {
      guint v = simplex->stack[head++];

      for (guint i = simplex->begin[v]; i < simplex->begin[v + 1]; i++)
        {
          const SimplexEdge *edge = &simplex->edges[simplex->incident[i]];

          if (edge->tail != v)
            continue;
          simplex->rank[edge->head] =
            MAX (simplex->rank[edge->head], simplex->rank[v] + edge->length);
          if (--waiting[edge->head] == 0)
            simplex->stack[tail++] = edge->head;
        }
    }
  g_assert (tail == simplex->n);
}

/* The tree moves as a whole: ranks of its nodes are kept less @shift, and so are the keys of the
 * two heaps: edges that leave the tree, and that enter it. */
typedef struct
{
  GArray *out, *in;
  gint64  shift;
  guint8 *reached;
} Growth;

static void
reach (Simplex *simplex, Growth *growth, guint v)
{
  growth->reached[v] = TRUE;
  simplex->rank[v] -= growth->shift;
  for (guint i = simplex->begin[v]; i < simplex->begin[v + 1]; i++)
    {
      guint              e = simplex->incident[i];
      const SimplexEdge *edge = &simplex->edges[e];

      if (edge->tail == v && !growth->reached[edge->head])
        push (growth->out, (gint64) simplex->rank[edge->head] - simplex->rank[v] - edge->length, e);
      else if (edge->head == v && !growth->reached[edge->tail])
        push (growth->in, (gint64) simplex->rank[v] - simplex->rank[edge->tail] - edge->length, e);
    }
}

/* Drops edges from the top whose ends are both in the tree. */
static const Entry *
top (Simplex *simplex, Growth *growth, GArray *heap)
{
  while (heap->len > 0)
    {
      const Entry *entry = &g_array_index (heap, Entry, 0);

      if (!growth->reached[simplex->edges[entry->edge].tail] ||
          !growth->reached[simplex->edges[entry->edge].head])
        return entry;
      pop (heap);
    }
  return NULL;
}

static void
grow_tree (Simplex *simplex, Growth *growth, guint root)
{
  guint n_members = 0;

  growth->shift = 0;
  simplex->stack[n_members++] = root;
  reach (simplex, growth, root);
  for (;;)
    {
      const Entry *out = top (simplex, growth, growth->out);
      const Entry *in = top (simplex, growth, growth->in);
      gboolean     leaves =
        out != NULL && (in == NULL || out->key - growth->shift <= in->key + growth->shift);
      guint edge, v;

      if (out == NULL && in == NULL)
        break;
      if (n_members % LOOK_MEMBERS == 0 && simplex->cancellable != NULL &&
          g_cancellable_is_cancelled (simplex->cancellable))
        break;
      edge = leaves ? out->edge : in->edge;
      growth->shift += leaves ? out->key - growth->shift : -(in->key + growth->shift);
      simplex->in_tree[edge] = TRUE;
      v = leaves ? simplex->edges[edge].head : simplex->edges[edge].tail;
      simplex->stack[n_members++] = v;
      reach (simplex, growth, v);
    }
  for (guint i = 0; i < n_members; i++)
    simplex->rank[simplex->stack[i]] += growth->shift;
}

static void
grow_trees (Simplex *simplex)
{
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autoptr (GArray) in = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autofree guint8 *reached = g_new0 (guint8, simplex->n + 1);
  Growth             growth = { out, in, 0, reached };

  for (guint v = 0; v < simplex->n; v++)
    if (!reached[v])
      grow_tree (simplex, &growth, v);
}

/* ---- Numbers and sums ---- */

/* Numbers what is below @root from @low on. */
static void
number (Simplex *simplex, guint root, guint low)
{
  guint depth = 0;

  simplex->stack[0] = root;
  simplex->next[root] = simplex->begin[root];
  simplex->low[root] = low;
  for (;;)
    {
      guint v = simplex->stack[depth], i = simplex->next[v];

      while (i < simplex->begin[v + 1] && (!simplex->in_tree[simplex->incident[i]] ||
                                           simplex->incident[i] == simplex->parent[v]))
        i++;
      simplex->next[v] = i + 1;
      simplex->work++;
      if (i < simplex->begin[v + 1])
        {
          guint child = other_end (simplex, simplex->incident[i], v);

          simplex->parent[child] = simplex->incident[i];
          simplex->low[child] = low;
          simplex->next[child] = simplex->begin[child];
          simplex->stack[++depth] = child;
          continue;
        }
      simplex->lim[v] = low;
      simplex->at[low++] = v;
      if (depth-- == 0)
        return;
    }
}

static void
number_all (Simplex *simplex)
{
  guint low = 0;

  for (guint v = 0; v < simplex->n; v++)
    simplex->lim[v] = NOBODY;
  for (guint v = 0; v < simplex->n; v++)
    if (simplex->lim[v] == NOBODY)
      {
        simplex->parent[v] = NOBODY;
        number (simplex, v, low);
        low = simplex->lim[v] + 1;
      }
  for (guint e = 0; e < simplex->n_edges; e++)
    {
      simplex->sum[simplex->edges[e].tail] += simplex->edges[e].weight;
      simplex->sum[simplex->edges[e].head] -= simplex->edges[e].weight;
    }
  for (guint i = 0; i < simplex->n; i++)
    if (simplex->parent[simplex->at[i]] != NOBODY)
      simplex->sum[other_end (simplex, simplex->parent[simplex->at[i]], simplex->at[i])] +=
        simplex->sum[simplex->at[i]];
}

/* ---- Exchanges ---- */

static gint64
cut_value (const Simplex *simplex, guint v)
{
  return simplex->edges[simplex->parent[v]].tail == v ? simplex->sum[v] : -simplex->sum[v];
}

/* The node whose edge to its parent is to leave the tree, or NOBODY. */
static guint
find_leaving (Simplex *simplex)
{
  guint  best = NOBODY, found = 0;
  gint64 least = 0;

  for (guint i = 0; i < simplex->n && found < SEARCH; i++)
    {
      guint v = simplex->cursor;

      simplex->cursor = simplex->cursor + 1 < simplex->n ? simplex->cursor + 1 : 0;
      if (simplex->parent[v] == NOBODY || cut_value (simplex, v) >= 0)
        continue;
      found++;
      if (cut_value (simplex, v) < least)
        {
          least = cut_value (simplex, v);
          best = v;
        }
    }
  return best;
}

/* The edge of least slack that crosses the cut above @v the other way. */
static guint
find_entering (Simplex *simplex, guint v, int *slack)
{
  gboolean tail_below = simplex->edges[simplex->parent[v]].tail == v;
  guint    best = NOBODY;

  *slack = G_MAXINT;
  for (guint i = simplex->low[v]; i <= simplex->lim[v]; i++)
    for (guint k = simplex->begin[simplex->at[i]]; k < simplex->begin[simplex->at[i] + 1]; k++)
      {
        const SimplexEdge *edge = &simplex->edges[simplex->incident[k]];
        guint              inside = tail_below ? edge->head : edge->tail;
        guint              outside = tail_below ? edge->tail : edge->head;
        int                rest;

        simplex->work++;
        if (inside != simplex->at[i] ||
            (simplex->lim[outside] >= simplex->low[v] && simplex->lim[outside] <= simplex->lim[v]))
          continue;
        rest = simplex->rank[edge->head] - simplex->rank[edge->tail] - edge->length;
        if (rest < *slack)
          {
            *slack = rest;
            best = simplex->incident[k];
          }
      }
  return best;
}

/* From @from up to the first that has @v's number below it: adds @sum; returns that one. */
static guint
add_up (Simplex *simplex, guint from, guint v, gint64 sum)
{
  while (simplex->lim[v] < simplex->low[from] || simplex->lim[v] > simplex->lim[from])
    {
      simplex->sum[from] += sum;
      from = other_end (simplex, simplex->parent[from], from);
    }
  return from;
}

/* Takes the edge above @v out of the tree and @edge in. */
static void
exchange (Simplex *simplex, guint v, guint edge)
{
  guint    leaving = simplex->parent[v];
  gint64   sum = simplex->sum[v], below = 0;
  gboolean tail_inside = simplex->lim[simplex->edges[edge].tail] >= simplex->low[v] &&
                         simplex->lim[simplex->edges[edge].tail] <= simplex->lim[v];
  guint inside = tail_inside ? simplex->edges[edge].tail : simplex->edges[edge].head;
  guint outside = other_end (simplex, edge, inside);
  guint common, parent = edge;

  common = add_up (simplex, outside, v, sum);
  add_up (simplex, other_end (simplex, leaving, v), outside, -sum);
  /* The part turns round: its new root is the end of @edge. */
  for (guint u = inside;;)
    {
      guint  up = simplex->parent[u];
      gint64 old = simplex->sum[u];

      simplex->sum[u] = sum - below;
      below = old;
      simplex->parent[u] = parent;
      parent = up;
      if (u == v)
        break;
      u = other_end (simplex, up, u);
    }
  simplex->in_tree[leaving] = FALSE;
  simplex->in_tree[edge] = TRUE;
  number (simplex, common, simplex->low[common]);
}

static gboolean
improve (Simplex *simplex)
{
  gint64 look = 0;

  for (;;)
    {
      guint v = find_leaving (simplex), edge;
      int   slack;

      if (v == NOBODY || simplex->work > simplex->work_limit)
        return TRUE;
      if (simplex->work >= look && simplex->cancellable != NULL &&
          g_cancellable_is_cancelled (simplex->cancellable))
        return FALSE;
      if (simplex->work >= look)
        look = simplex->work + LOOK_EVERY;
      edge = find_entering (simplex, v, &slack);
      if (edge == NOBODY)
        return TRUE;
      if (slack != 0)
        for (guint i = simplex->low[v]; i <= simplex->lim[v]; i++)
          simplex->rank[simplex->at[i]] +=
            simplex->edges[simplex->parent[v]].tail == v ? -slack : slack;
      exchange (simplex, v, edge);
    }
}

static void
index_edges (Simplex *simplex)
{
  simplex->begin = g_new0 (guint, simplex->n + 2);
  simplex->incident = g_new (guint, 2 * (gsize) simplex->n_edges + 1);
  for (guint e = 0; e < simplex->n_edges; e++)
    {
      simplex->begin[simplex->edges[e].tail + 1]++;
      simplex->begin[simplex->edges[e].head + 1]++;
    }
  for (guint v = 0; v < simplex->n; v++)
    simplex->begin[v + 1] += simplex->begin[v];
  for (guint e = simplex->n_edges; e-- > 0;)
    {
      simplex->incident[--simplex->begin[simplex->edges[e].tail + 1]] = e;
      simplex->incident[--simplex->begin[simplex->edges[e].head + 1]] = e;
    }
  for (guint v = 0; v < simplex->n; v++)
    simplex->begin[v] = simplex->begin[v + 1];
  simplex->begin[simplex->n] = 2 * simplex->n_edges;
}

/* @edges: an acyclic graph over nodes 0 .. @n - 1, none from a node to itself; weights not
 * negative. @rank gets the answer, by node: of every connected part the least is anything.
 * @started: @rank holds a valid answer to begin with. Stops early, with a valid answer, after
 * @most_work visits of nodes and edges. FALSE if cancelled. */
gboolean
weft_layout_simplex (guint              n,
                     guint              n_edges,
                     const SimplexEdge *edges,
                     int               *rank,
                     gboolean           started,
                     gint64             most_work,
                     GCancellable      *cancellable)
{
  Simplex  simplex = { .edges = edges,
                       .rank = rank,
                       .cancellable = cancellable,
                       .n = n,
                       .n_edges = n_edges,
                       .work_limit = most_work };
  gboolean done;

  index_edges (&simplex);
  simplex.parent = g_new (guint, n + 1);
  simplex.sum = g_new0 (gint64, n + 1);
  simplex.low = g_new0 (guint, n + 1);
  simplex.lim = g_new0 (guint, n + 1);
  simplex.at = g_new0 (guint, n + 1);
  simplex.stack = g_new0 (guint, n + 1);
  simplex.next = g_new0 (guint, n + 1);
  simplex.in_tree = g_new0 (guint8, n_edges + 1);
  if (!started)
    rank_by_longest_path (&simplex);
  grow_trees (&simplex);
  done = cancellable == NULL || !g_cancellable_is_cancelled (cancellable);
  if (done)
    {
      number_all (&simplex);
      done = improve (&simplex);
    }
  g_free (simplex.begin);
  g_free (simplex.incident);
  g_free (simplex.parent);
  g_free (simplex.sum);
  g_free (simplex.low);
  g_free (simplex.lim);
  g_free (simplex.at);
  g_free (simplex.stack);
  g_free (simplex.next);
  g_free (simplex.in_tree);
  return done;
}
