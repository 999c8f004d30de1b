/* Rewriting: every rule fires on its own pattern and keeps the value; wrong rows are refused; whole graphs keep their values;
 * the journal, origins, and cost.
 *
 * Values are compared in double, op by op, by the rows' references: neither the compiler nor the kernels take part.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"
#include "engine/rewrite/rewrite-private.h"

#include <math.h>
#include <string.h>

/* ---- Evaluation ---- */

static double
element_at (const WeftArray *array, guint rank, const gint64 *shape, gint64 index)
{
  gint64 position = 0, stride = 1;

  for (guint i = 0; i < rank; i++)
    {
      gint64 at = index % shape[rank - 1 - i];

      index /= shape[rank - 1 - i];
      if (i >= array->rank)
        continue;
      position += array->shape[array->rank - 1 - i] == 1 ? 0 : at * stride;
      stride *= array->shape[array->rank - 1 - i];
    }
  return weft_array_get (array, position);
}

static void
evaluate_elementwise (const WeftApply *apply, WeftArray *const *inputs, WeftArray *output)
{
  gboolean  fold = (apply->op->traits & WEFT_TRAIT_VARIADIC) != 0;
  WeftDType dtype = apply->inputs[apply->op->traits & WEFT_TRAIT_CONDITION ? 1 : 0]->type.dtype;
  double    numbers[2] = { 0 };
  guint     n = 0;

  for (guint i = 0; i < apply->op->n_attrs && n < 2; i++)
    if (apply->attrs[i].kind == WEFT_ATTR_FLOAT)
      numbers[n++] = apply->attrs[i].f;
  for (gint64 i = 0; i < output->n_elements; i++)
    {
      double x[8] = { 0 };
      double y;

      for (guint k = 0; k < apply->n_inputs; k++)
        x[k] = element_at (inputs[k], output->rank, output->shape, i);
      y = x[0];
      if (!fold)
        y = weft_op_scalar_reference (apply->op->id, dtype, x, numbers);
      for (guint k = 1; fold && k < apply->n_inputs; k++)
        y = weft_op_scalar_reference (apply->op->id, dtype, (double[]){ y, x[k] }, numbers);
      weft_array_set (output, i, y);
    }
}

static void
evaluate_apply (const WeftApply *apply, WeftArray **values)
{
  g_autofree WeftArray **inputs = g_new0 (WeftArray *, MAX (apply->n_inputs, 1));
  g_autofree WeftArray **outputs = g_new0 (WeftArray *, apply->n_outputs);
  gint64                 shape[WEFT_MAX_RANK];

  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = values[apply->inputs[i]->id];
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      g_assert_true (weft_shape_resolve (&apply->outputs[i].type.shape, NULL, shape));
      outputs[i] = values[apply->outputs[i].id] = weft_array_new (WEFT_F64, apply->outputs[i].type.shape.rank, shape);
    }
  if (g_str_equal (apply->op->name, "cast"))
    for (gint64 i = 0; i < outputs[0]->n_elements; i++)
      weft_array_set (outputs[0], i, weft_array_get (inputs[0], i));
  else if (apply->op->id < WEFT_N_ELEMENTWISE)
    evaluate_elementwise (apply, inputs, outputs[0]);
  else
    {
      g_assert_nonnull (apply->op->reference);
      apply->op->reference (apply, inputs, outputs);
    }
}

static gboolean
all_tame (const WeftArray *array)
{
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i);

      if (!isfinite (x) || fabs (x) > 1e6)
        return FALSE;
    }
  return TRUE;
}

/* @value in double; @inputs: name -> WeftArray. @tame (or NULL): whether no value on the way is large or not a number. */
static WeftArray *
evaluate_all (WeftGraph *graph, WeftValue *value, GHashTable *inputs, gboolean *tame)
{
  g_autoptr (GPtrArray) order = weft_graph_order (graph, 1, &value);
  guint                  n = 0;
  g_autofree WeftArray **values = NULL;
  WeftArray             *result;

  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      n = MAX (n, apply->outputs[apply->n_outputs - 1].id + 1);
    }
  values = g_new0 (WeftArray *, n);
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      if (apply->literal != NULL)
        values[apply->outputs[0].id] = weft_array_cast (apply->literal, WEFT_F64);
      else if (apply->n_inputs == 0)
        values[apply->outputs[0].id] = weft_array_ref (g_hash_table_lookup (inputs, apply->outputs[0].name));
      else
        evaluate_apply (apply, values);
    }
  result = weft_array_ref (values[value->id]);
  for (guint i = 0; i < n; i++)
    {
      if (tame != NULL && values[i] != NULL)
        *tame &= all_tame (values[i]);
      g_clear_pointer (&values[i], weft_array_unref);
    }
  return result;
}

static WeftArray *
evaluate (WeftGraph *graph, WeftValue *value, GHashTable *inputs)
{
  return evaluate_all (graph, value, inputs, NULL);
}

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
  static const double special[] = { 0.0, -0.0, 1, -1, INFINITY, -INFINITY, NAN, 1e300, -1e300, 1e-300, 800, -800, 0.5, -2, 3, 40 };

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

      if (g_strcmp0 (words[0], kind) == 0 && g_strv_contains ((const char *const *) words + 1, name))
        return TRUE;
    }
  return FALSE;
}

/* Binds value number @index of @rule. @narrow: operands after the first have one axis less. */
static void
bind_value (Sample *sample, const WeftRule *rule, guint index, Draw kind, gboolean narrow)
{
  const char *name = rule->pattern.values[index], *guard = rule->info.guard;
  gboolean    constant = guard_names (guard, "constant", name) || guard_names (guard, "power-of-two", name);
  WeftType    type = { WEFT_F64, FALSE, { 0 } };
  WeftValue  *value;
  WeftArray  *array;
  gint64      dims[WEFT_MAX_RANK];

  type.shape = weft_shape (2, 4, 4);
  if (narrow && index > 0 && !guard_names (guard, "matrix", name))
    type.shape = weft_shape (1, 4);
  if (guard_names (guard, "scalar", name) || guard_names (guard, "single", name) || constant)
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
      double x = draw (kind, index, i);

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
  value = constant ? weft_graph_constant (sample->graph, array) : weft_graph_input (sample->graph, name, &type);
  g_hash_table_insert (sample->inputs, (gpointer) name, array);
  if (guard_names (guard, "nonnegative", name))
    value = weft_graph_op (sample->graph, "exp", value, NULL);
  weft_scope_set_value (sample->scope, name, value);
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
      weft_expr_build_attr (expr, sample->graph, sample->scope, rule->pattern.attr_kinds[index], &attr, &error);
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
  sample->inputs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) weft_array_unref);
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

/* Relative; a few roundings of double, times what a rule of this table may amplify (expm1 at 0.2: 5; tanh at 0.01: 100). */
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

/* Whether both sides of @rule agree where @kind draws the operands; @n_finite counts what was compared. */
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
  weft_rewrite_with (sample.graph, (WeftRule[]){ { .info.name = "merge" }, *rule }, 2, 1, &value, NULL, &result, &journal);
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
          g_test_message ("%s: element %d is %.17g, rewritten %.17g", rule->info.name, (int) i, a, b);
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
    if (rule->pattern.nodes[i].kind == WEFT_PATTERN_OP && !(rule->pattern.nodes[i].op->traits & WEFT_TRAIT_ELEMENTWISE))
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
      WeftRuleRow row = { "planted", wrong[i].pattern, wrong[i].replacement, wrong[i].guard, "a planted mistake", 0, TRUE, "test.def", 12 };
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
  WeftRuleRow rows[] = { { "twin", "-(-x)", "x", NULL, "first", 0, TRUE, "test.def", 1 }, { "twin", "x * 1", "x", NULL, "second", 0, TRUE, "test.def", 2 } };
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
      WeftRuleRow row = { "planted", planted[i].pattern, planted[i].replacement, NULL, "a planted mistake", 0, planted[i].exact, "test.def", 1 };
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
  static const char *const texts[2][3] = { { "one-way", "sin(x)", "cos(x)" }, { "the-other", "cos(x)", "sin(x)" } };
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

/* Rewrites @text over the inputs x, y, z, each (4, 4). */
static Case
rewrite_text (const char *text, const char *const *without)
{
  Case     c = { weft_graph_new () };
  WeftType type = float_type ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);

  g_assert_no_error (error);
  for (const char *name = "xyz"; *name != '\0'; name++)
    {
      g_autofree char *one = g_strndup (name, 1);

      weft_scope_set_value (scope, one, weft_graph_input (c.graph, one, &type));
    }
  c.value = weft_expr_build_value (expr, c.graph, scope, &error);
  g_assert_no_error (error);
  weft_rewrite (c.graph, 1, &c.value, without, &c.result, &c.journal);
  return c;
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
      Case             c = rewrite_text (forms[i][0], NULL);
      g_autofree char *text = weft_value_to_expression (c.result, 50);

      g_test_message ("%s -> %s", forms[i][0], text);
      if (forms[i][1] != NULL)
        {
          Case             wanted = rewrite_text (forms[i][1], (const char *const[]){ "merge", NULL });
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
  g_autoptr (WeftExpr) expr = weft_expr_parse ("mean(log(softmax(x * 1 + zeros(3))) * y.shape[0]) + sum(zeros((y.shape[0], 3)) * 0)", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  WeftType         type = { WEFT_F32, FALSE, weft_shape (2, 3, 3) };
  WeftValue       *value, *result;

  type.shape.dims[0] = weft_dim_named ("batch");
  weft_scope_set_value (scope, "x", weft_graph_input (graph, "x", &type));
  weft_scope_set_value (scope, "y", weft_graph_input (graph, "y", &type));
  value = weft_expr_build_value (expr, graph, scope, &error);
  g_assert_no_error (error);
  weft_rewrite (graph, 1, &value, NULL, &result, NULL);
  g_assert_true (weft_type_equal (&value->type, &result->type));
  g_assert_true (weft_graph_check (graph, 1, &result, &error));
  text = weft_value_to_expression (result, 100);
  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, "log_softmax"));
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

static void
test_journal (void)
{
  Case                   c = rewrite_text ("log(softmax(x + 0)) * y", NULL);
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
  g_assert_cmpstr (weft_json_get_string (weft_json_at (weft_json_get (json, "steps"), 1), "rule", ""), ==, "log-softmax");
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
  g_assert_cmpstr (result->apply->op->name, ==, "log_softmax");
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
  static const char *const unary[] = { "neg", "exp", "log", "sqrt", "square", "abs", "sigmoid", "relu", "tanh", "softplus", "reciprocal", "log1p", "expm1",
                                       "softmax", "log_softmax", "transpose", "identity", "stop_gradient", "logical_not" };
  static const char *const binary[] = { "add", "sub", "mul", "div", "maximum", "minimum", "matmul", "lt", "eq" };
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
      op = weft_op_find (g_test_rand_int_range (0, 3) == 0 ? unary[g_test_rand_int_range (0, G_N_ELEMENTS (unary) - (exact ? 0 : 1))]
                                                           : binary[g_test_rand_int_range (0, G_N_ELEMENTS (binary) - (exact ? 0 : 2))]);
      value = weft_graph_apply (graph, op, op->n_inputs, operands, NULL, NULL);
      if (value != NULL)
        g_ptr_array_add (values, value);
    }
  return weft_graph_strong (graph, g_ptr_array_index (values, values->len - 1));
}

/* Relative change of the inputs whose effect measures how much a graph amplifies roundings. */
#define NUDGE 1e-12

/* How far each element of @value moves when the inputs do, at most, in some tries. */
static WeftArray *
sensitivity (WeftGraph *graph, WeftValue *value, GHashTable *inputs, const WeftArray *at)
{
  WeftArray *result = weft_array_new (WEFT_F64, at->rank, at->shape);

  for (guint trial = 0; trial < 6; trial++)
    {
      g_autoptr (GHashTable) nudged = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) weft_array_unref);
      g_autoptr (WeftArray) moved = NULL;
      GHashTableIter iter;
      gpointer       name, array;

      g_hash_table_iter_init (&iter, inputs);
      while (g_hash_table_iter_next (&iter, &name, &array))
        {
          WeftArray *copy = weft_array_copy (array);

          for (gint64 i = 0; i < copy->n_elements; i++)
            weft_array_set (copy, i, weft_array_get (copy, i) * (1 + g_test_rand_double_range (-NUDGE, NUDGE)));
          g_hash_table_insert (nudged, name, copy);
        }
      moved = evaluate (graph, value, nudged);
      for (gint64 i = 0; i < at->n_elements; i++)
        weft_array_set (result, i, fmax (weft_array_get (result, i), fabs (weft_array_get (moved, i) - weft_array_get (at, i))));
    }
  return result;
}

/* The graphs before and after agree: to the bit (NaN is NaN) where @exact, else where nothing on the way overflowed, to some thousand
 * times what a change of the inputs by a few thousand roundings does. */
static void
compare_graphs (WeftGraph *graph, WeftValue *value, WeftValue *result, GHashTable *inputs, gboolean exact, guint *n_compared)
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
      gboolean fine = exact ? agree (a, b, TRUE, DRAW_REALS) : isnan (limit) || fabs (a - b) <= limit;

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
      g_autoptr (GHashTable) inputs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) weft_array_unref);
      g_autoptr (WeftRewrite) journal = NULL;
      g_autoptr (GError) error = NULL;
      WeftValue *value = random_graph (graph, inputs, exact), *result;
      guint      n;

      weft_rewrite (graph, 1, &value, (const char *const *) without->pdata, &result, &journal);
      weft_rewrite_steps (journal, &n);
      n_steps += n;
      g_assert_null (weft_rewrite_get_oscillation (journal));
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
      h = weft_graph_op (graph, i % 2 ? "tanh" : "sigmoid", weft_graph_op (graph, "matmul", h, wrt[i], NULL), NULL);
    }
  cost = weft_graph_op (graph, "mean", weft_graph_op (graph, "log", weft_graph_op (graph, "softmax", h, NULL), NULL), NULL);
  weft_grad (graph, cost, NULL, NULL, 200, wrt, WEFT_DISCONNECTED_ERROR, outputs, &error);
  g_assert_no_error (error);
  outputs[200] = cost;
  weft_rewrite (graph, 201, outputs, NULL, results, &journal);
  weft_rewrite_get_counts (journal, &before, &after, &us);
  weft_rewrite_steps (journal, &n);
  g_test_message ("%u ops of a training graph to %u in %u steps: %.1f ms", before, after, n, us / 1000);
  g_assert_cmpuint (after, <, before);
  g_assert_true (weft_graph_check (graph, 201, results, &error));
  g_assert_no_error (error);
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
      } tests[] = { { "values", test_rule_values }, { "special", test_rule_special }, { "off", test_rule_off } };

      for (guint k = 0; rules[i].pattern.n_nodes > 0 && k < G_N_ELEMENTS (tests); k++)
        {
          g_autofree char *path = g_strdup_printf ("/engine/rule/%s/%s", rules[i].info.name, tests[k].name);

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
  g_test_add_func ("/engine/rewrite/table", test_table);
  g_test_add_func ("/engine/rewrite/wrong-rows", test_wrong_rows);
  g_test_add_func ("/engine/rewrite/same-name-twice", test_same_name_twice);
  g_test_add_func ("/engine/rewrite/planted-rule", test_planted_rule);
  g_test_add_func ("/engine/rewrite/oscillation", test_oscillation);
  g_test_add_func ("/engine/rewrite/forms", test_forms);
  g_test_add_func ("/engine/rewrite/merge", test_merge);
  g_test_add_func ("/engine/rewrite/random-stays", test_random_stays);
  g_test_add_func ("/engine/rewrite/named-dims", test_named_dims);
  g_test_add_func ("/engine/rewrite/not-finite-stays", test_not_finite_stays);
  g_test_add_func ("/engine/rewrite/journal", test_journal);
  g_test_add_func ("/engine/rewrite/origins", test_origins);
  g_test_add_data_func ("/engine/rewrite/random-graphs/exact", GINT_TO_POINTER (TRUE), test_random_graphs);
  g_test_add_data_func ("/engine/rewrite/random-graphs/real", GINT_TO_POINTER (FALSE), test_random_graphs);
  g_test_add_data_func ("/engine/rewrite/chain/10000", GUINT_TO_POINTER (10000), test_chain);
  g_test_add_data_func ("/engine/rewrite/chain/100000", GUINT_TO_POINTER (100000), test_chain);
  g_test_add_func ("/engine/rewrite/training-graph", test_training_graph);
  return g_test_run ();
}
