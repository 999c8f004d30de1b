/* Running: the interpreter against the reference evaluation, updates, errors.
 *
 * Random graphs over small whole numbers are exact in every element type, so that the interpreter
 * must agree with the float64 reference to the bit; smooth functions are compared with a tolerance.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "engine/grad/grad.h"
#include "engine/run/function.h"
#include "tests/graph-tools.h"

/* ---- Helpers ---- */

/* NULL where the text does not fit the types. */
static WeftValue *
try_build (WeftGraph *graph, WeftScope *scope, const char *text)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, NULL);
  g_assert_nonnull (expr);
  return weft_expr_build_value (expr, graph, scope, NULL);
}

static WeftArray *
run (WeftGraph  *graph,
     guint       n,
     WeftValue **inputs,
     WeftArray **arrays,
     WeftValue  *output,
     WeftMode    mode,
     gboolean    no_rewrites)
{
  g_autoptr (GError) error = NULL;
  WeftFunctionSpec spec = { .graph = graph,
                            .n_inputs = n,
                            .inputs = inputs,
                            .n_outputs = 1,
                            .outputs = &output,
                            .mode = mode,
                            .no_rewrites = no_rewrites };
  g_autoptr (WeftFunction) function = weft_function_new (&spec, &error);
  WeftArray *result = NULL;
  g_assert_no_error (error);
  weft_function_call (function, arrays, &result, NULL, &error);
  g_assert_no_error (error);
  return result;
}

/* ---- Against the reference ---- */

static const char *const smooth_texts[] = {
  "tanh(x) + exp(-x)",
  "sum(x * x, axis=0)",
  "x @ w",
  "softmax(x @ w + b)",
  "log_softmax(x @ w).T",
  "relu(x @ w + b) @ w.T",
  "w.T @ x.T",
  "x[1:, ::2] * 2 + x[:-1, 1:4]",
  "x[::-1, -1] - b[0]",
  "mean(x, axis=1, keepdims=True) * x",
  "(x - mean(x, axis=0)) / sqrt(var(x, axis=0) + 0.1)",
  "gelu(x) + silu(x) + softplus(x)",
  "where(x > 0.05, x, -2 * x)",
  "x.reshape((-1, 1)) * b",
  "expand_dims(x, 1) @ w",
  "broadcast_to(b, (4, 3)) + b",
  "concat(x @ w, x, axis=1)",
  "x * x.T[1, 2] + x[0, 1]",
  "max(x, axis=1) + sum(w)",
  "exp(x) / sum(exp(x), axis=-1, keepdims=True)",
  "logaddexp(x, 2 * x) ** 2",
  "x[2] @ w[:, 1]",
  "(expand_dims(x, 0) * expand_dims(x, 1)) @ w",
};

static void
test_smooth (gconstpointer data)
{
  const char *text = data;
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *inputs[3], *value;
  g_autoptr (WeftArray) x = filled (WEFT_F32, 2, (gint64[]){ 4, 5 }, -0.95, 0.1);
  g_autoptr (WeftArray) w = filled (WEFT_F32, 2, (gint64[]){ 5, 3 }, 0.7, -0.11);
  g_autoptr (WeftArray) b = filled (WEFT_F32, 1, (gint64[]){ 3 }, -0.4, 0.35);
  g_autoptr (WeftArray) plain = NULL, rewritten = NULL, reference = NULL;
  WeftArray *arrays[] = { x, w, b };
  inputs[0] = bind_input (graph, scope, "x", WEFT_F32, 2, (gint64[]){ -1, 5 });
  inputs[1] = bind_input (graph, scope, "w", WEFT_F32, 2, (gint64[]){ 5, 3 });
  inputs[2] = bind_input (graph, scope, "b", WEFT_F32, 1, (gint64[]){ 3 });
  value = build_value (graph, scope, text);
  reference = run (graph, 3, inputs, arrays, value, WEFT_MODE_REFERENCE, TRUE);
  plain = run (graph, 3, inputs, arrays, value, WEFT_MODE_INTERPRET, TRUE);
  rewritten = run (graph, 3, inputs, arrays, value, WEFT_MODE_INTERPRET, FALSE);
  g_assert_cmpint (reference->dtype, ==, WEFT_F64);
  g_assert_cmpint (plain->dtype, ==, WEFT_F32);
  /* Some 50 operations of 2.5 ULP (6e-8 each), and cancellation of terms of size 1. */
  assert_close (plain, reference, 1e-5, 2e-6);
  assert_close (rewritten, reference, 1e-5, 2e-6);
}

/* Whole numbers again, in layouts where tiles, rows and matrices meet at odd places: x (5, 700), r
 * (700,), c (5, 1), s (4, 3, 3), w (3, 3), k (3, 200, 7). */
static const char *const layout_texts[] = {
  "x + r",
  "x * c - r",
  "x.T + c[:, 0]",
  "(x + r)[:, ::-1] * c",
  "x[:, 1:] - x[:, :-1]",
  "k + k[0]",
  "k * k[:, :, :1] + k[:, 0, 0].reshape((3, 1, 1))",
  "transpose(s, (0, 2, 1)) @ w",
  "s @ w",
  "w @ s",
  "s @ transpose(s, (0, 2, 1))",
  "transpose(s, (1, 0, 2)) @ w",
  "s[:, :, 1] @ w",
  "s[::2] @ w[::-1]",
  "expand_dims(s, 1) @ s",
  "transpose(k, (2, 0, 1)) + 1",
  "transpose(k, (0, 2, 1))[1] @ x[:, :200].T",
  "k[1] @ k[0, 5]",
  "k[1] @ k[2].T",
  "x @ r",
  "r @ x.T",
  "w[1] @ s",
  "c @ c.T",
  "k[:, 50:50] @ k[:, :0].T.reshape((7, 0))",
  "where(x > c, r, x) * 2 + c",
  "sum(x + r, axis=1) + c[:, 0]",
  "x + r + x * r + c * r - x * c",
};

static void
test_layout (gconstpointer data)
{
  const char            *text = data;
  static const gint64    dims[][3] = { { 5, 700 }, { 700 }, { 5, 1 }, { 4, 3, 3 }, { 3, 3 }, { 3, 200, 7 } };
  static const guint     ranks[] = { 2, 1, 2, 3, 2, 3 };
  static const char     *names[] = { "x", "r", "c", "s", "w", "k" };
  static const WeftDType dtypes[] = { WEFT_F32, WEFT_F64, WEFT_I32, WEFT_I64 };
  for (guint d = 0; d < G_N_ELEMENTS (dtypes); d++)
    {
      g_autoptr (WeftGraph) graph = weft_graph_new ();
      g_autoptr (WeftScope) scope = weft_scope_new ();
      g_autoptr (WeftArray) got = NULL, wanted = NULL;
      WeftValue *inputs[6], *value;
      WeftArray *arrays[6];
      for (guint i = 0; i < 6; i++)
        {
          inputs[i] = bind_input (graph, scope, names[i], dtypes[d], ranks[i], dims[i]);
          arrays[i] = weft_array_new (dtypes[d], ranks[i], dims[i]);
          for (gint64 n = 0; n < arrays[i]->n_elements; n++)
            weft_array_set (arrays[i], n, (n * 7 + i) % 11 - 5);
        }
      value = build_value (graph, scope, text);
      got = run (graph, 6, inputs, arrays, value, WEFT_MODE_INTERPRET, d % 2);
      wanted = run (graph, 6, inputs, arrays, value, WEFT_MODE_REFERENCE, TRUE);
      assert_close (got, wanted, 0, 0);
      for (guint i = 0; i < 6; i++)
        weft_array_unref (arrays[i]);
    }
}

/* Texts over earlier values a, b and a bool c; all keep small whole numbers small and whole. */
static const char *const whole_texts[] = {
  "clip(a + b, -9, 9)",
  "clip(a - b, -9, 9)",
  "clip(a * b, -9, 9)",
  "maximum(a, b)",
  "minimum(a, b)",
  "-a",
  "abs(a)",
  "sign(a)",
  "where(a < b, a, b)",
  "where(c, a, b)",
  "where(a == b, b, a)",
  "where(logical_and(c, a > 0), a, 1)",
  "clip(a // (abs(b) + 1), -9, 9)",
  "a % (abs(b) + 1)",
  "square(clip(a, -3, 3))",
  "a.T",
  "a[::-1]",
  "a[1:]",
  "a[..., 0]",
  "a[..., ::2]",
  "a[0]",
  "a[None]",
  "a.reshape((-1,))",
  "expand_dims(a, -1)",
  "clip(sum(a, axis=0), -9, 9)",
  "clip(sum(a), -9, 9)",
  "max(concat(a, a), axis=0)",
  "clip(a @ b.T, -9, 9)",
  "clip(a @ b, -9, 9)",
  "clip(a.T @ a, -9, 9)",
  "broadcast_to(a, (3,) + a.shape)",
  "concat(a, a)",
  "clip(cumsum(a, axis=0), -9, 9)",
  "cast(a, i32)",
  "cast(a, f32)",
  "cast(a, f64)",
  "cast(a, i64)",
  "clip(a + a.T, -9, 9)",
  "clip(a + b + a * 2, -9, 9)",
  "min(a, axis=-1, keepdims=True)",
};

static gboolean
is_small (const WeftValue *value)
{
  WeftDim n = weft_shape_size (&value->type.shape);
  return value->type.shape.rank <= 4 && weft_dim_is_number (n) && n.offset <= 3000;
}

static void
grow (GRand *random, WeftGraph *graph, WeftScope *scope, GPtrArray *values, WeftValue *condition)
{
  for (guint i = 0; i < 40; i++)
    {
      guint      n = MIN (values->len, 6);
      WeftValue *a = g_ptr_array_index (values, values->len - 1 - g_rand_int_range (random, 0, n));
      WeftValue *b = g_ptr_array_index (values, g_rand_int_range (random, 0, values->len)), *made;
      weft_scope_set_value (scope, "a", a);
      weft_scope_set_value (scope, "b", b);
      weft_scope_set_value (scope, "c", condition);
      made = try_build (graph, scope,
                        whole_texts[g_rand_int_range (random, 0, G_N_ELEMENTS (whole_texts))]);
      if (made != NULL && is_small (made))
        g_ptr_array_add (values, made);
    }
}

static void
compare_random_graph (guint32 seed)
{
  static const WeftDType dtypes[] = { WEFT_I32, WEFT_I64, WEFT_F32, WEFT_F64, WEFT_U8, WEFT_I16 };
  static const gint64    shapes[][3] = { { 4, 3 }, { 3, 1 }, { 1, 3 }, { 3, 3 }, { 1, 1 }, { 0, 3 }, { 37, 29 } };
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  WeftValue *inputs[4];
  WeftArray *arrays[4], *outputs[2][64] = { 0 };
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < 4; i++)
    {
      WeftDType dtype =
        i == 3 ? WEFT_BOOL : dtypes[g_rand_int_range (random, 0, G_N_ELEMENTS (dtypes))];
      const gint64    *dims = shapes[g_rand_int_range (random, 0, G_N_ELEMENTS (shapes))];
      g_autofree char *name = g_strdup_printf ("in%u", i);
      inputs[i] = bind_input (graph, scope, name, dtype, 2, dims);
      arrays[i] = weft_array_new (dtype, 2, dims);
      for (gint64 k = 0; k < arrays[i]->n_elements; k++)
        weft_array_set (arrays[i], k,
                        i == 3 ? g_rand_int_range (random, 0, 2)
                               : g_rand_int_range (random, dtype == WEFT_U8 ? 0 : -5, 6));
      if (i < 3)
        g_ptr_array_add (values, inputs[i]);
    }
  grow (random, graph, scope, values, inputs[3]);
  g_assert_cmpuint (values->len, <=, 64);
  for (guint mode = 0; mode < 2; mode++)
    {
      WeftFunctionSpec spec = { .graph = graph,
                                .n_inputs = 4,
                                .inputs = inputs,
                                .n_outputs = values->len,
                                .outputs = (WeftValue **) values->pdata,
                                .mode = mode,
                                .no_rewrites = seed % 2 };
      g_autoptr (WeftFunction) function = weft_function_new (&spec, &error);
      g_assert_no_error (error);
      weft_function_call (function, arrays, outputs[mode], NULL, &error);
      g_assert_no_error (error);
      /* Once more: a program must not spoil its own constants or inputs. */
      for (guint i = 0; mode == 0 && i < values->len; i++)
        g_clear_pointer (&outputs[0][i], weft_array_unref);
      if (mode == 0)
        weft_function_call (function, arrays, outputs[0], NULL, &error);
      g_assert_no_error (error);
    }
  for (guint i = 0; i < values->len; i++)
    {
      for (gint64 k = 0; k < outputs[0][i]->n_elements; k++)
        if (weft_array_get (outputs[0][i], k) != weft_array_get (outputs[1][i], k))
          {
            g_autofree char *text = weft_value_to_expression (g_ptr_array_index (values, i), 30);
            g_error ("seed %u, value %u element %d: %g, wanted %g\n%s", seed, i, (int) k,
                     weft_array_get (outputs[0][i], k), weft_array_get (outputs[1][i], k), text);
          }
      weft_array_unref (outputs[0][i]);
      weft_array_unref (outputs[1][i]);
    }
  for (guint i = 0; i < 4; i++)
    weft_array_unref (arrays[i]);
}

static void
test_random_graphs (void)
{
  for (guint32 seed = 1; seed <= 150; seed++)
    compare_random_graph (seed);
}

/* One result of a random graph alone: most values are then fused away or live in the arena only. */
static void
test_random_graph_ends (void)
{
  for (guint32 seed = 1000; seed < 1150; seed++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      g_autoptr (WeftGraph) graph = weft_graph_new ();
      g_autoptr (WeftScope) scope = weft_scope_new ();
      g_autoptr (GPtrArray) values = g_ptr_array_new ();
      g_autoptr (WeftArray) x = filled (WEFT_F32, 2, (gint64[]){ 23, 31 }, 0, 0),
                            y = filled (WEFT_F32, 2, (gint64[]){ 1, 31 }, -4, 1);
      g_autoptr (WeftArray) c = filled (WEFT_BOOL, 2, (gint64[]){ 23, 31 }, 0, 0), got = NULL,
                            wanted = NULL;
      WeftArray *arrays[] = { x, y, c };
      WeftValue *inputs[3];
      for (gint64 i = 0; i < x->n_elements; i++)
        {
          weft_array_set (x, i, g_rand_int_range (random, -5, 6));
          weft_array_set (c, i, g_rand_int_range (random, 0, 2));
        }
      for (gint64 i = 0; i < y->n_elements; i++)
        weft_array_set (y, i, g_rand_int_range (random, -5, 6));
      inputs[0] = bind_input (graph, scope, "x", WEFT_F32, 2, x->shape);
      inputs[1] = bind_input (graph, scope, "y", WEFT_F32, 2, y->shape);
      inputs[2] = bind_input (graph, scope, "cond", WEFT_BOOL, 2, c->shape);
      g_ptr_array_add (values, inputs[0]);
      g_ptr_array_add (values, inputs[1]);
      grow (random, graph, scope, values, inputs[2]);
      got = run (graph, 3, inputs, arrays, g_ptr_array_index (values, values->len - 1),
                 WEFT_MODE_INTERPRET, TRUE);
      wanted = run (graph, 3, inputs, arrays, g_ptr_array_index (values, values->len - 1),
                    WEFT_MODE_REFERENCE, TRUE);
      assert_close (got, wanted, 0, 0);
    }
}

/* ---- Updates ---- */

static void
call_updates (WeftGraph   *graph,
              guint        n,
              WeftShared **targets,
              WeftValue  **values,
              guint        n_outputs,
              WeftValue  **outputs,
              WeftArray  **results)
{
  g_autoptr (GError) error = NULL;
  WeftFunctionSpec spec = { .graph = graph,
                            .n_updates = n,
                            .targets = targets,
                            .new_values = values,
                            .n_outputs = n_outputs,
                            .outputs = outputs };
  g_autoptr (WeftFunction) function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  g_assert_true (weft_function_call (function, NULL, results, NULL, &error));
  g_assert_no_error (error);
}

static void
test_swap (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftShared) a =
    bind_shared (graph, scope, "a", filled (WEFT_F32, 1, (gint64[]){ 3 }, 1, 1));
  g_autoptr (WeftShared) b =
    bind_shared (graph, scope, "b", filled (WEFT_F32, 1, (gint64[]){ 3 }, 10, 10));
  WeftShared *targets[] = { a, b };
  WeftValue  *values[2];
  values[0] = build_value (graph, scope, "b");
  values[1] = build_value (graph, scope, "a");
  call_updates (graph, 2, targets, values, 0, NULL, NULL);
  g_assert_cmpfloat (weft_array_get (a->value, 2), ==, 30);
  g_assert_cmpfloat (weft_array_get (b->value, 2), ==, 3);
  /* Both read both: neither may see the other's new value. */
  values[0] = build_value (graph, scope, "a + b");
  values[1] = build_value (graph, scope, "a - b");
  call_updates (graph, 2, targets, values, 0, NULL, NULL);
  g_assert_cmpfloat (weft_array_get (a->value, 0), ==, 11);
  g_assert_cmpfloat (weft_array_get (b->value, 0), ==, 9);
  /* Reversed and shifted reads of what is written. */
  values[0] = build_value (graph, scope, "a[::-1] + b");
  values[1] = build_value (graph, scope, "b * sum(a)");
  call_updates (graph, 2, targets, values, 0, NULL, NULL);
  g_assert_cmpfloat (weft_array_get (a->value, 0), ==, 33 + 9);
  g_assert_cmpfloat (weft_array_get (a->value, 2), ==, 11 + 27);
  g_assert_cmpfloat (weft_array_get (b->value, 1), ==, 18 * 66);
}

/* Results are the old values, whatever is updated; a held array stays as it was. */
static void
test_results_before_updates (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftShared) p =
    bind_shared (graph, scope, "p", filled (WEFT_F32, 1, (gint64[]){ 4 }, 1, 1));
  g_autoptr (WeftArray) held = weft_array_ref (p->value);
  WeftShared *targets[] = { p };
  WeftValue  *values[1], *outputs[3];
  WeftArray  *results[3];
  values[0] = build_value (graph, scope, "p - 0.5 * p");
  outputs[0] = build_value (graph, scope, "p");
  outputs[1] = values[0];
  outputs[2] = build_value (graph, scope, "p[::-1]");
  call_updates (graph, 1, targets, values, 3, outputs, results);
  g_assert_cmpfloat (weft_array_get (results[0], 3), ==, 4);
  g_assert_cmpfloat (weft_array_get (results[1], 3), ==, 2);
  g_assert_cmpfloat (weft_array_get (results[2], 3), ==, 1);
  g_assert_cmpfloat (weft_array_get (p->value, 3), ==, 2);
  g_assert_cmpfloat (weft_array_get (held, 3), ==, 4);
  g_assert_true (held != p->value);
  for (guint i = 0; i < 3; i++)
    weft_array_unref (results[i]);
}

/* A call that fails or is cancelled updates nothing. */
static void
test_failed_call (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftShared) w =
    bind_shared (graph, scope, "w", filled (WEFT_F32, 2, (gint64[]){ 2, 3 }, 1, 1));
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  WeftShared *targets[] = { w };
  WeftValue  *x = bind_input (graph, scope, "x", WEFT_F32, 2, (gint64[]){ -1, 2 }),
            *y = bind_input (graph, scope, "y", WEFT_I32, 1, (gint64[]){ -1 });
  WeftValue *loss = build_value (graph, scope, "cross_entropy(x @ w, y)"),
            *wrt = weft_graph_shared (graph, w), *gradient, *next;
  g_autoptr (WeftArray) xs = filled (WEFT_F32, 2, (gint64[]){ 2, 2 }, 0.1, 0.1),
                        ys = filled (WEFT_I32, 1, (gint64[]){ 2 }, 2, 1), loss_array = NULL;
  WeftFunctionSpec spec = { .graph = graph,
                            .n_inputs = 2,
                            .inputs = (WeftValue *[]){ x, y },
                            .n_outputs = 1,
                            .outputs = &loss,
                            .n_updates = 1,
                            .targets = targets };
  g_autoptr (WeftFunction) function = NULL;
  WeftArray *arrays[] = { xs, ys };
  g_assert_true (
    weft_grad (graph, loss, NULL, NULL, 1, &wrt, WEFT_DISCONNECTED_ERROR, &gradient, &error));
  weft_scope_set_value (scope, "g", gradient);
  next = build_value (graph, scope, "w - 0.1 * g");
  spec.new_values = &next;
  function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  g_assert_false (weft_function_call (function, arrays, &loss_array, NULL,
                                      &error)); /* labels 2 and 3 of 3 classes */
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INDEX);
  g_assert_nonnull (strstr (error->message, "cross_entropy"));
  g_assert_nonnull (strstr (error->message, "labels"));
  g_assert_cmpfloat (weft_array_get (w->value, 5), ==, 6);
  g_assert_cmpuint (weft_function_get_step (function), ==, 0);
  g_clear_error (&error);
  g_assert_null (loss_array);
  weft_array_set (ys, 1, 0);
  g_cancellable_cancel (cancellable);
  g_assert_false (weft_function_call (function, arrays, &loss_array, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpfloat (weft_array_get (w->value, 5), ==, 6);
  g_clear_error (&error);
  g_assert_true (weft_function_call (function, arrays, &loss_array, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (weft_array_get (w->value, 5), !=, 6);
  g_assert_cmpuint (weft_function_get_step (function), ==, 1);
}

/* ---- Inputs ---- */

static void
expect_input_error (WeftFunction *function, WeftArray **arrays, const char *message)
{
  g_autoptr (GError) error = NULL;
  WeftArray *result = NULL;
  g_assert_false (weft_function_call (function, arrays, &result, NULL, &error));
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_inputs (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  WeftValue       *inputs[] = { bind_input (graph, scope, "x", WEFT_F32, 2, (gint64[]){ -1, 3 }),
                                bind_input (graph, scope, "y", WEFT_I32, 1, (gint64[]){ -1 }) };
  WeftValue       *value = build_value (graph, scope, "sum(x, axis=1) + y");
  WeftFunctionSpec spec = {
    .graph = graph, .n_inputs = 2, .inputs = inputs, .n_outputs = 1, .outputs = &value
  };
  g_autoptr (WeftFunction) function = weft_function_new (&spec, &error);
  g_autoptr (WeftArray) x = filled (WEFT_F32, 2, (gint64[]){ 2, 3 }, 0, 1),
                        y = filled (WEFT_U8, 1, (gint64[]){ 2 }, 200, 1);
  g_autoptr (WeftArray) wide = filled (WEFT_F32, 2, (gint64[]){ 2, 4 }, 0, 1),
                        flat = filled (WEFT_F32, 1, (gint64[]){ 3 }, 0, 1);
  g_autoptr (WeftArray) longer = filled (WEFT_I32, 1, (gint64[]){ 3 }, 0, 1),
                        doubles = filled (WEFT_F64, 2, (gint64[]){ 2, 3 }, 0, 1), result = NULL;
  g_assert_no_error (error);
  g_assert_true (weft_function_call (function, (WeftArray *[]){ x, y }, &result, NULL, &error));
  g_assert_cmpfloat (weft_array_get (result, 1), ==, 12 + 201);
  expect_input_error (function, (WeftArray *[]){ wide, y },
                      "x: expected f32 (batch, 3), given f32 (2, 4)");
  expect_input_error (function, (WeftArray *[]){ flat, y },
                      "x: expected f32 (batch, 3), given f32 (3,)");
  expect_input_error (function, (WeftArray *[]){ doubles, y },
                      "x: expected f32 (batch, 3), given f64 (2, 3)");
  expect_input_error (function, (WeftArray *[]){ x, longer },
                      "y: expected i32 (batch,), given i32 (3,)");
  spec.n_inputs = 1;
  g_assert_null (weft_function_new (&spec, &error));
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "y"));
}

/* A value in the middle of the graph can be given instead of computed. */
static void
test_given (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftArray) five = weft_array_new_scalar (WEFT_F32, 5), result = NULL;
  WeftValue *middle, *value;
  bind_input (graph, scope, "x", WEFT_F32, 0, NULL);
  middle = build_value (graph, scope, "x * 2");
  weft_scope_set_value (scope, "m", middle);
  value = build_value (graph, scope, "m * m + 1");
  result = run (graph, 1, &middle, &five, value, WEFT_MODE_INTERPRET, FALSE);
  g_assert_cmpfloat (weft_array_get (result, 0), ==, 26);
}

static void
test_too_large (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 1, (gint64[]){ -1 });
  WeftValue *value =
    build_value (graph, scope, "broadcast_to(x[0] * 2, (1000000, 1000000, 1000000)) + 1");
  WeftFunctionSpec spec = {
    .graph = graph, .n_inputs = 1, .inputs = &x, .n_outputs = 1, .outputs = &value
  };
  g_autoptr (WeftFunction) function = weft_function_new (&spec, &error);
  g_autoptr (WeftArray) one = filled (WEFT_F32, 1, (gint64[]){ 1 }, 0, 1);
  WeftArray *result = NULL;
  g_assert_no_error (error);
  g_assert_false (weft_function_call (function, &one, &result, NULL, &error));
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_MEMORY);
  g_assert_nonnull (strstr (error->message, "1000000"));
}

/* No value alone is too large, but those that live at once are: refused before anything runs, with
 * what takes the most. */
static void
test_too_large_together (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) one = filled (WEFT_F32, 1, (gint64[]){ 1 }, 0, 1);
  gint64           side = sqrt (0.45 * sysconf (_SC_PHYS_PAGES) * sysconf (_SC_PAGESIZE) / 4);
  g_autofree char *square = g_strdup_printf ("broadcast_to(x, (%" G_GINT64_FORMAT ", 1)) @ "
                                             "broadcast_to(x, (1, %" G_GINT64_FORMAT "))",
                                             side, side);
  g_autofree char *shape = g_strdup_printf ("matmul f32 (%" G_GINT64_FORMAT ", ", side);
  WeftValue       *x = bind_input (graph, scope, "x", WEFT_F32, 1, (gint64[]){ 1 }), *value;
  WeftFunctionSpec spec = { .graph = graph,
                            .n_inputs = 1,
                            .inputs = &x,
                            .n_outputs = 1,
                            .outputs = &value,
                            .no_rewrites = TRUE };
  g_autoptr (WeftFunction) function = NULL;
  WeftArray *result = NULL;
  weft_scope_set_value (scope, "a", build_value (graph, scope, square));
  weft_scope_set_value (scope, "b", build_value (graph, scope, "a @ a"));
  weft_scope_set_value (scope, "c", build_value (graph, scope, "b @ a"));
  value = build_value (graph, scope, "sum(c @ (a + b.T + c.T))");
  function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  g_assert_false (weft_function_call (function, &one, &result, NULL, &error));
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_MEMORY);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, shape));
}

/* Short last batches and back: programs are kept by shape. */
static void
test_shapes (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 2, (gint64[]){ -1, 2 }),
            *value = build_value (graph, scope, "mean(x * x.shape[0], axis=0)");
  WeftFunctionSpec spec = {
    .graph = graph, .n_inputs = 1, .inputs = &x, .n_outputs = 1, .outputs = &value
  };
  g_autoptr (WeftFunction) function = weft_function_new (&spec, NULL);
  const WeftProgram *first;
  for (gint64 n = 1; n < 40; n++)
    {
      gint64 rows = n % 2 ? 64 : n;
      g_autoptr (WeftArray) array = filled (WEFT_F32, 2, (gint64[]){ rows, 2 }, 1, 0),
                            result = NULL;
      g_assert_true (weft_function_call (function, &array, &result, NULL, NULL));
      g_assert_cmpfloat (weft_array_get (result, 1), ==, rows);
      if (n == 1)
        first = weft_function_get_program (function);
      else if (n % 2)
        g_assert_true (weft_function_get_program (function) == first);
    }
}

/* ---- Random numbers ---- */

static void
test_random_resume (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue       *value = build_value (graph, scope, "normal((1000,)) + uniform((1000,))");
  WeftFunctionSpec spec = { .graph = graph, .n_outputs = 1, .outputs = &value, .seed = 7 };
  g_autoptr (WeftFunction) once = weft_function_new (&spec, NULL),
                           again = weft_function_new (&spec, NULL), reference = NULL;
  WeftArray *a[3], *b, *c;
  for (guint i = 0; i < 3; i++)
    g_assert_true (weft_function_call (once, NULL, &a[i], NULL, NULL));
  g_assert_false (weft_array_same (a[0], a[1]));
  weft_function_set_step (again, 2);
  g_assert_true (weft_function_call (again, NULL, &b, NULL, NULL));
  g_assert_true (weft_array_same (a[2], b));
  spec.mode = WEFT_MODE_REFERENCE;
  reference = weft_function_new (&spec, NULL);
  g_assert_true (weft_function_call (reference, NULL, &c, NULL, NULL));
  assert_close (a[0], c, 1e-6, 1e-7);
  for (guint i = 0; i < 3; i++)
    weft_array_unref (a[i]);
  weft_array_unref (b);
  weft_array_unref (c);
}

/* ---- Long chains ---- */

static void
test_long_chain (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 1, (gint64[]){ -1 }), *value = x;
  g_autoptr (WeftArray) array = filled (WEFT_F32, 1, (gint64[]){ 1000 }, -1, 0.002), got = NULL,
                        wanted = NULL;
  for (guint i = 0; i < 100000; i++)
    value = weft_graph_op (graph, i % 2 ? "neg" : "abs", value, NULL);
  value = weft_graph_op (graph, "tanh", value, NULL);
  got = run (graph, 1, &x, &array, value, WEFT_MODE_INTERPRET, TRUE);
  for (gint64 i = 0; i < 1000; i++)
    g_assert_cmpfloat_with_epsilon (weft_array_get (got, i),
                                    -tanh (fabs (weft_array_get (array, i))), 1e-6);
}

static void
test_evaluate (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) three =
    weft_evaluate (graph, build_value (graph, scope, "1 + 2"), 0, &error),
                        none = NULL;
  g_assert_no_error (error);
  g_assert_cmpfloat (weft_array_get (three, 0), ==, 3);
  g_assert_cmpint (three->dtype, ==, WEFT_I64);
  bind_input (graph, scope, "x", WEFT_F32, 0, NULL);
  none = weft_evaluate (graph, build_value (graph, scope, "x + 1"), 0, &error);
  g_assert_null (none);
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (smooth_texts); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/run/smooth/%02u", i);
      g_test_add_data_func (path, smooth_texts[i], test_smooth);
    }
  for (guint i = 0; i < G_N_ELEMENTS (layout_texts); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/run/layout/%02u", i);
      g_test_add_data_func (path, layout_texts[i], test_layout);
    }
  g_test_add_func ("/engine/run/random-graphs", test_random_graphs);
  g_test_add_func ("/engine/run/random-graph-ends", test_random_graph_ends);
  g_test_add_func ("/engine/run/update/swap", test_swap);
  g_test_add_func ("/engine/run/update/results-first", test_results_before_updates);
  g_test_add_func ("/engine/run/update/failed-call", test_failed_call);
  g_test_add_func ("/engine/run/input/errors", test_inputs);
  g_test_add_func ("/engine/run/input/shapes", test_shapes);
  g_test_add_func ("/engine/run/input/given", test_given);
  g_test_add_func ("/engine/run/too-large", test_too_large);
  g_test_add_func ("/engine/run/too-large-together", test_too_large_together);
  g_test_add_func ("/engine/run/random/resume", test_random_resume);
  g_test_add_func ("/engine/run/evaluate", test_evaluate);
  g_test_add_func ("/engine/run/long-chain", test_long_chain);
  return g_test_run ();
}
