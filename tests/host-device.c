/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/host-device.h"

#include "engine/run/function.h"
#include "tests/cuda-check.h"

#include <string.h>

#define HEAD 64

typedef struct
{
  WeftDevice       device;
  HostDeviceCounts counts;
} HostDevice;

struct _WeftDeviceCode
{
  CudaCheck *emulation; /* NULL: there are no texts */
};

/* ---- Memory: its size stands before it ---- */

static char *
allocate (WeftDevice *device, gsize bytes, GError **error)
{
  HostDevice *host = (HostDevice *) device;
  char       *at;

  if (bytes > host->counts.room)
    {
      g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_MEMORY, "the device is full");
      return NULL;
    }
  at = g_malloc (bytes + HEAD);
  memset (at, 0xff, bytes + HEAD);
  memcpy (at, &bytes, sizeof bytes);
  host->counts.room -= bytes;
  host->counts.held += bytes;
  return at + HEAD;
}

static void
release (WeftDevice *device, char *at)
{
  HostDevice *host = (HostDevice *) device;
  gsize       bytes;

  memcpy (&bytes, at - HEAD, sizeof bytes);
  host->counts.room += bytes;
  host->counts.held -= bytes;
  g_free (at - HEAD);
}

static void
upload (WeftDevice *device, char *to, const void *from, gsize bytes)
{
  memcpy (to, from, bytes);
  ((HostDevice *) device)->counts.sent += bytes;
}

static void
download (WeftDevice *device, void *to, const char *from, gsize bytes)
{
  memcpy (to, from, bytes);
  ((HostDevice *) device)->counts.fetched += bytes;
}

static void
copy (WeftDevice *device, char *to, const char *from, gsize bytes)
{
  memcpy (to, from, bytes);
}

static void
clear (WeftDevice *device, char *at, gsize bytes)
{
  memset (at, 0, bytes);
}

/* ---- Kernels ---- */

static WeftDeviceCode *
build (WeftDevice *device, guint n, WeftKernelText *const *texts, GError **error)
{
  WeftDeviceCode *code = g_new0 (WeftDeviceCode, 1);

  if (n > 0)
    code->emulation = cuda_check_new (n, texts);
  return code;
}

static void
free_code (WeftDevice *device, WeftDeviceCode *code)
{
  g_clear_pointer (&code->emulation, cuda_check_free);
  g_free (code);
}

static void
launch (WeftDevice *device, WeftDeviceCode *code, const WeftDeviceLaunch *launch)
{
  int bad = cuda_check_run (code->emulation, launch->kernel, launch->pointers, launch->partials);

  ((HostDevice *) device)->counts.launches++;
  if (bad != 0)
    memcpy (launch->bad, &bad, sizeof bad);
}

/* ---- Products ---- */

static gboolean
has_product (WeftDevice *device, const WeftStep *step)
{
  return step->kind == WEFT_STEP_GEMM && weft_dtype_is_float (step->gemm.dtype);
}

#define MULTIPLY(type)                                                   \
  for (gint64 i = 0; i < step->gemm.m; i++)                              \
    for (gint64 j = 0; j < step->gemm.n; j++)                            \
      {                                                                  \
        type sum = 0, *to = (type *) c + i * step->gemm.ldc + j;         \
        for (gint64 k = 0; k < step->gemm.k; k++)                        \
          sum += ((const type *) a)[i * a_row + k * a_column] *          \
                 ((const type *) b)[k * b_row + j * b_column];           \
        if (step->gemm.adds || step->gemm.scales)                        \
          sum *= *(const type *) at[3];                                  \
        *to = step->gemm.adds ? sum + *(const type *) at[4] * *to : sum; \
      }

static void
multiply (const WeftStep *step, char *const *at, const char *a, const char *b, char *c)
{
  gint64 a_row = step->gemm.transpose_a ? 1 : step->gemm.lda,
         a_column = step->gemm.transpose_a ? step->gemm.lda : 1;
  gint64 b_row = step->gemm.transpose_b ? 1 : step->gemm.ldb,
         b_column = step->gemm.transpose_b ? step->gemm.ldb : 1;

  if (step->gemm.dtype == WEFT_F32)
    MULTIPLY (float)
  else
    MULTIPLY (double)
}

static void
product (WeftDevice *device, const WeftStep *step, char *const *at)
{
  gsize  size = weft_dtype_size (step->gemm.dtype);
  gint64 n = 1;

  ((HostDevice *) device)->counts.products++;
  for (guint i = 0; i < step->gemm.batch_rank; i++)
    n *= step->gemm.batch[i];
  for (gint64 i = 0; i < n; i++)
    {
      gint64 rest = i, a = 0, b = 0, c = 0;

      for (guint k = step->gemm.batch_rank; k-- > 0; rest /= step->gemm.batch[k])
        {
          a += rest % step->gemm.batch[k] * step->gemm.batch_a[k];
          b += rest % step->gemm.batch[k] * step->gemm.batch_b[k];
          c += rest % step->gemm.batch[k] * step->gemm.batch_out[k];
        }
      multiply (step, at, at[0] + a * size, at[1] + b * size, at[step->n_in] + c * size);
    }
}

static gboolean
settle (WeftDevice *device, GError **error)
{
  const HostDeviceCounts *counts = host_device_counts (device);

  if (counts->lives == 0 || counts->launches + counts->products < counts->lives)
    return TRUE;
  g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE, "the device is lost");
  return FALSE;
}

static void
free_device (WeftDevice *device)
{
  g_assert_cmpuint (((HostDevice *) device)->counts.held, ==, 0);
  g_free (device);
}

static const WeftDeviceClass host_class = {
  .allocate = allocate,
  .release = release,
  .upload = upload,
  .download = download,
  .copy = copy,
  .clear = clear,
  .build = build,
  .free_code = free_code,
  .launch = launch,
  .has_product = has_product,
  .product = product,
  .settle = settle,
  .free = free_device,
};

WeftDevice *
host_device_new (void)
{
  HostDevice *host;

#if defined(__SANITIZE_ADDRESS__)
  return NULL;
#endif
  if (g_find_program_in_path ("c++") == NULL)
    return NULL;
  host = g_new0 (HostDevice, 1);
  host->device.class = &host_class;
  host->device.name = g_strdup ("host");
  host->counts.room = G_MAXINT64;
  return &host->device;
}

HostDeviceCounts *
host_device_counts (WeftDevice *device)
{
  return &((HostDevice *) device)->counts;
}
