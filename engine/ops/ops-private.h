/* What the files of this folder share: the functions that rows name, and helpers for them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops.h"

/* ---- Named by rows: type rules, references, kernels ---- */

#define INFER(NAME)                                                                               \
  gboolean NAME (const WeftOp *op, const WeftAttr *attrs, guint n_inputs, const WeftType *inputs, \
                 WeftType *types, GError **error)
#define REFERENCE(NAME) \
  void NAME (const WeftApply *apply, WeftArray *const *inputs, WeftArray **outputs)

INFER (weft_infer_dim);
INFER (weft_infer_cast);
INFER (weft_infer_sum);
INFER (weft_infer_reduce);
INFER (weft_infer_extreme);
INFER (weft_infer_argument);
INFER (weft_infer_truth);
INFER (weft_infer_cumsum);
INFER (weft_infer_sum_to);
INFER (weft_infer_reshape);
INFER (weft_infer_transpose);
INFER (weft_infer_expand_dims);
INFER (weft_infer_squeeze);
INFER (weft_infer_broadcast_to);
INFER (weft_infer_concat);
INFER (weft_infer_getitem);
INFER (weft_infer_index_add);
INFER (weft_infer_iota);
INFER (weft_infer_one_hot);
INFER (weft_infer_matmul);
INFER (weft_infer_softmax);
INFER (weft_infer_cross_entropy);
INFER (weft_infer_cross_entropy_grad);
INFER (weft_infer_loss);
INFER (weft_infer_divergence);
INFER (weft_infer_accuracy);
INFER (weft_infer_random);
INFER (weft_infer_dropout);

REFERENCE (weft_reduce_reference);
REFERENCE (weft_cumsum_reference);
REFERENCE (weft_sum_to_reference);
REFERENCE (weft_copy_reference);
REFERENCE (weft_transpose_reference);
REFERENCE (weft_broadcast_reference);
REFERENCE (weft_concat_reference);
REFERENCE (weft_getitem_reference);
REFERENCE (weft_index_add_reference);
REFERENCE (weft_iota_reference);
REFERENCE (weft_one_hot_reference);
REFERENCE (weft_matmul_reference);
REFERENCE (weft_softmax_reference);
REFERENCE (weft_cross_entropy_reference);
REFERENCE (weft_cross_entropy_grad_reference);
REFERENCE (weft_loss_reference);
REFERENCE (weft_accuracy_reference);

extern const WeftKernel weft_reduce_kernel;
extern const WeftKernel weft_cumsum_kernel;
extern const WeftKernel weft_sum_to_kernel;
extern const WeftKernel weft_concat_kernel;
extern const WeftKernel weft_getitem_kernel;
extern const WeftKernel weft_index_add_kernel;
extern const WeftKernel weft_iota_kernel;
extern const WeftKernel weft_one_hot_kernel;
extern const WeftKernel weft_softmax_kernel;
extern const WeftKernel weft_cross_entropy_kernel;
extern const WeftKernel weft_cross_entropy_grad_kernel;
extern const WeftKernel weft_loss_kernel;
extern const WeftKernel weft_accuracy_kernel;
extern const WeftKernel weft_random_kernel;
extern const WeftKernel weft_dropout_kernel;

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
/* Sets WEFT_TYPE_ERROR_SHAPE "op: a != b (WHAT)". */
void weft_infer_differ (const WeftOp *op, WeftDim a, WeftDim b, const char *what, GError **error);
/* "(3, 4) and (5, 2)": for messages. Caller owns. */
char *weft_two_shapes (const WeftShape *a, const WeftShape *b);

/* ---- Basic and array indexing, resolved against a shape (index.c) ---- */

typedef struct
{
  WeftIndexKind kind; /* AT, SLICE or ARRAY */
  WeftDim       start, count;
  gint64        step;
  guint         array; /* which index array */
} WeftAxisIndex;

#define WEFT_FROM_NEW (-1)             /* a new axis of size 1 */
#define WEFT_FROM_ARRAYS(J) (-2 - (J)) /* dimension J of the broadcast index arrays */

typedef struct
{
  WeftAxisIndex axes[WEFT_MAX_RANK]; /* one a source axis */
  int           from[WEFT_MAX_RANK]; /* of each result axis: a source axis, or the above */
  WeftShape     arrays;              /* the index arrays' common shape */
  WeftShape     shape;               /* of the result */
} WeftIndexPlan;

gboolean weft_index_plan (const WeftOp    *op,
                          const WeftAttr  *index,
                          const WeftShape *source,
                          guint            n_arrays,
                          const WeftType  *arrays,
                          WeftIndexPlan   *plan,
                          GError         **error);

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
