/* The rows of one source.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/dataset-private.h"
#include "engine/dataset/pages.h"

#include <string.h>

/* Without arrays yet: the source puts them in. */
WeftTable *
weft_table_new (guint n_columns)
{
  WeftTable *table = g_new0 (WeftTable, 1);

  table->n_columns = n_columns;
  table->arrays = g_new0 (WeftArray *, n_columns);
  table->strides = g_new0 (gint64, n_columns);
  table->elements = g_new0 (gint64, n_columns);
  table->missing = g_new0 (GBytes *, n_columns);
  return table;
}

void
weft_table_free (WeftTable *table)
{
  if (table == NULL)
    return;
  for (guint c = 0; c < table->n_columns; c++)
    {
      weft_array_unref (table->arrays[c]);
      g_clear_pointer (&table->missing[c], g_bytes_unref);
    }
  g_free (table->arrays);
  g_free (table->strides);
  g_free (table->elements);
  g_free (table->missing);
  g_free (table);
}

/* Copies rows @rows of column @c, one after the other. */
static WeftArray *
take_array (const WeftTable *table, guint c, const gint64 *rows, gint64 n, GError **error)
{
  const WeftArray *from = table->arrays[c];
  gsize            size = weft_dtype_size (from->dtype);
  gint64           elements = table->elements[c];
  gint64           shape[] = { n, elements };
  WeftArray       *to = weft_pages_new_array (from->dtype, 2, shape, from, error);
  gboolean         on_disk = to != NULL && weft_pages_contain (to->data);

  for (gint64 i = 0; to != NULL && i < n; i++)
    {
      memcpy ((char *) to->data + (gsize) (i * elements) * size,
              (const char *) from->data + (gsize) (rows[i] * table->strides[c]) * size,
              (gsize) elements * size);
      if (on_disk)
        weft_pages_touched (2 * (gsize) elements * size);
    }
  return to;
}

static GBytes *
take_marks (const WeftTable *table, guint c, const gint64 *rows, gint64 n)
{
  const guint8 *from = g_bytes_get_data (table->missing[c], NULL);
  gint64        elements = table->elements[c];
  guint8       *to = g_malloc ((gsize) MAX (n * elements, 1));

  for (gint64 i = 0; i < n; i++)
    memcpy (to + i * elements, from + rows[i] * table->strides[c], (gsize) elements);
  return g_bytes_new_take (to, (gsize) (n * elements));
}

/* Leaves the @n rows with the numbers @rows, in that order. The arrays are then [n, elements].
 * Errors: #WEFT_TENSOR_ERROR_TOO_LARGE; the table is then half changed. */
gboolean
weft_table_take (WeftTable *table, const gint64 *rows, gint64 n, GError **error)
{
  for (guint c = 0; c < table->n_columns; c++)
    {
      WeftArray *array = take_array (table, c, rows, n, error);

      if (array == NULL)
        return FALSE;
      if (table->missing[c] != NULL)
        {
          GBytes *marks = take_marks (table, c, rows, n);

          g_bytes_unref (table->missing[c]);
          table->missing[c] = marks;
        }
      weft_array_unref (table->arrays[c]);
      table->arrays[c] = array;
      table->strides[c] = table->elements[c];
    }
  table->n_rows = n;
  return TRUE;
}

static gboolean
lacks (const WeftTable *table, gint64 row)
{
  for (guint c = 0; c < table->n_columns; c++)
    {
      const guint8 *marks =
        table->missing[c] == NULL ? NULL : g_bytes_get_data (table->missing[c], NULL);

      if (marks != NULL &&
          memchr (marks + row * table->strides[c], 1, (gsize) table->elements[c]) != NULL)
        return TRUE;
    }
  return FALSE;
}

/* Leaves out the rows that lack a number. */
gboolean
weft_table_skip_missing (WeftTable *table, GError **error)
{
  g_autofree gint64 *rows = g_new (gint64, MAX (table->n_rows, 1));
  gint64             n = 0;

  for (gint64 row = 0; row < table->n_rows; row++)
    if (!lacks (table, row))
      rows[n++] = row;
  if (n < table->n_rows && !weft_table_take (table, rows, n, error))
    return FALSE;
  for (guint c = 0; c < table->n_columns; c++)
    g_clear_pointer (&table->missing[c], g_bytes_unref);
  return TRUE;
}

void
weft_table_add (WeftTable *table, WeftArray *array, gint64 stride, gint64 elements)
{
  guint c = table->n_columns++;

  table->arrays = g_renew (WeftArray *, table->arrays, table->n_columns);
  table->strides = g_renew (gint64, table->strides, table->n_columns);
  table->elements = g_renew (gint64, table->elements, table->n_columns);
  table->missing = g_renew (GBytes *, table->missing, table->n_columns);
  table->arrays[c] = array;
  table->strides[c] = stride;
  table->elements[c] = elements;
  table->missing[c] = NULL;
}
