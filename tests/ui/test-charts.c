/* Curves: what a series keeps, where an axis has its marks, how numbers are written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/axis.h"
#include "ui/draw/format.h"
#include "ui/curves/series.h"

#include <math.h>

static double
wave (guint i)
{
  return sin (i * 0.37) * (1 + i % 17) + (i % 1009 == 13 ? 50 : 0);
}

/* Every range of a series agrees with a plain loop over its points, whatever parts of the pyramid
 * it takes. */
static void
test_range (void)
{
  g_autoptr (WeftSeries) series = weft_series_new ();
  guint n = 5000;
  for (guint i = 0; i < n; i++)
    weft_series_append (series, i, wave (i));
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  for (guint trial = 0; trial < 500; trial++)
    {
      guint begin = (guint) g_rand_int_range (random, 0, (gint32) n),
            end = (guint) g_rand_int_range (random, (gint32) begin, (gint32) n + 1);
      double low = INFINITY, high = -INFINITY, minimum, maximum;
      for (guint i = begin; i < end; i++)
        {
          low = MIN (low, (float) wave (i));
          high = MAX (high, (float) wave (i));
        }
      gboolean any = weft_series_range (series, begin, end, &minimum, &maximum);
      g_assert_cmpint (any, ==, end > begin);
      g_assert_cmpfloat (minimum, ==, low);
      g_assert_cmpfloat (maximum, ==, high);
    }
}

/* The whole range is right after each single point, so levels begin with what stands below them. */
static void
test_growth (void)
{
  g_autoptr (WeftSeries) series = weft_series_new ();
  double low = INFINITY, high = -INFINITY, minimum, maximum;
  for (guint i = 0; i < 300; i++)
    {
      weft_series_append (series, i, wave (i));
      low = MIN (low, (float) wave (i));
      high = MAX (high, (float) wave (i));
      g_assert_true (weft_series_range (series, 0, i + 1, &minimum, &maximum));
      g_assert_cmpfloat (minimum, ==, low);
      g_assert_cmpfloat (maximum, ==, high);
    }
}

static void
test_gaps (void)
{
  g_autoptr (WeftSeries) series = weft_series_new ();
  double from, to, minimum, maximum;
  for (guint i = 0; i < 20; i++)
    weft_series_append (series, 10 * i, i == 5 || i == 6 || i == 9 ? NAN : i);
  g_assert_cmpuint (weft_series_n (series), ==, 20);
  g_assert_cmpuint (weft_series_n_gaps (series), ==, 2);
  weft_series_gap (series, 0, &from, &to);
  g_assert_cmpfloat (from, ==, 50);
  g_assert_cmpfloat (to, ==, 60);
  weft_series_gap (series, 1, &from, &to);
  g_assert_cmpfloat (from, ==, 90);
  g_assert_false (weft_series_range (series, 5, 7, &minimum, &maximum));
  g_assert_true (isnan (weft_series_smooth (series, 5)));
  g_assert_true (isfinite (weft_series_smooth (series, 7)));
  weft_series_clear (series);
  g_assert_cmpuint (weft_series_n (series), ==, 0);
  g_assert_cmpuint (weft_series_n_gaps (series), ==, 0);
}

/* A constant stays a constant from its first point on; a weight set late gives what it gives from
 * the start. */
static void
test_smoothing (void)
{
  g_autoptr (WeftSeries) constant = weft_series_new (), early = weft_series_new (),
                         late = weft_series_new ();
  weft_series_set_smoothing (constant, WEFT_SMOOTHING_MEAN, 0.99);
  weft_series_set_smoothing (early, WEFT_SMOOTHING_MEAN, 0.8);
  for (guint i = 0; i < 200; i++)
    {
      weft_series_append (constant, i, 3.5);
      weft_series_append (early, i, wave (i));
      weft_series_append (late, i, wave (i));
      g_assert_cmpfloat_with_epsilon (weft_series_smooth (constant, i), 3.5, 1e-12);
      g_assert_cmpfloat (weft_series_smooth (late, i), ==, wave (i));
    }
  weft_series_set_smoothing (late, WEFT_SMOOTHING_MEAN, 0.8);
  for (guint i = 0; i < 200; i++)
    g_assert_cmpfloat (weft_series_smooth (late, i), ==, weft_series_smooth (early, i));
}

static void
test_find (void)
{
  g_autoptr (WeftSeries) series = weft_series_new ();
  g_assert_cmpuint (weft_series_find (series, 0), ==, 0);
  for (guint i = 1; i <= 10; i++)
    weft_series_append (series, 5 * i, i);
  g_assert_cmpuint (weft_series_find (series, -1), ==, 0);
  g_assert_cmpuint (weft_series_find (series, 5), ==, 0);
  g_assert_cmpuint (weft_series_find (series, 5.1), ==, 1);
  g_assert_cmpuint (weft_series_find (series, 50), ==, 9);
  g_assert_cmpuint (weft_series_find (series, 51), ==, 10);
}

/* Whatever the range: at least two marks, inside it, growing, with different names. */
static void
test_axis_marks (void)
{
  static const double RANGES[][2] = {
    { 0, 10 },
    { 0, 8190 },
    { 0.93, 1 },
    { 0.001, 2.3 },
    { 1e-9, 1e3 },
    { -4, 3 },
    { 0.07, 0.09 },
    { 5, 5 },
    { 0, 0 },
    { 1e-4, 1e-3 },
    { 2.2999, 2.3001 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (RANGES); i++)
    for (guint log_axis = 0; log_axis < 2; log_axis++)
      {
        WeftAxis axis;
        weft_axis_init (&axis, WEFT_AXIS_VALUE, log_axis != 0, RANGES[i][0], RANGES[i][1], 5);
        g_assert_cmpuint (axis.n_marks, >=, 2);
        for (guint k = 0; k < axis.n_marks; k++)
          {
            double place = weft_axis_place (&axis, axis.marks[k]);
            g_assert_cmpfloat (place, >=, -1e-6);
            g_assert_cmpfloat (place, <=, 1 + 1e-6);
            if (k == 0)
              continue;
            g_assert_cmpfloat (axis.marks[k], >, axis.marks[k - 1]);
            g_autofree char *one = weft_axis_label (&axis, axis.marks[k - 1]),
                            *two = weft_axis_label (&axis, axis.marks[k]);
            g_assert_cmpstr (one, !=, two);
          }
        g_assert_cmpfloat_with_epsilon (weft_axis_place (&axis, axis.minimum), 0, 1e-9);
        g_assert_cmpfloat_with_epsilon (weft_axis_place (&axis, axis.maximum), 1, 1e-9);
      }
}

static void
test_format (void)
{
  static const struct
  {
    char *(*format) (double number);
    double      number;
    const char *expected;
  } CASES[] = {
    { weft_format_short, 0, "0" },
    { weft_format_short, 850, "850" },
    { weft_format_short, 999.9, "1k" },
    { weft_format_short, 1200, "1.2k" },
    { weft_format_short, 155000, "155k" },
    { weft_format_short, 3e6, "3M" },
    { weft_format_value, 0.0832, "0.0832" },
    { weft_format_value, 12.5, "12.500" },
    { weft_format_value, 0, "0.0000" },
    { weft_format_value, 1.3e-5, "1.30e-05" },
    { weft_format_number, 0.001, "0.001" },
    { weft_format_number, 0.1 + 0.2, "0.30000000000000004" },
    { weft_format_number, 128, "128" },
    { weft_format_duration, 11, "11 s" },
    { weft_format_duration, 180, "3 min" },
    { weft_format_duration, 7500, "2 h 05 min" },
    { weft_format_step_time, 2427, "412 µs/step" },
    { weft_format_step_time, 100, "10 ms/step" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autofree char *text = CASES[i].format (CASES[i].number);
      g_assert_cmpstr (text, ==, CASES[i].expected);
    }
  g_autofree char *count = weft_format_count (109386), *negative = weft_format_count (-1234),
                  *small = weft_format_count (12);
  g_assert_cmpstr (count, ==, "109\u202f386");
  g_assert_cmpstr (negative, ==, "-1\u202f234");
  g_assert_cmpstr (small, ==, "12");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/series/range", test_range);
  g_test_add_func ("/ui/series/growth", test_growth);
  g_test_add_func ("/ui/series/gaps", test_gaps);
  g_test_add_func ("/ui/series/smoothing", test_smoothing);
  g_test_add_func ("/ui/series/find", test_find);
  g_test_add_func ("/ui/axis/marks", test_axis_marks);
  g_test_add_func ("/ui/format", test_format);
  return g_test_run ();
}
