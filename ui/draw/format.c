/* Numbers for people.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/format.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define THIN_SPACE "\u202f"

/**
 * weft_format_count:
 * @count: how many
 *
 * Returns: (transfer full): "8 320", with a thin space
 */
char *
weft_format_count (gint64 count)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GINT64_FORMAT, count);
  GString         *text = g_string_new (NULL);
  gsize            length = strlen (digits);
  for (gsize i = 0; i < length; i++)
    {
      gsize left = length - i;
      if (i > 0 && left % 3 == 0 && digits[i - 1] != '-')
        g_string_append (text, THIN_SPACE);
      g_string_append_c (text, digits[i]);
    }
  return g_string_free (text, FALSE);
}

/**
 * weft_format_short:
 * @number: a number
 *
 * Returns: (transfer full): three digits and a letter, as on an axis: "0", "850", "1.2k", "155k",
 * "3M"
 */
char *
weft_format_short (double number)
{
  static const struct
  {
    double      unit;
    const char *letter;
  } UNITS[] = { { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" } };
  for (guint i = 0; i < G_N_ELEMENTS (UNITS); i++)
    if (fabs (number) >= 0.9995 * UNITS[i].unit)
      {
        double value = number / UNITS[i].unit;
        int    decimals = fabs (value) < 99.95 && fabs (value - round (value)) > 0.005 ? 1 : 0;
        return g_strdup_printf ("%.*f%s", decimals, value, UNITS[i].letter);
      }
  return g_strdup_printf ("%.3g", number);
}

/**
 * weft_format_value:
 * @value: a loss or a metric
 *
 * Returns: (transfer full): with three or four digits that matter: "0.0832", "12.5", "1.3e-05",
 * "NaN"
 */
char *
weft_format_value (double value)
{
  if (isnan (value))
    return g_strdup ("NaN");
  if (isinf (value))
    return g_strdup (value > 0 ? "∞" : "−∞");
  double size = fabs (value);
  if (size != 0 && (size < 1e-3 || size >= 1e6))
    return g_strdup_printf ("%.2e", value);
  return g_strdup_printf ("%.*f", size < 1 ? 4 : size < 100  ? 3
                                               : size < 1000 ? 1
                                                             : 0,
                          value);
}

/**
 * weft_format_number:
 * @number: what a person typed
 *
 * Returns: (transfer full): the shortest text that reads back as the same number
 */
char *
weft_format_number (double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  for (int digits = 1; digits <= 17; digits++)
    {
      char format[8];
      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, sizeof text, format, number);
      if (g_ascii_strtod (text, NULL) == number)
        break;
    }
  return g_strdup (text);
}

/**
 * weft_format_duration:
 * @seconds: how long
 *
 * Returns: (transfer full): "11 s", "3 min", "2 h 05 min"
 */
char *
weft_format_duration (double seconds)
{
  if (!isfinite (seconds) || seconds < 0)
    return g_strdup ("–");
  gint64 whole = (gint64) ceil (seconds);
  if (whole < 100)
    return g_strdup_printf (_ ("%d s"), (int) whole);
  if (whole < 3600)
    return g_strdup_printf (_ ("%d min"), (int) ((whole + 30) / 60));
  return g_strdup_printf (_ ("%d h %02d min"), (int) (whole / 3600), (int) (whole % 3600 / 60));
}

/**
 * weft_format_step_time:
 * @steps_per_s: a speed
 *
 * Returns: (transfer full): the time of one step: "412 µs/step", "1.8 ms/step"
 */
char *
weft_format_step_time (double steps_per_s)
{
  if (!(steps_per_s > 0))
    return g_strdup ("–");
  double us = 1e6 / steps_per_s;
  if (us < 1000)
    return g_strdup_printf (_ ("%.0f µs/step"), us);
  if (us < 1e6)
    return g_strdup_printf (_ ("%.*f ms/step"), us < 1e4 ? 1 : 0, us / 1000);
  return g_strdup_printf (_ ("%.1f s/step"), us / 1e6);
}
