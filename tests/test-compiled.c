/* Compiled code in place of the interpreter: the same bits, whenever it comes, and whatever becomes
 * of the compiler.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <malloc.h>
#include <math.h>
#include <string.h>

#include "engine/run/function-private.h"
#include "tests/random-graph.h"
#include "tests/world.h"

/* Graphs that are compiled together: one file of the compiler holds kernels of many. */
#define BATCH 32

/* ---- Helpers ---- */

static void
add_input (World *world, const char *name, guint rank, const gint64 *dims)
{
  WeftArray *array = weft_array_new (WEFT_F32, rank, dims);
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, ((i * 37 + 11 * strlen (name)) % 101) / 25.0 - 2);
  world_add_input (world, name, array);
}

/* x and y of [40, 300], r of [300]. */
static void
set_up (World *world)
{
  world_init (world);
  add_input (world, "x", 2, (gint64[]){ 40, 300 });
  add_input (world, "y", 2, (gint64[]){ 40, 300 });
  add_input (world, "r", 1, (gint64[]){ 300 });
}

/* Whether two arrays have the same bits; which NaN it is does not matter. */
static gboolean
equal_bits (const WeftArray *a, const WeftArray *b)
{
  gsize size = weft_dtype_size (a->dtype);
  if (a->dtype != b->dtype || a->n_bytes != b->n_bytes)
    return FALSE;
  for (gint64 i = 0; i < a->n_elements; i++)
    if (memcmp ((char *) a->data + i * size, (char *) b->data + i * size, size) != 0)
      {
        double x = weft_array_get (a, i), y = weft_array_get (b, i);
        if (x == x || y == y)
          {
            g_test_message ("element %" G_GINT64_FORMAT ": %.17g and %.17g", i, x, y);
            return FALSE;
          }
      }
  return TRUE;
}

/* How many steps of the last call's program, bodies left out, have code. */
static guint
count_compiled (WeftFunction *function)
{
  const WeftVariant *variant =
    g_ptr_array_index (function->variants, function->variants->len - 1);
  guint n = 0;
  for (guint i = 0; i < variant->executor->program->n_steps; i++)
    n += variant->executor->codes[i].func != NULL;
  return n;
}

/* ---- The swap ---- */

static const char *const texts[] = {
  "tanh(x * r + y) * sigmoid(x - y)",
  "softmax(x + r, axis=1)",
  "sum(exp(x) * y, axis=0)",
  "mean(log_softmax(x * y, axis=1) * r)",
  "cumsum(relu(x), axis=1) @ transpose(y)",
  "scan(lambda row, h: tanh(row + h * 0.5), x, r)",
};

/* Each call before, while and after the code comes gives the same bits. */
static void
test_swap (void)
{
  for (guint t = 0; t < G_N_ELEMENTS (texts); t++)
    {
      g_auto (World) world;
      WeftValue *value;
      set_up (&world);
      value = world_build (&world, texts[t]);
      g_autoptr (WeftFunction) plain = world_function_of (&world, value, WEFT_MODE_INTERPRET);
      g_autoptr (WeftFunction) function = world_function_of (&world, value, WEFT_MODE_COMPILE);
      g_autoptr (WeftArray) wanted = world_call_one (&world, plain);
      for (guint i = 0; i < 30; i++)
        {
          g_autoptr (WeftArray) got = world_call_one (&world, function);
          if (!equal_bits (got, wanted))
            g_error ("%s: call %u differs", texts[t], i);
          if (i == 20)
            weft_function_wait_compiled (function);
        }
      g_assert_cmpstr (weft_function_get_compile_message (function), ==, NULL);
      g_assert_cmpuint (count_compiled (plain), ==, 0);
      if (t < 4)
        g_assert_cmpuint (count_compiled (function), >, 0);
    }
}

/* Functions that are freed at any moment, also while their code is made or used by others. */
static void
test_cancels (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_auto (World) world;
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  set_up (&world);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *text = g_strdup_printf ("softmax(tanh(x * %u) + r * y, axis=1)", i + 3);
      g_ptr_array_add (values, world_build (&world, text));
    }
  for (guint i = 0; i < 50; i++)
    {
      WeftValue    *value = g_ptr_array_index (values, g_rand_int_range (rand, 0, values->len));
      WeftFunction *function = world_function_of (&world, value, WEFT_MODE_COMPILE);
      guint         n = g_rand_int_range (rand, 0, 6);
      for (guint k = 0; k < n; k++)
        weft_array_unref (world_call_one (&world, function));
      weft_function_free (function);
    }
}

static void
test_no_compiler (void)
{
  g_auto (World) world;
  WeftValue *value;
  set_up (&world);
  g_setenv ("WEFT_CC", "/nowhere/cc", TRUE);
  value = world_build (&world, "exp(x * 0.123) + r");
  g_autoptr (WeftFunction) plain = world_function_of (&world, value, WEFT_MODE_INTERPRET);
  g_autoptr (WeftFunction) function = world_function_of (&world, value, WEFT_MODE_COMPILE);
  g_autoptr (WeftArray) wanted = world_call_one (&world, plain);
  g_autoptr (WeftArray) got = world_call_one (&world, function);
  weft_function_wait_compiled (function);
  g_unsetenv ("WEFT_CC");
  g_assert_true (equal_bits (got, wanted));
  g_assert_nonnull (strstr (weft_function_get_compile_message (function), "/nowhere/cc"));
  g_assert_cmpuint (count_compiled (function), ==, 0);
}

/* Updates of variables, many steps: to the bit what the interpreter makes of them. */
static void
test_updates (void)
{
  WeftArray *ends[2];
  for (guint i = 0; i < 2; i++)
    {
      g_auto (World) world;
      WeftShared *w;
      WeftValue  *values[2];
      set_up (&world);
      w = world_add_shared (&world, "w", weft_array_copy (world.arrays->pdata[2]));
      world_add_shared (&world, "m", weft_array_copy (world.arrays->pdata[2]));
      values[0] = world_build (&world, "w - 0.01 * (0.9 * m + mean(tanh(x * w) * y, axis=0))");
      values[1] = world_build (&world, "0.9 * m + mean(tanh(x * w) * y, axis=0)");
      g_autoptr (WeftFunction) function = world_function (
        &world, (WeftFunctionSpec){ .n_updates = 2,
                                    .targets = (WeftShared **) world.shared->pdata,
                                    .new_values = values,
                                    .mode = i == 0 ? WEFT_MODE_INTERPRET : WEFT_MODE_COMPILE });
      for (guint k = 0; k < 300; k++)
        {
          g_ptr_array_unref (world_call (&world, function, 0));
          if (k == 150)
            weft_function_wait_compiled (function);
        }
      g_assert_cmpuint (count_compiled (function) > 0, ==, i == 1);
      ends[i] = weft_array_copy (w->value);
    }
  g_assert_true (equal_bits (ends[0], ends[1]));
  weft_array_unref (ends[0]);
  weft_array_unref (ends[1]);
}

/* A call takes no memory that it does not give back; `make stress` does it a million times. */
static void
test_memory (void)
{
  g_auto (World) world;
  gsize before = 0;
  set_up (&world);
  g_autoptr (WeftFunction) function =
    world_function_of (&world, world_build (&world, texts[1]), WEFT_MODE_COMPILE);
  for (guint i = 0; i < 3000; i++)
    {
      g_autoptr (WeftArray) result = world_call_one (&world, function);
      if (i == 500)
        weft_function_wait_compiled (function);
      if (i == 1000)
        before = mallinfo2 ().uordblks;
    }
  g_assert_cmpuint (mallinfo2 ().uordblks, <=, before);
}

/* ---- Comparing ---- */

/* What a kernel must not do. */
static int
wrong_kernel (char *const *at, gint64 begin, gint64 end, char *scratch)
{
  return 0;
}

/* Comparing finds nothing where all is well, and a kernel that does nothing. */
static void
test_compare (void)
{
  for (guint t = 0; t < G_N_ELEMENTS (texts); t++)
    {
      g_auto (World) world;
      g_autoptr (GError) error = NULL;
      WeftVariant *variant;
      WeftArray   *result = NULL;
      guint        planted = 0;
      set_up (&world);
      g_autoptr (WeftFunction) function =
        world_function_of (&world, world_build (&world, texts[t]), WEFT_MODE_COMPARE);
      weft_array_unref (world_call_one (&world, function));
      variant = g_ptr_array_index (function->variants, 0);
      for (guint i = 0; i < variant->executor->program->n_steps && planted == 0; i++)
        if (variant->executor->program->steps[i].kind == WEFT_STEP_TILES &&
            variant->executor->codes[i].func != NULL)
          {
            weft_executor_set_code (variant->executor, i, wrong_kernel, 64);
            planted = i + 1;
          }
      g_assert_true (planted > 0 || t >= 4);
      if (planted == 0)
        continue;
      /* Otherwise the right result of the last call may still lie there. */
      for (guint i = 0; i < world.arrays->len; i++)
        memset (((WeftArray *) g_ptr_array_index (world.arrays, i))->data, 0x3e, 64);
      g_assert_false (weft_function_call (function, (WeftArray **) world.arrays->pdata, &result,
                                          NULL, &error));
      g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_COMPARE);
      g_test_message ("%s", error->message);
    }
}

/* What a result may differ from the reference. */
static void
test_tolerance (void)
{
  static const struct
  {
    guint    first, n; /* which of 1000 numbers are off, */
    double   by;       /* by so much */
    gboolean good;
  } cases[] = { { 0, 1000, 1e-5, TRUE },
                { 0, 1000, 1e-2, FALSE },
                { 7, 1, 0.02, TRUE },
                { 999, 1, 0.5, FALSE },
                { 500, 1, NAN, FALSE } };
  g_auto (World) world;
  WeftValue *value;
  world_init (&world);
  add_input (&world, "x", 1, (gint64[]){ 1000 });
  value = g_ptr_array_index (world.inputs, 0);
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      g_autoptr (WeftArray) got = weft_array_copy (g_ptr_array_index (world.arrays, 0));
      g_autoptr (WeftArray) reference = weft_array_cast (got, WEFT_F64);
      g_autoptr (GError) error = NULL;
      weft_array_set (reference, 3, INFINITY);
      for (guint i = cases[c].first; i < cases[c].first + cases[c].n; i++)
        weft_array_set (got, i, weft_array_get (got, i) + cases[c].by);
      g_assert_cmpint (weft_compare_result (value, got, reference, &error), ==, cases[c].good);
      if (!cases[c].good)
        g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_COMPARE);
    }
}

/* ---- Random graphs ---- */

typedef struct
{
  guint32       seed;
  RandomGraph  *random;
  WeftFunction *plain, *compiled;
} Trial;

static WeftFunction *
trial_function (const RandomGraph *random, WeftMode mode)
{
  WeftFunctionSpec spec = { .graph = random->graph,
                            .n_inputs = random->inputs->len,
                            .inputs = (WeftValue **) random->inputs->pdata,
                            .n_outputs = random->outputs->len,
                            .outputs = (WeftValue **) random->outputs->pdata,
                            .mode = mode,
                            .seed = 5 };
  return weft_function_new (&spec, NULL);
}

static void
trial_init (Trial *trial, guint32 seed)
{
  trial->seed = seed;
  trial->random = random_graph_new_blind (seed);
  if (trial->random == NULL)
    return;
  trial->plain = trial_function (trial->random, WEFT_MODE_INTERPRET);
  trial->compiled = trial_function (trial->random, WEFT_MODE_COMPILE);
  if (trial->compiled != NULL)
    weft_function_prepare (trial->compiled, (WeftArray **) trial->random->arrays->pdata, NULL);
}

/* Which kernel of a graph differs. */
static G_GNUC_NORETURN void
complain (const Trial *trial, guint output)
{
  g_autoptr (WeftFunction) compare = trial_function (trial->random, WEFT_MODE_COMPARE);
  g_autofree WeftArray **results = g_new0 (WeftArray *, trial->random->outputs->len + 1);
  g_autoptr (GError) error = NULL;
  weft_function_call (compare, (WeftArray **) trial->random->arrays->pdata, results, NULL, &error);
  g_error ("graph %u: output %u differs: %s", trial->seed, output,
           error != NULL ? error->message : "but no kernel does");
}

/* Both give the same bits, or both fail. */
static void
trial_check (Trial *trial, guint *n_compared)
{
  guint                  n = trial->random->outputs->len;
  g_autofree WeftArray **a = g_new0 (WeftArray *, n + 1), **b = g_new0 (WeftArray *, n + 1);
  WeftArray *const      *arrays = (WeftArray **) trial->random->arrays->pdata;
  g_autoptr (GError) error = NULL, other = NULL;
  gboolean done;
  weft_function_wait_compiled (trial->compiled);
  done = weft_function_call (trial->plain, arrays, a, NULL, &error);
  if (weft_function_call (trial->compiled, arrays, b, NULL, &other) != done)
    g_error ("graph %u: %s", trial->seed, (done ? other : error)->message);
  if (weft_function_get_compile_message (trial->compiled) != NULL)
    g_error ("graph %u: %s", trial->seed, weft_function_get_compile_message (trial->compiled));
  for (guint i = 0; done && i < n; i++)
    if (!equal_bits (a[i], b[i]))
      complain (trial, i);
  for (guint i = 0; done && i < n; i++)
    {
      weft_array_unref (a[i]);
      weft_array_unref (b[i]);
    }
  *n_compared += done && count_compiled (trial->compiled) > 0;
}

static void
trial_clear (Trial *trial)
{
  g_clear_pointer (&trial->plain, weft_function_free);
  g_clear_pointer (&trial->compiled, weft_function_free);
  g_clear_pointer (&trial->random, random_graph_free);
}

/* WEFT_GRAPHS=2000 tries more, WEFT_SEED begins elsewhere: WEFT_SEED=1141 WEFT_GRAPHS=1 is graph
 * 1141. */
static void
test_random (void)
{
  const char *graphs = g_getenv ("WEFT_GRAPHS"), *seed = g_getenv ("WEFT_SEED");
  guint       n = graphs != NULL ? (guint) g_ascii_strtoull (graphs, NULL, 10) : 192;
  guint32     first = seed != NULL ? (guint32) g_ascii_strtoull (seed, NULL, 10) : 1;
  guint       n_compared = 0;
  for (guint i = 0; i < n; i += BATCH)
    {
      Trial trials[BATCH] = { 0 };
      for (guint k = 0; k < BATCH && i + k < n; k++)
        trial_init (&trials[k], first + i + k);
      for (guint k = 0; k < BATCH && i + k < n; k++)
        if (trials[k].plain != NULL && trials[k].compiled != NULL)
          trial_check (&trials[k], &n_compared);
      for (guint k = 0; k < BATCH; k++)
        trial_clear (&trials[k]);
    }
  g_test_message ("%u graphs, %u with compiled kernels", n, n_compared);
  g_assert_cmpuint (n_compared * 3, >, n > 1 ? n : 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  random_graph_register ();
  g_test_add_func ("/compiled/swap", test_swap);
  g_test_add_func ("/compiled/updates", test_updates);
  g_test_add_func ("/compiled/memory", test_memory);
  g_test_add_func ("/compiled/compare", test_compare);
  g_test_add_func ("/compiled/tolerance", test_tolerance);
  g_test_add_func ("/compiled/no-compiler", test_no_compiler);
  g_test_add_func ("/compiled/cancels", test_cancels);
  g_test_add_func ("/compiled/random", test_random);
  return g_test_run ();
}
