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
  gboolean    packs;   /* lays b out anew, part by part */
  gboolean    packs_a; /* and a, whose columns are its rows in memory (a_row is 1) */
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

/* The longest part of k that is multiplied at a time: with the widest block's columns of b it fits the
 * second cache. */
#define WEFT_OWN_PART 320

/* How much of k is multiplied at a time: parts of one length. */
static inline gint64
weft_own_product_part (const WeftOwnProduct *product)
{
  gint64 parts = MAX ((product->k + WEFT_OWN_PART - 1) / WEFT_OWN_PART, 1);
  return MAX ((product->k + parts - 1) / parts, 1);
}

/* Whether sums between parts need a place of their own, since c lies in the result. */
static inline gboolean
weft_own_product_sums (const WeftOwnProduct *product)
{
  return product->c == product->result && product->k > WEFT_OWN_PART;
}

/* From one column of a to the next where it is packed: never a power of two, so that a column keeps few
 * others out of the caches. */
static inline gint64
weft_own_product_stride (const WeftOwnProduct *product)
{
  return (product->m + 15) / 16 * 16 + ((product->m + 15) / 16 % 2 == 0 ? 16 : 0);
}

static inline gsize
weft_own_product_scratch (const WeftOwnProduct *product)
{
  gint64 part = weft_own_product_part (product);
  /* At most 256 bytes of each row of b. */
  gsize of_b = product->packs ? part * 256 : 0;
  gsize of_a = product->packs_a ? part * weft_own_product_stride (product) * sizeof (double) : 0;
  return of_b + of_a + (weft_own_product_sums (product) ? product->m * 256 : 0);
}

G_END_DECLS
