/* Graphs and the expression language: parsing, printing, errors, building, depth.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"

#include <string.h>

/* ---- Texts ---- */

/* @canonical: what the printer writes; NULL: the same text. */
static const struct
{
  const char *text, *canonical;
} texts[] = {
  { "x", NULL },
  { "1", NULL },
  { "1.5", NULL },
  { "1e-4 * sum(W**2)", "0.0001 * sum(W**2)" },
  { "softmax(dot(x, W) + b, axis=-1)", NULL },
  { "a+b*c", "a + b * c" },
  { "(a+b)*c", "(a + b) * c" },
  { "a-(b-c)", "a - (b - c)" },
  { "(a-b)-c", "a - b - c" },
  { "a/b/c", "a / b / c" },
  { "a/(b*c)", "a / (b * c)" },
  { "-x**2", "-x**2" },
  { "(-x)**2", NULL },
  { "2**-x", NULL },
  { "a**b**c", NULL },
  { "(a**b)**c", NULL },
  { "-a + b", NULL },
  { "-(a + b)", NULL },
  { "a * -b", NULL },
  { "not a == b", NULL },
  { "not (a and b)", NULL },
  { "a < b and c >= d or e", NULL },
  { "(a < b) & (c > d)", NULL },
  { "a | b ^ c & d << 2", NULL },
  { "~a", NULL },
  { "x.T @ y", NULL },
  { "(x @ y).T", NULL },
  { "x.sum(axis=0)", NULL },
  { "x.sum(axis=(0, 1), keepdims=True)", NULL },
  { "x.reshape(2, -1)", NULL },
  { "x[0]", NULL },
  { "x[1:]", NULL },
  { "x[:-1]", NULL },
  { "x[::2]", NULL },
  { "x[1:5:2, :, None, ...]", NULL },
  { "x[:, i]", NULL },
  { "x.shape[-1]", NULL },
  { "f()", NULL },
  { "(1, 2)", NULL },
  { "(1,)", NULL },
  { "()", NULL },
  { "[[1, 2], [3, 4]]", "((1, 2), (3, 4))" },
  { "x if c else y", NULL },
  { "a if b else c if d else e", NULL },
  { "(a if b else c) if d else e", NULL },
  { "pad(x, mode='edge')", NULL },
  { "pad(x, mode=\"edge\")", "pad(x, mode='edge')" },
  { "np.exp(x)", "exp(x)" },
  { "h = tanh(x)\nh * 2", NULL },
  { "v = mu*v - lr*g; p = p + v", "v = mu * v - lr * g\np = p + v" },
  { "a, b = divmod(x, y)\na", NULL },
  { "x # a comment\n\n", "x" },
  { "f(x,\n  y)", "f(x, y)" },
  { "σ * x", NULL },
  { "x\ny", NULL },
};

static void
assert_same_items (WeftExpr *a, WeftExpr *b)
{
  guint               n, m;
  const WeftExprItem *x = weft_expr_items (a, &n), *y = weft_expr_items (b, &m);

  g_assert_cmpuint (n, ==, m);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpint (x[i].kind, ==, y[i].kind);
      g_assert_cmpstr (x[i].name, ==, y[i].name);
      g_assert_cmpuint (x[i].n_args, ==, y[i].n_args);
      g_assert_cmpfloat (x[i].number, ==, y[i].number);
    }
}

static void
test_texts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftExpr) expr = weft_expr_parse (texts[i].text, &error);
      g_autoptr (WeftExpr) again = NULL;
      g_autofree char *printed = NULL;

      g_assert_no_error (error);
      printed = weft_expr_to_string (expr);
      g_assert_cmpstr (printed, ==,
                       texts[i].canonical != NULL ? texts[i].canonical : texts[i].text);
      again = weft_expr_parse (printed, &error);
      g_assert_no_error (error);
      assert_same_items (expr, again);
    }
}

static const struct
{
  const char *text, *message;
} wrong_texts[] = {
  { "", "1:1: expected an expression before the end of the text" },
  { "x +", "1:4: expected a value before the end of the text" },
  { "x + * y", "1:5: expected a value before \"*\"" },
  { "(x", "1:3: expected ) before the end of the text" },
  { "x)", "1:2: this ) closes nothing" },
  { "f(x]", "1:4: expected ) to close the bracket at 1:1" },
  { "x[0)", "1:4: expected ] to close the bracket at 1:2" },
  { "x y", "1:3: expected an operator before \"y\"" },
  { "2x", "1:2: expected an operator after the number" },
  { "x $ y", "1:3: unexpected character \"$\"" },
  { "f(a=1, b)", "1:9: a positional argument cannot follow a keyword argument" },
  { "a < b < c", "1:7: comparisons do not chain; write (a < b) and (b < c)" },
  { "x.", "1:3: expected a name after the dot before the end of the text" },
  { "x if c", "1:7: expected else before the end of the text" },
  { "True = 1", "1:1: True cannot be assigned to" },
  { "y = 1\nx = (2 +", "2:9: expected a value before the end of the text" },
  { "99999999999999999999", "1:1: this number is too large" },
  { "1e999", "1:1: this number is too large" },
  { "'abc", "1:1: expected a closing ' on this line" },
  { "x[]", "1:3: expected a value before \"]\"" },
  { "(x)(y)", "1:4: only a name can be called" },
  { "f(a=)", "1:5: expected a value before \")\"" },
  { "if", "1:1: expected a value before \"if\"" },
  { "\xff", "1:1: the text is not valid UTF-8" },
};

static void
test_wrong_texts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong_texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftExpr) expr = weft_expr_parse (wrong_texts[i].text, &error);

      g_assert_null (expr);
      g_assert_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_SYNTAX);
      g_assert_cmpstr (error->message, ==, wrong_texts[i].message);
    }
}

static void
test_names (void)
{
  g_autoptr (WeftExpr) expr =
    weft_expr_parse ("h = relu(x @ W)\ng = h + b * pi\ng * h + x.astype(f32)", NULL);
  const char **names = weft_expr_free_names (expr);

  g_assert_cmpstr (names[0], ==, "x");
  g_assert_cmpstr (names[1], ==, "W");
  g_assert_cmpstr (names[2], ==, "b");
  g_assert_null (names[3]);
  names = weft_expr_assigned_names (expr);
  g_assert_cmpstr (names[0], ==, "h");
  g_assert_cmpstr (names[1], ==, "g");
  g_assert_null (names[2]);
  g_assert_true (weft_expr_has_result (expr));
}

/* ---- Building ---- */

typedef struct
{
  WeftGraph *graph;
  WeftScope *scope;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *name;
    WeftDType   dtype;
    const char *dims[3];
  } inputs[] = {
    { "x", WEFT_F32, { "batch", "784" } },
    { "W", WEFT_F32, { "784", "128" } },
    { "b", WEFT_F32, { "128" } },
    { "s", WEFT_F32, { NULL } },
    { "i", WEFT_I32, { "batch" } },
    { "d", WEFT_F64, { "3", "4" } },
    { "m", WEFT_BOOL, { "3", "4" } },
    { "t", WEFT_F32, { "n", "m", "5" } },
  };

  fixture->graph = weft_graph_new ();
  fixture->scope = weft_scope_new ();
  for (guint i = 0; i < G_N_ELEMENTS (inputs); i++)
    {
      WeftType type = { inputs[i].dtype, FALSE, { 0 } };

      for (guint k = 0; k < 3 && inputs[i].dims[k] != NULL; k++)
        g_assert_true (weft_dim_parse (inputs[i].dims[k], &type.shape.dims[type.shape.rank++]));
      weft_scope_set_value (fixture->scope, inputs[i].name,
                            weft_graph_input (fixture->graph, inputs[i].name, &type));
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weft_scope_free (fixture->scope);
  weft_graph_free (fixture->graph);
}

static const struct
{
  const char *text, *type;
} typed[] = {
  { "x @ W + b", "f32 (batch, 128)" },
  { "x.T", "f32 (784, batch)" },
  { "x * 2", "f32 (batch, 784)" },
  { "i * 2", "i32 (batch,)" },
  { "i * 0.5", "f32 (batch,)" },
  { "i / 2", "f32 (batch,)" },
  { "d * 2.5", "f64 (3, 4)" },
  { "d + x[0, 0]", "f64 (3, 4)" },
  { "2", "i64 ()" },
  { "2.5", "f32 ()" },
  { "1 / 3", "f32 ()" },
  { "sqrt(2)", "f32 ()" },
  { "x > 0", "bool (batch, 784)" },
  { "m * 1", "i64 (3, 4)" },
  { "where(m, d, 0)", "f64 (3, 4)" },
  { "x.sum()", "f32 ()" },
  { "x.sum(axis=0)", "f32 (784,)" },
  { "x.sum(axis=-1, keepdims=True)", "f32 (batch, 1)" },
  { "x.mean(0)", "f32 (784,)" },
  { "x.reshape(-1, 28, 28)", "f32 (batch, 28, 28)" },
  { "x.reshape((x.shape[0] * 784,))", "f32 (784*batch,)" },
  { "x[0]", "f32 (784,)" },
  { "x[:, :10]", "f32 (batch, 10)" },
  { "x[:, None]", "f32 (batch, 1, 784)" },
  { "x[..., -1]", "f32 (batch,)" },
  { "t[1:]", "f32 (n-1, m, 5)" },
  { "x.astype(f64)", "f64 (batch, 784)" },
  { "float32(i)", "f32 (batch,)" },
  { "x.shape[0] * 2", "i64 ()" },
  { "x.ndim", "i64 ()" },
  { "x / x.size", "f32 (batch, 784)" },
  { "[[1, 2], [3, 4]]", "i64 (2, 2)" },
  { "d @ [1, 2, 3, 4]", "f64 (3,)" },
  { "x if True else W", "f32 (batch, 784)" },
  { "h = x @ W\nh + b", "f32 (batch, 128)" },
  { "concat((x, x), axis=0)", "f32 (2*batch, 784)" },
  { "x.transpose(1, 0)", "f32 (784, batch)" },
  { "d.T.shape[0] + 0 * s", "f32 ()" },
};

static void
test_types (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (typed); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftExpr) expr = weft_expr_parse (typed[i].text, &error);
      g_autofree char *type = NULL;
      WeftValue       *value;

      g_assert_no_error (error);
      value = weft_expr_build_value (expr, fixture->graph, fixture->scope, &error);
      if (error != NULL)
        g_error ("%s: %s", typed[i].text, error->message);
      type = weft_type_to_string (&value->type);
      if (g_strcmp0 (type, typed[i].type) != 0)
        g_error ("%s: is %s, expected %s", typed[i].text, type, typed[i].type);
      weft_graph_check (fixture->graph, 1, &value, &error);
      g_assert_no_error (error);
    }
}

static const struct
{
  const char *text, *part; /* the message has this part */
} untyped[] = {
  { "x @ b", "784 != 128" },
  { "x + b", "1:3: add: 784 != 128 (axis -1 of (batch, 784) and (128,))" },
  { "y", "1:1: there is no y here" },
  { "sofmax(x)", "there is no function sofmax; did you mean softmax?" },
  { "softmax(x, axs=0)", "did you mean axis?" },
  { "softmax()", "softmax: x is missing" },
  { "softmax(x, 0, 1)", "softmax: takes at most 2 arguments" },
  { "softmax(x, axis='a')", "softmax: axis needs" },
  { "x(1)", "x is a tensor and cannot be called" },
  { "x.foo", "a tensor has no .foo" },
  { "x.sum(axis=7)", "axis" },
  { "x[0, 0, 0]", "getitem: too many indices for (batch, 784)" },
  { "x[1.5]", "a number cannot be an index" },
  { "x[::0]", "the step of a slice must be" },
  { "x.shape[5]", "index 5 is outside a tuple of 2" },
  { "x << 1", "needs whole numbers or bools" },
  { "1 // 0", "division by zero" },
  { "y = x", "the last line must be an expression" },
  { "a, b, c = (1, 2)\na", "3 names for 2 values" },
  { "[[1, 2], [3]]", "equal lengths" },
  { "x + None", "needs a tensor or a number, got None" },
};

static void
test_type_errors (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (untyped); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftExpr) expr = weft_expr_parse (untyped[i].text, &error);

      g_assert_no_error (error);
      g_assert_null (weft_expr_build_value (expr, fixture->graph, fixture->scope, &error));
      g_assert_nonnull (error);
      if (strstr (error->message, untyped[i].part) == NULL)
        g_error ("%s: \"%s\" lacks \"%s\"", untyped[i].text, error->message, untyped[i].part);
    }
}

/* Graphs print as text that builds the same graph. */
static void
test_print (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse ("h = tanh(x @ W + b)\ny = softmax(h[:, 1:, None], "
                                               "axis=1) * [1.5, 2.5]\nsum(y, axis=(0, 2)) - 3",
                                               NULL);
  g_autoptr (GError) error = NULL;
  WeftValue       *value = weft_expr_build_value (expr, fixture->graph, fixture->scope, &error);
  WeftValue       *again;
  g_autofree char *text = NULL, *text_again = NULL, *one = NULL, *one_again = NULL;
  g_autoptr (WeftExpr) parsed = NULL;

  g_assert_no_error (error);
  text = weft_graph_to_string (fixture->graph, 1, &value);
  one = weft_value_to_expression (value, 100);
  parsed = weft_expr_parse (one, &error);
  g_assert_no_error (error);
  again = weft_expr_build_value (parsed, fixture->graph, fixture->scope, &error);
  g_assert_no_error (error);
  one_again = weft_value_to_expression (again, 100);
  g_assert_cmpstr (one, ==, one_again);
  g_clear_pointer (&parsed, weft_expr_unref);
  parsed = weft_expr_parse (text, &error);
  g_assert_no_error (error);
  weft_expr_build (parsed, fixture->graph, fixture->scope, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (weft_type_equal (&again->type, &value->type));
}

/* Names bound to numbers make a graph of numbers; replacements cut what they hide. */
static void
test_clone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse ("h = x @ W\nsum(h) / h.shape[0]", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftGraph) target = weft_graph_new ();
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  WeftValue *value = weft_expr_build_value (expr, fixture->graph, fixture->scope, &error);
  WeftValue *h = weft_scope_get (fixture->scope, "h")->value;
  WeftValue *copies[2], *both[2] = { h, value };
  WeftValue *stand_in;

  g_assert_no_error (error);
  weft_bindings_set (bindings, "batch", 32);
  g_assert_true (
    weft_graph_clone (fixture->graph, target, 2, both, NULL, bindings, copies, &error));
  g_assert_no_error (error);
  g_assert_true (weft_shape_is_static (&copies[0]->type.shape));
  g_assert_cmpint (copies[0]->type.shape.dims[0].offset, ==, 32);
  weft_graph_check (target, 2, copies, &error);
  g_assert_no_error (error);

  stand_in = weft_graph_input (target, "stand_in", &h->type);
  g_hash_table_insert (replacements, h, stand_in);
  g_assert_true (
    weft_graph_clone (fixture->graph, target, 1, &value, replacements, NULL, copies, &error));
  {
    g_autoptr (GPtrArray) order = weft_graph_order (target, 1, copies);

    for (guint i = 0; i < order->len; i++)
      g_assert_cmpstr (((WeftApply *) g_ptr_array_index (order, i))->op->name, !=, "matmul");
  }
}

static void
test_origins (Fixture *fixture, gconstpointer data)
{
  WeftValue *x = weft_scope_get (fixture->scope, "x")->value;
  WeftValue *a, *b, *c;

  weft_graph_push_origin (fixture->graph, 7);
  a = weft_graph_op (fixture->graph, "tanh", x, NULL);
  weft_graph_push_origin (fixture->graph, 3);
  b = weft_graph_op (fixture->graph, "exp", a, NULL);
  weft_graph_pop_origin (fixture->graph);
  c = weft_graph_op (fixture->graph, "exp", a, NULL);
  weft_graph_pop_origin (fixture->graph);
  g_assert_cmpuint (x->apply->origins->n, ==, 0);
  g_assert_cmpuint (b->apply->origins->n, ==, 2);
  g_assert_cmpuint (b->apply->origins->nodes[0], ==, 3);
  g_assert_cmpuint (b->apply->origins->nodes[1], ==, 7);
  g_assert_true (a->apply->origins == c->apply->origins);
}

/* ---- Depth ---- */

#define DEEP 100000

static void
test_deep_chain (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("s");
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = NULL;
  g_autoptr (WeftExpr) again = NULL;
  g_autofree char *printed = NULL;
  WeftValue       *value;

  for (guint i = 0; i < DEEP; i++)
    g_string_append (text, i % 2 == 0 ? " + s" : " - s");
  expr = weft_expr_parse (text->str, &error);
  g_assert_no_error (error);
  printed = weft_expr_to_string (expr);
  g_assert_cmpstr (printed, ==, text->str);
  value = weft_expr_build_value (expr, fixture->graph, fixture->scope, &error);
  g_assert_no_error (error);
  {
    g_autoptr (GPtrArray) order = weft_graph_order (fixture->graph, 1, &value);

    g_assert_cmpuint (order->len, ==, DEEP + 1);
  }
}

static void
test_deep_nesting (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = NULL;
  g_autofree char *printed = NULL;
  WeftValue       *value;

  for (guint i = 0; i < DEEP; i++)
    g_string_append (text, "tanh(");
  g_string_append (text, "s");
  for (guint i = 0; i < DEEP; i++)
    g_string_append (text, ")");
  expr = weft_expr_parse (text->str, &error);
  g_assert_no_error (error);
  printed = weft_expr_to_string (expr);
  g_assert_cmpstr (printed, ==, text->str);
  value = weft_expr_build_value (expr, fixture->graph, fixture->scope, &error);
  g_assert_no_error (error);
  g_clear_pointer (&printed, g_free);
  printed = weft_value_to_expression (value, DEEP);
  g_assert_cmpstr (printed, ==, text->str);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/graph/expr/texts", test_texts);
  g_test_add_func ("/engine/graph/expr/wrong-texts", test_wrong_texts);
  g_test_add_func ("/engine/graph/expr/names", test_names);
  g_test_add ("/engine/graph/build/types", Fixture, NULL, set_up, test_types, tear_down);
  g_test_add ("/engine/graph/build/errors", Fixture, NULL, set_up, test_type_errors, tear_down);
  g_test_add ("/engine/graph/print", Fixture, NULL, set_up, test_print, tear_down);
  g_test_add ("/engine/graph/clone", Fixture, NULL, set_up, test_clone, tear_down);
  g_test_add ("/engine/graph/origins", Fixture, NULL, set_up, test_origins, tear_down);
  g_test_add ("/engine/graph/deep-chain", Fixture, NULL, set_up, test_deep_chain, tear_down);
  g_test_add ("/engine/graph/deep-nesting", Fixture, NULL, set_up, test_deep_nesting, tear_down);
  return g_test_run ();
}
