/* What is known of every element of a value, from a few ops above it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/rewrite-private.h"

G_BEGIN_DECLS

gboolean weft_known_not_negative (const WeftValue *value);
gboolean weft_known_positive (const WeftValue *value);
/* Finite constants other than 0, and what is positive or the negative of that. */
gboolean weft_known_nonzero (const WeftValue *value);
gboolean weft_known_unit (const WeftValue *value); /* between -1 and 1 */
gboolean weft_known_whole (const WeftValue *value);

G_END_DECLS
