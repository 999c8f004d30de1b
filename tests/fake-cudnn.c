/* cuDNN's convolutions by loops, for machines that have none; part of what stands in for NVIDIA's
 * libraries (fake-cuda.c). Of the two algorithms that it offers the faster gives other bits each
 * time, and is refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/fake-stream.h"

#include <cudnn.h>
#include <string.h>

#define MAX_DIMS 5

static guint n_convolutions;

/* WEFT_FAKE_COUNT: how many there were is said at the end. */
__attribute__ ((destructor)) static void
tell (void)
{
  if (g_getenv ("WEFT_FAKE_COUNT") != NULL)
    g_printerr ("convolutions: %u\n", n_convolutions);
}

typedef struct
{
  cudnnDataType_t type;
  int             n, dims[MAX_DIMS], strides[MAX_DIMS];
} Array;

typedef struct
{
  int n, pads[3], strides[3], dilations[3], groups;
} Windows;

const char *
cudnnGetErrorString (cudnnStatus_t status)
{
  return "some error";
}

cudnnStatus_t
cudnnCreate (cudnnHandle_t *handle)
{
  static int one;

  *handle = (cudnnHandle_t) &one;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnDestroy (cudnnHandle_t handle)
{
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnSetStream (cudnnHandle_t handle, cudaStream_t stream)
{
  return CUDNN_STATUS_SUCCESS;
}

/* ---- Descriptions ---- */

cudnnStatus_t
cudnnCreateTensorDescriptor (cudnnTensorDescriptor_t *array)
{
  *array = (cudnnTensorDescriptor_t) g_new0 (Array, 1);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnDestroyTensorDescriptor (cudnnTensorDescriptor_t array)
{
  g_free (array);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnSetTensorNdDescriptor (
  cudnnTensorDescriptor_t handle, cudnnDataType_t type, int n, const int *dims, const int *strides)
{
  Array *array = (Array *) handle;

  if (n < 4 || n > MAX_DIMS)
    return CUDNN_STATUS_NOT_SUPPORTED;
  array->type = type;
  array->n = n;
  memcpy (array->dims, dims, (gsize) n * sizeof *dims);
  memcpy (array->strides, strides, (gsize) n * sizeof *strides);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnCreateFilterDescriptor (cudnnFilterDescriptor_t *filter)
{
  return cudnnCreateTensorDescriptor ((cudnnTensorDescriptor_t *) filter);
}

cudnnStatus_t
cudnnDestroyFilterDescriptor (cudnnFilterDescriptor_t filter)
{
  g_free (filter);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnSetFilterNdDescriptor (cudnnFilterDescriptor_t handle,
                            cudnnDataType_t         type,
                            cudnnTensorFormat_t     format,
                            int                     n,
                            const int              *dims)
{
  int strides[MAX_DIMS], apart = dims[1];

  if (format != CUDNN_TENSOR_NHWC || n > MAX_DIMS)
    return CUDNN_STATUS_NOT_SUPPORTED;
  strides[1] = 1;
  for (int i = n - 1; i >= 2; i--)
    {
      strides[i] = apart;
      apart *= dims[i];
    }
  strides[0] = apart;
  return cudnnSetTensorNdDescriptor ((cudnnTensorDescriptor_t) handle, type, n, dims, strides);
}

cudnnStatus_t
cudnnCreateConvolutionDescriptor (cudnnConvolutionDescriptor_t *how)
{
  *how = (cudnnConvolutionDescriptor_t) g_new0 (Windows, 1);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnDestroyConvolutionDescriptor (cudnnConvolutionDescriptor_t how)
{
  g_free (how);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnSetConvolutionNdDescriptor (cudnnConvolutionDescriptor_t handle,
                                 int                          n,
                                 const int                   *pads,
                                 const int                   *strides,
                                 const int                   *dilations,
                                 cudnnConvolutionMode_t       mode,
                                 cudnnDataType_t              type)
{
  Windows *windows = (Windows *) handle;

  if (mode != CUDNN_CROSS_CORRELATION || n < 2 || n > 3)
    return CUDNN_STATUS_NOT_SUPPORTED;
  windows->n = n;
  windows->groups = 1;
  memcpy (windows->pads, pads, (gsize) n * sizeof *pads);
  memcpy (windows->strides, strides, (gsize) n * sizeof *strides);
  memcpy (windows->dilations, dilations, (gsize) n * sizeof *dilations);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnSetConvolutionGroupCount (cudnnConvolutionDescriptor_t handle, int n)
{
  ((Windows *) handle)->groups = n;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnSetConvolutionMathType (cudnnConvolutionDescriptor_t handle, cudnnMathType_t type)
{
  return CUDNN_STATUS_SUCCESS;
}

/* ---- Algorithms ---- */

#define WORKSPACE 64

/* As cuDNN: sizes that do not follow from each other are refused. */
static cudnnStatus_t
check (const Array *x, const Array *w, const Windows *windows, const Array *y)
{
  if (x->n != w->n || y->n != x->n || windows->n != x->n - 2 || x->dims[0] != y->dims[0] ||
      w->dims[0] != y->dims[1] || w->dims[1] * windows->groups != x->dims[1])
    return CUDNN_STATUS_BAD_PARAM;
  for (int i = 2; i < x->n; i++)
    if (y->dims[i] != 1 + (x->dims[i] + 2 * windows->pads[i - 2] -
                           ((w->dims[i] - 1) * windows->dilations[i - 2] + 1)) /
                            windows->strides[i - 2])
      return CUDNN_STATUS_BAD_PARAM;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnFindConvolutionForwardAlgorithm (cudnnHandle_t                      handle,
                                      const cudnnTensorDescriptor_t      x,
                                      const cudnnFilterDescriptor_t      w,
                                      const cudnnConvolutionDescriptor_t how,
                                      const cudnnTensorDescriptor_t      y,
                                      int                                room,
                                      int                               *n,
                                      cudnnConvolutionFwdAlgoPerf_t     *found)
{
  cudnnStatus_t status =
    check ((const Array *) x, (const Array *) w, (const Windows *) how, (const Array *) y);

  *n = status == CUDNN_STATUS_SUCCESS && room >= 2 ? 2 : 0;
  if (*n == 0)
    return status;
  found[0] = (cudnnConvolutionFwdAlgoPerf_t){ .determinism = CUDNN_NON_DETERMINISTIC };
  found[1] = (cudnnConvolutionFwdAlgoPerf_t){ .algo = (cudnnConvolutionFwdAlgo_t) 1,
                                              .determinism = CUDNN_DETERMINISTIC,
                                              .memory = WORKSPACE };
  return status;
}

/* Its descriptions come as filter, y, x. */
cudnnStatus_t
cudnnFindConvolutionBackwardDataAlgorithm (cudnnHandle_t                      handle,
                                           const cudnnFilterDescriptor_t      w,
                                           const cudnnTensorDescriptor_t      y,
                                           const cudnnConvolutionDescriptor_t how,
                                           const cudnnTensorDescriptor_t      x,
                                           int                                room,
                                           int                               *n,
                                           cudnnConvolutionBwdDataAlgoPerf_t *found)
{
  cudnnConvolutionFwdAlgoPerf_t forward[2];
  cudnnStatus_t                 status =
    cudnnFindConvolutionForwardAlgorithm (handle, x, w, how, y, room, n, forward);

  for (int i = 0; i < *n; i++)
    found[i] =
      (cudnnConvolutionBwdDataAlgoPerf_t){ .algo = (cudnnConvolutionBwdDataAlgo_t) forward[i].algo,
                                           .determinism = forward[i].determinism,
                                           .memory = forward[i].memory };
  return status;
}

/* x, y, filter. */
cudnnStatus_t
cudnnFindConvolutionBackwardFilterAlgorithm (cudnnHandle_t                        handle,
                                             const cudnnTensorDescriptor_t        x,
                                             const cudnnTensorDescriptor_t        y,
                                             const cudnnConvolutionDescriptor_t   how,
                                             const cudnnFilterDescriptor_t        w,
                                             int                                  room,
                                             int                                 *n,
                                             cudnnConvolutionBwdFilterAlgoPerf_t *found)
{
  cudnnConvolutionFwdAlgoPerf_t forward[2];
  cudnnStatus_t                 status =
    cudnnFindConvolutionForwardAlgorithm (handle, x, w, how, y, room, n, forward);

  for (int i = 0; i < *n; i++)
    found[i] =
      (cudnnConvolutionBwdFilterAlgoPerf_t){ .algo =
                                               (cudnnConvolutionBwdFilterAlgo_t) forward[i].algo,
                                             .determinism = forward[i].determinism,
                                             .memory = forward[i].memory };
  return status;
}

/* ---- The sum ---- */

typedef enum
{
  RESULT_Y,
  RESULT_X,
  RESULT_W,
} Result;

static double
get (const Array *array, const void *data, gint64 at)
{
  return array->type == CUDNN_DATA_DOUBLE ? ((const double *) data)[at]
                                          : ((const float *) data)[at];
}

static void
add (const Array *array, void *data, gint64 at, double value)
{
  if (array->type == CUDNN_DATA_DOUBLE)
    ((double *) data)[at] += value;
  else
    ((float *) data)[at] += (float) value;
}

static void
clear (const Array *array, void *data)
{
  gint64 n = 1;

  for (int i = 0; i < array->n; i++)
    n *= array->dims[i];
  memset (data, 0, (gsize) n * (array->type == CUDNN_DATA_DOUBLE ? 8 : 4));
}

/* One tap: where it is read in x (-1: in the padding) and w, for output place @out, both flat. */
static gint64
source (const Array   *x,
        const Array   *w,
        const Windows *windows,
        const Array   *y,
        int            out,
        int            tap,
        gint64        *at_w)
{
  gint64 at = 0;

  *at_w = 0;
  for (int i = x->n - 1; i >= 2; i--)
    {
      int place = out % y->dims[i] * windows->strides[i - 2] - windows->pads[i - 2] +
                  tap % w->dims[i] * windows->dilations[i - 2];

      if (place < 0 || place >= x->dims[i])
        return -1;
      at += (gint64) place * x->strides[i];
      *at_w += (gint64) (tap % w->dims[i]) * w->strides[i];
      out /= y->dims[i];
      tap /= w->dims[i];
    }
  return at;
}

static gint64
place_of (const Array *y, int out)
{
  gint64 at = 0;

  for (int i = y->n - 1; i >= 2; i--)
    {
      at += (gint64) (out % y->dims[i]) * y->strides[i];
      out /= y->dims[i];
    }
  return at;
}

static int
count (const Array *array)
{
  int n = 1;

  for (int i = 2; i < array->n; i++)
    n *= array->dims[i];
  return n;
}

static void
add_products (Result       result,
              const Array *x,
              void        *xs,
              const Array *w,
              void        *ws,
              const Array *y,
              void        *ys,
              const int    each,
              gint64       at_x,
              gint64       at_w,
              gint64       at_y)
{
  for (int k = 0; k < w->dims[0]; k++)
    for (int c = 0; c < w->dims[1]; c++)
      {
        gint64 i = at_x + k / each * w->dims[1] + c, j = at_w + (gint64) k * w->strides[0] + c,
               o = at_y + k;

        if (result == RESULT_Y)
          add (y, ys, o, get (x, xs, i) * get (w, ws, j));
        else if (result == RESULT_X)
          add (x, xs, i, get (y, ys, o) * get (w, ws, j));
        else
          add (w, ws, j, get (x, xs, i) * get (y, ys, o));
      }
}

typedef struct
{
  Result  result;
  Array   x, w, y;
  Windows windows;
  void   *xs, *ws, *ys, *room;
} Call;

static void
run (gpointer arguments)
{
  const Call *it = arguments;

  memset (it->room, 0xff, WORKSPACE);
  n_convolutions++;
  if (it->result == RESULT_Y)
    clear (&it->y, it->ys);
  else if (it->result == RESULT_X)
    clear (&it->x, it->xs);
  else
    clear (&it->w, it->ws);
  for (int image = 0; image < it->x.dims[0]; image++)
    for (int out = 0; out < count (&it->y); out++)
      for (int tap = 0; tap < count (&it->w); tap++)
        {
          gint64 at_w, at_x = source (&it->x, &it->w, &it->windows, &it->y, out, tap, &at_w);

          if (at_x >= 0)
            add_products (it->result, &it->x, it->xs, &it->w, it->ws, &it->y, it->ys,
                          it->w.dims[0] / it->windows.groups,
                          at_x + (gint64) image * it->x.strides[0], at_w,
                          place_of (&it->y, out) + (gint64) image * it->y.strides[0]);
        }
}

static cudnnStatus_t
convolve (Result         result,
          const Array   *x,
          void          *xs,
          const Array   *w,
          void          *ws,
          const Windows *windows,
          const Array   *y,
          void          *ys,
          int            algorithm,
          void          *room,
          size_t         bytes)
{
  const Call it = { result, *x, *w, *y, *windows, xs, ws, ys, room };

  if (algorithm != 1 || bytes < WORKSPACE)
    return CUDNN_STATUS_NOT_SUPPORTED;
  fake_stream_ask (run, &it, sizeof it);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnConvolutionForward (cudnnHandle_t                      handle,
                         const void                        *alpha,
                         const cudnnTensorDescriptor_t      x,
                         const void                        *xs,
                         const cudnnFilterDescriptor_t      w,
                         const void                        *ws,
                         const cudnnConvolutionDescriptor_t how,
                         cudnnConvolutionFwdAlgo_t          algorithm,
                         void                              *room,
                         size_t                             bytes,
                         const void                        *beta,
                         const cudnnTensorDescriptor_t      y,
                         void                              *ys)
{
  return convolve (RESULT_Y, (const Array *) x, (void *) xs, (const Array *) w, (void *) ws,
                   (const Windows *) how, (const Array *) y, ys, (int) algorithm, room, bytes);
}

cudnnStatus_t
cudnnConvolutionBackwardData (cudnnHandle_t                      handle,
                              const void                        *alpha,
                              const cudnnFilterDescriptor_t      w,
                              const void                        *ws,
                              const cudnnTensorDescriptor_t      y,
                              const void                        *ys,
                              const cudnnConvolutionDescriptor_t how,
                              cudnnConvolutionBwdDataAlgo_t      algorithm,
                              void                              *room,
                              size_t                             bytes,
                              const void                        *beta,
                              const cudnnTensorDescriptor_t      x,
                              void                              *xs)
{
  return convolve (RESULT_X, (const Array *) x, xs, (const Array *) w, (void *) ws,
                   (const Windows *) how, (const Array *) y, (void *) ys, (int) algorithm, room,
                   bytes);
}

cudnnStatus_t
cudnnConvolutionBackwardFilter (cudnnHandle_t                      handle,
                                const void                        *alpha,
                                const cudnnTensorDescriptor_t      x,
                                const void                        *xs,
                                const cudnnTensorDescriptor_t      y,
                                const void                        *ys,
                                const cudnnConvolutionDescriptor_t how,
                                cudnnConvolutionBwdFilterAlgo_t    algorithm,
                                void                              *room,
                                size_t                             bytes,
                                const void                        *beta,
                                const cudnnFilterDescriptor_t      w,
                                void                              *ws)
{
  return convolve (RESULT_W, (const Array *) x, (void *) xs, (const Array *) w, ws,
                   (const Windows *) how, (const Array *) y, (void *) ys, (int) algorithm, room,
                   bytes);
}
