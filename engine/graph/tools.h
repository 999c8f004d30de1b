/* Tools that take graphs apart and put them together: substitute, ancestors, descendants,
 * same-graph test, find. (Copying is weft_graph_clone.)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* @outputs with @replacements (WeftValue* -> WeftValue*, all of @graph) in the place of their keys;
 * what does not depend on a key is shared, not copied. Errors: WEFT_TYPE_ERROR where a
 * replacement's type does not fit. */
gboolean weft_graph_substitute (WeftGraph        *graph,
                                guint             n,
                                WeftValue *const *outputs,
                                GHashTable       *replacements,
                                WeftValue       **results,
                                GError          **error);
/* What @values are computed from, themselves not included, inputs first. WeftValue*, borrowed;
 * caller owns the array. */
GPtrArray *weft_graph_ancestors (WeftGraph *graph, guint n, WeftValue *const *values);
/* What depends on @values among what @outputs are computed from, and of @outputs themselves; inputs
 * first. */
GPtrArray *weft_graph_descendants (
  WeftGraph *graph, guint n, WeftValue *const *values, guint n_outputs, WeftValue *const *outputs);
/* Whether @a and @b (of @graph_a and @graph_b, which may be one) are the same computation. Inputs
 * are the same where
 * @partners (WeftValue* of a -> WeftValue* of b, or NULL) says so, else where name and type are
 * equal; shared values where they are one variable; constants where their bits are equal; draws of
 * random numbers where they draw the same. */
gboolean weft_graph_same (guint n, WeftValue *const *a, WeftValue *const *b, GHashTable *partners);

/* All conditions that are not NULL hold. */
typedef struct
{
  const char *name; /* of the value or shared variable; * and ? stand for any letters */
  const char *op;   /* "tanh", or an alias of it */
  const char *role; /* one of weft_graph_roles */
} WeftGraphQuery;
/* input, constant, parameter (trained), weight and bias (parameters of rank 2 or more, and of
 * less), state (shared and not trained), random, loop (ops that own graphs), cost (real scalars
 * that are no leaves and that nothing uses). NULL-terminated. */
extern const char *const weft_graph_roles[];
/* Those of what @outputs reach that fit, inputs first. WeftValue*, borrowed; caller owns the array.
 */
GPtrArray *
weft_graph_find (WeftGraph *graph, guint n, WeftValue *const *outputs, const WeftGraphQuery *query);
/* Whether @value has @role; of @outputs, which nothing uses, cost may be true. */
gboolean
weft_value_has_role (const WeftValue *value, const char *role, guint n, WeftValue *const *outputs);

G_END_DECLS
