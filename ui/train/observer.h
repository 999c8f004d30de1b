/* Looks at the model for the views of a board: with the run's values as they are now, on a thread
 * of low priority, at most ten times a second and a quarter of the time, and only for views that
 * are seen.
 *
 * Signals: "cell" (int truth, int guess): the rows that the predictions show.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/shared/run-model.h"
#include "ui/train/view.h"

G_BEGIN_DECLS

WeftObserver *weft_observer_new (WeftDocument *document, WeftRunModel *run);
void          weft_observer_close (WeftObserver *observer); /* asks nothing any more */
void          weft_observer_add (WeftObserver *observer, WeftView *view);
void          weft_observer_remove (WeftObserver *observer, WeftView *view);
void          weft_observer_ask (WeftObserver *observer); /* something changed */
/* What the document is about, as it is now; borrowed until the next call. */
const WeftFacts *weft_observer_get_facts (WeftObserver *observer);
WeftDocument    *weft_observer_get_document (WeftObserver *observer);
/* Rows of class @truth that were taken for @guess; -1, -1: all. */
void weft_observer_set_cell (WeftObserver *observer, int truth, int guess);
void weft_observer_set_drawn (WeftObserver *observer, WeftArray *drawn); /* takes; NULL: nothing */

G_END_DECLS
