/* All primitives for one vector instruction set: WEFT_VARIANT names it, the build compiles this
 * file once for each.
 *
 * Floats give the same bits in every variant with a fused multiply-add. Whole numbers wrap around
 * (-fwrapv).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/prelude.h"
#include "engine/run/primitives.h"

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_ (a, b)

/* The columns of a row that matter here; the other traits are nothing. */
#define COMMUTATIVE 0
#define ASSOCIATIVE 0
#define FLOAT_ONLY 0
#define INT_ONLY 0
#define VARIADIC 0
#define INTERNAL 0
#define BOOL_RESULT 1
#define CONDITION 2

/* Rows are given operands of their types, so a row without meaning for a type is never called for
 * it. */
#define NOTHING ((T) 0)

#define T guint8
#define SMALLEST 0
#define LARGEST 1
#define IS_BOOL 1
#define NAME(id) id##_bool
#define W(name) weft_##name##_b8
#define FLOATS(...) NOTHING
#define INTS(...) (__VA_ARGS__)
#include "engine/run/primitives-rows.h"

#define T gint32
#define SMALLEST G_MININT32
#define LARGEST G_MAXINT32
#define IS_BOOL 0
#define NAME(id) id##_i32
#define W(name) weft_##name##_i32
#define FLOATS(...) NOTHING
#define INTS(...) (__VA_ARGS__)
#include "engine/run/primitives-rows.h"

#define T gint64
#define SMALLEST G_MININT64
#define LARGEST G_MAXINT64
#define IS_BOOL 0
#define NAME(id) id##_i64
#define W(name) weft_##name##_i64
#define FLOATS(...) NOTHING
#define INTS(...) (__VA_ARGS__)
#include "engine/run/primitives-rows.h"

#define T float
#define SMALLEST -__builtin_inff ()
#define LARGEST __builtin_inff ()
#define IS_BOOL 0
#define NAME(id) id##_f32
#define W(name) weft_##name##_f32
#define FLOATS(...) (__VA_ARGS__)
#define INTS(...) NOTHING
#include "engine/run/primitives-rows.h"

#define T double
#define SMALLEST -__builtin_inf ()
#define LARGEST __builtin_inf ()
#define IS_BOOL 0
#define NAME(id) id##_f64
#define W(name) weft_##name##_f64
#define FLOATS(...) (__VA_ARGS__)
#define INTS(...) NOTHING
#include "engine/run/primitives-rows.h"

/* ---- Casts ---- */

#define CAST(from, from_type, to, to_type, expression)                                \
  static void cast_##from##_##to (gsize n, void *dst, const void *pa, const void *pb, \
                                  const void *pc, const double *numbers)              \
  {                                                                                   \
    const from_type *source = pa;                                                     \
    to_type         *target = dst;                                                    \
    for (gsize i = 0; i < n; i++)                                                     \
      {                                                                               \
        from_type x = source[i];                                                      \
        target[i] = (expression);                                                     \
      }                                                                               \
  }

/* As weft_array_cast: towards zero, saturating, NaN to 0. */
#define TO_I32(x)                     \
  ((x) != (x)            ? 0          \
   : (x) >= 2147483648.0 ? G_MAXINT32 \
   : (x) < -2147483648.0 ? G_MININT32 \
                         : (gint32) (x))
#define TO_I64(x)                              \
  ((x) != (x)                     ? 0          \
   : (x) >= 9223372036854775808.0 ? G_MAXINT64 \
   : (x) < -9223372036854775808.0 ? G_MININT64 \
                                  : (gint64) (x))

#define CASTS(from, type)                  \
  CAST (from, type, b8, guint8, x != 0)    \
  CAST (from, type, f32, float, (float) x) \
  CAST (from, type, f64, double, (double) x)

CASTS (b8, guint8)
CASTS (i32, gint32)
CASTS (i64, gint64)
CASTS (f32, float)
CASTS (f64, double)
CAST (b8, guint8, i32, gint32, x)
CAST (b8, guint8, i64, gint64, x)
CAST (i32, gint32, i32, gint32, x)
CAST (i32, gint32, i64, gint64, x)
CAST (i64, gint64, i32, gint32, (gint32) x)
CAST (i64, gint64, i64, gint64, x)
CAST (f32, float, i32, gint32, TO_I32 (x))
CAST (f32, float, i64, gint64, TO_I64 (x))
CAST (f64, double, i32, gint32, TO_I32 (x))
CAST (f64, double, i64, gint64, TO_I64 (x))

/* ---- The table ---- */

#define CASTS_FROM(from)                                                                         \
  {                                                                                              \
    cast_##from##_b8, cast_##from##_i32, cast_##from##_i64, cast_##from##_f32, cast_##from##_f64 \
  }

#define REDUCER(id, type)                                                              \
  {                                                                                    \
    BEGIN_##id##_##type, ORDER_##id##_##type, LANES_##id##_##type, JOIN_##id##_##type, \
      ROWS_##id##_##type                                                               \
  }
#define REDUCERS(type)                                                                 \
  {                                                                                    \
    REDUCER (ADD, type), REDUCER (MUL, type), REDUCER (MAXIMUM, type),                 \
      REDUCER (MINIMUM, type), REDUCER (LOGICAL_AND, type), REDUCER (LOGICAL_OR, type) \
  }

const WeftPrimitives PASTE (weft_primitives_, WEFT_VARIANT) = {
  .rows = {
#define OP(ID, ...) ID##_bool,
    {
#include "engine/ops/elementwise.def"
    },
#undef OP
#define OP(ID, ...) ID##_i32,
    {
#include "engine/ops/elementwise.def"
    },
#undef OP
#define OP(ID, ...) ID##_i64,
    {
#include "engine/ops/elementwise.def"
    },
#undef OP
#define OP(ID, ...) ID##_f32,
    {
#include "engine/ops/elementwise.def"
    },
#undef OP
#define OP(ID, ...) ID##_f64,
    {
#include "engine/ops/elementwise.def"
    },
#undef OP
  },
  .casts = { CASTS_FROM (b8), CASTS_FROM (i32), CASTS_FROM (i64), CASTS_FROM (f32), CASTS_FROM (f64) },
  .reducers = { REDUCERS (bool), REDUCERS (i32), REDUCERS (i64), REDUCERS (f32), REDUCERS (f64) },
};
