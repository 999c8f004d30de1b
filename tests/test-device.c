/* Programs on a device: the same numbers as on the CPU, variables that stay there until somebody
 * reads them, and nothing changed where something fails. The device is one made of the CPU
 * (host-device.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/host-device.h"
#include "tests/random-graph.h"

#include "engine/grad/grad.h"

#include <math.h>
#include <string.h>

#define ROWS 6
#define N_STEPS 3
#define N_GRAPHS 24
/* Sums of products in another order, times what follows them. */
#define TOLERANCE_F32 1e-4
#define TOLERANCE_F64 1e-11

/* ---- A training step ---- */

typedef struct
{
  const char *name, *loss; /* of x: f32 [rows, 12], labels: i64 [rows], a: [12, 16], b: [16], c:
                              [16, 5], k: [5, 5] */
  gboolean momentum;
} Case;

static const Case cases[] = {
  { "softmax", "cross_entropy(tanh(x @ a + b) @ c, labels)", FALSE },
  { "momentum", "cross_entropy(relu(x @ a + b) @ c, labels)", TRUE },
  { "norm",
    "h = x @ a; cross_entropy((h - mean(h, axis=1, keepdims=True)) / sqrt(var(h, axis=1, "
    "keepdims=True) + 1) @ c, labels) + 0.01 * sum(b**2)",
    TRUE },
  { "dropout", "cross_entropy(dropout(relu(x @ a + b), 0.5) @ c, labels)", FALSE },
  { "loop",
    "cross_entropy(scan(lambda row, h: tanh(row[None, :] @ a + h), sequences=[x], states=[b[None, "
    ":]])[:, 0, :] @ c, labels)",
    FALSE },
  { "loop-draws",
    "cross_entropy(scan(lambda row, h: dropout(tanh(row[None, :] @ a + h), 0.5), sequences=[x], "
    "states=[b[None, :]])[:, 0, :] @ c, labels)",
    FALSE },
  { "transposed",
    "h = (x @ a + b).T; mean((h[:5] @ x[:6, :5]) @ k) + sum(c**2) / 100 + sum(labels) * 0.0",
    FALSE },
};

typedef struct
{
  WeftGraph    *graph;
  WeftScope    *scope;
  WeftShared   *shared[8]; /* a, b, c, k, then their momenta */
  guint         n_shared;
  WeftArray    *arrays[2]; /* x, labels */
  WeftFunction *step, *measure;
} World;

static const char *const names[] = { "a", "b", "c", "k" };
static const gint64      shapes[][2] = { { 12, 16 }, { 16, 0 }, { 16, 5 }, { 5, 5 } };

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

static WeftArray *
filled (WeftDType dtype, guint rank, const gint64 *shape, double size)
{
  WeftArray *array = weft_array_new (dtype, rank, shape);

  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, size * sin (1.7 * i + size));
  return array;
}

static WeftValue *
add_shared (World *world, const char *name, WeftArray *value)
{
  WeftValue *result;

  world->shared[world->n_shared] = weft_shared_new (name, "parameter", value);
  result = weft_graph_shared (world->graph, world->shared[world->n_shared++]);
  weft_scope_set_value (world->scope, name, result);
  return result;
}

static WeftFunction *
make_function (World            *world,
               guint             n_updates,
               WeftValue *const *inputs,
               WeftValue        *loss,
               WeftValue *const *next,
               WeftDevice       *device)
{
  g_autoptr (GError) error = NULL;
  WeftFunctionSpec spec = { .graph = world->graph,
                            .n_inputs = 2,
                            .inputs = inputs,
                            .n_outputs = 1,
                            .outputs = &loss,
                            .n_updates = n_updates,
                            .targets = world->shared,
                            .new_values = next,
                            .seed = 7,
                            .device = device };
  WeftFunction    *function = weft_function_new (&spec, &error);

  g_assert_no_error (error);
  return function;
}

/* The new values of what the loss depends on, rate 0.1; others stay as they are. */
static void
make_updates (
  World *world, const Case *test, WeftValue *loss, WeftValue *const *parameters, WeftValue **next)
{
  guint      n = G_N_ELEMENTS (names);
  WeftValue *gradients[G_N_ELEMENTS (names)];
  g_autoptr (GError) error = NULL;

  weft_grad (world->graph, loss, NULL, NULL, n, parameters, WEFT_DISCONNECTED_ZERO, gradients,
             &error);
  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *momentum = g_strdup_printf ("0.9 * m%s + g", names[i]);
      g_autofree char *plain = g_strdup_printf ("%s - 0.1 * g", names[i]);

      weft_scope_set_value (world->scope, "g", gradients[i]);
      if (test->momentum)
        {
          next[n + i] = build (world, momentum);
          weft_scope_set_value (world->scope, "g", next[n + i]);
        }
      next[i] = build (world, plain);
    }
}

static void
world_init (World *world, const Case *test, WeftDevice *device)
{
  WeftType   x_type = { .dtype = WEFT_F32, .shape = weft_shape (2, ROWS, 12) };
  WeftType   label_type = { .dtype = WEFT_I64, .shape = weft_shape (1, ROWS) };
  WeftValue *inputs[2], *parameters[G_N_ELEMENTS (names)], *next[2 * G_N_ELEMENTS (names)], *loss;

  memset (world, 0, sizeof *world);
  world->graph = weft_graph_new ();
  world->scope = weft_scope_new ();
  inputs[0] = weft_graph_input (world->graph, "x", &x_type);
  inputs[1] = weft_graph_input (world->graph, "labels", &label_type);
  weft_scope_set_value (world->scope, "x", inputs[0]);
  weft_scope_set_value (world->scope, "labels", inputs[1]);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (WeftArray) start = filled (WEFT_F32, i == 1 ? 1 : 2, shapes[i], 0.1 * (i + 1));

      parameters[i] = add_shared (world, names[i], start);
    }
  for (guint i = 0; test->momentum && i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = g_strconcat ("m", names[i], NULL);
      g_autoptr (WeftArray) start = filled (WEFT_F32, i == 1 ? 1 : 2, shapes[i], 0);

      add_shared (world, name, start);
    }
  loss = build (world, test->loss);
  make_updates (world, test, loss, parameters, next);
  world->step = make_function (world, world->n_shared, inputs, loss, next, device);
  world->measure = make_function (world, 0, inputs, loss, NULL, device);
  world->arrays[0] = filled (WEFT_F32, 2, (gint64[]){ ROWS, 12 }, 1);
  world->arrays[1] = weft_array_new (WEFT_I64, 1, (gint64[]){ ROWS });
  for (gint64 i = 0; i < ROWS; i++)
    weft_array_set (world->arrays[1], i, (double) (i % 5));
}

static void
world_clear (World *world)
{
  if (world->graph == NULL)
    return;
  weft_function_free (world->step);
  weft_function_free (world->measure);
  for (guint i = 0; i < world->n_shared; i++)
    weft_shared_unref (world->shared[i]);
  weft_array_unref (world->arrays[0]);
  weft_array_unref (world->arrays[1]);
  weft_scope_free (world->scope);
  weft_graph_free (world->graph);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static double
call (World *world, WeftFunction *function)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) loss = NULL;

  weft_function_call (function, world->arrays, &loss, NULL, &error);
  g_assert_no_error (error);
  return weft_array_get (loss, 0);
}

static void
assert_near (const WeftArray *a, const WeftArray *b, double tolerance)
{
  g_assert_cmpint (a->n_elements, ==, b->n_elements);
  for (gint64 i = 0; i < a->n_elements; i++)
    {
      double x = weft_array_get (a, i), y = weft_array_get (b, i);

      if (isnan (x) && isnan (y))
        continue;
      if (x != y)
        g_assert_cmpfloat (fabs (x - y), <=, tolerance * MAX (1, fabs (x)));
    }
}

static void
assert_same_variables (World *a, World *b)
{
  for (guint i = 0; i < a->n_shared; i++)
    {
      weft_shared_settle (a->shared[i]);
      weft_shared_settle (b->shared[i]);
      assert_near (a->shared[i]->value, b->shared[i]->value, TOLERANCE_F32);
    }
}

static WeftDevice *
open_device (void)
{
  WeftDevice *device = host_device_new ();

  if (device == NULL)
    g_test_skip ("there is no C++ compiler, or AddressSanitizer watches");
  return device;
}

/* Training on both: losses and variables. A second function sees what the first made, on the device
 * and off it. */
static void
test_training (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (WeftDevice) device = open_device ();
  g_auto (World) on_cpu = { 0 }, on_device = { 0 };
  double first;

  if (device == NULL)
    return;
  world_init (&on_cpu, test, NULL);
  world_init (&on_device, test, device);
  first = call (&on_cpu, on_cpu.measure);
  g_assert_cmpfloat_with_epsilon (first, call (&on_device, on_device.measure), TOLERANCE_F32);
  for (guint i = 0; i < N_STEPS; i++)
    g_assert_cmpfloat_with_epsilon (call (&on_cpu, on_cpu.step), call (&on_device, on_device.step),
                                    TOLERANCE_F32);
  g_assert_cmpfloat_with_epsilon (call (&on_cpu, on_cpu.measure),
                                  call (&on_device, on_device.measure), TOLERANCE_F32);
  g_assert_cmpfloat (call (&on_device, on_device.measure), !=, first);
  assert_same_variables (&on_cpu, &on_device);
  /* Somebody else's new value is sent. */
  weft_array_set (on_device.shared[0]->value, 3, 5);
  weft_shared_changed (on_device.shared[0]);
  weft_array_set (on_cpu.shared[0]->value, 3, 5);
  g_assert_cmpfloat_with_epsilon (call (&on_cpu, on_cpu.step), call (&on_device, on_device.step),
                                  TOLERANCE_F32);
  assert_same_variables (&on_cpu, &on_device);
  g_assert_cmpuint (host_device_counts (device)->launches, >, 0);
}

/* After the first step only what goes in is sent, and by what its kernels draw; and only the loss
 * comes back, and what the kernels have met. A loop's rows would be more. */
static void
test_stays (gconstpointer data)
{
  g_autoptr (WeftDevice) device = open_device ();
  g_auto (World) world = { 0 };
  HostDeviceCounts *counts;

  if (device == NULL)
    return;
  world_init (&world, data, device);
  counts = host_device_counts (device);
  call (&world, world.step);
  counts->sent = counts->fetched = 0;
  call (&world, world.step);
  g_test_message ("%" G_GUINT64_FORMAT " bytes sent, %" G_GUINT64_FORMAT " fetched", counts->sent,
                  counts->fetched);
  g_assert_cmpuint (counts->sent, <=, world.arrays[0]->n_bytes + world.arrays[1]->n_bytes + 256);
  g_assert_cmpuint (counts->fetched, <=, 256);
}

/* ---- What fails ---- */

static void
test_label (void)
{
  g_autoptr (WeftDevice) device = open_device ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) loss = NULL, before = NULL;
  g_auto (World) world = { 0 };

  if (device == NULL)
    return;
  world_init (&world, &cases[0], device);
  call (&world, world.step);
  weft_shared_settle (world.shared[0]);
  before = weft_array_copy (world.shared[0]->value);
  weft_array_set (world.arrays[1], 2, 9);
  g_assert_false (weft_function_call (world.step, world.arrays, &loss, NULL, &error));
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INDEX);
  weft_shared_settle (world.shared[0]);
  assert_near (world.shared[0]->value, before, 0);
  weft_array_set (world.arrays[1], 2, 2);
  call (&world, world.step);
}

/* Whichever allocation is the one that fails: an error, nothing is lost, and it works where there
 * is room. */
static void
test_full (void)
{
  g_autoptr (WeftDevice) device = open_device ();
  HostDeviceCounts *counts;

  if (device == NULL)
    return;
  counts = host_device_counts (device);
  for (guint64 room = 0; room <= 1 << 15; room = room * 2 + 64)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftArray) loss = NULL;
      g_auto (World) world = { 0 };

      world_init (&world, &cases[1], device);
      counts->room = room;
      if (!weft_function_call (world.step, world.arrays, &loss, NULL, &error))
        g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_MEMORY);
      g_assert_true (room > 64 || loss == NULL);
      counts->room = G_MAXINT64 / 2;
      g_clear_pointer (&loss, weft_array_unref);
      call (&world, world.step);
    }
}

/* ---- Random graphs ---- */

static WeftArray **
evaluate (RandomGraph *random, WeftDevice *device, GError **error)
{
  WeftFunctionSpec spec = { .graph = random->graph,
                            .n_inputs = random->inputs->len,
                            .inputs = (WeftValue **) random->inputs->pdata,
                            .n_outputs = random->outputs->len,
                            .outputs = (WeftValue **) random->outputs->pdata,
                            .device = device };
  g_autoptr (WeftFunction) function = weft_function_new (&spec, error);
  WeftArray **results = g_new0 (WeftArray *, random->outputs->len + 1);

  if (function == NULL ||
      !weft_function_call (function, (WeftArray **) random->arrays->pdata, results, NULL, error))
    g_clear_pointer (&results, g_free);
  return results;
}

static void
compare_graph (RandomGraph *random, WeftDevice *device)
{
  g_autoptr (GError) error = NULL;
  WeftArray **expected = evaluate (random, NULL, &error), **got = NULL;

  g_assert_no_error (error);
  got = evaluate (random, device, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < random->outputs->len; i++)
    {
      gboolean is_f64 = expected[i]->dtype == WEFT_F64;

      assert_near (expected[i], got[i], is_f64 ? TOLERANCE_F64 : TOLERANCE_F32);
      weft_array_unref (expected[i]);
      weft_array_unref (got[i]);
    }
  g_free (expected);
  g_free (got);
}

static void
test_random (void)
{
  g_autoptr (WeftDevice) device = open_device ();
  guint n = 0;

  for (guint32 seed = 1; device != NULL && n < N_GRAPHS; seed++)
    {
      g_autoptr (RandomGraph) random = random_graph_new (seed);

      if (random == NULL)
        continue;
      compare_graph (random, device);
      n++;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  random_graph_register ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/run/device/training/", cases[i].name, NULL);
      g_autofree char *stays = g_strconcat ("/run/device/stays/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_training);
      g_test_add_data_func (stays, &cases[i], test_stays);
    }
  g_test_add_func ("/run/device/label", test_label);
  g_test_add_func ("/run/device/full", test_full);
  g_test_add_func ("/run/device/random-graphs", test_random);
  return g_test_run ();
}
