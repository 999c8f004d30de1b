/* Constant folding: an elementwise op or a view of literals, computed now.
 *
 * In double, then rounded once to the result's type: the exact result for sums, products,
 * quotients, roots and comparisons of floats and for whole numbers; at least as good as the kernels
 * for the rest.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

/* Larger results stay computed: memory for them would be held for as long as the program lives. */
#define MAX_ELEMENTS 4096

/* Whether all inputs are literals; the largest is @largest elements long. */
static gboolean
inputs_are_literals (const WeftApply *apply, gint64 *largest)
{
  *largest = 1;
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      const WeftArray *literal = apply->inputs[i]->apply->literal;

      if (literal == NULL)
        return FALSE;
      *largest = MAX (*largest, literal->n_elements);
    }
  return apply->n_inputs > 0;
}

/* The element of @literal that is broadcast to element @index of an array of @shape. */
static double
broadcast_element (const WeftArray *literal, guint rank, const gint64 *shape, gint64 index)
{
  gint64 position = 0, stride = 1;

  for (guint i = 0; i < rank; i++)
    {
      gint64 at = index % shape[rank - 1 - i];

      index /= shape[rank - 1 - i];
      if (i < literal->rank)
        {
          gint64 size = literal->shape[literal->rank - 1 - i];

          position += size == 1 ? 0 : at * stride;
          stride *= size;
        }
    }
  return weft_array_get (literal, position);
}

static void
number_attrs (const WeftApply *apply, double *numbers)
{
  guint n = 0;

  for (guint i = 0; i < apply->op->n_attrs && n < 2; i++)
    if (apply->attrs[i].kind == WEFT_ATTR_FLOAT)
      numbers[n++] = apply->attrs[i].f;
    else if (apply->attrs[i].kind == WEFT_ATTR_INT)
      numbers[n++] = (double) apply->attrs[i].i;
}

static WeftArray *
fold_elementwise (const WeftApply *apply, guint rank, const gint64 *shape)
{
  const WeftType *type = &apply->outputs[0].type;
  WeftDType       dtype = apply->inputs[apply->op->traits & WEFT_TRAIT_CONDITION ? 1 : 0]->type.dtype;
  WeftArray      *result = weft_array_new (type->dtype, rank, shape);
  double          numbers[2] = { 0 };

  number_attrs (apply, numbers);
  for (gint64 i = 0; i < result->n_elements; i++)
    {
      double operands[WEFT_PATTERN_MAX_SLOTS];

      for (guint k = 0; k < apply->n_inputs; k++)
        operands[k] = broadcast_element (apply->inputs[k]->apply->literal, rank, shape, i);
      weft_array_set (result, i,
                      weft_op_scalar_reference (apply->op->id, dtype, operands, numbers));
    }
  return result;
}

/* 64-bit whole numbers beyond this are no doubles. */
static gboolean
fits_double (const WeftArray *array)
{
  if (array->dtype != WEFT_I64)
    return TRUE;
  for (gint64 i = 0; i < array->n_elements; i++)
    if (ABS (weft_array_get (array, i)) > 0x1p31)
      return FALSE;
  return TRUE;
}

static gboolean
can_fold_elementwise (const WeftApply *apply)
{
  if (apply->op->id >= WEFT_N_ELEMENTWISE || apply->n_outputs != 1 || apply->n_inputs > 3 ||
      apply->op->traits & WEFT_TRAIT_VARIADIC)
    return FALSE;
  for (guint i = 0; i < apply->n_inputs; i++)
    if (!fits_double (apply->inputs[i]->apply->literal))
      return FALSE;
  return TRUE;
}

/* A constant in place of @apply's output, made in @graph, or NULL where its inputs are not all
 * literals, the op is none that can be folded, or the result would be large. */
WeftValue *
weft_fold (WeftGraph *graph, const WeftApply *apply)
{
  const WeftType *type = &apply->outputs[0].type;
  g_autoptr (WeftArray) array = NULL;
  gint64     shape[WEFT_MAX_RANK], largest, size = 1;
  WeftValue *value;

  if (!inputs_are_literals (apply, &largest) || !weft_shape_is_static (&type->shape) ||
      g_str_equal (apply->op->name, "broadcast_to"))
    return NULL;
  for (guint i = 0; i < type->shape.rank; i++)
    {
      shape[i] = type->shape.dims[i].offset;
      if (__builtin_mul_overflow (size, shape[i], &size))
        return NULL;
    }
  if (size > MIN (largest, MAX_ELEMENTS))
    return NULL;
  if (g_str_equal (apply->op->name, "cast"))
    array = weft_array_cast (apply->inputs[0]->apply->literal, type->dtype);
  else if (apply->op->traits & WEFT_TRAIT_VIEW)
    array = weft_array_reshape (apply->inputs[0]->apply->literal, type->shape.rank, shape);
  else if (can_fold_elementwise (apply))
    array = fold_elementwise (apply, type->shape.rank, shape);
  if (array == NULL)
    return NULL;
  value = weft_graph_constant (graph, array);
  value->type.weak = type->weak;
  return value;
}
