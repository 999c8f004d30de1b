/* The drawing of a chart: where things stand, axes, legend, what is read at the cursor.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/chart-art-private.h"

#include "ui/draw/format.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define TOP 36.0    /* room for title and legend */
#define BOTTOM 24.0 /* room for the steps */
#define SIDE 12.0
/* "100%": charts above each other begin at the same place. */
#define LEAST_LABEL 32
#define LABEL_GAP 8.0
#define MARK_PITCH_Y 34.0
#define MARK_PITCH_X 90.0
#define SAMPLE_WIDTH 20.0
#define SMALL_SIZE 9.5
#define PLAIN_SIZE 11.5
/* Of a run that has more than twice as many points. */
#define SKIPPED_STEPS 10
#define ROW 18.0
#define MAX_ROWS 12

/**
 * weft_chart_art_new:
 * @name: of the curve: "loss", or a metric's
 *
 * Returns: (transfer full): a chart of no runs
 */
WeftChartArt *
weft_chart_art_new (const char *name)
{
  WeftChartArt *art = g_new0 (WeftChartArt, 1);
  art->name = g_strdup (name);
  art->tracks = g_array_new (FALSE, FALSE, sizeof (WeftChartTrack));
  art->x_from = art->x_to = art->y_from = art->y_to = art->cursor = NAN;
  art->look.y_scale = WEFT_SCALE_LOG;
  return art;
}

/**
 * weft_chart_art_free:
 * @art: (nullable) (transfer full): a chart
 */
void
weft_chart_art_free (WeftChartArt *art)
{
  if (art == NULL)
    return;
  g_array_unref (art->tracks);
  g_free (art->name);
  g_free (art);
}

/**
 * weft_chart_art_add:
 * @art: a chart
 * @data: of a run; stays the caller's
 * @title: of the run; stays the caller's
 * @look: colour and dashes
 */
void
weft_chart_art_add (WeftChartArt *art, WeftRunData *data, const char *title, guint look)
{
  WeftChartTrack track = { data, title, look };
  g_array_append_val (art->tracks, track);
}

/**
 * weft_chart_art_dup_title:
 * @art: a chart
 *
 * Returns: (transfer full): what it shows: "Loss"
 */
char *
weft_chart_art_dup_title (const WeftChartArt *art)
{
  if (g_str_equal (art->name, "loss"))
    return g_strdup (_ ("Loss"));
  g_autofree char *first = g_utf8_substring (art->name, 0, 1);
  g_autofree char *upper = g_utf8_strup (first, -1);
  return g_strconcat (upper, g_utf8_next_char (art->name), NULL);
}

/* ---- Text and places ---- */

static WeftFont
font (const WeftChartDraw *draw, guint flags)
{
  return (WeftFont){ flags & WEFT_FONT_BOLD   ? PLAIN_SIZE + 1
                     : flags & WEFT_FONT_MONO ? SMALL_SIZE + 0.5
                                              : PLAIN_SIZE,
                     flags };
}

double
weft_chart_text_width (WeftChartDraw *draw, const char *text, guint flags)
{
  return weft_text_width (draw->style, text, font (draw, flags));
}

/* Of a line of text, however large that is. */
static double
row_height (const WeftChartDraw *draw)
{
  return ROW * MAX (draw->style->scale, 1);
}

/* @align: 0: @x is the text's left end, 0.5: its middle, 1: its right end. @y is its middle. */
void
weft_chart_text (WeftChartDraw *draw,
                 const char    *text,
                 guint          flags,
                 double         x,
                 double         y,
                 double         align,
                 WeftColour     colour)
{
  double   width = ceil (weft_chart_text_width (draw, text, flags)) + 2;
  WeftRect box = { round (x - align * width), y - row_height (draw) / 2, width, row_height (draw) };
  weft_pen_text (&draw->pen, draw->style, text, font (draw, flags), box, WEFT_ALIGN_START, colour);
}

void
weft_chart_set_role (WeftChartDraw *draw, WeftRole role, double alpha)
{
  WeftColour colour = weft_theme_colour (draw->style->theme, role);
  cairo_set_source_rgba (draw->cr, colour.red, colour.green, colour.blue, colour.alpha * alpha);
}

static WeftColour
role (const WeftChartDraw *draw, WeftRole which)
{
  return weft_theme_colour (draw->style->theme, which);
}

/* Cairo draws in numbers of 24 bits: far outside is far enough. */
static double
near (double place)
{
  return CLAMP (place, -20, 21);
}

double
weft_chart_place_x (const WeftChartDraw *draw, double value)
{
  return draw->art->plot.x + draw->art->plot.width * near (weft_axis_place (&draw->art->x, value));
}

double
weft_chart_place_y (const WeftChartDraw *draw, double value)
{
  return draw->art->plot.y +
         draw->art->plot.height * (1 - near (weft_axis_place (&draw->art->y, value)));
}

double
weft_chart_art_x_at (const WeftChartArt *art, double x)
{
  if (!art->laid_out || x < art->plot.x - 4 || x > art->plot.x + art->plot.width + 4)
    return NAN;
  return weft_axis_value (&art->x, CLAMP ((x - art->plot.x) / art->plot.width, 0, 1));
}

double
weft_chart_art_y_at (const WeftChartArt *art, double y)
{
  if (!art->laid_out)
    return NAN;
  return weft_axis_value (&art->y, CLAMP (1 - (y - art->plot.y) / art->plot.height, 0, 1));
}

/* ---- Ranges ---- */

typedef struct
{
  double low, high;
} Extent;

static void
include (Extent *extent, const WeftChartArt *art, const WeftClock *clock, const WeftSeries *series)
{
  guint  n = weft_series_n (series), begin = 0, end = n;
  double low, high;
  if (!isnan (art->x_from))
    {
      begin = weft_series_find (series, weft_clock_step (clock, art->look.x, art->x_from));
      end = weft_series_find (series, weft_clock_step (clock, art->look.x, art->x_to));
      end = MIN (end + 1, n);
    }
  if (art->look.skip_start && n > 2 * SKIPPED_STEPS)
    begin = MAX (begin, weft_series_find (series, SKIPPED_STEPS));
  if (begin >= end || !weft_series_range (series, begin, end, &low, &high))
    return;
  extent->low = MIN (extent->low, low);
  extent->high = MAX (extent->high, high);
}

static gboolean
is_share (const char *name, double minimum, double maximum)
{
  return strstr (name, "accuracy") != NULL && minimum >= 0 && maximum <= 1;
}

/* FALSE: no run has points of this curve. */
static gboolean
measure (const WeftChartArt *art, Extent *values, double *first_x, double *last_x)
{
  gboolean any = FALSE;
  *values = (Extent){ INFINITY, -INFINITY };
  *first_x = INFINITY;
  *last_x = 0;
  for (guint i = 0; i < art->tracks->len; i++)
    {
      const WeftChartTrack *track = &g_array_index (art->tracks, WeftChartTrack, i);
      WeftRunCurve         *curve = weft_run_data_find (track->data, art->name);
      for (guint part = 0; curve != NULL && part < 2; part++)
        {
          const WeftSeries *series = part == 0 ? curve->train : curve->validation;
          guint             n = weft_series_n (series);
          if (n == 0)
            continue;
          any = TRUE;
          include (values, art, track->data->clock, series);
          double first =
            weft_clock_value (track->data->clock, art->look.x, weft_series_x (series, 0));
          double last =
            weft_clock_value (track->data->clock, art->look.x, weft_series_x (series, n - 1));
          if (first > 0)
            *first_x = MIN (*first_x, first);
          *last_x = MAX (*last_x, last);
        }
    }
  return any;
}

static void
lay_out_values (WeftChartDraw *draw, const Extent *extent)
{
  WeftChartArt *art = draw->art;
  double        low = extent->low, high = extent->high;
  if (low > high)
    low = 0, high = 1; /* nothing but gaps */
  gboolean share = is_share (art->name, low, high);
  if (share)
    high = 1;
  if (!isnan (art->y_from))
    low = art->y_from, high = art->y_to;
  weft_axis_init (&art->y, share ? WEFT_AXIS_PERCENT : WEFT_AXIS_VALUE,
                  share ? WEFT_SCALE_LINEAR : art->look.y_scale, low, high,
                  (guint) MAX (2, art->plot.height / MARK_PITCH_Y));
}

static void
lay_out_x (WeftChartDraw *draw, double first, double last)
{
  static const WeftAxisKind KINDS[] = { WEFT_AXIS_COUNT, WEFT_AXIS_VALUE, WEFT_AXIS_TIME,
                                        WEFT_AXIS_COUNT };
  WeftChartArt             *art = draw->art;
  gboolean                  counts = KINDS[art->look.x] == WEFT_AXIS_COUNT;
  gboolean                  log_x = art->look.x_scale != WEFT_SCALE_LINEAR && first > 0 && first < last;
  double                    from = log_x ? first : 0, to = MAX (last, counts ? 10 : 1e-3);
  if (!isnan (art->x_from))
    from = log_x ? MAX (art->x_from, first * 0.5) : art->x_from, to = art->x_to;
  weft_axis_init (&art->x, KINDS[art->look.x], log_x ? WEFT_SCALE_LOG : WEFT_SCALE_LINEAR, from, to,
                  (guint) MAX (2, art->plot.width / MARK_PITCH_X));
}

/* FALSE: nothing to show. */
static gboolean
lay_out (WeftChartDraw *draw)
{
  WeftChartArt *art = draw->art;
  Extent        extent;
  double        first, last, widest = LEAST_LABEL;
  art->laid_out = FALSE;
  if (!measure (art, &extent, &first, &last))
    return FALSE;
  art->plot.y = TOP;
  art->plot.height = draw->height - TOP - BOTTOM;
  lay_out_values (draw, &extent);
  for (guint i = 0; i < art->y.n_marks; i++)
    {
      g_autofree char *label = weft_axis_label (&art->y, art->y.marks[i]);
      widest = MAX (widest, weft_chart_text_width (draw, label, WEFT_FONT_MONO));
    }
  art->plot.x = ceil (SIDE + widest + LABEL_GAP);
  art->plot.width = floor (draw->width - art->plot.x - SIDE);
  lay_out_x (draw, first, last);
  art->laid_out = art->plot.width > 20 && art->plot.height > 20;
  return art->laid_out;
}

static const char *
unit_name (WeftClockKind kind)
{
  switch (kind)
    {
    case WEFT_CLOCK_EPOCH:
      return _ ("epochs");
    case WEFT_CLOCK_TIME:
      return _ ("time");
    case WEFT_CLOCK_EXAMPLES:
      return _ ("examples");
    case WEFT_CLOCK_STEP:
      break;
    }
  return _ ("steps");
}

static void
draw_grid (WeftChartDraw *draw)
{
  const WeftChartArt *art = draw->art;
  const WeftRect     *plot = &art->plot;
  WeftColour          dim = role (draw, WEFT_ROLE_TEXT_DIM);
  cairo_set_line_width (draw->cr, 1);
  for (guint i = 0; i < art->y.n_marks; i++)
    {
      double           y = round (weft_chart_place_y (draw, art->y.marks[i])) + 0.5;
      g_autofree char *label = weft_axis_label (&art->y, art->y.marks[i]);
      weft_chart_set_role (draw, WEFT_ROLE_TEXT_DIM, 0.22);
      cairo_move_to (draw->cr, plot->x, y);
      cairo_line_to (draw->cr, plot->x + plot->width, y);
      cairo_stroke (draw->cr);
      weft_chart_text (draw, label, WEFT_FONT_MONO, plot->x - LABEL_GAP, y, 1, dim);
    }
  const char *unit = unit_name (art->look.x);
  double      right = plot->x + plot->width, baseline = plot->y + plot->height + BOTTOM / 2;
  double      unit_x = right - weft_chart_text_width (draw, unit, 0);
  weft_chart_text (draw, unit, 0, right, baseline, 1, dim);
  for (guint i = 0; i < art->x.n_marks; i++)
    {
      g_autofree char *label = weft_axis_label (&art->x, art->x.marks[i]);
      double           half = weft_chart_text_width (draw, label, WEFT_FONT_MONO) / 2;
      double           x = MAX (weft_chart_place_x (draw, art->x.marks[i]), plot->x + half);
      if (x + half + LABEL_GAP < unit_x)
        weft_chart_text (draw, label, WEFT_FONT_MONO, x, baseline, 0.5, dim);
    }
}

/* ---- Title and legend ---- */

/* Returns where the next entry ends; without room, nothing is drawn. */
static double
draw_entry (WeftChartDraw *draw,
            const char    *text,
            guint          look,
            gboolean       validation,
            double         right,
            double         title_end)
{
  double width = weft_chart_text_width (draw, text, 0), middle = TOP / 2 - 1;
  if (right - width - SAMPLE_WIDTH - 8 < title_end)
    return right;
  weft_chart_text (draw, text, 0, right, middle, 1, role (draw, WEFT_ROLE_TEXT));
  weft_chart_draw_line_sample (draw, look, validation, right - width - SAMPLE_WIDTH - 8, middle);
  return right - width - SAMPLE_WIDTH - 24;
}

static double
draw_test (WeftChartDraw *draw, const WeftRunCurve *curve, double right, double title_end)
{
  if (!isfinite (curve->test))
    return right;
  g_autofree char *value = is_share (curve->name, curve->test, curve->test)
                             ? g_strdup_printf ("%.2f%%", 100 * curve->test)
                             : weft_format_value (curve->test);
  g_autofree char *text = g_strdup_printf (_ ("test %s"), value);
  double           width = weft_chart_text_width (draw, text, 0);
  if (right - width - 150 <= title_end)
    return right;
  weft_chart_text (draw, text, 0, right, TOP / 2 - 1, 1, role (draw, WEFT_ROLE_TEXT_DIM));
  return right - width - 18;
}

static void
draw_heading (WeftChartDraw *draw)
{
  const WeftChartArt *art = draw->art;
  g_autofree char    *title = weft_chart_art_dup_title (art);
  double              right = draw->width - SIDE;
  double              title_end = SIDE + weft_chart_text_width (draw, title, WEFT_FONT_BOLD) + 16;
  weft_chart_text (draw, title, WEFT_FONT_BOLD, SIDE, TOP / 2 - 1, 0, role (draw, WEFT_ROLE_TEXT));
  for (guint i = art->tracks->len; art->tracks->len > 1 && i > 0; i--)
    {
      const WeftChartTrack *track = &g_array_index (art->tracks, WeftChartTrack, i - 1);
      if (weft_run_data_find (track->data, art->name) != NULL)
        right = draw_entry (draw, track->title, track->look, FALSE, right, title_end);
    }
  if (art->tracks->len != 1)
    return;
  const WeftChartTrack *track = &g_array_index (art->tracks, WeftChartTrack, 0);
  const WeftRunCurve   *curve = weft_run_data_find (track->data, art->name);
  if (curve == NULL)
    return;
  right = draw_test (draw, curve, right, title_end);
  if (weft_series_n (curve->validation) > 0)
    right = draw_entry (draw, _ ("valid"), 2, TRUE, right, title_end);
  if (weft_series_n (curve->train) > 0)
    draw_entry (draw, _ ("train"), track->look, FALSE, right, title_end);
}

/* ---- Cursor ---- */

/**
 * weft_chart_art_dup_reading:
 * @art: a chart that has been drawn
 * @value: on its y axis
 *
 * Returns: (transfer full): the value as it is read: "97.21%"
 */
char *
weft_chart_art_dup_reading (const WeftChartArt *art, double value)
{
  return isnan (value)                      ? g_strdup (_ ("not finite"))
         : art->y.kind == WEFT_AXIS_PERCENT ? g_strdup_printf ("%.2f%%", 100 * value)
                                            : weft_format_value (value);
}

static void
add_reading (
  WeftChartDraw *draw, GArray *readings, const char *name, double value, WeftColour colour)
{
  WeftReading reading = { name, weft_chart_art_dup_reading (draw->art, value), colour };
  if (readings->len < MAX_ROWS)
    g_array_append_val (readings, reading);
  else
    g_free (reading.value);
}

static void
read_track (WeftChartDraw *draw, const WeftChartTrack *track, GArray *readings)
{
  const WeftChartArt *art = draw->art;
  WeftRunCurve       *curve = weft_run_data_find (track->data, art->name);
  WeftColour          colour = weft_run_look_colour (draw->style->theme, track->look);
  gboolean            alone = art->tracks->len == 1;
  if (curve == NULL)
    return;
  double step = weft_clock_step (track->data->clock, art->look.x, art->cursor);
  gint64 at = weft_chart_index_at (curve->train, step + 1e-6);
  if (at >= 0 && (alone || !art->look.smoothed))
    add_reading (draw, readings, alone ? _ ("train") : track->title,
                 weft_series_y (curve->train, (guint) at), colour);
  if (at >= 0 && art->look.smoothed)
    add_reading (draw, readings, alone ? _ ("smoothed") : track->title,
                 weft_series_smooth (curve->train, (guint) at), colour);
  at = weft_chart_index_at (curve->validation, step + 1e-6);
  if (at >= 0)
    add_reading (draw, readings, alone ? _ ("valid") : _ ("   valid"),
                 weft_series_y (curve->validation, (guint) at),
                 weft_chart_validation_colour (draw, track));
}

static char *
dup_cursor_text (const WeftChartArt *art)
{
  g_autofree char *count = weft_format_count ((gint64) round (art->cursor));
  switch (art->look.x)
    {
    case WEFT_CLOCK_EPOCH:
      return g_strdup_printf (_ ("epoch %.2f"), art->cursor);
    case WEFT_CLOCK_TIME:
      return art->cursor < 120 ? g_strdup_printf (_ ("%.2f s"), art->cursor)
                               : weft_format_duration (art->cursor);
    case WEFT_CLOCK_EXAMPLES:
      return g_strdup_printf (_ ("%s examples"), count);
    case WEFT_CLOCK_STEP:
      break;
    }
  return g_strdup_printf (_ ("step %s"), count);
}

static void
draw_readings (WeftChartDraw *draw, double x, const GArray *readings)
{
  g_autofree char *heading = dup_cursor_text (draw->art);
  const WeftRect  *plot = &draw->art->plot;
  double           names = 0, values = 0;
  for (guint i = 0; i < readings->len; i++)
    {
      const WeftReading *reading = &g_array_index (readings, WeftReading, i);
      names = MAX (names, weft_chart_text_width (draw, reading->name, 0));
      values = MAX (values, weft_chart_text_width (draw, reading->value, WEFT_FONT_MONO));
    }
  double width =
    MAX (names + values + 18, weft_chart_text_width (draw, heading, WEFT_FONT_BOLD)) + 24;
  double   height = row_height (draw) * (readings->len + 1) + 12;
  double   left = x + 12 + width <= plot->x + plot->width ? x + 12 : MAX (2, x - 12 - width);
  WeftRect box = { left + 0.5, plot->y + 4.5, width, height };
  weft_pen_fill (&draw->pen, box, 6, role (draw, WEFT_ROLE_CARD));
  weft_pen_border (&draw->pen, box, 6,
                   (WeftStroke){ role (draw, WEFT_ROLE_CARD_BORDER), 1, WEFT_DASH_NONE });
  weft_chart_text (draw, heading, WEFT_FONT_BOLD, left + 10, box.y + 6 + row_height (draw) / 2, 0,
                   role (draw, WEFT_ROLE_TEXT));
  for (guint i = 0; i < readings->len; i++)
    {
      const WeftReading *reading = &g_array_index (readings, WeftReading, i);
      double             y = box.y + 6 + row_height (draw) * (i + 1.5);
      weft_chart_text (draw, reading->name, 0, left + 10, y, 0, reading->colour);
      weft_chart_text (draw, reading->value, WEFT_FONT_MONO, left + width - 10, y, 1,
                       role (draw, WEFT_ROLE_TEXT));
    }
}

static void
clear_reading (gpointer data)
{
  g_free (((WeftReading *) data)->value);
}

static void
draw_cursor (WeftChartDraw *draw)
{
  const WeftChartArt *art = draw->art;
  double              value = art->cursor, dashes[] = { 3, 3 };
  if (isnan (value) || value < art->x.minimum || value > art->x.maximum)
    return;
  double x = round (weft_chart_place_x (draw, value)) + 0.5;
  weft_chart_set_role (draw, WEFT_ROLE_TEXT_DIM, 1);
  cairo_set_line_width (draw->cr, 1);
  cairo_set_dash (draw->cr, dashes, 2, 0);
  cairo_move_to (draw->cr, x, art->plot.y);
  cairo_line_to (draw->cr, x, art->plot.y + art->plot.height);
  cairo_stroke (draw->cr);
  cairo_set_dash (draw->cr, NULL, 0, 0);
  g_autoptr (GArray) readings = g_array_new (FALSE, FALSE, sizeof (WeftReading));
  g_array_set_clear_func (readings, clear_reading);
  for (guint i = 0; i < art->tracks->len; i++)
    read_track (draw, &g_array_index (art->tracks, WeftChartTrack, i), readings);
  draw_readings (draw, x, readings);
}

/**
 * weft_chart_art_draw:
 * @art: a chart
 * @cr: where, from the chart's corner
 * @style: fonts and colours
 * @width: of the chart
 * @height: of the chart
 */
void
weft_chart_art_draw (WeftChartArt *art, cairo_t *cr, WeftStyle *style, double width, double height)
{
  WeftChartDraw draw = { art, cr, weft_pen_for_cairo (cr), style, width, height };
  draw_heading (&draw);
  if (!lay_out (&draw))
    {
      const char *text = art->empty != NULL ? art->empty : _ ("No points yet");
      weft_chart_text (&draw, text, 0, width / 2, TOP + (height - TOP) / 2 - 8, 0.5,
                       weft_theme_colour (style->theme, WEFT_ROLE_TEXT_DIM));
      return;
    }
  draw_grid (&draw);
  cairo_save (cr);
  cairo_rectangle (cr, art->plot.x - 3, art->plot.y - 4, art->plot.width + 7, art->plot.height + 8);
  cairo_clip (cr);
  weft_chart_draw_tracks (&draw);
  weft_chart_draw_flags (&draw);
  cairo_restore (cr);
  draw_cursor (&draw);
}
