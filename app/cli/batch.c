/* A batch for a model.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/batch.h"

#include "engine/dataset/dataset.h"

#include <glib/gi18n.h>
#include <string.h>

static WeftArray *
zeros (const WeftColumn *column, gsize rows)
{
  gint64 shape[WEFT_MAX_RANK] = { rows };

  memcpy (shape + 1, column->shape, MIN (column->rank, WEFT_MAX_RANK - 1) * sizeof *shape);
  return weft_array_new (column->dtype, column->rank + 1, shape);
}

gboolean
cli_batch_open (
  CliBatch *batch, WeftDocument *document, WeftModel *model, gsize rows, gboolean real, int *code)
{
  const WeftNode  *node = weft_document_node (document, weft_model_dataset (model));
  g_autofree char *folder = weft_document_dup_folder (document);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  g_autofree guint32 *numbers = NULL;
  const WeftColumn   *columns;

  *batch = (CliBatch){ 0 };
  if (node == NULL)
    return TRUE;
  spec = weft_dataset_spec_new (node->params, folder, &error);
  if (spec != NULL && real)
    dataset = weft_dataset_open (spec, NULL, &error);
  if (error != NULL)
    {
      *code = cli_say_error (error);
      return FALSE;
    }
  columns = weft_dataset_spec_columns (spec, &batch->n);
  if (dataset != NULL)
    rows = MIN (rows, (gsize) weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN));
  numbers = g_new (guint32, rows + 1);
  for (gsize i = 0; i < rows; i++)
    numbers[i] = i;
  batch->columns = g_new0 (WeftArray *, batch->n + 1);
  for (guint i = 0; i < batch->n; i++)
    batch->columns[i] = dataset != NULL
                          ? weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, i, numbers, rows)
                          : zeros (&columns[i], rows);
  return TRUE;
}

void
cli_batch_clear (CliBatch *batch)
{
  for (guint i = 0; i < batch->n; i++)
    weft_array_unref (batch->columns[i]);
  g_clear_pointer (&batch->columns, g_free);
}

gboolean
cli_find_part (const char *name, WeftModelPart *part, int *code)
{
  if (name == NULL || g_str_equal (name, "train"))
    *part = WEFT_MODEL_STEP;
  else if (g_str_equal (name, "measure"))
    *part = WEFT_MODEL_MEASURE;
  else if (g_str_equal (name, "predict"))
    *part = WEFT_MODEL_PREDICT;
  else
    {
      *code = cli_say (CLI_CALL,
                       _ ("there is no function “%s”; there are train, measure and predict"), name);
      return FALSE;
    }
  return TRUE;
}
