/* Classes of ops: names by which a pattern stands for any op of a kind, "unary(x)".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

#include <string.h>

/* ---- Members ---- */

static gboolean
is_pointwise (const WeftOp *op, guint n_inputs)
{
  return op->traits & WEFT_TRAIT_ELEMENTWISE && op->n_inputs == n_inputs && op->n_outputs == 1 &&
         !(op->traits &
           (WEFT_TRAIT_VARIADIC | WEFT_TRAIT_RANDOM | WEFT_TRAIT_EFFECT | WEFT_TRAIT_CONDITION));
}

static gboolean
is_unary (const WeftOp *op)
{
  return is_pointwise (op, 1);
}

static gboolean
is_binary (const WeftOp *op)
{
  return is_pointwise (op, 2);
}

static gboolean
is_one_of (const WeftOp *op, const WeftOpId *ids, guint n)
{
  for (guint i = 0; i < n; i++)
    if (op->id == ids[i])
      return TRUE;
  return FALSE;
}

/* Larger operands never give smaller results, and every number has one. */
static gboolean
is_increasing (const WeftOp *op)
{
  static const WeftOpId ids[] = {
    WEFT_OP_EXP, WEFT_OP_EXP2, WEFT_OP_EXPM1, WEFT_OP_CBRT, WEFT_OP_SIGMOID,
    WEFT_OP_TANH, WEFT_OP_SINH, WEFT_OP_ASINH, WEFT_OP_ATAN, WEFT_OP_ERF,
    WEFT_OP_SOFTPLUS, WEFT_OP_SOFTSIGN, WEFT_OP_RELU, WEFT_OP_RELU6, WEFT_OP_FLOOR,
    WEFT_OP_CEIL, WEFT_OP_ROUND, WEFT_OP_TRUNC, WEFT_OP_HARD_SIGMOID, WEFT_OP_HARD_TANH
  };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

/* The same, and different operands give different results: the place of the largest stays. */
static gboolean
is_order_keeping (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_EXP, WEFT_OP_EXP2, WEFT_OP_EXPM1, WEFT_OP_SIGMOID,
                                  WEFT_OP_TANH, WEFT_OP_SINH, WEFT_OP_ASINH, WEFT_OP_ATAN,
                                  WEFT_OP_CBRT, WEFT_OP_SOFTPLUS, WEFT_OP_SOFTSIGN, WEFT_OP_ERF };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

static gboolean
is_rounding (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_FLOOR, WEFT_OP_CEIL, WEFT_OP_TRUNC, WEFT_OP_ROUND,
                                  WEFT_OP_ROUND_HALF_AWAY };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

/* Over axes, with the attributes axis and keepdims first. */
static gboolean
is_reduction (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_SUM, WEFT_OP_PROD, WEFT_OP_MEAN, WEFT_OP_MAX,
                                  WEFT_OP_MIN, WEFT_OP_ALL, WEFT_OP_ANY, WEFT_OP_LOGSUMEXP,
                                  WEFT_OP_L2_NORM, WEFT_OP_VAR, WEFT_OP_STD };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

/* The result is one of the elements, and of several equal ones that one. */
static gboolean
is_picking (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_MAX, WEFT_OP_MIN };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

/* Of equal numbers: that number. */
static gboolean
is_averaging (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_MAX, WEFT_OP_MIN, WEFT_OP_MEAN };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

/* Of one element: the element. */
static gboolean
is_collecting (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_SUM, WEFT_OP_PROD, WEFT_OP_MEAN, WEFT_OP_MAX,
                                  WEFT_OP_MIN };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

/* Over one axis after another is over both at once. */
static gboolean
is_nesting (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_SUM, WEFT_OP_PROD, WEFT_OP_MEAN,
                                  WEFT_OP_MAX, WEFT_OP_MIN, WEFT_OP_ALL,
                                  WEFT_OP_ANY, WEFT_OP_LOGSUMEXP, WEFT_OP_L2_NORM };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

/* The same elements in another order or shape. */
static gboolean
is_moving (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_TRANSPOSE, WEFT_OP_RESHAPE, WEFT_OP_EXPAND_DIMS,
                                  WEFT_OP_SQUEEZE };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

/* The same elements in the same order in another shape. */
static gboolean
is_view (const WeftOp *op)
{
  return op->traits & WEFT_TRAIT_VIEW && op->id != WEFT_OP_SPECIFY_SHAPE;
}

static gboolean
is_elementwise (const WeftOp *op)
{
  return op->traits & WEFT_TRAIT_ELEMENTWISE && op->n_outputs == 1 &&
         !(op->traits & (WEFT_TRAIT_RANDOM | WEFT_TRAIT_EFFECT));
}

/* f(-x) = f(x). */
static gboolean
is_even (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_COS, WEFT_OP_COSH, WEFT_OP_ABS, WEFT_OP_SQUARE };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

/* f(-x) = -f(x). */
static gboolean
is_odd (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_SIN, WEFT_OP_TAN, WEFT_OP_TANH,
                                  WEFT_OP_SINH, WEFT_OP_ASIN, WEFT_OP_ATAN,
                                  WEFT_OP_ASINH, WEFT_OP_ATANH, WEFT_OP_ERF,
                                  WEFT_OP_CBRT, WEFT_OP_SIGN, WEFT_OP_ERFINV,
                                  WEFT_OP_RECIPROCAL, WEFT_OP_SOFTSIGN, WEFT_OP_HARD_TANH };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

static gboolean
is_comparison (const WeftOp *op)
{
  static const WeftOpId ids[] = { WEFT_OP_EQ, WEFT_OP_NE, WEFT_OP_LT,
                                  WEFT_OP_LE, WEFT_OP_GT, WEFT_OP_GE };

  return is_one_of (op, ids, G_N_ELEMENTS (ids));
}

/* ---- The table ---- */

static const struct
{
  const char *name;
  gboolean (*has) (const WeftOp *op);
  WeftOpId
    like; /* operands and attributes are written as this op's; other attributes may be anything */
} classes[] = {
  { "unary", is_unary, WEFT_OP_EXP },               /* any function of one element */
  { "binary", is_binary, WEFT_OP_SUB },             /* of two elements, in order */
  { "elementwise", is_elementwise, WEFT_OP_ADD_N }, /* elementwise(...) */
  { "moving", is_moving, WEFT_OP_IDENTITY },
  { "view", is_view, WEFT_OP_IDENTITY },
  { "increasing", is_increasing, WEFT_OP_EXP },
  { "order_keeping", is_order_keeping, WEFT_OP_EXP },
  { "rounding", is_rounding, WEFT_OP_EXP },
  { "even", is_even, WEFT_OP_EXP },
  { "odd", is_odd, WEFT_OP_EXP },
  { "comparison", is_comparison, WEFT_OP_SUB },
  { "reduction", is_reduction, WEFT_OP_MAX },
  { "nesting", is_nesting, WEFT_OP_MAX },
  { "averaging", is_averaging, WEFT_OP_MAX },
  { "collecting", is_collecting, WEFT_OP_MAX },
  { "picking", is_picking, WEFT_OP_MAX },
};

/* The class that @name stands for, with or without a number behind it; -1: none. */
gint
weft_op_class_find (const char *name)
{
  gsize length = strcspn (name, "0123456789");

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    if (strlen (classes[i].name) == length && strncmp (classes[i].name, name, length) == 0)
      return i;
  return -1;
}

gboolean
weft_op_class_has (gint op_class, const WeftOp *op)
{
  return classes[op_class].has (op);
}

const WeftOp *
weft_op_class_like (gint op_class)
{
  return weft_op (classes[op_class].like);
}
