/* Which rows train, validate and test.
 *
 * Of data that lie on disk not rows are dealt out but runs of rows that lie together: the list of
 * them is short, and reading them is reading in order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/opened-private.h"
#include "engine/dataset/pages.h"

/* Bytes of a run: reading as much takes longer than going there, also on a disk that turns. */
#define RUN_BYTES ((gsize) 1 << 20)
#define MAX_RUN 4096

gsize
weft_dataset_row_bytes (const WeftDataset *dataset, guint part)
{
  gsize bytes = 0;

  for (guint c = 0; c < dataset->spec->n_columns; c++)
    if (dataset->columns[c].parts[part] != NULL)
      bytes += (gsize) dataset->columns[c].strides[part] *
               weft_dtype_size (dataset->columns[c].parts[part]->dtype);
  return MAX (bytes, 1);
}

static gboolean
is_on_disk (const WeftDataset *dataset, guint part)
{
  for (guint c = 0; c < dataset->spec->n_columns; c++)
    if (weft_pages_contain (dataset->columns[c].parts[part]->data))
      return TRUE;
  return FALSE;
}

static guint32
choose_run (const WeftDataset *dataset, guint part)
{
  return is_on_disk (dataset, part)
           ? (guint32) CLAMP (RUN_BYTES / weft_dataset_row_bytes (dataset, part), 1, MAX_RUN)
           : 1;
}

static void
take_rows (WeftSplitRows *split, const guint8 *assigned, guint8 which, gint64 n_rows, gint64 n_runs)
{
  gint64 n = 0;

  for (gint64 i = 0; i < n_runs; i++)
    n += assigned[i] == which;
  split->rows = g_new (guint32, MAX (n, 1));
  n = 0;
  for (gint64 i = 0; i < n_runs; i++)
    if (assigned[i] == which)
      {
        gint64 first = i * split->run;

        split->rows[n++] = (guint32) first;
        split->n += MIN (split->run, n_rows - first); /* only the last run is short */
      }
}

/** weft_dataset_make_splits: deals out the rows of the first part; others are splits of their own.
 */
void
weft_dataset_make_splits (WeftDataset *dataset, WeftTable *const *tables)
{
  guint32            run = choose_run (dataset, 0);
  gint64             n_rows = tables[0]->n_rows, n_runs = (n_rows + run - 1) / run;
  g_autofree guint8 *assigned = weft_dataset_assign_rows (dataset->spec, tables[0], n_runs, run);

  for (guint i = 0; i < WEFT_N_SPLITS; i++)
    {
      WeftSplitRows *split = &dataset->splits[i];

      split->run = run;
      if (i == WEFT_SPLIT_TRAIN || tables[i] == NULL)
        {
          take_rows (split, assigned, (guint8) i, n_rows, n_runs);
          split->on_disk = is_on_disk (dataset, 0);
          continue;
        }
      split->part = i;
      split->n = tables[i]->n_rows;
      split->run = choose_run (dataset, i);
      split->on_disk = is_on_disk (dataset, i);
    }
}
