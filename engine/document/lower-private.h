/* Lowering's parts: one node at a time, for whole documents, for typing, and for the inside of
 * layers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/lower.h"
#include "engine/graph/expr.h"

G_BEGIN_DECLS

/* What a definition's inputs and knobs stand for while it is looked at by itself. */
typedef struct
{
  GHashTable *values; /* name -> WeftValue* */
  WeftJson   *knobs;  /* name -> value */
} WeftLowerUse;

/* One node into @graph. @use: NULL for a document that is no definition. @inputs: port ->
 * WeftValue* of what is wired in; @outputs gets port -> WeftValue* (keys owned: make it with
 * g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL)). @shared gets owned references of
 * what the node holds (WeftShared*). Call it only when every wired input is known: an input that is
 * absent is "nothing is wired in". Errors: of any domain; *port (owned, may be NULL) is the port to
 * blame, NULL the node. */
gboolean weft_lower_node (WeftGraph              *graph,
                          WeftDocument           *document,
                          const WeftLowerUse     *use,
                          const WeftNode         *node,
                          const WeftLowerOptions *options,
                          GHashTable             *inputs,
                          GHashTable             *outputs,
                          GPtrArray              *shared,
                          char                  **port,
                          GError                **error);

/* ---- Between the files of lowering ---- */

/* What an "update" node says: the variable @name is @value after a training step. */
typedef struct
{
  char      *name;
  WeftValue *value;
  guint32    node;
} WeftLowerUpdate;

/* Where a node stands: in the document, or in a layer that is being opened. */
typedef struct
{
  WeftGraph              *graph;
  const WeftLowerOptions *options;
  GPtrArray              *shared;
  GArray                 *updates; /* WeftLowerUpdate; NULL: nobody asks */
  WeftDocument           *document; /* that the node stands in */
  const char             *folder;   /* of data files, or NULL */
  const char             *prefix;   /* "hidden." in a layer, "" in the document */
  guint32                 node;     /* the document's node */
  GHashTable             *values;   /* a definition's inputs, name -> WeftValue* */
  GHashTable             *wired;    /* those of them that are not defaults */
  WeftJson               *knobs;    /* a definition's, name -> value */
  guint                   depth;    /* of definitions in definitions */
  guint                  *n_inside; /* nodes of definitions so far */
  gboolean                in_step;  /* called by a text: maybe again, with the same variables */
  gboolean plain; /* the next definition without its own gradient, which is being made */
  gboolean                hidden;   /* in a layer that ships: its nodes are no origins */
} WeftLowerLevel;

typedef struct
{
  const WeftNode *node;
  GHashTable     *inputs, *outputs;
  char          **port;
} WeftLowerCall;

gboolean weft_lower_one (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error);
gboolean weft_lower_source (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error);
gboolean weft_lower_is_source (const char *op);
gboolean weft_lower_op (const WeftLowerLevel *level,
                        const WeftLowerCall  *call,
                        const WeftOp         *op,
                        GError              **error);
gboolean
weft_lower_expression (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error);
/* A node whose op is a layer or a group: the @definition with what is wired in. */
gboolean weft_lower_definition (const WeftLowerLevel *level,
                                const WeftLowerCall  *call,
                                WeftDocument         *definition,
                                GError              **error);
/* A loop node. */
gboolean weft_lower_loop (const WeftLowerLevel *level, const WeftLowerCall *call, GError **error);
/* Groups that @expr names become functions of @scope. */
void weft_lower_bind_groups (const WeftLowerLevel *level,
                             const WeftLowerCall  *call,
                             const WeftExpr       *expr,
                             WeftScope            *scope);
/* A node whose @definition has the text @gradient: "dx = gy * (1 - y**2)", one statement an input,
 * over the inputs, the outputs and their cotangents (gy, or gNAME where there are several). */
gboolean weft_lower_own_gradient (const WeftLowerLevel *level,
                                  const WeftLowerCall  *call,
                                  WeftDocument         *definition,
                                  GHashTable           *values,
                                  const char           *gradient,
                                  GError              **error);
/* What is wired into @definition (name -> WeftValue*), and the defaults of its inputs that are
 * open; owned. Errors: of a default. */
GHashTable *weft_lower_inputs (const WeftLowerLevel *inside, GHashTable *wired, GError **error);
/* What the knobs of @node's op stand for: name -> value, an object that the caller owns. */
WeftJson *weft_lower_knobs (const WeftLowerLevel *level, const WeftNode *node);

/* The value of @node's parameter @name: what it says, a knob's value where it names a knob, the
 * default; NULL: none. Borrowed. */
WeftJson *weft_lower_param (const WeftLowerLevel *level, const WeftNode *node, const char *name);
/* The text parsed, from those kept; caller unrefs. Any thread. */
WeftExpr *weft_lower_parse (const char *text, GError **error);
/* A scope for a text of the node: the layer's names, then @inputs (may be NULL). */
WeftScope *weft_lower_scope (const WeftLowerLevel *level, GHashTable *inputs);
/* "(batch, 784)", "(x.shape[-1], units)" or ["batch", 784]. Names that are nothing else are
 * dimensions. */
gboolean
weft_lower_shape (const WeftLowerLevel *level, WeftJson *json, WeftShape *shape, GError **error);
void     weft_lower_put (const WeftLowerCall *call, const char *port, WeftValue *value);

/* ---- Initialisers ---- */
typedef struct
{
  const char *name, *text, *summary;
} WeftInitialiser;
guint                  weft_initialiser_count (void);
const WeftInitialiser *weft_initialiser_get (guint index);
/* Fills an array of @shape by @init (a row's name, an expression or a number). Errors: of the
 * expression language; TOO_LARGE. */
/* The same checks without the work. Errors: of the expression language, WEFT_DOCUMENT_ERROR_MODEL.
 */
gboolean weft_initialise_check (
  WeftJson *init, WeftDType dtype, guint rank, const gint64 *shape, GError **error);
WeftArray *weft_initialise (
  WeftJson *init, WeftDType dtype, guint rank, const gint64 *shape, guint64 seed, GError **error);

G_END_DECLS
