/* Convolutions by loops over outputs and taps, with the products over channels inside: for doubles,
 * and for what oneDNN has no fast way for.
 *
 * A unit writes elements that no other writes: a row of outputs for y, an image for x, a tap for w.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/conv-private.h"

#include <string.h>

#include "engine/ops/cpu.h"
#include "engine/ops/net-kernels.h"

/* The best for this machine; @is_double chooses the type. Any thread. */
const WeftNetKernels *
weft_net_kernels (gboolean is_double)
{
#ifdef __x86_64__
  static const WeftNetKernels *const tables[] = { weft_net_kernels_0, weft_net_kernels_1,
                                                  weft_net_kernels_2 };

  return &tables[weft_cpu_level ()][is_double ? 1 : 0];
#else
  return &weft_net_kernels_0[is_double ? 1 : 0];
#endif
}

/* What looking through one window works on. */
typedef struct
{
  const WeftConv       *conv;
  const WeftNetKernels *loops;
  gsize                 size;      /* of an element */
  char                 *x, *w, *y; /* y: of this output */
  gint64                tap;       /* the only one to take, -1: all */
} Look;

static void
multiply_groups (const Look *look, char *x, char *y, char *w)
{
  const WeftConv *conv = look->conv;

  for (gint64 g = 0; g < conv->groups; g++)
    {
      if (conv->result == WEFT_CONV_Y)
        look->loops->forward (y, x, w, conv->in_each, conv->out_each, conv->n_out);
      else if (conv->result == WEFT_CONV_X)
        look->loops->backward (x, y, w, conv->in_each, conv->out_each, conv->n_out);
      else
        look->loops->outer (w, x, y, conv->in_each, conv->out_each, conv->n_out);
      x += conv->in_each * look->size;
      y += conv->out_each * look->size;
      w += conv->out_each * look->size;
    }
}

/* All channels of one element seen through one tap. */
static void
multiply (gpointer data, gint64 from, gint64 tap)
{
  const Look     *look = data;
  const WeftConv *conv = look->conv;
  char           *x = look->x + from * conv->n_in * look->size;
  char           *w = look->w + tap * conv->in_each * conv->n_out * look->size;

  if (look->tap >= 0 && tap != look->tap)
    return;
  if (conv->in_each > 1 || conv->out_each > 1)
    multiply_groups (look, x, look->y, w);
  else if (conv->result == WEFT_CONV_Y)
    look->loops->multiply_add (look->y, x, w, conv->groups);
  else if (conv->result == WEFT_CONV_X)
    look->loops->multiply_add (x, look->y, w, conv->groups);
  else
    look->loops->multiply_add (w, x, look->y, conv->groups);
}

/* Windows of the rows @begin to @end; @tap: the only one to look through, or -1. */
static void
look_at_rows (
  const WeftConv *conv, const WeftConvArrays *arrays, gint64 begin, gint64 end, gint64 tap)
{
  gint64 length = conv->windows.out[WEFT_WINDOW_AXES - 1];
  gsize  size = weft_dtype_size (conv->dtype);
  Look   look = { conv, weft_net_kernels (conv->dtype == WEFT_F64), size, arrays->x, arrays->w,
                  arrays->y + begin * length * conv->n_out * size, tap };

  for (gint64 row = begin; row < end; row++)
    for (gint64 at = 0; at < length; at++, look.y += conv->n_out * size)
      weft_windows_look (&conv->windows, row, at, multiply, &look);
}

/* Independent pieces of the work. */
gint64
weft_conv_direct_units (const WeftConv *conv)
{
  const WeftWindows *windows = &conv->windows;

  switch (conv->result)
    {
    case WEFT_CONV_Y:
      return weft_windows_n_rows (windows);
    case WEFT_CONV_X:
      return windows->batch;
    case WEFT_CONV_W:
      break;
    }
  return weft_windows_n_taps (windows);
}

/* Units @begin to @end of the result. Any thread. */
void
weft_conv_direct_run (const WeftConv       *conv,
                      const WeftConvArrays *arrays,
                      gint64                begin,
                      gint64                end)
{
  const WeftWindows *windows = &conv->windows;
  gsize              size = weft_dtype_size (conv->dtype);
  gint64             row = windows->out[WEFT_WINDOW_AXES - 1] * conv->n_out * size;
  gint64             image = weft_windows_n_in (windows) * conv->n_in * size;
  gint64             matrix = conv->in_each * conv->n_out * size;
  gint64             rows = windows->out[0] * windows->out[1];

  switch (conv->result)
    {
    case WEFT_CONV_Y:
      memset (arrays->y + begin * row, 0, (end - begin) * row);
      look_at_rows (conv, arrays, begin, end, -1);
      break;
    case WEFT_CONV_X:
      memset (arrays->x + begin * image, 0, (end - begin) * image);
      look_at_rows (conv, arrays, begin * rows, end * rows, -1);
      break;
    case WEFT_CONV_W:
      memset (arrays->w + begin * matrix, 0, (end - begin) * matrix);
      for (gint64 tap = begin; tap < end; tap++)
        look_at_rows (conv, arrays, 0, weft_windows_n_rows (windows), tap);
      break;
    }
}
