/* The limit of networks of dense layers: softmax regression, tanh with gradient descent, relu with
 * Adam.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tests/bench/limit.h"

#define MAX_LAYERS 3
#define CLASSES 10

typedef struct
{
  long   n_in, n_out;
  float *weights, *bias, *result, *gradient; /* gradient: of the layer's input */
  float *mean_w, *square_w, *mean_b, *square_b;
} Layer;

static Layer  layers[MAX_LAYERS];
static int    n_layers, relu, adam, *labels;
static long   batch, count;
static float *pictures, *weights_gradient, *bias_gradient, rate;

static void
add_layer (long n_in, long n_out)
{
  Layer *layer = &layers[n_layers];

  layer->n_in = n_in;
  layer->n_out = n_out;
  layer->weights = limit_around (100 + n_layers, n_in * n_out, limit_glorot (n_in, n_out));
  layer->bias = limit_zeros (n_out);
  layer->result = limit_zeros (batch * n_out);
  layer->gradient = limit_zeros (batch * n_in);
  layer->mean_w = limit_zeros (n_in * n_out);
  layer->square_w = limit_zeros (n_in * n_out);
  layer->mean_b = limit_zeros (n_out);
  layer->square_b = limit_zeros (n_out);
  n_layers++;
}

static void
bend (float *z, const float *bias, long n)
{
  long worth = relu ? LIMIT_PARALLEL : LIMIT_PARALLEL / 4;

#pragma omp parallel for schedule(static) if (batch * n > worth)
  for (long r = 0; r < batch; r++)
    for (long j = 0; j < n; j++)
      {
        float v = z[r * n + j] + bias[j];

        z[r * n + j] = relu ? (v > 0 ? v : 0) : tanhf (v);
      }
}

static void
unbend (float *g, const float *y, long n)
{
#pragma omp parallel for simd schedule(static) if (n > LIMIT_PARALLEL)
  for (long i = 0; i < n; i++)
    g[i] = relu ? (y[i] > 0 ? g[i] : 0) : g[i] * (1 - y[i] * y[i]);
}

static void
adam_step (float *p, const float *g, float *mean, float *square, long n)
{
  float size = rate / (1 - powf (0.9f, count)), scale = 1 / sqrtf (1 - powf (0.999f, count));

#pragma omp parallel for simd schedule(static) if (n > LIMIT_PARALLEL)
  for (long i = 0; i < n; i++)
    {
      float m = 0.9f * mean[i] + 0.1f * g[i], s = 0.999f * square[i] + 0.001f * g[i] * g[i];

      mean[i] = m;
      square[i] = s;
      p[i] -= size * m / (sqrtf (s) * scale + 1e-8f);
    }
}

static void
update (Layer *layer, const float *x, const float *g)
{
  if (!adam)
    {
      limit_product (1, 0, layer->n_in, layer->n_out, batch, -rate, x, g, 1, layer->weights);
      limit_add_rows (layer->bias, g, batch, layer->n_out, -rate);
      return;
    }
  limit_product (1, 0, layer->n_in, layer->n_out, batch, 1, x, g, 0, weights_gradient);
  adam_step (layer->weights, weights_gradient, layer->mean_w, layer->square_w,
             layer->n_in * layer->n_out);
  memset (bias_gradient, 0, layer->n_out * sizeof (float));
  limit_add_rows (bias_gradient, g, batch, layer->n_out, 1);
  adam_step (layer->bias, bias_gradient, layer->mean_b, layer->square_b, layer->n_out);
}

static float
step (void)
{
  long         at = count++ % LIMIT_BATCHES * batch;
  const float *x = pictures + at * layers[0].n_in, *before;
  Layer       *last = &layers[n_layers - 1];
  float        loss, *g = last->result;

  for (int i = 0; i < n_layers; i++)
    {
      Layer *layer = &layers[i];

      limit_product (0, 0, batch, layer->n_out, layer->n_in, 1, i > 0 ? layers[i - 1].result : x,
                     layer->weights, 0, layer->result);
      if (layer != last)
        bend (layer->result, layer->bias, layer->n_out);
    }
  loss = limit_cross_entropy (last->result, last->bias, labels + at, batch, CLASSES);
  for (int i = n_layers - 1; i >= 0; i--)
    {
      Layer *layer = &layers[i];

      before = i > 0 ? layers[i - 1].result : x;
      if (i > 0)
        {
          limit_product (0, 1, batch, layer->n_in, layer->n_out, 1, g, layer->weights, 0,
                         layer->gradient);
          unbend (layer->gradient, before, batch * layer->n_in);
        }
      update (layer, before, g);
      g = layer->gradient;
    }
  return loss;
}

LimitStep
limit_mlp (const char *name)
{
  int tanh_net = strcmp (name, "W2a") == 0;

  adam = relu = strcmp (name, "W2b") == 0;
  rate = adam ? 1e-3f : 0.1f;
  if (strcmp (name, "W8_logreg1") == 0)
    batch = 1;
  else if (strcmp (name, "W1_b60") == 0 || tanh_net)
    batch = 60;
  else if (strcmp (name, "W1_b600") == 0)
    batch = 600;
  else if (adam)
    batch = 256;
  else
    return NULL;
  pictures = limit_unit (1, LIMIT_BATCHES * batch * 784);
  labels = limit_whole (2, LIMIT_BATCHES * batch, CLASSES);
  add_layer (784, tanh_net ? 500 : adam ? 1024
                                        : CLASSES);
  if (adam)
    add_layer (1024, 1024);
  if (tanh_net || adam)
    add_layer (layers[n_layers - 1].n_out, CLASSES);
  weights_gradient = limit_zeros (1024 * 1024);
  bias_gradient = limit_zeros (1024);
  return step;
}
