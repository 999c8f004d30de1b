/* What tests of functions share: a graph under a scope, its inputs with the arrays that they get,
 * its shared variables, and functions of all that.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/function.h"
#include "tests/graph-tools.h"

typedef struct
{
  WeftGraph *graph; /* may be stolen */
  WeftScope *scope;
  GPtrArray *inputs; /* WeftValue* */
  GPtrArray *arrays; /* WeftArray* in the order of inputs, owned */
  GPtrArray *shared; /* WeftShared*, owned */
} World;

G_GNUC_UNUSED static void
world_init (World *world)
{
  world->graph = weft_graph_new ();
  world->scope = weft_scope_new ();
  world->inputs = g_ptr_array_new ();
  world->arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  world->shared = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
}

G_GNUC_UNUSED static void
world_clear (World *world)
{
  weft_scope_free (world->scope);
  g_clear_pointer (&world->graph, weft_graph_free);
  g_ptr_array_unref (world->inputs);
  g_ptr_array_unref (world->arrays);
  g_ptr_array_unref (world->shared);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

/* An input of the type of @take, which it gets at calls. */
G_GNUC_UNUSED static WeftValue *
world_add_input (World *world, const char *name, WeftArray *take)
{
  WeftValue *value =
    bind_input (world->graph, world->scope, name, take->dtype, take->rank, take->shape);

  g_ptr_array_add (world->inputs, value);
  g_ptr_array_add (world->arrays, take);
  return value;
}

/* A parameter that begins as @take; borrowed. */
G_GNUC_UNUSED static WeftShared *
world_add_shared (World *world, const char *name, WeftArray *take)
{
  WeftShared *variable = bind_shared (world->graph, world->scope, name, take);

  g_ptr_array_add (world->shared, variable);
  return variable;
}

G_GNUC_UNUSED static WeftValue *
world_build (World *world, const char *text)
{
  return build_value (world->graph, world->scope, text);
}

/* The values of a text that is a tensor or a tuple of them. */
G_GNUC_UNUSED static GPtrArray *
world_build_all (World *world, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  GPtrArray  *values = g_ptr_array_new ();
  WeftBinding binding;

  if (expr == NULL || !weft_expr_build (expr, world->graph, world->scope, &binding, &error))
    g_error ("%s: %s", text, error->message);
  if (binding.kind == WEFT_BIND_VALUE)
    g_ptr_array_add (values, binding.value);
  else
    for (guint i = 0; i < binding.n_items; i++)
      g_ptr_array_add (values, binding.items[i].value);
  return values;
}

/* A function of all inputs; graph, inputs and seed need not be said in @spec. */
G_GNUC_UNUSED static WeftFunction *
world_function (World *world, WeftFunctionSpec spec)
{
  g_autoptr (GError) error = NULL;
  WeftFunction *function;

  spec.graph = world->graph;
  spec.n_inputs = world->inputs->len;
  spec.inputs = (WeftValue **) world->inputs->pdata;
  spec.seed = 7;
  function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  return function;
}

/* The function of one @value; the reference computes what is written, nothing rewritten. */
G_GNUC_UNUSED static WeftFunction *
world_function_of (World *world, WeftValue *value, WeftMode mode)
{
  return world_function (world, (WeftFunctionSpec){ .n_outputs = 1,
                                                    .outputs = &value,
                                                    .mode = mode,
                                                    .no_rewrites = mode == WEFT_MODE_REFERENCE });
}

/* The function of all @values. */
G_GNUC_UNUSED static WeftFunction *
world_function_of_all (World *world, GPtrArray *values, WeftMode mode, gboolean no_rewrites)
{
  return world_function (world, (WeftFunctionSpec){ .n_outputs = values->len,
                                                    .outputs = (WeftValue **) values->pdata,
                                                    .mode = mode,
                                                    .no_rewrites = no_rewrites });
}

/* The @n results of a call. */
G_GNUC_UNUSED static GPtrArray *
world_call (World *world, WeftFunction *function, guint n)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *results = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);

  g_ptr_array_set_size (results, n);
  weft_function_call (function, (WeftArray **) world->arrays->pdata, (WeftArray **) results->pdata,
                      NULL, &error);
  g_assert_no_error (error);
  return results;
}

/* The result of a function that has one. */
G_GNUC_UNUSED static WeftArray *
world_call_one (World *world, WeftFunction *function)
{
  g_autoptr (GPtrArray) results = world_call (world, function, 1);

  return g_ptr_array_steal_index (results, 0);
}

/* The same of a function that is called once. */
G_GNUC_UNUSED static GPtrArray *
world_run_all (World *world, GPtrArray *values, WeftMode mode, gboolean no_rewrites)
{
  g_autoptr (WeftFunction) function = world_function_of_all (world, values, mode, no_rewrites);

  return world_call (world, function, values->len);
}

G_GNUC_UNUSED static WeftArray *
world_run_one (World *world, WeftValue *value, WeftMode mode)
{
  g_autoptr (WeftFunction) function = world_function_of (world, value, mode);

  return world_call_one (world, function);
}
