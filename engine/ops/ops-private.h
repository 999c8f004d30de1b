/* What the files of this folder share: the functions that rows name, and helpers for them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/index-plan.h"
#include "engine/ops/ops.h"

/* ---- What rows name: a WeftOpCode of type rule, reference and kernel (table.c declares it) ----
 */

#define INFER(NAME)                                                                               \
  gboolean NAME (const WeftOp *op, const WeftAttr *attrs, guint n_inputs, const WeftType *inputs, \
                 WeftType *types, GError **error)
#define REFERENCE(NAME) \
  void NAME (const WeftApply *apply, WeftArray *const *inputs, WeftArray **outputs)

extern const WeftKernel weft_sum_to_kernel;
/* For rows with the attribute "dtype": x is cast to it. */
void weft_settle_dtype (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, WeftAttr *attrs);

/* pool.c: see weft_apply_overwrites. */
gboolean weft_max_pool_grad_replaces (const WeftApply *apply);

/* ---- Helpers for type rules ---- */

/* @axis, counted from the end if negative, as 0 .. rank-1. Errors: WEFT_TYPE_ERROR_SHAPE. */
gboolean weft_infer_axis (const WeftOp *op, gint64 axis, guint rank, guint *result, GError **error);
/* The axes of an AXES attribute as a bit mask; None: all of them. Errors as above; an axis named
 * twice. */
gboolean
weft_infer_axes (const WeftOp *op, const WeftAttr *attr, guint rank, guint *mask, GError **error);
/* The mask of a reduction's "axis" that has passed inference. */
guint weft_reduced_axes (const WeftOp *op, const WeftAttr *attr, guint rank);
/* @shape without the axes in @mask, or with 1 in their place. */
WeftShape weft_shape_reduce (const WeftShape *shape, guint mask, gboolean keepdims);
/* Where @a and @b are both possible: the one that says more (a number). Errors:
 * WEFT_TYPE_ERROR_SHAPE "op: 3 != 4 (WHAT)". */
gboolean
weft_infer_same_dim (const WeftOp *op, WeftDim *a, WeftDim b, const char *what, GError **error);
/* @narrow broadcasts to @wide: axis by axis from the right equal or 1. Errors:
 * WEFT_TYPE_ERROR_SHAPE. */
gboolean weft_infer_broadcast (const WeftOp    *op,
                               const WeftShape *narrow,
                               const WeftShape *wide,
                               GError         **error);
/* Sets WEFT_TYPE_ERROR_SHAPE "op: a != b (WHAT)". */
void weft_infer_differ (const WeftOp *op, WeftDim a, WeftDim b, const char *what, GError **error);
/* "(3, 4) and (5, 2)": for messages. Caller owns. */
char *weft_two_shapes (const WeftShape *a, const WeftShape *b);

/* Registers functions.def and the expanders in C. */
void weft_functions_register (void);

/* ---- Numbers from buffers of compute types ---- */

static inline gint64
weft_load_int (WeftDType dtype, const void *data, gint64 i)
{
  if (dtype == WEFT_I64)
    return ((const gint64 *) data)[i];
  return dtype == WEFT_I32 ? ((const gint32 *) data)[i] : ((const guint8 *) data)[i];
}
/* For the element types that values are computed in. */
static inline void
weft_store_int (WeftDType dtype, void *data, gint64 i, gint64 value)
{
  if (dtype == WEFT_F32)
    ((float *) data)[i] = value;
  else if (dtype == WEFT_F64)
    ((double *) data)[i] = value;
  else if (dtype == WEFT_I64)
    ((gint64 *) data)[i] = value;
  else if (dtype == WEFT_I32)
    ((gint32 *) data)[i] = value;
  else
    ((guint8 *) data)[i] = value != 0;
}
static inline double
weft_load_number (WeftDType dtype, const void *data, gint64 i)
{
  if (dtype == WEFT_F32)
    return ((const float *) data)[i];
  return dtype == WEFT_F64 ? ((const double *) data)[i] : (double) weft_load_int (dtype, data, i);
}
static inline gint64
weft_product (const gint64 *dims, guint n)
{
  gint64 product = 1;

  for (guint i = 0; i < n; i++)
    product *= dims[i];
  return product;
}
