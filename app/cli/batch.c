/* A batch for a model.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/batch.h"

#include <glib/gi18n.h>

gboolean
cli_batch_open (
  WeftBatch *batch, WeftDocument *document, WeftModel *model, gsize rows, gboolean real, int *code)
{
  g_autoptr (GError) error = NULL;

  if (weft_batch_init (batch, document, model, rows, real, &error))
    return TRUE;
  *code = cli_say_error (error);
  return FALSE;
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
