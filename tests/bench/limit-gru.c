/* The limit of the GRU language model: one layer of 128 units, 50 steps of 32 streams, 65 letters.
 *
 * Cho et al. 2014 with the reset gate after the product, as the peers have it:
 * n = tanh(x + r (h W + b)).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tests/bench/limit.h"

enum
{
  LETTERS = 65,
  UNITS = 128,
  STEPS = 50,
  STREAMS = 32,
  ROWS = STEPS * STREAMS,
  GATES = 3 * UNITS,
  STATE = STREAMS * UNITS
};
#define RATE 0.5f

static int   *letters, *next_letters;
static float *table, *rows, *wx, *wh, *bx, *bh, *out, *out_bias;
static float *gates, *product, *h; /* r, z, n; of the state with wh, the last third kept */
static float *logits, *gates_gradient, *product_gradient, *gradient, *dh, *back;
static long   count;

static void
cell_forward (int t, int stream)
{
  long         row = t * STREAMS + stream;
  float       *g = gates + row * GATES, *a = product + row * GATES;
  const float *before = h + row * UNITS;
  float       *after = h + (row + STREAMS) * UNITS;

#pragma omp simd
  for (int j = 0; j < UNITS; j++)
    {
      float last = a[2 * UNITS + j] + bh[2 * UNITS + j];
      float r = limit_sigmoid (g[j] + bx[j] + a[j] + bh[j]);
      float z = limit_sigmoid (g[UNITS + j] + bx[UNITS + j] + a[UNITS + j] + bh[UNITS + j]);
      float n = tanhf (g[2 * UNITS + j] + bx[2 * UNITS + j] + r * last);

      a[2 * UNITS + j] = last;
      g[j] = r;
      g[UNITS + j] = z;
      g[2 * UNITS + j] = n;
      after[j] = (1 - z) * n + z * before[j];
    }
}

static void
cell_backward (int t, int stream)
{
  long         row = t * STREAMS + stream;
  const float *g = gates + row * GATES, *a = product + row * GATES, *before = h + row * UNITS;
  const float *up = gradient + row * UNITS;
  float       *gx = gates_gradient + row * GATES, *gh = product_gradient + row * GATES;
  float       *e = dh + stream * UNITS, *kept = back + stream * UNITS;

#pragma omp simd
  for (int j = 0; j < UNITS; j++)
    {
      float r = g[j], z = g[UNITS + j], n = g[2 * UNITS + j], d = e[j] + up[j];
      float dn = d * (1 - z) * (1 - n * n), dz = d * (before[j] - n) * z * (1 - z);
      float dr = dn * a[2 * UNITS + j] * r * (1 - r);

      gx[j] = gh[j] = dr;
      gx[UNITS + j] = gh[UNITS + j] = dz;
      gx[2 * UNITS + j] = dn;
      gh[2 * UNITS + j] = dn * r;
      kept[j] = d * z;
    }
}

static void
forward (const int *x)
{
  for (int r = 0; r < ROWS; r++)
    memcpy (rows + r * UNITS, table + x[r] * UNITS, UNITS * sizeof (float));
  memcpy (h, h + ROWS * UNITS, STATE * sizeof (float));
  limit_product (0, 0, ROWS, GATES, UNITS, 1, rows, wx, 0, gates);
  for (int t = 0; t < STEPS; t++)
    {
      limit_product (0, 0, STREAMS, GATES, UNITS, 1, h + t * STATE, wh, 0,
                     product + t * STREAMS * GATES);
      for (int stream = 0; stream < STREAMS; stream++)
        cell_forward (t, stream);
    }
}

static void
backward (const int *x)
{
  memset (dh, 0, STATE * sizeof (float));
  for (int t = STEPS - 1; t >= 0; t--)
    {
      for (int stream = 0; stream < STREAMS; stream++)
        cell_backward (t, stream);
      memcpy (dh, back, STATE * sizeof (float));
      limit_product (0, 1, STREAMS, UNITS, GATES, 1, product_gradient + t * STREAMS * GATES, wh, 1,
                     dh);
    }
  limit_product (0, 1, ROWS, UNITS, GATES, 1, gates_gradient, wx, 0, gradient);
  limit_product (1, 0, UNITS, GATES, ROWS, -RATE, rows, gates_gradient, 1, wx);
  limit_product (1, 0, UNITS, GATES, ROWS, -RATE, h, product_gradient, 1, wh);
  limit_add_rows (bx, gates_gradient, ROWS, GATES, -RATE);
  limit_add_rows (bh, product_gradient, ROWS, GATES, -RATE);
  for (int r = 0; r < ROWS; r++)
    for (int j = 0; j < UNITS; j++)
      table[x[r] * UNITS + j] -= RATE * gradient[r * UNITS + j];
}

static float
step (void)
{
  const int *x = letters + count % LIMIT_BATCHES * ROWS;
  const int *y = next_letters + count % LIMIT_BATCHES * ROWS;
  float      loss;

  count++;
  forward (x);
  limit_product (0, 0, ROWS, LETTERS, UNITS, 1, h + STATE, out, 0, logits);
  loss = limit_cross_entropy (logits, out_bias, y, ROWS, LETTERS);
  limit_product (0, 1, ROWS, UNITS, LETTERS, 1, logits, out, 0, gradient);
  limit_product (1, 0, UNITS, LETTERS, ROWS, -RATE, h + STATE, logits, 1, out);
  limit_add_rows (out_bias, logits, ROWS, LETTERS, -RATE);
  backward (x);
  return loss;
}

LimitStep
limit_gru (const char *name)
{
  if (strcmp (name, "W4_gru") != 0)
    return NULL;
  letters = limit_whole (1, LIMIT_BATCHES * ROWS, LETTERS);
  next_letters = limit_whole (2, LIMIT_BATCHES * ROWS, LETTERS);
  table = limit_around (100, LETTERS * UNITS, 0.1);
  wx = limit_around (110, UNITS * GATES, 0.1);
  wh = limit_around (111, UNITS * GATES, 0.1);
  bx = limit_around (112, GATES, 0.1);
  bh = limit_around (113, GATES, 0.1);
  out = limit_around (150, UNITS * LETTERS, 0.1);
  out_bias = limit_zeros (LETTERS);
  rows = limit_zeros (ROWS * UNITS);
  gates = limit_zeros (ROWS * GATES);
  product = limit_zeros (ROWS * GATES);
  h = limit_zeros (ROWS * UNITS + STATE);
  logits = limit_zeros (ROWS * LETTERS);
  gates_gradient = limit_zeros (ROWS * GATES);
  product_gradient = limit_zeros (ROWS * GATES);
  gradient = limit_zeros (ROWS * UNITS);
  dh = limit_zeros (STATE);
  back = limit_zeros (STATE);
  return step;
}
