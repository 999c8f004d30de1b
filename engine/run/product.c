/* Matrix products: BLAS called single-threaded, split by the engine.
 *
 * How a product is split depends on its shape alone, so the result does not depend on the number of
 * threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <cblas.h>
#include <stdlib.h>
#if WEFT_HAVE_DNNL
#include <oneapi/dnnl/dnnl.h>
#endif

#include "engine/run/executor.h"
#include "engine/run/function.h"
#include "engine/run/pool.h"
#include "engine/run/product-kernels.h"

/* A piece is worth handing out from about 50 us on, at some 100 operations a nanosecond. */
#define PIECE_FLOPS 6e6
#define MAX_PIECES 64
#define FLOPS_PER_US 1e5
/* Cuts fall on multiples of this, which BLAS kernels work in. */
#define CUT 16
/* Below this many operations oneDNN's set-up shows. */
#define DNNL_FLOPS 2e5

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
#if WEFT_HAVE_DNNL
  if (2.0 * piece->m * piece->n * step->gemm.k >= DNNL_FLOPS)
    {
      dnnl_status_t status = dnnl_sgemm (
        step->gemm.transpose_a ? 'T' : 'N', step->gemm.transpose_b ? 'T' : 'N', piece->m, piece->n,
        step->gemm.k, (float) job->alpha, (const float *) piece->a, step->gemm.lda,
        (const float *) piece->b, step->gemm.ldb, beta, (float *) piece->c, step->gemm.ldc);
      if (status == dnnl_success)
        return;
    }
#endif
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

/* A product that the engine makes itself; 0 as a factor needs no care there. */
static void
small_product (const Job *job, const Piece *piece)
{
  const WeftStep           *step = job->step;
  const WeftProductKernels *kernels = weft_product_kernels_get ();
  WeftSmallProduct          small = {
             .m = piece->m,
             .n = piece->n,
             .k = step->gemm.k,
             .a = piece->a,
             .b = piece->b,
             .a_row = step->gemm.transpose_a ? 1 : step->gemm.lda,
             .a_column = step->gemm.transpose_a ? step->gemm.lda : 1,
             .b_row = step->gemm.ldb,
             .result = piece->c,
             .ld = step->gemm.ldc,
             .c = piece->added,
             .c_row = step->gemm.c_row,
             .c_column = step->gemm.c_column,
             .alpha = job->alpha,
             .beta = job->beta,
             .scales = step->gemm.scales,
  };
  if (step->gemm.dtype == WEFT_F32)
    kernels->f32 (&small);
  else
    kernels->f64 (&small);
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

static void
real_product (const Job *job, const Piece *piece)
{
  if (job->plan->small)
    {
      small_product (job, piece);
      return;
    }
  if (piece->added != NULL)
    begin_sum (job, piece);
  if (job->alpha == 0)
    product_times_zero (job, piece, piece->added != NULL);
  else
    product (job, piece, piece->added != NULL ? 1 : 0);
}

/* ---- Getting ready ---- */

#if WEFT_HAVE_DNNL
static GThread *warm_up;

/* The smallest product that oneDNN makes its kernels for. */
#define WARM_UP_SIDE 16

static gpointer
warm_up_thread (gpointer data)
{
  float sides[2][WARM_UP_SIDE * WARM_UP_SIDE] = { 0 }, result[WARM_UP_SIDE * WARM_UP_SIDE];
  weft_pool_prepare_thread ();
  dnnl_sgemm ('N', 'N', WARM_UP_SIDE, WARM_UP_SIDE, WARM_UP_SIDE, 1.0f, sides[0], WARM_UP_SIDE,
              sides[1], WARM_UP_SIDE, 0.0f, result, WARM_UP_SIDE);
  return NULL;
}

/* The library must not be taken down while the thread is inside it. */
static void
join_warm_up (void)
{
  g_thread_join (warm_up);
}
#endif

/* Lets oneDNN make its kernels in the background, which takes it 20 to 40 ms: programs that will
 * train call this when they start, those that may be done sooner do not: it is waited for at exit.
 * Any thread; later calls do nothing. */
void
weft_run_warm_up (void)
{
#if WEFT_HAVE_DNNL
  static gsize once = 0;
  if (g_once_init_enter (&once))
    {
      warm_up = g_thread_new ("weft warm-up", warm_up_thread, NULL);
      atexit (join_warm_up);
      g_once_init_leave (&once, 1);
    }
#endif
}

/* ---- Pieces ---- */

static void
find_piece (const Job *job, gint64 unit, Piece *piece)
{
  const WeftStep        *step = job->step;
  const WeftProductPlan *plan = job->plan;
  gint64                 product = unit / plan->pieces, rest = product, a = 0, b = 0, added = 0,
         c = 0;
  gint64 begin = unit % plan->pieces * plan->length;
  gssize size = weft_dtype_size (step->gemm.dtype);
  for (guint i = step->gemm.batch_rank; i-- > 0; rest /= step->gemm.batch[i])
    {
      a += rest % step->gemm.batch[i] * step->gemm.batch_a[i];
      b += rest % step->gemm.batch[i] * step->gemm.batch_b[i];
      added += rest % step->gemm.batch[i] * step->gemm.batch_c[i];
      c += rest % step->gemm.batch[i] * step->gemm.batch_out[i];
    }
  piece->m = step->gemm.m;
  piece->n = step->gemm.n;
  if (plan->by_rows)
    {
      piece->m = MIN (plan->length, step->gemm.m - begin);
      a += begin * (step->gemm.transpose_a ? 1 : step->gemm.lda);
      c += begin * step->gemm.ldc;
      added += begin * step->gemm.c_row;
    }
  else
    {
      piece->n = MIN (plan->length, step->gemm.n - begin);
      b += begin * (step->gemm.transpose_b ? step->gemm.ldb : 1);
      c += begin;
      added += begin * step->gemm.c_column;
    }
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

void
weft_product_plan_init (WeftProductPlan *plan, const WeftStep *step)
{
  gint64 longest = MAX (step->gemm.m, step->gemm.n);
  double flops = 2.0 * step->gemm.m * step->gemm.n * step->gemm.k;
  plan->products = step->gemm.m * step->gemm.n > 0;
  for (guint i = 0; i < step->gemm.batch_rank; i++)
    plan->products *= step->gemm.batch[i];
  plan->small = weft_step_is_small_product (step);
  plan->by_rows = step->gemm.m >= step->gemm.n;
  plan->pieces = CLAMP ((gint64) (flops / PIECE_FLOPS), 1, MAX_PIECES);
  plan->length = ((longest + plan->pieces - 1) / plan->pieces + CUT - 1) / CUT * CUT;
  plan->pieces = plan->length > 0 ? (longest + plan->length - 1) / plan->length : 1;
}

/* A unit is a piece of a product. */
WeftShare
weft_product_plan_share (const WeftProductPlan *plan, const WeftStep *step)
{
  double    flops = 2.0 * step->gemm.m * step->gemm.n * step->gemm.k;
  gint64    units = plan->products * plan->pieces;
  WeftShare share = { .us = plan->products * flops / FLOPS_PER_US };
  share.units = plan->pieces > 1 ? 1 : MAX (1, (gint64) (PIECE_FLOPS / MAX (flops, 1)));
  share.n = MAX (1, (units + share.units - 1) / share.units);
  return share;
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
  end = MIN (end, plan->products * plan->pieces);
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
