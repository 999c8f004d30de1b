/* Running results along an axis: cumprod and the linear recurrence that its gradient is made of.
 *
 * One unit is one line. Sums run in double.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

/* The lines along @axis of @shape; without an axis all elements are one line. */
typedef struct
{
  gint64 n, inner;
} Lines;

static Lines
lines_of (const WeftAttr *axis, guint rank, const gint64 *shape)
{
  guint at = axis->i < 0 ? axis->i + rank : axis->i;

  if (axis->kind == WEFT_ATTR_NONE)
    return (Lines){ weft_product (shape, rank), 1 };
  return (Lines){ shape[at], weft_product (shape + at + 1, rank - at - 1) };
}

static gint64
line_units (const WeftKernelCall *call)
{
  Lines lines = lines_of (&call->attrs[0], call->in_ranks[0], call->in_shapes[0]);

  return lines.n == 0 ? 0 : weft_product (call->in_shapes[0], call->in_ranks[0]) / lines.n;
}

static double
line_flops (const WeftKernelCall *call)
{
  return 2 * weft_product (call->in_shapes[0], call->in_ranks[0]);
}

static void
store_float (WeftDType dtype, void *data, gint64 i, double value)
{
  if (dtype == WEFT_F64)
    ((double *) data)[i] = value;
  else
    ((float *) data)[i] = value;
}

/* ---- cumprod ---- */

static INFER (infer_cumprod)
{
  guint axis;

  types[0].dtype = attrs[1].kind != WEFT_ATTR_NONE         ? inputs[0].dtype
                   : weft_dtype_is_float (inputs[0].dtype) ? inputs[0].dtype
                                                           : WEFT_I64;
  types[0].shape = inputs[0].shape;
  if (attrs[0].kind == WEFT_ATTR_NONE)
    {
      types[0].shape = (WeftShape){ 1, { weft_shape_size (&inputs[0].shape) } };
      return TRUE;
    }
  return weft_infer_axis (op, attrs[0].i, inputs[0].shape.rank, &axis, error);
}

static void
cumprod_line (const WeftKernelCall *call, gint64 at, gint64 step, gint64 n)
{
  WeftDType dtype = call->out_dtype[0];
  double    product = 1;
  gint64    whole = 1;

  for (gint64 k = 0; k < n; k++, at += step)
    if (weft_dtype_is_float (dtype))
      {
        product *= weft_load_number (call->in_dtypes[0], call->in[0], at);
        store_float (dtype, call->out[0], at, product);
      }
    else
      {
        whole *= weft_load_int (call->in_dtypes[0], call->in[0], at);
        if (dtype == WEFT_I64)
          ((gint64 *) call->out[0])[at] = whole;
        else if (dtype == WEFT_I32)
          ((gint32 *) call->out[0])[at] = whole;
        else
          ((guint8 *) call->out[0])[at] = whole != 0;
      }
}

static void
cumprod_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  Lines lines = lines_of (&call->attrs[0], call->in_ranks[0], call->in_shapes[0]);

  for (gint64 i = begin; i < end; i++)
    cumprod_line (call, i / lines.inner * lines.n * lines.inner + i % lines.inner, lines.inner,
                  lines.n);
}

static const WeftKernel cumprod_kernel = {
  .units = line_units, .run = cumprod_run, .flops = line_flops
};

static REFERENCE (cumprod_reference)
{
  const WeftArray *x = inputs[0];
  Lines            lines = lines_of (&apply->attrs[0], x->rank, x->shape);

  for (gint64 i = 0; i < x->n_elements; i++)
    {
      gint64 at = i / lines.inner % lines.n;
      double product = 1;

      for (gint64 k = 0; k <= at; k++)
        product *= weft_array_get (x, i + (k - at) * lines.inner);
      weft_array_set (outputs[0], i, product);
    }
}

const WeftOpCode weft_code_cumprod = { .infer = infer_cumprod,
                                       .reference = cumprod_reference,
                                       .kernel = &cumprod_kernel,
                                       .settle = weft_settle_dtype };

/* ---- linear_recurrence: y[i] = x[i] + a[i] * y[i - 1], or y[i + 1] backwards ---- */

static INFER (infer_recurrence)
{
  guint axis;

  if (!weft_infer_axis (op, attrs[0].i, inputs[0].shape.rank, &axis, error))
    return FALSE;
  if (inputs[0].shape.rank != inputs[1].shape.rank)
    {
      g_autofree char *shapes = weft_two_shapes (&inputs[0].shape, &inputs[1].shape);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %u != %u axes (%s)",
                   op->name, inputs[0].shape.rank, inputs[1].shape.rank, shapes);
      return FALSE;
    }
  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  for (guint i = 0; i < inputs[0].shape.rank; i++)
    {
      g_autofree char *what = g_strdup_printf ("axis %u of x and a", i);

      if (!weft_infer_same_dim (op, &types[0].shape.dims[i], inputs[1].shape.dims[i], what, error))
        return FALSE;
    }
  return TRUE;
}

static void
recurrence_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  Lines     lines = lines_of (&call->attrs[0], call->in_ranks[0], call->in_shapes[0]);
  gboolean  backwards = call->attrs[1].i != 0;
  WeftDType dtype = call->out_dtype[0];

  for (gint64 i = begin; i < end; i++)
    {
      gint64 at = i / lines.inner * lines.n * lines.inner + i % lines.inner, step = lines.inner;
      double y = 0;

      if (backwards)
        {
          at += (lines.n - 1) * lines.inner;
          step = -step;
        }
      for (gint64 k = 0; k < lines.n; k++, at += step)
        {
          y = weft_load_number (dtype, call->in[0], at) +
              (k > 0 ? weft_load_number (dtype, call->in[1], at) * y : 0);
          store_float (dtype, call->out[0], at, y);
        }
    }
}

static const WeftKernel recurrence_kernel = {
  .units = line_units, .run = recurrence_run, .flops = line_flops
};

/* Each term's own product. */
static REFERENCE (recurrence_reference)
{
  const WeftArray *x = inputs[0], *a = inputs[1];
  Lines            lines = lines_of (&apply->attrs[0], x->rank, x->shape);
  gint64           step = apply->attrs[1].i ? -1 : 1;

  for (gint64 i = 0; i < x->n_elements; i++)
    {
      gint64 at = i / lines.inner % lines.n;
      double sum = 0, factor = 1;

      for (gint64 k = at; k >= 0 && k < lines.n; k -= step)
        {
          sum += factor * weft_array_get (x, i + (k - at) * lines.inner);
          factor *= weft_array_get (a, i + (k - at) * lines.inner);
        }
      weft_array_set (outputs[0], i, sum);
    }
}

const WeftOpCode weft_code_linear_recurrence = { .infer = infer_recurrence,
                                                 .reference = recurrence_reference,
                                                 .kernel = &recurrence_kernel };
