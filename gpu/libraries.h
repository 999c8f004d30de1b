/* The functions of NVIDIA's libraries, found at run time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <cublas_v2.h>
#include <cuda.h>
#ifdef WEFT_HAVE_CUDNN
#include <cudnn.h>
#endif
#include <glib.h>
#include <nvrtc.h>

G_BEGIN_DECLS

#define WEFT_CUDA_FUNCTIONS(X)                    \
  X (cuInit)                                      \
  X (cuDriverGetVersion)                          \
  X (cuGetErrorString)                            \
  X (cuDeviceGetCount)                            \
  X (cuDeviceGet)                                 \
  X (cuDeviceGetName)                             \
  X (cuDeviceTotalMem)                            \
  X (cuDeviceGetAttribute)                        \
  X (cuDevicePrimaryCtxRetain)                    \
  X (cuDevicePrimaryCtxRelease)                   \
  X (cuCtxSetCurrent)                             \
  X (cuStreamCreate)                              \
  X (cuStreamDestroy)                             \
  X (cuStreamSynchronize)                         \
  X (cuStreamBeginCapture)                        \
  X (cuStreamEndCapture)                          \
  X (cuGraphInstantiate)                          \
  X (cuGraphLaunch)                               \
  X (cuGraphDestroy)                              \
  X (cuGraphExecDestroy)                          \
  X (cuMemAlloc)                                  \
  X (cuMemFree)                                   \
  X (cuMemGetInfo)                                \
  X (cuMemcpyHtoDAsync)                           \
  X (cuMemcpyDtoHAsync)                           \
  X (cuMemcpyDtoDAsync)                           \
  X (cuMemsetD8Async)                             \
  X (cuModuleLoadData)                            \
  X (cuModuleUnload)                              \
  X (cuModuleGetFunction)                         \
  X (cuOccupancyMaxPotentialBlockSize)            \
  X (cuOccupancyMaxActiveBlocksPerMultiprocessor) \
  X (cuLaunchKernel)

#define WEFT_NVRTC_FUNCTIONS(X) \
  X (nvrtcGetErrorString)       \
  X (nvrtcVersion)              \
  X (nvrtcGetNumSupportedArchs) \
  X (nvrtcGetSupportedArchs)    \
  X (nvrtcCreateProgram)        \
  X (nvrtcDestroyProgram)       \
  X (nvrtcCompileProgram)       \
  X (nvrtcGetProgramLogSize)    \
  X (nvrtcGetProgramLog)        \
  X (nvrtcGetCUBINSize)         \
  X (nvrtcGetCUBIN)             \
  X (nvrtcGetPTXSize)           \
  X (nvrtcGetPTX)

#define WEFT_CUBLAS_FUNCTIONS(X) \
  X (cublasGetStatusString)      \
  X (cublasCreate)               \
  X (cublasDestroy)              \
  X (cublasSetStream)            \
  X (cublasSetPointerMode)       \
  X (cublasSetMathMode)          \
  X (cublasSgeam)                \
  X (cublasDgeam)                \
  X (cublasSgemmStridedBatched)  \
  X (cublasDgemmStridedBatched)

#define WEFT_CUDNN_FUNCTIONS(X)                   \
  X (cudnnGetErrorString)                         \
  X (cudnnCreate)                                 \
  X (cudnnDestroy)                                \
  X (cudnnSetStream)                              \
  X (cudnnCreateTensorDescriptor)                 \
  X (cudnnDestroyTensorDescriptor)                \
  X (cudnnSetTensorNdDescriptor)                  \
  X (cudnnCreateFilterDescriptor)                 \
  X (cudnnDestroyFilterDescriptor)                \
  X (cudnnSetFilterNdDescriptor)                  \
  X (cudnnCreateConvolutionDescriptor)            \
  X (cudnnDestroyConvolutionDescriptor)           \
  X (cudnnSetConvolutionNdDescriptor)             \
  X (cudnnSetConvolutionGroupCount)               \
  X (cudnnSetConvolutionMathType)                 \
  X (cudnnFindConvolutionForwardAlgorithm)        \
  X (cudnnFindConvolutionBackwardDataAlgorithm)   \
  X (cudnnFindConvolutionBackwardFilterAlgorithm) \
  X (cudnnConvolutionForward)                     \
  X (cudnnConvolutionBackwardData)                \
  X (cudnnConvolutionBackwardFilter)

#define WEFT_DECLARE(name) __typeof__ (name) *name;

typedef struct
{
  WEFT_CUDA_FUNCTIONS (WEFT_DECLARE)
} WeftCudaDriver;

typedef struct
{
  WEFT_NVRTC_FUNCTIONS (WEFT_DECLARE)
} WeftNvrtc;

typedef struct
{
  WEFT_CUBLAS_FUNCTIONS (WEFT_DECLARE)
} WeftCublas;

#ifdef WEFT_HAVE_CUDNN
typedef struct
{
  WEFT_CUDNN_FUNCTIONS (WEFT_DECLARE)
} WeftCudnn;
#endif

/* NULL where the library, or one of its functions, is not there; @why (or NULL) gets one sentence,
 * owned. The driver is initialised. Any thread; never freed. */
const WeftCudaDriver *weft_cuda_driver (char **why);
const WeftNvrtc      *weft_cuda_nvrtc (char **why);
const WeftCublas     *weft_cuda_cublas (char **why);
#ifdef WEFT_HAVE_CUDNN
const WeftCudnn *weft_cuda_cudnn (char **why);
#endif

G_END_DECLS
