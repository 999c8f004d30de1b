/* Applying ops: arity, attributes, promotion, type inference.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/graph-private.h"

#include <stdarg.h>
#include <string.h>

static gboolean
is_constant (const WeftValue *value)
{
  return value->apply->literal != NULL;
}

static const WeftOp *
cast_op (void)
{
  const WeftOp *op = weft_op_find ("cast");

  g_assert (op != NULL);
  return op;
}

/* @value as element type @dtype, no longer weak: @value itself where it has that type, a new
 * constant for a constant, else a cast. */
WeftValue *
weft_graph_cast (WeftGraph *graph, WeftValue *value, WeftDType dtype)
{
  WeftAttr   attr = weft_attr_dtype (dtype);
  WeftApply *apply;

  if (value->type.dtype == dtype && !value->type.weak)
    return value;
  if (is_constant (value))
    {
      g_autoptr (WeftArray) array = weft_array_cast (value->apply->literal, dtype);

      weft_graph_push_origins (graph, value->apply->origins);
      value = weft_graph_constant (graph, array);
      weft_graph_pop_origin (graph);
      return value;
    }
  apply = weft_graph_add_apply (graph, cast_op (), 1, &value, &attr, 1);
  apply->outputs[0].type = value->type;
  apply->outputs[0].type.dtype = dtype;
  apply->outputs[0].type.weak = FALSE;
  return &apply->outputs[0];
}

/* @value with a definite type: a bare number becomes i64 or f32. */
WeftValue *
weft_graph_strong (WeftGraph *graph, WeftValue *value)
{
  if (!value->type.weak)
    return value;
  return weft_graph_cast (graph, value,
                          weft_dtype_is_float (value->type.dtype) ? WEFT_F32 : value->type.dtype);
}

/* ---- Promotion ---- */

/* The common type of @n values: strong ones promote; bare numbers adopt it, a bare fraction lifts
 * integers to f32. */
static WeftDType
common_type (guint n, WeftValue *const *values, gboolean float_only, gboolean *weak)
{
  gboolean  strong = FALSE, weak_float = FALSE, weak_int = FALSE;
  WeftDType dtype = WEFT_BOOL;

  for (guint i = 0; i < n; i++)
    {
      const WeftType *type = &values[i]->type;
      WeftDType       compute = weft_dtypes[type->dtype].compute;

      if (type->weak)
        {
          weak_float |= weft_dtype_is_float (type->dtype);
          weak_int |= !weft_dtype_is_float (type->dtype);
        }
      else
        {
          dtype = strong ? weft_dtype_promote (dtype, compute) : compute;
          strong = TRUE;
        }
    }
  *weak = !strong && n > 0;
  if (!strong)
    return weak_float || float_only ? WEFT_F64 : WEFT_I64;
  if (weft_dtype_is_float (dtype))
    return dtype;
  if (weak_float || float_only)
    return WEFT_F32;
  return dtype == WEFT_BOOL && weak_int ? WEFT_I64 : dtype;
}

/* As weft_graph_cast, but a value that stays weak keeps its weakness. */
static WeftValue *
adopt (WeftGraph *graph, WeftValue *value, WeftDType dtype, gboolean weak)
{
  WeftValue *cast;

  if (!weak)
    {
      cast = weft_graph_cast (graph, value, dtype);
      if (cast != value)
        cast->apply->implicit = TRUE;
      return cast;
    }
  if (value->type.dtype == dtype)
    return value;
  value = weft_graph_cast (graph, value, dtype);
  value->type.weak = TRUE; /* new: nobody else has it yet */
  return value;
}

gboolean
weft_graph_promote (WeftGraph    *graph,
                    const WeftOp *op,
                    guint         n_inputs,
                    WeftValue   **inputs,
                    WeftDType    *dtype,
                    gboolean     *weak,
                    GError      **error)
{
  gboolean all = (op->traits & (WEFT_TRAIT_ELEMENTWISE | WEFT_TRAIT_PROMOTE)) != 0;
  guint    first = op->traits & WEFT_TRAIT_CONDITION ? 1 : 0;
  guint    n = all ? n_inputs : op->traits & WEFT_TRAIT_FLOAT_ONLY && n_inputs > 0 ? 1
                                                                                   : 0;

  *weak = FALSE;
  *dtype = WEFT_F32;
  if (n > first)
    {
      *dtype =
        common_type (n - first, inputs + first, (op->traits & WEFT_TRAIT_FLOAT_ONLY) != 0, weak);
      if (op->traits & WEFT_TRAIT_INT_ONLY && weft_dtype_is_float (*dtype))
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                       "%s: needs whole numbers or bools, not %s", op->name,
                       weft_dtypes[*dtype].name);
          return FALSE;
        }
      if (*weak && !(op->traits & WEFT_TRAIT_ELEMENTWISE))
        {
          *dtype = *dtype == WEFT_F64 ? WEFT_F32 : *dtype;
          *weak = FALSE;
        }
      for (guint i = first; i < n; i++)
        inputs[i] = adopt (graph, inputs[i], *dtype, *weak);
    }
  if (first == 1 && n_inputs > 0)
    inputs[0] = weft_graph_cast (graph, inputs[0], WEFT_BOOL);
  for (guint i = n; i < n_inputs; i++)
    inputs[i] = weft_graph_strong (graph, inputs[i]);
  return TRUE;
}

/* ---- Types of elementwise results ---- */

static gboolean
infer_elementwise (const WeftOp   *op,
                   guint           n_inputs,
                   const WeftType *inputs,
                   WeftDType       dtype,
                   gboolean        weak,
                   WeftType       *type,
                   GError        **error)
{
  type->dtype = op->traits & WEFT_TRAIT_BOOL_RESULT ? WEFT_BOOL : dtype;
  type->weak = weak && !(op->traits & WEFT_TRAIT_BOOL_RESULT);
  type->shape = inputs[0].shape;
  for (guint i = 1; i < n_inputs; i++)
    {
      WeftShape sum;
      guint     axis;

      if (!weft_shape_broadcast (&type->shape, &inputs[i].shape, &sum, &axis))
        {
          g_autofree char *a = weft_shape_to_string (&type->shape);
          g_autofree char *b = weft_shape_to_string (&inputs[i].shape);
          g_autoptr (GString) equation = g_string_new (NULL);

          weft_dim_append (type->shape.dims[type->shape.rank - 1 - axis], equation);
          g_string_append (equation, " != ");
          weft_dim_append (inputs[i].shape.dims[inputs[i].shape.rank - 1 - axis], equation);
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                       "%s: %s (axis -%u of %s and %s)", op->name, equation->str, axis + 1, a, b);
          return FALSE;
        }
      type->shape = sum;
    }
  return TRUE;
}

static gboolean
infer (WeftApply *apply, WeftDType dtype, gboolean weak, GError **error)
{
  const WeftOp        *op = apply->op;
  g_autofree WeftType *inputs = g_new (WeftType, MAX (apply->n_inputs, 1));
  g_autofree WeftType *types = g_new0 (WeftType, apply->n_outputs);

  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = apply->inputs[i]->type;
  if (op->infer == NULL)
    {
      if (!infer_elementwise (op, apply->n_inputs, inputs, dtype, weak, types, error))
        return FALSE;
    }
  else if (!op->infer (op, apply->attrs, apply->n_inputs, inputs, types, error))
    return FALSE;
  for (guint i = 0; i < apply->n_outputs; i++)
    apply->outputs[i].type = types[i];
  return TRUE;
}

/* ---- Applying ---- */

static gboolean
check_call (const WeftOp *op, guint n_inputs, const WeftAttr *attrs, GError **error)
{
  gboolean variadic = (op->traits & WEFT_TRAIT_VARIADIC) != 0;
  guint    least = op->n_inputs - (variadic ? 1 : 0);

  if (op->infer == NULL)
    least = MAX (least, 1);
  if (n_inputs < least || (n_inputs > op->n_inputs && !variadic))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ARITY,
                   "%s: takes %s%u input%s (%s), not %u", op->name, variadic ? "at least " : "",
                   least, least == 1 ? "" : "s", op->inputs, n_inputs);
      return FALSE;
    }
  for (guint i = 0; i < op->n_attrs; i++)
    {
      if (attrs == NULL && !op->attrs[i].has_default)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE, "%s: %s must be given",
                       op->name, op->attrs[i].name);
          return FALSE;
        }
      if (attrs != NULL && !weft_attr_check (op, &op->attrs[i], &attrs[i], error))
        return FALSE;
    }
  return TRUE;
}

/* The attributes as the row's code settles them for these inputs. The caller owns them. */
static WeftAttr *
settle (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, const WeftAttr *attrs)
{
  WeftAttr *settled = g_new (WeftAttr, MAX (op->n_attrs, 1));

  for (guint i = 0; i < op->n_attrs; i++)
    settled[i] = attrs != NULL ? attrs[i] : op->attrs[i].otherwise;
  op->code->settle (graph, op, n_inputs, inputs, settled);
  return settled;
}

/* Applies @op to @inputs with @attrs (op->n_attrs of them, copied; NULL: the defaults): casts the
 * inputs to their common type and infers the result's. Returns the first output, borrowed. Nothing
 * is added to what anybody reaches on failure. Errors: WEFT_TYPE_ERROR; the message is the equation
 * that fails, "matmul: 784 != 512 (inner)". */
WeftValue *
weft_graph_apply (WeftGraph        *graph,
                  const WeftOp     *op,
                  guint             n_inputs,
                  WeftValue *const *inputs,
                  const WeftAttr   *attrs,
                  GError          **error)
{
  g_autofree WeftValue **cast = g_memdup2 (inputs, n_inputs * sizeof *inputs);
  g_autofree WeftAttr   *settled = NULL;
  WeftApply             *apply;
  WeftDType              dtype;
  gboolean               weak;
  guint                  n_outputs = op->n_outputs;

  if (!check_call (op, n_inputs, attrs, error))
    return NULL;
  if (op->code != NULL && op->code->settle != NULL)
    attrs = settled = settle (graph, op, n_inputs, cast, attrs);
  if (!weft_graph_promote (graph, op, n_inputs, cast, &dtype, &weak, error))
    return NULL;
  if (op->traits & WEFT_TRAIT_BODY && op->code->count != NULL)
    n_outputs = op->code->count (attrs, n_inputs);
  apply = weft_graph_add_apply (graph, op, n_inputs, cast, attrs, n_outputs);
  if (!infer (apply, dtype, weak, error))
    {
      weft_graph_drop_last (graph, apply);
      return NULL;
    }
  if (op->traits & WEFT_TRAIT_RANDOM)
    apply->stream = ++graph->n_streams;
  return &apply->outputs[0];
}

/* Applies the op called @op to the inputs that follow, up to NULL, with default attributes, for
 * code that knows that the types fit: a failure is our bug and aborts. */
WeftValue *
weft_graph_op (WeftGraph *graph, const char *op, ...)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  const WeftOp *row = weft_op_find (op);
  WeftValue    *input, *result;
  va_list       args;

  g_assert (row != NULL);
  va_start (args, op);
  while ((input = va_arg (args, WeftValue *)) != NULL)
    g_ptr_array_add (inputs, input);
  va_end (args);
  result =
    weft_graph_apply (graph, row, inputs->len, (WeftValue *const *) inputs->pdata, NULL, &error);
  if (result == NULL)
    g_error ("%s", error->message);
  return result;
}
