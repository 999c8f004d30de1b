/* What reverse mode promises: known, disconnected and undefined gradients, origins, named
 * dimensions, chains of 100 000 ops. Each row's gradient is checked by test-examples.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"
#include "engine/run/function.h"
#include "tests/graph-tools.h"

#include <math.h>
#include <string.h>

/* ---- What reverse mode promises ---- */

static void
test_errors (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 1, (gint64[]){ 4 });
  WeftValue *z = bind_input (graph, scope, "z", WEFT_F32, 1, (gint64[]){ 4 });
  WeftValue *grad;

  g_assert_false (weft_grad (graph, build_value (graph, scope, "x * 2"), NULL, NULL, 1, &x,
                             WEFT_DISCONNECTED_ERROR, &grad, &error));
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_COST);
  g_clear_error (&error);
  g_assert_false (weft_grad (graph, build_value (graph, scope, "sum(x)"), NULL, NULL, 1, &z,
                             WEFT_DISCONNECTED_ERROR, &grad, &error));
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_DISCONNECTED);
  g_assert_cmpstr (error->message, ==, "the cost does not depend on z");
  g_clear_error (&error);
  g_assert_true (weft_grad (graph, build_value (graph, scope, "sum(x)"), NULL, NULL, 1, &z,
                            WEFT_DISCONNECTED_ZERO, &grad, &error));
  g_assert_true (weft_shape_equal (&grad->type.shape, &z->type.shape));
  g_assert_true (weft_grad (graph, build_value (graph, scope, "sum(x)"), NULL, NULL, 1, &z,
                            WEFT_DISCONNECTED_NONE, &grad, &error));
  g_assert_null (grad);
  weft_graph_push_origin (graph, 42);
  g_assert_false (weft_grad (graph, build_value (graph, scope, "sum(floor(x))"), NULL, NULL, 1, &x,
                             WEFT_DISCONNECTED_ERROR, &grad, &error));
  weft_graph_pop_origin (graph);
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_UNDEFINED);
  g_assert_nonnull (strstr (error->message, "floor has no gradient"));
  g_assert_cmpuint (weft_grad_error_get_node (error), ==, 42);
}

static void
test_stop_and_known (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  g_autoptr (WeftArray) three = weft_array_new_scalar (WEFT_F64, 3);
  g_autoptr (WeftArray) value = NULL;
  g_autoptr (WeftFunction) f = NULL;
  g_autoptr (WeftFunction) g = NULL;
  WeftValue       *x = bind_input (graph, scope, "x", WEFT_F64, 0, NULL);
  WeftValue       *y = build_value (graph, scope, "x * stop_gradient(x)");
  WeftValue       *h, *grad;
  WeftFunctionSpec spec = { .graph = graph,
                            .n_inputs = 1,
                            .inputs = &x,
                            .n_outputs = 1,
                            .outputs = &grad,
                            .mode = WEFT_MODE_REFERENCE };

  g_assert_true (weft_grad (graph, y, NULL, NULL, 1, &x, WEFT_DISCONNECTED_ERROR, &grad, &error));
  f = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  g_assert_true (weft_function_call (f, &three, &value, NULL, &error));
  g_assert_cmpfloat (weft_array_get (value, 0), ==, 3);
  g_clear_pointer (&value, weft_array_unref);

  h = build_value (graph, scope, "x**2");
  weft_scope_set_value (scope, "h", h);
  y = build_value (graph, scope, "h * 100");
  g_hash_table_insert (known, h, weft_graph_scalar (graph, WEFT_F64, 10));
  g_assert_true (weft_grad (graph, y, NULL, known, 1, &x, WEFT_DISCONNECTED_ERROR, &grad, &error));
  g = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  g_assert_true (weft_function_call (g, &three, &value, NULL, &error));
  g_assert_cmpfloat (weft_array_get (value, 0), ==, 60);
}

/* grad_scale and grad_clip leave the value alone and change what flows back. */
static void
test_scale_and_clip (void)
{
  static const struct
  {
    const char *text;
    double      grad;
  } rows[] = { { "5 * grad_scale(x, scale=0.5)", 2.5 },
               { "5 * grad_clip(x, low=-1.0, high=2.0)", 2 },
               { "-5 * grad_clip(x)", -1 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (WeftGraph) graph = weft_graph_new ();
      g_autoptr (WeftScope) scope = weft_scope_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftArray) three = weft_array_new_scalar (WEFT_F64, 3);
      g_autoptr (WeftArray) value = NULL;
      g_autoptr (WeftFunction) f = NULL;
      WeftValue       *x = bind_input (graph, scope, "x", WEFT_F64, 0, NULL), *grad;
      WeftFunctionSpec spec = { .graph = graph,
                                .n_inputs = 1,
                                .inputs = &x,
                                .n_outputs = 1,
                                .outputs = &grad,
                                .mode = WEFT_MODE_REFERENCE };

      g_assert_true (weft_grad (graph, build_value (graph, scope, rows[i].text), NULL, NULL, 1, &x,
                                WEFT_DISCONNECTED_ERROR, &grad, &error));
      f = weft_function_new (&spec, &error);
      g_assert_no_error (error);
      g_assert_true (weft_function_call (f, &three, &value, NULL, &error));
      g_assert_cmpfloat (weft_array_get (value, 0), ==, rows[i].grad);
    }
}

/* Whether a named dimension was broadcast against a number is known at the call only: one function,
 * called both ways. */
static void
test_named_broadcast (void)
{
  for (guint mode = 0; mode < 2; mode++)
    {
      g_autoptr (WeftGraph) graph = weft_graph_new ();
      g_autoptr (WeftScope) scope = weft_scope_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftFunction) f = NULL;
      WeftValue       *inputs[2], *grads[2];
      WeftFunctionSpec spec = { .graph = graph,
                                .n_inputs = 2,
                                .inputs = inputs,
                                .n_outputs = 2,
                                .outputs = grads,
                                .mode = mode == 0 ? WEFT_MODE_REFERENCE : WEFT_MODE_INTERPRET };

      inputs[0] = bind_input (graph, scope, "x", WEFT_F64, 2, (gint64[]){ -1, 2 });
      inputs[1] = bind_input (graph, scope, "y", WEFT_F64, 2, (gint64[]){ 3, 2 });
      g_assert_true (weft_grad (graph, build_value (graph, scope, "sum(x * y)"), NULL, NULL, 2,
                                inputs, WEFT_DISCONNECTED_ERROR, grads, &error));
      f = weft_function_new (&spec, &error);
      g_assert_no_error (error);
      for (gint64 n = 1; n <= 3; n += 2)
        {
          g_autoptr (WeftArray) x = weft_array_new (WEFT_F64, 2, (const gint64[]){ n, 2 });
          g_autoptr (WeftArray) y = weft_array_new (WEFT_F64, 2, (const gint64[]){ 3, 2 });
          WeftArray *arrays[2] = { x, y }, *outputs[2];

          for (guint i = 0; i < 6; i++)
            weft_array_set (y, i, i + 1);
          for (guint i = 0; i < 2 * n; i++)
            weft_array_set (x, i, 10 * (i + 1));
          weft_function_call (f, arrays, outputs, NULL, &error);
          g_assert_no_error (error);
          g_assert_cmpint (outputs[0]->shape[0], ==, n);
          g_assert_cmpfloat (weft_array_get (outputs[0], 0), ==, n == 1 ? 1 + 3 + 5 : 1);
          g_assert_cmpfloat (weft_array_get (outputs[1], 5), ==, n == 1 ? 20 : 60);
          weft_array_unref (outputs[0]);
          weft_array_unref (outputs[1]);
        }
    }
}

/* What is made for an application carries its origins. */
static void
test_origins (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GPtrArray) order = NULL;
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 1, (gint64[]){ 4 });
  WeftValue *y, *grad;
  gboolean   found = FALSE;

  weft_graph_push_origin (graph, 5);
  y = build_value (graph, scope, "sum(tanh(x))");
  weft_graph_pop_origin (graph);
  g_assert_true (weft_grad (graph, y, NULL, NULL, 1, &x, WEFT_DISCONNECTED_ERROR, &grad, NULL));
  order = weft_graph_order (graph, 1, &grad);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      if (g_str_equal (apply->op->name, "mul"))
        {
          g_assert_cmpuint (apply->origins->n, ==, 1);
          g_assert_cmpuint (apply->origins->nodes[0], ==, 5);
          found = TRUE;
        }
    }
  g_assert_true (found);
}

/* Differentiating is linear in the graph: a chain of 100 000 ops is no problem, and its gradient is
 * right. */
static void
test_deep (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftArray) one = weft_array_new_scalar (WEFT_F64, 1);
  g_autoptr (WeftArray) value = NULL;
  g_autoptr (WeftFunction) f = NULL;
  g_autoptr (GError) error = NULL;
  WeftValue       *x = bind_input (graph, scope, "x", WEFT_F64, 0, NULL);
  WeftValue       *y = x, *grad;
  WeftFunctionSpec spec = { .graph = graph,
                            .n_inputs = 1,
                            .inputs = &x,
                            .n_outputs = 1,
                            .outputs = &grad,
                            .mode = WEFT_MODE_REFERENCE };

  for (guint i = 0; i < 50000; i++)
    {
      y = weft_graph_op (graph, "mul", y, weft_graph_float (graph, 1.0001), NULL);
      y = weft_graph_op (graph, "add", y, x, NULL);
    }
  g_assert_true (weft_grad (graph, y, NULL, NULL, 1, &x, WEFT_DISCONNECTED_ERROR, &grad, &error));
  f = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  g_assert_true (weft_function_call (f, &one, &value, NULL, &error));
  /* y' = q^n + (q^n - 1) / (q - 1) for q = 1.0001, n = 50000 */
  {
    double q = pow (1.0001, 50000), expected = q + (q - 1) / (1.0001 - 1);

    g_assert_cmpfloat_with_epsilon (weft_array_get (value, 0) / expected, 1, 1e-9);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/grad/errors", test_errors);
  g_test_add_func ("/engine/grad/stop-and-known", test_stop_and_known);
  g_test_add_func ("/engine/grad/scale-and-clip", test_scale_and_clip);
  g_test_add_func ("/engine/grad/named-broadcast", test_named_broadcast);
  g_test_add_func ("/engine/grad/origins", test_origins);
  g_test_add_func ("/engine/grad/deep", test_deep);
  return g_test_run ();
}
