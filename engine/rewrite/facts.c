/* What is known of every element of a value from the ops that make it, without numbers.
 *
 * Looks at a few ops above the value at most: the cost of a question does not grow with the graph.
 * NaN is nobody's element here: a value that may be NaN can still be "never negative".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/facts.h"

#include <math.h>

/* How many ops deep. */
#define DEPTH 4

static gboolean
is_one_of (const WeftApply *apply, const WeftOpId *ids, guint n)
{
  for (guint i = 0; i < n; i++)
    if (apply->op->id == ids[i])
      return TRUE;
  return FALSE;
}

/* The bytes, or some of them, of its first operand. */
static gboolean
is_part_of_first (const WeftApply *apply)
{
  static const WeftOpId ids[] = { WEFT_OP_BROADCAST_TO, WEFT_OP_TRANSPOSE,
                                  WEFT_OP_GETITEM, WEFT_OP_IDENTITY,
                                  WEFT_OP_STOP_GRADIENT, WEFT_OP_SORT,
                                  WEFT_OP_MAX, WEFT_OP_MIN };

  return apply->op->traits & WEFT_TRAIT_VIEW || is_one_of (apply, ids, G_N_ELEMENTS (ids));
}

/* ---- The smallest an element can be ---- */

typedef enum
{
  SIGN_ANY,
  SIGN_NOT_NEGATIVE,
  SIGN_POSITIVE,
} Sign;

static Sign sign_of (const WeftValue *value, guint depth);

/* Of a sum or product of elements with these signs. */
static Sign
sign_of_sum (Sign a, Sign b)
{
  return MIN (a, b) == SIGN_ANY ? SIGN_ANY : MAX (a, b);
}

static Sign
sign_of_operands (const WeftApply *apply, guint depth)
{
  Sign a = sign_of (apply->inputs[0], depth - 1);
  Sign b = apply->n_inputs > 1 ? sign_of (apply->inputs[1], depth - 1) : SIGN_ANY;

  switch (apply->op->id)
    {
    case WEFT_OP_ADD:
    case WEFT_OP_HYPOT:
      return sign_of_sum (a, b);
    case WEFT_OP_MUL:
    case WEFT_OP_DIV:
    case WEFT_OP_MINIMUM:
      return MIN (a, b);
    case WEFT_OP_MAXIMUM:
      return MAX (a, b);
    case WEFT_OP_WHERE:
      return MIN (b, sign_of (apply->inputs[2], depth - 1));
    case WEFT_OP_SQRT:
    case WEFT_OP_RECIPROCAL:
    case WEFT_OP_RSQRT:
    case WEFT_OP_CBRT:
    case WEFT_OP_SUM:
    case WEFT_OP_MEAN:
    case WEFT_OP_PROD:
    case WEFT_OP_SUM_TO:
    case WEFT_OP_CUMSUM:
    case WEFT_OP_LOG1P:
    case WEFT_OP_EXPM1:
    case WEFT_OP_TANH:
    case WEFT_OP_CAST:
      return a;
    case WEFT_OP_POW:
      return a;
    default:
      return SIGN_ANY;
    }
}

static Sign
sign_of (const WeftValue *value, guint depth)
{
  static const WeftOpId positive[] = { WEFT_OP_EXP, WEFT_OP_EXP2, WEFT_OP_SIGMOID,
                                       WEFT_OP_SOFTMAX, WEFT_OP_SOFTPLUS, WEFT_OP_COSH };
  static const WeftOpId not_negative[] = { WEFT_OP_SQUARE, WEFT_OP_ABS, WEFT_OP_HARD_SIGMOID,
                                           WEFT_OP_RELU, WEFT_OP_VAR, WEFT_OP_STD,
                                           WEFT_OP_L2_NORM, WEFT_OP_RELU6, WEFT_OP_SQUARED_RELU,
                                           WEFT_OP_ONE_HOT, WEFT_OP_IOTA, WEFT_OP_ARGMAX,
                                           WEFT_OP_ARGMIN, WEFT_OP_HYPOT, WEFT_OP_ERFC };
  const WeftApply      *apply = value->apply;
  double                fill;

  if (value->type.dtype == WEFT_BOOL)
    return SIGN_NOT_NEGATIVE;
  if (weft_constant_fill (value, &fill))
    return fill > 0 ? SIGN_POSITIVE : fill == 0 ? SIGN_NOT_NEGATIVE
                                                : SIGN_ANY;
  if (is_one_of (apply, positive, G_N_ELEMENTS (positive)))
    return SIGN_POSITIVE;
  /* A whole number may wrap around. */
  if (!weft_dtype_is_float (value->type.dtype) && apply->op->id != WEFT_OP_IOTA)
    return SIGN_ANY;
  if (is_one_of (apply, not_negative, G_N_ELEMENTS (not_negative)))
    return SIGN_NOT_NEGATIVE;
  if (depth == 0 || apply->n_inputs == 0)
    return SIGN_ANY;
  if (is_part_of_first (apply))
    return sign_of (apply->inputs[0], depth - 1);
  return sign_of_operands (apply, depth);
}

gboolean
weft_known_not_negative (const WeftValue *value)
{
  return sign_of (value, DEPTH) >= SIGN_NOT_NEGATIVE;
}

gboolean
weft_known_positive (const WeftValue *value)
{
  return sign_of (value, DEPTH) == SIGN_POSITIVE;
}

gboolean
weft_known_nonzero (const WeftValue *value)
{
  double fill;

  if (weft_constant_fill (value, &fill))
    return fill != 0 && isfinite (fill);
  if (value->apply->op->id == WEFT_OP_NEG)
    value = value->apply->inputs[0];
  return weft_dtype_is_float (value->type.dtype) && weft_known_positive (value);
}

/* ---- Sizes ---- */

gboolean
weft_known_unit (const WeftValue *value)
{
  static const WeftOpId ids[] = { WEFT_OP_SIN, WEFT_OP_COS, WEFT_OP_TANH,
                                  WEFT_OP_SIGMOID, WEFT_OP_ERF, WEFT_OP_HARD_SIGMOID,
                                  WEFT_OP_HARD_TANH, WEFT_OP_SOFTSIGN, WEFT_OP_SIGN,
                                  WEFT_OP_SOFTMAX };
  double                fill;

  if (weft_constant_fill (value, &fill))
    return fabs (fill) <= 1;
  for (guint i = 0; i < DEPTH; i++)
    {
      if (is_one_of (value->apply, ids, G_N_ELEMENTS (ids)))
        return TRUE;
      if (value->apply->n_inputs == 0 ||
          (!is_part_of_first (value->apply) && value->apply->op->id != WEFT_OP_NEG))
        return FALSE;
      value = value->apply->inputs[0];
    }
  return FALSE;
}

/* Without a fraction, or infinite, or NaN. */
gboolean
weft_known_whole (const WeftValue *value)
{
  static const WeftOpId ids[] = { WEFT_OP_FLOOR, WEFT_OP_CEIL,
                                  WEFT_OP_TRUNC, WEFT_OP_ROUND,
                                  WEFT_OP_ROUND_HALF_AWAY, WEFT_OP_SIGN,
                                  WEFT_OP_ONE_HOT };

  for (guint i = 0; i < DEPTH; i++)
    {
      if (!weft_dtype_is_float (value->type.dtype) ||
          is_one_of (value->apply, ids, G_N_ELEMENTS (ids)))
        return TRUE;
      if (value->apply->n_inputs == 0 ||
          (!is_part_of_first (value->apply) && value->apply->op->id != WEFT_OP_CAST &&
           value->apply->op->id != WEFT_OP_NEG))
        return FALSE;
      value = value->apply->inputs[0];
    }
  return FALSE;
}
