/* Graph tools. Loops over the graph's order, no recursion.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/tools.h"

#include "engine/graph/body.h"

#include <string.h>

const char *const weft_graph_roles[] = { "input", "constant", "parameter", "weight", "bias",
                                         "state", "random", "loop", "cost", NULL };

/* Marks, by application id, what of @order depends on a key of @values. */
static guint8 *
mark_dependent (WeftGraph *graph, GPtrArray *order, GHashTable *values)
{
  guint8 *depends = g_malloc0 (MAX (weft_graph_n_applies (graph), 1));

  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_inputs && !depends[apply->id]; k++)
        depends[apply->id] = g_hash_table_contains (values, apply->inputs[k]) ||
                             depends[apply->inputs[k]->apply->id];
    }
  return depends;
}

/* weft_graph_substitute:
 * @outputs: @n values
 * @replacements: a key that @outputs do not reach changes nothing
 * @results: (out caller-allocates): @n values of @graph
 *
 * Errors: WEFT_TYPE_ERROR.
 */
gboolean
weft_graph_substitute (WeftGraph        *graph,
                       guint             n,
                       WeftValue *const *outputs,
                       GHashTable       *replacements,
                       WeftValue       **results,
                       GError          **error)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, outputs);
  g_autoptr (GHashTable) kept = g_hash_table_new (NULL, NULL);
  g_autofree guint8 *depends = mark_dependent (graph, order, replacements);
  GHashTableIter     iter;
  gpointer           from, to;

  g_hash_table_iter_init (&iter, replacements);
  while (g_hash_table_iter_next (&iter, &from, &to))
    g_hash_table_insert (kept, from, to);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_outputs && !depends[apply->id]; k++)
        if (!g_hash_table_contains (kept, &apply->outputs[k]))
          g_hash_table_insert (kept, &apply->outputs[k], &apply->outputs[k]);
    }
  return weft_graph_clone (graph, graph, n, outputs, kept, NULL, results, error);
}

static void
add_outputs (GPtrArray *values, WeftApply *apply)
{
  for (guint k = 0; k < apply->n_outputs; k++)
    g_ptr_array_add (values, weft_apply_output (apply, k));
}

/* weft_graph_ancestors:
 *
 * Of an op with several outputs all are named where one is used.
 */
GPtrArray *
weft_graph_ancestors (WeftGraph *graph, guint n, WeftValue *const *values)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, values);
  g_autoptr (GHashTable) own = g_hash_table_new (NULL, NULL);
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    g_hash_table_add (own, values[i]->apply);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_inputs; k++)
        g_hash_table_remove (own, apply->inputs[k]->apply);
    }
  for (guint i = 0; i < order->len; i++)
    if (!g_hash_table_contains (own, g_ptr_array_index (order, i)))
      add_outputs (found, g_ptr_array_index (order, i));
  return found;
}

/* weft_graph_descendants:
 */
GPtrArray *
weft_graph_descendants (WeftGraph        *graph,
                        guint             n,
                        WeftValue *const *values,
                        guint             n_outputs,
                        WeftValue *const *outputs)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n_outputs, outputs);
  g_autoptr (GHashTable) keys = g_hash_table_new (NULL, NULL);
  g_autofree guint8 *depends = NULL;
  GPtrArray         *found = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    g_hash_table_add (keys, values[i]);
  depends = mark_dependent (graph, order, keys);
  for (guint i = 0; i < order->len; i++)
    if (depends[((WeftApply *) g_ptr_array_index (order, i))->id])
      add_outputs (found, g_ptr_array_index (order, i));
  return found;
}

/* ---- The same computation ---- */

/* The two applications but for what their inputs are. */
static gboolean
same_apply (const WeftApply *a, const WeftApply *b)
{
  if (a->op != b->op || a->n_inputs != b->n_inputs || a->n_outputs != b->n_outputs ||
      a->stream != b->stream || a->shared != b->shared ||
      (a->literal == NULL) != (b->literal == NULL) ||
      (a->literal != NULL && !weft_array_same (a->literal, b->literal)))
    return FALSE;
  for (guint i = 0; i < a->op->n_attrs; i++)
    if (!weft_attr_equal (&a->attrs[i], &b->attrs[i]))
      return FALSE;
  if (g_str_equal (a->op->name, "input"))
    return weft_type_equal (&a->outputs[0].type, &b->outputs[0].type) &&
           g_strcmp0 (a->outputs[0].name, b->outputs[0].name) == 0;
  return TRUE;
}

/* weft_graph_same:
 */
gboolean
weft_graph_same (guint n, WeftValue *const *a, WeftValue *const *b, GHashTable *partners)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL); /* WeftApply* of a -> of b */
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();            /* pairs of values */

  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_add (stack, a[i]);
      g_ptr_array_add (stack, b[i]);
    }
  while (stack->len > 0)
    {
      WeftValue *y = g_ptr_array_steal_index_fast (stack, stack->len - 1);
      WeftValue *x = g_ptr_array_steal_index_fast (stack, stack->len - 1);
      WeftApply *known = g_hash_table_lookup (seen, x->apply);

      if (partners != NULL && g_hash_table_contains (partners, x))
        {
          if (g_hash_table_lookup (partners, x) != y)
            return FALSE;
          continue;
        }
      if (x->index != y->index || (known != NULL && known != y->apply))
        return FALSE;
      if (known != NULL)
        continue;
      if (!same_apply (x->apply, y->apply))
        return FALSE;
      g_hash_table_insert (seen, x->apply, y->apply);
      for (guint k = 0; k < x->apply->n_inputs; k++)
        {
          g_ptr_array_add (stack, x->apply->inputs[k]);
          g_ptr_array_add (stack, y->apply->inputs[k]);
        }
    }
  return TRUE;
}

/* ---- Finding ---- */

static gboolean
is_used (const WeftValue *value, guint n, WeftValue *const *outputs)
{
  for (guint i = 0; i < n; i++)
    if (outputs[i] == value)
      return FALSE;
  return TRUE;
}

/* weft_value_has_role:
 * @outputs: what nothing uses
 */
gboolean
weft_value_has_role (const WeftValue *value, const char *role, guint n, WeftValue *const *outputs)
{
  const WeftApply *apply = value->apply;
  gboolean         parameter = apply->shared != NULL && apply->shared->trainable;

  if (g_str_equal (role, "input"))
    return g_str_equal (apply->op->name, "input");
  if (g_str_equal (role, "constant"))
    return apply->literal != NULL;
  if (g_str_equal (role, "parameter"))
    return parameter;
  if (g_str_equal (role, "weight"))
    return parameter && value->type.shape.rank >= 2;
  if (g_str_equal (role, "bias"))
    return parameter && value->type.shape.rank < 2;
  if (g_str_equal (role, "state"))
    return apply->shared != NULL && !apply->shared->trainable;
  if (g_str_equal (role, "random"))
    return (apply->op->traits & WEFT_TRAIT_RANDOM) != 0;
  if (g_str_equal (role, "loop"))
    return (apply->op->traits & WEFT_TRAIT_BODY) != 0;
  if (g_str_equal (role, "cost"))
    return value->type.shape.rank == 0 && weft_dtype_is_float (value->type.dtype) &&
           apply->n_inputs > 0 && !is_used (value, n, outputs);
  return FALSE;
}

static gboolean
fits (const WeftValue *value, const WeftGraphQuery *query, guint n, WeftValue *const *outputs)
{
  const WeftApply *apply = value->apply;
  const char      *name = apply->shared != NULL ? apply->shared->name : value->name;

  return (query->name == NULL || (name != NULL && g_pattern_match_simple (query->name, name))) &&
         (query->op == NULL || weft_op_find (query->op) == apply->op) &&
         (query->role == NULL || weft_value_has_role (value, query->role, n, outputs));
}

/* weft_graph_find:
 */
GPtrArray *
weft_graph_find (WeftGraph *graph, guint n, WeftValue *const *outputs, const WeftGraphQuery *query)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, outputs);
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_outputs; k++)
        if (fits (weft_apply_output (apply, k), query, n, outputs))
          g_ptr_array_add (found, weft_apply_output (apply, k));
    }
  return found;
}
