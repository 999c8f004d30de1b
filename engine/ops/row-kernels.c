/* See row-kernels.h. Compiled once for each instruction set, WEFT_LEVEL naming the table, once for
 * each float type inside.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/row-kernels.h"

#include "engine/ops/prelude.h"

/* Independent partial results: enough for two vectors of 16 floats, and an order of summation that
 * no compiler changes. */
#define LANES 32
/* Short rows worked on side by side: one vector of floats. */
#define SHORT 16

#define PASTE(A, B) A##_##B
#define PASTE_AGAIN(A, B) PASTE (A, B)
#define N(NAME) PASTE_AGAIN (NAME, SUFFIX)
#define W(F) PASTE_AGAIN (weft_##F, SUFFIX)

#define T float
#define SUFFIX f32
#include "engine/ops/row-kernels.inc"
#undef T
#undef SUFFIX
#define T double
#define SUFFIX f64
#include "engine/ops/row-kernels.inc"

#define TABLE PASTE_AGAIN (weft_row_kernels, WEFT_LEVEL)
#define ROWS(S)                                                                        \
  {                                                                                    \
    reduce_row_##S, reduce_columns_##S, softmax_##S, log_softmax_##S, log_sum_exp_##S, \
      cross_entropy_##S, cross_entropy_grad_##S, loss_##S                              \
  }
const WeftRowKernels TABLE[2] = { ROWS (f32), ROWS (f64) };
