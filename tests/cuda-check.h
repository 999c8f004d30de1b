/* CUDA C texts without a GPU: compiled by NVRTC where that is installed, and run on the CPU, thread
 * by thread, by the system's C++ compiler.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/emit.h"

G_BEGIN_DECLS

/* FALSE: NVRTC is not installed. A text that does not compile ends the test. */
gboolean cuda_check_compile (guint n, WeftKernelText *const *texts);

typedef struct _CudaEmulation CudaEmulation;

/* NULL: there is no C++ compiler, or AddressSanitizer watches. */
CudaEmulation *cuda_emulation_new (guint n, WeftKernelText *const *texts);
void           cuda_emulation_free (CudaEmulation *emulation);
/* Runs text number @i over a small grid; returns what bad is. @at: the parameters. */
int cuda_emulation_run (CudaEmulation *emulation, guint i, char *const *at, char *partials);

G_END_DECLS
