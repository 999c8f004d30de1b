/* Graphs: the arena, origins, leaves and attribute makers. Applying ops is in apply.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/body.h"
#include "engine/graph/expr-private.h"
#include "engine/graph/graph-private.h"

#include <string.h>

#define BLOCK_BYTES (64 * 1024)

/* ---- Origins ---- */

static guint
origins_hash (gconstpointer key)
{
  const WeftOrigins *origins = key;
  guint              hash = origins->n;

  for (guint i = 0; i < origins->n; i++)
    hash = hash * 31 + origins->nodes[i];
  return hash;
}

static gboolean
origins_equal (gconstpointer a, gconstpointer b)
{
  const WeftOrigins *x = a, *y = b;

  return x->n == y->n && memcmp (x->nodes, y->nodes, x->n * sizeof x->nodes[0]) == 0;
}

/* The interned union of @a and the @n sorted numbers @nodes. */
static const WeftOrigins *
origins_union (WeftGraph *graph, const WeftOrigins *a, const guint32 *nodes, guint n)
{
  gsize                   bytes = sizeof (WeftOrigins) + (a->n + n) * sizeof (guint32);
  g_autofree WeftOrigins *sum = g_malloc (bytes);
  WeftOrigins            *kept;
  guint                   i = 0, k = 0;

  sum->n = 0;
  while (i < a->n || k < n)
    {
      guint32 next;

      if (k == n || (i < a->n && a->nodes[i] <= nodes[k]))
        next = a->nodes[i++];
      else
        next = nodes[k++];
      if (sum->n == 0 || sum->nodes[sum->n - 1] != next)
        sum->nodes[sum->n++] = next;
    }
  kept = g_hash_table_lookup (graph->origins, sum);
  if (kept == NULL)
    {
      kept = weft_graph_alloc (graph, bytes);
      memcpy (kept, sum, sizeof *sum + sum->n * sizeof (guint32));
      g_hash_table_add (graph->origins, kept);
    }
  return kept;
}

static const WeftOrigins *
current_origins (WeftGraph *graph)
{
  return g_ptr_array_index (graph->stack, graph->stack->len - 1);
}

/* Applications made until the matching pop also come from document node @node. */
void
weft_graph_push_origin (WeftGraph *graph, guint32 node)
{
  g_ptr_array_add (graph->stack,
                   (gpointer) origins_union (graph, current_origins (graph), &node, 1));
}

/* Applications made until the matching pop also come from all of @origins, which may be another
 * graph's. */
void
weft_graph_push_origins (WeftGraph *graph, const WeftOrigins *origins)
{
  const WeftOrigins *current = current_origins (graph), *all = NULL;

  /* Most often there is nothing to unite. */
  if (origins == current || origins->n == 0)
    all = current;
  else if (current->n == 0)
    all = g_hash_table_lookup (graph->origins, origins);
  if (all == NULL)
    all = origins_union (graph, current, origins->nodes, origins->n);
  g_ptr_array_add (graph->stack, (gpointer) all);
}

/* Ends the innermost push. */
void
weft_graph_pop_origin (WeftGraph *graph)
{
  g_return_if_fail (graph->stack->len > 1);
  g_ptr_array_set_size (graph->stack, graph->stack->len - 1);
}

/* The interned union of @a and @b, for a rewrite that makes one application of two. Borrowed from
 * @graph. */
const WeftOrigins *
weft_graph_union_origins (WeftGraph *graph, const WeftOrigins *a, const WeftOrigins *b)
{
  return origins_union (graph, a, b->nodes, b->n);
}

/* ---- The arena ---- */

/* A new, empty graph. The caller frees it with weft_graph_free. */
WeftGraph *
weft_graph_new (void)
{
  WeftGraph   *graph = g_new0 (WeftGraph, 1);
  WeftOrigins *none;

  graph->blocks = g_ptr_array_new_with_free_func (g_free);
  graph->applies = g_ptr_array_new ();
  graph->literals = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  graph->shared = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) weft_shared_unref, NULL);
  graph->origins = g_hash_table_new (origins_hash, origins_equal);
  graph->stack = g_ptr_array_new ();
  graph->bodies = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_body_unref);
  graph->lambdas = g_ptr_array_new_with_free_func (weft_lambda_free);
  none = weft_graph_alloc (graph, sizeof *none);
  none->n = 0;
  g_hash_table_add (graph->origins, none);
  g_ptr_array_add (graph->stack, none);
  return graph;
}

/* Frees @graph (NULL is fine) with all its values; shared variables and literals lose a reference.
 */
void
weft_graph_free (WeftGraph *graph)
{
  if (graph == NULL)
    return;
  g_ptr_array_unref (graph->lambdas);
  g_ptr_array_unref (graph->bodies);
  g_clear_pointer (&graph->counted, g_hash_table_unref);
  g_clear_pointer (&graph->counts, g_hash_table_unref);
  g_ptr_array_unref (graph->stack);
  g_hash_table_unref (graph->origins);
  g_hash_table_unref (graph->shared);
  g_ptr_array_unref (graph->literals);
  g_ptr_array_unref (graph->applies);
  g_ptr_array_unref (graph->blocks);
  g_free (graph);
}

/* @size bytes, zeroed, 16-aligned, that live as long as @graph. */
gpointer
weft_graph_alloc (WeftGraph *graph, gsize size)
{
  gpointer memory;

  size = (size + 15) & ~(gsize) 15;
  if (graph->block_used + size > graph->block_size || graph->blocks->len == 0)
    {
      graph->block_size = MAX (size, BLOCK_BYTES);
      graph->block_used = 0;
      g_ptr_array_add (graph->blocks, g_malloc0 (graph->block_size));
    }
  memory = (char *) g_ptr_array_index (graph->blocks, graph->blocks->len - 1) + graph->block_used;
  graph->block_used += size;
  return memory;
}

/* An application without attributes yet. */
static WeftApply *
add_apply (WeftGraph        *graph,
           const WeftOp     *op,
           guint             n_inputs,
           WeftValue *const *inputs,
           guint             n_outputs)
{
  WeftApply *apply = weft_graph_alloc (graph, sizeof (WeftApply) + n_outputs * sizeof (WeftValue));

  apply->id = graph->applies->len;
  apply->op = op;
  apply->n_inputs = n_inputs;
  apply->n_outputs = n_outputs;
  apply->origins = current_origins (graph);
  if (n_inputs > 0)
    {
      apply->inputs = weft_graph_alloc (graph, n_inputs * sizeof (WeftValue *));
      memcpy (apply->inputs, inputs, n_inputs * sizeof (WeftValue *));
    }
  for (guint i = 0; i < n_outputs; i++)
    {
      apply->outputs[i].id = graph->n_values++;
      apply->outputs[i].index = i;
      apply->outputs[i].apply = apply;
    }
  g_ptr_array_add (graph->applies, apply);
  return apply;
}

WeftApply *
weft_graph_add_apply (WeftGraph        *graph,
                      const WeftOp     *op,
                      guint             n_inputs,
                      WeftValue *const *inputs,
                      const WeftAttr   *attrs,
                      guint             n_outputs)
{
  WeftApply *apply = add_apply (graph, op, n_inputs, inputs, n_outputs);

  if (op->n_attrs > 0)
    {
      apply->attrs = weft_graph_alloc (graph, op->n_attrs * sizeof (WeftAttr));
      for (guint i = 0; i < op->n_attrs; i++)
        apply->attrs[i] =
          weft_graph_own_attr (graph, attrs != NULL ? &attrs[i] : &op->attrs[i].otherwise, NULL);
    }
  return apply;
}

/* A leaf of another graph in @graph. */
static WeftApply *
leaf_again (WeftGraph *graph, const WeftApply *apply)
{
  WeftApply *again;

  if (apply->shared != NULL)
    return weft_graph_shared (graph, apply->shared)->apply;
  again = weft_graph_add_apply (graph, apply->op, 0, NULL, apply->attrs, 1);
  again->literal = apply->literal;
  if (apply->literal != NULL)
    g_ptr_array_add (graph->literals, weft_array_ref (apply->literal));
  return again;
}

/* @apply, of @graph or of another, once more over @inputs, which have the types of its own: nothing
 * is checked, cast or inferred; origins, names, types and the stream of random numbers are the
 * same. Of a shared variable there is one application in a graph. Borrowed from @graph. */
WeftApply *
weft_graph_again (WeftGraph *graph, const WeftApply *apply, WeftValue *const *inputs)
{
  gboolean own =
    apply->id < graph->applies->len && weft_graph_get_apply (graph, apply->id) == apply;
  WeftApply *again;

  weft_graph_push_origins (graph, apply->origins);
  if (apply->n_inputs == 0)
    again = leaf_again (graph, apply);
  else if (own)
    {
      again = add_apply (graph, apply->op, apply->n_inputs, inputs, apply->n_outputs);
      again->attrs = apply->attrs;
    }
  else
    again = weft_graph_add_apply (graph, apply->op, apply->n_inputs, inputs,
                                  apply->attrs, apply->n_outputs);
  weft_graph_pop_origin (graph);
  again->stream = apply->stream;
  again->implicit = apply->implicit;
  if (!own)
    graph->n_streams = MAX (graph->n_streams, apply->stream);
  for (guint i = 0; i < apply->op->n_attrs && !own; i++)
    if (apply->attrs[i].kind == WEFT_ATTR_BODY)
      graph->n_streams = MAX (graph->n_streams, apply->attrs[i].body->graph->n_streams);
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      again->outputs[i].type = apply->outputs[i].type;
      if (again->outputs[i].name == NULL)
        again->outputs[i].name = apply->outputs[i].name;
    }
  return again;
}

void
weft_graph_drop_last (WeftGraph *graph, WeftApply *apply)
{
  g_assert (apply->id + 1 == graph->applies->len);
  g_ptr_array_set_size (graph->applies, apply->id);
  graph->n_values -= apply->n_outputs;
}

/* How many applications @graph holds, reachable or not. */
guint
weft_graph_n_applies (WeftGraph *graph)
{
  return graph->applies->len;
}

/* The application number @id; borrowed. */
WeftApply *
weft_graph_get_apply (WeftGraph *graph, guint id)
{
  g_return_val_if_fail (id < graph->applies->len, NULL);
  return g_ptr_array_index (graph->applies, id);
}

/* ---- Leaves ---- */

static WeftValue *
add_leaf (WeftGraph *graph, const char *op_name, const char *name, const WeftType *type)
{
  const WeftOp *op = weft_op_find (op_name);
  WeftApply    *apply;

  g_assert (op != NULL);
  apply = weft_graph_add_apply (graph, op, 0, NULL, NULL, 1);
  apply->outputs[0].type = *type;
  apply->outputs[0].name = name != NULL ? g_intern_string (name) : NULL;
  return &apply->outputs[0];
}

/* A new input called @name; a storage element type becomes the type that it is computed in.
 * Borrowed from @graph. */
WeftValue *
weft_graph_input (WeftGraph *graph, const char *name, const WeftType *type)
{
  WeftType compute = *type;

  compute.dtype = weft_dtypes[type->dtype].compute;
  compute.weak = FALSE;
  return add_leaf (graph, "input", name, &compute);
}

static WeftValue *
add_constant (WeftGraph *graph, WeftArray *take, gboolean weak)
{
  WeftType   type = { take->dtype, weak, weft_array_get_shape (take) };
  WeftValue *value = add_leaf (graph, "constant", NULL, &type);

  value->apply->literal = take;
  g_ptr_array_add (graph->literals, take);
  return value;
}

/* A constant that holds @array (referenced, or cast to its compute type). Borrowed from @graph. */
WeftValue *
weft_graph_constant (WeftGraph *graph, WeftArray *array)
{
  WeftDType compute = weft_dtypes[array->dtype].compute;

  return add_constant (
    graph, compute == array->dtype ? weft_array_ref (array) : weft_array_cast (array, compute),
    FALSE);
}

/* A bare whole number: weak, i64 when alone. */
WeftValue *
weft_graph_int (WeftGraph *graph, gint64 value)
{
  WeftArray *array = weft_array_new (WEFT_I64, 0, NULL);

  *(gint64 *) array->data = value;
  return add_constant (graph, array, TRUE);
}

/* A bare number: weak, held in double until it meets another type, f32 when alone. */
WeftValue *
weft_graph_float (WeftGraph *graph, double value)
{
  return add_constant (graph, weft_array_new_scalar (WEFT_F64, value), TRUE);
}

/* A constant scalar of element type @dtype. */
WeftValue *
weft_graph_scalar (WeftGraph *graph, WeftDType dtype, double value)
{
  return add_constant (graph, weft_array_new_scalar (dtype, value), FALSE);
}

/* The value of @shared (referenced) in @graph: the same value each time. */
WeftValue *
weft_graph_shared (WeftGraph *graph, WeftShared *shared)
{
  WeftValue *value = g_hash_table_lookup (graph->shared, shared);

  if (value == NULL)
    {
      WeftType type = { shared->value->dtype, FALSE, weft_array_get_shape (shared->value) };

      value = add_leaf (graph, "shared", shared->name, &type);
      value->apply->shared = shared;
      g_hash_table_insert (graph->shared, weft_shared_ref (shared), value);
    }
  return value;
}

/* Dimension @dim as a bare whole number: a constant, or op "dim", which the call resolves. */
WeftValue *
weft_graph_dim (WeftGraph *graph, WeftDim dim)
{
  WeftType      type = { WEFT_I64, TRUE, { 0 } };
  const WeftOp *op = weft_op_find ("dim");
  WeftAttr      attr;
  WeftApply    *apply;

  if (weft_dim_is_number (dim))
    return weft_graph_int (graph, dim.offset);
  attr = weft_attr_dim (graph, dim);
  apply = weft_graph_add_apply (graph, op, 0, NULL, &attr, 1);
  apply->outputs[0].type = type;
  return &apply->outputs[0];
}

/* Names @value for printing and messages, and returns it. */
WeftValue *
weft_graph_named (WeftGraph *graph, WeftValue *value, const char *name)
{
  value->name = g_intern_string (name);
  return value;
}

/* ---- Attributes for code ---- */

/* None. */
WeftAttr
weft_attr_none (void)
{
  return (WeftAttr){ .kind = WEFT_ATTR_NONE };
}

/* A whole number. */
WeftAttr
weft_attr_int (gint64 value)
{
  return (WeftAttr){ .kind = WEFT_ATTR_INT, .i = value };
}

/* A number. */
WeftAttr
weft_attr_float (double value)
{
  return (WeftAttr){ .kind = WEFT_ATTR_FLOAT, .f = value };
}

/* True or False. */
WeftAttr
weft_attr_bool (gboolean value)
{
  return (WeftAttr){ .kind = WEFT_ATTR_BOOL, .i = value != FALSE };
}

/* An element type. */
WeftAttr
weft_attr_dtype (WeftDType dtype)
{
  return (WeftAttr){ .kind = WEFT_ATTR_DTYPE, .i = dtype };
}

/* A string; interned. */
WeftAttr
weft_attr_string (const char *text)
{
  return (WeftAttr){ .kind = WEFT_ATTR_STRING, .s = g_intern_string (text) };
}

/* @n axes, memory of @graph. */
WeftAttr
weft_attr_axes (WeftGraph *graph, guint n, const gint64 *axes)
{
  WeftShape *dims = weft_graph_alloc (graph, sizeof *dims);

  g_assert (n <= WEFT_MAX_RANK);
  dims->rank = n;
  for (guint i = 0; i < n; i++)
    dims->dims[i] = weft_dim (axes[i]);
  return (WeftAttr){ .kind = WEFT_ATTR_AXES, .dims = dims };
}

/* A shape, copied into @graph. */
WeftAttr
weft_attr_shape (WeftGraph *graph, const WeftShape *shape)
{
  WeftShape *dims = weft_graph_alloc (graph, sizeof *dims);

  *dims = *shape;
  return (WeftAttr){ .kind = WEFT_ATTR_SHAPE, .dims = dims };
}

/* A dimension, memory of @graph. */
WeftAttr
weft_attr_dim (WeftGraph *graph, WeftDim dim)
{
  WeftShape *dims = weft_graph_alloc (graph, sizeof *dims);

  dims->rank = 1;
  dims->dims[0] = dim;
  return (WeftAttr){ .kind = WEFT_ATTR_DIM, .dims = dims };
}

WeftAttr
weft_graph_own_attr (WeftGraph *graph, const WeftAttr *attr, WeftBindings *bindings)
{
  WeftAttr own = *attr;

  if (attr->dims != NULL)
    {
      own.dims = weft_graph_alloc (graph, sizeof *own.dims);
      *own.dims = *attr->dims;
      if (bindings != NULL)
        weft_shape_substitute (own.dims, bindings);
    }
  if (attr->body != NULL)
    g_ptr_array_add (graph->bodies, weft_body_ref (attr->body));
  if (attr->n_index > 0)
    {
      own.index = weft_graph_alloc (graph, attr->n_index * sizeof *own.index);
      memcpy (own.index, attr->index, attr->n_index * sizeof *own.index);
      for (guint i = 0; bindings != NULL && i < attr->n_index; i++)
        {
          own.index[i].start = weft_dim_substitute (own.index[i].start, bindings);
          own.index[i].stop = weft_dim_substitute (own.index[i].stop, bindings);
        }
    }
  return own;
}

/* The value of attribute @name of @apply, which the op must have; borrowed. */
const WeftAttr *
weft_apply_attr (const WeftApply *apply, const char *name)
{
  gint index = weft_op_attr_index (apply->op, name);

  g_assert (index >= 0);
  return &apply->attrs[index];
}
