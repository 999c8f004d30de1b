/* The products of the small transformer's training step, and nothing else: 4 layers, 128 wide, 4
 * heads, context 64, batch 16, 65 letters. What is between them costs a step that much more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tests/bench/limit.h"

enum
{
  WIDTH = 128,
  HEADS = 4,
  HEAD = WIDTH / HEADS,
  CONTEXT = 64,
  BATCH = 16,
  LETTERS = 65,
  LAYERS = 4,
  ROWS = BATCH * CONTEXT,
  PAIRS = BATCH * HEADS,
  INNER = 4 * WIDTH
};

static float *x, *weights, *y, *q, *k, *scores;

/* A dense layer forward, and the gradients of its input and of its weights. */
static void
dense (long n_in, long n_out)
{
  limit_product (0, 0, ROWS, n_out, n_in, 1, x, weights, 0, y);
  limit_product (0, 1, ROWS, n_in, n_out, 1, y, weights, 0, x);
  limit_product (1, 0, n_in, n_out, ROWS, 1e-6f, x, y, 0, weights + (long) INNER * WIDTH);
}

/* Scores and mixtures of all heads; there, and two gradients of each. */
static void
attention (void)
{
#pragma omp parallel for schedule(static)
  for (int i = 0; i < PAIRS; i++)
    {
      float *a = q + i * CONTEXT * HEAD, *b = k + i * CONTEXT * HEAD;
      float *s = scores + i * CONTEXT * CONTEXT;

      limit_product (0, 1, CONTEXT, CONTEXT, HEAD, 1e-3f, a, b, 0, s);
      limit_product (0, 0, CONTEXT, HEAD, CONTEXT, 1e-3f, s, b, 0, a);
      limit_product (0, 1, CONTEXT, CONTEXT, HEAD, 1e-3f, a, b, 0, s);
      limit_product (1, 0, CONTEXT, HEAD, CONTEXT, 1e-3f, s, a, 0, b);
      limit_product (0, 0, CONTEXT, HEAD, CONTEXT, 1e-3f, s, b, 0, a);
      limit_product (1, 0, CONTEXT, HEAD, CONTEXT, 1e-3f, s, a, 0, b);
    }
}

static float
step (void)
{
  for (int layer = 0; layer < LAYERS; layer++)
    {
      dense (WIDTH, 3 * WIDTH);
      attention ();
      dense (WIDTH, WIDTH);
      dense (WIDTH, INNER);
      dense (INNER, WIDTH);
    }
  dense (WIDTH, LETTERS);
  return 0;
}

LimitStep
limit_gpt (const char *name)
{
  if (strcmp (name, "W5_gpt") != 0)
    return NULL;
  x = limit_around (1, (long) ROWS * INNER, 0.01);
  weights = limit_around (2, (long) INNER * WIDTH * 2, 0.01);
  y = limit_zeros ((long) ROWS * INNER);
  q = limit_around (3, ROWS * WIDTH, 0.1);
  k = limit_around (4, ROWS * WIDTH, 0.1);
  scores = limit_zeros (PAIRS * CONTEXT * CONTEXT);
  return step;
}
