/* What people are told of steps: guards, bindings, formulas, why a rule did not fire, and which
 * step is the same one after an edit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/history.h"
#include "tests/graph-tools.h"

#include <string.h>

/* Of @text over x, y, z (4, 4), n (whole numbers) and s (one number); each op comes from node 1 on,
 * in order. */
static WeftHistory *
history_of (const char *text, const char *const *without)
{
  static const char *const names[] = { "x", "y", "z" };
  WeftGraph               *graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_auto (GStrv) parts = g_strsplit (text, "; ", -1);
  WeftValue *value = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    bind_input (graph, scope, names[i], WEFT_F32, 2, (gint64[]){ 4, 4 });
  bind_input (graph, scope, "n", WEFT_I32, 2, (gint64[]){ 4, 4 });
  bind_input (graph, scope, "s", WEFT_F32, 0, NULL);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("v%u", i + 1);

      weft_graph_push_origin (graph, i + 1);
      value = build_value (graph, scope, parts[i]);
      weft_graph_pop_origin (graph);
      weft_scope_set_value (scope, name, value);
    }
  return weft_history_new (graph, 1, &value, NULL, without, NULL);
}

static guint
find_step (WeftHistory *history, const char *rule)
{
  for (guint i = 1; i <= weft_history_n_steps (history); i++)
    if (g_str_equal (weft_history_get_step (history, i)->rule, rule))
      return i;
  g_test_message ("%s did not fire", rule);
  g_assert_not_reached ();
}

/* The application of @op after step 0. */
static guint
find_apply (WeftHistory *history, const char *op)
{
  g_autoptr (WeftCursor) cursor = weft_cursor_new (history);

  for (guint i = 0; i < weft_history_n_applies (history); i++)
    if (weft_cursor_has (cursor, i) && g_str_equal (weft_history_apply (history, i)->op->name, op))
      return i;
  g_assert_not_reached ();
}

/* ---- Formulas ---- */

static void
test_formulas (void)
{
  static const char *const cases[][4] = {
    { "log(softmax(tanh(x) @ y))", "log-softmax", "log(softmax(x))", "log_softmax(x)" },
    { "log(softmax(y))", "log-softmax", "log(softmax(y))", "log_softmax(y)" },
    { "sin(x) * 1", "mul-one", "x * 1.0", "x" },
    { "(x @ y) + 0", "add-zero", "x + 0.0", "x" },
    { "sin(x + y) + cos(x + y)", "merge", "x + y", "x + y" },
    { "x + sqrt(4.0)", "fold", "sqrt(4.0)", "2.0" },
    { "exp(x) / sum(exp(x), 1, True)", "softmax", "exp(x) / sum(exp(x), axis=1, keepdims=True)",
      "softmax(x, axis=1)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WeftHistory) history = history_of (cases[i][0], NULL);
      g_autofree char *before = NULL, *after = NULL;

      weft_history_formulas (history, find_step (history, cases[i][1]), 30, &before, &after);
      g_test_message ("%s: %s -> %s", cases[i][0], before, after);
      g_assert_cmpstr (before, ==, cases[i][2]);
      g_assert_cmpstr (after, ==, cases[i][3]);
    }
}

/* Both sides of every step of something large name each operand alike, and never fail. */
static void
test_all_formulas (void)
{
  g_autoptr (WeftHistory) history = history_of (
    "scan(lambda a, h: h * 1 + log(softmax(a @ y + 0)), x, x[0]) + log(1 + exp(x * 1)) * (x ** 2)",
    NULL);

  for (guint i = 0; i <= weft_history_n_steps (history) + 1; i++)
    {
      g_autofree char *before = NULL, *after = NULL;
      g_autoptr (GPtrArray) guards = weft_history_guards (history, i);
      g_autoptr (GPtrArray) bindings = weft_history_bindings (history, i);

      weft_history_formulas (history, i, 12, &before, &after);
      g_test_message ("%u: %s -> %s", i, before, after);
      g_assert_nonnull (before);
      g_assert_nonnull (after);
      if (i == 0 || i > weft_history_n_steps (history))
        g_assert_cmpuint (guards->len + bindings->len + strlen (before), ==, 0);
    }
}

/* ---- Bindings and guards ---- */

static void
test_bindings (void)
{
  g_autoptr (WeftHistory) history = history_of ("log(softmax(tanh(x), 0)) * y", NULL);
  guint step = find_step (history, "log-softmax");
  g_autoptr (GPtrArray) bindings = weft_history_bindings (history, step);
  const WeftBindingText *x = g_ptr_array_index (bindings, 0),
                        *axis = g_ptr_array_index (bindings, 1);

  g_assert_cmpuint (bindings->len, ==, 2);
  g_assert_cmpstr (x->name, ==, "x");
  g_assert_cmpuint (x->value, ==, weft_history_get_step (history, step)->bound[0]);
  g_assert_cmpstr (x->text, ==, "tanh(x)");
  g_assert_cmpstr (axis->name, ==, "axis");
  g_assert_cmpuint (axis->value, ==, G_MAXUINT);
  g_assert_cmpstr (axis->text, ==, "0");
}

/* Every guard of every step that fired says that it holds, in a sentence that names what it is
 * about. */
static void
test_guards (void)
{
  g_autoptr (WeftHistory) history =
    history_of ("(n * 0) + (n - n); sum(v1 * 1) + sum(x * s)", NULL);
  guint n_guards = 0;

  for (guint i = 1; i <= weft_history_n_steps (history); i++)
    {
      g_autoptr (GPtrArray) guards = weft_history_guards (history, i);

      for (guint k = 0; k < guards->len; k++, n_guards++)
        {
          const WeftGuardValue *guard = g_ptr_array_index (guards, k);

          g_test_message ("%s: %s: %s", weft_history_get_step (history, i)->rule, guard->condition,
                          guard->value);
          g_assert_cmpuint (strlen (guard->condition), >, 0);
          g_assert_cmpuint (strlen (guard->value), >, 0);
        }
    }
  g_assert_cmpuint (n_guards, >, 0);
}

/* ---- Why not ---- */

typedef struct
{
  const char *text, *rule, *op; /* op NULL: anywhere */
  const char *said;             /* part of the sentence */
} Question;

static void
test_why_not (void)
{
  static const Question questions[] = {
    { "log(exp(x) + y)", "log-softmax", "log", "softmax where exp(x) + y stands" },
    { "log(softmax(x))", "log-softmax", "log", "It did, in step" },
    { "sin(x)", "log-softmax", "sin", "log where sin(x) stands" },
    { "sin(x)", "log-softmax", NULL, "There is no log" },
    { "log(tanh(x)) + log(sin(y))", "log-softmax", NULL, "It comes nearest at log(" },
    { "x * 0", "mul-zero", "mul", "finite x" },
    { "x * 3", "mul-one", "mul", "the number 1" },
    { "x * y", "mul-self", "mul", "one value" },
    { "softmax(x, 0) @ y; argmax(softmax(v1, 0), 0)", "argmax-softmax", "argmax", "axis=0" },
    { "sin(x) + cos(x)", "merge", "sin", "There is no other sin" },
    { "sin(x) + sin(y)", "merge", "sin", "No other sin reads the same values" },
    { "sin(x)", "fold", "sin", "x is not known" },
    { "sin(x)", "inside", "sin", "about loops and choices" },
    { "sin(x)", "loop-hoist", NULL, "no loop or choice in this graph" },
    { "scan(lambda a, h: sin(a + h), x, x[0])", "loop-hoist", NULL, "nothing to do" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    {
      const Question *question = &questions[i];
      g_autoptr (WeftHistory) history = history_of (question->text, NULL);
      g_autoptr (WeftCursor) cursor = weft_cursor_new (history);
      g_autofree char *said =
        weft_cursor_why_not (cursor, question->rule,
                             question->op != NULL ? find_apply (history, question->op) : G_MAXUINT);

      g_test_message ("%s: %s? %s", question->text, question->rule, said);
      g_assert_nonnull (said);
      if (strstr (said, question->said) == NULL)
        g_test_fail ();
    }
}

static void
test_why_not_off (void)
{
  g_autoptr (WeftHistory) history =
    history_of ("log(softmax(x))", (const char *const[]){ "log-softmax", NULL });
  g_autoptr (WeftCursor) cursor = weft_cursor_new (history);
  g_autofree char *said = weft_cursor_why_not (cursor, "log-softmax", find_apply (history, "log"));

  g_assert_nonnull (strstr (said, "switched off"));
  g_assert_null (weft_cursor_why_not (cursor, "no-such-rule", G_MAXUINT));
}

/* Every rule can be asked about everywhere, at every step. */
static void
test_why_not_everything (void)
{
  g_autoptr (WeftHistory) history =
    history_of ("log(softmax(x * 1)); sum(v1 * y) / 4 + mean(x.T @ y) ** 2", NULL);
  g_autoptr (WeftCursor) cursor = weft_cursor_new (history);

  for (guint i = 0; i < weft_rule_count (); i++)
    for (guint step = 0; step <= weft_history_n_steps (history); step += 2)
      {
        g_autoptr (GArray) order = NULL;

        weft_cursor_go (cursor, step);
        order = weft_cursor_order (cursor);
        for (guint k = 0; k < order->len; k++)
          {
            g_autofree char *said = weft_cursor_why_not (cursor, weft_rule_get (i)->name,
                                                         g_array_index (order, guint, k));

            g_assert_cmpuint (strlen (said), >, 10);
          }
      }
}

/* ---- The same step ---- */

static void
test_same_step (void)
{
  g_autoptr (WeftHistory) old =
    history_of ("log(softmax(x * 1)); v1 * y; log(softmax(v2 + 0))", NULL);
  g_autoptr (WeftHistory) now =
    history_of ("log(softmax(x * 1)); v1 * y + 0; log(softmax(v2 + 0))", NULL);
  g_autoptr (WeftHistory) less =
    history_of ("log(tanh(x * 1)); v1 * y; log(softmax(v2 + 0))", NULL);
  guint second = 0;

  for (guint i = 1; i <= weft_history_n_steps (old); i++)
    {
      const WeftRewriteStep *step = weft_history_get_step (old, i);
      guint                  found = weft_history_same_step (now, old, i);

      g_assert_cmpuint (weft_history_same_step (old, old, i), ==, i);
      g_assert_cmpuint (found, >, 0);
      g_assert_cmpstr (weft_history_get_step (now, found)->rule, ==, step->rule);
      if (g_str_equal (step->rule, "log-softmax"))
        {
          second = i;
          g_assert_true (weft_history_apply (now, weft_history_get_step (now, found)->matched[0])
                           ->origins->nodes[0] ==
                         weft_history_apply (old, step->matched[0])->origins->nodes[0]);
        }
    }
  g_assert_cmpuint (second, >, 0);
  g_assert_cmpuint (weft_history_same_step (now, old, 0), ==, 0);
  /* The first log-softmax is no more: the nearest before it. */
  g_assert_cmpuint (weft_history_same_step (less, old, find_step (old, "log-softmax")), <,
                    weft_history_same_step (less, old, second));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/explain/formulas", test_formulas);
  g_test_add_func ("/engine/explain/formulas-of-everything", test_all_formulas);
  g_test_add_func ("/engine/explain/bindings", test_bindings);
  g_test_add_func ("/engine/explain/guards", test_guards);
  g_test_add_func ("/engine/explain/why-not", test_why_not);
  g_test_add_func ("/engine/explain/why-not-off", test_why_not_off);
  g_test_add_func ("/engine/explain/why-not-everything", test_why_not_everything);
  g_test_add_func ("/engine/explain/same-step", test_same_step);
  return g_test_run ();
}
