/* Measuring the calls of a function, for code inside run/.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/executor.h"
#include "engine/run/profile.h"

G_BEGIN_DECLS

typedef struct _WeftProfiling WeftProfiling;

WeftProfiling *weft_profiling_new (void);
/* The executor that was measured last, if it is still there, no longer fills the clocks. */
void weft_profiling_free (WeftProfiling *profiling);
/* Around a call of @executor: another executor than before begins anew. @done: the call went well.
 */
void weft_profiling_begin (WeftProfiling *profiling, WeftExecutor *executor);
void weft_profiling_end (WeftProfiling *profiling, WeftExecutor *executor, gboolean done);
/* The executor is going away. */
void weft_profiling_forget (WeftProfiling *profiling, WeftExecutor *executor);

G_END_DECLS
