/* Guards of stabilise.def: what is above 0 but for rounding, and how two values are related.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/stable.h"

#include <math.h>

#include <glib/gi18n-lib.h>

/* How far below a value its making is looked at. */
#define MAX_DEPTH 6

/* ---- Signs ---- */

/* Whether the size of @value is below 1. */
static gboolean
is_below_one (const WeftValue *value)
{
  switch (value->apply->op->id)
    {
    case WEFT_OP_SIGMOID:
    case WEFT_OP_SOFTMAX:
    case WEFT_OP_TANH:
    case WEFT_OP_ERF:
      return value->index == 0;
    default:
      return FALSE;
    }
}

/* Whether @apply adds something smaller to 1, or takes it away. */
static gboolean
is_one_and_less (const WeftApply *apply)
{
  double fill;

  for (guint k = 0; k < 2; k++)
    if (weft_constant_fill (apply->inputs[k], &fill) && fill >= 1 && isfinite (fill) &&
        (k == 0 || apply->op->id == WEFT_OP_ADD) && is_below_one (apply->inputs[1 - k]))
      return TRUE;
  return FALSE;
}

static gboolean
is_above_zero (const WeftValue *value, guint depth)
{
  const WeftApply *apply = value->apply;
  double           fill;

  if (weft_constant_fill (value, &fill))
    return fill > 0 && isfinite (fill);
  if (depth == 0 || value->index != 0 || !weft_dtype_is_float (value->type.dtype))
    return FALSE;
  switch (apply->op->id)
    {
    case WEFT_OP_EXP:
    case WEFT_OP_EXP2:
    case WEFT_OP_SIGMOID:
    case WEFT_OP_SOFTMAX:
    case WEFT_OP_SOFTPLUS:
    case WEFT_OP_COSH:
    case WEFT_OP_ERFC:
    case WEFT_OP_ERFCX:
      return TRUE;
    case WEFT_OP_SUB:
      return is_one_and_less (apply);
    case WEFT_OP_ADD:
      if (is_one_and_less (apply))
        return TRUE;
      return is_above_zero (apply->inputs[0], depth - 1) &&
             is_above_zero (apply->inputs[1], depth - 1);
    case WEFT_OP_MUL:
    case WEFT_OP_DIV:
    case WEFT_OP_MAXIMUM:
    case WEFT_OP_MINIMUM:
      return is_above_zero (apply->inputs[0], depth - 1) &&
             is_above_zero (apply->inputs[1], depth - 1);
    case WEFT_OP_WHERE:
      return is_above_zero (apply->inputs[1], depth - 1) &&
             is_above_zero (apply->inputs[2], depth - 1);
    case WEFT_OP_POW:
    case WEFT_OP_SQRT:
    case WEFT_OP_SQUARE:
    case WEFT_OP_RECIPROCAL:
    case WEFT_OP_MEAN:
    case WEFT_OP_PROD:
    case WEFT_OP_MAX:
    case WEFT_OP_MIN:
    case WEFT_OP_EXPAND_DIMS:
    case WEFT_OP_SQUEEZE:
    case WEFT_OP_RESHAPE:
    case WEFT_OP_TRANSPOSE:
    case WEFT_OP_BROADCAST_TO:
    case WEFT_OP_GETITEM:
      return is_above_zero (apply->inputs[0], depth - 1);
    case WEFT_OP_SUM:
      /* Of at least one element. */
      return weft_shape_is_static (&apply->inputs[0]->type.shape) &&
             !weft_dim_equal (weft_shape_size (&apply->inputs[0]->type.shape), weft_dim (0)) &&
             is_above_zero (apply->inputs[0], depth - 1);
    default:
      return FALSE;
    }
}

gboolean
weft_is_above_zero (const WeftValue *value)
{
  return is_above_zero (value, MAX_DEPTH);
}

static gboolean
guard_above_zero (const WeftMatch *match, guint slot)
{
  return weft_is_above_zero (match->values[slot]);
}

/* ---- Relations ---- */

/* @value is c times *@of, or *@of over c, for a known number: c. */
static gboolean
is_multiple (const WeftValue *value, const WeftValue **of, double *c)
{
  const WeftApply *apply = value->apply;
  guint            id = apply->op->id;

  for (guint k = 0; k < 2; k++)
    if ((id == WEFT_OP_MUL || (id == WEFT_OP_DIV && k == 1)) &&
        weft_constant_fill (apply->inputs[k], c))
      {
        *c = id == WEFT_OP_DIV ? 1 / *c : *c;
        *of = apply->inputs[1 - k];
        return TRUE;
      }
  return FALSE;
}

/* -a - b, for @sum a + b. */
static gboolean
is_negated_sum (const WeftApply *sum, const WeftApply *difference)
{
  const WeftApply *first;

  if (sum->op->id != WEFT_OP_ADD || difference->op->id != WEFT_OP_SUB)
    return FALSE;
  first = difference->inputs[0]->apply;
  if (first->op->id != WEFT_OP_NEG)
    return FALSE;
  return (first->inputs[0] == sum->inputs[0] && difference->inputs[1] == sum->inputs[1]) ||
         (first->inputs[0] == sum->inputs[1] && difference->inputs[1] == sum->inputs[0]);
}

gboolean
weft_are_opposite (const WeftValue *a, const WeftValue *b)
{
  const WeftApply *p = a->apply, *q = b->apply;
  const WeftValue *u, *v;
  double           c, d;

  if (p->op->id == WEFT_OP_NEG && p->inputs[0] == b)
    return TRUE;
  if (q->op->id == WEFT_OP_NEG && q->inputs[0] == a)
    return TRUE;
  if (p->op->id == WEFT_OP_SUB && q->op->id == WEFT_OP_SUB)
    return p->inputs[0] == q->inputs[1] && p->inputs[1] == q->inputs[0];
  if (is_negated_sum (p, q) || is_negated_sum (q, p))
    return TRUE;
  if (weft_constant_fill (a, &c) && weft_constant_fill (b, &d))
    return c == -d;
  return is_multiple (a, &u, &c) && is_multiple (b, &v, &d) && u == v && c == -d;
}

static gboolean
guard_opposite (const WeftMatch *match, guint slots)
{
  return weft_are_opposite (match->values[WEFT_GUARD_FIRST (slots)],
                            match->values[WEFT_GUARD_SECOND (slots)]);
}

/* One axis. */
static gboolean
guard_line (const WeftMatch *match, guint slot)
{
  return match->values[slot]->type.shape.rank == 1;
}

/* The attribute names one axis. */
static gboolean
guard_one_axis (const WeftMatch *match, guint slot)
{
  const WeftAttr *axis = match->attrs[slot];

  return axis->kind == WEFT_ATTR_INT || (axis->kind == WEFT_ATTR_AXES && axis->dims->rank == 1);
}

/* The attribute names the last axis of what a softmax that the pattern covers reads. */
static gboolean
guard_last (const WeftMatch *match, guint slot)
{
  const WeftAttr *axis = match->attrs[slot];
  gint64          number, rank = 0;

  if (!guard_one_axis (match, slot))
    return FALSE;
  number = axis->kind == WEFT_ATTR_INT ? axis->i : axis->dims->dims[0].offset;
  for (guint i = 0; i < match->n_covered; i++)
    if (match->covered[i]->op->id == WEFT_OP_LOG_SOFTMAX ||
        match->covered[i]->op->id == WEFT_OP_SOFTMAX)
      rank = match->covered[i]->outputs[0].type.shape.rank;
  return number == -1 || number == rank - 1;
}

/* ---- Numbers ---- */

/* A constant that is an even whole number. */
static gboolean
guard_even (const WeftMatch *match, guint slot)
{
  double fill;

  return weft_constant_fill (match->values[slot], &fill) && fmod (fill, 2) == 0 && fill != 0;
}

/* A constant number that is not even: its power of a negative number is negative or none. */
static gboolean
guard_uneven (const WeftMatch *match, guint slot)
{
  double fill;

  return weft_constant_fill (match->values[slot], &fill) && isfinite (fill) && fmod (fill, 2) != 0;
}

/* Two constants, each one number, that are not the same. */
static gboolean
guard_different (const WeftMatch *match, guint slots)
{
  double a, b;

  return weft_constant_fill (match->values[WEFT_GUARD_FIRST (slots)], &a) &&
         weft_constant_fill (match->values[WEFT_GUARD_SECOND (slots)], &b) && a != b;
}

/* A constant number whose size is not 1. */
static gboolean
guard_not_unit (const WeftMatch *match, guint slot)
{
  double fill;

  return weft_constant_fill (match->values[slot], &fill) && isfinite (fill) && fabs (fill) != 1;
}

/* Nobody has taken the sign of something to make it. */
static gboolean
guard_no_sign (const WeftMatch *match, guint slot)
{
  return match->values[slot]->apply->op->id != WEFT_OP_SIGN;
}

static gboolean
guard_same_rank (const WeftMatch *match, guint slots)
{
  return match->values[WEFT_GUARD_FIRST (slots)]->type.shape.rank ==
         match->values[WEFT_GUARD_SECOND (slots)]->type.shape.rank;
}

const WeftGuard weft_guards_stable[] = {
  { "above-zero", WEFT_GUARD_OF_VALUE, guard_above_zero,
    "exp(x)|sigmoid(x)|1 + exp(x)|cosh(x)|1 - sigmoid(x)",
    N_ ("$x is $v, which only rounding can make 0"), N_ ("$x is $v, which need not be above 0") },
  { "opposite", WEFT_GUARD_OF_PAIR, guard_opposite, NULL, N_ ("one is minus the other"),
    N_ ("one is not minus the other") },
  { "different", WEFT_GUARD_OF_PAIR, guard_different, NULL, N_ ("the two exponents differ"),
    N_ ("the two exponents are the same, or not known now") },
  { "same-rank", WEFT_GUARD_OF_PAIR, guard_same_rank, NULL, N_ ("both have as many axes"),
    N_ ("one has more axes than the other") },
  { "not-one", WEFT_GUARD_OF_VALUE, guard_not_unit, "constant", N_ ("$x is $v, neither 1 nor -1"),
    N_ ("$x is $v, and must be a known number other than 1 and -1") },
  { "unsigned", WEFT_GUARD_OF_VALUE, guard_no_sign, NULL, N_ ("$x is $v, not a sign already"),
    N_ ("$x is $v, signs already") },
  { "one-axis", WEFT_GUARD_OF_ATTR, guard_one_axis, NULL, N_ ("$x is one axis"),
    N_ ("$x is not one axis") },
  { "of-rows", WEFT_GUARD_OF_ATTR, guard_last, NULL, N_ ("$x is the last axis"),
    N_ ("$x is not the last axis") },
  { "line", WEFT_GUARD_OF_VALUE, guard_line, "ravel(x)", N_ ("$x has one axis, $s"),
    N_ ("$x has not one axis, its shape is $s") },
  { "even", WEFT_GUARD_OF_VALUE, guard_even, "constant", N_ ("$x is $v, an even number"),
    N_ ("$x is $v, no even number that is known now") },
  { "uneven", WEFT_GUARD_OF_VALUE, guard_uneven, "constant", N_ ("$x is $v, not an even number"),
    N_ ("$x is $v, an even number or not known now") },
};
const guint weft_n_guards_stable = G_N_ELEMENTS (weft_guards_stable);
