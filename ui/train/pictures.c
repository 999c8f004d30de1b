/* Rows of a data set as small pictures, or as text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/pictures.h"

#include <math.h>

/* weft_grey_bytes: */
void
weft_grey_bytes (const double *numbers, gsize n, guint8 *bytes)
{
  double low = INFINITY, high = -INFINITY;
  for (gsize i = 0; i < n; i++)
    if (isfinite (numbers[i]))
      {
        low = MIN (low, numbers[i]);
        high = MAX (high, numbers[i]);
      }
  for (gsize i = 0; i < n; i++)
    bytes[i] = isfinite (numbers[i]) && high > low
                 ? (guint8) lround (255 * (numbers[i] - low) / (high - low))
                 : 0;
}

/* weft_row_picture: */
guint8 *
weft_row_picture (const WeftFacts *facts, const WeftArray *array, gsize row)
{
  gsize size = (gsize) facts->width * facts->height, n = size * facts->channels;
  if (n == 0 || n != (gsize) facts->n_features)
    return NULL;
  g_autofree double *numbers = g_new (double, n);
  guint8            *bytes = g_malloc (n);
  for (gsize i = 0; i < n; i++)
    {
      gsize from = facts->channels_last || facts->channels == 1
                     ? i
                     : i % facts->channels * size + i / facts->channels;
      numbers[i] = weft_array_get (array, (gint64) (row * n + from));
    }
  weft_grey_bytes (numbers, n, bytes);
  return bytes;
}

/* weft_row_text: */
char *
weft_row_text (const WeftArray *array, gsize row, guint most)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gsize n =
    array->rank > 0 && array->shape[0] > 0 ? (gsize) (array->n_elements / array->shape[0]) : 1;
  for (gsize i = 0; i < MIN (n, most); i++)
    g_string_append_printf (text, "%s%.3g", i > 0 ? ", " : "",
                            weft_array_get (array, (gint64) (row * n + i)));
  if (n > most)
    g_string_append (text, " …");
  return g_string_free (g_steal_pointer (&text), FALSE);
}
