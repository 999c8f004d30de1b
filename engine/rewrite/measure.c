/* The measure that every text rule lowers, so that a phase ends: the sum of its ops' weights.
 *
 * Weights stand for the work of an element. What a reduction, a product, a pool or an index reads
 * counts twice: there is more of it. An op over constants weighs nothing: it is folded. A transpose
 * that a product reads weighs nothing: it is a flag of the call.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

static const struct
{
  const char *op;
  double      weight;
} weights[] = {
  { "identity", 1 },
  { "stop_gradient", 1 },
  { "grad_scale", 1 },
  { "grad_clip", 1 },
  { "cast", 1 },
  { "reshape", 1 },
  { "expand_dims", 1 },
  { "squeeze", 1 },
  { "transpose", 1 },
  { "broadcast_to", 1 },
  { "getitem", 1 },
  { "specify_shape", 1 },
  { "neg", 1 },
  { "abs", 2 },
  { "square", 2 },
  { "relu", 2 },
  { "logical_not", 2 },
  { "add", 3 },
  { "sub", 3 },
  { "mul", 3 },
  { "maximum", 3 },
  { "minimum", 3 },
  { "reciprocal", 4 },
  { "sqrt", 4 },
  { "one_hot", 4 },
  { "div", 5 },
  { "rsqrt", 6 },
  { "hypot", 6 },
  { "exp", 8 },
  { "exp2", 8 },
  { "log", 8 },
  { "sigmoid", 8 },
  { "silu", 8 },
  { "tanh", 8 },
  { "softmax", 8 },
  { "sin", 8 },
  { "cos", 8 },
  { "log2", 8 },
  { "log10", 8 },
  { "expm1", 9 },
  { "log1p", 9 },
  { "mish", 9 },
  { "softplus", 10 },
  { "log_softmax", 10 },
  { "logsumexp", 10 },
  { "log1mexp", 10 },
  { "tan", 10 },
  { "asin", 10 },
  { "acos", 10 },
  { "atan", 10 },
  { "cbrt", 10 },
  { "erf", 10 },
  { "logit", 10 },
  { "floor_div", 10 },
  { "mod", 10 },
  { "fmod", 10 },
  { "logaddexp", 12 },
  { "pow", 12 },
  { "atan2", 12 },
  { "asinh", 12 },
  { "acosh", 12 },
  { "atanh", 12 },
  { "erfc", 10 },
  { "gelu", 12 },
  { "gamma", 40 },
  { "lgamma", 40 },
  { "matmul", 50 },
  { "gemm", 50 },
  { "solve_triangular", 60 },
  { "cholesky", 100 },
  { "solve", 150 },
  { "det", 200 },
  { "inv", 300 },
};
#define OTHER_WEIGHT 4
/* A rearrangement or sign below an elementwise op costs this much more than above it: it moves
 * towards the results, where it meets another one, or a product that takes it as a flag. */
#define EARLY_MOVE (1.0 / 1024)

static double
weight_of (const WeftOp *op)
{
  for (guint i = 0; i < G_N_ELEMENTS (weights); i++)
    if (g_str_equal (weights[i].op, op->name))
      return weights[i].weight;
  return OTHER_WEIGHT;
}

typedef struct
{
  double   cost;
  gboolean constant, transposed;
  guint    moves; /* rearrangements on the way */
} Entry;

static gboolean
is_move (const WeftOp *op)
{
  return op->id == WEFT_OP_TRANSPOSE || op->id == WEFT_OP_RESHAPE ||
         op->id == WEFT_OP_EXPAND_DIMS || op->id == WEFT_OP_SQUEEZE ||
         op->id == WEFT_OP_BROADCAST_TO || op->id == WEFT_OP_NEG;
}

static void
apply_op (GArray *stack, const WeftOp *op, double weight, guint n)
{
  Entry    sum = { 0, n > 0, op->id == WEFT_OP_TRANSPOSE, is_move (op) };
  gboolean product = op->id == WEFT_OP_MATMUL;
  gboolean reads_more = product || op->id == WEFT_OP_GETITEM || op->id == WEFT_OP_SUM_TO ||
                        op->id == WEFT_OP_MAX_POOL || op->id == WEFT_OP_AVG_POOL ||
                        g_str_equal (op->family, "reduce");

  for (guint i = 0; i < n; i++)
    {
      const Entry *entry = &g_array_index (stack, Entry, stack->len - n + i);

      sum.cost += (entry->cost - (product && entry->transposed ? 1 : 0)) * (reads_more ? 2 : 1);
      if (op->traits & WEFT_TRAIT_ELEMENTWISE)
        sum.cost += EARLY_MOVE * entry->moves;
      sum.constant &= entry->constant;
      sum.moves += entry->moves;
    }
  sum.cost += sum.constant ? 0 : weight;
  g_array_set_size (stack, stack->len - n);
  g_array_append_val (stack, sum);
}

/* The op that @item applies, or one like those of the class that it names, and its weight; NULL: no
 * op. */
static const WeftOp *
op_of (const WeftExprItem *item, double *weight)
{
  const WeftOp *op = weft_op_find (item->kind == WEFT_EXPR_INDEX ? "getitem" : item->name);
  gint          op_class = op == NULL ? weft_op_class_find (item->name) : -1;

  /* Of a class, its lightest members. */
  if (op_class >= 0)
    op = g_str_has_prefix (item->name, "moving") || g_str_has_prefix (item->name, "view")
           ? weft_op (WEFT_OP_RESHAPE)
           : weft_op_class_like (op_class);
  /* A function of functions.def is several ops. */
  if (op == NULL && item->kind == WEFT_EXPR_CALL && weft_expr_find_function (item->name) != NULL)
    op = weft_op (WEFT_OP_GETITEM);
  *weight = op == NULL ? 0 : op_class >= 0 && !is_move (op) ? OTHER_WEIGHT
                                                            : weight_of (op);
  return op;
}

/* What @name stands for from now on was computed once, whoever reads it; a shape or a type, which
 * is known, counts as a constant. */
static void
assign (GArray *stack, GHashTable *assigned, const char *name, double *total)
{
  const Entry *entry = &g_array_index (stack, Entry, stack->len - 1);

  *total += entry->cost;
  g_hash_table_insert (assigned, (gpointer) name, GINT_TO_POINTER (entry->constant + 1));
  g_array_set_size (stack, stack->len - 1);
}

static gboolean
is_weightless (const char *const *weightless, GHashTable *assigned, const char *name)
{
  gint known = GPOINTER_TO_INT (g_hash_table_lookup (assigned, name));

  return known != 0 ? known - 1 : g_strv_contains (weightless, name);
}

/* What one evaluation of @expr costs; ops over numbers and the names of @weightless
 * (NULL-terminated) cost nothing. Errors: WEFT_EXPR_ERROR if it is more than calls and operators of
 * known ops. */
gboolean
weft_rule_measure (const WeftExpr    *expr,
                   const char *const *weightless,
                   double            *cost,
                   GError           **error)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autoptr (GHashTable) assigned = g_hash_table_new (NULL, NULL);
  const WeftExprItem *items;
  double              total = 0;
  guint               n;

  items = weft_expr_items (expr, &n);
  for (guint i = 0; i < n; i++)
    {
      const WeftExprItem *item = &items[i];
      const WeftOp       *op = NULL;
      Entry               entry = { 0, TRUE, FALSE, 0 };
      double              weight;

      if (item->kind == WEFT_EXPR_KEYWORD)
        continue;
      if (item->kind == WEFT_EXPR_UNARY || item->kind == WEFT_EXPR_BINARY ||
          item->kind == WEFT_EXPR_CALL || item->kind == WEFT_EXPR_INDEX)
        {
          op = op_of (item, &weight);
          if (op == NULL)
            {
              g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME, "%u: unknown op %s",
                           item->column, item->name);
              return FALSE;
            }
          apply_op (stack, op, weight,
                    item->kind == WEFT_EXPR_UNARY ? 1
                    : item->kind == WEFT_EXPR_BINARY || item->kind == WEFT_EXPR_INDEX
                      ? 2
                      : item->n_args);
          continue;
        }
      if (item->kind == WEFT_EXPR_ASSIGN)
        {
          assign (stack, assigned, item->name, &total);
          continue;
        }
      if (item->kind == WEFT_EXPR_ATTR)
        {
          g_array_index (stack, Entry, stack->len - 1) = (Entry){ 0, TRUE, FALSE, 0 };
          continue;
        }
      if (item->kind == WEFT_EXPR_NAME)
        entry.constant = is_weightless (weightless, assigned, item->name);
      else if (item->kind != WEFT_EXPR_NUMBER && item->kind != WEFT_EXPR_CONST &&
               item->kind != WEFT_EXPR_STRING)
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                       "%u: a rule is made of calls, operators, names and numbers", item->column);
          return FALSE;
        }
      g_array_append_val (stack, entry);
    }
  *cost = total + (stack->len == 1 ? g_array_index (stack, Entry, 0).cost : 0);
  return TRUE;
}
