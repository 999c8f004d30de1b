/* Loops and choices as they run: the interpreter against the reference, in-place states, rings,
 * until, errors, cancelling, and what the programs look like.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/ops/loop.h"
#include "engine/run/function.h"

/* ---- Helpers ---- */

typedef struct
{
  WeftGraph *graph;
  WeftScope *scope;
  GPtrArray *inputs, *arrays; /* of the outer function */
} World;

static void
world_init (World *world)
{
  world->graph = weft_graph_new ();
  world->scope = weft_scope_new ();
  world->inputs = g_ptr_array_new ();
  world->arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
}

static void
world_clear (World *world)
{
  weft_graph_free (world->graph);
  weft_scope_free (world->scope);
  g_ptr_array_unref (world->inputs);
  g_ptr_array_unref (world->arrays);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

/* An input called @name with numbers @first, @first + @step ... */
static WeftValue *
add_input (World        *world,
           const char   *name,
           WeftDType     dtype,
           guint         rank,
           const gint64 *dims,
           double        first,
           double        step)
{
  WeftType   type = { .dtype = dtype, .shape = weft_shape_new (rank, dims) };
  WeftArray *array = weft_array_new (dtype, rank, dims);
  WeftValue *value = weft_graph_input (world->graph, name, &type);
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, first + step * i);
  weft_scope_set_value (world->scope, name, value);
  g_ptr_array_add (world->inputs, value);
  g_ptr_array_add (world->arrays, array);
  return value;
}

static void
build (WeftGraph *graph, WeftScope *scope, const char *text, WeftBinding *binding)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  g_assert_no_error (error);
  weft_expr_build (expr, graph, scope, binding, &error);
  g_assert_no_error (error);
}

/* The values of a text that is a tensor or a tuple of them. */
static GPtrArray *
values_of (World *world, const char *text)
{
  GPtrArray  *values = g_ptr_array_new ();
  WeftBinding binding;
  build (world->graph, world->scope, text, &binding);
  if (binding.kind == WEFT_BIND_VALUE)
    g_ptr_array_add (values, binding.value);
  else
    for (guint i = 0; i < binding.n_items; i++)
      g_ptr_array_add (values, binding.items[i].value);
  return values;
}

static WeftFunction *
function_of (World *world, GPtrArray *values, WeftMode mode, gboolean no_rewrites)
{
  g_autoptr (GError) error = NULL;
  WeftFunctionSpec spec = { .graph = world->graph,
                            .n_inputs = world->inputs->len,
                            .inputs = (WeftValue **) world->inputs->pdata,
                            .n_outputs = values->len,
                            .outputs = (WeftValue **) values->pdata,
                            .mode = mode,
                            .seed = 7,
                            .no_rewrites = no_rewrites };
  WeftFunction    *function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  return function;
}

static GPtrArray *
call (World *world, WeftFunction *function, guint n)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *results = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  g_ptr_array_set_size (results, n);
  weft_function_call (function, (WeftArray **) world->arrays->pdata, (WeftArray **) results->pdata,
                      NULL, &error);
  g_assert_no_error (error);
  return results;
}

static void
assert_close (const WeftArray *got, const WeftArray *wanted)
{
  g_assert_cmpint (got->n_elements, ==, wanted->n_elements);
  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double a = weft_array_get (got, i), b = weft_array_get (wanted, i);
      if (!(a == b || fabs (a - b) <= 1e-11 + 1e-11 * fabs (b)))
        g_error ("element %" G_GINT64_FORMAT ": %.9g, wanted %.9g", i, a, b);
    }
}

/* Every mode, every result alone and all together, twice each. */
static void
check_all (World *world, GPtrArray *values)
{
  g_autoptr (WeftFunction) reference = function_of (world, values, WEFT_MODE_REFERENCE, TRUE);
  g_autoptr (GPtrArray) wanted = call (world, reference, values->len);
  for (guint plain = 0; plain < 2; plain++)
    {
      g_autoptr (WeftFunction) all = function_of (world, values, WEFT_MODE_INTERPRET, plain);
      for (guint again = 0; again < 2; again++)
        {
          g_autoptr (GPtrArray) got = call (world, all, values->len);
          for (guint i = 0; i < values->len; i++)
            assert_close (got->pdata[i], wanted->pdata[i]);
        }
      for (guint i = 0; i < values->len; i++)
        {
          g_autoptr (GPtrArray) one = g_ptr_array_new ();
          g_autoptr (GPtrArray) got = NULL;
          g_autoptr (WeftFunction) function = NULL;
          g_ptr_array_add (one, values->pdata[i]);
          function = function_of (world, one, WEFT_MODE_INTERPRET, plain);
          got = call (world, function, 1);
          assert_close (got->pdata[0], wanted->pdata[i]);
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
  { "three-taps", "scan(lambda h3, h2, h1: h1 - h3 + 0.1 * h2, (), taps(xs[:3], -3, -2, -1), steps=5)" },
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
  { "wide", "scan(lambda x, h: (h + x[0], x.T @ x), map(lambda x: broadcast_to(x, (3, 4)), xs), h0)" },
};

static void
world_of_cases (World *world)
{
  world_init (world);
  add_input (world, "xs", WEFT_F64, 2, (gint64[]){ 6, 4 }, -0.7, 0.07);
  add_input (world, "h0", WEFT_F64, 1, (gint64[]){ 4 }, 0.1, 0.2);
  add_input (world, "w", WEFT_F64, 2, (gint64[]){ 4, 4 }, -0.4, 0.06);
  add_input (world, "ends", WEFT_F64, 2, (gint64[]){ 2, 4 }, 0.3, -0.05);
}

static void
test_case (gconstpointer data)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  world_of_cases (&world);
  values = values_of (&world, data);
  check_all (&world, values);
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
  return g_test_run ();
}
