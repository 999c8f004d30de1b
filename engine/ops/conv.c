/* Convolutions: conv, conv_transpose and the gradients of conv, which are ops themselves, so that
 * they differentiate again. All are one sum
 *
 *     y[b, o, k] = sum over taps t and channels c of x[b, o * stride - before + t * dilation, c]
 *                                                    * w[t, c, k]
 *
 * read for y, for x or for w. It is a correlation (the window is not turned round), as in every
 * library of neural networks. Groups cut the channels of x and y into as many separate
 * convolutions; w has the channels of one group of x, and those of all groups of y.
 *
 * Channels are last: a bias or a norm's scale then broadcasts as it is, a patch is a row of a
 * product, and oneDNN is fastest on it.
 *
 * Source: Dumoulin & Visin 2016, arXiv:1603.07285; the gradients are the sum's transposes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/conv-private.h"

/* ---- Type rules ---- */

static gint64
groups_of (const WeftOp *op, const WeftAttr *attrs)
{
  return attrs[weft_op_attr_index (op, "groups")].i;
}

/* The kernel has two axes more than windows have, and its channels fit x's and the groups. */
static gboolean
check_kernel (const WeftOp    *op,
              const WeftAttr  *attrs,
              const WeftShape *x,
              const WeftShape *w,
              GError         **error)
{
  g_autofree char *shapes = weft_two_shapes (x, w);
  WeftDim          each = weft_dim (groups_of (op, attrs)), in, out;

  if (w->rank != x->rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: the kernel has %u axes, it needs %u: %u of a window, channels in, channels "
                   "out (%s)",
                   op->name, w->rank, x->rank, x->rank - 2, shapes);
      return FALSE;
    }
  in = weft_dim_mul (w->dims[w->rank - 2], each);
  if (weft_dim_differs (x->dims[x->rank - 1], in))
    {
      g_autofree char *what = g_strdup_printf ("channels, of %s", shapes);

      weft_infer_differ (op, x->dims[x->rank - 1], in, what, error);
      return FALSE;
    }
  out = w->dims[w->rank - 1];
  if (weft_dim_is_number (out) && out.offset % each.offset != 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: %" G_GINT64_FORMAT " channels out are no multiple of %" G_GINT64_FORMAT
                   " groups",
                   op->name, out.offset, each.offset);
      return FALSE;
    }
  return TRUE;
}

static gboolean
infer_y (const WeftOp    *op,
         const WeftAttr  *attrs,
         const WeftShape *x,
         const WeftShape *w,
         WeftShape       *y,
         GError         **error)
{
  guint n_axes;

  if (!weft_windows_check (op, attrs, x, &n_axes, error) ||
      !check_kernel (op, attrs, x, w, error) ||
      !weft_windows_infer (op, attrs, x, w->dims, y, error))
    return FALSE;
  y->dims[1 + n_axes] = w->dims[w->rank - 1];
  return TRUE;
}

static INFER (infer_conv)
{
  types[0].dtype = inputs[0].dtype;
  return infer_y (op, attrs, &inputs[0].shape, &inputs[1].shape, &types[0].shape, error);
}

/* That @given is what x and w make. */
static gboolean
check_y (const WeftOp    *op,
         const WeftAttr  *attrs,
         const WeftShape *x,
         const WeftShape *w,
         const WeftShape *given,
         GError         **error)
{
  WeftShape y;

  return infer_y (op, attrs, x, w, &y, error) && weft_windows_same (op, given, &y, error);
}

/* gy w -> the gradient of an x shaped as the attribute says. */
static INFER (infer_conv_input_grad)
{
  types[0].dtype = inputs[0].dtype;
  types[0].shape = *attrs[0].dims;
  return check_y (op, attrs, attrs[0].dims, &inputs[1].shape, &inputs[0].shape, error);
}

/* x gy -> the gradient of a w shaped as the attribute says. */
static INFER (infer_conv_weight_grad)
{
  types[0].dtype = inputs[0].dtype;
  types[0].shape = *attrs[0].dims;
  return check_y (op, attrs, &inputs[0].shape, attrs[0].dims, &inputs[1].shape, error);
}

/* x plays the part of y: its channels are the kernel's channels out. */
static INFER (infer_conv_transpose)
{
  const WeftShape *x = &inputs[0].shape, *w = &inputs[1].shape;
  g_autofree char *shapes = weft_two_shapes (x, w);
  WeftDim          each = weft_dim (groups_of (op, attrs));
  guint            n_axes;

  types[0].dtype = inputs[0].dtype;
  if (!weft_windows_check (op, attrs, x, &n_axes, error))
    return FALSE;
  if (w->rank == x->rank && weft_dim_differs (x->dims[x->rank - 1], w->dims[w->rank - 1]))
    {
      g_autofree char *what = g_strdup_printf ("channels of x, last axis of w, of %s", shapes);

      weft_infer_differ (op, x->dims[x->rank - 1], w->dims[w->rank - 1], what, error);
      return FALSE;
    }
  if (w->rank == x->rank)
    {
      if (!weft_windows_infer_back (op, attrs, x, w->dims, &types[0].shape, error))
        return FALSE;
      types[0].shape.dims[x->rank - 1] = weft_dim_mul (w->dims[w->rank - 2], each);
    }
  else
    types[0].shape = *x;
  return check_kernel (op, attrs, &types[0].shape, w, error);
}

/* ---- Geometry ---- */

/* @arrays: shapes of x, w and y, @rank axes each. */
static void
conv_init (WeftConv       *conv,
           WeftConvResult  result,
           const WeftOp   *op,
           const WeftAttr *attrs,
           guint           rank,
           const gint64   *x,
           const gint64   *w,
           const gint64   *y)
{
  conv->result = result;
  conv->groups = groups_of (op, attrs);
  conv->n_in = x[rank - 1];
  conv->n_out = y[rank - 1];
  conv->in_each = w[rank - 2];
  conv->out_each = conv->n_out / conv->groups;
  weft_windows_init (&conv->windows, op, attrs, rank, x, w, y);
}

static WeftConvResult
result_of (const WeftOp *op)
{
  switch (op->id)
    {
    case WEFT_OP_CONV:
      return WEFT_CONV_Y;
    case WEFT_OP_CONV_WEIGHT_GRAD:
      return WEFT_CONV_W;
    default:
      return WEFT_CONV_X;
    }
}

/* ---- Definition ---- */

static REFERENCE (conv_reference)
{
  WeftConvResult result = result_of (apply->op);
  WeftArray     *x = result == WEFT_CONV_X ? outputs[0] : inputs[0];
  WeftArray     *w = result == WEFT_CONV_W ? outputs[0] : inputs[1];
  WeftArray     *y = result == WEFT_CONV_Y ? outputs[0] : inputs[result == WEFT_CONV_X ? 0 : 1];
  double        *xs = x->data, *ws = w->data, *ys = y->data;
  WeftConv       conv;
  gint64         n_out, n_taps, from;

  conv_init (&conv, result, apply->op, apply->attrs, x->rank, x->shape, w->shape, y->shape);
  n_out = weft_windows_n_out (&conv.windows);
  n_taps = weft_windows_n_taps (&conv.windows);
  for (gint64 at = 0; at < conv.windows.batch * n_out; at++)
    for (gint64 tap = 0; tap < n_taps; tap++)
      {
        from = weft_windows_source (&conv.windows, at % n_out, tap);
        if (from < 0)
          continue;
        from += at / n_out * weft_windows_n_in (&conv.windows);
        for (gint64 k = 0; k < conv.n_out; k++)
          for (gint64 c = 0; c < conv.in_each; c++)
            {
              double *px = &xs[from * conv.n_in + k / conv.out_each * conv.in_each + c];
              double *pw = &ws[(tap * conv.in_each + c) * conv.n_out + k];
              double *py = &ys[at * conv.n_out + k];

              if (result == WEFT_CONV_Y)
                *py += *px * *pw;
              else if (result == WEFT_CONV_X)
                *px += *py * *pw;
              else
                *pw += *px * *py;
            }
      }
}

/* ---- For devices ---- */

gboolean
weft_conv_describe (const WeftApply *apply, WeftConv *conv)
{
  const WeftValue *values[3]; /* x, w, y */
  gint64           shapes[3][WEFT_MAX_RANK];
  WeftConvResult   result;

  if (apply->op->id != WEFT_OP_CONV && apply->op->id != WEFT_OP_CONV_TRANSPOSE &&
      apply->op->id != WEFT_OP_CONV_INPUT_GRAD && apply->op->id != WEFT_OP_CONV_WEIGHT_GRAD)
    return FALSE;
  result = result_of (apply->op);
  values[0] = result == WEFT_CONV_X ? &apply->outputs[0] : apply->inputs[0];
  values[1] = result == WEFT_CONV_W ? &apply->outputs[0] : apply->inputs[1];
  values[2] = result == WEFT_CONV_Y ? &apply->outputs[0]
                                    : apply->inputs[result == WEFT_CONV_X ? 0 : 1];
  for (guint i = 0; i < 3; i++)
    for (guint k = 0; k < values[i]->type.shape.rank; k++)
      shapes[i][k] = values[i]->type.shape.dims[k].offset;
  memset (conv, 0, sizeof *conv);
  conv_init (conv, result, apply->op, apply->attrs, values[0]->type.shape.rank, shapes[0],
             shapes[1], shapes[2]);
  conv->dtype = apply->outputs[0].type.dtype;
  return TRUE;
}

/* ---- Kernel: oneDNN where its blocks fit, else tiles, oneDNN, loops ---- */

/* oneDNN's blocks of channels: what they divide it does best; other numbers it fills up, and is
 * slower than tiles by a third. */
#define DNNL_BLOCK 16

typedef struct
{
  WeftConv       conv;
  WeftConvTiles *tiles; /* NULL: not by tiles */
  WeftConvDnnl  *dnnl;  /* NULL: not by oneDNN */
} Prepared;

static gboolean
suits_dnnl (const WeftConv *conv)
{
  return conv->in_each % DNNL_BLOCK == 0 && conv->out_each % DNNL_BLOCK == 0;
}

static gpointer
conv_prepare (const WeftKernelCall *call)
{
  Prepared      *prepared = g_new0 (Prepared, 1);
  WeftConvResult result = result_of (call->op);
  const gint64  *x = result == WEFT_CONV_X ? call->out_shape[0] : call->in_shapes[0];
  const gint64  *w = result == WEFT_CONV_W ? call->out_shape[0] : call->in_shapes[1];
  const gint64  *y = result == WEFT_CONV_Y ? call->out_shape[0]
                                           : call->in_shapes[result == WEFT_CONV_X ? 0 : 1];

  conv_init (&prepared->conv, result, call->op, call->attrs, call->in_ranks[0], x, w, y);
  prepared->conv.dtype = call->out_dtype[0];
  if (suits_dnnl (&prepared->conv))
    prepared->dnnl = weft_conv_dnnl_new (&prepared->conv);
  if (prepared->dnnl == NULL)
    prepared->tiles = weft_conv_tiles_new (&prepared->conv);
  if (prepared->dnnl == NULL && prepared->tiles == NULL)
    prepared->dnnl = weft_conv_dnnl_new (&prepared->conv);
  return prepared;
}

static void
conv_release (gpointer data)
{
  Prepared *prepared = data;

  g_clear_pointer (&prepared->tiles, weft_conv_tiles_free);
  g_clear_pointer (&prepared->dnnl, weft_conv_dnnl_free);
  g_free (prepared);
}

static gint64
conv_units (const WeftKernelCall *call)
{
  const Prepared *prepared = call->prepared;

  if (prepared->tiles != NULL)
    return weft_conv_tiles_units (prepared->tiles);
  return prepared->dnnl != NULL ? weft_conv_dnnl_units (prepared->dnnl)
                                : weft_conv_direct_units (&prepared->conv);
}

static gsize
conv_scratch (const WeftKernelCall *call)
{
  const Prepared *prepared = call->prepared;

  if (prepared->tiles != NULL)
    return weft_conv_tiles_scratch (prepared->tiles);
  return prepared->dnnl != NULL ? weft_conv_dnnl_scratch (prepared->dnnl) : 0;
}

static void
conv_begin (const WeftKernelCall *call)
{
  const Prepared      *prepared = call->prepared;
  const WeftConvArrays arrays = weft_conv_arrays (prepared->conv.result, call);

  if (prepared->tiles != NULL)
    weft_conv_tiles_begin (prepared->tiles, &arrays);
  else if (prepared->dnnl != NULL)
    weft_conv_dnnl_begin (prepared->dnnl, &arrays);
}

static void
conv_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const Prepared      *prepared = call->prepared;
  const WeftConvArrays arrays = weft_conv_arrays (prepared->conv.result, call);

  if (prepared->tiles != NULL)
    weft_conv_tiles_run (prepared->tiles, &arrays, call->scratch, begin, end);
  else if (prepared->dnnl != NULL)
    weft_conv_dnnl_run (prepared->dnnl, &arrays, call->scratch, begin, end);
  else
    weft_conv_direct_run (&prepared->conv, &arrays, begin, end);
}

static void
conv_finish (const WeftKernelCall *call)
{
  const Prepared      *prepared = call->prepared;
  const WeftConvArrays arrays = weft_conv_arrays (prepared->conv.result, call);

  if (prepared->tiles != NULL)
    weft_conv_tiles_finish (prepared->tiles, &arrays);
  else if (prepared->dnnl != NULL)
    weft_conv_dnnl_finish (prepared->dnnl, &arrays);
}

/* Every element of w meets each output of an image once: a product and a sum. */
static double
conv_flops (const WeftKernelCall *call)
{
  WeftConvResult result = result_of (call->op);
  const gint64  *w = result == WEFT_CONV_W ? call->out_shape[0] : call->in_shapes[1];
  const gint64  *y = result == WEFT_CONV_Y ? call->out_shape[0]
                                           : call->in_shapes[result == WEFT_CONV_X ? 0 : 1];
  guint          rank = call->in_ranks[0];

  return 2.0 * weft_product (y, rank - 1) * weft_product (w, rank);
}

static const WeftKernel kernel = { .units = conv_units,
                                   .run = conv_run,
                                   .scratch = conv_scratch,
                                   .flops = conv_flops,
                                   .prepare = conv_prepare,
                                   .release = conv_release,
                                   .begin = conv_begin,
                                   .finish = conv_finish };

/* ---- What the rows name ---- */

const WeftOpCode weft_code_conv = { infer_conv, conv_reference, &kernel };
const WeftOpCode weft_code_conv_input_grad = { infer_conv_input_grad, conv_reference, &kernel };
const WeftOpCode weft_code_conv_weight_grad = { infer_conv_weight_grad, conv_reference, &kernel };
const WeftOpCode weft_code_conv_transpose = { infer_conv_transpose, conv_reference, &kernel };
