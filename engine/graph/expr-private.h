/* What the parser, the printer and the builder of expressions share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/expr.h"

struct _WeftExpr
{
  gatomicrefcount ref_count;
  GArray         *items; /* WeftExprItem, postfix */
  const char    **free_names;
  const char    **assigned_names;
  gboolean        has_result;
};

/* How tightly an operator binds; a call, a name or a number is WEFT_PRECEDENCE_ATOM. */
enum
{
  WEFT_PRECEDENCE_LAMBDA = 0,
  WEFT_PRECEDENCE_IF_ELSE = 1,
  WEFT_PRECEDENCE_NOT = 4,
  WEFT_PRECEDENCE_COMPARE = 5,
  WEFT_PRECEDENCE_UNARY = 12,
  WEFT_PRECEDENCE_POWER = 13,
  WEFT_PRECEDENCE_ATOM = 15,
};

typedef struct
{
  const char *symbol;
  const char *op; /* row name */
  guint       precedence;
} WeftOperator;

/* By symbol or by row name; NULL if there is none. */
const WeftOperator *weft_operator_binary (const char *symbol);
const WeftOperator *weft_operator_of_op (const char *op, gboolean unary);

/* The number that @name stands for where nothing is bound to it: pi, inf, nan. */
gboolean weft_expr_constant (const char *name, double *value);

/* A new expression around @items (taken): finds its names. */
WeftExpr *weft_expr_take (GArray *items);

/* ---- Functions as values ---- */

struct _WeftLambda
{
  /* Of a text */
  WeftExpr  *expr;  /* owned */
  guint      begin; /* its LAMBDA item */
  WeftScope *scope; /* owned reference: what its body sees besides the parameters */

  /* In C */
  WeftLambdaFunc func;
  gpointer       data;
  GDestroyNotify destroy;
};
void        weft_lambda_free (gpointer lambda);
/* Runs the body of a text's function in @graph, its parameters bound to @args. */
gboolean weft_lambda_run (const WeftLambda  *lambda,
                          WeftGraph         *graph,
                          const WeftBinding *args,
                          WeftBinding       *result,
                          GError           **error);
/* A scope that sees @parent's names: as they are, or captured by @maker (borrowed; may be NULL). */
WeftScope  *weft_scope_new_inside (WeftScope *parent, WeftBodyMaker *maker);
WeftScope  *weft_scope_ref (WeftScope *scope);
/* The items of a parameter list: LAMBDA and its names. */
const WeftExprItem *weft_lambda_item (const WeftLambda *lambda);

/* ---- Building ---- */

/* Calls @name with @args: a name bound in @scope (may be NULL), a registered function, an op, or an
 * element type (a cast). */
gboolean weft_expr_call (WeftGraph         *graph,
                         WeftScope         *scope,
                         const char        *name,
                         guint              n,
                         const WeftBinding *args,
                         const char *const *keywords,
                         WeftBinding       *result,
                         GError           **error);
/* object[entries]: of a value or a tuple. */
gboolean weft_expr_index (WeftGraph         *graph,
                          const WeftBinding *object,
                          guint              n,
                          const WeftBinding *entries,
                          WeftBinding       *result,
                          GError           **error);
/* Arithmetic on numbers and dimensions while the text is read. FALSE with no error: not for these
 * operands. */
gboolean weft_expr_fold (WeftGraph         *graph,
                         const char        *op,
                         guint              n,
                         const WeftBinding *args,
                         WeftBinding       *result,
                         GError           **error);

static inline gboolean
weft_binding_is_attr (const WeftBinding *binding, WeftAttrKind kind)
{
  return binding->kind == WEFT_BIND_ATTR && binding->attr.kind == kind;
}
static inline WeftBinding
weft_binding_of_attr (WeftAttr attr)
{
  return (WeftBinding){ .kind = WEFT_BIND_ATTR, .attr = attr };
}
static inline WeftBinding
weft_binding_of_value (WeftValue *value)
{
  return (WeftBinding){ .kind = WEFT_BIND_VALUE, .value = value };
}
/* A dimension; a plain number becomes INT. */
WeftBinding weft_binding_of_dim (WeftGraph *graph, WeftDim dim);
/* FALSE unless @binding is INT or DIM. */
gboolean    weft_binding_get_dim (const WeftBinding *binding, WeftDim *dim);
/* FALSE unless @binding is INT, DIM, or a value that is a single whole number, which becomes a
 * counted dimension. @error is set only where such a value stands in the body of a loop. */
gboolean
weft_binding_to_dim (const WeftBinding *binding, WeftGraph *graph, WeftDim *dim, GError **error);
/* What it is, for messages: "a number", "a tuple". */
const char *weft_binding_kind_name (const WeftBinding *binding);
