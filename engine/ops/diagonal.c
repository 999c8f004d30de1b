/* diagonal, and its gradient: zeros with numbers on a diagonal.
 *
 * Of diagonals that a tensor's two axes have, one a position in the other axes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

#include <string.h>

/* The attributes of both rows: offset, axis1, axis2, the last three. */
typedef struct
{
  gint64 offset;
  guint  axis1, axis2;
} Diagonal;

static gboolean
read_diagonal (
  const WeftOp *op, const WeftAttr *attrs, guint rank, Diagonal *diagonal, GError **error)
{
  const WeftAttr *last = attrs + op->n_attrs - 3;

  diagonal->offset = last[0].i;
  if (!weft_infer_axis (op, last[1].i, rank, &diagonal->axis1, error) ||
      !weft_infer_axis (op, last[2].i, rank, &diagonal->axis2, error))
    return FALSE;
  if (diagonal->axis1 != diagonal->axis2)
    return TRUE;
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: axis1 and axis2 are both %u",
               op->name, diagonal->axis1);
  return FALSE;
}

/* How many elements the diagonal of @rows, @columns has. */
static WeftDim
length_of (WeftDim rows, WeftDim columns, gint64 offset)
{
  if (offset < 0)
    rows = weft_dim_add (rows, weft_dim (offset));
  else
    columns = weft_dim_sub (columns, weft_dim (offset));
  return weft_dim_maximum (weft_dim_minimum (rows, columns), weft_dim (0));
}

/* @shape without the two axes, and the diagonal last. */
static WeftShape
shape_of (const WeftShape *shape, const Diagonal *diagonal)
{
  WeftShape result = { 0 };

  for (guint i = 0; i < shape->rank; i++)
    if (i != diagonal->axis1 && i != diagonal->axis2)
      result.dims[result.rank++] = shape->dims[i];
  result.dims[result.rank++] =
    length_of (shape->dims[diagonal->axis1], shape->dims[diagonal->axis2], diagonal->offset);
  return result;
}

static INFER (infer_diagonal)
{
  Diagonal diagonal;

  if (!read_diagonal (op, attrs, inputs[0].shape.rank, &diagonal, error))
    return FALSE;
  types[0].dtype = inputs[0].dtype;
  types[0].shape = shape_of (&inputs[0].shape, &diagonal);
  return TRUE;
}

static INFER (infer_diagonal_back)
{
  const WeftShape *shape = attrs[0].dims;
  WeftShape        expected;
  Diagonal         diagonal;

  if (!read_diagonal (op, attrs, shape->rank, &diagonal, error))
    return FALSE;
  expected = shape_of (shape, &diagonal);
  if (expected.rank != inputs[0].shape.rank)
    {
      g_autofree char *text = weft_two_shapes (&inputs[0].shape, &expected);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: axes of %s", op->name, text);
      return FALSE;
    }
  types[0].dtype = inputs[0].dtype;
  types[0].shape = *shape;
  return TRUE;
}

/* Strides of the result's axes in the tensor @shape, the diagonal's last, and where it starts. */
static gint64
strides_of (const Diagonal *diagonal, guint rank, const gint64 *shape, gint64 *strides)
{
  gint64 all[WEFT_MAX_RANK], stride = 1;
  guint  n = 0;

  for (guint i = rank; i-- > 0; stride *= shape[i])
    all[i] = stride;
  for (guint i = 0; i < rank; i++)
    if (i != diagonal->axis1 && i != diagonal->axis2)
      strides[n++] = all[i];
  strides[n] = all[diagonal->axis1] + all[diagonal->axis2];
  return diagonal->offset < 0 ? -diagonal->offset * all[diagonal->axis1]
                              : diagonal->offset * all[diagonal->axis2];
}

/* Copies between the diagonals [.., n] and their places in a tensor [@rank axes]. */
static void
copy_diagonals (const WeftOp   *op,
                const WeftAttr *attrs,
                guint           rank,
                const gint64   *shape,
                const gint64   *small,
                gsize           size,
                char           *tensor,
                char           *diagonals,
                gboolean        put)
{
  Diagonal diagonal = { 0 };
  gint64   strides[WEFT_MAX_RANK], start;
  gint64   n = weft_product (small, rank - 1);

  read_diagonal (op, attrs, rank, &diagonal, NULL);
  start = strides_of (&diagonal, rank, shape, strides);
  for (gint64 i = 0; i < n; i++)
    {
      gint64 at = start, rest = i;

      for (guint k = rank - 1; k-- > 0; rest /= small[k])
        at += rest % small[k] * strides[k];
      memcpy (put ? tensor + at * size : diagonals + i * size,
              put ? diagonals + i * size : tensor + at * size, size);
    }
}

static gint64
one_unit (const WeftKernelCall *call)
{
  return 1;
}

static void
diagonal_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  if (begin < end)
    copy_diagonals (call->op, call->attrs, call->in_ranks[0], call->in_shapes[0],
                    call->out_shape[0], weft_dtype_size (call->out_dtype[0]), (char *) call->in[0],
                    call->out[0], FALSE);
}

static void
diagonal_back_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gsize size = weft_dtype_size (call->out_dtype[0]);

  if (begin >= end)
    return;
  memset (call->out[0], 0, weft_product (call->out_shape[0], call->out_rank[0]) * size);
  copy_diagonals (call->op, call->attrs, call->out_rank[0], call->out_shape[0], call->in_shapes[0],
                  size, call->out[0], (char *) call->in[0], TRUE);
}

static REFERENCE (diagonal_reference)
{
  gboolean   back = apply->op->id == WEFT_OP_DIAGONAL_BACK;
  WeftArray *tensor = back ? outputs[0] : inputs[0], *small = back ? inputs[0] : outputs[0];
  gint64     index[WEFT_MAX_RANK], length = MAX (small->shape[small->rank - 1], 1);
  Diagonal   diagonal = { 0 };

  read_diagonal (apply->op, apply->attrs, tensor->rank, &diagonal, NULL);
  for (gint64 i = 0; i < tensor->n_elements && small->n_elements > 0; i++)
    {
      gint64 rest = i, flat = 0;
      gint64 first = MAX (0, -diagonal.offset);

      for (guint k = tensor->rank; k-- > 0; rest /= tensor->shape[k])
        index[k] = rest % tensor->shape[k];
      if (index[diagonal.axis2] - index[diagonal.axis1] != diagonal.offset)
        continue;
      for (guint k = 0; k < tensor->rank; k++)
        if (k != diagonal.axis1 && k != diagonal.axis2)
          flat = flat * tensor->shape[k] + index[k];
      flat = flat * length + index[diagonal.axis1] - first;
      if (back)
        weft_array_set (tensor, i, weft_array_get (small, flat));
      else
        weft_array_set (small, flat, weft_array_get (tensor, i));
    }
}

static const WeftKernel diagonal_kernel = { .units = one_unit, .run = diagonal_run };
static const WeftKernel diagonal_back_kernel = { .units = one_unit, .run = diagonal_back_run };

const WeftOpCode weft_code_diagonal = {
  .infer = infer_diagonal,
  .reference = diagonal_reference,
  .kernel = &diagonal_kernel,
};
const WeftOpCode weft_code_diagonal_back = {
  .infer = infer_diagonal_back,
  .reference = diagonal_reference,
  .kernel = &diagonal_back_kernel,
};
