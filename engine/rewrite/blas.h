/* Guards and actions of the rules about products.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/rewrite-private.h"

G_BEGIN_DECLS

extern const WeftGuard  weft_guards_blas[];
extern const guint      weft_n_guards_blas;
extern const WeftAction weft_actions_blas[];
extern const guint      weft_n_actions_blas;

G_END_DECLS
