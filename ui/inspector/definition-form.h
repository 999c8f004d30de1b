/* What a definition looks like from outside, and the form to change it: summary, ports, knobs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/document.h"

G_BEGIN_DECLS

#define WEFT_TYPE_DEFINITION_FORM (weft_definition_form_get_type ())
G_DECLARE_FINAL_TYPE (WeftDefinitionForm, weft_definition_form, WEFT, DEFINITION_FORM, AdwBin)

/* TRUE if @document is a group's definition or a layer. */
gboolean weft_is_definition (WeftDocument *document);
/* NULL, or a document that is no definition: shows nothing. */
void weft_definition_form_set_document (WeftDefinitionForm *form, WeftDocument *document);
void weft_definition_form_update (WeftDefinitionForm *form);
void weft_definition_form_commit (WeftDefinitionForm *form);

G_END_DECLS
