/* Search in the graph: a bar over the canvas.
 *
 * Every word that is typed must stand in a node's name, operation, parameters, types or problem;
 * nodes inside of groups are found too. What is found is selected; Return and Shift+Return go from
 * one to the next.
 *
 * Signals
 *   "found" (uids: guint32 array of the document itself, as GBytes)   what is typed is found there
 *   "go" (guint uid)                                                   to this node, which may be
 * inside of a group "closed" ()                                                        Escape, or
 * the button
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/lower.h"

G_BEGIN_DECLS

#define WEFT_TYPE_GRAPH_SEARCH (weft_graph_search_get_type ())
G_DECLARE_FINAL_TYPE (WeftGraphSearch, weft_graph_search, WEFT, GRAPH_SEARCH, GtkBox)

/* Both NULL: nothing to search. The document is referenced, @typing borrowed until the next call.
 */
void weft_graph_search_set_document (WeftGraphSearch *search,
                                     WeftDocument    *document,
                                     WeftTyping      *typing);
void weft_graph_search_open (WeftGraphSearch *search); /* shows it, with the focus in its entry */
void weft_graph_search_close (WeftGraphSearch *search);

/* Numbers (guint32) of the nodes in which each word of @text stands, in the order of the document,
 * groups last. */
GArray *weft_graph_search_find (WeftDocument *document, WeftTyping *typing, const char *text);

G_END_DECLS
