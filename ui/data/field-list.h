/* The fields of data, one below the other: what each holds, how it is spread and, for a table that
 * is imported, what it is to be.
 *
 * Signal "changed" (): another role or kind was chosen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/dataset/survey.h"

G_BEGIN_DECLS

#define WEFT_TYPE_FIELD_LIST (weft_field_list_get_type ())
G_DECLARE_FINAL_TYPE (WeftFieldList, weft_field_list, WEFT, FIELD_LIST, AdwBin)

WeftFieldList *weft_field_list_new (void);
/* Both are borrowed until the next call; @choices is written to, NULL: nothing to choose. */
void weft_field_list_set_survey (WeftFieldList    *list,
                                 const WeftSurvey *survey,
                                 WeftFieldChoice  *choices);

G_END_DECLS
