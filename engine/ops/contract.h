/* Contraction of two tensors whose axes have labels, by one matrix product.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/expand.h"

/* Letters stand for themselves; axes of an ellipsis have numbers from here on, counted from the
 * right. */
#define WEFT_ELLIPSIS_LABEL 128
#define WEFT_N_LABELS (WEFT_ELLIPSIS_LABEL + WEFT_MAX_RANK)

/* No label stands twice. */
typedef struct
{
  WeftValue *value;
  guint      n;
  guint8     labels[WEFT_MAX_RANK];
} WeftOperand;

/* The axis with @label; -1: none. */
int weft_operand_find (const WeftOperand *operand, guint8 label);
/* Sums the axes whose labels are not @kept (WEFT_N_LABELS of them). */
gboolean
weft_operand_sum (WeftGraph *graph, WeftOperand *operand, const gboolean *kept, GError **error);
/* Puts the axes in the order of @n @labels, all of the operand's. */
gboolean weft_operand_order (
  WeftGraph *graph, WeftOperand *operand, guint n, const guint8 *labels, GError **error);
/* The product of @a and @b, summed over the labels that are not @kept; sizes of 1 broadcast. The
 * labels of @result: those of both, then what is left of @a and of @b. */
gboolean weft_contract (WeftGraph      *graph,
                        WeftOperand     a,
                        WeftOperand     b,
                        const gboolean *kept,
                        WeftOperand    *result,
                        GError        **error);
/* Of a dimension, for comparing costs. */
double weft_estimate_size (WeftDim dim);
