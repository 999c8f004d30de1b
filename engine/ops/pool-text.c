/* Pooling and patches on a device: a thread an element of the result, which looks through its
 * window or, backwards, asks the windows that see it, in the order in which the CPU adds them.
 *
 * Where windows share nothing and leave nothing out, the gradient of max_pool has a thread a
 * window: so it may lie over x.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/pool-text.h"

#define D "%" G_GINT64_FORMAT

typedef struct
{
  const WeftKernelCall *call;
  const WeftWindows    *w;
  gint64                channels;
  gboolean              apart, count_padding;
  WeftThreadText       *text;
} Pool;

/* c, o0, o1, o2 and b of element @number over @dims and the channels. */
static void
write_place (const Pool *pool, const char *number, char name, const gint64 *dims)
{
  weft_thread_line (pool->text, "const int c = %s %% " D ";", number, pool->channels);
  weft_thread_line (pool->text, "const int %c2 = %s / " D " %% " D ";", name, number,
                    pool->channels, dims[2]);
  weft_thread_line (pool->text, "const int %c1 = %s / " D " %% " D ";", name, number,
                    pool->channels * dims[2], dims[1]);
  weft_thread_line (pool->text, "const int %c0 = %s / " D " %% " D ";", name, number,
                    pool->channels * dims[2] * dims[1], dims[0]);
  weft_thread_line (pool->text, "const long long b = %s / " D ";", number,
                    pool->channels * dims[2] * dims[1] * dims[0]);
}

/* Loops over the taps that see an element of x, number at, from output o0, o1, o2. */
static void
open_taps (const Pool *pool)
{
  const WeftWindows *w = pool->w;

  for (guint k = 0; k < WEFT_WINDOW_AXES; k++)
    {
      weft_thread_line (pool->text, "for (int t%u = 0; t%u < " D "; t%u++)", k, k, w->size[k], k);
      weft_thread_line (pool->text, "  {");
      weft_thread_line (pool->text, "const int a%u = o%u * " D " - " D " + t%u * " D ";", k, k,
                        w->stride[k], w->before[k], k, w->dilation[k]);
      weft_thread_line (pool->text, "if (a%u < 0 || a%u >= " D ")", k, k, w->in[k]);
      weft_thread_line (pool->text, "  continue;");
    }
  weft_thread_line (pool->text,
                    "const long long at = (((b * " D " + a0) * " D " + a1) * " D " + a2) * " D
                    " + c;",
                    w->in[0], w->in[1], w->in[2], pool->channels);
}

static void
close_taps (const Pool *pool)
{
  weft_thread_line (pool->text, "  }}}");
}

/* The first largest element of a window: best, -1 where there is none, and top. */
static void
write_largest (const Pool *pool)
{
  weft_thread_line (pool->text, "long long best = -1;");
  weft_thread_line (pool->text, "R top = 0;");
  open_taps (pool);
  weft_thread_line (pool->text, "const R x = in0[at];");
  weft_thread_line (pool->text, "if (best < 0 || x > top || (x != x && top == top))");
  weft_thread_line (pool->text, "  best = at, top = x;");
  close_taps (pool);
}

/* n: how many elements a window's mean is of. */
static void
write_count (const Pool *pool)
{
  if (pool->apart || pool->count_padding)
    {
      weft_thread_line (pool->text, "const int n = " D ";", weft_windows_n_taps (pool->w));
      return;
    }
  weft_thread_line (pool->text, "int n = 0;");
  open_taps (pool);
  weft_thread_line (pool->text, "n += at >= 0;");
  close_taps (pool);
}

static const char *
share_text (const Pool *pool)
{
  return pool->apart ? "(R) 1 / (R) n" : "n > 0 ? (R) (1.0 / n) : (R) 0";
}

/* ---- Forwards ---- */

static void
write_mean (const Pool *pool)
{
  write_count (pool);
  weft_thread_line (pool->text, "const R share = %s;", share_text (pool));
  weft_thread_line (pool->text, "R sum = 0;");
  open_taps (pool);
  weft_thread_line (pool->text, pool->apart ? "sum += in0[at];" : "sum += in0[at] * share;");
  close_taps (pool);
  weft_thread_line (pool->text, pool->apart ? "out0[i] = sum * share;" : "out0[i] = sum;");
}

static void
write_patch (const Pool *pool)
{
  const gint64 *size = pool->w->size;
  gint64        n_taps = weft_windows_n_taps (pool->w);

  weft_thread_line (pool->text, "const int tap = i / " D " %% " D ";", pool->channels, n_taps);
  weft_thread_line (pool->text,
                    "const int s0 = tap / " D ", s1 = tap / " D " %% " D ", s2 = tap %% " D ";",
                    size[1] * size[2], size[2], size[1], size[2]);
  weft_thread_line (pool->text, "const auto k = i / " D " * " D " + i %% " D ";",
                    pool->channels * n_taps, pool->channels, pool->channels);
  write_place (pool, "k", 'o', pool->w->out);
  weft_thread_line (pool->text, "R v = 0;");
  open_taps (pool);
  weft_thread_line (pool->text, "if (t0 == s0 && t1 == s1 && t2 == s2)");
  weft_thread_line (pool->text, "  v = in0[at];");
  close_taps (pool);
  weft_thread_line (pool->text, "out0[i] = v;");
}

static void
write_forwards (const Pool *pool)
{
  if (pool->call->op->id == WEFT_OP_IM2COL)
    {
      write_patch (pool);
      return;
    }
  write_place (pool, "i", 'o', pool->w->out);
  if (pool->call->op->id == WEFT_OP_AVG_POOL)
    {
      write_mean (pool);
      return;
    }
  write_largest (pool);
  if (pool->call->op->id == WEFT_OP_MAX_POOL)
    weft_thread_line (pool->text, "out0[i] = best < 0 ? (R) -__builtin_inf () : top;");
  else
    weft_thread_line (pool->text, "out0[i] = best < 0 ? (R) 0 : in1[best];");
}

/* ---- Backwards ---- */

/* A window that has its elements to itself: all become 0, but the largest. */
static void
write_window (const Pool *pool)
{
  write_place (pool, "i", 'o', pool->w->out);
  write_largest (pool);
  weft_thread_line (pool->text, "const R g = in1[i];");
  open_taps (pool);
  weft_thread_line (pool->text, "out0[at] = at == best ? g : (R) 0;");
  close_taps (pool);
}

/* Loops over the windows that see element i, number o, and the tap s0, s1, s2 that they see it
 * through. */
static void
open_windows (const Pool *pool)
{
  const WeftWindows *w = pool->w;

  write_place (pool, "i", 'e', w->in);
  weft_thread_line (pool->text, "R sum = 0;");
  for (guint k = 0; k < WEFT_WINDOW_AXES; k++)
    {
      weft_thread_line (pool->text, "for (int s%u = " D "; s%u >= 0; s%u--)", k, w->size[k] - 1, k,
                        k);
      weft_thread_line (pool->text, "  {");
      weft_thread_line (pool->text, "const int f%u = e%u + " D " - s%u * " D ", o%u = f%u / " D ";",
                        k, k, w->before[k], k, w->dilation[k], k, k, w->stride[k]);
      weft_thread_line (pool->text, "if (f%u < 0 || f%u %% " D " != 0 || o%u >= " D ")", k, k,
                        w->stride[k], k, w->out[k]);
      weft_thread_line (pool->text, "  continue;");
    }
  weft_thread_line (pool->text, "const long long o = ((b * " D " + o0) * " D " + o1) * " D " + o2;",
                    w->out[0], w->out[1], w->out[2]);
}

static void
write_backwards (const Pool *pool)
{
  open_windows (pool);
  if (pool->call->op->id == WEFT_OP_MAX_POOL_GRAD)
    {
      write_largest (pool);
      weft_thread_line (pool->text, "if (best == i)");
      weft_thread_line (pool->text, "  sum += in1[o * " D " + c];", pool->channels);
    }
  else if (pool->call->op->id == WEFT_OP_AVG_POOL_GRAD)
    {
      write_count (pool);
      weft_thread_line (pool->text, "sum += in0[o * " D " + c] * (%s);", pool->channels,
                        share_text (pool));
    }
  else
    weft_thread_line (pool->text,
                      "sum += in0[(o * " D " + (s0 * " D " + s1) * " D " + s2) * " D " + c];",
                      weft_windows_n_taps (pool->w), pool->w->size[1], pool->w->size[2],
                      pool->channels);
  weft_thread_line (pool->text, "  }}}");
  weft_thread_line (pool->text, "out0[i] = sum;");
}

void
weft_pool_text (const WeftKernelCall *call,
                const WeftWindows    *windows,
                gint64                channels,
                gboolean              apart,
                gboolean              covers,
                gboolean              count_padding,
                WeftThreadText       *text)
{
  Pool pool = { call, windows, channels, apart, count_padding, text };

  text->n = weft_product (call->out_shape[0], call->out_rank[0]);
  if (text->n == 0)
    return;
  if (call->op->id == WEFT_OP_MAX_POOL_GRAD && apart && covers)
    {
      text->n = weft_product (call->in_shapes[1], call->in_ranks[1]);
      write_window (&pool);
    }
  else if (call->op->id == WEFT_OP_MAX_POOL_GRAD || call->op->id == WEFT_OP_AVG_POOL_GRAD ||
           call->op->id == WEFT_OP_COL2IM)
    write_backwards (&pool);
  else
    write_forwards (&pool);
}
