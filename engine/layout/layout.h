/* Layered drawings of directed graphs that change in steps, with foresight: every node has one place for as long as it lives.
 *
 * Ranks grow downwards (or to the right), edges go from a node's output side to the next one's input side. A node and an edge live
 * from a step to a step; nodes whose lives do not overlap may share a place (a slot). Method: slots, one supergraph over all steps, ranks by
 * network simplex, order by sweeps of weighted medians with exchanges, coordinates by Brandes and Köpf (2001) or by the same simplex.
 * Plain data in, plain data out; no drawing, no GTK. Any thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_LAYOUT_NOBODY G_MAXUINT

typedef struct
{
  double width, height;
  guint  n_inputs, n_outputs; /* ports, evenly spaced along the side; 0: as one in the middle */
  guint  first, end;          /* there after steps first .. end - 1; (0, G_MAXUINT): always */
  guint  place_of;            /* takes the place of this node where it can, or WEFT_LAYOUT_NOBODY */
  guint  group;               /* phase of its first step: the same number for a drawing that never re-arranges */
} WeftLayoutNode;

typedef struct
{
  guint from, from_port, to, to_port;
  guint first, end;
} WeftLayoutEdge;

typedef struct
{
  double   rank_gap, node_gap; /* 0: 40 and 24 */
  gboolean sideways;           /* ranks grow to the right */
} WeftLayoutOptions;

typedef struct
{
  double x, y;
} WeftLayoutPoint;

typedef struct
{
  guint            n_nodes, n_edges, n_slots;
  WeftLayoutPoint *places;   /* by node: its top left corner */
  guint           *slots;    /* by node */
  guint           *n_points; /* by edge */
  WeftLayoutPoint **points;  /* by edge: from port to port, through the gaps between nodes; draw a smooth curve through them */
  gboolean        *back;     /* by edge: against the ranks, because another step's edges go the other way */
  double           width, height;
} WeftLayout;

/* NULL only if @cancellable was cancelled. The caller frees it. */
WeftLayout *weft_layout_new (guint n_nodes, const WeftLayoutNode *nodes, guint n_edges, const WeftLayoutEdge *edges, const WeftLayoutOptions *options, GCancellable *cancellable);
void        weft_layout_free (WeftLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLayout, weft_layout_free)
/* How many pairs of edges that are there after @step cross. */
guint weft_layout_crossings (const WeftLayout *layout, const WeftLayoutNode *nodes, const WeftLayoutEdge *edges, guint step);
/* The places of what is there after @step, moved together: order kept, gaps closed. @places: n_nodes. */
void  weft_layout_compact (const WeftLayout *layout, const WeftLayoutNode *nodes, const WeftLayoutEdge *edges, guint step, WeftLayoutPoint *places);

G_END_DECLS
