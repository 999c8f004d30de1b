/* The expression language: NumPy's notation.
 *
 *     softmax(dot(x, W) + b, axis=-1)
 *     v = mu*v - lr*g; p = p + v
 *
 * Operators with Python's precedence (** unary* * / // % @ + - << >> & ^ | comparisons not and or,
 * x if c else y), calls with keywords, methods (x.sum(axis=0)), x.T .shape .ndim .size .dtype,
 * indexing with integers, slices, None and ..., tuples, numbers, True False None, 'strings',
 * comments with #, statements separated by newlines or semicolons, "name = expression" and "a, b =
 * expression", functions as in "lambda x, h: tanh(x + h)"; the body of a function may be statements
 * in brackets, "lambda x: (y = x * x; y + 1)".
 *
 * A parsed text is one flat postfix array, made and read by loops: no depth of nesting can overflow
 * a stack.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/body.h"

G_BEGIN_DECLS

#define WEFT_EXPR_ERROR (weft_expr_error_quark ())
typedef enum
{
  WEFT_EXPR_ERROR_SYNTAX,  /* "1:7: expected ) before end of text" */
  WEFT_EXPR_ERROR_NAME,    /* unknown name or function; suggests the nearest */
  WEFT_EXPR_ERROR_VALUE,   /* a tuple where a tensor is needed and the like */
} WeftExprErrorCode;
GQuark weft_expr_error_quark (void);

typedef enum
{
  WEFT_EXPR_NUMBER,     /* number, is_int */
  WEFT_EXPR_NAME,       /* name */
  WEFT_EXPR_STRING,     /* name */
  WEFT_EXPR_CONST,      /* name: True False None Ellipsis */
  WEFT_EXPR_CALL,       /* name, n_args positional and keywords below; takes them from the stack */
  WEFT_EXPR_KEYWORD,    /* name: the item before it on the stack is this keyword's value */
  WEFT_EXPR_METHOD,     /* name, n_args: the object is below the arguments */
  WEFT_EXPR_ATTR,       /* name: .T .shape ... */
  WEFT_EXPR_UNARY,      /* name: op row name (neg, logical_not, bit_not, pos) */
  WEFT_EXPR_BINARY,     /* name: op row name (add, matmul, ...) */
  WEFT_EXPR_INDEX,      /* n_args index entries above the object */
  WEFT_EXPR_SLICE,      /* start, stop, step (CONST None where absent) */
  WEFT_EXPR_IF_ELSE,    /* value, condition, otherwise: x if c else y */
  WEFT_EXPR_TUPLE,      /* n_args */
  WEFT_EXPR_ASSIGN,     /* name; pops */
  WEFT_EXPR_UNPACK,     /* n_args names follow as NAME items; pops */
  WEFT_EXPR_DROP,       /* end of a statement whose value is not the last */
  WEFT_EXPR_LAMBDA,     /* n_args parameters follow as NAME items, then the body; integer: how many
                           items to its END */
  WEFT_EXPR_LAMBDA_END, /* n_args statements, the last is the value; integer: how many items back to
                           LAMBDA */
} WeftExprKind;

typedef struct
{
  WeftExprKind kind;
  gboolean     is_int;
  guint        n_args;
  double       number;
  gint64       integer;
  const char  *name; /* interned */
  guint        line, column; /* from 1 */
} WeftExprItem;

typedef struct _WeftExpr WeftExpr; /* immutable, reference counted (atomic) */

WeftExpr           *weft_expr_parse (const char *text, GError **error);
WeftExpr           *weft_expr_ref (WeftExpr *expr);
void                weft_expr_unref (WeftExpr *expr);
const WeftExprItem *weft_expr_items (const WeftExpr *expr, guint *n);
/* Names read before they are assigned that are no functions called, in order of appearance;
 * NULL-terminated, interned strings. */
const char        **weft_expr_free_names (const WeftExpr *expr);
/* Names assigned, in order of first assignment; and whether the last statement is a bare
 * expression. */
const char        **weft_expr_assigned_names (const WeftExpr *expr);
gboolean            weft_expr_has_result (const WeftExpr *expr);
/* Canonical text: least parentheses, spaces as the style asks; parses to the same items. */
char               *weft_expr_to_string (const WeftExpr *expr);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftExpr, weft_expr_unref)

/* ---- Texts as trees ---- */

/* The operands of item i are operands[first[i]] and those after it. The parameters' and unpacked
 * names, which follow LAMBDA and UNPACK, are nobody's operands. Borrows from its expression. */
typedef struct
{
  guint               n_items, n_roots;
  const WeftExprItem *items;
  guint              *first, *operands;
  guint              *roots; /* statements, the result the last */
} WeftExprTree;
WeftExprTree *weft_expr_tree_new (const WeftExpr *expr);
void          weft_expr_tree_free (WeftExprTree *tree);
guint         weft_expr_tree_n_operands (const WeftExprTree *tree, guint item);
/* @item as text; texts[i] (NULL: nothing) stands in the place of item i, as it is: brackets are the
 * caller's. */
char         *weft_expr_tree_print (const WeftExprTree *tree, guint item, const char *const *texts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftExprTree, weft_expr_tree_free)

/* The operator of an op of one or two operands, "@"; NULL: it has none. */
const char   *weft_expr_operator (const char *op, gboolean unary);

/* ---- Building graph values from text ---- */

/* What a name can stand for. */
typedef enum
{
  WEFT_BIND_VALUE, /* a graph value */
  WEFT_BIND_ATTR,  /* number, tuple, None, string, dtype, dim ... */
  WEFT_BIND_OP,    /* callable under this name: an op's name ("relu"), or "identity" */
  WEFT_BIND_TUPLE, /* items, memory of the graph; op: "taps" or "until" where the tuple is a mark of
                      that kind, else NULL */
  WEFT_BIND_LAMBDA, /* lambda: a function of a text or of code */
} WeftBindKind;

typedef struct _WeftBinding WeftBinding;
typedef struct _WeftLambda  WeftLambda;
struct _WeftBinding
{
  WeftBindKind kind;
  WeftValue   *value;
  WeftAttr     attr;
  const char  *op; /* interned */
  guint        n_items;
  WeftBinding *items;
  WeftLambda  *lambda;
};
/* A number, dimension or value as a value (numbers stay weak); NULL and an error for anything else.
 */
WeftValue *weft_binding_to_value (const WeftBinding *binding, WeftGraph *graph, GError **error);
/* As an attribute of @kind: 3 -> AXES (3,), tuple -> SHAPE, ... FALSE and an error where it does
 * not fit. */
gboolean weft_binding_to_attr (
  const WeftBinding *binding, WeftGraph *graph, WeftAttrKind kind, WeftAttr *attr, GError **error);

/* Names visible to a text. Assignments add to it. */
typedef struct _WeftScope WeftScope;
WeftScope   *weft_scope_new (void);
void         weft_scope_free (WeftScope *scope);
void         weft_scope_set (WeftScope *scope, const char *name, const WeftBinding *binding);
void                      weft_scope_foreach (WeftScope *scope,
                                              void (*func) (const char *name, gpointer data),
                                              gpointer data);
void         weft_scope_set_value (WeftScope *scope, const char *name, WeftValue *value);
void         weft_scope_set_attr (WeftScope *scope, const char *name, const WeftAttr *attr);
void         weft_scope_set_op (WeftScope *scope, const char *name, const char *op);
WeftBinding *weft_scope_get (WeftScope *scope, const char *name); /* NULL */
/* A function in C, callable from texts and usable wherever a lambda is: makes its result in @graph,
 * which may be a body's. */
typedef gboolean (*WeftLambdaFunc) (WeftGraph         *graph,
                                    guint              n_args,
                                    const WeftBinding *args,
                                    gpointer           data,
                                    WeftBinding       *result,
                                    GError           **error);
void weft_scope_set_function (
  WeftScope *scope, const char *name, WeftLambdaFunc func, gpointer data, GDestroyNotify destroy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftScope, weft_scope_free)

/* ---- Functions as values: lambdas, functions in C, ops by their names ---- */

gboolean weft_binding_is_function (const WeftBinding *binding);
/* How many parameters a lambda has, -1 if any number may do; the name of one, or NULL. */
gint        weft_binding_n_params (const WeftBinding *function);
const char *weft_binding_param (const WeftBinding *function, guint index);
/* Calls it in @graph. Errors: WEFT_EXPR_ERROR, WEFT_TYPE_ERROR. */
gboolean weft_binding_call (const WeftBinding *function,
                            WeftGraph         *graph,
                            guint              n,
                            const WeftBinding *args,
                            WeftBinding       *result,
                            GError           **error);
/* The same inside the body of @maker: outer values in it are captured there. FALSE if it is a tuple
 * nested too deep. */
gboolean
weft_binding_import (const WeftBinding *binding, WeftBodyMaker *maker, WeftBinding *inside);

/* Calls that rows do not name: an expander builds several ops (for "unbroadcast", "var", "std" and
 * the like). */
/* @keywords[i]: name or NULL (positional) of args[i]. Registered once at start, before other
 * threads. @data is kept. */
typedef gboolean (*WeftExpandFunc) (WeftGraph         *graph,
                                    guint              n_args,
                                    const WeftBinding *args,
                                    const char *const *keywords,
                                    gpointer           data,
                                    WeftBinding       *result,
                                    GError           **error);
typedef struct
{
  const char    *name;
  WeftExpandFunc func;
  gpointer       data;
  const char    *signature; /* "x, axis=None" */
  const char    *summary;
} WeftExprFunction;
void                    weft_expr_register_function (const WeftExprFunction *function);
const WeftExprFunction *weft_expr_find_function (const char *name);

/* Builds @expr in @graph under @scope. The result is the last bare expression's value (result may
 * be NULL if only assignments matter). Errors: WEFT_EXPR_ERROR and WEFT_TYPE_ERROR, prefixed
 * "line:column: ". */
gboolean weft_expr_build (
  WeftExpr *expr, WeftGraph *graph, WeftScope *scope, WeftBinding *result, GError **error);
/* The common case: the result as a value; a bare number alone becomes i64 or f32. */
WeftValue *
weft_expr_build_value (WeftExpr *expr, WeftGraph *graph, WeftScope *scope, GError **error);
/* A text that must be an attribute: "(x.shape[-1], units)" -> SHAPE. Errors as above. */
gboolean weft_expr_build_attr (WeftExpr    *expr,
                               WeftGraph   *graph,
                               WeftScope   *scope,
                               WeftAttrKind kind,
                               WeftAttr    *attr,
                               GError     **error);

G_END_DECLS
