/* Discrete Fourier transforms along an axis: fft, ifft, rfft, irfft.
 *
 * Complex numbers are a last axis of 2, real and imaginary part; "axis" counts the others. One unit
 * is a block of lines that lie next to each other, or one line along the last axis. The input is
 * cut, or filled up with zeros, to the length of the transform.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/fft-plan.h"
#include "engine/ops/ops-private.h"

#include <math.h>
#include <string.h>

/* Lines worked on together: a few cache lines of every number, two vectors of doubles. */
#define MAX_LINES 16

/* ---- Types ---- */

/* The attributes: n, axis, norm. */
#define ATTR_N 0
#define ATTR_AXIS 1
#define ATTR_NORM 2

static gboolean
real_input (const WeftOp *op)
{
  return op->id == WEFT_OP_RFFT;
}

static gboolean
real_output (const WeftOp *op)
{
  return op->id == WEFT_OP_IRFFT;
}

static gboolean
is_inverse (const WeftOp *op)
{
  return op->id == WEFT_OP_IFFT || op->id == WEFT_OP_IRFFT;
}

static gboolean
check_pairs (const WeftOp *op, const WeftShape *shape, GError **error)
{
  g_autofree char *text = NULL;

  if (shape->rank > 0 && !weft_dim_differs (shape->dims[shape->rank - 1], weft_dim (2)))
    return TRUE;
  text = weft_shape_to_string (shape);
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
               "%s: the last axis must hold real and imaginary parts, but the shape is %s; "
               "complex(x) makes them",
               op->name, text);
  return FALSE;
}

/* The length of the transform: n, or what the axis has. */
static gboolean
infer_length (
  const WeftOp *op, const WeftAttr *attrs, WeftDim have, WeftDim *length, GError **error)
{
  if (attrs[ATTR_N].kind != WEFT_ATTR_NONE)
    *length = attrs[ATTR_N].dims->dims[0];
  else if (real_output (op))
    *length = weft_dim_mul (weft_dim (2), weft_dim_sub (have, weft_dim (1)));
  else
    *length = have;
  if (!weft_dim_is_number (*length) || length->offset >= 1)
    return TRUE;
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
               "%s: a transform has at least one number, not %" G_GINT64_FORMAT, op->name,
               length->offset);
  return FALSE;
}

static INFER (infer_fft)
{
  const WeftShape *x = &inputs[0].shape;
  gboolean         pairs = !real_input (op);
  WeftShape        shape = *x;
  WeftDim          length;
  guint            axis;

  if ((pairs && !check_pairs (op, x, error)) ||
      !weft_infer_axis (op, attrs[ATTR_AXIS].i, x->rank - (pairs ? 1 : 0), &axis, error) ||
      !infer_length (op, attrs, x->dims[axis], &length, error))
    return FALSE;
  shape.dims[axis] = real_input (op)
                       ? weft_dim_add (weft_dim_floor_div (length, weft_dim (2)), weft_dim (1))
                       : length;
  if (real_input (op))
    {
      if (shape.rank == WEFT_MAX_RANK)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                       "%s: no axis is left for real and imaginary parts", op->name);
          return FALSE;
        }
      shape.dims[shape.rank++] = weft_dim (2);
    }
  if (real_output (op))
    shape.rank--;
  types[0].dtype = inputs[0].dtype;
  types[0].shape = shape;
  return TRUE;
}

/* ---- Sizes of a call ---- */

typedef struct
{
  gint64 n;            /* of the transform */
  gint64 n_in, n_out;  /* along the axis in memory */
  gint64 outer, inner; /* lines before and after the axis, pairs counted once */
  double scale;
} Sizes;

static Sizes
sizes_of (
  const WeftOp *op, const WeftAttr *attrs, guint rank, const gint64 *shape, const gint64 *out_shape)
{
  guint  last = rank - (real_input (op) ? 0 : 1);
  guint  axis = attrs[ATTR_AXIS].i < 0 ? attrs[ATTR_AXIS].i + last : attrs[ATTR_AXIS].i;
  Sizes  sizes = { .n_in = shape[axis], .n_out = out_shape[axis] };
  double power = g_str_equal (attrs[ATTR_NORM].s, "ortho") ? 0.5 : 1;

  sizes.n = attrs[ATTR_N].kind == WEFT_ATTR_NONE ? sizes.n_in : attrs[ATTR_N].dims->dims[0].offset;
  if (real_output (op))
    sizes.n = sizes.n_out;
  sizes.outer = weft_product (shape, axis);
  sizes.inner = weft_product (shape + axis + 1, last - axis - 1);
  sizes.scale = pow (sizes.n, -power);
  if (power == 1 && g_str_equal (attrs[ATTR_NORM].s, "forward") == is_inverse (op))
    sizes.scale = 1;
  return sizes;
}

static Sizes
sizes_of_call (const WeftKernelCall *call)
{
  return sizes_of (call->op, call->attrs, call->in_ranks[0], call->in_shapes[0],
                   call->out_shape[0]);
}

/* ---- The kernel ---- */

/* A real transform of even length is a complex one of half of it. */
typedef struct
{
  WeftFftPlan *plan;
  gboolean     halved;
  void        *roots; /* of 1, half of them and one more, where halved */
} Prepared;

static gpointer
fft_prepare (const WeftKernelCall *call)
{
  Sizes     sizes = sizes_of_call (call);
  gboolean  is_double = call->out_dtype[0] == WEFT_F64;
  Prepared *prepared = g_new0 (Prepared, 1);

  prepared->halved = (real_input (call->op) || real_output (call->op)) && sizes.n % 2 == 0;
  prepared->plan = weft_fft_plan_new (prepared->halved ? sizes.n / 2 : sizes.n, is_double);
  if (prepared->halved)
    {
      prepared->roots = g_malloc (2 * (sizes.n / 2 + 1) * weft_dtype_size (call->out_dtype[0]));
      weft_fft_roots (sizes.n, sizes.n / 2 + 1, is_double, prepared->roots);
    }
  return prepared;
}

static void
fft_release (gpointer data)
{
  Prepared *prepared = data;

  weft_fft_plan_free (prepared->plan);
  g_free (prepared->roots);
  g_free (prepared);
}

static gint64
blocks_of (const Sizes *sizes)
{
  return (sizes->inner + MAX_LINES - 1) / MAX_LINES;
}

static gint64
fft_units (const WeftKernelCall *call)
{
  Sizes sizes = sizes_of_call (call);

  return sizes.outer * blocks_of (&sizes);
}

/* Elements of one part: a halved spectrum has one number more than its transform. */
static gint64
part_room (const WeftKernelCall *call, const Sizes *sizes)
{
  const Prepared *prepared = call->prepared;
  gint64          lines = MIN (sizes->inner, MAX_LINES);
  gint64          room = weft_fft_plan_room (prepared->plan, lines);

  /* A line starts on a cache line of its own. */
  return (MAX (room, (sizes->n + 1) * lines) + 15) / 16 * 16;
}

static gsize
fft_scratch (const WeftKernelCall *call)
{
  Sizes sizes = sizes_of_call (call);

  return 4 * part_room (call, &sizes) * weft_dtype_size (call->out_dtype[0]);
}

static double
fft_flops (const WeftKernelCall *call)
{
  Sizes sizes = sizes_of_call (call);

  return 5 * (double) sizes.outer * sizes.inner * sizes.n * log2 (sizes.n + 1);
}

/* One block of lines on its way. */
typedef struct
{
  const WeftKernelCall *call;
  const WeftFftPasses  *passes;
  Sizes                 sizes;
  WeftFftData           data;
  gint64                lines, first; /* of the block, in its outer index */
  gsize                 size;
  WeftDType             dtype;
} Block;

static void
exchange (void **a, void **b)
{
  void *kept = *a;

  *a = *b;
  *b = kept;
}

/* The inverse transform is the forward one with real and imaginary parts exchanged. */
static void
exchange_parts (WeftFftData *data)
{
  exchange (&data->re, &data->im);
  exchange (&data->work_re, &data->work_im);
}

static void
clear_rest (const Block *block, void *part, gint64 from, gint64 to)
{
  if (from < to)
    memset ((char *) part + from * block->lines * block->size, 0,
            (to - from) * block->lines * block->size);
}

/* The pairs of the block, the first @n along the axis. */
static void
load_pairs (Block *block, const char *x, gint64 n)
{
  gint64 have = MIN (n, block->sizes.n_in);

  block->passes->split (have, block->lines, 2 * block->sizes.inner,
                        x + 2 * block->first * block->size, block->data.re, block->data.im);
  clear_rest (block, block->data.re, have, n);
  clear_rest (block, block->data.im, have, n);
}

static void
store_pairs (Block *block, char *y, gint64 n)
{
  block->passes->join (n, block->lines, 2 * block->sizes.inner, block->sizes.scale, block->data.re,
                       block->data.im, y + 2 * block->first * block->size);
}

static void
complex_transform (Block *block, const char *x, char *y)
{
  const Prepared *prepared = block->call->prepared;
  gboolean        inverse = is_inverse (block->call->op);

  load_pairs (block, x, block->sizes.n);
  if (inverse)
    exchange_parts (&block->data);
  weft_fft_plan_run (prepared->plan, block->lines, &block->data);
  if (inverse)
    exchange_parts (&block->data);
  store_pairs (block, y, block->sizes.n);
}

/* Real number @k of line @q of the block, 0 beyond the end. */
static double
real_at (const Block *block, const char *x, gint64 k, gint64 q)
{
  if (k >= block->sizes.n_in)
    return 0;
  return weft_load_number (block->dtype, x, k * block->sizes.inner + block->first + q);
}

static void
put (const Block *block, void *part, gint64 i, double value)
{
  if (block->dtype == WEFT_F32)
    ((float *) part)[i] = value;
  else
    ((double *) part)[i] = value;
}

static void
real_to_complex (Block *block, const char *x, char *y)
{
  const Prepared *prepared = block->call->prepared;
  gint64          half = block->sizes.n / 2, lines = block->lines;

  if (prepared->halved && block->sizes.inner == 1 && block->sizes.n_in >= block->sizes.n)
    block->passes->split (half, 1, 2, x, block->data.re, block->data.im);
  else
    for (gint64 p = 0; p < (prepared->halved ? half : block->sizes.n); p++)
      for (gint64 q = 0; q < lines; q++)
        {
          put (block, block->data.re, p * lines + q,
               real_at (block, x, prepared->halved ? 2 * p : p, q));
          put (block, block->data.im, p * lines + q,
               prepared->halved ? real_at (block, x, 2 * p + 1, q) : 0);
        }
  weft_fft_plan_run (prepared->plan, lines, &block->data);
  if (prepared->halved)
    {
      block->passes->untangle (half, lines, prepared->roots, block->data.re, block->data.im,
                               block->data.work_re, block->data.work_im);
      exchange (&block->data.re, &block->data.work_re);
      exchange (&block->data.im, &block->data.work_im);
    }
  store_pairs (block, y, half + 1);
}

/* Writes the block's real results, @pairs: even and odd ones are the two parts. */
static void
store_reals (Block *block, char *y, gboolean pairs)
{
  const WeftFftData *data = &block->data;

  if (pairs && block->sizes.inner == 1)
    {
      block->passes->join (block->sizes.n / 2, 1, 2, block->sizes.scale, data->re, data->im, y);
      return;
    }
  for (gint64 k = 0; k < block->sizes.n; k++)
    for (gint64 q = 0; q < block->lines; q++)
      {
        const void *part = pairs && k % 2 == 1 ? data->im : data->re;
        double      value =
          weft_load_number (block->dtype, part, (pairs ? k / 2 : k) * block->lines + q);

        put (block, y, k * block->sizes.inner + block->first + q, block->sizes.scale * value);
      }
}

/* The spectrum of a real result: number k of the second half is the conjugate of n - k; where a
 * number is its own conjugate, its imaginary part does not count. */
static void
mirror (Block *block)
{
  gint64 n = block->sizes.n, lines = block->lines;

  for (gint64 k = n / 2 + 1; k < n; k++)
    for (gint64 q = 0; q < lines; q++)
      {
        gint64 from = (n - k) * lines + q;

        put (block, block->data.re, k * lines + q,
             weft_load_number (block->dtype, block->data.re, from));
        put (block, block->data.im, k * lines + q,
             -weft_load_number (block->dtype, block->data.im, from));
      }
}

static void
complex_to_real (Block *block, const char *x, char *y)
{
  const Prepared *prepared = block->call->prepared;
  gint64          half = block->sizes.n / 2, lines = block->lines;

  load_pairs (block, x, half + 1);
  memset (block->data.im, 0, lines * block->size);
  if (prepared->halved)
    {
      memset ((char *) block->data.im + half * lines * block->size, 0, lines * block->size);
      block->passes->tangle (half, lines, prepared->roots, block->data.re, block->data.im,
                             block->data.work_re, block->data.work_im);
      exchange (&block->data.re, &block->data.work_re);
      exchange (&block->data.im, &block->data.work_im);
    }
  else
    mirror (block);
  exchange_parts (&block->data);
  weft_fft_plan_run (prepared->plan, lines, &block->data);
  exchange_parts (&block->data);
  store_reals (block, y, prepared->halved);
}

static void
fft_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  Block  block = { .call = call, .dtype = call->out_dtype[0] };
  gint64 room, blocks;
  char  *at = call->scratch;

  block.sizes = sizes_of_call (call);
  block.size = weft_dtype_size (block.dtype);
  block.passes = weft_fft_passes (block.dtype == WEFT_F64);
  blocks = blocks_of (&block.sizes);
  room = part_room (call, &block.sizes) * block.size;
  for (gint64 unit = begin; unit < end; unit++)
    {
      gint64 outer = unit / blocks;
      gsize  in_line = (real_input (call->op) ? 1 : 2) * block.sizes.inner * block.size,
            out_line = (real_output (call->op) ? 1 : 2) * block.sizes.inner * block.size;
      const char *x = (const char *) call->in[0] + outer * block.sizes.n_in * in_line;
      char       *y = (char *) call->out[0] + outer * block.sizes.n_out * out_line;

      block.first = unit % blocks * MAX_LINES;
      block.lines = MIN (MAX_LINES, block.sizes.inner - block.first);
      block.data = (WeftFftData){ at, at + room, at + 2 * room, at + 3 * room };
      if (real_input (call->op))
        real_to_complex (&block, x, y);
      else if (real_output (call->op))
        complex_to_real (&block, x, y);
      else
        complex_transform (&block, x, y);
    }
}

/* ---- The definition ---- */

/* Number @k of the spectrum that is transformed, from the line at @x: zero beyond the end, a
 * conjugate in the second half where only the first is stored. */
static void
reference_number (
  const WeftOp *op, const Sizes *sizes, const double *x, gint64 k, double *re, double *im)
{
  gint64 from = real_output (op) && k > sizes->n / 2 ? sizes->n - k : k;

  *re = *im = 0;
  if (from >= sizes->n_in)
    return;
  if (real_input (op))
    {
      *re = x[from * sizes->inner];
      return;
    }
  *re = x[2 * from * sizes->inner];
  *im = from == k ? x[2 * from * sizes->inner + 1] : -x[2 * from * sizes->inner + 1];
  if (real_output (op) && (k == 0 || 2 * k == sizes->n))
    *im = 0;
}

static void
reference_line (const WeftOp *op, const Sizes *sizes, const double *x, double *y)
{
  double sign = is_inverse (op) ? 1 : -1;

  for (gint64 j = 0; j < sizes->n_out; j++)
    {
      double sum_re = 0, sum_im = 0;

      for (gint64 k = 0; k < sizes->n; k++)
        {
          double angle = sign * 2 * G_PI * (double) (j * k % sizes->n) / sizes->n, re, im;

          reference_number (op, sizes, x, k, &re, &im);
          sum_re += re * cos (angle) - im * sin (angle);
          sum_im += re * sin (angle) + im * cos (angle);
        }
      if (real_output (op))
        {
          y[j * sizes->inner] = sum_re * sizes->scale;
          continue;
        }
      y[2 * j * sizes->inner] = sum_re * sizes->scale;
      y[2 * j * sizes->inner + 1] = sum_im * sizes->scale;
    }
}

static REFERENCE (fft_reference)
{
  const WeftOp *op = apply->op;
  guint         in_width = real_input (op) ? 1 : 2, out_width = real_output (op) ? 1 : 2;
  Sizes         sizes;

  sizes = sizes_of (op, apply->attrs, inputs[0]->rank, inputs[0]->shape, outputs[0]->shape);
  for (gint64 i = 0; i < sizes.outer; i++)
    for (gint64 q = 0; q < sizes.inner; q++)
      reference_line (
        op, &sizes,
        (const double *) inputs[0]->data + in_width * (i * sizes.n_in * sizes.inner + q),
        (double *) outputs[0]->data + out_width * (i * sizes.n_out * sizes.inner + q));
}

static const WeftKernel fft_kernel = {
  .units = fft_units,
  .run = fft_run,
  .scratch = fft_scratch,
  .flops = fft_flops,
  .prepare = fft_prepare,
  .release = fft_release,
};
const WeftOpCode weft_code_fft = {
  .infer = infer_fft,
  .reference = fft_reference,
  .kernel = &fft_kernel,
};
