/* The inspector: what is selected, and the form to change it; with nothing selected the document
 * itself.
 *
 * Its signal "command" (const char *action) asks for what is done with several nodes at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/document/lower.h"

G_BEGIN_DECLS

#define WEFT_TYPE_INSPECTOR (weft_inspector_get_type ())
G_DECLARE_FINAL_TYPE (WeftInspector, weft_inspector, WEFT, INSPECTOR, AdwBin)

void
weft_inspector_set_document (WeftInspector *inspector, WeftDocument *document, WeftTyping *typing);
void weft_inspector_set_selection (WeftInspector *inspector, const guint32 *uids, guint n);
void weft_inspector_update (WeftInspector *inspector);
void weft_inspector_focus_name (WeftInspector *inspector);

G_END_DECLS
