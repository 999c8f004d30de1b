/* The drawing of a chart.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/dock/chart-private.h"

#include "ui/draw/format.h"
#include "ui/shared/settings.h"

#include <glib/gi18n.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#define TOP 36.0    /* room for title and legend */
#define BOTTOM 24.0 /* room for the steps */
#define SIDE 12.0
#define LABEL_GAP 8.0
#define MARK_PITCH_Y 34.0
#define MARK_PITCH_X 90.0
#define CURVE_PITCH 2.0 /* pixels between the points of a drawn mean */
#define DOT_PITCH 9.0   /* where validation's points stand closer, they have no dots */

typedef struct
{
  WeftChart    *chart;
  cairo_t      *cr;
  WeftThemeKind theme;
  double        x, y, width, height; /* of the plot */
  WeftAxis      steps, values;
} Plot;

static gboolean
is_dark (const Plot *plot)
{
  return plot->theme == WEFT_THEME_DARK || plot->theme == WEFT_THEME_CONTRAST_DARK;
}

static void
set_colour (const Plot *plot, WeftColour colour, double alpha)
{
  cairo_set_source_rgba (plot->cr, colour.red, colour.green, colour.blue, colour.alpha * alpha);
}

static void
set_role (const Plot *plot, WeftRole role)
{
  set_colour (plot, weft_theme_colour (plot->theme, role), 1);
}

/* Blue and orange: told apart also by those who do not see red and green. */
static WeftColour
train_colour (const Plot *plot)
{
  return is_dark (plot) ? (WeftColour){ 0.47f, 0.68f, 0.95f, 1 }
                        : (WeftColour){ 0.11f, 0.44f, 0.85f, 1 };
}

static WeftColour
validation_colour (const Plot *plot)
{
  return is_dark (plot) ? (WeftColour){ 1.0f, 0.64f, 0.28f, 1 }
                        : (WeftColour){ 0.84f, 0.38f, 0.0f, 1 };
}

/* ---- Text ---- */

typedef enum
{
  TEXT_PLAIN,
  TEXT_BOLD,
  TEXT_MONO,
} TextKind;

static PangoLayout *
new_layout (const Plot *plot, const char *text, TextKind kind)
{
  PangoLayout          *layout = gtk_widget_create_pango_layout (GTK_WIDGET (plot->chart), text);
  PangoFontDescription *font = pango_font_description_copy (
    pango_context_get_font_description (pango_layout_get_context (layout)));
  int size = pango_font_description_get_size (font);
  if (kind == TEXT_BOLD)
    pango_font_description_set_weight (font, PANGO_WEIGHT_BOLD);
  else if (pango_font_description_get_size_is_absolute (font))
    pango_font_description_set_absolute_size (font, 0.85 * size);
  else
    pango_font_description_set_size (font, (int) (0.85 * size));
  if (kind == TEXT_MONO)
    pango_font_description_set_family (font, "monospace");
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  return layout;
}

static double
text_width (const Plot *plot, const char *text, TextKind kind)
{
  g_autoptr (PangoLayout) layout = new_layout (plot, text, kind);
  int width;
  pango_layout_get_pixel_size (layout, &width, NULL);
  return width;
}

/* @align: 0: @x is the text's left end, 0.5: its middle, 1: its right end. @y is its middle. */
static void
draw_text (const Plot *plot, const char *text, TextKind kind, double x, double y, double align)
{
  g_autoptr (PangoLayout) layout = new_layout (plot, text, kind);
  int width, height;
  pango_layout_get_pixel_size (layout, &width, &height);
  cairo_move_to (plot->cr, round (x - align * width), round (y - height / 2.0));
  pango_cairo_show_layout (plot->cr, layout);
}

/**
 * weft_chart_dup_title:
 * @chart: a chart
 *
 * Returns: (transfer full): what it shows: "Loss"
 */
char *
weft_chart_dup_title (WeftChart *chart)
{
  if (chart->index >= weft_run_model_n_curves (chart->run))
    return g_strdup (_ ("Loss"));
  const char *name = weft_run_model_get_curve (chart->run, chart->index)->name;
  if (g_str_equal (name, "loss"))
    return g_strdup (_ ("Loss"));
  g_autofree char *first = g_utf8_substring (name, 0, 1);
  g_autofree char *upper = g_utf8_strup (first, -1);
  g_autofree char *rest = g_utf8_substring (name, 1, -1);
  return g_strconcat (upper, rest, NULL);
}

/* ---- Places ---- */

static double
place_x (const Plot *plot, double step)
{
  return plot->x + plot->width * weft_axis_place (&plot->steps, step);
}

static double
place_y (const Plot *plot, double value)
{
  return plot->y + plot->height * (1 - CLAMP (weft_axis_place (&plot->values, value), -0.02, 1.02));
}

/**
 * weft_chart_step_at:
 * @chart: a chart
 * @view_x: a place in the widget
 *
 * Returns: the step there; NaN where the plot is not, or nothing has been drawn
 */
double
weft_chart_step_at (WeftChart *chart, double view_x)
{
  if (chart->plot_width <= 0 || view_x < chart->plot_x - 4 ||
      view_x > chart->plot_x + chart->plot_width + 4)
    return NAN;
  double share = CLAMP ((view_x - chart->plot_x) / chart->plot_width, 0, 1);
  return round (chart->x_minimum + share * (chart->x_maximum - chart->x_minimum));
}

static void
include (const WeftSeries *series, double *minimum, double *maximum)
{
  double low, high;
  if (!weft_series_range (series, 0, weft_series_n (series), &low, &high))
    return;
  *minimum = MIN (*minimum, low);
  *maximum = MAX (*maximum, high);
}

static gboolean
is_share (const char *name, double minimum, double maximum)
{
  return strstr (name, "accuracy") != NULL && minimum >= 0 && maximum <= 1;
}

/* FALSE: nothing to show. */
static gboolean
lay_out (Plot *plot, const WeftRunCurve *curve, double width, double height)
{
  double minimum = INFINITY, maximum = -INFINITY;
  include (curve->train, &minimum, &maximum);
  include (curve->validation, &minimum, &maximum);
  guint n = weft_series_n (curve->train);
  if (n == 0)
    return FALSE;
  if (minimum > maximum)
    minimum = 0, maximum = 1; /* nothing but gaps */

  gboolean     share = is_share (curve->name, minimum, maximum);
  WeftAxisKind kind = share ? WEFT_AXIS_PERCENT : WEFT_AXIS_VALUE;
  if (share)
    maximum = 1;
  plot->y = TOP;
  plot->height = height - TOP - BOTTOM;
  guint n_marks = (guint) MAX (2, plot->height / MARK_PITCH_Y);
  weft_axis_init (&plot->values, kind, plot->chart->log && !share, minimum, maximum, n_marks);

  double widest = 0;
  for (guint i = 0; i < plot->values.n_marks; i++)
    {
      g_autofree char *label = weft_axis_label (&plot->values, plot->values.marks[i]);
      widest = MAX (widest, text_width (plot, label, TEXT_MONO));
    }
  plot->x = SIDE + widest + LABEL_GAP;
  plot->width = width - plot->x - SIDE;
  double last = weft_series_x (curve->train, n - 1);
  weft_axis_init (&plot->steps, WEFT_AXIS_COUNT, FALSE, 0, MAX (last, 10),
                  (guint) MAX (2, plot->width / MARK_PITCH_X));
  plot->chart->plot_x = plot->x;
  plot->chart->plot_width = plot->width;
  plot->chart->x_minimum = plot->steps.minimum;
  plot->chart->x_maximum = plot->steps.maximum;
  return plot->width > 20 && plot->height > 20;
}

static void
draw_grid (const Plot *plot)
{
  cairo_t *cr = plot->cr;
  cairo_set_line_width (cr, 1);
  for (guint i = 0; i < plot->values.n_marks; i++)
    {
      double           y = round (place_y (plot, plot->values.marks[i])) + 0.5;
      g_autofree char *label = weft_axis_label (&plot->values, plot->values.marks[i]);
      set_colour (plot, weft_theme_colour (plot->theme, WEFT_ROLE_TEXT_DIM), 0.22);
      cairo_move_to (cr, plot->x, y);
      cairo_line_to (cr, plot->x + plot->width, y);
      cairo_stroke (cr);
      set_role (plot, WEFT_ROLE_TEXT_DIM);
      draw_text (plot, label, TEXT_MONO, plot->x - LABEL_GAP, y, 1);
    }
  double           right = plot->x + plot->width, baseline = plot->y + plot->height + BOTTOM / 2;
  g_autofree char *unit = g_strdup (_ ("steps"));
  double           unit_x = right - text_width (plot, unit, TEXT_PLAIN);
  draw_text (plot, unit, TEXT_PLAIN, right, baseline, 1);
  for (guint i = 0; i < plot->steps.n_marks; i++)
    {
      g_autofree char *label = weft_axis_label (&plot->steps, plot->steps.marks[i]);
      double           half = text_width (plot, label, TEXT_MONO) / 2;
      double           x = MAX (place_x (plot, plot->steps.marks[i]), plot->x + half);
      if (x + half + LABEL_GAP < unit_x)
        draw_text (plot, label, TEXT_MONO, x, baseline, 0.5);
    }
}

/* ---- Curves ---- */

/* One pixel column after the other: its points are begin..end. */
typedef struct
{
  const Plot       *plot;
  const WeftSeries *series;
  double            pitch, column;
  guint             begin, end;
} Columns;

static gboolean
next_column (Columns *columns)
{
  guint n = weft_series_n (columns->series);
  while (columns->end < n && columns->column < columns->plot->width)
    {
      const WeftAxis *steps = &columns->plot->steps;
      columns->column += columns->pitch;
      columns->begin = columns->end;
      double right = columns->column >= columns->plot->width
                       ? INFINITY
                       : steps->minimum + columns->column / columns->plot->width *
                                            (steps->maximum - steps->minimum);
      columns->end = weft_series_find (columns->series, right);
      if (columns->end > columns->begin)
        return TRUE;
    }
  return FALSE;
}

/* Few points: the line through them. */
static void
trace_points (const Plot *plot, const WeftSeries *series, gboolean smooth)
{
  gboolean down = FALSE;
  for (guint i = 0; i < weft_series_n (series); i++)
    {
      double y = smooth ? weft_series_smooth (series, i) : weft_series_y (series, i);
      if (!isfinite (y))
        {
          down = FALSE;
          continue;
        }
      double x = place_x (plot, weft_series_x (series, i));
      if (down)
        cairo_line_to (plot->cr, x, place_y (plot, y));
      else
        cairo_move_to (plot->cr, x, place_y (plot, y));
      down = TRUE;
    }
}

/* Many points: their mean where a column ends. */
static void
trace_columns (const Plot *plot, const WeftSeries *series)
{
  Columns  columns = { plot, series, CURVE_PITCH, 0, 0, 0 };
  gboolean down = FALSE;
  while (next_column (&columns))
    {
      double y = weft_series_smooth (series, columns.end - 1);
      if (!isfinite (y))
        {
          down = FALSE;
          continue;
        }
      double x = place_x (plot, weft_series_x (series, columns.end - 1));
      if (down)
        cairo_line_to (plot->cr, x, place_y (plot, y));
      else
        cairo_move_to (plot->cr, x, place_y (plot, y));
      down = TRUE;
    }
}

/* The least and the greatest point of each column, as one shape. */
static void
fill_band (const Plot *plot, const WeftSeries *series)
{
  g_autoptr (GArray) lower = g_array_new (FALSE, FALSE, sizeof (graphene_point_t));
  Columns columns = { plot, series, 1, 0, 0, 0 };
  double  low, high;
  while (next_column (&columns))
    {
      if (!weft_series_range (series, columns.begin, columns.end, &low, &high))
        continue;
      double           x = plot->x + columns.column - 0.5;
      graphene_point_t point = { (float) x,
                                 (float) MAX (place_y (plot, low), place_y (plot, high) + 1) };
      g_array_append_val (lower, point);
      cairo_line_to (plot->cr, x, place_y (plot, high));
    }
  for (guint i = lower->len; i > 0; i--)
    {
      graphene_point_t *point = &g_array_index (lower, graphene_point_t, i - 1);
      cairo_line_to (plot->cr, point->x, point->y);
    }
  if (lower->len > 0)
    cairo_close_path (plot->cr);
  cairo_fill (plot->cr);
}

static void
draw_train (const Plot *plot, const WeftSeries *series)
{
  WeftColour colour = train_colour (plot);
  gboolean   many = weft_series_n (series) > 2 * plot->width / CURVE_PITCH;
  gboolean   smoothed = weft_run_model_get_smoothing (plot->chart->run) > 0;
  cairo_set_line_join (plot->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (plot->cr, CAIRO_LINE_CAP_ROUND);
  set_colour (plot, colour, smoothed ? 0.3 : 1);
  cairo_set_line_width (plot->cr, smoothed ? 1 : 1.5);
  if (many)
    fill_band (plot, series);
  else
    {
      trace_points (plot, series, FALSE);
      cairo_stroke (plot->cr);
    }
  if (!smoothed)
    return;
  set_colour (plot, colour, 1);
  cairo_set_line_width (plot->cr, 2);
  if (many)
    trace_columns (plot, series);
  else
    trace_points (plot, series, TRUE);
  cairo_stroke (plot->cr);
}

static void
draw_validation (const Plot *plot, const WeftSeries *series)
{
  guint n = weft_series_n (series);
  if (n == 0)
    return;
  set_colour (plot, validation_colour (plot), 1);
  cairo_set_line_width (plot->cr, 2);
  if (n > plot->width)
    trace_columns (plot, series);
  else
    trace_points (plot, series, FALSE);
  cairo_stroke (plot->cr);
  for (guint i = 0; n * DOT_PITCH <= plot->width && i < n; i++)
    if (isfinite (weft_series_y (series, i)))
      {
        cairo_arc (plot->cr, place_x (plot, weft_series_x (series, i)),
                   place_y (plot, weft_series_y (series, i)), 3, 0, 2 * G_PI);
        cairo_fill (plot->cr);
      }
}

static void
draw_gaps (const Plot *plot, const WeftSeries *series)
{
  for (guint i = 0; i < weft_series_n_gaps (series); i++)
    {
      double from, to;
      weft_series_gap (series, i, &from, &to);
      double left = place_x (plot, from), right = MAX (place_x (plot, to), left + 2);
      set_colour (plot, weft_theme_colour (plot->theme, WEFT_ROLE_ERROR), 0.25);
      cairo_rectangle (plot->cr, left, plot->y, right - left, plot->height);
      cairo_fill (plot->cr);
      if (i > 0)
        continue;
      g_autofree char *text = g_strdup_printf (_ ("not finite at step %.0f"), from);
      gboolean         fits = right + 6 + text_width (plot, text, TEXT_PLAIN) < plot->x + plot->width;
      set_role (plot, WEFT_ROLE_ERROR);
      draw_text (plot, text, TEXT_PLAIN, fits ? right + 6 : left - 6, plot->y + 10, fits ? 0 : 1);
    }
}

static void
draw_flags (const Plot *plot)
{
  guint              n;
  const WeftRunFlag *flags = weft_run_model_get_flags (plot->chart->run, &n);
  double             dashes[] = { 2, 3 };
  double             free_from = -INFINITY;
  for (guint i = 0; i < n; i++)
    {
      double x = round (place_x (plot, flags[i].step)) + 0.5;
      set_role (plot, WEFT_ROLE_TEXT_DIM);
      cairo_set_line_width (plot->cr, 1);
      cairo_set_dash (plot->cr, dashes, 2, 0);
      cairo_move_to (plot->cr, x, plot->y);
      cairo_line_to (plot->cr, x, plot->y + plot->height);
      cairo_stroke (plot->cr);
      cairo_set_dash (plot->cr, NULL, 0, 0);
      g_autofree char *rate = weft_format_number (flags[i].rate);
      g_autofree char *text = g_strdup_printf (_ ("rate %s"), rate);
      double           width = text_width (plot, text, TEXT_PLAIN);
      if (x < free_from || x + 4 + width > plot->x + plot->width)
        continue;
      free_from = x + width + 10;
      draw_text (plot, text, TEXT_PLAIN, x + 4, plot->y + 8, 0);
    }
}

/* ---- Title, legend, cursor ---- */

/* Returns where the next entry ends; without room, nothing is drawn. */
static double
draw_legend_entry (
  const Plot *plot, const char *text, WeftColour colour, double right, double title_end)
{
  double width = text_width (plot, text, TEXT_PLAIN), middle = TOP / 2 - 1;
  if (right - width - 14 < title_end)
    return right;
  set_role (plot, WEFT_ROLE_TEXT);
  draw_text (plot, text, TEXT_PLAIN, right, middle, 1);
  set_colour (plot, colour, 1);
  cairo_arc (plot->cr, right - width - 10, middle, 4, 0, 2 * G_PI);
  cairo_fill (plot->cr);
  return right - width - 28;
}

static void
draw_heading (const Plot *plot, const WeftRunCurve *curve, double width)
{
  g_autofree char *title = weft_chart_dup_title (plot->chart);
  set_role (plot, WEFT_ROLE_TEXT);
  draw_text (plot, title, TEXT_BOLD, SIDE, TOP / 2 - 1, 0);
  if (curve == NULL)
    return;
  double right = width - SIDE, title_end = SIDE + text_width (plot, title, TEXT_BOLD) + 16;
  if (isfinite (curve->test))
    {
      g_autofree char *value = is_share (curve->name, curve->test, curve->test)
                                 ? g_strdup_printf ("%.2f%%", 100 * curve->test)
                                 : weft_format_value (curve->test);
      g_autofree char *text = g_strdup_printf (_ ("test %s"), value);
      double           text_size = text_width (plot, text, TEXT_PLAIN);
      if (right - text_size - 150 > title_end)
        {
          set_role (plot, WEFT_ROLE_TEXT_DIM);
          draw_text (plot, text, TEXT_PLAIN, right, TOP / 2 - 1, 1);
          right -= text_size + 18;
        }
    }
  if (weft_series_n (curve->validation) > 0)
    right = draw_legend_entry (plot, _ ("valid"), validation_colour (plot), right, title_end);
  if (weft_series_n (curve->train) > 0)
    draw_legend_entry (plot, _ ("train"), train_colour (plot), right, title_end);
}

static void
rounded_box (cairo_t *cr, double x, double y, double width, double height, double radius)
{
  cairo_new_sub_path (cr);
  cairo_arc (cr, x + width - radius, y + radius, radius, -G_PI / 2, 0);
  cairo_arc (cr, x + width - radius, y + height - radius, radius, 0, G_PI / 2);
  cairo_arc (cr, x + radius, y + height - radius, radius, G_PI / 2, G_PI);
  cairo_arc (cr, x + radius, y + radius, radius, G_PI, 3 * G_PI / 2);
  cairo_close_path (cr);
}

#define MAX_READINGS 3
typedef struct
{
  const char *name;
  char       *value;
  WeftColour  colour;
} Reading;

/* The last point at or left of @x; -1: there is none. */
static gint64
index_at (const WeftSeries *series, double x)
{
  guint at = weft_series_find (series, x);
  if (at < weft_series_n (series) && weft_series_x (series, at) == x)
    return at;
  return (gint64) at - 1;
}

static char *
dup_reading (const Plot *plot, double value)
{
  return plot->values.kind == WEFT_AXIS_PERCENT ? g_strdup_printf ("%.2f%%", 100 * value)
                                                : weft_format_value (value);
}

static guint
take_readings (const Plot *plot, const WeftRunCurve *curve, double step, Reading *readings)
{
  guint  n = 0;
  gint64 at = index_at (curve->train, step);
  if (at >= 0)
    {
      readings[n++] =
        (Reading){ _ ("train"), dup_reading (plot, weft_series_y (curve->train, (guint) at)),
                   train_colour (plot) };
      if (weft_run_model_get_smoothing (plot->chart->run) > 0)
        readings[n++] =
          (Reading){ _ ("smoothed"),
                     dup_reading (plot, weft_series_smooth (curve->train, (guint) at)),
                     train_colour (plot) };
    }
  at = index_at (curve->validation, step);
  if (at >= 0)
    readings[n++] =
      (Reading){ _ ("valid"), dup_reading (plot, weft_series_y (curve->validation, (guint) at)),
                 validation_colour (plot) };
  return n;
}

static void
draw_readings (const Plot *plot, double x, double step, const Reading *readings, guint n)
{
  g_autofree char *count = weft_format_count ((gint64) step);
  g_autofree char *heading = g_strdup_printf (_ ("step %s"), count);
  double           names = 0, values = 0, row = 18;
  for (guint i = 0; i < n; i++)
    {
      names = MAX (names, text_width (plot, readings[i].name, TEXT_PLAIN));
      values = MAX (values, text_width (plot, readings[i].value, TEXT_MONO));
    }
  double width = MAX (names + values + 18, text_width (plot, heading, TEXT_BOLD)) + 20;
  double height = row * (n + 1) + 12;
  double left = x + 12 + width <= plot->x + plot->width ? x + 12 : x - 12 - width;
  double top = plot->y + 4;
  rounded_box (plot->cr, left + 0.5, top + 0.5, width, height, 6);
  set_role (plot, WEFT_ROLE_CARD);
  cairo_fill_preserve (plot->cr);
  set_role (plot, WEFT_ROLE_CARD_BORDER);
  cairo_set_line_width (plot->cr, 1);
  cairo_stroke (plot->cr);
  set_role (plot, WEFT_ROLE_TEXT);
  draw_text (plot, heading, TEXT_BOLD, left + 10, top + 6 + row / 2, 0);
  for (guint i = 0; i < n; i++)
    {
      double y = top + 6 + row * (i + 1.5);
      set_colour (plot, readings[i].colour, 1);
      draw_text (plot, readings[i].name, TEXT_PLAIN, left + 10, y, 0);
      set_role (plot, WEFT_ROLE_TEXT);
      draw_text (plot, readings[i].value, TEXT_MONO, left + width - 10, y, 1);
    }
}

static void
draw_cursor (const Plot *plot, const WeftRunCurve *curve)
{
  double step = plot->chart->cursor;
  if (isnan (step) || step < plot->steps.minimum || step > plot->steps.maximum)
    return;
  double x = round (place_x (plot, step)) + 0.5, dashes[] = { 3, 3 };
  set_role (plot, WEFT_ROLE_TEXT_DIM);
  cairo_set_line_width (plot->cr, 1);
  cairo_set_dash (plot->cr, dashes, 2, 0);
  cairo_move_to (plot->cr, x, plot->y);
  cairo_line_to (plot->cr, x, plot->y + plot->height);
  cairo_stroke (plot->cr);
  cairo_set_dash (plot->cr, NULL, 0, 0);
  Reading readings[MAX_READINGS];
  guint   n = take_readings (plot, curve, step, readings);
  draw_readings (plot, x, step, readings, n);
  for (guint i = 0; i < n; i++)
    g_free (readings[i].value);
}

static void
draw_empty (const Plot *plot, double width, double height)
{
  WeftRunState state = weft_run_model_get_state (plot->chart->run);
  const char  *text = state == WEFT_RUN_LOADING   ? _ ("Preparing…")
                      : state == WEFT_RUN_RUNNING ? _ ("Waiting for the first step…")
                                                  : _ ("Press Train to see the loss fall");
  set_role (plot, WEFT_ROLE_TEXT_DIM);
  draw_text (plot, text, TEXT_PLAIN, width / 2, TOP + (height - TOP) / 2 - 8, 0.5);
}

/**
 * weft_chart_draw:
 * @chart: a chart
 * @cr: where, from the widget's corner
 * @width: the widget's
 * @height: the widget's
 */
void
weft_chart_draw (WeftChart *chart, cairo_t *cr, double width, double height)
{
  Plot                plot = { .chart = chart, .cr = cr, .theme = weft_settings_get_theme () };
  const WeftRunCurve *curve = chart->index < weft_run_model_n_curves (chart->run)
                                ? weft_run_model_get_curve (chart->run, chart->index)
                                : NULL;
  draw_heading (&plot, curve, width);
  if (curve == NULL || !lay_out (&plot, curve, width, height))
    {
      chart->plot_width = 0;
      draw_empty (&plot, width, height);
      return;
    }
  draw_grid (&plot);
  cairo_save (cr);
  cairo_rectangle (cr, plot.x - 4, plot.y - 4, plot.width + 8, plot.height + 8);
  cairo_clip (cr);
  draw_train (&plot, curve->train);
  draw_validation (&plot, curve->validation);
  draw_gaps (&plot, curve->train);
  draw_flags (&plot);
  cairo_restore (cr);
  draw_cursor (&plot, curve);
}
