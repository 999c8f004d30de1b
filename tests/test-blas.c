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
#include "tests/world.h"

static WeftArray *
numbers (WeftDType dtype, guint rank, const gint64 *dims, double first)
{
  WeftArray *array = weft_array_new (dtype, rank, dims);
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, first + 0.13 * (i % 7) - 0.21 * (i % 4));
  return array;
}

static void
set_up (World *world, WeftDType dtype)
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
  world_init (world);
  for (guint i = 0; i < G_N_ELEMENTS (inputs); i++)
    world_add_input (world, inputs[i].name,
                     numbers (dtype, inputs[i].rank, inputs[i].dims, 0.4 - 0.17 * i));
  weft_array_set (g_ptr_array_index (world->arrays, world->arrays->len - 1), 0, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    world_add_shared (world, names[i], numbers (dtype, 2, (gint64[]){ 5, 3 }, 0.1 * i));
}

/* The plain definition of @value. */
static WeftArray *
defined (World *world, WeftValue *value)
{
  return world_run_one (world, value, WEFT_MODE_REFERENCE);
}

/* @updates of the first shared variables, done once. */
static WeftFunction *
updated (World *world, guint n, WeftValue **updates)
{
  WeftFunction *function =
    world_function (world, (WeftFunctionSpec){ .n_updates = n,
                                               .targets = (WeftShared **) world->shared->pdata,
                                               .new_values = updates });
  g_ptr_array_unref (world_call (world, function, 0));
  return function;
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
  { "large-times-zero",
    "gemm(ones((96, 96)) / zero, ones((96, 96)), zero + ones((96, 96)), zero, 1)",
    "gemm 96x96x96 * +C" },
  { "nothing-times-zero", "gemm(x / zero, w, 0, zero, 0)", "gemm 6x3x5 *" },
  { "scaled-in-place", "gemm(x, w, y @ (w.T @ w), 1, s)", "+C" },
  { "nan-times-zero", "zero * (y / zero) + x @ w", NULL },
  { "empty", "x[:, :0] @ w[:0] + b", NULL },
};

static void
test_case (gconstpointer data)
{
  const Case *one = data;
  for (guint wide = 0; wide < 2; wide++)
    {
      g_auto (World) world;
      g_autoptr (WeftFunction) function = NULL;
      g_autoptr (WeftArray) wanted = NULL;
      g_autoptr (WeftArray) got = NULL;
      g_autoptr (WeftArray) again = NULL;
      g_autofree char *text = NULL;
      double           tolerance = wide ? 1e-12 : 2e-5;
      WeftValue       *value;
      set_up (&world, wide ? WEFT_F64 : WEFT_F32);
      value = world_build (&world, one->text);
      function = world_function_of (&world, value, WEFT_MODE_INTERPRET);
      wanted = defined (&world, value);
      got = world_call_one (&world, function);
      again = world_call_one (&world, function);
      assert_close (got, wanted, tolerance, tolerance);
      assert_close (again, wanted, tolerance, tolerance);
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
  g_autoptr (WeftArray) wanted = NULL;
  g_autofree char *text = NULL;
  WeftShared      *variable;
  WeftValue       *update;
  const void      *bytes;
  double           before;
  set_up (&world, WEFT_F64);
  update = world_build (&world, "W - s * (x.T @ tanh(x @ W))");
  variable = world.shared->pdata[0];
  bytes = variable->value->data;
  before = weft_array_get (variable->value, 4);
  wanted = defined (&world, update);
  function = updated (&world, 1, &update);
  assert_close (variable->value, wanted, 1e-12, 1e-12);
  g_assert_cmpfloat (fabs (weft_array_get (wanted, 4) - before), >, 1e-3);
  g_assert_true (variable->value->data == bytes);
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
  set_up (&world, WEFT_F64);
  loss = world_build (&world, "sum(square(tanh(x @ W + b) - y))");
  updates[0] = world_build (&world, "W");
  g_assert_true (weft_grad (world.graph, loss, NULL, NULL, 1, &updates[0], WEFT_DISCONNECTED_ERROR,
                            &gradient, &error));
  weft_scope_set_value (world.scope, "g", gradient);
  updates[1] = world_build (&world, "0.9 * m + 0.1 * g");
  updates[2] = world_build (&world, "0.999 * n + 0.001 * (g * g)");
  weft_scope_set_value (world.scope, "m1", updates[1]);
  weft_scope_set_value (world.scope, "n1", updates[2]);
  updates[0] = world_build (&world, "W - 0.01 * m1 / (sqrt(n1) + 1e-8)");
  function = updated (&world, 3, updates);
  text = program_text (function);
  /* One forward, one for the gradient. */
  g_assert_cmpuint (count_parts (text, "gemm"), ==, 2);
}

/* ---- Chains ---- */

static char *
rewritten (World *world, const char *text)
{
  WeftValue *value = world_build (world, text), *result;
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
      set_up (&world, WEFT_F64);
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
      set_up (&world, WEFT_F64);
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
