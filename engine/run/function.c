/* Functions: see function.h. This file makes them and calls them; specialise.c compiles, executor.c
 * runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <glib/gi18n.h>
#include <stdlib.h>

#include "engine/run/guard.h"
#include "engine/base/number-text.h"

/* Programs kept for other input shapes (the last short batch, evaluation sizes). */
#define MAX_VARIANTS 16

/* ---- Making ---- */

static gboolean
check_inputs_listed (WeftFunction *function, GError **error)
{
  guint n = function->n_outputs + function->n_updates;
  g_autoptr (GPtrArray) order = weft_graph_order (function->graph, n, function->results);
  g_autoptr (GHashTable) listed = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < function->n_inputs; i++)
    g_hash_table_add (listed, function->inputs[i]);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);
      if (apply->op->id != WEFT_OP_INPUT || g_hash_table_contains (listed, &apply->outputs[0]))
        continue;
      return weft_run_fail (error, WEFT_RUN_ERROR_INPUT, apply, apply->outputs[0].name,
                            _ ("the result needs the input %s, which is not given"),
                            apply->outputs[0].name != NULL ? apply->outputs[0].name
                                                           : _ ("without a name"));
    }
  return TRUE;
}

static gboolean
clone_spec (WeftFunction *function, const WeftFunctionSpec *spec, GError **error)
{
  guint n = spec->n_outputs + spec->n_updates;
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  g_autofree WeftValue **wanted = g_new0 (WeftValue *, n + 1);
  if (spec->n_outputs > 0)
    memcpy (wanted, spec->outputs, spec->n_outputs * sizeof (WeftValue *));
  if (spec->n_updates > 0)
    memcpy (wanted + spec->n_outputs, spec->new_values, spec->n_updates * sizeof (WeftValue *));
  for (guint i = 0; i < spec->n_inputs; i++)
    {
      const WeftValue *input = spec->inputs[i];
      weft_graph_push_origins (function->graph, input->apply->origins);
      function->inputs[i] = weft_graph_input (function->graph, input->name, &input->type);
      weft_graph_pop_origin (function->graph);
      function->n_dims += input->type.shape.rank;
      g_hash_table_insert (replacements, spec->inputs[i], function->inputs[i]);
    }
  return weft_graph_clone (spec->graph, function->graph, n, wanted, replacements, NULL,
                           function->results, error);
}

/* Remembers what the function was made for: variables may be given other arrays between calls. */
static void
note_shared (WeftFunction *function)
{
  guint n = function->n_outputs + function->n_updates;
  g_autoptr (GPtrArray) order = weft_graph_order (function->graph, n, function->results);
  function->shared = g_ptr_array_new ();
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);
      if (apply->shared != NULL)
        g_ptr_array_add (function->shared, &apply->outputs[0]);
    }
}

/* A function of the same inputs for the sizes that data decides. */
static gboolean
make_counts (WeftFunction *function, GError **error)
{
  guint n = function->n_outputs + function->n_updates;
  g_autoptr (GArray) counted = weft_graph_counted_dims (function->graph, n, function->results);
  g_autofree WeftValue **values = g_new (WeftValue *, counted->len + 1);
  WeftFunctionSpec       spec = { .graph = function->graph,
                                  .n_inputs = function->n_inputs,
                                  .inputs = function->inputs,
                                  .n_outputs = counted->len,
                                  .outputs = values,
                                  .mode = function->mode == WEFT_MODE_REFERENCE ? WEFT_MODE_REFERENCE
                                                                                : WEFT_MODE_INTERPRET,
                                  .seed = function->seed,
                                  .no_rewrites = function->no_rewrites,
                                  .without = (const char *const *) function->without };
  if (counted->len == 0)
    return TRUE;
  function->count_names = g_new (const char *, counted->len);
  function->count_values = g_new0 (gint64, counted->len);
  for (guint i = 0; i < counted->len; i++)
    {
      values[i] = g_array_index (counted, WeftCounted, i).value;
      function->count_names[i] = g_array_index (counted, WeftCounted, i).name;
    }
  function->counts = weft_function_new (&spec, error);
  return function->counts != NULL;
}

/* Makes a function from values of a graph, which may be freed after. An input may be any value of
 * the graph: it is then what the call gives for it.
 *
 * Errors: WEFT_RUN_ERROR_INPUT if a result needs an input that is not listed; it is named. */
WeftFunction *
weft_function_new (const WeftFunctionSpec *spec, GError **error)
{
  WeftFunction *function = g_new0 (WeftFunction, 1);
  guint         n = spec->n_outputs + spec->n_updates;
  function->graph = weft_graph_new ();
  function->n_inputs = spec->n_inputs;
  function->n_outputs = spec->n_outputs;
  function->n_updates = spec->n_updates;
  function->inputs = g_new0 (WeftValue *, MAX (spec->n_inputs, 1));
  function->cast = g_new0 (WeftArray *, MAX (spec->n_inputs, 1));
  function->results = g_new0 (WeftValue *, MAX (n, 1));
  function->targets = g_new0 (WeftShared *, MAX (spec->n_updates, 1));
  function->kept = g_new0 (WeftArray *, MAX (spec->n_outputs, 1));
  function->mode = spec->mode;
  function->device = spec->mode != WEFT_MODE_REFERENCE ? spec->device : NULL;
  function->seed = spec->seed;
  function->no_rewrites = spec->no_rewrites;
  function->without = g_strdupv ((char **) spec->without);
  function->variants = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_variant_free);
  for (guint i = 0; i < spec->n_updates; i++)
    function->targets[i] = weft_shared_ref (spec->targets[i]);
  if (!clone_spec (function, spec, error) || !check_inputs_listed (function, error) ||
      !make_counts (function, error))
    {
      weft_function_free (function);
      return NULL;
    }
  note_shared (function);
  return function;
}

void
weft_function_free (WeftFunction *function)
{
  g_clear_pointer (&function->counts, weft_function_free);
  g_clear_pointer (&function->reference, weft_function_free);
  g_clear_pointer (&function->profiling, weft_profiling_free);
  g_clear_pointer (&function->watch, weft_watch_free);
  g_clear_pointer (&function->shared, g_ptr_array_unref);
  g_free (function->count_names);
  g_free (function->count_values);
  g_ptr_array_unref (function->variants);
  for (guint i = 0; i < function->n_outputs; i++)
    g_clear_pointer (&function->kept[i], weft_array_unref);
  g_free (function->kept);
  for (guint i = 0; i < function->n_updates; i++)
    weft_shared_unref (function->targets[i]);
  weft_graph_free (function->graph);
  g_strfreev (function->without);
  g_free (function->inputs);
  g_free (function->cast);
  g_free (function->results);
  g_free (function->targets);
  g_free (function);
}

/* ---- Variants ---- */

static gboolean
variant_fits (WeftFunction *function, const WeftVariant *variant, WeftArray *const *inputs)
{
  guint n = 0;
  for (guint i = 0; i < function->n_inputs; i++)
    {
      const WeftType *type = &function->inputs[i]->type;
      if (inputs[i]->rank != type->shape.rank ||
          weft_dtypes[inputs[i]->dtype].compute != type->dtype)
        return FALSE;
      for (guint k = 0; k < inputs[i]->rank; k++)
        if (variant->shapes[n++] != inputs[i]->shape[k])
          return FALSE;
    }
  for (guint i = 0; function->counts != NULL && i < function->counts->n_outputs; i++)
    if (variant->shapes[n++] != function->count_values[i])
      return FALSE;
  return TRUE;
}

/* Evaluates the sizes that data decides. */
static gboolean
count (WeftFunction *function, WeftArray *const *inputs, GCancellable *cancellable, GError **error)
{
  guint                  n = function->counts != NULL ? function->counts->n_outputs : 0;
  g_autofree WeftArray **counts = n > 0 ? g_new0 (WeftArray *, n) : NULL;
  if (n == 0)
    return TRUE;
  function->counts->step = function->step;
  if (!weft_function_call (function->counts, inputs, counts, cancellable, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      function->count_values[i] = (gint64) weft_array_get (counts[i], 0);
      weft_array_unref (counts[i]);
    }
  for (guint i = 0; i < n; i++)
    if (function->count_values[i] < 0)
      {
        g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT,
                     _ ("the size %s comes out as %s for these inputs; a size cannot be negative"),
                     function->count_names[i], WEFT_INT_TEXT (function->count_values[i]));
        return FALSE;
      }
  return TRUE;
}

static void
drop_oldest (WeftFunction *function)
{
  WeftVariant *oldest = g_ptr_array_index (function->variants, 0);
  if (function->profiling != NULL)
    weft_profiling_forget (function->profiling, oldest->executor);
  if (function->watch != NULL)
    weft_watch_forget (function->watch);
  g_ptr_array_remove_index (function->variants, 0);
}

/* The variant for @inputs, made if there is none; it becomes the last. */
static WeftVariant *
find_variant (WeftFunction     *function,
              WeftArray *const *inputs,
              GCancellable     *cancellable,
              GError          **error)
{
  WeftVariant *variant;
  if (!count (function, inputs, cancellable, error))
    return NULL;
  for (guint i = function->variants->len; i-- > 0;)
    {
      variant = g_ptr_array_index (function->variants, i);
      if (!variant_fits (function, variant, inputs))
        continue;
      if (i + 1 < function->variants->len)
        {
          g_ptr_array_steal_index (function->variants, i);
          g_ptr_array_add (function->variants, variant);
        }
      return variant;
    }
  variant = weft_function_specialise (function, inputs, error);
  if (variant == NULL)
    return NULL;
  if (function->variants->len == MAX_VARIANTS)
    drop_oldest (function);
  g_ptr_array_add (function->variants, variant);
  return variant;
}

/* Compiles for the shapes of @inputs without running (sizes that depend on data are evaluated).
 * Errors: as weft_function_call. */
gboolean
weft_function_prepare (WeftFunction *function, WeftArray *const *inputs, GError **error)
{
  return find_variant (function, inputs, NULL, error) != NULL;
}

/* ---- Calling ---- */

/* Whoever holds a reference to a variable's array keeps it as it is, and memory that came from
 * elsewhere (a mapped file) may not be writable: the variable then goes on with a copy. */
static void
own_value (WeftShared *shared)
{
  WeftArray *copy;
  if (g_atomic_ref_count_compare (&shared->value->ref_count, 1) &&
      shared->value->owner_free == free)
    return;
  copy = weft_array_copy (shared->value);
  weft_array_unref (shared->value);
  shared->value = copy;
}

static gboolean
check_shared (WeftFunction *function, GError **error)
{
  for (guint i = 0; i < function->shared->len; i++)
    {
      const WeftValue *value = g_ptr_array_index (function->shared, i);
      const WeftArray *array = value->apply->shared->value;
      gboolean         fits = array->rank == value->type.shape.rank &&
                      weft_dtypes[array->dtype].compute == value->type.dtype;
      for (guint k = 0; fits && k < array->rank; k++)
        fits = value->type.shape.dims[k].offset == array->shape[k];
      if (!fits)
        {
          WeftType         now = { .dtype = array->dtype, .shape = weft_array_get_shape (array) };
          g_autofree char *is = weft_type_to_string (&now),
                          *was = weft_type_to_string (&value->type);
          return weft_run_fail (error, WEFT_RUN_ERROR_INPUT, value->apply, NULL,
                                _ ("%s: expected %s, it holds %s"), value->apply->shared->name, was,
                                is);
        }
    }
  return TRUE;
}

/* Variables hold compute types while a function works on them. */
static void
settle_shared (WeftFunction *function, const WeftProgram *program)
{
  for (guint i = 0; i < program->n_shared; i++)
    {
      WeftShared *shared = program->shared[i];
      WeftDType   compute = weft_dtypes[shared->value->dtype].compute;
      if (function->device == NULL || shared->value->dtype != compute)
        weft_shared_settle (shared);
      if (shared->value->dtype != compute)
        {
          WeftArray *array = weft_array_cast (shared->value, compute);
          weft_array_unref (shared->value);
          shared->value = array;
          weft_shared_changed (shared);
        }
    }
  for (guint i = 0; i < program->n_updates; i++)
    own_value (program->shared[program->updates[i].shared]);
}

/* The room for them is made once. */
static WeftArray **
cast_inputs (WeftFunction *function, WeftArray *const *inputs)
{
  WeftArray **cast = function->cast;
  for (guint i = 0; i < function->n_inputs; i++)
    {
      WeftDType compute = weft_dtypes[inputs[i]->dtype].compute;
      cast[i] = inputs[i]->dtype == compute ? weft_array_ref (inputs[i])
                                            : weft_array_cast (inputs[i], compute);
    }
  return cast;
}

static void
unref_arrays (WeftArray **arrays, guint n)
{
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&arrays[i], weft_array_unref);
}

static void
free_arrays (WeftArray **arrays, guint n)
{
  unref_arrays (arrays, n);
  g_free (arrays);
}

static void
bind_slots (WeftExecutor *executor, WeftArray *const *inputs, WeftArray *const *outputs)
{
  const WeftProgram *program = executor->program;
  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];
      if (slot->kind == WEFT_SLOT_INPUT)
        executor->slots[i] = inputs[slot->index]->data;
      else if (slot->kind == WEFT_SLOT_SHARED)
        executor->slots[i] = program->shared[slot->index]->value->data;
      else if (slot->kind == WEFT_SLOT_OUTPUT)
        executor->slots[i] = outputs[slot->index]->data;
    }
}

/* The array of result number @i: the last call's again where the caller has given it back, since
 * fresh memory costs more than most kernels; else a new one. */
static WeftArray *
new_output (WeftFunction *function, const WeftValue *value, guint i, GError **error)
{
  WeftArray *kept = function->kept[i];
  gint64     dims[WEFT_MAX_RANK];
  for (guint d = 0; d < value->type.shape.rank; d++)
    dims[d] = value->type.shape.dims[d].offset;
  if (kept != NULL && g_atomic_ref_count_compare (&kept->ref_count, 1) &&
      kept->dtype == value->type.dtype && kept->rank == value->type.shape.rank &&
      memcmp (kept->shape, dims, kept->rank * sizeof *dims) == 0)
    return weft_array_ref (kept);
  g_clear_pointer (&function->kept[i], weft_array_unref);
  kept = weft_array_try_new (value->type.dtype, value->type.shape.rank, dims, error);
  if (kept != NULL)
    function->kept[i] = weft_array_ref (kept);
  return kept;
}

/* Results that are not written where they belong, and updates that are not made in place. Results
 * first: they may be old values of variables. */
static void
copy_results (WeftExecutor *executor, WeftArray *const *outputs)
{
  const WeftProgram *program = executor->program;
  for (guint i = 0; i < program->n_outputs; i++)
    {
      const char *from = weft_executor_operand (executor, &program->outputs[i]);
      if (from != outputs[i]->data && outputs[i]->n_bytes > 0)
        memcpy (outputs[i]->data, from, outputs[i]->n_bytes);
    }
  for (guint i = 0; i < program->n_updates && executor->device == NULL; i++)
    {
      const WeftUpdate *update = &program->updates[i];
      WeftArray        *array = program->shared[update->shared]->value;
      weft_shared_changed (program->shared[update->shared]);
      if (!update->in_place && array->n_bytes > 0)
        memcpy (array->data, weft_executor_operand (executor, &update->value), array->n_bytes);
    }
}

void
weft_function_tell (gpointer data, const WeftKernelCall *call)
{
  WeftFunction *function = data;
  g_autoptr (WeftArray) value =
    weft_array_new (call->in_dtypes[0], call->in_ranks[0], call->in_shapes[0]);
  WeftRunEvent event = { .op = call->op,
                         .message = call->attrs[0].s,
                         .origins = call->apply->origins,
                         .value = value };
  if (value->n_bytes > 0)
    memcpy (value->data, call->in[0], value->n_bytes);
  function->event (&event, function->event_data);
}

static gboolean
call_interpreter (WeftFunction     *function,
                  WeftVariant      *variant,
                  WeftArray *const *inputs,
                  WeftArray       **outputs,
                  GCancellable     *cancellable,
                  GError          **error)
{
  WeftExecutor *executor = variant->executor;
  WeftArray   **cast = cast_inputs (function, inputs);
  GError       *problem = NULL;
  gboolean      done = TRUE;
  weft_executor_settle_shared (executor);
  settle_shared (function, executor->program);
  for (guint i = 0; i < function->n_outputs; i++)
    {
      outputs[i] = done ? new_output (function, variant->results[i], i, error) : NULL;
      done = done && outputs[i] != NULL;
    }
  if (done)
    {
      bind_slots (executor, cast, outputs);
      if (variant->compiled != NULL)
        weft_compiled_swap (variant->compiled);
      executor->step = function->step;
      executor->event = function->event != NULL ? weft_function_tell : NULL;
      executor->event_data = function;
      if (function->profiling != NULL)
        weft_profiling_begin (function->profiling, executor);
      if (function->watch != NULL)
        weft_watch_begin (function, variant);
      done = weft_executor_run (executor, cancellable, &problem);
      if (function->watch != NULL)
        weft_watch_end (function, variant, inputs, &problem);
      if (problem != NULL)
        g_propagate_error (error, problem);
      if (function->profiling != NULL)
        weft_profiling_end (function->profiling, executor, done);
    }
  if (done)
    copy_results (executor, outputs);
  else
    for (guint i = 0; i < function->n_outputs; i++)
      g_clear_pointer (&outputs[i], weft_array_unref);
  unref_arrays (cast, function->n_inputs);
  return done;
}

static gboolean
call_reference (WeftFunction     *function,
                WeftVariant      *variant,
                WeftArray *const *inputs,
                WeftArray       **outputs,
                GCancellable     *cancellable,
                GError          **error)
{
  guint       n = function->n_outputs + function->n_updates;
  WeftArray **results = g_new0 (WeftArray *, MAX (n, 1));
  if (!weft_reference_run (function, variant, inputs, results, cancellable, error))
    {
      g_free (results);
      return FALSE;
    }
  for (guint i = 0; i < function->n_outputs; i++)
    outputs[i] = g_steal_pointer (&results[i]);
  for (guint i = 0; i < function->n_updates; i++)
    {
      WeftShared *shared = function->targets[i];
      WeftArray  *array = weft_array_cast (results[function->n_outputs + i], shared->value->dtype);
      weft_array_unref (shared->value);
      shared->value = array;
      weft_shared_changed (shared);
    }
  free_arrays (results, n);
  return TRUE;
}

/* What the new values and outputs should be; the variables stay as they are. */
static WeftArray **
make_reference (WeftFunction     *function,
                WeftArray *const *inputs,
                GCancellable     *cancellable,
                GError          **error)
{
  guint            n = function->n_outputs + function->n_updates;
  WeftArray      **results;
  WeftFunctionSpec spec = { .graph = function->graph,
                            .n_inputs = function->n_inputs,
                            .inputs = function->inputs,
                            .n_outputs = n,
                            .outputs = function->results,
                            .mode = WEFT_MODE_REFERENCE,
                            .seed = function->seed };
  if (function->reference == NULL)
    function->reference = weft_function_new (&spec, error);
  if (function->reference == NULL)
    return NULL;
  weft_function_set_step (function->reference, function->step);
  results = g_new0 (WeftArray *, n + 1);
  if (weft_function_call (function->reference, inputs, results, cancellable, error))
    return results;
  g_free (results);
  return NULL;
}

static gboolean
call_compared (WeftFunction     *function,
               WeftVariant      *variant,
               WeftArray *const *inputs,
               WeftArray       **outputs,
               GCancellable     *cancellable,
               GError          **error)
{
  guint       n = function->n_outputs + function->n_updates;
  WeftArray **reference = make_reference (function, inputs, cancellable, error);
  gboolean    same = TRUE;
  if (reference == NULL)
    return FALSE;
  if (variant->compiled != NULL)
    weft_compiled_wait (variant->compiled);
  if (!call_interpreter (function, variant, inputs, outputs, cancellable, error))
    {
      free_arrays (reference, n);
      return FALSE;
    }
  for (guint i = 0; i < function->n_updates; i++)
    weft_shared_settle (function->targets[i]);
  for (guint i = 0; same && i < n; i++)
    same = weft_compare_result (function->results[i],
                                i < function->n_outputs
                                  ? outputs[i]
                                  : function->targets[i - function->n_outputs]->value,
                                reference[i], error);
  for (guint i = 0; !same && i < function->n_outputs; i++)
    g_clear_pointer (&outputs[i], weft_array_unref);
  free_arrays (reference, n);
  return same;
}

static gboolean
call_variant (WeftFunction     *function,
              WeftVariant      *variant,
              WeftArray *const *inputs,
              WeftArray       **outputs,
              GCancellable     *cancellable,
              GError          **error)
{
  switch (function->mode)
    {
    case WEFT_MODE_REFERENCE:
      return call_reference (function, variant, inputs, outputs, cancellable, error);
    case WEFT_MODE_COMPARE:
      return call_compared (function, variant, inputs, outputs, cancellable, error);
    case WEFT_MODE_INTERPRET:
    case WEFT_MODE_COMPILE:
      break;
    }
  return call_interpreter (function, variant, inputs, outputs, cancellable, error);
}

/* Calls @function.
 * @inputs: [n_inputs] of the types that the function was made with, or of a storage type that is
 * cast to it
 * @outputs: [n_outputs] new arrays, owned by the caller; F64 in REFERENCE mode. May be NULL if
 * there are none
 * @cancellable: looked at between kernels and between the chunks of one, or NULL
 *
 * Errors: WEFT_RUN_ERROR, G_IO_ERROR_CANCELLED, WEFT_TYPE_ERROR if the shapes do not fit each
 * other. No update is made then. */
gboolean
weft_function_call (WeftFunction     *function,
                    WeftArray *const *inputs,
                    WeftArray       **outputs,
                    GCancellable     *cancellable,
                    GError          **error)
{
  WeftVariant *variant = check_shared (function, error)
                           ? find_variant (function, inputs, cancellable, error)
                           : NULL;
  gboolean     done;
  if (variant == NULL)
    return FALSE;
  done = call_variant (function, variant, inputs, outputs, cancellable, error);
  if (done)
    function->step++;
  return done;
}

/* Calls @func with what print, watch and breakpoint see, on the calling thread, between kernels. */
void
weft_function_set_event (WeftFunction *function, WeftRunEventFunc func, gpointer data)
{
  function->event = func;
  function->event_data = data;
}

guint64
weft_function_get_step (WeftFunction *function)
{
  return function->step;
}

void
weft_function_set_step (WeftFunction *function, guint64 step)
{
  function->step = step;
}

static WeftVariant *
last_variant (WeftFunction *function)
{
  return function->variants->len > 0
           ? g_ptr_array_index (function->variants, function->variants->len - 1)
           : NULL;
}

void
weft_function_wait_compiled (WeftFunction *function)
{
  WeftVariant *variant = last_variant (function);
  if (variant != NULL && variant->compiled != NULL)
    weft_compiled_wait (variant->compiled);
}

const char *
weft_function_get_compile_message (WeftFunction *function)
{
  WeftVariant *variant = last_variant (function);
  return variant != NULL && variant->compiled != NULL
           ? weft_compiled_get_message (variant->compiled)
           : NULL;
}

const WeftProgram *
weft_function_get_program (WeftFunction *function)
{
  WeftVariant *variant = last_variant (function);
  return variant != NULL && variant->executor != NULL ? variant->executor->program : NULL;
}

guint
weft_function_n_inputs (WeftFunction *function)
{
  return function->n_inputs;
}

const char *
weft_function_input_name (WeftFunction *function, guint index)
{
  g_return_val_if_fail (index < function->n_inputs, NULL);
  return function->inputs[index]->name;
}

WeftShared *
weft_function_get_target (WeftFunction *function, guint index)
{
  g_return_val_if_fail (index < function->n_updates, NULL);
  return function->targets[index];
}

WeftGraph *
weft_function_copy_graph (WeftFunction *function,
                          WeftBindings *bindings,
                          GPtrArray    *results,
                          GError      **error)
{
  g_autoptr (WeftGraph) copy = weft_graph_new ();
  guint n = function->n_outputs + function->n_updates;
  g_ptr_array_set_size (results, n);
  if (!weft_graph_clone (function->graph, copy, n, function->results, NULL, bindings,
                         (WeftValue **) results->pdata, error))
    return NULL;
  return g_steal_pointer (&copy);
}

WeftRewrite *
weft_function_get_journal (WeftFunction *function)
{
  WeftVariant *variant = last_variant (function);
  return variant != NULL ? variant->journal : NULL;
}

/* The array of @value, which depends on no input; owned by the caller. Errors: as weft_function_new
 * and weft_function_call. */
WeftArray *
weft_evaluate (WeftGraph *graph, WeftValue *value, guint64 seed, GError **error)
{
  WeftFunctionSpec spec = {
    .graph = graph, .n_outputs = 1, .outputs = &value, .seed = seed, .no_rewrites = TRUE
  };
  g_autoptr (WeftFunction) function = weft_function_new (&spec, error);
  WeftArray *result = NULL;
  if (function == NULL || !weft_function_call (function, NULL, &result, NULL, error))
    return NULL;
  return result;
}
