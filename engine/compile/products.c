/* Matrix products as BLAS calls: which operand lies which way, and over what the call repeats.
 *
 * A transpose of the last two axes, a batch that is one tall matrix, a matrix shared by a batch, a
 * factor, and a sum with what dies there cost nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

typedef struct
{
  gint64   rows, columns;
  gint64   ld;
  gboolean transposed; /* lies column by column */
  guint    batch_rank;
  gint64   batch_dims[WEFT_MAX_RANK], batch_strides[WEFT_MAX_RANK];
} Matrix;

/* BLAS reads rows one after the other at a distance of ld >= their length, or columns. */
static gboolean
lies_by_rows (gint64 rows, gint64 columns, gint64 row_stride, gint64 column_stride)
{
  return (columns == 1 || column_stride == 1) && (rows == 1 || row_stride >= MAX (columns, 1));
}

/* Whether a product can read the operand as it lies. A vector must be contiguous. */
gboolean
weft_gemm_can_read (const WeftView *view, const gint64 *dims, guint rank)
{
  gint64 rows, columns;
  if (rank < 2)
    return view->contiguous;
  rows = dims[rank - 2];
  columns = dims[rank - 1];
  return lies_by_rows (rows, columns, view->strides[rank - 2], view->strides[rank - 1]) ||
         lies_by_rows (columns, rows, view->strides[rank - 1], view->strides[rank - 2]);
}

/* Whether the last two axes of @view, of shape @dims, lie row after row. */
static gboolean
is_by_rows (const WeftView *view, const gint64 *dims, guint rank)
{
  return lies_by_rows (dims[rank - 2], dims[rank - 1], view->strides[rank - 2],
                       view->strides[rank - 1]);
}

/* Whether a product can write its result so, @rank 2 or more: row after row, or column after
 * column, where it is the product of the transposes. */
gboolean
weft_gemm_can_write (const WeftView *view, const gint64 *dims, guint rank)
{
  return is_by_rows (view, dims, rank) ||
         lies_by_rows (dims[rank - 1], dims[rank - 2], view->strides[rank - 1],
                       view->strides[rank - 2]);
}

/* A vector is one row on the left and one column on the right. */
static Matrix
matrix_of (const WeftView *view, const gint64 *dims, guint rank, gboolean left)
{
  Matrix m = { 0 };
  gint64 row_stride, column_stride;
  if (rank < 2)
    {
      m.rows = left ? 1 : dims[0];
      m.columns = left ? dims[0] : 1;
      row_stride = left ? 0 : 1;
      column_stride = left ? 1 : 0;
    }
  else
    {
      m.batch_rank = rank - 2;
      memcpy (m.batch_dims, dims, m.batch_rank * sizeof (gint64));
      memcpy (m.batch_strides, view->strides, m.batch_rank * sizeof (gint64));
      m.rows = dims[rank - 2];
      m.columns = dims[rank - 1];
      row_stride = view->strides[rank - 2];
      column_stride = view->strides[rank - 1];
    }
  m.transposed = !lies_by_rows (m.rows, m.columns, row_stride, column_stride);
  m.ld = m.transposed ? (m.columns == 1 ? m.rows : column_stride)
                      : (m.rows == 1 ? m.columns : row_stride);
  m.ld = MAX (m.ld, 1);
  return m;
}

static Matrix
transposed (Matrix m)
{
  gint64 rows = m.rows;
  m.rows = m.columns;
  m.columns = rows;
  m.transposed = !m.transposed;
  return m;
}

static gint64
batch_stride (const Matrix *m, guint rank, guint axis)
{
  guint shift = rank - m->batch_rank;
  if (axis < shift || m->batch_dims[axis - shift] == 1)
    return 0;
  return m->batch_strides[axis - shift];
}

static void
set_batch (WeftStep     *step,
           const Matrix *a,
           const Matrix *b,
           const gint64 *c_strides,
           const gint64 *out_strides)
{
  guint rank = MAX (a->batch_rank, b->batch_rank);
  step->gemm.batch_rank = 0;
  for (guint i = 0; i < rank; i++)
    {
      gint64 da = i < rank - a->batch_rank ? 1 : a->batch_dims[i - (rank - a->batch_rank)];
      gint64 db = i < rank - b->batch_rank ? 1 : b->batch_dims[i - (rank - b->batch_rank)];
      guint  to = step->gemm.batch_rank;
      if (da == 1 && db == 1)
        continue;
      step->gemm.batch[to] = da == 1 ? db : da;
      step->gemm.batch_a[to] = batch_stride (a, rank, i);
      step->gemm.batch_b[to] = batch_stride (b, rank, i);
      step->gemm.batch_c[to] = c_strides[i];
      step->gemm.batch_out[to] = out_strides[i];
      step->gemm.batch_rank++;
    }
}

/* Where only the left side has a batch and its matrices follow each other row after row, they are
 * one tall matrix. */
static void
merge_batch (WeftStep *step)
{
  while (step->gemm.batch_rank > 0)
    {
      guint last = step->gemm.batch_rank - 1;
      if (step->gemm.batch_b[last] != 0 || step->gemm.transpose_a ||
          step->gemm.batch_a[last] != step->gemm.m * step->gemm.lda ||
          step->gemm.batch_out[last] != step->gemm.m * step->gemm.ldc ||
          (step->gemm.adds && step->gemm.batch_c[last] != step->gemm.m * step->gemm.c_row))
        return;
      step->gemm.m *= step->gemm.batch[last];
      step->gemm.batch_rank--;
    }
}

/* Inputs of GEMM. */
enum
{
  INPUT_A,
  INPUT_B,
  INPUT_C,
  INPUT_ALPHA,
};

static gboolean
is_number (WeftBuilder *builder, const WeftView *view, double number)
{
  const WeftRoot *root = weft_builder_root (builder, view->root);
  return root->kind == WEFT_SLOT_CONSTANT && root->n == 1 &&
         weft_array_get (g_ptr_array_index (builder->constants, root->index), 0) == number;
}

/* How c lies over the result; @strides gets those of its batch axes. Nothing is added where c is
 * the number 0. */
static void
set_sum (WeftBuilder *builder, const WeftNode *node, WeftStep *step, gint64 *strides)
{
  const WeftApply *apply = node->apply;
  gint64           dims[WEFT_MAX_RANK];
  guint            rank, end = node->rank;
  WeftView         view;
  if (apply->op->id != WEFT_OP_GEMM)
    return;
  step->gemm.scales = !is_number (builder, &node->operands[INPUT_ALPHA], 1);
  step->gemm.adds = !is_number (builder, &node->operands[INPUT_C], 0);
  rank = weft_type_dims (&apply->inputs[INPUT_C]->type, dims);
  view = weft_view_broadcast (&node->operands[INPUT_C], rank, dims, node->rank, node->dims);
  if (apply->inputs[INPUT_B]->type.shape.rank > 1)
    step->gemm.c_column = view.strides[--end];
  if (apply->inputs[INPUT_A]->type.shape.rank > 1)
    step->gemm.c_row = view.strides[--end];
  memcpy (strides, view.strides, end * sizeof (gint64));
}

/* How the result, or its transpose if @turned, lies in its root; @strides gets those of its axes.
 */
static void
set_result (const WeftNode *node, gboolean turned, WeftStep *step, gint64 *strides)
{
  step->gemm.ldc = step->gemm.n;
  if (node->result == NULL)
    {
      weft_view_contiguous_strides (node->rank, node->dims, strides);
      return;
    }
  memcpy (strides, node->result->strides, sizeof node->result->strides);
  step->out[0].offset = node->result->offset;
  if (step->gemm.m > 1)
    step->gemm.ldc = strides[node->rank - (turned ? 1 : 2)];
}

static void
count_work (WeftStep *step)
{
  gsize  size = weft_dtype_size (step->gemm.dtype);
  double repeats = 1;
  for (guint i = 0; i < step->gemm.batch_rank; i++)
    repeats *= step->gemm.batch[i];
  step->flops = 2.0 * repeats * step->gemm.m * step->gemm.n * step->gemm.k;
  step->bytes = repeats * size *
                ((double) step->gemm.m * step->gemm.k + (double) step->gemm.k * step->gemm.n +
                 (double) step->gemm.m * step->gemm.n * (step->gemm.adds ? 2 : 1));
}

void
weft_compile_gemm (WeftBuilder *builder, WeftNode *node, WeftStep *step)
{
  const WeftApply *apply = node->apply;
  gboolean         turned = node->result != NULL &&
                    !is_by_rows (node->result, node->dims, node->rank);
  Matrix sides[2];
  gint64 c_strides[WEFT_MAX_RANK] = { 0 }, out_strides[WEFT_MAX_RANK];
  for (guint i = 0; i < 2; i++)
    {
      gint64 dims[WEFT_MAX_RANK];
      guint  rank = weft_type_dims (&apply->inputs[i]->type, dims);
      sides[i] = matrix_of (&node->operands[i], dims, rank, i == 0);
    }
  if (turned)
    {
      Matrix left = transposed (sides[1]);
      sides[1] = transposed (sides[0]);
      sides[0] = left;
    }
  step->kind = WEFT_STEP_GEMM;
  step->origins = apply->origins;
  step->n_in = node->n_operands;
  step->in = g_new0 (WeftOperand, node->n_operands);
  step->n_out = 1;
  step->out = g_new0 (WeftOperand, 1);
  for (guint i = 0; i < node->n_operands; i++)
    {
      guint from = turned && i < 2 ? 1 - i : i;
      step->in[i].slot = node->operands[from].root;
      step->in[i].offset = node->operands[from].offset;
    }
  step->out[0].slot = node->first_result;
  step->apply = apply;
  step->gemm.dtype = apply->outputs[0].type.dtype;
  step->gemm.m = sides[0].rows;
  step->gemm.k = sides[0].columns;
  step->gemm.n = sides[1].columns;
  step->gemm.transpose_a = sides[0].transposed;
  step->gemm.transpose_b = sides[1].transposed;
  step->gemm.lda = sides[0].ld;
  step->gemm.ldb = sides[1].ld;
  set_sum (builder, node, step, c_strides);
  set_result (node, turned, step, out_strides);
  set_batch (step, &sides[0], &sides[1], c_strides, out_strides);
  merge_batch (step);
  count_work (step);
  step->name = g_strdup_printf (
    "gemm %" G_GINT64_FORMAT "x%" G_GINT64_FORMAT "x%" G_GINT64_FORMAT "%s%s%s%s", step->gemm.m,
    step->gemm.n, step->gemm.k, step->gemm.transpose_a ? " A'" : "",
    step->gemm.transpose_b ? " B'" : "", step->gemm.scales ? " *" : "",
    step->gemm.adds ? " +C" : "");
}

gboolean
weft_compile_may_overwrite (const WeftApply *apply, guint input)
{
  return !apply->placed || (input < 64 && apply->overwrites >> input & 1);
}

guint
weft_node_overwrites (const WeftNode *node)
{
  if (node->kind != WEFT_NODE_GEMM && node->kind != WEFT_NODE_OP)
    return 0;
  for (guint i = 0; i < node->n_operands; i++)
    if (weft_apply_overwrites (node->apply, i) && weft_compile_may_overwrite (node->apply, i))
      return i + 1;
  return 0;
}
