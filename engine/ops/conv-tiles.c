/* Convolutions by the loops of conv-kernels.h: tiles of a few outputs by a block of channels,
 * without windows written out.
 *
 *     y    each output times the kernel's matrix (taps and channels in, channels out)
 *     dx   each output's cotangent times the matrix the other way, added where the window lay
 *     dw   rows of the matrix, each what its tap saw times the cotangent, summed over outputs
 *
 * For what oneDNN has no good way for: numbers of channels that its blocks do not divide, doubles,
 * machines without it. The kernel's array is packed by blocks of columns once a run; x with zeros
 * around is copied, a group of images at a time. How the work is cut depends on the shapes alone,
 * so the numbers do not depend on the threads; gradients of the kernel are partial sums, added in
 * their order. All memory is allocated when the program is made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/conv-private.h"

#include <string.h>

#include "engine/ops/conv-kernels.h"
#include "engine/ops/cpu.h"
#include "engine/ops/net-kernels.h"

#define ALIGNMENT 64
/* Outputs that one pass over the rows of a gradient takes: with their channels they stay in the
 * first cache. */
#define PIXELS 64
/* Rows of the kernel's matrix that a pass over the outputs takes: a block of them stays in the
 * second cache. */
#define ROWS 512
/* A unit is worth handing out from some 30 us on, at 100 operations a nanosecond. */
#define UNIT_FLOPS 3e6
#define MAX_UNITS 256
/* Units of a gradient of the kernel; even, for two threads. */
#define WEIGHT_UNITS 10
/* Units of y that fewer images than this are cut into, by their outputs. */
#define IMAGE_UNITS 16

const WeftConvKernels *
weft_conv_kernels (gboolean is_double)
{
#ifdef __x86_64__
  if (weft_cpu_level () >= 2)
    return &weft_conv_kernels_2[is_double ? 1 : 0];
  if (weft_cpu_level () == 1)
    return &weft_conv_kernels_1[is_double ? 1 : 0];
#endif
  return NULL;
}

/* A block of columns. */
typedef struct
{
  const WeftConvBlock *kernel;
  gint64               first;  /* column */
  gint64               whole;  /* columns of the whole vectors */
  gint64               last;   /* where the last one starts, from first */
  gint64               width;  /* columns with the repeated ones */
  gint64               n_new;  /* of the last vector, without the repeated ones */
  gint64               packed; /* columns of all blocks before it, with the repeated ones */
} Block;

struct _WeftConvTiles
{
  WeftConv conv;
  gsize    size;                     /* of an element */
  gint64   padded[WEFT_WINDOW_AXES]; /* axes of x with the zeros around */
  gboolean pads;
  gint64   x_image, y_image; /* elements of an image, x with zeros */
  gint64   n_pixels;         /* outputs of an image */
  gint64   images, n_groups; /* of a group of images, which the tables are for; how many */
  gint32  *x_at, *y_at;      /* [images * n_pixels] where an output's window and the output are */
  gint64   n_rows;           /* of the kernel's matrix of a group of channels: taps, channels */
  gint32  *row_at;           /* [n_rows] where they are in a window */
  gint32  *count;            /* [out_each] 0, 1, 2, ... */
  gint64   run, n_runs;      /* x: columns that lie side by side in a window, and how many such */
  GArray  *blocks;           /* Block: of out_each columns, or of run ones */
  gint64   packed_width;     /* columns of all blocks */
  gsize    packed_bytes;     /* of the kernel or one partial gradient, from a multiple of 64 */
  char    *packed;
  gint64   n_cuts;          /* y: units of a group of images, by outputs */
  gint64   n_parts, n_sums; /* units of a group of images, or of rows; partial gradients */
  gint64   tile_rows;       /* w: rows of the matrix, to whole tiles of every block */
};

/* ---- Geometry ---- */

/* Cuts @n columns into blocks. FALSE where they are fewer than the smallest vector. */
static gboolean
cut_columns (WeftConvTiles *tiles, const WeftConvKernels *kernels, gint64 n)
{
  gint64 lanes = kernels->lanes, most = kernels->n_whole * lanes;
  gint64 n_blocks = (n + most - 1) / most, at = 0;

  if (n < lanes / 4 || lanes / 4 < 1)
    return FALSE;
  /* Whole vectors are spread over the blocks as evenly as they go. */
  while (at < n)
    {
      gint64 vectors = ((n - at + lanes - 1) / lanes + n_blocks - 1) / n_blocks;
      gint64 take = MIN (n - at, vectors * lanes), whole = (take - 1) / lanes;
      gint64 rest = take - whole * lanes;
      gint64 kind = rest <= lanes / 4 ? 0 : rest <= lanes / 2 ? 1
                                                              : 2,
             last_lanes = lanes / 4 << kind;
      Block block = { NULL, .first = at, .whole = whole * lanes, .n_new = rest };

      /* A first vector that is longer than what there is becomes two shorter ones. */
      while (last_lanes > at + take)
        {
          kind--;
          last_lanes /= 2;
          block.n_new = take = last_lanes;
        }
      block.kernel = &kernels->blocks[whole][kind];
      block.last = take - last_lanes;
      block.width = block.whole + last_lanes;
      block.packed = tiles->packed_width;
      tiles->packed_width += block.width;
      g_array_append_val (tiles->blocks, block);
      at += take;
      n_blocks = MAX (n_blocks - 1, 1);
    }
  return TRUE;
}

static void
set_padding (WeftConvTiles *tiles)
{
  const WeftWindows *windows = &tiles->conv.windows;

  for (guint i = 0; i < WEFT_WINDOW_AXES; i++)
    {
      gint64 seen = (windows->out[i] - 1) * windows->stride[i] +
                    (windows->size[i] - 1) * windows->dilation[i] + 1;

      tiles->padded[i] = MAX (seen, windows->before[i] + windows->in[i]);
      tiles->pads |= tiles->padded[i] != windows->in[i];
    }
}

/* The element at place @flat of a grid of @sizes: an output's window, or a tap of a window; @steps:
 * places of x from one to the next. */
static gint64
place (const WeftConvTiles *tiles, gint64 flat, const gint64 *sizes, const gint64 *steps)
{
  gint64 at = 0, stride = tiles->conv.n_in;

  for (int i = WEFT_WINDOW_AXES - 1; i >= 0; i--)
    {
      at += flat % sizes[i] * steps[i] * stride;
      flat /= sizes[i];
      stride *= tiles->padded[i];
    }
  return at;
}

/* Neighbours of a row look at much the same elements, which makes adding to them wait: for x the
 * outputs come column by column. */
static gint64
output_number (const WeftConvTiles *tiles, gint64 i)
{
  gint64 length = tiles->conv.windows.out[WEFT_WINDOW_AXES - 1], rows = tiles->n_pixels / length;

  return tiles->conv.result == WEFT_CONV_X ? i % rows * length + i / rows : i;
}

static void
fill_tables (WeftConvTiles *tiles)
{
  const WeftConv    *conv = &tiles->conv;
  const WeftWindows *windows = &conv->windows;

  tiles->x_at = g_new (gint32, tiles->images * tiles->n_pixels);
  tiles->y_at = g_new (gint32, tiles->images * tiles->n_pixels);
  tiles->row_at = g_new (gint32, tiles->n_rows);
  tiles->count = g_new (gint32, conv->out_each);
  for (gint64 i = 0; i < tiles->images * tiles->n_pixels; i++)
    {
      gint64 image = i / tiles->n_pixels, out = output_number (tiles, i % tiles->n_pixels);

      tiles->x_at[i] = image * tiles->x_image + place (tiles, out, windows->out, windows->stride);
      tiles->y_at[i] = image * tiles->y_image + out * conv->n_out;
    }
  for (gint64 i = 0; i < tiles->n_rows; i++)
    tiles->row_at[i] = place (tiles, i / conv->in_each, windows->size, windows->dilation) +
                       i % conv->in_each;
  for (gint64 i = 0; i < conv->out_each; i++)
    tiles->count[i] = i;
}

/* ---- Units ---- */

/* Of y and dx: groups of images, of y cut further where they are few. Of dw: row ranges, and parts
 * of the batch where that is worth the memory and the additions: a quarter of what is read. */
static void
cut_work (WeftConvTiles *tiles)
{
  const WeftConv *conv = &tiles->conv;
  double          flops = weft_conv_flops (conv);
  gint64          most = CLAMP ((gint64) (flops / UNIT_FLOPS), 1, MAX_UNITS), n_tiles;
  gint64          read = conv->windows.batch * (tiles->x_image + tiles->y_image);

  tiles->n_sums = tiles->n_parts = tiles->n_cuts = 1;
  if (conv->result != WEFT_CONV_W)
    {
      tiles->n_parts = MIN (most, tiles->n_groups);
      if (conv->result == WEFT_CONV_Y && tiles->n_parts == tiles->n_groups)
        tiles->n_cuts = CLAMP (MIN (most, IMAGE_UNITS) / tiles->n_groups, 1,
                               tiles->images * tiles->n_pixels / PIXELS + 1);
      return;
    }
  tiles->tile_rows = 0;
  for (guint i = 0; i < tiles->blocks->len; i++)
    {
      gint rows = g_array_index (tiles->blocks, Block, i).kernel->n_rows;

      tiles->tile_rows = MAX (tiles->tile_rows, (tiles->n_rows + rows - 1) / rows * rows);
    }
  n_tiles = (tiles->n_rows + WEFT_CONV_MAX_TILE - 1) / WEFT_CONV_MAX_TILE;
  most = MIN (most, WEIGHT_UNITS);
  tiles->n_sums = CLAMP (read / 4 / (tiles->n_rows * conv->n_out), 1, tiles->pads ? 5 : 2);
  tiles->n_sums = MIN (MIN (tiles->n_sums, most), tiles->n_groups);
  tiles->n_parts = CLAMP (most / tiles->n_sums, 1, n_tiles);
}

static gboolean
init (WeftConvTiles *tiles, const WeftConvKernels *kernels)
{
  const WeftConv    *conv = &tiles->conv;
  const WeftWindows *windows = &conv->windows;
  gboolean           joined = conv->groups == 1 && windows->dilation[WEFT_WINDOW_AXES - 1] == 1;
  gsize              rows;

  set_padding (tiles);
  tiles->x_image = weft_product (tiles->padded, WEFT_WINDOW_AXES) * conv->n_in;
  tiles->n_pixels = weft_windows_n_out (windows);
  tiles->y_image = tiles->n_pixels * conv->n_out;
  tiles->n_rows = weft_windows_n_taps (windows) * conv->in_each;
  tiles->run = (joined ? windows->size[WEFT_WINDOW_AXES - 1] : 1) * conv->in_each;
  tiles->n_runs = tiles->n_rows / tiles->run;
  tiles->images = MIN ((PIXELS + tiles->n_pixels - 1) / tiles->n_pixels, windows->batch);
  tiles->n_groups = (windows->batch + tiles->images - 1) / tiles->images;
  if (!cut_columns (tiles, kernels, conv->result == WEFT_CONV_X ? tiles->run : conv->out_each) ||
      MAX (tiles->x_image, tiles->y_image) > G_MAXINT32 / tiles->images)
    return FALSE;
  fill_tables (tiles);
  cut_work (tiles);
  rows = conv->result == WEFT_CONV_X   ? tiles->n_runs * conv->out_each
         : conv->result == WEFT_CONV_W ? tiles->tile_rows
                                       : tiles->n_rows;
  tiles->packed_bytes = (conv->groups * rows * tiles->packed_width * tiles->size + ALIGNMENT - 1) /
                        ALIGNMENT * ALIGNMENT;
  tiles->packed = g_aligned_alloc0 (tiles->n_sums, tiles->packed_bytes, ALIGNMENT);
  return TRUE;
}

/* For @conv; NULL where this machine has no such loops, or there are too few channels. The caller
 * owns it. */
WeftConvTiles *
weft_conv_tiles_new (const WeftConv *conv)
{
  const WeftConvKernels *kernels = weft_conv_kernels (conv->dtype == WEFT_F64);
  WeftConvTiles         *tiles;

  if (kernels == NULL || weft_conv_flops (conv) == 0 || weft_windows_n_in (&conv->windows) == 0)
    return NULL;
  tiles = g_new0 (WeftConvTiles, 1);
  tiles->conv = *conv;
  tiles->size = weft_dtype_size (conv->dtype);
  tiles->blocks = g_array_new (FALSE, FALSE, sizeof (Block));
  if (!init (tiles, kernels))
    g_clear_pointer (&tiles, weft_conv_tiles_free);
  return tiles;
}

void
weft_conv_tiles_free (WeftConvTiles *tiles)
{
  g_array_unref (tiles->blocks);
  g_aligned_free (tiles->packed);
  g_free (tiles->x_at);
  g_free (tiles->y_at);
  g_free (tiles->row_at);
  g_free (tiles->count);
  g_free (tiles);
}

gint64
weft_conv_tiles_units (const WeftConvTiles *tiles)
{
  return tiles->n_parts * tiles->n_sums * tiles->n_cuts;
}

/* x with zeros around for a group of images, and a row that no output needs. */
static gsize
padded_bytes (const WeftConvTiles *tiles)
{
  return tiles->pads
           ? (tiles->images * tiles->x_image * tiles->size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT
           : 0;
}

/* A last vector may start before the spare row. */
static gsize
spare_bytes (const WeftConvTiles *tiles)
{
  return 2 * ALIGNMENT + tiles->packed_width * tiles->size;
}

gsize
weft_conv_tiles_scratch (const WeftConvTiles *tiles)
{
  return padded_bytes (tiles) + spare_bytes (tiles);
}

/* ---- Packing ---- */

#define COPY_COLUMNS(T)          \
  for (gint64 j = 0; j < n; j++) \
    ((T *) to)[j] = ((const T *) from)[j * step];

static void
copy_columns (const WeftConvTiles *tiles, char *to, const char *from, gint64 step, gint64 n)
{
  if (step == 1)
    memcpy (to, from, n * tiles->size);
  else if (tiles->size == sizeof (float))
    COPY_COLUMNS (float)
  else
    COPY_COLUMNS (double)
}

/* Columns of @block of a row, @step elements apart; what the last vector repeats is zero if
 * @adds. */
static char *
pack_row (const WeftConvTiles *tiles,
          const Block         *block,
          const char          *from,
          gint64               step,
          gboolean             adds,
          char                *to)
{
  gint64 last = block->width - block->whole, skip = adds ? last - block->n_new : 0;
  gsize  size = tiles->size;

  from += block->first * step * size;
  copy_columns (tiles, to, from, step, block->whole);
  to += block->whole * size;
  memset (to, 0, skip * size);
  copy_columns (tiles, to + skip * size, from + (block->last + skip) * step * size, step,
                last - skip);
  return to + last * size;
}

/* [groups][ROWS rows at a time][blocks][rows][columns of the block]; rows after the first ones add
 * to what is there. */
static void
pack_forward (const WeftConvTiles *tiles, const char *w)
{
  const WeftConv *conv = &tiles->conv;
  char           *to = tiles->packed;

  for (gint64 g = 0; g < conv->groups; g++, w += conv->out_each * tiles->size)
    for (gint64 first = 0; first < tiles->n_rows; first += ROWS)
      for (guint b = 0; b < tiles->blocks->len; b++)
        for (gint64 row = first; row < MIN (first + ROWS, tiles->n_rows); row++)
          to = pack_row (tiles, &g_array_index (tiles->blocks, Block, b),
                         w + row * conv->n_out * tiles->size, 1, first > 0, to);
}

/* [groups][runs][blocks][channels out][columns of the block] */
static void
pack_backward (const WeftConvTiles *tiles, const char *w)
{
  const WeftConv *conv = &tiles->conv;
  char           *to = tiles->packed;

  for (gint64 i = 0; i < conv->groups * tiles->n_runs; i++)
    {
      const char *run = w + (i % tiles->n_runs * tiles->run * conv->n_out +
                             i / tiles->n_runs * conv->out_each) *
                              tiles->size;

      for (guint b = 0; b < tiles->blocks->len; b++)
        for (gint64 k = 0; k < conv->out_each; k++)
          to = pack_row (tiles, &g_array_index (tiles->blocks, Block, b), run + k * tiles->size,
                         conv->n_out, TRUE, to);
    }
}

/* Before the units of a run, by one thread. */
void
weft_conv_tiles_begin (WeftConvTiles *tiles, const WeftConvArrays *arrays)
{
  if (tiles->conv.result == WEFT_CONV_Y)
    pack_forward (tiles, arrays->w);
  else if (tiles->conv.result == WEFT_CONV_X)
    pack_backward (tiles, arrays->w);
}

/* ---- Zeros around ---- */

/* Rows of the last axis of @images images between @x and @padded, which has zeros around them. */
static void
copy_rows (const WeftConvTiles *tiles, gint64 images, char *x, char *padded, gboolean back)
{
  const WeftWindows *windows = &tiles->conv.windows;
  const gint64      *in = windows->in, *before = windows->before, *size = tiles->padded;
  gsize              vector = tiles->conv.n_in * tiles->size, row = in[2] * vector;

  for (gint64 i = 0; i < images; i++)
    for (gint64 a = 0; a < in[0]; a++)
      for (gint64 b = 0; b < in[1]; b++, x += row)
        {
          gint64 at = (i * size[0] + a + before[0]) * size[1] + b + before[1];

          if (back)
            memcpy (x, padded + (at * size[2] + before[2]) * vector, row);
          else
            memcpy (padded + (at * size[2] + before[2]) * vector, x, row);
        }
}

/* ---- Running ---- */

/* What a unit works on: a group of images. */
typedef struct
{
  char  *x, *y;              /* x with the zeros around */
  gint64 images, begin, end; /* outputs */
  char  *spare;              /* a row of columns */
} Group;

static Group
open_group (const WeftConvTiles *tiles, const WeftConvArrays *arrays, char *scratch, gint64 number)
{
  const WeftConv *conv = &tiles->conv;
  gint64          first = number * tiles->images;
  Group           group = { .images = MIN (tiles->images, conv->windows.batch - first) };
  gsize           image = weft_windows_n_in (&conv->windows) * conv->n_in * tiles->size;

  group.x = arrays->x + first * image;
  group.y = arrays->y + first * tiles->y_image * tiles->size;
  group.end = group.images * tiles->n_pixels;
  group.spare = scratch + padded_bytes (tiles) + ALIGNMENT;
  if (!tiles->pads)
    {
      if (conv->result == WEFT_CONV_X)
        memset (group.x, 0, group.images * image);
      return group;
    }
  memset (scratch, 0, group.images * tiles->x_image * tiles->size);
  if (conv->result != WEFT_CONV_X)
    copy_rows (tiles, group.images, group.x, scratch, FALSE);
  group.x = scratch;
  return group;
}

/* The outputs of a group with @n rows @at of a block: @in and @out are where the tables start. Rows
 * of a tile beyond the last output repeat it and go to the spare row. */
static void
product (const WeftConvTiles *tiles,
         const Block         *block,
         const Group         *group,
         const char          *in,
         const gint32        *in_at,
         char                *out,
         const gint32        *out_at,
         const gint32        *at,
         gint64               n,
         const char          *w,
         gboolean             add)
{
  gint64 rows = block->kernel->n_rows;

  for (gint64 i = group->begin; i < group->end; i += rows)
    {
      gpointer from[WEFT_CONV_MAX_TILE], to[WEFT_CONV_MAX_TILE];

      for (gint64 r = 0; r < rows; r++)
        {
          gint64 pixel = MIN (i + r, group->end - 1);

          from[r] = (char *) in + in_at[pixel] * tiles->size;
          to[r] = i + r < group->end ? out + out_at[pixel] * tiles->size : group->spare;
        }
      block->kernel->product (from, at, n, w, to, block->last, add);
    }
}

static void
run_forward (const WeftConvTiles *tiles, const Group *group)
{
  const WeftConv *conv = &tiles->conv;
  const char     *w = tiles->packed;
  gsize           size = tiles->size;

  for (gint64 g = 0; g < conv->groups; g++)
    for (gint64 row = 0; row < tiles->n_rows; row += ROWS)
      for (guint b = 0; b < tiles->blocks->len; b++)
        {
          const Block *block = &g_array_index (tiles->blocks, Block, b);
          gint64       n = MIN (ROWS, tiles->n_rows - row);

          product (tiles, block, group, group->x + g * conv->in_each * size, tiles->x_at,
                   group->y + (g * conv->out_each + block->first) * size, tiles->y_at,
                   tiles->row_at + row, n, w, row > 0);
          w += n * block->width * size;
        }
}

static void
run_backward (const WeftConvTiles *tiles, const Group *group)
{
  const WeftConv *conv = &tiles->conv;
  const char     *w = tiles->packed;
  gsize           size = tiles->size;

  for (gint64 g = 0; g < conv->groups; g++)
    for (gint64 run = 0; run < tiles->n_runs; run++)
      for (guint b = 0; b < tiles->blocks->len; b++)
        {
          const Block *block = &g_array_index (tiles->blocks, Block, b);
          gint64       at = g * conv->in_each + tiles->row_at[run * tiles->run] + block->first;

          product (tiles, block, group, group->y + g * conv->out_each * size, tiles->y_at,
                   group->x + at * size, tiles->x_at, tiles->count, conv->out_each, w, TRUE);
          w += conv->out_each * block->width * size;
        }
}

/* Rows @begin to @end of the matrix, whole tiles, for some outputs of a group. */
static void
add_rows (const WeftConvTiles *tiles,
          const Block         *block,
          const char          *x,
          const char          *y,
          gint64               pixel,
          gint64               n,
          gint64               begin,
          gint64               end,
          char                *w)
{
  gint64 rows = block->kernel->n_rows;

  for (gint64 row = begin; row < end; row += rows)
    {
      gint32 at[WEFT_CONV_MAX_TILE];

      for (gint64 r = 0; r < rows; r++)
        at[r] = tiles->row_at[MIN (row + r, tiles->n_rows - 1)];
      block->kernel->outer (w + row * block->width * tiles->size, x, y, tiles->x_at + pixel,
                            tiles->y_at + pixel, n, at, block->last);
    }
}

/* [groups][blocks][rows][columns of the block]: part @part of the rows. */
static void
run_weights (const WeftConvTiles *tiles, const Group *group, char *sums, gint64 part)
{
  const WeftConv *conv = &tiles->conv;
  gint64          n_pixels = group->images * tiles->n_pixels;
  gsize           size = tiles->size;

  for (gint64 pixel = 0; pixel < n_pixels; pixel += PIXELS)
    for (gint64 i = 0; i < conv->groups * tiles->blocks->len; i++)
      {
        gint64       g = i / tiles->blocks->len;
        const Block *block = &g_array_index (tiles->blocks, Block, i % tiles->blocks->len);
        gint64       rows = block->kernel->n_rows, n_tiles = (tiles->n_rows + rows - 1) / rows;

        add_rows (tiles, block, group->x + g * conv->in_each * size,
                  group->y + (g * conv->out_each + block->first) * size, pixel,
                  MIN (PIXELS, n_pixels - pixel), n_tiles * part / tiles->n_parts * rows,
                  n_tiles * (part + 1) / tiles->n_parts * rows,
                  sums + (g * tiles->packed_width + block->packed) * tiles->tile_rows * size);
      }
}

/* The rows of part @part become zero. */
static void
clear_sums (const WeftConvTiles *tiles, char *sums, gint64 part)
{
  for (gint64 i = 0; i < tiles->conv.groups * tiles->blocks->len; i++)
    {
      const Block *block = &g_array_index (tiles->blocks, Block, i % tiles->blocks->len);
      gint64       rows = block->kernel->n_rows, n_tiles = (tiles->n_rows + rows - 1) / rows;
      gint64       begin = n_tiles * part / tiles->n_parts * rows;
      gint64       end = n_tiles * (part + 1) / tiles->n_parts * rows;
      gint64       before = i / tiles->blocks->len * tiles->packed_width + block->packed;

      memset (sums + (before * tiles->tile_rows + begin * block->width) * tiles->size, 0,
              (end - begin) * block->width * tiles->size);
    }
}

static void
run_unit (const WeftConvTiles *tiles, const WeftConvArrays *arrays, char *scratch, gint64 unit)
{
  gint64 cut = unit % tiles->n_cuts, part = unit / tiles->n_cuts % tiles->n_parts;
  gint64 sum = unit / tiles->n_cuts / tiles->n_parts;
  gint64 which = tiles->conv.result == WEFT_CONV_W ? sum : part;
  gint64 n = tiles->conv.result == WEFT_CONV_W ? tiles->n_sums : tiles->n_parts;
  char  *sums = tiles->packed + sum * tiles->packed_bytes;

  if (tiles->conv.result == WEFT_CONV_W)
    clear_sums (tiles, sums, part);
  for (gint64 i = tiles->n_groups * which / n; i < tiles->n_groups * (which + 1) / n; i++)
    {
      Group  group = open_group (tiles, arrays, scratch, i);
      gint64 n_outputs = group.end;

      group.begin = n_outputs * cut / tiles->n_cuts;
      group.end = n_outputs * (cut + 1) / tiles->n_cuts;
      if (tiles->conv.result == WEFT_CONV_Y)
        run_forward (tiles, &group);
      else if (tiles->conv.result == WEFT_CONV_W)
        run_weights (tiles, &group, sums, part);
      else
        {
          gsize image = weft_windows_n_in (&tiles->conv.windows) * tiles->conv.n_in * tiles->size;

          run_backward (tiles, &group);
          if (tiles->pads)
            copy_rows (tiles, group.images, arrays->x + i * tiles->images * image, scratch, TRUE);
        }
    }
}

/* Units @begin to @end; @scratch: of this thread. */
void
weft_conv_tiles_run (WeftConvTiles        *tiles,
                     const WeftConvArrays *arrays,
                     gpointer              scratch,
                     gint64                begin,
                     gint64                end)
{
  /* What goes to the spare row is read as well. */
  memset ((char *) scratch + padded_bytes (tiles), 0, spare_bytes (tiles));
  for (gint64 i = begin; i < end; i++)
    run_unit (tiles, arrays, scratch, i);
}

/* ---- The kernel's gradient ---- */

static void
unpack (const WeftConvTiles *tiles, const Block *block, const char *sums, char *w)
{
  gsize size = tiles->size;

  for (gint64 row = 0; row < tiles->n_rows; row++, sums += block->width * size)
    {
      char *to = w + (row * tiles->conv.n_out + block->first) * size;

      memcpy (to, sums, block->whole * size);
      memcpy (to + block->last * size, sums + block->whole * size,
              (block->width - block->whole) * size);
    }
}

/* After the units of a run, by one thread: adds the gradients of the kernel. */
void
weft_conv_tiles_finish (WeftConvTiles *tiles, const WeftConvArrays *arrays)
{
  const WeftConv *conv = &tiles->conv;

  if (conv->result != WEFT_CONV_W)
    return;
  for (gint64 i = 1; i < tiles->n_sums; i++)
    weft_net_kernels (conv->dtype == WEFT_F64)
      ->add_scaled (tiles->packed, tiles->packed + i * tiles->packed_bytes, 1,
                    tiles->packed_bytes / tiles->size);
  for (gint64 g = 0; g < conv->groups; g++)
    for (guint b = 0; b < tiles->blocks->len; b++)
      {
        const Block *block = &g_array_index (tiles->blocks, Block, b);

        unpack (tiles, block,
                tiles->packed +
                  (g * tiles->packed_width + block->packed) * tiles->tile_rows * tiles->size,
                arrays->w + g * conv->out_each * tiles->size);
      }
}
