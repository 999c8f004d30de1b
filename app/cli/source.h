/* What a command works on: a document's or an expression's graph, with its inputs fed.
 *
 * Inputs of an expression are its free names. A document's inputs are its input nodes and its data
 * set's columns, which get the first rows of the training data where nothing else is fed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "app/cli/cli.h"

G_BEGIN_DECLS

typedef struct
{
  char      *name;
  WeftArray *array;
  gboolean   is_number; /* typed as 3 or 0.5, not read from a file */
  gboolean   used;
} CliFeed;
/* From "NAME=FILE.npy", "NAME=NUMBER" or "NAME=f32(64, 10)" (zeros), which follow @option; NULL:
 * said, *code is set. */
CliFeed *cli_feed_new (const char *option, const char *text, int *code);
void     cli_feed_free (CliFeed *feed);

typedef struct
{
  WeftDocument *document; /* NULL: an expression */
  WeftLowered  *lowered;  /* of the document */
  WeftGraph    *graph;    /* borrowed from lowered, or owned */
  GPtrArray
             *results; /* names of the expression's results, owned: out, or out0, out1, ... of a tuple */
  GHashTable *named;   /* name -> WeftValue*: the expression's inputs, assigned names and results */
  GPtrArray  *inputs;  /* WeftValue* */
  GPtrArray  *arrays;  /* WeftArray* in the order of inputs, owned; NULL where nothing is fed yet */
  GPtrArray  *feeds;   /* CliFeed* */
} CliSource;

/* @texts: as cli_feed_new takes them, NULL-terminated or NULL. @floats: names that must be floats
 * (wrt), or NULL. FALSE: it has been said; *code is set. */
gboolean cli_source_open (CliSource  *source,
                          const char *file,
                          const char *expression,
                          char      **texts,
                          GPtrArray  *floats,
                          int        *code);
void     cli_source_clear (CliSource *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliSource, cli_source_clear)
/* A port or name; NULL: said. */
WeftValue *cli_source_find (CliSource *source, const char *name, int *code);
/* Fills in the arrays that these values need: feeds, then rows of the data set (@rows of them).
 * FALSE: said. */
gboolean
cli_source_feed (CliSource *source, guint n, WeftValue *const *values, gsize rows, int *code);
/* Names of the output ports that nothing is wired to, or "out" for an expression; owned strings. */
GPtrArray *cli_source_results (CliSource *source);

G_END_DECLS
