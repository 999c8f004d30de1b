/* An axis: which range it shows, where its marks stand, what they are called.
 *
 * Marks stand at 1, 2 or 5 times a power of ten.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/axis.h"

#include "ui/draw/format.h"

#include <glib/gi18n.h>
#include <math.h>

/* A logarithmic axis that spans less than this factor has no power of ten to hold on to: it gets
 * even marks. */
#define LOG_MARKS_FROM 8.0
/* A symmetric axis shows this share of its greatest value as straight. */
#define SYMMETRIC_BEND 1e-4

static void
add_mark (WeftAxis *axis, double value)
{
  double slack = 1e-9 * (axis->maximum - axis->minimum);
  if (axis->n_marks < WEFT_AXIS_MAX_MARKS && value >= axis->minimum - slack &&
      value <= axis->maximum + slack)
    axis->marks[axis->n_marks++] = value;
}

/* Marks of time are round in the unit that they are named in. */
static double
time_unit (double seconds)
{
  return seconds >= 3 * 3600 ? 3600 : seconds >= 180 ? 60
                                                     : 1;
}

static void
mark_evenly (WeftAxis *axis, guint n_wanted)
{
  double rough = (axis->maximum - axis->minimum) / n_wanted / axis->unit;
  double unit = pow (10, floor (log10 (rough)));
  double share = rough / unit;
  double step = unit * (share <= 1 ? 1 : share <= 2 ? 2
                                       : share <= 5 ? 5
                                                    : 10);
  if (axis->kind == WEFT_AXIS_COUNT)
    step = MAX (1, step);
  step *= axis->unit;
  axis->pitch = step;
  for (double value = ceil (axis->minimum / step - 1e-9) * step;
       value <= axis->maximum + 1e-9 * step; value += step)
    add_mark (axis, fabs (value) < 1e-9 * step ? 0 : value);
}

/* As many of 1; 1 and 3; 1, 2 and 5 in a decade as there is room for; else every second, third...
 * decade. */
static void
mark_decades (WeftAxis *axis, guint n_wanted)
{
  static const double DIGITS[][3] = { { 1, 2, 5 }, { 1, 3, 0 }, { 1, 0, 0 } };
  double              decades = log10 (axis->maximum / axis->minimum);
  guint               set = decades * 3 <= n_wanted ? 0 : decades * 2 <= n_wanted ? 1
                                                                                  : 2;
  int                 stride = MAX (1, (int) ceil (decades / n_wanted));
  int                 first = (int) floor (log10 (axis->minimum));
  int                 last = (int) ceil (log10 (axis->maximum));
  for (int decade = first; decade <= last; decade++)
    for (guint i = 0; i < 3 && DIGITS[set][i] > 0; i++)
      if (set < 2 || (decade - last) % stride == 0)
        add_mark (axis, DIGITS[set][i] * pow (10, decade));
}

/* Zero, and on both sides as many decades as there is room for. */
static void
mark_both_sides (WeftAxis *axis, guint n_wanted)
{
  double most = MAX (fabs (axis->minimum), fabs (axis->maximum));
  int    last = (int) floor (log10 (most) + 1e-9), first = (int) ceil (log10 (axis->bend) - 1e-9);
  int    stride = MAX (1, (int) ceil (2.0 * (last - first + 1) / n_wanted));
  int    n = MAX (0, (last - first + stride - 1) / stride);
  for (int i = 0; i < n; i++)
    add_mark (axis, -pow (10, last - i * stride));
  add_mark (axis, 0);
  for (int i = n - 1; i >= 0; i--)
    add_mark (axis, pow (10, last - i * stride));
}

/**
 * weft_axis_init:
 * @axis: (out): an axis
 * @kind: what stands on it
 * @scale: a logarithmic one becomes symmetric where @minimum is not positive
 * @minimum: least value
 * @maximum: greatest value
 * @n_wanted: about how many marks there is room for
 */
void
weft_axis_init (WeftAxis    *axis,
                WeftAxisKind kind,
                WeftScale    scale,
                double       minimum,
                double       maximum,
                guint        n_wanted)
{
  *axis = (WeftAxis){ .kind = kind, .scale = scale, .unit = 1 };
  n_wanted = CLAMP (n_wanted, 2, WEFT_AXIS_MAX_MARKS - 2);
  if (!(maximum > minimum))
    {
      double around = minimum != 0 ? 0.1 * fabs (minimum) : 1;
      minimum -= around;
      maximum += around;
    }
  axis->minimum = minimum;
  axis->maximum = maximum;
  if (kind == WEFT_AXIS_TIME)
    axis->unit = time_unit (maximum);
  if (scale == WEFT_SCALE_LOG && minimum <= 0)
    axis->scale = WEFT_SCALE_SYMMETRIC;
  if (axis->scale == WEFT_SCALE_SYMMETRIC)
    axis->bend = pow (10, ceil (log10 (MAX (fabs (minimum), fabs (maximum))))) * SYMMETRIC_BEND;
  if (axis->scale == WEFT_SCALE_SYMMETRIC)
    mark_both_sides (axis, n_wanted);
  else if (axis->scale == WEFT_SCALE_LOG && maximum / minimum >= LOG_MARKS_FROM)
    mark_decades (axis, n_wanted);
  else
    mark_evenly (axis, n_wanted);
}

/**
 * weft_axis_place:
 * @axis: an axis
 * @value: a value
 *
 * Returns: 0 at the axis's beginning, 1 at its end; may lie outside
 */
double
weft_axis_place (const WeftAxis *axis, double value)
{
  if (axis->scale == WEFT_SCALE_SYMMETRIC)
    {
      double first = asinh (axis->minimum / axis->bend), last = asinh (axis->maximum / axis->bend);
      return (asinh (value / axis->bend) - first) / (last - first);
    }
  if (axis->scale == WEFT_SCALE_LINEAR)
    return (value - axis->minimum) / (axis->maximum - axis->minimum);
  double floor_value = MAX (value, axis->minimum * 1e-3);
  return log (floor_value / axis->minimum) / log (axis->maximum / axis->minimum);
}

/**
 * weft_axis_value:
 * @axis: an axis
 * @place: 0 at its beginning, 1 at its end
 *
 * Returns: what stands there
 */
double
weft_axis_value (const WeftAxis *axis, double place)
{
  if (axis->scale == WEFT_SCALE_SYMMETRIC)
    {
      double first = asinh (axis->minimum / axis->bend), last = asinh (axis->maximum / axis->bend);
      return axis->bend * sinh (first + place * (last - first));
    }
  if (axis->scale == WEFT_SCALE_LOG)
    return axis->minimum * pow (axis->maximum / axis->minimum, place);
  return axis->minimum + place * (axis->maximum - axis->minimum);
}

/**
 * weft_axis_label:
 * @axis: an axis
 * @value: one of its marks
 *
 * Returns: (transfer full): its name
 */
char *
weft_axis_label (const WeftAxis *axis, double value)
{
  switch (axis->kind)
    {
    case WEFT_AXIS_COUNT:
      return weft_format_short (value);
    case WEFT_AXIS_PERCENT:
      return g_strdup_printf ("%.*f%%", axis->pitch > 0 && axis->pitch < 0.01 ? 1 : 0, 100 * value);
    case WEFT_AXIS_TIME:
      return g_strdup_printf (axis->unit == 3600 ? _ ("%g h")
                              : axis->unit == 60 ? _ ("%g min")
                                                 : _ ("%g s"),
                              value / axis->unit);
    case WEFT_AXIS_VALUE:
      break;
    }
  if (value == 0)
    return g_strdup ("0");
  /* Marks that are even are told apart by the digits down to their pitch. */
  double size = MAX (fabs (axis->minimum), fabs (axis->maximum));
  if (axis->pitch > 0 && size < 1e5 && size >= 1e-3)
    return g_strdup_printf ("%.*f", (int) MAX (0, -floor (log10 (axis->pitch) + 1e-9)), value);
  if (axis->pitch > 0)
    return g_strdup_printf ("%.*g", (int) ceil (log10 (size / axis->pitch)) + 1, value);
  if (fabs (value) < 1e-3 || fabs (value) >= 1e5)
    return g_strdup_printf ("%.1g", value);
  return g_strdup_printf ("%.*f", value < 0.01 ? 3 : value < 0.1 ? 2
                                                   : value < 1   ? 1
                                                                 : 0,
                          value);
}
