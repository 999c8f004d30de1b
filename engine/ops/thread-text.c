/* Texts of what a thread of a device does: see WeftThreadText.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <string.h>

#include "engine/ops/thread-text.h"

/* weft_thread_line:
 *
 * Adds a line.
 */
void
weft_thread_line (WeftThreadText *text, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_string_append_vprintf (text->code, format, arguments);
  va_end (arguments);
  g_string_append_c (text->code, '\n');
}

/* weft_thread_number:
 *
 * Seventeen digits are every double.
 */
void
weft_thread_number (double number, char text[WEFT_THREAD_NUMBER])
{
  g_ascii_formatd (text, WEFT_THREAD_NUMBER, "%.17g", number);
  if (strpbrk (text, ".e") == NULL)
    g_strlcat (text, ".0", WEFT_THREAD_NUMBER);
}

/* weft_text_place:
 * @row: a name, the number of the row in C order over @dims.
 *
 * Dims that an operand runs through in one stride are one, so most rows are found by one product.
 *
 * Returns: "" or a sum with its sign in front: " + row / 6 * 24 + row % 6".
 */
char *
weft_text_place (guint rank, const gint64 *dims, const gint64 *strides, const char *row)
{
  GString *out = g_string_new (NULL);
  gint64   below = 1; /* elements of the dims after this group of dims */
  guint    axis = rank;

  while (axis > 0)
    {
      gint64 size = dims[axis - 1], stride = strides[axis - 1];

      axis--;
      while (axis > 0 && strides[axis - 1] == stride * size &&
             (stride != 0 || strides[axis - 1] == 0))
        size *= dims[--axis];
      if (stride != 0 && size > 1)
        {
          g_autofree char *number =
            below > 1 ? g_strdup_printf ("%s / %" G_GINT64_FORMAT, row, below) : g_strdup (row);
          g_autofree char *rest = axis > 0
                                    ? g_strdup_printf ("%s %% %" G_GINT64_FORMAT, number, size)
                                    : g_strdup (number);

          g_string_append_printf (out, " + %s", rest);
          if (stride != 1)
            g_string_append_printf (out, " * %" G_GINT64_FORMAT, stride);
        }
      below *= size;
    }
  return g_string_free (out, FALSE);
}

/* weft_text_index:
 *
 * Returns: a part of @place, or static.
 */
const char *
weft_text_index (const char *place)
{
  return *place != '\0' ? place + strlen (" + ") : "0";
}
