/* What the random rows' files share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops-private.h"

gboolean weft_random_check_shape (const WeftOp *op, const WeftShape *shape, GError **error);
guint64  weft_random_seed_of (const WeftKernelCall *call);
