/* What an exported program needs besides its kernels, as plain loops: this text stands in every
 * exported file.
 *
 * It is C99 with no library but the four functions of <string.h> and <math.h> that it names, and is
 * compiled in the tests only as part of exported files. Arrays are contiguous and in C order unless
 * strides say otherwise; a struct weft_windows says how windows slide over channels-last arrays
 * (batch, a, b, c, channels), as engine/ops/windows.h does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <math.h>
#include <string.h>

#define WEFT_LOCAL static __attribute__ ((unused))

/* ---- Copies ---- */

/* @to, contiguous over dims, becomes what @from holds with these strides, in elements of @size
 * bytes. */
WEFT_LOCAL void
weft_copy (long size, int rank, const long *dims, const long *strides, const char *from, char *to)
{
  long n = 1, i, k;
  int  axis;
  for (axis = 0; axis < rank; axis++)
    n *= dims[axis];
  for (i = 0; i < n; i++)
    {
      long at = 0, rest = i;
      for (axis = rank - 1; axis >= 0; axis--)
        {
          at += rest % dims[axis] * strides[axis];
          rest /= dims[axis];
        }
      for (k = 0; k < size; k++)
        to[i * size + k] = from[at * size + k];
    }
}

/* Joined: @rows times @n bytes of @from go to every @pitch bytes of @to. */
WEFT_LOCAL void
weft_join (long rows, long n, long pitch, const char *from, char *to)
{
  long row;
  for (row = 0; row < rows; row++)
    memcpy (to + row * pitch, from + row * n, (unsigned long) n);
}

/* ---- Products ---- */

/* y = alpha a b + beta c over m x n results; c may be y, or NULL. Steps are in elements: a_i from
 * row to row of a, a_k along it. */
#define WEFT_PRODUCT(name, type, sum_type)                                                       \
  WEFT_LOCAL void name (long m, long n, long k, double alpha, const type *a, long a_i, long a_k, \
                        const type *b, long b_k, long b_j, double beta, const type *c, long c_i, \
                        long c_j, type *y, long y_i)                                             \
  {                                                                                              \
    enum                                                                                         \
    {                                                                                            \
      BLOCK = 64                                                                                 \
    };                                                                                           \
    long i, j, p, first;                                                                         \
    for (i = 0; i < m; i++)                                                                      \
      for (first = 0; first < n; first += BLOCK)                                                 \
        {                                                                                        \
          sum_type sum[BLOCK];                                                                   \
          long     count = n - first < BLOCK ? n - first : BLOCK;                                \
          for (j = 0; j < count; j++)                                                            \
            sum[j] = 0;                                                                          \
          for (p = 0; p < k; p++)                                                                \
            for (j = 0; j < count; j++)                                                          \
              sum[j] +=                                                                          \
                (sum_type) a[i * a_i + p * a_k] * (sum_type) b[p * b_k + (first + j) * b_j];     \
          for (j = 0; j < count; j++)                                                            \
            {                                                                                    \
              sum_type whole = alpha == 1 ? sum[j] : (sum_type) (alpha * (double) sum[j]);       \
              if (c)                                                                             \
                whole += (sum_type) (beta * (double) c[i * c_i + (first + j) * c_j]);            \
              y[i * y_i + first + j] = (type) whole;                                             \
            }                                                                                    \
        }                                                                                        \
  }

WEFT_PRODUCT (weft_product_f32, float, float)
WEFT_PRODUCT (weft_product_f64, double, double)
WEFT_PRODUCT (weft_product_i32, int, unsigned int)
WEFT_PRODUCT (weft_product_i64, long long, unsigned long long)

/* ---- Windows ---- */

struct weft_windows
{
  long batch, in[3], size[3], out[3], stride[3], dilation[3], before[3], channels_in, channels_out,
    groups;
};

/* The element of x (without channels) that output @o of image @image sees through tap @t; -1:
 * padding. */
WEFT_LOCAL long
weft_seen (const struct weft_windows *w, long image, long o, long t)
{
  long at = 0, step = 1;
  int  axis;
  for (axis = 2; axis >= 0; axis--)
    {
      long place = o % w->out[axis] * w->stride[axis] - w->before[axis] +
                   t % w->size[axis] * w->dilation[axis];
      if (place < 0 || place >= w->in[axis])
        return -1;
      at += place * step;
      step *= w->in[axis];
      o /= w->out[axis];
      t /= w->size[axis];
    }
  return image * step + at;
}

#define WEFT_N3(a) ((a)[0] * (a)[1] * (a)[2])

/* x (batch, in, channels_in), w (size, channels_in / groups, channels_out), y (batch, out,
 * channels_out). */
#define WEFT_CONVOLUTIONS(suffix, type)                                                           \
  WEFT_LOCAL void weft_conv_##suffix (const struct weft_windows *w, const type *x, const type *f, \
                                      type *y)                                                    \
  {                                                                                               \
    long outs = WEFT_N3 (w->out), taps = WEFT_N3 (w->size), image, o, t, i, j;                    \
    long gi = w->channels_in / w->groups, gj = w->channels_out / w->groups;                       \
    for (image = 0; image < w->batch; image++)                                                    \
      for (o = 0; o < outs; o++)                                                                  \
        {                                                                                         \
          type *to = y + (image * outs + o) * w->channels_out;                                    \
          for (j = 0; j < w->channels_out; j++)                                                   \
            to[j] = 0;                                                                            \
          for (t = 0; t < taps; t++)                                                              \
            {                                                                                     \
              long at = weft_seen (w, image, o, t);                                               \
              if (at < 0)                                                                         \
                continue;                                                                         \
              for (i = 0; i < w->channels_in; i++)                                                \
                {                                                                                 \
                  const type *row = f + (t * gi + i % gi) * w->channels_out;                      \
                  type        factor = x[at * w->channels_in + i];                                \
                  for (j = i / gi * gj; j < (i / gi + 1) * gj; j++)                               \
                    to[j] += factor * row[j];                                                     \
                }                                                                                 \
            }                                                                                     \
        }                                                                                         \
  }                                                                                               \
  WEFT_LOCAL void weft_conv_input_grad_##suffix (const struct weft_windows *w, const type *g,     \
                                                 const type *f, type *x)                          \
  {                                                                                               \
    long outs = WEFT_N3 (w->out), taps = WEFT_N3 (w->size), image, o, t, i, j;                    \
    long gi = w->channels_in / w->groups, gj = w->channels_out / w->groups;                       \
    memset (x, 0, sizeof (type) * (unsigned long) (w->batch * WEFT_N3 (w->in) * w->channels_in)); \
    for (image = 0; image < w->batch; image++)                                                    \
      for (o = 0; o < outs; o++)                                                                  \
        for (t = 0; t < taps; t++)                                                                \
          {                                                                                       \
            const type *from = g + (image * outs + o) * w->channels_out;                          \
            long        at = weft_seen (w, image, o, t);                                          \
            for (i = 0; at >= 0 && i < w->channels_in; i++)                                       \
              {                                                                                   \
                const type *row = f + (t * gi + i % gi) * w->channels_out;                        \
                type        sum = 0;                                                              \
                for (j = i / gi * gj; j < (i / gi + 1) * gj; j++)                                 \
                  sum += from[j] * row[j];                                                        \
                x[at * w->channels_in + i] += sum;                                                \
              }                                                                                   \
          }                                                                                       \
  }                                                                                               \
  WEFT_LOCAL void weft_conv_weight_grad_##suffix (const struct weft_windows *w, const type *x,    \
                                                  const type *g, type *f)                         \
  {                                                                                               \
    long outs = WEFT_N3 (w->out), taps = WEFT_N3 (w->size), image, o, t, i, j;                    \
    long gi = w->channels_in / w->groups, gj = w->channels_out / w->groups;                       \
    memset (f, 0, sizeof (type) * (unsigned long) (taps * gi * w->channels_out));                 \
    for (image = 0; image < w->batch; image++)                                                    \
      for (o = 0; o < outs; o++)                                                                  \
        for (t = 0; t < taps; t++)                                                                \
          {                                                                                       \
            const type *from = g + (image * outs + o) * w->channels_out;                          \
            long        at = weft_seen (w, image, o, t);                                          \
            for (i = 0; at >= 0 && i < w->channels_in; i++)                                       \
              for (j = i / gi * gj; j < (i / gi + 1) * gj; j++)                                   \
                f[(t * gi + i % gi) * w->channels_out + j] +=                                     \
                  x[at * w->channels_in + i] * from[j];                                           \
          }                                                                                       \
  }                                                                                               \
  /* The largest in each window; NaN wins; the first of equal ones. */                            \
  WEFT_LOCAL long weft_largest_##suffix (const struct weft_windows *w, const type *x, long image, \
                                         long o, long c)                                          \
  {                                                                                               \
    long taps = WEFT_N3 (w->size), best = -1, t;                                                  \
    for (t = 0; t < taps; t++)                                                                    \
      {                                                                                           \
        long at = weft_seen (w, image, o, t);                                                     \
        if (at < 0)                                                                               \
          continue;                                                                               \
        at = at * w->channels_in + c;                                                             \
        if (best < 0 || (x[best] == x[best] && !(x[at] <= x[best])))                              \
          best = at;                                                                              \
      }                                                                                           \
    return best;                                                                                  \
  }                                                                                               \
  WEFT_LOCAL void weft_max_pool_##suffix (const struct weft_windows *w, const type *x, type *y)   \
  {                                                                                               \
    long outs = WEFT_N3 (w->out), image, o, c;                                                    \
    for (image = 0; image < w->batch; image++)                                                    \
      for (o = 0; o < outs; o++)                                                                  \
        for (c = 0; c < w->channels_in; c++)                                                      \
          {                                                                                       \
            long best = weft_largest_##suffix (w, x, image, o, c);                                \
            y[(image * outs + o) * w->channels_in + c] = best >= 0 ? x[best] : (type) -HUGE_VAL;  \
          }                                                                                       \
  }                                                                                               \
  WEFT_LOCAL void weft_max_pool_grad_##suffix (const struct weft_windows *w, const type *x,       \
                                               const type *g, type *y)                            \
  {                                                                                               \
    long outs = WEFT_N3 (w->out), taps = WEFT_N3 (w->size), image, o, c, t;                       \
    if (y != x) /* else each element is in one window */                                          \
      memset (y, 0,                                                                               \
              sizeof (type) * (unsigned long) (w->batch * WEFT_N3 (w->in) * w->channels_in));     \
    for (image = 0; image < w->batch; image++)                                                    \
      for (o = 0; o < outs; o++)                                                                  \
        for (c = 0; c < w->channels_in; c++)                                                      \
          {                                                                                       \
            long best = weft_largest_##suffix (w, x, image, o, c);                                \
            for (t = 0; y == x && t < taps; t++)                                                  \
              y[weft_seen (w, image, o, t) * w->channels_in + c] = 0;                             \
            if (best >= 0)                                                                        \
              y[best] += g[(image * outs + o) * w->channels_in + c];                              \
          }                                                                                       \
  }

WEFT_CONVOLUTIONS (f32, float)
WEFT_CONVOLUTIONS (f64, double)

/* ---- Parts ---- */

/* One axis of an indexed array: from @start in steps of @step, or where @array (contiguous over the
 * @array_rank last of the arrays' common dims, dims of 1 repeat) says. */
struct weft_axis
{
  int         kind; /* 0: one place, 1: a slice, 2: an array */
  long        start, step, size, stride;
  int         wide; /* the array is of long long, else of int */
  const void *array;
  const long *array_strides; /* over the common dims */
};

/* Which element of the indexed array element @i of the part, over dims, is; -1: outside. from[d]:
 * which axis of the array part axis d runs along; -1: none; -2 - j: dim j of the index arrays. */
WEFT_LOCAL long
weft_place (
  long i, int rank, const long *dims, const int *from, int n_axes, const struct weft_axis *axes)
{
  long place = 0, at[16];
  int  d, a;
  for (d = rank - 1; d >= 0; d--)
    {
      at[d] = i % dims[d];
      i /= dims[d];
    }
  for (a = 0; a < n_axes; a++)
    {
      long where = axes[a].start;
      if (axes[a].kind == 2)
        {
          long flat = 0;
          for (d = 0; d < rank; d++)
            if (from[d] <= -2)
              flat += at[d] * axes[a].array_strides[-2 - from[d]];
          where = axes[a].wide ? (long) ((const long long *) axes[a].array)[flat]
                               : ((const int *) axes[a].array)[flat];
          where += where < 0 ? axes[a].size : 0;
          if (where < 0 || where >= axes[a].size)
            return -1;
        }
      for (d = 0; d < rank; d++)
        if (from[d] == a)
          where += at[d] * axes[a].step;
      place += where * axes[a].stride;
    }
  return place;
}

WEFT_LOCAL long
weft_count (int rank, const long *dims)
{
  long n = 1;
  int  d;
  for (d = 0; d < rank; d++)
    n *= dims[d];
  return n;
}

/* y takes elements of @size bytes of x. Returns 0, or 1 where a place is outside its axis. */
WEFT_LOCAL int
weft_getitem (long                    size,
              int                     rank,
              const long             *dims,
              const int              *from,
              int                     n_axes,
              const struct weft_axis *axes,
              const char             *x,
              char                   *y)
{
  long n = weft_count (rank, dims), i, place;
  for (i = 0; i < n; i++)
    {
      place = weft_place (i, rank, dims, from, n_axes, axes);
      if (place < 0)
        return 1;
      memcpy (y + i * size, x + place * size, (unsigned long) size);
    }
  return 0;
}

/* y, @total elements, is 0 but for x added at its places. */
#define WEFT_INDEX_ADD(suffix, type)                                                               \
  WEFT_LOCAL int weft_index_add_##suffix (long total, int rank, const long *dims, const int *from, \
                                          int n_axes, const struct weft_axis *axes, const type *x, \
                                          type *y)                                                 \
  {                                                                                                \
    long n = weft_count (rank, dims), i, place;                                                    \
    memset (y, 0, sizeof (type) * (unsigned long) total);                                          \
    for (i = 0; i < n; i++)                                                                        \
      {                                                                                            \
        place = weft_place (i, rank, dims, from, n_axes, axes);                                    \
        if (place < 0)                                                                             \
          return 1;                                                                                \
        y[place] += x[i];                                                                          \
      }                                                                                            \
    return 0;                                                                                      \
  }
WEFT_INDEX_ADD (f32, float)
WEFT_INDEX_ADD (f64, double)

/* The share of @rows of @n scores whose largest, or of a single score whether it is above
 * @threshold, is the label. */
#define WEFT_ACCURACY(suffix, type)                                                           \
  WEFT_LOCAL void weft_accuracy_##suffix (long rows, long n, double threshold, const type *x, \
                                          int wide, const void *labels, float *y)             \
  {                                                                                           \
    long row, j, hits = 0;                                                                    \
    for (row = 0; row < rows; row++)                                                          \
      {                                                                                       \
        long best = 0, label = wide ? (long) ((const long long *) labels)[row]                \
                                    : ((const int *) labels)[row];                            \
        for (j = 1; j < n; j++)                                                               \
          if (x[row * n + j] > x[row * n + best])                                             \
            best = j;                                                                         \
        hits += n == 1 ? (x[row] > threshold) == (label > 0) : best == label;                 \
      }                                                                                       \
    *y = rows > 0 ? (float) ((double) hits / (double) rows) : 0.0f;                           \
  }
WEFT_ACCURACY (f32, float)
WEFT_ACCURACY (f64, double)

/* ---- Reductions ---- */

/* x is (outer, n, inner) with these strides, y (outer, inner). */
#define WEFT_REDUCE(name, type, start, step, finish)                            \
  WEFT_LOCAL void name (long outer, long n, long inner, const type *x, type *y) \
  {                                                                             \
    long o, i, k;                                                               \
    for (o = 0; o < outer; o++)                                                 \
      for (k = 0; k < inner; k++)                                               \
        {                                                                       \
          double sum = start;                                                   \
          for (i = 0; i < n; i++)                                               \
            {                                                                   \
              double v = (double) x[(o * n + i) * inner + k];                   \
              sum = step;                                                       \
            }                                                                   \
          y[o * inner + k] = (type) (finish);                                   \
        }                                                                       \
  }
#define WEFT_REDUCTIONS(suffix, type)                                                       \
  WEFT_REDUCE (weft_reduce_sum_##suffix, type, 0, sum + v, sum)                             \
  WEFT_REDUCE (weft_reduce_mean_##suffix, type, 0, sum + v, sum / (double) n)               \
  WEFT_REDUCE (weft_reduce_prod_##suffix, type, 1, sum *v, sum)                             \
  WEFT_REDUCE (weft_reduce_max_##suffix, type, -HUGE_VAL, v > sum || v != v ? v : sum, sum) \
  WEFT_REDUCE (weft_reduce_min_##suffix, type, HUGE_VAL, v < sum || v != v ? v : sum, sum)
WEFT_REDUCTIONS (f32, float)
WEFT_REDUCTIONS (f64, double)

/* ---- Loops ---- */

/* What becomes of one result of a loop's body. */
struct weft_result
{
  int   output, copied, in_place;
  int   state; /* that it is next; -1: none */
  long  bytes, ring_rows, ring_offset;
  char *rows, *last; /* where row 0 goes, where the final value goes; NULL: nowhere */
};

/* Runs @body once a row. @in: n_sequences rows, n_states states, then constants; @out: where a
 * row's results go, which the body may move;
 * @result_of: where result i lies after a run. Returns 0, or what the body returned. */
WEFT_LOCAL int
weft_loop (long                n_rows,
           int                 backwards,
           int                 n_sequences,
           const long         *advances,
           int                 n_states,
           int                 n_results,
           struct weft_result *results,
           int                 until,
           long long          *count,
           char               *workspace,
           char              **in,
           char              **out,
           char              **next,
           int (*body) (char **in, char **out, char *workspace, char **made),
           char **made)
{
  long k, missing;
  int  i, stop = 0, bad;
  for (i = 0; backwards && i < n_sequences; i++)
    in[i] += (n_rows - 1) * advances[i];
  for (i = 0; i < n_results; i++)
    if (results[i].in_place)
      {
        char *place =
          results[i].ring_rows > 0 ? workspace + results[i].ring_offset : results[i].last;
        char *initial = in[n_sequences + results[i].state];
        if (place != initial)
          memcpy (place, initial, (unsigned long) results[i].bytes);
        in[n_sequences + results[i].state] = place;
      }
  for (k = 0; k < n_rows && !stop; k++)
    {
      long row = backwards ? n_rows - 1 - k : k;
      for (i = 0; i < n_results; i++)
        if (results[i].rows)
          out[i] = results[i].rows + row * results[i].bytes;
        else if (results[i].ring_rows > 0 && !results[i].in_place)
          out[i] = workspace + results[i].ring_offset +
                   k % results[i].ring_rows * ((results[i].bytes + 63) / 64 * 64);
      bad = body (in, out, workspace, made);
      if (bad)
        return bad;
      for (i = 0; i < n_results; i++)
        {
          char *from = made[i];
          if (i == until)
            stop = *from != 0;
          if (results[i].rows || (results[i].copied && results[i].ring_rows > 0))
            {
              if (out[i] != from)
                memcpy (out[i], from, (unsigned long) results[i].bytes);
              from = out[i];
            }
          if (results[i].state >= 0)
            next[results[i].state] = from;
        }
      for (i = 0; i < n_states; i++)
        in[n_sequences + i] = next[i];
      for (i = 0; i < n_sequences; i++)
        in[i] += backwards ? -advances[i] : advances[i];
    }
  for (i = 0; i < n_results; i++)
    {
      if (results[i].last && results[i].last != in[n_sequences + results[i].state])
        memcpy (results[i].last, in[n_sequences + results[i].state],
                (unsigned long) results[i].bytes);
      missing = n_rows - k;
      if (results[i].rows && missing > 0)
        memset (results[i].rows + (backwards ? 0 : k) * results[i].bytes, 0,
                (unsigned long) (missing * results[i].bytes));
    }
  if (count)
    *count = k;
  return 0;
}
