/* Inner loops of convolutions, pooling and norms, compiled once for each instruction set and
 * float type. No allocation, no threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

/* Blocks of one window: vectors of channels at @x, at @y, and the matrix @w of @n rows and @m
 * columns, @step elements from row to row; all of one float type. */
typedef struct
{
  /* y[k] += x[c] w[c, k] */
  void (*forward) (void *y, const void *x, const void *w, gint64 n, gint64 m, gint64 step);
  /* x[c] += y[k] w[c, k] */
  void (*backward) (void *x, const void *y, const void *w, gint64 n, gint64 m, gint64 step);
  /* w[c, k] += x[c] y[k] */
  void (*outer) (void *w, const void *x, const void *y, gint64 n, gint64 m, gint64 step);
  /* a[i] += b[i] c[i]: one channel a group */
  void (*multiply_add) (void *a, const void *b, const void *c, gint64 n);
  /* y[i] += x[i] * scale */
  void (*add_scaled) (void *y, const void *x, double scale, gint64 n);
  /* Of one window, whose elements' @n channels start at x[from[0]] to x[from[n_taps - 1]]. The
   * first of equals is the largest, and NaN is larger than any number.
   * y[i] = the largest; -inf without taps */
  void (*window_max) (void *y, const void *x, const gint64 *from, gint64 n_taps, gint64 n);
  /* sum[from + i] += g[i] at the largest */
  void (*window_max_grad) (
    void *sum, const void *x, const void *g, const gint64 *from, gint64 n_taps, gint64 n);
  /* y[i] = v[from + i] at the largest; 0 without taps */
  void (*window_max_pick) (
    void *y, const void *x, const void *v, const gint64 *from, gint64 n_taps, gint64 n);
  /* @n_out windows side by side that share no element, each @step elements after the one before,
   * their taps @from its first. y has a vector of channels for each.
   * y = the largest, as above */
  void (*row_max) (void         *y,
                   const void   *x,
                   const gint64 *from,
                   gint64        n_taps,
                   gint64        step,
                   gint64        n_out,
                   gint64        n);
  /* dx = g at the largest, 0 at the others */
  void (*row_max_grad) (void         *dx,
                        const void   *x,
                        const void   *g,
                        const gint64 *from,
                        gint64        n_taps,
                        gint64        step,
                        gint64        n_out,
                        gint64        n);
  /* y = the mean */
  void (*row_mean) (void         *y,
                    const void   *x,
                    const gint64 *from,
                    gint64        n_taps,
                    gint64        step,
                    gint64        n_out,
                    gint64        n);
  /* dx = g / n_taps */
  void (*row_mean_grad) (void         *dx,
                         const void   *g,
                         const gint64 *from,
                         gint64        n_taps,
                         gint64        step,
                         gint64        n_out,
                         gint64        n);

  /* Norms. standard (x) = (x - mean) * scale.
   * sums[0] += the sum of d = x - shift, sums[1] += that of d * d */
  void (*row_moments) (const void *x, gint64 n, double shift, double *sums);
  void (*row_standardize) (void *y, const void *x, gint64 n, double mean, double scale);
  /* sums[0] += the sum of g, sums[1] += that of g standard (x) */
  void (*row_products) (
    const void *x, const void *g, gint64 n, double mean, double scale, double *sums);
  /* y = scale (g - means[0] - standard (x) means[1]) */
  void (*row_standardize_grad) (void         *y,
                                const void   *x,
                                const void   *g,
                                gint64        n,
                                double        mean,
                                double        scale,
                                const double *means);
  /* The same for @n columns side by side, each with its own numbers. */
  void (*column_moments) (const void *x, gint64 n, const double *shift, double *a, double *b);
  void (*column_standardize) (
    void *y, const void *x, gint64 n, const double *mean, const double *scale);
  void (*column_products) (const void   *x,
                           const void   *g,
                           gint64        n,
                           const double *mean,
                           const double *scale,
                           double       *a,
                           double       *b);
  void (*column_standardize_grad) (void         *y,
                                   const void   *x,
                                   const void   *g,
                                   gint64        n,
                                   const double *mean,
                                   const double *scale,
                                   const double *first,
                                   const double *second);
} WeftNetKernels;

/* The best for this machine. Any thread. */
const WeftNetKernels *weft_net_kernels (gboolean is_double);

extern const WeftNetKernels weft_net_kernels_0[2], weft_net_kernels_1[2], weft_net_kernels_2[2];
