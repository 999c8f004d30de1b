/* A batch for a model, to compile, check or measure it with.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/model.h"

G_BEGIN_DECLS

typedef struct
{
  guint       n;
  WeftArray **columns; /* owned; NULL if the model reads no data set */
} WeftBatch;

/* @rows of the training data of @model, made from @document (fewer if there are not so many), or,
 * where not @real, zeros of the same form without opening a file. Errors: those of data sets. */
gboolean weft_batch_init (WeftBatch    *batch,
                          WeftDocument *document,
                          WeftModel    *model,
                          gsize         rows,
                          gboolean      real,
                          GError      **error);
void     weft_batch_clear (WeftBatch *batch);

G_END_DECLS
