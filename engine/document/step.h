/* Loop nodes: scan, map, reduce, cond and beam_search, whose step is a group or a lambda, and the
 * ports that follow from it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"
#include "engine/graph/expr.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_LOOP_SCAN,
  WEFT_LOOP_MAP,
  WEFT_LOOP_REDUCE,
  WEFT_LOOP_COND,
  WEFT_LOOP_BEAM, /* its step takes a token and states, gives new states and logits */
} WeftLoopKind;

typedef enum
{
  WEFT_STEP_ROW,      /* of a sequence: one at each step */
  WEFT_STEP_STATE,    /* handed from step to step; wired in: how it begins */
  WEFT_STEP_CONSTANT, /* the same at each step */
} WeftStepRole;

typedef struct
{
  const char  *name; /* of the step's parameter and of the node's port; interned */
  WeftStepRole role;
} WeftStepInput;

/* A step as its group or its lambda says it. */
typedef struct
{
  WeftDocument *group;   /* borrowed; NULL: a lambda */
  WeftExpr     *lambda;  /* NULL: a group */
  GArray       *inputs;  /* WeftStepInput, in the step's order */
  GPtrArray    *outer;   /* of a lambda: names that it uses from outside, ports as well; interned */
  GPtrArray    *results; /* names of what it gives, in its order; interned */
  gboolean      until;   /* the last of the results says when to stop, and is no port */
} WeftStep;

/* FALSE: @op is no loop. */
gboolean weft_loop_kind (const char *op, WeftLoopKind *kind);
/* The parameters of loop nodes that name steps: "step", or "then" and "otherwise"; NULL-terminated.
 */
const char *const *weft_loop_steps (WeftLoopKind kind);
/* Reads the step in parameter @param of @node. Errors: WEFT_EXPR_ERROR; WEFT_DOCUMENT_ERROR_MODEL:
 * neither a group nor a lambda, a state that is no input of it. */
WeftStep      *
weft_step_new (WeftDocument *document, const WeftNode *node, const char *param, GError **error);
void weft_step_free (WeftStep *step);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStep, weft_step_free)
/* Number of the result that state @name becomes, -1 if there is none. */
gint weft_step_new_state (const WeftStep *step, const char *name);

G_END_DECLS
