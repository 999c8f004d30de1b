/* Kernels: one program of NVRTC for all the texts of a build, launched over a grid that fills the
 * device once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/function.h"
#include "gpu/device.h"

#include <glib/gi18n.h>
#include <string.h>

#define WARP 32

typedef struct
{
  CUfunction function;
  gint64     threads;       /* that find work */
  guint      block;         /* threads of one */
  guint      max_grid;      /* blocks that run at once */
  gsize      scratch_bytes; /* of each warp */
  guint      n_pointers;
} Kernel;

struct _WeftDeviceCode
{
  CUmodule module; /* NULL: there are no kernels */
  Kernel  *kernels;
};

/* ---- Compiling ---- */

/* "--gpu-architecture=sm_90": the device's own where NVRTC knows it, and @is_cubin; else the newest
 * that it knows, which the driver translates. Owned. */
static char *
find_architecture (const WeftNvrtc *nvrtc, const WeftCuda *cuda, gboolean *is_cubin)
{
  int             n = 0, own = (int) (10 * cuda->major + cuda->minor), best = 0;
  g_autofree int *known = NULL;

  nvrtc->nvrtcGetNumSupportedArchs (&n);
  known = g_new0 (int, MAX (n, 1));
  nvrtc->nvrtcGetSupportedArchs (known);
  for (int i = 0; i < n; i++)
    if (known[i] <= own)
      best = MAX (best, known[i]);
  *is_cubin = best == own;
  return g_strdup_printf ("--gpu-architecture=%s_%d", *is_cubin ? "sm" : "compute", best);
}

static void
fail_compile (const WeftNvrtc *nvrtc, nvrtcProgram program, nvrtcResult result, GError **error)
{
  gsize            size = 0;
  g_autofree char *log = NULL, *valid = NULL;

  nvrtc->nvrtcGetProgramLogSize (program, &size);
  log = g_malloc0 (size + 1);
  nvrtc->nvrtcGetProgramLog (program, log);
  valid = g_utf8_make_valid (log, -1);
  g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE,
               _ ("a kernel could not be compiled for the CUDA device (%s: %s); use the CPU"),
               nvrtc->nvrtcGetErrorString (result), g_strstrip (valid));
}

/* What decides the binary of @code; owned. */
static char *
find_key (const WeftNvrtc *nvrtc, const char *code, guint n, const char *const *options)
{
  g_autoptr (GChecksum) hash = g_checksum_new (G_CHECKSUM_SHA256);
  int              major = 0, minor = 0;
  g_autofree char *version = NULL;

  nvrtc->nvrtcVersion (&major, &minor);
  version = g_strdup_printf ("%d.%d", major, minor);
  g_checksum_update (hash, (const guchar *) version, -1);
  for (guint i = 0; i < n; i++)
    g_checksum_update (hash, (const guchar *) options[i], -1);
  g_checksum_update (hash, (const guchar *) code, -1);
  return g_strdup (g_checksum_get_string (hash));
}

/* What cuModuleLoadData takes, owned; from the disk, where it was made before. */
static char *
compile (const WeftNvrtc *nvrtc, const WeftCuda *cuda, const char *code, GError **error)
{
  gboolean         is_cubin;
  g_autofree char *architecture = find_architecture (nvrtc, cuda, &is_cubin);
  const char      *options[] = { architecture, "--fmad=false" };
  nvrtcProgram     program = NULL;
  nvrtcResult      result;
  gsize            size = 0;
  g_autofree char *key = find_key (nvrtc, code, G_N_ELEMENTS (options), options);
  char            *binary = weft_cuda_load_binary (key, &size);

  if (binary != NULL)
    return binary;
  result = nvrtc->nvrtcCreateProgram (&program, code, "weft.cu", 0, NULL, NULL);
  if (result == NVRTC_SUCCESS)
    result = nvrtc->nvrtcCompileProgram (program, G_N_ELEMENTS (options), options);
  if (result != NVRTC_SUCCESS)
    fail_compile (nvrtc, program, result, error);
  else
    {
      (is_cubin ? nvrtc->nvrtcGetCUBINSize : nvrtc->nvrtcGetPTXSize) (program, &size);
      binary = g_malloc0 (size + 1);
      (is_cubin ? nvrtc->nvrtcGetCUBIN : nvrtc->nvrtcGetPTX) (program, binary);
      weft_cuda_keep_binary (key, binary, size);
    }
  if (program != NULL)
    nvrtc->nvrtcDestroyProgram (&program);
  return binary;
}

/* ---- Kernels ---- */

/* As many threads a block as keep the most threads at work, and as many blocks as run at once. */
static gboolean
measure (WeftCuda *cuda, Kernel *kernel)
{
  const WeftCudaDriver *driver = cuda->driver;
  int                   grid = 0, block = 0, together = 0;

  if (!weft_cuda_check (
        cuda,
        driver->cuOccupancyMaxPotentialBlockSize (&grid, &block, kernel->function, NULL, 0, 0),
        "cuOccupancyMaxPotentialBlockSize"))
    return FALSE;
  kernel->block = (guint) MAX (block / WARP * WARP, WARP);
  /* What does not fill the device is spread over it. */
  while (kernel->block > 2 * WARP && kernel->threads < (gint64) cuda->processors * kernel->block)
    kernel->block = kernel->block / 2 / WARP * WARP;
  if (!weft_cuda_check (cuda,
                        driver->cuOccupancyMaxActiveBlocksPerMultiprocessor (
                          &together, kernel->function, (int) kernel->block, 0),
                        "cuOccupancyMaxActiveBlocksPerMultiprocessor"))
    return FALSE;
  kernel->max_grid = (guint) MAX (together, 1) * MAX (cuda->processors, 1);
  return TRUE;
}

static gboolean
find_kernels (WeftCuda *cuda, WeftDeviceCode *code, guint n, WeftKernelText *const *texts)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strconcat (WEFT_TEXT_NAME "_", texts[i]->key, NULL);
      Kernel          *kernel = &code->kernels[i];

      kernel->threads = texts[i]->threads;
      kernel->scratch_bytes = texts[i]->scratch_bytes;
      kernel->n_pointers = texts[i]->n_pointers;
      if (!weft_cuda_check (
            cuda, cuda->driver->cuModuleGetFunction (&kernel->function, code->module, name),
            "cuModuleGetFunction") ||
          !measure (cuda, kernel))
        return FALSE;
    }
  return TRUE;
}

WeftDeviceCode *
weft_cuda_build (WeftDevice *device, guint n, WeftKernelText *const *texts, GError **error)
{
  WeftCuda        *cuda = (WeftCuda *) device;
  WeftDeviceCode  *code = g_new0 (WeftDeviceCode, 1);
  g_autofree char *text = NULL, *binary = NULL;

  if (n == 0)
    return code;
  text = weft_emit_cuda_file (n, texts);
  binary = compile (weft_cuda_nvrtc (NULL), cuda, text, error);
  if (binary == NULL)
    {
      g_free (code);
      return NULL;
    }
  code->kernels = g_new0 (Kernel, n);
  if (weft_cuda_enter (cuda) &&
      weft_cuda_check (cuda, cuda->driver->cuModuleLoadData (&code->module, binary),
                       "cuModuleLoadData") &&
      find_kernels (cuda, code, n, texts))
    return code;
  device->class->settle (device, error);
  weft_cuda_free_code (device, code);
  return NULL;
}

void
weft_cuda_free_code (WeftDevice *device, WeftDeviceCode *code)
{
  WeftCuda *cuda = (WeftCuda *) device;

  if (code->module != NULL && weft_cuda_enter (cuda))
    weft_cuda_check (cuda, cuda->driver->cuModuleUnload (code->module), "cuModuleUnload");
  g_free (code->kernels);
  g_free (code);
}

/* ---- Launching ---- */

/* Room for @bytes of scratch. Kernels that still use the old room are waited for. */
static gboolean
grow_scratch (WeftCuda *cuda, gsize bytes)
{
  const WeftCudaDriver *driver = cuda->driver;

  if (bytes <= cuda->scratch_bytes)
    return TRUE;
  if (!weft_cuda_check (cuda, driver->cuStreamSynchronize (cuda->stream), "cuStreamSynchronize"))
    return FALSE;
  if (cuda->scratch != 0)
    driver->cuMemFree (cuda->scratch);
  cuda->scratch = 0;
  cuda->scratch_bytes = 0;
  cuda->base.rooms++;
  if (!weft_cuda_check (cuda, driver->cuMemAlloc (&cuda->scratch, bytes), "cuMemAlloc"))
    return FALSE;
  cuda->scratch_bytes = bytes;
  return TRUE;
}

void
weft_cuda_launch (WeftDevice *device, WeftDeviceCode *code, const WeftDeviceLaunch *launch)
{
  WeftCuda         *cuda = (WeftCuda *) device;
  const Kernel     *kernel = &code->kernels[launch->kernel];
  gint64            blocks = (kernel->threads + kernel->block - 1) / kernel->block;
  guint             grid = (guint) CLAMP (blocks, 1, (gint64) kernel->max_grid), n = kernel->n_pointers;
  const char       *partials = launch->partials, *bad = launch->bad;
  g_autofree void **parameters = g_new (void *, n + 3);

  if (kernel->threads == 0 || !weft_cuda_enter (cuda) ||
      !grow_scratch (cuda, kernel->scratch_bytes * grid * (kernel->block / WARP)))
    return;
  for (guint i = 0; i < n; i++)
    parameters[i] = (void *) &launch->pointers[i];
  parameters[n] = &partials;
  parameters[n + 1] = &cuda->scratch;
  parameters[n + 2] = &bad;
  weft_cuda_check (cuda,
                   cuda->driver->cuLaunchKernel (kernel->function, grid, 1, 1, kernel->block, 1, 1,
                                                 0, cuda->stream, parameters, NULL),
                   "cuLaunchKernel");
}
