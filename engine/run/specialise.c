/* Making a function for the shapes it is called with: names bound, graph cloned with numbers,
 * rewritten, compiled.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <glib/gi18n.h>
#include <unistd.h>

#include "engine/graph/body.h"
#include "engine/run/function-private.h"

void
weft_variant_free (WeftVariant *variant)
{
  g_clear_pointer (&variant->journal, weft_rewrite_free);
  g_clear_pointer (&variant->compiled, weft_compiled_free);
  g_clear_pointer (&variant->device, weft_device_run_free);
  g_clear_pointer (&variant->executor, weft_executor_free);
  g_clear_pointer (&variant->graph, weft_graph_free);
  g_free (variant->shapes);
  g_free (variant->inputs);
  g_free (variant->results);
  g_free (variant);
}

/* ---- Inputs ---- */

static char *
array_type_to_string (const WeftArray *array)
{
  WeftType type = { .dtype = array->dtype, .shape = weft_array_get_shape (array) };
  return weft_type_to_string (&type);
}

static gboolean
refuse_input (const WeftValue *input, guint number, const WeftArray *array, GError **error)
{
  g_autofree char *wanted = weft_type_to_string (&input->type);
  g_autofree char *given = array_type_to_string (array);
  if (input->name != NULL)
    return weft_run_fail (error, WEFT_RUN_ERROR_INPUT, input->apply, input->name,
                          _ ("%s: expected %s, given %s"), input->name, wanted, given);
  return weft_run_fail (error, WEFT_RUN_ERROR_INPUT, input->apply, NULL,
                        _ ("input %u: expected %s, given %s"), number + 1, wanted, given);
}

/* Learns the names from all inputs, then checks every dimension, since an expression of two names
 * is known only at the end. */
static gboolean
bind_inputs (WeftFunction     *function,
             WeftArray *const *inputs,
             WeftBindings     *bindings,
             GError          **error)
{
  for (guint i = 0; i < function->n_inputs; i++)
    {
      const WeftType *type = &function->inputs[i]->type;
      if (type->shape.rank != inputs[i]->rank ||
          type->dtype != weft_dtypes[inputs[i]->dtype].compute)
        return refuse_input (function->inputs[i], i, inputs[i], error);
      for (guint k = 0; k < type->shape.rank; k++)
        if (!weft_dim_match (type->shape.dims[k], inputs[i]->shape[k], bindings))
          return refuse_input (function->inputs[i], i, inputs[i], error);
    }
  for (guint i = 0; i < function->n_inputs; i++)
    for (guint k = 0; k < inputs[i]->rank; k++)
      {
        gint64 value;
        if (weft_dim_resolve (function->inputs[i]->type.shape.dims[k], bindings, &value) &&
            value != inputs[i]->shape[k])
          return refuse_input (function->inputs[i], i, inputs[i], error);
      }
  return TRUE;
}

/* ---- The graph with numbers ---- */

/* Inputs take the shapes of the arrays, so that nothing of them is left unknown. */
static void
clone_inputs (WeftFunction     *function,
              WeftArray *const *inputs,
              WeftVariant      *variant,
              GHashTable       *replacements)
{
  for (guint i = 0; i < function->n_inputs; i++)
    {
      const WeftValue *input = function->inputs[i];
      WeftType         type = input->type;
      type.shape = weft_array_get_shape (inputs[i]);
      weft_graph_push_origins (variant->graph, input->apply->origins);
      variant->inputs[i] = weft_graph_input (variant->graph, input->name, &type);
      weft_graph_pop_origin (variant->graph);
      g_hash_table_insert (replacements, function->inputs[i], variant->inputs[i]);
    }
}

static gboolean
refuse_memory (const WeftValue *value, double bytes, GError **error)
{
  g_autofree char *type = weft_type_to_string (&value->type);
  g_autofree char *has = g_format_size (weft_memory_bytes ());
  return weft_run_fail (
    error, WEFT_RUN_ERROR_MEMORY, value->apply, NULL,
    _ ("%s of type %s needs %.3g bytes, and this machine has %s; make a dimension smaller"),
    value->name != NULL ? value->name : value->apply->op->name, type, bytes, has);
}

static gboolean
check_value (const WeftValue *value, GError **error)
{
  double bytes = weft_dtype_size (value->type.dtype);
  if (!weft_shape_is_static (&value->type.shape))
    {
      g_autofree char *shape = weft_shape_to_string (&value->type.shape);
      return weft_run_fail (error, WEFT_RUN_ERROR_INPUT, value->apply, NULL,
                            _ ("%s: no input says how large %s is"), value->apply->op->name, shape);
    }
  for (guint d = 0; d < value->type.shape.rank; d++)
    bytes *= value->type.shape.dims[d].offset;
  return bytes <= weft_memory_bytes () || refuse_memory (value, bytes, error);
}

/* Every shape must be numbers now, and no value alone may be larger than memory; also inside loops,
 * which recursion follows as deep as they are nested. */
static gboolean
check_values (WeftGraph *graph, guint n, WeftValue *const *values, GError **error)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, values);
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);
      for (guint k = 0; k < apply->n_outputs; k++)
        if (!check_value (&apply->outputs[k], error))
          return FALSE;
      for (guint k = 0; k < apply->op->n_attrs; k++)
        if (apply->attrs[k].kind == WEFT_ATTR_BODY &&
            !check_values (apply->attrs[k].body->graph, apply->attrs[k].body->n_outputs,
                           apply->attrs[k].body->outputs, error))
          return FALSE;
    }
  return TRUE;
}

static gboolean
check_updates (WeftFunction *function, WeftVariant *variant, GError **error)
{
  for (guint i = 0; i < function->n_updates; i++)
    {
      const WeftArray *old = function->targets[i]->value;
      const WeftType  *type = &variant->results[function->n_outputs + i]->type;
      WeftShape        shape = weft_array_get_shape (old);
      if (type->dtype != weft_dtypes[old->dtype].compute ||
          !weft_shape_equal (&type->shape, &shape))
        {
          g_autofree char *is = array_type_to_string (old);
          g_autofree char *would_be = weft_type_to_string (type);
          g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT,
                       _ ("%s is %s, its update gives %s"), function->targets[i]->name, is,
                       would_be);
          return FALSE;
        }
    }
  return TRUE;
}

/* ---- The program ---- */

static gboolean
compile (WeftFunction *function, WeftVariant *variant, GError **error)
{
  guint        n = function->n_outputs + function->n_updates;
  WeftProgram *program;
  if (!function->no_rewrites)
    {
      g_autofree WeftValue **rewritten = g_new0 (WeftValue *, MAX (n, 1));
      weft_rewrite (variant->graph, n, variant->results, (const char *const *) function->without,
                    rewritten, &variant->journal);
      memcpy (variant->results, rewritten, n * sizeof (WeftValue *));
    }
  program = weft_program_new (g_steal_pointer (&variant->graph), function->n_inputs,
                              variant->inputs, function->n_outputs, variant->results,
                              function->n_updates, function->targets,
                              variant->results + function->n_outputs);
  if (!weft_check_fits (program, n, variant->results, weft_memory_bytes () / 10 * 9, error))
    {
      weft_program_free (program);
      return FALSE;
    }
  variant->executor = weft_executor_new (program, function->seed, error);
  if (variant->executor == NULL)
    return FALSE;
  if (function->device != NULL)
    {
      variant->device = weft_device_run_new (function->device, variant->executor, error);
      variant->executor->device = variant->device;
      return variant->device != NULL;
    }
  /* A training step, which will be done many times. */
  if (function->n_updates > 0)
    weft_executor_fill_pages (variant->executor);
  if (function->mode != WEFT_MODE_INTERPRET)
    variant->compiled = weft_compiled_new (variant->executor);
  if (function->mode == WEFT_MODE_COMPARE)
    weft_compiled_set_compare (variant->compiled);
  return TRUE;
}

static gint64 *
all_shapes (WeftFunction *function, WeftArray *const *inputs)
{
  guint   n_counts = function->counts != NULL ? function->counts->n_outputs : 0, n = 0;
  gint64 *shapes = g_new (gint64, function->n_dims + n_counts + 1);
  for (guint i = 0; i < function->n_inputs; i++)
    for (guint k = 0; k < inputs[i]->rank; k++)
      shapes[n++] = inputs[i]->shape[k];
  for (guint i = 0; i < n_counts; i++)
    shapes[n++] = function->count_values[i];
  return shapes;
}

WeftVariant *
weft_function_specialise (WeftFunction *function, WeftArray *const *inputs, GError **error)
{
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  guint        n = function->n_outputs + function->n_updates;
  WeftVariant *variant;
  if (!bind_inputs (function, inputs, bindings, error))
    return NULL;
  for (guint i = 0; function->counts != NULL && i < function->counts->n_outputs; i++)
    weft_bindings_set (bindings, function->count_names[i], function->count_values[i]);
  variant = g_new0 (WeftVariant, 1);
  variant->shapes = all_shapes (function, inputs);
  variant->graph = weft_graph_new ();
  variant->inputs = g_new0 (WeftValue *, MAX (function->n_inputs, 1));
  variant->results = g_new0 (WeftValue *, MAX (n, 1));
  clone_inputs (function, inputs, variant, replacements);
  if (!weft_graph_clone (function->graph, variant->graph, n, function->results, replacements,
                         bindings, variant->results, error) ||
      !check_values (variant->graph, n, variant->results, error) ||
      !check_updates (function, variant, error) ||
      (function->mode != WEFT_MODE_REFERENCE && !compile (function, variant, error)))
    {
      weft_variant_free (variant);
      return NULL;
    }
  return variant;
}
