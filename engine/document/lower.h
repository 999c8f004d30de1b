/* From documents to graphs, and the types and problems that the editor shows while one draws.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/catalogue.h"

G_BEGIN_DECLS

typedef struct
{
  guint32 node; /* uid; 0: the document as a whole */
  char   *port; /* NULL: the node */
  char   *message;
} WeftProblem;

/* ---- Incremental typing ---- */
WeftTyping *weft_typing_new (
  WeftDocument *document); /* follows the document's "changed"; the document outlives it */
void            weft_typing_free (WeftTyping *typing);
/* Brings everything up to date with the document now: cost follows what changed. TRUE if some type
 * or problem changed. */
gboolean        weft_typing_update (WeftTyping *typing);
/* A definition's typing (weft_typing_new of a group's document): its inputs have the types that
 * flow into node @uid of @outer's document, and its knobs that node's values, from the next update
 * on; @outer, borrowed, is brought up to date by its owner. NULL: by itself, with its knobs'
 * defaults and the types that its input nodes say. */
void            weft_typing_set_use (WeftTyping *typing, WeftTyping *outer, guint32 uid);
/* Type at an output port, or flowing into an input port; NULL: unknown. Borrowed until the next
 * update. */
const WeftType *weft_typing_output (WeftTyping *typing, guint32 uid, const char *port);
const WeftType *weft_typing_input (WeftTyping *typing, guint32 uid, const char *port);
guint              weft_typing_n_problems (WeftTyping *typing);
const WeftProblem *weft_typing_problem (WeftTyping *typing, guint index);
const WeftProblem *weft_typing_node_problem (WeftTyping *typing, guint32 uid); /* NULL: none */
/* Would a wire from @from fit? NULL: yes; else the failing equation or "this would make a cycle: a
 * -> b -> a". Caller owns. */
char *weft_typing_refusal (
  WeftTyping *typing, guint32 from, const char *from_port, guint32 to, const char *to_port);
/* The same for a value of @type that comes from nowhere yet; cycles are not asked for. */
char *weft_typing_refusal_of_type (WeftTyping     *typing,
                                   const WeftType *type,
                                   guint32         to,
                                   const char     *to_port);
/* Would a new node of @op take a value of @type at @port? If so *known says whether *made is the
 * type at @output; else *why (owned). */
gboolean weft_typing_try (WeftTyping     *typing,
                          const char     *op,
                          WeftJson       *params,
                          const char     *port,
                          const WeftType *type,
                          const char     *output,
                          WeftType       *made,
                          gboolean       *known,
                          char          **why);
/* Gradient of the node's outputs by each input and parameter, one text a line ("dx = gy * (1 -
 * y**2)"); why not where there is none. Caller owns. */
char              *weft_typing_gradient_text (WeftTyping *typing, guint32 uid);
/* Trainable numbers in the node (0 if none or unknown). */
gint64             weft_typing_n_parameters (WeftTyping *typing, guint32 uid, guint *n_tensors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTyping, weft_typing_free)

/* ---- Lowering ---- */
typedef struct
{
  WeftGraph  *graph;
  GHashTable *values;   /* "hidden.y" -> WeftValue*, every output port */
  GPtrArray  *inputs;   /* WeftInputPort*: what a call must feed, in document order */
  GPtrArray
    *shared; /* WeftShared*, owned references: parameters and state in document order, "hidden.W" */
  GPtrArray  *problems; /* WeftProblem*; empty if all is well */
  /* What "update" nodes say: after a training step targets[i] (WeftShared*, borrowed) is
   * new_values[i] (WeftValue*). */
  GPtrArray  *targets, *new_values;
} WeftLowered;
typedef struct
{
  char      *name;    /* "digits.pixels" or an input node's id */
  guint32    node;
  char      *dataset; /* id of the dataset node, or NULL */
  guint      column;  /* of the dataset */
  WeftValue *value;
} WeftInputPort;
typedef struct
{
  gboolean    training; /* dropout and kin are on */
  guint64     seed;     /* of the initialisers */
  GHashTable *shared; /* name -> WeftShared* to use instead of new ones (a second function over the
                         same parameters), or NULL */
  gboolean    no_init;  /* shared values are typed but zero: for checking only */
} WeftLowerOptions;
/* Never fails as a whole: what cannot be lowered is a problem and what hangs on it is absent. */
WeftLowered *weft_document_lower (WeftDocument *document, const WeftLowerOptions *options);
void         weft_lowered_free (WeftLowered *lowered);
WeftValue   *weft_lowered_get (WeftLowered *lowered, const char *port); /* "cost.loss"; NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLowered, weft_lowered_free)

G_END_DECLS
