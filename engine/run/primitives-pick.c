/* Choosing primitives: those of this machine, and those of an operation.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/cpu.h"
#include "engine/run/primitives.h"
#include "engine/run/product-kernels.h"

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

const WeftProductKernels *
weft_product_kernels_get (void)
{
#if defined(__x86_64__)
  switch (weft_cpu_level ())
    {
    case WEFT_CPU_AVX512:
      return &weft_product_kernels_avx512;
    case WEFT_CPU_AVX2:
      return &weft_product_kernels_avx2;
    case WEFT_CPU_BASELINE:
      break;
    }
#endif
  return &weft_product_kernels_baseline;
}

const WeftReducer *
weft_primitives_reducer (const WeftPrimitives *primitives, guint combine, WeftDType dtype)
{
  static const guint16 combines[WEFT_N_REDUCERS] = {
    [WEFT_REDUCE_ADD] = WEFT_OP_ADD,
    [WEFT_REDUCE_MUL] = WEFT_OP_MUL,
    [WEFT_REDUCE_MAXIMUM] = WEFT_OP_MAXIMUM,
    [WEFT_REDUCE_MINIMUM] = WEFT_OP_MINIMUM,
    [WEFT_REDUCE_AND] = WEFT_OP_LOGICAL_AND,
    [WEFT_REDUCE_OR] = WEFT_OP_LOGICAL_OR,
  };
  guint i = 0;
  while (i + 1 < WEFT_N_REDUCERS && combines[i] != combine)
    i++;
  g_assert (combines[i] == combine);
  return &primitives->reducers[weft_primitive_type (dtype)][i];
}
