/* Settings of a document by name: "hidden.units" is a parameter of a node, "training.rate" and
 * "training.knobs.beta1" are members of the training section.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/catalogue.h"

G_BEGIN_DECLS

typedef struct
{
  char         *name;
  WeftParamKind kind;
  WeftJson     *value; /* as it is now, or the default; NULL: neither */
  double        minimum, maximum;
  char        **choices; /* NULL: any */
} WeftSetting;
void weft_setting_free (WeftSetting *setting);

/* Those that can be written as a number, a word or true and false: WeftSetting, of the training
 * section first. Caller owns. */
GPtrArray *weft_settings_of (WeftDocument *document);
/* Takes @value. Errors: WEFT_DOCUMENT_ERROR_EDIT where there is no such node or parameter, or it
 * cannot have this value; what a member of the training section may be is told by
 * weft_training_new. */
gboolean
weft_setting_set (WeftDocument *document, const char *name, WeftJson *value, GError **error);
/* "0.001" as a number, "adam" as a word. Caller owns. */
WeftJson *weft_setting_parse (const char *text);
/* The other way; caller owns. */
char *weft_setting_text (WeftJson *value);

G_END_DECLS
