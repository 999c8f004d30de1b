/* The limit of LeNet: a training step by hand, convolutions by oneDNN, all else in fused loops.
 *
 *     limit-lenet --workload W3_b64|W3_b500 --threads N --serve
 *
 * Images 28 x 28 x 1, convolution 5 x 5 to 20, largest of 2 x 2, tanh, convolution 5 x 5 to 50,
 * largest, tanh, dense 500, tanh, dense 10, cross-entropy; momentum. Channels are last. Each thread
 * takes its part of the batch in groups that stay in its cache: convolution, then bias, pooling and
 * tanh, the next convolution; and back the same way. The second convolution's gradients are
 * oneDNN's or products with its windows written out, whichever is faster at the start. Numbers come
 * from the same bits as in all workers of the bench.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <oneapi/dnnl/dnnl.h>

#define N_BATCHES 8
#define MAX_THREADS 8
#define RATE 0.01f
#define MOMENTUM 0.9f

enum
{
  SIDE = 28,
  C1 = 20,
  Y1 = 24,
  H1 = 12,
  C2 = 50,
  Y2 = 8,
  H2 = 4,
  FEATURES = H2 * H2 * C2,
  UNITS = 500,
  CLASSES = 10,
  N_PARAMETERS = 8,
  WINDOW = 25 * C1, /* of the second convolution */
  N_TRIES = 5
};

static void
must (int status, const char *what)
{
  if (status == 0)
    return;
  fprintf (stderr, "limit-lenet: oneDNN refuses %s\n", what);
  exit (1);
}

static double
clock_s (clockid_t which)
{
  struct timespec t;

  clock_gettime (which, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static float *
floats (long n)
{
  float *p = aligned_alloc (64, (n * sizeof (float) + 63) / 64 * 64);

  memset (p, 0, n * sizeof (float));
  return p;
}

/* ---- The bits that all workers start from: splitmix64 ---- */

static float
uniform (uint64_t seed, uint64_t i)
{
  uint64_t z = (i + (seed << 32) + 1) * 0x9E3779B97F4A7C15ull;

  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return ((z ^ (z >> 31)) >> 40) * (1.0f / 16777216.0f);
}

static float
weight (uint64_t seed, uint64_t i, double fan)
{
  return (uniform (seed, i) * 2 - 1) * (float) sqrt (6.0 / fan);
}

/* ---- One convolution and its gradients for a number of images ---- */

typedef struct
{
  int images, side, in, out; /* windows are 5 x 5 */
} Shape;

typedef struct
{
  dnnl_primitive_t   primitive;
  dnnl_memory_t      x, w, y, scratch;
  dnnl_memory_desc_t w_desc;
} Conv;

enum
{
  FORWARD,
  INPUT_GRAD,
  WEIGHT_GRAD
};

static dnnl_engine_t engine;

static dnnl_primitive_desc_t
describe (const Shape *s, int pass, dnnl_primitive_desc_t hint, dnnl_memory_desc_t *desc)
{
  int         y = s->side - 4;
  dnnl_dims_t xd = { s->images, s->in, s->side, s->side }, wd = { s->out, s->in, 5, 5 },
              yd = { s->images, s->out, y, y }, one = { 1, 1 }, none = { 0, 0 };
  dnnl_convolution_desc_t conv;
  dnnl_primitive_attr_t   attr;
  dnnl_primitive_desc_t   made = NULL;

  dnnl_memory_desc_init_by_tag (&desc[0], 4, xd, dnnl_f32, dnnl_nhwc);
  dnnl_memory_desc_init_by_tag (&desc[1], 4, wd, dnnl_f32, dnnl_format_tag_any);
  dnnl_memory_desc_init_by_tag (&desc[2], 4, yd, dnnl_f32, dnnl_nhwc);
  if (pass == FORWARD)
    must (dnnl_convolution_forward_desc_init (&conv, dnnl_forward_training, dnnl_convolution_direct,
                                              &desc[0], &desc[1], NULL, &desc[2], one, none, none),
          "a convolution");
  else if (pass == INPUT_GRAD)
    must (dnnl_convolution_backward_data_desc_init (&conv, dnnl_convolution_direct, &desc[0],
                                                    &desc[1], &desc[2], one, none, none),
          "a convolution's gradient");
  else
    must (dnnl_convolution_backward_weights_desc_init (&conv, dnnl_convolution_direct, &desc[0],
                                                       &desc[1], NULL, &desc[2], one, none, none),
          "a kernel's gradient");
  must (dnnl_primitive_attr_create (&attr), "attributes");
  dnnl_primitive_attr_set_scratchpad_mode (attr, dnnl_scratchpad_mode_user);
  must (dnnl_primitive_desc_create (&made, &conv, attr, engine, hint), "a convolution");
  dnnl_primitive_attr_destroy (attr);
  return made;
}

static void
conv_init (Conv *conv, const Shape *shape, int pass)
{
  dnnl_memory_desc_t    desc[3], scratch;
  dnnl_primitive_desc_t hint = pass == FORWARD ? NULL : describe (shape, FORWARD, NULL, desc);
  dnnl_primitive_desc_t made = describe (shape, pass, hint, desc);

  desc[1] = *dnnl_primitive_desc_query_md (
    made, pass == WEIGHT_GRAD ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
  scratch = *dnnl_primitive_desc_query_md (made, dnnl_query_scratchpad_md, 0);
  must (dnnl_primitive_create (&conv->primitive, made), "a convolution");
  must (dnnl_memory_create (&conv->x, &desc[0], engine, DNNL_MEMORY_NONE), "memory");
  must (dnnl_memory_create (&conv->w, &desc[1], engine, DNNL_MEMORY_ALLOCATE), "memory");
  must (dnnl_memory_create (&conv->y, &desc[2], engine, DNNL_MEMORY_NONE), "memory");
  must (dnnl_memory_create (&conv->scratch, &scratch, engine, DNNL_MEMORY_ALLOCATE), "memory");
  conv->w_desc = desc[1];
  dnnl_primitive_desc_destroy (made);
  if (hint != NULL)
    dnnl_primitive_desc_destroy (hint);
}

static void
conv_run (Conv *conv, int pass, dnnl_stream_t stream, const float *x, const float *y, float *w)
{
  dnnl_exec_arg_t args[] = {
    { pass == INPUT_GRAD ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, conv->x },
    { pass == WEIGHT_GRAD ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, conv->w },
    { pass == FORWARD ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, conv->y },
    { DNNL_ARG_SCRATCHPAD, conv->scratch },
  };

  dnnl_memory_set_data_handle (conv->x, (void *) x);
  dnnl_memory_set_data_handle (conv->y, (void *) y);
  if (w != NULL)
    dnnl_memory_set_data_handle (conv->w, w);
  dnnl_primitive_execute (conv->primitive, stream, 4, args);
}

/* ---- The model ---- */

/* What one thread has for its part of the batch; [2]: whole groups and the rest. */
typedef struct
{
  int           first, end; /* images */
  int           group;
  Conv          forward[2][2], input_grad[2], weight_grad[2][2]; /* [layer][whole or rest] */
  dnnl_stream_t stream;
  float        *y;                 /* of a convolution, or its gradient: of a group */
  float        *dh;                /* of a group */
  float        *rows;              /* windows of a group, written out */
  float        *w, *dw[2], *db[2]; /* a group's weight gradient, in oneDNN's order; sums */
} Part;

static struct
{
  int              batch, next, threads;
  float           *x;
  int             *labels;
  long             n[N_PARAMETERS];
  float           *p[N_PARAMETERS], *v[N_PARAMETERS], *g[4];
  int              by_products;
  float           *wide;                    /* the second kernel as (5, 5, in, out) */
  float           *packed[2], *packed_back; /* kernels in oneDNN's order, for this step */
  dnnl_memory_t    plain[2], to[2], to_back, grad_from[2];
  dnnl_primitive_t pack[2], pack_back, unpack[2];
  dnnl_stream_t    stream;
  float           *h1, *h2, *h3, *z, *d2, *d3;
  unsigned char   *at1, *at2; /* which of a window was the largest */
  Part             parts[MAX_THREADS];
} net;

static void
product (int ta, int tb, int m, int n, int k, const float *a, const float *b, float beta, float *c)
{
  dnnl_sgemm (ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1, a, ta ? m : k, b, tb ? k : n, beta, c, n);
}

static dnnl_primitive_t
reorder (dnnl_memory_t from, dnnl_memory_t to)
{
  const dnnl_memory_desc_t *a, *b;
  dnnl_primitive_desc_t     desc;
  dnnl_primitive_t          made;

  dnnl_memory_get_memory_desc (from, &a);
  dnnl_memory_get_memory_desc (to, &b);
  must (dnnl_reorder_primitive_desc_create (&desc, a, engine, b, engine, NULL), "a reorder");
  must (dnnl_primitive_create (&made, desc), "a reorder");
  dnnl_primitive_desc_destroy (desc);
  return made;
}

static void
reorder_run (dnnl_primitive_t primitive, dnnl_memory_t from, dnnl_memory_t to)
{
  dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } };

  dnnl_primitive_execute (primitive, net.stream, 2, args);
}

static void
part_init (Part *part, int thread)
{
  const char *wish = getenv ("LIMIT_GROUP");
  int         most = wish != NULL ? atoi (wish) : 16, n;

  part->first = (long) net.batch * thread / net.threads;
  part->end = (long) net.batch * (thread + 1) / net.threads;
  n = part->end - part->first;
  part->group = (n + (n + most - 1) / most - 1) / ((n + most - 1) / most);
  must (dnnl_stream_create (&part->stream, engine, dnnl_stream_default_flags), "a stream");
  for (int rest = 0; rest < 2; rest++)
    {
      int   images = rest ? n % part->group : part->group;
      Shape one = { images, SIDE, 1, C1 }, two = { images, H1, C1, C2 };

      if (images == 0)
        continue;
      conv_init (&part->forward[0][rest], &one, FORWARD);
      conv_init (&part->forward[1][rest], &two, FORWARD);
      conv_init (&part->input_grad[rest], &two, INPUT_GRAD);
      conv_init (&part->weight_grad[0][rest], &one, WEIGHT_GRAD);
      conv_init (&part->weight_grad[1][rest], &two, WEIGHT_GRAD);
    }
  part->y = floats ((long) part->group * Y1 * Y1 * C1);
  part->dh = floats ((long) part->group * H1 * H1 * C1);
  part->w = floats (2 * 5 * 5 * 64 * 64);
  part->rows = floats ((long) part->group * Y2 * Y2 * WINDOW);
  for (int layer = 0; layer < 2; layer++)
    {
      part->dw[layer] = floats (2 * 5 * 5 * 64 * 64);
      part->db[layer] = floats (64);
    }
}

/* Kernels lie as (out, in, 5, 5), as in all workers. */
static void
kernels_init (void)
{
  Part *part = &net.parts[0];

  for (int layer = 0; layer < 2; layer++)
    {
      dnnl_dims_t        dims = { layer ? C2 : C1, layer ? C1 : 1, 5, 5 };
      dnnl_memory_desc_t desc;

      dnnl_memory_desc_init_by_tag (&desc, 4, dims, dnnl_f32, dnnl_oihw);
      must (dnnl_memory_create (&net.plain[layer], &desc, engine, DNNL_MEMORY_NONE), "memory");
      must (dnnl_memory_create (&net.to[layer], &part->forward[layer][0].w_desc, engine,
                                DNNL_MEMORY_ALLOCATE),
            "memory");
      must (dnnl_memory_create (&net.grad_from[layer], &part->weight_grad[layer][0].w_desc, engine,
                                DNNL_MEMORY_NONE),
            "memory");
      net.pack[layer] = reorder (net.plain[layer], net.to[layer]);
      net.unpack[layer] = reorder (net.grad_from[layer], net.plain[layer]);
      dnnl_memory_get_data_handle (net.to[layer], (void **) &net.packed[layer]);
    }
  must (dnnl_memory_create (&net.to_back, &part->input_grad[0].w_desc, engine,
                            DNNL_MEMORY_ALLOCATE),
        "memory");
  net.pack_back = reorder (net.plain[1], net.to_back);
  dnnl_memory_get_data_handle (net.to_back, (void **) &net.packed_back);
}

/* The dense layer's rows in the other workers are (channel, y, x), here (y, x, channel). */
static void
parameters_init (void)
{
  const long   n[] = { C1 * 25, C1, C2 * C1 * 25, C2, FEATURES * UNITS, UNITS, UNITS * CLASSES,
                       CLASSES };
  const double fan[] = { 25 + 125, 500 + 312.5, 800 + 500, 500 + 10 };

  for (int i = 0; i < N_PARAMETERS; i++)
    {
      net.n[i] = n[i];
      net.p[i] = floats (n[i]);
      net.v[i] = floats (n[i]);
      if (i < 4)
        net.g[i] = floats (n[i]);
      for (long j = 0; i % 2 == 0 && j < n[i]; j++)
        {
          long row = j / UNITS, from = row % C2 * H2 * H2 + row / C2;

          net.p[i][j] = weight (100 + i / 2, i == 4 ? from * UNITS + j % UNITS : j, fan[i / 2]);
        }
    }
}

static void
net_init (int batch, int threads)
{
  long b = batch;

  net.batch = batch;
  net.threads = threads;
  net.x = floats (N_BATCHES * b * SIDE * SIDE);
  net.labels = malloc (N_BATCHES * b * sizeof (int));
  for (long i = 0; i < N_BATCHES * b * SIDE * SIDE; i++)
    net.x[i] = uniform (1, i);
  for (long i = 0; i < N_BATCHES * b; i++)
    {
      int label = uniform (2, i) * CLASSES;

      net.labels[i] = label < CLASSES ? label : CLASSES - 1;
    }
  parameters_init ();
  net.h1 = floats (b * H1 * H1 * C1);
  net.h2 = floats (b * FEATURES);
  net.h3 = floats (b * UNITS);
  net.z = floats (b * CLASSES);
  net.d2 = floats (b * FEATURES);
  net.d3 = floats (b * UNITS);
  net.at1 = malloc (b * H1 * H1 * C1);
  net.at2 = malloc (b * FEATURES);
  must (dnnl_engine_create (&engine, dnnl_cpu, 0), "an engine");
  must (dnnl_stream_create (&net.stream, engine, dnnl_stream_default_flags), "a stream");
  omp_set_num_threads (1);
  for (int i = 0; i < threads; i++)
    part_init (&net.parts[i], i);
  kernels_init ();
  net.wide = floats (net.n[2]);
  omp_set_num_threads (threads);
}

/* ---- Loops ---- */

/* h = largest of 2 x 2 of y + bias, and which one it was. */
static inline __attribute__ ((always_inline)) void
pool (const float   *y,
      const float   *bias,
      int            images,
      int            side,
      int            channels,
      float         *h,
      unsigned char *at)
{
  for (int row = 0; row < images * side / 2; row++)
    for (int column = 0; column < side / 2; column++, h += channels, at += channels)
      {
        const float *a = y + ((long) row * 2 * side + column * 2) * channels, *b = a + channels;
        const float *c = a + side * channels, *d = c + channels;

        for (int k = 0; k < channels; k++)
          {
            float         best = a[k];
            unsigned char which = 0;

            which = b[k] > best ? 1 : which;
            best = b[k] > best ? b[k] : best;
            which = c[k] > best ? 2 : which;
            best = c[k] > best ? c[k] : best;
            which = d[k] > best ? 3 : which;
            best = d[k] > best ? d[k] : best;
            at[k] = which;
            h[k] = best + bias[k];
          }
      }
}

static void
bend (float *h, long n)
{
  for (long i = 0; i < n; i++)
    h[i] = tanhf (h[i]);
}

/* dy from the cotangent of h; db += its sums. */
static inline __attribute__ ((always_inline)) void
unpool (const float         *dh,
        const float         *h,
        const unsigned char *at,
        int                  images,
        int                  side,
        int                  channels,
        float               *dy,
        float               *db)
{
  for (int row = 0; row < images * side / 2; row++)
    for (int column = 0; column < side / 2;
         column++, h += channels, dh += channels, at += channels)
      {
        float *a = dy + ((long) row * 2 * side + column * 2) * channels, *b = a + channels;
        float *c = a + side * channels, *d = c + channels;

        for (int k = 0; k < channels; k++)
          {
            float g = dh[k] * (1 - h[k] * h[k]);

            db[k] += g;
            a[k] = at[k] == 0 ? g : 0;
            b[k] = at[k] == 1 ? g : 0;
            c[k] = at[k] == 2 ? g : 0;
            d[k] = at[k] == 3 ? g : 0;
          }
      }
}

/* The logits become their cotangent; returns the mean loss. */
static float
cross_entropy (float *z, const float *bias, const int *labels, int rows)
{
  double loss = 0;

  for (int r = 0; r < rows; r++, z += CLASSES)
    {
      float most = -INFINITY, sum = 0, picked, scale;

      for (int k = 0; k < CLASSES; k++)
        {
          z[k] += bias[k];
          most = z[k] > most ? z[k] : most;
        }
      picked = z[labels[r]] - most;
      for (int k = 0; k < CLASSES; k++)
        {
          z[k] = expf (z[k] - most);
          sum += z[k];
        }
      loss += logf (sum) - picked;
      scale = 1 / (sum * rows);
      for (int k = 0; k < CLASSES; k++)
        z[k] *= scale;
      z[labels[r]] -= 1.0f / rows;
    }
  return loss / rows;
}

static void
forward_part (Part *part, const float *x)
{
  for (int i = part->first; i < part->end; i += part->group)
    {
      int  n = part->end - i < part->group ? part->end - i : part->group;
      int  rest = n < part->group;
      long at1 = (long) i * H1 * H1 * C1, at2 = (long) i * FEATURES;

      conv_run (&part->forward[0][rest], FORWARD, part->stream, x + (long) i * SIDE * SIDE, part->y,
                net.packed[0]);
      pool (part->y, net.p[1], n, Y1, C1, net.h1 + at1, net.at1 + at1);
      bend (net.h1 + at1, (long) n * H1 * H1 * C1);
      conv_run (&part->forward[1][rest], FORWARD, part->stream, net.h1 + at1, part->y,
                net.packed[1]);
      pool (part->y, net.p[3], n, Y2, C2, net.h2 + at2, net.at2 + at2);
      bend (net.h2 + at2, (long) n * FEATURES);
    }
}

static long
dw_bytes (const Part *part, int layer)
{
  return layer == 1 && net.by_products
           ? C2 * WINDOW * sizeof (float)
           : dnnl_memory_desc_get_size (&part->weight_grad[layer][0].w_desc);
}

static void
weight_grad (Part *part, int layer, int rest, const float *x)
{
  long n = dnnl_memory_desc_get_size (&part->weight_grad[layer][0].w_desc) / sizeof (float);

  conv_run (&part->weight_grad[layer][rest], WEIGHT_GRAD, part->stream, x, part->y, part->w);
  for (long k = 0; k < n; k++)
    part->dw[layer][k] += part->w[k];
}

/* The second convolution's windows over @n images as rows, (5, 5, channels) long, and back. */
static void
lower (float *h, int n, float *rows, int back)
{
  for (int i = 0; i < n; i++, h += H1 * H1 * C1)
    for (int y = 0; y < Y2; y++)
      for (int x = 0; x < Y2; x++, rows += WINDOW)
        for (int a = 0; a < 5; a++)
          {
            float *from = h + ((y + a) * H1 + x) * C1, *row = rows + a * 5 * C1;

            if (back)
              for (int k = 0; k < 5 * C1; k++)
                from[k] += row[k];
            else
              memcpy (row, from, 5 * C1 * sizeof (float));
          }
}

/* Both gradients of the second convolution by products. */
static void
gradients_by_products (Part *part, int n, float *h)
{
  int pixels = n * Y2 * Y2;

  lower (h, n, part->rows, 0);
  product (1, 0, WINDOW, C2, pixels, part->rows, part->y, 1, part->dw[1]);
  product (0, 1, pixels, WINDOW, C2, part->y, net.wide, 0, part->rows);
  memset (part->dh, 0, (long) n * H1 * H1 * C1 * sizeof (float));
  lower (part->dh, n, part->rows, 1);
}

static void
gradients_by_convolutions (Part *part, int n, float *h)
{
  int rest = n < part->group;

  weight_grad (part, 1, rest, h);
  conv_run (&part->input_grad[rest], INPUT_GRAD, part->stream, part->dh, part->y, net.packed_back);
}

/* Which of the two is faster for the first group. */
static void
choose_gradients (void)
{
  double best[2] = { 1e9, 1e9 };

  omp_set_num_threads (1);
  for (int i = 0; i < 2 * N_TRIES; i++)
    {
      double start = clock_s (CLOCK_MONOTONIC), took;

      (i % 2 ? gradients_by_products : gradients_by_convolutions) (&net.parts[0],
                                                                   net.parts[0].group, net.h1);
      took = clock_s (CLOCK_MONOTONIC) - start;
      best[i % 2] = took < best[i % 2] ? took : best[i % 2];
    }
  net.by_products = best[1] < best[0];
  omp_set_num_threads (net.threads);
}

static void
backward_part (Part *part, const float *x)
{
  for (int layer = 0; layer < 2; layer++)
    {
      memset (part->dw[layer], 0, dw_bytes (part, layer));
      memset (part->db[layer], 0, 64 * sizeof (float));
    }
  for (int i = part->first; i < part->end; i += part->group)
    {
      int  n = part->end - i < part->group ? part->end - i : part->group;
      int  rest = n < part->group;
      long at1 = (long) i * H1 * H1 * C1, at2 = (long) i * FEATURES;

      unpool (net.d2 + at2, net.h2 + at2, net.at2 + at2, n, Y2, C2, part->y, part->db[1]);
      (net.by_products ? gradients_by_products : gradients_by_convolutions) (part, n, net.h1 + at1);
      unpool (part->dh, net.h1 + at1, net.at1 + at1, n, Y1, C1, part->y, part->db[0]);
      weight_grad (part, 0, rest, x + (long) i * SIDE * SIDE);
    }
}

static void
pack_kernels (void)
{
  for (int layer = 0; layer < 2; layer++)
    {
      dnnl_memory_set_data_handle (net.plain[layer], net.p[2 * layer]);
      reorder_run (net.pack[layer], net.plain[layer], net.to[layer]);
    }
  if (net.by_products)
    for (int k = 0; k < C2; k++)
      for (int c = 0; c < C1; c++)
        for (int tap = 0; tap < 25; tap++)
          net.wide[(tap * C1 + c) * C2 + k] = net.p[2][(k * C1 + c) * 25 + tap];
  else
    reorder_run (net.pack_back, net.plain[1], net.to_back);
}

static void
sum_parts (void)
{
  for (int layer = 0; layer < 2; layer++)
    {
      Part *first = &net.parts[0];
      long  n = dw_bytes (first, layer) / sizeof (float);

      for (int t = 1; t < net.threads; t++)
        for (long k = 0; k < n; k++)
          first->dw[layer][k] += net.parts[t].dw[layer][k];
      for (int t = 1; t < net.threads; t++)
        for (int k = 0; k < 64; k++)
          first->db[layer][k] += net.parts[t].db[layer][k];
      memcpy (net.g[2 * layer + 1], first->db[layer], net.n[2 * layer + 1] * sizeof (float));
      if (layer == 1 && net.by_products)
        {
          for (int k = 0; k < C2; k++)
            for (int c = 0; c < C1; c++)
              for (int tap = 0; tap < 25; tap++)
                net.g[2][(k * C1 + c) * 25 + tap] = first->dw[1][(tap * C1 + c) * C2 + k];
          continue;
        }
      dnnl_memory_set_data_handle (net.plain[layer], net.g[2 * layer]);
      dnnl_memory_set_data_handle (net.grad_from[layer], first->dw[layer]);
      reorder_run (net.unpack[layer], net.grad_from[layer], net.plain[layer]);
    }
}

static void
add_rows (float *sums, const float *rows, int n_rows, int n)
{
  for (int j = 0; j < n; j++)
    sums[j] *= MOMENTUM;
  for (int r = 0; r < n_rows; r++)
    for (int j = 0; j < n; j++)
      sums[j] += rows[(long) r * n + j];
}

static void
update (void)
{
  for (int i = 0; i < N_PARAMETERS; i++)
    {
      float *p = net.p[i], *v = net.v[i], *g = i < 4 ? net.g[i] : NULL;

#pragma omp parallel for simd schedule(static) if (net.n[i] > 40000)
      for (long j = 0; j < net.n[i]; j++)
        {
          if (g != NULL)
            v[j] = MOMENTUM * v[j] + g[j];
          p[j] -= RATE * v[j];
        }
    }
}

static float
dense (const int *labels)
{
  int   batch = net.batch;
  float loss;

  product (0, 0, batch, UNITS, FEATURES, net.h2, net.p[4], 0, net.h3);
#pragma omp                   parallel for schedule(static)
  for (int r = 0; r < batch; r++)
    for (int j = 0; j < UNITS; j++)
      net.h3[(long) r * UNITS + j] = tanhf (net.h3[(long) r * UNITS + j] + net.p[5][j]);
  product (0, 0, batch, CLASSES, UNITS, net.h3, net.p[6], 0, net.z);
  loss = cross_entropy (net.z, net.p[7], labels, batch);
  product (0, 1, batch, UNITS, CLASSES, net.z, net.p[6], 0, net.d3);
                  #pragma omp parallel for simd schedule(static)
  for (long j = 0; j < (long) batch * UNITS; j++)
    net.d3[j] *= 1 - net.h3[j] * net.h3[j];
  product (0, 1, batch, FEATURES, UNITS, net.d3, net.p[4], 0, net.d2);
  product (1, 0, UNITS, CLASSES, batch, net.h3, net.z, MOMENTUM, net.v[6]);
  product (1, 0, FEATURES, UNITS, batch, net.h2, net.d3, MOMENTUM, net.v[4]);
  add_rows (net.v[7], net.z, batch, CLASSES);
  add_rows (net.v[5], net.d3, batch, UNITS);
  return loss;
                  }

static float
step (void)
{
  const float *x = net.x + (long) net.next * net.batch * SIDE * SIDE;
  const int   *labels = net.labels + (long) net.next * net.batch;
  float        loss;

  net.next = (net.next + 1) % N_BATCHES;
  pack_kernels ();
#pragma omp parallel for schedule(static)
  for (int t = 0; t < net.threads; t++)
    forward_part (&net.parts[t], x);
  loss = dense (labels);
#pragma omp parallel for schedule(static)
  for (int t = 0; t < net.threads; t++)
    backward_part (&net.parts[t], x);
  sum_parts ();
  update ();
  return loss;
}

/* ---- The worker ---- */

static double
resident_mb (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024.0;
}

static void
serve (void)
{
  char  line[64];
  long  n;
  float loss = 0;

  while (fgets (line, sizeof line, stdin) != NULL && sscanf (line, "run %ld", &n) == 1)
    {
      double start = clock_s (CLOCK_MONOTONIC), cpu = clock_s (CLOCK_PROCESS_CPUTIME_ID);

      for (long i = 0; i < n; i++)
        loss = step ();
      printf ("{\"wall_s\":%.9f,\"cpu_s\":%.9f,\"loss\":%.7g}\n", clock_s (CLOCK_MONOTONIC) - start,
              clock_s (CLOCK_PROCESS_CPUTIME_ID) - cpu, loss);
      fflush (stdout);
    }
  printf ("{\"rss_mb\":%.1f,\"child_rss_mb\":0}\n", resident_mb ());
}

int
main (int argc, char **argv)
{
  const char *workload = "W3_b64";
  int         threads = 1;
  float       first, last = 0;
  double      start = clock_s (CLOCK_MONOTONIC);

  for (int i = 1; i + 1 < argc; i++)
    {
      if (strcmp (argv[i], "--workload") == 0)
        workload = argv[i + 1];
      else if (strcmp (argv[i], "--threads") == 0)
        threads = atoi (argv[i + 1]);
    }
  threads = threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS
                                                    : threads;
  net_init (strcmp (workload, "W3_b500") == 0 ? 500 : 64, threads);
  choose_gradients ();
  first = step ();
  start = clock_s (CLOCK_MONOTONIC) - start;
  for (int i = 1; i < 10; i++)
    last = step ();
  printf ("{\"ready\":true,\"workload\":\"%s\",\"peer\":\"limit\",\"threads\":%d,\"import_s\":0,"
          "\"compile_s\":%.4f,\"loss1\":%.7g,\"loss10\":%.7g,\"rss_mb\":%.1f}\n",
          workload, threads, start, first, last, resident_mb ());
  fflush (stdout);
  serve ();
  return 0;
}
