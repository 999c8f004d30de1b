/* Random well-typed graphs, and whether rewriting them changes what they compute.
 *
 * A graph grows by moves: an example of a row or function of the op tables, the pattern of a rule,
 * an elementwise op, a form that rules know; operands are values that are there already, or new
 * inputs. Some graphs get gradients. The same seed gives the same graph.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops.h"
#include "engine/run/function.h"

typedef struct
{
  WeftGraph *graph;
  GRand     *rand;
  WeftDType  dtype;   /* of real inputs */
  gboolean   named;   /* dimensions above 1 have names, those of one size the same name */
  GPtrArray *inputs;  /* WeftValue* */
  GPtrArray *arrays;  /* WeftArray* in the order of inputs, owned */
  GPtrArray *values;  /* WeftValue* to go on from */
  GPtrArray *outputs; /* WeftValue* */
} RandomGraph;

/* Once, after weft_ops_init: what the texts of the tables call to get operands. */
void random_graph_register (void);
/* With outputs whose numbers are finite (most of them). NULL: nothing finite came out of @seed. */
RandomGraph *random_graph_new (guint32 seed);
/* Without evaluating anything: outputs may be anything. */
RandomGraph *random_graph_new_blind (guint32 seed);
void         random_graph_free (RandomGraph *random);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RandomGraph, random_graph_free)

/* The rules that are off; NULL-terminated, the names are the tables'. @share of them. */
const char **random_graph_without (RandomGraph *random, double share);

/* What is known of a comparison. */
typedef struct
{
  guint n_compared, n_elements; /* outputs and numbers that were told apart from noise */
  guint n_improved;             /* numbers that were infinite or NaN before, and are finite after */
  guint n_steps;
  GHashTable *fired; /* the rules that did, interned names; NULL: nobody asks */
} RandomCheck;
/* Rewrites without the rules of @without and compares; NULL: all is well, else what is not, owned.
 * @run: the interpreter's program too. The graph grows. */
char *random_graph_check (RandomGraph       *random,
                          const char *const *without,
                          gboolean           run,
                          RandomCheck       *check);
/* The same comparison of one value of the graph with another. */
char *
random_graph_compare (RandomGraph *random, WeftValue *before, WeftValue *after, RandomCheck *check);
/* Rewrites only: types kept, no oscillation, steps bounded. NULL or what is wrong, owned. */
char *random_graph_rewrite (RandomGraph *random, const char *const *without, guint *n_steps);
/* The smallest part of @random on which the check still fails, as text; owned. */
char *random_graph_shrink (RandomGraph *random, const char *const *without, gboolean run);
