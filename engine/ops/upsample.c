/* Upsampling by whole factors along the axes between batch and channels, and its gradient.
 *
 * nearest repeats elements. bilinear (linear along one axis, trilinear along three) takes the
 * middles of elements as their places: output o stands at (o + 1/2) / scale - 1/2, kept between the
 * first and the last element.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/windows.h"

#include <math.h>
#include <string.h>

#include "engine/ops/net-kernels.h"

/* Sizes beyond this are a slip of the pen. */
#define LARGEST_SCALE (1 << 20)

static gint64
scale_of (const WeftOp *op, const WeftAttr *attrs, guint axis)
{
  const WeftShape *scale = attrs[weft_op_attr_index (op, "scale")].dims;

  return scale->dims[scale->rank == 1 ? 0 : axis].offset;
}

static gboolean
is_nearest (const WeftOp *op, const WeftAttr *attrs)
{
  return g_str_equal (attrs[weft_op_attr_index (op, "mode")].s, "nearest");
}

/* ---- Type rules ---- */

static gboolean
infer_scaled (
  const WeftOp *op, const WeftAttr *attrs, const WeftShape *x, WeftShape *y, GError **error)
{
  const WeftShape *scale = attrs[weft_op_attr_index (op, "scale")].dims;
  guint            n_axes;

  if (!weft_windows_check (op, attrs, x, &n_axes, error))
    return FALSE;
  if (scale->rank != 1 && scale->rank != n_axes)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                   "%s: scale has %u numbers; give one, or one for each of the %u axes", op->name,
                   scale->rank, n_axes);
      return FALSE;
    }
  *y = *x;
  for (guint i = 0; i < n_axes; i++)
    {
      gint64 factor = scale_of (op, attrs, i);

      if (factor < 1 || factor > LARGEST_SCALE)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                       "%s: scale must be 1 or more, not %" G_GINT64_FORMAT, op->name, factor);
          return FALSE;
        }
      y->dims[1 + i] = weft_dim_mul (x->dims[1 + i], weft_dim (factor));
    }
  return TRUE;
}

static INFER (infer_upsample)
{
  types[0].dtype = inputs[0].dtype;
  return infer_scaled (op, attrs, &inputs[0].shape, &types[0].shape, error);
}

static INFER (infer_upsample_grad)
{
  WeftShape y;

  types[0].dtype = inputs[0].dtype;
  types[0].shape = *attrs[0].dims;
  return infer_scaled (op, attrs, attrs[0].dims, &y, error) &&
         weft_windows_same (op, &inputs[0].shape, &y, error);
}

/* ---- Geometry ---- */

typedef struct
{
  gboolean nearest;
  gint64   batch, channels;
  gint64   in[WEFT_WINDOW_AXES], scale[WEFT_WINDOW_AXES], out[WEFT_WINDOW_AXES];
} Scaling;

/* @x: the smaller shape, @rank axes. */
static Scaling
scaling_of (const WeftOp *op, const WeftAttr *attrs, guint rank, const gint64 *x)
{
  Scaling scaling = { .nearest = is_nearest (op, attrs), .batch = x[0], .channels = x[rank - 1] };
  guint   first = WEFT_WINDOW_AXES + 2 - rank;

  for (guint i = 0; i < WEFT_WINDOW_AXES; i++)
    {
      scaling.in[i] = i < first ? 1 : x[1 + i - first];
      scaling.scale[i] = i < first ? 1 : scale_of (op, attrs, i - first);
      scaling.out[i] = scaling.in[i] * scaling.scale[i];
    }
  return scaling;
}

/* The place of output @o along @axis among the elements. */
static double
place (const Scaling *scaling, guint axis, gint64 o)
{
  double at = (o + 0.5) / scaling->scale[axis] - 0.5;

  return CLAMP (at, 0, scaling->in[axis] - 1);
}

/* ---- Definition ---- */

static double
weight (const Scaling *scaling, guint axis, gint64 i, gint64 o)
{
  if (scaling->nearest)
    return i == o / scaling->scale[axis];
  return fmax (0, 1 - fabs (place (scaling, axis, o) - i));
}

static void
unflatten (gint64 flat, const gint64 *shape, gint64 *index)
{
  for (guint i = WEFT_WINDOW_AXES; i-- > 0; flat /= shape[i])
    index[i] = flat % shape[i];
}

static REFERENCE (upsample_reference)
{
  gboolean   back = apply->op->id == WEFT_OP_UPSAMPLE_GRAD;
  WeftArray *x = back ? outputs[0] : inputs[0], *y = back ? inputs[0] : outputs[0];
  Scaling    scaling = scaling_of (apply->op, apply->attrs, x->rank, x->shape);
  gint64     n_in = weft_product (scaling.in, WEFT_WINDOW_AXES);
  gint64     n_out = weft_product (scaling.out, WEFT_WINDOW_AXES);
  gint64     o[WEFT_WINDOW_AXES], p[WEFT_WINDOW_AXES];
  double    *xs = x->data, *ys = y->data;

  for (gint64 at = 0; at < n_in * n_out; at++)
    {
      double product = 1;

      unflatten (at / n_in, scaling.out, o);
      unflatten (at % n_in, scaling.in, p);
      for (guint i = 0; i < WEFT_WINDOW_AXES; i++)
        product *= weight (&scaling, i, p[i], o[i]);
      for (gint64 k = 0; product != 0 && k < scaling.batch * scaling.channels; k++)
        {
          gint64  image = k / scaling.channels, c = k % scaling.channels;
          double *px = &xs[(image * n_in + at % n_in) * scaling.channels + c];
          double *py = &ys[(image * n_out + at / n_in) * scaling.channels + c];

          if (back)
            *px += product * *py;
          else
            *py += product * *px;
        }
    }
}

/* ---- Kernel: a unit is a row of outputs, or backward an image ---- */

/* The elements that an output is made of along one axis. */
typedef struct
{
  guint  n;
  gint64 at[2];
  double weight[2];
} Taps;

static Taps
taps_of (const Scaling *scaling, guint axis, gint64 o)
{
  Taps   taps = { .n = 1, .at = { o / scaling->scale[axis], 0 }, .weight = { 1, 0 } };
  double at;

  if (scaling->nearest || scaling->scale[axis] == 1)
    return taps;
  at = place (scaling, axis, o);
  taps.at[0] = floor (at);
  taps.at[1] = MIN (taps.at[0] + 1, scaling->in[axis] - 1);
  taps.weight[1] = at - taps.at[0];
  taps.weight[0] = 1 - taps.weight[1];
  taps.n = taps.weight[1] > 0 ? 2 : 1;
  return taps;
}

static gboolean
is_backward (const WeftKernelCall *call)
{
  return call->op->id == WEFT_OP_UPSAMPLE_GRAD;
}

static Scaling
scaling_of_call (const WeftKernelCall *call)
{
  return scaling_of (call->op, call->attrs, call->in_ranks[0],
                     is_backward (call) ? call->out_shape[0] : call->in_shapes[0]);
}

static gint64
upsample_units (const WeftKernelCall *call)
{
  Scaling scaling = scaling_of_call (call);

  return scaling.batch * (is_backward (call) ? 1 : scaling.out[0] * scaling.out[1]);
}

/* One output: y += x, or dx += dy, over the elements that it is made of. */
static void
run_output (const Scaling        *scaling,
            const WeftNetKernels *loops,
            gsize                 vector,
            const Taps            taps[WEFT_WINDOW_AXES],
            char                 *x,
            char                 *y,
            gboolean              back)
{
  for (guint i = 0; i < taps[0].n; i++)
    for (guint j = 0; j < taps[1].n; j++)
      for (guint k = 0; k < taps[2].n; k++)
        {
          gint64 at = (taps[0].at[i] * scaling->in[1] + taps[1].at[j]) * scaling->in[2] +
                      taps[2].at[k];
          double product = taps[0].weight[i] * taps[1].weight[j] * taps[2].weight[k];

          if (back)
            loops->add_scaled (x + at * vector, y, product, scaling->channels);
          else
            loops->add_scaled (y, x + at * vector, product, scaling->channels);
        }
}

static void
upsample_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gboolean              back = is_backward (call);
  Scaling               scaling = scaling_of_call (call);
  const WeftNetKernels *loops = weft_net_kernels (call->out_dtype[0] == WEFT_F64);
  gsize                 vector = scaling.channels * weft_dtype_size (call->out_dtype[0]);
  gsize                 image = weft_product (scaling.in, WEFT_WINDOW_AXES) * vector;
  gint64                rows = scaling.out[0] * scaling.out[1];
  gint64                first = begin * (back ? rows : 1), last = end * (back ? rows : 1);
  char                 *x = back ? call->out[0] : (char *) call->in[0];
  char                 *y = back ? (char *) call->in[0] : call->out[0];

  if (back)
    memset (x + begin * image, 0, (end - begin) * image);
  else
    memset (y + first * scaling.out[2] * vector, 0, (last - first) * scaling.out[2] * vector);
  for (gint64 row = first; row < last; row++)
    {
      Taps taps[WEFT_WINDOW_AXES];

      taps[0] = taps_of (&scaling, 0, row % rows / scaling.out[1]);
      taps[1] = taps_of (&scaling, 1, row % scaling.out[1]);
      for (gint64 o = 0; o < scaling.out[2]; o++)
        {
          taps[2] = taps_of (&scaling, 2, o);
          run_output (&scaling, loops, vector, taps, x + row / rows * image,
                      y + (row * scaling.out[2] + o) * vector, back);
        }
    }
}

static double
upsample_flops (const WeftKernelCall *call)
{
  const gint64 *y = is_backward (call) ? call->in_shapes[0] : call->out_shape[0];
  double        n = weft_product (y, call->in_ranks[0]);

  return is_nearest (call->op, call->attrs) ? n : n * 2 * (1 << (call->in_ranks[0] - 2));
}

static const WeftKernel kernel = { upsample_units, upsample_run, NULL, upsample_flops };

/* ---- What the rows name ---- */

const WeftOpCode weft_code_upsample = { infer_upsample, upsample_reference, &kernel };
const WeftOpCode weft_code_upsample_grad = { infer_upsample_grad, upsample_reference, &kernel };
