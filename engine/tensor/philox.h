/* Counter-based random bits (Philox 4x32-10): same key and counter, same numbers, on every device.
 *
 * Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Four words for block @counter of stream @stream under @seed. */
void weft_philox (guint64 seed, guint64 stream, guint64 counter, guint32 out[4]);

/* @n numbers from @first on of the stream: uniform in [0, 1) with 24 (f32) or 53 (f64) bits;
 * standard normal (Box-Muller). */
void weft_philox_uniform_f32 (guint64 seed, guint64 stream, guint64 first, gsize n, float *out);
void weft_philox_uniform_f64 (guint64 seed, guint64 stream, guint64 first, gsize n, double *out);
void weft_philox_normal_f32 (guint64 seed, guint64 stream, guint64 first, gsize n, float *out);
void weft_philox_normal_f64 (guint64 seed, guint64 stream, guint64 first, gsize n, double *out);
/* Fisher-Yates permutation of 0..n-1 into @out. */
void weft_philox_permutation (guint64 seed, guint64 stream, gsize n, guint32 *out);
/* The seed of one random application in a run of @seed. */
guint64 weft_random_seed (guint64 seed, guint64 stream);
/* What takes the place of the seed in the body of a loop. */
guint64 weft_random_row_seed (guint64 seed, guint64 row);

G_END_DECLS
