/* What the stages of a drawing share. Everything is drawn downwards; a drawing sideways is turned
 * at both ends.
 *
 * plan.c reads the input, slots.c gives places, links.c makes one link of the edges between two
 * slots, rank.c ranks them, net.c cuts links into segments from rank to rank, order.c orders each
 * rank, place.c finds coordinates, route.c draws the edges.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/layout/layout.h"

#include <math.h>

G_BEGIN_DECLS

#define NOBODY WEFT_LAYOUT_NOBODY

typedef struct
{
  guint    from, to;           /* slots; after weft_layout_rank the first is above */
  double   from_at, to_at;     /* ports, from the middle of the slot */
  double   from_part, to_part; /* the same as a part of the side, 0 .. 1 */
  guint    first, end;
  guint    n_edges;
  gint64   weight;
  gboolean back; /* turned round */
} Link;

typedef struct
{
  /* Borrowed */
  GCancellable *cancellable;

  /* Owned: the input, cut to the steps of this drawing; what is not in it has first >= end */
  guint           n_nodes, n_edges;
  WeftLayoutNode *nodes;
  WeftLayoutEdge *edges;
  double         *across; /* by node, or NULL */

  /* Owned: results of the stages */
  guint  n_slots, n_links, n_ranks, n_components;
  guint *slot; /* by node, or NOBODY */
  Link  *links;
  guint *link;      /* by edge, or NOBODY: not there, or from a node to itself */
  guint *rank;      /* by slot */
  guint *component; /* by slot: what is connected has one number */

  /* Plain values */
  double   rank_gap, node_gap;
  guint    first, end; /* steps */
  gboolean sideways, given_ranks;
} Plan;

/* An item stands on a rank: a slot, or a bend of a link that passes. */
typedef struct
{
  guint  rank, slot; /* NOBODY: a bend */
  guint  component;
  guint  first, end;
  double half; /* of its width */
  double pin;  /* place across that gives the order among those that have one, or NaN */
} Item;

typedef struct
{
  guint  upper, lower;       /* items on ranks that follow each other */
  double upper_at, lower_at; /* from the middle of the items */
  double upper_part, lower_part;
  guint  first, end;
  guint  n_edges;
  gint64 weight;
} Segment;

typedef struct
{
  guint    n_items, n_segments, n_ranks;
  Item    *items; /* slots first, by number */
  Segment *segments;
  guint   *ups_begin, *ups;     /* by item (n_items + 1): its segments to the rank above */
  guint   *downs_begin, *downs; /* likewise below */
  guint   *rank_begin, *order;  /* by rank (n_ranks + 1): its items from left to right */
  guint   *pos;                 /* by item: index on its rank */
  guint   *bends;               /* by link: the first of its bends, which are consecutive, or NOBODY */
  double  *x;                   /* by item: its middle */
} Net;

static inline gboolean
weft_layout_cancelled (const Plan *plan)
{
  return plan->cancellable != NULL && g_cancellable_is_cancelled (plan->cancellable);
}

/* plan.c */
Plan *weft_layout_plan_new (guint                    n_nodes,
                            const WeftLayoutNode    *nodes,
                            guint                    n_edges,
                            const WeftLayoutEdge    *edges,
                            const WeftLayoutOptions *options,
                            guint                    first,
                            guint                    end,
                            GCancellable            *cancellable);
void  weft_layout_plan_free (Plan *plan);
guint weft_layout_last_step (guint n_nodes, const WeftLayoutNode *nodes);
/* How much what is there after steps @first .. @end - 1 counts. */
gint64 weft_layout_weight (const Plan *plan, guint first, guint end);
void   weft_layout_index (guint n, guint n_keys, const guint *keys, guint **begin, guint **members);

/* The stages; FALSE if cancelled. */
void        weft_layout_give_slots (Plan *plan);
void        weft_layout_make_links (Plan *plan);
gboolean    weft_layout_turn_cycles (Plan *plan);
gboolean    weft_layout_rank (Plan *plan);
Net        *weft_layout_net_new (const Plan *plan);
void        weft_layout_net_free (Net *net);
gboolean    weft_layout_order (const Plan *plan, Net *net);
gboolean    weft_layout_place (const Plan *plan, Net *net);
WeftLayout *weft_layout_route (const Plan *plan, const Net *net);

/* simplex.c */
typedef struct
{
  guint  tail, head;
  int    length;
  gint64 weight;
} SimplexEdge;
gboolean weft_layout_simplex (guint              n,
                              guint              n_edges,
                              const SimplexEdge *edges,
                              int               *rank,
                              gboolean           started,
                              gint64             most_work,
                              GCancellable      *cancellable);

/* net.c: the distance that neighbours on a rank keep, for items alive together. */
typedef struct
{
  guint  left, right; /* items */
  double distance;
} Apart;
GArray *weft_layout_apart (const Plan *plan, const Net *net);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Plan, weft_layout_plan_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Net, weft_layout_net_free)

G_END_DECLS
