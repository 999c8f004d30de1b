/* Proofs of rewrites: right rules agree, wrong ones are exposed, and a stabilised step shows what
 * it mended.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/graph-tools.h"
#include "tests/random-graph.h"

#include "engine/grad/grad.h"
#include "engine/rewrite/history-private.h"
#include "engine/run/proof.h"

#include <math.h>

/* ---- Histories of texts ---- */

/* x, y (n, m), a (m, m), b (m), c: bool (n, m), k: i64 labels (n), s: one number. */
#define N_INPUTS 7

static void
add_inputs (
  WeftGraph *graph, WeftScope *scope, WeftDType dtype, gint64 n, gint64 m, WeftValue **values)
{
  const struct
  {
    const char *name;
    WeftType    type;
  } inputs[N_INPUTS] = {
    { "x", { dtype, FALSE, weft_shape (2, n, m) } },
    { "y", { dtype, FALSE, weft_shape (2, n, m) } },
    { "a", { dtype, FALSE, weft_shape (2, m, m) } },
    { "b", { dtype, FALSE, weft_shape (1, m) } },
    { "c", { WEFT_BOOL, FALSE, weft_shape (2, n, m) } },
    { "k", { WEFT_I64, FALSE, weft_shape (1, n) } },
    { "s", { dtype, FALSE, weft_shape (0) } },
  };

  for (guint i = 0; i < N_INPUTS; i++)
    {
      WeftType type = inputs[i].type;

      for (guint d = 0; n == 0 && d < type.shape.rank; d++)
        if (type.shape.dims[d].offset == 0)
          type.shape.dims[d] = weft_dim_named ("batch");
      values[i] = weft_graph_input (graph, inputs[i].name, &type);
      weft_scope_set_value (scope, inputs[i].name, values[i]);
    }
}

static WeftHistory *
history_of (
  const char *text, WeftDType dtype, gint64 n, gint64 m, const WeftRewriteOptions *options)
{
  WeftGraph *graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *inputs[N_INPUTS], *value;

  add_inputs (graph, scope, dtype, n, m, inputs);
  value = build_value (graph, scope, text);
  return options != NULL ? weft_history_new_run (graph, options, 1, &value, NULL)
                         : weft_history_new (graph, 1, &value, NULL, NULL, NULL);
}

/* Of the gradients of the sum of the squares of @text with respect to x, y, a and b. */
static WeftHistory *
gradient_history_of (const char *text)
{
  WeftGraph *graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  WeftValue *inputs[N_INPUTS], *value, *gradients[4];

  add_inputs (graph, scope, WEFT_F32, 6, 4, inputs);
  value = build_value (graph, scope, text);
  value = weft_graph_op (graph, "sum", weft_graph_op (graph, "square", value, NULL), NULL);
  g_assert_true (weft_grad (graph, value, NULL, NULL, G_N_ELEMENTS (gradients), inputs,
                            WEFT_DISCONNECTED_ZERO, gradients, &error));
  g_assert_no_error (error);
  return weft_history_new (graph, G_N_ELEMENTS (gradients), gradients, NULL, NULL, NULL);
}

static guint
find_step (WeftHistory *history, const char *rule)
{
  for (guint step = 1; step <= weft_history_n_steps (history); step++)
    if (g_str_equal (weft_history_get_step (history, step)->rule, rule))
      return step;
  return 0;
}

static void
tell (WeftHistory *history, guint step, const WeftProof *proof)
{
  g_test_message (
    "step %u (%s): %u rows, %u numbers, %.2g in float64, %.2g as typed, bad %u -> %u%s%s", step,
    step > 0 ? weft_history_get_step (history, step)->rule : "", proof->n_rows, proof->n_samples,
    proof->difference, proof->typed_difference, proof->bad_before, proof->bad_after,
    proof->bit_equal ? ", same bits" : "", proof->agrees ? "" : ", DOES NOT AGREE");
}

/* Every step of @history agrees, and so does the whole. How many were computed. */
static guint
prove_all (WeftHistory *history)
{
  guint n = 0;

  for (guint step = 1; step <= weft_history_n_steps (history); step++)
    {
      g_autoptr (GError) error = NULL;
      WeftProof proof;

      if (!weft_proof_step (history, step, 1, NULL, &proof, &error))
        {
          g_test_message ("step %u (%s): %s", step, weft_history_get_step (history, step)->rule,
                          error->message);
          continue;
        }
      n++;
      if (!proof.agrees)
        {
          g_autoptr (WeftCursor) cursor = weft_cursor_new (history);
          g_autofree char *text = NULL;

          tell (history, step, &proof);
          weft_cursor_go (cursor, step - 1);
          text = weft_cursor_to_string (cursor);
          g_test_message ("%s", text);
        }
      g_assert_true (proof.agrees);
    }
  return n;
}

/* ---- What the window shows ---- */

static void
test_log_softmax (void)
{
  g_autoptr (WeftHistory) history =
    history_of ("-mean(log(softmax(x @ a + b)))", WEFT_F32, 64, 10, NULL);
  g_autoptr (GError) error = NULL;
  guint     step = find_step (history, "log-softmax");
  WeftProof proof;

  g_assert_cmpuint (step, >, 0);
  g_assert_true (weft_proof_step (history, step, 1, NULL, &proof, &error));
  g_assert_no_error (error);
  tell (history, step, &proof);
  g_assert_true (proof.agrees);
  g_assert_cmpuint (proof.n_rows, ==, 256);
  g_assert_cmpfloat (proof.difference, <, 1e-14);
  g_assert_cmpfloat (proof.typed_difference, <, 1e-6);
  g_assert_cmpuint (proof.bad_before, >, 5);
  g_assert_cmpuint (proof.bad_before, <, 40);
  g_assert_cmpuint (proof.bad_after, ==, 0);
  g_assert_cmpfloat (proof.extreme, >, 1000);
  g_assert_true (
    weft_proof_whole (history, weft_history_n_steps (history), 1, NULL, &proof, &error));
  g_assert_no_error (error);
  tell (history, 0, &proof);
  g_assert_true (proof.agrees);
}

/* The same numbers each time. */
static void
test_repeated (void)
{
  g_autoptr (WeftHistory) history = history_of ("log(softmax(x)) * 1", WEFT_F32, 5, 4, NULL);
  WeftProof first, second, other;

  g_assert_true (weft_proof_step (history, 1, 7, NULL, &first, NULL));
  g_assert_true (weft_proof_step (history, 1, 7, NULL, &second, NULL));
  g_assert_true (weft_proof_step (history, 1, 8, NULL, &other, NULL));
  g_assert_cmpfloat (first.typed_difference, ==, second.typed_difference);
  g_assert_cmpuint (first.bad_before, ==, second.bad_before);
  g_assert_cmpfloat (first.extreme, ==, second.extreme);
  g_assert_true (first.extreme != other.extreme);
}

/* Sizes of real models: a batch of 64, a reshape of 64 * 32 rows, a loop over 32 steps of 200
 * numbers. */
/* Operands of a product are fractions, so that brackets that moved are felt. */
static void
test_product (void)
{
  g_autoptr (WeftHistory) history = history_of ("a @ (x.T @ x)", WEFT_F32, 64, 200, NULL);
  guint     step = find_step (history, "matmul-chain-right");
  WeftProof proof;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (step, >, 0);
  g_assert_true (weft_proof_step (history, step, 1, NULL, &proof, &error));
  g_assert_no_error (error);
  tell (history, step, &proof);
  g_assert_true (proof.agrees);
  g_assert_false (proof.bit_equal);
}

static void
test_large (void)
{
  static const char *const texts[] = {
    "h = zeros(200); w = eye(200); scan(lambda r, h: tanh(r @ (w * 2) + h * 1), x, h)",
    "reshape(x, (64, 20, 10)) * 1 @ ones((10, 3)) + 0",
    "mean(log(softmax(x @ a))) * 64 / 64",
    "sum(square(x @ a - y), axis=0) * 0.015625 + mean(x ** 2)",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (WeftHistory) history = history_of (texts[i], WEFT_F32, 64, 200, NULL);
      g_autoptr (GError) error = NULL;
      WeftProof proof;

      g_test_message ("%s", texts[i]);
      g_assert_cmpuint (weft_history_n_steps (history), >, 0);
      g_assert_cmpuint (prove_all (history), ==, weft_history_n_steps (history));
      g_assert_true (
        weft_proof_whole (history, weft_history_n_steps (history), 1, NULL, &proof, &error));
      g_assert_no_error (error);
      tell (history, 0, &proof);
      g_assert_true (proof.agrees);
      g_assert_cmpuint (proof.n_rows, >=, 8);
    }
}

/* ---- Right rules ---- */

static void
test_agree (void)
{
  static const char *const texts[] = {
    "log(1 + exp(x)) * 1 + 0",
    "exp(x) / sum(exp(x), axis=1, keepdims=True)",
    "cross_entropy(log(softmax(x)), k)",
    "x * y * 0.5 + x * 0.25 - x",
    "exp(log(exp(x)))",
    "sqrt(square(x)) + abs(-x)",
    "where(~c, x, y) * where(c, 1, 0)",
    "(x @ a) @ (a @ b)",
    "transpose(x @ a) + 1",
    "sum(x * 2, axis=0) / 4 + mean(-x)",
    "scan(lambda r, h: tanh(r @ (a * 2) + h) + exp(b), x, b)",
    "x[1:][:, ::-1] + zeros((1, 1))",
    "reshape(reshape(x, (-1,)), (-1, 1)) * 1",
    "x ** 2 + x ** 3 + exp(y) ** 0.5",
    "log(sum(exp(x), axis=1)) - log(1 - sigmoid(y))[:, 0]",
    "x.shape[0] * mean(x) * 2 * 3",
    "cond(sum(x) > 0, lambda: x * 1 + y, lambda: log(softmax(y)))",
  };
  static const struct
  {
    WeftDType dtype;
    gint64    n, m;
  } forms[] = { { WEFT_F64, 3, 4 }, { WEFT_F32, 0, 4 }, { WEFT_F32, 64, 300 } };
  guint n = 0, n_steps = 0;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    for (guint k = 0; k < G_N_ELEMENTS (forms); k++)
      {
        g_autoptr (WeftHistory) history =
          history_of (texts[i], forms[k].dtype, forms[k].n, forms[k].m, NULL);
        g_autoptr (GError) error = NULL;
        WeftProof proof;

        g_test_message ("%s", texts[i]);
        n += prove_all (history);
        n_steps += weft_history_n_steps (history);
        g_assert_true (
          weft_proof_whole (history, weft_history_n_steps (history), 1, NULL, &proof, &error));
        g_assert_no_error (error);
        if (!proof.agrees)
          tell (history, 0, &proof);
        g_assert_true (proof.agrees);
      }
  g_test_message ("%u of %u steps", n, n_steps);
  g_assert_cmpuint (n, ==, n_steps);
}

/* Steps of random graphs, whatever they are. */
static void
test_random (void)
{
  guint n = 0, n_steps = 0;

  random_graph_register ();
  for (guint32 seed = 1; seed < 150; seed++)
    {
      g_autoptr (RandomGraph) random = random_graph_new (seed);
      g_autoptr (WeftHistory) history = NULL;
      g_autofree WeftValue **copies = NULL;
      WeftGraph             *graph;

      if (random == NULL)
        continue;
      graph = weft_graph_new ();
      copies = g_new (WeftValue *, random->outputs->len);
      g_assert_true (weft_graph_clone (random->graph, graph, random->outputs->len,
                                       (WeftValue **) random->outputs->pdata, NULL, NULL, copies,
                                       NULL));
      history = weft_history_new (graph, random->outputs->len, copies, NULL, NULL, NULL);
      g_test_message ("seed %u", seed);
      n += prove_all (history);
      n_steps += weft_history_n_steps (history);
    }
  g_test_message ("%u of %u steps", n, n_steps);
  g_assert_cmpuint (n * 100, >=, n_steps * 98);
}

/* ---- Loops and the loops back ---- */

/* What they save: stacks of one type, so that they can be mistaken for each other. */
static const struct
{
  const char *text;
  gboolean    has_two;
} loops[] = {
  { "scan(lambda r, h: tanh(r @ a + h @ a), x, b)", FALSE },
  { "scan(lambda r, h: tanh(r + h @ a), x, b, backwards=True)", FALSE },
  { "scan(lambda r, h: (z = sigmoid(r + h @ a); z * h + (1 - z) * tanh(r + (z * h) @ a)), x, b)",
    TRUE },
  { "scan(lambda r, h: tanh(r + h @ a) * sigmoid(r - h @ a.T), x, b, backwards=True)", TRUE },
};

/* The stacks come of the same loop as the states that both sides read: one computation, not
 * numbers drawn for each. */
static void
test_saved (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (loops); i++)
    {
      g_autoptr (WeftHistory) history = gradient_history_of (loops[i].text);

      g_test_message ("%s", loops[i].text);
      g_assert_cmpuint (find_step (history, "loop-save"), >, 0);
      g_assert_cmpuint (prove_all (history), ==, weft_history_n_steps (history));
    }
}

/* Lets the loop back that @step made read the first of two stacks for the second and vice versa. */
static void
mistake_stacks (WeftHistory *history, guint step)
{
  const WeftRewriteStep *it = weft_history_get_step (history, step);

  for (guint i = 0; i < it->n_added; i++)
    {
      const WeftApply *loop = weft_history_apply (history, it->added[i]);
      guint           *reads = &history->slots.initial[history->slot[it->added[i]]];
      guint            first = G_MAXUINT;

      for (guint k = 0; loop->op->id == WEFT_OP_LOOP && k < loop->n_inputs; k++)
        {
          const WeftValue *stack = weft_history_value (history, reads[k]);

          if (stack->apply->op->id != WEFT_OP_LOOP)
            continue;
          if (first != G_MAXUINT && reads[first] != reads[k] &&
              weft_type_equal (&weft_history_value (history, reads[first])->type, &stack->type))
            {
              guint value = reads[k];

              reads[k] = reads[first];
              reads[first] = value;
              return;
            }
          first = k;
        }
    }
  g_assert_not_reached ();
}

static void
test_mistaken (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (loops); i++)
    {
      g_autoptr (WeftHistory) history = NULL;
      g_autoptr (GError) error = NULL;
      WeftProof proof;
      guint     step;

      if (!loops[i].has_two)
        continue;
      history = gradient_history_of (loops[i].text);
      step = find_step (history, "loop-save");
      mistake_stacks (history, step);
      g_assert_true (weft_proof_step (history, step, 1, NULL, &proof, &error));
      g_assert_no_error (error);
      tell (history, step, &proof);
      g_assert_false (proof.agrees);
    }
}

/* ---- Wrong rules ---- */

static void
test_planted (void)
{
  /* The name is that of a rule that keeps every bit where the planted one claims that. */
  static const struct
  {
    const char *name, *pattern, *replacement, *text;
  } planted[] = {
    { "planted", "exp(-x)", "exp(x)", "exp(-x)" },
    { "planted", "sqrt(square(x))", "x", "sqrt(square(x))" },
    { "planted", "x ** 3", "square(x)", "x ** 3" },
    { "planted", "maximum(x, 0)", "abs(x)", "maximum(x, 0)" },
    { "planted", "log(softmax(x, axis))", "softmax(x, axis)", "log(softmax(x))" },
    { "planted", "1 - sigmoid(x)", "sigmoid(x)", "1 - sigmoid(x @ a)" },
    { "planted", "where(c, a, b)", "b", "where(c, x, y)" },
    { "planted", "x / y", "x", "x / (y + 5)" },
    { "planted", "mean(-x, axis, keepdims)", "-sum(x, axis, keepdims)", "mean(-x, axis=0)" },
    { "planted", "sum(square(x))", "square(sum(x))", "sum(square(x))" },
    { "planted", "expm1(x)", "x", "expm1(x * 0.0001)" },
    { "planted", "abs(x)", "x", "abs(log(exp(x)))" },
    { "neg-neg", "x / 3", "0.3333333333333333 * x", "x / 3" },
    { "neg-neg", "(x + y) - y", "x", "(x + y) - y" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (planted); i++)
    {
      WeftRuleRow        row = { .name = planted[i].name,
                                 .pattern = planted[i].pattern,
                                 .replacement = planted[i].replacement,
                                 .why = "a planted mistake",
                                 .phase = WEFT_PHASE_CANONICALISE,
                                 .file = "test.def",
                                 .line = 1 };
      WeftRule           rules[2] = { { .info = { .name = "merge", .phase = WEFT_PHASE_MERGE } } };
      WeftRewriteOptions options = { .rules = rules, .n_rules = 2 };
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftHistory) history = NULL;
      WeftProof proof;
      guint     step;

      weft_rule_compile (&row, &rules[1], &error);
      g_assert_no_error (error);
      history = history_of (planted[i].text, WEFT_F32, 64, 10, &options);
      step = find_step (history, planted[i].name);
      g_test_message ("%s -> %s", planted[i].pattern, planted[i].replacement);
      g_assert_cmpuint (step, >, 0);
      g_assert_true (weft_proof_step (history, step, 1, NULL, &proof, &error));
      g_assert_no_error (error);
      tell (history, step, &proof);
      g_assert_false (proof.agrees);
      if (g_str_equal (planted[i].name, "planted"))
        {
          g_assert_true (
            weft_proof_whole (history, weft_history_n_steps (history), 1, NULL, &proof, &error));
          g_assert_no_error (error);
          g_assert_false (proof.agrees);
        }
      weft_rule_clear (&rules[1]);
    }
}

/* ---- What cannot be ---- */

static void
test_refused (void)
{
  g_autoptr (WeftHistory) history = history_of ("log(softmax(x)) * 1", WEFT_F32, 5, 4, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  WeftProof proof;

  g_assert_false (weft_proof_step (history, 0, 1, NULL, &proof, &error));
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_false (
    weft_proof_step (history, weft_history_n_steps (history) + 1, 1, NULL, &proof, &error));
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_INPUT);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_false (weft_proof_step (history, 1, 1, cancellable, &proof, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/proof/log-softmax", test_log_softmax);
  g_test_add_func ("/engine/proof/repeated", test_repeated);
  g_test_add_func ("/engine/proof/product", test_product);
  g_test_add_func ("/engine/proof/large", test_large);
  g_test_add_func ("/engine/proof/agree", test_agree);
  g_test_add_func ("/engine/proof/random", test_random);
  g_test_add_func ("/engine/proof/saved", test_saved);
  g_test_add_func ("/engine/proof/mistaken", test_mistaken);
  g_test_add_func ("/engine/proof/planted", test_planted);
  g_test_add_func ("/engine/proof/refused", test_refused);
  return g_test_run ();
}
