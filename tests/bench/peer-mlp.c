/* The limit for mnist-mlp: its training step written by hand in C, with OpenMP loops and one BLAS.
 *
 * 784-256-10, relu, softmax and cross-entropy, Adam, batch 64: the arithmetic of
 * data/examples/mnist-mlp.weft, on numbers from a fixed sequence. Speaks lines: "run N" on standard
 * input answers with seconds and the last loss. Usage: peer-mlp blas|dnnl THREADS
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if WEFT_HAVE_DNNL
#include <oneapi/dnnl/dnnl.h>
#endif

enum
{
  INPUTS = 784,
  HIDDEN = 256,
  CLASSES = 10,
  BATCH = 64,
  BATCHES = 8,
};

/* Loops below this many elements are not worth a second thread. */
#define PARALLEL 40000

typedef struct
{
  long   n;
  float *value, *gradient, *mean, *square;
} Parameter;

static int       use_dnnl;
static Parameter w1, b1, w2, b2;
static float    *pixels, *hidden, *logits, *hidden_gradient;
static int       labels[BATCHES * BATCH];
static long      step;

static float
uniform (uint64_t seed, uint64_t i)
{
  uint64_t z = (i + (seed << 32) + 1) * 0x9E3779B97F4A7C15ull;

  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  z ^= z >> 31;
  return (float) (z >> 40) * (1.0f / 16777216.0f);
}

static float *
zeros (long n)
{
  size_t bytes = ((size_t) n * sizeof (float) + 63) / 64 * 64;
  float *p = aligned_alloc (64, bytes);

  memset (p, 0, bytes);
  return p;
}

static void
parameter_init (Parameter *p, long n, uint64_t seed, float scale)
{
  *p = (Parameter){ n, zeros (n), zeros (n), zeros (n), zeros (n) };
  for (long i = 0; i < n; i++)
    p->value[i] = (uniform (seed, i) * 2 - 1) * scale;
}

static void
product (int ta, int tb, int m, int n, int k, const float *a, const float *b, float *c)
{
#if WEFT_HAVE_DNNL
  if (use_dnnl)
    {
      dnnl_sgemm (ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1, a, ta ? m : k, b, tb ? k : n, 0, c,
                  n);
      return;
    }
#endif
  cblas_sgemm (CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n,
               k, 1, a, ta ? m : k, b, tb ? k : n, 0, c, n);
}

/* Loss; the logits become the gradient by the logits. */
static float
cross_entropy (float *z, const float *bias, const int *y)
{
  double total = 0;

  for (int r = 0; r < BATCH; r++)
    {
      float *p = z + r * CLASSES, largest = -INFINITY, sum = 0, picked;

      for (int j = 0; j < CLASSES; j++)
        {
          p[j] += bias[j];
          largest = p[j] > largest ? p[j] : largest;
        }
      picked = p[y[r]] - largest;
      for (int j = 0; j < CLASSES; j++)
        {
          p[j] = expf (p[j] - largest);
          sum += p[j];
        }
      total += logf (sum) - picked;
      for (int j = 0; j < CLASSES; j++)
        p[j] /= sum * BATCH;
      p[y[r]] -= 1.0f / BATCH;
    }
  return (float) (total / BATCH);
}

static void
column_sums (const float *g, int n, float *sums)
{
  memset (sums, 0, n * sizeof *sums);
  for (int r = 0; r < BATCH; r++)
    for (int j = 0; j < n; j++)
      sums[j] += g[(long) r * n + j];
}

static void
adam (Parameter *p, float size, float root)
{
  float *value = p->value, *g = p->gradient, *m = p->mean, *v = p->square;

#pragma omp parallel for simd schedule(static) if (p->n > PARALLEL)
  for (long i = 0; i < p->n; i++)
    {
      m[i] = 0.9f * m[i] + 0.1f * g[i];
      v[i] = 0.999f * v[i] + 0.001f * g[i] * g[i];
      value[i] -= size * m[i] / (sqrtf (v[i] * root) + 1e-8f);
    }
}

static float
train_step (void)
{
  const float *x = pixels + (step % BATCHES) * BATCH * INPUTS;
  const int   *y = labels + (step % BATCHES) * BATCH;
  float        loss, size, root;

  step++;
  product (0, 0, BATCH, HIDDEN, INPUTS, x, w1.value, hidden);
  for (int r = 0; r < BATCH; r++)
    for (int j = 0; j < HIDDEN; j++)
      {
        float h = hidden[r * HIDDEN + j] + b1.value[j];
        hidden[r * HIDDEN + j] = h > 0 ? h : 0;
      }
  product (0, 0, BATCH, CLASSES, HIDDEN, hidden, w2.value, logits);
  loss = cross_entropy (logits, b2.value, y);
  product (1, 0, HIDDEN, CLASSES, BATCH, hidden, logits, w2.gradient);
  column_sums (logits, CLASSES, b2.gradient);
  product (0, 1, BATCH, HIDDEN, CLASSES, logits, w2.value, hidden_gradient);
  for (int i = 0; i < BATCH * HIDDEN; i++)
    hidden_gradient[i] = hidden[i] > 0 ? hidden_gradient[i] : 0;
  product (1, 0, INPUTS, HIDDEN, BATCH, x, hidden_gradient, w1.gradient);
  column_sums (hidden_gradient, HIDDEN, b1.gradient);
  size = 1e-3f / (1 - powf (0.9f, step));
  root = 1 / (1 - powf (0.999f, step));
  adam (&w1, size, root);
  adam (&b1, size, root);
  adam (&w2, size, root);
  adam (&b2, size, root);
  return loss;
}

static double
now (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

int
main (int argc, char **argv)
{
  char  line[64];
  long  n;
  float loss = 0;

  use_dnnl = argc > 1 && strcmp (argv[1], "dnnl") == 0;
  omp_set_num_threads (argc > 2 ? atoi (argv[2]) : 1);
  parameter_init (&w1, INPUTS * HIDDEN, 100, sqrtf (6.0f / (INPUTS + HIDDEN)));
  parameter_init (&b1, HIDDEN, 101, 0);
  parameter_init (&w2, HIDDEN * CLASSES, 102, sqrtf (6.0f / (HIDDEN + CLASSES)));
  parameter_init (&b2, CLASSES, 103, 0);
  pixels = zeros ((long) BATCHES * BATCH * INPUTS);
  for (long i = 0; i < (long) BATCHES * BATCH * INPUTS; i++)
    pixels[i] = uniform (1, i);
  for (int i = 0; i < BATCHES * BATCH; i++)
    labels[i] = (int) (uniform (2, i) * CLASSES) % CLASSES;
  hidden = zeros (BATCH * HIDDEN);
  hidden_gradient = zeros (BATCH * HIDDEN);
  logits = zeros (BATCH * CLASSES);
  while (fgets (line, sizeof line, stdin) != NULL && sscanf (line, "run %ld", &n) == 1)
    {
      double start = now ();

      for (long i = 0; i < n; i++)
        loss = train_step ();
      printf ("%.9f %.7g\n", now () - start, loss);
      fflush (stdout);
    }
  return 0;
}
