/* Special functions of one to three numbers, in double, and again in more precision as what they
 * are tested against.
 *
 * weft_special_NAME is what kernels compute; for two or three numbers in long double, rounded once.
 * weft_exact_NAME, of one number, is the same in long double. Names, order of the arguments, poles
 * and limits are SciPy's; outside the domain the result is NaN. No function sets errno, prints or
 * throws. Any thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#ifdef __cplusplus
extern "C"
{
#endif

/* Floats have their own in the prelude. */
#define WEFT_SPECIAL_ERFC(X) \
  X (erfc)                   \
  X (erfcx)

#define WEFT_SPECIAL_1(X) \
  X (erfinv)              \
  X (erfcinv)             \
  X (gamma)               \
  X (lgamma)              \
  X (digamma)             \
  X (trigamma)            \
  X (i0)                  \
  X (i1)                  \
  X (j0)                  \
  X (j1)

#define WEFT_SPECIAL_2(X)                                                  \
  X (polygamma)   /* n, x */                                               \
  X (beta)        /* a, b */                                               \
  X (lbeta)       /* a, b: log |beta| */                                   \
  X (gammainc)    /* a, x */                                               \
  X (gammaincc)   /* a, x */                                               \
  X (iv)          /* order, x */                                           \
  X (jv)          /* order, x */                                           \
  X (gamma_slope) /* a, x: dx / da where gammainc (a, x) stays the same */ \
  X (gamma_curve) /* a, x: the derivative of gamma_slope by a */

#define WEFT_SPECIAL_3(X) X (betainc) /* a, b, x */

#define WEFT_DECLARE_1(NAME)             \
  double weft_special_##NAME (double x); \
  double weft_exact_##NAME (double x);
#define WEFT_DECLARE_2(NAME) double weft_special_##NAME (double a, double x);
#define WEFT_DECLARE_3(NAME) double weft_special_##NAME (double a, double b, double x);

  WEFT_SPECIAL_ERFC (WEFT_DECLARE_1)
  WEFT_SPECIAL_1 (WEFT_DECLARE_1)
  WEFT_SPECIAL_2 (WEFT_DECLARE_2)
  WEFT_SPECIAL_3 (WEFT_DECLARE_3)

#undef WEFT_DECLARE_1
#undef WEFT_DECLARE_2
#undef WEFT_DECLARE_3

#ifdef __cplusplus
}
#endif
