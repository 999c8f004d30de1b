/* Evaluation in double, op by op, by the rows' references: what the tests of rewriting compare
 * with. Neither the compiler nor the kernels take part.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/loop.h"
#include "engine/ops/ops.h"

#include <math.h>

/* Largest relative change made at random to each float on the way: how much a graph amplifies
 * roundings. */
static double evaluate_jitter;

static inline void
evaluate_nudge (WeftDType dtype, WeftArray **array)
{
  WeftArray *nudged;

  if (evaluate_jitter == 0 || !weft_dtype_is_float (dtype))
    return;
  nudged = weft_array_copy (*array);
  for (gint64 i = 0; i < nudged->n_elements; i++)
    weft_array_set (nudged, i,
                    weft_array_get (nudged, i) *
                      (1 + g_test_rand_double_range (-evaluate_jitter, evaluate_jitter)));
  weft_array_unref (*array);
  *array = nudged;
}

static inline double
element_at (const WeftArray *array, guint rank, const gint64 *shape, gint64 index)
{
  gint64 position = 0, stride = 1;

  for (guint i = 0; i < rank; i++)
    {
      gint64 at = index % shape[rank - 1 - i];

      index /= shape[rank - 1 - i];
      if (i >= array->rank)
        continue;
      position += array->shape[array->rank - 1 - i] == 1 ? 0 : at * stride;
      stride *= array->shape[array->rank - 1 - i];
    }
  return weft_array_get (array, position);
}

static inline void
evaluate_elementwise (const WeftApply *apply, WeftArray *const *inputs, WeftArray *output)
{
  gboolean  fold = (apply->op->traits & WEFT_TRAIT_VARIADIC) != 0;
  WeftDType dtype = apply->inputs[apply->op->traits & WEFT_TRAIT_CONDITION ? 1 : 0]->type.dtype;
  double    numbers[2] = { 0 };
  guint     n = 0;

  for (guint i = 0; i < apply->op->n_attrs && n < 2; i++)
    if (apply->attrs[i].kind == WEFT_ATTR_FLOAT)
      numbers[n++] = apply->attrs[i].f;
  for (gint64 i = 0; i < output->n_elements; i++)
    {
      double x[8] = { 0 };
      double y;

      for (guint k = 0; k < apply->n_inputs; k++)
        x[k] = element_at (inputs[k], output->rank, output->shape, i);
      y = x[0];
      if (!fold)
        y = weft_op_scalar_reference (apply->op->id, dtype, x, numbers);
      for (guint k = 1; fold && k < apply->n_inputs; k++)
        y = weft_op_scalar_reference (apply->op->id, dtype, (double[]){ y, x[k] }, numbers);
      weft_array_set (output, i, y);
    }
}

/* Floats keep every digit, whatever the type. */
static inline void
evaluate_cast (WeftDType dtype, const WeftArray *input, WeftArray *output)
{
  g_autoptr (WeftArray) array =
    weft_dtype_is_float (dtype) ? weft_array_copy (input) : weft_array_cast (input, dtype);

  for (gint64 i = 0; i < output->n_elements; i++)
    weft_array_set (output, i, weft_array_get (array, i));
}

static inline void evaluate_values (WeftGraph        *graph,
                                    guint             n,
                                    WeftValue *const *values,
                                    GHashTable       *inputs,
                                    WeftArray       **results,
                                    double           *largest);

/* Row @row of @stack, with the shape of @type. */
static inline WeftArray *
evaluate_row (const WeftArray *stack, gint64 row, const WeftType *type)
{
  WeftArray *result;
  gint64     shape[WEFT_MAX_RANK];

  g_assert_true (weft_shape_resolve (&type->shape, NULL, shape));
  result = weft_array_new (WEFT_F64, type->shape.rank, shape);
  for (gint64 i = 0; i < result->n_elements; i++)
    weft_array_set (result, i, weft_array_get (stack, row * result->n_elements + i));
  return result;
}

/* Step by step. Recursion as deep as loops stand in loops. */
static inline void
evaluate_loop (const WeftApply *apply, WeftArray *const *inputs, WeftArray **outputs)
{
  WeftLoop        loop = weft_loop_read (apply);
  const WeftBody *body = loop.step;
  WeftArray     **states = g_new0 (WeftArray *, loop.n_states + 1),
            **made = g_new0 (WeftArray *, body->n_outputs + 1);
  gint64   done = 0;
  gboolean stop = FALSE;

  for (guint i = 0; i < loop.n_states; i++)
    states[i] = weft_array_ref (inputs[loop.n_sequences + i]);
  for (; done < loop.steps.offset && !stop; done++)
    {
      gint64 row = loop.backwards ? loop.steps.offset - 1 - done : done;
      g_autoptr (GHashTable) given =
        g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) weft_array_unref);

      for (guint i = 0; i < body->n_inputs; i++)
        g_hash_table_insert (
          given, (gpointer) body->inputs[i]->name,
          i < loop.n_sequences                   ? evaluate_row (inputs[i], row, &body->inputs[i]->type)
          : i < loop.n_sequences + loop.n_states ? weft_array_ref (states[i - loop.n_sequences])
                                                 : weft_array_ref (inputs[i]));
      evaluate_values (body->graph, body->n_outputs, body->outputs, given, made, NULL);
      stop = loop.until && weft_array_get (made[body->n_outputs - 1], 0) != 0;
      for (guint i = 0; i < body->n_outputs; i++)
        {
          for (gint64 k = 0; i < loop.n_states + loop.n_extras && k < made[i]->n_elements; k++)
            weft_array_set (outputs[loop.n_states + i], row * made[i]->n_elements + k,
                            weft_array_get (made[i], k));
          if (i < loop.n_states)
            {
              weft_array_unref (states[i]);
              states[i] = weft_array_ref (made[i]);
            }
          weft_array_unref (made[i]);
        }
    }
  for (guint i = 0; i < loop.n_states; i++)
    {
      for (gint64 k = 0; k < states[i]->n_elements; k++)
        weft_array_set (outputs[i], k, weft_array_get (states[i], k));
      weft_array_unref (states[i]);
    }
  weft_array_set (outputs[apply->n_outputs - 1], 0, (double) done);
  g_free (states);
  g_free (made);
}

static inline void
evaluate_apply (const WeftApply *apply, WeftArray **values)
{
  g_autofree WeftArray **inputs = g_new0 (WeftArray *, MAX (apply->n_inputs, 1));
  g_autofree WeftArray **outputs = g_new0 (WeftArray *, apply->n_outputs);
  gint64                 shape[WEFT_MAX_RANK];

  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = values[apply->inputs[i]->id];
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      g_assert_true (weft_shape_resolve (&apply->outputs[i].type.shape, NULL, shape));
      outputs[i] = values[apply->outputs[i].id] =
        weft_array_new (WEFT_F64, apply->outputs[i].type.shape.rank, shape);
    }
  if (g_str_equal (apply->op->name, "cast"))
    evaluate_cast (apply->outputs[0].type.dtype, inputs[0], outputs[0]);
  else if (apply->op->id < WEFT_N_ELEMENTWISE)
    evaluate_elementwise (apply, inputs, outputs[0]);
  else if (apply->op->id == WEFT_OP_LOOP)
    evaluate_loop (apply, inputs, outputs);
  else
    {
      g_assert_nonnull (apply->op->reference);
      apply->op->reference (apply, inputs, outputs);
    }
}

/* The largest size of a number of @array, infinite where one is not finite. */
static inline double
largest_of (const WeftArray *array)
{
  double largest = 0;

  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = fabs (weft_array_get (array, i));

      largest = x <= largest ? largest : isfinite (x) ? x
                                                      : INFINITY;
    }
  return largest;
}

/* @n @values in double; @inputs: name -> WeftArray. @largest (or NULL): the largest size of a
 * number on the way to them. The caller owns @results. */
static inline void
evaluate_values (WeftGraph        *graph,
                 guint             n,
                 WeftValue *const *values,
                 GHashTable       *inputs,
                 WeftArray       **results,
                 double           *largest)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, values);
  guint                  n_ids = 0;
  g_autofree WeftArray **arrays = NULL;

  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      n_ids = MAX (n_ids, apply->outputs[apply->n_outputs - 1].id + 1);
    }
  arrays = g_new0 (WeftArray *, MAX (n_ids, 1));
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      if (apply->literal != NULL)
        arrays[apply->outputs[0].id] = weft_array_cast (apply->literal, WEFT_F64);
      else if (apply->op->id == WEFT_OP_INPUT || apply->op->id == WEFT_OP_SHARED)
        arrays[apply->outputs[0].id] =
          weft_array_ref (g_hash_table_lookup (inputs, apply->outputs[0].name));
      else
        evaluate_apply (apply, arrays);
      for (guint k = 0; k < apply->n_outputs; k++)
        evaluate_nudge (apply->outputs[k].type.dtype, &arrays[apply->outputs[k].id]);
    }
  for (guint i = 0; i < n; i++)
    results[i] = weft_array_ref (arrays[values[i]->id]);
  for (guint i = 0; i < n_ids; i++)
    {
      if (largest != NULL && arrays[i] != NULL)
        *largest = MAX (*largest, largest_of (arrays[i]));
      g_clear_pointer (&arrays[i], weft_array_unref);
    }
}

/* @value in double. @tame (or NULL): whether no value on the way is large or not a number. */
static inline WeftArray *
evaluate_all (WeftGraph *graph, WeftValue *value, GHashTable *inputs, gboolean *tame)
{
  WeftArray *result;
  double     largest = 0;

  evaluate_values (graph, 1, &value, inputs, &result, &largest);
  if (tame != NULL)
    *tame &= largest <= 1e6;
  return result;
}

static inline WeftArray *
evaluate (WeftGraph *graph, WeftValue *value, GHashTable *inputs)
{
  return evaluate_all (graph, value, inputs, NULL);
}
