/* Small matrix products, compiled once a vector instruction set.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* result = a b, or alpha a b + beta c: [m, n], with rows @ld apart; b [k, n] lies by rows. Distances
 * are in elements. */
typedef struct
{
  gint64      m, n, k;
  const void *a, *b;
  gint64      a_row, a_column, b_row;
  void       *result;
  gint64      ld;
  const void *c; /* NULL: nothing is added; may be the result */
  gint64      c_row, c_column;
  double      alpha, beta;
  gboolean    scales;
} WeftSmallProduct;

typedef struct
{
  void (*f32) (const WeftSmallProduct *product);
  void (*f64) (const WeftSmallProduct *product);
} WeftProductKernels;

extern const WeftProductKernels weft_product_kernels_baseline;
#if defined(__x86_64__)
extern const WeftProductKernels weft_product_kernels_avx2;
extern const WeftProductKernels weft_product_kernels_avx512;
#endif

/* Of this machine. */
const WeftProductKernels *weft_product_kernels_get (void);

G_END_DECLS
