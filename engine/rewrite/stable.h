/* What the rules of stabilise.def need beyond texts: guards (guards-stable.c) and actions over
 * products (actions-stable.c) and labels (actions-labels.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/rewrite-private.h"

G_BEGIN_DECLS

extern const WeftGuard  weft_guards_stable[];
extern const guint      weft_n_guards_stable;
extern const WeftAction weft_actions_stable[];
extern const guint      weft_n_actions_stable;
extern const WeftAction weft_actions_labels[];
extern const guint      weft_n_actions_labels;

/* Whether every element of @value is above 0 over the real numbers; rounding may have made it 0 or
 * infinite. */
gboolean weft_is_above_zero (const WeftValue *value);
/* Whether b = -a, seen from how they are made. */
gboolean weft_are_opposite (const WeftValue *a, const WeftValue *b);

G_END_DECLS
