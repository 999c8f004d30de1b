/* The plain evaluation that everything else is compared with: float64, op by op, by each row's
 * definition.
 *
 * Shares no code with the compiler and the interpreter, except that random numbers are drawn by the
 * same kernels, so that both see the same draw. Slow.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <glib/gi18n.h>

#include "engine/run/function-private.h"

typedef struct
{
  WeftFunction *function;
  WeftArray   **arrays; /* by value id */
  guint        *users;  /* how many reads are left, by value id */
  guint         n_values;
} Run;

/* What a cast to @dtype keeps of each number; the array stays F64. */
static void
round_to (WeftArray *array, WeftDType dtype)
{
  g_autoptr (WeftArray) narrow = NULL;
  if (dtype == WEFT_F64 || dtype == WEFT_F32)
    return;
  narrow = weft_array_cast (array, dtype);
  weft_convert (WEFT_F64, array->data, dtype, narrow->data, array->n_elements);
}

/* ---- Elementwise ---- */

static gint64
broadcast_index (const WeftArray *result, gint64 at, const WeftArray *operand)
{
  gint64 index = 0, stride = 1;
  for (guint i = 0; i < result->rank; i++)
    {
      guint  from_end = result->rank - 1 - i;
      gint64 here = at % result->shape[from_end];
      at /= result->shape[from_end];
      if (i >= operand->rank)
        continue;
      if (operand->shape[operand->rank - 1 - i] != 1)
        index += here * stride;
      stride *= operand->shape[operand->rank - 1 - i];
    }
  return index;
}

static void
numbers_of (const WeftApply *apply, double numbers[2])
{
  guint n = 0;
  for (guint i = 0; i < apply->op->n_attrs && n < 2; i++)
    if (apply->op->attrs[i].kind == WEFT_ATTR_FLOAT || apply->op->attrs[i].kind == WEFT_ATTR_INT)
      {
        numbers[n] = apply->attrs[i].kind == WEFT_ATTR_INT ? (double) apply->attrs[i].i
                                                           : apply->attrs[i].f;
        n++;
      }
}

static void
run_elementwise (const WeftApply *apply, WeftArray *const *inputs, WeftArray *result)
{
  double    numbers[2] = { 0, 0 };
  WeftDType dtype = apply->inputs[apply->n_inputs - 1]->type.dtype;
  double   *out = result->data;
  numbers_of (apply, numbers);
  for (gint64 i = 0; i < result->n_elements; i++)
    {
      double x[3] = { 0, 0, 0 };
      for (guint k = 0; k < apply->n_inputs; k++)
        {
          double operand =
            ((const double *) inputs[k]->data)[broadcast_index (result, i, inputs[k])];
          if (apply->op->id == WEFT_OP_ADD_N && k > 0)
            {
              x[1] = operand;
              x[0] = weft_op_scalar_reference (WEFT_OP_ADD, dtype, x, numbers);
            }
          else
            x[k] = operand;
        }
      out[i] = apply->op->id == WEFT_OP_CAST || apply->op->id == WEFT_OP_ADD_N
                 ? x[0]
                 : weft_op_scalar_reference (apply->op->id, dtype, x, numbers);
    }
  if (apply->op->id == WEFT_OP_CAST)
    round_to (result, apply->outputs[0].type.dtype);
}

/* ---- Random ---- */

/* Draws with the op's own kernel, in its own types. */
static void
run_random (Run *run, const WeftApply *apply, WeftArray *const *inputs, WeftArray **results)
{
  WeftKernelPlan plan = { 0 };
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  g_autofree gpointer scratch = NULL;
  gint                bad = 0;
  weft_kernel_plan_init (&plan, apply, 0, 0);
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      g_ptr_array_add (arrays, weft_array_cast (inputs[i], apply->inputs[i]->type.dtype));
      plan.prepared.in[i] = ((WeftArray *) g_ptr_array_index (arrays, i))->data;
    }
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      g_ptr_array_add (
        arrays, weft_array_new (apply->outputs[i].type.dtype, results[i]->rank, results[i]->shape));
      plan.prepared.call.out[i] =
        ((WeftArray *) g_ptr_array_index (arrays, apply->n_inputs + i))->data;
    }
  plan.prepared.call.seed = weft_random_seed (run->function->seed, apply->stream);
  plan.prepared.call.step = run->function->step;
  plan.prepared.call.bad = &bad;
  plan.prepared.call.scratch = scratch = plan.scratch > 0 ? g_malloc (plan.scratch) : NULL;
  apply->op->kernel->run (&plan.prepared.call, 0, plan.units);
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      const WeftArray *drawn = g_ptr_array_index (arrays, apply->n_inputs + i);
      weft_convert (WEFT_F64, results[i]->data, drawn->dtype, drawn->data, drawn->n_elements);
    }
  weft_kernel_plan_clear (&plan);
}

/* ---- Running ---- */

static WeftArray *
leaf_array (const WeftApply *apply)
{
  if (apply->literal != NULL)
    return weft_array_cast (apply->literal, WEFT_F64);
  if (apply->shared != NULL)
    return weft_array_cast (apply->shared->value, WEFT_F64);
  g_assert (apply->op->id == WEFT_OP_DIM);
  return weft_array_new_scalar (WEFT_F64, weft_apply_attr (apply, "dim")->dims->dims[0].offset);
}

static void
run_apply (Run *run, const WeftApply *apply)
{
  g_autofree WeftArray **inputs = g_new (WeftArray *, MAX (apply->n_inputs, 1));
  WeftArray             *results[4];
  if (apply->op->id == WEFT_OP_INPUT)
    return;
  if ((apply->op->traits & WEFT_TRAIT_LEAF) != 0)
    {
      run->arrays[apply->outputs[0].id] = leaf_array (apply);
      return;
    }
  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = run->arrays[apply->inputs[i]->id];
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      gint64           dims[WEFT_MAX_RANK];
      const WeftShape *shape = &apply->outputs[i].type.shape;
      for (guint k = 0; k < shape->rank; k++)
        dims[k] = shape->dims[k].offset;
      run->arrays[apply->outputs[i].id] = results[i] = weft_array_new (WEFT_F64, shape->rank, dims);
    }
  if (apply->op->traits & WEFT_TRAIT_ELEMENTWISE)
    run_elementwise (apply, inputs, results[0]);
  else if (apply->op->traits & WEFT_TRAIT_RANDOM)
    run_random (run, apply, inputs, results);
  else
    apply->op->reference (apply, inputs, results);
  for (guint i = 0; i < apply->n_inputs; i++)
    if (--run->users[apply->inputs[i]->id] == 0)
      g_clear_pointer (&run->arrays[apply->inputs[i]->id], weft_array_unref);
}

static void
run_init (Run *run, WeftFunction *function, WeftVariant *variant, GPtrArray *order, guint n)
{
  run->function = function;
  for (guint i = 0; i < function->n_inputs; i++)
    run->n_values = MAX (run->n_values, variant->inputs[i]->id + 1);
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);
      run->n_values = MAX (run->n_values, apply->outputs[apply->n_outputs - 1].id + 1);
    }
  run->arrays = g_new0 (WeftArray *, run->n_values + 1);
  run->users = g_new0 (guint, run->n_values + 1);
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);
      for (guint k = 0; k < apply->n_inputs; k++)
        run->users[apply->inputs[k]->id]++;
    }
  for (guint i = 0; i < n; i++)
    run->users[variant->results[i]->id]++;
}

gboolean
weft_reference_run (WeftFunction     *function,
                    WeftVariant      *variant,
                    WeftArray *const *inputs,
                    WeftArray       **results,
                    GCancellable     *cancellable,
                    GError          **error)
{
  guint n = function->n_outputs + function->n_updates;
  g_autoptr (GPtrArray) order = weft_graph_order (variant->graph, n, variant->results);
  Run      run = { 0 };
  gboolean done = TRUE;
  run_init (&run, function, variant, order, n);
  for (guint i = 0; i < function->n_inputs; i++)
    run.arrays[variant->inputs[i]->id] = weft_array_cast (inputs[i], WEFT_F64);
  for (guint i = 0; done && i < order->len; i++)
    {
      done = !g_cancellable_set_error_if_cancelled (cancellable, error);
      if (done)
        run_apply (&run, g_ptr_array_index (order, i));
    }
  for (guint i = 0; done && i < n; i++)
    results[i] = weft_array_ref (run.arrays[variant->results[i]->id]);
  for (guint i = 0; i < run.n_values; i++)
    g_clear_pointer (&run.arrays[i], weft_array_unref);
  g_free (run.arrays);
  g_free (run.users);
  return done;
}
