/* Offsets of buffers in an arena.
 *
 * Two ways are tried and the better one is taken: through the kernels in order, each new buffer
 * into the smallest hole that holds it; and the largest buffer first, each into the smallest hole
 * between those that live at the same time. The second looks at all pairs, so it is for arenas of a
 * bounded number of buffers, and only where the first left something to gain.
 * Source: Pisarchyk & Lee 2020, arXiv:2001.03288, section 5, greedy by size.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/pack.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64
/* All pairs of so many are looked at in some 20 ms. */
#define MAX_SORTED 4096

static gsize
aligned (gsize bytes)
{
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* ---- Through the kernels in order ---- */

typedef struct
{
  gsize offset, bytes;
} Hole;

typedef struct
{
  GArray *holes; /* ascending, never touching each other */
  gsize   top;
} Arena;

static gsize
arena_take (Arena *arena, gsize bytes)
{
  guint best = G_MAXUINT;
  for (guint i = 0; i < arena->holes->len; i++)
    {
      const Hole *hole = &g_array_index (arena->holes, Hole, i);
      if (hole->bytes >= bytes &&
          (best == G_MAXUINT || hole->bytes < g_array_index (arena->holes, Hole, best).bytes))
        best = i;
    }
  if (best != G_MAXUINT)
    {
      Hole *hole = &g_array_index (arena->holes, Hole, best);
      gsize offset = hole->offset;
      hole->offset += bytes;
      hole->bytes -= bytes;
      if (hole->bytes == 0)
        g_array_remove_index (arena->holes, best);
      return offset;
    }
  if (arena->holes->len > 0)
    {
      Hole *last = &g_array_index (arena->holes, Hole, arena->holes->len - 1);
      if (last->offset + last->bytes == arena->top)
        {
          gsize offset = last->offset;
          arena->top = offset + bytes;
          g_array_set_size (arena->holes, arena->holes->len - 1);
          return offset;
        }
    }
  arena->top += bytes;
  return arena->top - bytes;
}

static void
arena_give (Arena *arena, gsize offset, gsize bytes)
{
  Hole  hole = { offset, bytes }, *holes;
  guint low = 0, high = arena->holes->len;
  while (low < high)
    {
      guint middle = (low + high) / 2;
      if (g_array_index (arena->holes, Hole, middle).offset < offset)
        low = middle + 1;
      else
        high = middle;
    }
  g_array_insert_val (arena->holes, low, hole);
  holes = (Hole *) arena->holes->data;
  if (low + 1 < arena->holes->len && offset + bytes == holes[low + 1].offset)
    {
      holes[low].bytes += holes[low + 1].bytes;
      g_array_remove_index (arena->holes, low + 1);
    }
  if (low > 0 && holes[low - 1].offset + holes[low - 1].bytes == offset)
    {
      holes[low - 1].bytes += holes[low].bytes;
      g_array_remove_index (arena->holes, low);
    }
}

/* Returns the top; *bound gets the most bytes that live at once. */
static gsize
pack_in_order (WeftBuffer *buffers, guint n, guint n_kernels, gsize *bound)
{
  g_autofree guint *dying = g_new (guint, n_kernels + 1), *next = g_new (guint, MAX (n, 1));
  Arena             arena = { .holes = g_array_new (FALSE, FALSE, sizeof (Hole)) };
  gsize             live = 0;
  guint             first_new = 0;
  memset (dying, 0xff, (n_kernels + 1) * sizeof *dying);
  for (guint i = 0; i < n; i++)
    {
      guint at = MIN (buffers[i].dies, n_kernels);
      next[i] = dying[at];
      dying[at] = i;
    }
  *bound = 0;
  for (guint at = 0; at < n_kernels; at++)
    {
      for (; first_new < n && buffers[first_new].born == at; first_new++)
        {
          gsize bytes = aligned (buffers[first_new].bytes);
          buffers[first_new].offset = bytes == 0 ? 0 : arena_take (&arena, bytes);
          live += bytes;
        }
      *bound = MAX (*bound, live);
      for (guint i = dying[at]; i != G_MAXUINT; i = next[i])
        {
          gsize bytes = aligned (buffers[i].bytes);
          if (bytes > 0)
            arena_give (&arena, buffers[i].offset, bytes);
          live -= bytes;
        }
    }
  g_array_free (arena.holes, TRUE);
  return arena.top;
}

/* ---- The largest first ---- */

static int
compare_sizes (gconstpointer a, gconstpointer b)
{
  const WeftBuffer *x = *(WeftBuffer *const *) a, *y = *(WeftBuffer *const *) b;
  guint             x_life = x->dies - x->born, y_life = y->dies - y->born;
  if (x->bytes != y->bytes)
    return x->bytes < y->bytes ? 1 : -1;
  if (x_life != y_life)
    return x_life < y_life ? 1 : -1;
  return x < y ? -1 : x > y;
}

/* Where @buffer fits among @placed, which are in the order of their offsets: the smallest hole, or
 * behind all that live with it. */
static gsize
find_place (WeftBuffer *const *placed, guint n, const WeftBuffer *buffer)
{
  gsize bytes = aligned (buffer->bytes), end = 0, best = 0, best_bytes = G_MAXSIZE;
  for (guint i = 0; i < n; i++)
    {
      const WeftBuffer *other = placed[i];
      if (other->dies < buffer->born || buffer->dies < other->born)
        continue;
      if (other->offset >= end + bytes && other->offset - end < best_bytes)
        {
          best = end;
          best_bytes = other->offset - end;
        }
      end = MAX (end, other->offset + aligned (other->bytes));
    }
  return best_bytes < G_MAXSIZE ? best : end;
}

static gsize
pack_by_size (WeftBuffer *buffers, guint n)
{
  g_autofree WeftBuffer **sorted = g_new (WeftBuffer *, n), **placed = g_new (WeftBuffer *, n);
  gsize                   top = 0;
  guint                   n_placed = 0;
  for (guint i = 0; i < n; i++)
    sorted[i] = &buffers[i];
  qsort (sorted, n, sizeof *sorted, compare_sizes);
  for (guint i = 0; i < n && sorted[i]->bytes > 0; i++)
    {
      guint at = n_placed;
      sorted[i]->offset = find_place (placed, n_placed, sorted[i]);
      top = MAX (top, sorted[i]->offset + aligned (sorted[i]->bytes));
      for (; at > 0 && placed[at - 1]->offset > sorted[i]->offset; at--)
        placed[at] = placed[at - 1];
      placed[at] = sorted[i];
      n_placed++;
    }
  return top;
}

/* weft_compile_pack:
 * @buffers: in the order of the kernels that they are born at; get their offsets
 * @bound: (out): bytes that live at the same time at most, below which no packing can be
 *
 * Returns: the bytes of the arena.
 */
gsize
weft_compile_pack (WeftBuffer *buffers, guint n, guint n_kernels, gsize *bound)
{
  gsize                  top = pack_in_order (buffers, n, n_kernels, bound), other;
  g_autofree WeftBuffer *copies = NULL;
  if (top == *bound || n > MAX_SORTED)
    return top;
  copies = g_memdup2 (buffers, n * sizeof *buffers);
  other = pack_by_size (copies, n);
  if (other >= top)
    return top;
  memcpy (buffers, copies, n * sizeof *buffers);
  return other;
}
