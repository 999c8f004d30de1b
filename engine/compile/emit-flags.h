/* How the system's C compiler is asked to build texts of kernels.
 *
 * Measured over the bench: -O3 gives no faster code than these and takes 1.6 times as long to make
 * it; -O1 with vectors is half as fast over rows; plain -O2 of gcc 12 vectorises nothing here. No
 * math flag touches NaN, infinities or the sign of zero; without -ffp-contract=off the bits would
 * depend on the machine. gcc forgets "GCC ivdep" of some loops inside others, and then tests for
 * overlaps that results in place have; "omp simd", which -fopenmp-simd turns on, it keeps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

/* Strings with commas between, for an argument vector. */
#define WEFT_TEXT_C_FLAGS                                                                       \
  "-O2", "-ftree-vectorize", "-fvect-cost-model=dynamic", "-fno-math-errno",                    \
    "-fno-trapping-math", "-ffp-contract=off", "-fwrapv", "-fno-semantic-interposition",        \
    "-fvisibility=default", "-fPIC", "-shared", "-w", "-x", "c", "-std=gnu11", "-fopenmp-simd", \
    "-DWEFT_SIMD"
/* Vector instructions by weft_cpu_level, the same as those of the interpreter's primitives. */
#define WEFT_TEXT_AVX2_FLAGS "-mavx2", "-mfma", "-mf16c"
#define WEFT_TEXT_AVX512_FLAGS                                                        \
  "-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mavx2", "-mfma", "-mf16c", \
    "-mprefer-vector-width=512"
