/* A device made of the CPU: memory of its own, the texts in CUDA C run thread by thread, products
 * by loops. What runs on it runs as on a GPU, but for the driver.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/device.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 sent, fetched; /* bytes */
  guint64 launches, products;
  guint64 room; /* bytes that can still be had; new: without end */
  gsize   held; /* bytes */
  guint64 lives; /* launches and products until it is lost; 0 (new): it never is */
} HostDeviceCounts;

/* NULL: there is no C++ compiler, or AddressSanitizer watches. */
WeftDevice *host_device_new (void);
/* Borrowed; may be set. */
HostDeviceCounts *host_device_counts (WeftDevice *device);

G_END_DECLS
