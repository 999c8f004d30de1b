/* Random rows: type rules and kernels.
 *
 * An element's number depends on the call's seed (of the stream), its step and the element's flat
 * position only, so that any way of sharing out the elements gives the same numbers. There is no
 * reference beyond that: the definition is Philox.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"
#include "engine/tensor/philox.h"

/* Elements a unit draws. */
#define BLOCK 1024

static gboolean
check_float (const WeftOp *op, WeftDType dtype, GError **error)
{
  if (weft_dtype_is_float (dtype))
    return TRUE;
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE, "%s: draws f32 or f64, not %s",
               op->name, weft_dtypes[dtype].name);
  return FALSE;
}

static INFER (weft_infer_random)
{
  const WeftShape *shape = attrs[0].dims;

  types[0].dtype = weft_dtypes[attrs[op->n_attrs - 1].i].compute;
  types[0].shape = *shape;
  for (guint i = 0; i < shape->rank; i++)
    if (weft_dim_is_number (shape->dims[i]) && shape->dims[i].offset < 0)
      {
        g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                     "%s: axis %u has the negative size %" G_GINT64_FORMAT, op->name, i,
                     shape->dims[i].offset);
        return FALSE;
      }
  return check_float (op, types[0].dtype, error);
}

static INFER (weft_infer_dropout)
{
  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  return TRUE;
}

static gint64
random_units (const WeftKernelCall *call)
{
  return (weft_product (call->out_shape[0], call->out_rank[0]) + BLOCK - 1) / BLOCK;
}

static void
draw (const WeftKernelCall *call, gboolean normal, gint64 first, gint64 n, void *out)
{
  if (call->out_dtype[0] == WEFT_F64)
    (normal ? weft_philox_normal_f64 : weft_philox_uniform_f64) (call->seed, call->step, first, n,
                                                                 out);
  else
    (normal ? weft_philox_normal_f32 : weft_philox_uniform_f32) (call->seed, call->step, first, n,
                                                                 out);
}

/* x = a + b * x, or x < a where @compare. */
static void
finish (WeftDType dtype, void *data, gint64 n, double a, double b, gboolean compare)
{
  if (dtype == WEFT_F64)
    for (gint64 i = 0; i < n; i++)
      ((double *) data)[i] = compare ? ((double *) data)[i] < a : a + b * ((double *) data)[i];
  else
    for (gint64 i = 0; i < n; i++)
      ((float *) data)[i] =
        compare ? ((float *) data)[i] < (float) a : (float) a + (float) b * ((float *) data)[i];
}

static void
random_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64 total = weft_product (call->out_shape[0], call->out_rank[0]), first = begin * BLOCK,
         n = MIN (end * BLOCK, total) - first;
  char    *out = (char *) call->out[0] + first * weft_dtype_size (call->out_dtype[0]);
  gboolean normal = call->op->id == WEFT_OP_NORMAL;

  draw (call, normal, first, n, out);
  if (call->op->id == WEFT_OP_BERNOULLI)
    finish (call->out_dtype[0], out, n, call->attrs[1].f, 0, TRUE);
  else
    finish (call->out_dtype[0], out, n, call->attrs[1].f,
            normal ? call->attrs[2].f : call->attrs[2].f - call->attrs[1].f, FALSE);
}

/* Ten rounds of two wide products for four numbers, and the rest. */
static double
random_flops (const WeftKernelCall *call)
{
  return 12.0 * weft_product (call->out_shape[0], call->out_rank[0]);
}

static const WeftKernel weft_random_kernel = { random_units, random_run, NULL, random_flops };

static void
dropout_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64 total = weft_product (call->out_shape[0], call->out_rank[0]), first = begin * BLOCK,
         n = MIN (end * BLOCK, total) - first;
  double rate = call->attrs[0].f;

  draw (call, FALSE, first, n,
        (char *) call->out[0] + first * weft_dtype_size (call->out_dtype[0]));
  if (call->out_dtype[0] == WEFT_F64)
    {
      const double *x = (const double *) call->in[0] + first;
      double       *y = (double *) call->out[0] + first, scale = 1 / (1 - rate);

      for (gint64 i = 0; i < n; i++)
        y[i] = y[i] < rate ? 0 : x[i] * scale;
    }
  else
    {
      const float *x = (const float *) call->in[0] + first;
      float       *y = (float *) call->out[0] + first, limit = rate, scale = 1 / (1 - rate);

      for (gint64 i = 0; i < n; i++)
        y[i] = y[i] < limit ? 0 : x[i] * scale;
    }
}

static const WeftKernel weft_dropout_kernel = { random_units, dropout_run, NULL, random_flops };

/* ---- What the rows name ---- */

const WeftOpCode weft_code_uniform = { .infer = weft_infer_random, .kernel = &weft_random_kernel };
const WeftOpCode weft_code_dropout = { .infer = weft_infer_dropout, .kernel = &weft_dropout_kernel };
