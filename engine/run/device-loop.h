/* Loops on a device: the rows' kernels are launched one after the other, and nobody waits in
 * between.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/device.h"
#include "engine/run/executor.h"

G_BEGIN_DECLS

typedef struct _WeftDeviceLoop WeftDeviceLoop;

/* The loop of @step, whose workspace is at @workspace on the device; adds the texts of its kernels
 * to @texts. NULL without an error: a step of its body is the CPU's. Errors: WEFT_RUN_ERROR_MEMORY.
 */
WeftDeviceLoop *weft_device_loop_new (WeftDevice     *device,
                                      const WeftStep *step,
                                      char           *workspace,
                                      GPtrArray      *texts,
                                      GError        **error);
void            weft_device_loop_free (WeftDeviceLoop *loop);
/* Before a run of @executor, which has the step: what its rows draw by. */
void weft_device_loop_begin (WeftDeviceLoop *loop, const WeftExecutor *executor);
/* @at: the step's operands, then its results; @code: built from the texts; @bad: of an int. */
void weft_device_loop_run (WeftDeviceLoop *loop,
                           WeftExecutor   *executor,
                           WeftDeviceCode *code,
                           char *const    *at,
                           char           *bad);

G_END_DECLS
