/* The window of a sweep: which settings are varied, and over what; how many runs that makes. It
 * edits the document's sweep (engine/train/sweep.h) when its runs are asked for.
 *
 * Signal: "queue" (gboolean train): runs are to be made of the document's sweep, and trained at
 * once or not.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/document.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SWEEP_WINDOW (weft_sweep_window_get_type ())
G_DECLARE_FINAL_TYPE (WeftSweepWindow, weft_sweep_window, WEFT, SWEEP_WINDOW, AdwWindow)

/* @setting: "training.rate", which is varied besides what the document's sweep says; NULL: none. */
GtkWidget *weft_sweep_window_new (GtkWindow *parent, WeftDocument *document, const char *setting);

G_END_DECLS
