/* The backward graph beside the forward one: for every port on the way to the loss, how it is
 * computed from the ports before it, and how its cotangent is computed from those after it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/lower.h"

G_BEGIN_DECLS

typedef struct
{
  guint32 node;
  char   *port;    /* "hidden.y" */
  char   *type;    /* "f32 (batch, 128)" */
  char   *forward; /* "relu(digits.pixels @ hidden.W + hidden.b)"; NULL: it is given, an input or a
                      parameter */
  char *backward;  /* "d_logits.y @ logits.W.T"; NULL: nothing flows back */
} WeftBackwardRow;

/* Rows in the order of computation, WeftBackwardRow*, owned; *loss gets the loss's port. Reads no
 * data and runs nothing. Any thread. Errors: WEFT_DOCUMENT_ERROR_MODEL if there is no loss or the
 * document has problems, WEFT_GRAD_ERROR; *node is the one to blame, 0: none. */
GPtrArray *weft_backward_rows (WeftDocument *document, char **loss, guint32 *node, GError **error);

G_END_DECLS
