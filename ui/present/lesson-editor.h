/* A dialog that makes a lesson of a document, or changes the one that it has: a title, which values
 * are knobs, the text in steps. The document takes all of it in one step when it is kept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/document.h"

G_BEGIN_DECLS

#define WEFT_TYPE_LESSON_EDITOR (weft_lesson_editor_get_type ())
G_DECLARE_FINAL_TYPE (WeftLessonEditor, weft_lesson_editor, WEFT, LESSON_EDITOR, AdwWindow)

/* Signal: "kept". Floating, not presented. */
WeftLessonEditor *weft_lesson_editor_new (GtkWindow *parent, WeftDocument *document);
/* As its button does: FALSE where the document refuses, which the dialog says. */
gboolean          weft_lesson_editor_keep (WeftLessonEditor *editor);

G_END_DECLS
