/* The math prelude against the C library in more precision, and the tile primitives against each
 * other.
 *
 * The bounds are those promised in prelude.h for machines with a fused multiply-add, with a little
 * room for the last digit; without one a rounding or two more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/ops/cpu.h"
#include "engine/ops/prelude.h"
#include "engine/run/primitives.h"

#define N_BLOCK 4096

static const WeftPrimitives *
variant (guint level)
{
#if defined(__x86_64__)
  return level == 2   ? &weft_primitives_avx512
         : level == 1 ? &weft_primitives_avx2
                      : &weft_primitives_baseline;
#else
  return &weft_primitives_baseline;
#endif
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

/* What the interpreter computes: @n numbers through a row's primitive for this machine. */
static void
compute (WeftOpId row, WeftDType dtype, gsize n, const void *x, void *y)
{
  static const double numbers[2] = { 0, 0 };
  weft_primitives_get ()->rows[weft_primitive_type (dtype)][row](n, y, x, x, x, numbers);
}

/* ---- float ---- */

typedef struct
{
  const char *name;
  WeftOpId    row;
  double (*exact) (double x);
  double ulp;
  float  normal_from; /* below this the result may be 0 although it is not */
} FloatCase;

static double
exact_sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

static double
exact_softplus (double x)
{
  return x > 40 ? x : log1p (exp (x));
}

static const FloatCase float_cases[] = {
  { "exp", WEFT_OP_EXP, exp, 1.11, -INFINITY },
  { "exp2", WEFT_OP_EXP2, exp2, 1.11, -INFINITY },
  { "expm1", WEFT_OP_EXPM1, expm1, 1.8, -INFINITY },
  { "log", WEFT_OP_LOG, log, 0.94, -INFINITY },
  { "log2", WEFT_OP_LOG2, log2, 1.1, -INFINITY },
  { "log10", WEFT_OP_LOG10, log10, 1.1, -INFINITY },
  { "log1p", WEFT_OP_LOG1P, log1p, 1.6, -INFINITY },
  { "tanh", WEFT_OP_TANH, tanh, 2.47, -INFINITY },
  { "sigmoid", WEFT_OP_SIGMOID, exact_sigmoid, 2.5, -87.0f },
  { "softplus", WEFT_OP_SOFTPLUS, exact_softplus, 2.1, -INFINITY },
  { "erf", WEFT_OP_ERF, erf, 1.24, -INFINITY },
  { "sinh", WEFT_OP_SINH, sinh, 3.1, -INFINITY },
  { "cosh", WEFT_OP_COSH, cosh, 3.1, -INFINITY },
  { "asinh", WEFT_OP_ASINH, asinh, 2.3, -INFINITY },
  { "acosh", WEFT_OP_ACOSH, acosh, 2.3, -INFINITY },
  { "atanh", WEFT_OP_ATANH, atanh, 2.4, -INFINITY },
  { "round", WEFT_OP_ROUND_HALF_AWAY, round, 0.0, -INFINITY },
};

/* Distance of @got from @exact in units of the last place of a float. */
static double
float_ulp (float got, double exact)
{
  int exponent;
  frexp (exact, &exponent);
  return fabs (got - exact) / ldexp (1, MAX (exponent, -125) - 24);
}

typedef struct
{
  double worst;
  float  where;
} Worst;

static void
check_float (const FloatCase *test, float x, float y, Worst *worst)
{
  double exact = test->exact (x);
  float  rounded = (float) exact;
  if (isnan (rounded) || isnan (y))
    {
      g_assert_true (isnan (rounded) && isnan (y));
      return;
    }
  if (isinf (rounded) || isinf (y))
    {
      /* Overflow sets in within the error of the largest number. */
      g_assert_true (rounded == y || fabs (exact) > 0x1.fffff0p+127);
      return;
    }
  if (x >= test->normal_from && float_ulp (y, exact) > worst->worst)
    *worst = (Worst){ float_ulp (y, exact), x };
}

/* Every 251st of all floats, of either sign, with the infinities and subnormal numbers. */
static void
test_float (gconstpointer data)
{
  const FloatCase *test = data;
  Worst            worst = { 0 };
  guint64          bits = 0;
  while (bits <= G_MAXUINT32)
    {
      float x[N_BLOCK], y[N_BLOCK];
      guint n = 0;
      for (; n < N_BLOCK && bits <= G_MAXUINT32; n++, bits += 251)
        {
          guint32 low = (guint32) bits;
          memcpy (&x[n], &low, sizeof low);
        }
      compute (test->row, WEFT_F32, n, x, y);
      for (guint i = 0; i < n; i++)
        check_float (test, x[i], y[i], &worst);
    }
  g_test_message ("%s: %.2f ULP at %a", test->name, worst.worst, worst.where);
  g_assert_cmpfloat (worst.worst, <=, test->ulp == 0 ? 0 : test->ulp + extra_ulp ());
}

/* ---- double ---- */

typedef struct
{
  const char *name;
  WeftOpId    row;
  long double (*exact) (long double x);
  double low, high, ulp;
} DoubleCase;

static const DoubleCase double_cases[] = {
  { "exp", WEFT_OP_EXP, expl, -700, 700, 1.1 },
  { "exp2", WEFT_OP_EXP2, exp2l, -1000, 1000, 1.2 },
  { "expm1", WEFT_OP_EXPM1, expm1l, -40, 600, 2.4 },
  { "log", WEFT_OP_LOG, logl, 0, 100, 0.86 },
  { "log2", WEFT_OP_LOG2, log2l, 0, 4, 1.2 },
  { "log10", WEFT_OP_LOG10, log10l, 0, 1000, 1.2 },
  { "log1p", WEFT_OP_LOG1P, log1pl, -0.9, 20, 1.6 },
  { "tanh", WEFT_OP_TANH, tanhl, -20, 20, 2.47 },
  { "sinh", WEFT_OP_SINH, sinhl, -50, 50, 3.1 },
  { "asinh", WEFT_OP_ASINH, asinhl, -50, 50, 2.3 },
};

/* Evenly spread over the range and, for every second point, over a thousandth of it. */
static void
test_double (gconstpointer data)
{
  const DoubleCase *test = data;
  const guint       n = 100 * N_BLOCK;
  double            worst = 0;
  for (guint first = 0; first < n; first += N_BLOCK)
    {
      double x[N_BLOCK], y[N_BLOCK];
      for (guint i = 0; i < N_BLOCK; i++)
        x[i] = (test->low + (test->high - test->low) * (first + i + 0.37) / n) * (i % 2 ? 1 : 1e-3);
      compute (test->row, WEFT_F64, N_BLOCK, x, y);
      for (guint i = 0; i < N_BLOCK; i++)
        {
          long double exact = test->exact (x[i]);
          int         exponent;
          frexpl (exact, &exponent);
          worst = fmax (worst, (double) (fabsl (y[i] - exact) / ldexpl (1, exponent - 53)));
        }
    }
  g_test_message ("%s: %.2f ULP", test->name, worst);
  g_assert_cmpfloat (worst, <=, test->ulp + extra_ulp ());
}

/* ---- Special values ---- */

static gboolean
same_float (float a, float b)
{
  return (isnan (a) && isnan (b)) || (a == b && signbit (a) == signbit (b));
}

static void
test_pow (void)
{
  static const float special[] = { 0.0f, -0.0f, 1, -1, 2, -2,
                                   0.5f, -0.5f, 3, -3, 1e30f, -1e30f,
                                   1e-30f, INFINITY, -INFINITY, NAN, 16777216, 16777217 };
  for (guint i = 0; i < G_N_ELEMENTS (special); i++)
    for (guint k = 0; k < G_N_ELEMENTS (special); k++)
      {
        float got = weft_pow_f32 (special[i], special[k]), wanted = powf (special[i], special[k]);
        if (!same_float (got, wanted) && !(isfinite (wanted) && float_ulp (got, wanted) <= 1))
          g_error ("pow (%g, %g) = %g, wanted %g", special[i], special[k], got, wanted);
      }
}

static void
test_special (void)
{
  g_assert_true (same_float (weft_exp_f32 (-INFINITY), 0));
  g_assert_true (same_float (weft_expm1_f32 (-0.0f), -0.0f));
  g_assert_true (same_float (weft_tanh_f32 (-0.0f), -0.0f));
  g_assert_true (same_float (weft_log_f32 (-1), NAN));
  g_assert_true (same_float (weft_log_f32 (0), -INFINITY));
  g_assert_true (same_float (weft_max_f32 (1, NAN), NAN));
  g_assert_true (same_float (weft_min_f32 (NAN, 1), NAN));
  g_assert_true (same_float (weft_logaddexp_f32 (INFINITY, INFINITY), INFINITY));
  g_assert_true (same_float (weft_logaddexp_f32 (-INFINITY, -INFINITY), -INFINITY));
  g_assert_true (same_float (weft_log1p_f32 (-1), -INFINITY));
  g_assert_true (same_float (weft_xlogy_f32 (0, 0), 0));
  g_assert_true (same_float (weft_sign_f32 (NAN), NAN));
  g_assert_true (same_float (weft_mod_f32 (-1, 3), 2));
  g_assert_true (same_float (weft_floordiv_f32 (-7, 2), -4));
  g_assert_true (same_float (weft_rint_f32 (2.5f), 2));
  g_assert_true (same_float (weft_round_f32 (-2.5f), -3));
  g_assert_true (same_float (weft_round_f32 (0.49999997f), 0));
  g_assert_cmpint (weft_floordiv_i32 (-7, 2), ==, -4);
  g_assert_cmpint (weft_mod_i32 (-7, 2), ==, 1);
  g_assert_cmpint (weft_mod_i32 (7, 0), ==, 0);
  g_assert_cmpint (weft_floordiv_i32 (G_MININT32, -1), ==, G_MININT32);
  g_assert_cmpint (weft_abs_i32 (G_MININT32), ==, G_MININT32);
  g_assert_cmpint (weft_shl_i32 (1, 40), ==, 0);
  g_assert_cmpint (weft_shr_i32 (-5, 40), ==, -1);
  g_assert_cmpint (weft_pow_i64 (-3, 5), ==, -243);
  g_assert_cmpint (weft_pow_i64 (2, -1), ==, 0);
}

/* ---- Primitives ---- */

#define N 777 /* no multiple of any vector length */

/* Numbers that rows are meant for, with some that they are not. */
static void
fill (WeftDType dtype, void *data, guint seed)
{
  static const double odd[] = { 0, -0.0, INFINITY, -INFINITY, NAN, 1e30, -1e30, 1e-40, 1, -1 };
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  for (guint i = 0; i < N; i++)
    {
      double x = i % 13 == 0 ? odd[(i / 13 + seed) % G_N_ELEMENTS (odd)]
                             : g_rand_double_range (random, -6, 6);
      if (dtype == WEFT_F32)
        ((float *) data)[i] = (float) x;
      else if (dtype == WEFT_F64)
        ((double *) data)[i] = x;
      else if (dtype == WEFT_BOOL)
        ((guint8 *) data)[i] = g_rand_boolean (random);
      else if (dtype == WEFT_I32)
        ((gint32 *) data)[i] = i % 13 == 0 ? (i % 2 ? G_MININT32 : G_MAXINT32)
                                           : g_rand_int_range (random, -9, 10);
      else
        ((gint64 *) data)[i] = i % 13 == 0 ? (i % 2 ? G_MININT64 : G_MAXINT64)
                                           : g_rand_int_range (random, -9, 10);
    }
}

static void
call (const WeftPrimitives *primitives,
      guint                 type,
      guint                 row,
      void *const          *operands,
      gboolean              in_place,
      guint8               *out)
{
  static const double numbers[2] = { 0.3, 0.7 };
  const char         *a = operands[0];
  if (weft_op (row)->traits & WEFT_TRAIT_CONDITION)
    a = operands[3];
  if (in_place)
    {
      memcpy (out, operands[1], N * 8);
      primitives->rows[type][row](N, out, a, out, operands[2], numbers);
    }
  else
    primitives->rows[type][row](N, out, a, operands[1], operands[2], numbers);
}

/* NaNs are equal whatever their payload: which operand's survives is not promised. */
static gboolean
same_bits (WeftDType dtype, const guint8 *a, const guint8 *b, gsize size)
{
  for (guint i = 0; i < N; i++)
    {
      gboolean nans = FALSE;
      if (dtype == WEFT_F32 && size == 4)
        nans = isnan (((const float *) a)[i]) && isnan (((const float *) b)[i]);
      if (dtype == WEFT_F64 && size == 8)
        nans = isnan (((const double *) a)[i]) && isnan (((const double *) b)[i]);
      if (!nans && memcmp (a + i * size, b + i * size, size) != 0)
        return FALSE;
    }
  return TRUE;
}

/* Every row gives the same bits with either set of instructions, and also when it writes over its
 * operand. */
static void
test_variants (gconstpointer data)
{
  guint                  row = GPOINTER_TO_UINT (data);
  static const WeftDType dtypes[] = { WEFT_BOOL, WEFT_I32, WEFT_I64, WEFT_F32, WEFT_F64 };
  g_autofree guint8     *first = g_malloc0 (N * 8), *second = g_malloc0 (N * 8);
  void                  *operands[4];
  guint                  best = weft_cpu_level ();
  const WeftOp          *op = weft_op (row);
  for (guint i = 0; i < 4; i++)
    operands[i] = g_malloc0 (N * 8);
  for (guint type = 0; type < G_N_ELEMENTS (dtypes); type++)
    {
      gsize    size = op->traits & WEFT_TRAIT_BOOL_RESULT ? 1 : weft_dtype_size (dtypes[type]);
      gboolean meant = type >= 3 ? !(op->traits & WEFT_TRAIT_INT_ONLY)
                                 : !(op->traits & WEFT_TRAIT_FLOAT_ONLY);
      if (!meant)
        continue;
      for (guint i = 0; i < 3; i++)
        fill (dtypes[type], operands[i], row * 7 + i);
      fill (WEFT_BOOL, operands[3], row);
      call (variant (best), type, row, operands, FALSE, first);
      if (best == 2)
        {
          call (variant (1), type, row, operands, FALSE, second);
          if (!same_bits (dtypes[type], first, second, size))
            g_error ("%s of %s differs between AVX2 and AVX-512", op->name,
                     weft_dtypes[dtypes[type]].name);
        }
      if (size == weft_dtype_size (dtypes[type]))
        {
          call (variant (best), type, row, operands, TRUE, second);
          if (!same_bits (dtypes[type], first, second, size))
            g_error ("%s of %s differs when it writes over its operand", op->name,
                     weft_dtypes[dtypes[type]].name);
        }
      if (type < 3)
        {
          call (variant (0), type, row, operands, FALSE, second);
          g_assert_cmpmem (first, N * size, second, N * size);
        }
    }
  for (guint i = 0; i < 4; i++)
    g_free (operands[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (float_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/prelude/f32/%s", float_cases[i].name);
      g_test_add_data_func (path, &float_cases[i], test_float);
    }
  for (guint i = 0; i < G_N_ELEMENTS (double_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/prelude/f64/%s", double_cases[i].name);
      g_test_add_data_func (path, &double_cases[i], test_double);
    }
  g_test_add_func ("/engine/prelude/pow", test_pow);
  g_test_add_func ("/engine/prelude/special", test_special);
  for (guint row = 0; row < WEFT_N_ELEMENTWISE; row++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/primitive/%s", weft_op (row)->name);
      g_test_add_data_func (path, GUINT_TO_POINTER (row), test_variants);
    }
  return g_test_run ();
}
