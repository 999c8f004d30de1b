/* The nearest known word, for messages: "unknown op \"sofmax\"; did you mean softmax?"
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *word; /* what was written */
  const char *best; /* the nearest offered so far, borrowed; NULL: none is near */
  guint       distance;
} WeftNearest;

void weft_nearest_begin (WeftNearest *nearest, const char *word);
void weft_nearest_offer (WeftNearest *nearest, const char *candidate);
/* "; did you mean softmax?", or "" where nothing is near. The caller owns it. */
char *weft_nearest_hint (const WeftNearest *nearest);

G_END_DECLS
