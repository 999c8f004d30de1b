/* A batch for a model, to compile or check it with.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "app/cli/cli.h"

#include "engine/train/batch.h"

G_BEGIN_DECLS

/* weft_batch_init, which says what went wrong. FALSE: said. */
gboolean cli_batch_open (
  WeftBatch *batch, WeftDocument *document, WeftModel *model, gsize rows, gboolean real, int *code);
/* The part that --function names (train, measure, predict); FALSE: said. */
gboolean cli_find_part (const char *name, WeftModelPart *part, int *code);

G_END_DECLS
