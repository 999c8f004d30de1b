/* One curve of a run: every point is kept, and any range of it is summed up in time that follows
 * the logarithm of its length.
 *
 * Above the points stands a pyramid: entry i of level k has the least and the greatest of the
 * points i * 4^(k+1) and the 4^(k+1) - 1 behind it.
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

struct _WeftSeries
{
  GArray *x, *y, *smooth;     /* double */
  GArray *levels[MAX_LEVELS]; /* of Span; NULL: not needed yet */
  double  weight;
  double  sum, norm; /* of the running mean, up to the last point */
  GArray *gaps;      /* of Gap */
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
  series->x = g_array_new (FALSE, FALSE, sizeof (double));
  series->y = g_array_new (FALSE, FALSE, sizeof (double));
  series->smooth = g_array_new (FALSE, FALSE, sizeof (double));
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
  g_array_unref (series->x);
  g_array_unref (series->y);
  g_array_unref (series->smooth);
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
  g_array_set_size (series->x, 0);
  g_array_set_size (series->y, 0);
  g_array_set_size (series->smooth, 0);
  for (guint level = 0; level < MAX_LEVELS; level++)
    g_clear_pointer (&series->levels[level], g_array_unref);
  series->sum = series->norm = 0;
  g_array_set_size (series->gaps, 0);
}

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

/* The mean without the bias of its start: the weights of what was seen add up to one. */
static double
smooth_next (WeftSeries *series, double y)
{
  if (!isfinite (y))
    return NAN;
  series->sum = series->weight * series->sum + (1 - series->weight) * y;
  series->norm = series->weight * series->norm + (1 - series->weight);
  return series->sum / series->norm;
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
  guint  index = series->y->len;
  double smooth = smooth_next (series, y);
  g_array_append_val (series->x, x);
  g_array_append_val (series->y, y);
  g_array_append_val (series->smooth, smooth);
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
  return series->y->len;
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
  *from = g_array_index (series->x, double, gap->first);
  *to = g_array_index (series->x, double, gap->last);
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
  g_return_val_if_fail (index < series->x->len, 0);
  return g_array_index (series->x, double, index);
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
  g_return_val_if_fail (index < series->y->len, NAN);
  return g_array_index (series->y, double, index);
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
  guint low = 0, high = series->x->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (series->x, double, middle) < x)
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
  guint64 at = begin, stop = MIN (end, series->y->len);
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
          double y = g_array_index (series->y, double, at);
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
 * @weight: of the past in the running mean, [0, 1)
 *
 * Takes the mean of all points anew.
 */
void
weft_series_set_smoothing (WeftSeries *series, double weight)
{
  g_return_if_fail (weight >= 0 && weight < 1);
  if (series->weight == weight)
    return;
  series->weight = weight;
  series->sum = series->norm = 0;
  for (guint i = 0; i < series->y->len; i++)
    g_array_index (series->smooth, double, i) =
      smooth_next (series, g_array_index (series->y, double, i));
}

/**
 * weft_series_smooth:
 * @series: a series
 * @index: less than weft_series_n()
 *
 * Returns: the running mean at the point; NaN in a gap
 */
double
weft_series_smooth (const WeftSeries *series, guint index)
{
  g_return_val_if_fail (index < series->smooth->len, NAN);
  return g_array_index (series->smooth, double, index);
}
