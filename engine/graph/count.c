/* Counted dimensions: sizes that values of the graph give at the call, such as how many elements of
 * a mask are true.
 *
 * The graph keeps which value defines which name. A definition has a smaller id than what mentions
 * its name, so the order of ids is an order in which the names can be bound.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/body.h"
#include "engine/graph/expr.h"
#include "engine/graph/graph-private.h"

/* How deep sums and products of whole numbers are looked into; bounds the recursion. */
#define MAX_DEPTH 8

/* ---- Names in attributes ---- */

/* Calls @func with each name of a dimension that @attr mentions. */
void
weft_attr_foreach_name (const WeftAttr *attr,
                        void (*func) (const char *name, gpointer data),
                        gpointer data)
{
  if (attr->dims != NULL)
    for (guint i = 0; i < attr->dims->rank; i++)
      weft_dim_foreach_name (attr->dims->dims[i], func, data);
  for (guint i = 0; i < attr->n_index; i++)
    {
      weft_dim_foreach_name (attr->index[i].start, func, data);
      weft_dim_foreach_name (attr->index[i].stop, func, data);
    }
  /* As deep as bodies are nested. */
  for (guint i = 0; attr->body != NULL && i < weft_graph_n_applies (attr->body->graph); i++)
    weft_apply_foreach_name (weft_graph_get_apply (attr->body->graph, i), func, data);
}

void
weft_apply_foreach_name (const WeftApply *apply,
                         void (*func) (const char *name, gpointer data),
                         gpointer data)
{
  for (guint i = 0; i < apply->op->n_attrs; i++)
    weft_attr_foreach_name (&apply->attrs[i], func, data);
  if (apply->op->traits & WEFT_TRAIT_LEAF && apply->op->n_attrs == 0)
    for (guint i = 0; i < apply->outputs[0].type.shape.rank; i++)
      weft_dim_foreach_name (apply->outputs[0].type.shape.dims[i], func, data);
}

/* ---- Definitions ---- */

/* TRUE if values of @graph define dimensions. */
gboolean
weft_graph_has_counted (WeftGraph *graph)
{
  return graph->counted != NULL;
}

/* The value that defines dimension @name (interned) of @graph; NULL if none does. Borrowed. */
WeftValue *
weft_graph_find_counted (WeftGraph *graph, const char *name)
{
  return graph->counted != NULL ? g_hash_table_lookup (graph->counted, name) : NULL;
}

static void
note_clash (const char *name, gpointer data)
{
  const char **wanted = data;

  if (*wanted != NULL && g_str_equal (name, *wanted))
    *wanted = NULL;
}

/* TRUE if nothing in @graph is called @name. */
static gboolean
is_fresh (WeftGraph *graph, const char *name)
{
  const char *wanted = name;

  if (weft_graph_find_counted (graph, name) != NULL)
    return FALSE;
  for (guint i = 0; i < graph->applies->len && wanted != NULL; i++)
    {
      const WeftApply *apply = g_ptr_array_index (graph->applies, i);

      if (apply->op->traits & WEFT_TRAIT_LEAF && apply->literal == NULL)
        weft_apply_foreach_name (apply, note_clash, (gpointer) &wanted);
    }
  return wanted != NULL;
}

void
weft_graph_define_counted (WeftGraph *graph, const char *name, WeftValue *value)
{
  if (graph->counted == NULL)
    {
      graph->counted = g_hash_table_new (g_str_hash, g_str_equal);
      graph->counts = g_hash_table_new (NULL, NULL);
    }
  g_hash_table_insert (graph->counted, (gpointer) g_intern_string (name), value);
  g_hash_table_insert (graph->counts, value, (gpointer) g_intern_string (name));
}

static WeftDim
named_count (WeftGraph *graph, WeftValue *value)
{
  g_autofree char *name = NULL;

  do
    {
      g_free (name);
      name = g_strdup_printf ("count_%u", ++graph->n_counted);
    }
  while (!is_fresh (graph, name));
  weft_graph_define_counted (graph, name, value);
  return weft_dim_named (name);
}

static WeftDim count_at_depth (WeftGraph *graph, WeftValue *value, guint depth);

/* A sum, difference or product of counts as one of dimensions. */
static gboolean
count_arithmetic (WeftGraph *graph, const WeftApply *apply, guint depth, WeftDim *dim)
{
  static const struct
  {
    const char *op;
    WeftDim (*combine) (WeftDim a, WeftDim b);
  } rules[] = {
    { "add", weft_dim_add },
    { "sub", weft_dim_sub },
    { "mul", weft_dim_mul },
    { "minimum", weft_dim_minimum },
    { "maximum", weft_dim_maximum },
  };

  if (depth == MAX_DEPTH || apply->n_inputs != 2)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (g_str_equal (rules[i].op, apply->op->name))
      {
        *dim = rules[i].combine (count_at_depth (graph, apply->inputs[0], depth + 1),
                                 count_at_depth (graph, apply->inputs[1], depth + 1));
        return TRUE;
      }
  return FALSE;
}

static WeftDim
count_at_depth (WeftGraph *graph, WeftValue *value, guint depth)
{
  const WeftApply *apply = value->apply;
  const char      *known = graph->counts != NULL ? g_hash_table_lookup (graph->counts, value) : NULL;
  WeftDim          dim;

  if (known != NULL)
    return weft_dim_named (known);
  if (apply->literal != NULL)
    return weft_dim ((gint64) weft_array_get (apply->literal, 0));
  if (g_str_equal (apply->op->name, "dim"))
    return apply->attrs[0].dims->dims[0];
  if (g_str_equal (apply->op->name, "cast") && weft_value_is_count (apply->inputs[0]) &&
      depth < MAX_DEPTH)
    return count_at_depth (graph, apply->inputs[0], depth + 1);
  if (count_arithmetic (graph, apply, depth, &dim))
    return dim;
  return named_count (graph, value);
}

/* TRUE if @value can be a dimension: a single whole number. */
gboolean
weft_value_is_count (const WeftValue *value)
{
  return value->type.shape.rank == 0 && weft_dtypes[value->type.dtype].kind == WEFT_KIND_INT;
}

/* Errors: WEFT_EXPR_ERROR_VALUE where @graph is the body of a loop: its sizes are fixed before it
 * runs. */
gboolean
weft_graph_can_count (WeftGraph *graph, GError **error)
{
  if (!graph->is_body)
    return TRUE;
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
               "a size inside a loop cannot come from data; compute it before the loop");
  return FALSE;
}

/* What @count, a single whole number (weft_value_is_count), is at the call, as a dimension: a name
 * of its own that the graph remembers; the same for the same value. A constant is a number, a
 * dimension that was made a value is itself, sums, differences and products of such are
 * expressions. */
WeftDim
weft_graph_count_dim (WeftGraph *graph, WeftValue *count)
{
  g_return_val_if_fail (weft_value_is_count (count), weft_dim (0));

  return count_at_depth (graph, count, 0);
}

/* What @value of @graph gives, under the name @name if that is free. */
WeftDim
weft_graph_carry_counted (WeftGraph *graph, const char *name, WeftValue *value)
{
  if (weft_graph_find_counted (graph, name) == NULL && value->apply->literal == NULL &&
      !g_str_equal (value->apply->op->name, "dim") &&
      (graph->counts == NULL || !g_hash_table_contains (graph->counts, value)))
    weft_graph_define_counted (graph, name, value);
  return weft_graph_count_dim (graph, value);
}

/* ---- What is needed ---- */

typedef struct
{
  WeftGraph  *graph;
  GHashTable *seen;
  GArray     *found; /* WeftCounted */
} Search;

static void
search_name (const char *name, gpointer data)
{
  Search     *search = data;
  WeftCounted counted = { name, weft_graph_find_counted (search->graph, name) };

  if (counted.value != NULL && g_hash_table_add (search->seen, (gpointer) name))
    g_array_append_val (search->found, counted);
}

static int
compare_counted (gconstpointer a, gconstpointer b)
{
  const WeftCounted *x = a, *y = b;

  return (x->value->id > y->value->id) - (x->value->id < y->value->id);
}

/* The counted dimensions that what @values reach mentions, with those that they need themselves;
 * each one after all that its value depends on. WeftCounted; the caller owns the array. */
GArray *
weft_graph_counted_dims (WeftGraph *graph, guint n, WeftValue *const *values)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (WeftCounted));
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) order = NULL;
  Search search = { graph, seen, found };

  if (graph->counted == NULL)
    return found;
  order = weft_graph_order (graph, n, values);
  for (guint i = 0; i < order->len; i++)
    weft_apply_foreach_name (g_ptr_array_index (order, i), search_name, &search);
  for (guint i = 0; i < n; i++)
    for (guint k = 0; k < values[i]->type.shape.rank; k++)
      weft_dim_foreach_name (values[i]->type.shape.dims[k], search_name, &search);
  g_array_sort (found, compare_counted);
  return found;
}
