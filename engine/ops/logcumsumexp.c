/* logcumsumexp: one unit a line; the largest number so far is taken out, so that nothing overflows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

#include <math.h>

static INFER (infer)
{
  guint axis;

  types[0] = inputs[0];
  return weft_infer_axis (op, attrs[0].i, inputs[0].shape.rank, &axis, error);
}

/* The length of a line along the axis, and the elements from one of its members to the next. */
static void
line (const WeftAttr *axis, guint rank, const gint64 *shape, gint64 *n, gint64 *step)
{
  guint at = axis->i < 0 ? axis->i + rank : axis->i;

  *n = shape[at];
  *step = weft_product (shape + at + 1, rank - at - 1);
}

static REFERENCE (reference)
{
  const WeftArray *x = inputs[0];
  gint64           n, step;

  line (&apply->attrs[0], x->rank, x->shape, &n, &step);
  for (gint64 i = 0; i < x->n_elements; i++)
    {
      double largest = -INFINITY, sum = 0;

      for (gint64 k = i / step % n; k >= 0; k--)
        largest = MAX (largest, weft_array_get (x, i - k * step));
      for (gint64 k = i / step % n; k >= 0 && isfinite (largest); k--)
        sum += exp (weft_array_get (x, i - k * step) - largest);
      weft_array_set (outputs[0], i, isfinite (largest) ? largest + log (sum) : largest);
    }
}

static gint64
units (const WeftKernelCall *call)
{
  gint64 n, step;

  line (&call->attrs[0], call->in_ranks[0], call->in_shapes[0], &n, &step);
  return n == 0 ? 0 : weft_product (call->in_shapes[0], call->in_ranks[0]) / n;
}

static void
store (const WeftKernelCall *call, gint64 at, double value)
{
  if (call->out_dtype[0] == WEFT_F64)
    ((double *) call->out[0])[at] = value;
  else
    ((float *) call->out[0])[at] = (float) value;
}

static void
run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64 n, step;

  line (&call->attrs[0], call->in_ranks[0], call->in_shapes[0], &n, &step);
  for (gint64 i = begin; i < end; i++)
    {
      gint64 at = i / step * n * step + i % step;
      double largest = -INFINITY, sum = 0;

      for (gint64 k = 0; k < n; k++, at += step)
        {
          double x = weft_load_number (call->in_dtypes[0], call->in[0], at);

          /* What was summed is scaled down when a larger number comes; NaN stays. */
          if (x > largest)
            {
              sum *= exp (largest - x);
              largest = x;
            }
          sum += largest == -INFINITY && x == largest ? 0 : exp (x - largest);
          store (call, at, isinf (largest) ? largest : largest + log (sum));
        }
    }
}

static const WeftKernel kernel = { .units = units, .run = run };

const WeftOpCode weft_code_logcumsumexp = { .infer = infer,
                                            .reference = reference,
                                            .kernel = &kernel };
