/* Rules of loops: each fires where it should and nowhere else, keeps the values in both modes and
 * the gradients, and stands in the journal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/grad/grad.h"
#include "engine/rewrite/rewrite.h"
#include "engine/run/function.h"
#include "tests/world.h"

/* ---- Helpers ---- */

/* Numbers that go up and down by turns. */
static void
add_input (
  World *world, const char *name, guint rank, const gint64 *dims, double first, double step)
{
  WeftArray *array = filled (WEFT_F64, rank, dims, first, step);
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, weft_array_get (array, i) - 0.3 * (i % 3));
  world_add_input (world, name, array);
}

static void
set_up (World *world)
{
  world_init (world);
  add_input (world, "xs", 2, (gint64[]){ 6, 4 }, -0.7, 0.07);
  add_input (world, "ys", 2, (gint64[]){ 6, 4 }, 0.9, -0.05);
  add_input (world, "h0", 1, (gint64[]){ 4 }, 0.1, 0.2);
  add_input (world, "w", 2, (gint64[]){ 4, 4 }, -0.4, 0.06);
  add_input (world, "batch", 3, (gint64[]){ 5, 2, 4 }, -0.5, 0.03);
}

static void
assert_all_close (const GPtrArray *got, const GPtrArray *wanted)
{
  for (guint k = 0; k < got->len; k++)
    assert_close (got->pdata[k], wanted->pdata[k], 1e-11, 1e-11);
}

static void
assert_same_values (World *world, GPtrArray *values)
{
  g_autoptr (GPtrArray) wanted = world_run_all (world, values, WEFT_MODE_REFERENCE, TRUE);
  g_autoptr (GPtrArray) plain = world_run_all (world, values, WEFT_MODE_INTERPRET, TRUE);
  g_autoptr (GPtrArray) rewritten = world_run_all (world, values, WEFT_MODE_INTERPRET, FALSE);
  g_autoptr (GPtrArray) slow = world_run_all (world, values, WEFT_MODE_REFERENCE, FALSE);
  assert_all_close (plain, wanted);
  assert_all_close (rewritten, wanted);
  assert_all_close (slow, wanted);
}

/* How often @rule stands in the journal of @values. */
static guint
count_steps (World *world, GPtrArray *values, const char *rule, const char *const *without)
{
  g_autofree WeftValue **copies = g_new (WeftValue *, values->len);
  g_autofree WeftValue **results = g_new (WeftValue *, values->len);
  g_autoptr (WeftGraph) copy = weft_graph_new ();
  g_autoptr (WeftRewrite) journal = NULL;
  const WeftRewriteStep *steps;
  guint                  n, count = 0;
  g_assert_true (weft_graph_clone (world->graph, copy, values->len, (WeftValue **) values->pdata,
                                   NULL, NULL, copies, NULL));
  weft_rewrite (copy, values->len, copies, without, results, &journal);
  g_assert_null (weft_rewrite_get_oscillation (journal));
  g_assert_true (weft_graph_check (copy, values->len, results, NULL));
  steps = weft_rewrite_steps (journal, &n);
  for (guint i = 0; i < n; i++)
    count += g_str_equal (steps[i].rule, rule);
  return count;
}

/* ---- The rules ---- */

typedef struct
{
  const char *name, *rule, *text;
} Case;

static const Case cases[] = {
  { "unused", "loop-unused", "scan(lambda x, h, c: (tanh(x + h), c + h), xs, (h0, h0))[0]" },
  { "hoist", "loop-hoist", "scan(lambda x, h: tanh(h + exp(h0) @ w), xs, h0)" },
  { "turn", "loop-hoist", "scan(lambda x, h: tanh(x + h @ w.T), xs, h0)" },
  { "lift", "loop-lift", "scan(lambda x, h: tanh(x @ w + h @ w), xs, h0)" },
  { "sum", "loop-sum", "fold(lambda x, a: a + x.T @ tanh(x @ w), batch, w)" },
  { "inside", "inside", "scan(lambda x, h: log(1 + exp(h)) + x, xs, h0)" },
  { "once", "loop-once", "scan(lambda x, h, c: (tanh(x @ w + h), h, x * c), xs[2:3], (h0, h0))" },
  { "once-backwards", "loop-once", "scan(lambda x, h: x * h, xs[:1], h0, backwards=True)" },
  { "never", "loop-once", "s = scan(lambda h: h * 1.1, (), h0, steps=0); (s, sum(s) + h0)" },
  { "same-sequences", "loop-same", "scan(lambda x, y, h: tanh(x * y + h), (xs, xs), h0)" },
  { "same-states", "loop-same", "scan(lambda x, a, b: (tanh(a + x), tanh(b + x)), xs, (h0, h0))" },
  { "same-states-only-last", "loop-same",
    "s = scan(lambda x, a, b: (tanh(a @ w + x), tanh(b @ w + x)), xs, (h0, h0)); (s[0][-1], "
    "s[1])" },
  { "constant-rows", "loop-constant",
    "scan(lambda x, y, h: tanh(h + x * y), (xs, broadcast_to(h0, (6, 4))), h0)" },
  { "constant-known", "loop-constant", "scan(lambda x, y, h: h * y + x, (xs, ones((6, 4))), h0)" },
  { "push", "loop-push",
    "scan(lambda x, h: (h2 = tanh(x + h @ w); (h2, relu(h2 @ w + h0))), xs, h0)" },
  { "push-batch", "loop-push",
    "scan(lambda x, h: (h2 = tanh(x + h); (h2, (h2 * x) @ w)), batch, batch[0])" },
  { "push-softmax", "loop-push",
    "scan(lambda x, h: (h2 = tanh(x + h); (h2, softmax(h2 @ w + h0))), xs, h0)" },
  { "push-sum", "loop-push",
    "scan(lambda x, h: (h2 = tanh(x + h); (h2, sum(square(h2 @ w), axis=-1))), xs, h0)" },
  { "push-old-state", "loop-push", "scan(lambda x, h: (tanh(x + h), h @ w + 1), xs, h0)" },
  { "push-backwards", "loop-push",
    "scan(lambda x, h: (h2 = tanh(x + h); (h2, h2 @ w)), xs, h0, backwards=True)" },
  { "merge", "loop-merge",
    "(scan(lambda x, h: tanh(x + h), xs, h0), scan(lambda y, g, c: (tanh(y * g), c + g, y), ys, "
    "(h0, h0))[2])" },
  { "merge-three", "loop-merge",
    "scan(lambda x, h: tanh(x + h), xs, h0) @ w + scan(lambda x, h: x * h, xs, h0) * scan(lambda "
    "y, h: y - h, ys, h0)" },
  { "merge-around", "loop-merge",
    "a = scan(lambda x, h: tanh(x + h), xs, h0)[-1]; b = exp(a); c = sum(scan(lambda y, h: tanh(y "
    "* h), sin(ys), cos(h0)), axis=0); b * c + a" },
  { "last", "loop-last", "scan(lambda x, h: tanh(x + h @ w), xs, h0)[-1]" },
  { "last-by-number", "loop-last", "scan(lambda x, h: tanh(x + h @ w), xs, h0)[5]" },
  { "last-backwards", "loop-last",
    "scan(lambda x, h: tanh(x + h @ w), xs, h0, backwards=True)[0]" },
};

static void
test_case (gconstpointer data)
{
  const Case *one = data;
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  const char *without[] = { one->rule, NULL };
  set_up (&world);
  values = world_build_all (&world, one->text);
  g_assert_cmpuint (count_steps (&world, values, one->rule, NULL), >=, 1);
  g_assert_cmpuint (count_steps (&world, values, one->rule, without), ==, 0);
  assert_same_values (&world, values);
}

/* The gradients, by all inputs, of the sum of squares of @values. */
static GPtrArray *
gradients_of (World *world, GPtrArray *values)
{
  GPtrArray *gradients = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  WeftValue *cost = NULL;
  for (guint i = 0; i < values->len; i++)
    {
      WeftValue *square = weft_graph_op (world->graph, "square", values->pdata[i], NULL);
      WeftValue *sum = weft_graph_op (world->graph, "sum", square, NULL);
      cost = cost == NULL ? sum : weft_graph_op (world->graph, "add", cost, sum, NULL);
    }
  g_ptr_array_set_size (gradients, world->inputs->len);
  g_assert_true (weft_grad (world->graph, cost, NULL, NULL, world->inputs->len,
                            (WeftValue **) world->inputs->pdata, WEFT_DISCONNECTED_ZERO,
                            (WeftValue **) gradients->pdata, &error));
  g_assert_no_error (error);
  return gradients;
}

static void
test_gradient (gconstpointer data)
{
  const Case *one = data;
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (GPtrArray) gradients = NULL;
  set_up (&world);
  values = world_build_all (&world, one->text);
  gradients = gradients_of (&world, values);
  assert_same_values (&world, gradients);
}

/* ---- Where they must not ---- */

static const Case others[] = {
  { "push-into-state", "loop-push", "scan(lambda x, h: tanh(x + h @ w), xs, h0)" },
  { "push-sum-of-all", "loop-push",
    "scan(lambda x, h: (h2 = tanh(x + h); (h2, sum(h2 @ w))), batch, batch[0])" },
  { "push-until", "loop-push",
    "scan(lambda x, h: (h2 = tanh(x + h); (h2, h2 @ w, until(sum(h2) > 0.5))), xs, h0)" },
  { "push-no-product", "loop-push", "scan(lambda x, h: (h2 = tanh(x + h); (h2, h2 * 2)), xs, h0)" },
  { "other-start", "loop-same",
    "scan(lambda x, a, b: (tanh(a + x), tanh(b + x)), xs, (h0, h0 + 1))" },
  { "other-step", "loop-same", "scan(lambda x, a, b: (tanh(a + x), tanh(b - x)), xs, (h0, h0))" },
  { "crossed-step", "loop-same",
    "scan(lambda x, a, b: (tanh(a + x * b), tanh(b - x * a)), xs, (h0, h0))" },
  { "not-last", "loop-last", "scan(lambda x, h: tanh(x + h), xs, h0)[3]" },
  { "not-last-until", "loop-last", "scan(lambda x, h: (h + x, until(sum(h) > 0.2)), xs, h0)[-1]" },
  { "merge-one-after-another", "loop-merge",
    "a = scan(lambda x, h: tanh(x + h), xs, h0); scan(lambda x, h: tanh(x * h), a, h0)" },
  { "merge-way-round", "loop-merge",
    "a = scan(lambda x, h: tanh(x + h), xs, h0)[-1]; scan(lambda x, h: tanh(x * h), ys, exp(a) + "
    "1)" },
  { "merge-other-steps", "loop-merge",
    "(scan(lambda x, h: tanh(x + h), xs, h0), scan(lambda x, h: tanh(x * h), xs[1:], h0))" },
  { "merge-other-way", "loop-merge",
    "(scan(lambda x, h: tanh(x + h), xs, h0), scan(lambda x, h: tanh(x * h), xs, h0, "
    "backwards=True))" },
  { "merge-until", "loop-merge",
    "(scan(lambda x, h: tanh(x + h), xs, h0), scan(lambda x, h: (tanh(x * h), until(sum(h) > 3)), "
    "xs, h0))" },
  { "two-steps", "loop-once", "scan(lambda x, h: x * h, xs[:2], h0)" },
  { "draws", "loop-once", "scan(lambda x, h: x * h + uniform((4,)), xs[:1], h0)" },
};

static void
test_other (gconstpointer data)
{
  const Case *one = data;
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  set_up (&world);
  values = world_build_all (&world, one->text);
  g_assert_cmpuint (count_steps (&world, values, one->rule, NULL), ==, 0);
}

/* ---- What is left ---- */

static char *
program_text (World *world, GPtrArray *values)
{
  g_autoptr (WeftFunction) function =
    world_function_of_all (world, values, WEFT_MODE_INTERPRET, FALSE);
  g_autoptr (GPtrArray) results = world_call (world, function, values->len);
  return weft_program_to_string ((WeftProgram *) weft_function_get_program (function));
}

/* Only the last state: it goes round in a place of its own, no stack is kept. */
static void
test_only_last (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  g_autofree char *text = NULL;
  set_up (&world);
  values = world_build_all (&world, "scan(lambda x, h: h * 0.5 + x, xs, h0)[-1]");
  text = program_text (&world, values);
  g_assert_nonnull (strstr (text, "  0: fused mul add [4] input1 input0 -> input1\n"));
}

/* A product in each step becomes one large one, whichever side of the loop it belongs to. */
static void
test_products (void)
{
  static const struct
  {
    const char *text, *has;
  } products[] = {
    { "scan(lambda x, h: tanh(x @ w + h), xs, h0)", "gemm 6x4x4" },
    { "scan(lambda x, h: (h2 = tanh(x + h); (h2, h2 @ w)), xs, h0)", "gemm 6x4x4" },
    { "fold(lambda x, a: a + x.T @ (2 * x), batch, w)", "gemm 4x4x10" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (products); i++)
    {
      g_auto (World) world;
      g_autoptr (GPtrArray) values = NULL;
      g_autofree char *text = NULL;
      set_up (&world);
      values = world_build_all (&world, products[i].text);
      text = program_text (&world, values);
      if (strstr (text, products[i].has) == NULL)
        g_error ("no %s in\n%s", products[i].has, text);
      g_assert_null (strstr (text, "  0: gemm 1x"));
    }
}

/* Recurrent layers, and how often loops that read what another made stand in the journal of their
 * gradients. */
static const struct
{
  const char *name, *text;
  guint       n_saved;
} saved[] = {
  { "rnn", "scan(lambda x, h: tanh(x @ w + h @ w + h0), xs, h0)", 1 },
  { "rnn-backwards", "scan(lambda x, h: tanh(x + h @ w), xs, h0, backwards=True)", 1 },
  { "batch", "scan(lambda x, h: tanh(x @ w + h @ w), batch, batch[0])", 1 },
  { "both-ways",
    "concat((scan(lambda x, h: tanh(x + h @ w), batch, batch[0]), scan(lambda x, h: tanh(x - h @ "
    "w), batch, batch[1], backwards=True)), axis=-1)",
    2 },
  { "stacked",
    "scan(lambda x, h: tanh(x @ w + h @ w), scan(lambda x, h: tanh(x + h @ w), xs, h0), h0)", 2 },
  { "gates",
    "scan(lambda x, h, c: (g = x @ w + h @ w; new = sigmoid(g[:, :2] + 1 + 0)*c + sigmoid(g[:, 2:] "
    "+ 0); (concat((tanh(new), exp(-new)), axis=1), new)), batch, (batch[0], batch[0, :, 1:3]))[0]",
    1 },
  { "gated-state",
    "scan(lambda x, h: (z = sigmoid(x + h @ w); r = sigmoid(x - h @ w.T); z * h + (1 - z) * tanh(x "
    "+ (r * h) @ w)), batch, batch[0])",
    1 },
  { "softmax-inside", "scan(lambda x, h: tanh(x * softmax(h @ w) + h), batch, batch[0])", 1 },
  { "only-the-last", "scan(lambda x, h: tanh(x + h @ w), xs, h0)[-1]", 1 },
  { "extra", "scan(lambda x, h: (a = h @ w; (tanh(x + a), sin(a))), xs, h0)", 1 },
  { "nothing-to-save", "scan(lambda x, h: tanh(x + h * h0), xs, h0)", 0 },
  { "until", "scan(lambda x, h: (tanh(x + h @ w), until(sum(h) > 3)), xs, h0)", 0 },
};

/* The loop back reads what the loop made: it has the one product of the gradient and no more. */
static void
test_saved (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (GPtrArray) gradients = NULL;
  set_up (&world);
  values = world_build_all (&world, saved[i].text);
  gradients = gradients_of (&world, values);
  g_assert_cmpuint (count_steps (&world, gradients, "loop-save", NULL), ==, saved[i].n_saved);
  g_assert_cmpuint (
    count_steps (&world, gradients, "loop-save", (const char *[]){ "loop-save", NULL }), ==, 0);
  assert_same_values (&world, gradients);
}

/* A plain layer goes back from its states alone: one product and one nest in a step, no second
 * stack. */
static void
test_saved_states (void)
{
  g_auto (World) world;
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (GPtrArray) gradients = NULL;
  g_autofree char *text = NULL;
  const char      *back;
  set_up (&world);
  values = world_build_all (&world, "scan(lambda x, h: tanh(x + h @ w), batch, batch[0])");
  gradients = gradients_of (&world, values);
  text = program_text (&world, gradients);
  back = strstr (strstr (text, "loop 5") + 1, "loop 5");
  g_assert_nonnull (back);
  g_assert_null (strstr (back, "tanh"));
  g_assert_nonnull (strstr (text, "gemm 4x4x10"));
}

/* The gradient of the last row begins with its cotangent: nobody goes through rows of zeros. */
static void
test_last_gradient (void)
{
  static const char *const texts[] = {
    "scan(lambda x, h: tanh(x + h @ w), batch, batch[0])[-1]",
    "scan(lambda x, h: tanh(x + h @ w), batch, batch[0])[4]",
    "scan(lambda x, h: tanh(x + h @ w), batch, batch[0], backwards=True)[0]",
  };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (World) world;
      g_autoptr (GPtrArray) values = NULL;
      g_autoptr (GPtrArray) gradients = NULL;
      g_autofree char *text = NULL;
      set_up (&world);
      values = world_build_all (&world, texts[i]);
      gradients = gradients_of (&world, values);
      text = program_text (&world, gradients);
      g_assert_null (strstr (text, "index_add"));
      assert_same_values (&world, gradients);
    }
}

int
main (int argc, char **argv)
{
  weft_ops_init ();
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/engine/loop-rule/", cases[i].name, "/values", NULL);
      g_autofree char *gradient =
        g_strconcat ("/engine/loop-rule/", cases[i].name, "/gradient", NULL);
      g_test_add_data_func (path, &cases[i], test_case);
      g_test_add_data_func (gradient, &cases[i], test_gradient);
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *path = g_strconcat ("/engine/loop-rule/not/", others[i].name, NULL);
      g_test_add_data_func (path, &others[i], test_other);
    }
  for (guint i = 0; i < G_N_ELEMENTS (saved); i++)
    {
      g_autofree char *path = g_strconcat ("/engine/loop-rule/saved/", saved[i].name, NULL);
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_saved);
    }
  g_test_add_func ("/engine/loop-rule/saved-states", test_saved_states);
  g_test_add_func ("/engine/loop-rule/only-last", test_only_last);
  g_test_add_func ("/engine/loop-rule/last-gradient", test_last_gradient);
  g_test_add_func ("/engine/loop-rule/products", test_products);
  return g_test_run ();
}
