/* The part of the math prelude that is one text for float and double; prelude.h includes it once
 * for each.
 *
 * WEFT_REAL is the type, WEFT_PRELUDE (name) a function of the prelude for it, WEFT_LIBM (name) the
 * compiler's own. Formulas pick the branch that does not cancel or overflow; every branch is
 * computed and one selected, so that loops vectorise.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define W(name) WEFT_PRELUDE (name)
#define C(number) ((WEFT_REAL) number)

/* ---- Instructions of the machine ---- */

WEFT_PRELUDE_FUNC WEFT_REAL
W (sqrt) (WEFT_REAL x)
{
  return WEFT_LIBM (sqrt) (x);
}
WEFT_PRELUDE_FUNC WEFT_REAL
W (floor) (WEFT_REAL x)
{
  return WEFT_LIBM (floor) (x);
}
WEFT_PRELUDE_FUNC WEFT_REAL
W (ceil) (WEFT_REAL x)
{
  return WEFT_LIBM (ceil) (x);
}
WEFT_PRELUDE_FUNC WEFT_REAL
W (trunc) (WEFT_REAL x)
{
  return WEFT_LIBM (trunc) (x);
}
/* Halves go to the even neighbour. */
WEFT_PRELUDE_FUNC WEFT_REAL
W (rint) (WEFT_REAL x)
{
  return WEFT_LIBM (rint) (x);
}

/* Halves go away from 0. x - trunc (x) is exact. */
WEFT_PRELUDE_FUNC WEFT_REAL
W (round) (WEFT_REAL x)
{
  WEFT_REAL whole = W (trunc) (x);
  return whole + (W (abs) (x - whole) >= C (0.5) ? W (copysign) (C (1.0), x) : W (copysign) (C (0.0), x));
}

WEFT_PRELUDE_FUNC int
W (isnan) (WEFT_REAL x)
{
  return x != x;
}
WEFT_PRELUDE_FUNC int
W (isinf) (WEFT_REAL x)
{
  return W (abs) (x) == (WEFT_REAL) __builtin_inf ();
}
WEFT_PRELUDE_FUNC int
W (isfinite) (WEFT_REAL x)
{
  return W (abs) (x) < (WEFT_REAL) __builtin_inf ();
}

/* Infinities become the largest numbers. */
WEFT_PRELUDE_FUNC WEFT_REAL
W (tofinite) (WEFT_REAL x)
{
  WEFT_REAL largest = sizeof (WEFT_REAL) == 4 ? (WEFT_REAL) 0x1.fffffep+127
                                              : (WEFT_REAL) 0x1.fffffffffffffp+1023;
  x = x > largest ? largest : x;
  return x < -largest ? -largest : x;
}

/* NaN where either is NaN, as NumPy's maximum and minimum. */
WEFT_PRELUDE_FUNC WEFT_REAL
W (max) (WEFT_REAL a, WEFT_REAL b)
{
  return (a > b) | (a != a) ? a : b;
}
WEFT_PRELUDE_FUNC WEFT_REAL
W (min) (WEFT_REAL a, WEFT_REAL b)
{
  return (a < b) | (a != a) ? a : b;
}
/* @x within @low..@high; @high wins where low > high. */
WEFT_PRELUDE_FUNC WEFT_REAL
W (clip) (WEFT_REAL x, WEFT_REAL low, WEFT_REAL high)
{
  return W (min) (W (max) (x, low), high);
}

WEFT_PRELUDE_FUNC WEFT_REAL
W (sign) (WEFT_REAL x)
{
  WEFT_REAL s = x < C (0.0) ? C (-1.0) : C (0.0);
  s = x > C (0.0) ? C (1.0) : s;
  return x != x ? x : s;
}

/* ---- Logarithms and exponentials that do not overflow or cancel ---- */

/* log (1 + x): the rounding error of u = 1 + x, divided by u, is what log (u) lacks.
 * Source: Kahan, in Goldberg 1991, "What every computer scientist should know about floating-point
 * arithmetic", theorem 4. */
WEFT_PRELUDE_FUNC WEFT_REAL
W (log1p) (WEFT_REAL x)
{
  WEFT_REAL u = C (1.0) + x, lost = x - (u - C (1.0)), r = W (log) (u);
  WEFT_REAL corrected = r + lost / u;
  r = (u > C (0.0)) & (u < (WEFT_REAL) __builtin_inf ()) ? corrected : r;
  return u == C (1.0) ? x : r;
}

/* 2.5 ULP for normal results. */
WEFT_PRELUDE_FUNC WEFT_REAL
W (sigmoid) (WEFT_REAL x)
{
  return C (1.0) / (C (1.0) + W (exp) (-x));
}

/* log (1 + exp (x)). */
WEFT_PRELUDE_FUNC WEFT_REAL
W (softplus) (WEFT_REAL x)
{
  return W (max) (x, C (0.0)) + W (log1p) (W (exp) (-W (abs) (x)));
}

/* log (sigmoid (x)). */
WEFT_PRELUDE_FUNC WEFT_REAL
W (log_sigmoid) (WEFT_REAL x)
{
  return -W (softplus) (-x);
}

/* log (exp (a) + exp (b)); equal infinities are their own result. */
WEFT_PRELUDE_FUNC WEFT_REAL
W (logaddexp) (WEFT_REAL a, WEFT_REAL b)
{
  WEFT_REAL r = W (max) (a, b) + W (log1p) (W (exp) (-W (abs) (a - b)));
  return a == b ? a + C (0.693147180559945309417232121458) : r;
}

/* log (1 - exp (x)) for x <= 0. Source: Maechler 2012, "Accurately computing log(1 - exp(-|a|))".
 */
WEFT_PRELUDE_FUNC WEFT_REAL
W (log1mexp) (WEFT_REAL x)
{
  WEFT_REAL near = W (log) (-W (expm1) (x)), far = W (log1p) (-W (exp) (x));
  return x > C (-0.693147180559945309417232121458) ? near : far;
}

/* x log (y), 0 where x is 0 unless y is NaN; and x log (x). */
WEFT_PRELUDE_FUNC WEFT_REAL
W (xlogy) (WEFT_REAL x, WEFT_REAL y)
{
  return (x == C (0.0)) & (y == y) ? C (0.0) : x * W (log) (y);
}

WEFT_PRELUDE_FUNC WEFT_REAL
W (xlogx) (WEFT_REAL x)
{
  return W (xlogy) (x, x);
}

/* sinh and cosh from e = exp (|x|) - 1 and a halved exp, which does not overflow before the result.
 */
WEFT_PRELUDE_FUNC WEFT_REAL
W (sinh) (WEFT_REAL x)
{
  WEFT_REAL a = W (abs) (x), e = W (expm1) (a), h = W (exp) (C (0.5) * a);
  WEFT_REAL near = C (0.5) * (e + e / (e + C (1.0))), far = (C (0.5) * h) * h;
  return W (copysign) (a > C (20.0) ? far : near, x);
}

WEFT_PRELUDE_FUNC WEFT_REAL
W (cosh) (WEFT_REAL x)
{
  WEFT_REAL a = W (abs) (x), e = W (exp) (a), h = W (exp) (C (0.5) * a);
  return a > C (20.0) ? (C (0.5) * h) * h : C (0.5) * e + C (0.5) / e;
}

WEFT_PRELUDE_FUNC WEFT_REAL
W (asinh) (WEFT_REAL x)
{
  WEFT_REAL a = W (abs) (x), s = a * a;
  WEFT_REAL near = W (log1p) (a + s / (C (1.0) + W (sqrt) (s + C (1.0))));
  WEFT_REAL far = W (log) (a) + C (0.693147180559945309417232121458);
  return W (copysign) (a > C (1e8) ? far : near, x);
}

WEFT_PRELUDE_FUNC WEFT_REAL
W (acosh) (WEFT_REAL x)
{
  WEFT_REAL t = x - C (1.0), far = W (log) (x) + C (0.693147180559945309417232121458);
  WEFT_REAL near = W (log1p) (t + W (sqrt) (C (2.0) * t + t * t));
  return x > C (1e8) ? far : x < C (1.0) ? (WEFT_REAL) __builtin_nan ("")
                                         : near;
}

WEFT_PRELUDE_FUNC WEFT_REAL
W (atanh) (WEFT_REAL x)
{
  WEFT_REAL a = W (abs) (x);
  return W (copysign) (C (0.5) * W (log1p) ((a + a) / (C (1.0) - a)), x);
}

/* ---- Division with rest, as Python's: the rest has the sign of the divisor ---- */

WEFT_PRELUDE_FUNC WEFT_REAL
W (fmod) (WEFT_REAL a, WEFT_REAL b)
{
  return WEFT_LIBM (fmod) (a, b);
}

WEFT_PRELUDE_FUNC WEFT_REAL
W (mod) (WEFT_REAL a, WEFT_REAL b)
{
  WEFT_REAL r = W (fmod) (a, b);
  WEFT_REAL zero = W (copysign) (C (0.0), b);
  r = (r != C (0.0)) & ((r < C (0.0)) != (b < C (0.0))) ? r + b : r;
  return r == C (0.0) ? zero : r;
}

/* (a - mod (a, b)) / b is whole but for its rounding, which the last lines take back. */
WEFT_PRELUDE_FUNC WEFT_REAL
W (floordiv) (WEFT_REAL a, WEFT_REAL b)
{
  WEFT_REAL rest = W (fmod) (a, b), q = (a - rest) / b, whole;
  q = rest != C (0.0) && (rest < C (0.0)) != (b < C (0.0)) ? q - C (1.0) : q;
  whole = W (floor) (q);
  whole = q - whole > C (0.5) ? whole + C (1.0) : whole;
  whole = q == C (0.0) ? W (copysign) (C (0.0), a / b) : whole;
  return b == C (0.0) ? a / b : whole;
}

/* ---- Special functions, through double ---- */

#define SPECIAL_1(NAME)                                 \
  WEFT_PRELUDE_FUNC WEFT_REAL W (NAME) (WEFT_REAL x)    \
  {                                                     \
    return (WEFT_REAL) weft_special_##NAME ((double) x); \
  }
#define SPECIAL_2(NAME)                                              \
  WEFT_PRELUDE_FUNC WEFT_REAL W (NAME) (WEFT_REAL a, WEFT_REAL x)    \
  {                                                                  \
    return (WEFT_REAL) weft_special_##NAME ((double) a, (double) x); \
  }
#define SPECIAL_3(NAME)                                                          \
  WEFT_PRELUDE_FUNC WEFT_REAL W (NAME) (WEFT_REAL a, WEFT_REAL b, WEFT_REAL x)   \
  {                                                                              \
    return (WEFT_REAL) weft_special_##NAME ((double) a, (double) b, (double) x); \
  }
WEFT_SPECIAL_1 (SPECIAL_1)
#if WEFT_REAL_BYTES == 8
WEFT_SPECIAL_ERFC (SPECIAL_1)
#endif
WEFT_SPECIAL_2 (SPECIAL_2)
WEFT_SPECIAL_3 (SPECIAL_3)
#undef SPECIAL_1
#undef SPECIAL_2
#undef SPECIAL_3

#undef W
#undef C
