/* Matrix products: by the engine's own kernels, whose bits do not depend on how a product is cut;
 * by BLAS, called single-threaded on a few large pieces, where those are not made for it.
 *
 * Which of both is a fixed rule (is_own). A piece is never so thin that it reads more than it
 * makes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <cblas.h>
#include <stdlib.h>

#include "engine/ops/cpu.h"
#include "engine/run/executor.h"
#include "engine/run/function.h"
#include "engine/run/pool.h"
#include "engine/run/product-kernels.h"

/* A library's piece is worth handing out from about 25 us on, at some 100 operations a nanosecond;
 * one of our own, which has nothing to set up, much sooner. */
#define PIECE_FLOPS 2.5e6
#define OWN_PIECE_FLOPS 4e5
#define FLOPS_PER_US 1e5
/* Pieces a thread, so that none waits long for the last; one where pieces of the side that is cut
 * would be shorter than SHORT: the other matrix may be laid out anew for each. */
#define PIECES_A_THREAD 2
#define SHORT 256
/* Cuts fall on multiples of these, which kernels work in, and are even enough for two threads. */
#define CUT_ROWS 8
#define CUT_COLUMNS 16
#define OWN_CUT_ROWS 4
/* With more columns, blocks of our kernels have OWN_CUT_ROWS rows. */
#define OWN_WIDE 32
/* So much of b stays in the second cache of each thread. */
#define SHARED_BYTES (512 << 10)
/* Columns of b that our kernels lay out anew at a time. */
#define STRIP 64
/* Up to so many operations the engine's kernels are as fast as a library's at any height and in
 * double precision. */
#define OWN_FLOPS 8e6
/* Turning b for fewer rows takes longer than the product, and one large b is read as fast as it
 * comes. */
#define FEW_ROWS 8
/* A larger product that is added to, maybe in place, may have so many rows: see
 * weft_own_product_sums. */
#define OWN_ROWS (1 << 16)
/* From so many rows on, b is laid out anew. */
#define PACKED_ROWS 192
/* Rows of a turned matrix that are a multiple of this apart, in bytes, have few places in the
 * caches: a of so many rows is laid out anew where there are columns enough to be worth it. */
#define SAME_PLACE 2048
#define MAX_PACKED_ROWS 2048
#define FEW_COLUMNS 256

typedef struct
{
  const WeftProductPlan *plan;
  const WeftStep        *step;
  const char            *a, *b, *added; /* added: NULL: nothing is */
  char                  *c;
  double                 alpha, beta;
} Job;

/* One piece of one product, with its pointers and sizes. */
typedef struct
{
  const char *a, *b, *added;
  char       *c;
  gint64      m, n;
} Piece;

/* ---- Whole numbers and bools ---- */

#define INT_PRODUCT(type, result)                                                \
  for (gint64 i = 0; i < piece->m; i++)                                          \
    for (gint64 j = 0; j < piece->n; j++)                                        \
      {                                                                          \
        guint64 sum = 0;                                                         \
        for (gint64 k = 0; k < step->gemm.k; k++)                                \
          sum += (guint64) ((const type *) piece->a)[i * a_row + k * a_column] * \
                 (guint64) ((const type *) piece->b)[k * b_row + j * b_column];  \
        ((type *) piece->c)[i * step->gemm.ldc + j] = (type) (result);           \
      }

/* Sums wrap around. */
static void
int_product (const WeftStep *step, const Piece *piece)
{
  gint64 a_row = step->gemm.transpose_a ? 1 : step->gemm.lda,
         a_column = step->gemm.transpose_a ? step->gemm.lda : 1;
  gint64 b_row = step->gemm.transpose_b ? 1 : step->gemm.ldb,
         b_column = step->gemm.transpose_b ? step->gemm.ldb : 1;
  if (step->gemm.dtype == WEFT_I64)
    INT_PRODUCT (gint64, sum)
  else if (step->gemm.dtype == WEFT_I32)
    INT_PRODUCT (gint32, sum)
  else
    INT_PRODUCT (guint8, sum != 0)
}

/* ---- Floats ---- */

/* Puts beta times what is added where the product will be added to it. In place only a factor is
 * to be done. */
#define BEGIN_SUM(type)                                                      \
  for (gint64 i = 0; i < piece->m; i++)                                      \
    {                                                                        \
      const type *from = (const type *) piece->added + i * step->gemm.c_row; \
      type       *to = (type *) piece->c + i * step->gemm.ldc;               \
      if (job->beta == 1 && step->gemm.c_column == 1)                        \
        memcpy (to, from, piece->n * sizeof (type));                         \
      else                                                                   \
        for (gint64 j = 0; j < piece->n; j++)                                \
          to[j] = (type) job->beta * from[j * step->gemm.c_column];          \
    }

static void
begin_sum (const Job *job, const Piece *piece)
{
  const WeftStep *step = job->step;
  if (piece->added == piece->c && job->beta == 1)
    return;
  if (step->gemm.dtype == WEFT_F32)
    BEGIN_SUM (float)
  else
    BEGIN_SUM (double)
}

/* c = alpha a b + beta c for one row or one column of results: BLAS reads the matrix once, with no
 * set-up. FALSE: it is a matrix. */
#define VECTOR_PRODUCT(type, gemv)                                                             \
  const WeftStep *step = job->step;                                                            \
  gboolean        ta = step->gemm.transpose_a, tb = step->gemm.transpose_b;                    \
  gint64          k = step->gemm.k, lda = step->gemm.lda, ldb = step->gemm.ldb;                \
  const type     *a = (const type *) piece->a, *b = (const type *) piece->b;                   \
  type           *c = (type *) piece->c;                                                       \
  if (piece->n == 1)                                                                           \
    gemv (CblasRowMajor, ta ? CblasTrans : CblasNoTrans, ta ? k : piece->m, ta ? piece->m : k, \
          job->alpha, a, lda, b, tb ? 1 : ldb, beta, c, step->gemm.ldc);                       \
  else if (piece->m == 1)                                                                      \
    gemv (CblasRowMajor, tb ? CblasNoTrans : CblasTrans, tb ? piece->n : k, tb ? k : piece->n, \
          job->alpha, b, ldb, a, ta ? lda : 1, beta, c, 1);                                    \
  else                                                                                         \
    return FALSE;                                                                              \
  return TRUE;

static gboolean
float_vector (const Job *job, const Piece *piece, float beta)
{
  VECTOR_PRODUCT (float, cblas_sgemv)
}

static gboolean
double_vector (const Job *job, const Piece *piece, double beta)
{
  VECTOR_PRODUCT (double, cblas_dgemv)
}

static void
float_product (const Job *job, const Piece *piece, float beta)
{
  const WeftStep *step = job->step;
  CBLAS_TRANSPOSE ta = step->gemm.transpose_a ? CblasTrans : CblasNoTrans,
                  tb = step->gemm.transpose_b ? CblasTrans : CblasNoTrans;
  if (float_vector (job, piece, beta))
    return;
  cblas_sgemm (CblasRowMajor, ta, tb, piece->m, piece->n, step->gemm.k, (float) job->alpha,
               (const float *) piece->a, step->gemm.lda, (const float *) piece->b, step->gemm.ldb,
               beta, (float *) piece->c, step->gemm.ldc);
}

static void
double_product (const Job *job, const Piece *piece, double beta)
{
  const WeftStep *step = job->step;
  CBLAS_TRANSPOSE ta = step->gemm.transpose_a ? CblasTrans : CblasNoTrans,
                  tb = step->gemm.transpose_b ? CblasTrans : CblasNoTrans;
  if (double_vector (job, piece, beta))
    return;
  cblas_dgemm (CblasRowMajor, ta, tb, piece->m, piece->n, step->gemm.k, job->alpha,
               (const double *) piece->a, step->gemm.lda, (const double *) piece->b, step->gemm.ldb,
               beta, (double *) piece->c, step->gemm.ldc);
}

static void
product (const Job *job, const Piece *piece, double beta)
{
  if (job->step->gemm.dtype == WEFT_F32)
    float_product (job, piece, (float) beta);
  else
    double_product (job, piece, beta);
}

/* BLAS does not even look at matrices whose product is multiplied with 0; but 0 times infinity or
 * NaN is NaN. */
#define ADD_NOTHING(type)                                               \
  {                                                                     \
    const type *from = (const type *) whole.c;                          \
    type       *to = (type *) piece->c;                                 \
    for (gint64 i = 0; i < piece->m; i++)                               \
      for (gint64 j = 0; j < piece->n; j++)                             \
        {                                                               \
          type zero = (type) job->alpha * from[i * step->gemm.ldc + j]; \
          type was = adds ? to[i * step->gemm.ldc + j] : 0;             \
          to[i * step->gemm.ldc + j] = zero + was;                      \
        }                                                               \
  }

static void
product_times_zero (const Job *job, const Piece *piece, gboolean adds)
{
  const WeftStep  *step = job->step;
  g_autofree char *room =
    g_malloc (piece->m * step->gemm.ldc * weft_dtype_size (step->gemm.dtype));
  Job   once = *job;
  Piece whole = *piece;
  once.alpha = 1;
  whole.c = room;
  product (&once, &whole, 0);
  if (step->gemm.dtype == WEFT_F32)
    ADD_NOTHING (float)
  else
    ADD_NOTHING (double)
}

/* Whether our own kernels lay out b anew for @rows rows of the result. */
static gboolean
packs (const WeftStep *step, gint64 rows)
{
  return step->gemm.transpose_b || (rows >= PACKED_ROWS && step->gemm.ldb > STRIP);
}

static WeftOwnProduct
describe (const Job *job, const Piece *piece)
{
  const WeftStep *step = job->step;
  WeftOwnProduct  own = {
     .m = piece->m,
     .n = piece->n,
     .k = step->gemm.k,
     .a = piece->a,
     .b = piece->b,
     .a_row = step->gemm.transpose_a ? 1 : step->gemm.lda,
     .a_column = step->gemm.transpose_a ? step->gemm.lda : 1,
     .b_row = step->gemm.transpose_b ? 1 : step->gemm.ldb,
     .b_column = step->gemm.transpose_b ? step->gemm.ldb : 1,
     .packs = packs (step, piece->m),
     .result = piece->c,
     .ld = step->gemm.ldc,
     .c = piece->added,
     .c_row = step->gemm.c_row,
     .c_column = step->gemm.c_column,
     .alpha = job->alpha,
     .beta = job->beta,
     .scales = step->gemm.scales,
  };
  own.packs_a = step->gemm.transpose_a && own.n >= FEW_COLUMNS && own.m <= MAX_PACKED_ROWS &&
                step->gemm.lda * weft_dtype_size (step->gemm.dtype) % SAME_PLACE == 0 &&
                !weft_own_product_sums (&own);
  return own;
}

/* A product that the engine makes itself; 0 as a factor needs no care there. */
static void
own_product (const Job *job, const Piece *piece)
{
  const WeftProductKernels *kernels = weft_product_kernels_get ();
  WeftOwnProduct            own = describe (job, piece);
  gboolean                  single = job->step->gemm.dtype == WEFT_F32;
  WeftProductKernel         kernel = single ? kernels->f32 : kernels->f64;
  kernel (&own, weft_pool_scratch (weft_own_product_scratch (&own)));
}

static void
real_product (const Job *job, const Piece *piece)
{
  if (job->plan->own)
    {
      own_product (job, piece);
      return;
    }
  if (piece->added != NULL)
    begin_sum (job, piece);
  if (job->alpha == 0)
    product_times_zero (job, piece, piece->added != NULL);
  else
    product (job, piece, piece->added != NULL ? 1 : 0);
}

/* ---- Pieces ---- */

static void
find_piece (const Job *job, gint64 unit, Piece *piece)
{
  const WeftStep        *step = job->step;
  const WeftProductPlan *plan = job->plan;
  gint64                 pieces = plan->row_pieces * plan->column_pieces, product = unit / pieces, rest = product,
         a = 0, b = 0, added = 0, c = 0;
  gint64 row = unit % pieces / plan->column_pieces * plan->rows,
         column = unit % plan->column_pieces * plan->columns;
  gssize size = weft_dtype_size (step->gemm.dtype);
  for (guint i = step->gemm.batch_rank; i-- > 0; rest /= step->gemm.batch[i])
    {
      a += rest % step->gemm.batch[i] * step->gemm.batch_a[i];
      b += rest % step->gemm.batch[i] * step->gemm.batch_b[i];
      added += rest % step->gemm.batch[i] * step->gemm.batch_c[i];
      c += rest % step->gemm.batch[i] * step->gemm.batch_out[i];
    }
  piece->m = MIN (plan->rows, step->gemm.m - row);
  piece->n = MIN (plan->columns, step->gemm.n - column);
  a += row * (step->gemm.transpose_a ? 1 : step->gemm.lda);
  b += column * (step->gemm.transpose_b ? step->gemm.ldb : 1);
  c += row * step->gemm.ldc + column;
  added += row * step->gemm.c_row + column * step->gemm.c_column;
  piece->a = job->a + a * size;
  piece->b = job->b + b * size;
  piece->c = job->c + c * size;
  piece->added = job->added != NULL ? job->added + added * size : NULL;
}

/* The products of no numbers at all: zeros, to which c may be added. */
static void
empty_product (const Job *job, const Piece *piece)
{
  const WeftStep *step = job->step;
  gsize           size = weft_dtype_size (step->gemm.dtype);
  if (piece->added != NULL)
    begin_sum (job, piece);
  else
    for (gint64 i = 0; i < piece->m; i++)
      memset (piece->c + i * step->gemm.ldc * size, 0, piece->n * size);
}

static double
flops_of (const WeftStep *step)
{
  return 2.0 * step->gemm.m * step->gemm.n * step->gemm.k;
}

static gboolean
is_own (const WeftStep *step)
{
  if (weft_step_is_small_product (step))
    return TRUE;
  if (weft_cpu_level () == WEFT_CPU_BASELINE || !weft_dtype_is_float (step->gemm.dtype) ||
      step->gemm.k == 0 || step->gemm.n == 1 ||
      (step->gemm.transpose_b && step->gemm.m < FEW_ROWS))
    return FALSE;
  /* A library that writes its kernels when it is first called (oneDNN) would take 30 ms for that.
   */
  return flops_of (step) <= OWN_FLOPS ||
         (step->gemm.dtype == WEFT_F32 && step->gemm.m >= FEW_ROWS &&
          (!step->gemm.adds || step->gemm.m <= OWN_ROWS));
}

void
weft_product_plan_init (WeftProductPlan *plan, const WeftStep *step)
{
  plan->products = step->gemm.m * step->gemm.n > 0;
  for (guint i = 0; i < step->gemm.batch_rank; i++)
    plan->products *= step->gemm.batch[i];
  plan->own = is_own (step);
}

/* Cuts @n into about @pieces, which end at multiples of @unit; returns the length of one. */
static gint64
cut (gint64 n, gint64 pieces, gint64 unit)
{
  gint64 length = (n + pieces - 1) / pieces;
  return MAX (1, (length + unit - 1) / unit * unit);
}

static gint64
unit_count (const WeftProductPlan *plan)
{
  return plan->products * plan->row_pieces * plan->column_pieces;
}

/* Operations of one product; our own kernels work on whole vectors of columns. */
static double
work_of (const WeftProductPlan *plan, const WeftStep *step)
{
  double columns = step->gemm.n;
  if (plan->own)
    columns = (step->gemm.n + CUT_COLUMNS - 1) / CUT_COLUMNS * CUT_COLUMNS;
  return 2.0 * step->gemm.m * columns * step->gemm.k;
}

/* Whether a product is cut into pieces of rows: the longer side is cut; but of our own kernels,
 * where b is not laid out anew for each piece, always rows, as the loops before and after are. */
static gboolean
cuts_rows (const WeftProductPlan *plan, const WeftStep *step, gint64 pieces)
{
  if (plan->own && !packs (step, step->gemm.m) &&
      step->gemm.k * step->gemm.n * (gint64) weft_dtype_size (step->gemm.dtype) <= SHARED_BYTES)
    return step->gemm.m >= MIN (step->gemm.n, pieces * OWN_CUT_ROWS);
  return step->gemm.m >= step->gemm.n;
}

/* Into how many pieces a product of @flops operations is cut for @n_threads threads. */
static gint64
piece_count (const WeftProductPlan *plan, const WeftStep *step, double flops, guint n_threads)
{
  double least = plan->own ? OWN_PIECE_FLOPS : PIECE_FLOPS;
  gint64 most = (gint64) n_threads * PIECES_A_THREAD, pieces;
  if (n_threads == 1 || plan->products >= most)
    return 1;
  pieces = CLAMP ((gint64) (flops / least), 1, most);
  if (pieces > n_threads && (!plan->own || packs (step, step->gemm.m)) &&
      MAX (step->gemm.m, step->gemm.n) < pieces * SHORT)
    pieces = n_threads;
  return pieces;
}

/* A unit is a piece of a product, for @n_threads threads. */
WeftShare
weft_product_plan_share (WeftProductPlan *plan, const WeftStep *step, guint n_threads)
{
  double    flops = work_of (plan, step);
  gint64    pieces = piece_count (plan, step, flops, n_threads);
  WeftShare share = { .units = 1, .us = plan->products * flops / FLOPS_PER_US };
  plan->rows = MAX (step->gemm.m, 1);
  plan->columns = MAX (step->gemm.n, 1);
  if (pieces > 1 && cuts_rows (plan, step, pieces))
    plan->rows = cut (step->gemm.m, pieces,
                      plan->own && step->gemm.n > OWN_WIDE ? OWN_CUT_ROWS : CUT_ROWS);
  else if (pieces > 1)
    plan->columns = cut (step->gemm.n, pieces, CUT_COLUMNS);
  plan->row_pieces = (step->gemm.m + plan->rows - 1) / plan->rows;
  plan->column_pieces = (step->gemm.n + plan->columns - 1) / plan->columns;
  if (plan->row_pieces * plan->column_pieces <= 1)
    share.units =
      MAX (1, (gint64) ((plan->own ? OWN_PIECE_FLOPS : PIECE_FLOPS) / MAX (flops, 1)));
  share.n = MAX (1, (unit_count (plan) + share.units - 1) / share.units);
  return share;
}

/* Bytes that a thread needs for a piece: whether it is added to in place is known only then. */
gsize
weft_product_plan_scratch (const WeftProductPlan *plan, const WeftStep *step)
{
  Job            job = { .plan = plan, .step = step };
  char           other;
  Piece          piece = { .m = plan->rows, .n = plan->columns };
  WeftOwnProduct own = describe (&job, &piece);
  gsize          in_place = weft_own_product_scratch (&own);
  if (!plan->own)
    return 0;
  piece.c = &other;
  own = describe (&job, &piece);
  return step->gemm.adds ? MAX (in_place, weft_own_product_scratch (&own))
                         : weft_own_product_scratch (&own);
}

static double
number_at (const WeftStep *step, const void *data)
{
  return step->gemm.dtype == WEFT_F32 ? *(const float *) data : *(const double *) data;
}

/* Units @begin to @end of step number @i. */
void
weft_product_run (WeftExecutor *executor, guint i, gint64 begin, gint64 end)
{
  const WeftStep        *step = &executor->program->steps[i];
  const WeftProductPlan *plan = &executor->products[i];
  char                 **at = weft_executor_at (executor, i);
  Job                    job = { .plan = plan, .step = step, .alpha = 1, .beta = 1 };
  job.a = at[0];
  job.b = at[1];
  job.c = at[step->n_in];
  if (step->gemm.adds)
    {
      job.added = at[2];
      job.beta = number_at (step, at[4]);
    }
  if (step->gemm.scales)
    job.alpha = number_at (step, at[3]);
  weft_pool_prepare_thread ();
  end = MIN (end, unit_count (plan));
  for (gint64 unit = begin; unit < end; unit++)
    {
      Piece piece;
      if (weft_executor_is_cancelled (executor))
        return;
      find_piece (&job, unit, &piece);
      if (step->gemm.k == 0)
        empty_product (&job, &piece);
      else if (weft_dtype_is_float (step->gemm.dtype))
        real_product (&job, &piece);
      else
        int_product (step, &piece);
    }
}
