/* What catalogue.c and catalogue-params.c share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/catalogue.h"
#include "engine/document/layer.h"

G_BEGIN_DECLS

/* The parameters of an op row, of a source or the expression node (by name), of the array @knobs.
 * Arrays of WeftParam, owned. */
GArray *weft_params_of_op (const WeftOp *op);
GArray *weft_params_of_source (const char *op);
GArray *weft_params_of_knobs (WeftJson *knobs);

/* TRUE if @op is neither a layer nor an op row, but something that can be put on the canvas all the
 * same. */
gboolean weft_op_is_source (const char *op);

G_END_DECLS
