/* How exact every elementwise float row is: its primitive for this machine against the row's tokens
 * in long double, in units in the last place of the result.
 *
 * Rows of one operand meet every 4093rd of all floats, with either sign, the subnormal numbers and
 * the infinities (WEFT_ULP_STRIDE says another number; `make ulp` meets all); those of more
 * operands, and doubles, meet random numbers of many sizes. A row that states no bound below keeps
 * to 4 units. Rows that subtract what nearly cancels are measured against the size of their
 * operands instead.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/cpu.h"
#include "engine/ops/special.h"
#include "engine/run/primitives.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define N_BLOCK 4096
#define STRIDE 4093 /* a prime, so that all mantissas occur */
#define N_RANDOM (50 * N_BLOCK)

/* ---- The rows in long double ---- */

#define exact_abs fabsl
#define exact_ceil ceill
#define exact_floor floorl
#define exact_trunc truncl
#define exact_rint rintl
#define exact_round roundl
#define exact_fmod fmodl
#define exact_pow powl
#define exact_cbrt cbrtl
#define exact_sqrt sqrtl
#define exact_hypot hypotl
#define exact_exp expl
#define exact_exp2 exp2l
#define exact_expm1 expm1l
#define exact_log logl
#define exact_log2 log2l
#define exact_log10 log10l
#define exact_log1p log1pl
#define exact_sin sinl
#define exact_cos cosl
#define exact_tan tanl
#define exact_asin asinl
#define exact_acos acosl
#define exact_atan atanl
#define exact_atan2 atan2l
#define exact_sinh sinhl
#define exact_cosh coshl
#define exact_tanh tanhl
#define exact_asinh asinhl
#define exact_acosh acoshl
#define exact_atanh atanhl
#define exact_erf erfl
#define exact_erfc erfcl
#define exact_isnan(X) (isnan (X) != 0)
#define exact_isinf(X) (isinf (X) != 0)
#define exact_isfinite(X) (isfinite (X) != 0)
#define exact_erfcx weft_exact_erfcx
#define exact_erfinv weft_exact_erfinv
#define exact_erfcinv weft_exact_erfcinv
#define exact_gamma weft_exact_gamma
#define exact_lgamma weft_exact_lgamma
#define exact_digamma weft_exact_digamma
#define exact_trigamma weft_exact_trigamma
#define exact_polygamma weft_special_polygamma
#define exact_beta weft_special_beta
#define exact_lbeta weft_special_lbeta
#define exact_gammainc weft_special_gammainc
#define exact_gammaincc weft_special_gammaincc
#define exact_betainc weft_special_betainc
#define exact_gamma_slope weft_special_gamma_slope
#define exact_gamma_curve weft_special_gamma_curve
#define exact_i0 weft_exact_i0
#define exact_i1 weft_exact_i1
#define exact_iv weft_special_iv
#define exact_j0 weft_exact_j0
#define exact_j1 weft_exact_j1
#define exact_jv weft_special_jv

static long double
exact_sign (long double x)
{
  return x > 0 ? 1 : x < 0 ? -1
                           : x;
}

static long double
exact_max (long double a, long double b)
{
  return isnan (a) || isnan (b) ? NAN : MAX (a, b);
}

static long double
exact_min (long double a, long double b)
{
  return isnan (a) || isnan (b) ? NAN : MIN (a, b);
}

static long double
exact_clip (long double x, long double low, long double high)
{
  return exact_min (exact_max (x, low), high);
}

static long double
exact_mod (long double a, long double b)
{
  long double rest = fmodl (a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static long double
exact_floordiv (long double a, long double b)
{
  return b == 0 ? a / b : roundl ((a - exact_mod (a, b)) / b);
}

static long double
exact_sigmoid (long double x)
{
  return x >= 0 ? 1 / (1 + expl (-x)) : expl (x) / (1 + expl (x));
}

static long double
exact_tofinite (long double x)
{
  return x; /* infinities are no numbers to measure */
}

static long double
evaluate (WeftOpId id, long double a, long double b, long double c, double p)
{
#define T long double
#define K(X) ((long double) (X))
#define W(F) exact_##F
#define FLOATS(...) (__VA_ARGS__)
#define INTS(...) (0)
  switch ((guint) id)
    {
#define OP(ID, INPUTS, FAMILY, TRAITS, ATTRS, TOKENS, ...) \
  case WEFT_OP_##ID:                                       \
    return TOKENS;
#include "engine/ops/elementwise.def"
#undef OP
    default:
      return 0;
    }
}

/* ---- Bounds ---- */

typedef enum
{
  OF_RESULT,   /* units of the result's last place */
  OF_OPERANDS, /* of the largest operand's, or the result's where that is larger */
  OF_NORMAL,   /* of the result's, which may be 0 where it is nearly too small */
} Unit;

/* Of float and double, with a little room for the last digit. */
typedef struct
{
  WeftOpId id;
  double   f32, f64;
  Unit     unit;
} Bound;

static const Bound bounds[] = {
  { WEFT_OP_ADD, 0.5, 0.5, OF_RESULT },
  { WEFT_OP_SUB, 0.5, 0.5, OF_RESULT },
  { WEFT_OP_MUL, 0.5, 0.5, OF_RESULT },
  { WEFT_OP_DIV, 0.5, 0.5, OF_RESULT },
  { WEFT_OP_FLOOR_DIV, 2.2, 0, OF_RESULT },
  { WEFT_OP_MOD, 0.5, 0.5, OF_RESULT },
  { WEFT_OP_FMOD, 0, 0, OF_RESULT },
  { WEFT_OP_POW, 0.51, 0.55, OF_RESULT },
  { WEFT_OP_NEG, 0, 0, OF_RESULT },
  { WEFT_OP_RECIPROCAL, 0.5, 0.5, OF_RESULT },
  { WEFT_OP_ABS, 0, 0, OF_RESULT },
  { WEFT_OP_SIGN, 0, 0, OF_RESULT },
  { WEFT_OP_SQUARE, 0.5, 0.5, OF_RESULT },
  { WEFT_OP_SQRT, 0.5, 0.5, OF_RESULT },
  { WEFT_OP_CBRT, 1.05, 3.4, OF_RESULT },
  { WEFT_OP_HYPOT, 0.51, 0.6, OF_RESULT },
  { WEFT_OP_CLIP, 0, 0, OF_RESULT },
  { WEFT_OP_MAXIMUM, 0, 0, OF_RESULT },
  { WEFT_OP_MINIMUM, 0, 0, OF_RESULT },
  { WEFT_OP_CEIL, 0, 0, OF_RESULT },
  { WEFT_OP_FLOOR, 0, 0, OF_RESULT },
  { WEFT_OP_TRUNC, 0, 0, OF_RESULT },
  { WEFT_OP_ROUND, 0, 0, OF_RESULT },
  { WEFT_OP_ROUND_HALF_AWAY, 0, 0, OF_RESULT },
  { WEFT_OP_EXP, 1.15, 1.1, OF_RESULT },
  { WEFT_OP_EXP2, 1.1, 1.15, OF_RESULT },
  { WEFT_OP_EXPM1, 1.7, 2.3, OF_RESULT },
  { WEFT_OP_LOG, 0.9, 0.85, OF_RESULT },
  { WEFT_OP_LOG2, 1.05, 1.1, OF_RESULT },
  { WEFT_OP_LOG10, 1.05, 1.05, OF_RESULT },
  { WEFT_OP_LOG1P, 1.6, 1.3, OF_RESULT },
  { WEFT_OP_LOGADDEXP, 3.25, 3.25, OF_OPERANDS },
  { WEFT_OP_LOG1MEXP, 2.3, 2.4, OF_RESULT },
  { WEFT_OP_SOFTPLUS, 2.05, 1.9, OF_RESULT },
  { WEFT_OP_LOGIT, 3.4, 3.35, OF_RESULT },
  { WEFT_OP_XLOGX, 1.7, 1.7, OF_RESULT },
  { WEFT_OP_XLOGY, 1.9, 1.8, OF_RESULT },
  { WEFT_OP_ERF, 1.24, 1.1, OF_RESULT },
  { WEFT_OP_ERFC, 4, 3.55, OF_RESULT },
  { WEFT_OP_ERFCX, 4, 4.35, OF_RESULT },
  { WEFT_OP_ERFINV, 0.51, 3.25, OF_RESULT },
  { WEFT_OP_ERFCINV, 0.51, 3.25, OF_RESULT },
  { WEFT_OP_GAMMA, 0.51, 4.35, OF_RESULT },
  { WEFT_OP_LGAMMA, 0.51, 2.2, OF_RESULT },
  { WEFT_OP_DIGAMMA, 0.51, 3.25, OF_RESULT },
  { WEFT_OP_TRIGAMMA, 0.51, 2.2, OF_RESULT },
  { WEFT_OP_POLYGAMMA, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_BETA, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_LBETA, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_GAMMAINC, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_GAMMAINCC, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_BETAINC, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_I0, 0.51, 6, OF_RESULT },
  { WEFT_OP_I1, 0.51, 4.35, OF_RESULT },
  { WEFT_OP_IV, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_J0, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_J1, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_JV, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_GAMMA_SLOPE, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_GAMMA_CURVE, 0.51, 0.65, OF_RESULT },
  { WEFT_OP_SIN, 0.65, 0.6, OF_RESULT },
  { WEFT_OP_COS, 0.65, 0.6, OF_RESULT },
  { WEFT_OP_TAN, 1.2, 0.6, OF_RESULT },
  { WEFT_OP_ASIN, 0.95, 0.55, OF_RESULT },
  { WEFT_OP_ACOS, 0.95, 0.6, OF_RESULT },
  { WEFT_OP_ATAN, 0.9, 0.6, OF_RESULT },
  { WEFT_OP_ATAN2, 1.55, 0.6, OF_RESULT },
  { WEFT_OP_SINH, 2.95, 2.7, OF_RESULT },
  { WEFT_OP_COSH, 2.95, 3, OF_RESULT },
  { WEFT_OP_TANH, 2.5, 2.4, OF_RESULT },
  { WEFT_OP_LOG_COSH, 5.5, 7, OF_RESULT },
  { WEFT_OP_ASINH, 2, 1.9, OF_RESULT },
  { WEFT_OP_ACOSH, 2.4, 2.05, OF_RESULT },
  { WEFT_OP_ATANH, 2.3, 2.2, OF_RESULT },
  { WEFT_OP_DEG2RAD, 0.7, 0.5, OF_RESULT },
  { WEFT_OP_RAD2DEG, 0.8, 0.5, OF_RESULT },
  { WEFT_OP_NAN_TO_NUM, 0, 0, OF_RESULT },
  { WEFT_OP_RELU, 0, 0, OF_RESULT },
  { WEFT_OP_SIGMOID, 3.25, 3.25, OF_NORMAL },
  { WEFT_OP_GELU, 3.25, 3.25, OF_OPERANDS },
  { WEFT_OP_SILU, 3.25, 3.25, OF_NORMAL },
  { WEFT_OP_LEAKY_RELU, 0.5, 0.5, OF_RESULT },
  { WEFT_OP_ELU, 1.7, 1.95, OF_RESULT },
  { WEFT_OP_SELU, 2.2, 2.1, OF_RESULT },
  { WEFT_OP_PRELU, 0.5, 0.5, OF_RESULT },
  { WEFT_OP_MISH, 4.9, 4.9, OF_NORMAL },
  { WEFT_OP_SOFTSIGN, 1.6, 1.6, OF_RESULT },
  { WEFT_OP_HARD_SIGMOID, 3.25, 3.25, OF_OPERANDS },
  { WEFT_OP_FAST_SIGMOID, 1.65, 1.65, OF_RESULT },
  { WEFT_OP_HARD_TANH, 0, 0, OF_RESULT },
  { WEFT_OP_IDENTITY, 0, 0, OF_RESULT },
  { WEFT_OP_STOP_GRADIENT, 0, 0, OF_RESULT },
  { WEFT_OP_GRAD_SCALE, 0, 0, OF_RESULT },
  { WEFT_OP_GRAD_CLIP, 0, 0, OF_RESULT },
  { WEFT_OP_ADD_N, 0.5, 0.5, OF_RESULT },
};

/* What a row keeps to that states nothing else. */
#define USUAL 4.0

static const Bound *
bound_of (WeftOpId id)
{
  static Bound usual[WEFT_N_ELEMENTWISE];

  for (guint i = 0; i < G_N_ELEMENTS (bounds); i++)
    if (bounds[i].id == id)
      return &bounds[i];

  usual[id] = (Bound){ id, USUAL, USUAL, OF_RESULT };
  return &usual[id];
}

/* ---- Measuring ---- */

typedef struct
{
  double worst, at[3];
} Worst;

static const double numbers[2] = { 0.3, 0.7 };

static void
wrong (const WeftOp *op, const double *x, double got, double expected, Worst *worst)
{
  if (worst->worst < G_MAXDOUBLE)
    g_test_message ("%s (%a, %a, %a) is %a, not %a", op->name, x[0], x[1], x[2], got, expected);
  *worst = (Worst){ G_MAXDOUBLE, { x[0], x[1], x[2] } };
}

/* @got against the row in long double at @x; @digits: 24 or 53, @least: the exponent of the
 * smallest normal number. */
static void
measure (const Bound *bound, const double *x, double got, gboolean is_double, Worst *worst)
{
  const WeftOp *op = weft_op (bound->id);
  long double   exact =
                evaluate (bound->id, x[0], x[1], x[2], is_double ? numbers[0] : (float) numbers[0]),
              size;
  double ulp, rounded = is_double ? (double) exact : (float) exact;
  int    exponent;

  if (isnan (rounded) || isnan (got))
    {
      if (isnan (rounded) != isnan (got))
        wrong (op, x, got, rounded, worst);
      return;
    }
  if (isinf (rounded) || isinf (got))
    {
      if (rounded != got && fabsl (exact) < (is_double ? DBL_MAX : FLT_MAX) * (1 - 1e-6L))
        wrong (op, x, got, rounded, worst);
      return;
    }
  size = fabsl (exact);
  if (bound->unit == OF_NORMAL && size < (is_double ? 0x1p-960 : 0x1p-100))
    return;
  for (guint i = 0; bound->unit == OF_OPERANDS && i < op->n_inputs; i++)
    size = fmaxl (size, fabs (x[i]));
  frexpl (size, &exponent);
  exponent = MAX (exponent, is_double ? -1021 : -125) - (is_double ? 53 : 24);
  ulp = (double) fabsl (ldexpl (got - exact, -exponent));
  if (ulp > worst->worst)
    *worst = (Worst){ ulp, { x[0], x[1], x[2] } };
}

/* @n operands of each input in @x, through the row's primitive. */
static void
run (const Bound *bound, gboolean is_double, guint n, double (*x)[3], Worst *worst)
{
  static float  a32[3][N_BLOCK], y32[N_BLOCK];
  static double a64[3][N_BLOCK], y64[N_BLOCK];
  WeftPrimitive primitive =
    weft_primitives_get ()->rows[weft_primitive_type (is_double ? WEFT_F64 : WEFT_F32)][bound->id];

  for (guint i = 0; i < n; i++)
    for (guint k = 0; k < 3; k++)
      {
        a32[k][i] = (float) x[i][k];
        a64[k][i] = x[i][k];
      }
  if (is_double)
    primitive (n, y64, a64[0], a64[1], a64[2], numbers);
  else
    primitive (n, y32, a32[0], a32[1], a32[2], numbers);
  for (guint i = 0; i < n; i++)
    measure (bound, x[i], is_double ? y64[i] : (double) y32[i], is_double, worst);
}

static void
all_floats (const Bound *bound, Worst *worst)
{
  static double x[N_BLOCK][3];
  const char   *text = g_getenv ("WEFT_ULP_STRIDE");
  guint64       bits = 0, stride = text != NULL ? g_ascii_strtoull (text, NULL, 10) : STRIDE;

  g_assert_cmpuint (stride, >, 0);
  while (bits <= G_MAXUINT32)
    {
      guint n = 0;

      for (; n < N_BLOCK && bits <= G_MAXUINT32; n++, bits += stride)
        {
          guint32 low = (guint32) bits;
          float   number;

          memcpy (&number, &low, sizeof low);
          x[n][0] = x[n][1] = x[n][2] = number;
        }
      run (bound, FALSE, n, x, worst);
    }
}

/* A number for operand @k: of sizes 2**-20 to 2**20 and, half of the time, near 1; whole where the
 * row needs it; within the row's domain. */
static double
draw (const WeftOp *op, guint k, GRand *random, gboolean is_double)
{
  double x = g_rand_double_range (random, 0.5, 1);

  x = ldexp (x, g_rand_boolean (random) ? g_rand_int_range (random, -20, 21)
                                        : g_rand_int_range (random, -1, 4));
  switch ((guint) op->id)
    {
    case WEFT_OP_POLYGAMMA:
      x = k == 0 ? g_rand_int_range (random, 0, 6) : x;
      break;
    case WEFT_OP_BETAINC:
      x = k == 2 ? g_rand_double (random) : MIN (x, 1e3);
      break;
    case WEFT_OP_IV:
    case WEFT_OP_JV:
      x = k == 0 ? g_rand_int_range (random, -3, 6) * 0.5 : MIN (x, 1e3);
      x = k == 1 ? fabs (x) : x;
      break;
    case WEFT_OP_POW:
      x = k == 1 ? fmod (x, 40) : x;
      break;
    default:
      if (op->domain == WEFT_DOMAIN_REALS || op->domain == WEFT_DOMAIN_NONZERO)
        x = g_rand_boolean (random) ? -x : x;
      if (op->domain == WEFT_DOMAIN_NEGATIVE)
        x = -x;
      if (op->domain == WEFT_DOMAIN_UNIT || op->domain == WEFT_DOMAIN_PROBABILITY)
        x = fmod (x, 1) * (op->domain == WEFT_DOMAIN_UNIT && g_rand_boolean (random) ? -1 : 1);
    }
  return is_double ? x : (float) x;
}

static void
random_numbers (const Bound *bound, gboolean is_double, guint n, Worst *worst)
{
  static double x[N_BLOCK][3];
  g_autoptr (GRand) random = g_rand_new_with_seed (g_str_hash (weft_op (bound->id)->name));

  for (guint first = 0; first < n; first += N_BLOCK)
    {
      for (guint i = 0; i < N_BLOCK; i++)
        for (guint k = 0; k < 3; k++)
          x[i][k] = draw (weft_op (bound->id), k, random, is_double);
      run (bound, is_double, N_BLOCK, x, worst);
    }
}

/* Without a fused multiply-add results are a rounding further off. */
static double
extra_ulp (void)
{
#if defined(__x86_64__)
  return weft_cpu_level () == WEFT_CPU_BASELINE ? 0.9 : 0;
#else
  return 0.9;
#endif
}

static void
report (const char *type, const Bound *bound, const Worst *worst, double limit)
{
  const WeftOp *op = weft_op (bound->id);

  g_test_message ("%s %s: %.3f ULP at %a %a %a", op->name, type, worst->worst, worst->at[0],
                  worst->at[1], worst->at[2]);
  if (!(worst->worst <= (limit > 0.5 ? limit + extra_ulp () : limit)))
    g_test_fail ();
}

static void
test_f32 (gconstpointer data)
{
  const Bound *bound = data;
  Worst        worst = { 0 };

  if (weft_op (bound->id)->n_inputs == 1)
    all_floats (bound, &worst);
  random_numbers (bound, FALSE, N_RANDOM, &worst);
  report ("f32", bound, &worst, bound->f32);
}

static void
test_f64 (gconstpointer data)
{
  const Bound *bound = data;
  Worst        worst = { 0 };

  random_numbers (bound, TRUE, N_RANDOM, &worst);
  report ("f64", bound, &worst, bound->f64);
}

/* Values to 17 digits by another program (mpmath, 60 digits): golden/special.txt. */
static void
test_golden (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "special.txt", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
      guint        n = g_strv_length (words);
      double       x[1][3] = { { 0 } }, expected, got;
      const Bound *bound;

      if (n < 3 || words[0][0] == '#')
        continue;
      bound = bound_of (weft_op_find (words[0])->id);
      for (guint k = 0; k + 2 < n; k++)
        x[0][k] = g_ascii_strtod (words[k + 1], NULL);
      expected = g_ascii_strtod (words[n - 1], NULL);
      weft_primitives_get ()->rows[weft_primitive_type (WEFT_F64)][bound->id](
        1, &got, &x[0][0], &x[0][1], &x[0][2], numbers);
      /* Two roundings of the expected number itself. */
      if (!(fabs (got - expected) <=
            (bound->f64 + extra_ulp () + 1) * DBL_EPSILON * fabs (expected)))
        g_error ("%s: got %.17g", lines[i], got);
    }
}

/* where only copies, and its first operand is no float. */
static gboolean
is_measured (const WeftOp *op)
{
  return !(op->traits &
           (WEFT_TRAIT_BOOL_RESULT | WEFT_TRAIT_INT_ONLY | WEFT_TRAIT_CONDITION));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint id = 0; id < WEFT_N_ELEMENTWISE; id++)
    if (is_measured (weft_op (id)))
      {
        const Bound     *bound = bound_of (id);
        g_autofree char *f32 = g_strdup_printf ("/engine/ulp/%s/f32", weft_op (id)->name);
        g_autofree char *f64 = g_strdup_printf ("/engine/ulp/%s/f64", weft_op (id)->name);

        g_test_add_data_func (f32, bound, test_f32);
        g_test_add_data_func (f64, bound, test_f64);
      }
  g_test_add_func ("/engine/ulp/golden", test_golden);
  return g_test_run ();
}
