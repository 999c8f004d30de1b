/* For functions that build several ops: EXPANDER rows of functions.def.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops-private.h"

/* Builds what a call means. @args: one for each name of the signature, defaults filled in. */
typedef gboolean (*WeftExpanderFunc) (WeftGraph         *graph,
                                      const WeftBinding *args,
                                      WeftBinding       *result,
                                      GError           **error);
#define EXPAND(NAME)                                                                          \
  gboolean weft_build_##NAME (WeftGraph *graph, const WeftBinding *args, WeftBinding *result, \
                              GError **error)

#define FUNCTION(...)
#define EXPANDER(NAME, ...) EXPAND (NAME);
#include "engine/ops/functions.def"
#undef FUNCTION
#undef EXPANDER

/* ---- Results ---- */

/* @value as the result; NULL: FALSE, the error is set already. */
gboolean weft_expand_give (WeftValue *value, WeftBinding *result);
gboolean weft_expand_give_dim (WeftGraph *graph, WeftDim dim, WeftBinding *result);

/* ---- Arguments ---- */

gboolean weft_expand_is_none (const WeftBinding *binding);
gboolean
weft_expand_get_int (const WeftBinding *binding, WeftGraph *graph, gint64 *value, GError **error);
/* The axes of a reduction's "axis" argument as a mask. */
gboolean weft_expand_get_axes (
  const WeftBinding *binding, WeftGraph *graph, guint rank, guint *mask, GError **error);

/* ---- Ops ---- */

WeftValue *weft_expand_apply (
  WeftGraph *graph, WeftOpId id, WeftValue *x, const WeftAttr *attrs, GError **error);
WeftValue *
weft_expand_reshape (WeftGraph *graph, WeftValue *x, const WeftShape *shape, GError **error);
/* @order: of all axes. */
WeftValue *
weft_expand_transpose (WeftGraph *graph, WeftValue *x, const gint64 *order, GError **error);
/* The last two axes exchanged. */
WeftValue *weft_expand_swap_last (WeftGraph *graph, WeftValue *x, GError **error);
WeftValue *
weft_expand_sum (WeftGraph *graph, WeftValue *x, guint mask, gboolean keepdims, GError **error);
/* A new axis of size 1. */
WeftValue *weft_expand_new_axis (WeftGraph *graph, WeftValue *x, gint64 axis, GError **error);
/* 0, 1, 2 ... n - 1. */
WeftValue *weft_expand_iota (WeftGraph *graph, WeftDim n, WeftDType dtype, GError **error);
gboolean   weft_dim_is_one (WeftDim dim);
WeftValue *weft_expand_value (WeftGraph *graph, WeftScope *scope, const char *text, GError **error);
gboolean   weft_expand_text (WeftGraph   *graph,
                             WeftBinding *result,
                             GError     **error,
                             const char  *text,
                             ...) G_GNUC_NULL_TERMINATED;
