/* Rules: every one fires on random graphs of its own pattern and keeps the value, with special
 * values too; wrong rows are refused. Nothing here names a rule: a row is tested the moment that it
 * exists.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"
#include "tests/examples.h"
#include "tests/rule-samples.h"

#include <math.h>
#include <string.h>

/* Graphs in which a rule must fire, and in how many of all that its pattern draws. */
#define N_GRAPHS 200
#define LEAST_SHARE 0.15
#define MOST_DRAWS (N_GRAPHS * 100)
/* Numbers that must have been compared over all graphs of a rule. */
#define LEAST_NUMBERS 200

/* Of the largest number on the way: some thousand roundings of double (1e-16). A rule may take
 * another way, over reductions of up to 256 elements, but nothing that loses more. */
#define TOLERANCE 1e-12

/* ---- Both sides ---- */

typedef struct
{
  guint drawn, fired;
  guint numbers; /* compared */
  char *failure; /* the first, or NULL */
} Proof;

static void
fail (Proof *proof, const WeftRule *rule, RuleSample *sample, WeftValue *result, const char *what)
{
  g_autofree char *left = weft_value_to_expression (sample->outputs[0], 60);
  g_autofree char *right = weft_value_to_expression (result, 60);
  g_autoptr (GString) inputs = g_string_new (NULL);

  if (proof->failure != NULL)
    return;
  for (guint i = 0; i < sample->n_inputs; i++)
    {
      g_autofree char *type = weft_type_to_string (&sample->inputs[i]->type);
      g_autofree char *numbers = weft_array_to_string (sample->arrays[i], 4);

      g_string_append_printf (inputs, "\n  %s: %s = %s", sample->inputs[i]->name, type, numbers);
    }
  proof->failure =
    g_strdup_printf ("%s: %s\n  %s\n  -> %s%s", rule->info.name, what, left, right, inputs->str);
}

static gboolean
same_bits (double a, double b)
{
  return (isnan (a) && isnan (b)) || memcmp (&a, &b, sizeof a) == 0;
}

/* Whether some function of it may underflow: 0 is then as good as any small number. */
static gboolean
is_moderate (RuleSample *sample)
{
  for (guint i = 0; i < sample->n_inputs; i++)
    for (gint64 k = 0; k < sample->arrays[i]->n_elements; k++)
      {
        double x = fabs (weft_array_get (sample->arrays[i], k));

        if (x > 50 || (x != 0 && x < 1e-3))
          return FALSE;
      }
  return TRUE;
}

/* A product of many numbers in another order may overflow on the way to the same result. */
static gboolean
has_product (RuleSample *sample)
{
  for (guint i = 0; i < weft_graph_n_applies (sample->graph); i++)
    if (weft_graph_get_apply (sample->graph, i)->op->id == WEFT_OP_PROD)
      return TRUE;
  return FALSE;
}

/* EXACT: the same bits. REAL: a real number is the same one up to rounding, and what overflows
 * nowhere on the left does not on the right. */
static gboolean
agree (const WeftRule *rule, RuleSample *sample, double left, double right, double largest)
{
  if (rule->info.exact)
    return same_bits (left, right);
  if (!isfinite (left) || !(largest < INFINITY))
    return TRUE;
  if (!is_moderate (sample))
    return isfinite (right) || has_product (sample);
  return fabs (left - right) <= TOLERANCE * MAX (1, largest);
}

static void
compare (Proof            *proof,
         const WeftRule   *rule,
         RuleSample       *sample,
         WeftValue        *result,
         WeftArray *const *sides,
         const double     *largest)
{
  for (gint64 i = 0; i < sides[0]->n_elements; i++)
    {
      double           left = weft_array_get (sides[0], i), right = weft_array_get (sides[1], i);
      g_autofree char *what = NULL;

      proof->numbers += isfinite (left) && isfinite (right);
      if (agree (rule, sample, left, right, largest[0]))
        continue;
      what = g_strdup_printf ("element %d is %.17g, rewritten %.17g", (int) i, left, right);
      fail (proof, rule, sample, result, what);
    }
}

/* The sum of nothing does not see its factors. */
static gboolean
has_empty (RuleSample *sample)
{
  for (guint i = 0; i < weft_graph_n_applies (sample->graph); i++)
    {
      const WeftShape *shape = &weft_graph_get_apply (sample->graph, i)->outputs[0].type.shape;

      for (guint k = 0; k < shape->rank; k++)
        if (weft_dim_equal (shape->dims[k], weft_dim (0)))
          return TRUE;
    }
  return FALSE;
}

/* What is finite on the left must not be worse on the right. */
static void
compare_finite (Proof            *proof,
                const WeftRule   *rule,
                RuleSample       *sample,
                WeftValue        *result,
                WeftArray *const *sides)
{
  for (gint64 i = 0; !has_empty (sample) && i < sides[0]->n_elements; i++)
    if (isfinite (weft_array_get (sides[0], i)) && isnan (weft_array_get (sides[1], i)))
      fail (proof, rule, sample, result, "a number becomes NaN");
}

/* What is NaN on the left because an operand is must be NaN on the right, if the right reads that
 * operand. */
static void
compare_nan (Proof            *proof,
             const WeftRule   *rule,
             RuleSample       *sample,
             WeftValue        *result,
             WeftArray *const *clean,
             WeftArray *const *sides)
{
  for (gint64 i = 0; i < sides[0]->n_elements; i++)
    if (!isnan (weft_array_get (clean[0], i)) && isnan (weft_array_get (sides[0], i)) &&
        !isnan (weft_array_get (sides[1], i)))
      fail (proof, rule, sample, result, "an operand is NaN and the result is not");
}

static void
clear_sides (WeftArray **sides)
{
  g_clear_pointer (&sides[0], weft_array_unref);
  g_clear_pointer (&sides[1], weft_array_unref);
}

static void
prove_numbers (
  Proof *proof, const WeftRule *rule, RuleSample *sample, WeftValue *result, GRand *rand)
{
  WeftValue *values[2] = { sample->outputs[0], result };
  WeftArray *plain[2] = { NULL }, *sides[2] = { NULL };
  double     largest[2];

  rule_sample_fill (sample, RULE_NUMBERS_PLAIN, rand);
  if (!rule_sample_evaluate (sample, 2, values, plain, largest))
    {
      fail (proof, rule, sample, result, "the types do not fit");
      return;
    }
  compare (proof, rule, sample, result, plain, largest);
  rule_sample_spoil (sample, rule, result, rand);
  rule_sample_evaluate (sample, 2, values, sides, largest);
  compare_nan (proof, rule, sample, result, plain, sides);
  compare_finite (proof, rule, sample, result, sides);
  if (rule->info.exact)
    compare (proof, rule, sample, result, sides, largest);
  clear_sides (sides);
  rule_sample_fill (sample, rule->info.exact ? RULE_NUMBERS_SPECIAL : RULE_NUMBERS_LARGE, rand);
  rule_sample_evaluate (sample, 2, values, sides, largest);
  compare (proof, rule, sample, result, sides, largest);
  clear_sides (sides);
  clear_sides (plain);
}

/* One more graph. */
static void
prove_graph (Proof *proof, const WeftRule *rule, GRand *rand)
{
  /* What stands twice in a pattern is one value only after a merge. */
  WeftRule   rules[] = { { .info.name = "merge" }, *rule };
  RuleSample sample;
  WeftValue *results[RULE_SAMPLE_MAX_OUTPUTS];
  g_autoptr (WeftRewrite) journal = NULL;
  g_autoptr (GError) error = NULL;
  const WeftRewriteStep *steps;
  gboolean               fired = FALSE;
  guint                  n;

  if (!rule_sample_new (&sample, rule, rand))
    return;
  proof->drawn++;
  weft_rewrite_with (sample.graph, rules, 2, sample.n_outputs, sample.outputs, NULL, results,
                     &journal);
  steps = weft_rewrite_steps (journal, &n);
  for (guint i = 0; i < n; i++)
    fired |= g_str_equal (steps[i].rule, rule->info.name);
  proof->fired += fired;
  if (weft_rewrite_get_oscillation (journal) != NULL)
    fail (proof, rule, &sample, results[0], "the rule undoes itself");
  if (!weft_type_equal (&sample.outputs[0]->type, &results[0]->type))
    fail (proof, rule, &sample, results[0], "the type changed");
  if (!weft_graph_check (sample.graph, sample.n_outputs, results, &error))
    fail (proof, rule, &sample, results[0], error->message);
  if (fired && proof->failure == NULL)
    prove_numbers (proof, rule, &sample, results[0], rand);
  rule_sample_clear (&sample);
}

static Proof
prove (const WeftRule *rule)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_str_hash (rule->info.name));
  Proof proof = { 0 };

  for (guint i = 0; i < MOST_DRAWS && proof.fired < N_GRAPHS && proof.failure == NULL; i++)
    prove_graph (&proof, rule, rand);
  return proof;
}

static void
test_rule_both_sides (gconstpointer data)
{
  const WeftRule *rule = data;
  Proof           proof = prove (rule);

  g_test_message ("%s: fired in %u of %u graphs; %u numbers", rule->info.name, proof.fired,
                  proof.drawn, proof.numbers);
  if (proof.failure != NULL)
    g_test_message ("%s", proof.failure);
  /* One bad row does not hide the next. */
  if (proof.failure != NULL || proof.fired < N_GRAPHS || proof.fired < LEAST_SHARE * proof.drawn ||
      proof.numbers < LEAST_NUMBERS)
    g_test_fail ();
  g_free (proof.failure);
}

static void
test_rule_off (gconstpointer data)
{
  const WeftRule *rule = data;
  const char     *without[] = { rule->info.name, NULL };
  RuleSample      sample;
  WeftValue      *results[RULE_SAMPLE_MAX_OUTPUTS];
  g_autoptr (WeftRewrite) journal = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  const WeftRewriteStep *steps;
  guint                  n;

  for (guint i = 0; !rule_sample_new (&sample, rule, rand); i++)
    g_assert_cmpuint (i, <, MOST_DRAWS);
  weft_rewrite (sample.graph, sample.n_outputs, sample.outputs, without, results, &journal);
  steps = weft_rewrite_steps (journal, &n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpstr (steps[i].rule, !=, rule->info.name);
  rule_sample_clear (&sample);
}

/* What the conditions of a rule saw in a graph of its pattern can be told. */
static void
test_rule_says (gconstpointer data)
{
  const WeftRule *rule = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0, n_said = 0; i < MOST_DRAWS && n_said < 8; i++)
    {
      RuleSample         sample;
      WeftMatch          match;
      g_autofree guint  *uses = NULL;
      g_autofree guint8 *fused = NULL;

      if (!rule_sample_new (&sample, rule, rand))
        continue;
      uses = g_new0 (guint, weft_graph_n_applies (sample.graph) + 1);
      fused = g_new0 (guint8, weft_graph_n_applies (sample.graph) + 1);
      for (guint k = 0;
           weft_pattern_match (&rule->pattern, sample.outputs[0], 0, &match) && k < rule->n_guards;
           k++)
        {
          gboolean         holds;
          g_autofree char *condition = weft_guard_condition (rule, k);
          g_autofree char *sentence = NULL;

          match.uses = uses;
          match.fused = fused;
          sentence = weft_guard_say (rule, k, &match, &holds);
          if (n_said++ == 0)
            g_test_message ("%s: %s: %s", condition, holds ? "yes" : "no", sentence);
          g_assert_true (g_str_has_prefix (condition, rule->guards[k].guard->name));
          g_assert_cmpuint (strlen (sentence), >, 5);
          g_assert_null (strchr (sentence, '$'));
          g_assert_null (strstr (sentence, "(null)"));
        }
      rule_sample_clear (&sample);
    }
}

/* The shape of a result is known without it. */
static void
test_shape_is_read (void)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse ("y = exp(x @ x); x * y.shape[0] + y.size", NULL);
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GPtrArray) order = NULL;
  WeftType   type = { WEFT_F32, FALSE, { 0 } };
  WeftValue *value, *result;

  type.shape.rank = 2;
  type.shape.dims[0] = type.shape.dims[1] = weft_dim_named (g_intern_string ("n"));
  weft_scope_set_value (scope, "x", weft_graph_input (graph, "x", &type));
  value = weft_expr_build_value (expr, graph, scope, NULL);
  g_assert_nonnull (value);
  weft_rewrite (graph, 1, &value, NULL, &result, NULL);
  order = weft_graph_order (graph, 1, &result);
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      g_assert_false (apply->op->id == WEFT_OP_MATMUL || apply->op->id == WEFT_OP_EXP);
    }
}

/* ---- Rows ---- */

static void
test_table (void)
{
  for (guint i = 0; i < weft_rule_count (); i++)
    {
      const WeftRuleInfo *info = weft_rule_get (i);

      g_assert_nonnull (info->name);
      g_assert_cmpuint (strlen (info->why), >, 10);
      g_assert_false (g_str_has_suffix (info->why, "."));
      g_assert_nonnull (weft_phase_name (info->phase));
    }
  g_assert_cmpuint (weft_rule_count (), >=, 40);
}

static void
test_wrong_rows (void)
{
  static const struct
  {
    const char *pattern, *replacement, *guard, *message;
  } wrong[] = {
    { "sinn(x)", "x", NULL, "unknown op" },
    { "sin(x, x, x)", "x", NULL, "no such attribute" },
    { "x +", "x", NULL, "expected" },
    { "x", "x", NULL, "one op applied to something" },
    { "a * b", "a * c", NULL, "does not bind" },
    { "a * b", "b * a", NULL, "must be less" },
    { "sin(x)", "sin(sin(x))", NULL, "must be less" },
    { "sin(x)", "sinus(x)", NULL, "unknown op" },
    { "sin(x)", "x", "small x", "unknown guard" },
    { "sin(x)", "x", "finite y", "the pattern has no y" },
    { "sin(x)", "x", "finite", "wrong number" },
    { "sin(x)", "@nothing", NULL, "unknown action" },
    { "cast(x)", "x", NULL, "must be named" },
    { "softmax(x, x)", "x", NULL, "one name" },
    { "x[0]", "x", NULL, "a pattern is made of" },
  };

  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      WeftRuleRow row = { "planted", wrong[i].pattern, wrong[i].replacement,
                          wrong[i].guard, "a planted mistake", 0,
                          TRUE, "test.def", 12 };
      WeftRule    rule = { 0 };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s -> %s", row.pattern, row.replacement);
      g_assert_false (weft_rule_compile (&row, &rule, &error));
      g_assert_true (g_str_has_prefix (error->message, "test.def:12: planted: "));
      if (strstr (error->message, wrong[i].message) == NULL)
        g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, wrong[i].message));
      weft_rule_clear (&rule);
    }
}

static void
test_same_name_twice (void)
{
  WeftRuleRow rows[] = { { "twin", "-(-x)", "x", NULL, "first", 0, TRUE, "test.def", 1 },
                         { "twin", "x * 1", "x", NULL, "second", 0, TRUE, "test.def", 2 } };
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_rules_compile (rows, 2, &error));
  g_assert_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_NAME);
  g_assert_true (g_str_has_prefix (error->message, "test.def:2: twin: "));
}

/* The proof must catch a rule that is wrong: a sign, a missing guard, a wrong axis, a lost NaN,
 * bits that are not kept. */
static void
test_planted_rules (void)
{
  static const struct
  {
    const char *pattern, *replacement;
    gboolean    exact;
    const char *guard;
  } planted[] = {
    { "exp(-x)", "exp(x)", FALSE, NULL },
    { "-(a - b)", "a - b", FALSE, NULL },
    { "sqrt(square(x))", "x", FALSE, NULL },
    { "x ** 3", "square(x)", FALSE, NULL },
    { "exp(x) - 1", "expm1(x)", TRUE, NULL },
    { "x + 0", "x", TRUE, NULL },
    { "maximum(x, 0)", "abs(x)", FALSE, NULL },
    { "x * 0", "0", TRUE, NULL },
    { "exp(log(x))", "x", TRUE, NULL },
    { "relu(relu(x)) + 0", "relu(nan_to_num(x))", FALSE, NULL },
    { "sum(-x, axis, keepdims)", "-sum(x, keepdims=keepdims)", FALSE, NULL },
    { "argmax(softmax(x, -1), -1, keepdims)", "argmax(x, 0, keepdims)", FALSE, NULL },
    { "transpose(transpose(x, a), b)", "transpose(x, a)", FALSE, NULL },
    { "sum(x * y, axis, keepdims)", "sum(x, axis, keepdims) * y", FALSE, NULL },
    { "(x * c) * d", "x * c", FALSE, "constant c d" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (planted); i++)
    {
      WeftRuleRow row = { "planted", planted[i].pattern, planted[i].replacement,
                          planted[i].guard, "a planted mistake", WEFT_PHASE_CANONICALISE,
                          planted[i].exact, "test.def", 1 };
      WeftRule    rule = { 0 };
      g_autoptr (GError) error = NULL;
      Proof proof;

      g_assert_true (weft_rule_compile (&row, &rule, &error));
      g_assert_no_error (error);
      proof = prove (&rule);
      g_test_message ("%s -> %s: %s", row.pattern, row.replacement,
                      proof.failure != NULL ? proof.failure : "not caught");
      g_assert_nonnull (proof.failure);
      g_free (proof.failure);
      weft_rule_clear (&rule);
    }
}

/* Two rules that undo each other, got past the measure by hand: the driver stops and names both. */
static void
test_oscillation (void)
{
  static const char *const texts[2][3] = { { "one-way", "sin(x)", "cos(x)" },
                                           { "the-other", "cos(x)", "sin(x)" } };
  WeftRule                 rules[2] = { 0 };
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftRewrite) journal = NULL;
  WeftType   type = { WEFT_F32, FALSE, { 0 } };
  WeftValue *value, *result;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (WeftExpr) pattern = weft_expr_parse (texts[i][1], NULL);

      g_assert_true (weft_pattern_compile (pattern, &rules[i].pattern, NULL));
      rules[i].info.name = texts[i][0];
      rules[i].info.phase = WEFT_PHASE_CANONICALISE;
      rules[i].replacement = weft_expr_parse (texts[i][2], NULL);
    }
  value = weft_graph_op (graph, "sin", weft_graph_input (graph, "x", &type), NULL);
  weft_rewrite_with (graph, rules, 2, 1, &value, NULL, &result, &journal);
  g_assert_nonnull (weft_rewrite_get_oscillation (journal));
  g_assert_nonnull (strstr (weft_rewrite_get_oscillation (journal), "one-way"));
  g_assert_nonnull (strstr (weft_rewrite_get_oscillation (journal), "the-other"));
  weft_rule_clear (&rules[0]);
  weft_rule_clear (&rules[1]);
}

static void
add_rule_tests (void)
{
  guint           n;
  const WeftRule *rules = weft_rules (&n);

  for (guint i = 0; i < n; i++)
    {
      static const struct
      {
        const char   *name;
        GTestDataFunc func;
      } tests[] = { { "both-sides", test_rule_both_sides },
                    { "off", test_rule_off },
                    { "says", test_rule_says } };

      for (guint k = 0; rules[i].pattern.n_nodes > 0 && k < G_N_ELEMENTS (tests); k++)
        {
          g_autofree char *path =
            g_strdup_printf ("/engine/rule/%s/%s", rules[i].info.name, tests[k].name);

          if (tests[k].func == test_rule_says && rules[i].n_guards == 0)
            continue;

          g_test_add_data_func (path, &rules[i], tests[k].func);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  example_register_samples ();
  add_rule_tests ();
  g_test_add_func ("/engine/rules/table", test_table);
  g_test_add_func ("/engine/rules/wrong-rows", test_wrong_rows);
  g_test_add_func ("/engine/rules/same-name-twice", test_same_name_twice);
  g_test_add_func ("/engine/rules/planted-rules", test_planted_rules);
  g_test_add_func ("/engine/rules/shape-is-read", test_shape_is_read);
  g_test_add_func ("/engine/rules/oscillation", test_oscillation);
  return g_test_run ();
}
