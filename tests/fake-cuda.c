/* A driver, NVRTC and cuBLAS for machines that have none: what gpu/ opens finds this, named as they
 * are. The device is the CPU: kernels run thread by thread (cuda-emulation.h).
 *
 * WEFT_FAKE_BYTES in the environment: so many bytes of memory; WEFT_FAKE_FAULT: the launch with
 * this number, from 1, is the device's last; WEFT_FAKE_COUNT: what was done is said at the end.
 *
 * While the stream is captured, what is asked of it is kept; what would wait or move memory is
 * refused, as CUDA does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/cuda-emulation.h"
#include "tests/fake-stream.h"

#include <cublas_v2.h>
#include <cuda.h>
#include <nvrtc.h>
#include <string.h>

#define HEAD 64

static gint64   room = -1; /* -1: not asked yet */
static guint    n_launches;
static gboolean broken;

/* ---- The stream ---- */

typedef struct
{
  void (*run) (gpointer arguments);
  gpointer arguments; /* owned */
} Asked;

typedef struct
{
  GArray *asked;
} Graph;

static Graph *capturing; /* NULL: nothing is captured */
static guint  n_replays, n_compilations;

__attribute__ ((destructor)) static void
tell (void)
{
  if (g_getenv ("WEFT_FAKE_COUNT") != NULL)
    g_printerr ("replays: %u\ncompilations: %u\n", n_replays, n_compilations);
}

void
fake_stream_ask (void (*run) (gpointer arguments), gconstpointer arguments, gsize size)
{
  Asked asked = { run, g_memdup2 (arguments, size) };

  if (capturing != NULL)
    {
      g_array_append_val (capturing->asked, asked);
      return;
    }
  run (asked.arguments);
  g_free (asked.arguments);
}

CUresult
cuStreamBeginCapture (CUstream stream, CUstreamCaptureMode mode)
{
  if (capturing != NULL)
    return CUDA_ERROR_ILLEGAL_STATE;
  capturing = g_new0 (Graph, 1);
  capturing->asked = g_array_new (FALSE, FALSE, sizeof (Asked));
  return CUDA_SUCCESS;
}

CUresult
cuStreamEndCapture (CUstream stream, CUgraph *graph)
{
  *graph = (CUgraph) g_steal_pointer (&capturing);
  return *graph != NULL ? CUDA_SUCCESS : CUDA_ERROR_ILLEGAL_STATE;
}

CUresult
cuGraphInstantiateWithFlags (CUgraphExec *instance, CUgraph graph, unsigned long long flags)
{
  GArray *asked = g_array_copy (((Graph *) graph)->asked);

  g_array_set_size (((Graph *) graph)->asked, 0);
  *instance = (CUgraphExec) asked;
  return CUDA_SUCCESS;
}

static void
free_asked (GArray *all)
{
  for (guint i = 0; i < all->len; i++)
    g_free (g_array_index (all, Asked, i).arguments);
  g_array_unref (all);
}

CUresult
cuGraphDestroy (CUgraph graph)
{
  free_asked (((Graph *) graph)->asked);
  g_free (graph);
  return CUDA_SUCCESS;
}

CUresult
cuGraphExecDestroy (CUgraphExec instance)
{
  free_asked ((GArray *) instance);
  return CUDA_SUCCESS;
}

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
cuGraphLaunch (CUgraphExec instance, CUstream stream)
{
  const GArray *all = (const GArray *) instance;

  n_replays++;
  for (guint i = 0; i < all->len; i++)
    g_array_index (all, Asked, i).run (g_array_index (all, Asked, i).arguments);
  return state ();
}

CUresult
cuStreamSynchronize (CUstream stream)
{
  if (capturing != NULL)
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  return state ();
}

CUresult
cuMemAlloc (CUdeviceptr *at, size_t bytes)
{
  char *memory;

  if (capturing != NULL)
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
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

typedef struct
{
  void         *to;
  const void   *from; /* NULL: @value */
  unsigned char value;
  size_t        bytes;
} Move;

static void
move (gpointer arguments)
{
  const Move *it = arguments;

  if (it->from != NULL)
    memmove (it->to, it->from, it->bytes);
  else
    memset (it->to, it->value, it->bytes);
}

/* Of memory that may be elsewhere the next time. */
static CUresult
move_now (void *to, const void *from, size_t bytes)
{
  if (capturing != NULL)
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  memcpy (to, from, bytes);
  return state ();
}

CUresult
cuMemcpyHtoDAsync (CUdeviceptr to, const void *from, size_t bytes, CUstream stream)
{
  return move_now ((void *) to, from, bytes);
}

CUresult
cuMemcpyDtoHAsync (void *to, CUdeviceptr from, size_t bytes, CUstream stream)
{
  return move_now (to, (const void *) from, bytes);
}

CUresult
cuMemcpyDtoDAsync (CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream)
{
  fake_stream_ask (move, &(Move){ (void *) to, (const void *) from, 0, bytes }, sizeof (Move));
  return state ();
}

CUresult
cuMemsetD8Async (CUdeviceptr at, unsigned char value, size_t n, CUstream stream)
{
  fake_stream_ask (move, &(Move){ (void *) at, NULL, value, n }, sizeof (Move));
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

#define MAX_PARAMETERS 256

typedef struct
{
  const Function *function;
  unsigned        grid, block;
  char           *values[MAX_PARAMETERS];
} Launch;

static void
launch (gpointer arguments)
{
  const Launch *it = arguments;
  const char   *fault = g_getenv ("WEFT_FAKE_FAULT");

  if (++n_launches == (fault != NULL ? g_ascii_strtoull (fault, NULL, 10) : 0))
    broken = TRUE;
  if (!broken)
    cuda_emulation_run (it->function->module->emulation, it->function->number, it->values, it->grid,
                        it->block);
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
  Launch it = { .function = (const Function *) handle, .grid = gx, .block = bx };

  if (it.function->n_parameters > MAX_PARAMETERS)
    return CUDA_ERROR_INVALID_VALUE;
  for (guint i = 0; i < it.function->n_parameters; i++)
    it.values[i] = *(char **) parameters[i];
  fake_stream_ask (launch, &it, sizeof it);
  return state ();
}

/* ---- NVRTC: the binary of a text is the text ---- */

const char *
nvrtcGetErrorString (nvrtcResult result)
{
  return "some error";
}

nvrtcResult
nvrtcVersion (int *major, int *minor)
{
  *major = 13;
  *minor = 0;
  return NVRTC_SUCCESS;
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
  n_compilations++;
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
  typedef struct                                                                                  \
  {                                                                                               \
    cublasOperation_t op_a, op_b;                                                                 \
    int               m, n, k, lda, ldb, ldc, count;                                              \
    long long         apart_a, apart_b, apart_c;                                                  \
    const type       *alpha, *beta, *a, *b;                                                       \
    type             *c;                                                                          \
  } function##Call;                                                                               \
                                                                                                  \
  static void function##_run (gpointer arguments)                                                 \
  {                                                                                               \
    const function##Call *it = arguments;                                                         \
                                                                                                  \
    for (int z = 0; z < it->count; z++)                                                           \
      for (int j = 0; j < it->n; j++)                                                             \
        for (int i = 0; i < it->m; i++)                                                           \
          {                                                                                       \
            const type *a = it->a + z * it->apart_a, *b = it->b + z * it->apart_b;                \
            type       *to = it->c + z * it->apart_c + (gint64) j * it->ldc + i, sum = 0;         \
            for (int x = 0; x < it->k; x++)                                                       \
              sum += a[it->op_a == CUBLAS_OP_N ? i + (gint64) x * it->lda                         \
                                               : x + (gint64) i * it->lda] *                      \
                     b[it->op_b == CUBLAS_OP_N ? x + (gint64) j * it->ldb                         \
                                               : j + (gint64) x * it->ldb];                       \
            *to = *it->beta == 0 ? *it->alpha * sum : *it->alpha * sum + *it->beta * *to;         \
          }                                                                                       \
  }                                                                                               \
                                                                                                  \
  cublasStatus_t function (cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, \
                           int m, int n, int k, const type *alpha, const type *a, int lda,        \
                           long long int apart_a, const type *b, int ldb, long long int apart_b,  \
                           const type *beta, type *c, int ldc, long long int apart_c, int count)  \
  {                                                                                               \
    const function##Call it = { op_a, op_b, m, n, k, lda, ldb, ldc,                               \
                                count, apart_a, apart_b, apart_c, alpha, beta, a, b,              \
                                c };                                                              \
                                                                                                  \
    if (lda < MAX (op_a == CUBLAS_OP_N ? m : k, 1) ||                                             \
        ldb < MAX (op_b == CUBLAS_OP_N ? k : n, 1) || ldc < MAX (m, 1))                           \
      return CUBLAS_STATUS_INVALID_VALUE;                                                         \
    fake_stream_ask (function##_run, &it, sizeof it);                                             \
    return CUBLAS_STATUS_SUCCESS;                                                                 \
  }

DEFINE_GEMM (cublasSgemmStridedBatched, float)
DEFINE_GEMM (cublasDgemmStridedBatched, double)

/* What Weft asks for: a turned round, without b. */
#define DEFINE_GEAM(function, type)                                                                \
  typedef struct                                                                                   \
  {                                                                                                \
    int         m, n, lda, ldc;                                                                    \
    const type *alpha, *a;                                                                         \
    type       *c;                                                                                 \
  } function##Call;                                                                                \
                                                                                                   \
  static void function##_run (gpointer arguments)                                                  \
  {                                                                                                \
    const function##Call *it = arguments;                                                          \
                                                                                                   \
    for (int j = 0; j < it->n; j++)                                                                \
      for (int i = 0; i < it->m; i++)                                                              \
        it->c[(gint64) j * it->ldc + i] = *it->alpha * it->a[(gint64) i * it->lda + j];            \
  }                                                                                                \
                                                                                                   \
  cublasStatus_t function (cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b,  \
                           int m, int n, const type *alpha, const type *a, int lda,                \
                           const type *beta, const type *b, int ldb, type *c, int ldc)             \
  {                                                                                                \
    if (op_a != CUBLAS_OP_T || op_b != CUBLAS_OP_N || *beta != 0 || lda < n || ldb < m || ldc < m) \
      return CUBLAS_STATUS_INVALID_VALUE;                                                          \
    fake_stream_ask (function##_run, &(function##Call){ m, n, lda, ldc, alpha, a, c },             \
                     sizeof (function##Call));                                                     \
    return CUBLAS_STATUS_SUCCESS;                                                                  \
  }

DEFINE_GEAM (cublasSgeam, float)
DEFINE_GEAM (cublasDgeam, double)
