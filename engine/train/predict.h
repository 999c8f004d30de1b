/* Outputs of a model for chosen rows, for whoever looks at a model while it is trained.
 *
 * A predictor has parameters of its own, so that nothing it does disturbs a run: values are handed
 * in by name. Its program is compiled once for each number of rows. One thread at a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset.h"
#include "engine/document/lower.h"

G_BEGIN_DECLS

typedef struct _WeftPredictor WeftPredictor;

/* Of the ports @ports ("hidden.y") of @document, which is read during the call only; with
 * @gradients, after them the gradient of the loss by each parameter, for which ports may be absent.
 * Prediction: dropout and its kin are off. Errors: WEFT_DOCUMENT_ERROR_MODEL, those of functions
 * and gradients. */
WeftPredictor *weft_predictor_new (
  WeftDocument *document, guint n, const char *const *ports, gboolean gradients, GError **error);
void weft_predictor_free (WeftPredictor *predictor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftPredictor, weft_predictor_free)

guint       weft_predictor_n_outputs (WeftPredictor *predictor);
const char *weft_predictor_output_name (WeftPredictor *predictor,
                                        guint          index); /* "hidden.y"; of a gradient "hidden.W" */
/* The parameters of the forms that the model has; others, and state of rules, are passed over. */
void weft_predictor_set_values (WeftPredictor *predictor, GHashTable *values);
/* Parameter @name as it is now, borrowed; NULL: none. */
WeftArray *weft_predictor_value (WeftPredictor *predictor, const char *name);

/* For the @n rows numbered @rows (NULL: 0 to n - 1) of @split. @results gets an array an output,
 * caller owns. Errors: those of data sets and functions; G_IO_ERROR_CANCELLED. */
gboolean weft_predictor_rows (WeftPredictor *predictor,
                              WeftDataset   *dataset,
                              WeftSplit      split,
                              const guint32 *rows,
                              gsize          n,
                              WeftArray    **results,
                              GCancellable  *cancellable,
                              GError       **error);
/* For @input in place of data column @column; other columns get zeros of as many rows. */
gboolean weft_predictor_array (WeftPredictor *predictor,
                               guint          column,
                               WeftArray     *input,
                               WeftArray    **results,
                               GCancellable  *cancellable,
                               GError       **error);

G_END_DECLS
