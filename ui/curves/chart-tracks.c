/* The curves in a chart: columns of pixels over pyramids of points.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/chart-art-private.h"

#include "ui/draw/format.h"

#include <glib/gi18n.h>
#include <math.h>

#define CURVE_PITCH 2.0 /* pixels between the points of a drawn mean */
#define DOT_PITCH 9.0   /* where validation's points stand closer, they have no dots */
#define RAW_ALPHA 0.25  /* of what stands behind a smoothed curve */
/* Gaps and flags closer than this are drawn as one. */
#define MARK_PITCH 3.0

static const struct
{
  guint32 light, dark; /* 0xRRGGBB: told apart also by those who do not see all colours */
  double  dashes[4];
  int     n_dashes;
} LOOKS[WEFT_N_RUN_LOOKS] = {
  { 0x1c71d8, 0x78aef2, { 0 }, 0 },
  { 0x8a3cb0, 0xc792ea, { 9, 4 }, 2 },
  { 0xd66200, 0xffa348, { 2.5, 3.5 }, 2 },
  { 0x1b8553, 0x57c98b, { 10, 3, 2.5, 3 }, 4 },
  { 0xc01c5a, 0xf783ac, { 15, 4 }, 2 },
  { 0x0e7c86, 0x55c7d1, { 6, 3, 6, 6 }, 4 },
  { 0x865e3c, 0xcdab8f, { 4, 2 }, 2 },
  { 0x5e5c64, 0xb5b3ba, { 12, 3, 2.5, 6 }, 4 },
};

/**
 * weft_run_look_colour:
 * @theme: of the drawing
 * @look: of the run
 *
 * Returns: the colour of its curves
 */
WeftColour
weft_run_look_colour (WeftThemeKind theme, guint look)
{
  gboolean dark = theme == WEFT_THEME_DARK || theme == WEFT_THEME_CONTRAST_DARK;
  guint32  hex = dark ? LOOKS[look % WEFT_N_RUN_LOOKS].dark : LOOKS[look % WEFT_N_RUN_LOOKS].light;
  return (WeftColour){ (float) (hex >> 16 & 0xff) / 255, (float) (hex >> 8 & 0xff) / 255,
                       (float) (hex & 0xff) / 255, 1 };
}

/**
 * weft_run_look_sample:
 * @cr: where, from the box's corner
 * @theme: of the drawing
 * @look: of the run
 * @width: of the box
 * @height: of the box
 */
void
weft_run_look_sample (cairo_t *cr, WeftThemeKind theme, guint look, double width, double height)
{
  WeftColour colour = weft_run_look_colour (theme, look);
  cairo_set_source_rgb (cr, colour.red, colour.green, colour.blue);
  cairo_set_line_width (cr, 3);
  cairo_set_dash (cr, LOOKS[look % WEFT_N_RUN_LOOKS].dashes,
                  LOOKS[look % WEFT_N_RUN_LOOKS].n_dashes, 0);
  cairo_move_to (cr, 0, height / 2);
  cairo_line_to (cr, width, height / 2);
  cairo_stroke (cr);
}

/* Alone in its chart, a run has two colours: blue and orange. */
WeftColour
weft_chart_validation_colour (const WeftChartDraw *draw, const WeftChartTrack *track)
{
  return weft_run_look_colour (draw->style->theme, draw->art->tracks->len > 1 ? track->look : 2);
}

static void
set_colour (WeftChartDraw *draw, WeftColour colour, double alpha)
{
  cairo_set_source_rgba (draw->cr, colour.red, colour.green, colour.blue, colour.alpha * alpha);
}

static void
set_dashes (WeftChartDraw *draw, guint look)
{
  look %= WEFT_N_RUN_LOOKS;
  cairo_set_line_cap (draw->cr,
                      LOOKS[look].n_dashes > 0 ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
  cairo_set_dash (draw->cr, LOOKS[look].dashes,
                  draw->art->tracks->len > 1 ? LOOKS[look].n_dashes : 0, 0);
}

/* ---- Columns ---- */

/* One pixel column after the other: its points are begin..end. */
typedef struct
{
  const WeftChartDraw *draw;
  const WeftClock     *clock;
  const WeftSeries    *series;
  double               pitch, column;
  guint                begin, end;
} Columns;

static double
step_at (const WeftChartDraw *draw, const WeftClock *clock, double pixel)
{
  const WeftChartArt *art = draw->art;
  return weft_clock_step (clock, art->look.x, weft_axis_value (&art->x, pixel / art->plot.width));
}

static Columns
columns_begin (const WeftChartDraw *draw,
               const WeftClock     *clock,
               const WeftSeries    *series,
               double               pitch)
{
  guint first = weft_series_find (series, step_at (draw, clock, 0));
  return (Columns){ draw, clock, series, pitch, 0, first, first };
}

static gboolean
columns_next (Columns *columns)
{
  guint  n = weft_series_n (columns->series);
  double width = columns->draw->art->plot.width;
  while (columns->end < n && columns->column <= width)
    {
      columns->column += columns->pitch;
      columns->begin = columns->end;
      columns->end = weft_series_find (columns->series,
                                       step_at (columns->draw, columns->clock, columns->column));
      if (columns->end > columns->begin)
        return TRUE;
    }
  return FALSE;
}

static double
place_step (const WeftChartDraw *draw, const WeftClock *clock, double step)
{
  return weft_chart_place_x (draw, weft_clock_value (clock, draw->art->look.x, step));
}

static void
line_to (const WeftChartDraw *draw, double x, double y, gboolean *down)
{
  if (!isfinite (y))
    *down = FALSE;
  else if (*down)
    cairo_line_to (draw->cr, x, weft_chart_place_y (draw, y));
  else
    cairo_move_to (draw->cr, x, weft_chart_place_y (draw, y));
  *down = isfinite (y);
}

/* ---- Curves ---- */

/* Few points: the line through them, from the last one left of the plot to the first right of it.
 */
static void
trace_points (const WeftChartDraw *draw,
              const WeftClock     *clock,
              const WeftSeries    *series,
              gboolean             smooth)
{
  gboolean down = FALSE;
  guint    begin = weft_series_find (series, step_at (draw, clock, 0));
  guint    end = weft_series_find (series, step_at (draw, clock, draw->art->plot.width));
  for (guint i = MAX (begin, 1) - 1; i < MIN (end + 1, weft_series_n (series)); i++)
    line_to (draw, place_step (draw, clock, weft_series_x (series, i)),
             smooth ? weft_series_smooth (series, i) : weft_series_y (series, i), &down);
}

/* Many points: the smoothed one where a column ends. */
static void
trace_columns (const WeftChartDraw *draw, const WeftClock *clock, const WeftSeries *series)
{
  Columns  columns = columns_begin (draw, clock, series, CURVE_PITCH);
  gboolean down = FALSE;
  while (columns_next (&columns))
    line_to (draw, place_step (draw, clock, weft_series_x (series, columns.end - 1)),
             weft_series_smooth (series, columns.end - 1), &down);
}

/* The least and the greatest point of each column, as one shape. */
static void
fill_band (const WeftChartDraw *draw, const WeftClock *clock, const WeftSeries *series)
{
  g_autoptr (GArray) lower = g_array_new (FALSE, FALSE, sizeof (WeftPoint));
  Columns columns = columns_begin (draw, clock, series, 1);
  double  low, high;
  while (columns_next (&columns))
    {
      if (!weft_series_range (series, columns.begin, columns.end, &low, &high))
        continue;
      double    x = draw->art->plot.x + columns.column - 0.5, top = weft_chart_place_y (draw, high);
      WeftPoint point = { x, MAX (weft_chart_place_y (draw, low), top + 1) };
      g_array_append_val (lower, point);
      cairo_line_to (draw->cr, x, top);
    }
  for (guint i = lower->len; i > 0; i--)
    {
      const WeftPoint *point = &g_array_index (lower, WeftPoint, i - 1);
      cairo_line_to (draw->cr, point->x, point->y);
    }
  if (lower->len > 0)
    cairo_close_path (draw->cr);
  cairo_fill (draw->cr);
}

static gboolean
has_many (const WeftChartDraw *draw, const WeftClock *clock, const WeftSeries *series)
{
  guint begin = weft_series_find (series, step_at (draw, clock, 0));
  guint end = weft_series_find (series, step_at (draw, clock, draw->art->plot.width));
  return end - begin > 2 * draw->art->plot.width / CURVE_PITCH;
}

static void
draw_train (WeftChartDraw *draw, const WeftChartTrack *track, const WeftSeries *series)
{
  WeftColour       colour = weft_run_look_colour (draw->style->theme, track->look);
  const WeftClock *clock = track->data->clock;
  gboolean         many = has_many (draw, clock, series), smoothed = draw->art->look.smoothed;
  set_colour (draw, colour, smoothed ? RAW_ALPHA : 1);
  cairo_set_line_width (draw->cr, smoothed ? 1 : 1.5);
  if (!smoothed)
    set_dashes (draw, track->look);
  if (many)
    fill_band (draw, clock, series);
  else
    {
      trace_points (draw, clock, series, FALSE);
      cairo_stroke (draw->cr);
    }
  if (!smoothed)
    return;
  set_colour (draw, colour, 1);
  set_dashes (draw, track->look);
  cairo_set_line_width (draw->cr, 2);
  if (many)
    trace_columns (draw, clock, series);
  else
    trace_points (draw, clock, series, TRUE);
  cairo_stroke (draw->cr);
}

static void
draw_validation (WeftChartDraw *draw, const WeftChartTrack *track, const WeftSeries *series)
{
  guint            n = weft_series_n (series);
  const WeftClock *clock = track->data->clock;
  if (n == 0)
    return;
  set_colour (draw, weft_chart_validation_colour (draw, track), 1);
  set_dashes (draw, track->look);
  cairo_set_line_width (draw->cr, draw->art->tracks->len > 1 ? 1.2 : 2);
  if (has_many (draw, clock, series))
    fill_band (draw, clock, series);
  else
    {
      trace_points (draw, clock, series, FALSE);
      cairo_stroke (draw->cr);
    }
  guint begin = weft_series_find (series, step_at (draw, clock, 0));
  guint end = MIN (weft_series_find (series, step_at (draw, clock, draw->art->plot.width)) + 1, n);
  for (guint i = begin; (end - begin) * DOT_PITCH <= draw->art->plot.width && i < end; i++)
    if (isfinite (weft_series_y (series, i)))
      {
        cairo_arc (draw->cr, place_step (draw, clock, weft_series_x (series, i)),
                   weft_chart_place_y (draw, weft_series_y (series, i)), 3, 0, 2 * G_PI);
        cairo_fill (draw->cr);
      }
}

/* Returns whether the step was named. */
static gboolean
draw_gaps (WeftChartDraw        *draw,
           const WeftChartTrack *track,
           const WeftSeries     *series,
           gboolean              named)
{
  const WeftRect *plot = &draw->art->plot;
  WeftColour      error = weft_theme_colour (draw->style->theme, WEFT_ROLE_ERROR);
  double          free_from = -INFINITY;
  for (guint i = 0; i < weft_series_n_gaps (series); i++)
    {
      double from, to;
      weft_series_gap (series, i, &from, &to);
      double left = place_step (draw, track->data->clock, from);
      double right = MAX (place_step (draw, track->data->clock, to), left + 2);
      if (right < plot->x || left > plot->x + plot->width || right < free_from)
        continue;
      free_from = right + MARK_PITCH;
      set_colour (draw, error, 0.25);
      cairo_rectangle (draw->cr, left, plot->y, right - left, plot->height);
      cairo_fill (draw->cr);
      if (named)
        continue;
      g_autofree char *text = g_strdup_printf (_ ("not finite at step %.0f"), from);
      gboolean         fits = right + 6 + weft_chart_text_width (draw, text, 0) < plot->x + plot->width;
      weft_chart_text (draw, text, 0, fits ? right + 6 : left - 6, plot->y + 10, fits ? 0 : 1,
                       error);
      named = TRUE;
    }
  return named;
}

/* For internal use: all curves; those of the first run, which is the one that goes on, on top. */
void
weft_chart_draw_tracks (WeftChartDraw *draw)
{
  gboolean named = FALSE;
  cairo_set_line_join (draw->cr, CAIRO_LINE_JOIN_ROUND);
  for (guint i = draw->art->tracks->len; i > 0; i--)
    {
      const WeftChartTrack *track = &g_array_index (draw->art->tracks, WeftChartTrack, i - 1);
      WeftRunCurve         *curve = weft_run_data_find (track->data, draw->art->name);
      if (curve == NULL)
        continue;
      draw_train (draw, track, curve->train);
      draw_validation (draw, track, curve->validation);
      cairo_set_dash (draw->cr, NULL, 0, 0);
      named = draw_gaps (draw, track, curve->train, named);
    }
}

/* For internal use: where knobs of the first run were turned. */
void
weft_chart_draw_flags (WeftChartDraw *draw)
{
  const WeftChartTrack *track = &g_array_index (draw->art->tracks, WeftChartTrack, 0);
  const WeftRect       *plot = &draw->art->plot;
  WeftColour            dim = weft_theme_colour (draw->style->theme, WEFT_ROLE_TEXT_DIM);
  double                dashes[] = { 2, 3 }, free_from = -INFINITY, last_x = -INFINITY;
  for (guint i = 0; i < track->data->flags->len; i++)
    {
      const WeftRunFlag *flag = &g_array_index (track->data->flags, WeftRunFlag, i);
      double             x = round (place_step (draw, track->data->clock, flag->step)) + 0.5;
      if (x < plot->x || x > plot->x + plot->width || x < last_x + MARK_PITCH)
        continue;
      last_x = x;
      set_colour (draw, dim, 1);
      cairo_set_line_width (draw->cr, 1);
      cairo_set_dash (draw->cr, dashes, 2, 0);
      cairo_move_to (draw->cr, x, plot->y);
      cairo_line_to (draw->cr, x, plot->y + plot->height);
      cairo_stroke (draw->cr);
      cairo_set_dash (draw->cr, NULL, 0, 0);
      g_autofree char *value = weft_format_number (flag->value);
      g_autofree char *text = g_strdup_printf ("%s %s", _ (flag->knob), value);
      double           width = weft_chart_text_width (draw, text, 0);
      if (x < free_from || x + 4 + width > plot->x + plot->width)
        continue;
      free_from = x + width + 10;
      weft_chart_text (draw, text, 0, x + 4, plot->y + 8, 0, dim);
    }
}

/* For internal use: what stands beside a name in the legend: 20 units of the line from @x on. */
void
weft_chart_draw_line_sample (
  WeftChartDraw *draw, guint look, gboolean validation, double x, double y)
{
  set_colour (draw, weft_run_look_colour (draw->style->theme, look), 1);
  cairo_set_line_width (draw->cr, 2);
  set_dashes (draw, look);
  cairo_move_to (draw->cr, x, y);
  cairo_line_to (draw->cr, x + 20, y);
  cairo_stroke (draw->cr);
  cairo_set_dash (draw->cr, NULL, 0, 0);
  if (!validation)
    return;
  cairo_arc (draw->cr, x + 10, y, 3.5, 0, 2 * G_PI);
  cairo_fill (draw->cr);
}

gint64
weft_chart_index_at (const WeftSeries *series, double step)
{
  guint at = weft_series_find (series, step);
  if (at < weft_series_n (series) && weft_series_x (series, at) == step)
    return at;
  return (gint64) at - 1;
}
