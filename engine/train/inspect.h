/* The graph of a function of a document before any rewrite, with the sizes of a batch, for whoever
 * looks at what the optimiser does. Reads no data and runs nothing but the initialisers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/lower.h"
#include "engine/rewrite/history.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_INSPECT_FORWARD,  /* every port that nothing reads */
  WEFT_INSPECT_GRADIENT, /* the loss, and its gradient by each parameter; by each input if there is
                            none */
  WEFT_INSPECT_BACKWARD, /* the gradient alone: what it reads of the forward graph are inputs, named
                            as their ports */
  WEFT_INSPECT_TRAIN,    /* loss, metrics, gradients and updates: a training step */
  WEFT_INSPECT_MEASURE,  /* loss and metrics */
  WEFT_INSPECT_PREDICT,  /* the output */
  WEFT_N_INSPECT
} WeftInspectPart;

typedef struct
{
  WeftGraph  *graph; /* NULL once somebody took it */
  guint       n;
  WeftValue **outputs;
  char      **names; /* "loss", "d loss / d hidden.W", "hidden.W" (its new value) */
  WeftGraph  *forward;   /* of BACKWARD: the graph of the loss, from the same document; else NULL */
  WeftValue  *loss;      /* in forward */
  char       *loss_name; /* its port; of BACKWARD */
  guint       n_forward; /* outputs before this one are of the forward graph */
} WeftInspected;

/* Caller owns. Any thread that may read @document. @node gets the node to blame, 0: none.
 * Errors: WEFT_DOCUMENT_ERROR_MODEL, WEFT_GRAD_ERROR, WEFT_RUN_ERROR, those of data sets. */
WeftInspected *
weft_inspect (WeftDocument *document, WeftInspectPart part, guint32 *node, GError **error);
void           weft_inspected_free (WeftInspected *inspected);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftInspected, weft_inspected_free)

/* How many kernels the compiler makes of the end of @history, and how many bytes they move. FALSE:
 * it cannot say, because sizes depend on data. Any thread. */
gboolean weft_inspect_kernels (WeftHistory *history, guint *n_kernels, double *bytes);

/* "forward", "gradient", "backward", "train", "measure", "predict"; static. */
const char *weft_inspect_name (WeftInspectPart part);

G_END_DECLS
