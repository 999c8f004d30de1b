/* Arrays as text, laid out as NumPy prints them: 8 digits after the point at most, columns aligned,
 * lines of 75 characters.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/array-private.h"

#include <math.h>
#include <string.h>

#define LINE_WIDTH 75
#define MAX_FRACTION 8

typedef struct
{
  const WeftArray *array;
  guint            limit;
  GArray          *shown; /* of gint64: flat indices, in the order they are printed */
  GPtrArray       *texts; /* of each shown element */
  guint            next;  /* of texts */
  GString         *out;
  gsize            line_start; /* in out */
} Printer;

/* ---- Numbers ---- */

/* Whether @text, read as the array's type, is @value. */
static gboolean
reads_back (WeftDType dtype, const char *text, double value)
{
  double  number = g_ascii_strtod (text, NULL);
  guint64 stored = 0;
  double  back;

  weft_convert (dtype, &stored, WEFT_F64, &number, 1);
  weft_convert (WEFT_F64, &back, dtype, &stored, 1);
  return back == value;
}

/* The fewest digits that read back, as "d.ddde+xx". */
static void
shortest (WeftDType dtype, double value, char *text, gsize size)
{
  for (int digits = 0; digits <= 16; digits++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%de", digits);
      g_ascii_formatd (text, (int) size, format, value);
      if (reads_back (dtype, text, value))
        return;
    }
}

/* Digits after the point of the shortest form written without an exponent. */
static int
fraction_digits (const char *scientific)
{
  const char *e = strchr (scientific, 'e');
  const char *point = strchr (scientific, '.');
  int         digits = point == NULL ? 0 : (int) (e - point - 1);

  return MAX (0, digits - (int) g_ascii_strtoll (e + 1, NULL, 10));
}

static char *
special (double value)
{
  return g_strdup (isnan (value) ? "nan" : value > 0 ? "inf"
                                                     : "-inf");
}

/* "1.", "0.25" */
static char *
positional (WeftDType dtype, double value)
{
  char digits[64], format[8], text[400];
  int  fraction;

  if (!isfinite (value))
    return special (value);
  shortest (dtype, value, digits, sizeof digits);
  fraction = MIN (fraction_digits (digits), MAX_FRACTION);
  g_snprintf (format, sizeof format, "%%.%df", fraction);
  g_ascii_formatd (text, sizeof text, format, value);
  if (fraction == 0)
    return g_strconcat (text, ".", NULL);
  while (fraction > 0 && g_str_has_suffix (text, "0")) /* rounding to 8 digits may leave zeros */
    text[strlen (text) - 1] = '\0';
  return g_strdup (text);
}

/* "1.25e+10" with @fraction digits after the point. */
static char *
scientific (double value, int fraction)
{
  char format[8], text[64];

  if (!isfinite (value))
    return special (value);
  g_snprintf (format, sizeof format, "%%#.%de", fraction);
  return g_strdup (g_ascii_formatd (text, sizeof text, format, value));
}

static int
mantissa_digits (WeftDType dtype, double value)
{
  char        text[64];
  const char *point;

  shortest (dtype, value, text, sizeof text);
  point = strchr (text, '.');
  return point == NULL ? 0 : MIN ((int) (strchr (text, 'e') - point - 1), MAX_FRACTION);
}

/* A number that stands alone: as Python prints it. */
static char *
alone (WeftDType dtype, double value)
{
  double magnitude = fabs (value);
  char   text[64];

  if (!isfinite (value))
    return special (value);
  if (magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16))
    {
      shortest (dtype, value, text, sizeof text);
      return g_strdup (text);
    }
  for (int digits = 1; digits <= 17; digits++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, sizeof text, format, value);
      if (reads_back (dtype, text, value))
        break;
    }
  if (strchr (text, 'e') != NULL) /* the digits that count, then zeros */
    g_ascii_formatd (text, sizeof text, "%.0f", g_ascii_strtod (text, NULL));
  return g_strconcat (text, strchr (text, '.') == NULL ? ".0" : "", NULL);
}

static double
shown_value (const Printer *printer, guint index)
{
  return weft_array_get (printer->array, g_array_index (printer->shown, gint64, index));
}

/* NumPy's rule: with an exponent if one number is large, one small, or they lie far apart. */
static gboolean
needs_exponent (const Printer *printer)
{
  double largest = 0, smallest = G_MAXDOUBLE;

  for (guint i = 0; i < printer->shown->len; i++)
    {
      double magnitude = fabs (shown_value (printer, i));

      if (isfinite (magnitude) && magnitude != 0)
        {
          largest = MAX (largest, magnitude);
          smallest = MIN (smallest, magnitude);
        }
    }
  return largest != 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000);
}

static void
write_floats (Printer *printer)
{
  WeftDType dtype = printer->array->dtype;
  gboolean  exponent = needs_exponent (printer);
  int       digits = 0, after = 0;

  for (guint i = 0; exponent && i < printer->shown->len; i++)
    if (isfinite (shown_value (printer, i)))
      digits = MAX (digits, mantissa_digits (dtype, shown_value (printer, i)));
  for (guint i = 0; i < printer->shown->len; i++)
    {
      double value = shown_value (printer, i);
      char  *text = exponent ? scientific (value, digits) : positional (dtype, value);
      char  *point = strchr (text, '.');

      after = MAX (after, exponent || point == NULL ? 0 : (int) strlen (point));
      g_ptr_array_add (printer->texts, text);
    }
  /* Points stand above each other. */
  for (guint i = 0; i < printer->texts->len; i++)
    {
      char *text = printer->texts->pdata[i];
      char *point = strchr (text, '.');

      if (point != NULL && (int) strlen (point) < after)
        {
          printer->texts->pdata[i] =
            g_strdup_printf ("%s%*s", text, after - (int) strlen (point), "");
          g_free (text);
        }
    }
}

static char *
write_integer (const WeftArray *array, gint64 index)
{
  const char *at = (const char *) array->data + index * weft_dtype_size (array->dtype);
  gint64      value;

  if (array->dtype == WEFT_BOOL)
    return g_strdup (*at != 0 ? "True" : "False");
  if (array->dtype == WEFT_U64)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, ((const guint64 *) array->data)[index]);
  weft_convert (WEFT_I64, &value, array->dtype, at, 1);
  return g_strdup_printf ("%" G_GINT64_FORMAT, value);
}

static void
write_texts (Printer *printer)
{
  gsize width = 0;

  if (weft_dtype_is_float (printer->array->dtype))
    write_floats (printer);
  else
    for (guint i = 0; i < printer->shown->len; i++)
      g_ptr_array_add (printer->texts,
                       write_integer (printer->array, g_array_index (printer->shown, gint64, i)));
  for (guint i = 0; i < printer->texts->len; i++)
    width = MAX (width, strlen (printer->texts->pdata[i]));
  for (guint i = 0; i < printer->texts->len; i++)
    {
      char *text = printer->texts->pdata[i];

      printer->texts->pdata[i] = g_strdup_printf ("%*s", (int) width, text);
      g_free (text);
    }
}

/* ---- Layout; the recursion is as deep as the array has axes ---- */

/* How many of the first @n elements of an axis are shown before "...", and from where on after
 * it. */
static void
cut (const Printer *printer, gint64 n, gint64 *head, gint64 *tail)
{
  gboolean elide = printer->limit > 0 && n > (gint64) printer->limit;

  *head = elide ? (gint64) (printer->limit + 1) / 2 : n;
  *tail = elide ? n - (gint64) printer->limit / 2 : n;
}

static void
choose_shown (Printer *printer, guint axis, gint64 index)
{
  gint64 head, tail, n;

  if (axis == printer->array->rank)
    {
      g_array_append_val (printer->shown, index);
      return;
    }
  n = printer->array->shape[axis];
  cut (printer, n, &head, &tail);
  for (gint64 i = 0; i < n; i++)
    if (i < head || i >= tail)
      choose_shown (printer, axis + 1, index * n + i);
    else
      i = tail - 1;
}

static void
begin_line (Printer *printer, guint indent)
{
  while (printer->out->len > 0 && printer->out->str[printer->out->len - 1] == ' ')
    g_string_truncate (printer->out, printer->out->len - 1);
  g_string_append_c (printer->out, '\n');
  printer->line_start = printer->out->len;
  g_string_append_printf (printer->out, "%*s", (int) indent, "");
}

static void
write_item (Printer *printer, guint axis, const char *text, gboolean first)
{
  if (!first && printer->out->len - printer->line_start + 1 + strlen (text) > LINE_WIDTH - axis - 1)
    begin_line (printer, axis + 1);
  else if (!first)
    g_string_append_c (printer->out, ' ');
  g_string_append (printer->out, text);
}

static void
write_axis (Printer *printer, guint axis)
{
  gint64   head, tail, n = printer->array->shape[axis];
  gboolean last = axis + 1 == printer->array->rank;

  cut (printer, n, &head, &tail);
  g_string_append_c (printer->out, '[');
  for (gint64 i = 0; i < n; i++)
    {
      gboolean elided = i >= head && i < tail;

      if (last)
        write_item (printer, axis, elided ? "..." : printer->texts->pdata[printer->next++], i == 0);
      else
        {
          for (guint k = axis + 2; i > 0 && k < printer->array->rank; k++)
            g_string_append_c (printer->out, '\n');
          if (i > 0)
            begin_line (printer, axis + 1);
          if (elided)
            g_string_append (printer->out, "...");
          else
            write_axis (printer, axis + 1);
        }
      if (elided)
        i = tail - 1;
    }
  g_string_append_c (printer->out, ']');
}

/**
 * weft_array_to_string:
 * @limit: the most elements of an axis that are shown; 0: all
 *
 * Any thread.
 *
 * Returns: (transfer full): the text, several lines for two axes and more
 */
char *
weft_array_to_string (const WeftArray *array, guint limit)
{
  Printer printer = { .array = array, .limit = limit };

  if (array->rank == 0)
    return weft_dtype_is_float (array->dtype) ? alone (array->dtype, weft_array_get (array, 0))
                                              : write_integer (array, 0);
  if (array->n_elements == 0)
    return g_strdup ("[]");
  printer.shown = g_array_new (FALSE, FALSE, sizeof (gint64));
  printer.texts = g_ptr_array_new_with_free_func (g_free);
  printer.out = g_string_new (NULL);
  choose_shown (&printer, 0, 0);
  write_texts (&printer);
  write_axis (&printer, 0);
  g_array_unref (printer.shown);
  g_ptr_array_unref (printer.texts);
  return g_string_free (printer.out, FALSE);
}
