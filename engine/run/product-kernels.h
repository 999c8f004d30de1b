/* Matrix products of the engine's own, compiled once a vector instruction set.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* result = a b, or alpha a b + beta c: [m, n], with rows @ld apart. Distances are in elements; b lies by
 * rows (b_column is 1) unless it is packed. */
typedef struct
{
  gint64      m, n, k;
  const void *a, *b;
  gint64      a_row, a_column, b_row, b_column;
  gboolean    packs; /* lays b out anew, part by part */
  void       *result;
  gint64      ld;
  const void *c; /* NULL: nothing is added; may be the result */
  gint64      c_row, c_column;
  double      alpha, beta;
  gboolean    scales;
} WeftOwnProduct;

/* @scratch: weft_own_product_scratch bytes, 64-aligned */
typedef void (*WeftProductKernel) (const WeftOwnProduct *product, gpointer scratch);

typedef struct
{
  WeftProductKernel f32, f64;
} WeftProductKernels;

extern const WeftProductKernels weft_product_kernels_baseline;
#if defined(__x86_64__)
extern const WeftProductKernels weft_product_kernels_avx2;
extern const WeftProductKernels weft_product_kernels_avx512;
#endif

/* Of this machine. */
const WeftProductKernels *weft_product_kernels_get (void);

static inline gsize
weft_own_product_scratch (const WeftOwnProduct *product)
{
  /* 256 rows, or all where c lies in the result, of at most 256 bytes. */
  gint64 rows = product->c == product->result ? product->k : 256;
  return product->packs ? (gsize) rows * 256 : 0;
}

G_END_DECLS
