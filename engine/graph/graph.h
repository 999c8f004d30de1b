/* Graphs of symbolic values.
 *
 * A value is a typed result of an op application; both are immutable once made and live in the
 * graph's arena until the graph is freed. Ids grow, so id order is a topological order. A graph is
 * what some outputs reach; nothing is merged or removed here (that is a rewrite). Every application
 * carries the set of document nodes it comes from.
 *
 * Not safe for two threads at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/op.h"

G_BEGIN_DECLS

typedef struct _WeftShared WeftShared;

/* A sorted set of document node numbers; interned in its graph: equal sets are the same pointer. */
typedef struct
{
  guint   n;
  guint32 nodes[];
} WeftOrigins;

struct _WeftValue
{
  guint       id;    /* of the value, unique in the graph */
  guint       index; /* which output of @apply */
  WeftApply  *apply;
  const char *name; /* interned or NULL */
  WeftType    type;
};

struct _WeftApply
{
  guint              id; /* position in the graph; inputs' applications have smaller ones */
  const WeftOp      *op;
  guint              n_inputs;
  guint              n_outputs;
  WeftValue        **inputs;
  WeftAttr          *attrs;    /* op->n_attrs of them */
  const WeftOrigins *origins;  /* never NULL; may be empty */
  WeftArray         *literal;  /* constant: its array */
  WeftShared        *shared;   /* shared: the variable */
  gboolean           implicit; /* a cast that nobody wrote: promotion made it */
  guint64            stream;   /* RANDOM: which stream of numbers */
  gboolean           placed;   /* a rewriter has said what it may overwrite; else the compiler decides */
  guint64
            overwrites; /* bit i: the bytes of input i may be taken for the result, or for a loop's state */
  WeftValue outputs[];  /* n_outputs */
};

/* ---- Shared variables: values that live between calls (parameters, optimiser state) ---- */

/* Who holds a newer value of a variable than its array: memory of a device. */
typedef struct _WeftSharedHolder WeftSharedHolder;
struct _WeftSharedHolder
{
  /* Writes the newer value into the array; FALSE: it is lost. */
  gboolean (*fetch) (WeftSharedHolder *holder, WeftShared *shared);
};

struct _WeftShared
{
  char      *name; /* "hidden.W" */
  char      *role; /* "parameter", "state" */
  gboolean   trainable;
  WeftArray *value;          /* replaced or written only by the thread that runs functions;
                                weft_shared_settle first */
  guint32           node;    /* the document node it was drawn as, 0: none */
  guint64           version; /* counts what changes the array */
  WeftSharedHolder *holder;  /* NULL: the array is the newest */
  gatomicrefcount   ref_count;
};
WeftShared             *
weft_shared_new (const char *name, const char *role, WeftArray *value); /* refs @value */
WeftShared *weft_shared_ref (WeftShared *shared);
void        weft_shared_unref (WeftShared *shared);
/* By the thread that runs functions: make the array the newest, FALSE if that is lost; it was
 * changed; @holder has a newer value. */
gboolean weft_shared_settle (WeftShared *shared);
void     weft_shared_changed (WeftShared *shared);
void     weft_shared_hold (WeftShared *shared, WeftSharedHolder *holder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftShared, weft_shared_unref)

/* ---- Building ---- */

WeftGraph *weft_graph_new (void);
void       weft_graph_free (WeftGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftGraph, weft_graph_free)

/* Applications made until the matching pop also come from @node / from all of @origins. */
void weft_graph_push_origin (WeftGraph *graph, guint32 node);
void weft_graph_push_origins (WeftGraph *graph, const WeftOrigins *origins);
void weft_graph_pop_origin (WeftGraph *graph);
const WeftOrigins *
weft_graph_union_origins (WeftGraph *graph, const WeftOrigins *a, const WeftOrigins *b);

WeftValue *weft_graph_input (WeftGraph *graph, const char *name, const WeftType *type);
WeftValue *weft_graph_constant (WeftGraph *graph, WeftArray *array); /* refs */
WeftValue *weft_graph_int (WeftGraph *graph, gint64 value);          /* weak scalar */
WeftValue *
weft_graph_float (WeftGraph *graph,
                  double     value); /* weak scalar; held as F64 until it meets another type */
WeftValue            *
weft_graph_strong (WeftGraph *graph,
                              WeftValue *value); /* weak float -> F32, weak int -> I64; others as they are */
WeftValue *weft_graph_scalar (WeftGraph *graph, WeftDType dtype, double value);
WeftValue *weft_graph_shared (WeftGraph  *graph,
                              WeftShared *shared); /* refs; the same value for the same variable */
/* A dimension as a weak i64 scalar: a constant where it is a number, else op "dim", resolved at the
 * call. */
WeftValue *weft_graph_dim (WeftGraph *graph, WeftDim dim);

/* ---- Dimensions that values give ---- */

typedef struct
{
  const char *name;  /* interned */
  WeftValue  *value; /* a single whole number */
} WeftCounted;

gboolean weft_value_is_count (const WeftValue *value);
/* The number that @count is at the call, as a dimension. */
WeftDim    weft_graph_count_dim (WeftGraph *graph, WeftValue *count);
gboolean   weft_graph_can_count (WeftGraph *graph, GError **error);
gboolean   weft_graph_has_counted (WeftGraph *graph);
WeftValue *weft_graph_find_counted (WeftGraph *graph, const char *name); /* NULL: not counted */
/* Lets @value give dimension @name, which nothing else in @graph may be called. */
void weft_graph_define_counted (WeftGraph *graph, const char *name, WeftValue *value);
/* WeftCounted, definitions first: bind them in this order. */
GArray *weft_graph_counted_dims (WeftGraph *graph, guint n, WeftValue *const *values);
/* Calls @func with each name of a dimension in the attributes (of an input: the type) of @apply. */
void weft_apply_foreach_name (const WeftApply *apply,
                              void (*func) (const char *name, gpointer data),
                              gpointer data);
void weft_attr_foreach_name (const WeftAttr *attr,
                             void (*func) (const char *name, gpointer data),
                             gpointer data);

/* Applies @op: checks arity and attributes (NULL @attrs: defaults), promotes and casts the inputs,
 * infers the types. Attributes are copied. Returns the first output. Errors: WEFT_TYPE_ERROR,
 * message "matmul: 784 != 512 (inner)". */
WeftValue *weft_graph_apply (WeftGraph        *graph,
                             const WeftOp     *op,
                             guint             n_inputs,
                             WeftValue *const *inputs,
                             const WeftAttr   *attrs,
                             GError          **error);
/* The same for code that knows its types fit (gradients, rewrites): a failure is our bug and
 * aborts. Inputs end with NULL. */
WeftValue *weft_graph_op (WeftGraph *graph, const char *op, ...) G_GNUC_NULL_TERMINATED;
/* @apply, of any graph, once more over inputs of the same types; nothing is checked or inferred. */
WeftApply *weft_graph_again (WeftGraph *graph, const WeftApply *apply, WeftValue *const *inputs);
static inline WeftValue *
weft_apply_output (WeftApply *apply, guint index)
{
  return &apply->outputs[index];
}
WeftValue *weft_graph_cast (WeftGraph *graph,
                            WeftValue *value,
                            WeftDType  dtype); /* @value itself if it has the type */
WeftValue *
weft_graph_named (WeftGraph *graph, WeftValue *value, const char *name); /* names it, returns it */

/* Attribute makers for code. Memory from the graph. */
WeftAttr weft_attr_none (void);
WeftAttr weft_attr_int (gint64 value);
WeftAttr weft_attr_float (double value);
WeftAttr weft_attr_bool (gboolean value);
WeftAttr weft_attr_dtype (WeftDType dtype);
WeftAttr weft_attr_string (const char *text);
WeftAttr weft_attr_axes (WeftGraph *graph, guint n, const gint64 *axes);
WeftAttr weft_attr_shape (WeftGraph *graph, const WeftShape *shape);
WeftAttr weft_attr_dim (WeftGraph *graph, WeftDim dim);
/* Value of attribute @name of an application; it must exist. */
const WeftAttr *weft_apply_attr (const WeftApply *apply, const char *name);
/* Memory that lives as long as the graph, 16-aligned. */
gpointer weft_graph_alloc (WeftGraph *graph, gsize size);

/* ---- Looking ---- */

guint      weft_graph_n_applies (WeftGraph *graph);
WeftApply *weft_graph_get_apply (WeftGraph *graph, guint id);
/* The applications that @values reach, each once, inputs before users; values that give dimensions
 * are reached by what mentions them. WeftApply*, borrowed. No recursion. */
GPtrArray *weft_graph_order (WeftGraph *graph, guint n, WeftValue *const *values);
/* A copy of what @outputs reach, in @target, with @replacements (WeftValue* -> WeftValue* of
 * @target, may be NULL) put in place and dims bound in @bindings (may be NULL) made numbers; types
 * are inferred again. Values that give dimensions are copied where
 * @bindings do not say what they are. @results gets the copies.
 * Errors: WEFT_TYPE_ERROR (only with bindings). */
gboolean weft_graph_clone (WeftGraph        *graph,
                           WeftGraph        *target,
                           guint             n,
                           WeftValue *const *outputs,
                           GHashTable       *replacements,
                           WeftBindings     *bindings,
                           WeftValue       **results,
                           GError          **error);
/* An application that is computed in float64 because one input is, though another is float32. */
typedef struct
{
  WeftApply *apply;
  WeftValue *wide, *narrow; /* narrow: before it was cast */
} WeftWidening;
/* WeftWidening, in order; where float64 goes on from there is not told again. The caller owns the
 * array. */
GArray *weft_graph_widenings (WeftGraph *graph, guint n, WeftValue *const *values);
/* Debug builds after each pass: ids ordered, types as inferred, arities right. */
gboolean weft_graph_check (WeftGraph *graph, guint n, WeftValue *const *values, GError **error);
/* One assignment a line; reads back with weft_expr_parse. Inputs and shared values are declared as
 * comments with their types. */
char *weft_graph_to_string (WeftGraph *graph, guint n, WeftValue *const *outputs);
/* "v3 = tanh(v2)": the line of @apply there, which is in the graph of a body with @in_body, but
 * with names for bodies and for constants that have axes. The caller owns it. */
char *weft_apply_to_line (const WeftApply *apply, gboolean in_body);
/* What that line calls @value, and the body that is attribute @attr: "step_14". Interned. */
const char *weft_value_line_name (const WeftValue *value, gboolean in_body);
const char *weft_apply_body_name (const WeftApply *apply, guint attr);
/* One value as one expression, elided with "..." beyond @limit ops. */
char *weft_value_to_expression (WeftValue *value, guint limit);

G_END_DECLS
