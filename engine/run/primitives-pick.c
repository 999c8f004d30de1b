/* The primitives of this machine, chosen once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/cpu.h"
#include "engine/run/primitives.h"

const WeftPrimitives *
weft_primitives_get (void)
{
#if defined(__x86_64__)
  switch (weft_cpu_level ())
    {
    case WEFT_CPU_AVX512:
      return &weft_primitives_avx512;
    case WEFT_CPU_AVX2:
      return &weft_primitives_avx2;
    case WEFT_CPU_BASELINE:
      break;
    }
#endif
  return &weft_primitives_baseline;
}
