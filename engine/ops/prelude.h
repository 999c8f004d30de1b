/* The math prelude: elementary functions as inlined polynomials, the same bits on every machine.
 *
 * For float names end in _f32, for double in _f64, for integers in _i32, _i64 and _b8 (bool). NaN
 * and infinities keep their IEEE meaning; no function sets errno or calls a library, except those
 * of prelude-real.h's last two sections. Loops over these functions vectorise with -O3 -fno-math-errno
 * -fno-trapping-math.
 *
 * Every fused multiply-add is written out (build with -ffp-contract=off), so all machines that have
 * the instruction give the same bits; on those without it a*b+c takes its place and the last bits
 * differ. Coefficients: Sollya, fpminimax, relative or absolute error as noted. Errors are in units
 * in the last place (ULP), found exhaustively over all floats, or over random points against long
 * double for doubles.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/special.h"

#define WEFT_PRELUDE_FUNC static inline __attribute__ ((always_inline, unused))

#ifdef __SSE2__
#define WEFT_PRELUDE_HAVE_SSE2 1
#else
#define WEFT_PRELUDE_HAVE_SSE2 0
#endif

/* ---- Bits ---- */

WEFT_PRELUDE_FUNC int
weft_bits_f32 (float x)
{
  int bits;
  __builtin_memcpy (&bits, &x, sizeof bits);
  return bits;
}

WEFT_PRELUDE_FUNC float
weft_float_f32 (int bits)
{
  float x;
  __builtin_memcpy (&x, &bits, sizeof x);
  return x;
}

WEFT_PRELUDE_FUNC long long
weft_bits_f64 (double x)
{
  long long bits;
  __builtin_memcpy (&bits, &x, sizeof bits);
  return bits;
}

WEFT_PRELUDE_FUNC double
weft_float_f64 (long long bits)
{
  double x;
  __builtin_memcpy (&x, &bits, sizeof x);
  return x;
}

/* 2**@n for n in the exponent range of normal numbers. */
WEFT_PRELUDE_FUNC float
weft_scale_f32 (int n)
{
  return weft_float_f32 ((int) ((unsigned) (n + 127) << 23));
}

WEFT_PRELUDE_FUNC double
weft_scale_f64 (int n)
{
  return weft_float_f64 ((long long) ((unsigned long long) (n + 1023) << 52));
}

WEFT_PRELUDE_FUNC float
weft_fma_f32 (float a, float b, float c)
{
#if defined(__FMA__) || defined(__FP_FAST_FMAF)
  return __builtin_fmaf (a, b, c);
#else
  return a * b + c;
#endif
}

WEFT_PRELUDE_FUNC double
weft_fma_f64 (double a, double b, double c)
{
#if defined(__FMA__) || defined(__FP_FAST_FMA)
  return __builtin_fma (a, b, c);
#else
  return a * b + c;
#endif
}

WEFT_PRELUDE_FUNC float
weft_abs_f32 (float x)
{
  return weft_float_f32 (weft_bits_f32 (x) & 0x7fffffff);
}

WEFT_PRELUDE_FUNC double
weft_abs_f64 (double x)
{
  return weft_float_f64 (weft_bits_f64 (x) & 0x7fffffffffffffffLL);
}

/* The size of @x with the sign of @sign. */
WEFT_PRELUDE_FUNC float
weft_copysign_f32 (float x, float sign)
{
  return weft_float_f32 ((weft_bits_f32 (x) & 0x7fffffff) |
                         (weft_bits_f32 (sign) & (int) 0x80000000));
}

WEFT_PRELUDE_FUNC double
weft_copysign_f64 (double x, double sign)
{
  return weft_float_f64 ((weft_bits_f64 (x) & 0x7fffffffffffffffLL) |
                         (weft_bits_f64 (sign) & (long long) 0x8000000000000000ULL));
}

/* ---- float ---- */

/* Adding this to |t| < 2**22 rounds t to the nearest integer, which then stands in the low bits of
 * the sum. */
#define WEFT_ROUND_F32 12582912.0f
#define WEFT_ROUND_BITS_F32 0x4b400000u

/* ln 2 in two parts; the first has 16 bits, so that n * WEFT_LN2_HI_F32 is exact for |n| < 256. */
#define WEFT_LN2_HI_F32 0x1.62e400p-1f
#define WEFT_LN2_LO_F32 0x1.7f7d1cp-20f
#define WEFT_LOG2E_F32 0x1.715476p+0f

/* exp (r) - 1 for |r| <= ln (2) / 2. */
WEFT_PRELUDE_FUNC float
weft_expm1_reduced_f32 (float r)
{
  float q = 0x1.6d4bfcp-10f;
  q = weft_fma_f32 (q, r, 0x1.120c06p-7f);
  q = weft_fma_f32 (q, r, 0x1.5554eap-5f);
  q = weft_fma_f32 (q, r, 0x1.5554dcp-3f);
  q = weft_fma_f32 (q, r, 0x1p-1f);
  return weft_fma_f32 (r * r, q, r);
}

/* Splits @x = *@n * ln 2 + result, |result| <= ln (2) / 2. */
WEFT_PRELUDE_FUNC float
weft_exp_reduce_f32 (float x, int *n)
{
  float t = weft_fma_f32 (x, WEFT_LOG2E_F32, WEFT_ROUND_F32);
  float k = t - WEFT_ROUND_F32;
  float r = weft_fma_f32 (k, -WEFT_LN2_HI_F32, x);
  *n = (int) ((unsigned) weft_bits_f32 (t) - WEFT_ROUND_BITS_F32);
  return weft_fma_f32 (k, -WEFT_LN2_LO_F32, r);
}

/* @p * 2**@n in two factors, so that results below the normal range round once and right. */
WEFT_PRELUDE_FUNC float
weft_scale_twice_f32 (float p, int n)
{
  int half = n >> 1;
  return p * weft_scale_f32 (half) * weft_scale_f32 (n - half);
}

/* 1.10 ULP; inf above 88.72, subnormal results are right. What is too large or small is replaced in
 * the end, which takes fewer instructions than cutting it first; comparisons are false for NaN, which
 * passes through. */
WEFT_PRELUDE_FUNC float
weft_exp_f32 (float x)
{
  int   n;
  float r = weft_exp_reduce_f32 (x, &n);
  r = weft_scale_twice_f32 (weft_expm1_reduced_f32 (r) + 1.0f, n);
  r = x > 89.0f ? weft_float_f32 (0x7f800000) : r;
  return x < -104.0f ? 0.0f : r;
}

/* 2**x. */
WEFT_PRELUDE_FUNC float
weft_exp2_f32 (float x)
{
  float t = x + WEFT_ROUND_F32, r = (x - (t - WEFT_ROUND_F32)) * 0x1.62e430p-1f;
  int   n = (int) ((unsigned) weft_bits_f32 (t) - WEFT_ROUND_BITS_F32);
  r = weft_scale_twice_f32 (weft_expm1_reduced_f32 (r) + 1.0f, n);
  r = x > 129.0f ? weft_float_f32 (0x7f800000) : r;
  return x < -151.0f ? 0.0f : r;
}

/* exp (x) - 1, accurate near 0. The scale is halved so that it does not overflow before the result
 * does. */
WEFT_PRELUDE_FUNC float
weft_expm1_f32 (float x)
{
  float y = x > 89.0f ? 89.0f : x, r, h;
  int   n;
  y = y < -18.0f ? -18.0f : y;
  r = weft_expm1_reduced_f32 (weft_exp_reduce_f32 (y, &n));
  h = weft_scale_f32 (n - 1);
  r = weft_copysign_f32 (2.0f * weft_fma_f32 (h, r, h - 0.5f), x);
  return weft_abs_f32 (x) < 0x1p-26f ? x : r; /* halves of subnormal numbers would be rounded */
}

/* Splits a positive @x = 2**k * m, m in [sqrt (1/2), sqrt (2)); returns k as a number and m in *@m.
 */
WEFT_PRELUDE_FUNC float
weft_log_reduce_f32 (float x, float *m)
{
  int   subnormal = x < 0x1p-126f;
  float y = subnormal ? x * 0x1p23f : x;
  int   bits = weft_bits_f32 (y);
  int   e = (int) ((unsigned) bits - 0x3f3504f3u) & (int) 0xff800000;
  *m = weft_float_f32 ((int) ((unsigned) bits - (unsigned) e));
  return (float) (e >> 23) - (subnormal ? 23.0f : 0.0f);
}

/* log (1 + f) - f for 1 + f in [sqrt (1/2), sqrt (2)). */
WEFT_PRELUDE_FUNC float
weft_log_reduced_f32 (float f)
{
  float q = 0x1.2cb38cp-4f;
  q = weft_fma_f32 (q, f, -0x1.ddb316p-4f);
  q = weft_fma_f32 (q, f, 0x1.dc7628p-4f);
  q = weft_fma_f32 (q, f, -0x1.fbbf2ap-4f);
  q = weft_fma_f32 (q, f, 0x1.23de3ep-3f);
  q = weft_fma_f32 (q, f, -0x1.556288p-3f);
  q = weft_fma_f32 (q, f, 0x1.999d2ap-3f);
  q = weft_fma_f32 (q, f, -0x1.ffffe6p-3f);
  q = weft_fma_f32 (q, f, 0x1.555554p-2f);
  q = weft_fma_f32 (q, f, -0.5f);
  return f * f * q;
}

/* Results of a logarithm where @x is no positive number: NaN below 0, -inf at 0, inf at inf, NaN at
 * NaN. */
WEFT_PRELUDE_FUNC float
weft_log_special_f32 (float x, float result)
{
  result = x == weft_float_f32 (0x7f800000) ? x : result;
  result = x == 0.0f ? weft_float_f32 ((int) 0xff800000) : result;
  result = x < 0.0f ? weft_float_f32 (0x7fc00000) : result;
  return x != x ? x : result;
}

/* 0.93 ULP. */
WEFT_PRELUDE_FUNC float
weft_log_f32 (float x)
{
  float m, k = weft_log_reduce_f32 (x, &m), f = m - 1.0f, r;
  r = f + weft_fma_f32 (k, -0x1.05c610p-29f, weft_log_reduced_f32 (f));
  return weft_log_special_f32 (x, weft_fma_f32 (k, 0x1.62e430p-1f, r));
}

/* log (x) / log (2); exact for powers of two. */
WEFT_PRELUDE_FUNC float
weft_log2_f32 (float x)
{
  float m, k = weft_log_reduce_f32 (x, &m), f = m - 1.0f, g = weft_log_reduced_f32 (f);
  float low = weft_fma_f32 (f, 0x1.4ae0cp-26f, g * WEFT_LOG2E_F32); /* log2 (e) - WEFT_LOG2E_F32 */
  return weft_log_special_f32 (x, k + weft_fma_f32 (f, WEFT_LOG2E_F32, low));
}

/* log (x) / log (10). */
WEFT_PRELUDE_FUNC float
weft_log10_f32 (float x)
{
  float m, k = weft_log_reduce_f32 (x, &m), f = m - 1.0f, g = weft_log_reduced_f32 (f), r;
  r = weft_fma_f32 (f, 0x1.bcb7b2p-2f,
                    weft_fma_f32 (f, -0x1.5b235ep-27f, g * 0x1.bcb7b2p-2f)); /* log10 (e) */
  r = weft_fma_f32 (k, -0x1.ec10c0p-27f, r);                                 /* log10 (2), low part */
  return weft_log_special_f32 (x, weft_fma_f32 (k, 0x1.344136p-2f, r));
}

/* 2.46 ULP (1.4 % of the inputs above 1): e / (e + 2) with e = exp (2|x|) - 1, so nothing cancels
 * near 0. */
WEFT_PRELUDE_FUNC float
weft_tanh_f32 (float x)
{
  float a = weft_abs_f32 (x), p, s, e;
  int   n;
  a = a > 9.02f ? 9.02f : a; /* tanh is 1 in float from here on */
  p = weft_expm1_reduced_f32 (weft_exp_reduce_f32 (a + a, &n));
  s = weft_scale_f32 (n);
  e = weft_fma_f32 (s, p, s - 1.0f);
  return weft_copysign_f32 (e / (e + 2.0f), x);
}

/* 1.23 ULP: x + x*P (x*x) below 0.92, 1 - exp (-t - t*Q (t)) above. */
WEFT_PRELUDE_FUNC float
weft_erf_f32 (float x)
{
  float t = weft_abs_f32 (x), s = x * x, large, p;
  float q = -0x1.d1e9a6p-21f;
  q = weft_fma_f32 (q, t, 0x1.06b10ep-15f);
  q = weft_fma_f32 (q, t, -0x1.f40412p-12f);
  q = weft_fma_f32 (q, t, 0x1.1489dp-8f);
  q = weft_fma_f32 (q, t, -0x1.98d7c6p-6f);
  q = weft_fma_f32 (q, t, 0x1.b8cfd8p-4f);
  q = weft_fma_f32 (q, t, 0x1.44c3d6p-1f);
  q = weft_fma_f32 (q, t, 0x1.07e76p-3f);
  q = weft_fma_f32 (-q, t, -t);
  large = weft_copysign_f32 (1.0f - weft_exp_f32 (t > 4.0f ? -104.0f : q), x);
  p = 0x1.5c33ccp-14f;
  p = weft_fma_f32 (p, s, -0x1.a9ff5ep-11f);
  p = weft_fma_f32 (p, s, 0x1.54be28p-8f);
  p = weft_fma_f32 (p, s, -0x1.b80d1cp-6f);
  p = weft_fma_f32 (p, s, 0x1.ce2deep-4f);
  p = weft_fma_f32 (p, s, -0x1.812742p-2f);
  p = weft_fma_f32 (p, s, 0x1.06eba8p-3f);
  p = weft_fma_f32 (p, x, x);
  return t > 0.92f ? large : p;
}

/* ---- double ---- */

#define WEFT_ROUND_F64 6755399441055744.0
#define WEFT_ROUND_BITS_F64 0x4338000000000000ULL
#define WEFT_LOG2E_F64 0x1.71547652b82fep+0

/* Without a fused multiply-add the product with the first part must be exact by itself, so that
 * part is shorter. */
#if defined(__FMA__) || defined(__FP_FAST_FMA)
#define WEFT_LN2_HI_F64 0x1.62e42fefa39efp-1
#define WEFT_LN2_LO_F64 0x1.abc9e3b39803fp-56
#else
#define WEFT_LN2_HI_F64 0x1.62e42fee00000p-1
#define WEFT_LN2_LO_F64 0x1.a39ef35793c76p-33
#endif

/* exp (r) - 1 for |r| <= ln (2) / 2. */
WEFT_PRELUDE_FUNC double
weft_expm1_reduced_f64 (double r)
{
  double q = 0x1.af61c46fc378dp-26;
  q = weft_fma_f64 (q, r, 0x1.2891d4728a88ep-22);
  q = weft_fma_f64 (q, r, 0x1.71ddf7856101fp-19);
  q = weft_fma_f64 (q, r, 0x1.a019b8b60fbf6p-16);
  q = weft_fma_f64 (q, r, 0x1.a01a01afb7c64p-13);
  q = weft_fma_f64 (q, r, 0x1.6c16c178abcf5p-10);
  q = weft_fma_f64 (q, r, 0x1.111111110f8dap-7);
  q = weft_fma_f64 (q, r, 0x1.5555555553cd8p-5);
  q = weft_fma_f64 (q, r, 0x1.5555555555558p-3);
  q = weft_fma_f64 (q, r, 0x1.0000000000001p-1);
  return weft_fma_f64 (r * r, q, r);
}

WEFT_PRELUDE_FUNC double
weft_exp_reduce_f64 (double x, int *n)
{
  double t = weft_fma_f64 (x, WEFT_LOG2E_F64, WEFT_ROUND_F64);
  double k = t - WEFT_ROUND_F64;
  double r = weft_fma_f64 (k, -WEFT_LN2_HI_F64, x);
  *n = (int) (long long) ((unsigned long long) weft_bits_f64 (t) - WEFT_ROUND_BITS_F64);
  return weft_fma_f64 (k, -WEFT_LN2_LO_F64, r);
}

WEFT_PRELUDE_FUNC double
weft_scale_twice_f64 (double p, int n)
{
  int half = n >> 1;
  return p * weft_scale_f64 (half) * weft_scale_f64 (n - half);
}

/* 1.06 ULP. */
WEFT_PRELUDE_FUNC double
weft_exp_f64 (double x)
{
  int    n;
  double r = weft_exp_reduce_f64 (x, &n);
  r = weft_scale_twice_f64 (weft_expm1_reduced_f64 (r) + 1.0, n);
  r = x > 710.0 ? weft_float_f64 (0x7ff0000000000000LL) : r;
  return x < -746.0 ? 0.0 : r;
}

WEFT_PRELUDE_FUNC double
weft_exp2_f64 (double x)
{
  double t = x + WEFT_ROUND_F64, r = (x - (t - WEFT_ROUND_F64)) * 0x1.62e42fefa39efp-1;
  int    n = (int) (long long) ((unsigned long long) weft_bits_f64 (t) - WEFT_ROUND_BITS_F64);
  r = weft_scale_twice_f64 (weft_expm1_reduced_f64 (r) + 1.0, n);
  r = x > 1025.0 ? weft_float_f64 (0x7ff0000000000000LL) : r;
  return x < -1076.0 ? 0.0 : r;
}

WEFT_PRELUDE_FUNC double
weft_expm1_f64 (double x)
{
  double y = x > 710.0 ? 710.0 : x, r, h;
  int    n;
  y = y < -38.0 ? -38.0 : y;
  r = weft_expm1_reduced_f64 (weft_exp_reduce_f64 (y, &n));
  h = weft_scale_f64 (n - 1);
  r = weft_copysign_f64 (2.0 * weft_fma_f64 (h, r, h - 0.5), x);
  return weft_abs_f64 (x) < 0x1p-55 ? x : r;
}

WEFT_PRELUDE_FUNC double
weft_log_reduce_f64 (double x, double *m)
{
  int       subnormal = x < 0x1p-1022;
  double    y = subnormal ? x * 0x1p52 : x;
  long long bits = weft_bits_f64 (y);
  long long e = (long long) ((unsigned long long) bits - 0x3fe6a09e667f3bcdULL) &
                (long long) 0xfff0000000000000ULL;
  *m = weft_float_f64 ((long long) ((unsigned long long) bits - (unsigned long long) e));
  return (double) (int) (e >> 52) - (subnormal ? 52.0 : 0.0);
}

/* f - log (1 + f) = result - *@s * (result's half square + series); the caller adds its multiple of
 * ln 2 inside. Source: the argument reduction of Ng 1993, s = f / (2 + f). */
WEFT_PRELUDE_FUNC double
weft_log_series_f64 (double f, double *s)
{
  double z, q;
  *s = f / (2.0 + f);
  z = *s * *s;
  q = 0x1.2f04033c37e61p-3;
  q = weft_fma_f64 (q, z, 0x1.39a1e2ca0ede8p-3);
  q = weft_fma_f64 (q, z, 0x1.74663d1bae19fp-3);
  q = weft_fma_f64 (q, z, 0x1.c71c5213b3bb3p-3);
  q = weft_fma_f64 (q, z, 0x1.24924941e1c0fp-2);
  q = weft_fma_f64 (q, z, 0x1.999999997ff17p-2);
  q = weft_fma_f64 (q, z, 0x1.5555555555592p-1);
  return q * z;
}

WEFT_PRELUDE_FUNC double
weft_log_special_f64 (double x, double result)
{
  result = x == weft_float_f64 (0x7ff0000000000000LL) ? x : result;
  result = x == 0.0 ? weft_float_f64 ((long long) 0xfff0000000000000ULL) : result;
  result = x < 0.0 ? weft_float_f64 (0x7ff8000000000000LL) : result;
  return x != x ? x : result;
}

/* 0.84 ULP. */
WEFT_PRELUDE_FUNC double
weft_log_f64 (double x)
{
  double m, k = weft_log_reduce_f64 (x, &m), f = m - 1.0, s, q = weft_log_series_f64 (f, &s),
            h = 0.5 * f * f;
  double low = weft_fma_f64 (s, h + q, k * 0x1.a39ef35793c76p-33);
  return weft_log_special_f64 (x, weft_fma_f64 (k, 0x1.62e42fee00000p-1, f - (h - low)));
}

WEFT_PRELUDE_FUNC double
weft_log2_f64 (double x)
{
  double m, k = weft_log_reduce_f64 (x, &m), f = m - 1.0, s, q = weft_log_series_f64 (f, &s),
            h = 0.5 * f * f;
  double g = s * (h + q) - h; /* log (m) = f + g */
  double low = weft_fma_f64 (f, 0x1.777d0ffda0d24p-56, g * WEFT_LOG2E_F64);
  return weft_log_special_f64 (x, k + weft_fma_f64 (f, WEFT_LOG2E_F64, low));
}

WEFT_PRELUDE_FUNC double
weft_log10_f64 (double x)
{
  double m, k = weft_log_reduce_f64 (x, &m), f = m - 1.0, s, q = weft_log_series_f64 (f, &s),
            h = 0.5 * f * f;
  double g = s * (h + q) - h, r;
  r = weft_fma_f64 (f, 0x1.bcb7b1526e50ep-2,
                    weft_fma_f64 (f, 0x1.95355baaafad3p-57, g * 0x1.bcb7b1526e50ep-2));
  r = weft_fma_f64 (k, -0x1.9dc1da994fd21p-59, r);
  return weft_log_special_f64 (x, weft_fma_f64 (k, 0x1.34413509f79ffp-2, r));
}

/* 2.44 ULP. */
WEFT_PRELUDE_FUNC double
weft_tanh_f64 (double x)
{
  double a = weft_abs_f64 (x), p, s, e;
  int    n;
  a = a > 19.1 ? 19.1 : a;
  p = weft_expm1_reduced_f64 (weft_exp_reduce_f64 (a + a, &n));
  s = weft_scale_f64 (n);
  e = weft_fma_f64 (s, p, s - 1.0);
  return weft_copysign_f64 (e / (e + 2.0), x);
}

WEFT_PRELUDE_FUNC double
weft_erf_f64 (double x)
{
  return __builtin_erf (x);
}

/* x**y through double, so below 0.51 ULP; IEEE special cases as C's pow. */
WEFT_PRELUDE_FUNC float
weft_pow_f32 (float x, float y)
{
  double a = weft_abs_f64 ((double) x), b = (double) y;
  double r = weft_exp_f64 (b * weft_log_f64 (a));
  int    whole = __builtin_trunc (b) == b, odd = whole && __builtin_trunc (b * 0.5) != b * 0.5;
  int    negative = weft_bits_f32 (x) < 0;
  r = a == 1.0 && y == y ? 1.0 : r;
  r = negative && odd ? -r : r;
  r = x < 0.0f && x > weft_float_f32 ((int) 0xff800000) && !whole
        ? weft_float_f64 (0x7ff8000000000000LL)
        : r;
  return x == 1.0f || y == 0.0f ? 1.0f : (float) r;
}

WEFT_PRELUDE_FUNC double
weft_pow_f64 (double x, double y)
{
  return __builtin_pow (x, y);
}

/* ---- What is written once for both ---- */

#define WEFT_REAL float
#define WEFT_PRELUDE(name) weft_##name##_f32
#define WEFT_LIBM(name) __builtin_##name##f
#include "engine/ops/prelude-real.h"
#undef WEFT_REAL
#undef WEFT_PRELUDE
#undef WEFT_LIBM

#define WEFT_REAL double
#define WEFT_PRELUDE(name) weft_##name##_f64
#define WEFT_LIBM(name) __builtin_##name
#include "engine/ops/prelude-real.h"
#undef WEFT_REAL
#undef WEFT_PRELUDE
#undef WEFT_LIBM

#define WEFT_INT int
#define WEFT_UINT unsigned int
#define WEFT_PRELUDE(name) weft_##name##_i32
#include "engine/ops/prelude-int.h"
#undef WEFT_INT
#undef WEFT_UINT
#undef WEFT_PRELUDE

#define WEFT_INT long long
#define WEFT_UINT unsigned long long
#define WEFT_PRELUDE(name) weft_##name##_i64
#include "engine/ops/prelude-int.h"
#undef WEFT_INT
#undef WEFT_UINT
#undef WEFT_PRELUDE

#define WEFT_INT unsigned char
#define WEFT_UINT unsigned char
#define WEFT_PRELUDE(name) weft_##name##_b8
#define WEFT_INT_IS_BOOL 1
#include "engine/ops/prelude-int.h"
#undef WEFT_INT_IS_BOOL
#undef WEFT_INT
#undef WEFT_UINT
#undef WEFT_PRELUDE

/* ---- From one type to another ---- */

#include "engine/ops/prelude-cast.h"
