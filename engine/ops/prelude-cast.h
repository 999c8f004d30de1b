/* The part of the math prelude that turns numbers of one type into another: weft_TO_of_FROM (x).
 *
 * Floats become whole numbers towards zero, saturating, NaN 0; whole numbers wrap around.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define WEFT_CAST(to, to_type, from, from_type, expression) \
  WEFT_PRELUDE_FUNC to_type weft_##to##_of_##from (from_type x) { return (expression); }

#define WEFT_TO_I32(x)                             \
  ((x) != (x)            ? 0                       \
   : (x) >= 2147483648.0 ? 0x7fffffff              \
   : (x) < -2147483648.0 ? (int) (-0x7fffffff - 1) \
                         : (int) (x))
#define WEFT_TO_I64(x)                                                      \
  ((x) != (x)                     ? 0                                       \
   : (x) >= 9223372036854775808.0 ? 0x7fffffffffffffffLL                    \
   : (x) < -9223372036854775808.0 ? (long long) (-0x7fffffffffffffffLL - 1) \
                                  : (long long) (x))

#define WEFT_CASTS(from, type)                      \
  WEFT_CAST (b8, unsigned char, from, type, x != 0) \
  WEFT_CAST (f32, float, from, type, (float) x)     \
  WEFT_CAST (f64, double, from, type, (double) x)

/* The sign is x's own: gcc makes one truncation of two casts, a fraction's to a whole number and
 * back, and would make -0 of -0.5. */
#define WEFT_SIGNED_F32(y, x) \
  weft_float_f32 ((weft_bits_f32 (y) & 0x7fffffff) | ((x) < 0 ? (int) (-0x7fffffff - 1) : 0))
#define WEFT_SIGNED_F64(y, x)                                  \
  weft_float_f64 ((weft_bits_f64 (y) & 0x7fffffffffffffffLL) | \
                  ((x) < 0 ? (long long) (-0x7fffffffffffffffLL - 1) : 0))
#define WEFT_WHOLE_CASTS(from, type)                                 \
  WEFT_CAST (b8, unsigned char, from, type, x != 0)                  \
  WEFT_CAST (f32, float, from, type, WEFT_SIGNED_F32 ((float) x, x)) \
  WEFT_CAST (f64, double, from, type, WEFT_SIGNED_F64 ((double) x, x))

/* By way of int: gcc vectorises no cast of a comparison's result to a fraction. */
WEFT_CAST (b8, unsigned char, b8, unsigned char, x != 0)
WEFT_CAST (f32, float, b8, unsigned char, (float) (int) x)
WEFT_CAST (f64, double, b8, unsigned char, (double) (int) x)
WEFT_WHOLE_CASTS (i32, int)
WEFT_WHOLE_CASTS (i64, long long)
WEFT_CASTS (f32, float)
WEFT_CASTS (f64, double)
WEFT_CAST (i32, int, b8, unsigned char, x)
WEFT_CAST (i64, long long, b8, unsigned char, x)
WEFT_CAST (i32, int, i32, int, x)
WEFT_CAST (i64, long long, i32, int, x)
WEFT_CAST (i32, int, i64, long long, (int) x)
WEFT_CAST (i64, long long, i64, long long, x)
WEFT_CAST (i32, int, f32, float, WEFT_TO_I32 (x))
WEFT_CAST (i64, long long, f32, float, WEFT_TO_I64 (x))
WEFT_CAST (i32, int, f64, double, WEFT_TO_I32 (x))
WEFT_CAST (i64, long long, f64, double, WEFT_TO_I64 (x))

#undef WEFT_CASTS
#undef WEFT_WHOLE_CASTS
#undef WEFT_SIGNED_F32
#undef WEFT_SIGNED_F64
#undef WEFT_CAST
#undef WEFT_TO_I32
#undef WEFT_TO_I64
