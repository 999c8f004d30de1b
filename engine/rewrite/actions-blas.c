/* Actions of the rules about products: the order of a chain, and sums of products.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/matrix-chain.h"
#include "engine/rewrite/blas.h"
#include "engine/rewrite/loops.h"

/* ---- The order of a chain ---- */

/* Longer chains are ordered piece by piece. */
#define MAX_FACTORS 16
G_STATIC_ASSERT (MAX_FACTORS <= WEFT_CHAIN_FACTORS);
/* A size for choosing an order where the number is known at the call only. */
#define UNKNOWN_SIZE 64
/* The order must be as good where those sizes are small, and where they are large, and better in
 * one. Costs are linear in a size that stands once, so it is then as good for all between. */
static const double unknown_sizes[] = { 1, 1e9 };

typedef struct
{
  guint      n;
  WeftValue *factors[MAX_FACTORS];
  double     costs[G_N_ELEMENTS (unknown_sizes)]; /* multiplications, in the order as it stands */
} Chain;

static double
size_of (WeftDim dim, double unknown)
{
  return weft_dim_is_number (dim) ? (double) dim.offset : unknown;
}

/* Rows or columns of @value, where a vector is one row at the start and one column at the end. */
static WeftDim
dim_of (const WeftValue *value, gboolean rows, gboolean at_start)
{
  const WeftShape *shape = &value->type.shape;

  if (shape->rank == 2)
    return shape->dims[rows ? 0 : 1];
  return rows == at_start ? weft_dim (1) : shape->dims[0];
}

static double
side_of (const WeftValue *value, gboolean rows, gboolean at_start, double unknown)
{
  return size_of (dim_of (value, rows, at_start), unknown);
}

static gboolean
is_chain_product (const WeftMatch *match, const WeftValue *value)
{
  const WeftApply *apply = value->apply;

  return apply->op->id == WEFT_OP_MATMUL && value->type.shape.rank == 2 &&
         match->uses[apply->id] <= 1 && apply->inputs[0]->type.shape.rank == 2 &&
         apply->inputs[1]->type.shape.rank == 2;
}

static void
add_cost (Chain *chain, const WeftApply *product)
{
  const WeftValue *a = product->inputs[0], *b = product->inputs[1];

  for (guint i = 0; i < G_N_ELEMENTS (unknown_sizes); i++)
    chain->costs[i] += side_of (a, TRUE, TRUE, unknown_sizes[i]) *
                       side_of (a, FALSE, TRUE, unknown_sizes[i]) *
                       side_of (b, FALSE, FALSE, unknown_sizes[i]);
}

/* The factors of the product @root from left to right, through products that nobody else reads. */
static void
read_chain (const WeftMatch *match, const WeftApply *root, Chain *chain)
{
  WeftValue *stack[MAX_FACTORS + 1];
  guint      n_stack = 0, n_open = 2;

  chain->n = 0;
  add_cost (chain, root);
  stack[n_stack++] = root->inputs[1];
  stack[n_stack++] = root->inputs[0];
  while (n_stack > 0)
    {
      WeftValue *value = stack[--n_stack];

      if (n_open == MAX_FACTORS || !is_chain_product (match, value))
        {
          chain->factors[chain->n++] = value;
          continue;
        }
      add_cost (chain, value->apply);
      stack[n_stack++] = value->apply->inputs[1];
      stack[n_stack++] = value->apply->inputs[0];
      n_open++;
    }
}

/* Factor i is [sides[i], sides[i + 1]]. */
static void
read_sides (const Chain *chain, double unknown, double *sides)
{
  sides[0] = side_of (chain->factors[0], TRUE, TRUE, unknown);
  for (guint i = 0; i < chain->n; i++)
    sides[i + 1] = side_of (chain->factors[i], FALSE, i == 0, unknown);
}

/* Whether the inner sizes are written alike, so that costs do not depend on which one is asked. */
static gboolean
sides_meet (const Chain *chain)
{
  for (guint i = 0; i + 1 < chain->n; i++)
    if (!weft_dim_equal (dim_of (chain->factors[i], FALSE, i == 0),
                         dim_of (chain->factors[i + 1], TRUE, FALSE)))
      return FALSE;
  return TRUE;
}

/* Factors next to each other. */
typedef struct
{
  guint8 from, to;
} Range;

/* Lists the ranges that are products, inner ones first. Returns how many. */
static guint
list_products (guint n, WeftChainCuts cuts, Range *products)
{
  Range stack[2 * MAX_FACTORS] = { { 0, n - 1 } };
  guint n_stack = 1, n_products = 0;

  /* Outer ones first, then turned round. */
  while (n_stack > 0)
    {
      Range range = stack[--n_stack];
      guint cut;

      if (range.from == range.to)
        continue;
      cut = cuts[range.from][range.to];
      products[n_products++] = range;
      stack[n_stack++] = (Range){ range.from, cut };
      stack[n_stack++] = (Range){ cut + 1, range.to };
    }
  for (guint i = 0; i < n_products / 2; i++)
    {
      Range other = products[i];

      products[i] = products[n_products - 1 - i];
      products[n_products - 1 - i] = other;
    }
  return n_products;
}

static double
cost_of (const Chain *chain, WeftChainCuts cuts, double unknown)
{
  double sides[MAX_FACTORS + 1], cost = 0;
  Range  products[MAX_FACTORS];
  guint  n = list_products (chain->n, cuts, products);

  read_sides (chain, unknown, sides);
  for (guint i = 0; i < n; i++)
    cost += sides[products[i].from] * sides[cuts[products[i].from][products[i].to] + 1] *
            sides[products[i].to + 1];
  return cost;
}

/* A chain of products in the order with the fewest multiplications; NULL where it is that. */
static WeftValue *
order_chain (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  Chain         chain = { 0 };
  WeftChainCuts cuts;
  double        sides[MAX_FACTORS + 1];
  Range         products[MAX_FACTORS];
  WeftValue    *made[MAX_FACTORS][MAX_FACTORS] = { { NULL } };
  gboolean      better = FALSE;
  guint         n;

  if (match->root->apply->inputs[0]->type.shape.rank > 2 ||
      match->root->apply->inputs[1]->type.shape.rank > 2)
    return NULL;
  read_chain (match, match->root->apply, &chain);
  if (chain.n < 3 || !sides_meet (&chain))
    return NULL;
  read_sides (&chain, UNKNOWN_SIZE, sides);
  weft_chain_cut (chain.n, sides, cuts);
  for (guint i = 0; i < G_N_ELEMENTS (unknown_sizes); i++)
    {
      double cost = cost_of (&chain, cuts, unknown_sizes[i]);

      if (cost > chain.costs[i])
        return NULL;
      better |= cost < chain.costs[i];
    }
  if (!better)
    return NULL;
  for (guint i = 0; i < chain.n; i++)
    made[i][i] = chain.factors[i];
  n = list_products (chain.n, cuts, products);
  for (guint i = 0; i < n; i++)
    {
      guint from = products[i].from, to = products[i].to, cut = cuts[from][to];

      made[from][to] = weft_graph_op (graph, "matmul", made[from][cut], made[cut + 1][to], NULL);
    }
  return made[0][chain.n - 1];
}

/* ---- Sums of products ---- */

/* The one axis of a sum without kept axes, counted from the front; -1: all; -2: others. */
static gint
summed_axis (const WeftRule *rule, const WeftMatch *match, guint rank)
{
  const WeftAttr *axis = match->attrs[weft_pattern_attr_slot (&rule->pattern, "axis")];
  gint64          number;

  if (axis->kind == WEFT_ATTR_NONE || (axis->kind == WEFT_ATTR_AXES && axis->dims->rank == rank))
    return -1;
  if (axis->kind != WEFT_ATTR_AXES || axis->dims->rank != 1)
    return -2;
  number = axis->dims->dims[0].offset;
  return (gint) (number < 0 ? number + rank : number);
}

static WeftValue *
sum_over (WeftGraph *graph, WeftValue *x, guint n, const gint64 *axes)
{
  const WeftOp        *op = weft_op (WEFT_OP_SUM);
  g_autofree WeftAttr *attrs = g_new (WeftAttr, op->n_attrs);

  for (guint i = 0; i < op->n_attrs; i++)
    attrs[i] = op->attrs[i].otherwise;
  attrs[weft_op_attr_index (op, "axis")] = weft_attr_axes (graph, n, axes);
  return weft_graph_apply (graph, op, 1, &x, attrs, NULL);
}

static WeftValue *
operand (const WeftRule *rule, const WeftMatch *match, const char *name)
{
  return match->values[weft_pattern_value_slot (&rule->pattern, name)];
}

/* sum(a @ b, axis) of two matrices: the rows of a, or the columns of b, are summed first. */
static WeftValue *
sum_matmul (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  WeftValue *a = operand (rule, match, "a"), *b = operand (rule, match, "b");
  gint       axis = summed_axis (rule, match, 2);

  if (axis == -2)
    return NULL;
  if (axis != 1)
    a = sum_over (graph, a, 1, (gint64[]){ 0 });
  if (axis != 0)
    b = sum_over (graph, b, 1, (gint64[]){ 1 });
  return weft_graph_op (graph, "matmul", a, b, NULL);
}

/* sum(a * b, axis): a product of two vectors, or of a matrix with a vector along its rows. */
static WeftValue *
sum_product (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  WeftValue *a = operand (rule, match, "a"), *b = operand (rule, match, "b");
  guint      rank = MAX (a->type.shape.rank, b->type.shape.rank);
  gint       axis = summed_axis (rule, match, rank);

  if (a->type.shape.rank < b->type.shape.rank)
    {
      WeftValue *other = a;

      a = b;
      b = other;
    }
  if (b->type.shape.rank != 1 || rank > 2 || axis == -2 || (rank == 2 && axis != 1) ||
      !weft_dim_equal (a->type.shape.dims[rank - 1], b->type.shape.dims[0]))
    return NULL;
  return weft_graph_op (graph, "matmul", a, b, NULL);
}

/* The stack [batch, rows, columns] where @value is one transposed: [batch, columns, rows]. NULL
 * where it is none, so that turning it would have to move every element. */
static WeftValue *
turned_back (WeftGraph *graph, WeftValue *value)
{
  WeftAttr axes;

  if (value->apply->op->id != WEFT_OP_TRANSPOSE || value->type.shape.rank != 3)
    return NULL;
  axes = weft_attr_axes (graph, 3, (gint64[]){ 0, 2, 1 });
  return weft_graph_apply (graph, weft_op (WEFT_OP_TRANSPOSE), 1, &value, &axes, NULL);
}

static WeftValue *
as_one_matrix (WeftGraph *graph, WeftValue *stack)
{
  WeftShape shape = { .rank = 2 };
  WeftAttr  attr;

  shape.dims[0] = weft_dim_mul (stack->type.shape.dims[0], stack->type.shape.dims[1]);
  shape.dims[1] = stack->type.shape.dims[2];
  attr = weft_attr_shape (graph, &shape);
  return weft_graph_apply (graph, weft_op (WEFT_OP_RESHAPE), 1, &stack, &attr, NULL);
}

/* The sum over a stack of x.T @ b: one product of all rows of x and b. */
static WeftValue *
sum_batched (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  WeftValue *a = operand (rule, match, "a"), *b = operand (rule, match, "b"), *x;

  if (b->type.shape.rank != 3 || summed_axis (rule, match, 3) != 0 || a->type.shape.rank != 3 ||
      !weft_dim_equal (a->type.shape.dims[0], b->type.shape.dims[0]))
    return NULL;
  x = turned_back (graph, a);
  if (x == NULL)
    return NULL;
  x = as_one_matrix (graph, x);
  b = as_one_matrix (graph, b);
  if (x == NULL || b == NULL)
    return NULL;
  return weft_graph_op (graph, "matmul", weft_graph_op (graph, "transpose", x, NULL), b, NULL);
}

/* Whether @value is a product that only the sum @root reads, as large as that. */
static gboolean
is_term (const WeftMatch *match, const WeftValue *value)
{
  return value->apply->op->id == WEFT_OP_MATMUL && match->uses[value->apply->id] <= 1 &&
         weft_dtype_is_float (value->type.dtype) &&
         weft_shape_equal (&value->type.shape, &match->root->type.shape);
}

/* A sum with two products or more among its terms: each product is added to what is there, in its
 * place. */
static WeftValue *
add_products (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *apply = match->root->apply;
  g_autoptr (GPtrArray) products = g_ptr_array_new ();
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  WeftValue *sum, *one;

  for (guint i = 0; i < apply->n_inputs; i++)
    g_ptr_array_add (is_term (match, apply->inputs[i]) ? products : others, apply->inputs[i]);
  if (products->len < 2)
    return NULL;
  if (others->len == 0)
    g_ptr_array_add (others, g_ptr_array_steal_index (products, 0));
  sum = g_ptr_array_index (others, 0);
  if (others->len > 1)
    sum =
      weft_graph_apply (graph, apply->op, others->len, (WeftValue **) others->pdata, NULL, NULL);
  one = weft_graph_scalar (graph, match->root->type.dtype, 1);
  for (guint i = 0; i < products->len && sum != NULL; i++)
    {
      const WeftApply *product = ((WeftValue *) g_ptr_array_index (products, i))->apply;
      WeftValue       *inputs[] = { product->inputs[0], product->inputs[1], sum, one, one };

      sum =
        weft_graph_apply (graph, weft_op (WEFT_OP_GEMM), G_N_ELEMENTS (inputs), inputs, NULL, NULL);
    }
  return sum;
}

const WeftAction weft_actions_blas[] = {
  { "matmul-chain", order_chain },
  { "sum-matmul", sum_matmul },
  { "sum-product", sum_product },
  { "sum-batched", sum_batched },
  { "add-products", add_products },
  { "loop-last", weft_loop_last },
};
const guint weft_n_actions_blas = G_N_ELEMENTS (weft_actions_blas);
