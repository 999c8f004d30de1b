/* A document's training section as a form: what is minimised, by which rule, how fast, how long,
 * what is measured.
 *
 * Every change is an undoable edit of the document; the form follows the document.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/lower.h"

G_BEGIN_DECLS

#define WEFT_TYPE_TRAINING_FORM (weft_training_form_get_type ())
G_DECLARE_FINAL_TYPE (WeftTrainingForm, weft_training_form, WEFT, TRAINING_FORM, AdwBin)

void weft_training_form_set_document (WeftTrainingForm *form,
                                      WeftDocument     *document,
                                      WeftTyping       *typing);
void weft_training_form_update (WeftTrainingForm *form);

G_END_DECLS
