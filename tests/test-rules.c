/* Rules: every one fires on its own pattern and keeps the value, with special values too; wrong
 * rows are refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"
#include "tests/evaluate.h"

#include <math.h>
#include <string.h>

/* ---- What a rule's names stand for in a test ---- */

typedef enum
{
  DRAW_REALS,
  DRAW_SMALL,    /* 0.2 .. 0.9 */
  DRAW_NEGATIVE, /* -2 .. -0.2 */
  DRAW_SPECIAL,
  DRAW_NAN,
  N_DRAWS,
} Draw;

typedef struct
{
  WeftGraph  *graph;
  WeftScope  *scope;
  GHashTable *inputs;
} Sample;

static double
draw (Draw kind, guint value, gint64 index)
{
  static const double special[] = { 0.0, -0.0, 1, -1, INFINITY, -INFINITY, NAN, 1e300,
                                    -1e300, 1e-300, 800, -800, 0.5, -2, 3, 40 };

  switch (kind)
    {
    case DRAW_REALS:
      return g_test_rand_double_range (-3, 3);
    case DRAW_SMALL:
      return g_test_rand_double_range (0.2, 0.9);
    case DRAW_NEGATIVE:
      return g_test_rand_double_range (-2, -0.2);
    case DRAW_SPECIAL:
      return special[(index * (2 * value + 1) + 5 * value) % G_N_ELEMENTS (special)];
    case DRAW_NAN:
      return NAN;
    case N_DRAWS:
      break;
    }
  g_assert_not_reached ();
}

static gboolean
guard_names (const char *guard, const char *kind, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (guard != NULL ? guard : "", ";", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (parts[i]), " ", -1);

      if (g_strcmp0 (words[0], kind) == 0 &&
          g_strv_contains ((const char *const *) words + 1, name))
        return TRUE;
    }
  return FALSE;
}

/* Rows of what @name stands for, added to zeros at three places, two of them the same. */
static void
scatter (Sample *sample, const char *name)
{
  g_autofree char *text =
    g_strdup_printf ("getitem_back(%s[[1, 2, 3]], %s[[0, 2, 0]])", name, name);
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, NULL);
  g_autoptr (GError) error = NULL;
  WeftValue *value = weft_expr_build_value (expr, sample->graph, sample->scope, &error);

  g_assert_no_error (error);
  weft_scope_set_value (sample->scope, name, value);
}

/* Binds value number @index of @rule. @narrow: operands after the first have one axis less. */
static void
bind_value (Sample *sample, const WeftRule *rule, guint index, Draw kind, gboolean narrow)
{
  const char *name = rule->pattern.values[index], *guard = rule->info.guard;
  gboolean    constant =
    guard_names (guard, "constant", name) || guard_names (guard, "power-of-two", name);
  WeftType   type = { WEFT_F64, FALSE, { 0 } };
  WeftValue *value;
  WeftArray *array;
  gint64     dims[WEFT_MAX_RANK];

  type.shape = weft_shape (2, 4, 4);
  if (narrow && index > 0 && !guard_names (guard, "matrix", name) &&
      !guard_names (guard, "scattered", name))
    type.shape = weft_shape (1, 4);
  if (guard_names (guard, "scalar", name) || guard_names (guard, "single", name) ||
      guard_names (guard, "rate", name) || constant)
    type.shape = weft_shape (0);
  if (g_str_has_prefix (rule->info.pattern, "reshape(squeeze"))
    type.shape = weft_shape (2, 1, 16);
  if (guard_names (guard, "bool", name))
    type.dtype = WEFT_BOOL;
  if (guard_names (guard, "finite", name) || guard_names (guard, "kept-by-cast", name))
    type.dtype = WEFT_I32;
  g_assert_true (weft_shape_resolve (&type.shape, NULL, dims));
  array = weft_array_new (WEFT_F64, type.shape.rank, dims);
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = draw (guard_names (guard, "rate", name) ? DRAW_SMALL : kind, index, i);

      if (type.dtype == WEFT_BOOL)
        x = x > 0.3;
      else if (type.dtype == WEFT_I32)
        x = isfinite (x) && fabs (x) < 100 ? round (3 * x) : 7;
      else if (guard_names (guard, "power-of-two", name))
        x = 0.25;
      else if (constant)
        x = 1.75 + index;
      weft_array_set (array, i, x);
    }
  value = constant ? weft_graph_constant (sample->graph, array)
                   : weft_graph_input (sample->graph, name, &type);
  g_hash_table_insert (sample->inputs, (gpointer) name, array);
  if (guard_names (guard, "nonnegative", name))
    value = weft_graph_op (sample->graph, "exp", value, NULL);
  weft_scope_set_value (sample->scope, name, value);
  if (guard_names (guard, "scattered", name))
    scatter (sample, name);
}

static const char *
attr_text (const WeftRule *rule, guint index)
{
  const char *pattern = rule->info.pattern;
  gboolean    second = g_str_equal (rule->pattern.attrs[index], "b");

  switch (rule->pattern.attr_kinds[index])
    {
    case WEFT_ATTR_BOOL:
      return "True";
    case WEFT_ATTR_INT:
      return "-1";
    case WEFT_ATTR_FLOAT:
      return "0.5";
    case WEFT_ATTR_DTYPE:
      return second ? "'f32'" : "'f64'";
    case WEFT_ATTR_AXES:
      if (guard_names (rule->info.guard, "in-order", rule->pattern.attrs[index]))
        return "(0, 1)";
      return strstr (pattern, "transpose") != NULL ? "(1, 0)" : "(0,)";
    case WEFT_ATTR_SHAPE:
      if (strstr (pattern, "broadcast_to(broadcast_to") != NULL)
        return second ? "(3, 2, 4, 4)" : "(2, 4, 4)";
      return g_str_equal (rule->pattern.attrs[index], "a") ? "(16,)" : second ? "(2, 8)"
                                                                              : "(4, 4)";
    case WEFT_ATTR_NONE:
    case WEFT_ATTR_DIM:
    case WEFT_ATTR_STRING:
    case WEFT_ATTR_INDEX:
    case WEFT_ATTR_BODY:
      break;
    }
  g_test_message ("%s: give this kind of attribute a sample", rule->info.name);
  g_assert_not_reached ();
}

static void
bind_attr (Sample *sample, const WeftRule *rule, guint index)
{
  g_autoptr (GError) error = NULL;
  WeftAttr attr;

  if (rule->pattern.attr_kinds[index] == WEFT_ATTR_DTYPE)
    attr = weft_attr_dtype (g_str_equal (rule->pattern.attrs[index], "b") ? WEFT_F32 : WEFT_F64);
  else
    {
      g_autoptr (WeftExpr) expr = weft_expr_parse (attr_text (rule, index), &error);

      g_assert_no_error (error);
      weft_expr_build_attr (expr, sample->graph, sample->scope, rule->pattern.attr_kinds[index],
                            &attr, &error);
      g_assert_no_error (error);
    }
  weft_scope_set_attr (sample->scope, rule->pattern.attrs[index], &attr);
}

static WeftValue *
sample_new (Sample *sample, const WeftRule *rule, Draw kind, gboolean narrow)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) pattern = weft_expr_parse (rule->info.pattern, &error);
  WeftValue *value;

  g_assert_no_error (error);
  sample->graph = weft_graph_new ();
  sample->scope = weft_scope_new ();
  sample->inputs =
    g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) weft_array_unref);
  for (guint i = 0; i < rule->pattern.n_values; i++)
    bind_value (sample, rule, i, kind, narrow);
  for (guint i = 0; i < rule->pattern.n_attrs; i++)
    bind_attr (sample, rule, i);
  value = weft_expr_build_value (pattern, sample->graph, sample->scope, &error);
  g_assert_no_error (error);
  /* A text drops a cast that does nothing; a document need not. */
  if (g_str_equal (rule->info.name, "cast-same"))
    {
      WeftAttr attr = weft_attr_dtype (WEFT_F64);

      value = weft_graph_apply (sample->graph, weft_op_find ("cast"), 1, &value, &attr, &error);
      g_assert_no_error (error);
    }
  return value;
}

static void
sample_clear (Sample *sample)
{
  g_hash_table_unref (sample->inputs);
  weft_scope_free (sample->scope);
  weft_graph_free (sample->graph);
}

/* ---- Proofs ---- */

/* Relative; a few roundings of double, times what a rule of this table may amplify (expm1 at 0.2:
 * 5; tanh at 0.01: 100). */
#define TOLERANCE 1e-12

static gboolean
agree (double left, double right, gboolean exact, Draw kind)
{
  if (isnan (left) && isnan (right))
    return TRUE;
  if (exact)
    return memcmp (&left, &right, sizeof left) == 0;
  if (kind == DRAW_NAN)
    return isnan (left) == isnan (right);
  if (!isfinite (left))
    return TRUE;
  return fabs (left - right) <= TOLERANCE * MAX (1, fabs (left));
}

/* Whether both sides of @rule agree where @kind draws the operands; @n_finite counts what was
 * compared. */
static gboolean
prove (const WeftRule *rule, Draw kind, gboolean narrow, guint *n_finite)
{
  Sample     sample;
  WeftValue *value = sample_new (&sample, rule, kind, narrow), *result;
  g_autoptr (WeftRewrite) journal = NULL;
  g_autoptr (WeftArray) left = NULL;
  g_autoptr (WeftArray) right = NULL;
  g_autoptr (GError) error = NULL;
  const WeftRewriteStep *steps;
  gboolean               fine = TRUE;
  guint                  n, n_fired = 0;

  /* What stands twice in a pattern is one value only after a merge. */
  weft_rewrite_with (sample.graph, (WeftRule[]){ { .info.name = "merge" }, *rule }, 2, 1, &value,
                     NULL, &result, &journal);
  steps = weft_rewrite_steps (journal, &n);
  for (guint i = 0; i < n; i++)
    n_fired += g_str_equal (steps[i].rule, rule->info.name);
  if (n_fired == 0)
    g_test_message ("%s did not fire on its own pattern", rule->info.name);
  g_assert_cmpuint (n_fired, >=, 1);
  g_assert_true (weft_type_equal (&value->type, &result->type));
  g_assert_true (weft_graph_check (sample.graph, 1, &result, &error));
  left = evaluate (sample.graph, value, sample.inputs);
  right = evaluate (sample.graph, result, sample.inputs);
  g_assert_cmpint (left->n_elements, ==, right->n_elements);
  for (gint64 i = 0; i < left->n_elements; i++)
    {
      double a = weft_array_get (left, i), b = weft_array_get (right, i);

      *n_finite += isfinite (a) != 0;
      if (!agree (a, b, rule->info.exact, kind))
        {
          g_test_message ("%s: element %d is %.17g, rewritten %.17g", rule->info.name, (int) i, a,
                          b);
          fine = FALSE;
        }
    }
  sample_clear (&sample);
  return fine;
}

static gboolean
is_elementwise (const WeftRule *rule)
{
  for (guint i = 0; i < rule->pattern.n_nodes; i++)
    if (rule->pattern.nodes[i].kind == WEFT_PATTERN_OP &&
        !(rule->pattern.nodes[i].op->traits & WEFT_TRAIT_ELEMENTWISE))
      return FALSE;
  return TRUE;
}

static void
test_rule_values (gconstpointer data)
{
  const WeftRule *rule = data;
  guint           n_finite = 0;

  for (Draw kind = DRAW_REALS; kind <= DRAW_NEGATIVE; kind++)
    for (guint narrow = 0; narrow < 2; narrow++)
      g_assert_true (prove (rule, kind, narrow, &n_finite));
  /* At least one of the three ranges gives numbers to compare. */
  g_assert_cmpuint (n_finite, >=, 4);
}

static void
test_rule_special (gconstpointer data)
{
  const WeftRule *rule = data;
  guint           n_finite = 0;

  g_assert_true (prove (rule, DRAW_NAN, FALSE, &n_finite));
  if (is_elementwise (rule))
    g_assert_true (prove (rule, DRAW_SPECIAL, FALSE, &n_finite));
}

static void
test_rule_off (gconstpointer data)
{
  const WeftRule *rule = data;
  const char     *without[] = { rule->info.name, NULL };
  Sample          sample;
  WeftValue      *value = sample_new (&sample, rule, DRAW_SMALL, FALSE), *result;
  g_autoptr (WeftRewrite) journal = NULL;
  const WeftRewriteStep *steps;
  guint                  n;

  weft_rewrite (sample.graph, 1, &value, without, &result, &journal);
  steps = weft_rewrite_steps (journal, &n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpstr (steps[i].rule, !=, rule->info.name);
  sample_clear (&sample);
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

/* The proof must catch a rule that is wrong. */
static void
test_planted_rule (void)
{
  static const struct
  {
    const char *pattern, *replacement;
    gboolean    exact;
    Draw        kind;
  } planted[] = {
    { "exp(-x)", "exp(x)", FALSE, DRAW_REALS },
    { "sqrt(square(x))", "x", FALSE, DRAW_REALS },
    { "x ** 3", "square(x)", FALSE, DRAW_REALS },
    { "exp(x) - 1", "expm1(x)", TRUE, DRAW_SMALL },
    { "x + 0", "x", TRUE, DRAW_SPECIAL },
    { "maximum(x, 0)", "abs(x)", FALSE, DRAW_REALS },
    { "x * 0", "0", FALSE, DRAW_NAN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (planted); i++)
    {
      WeftRuleRow row = { "planted",
                          planted[i].pattern,
                          planted[i].replacement,
                          NULL,
                          "a planted mistake",
                          0,
                          planted[i].exact,
                          "test.def",
                          1 };
      WeftRule    rule = { 0 };
      g_autoptr (GError) error = NULL;
      guint n_finite = 0;

      g_assert_true (weft_rule_compile (&row, &rule, &error));
      g_assert_no_error (error);
      g_assert_false (prove (&rule, planted[i].kind, FALSE, &n_finite));
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
      } tests[] = { { "values", test_rule_values },
                    { "special", test_rule_special },
                    { "off", test_rule_off } };

      for (guint k = 0; rules[i].pattern.n_nodes > 0 && k < G_N_ELEMENTS (tests); k++)
        {
          g_autofree char *path =
            g_strdup_printf ("/engine/rule/%s/%s", rules[i].info.name, tests[k].name);

          g_test_add_data_func (path, &rules[i], tests[k].func);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  add_rule_tests ();
  g_test_add_func ("/engine/rules/table", test_table);
  g_test_add_func ("/engine/rules/wrong-rows", test_wrong_rows);
  g_test_add_func ("/engine/rules/same-name-twice", test_same_name_twice);
  g_test_add_func ("/engine/rules/planted-rule", test_planted_rule);
  g_test_add_func ("/engine/rules/oscillation", test_oscillation);
  return g_test_run ();
}
