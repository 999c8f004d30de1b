/* What the files of the convolution rows share.
 *
 *     conv.c         type rules, definitions, the choice of a kernel
 *     conv-tiles.c   kernels by tiles of outputs            conv-kernels.inc  their inner loops
 *     conv-dnnl.c    kernels by oneDNN, for floats
 *     conv-direct.c  kernels by loops, for every case       net-kernels.inc   their inner loops
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/conv.h"

/* Arrays of one call; the result is written. */
typedef struct
{
  char *x, *w, *y;
} WeftConvArrays;

static inline WeftConvArrays
weft_conv_arrays (WeftConvResult result, const WeftKernelCall *call)
{
  switch (result)
    {
    case WEFT_CONV_Y:
      return (WeftConvArrays){ (char *) call->in[0], (char *) call->in[1], call->out[0] };
    case WEFT_CONV_X:
      return (WeftConvArrays){ call->out[0], (char *) call->in[1], (char *) call->in[0] };
    case WEFT_CONV_W:
      break;
    }
  return (WeftConvArrays){ (char *) call->in[0], call->out[0], (char *) call->in[1] };
}

/* Multiplications and additions of all products. */
static inline double
weft_conv_flops (const WeftConv *conv)
{
  return 2.0 * conv->windows.batch * weft_windows_n_out (&conv->windows) *
         weft_windows_n_taps (&conv->windows) * conv->n_in * conv->out_each;
}

/* conv-direct.c */
gint64 weft_conv_direct_units (const WeftConv *conv);
void   weft_conv_direct_run (const WeftConv       *conv,
                             const WeftConvArrays *arrays,
                             gint64                begin,
                             gint64                end);

/* conv-dnnl.c: NULL where oneDNN has no fast way. */
typedef struct _WeftConvDnnl WeftConvDnnl;

WeftConvDnnl *weft_conv_dnnl_new (const WeftConv *conv);
void          weft_conv_dnnl_free (WeftConvDnnl *dnnl);
gint64        weft_conv_dnnl_units (const WeftConvDnnl *dnnl);
gsize         weft_conv_dnnl_scratch (const WeftConvDnnl *dnnl);
void          weft_conv_dnnl_begin (WeftConvDnnl *dnnl, const WeftConvArrays *arrays);
void          weft_conv_dnnl_run (WeftConvDnnl         *dnnl,
                                  const WeftConvArrays *arrays,
                                  gpointer              scratch,
                                  gint64                begin,
                                  gint64                end);
void          weft_conv_dnnl_finish (WeftConvDnnl *dnnl, const WeftConvArrays *arrays);

/* conv-tiles.c: NULL where there are too few channels, or no loops for this machine. */
typedef struct _WeftConvTiles WeftConvTiles;

WeftConvTiles *weft_conv_tiles_new (const WeftConv *conv);
void           weft_conv_tiles_free (WeftConvTiles *tiles);
gint64         weft_conv_tiles_units (const WeftConvTiles *tiles);
gsize          weft_conv_tiles_scratch (const WeftConvTiles *tiles);
void           weft_conv_tiles_begin (WeftConvTiles *tiles, const WeftConvArrays *arrays);
void           weft_conv_tiles_run (WeftConvTiles        *tiles,
                                    const WeftConvArrays *arrays,
                                    gpointer              scratch,
                                    gint64                begin,
                                    gint64                end);
void           weft_conv_tiles_finish (WeftConvTiles *tiles, const WeftConvArrays *arrays);
