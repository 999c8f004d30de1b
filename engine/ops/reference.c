/* The elementwise rows' tokens again, in double over the C library and in 64-bit integers: the
 * definition that the interpreter and generated code are compared with. Not fast.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "engine/ops/special.h"

#include <float.h>
#include <math.h>

/* ---- W (f) in double ---- */

#define real_abs fabs
#define real_ceil ceil
#define real_floor floor
#define real_trunc trunc
#define real_rint rint
#define real_round round
#define real_fmod fmod
#define real_pow pow
#define real_cbrt cbrt
#define real_sqrt sqrt
#define real_hypot hypot
#define real_exp exp
#define real_exp2 exp2
#define real_expm1 expm1
#define real_log log
#define real_log2 log2
#define real_log10 log10
#define real_log1p log1p
#define real_sin sin
#define real_cos cos
#define real_tan tan
#define real_asin asin
#define real_acos acos
#define real_atan atan
#define real_atan2 atan2
#define real_sinh sinh
#define real_cosh cosh
#define real_tanh tanh
#define real_asinh asinh
#define real_acosh acosh
#define real_atanh atanh
#define real_erf erf
#define real_erfc weft_exact_erfc
#define real_erfcx weft_exact_erfcx
#define real_erfinv weft_exact_erfinv
#define real_erfcinv weft_exact_erfcinv
#define real_gamma weft_exact_gamma
#define real_lgamma weft_exact_lgamma
#define real_digamma weft_exact_digamma
#define real_trigamma weft_exact_trigamma
#define real_polygamma weft_special_polygamma
#define real_beta weft_special_beta
#define real_lbeta weft_special_lbeta
#define real_gammainc weft_special_gammainc
#define real_gammaincc weft_special_gammaincc
#define real_betainc weft_special_betainc
#define real_gamma_slope weft_special_gamma_slope
#define real_gamma_curve weft_special_gamma_curve
#define real_i0 weft_exact_i0
#define real_i1 weft_exact_i1
#define real_iv weft_special_iv
#define real_j0 weft_exact_j0
#define real_j1 weft_exact_j1
#define real_jv weft_special_jv
#define real_isnan(X) (isnan (X) != 0)
#define real_isinf(X) (isinf (X) != 0)
#define real_isfinite(X) (isfinite (X) != 0)

static double
real_sign (double x)
{
  return x > 0 ? 1 : x < 0 ? -1
                           : x;
}

static double
real_max (double a, double b)
{
  return isnan (a) || isnan (b) ? NAN : MAX (a, b);
}

static double
real_min (double a, double b)
{
  return isnan (a) || isnan (b) ? NAN : MIN (a, b);
}

static double
real_clip (double x, double low, double high)
{
  return real_min (real_max (x, low), high);
}

/* Python's: the sign of the divisor. */
static double
real_mod (double a, double b)
{
  double rest = fmod (a, b);

  if (rest == 0)
    return copysign (rest, b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

/* The whole part of the quotient downwards, from the remainder, so that a division that rounds up
 * to a whole number does no harm. */
static double
real_floordiv (double a, double b)
{
  double rest = fmod (a, b), quotient = (a - rest) / b;

  if (b == 0)
    return a / b;
  if (rest != 0 && (rest < 0) != (b < 0))
    quotient -= 1;
  return quotient == 0 ? copysign (0, a / b) : floor (quotient + 0.5);
}

static double
real_sigmoid (double x)
{
  return x >= 0 ? 1 / (1 + exp (-x)) : exp (x) / (1 + exp (x));
}

static double
real_tofinite (double x)
{
  return x == INFINITY ? DBL_MAX : x == -INFINITY ? -DBL_MAX
                                                  : x;
}

/* ---- W (f) in integers: division by 0 gives 0, shifts beyond the width push everything out ----
 */

static gint64
whole_abs (gint64 x)
{
  return x < 0 ? -x : x;
}

static gint64
whole_sign (gint64 x)
{
  return (x > 0) - (x < 0);
}

static gint64
whole_max (gint64 a, gint64 b)
{
  return MAX (a, b);
}

static gint64
whole_min (gint64 a, gint64 b)
{
  return MIN (a, b);
}

static gint64
whole_clip (gint64 x, gint64 low, gint64 high)
{
  return MIN (MAX (x, low), high);
}

static gint64
whole_fmod (gint64 a, gint64 b)
{
  return b == 0 || b == -1 ? 0 : a % b;
}

static gint64
whole_mod (gint64 a, gint64 b)
{
  gint64 rest = whole_fmod (a, b);

  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static gint64
whole_floordiv (gint64 a, gint64 b)
{
  if (b == 0)
    return 0;
  if (b == -1)
    return -a;
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static gint64
whole_pow (gint64 a, gint64 b)
{
  gint64 result = 1;

  if (b < 0)
    return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1)
                                : 0;
  for (; b > 0; b >>= 1, a *= a)
    if (b & 1)
      result *= a;
  return result;
}

static gint64
whole_bitnot (gint64 x)
{
  return ~x;
}

static gint64
whole_shl (gint64 a, gint64 b)
{
  return b < 0 || b > 63 ? 0 : (gint64) ((guint64) a << b);
}

static gint64
whole_shr (gint64 a, gint64 b)
{
  return a >> (b < 0 || b > 63 ? 63 : b);
}

#define whole_isnan(X) 0
#define whole_isinf(X) 0
#define whole_isfinite(X) 1

/* ---- The rows ---- */

static double
evaluate_real (WeftOpId id, double a, double b, double c, double p)
{
#define T double
#define K(X) (X)
#define W(F) real_##F
#define FLOATS(...) (__VA_ARGS__)
#define INTS(...) (0)
  switch ((guint) id)
    {
#define OP(ID, INPUTS, FAMILY, TRAITS, ATTRS, C, ...) \
  case WEFT_OP_##ID:                                  \
    return C;
#include "engine/ops/elementwise.def"
#undef OP
    default:
      return 0;
    }
#undef T
#undef K
#undef W
#undef FLOATS
#undef INTS
}

static gint64
evaluate_whole (WeftOpId id, gint64 a, gint64 b, gint64 c)
{
#define W(F) whole_##F
#define FLOATS(...) (0)
#define INTS(...) (__VA_ARGS__)
  switch ((guint) id)
    {
#define OP(ID, INPUTS, FAMILY, TRAITS, ATTRS, C, ...) \
  case WEFT_OP_##ID:                                  \
    return C;
#include "engine/ops/elementwise.def"
#undef OP
    default:
      return 0;
    }
#undef W
#undef FLOATS
#undef INTS
}

/* Element of an elementwise row: @x its operands (folded two by two where the row is variadic: pass
 * two), @attrs its first two number attributes or NULL. Computed in double, or in integers of
 * @dtype's width where @dtype is no float. Any thread. */
double
weft_op_scalar_reference (WeftOpId id, WeftDType dtype, const double *x, const double *attrs)
{
  const WeftOp *op = weft_op (id);
  guint         n = op->traits & WEFT_TRAIT_VARIADIC ? 2 : op->n_inputs;
  double        b = n > 1 ? x[1] : 0, c = n > 2 ? x[2] : 0;
  gint64        whole;

  if (weft_dtype_is_float (dtype))
    return evaluate_real (id, x[0], b, c, attrs != NULL ? attrs[0] : 0);
  if (dtype == WEFT_I32 && (id == WEFT_OP_SHIFT_LEFT || id == WEFT_OP_SHIFT_RIGHT) &&
      (b < 0 || b > 31))
    return id == WEFT_OP_SHIFT_LEFT ? 0 : x[0] < 0 ? -1
                                                   : 0;
  whole = evaluate_whole (id, (gint64) x[0], (gint64) b, (gint64) c);
  if (op->traits & WEFT_TRAIT_BOOL_RESULT || dtype == WEFT_BOOL)
    return id == WEFT_OP_BIT_NOT ? x[0] == 0 : whole != 0;
  return dtype == WEFT_I32 ? (gint32) whole : (double) whole;
}
