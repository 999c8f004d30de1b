/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gpu/cuda-device.h"

#include "engine/run/function.h"
#include "gpu/device.h"

#include <glib/gi18n.h>

/* ---- The list ---- */

static void
info_free (gpointer data)
{
  WeftCudaInfo *info = data;

  g_free (info->name);
  g_free (info);
}

static guint
attribute_of (const WeftCudaDriver *driver, CUdevice number, CUdevice_attribute attribute)
{
  int value = 0;

  driver->cuDeviceGetAttribute (&value, attribute, number);
  return (guint) MAX (value, 0);
}

static WeftCudaInfo *
info_new (const WeftCudaDriver *driver, CUdevice number)
{
  WeftCudaInfo *info = g_new0 (WeftCudaInfo, 1);
  char          name[256] = "";

  driver->cuDeviceGetName (name, sizeof name, number);
  driver->cuDeviceTotalMem (&info->bytes, number);
  info->name = g_utf8_make_valid (name, -1);
  info->major = attribute_of (driver, number, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  info->minor = attribute_of (driver, number, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  info->processors = attribute_of (driver, number, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  return info;
}

GPtrArray *
weft_cuda_list (char **why)
{
  GPtrArray            *list = g_ptr_array_new_with_free_func (info_free);
  const WeftCudaDriver *driver = weft_cuda_driver (why);
  CUdevice              number;
  int                   n = 0;

  if (driver == NULL)
    return list;
  driver->cuDeviceGetCount (&n);
  for (int i = 0; i < n; i++)
    if (driver->cuDeviceGet (&number, i) == CUDA_SUCCESS)
      g_ptr_array_add (list, info_new (driver, number));
  if (list->len == 0 && why != NULL)
    *why = g_strdup (_ ("NVIDIA's driver is installed but finds no device"));
  return list;
}

const char *
weft_cuda_get_driver_version (void)
{
  static char           text[32];
  const WeftCudaDriver *driver = weft_cuda_driver (NULL);
  int                   version = 0;

  if (driver == NULL || driver->cuDriverGetVersion (&version) != CUDA_SUCCESS)
    return NULL;
  g_snprintf (text, sizeof text, "%d.%d", version / 1000, version % 1000 / 10);
  return text;
}

char *
weft_cuda_get_problem (void)
{
  g_autofree char *why = NULL;

  if (weft_cuda_driver (NULL) == NULL || weft_cuda_nvrtc (&why) != NULL)
    return NULL;
  return g_strdup_printf (
    _ ("kernels cannot be compiled for the CUDA device (%s); install NVRTC, or use the CPU"), why);
}

/* ---- Errors ---- */

gboolean
weft_cuda_check (WeftCuda *cuda, CUresult result, const char *what)
{
  const char *text = NULL;

  if (result == CUDA_SUCCESS)
    return TRUE;
  if (cuda->failure == NULL)
    {
      cuda->driver->cuGetErrorString (result, &text);
      cuda->failure = g_strdup_printf ("%s: %s", what, text != NULL ? text : "?");
    }
  return FALSE;
}

gboolean
weft_cuda_enter (WeftCuda *cuda)
{
  return cuda->failure == NULL &&
         weft_cuda_check (cuda, cuda->driver->cuCtxSetCurrent (cuda->context), "cuCtxSetCurrent");
}

static gboolean
fail (WeftCuda *cuda, GError **error)
{
  g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE,
               _ ("%s failed (%s); go on from the last checkpoint, or on the CPU"), cuda->base.name,
               cuda->failure);
  return FALSE;
}

/* ---- Memory ---- */

static char *
allocate (WeftDevice *device, gsize bytes, GError **error)
{
  WeftCuda   *cuda = (WeftCuda *) device;
  CUdeviceptr at = 0;
  gsize       unused = 0, all = 0;
  CUresult    result;

  if (!weft_cuda_enter (cuda))
    {
      fail (cuda, error);
      return NULL;
    }
  result = cuda->driver->cuMemAlloc (&at, bytes);
  if (result == CUDA_SUCCESS)
    return (char *) at;
  if (result == CUDA_ERROR_OUT_OF_MEMORY)
    {
      g_autofree char *needed = g_format_size (bytes), *there = NULL;

      cuda->driver->cuMemGetInfo (&unused, &all);
      there = g_format_size (unused);
      g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_MEMORY,
                   _ ("this needs %s more on %s, which has %s left; make the batch smaller"),
                   needed, device->name, there);
      return NULL;
    }
  weft_cuda_check (cuda, result, "cuMemAlloc");
  fail (cuda, error);
  return NULL;
}

/* Memory of a device that failed is given back with its context. */
static void
release (WeftDevice *device, char *at)
{
  WeftCuda *cuda = (WeftCuda *) device;

  if (weft_cuda_enter (cuda))
    weft_cuda_check (cuda, cuda->driver->cuMemFree ((CUdeviceptr) at), "cuMemFree");
}

/* The CPU's memory is not page-locked: the driver has read it when the call returns. */
static void
upload (WeftDevice *device, char *to, const void *from, gsize bytes)
{
  WeftCuda *cuda = (WeftCuda *) device;

  if (bytes > 0 && weft_cuda_enter (cuda))
    weft_cuda_check (cuda,
                     cuda->driver->cuMemcpyHtoDAsync ((CUdeviceptr) to, from, bytes, cuda->stream),
                     "cuMemcpyHtoDAsync");
}

static void
download (WeftDevice *device, void *to, const char *from, gsize bytes)
{
  WeftCuda *cuda = (WeftCuda *) device;

  if (bytes == 0 || !weft_cuda_enter (cuda))
    return;
  if (weft_cuda_check (
        cuda, cuda->driver->cuMemcpyDtoHAsync (to, (CUdeviceptr) from, bytes, cuda->stream),
        "cuMemcpyDtoHAsync"))
    weft_cuda_check (cuda, cuda->driver->cuStreamSynchronize (cuda->stream), "cuStreamSynchronize");
}

static void
copy (WeftDevice *device, char *to, const char *from, gsize bytes)
{
  WeftCuda *cuda = (WeftCuda *) device;

  if (bytes > 0 && weft_cuda_enter (cuda))
    weft_cuda_check (
      cuda,
      cuda->driver->cuMemcpyDtoDAsync ((CUdeviceptr) to, (CUdeviceptr) from, bytes, cuda->stream),
      "cuMemcpyDtoDAsync");
}

static void
clear (WeftDevice *device, char *at, gsize bytes)
{
  WeftCuda *cuda = (WeftCuda *) device;

  if (bytes > 0 && weft_cuda_enter (cuda))
    weft_cuda_check (cuda, cuda->driver->cuMemsetD8Async ((CUdeviceptr) at, 0, bytes, cuda->stream),
                     "cuMemsetD8Async");
}

static gboolean
settle (WeftDevice *device, GError **error)
{
  WeftCuda *cuda = (WeftCuda *) device;

  if (weft_cuda_enter (cuda) &&
      weft_cuda_check (cuda, cuda->driver->cuStreamSynchronize (cuda->stream),
                       "cuStreamSynchronize"))
    return TRUE;
  return fail (cuda, error);
}

/* ---- Opening ---- */

static void
free_cuda (WeftDevice *device)
{
  WeftCuda *cuda = (WeftCuda *) device;

  if (cuda->context != NULL)
    {
      cuda->driver->cuCtxSetCurrent (cuda->context);
      weft_cuda_close_convolutions (cuda);
      weft_cuda_close_products (cuda);
      if (cuda->scratch != 0)
        cuda->driver->cuMemFree (cuda->scratch);
      if (cuda->stream != NULL)
        cuda->driver->cuStreamDestroy (cuda->stream);
      cuda->driver->cuCtxSetCurrent (NULL);
      cuda->driver->cuDevicePrimaryCtxRelease (cuda->number);
    }
  g_free (cuda->failure);
  g_free (cuda);
}

static const WeftDeviceClass cuda_class = {
  .allocate = allocate,
  .release = release,
  .upload = upload,
  .download = download,
  .copy = copy,
  .clear = clear,
  .build = weft_cuda_build,
  .free_code = weft_cuda_free_code,
  .launch = weft_cuda_launch,
  .has_product = weft_cuda_has_product,
  .product = weft_cuda_product,
  .capture = weft_cuda_capture,
  .captured = weft_cuda_captured,
  .replay = weft_cuda_replay,
  .free_capture = weft_cuda_free_capture,
  .settle = settle,
  .free = free_cuda,
};

static gboolean
open_context (WeftCuda *cuda, guint index)
{
  const WeftCudaDriver *driver = cuda->driver;

  if (!weft_cuda_check (cuda, driver->cuDeviceGet (&cuda->number, (int) index), "cuDeviceGet") ||
      !weft_cuda_check (cuda, driver->cuDevicePrimaryCtxRetain (&cuda->context, cuda->number),
                        "cuDevicePrimaryCtxRetain") ||
      !weft_cuda_enter (cuda))
    return FALSE;
  cuda->major = attribute_of (driver, cuda->number, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  cuda->minor = attribute_of (driver, cuda->number, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  cuda->processors = attribute_of (driver, cuda->number, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  return weft_cuda_check (cuda, driver->cuStreamCreate (&cuda->stream, CU_STREAM_NON_BLOCKING),
                          "cuStreamCreate");
}

WeftDevice *
weft_cuda_open (guint index, GError **error)
{
  g_autofree char *why = NULL, *problem = NULL;
  g_autoptr (GPtrArray) list = weft_cuda_list (&why);
  WeftCuda *cuda;

  if (index >= list->len)
    {
      if (list->len == 0)
        g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE,
                     _ ("there is no CUDA device here (%s); use the CPU"), why);
      else
        g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE,
                     _ ("there is no CUDA device number %u; weft-cli devices lists them"), index);
      return NULL;
    }
  problem = weft_cuda_get_problem ();
  if (problem != NULL)
    {
      g_set_error_literal (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE, problem);
      return NULL;
    }
  cuda = g_new0 (WeftCuda, 1);
  cuda->base.class = &cuda_class;
  cuda->base.name = g_strdup (((WeftCudaInfo *) list->pdata[index])->name);
  cuda->driver = weft_cuda_driver (NULL);
  if (open_context (cuda, index))
    return &cuda->base;
  fail (cuda, error);
  weft_device_free (&cuda->base);
  return NULL;
}
