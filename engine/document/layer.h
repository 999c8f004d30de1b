/* The layers that ship: documents in data/layers with a "layer" member that says what they look like from outside.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

G_BEGIN_DECLS

typedef struct
{
  const char   *op; /* the file's name without its ending; interned, as all strings here */
  const char   *title, *family, *summary, *aliases, *body;
  const char  **inputs, **outputs; /* ports, NULL-terminated; outputs are followed by the names of the parameters */
  WeftJson     *knobs;             /* array, borrowed; NULL if there are none */
  WeftDocument *document;          /* read only */
} WeftLayer;

/* Read once, in the order of their names; nothing of it changes after that. Any thread. */
guint            weft_layer_n (void);
const WeftLayer *weft_layer_at (guint index);
const WeftLayer *weft_layer_find (const char *op); /* NULL: none */
/* The document of layer @op, borrowed; NULL if there is none. */
WeftDocument *weft_layer_document (const char *op);

G_END_DECLS
