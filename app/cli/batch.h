/* A batch for a model, to compile or check it with.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "app/cli/cli.h"

#include "engine/train/model.h"

G_BEGIN_DECLS

typedef struct
{
  guint       n;
  WeftArray **columns; /* owned */
} CliBatch;

/* @rows of the training data, or zeros of the same form without opening a file. FALSE: said. */
gboolean cli_batch_open (CliBatch *batch, WeftDocument *document, WeftModel *model, gsize rows, gboolean real, int *code);
void     cli_batch_clear (CliBatch *batch);
/* The part that --function names (train, measure, predict); FALSE: said. */
gboolean cli_find_part (const char *name, WeftModelPart *part, int *code);

G_END_DECLS
