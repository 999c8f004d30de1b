/* Pooling (max_pool, avg_pool) and patches (im2col, col2im), with their gradients as ops.
 *
 * The gradient of max_pool goes to the first largest element of each window; max_pool_pick reads
 * another array at the same elements, which is the gradient's transpose. avg_pool and im2col are
 * linear: each is the gradient of its gradient.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/pool-text.h"

#include <math.h>
#include <string.h>

#include "engine/ops/net-kernels.h"

/* ---- Type rules ---- */

static gboolean
infer_windows (
  const WeftOp *op, const WeftAttr *attrs, const WeftShape *x, WeftShape *y, GError **error)
{
  WeftDim size[WEFT_WINDOW_AXES];
  guint   n_axes;

  if (!weft_windows_check (op, attrs, x, &n_axes, error) ||
      !weft_windows_size (op, attrs, n_axes, size, error) ||
      !weft_windows_infer (op, attrs, x, size, y, error))
    return FALSE;
  y->dims[1 + n_axes] = x->dims[1 + n_axes];
  return TRUE;
}

static INFER (infer_pool)
{
  types[0].dtype = inputs[0].dtype;
  return infer_windows (op, attrs, &inputs[0].shape, &types[0].shape, error);
}

/* x g -> the gradient of x. */
static INFER (infer_max_pool_grad)
{
  WeftShape y;

  types[0] = inputs[0];
  types[0].weak = FALSE;
  return infer_windows (op, attrs, &inputs[0].shape, &y, error) &&
         weft_windows_same (op, &inputs[1].shape, &y, error);
}

/* x v -> elements of v, shaped as x, where x is largest. */
static INFER (infer_max_pool_pick)
{
  types[0].dtype = inputs[0].dtype;
  return infer_windows (op, attrs, &inputs[0].shape, &types[0].shape, error) &&
         weft_windows_same (op, &inputs[1].shape, &inputs[0].shape, error);
}

static INFER (infer_avg_pool_grad)
{
  WeftShape y;

  types[0].dtype = inputs[0].dtype;
  types[0].shape = *attrs[0].dims;
  return infer_windows (op, attrs, attrs[0].dims, &y, error) &&
         weft_windows_same (op, &inputs[0].shape, &y, error);
}

/* The last axis of patches: all channels of the first tap, then of the second ... */
static gboolean
infer_patches (
  const WeftOp *op, const WeftAttr *attrs, const WeftShape *x, WeftShape *y, GError **error)
{
  WeftDim size[WEFT_WINDOW_AXES], *channels;

  if (!infer_windows (op, attrs, x, y, error) ||
      !weft_windows_size (op, attrs, x->rank - 2, size, error))
    return FALSE;
  channels = &y->dims[y->rank - 1];
  for (guint i = 0; i + 2 < x->rank; i++)
    *channels = weft_dim_mul (*channels, size[i]);
  return TRUE;
}

static INFER (infer_im2col)
{
  types[0].dtype = inputs[0].dtype;
  return infer_patches (op, attrs, &inputs[0].shape, &types[0].shape, error);
}

static INFER (infer_col2im)
{
  WeftShape y;

  types[0].dtype = inputs[0].dtype;
  types[0].shape = *attrs[0].dims;
  return infer_patches (op, attrs, attrs[0].dims, &y, error) &&
         weft_windows_same (op, &inputs[0].shape, &y, error);
}

/* ---- Definitions ---- */

static gboolean
counts_padding (const WeftOp *op, const WeftAttr *attrs)
{
  return attrs[weft_op_attr_index (op, "count_padding")].i != 0;
}

/* The element of the window at output @out (over batch and axes) that is the largest of channel
 * @c, the first of equals, or the first NaN; -1: the window sees nothing. */
static gint64
largest (const WeftWindows *windows, const double *x, gint64 channels, gint64 out, gint64 c)
{
  gint64 n_out = weft_windows_n_out (windows), best = -1;

  for (gint64 tap = 0; tap < weft_windows_n_taps (windows); tap++)
    {
      gint64 at = weft_windows_source (windows, out % n_out, tap);

      if (at < 0)
        continue;
      at = (out / n_out * weft_windows_n_in (windows) + at) * channels + c;
      if (best < 0 || x[at] > x[best] || (isnan (x[at]) && !isnan (x[best])))
        best = at;
    }
  return best;
}

static REFERENCE (max_pool_reference)
{
  const WeftArray *x = inputs[0], *y = apply->op->id == WEFT_OP_MAX_POOL_GRAD ? inputs[1]
                                                                              : outputs[0];
  gint64           channels = x->shape[x->rank - 1];
  WeftWindows      windows;

  weft_windows_init_sized (&windows, apply->op, apply->attrs, x->rank, x->shape, y->shape);
  for (gint64 i = 0; i < y->n_elements; i++)
    {
      gint64  at = largest (&windows, x->data, channels, i / channels, i % channels);
      double *result = outputs[0]->data;

      if (apply->op->id == WEFT_OP_MAX_POOL)
        result[i] = at < 0 ? -INFINITY : weft_array_get (x, at);
      else if (apply->op->id == WEFT_OP_MAX_POOL_PICK)
        result[i] = at < 0 ? 0 : weft_array_get (inputs[1], at);
      else if (at >= 0)
        result[at] += weft_array_get (inputs[1], i);
    }
}

static REFERENCE (avg_pool_reference)
{
  gboolean         back = apply->op->id == WEFT_OP_AVG_POOL_GRAD;
  const WeftArray *x = back ? outputs[0] : inputs[0], *y = back ? inputs[0] : outputs[0];
  gint64           channels = x->shape[x->rank - 1], n_taps, n_out;
  double          *xs = x->data, *ys = y->data;
  WeftWindows      windows;

  weft_windows_init_sized (&windows, apply->op, apply->attrs, x->rank, x->shape, y->shape);
  n_taps = weft_windows_n_taps (&windows);
  n_out = weft_windows_n_out (&windows);
  for (gint64 i = 0; i < y->n_elements; i++)
    {
      gint64 out = i / channels, count = 0;

      for (gint64 tap = 0; tap < n_taps; tap++)
        count += weft_windows_source (&windows, out % n_out, tap) >= 0;
      if (counts_padding (apply->op, apply->attrs))
        count = n_taps;
      for (gint64 tap = 0; tap < n_taps; tap++)
        {
          gint64 at = weft_windows_source (&windows, out % n_out, tap);

          if (at < 0)
            continue;
          at = (out / n_out * weft_windows_n_in (&windows) + at) * channels + i % channels;
          if (back)
            xs[at] += ys[i] / count;
          else
            ys[i] += xs[at] / count;
        }
    }
}

static REFERENCE (patches_reference)
{
  gboolean         back = apply->op->id == WEFT_OP_COL2IM;
  const WeftArray *x = back ? outputs[0] : inputs[0], *y = back ? inputs[0] : outputs[0];
  gint64           channels = x->shape[x->rank - 1], n_taps, n_out;
  double          *xs = x->data, *ys = y->data;
  WeftWindows      windows;

  weft_windows_init_sized (&windows, apply->op, apply->attrs, x->rank, x->shape, y->shape);
  n_taps = weft_windows_n_taps (&windows);
  n_out = weft_windows_n_out (&windows);
  for (gint64 i = 0; i < y->n_elements; i++)
    {
      gint64 tap = i / channels % n_taps, out = i / channels / n_taps;
      gint64 at = weft_windows_source (&windows, out % n_out, tap);

      if (at < 0)
        continue;
      at = (out / n_out * weft_windows_n_in (&windows) + at) * channels + i % channels;
      if (back)
        xs[at] += ys[i];
      else
        ys[i] = xs[at];
    }
}

/* ---- Kernels: forward a unit is a row of outputs, backward an image ---- */

#define CACHE_LINE 64
/* The least block of channels of the loops over rows of windows. */
#define CHANNEL_BLOCK 4

typedef struct
{
  WeftWindows           windows;
  const WeftNetKernels *loops;
  gint64                channels, n_taps;
  gsize                 vector; /* bytes of one element's channels */
  gboolean              count_padding;
  gboolean              apart;  /* windows see no padding and share no element */
  gboolean              covers; /* each element is in a window */
  gint64               *tap_at; /* apart: [n_taps] elements from a window's first */
} Pool;

static gboolean
is_backward (const WeftOp *op)
{
  return op->id == WEFT_OP_MAX_POOL_GRAD || op->id == WEFT_OP_AVG_POOL_GRAD ||
         op->id == WEFT_OP_COL2IM;
}

/* Whether windows see no padding and share no element. */
static gboolean
are_apart (const WeftWindows *windows)
{
  for (guint i = 0; i < WEFT_WINDOW_AXES; i++)
    {
      gint64 span = (windows->size[i] - 1) * windows->dilation[i] + 1;

      if (windows->before[i] > 0 || span > windows->stride[i] ||
          (windows->out[i] - 1) * windows->stride[i] + span > windows->in[i])
        return FALSE;
    }
  return TRUE;
}

/* Whether each element is in a window. */
static gboolean
do_cover (const WeftWindows *windows)
{
  for (guint i = 0; i < WEFT_WINDOW_AXES; i++)
    if (windows->dilation[i] > 1 || windows->size[i] != windows->stride[i] ||
        windows->out[i] * windows->stride[i] != windows->in[i])
      return FALSE;
  return TRUE;
}

/* Dims, 0 for those that are no numbers yet. Returns whether those of the windows' axes are. */
static gboolean
known_dims (const WeftType *type, gint64 *dims)
{
  guint    rank = type->shape.rank;
  gboolean known = TRUE;

  for (guint i = 0; i < rank; i++)
    {
      gboolean is_number = weft_dim_is_number (type->shape.dims[i]);

      dims[i] = is_number ? type->shape.dims[i].offset : 0;
      known = known && (is_number || i == 0 || i == rank - 1);
    }
  return known;
}

/* Whether the kernel of @apply, a max_pool_grad, may write its result over x: each element is in
 * one window, and none is looked at again when its window is done, as the last channels are where
 * they are no whole block (EACH_WINDOW of net-kernels.inc). */
gboolean
weft_max_pool_grad_replaces (const WeftApply *apply)
{
  gint64      x[WEFT_MAX_RANK] = { 0 }, y[WEFT_MAX_RANK] = { 0 }, channels;
  guint       rank = apply->inputs[0]->type.shape.rank;
  WeftWindows windows;

  if (!known_dims (&apply->inputs[0]->type, x) || !known_dims (&apply->inputs[1]->type, y))
    return FALSE;
  weft_windows_init_sized (&windows, apply->op, apply->attrs, rank, x, y);
  channels = x[rank - 1];
  return channels > 0 && (channels < CHANNEL_BLOCK || channels % CHANNEL_BLOCK == 0) &&
         are_apart (&windows) && do_cover (&windows);
}

/* Windows that share nothing are written row by row, without asking what each of them sees. */
static void
find_apart (Pool *pool)
{
  const WeftWindows *windows = &pool->windows;

  pool->apart = pool->channels > 0 && are_apart (windows);
  pool->covers = pool->channels > 0 && do_cover (windows);
  if (!pool->apart)
    return;
  pool->tap_at = g_new (gint64, pool->n_taps);
  for (gint64 tap = 0; tap < pool->n_taps; tap++)
    pool->tap_at[tap] = weft_windows_source (windows, 0, tap) * pool->channels;
}

static void
pool_release (gpointer data)
{
  Pool *pool = data;

  g_free (pool->tap_at);
  g_free (pool);
}

static gpointer
pool_prepare (const WeftKernelCall *call)
{
  Pool         *pool = g_new0 (Pool, 1);
  gboolean      back = is_backward (call->op), two = call->n_inputs == 2;
  const gint64 *x = back ? call->out_shape[0] : call->in_shapes[0];
  const gint64 *y = back ? call->in_shapes[two ? 1 : 0] : call->out_shape[0];

  weft_windows_init_sized (&pool->windows, call->op, call->attrs, call->in_ranks[0], x, y);
  pool->loops = weft_net_kernels (call->out_dtype[0] == WEFT_F64);
  pool->channels = x[call->in_ranks[0] - 1];
  pool->n_taps = weft_windows_n_taps (&pool->windows);
  pool->vector = pool->channels * weft_dtype_size (call->out_dtype[0]);
  pool->count_padding = weft_op_attr_index (call->op, "count_padding") >= 0 &&
                        counts_padding (call->op, call->attrs);
  if (call->op->id != WEFT_OP_IM2COL && call->op->id != WEFT_OP_COL2IM &&
      call->op->id != WEFT_OP_MAX_POOL_PICK)
    find_apart (pool);
  return pool;
}

static gint64
pool_units (const WeftKernelCall *call)
{
  const Pool *pool = call->prepared;

  return is_backward (call->op) ? pool->windows.batch : weft_windows_n_rows (&pool->windows);
}

/* Where the elements of a window are. */
static gsize
pool_scratch (const WeftKernelCall *call)
{
  const Pool *pool = call->prepared;

  return pool->n_taps * sizeof (gint64);
}

static double
pool_flops (const WeftKernelCall *call)
{
  const gint64 *y = is_backward (call->op) ? call->in_shapes[call->n_inputs - 1]
                                           : call->out_shape[0];
  gint64        taps = 1;
  gint          size = weft_op_attr_index (call->op, "size");

  for (guint i = 0; i + 2 < call->in_ranks[0]; i++)
    taps *= call->attrs[size].dims->dims[call->attrs[size].dims->rank == 1 ? 0 : i].offset;
  if (call->op->id == WEFT_OP_IM2COL || call->op->id == WEFT_OP_COL2IM)
    taps = 1;
  return (double) weft_product (y, call->in_ranks[0]) * taps;
}

/* What looking through one window works on. */
typedef struct
{
  const Pool *pool;
  const char *x, *v; /* arrays */
  char       *dx;    /* array of a backward pass */
  const char *g;     /* of this output */
  char       *y;     /* of this output */
  gint64     *from;  /* the elements that this window sees */
  gint64      n_from;
  double      scale;
} Look;

static void
collect (gpointer data, gint64 from, gint64 tap)
{
  Look *look = data;

  look->from[look->n_from] = from * look->pool->channels;
  look->n_from++;
}

static void
add_source (gpointer data, gint64 from, gint64 tap)
{
  const Look *look = data;

  look->pool->loops->add_scaled (look->y, look->x + from * look->pool->vector, look->scale,
                                 look->pool->channels);
}

static void
add_share (gpointer data, gint64 from, gint64 tap)
{
  const Look *look = data;

  look->pool->loops->add_scaled (look->dx + from * look->pool->vector, look->g, look->scale,
                                 look->pool->channels);
}

static void
copy_patch (gpointer data, gint64 from, gint64 tap)
{
  const Look *look = data;
  gsize       vector = look->pool->vector;

  memcpy (look->y + tap * vector, look->x + from * vector, vector);
}

static void
add_patch (gpointer data, gint64 from, gint64 tap)
{
  const Look *look = data;
  gsize       vector = look->pool->vector;

  look->pool->loops->add_scaled (look->dx + from * vector, look->g + tap * vector, 1,
                                 look->pool->channels);
}

static void
count (gpointer data, gint64 from, gint64 tap)
{
}

/* How much an element counts in the mean of a window. */
static double
share_of (const Pool *pool, gint64 row, gint64 at)
{
  gint64 n = pool->count_padding ? pool->n_taps
                                 : weft_windows_look (&pool->windows, row, at, count, NULL);

  return n > 0 ? 1.0 / n : 0;
}

/* One window of any of the ops. */
static void
run_window (WeftOpId id, Look *look, gint64 row, gint64 at)
{
  const WeftWindows    *windows = &look->pool->windows;
  const WeftNetKernels *loops = look->pool->loops;
  gint64                channels = look->pool->channels;

  look->n_from = 0;
  switch ((guint) id)
    {
    case WEFT_OP_MAX_POOL:
      weft_windows_look (windows, row, at, collect, look);
      loops->window_max (look->y, look->x, look->from, look->n_from, channels);
      break;
    case WEFT_OP_MAX_POOL_GRAD:
      weft_windows_look (windows, row, at, collect, look);
      loops->window_max_grad (look->dx, look->x, look->g, look->from, look->n_from, channels);
      break;
    case WEFT_OP_MAX_POOL_PICK:
      weft_windows_look (windows, row, at, collect, look);
      loops->window_max_pick (look->y, look->x, look->v, look->from, look->n_from, channels);
      break;
    case WEFT_OP_AVG_POOL:
      look->scale = share_of (look->pool, row, at);
      memset (look->y, 0, look->pool->vector);
      weft_windows_look (windows, row, at, add_source, look);
      break;
    case WEFT_OP_AVG_POOL_GRAD:
      look->scale = share_of (look->pool, row, at);
      weft_windows_look (windows, row, at, add_share, look);
      break;
    case WEFT_OP_IM2COL:
      memset (look->y, 0, look->pool->n_taps * look->pool->vector);
      weft_windows_look (windows, row, at, copy_patch, look);
      break;
    default: /* COL2IM */
      weft_windows_look (windows, row, at, add_patch, look);
      break;
    }
}

/* Fetches what windows of the next row will look at: they are far from this row's. */
static void
fetch (const Pool *pool, const char *x)
{
  gsize row = pool->windows.in[2] * pool->vector;

  for (gint64 i = 0; i < pool->windows.size[1]; i++, x += pool->windows.dilation[1] * row)
    for (gsize at = 0; at < row; at += CACHE_LINE)
      __builtin_prefetch (x + at);
}

/* Rows @begin to @end of outputs where the windows are apart. */
static void
run_rows (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const Pool           *pool = call->prepared;
  const WeftWindows    *windows = &pool->windows;
  const WeftNetKernels *loops = pool->loops;
  gint64                rows = windows->out[0] * windows->out[1], length = windows->out[2];
  gint64                step = windows->stride[2] * pool->channels;
  const char           *g = call->in[call->n_inputs - 1];

  for (gint64 row = begin; row < end; row++)
    {
      gint64 a = row % rows / windows->out[1] * windows->stride[0];
      gint64 b = row % windows->out[1] * windows->stride[1];
      gint64 from = (row / rows * windows->in[0] + a) * windows->in[1] + b;
      gsize  line = windows->in[2] * pool->vector, x = from * line;
      gsize  y = row * length * pool->vector;

      if (row + 1 < end && call->op->id != WEFT_OP_AVG_POOL_GRAD)
        fetch (pool, (const char *) call->in[0] + x + windows->stride[1] * line);
      switch ((guint) call->op->id)
        {
        case WEFT_OP_MAX_POOL:
          loops->row_max ((char *) call->out[0] + y, (const char *) call->in[0] + x, pool->tap_at,
                          pool->n_taps, step, length, pool->channels);
          break;
        case WEFT_OP_MAX_POOL_GRAD:
          loops->row_max_grad ((char *) call->out[0] + x, (const char *) call->in[0] + x, g + y,
                               pool->tap_at, pool->n_taps, step, length, pool->channels);
          break;
        case WEFT_OP_AVG_POOL:
          loops->row_mean ((char *) call->out[0] + y, (const char *) call->in[0] + x, pool->tap_at,
                           pool->n_taps, step, length, pool->channels);
          break;
        default: /* AVG_POOL_GRAD */
          loops->row_mean_grad ((char *) call->out[0] + x, g + y, pool->tap_at, pool->n_taps, step,
                                length, pool->channels);
          break;
        }
    }
}

static void
pool_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const Pool *pool = call->prepared;
  gboolean    back = is_backward (call->op), patches = call->op->id == WEFT_OP_IM2COL ||
                                                    call->op->id == WEFT_OP_COL2IM;
  gint64 length = pool->windows.out[WEFT_WINDOW_AXES - 1];
  gint64 rows = back ? pool->windows.out[0] * pool->windows.out[1] : 1;
  gsize  step = pool->vector * (patches ? pool->n_taps : 1);
  gsize  image = weft_windows_n_in (&pool->windows) * pool->vector;
  Look   look = { .pool = pool, .x = call->in[0], .from = call->scratch };

  look.v = call->in[call->n_inputs - 1];
  look.dx = call->out[0];
  look.g = (const char *) call->in[call->n_inputs - 1] + begin * rows * length * step;
  look.y = (char *) call->out[0] + begin * rows * length * step;
  if (back && !pool->covers)
    memset (look.dx + begin * image, 0, (end - begin) * image);
  if (pool->apart)
    {
      run_rows (call, begin * rows, end * rows);
      return;
    }
  for (gint64 row = begin * rows; row < end * rows; row++)
    for (gint64 at = 0; at < length; at++, look.g += step, look.y += step)
      run_window (call->op->id, &look, row, at);
}

static gboolean
pool_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  Pool *pool;

  if (launch > 0)
    return FALSE;
  pool = pool_prepare (call);
  weft_pool_text (call, &pool->windows, pool->channels, pool->apart, pool->covers,
                  pool->count_padding, text);
  pool_release (pool);
  return TRUE;
}

static const WeftKernel kernel = { .units = pool_units,
                                   .run = pool_run,
                                   .scratch = pool_scratch,
                                   .flops = pool_flops,
                                   .prepare = pool_prepare,
                                   .release = pool_release,
                                   .text = pool_text };

/* ---- What the rows name ---- */

const WeftOpCode weft_code_max_pool = { infer_pool, max_pool_reference, &kernel };
const WeftOpCode weft_code_max_pool_grad = { infer_max_pool_grad, max_pool_reference, &kernel };
const WeftOpCode weft_code_max_pool_pick = { infer_max_pool_pick, max_pool_reference, &kernel };
const WeftOpCode weft_code_avg_pool = { infer_pool, avg_pool_reference, &kernel };
const WeftOpCode weft_code_avg_pool_grad = { infer_avg_pool_grad, avg_pool_reference, &kernel };
const WeftOpCode weft_code_im2col = { infer_im2col, patches_reference, &kernel };
const WeftOpCode weft_code_col2im = { infer_col2im, patches_reference, &kernel };
