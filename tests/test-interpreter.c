/* Every elementwise row, interpreted, against its definition: on numbers of its domain and on
 * special values, in every element type that it takes, alone and broadcast; and every row printed
 * and read back.
 *
 * Tolerance: the interpreter's functions promise a few roundings each (prelude.h) and a row
 * composes at most five. So a result may differ from the definition by ROUNDINGS roundings of
 * itself, and by what the definition moves when an operand does by as many (where a function
 * amplifies the rounding of an intermediate result, it amplifies that of its operand alike). The
 * two rows that add up terms of opposite signs, add_n and gelu (1 + erf), may differ by as many
 * roundings of their operands. Results beyond the type's range are infinite; below its normal
 * numbers they may be 0.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/domain.h"
#include "engine/run/function.h"
#include "engine/tensor/philox.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define ROUNDINGS 8

/* ---- Operands ---- */

static const double special_reals[] = { 0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5,
                                        -2.5, 3, 10, -10, 1e-6, -1e-6, 1e-30, 1e30,
                                        -1e30, 40, -40, 100, -100, INFINITY, -INFINITY, NAN };
static const double special_wholes[] = {
  0, 1, -1, 2, -2, 3, 7, -7, 31, 32, 63, 64, 100, -100, 1000003, 2147483647, -2147483647.0 - 1
};
static const double few_reals[] = { 0, -0.0, 1, -1, 2.5, 1e30, INFINITY, -INFINITY, NAN };

static double
sample (WeftDomain domain, guint stream, guint i)
{
  double u, x;

  weft_philox_uniform_f64 (99, stream, i, 1, &u);
  if (weft_domain_number (domain, u, &x))
    return x;
  if (domain == WEFT_DOMAIN_NONZERO)
    return (i % 2 ? -1 : 1) * (0.3 + 3 * u);
  if (domain == WEFT_DOMAIN_INTS)
    return floor (21 * u) - 10;
  if (domain == WEFT_DOMAIN_BOOLS)
    return u < 0.5;
  return 8 * u - 4;
}

/* The operand number @k of @op: numbers of its domain (@wild FALSE), or the special values. */
static WeftArray *
operand (const WeftOp *op, guint k, guint n_operands, WeftDType dtype, gboolean wild)
{
  gboolean      is_float = weft_dtype_is_float (dtype);
  const double *values = is_float ? n_operands > 2 ? few_reals : special_reals : special_wholes;
  gint64        n = is_float ? n_operands > 2 ? G_N_ELEMENTS (few_reals) : G_N_ELEMENTS (special_reals)
                             : G_N_ELEMENTS (special_wholes);
  gint64        shape[3] = { 1, 1, 1 };
  WeftArray    *array;

  if (!wild)
    n = n_operands == 1 ? 3000 : n_operands == 2 ? 50
                                                 : 9;
  /* Operand k lies along axis k: every value meets every other. */
  shape[k] = n;
  array = weft_array_new (dtype, n_operands, shape);
  for (gint64 i = 0; i < n; i++)
    {
      double x = wild ? values[i] : sample (op->domain, k, i);

      weft_array_set (array, i, dtype == WEFT_BOOL ? fmod (fabs (x), 2) >= 1 : x);
    }
  return array;
}

/* ---- One row in one type ---- */

typedef struct
{
  const WeftOp *op;
  WeftDType     dtype;
} Case;

typedef struct
{
  WeftGraph *graph;
  guint      n;
  WeftValue *inputs[3];
  WeftArray *arrays[3];
  WeftValue *y;
} Setting;

static guint
n_operands (const WeftOp *op)
{
  return op->traits & WEFT_TRAIT_VARIADIC ? 3 : op->n_inputs;
}

static void
open_setting (Setting *setting, const Case *test, gboolean wild)
{
  static const char *const names[] = { "a", "b", "c" };
  g_autoptr (GError) error = NULL;

  setting->graph = weft_graph_new ();
  setting->n = n_operands (test->op);
  for (guint k = 0; k < setting->n; k++)
    {
      WeftDType dtype = k == 0 && test->op->traits & WEFT_TRAIT_CONDITION ? WEFT_BOOL : test->dtype;

      setting->arrays[k] = operand (test->op, k, setting->n, dtype, wild);
      setting->inputs[k] =
        weft_graph_input (setting->graph, names[k],
                          &(WeftType){ dtype, FALSE, weft_array_get_shape (setting->arrays[k]) });
    }
  setting->y =
    weft_graph_apply (setting->graph, test->op, setting->n, setting->inputs, NULL, &error);
  g_assert_no_error (error);
}

static void
close_setting (Setting *setting)
{
  for (guint k = 0; k < setting->n; k++)
    weft_array_unref (setting->arrays[k]);
  weft_graph_free (setting->graph);
}

static WeftArray *
evaluate (Setting *setting, WeftMode mode)
{
  WeftFunctionSpec spec = { .graph = setting->graph,
                            .n_inputs = setting->n,
                            .inputs = setting->inputs,
                            .n_outputs = 1,
                            .outputs = &setting->y,
                            .mode = mode };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftFunction) f = weft_function_new (&spec, &error);
  WeftArray *output = NULL;

  g_assert_no_error (error);
  weft_function_call (f, setting->arrays, &output, NULL, &error);
  g_assert_no_error (error);
  return output;
}

/* How far the definition moves at element @i when operand @k does by ROUNDINGS roundings. */
static double
sensitivity (const Setting *setting,
             const WeftOp  *op,
             const double  *x,
             const double  *attrs,
             double         eps,
             double         y)
{
  double moved = 0;

  for (guint k = 0; k < setting->n; k++)
    for (int sign = -1; sign <= 1; sign += 2)
      {
        double near[3], d;

        memcpy (near, x, sizeof near);
        near[k] *= 1 + sign * ROUNDINGS * eps;
        d = fabs (weft_op_scalar_reference (op->id, WEFT_F64, near, attrs) - y);
        if (isfinite (d))
          moved = MAX (moved, d);
      }
  return moved;
}

/* The operands of element @i of the result. */
static void
operands_at (const Setting *setting, gint64 i, double *x)
{
  for (guint k = setting->n; k-- > 0;)
    {
      x[k] = weft_array_get (setting->arrays[k], i % setting->arrays[k]->n_elements);
      i /= setting->arrays[k]->n_elements;
    }
}

static gboolean
agrees (const Setting *setting, const Case *test, const double *x, double got, double expected)
{
  gboolean is_double = test->dtype == WEFT_F64;
  double   eps = is_double ? DBL_EPSILON : FLT_EPSILON, attrs[2] = { 0 };
  guint    n = 0;

  if (isnan (expected))
    return isnan (got);
  if (got == expected)
    return TRUE;
  if (!weft_dtype_is_float (test->dtype) || test->op->traits & WEFT_TRAIT_BOOL_RESULT)
    return FALSE;
  if (!is_double && fabs (expected) > FLT_MAX * (1 - FLT_EPSILON))
    return fabs (got) >= FLT_MAX * (1 - ROUNDINGS * FLT_EPSILON) &&
           signbit (got) == signbit (expected);
  for (guint i = 0; i < test->op->n_attrs && n < 2; i++)
    if (test->op->attrs[i].kind == WEFT_ATTR_FLOAT)
      attrs[n++] = test->op->attrs[i].otherwise.f;
  if (test->op->id == WEFT_OP_ADD_N || test->op->id == WEFT_OP_GELU)
    return fabs (got - expected) <= ROUNDINGS * eps * (fabs (x[0]) + fabs (x[1]) + fabs (x[2]));
  return fabs (got - expected) <= ROUNDINGS * eps * fabs (expected) +
                                    (is_double ? DBL_MIN : FLT_MIN) +
                                    sensitivity (setting, test->op, x, attrs, eps, expected);
}

static void
compare (const Case *test, gboolean wild)
{
  Setting setting;

  open_setting (&setting, test, wild);
  {
    g_autoptr (WeftArray) got = evaluate (&setting, WEFT_MODE_INTERPRET);
    g_autoptr (WeftArray) expected = evaluate (&setting, WEFT_MODE_REFERENCE);

    g_assert_cmpint (got->n_elements, ==, expected->n_elements);
    g_assert_cmpint (got->dtype, ==, setting.y->type.dtype);
    for (gint64 i = 0; i < got->n_elements; i++)
      {
        double x[3] = { 0 }, a = weft_array_get (got, i), b = weft_array_get (expected, i);

        operands_at (&setting, i, x);
        if (!agrees (&setting, test, x, a, b))
          g_error ("%s (%.9g, %.9g, %.9g) in %s is %.17g, by the definition %.17g", test->op->name,
                   x[0], x[1], x[2], weft_dtypes[test->dtype].name, a, b);
      }
  }
  close_setting (&setting);
}

static void
test_numbers (gconstpointer data)
{
  compare (data, FALSE);
}

static void
test_special (gconstpointer data)
{
  compare (data, TRUE);
}

/* ---- Printed and read back ---- */

static void
test_printed (gconstpointer data)
{
  const Case *test = data;
  Setting     setting;

  open_setting (&setting, test, FALSE);
  {
    g_autofree char *text = weft_graph_to_string (setting.graph, 1, &setting.y);
    g_autoptr (GError) error = NULL;
    g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
    g_autoptr (WeftGraph) graph = weft_graph_new ();
    g_autoptr (WeftScope) scope = weft_scope_new ();
    g_autofree char *again = NULL;
    const char     **assigned;
    WeftValue       *y;

    g_assert_no_error (error);
    for (guint k = 0; k < setting.n; k++)
      weft_scope_set_value (
        scope, setting.inputs[k]->name,
        weft_graph_input (graph, setting.inputs[k]->name, &setting.inputs[k]->type));
    weft_expr_build (expr, graph, scope, NULL, &error);
    g_assert_no_error (error);
    assigned = weft_expr_assigned_names (expr);
    y = weft_scope_get (scope, assigned[g_strv_length ((char **) assigned) - 1])->value;
    g_assert_true (weft_type_equal (&y->type, &setting.y->type));
    g_assert_true (y->apply->op == test->op);
    again = weft_value_to_expression (y, 10);
    g_free (text);
    text = weft_value_to_expression (setting.y, 10);
    g_assert_cmpstr (again, ==, text);
  }
  close_setting (&setting);
}

/* ---- The list ---- */

static gboolean
takes (const WeftOp *op, WeftDType dtype)
{
  if (weft_dtype_is_float (dtype))
    return !(op->traits & WEFT_TRAIT_INT_ONLY);
  return !(op->traits & WEFT_TRAIT_FLOAT_ONLY);
}

int
main (int argc, char **argv)
{
  static const WeftDType dtypes[] = { WEFT_F32, WEFT_F64, WEFT_I32, WEFT_I64, WEFT_BOOL };

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < WEFT_N_ELEMENTWISE; i++)
    for (guint k = 0; k < G_N_ELEMENTS (dtypes); k++)
      if (takes (weft_op (i), dtypes[k]))
        {
          Case            *test = g_new0 (Case, 1);
          g_autofree char *stem = g_strdup_printf ("/engine/op/%s", weft_op (i)->name);
          g_autofree char *numbers =
            g_strdup_printf ("%s/interpreted/%s", stem, weft_dtypes[dtypes[k]].name);
          g_autofree char *special =
            g_strdup_printf ("%s/special/%s", stem, weft_dtypes[dtypes[k]].name);
          g_autofree char *printed =
            g_strdup_printf ("%s/printed/%s", stem, weft_dtypes[dtypes[k]].name);

          *test = (Case){ weft_op (i), dtypes[k] };
          g_test_add_data_func (numbers, test, test_numbers);
          g_test_add_data_func (special, test, test_special);
          g_test_add_data_func (printed, test, test_printed);
        }
  return g_test_run ();
}
