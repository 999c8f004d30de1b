/* The lesson of a document: its text, a step at a time, and its knobs.
 *
 * The panel asks the document for what a knob is turned to, and follows it. Signals: "step"
 * (guint): another step is shown.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/lesson.h"

G_BEGIN_DECLS

#define WEFT_TYPE_LESSON_PANEL (weft_lesson_panel_get_type ())
G_DECLARE_FINAL_TYPE (WeftLessonPanel, weft_lesson_panel, WEFT, LESSON_PANEL, AdwBin)

GtkWidget *weft_lesson_panel_new (void);
/* Shows the lesson from its first step. Errors: as weft_lesson_new; nothing is shown then. Both
 * NULL without an error: no lesson. */
gboolean
                      weft_lesson_panel_set_document (WeftLessonPanel *panel, WeftDocument *document, GError **error);
const WeftLessonStep *weft_lesson_panel_get_step (WeftLessonPanel *panel); /* NULL: no lesson */
void                  weft_lesson_panel_go (WeftLessonPanel *panel, int by);

G_END_DECLS
