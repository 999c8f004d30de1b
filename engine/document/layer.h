/* Layers: documents with a "layer" member that says what they look like from outside. Those that
 * ship are in data/layers, the user's own in $XDG_DATA_HOME/weft/layers; a file's name is the
 * layer's op.
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
  const char  **inputs,
    **outputs; /* ports, NULL-terminated; outputs are followed by the names of the parameters */
  WeftJson     *knobs;             /* array, borrowed; NULL if there are none */
  WeftDocument *document;          /* read only */
  gboolean      own;               /* the user's */
  char         *text;              /* of the user's: what the file held */
} WeftLayer;

/* Read once, those that ship and then the user's, each in the order of their names. What was given
 * stays valid when the user's are read again, and only then something changes. Any thread. */
guint            weft_layer_n (void);
const WeftLayer *weft_layer_at (guint index);
const WeftLayer *weft_layer_find (const char *op); /* NULL: none */
/* The document of layer @op, borrowed; NULL if there is none. */
WeftDocument *weft_layer_document (const char *op);

/* ---- The user's ---- */
/* Where they are; made when the first one is saved. Borrowed. */
const char *weft_layer_folder (void);
/* Reads them again; TRUE if one is another, is new or gone. weft_catalogue_reload calls it. Main
 * thread. */
gboolean    weft_layers_reload (void);
/* Writes @definition with the groups that it uses as the user's layer @op, over one of that name,
 * and reads the layers again. Errors: WEFT_DOCUMENT_ERROR_EDIT for a name that is none, or that an
 * operation or a layer that ships has; G_FILE_ERROR. */
gboolean    weft_layer_save (WeftDocument *definition, const char *op, GError **error);
/* Deletes the user's layer @op. Errors: WEFT_DOCUMENT_ERROR_EDIT if it is none; G_FILE_ERROR. */
gboolean    weft_layer_remove (const char *op, GError **error);

G_END_DECLS
