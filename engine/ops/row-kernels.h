/* Inner loops over contiguous rows, the same for every instruction set: reductions with 32 explicit
 * lanes, softmax.
 *
 * Results do not depend on alignment, threads or vector width.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

/* One step of a reduction; REDUCE_SQUARES and REDUCE_EXPS subtract @m first. */
typedef enum
{
  REDUCE_SUM,
  REDUCE_PROD,
  REDUCE_MAX,
  REDUCE_MIN,
  REDUCE_SQUARES,
  REDUCE_EXPS,
} WeftReduceStep;

/* Losses summed over pairs. */
typedef enum
{
  LOSS_SQUARED,
  LOSS_ABSOLUTE,
  LOSS_HUBER,
  LOSS_BINARY,
  LOSS_DIVERGENCE,
  LOSS_HINGE,
} WeftLossKind;

/* For one float type; x and y are of that type. */
typedef struct
{
  double (*reduce_row) (WeftReduceStep step, double m, const void *x, gint64 n);
  /* acc[j] = acc[j] STEP x[i * stride + j] for each row i in turn, over @n columns; @m a row or
   * NULL. */
  void (*reduce_columns) (WeftReduceStep step,
                          void          *acc,
                          const void    *m,
                          const void    *x,
                          gint64         n_rows,
                          gint64         stride,
                          gint64         n);
  /* Of @n_rows rows of @n; @scale multiplies the result. The value of a row does not depend on its
   * neighbours. */
  void (*softmax) (const void *x, void *y, double scale, gint64 n_rows, gint64 n);
  void (*log_softmax) (const void *x, void *y, gint64 n_rows, gint64 n);
  void (*log_sum_exp) (const void *x, double *out, gint64 n_rows, gint64 n);
  /* sum of q[i] * (logsumexp (x) - x[i]) */
  double (*cross_entropy) (const void *x, const void *q, gint64 n);
  /* y = (sum (q) * softmax (x) - q) * scale */
  void (*cross_entropy_grad) (const void *x, const void *q, double scale, void *y, gint64 n);
  double (*loss) (WeftLossKind kind, double delta, const void *x, const void *t, gint64 n);
} WeftRowKernels;

/* The best for this machine; @is_double chooses the type. Any thread. */
const WeftRowKernels *weft_row_kernels (gboolean is_double);

extern const WeftRowKernels weft_row_kernels_0[2], weft_row_kernels_1[2], weft_row_kernels_2[2];
