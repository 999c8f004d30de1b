/* The parameters that training leaves as they are, as a text: names and patterns between spaces,
 * "conv1.* *.b".
 *
 * In a document they are members of "parameters" in the training section (engine/train/adjust.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

G_BEGIN_DECLS

/* Caller owns both. Of counts NULL: nothing is frozen. */
char *weft_frozen_dup_text (WeftDocument *document);
char *weft_frozen_dup_counts (WeftDocument *document);
/* The training section says so afterwards. Errors: WEFT_PARAM_ERROR_RANGE where a name is none of
 * the model's. */
gboolean weft_frozen_set (WeftDocument *document, const char *text, GError **error);

G_END_DECLS
