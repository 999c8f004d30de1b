/* Threads: the pool, the same bits on any number of them, cancelling, and what a training step
 * takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/grad/grad.h"
#include "engine/run/function.h"
#include "engine/run/pool.h"
#include "tests/graph-tools.h"

/* ---- A network ---- */

typedef struct
{
  WeftGraph    *graph;
  WeftScope    *scope;
  WeftFunction *function;
  WeftShared   *parameters[4], *states[9];
  WeftArray    *x, *y;
} Network;

static void
network_init (Network *net, gint64 hidden)
{
  static const char *const names[] = { "W1", "b1", "W2", "b2" };
  const gint64             dims[4][2] = { { 784, hidden }, { hidden }, { hidden, 10 }, { 10 } };
  WeftValue               *wrt[4], *gradients[4], *values[13], *inputs[2], *loss;
  WeftShared              *targets[13];
  WeftFunctionSpec         spec = { 0 };
  guint                    n = 0;
  g_autoptr (GError) error = NULL;
  net->graph = weft_graph_new ();
  net->scope = weft_scope_new ();
  inputs[0] = bind_input (net->graph, net->scope, "x", WEFT_F32, 2, (gint64[]){ -1, 784 });
  inputs[1] = bind_input (net->graph, net->scope, "y", WEFT_I32, 1, (gint64[]){ -1 });
  for (guint i = 0; i < 4; i++)
    {
      WeftArray *array = weft_array_new (WEFT_F32, 2 - i % 2, dims[i]);
      for (gint64 k = 0; i % 2 == 0 && k < array->n_elements; k++)
        weft_array_set (array, k, 0.06 * sin (k * 12.9898 + i));
      net->parameters[i] = bind_shared (net->graph, net->scope, names[i], array);
      wrt[i] = weft_graph_shared (net->graph, net->parameters[i]);
    }
  loss = build_value (net->graph, net->scope, "cross_entropy(relu(x @ W1 + b1) @ W2 + b2, y)");
  g_assert_true (
    weft_grad (net->graph, loss, NULL, NULL, 4, wrt, WEFT_DISCONNECTED_ERROR, gradients, &error));
  net->states[8] = bind_shared (net->graph, net->scope, "t", weft_array_new_scalar (WEFT_F32, 0));
  targets[n] = net->states[8];
  values[n++] = build_value (net->graph, net->scope, "t + 1");
  weft_scope_set_value (net->scope, "t", values[0]);
  for (guint i = 0; i < 4; i++)
    {
      const WeftArray *like = net->parameters[i]->value;
      net->states[2 * i] = bind_shared (net->graph, net->scope, "m",
                                        weft_array_new (WEFT_F32, like->rank, like->shape));
      net->states[2 * i + 1] = bind_shared (net->graph, net->scope, "v",
                                            weft_array_new (WEFT_F32, like->rank, like->shape));
      weft_scope_set_value (net->scope, "p", wrt[i]);
      weft_scope_set_value (net->scope, "g", gradients[i]);
      targets[n] = net->states[2 * i];
      values[n++] = build_value (net->graph, net->scope, "m = 0.9 * m + 0.1 * g; m");
      targets[n] = net->states[2 * i + 1];
      values[n++] = build_value (net->graph, net->scope, "v = 0.999 * v + 0.001 * g * g; v");
      targets[n] = net->parameters[i];
      values[n++] = build_value (
        net->graph, net->scope, "p - 0.001 / (1 - 0.9**t) * m / (sqrt(v / (1 - 0.999**t)) + 1e-8)");
    }
  spec = (WeftFunctionSpec){ .graph = net->graph,
                             .n_inputs = 2,
                             .inputs = inputs,
                             .n_outputs = 1,
                             .outputs = &loss,
                             .n_updates = n,
                             .targets = targets,
                             .new_values = values };
  net->function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  net->x = weft_array_new (WEFT_F32, 2, (gint64[]){ 64, 784 });
  net->y = weft_array_new (WEFT_I32, 1, (gint64[]){ 64 });
  for (gint64 i = 0; i < net->x->n_elements; i++)
    weft_array_set (net->x, i, 0.5 + 0.5 * sin (i * 0.37));
  for (gint64 i = 0; i < 64; i++)
    weft_array_set (net->y, i, i % 10);
}

static double
network_step (Network *net)
{
  WeftArray *loss = NULL;
  double     value;
  g_assert_true (
    weft_function_call (net->function, (WeftArray *[]){ net->x, net->y }, &loss, NULL, NULL));
  value = weft_array_get (loss, 0);
  weft_array_unref (loss);
  return value;
}

static void
network_clear (Network *net)
{
  weft_function_free (net->function);
  weft_scope_free (net->scope);
  weft_graph_free (net->graph);
  for (guint i = 0; i < 4; i++)
    weft_shared_unref (net->parameters[i]);
  for (guint i = 0; i < 9; i++)
    weft_shared_unref (net->states[i]);
  weft_array_unref (net->x);
  weft_array_unref (net->y);
}

static void
test_threads (void)
{
  double     losses[3][20];
  WeftArray *weights[3];
  for (guint i = 0; i < 3; i++)
    {
      Network net = { 0 };
      weft_pool_set_threads (i + 1);
      g_assert_cmpuint (weft_pool_get_threads (), ==, i + 1);
      network_init (&net, 200);
      for (guint k = 0; k < 20; k++)
        losses[i][k] = network_step (&net);
      weights[i] = weft_array_ref (net.parameters[0]->value);
      network_clear (&net);
    }
  weft_pool_set_threads (0);
  g_assert_cmpfloat (losses[0][19], <, losses[0][0]);
  for (guint i = 1; i < 3; i++)
    {
      g_assert_cmpmem (losses[0], sizeof losses[0], losses[i], sizeof losses[i]);
      g_assert_true (weft_array_same (weights[0], weights[i]));
    }
  for (guint i = 0; i < 3; i++)
    weft_array_unref (weights[i]);
}

typedef struct
{
  gint  hits[1000];
  guint nested;
} Marks;

static void
mark_nested (gpointer data, gint64 begin, gint64 end)
{
  Marks *marks = data;
  g_atomic_int_add ((gint *) &marks->nested, (gint) (end - begin));
}

static void
mark (gpointer data, gint64 begin, gint64 end)
{
  Marks *marks = data;
  for (gint64 i = begin; i < end; i++)
    g_atomic_int_inc (&marks->hits[i]);
  weft_pool_run (mark_nested, data, 3, 1);
}

static gpointer
pool_thread (gpointer data)
{
  for (guint round = 0; round < 300; round++)
    {
      g_autofree Marks *marks = g_new0 (Marks, 1);
      weft_pool_run (mark, marks, 1000, 1 + round % 70);
      for (guint i = 0; i < 1000; i++)
        g_assert_cmpint (marks->hits[i], ==, 1);
      g_assert_cmpuint (marks->nested % 3, ==, 0);
      g_assert_cmpuint (marks->nested, >, 0);
    }
  return NULL;
}

typedef struct
{
  GThread *caller;
  gint     helped;
} Small;

static void
note_thread (gpointer data, gint64 begin, gint64 end)
{
  Small *small = data;
  if (g_thread_self () != small->caller)
    g_atomic_int_set (&small->helped, 1);
}

/* One small job wakes nobody; many of them soon after each other do. */
static void
test_small_jobs (void)
{
  Small small = { g_thread_self (), 0 };
  weft_pool_set_threads (1); /* so that nobody is awake */
  weft_pool_set_threads (2);
  weft_pool_run_estimated (note_thread, &small, 4, 1, WEFT_POOL_WAKE_US / 10);
  g_assert_cmpint (small.helped, ==, 0);
  while (g_atomic_int_get (&small.helped) == 0)
    weft_pool_run_estimated (note_thread, &small, 4, 1, WEFT_POOL_WAKE_US / 2);
  weft_pool_set_threads (0);
}

/* Every element once, from several callers at a time, while the number of threads changes. */
static void
test_pool (void)
{
  GThread *threads[3];
  for (guint i = 0; i < 3; i++)
    threads[i] = g_thread_new ("caller", pool_thread, NULL);
  for (guint i = 0; i < 20; i++)
    {
      weft_pool_set_threads (1 + i % 4);
      g_usleep (1000);
    }
  for (guint i = 0; i < 3; i++)
    g_thread_join (threads[i]);
  weft_pool_set_threads (0);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

/* Printed, not asserted: times depend on what else the machine does. */
static void
test_times (void)
{
  Network net = { 0 };
  double  times[300];
  gint64  start;
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 0, NULL),
            *value = build_value (graph, scope, "x + 1");
  WeftFunctionSpec spec = {
    .graph = graph, .n_inputs = 1, .inputs = &x, .n_outputs = 1, .outputs = &value
  };
  g_autoptr (WeftFunction) small = weft_function_new (&spec, NULL);
  g_autoptr (WeftArray) one = weft_array_new_scalar (WEFT_F32, 1);
  network_init (&net, 128);
  start = g_get_monotonic_time ();
  network_step (&net);
  g_test_message ("first call of an MLP 64x784x128x10 with Adam: %.1f ms",
                  (g_get_monotonic_time () - start) / 1e3);
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      start = g_get_monotonic_time ();
      network_step (&net);
      times[i] = g_get_monotonic_time () - start;
    }
  qsort (times, G_N_ELEMENTS (times), sizeof (double), compare_doubles);
  g_test_message ("its step: best %.0f us, median %.0f us, %u threads", times[0],
                  times[G_N_ELEMENTS (times) / 2], weft_pool_get_threads ());
  start = g_get_monotonic_time ();
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (WeftArray) result = NULL;
      g_assert_true (weft_function_call (small, &one, &result, NULL, NULL));
      g_assert_cmpfloat (weft_array_get (result, 0), ==, 2);
    }
  g_test_message ("call of one scalar kernel: %.2f us", (g_get_monotonic_time () - start) / 1e3);
  network_clear (&net);
}

/* ---- Cancelling ---- */

static gpointer
cancel_thread (gpointer cancellable)
{
  g_usleep (20000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* One product that takes seconds is left between two of its pieces. */
static void
test_cancel (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  WeftValue       *x = bind_input (graph, scope, "x", WEFT_I64, 2, (gint64[]){ -1, -1 });
  WeftValue       *value = build_value (graph, scope, "x @ x");
  WeftFunctionSpec spec = {
    .graph = graph, .n_inputs = 1, .inputs = &x, .n_outputs = 1, .outputs = &value
  };
  g_autoptr (WeftFunction) function = weft_function_new (&spec, &error);
  g_autoptr (WeftArray) array = filled (WEFT_I64, 2, (gint64[]){ 2000, 2000 }, 0, 1);
  WeftArray *result = NULL;
  GThread   *thread = g_thread_new ("cancel", cancel_thread, cancellable);
  g_assert_false (weft_function_call (function, &array, &result, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/run/pool", test_pool);
  g_test_add_func ("/engine/run/small-jobs", test_small_jobs);
  g_test_add_func ("/engine/run/threads", test_threads);
  g_test_add_func ("/engine/run/cancel", test_cancel);
  g_test_add_func ("/engine/run/times", test_times);
  return g_test_run ();
}
