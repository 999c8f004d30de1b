/* Arithmetic on bare numbers and dimensions while a text is read, as Python does it: shapes such as
 * (2*n + 1, m // 2), factors such as 2 / 3, choices such as "y if bias else x".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr-private.h"

#include <math.h>

static double
number_of (const WeftBinding *binding)
{
  return binding->attr.kind == WEFT_ATTR_FLOAT ? binding->attr.f : (double) binding->attr.i;
}

static gboolean
is_number (const WeftBinding *binding)
{
  return weft_binding_is_attr (binding, WEFT_ATTR_INT) ||
         weft_binding_is_attr (binding, WEFT_ATTR_FLOAT);
}

static gboolean
divides_by_zero (const char *op, GError **error)
{
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s: division by zero", op);
  return FALSE;
}

/* Whole numbers; on overflow and for true division @result stays None: the fraction is taken. */
static gboolean
fold_ints (const char *op, gint64 a, gint64 b, WeftAttr *result, GError **error)
{
  gint64 c;

  if (g_str_equal (op, "add") && !__builtin_add_overflow (a, b, &c))
    *result = weft_attr_int (c);
  else if (g_str_equal (op, "sub") && !__builtin_sub_overflow (a, b, &c))
    *result = weft_attr_int (c);
  else if (g_str_equal (op, "mul") && !__builtin_mul_overflow (a, b, &c))
    *result = weft_attr_int (c);
  else if (g_str_equal (op, "floor_div") || g_str_equal (op, "mod"))
    {
      gint64 quotient, remainder;

      if (b == 0)
        return divides_by_zero (op, error);
      quotient = b == -1 ? (gint64) (0 - (guint64) a) : a / b;
      remainder = b == -1 ? 0 : a % b;
      if (remainder != 0 && (remainder < 0) != (b < 0))
        {
          quotient--;
          remainder += b;
        }
      *result = weft_attr_int (g_str_equal (op, "mod") ? remainder : quotient);
    }
  else if (g_str_equal (op, "pow") && b >= 0 && fabs (pow (a, b)) < 0x1p53)
    *result = weft_attr_int ((gint64) pow (a, b));
  return TRUE;
}

static void
fold_numbers (const char *op, double a, double b, WeftAttr *result)
{
  if (g_str_equal (op, "add"))
    *result = weft_attr_float (a + b);
  else if (g_str_equal (op, "sub"))
    *result = weft_attr_float (a - b);
  else if (g_str_equal (op, "mul"))
    *result = weft_attr_float (a * b);
  else if (g_str_equal (op, "div"))
    *result = weft_attr_float (a / b);
  else if (g_str_equal (op, "pow"))
    *result = weft_attr_float (pow (a, b));
}

static gboolean
fold_dims (
  WeftGraph *graph, const char *op, WeftDim a, WeftDim b, WeftBinding *result, GError **error)
{
  if (g_str_equal (op, "add"))
    *result = weft_binding_of_dim (graph, weft_dim_add (a, b));
  else if (g_str_equal (op, "sub"))
    *result = weft_binding_of_dim (graph, weft_dim_sub (a, b));
  else if (g_str_equal (op, "mul"))
    *result = weft_binding_of_dim (graph, weft_dim_mul (a, b));
  else if (g_str_equal (op, "floor_div"))
    {
      if (weft_dim_equal (b, weft_dim (0)))
        return divides_by_zero (op, error);
      *result = weft_binding_of_dim (graph, weft_dim_floor_div (a, b));
    }
  else if (g_str_equal (op, "minimum"))
    *result = weft_binding_of_dim (graph, weft_dim_minimum (a, b));
  else if (g_str_equal (op, "maximum"))
    *result = weft_binding_of_dim (graph, weft_dim_maximum (a, b));
  else
    return FALSE;
  return TRUE;
}

static gboolean
fold_comparison (const char *op, const WeftBinding *a, const WeftBinding *b, WeftBinding *result)
{
  gboolean value;

  if (is_number (a) && is_number (b))
    {
      double x = number_of (a), y = number_of (b);

      if (g_str_equal (op, "eq"))
        value = x == y;
      else if (g_str_equal (op, "ne"))
        value = x != y;
      else if (g_str_equal (op, "lt"))
        value = x < y;
      else if (g_str_equal (op, "le"))
        value = x <= y;
      else if (g_str_equal (op, "gt"))
        value = x > y;
      else if (g_str_equal (op, "ge"))
        value = x >= y;
      else
        return FALSE;
    }
  else if (g_str_equal (op, "eq") || g_str_equal (op, "ne"))
    value = weft_attr_equal (&a->attr, &b->attr) == g_str_equal (op, "eq");
  else
    return FALSE;
  *result = weft_binding_of_attr (weft_attr_bool (value));
  return TRUE;
}

static gboolean
fold_logic (const char *op, guint n, const WeftBinding *args, WeftBinding *result)
{
  gboolean value;

  for (guint i = 0; i < n; i++)
    if (!weft_binding_is_attr (&args[i], WEFT_ATTR_BOOL))
      return FALSE;
  if (g_str_equal (op, "logical_not"))
    value = !args[0].attr.i;
  else if (g_str_equal (op, "logical_and"))
    value = args[0].attr.i && args[1].attr.i;
  else if (g_str_equal (op, "logical_or"))
    value = args[0].attr.i || args[1].attr.i;
  else
    return FALSE;
  *result = weft_binding_of_attr (weft_attr_bool (value));
  return TRUE;
}

static gboolean
fold_unary (WeftGraph *graph, const char *op, const WeftBinding *a, WeftBinding *result)
{
  WeftDim dim;

  if (g_str_equal (op, "logical_not"))
    return fold_logic (op, 1, a, result);
  if (g_str_equal (op, "pos") && (is_number (a) || weft_binding_get_dim (a, &dim)))
    *result = *a;
  else if (g_str_equal (op, "neg") && weft_binding_is_attr (a, WEFT_ATTR_FLOAT))
    *result = weft_binding_of_attr (weft_attr_float (-a->attr.f));
  else if (g_str_equal (op, "neg") && weft_binding_is_attr (a, WEFT_ATTR_INT) &&
           a->attr.i != G_MININT64)
    *result = weft_binding_of_attr (weft_attr_int (-a->attr.i));
  else if (g_str_equal (op, "neg") && weft_binding_get_dim (a, &dim))
    *result = weft_binding_of_dim (graph, weft_dim_sub (weft_dim (0), dim));
  else
    return FALSE;
  return TRUE;
}

static gboolean
fold_tuples (
  WeftGraph *graph, const char *op, const WeftBinding *a, const WeftBinding *b, WeftBinding *result)
{
  if (!g_str_equal (op, "add") || b->kind != WEFT_BIND_TUPLE)
    return FALSE;
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = a->n_items + b->n_items };
  result->items = weft_graph_alloc (graph, MAX (result->n_items, 1) * sizeof *result->items);
  for (guint i = 0; i < result->n_items; i++)
    result->items[i] = i < a->n_items ? a->items[i] : b->items[i - a->n_items];
  return TRUE;
}

/* Nothing but None equals None. */
static gboolean
fold_none (const char *op, const WeftBinding *args, WeftBinding *result)
{
  gboolean equal = g_str_equal (op, "eq");

  if ((!equal && !g_str_equal (op, "ne")) || !weft_binding_is_attr (&args[1], WEFT_ATTR_NONE) ||
      args[0].kind == WEFT_BIND_ATTR)
    return FALSE;
  *result = weft_binding_of_attr (weft_attr_bool (!equal));
  return TRUE;
}

gboolean
weft_expr_fold (WeftGraph         *graph,
                const char        *op,
                guint              n,
                const WeftBinding *args,
                WeftBinding       *result,
                GError           **error)
{
  WeftAttr attr = { 0 };
  WeftDim  a, b;

  if (n == 1)
    return fold_unary (graph, op, &args[0], result);
  if (fold_none (op, args, result))
    return TRUE;
  if (args[0].kind == WEFT_BIND_TUPLE)
    return fold_tuples (graph, op, &args[0], &args[1], result);
  if (args[0].kind != WEFT_BIND_ATTR || args[1].kind != WEFT_BIND_ATTR)
    return FALSE;
  if (fold_logic (op, n, args, result) || fold_comparison (op, &args[0], &args[1], result))
    return TRUE;
  if (is_number (&args[0]) && is_number (&args[1]))
    {
      gboolean ints = args[0].attr.kind == WEFT_ATTR_INT && args[1].attr.kind == WEFT_ATTR_INT;

      if (ints && !fold_ints (op, args[0].attr.i, args[1].attr.i, &attr, error))
        return FALSE;
      if (attr.kind == WEFT_ATTR_NONE)
        fold_numbers (op, number_of (&args[0]), number_of (&args[1]), &attr);
      if (attr.kind == WEFT_ATTR_NONE)
        return FALSE;
      *result = weft_binding_of_attr (attr);
      return TRUE;
    }
  if (weft_binding_get_dim (&args[0], &a) && weft_binding_get_dim (&args[1], &b))
    return fold_dims (graph, op, a, b, result, error);
  return FALSE;
}
