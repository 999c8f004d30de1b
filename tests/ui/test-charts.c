/* Curves: what a series keeps, where an axis has its marks, how numbers are written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/axis.h"
#include "ui/draw/format.h"
#include "ui/curves/chart-art.h"
#include "ui/curves/curve-export.h"
#include "ui/curves/series.h"

#include <math.h>
#include <string.h>

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

/* Points come back to the last bit, whether they fit the short form (a float at each step) or not.
 */
static void
test_exact (void)
{
  g_autoptr (WeftSeries) series = weft_series_new ();
  const double x[] = { 3, 4, 5, 6, 8, 8.5, 100 },
               y[] = { 0.5, (double) 0.1f, NAN, 0.1, 1e300, -INFINITY, 7 };
  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (x); i++)
        weft_series_append (series, x[i], y[i]);
      for (guint i = 0; i < G_N_ELEMENTS (x); i++)
        {
          g_assert_cmpfloat (weft_series_x (series, i), ==, x[i]);
          g_assert_true (isnan (y[i]) ? isnan (weft_series_y (series, i))
                                      : weft_series_y (series, i) == y[i]);
        }
      g_assert_cmpuint (weft_series_find (series, 7), ==, 4);
      weft_series_clear (series);
    }
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

/* ---- What is smoothed, drawn, read and written ---- */

/* Against the sum itself, point by point. */
static void
test_bell (void)
{
  g_autoptr (WeftSeries) series = weft_series_new ();
  const guint  n = 400;
  const double weight = 0.8, deviation = weight / (1 - weight);
  for (guint i = 0; i < n; i++)
    weft_series_append (series, i, i == 100 ? NAN : wave (i));
  weft_series_set_smoothing (series, WEFT_SMOOTHING_BELL, weight);
  for (guint i = 0; i < n; i++)
    {
      double sum = 0, norm = 0;
      for (guint k = 0; k < n; k++)
        if (k != 100 && fabs ((double) k - i) <= 3 * deviation)
          {
            double height = exp (-0.5 * pow (((double) k - i) / deviation, 2));
            sum += height * wave (k);
            norm += height;
          }
      if (i == 100)
        g_assert_true (isnan (weft_series_smooth (series, i)));
      else
        g_assert_cmpfloat_with_epsilon (weft_series_smooth (series, i), sum / norm, 1e-9);
    }
}

/* What the past weighs falls with the distance, however many points lie between. */
static void
test_uneven (void)
{
  g_autoptr (WeftSeries) series = weft_series_new ();
  static const double X[] = { 0, 1, 3, 7 }, Y[] = { 1, 2, 4, -1 };
  double              sum = 0, norm = 0;
  weft_series_set_smoothing (series, WEFT_SMOOTHING_MEAN, 0.5);
  for (guint i = 0; i < G_N_ELEMENTS (X); i++)
    weft_series_append (series, X[i], Y[i]);
  for (guint i = 0; i < G_N_ELEMENTS (X); i++)
    {
      double weight = pow (0.5, X[3] - X[i]);
      sum += weight * Y[i];
      norm += weight;
    }
  g_assert_cmpfloat_with_epsilon (weft_series_smooth (series, 3), sum / norm, 1e-12);
}

static void
test_clock (void)
{
  g_autoptr (WeftClock) clock = weft_clock_new ();
  weft_clock_set_batch (clock, 64);
  for (guint i = 1; i <= 20000; i++)
    weft_clock_add (clock, i, i / 500.0, i * 0.002 + (i > 10000 ? 5 : 0));
  g_assert_cmpfloat_with_epsilon (weft_clock_value (clock, WEFT_CLOCK_EPOCH, 750), 1.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (weft_clock_value (clock, WEFT_CLOCK_EXAMPLES, 100), 6400, 1e-6);
  g_assert_cmpfloat_with_epsilon (weft_clock_step (clock, WEFT_CLOCK_EPOCH, 3), 1500, 1e-6);
  g_assert_cmpfloat_with_epsilon (weft_clock_value (clock, WEFT_CLOCK_TIME, 20000), 45, 1e-9);
}

/* One point out of a hundred thousand is seen. */
static void
test_spike (void)
{
  g_autoptr (WeftRunData) data = weft_run_data_new ();
  g_autoptr (WeftChartArt) art = weft_chart_art_new ("loss");
  g_autoptr (WeftStyle) style = weft_style_new (NULL, WEFT_THEME_LIGHT);
  WeftRunCurve    *curve = weft_run_data_add_curve (data, "loss");
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 400, 240);
  cairo_t         *cr = cairo_create (surface);
  const guint      n = 100000, at = 61803;
  gboolean         seen = FALSE;
  for (guint i = 0; i < n; i++)
    weft_series_append (curve->train, i, i == at ? 10 : 1);
  art->look.y_scale = WEFT_SCALE_LINEAR;
  weft_chart_art_add (art, data, "run", 0);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  weft_chart_art_draw (art, cr, style, 400, 240);
  g_assert_true (art->laid_out);
  cairo_surface_flush (surface);
  int     x = (int) (art->plot.x + art->plot.width * at / n);
  int     y = (int) (art->plot.y + art->plot.height / 2) + 7;
  guint8 *pixels = cairo_image_surface_get_data (surface);
  for (int dx = -2; dx <= 2; dx++)
    {
      guint8 *pixel = pixels + y * cairo_image_surface_get_stride (surface) + 4 * (x + dx);
      seen = seen || pixel[2] < 200; /* red, of a blue line on white */
    }
  g_assert_true (seen);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

static void
count_cb (const WeftLogLine *line, gpointer data)
{
  weft_run_data_add_line (data, line);
}

static const char LOG[] =
  "{\"event\": \"step\", \"step\": 1, \"epoch\": 0.5, \"time_s\": 0.1, \"train\": {\"loss\": 0.25, "
  "\"accuracy\": 1e-3}}\n"
  "{\"event\": \"step\", \"step\": 2, \"epoch\": 1.0, \"train\": {\"loss\": null, \"accuracy\": "
  "0.1234567890123456789}}\n"
  "{\"event\": \"epoch\", \"step\": 2, \"epoch\": 1.0, \"train\": {\"loss\": 9}, \"validation\": "
  "{\"loss\": -2.5e300}}\n"
  "{\"event\": \"rate\", \"step\": 2, \"rate\": 0.01}\n"
  "{\"event\": \"finished\", \"reason\": \"epochs\", \"step\": 2, \"test\": {\"loss\": 0.5}}\n"
  "{\"event\": \"step\", \"step\": 3, \"train\": {\"lo";

static void
test_log (void)
{
  g_autoptr (WeftRunData) data = weft_run_data_new ();
  WeftLogReport report;
  weft_log_read_text (LOG, strlen (LOG), count_cb, data, &report);
  g_assert_cmpuint (report.n_lines, ==, 5);
  g_assert_cmpuint (report.n_damaged, ==, 0);
  g_assert_cmpuint (data->curves->len, ==, 2);
  WeftRunCurve *loss = weft_run_data_find (data, "loss"),
               *accuracy = weft_run_data_find (data, "accuracy");
  g_assert_cmpuint (weft_series_n (loss->train), ==, 2);
  g_assert_cmpfloat (weft_series_y (loss->train, 0), ==, 0.25);
  g_assert_true (isnan (weft_series_y (loss->train, 1)));
  g_assert_cmpfloat (weft_series_y (accuracy->train, 0), ==, 1e-3);
  g_assert_cmpfloat (weft_series_y (accuracy->train, 1), ==, 0.1234567890123456789);
  g_assert_cmpfloat (weft_series_y (loss->validation, 0), ==, -2.5e300);
  g_assert_cmpfloat (loss->test, ==, 0.5);
  g_assert_cmpuint (data->flags->len, ==, 1);
  g_assert_cmpstr (data->reason, ==, "epochs");
}

/* Bytes at random places are others, or cut: the reader stays whole, and counts what it cannot
 * take. */
static void
test_damaged_log (void)
{
  for (guint round = 0; round < 4000; round++)
    {
      g_autoptr (WeftRunData) data = weft_run_data_new ();
      g_autofree char *text = g_strdup (LOG);
      WeftLogReport    report;
      gsize            size = (gsize) g_test_rand_int_range (1, (gint32) strlen (LOG));
      for (int i = g_test_rand_int_range (0, 6); i > 0; i--)
        text[g_test_rand_int_range (0, (gint32) size)] = (char) g_test_rand_int_range (0, 256);
      weft_log_read_text (text, size, count_cb, data, &report);
      g_assert_cmpuint (report.n_damaged, <=, report.n_lines);
      g_assert_cmpuint (report.first_damaged > 0, ==, report.n_damaged > 0);
    }
}

static void
test_tables (void)
{
  g_autoptr (WeftRunData) data = weft_run_data_new ();
  g_autoptr (WeftChartArt) art = weft_chart_art_new ("loss");
  WeftLogReport            report;
  static const char *const names[] = { "loss", NULL };
  weft_log_read_text (LOG, strlen (LOG), count_cb, data, &report);
  weft_chart_art_add (art, data, "a, \"b\"", 0);
  g_autofree char *csv = weft_curves_to_csv (art->tracks, names);
  g_assert_cmpstr (csv, ==,
                   "run,curve,part,step,epoch,time_s,examples,value\n"
                   "\"a, \"\"b\"\"\",loss,train,1,0.5,0.1,1,0.25\n"
                   "\"a, \"\"b\"\"\",loss,train,2,1,2,2,\n"
                   "\"a, \"\"b\"\"\",loss,validation,2,1,2,2,-2.5e+300\n");
  /* RFC 3720, B.4, and the check value of the CRC catalogue. */
  guint8 zeros[32] = { 0 };
  g_assert_cmphex (weft_crc32c ((const guint8 *) "123456789", 9), ==, 0xe3069283);
  g_assert_cmphex (weft_crc32c (zeros, sizeof zeros), ==, 0x8a9136aa);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/series/range", test_range);
  g_test_add_func ("/ui/series/growth", test_growth);
  g_test_add_func ("/ui/series/gaps", test_gaps);
  g_test_add_func ("/ui/series/exact", test_exact);
  g_test_add_func ("/ui/series/smoothing", test_smoothing);
  g_test_add_func ("/ui/series/find", test_find);
  g_test_add_func ("/ui/axis/marks", test_axis_marks);
  g_test_add_func ("/ui/series/bell", test_bell);
  g_test_add_func ("/ui/series/uneven", test_uneven);
  g_test_add_func ("/ui/clock", test_clock);
  g_test_add_func ("/ui/chart/spike", test_spike);
  g_test_add_func ("/ui/log/read", test_log);
  g_test_add_func ("/ui/log/damaged", test_damaged_log);
  g_test_add_func ("/ui/curves/tables", test_tables);
  g_test_add_func ("/ui/format", test_format);
  return g_test_run ();
}
