/* The part of the math prelude for integers; prelude.h includes it once for each type.
 *
 * WEFT_INT is the type, WEFT_UINT its unsigned one (sums wrap around), WEFT_PRELUDE (name) a
 * function for it. Nothing here is undefined: dividing by 0 gives 0 and overflow wraps, as in
 * NumPy.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define W(name) WEFT_PRELUDE (name)

WEFT_PRELUDE_FUNC WEFT_INT
W (max) (WEFT_INT a, WEFT_INT b)
{
  return a > b ? a : b;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (min) (WEFT_INT a, WEFT_INT b)
{
  return a < b ? a : b;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (clip) (WEFT_INT x, WEFT_INT low, WEFT_INT high)
{
  return W (min) (W (max) (x, low), high);
}
WEFT_PRELUDE_FUNC WEFT_INT
W (floor) (WEFT_INT x)
{
  return x;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (ceil) (WEFT_INT x)
{
  return x;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (trunc) (WEFT_INT x)
{
  return x;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (rint) (WEFT_INT x)
{
  return x;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (round) (WEFT_INT x)
{
  return x;
}
WEFT_PRELUDE_FUNC int
W (isnan) (WEFT_INT x)
{
  return 0;
}
WEFT_PRELUDE_FUNC int
W (isinf) (WEFT_INT x)
{
  return 0;
}
WEFT_PRELUDE_FUNC int
W (isfinite) (WEFT_INT x)
{
  return 1;
}

#ifdef WEFT_INT_IS_BOOL

WEFT_PRELUDE_FUNC WEFT_INT
W (abs) (WEFT_INT x)
{
  return x;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (sign) (WEFT_INT x)
{
  return x;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (bitnot) (WEFT_INT x)
{
  return !x;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (shl) (WEFT_INT a, WEFT_INT b)
{
  return a;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (shr) (WEFT_INT a, WEFT_INT b)
{
  return a & !b;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (fmod) (WEFT_INT a, WEFT_INT b)
{
  return 0;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (mod) (WEFT_INT a, WEFT_INT b)
{
  return 0;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (floordiv) (WEFT_INT a, WEFT_INT b)
{
  return a & b;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (pow) (WEFT_INT a, WEFT_INT b)
{
  return a | !b;
}

#else

WEFT_PRELUDE_FUNC WEFT_INT
W (abs) (WEFT_INT x)
{
  return x < 0 ? (WEFT_INT) (0 - (WEFT_UINT) x) : x;
}
WEFT_PRELUDE_FUNC WEFT_INT
W (sign) (WEFT_INT x)
{
  return (x > 0) - (x < 0);
}
WEFT_PRELUDE_FUNC WEFT_INT
W (bitnot) (WEFT_INT x)
{
  return ~x;
}

/* Shifting by the width or more leaves no bit, or only copies of the sign. Negative counts shift
 * everything out. */
WEFT_PRELUDE_FUNC WEFT_INT
W (shl) (WEFT_INT a, WEFT_INT b)
{
  WEFT_UINT width = 8 * sizeof (WEFT_INT);
  return (WEFT_UINT) b < width ? (WEFT_INT) ((WEFT_UINT) a << ((WEFT_UINT) b & (width - 1))) : 0;
}

WEFT_PRELUDE_FUNC WEFT_INT
W (shr) (WEFT_INT a, WEFT_INT b)
{
  WEFT_UINT width = 8 * sizeof (WEFT_INT);
  return a >> ((WEFT_UINT) b < width ? (WEFT_UINT) b : width - 1);
}

/* The rest with the sign of the dividend. Dividing by -1 would trap for the smallest number, and
 * leaves no rest. */
WEFT_PRELUDE_FUNC WEFT_INT
W (fmod) (WEFT_INT a, WEFT_INT b)
{
  return (b == 0) | (b == -1) ? 0 : a % b;
}

/* The rest with the sign of the divisor, as Python's %. */
WEFT_PRELUDE_FUNC WEFT_INT
W (mod) (WEFT_INT a, WEFT_INT b)
{
  WEFT_INT r = W (fmod) (a, b);
  return (r != 0) & ((r ^ b) < 0) ? r + b : r;
}

/* Rounds towards minus infinity, as Python's //. */
WEFT_PRELUDE_FUNC WEFT_INT
W (floordiv) (WEFT_INT a, WEFT_INT b)
{
  WEFT_INT q;
  if (b == 0)
    return 0;
  if (b == -1)
    return (WEFT_INT) (0 - (WEFT_UINT) a);
  q = a / b;
  return (a % b != 0) & ((a ^ b) < 0) ? q - 1 : q;
}

/* By squaring. A negative exponent gives the truncated reciprocal: 0 but for 1 and -1 (and 0 for
 * 0). */
WEFT_PRELUDE_FUNC WEFT_INT
W (pow) (WEFT_INT a, WEFT_INT b)
{
  WEFT_UINT result = 1, square = (WEFT_UINT) a, n = (WEFT_UINT) b;
  if (b < 0)
    return a == 1 ? 1 : a == -1 ? ((b & 1) ? -1 : 1)
                                : 0;
  for (; n != 0; n >>= 1, square *= square)
    result = (n & 1) ? result * square : result;
  return (WEFT_INT) result;
}

#endif

#undef W
