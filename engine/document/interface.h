/* What a definition (a layer's document, a group's) looks like from outside: its ports and its
 * knobs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/catalogue.h"

G_BEGIN_DECLS

typedef struct
{
  /* NULL-terminated. Inputs: as the member "layer" lists them, then other input nodes; outputs:
   * likewise, then the parameters and shared values inside, so that a penalty can be wired to them.
   */
  const char **inputs, **outputs;
  guint        n_results; /* the outputs before the parameters */
  GArray      *params;    /* WeftParam: the knobs */
  guint64      revision;
} WeftInterface;

/* Borrowed, until @definition changes. */
const WeftInterface *weft_document_interface (WeftDocument *definition);

/* TRUE if input @name says what it is where nothing is wired in. */
gboolean weft_definition_is_optional (WeftDocument *definition, const char *name);

G_END_DECLS
