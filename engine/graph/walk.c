/* Walking graphs: order, copies, checks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/graph-private.h"

/* The applications that @values reach, each once, inputs before users. The caller owns the array,
 * the graph its members. */
GPtrArray *
weft_graph_order (WeftGraph *graph, guint n, WeftValue *const *values)
{
  g_autofree guint8 *reached = g_malloc0 (graph->applies->len);
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  GPtrArray *order = g_ptr_array_new ();
  guint      last = 0;

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (stack, values[i]->apply);
  while (stack->len > 0)
    {
      WeftApply *apply = g_ptr_array_steal_index_fast (stack, stack->len - 1);

      if (reached[apply->id])
        continue;
      reached[apply->id] = 1;
      last = MAX (last, apply->id + 1);
      for (guint i = 0; i < apply->n_inputs; i++)
        if (!reached[apply->inputs[i]->apply->id])
          g_ptr_array_add (stack, apply->inputs[i]->apply);
    }
  for (guint i = 0; i < last; i++)
    if (reached[i])
      g_ptr_array_add (order, g_ptr_array_index (graph->applies, i));
  return order;
}

/* ---- Copies ---- */

static WeftValue *
clone_leaf (const WeftApply *apply, WeftGraph *target, WeftBindings *bindings)
{
  const WeftValue *value = &apply->outputs[0];
  WeftType         type = value->type;

  if (apply->shared != NULL)
    return weft_graph_shared (target, apply->shared);
  if (apply->literal != NULL)
    {
      WeftValue *copy = weft_graph_constant (target, apply->literal);

      copy->type.weak = value->type.weak;
      return copy;
    }
  if (bindings != NULL)
    weft_shape_substitute (&type.shape, bindings);
  return weft_graph_input (target, value->name, &type);
}

static WeftValue *
clone_apply (const WeftApply *apply,
             WeftGraph       *target,
             GHashTable      *map,
             WeftBindings    *bindings,
             GError         **error)
{
  g_autofree WeftValue **inputs = g_new (WeftValue *, MAX (apply->n_inputs, 1));
  g_autofree WeftAttr   *attrs = g_new0 (WeftAttr, MAX (apply->op->n_attrs, 1));
  WeftValue             *copy;

  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = g_hash_table_lookup (map, apply->inputs[i]);
  for (guint i = 0; i < apply->op->n_attrs; i++)
    attrs[i] = weft_graph_own_attr (target, &apply->attrs[i], bindings);
  if (g_str_equal (apply->op->name, "dim"))
    return weft_graph_dim (target, attrs[0].dims->dims[0]);
  copy = weft_graph_apply (target, apply->op, apply->n_inputs, inputs, attrs, error);
  if (copy != NULL)
    {
      copy->apply->stream = apply->stream;
      target->n_streams = MAX (target->n_streams, apply->stream);
      /* A cast inside a chain of bare numbers stays one. */
      for (guint i = 0; i < apply->n_outputs; i++)
        copy->apply->outputs[i].type.weak = apply->outputs[i].type.weak;
    }
  return copy;
}

/* Copies what @outputs reach into @target (another graph, or @graph itself): the copies go to
 * @results, memory of @target.
 * @replacements (WeftValue* -> WeftValue* of @target, or NULL) stand for their keys; what only they
 * hide is not copied. Names bound in @bindings (or NULL) become numbers and types are inferred
 * again. Origins, names and streams are kept. Errors: WEFT_TYPE_ERROR if the numbers do not fit. */
gboolean
weft_graph_clone (WeftGraph        *graph,
                  WeftGraph        *target,
                  guint             n,
                  WeftValue *const *outputs,
                  GHashTable       *replacements,
                  WeftBindings     *bindings,
                  WeftValue       **results,
                  GError          **error)
{
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) order = NULL;
  g_autofree guint8 *needed = g_malloc0 (graph->applies->len);

  order = weft_graph_order (graph, n, outputs);
  for (guint i = 0; i < n; i++)
    if (replacements == NULL || !g_hash_table_contains (replacements, outputs[i]))
      needed[outputs[i]->apply->id] = 1;
  for (guint i = order->len; i-- > 0;)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; needed[apply->id] && k < apply->n_inputs; k++)
        if (replacements == NULL || !g_hash_table_contains (replacements, apply->inputs[k]))
          needed[apply->inputs[k]->apply->id] = 1;
    }
  if (replacements != NULL)
    {
      GHashTableIter iter;
      gpointer       from, to;

      g_hash_table_iter_init (&iter, replacements);
      while (g_hash_table_iter_next (&iter, &from, &to))
        g_hash_table_insert (map, from, to);
    }
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);
      WeftValue *copy;

      if (!needed[apply->id])
        continue;
      weft_graph_push_origins (target, apply->origins);
      copy = apply->op->traits & WEFT_TRAIT_LEAF && !g_str_equal (apply->op->name, "dim")
               ? clone_leaf (apply, target, bindings)
               : clone_apply (apply, target, map, bindings, error);
      weft_graph_pop_origin (target);
      if (copy == NULL)
        return FALSE;
      for (guint k = 0; k < apply->n_outputs; k++)
        {
          if (copy->apply->outputs[k].name == NULL)
            copy->apply->outputs[k].name = apply->outputs[k].name;
          if (!g_hash_table_contains (map, &apply->outputs[k]))
            g_hash_table_insert (map, &apply->outputs[k], &copy->apply->outputs[k]);
        }
    }
  for (guint i = 0; i < n; i++)
    results[i] = g_hash_table_lookup (map, outputs[i]);
  return TRUE;
}

/* ---- Checks ---- */

static gboolean
check_types (const WeftApply *apply, GError **error)
{
  g_autofree WeftType *inputs = g_new (WeftType, MAX (apply->n_inputs, 1));
  g_autofree WeftType *types = g_new0 (WeftType, apply->n_outputs);

  if (apply->op->infer == NULL || apply->op->traits & WEFT_TRAIT_LEAF)
    return TRUE;
  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = apply->inputs[i]->type;
  if (!apply->op->infer (apply->op, apply->attrs, apply->n_inputs, inputs, types, error))
    return FALSE;
  for (guint i = 0; i < apply->n_outputs; i++)
    if (types[i].dtype != apply->outputs[i].type.dtype ||
        !weft_shape_equal (&types[i].shape, &apply->outputs[i].type.shape))
      {
        g_autofree char *is = weft_type_to_string (&apply->outputs[i].type);
        g_autofree char *should = weft_type_to_string (&types[i]);

        g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                     "%s (application %u): has type %s, inferred %s", apply->op->name, apply->id,
                     is, should);
        return FALSE;
      }
  return TRUE;
}

/* Checks what @values reach: inputs stand before their users, arities and attributes fit the rows,
 * types are as inferred. For tests and debug builds. Errors: WEFT_TYPE_ERROR naming the
 * application. */
gboolean
weft_graph_check (WeftGraph *graph, guint n, WeftValue *const *values, GError **error)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, values);

  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_inputs; k++)
        if (apply->inputs[k]->apply->id >= apply->id)
          {
            g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ARITY,
                         "%s (application %u): input %u is made later", apply->op->name, apply->id,
                         k);
            return FALSE;
          }
      for (guint k = 0; k < apply->op->n_attrs; k++)
        if (!weft_attr_check (apply->op, &apply->op->attrs[k], &apply->attrs[k], error))
          return FALSE;
      if (!check_types (apply, error))
        return FALSE;
    }
  return TRUE;
}
