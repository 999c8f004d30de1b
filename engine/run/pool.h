/* The thread pool, for code inside run/: see function.h for the public part.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*WeftPoolFunc) (gpointer data, gint64 begin, gint64 end);

/* As weft_pool_run; a job estimated below WEFT_POOL_WAKE_US uses the threads that are awake, and
 * wakes others only if it and the jobs shortly before it would together have saved as much. */
void weft_pool_run_estimated (WeftPoolFunc func, gpointer data, gint64 n, gint64 grain, double us);
/* Waking a thread takes as long as this. */
#define WEFT_POOL_WAKE_US 50.0
/* How many threads a job of the caller could have, also where this is asked inside one. Cheap. */
guint weft_pool_count (void);
/* Makes the BLAS and OpenMP libraries run single-threaded when called by this thread. Cheap after
 * the first time. */
void weft_pool_prepare_thread (void);
/* At least @bytes of memory for this thread, 64-aligned, good until its next call. */
gpointer weft_pool_scratch (gsize bytes);
/* So much of it is there for each worker before its next job. */
void weft_pool_reserve (gsize bytes);

G_END_DECLS
