/* What the inspector shows where several nodes are selected: what they are, the parameters that all
 * of them have, and what one does with several at once. A parameter is changed in all of them in
 * one step.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/lower.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SEVERAL_FORM (weft_several_form_get_type ())
G_DECLARE_FINAL_TYPE (WeftSeveralForm, weft_several_form, WEFT, SEVERAL_FORM, AdwBin)

/* Signal "command" (const char *action): of the canvas or the window, to be done now. */

/* @typing is borrowed; both NULL: nothing is shown. */
void
     weft_several_form_set_document (WeftSeveralForm *form, WeftDocument *document, WeftTyping *typing);
void weft_several_form_set_selection (WeftSeveralForm *form, const guint32 *uids, guint n);
void weft_several_form_update (WeftSeveralForm *form);
void weft_several_form_commit (WeftSeveralForm *form);

G_END_DECLS
