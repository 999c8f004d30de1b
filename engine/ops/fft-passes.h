/* Inner loops of Fourier transforms, compiled for each instruction set.
 *
 * Complex numbers are split into an array of real and one of imaginary parts. @lines transforms lie
 * side by side: number p of line q is at p * lines + q.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

/* For one float type; all pointers are to it. */
typedef struct
{
  /* One stage: of each r = @radix numbers that are @m apart, the sum over k of x_k w_r^jk times
   * w_(r m)^(j p), p < m, stored side by side. @w: the twiddles, r - 1 times m real parts and as
   * many imaginary ones; for radix 7 and above then the r roots of 1. */
  void (*stage) (guint       radix,
                 gint64      m,
                 gint64      lines,
                 const void *w,
                 const void *xr,
                 const void *xi,
                 void       *yr,
                 void       *yi);
  /* y = x w, w one number for all lines; x may be y. */
  void (*multiply) (gint64      n,
                    gint64      lines,
                    const void *wr,
                    const void *wi,
                    const void *xr,
                    const void *xi,
                    void       *yr,
                    void       *yi);
  /* From pairs in memory, one transform's @stride elements apart, to split parts; and back, times
   * @scale. @lines pairs stand next to each other. */
  void (*split) (gint64 n, gint64 lines, gint64 stride, const void *x, void *re, void *im);
  void (*join) (
    gint64 n, gint64 lines, gint64 stride, double scale, const void *re, const void *im, void *y);
  /* The spectrum of 2 n real numbers from that of n complex ones, which are the even and the odd of
   * them: n + 1 numbers in y. @w: n + 1 powers of the (2 n)-th root of 1. */
  void (*untangle) (
    gint64 n, gint64 lines, const void *w, const void *xr, const void *xi, void *yr, void *yi);
  /* The other way: n numbers in y whose inverse transform has the even and odd results. */
  void (*tangle) (
    gint64 n, gint64 lines, const void *w, const void *xr, const void *xi, void *yr, void *yi);
} WeftFftPasses;

/* The best for this machine; @is_double chooses the type. Any thread. */
const WeftFftPasses *weft_fft_passes (gboolean is_double);

extern const WeftFftPasses weft_fft_passes_0[2], weft_fft_passes_1[2], weft_fft_passes_2[2];
