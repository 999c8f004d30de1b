/* The steps of a lesson as people write them:
 *
 *     # Two neurons
 *     view: train
 *     show: hidden, logit
 *     Train with two neurons and watch the accuracy.
 *
 * A line that begins with # begins a step; "view" and "show" may stand below it, the rest is its
 * text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/base/json.h"

G_BEGIN_DECLS

/* @steps: the array of a lesson, or NULL. Caller owns. */
char     *weft_lesson_steps_to_text (WeftJson *steps);
/* Always an array; whether it will do is for the document to say. Caller owns. */
WeftJson *weft_lesson_steps_from_text (const char *text);

G_END_DECLS
