/* Walking graphs: order, copies, checks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/body.h"
#include "engine/graph/graph-private.h"

typedef struct
{
  WeftGraph *graph;
  GPtrArray *stack; /* WeftApply* */
} Reach;

/* What gives a dimension is needed by what mentions it. */
static void
reach_name (const char *name, gpointer data)
{
  Reach     *reach = data;
  WeftValue *definition = weft_graph_find_counted (reach->graph, name);

  if (definition != NULL)
    g_ptr_array_add (reach->stack, definition->apply);
}

/* The applications that @values reach, each once, inputs before users; values that give dimensions
 * are reached by what mentions them. The caller owns the array, the graph its members. */
GPtrArray *
weft_graph_order (WeftGraph *graph, guint n, WeftValue *const *values)
{
  g_autofree guint8 *reached = g_malloc0 (graph->applies->len);
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  GPtrArray *order = g_ptr_array_new ();
  Reach      reach = { graph, stack };
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
      if (weft_graph_has_counted (graph))
        weft_apply_foreach_name (apply, reach_name, &reach);
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
    if (apply->attrs[i].kind == WEFT_ATTR_BODY && bindings != NULL)
      {
        WeftBody *body = weft_body_bind (apply->attrs[i].body, bindings, error);

        if (body == NULL)
          return NULL;
        attrs[i] = weft_attr_take_body (target, body);
      }
    else
      attrs[i] = weft_graph_own_attr (target, &apply->attrs[i], bindings);
  if (g_str_equal (apply->op->name, "dim"))
    return weft_graph_dim (target, attrs[0].dims->dims[0]);
  copy = weft_graph_apply (target, apply->op, apply->n_inputs, inputs, attrs, error);
  if (copy != NULL)
    {
      copy->apply->stream = apply->stream;
      copy->apply->implicit = apply->implicit;
      copy->apply->placed = apply->placed;
      copy->apply->overwrites = apply->overwrites;
      target->n_streams = MAX (target->n_streams, apply->stream);
      for (guint i = 0; i < apply->op->n_attrs; i++)
        if (attrs[i].kind == WEFT_ATTR_BODY)
          target->n_streams = MAX (target->n_streams, attrs[i].body->graph->n_streams);
      /* A cast inside a chain of bare numbers stays one. */
      for (guint i = 0; i < apply->n_outputs; i++)
        copy->apply->outputs[i].type.weak = apply->outputs[i].type.weak;
    }
  return copy;
}

/* What a copy needs to know about dimensions that values give. */
typedef struct
{
  WeftGraph    *graph, *target;
  GHashTable   *map;      /* WeftValue* -> its copy */
  guint8       *needed;   /* by application */
  WeftBindings *bindings; /* the caller's, or none, and new names */
} Carry;

static void
need_name (const char *name, gpointer data)
{
  Carry     *carry = data;
  WeftValue *definition = weft_graph_find_counted (carry->graph, name);

  if (definition != NULL && !g_hash_table_contains (carry->map, definition) &&
      !weft_bindings_has (carry->bindings, name))
    carry->needed[definition->apply->id] = 1;
}

/* Makes @name known in the copy: under the same name, or under a new one where it is taken. */
static void
carry_name (const char *name, gpointer data)
{
  Carry     *carry = data;
  WeftValue *definition = weft_graph_find_counted (carry->graph, name);
  WeftDim    dim;

  if (definition == NULL || weft_bindings_has (carry->bindings, name))
    return;
  dim = weft_graph_carry_counted (carry->target, name,
                                  g_hash_table_lookup (carry->map, definition));
  if (weft_dim_name (dim) == NULL || !g_str_equal (weft_dim_name (dim), name))
    weft_bindings_set_dim (carry->bindings, name, dim);
}

/* Marks what @outputs need copied; what @replacements hide is not. */
static void
mark_needed (WeftGraph        *graph,
             GPtrArray        *order,
             guint             n,
             WeftValue *const *outputs,
             GHashTable       *replacements,
             Carry            *carry)
{
  for (guint i = 0; i < n; i++)
    if (replacements == NULL || !g_hash_table_contains (replacements, outputs[i]))
      carry->needed[outputs[i]->apply->id] = 1;
  for (guint i = order->len; i-- > 0;)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      if (!carry->needed[apply->id])
        continue;
      for (guint k = 0; k < apply->n_inputs; k++)
        if (replacements == NULL || !g_hash_table_contains (replacements, apply->inputs[k]))
          carry->needed[apply->inputs[k]->apply->id] = 1;
      if (weft_graph_has_counted (graph))
        weft_apply_foreach_name (apply, need_name, carry);
    }
}

/* Copies what @outputs reach into @target (another graph, or @graph itself): the copies go to
 * @results, memory of @target.
 * @replacements (WeftValue* -> WeftValue* of @target, or NULL) stand for their keys; what only they
 * hide is not copied. Names bound in @bindings (or NULL) become numbers and types are inferred
 * again; values that give dimensions are copied, and give the copies, where nothing is bound.
 * Origins, names and streams are kept. Errors: WEFT_TYPE_ERROR if the numbers do not fit. */
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
  g_autoptr (WeftBindings) names = NULL;
  g_autofree guint8 *needed = g_malloc0 (graph->applies->len);
  Carry              carry = { graph, target, map, needed, NULL };

  if (replacements != NULL)
    {
      GHashTableIter iter;
      gpointer       from, to;

      g_hash_table_iter_init (&iter, replacements);
      while (g_hash_table_iter_next (&iter, &from, &to))
        g_hash_table_insert (map, from, to);
    }
  if (weft_graph_has_counted (graph))
    carry.bindings = bindings = names = weft_bindings_copy (bindings);
  order = weft_graph_order (graph, n, outputs);
  mark_needed (graph, order, n, outputs, replacements, &carry);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);
      WeftValue *copy;

      if (!needed[apply->id])
        continue;
      if (names != NULL)
        weft_apply_foreach_name (apply, carry_name, &carry);
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

/* ---- Silent float64 ---- */

/* The float32 that promotion widened to be input @k of @apply; NULL: none. */
static WeftValue *
narrow_input (const WeftApply *apply, guint k)
{
  const WeftApply *cast = apply->inputs[k]->apply;

  return cast->implicit && cast->n_inputs == 1 && apply->inputs[k]->type.dtype == WEFT_F64 &&
             cast->inputs[0]->type.dtype == WEFT_F32 && !cast->inputs[0]->type.weak
           ? cast->inputs[0]
           : NULL;
}

/* Where a float32 meets a float64 that nobody cast, in what @values reach: one entry an
 * application. The caller owns the array of WeftWidening. */
GArray *
weft_graph_widenings (WeftGraph *graph, guint n, WeftValue *const *values)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, n, values);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (WeftWidening));

  for (guint i = 0; i < order->len; i++)
    {
      WeftApply   *apply = g_ptr_array_index (order, i);
      WeftWidening one = { .apply = apply };

      for (guint k = 0; k < apply->n_inputs; k++)
        if (narrow_input (apply, k) != NULL)
          one.narrow = narrow_input (apply, k);
        else if (apply->inputs[k]->type.dtype == WEFT_F64 && !apply->inputs[k]->type.weak &&
                 !apply->inputs[k]->apply->implicit)
          one.wide = apply->inputs[k];
      if (one.narrow != NULL && one.wide != NULL)
        g_array_append_val (found, one);
    }
  return found;
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

/* Depth of recursion: of bodies in bodies, which the language bounds. */
static gboolean
check_bodies (const WeftApply *apply, GError **error)
{
  for (guint k = 0; k < apply->op->n_attrs; k++)
    {
      const WeftBody *body = apply->attrs[k].body;

      if (body != NULL && !weft_graph_check (body->graph, body->n_outputs, body->outputs, error))
        {
          g_prefix_error (error, "%s (application %u): ", apply->op->name, apply->id);
          return FALSE;
        }
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
      if (!check_types (apply, error) || !check_bodies (apply, error))
        return FALSE;
    }
  return TRUE;
}
