/* Chooses the row kernels for this machine.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/cpu.h"
#include "engine/ops/row-kernels.h"

/* The best row kernels for this machine; @is_double chooses the type. Any thread. */
const WeftRowKernels *
weft_row_kernels (gboolean is_double)
{
#ifdef __x86_64__
  static const WeftRowKernels *const tables[] = { weft_row_kernels_0, weft_row_kernels_1,
                                                  weft_row_kernels_2 };

  return &tables[weft_cpu_level ()][is_double ? 1 : 0];
#else
  return &weft_row_kernels_0[is_double ? 1 : 0];
#endif
}
