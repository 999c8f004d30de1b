/* The tests that every row of the op tables and every function gets from its examples and mistakes:
 *
 *     values    the interpreter in float64 and float32 against the plain float64 reference; with
 * named dimensions, bound at the call, the same numbers gradient  gradient, second gradient and
 * directional derivative against central differences text      printed as text, read back, printed
 * again mistake   what must be refused, and what is said then
 *
 * Elementwise rows make their examples themselves: each layout of shapes over the row's domain. A
 * row without examples, or with a gradient and no example that compares one, fails.
 *
 * Tolerance of differences: with h = 1e-5 a central difference of f errs by h^2 f'''/6 + eps |f| /
 * h, about 2e-11 (f''' + |f|); the values here keep f and its derivatives below 1e3, so 1e-6
 * relative to the largest derivative is safe and still catches any wrong factor.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/examples.h"

#include "engine/grad/grad.h"

#include <math.h>
#include <string.h>

#define STEP 1e-5
#define TOLERANCE 1e-6
/* The interpreter against the reference, relative to the largest number: sums of a few hundred
 * terms, condition numbers below 100. */
#define TOLERANCE_F64 1e-10
#define TOLERANCE_F32 1e-4

typedef struct
{
  const char   *name; /* of the op or function */
  const WeftOp *op;   /* NULL: a function */
  char         *text, *message;
} Case;

static gboolean
has_gradient (const WeftOp *op)
{
  return op->grad[0] != NULL || op->grad[1] != NULL || op->grad[2] != NULL || op->grad[3] != NULL;
}

static void
assert_close (const Case      *test,
              const char      *what,
              guint            number,
              const WeftArray *got,
              const WeftArray *expected,
              double           tolerance)
{
  double scale = 1;

  g_assert_cmpuint (got->rank, ==, expected->rank);
  for (guint i = 0; i < got->rank; i++)
    g_assert_cmpint (got->shape[i], ==, expected->shape[i]);
  for (gint64 i = 0; i < expected->n_elements; i++)
    if (isfinite (weft_array_get (expected, i)))
      scale = MAX (scale, fabs (weft_array_get (expected, i)));
  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double a = weft_array_get (got, i), b = weft_array_get (expected, i);

      if (!(fabs (a - b) <= tolerance * scale) && !(isnan (a) && isnan (b)) && a != b)
        g_error ("%s: %s, number %u, element %d: %.12g, expected %.12g", test->text, what, number,
                 (int) i, a, b);
    }
}

static void
open_or_die (Example *example, const Case *test, WeftDType dtype)
{
  g_autoptr (GError) error = NULL;

  if (!example_open (example, test->text, dtype, FALSE, &error))
    g_error ("%s: %s", test->text, error->message);
}

static void
call_or_die (const Case       *test,
             Example          *example,
             WeftMode          mode,
             guint             n,
             WeftValue *const *values,
             WeftArray       **results)
{
  g_autoptr (GError) error = NULL;

  if (!example_call (example, mode, n, values, results, &error))
    g_error ("%s: %s", test->text, error->message);
}

static void
unref_all (WeftArray **arrays, guint n)
{
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&arrays[i], weft_array_unref);
}

/* ---- Values ---- */

static void
check_types (const Case *test, Example *example, WeftArray *const *results)
{
  for (guint i = 0; i < example->n_outputs; i++)
    {
      const WeftType *type = &example->outputs[i]->type;

      g_assert_cmpint (results[i]->dtype, ==, type->dtype);
      g_assert_cmpuint (results[i]->rank, ==, type->shape.rank);
      for (guint k = 0; k < type->shape.rank; k++)
        if (weft_dim_is_number (type->shape.dims[k]) &&
            results[i]->shape[k] != type->shape.dims[k].offset)
          g_error ("%s: axis %u of output %u is typed %d and has %d", test->text, k, i,
                   (int) type->shape.dims[k].offset, (int) results[i]->shape[k]);
    }
}

static void
check_named (const Case *test, WeftArray *const *expected)
{
  Example    example;
  WeftArray *results[EXAMPLE_MAX_OUTPUTS] = { NULL };

  /* Some attributes need numbers; that is said when the graph is built. */
  if (!example_open (&example, test->text, WEFT_F64, TRUE, NULL))
    return;
  call_or_die (test, &example, WEFT_MODE_INTERPRET, example.n_outputs, example.outputs, results);
  for (guint i = 0; i < example.n_outputs; i++)
    assert_close (test, "with named dimensions", i, results[i], expected[i], TOLERANCE_F64);
  unref_all (results, example.n_outputs);
  example_close (&example);
}

static void
test_values (gconstpointer data)
{
  const Case *test = data;

  for (guint k = 0; k < 2; k++)
    {
      Example    example;
      WeftArray *results[EXAMPLE_MAX_OUTPUTS] = { NULL }, *expected[EXAMPLE_MAX_OUTPUTS] = { NULL };

      open_or_die (&example, test, k == 0 ? WEFT_F64 : WEFT_F32);
      call_or_die (test, &example, WEFT_MODE_INTERPRET, example.n_outputs, example.outputs,
                   results);
      call_or_die (test, &example, WEFT_MODE_REFERENCE, example.n_outputs, example.outputs,
                   expected);
      check_types (test, &example, results);
      for (guint i = 0; i < example.n_outputs; i++)
        assert_close (test, k == 0 ? "float64 value" : "float32 value", i, results[i], expected[i],
                      results[i]->dtype == WEFT_F32 ? TOLERANCE_F32 : TOLERANCE_F64);
      if (k == 0)
        check_named (test, results);
      unref_all (results, example.n_outputs);
      unref_all (expected, example.n_outputs);
      example_close (&example);
    }
}

/* ---- Derivatives ---- */

/* The scalar that @function computes. */
static double
call_scalar (WeftFunction *function, Example *example, const Case *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) result = NULL;

  weft_function_set_step (function, 0);
  weft_function_call (function, example->arrays, &result, NULL, &error);
  if (error != NULL)
    g_error ("%s: %s", test->text, error->message);
  return weft_array_get (result, 0);
}

static WeftArray *
differences (WeftFunction *function, Example *example, guint input, const Case *test)
{
  WeftArray *array = example->arrays[input];
  WeftArray *result = weft_array_new (WEFT_F64, array->rank, array->shape);

  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i), high, low;

      weft_array_set (array, i, x + STEP);
      high = call_scalar (function, example, test);
      weft_array_set (array, i, x - STEP);
      low = call_scalar (function, example, test);
      weft_array_set (array, i, x);
      weft_array_set (result, i, (high - low) / (2 * STEP));
    }
  return result;
}

/* The gradients of @cost by the real inputs against differences, into @grads. Returns how many
 * numbers were compared; -1: an op on the way has none. */
static gint
check_gradients (
  const Case *test, Example *example, WeftValue *cost, const char *what, WeftValue **grads)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftFunction) function = NULL;
  gint n = 0;

  if (!weft_grad (example->graph, cost, NULL, NULL, example->n_inputs, example->inputs,
                  WEFT_DISCONNECTED_NONE, grads, &error))
    {
      if (g_error_matches (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_UNDEFINED) &&
          strstr (error->message, "has no gradient") != NULL)
        return -1;
      g_error ("%s: %s: %s", test->text, what, error->message);
    }
  function = example_function (example, WEFT_MODE_REFERENCE, 1, &cost, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < example->n_inputs; i++)
    {
      g_autoptr (WeftArray) got = NULL;
      g_autoptr (WeftArray) expected = NULL;

      if (!example->real[i])
        continue;
      expected = differences (function, example, i, test);
      if (grads[i] != NULL)
        call_or_die (test, example, WEFT_MODE_REFERENCE, 1, &grads[i], &got);
      else
        got = weft_array_new (WEFT_F64, expected->rank, expected->shape);
      assert_close (test, what, i, got, expected, TOLERANCE);
      n += grads[i] != NULL ? MAX (got->n_elements, 1) : 0;
    }
  return n;
}

/* The directional derivative along a fixed direction against the gradient's: sum (w * jvp) = sum
 * (grad * v). */
static void
check_jvp (const Case *test, Example *example, WeftValue *y, guint stream, guint input)
{
  g_autoptr (GError) error = NULL;
  WeftValue *v, *cost = example_cost (example, 1, &y, stream), *grad, *sums[2], *jvp;
  WeftArray *results[2] = { NULL };
  g_autoptr (WeftArray) direction = weft_array_new (
    example->dtype, example->arrays[input]->rank, example->arrays[input]->shape);

  if (!weft_grad (example->graph, cost, NULL, NULL, 1, &example->inputs[input],
                  WEFT_DISCONNECTED_NONE, &grad, NULL) ||
      grad == NULL)
    return;
  for (gint64 k = 0; k < direction->n_elements; k++)
    weft_array_set (direction, k, example_sample (WEFT_DOMAIN_NONZERO, 77, k));
  v = weft_graph_constant (example->graph, direction);
  jvp = weft_jvp (example->graph, y, example->inputs[input], v, &error);
  if (jvp == NULL)
    g_error ("%s: directional derivative: %s", test->text, error->message);
  g_assert_true (weft_shape_equal (&jvp->type.shape, &y->type.shape));
  sums[0] = example_cost (example, 1, &jvp, stream);
  sums[1] = weft_graph_op (example->graph, "sum",
                           weft_graph_op (example->graph, "mul", grad, v, NULL), NULL);
  call_or_die (test, example, WEFT_MODE_REFERENCE, 2, sums, results);
  assert_close (test, "directional derivative", input, results[0], results[1], TOLERANCE);
  unref_all (results, 2);
}

static void
check_second (const Case *test, Example *example, WeftValue *const *grads)
{
  WeftValue *cost = NULL, *seconds[EXAMPLE_MAX_INPUTS] = { NULL };

  for (guint i = 0; i < example->n_inputs; i++)
    if (grads[i] != NULL)
      {
        WeftValue *term = example_cost (example, 1, &grads[i], 60 + i);

        if (term == NULL)
          continue;
        cost = cost == NULL ? term : weft_graph_op (example->graph, "add", cost, term, NULL);
      }
  if (cost != NULL)
    check_gradients (test, example, cost, "second gradient", seconds);
}

static void
test_gradient (gconstpointer data)
{
  const Case *test = data;
  Example     example;
  WeftValue  *grads[EXAMPLE_MAX_INPUTS] = { NULL }, *cost;
  gint        n;

  open_or_die (&example, test, WEFT_F64);
  cost = example_cost (&example, example.n_outputs, example.outputs, 50);
  if (cost != NULL)
    {
      n = check_gradients (test, &example, cost, "gradient", grads);
      if (n < 0 && test->op != NULL && has_gradient (test->op))
        g_error ("%s: the example has no gradient, though the row has one", test->text);
      if (n > 0)
        {
          check_second (test, &example, grads);
          for (guint i = 0; i < example.n_inputs; i++)
            for (guint k = 0; k < example.n_outputs && example.real[i]; k++)
              if (weft_dtype_is_float (example.outputs[k]->type.dtype))
                check_jvp (test, &example, example.outputs[k], 50 + k, i);
        }
    }
  example_close (&example);
}

/* ---- Text ---- */

/* The @n values that @printed assigns to @names, built in @graph over inputs like those of
 * @example, into @outputs; printed again. */
static char *
read_back (const Case *test, Example *example, WeftGraph *graph, const char *printed)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (printed, &error);
  WeftValue  *outputs[EXAMPLE_MAX_OUTPUTS];
  WeftBinding result;

  for (guint i = 0; i < example->n_inputs; i++)
    weft_scope_set_value (
      scope, example->inputs[i]->name,
      weft_graph_input (graph, example->inputs[i]->name, &example->inputs[i]->type));
  if (expr == NULL || !weft_expr_build (expr, graph, scope, &result, &error))
    g_error ("%s: its text is not read back: %s\n%s", test->text, error->message, printed);
  for (guint i = 0; i < example->n_outputs; i++)
    {
      WeftBinding *binding = weft_scope_get (scope, example->outputs[i]->name);

      if (binding == NULL || binding->kind != WEFT_BIND_VALUE)
        g_error ("%s: its text does not assign %s\n%s", test->text, example->outputs[i]->name,
                 printed);
      outputs[i] = binding->value;
      if (outputs[i]->name == NULL)
        weft_graph_named (graph, outputs[i], example->outputs[i]->name);
      if (!weft_type_equal (&outputs[i]->type, &example->outputs[i]->type))
        g_error ("%s: read back, its type is another\n%s", test->text, printed);
    }
  return weft_graph_to_string (graph, example->n_outputs, outputs);
}

/* Printed, read, printed and so on: the types stay, and from the second time on the text too (the
 * first may number its values otherwise). */
static void
test_text (gconstpointer data)
{
  const Case *test = data;
  Example     example;
  g_autoptr (WeftGraph) second = weft_graph_new ();
  g_autoptr (WeftGraph) third = weft_graph_new ();
  g_autofree char *printed = NULL;
  g_autofree char *again = NULL;
  g_autofree char *once_more = NULL;

  open_or_die (&example, test, WEFT_F32);
  for (guint i = 0; i < example.n_outputs; i++)
    {
      g_autofree char *name = g_strdup_printf ("out%u", i);

      if (example.outputs[i]->name == NULL)
        weft_graph_named (example.graph, example.outputs[i], g_intern_string (name));
    }
  printed = weft_graph_to_string (example.graph, example.n_outputs, example.outputs);
  again = read_back (test, &example, second, printed);
  once_more = read_back (test, &example, third, again);
  g_assert_cmpstr (once_more, ==, again);
  example_close (&example);
}

/* ---- Mistakes ---- */

static void
test_mistake (gconstpointer data)
{
  const Case *test = data;
  Example     example;
  WeftArray  *results[EXAMPLE_MAX_OUTPUTS] = { NULL };
  g_autoptr (GError) error = NULL;

  if (example_open (&example, test->text, WEFT_F32, FALSE, &error))
    {
      if (example_call (&example, WEFT_MODE_INTERPRET, example.n_outputs, example.outputs, results,
                        &error))
        g_error ("%s is taken, but must be refused with \"%s\"", test->text, test->message);
      example_close (&example);
    }
  if (strstr (error->message, test->message) == NULL)
    g_error ("%s is refused with \"%s\", not \"%s\"", test->text, error->message, test->message);
}

/* ---- Compiled code ---- */

/* Examples that are compiled together: kernels of many go into one file. */
#define BATCH 64

static GPtrArray *compiled_texts;

/* The interpreter's bits; which NaN it is does not matter. */
static void
check_bits (const char *text, const WeftArray *got, const WeftArray *expected)
{
  gsize size = weft_dtype_size (got->dtype);

  g_assert_cmpint (got->n_elements, ==, expected->n_elements);
  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double a = weft_array_get (got, i), b = weft_array_get (expected, i);

      if (memcmp ((char *) got->data + i * size, (char *) expected->data + i * size, size) != 0 &&
          (a == a || b == b))
        g_error ("%s: compiled code gives %.17g, the interpreter %.17g", text, a, b);
    }
}

static void
check_compiled (const char *text, Example *example, WeftFunction *function, guint *n_compared)
{
  WeftArray *results[EXAMPLE_MAX_OUTPUTS] = { NULL }, *expected[EXAMPLE_MAX_OUTPUTS] = { NULL };
  g_autoptr (GError) error = NULL;

  weft_function_wait_compiled (function);
  if (weft_function_get_compile_message (function) != NULL)
    g_error ("%s: %s", text, weft_function_get_compile_message (function));
  if (!weft_function_call (function, example->arrays, results, NULL, &error))
    g_error ("%s: %s", text, error->message);
  if (!example_call (example, WEFT_MODE_INTERPRET, example->n_outputs, example->outputs, expected,
                     &error))
    g_error ("%s: %s", text, error->message);
  for (guint i = 0; i < example->n_outputs; i++)
    check_bits (text, results[i], expected[i]);
  *n_compared += example->n_outputs;
  unref_all (results, example->n_outputs);
  unref_all (expected, example->n_outputs);
}

/* All examples of all rows and functions, as compiled code. */
static void
test_compiled (gconstpointer data)
{
  WeftDType dtype = (WeftDType) GPOINTER_TO_UINT (data);
  guint     n_compared = 0;

  for (guint first = 0; first < compiled_texts->len; first += BATCH)
    {
      guint         n = MIN (BATCH, compiled_texts->len - first);
      Example       examples[BATCH];
      WeftFunction *functions[BATCH] = { NULL };

      for (guint i = 0; i < n; i++)
        {
          if (!example_open (&examples[i], compiled_texts->pdata[first + i], dtype, FALSE, NULL))
            continue;
          functions[i] = example_function (&examples[i], WEFT_MODE_COMPILE, examples[i].n_outputs,
                                           examples[i].outputs, NULL);
          weft_function_prepare (functions[i], examples[i].arrays, NULL);
        }
      for (guint i = 0; i < n; i++)
        if (functions[i] != NULL)
          {
            check_compiled (compiled_texts->pdata[first + i], &examples[i], functions[i],
                            &n_compared);
            weft_function_free (functions[i]);
            example_close (&examples[i]);
          }
    }
  g_assert_cmpuint (n_compared, >=, compiled_texts->len);
}

/* ---- Lists ---- */

static void
add (const char   *name,
     const WeftOp *op,
     const char   *what,
     guint         number,
     const char   *text,
     const char   *message,
     GTestDataFunc func)
{
  Case            *test = g_new0 (Case, 1);
  g_autofree char *path = 
    g_strdup_printf ("/engine/%s/%s/%s/%u", op != NULL ? "op" : "function", name, what, number);

  *test = (Case){ name, op, g_strdup (text), g_strdup (message) };
  g_test_add_data_func (path, test, func);
}

static void
add_example (const char *name, const WeftOp *op, guint number, const char *text)
{
  add (name, op, "values", number, text, NULL, test_values);
  g_ptr_array_add (compiled_texts, g_strdup (text));
  add (name, op, "text", number, text, NULL, test_text);
  if (op == NULL || has_gradient (op))
    add (name, op, "gradient", number, text, NULL, test_gradient);
}

static void
add_mistake (const char *name, const WeftOp *op, guint number, const char *row)
{
  const char      *arrow = strstr (row, " -> ");
  g_autofree char *text = NULL;

  if (arrow == NULL)
    g_error ("%s: the mistake \"%s\" has no \" -> \"", name, row);
  text = g_strndup (row, arrow - row);
  add (name, op, "mistake", number, text, arrow + 4, test_mistake);
}

/* Shapes that the inputs of elementwise rows take: equal, broadcast either way, scalar, size 1,
 * empty. */
static const char *const layouts[][3] = {
  { "2, 3", "2, 3", "2, 3" },
  { "2, 3", "3", "" },
  { "3", "2, 1", "2, 3" },
  { "", "", "" },
  { "1, 1", "1, 1", "1, 1" },
  { "0, 3", "1, 3", "0, 3" },
};

static const char *
sample_name (const WeftOp *op, guint input)
{
  static const char *const names[] = {
    [WEFT_DOMAIN_REALS] = "reals",
    [WEFT_DOMAIN_NONZERO] = "not_zero",
    [WEFT_DOMAIN_POSITIVE] = "positive",
    [WEFT_DOMAIN_NEGATIVE] = "negative",
    [WEFT_DOMAIN_UNIT] = "unit",
    [WEFT_DOMAIN_PROBABILITY] = "probability",
    [WEFT_DOMAIN_ABOVE_ONE] = "above_one",
    [WEFT_DOMAIN_INTS] = "small_ints",
    [WEFT_DOMAIN_BOOLS] = "bools",
    [WEFT_DOMAIN_SPECIAL] = NULL,
  };

  return op->traits & WEFT_TRAIT_CONDITION && input == 0 ? "bools" : names[op->domain];
}

static void
add_elementwise (const WeftOp *op)
{
  guint n = op->traits & WEFT_TRAIT_VARIADIC ? 3 : op->n_inputs;

  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    {
      g_autoptr (GString) text = g_string_new (op->name);

      for (guint k = 0; k < n; k++)
        g_string_append_printf (text, "%s%s(%s)", k > 0 ? ", " : "(", sample_name (op, k),
                                layouts[i][k]);
      g_string_append (text, g_str_equal (op->name, "cast") ? ", f64)" : ")");
      add_example (op->name, op, 20 + i, text->str);
    }
  if (n > 1)
    {
      g_autoptr (GString) text = g_string_new (op->name);

      for (guint k = 0; k < n; k++)
        g_string_append_printf (text, "%s%s(%u)", k > 0 ? ", " : "(", sample_name (op, k), 3 + k);
      g_string_append (text, ")");
      add (op->name, op, "mistake", 20, text->str, "3 != 4", test_mistake);
    }
  else
    {
      g_autofree char *text = g_strdup_printf ("%s(%s(2), %s(2), 1, 2, 3)", op->name,
                                               sample_name (op, 0), sample_name (op, 0));

      add (op->name, op, "mistake", 20, text, op->name, test_mistake);
    }
}

static gboolean
is_made_by_graph (const WeftOp *op)
{
  return (op->traits & WEFT_TRAIT_LEAF) != 0;
}

static void
test_every_row (void)
{
  for (guint i = 0; i < weft_op_count (); i++)
    {
      const WeftOp *op = weft_op_get (i);

      if (is_made_by_graph (op))
        continue;
      if (op->examples[0] == NULL && !(op->traits & WEFT_TRAIT_ELEMENTWISE && sample_name (op, 0)))
        {
          g_test_message ("op %s has no example", op->name);
          g_test_fail ();
        }
      if (op->mistakes[0] == NULL && !(op->traits & (WEFT_TRAIT_ELEMENTWISE | WEFT_TRAIT_INTERNAL)))
        {
          g_test_message ("op %s has no mistake", op->name);
          g_test_fail ();
        }
      if (op->n_inputs > 0 && !has_gradient (op) && op->no_grad == NULL &&
          !g_str_equal (op->name, "stop_gradient"))
        {
          g_test_message ("op %s has neither a gradient nor a reason why there is none", op->name);
          g_test_fail ();
        }
    }
  for (guint i = 0; i < weft_functions_count (); i++)
    if (weft_functions_examples (weft_functions_name (i), FALSE)[0] == NULL &&
        weft_functions_examples (weft_functions_name (i), TRUE)[0] == NULL)
      {
        g_test_message ("function %s has no example", weft_functions_name (i));
        g_test_fail ();
      }
}

static void
add_rows (const char        *name,
          const WeftOp      *op,
          const char *const *examples,
          const char *const *mistakes)
{
  for (guint i = 0; i < WEFT_MAX_EXAMPLES && examples[i] != NULL; i++)
    add_example (name, op, i, examples[i]);
  for (guint i = 0; i < WEFT_MAX_EXAMPLES && mistakes[i] != NULL; i++)
    add_mistake (name, op, i, mistakes[i]);
}

int
main (int argc, char **argv)
{
  int code;

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  example_register_samples ();
  compiled_texts = g_ptr_array_new_with_free_func (g_free);
  g_test_add_data_func ("/engine/compiled/f32", GUINT_TO_POINTER (WEFT_F32), test_compiled);
  g_test_add_data_func ("/engine/compiled/f64", GUINT_TO_POINTER (WEFT_F64), test_compiled);
  for (guint i = 0; i < weft_op_count (); i++)
    {
      const WeftOp *op = weft_op_get (i);

      add_rows (op->name, op, op->examples, op->mistakes);
      if (op->traits & WEFT_TRAIT_ELEMENTWISE && !is_made_by_graph (op) &&
          sample_name (op, 0) != NULL)
        add_elementwise (op);
    }
  for (guint i = 0; i < weft_functions_count (); i++)
    {
      const char *name = weft_functions_name (i);

      add_rows (name, NULL, weft_functions_examples (name, FALSE),
                weft_functions_examples (name, TRUE));
    }
  g_test_add_func ("/engine/op/every-row-has-examples", test_every_row);
  code = g_test_run ();
  g_ptr_array_unref (compiled_texts);
  return code;
}
