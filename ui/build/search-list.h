/* What the search popover lists for a text: what matches, what one is likely to want first, and
 * what does not take the wire in the hand last, with the reason.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/lower.h"

G_BEGIN_DECLS

typedef struct
{
  const WeftEntry *entry;
  const char      *port;    /* that the wire would go to, where there are several; else NULL; interned */
  const char      *refusal; /* NULL: it fits, or nobody can know; borrowed from the list */
} WeftSearchRow;

typedef struct _WeftSearchList WeftSearchList;
/* For a wire whose fixed end is @port of node @uid, an output where @from_output; @uid 0: no wire.
 * @typing may be NULL. */
WeftSearchList *weft_search_list_new (
  WeftDocument *document, WeftTyping *typing, guint32 uid, const char *port, gboolean from_output);
/* What could take the place of node @uid: first what stands in the same @family. */
WeftSearchList *weft_search_list_new_replacement (WeftDocument *document,
                                                  WeftTyping   *typing,
                                                  guint32       uid,
                                                  const char   *family);
void            weft_search_list_free (WeftSearchList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSearchList, weft_search_list_free)
/* Best first, at most @max, of WeftSearchRow. Types are asked for as long as @budget_us allows;
 * *complete: all were. What was asked is kept, so the next call goes on where this one stopped. */
GArray *weft_search_list_find (
  WeftSearchList *list, const char *text, guint max, gint64 budget_us, gboolean *complete);
/* What an expression would make of the wire, "f32 (batch, 10)"; NULL: unknown. *refusal: why it
 * does not take it. Caller owns both. */
char *weft_search_list_try_expression (WeftSearchList *list, const char *text, char **refusal);

G_END_DECLS
