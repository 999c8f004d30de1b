/* The limit of a plain recurrent network: 64 units, one sequence of 1000 steps; there and back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tests/bench/limit.h"

enum
{
  UNITS = 64,
  STEPS = 1000
};
#define RATE 0.01f

static float *x, *target, *wx, *wh, *wh_transposed, *bias, *input, *h, *g;
static int    trains;

static void
vector_product (const float *restrict w, const float *restrict v, float *restrict result)
{
  float even[UNITS] = { 0 }, odd[UNITS] = { 0 };

  for (int k = 0; k < UNITS; k += 2)
    for (int j = 0; j < UNITS; j++)
      {
        even[j] += v[k] * w[k * UNITS + j];
        odd[j] += v[k + 1] * w[(k + 1) * UNITS + j];
      }
  for (int j = 0; j < UNITS; j++)
    result[j] = even[j] + odd[j];
}

static float
forward (void)
{
  double sum = 0;

  limit_product (0, 0, STEPS, UNITS, UNITS, 1, x, wx, 0, input);
  for (int t = 0; t < STEPS; t++)
    {
      float product[UNITS];

      vector_product (wh, h + t * UNITS, product);
      for (int j = 0; j < UNITS; j++)
        h[(t + 1) * UNITS + j] = tanhf (input[t * UNITS + j] + bias[j] + product[j]);
    }
  for (int i = 0; i < STEPS * UNITS; i++)
    {
      float difference = h[UNITS + i] - target[i];

      sum += difference * difference;
      g[i] = difference * (2.0f / STEPS);
    }
  return (float) (sum / STEPS);
}

static float
step (void)
{
  float loss = forward (), back[UNITS] = { 0 };

  if (!trains)
    return loss;
  for (int k = 0; k < UNITS; k++)
    for (int j = 0; j < UNITS; j++)
      wh_transposed[j * UNITS + k] = wh[k * UNITS + j];
  for (int t = STEPS - 1; t >= 0; t--)
    {
      float       *row = g + t * UNITS;
      const float *now = h + (t + 1) * UNITS;

      for (int j = 0; j < UNITS; j++)
        row[j] = (row[j] + back[j]) * (1 - now[j] * now[j]);
      vector_product (wh_transposed, row, back);
    }
  limit_product (1, 0, UNITS, UNITS, STEPS, -RATE, x, g, 1, wx);
  limit_product (1, 0, UNITS, UNITS, STEPS, -RATE, h, g, 1, wh);
  limit_add_rows (bias, g, STEPS, UNITS, -RATE);
  return loss;
}

LimitStep
limit_rnn (const char *name)
{
  trains = strcmp (name, "W7_rnn") == 0;
  if (!trains && strcmp (name, "W7_fwd") != 0)
    return NULL;
  x = limit_around (1, STEPS * UNITS, 1);
  target = limit_around (2, STEPS * UNITS, 0.5);
  wx = limit_around (100, UNITS * UNITS, 0.1);
  wh = limit_around (101, UNITS * UNITS, 0.1);
  wh_transposed = limit_zeros (UNITS * UNITS);
  bias = limit_zeros (UNITS);
  input = limit_zeros (STEPS * UNITS);
  h = limit_zeros ((STEPS + 1) * UNITS);
  g = limit_zeros (STEPS * UNITS);
  return step;
}
