/* Curves as tables: one point a line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/curve-export.h"

#include "engine/base/json.h"

#include <math.h>
#include <string.h>

typedef struct
{
  const WeftChartTrack *track;
  const WeftRunCurve   *curve;
  gboolean              validation;
  double                step, value;
} Point;

typedef void (*PointFunc) (GString *text, const Point *point);

static void
walk_series (GString *text, Point *point, const WeftSeries *series, PointFunc func)
{
  for (guint i = 0; i < weft_series_n (series); i++)
    {
      point->step = weft_series_x (series, i);
      point->value = weft_series_y (series, i);
      func (text, point);
    }
}

static void
walk (GString *text, const GArray *tracks, const char *const *names, PointFunc func)
{
  for (guint i = 0; i < tracks->len; i++)
    {
      Point point = { .track = &g_array_index (tracks, WeftChartTrack, i) };
      for (guint k = 0; k < point.track->data->curves->len; k++)
        {
          point.curve = g_ptr_array_index (point.track->data->curves, k);
          if (names != NULL && !g_strv_contains (names, point.curve->name))
            continue;
          point.validation = FALSE;
          walk_series (text, &point, point.curve->train, func);
          point.validation = TRUE;
          walk_series (text, &point, point.curve->validation, func);
        }
    }
}

/* The fewest digits that read back the same. */
static void
append_number (GString *text, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  if (!isfinite (value))
    return;
  g_ascii_formatd (digits, sizeof digits, "%.15g", value);
  if (g_ascii_strtod (digits, NULL) != value)
    g_ascii_dtostr (digits, sizeof digits, value);
  g_string_append (text, digits);
}

/* Quoted where RFC 4180 asks for it. */
static void
append_field (GString *text, const char *field)
{
  if (strpbrk (field, ",\"\r\n") == NULL)
    {
      g_string_append (text, field);
      return;
    }
  g_string_append_c (text, '"');
  for (const char *c = field; *c != '\0'; c++)
    {
      if (*c == '"')
        g_string_append_c (text, '"');
      g_string_append_c (text, *c);
    }
  g_string_append_c (text, '"');
}

static double
clock_value (const Point *point, WeftClockKind kind)
{
  return weft_clock_value (point->track->data->clock, kind, point->step);
}

static void
append_csv (GString *text, const Point *point)
{
  append_field (text, point->track->title);
  g_string_append_c (text, ',');
  append_field (text, point->curve->name);
  g_string_append (text, point->validation ? ",validation," : ",train,");
  for (guint kind = 0; kind < WEFT_N_CLOCK_KINDS; kind++)
    {
      append_number (text, clock_value (point, (WeftClockKind) kind));
      g_string_append_c (text, ',');
    }
  append_number (text, point->value);
  g_string_append_c (text, '\n');
}

static void
append_json (GString *text, const Point *point)
{
  static const char *const KEYS[WEFT_N_CLOCK_KINDS] = { "step", "epoch", "time_s", "examples" };
  g_autoptr (WeftJson) json = weft_json_new_object ();
  weft_json_set_string (json, "run", point->track->title);
  weft_json_set_string (json, "curve", point->curve->name);
  weft_json_set_string (json, "part", point->validation ? "validation" : "train");
  for (guint kind = 0; kind < WEFT_N_CLOCK_KINDS; kind++)
    weft_json_set_number (json, KEYS[kind], clock_value (point, (WeftClockKind) kind));
  weft_json_set_number (json, "value", point->value);
  g_autofree char *line = weft_json_to_string (json);
  g_string_append (text, line);
  g_string_append_c (text, '\n');
}

/**
 * weft_curves_to_csv:
 * @tracks: (element-type WeftChartTrack): runs
 * @names: (nullable): of curves; NULL: all
 *
 * Returns: (transfer full): the table
 */
char *
weft_curves_to_csv (const GArray *tracks, const char *const *names)
{
  GString *text = g_string_new ("run,curve,part,step,epoch,time_s,examples,value\n");
  walk (text, tracks, names, append_csv);
  return g_string_free (text, FALSE);
}

/**
 * weft_curves_to_json_lines:
 * @tracks: (element-type WeftChartTrack): runs
 * @names: (nullable): of curves; NULL: all
 *
 * Returns: (transfer full): one object a line
 */
char *
weft_curves_to_json_lines (const GArray *tracks, const char *const *names)
{
  GString *text = g_string_new (NULL);
  walk (text, tracks, names, append_json);
  return g_string_free (text, FALSE);
}
