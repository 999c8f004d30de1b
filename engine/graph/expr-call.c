/* Calls in expressions: functions, ops with positional and keyword arguments, methods, element
 * types as casts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/nearest.h"
#include "engine/graph/expr-private.h"

#include <string.h>

static GHashTable *functions; /* name -> WeftExprFunction, filled at start */

/* Makes @function (copied; its texts must live for ever) callable from all texts. Once at start,
 * before other threads. */
void
weft_expr_register_function (const WeftExprFunction *function)
{
  if (functions == NULL)
    functions = g_hash_table_new (g_str_hash, g_str_equal);
  if (!g_hash_table_insert (functions, (gpointer) function->name,
                            g_memdup2 (function, sizeof *function)))
    g_error ("the function %s is registered twice", function->name);
}

/* The registered function @name, or NULL. Any thread. */
const WeftExprFunction *
weft_expr_find_function (const char *name)
{
  return functions != NULL ? g_hash_table_lookup (functions, name) : NULL;
}

static gboolean
unknown_function (const char *name, WeftScope *scope, GError **error)
{
  WeftNearest      nearest;
  g_autofree char *hint = NULL;
  GHashTableIter   iter;
  gpointer         key;
  WeftBinding     *binding = scope != NULL ? weft_scope_get (scope, name) : NULL;

  if (binding != NULL)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s is %s and cannot be called",
                   name, weft_binding_kind_name (binding));
      return FALSE;
    }
  weft_nearest_begin (&nearest, name);
  for (guint i = 0; i < weft_op_count (); i++)
    if (!(weft_op_get (i)->traits & (WEFT_TRAIT_LEAF | WEFT_TRAIT_INTERNAL)))
      weft_nearest_offer (&nearest, weft_op_get (i)->name);
  if (functions != NULL)
    {
      g_hash_table_iter_init (&iter, functions);
      while (g_hash_table_iter_next (&iter, &key, NULL))
        weft_nearest_offer (&nearest, key);
    }
  hint = weft_nearest_hint (&nearest);
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME, "there is no function %s%s", name,
               hint);
  return FALSE;
}

/* ---- Calls of ops ---- */

typedef struct
{
  WeftGraph    *graph;
  const WeftOp *op;
  WeftValue   **inputs; /* by position; NULL: not given */
  guint         n_inputs, capacity;
  WeftAttr     *attrs;
  gboolean     *has_attr;
} Call;

static gboolean
set_input (Call *call, guint index, const WeftBinding *arg, GError **error)
{
  WeftValue *value = weft_binding_to_value (arg, call->graph, error);

  if (value == NULL)
    {
      g_prefix_error (error, "%s: ", call->op->name);
      return FALSE;
    }
  if (index < call->n_inputs && call->inputs[index] != NULL)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s: %s is given twice",
                   call->op->name, call->op->input_names[index]);
      return FALSE;
    }
  call->inputs[index] = value;
  call->n_inputs = MAX (call->n_inputs, index + 1);
  return TRUE;
}

static gboolean
set_attr (Call *call, guint index, const WeftBinding *arg, GError **error)
{
  const WeftAttrSpec *spec = &call->op->attrs[index];

  if (call->has_attr[index])
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s: %s is given twice",
                   call->op->name, spec->name);
      return FALSE;
    }
  call->has_attr[index] = TRUE;
  if (weft_binding_to_attr (arg, call->graph, spec->kind, &call->attrs[index], error))
    return TRUE;
  g_prefix_error (error, "%s: %s ", call->op->name, spec->name);
  return FALSE;
}

static gboolean
set_keyword (Call *call, const char *keyword, const WeftBinding *arg, GError **error)
{
  gint             index = weft_op_attr_index (call->op, keyword);
  WeftNearest      nearest;
  g_autofree char *hint = NULL;

  if (index >= 0)
    return set_attr (call, index, arg, error);
  index = weft_op_input_index (call->op, keyword);
  if (index >= 0)
    return set_input (call, index, arg, error);
  weft_nearest_begin (&nearest, keyword);
  for (guint i = 0; i < call->op->n_attrs; i++)
    weft_nearest_offer (&nearest, call->op->attrs[i].name);
  hint = weft_nearest_hint (&nearest);
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME, "%s: has no argument %s%s",
               call->op->name, keyword, hint);
  return FALSE;
}

/* reshape (x, 2, 3) is reshape (x, (2, 3)): the rest of the positional arguments as one tuple. */
static gboolean
packs_rest (const Call *call, guint attr, guint n_rest, const WeftBinding *rest)
{
  WeftAttrKind kind = call->op->attrs[attr].kind;
  WeftDim      dim;

  if ((kind != WEFT_ATTR_SHAPE && kind != WEFT_ATTR_AXES) || attr + n_rest <= call->op->n_attrs)
    return FALSE;
  for (guint i = 0; i < n_rest; i++)
    if (!weft_binding_get_dim (&rest[i], &dim) &&
        (kind != WEFT_ATTR_SHAPE || rest[i].kind != WEFT_BIND_VALUE))
      return FALSE;
  return TRUE;
}

static gboolean
set_positional_attrs (Call *call, guint n, const WeftBinding *args, GError **error)
{
  for (guint i = 0; i < n; i++)
    {
      if (i >= call->op->n_attrs)
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                       "%s: takes at most %u arguments", call->op->name,
                       call->op->n_inputs + call->op->n_attrs);
          return FALSE;
        }
      if (packs_rest (call, i, n - i, args + i))
        {
          WeftBinding tuple = { .kind = WEFT_BIND_TUPLE,
                                .n_items = n - i,
                                .items = (WeftBinding *) (args + i) };

          return set_attr (call, i, &tuple, error);
        }
      if (!set_attr (call, i, &args[i], error))
        return FALSE;
    }
  return TRUE;
}

/* concat ((a, b), axis) and add_n (a, b, c): the inputs of an op that takes any number. */
static gboolean
set_variadic (Call *call, guint n, const WeftBinding *args, GError **error)
{
  guint least = call->op->n_inputs - 1;

  if (n == least + 1 || (n > least && args[least].kind == WEFT_BIND_TUPLE))
    if (args[least].kind == WEFT_BIND_TUPLE)
      {
        for (guint i = 0; i < least; i++)
          if (!set_input (call, i, &args[i], error))
            return FALSE;
        for (guint i = 0; i < args[least].n_items; i++)
          if (!set_input (call, least + i, &args[least].items[i], error))
            return FALSE;
        return set_positional_attrs (call, n - least - 1, args + least + 1, error);
      }
  for (guint i = 0; i < n; i++)
    if (!set_input (call, i, &args[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
set_positional (Call *call, guint n, const WeftBinding *args, GError **error)
{
  guint n_inputs = MIN (n, call->op->n_inputs);

  if (call->op->traits & WEFT_TRAIT_VARIADIC)
    return set_variadic (call, n, args, error);
  for (guint i = 0; i < n_inputs; i++)
    if (!set_input (call, i, &args[i], error))
      return FALSE;
  return set_positional_attrs (call, n - n_inputs, args + n_inputs, error);
}

static gboolean
fill_gaps (Call *call, GError **error)
{
  guint least = call->op->n_inputs - (call->op->traits & WEFT_TRAIT_VARIADIC ? 1 : 0);

  for (guint i = 0; i < MAX (least, call->n_inputs); i++)
    if (i >= call->n_inputs || call->inputs[i] == NULL)
      {
        g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s: %s is missing",
                     call->op->name, call->op->input_names[i]);
        return FALSE;
      }
  for (guint i = 0; i < call->op->n_attrs; i++)
    if (!call->has_attr[i])
      {
        if (!call->op->attrs[i].has_default)
          {
            g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s: %s is missing",
                         call->op->name, call->op->attrs[i].name);
            return FALSE;
          }
        call->attrs[i] = call->op->attrs[i].otherwise;
      }
  return TRUE;
}

static gboolean
call_op (WeftGraph         *graph,
         const WeftOp      *op,
         guint              n,
         const WeftBinding *args,
         const char *const *keywords,
         WeftBinding       *result,
         GError           **error)
{
  guint                  capacity = op->n_inputs + n + 1, n_positional = 0;
  g_autofree WeftValue **inputs = NULL;
  g_autofree WeftAttr   *attrs = g_new0 (WeftAttr, op->n_attrs + 1);
  g_autofree gboolean   *has_attr = g_new0 (gboolean, op->n_attrs + 1);
  Call                   call = { graph, op, NULL, 0, 0, attrs, has_attr };
  WeftValue             *value;

  for (guint i = 0; i < n; i++)
    if (args[i].kind == WEFT_BIND_TUPLE)
      capacity += args[i].n_items;
  inputs = g_new0 (WeftValue *, capacity);
  call.inputs = inputs;
  while (n_positional < n && keywords[n_positional] == NULL)
    n_positional++;
  if (!set_positional (&call, n_positional, args, error))
    return FALSE;
  for (guint i = n_positional; i < n; i++)
    if (!set_keyword (&call, keywords[i], &args[i], error))
      return FALSE;
  if (!fill_gaps (&call, error))
    return FALSE;
  value = g_str_equal (op->name, "cast")
            ? weft_graph_cast (graph, inputs[0], attrs[0].i)
            : weft_graph_apply (graph, op, call.n_inputs, inputs, attrs, error);
  if (value == NULL)
    return FALSE;
  if (value->apply->n_outputs == 1)
    {
      *result = weft_binding_of_value (value);
      return TRUE;
    }
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = value->apply->n_outputs };
  result->items = weft_graph_alloc (graph, result->n_items * sizeof *result->items);
  for (guint i = 0; i < result->n_items; i++)
    result->items[i] = weft_binding_of_value (weft_apply_output (value->apply, i));
  return TRUE;
}

/* float32 (x). */
static gboolean
call_dtype (WeftGraph         *graph,
            WeftDType          dtype,
            guint              n,
            const WeftBinding *args,
            WeftBinding       *result,
            GError           **error)
{
  WeftValue *value;

  if (n != 1)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "a cast takes one argument");
      return FALSE;
    }
  value = weft_binding_to_value (&args[0], graph, error);
  if (value == NULL)
    return FALSE;
  *result = weft_binding_of_value (weft_graph_cast (graph, value, weft_dtypes[dtype].compute));
  return TRUE;
}

/* minimum (n, 10) of a dimension is one, as n + 10 is. */
static gboolean
is_choice_of_dims (const char        *name,
                   guint              n,
                   const WeftBinding *args,
                   const char *const *keywords)
{
  WeftDim dim;

  return n == 2 && (g_str_equal (name, "minimum") || g_str_equal (name, "maximum")) &&
         keywords[0] == NULL && keywords[1] == NULL && weft_binding_get_dim (&args[0], &dim) &&
         weft_binding_get_dim (&args[1], &dim) &&
         (weft_binding_is_attr (&args[0], WEFT_ATTR_DIM) ||
          weft_binding_is_attr (&args[1], WEFT_ATTR_DIM));
}

static gboolean
call_lambda (WeftGraph         *graph,
             const char        *name,
             const WeftBinding *function,
             guint              n,
             const WeftBinding *args,
             const char *const *keywords,
             WeftBinding       *result,
             GError           **error)
{
  for (guint i = 0; i < n; i++)
    if (keywords[i] != NULL)
      {
        g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                     "%s: takes its arguments in order, not as %s=", name, keywords[i]);
        return FALSE;
      }
  return weft_binding_call (function, graph, n, args, result, error);
}

gboolean
weft_expr_call (WeftGraph         *graph,
                WeftScope         *scope,
                const char        *name,
                guint              n,
                const WeftBinding *args,
                const char *const *keywords,
                WeftBinding       *result,
                GError           **error)
{
  const WeftBinding      *bound = scope != NULL ? weft_scope_get (scope, name) : NULL;
  const WeftExprFunction *function;
  const WeftOp           *op;
  WeftDType               dtype;

  if (bound != NULL && bound->kind == WEFT_BIND_LAMBDA)
    return call_lambda (graph, name, bound, n, args, keywords, result, error);
  if (bound != NULL && bound->kind == WEFT_BIND_OP)
    name = bound->op;
  else if (bound != NULL && weft_binding_is_attr (bound, WEFT_ATTR_STRING))
    name = bound->attr.s;
  else
    bound = NULL;
  if (bound != NULL && (g_str_equal (name, "identity") || g_str_equal (name, "none")))
    {
      if (n < 1)
        return unknown_function (name, NULL, error);
      *result = args[0];
      return TRUE;
    }
  if (is_choice_of_dims (name, n, args, keywords))
    return weft_expr_fold (graph, name, n, args, result, error);
  function = weft_expr_find_function (name);
  if (function != NULL)
    return function->func (graph, n, args, keywords, function->data, result, error);
  op = weft_op_find (name);
  if (op != NULL && !(op->traits & WEFT_TRAIT_LEAF))
    return call_op (graph, op, n, args, keywords, result, error);
  if (weft_dtype_parse (name, &dtype) || g_str_equal (name, "float") || g_str_equal (name, "int"))
    return call_dtype (graph,
                       g_str_equal (name, "float") ? WEFT_F32
                       : g_str_equal (name, "int") ? WEFT_I64
                                                   : dtype,
                       n, args, result, error);
  return unknown_function (name, scope, error);
}
