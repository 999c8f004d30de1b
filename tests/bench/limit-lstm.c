/* The limit of the LSTM language model: two layers of 200 units, 20 steps of 20 streams, 10 000
 * words.
 *
 * Gates in one loop, the products of a layer's input with its weights in one, gradients of the
 * weights in one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tests/bench/limit.h"

enum
{
  WORDS = 10000,
  UNITS = 200,
  LAYERS = 2,
  STEPS = 20,
  STREAMS = 20,
  ROWS = STEPS * STREAMS,
  GATES = 4 * UNITS,
  STATE = STREAMS * UNITS
};
#define RATE 0.5f

typedef struct
{
  float *wx, *wh, *bias;         /* one bias for the peers' two: it moves twice as far */
  float *gates, *c, *tanh_c, *h; /* c and h begin with the state before the first step */
} Layer;

static Layer  layers[LAYERS];
static int   *words, *next_words;
static float *table, *rows, *out, *out_bias, *logits, *gates_gradient, *gradient, *dh, *dc;
static long   count;

static void
cell_forward (const Layer *layer, int t, int stream)
{
  long         row = t * STREAMS + stream;
  float       *p = layer->gates + row * GATES, *tanh_c = layer->tanh_c + row * UNITS;
  float       *c = layer->c + (row + STREAMS) * UNITS, *h = layer->h + (row + STREAMS) * UNITS;
  const float *before = layer->c + row * UNITS, *b = layer->bias;

#pragma omp simd
  for (int j = 0; j < UNITS; j++)
    {
      float i = limit_sigmoid (p[j] + b[j]), f = limit_sigmoid (p[UNITS + j] + b[UNITS + j]);
      float u = tanhf (p[2 * UNITS + j] + b[2 * UNITS + j]);
      float o = limit_sigmoid (p[3 * UNITS + j] + b[3 * UNITS + j]), v = f * before[j] + i * u;
      float w = tanhf (v);

      p[j] = i;
      p[UNITS + j] = f;
      p[2 * UNITS + j] = u;
      p[3 * UNITS + j] = o;
      c[j] = v;
      tanh_c[j] = w;
      h[j] = o * w;
    }
}

static void
cell_backward (const Layer *layer, int t, int stream)
{
  long         row = t * STREAMS + stream;
  const float *p = layer->gates + row * GATES, *tanh_c = layer->tanh_c + row * UNITS;
  const float *before = layer->c + row * UNITS, *up = gradient + row * UNITS;
  float       *g = gates_gradient + row * GATES, *eh = dh + stream * UNITS;
  float       *ec = dc + stream * UNITS;

#pragma omp simd
  for (int j = 0; j < UNITS; j++)
    {
      float i = p[j], f = p[UNITS + j], u = p[2 * UNITS + j], o = p[3 * UNITS + j];
      float e = eh[j] + up[j], k = ec[j] + e * o * (1 - tanh_c[j] * tanh_c[j]);

      g[j] = k * u * i * (1 - i);
      g[UNITS + j] = k * before[j] * f * (1 - f);
      g[2 * UNITS + j] = k * i * (1 - u * u);
      g[3 * UNITS + j] = e * tanh_c[j] * o * (1 - o);
      ec[j] = k * f;
    }
}

static const float *
layer_input (int l)
{
  return l > 0 ? layers[l - 1].h + STATE : rows;
}

static void
layer_forward (int l)
{
  Layer *layer = &layers[l];

  memcpy (layer->h, layer->h + ROWS * UNITS, STATE * sizeof (float));
  memcpy (layer->c, layer->c + ROWS * UNITS, STATE * sizeof (float));
  limit_product (0, 0, ROWS, GATES, UNITS, 1, layer_input (l), layer->wx, 0, layer->gates);
  for (int t = 0; t < STEPS; t++)
    {
      limit_product (0, 0, STREAMS, GATES, UNITS, 1, layer->h + t * STATE, layer->wh, 1,
                     layer->gates + t * STREAMS * GATES);
      for (int stream = 0; stream < STREAMS; stream++)
        cell_forward (layer, t, stream);
    }
}

static void
layer_backward (int l)
{
  Layer *layer = &layers[l];

  memset (dh, 0, STATE * sizeof (float));
  memset (dc, 0, STATE * sizeof (float));
  for (int t = STEPS - 1; t >= 0; t--)
    {
      for (int stream = 0; stream < STREAMS; stream++)
        cell_backward (layer, t, stream);
      limit_product (0, 1, STREAMS, UNITS, GATES, 1, gates_gradient + t * STREAMS * GATES,
                     layer->wh, 0, dh);
    }
  limit_product (0, 1, ROWS, UNITS, GATES, 1, gates_gradient, layer->wx, 0, gradient);
  limit_product (1, 0, UNITS, GATES, ROWS, -RATE, layer_input (l), gates_gradient, 1, layer->wx);
  limit_product (1, 0, UNITS, GATES, ROWS, -RATE, layer->h, gates_gradient, 1, layer->wh);
  limit_add_rows (layer->bias, gates_gradient, ROWS, GATES, -2 * RATE);
}

static float
step (void)
{
  long         at = count % LIMIT_BATCHES * ROWS;
  const int   *x = words + at, *y = next_words + at;
  const float *top = layers[LAYERS - 1].h + STATE;
  float        loss;

  count++;
  for (int r = 0; r < ROWS; r++)
    memcpy (rows + r * UNITS, table + (long) x[r] * UNITS, UNITS * sizeof (float));
  for (int l = 0; l < LAYERS; l++)
    layer_forward (l);
  limit_product (0, 0, ROWS, WORDS, UNITS, 1, top, out, 0, logits);
  loss = limit_cross_entropy (logits, out_bias, y, ROWS, WORDS);
  limit_product (0, 1, ROWS, UNITS, WORDS, 1, logits, out, 0, gradient);
  limit_product (1, 0, UNITS, WORDS, ROWS, -RATE, top, logits, 1, out);
  limit_add_rows (out_bias, logits, ROWS, WORDS, -RATE);
  for (int l = LAYERS - 1; l >= 0; l--)
    layer_backward (l);
  for (int r = 0; r < ROWS; r++)
    for (int j = 0; j < UNITS; j++)
      table[(long) x[r] * UNITS + j] -= RATE * gradient[r * UNITS + j];
  return loss;
}

static void
layer_init (Layer *layer, uint64_t seed)
{
  float *second = limit_around (seed + 3, GATES, 0.1);

  layer->wx = limit_around (seed, UNITS * GATES, 0.1);
  layer->wh = limit_around (seed + 1, UNITS * GATES, 0.1);
  layer->bias = limit_around (seed + 2, GATES, 0.1);
  for (int j = 0; j < GATES; j++)
    layer->bias[j] += second[j];
  free (second);
  layer->gates = limit_zeros (ROWS * GATES);
  layer->c = limit_zeros (ROWS * UNITS + STATE);
  layer->h = limit_zeros (ROWS * UNITS + STATE);
  layer->tanh_c = limit_zeros (ROWS * UNITS);
}

LimitStep
limit_lstm (const char *name)
{
  if (strcmp (name, "W4_lstm") != 0)
    return NULL;
  words = limit_whole (1, (long) LIMIT_BATCHES * ROWS, WORDS);
  next_words = limit_whole (2, (long) LIMIT_BATCHES * ROWS, WORDS);
  table = limit_around (100, (long) WORDS * UNITS, 0.1);
  for (int l = 0; l < LAYERS; l++)
    layer_init (&layers[l], 110 + 4 * l);
  out = limit_around (150, (long) UNITS * WORDS, 0.1);
  out_bias = limit_zeros (WORDS);
  rows = limit_zeros (ROWS * UNITS);
  logits = limit_zeros ((long) ROWS * WORDS);
  gates_gradient = limit_zeros (ROWS * GATES);
  gradient = limit_zeros (ROWS * UNITS);
  dh = limit_zeros (STATE);
  dc = limit_zeros (STATE);
  return step;
}
