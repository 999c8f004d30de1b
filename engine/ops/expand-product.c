/* Products of tensors as matrix products: dot, tensordot, batched_dot, kron, multi_dot.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/contract.h"
#include "engine/ops/matrix-chain.h"

/* ---- dot, tensordot, batched_dot ---- */

static WeftOperand
operand_from (WeftValue *value, guint first_label)
{
  WeftOperand operand = { .value = value, .n = value->type.shape.rank };

  for (guint i = 0; i < operand.n; i++)
    operand.labels[i] = first_label + i;
  return operand;
}

/* Axes of @a in turn with those of @b are the same. Errors: WEFT_TYPE_ERROR_SHAPE. */
static gboolean
tie (const char        *name,
     const WeftOperand *a,
     WeftOperand       *b,
     guint              n,
     const guint       *axes_a,
     const guint       *axes_b,
     GError           **error)
{
  for (guint i = 0; i < n; i++)
    {
      WeftDim x = a->value->type.shape.dims[axes_a[i]], y = b->value->type.shape.dims[axes_b[i]];

      if (weft_dim_differs (x, y))
        {
          g_autofree char *shapes = weft_two_shapes (&a->value->type.shape, &b->value->type.shape);
          g_autoptr (GString) text = g_string_new (name);

          g_string_append (text, ": ");
          weft_dim_append (x, text);
          g_string_append (text, " != ");
          weft_dim_append (y, text);
          g_string_append_printf (text, " (axis %u with axis %u, of %s)", axes_a[i], axes_b[i],
                                  shapes);
          g_set_error_literal (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, text->str);
          return FALSE;
        }
      b->labels[axes_b[i]] = a->labels[axes_a[i]];
    }
  return TRUE;
}

/* @a and @b contracted over the axes named; the first @n_batch pairs are kept. The result has the
 * batch axes, then what is left of @a and of @b. */
static gboolean
contract_axes (WeftGraph   *graph,
               const char  *name,
               WeftValue   *x,
               WeftValue   *y,
               guint        n,
               const guint *axes_x,
               const guint *axes_y,
               guint        n_batch,
               WeftBinding *result,
               GError     **error)
{
  WeftOperand a = operand_from (x, 0), b = operand_from (y, WEFT_MAX_RANK), product = { 0 };
  gboolean    kept[WEFT_N_LABELS];

  for (guint i = 0; i < WEFT_N_LABELS; i++)
    kept[i] = TRUE;
  if (!tie (name, &a, &b, n, axes_x, axes_y, error))
    return FALSE;
  for (guint i = n_batch; i < n; i++)
    kept[a.labels[axes_x[i]]] = FALSE;
  if (weft_contract (graph, a, b, kept, &product, error))
    return weft_expand_give (product.value, result);
  g_prefix_error (error, "%s: ", name);
  return FALSE;
}

static gboolean
two_values (WeftGraph *graph, const WeftBinding *args, WeftValue **a, WeftValue **b, GError **error)
{
  *a = weft_binding_to_value (&args[0], graph, error);
  *b = *a != NULL ? weft_binding_to_value (&args[1], graph, error) : NULL;
  return *b != NULL;
}

/* NumPy's dot: numbers multiply, the last axis of a goes with the last but one of b. */
EXPAND (dot)
{
  WeftValue *a, *b, *pair[2];
  guint      axis_a, axis_b;

  if (!two_values (graph, args, &a, &b, error))
    return FALSE;
  pair[0] = a;
  pair[1] = b;
  if (a->type.shape.rank == 0 || b->type.shape.rank == 0)
    return weft_expand_give (weft_graph_apply (graph, weft_op (WEFT_OP_MUL), 2, pair, NULL, error),
                             result);
  if (b->type.shape.rank <= 2)
    return weft_expand_give (
      weft_graph_apply (graph, weft_op (WEFT_OP_MATMUL), 2, pair, NULL, error), result);
  axis_a = a->type.shape.rank - 1;
  axis_b = b->type.shape.rank - 2;
  return contract_axes (graph, "dot", a, b, 1, &axis_a, &axis_b, 0, result, error);
}

/* The axes of one side of tensordot; @count last (or first) ones where "axes" is a number. */
static gboolean
side_axes (WeftGraph         *graph,
           const WeftBinding *axes,
           const WeftValue   *x,
           guint             *n,
           guint             *result,
           GError           **error)
{
  WeftAttr attr;

  if (!weft_binding_to_attr (axes, graph, WEFT_ATTR_AXES, &attr, error))
    return FALSE;
  *n = attr.dims->rank;
  for (guint i = 0; i < *n; i++)
    {
      if (!weft_infer_axis (weft_op (WEFT_OP_SUM), attr.dims->dims[i].offset, x->type.shape.rank,
                            &result[i], error))
        return FALSE;
      for (guint k = 0; k < i; k++)
        if (result[k] == result[i])
          {
            g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                         "tensordot: axis %u is named twice", result[i]);
            return FALSE;
          }
    }
  return TRUE;
}

EXPAND (tensordot)
{
  WeftValue *a, *b;
  guint      n[2], axes[2][WEFT_MAX_RANK];
  gint64     count;

  if (!two_values (graph, args, &a, &b, error))
    return FALSE;
  if (args[2].kind == WEFT_BIND_TUPLE && args[2].n_items == 2)
    {
      if (!side_axes (graph, &args[2].items[0], a, &n[0], axes[0], error) ||
          !side_axes (graph, &args[2].items[1], b, &n[1], axes[1], error))
        return FALSE;
    }
  else
    {
      if (!weft_expand_get_int (&args[2], graph, &count, error))
        return FALSE;
      if (count < 0 || count > MIN (a->type.shape.rank, b->type.shape.rank))
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                       "tensordot: axes = %" G_GINT64_FORMAT ", but there are %u and %u", count,
                       a->type.shape.rank, b->type.shape.rank);
          return FALSE;
        }
      n[0] = n[1] = count;
      for (guint i = 0; i < count; i++)
        {
          axes[0][i] = a->type.shape.rank - count + i;
          axes[1][i] = i;
        }
    }
  if (n[0] == n[1])
    return contract_axes (graph, "tensordot", a, b, n[0], axes[0], axes[1], 0, result, error);
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
               "tensordot: %u axes of a cannot go with %u of b", n[0], n[1]);
  return FALSE;
}

/* Stacks along the first axis: the last axis of a goes with the second of b. */
EXPAND (batched_dot)
{
  WeftValue *a, *b;
  guint      axes_a[2] = { 0 }, axes_b[2] = { 0, 1 };

  if (!two_values (graph, args, &a, &b, error))
    return FALSE;
  if (a->type.shape.rank < 2 || b->type.shape.rank < 2)
    {
      g_autofree char *shapes = weft_two_shapes (&a->type.shape, &b->type.shape);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "batched_dot: both need a batch axis and one more, they are %s", shapes);
      return FALSE;
    }
  axes_a[1] = a->type.shape.rank - 1;
  return contract_axes (graph, "batched_dot", a, b, 2, axes_a, axes_b, 1, result, error);
}

/* ---- kron ---- */

/* Axes [a1, 1, a2, 1 ...] times [1, b1, 1, b2 ...], each pair then one axis. */
EXPAND (kron)
{
  WeftValue *sides[2];
  WeftShape  spread[2] = { { 0 } }, joined = { 0 };
  guint      rank;

  if (!two_values (graph, args, &sides[0], &sides[1], error))
    return FALSE;
  rank = MAX (sides[0]->type.shape.rank, sides[1]->type.shape.rank);
  if (2 * rank > WEFT_MAX_RANK)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "kron: %u axes; at most %u", rank,
                   WEFT_MAX_RANK / 2);
      return FALSE;
    }
  for (guint k = 0; k < 2; k++)
    {
      const WeftShape *shape = &sides[k]->type.shape;

      spread[k].rank = 2 * rank;
      for (guint i = 0; i < rank; i++)
        {
          spread[k].dims[2 * i + k] =
            i < rank - shape->rank ? weft_dim (1) : shape->dims[i - (rank - shape->rank)];
          spread[k].dims[2 * i + 1 - k] = weft_dim (1);
        }
    }
  joined.rank = rank;
  for (guint i = 0; i < rank; i++)
    joined.dims[i] = weft_dim_mul (spread[0].dims[2 * i], spread[1].dims[2 * i + 1]);
  for (guint k = 0; k < 2; k++)
    {
      sides[k] = weft_expand_reshape (graph, sides[k], &spread[k], error);
      if (sides[k] == NULL)
        return FALSE;
    }
  sides[0] = weft_graph_apply (graph, weft_op (WEFT_OP_MUL), 2, sides, NULL, error);
  return weft_expand_give (
    sides[0] != NULL ? weft_expand_reshape (graph, sides[0], &joined, error) : NULL, result);
}

/* ---- multi_dot ---- */

/* Multiplies as the cuts say, without recursion: factors are pushed and reduced in postfix order.
 */
static WeftValue *
multiply_chain (WeftGraph    *graph,
                guint         n,
                WeftValue   **factors,
                WeftChainCuts cuts,
                GError      **error)
{
  struct
  {
    guint8   from, to;
    gboolean ready;
  } tasks[2 * WEFT_CHAIN_FACTORS + 2] = { { 0, n - 1, FALSE } };
  WeftValue *values[WEFT_CHAIN_FACTORS];
  guint      n_tasks = 1, n_values = 0;

  while (n_tasks > 0)
    {
      guint8   from = tasks[n_tasks - 1].from, to = tasks[n_tasks - 1].to;
      gboolean ready = tasks[--n_tasks].ready;

      if (from == to)
        values[n_values++] = factors[from];
      else if (ready)
        {
          WeftValue *product = weft_graph_apply (graph, weft_op (WEFT_OP_MATMUL), 2,
                                                 &values[n_values - 2], NULL, error);

          if (product == NULL)
            return NULL;
          values[--n_values - 1] = product;
        }
      else
        {
          guint8 cut = cuts[from][to];

          tasks[n_tasks].from = from;
          tasks[n_tasks].to = to;
          tasks[n_tasks++].ready = TRUE;
          tasks[n_tasks].from = cut + 1;
          tasks[n_tasks].to = to;
          tasks[n_tasks++].ready = FALSE;
          tasks[n_tasks].from = from;
          tasks[n_tasks].to = cut;
          tasks[n_tasks++].ready = FALSE;
        }
    }
  return values[0];
}

EXPAND (multi_dot)
{
  WeftValue    *factors[WEFT_CHAIN_FACTORS];
  double        sides[WEFT_CHAIN_FACTORS + 1];
  WeftChainCuts cuts;
  guint         n = args[0].n_items;

  if (args[0].kind != WEFT_BIND_TUPLE || n < 1 || n > WEFT_CHAIN_FACTORS)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "multi_dot: needs 1 to %d matrices", WEFT_CHAIN_FACTORS);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      const WeftShape *shape;
      gboolean         end = i == 0 || i == n - 1;

      factors[i] = weft_binding_to_value (&args[0].items[i], graph, error);
      if (factors[i] == NULL)
        return FALSE;
      shape = &factors[i]->type.shape;
      if (shape->rank != 2 && !(end && shape->rank == 1))
        {
          g_autofree char *text = weft_shape_to_string (shape);

          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                       "multi_dot: factor %u must be a matrix%s, it is %s", i,
                       end ? " or a vector" : "", text);
          return FALSE;
        }
      /* A vector is a row at the start and a column at the end. */
      sides[i] = shape->rank == 1 && i == 0 && n > 1 ? 1 : weft_estimate_size (shape->dims[0]);
      sides[i + 1] = shape->rank == 1 ? (i == 0 && n > 1 ? weft_estimate_size (shape->dims[0]) : 1)
                                      : weft_estimate_size (shape->dims[1]);
    }
  weft_chain_cut (n, sides, cuts);
  return weft_expand_give (multiply_chain (graph, n, factors, cuts, error), result);
}
