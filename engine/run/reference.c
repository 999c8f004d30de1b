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
#include <string.h>

#include "engine/ops/loop.h"
#include "engine/run/function-private.h"

/* One evaluation of a graph, or one after the other of a body. */
typedef struct
{
  WeftFunction *function; /* who listens */
  guint64       seed, step;
  GCancellable *cancellable;
  GPtrArray    *order;  /* WeftApply* */
  guint        *reads;  /* how often each value is read, by value id */
  guint        *left;   /* of them, in this evaluation */
  WeftArray   **arrays; /* by value id */
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
static gboolean
run_kernel (
  Run *run, const WeftApply *apply, WeftArray *const *inputs, WeftArray **results, GError **error)
{
  WeftKernelPlan plan = { 0 };
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  g_autofree gpointer scratch = NULL;
  gint                bad = 0;
  weft_kernel_plan_init (&plan, apply);
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
  plan.prepared.call.seed = weft_random_seed (run->seed, apply->stream);
  plan.prepared.call.step = run->step;
  plan.prepared.call.bad = &bad;
  plan.prepared.call.scratch = scratch = plan.scratch > 0 ? g_malloc (plan.scratch) : NULL;
  plan.prepared.call.event = run->function->event != NULL ? weft_function_tell : NULL;
  plan.prepared.call.event_data = run->function;
  apply->op->kernel->run (&plan.prepared.call, 0, plan.units);
  if (apply->op->kernel->finish != NULL)
    apply->op->kernel->finish (&plan.prepared.call);
  if (bad != 0 && apply->op->kernel->complain != NULL)
    {
      g_autofree char *message = apply->op->kernel->complain (&plan.prepared.call);
      g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_ASSERT, "%s: %s", apply->op->name,
                   message);
    }
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      const WeftArray *drawn = g_ptr_array_index (arrays, apply->n_inputs + i);
      weft_convert (WEFT_F64, results[i]->data, drawn->dtype, drawn->data, drawn->n_elements);
    }
  weft_kernel_plan_clear (&plan);
  return bad == 0 || apply->op->kernel->complain == NULL;
}

/* ---- Running ---- */

static WeftArray *
leaf_array (const WeftApply *apply)
{
  if (apply->literal != NULL)
    return weft_array_cast (apply->literal, WEFT_F64);
  if (apply->shared != NULL)
    {
      weft_shared_settle (apply->shared);
      return weft_array_cast (apply->shared->value, WEFT_F64);
    }
  g_assert (apply->op->id == WEFT_OP_DIM);
  return weft_array_new_scalar (WEFT_F64, weft_apply_attr (apply, "dim")->dims->dims[0].offset);
}

static WeftArray *
new_array (const WeftType *type)
{
  gint64 dims[WEFT_MAX_RANK];
  for (guint k = 0; k < type->shape.rank; k++)
    dims[k] = type->shape.dims[k].offset;
  return weft_array_new (WEFT_F64, type->shape.rank, dims);
}

static gboolean run_bodies (
  Run *run, const WeftApply *apply, WeftArray *const *inputs, WeftArray **results, GError **error);

static gboolean
run_apply (Run *run, const WeftApply *apply, GError **error)
{
  g_autofree WeftArray **inputs = g_new (WeftArray *, MAX (apply->n_inputs, 1));
  g_autofree WeftArray **results = g_new (WeftArray *, MAX (apply->n_outputs, 1));
  gboolean               done = TRUE;
  if (apply->op->id == WEFT_OP_INPUT)
    return TRUE;
  if ((apply->op->traits & WEFT_TRAIT_LEAF) != 0)
    {
      run->arrays[apply->outputs[0].id] = leaf_array (apply);
      return TRUE;
    }
  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = run->arrays[apply->inputs[i]->id];
  for (guint i = 0; i < apply->n_outputs; i++)
    run->arrays[apply->outputs[i].id] = results[i] = new_array (&apply->outputs[i].type);
  if (apply->op->traits & WEFT_TRAIT_ELEMENTWISE)
    run_elementwise (apply, inputs, results[0]);
  else if (apply->op->traits & (WEFT_TRAIT_RANDOM | WEFT_TRAIT_EFFECT))
    done = run_kernel (run, apply, inputs, results, error);
  else if (apply->op->traits & WEFT_TRAIT_BODY)
    done = run_bodies (run, apply, inputs, results, error);
  else
    apply->op->reference (apply, inputs, results);
  for (guint i = 0; i < apply->n_inputs; i++)
    if (--run->left[apply->inputs[i]->id] == 0)
      g_clear_pointer (&run->arrays[apply->inputs[i]->id], weft_array_unref);
  return done;
}

/* For @n_results of @graph, given the @n_inputs inputs. */
static void
run_init (Run              *run,
          WeftGraph        *graph,
          guint             n_inputs,
          WeftValue *const *inputs,
          guint             n_results,
          WeftValue *const *results)
{
  run->order = weft_graph_order (graph, n_results, results);
  for (guint i = 0; i < n_inputs; i++)
    run->n_values = MAX (run->n_values, inputs[i]->id + 1);
  for (guint i = 0; i < run->order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (run->order, i);
      run->n_values = MAX (run->n_values, apply->outputs[apply->n_outputs - 1].id + 1);
    }
  run->arrays = g_new0 (WeftArray *, run->n_values + 1);
  run->reads = g_new0 (guint, run->n_values + 1);
  run->left = g_new0 (guint, run->n_values + 1);
  for (guint i = 0; i < run->order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (run->order, i);
      for (guint k = 0; k < apply->n_inputs; k++)
        run->reads[apply->inputs[k]->id]++;
    }
  for (guint i = 0; i < n_results; i++)
    run->reads[results[i]->id]++;
}

static void
run_clear (Run *run)
{
  for (guint i = 0; i < run->n_values; i++)
    g_clear_pointer (&run->arrays[i], weft_array_unref);
  g_clear_pointer (&run->order, g_ptr_array_unref);
  g_free (run->arrays);
  g_free (run->reads);
  g_free (run->left);
}

/* Evaluates once: @arrays (F64, borrowed) of @inputs; new references to the @results' in @out. */
static gboolean
evaluate (Run              *run,
          guint             n_inputs,
          WeftValue *const *inputs,
          WeftArray *const *arrays,
          guint             n_results,
          WeftValue *const *results,
          WeftArray       **out,
          GError          **error)
{
  gboolean done = TRUE;
  memcpy (run->left, run->reads, run->n_values * sizeof *run->left);
  for (guint i = 0; i < n_inputs; i++)
    run->arrays[inputs[i]->id] = weft_array_ref (arrays[i]);
  for (guint i = 0; done && i < run->order->len; i++)
    done = !g_cancellable_set_error_if_cancelled (run->cancellable, error) &&
           run_apply (run, g_ptr_array_index (run->order, i), error);
  for (guint i = 0; done && i < n_results; i++)
    out[i] = weft_array_ref (run->arrays[results[i]->id]);
  for (guint i = 0; i < run->n_values; i++)
    g_clear_pointer (&run->arrays[i], weft_array_unref);
  return done;
}

/* ---- Loops and choices ---- */

static void
body_init (Run *run, const Run *outer, const WeftBody *body)
{
  run->function = outer->function;
  run->seed = outer->seed;
  run->step = outer->step;
  run->cancellable = outer->cancellable;
  run_init (run, body->graph, body->n_inputs, body->inputs, body->n_outputs, body->outputs);
}

static gboolean
evaluate_body (
  Run *run, const WeftBody *body, WeftArray *const *arrays, WeftArray **out, GError **error)
{
  return evaluate (run, body->n_inputs, body->inputs, arrays, body->n_outputs, body->outputs, out,
                   error);
}

/* A copy of row @t of @array, of which there are @n. */
static WeftArray *
copy_row (const WeftArray *array, gint64 t)
{
  WeftArray *row = weft_array_new (WEFT_F64, array->rank - 1, array->shape + 1);
  memcpy (row->data, (const char *) array->data + t * row->n_bytes, row->n_bytes);
  return row;
}

/* What one step starts with and what it gives, each an array of references. */
typedef struct
{
  const WeftLoop *loop;
  GPtrArray      *given; /* rows, states, constants */
  GPtrArray      *made;  /* states, extras, condition */
} Step;

/* Hands the new states on and keeps the rows; whether the loop goes on. */
static gboolean
end_step (Step *step, gint64 t, WeftArray **results)
{
  const WeftLoop *loop = step->loop;
  gboolean        stop = FALSE;
  for (guint i = 0; i < step->made->len; i++)
    {
      WeftArray *value = step->made->pdata[i];
      if (loop->until && i + 1 == step->made->len)
        stop = weft_array_get (value, 0) != 0;
      else
        memcpy ((char *) results[loop->n_states + i]->data + t * value->n_bytes, value->data,
                value->n_bytes);
    }
  for (guint i = 0; i < loop->n_states; i++)
    {
      weft_array_unref (step->given->pdata[loop->n_sequences + i]);
      step->given->pdata[loop->n_sequences + i] = weft_array_ref (step->made->pdata[i]);
    }
  return !stop;
}

static gboolean
run_loop (
  Run *run, const WeftApply *apply, WeftArray *const *inputs, WeftArray **results, GError **error)
{
  const WeftLoop loop = weft_loop_read (apply);
  g_autoptr (GPtrArray) given = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  Step     step = { &loop, given, made };
  Run      body = { 0 };
  gint64   k = 0;
  gboolean on = TRUE, done = TRUE;
  body_init (&body, run, loop.step);
  for (guint i = 0; i < apply->n_inputs; i++)
    g_ptr_array_add (given, weft_array_ref (inputs[i]));
  for (; done && on && k < loop.steps.offset; k++)
    {
      gint64 t = loop.backwards ? loop.steps.offset - 1 - k : k;
      for (guint i = 0; i < loop.n_sequences; i++)
        {
          weft_array_unref (given->pdata[i]);
          given->pdata[i] = copy_row (inputs[i], t);
        }
      body.seed = weft_random_row_seed (run->seed, t);
      g_ptr_array_set_size (made, 0);
      g_ptr_array_set_size (made, loop.step->n_outputs);
      done = evaluate_body (&body, loop.step, (WeftArray **) given->pdata,
                            (WeftArray **) made->pdata, error);
      on = done && end_step (&step, t, results);
    }
  for (guint i = 0; i < loop.n_states; i++)
    {
      const WeftArray *last = given->pdata[loop.n_sequences + i];
      memcpy (results[i]->data, last->data, last->n_bytes);
    }
  *(double *) results[apply->n_outputs - 1]->data = k;
  run_clear (&body);
  if (!done)
    g_ptr_array_set_free_func (made, NULL);
  return done;
}

static gboolean
run_branch (
  Run *run, const WeftApply *apply, WeftArray *const *inputs, WeftArray **results, GError **error)
{
  const WeftBody        *body = apply->attrs[weft_array_get (inputs[0], 0) != 0 ? 0 : 1].body;
  g_autofree WeftArray **out = g_new0 (WeftArray *, body->n_outputs + 1);
  Run                    inner = { 0 };
  gboolean               done;
  body_init (&inner, run, body);
  done = evaluate_body (&inner, body, inputs + 1, out, error);
  for (guint i = 0; done && i < body->n_outputs; i++)
    {
      memcpy (results[i]->data, out[i]->data, out[i]->n_bytes);
      weft_array_unref (out[i]);
    }
  run_clear (&inner);
  return done;
}

static gboolean
run_bodies (
  Run *run, const WeftApply *apply, WeftArray *const *inputs, WeftArray **results, GError **error)
{
  if (apply->op->id == WEFT_OP_LOOP)
    return run_loop (run, apply, inputs, results, error);
  if (apply->op->id == WEFT_OP_BRANCH)
    return run_branch (run, apply, inputs, results, error);
  memcpy (results[0]->data, inputs[0]->data, inputs[0]->n_bytes);
  return TRUE;
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
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  Run run = {
    .function = function, .seed = function->seed, .step = function->step, .cancellable = cancellable
  };
  gboolean done;
  run_init (&run, variant->graph, function->n_inputs, variant->inputs, n, variant->results);
  for (guint i = 0; i < function->n_inputs; i++)
    g_ptr_array_add (arrays, weft_array_cast (inputs[i], WEFT_F64));
  done = evaluate (&run, function->n_inputs, variant->inputs, (WeftArray **) arrays->pdata, n,
                   variant->results, results, error);
  run_clear (&run);
  return done;
}
