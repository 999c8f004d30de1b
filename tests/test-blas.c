/* Products in BLAS's form: as they run, what becomes of them in programs, and that a product with
 * several readers is made once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/grad/grad.h"
#include "engine/rewrite/rewrite.h"
#include "engine/run/function.h"

typedef struct
{
  WeftGraph  *graph;
  WeftScope  *scope;
  GPtrArray  *inputs, *arrays;
  WeftShared *shared[3];
} World;

static WeftArray *
numbers (WeftDType dtype, guint rank, const gint64 *dims, double first)
{
  WeftArray *array = weft_array_new (dtype, rank, dims);
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, first + 0.13 * (i % 7) - 0.21 * (i % 4));
  return array;
}

static void
world_init (World *world, WeftDType dtype)
{
  static const struct
  {
    const char *name;
    guint       rank;
    gint64      dims[3];
  } inputs[] = {
    { "x", 2, { 6, 5 } },
    { "w", 2, { 5, 3 } },
    { "y", 2, { 6, 3 } },
    { "b", 1, { 3 } },
    { "v", 1, { 5 } },
    { "r", 1, { 6 } },
    { "q", 2, { 5, 5 } },
    { "s", 0, { 0 } },
    { "bx", 3, { 4, 6, 5 } },
    { "bw", 3, { 4, 5, 3 } },
    { "zero", 0, { 0 } },
  };
  static const char *const names[] = { "W", "m", "n" };
  world->graph = weft_graph_new ();
  world->scope = weft_scope_new ();
  world->inputs = g_ptr_array_new ();
  world->arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  for (guint i = 0; i < G_N_ELEMENTS (inputs); i++)
    {
      WeftType   type = { .dtype = dtype, .shape = weft_shape_new (inputs[i].rank, inputs[i].dims) };
      WeftValue *value = weft_graph_input (world->graph, inputs[i].name, &type);
      g_ptr_array_add (world->inputs, value);
      g_ptr_array_add (world->arrays,
                       numbers (dtype, inputs[i].rank, inputs[i].dims, 0.4 - 0.17 * i));
      weft_scope_set_value (world->scope, inputs[i].name, value);
    }
  weft_array_set (g_ptr_array_index (world->arrays, world->arrays->len - 1), 0, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (WeftArray) start = numbers (dtype, 2, (gint64[]){ 5, 3 }, 0.1 * i);
      world->shared[i] = weft_shared_new (names[i], "parameter", start);
      weft_scope_set_value (world->scope, names[i],
                            weft_graph_shared (world->graph, world->shared[i]));
    }
}

static void
world_clear (World *world)
{
  weft_graph_free (world->graph);
  weft_scope_free (world->scope);
  g_ptr_array_unref (world->inputs);
  g_ptr_array_unref (world->arrays);
  for (guint i = 0; i < G_N_ELEMENTS (world->shared); i++)
    weft_shared_unref (world->shared[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static WeftValue *
build (World *world, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  WeftValue *value;
  g_assert_no_error (error);
  value = weft_expr_build_value (expr, world->graph, world->scope, &error);
  g_assert_no_error (error);
  return value;
}

/* A function of @n updates of the shared variables, or of one @value. */
static WeftFunction *
function_of (
  World *world, WeftValue *value, guint n, WeftValue **updates, WeftMode mode, gboolean no_rewrites)
{
  g_autoptr (GError) error = NULL;
  WeftFunctionSpec spec = { .graph = world->graph,
                            .n_inputs = world->inputs->len,
                            .inputs = (WeftValue **) world->inputs->pdata,
                            .n_outputs = value != NULL,
                            .outputs = &value,
                            .n_updates = n,
                            .targets = world->shared,
                            .new_values = updates,
                            .mode = mode,
                            .no_rewrites = no_rewrites };
  WeftFunction    *function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  return function;
}

static WeftArray *
call (World *world, WeftFunction *function)
{
  g_autoptr (GError) error = NULL;
  WeftArray *result = NULL;
  weft_function_call (function, (WeftArray **) world->arrays->pdata, &result, NULL, &error);
  g_assert_no_error (error);
  return result;
}

static char *
program_text (WeftFunction *function)
{
  return weft_program_to_string ((WeftProgram *) weft_function_get_program (function));
}

static guint
count_parts (const char *text, const char *part)
{
  guint n = 0;
  for (const char *at = strstr (text, part); at != NULL; at = strstr (at + 1, part))
    n++;
  return n;
}

/* ---- Values ---- */

typedef struct
{
  const char *name, *text, *has; /* in the program's text, or NULL */
} Case;

static const Case cases[] = {
  { "bias", "x @ w + b", "gemm 6x3x5 +C" },
  { "sum", "x @ w + y", "gemm 6x3x5 +C" },
  { "column", "x @ w + expand_dims(r, 1)", "gemm 6x3x5 +C" },
  { "difference", "y - x @ w", "gemm 6x3x5 * +C" },
  { "difference-from-product", "x @ w - y", "gemm 6x3x5 +C" },
  { "scaled", "s * (x @ w)", "gemm 6x3x5 *" },
  { "negative", "-(x @ w)", "gemm 6x3x5 *" },
  { "scaled-operand", "(x * s) @ w", "gemm 6x3x5 *" },
  { "divided-operand", "x @ (w / s)", NULL },
  { "scaled-sum", "s * y + 0.5 * (x @ w)", "gemm 6x3x5 * +C" },
  { "scaled-difference", "s * y - 0.5 * (x @ w)", "gemm 6x3x5 * +C" },
  { "transposes", "x.T @ y + w", "gemm 5x3x6 A' +C" },
  { "both-transposes", "w.T @ x.T + y.T", "gemm 3x6x5 A' B' +C" },
  { "two-products", "x @ w + y @ (w.T @ w)", "+C" },
  { "three-products", "x @ w + y @ (w.T @ w) + (x @ q) @ w", "+C" },
  { "terms", "add_n(x @ w, y @ (w.T @ w), x @ (q @ w), y)", "gemm 6x3x5 +C" },
  { "batch", "bx @ w + b", "gemm 24x3x5 +C" },
  { "batch-of-two", "bx @ bw + y", "gemm 6x3x5 +C" },
  { "batch-whole", "bx @ bw + bx @ bw * 2", NULL },
  { "followed", "tanh(x @ w + b)", "gemm 6x3x5 input" },
  { "followed-after-a-rewrite", "tanh(y - (-x) @ w)", "gemm 6x3x5 input" },
  { "matrix-vector", "x @ v", "gemm 6x1x5" },
  { "transposed-matrix-vector", "x.T @ r", "gemm 5x1x6 A'" },
  { "vector-matrix", "v @ w", "gemm 1x3x5" },
  { "vector-transposed-matrix", "r @ (w @ y.T).T", NULL },
  { "column-matrix", "x @ w[:, 1:2] + s", "gemm 6x1x5 +C" },
  { "row-matrix", "x[2:3] @ w + b", "gemm 1x3x5 +C" },
  { "strided-vector", "x @ q[:, 2]", "gemm 6x1x5" },
  { "dot", "v @ v", "matmul [5]" },
  { "dot-sum", "sum(v * q[1])", "matmul [5]" },
  { "outer", "expand_dims(r, 1) @ expand_dims(b, 0) + y", "fused mul add" },
  { "trace", "trace(x @ q @ x.T)", NULL },
  { "sum-of-product", "sum(x @ w, axis=0)", "gemm 1x3x5" },
  { "sum-of-batch", "sum(transpose(bx, (0, 2, 1)) @ (bx @ w), axis=0)", "gemm 5x3x24 A'" },
  { "zero-times", "y + zero * (x @ w)", NULL },
  { "zero-and-nan", "y + zero * ((x / zero) @ w)", NULL },
  { "product-times-zero", "gemm(x / zero, w, y, zero, 1)", "gemm 6x3x5 * +C" },
  { "large-times-zero", "gemm(ones((96, 96)) / zero, ones((96, 96)), zero + ones((96, 96)), zero, 1)",
    "gemm 96x96x96 * +C" },
  { "nothing-times-zero", "gemm(x / zero, w, 0, zero, 0)", "gemm 6x3x5 *" },
  { "scaled-in-place", "gemm(x, w, y @ (w.T @ w), 1, s)", "+C" },
  { "nan-times-zero", "zero * (y / zero) + x @ w", NULL },
  { "empty", "x[:, :0] @ w[:0] + b", NULL },
};

static void
assert_close (const WeftArray *got, const WeftArray *wanted, double tolerance)
{
  g_assert_cmpint (got->n_elements, ==, wanted->n_elements);
  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double a = weft_array_get (got, i), b = weft_array_get (wanted, i);
      if (!(isnan (a) && isnan (b)) && a != b && !(fabs (a - b) <= tolerance * (1 + fabs (b))))
        g_error ("element %" G_GINT64_FORMAT ": %.9g, wanted %.9g", i, a, b);
    }
}

static void
test_case (gconstpointer data)
{
  const Case *one = data;
  for (guint wide = 0; wide < 2; wide++)
    {
      g_auto (World) world;
      g_autoptr (WeftFunction) plain = NULL;
      g_autoptr (WeftFunction) function = NULL;
      g_autoptr (WeftArray) wanted = NULL;
      g_autoptr (WeftArray) got = NULL;
      g_autoptr (WeftArray) again = NULL;
      g_autofree char *text = NULL;
      WeftValue       *value;
      world_init (&world, wide ? WEFT_F64 : WEFT_F32);
      value = build (&world, one->text);
      plain = function_of (&world, value, 0, NULL, WEFT_MODE_REFERENCE, TRUE);
      function = function_of (&world, value, 0, NULL, WEFT_MODE_INTERPRET, FALSE);
      wanted = call (&world, plain);
      got = call (&world, function);
      again = call (&world, function);
      assert_close (got, wanted, wide ? 1e-12 : 2e-5);
      assert_close (again, wanted, wide ? 1e-12 : 2e-5);
      text = program_text (function);
      if (one->has != NULL && strstr (text, one->has) == NULL)
        g_error ("no '%s' in\n%s", one->has, text);
    }
}

/* ---- Updates ---- */

/* Plain gradient descent: the product goes straight into the variable. */
static void
test_descent (void)
{
  g_auto (World) world;
  g_autoptr (WeftFunction) function = NULL;
  g_autofree char *text = NULL;
  WeftValue       *update;
  const void      *bytes;
  double           before, step = 0;
  world_init (&world, WEFT_F64);
  update = build (&world, "W - s * (x.T @ tanh(x @ W))");
  bytes = world.shared[0]->value->data;
  before = weft_array_get (world.shared[0]->value, 4);
  {
    g_autoptr (WeftFunction) slow =
      function_of (&world, update, 0, NULL, WEFT_MODE_REFERENCE, TRUE);
    g_autoptr (WeftArray) wanted = call (&world, slow);
    function = function_of (&world, NULL, 1, &update, WEFT_MODE_INTERPRET, FALSE);
    call (&world, function);
    assert_close (world.shared[0]->value, wanted, 1e-12);
    step = weft_array_get (wanted, 4) - before;
  }
  g_assert_cmpfloat (fabs (step), >, 1e-3);
  g_assert_true (world.shared[0]->value->data == bytes);
  text = program_text (function);
  g_assert_nonnull (strstr (text, "gemm 5x3x6 A' * +C input0 arena@0 shared0"));
  g_assert_nonnull (strstr (text, "-> shared0\n"));
}

/* A gradient that several updates read is made once, not once for each. */
static void
test_several_readers (void)
{
  g_auto (World) world;
  g_autoptr (WeftFunction) function = NULL;
  g_autofree char *text = NULL;
  WeftValue       *updates[3], *loss, *gradient;
  g_autoptr (GError) error = NULL;
  world_init (&world, WEFT_F64);
  loss = build (&world, "sum(square(tanh(x @ W + b) - y))");
  updates[0] = build (&world, "W");
  g_assert_true (weft_grad (world.graph, loss, NULL, NULL, 1, &updates[0], WEFT_DISCONNECTED_ERROR,
                            &gradient, &error));
  weft_scope_set_value (world.scope, "g", gradient);
  updates[1] = build (&world, "0.9 * m + 0.1 * g");
  updates[2] = build (&world, "0.999 * n + 0.001 * (g * g)");
  weft_scope_set_value (world.scope, "m1", updates[1]);
  weft_scope_set_value (world.scope, "n1", updates[2]);
  updates[0] = build (&world, "W - 0.01 * m1 / (sqrt(n1) + 1e-8)");
  function = function_of (&world, NULL, 3, updates, WEFT_MODE_INTERPRET, FALSE);
  call (&world, function);
  text = program_text (function);
  /* One forward, one for the gradient. */
  g_assert_cmpuint (count_parts (text, "gemm"), ==, 2);
}

/* ---- Chains ---- */

static char *
rewritten (World *world, const char *text)
{
  WeftValue *value = build (world, text), *result;
  weft_rewrite (world->graph, 1, &value, NULL, &result, NULL);
  return weft_value_to_expression (result, 30);
}

static void
test_chains (void)
{
  static const struct
  {
    const char *text, *result;
  } chains[] = {
    { "(x @ q) @ v", "x @ (q @ v)" },
    { "r @ (x @ q)", "r @ x @ q" },
    { "x @ (q @ w)", "x @ (q @ w)" },
    { "(q @ q) @ w", "q @ (q @ w)" },
    { "((q @ q) @ q) @ v", "q @ (q @ (q @ v))" },
    /* The inner product is needed anyway. */
    { "p = x @ q; sum(tanh(p)) + sum(tanh(p @ v))", "sum(tanh(x @ q)) + sum(tanh(x @ q @ v))" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++)
    {
      g_auto (World) world;
      g_autofree char *text = NULL;
      world_init (&world, WEFT_F64);
      text = rewritten (&world, chains[i].text);
      g_assert_cmpstr (text, ==, chains[i].result);
    }
}

/* With rows known at the call only, an order must be better for few and for many. */
static void
test_chains_by_name (void)
{
  static const struct
  {
    const char *text, *result;
  } chains[] = {
    { "(rows @ q) @ v", "rows @ (q @ v)" },
    { "(rows @ q) @ w", "rows @ q @ w" },
    { "(rows.T @ rows) @ v", "rows.T @ (rows @ v)" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++)
    {
      g_auto (World) world;
      g_autofree char *text = NULL;
      WeftType         type = { .dtype = WEFT_F64, .shape = weft_shape (2, 1, 5) };
      type.shape.dims[0] = weft_dim_named (g_intern_string ("n"));
      world_init (&world, WEFT_F64);
      weft_scope_set_value (world.scope, "rows", weft_graph_input (world.graph, "rows", &type));
      text = rewritten (&world, chains[i].text);
      g_assert_cmpstr (text, ==, chains[i].result);
    }
}

int
main (int argc, char **argv)
{
  weft_ops_init ();
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/run/blas/", cases[i].name, NULL);
      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/run/blas/descent", test_descent);
  g_test_add_func ("/run/blas/several-readers", test_several_readers);
  g_test_add_func ("/run/blas/chains", test_chains);
  g_test_add_func ("/run/blas/chains-by-name", test_chains_by_name);
  return g_test_run ();
}
