/* What the files of the typing share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/lower-private.h"

G_BEGIN_DECLS

typedef struct
{
  const char *port; /* interned */
  WeftType    type;
} WeftPortType;

/* A wire into a node, and what flowed in it when the node was typed. */
typedef struct
{
  const char *port, *from_port; /* interned */
  guint32     from;
  gboolean    known;
  WeftType    type;
} WeftFed;

typedef struct
{
  guint32     uid;
  GArray     *outputs; /* WeftPortType */
  GArray     *fed;     /* WeftFed, by port */
  WeftProblem problem; /* message NULL: none */
  gint64      n_parameters;
  guint       n_tensors;
  GArray     *fed_before; /* while sorting: what @fed was */
  GPtrArray  *users;      /* while sorting: whom the node feeds, a node once a wire; borrowed */
  guint       n_open;     /* while sorting: wires from nodes that are not in the order yet */
} WeftNodeTypes;

struct _WeftTyping
{
  WeftDocument *document; /* borrowed */
  gulong        handler;
  GHashTable   *nodes;             /* uid -> WeftNodeTypes, owned */
  GHashTable   *dirty;             /* set of uids */
  GHashTable   *opened;            /* during an update: a definition's use -> WeftNodeTypes, borrowed */
  GPtrArray    *all;               /* WeftNodeTypes, borrowed, in document order */
  GPtrArray    *order;             /* WeftNodeTypes, borrowed, what feeds before what is fed */
  GPtrArray    *problems;          /* WeftProblem, borrowed from the nodes, in document order */
  GPtrArray    *training_problems; /* WeftProblem, owned */
  gboolean      reorder, training;
  guint         serial; /* of the catalogue */

  /* Of a definition: what its inputs and knobs stand for. */
  WeftTyping *outer; /* borrowed; NULL: it stands by itself */
  guint32     outer_uid;
  GArray     *values; /* WeftPortType; NULL: no definition */
  WeftJson   *knobs;
  gboolean    open; /* an input is not known */
};

/* Lowers one node over placeholders of the types @fed, all known, into @graph. @outputs gets port
 * -> WeftValue*, @shared the node's variables. Errors: as weft_lower_node. */
gboolean weft_typing_lower (WeftTyping     *typing,
                            WeftGraph      *graph,
                            const WeftNode *node,
                            const GArray   *fed,
                            GHashTable     *outputs,
                            GPtrArray      *shared,
                            char          **port,
                            GError        **error);

/* Looks at the use of a definition anew; TRUE if it is another one. */
gboolean weft_typing_read_use (WeftTyping *typing);
/* Its inputs as values of @graph by name, owned; NULL: no definition. */
GHashTable *weft_typing_use_values (WeftTyping *typing, WeftGraph *graph);

/* After the nodes are typed. TRUE if the training section's problems are others than before. */
gboolean weft_typing_check_training (WeftTyping *typing);

G_END_DECLS
