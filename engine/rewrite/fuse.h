/* Guards of the rules that write row operations out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/rewrite-private.h"

G_BEGIN_DECLS

extern const WeftGuard weft_guards_fuse[];
extern const guint     weft_n_guards_fuse;

G_END_DECLS
