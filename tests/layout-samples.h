/* Graphs to lay out, the same on every machine, and pictures of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/layout/layout.h"

typedef struct
{
  char   *name;
  guint   n_steps;
  GArray *nodes, *edges; /* WeftLayoutNode, WeftLayoutEdge */
} Sample;

typedef enum
{
  SAMPLE_RANDOM,   /* any order, @n nodes and half as many edges more */
  SAMPLE_TREE,     /* one user each */
  SAMPLE_SERIES,   /* series and parallel compositions */
  SAMPLE_GRID,     /* each reads the one above and the one to the left */
  SAMPLE_LAYERS,   /* edges from layer to layer */
  SAMPLE_TRAINING, /* a network of dense layers and its gradient, with ports */
  SAMPLE_UNROLLED, /* a recurrent network unrolled over time, with ports */
  SAMPLE_N_KINDS
} SampleKind;

const char *sample_kind_name (SampleKind kind);
/* About @n nodes. The caller owns it. */
Sample *sample_new (SampleKind kind, guint n, guint seed);
/* @n_rewrites steps of replacing nodes of a random graph. */
Sample *sample_new_history (guint n, guint n_rewrites, guint seed);
Sample *sample_new_empty (const char *name);
guint
     sample_add_node (Sample *sample, double width, double height, guint n_inputs, guint n_outputs);
void sample_add_edge (Sample *sample, guint from, guint to, guint to_port);
void sample_free (Sample *sample);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sample, sample_free)

WeftLayoutNode *sample_node (const Sample *sample, guint node);
WeftLayoutEdge *sample_edge (const Sample *sample, guint edge);
/* With default distances. */
WeftLayout *sample_layout (const Sample *sample, const WeftLayoutOptions *options);
gboolean    sample_has_node (const Sample *sample, guint node, guint step);
gboolean    sample_has_edge (const Sample *sample, guint edge, guint step);

/* What is there after @step, as SVG or for Graphviz; the caller owns the text. */
char *sample_to_svg (const Sample *sample, const WeftLayout *layout, guint step);
char *sample_to_dot (const Sample *sample, guint step);
