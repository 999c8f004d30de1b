/* One curve of a run: every point is kept, and any range of it is summed up in time that follows
 * the logarithm of its length.
 *
 * Above the points stands a pyramid: entry i of level k has the least and the greatest of the
 * points i * 4^(k+1) and the 4^(k+1) - 1 behind it. Of the running mean only where it stands at
 * each 64th point is kept; what lies between is taken again when it is asked for.
 *
 * Most curves have a value of single precision at each step: then a point takes four bytes, and its
 * place none. The first point that does not fit makes the series keep all of them whole.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/series.h"

#include <math.h>

#define FAN_OUT_LOG2 2
#define FAN_OUT (1u << FAN_OUT_LOG2)
#define MAX_LEVELS 16

typedef struct
{
  float minimum, maximum;
} Span;

/* Points first..last are not finite. */
typedef struct
{
  guint first, last;
} Gap;

static const Span EMPTY = { INFINITY, -INFINITY };

/* The running mean after a point: sum / norm. */
typedef struct
{
  double sum, norm, x;
} Mean;

/* So many points share one kept mean. */
#define MEAN_STRIDE 64

/* Beyond so many deviations a bell weighs nothing one could see: exp (-4.5). */
#define BELL_REACH 3.0
/* A bell is taken of so many blocks of points at most; within one its weight changes by less than a
 * hundredth of its height. */
#define BELL_BLOCKS 192

struct _WeftSeries
{
  GArray       *x;      /* double; NULL: point i stands at first_x + i * unit */
  GArray       *y;      /* double; NULL: narrow holds the values */
  GArray       *narrow; /* float, as long as that says them exactly */
  double        first_x, unit;
  guint         n;
  GArray       *means;              /* of Mean: before the points 0, 64, 128... */
  GArray       *levels[MAX_LEVELS]; /* of Span; NULL: not needed yet */
  GArray       *gaps;               /* of Gap */
  WeftSmoothing smoothing;
  double        weight;
  Mean          mean; /* after the last point */
};

/**
 * weft_series_new:
 *
 * Returns: (transfer full): a series without points and without smoothing
 */
WeftSeries *
weft_series_new (void)
{
  WeftSeries *series = g_new0 (WeftSeries, 1);
  series->narrow = g_array_new (FALSE, FALSE, sizeof (float));
  series->means = g_array_new (FALSE, FALSE, sizeof (Mean));
  series->gaps = g_array_new (FALSE, FALSE, sizeof (Gap));
  return series;
}

/**
 * weft_series_free:
 * @series: (nullable) (transfer full): a series
 */
void
weft_series_free (WeftSeries *series)
{
  if (series == NULL)
    return;
  g_clear_pointer (&series->x, g_array_unref);
  g_clear_pointer (&series->y, g_array_unref);
  g_array_unref (series->narrow);
  g_array_unref (series->means);
  g_array_unref (series->gaps);
  for (guint level = 0; level < MAX_LEVELS; level++)
    g_clear_pointer (&series->levels[level], g_array_unref);
  g_free (series);
}

/**
 * weft_series_clear:
 * @series: a series
 *
 * Takes all points away; the smoothing stays.
 */
void
weft_series_clear (WeftSeries *series)
{
  g_clear_pointer (&series->x, g_array_unref);
  g_clear_pointer (&series->y, g_array_unref);
  g_array_set_size (series->narrow, 0);
  series->n = 0;
  g_array_set_size (series->means, 0);
  for (guint level = 0; level < MAX_LEVELS; level++)
    g_clear_pointer (&series->levels[level], g_array_unref);
  series->mean = (Mean){ 0 };
  g_array_set_size (series->gaps, 0);
}

/* ---- Points ---- */

static inline double
get_x (const WeftSeries *series, guint index)
{
  return series->x != NULL ? g_array_index (series->x, double, index)
                           : series->first_x + index * series->unit;
}

static inline double
get_y (const WeftSeries *series, guint index)
{
  return series->y != NULL ? g_array_index (series->y, double, index)
                           : (double) g_array_index (series->narrow, float, index);
}

static void
append_x (WeftSeries *series, double x)
{
  if (series->n == 0)
    series->first_x = x;
  else if (series->n == 1)
    series->unit = x - series->first_x;
  if (series->x == NULL && get_x (series, series->n) == x)
    return;
  if (series->x == NULL)
    {
      GArray *all = g_array_sized_new (FALSE, FALSE, sizeof (double), 2 * series->n);
      for (guint i = 0; i < series->n; i++)
        {
          double known = get_x (series, i);
          g_array_append_val (all, known);
        }
      series->x = all;
    }
  g_array_append_val (series->x, x);
}

static void
append_y (WeftSeries *series, double y)
{
  float narrow = (float) y;
  if (series->y == NULL && ((double) narrow == y || !isfinite (y)))
    {
      g_array_append_val (series->narrow, narrow);
      return;
    }
  if (series->y == NULL)
    {
      GArray *all = g_array_sized_new (FALSE, FALSE, sizeof (double), 2 * series->n + 1);
      for (guint i = 0; i < series->n; i++)
        {
          double known = get_y (series, i);
          g_array_append_val (all, known);
        }
      series->y = all;
      g_array_unref (series->narrow);
      series->narrow = g_array_new (FALSE, FALSE, sizeof (float));
    }
  g_array_append_val (series->y, y);
}

/* ---- The pyramid, the mean ---- */

static void
widen (Span *span, float low, float high)
{
  span->minimum = MIN (span->minimum, low);
  span->maximum = MAX (span->maximum, high);
}

/* A new level begins with what stands below it. */
static GArray *
new_level (GArray *below)
{
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (Span));
  Span    first = EMPTY;
  for (guint i = 0; below != NULL && i < below->len; i++)
    {
      Span *part = &g_array_index (below, Span, i);
      widen (&first, part->minimum, part->maximum);
    }
  g_array_append_val (spans, first);
  return spans;
}

static void
widen_pyramid (WeftSeries *series, guint index, double y)
{
  for (guint level = 0; level < MAX_LEVELS; level++)
    {
      guint at = (guint) ((guint64) index >> (FAN_OUT_LOG2 * (level + 1)));
      if (series->levels[level] == NULL)
        series->levels[level] = new_level (level == 0 ? NULL : series->levels[level - 1]);
      GArray *spans = series->levels[level];
      if (at >= spans->len)
        g_array_append_val (spans, EMPTY);
      if (isfinite (y))
        widen (&g_array_index (spans, Span, at), (float) y, (float) y);
      if (at == 0)
        return;
    }
}

/* The distance over which the past loses the weight once: that of the first two points, so that a
 * curve of every step and one of every tenth are smoothed alike, and the beginning of a run looks
 * the same however long it grows. */
static double
get_unit (const WeftSeries *series)
{
  double unit = series->n > 1 ? get_x (series, 1) - get_x (series, 0) : 0;
  return unit > 0 ? unit : 1;
}

/* What a point weighs falls with its distance, not with the number of points between; and since the
 * weights are summed up too, the start has no bias. */
static double
mean_next (const WeftSeries *series, Mean *mean, double x, double y)
{
  if (!isfinite (y))
    return NAN;
  if (mean->norm > 0)
    {
      double unit = get_unit (series), apart = x - mean->x;
      double decay = apart == unit ? series->weight : pow (series->weight, apart / unit);
      mean->sum *= decay;
      mean->norm *= decay;
    }
  mean->sum += y;
  mean->norm += 1;
  mean->x = x;
  return mean->sum / mean->norm;
}

static void
take_mean (WeftSeries *series, guint index)
{
  if (index % MEAN_STRIDE == 0)
    g_array_append_val (series->means, series->mean);
  mean_next (series, &series->mean, get_x (series, index), get_y (series, index));
}

static void
add_gap (WeftSeries *series, guint index)
{
  if (series->gaps->len > 0)
    {
      Gap *last = &g_array_index (series->gaps, Gap, series->gaps->len - 1);
      if (last->last + 1 == index)
        {
          last->last = index;
          return;
        }
    }
  Gap gap = { index, index };
  g_array_append_val (series->gaps, gap);
}

/**
 * weft_series_append:
 * @series: a series
 * @x: where; not less than the last point's
 * @y: the value; not finite: a gap
 */
void
weft_series_append (WeftSeries *series, double x, double y)
{
  guint index = series->n;
  append_x (series, x);
  append_y (series, y);
  series->n++;
  take_mean (series, index);
  if (!isfinite (y))
    add_gap (series, index);
  widen_pyramid (series, index, y);
}

/**
 * weft_series_n:
 * @series: a series
 *
 * Returns: how many points it has, gaps counted
 */
guint
weft_series_n (const WeftSeries *series)
{
  return series->n;
}

/**
 * weft_series_n_gaps:
 * @series: a series
 *
 * Returns: in how many places it is not finite
 */
guint
weft_series_n_gaps (const WeftSeries *series)
{
  return series->gaps->len;
}

/**
 * weft_series_gap:
 * @series: a series
 * @index: less than weft_series_n_gaps()
 * @from: (out): where the first point stands that is not finite
 * @to: (out): where the last of them stands
 */
void
weft_series_gap (const WeftSeries *series, guint index, double *from, double *to)
{
  g_return_if_fail (index < series->gaps->len);
  const Gap *gap = &g_array_index (series->gaps, Gap, index);
  *from = get_x (series, gap->first);
  *to = get_x (series, gap->last);
}

/**
 * weft_series_x:
 * @series: a series
 * @index: less than weft_series_n()
 *
 * Returns: where the point stands
 */
double
weft_series_x (const WeftSeries *series, guint index)
{
  g_return_val_if_fail (index < series->n, 0);
  return get_x (series, index);
}

/**
 * weft_series_y:
 * @series: a series
 * @index: less than weft_series_n()
 *
 * Returns: the point's value as it was measured
 */
double
weft_series_y (const WeftSeries *series, guint index)
{
  g_return_val_if_fail (index < series->n, NAN);
  return get_y (series, index);
}

/**
 * weft_series_find:
 * @series: a series
 * @x: where
 *
 * Returns: the index of the first point at @x or right of it; weft_series_n() if there is none
 */
guint
weft_series_find (const WeftSeries *series, double x)
{
  guint low = 0, high = series->n;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (get_x (series, middle) < x)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/**
 * weft_series_range:
 * @series: a series
 * @begin: first point
 * @end: one past the last point
 * @minimum: (out): least finite value
 * @maximum: (out): greatest finite value
 *
 * Time follows the logarithm of the number of points. Values are rounded to single precision.
 *
 * Returns: FALSE if there is no finite value in the range
 */
gboolean
weft_series_range (
  const WeftSeries *series, guint begin, guint end, double *minimum, double *maximum)
{
  Span    span = EMPTY;
  guint64 at = begin, stop = MIN (end, series->n);
  while (at < stop)
    {
      guint level = 0;
      while (level < MAX_LEVELS && series->levels[level] != NULL)
        {
          guint64 width = 1ull << (FAN_OUT_LOG2 * (level + 1));
          if (at % width != 0 || at + width > stop)
            break;
          level++;
        }
      if (level == 0)
        {
          double y = get_y (series, (guint) at);
          if (isfinite (y))
            widen (&span, (float) y, (float) y);
          at++;
          continue;
        }
      guint shift = FAN_OUT_LOG2 * level;
      Span *part = &g_array_index (series->levels[level - 1], Span, at >> shift);
      widen (&span, part->minimum, part->maximum);
      at += 1ull << shift;
    }
  *minimum = span.minimum;
  *maximum = span.maximum;
  return span.minimum <= span.maximum;
}

/**
 * weft_series_set_smoothing:
 * @series: a series
 * @smoothing: how
 * @weight: [0, 1). Of a running mean: what the past keeps over the distance of two points. A bell
 * is as wide as the mean reaches back: its deviation is @weight / (1 - @weight) points.
 */
void
weft_series_set_smoothing (WeftSeries *series, WeftSmoothing smoothing, double weight)
{
  g_return_if_fail (weight >= 0 && weight < 1);
  series->smoothing = smoothing;
  if (series->weight == weight)
    return;
  series->weight = weight;
  series->mean = (Mean){ 0 };
  g_array_set_size (series->means, 0);
  for (guint i = 0; i < series->n; i++)
    take_mean (series, i);
}

static double
mean_at (const WeftSeries *series, guint index)
{
  Mean   mean = g_array_index (series->means, Mean, index / MEAN_STRIDE);
  double y = NAN;
  for (guint i = index - index % MEAN_STRIDE; i <= index; i++)
    y = mean_next (series, &mean, get_x (series, i), get_y (series, i));
  return y;
}

static double
bell_at (const WeftSeries *series, guint index)
{
  double deviation = series->weight / (1 - series->weight) * get_unit (series);
  double middle = get_x (series, index), sum = 0, norm = 0;
  if (deviation <= 0 || !isfinite (get_y (series, index)))
    return get_y (series, index);
  guint begin = weft_series_find (series, middle - BELL_REACH * deviation);
  guint end = weft_series_find (series, nextafter (middle + BELL_REACH * deviation, INFINITY));
  guint block = MAX (1, (end - begin) / BELL_BLOCKS);
  for (guint first = begin; first < end; first += block)
    {
      guint  n = 0, last = MIN (first + block, end);
      double of_x = 0, of_y = 0;
      for (guint i = first; i < last; i++)
        if (isfinite (get_y (series, i)))
          n++, of_x += get_x (series, i), of_y += get_y (series, i);
      if (n == 0)
        continue;
      double apart = (of_x / n - middle) / deviation;
      double weight = exp (-0.5 * apart * apart);
      sum += weight * of_y;
      norm += weight * n;
    }
  return sum / norm;
}

/**
 * weft_series_smooth:
 * @series: a series
 * @index: less than weft_series_n()
 *
 * Returns: the smoothed value at the point, taken from all points; NaN in a gap
 */
double
weft_series_smooth (const WeftSeries *series, guint index)
{
  g_return_val_if_fail (index < series->n, NAN);
  return series->smoothing == WEFT_SMOOTHING_BELL ? bell_at (series, index)
                                                  : mean_at (series, index);
}
