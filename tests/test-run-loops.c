/* Loops and choices as they run: the interpreter against the reference, in-place states, rings,
 * until, errors, cancelling, and what the programs look like.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/grad/grad.h"
#include "engine/run/function.h"
#include "tests/world.h"

/* ---- Helpers ---- */

/* Both are computed in float64, in another order. */
static void
assert_equal (const WeftArray *got, const WeftArray *wanted)
{
  assert_close (got, wanted, 1e-11, 1e-11);
}

/* Every mode, every result alone and all together, twice each. */
static void
check_all (World *world, GPtrArray *values)
{
  g_autoptr (WeftFunction) reference =
    world_function_of_all (world, values, WEFT_MODE_REFERENCE, TRUE);
  g_autoptr (GPtrArray) wanted = world_call (world, reference, values->len);
  for (guint plain = 0; plain < 2; plain++)
    {
      g_autoptr (WeftFunction) all =
        world_function_of_all (world, values, WEFT_MODE_INTERPRET, plain);
      for (guint again = 0; again < 2; again++)
        {
          g_autoptr (GPtrArray) got = world_call (world, all, values->len);
          for (guint i = 0; i < values->len; i++)
            assert_equal (got->pdata[i], wanted->pdata[i]);
        }
      for (guint i = 0; i < values->len; i++)
        {
          g_autoptr (GPtrArray) one = g_ptr_array_new ();
          g_autoptr (GPtrArray) got = NULL;
          g_autoptr (WeftFunction) function = NULL;
          g_ptr_array_add (one, values->pdata[i]);
          function = world_function_of_all (world, one, WEFT_MODE_INTERPRET, plain);
          got = world_call (world, function, 1);
          assert_equal (got->pdata[0], wanted->pdata[i]);
        }
    }
}

/* ---- Against the reference ---- */

static const struct
{
  const char *name, *text;
} cases[] = {
  { "trajectory", "scan(lambda x, h: tanh(x + h), xs, h0)" },
  { "two-states", "scan(lambda x, h, c: (tanh(x + c), c * 0.5 + h), xs, (h0, h0 * 2))" },
  { "swap", "scan(lambda x, a, b: (b, a), xs, (h0, h0 + 1))" },
  { "swap-add", "scan(lambda x, a, b: (b + x, a), xs, (h0, h0 + 1))" },
  { "taps", "scan(lambda x, h2, h1: h1 + h2 * 0.5 + x, xs, taps(ends, -2, -1))" },
  { "three-taps",
    "scan(lambda h3, h2, h1: h1 - h3 + 0.1 * h2, (), taps(xs[:3], -3, -2, -1), steps=5)" },
  { "sequence-taps", "scan(lambda a, b, h: h + a * b, taps(xs, -1, 1), h0)" },
  { "extras", "scan(lambda x, h: (h + x, h * x, sum(h)), xs, h0)" },
  { "state-and-extra", "scan(lambda x, h: (z = h + x; (z, z, 2 * z)), xs, h0)" },
  { "old-state", "scan(lambda x, h: (h + x, h), xs, h0)" },
  { "row", "scan(lambda x, h: (x, h), xs, h0)" },
  { "constant", "scan(lambda x, h: (w[0], h + x), xs, h0)" },
  { "same-state", "scan(lambda x, h: (h, h + x), xs, h0)" },
  { "slice-state", "scan(lambda x, h: concat(h[1:], h[:1]) + x, xs, h0)" },
  { "part", "scan(lambda x, h: (concat(x, h))[2:6], xs, h0)" },
  { "backwards", "scan(lambda x, h: tanh(x + h), xs, h0, backwards=True)" },
  { "product", "scan(lambda x, h: tanh(x @ w + h), xs, h0)" },
  { "until", "scan(lambda x, h: (h + x, until(sum(h) > 0.5)), xs, h0)" },
  { "until-old", "scan(lambda x, h, d: (h + x, d | (sum(h) > 0.2), until(d)), xs, (h0, False))" },
  { "map", "map(lambda x: x * x + 1, xs)" },
  { "map-two", "map(lambda x, y: (x * y, x + y), xs, xs * 2)" },
  { "reduce", "reduce(lambda x, a: a + x, xs, h0)" },
  { "foldr", "foldr(lambda x, a: a * 0.5 + x, xs, h0)" },
  { "steps", "scan(lambda h: h * 1.1, (), h0, steps=4)" },
  { "no-steps", "scan(lambda h: h * 1.1, (), h0, steps=0)" },
  { "one-step", "scan(lambda x, h: h * 1.1 + x, xs[:1], h0)" },
  { "strided", "scan(lambda x, h: h + x, xs[::-1, ::2], h0[:2])" },
  { "transposed", "scan(lambda x, h: h + x, xs.T, xs[:, 0])" },
  { "nested", "scan(lambda x, h: scan(lambda y, g: g + y * sum(h), xs, h + x)[-1], xs, h0)" },
  { "nested-map", "map(lambda x: map(lambda y: sum(x * y), xs), xs)" },
  { "branch", "cond(sum(h0) > 0, lambda: h0 * 2, lambda: h0 - 1)" },
  { "branch-else", "cond(sum(h0) < -100, lambda: h0 * 2, lambda: h0 - 1)" },
  { "branch-pair", "cond(sum(h0) > 0, lambda: (h0, h0 * 2), lambda: (h0 - 1, h0))" },
  { "branch-inside", "scan(lambda x, h: cond(sum(h) > 0, lambda: h - x, lambda: h + 1), xs, h0)" },
  { "loop-in-branch", "cond(sum(h0) > 0, lambda: reduce(lambda x, a: a + x, xs, h0), lambda: h0)" },
  { "lift", "scan(lambda x, h: tanh(x @ w + h @ w + h0), xs, h0)" },
  { "lift-rank-two", "scan(lambda x, h: tanh(x * 2 @ w + h @ w), reshape(xs, (3, 2, 4)), xs[:2])" },
  { "lift-output", "scan(lambda x, h: (x @ w + 1, tanh(x @ w) @ w), xs, h0)" },
  { "lift-backwards", "scan(lambda x, h: x @ w + h, xs, h0, backwards=True)" },
  { "sum", "fold(lambda x, a: a + x.T @ tanh(x @ w), reshape(xs, (3, 2, 4)), w)" },
  { "sum-of-state",
    "scan(lambda x, h, a: (tanh(x + h @ w), a + h.T @ x, ), reshape(xs, (3, 2, 4)), (xs[:2], w))" },
  { "sum-rows", "fold(lambda x, a, b: (a + sum(x * x, axis=0), x.T @ (2 * x) + b), reshape(xs, (3, "
                "2, 4)), (h0, w))" },
  { "wide",
    "scan(lambda x, h: (h + x[0], x.T @ x), map(lambda x: broadcast_to(x, (3, 4)), xs), h0)" },
};

static void
world_of_cases (World *world)
{
  world_init (world);
  world_add_input (world, "xs", filled (WEFT_F64, 2, (gint64[]){ 6, 4 }, -0.7, 0.07));
  world_add_input (world, "h0", filled (WEFT_F64, 1, (gint64[]){ 4 }, 0.1, 0.2));
  world_add_input (world, "w", filled (WEFT_F64, 2, (gint64[]){ 4, 4 }, -0.4, 0.06));
  world_add_input (world, "ends", filled (WEFT_F64, 2, (gint64[]){ 2, 4 }, 0.3, -0.05));
}

static void
test_case (gconstpointer data)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  world_of_cases (&world);
  values = world_build_all (&world, data);
  check_all (&world, values);
}

/* ---- What the programs look like ---- */

static char *
program_text (World *world, const char *text)
{
  g_autoptr (GPtrArray) values = world_build_all (world, text);
  g_autoptr (WeftFunction) function =
    world_function_of_all (world, values, WEFT_MODE_INTERPRET, FALSE);
  g_autoptr (GPtrArray) results = world_call (world, function, values->len);
  return weft_program_to_string ((WeftProgram *) weft_function_get_program (function));
}

static void
assert_has (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("no '%s' in:\n%s", part, text);
}

/* A state that is only handed on is written over itself; one that is kept goes where it is kept. */
static void
test_in_place (void)
{
  g_auto (World) world;
  g_autofree char *sum = NULL, *kept = NULL, *large = NULL;
  world_of_cases (&world);
  sum = program_text (&world, "reduce(lambda x, a: a * 0.5 + x, xs, h0)");
  assert_has (sum, "  0: fused mul add [4] input1 input0 -> input1\n");
  kept = program_text (&world, "scan(lambda x, h: h * 0.5 + x, xs, h0)");
  assert_has (kept, "  0: fused mul add [4] input1 input0 -> output0\n");
  /* One row of a table changes a step; the table is never copied. */
  large = program_text (&world, "fold(lambda x, t: t[1].add(x).at[2].set(x), xs, w)");
  assert_has (large, "0: index_write input1 input0 -> input1\n");
  assert_has (large, "1: index_write input1 input0 -> input1\n");
}

/* Of several states and stacks, those that nobody reads are not even computed. */
static void
test_unused (void)
{
  g_auto (World) world;
  g_autofree char *text = NULL;
  world_of_cases (&world);
  text = program_text (
    &world, "scan(lambda x, h, c, d: (h + x, tanh(c + h), d * x, exp(d)), xs, (h0, h0, h0))[0]");
  g_assert_null (strstr (text, "tanh"));
  g_assert_null (strstr (text, "exp"));
  g_assert_null (strstr (text, "mul"));
}

/* What no step changes is computed once. */
static void
test_hoisted (void)
{
  g_auto (World) world;
  g_autofree char *text = NULL;
  world_of_cases (&world);
  text = program_text (&world, "scan(lambda x, h: tanh(exp(w) @ x + h), xs, h0)");
  g_assert_true (g_str_has_prefix (text, "0: exp "));
  g_assert_null (strstr (text, "  0: exp"));
}

/* The inner arenas are part of the plan. */
static void
test_arena (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL, results = NULL;
  g_autoptr (WeftFunction) function = NULL;
  const WeftProgram *program;
  world_of_cases (&world);
  values = world_build_all (&world, "reduce(lambda x, a: tanh(w @ a) + x, xs, h0)");
  function = world_function_of_all (&world, values, WEFT_MODE_INTERPRET, FALSE);
  results = world_call (&world, function, 1);
  program = weft_function_get_program (function);
  g_assert_cmpuint (program->n_steps, ==, 1);
  g_assert_cmpint (program->steps[0].kind, ==, WEFT_STEP_LOOP);
  g_assert_cmpuint (program->arena_bytes, >=, program->steps[0].bodies->programs[0]->arena_bytes);
  g_assert_cmpuint (program->steps[0].bodies->programs[0]->arena_bytes, >, 0);
  /* Six steps of a product of 4 by 4 and three operations on 4 elements. */
  g_assert_cmpfloat (program->flops, >=, 6 * 2 * 16);
}

/* ---- Chance ---- */

static void
test_random_rows (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL, first = NULL, again = NULL, plain = NULL;
  g_autoptr (WeftFunction) function = NULL, reference = NULL;
  world_of_cases (&world);
  values = world_build_all (&world,
                            "(scan(lambda h: h * 0.1 + normal((4,), dtype=f64), (), h0, steps=50), "
                            "scan(lambda h: h * 0.1 + normal((4,), dtype=f64), (), h0, steps=50))");
  function = world_function_of_all (&world, values, WEFT_MODE_INTERPRET, FALSE);
  reference = world_function_of_all (&world, values, WEFT_MODE_REFERENCE, FALSE);
  first = world_call (&world, function, 2);
  again = world_call (&world, function, 2);
  plain = world_call (&world, reference, 2);
  for (guint i = 0; i < 2; i++)
    assert_equal (first->pdata[i], plain->pdata[i]);
  /* Another row, another stream, another call: other numbers. */
  g_assert_cmpfloat (weft_array_get (first->pdata[0], 4), !=, weft_array_get (first->pdata[0], 0));
  g_assert_cmpfloat (weft_array_get (first->pdata[0], 0), !=, weft_array_get (first->pdata[1], 0));
  g_assert_cmpfloat (weft_array_get (first->pdata[0], 0), !=, weft_array_get (again->pdata[0], 0));
}

/* ---- Sizes that data decides ---- */

static void
test_counted (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (WeftFunction) function = NULL;
  world_of_cases (&world);
  world_add_input (&world, "n", filled (WEFT_I64, 0, NULL, 3, 0));
  values =
    world_build_all (&world, "(scan(lambda h: h * 1.5, (), h0, steps=n), nonzero(xs > 0)[0], "
                             "xs[xs > 0], arange(count_nonzero(xs > 0) * 2))");
  check_all (&world, values);
  function = world_function_of_all (&world, values, WEFT_MODE_INTERPRET, FALSE);
  for (gint64 n = 0; n < 5; n++)
    {
      g_autoptr (GPtrArray) results = NULL;
      *(gint64 *) ((WeftArray *) world.arrays->pdata[4])->data = n;
      results = world_call (&world, function, values->len);
      g_assert_cmpint (((WeftArray *) results->pdata[0])->shape[0], ==, n);
    }
}

static void
test_counted_negative (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (WeftFunction) function = NULL;
  g_autoptr (GError) error = NULL;
  WeftArray *result = NULL;
  world_of_cases (&world);
  world_add_input (&world, "n", filled (WEFT_I64, 0, NULL, -2, 0));
  values = world_build_all (&world, "scan(lambda h: h * 1.5, (), h0, steps=n)");
  function = world_function_of_all (&world, values, WEFT_MODE_INTERPRET, FALSE);
  g_assert_false (
    weft_function_call (function, (WeftArray **) world.arrays->pdata, &result, NULL, &error));
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "-2"));
}

/* ---- Errors and cancelling ---- */

static void
test_bad_index (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (WeftFunction) function = NULL;
  g_autoptr (GError) error = NULL;
  WeftArray *result = NULL;
  world_of_cases (&world);
  weft_graph_push_origin (world.graph, 17);
  values = world_build_all (&world, "scan(lambda i, h: h + w[i], [0, 3, 1, 9, 2], h0)");
  function = world_function_of_all (&world, values, WEFT_MODE_INTERPRET, FALSE);
  g_assert_false (
    weft_function_call (function, (WeftArray **) world.arrays->pdata, &result, NULL, &error));
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INDEX);
  g_assert_nonnull (strstr (error->message, "row 3 of a loop: "));
  g_assert_cmpuint (weft_run_error_get_node (error), ==, 17);
  g_assert_cmpstr (weft_run_error_get_port (error), ==, "indices");
}

static gpointer
cancel_thread (gpointer data)
{
  g_usleep (30000);
  g_cancellable_cancel (data);
  return NULL;
}

/* Some 10^10 steps would take hours. */
static void
test_cancel (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (WeftFunction) function = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GThread   *thread;
  WeftArray *result = NULL;
  world_of_cases (&world);
  values = world_build_all (
    &world,
    "fold(lambda h: fold(lambda g: tanh(w @ g), (), h, steps=100000), (), h0, steps=100000)");
  function = world_function_of_all (&world, values, WEFT_MODE_INTERPRET, FALSE);
  thread = g_thread_new ("cancel", cancel_thread, cancellable);
  g_assert_false (weft_function_call (function, (WeftArray **) world.arrays->pdata, &result,
                                      cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

/* Only the branch that is taken runs: the other one would fail. */
static void
test_lazy (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  world_of_cases (&world);
  world_add_input (&world, "i", filled (WEFT_I64, 0, NULL, 99, 0));
  values = world_build_all (&world, "cond(i < 4, lambda: w[i], lambda: h0)");
  check_all (&world, values);
}

/* ---- Updates ---- */

/* A lookup table is updated where it was looked up, in place, without zeros for all of it. */
static void
test_lookup_update (void)
{
  g_auto (World) world;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftFunction) function = NULL;
  g_autoptr (WeftArray) cost = NULL;
  g_autofree char *text = NULL;
  WeftShared      *variable;
  WeftValue       *value, *loss, *gradient, *updated;
  const void      *bytes;
  world_of_cases (&world);
  variable =
    world_add_shared (&world, "table", weft_array_new (WEFT_F64, 2, (gint64[]){ 1000, 4 }));
  value = weft_graph_shared (world.graph, variable);
  loss = world_build (&world, "sum(table[[3, 7, 3]] * (h0 + 1))");
  g_assert_true (weft_grad (world.graph, loss, NULL, NULL, 1, &value, 0, &gradient, &error));
  weft_scope_set_value (world.scope, "g", gradient);
  updated = world_build (&world, "table - 0.5 * g");
  function = world_function (&world, (WeftFunctionSpec){ .n_outputs = 1,
                                                         .outputs = &loss,
                                                         .n_updates = 1,
                                                         .targets = &variable,
                                                         .new_values = &updated });
  bytes = variable->value->data;
  cost = world_call_one (&world, function);
  g_assert_true (variable->value->data == bytes);
  text = weft_program_to_string ((WeftProgram *) weft_function_get_program (function));
  assert_has (text, "-> shared0\n");
  g_assert_cmpuint (weft_function_get_program (function)->arena_bytes, <, 1024);
  for (gint64 i = 0; i < 4000; i++)
    {
      double row = i / 4 == 3 ? 2 : i / 4 == 7, h = 0.1 + 0.2 * (i % 4);
      g_assert_cmpfloat_with_epsilon (weft_array_get (variable->value, i), -0.5 * row * (h + 1),
                                      1e-12);
    }
}

int
main (int argc, char **argv)
{
  weft_ops_init ();
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/run/loops/", cases[i].name, NULL);
      g_test_add_data_func (path, cases[i].text, test_case);
    }
  g_test_add_func ("/run/loops/in-place", test_in_place);
  g_test_add_func ("/run/loops/unused", test_unused);
  g_test_add_func ("/run/loops/hoisted", test_hoisted);
  g_test_add_func ("/run/loops/arena", test_arena);
  g_test_add_func ("/run/loops/random-rows", test_random_rows);
  g_test_add_func ("/run/loops/counted", test_counted);
  g_test_add_func ("/run/loops/counted-negative", test_counted_negative);
  g_test_add_func ("/run/loops/bad-index", test_bad_index);
  g_test_add_func ("/run/loops/cancel", test_cancel);
  g_test_add_func ("/run/loops/lazy", test_lazy);
  g_test_add_func ("/run/loops/lookup-update", test_lookup_update);
  return g_test_run ();
}
