/* Values of a document for one batch of its own data: what flows along any wire.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset.h"
#include "engine/document/lower.h"

G_BEGIN_DECLS

/* Evaluates the @n output ports @ports ("hidden.y") of @document as prediction would, for the first
 * batch of the training rows; input nodes get zeros. @values: name -> WeftArray* of trained
 * parameters, or NULL for fresh ones; what it lacks, or has in another form, is fresh. @results
 * gets @n arrays, caller owns. @node: the node to blame for an error, 0 if none. Any thread. */
gboolean weft_sample_evaluate (WeftDocument      *document,
                               guint              n,
                               const char *const *ports,
                               GHashTable        *values,
                               WeftArray        **results,
                               guint32           *node,
                               GCancellable      *cancellable,
                               GError           **error);

/* The data set of the dataset node @node; the last one is kept, so that asking again opens no file.
 * Any thread. */
WeftDataset *weft_sample_dataset (WeftDocument *document,
                                  guint32       node,
                                  GCancellable *cancellable,
                                  GError      **error);
/* Column @column of the first @rows training rows, or of all if there are fewer. */
WeftArray *weft_sample_rows (WeftDataset *dataset, guint column, gsize rows, GError **error);
/* Rows of a batch, as the training section says. */
gsize weft_sample_batch (WeftDocument *document);

G_END_DECLS
