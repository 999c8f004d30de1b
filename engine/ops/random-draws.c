/* Random rows whose parameters are arrays, broadcast to the result: type rules and kernels.
 *
 * Each element, or each row of a multinomial, draws from a source of its own (draws.h). Numbers
 * outside a parameter's range are reported for whole numbers and give NaN for others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/draws.h"
#include "engine/ops/random-private.h"

#include <math.h>

/* Draws a unit makes. */
#define BLOCK 256

static gboolean
has_classes (const WeftOp *op)
{
  return op->id == WEFT_OP_CATEGORICAL || op->id == WEFT_OP_MULTINOMIAL;
}

/* ---- Types ---- */

/* What of input @k is broadcast: without the classes of p. Errors: WEFT_TYPE_ERROR_SHAPE. */
static gboolean
batch_of (const WeftOp *op, guint k, const WeftType *input, WeftShape *shape, GError **error)
{
  *shape = input->shape;
  if (!has_classes (op) || k + 1 < op->n_inputs)
    return TRUE;
  if (shape->rank == 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: the last axis of p has the classes, but p has no axis", op->name);
      return FALSE;
    }
  shape->rank--;
  return TRUE;
}

static gboolean
infer_batch (
  const WeftOp *op, const WeftAttr *attrs, const WeftType *inputs, WeftShape *batch, GError **error)
{
  *batch = attrs[0].kind == WEFT_ATTR_NONE ? (WeftShape){ 0 } : *attrs[0].dims;
  if (!weft_random_check_shape (op, batch, error))
    return FALSE;
  for (guint k = 0; k < op->n_inputs; k++)
    {
      WeftShape shape, both;
      guint     axis;

      if (!batch_of (op, k, &inputs[k], &shape, error))
        return FALSE;
      if (attrs[0].kind != WEFT_ATTR_NONE)
        {
          if (!weft_infer_broadcast (op, &shape, batch, error))
            return FALSE;
        }
      else if (!weft_shape_broadcast (batch, &shape, &both, &axis))
        {
          g_autofree char *shapes = weft_two_shapes (batch, &shape);

          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                       "%s: the parameters' shapes %s do not fit together", op->name, shapes);
          return FALSE;
        }
      else
        *batch = both;
    }
  return TRUE;
}

static INFER (draw_infer)
{
  gint      dtype = weft_op_attr_index (op, "dtype");
  WeftShape batch;

  for (guint k = 0; k < op->n_inputs && op->id == WEFT_OP_INTEGERS; k++)
    if (weft_dtype_is_float (inputs[k].dtype))
      {
        g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                     "%s: %s must be whole numbers, not %s", op->name, op->input_names[k],
                     weft_dtypes[inputs[k].dtype].name);
        return FALSE;
      }
  if (!infer_batch (op, attrs, inputs, &batch, error))
    return FALSE;
  types[0].dtype = dtype < 0 ? inputs[0].dtype : weft_dtypes[attrs[dtype].i].compute;
  types[0].shape = batch;
  if (op->id != WEFT_OP_MULTINOMIAL)
    return TRUE;
  if (batch.rank == WEFT_MAX_RANK)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: the result has more than %d axes", op->name, WEFT_MAX_RANK);
      return FALSE;
    }
  types[0].shape.dims[types[0].shape.rank++] = inputs[1].shape.dims[inputs[1].shape.rank - 1];
  return TRUE;
}

/* ---- Parameters ---- */

/* How many axes of the result are draws. */
static guint
n_batch_axes (const WeftKernelCall *call)
{
  return call->out_rank[0] - (call->op->id == WEFT_OP_MULTINOMIAL);
}

/* Where in input @k, counted in rows of classes for p, draw number @draw finds its parameter. */
static gint64
place_of (const WeftKernelCall *call, guint k, gint64 draw)
{
  guint  rank = call->in_ranks[k] - (has_classes (call->op) && k + 1 == call->n_inputs);
  guint  axes = n_batch_axes (call);
  gint64 index = 0, stride = 1;

  for (guint i = 0; i < rank; i++)
    {
      gint64 size = call->in_shapes[k][rank - 1 - i], n = call->out_shape[0][axes - 1 - i];

      index += size == 1 ? 0 : draw % n * stride;
      stride *= size;
      draw /= n;
    }
  return index;
}

static double
parameter (const WeftKernelCall *call, guint k, gint64 draw)
{
  return weft_load_number (call->in_dtypes[k], call->in[k], place_of (call, k, draw));
}

/* TRUE if @x is in @low..@high and, where @whole, has no fraction; else input @k is reported. */
static gboolean
check (const WeftKernelCall *call, guint k, double x, double low, double high, gboolean whole)
{
  if (x >= low && x <= high && (!whole || floor (x) == x))
    return TRUE;
  g_atomic_int_set (call->bad, 1 + k);
  return FALSE;
}

static void
store (const WeftKernelCall *call, gint64 index, double x)
{
  switch ((guint) call->out_dtype[0])
    {
    case WEFT_F32:
      ((float *) call->out[0])[index] = (float) x;
      break;
    case WEFT_F64:
      ((double *) call->out[0])[index] = x;
      break;
    case WEFT_I64:
      ((gint64 *) call->out[0])[index] = (gint64) x;
      break;
    case WEFT_I32:
      ((gint32 *) call->out[0])[index] = (gint32) CLAMP (x, G_MININT32, G_MAXINT32);
      break;
    default:
      ((guint8 *) call->out[0])[index] = x != 0;
    }
}

/* ---- Draws ---- */

static double
draw_one (const WeftKernelCall *call, WeftSource *source, gint64 draw)
{
  double a = parameter (call, 0, draw), b = call->n_inputs > 1 ? parameter (call, 1, draw) : 0;

  switch ((guint) call->op->id)
    {
    case WEFT_OP_STANDARD_GAMMA:
      return a > 0 && isfinite (a) ? weft_draw_gamma (source, a) : a == 0 ? 0
                                                                          : NAN;
    case WEFT_OP_STANDARD_TRUNCATED_NORMAL:
      return weft_truncated_normal (weft_source_uniform (source), a, b);
    case WEFT_OP_POISSON:
      return check (call, 0, a, 0, WEFT_DRAW_MAX_RATE, FALSE) ? weft_draw_poisson (source, a) : 0;
    default:
      g_assert (call->op->id == WEFT_OP_BINOMIAL);
      return check (call, 0, a, 0, WEFT_DRAW_MAX_TRIALS, TRUE) && check (call, 1, b, 0, 1, FALSE)
               ? weft_draw_binomial (source, a, b)
               : 0;
    }
}

/* In whole numbers, so that the last bits of large bounds count. */
static void
draw_integer (const WeftKernelCall *call, WeftSource *source, gint64 draw)
{
  gint64 low = weft_load_int (call->in_dtypes[0], call->in[0], place_of (call, 0, draw));
  gint64 high = weft_load_int (call->in_dtypes[1], call->in[1], place_of (call, 1, draw));

  if (high <= low)
    {
      g_atomic_int_set (call->bad, 2);
      high = low + 1;
    }
  low = weft_draw_integer (source, low, high);
  if (call->out_dtype[0] == WEFT_I64)
    ((gint64 *) call->out[0])[draw] = low;
  else
    store (call, draw, (double) low);
}

/* ---- Classes ---- */

/* Sums of the probabilities up to each class into @sums; FALSE: one is negative, or all are 0. */
static gboolean
accumulate (const WeftKernelCall *call, guint k, gint64 row, gint64 n, double *sums)
{
  double sum = 0;

  for (gint64 i = 0; i < n; i++)
    {
      double p = weft_load_number (call->in_dtypes[k], call->in[k], row * n + i);

      if (!check (call, k, p, 0, G_MAXDOUBLE, FALSE))
        return FALSE;
      sums[i] = sum += p;
    }
  return check (call, k, sum, G_MINDOUBLE, G_MAXDOUBLE, FALSE);
}

/* The first class whose sum is above @x. */
static gint64
find (const double *sums, gint64 n, double x)
{
  gint64 low = 0, high = n - 1;

  while (low < high)
    {
      gint64 middle = low + (high - low) / 2;

      if (sums[middle] > x)
        high = middle;
      else
        low = middle + 1;
    }
  return low;
}

/* The draws of a unit mostly share their probabilities: their sums are formed once. */
static void
draw_categories (const WeftKernelCall *call, gint64 first, gint64 end)
{
  gint64  n = call->in_shapes[0][call->in_ranks[0] - 1], last = -1;
  double *sums = call->scratch;

  for (gint64 draw = first; draw < end; draw++)
    {
      gint64     row = place_of (call, 0, draw);
      WeftSource source;

      if (row != last && !accumulate (call, 0, row, n, sums))
        {
          store (call, draw, 0);
          continue;
        }
      last = row;
      weft_source_init (&source, weft_random_seed_of (call), call->step, draw);
      store (call, draw, find (sums, n, weft_source_uniform (&source) * sums[n - 1]));
    }
}

/* Class by class, each binomial among what is left. */
static void
draw_multinomial (const WeftKernelCall *call, WeftSource *source, gint64 draw)
{
  gint64  n = call->out_shape[0][call->out_rank[0] - 1];
  double *sums = call->scratch, left = parameter (call, 0, draw), sum;

  if (!check (call, 0, left, 0, WEFT_DRAW_MAX_TRIALS, TRUE) ||
      !accumulate (call, 1, place_of (call, 1, draw), n, sums))
    left = 0;
  sum = sums[n - 1];
  for (gint64 i = 0; i < n; i++)
    {
      double before = i > 0 ? sums[i - 1] : 0, rest = sum - before;
      double count = left == 0 ? 0
                     : sums[i] == sum
                       ? left
                       : weft_draw_binomial (source, left, MIN ((sums[i] - before) / rest, 1));

      store (call, draw * n + i, count);
      left -= count;
    }
}

/* ---- Kernel ---- */

static gint64
n_draws (const WeftKernelCall *call)
{
  return weft_product (call->out_shape[0], n_batch_axes (call));
}

static gint64
draw_units (const WeftKernelCall *call)
{
  return (n_draws (call) + BLOCK - 1) / BLOCK;
}

static gsize
draw_scratch (const WeftKernelCall *call)
{
  guint p = call->n_inputs - 1;

  return has_classes (call->op) ? call->in_shapes[p][call->in_ranks[p] - 1] * sizeof (double) : 0;
}

static void
draw_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64 first = begin * BLOCK, last = MIN (end * BLOCK, n_draws (call));
  guint  id = call->op->id;

  if (id == WEFT_OP_CATEGORICAL)
    {
      draw_categories (call, first, last);
      return;
    }
  for (gint64 draw = first; draw < last; draw++)
    {
      WeftSource source;

      weft_source_init (&source, weft_random_seed_of (call), call->step, draw);
      if (id == WEFT_OP_INTEGERS)
        draw_integer (call, &source, draw);
      else if (id == WEFT_OP_MULTINOMIAL)
        draw_multinomial (call, &source, draw);
      else
        store (call, draw, draw_one (call, &source, draw));
    }
}

/* Two blocks of Philox and three elementary functions a draw or class. */
static double
draw_flops (const WeftKernelCall *call)
{
  return 150.0 * weft_product (call->out_shape[0], call->out_rank[0]);
}

static const WeftKernel draw_kernel = {
  .units = draw_units, .run = draw_run, .scratch = draw_scratch, .flops = draw_flops
};

const WeftOpCode weft_code_draw = { .infer = draw_infer, .kernel = &draw_kernel };
