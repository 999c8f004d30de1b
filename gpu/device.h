/* What the files of the CUDA device share.
 *
 *     libraries.c    functions found at run time
 *     cuda-device.c  the list of devices; memory, order, errors
 *     code.c         texts compiled by NVRTC, and launched
 *     capture.c      launches kept as one graph
 *     binaries.c     what NVRTC made, on disk
 *     products.c     matrix products by cuBLAS
 *     convolutions.c convolutions by cuDNN, where its headers were there
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/device.h"
#include "gpu/libraries.h"

G_BEGIN_DECLS

typedef struct
{
  WeftDevice            base;
  const WeftCudaDriver *driver;
  CUdevice              number;
  CUcontext             context; /* the primary one, retained */
  CUstream              stream;  /* of all that is launched */
  guint                 major, minor, processors;
  CUdeviceptr           scratch; /* what kernels write and forget */
  gsize                 scratch_bytes;
  cublasHandle_t        blas;    /* NULL until the first product, or where there is no cuBLAS */
  CUdeviceptr           numbers; /* 0 and 1 as float, then as double */
#ifdef WEFT_HAVE_CUDNN
  cudnnHandle_t dnn; /* NULL until the first convolution */
#endif
  GHashTable *convolutions; /* how each is done; NULL until the first */
  CUdeviceptr conv_room;
  gsize       conv_room_bytes;
  char       *failure; /* the first, NULL: none */
} WeftCuda;

/* Makes its context that of the thread; TRUE if nothing has failed. */
gboolean weft_cuda_enter (WeftCuda *cuda);
/* Keeps the first failure. Returns whether @result is success. */
gboolean weft_cuda_check (WeftCuda *cuda, CUresult result, const char *what);

/* code.c; see WeftDeviceClass */
WeftDeviceCode      *
weft_cuda_build (WeftDevice *device, guint n, WeftKernelText *const *texts, GError **error);
void weft_cuda_free_code (WeftDevice *device, WeftDeviceCode *code);
void weft_cuda_launch (WeftDevice *device, WeftDeviceCode *code, const WeftDeviceLaunch *launch);

/* capture.c; see WeftDeviceClass */
gboolean     weft_cuda_capture (WeftDevice *device);
WeftCapture *weft_cuda_captured (WeftDevice *device);
void         weft_cuda_replay (WeftDevice *device, WeftCapture *capture);
void         weft_cuda_free_capture (WeftDevice *device, WeftCapture *capture);

/* binaries.c. What was kept under @key, a hash; owned. NULL: nothing whole. Any thread. */
char *weft_cuda_load_binary (const char *key, gsize *size);
/* A cache that cannot be written is no harm. */
void weft_cuda_keep_binary (const char *key, const char *binary, gsize size);

/* products.c; see WeftDeviceClass */
gboolean weft_cuda_has_product (WeftDevice *device, const WeftStep *step);
void     weft_cuda_product (WeftDevice *device, const WeftStep *step, char *const *at);
void     weft_cuda_close_products (WeftCuda *cuda);
/* FALSE: there is no cuBLAS, or something failed. */
gboolean weft_cuda_open_products (WeftCuda *cuda);
gboolean weft_cublas_check (WeftCuda *cuda, cublasStatus_t status, const char *what);
/* 0 or 1 of a float type, on the device. */
const char *weft_cuda_number (const WeftCuda *cuda, WeftDType dtype, guint which);

/* convolutions.c */
gboolean weft_cuda_has_convolution (WeftCuda *cuda, const WeftApply *apply);
void     weft_cuda_convolve (WeftCuda *cuda, const WeftApply *apply, char *const *at);
void     weft_cuda_close_convolutions (WeftCuda *cuda);

G_END_DECLS
