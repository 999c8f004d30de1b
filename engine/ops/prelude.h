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

/* erf (x) for |x| <= 0.92: x + x*P (x*x). */
WEFT_PRELUDE_FUNC float
weft_erf_small_f32 (float x)
{
  float s = x * x, p = 0x1.5c33ccp-14f;
  p = weft_fma_f32 (p, s, -0x1.a9ff5ep-11f);
  p = weft_fma_f32 (p, s, 0x1.54be28p-8f);
  p = weft_fma_f32 (p, s, -0x1.b80d1cp-6f);
  p = weft_fma_f32 (p, s, 0x1.ce2deep-4f);
  p = weft_fma_f32 (p, s, -0x1.812742p-2f);
  p = weft_fma_f32 (p, s, 0x1.06eba8p-3f);
  return weft_fma_f32 (p, x, x);
}

/* 1.23 ULP: 1 - exp (-t - t*Q (t)) above 0.92. */
WEFT_PRELUDE_FUNC float
weft_erf_f32 (float x)
{
  float t = weft_abs_f32 (x), large;
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
  return t > 0.92f ? large : weft_erf_small_f32 (x);
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
  float  r = (float) weft_exp_f64 (b * weft_log_f64 (a)), half = 0.5f * y;
  int    whole = __builtin_truncf (y) == y;
  int    odd = whole & (__builtin_truncf (half) != half);
  int    negative = weft_bits_f32 (x) < 0;
  r = (weft_abs_f32 (x) == 1.0f) & (y == y) ? 1.0f : r;
  r = negative & odd ? -r : r;
  r = (x < 0.0f) & (x > weft_float_f32 ((int) 0xff800000)) & !whole ? weft_float_f32 (0x7fc00000)
                                                                    : r;
  return (x == 1.0f) | (y == 0.0f) ? 1.0f : r;
}

WEFT_PRELUDE_FUNC double
weft_pow_f64 (double x, double y)
{
  return __builtin_pow (x, y);
}

/* ---- erfc of floats ---- */

/* exp (t*t) erfc (t) for t >= 0: a polynomial in (t - 4) / (t + 4), from -1 to 1, for what 1 + 2t
 * times it is. Source: Shepherd & Laframboise 1981, "Chebyshev approximation of (1 + 2x) exp(x^2)
 * erfc x in 0 <= x < inf". */
WEFT_PRELUDE_FUNC float
weft_erfcx_positive_f32 (float t)
{
  float b = t > 1e18f ? 1e18f : t, r = 1.0f / (b + 4.0f), y = (b - 4.0f) * r, q = 0x1.e916e2p-14f;
  /* b - 4 - y (b + 4), without the roundings of the sums, is what y lacks. */
  y = weft_fma_f32 (r, weft_fma_f32 (-y, b, weft_fma_f32 (y + 1.0f, -4.0f, b)), y);
  q = weft_fma_f32 (q, y, -0x1.04b5bap-12f);
  q = weft_fma_f32 (q, y, -0x1.779174p-11f);
  q = weft_fma_f32 (q, y, 0x1.4d1b64p-8f);
  q = weft_fma_f32 (q, y, -0x1.09c926p-6f);
  q = weft_fma_f32 (q, y, 0x1.30400ep-5f);
  q = weft_fma_f32 (q, y, -0x1.0fa8fap-4f);
  q = weft_fma_f32 (q, y, 0x1.7ff5fap-4f);
  q = weft_fma_f32 (q, y, -0x1.9ddc12p-4f);
  q = weft_fma_f32 (q, y, 0x1.16ebf8p-4f);
  q = weft_fma_f32 (q, y, 0x1.f7f624p-7f);
  q = weft_fma_f32 (q, y, -0x1.1df1a8p-3f);
  q = weft_fma_f32 (q, y, 0x1.3ba592p+0f);
  q = 0.5f * q;
  r = 1.0f / (t + 0.5f);
  y = q * r;
  y = weft_fma_f32 (weft_fma_f32 (-y, t, weft_fma_f32 (-0.5f, y, q)), r, y);
  return t == weft_float_f32 (0x7f800000) ? 0.0f : y;
}

/* 1 - erf (x) up to 1/2. Beyond, the rounding error of the square would be that of the exponent: it is
 * taken back. */
WEFT_PRELUDE_FUNC float
weft_erfc_f32 (float x)
{
  float t = weft_abs_f32 (x), bound = t > 11.0f ? 11.0f : t, s = bound * bound;
  int   n;
  float r = weft_exp_reduce_f32 (-s, &n) - weft_fma_f32 (bound, bound, -s);
  float e = (weft_expm1_reduced_f32 (r) + 1.0f) * weft_erfcx_positive_f32 (bound);
  e = weft_scale_twice_f32 (e, n);
  e = x < 0.0f ? 2.0f - e : e;
  return t <= 0.5f ? 1.0f - weft_erf_small_f32 (x) : e;
}

WEFT_PRELUDE_FUNC float
weft_erfcx_f32 (float x)
{
  float t = weft_abs_f32 (x), bound = t > 10.0f ? 10.0f : t, s = bound * bound;
  float e = weft_exp_f32 (s), far = weft_erfcx_positive_f32 (t);
  e = e > 3e38f ? e : weft_fma_f32 (e, weft_fma_f32 (bound, bound, -s), e);
  return x < 0.0f ? weft_fma_f32 (2.0f, e, -far) : far;
}

/* ---- Trigonometry of floats, through double: below 0.6 ULP ---- */

/* What @product, which is a * b rounded, lacks. Source: Dekker 1971, "A floating-point technique for
 * extending the available precision". */
WEFT_PRELUDE_FUNC double
weft_product_rest_f64 (double a, double b, double product)
{
#if defined(__FMA__) || defined(__FP_FAST_FMA)
  return __builtin_fma (a, b, -product);
#else
  double a_high = a * 134217729.0, b_high = b * 134217729.0, a_low, b_low;
  a_high = a_high - (a_high - a);
  b_high = b_high - (b_high - b);
  a_low = a - a_high;
  b_low = b - b_high;
  return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
#endif
}

/* @x = *@n pi / 2 + result, |result| < 0.95; of *@n the last two bits are right. Any float: from 2**49
 * on it is scaled down by a power of 2**24, and the remainder of that power by 2 pi takes its place. */
WEFT_PRELUDE_FUNC double
weft_turn_reduce_f64 (double x, long long *n)
{
  double a = weft_abs_f64 (x), scale = 1.0, high = 1.0, low = 0.0, p, rest, t, k, r;
  scale = a >= 0x1p49 ? 0x1p-24 : scale;
  high = a >= 0x1p49 ? -0x1.c9b6498c1137fp-1 : high;
  low = a >= 0x1p49 ? -0x1.2643605c762f1p-58 : low;
  scale = a >= 0x1p73 ? 0x1p-48 : scale;
  high = a >= 0x1p73 ? 0x1.09f4683d25023p-3 : high;
  low = a >= 0x1p73 ? 0x1.fee10ecf6f246p-59 : low;
  scale = a >= 0x1p97 ? 0x1p-72 : scale;
  high = a >= 0x1p97 ? 0x1.ee6639887604dp-3 : high;
  low = a >= 0x1p97 ? 0x1.8b437ad3f55e0p-58 : low;
  scale = a >= 0x1p121 ? 0x1p-96 : scale;
  high = a >= 0x1p121 ? 0x1.89a58c41dc40cp+1 : high;
  low = a >= 0x1p121 ? -0x1.27745096c7eeep-53 : low;
  x = x * scale;
  p = x * high;
  rest = weft_product_rest_f64 (x, high, p) + x * low;
  t = p * 0x1.45f306dc9c883p-1 + WEFT_ROUND_F64; /* 2 / pi */
  k = t - WEFT_ROUND_F64;
  *n = weft_bits_f64 (t);
  r = k * 0x1.921fb54442d18p+0; /* pi / 2 in two parts */
  rest = rest - weft_product_rest_f64 (k, 0x1.921fb54442d18p+0, r);
  return (p - r) + (rest - k * 0x1.1a62633145c07p-54);
}

/* For |@r| < 0.95. */
WEFT_PRELUDE_FUNC double
weft_sin_reduced_f64 (double r)
{
  double s = r * r, q = -0x1.a835dd050c263p-26;
  q = weft_fma_f64 (q, s, 0x1.71d47c93dcf0cp-19);
  q = weft_fma_f64 (q, s, -0x1.a019f51426659p-13);
  q = weft_fma_f64 (q, s, 0x1.1111110b68543p-7);
  q = weft_fma_f64 (q, s, -0x1.5555555553b30p-3);
  return weft_fma_f64 (q * s, r, r);
}

WEFT_PRELUDE_FUNC double
weft_cos_reduced_f64 (double r)
{
  double s = r * r, q = 0x1.1b647fb186adap-29;
  q = weft_fma_f64 (q, s, -0x1.27df68d28e790p-22);
  q = weft_fma_f64 (q, s, 0x1.a019fa725b5d3p-16);
  q = weft_fma_f64 (q, s, -0x1.6c16c168d9cd2p-10);
  q = weft_fma_f64 (q, s, 0x1.5555555554ddap-5);
  q = weft_fma_f64 (q, s, -0.5);
  return weft_fma_f64 (q, s, 1.0);
}

WEFT_PRELUDE_FUNC float
weft_sin_f32 (float x)
{
  long long n;
  double    r = weft_turn_reduce_f64 ((double) x, &n);
  double    y = n & 1 ? weft_cos_reduced_f64 (r) : weft_sin_reduced_f64 (r);
  y = n & 2 ? -y : y;
  return x == 0.0f ? x : (float) y;
}

WEFT_PRELUDE_FUNC float
weft_cos_f32 (float x)
{
  long long n;
  double    r = weft_turn_reduce_f64 ((double) x, &n);
  double    y = n & 1 ? weft_sin_reduced_f64 (r) : weft_cos_reduced_f64 (r);
  return (float) ((n + 1) & 2 ? -y : y);
}

WEFT_PRELUDE_FUNC float
weft_tan_f32 (float x)
{
  long long n;
  double    r = weft_turn_reduce_f64 ((double) x, &n);
  double    s = weft_sin_reduced_f64 (r), c = weft_cos_reduced_f64 (r);
  return x == 0.0f ? x : (float) (n & 1 ? -c / s : s / c);
}

/* For @t from 0 to 1. */
WEFT_PRELUDE_FUNC double
weft_atan_reduced_f64 (double t)
{
  double s = t * t, q = 0x1.36ecfc48d188bp-11;
  q = weft_fma_f64 (q, s, -0x1.14abab0185470p-8);
  q = weft_fma_f64 (q, s, 0x1.cd243cc325c05p-7);
  q = weft_fma_f64 (q, s, -0x1.ea18af61c3e87p-6);
  q = weft_fma_f64 (q, s, 0x1.837061ab40426p-5);
  q = weft_fma_f64 (q, s, -0x1.ffb2b9595f5b2p-5);
  q = weft_fma_f64 (q, s, 0x1.36bfd2210f14ap-4);
  q = weft_fma_f64 (q, s, -0x1.73a719b0b93d9p-4);
  q = weft_fma_f64 (q, s, 0x1.c70a6be6d4163p-4);
  q = weft_fma_f64 (q, s, -0x1.2491d128f2977p-3);
  q = weft_fma_f64 (q, s, 0x1.9999971f594e7p-3);
  q = weft_fma_f64 (q, s, -0x1.555555543c557p-2);
  return weft_fma_f64 (q * s, t, t);
}

/* The angle of (x, y), as C's atan2. */
WEFT_PRELUDE_FUNC float
weft_atan2_f32 (float y, float x)
{
  double a = weft_abs_f64 ((double) y), b = weft_abs_f64 ((double) x);
  double large = a > b ? a : b, small = a > b ? b : a, r;
  r = small == large ? (large == 0.0 ? 0.0 : 1.0) : small / large; /* both may be infinite */
  r = weft_atan_reduced_f64 (r);
  r = a > b ? 0x1.921fb54442d18p+0 - r : r;
  r = weft_bits_f32 (x) < 0 ? 0x1.921fb54442d18p+1 - r : r;
  return (x != x) | (y != y) ? x + y : weft_copysign_f32 ((float) r, y);
}

WEFT_PRELUDE_FUNC float
weft_atan_f32 (float x)
{
  double a = weft_abs_f64 ((double) x);
  double r = weft_atan_reduced_f64 (a > 1.0 ? 1.0 / a : a);
  return weft_copysign_f32 ((float) (a > 1.0 ? 0x1.921fb54442d18p+0 - r : r), x);
}

/* For @t from 0 to 1/2. */
WEFT_PRELUDE_FUNC double
weft_asin_reduced_f64 (double t)
{
  double s = t * t, q = 0x1.e0231588b1e55p-6;
  q = weft_fma_f64 (q, s, 0x1.64b97e009bd03p-8);
  q = weft_fma_f64 (q, s, 0x1.3c5053c2afce1p-6);
  q = weft_fma_f64 (q, s, 0x1.6a9e3262c37dbp-6);
  q = weft_fma_f64 (q, s, 0x1.f208eb1ddd0fbp-6);
  q = weft_fma_f64 (q, s, 0x1.6db5cfb6af282p-5);
  q = weft_fma_f64 (q, s, 0x1.333334ceb6520p-4);
  q = weft_fma_f64 (q, s, 0x1.55555554ee47bp-3);
  return weft_fma_f64 (q * s, t, t);
}

/* Above 1/2 by the half angle, so that nothing cancels; the root of a negative number is NaN. */
WEFT_PRELUDE_FUNC float
weft_asin_f32 (float x)
{
  double a = weft_abs_f64 ((double) x);
  double r = weft_asin_reduced_f64 (a > 0.5 ? __builtin_sqrt (0.5 - 0.5 * a) : a);
  return weft_copysign_f32 ((float) (a > 0.5 ? 0x1.921fb54442d18p+0 - 2.0 * r : r), x);
}

WEFT_PRELUDE_FUNC float
weft_acos_f32 (float x)
{
  double a = weft_abs_f64 ((double) x);
  double r = weft_asin_reduced_f64 (a > 0.5 ? __builtin_sqrt (0.5 - 0.5 * a) : a);
  double far = x < 0.0f ? 0x1.921fb54442d18p+1 - 2.0 * r : 2.0 * r;
  double near = x < 0.0f ? 0x1.921fb54442d18p+0 + r : 0x1.921fb54442d18p+0 - r;
  return (float) (a > 0.5 ? far : near);
}

WEFT_PRELUDE_FUNC float
weft_hypot_f32 (float a, float b)
{
  double x = (double) a, y = (double) b;
  float  infinite = weft_float_f32 (0x7f800000), r = (float) __builtin_sqrt (x * x + y * y);
  return (weft_abs_f32 (a) == infinite) | (weft_abs_f32 (b) == infinite) ? infinite : r;
}

WEFT_PRELUDE_FUNC float
weft_cbrt_f32 (float x)
{
  float r = (float) weft_exp_f64 (weft_log_f64 (weft_abs_f64 ((double) x)) * (1.0 / 3.0));
  return x == 0.0f ? x : weft_copysign_f32 (r, x);
}

/* ---- Forwarded to the C library: no polynomials for doubles yet ---- */

WEFT_PRELUDE_FUNC double
weft_sin_f64 (double x)
{
  return __builtin_sin (x);
}
WEFT_PRELUDE_FUNC double
weft_cos_f64 (double x)
{
  return __builtin_cos (x);
}
WEFT_PRELUDE_FUNC double
weft_tan_f64 (double x)
{
  return __builtin_tan (x);
}
WEFT_PRELUDE_FUNC double
weft_asin_f64 (double x)
{
  return __builtin_asin (x);
}
WEFT_PRELUDE_FUNC double
weft_acos_f64 (double x)
{
  return __builtin_acos (x);
}
WEFT_PRELUDE_FUNC double
weft_atan_f64 (double x)
{
  return __builtin_atan (x);
}
WEFT_PRELUDE_FUNC double
weft_atan2_f64 (double y, double x)
{
  return __builtin_atan2 (y, x);
}
WEFT_PRELUDE_FUNC double
weft_hypot_f64 (double a, double b)
{
  return __builtin_hypot (a, b);
}
WEFT_PRELUDE_FUNC double
weft_cbrt_f64 (double x)
{
  return __builtin_cbrt (x);
}

/* ---- What is written once for both ---- */

#define WEFT_REAL float
#define WEFT_REAL_BYTES 4
#define WEFT_PRELUDE(name) weft_##name##_f32
#define WEFT_LIBM(name) __builtin_##name##f
#include "engine/ops/prelude-real.h"
#undef WEFT_REAL
#undef WEFT_REAL_BYTES
#undef WEFT_PRELUDE
#undef WEFT_LIBM

#define WEFT_REAL double
#define WEFT_REAL_BYTES 8
#define WEFT_PRELUDE(name) weft_##name##_f64
#define WEFT_LIBM(name) __builtin_##name
#include "engine/ops/prelude-real.h"
#undef WEFT_REAL
#undef WEFT_REAL_BYTES
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
