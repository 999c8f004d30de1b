/* Pooling and patches on a device: their texts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/thread-text.h"
#include "engine/ops/windows.h"

G_BEGIN_DECLS

/* What @call, an op of pool.c, does; @apart: windows see no padding and share no element; @covers:
 * and each element is in one. */
void weft_pool_text (const WeftKernelCall *call,
                     const WeftWindows    *windows,
                     gint64                channels,
                     gboolean              apart,
                     gboolean              covers,
                     gboolean              count_padding,
                     WeftThreadText       *text);

G_END_DECLS
