/* A question for a class: which rule comes next? Four answers, one right; a wrong one is told why
 * not.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/optimise-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_QUIZ_ANSWERS 4

#define WEFT_TYPE_RULE_QUIZ (weft_rule_quiz_get_type ())
G_DECLARE_FINAL_TYPE (WeftRuleQuiz, weft_rule_quiz, WEFT, RULE_QUIZ, AdwBin)

WeftRuleQuiz *weft_rule_quiz_new (WeftOptimiseModel *model);
void          weft_rule_quiz_set_active (WeftRuleQuiz *quiz, gboolean active); /* begins it, ends it */

G_END_DECLS
