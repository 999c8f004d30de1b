/* See conv-kernels.h. Compiled once for each instruction set, WEFT_LEVEL naming the table, once for
 * each float type inside.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/conv-kernels.h"

#define PASTE(A, B) A##_##B
#define PASTE_AGAIN(A, B) PASTE (A, B)
#define N(NAME) PASTE_AGAIN (NAME, SUFFIX)

/* Whole vectors of a block before its last one, and the rows of a tile by them: all sums, one row
 * of columns and the number that multiplies it fit into 32 registers of 64 bytes, or 16 of 32. */
#if WEFT_LEVEL == 2
#define VECTOR_BYTES 64
#define N_WHOLE 4
#define ROWS(WHOLE) ((WHOLE) == 3 ? 6 : (WHOLE) == 2 ? 8 \
                                                     : 10)
#else
#define VECTOR_BYTES 32
#define N_WHOLE 2
#define ROWS(WHOLE) ((WHOLE) == 1 ? 6 : 10)
#endif

#define T float
#define SUFFIX f32
#include "engine/ops/conv-kernels.inc"
#undef T
#undef SUFFIX
#define T double
#define SUFFIX f64
#include "engine/ops/conv-kernels.inc"

#define BLOCK(S, WHOLE, PART)                                                  \
  {                                                                            \
    ROWS (WHOLE), product_##WHOLE##_##PART##_##S, outer_##WHOLE##_##PART##_##S \
  }
#define BLOCKS(S, WHOLE)                                          \
  {                                                               \
    BLOCK (S, WHOLE, 4), BLOCK (S, WHOLE, 2), BLOCK (S, WHOLE, 1) \
  }
#if N_WHOLE == 4
#define ALL(S) BLOCKS (S, 0), BLOCKS (S, 1), BLOCKS (S, 2), BLOCKS (S, 3)
#else
#define ALL(S) BLOCKS (S, 0), BLOCKS (S, 1)
#endif
#define TABLE PASTE_AGAIN (weft_conv_kernels, WEFT_LEVEL)
const WeftConvKernels TABLE[2] = {
  { VECTOR_BYTES / sizeof (float), N_WHOLE, { ALL (f32) } },
  { VECTOR_BYTES / sizeof (double), N_WHOLE, { ALL (f64) } },
};
