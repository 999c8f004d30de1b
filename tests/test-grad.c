/* Derivatives: every row's gradient, second gradient and directional derivative against central
 * differences in float64.
 *
 * The elementwise cases are made from the rows; every other op with a gradient must stand in
 * `cases`, or a test fails. Also: what reverse mode promises about known, disconnected and
 * undefined gradients, and chains of 100 000 ops.
 *
 * Tolerance: with h = 1e-5 a central difference of f errs by h^2 f'''/6 + eps |f| / h, about 2e-11
 * (f''' + |f|); the values here keep f and its derivatives below 1e3, so 1e-6 relative to the
 * largest derivative is safe and still catches any wrong factor.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"
#include "engine/run/function.h"
#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>

#define STEP 1e-5
#define TOLERANCE 1e-6
#define MAX_INPUTS 4

/* ---- Samples ---- */

typedef struct
{
  const char *name;
  WeftDomain  domain;
  guint       rank;
  gint64      shape[4];
} Input;

/* Moves @x to a lattice that puts numbers of different streams or positions, and 0, 1 and 2.5, at
 * least ten steps apart, so that no kink (of abs, of maximum, between a bound and what it bounds)
 * lies within a difference. */
static double
off_the_kinks (double x, guint stream, guint i)
{
  return 0.05 * floor (x / 0.05) + 0.01 * (1 + stream % 4) + 0.0003 * (i % 20);
}

/* Number @i of the samples of @stream in @domain. */
static double
sample (WeftDomain domain, guint stream, guint i)
{
  double u[1];

  weft_philox_uniform_f64 (20240607, stream, i, 1, u);
  switch (domain)
    {
    case WEFT_DOMAIN_NONZERO:
      return off_the_kinks ((u[0] < 0.5 ? -1 : 1) * (0.4 + 1.5 * fmod (u[0] * 97, 1)), stream, i);
    case WEFT_DOMAIN_POSITIVE:
      return 0.2 + 3.8 * u[0];
    case WEFT_DOMAIN_NEGATIVE:
      return -0.2 - 3.8 * u[0];
    case WEFT_DOMAIN_UNIT:
      return 1.8 * u[0] - 0.9;
    case WEFT_DOMAIN_PROBABILITY:
      return 0.05 + 0.9 * u[0];
    case WEFT_DOMAIN_ABOVE_ONE:
      return 1.1 + 2.9 * u[0];
    case WEFT_DOMAIN_INTS:
      return floor (7 * u[0]) - 3;
    case WEFT_DOMAIN_BOOLS:
      return u[0] < 0.5;
    case WEFT_DOMAIN_REALS:
    case WEFT_DOMAIN_SPECIAL:
      break;
    }
  return off_the_kinks (4.4 * u[0] - 2.2, stream, i);
}

static gboolean
is_real (const Input *input)
{
  return input->domain != WEFT_DOMAIN_INTS && input->domain != WEFT_DOMAIN_BOOLS;
}

static WeftArray *
sample_array (const Input *input, guint stream)
{
  WeftDType  dtype = is_real (input)                      ? WEFT_F64
                     : input->domain == WEFT_DOMAIN_BOOLS ? WEFT_BOOL
                                                          : WEFT_I64;
  WeftArray *array = weft_array_new (dtype, input->rank, input->shape);

  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, sample (input->domain, stream, i));
  return array;
}

/* ---- One case ---- */

typedef struct
{
  char *op;   /* of the row it stands for */
  char *text; /* over the inputs' names */
  guint n_inputs;
  Input inputs[MAX_INPUTS];
} Case;

typedef struct
{
  WeftGraph *graph;
  guint      n_inputs;
  WeftValue *inputs[MAX_INPUTS];
  WeftArray *arrays[MAX_INPUTS];
  WeftValue *y;
} Setting;

static void
open_setting (Setting *setting, const Case *test)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (test->text, &error);

  g_assert_no_error (error);
  setting->graph = weft_graph_new ();
  setting->n_inputs = test->n_inputs;
  for (guint i = 0; i < test->n_inputs; i++)
    {
      WeftType type;

      setting->arrays[i] = sample_array (&test->inputs[i], i + 1);
      type =
        (WeftType){ setting->arrays[i]->dtype, FALSE, weft_array_get_shape (setting->arrays[i]) };
      setting->inputs[i] = weft_graph_input (setting->graph, test->inputs[i].name, &type);
      weft_scope_set_value (scope, test->inputs[i].name, setting->inputs[i]);
    }
  setting->y = weft_expr_build_value (expr, setting->graph, scope, &error);
  if (error != NULL)
    g_error ("%s: %s", test->text, error->message);
}

static void
close_setting (Setting *setting)
{
  for (guint i = 0; i < setting->n_inputs; i++)
    weft_array_unref (setting->arrays[i]);
  weft_graph_free (setting->graph);
}

static WeftFunction *
function_of (Setting *setting, guint n, WeftValue *const *outputs)
{
  WeftFunctionSpec spec = { .graph = setting->graph,
                            .n_inputs = setting->n_inputs,
                            .inputs = setting->inputs,
                            .n_outputs = n,
                            .outputs = outputs,
                            .mode = WEFT_MODE_REFERENCE };
  g_autoptr (GError) error = NULL;
  WeftFunction *function = weft_function_new (&spec, &error);

  g_assert_no_error (error);
  return function;
}

static WeftArray *
call (WeftFunction *function, Setting *setting)
{
  g_autoptr (GError) error = NULL;
  WeftArray *output = NULL;

  /* Random rows draw the same numbers each time. */
  weft_function_set_step (function, 0);
  weft_function_call (function, setting->arrays, &output, NULL, &error);
  g_assert_no_error (error);
  return output;
}

/* sum (y * w) with fixed random weights w, so that no element's derivative cancels another's. */
static WeftValue *
weighted_sum (Setting *setting, WeftValue *y, guint stream)
{
  g_autoptr (WeftArray) weights = NULL;
  gint64 dims[WEFT_MAX_RANK];

  g_assert_true (weft_shape_resolve (&y->type.shape, NULL, dims));
  weights = weft_array_new (WEFT_F64, y->type.shape.rank, dims);
  for (gint64 i = 0; i < weights->n_elements; i++)
    weft_array_set (weights, i, sample (WEFT_DOMAIN_NONZERO, stream, i));
  return weft_graph_op (
    setting->graph, "sum",
    weft_graph_op (setting->graph, "mul", y, weft_graph_constant (setting->graph, weights), NULL),
    NULL);
}

/* d cost / d input by central differences of @function, which computes the scalar cost. */
static WeftArray *
differences (WeftFunction *function, Setting *setting, guint input)
{
  WeftArray *array = setting->arrays[input];
  WeftArray *result = weft_array_new (WEFT_F64, array->rank, array->shape);

  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i), high, low;
      g_autoptr (WeftArray) above = NULL;
      g_autoptr (WeftArray) below = NULL;

      weft_array_set (array, i, x + STEP);
      above = call (function, setting);
      high = weft_array_get (above, 0);
      weft_array_set (array, i, x - STEP);
      below = call (function, setting);
      low = weft_array_get (below, 0);
      weft_array_set (array, i, x);
      weft_array_set (result, i, (high - low) / (2 * STEP));
    }
  return result;
}

static void
assert_close (const char      *text,
              const char      *what,
              const char      *input,
              const WeftArray *got,
              const WeftArray *expected)
{
  double scale = 1;

  g_assert_cmpint (got->n_elements, ==, expected->n_elements);
  g_assert_cmpuint (got->rank, ==, expected->rank);
  for (gint64 i = 0; i < expected->n_elements; i++)
    scale = MAX (scale, fabs (weft_array_get (expected, i)));
  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double a = weft_array_get (got, i), b = weft_array_get (expected, i);

      if (!(fabs (a - b) <= TOLERANCE * scale))
        g_error ("%s: %s by %s, element %d: %.12g, by differences %.12g", text, what, input,
                 (int) i, a, b);
    }
}

/* The gradient of @cost by each real input against differences. Returns how many gradients were
 * compared. */
static guint
check_gradients (
  Setting *setting, const Case *test, WeftValue *cost, const char *what, WeftValue **grads)
{
  g_autoptr (WeftFunction) f = function_of (setting, 1, &cost);
  g_autoptr (GError) error = NULL;
  guint n = 0;

  weft_grad (setting->graph, cost, NULL, NULL, setting->n_inputs, setting->inputs,
             WEFT_DISCONNECTED_NONE, grads, &error);
  if (error != NULL)
    g_error ("%s: %s: %s", test->text, what, error->message);
  for (guint i = 0; i < setting->n_inputs; i++)
    {
      g_autoptr (WeftFunction) df = NULL;
      g_autoptr (WeftArray) got = NULL;
      g_autoptr (WeftArray) expected = NULL;

      if (!is_real (&test->inputs[i]))
        continue;
      expected = differences (f, setting, i);
      if (grads[i] == NULL)
        {
          for (gint64 k = 0; k < expected->n_elements; k++)
            if (fabs (weft_array_get (expected, k)) > TOLERANCE)
              g_error ("%s: %s by %s is missing", test->text, what, test->inputs[i].name);
          continue;
        }
      df = function_of (setting, 1, &grads[i]);
      got = call (df, setting);
      assert_close (test->text, what, test->inputs[i].name, got, expected);
      n++;
    }
  return n;
}

/* The directional derivative along fixed directions against the gradient's: sum (w * jvp) = sum
 * (grad * v). */
static void
check_jvp (Setting *setting, const Case *test, WeftValue *const *grads)
{
  for (guint i = 0; i < setting->n_inputs; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftArray) direction = NULL;
      g_autoptr (WeftArray) left = NULL;
      g_autoptr (WeftArray) right = NULL;
      g_autoptr (WeftFunction) f = NULL;
      g_autoptr (WeftFunction) g = NULL;
      WeftValue *v, *jvp, *sums[2];

      if (grads[i] == NULL)
        continue;
      direction = weft_array_new (WEFT_F64, setting->arrays[i]->rank, setting->arrays[i]->shape);
      for (gint64 k = 0; k < direction->n_elements; k++)
        weft_array_set (direction, k, sample (WEFT_DOMAIN_NONZERO, 77, k));
      v = weft_graph_constant (setting->graph, direction);
      jvp = weft_jvp (setting->graph, setting->y, setting->inputs[i], v, &error);
      if (error != NULL)
        g_error ("%s: directional derivative by %s: %s", test->text, test->inputs[i].name,
                 error->message);
      g_assert_true (weft_shape_equal (&jvp->type.shape, &setting->y->type.shape));
      sums[0] = weighted_sum (setting, jvp, 50);
      sums[1] = weft_graph_op (setting->graph, "sum",
                               weft_graph_op (setting->graph, "mul", grads[i], v, NULL), NULL);
      f = function_of (setting, 1, &sums[0]);
      g = function_of (setting, 1, &sums[1]);
      left = call (f, setting);
      right = call (g, setting);
      assert_close (test->text, "directional derivative", test->inputs[i].name, left, right);
    }
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  Setting     setting;
  WeftValue  *grads[MAX_INPUTS] = { NULL }, *seconds[MAX_INPUTS] = { NULL };
  WeftValue  *cost, *cost2 = NULL;

  open_setting (&setting, test);
  cost = weighted_sum (&setting, setting.y, 50);
  check_gradients (&setting, test, cost, "gradient", grads);
  check_jvp (&setting, test, grads);
  for (guint i = 0; i < setting.n_inputs; i++)
    if (grads[i] != NULL)
      {
        WeftValue *term = weighted_sum (&setting, grads[i], 60 + i);

        cost2 = cost2 == NULL ? term : weft_graph_op (setting.graph, "add", cost2, term, NULL);
      }
  if (cost2 != NULL)
    check_gradients (&setting, test, cost2, "second gradient", seconds);
  close_setting (&setting);
}

/* ---- Cases ---- */

#define R WEFT_DOMAIN_REALS
#define NZ WEFT_DOMAIN_NONZERO
#define PROB WEFT_DOMAIN_PROBABILITY
#define INTEGERS WEFT_DOMAIN_INTS
#define X34             \
  {                     \
    "x", R, 2, { 3, 4 } \
  }

/* Ops that are not elementwise. Several lines an op are welcome; every op with a gradient needs
 * one. */
static const Case cases[] = {
  { "sum", "sum(x)", 1, { X34 } },
  { "sum", "sum(x, axis=0)", 1, { X34 } },
  { "sum", "sum(x, axis=(0, 2), keepdims=True)", 1, { { "x", R, 3, { 2, 3, 2 } } } },
  { "sum", "sum(x, axis=1)", 1, { { "x", R, 2, { 3, 0 } } } },
  { "prod", "prod(x, axis=1)", 1, { { "x", NZ, 2, { 3, 4 } } } },
  { "prod", "prod(x)", 1, { { "x", NZ, 1, { 5 } } } },
  { "mean", "mean(x, axis=-1)", 1, { X34 } },
  { "mean", "mean(x)", 1, { X34 } },
  { "var", "var(x, axis=0, ddof=1)", 1, { X34 } },
  { "std", "std(x, axis=1)", 1, { X34 } },
  { "max", "max(x, axis=1)", 1, { X34 } },
  { "min", "min(x)", 1, { X34 } },
  { "norm", "norm(x, axis=0)", 1, { X34 } },
  { "logsumexp", "logsumexp(x, axis=1, keepdims=True)", 1, { X34 } },
  { "cumsum", "cumsum(x, axis=0)", 1, { X34 } },
  { "cumsum", "cumsum(x)", 1, { X34 } },
  { "getitem", "flip(x, axis=1)", 1, { X34 } },
  { "cumsum_back", "cumsum_back(x)", 1, { X34 } },
  { "cumsum_back", "cumsum_back(x, axis=1)", 1, { X34 } },
  { "sum_to", "sum_to(x, (1, 4))", 1, { X34 } },
  { "reshape", "reshape(x, (2, -1))", 1, { X34 } },
  { "transpose", "transpose(x, (1, 2, 0))", 1, { { "x", R, 3, { 2, 3, 2 } } } },
  { "transpose", "x.T", 1, { X34 } },
  { "expand_dims", "expand_dims(x, 1)", 1, { X34 } },
  { "squeeze", "squeeze(x, 1)", 1, { { "x", R, 3, { 3, 1, 2 } } } },
  { "broadcast_to", "broadcast_to(x, (3, 4))", 1, { { "x", R, 2, { 3, 1 } } } },
  { "broadcast_to", "broadcast_to(x, (2, 3))", 1, { { "x", R, 0, { 0 } } } },
  { "concat", "concat((x, y), axis=1)", 2, { X34, { "y", R, 2, { 3, 2 } } } },
  { "concat", "concat((x, y, x), axis=0)", 2, { X34, { "y", R, 2, { 1, 4 } } } },
  { "getitem", "x[1:, ::2]", 1, { X34 } },
  { "getitem", "x[::-1, 1]", 1, { X34 } },
  { "getitem", "x[None, ..., -1]", 1, { X34 } },
  { "getitem", "x[[0, 2, 0]]", 1, { X34 } },
  { "getitem", "x[[0, 2], [1, 1]]", 1, { X34 } },
  { "index_add", "x[[0, 2, 0]] ** 2", 1, { X34 } },
  { "matmul", "x @ y", 2, { X34, { "y", R, 2, { 4, 2 } } } },
  { "matmul", "x @ y", 2, { X34, { "y", R, 1, { 4 } } } },
  { "matmul", "x @ y", 2, { { "x", R, 1, { 3 } }, { "y", R, 2, { 3, 2 } } } },
  { "matmul", "x @ y", 2, { { "x", R, 1, { 3 } }, { "y", R, 1, { 3 } } } },
  { "matmul", "x @ y", 2, { { "x", R, 3, { 2, 2, 3 } }, { "y", R, 3, { 2, 3, 2 } } } },
  { "matmul", "x @ y", 2, { { "x", R, 3, { 2, 2, 3 } }, { "y", R, 2, { 3, 2 } } } },
  { "matmul", "x @ y", 2, { { "x", R, 2, { 0, 3 } }, { "y", R, 2, { 3, 2 } } } },
  { "dot", "dot(x, y)", 2, { X34, { "y", R, 2, { 4, 2 } } } },
  { "softmax", "softmax(x)", 1, { X34 } },
  { "softmax", "softmax(x, axis=0)", 1, { X34 } },
  { "log_softmax", "log_softmax(x)", 1, { X34 } },
  { "log_softmax", "log_softmax(x, axis=0)", 1, { X34 } },
  { "cross_entropy", "cross_entropy(x, abs(l))", 2, { X34, { "l", INTEGERS, 1, { 3 } } } },
  { "cross_entropy", "cross_entropy(x, softmax(p))", 2, { X34, { "p", R, 2, { 3, 4 } } } },
  { "cross_entropy_grad",
    "cross_entropy_grad(x, abs(l))",
    2,
    { X34, { "l", INTEGERS, 1, { 3 } } } },
  { "cross_entropy_grad",
    "cross_entropy_grad(x, softmax(p))",
    2,
    { X34, { "p", R, 2, { 3, 4 } } } },
  { "binary_cross_entropy", "binary_cross_entropy(x, t)", 2, { X34, { "t", PROB, 2, { 3, 4 } } } },
  { "kl_divergence",
    "kl_divergence(x, y)",
    2,
    { { "x", PROB, 2, { 3, 4 } }, { "y", PROB, 2, { 3, 4 } } } },
  { "squared_error", "squared_error(x, y)", 2, { X34, { "y", R, 2, { 3, 4 } } } },
  { "absolute_error", "absolute_error(x, y)", 2, { X34, { "y", R, 2, { 3, 4 } } } },
  { "huber", "huber(x, y, delta=0.7)", 2, { X34, { "y", R, 2, { 3, 4 } } } },
  { "dropout", "dropout(x, rate=0.4)", 1, { X34 } },
  { "stack", "stack((x, y), axis=1)", 2, { X34, { "y", R, 2, { 3, 4 } } } },
};

/* Shapes that the inputs of elementwise rows take: equal, broadcast either way, scalar, size 1,
 * empty. */
static const struct
{
  guint  rank[3];
  gint64 shape[3][4];
} layouts[] = {
  { { 2, 2, 2 }, { { 2, 3 }, { 2, 3 }, { 2, 3 } } },
  { { 2, 1, 0 }, { { 2, 3 }, { 3 }, { 0 } } },
  { { 1, 2, 2 }, { { 3 }, { 2, 1 }, { 2, 3 } } },
  { { 0, 0, 0 }, { { 0 }, { 0 }, { 0 } } },
  { { 2, 2, 2 }, { { 1, 1 }, { 1, 1 }, { 1, 1 } } },
  { { 2, 2, 2 }, { { 0, 3 }, { 1, 3 }, { 0, 3 } } },
};

static gboolean
has_gradient (const WeftOp *op)
{
  return op->grad[0] != NULL || op->grad[1] != NULL || op->grad[2] != NULL;
}

static void
add_case (const Case *test, guint number)
{
  g_autofree char *path = g_strdup_printf ("/engine/op/%s/gradient/%u", test->op, number);

  g_test_add_data_func (path, test, test_case);
}

/* grad_scale and grad_clip are rows of domain SPECIAL: their gradient is meant to differ from the
 * differences. */
static gboolean
is_plain_elementwise (const WeftOp *op)
{
  return op->traits & WEFT_TRAIT_ELEMENTWISE && has_gradient (op) &&
         op->domain != WEFT_DOMAIN_SPECIAL;
}

static void
add_elementwise (const WeftOp *op)
{
  static const char *const names[] = { "a", "b", "c" };

  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    {
      Case    *test = g_new0 (Case, 1);
      guint    n = op->traits & WEFT_TRAIT_VARIADIC ? 3 : op->n_inputs;
      GString *text = g_string_new (op->name);

      g_string_append (text, "(");
      for (guint k = 0; k < n; k++)
        {
          test->inputs[k] = (Input){ names[k], op->domain, layouts[i].rank[k] };
          memcpy (test->inputs[k].shape, layouts[i].shape[k], sizeof test->inputs[k].shape);
          if (k == 0 && op->traits & WEFT_TRAIT_CONDITION)
            test->inputs[k].domain = WEFT_DOMAIN_BOOLS;
          g_string_append_printf (text, "%s%s", k > 0 ? ", " : "", names[k]);
        }
      g_string_append (text, g_str_equal (op->name, "cast") ? ", f64)" : ")");
      test->n_inputs = n;
      test->op = g_strdup (op->name);
      test->text = g_string_free (text, FALSE);
      add_case (test, i);
    }
}

/* No op with a gradient goes without a case. */
static void
test_every_op_has_a_case (void)
{
  for (guint i = 0; i < weft_op_count (); i++)
    {
      const WeftOp *op = weft_op_get (i);
      gboolean      found = (op->traits & WEFT_TRAIT_ELEMENTWISE) != 0 || !has_gradient (op);

      for (guint k = 0; k < G_N_ELEMENTS (cases) && !found; k++)
        found = g_str_equal (cases[k].op, op->name);
      if (!found)
        g_error ("op %s has a gradient and no case in tests/test-grad.c", op->name);
      if (!(op->traits & WEFT_TRAIT_LEAF) && op->n_inputs > 0 && !has_gradient (op) &&
          op->no_grad == NULL && !g_str_equal (op->name, "stop_gradient"))
        g_error ("op %s has neither a gradient nor a reason why there is none", op->name);
    }
}

/* ---- What reverse mode promises ---- */

static WeftValue *
build (WeftGraph *graph, WeftScope *scope, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  WeftValue *value;

  g_assert_no_error (error);
  value = weft_expr_build_value (expr, graph, scope, &error);
  g_assert_no_error (error);
  return value;
}

static WeftValue *
add_input (WeftGraph *graph, WeftScope *scope, const char *name, WeftDType dtype, WeftShape shape)
{
  WeftType   type = { dtype, FALSE, shape };
  WeftValue *value = weft_graph_input (graph, name, &type);

  weft_scope_set_value (scope, name, value);
  return value;
}

static void
test_errors (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  WeftValue *x = add_input (graph, scope, "x", WEFT_F32, weft_shape (1, 4));
  WeftValue *z = add_input (graph, scope, "z", WEFT_F32, weft_shape (1, 4));
  WeftValue *grad;

  g_assert_false (weft_grad (graph, build (graph, scope, "x * 2"), NULL, NULL, 1, &x,
                             WEFT_DISCONNECTED_ERROR, &grad, &error));
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_COST);
  g_clear_error (&error);
  g_assert_false (weft_grad (graph, build (graph, scope, "sum(x)"), NULL, NULL, 1, &z,
                             WEFT_DISCONNECTED_ERROR, &grad, &error));
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_DISCONNECTED);
  g_assert_cmpstr (error->message, ==, "the cost does not depend on z");
  g_clear_error (&error);
  g_assert_true (weft_grad (graph, build (graph, scope, "sum(x)"), NULL, NULL, 1, &z,
                            WEFT_DISCONNECTED_ZERO, &grad, &error));
  g_assert_true (weft_shape_equal (&grad->type.shape, &z->type.shape));
  g_assert_true (weft_grad (graph, build (graph, scope, "sum(x)"), NULL, NULL, 1, &z,
                            WEFT_DISCONNECTED_NONE, &grad, &error));
  g_assert_null (grad);
  weft_graph_push_origin (graph, 42);
  g_assert_false (weft_grad (graph, build (graph, scope, "sum(floor(x))"), NULL, NULL, 1, &x,
                             WEFT_DISCONNECTED_ERROR, &grad, &error));
  weft_graph_pop_origin (graph);
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_UNDEFINED);
  g_assert_nonnull (strstr (error->message, "floor has no gradient"));
  g_assert_cmpuint (weft_grad_error_get_node (error), ==, 42);
}

static void
test_stop_and_known (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  g_autoptr (WeftArray) three = weft_array_new_scalar (WEFT_F64, 3);
  g_autoptr (WeftArray) value = NULL;
  g_autoptr (WeftFunction) f = NULL;
  g_autoptr (WeftFunction) g = NULL;
  WeftValue       *x = add_input (graph, scope, "x", WEFT_F64, weft_shape (0));
  WeftValue       *y = build (graph, scope, "x * stop_gradient(x)");
  WeftValue       *h, *grad;
  WeftFunctionSpec spec = { .graph = graph,
                            .n_inputs = 1,
                            .inputs = &x,
                            .n_outputs = 1,
                            .outputs = &grad,
                            .mode = WEFT_MODE_REFERENCE };

  g_assert_true (weft_grad (graph, y, NULL, NULL, 1, &x, WEFT_DISCONNECTED_ERROR, &grad, &error));
  f = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  g_assert_true (weft_function_call (f, &three, &value, NULL, &error));
  g_assert_cmpfloat (weft_array_get (value, 0), ==, 3);
  g_clear_pointer (&value, weft_array_unref);

  h = build (graph, scope, "x**2");
  weft_scope_set_value (scope, "h", h);
  y = build (graph, scope, "h * 100");
  g_hash_table_insert (known, h, weft_graph_scalar (graph, WEFT_F64, 10));
  g_assert_true (weft_grad (graph, y, NULL, known, 1, &x, WEFT_DISCONNECTED_ERROR, &grad, &error));
  g = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  g_assert_true (weft_function_call (g, &three, &value, NULL, &error));
  g_assert_cmpfloat (weft_array_get (value, 0), ==, 60);
}

/* grad_scale and grad_clip leave the value alone and change what flows back. */
static void
test_scale_and_clip (void)
{
  static const struct
  {
    const char *text;
    double      grad;
  } rows[] = { { "5 * grad_scale(x, scale=0.5)", 2.5 },
               { "5 * grad_clip(x, low=-1.0, high=2.0)", 2 },
               { "-5 * grad_clip(x)", -1 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (WeftGraph) graph = weft_graph_new ();
      g_autoptr (WeftScope) scope = weft_scope_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftArray) three = weft_array_new_scalar (WEFT_F64, 3);
      g_autoptr (WeftArray) value = NULL;
      g_autoptr (WeftFunction) f = NULL;
      WeftValue       *x = add_input (graph, scope, "x", WEFT_F64, weft_shape (0)), *grad;
      WeftFunctionSpec spec = { .graph = graph,
                                .n_inputs = 1,
                                .inputs = &x,
                                .n_outputs = 1,
                                .outputs = &grad,
                                .mode = WEFT_MODE_REFERENCE };

      g_assert_true (weft_grad (graph, build (graph, scope, rows[i].text), NULL, NULL, 1, &x,
                                WEFT_DISCONNECTED_ERROR, &grad, &error));
      f = weft_function_new (&spec, &error);
      g_assert_no_error (error);
      g_assert_true (weft_function_call (f, &three, &value, NULL, &error));
      g_assert_cmpfloat (weft_array_get (value, 0), ==, rows[i].grad);
    }
}

/* Whether a named dimension was broadcast against a number is known at the call only: one function,
 * called both ways. */
static void
test_named_broadcast (void)
{
  for (guint mode = 0; mode < 2; mode++)
    {
      g_autoptr (WeftGraph) graph = weft_graph_new ();
      g_autoptr (WeftScope) scope = weft_scope_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftFunction) f = NULL;
      WeftValue       *inputs[2], *grads[2];
      WeftFunctionSpec spec = { .graph = graph,
                                .n_inputs = 2,
                                .inputs = inputs,
                                .n_outputs = 2,
                                .outputs = grads,
                                .mode = mode == 0 ? WEFT_MODE_REFERENCE : WEFT_MODE_INTERPRET };

      inputs[0] = add_input (graph, scope, "x", WEFT_F64,
                             (WeftShape){ 2, { weft_dim_named ("n"), weft_dim (2) } });
      inputs[1] =
        add_input (graph, scope, "y", WEFT_F64, (WeftShape){ 2, { weft_dim (3), weft_dim (2) } });
      g_assert_true (weft_grad (graph, build (graph, scope, "sum(x * y)"), NULL, NULL, 2, inputs,
                                WEFT_DISCONNECTED_ERROR, grads, &error));
      f = weft_function_new (&spec, &error);
      g_assert_no_error (error);
      for (gint64 n = 1; n <= 3; n += 2)
        {
          g_autoptr (WeftArray) x = weft_array_new (WEFT_F64, 2, (const gint64[]){ n, 2 });
          g_autoptr (WeftArray) y = weft_array_new (WEFT_F64, 2, (const gint64[]){ 3, 2 });
          WeftArray *arrays[2] = { x, y }, *outputs[2];

          for (guint i = 0; i < 6; i++)
            weft_array_set (y, i, i + 1);
          for (guint i = 0; i < 2 * n; i++)
            weft_array_set (x, i, 10 * (i + 1));
          weft_function_call (f, arrays, outputs, NULL, &error);
          g_assert_no_error (error);
          g_assert_cmpint (outputs[0]->shape[0], ==, n);
          g_assert_cmpfloat (weft_array_get (outputs[0], 0), ==, n == 1 ? 1 + 3 + 5 : 1);
          g_assert_cmpfloat (weft_array_get (outputs[1], 5), ==, n == 1 ? 20 : 60);
          weft_array_unref (outputs[0]);
          weft_array_unref (outputs[1]);
        }
    }
}

/* What is made for an application carries its origins. */
static void
test_origins (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GPtrArray) order = NULL;
  WeftValue *x = add_input (graph, scope, "x", WEFT_F32, weft_shape (1, 4));
  WeftValue *y, *grad;
  gboolean   found = FALSE;

  weft_graph_push_origin (graph, 5);
  y = build (graph, scope, "sum(tanh(x))");
  weft_graph_pop_origin (graph);
  g_assert_true (weft_grad (graph, y, NULL, NULL, 1, &x, WEFT_DISCONNECTED_ERROR, &grad, NULL));
  order = weft_graph_order (graph, 1, &grad);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);

      if (g_str_equal (apply->op->name, "mul"))
        {
          g_assert_cmpuint (apply->origins->n, ==, 1);
          g_assert_cmpuint (apply->origins->nodes[0], ==, 5);
          found = TRUE;
        }
    }
  g_assert_true (found);
}

/* Differentiating is linear in the graph: a chain of 100 000 ops is no problem, and its gradient is
 * right. */
static void
test_deep (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftArray) one = weft_array_new_scalar (WEFT_F64, 1);
  g_autoptr (WeftArray) value = NULL;
  g_autoptr (WeftFunction) f = NULL;
  g_autoptr (GError) error = NULL;
  WeftValue       *x = add_input (graph, scope, "x", WEFT_F64, weft_shape (0));
  WeftValue       *y = x, *grad;
  WeftFunctionSpec spec = { .graph = graph,
                            .n_inputs = 1,
                            .inputs = &x,
                            .n_outputs = 1,
                            .outputs = &grad,
                            .mode = WEFT_MODE_REFERENCE };

  for (guint i = 0; i < 50000; i++)
    {
      y = weft_graph_op (graph, "mul", y, weft_graph_float (graph, 1.0001), NULL);
      y = weft_graph_op (graph, "add", y, x, NULL);
    }
  g_assert_true (weft_grad (graph, y, NULL, NULL, 1, &x, WEFT_DISCONNECTED_ERROR, &grad, &error));
  f = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  g_assert_true (weft_function_call (f, &one, &value, NULL, &error));
  /* y' = q^n + (q^n - 1) / (q - 1) for q = 1.0001, n = 50000 */
  {
    double q = pow (1.0001, 50000), expected = q + (q - 1) / (1.0001 - 1);

    g_assert_cmpfloat_with_epsilon (weft_array_get (value, 0) / expected, 1, 1e-9);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/grad/every-op-has-a-case", test_every_op_has_a_case);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    add_case (&cases[i], i);
  for (guint i = 0; i < weft_op_count (); i++)
    if (is_plain_elementwise (weft_op_get (i)))
      add_elementwise (weft_op_get (i));
  g_test_add_func ("/engine/grad/errors", test_errors);
  g_test_add_func ("/engine/grad/stop-and-known", test_stop_and_known);
  g_test_add_func ("/engine/grad/scale-and-clip", test_scale_and_clip);
  g_test_add_func ("/engine/grad/named-broadcast", test_named_broadcast);
  g_test_add_func ("/engine/grad/origins", test_origins);
  g_test_add_func ("/engine/grad/deep", test_deep);
  return g_test_run ();
}
