/* See net-kernels.h. Compiled once for each instruction set, WEFT_LEVEL naming the table, once for
 * each float type inside.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/net-kernels.h"

/* Partial sums of a product of rows: one vector of floats. */
#define LANES 16

#define PASTE(A, B) A##_##B
#define PASTE_AGAIN(A, B) PASTE (A, B)
#define COPY(TO, FROM, COUNT) __builtin_memcpy (TO, FROM, (COUNT) * sizeof (T))
#define N(NAME) PASTE_AGAIN (NAME, SUFFIX)

/* N numbers side by side, as the compiler's own vectors. */
#define VECTOR(TYPE, N) __typeof__ (TYPE __attribute__ ((vector_size (N * sizeof (TYPE)))))

#define T float
#define BITS gint32
#define SUFFIX f32
#include "engine/ops/net-kernels.inc"
#undef T
#undef BITS
#undef SUFFIX
#define T double
#define BITS gint64
#define SUFFIX f64
#include "engine/ops/net-kernels.inc"

#define TABLE PASTE_AGAIN (weft_net_kernels, WEFT_LEVEL)
#define LOOPS(S)                                                                               \
  {                                                                                            \
    forward_##S, backward_##S, outer_##S, multiply_add_##S, add_scaled_##S, window_max_##S,    \
      window_max_grad_##S, window_max_pick_##S, row_max_##S, row_max_grad_##S, row_mean_##S,   \
      row_mean_grad_##S, row_moments_##S, row_standardize_##S, row_products_##S,               \
      row_standardize_grad_##S, column_moments_##S, column_standardize_##S,                    \
      column_products_##S, column_standardize_grad_##S                                         \
  }
const WeftNetKernels TABLE[2] = { LOOPS (f32), LOOPS (f64) };
