/* A convolution in numbers, for whoever computes it: the kernels beside this file, or a device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/windows.h"

/* The three products of a convolution y = x * w: each makes one from the other two. */
typedef enum
{
  WEFT_CONV_Y,
  WEFT_CONV_X, /* the gradient of x, and the transposed convolution */
  WEFT_CONV_W, /* the gradient of w */
} WeftConvResult;

typedef struct
{
  WeftConvResult result;
  WeftDType      dtype;
  WeftWindows    windows;
  gint64         groups;
  gint64         n_in, n_out;       /* channels of x and y, of all groups */
  gint64         in_each, out_each; /* of one group */
} WeftConv;

/* FALSE: @apply is no convolution. Its shapes must be numbers. */
gboolean weft_conv_describe (const WeftApply *apply, WeftConv *conv);
