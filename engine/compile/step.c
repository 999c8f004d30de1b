/* What a loop nest's description says of itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>

#include "engine/compile/program.h"

#define PARTIAL_ALIGNMENT 64
/* Of a product that the engine makes itself: there a call of a library shows, and its kernels are
 * not faster. Columns go into vectors. */
#define SMALL_COLUMNS 8
#define SMALL_WORK 32768

gint64
weft_step_units (const WeftStep *step)
{
  gint64 n = 1;
  for (guint i = 0; i < step->rank; i++)
    if (i + 1 < step->rank || step->row == 0)
      n *= step->dims[i];
  return n;
}

gsize
weft_step_partial_bytes (const WeftStep *step)
{
  gsize bytes = 0;
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];
      gsize             size = weft_dtype_size (op->dtype) * (op->per_row ? 1 : step->row);
      if (op->op == WEFT_TILE_ACROSS)
        bytes += (size + PARTIAL_ALIGNMENT - 1) / PARTIAL_ALIGNMENT * PARTIAL_ALIGNMENT;
    }
  return bytes;
}

gboolean
weft_step_picks (const WeftStep *step)
{
  for (guint i = 0; i < step->n_ops; i++)
    if (step->ops[i].op == WEFT_TILE_PICK)
      return TRUE;
  return FALSE;
}

gboolean
weft_step_is_small_product (const WeftStep *step)
{
  return step->kind == WEFT_STEP_GEMM && weft_dtype_is_float (step->gemm.dtype) &&
         step->gemm.batch_rank == 0 && !step->gemm.transpose_b && step->gemm.k > 0 &&
         step->gemm.ldc == step->gemm.n && step->gemm.m > 0 && step->gemm.n >= SMALL_COLUMNS &&
         step->gemm.m * step->gemm.n * step->gemm.k <= SMALL_WORK;
}

/* The largest (or smallest) number of @dtype, infinity for floats. */
static double
extreme (WeftDType dtype, gboolean largest)
{
  if (dtype == WEFT_I32)
    return largest ? G_MAXINT32 : G_MININT32;
  if (dtype == WEFT_I64)
    return largest ? (double) G_MAXINT64 : (double) G_MININT64;
  if (dtype == WEFT_BOOL)
    return largest;
  return largest ? INFINITY : -INFINITY;
}

double
weft_tile_neutral (guint combine, WeftDType dtype)
{
  switch (combine)
    {
    case WEFT_OP_MUL:
    case WEFT_OP_LOGICAL_AND:
      return 1;
    case WEFT_OP_MAXIMUM:
      return extreme (dtype, FALSE);
    case WEFT_OP_MINIMUM:
      return extreme (dtype, TRUE);
    default:
      g_assert (combine == WEFT_OP_ADD || combine == WEFT_OP_LOGICAL_OR);
      return 0;
    }
}
