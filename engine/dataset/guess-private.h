/* The guesses' parts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset-private.h"
#include "engine/dataset/survey.h"

G_BEGIN_DECLS

WeftJson   *weft_guess_csv (const char *path, GError **error);
/* From what the fields can be. */
void weft_survey_guess_roles (WeftSurvey *survey);

G_END_DECLS
