/* Inner loops of convolutions, compiled once for each instruction set and float type: products of a
 * few rows with a block of columns, all sums in registers. No allocation, no threads.
 *
 * A block of columns is some whole vectors side by side and one more, whole, half or a quarter,
 * that may lie over those before it, so that nothing beyond the last column is touched.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

#define WEFT_CONV_MAX_TILE 16

typedef struct
{
  gint n_rows; /* of a tile */
  /* out[r][j] = or += the sum over i of in[r][at[i]] w[i][j], for the rows of a tile; column j of
   * the last vector is out[r][@last] on, and w[i] has the block's vectors side by side. */
  void (*product) (const gpointer *in,
                   const gint32   *at,
                   gint64          n,
                   const void     *w,
                   const gpointer *out,
                   gint64          last,
                   gboolean        add);
  /* w[r][j] += the sum over pixels i of x[x_at[i] + row[r]] g[g_at[i] + j], likewise. */
  void (*outer) (void         *w,
                 const void   *x,
                 const void   *g,
                 const gint32 *x_at,
                 const gint32 *g_at,
                 gint64        n,
                 const gint32 *row,
                 gint64        last);
} WeftConvBlock;

#define WEFT_CONV_MAX_WHOLE 4

typedef struct
{
  gint          lanes;                          /* of a whole vector */
  gint          n_whole;                        /* a block has fewer before its last one */
  WeftConvBlock blocks[WEFT_CONV_MAX_WHOLE][3]; /* [whole vectors][last: a quarter, half, whole] */
} WeftConvKernels;

/* The best for this machine; NULL: it has none. Any thread. */
const WeftConvKernels *weft_conv_kernels (gboolean is_double);

extern const WeftConvKernels weft_conv_kernels_1[2], weft_conv_kernels_2[2];
