/* From text to code: the system's C compiler in the background, and a cache of what it made.
 *
 * Nothing here fails a run: where code does not come (no compiler, an error in it, a full disk),
 * the interpreter goes on and weft_build_get_message says why.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/emit.h"

G_BEGIN_DECLS

typedef struct _WeftBuild WeftBuild;

/* Starts looking for, or making, the code of @texts, and returns at once; what is in the cache is
 * there at once. @texts are read before it returns. */
WeftBuild *weft_build_new (guint n, WeftKernelText *const *texts);
/* The code lives as long as the build. Any thread may ask. */
void     weft_build_free (WeftBuild *build);
gboolean weft_build_is_done (WeftBuild *build);
/* Waits until it is done. */
void weft_build_wait (WeftBuild *build);
/* NULL: not there (yet). */
WeftKernelCode weft_build_get (WeftBuild *build, guint i);
/* Why not all code came, one sentence for people; NULL: nothing is wrong. Borrowed, only once it is
 * done. */
const char *weft_build_get_message (WeftBuild *build);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftBuild, weft_build_free)

G_END_DECLS
