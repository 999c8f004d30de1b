/* The rewrites of a history as a line of ticks under a bar for each phase: done, current, to come.
 *
 * Clicking, dragging and scrolling go to a step. Where steps stand too close for ticks they become
 * a strip whose height says how many ops were saved there. For assistive technology it is a slider.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/costs.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_TIMELINE (weft_timeline_get_type ())
G_DECLARE_FINAL_TYPE (WeftTimeline, weft_timeline, WEFT, TIMELINE, GtkWidget)

WeftTimeline *weft_timeline_new (WeftOptimiseModel *model, WeftCosts *costs);
/* What comes after the current step is not told. */
void  weft_timeline_set_quiz (WeftTimeline *timeline, gboolean quiz);
char *weft_timeline_dup_text (
  WeftTimeline *timeline); /* "step 7 of 23, log-softmax"; the caller owns it */

G_END_DECLS
