/* A pane that shows the graph of a history after a step, and what a step changes, on places that
 * never move.
 *
 * Drag or two fingers pan, the wheel zooms, + - 0 zoom, f or . shows all, c closes the gaps of this
 * step, Ctrl with an arrow walks along the wires, Enter opens. It asks and is told: a click emits
 * "select"; what is selected is what set_selection said last. Each box is a small widget for
 * assistive technology, with what it is as its name and what happens to it as its description.
 *
 * Signals
 *   "select" (guint apply)    G_MAXUINT: nothing
 *   "hover" (guint apply)     likewise
 *   "activate" (guint apply)  double click, Enter
 *   "view-changed" ()         its boxes stand elsewhere in the pane: panned, zoomed, another graph
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "ui/draw/graph-art.h"
#include "ui/optimise/graph-camera.h"

G_BEGIN_DECLS

#define WEFT_TYPE_GRAPH_PANE (weft_graph_pane_get_type ())
G_DECLARE_FINAL_TYPE (WeftGraphPane, weft_graph_pane, WEFT, GRAPH_PANE, GtkWidget)

WeftGraphPane *weft_graph_pane_new (void);
/* Its own until another is given. Property "camera". */
void             weft_graph_pane_set_camera (WeftGraphPane *pane, WeftGraphCamera *camera);
WeftGraphCamera *weft_graph_pane_get_camera (WeftGraphPane *pane);
/* In its upper left corner, and its accessible name: "After step 7 of 23 · 9 ops". Property
 * "title". */
void weft_graph_pane_set_title (WeftGraphPane *pane, const char *title);

/* Shows @art as it is at @cursor (of its history; used for the call only), with what step @change
 * does marked as far as @which says (WEFT_MARK_MATCHED | REMOVED | ADDED; 0: nothing), and what the
 * names of its rule stand for where @tags. What came and what went since the last call fades. @art
 * NULL: nothing is shown. */
void weft_graph_pane_show (WeftGraphPane *pane,
                           WeftGraphArt  *art,
                           WeftCursor    *cursor,
                           guint          change,
                           guint          which,
                           gboolean       tags);
/* Application numbers. @selected: G_MAXUINT: none. @linked: NULL or guint, borrowed for the call.
 */
void weft_graph_pane_set_selection (WeftGraphPane *pane, guint selected, const GArray *linked);
/* All but these are dimmed (what a search found, what belongs to a node); NULL: nothing is dimmed.
 * guint, borrowed for the call. */
void weft_graph_pane_set_found (WeftGraphPane *pane, const GArray *found);
/* Gaps of this step closed. Property "compact". */
void     weft_graph_pane_set_compact (WeftGraphPane *pane, gboolean compact);
gboolean weft_graph_pane_get_compact (WeftGraphPane *pane);

/* What all panes of its camera show, or its beginning where it is large. The pane does so itself
 * when another graph comes. */
void weft_graph_pane_fit (WeftGraphPane *pane);
/* Glides there if they are not in view, or too small to read. guint, application numbers. */
void weft_graph_pane_reveal (WeftGraphPane *pane, const GArray *applies);
void weft_graph_pane_zoom_by (WeftGraphPane *pane, double factor);
/* Where @apply stands, in the pane's coordinates; FALSE: it is not there. */
gboolean weft_graph_pane_get_rect (WeftGraphPane *pane, guint apply, graphene_rect_t *rect);
/* WeftGraphMark of @apply, as shown. */
guint weft_graph_pane_get_marks (WeftGraphPane *pane, guint apply);

G_END_DECLS
