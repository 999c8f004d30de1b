/* Which operand's bytes a result may take: the one place that knows, for the rewriter, which marks
 * it, and for the compiler, which does it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

/* Number of c among the inputs of gemm. */
#define ADDED_TO 2

/* Whether @apply only shows the bytes of its first input otherwise; @all: all of them, in their
 * order. */
gboolean
weft_apply_looks (const WeftApply *apply, gboolean *all)
{
  guint id = apply->op->id;

  *all = apply->op->traits & WEFT_TRAIT_VIEW || id == WEFT_OP_IDENTITY ||
         id == WEFT_OP_STOP_GRADIENT || id == WEFT_OP_CUSTOM || id == WEFT_OP_GRAD_SCALE ||
         id == WEFT_OP_GRAD_CLIP;
  return *all || id == WEFT_OP_TRANSPOSE || id == WEFT_OP_BROADCAST_TO ||
         (id == WEFT_OP_GETITEM && apply->n_inputs == 1);
}

/* Whether the kernel of @apply may write its (first) result over input number @input, of which it
 * needs no element after it has written that element. Whether others still need the input is not
 * asked here. */
gboolean
weft_apply_overwrites (const WeftApply *apply, guint input)
{
  const WeftType *from = &apply->inputs[input]->type, *to = &apply->outputs[0].type;

  if (from->dtype != to->dtype || !weft_shape_equal (&from->shape, &to->shape))
    return FALSE;
  if (apply->op->traits & WEFT_TRAIT_ELEMENTWISE)
    return TRUE;
  if (apply->op->id == WEFT_OP_GEMM)
    return input == ADDED_TO;
  if (apply->op->id == WEFT_OP_MAX_POOL_GRAD)
    return input == 0 && weft_max_pool_grad_replaces (apply);
  return apply->op->kernel != NULL && apply->op->kernel->in_place == input + 1;
}
