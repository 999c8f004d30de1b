/* Breakpoints of a document: nodes at which a run pauses. Kept in the document's view: they are no
 * part of the model, no edit, and no step of the history.
 *
 *   "view": {"breakpoints": {"hidden": {}, "logits": {"above": 8}, "p": {"not_finite": true}}}
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_BREAK_ALWAYS,
  WEFT_BREAK_BAD,   /* a number there is not finite */
  WEFT_BREAK_ABOVE, /* the same, or larger than the limit but for its sign */
} WeftBreakKind;

typedef struct
{
  char         *node; /* its id */
  WeftBreakKind kind;
  double        limit;
} WeftBreakpoint;
void weft_breakpoint_free (WeftBreakpoint *point);
/* What stands beside its mark: "", "NaN", "|x| > 8". Caller owns. */
char *weft_breakpoint_text (const WeftBreakpoint *point);

/* Of nodes that are there, in their order: of WeftBreakpoint, caller owns. What a file says wrongly
 * is passed over. */
GPtrArray *weft_document_get_breakpoints (WeftDocument *document);
/* The one at node @id, caller owns; NULL: none. */
WeftBreakpoint *weft_document_get_breakpoint (WeftDocument *document, const char *id);
/* In place of the one at its node. */
void weft_document_set_breakpoint (WeftDocument *document, const WeftBreakpoint *point);
void weft_document_remove_breakpoint (WeftDocument *document, const char *id);
/* The node @old is called @id now. */
void weft_document_rename_breakpoint (WeftDocument *document, const char *old, const char *id);

G_END_DECLS
