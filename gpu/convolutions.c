/* Convolutions by cuDNN: forward, and the gradients of x and of w.
 *
 * Arrays are channels last, as cuDNN's fastest kernels want them; its filters are (channels out,
 * taps, channels in), ours (taps, channels in, channels out), so they are turned round on the way,
 * as matrices. The algorithm is measured once for a shape. cuDNN pads both ends of an axis alike:
 * other convolutions are not done here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/conv.h"
#include "gpu/device.h"

#include <string.h>

#define MAX_ALGORITHMS 16
/* Batch, channels, and the axes of windows: cuDNN knows two and three. */
#define MIN_DIMS 4
#define MAX_DIMS (WEFT_WINDOW_AXES + 2)

/* How one convolution is done. */
typedef struct
{
  gboolean                     works;
  WeftConv                     conv;
  cudnnTensorDescriptor_t      x, y;
  cudnnFilterDescriptor_t      w;
  cudnnConvolutionDescriptor_t how;
  int                          algorithm;
  gsize                        workspace_bytes;
} Plan;

static gboolean
check (WeftCuda *cuda, cudnnStatus_t status, const char *what)
{
  if (status == CUDNN_STATUS_SUCCESS)
    return TRUE;
  if (cuda->failure == NULL)
    cuda->failure =
      g_strdup_printf ("%s: %s", what, weft_cuda_cudnn (NULL)->cudnnGetErrorString (status));
  return FALSE;
}

static void
plan_free (gpointer data)
{
  const WeftCudnn *cudnn = weft_cuda_cudnn (NULL);
  Plan            *plan = data;

  g_clear_pointer (&plan->x, cudnn->cudnnDestroyTensorDescriptor);
  g_clear_pointer (&plan->y, cudnn->cudnnDestroyTensorDescriptor);
  g_clear_pointer (&plan->w, cudnn->cudnnDestroyFilterDescriptor);
  g_clear_pointer (&plan->how, cudnn->cudnnDestroyConvolutionDescriptor);
  g_free (plan);
}

static gboolean
open_cudnn (WeftCuda *cuda)
{
  const WeftCudnn *cudnn = weft_cuda_cudnn (NULL);

  if (cudnn == NULL || !weft_cuda_open_products (cuda))
    return FALSE;
  if (cuda->dnn != NULL)
    return TRUE;
  if (!check (cuda, cudnn->cudnnCreate (&cuda->dnn), "cudnnCreate") ||
      !check (cuda, cudnn->cudnnSetStream (cuda->dnn, cuda->stream), "cudnnSetStream"))
    return FALSE;
  cuda->convolutions =
    g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, plan_free);
  return TRUE;
}

void
weft_cuda_close_convolutions (WeftCuda *cuda)
{
  g_clear_pointer (&cuda->convolutions, g_hash_table_unref);
  if (cuda->dnn != NULL)
    weft_cuda_cudnn (NULL)->cudnnDestroy (cuda->dnn);
  if (cuda->conv_room != 0)
    cuda->driver->cuMemFree (cuda->conv_room);
}

/* ---- Descriptions ---- */

/* The first of the axes that cuDNN is told of. */
static guint
first_axis (const WeftWindows *windows)
{
  return windows->in[0] == 1 && windows->size[0] == 1 && windows->out[0] == 1 ? 1 : 0;
}

/* What cuDNN makes of its padding is what ours makes, and all numbers are ints. */
static gboolean
suits (const WeftConv *conv)
{
  const WeftWindows *windows = &conv->windows;

  if ((conv->dtype != WEFT_F32 && conv->dtype != WEFT_F64) || windows->batch == 0 ||
      windows->batch * weft_windows_n_in (windows) * conv->n_in > G_MAXINT32 ||
      windows->batch * weft_windows_n_out (windows) * conv->n_out > G_MAXINT32)
    return FALSE;
  for (guint i = 0; i < WEFT_WINDOW_AXES; i++)
    {
      gint64 covered = (windows->size[i] - 1) * windows->dilation[i] + 1;
      gint64 free_places = windows->in[i] + 2 * windows->before[i] - covered;

      if (windows->in[i] == 0 || windows->before[i] < 0 || free_places < 0 ||
          windows->out[i] != free_places / windows->stride[i] + 1)
        return FALSE;
    }
  return TRUE;
}

static cudnnDataType_t
data_type (const WeftConv *conv)
{
  return conv->dtype == WEFT_F64 ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT;
}

/* An array of channels last, told in cuDNN's order: batch, channels, axes. */
static cudnnStatus_t
describe_array (cudnnTensorDescriptor_t descriptor,
                const WeftConv         *conv,
                const gint64           *axes,
                gint64                  channels)
{
  guint first = first_axis (&conv->windows), n = 2 + WEFT_WINDOW_AXES - first;
  int   dims[MAX_DIMS] = { (int) conv->windows.batch, (int) channels }, strides[MAX_DIMS];
  int   apart = (int) channels;

  strides[1] = 1;
  for (guint i = n - 1; i >= 2; i--)
    {
      dims[i] = (int) axes[first + i - 2];
      strides[i] = apart;
      apart *= dims[i];
    }
  strides[0] = apart;
  return weft_cuda_cudnn (NULL)->cudnnSetTensorNdDescriptor (descriptor, data_type (conv), (int) n,
                                                             dims, strides);
}

static cudnnStatus_t
describe_filter (const Plan *plan)
{
  const WeftConv *conv = &plan->conv;
  guint           first = first_axis (&conv->windows), n = 2 + WEFT_WINDOW_AXES - first;
  int             dims[MAX_DIMS] = { (int) conv->n_out, (int) conv->in_each };

  for (guint i = 2; i < n; i++)
    dims[i] = (int) conv->windows.size[first + i - 2];
  return weft_cuda_cudnn (NULL)->cudnnSetFilterNdDescriptor (plan->w, data_type (conv),
                                                             CUDNN_TENSOR_NHWC, (int) n, dims);
}

static cudnnStatus_t
describe_windows (const Plan *plan)
{
  const WeftWindows *windows = &plan->conv.windows;
  guint              first = first_axis (windows), n = WEFT_WINDOW_AXES - first;
  int                pads[WEFT_WINDOW_AXES], strides[WEFT_WINDOW_AXES], dilations[WEFT_WINDOW_AXES];

  for (guint i = 0; i < n; i++)
    {
      pads[i] = (int) windows->before[first + i];
      strides[i] = (int) windows->stride[first + i];
      dilations[i] = (int) windows->dilation[first + i];
    }
  return weft_cuda_cudnn (NULL)->cudnnSetConvolutionNdDescriptor (
    plan->how, (int) n, pads, strides, dilations, CUDNN_CROSS_CORRELATION, data_type (&plan->conv));
}

static gboolean
describe (const WeftCuda *cuda, Plan *plan)
{
  const WeftCudnn *cudnn = weft_cuda_cudnn (NULL);
  const WeftConv  *conv = &plan->conv;
  cudnnMathType_t  math =
    conv->dtype == WEFT_F32 && !cuda->base.choices.tf32 ? CUDNN_FMA_MATH : CUDNN_DEFAULT_MATH;

  return cudnn->cudnnCreateTensorDescriptor (&plan->x) == CUDNN_STATUS_SUCCESS &&
         cudnn->cudnnCreateTensorDescriptor (&plan->y) == CUDNN_STATUS_SUCCESS &&
         cudnn->cudnnCreateFilterDescriptor (&plan->w) == CUDNN_STATUS_SUCCESS &&
         cudnn->cudnnCreateConvolutionDescriptor (&plan->how) == CUDNN_STATUS_SUCCESS &&
         describe_array (plan->x, conv, conv->windows.in, conv->n_in) == CUDNN_STATUS_SUCCESS &&
         describe_array (plan->y, conv, conv->windows.out, conv->n_out) == CUDNN_STATUS_SUCCESS &&
         describe_filter (plan) == CUDNN_STATUS_SUCCESS &&
         describe_windows (plan) == CUDNN_STATUS_SUCCESS &&
         cudnn->cudnnSetConvolutionGroupCount (plan->how, (int) conv->groups) ==
           CUDNN_STATUS_SUCCESS &&
         cudnn->cudnnSetConvolutionMathType (plan->how, math) == CUDNN_STATUS_SUCCESS;
}

/* ---- The algorithm ---- */

/* Takes the first of @found, the fastest, that gives the same bits each time, or may do without. */
#define TAKE_FIRST(type, function, a, b, c, d)                                            \
  {                                                                                       \
    type found[MAX_ALGORITHMS];                                                           \
    if (cudnn->function (cuda->dnn, a, b, c, d, MAX_ALGORITHMS, &n, found) !=             \
        CUDNN_STATUS_SUCCESS)                                                             \
      return FALSE;                                                                       \
    for (int i = 0; i < n; i++)                                                           \
      if (found[i].status == CUDNN_STATUS_SUCCESS &&                                      \
          (cuda->base.choices.free_order || found[i].determinism == CUDNN_DETERMINISTIC)) \
        {                                                                                 \
          plan->algorithm = (int) found[i].algo;                                          \
          plan->workspace_bytes = found[i].memory;                                        \
          return cudnn->cudnnSetConvolutionMathType (plan->how, found[i].mathType) ==     \
                 CUDNN_STATUS_SUCCESS;                                                    \
        }                                                                                 \
    return FALSE;                                                                         \
  }

/* Measures, on memory of cuDNN's own. */
static gboolean
choose (WeftCuda *cuda, Plan *plan)
{
  const WeftCudnn *cudnn = weft_cuda_cudnn (NULL);
  int              n = 0;

  switch (plan->conv.result)
    {
    case WEFT_CONV_Y:
      TAKE_FIRST (cudnnConvolutionFwdAlgoPerf_t, cudnnFindConvolutionForwardAlgorithm, plan->x,
                  plan->w, plan->how, plan->y)
    case WEFT_CONV_X:
      TAKE_FIRST (cudnnConvolutionBwdDataAlgoPerf_t, cudnnFindConvolutionBackwardDataAlgorithm,
                  plan->w, plan->y, plan->how, plan->x)
    case WEFT_CONV_W:
      break;
    }
  TAKE_FIRST (cudnnConvolutionBwdFilterAlgoPerf_t, cudnnFindConvolutionBackwardFilterAlgorithm,
              plan->x, plan->y, plan->how, plan->w)
}

static gsize
filter_bytes (const WeftConv *conv)
{
  gsize bytes = (gsize) (weft_windows_n_taps (&conv->windows) * conv->in_each * conv->n_out) *
                weft_dtype_size (conv->dtype);

  return (bytes + 255) / 256 * 256;
}

/* Room for a turned filter and the algorithm. */
static gboolean
grow_room (WeftCuda *cuda, gsize bytes)
{
  const WeftCudaDriver *driver = cuda->driver;

  if (bytes <= cuda->conv_room_bytes)
    return TRUE;
  if (!weft_cuda_check (cuda, driver->cuStreamSynchronize (cuda->stream), "cuStreamSynchronize"))
    return FALSE;
  if (cuda->conv_room != 0)
    driver->cuMemFree (cuda->conv_room);
  cuda->conv_room = 0;
  cuda->conv_room_bytes = 0;
  cuda->base.rooms++;
  if (driver->cuMemAlloc (&cuda->conv_room, bytes) != CUDA_SUCCESS)
    return FALSE;
  cuda->conv_room_bytes = bytes;
  return TRUE;
}

static Plan *
find_plan (WeftCuda *cuda, const WeftConv *conv)
{
  g_autoptr (GBytes) key = g_bytes_new (conv, sizeof *conv);
  Plan *plan = g_hash_table_lookup (cuda->convolutions, key);

  if (plan != NULL)
    return plan;
  plan = g_new0 (Plan, 1);
  plan->conv = *conv;
  plan->works = suits (conv) && describe (cuda, plan) && choose (cuda, plan);
  g_hash_table_insert (cuda->convolutions, g_steal_pointer (&key), plan);
  return plan;
}

gboolean
weft_cuda_has_convolution (WeftCuda *cuda, const WeftApply *apply)
{
  WeftConv    conv;
  const Plan *plan;

  if (!weft_conv_describe (apply, &conv) || !open_cudnn (cuda))
    return FALSE;
  plan = find_plan (cuda, &conv);
  return plan->works && grow_room (cuda, filter_bytes (&conv) + plan->workspace_bytes);
}

/* ---- Running ---- */

/* @from, a matrix of @rows by @columns, turned round. */
static void
turn (WeftCuda *cuda, const WeftConv *conv, gint64 rows, gint64 columns, const char *from, char *to)
{
  const WeftCublas *cublas = weft_cuda_cublas (NULL);
  const char       *one = weft_cuda_number (cuda, conv->dtype, 1),
             *zero = weft_cuda_number (cuda, conv->dtype, 0);
  int m = (int) rows, n = (int) columns;

  if (conv->dtype == WEFT_F32)
    weft_cublas_check (cuda,
                       cublas->cublasSgeam (cuda->blas, CUBLAS_OP_T, CUBLAS_OP_N, m, n,
                                            (const float *) one, (const float *) from, n,
                                            (const float *) zero, (const float *) to, m,
                                            (float *) to, m),
                       "cublasSgeam");
  else
    weft_cublas_check (cuda,
                       cublas->cublasDgeam (cuda->blas, CUBLAS_OP_T, CUBLAS_OP_N, m, n,
                                            (const double *) one, (const double *) from, n,
                                            (const double *) zero, (const double *) to, m,
                                            (double *) to, m),
                       "cublasDgeam");
}

static void
run_plan (WeftCuda *cuda, const Plan *plan, const char *x, const char *w, const char *y)
{
  const WeftCudnn *cudnn = weft_cuda_cudnn (NULL);
  const WeftConv  *conv = &plan->conv;
  const float      f32[2] = { 0, 1 };
  const double     f64[2] = { 0, 1 };
  const void      *zero = conv->dtype == WEFT_F32 ? (const void *) &f32[0] : &f64[0];
  const void      *one = conv->dtype == WEFT_F32 ? (const void *) &f32[1] : &f64[1];
  char            *room = (char *) cuda->conv_room + filter_bytes (conv);

  switch (conv->result)
    {
    case WEFT_CONV_Y:
      check (cuda,
             cudnn->cudnnConvolutionForward (
               cuda->dnn, one, plan->x, x, plan->w, w, plan->how,
               (cudnnConvolutionFwdAlgo_t) plan->algorithm, room, plan->workspace_bytes, zero,
               plan->y, (void *) y),
             "cudnnConvolutionForward");
      break;
    case WEFT_CONV_X:
      check (cuda,
             cudnn->cudnnConvolutionBackwardData (
               cuda->dnn, one, plan->w, w, plan->y, y, plan->how,
               (cudnnConvolutionBwdDataAlgo_t) plan->algorithm, room, plan->workspace_bytes, zero,
               plan->x, (void *) x),
             "cudnnConvolutionBackwardData");
      break;
    case WEFT_CONV_W:
      check (cuda,
             cudnn->cudnnConvolutionBackwardFilter (
               cuda->dnn, one, plan->x, x, plan->y, y, plan->how,
               (cudnnConvolutionBwdFilterAlgo_t) plan->algorithm, room, plan->workspace_bytes,
               zero, plan->w, (void *) w),
             "cudnnConvolutionBackwardFilter");
      break;
    }
}

void
weft_cuda_convolve (WeftCuda *cuda, const WeftApply *apply, char *const *at)
{
  WeftConv    conv;
  const Plan *plan;
  char       *filter = (char *) cuda->conv_room;
  gint64      rows;

  if (!weft_conv_describe (apply, &conv) || !weft_cuda_enter (cuda))
    return;
  plan = find_plan (cuda, &conv);
  rows = weft_windows_n_taps (&conv.windows) * conv.in_each;
  switch (conv.result)
    {
    case WEFT_CONV_Y:
      turn (cuda, &conv, rows, conv.n_out, at[1], filter);
      run_plan (cuda, plan, at[0], filter, at[2]);
      break;
    case WEFT_CONV_X:
      turn (cuda, &conv, rows, conv.n_out, at[1], filter);
      run_plan (cuda, plan, at[2], filter, at[0]);
      break;
    case WEFT_CONV_W:
      run_plan (cuda, plan, at[0], filter, at[1]);
      turn (cuda, &conv, conv.n_out, rows, filter, at[2]);
      break;
    }
}
