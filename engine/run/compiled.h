/* Compiled code for an executor's steps, made in the background and swapped in between two runs.
 *
 * The bits of all results stay the same, so nobody notices but by the clock.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/executor.h"

G_BEGIN_DECLS

typedef struct _WeftCompiled WeftCompiled;

/* Starts making code for all steps of @executor that have a text, those of loops' and choices'
 * bodies too. @executor is borrowed, and not run any more once this is freed. */
WeftCompiled *weft_compiled_new (WeftExecutor *executor);
void          weft_compiled_free (WeftCompiled *compiled);
/* Between two runs, on the thread that runs: puts in what has come. Costs nothing once all has. */
void weft_compiled_swap (WeftCompiled *compiled);
/* Waits until nothing more will come, and puts it in. */
void weft_compiled_wait (WeftCompiled *compiled);
/* Why some steps stay interpreted, one sentence for people, borrowed; NULL: nothing is wrong (so
 * far). */
const char *weft_compiled_get_message (WeftCompiled *compiled);
/* Each step that has code is done by the interpreter too, and the run fails where a bit differs. */
void weft_compiled_set_compare (WeftCompiled *compiled);
/* compare.c: one step, twice. Errors: WEFT_RUN_ERROR_COMPARE. */
gboolean weft_compare_step (WeftExecutor *executor, guint step, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftCompiled, weft_compiled_free)

G_END_DECLS
