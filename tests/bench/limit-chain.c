/* The limits of bandwidth: sigmoid(a*b + c) * tanh(d) over 10 M floats, its gradients, and a plain
 * copy.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tests/bench/limit.h"

#define N 10000000L
#define PIECE 4000
#define COPIED (8192L * 10000)

static float *a, *b, *c, *d, *y, *ga, *gb, *gd;

static float
forward_step (void)
{
#pragma omp parallel for simd schedule(static)
  for (long i = 0; i < N; i++)
    y[i] = tanhf (d[i]) / (1 + expf (-(a[i] * b[i] + c[i])));
  return y[12345];
}

static float
gradient_piece (long first)
{
  float sum = 0;

#pragma omp simd reduction(+ \
                           : sum)
  for (long i = first; i < first + PIECE; i++)
    {
      float s = 1 / (1 + expf (-(a[i] * b[i] + c[i]))), t = tanhf (d[i]), v = s * t;
      float g = v * (1 - s);

      sum += v;
      ga[i] = g * b[i];
      gb[i] = g * a[i];
      y[i] = g;
      gd[i] = s * (1 - t * t);
    }
  return sum;
}

static float
gradient_step (void)
{
  double sum = 0;

#pragma omp parallel for schedule(static) reduction(+ \
                                                    : sum)
  for (long i = 0; i < N; i += PIECE)
    sum += gradient_piece (i);
  return (float) (sum / N);
}

LimitStep
limit_chain (const char *name)
{
  int gradients = strcmp (name, "W6_grad") == 0;

  if (!gradients && strcmp (name, "W6_chain") != 0)
    return NULL;
  a = limit_around (10, N, 2);
  b = limit_around (11, N, 2);
  c = limit_around (12, N, 2);
  d = limit_around (13, N, 2);
  y = limit_zeros (N);
  if (!gradients)
    return forward_step;
  ga = limit_zeros (N);
  gb = limit_zeros (N);
  gd = limit_zeros (N);
  return gradient_step;
}

static float
copy_step (void)
{
#pragma omp parallel
  {
    long thread = omp_get_thread_num (), threads = omp_get_num_threads ();
    long begin = COPIED * thread / threads, end = COPIED * (thread + 1) / threads;

    memcpy (y + begin, a + begin, (end - begin) * sizeof (float));
  }
  return y[0];
}

/* Softmax with cross-entropy cannot be faster than a copy of its logits: each is read, each
 * gradient is written. */
LimitStep
limit_copy (const char *name)
{
  if (strcmp (name, "softmax") != 0)
    return NULL;
  a = limit_around (1, COPIED, 4);
  y = limit_zeros (COPIED);
  return copy_step;
}
