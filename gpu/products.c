/* Matrix products by cuBLAS, in full precision unless tf32 was chosen.
 *
 * cuBLAS lays matrices out column by column: what lies by rows is to it the transposed matrix, so
 * it is asked for the transposed result, b' a'.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "gpu/device.h"

static const struct
{
  float  f32[2];
  double f64[2];
} numbers = { { 0, 1 }, { 0, 1 } };

gboolean
weft_cublas_check (WeftCuda *cuda, cublasStatus_t status, const char *what)
{
  if (status == CUBLAS_STATUS_SUCCESS)
    return TRUE;
  if (cuda->failure == NULL)
    cuda->failure =
      g_strdup_printf ("%s: %s", what, weft_cuda_cublas (NULL)->cublasGetStatusString (status));
  return FALSE;
}

gboolean
weft_cuda_open_products (WeftCuda *cuda)
{
  const WeftCublas *cublas = weft_cuda_cublas (NULL);

  if (cublas == NULL || !weft_cuda_enter (cuda))
    return FALSE;
  if (cuda->blas != NULL)
    return TRUE;
  if (!weft_cuda_check (cuda, cuda->driver->cuMemAlloc (&cuda->numbers, sizeof numbers),
                        "cuMemAlloc") ||
      !weft_cuda_check (
        cuda,
        cuda->driver->cuMemcpyHtoDAsync (cuda->numbers, &numbers, sizeof numbers, cuda->stream),
        "cuMemcpyHtoDAsync"))
    return FALSE;
  return weft_cublas_check (cuda, cublas->cublasCreate (&cuda->blas), "cublasCreate") &&
         weft_cublas_check (cuda, cublas->cublasSetStream (cuda->blas, cuda->stream),
                            "cublasSetStream") &&
         weft_cublas_check (cuda,
                            cublas->cublasSetMathMode (cuda->blas, cuda->base.choices.tf32
                                                                     ? CUBLAS_TF32_TENSOR_OP_MATH
                                                                     : CUBLAS_DEFAULT_MATH),
                            "cublasSetMathMode") &&
         weft_cublas_check (cuda,
                            cublas->cublasSetPointerMode (cuda->blas, CUBLAS_POINTER_MODE_DEVICE),
                            "cublasSetPointerMode");
}

void
weft_cuda_close_products (WeftCuda *cuda)
{
  if (cuda->blas != NULL)
    weft_cuda_cublas (NULL)->cublasDestroy (cuda->blas);
  if (cuda->numbers != 0)
    cuda->driver->cuMemFree (cuda->numbers);
}

static gboolean
is_int (gint64 n)
{
  return n >= 0 && n <= G_MAXINT32;
}

gboolean
weft_cuda_has_product (WeftDevice *device, const WeftStep *step)
{
  gint64 a_rows = step->gemm.transpose_a ? step->gemm.m : step->gemm.k,
         b_rows = step->gemm.transpose_b ? step->gemm.k : step->gemm.n;

  if (step->kind == WEFT_STEP_OP)
    return weft_cuda_has_convolution ((WeftCuda *) device, step->apply);
  if (step->gemm.dtype != WEFT_F32 && step->gemm.dtype != WEFT_F64)
    return FALSE;
  if (!is_int (step->gemm.m) || !is_int (step->gemm.n) || !is_int (step->gemm.k) ||
      !is_int (step->gemm.lda) || !is_int (step->gemm.ldb) || !is_int (step->gemm.ldc))
    return FALSE;
  for (guint i = 0; i < step->gemm.batch_rank; i++)
    if (!is_int (step->gemm.batch[i]))
      return FALSE;
  return step->gemm.lda >= MAX (a_rows, 1) && step->gemm.ldb >= MAX (b_rows, 1) &&
         step->gemm.ldc >= MAX (step->gemm.n, 1) && weft_cuda_open_products ((WeftCuda *) device);
}

/* The products over the innermost axis of the batch, the first of which are at @a, @b, @c. */
static void
multiply (WeftCuda       *cuda,
          const WeftStep *step,
          const char     *alpha,
          const char     *beta,
          const char     *a,
          const char     *b,
          char           *c)
{
  const WeftCublas *cublas = weft_cuda_cublas (NULL);
  cublasOperation_t op_a = step->gemm.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N,
                    op_b = step->gemm.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
  int    m = (int) step->gemm.m, n = (int) step->gemm.n, k = (int) step->gemm.k;
  int    lda = (int) step->gemm.lda, ldb = (int) step->gemm.ldb, ldc = (int) step->gemm.ldc, count = 1;
  gint64 apart_a = 0, apart_b = 0, apart_c = 0;

  if (step->gemm.batch_rank > 0)
    {
      guint last = step->gemm.batch_rank - 1;

      count = (int) step->gemm.batch[last];
      apart_a = step->gemm.batch_a[last];
      apart_b = step->gemm.batch_b[last];
      apart_c = step->gemm.batch_out[last];
    }
  if (step->gemm.dtype == WEFT_F32)
    weft_cublas_check (cuda,
                       cublas->cublasSgemmStridedBatched (
                         cuda->blas, op_b, op_a, n, m, k, (const float *) alpha, (const float *) b,
                         ldb, apart_b, (const float *) a, lda, apart_a, (const float *) beta,
                         (float *) c, ldc, apart_c, count),
                       "cublasSgemmStridedBatched");
  else
    weft_cublas_check (cuda,
                       cublas->cublasDgemmStridedBatched (
                         cuda->blas, op_b, op_a, n, m, k, (const double *) alpha,
                         (const double *) b, ldb, apart_b, (const double *) a, lda, apart_a,
                         (const double *) beta, (double *) c, ldc, apart_c, count),
                       "cublasDgemmStridedBatched");
}

const char *
weft_cuda_number (const WeftCuda *cuda, WeftDType dtype, guint which)
{
  gsize at =
    dtype == WEFT_F32 ? which * sizeof (float) : sizeof numbers.f32 + which * sizeof (double);

  return (const char *) cuda->numbers + at;
}

void
weft_cuda_product (WeftDevice *device, const WeftStep *step, char *const *at)
{
  WeftCuda   *cuda = (WeftCuda *) device;
  gint64      size = (gint64) weft_dtype_size (step->gemm.dtype), outer = 1;
  guint       n_outer = MAX (step->gemm.batch_rank, 1) - 1;
  const char *alpha =
    step->gemm.adds || step->gemm.scales ? at[3] : weft_cuda_number (cuda, step->gemm.dtype, 1);
  const char *beta = step->gemm.adds ? at[4] : weft_cuda_number (cuda, step->gemm.dtype, 0);

  if (step->kind == WEFT_STEP_OP)
    {
      weft_cuda_convolve (cuda, step->apply, at);
      return;
    }
  if (step->gemm.m == 0 || step->gemm.n == 0 || !weft_cuda_enter (cuda))
    return;
  for (guint i = 0; i < n_outer; i++)
    outer *= step->gemm.batch[i];
  for (gint64 i = 0; i < outer; i++)
    {
      gint64 rest = i, a = 0, b = 0, c = 0;

      for (guint d = n_outer; d-- > 0; rest /= step->gemm.batch[d])
        {
          a += rest % step->gemm.batch[d] * step->gemm.batch_a[d];
          b += rest % step->gemm.batch[d] * step->gemm.batch_b[d];
          c += rest % step->gemm.batch[d] * step->gemm.batch_out[d];
        }
      multiply (cuda, step, alpha, beta, at[0] + a * size, at[1] + b * size,
                at[step->n_in] + c * size);
    }
}
