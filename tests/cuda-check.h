/* Texts in CUDA C without a GPU: compiled by NVRTC where that is installed, and run on the CPU
 * (cuda-emulation.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/emit.h"
#include "tests/cuda-emulation.h"

G_BEGIN_DECLS

/* FALSE: NVRTC is not installed. A text that does not compile ends the test. */
gboolean cuda_check_compile (guint n, WeftKernelText *const *texts);

typedef struct _CudaCheck CudaCheck;

/* NULL: see cuda_emulation_new. */
CudaCheck *cuda_check_new (guint n, WeftKernelText *const *texts);
void       cuda_check_free (CudaCheck *check);
/* Runs text number @i over a small grid; returns what bad is. @pointers: the operands and results.
 */
int cuda_check_run (CudaCheck *check, guint i, char *const *pointers, char *partials);

G_END_DECLS
