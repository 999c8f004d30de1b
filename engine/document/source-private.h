/* What the files of source texts share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/lower.h"
#include "engine/document/source.h"

/* A part of a graph with a name for everything in it: what it is given are inputs. */
typedef struct
{
  char      *name; /* an identifier */
  char      *key;  /* "digits.pixels", "hidden.W" */
  WeftType   type;
  WeftArray *array; /* of a constant, a reference; NULL: no constant */
  gboolean   is_parameter, trainable;
} WeftSourceInput;

typedef struct
{
  const char *function; /* "predict" */
  WeftGraph  *graph;
  GPtrArray  *inputs;  /* WeftSourceInput, in order */
  GPtrArray  *outputs; /* WeftValue */
  GPtrArray  *keys;    /* char *: what the outputs are called */
} WeftSourcePart;

/* What a language calls an op, from source-LANGUAGE.py: the op's name, or with _ before it where
 * Python has a function of that name. */
typedef struct
{
  const char *name;  /* NULL ends a table */
  const char *calls; /* "np.exp", or the name */
  const char *text;  /* its definition; NULL: what @calls names is there already */
  const char *used;  /* names of the table that the text calls, between spaces */
} WeftSourceText;

extern const WeftSourceText weft_source_numpy[], weft_source_torch[];

/* The Python text of @parts. Errors: WEFT_DOCUMENT_ERROR_MODEL; @node is to blame. */
char *weft_source_python (
  const char *title, GPtrArray *parts, WeftSourceLanguage language, guint32 *node, GError **error);
/* @text as an identifier of Python and of the expression language that is no op and no word of
 * them; the caller owns it. */
char *weft_source_identifier (const char *text);
