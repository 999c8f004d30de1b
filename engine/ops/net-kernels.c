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
#define N(NAME) PASTE_AGAIN (NAME, SUFFIX)

#define T float
#define SUFFIX f32
#include "engine/ops/net-kernels.inc"
#undef T
#undef SUFFIX
#define T double
#define SUFFIX f64
#include "engine/ops/net-kernels.inc"

#define TABLE PASTE_AGAIN (weft_net_kernels, WEFT_LEVEL)
#define LOOPS(S)                                                         \
  {                                                                      \
    forward_##S, backward_##S, outer_##S, multiply_add_##S, maximum_##S, \
      add_scaled_##S, add_where_largest_##S, fill_##S                    \
  }
const WeftNetKernels TABLE[2] = { LOOPS (f32), LOOPS (f64) };
