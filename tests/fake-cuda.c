/* A driver, NVRTC and cuBLAS for machines that have none: what gpu/ opens finds this, named as they
 * are. The device is the CPU: kernels run thread by thread (cuda-emulation.h).
 *
 * WEFT_FAKE_BYTES in the environment: so many bytes of memory; WEFT_FAKE_FAULT: the launch with
 * this number, from 1, is the device's last.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/cuda-emulation.h"

#include <cublas_v2.h>
#include <cuda.h>
#include <nvrtc.h>
#include <string.h>

#define HEAD 64

static gint64   room = -1; /* -1: not asked yet */
static guint    n_launches;
static gboolean broken;

/* ---- The driver ---- */

CUresult
cuInit (unsigned flags)
{
  const char *bytes = g_getenv ("WEFT_FAKE_BYTES");

  room = bytes != NULL ? g_ascii_strtoll (bytes, NULL, 10) : G_MAXINT64;
  return CUDA_SUCCESS;
}

CUresult
cuDriverGetVersion (int *version)
{
  *version = 13000;
  return CUDA_SUCCESS;
}

CUresult
cuGetErrorString (CUresult error, const char **text)
{
  *text =
    error == CUDA_ERROR_ILLEGAL_ADDRESS ? "an illegal memory access was encountered" : "some error";
  return CUDA_SUCCESS;
}

CUresult
cuDeviceGetCount (int *n)
{
  *n = 1;
  return CUDA_SUCCESS;
}

CUresult
cuDeviceGet (CUdevice *device, int number)
{
  *device = number;
  return number == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

CUresult
cuDeviceGetName (char *name, int length, CUdevice device)
{
  g_strlcpy (name, "Imagined GPU", (gsize) length);
  return CUDA_SUCCESS;
}

CUresult
cuDeviceTotalMem (size_t *bytes, CUdevice device)
{
  *bytes = (size_t) 1 << 34;
  return CUDA_SUCCESS;
}

CUresult
cuDeviceGetAttribute (int *value, CUdevice_attribute attribute, CUdevice device)
{
  *value = attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR   ? 9
           : attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR ? 0
                                                                       : 4;
  return CUDA_SUCCESS;
}

CUresult
cuDevicePrimaryCtxRetain (CUcontext *context, CUdevice device)
{
  *context = (CUcontext) &room;
  return CUDA_SUCCESS;
}

CUresult
cuDevicePrimaryCtxRelease (CUdevice device)
{
  return CUDA_SUCCESS;
}

CUresult
cuCtxSetCurrent (CUcontext context)
{
  return CUDA_SUCCESS;
}

CUresult
cuStreamCreate (CUstream *stream, unsigned flags)
{
  *stream = (CUstream) &n_launches;
  return CUDA_SUCCESS;
}

CUresult
cuStreamDestroy (CUstream stream)
{
  return CUDA_SUCCESS;
}

static CUresult
state (void)
{
  return broken ? CUDA_ERROR_ILLEGAL_ADDRESS : CUDA_SUCCESS;
}

CUresult
cuStreamSynchronize (CUstream stream)
{
  return state ();
}

CUresult
cuMemAlloc (CUdeviceptr *at, size_t bytes)
{
  char *memory;

  if ((gint64) bytes > room)
    return CUDA_ERROR_OUT_OF_MEMORY;
  room -= (gint64) bytes;
  memory = g_malloc (bytes + HEAD);
  memset (memory, 0xff, bytes + HEAD);
  memcpy (memory, &bytes, sizeof bytes);
  *at = (CUdeviceptr) (memory + HEAD);
  return state ();
}

CUresult
cuMemFree (CUdeviceptr at)
{
  char  *memory = (char *) at - HEAD;
  size_t bytes;

  memcpy (&bytes, memory, sizeof bytes);
  room += (gint64) bytes;
  g_free (memory);
  return state ();
}

CUresult
cuMemGetInfo (size_t *unused, size_t *all)
{
  *unused = (size_t) room;
  *all = (size_t) 1 << 34;
  return CUDA_SUCCESS;
}

CUresult
cuMemcpyHtoDAsync (CUdeviceptr to, const void *from, size_t bytes, CUstream stream)
{
  memcpy ((void *) to, from, bytes);
  return state ();
}

CUresult
cuMemcpyDtoHAsync (void *to, CUdeviceptr from, size_t bytes, CUstream stream)
{
  memcpy (to, (void *) from, bytes);
  return state ();
}

CUresult
cuMemcpyDtoDAsync (CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream)
{
  memcpy ((void *) to, (void *) from, bytes);
  return state ();
}

CUresult
cuMemsetD8Async (CUdeviceptr at, unsigned char value, size_t n, CUstream stream)
{
  memset ((void *) at, value, n);
  return state ();
}

/* ---- Modules: their names, and the library that they were compiled to ---- */

typedef struct
{
  CudaEmulation *emulation;
  char         **names;
  char          *code;
} Module;

typedef struct
{
  const Module *module;
  guint         number;
  guint         n_parameters;
} Function;

/* What follows @mark in @code each time, up to a blank. */
static char **
find_names (const char *code, const char *mark)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (const char *at = code; (at = strstr (at, mark)) != NULL;)
    {
      at += strlen (mark);
      g_ptr_array_add (names, g_strndup (at, strcspn (at, " ")));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

CUresult
cuModuleLoadData (CUmodule *result, const void *image)
{
  Module *module = g_new0 (Module, 1);

  module->code = g_strdup (image);
  module->names = find_names (module->code, "extern \"C\" __global__ void\n");
  module->emulation = cuda_emulation_new (module->code, g_strv_length (module->names),
                                          (const char *const *) module->names);
  *result = (CUmodule) module;
  return module->emulation != NULL ? state () : CUDA_ERROR_INVALID_IMAGE;
}

CUresult
cuModuleUnload (CUmodule handle)
{
  Module *module = (Module *) handle;

  cuda_emulation_free (module->emulation);
  g_strfreev (module->names);
  g_free (module->code);
  g_free (module);
  return state ();
}

CUresult
cuModuleGetFunction (CUfunction *result, CUmodule handle, const char *name)
{
  const Module *module = (const Module *) handle;

  for (guint i = 0; module->names[i] != NULL; i++)
    if (g_str_equal (module->names[i], name))
      {
        Function *function = g_new0 (Function, 1);
        char     *at = strstr (module->code, name);

        function->module = module;
        function->number = i;
        function->n_parameters = 1;
        for (at = strchr (at, '('); *at != ')'; at++)
          function->n_parameters += *at == ',';
        *result = (CUfunction) function; /* as long as the process */
        return CUDA_SUCCESS;
      }
  return CUDA_ERROR_NOT_FOUND;
}

CUresult
cuOccupancyMaxPotentialBlockSize (
  int *grid, int *block, CUfunction function, CUoccupancyB2DSize scratch, size_t bytes, int limit)
{
  *grid = 4;
  *block = 128;
  return CUDA_SUCCESS;
}

CUresult
cuOccupancyMaxActiveBlocksPerMultiprocessor (int *n, CUfunction function, int block, size_t bytes)
{
  *n = 2;
  return CUDA_SUCCESS;
}

CUresult
cuLaunchKernel (CUfunction handle,
                unsigned   gx,
                unsigned   gy,
                unsigned   gz,
                unsigned   bx,
                unsigned   by,
                unsigned   bz,
                unsigned   shared,
                CUstream   stream,
                void     **parameters,
                void     **extra)
{
  const Function   *function = (const Function *) handle;
  g_autofree char **values = g_new (char *, function->n_parameters);
  const char       *fault = g_getenv ("WEFT_FAKE_FAULT");

  if (++n_launches == (fault != NULL ? g_ascii_strtoull (fault, NULL, 10) : 0))
    broken = TRUE;
  if (broken)
    return state ();
  for (guint i = 0; i < function->n_parameters; i++)
    values[i] = *(char **) parameters[i];
  cuda_emulation_run (function->module->emulation, function->number, values, gx, bx);
  return CUDA_SUCCESS;
}

/* ---- NVRTC: the binary of a text is the text ---- */

const char *
nvrtcGetErrorString (nvrtcResult result)
{
  return "some error";
}

nvrtcResult
nvrtcGetNumSupportedArchs (int *n)
{
  *n = 3;
  return NVRTC_SUCCESS;
}

nvrtcResult
nvrtcGetSupportedArchs (int *known)
{
  memcpy (known, (int[]){ 75, 80, 90 }, 3 * sizeof (int));
  return NVRTC_SUCCESS;
}

nvrtcResult
nvrtcCreateProgram (nvrtcProgram      *program,
                    const char        *text,
                    const char        *name,
                    int                n,
                    const char *const *headers,
                    const char *const *names)
{
  *program = (nvrtcProgram) g_strdup (text);
  return NVRTC_SUCCESS;
}

nvrtcResult
nvrtcDestroyProgram (nvrtcProgram *program)
{
  g_free (*program);
  return NVRTC_SUCCESS;
}

nvrtcResult
nvrtcCompileProgram (nvrtcProgram program, int n, const char *const *options)
{
  return g_str_equal (options[0], "--gpu-architecture=sm_90") ? NVRTC_SUCCESS
                                                              : NVRTC_ERROR_INVALID_OPTION;
}

nvrtcResult
nvrtcGetProgramLogSize (nvrtcProgram program, size_t *size)
{
  *size = 1;
  return NVRTC_SUCCESS;
}

nvrtcResult
nvrtcGetProgramLog (nvrtcProgram program, char *log)
{
  *log = '\0';
  return NVRTC_SUCCESS;
}

nvrtcResult
nvrtcGetCUBINSize (nvrtcProgram program, size_t *size)
{
  *size = strlen ((const char *) program) + 1;
  return NVRTC_SUCCESS;
}

nvrtcResult
nvrtcGetCUBIN (nvrtcProgram program, char *binary)
{
  strcpy (binary, (const char *) program);
  return NVRTC_SUCCESS;
}

nvrtcResult
nvrtcGetPTXSize (nvrtcProgram program, size_t *size)
{
  return nvrtcGetCUBINSize (program, size);
}

nvrtcResult
nvrtcGetPTX (nvrtcProgram program, char *binary)
{
  return nvrtcGetCUBIN (program, binary);
}

/* ---- cuBLAS: matrices lie column by column ---- */

const char *
cublasGetStatusString (cublasStatus_t status)
{
  return "some error";
}

cublasStatus_t
cublasCreate (cublasHandle_t *handle)
{
  *handle = (cublasHandle_t) &room;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasDestroy (cublasHandle_t handle)
{
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasSetStream (cublasHandle_t handle, cudaStream_t stream)
{
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasSetMathMode (cublasHandle_t handle, cublasMath_t mode)
{
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasSetPointerMode (cublasHandle_t handle, cublasPointerMode_t mode)
{
  return mode == CUBLAS_POINTER_MODE_DEVICE ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}

/* As cuBLAS does: what is below a leading dimension is refused; with beta 0 the result is not read.
 */
#define DEFINE_GEMM(function, type)                                                               \
  cublasStatus_t function (cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, \
                           int m, int n, int k, const type *alpha, const type *a, int lda,        \
                           long long int apart_a, const type *b, int ldb, long long int apart_b,  \
                           const type *beta, type *c, int ldc, long long int apart_c, int count)  \
  {                                                                                               \
    if (lda < MAX (op_a == CUBLAS_OP_N ? m : k, 1) ||                                             \
        ldb < MAX (op_b == CUBLAS_OP_N ? k : n, 1) || ldc < MAX (m, 1))                           \
      return CUBLAS_STATUS_INVALID_VALUE;                                                         \
    for (int z = 0; z < count; z++)                                                               \
      for (int j = 0; j < n; j++)                                                                 \
        for (int i = 0; i < m; i++)                                                               \
          {                                                                                       \
            type *to = c + z * apart_c + (gint64) j * ldc + i, sum = 0;                           \
            for (int x = 0; x < k; x++)                                                           \
              sum += a[z * apart_a +                                                              \
                       (op_a == CUBLAS_OP_N ? i + (gint64) x * lda : x + (gint64) i * lda)] *     \
                     b[z * apart_b +                                                              \
                       (op_b == CUBLAS_OP_N ? x + (gint64) j * ldb : j + (gint64) x * ldb)];      \
            *to = *beta == 0 ? *alpha * sum : *alpha * sum + *beta * *to;                         \
          }                                                                                       \
    return CUBLAS_STATUS_SUCCESS;                                                                 \
  }

DEFINE_GEMM (cublasSgemmStridedBatched, float)
DEFINE_GEMM (cublasDgemmStridedBatched, double)

/* What Weft asks for: a turned round, without b. */
#define DEFINE_GEAM(function, type)                                                                \
  cublasStatus_t function (cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b,  \
                           int m, int n, const type *alpha, const type *a, int lda,                \
                           const type *beta, const type *b, int ldb, type *c, int ldc)             \
  {                                                                                                \
    if (op_a != CUBLAS_OP_T || op_b != CUBLAS_OP_N || *beta != 0 || lda < n || ldb < m || ldc < m) \
      return CUBLAS_STATUS_INVALID_VALUE;                                                          \
    for (int j = 0; j < n; j++)                                                                    \
      for (int i = 0; i < m; i++)                                                                  \
        c[(gint64) j * ldc + i] = *alpha * a[(gint64) i * lda + j];                                \
    return CUBLAS_STATUS_SUCCESS;                                                                  \
  }

DEFINE_GEAM (cublasSgeam, float)
DEFINE_GEAM (cublasDgeam, double)
