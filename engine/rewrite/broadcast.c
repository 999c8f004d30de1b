/* Broadcasts: values with the type of what they replace, and repeating done as late as possible.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

/* @value with the type of what it replaces, or NULL where it cannot have that. */
WeftValue *
weft_conform (WeftGraph *graph, WeftValue *value, const WeftType *type)
{
  if (value->type.dtype != type->dtype || (value->type.weak && !type->weak))
    value = weft_graph_cast (graph, value, type->dtype);
  if (!weft_shape_equal (&value->type.shape, &type->shape))
    {
      WeftAttr shape = weft_attr_shape (graph, &type->shape);

      value = weft_graph_apply (graph, weft_op_find ("broadcast_to"), 1, &value, &shape, NULL);
    }
  return value;
}

/* The elementwise @apply made over what its operands repeat, and the result repeated if it still
 * has to be. NULL if no operand is a broadcast_to. Each use moves a broadcast one op nearer to the
 * results, so this ends. */
WeftValue *
weft_broadcast_late (WeftGraph *graph, const WeftApply *apply)
{
  WeftValue *inputs[WEFT_PATTERN_MAX_SLOTS], *value;
  gboolean   repeated = FALSE;

  if (!(apply->op->traits & WEFT_TRAIT_ELEMENTWISE) || apply->n_outputs != 1 ||
      apply->n_inputs > WEFT_PATTERN_MAX_SLOTS)
    return NULL;
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      inputs[i] = apply->inputs[i];
      if (inputs[i]->apply->op->id == WEFT_OP_BROADCAST_TO)
        {
          inputs[i] = inputs[i]->apply->inputs[0];
          repeated = TRUE;
        }
    }
  if (!repeated)
    return NULL;
  value = weft_graph_apply (graph, apply->op, apply->n_inputs, inputs, apply->attrs, NULL);
  return value != NULL ? weft_conform (graph, value, &apply->outputs[0].type) : NULL;
}
