/* What can be put on the canvas: sources, layers, op rows, the expression node; one face for all of
 * them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

G_BEGIN_DECLS

typedef struct
{
  const char *op;      /* what a node's "op" is */
  const char *title;   /* "Dense", "softmax" */
  const char *family; /* key of weft_op_families: data, parameter, layer, neural, loss, math, ... */
  const char *summary;
  const char *aliases; /* space-separated, for the search */
  const char *body;    /* layers: "activation(x @ W + b)"; else NULL */
  gboolean    own;     /* a layer of the user's */
} WeftEntry;

/* Sorted by family (palette order), then as in the table. It changes only when the user's layers
 * are read again; entries that were given stay valid. */
guint            weft_catalogue_n (void);
const WeftEntry *weft_catalogue_at (guint index);
const WeftEntry *weft_catalogue_find (const char *op); /* NULL: unknown */
/* Best matches first for what was typed: prefix, word, alias, subsequence, summary. Array of const
 * WeftEntry*. */
GPtrArray       *weft_catalogue_search (const char *text);

/* ---- The user's layers come and go (layer.h saves and removes them) ---- */
/* Reads them again; tells the watchers and returns TRUE if something is another. Main thread. */
gboolean weft_catalogue_reload (void);
/* @func (@data) is called after each such change, also when files in the user's folder changed; 0
 * is no number. Main thread. */
guint    weft_catalogue_watch (void (*func) (gpointer data), gpointer data);
void     weft_catalogue_unwatch (guint number);
/* Grows with each change. Any thread. */
guint    weft_catalogue_serial (void);

/* ---- Parameters of a node, for forms, checks and the schema ---- */
typedef enum
{
  WEFT_PARAM_INT,
  WEFT_PARAM_NUMBER,
  WEFT_PARAM_BOOL,
  WEFT_PARAM_CHOICE,     /* string */
  WEFT_PARAM_TEXT,       /* string: expression, name, path */
  WEFT_PARAM_SHAPE,      /* string "(batch, 784)" or array of numbers and names */
  WEFT_PARAM_AXES,       /* null, number or array */
  WEFT_PARAM_DTYPE,
  WEFT_PARAM_JSON,       /* structured: dataset members, constants */
} WeftParamKind;
typedef struct
{
  const char   *name;
  const char   *summary; /* may be NULL */
  WeftParamKind kind;
  gboolean      optional;
  double        minimum, maximum;
  const char  **choices;  /* NULL-terminated, or NULL */
  WeftJson     *otherwise; /* the default; NULL: must be given */
  gboolean      is_op;     /* a knob whose choices are ops and "none" */
} WeftParam;
/* Borrowed; lives as long as the catalogue. */
const WeftParam *weft_catalogue_params (const char *op, guint *n);

/* The same for a node of @document, whose groups have parameters too: their knobs. Borrowed until
 * the group changes. */
const WeftParam *weft_document_params (WeftDocument *document, const char *op, guint *n);
/* What people call a node of @document with @op: an entry's title (translated), a group's title or
 * name. Borrowed. */
const char *weft_document_op_title (WeftDocument *document, const char *op);

/* TRUE if a knob of a definition can be of @type: "int", "choice", ... */
gboolean weft_knob_type_exists (const char *type);

/* TRUE if parameter @param can have @value. Errors: WEFT_DOCUMENT_ERROR_EDIT, "units must be a
 * whole number of at least 1." */
gboolean weft_param_check (const WeftParam *param, WeftJson *value, GError **error);

/* ---- Ports of a node of a document ---- */
typedef struct
{
  char    *name;
  gboolean optional; /* may stay open */
} WeftPort;
typedef struct
{
  guint     n_inputs, n_outputs;
  WeftPort *inputs, *outputs;
} WeftPorts;
WeftPorts            *
weft_document_ports (WeftDocument *document,
                                guint32       uid); /* owned; an expression that does not parse has none */
WeftPorts *weft_document_ports_of (WeftDocument *document,
                                   const char   *op,
                                   WeftJson     *params); /* of a node that is not there yet */
void       weft_ports_free (WeftPorts *ports);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftPorts, weft_ports_free)

G_END_DECLS
