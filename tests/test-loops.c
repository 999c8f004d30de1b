/* Functions of the language and the ops that own graphs: lambdas read and written, what they see,
 * bodies captured, compared and copied; scan against the unrolled graph, with taps, truncation,
 * checkpoints and "until"; derivatives of all that. Each row's examples are checked by
 * test-examples.c, how loops run by test-run-loops.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"
#include "engine/ops/loop.h"
#include "tests/world.h"

#include <math.h>
#include <string.h>

/* ---- Helpers ---- */

/* An input with numbers between -1 and 1 that repeat nothing. */
static WeftValue *
add_input (World *world, const char *name, WeftDType dtype, guint rank, const gint64 *dims)
{
  WeftArray *array = weft_array_new (dtype, rank, dims);

  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, sin (1.7 * i + 3.1 * world->inputs->len + 0.4));
  return world_add_input (world, name, array);
}

static gboolean
try_build (World *world, const char *text, WeftBinding *result, GError **error)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, error);

  return expr != NULL && weft_expr_build (expr, world->graph, world->scope, result, error);
}

static void
assert_numbers (World *world, const char *text, guint n, const double *numbers)
{
  const WeftMode modes[] = { WEFT_MODE_REFERENCE, WEFT_MODE_INTERPRET };
  WeftValue     *value = world_build (world, text);

  for (guint k = 0; k < G_N_ELEMENTS (modes); k++)
    {
      g_autoptr (WeftArray) result = world_run_one (world, value, modes[k]);

      if (result->n_elements != n)
        g_error ("%s: %d elements, not %u", text, (int) result->n_elements, n);
      for (guint i = 0; i < n; i++)
        if (!(fabs (weft_array_get (result, i) - numbers[i]) <= 1e-6 * (1 + fabs (numbers[i]))))
          g_error ("%s: element %u is %g, not %g", text, i, weft_array_get (result, i), numbers[i]);
    }
}
#define ASSERT_NUMBERS(TEXT, ...)                                                 \
  assert_numbers (&world, TEXT, G_N_ELEMENTS (((const double[]){ __VA_ARGS__ })), \
                  (const double[]){ __VA_ARGS__ })

/* ---- The language ---- */

static void
test_text (void)
{
  static const struct
  {
    const char *text, *canonical; /* NULL: the same */
  } rows[] = {
    { "lambda x: x", NULL },
    { "lambda: 1", NULL },
    { "lambda x, h: tanh(x + h) * 2", NULL },
    { "f(lambda x: (x, 2 * x), 3, k=lambda: None)", NULL },
    { "lambda x: lambda y: x + y", NULL },
    { "lambda x: 1 if x else 2", NULL },
    { "(lambda x: x) if a else b", NULL },
    { "lambda x:(y=x*x;y+1)", "lambda x: (y = x * x; y + 1)" },
    { "lambda x: (a, b = x; f(a); a + b)", NULL },
    { "g = lambda x: (\n  y = x;\n  lambda z: (w = y; w * z))",
      "g = lambda x: (y = x; lambda z: (w = y; w * z))" },
    { "lambda x: (x == 1)", "lambda x: x == 1" },
    { "x[lambda i: i, :]", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftExpr) expr = weft_expr_parse (rows[i].text, &error);
      g_autoptr (WeftExpr) again = NULL;
      g_autofree char *text = NULL;
      g_autofree char *twice = NULL;

      g_assert_no_error (error);
      text = weft_expr_to_string (expr);
      g_assert_cmpstr (text, ==, rows[i].canonical != NULL ? rows[i].canonical : rows[i].text);
      again = weft_expr_parse (text, &error);
      g_assert_no_error (error);
      twice = weft_expr_to_string (again);
      g_assert_cmpstr (twice, ==, text);
    }
}

static void
test_syntax_errors (void)
{
  static const struct
  {
    const char *text, *message;
  } rows[] = {
    { "lambda x", "1:9: expected a comma or a colon" },
    { "lambda 1: x", "1:8: expected the name of a parameter" },
    { "lambda x, : x", "1:9: expected a comma or a colon before \",\"" },
    { "lambda x:", "1:10: expected a value before the end of the text" },
    { "lambda if: 1", "1:8: if cannot be assigned to" },
    { "lambda x: (y = x)", "1:17: the last statement of a function must be a value" },
    { "lambda x: (y = x;)", "1:18: expected a value" },
    { "lambda x: (y = x; y", "expected ) before the end" },
    { "f(a; b)", "1:4: expected )" },
    { "(a; b)", "1:3: expected )" },
    { "lambda: lambda: lambda: lambda: lambda: lambda: lambda: lambda: lambda: lambda: lambda: "
      "lambda: "
      "lambda: lambda: lambda: lambda: lambda: 1",
      "nested more than 16 deep" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftExpr) expr = weft_expr_parse (rows[i].text, &error);

      if (expr != NULL || strstr (error->message, rows[i].message) == NULL)
        g_error ("%s: %s", rows[i].text, expr != NULL ? "is taken" : error->message);
    }
}

/* Names of a function are its own; what it reads from outside is free. */
static void
test_names (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (
    "f = lambda x: (y = x * a; z, w = y; z + y + w); map(lambda t: t + x + y, b)", &error);
  g_autofree char *free_names = NULL;
  g_autofree char *assigned = NULL;

  g_assert_no_error (error);
  free_names = g_strjoinv (" ", (char **) weft_expr_free_names (expr));
  assigned = g_strjoinv (" ", (char **) weft_expr_assigned_names (expr));
  g_assert_cmpstr (free_names, ==, "a x y b");
  g_assert_cmpstr (assigned, ==, "f");
  g_assert_true (weft_expr_has_result (expr));
}

static gboolean
double_it (WeftGraph         *graph,
           guint              n,
           const WeftBinding *args,
           gpointer           data,
           WeftBinding       *result,
           GError           **error)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);

  if (x == NULL)
    return FALSE;
  result->kind = WEFT_BIND_VALUE;
  result->value = weft_graph_op (graph, "mul", x, weft_graph_shared (graph, data), NULL);
  return TRUE;
}

static void
test_calls (void)
{
  g_auto (World) world;
  g_autoptr (WeftArray) two = weft_array_new_scalar (WEFT_F64, 2);
  g_autoptr (WeftShared) shared = weft_shared_new ("two", "parameter", two);

  world_init (&world);
  weft_scope_set_function (world.scope, "twice", double_it, shared, NULL);
  ASSERT_NUMBERS ("f = lambda x, y: x - 2 * y; f(7, 1)", 5);
  ASSERT_NUMBERS ("k = 3; f = lambda x: x * k; k = 5; f(2)", 10);
  ASSERT_NUMBERS ("f = lambda g, x: g(g(x)); f(lambda a: a * a, 3)", 81);
  ASSERT_NUMBERS ("f = lambda x: lambda y: x * y; g = f(3); g(4)", 12);
  ASSERT_NUMBERS ("twice(4)", 8);
  /* Functions, outer values and shared values seen from inside a body. */
  ASSERT_NUMBERS ("w = 10.0; f = lambda x: x * w; map(lambda x: f(x) + w, [1.0, 2])", 20, 30);
  ASSERT_NUMBERS ("map(twice, [1.0, 2])", 2, 4);
  ASSERT_NUMBERS ("map(lambda x: map(lambda y: twice(x) + y, [1.0, 2]), [10.0, 20])", 21, 22, 41,
                  42);
  ASSERT_NUMBERS ("fold(maximum, [3.0, 9, 4], 0)", 9);
  ASSERT_NUMBERS ("t = ([1.0, 2], 3); map(lambda x: x * t[1] + t[0], [1.0, 2])", 4, 5, 7, 8);
}

static void
test_call_errors (void)
{
  static const struct
  {
    const char *text, *message;
  } rows[] = {
    { "f = lambda x: x; f(1, 2)", "1:18: the function takes 1 argument, not 2" },
    { "f = lambda x: x; f(x=1)", "takes its arguments in order" },
    { "f = lambda x: f(x); f(1)", "functions call each other more than 32 deep" },
    { "a = lambda x: x + x; b = lambda x: a(a(a(a(x)))); c = lambda x: b(b(b(b(b(b(b(b(x))))))));"
      "d = lambda x: c(c(c(c(c(c(c(c(x)))))))); e = lambda x: d(d(d(d(d(d(d(d(x))))))));"
      "f = lambda x: e(e(e(e(e(e(e(e(x)))))))); g = lambda x: f(f(f(f(f(f(f(f(x)))))))); g(1)",
      "functions are called more than 20000 times" },
    { "(lambda x: x) + 1", "got a function" },
    { "map(lambda x: q + x, [1.0])", "1:15: there is no q here" },
    { "map(lambda x: x @ x, [1.0])", "1:17: " },
    { "exp(lambda x: x)", "exp: needs a tensor or a number, got a function" },
  };
  g_auto (World) world;

  world_init (&world);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      WeftBinding result;

      if (try_build (&world, rows[i].text, &result, &error) ||
          strstr (error->message, rows[i].message) == NULL)
        g_error ("%s: %s", rows[i].text, error == NULL ? "is taken" : error->message);
    }
}

/* ---- Bodies ---- */

static const WeftBody *
step_of (WeftValue *value)
{
  g_assert_cmpstr (value->apply->op->name, ==, "loop");
  return value->apply->attrs[0].body;
}

static void
test_bodies (void)
{
  g_auto (World) world;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftGraph) target = weft_graph_new ();
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();
  WeftType        type = { WEFT_F32, FALSE, { 2, { weft_dim_named ("t"), weft_dim_named ("n") } } };
  WeftValue      *x, *same, *other, *copy, *w;
  const WeftBody *body;

  world_init (&world);
  x = weft_graph_input (world.graph, "x", &type);
  w = weft_graph_input (world.graph, "cell.w", &type);
  weft_scope_set_value (world.scope, "x", x);
  weft_scope_set_value (world.scope, "w", w);
  same = world_build (&world, "scan(lambda a, h: h * a + sum(w, 0), x, x[0])");
  body = step_of (same);
  /* The outer value is one input more, named so that a text can say it. */
  g_assert_cmpuint (body->n_inputs, ==, 3);
  g_assert_cmpstr (body->inputs[0]->name, ==, "a");
  g_assert_cmpstr (body->inputs[2]->name, ==, "cell_w");
  g_assert_true (same->apply->inputs[2] == w);
  g_assert_true (weft_body_equal (
    body, step_of (world_build (&world, "scan(lambda b, g: g * b + sum(w, 0), x, x[0])"))));
  other = world_build (&world, "scan(lambda a, h: h * a - sum(w, 0), x, x[0])");
  g_assert_false (weft_body_equal (body, step_of (other)));
  g_assert_true (weft_graph_check (world.graph, 1, &same, &error));
  g_assert_no_error (error);
  /* With numbers for the names. */
  weft_bindings_set (bindings, "t", 5);
  weft_bindings_set (bindings, "n", 3);
  g_assert_true (weft_graph_clone (world.graph, target, 1, &same, NULL, bindings, &copy, &error));
  g_assert_true (weft_graph_check (target, 1, &copy, &error));
  g_assert_no_error (error);
  g_assert_cmpint (step_of (copy)->inputs[0]->type.shape.dims[0].offset, ==, 3);
  g_assert_true (weft_dim_is_number (step_of (copy)->outputs[0]->type.shape.dims[0]));
  g_assert_cmpint (copy->type.shape.dims[0].offset, ==, 5);
}

/* What is read twice gets a name inside; nested loops and branches read back. */
static void
test_printed (void)
{
  g_auto (World) world;
  g_autofree char *text = NULL;
  g_autofree char *once = NULL;
  g_autofree char *short_text = NULL;
  WeftValue       *y;

  world_init (&world);
  add_input (&world, "x", WEFT_F32, 2, (gint64[]){ 4, 3 });
  add_input (&world, "h", WEFT_F32, 1, (gint64[]){ 3 });
  y = world_build (&world, "scan(lambda x, h: (z = sigmoid(x + h); z * h + (1 - z)), x, h)");
  text = weft_graph_to_string (world.graph, 1, &y);
  g_assert_nonnull (strstr (text, "loop((x, h), step=lambda x, h: ("));
  g_assert_nonnull (strstr (text, " = sigmoid(x + h); "));
  once = weft_value_to_expression (y, 100);
  g_assert_nonnull (strstr (once, "steps=4, sequences=1, states=1)[1]"));
  short_text = weft_value_to_expression (y, 2);
  g_assert_nonnull (strstr (short_text, "lambda x, h: ..."));
  {
    WeftValue *again = world_build (&world, once);

    g_assert_true (weft_body_equal (step_of (y), step_of (again)));
  }
}

static void
test_extract (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) captures = g_ptr_array_new ();
  g_autoptr (WeftBody) body = NULL;
  WeftValue *a, *b, *y, *inlined;

  world_init (&world);
  a = add_input (&world, "a", WEFT_F64, 1, (gint64[]){ 3 });
  b = add_input (&world, "b", WEFT_F64, 1, (gint64[]){ 3 });
  y = world_build (&world, "a * exp(b) + sin(b) * 2");
  body = weft_body_extract (world.graph, 1, &a, 1, &y, captures);
  /* exp (b) and sin (b) * 2 do not depend on a. */
  g_assert_cmpuint (captures->len, ==, 2);
  g_assert_cmpuint (body->n_inputs, ==, 3);
  {
    WeftValue *all[3] = { b, captures->pdata[0], captures->pdata[1] };
    g_autoptr (WeftArray) got = NULL;
    g_autoptr (WeftArray) expected = NULL;

    weft_body_inline (body, world.graph, all, &inlined);
    got = world_run_one (&world, inlined, WEFT_MODE_REFERENCE);
    expected =
      world_run_one (&world, world_build (&world, "b * exp(b) + sin(b) * 2"), WEFT_MODE_REFERENCE);
    assert_close (got, expected, 1e-14, 1e-14);
  }
}

/* ---- Values ---- */

static void
test_values (void)
{
  g_auto (World) world;

  world_init (&world);
  ASSERT_NUMBERS ("scan(lambda x, h: h * 2 + x, [1.0, 2, 3], 0)", 1, 4, 11);
  ASSERT_NUMBERS ("scan(lambda x, h: h * 2 + x, [1.0, 2, 3], 0, backwards=True)", 17, 8, 3);
  ASSERT_NUMBERS ("scan(lambda x, y, h: h + x * y, (arange(1, 4), arange(4, 7)), 0)", 4, 14, 32);
  ASSERT_NUMBERS ("a, b = scan(lambda x, h, g: (g + x, h), [1, 2, 3], (0, 10)); concat((a, b))", 11,
                  2, 14, 0, 11, 2);
  ASSERT_NUMBERS ("a, b = scan(lambda x, h: (h + x, h), [1, 2, 3], 0); b", 0, 1, 3);
  ASSERT_NUMBERS ("scan(lambda x, h, c, d: h + c * x - d, [1, 2], 0, (10, 1))", 9, 28);
  ASSERT_NUMBERS ("scan(lambda a, b: a + b, states=taps([1, 1], -1, -2), steps=6)", 2, 3, 5, 8, 13,
                  21);
  ASSERT_NUMBERS ("scan(lambda c: c * 2, states=taps([1, 2, 3], -3), steps=5)", 2, 4, 6, 4, 8);
  ASSERT_NUMBERS ("scan(lambda a, b, h: h + b - a, taps([1, 4, 9, 16], -1, 0), 0)", 3, 8, 15);
  /* One time for all sequences: where all taps are there. */
  ASSERT_NUMBERS (
    "map(lambda x, p, n: x * 100 + p * 10 + n, [1, 2, 3, 4], taps([1, 2, 3, 4], -1, 1))", 213, 324);
  ASSERT_NUMBERS ("map(lambda x: x, taps([1, 2, 3, 4], 2))", 3, 4);
  ASSERT_NUMBERS ("scan(lambda h: (h * 2, until(h > 20)), states=1, steps=100)", 2, 4, 8, 16, 32,
                  64);
  ASSERT_NUMBERS ("scan(lambda x, h: (h + x, until(x < 0)), [1, 2, -3, 4], 0, backwards=True)", 1,
                  4);
  ASSERT_NUMBERS ("fold(lambda h: (h * 2, until(h > 20)), (), 1, steps=100)", 64);
  ASSERT_NUMBERS ("scan(lambda h: h + 1, states=0, steps=count_nonzero([1, 0, 2]))", 1, 2);
  ASSERT_NUMBERS ("fold(lambda x, h: h - x, [1, 2, 3], 0)", -6);
  ASSERT_NUMBERS ("foldr(lambda x, h: x - h, [1, 2, 3], 0)", 2);
  ASSERT_NUMBERS ("scan(lambda x, h: h + x, [1, 2, 3, 4, 5, 6, 7], 0, checkpoint=3)", 1, 3, 6, 10,
                  15, 21, 28);
  ASSERT_NUMBERS ("scan(lambda x, h: h * 2 + x, [1, 2, 3, 4, 5], 0, checkpoint=2, backwards=True)",
                  129, 64, 31, 14, 5);
  ASSERT_NUMBERS ("scan(lambda x, h: h * 2 + x, [1, 2, 3, 4, 5], 0, checkpoint=2, truncate=3)", 1,
                  4, 11, 26, 57);
  ASSERT_NUMBERS ("scan(lambda x, h: h * 2 + x, [1, 2, 3, 4, 5], 0, truncate=3, backwards=True)",
                  129, 64, 31, 14, 5);
  ASSERT_NUMBERS ("cond(sum([1, 2]) > 2, lambda: 1.5, lambda: 2)", 1.5);
  ASSERT_NUMBERS ("a, b = cond(sum([1, 2]) > 5, lambda: (1, 2.5), lambda: (3, 4)); b", 4);
  ASSERT_NUMBERS ("map(lambda x: cond(x > 0, lambda: sqrt(x), lambda: 0.0), [4.0, -4])", 2, 0);
  /* Bare numbers take the type and the shape of what the step makes of them. */
  ASSERT_NUMBERS ("scan(lambda x, h: h + x, [[1.0, 2], [3, 4]], 0)", 1, 2, 4, 6);
  ASSERT_NUMBERS ("scan(lambda x, h: cond(x > 1, lambda: 0, lambda: h), [1.0, 2], 5.0)", 5, 0);
}

/* ---- Derivatives ---- */

/* The gradients of two costs by all inputs are equal within @tolerance (0: to the bit). */
static void
compare_gradients (World *world, const char *text, const char *other, double tolerance)
{
  const char *texts[2] = { text, other };
  WeftMode    modes[2] = { WEFT_MODE_REFERENCE, WEFT_MODE_INTERPRET };
  guint       n = world->inputs->len;

  g_test_message ("%s", text);
  for (guint m = 0; m < 2; m++)
    {
      GPtrArray *results[2] = { NULL, NULL };

      for (guint k = 0; k < 2; k++)
        {
          g_autoptr (GPtrArray) values = g_ptr_array_new ();
          g_autoptr (GError) error = NULL;

          g_ptr_array_set_size (values, n + 1);
          values->pdata[n] = world_build (world, texts[k]);
          weft_grad (world->graph, values->pdata[n], NULL, NULL, n,
                     (WeftValue **) world->inputs->pdata, WEFT_DISCONNECTED_ZERO,
                     (WeftValue **) values->pdata, &error);
          if (error != NULL)
            g_error ("%s: %s", texts[k], error->message);
          results[k] = world_run_all (world, values, modes[m], FALSE);
        }
      for (guint i = 0; i <= n; i++)
        assert_close (results[0]->pdata[i], results[1]->pdata[i], tolerance, tolerance);
      g_ptr_array_unref (results[0]);
      g_ptr_array_unref (results[1]);
    }
}

/* Backpropagation through the loop is that through its unrolled graph. */
static void
test_unrolled (void)
{
  g_auto (World) world;

  world_init (&world);
  add_input (&world, "x", WEFT_F64, 2, (gint64[]){ 4, 3 });
  add_input (&world, "h0", WEFT_F64, 1, (gint64[]){ 3 });
  add_input (&world, "W", WEFT_F64, 2, (gint64[]){ 3, 3 });
  world_build (
    &world,
    "step = lambda x, h: tanh(x + h @ W)\n"
    "h1 = step(x[0], h0); h2 = step(x[1], h1); h3 = step(x[2], h2); h4 = step(x[3], h3); 0");
  compare_gradients (&world, "sum(scan(step, x, h0) ** 3)",
                     "sum(h1 ** 3) + sum(h2 ** 3) + sum(h3 ** 3) + sum(h4 ** 3)", 1e-12);
  compare_gradients (&world, "sum(fold(step, x, h0) ** 3)", "sum(h4 ** 3)", 1e-12);
  compare_gradients (&world, "sum(scan(step, x, h0)[1] ** 3)", "sum(h2 ** 3)", 1e-12);
  compare_gradients (
    &world,
    "b0, b1, b2, b3 = (step(x[3], h0), 0, 0, 0); b1 = step(x[2], b0); b2 = step(x[1], b1);"
    "b3 = step(x[0], b2); sum(b0 ** 2) + sum(b3 ** 3)",
    "y = scan(step, x, h0, backwards=True); sum(y[3] ** 2) + sum(y[0] ** 3)", 1e-12);
  /* A state two steps back. */
  compare_gradients (
    &world, "sum(scan(lambda x, a, b: tanh(x + a @ W) * b, x, taps(x[:2], -1, -2)) ** 3)",
    "s = lambda x, a, b: tanh(x + a @ W) * b\n"
    "t1 = s(x[0], x[1], x[0]); t2 = s(x[1], t1, x[1]); t3 = s(x[2], t2, t1); t4 = s(x[3], t3, t2)\n"
    "sum(t1 ** 3) + sum(t2 ** 3) + sum(t3 ** 3) + sum(t4 ** 3)",
    1e-12);
}

/* The gradient of a truncated loop is that of the last steps from a constant on. */
static void
test_truncated (void)
{
  g_auto (World) world;

  world_init (&world);
  add_input (&world, "x", WEFT_F64, 2, (gint64[]){ 5, 3 });
  add_input (&world, "h0", WEFT_F64, 1, (gint64[]){ 3 });
  add_input (&world, "W", WEFT_F64, 2, (gint64[]){ 3, 3 });
  world_build (&world, "step = lambda x, h: tanh(x + h @ W); 0");
  compare_gradients (&world, "sum(scan(step, x, h0, truncate=2) ** 3)",
                     "h = stop_gradient(fold(step, x[:3], h0))\n"
                     "c = stop_gradient(sum(scan(step, x[:3], h0) ** 3))\n"
                     "h4 = step(x[3], h); h5 = step(x[4], h4); c + sum(h4 ** 3) + sum(h5 ** 3)",
                     1e-12);
  compare_gradients (&world, "sum(scan(step, x, h0, truncate=5) ** 3)",
                     "sum(scan(step, x, h0) ** 3)", 0);
}

/* Keeping every k-th state only changes no bit of the gradient by what the steps read; sums over
 * steps are added up in another order. */
static void
test_checkpointed (void)
{
  g_auto (World) world;

  world_init (&world);
  add_input (&world, "x", WEFT_F32, 2, (gint64[]){ 6, 3 });
  add_input (&world, "h0", WEFT_F32, 1, (gint64[]){ 3 });
  world_build (&world, "step = lambda x, h: tanh(x * 0.5 + h * x); 0");
  compare_gradients (&world, "sum(fold(step, x, h0) ** 3)",
                     "sum(scan(step, x, h0, checkpoint=3)[-1] ** 3)", 0);
  add_input (&world, "W", WEFT_F32, 2, (gint64[]){ 3, 3 });
  world_build (&world, "step = lambda x, h: tanh(x + h @ W); 0");
  compare_gradients (&world, "sum(scan(step, x, h0, checkpoint=4)[2:] ** 3)",
                     "sum(scan(step, x, h0)[2:] ** 3)", 1e-5);
}

/* The rows that until left out have no gradient, not even where their derivative is infinite. */
static void
test_until (void)
{
  g_auto (World) world;

  world_init (&world);
  add_input (&world, "x", WEFT_F64, 1, (gint64[]){ 6 });
  for (guint i = 0; i < 6; i++)
    weft_array_set (world.arrays->pdata[0], i, i < 4 ? 1 + 0.1 * i : 0);
  compare_gradients (&world, "fold(lambda x, h: (h * sqrt(x), until(x > 1.15)), x, 2.0)",
                     "2 * sqrt(x[0]) * sqrt(x[1]) * sqrt(x[2])", 1e-12);
  compare_gradients (&world, "sum(scan(lambda x, h: (h * sqrt(x), until(x > 1.15)), x, 2.0))",
                     "a = 2 * sqrt(x[0]); b = a * sqrt(x[1]); a + b + b * sqrt(x[2])", 1e-12);
}

/* A branch that is not taken has no say: no NaN from it, not in the second derivative either. */
static void
test_branches (void)
{
  g_auto (World) world;
  WeftValue *y, *grad, *second;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) result = NULL;

  world_init (&world);
  add_input (&world, "x", WEFT_F64, 1, (gint64[]){ 3 });
  weft_array_set (world.arrays->pdata[0], 0, 4);
  weft_array_set (world.arrays->pdata[0], 1, 0);
  weft_array_set (world.arrays->pdata[0], 2, -1);
  y = world_build (&world, "sum(map(lambda x: cond(x > 0, lambda: sqrt(x), lambda: x * x), x))");
  g_assert_true (weft_grad (world.graph, y, NULL, NULL, 1, (WeftValue **) world.inputs->pdata,
                            WEFT_DISCONNECTED_ERROR, &grad, &error));
  grad = weft_graph_op (world.graph, "sum", grad, NULL);
  g_assert_true (weft_grad (world.graph, grad, NULL, NULL, 1, (WeftValue **) world.inputs->pdata,
                            WEFT_DISCONNECTED_ERROR, &second, &error));
  g_assert_no_error (error);
  result = world_run_one (&world, second, WEFT_MODE_INTERPRET);
  g_assert_cmpfloat_with_epsilon (weft_array_get (result, 0), -0.25 * pow (4, -1.5), 1e-12);
  g_assert_cmpfloat (weft_array_get (result, 1), ==, 2);
  g_assert_cmpfloat (weft_array_get (result, 2), ==, 2);
}

/* Rows draw different numbers, and the gradient's loop draws those of the loop. */
static void
test_random (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) results = NULL;
  g_autoptr (GError) error = NULL;
  WeftArray *twice;

  world_init (&world);
  add_input (&world, "x", WEFT_F64, 2, (gint64[]){ 6, 40 });
  g_ptr_array_add (
    values, world_build (&world, "scan(lambda x, h: dropout(x, 0.5) + h, x, zeros(40))[-1]"));
  g_ptr_array_add (values, world_build (&world, "map(lambda x: dropout(ones_like(x), 0.5), x)"));
  g_ptr_array_add (values, NULL);
  g_assert_true (weft_grad (world.graph, weft_graph_op (world.graph, "sum", values->pdata[0], NULL),
                            NULL, NULL, 1, (WeftValue **) world.inputs->pdata,
                            WEFT_DISCONNECTED_ERROR, (WeftValue **) &values->pdata[2], &error));
  g_assert_no_error (error);
  results = world_run_all (&world, values, WEFT_MODE_INTERPRET, FALSE);
  for (guint i = 0; i < 40; i++)
    {
      double sum = 0;

      for (guint t = 0; t < 6; t++)
        sum += weft_array_get (results->pdata[2], t * 40 + i) *
               weft_array_get (world.arrays->pdata[0], t * 40 + i);
      g_assert_cmpfloat_with_epsilon (sum, weft_array_get (results->pdata[0], i), 1e-12);
    }
  twice = results->pdata[1];
  g_assert_cmpint (memcmp (twice->data, (char *) twice->data + 40 * sizeof (double),
                           40 * sizeof (double)),
                   !=, 0);
}

static void
test_custom (void)
{
  g_auto (World) world;
  WeftValue *y, *grad;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) result = NULL;

  world_init (&world);
  add_input (&world, "x", WEFT_F64, 1, (gint64[]){ 3 });
  y = world_build (&world, "k = 3.0 * x[0] / x[0]; sum(custom_gradient(lambda x: round(x), lambda "
                           "x, gy: gy * k, x) * [1, 2, 4])");
  g_assert_true (weft_grad (world.graph, y, NULL, NULL, 1, (WeftValue **) world.inputs->pdata,
                            WEFT_DISCONNECTED_ERROR, &grad, &error));
  g_assert_no_error (error);
  result = world_run_one (&world, grad, WEFT_MODE_INTERPRET);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon (weft_array_get (result, i), 3 << i, 1e-12);
}

/* An op without a gradient inside a loop is named, and the node that it comes from. */
static void
test_undefined (void)
{
  g_auto (World) world;
  WeftValue *y, *grad, *x;
  g_autoptr (GError) error = NULL;

  world_init (&world);
  x = add_input (&world, "x", WEFT_F64, 2, (gint64[]){ 3, 2 });
  weft_graph_push_origin (world.graph, 9);
  y = world_build (&world, "sum(scan(lambda x, h: floor(x) + h * x, x, zeros(2)))");
  weft_graph_pop_origin (world.graph);
  g_assert_false (
    weft_grad (world.graph, y, NULL, NULL, 1, &x, WEFT_DISCONNECTED_ERROR, &grad, &error));
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_UNDEFINED);
  g_assert_cmpstr (error->message, ==, "floor has no gradient: constant almost everywhere");
  g_assert_cmpuint (weft_grad_error_get_node (error), ==, 9);
}

/* Several costs, given cotangents, constants. */
static void
test_options (void)
{
  g_auto (World) world;
  WeftValue *x = NULL, *costs[2], *cotangents[2] = { NULL, NULL }, *grad, *h;
  g_autoptr (GHashTable) constants = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) result = NULL;
  g_autoptr (WeftArray) expected = NULL;
  WeftGradOptions options = { .n_costs = 2, .costs = costs, .cotangents = cotangents };

  world_init (&world);
  x = add_input (&world, "x", WEFT_F64, 1, (gint64[]){ 3 });
  h = world_build (&world, "h = x * x; h");
  costs[0] = world_build (&world, "sum(h * x)");
  costs[1] = world_build (&world, "x * 3");
  cotangents[1] = world_build (&world, "x + 1");
  g_assert_true (weft_grad_full (world.graph, &options, 1, &x, &grad, &error));
  result = world_run_one (&world, grad, WEFT_MODE_REFERENCE);
  expected =
    world_run_one (&world, world_build (&world, "3 * x * x + 3 * (x + 1)"), WEFT_MODE_REFERENCE);
  assert_close (result, expected, 1e-13, 1e-13);
  /* h as a constant. */
  g_hash_table_add (constants, h);
  options.constants = constants;
  options.n_costs = 1;
  g_assert_true (weft_grad_full (world.graph, &options, 1, &x, &grad, &error));
  g_clear_pointer (&result, weft_array_unref);
  g_clear_pointer (&expected, weft_array_unref);
  result = world_run_one (&world, grad, WEFT_MODE_REFERENCE);
  expected = world_run_one (&world, world_build (&world, "x * x"), WEFT_MODE_REFERENCE);
  assert_close (result, expected, 1e-13, 1e-13);
  /* No cost at all: the cotangent of h is given. */
  g_hash_table_insert (known, h, world_build (&world, "x + 5"));
  options = (WeftGradOptions){ .known = known };
  g_assert_true (weft_grad_full (world.graph, &options, 1, &x, &grad, &error));
  g_assert_no_error (error);
  g_clear_pointer (&result, weft_array_unref);
  g_clear_pointer (&expected, weft_array_unref);
  result = world_run_one (&world, grad, WEFT_MODE_REFERENCE);
  expected = world_run_one (&world, world_build (&world, "2 * x * (x + 5)"), WEFT_MODE_REFERENCE);
  assert_close (result, expected, 1e-13, 1e-13);
}

/* A graph in float32 copied for float64 inputs: bodies follow. */
static void
test_retyped (void)
{
  g_auto (World) world;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  g_autoptr (WeftGraph) target = weft_graph_new ();
  WeftValue *y, *copy;

  world_init (&world);
  add_input (&world, "x", WEFT_F32, 2, (gint64[]){ 4, 3 });
  y = world_build (&world, "w = 0.5 * ones(3)\n"
                           "scan(lambda x, h: cond(sum(x) > 0, lambda: fold(lambda a, b: a * b + "
                           "sum(h), x, 1.0) * w + h, lambda: h), x, zeros(3))");
  for (guint i = 0; i < world.inputs->len; i++)
    {
      WeftValue *input = world.inputs->pdata[i];
      WeftType   type = input->type;

      type.dtype = WEFT_F64;
      g_hash_table_insert (map, input, weft_graph_input (target, input->name, &type));
    }
  g_assert_true (weft_graph_clone (world.graph, target, 1, &y, map, NULL, &copy, &error));
  g_assert_no_error (error);
  g_assert_cmpint (copy->type.dtype, ==, WEFT_F64);
  g_assert_true (weft_graph_check (target, 1, &copy, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/loops/text", test_text);
  g_test_add_func ("/engine/loops/syntax-errors", test_syntax_errors);
  g_test_add_func ("/engine/loops/names", test_names);
  g_test_add_func ("/engine/loops/calls", test_calls);
  g_test_add_func ("/engine/loops/call-errors", test_call_errors);
  g_test_add_func ("/engine/loops/bodies", test_bodies);
  g_test_add_func ("/engine/loops/printed", test_printed);
  g_test_add_func ("/engine/loops/extract", test_extract);
  g_test_add_func ("/engine/loops/retyped", test_retyped);
  g_test_add_func ("/engine/loops/values", test_values);
  g_test_add_func ("/engine/loops/gradient/unrolled", test_unrolled);
  g_test_add_func ("/engine/loops/gradient/truncated", test_truncated);
  g_test_add_func ("/engine/loops/gradient/checkpointed", test_checkpointed);
  g_test_add_func ("/engine/loops/gradient/until", test_until);
  g_test_add_func ("/engine/loops/gradient/branches", test_branches);
  g_test_add_func ("/engine/loops/gradient/random", test_random);
  g_test_add_func ("/engine/loops/gradient/custom", test_custom);
  g_test_add_func ("/engine/loops/gradient/undefined", test_undefined);
  g_test_add_func ("/engine/loops/gradient/options", test_options);
  return g_test_run ();
}
