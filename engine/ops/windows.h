/* Windows that slide over the axes between the first (batch) and the last (channels): what
 * convolutions, pooling and patches share.
 *
 * Arrays are channels last: x (batch, a ..., channels) with one to three axes a, y (batch, b ...,
 * channels out). Output o of an axis looks through tap t at element o * stride - before + t *
 * dilation of x; what lies outside is padding.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops-private.h"

#define WEFT_WINDOW_AXES 3

/* Numbers for kernels. Where there are fewer axes the first ones are 1 long. */
typedef struct
{
  gint64 batch;
  gint64 in[WEFT_WINDOW_AXES], size[WEFT_WINDOW_AXES], out[WEFT_WINDOW_AXES];
  gint64 stride[WEFT_WINDOW_AXES], dilation[WEFT_WINDOW_AXES], before[WEFT_WINDOW_AXES];
} WeftWindows;

gboolean weft_windows_check (
  const WeftOp *op, const WeftAttr *attrs, const WeftShape *x, guint *n_axes, GError **error);
gboolean weft_windows_infer (const WeftOp    *op,
                             const WeftAttr  *attrs,
                             const WeftShape *x,
                             const WeftDim   *size,
                             WeftShape       *y,
                             GError         **error);
gboolean weft_windows_infer_back (const WeftOp    *op,
                                  const WeftAttr  *attrs,
                                  const WeftShape *y,
                                  const WeftDim   *size,
                                  WeftShape       *x,
                                  GError         **error);
gboolean weft_windows_size (
  const WeftOp *op, const WeftAttr *attrs, guint n_axes, WeftDim *size, GError **error);
gboolean weft_windows_same (
  const WeftOp *op, const WeftShape *given, const WeftShape *wanted, GError **error);
void weft_windows_init (WeftWindows    *windows,
                        const WeftOp   *op,
                        const WeftAttr *attrs,
                        guint           rank,
                        const gint64   *x,
                        const gint64   *size,
                        const gint64   *y);
void weft_windows_init_sized (WeftWindows    *windows,
                              const WeftOp   *op,
                              const WeftAttr *attrs,
                              guint           rank,
                              const gint64   *x,
                              const gint64   *y);

static inline gint64
weft_windows_n_in (const WeftWindows *windows)
{
  return weft_product (windows->in, WEFT_WINDOW_AXES);
}
static inline gint64
weft_windows_n_out (const WeftWindows *windows)
{
  return weft_product (windows->out, WEFT_WINDOW_AXES);
}
static inline gint64
weft_windows_n_taps (const WeftWindows *windows)
{
  return weft_product (windows->size, WEFT_WINDOW_AXES);
}
/* The element of x (flat over its axes) that output @out sees through tap @tap (both flat), -1 for
 * padding. */
static inline gint64
weft_windows_source (const WeftWindows *windows, gint64 out, gint64 tap)
{
  gint64 flat = 0, step = 1;

  for (int i = WEFT_WINDOW_AXES - 1; i >= 0; i--)
    {
      gint64 at = out % windows->out[i] * windows->stride[i] - windows->before[i] +
                  tap % windows->size[i] * windows->dilation[i];

      if (at < 0 || at >= windows->in[i])
        return -1;
      flat += at * step;
      step *= windows->in[i];
      out /= windows->out[i];
      tap /= windows->size[i];
    }
  return flat;
}

/* Called for an element of x (number @from over batch and axes) and the tap it is seen through. */
typedef void (*WeftWindowFunc) (gpointer data, gint64 from, gint64 tap);

/* One window: output @at of the last axis in row @row (a number over batch and the axes before),
 * taps in order; returns how many see an element. */
static inline gint64
weft_windows_look (
  const WeftWindows *windows, gint64 row, gint64 at, WeftWindowFunc func, gpointer data)
{
  const gint64 *in = windows->in, *size = windows->size;
  gint64        rows = windows->out[0] * windows->out[1], image = row / rows, n = 0, first[3];

  first[0] = row % rows / windows->out[1] * windows->stride[0] - windows->before[0];
  first[1] = row % windows->out[1] * windows->stride[1] - windows->before[1];
  first[2] = at * windows->stride[2] - windows->before[2];
  for (gint64 i = 0, a = first[0]; i < size[0]; i++, a += windows->dilation[0])
    for (gint64 j = 0, b = first[1]; a >= 0 && a < in[0] && j < size[1];
         j++, b += windows->dilation[1])
      for (gint64 k = 0, c = first[2]; b >= 0 && b < in[1] && k < size[2];
           k++, c += windows->dilation[2])
        if (c >= 0 && c < in[2])
          {
            func (data, ((image * in[0] + a) * in[1] + b) * in[2] + c,
                  (i * size[1] + j) * size[2] + k);
            n++;
          }
  return n;
}
static inline gint64
weft_windows_n_rows (const WeftWindows *windows)
{
  return windows->batch * windows->out[0] * windows->out[1];
}
