/* Bindings: what a piece of an expression stands for, turned into graph values and attributes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr-private.h"

WeftBinding
weft_binding_of_dim (WeftGraph *graph, WeftDim dim)
{
  return weft_binding_of_attr (weft_dim_is_number (dim) ? weft_attr_int (dim.offset)
                                                        : weft_attr_dim (graph, dim));
}

gboolean
weft_binding_get_dim (const WeftBinding *binding, WeftDim *dim)
{
  if (weft_binding_is_attr (binding, WEFT_ATTR_INT))
    *dim = weft_dim (binding->attr.i);
  else if (weft_binding_is_attr (binding, WEFT_ATTR_DIM))
    *dim = binding->attr.dims->dims[0];
  else
    return FALSE;
  return TRUE;
}

gboolean
weft_binding_to_dim (const WeftBinding *binding, WeftGraph *graph, WeftDim *dim, GError **error)
{
  if (binding->kind != WEFT_BIND_VALUE || !weft_value_is_count (binding->value))
    return weft_binding_get_dim (binding, dim);
  if (!weft_graph_can_count (graph, error))
    return FALSE;
  *dim = weft_graph_count_dim (graph, binding->value);
  return TRUE;
}

const char *
weft_binding_kind_name (const WeftBinding *binding)
{
  static const char *const attr_names[] = { "None", "True or False", "a number",
                                            "a number", "an element type", "a tuple",
                                            "a tuple", "a dimension", "a string",
                                            "a slice", "a function" };

  switch (binding->kind)
    {
    case WEFT_BIND_VALUE:
      return "a tensor";
    case WEFT_BIND_ATTR:
      return attr_names[binding->attr.kind];
    case WEFT_BIND_OP:
      return "a function";
    case WEFT_BIND_LAMBDA:
      return "a function";
    case WEFT_BIND_TUPLE:
      return "a tuple";
    }
  return "nothing";
}

static gboolean
fail (GError **error, const char *wanted, const WeftBinding *binding)
{
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "needs %s, got %s", wanted,
               weft_binding_kind_name (binding));
  return FALSE;
}

/* Takes @problem. */
static gboolean
refuse (GError **error, GError *problem)
{
  g_propagate_error (error, problem);
  return FALSE;
}

/* ---- Nested tuples of numbers as constant arrays ---- */

/* The shape of nested tuples along the first items: [[1, 2, 3], [4, 5, 6]] is (2, 3). */
static gboolean
tuple_shape (const WeftBinding *binding, gint64 *shape, guint *rank, GError **error)
{
  *rank = 0;
  while (binding->kind == WEFT_BIND_TUPLE)
    {
      if (*rank == WEFT_MAX_RANK)
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                       "an array has at most %d dimensions", WEFT_MAX_RANK);
          return FALSE;
        }
      shape[(*rank)++] = binding->n_items;
      if (binding->n_items == 0)
        break;
      binding = &binding->items[0];
    }
  return TRUE;
}

/* Fills @numbers[index ...] from @binding, and @kinds with a bit for each kind of number; the
 * nesting is at most WEFT_MAX_RANK deep. */
static gboolean
collect_numbers (const WeftBinding *binding,
                 const gint64      *shape,
                 guint              rank,
                 GArray            *numbers,
                 guint             *kinds,
                 GError           **error)
{
  double x;

  if (rank > 0)
    {
      if (binding->kind != WEFT_BIND_TUPLE || (gint64) binding->n_items != shape[0])
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                       "the rows of an array must have equal lengths");
          return FALSE;
        }
      for (guint i = 0; i < binding->n_items; i++)
        if (!collect_numbers (&binding->items[i], shape + 1, rank - 1, numbers, kinds, error))
          return FALSE;
      return TRUE;
    }
  if (weft_binding_is_attr (binding, WEFT_ATTR_INT) ||
      weft_binding_is_attr (binding, WEFT_ATTR_BOOL))
    x = (double) binding->attr.i;
  else if (weft_binding_is_attr (binding, WEFT_ATTR_FLOAT))
    x = binding->attr.f;
  else
    return fail (error, "numbers in an array", binding);
  *kinds |= 1u << binding->attr.kind;
  g_array_append_val (numbers, x);
  return TRUE;
}

static WeftValue *
array_of_tuple (const WeftBinding *binding, WeftGraph *graph, GError **error)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (WeftArray) array = NULL;
  gint64     shape[WEFT_MAX_RANK];
  guint      rank, kinds = 0;
  gboolean   bools;
  WeftValue *value;

  if (!tuple_shape (binding, shape, &rank, error) ||
      !collect_numbers (binding, shape, rank, numbers, &kinds, error))
    return NULL;
  bools = kinds == 1u << WEFT_ATTR_BOOL;
  array = weft_array_new (bools                           ? WEFT_BOOL
                          : kinds & 1u << WEFT_ATTR_FLOAT ? WEFT_F64
                                                          : WEFT_I64,
                          rank, shape);
  for (guint i = 0; i < numbers->len; i++)
    weft_array_set (array, i, g_array_index (numbers, double, i));
  value = weft_graph_constant (graph, array);
  value->type.weak = !bools;
  return value;
}

/* @binding as a value: numbers and dimensions become weak scalars, tuples of numbers weak arrays.
 * Borrowed from @graph. Errors: WEFT_EXPR_ERROR_VALUE for anything else. */
WeftValue *
weft_binding_to_value (const WeftBinding *binding, WeftGraph *graph, GError **error)
{
  if (binding->kind == WEFT_BIND_VALUE)
    return binding->value;
  if (binding->kind == WEFT_BIND_TUPLE)
    return array_of_tuple (binding, graph, error);
  if (weft_binding_is_attr (binding, WEFT_ATTR_INT))
    return weft_graph_int (graph, binding->attr.i);
  if (weft_binding_is_attr (binding, WEFT_ATTR_FLOAT))
    return weft_graph_float (graph, binding->attr.f);
  if (weft_binding_is_attr (binding, WEFT_ATTR_BOOL))
    return weft_graph_scalar (graph, WEFT_BOOL, binding->attr.i);
  if (weft_binding_is_attr (binding, WEFT_ATTR_DIM))
    return weft_graph_dim (graph, binding->attr.dims->dims[0]);
  fail (error, "a tensor or a number", binding);
  return NULL;
}

/* ---- Attributes ---- */

static gboolean
dims_of (const WeftBinding *binding,
         WeftGraph         *graph,
         gboolean           numbers_only,
         WeftAttrKind       kind,
         WeftAttr          *attr,
         GError           **error)
{
  WeftShape          shape = { 0 };
  const WeftBinding *items = binding->kind == WEFT_BIND_TUPLE ? binding->items : binding;
  guint              n = binding->kind == WEFT_BIND_TUPLE ? binding->n_items : 1;

  if (binding->kind == WEFT_BIND_ATTR &&
      (binding->attr.kind == WEFT_ATTR_AXES || binding->attr.kind == WEFT_ATTR_SHAPE))
    {
      *attr = binding->attr;
      attr->kind = kind;
      return TRUE;
    }
  if (n > WEFT_MAX_RANK)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "%u entries: a shape has at most %d", n, WEFT_MAX_RANK);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) problem = NULL;

      if (!(numbers_only ? weft_binding_get_dim (&items[i], &shape.dims[i])
                         : weft_binding_to_dim (&items[i], graph, &shape.dims[i], &problem)) ||
          (numbers_only && !weft_dim_is_number (shape.dims[i])))
        return problem != NULL ? refuse (error, g_steal_pointer (&problem))
                               : fail (error,
                                       numbers_only ? "an axis or a tuple of axes"
                                                    : "a tuple of whole numbers or dimensions",
                                       &items[i]);
      shape.rank++;
    }
  *attr = weft_attr_shape (graph, &shape);
  attr->kind = kind;
  return TRUE;
}

static gboolean
dtype_of (const WeftBinding *binding, WeftAttr *attr, GError **error)
{
  WeftDType dtype;

  if (weft_binding_is_attr (binding, WEFT_ATTR_STRING) &&
      weft_dtype_parse (binding->attr.s, &dtype))
    *attr = weft_attr_dtype (dtype);
  else if (weft_binding_is_attr (binding, WEFT_ATTR_DTYPE))
    *attr = binding->attr;
  else
    return fail (error, "an element type such as f32", binding);
  return TRUE;
}

/* @binding as an attribute of @kind: a number fits FLOAT, one number fits AXES and SHAPE, and so
 * on; memory of @graph. Errors: WEFT_EXPR_ERROR_VALUE where it does not fit. */
gboolean
weft_binding_to_attr (
  const WeftBinding *binding, WeftGraph *graph, WeftAttrKind kind, WeftAttr *attr, GError **error)
{
  GError *problem = NULL;
  WeftDim dim;

  if (weft_binding_is_attr (binding, WEFT_ATTR_NONE) || weft_binding_is_attr (binding, kind))
    {
      *attr = binding->attr;
      return TRUE;
    }
  switch (kind)
    {
    case WEFT_ATTR_FLOAT:
      if (!weft_binding_is_attr (binding, WEFT_ATTR_INT))
        return fail (error, "a number", binding);
      *attr = weft_attr_float ((double) binding->attr.i);
      return TRUE;
    case WEFT_ATTR_AXES:
      return dims_of (binding, graph, TRUE, kind, attr, error);
    case WEFT_ATTR_SHAPE:
      return dims_of (binding, graph, FALSE, kind, attr, error);
    case WEFT_ATTR_DIM:
      if (!weft_binding_to_dim (binding, graph, &dim, &problem))
        return problem != NULL ? refuse (error, problem)
                               : fail (error, "a whole number or a dimension", binding);
      *attr = weft_attr_dim (graph, dim);
      return TRUE;
    case WEFT_ATTR_DTYPE:
      return dtype_of (binding, attr, error);
    case WEFT_ATTR_STRING:
      if (binding->kind != WEFT_BIND_OP)
        return fail (error, "a name in quotes", binding);
      *attr = weft_attr_string (binding->op);
      return TRUE;
    case WEFT_ATTR_INT:
      return fail (error, "a whole number", binding);
    case WEFT_ATTR_BOOL:
      return fail (error, "True or False", binding);
    case WEFT_ATTR_INDEX:
      return fail (error, "an index", binding);
    case WEFT_ATTR_BODY:
      return fail (error, "a function", binding);
    case WEFT_ATTR_NONE:
      break;
    }
  return fail (error, "None", binding);
}
