/* A program on a device: which step runs where, and what lies where.
 *
 * A step that the device has no kernel for runs on the CPU, on the executor's own memory; what it
 * needs is fetched, and what it made is sent when a kernel needs it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/device.h"
#include "engine/run/executor.h"

G_BEGIN_DECLS

typedef struct _WeftDeviceRun WeftDeviceRun;

/* @device and @executor are borrowed. Errors: WEFT_RUN_ERROR_MEMORY, WEFT_RUN_ERROR_DEVICE. */
WeftDeviceRun *weft_device_run_new (WeftDevice *device, WeftExecutor *executor, GError **error);
void           weft_device_run_free (WeftDeviceRun *run); /* fetches variables that nobody else holds */
/* The slots of inputs, variables and outputs are set. */
void weft_device_run_begin (WeftDeviceRun *run);
/* Step number @i on the device. FALSE: the CPU is to do it; its operands are there. */
gboolean weft_device_run_step (WeftDeviceRun *run, guint i);
/* The operands of step number @i can be read by the CPU. */
void weft_device_run_need (WeftDeviceRun *run, guint i);
/* The results of step number @i can be read by the CPU. */
void weft_device_run_show (WeftDeviceRun *run, guint i);
/* The numbers in executor->bad are those of the kernels. Errors: WEFT_RUN_ERROR_DEVICE. */
gboolean weft_device_run_check (WeftDeviceRun *run, GError **error);
/* Waits for what was launched. Errors: WEFT_RUN_ERROR_DEVICE. */
gboolean weft_device_run_wait (WeftDeviceRun *run, GError **error);
/* Outputs can be read by the CPU, variables have their new values. Errors: WEFT_RUN_ERROR_DEVICE.
 */
gboolean weft_device_run_end (WeftDeviceRun *run, GError **error);
/* How many steps the device does. */
guint weft_device_run_count (const WeftDeviceRun *run);

G_END_DECLS
