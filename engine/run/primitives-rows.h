/* The primitives of every elementwise row for one element type; primitives.c includes this once a
 * type.
 *
 * T is the type, IS_BOOL whether it is bool (then results are 0 or 1), NAME (id) the function's
 * name, W (name) the math prelude for the type, FLOATS and INTS what the columns of elementwise.def
 * are wrapped in.
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

#undef LOOP
#undef INDEPENDENT
#undef K
#undef T
#undef IS_BOOL
#undef NAME
#undef W
#undef FLOATS
#undef INTS
