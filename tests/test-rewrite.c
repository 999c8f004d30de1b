/* Rewriting of whole graphs: forms, values before and after, the journal, origins, and cost.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"
#include "engine/rewrite/rewrite-private.h"
#include "tests/evaluate.h"
#include "tests/graph-tools.h"

#include <math.h>
#include <string.h>

/* ---- Whole graphs ---- */

typedef struct
{
  WeftGraph   *graph;
  WeftValue   *value, *result;
  WeftRewrite *journal;
} Case;

static WeftType
float_type (void)
{
  return (WeftType){ WEFT_F64, FALSE, weft_shape (2, 4, 4) };
}

/* Rewrites @text over the inputs x, y, z, each (4, 4), in the phases before @end; 0: in all. */
static Case
rewrite_before (WeftPhase end, const char *text, const char *const *without)
{
  Case                     c = { weft_graph_new () };
  WeftRewriteOptions       options = { .without = without, .end = end };
  static const char *const names[] = { "x", "y", "z" };
  g_autoptr (WeftScope) scope = weft_scope_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    bind_input (c.graph, scope, names[i], WEFT_F64, 2, (gint64[]){ 4, 4 });
  c.value = build_value (c.graph, scope, text);
  options.rules = weft_rules (&options.n_rules);
  weft_rewrite_run (c.graph, &options, 1, &c.value, &c.result, &c.journal);
  return c;
}

static Case
rewrite_text (const char *text, const char *const *without)
{
  return rewrite_before (0, text, without);
}

static void
case_clear (Case *c)
{
  weft_rewrite_free (c->journal);
  weft_graph_free (c->graph);
}

static void
test_forms (void)
{
  static const char *const forms[][2] = {
    { "log(softmax(x))", "log_softmax(x)" },
    { "log(1 + exp(x)) * 1 + 0", "softplus(x)" },
    { "-log(1 / (1 + exp(-x)))", "softplus(-x)" },
    { "(x + 1) + 2 + 3", "x + 6" },
    { "3 * (2 * x)", "x * 6" },
    { "x * x + y ** 2", "square(x) + square(y)" },
    { "(x + y) - (y + x)", "(x + y) - (x + y)" },
    { "x.T.T", "x" },
    { "sum(sum(x * 2, axis=0))", "sum(x) * 2" },
    { "maximum(x, 0) * sigmoid(maximum(x, 0))", "silu(relu(x))" },
    { "x / 4", "x * 0.25" },
    { "exp(x) / sum(exp(x), axis=1, keepdims=True)", NULL },
    { "2 ** 0.5 * x", NULL },
    { "exp(broadcast_to(sum(x), (4, 4))) * y", "exp(sum(x)) * y" },
    { "exp(broadcast_to(sum(x), (4, 4)))", "broadcast_to(exp(sum(x)), (4, 4))" },
    { "(y / softmax(x)) * softmax(x)", "y" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      Case             c = rewrite_before (WEFT_PHASE_FUSE, forms[i][0], NULL);
      g_autofree char *text = weft_value_to_expression (c.result, 50);

      g_test_message ("%s -> %s", forms[i][0], text);
      if (forms[i][1] != NULL)
        {
          Case             wanted = rewrite_before (WEFT_PHASE_FUSE, forms[i][1],
                                                    (const char *const[]){ "merge", NULL });
          g_autofree char *wanted_text = weft_value_to_expression (wanted.value, 50);

          g_assert_cmpstr (text, ==, wanted_text);
          case_clear (&wanted);
        }
      case_clear (&c);
    }
}

static void
test_merge (void)
{
  Case  c = rewrite_text ("sin(x + y) * cos(y + x)", NULL);
  guint before, after;

  weft_rewrite_get_counts (c.journal, &before, &after, NULL);
  g_assert_cmpuint (before, ==, 5);
  g_assert_cmpuint (after, ==, 4);
  case_clear (&c);
}

static void
test_random_stays (void)
{
  Case  c = rewrite_text ("uniform((4, 4)) + uniform((4, 4))", NULL);
  guint n = 0;
  g_autoptr (GPtrArray) order = weft_graph_order (c.graph, 1, &c.result);

  for (guint i = 0; i < order->len; i++)
    n += (((WeftApply *) g_ptr_array_index (order, i))->op->traits & WEFT_TRAIT_RANDOM) != 0;
  g_assert_cmpuint (n, ==, 2);
  case_clear (&c);
}

/* Dimensions that are known only at the call. */
static void
test_named_dims (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  WeftValue       *value, *result;

  bind_input (graph, scope, "x", WEFT_F32, 2, (gint64[]){ -1, 3 });
  bind_input (graph, scope, "y", WEFT_F32, 2, (gint64[]){ -1, 3 });
  value = build_value (
    graph, scope,
    "mean(log(softmax(x * 1 + zeros(3))) * y.shape[0]) + sum(zeros((y.shape[0], 3)) * 0)");
  weft_rewrite (graph, 1, &value, NULL, &result, NULL);
  g_assert_true (weft_type_equal (&value->type, &result->type));
  g_assert_true (weft_graph_check (graph, 1, &result, &error));
  text = weft_value_to_expression (result, 100);
  g_test_message ("%s", text);
  g_assert_null (strstr (text, "log(softmax"));
  g_assert_nonnull (strstr (text, "log(sum(exp("));
  g_assert_null (strstr (text, "x * 1"));
}

/* Infinity times nothing is NaN and must stay so. */
static void
test_not_finite_stays (void)
{
  Case             c = rewrite_text ("x * 0", NULL);
  g_autofree char *text = weft_value_to_expression (c.result, 50);

  g_assert_true (c.result->apply == c.value->apply);
  case_clear (&c);
}

/* -0 - -0 is 0, so subtracting -0 is not subtracting nothing. */
static void
test_zero_has_a_sign (void)
{
  static const char *const texts[] = { "x - (0.0 * -1.0)", "x - 0.0" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      Case c = rewrite_before (WEFT_PHASE_FUSE, texts[i], NULL);

      g_assert_true ((c.result->apply->op->id == WEFT_OP_SUB) == (i == 0));
      case_clear (&c);
    }
}

static void
test_journal (void)
{
  Case                   c = rewrite_before (WEFT_PHASE_FUSE, "log(softmax(x + 0)) * y", NULL);
  guint                  n, log_id, product = c.value->apply->id;
  const WeftRewriteStep *steps = weft_rewrite_steps (c.journal, &n);
  g_autoptr (WeftJson) json = weft_rewrite_to_json (c.journal);

  log_id = c.value->apply->inputs[0]->apply->id;
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpstr (steps[0].rule, ==, "add-zero");
  g_assert_cmpint (steps[0].phase, ==, WEFT_PHASE_CANONICALISE);
  g_assert_cmpuint (steps[0].n_added, ==, 0);
  g_assert_cmpstr (steps[1].rule, ==, "log-softmax");
  g_assert_cmpuint (steps[1].step, ==, 2);
  /* log was made again for its new operand and keeps its number. */
  g_assert_cmpuint (steps[1].n_matched, ==, 2);
  g_assert_cmpuint (steps[1].matched[0], ==, log_id);
  g_assert_cmpuint (steps[1].matched[1], ==, log_id - 1);
  g_assert_cmpuint (steps[1].n_added, ==, 1);
  g_assert_cmpuint (steps[1].root_before, ==, c.value->apply->inputs[0]->id);
  g_assert_cmpuint (c.result->apply->id, >, product);
  g_assert_cmpuint (weft_json_length (weft_json_get (json, "steps")), ==, 2);
  g_assert_cmpstr (
    weft_json_get_string (weft_json_at (weft_json_get (json, "steps"), 1), "rule", ""), ==,
    "log-softmax");
  case_clear (&c);
}

static void
test_origins (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  WeftType   type = float_type ();
  WeftValue *x, *p, *y, *result;

  weft_graph_push_origin (graph, 1);
  x = weft_graph_input (graph, "x", &type);
  weft_graph_pop_origin (graph);
  weft_graph_push_origin (graph, 2);
  p = weft_graph_op (graph, "softmax", x, NULL);
  weft_graph_pop_origin (graph);
  weft_graph_push_origin (graph, 3);
  y = weft_graph_op (graph, "log", p, NULL);
  weft_graph_pop_origin (graph);
  weft_rewrite (graph, 1, &y, NULL, &result, NULL);
  /* Written out; it comes from both all the same. */
  g_assert_cmpstr (result->apply->op->name, ==, "sub");
  g_assert_cmpuint (result->apply->origins->n, ==, 2);
  g_assert_cmpuint (result->apply->origins->nodes[0], ==, 2);
  g_assert_cmpuint (result->apply->origins->nodes[1], ==, 3);
}

/* ---- Random graphs ---- */

#define N_RANDOM_OPS 30

/* @exact: negative operands and comparisons too, whose result a rounding can turn. */
static WeftValue *
random_graph (WeftGraph *graph, GHashTable *inputs, gboolean exact)
{
  static const char *const unary[] = { "neg", "exp", "log", "sqrt",
                                       "square", "abs", "sigmoid", "relu",
                                       "tanh", "softplus", "reciprocal", "log1p",
                                       "expm1", "softmax", "log_softmax", "transpose",
                                       "identity", "stop_gradient", "logical_not" };
  static const char *const binary[] = { "add", "sub", "mul", "div", "maximum",
                                        "minimum", "matmul", "lt", "eq" };
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  WeftType type = float_type ();

  for (guint i = 0; i < 3; i++)
    {
      const char *name = g_intern_string ((const char *[]){ "x", "y", "z" }[i]);
      WeftArray  *array = weft_array_new (WEFT_F64, 2, (gint64[]){ 4, 4 });

      for (gint64 k = 0; k < 16; k++)
        weft_array_set (array, k, g_test_rand_double_range (exact ? -2 : 0.2, 2));
      g_hash_table_insert (inputs, (gpointer) name, array);
      g_ptr_array_add (values, weft_graph_input (graph, name, &type));
    }
  for (int k = -2; k <= 2; k++)
    g_ptr_array_add (values, weft_graph_scalar (graph, WEFT_F64, k));
  for (guint i = 0; i < N_RANDOM_OPS; i++)
    {
      const WeftOp *op;
      WeftValue    *operands[2], *value;

      for (guint k = 0; k < 2; k++)
        {
          gint back = g_test_rand_int_range (1, 13);

          operands[k] = g_ptr_array_index (values, MAX (0, (gint) values->len - back));
        }
      op = weft_op_find (
        g_test_rand_int_range (0, 3) == 0
          ? unary[g_test_rand_int_range (0, G_N_ELEMENTS (unary) - (exact ? 0 : 1))]
          : binary[g_test_rand_int_range (0, G_N_ELEMENTS (binary) - (exact ? 0 : 2))]);
      value = weft_graph_apply (graph, op, op->n_inputs, operands, NULL, NULL);
      if (value != NULL)
        g_ptr_array_add (values, value);
    }
  return weft_graph_strong (graph, g_ptr_array_index (values, values->len - 1));
}

/* NaN is NaN. */
static gboolean
same_bits (double a, double b)
{
  return (isnan (a) && isnan (b)) || memcmp (&a, &b, sizeof a) == 0;
}

/* How far each element of @value moves, at most, in some tries, when each number on the way is
 * nudged by some thousand roundings; infinite where it changes from a number to none. */
static WeftArray *
sensitivity (WeftGraph *graph, WeftValue *value, GHashTable *inputs, const WeftArray *at)
{
  WeftArray *result = weft_array_new (WEFT_F64, at->rank, at->shape);

  evaluate_jitter = 1e-12;
  for (guint trial = 0; trial < 6; trial++)
    {
      g_autoptr (WeftArray) moved = evaluate (graph, value, inputs);

      for (gint64 i = 0; i < at->n_elements; i++)
        {
          double here = weft_array_get (at, i), there = weft_array_get (moved, i);
          double move = same_bits (here, there) ? 0 : fabs (there - here);

          weft_array_set (result, i,
                          isnan (move) ? INFINITY : MAX (weft_array_get (result, i), move));
        }
    }
  evaluate_jitter = 0;
  return result;
}

/* The graphs before and after agree: to the bit (NaN is NaN) where @exact, else where nothing on
 * the way overflowed, to a thousand times what nudging every number on the way does. */
static void
compare_graphs (WeftGraph  *graph,
                WeftValue  *value,
                WeftValue  *result,
                GHashTable *inputs,
                gboolean    exact,
                guint      *n_compared)
{
  gboolean tame = TRUE;
  g_autoptr (WeftArray) left = evaluate_all (graph, value, inputs, &tame);
  g_autoptr (WeftArray) right = evaluate (graph, result, inputs);
  g_autoptr (WeftArray) moves = NULL;

  if (!exact && !tame)
    return;
  ++*n_compared;
  moves = sensitivity (graph, value, inputs, left);
  for (gint64 i = 0; i < left->n_elements; i++)
    {
      double   a = weft_array_get (left, i), b = weft_array_get (right, i);
      double   limit = 1e-6 * MAX (1, fabs (a)) + 1000 * weft_array_get (moves, i);
      gboolean fine =
        exact ? same_bits (a, b) : same_bits (a, b) || fabs (a - b) <= limit || limit == INFINITY;

      if (!fine)
        {
          g_autofree char *before = weft_graph_to_string (graph, 1, &value);
          g_autofree char *after = weft_graph_to_string (graph, 1, &result);

          g_test_message ("%.17g != %.17g\n%s\n->\n%s", a, b, before, after);
        }
      g_assert_true (fine);
    }
}

static void
test_random_graphs (gconstpointer data)
{
  gboolean exact = GPOINTER_TO_INT (data);
  g_autoptr (GPtrArray) without = g_ptr_array_new ();
  guint n_compared = 0, n_steps = 0;

  for (guint i = 0; i < weft_rule_count (); i++)
    if (exact && !weft_rule_get (i)->exact)
      g_ptr_array_add (without, (gpointer) weft_rule_get (i)->name);
  g_ptr_array_add (without, NULL);
  for (guint trial = 0; trial < 400; trial++)
    {
      g_autoptr (WeftGraph) graph = weft_graph_new ();
      g_autoptr (GHashTable) inputs =
        g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) weft_array_unref);
      g_autoptr (WeftRewrite) journal = NULL;
      g_autoptr (GError) error = NULL;
      WeftValue *value = random_graph (graph, inputs, exact), *result;
      guint      n;

      weft_rewrite (graph, 1, &value, (const char *const *) without->pdata, &result, &journal);
      weft_rewrite_steps (journal, &n);
      n_steps += n;
      g_assert_cmpstr (weft_rewrite_get_oscillation (journal), ==, NULL);
      g_assert_true (weft_graph_check (graph, 1, &result, &error));
      g_assert_no_error (error);
      g_assert_true (weft_type_equal (&value->type, &result->type));
      compare_graphs (graph, value, result, inputs, exact, &n_compared);
    }
  g_test_message ("%u graphs compared, %u steps", n_compared, n_steps);
  g_assert_cmpuint (n_compared, >=, 40);
  g_assert_cmpuint (n_steps, >=, 400);
}

/* ---- Cost ---- */

/* sin (x * 1 + 0 + ...): @n ops in a chain, every second one of them useless. */
static WeftValue *
chain (WeftGraph *graph, guint n)
{
  WeftType   type = { WEFT_F32, FALSE, weft_shape (1, 16) };
  WeftValue *value = weft_graph_input (graph, "x", &type);

  for (guint i = 0; i < n; i++)
    switch (i % 4)
      {
      case 0:
        value = weft_graph_op (graph, "mul", value, weft_graph_float (graph, 1), NULL);
        break;
      case 1:
        value = weft_graph_op (graph, "sin", value, NULL);
        break;
      case 2:
        value = weft_graph_op (graph, "add", value, weft_graph_float (graph, 0), NULL);
        break;
      default:
        value = weft_graph_op (graph, "tanh", value, NULL);
        break;
      }
  return value;
}

static void
test_chain (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftRewrite) journal = NULL;
  WeftValue *value = chain (graph, n), *result;
  guint      before, after;
  double     us;

  weft_rewrite (graph, 1, &value, NULL, &result, &journal);
  weft_rewrite_get_counts (journal, &before, &after, &us);
  g_assert_cmpuint (before, ==, n);
  g_assert_cmpuint (after, ==, n / 2);
  g_test_message ("%u ops in a chain: %.1f ms, %.2f us an op", n, us / 1000, us / n);
}

/* A gradient of many layers: what the editor optimises. */
static void
test_training_graph (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftRewrite) journal = NULL;
  g_autoptr (GError) error = NULL;
  WeftType               type = { WEFT_F32, FALSE, weft_shape (2, 32, 32) };
  WeftValue             *h = weft_graph_input (graph, "x", &type), *cost, *wrt[200];
  g_autofree WeftValue **outputs = g_new (WeftValue *, 201);
  g_autofree WeftValue **results = g_new (WeftValue *, 201);
  guint                  before, after, n;
  double                 us;

  for (guint i = 0; i < 200; i++)
    {
      wrt[i] = weft_graph_input (graph, "w", &type);
      h = weft_graph_op (graph, i % 2 ? "tanh" : "sigmoid",
                         weft_graph_op (graph, "matmul", h, wrt[i], NULL), NULL);
    }
  cost = weft_graph_op (
    graph, "mean", weft_graph_op (graph, "log", weft_graph_op (graph, "softmax", h, NULL), NULL),
    NULL);
  weft_grad (graph, cost, NULL, NULL, 200, wrt, WEFT_DISCONNECTED_ERROR, outputs, &error);
  g_assert_no_error (error);
  outputs[200] = cost;
  weft_rewrite (graph, 201, outputs,
                (const char *const[]){ "log-softmax-rows", "softmax-rows", NULL }, results,
                &journal);
  weft_rewrite_get_counts (journal, &before, &after, &us);
  weft_rewrite_steps (journal, &n);
  g_test_message ("%u ops of a training graph to %u in %u steps: %.1f ms", before, after, n,
                  us / 1000);
  g_assert_cmpuint (after, <, before);
  g_assert_true (weft_graph_check (graph, 201, results, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/rewrite/forms", test_forms);
  g_test_add_func ("/engine/rewrite/merge", test_merge);
  g_test_add_func ("/engine/rewrite/random-stays", test_random_stays);
  g_test_add_func ("/engine/rewrite/named-dims", test_named_dims);
  g_test_add_func ("/engine/rewrite/not-finite-stays", test_not_finite_stays);
  g_test_add_func ("/engine/rewrite/zero-has-a-sign", test_zero_has_a_sign);
  g_test_add_func ("/engine/rewrite/journal", test_journal);
  g_test_add_func ("/engine/rewrite/origins", test_origins);
  g_test_add_data_func ("/engine/rewrite/random-graphs/exact", GINT_TO_POINTER (TRUE),
                        test_random_graphs);
  g_test_add_data_func ("/engine/rewrite/random-graphs/real", GINT_TO_POINTER (FALSE),
                        test_random_graphs);
  g_test_add_data_func ("/engine/rewrite/chain/10000", GUINT_TO_POINTER (10000), test_chain);
  g_test_add_data_func ("/engine/rewrite/chain/100000", GUINT_TO_POINTER (100000), test_chain);
  g_test_add_func ("/engine/rewrite/training-graph", test_training_graph);
  return g_test_run ();
}
