/* How the system's C compiler is asked to build texts of kernels.
 *
 * -O3 or -O1 -ftree-vectorize: plain -O2 of gcc 12 vectorises nothing here. No math flag touches NaN,
 * infinities or the sign of zero; without -ffp-contract=off the bits would depend on the machine.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

/* Strings with commas between, for an argument vector. */
#define WEFT_TEXT_C_FLAGS                                                                       \
  "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-fwrapv",               \
    "-fno-semantic-interposition", "-fvisibility=default", "-march=native", "-fPIC", "-shared", \
    "-w", "-x", "c", "-std=gnu11"
/* Of these a compiler may not know one: it is left out where it says so. */
#define WEFT_TEXT_C_FLAGS_OPTIONAL "-mprefer-vector-width=512"
