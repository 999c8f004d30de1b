/* A batch for a model.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/batch.h"

#include "engine/dataset/dataset.h"

#include <string.h>

static WeftArray *
zeros (const WeftColumn *column, gsize rows, GError **error)
{
  gint64 shape[WEFT_MAX_RANK] = { rows };

  memcpy (shape + 1, column->shape, MIN (column->rank, WEFT_MAX_RANK - 1) * sizeof *shape);
  return weft_array_try_new (column->dtype, column->rank + 1, shape, error);
}

/* weft_batch_init:
 */
gboolean
weft_batch_init (WeftBatch    *batch,
                 WeftDocument *document,
                 WeftModel    *model,
                 gsize         rows,
                 gboolean      real,
                 GError      **error)
{
  const WeftNode  *node = weft_document_node (document, weft_model_dataset (model));
  g_autofree char *folder = weft_document_dup_folder (document);
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  g_autofree guint32 *numbers = NULL;
  const WeftColumn   *columns;

  *batch = (WeftBatch){ 0 };
  if (node == NULL)
    return TRUE;
  spec = weft_dataset_spec_new (node->params, folder, error);
  if (spec == NULL)
    return FALSE;
  if (real)
    {
      dataset = weft_dataset_open (spec, NULL, error);
      if (dataset == NULL)
        return FALSE;
      rows = MIN (rows, (gsize) weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN));
    }
  columns = weft_dataset_spec_columns (spec, &batch->n);
  numbers = g_new (guint32, rows + 1);
  for (gsize i = 0; i < rows; i++)
    numbers[i] = i;
  batch->columns = g_new0 (WeftArray *, batch->n + 1);
  for (guint i = 0; i < batch->n; i++)
    {
      batch->columns[i] =
        dataset != NULL ? weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, i, numbers, rows, error)
                        : zeros (&columns[i], rows, error);
      if (batch->columns[i] == NULL)
        {
          weft_batch_clear (batch);
          return FALSE;
        }
    }
  return TRUE;
}

/* weft_batch_clear:
 */
void
weft_batch_clear (WeftBatch *batch)
{
  for (guint i = 0; i < batch->n; i++)
    weft_array_unref (batch->columns[i]);
  g_clear_pointer (&batch->columns, g_free);
  batch->n = 0;
}
