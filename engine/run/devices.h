/* What programs can run on: the CPU, and devices of kinds that are added when the process starts.
 *
 * A device is named by a word: "cpu", "cuda:0", "cuda" (its first), or "auto": whoever runs
 * something measures which is faster.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/device.h"

G_BEGIN_DECLS

typedef struct
{
  char *word;    /* "cuda:0" */
  char *name;    /* "NVIDIA H100", for people */
  gsize bytes;   /* of its memory */
  char *problem; /* why it cannot be used: one sentence; NULL: it can */
} WeftDeviceInfo;
void weft_device_info_free (WeftDeviceInfo *info);

typedef struct
{
  const char *word; /* "cuda" */
  /* WeftDeviceInfo by number, owned. Where there are none @why gets one sentence; owned. */
  GPtrArray *(*list) (char **why);
  WeftDevice *(*open) (guint number, GError **error);
} WeftDeviceKind;

/* Before anything is opened; @kind is static. Adding it again does nothing. */
void weft_devices_add (const WeftDeviceKind *kind);
/* WeftDeviceInfo of all that is not the CPU, owned. Where there is none @why (or NULL) gets one
 * sentence, owned. May take a while the first time. Any thread. */
GPtrArray *weft_devices_list (char **why);
/* Whether @word is one of the above; there need not be such a device. */
gboolean weft_devices_knows (const char *word);
/* NULL without an error for "cpu" and "auto". The caller owns the device. Errors:
 * WEFT_RUN_ERROR_DEVICE. */
WeftDevice *weft_devices_open (const char *word, GError **error);

G_END_DECLS
