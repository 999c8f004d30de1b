/* The rows of one source.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/dataset-private.h"

/* Without arrays yet: the source puts them in. */
WeftTable *
weft_table_new (guint n_columns)
{
  WeftTable *table = g_new0 (WeftTable, 1);

  table->n_columns = n_columns;
  table->arrays = g_new0 (WeftArray *, n_columns);
  table->strides = g_new0 (gint64, n_columns);
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
  g_free (table->missing);
  g_free (table);
}
