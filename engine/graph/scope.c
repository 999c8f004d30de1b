/* Scopes: what names stand for while a text is built.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr.h"

struct _WeftScope
{
  GHashTable *bindings; /* name -> WeftBinding, owned */
};

/* An empty scope. The caller frees it. */
WeftScope *
weft_scope_new (void)
{
  WeftScope *scope = g_new0 (WeftScope, 1);

  scope->bindings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return scope;
}

/* Frees @scope; NULL is fine. */
void
weft_scope_free (WeftScope *scope)
{
  if (scope == NULL)
    return;
  g_hash_table_unref (scope->bindings);
  g_free (scope);
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

/* What @name stands for, borrowed until it is bound again; NULL if nothing. */
WeftBinding *
weft_scope_get (WeftScope *scope, const char *name)
{
  return g_hash_table_lookup (scope->bindings, name);
}

/* Calls @func with each name. */
void
weft_scope_foreach (WeftScope *scope, void (*func) (const char *name, gpointer data), gpointer data)
{
  GHashTableIter iter;
  gpointer       name;

  g_hash_table_iter_init (&iter, scope->bindings);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    func (name, data);
}
