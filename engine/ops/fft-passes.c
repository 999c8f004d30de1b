/* See fft-passes.h. Compiled once for each instruction set, WEFT_LEVEL naming the table, once for
 * each float type inside.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/fft-passes.h"

#define PASTE(A, B) A##_##B
#define PASTE_AGAIN(A, B) PASTE (A, B)
#define N(NAME) PASTE_AGAIN (NAME, SUFFIX)

#define T float
#define SUFFIX f32
#include "engine/ops/fft-passes.inc"
#undef T
#undef SUFFIX
#define T double
#define SUFFIX f64
#include "engine/ops/fft-passes.inc"

#define TABLE PASTE_AGAIN (weft_fft_passes, WEFT_LEVEL)
#define PASSES(S)                                                          \
  {                                                                        \
    stage_##S, multiply_##S, split_##S, join_##S, untangle_##S, tangle_##S \
  }
const WeftFftPasses TABLE[2] = { PASSES (f32), PASSES (f64) };
