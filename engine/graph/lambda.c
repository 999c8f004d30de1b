/* Functions as values of the language: lambdas of texts, functions in C, ops by their names.
 *
 * A lambda sees the names around it where it was written. Called inside the body of another op, it
 * sees them through the body's captures. Calls within calls are bounded in depth and in number, so
 * that no text, however short, makes a graph without end.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr-private.h"
#include "engine/graph/graph-private.h"

/* Bodies and calls around a call, and calls in all. */
#define MAX_DEPTH 32
#define MAX_CALLS 20000

/* Of a captured tuple. */
#define MAX_NESTING 16

void
weft_lambda_free (gpointer data)
{
  WeftLambda *lambda = data;

  if (lambda->destroy != NULL)
    lambda->destroy (lambda->data);
  g_clear_pointer (&lambda->expr, weft_expr_unref);
  g_clear_pointer (&lambda->scope, weft_scope_free);
  g_free (lambda);
}

const WeftExprItem *
weft_lambda_item (const WeftLambda *lambda)
{
  return &g_array_index (lambda->expr->items, WeftExprItem, lambda->begin);
}

/* TRUE if @binding can be called. */
gboolean
weft_binding_is_function (const WeftBinding *binding)
{
  return binding->kind == WEFT_BIND_LAMBDA || binding->kind == WEFT_BIND_OP;
}

/* How many arguments @function takes; -1 if only the call can tell. */
gint
weft_binding_n_params (const WeftBinding *function)
{
  if (function->kind != WEFT_BIND_LAMBDA || function->lambda->expr == NULL)
    return -1;
  return weft_lambda_item (function->lambda)->n_args;
}

/* The name of parameter number @index, interned; NULL if it has none. */
const char *
weft_binding_param (const WeftBinding *function, guint index)
{
  gint n = weft_binding_n_params (function);

  return (gint) index < n ? weft_lambda_item (function->lambda)[1 + index].name : NULL;
}

/* ---- Calls ---- */

static gboolean
check_depth (WeftGraph *graph, GError **error)
{
  if (graph->depth >= MAX_DEPTH)
    g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                 "functions call each other more than %d deep", MAX_DEPTH);
  else if (graph->n_calls >= MAX_CALLS)
    g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                 "functions are called more than %d times", MAX_CALLS);
  return graph->depth < MAX_DEPTH && graph->n_calls < MAX_CALLS;
}

static gboolean
check_arity (const WeftBinding *function, guint n, GError **error)
{
  gint wanted = weft_binding_n_params (function);

  if (wanted < 0 || (guint) wanted == n)
    return TRUE;
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
               "the function takes %d argument%s, not %u", wanted, wanted == 1 ? "" : "s", n);
  return FALSE;
}

/* Calls @function with @n arguments in @graph, where its results are made. Errors:
 * WEFT_EXPR_ERROR_VALUE: it takes another number of arguments, or calls itself without end; those
 * of its text. */
gboolean
weft_binding_call (const WeftBinding *function,
                   WeftGraph         *graph,
                   guint              n,
                   const WeftBinding *args,
                   WeftBinding       *result,
                   GError           **error)
{
  g_autofree const char **keywords = g_new0 (const char *, n + 1);
  const WeftLambda       *lambda = function->lambda;
  gboolean                done;

  if (!check_arity (function, n, error) || !check_depth (graph, error))
    return FALSE;
  graph->depth++;
  graph->n_calls++;
  if (function->kind == WEFT_BIND_OP)
    done = weft_expr_call (graph, NULL, function->op, n, args, keywords, result, error);
  else if (lambda->func != NULL)
    done = lambda->func (graph, n, args, lambda->data, result, error);
  else
    done = weft_lambda_run (lambda, graph, args, result, error);
  graph->depth--;
  return done;
}

/* ---- Into bodies ---- */

static gboolean import (const WeftBinding *binding,
                        WeftBodyMaker     *maker,
                        guint              nesting,
                        WeftBinding       *inside);

static gboolean
import_items (const WeftBinding *tuple, WeftBodyMaker *maker, guint nesting, WeftBinding *inside)
{
  WeftGraph *graph = weft_body_maker_get_graph (maker);

  inside->items = weft_graph_alloc (graph, (tuple->n_items + 1) * sizeof *inside->items);
  for (guint i = 0; i < tuple->n_items; i++)
    if (!import (&tuple->items[i], maker, nesting + 1, &inside->items[i]))
      return FALSE;
  return TRUE;
}

static void
import_lambda (const WeftLambda *outer, WeftBodyMaker *maker, WeftBinding *inside)
{
  WeftLambda *lambda = g_new0 (WeftLambda, 1);

  lambda->func = outer->func;
  lambda->data = outer->data;
  lambda->begin = outer->begin;
  if (outer->expr != NULL)
    {
      lambda->expr = weft_expr_ref (outer->expr);
      lambda->scope = weft_scope_new_inside (outer->scope, maker);
    }
  g_ptr_array_add (weft_body_maker_get_graph (maker)->lambdas, lambda);
  inside->lambda = lambda;
}

/* Recursion as deep as tuples are nested. */
static gboolean
import (const WeftBinding *binding, WeftBodyMaker *maker, guint nesting, WeftBinding *inside)
{
  *inside = *binding;
  if (nesting > MAX_NESTING)
    return FALSE;
  if (binding->kind == WEFT_BIND_VALUE)
    inside->value = weft_body_maker_capture (maker, binding->value);
  else if (binding->kind == WEFT_BIND_TUPLE)
    return import_items (binding, maker, nesting, inside);
  else if (binding->kind == WEFT_BIND_LAMBDA)
    import_lambda (binding->lambda, maker, inside);
  return TRUE;
}

/* @binding as it is seen in the body that @maker makes: values captured, functions with all that
 * they see. FALSE if it is a tuple nested too deep. */
gboolean
weft_binding_import (const WeftBinding *binding, WeftBodyMaker *maker, WeftBinding *inside)
{
  return import (binding, maker, 0, inside);
}
