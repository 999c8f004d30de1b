/* CUDA devices. The driver and NVIDIA's libraries are opened when they are first asked for, so one
 * binary runs with and without them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/devices.h"

G_BEGIN_DECLS

/* What one device is. */
typedef struct
{
  char *name;         /* "NVIDIA H100" */
  gsize bytes;        /* of its memory */
  guint major, minor; /* compute capability */
  guint processors;   /* streaming multiprocessors */
} WeftCudaInfo;

/* WeftCudaInfo, owned, in the driver's order; none where there is no driver or no device. @why (or
 * NULL) then gets one sentence that says why; owned. Any thread. */
GPtrArray *weft_cuda_list (char **why);
/* "13.0", or NULL; static. */
const char *weft_cuda_get_driver_version (void);

/* Why devices that are there cannot be used (a library is missing): one sentence, owned. NULL: they
 * can. */
char *weft_cuda_get_problem (void);
/* Makes them known to engine/run/devices.h; opens nothing. */
void weft_cuda_add_kind (void);

/* Device number @index. Used by one thread at a time. Errors: WEFT_RUN_ERROR_DEVICE. */
WeftDevice *weft_cuda_open (guint index, GError **error);

G_END_DECLS
