/* Scopes: what names stand for while a text is built.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr-private.h"

struct _WeftScope
{
  guint          ref_count;
  GHashTable    *bindings; /* name -> WeftBinding, owned */
  WeftScope     *parent;   /* owned reference, or NULL: names that are not bound here */
  WeftBodyMaker *maker;    /* borrowed, or NULL: captures what comes from @parent */
  GPtrArray     *lambdas;  /* owned, or NULL: WeftLambda of code */
};

/* An empty scope. The caller frees it. */
WeftScope *
weft_scope_new (void)
{
  WeftScope *scope = g_new0 (WeftScope, 1);

  scope->ref_count = 1;
  scope->bindings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return scope;
}

WeftScope *
weft_scope_new_inside (WeftScope *parent, WeftBodyMaker *maker)
{
  WeftScope *scope = weft_scope_new ();

  scope->parent = weft_scope_ref (parent);
  scope->maker = maker;
  return scope;
}

WeftScope *
weft_scope_ref (WeftScope *scope)
{
  scope->ref_count++;
  return scope;
}

/* Frees @scope (NULL is fine), or leaves it to the functions that still see it. */
void
weft_scope_free (WeftScope *scope)
{
  while (scope != NULL && --scope->ref_count == 0)
    {
      WeftScope *parent = scope->parent;

      g_hash_table_unref (scope->bindings);
      g_clear_pointer (&scope->lambdas, g_ptr_array_unref);
      g_free (scope);
      scope = parent;
    }
}

static void
set (WeftScope *scope, const char *name, const WeftBinding *binding)
{
  g_hash_table_replace (scope->bindings, g_strdup (name), g_memdup2 (binding, sizeof *binding));
}

/* Binds @name to anything; copied. */
void
weft_scope_set (WeftScope *scope, const char *name, const WeftBinding *binding)
{
  set (scope, name, binding);
}

/* Binds @name to a graph value. */
void
weft_scope_set_value (WeftScope *scope, const char *name, WeftValue *value)
{
  set (scope, name, &(WeftBinding){ .kind = WEFT_BIND_VALUE, .value = value });
}

/* Binds @name to an attribute value; what it points to must outlive the scope. */
void
weft_scope_set_attr (WeftScope *scope, const char *name, const WeftAttr *attr)
{
  set (scope, name, &(WeftBinding){ .kind = WEFT_BIND_ATTR, .attr = *attr });
}

/* Makes @name callable as op or function @op; "identity" and "none" return their argument. */
void
weft_scope_set_op (WeftScope *scope, const char *name, const char *op)
{
  set (scope, name, &(WeftBinding){ .kind = WEFT_BIND_OP, .op = g_intern_string (op) });
}

/* Makes @name callable as @func with @data, which @destroy (or NULL) frees with the scope. */
void
weft_scope_set_function (
  WeftScope *scope, const char *name, WeftLambdaFunc func, gpointer data, GDestroyNotify destroy)
{
  WeftLambda *lambda = g_new0 (WeftLambda, 1);

  lambda->func = func;
  lambda->data = data;
  lambda->destroy = destroy;
  if (scope->lambdas == NULL)
    scope->lambdas = g_ptr_array_new_with_free_func (weft_lambda_free);
  g_ptr_array_add (scope->lambdas, lambda);
  set (scope, name, &(WeftBinding){ .kind = WEFT_BIND_LAMBDA, .lambda = lambda });
}

/* What @name stands for, borrowed until it is bound again; NULL if nothing. */
WeftBinding *
weft_scope_get (WeftScope *scope, const char *name)
{
  WeftBinding *binding = g_hash_table_lookup (scope->bindings, name), inside;

  if (binding != NULL || scope->parent == NULL)
    return binding;
  binding = weft_scope_get (scope->parent, name);
  if (binding == NULL || scope->maker == NULL)
    return binding;
  if (!weft_binding_import (binding, scope->maker, &inside))
    return NULL;
  set (scope, name, &inside);
  return g_hash_table_lookup (scope->bindings, name);
}

/* Calls @func with each name. */
void
weft_scope_foreach (WeftScope *scope, void (*func) (const char *name, gpointer data), gpointer data)
{
  for (; scope != NULL; scope = scope->parent)
    {
      GHashTableIter iter;
      gpointer       name;

      g_hash_table_iter_init (&iter, scope->bindings);
      while (g_hash_table_iter_next (&iter, &name, NULL))
        func (name, data);
    }
}
