/* What graph.c, apply.c, clone.c and print.c share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/graph.h"

struct _WeftGraph
{
  /* Owned */
  GPtrArray  *blocks;   /* of the arena */
  GPtrArray  *applies;  /* WeftApply*, in the arena, by id */
  GPtrArray  *literals; /* WeftArray references */
  GHashTable *shared;   /* WeftShared (one reference each) -> WeftValue* */
  GHashTable *origins;  /* interned WeftOrigins, in the arena */
  GPtrArray  *stack;    /* const WeftOrigins*: the current union is the last */
  GHashTable *counted;  /* name of a dimension -> WeftValue* that gives it; NULL: none */
  GHashTable *counts;   /* the other way round */
  GPtrArray  *bodies;   /* WeftBody references */
  GPtrArray  *lambdas;  /* WeftLambda, see expr-private.h */

  /* Plain values */
  gsize   block_used, block_size;
  guint   n_values, n_counted;
  guint64 n_streams;
  gboolean is_body; /* made by a body's maker, or a body's */
  guint   depth;   /* bodies around this one, calls of functions included */
  guint   n_calls; /* functions of a text called so far, in bodies too */
};

/* A new application, inputs and attributes copied into the arena, types still empty. */
WeftApply *weft_graph_add_apply (WeftGraph        *graph,
                                 const WeftOp     *op,
                                 guint             n_inputs,
                                 WeftValue *const *inputs,
                                 const WeftAttr   *attrs,
                                 guint             n_outputs);
/* Takes back the application that was added last. */
void       weft_graph_drop_last (WeftGraph *graph, WeftApply *apply);
/* Casts @inputs (changed in place) as the row's traits ask. */
gboolean weft_graph_promote (WeftGraph    *graph,
                             const WeftOp *op,
                             guint         n_inputs,
                             WeftValue   **inputs,
                             WeftDType    *dtype,
                             gboolean     *weak,
                             GError      **error);
/* @attr with its dims and indices in the arena of @graph, names bound in @bindings (or NULL)
 * replaced. */
WeftAttr   weft_graph_own_attr (WeftGraph *graph, const WeftAttr *attr, WeftBindings *bindings);
/* What @value gives, called @name if nothing in @graph is; see weft_graph_count_dim. */
WeftDim    weft_graph_carry_counted (WeftGraph *graph, const char *name, WeftValue *value);
