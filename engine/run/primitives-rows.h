/* The primitives of every elementwise row for one element type; primitives.c includes this once a
 * type.
 *
 * T is the type, SMALLEST and LARGEST its ends, IS_BOOL whether it is bool (then results are 0 or
 * 1), NAME (id) the function's name, W (name) the math prelude for the type, FLOATS and INTS what
 * the columns of elementwise.def are wrapped in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define K(number) ((T) (number))

/* Tells the compiler that no element depends on another. */
#if defined(__clang__)
#define INDEPENDENT _Pragma ("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma ("GCC ivdep")
#endif

/* One loop over operands of type @A and T with results of type @R. Exact aliasing is allowed, hence
 * no restrict. */
#define LOOP(A, R, result)                    \
  {                                           \
    const A *xa = pa;                         \
    const T *xb = pb, *xc = pc;               \
    R       *y = dst;                         \
    INDEPENDENT for (gsize i = 0; i < n; i++) \
    {                                         \
      const A a = xa[i];                      \
      const T b = xb[i], c = xc[i];           \
      (void) a;                               \
      (void) b;                               \
      (void) c;                               \
      y[i] = result;                          \
    }                                         \
  }

#define OP(ID, inputs, family, traits, attributes, tokens, ...)                              \
  static void NAME (ID) (gsize n, void *dst, const void *pa, const void *pb, const void *pc, \
                         const double *numbers)                                              \
  {                                                                                          \
    const T p = (T) numbers[0], q = (T) numbers[1];                                          \
    (void) p;                                                                                \
    (void) q;                                                                                \
    if ((traits) &BOOL_RESULT)                                                               \
      LOOP (T, guint8, (tokens) != 0)                                                        \
    else if ((traits) &CONDITION)                                                            \
      LOOP (guint8, T, tokens)                                                               \
    else if (IS_BOOL)                                                                        \
      LOOP (T, T, (tokens) != 0)                                                             \
    else                                                                                     \
      LOOP (T, T, tokens)                                                                    \
  }
#include "engine/ops/elementwise.def"
#undef OP

/* ---- Reducing ---- */

/* One element of the rows that combine; the tokens are those of elementwise.def. */
#define OP(ID, inputs, family, traits, attributes, tokens, ...) \
  WEFT_PRELUDE_FUNC T NAME (ONE_##ID) (T a, T b)                \
  {                                                             \
    const T c = a, p = a, q = b;                                \
    (void) b;                                                   \
    (void) c;                                                   \
    (void) p;                                                   \
    (void) q;                                                   \
    if ((traits) &BOOL_RESULT || IS_BOOL)                       \
      return (tokens) != 0;                                     \
    return tokens;                                              \
  }
#include "engine/ops/elementwise.def"
#undef OP

/* How a row is reduced is fixed by compile/program.h: few elements in their order, more in lanes.
 */
#define REDUCER(ID, neutral)                                                            \
  static void NAME (BEGIN_##ID) (gsize n, void *dst)                                    \
  {                                                                                     \
    T *y = dst;                                                                         \
    for (gsize i = 0; i < n; i++)                                                       \
      y[i] = (neutral);                                                                 \
  }                                                                                     \
  static void NAME (ORDER_##ID) (gsize n, void *dst, const void *source)                \
  {                                                                                     \
    const T *x = source;                                                                \
    T        y = *(T *) dst;                                                            \
    for (gsize i = 0; i < n; i++)                                                       \
      y = NAME (ONE_##ID) (y, x[i]);                                                    \
    *(T *) dst = y;                                                                     \
  }                                                                                     \
  static void NAME (LANES_##ID) (gsize n, void *dst, const void *source)                \
  {                                                                                     \
    const T *x = source;                                                                \
    T       *y = dst, lanes[WEFT_LANES];                                                \
    gsize    i = 0;                                                                     \
    for (gsize l = 0; l < WEFT_LANES; l++)                                              \
      lanes[l] = y[l];                                                                  \
    for (; i + WEFT_LANES <= n; i += WEFT_LANES)                                        \
      for (gsize l = 0; l < WEFT_LANES; l++)                                            \
        lanes[l] = NAME (ONE_##ID) (lanes[l], x[i + l]);                                \
    for (gsize l = 0; l < WEFT_LANES; l++)                                              \
      y[l] = lanes[l];                                                                  \
    for (gsize l = 0; i + l < n; l++)                                                   \
      y[l] = NAME (ONE_##ID) (y[l], x[i + l]);                                          \
  }                                                                                     \
  static void NAME (JOIN_##ID) (void *dst, void *lanes)                                 \
  {                                                                                     \
    T *x = lanes;                                                                       \
    for (gsize half = WEFT_LANES / 2; half > 0; half /= 2)                              \
      for (gsize l = 0; l < half; l++)                                                  \
        x[l] = NAME (ONE_##ID) (x[l], x[l + half]);                                     \
    *(T *) dst = x[0];                                                                  \
  }                                                                                     \
  static void NAME (ROWS_##ID) (gsize n_rows, gsize row, void *dst, const void *source) \
  {                                                                                     \
    const T *x = source;                                                                \
    T       *y = dst, lanes[WEFT_LANES];                                                \
    for (gsize r = 0; r < n_rows; r++, x += row)                                        \
      {                                                                                 \
        T few = (neutral);                                                              \
        if (row > WEFT_LANES)                                                           \
          {                                                                             \
            NAME (BEGIN_##ID)                                                           \
            (WEFT_LANES, lanes);                                                        \
            NAME (LANES_##ID)                                                           \
            (row, lanes, x);                                                            \
            NAME (JOIN_##ID)                                                            \
            (y + r, lanes);                                                             \
            continue;                                                                   \
          }                                                                             \
        for (gsize i = 0; i < row; i++)                                                 \
          few = NAME (ONE_##ID) (few, x[i]);                                            \
        y[r] = few;                                                                     \
      }                                                                                 \
  }

REDUCER (ADD, 0)
REDUCER (MUL, 1)
REDUCER (MAXIMUM, SMALLEST)
REDUCER (MINIMUM, LARGEST)
REDUCER (LOGICAL_AND, 1)
REDUCER (LOGICAL_OR, 0)

#undef REDUCER
#undef SMALLEST
#undef LARGEST
#undef LOOP
#undef INDEPENDENT
#undef K
#undef T
#undef IS_BOOL
#undef NAME
#undef W
#undef FLOATS
#undef INTS
