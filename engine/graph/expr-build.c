/* From expressions to graph values: the postfix array run over a stack of bindings.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/nearest.h"
#include "engine/graph/expr-private.h"
#include "engine/graph/graph-private.h"

#include <math.h>
#include <string.h>

/* What x[i] and x.at[i] are to a method that writes there. */
typedef enum
{
  NO_PART,
  AT,        /* x.at */
  PART,      /* x[i] */
  PART_OF_AT /* x.at[i] */
} Part;

typedef struct
{
  WeftBinding binding;
  const char *keyword;
  Part        part;
} Entry;

typedef struct
{
  WeftGraph *graph;
  WeftScope *scope;
  GArray    *stack; /* Entry */
  WeftExpr  *expr;
} Builder;

static Entry *
entry_at (Builder *builder, guint below_top)
{
  return &g_array_index (builder->stack, Entry, builder->stack->len - 1 - below_top);
}

/* Replaces the top @n entries by @binding. */
static void
replace (Builder *builder, guint n, const WeftBinding *binding)
{
  Entry entry = { *binding, NULL, NO_PART };

  g_array_set_size (builder->stack, builder->stack->len - n);
  g_array_append_val (builder->stack, entry);
}

/* ---- Names ---- */

static void
offer_name (const char *name, gpointer data)
{
  weft_nearest_offer (data, name);
}

static gboolean
unknown_name (Builder *builder, const char *name, GError **error)
{
  WeftNearest      nearest;
  g_autofree char *hint = NULL;

  weft_nearest_begin (&nearest, name);
  weft_scope_foreach (builder->scope, offer_name, &nearest);
  hint = weft_nearest_hint (&nearest);
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME, "there is no %s here%s", name, hint);
  return FALSE;
}

static gboolean
build_name (Builder *builder, const char *name, GError **error)
{
  const WeftBinding *bound = weft_scope_get (builder->scope, name);
  WeftBinding        binding = { 0 };
  WeftDType          dtype;
  double             number;

  if (bound != NULL)
    {
      replace (builder, 0, bound);
      return TRUE;
    }
  if (weft_expr_constant (name, &number))
    {
      binding = weft_binding_of_attr (weft_attr_float (number));
      replace (builder, 0, &binding);
      return TRUE;
    }
  if (g_str_equal (name, "newaxis"))
    binding = weft_binding_of_attr (weft_attr_none ());
  else if (weft_dtype_parse (name, &dtype))
    binding = weft_binding_of_attr (weft_attr_dtype (dtype));
  else if (weft_op_find (name) != NULL || weft_expr_find_function (name) != NULL)
    binding = (WeftBinding){ .kind = WEFT_BIND_OP, .op = name };
  else
    return unknown_name (builder, name, error);
  replace (builder, 0, &binding);
  return TRUE;
}

static void
build_const (Builder *builder, const char *name)
{
  WeftBinding binding;

  if (g_str_equal (name, "None"))
    binding = weft_binding_of_attr (weft_attr_none ());
  else if (g_str_equal (name, "Ellipsis"))
    {
      WeftAttr attr = { .kind = WEFT_ATTR_INDEX, .n_index = 1 };

      attr.index = weft_graph_alloc (builder->graph, sizeof *attr.index);
      *attr.index = (WeftIndex){ .kind = WEFT_INDEX_REST, .step = 1 };
      binding = weft_binding_of_attr (attr);
    }
  else
    binding = weft_binding_of_attr (weft_attr_bool (g_str_equal (name, "True")));
  replace (builder, 0, &binding);
}

/* ---- Operators, calls ---- */

static gboolean
build_operator (Builder *builder, const char *op, guint n, GError **error)
{
  const char *const keywords[2] = { NULL, NULL };
  g_autoptr (GError) problem = NULL;
  WeftBinding args[2], result = { 0 };

  for (guint i = 0; i < n; i++)
    args[i] = entry_at (builder, n - 1 - i)->binding;
  if (!weft_expr_fold (builder->graph, op, n, args, &result, &problem))
    {
      if (problem != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
      if (g_str_equal (op, "pos"))
        result = args[0];
      else if (!weft_expr_call (builder->graph, NULL, op, n, args, keywords, &result, error))
        return FALSE;
    }
  replace (builder, n, &result);
  return TRUE;
}

/* The top @n entries as arguments of @name; a method's object is the first of them. */
static gboolean
build_call (Builder *builder, const char *name, guint n, gboolean in_scope, GError **error)
{
  g_autofree WeftBinding *args = g_new (WeftBinding, n + 1);
  g_autofree const char **keywords = g_new (const char *, n + 1);
  WeftBinding             result = { 0 };

  for (guint i = 0; i < n; i++)
    {
      args[i] = entry_at (builder, n - 1 - i)->binding;
      keywords[i] = entry_at (builder, n - 1 - i)->keyword;
    }
  if (!weft_expr_call (builder->graph, in_scope ? builder->scope : NULL, name, n, args, keywords,
                       &result, error))
    return FALSE;
  replace (builder, n, &result);
  return TRUE;
}

/* ---- Writing: x[i].set (v) ---- */

/* How the method @name of a part writes; NULL: it is no such method. x[i].min (0) is a reduction
 * along axis 0, x[i].min (v) and x.at[i].min (0) write. */
static const char *
write_mode (const char *name, Part part, guint n, const Entry *first)
{
  static const struct
  {
    const char *name, *mode;
  } modes[] = {
    { "set", "set" },
    { "add", "add" },
    { "subtract", "sub" },
    { "sub", "sub" },
    { "multiply", "mul" },
    { "mul", "mul" },
    { "divide", "div" },
    { "div", "div" },
    { "min", "min" },
    { "max", "max" },
  };
  gboolean reduces = part == PART && name[0] == 'm' && name[1] != 'u';

  if (part < PART || n != 1 || first->keyword != NULL ||
      (reduces && first->binding.kind != WEFT_BIND_VALUE &&
       !weft_binding_is_attr (&first->binding, WEFT_ATTR_FLOAT)))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    if (g_str_equal (modes[i].name, name))
      return modes[i].mode;
  return NULL;
}

static gboolean
build_method (Builder *builder, const WeftExprItem *item, GError **error)
{
  const char *const keywords[3] = { NULL, NULL, NULL };
  const Entry      *object = entry_at (builder, item->n_args);
  const char       *mode =
    write_mode (item->name, object->part, item->n_args, entry_at (builder, 0));
  WeftBinding args[3], result = { 0 };

  if (mode == NULL && object->part >= PART && item->n_args == 0 && g_str_equal (item->name, "get"))
    return TRUE;
  if (mode == NULL)
    return build_call (builder, item->name, item->n_args + 1, FALSE, error);
  args[0] = object->binding;
  args[1] = entry_at (builder, 0)->binding;
  args[2] = weft_binding_of_attr (weft_attr_string (mode));
  if (!weft_expr_call (builder->graph, NULL, "write_part", 3, args, keywords, &result, error))
    return FALSE;
  replace (builder, 2, &result);
  return TRUE;
}

static gboolean
build_if_else (Builder *builder, GError **error)
{
  const char *const  keywords[3] = { NULL, NULL, NULL };
  const WeftBinding *condition = &entry_at (builder, 1)->binding;
  WeftBinding        args[3] = { *condition, entry_at (builder, 2)->binding,
                                 entry_at (builder, 0)->binding };
  WeftBinding        result = { 0 };

  /* A condition that is known now chooses now. */
  if (weft_binding_is_attr (condition, WEFT_ATTR_BOOL))
    result = condition->attr.i ? args[1] : args[2];
  else if (!weft_expr_call (builder->graph, NULL, "where", 3, args, keywords, &result, error))
    return FALSE;
  replace (builder, 3, &result);
  return TRUE;
}

/* ---- Parts of objects ---- */

static void
shape_tuple (WeftGraph *graph, const WeftShape *shape, WeftBinding *result)
{
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = shape->rank };
  result->items = weft_graph_alloc (graph, MAX (shape->rank, 1) * sizeof *result->items);
  for (guint i = 0; i < shape->rank; i++)
    result->items[i] = weft_binding_of_dim (graph, shape->dims[i]);
}

static gboolean
build_attr (Builder *builder, const char *name, GError **error)
{
  const char *const keyword = NULL;
  WeftBinding       object, result = { 0 };
  WeftValue        *value = weft_binding_to_value (&entry_at (builder, 0)->binding, builder->graph, error);

  if (value == NULL)
    return FALSE;
  object = weft_binding_of_value (value);
  if (g_str_equal (name, "shape"))
    shape_tuple (builder->graph, &value->type.shape, &result);
  else if (g_str_equal (name, "ndim"))
    result = weft_binding_of_attr (weft_attr_int (value->type.shape.rank));
  else if (g_str_equal (name, "size"))
    result = weft_binding_of_dim (builder->graph, weft_shape_size (&value->type.shape));
  else if (g_str_equal (name, "dtype"))
    result = weft_binding_of_attr (weft_attr_dtype (value->type.dtype));
  else if (g_str_equal (name, "at"))
    result = object;
  else if (!g_str_equal (name, "T"))
    {
      g_set_error (
        error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME,
        "a tensor has no .%s; it has .T .shape .ndim .size .dtype .at and methods such as .sum()",
        name);
      return FALSE;
    }
  else if (!weft_expr_call (builder->graph, NULL, "transpose", 1, &object, &keyword, &result,
                            error))
    return FALSE;
  replace (builder, 1, &result);
  if (g_str_equal (name, "at"))
    entry_at (builder, 0)->part = AT;
  return TRUE;
}

static gboolean
build_slice (Builder *builder, GError **error)
{
  const WeftBinding *start = &entry_at (builder, 2)->binding,
                    *stop = &entry_at (builder, 1)->binding,
                    *step = &entry_at (builder, 0)->binding;
  WeftAttr    attr = { .kind = WEFT_ATTR_INDEX, .n_index = 1 };
  WeftIndex  *index = weft_graph_alloc (builder->graph, sizeof *index);
  WeftBinding result;
  GError     *problem = NULL;

  *index = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = 1 };
  index->has_start = weft_binding_to_dim (start, builder->graph, &index->start, &problem);
  index->has_stop =
    problem == NULL && weft_binding_to_dim (stop, builder->graph, &index->stop, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  if ((!index->has_start && !weft_binding_is_attr (start, WEFT_ATTR_NONE)) ||
      (!index->has_stop && !weft_binding_is_attr (stop, WEFT_ATTR_NONE)))
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "the bounds of a slice must be single whole numbers");
      return FALSE;
    }
  if (weft_binding_is_attr (step, WEFT_ATTR_INT))
    index->step = step->attr.i;
  if ((!weft_binding_is_attr (step, WEFT_ATTR_INT) &&
       !weft_binding_is_attr (step, WEFT_ATTR_NONE)) ||
      index->step == 0 || index->step == G_MININT64)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "the step of a slice must be a whole number other than 0");
      return FALSE;
    }
  attr.index = index;
  result = weft_binding_of_attr (attr);
  replace (builder, 3, &result);
  return TRUE;
}

static gboolean
build_index (Builder *builder, guint n, GError **error)
{
  g_autofree WeftBinding *entries = g_new (WeftBinding, n);
  WeftBinding             result = { 0 };
  Part                    part = entry_at (builder, n)->part == AT ? PART_OF_AT : PART;

  for (guint i = 0; i < n; i++)
    entries[i] = entry_at (builder, n - 1 - i)->binding;
  if (!weft_expr_index (builder->graph, &entry_at (builder, n)->binding, n, entries, &result,
                        error))
    return FALSE;
  replace (builder, n + 1, &result);
  entry_at (builder, 0)->part = part;
  return TRUE;
}

static void
build_tuple (Builder *builder, guint n)
{
  WeftBinding result = { .kind = WEFT_BIND_TUPLE, .n_items = n };

  result.items = weft_graph_alloc (builder->graph, MAX (n, 1) * sizeof *result.items);
  for (guint i = 0; i < n; i++)
    result.items[i] = entry_at (builder, n - 1 - i)->binding;
  replace (builder, n, &result);
}

/* ---- Statements ---- */

static void
assign (Builder *builder, const char *name, const WeftBinding *binding)
{
  weft_scope_set (builder->scope, name, binding);
}

static gboolean
build_unpack (Builder *builder, const WeftExprItem *items, GError **error)
{
  WeftBinding tuple = entry_at (builder, 0)->binding;

  if (tuple.kind != WEFT_BIND_TUPLE || tuple.n_items != items[0].n_args)
    {
      if (tuple.kind == WEFT_BIND_TUPLE)
        g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%u names for %u values",
                     items[0].n_args, tuple.n_items);
      else
        g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                     "%s cannot be unpacked into %u names", weft_binding_kind_name (&tuple),
                     items[0].n_args);
      return FALSE;
    }
  for (guint i = 0; i < tuple.n_items; i++)
    assign (builder, items[1 + i].name, &tuple.items[i]);
  g_array_set_size (builder->stack, builder->stack->len - 1);
  return TRUE;
}

static void
build_number (Builder *builder, const WeftExprItem *item)
{
  WeftBinding binding = weft_binding_of_attr (item->is_int ? weft_attr_int (item->integer)
                                                           : weft_attr_float (item->number));

  replace (builder, 0, &binding);
}

static void
build_lambda (Builder *builder, const WeftExprItem *item)
{
  WeftLambda *lambda = g_new0 (WeftLambda, 1);
  WeftBinding binding = { .kind = WEFT_BIND_LAMBDA, .lambda = lambda };

  lambda->expr = weft_expr_ref (builder->expr);
  lambda->begin = item - &g_array_index (builder->expr->items, WeftExprItem, 0);
  lambda->scope = weft_scope_ref (builder->scope);
  g_ptr_array_add (builder->graph->lambdas, lambda);
  replace (builder, 0, &binding);
}

/* One item, which for UNPACK is followed by its names and for LAMBDA by its body. */
static gboolean
build_item (Builder *builder, const WeftExprItem *item, GError **error)
{
  WeftBinding binding;

  switch (item->kind)
    {
    case WEFT_EXPR_NUMBER:
      build_number (builder, item);
      return TRUE;
    case WEFT_EXPR_NAME:
      return build_name (builder, item->name, error);
    case WEFT_EXPR_STRING:
      binding = weft_binding_of_attr (weft_attr_string (item->name));
      replace (builder, 0, &binding);
      return TRUE;
    case WEFT_EXPR_CONST:
      build_const (builder, item->name);
      return TRUE;
    case WEFT_EXPR_CALL:
      return build_call (builder, item->name, item->n_args, TRUE, error);
    case WEFT_EXPR_METHOD:
      return build_method (builder, item, error);
    case WEFT_EXPR_KEYWORD:
      entry_at (builder, 0)->keyword = item->name;
      return TRUE;
    case WEFT_EXPR_ATTR:
      return build_attr (builder, item->name, error);
    case WEFT_EXPR_UNARY:
      return build_operator (builder, item->name, 1, error);
    case WEFT_EXPR_BINARY:
      return build_operator (builder, item->name, 2, error);
    case WEFT_EXPR_INDEX:
      return build_index (builder, item->n_args, error);
    case WEFT_EXPR_SLICE:
      return build_slice (builder, error);
    case WEFT_EXPR_IF_ELSE:
      return build_if_else (builder, error);
    case WEFT_EXPR_TUPLE:
      build_tuple (builder, item->n_args);
      return TRUE;
    case WEFT_EXPR_ASSIGN:
      assign (builder, item->name, &entry_at (builder, 0)->binding);
      g_array_set_size (builder->stack, builder->stack->len - 1);
      return TRUE;
    case WEFT_EXPR_UNPACK:
      return build_unpack (builder, item, error);
    case WEFT_EXPR_DROP:
      g_array_set_size (builder->stack, builder->stack->len - 1);
      return TRUE;
    case WEFT_EXPR_LAMBDA:
      build_lambda (builder, item);
      return TRUE;
    case WEFT_EXPR_LAMBDA_END:
      break;
    }
  return FALSE;
}

/* TRUE if @message begins with a place, "1:7: ". */
static gboolean
has_place (const char *message)
{
  gsize line = strspn (message, "0123456789");
  gsize column = message[line] == ':' ? strspn (message + line + 1, "0123456789") : 0;

  return line > 0 && column > 0 && g_str_has_prefix (message + line + 1 + column, ": ");
}

/* Items @from to @to; the last value is on the stack then. */
static gboolean
run_items (Builder *builder, guint from, guint to, GError **error)
{
  const WeftExprItem *items = &g_array_index (builder->expr->items, WeftExprItem, 0);

  for (guint i = from; i < to; i++)
    {
      g_autoptr (GError) problem = NULL;

      if (!build_item (builder, &items[i], &problem))
        {
          if (!has_place (problem->message))
            g_prefix_error (&problem, "%u:%u: ", items[i].line, items[i].column);
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
      if (items[i].kind == WEFT_EXPR_UNPACK)
        i += items[i].n_args;
      else if (items[i].kind == WEFT_EXPR_LAMBDA)
        i += items[i].integer;
    }
  return TRUE;
}

gboolean
weft_lambda_run (const WeftLambda  *lambda,
                 WeftGraph         *graph,
                 const WeftBinding *args,
                 WeftBinding       *result,
                 GError           **error)
{
  const WeftExprItem *item = weft_lambda_item (lambda);
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autoptr (WeftScope) scope = weft_scope_new_inside (lambda->scope, NULL);
  Builder builder = { graph, scope, stack, lambda->expr };

  for (guint i = 0; i < item->n_args; i++)
    weft_scope_set (scope, item[1 + i].name, &args[i]);
  if (!run_items (&builder, lambda->begin + 1 + item->n_args, lambda->begin + item->integer, error))
    return FALSE;
  *result = entry_at (&builder, 0)->binding;
  return TRUE;
}

/* Builds @expr in @graph with the names of @scope, to which assignments add. @result (may be NULL)
 * is the last bare expression, or None where the text ends with an assignment. Errors:
 * WEFT_EXPR_ERROR, WEFT_TYPE_ERROR, prefixed "line:column: ". */
gboolean
weft_expr_build (
  WeftExpr *expr, WeftGraph *graph, WeftScope *scope, WeftBinding *result, GError **error)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Entry));
  Builder builder = { graph, scope, stack, expr };

  if (graph->depth == 0)
    graph->n_calls = 0;
  if (!run_items (&builder, 0, expr->items->len, error))
    return FALSE;
  if (result != NULL)
    *result =
      stack->len > 0 ? entry_at (&builder, 0)->binding : weft_binding_of_attr (weft_attr_none ());
  return TRUE;
}

/* Builds @expr and returns its result as a value of definite type: a bare number becomes i64 or
 * f32. Borrowed from @graph. Errors: as weft_expr_build; WEFT_EXPR_ERROR_VALUE if the text has no
 * result or it is no tensor. */
WeftValue *
weft_expr_build_value (WeftExpr *expr, WeftGraph *graph, WeftScope *scope, GError **error)
{
  WeftBinding result;
  WeftValue  *value;

  if (!weft_expr_build (expr, graph, scope, &result, error))
    return NULL;
  if (!expr->has_result)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "the last line must be an expression, not an assignment");
      return NULL;
    }
  value = weft_binding_to_value (&result, graph, error);
  return value != NULL ? weft_graph_strong (graph, value) : NULL;
}

/* Builds @expr, which must give an attribute of @kind; memory of @graph. Errors: as
 * weft_expr_build. */
gboolean
weft_expr_build_attr (WeftExpr    *expr,
                      WeftGraph   *graph,
                      WeftScope   *scope,
                      WeftAttrKind kind,
                      WeftAttr    *attr,
                      GError     **error)
{
  WeftBinding result;

  return weft_expr_build (expr, graph, scope, &result, error) &&
         weft_binding_to_attr (&result, graph, kind, attr, error);
}
