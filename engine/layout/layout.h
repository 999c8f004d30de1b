/* Layered drawings of directed graphs that change in steps, with foresight: every node has one
 * place for as long as it lives.
 *
 * Ranks grow downwards (or to the right), edges go from a node's output side to the next one's
 * input side. A node and an edge live from a step to a step; nodes whose lives do not overlap may
 * share a place (a slot). Method: slots, one supergraph over all steps, ranks by network simplex,
 * order by sweeps of weighted medians with exchanges, coordinates after
 * Brandes and Köpf (2001), then by the same simplex.
 * Plain data in, plain data out; no drawing, no GTK. The same input gives the same result. Any
 * thread.
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
} WeftLayoutNode;

typedef struct
{
  guint from, from_port, to, to_port;
  guint first, end; /* cut to the lives of its nodes */
} WeftLayoutEdge;

typedef struct
{
  double        rank_gap, node_gap; /* 0: 40 and 24 */
  gboolean      sideways;           /* ranks grow to the right */
  const double *across;             /* NULL, or by node: where it is now across the ranks; those with a number
                                       (not NaN) keep that order on a rank */
} WeftLayoutOptions;

typedef struct
{
  double x, y;
} WeftLayoutPoint;

typedef struct
{
  guint             n_nodes, n_edges, n_slots, n_ranks;
  WeftLayoutPoint  *places;   /* by node: its top left corner */
  guint            *slots;    /* by node; WEFT_LAYOUT_NOBODY: not in this drawing */
  guint            *ranks;    /* by node */
  guint            *n_points; /* by edge: 3 k + 1, or 0 where it is not in this drawing */
  WeftLayoutPoint **points;   /* by edge: a curve of k cubic Bézier pieces from port to port: start,
                                 then (control, control, end) k times */
  gboolean *back;             /* by edge: against the ranks, because another step's edges go the other way */
  double    width, height;
} WeftLayout;

/* NULL only if @cancellable was cancelled. @options may be NULL. The caller frees it. */
WeftLayout *weft_layout_new (guint                    n_nodes,
                             const WeftLayoutNode    *nodes,
                             guint                    n_edges,
                             const WeftLayoutEdge    *edges,
                             const WeftLayoutOptions *options,
                             GCancellable            *cancellable);
void        weft_layout_free (WeftLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLayout, weft_layout_free)
/* Where an edge's port is: output @port at the bottom of @node, or input @port at its top, as seen
 * from its place. */
WeftLayoutPoint
weft_layout_port (const WeftLayoutNode *node, gboolean output, guint port, gboolean sideways);
/* How many pairs of edges that are there after @step cross. */
guint weft_layout_crossings (const WeftLayout     *layout,
                             const WeftLayoutNode *nodes,
                             const WeftLayoutEdge *edges,
                             guint                 step);
/* A drawing of what is there after @step alone, moved together: order kept, gaps closed. The
 * others' places are as in @layout. The same @nodes, @edges and @options as @layout. NULL only if
 * cancelled. The caller frees it. */
WeftLayout *weft_layout_compact (const WeftLayout        *layout,
                                 const WeftLayoutNode    *nodes,
                                 const WeftLayoutEdge    *edges,
                                 const WeftLayoutOptions *options,
                                 guint                    step,
                                 GCancellable            *cancellable);

/* ---- Long histories: one drawing a part, each in the order of the one before it ---- */
typedef struct
{
  guint        n_parts;
  guint       *firsts; /* by part: its first step; firsts[0] is 0 */
  WeftLayout **parts;
} WeftLayoutSeries;

/* @cuts: @n_cuts steps at which a new part may begin (such as the first of each phase), ascending.
 * NULL only if cancelled. */
WeftLayoutSeries *weft_layout_series_new (guint                    n_nodes,
                                          const WeftLayoutNode    *nodes,
                                          guint                    n_edges,
                                          const WeftLayoutEdge    *edges,
                                          const WeftLayoutOptions *options,
                                          guint                    n_cuts,
                                          const guint             *cuts,
                                          GCancellable            *cancellable);
void              weft_layout_series_free (WeftLayoutSeries *series);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLayoutSeries, weft_layout_series_free)
const WeftLayout *weft_layout_series_at (const WeftLayoutSeries *series, guint step); /* borrowed */

G_END_DECLS
