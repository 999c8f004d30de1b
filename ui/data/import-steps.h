/* What an import does to the columns by itself, so that a model can learn from them: said in words,
 * each with a tick that takes it out.
 *
 * Signal "changed" (): a tick was set or taken.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/base/json.h"

G_BEGIN_DECLS

#define WEFT_TYPE_IMPORT_STEPS (weft_import_steps_get_type ())
G_DECLARE_FINAL_TYPE (WeftImportSteps, weft_import_steps, WEFT, IMPORT_STEPS, AdwBin)

WeftImportSteps *weft_import_steps_new (void);
void             weft_import_steps_show (WeftImportSteps *steps, WeftJson *spec);
void             weft_import_steps_apply (WeftImportSteps *steps, WeftJson *spec);

G_END_DECLS
