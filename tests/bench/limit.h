/* What the limit programs share: numbers, products, softmax with cross-entropy.
 *
 * A limit is a training step written by hand in C: one library call a product, loops fused as far
 * as they go, OpenMP.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_BATCHES 8
/* Loops below this many elements are not worth a second thread. */
#define LIMIT_PARALLEL 40000

/* Makes a workload ready for its name; each step answers the loss. */
typedef float (*LimitStep) (void);
LimitStep limit_mlp (const char *name);
LimitStep limit_chain (const char *name);
LimitStep limit_rnn (const char *name);
LimitStep limit_lstm (const char *name);
LimitStep limit_gru (const char *name);
LimitStep limit_gpt (const char *name);
LimitStep limit_copy (const char *name);

float *limit_zeros (long n);
float *limit_unit (uint64_t seed, long n);                 /* [0, 1) */
float *limit_around (uint64_t seed, long n, double scale); /* [-scale, scale) */
int   *limit_whole (uint64_t seed, long n, int k);         /* 0 to k - 1 */
float  limit_glorot (double fan_in, double fan_out);

/* c = alpha op (a) op (b) + beta c, row by row: c is m x n. */
void limit_product (int          transpose_a,
                    int          transpose_b,
                    long         m,
                    long         n,
                    long         k,
                    float        alpha,
                    const float *a,
                    const float *b,
                    float        beta,
                    float       *c);
/* z + bias becomes the gradient of the mean of the cross-entropy by z, which is returned. */
float limit_cross_entropy (float *z, const float *bias, const int *labels, long rows, long n);
/* b += alpha times the sum of the rows of g. */
void limit_add_rows (float *b, const float *g, long rows, long n, float alpha);

static inline float
limit_sigmoid (float x)
{
  return 1 / (1 + expf (-x));
}
