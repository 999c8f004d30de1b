/* Plans of Fourier transforms of one length: stages, twiddles, and Bluestein's detour for lengths
 * with a large prime factor.
 *
 * Debian has no FFT library that is both free of the GPL and double precision (kissfft is built for
 * single, pocketfft is not packaged), hence our own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/fft-passes.h"

typedef struct _WeftFftPlan WeftFftPlan;

/* For transforms of @n >= 1 complex numbers. Reads alone need no lock. */
WeftFftPlan *weft_fft_plan_new (gint64 n, gboolean is_double);
void         weft_fft_plan_free (WeftFftPlan *plan);

/* Elements of the plan's type that one part (real or imaginary) of @lines transforms needs room
 * for, and of each of the work arrays. */
gint64 weft_fft_plan_room (const WeftFftPlan *plan, gint64 lines);

/* Two arrays of @room elements a part. */
typedef struct
{
  void *re, *im, *work_re, *work_im;
} WeftFftData;

/* The forward transform of @lines lines in data->re and data->im, without a factor; the arrays may
 * change places with the work arrays. The inverse is the same with the parts exchanged. */
void weft_fft_plan_run (const WeftFftPlan *plan, gint64 lines, WeftFftData *data);

/* @count powers of the @n-th root of 1 exp (-2 pi i k / n), k = 0 ... as real parts, then imaginary
 * ones, at @to in the given type. */
void weft_fft_roots (gint64 n, gint64 count, gboolean is_double, void *to);
