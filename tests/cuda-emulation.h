/* Kernels in CUDA C run on the CPU, thread by thread, compiled by the system's C++ compiler: warps
 * go from shuffle to shuffle together; there is no shared memory and no __syncthreads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _CudaEmulation CudaEmulation;

/* @code: kernels, all parameters of which are pointers; @names: those that are run. NULL: there is
 * no C++ compiler, or AddressSanitizer watches. Code that does not compile ends the test. */
CudaEmulation *cuda_emulation_new (const char *code, guint n, const char *const *names);
void           cuda_emulation_free (CudaEmulation *emulation);
/* Kernel number @i; @block is a multiple of 32. */
void cuda_emulation_run (
  CudaEmulation *emulation, guint i, char *const *parameters, guint grid, guint block);

G_END_DECLS
