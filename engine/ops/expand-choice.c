/* Choices and gradients of one's own as functions of the language: cond, custom_gradient, and
 * BRANCH and CUSTOM as they are written out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"
#include "engine/ops/loop.h"

/* ---- Branches ---- */

typedef struct
{
  WeftBodyMaker *maker;
  GPtrArray     *values; /* WeftValue* of the maker's graph: what the branch returns */
  gboolean       tuple;  /* not one value alone */
} Branch;

static void
branch_clear (Branch *branch)
{
  g_clear_pointer (&branch->maker, weft_body_maker_free);
  g_clear_pointer (&branch->values, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Branch, branch_clear)

/* What @binding, a function without parameters or a value, returns. @args: its parameters. */
static gboolean
build_branch (Branch            *branch,
              const char        *name,
              WeftGraph         *graph,
              const WeftBinding *binding,
              const GPtrArray   *args,
              GError           **error)
{
  g_autoptr (GArray) params = g_array_new (FALSE, FALSE, sizeof (WeftBinding));
  WeftBinding function, result;
  WeftGraph  *body;
  guint       n;

  branch->maker = weft_body_maker_new (graph);
  branch->values = g_ptr_array_new ();
  body = weft_body_maker_get_graph (branch->maker);
  for (guint i = 0; i < args->len; i++)
    {
      const WeftValue *arg = g_ptr_array_index (args, i);
      WeftBinding      param = { .kind = WEFT_BIND_VALUE };
      const char      *given = weft_binding_param (binding, i);

      param.value =
        weft_body_maker_input (branch->maker, given != NULL ? given : arg->name, &arg->type);
      g_array_append_val (params, param);
    }
  if (!weft_binding_import (binding, branch->maker, &function))
    return FALSE;
  result = function;
  if (weft_binding_is_function (binding) &&
      !weft_binding_call (&function, body, params->len, (WeftBinding *) (void *) params->data,
                          &result, error))
    return FALSE;
  branch->tuple = result.kind == WEFT_BIND_TUPLE;
  n = branch->tuple ? result.n_items : 1;
  for (guint i = 0; i < n; i++)
    {
      WeftValue *value =
        weft_binding_to_value (branch->tuple ? &result.items[i] : &result, body, error);

      if (value == NULL)
        {
          g_prefix_error (error, "%s: a result ", name);
          return FALSE;
        }
      g_ptr_array_add (branch->values, value);
    }
  return TRUE;
}

/* Casts the two results to one element type: bare numbers adopt the other's. */
static void
promote (Branch *a, Branch *b, guint i)
{
  WeftValue *x = a->values->pdata[i], *y = b->values->pdata[i];
  WeftDType  dtype;

  if (x->type.weak && y->type.weak)
    dtype = weft_dtype_is_float (x->type.dtype) || weft_dtype_is_float (y->type.dtype) ? WEFT_F32
                                                                                       : WEFT_I64;
  else if (x->type.weak || y->type.weak)
    {
      const WeftType *strong = x->type.weak ? &y->type : &x->type;
      const WeftType *weak = x->type.weak ? &x->type : &y->type;

      dtype = weft_dtype_is_float (weak->dtype) && !weft_dtype_is_float (strong->dtype)
                ? WEFT_F32
                : strong->dtype;
    }
  else
    dtype = weft_dtype_promote (x->type.dtype, y->type.dtype);
  a->values->pdata[i] = weft_graph_cast (weft_body_maker_get_graph (a->maker), x, dtype);
  b->values->pdata[i] = weft_graph_cast (weft_body_maker_get_graph (b->maker), y, dtype);
}

static gboolean
finish_branch (WeftGraph *graph, WeftApply *apply, gboolean tuple, WeftBinding *result)
{
  if (!tuple)
    return weft_expand_give (weft_apply_output (apply, 0), result);
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = apply->n_outputs };
  result->items = weft_graph_alloc (graph, apply->n_outputs * sizeof *result->items);
  for (guint i = 0; i < apply->n_outputs; i++)
    weft_expand_give (weft_apply_output (apply, i), &result->items[i]);
  return TRUE;
}

static WeftBody *
finish_body (Branch *branch, GPtrArray *captures)
{
  return weft_body_maker_finish (branch->maker, branch->values->len,
                                 (WeftValue **) branch->values->pdata, captures);
}

/* BRANCH of @then and @otherwise, both over @args (values of @graph) and what they see. */
static gboolean
choose (const char        *name,
        WeftGraph         *graph,
        WeftValue         *condition,
        const GPtrArray   *args,
        const WeftBinding *then,
        const WeftBinding *otherwise,
        WeftBinding       *result,
        GError           **error)
{
  g_auto (Branch) a = { 0 };
  g_auto (Branch) b = { 0 };
  g_autoptr (GPtrArray) a_values = g_ptr_array_new ();
  g_autoptr (GPtrArray) b_values = g_ptr_array_new ();
  g_autoptr (WeftBody) a_body = NULL;
  g_autoptr (WeftBody) b_body = NULL;
  WeftApply *apply;

  if (!build_branch (&a, name, graph, then, args, error) ||
      !build_branch (&b, name, graph, otherwise, args, error))
    return FALSE;
  if (a.values->len != b.values->len || a.values->len == 0)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "%s: the branches return %u and %u values; they must return as many", name,
                   a.values->len, b.values->len);
      return FALSE;
    }
  for (guint i = 0; i < a.values->len; i++)
    promote (&a, &b, i);
  for (guint i = 0; i < args->len; i++)
    {
      g_ptr_array_add (a_values, g_ptr_array_index (args, i));
      g_ptr_array_add (b_values, g_ptr_array_index (args, i));
    }
  a_body = finish_body (&a, a_values);
  b_body = finish_body (&b, b_values);
  condition = weft_graph_cast (graph, condition, WEFT_BOOL);
  apply = weft_branch_apply (graph, condition, a_body, a_values, b_body, b_values, error);
  return apply != NULL && finish_branch (graph, apply, a.tuple || b.tuple, result);
}

EXPAND (cond)
{
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();
  const WeftBinding *known = NULL;
  WeftValue         *condition;

  if (args[0].kind == WEFT_BIND_ATTR && args[0].attr.kind == WEFT_ATTR_BOOL)
    known = args[0].attr.i ? &args[1] : &args[2];
  if (known != NULL && weft_binding_is_function (known))
    return weft_binding_call (known, graph, 0, NULL, result, error);
  if (known != NULL)
    {
      *result = *known;
      return TRUE;
    }
  condition = weft_binding_to_value (&args[0], graph, error);
  if (condition == NULL)
    {
      g_prefix_error (error, "cond: the condition ");
      return FALSE;
    }
  return choose ("cond", graph, condition, nothing, &args[1], &args[2], result, error);
}

/* Values of a tuple into @values; with @single a tuple is one array of numbers. */
static gboolean
read_values (const char        *name,
             WeftGraph         *graph,
             const WeftBinding *tuple,
             gboolean           single,
             GPtrArray         *values,
             GError           **error)
{
  gboolean one = single || tuple->kind != WEFT_BIND_TUPLE;

  for (guint i = 0; i < (one ? 1 : tuple->n_items); i++)
    {
      WeftValue *value =
        weft_binding_to_value (one ? tuple : &tuple->items[i], graph, error);

      if (value == NULL)
        {
          g_prefix_error (error, "%s: ", name);
          return FALSE;
        }
      g_ptr_array_add (values, weft_graph_strong (graph, value));
    }
  return TRUE;
}

EXPAND (branch)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  WeftValue *condition = weft_binding_to_value (&args[0], graph, error);

  return condition != NULL && read_values ("branch", graph, &args[1], FALSE, values, error) &&
         choose ("branch", graph, condition, values, &args[2], &args[3], result, error);
}

/* ---- Gradients of one's own ---- */

/* Cotangents that @gradient gives for @args when y's is gy; no cotangent is given as None. */
static gboolean
call_gradient (WeftBodyMaker     *maker,
               const WeftBinding *gradient,
               const GPtrArray   *args,
               const WeftBinding *params,
               guint              n_params,
               WeftValue        **cotangents,
               GError           **error)
{
  WeftGraph  *body = weft_body_maker_get_graph (maker);
  WeftBinding function, result;
  gboolean    one;

  if (!weft_binding_import (gradient, maker, &function) ||
      !weft_binding_call (&function, body, n_params, params, &result, error))
    return FALSE;
  one = result.kind != WEFT_BIND_TUPLE;
  if ((one ? 1 : result.n_items) != args->len)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "custom_gradient: the gradient returns %u values for %u arguments",
                   one ? 1 : result.n_items, args->len);
      return FALSE;
    }
  for (guint i = 0; i < args->len; i++)
    {
      const WeftBinding *item = one ? &result : &result.items[i];
      const WeftType    *type = &((WeftValue *) g_ptr_array_index (args, i))->type;
      WeftAttr           shape = weft_attr_shape (body, &type->shape);

      cotangents[i] = weft_expand_is_none (item) ? weft_graph_scalar (body, type->dtype, 0)
                                                 : weft_binding_to_value (item, body, error);
      if (cotangents[i] == NULL)
        {
          g_prefix_error (error, "custom_gradient: the gradient ");
          return FALSE;
        }
      cotangents[i] = weft_graph_cast (body, cotangents[i], type->dtype);
      if (cotangents[i]->type.shape.rank == 0 && type->shape.rank > 0)
        cotangents[i] =
          weft_expand_apply (body, WEFT_OP_BROADCAST_TO, cotangents[i], &shape, error);
      if (cotangents[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* Output @index of @ys with the gradient @gradient (args ..., cotangents of the ys ...). */
static WeftValue *
with_gradient (WeftGraph         *graph,
               const GPtrArray   *ys,
               guint              index,
               const GPtrArray   *args,
               const WeftBinding *gradient,
               GError           **error)
{
  g_autoptr (WeftBodyMaker) maker = weft_body_maker_new (graph);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GArray) params = g_array_new (FALSE, FALSE, sizeof (WeftBinding));
  g_autofree WeftValue **cotangents = g_new0 (WeftValue *, args->len + 1);
  WeftGraph             *body = weft_body_maker_get_graph (maker);
  WeftBinding            param = { .kind = WEFT_BIND_VALUE };
  WeftAttr               attr;

  g_ptr_array_add (inputs, g_ptr_array_index (ys, index));
  for (guint i = 0; i < args->len; i++)
    {
      const WeftValue *arg = g_ptr_array_index (args, i);
      const char      *name = weft_binding_param (gradient, i);

      g_ptr_array_add (inputs, (gpointer) arg);
      param.value = weft_body_maker_input (maker, name != NULL ? name : arg->name, &arg->type);
      g_array_append_val (params, param);
    }
  for (guint i = 0; i < ys->len; i++)
    {
      const WeftType *type = &((WeftValue *) g_ptr_array_index (ys, i))->type;
      WeftAttr        shape = weft_attr_shape (body, &type->shape);

      if (i == index)
        param.value = weft_body_maker_input (maker, "gy", type);
      else
        {
          param.value = weft_graph_scalar (body, type->dtype, 0);
          if (type->shape.rank > 0)
            param.value =
              weft_expand_apply (body, WEFT_OP_BROADCAST_TO, param.value, &shape, error);
        }
      g_array_append_val (params, param);
    }
  if (!call_gradient (maker, gradient, args, (WeftBinding *) (void *) params->data, params->len,
                      cotangents, error))
    return NULL;
  attr = weft_attr_take_body (graph,
                              weft_body_maker_finish (maker, args->len, cotangents, inputs));
  return weft_graph_apply (graph, weft_op (WEFT_OP_CUSTOM), inputs->len,
                           (WeftValue **) inputs->pdata, &attr, error);
}

/* f (*args), differentiated by g (*args, gy): one cotangent for each argument. */
EXPAND (custom_gradient)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) ys = g_ptr_array_new ();
  WeftBinding y;

  if (!weft_binding_is_function (&args[0]) || !weft_binding_is_function (&args[1]))
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "custom_gradient: needs two functions, such as lambda x: round(x) and "
                   "lambda x, gy: gy");
      return FALSE;
    }
  /* A function of one argument is given one, be it an array written out. */
  if (!read_values ("custom_gradient", graph, &args[2],
                    weft_binding_n_params (&args[0]) == 1 && args[2].n_items > 1, values, error))
    return FALSE;

  g_autofree WeftBinding *bindings = g_new0 (WeftBinding, values->len + 1);

  for (guint i = 0; i < values->len; i++)
    weft_expand_give (g_ptr_array_index (values, i), &bindings[i]);
  if (!weft_binding_call (&args[0], graph, values->len, bindings, &y, error) ||
      !read_values ("custom_gradient", graph, &y, FALSE, ys, error))
    return FALSE;

  g_autofree WeftValue **results = g_new0 (WeftValue *, ys->len + 1);

  for (guint i = 0; i < ys->len; i++)
    {
      results[i] = with_gradient (graph, ys, i, values, &args[1], error);
      if (results[i] == NULL)
        return FALSE;
    }
  if (y.kind != WEFT_BIND_TUPLE)
    return weft_expand_give (results[0], result);
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = ys->len };
  result->items = weft_graph_alloc (graph, (ys->len + 1) * sizeof *result->items);
  for (guint i = 0; i < ys->len; i++)
    weft_expand_give (results[i], &result->items[i]);
  return TRUE;
}

/* (y, (args ..., more ...), gradient=lambda args ..., gy, more ...: cotangents of args). */
EXPAND (custom)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_auto (Branch) branch = { 0 };
  gint     n_args = -1;
  WeftAttr attr;

  if (!read_values ("custom", graph, &args[0], FALSE, values, error) ||
      !read_values ("custom", graph, &args[1], FALSE, values, error))
    return FALSE;
  /* Where gy stands among the parameters: after as many arguments as there are results. */
  for (guint n = 0; n + 1 < values->len + 1 && n_args < 0; n++)
    {
      g_autoptr (GError) problem = NULL;

      branch_clear (&branch);
      g_ptr_array_set_size (inputs, 0);
      for (guint i = 1; i < values->len; i++)
        {
          if (i == n + 1)
            g_ptr_array_add (inputs, values->pdata[0]);
          g_ptr_array_add (inputs, values->pdata[i]);
        }
      if (n + 1 == values->len)
        g_ptr_array_add (inputs, values->pdata[0]);
      if (build_branch (&branch, "custom", graph, &args[2], inputs, &problem) &&
          branch.values->len == n)
        n_args = n;
    }
  if (n_args < 0)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "custom: the gradient must take the arguments and gy, and return a value for "
                   "each argument");
      return FALSE;
    }
  attr = weft_attr_take_body (graph, finish_body (&branch, values));
  return weft_expand_give (weft_graph_apply (graph, weft_op (WEFT_OP_CUSTOM), values->len,
                                             (WeftValue **) values->pdata, &attr, error),
                           result);
}
