/* What all of linear algebra needs: type rules of matrices and their batches, moving matrices
 * about.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/linalg-private.h"

#include <math.h>

/* ---- Type rules ---- */

gboolean
weft_infer_matrix (const WeftOp *op, const WeftType *type, const char *name, GError **error)
{
  g_autofree char *shape = NULL;

  if (type->shape.rank >= 2)
    return TRUE;
  shape = weft_shape_to_string (&type->shape);
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
               "%s: %s must be a matrix or a stack of them, it is %s", op->name, name, shape);
  return FALSE;
}

gboolean
weft_infer_square (const WeftOp *op, const WeftType *type, const char *name, GError **error)
{
  const WeftShape *shape = &type->shape;
  g_autofree char *text = NULL;
  g_autofree char *what = NULL;

  if (!weft_infer_matrix (op, type, name, error))
    return FALSE;
  if (!weft_dim_differs (shape->dims[shape->rank - 2], shape->dims[shape->rank - 1]))
    return TRUE;
  text = weft_shape_to_string (shape);
  what = g_strdup_printf ("%s must be square, it is %s", name, text);
  weft_infer_differ (op, shape->dims[shape->rank - 2], shape->dims[shape->rank - 1], what, error);
  return FALSE;
}

INFER (weft_infer_square_of_square)
{
  types[0] = inputs[0];
  return weft_infer_square (op, &inputs[0], "a", error);
}

WeftShape
weft_shape_of_matrices (const WeftShape *like, WeftDim rows, WeftDim columns)
{
  WeftShape shape = *like;

  shape.dims[shape.rank - 2] = rows;
  shape.dims[shape.rank - 1] = columns;
  return shape;
}

WeftShape
weft_shape_of_vectors (const WeftShape *like, WeftDim n)
{
  WeftShape shape = *like;

  shape.rank--;
  shape.dims[shape.rank - 1] = n;
  return shape;
}

/* ---- Matrices of a call ---- */

gint64
weft_call_matrices (const WeftKernelCall *call)
{
  return weft_product (call->in_shapes[0], call->in_ranks[0] - 2);
}

gint64
weft_call_offset (const WeftKernelCall *call, guint which, guint batch_rank, gint64 unit)
{
  guint  rank = call->in_ranks[which], own = rank > 2 ? rank - 2 : 0;
  gint64 index[WEFT_MAX_RANK], flat = 0;

  for (guint i = batch_rank; i-- > 0; unit /= call->out_shape[0][i])
    index[i] = unit % call->out_shape[0][i];
  for (guint i = 0; i < own; i++)
    {
      gint64 size = call->in_shapes[which][i];

      flat = flat * size + (size == 1 ? 0 : index[batch_rank - own + i]);
    }
  return own == 0 ? 0 : flat * weft_product (call->in_shapes[which] + own, 2);
}

void
weft_fill_nan (WeftDType dtype, void *data, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    weft_store_number (dtype, data, i, NAN);
}

void
weft_fill_identity (WeftDType dtype, void *data, gint64 rows, gint64 columns)
{
  memset (data, 0, rows * columns * weft_dtype_size (dtype));
  for (gint64 i = 0; i < MIN (rows, columns); i++)
    weft_store_number (dtype, data, i * columns + i, 1);
}

/* A block of this many elements a side stays in the first-level cache, read and written. */
#define TRANSPOSE_BLOCK 32

#define TRANSPOSE(type)                                                   \
  for (gint64 i0 = 0; i0 < rows; i0 += TRANSPOSE_BLOCK)                   \
    for (gint64 j0 = 0; j0 < columns; j0 += TRANSPOSE_BLOCK)              \
      for (gint64 i = i0; i < MIN (i0 + TRANSPOSE_BLOCK, rows); i++)      \
        for (gint64 j = j0; j < MIN (j0 + TRANSPOSE_BLOCK, columns); j++) \
          ((type *) to)[j * rows + i] = ((const type *) from)[i * columns + j];

void
weft_transpose_matrix (WeftDType dtype, void *to, const void *from, gint64 rows, gint64 columns)
{
  if (dtype == WEFT_F32)
    TRANSPOSE (float)
  else
    TRANSPOSE (double)
}

gboolean
weft_all_finite (WeftDType dtype, const void *data, gint64 n)
{
  /* Zero times a number that is not finite is NaN, which stays. */
  double sum = 0;

  for (gint64 i = 0; i < n; i++)
    sum += 0 * weft_load_number (dtype, data, i);
  return sum == 0;
}
