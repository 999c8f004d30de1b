/* Jacobians, Hessians and Hessian-vector products against central differences of the plain
 * reference, and what they promise about shapes, disconnected inputs and being differentiated
 * again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"
#include "engine/ops/ops.h"
#include "engine/run/function.h"
#include "tests/graph-tools.h"
#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>

/* Central differences of float64: h^2 f''' / 6 + eps |f| / h is below 1e-8 for numbers of ordinary
 * size; twice differenced, with a step of the fourth root of eps, below 1e-4. */
#define H 1e-5
#define TOLERANCE 1e-7

typedef struct
{
  const char *text;
  guint       x_rank, y_rank;
  gint64      x_shape[3];
} Case;

/* y = text, over x and a fixed matrix A (3, 3). */
static const Case cases[] = {
  { "sin(x) * x[0]", 1, 1, { 4 } },
  { "A @ tanh(x)", 1, 1, { 3 } },
  { "softmax(x @ A)", 2, 2, { 2, 3 } },
  { "sum(x**3)", 1, 0, { 3 } },
  { "x * x", 0, 0, { 0 } },
  { "stack((x, exp(x)))", 0, 1, { 0 } },
  { "x[:, None] * x", 1, 2, { 3 } },
  { "cumsum(x * x)", 1, 1, { 5 } },
  { "scan(lambda row, h: tanh(h + row), sequences=x, states=zeros((2,), dtype=x.dtype))",
    2,
    2,
    { 4, 2 } },
  { "sin(x)", 1, 1, { 0 } },
  { "sin(x)", 2, 2, { 1, 1 } },
  { "x + 0 * A", 0, 2, { 0 } },
};

typedef struct
{
  WeftGraph *graph;
  WeftScope *scope;
  WeftValue *x, *y;
  WeftArray *at;
} Fixture;

static WeftValue *
build (Fixture *fixture, const char *text)
{
  return build_value (fixture->graph, fixture->scope, text);
}

static void
fixture_init (Fixture *fixture, const Case *one, WeftDType dtype)
{
  static const double a[9] = { 0.5, -1, 0.25, 2, 0.75, -0.5, 1, -0.125, 1.5 };
  static const gint64 a_shape[2] = { 3, 3 };
  g_autoptr (WeftArray) matrix = weft_array_new (WEFT_F64, 2, a_shape);
  g_autoptr (WeftArray) wide = weft_array_new (WEFT_F64, one->x_rank, one->x_shape);
  WeftType type;

  memcpy (matrix->data, a, sizeof a);
  weft_philox_normal_f64 (7, one->x_rank, 0, wide->n_elements, wide->data);
  fixture->at = weft_array_cast (wide, dtype);
  fixture->graph = weft_graph_new ();
  fixture->scope = weft_scope_new ();
  type = (WeftType){ .dtype = dtype, .shape = weft_array_get_shape (wide) };
  fixture->x = weft_graph_input (fixture->graph, "x", &type);
  weft_scope_set_value (fixture->scope, "x", fixture->x);
  weft_scope_set_value (
    fixture->scope, "A",
    weft_graph_cast (fixture->graph, weft_graph_constant (fixture->graph, matrix), dtype));
  fixture->y = build (fixture, one->text);
}

static void
fixture_clear (Fixture *fixture)
{
  weft_graph_free (fixture->graph);
  weft_scope_free (fixture->scope);
  weft_array_unref (fixture->at);
}

static WeftArray *
evaluate (Fixture *fixture, WeftValue *value, WeftArray *x, WeftMode mode)
{
  g_autoptr (GError) error = NULL;
  WeftFunctionSpec spec = { .graph = fixture->graph,
                            .n_inputs = 1,
                            .inputs = &fixture->x,
                            .n_outputs = 1,
                            .outputs = &value,
                            .mode = mode };
  g_autoptr (WeftFunction) function = NULL;
  WeftArray *result;

  /* A derivative may be free of x. */
  g_autoptr (GPtrArray) order = weft_graph_order (fixture->graph, 1, &value);
  if (!g_ptr_array_find (order, fixture->x->apply, NULL))
    spec.n_inputs = 0;
  function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  weft_function_call (function, &x, &result, NULL, &error);
  g_assert_no_error (error);
  return result;
}

/* @derivative of @y, (elements of y, elements of x), against differences of @y. */
static void
compare (Fixture *fixture, WeftValue *y, WeftValue *derivative, WeftMode mode, double tolerance)
{
  g_autoptr (WeftArray) wide = weft_array_cast (fixture->at, WEFT_F64);
  g_autoptr (WeftArray) found = evaluate (fixture, derivative, fixture->at, mode);
  gint64 n = wide->n_elements;

  g_assert_cmpuint (found->rank, ==, y->type.shape.rank + fixture->at->rank);
  for (gint64 j = 0; j < n; j++)
    {
      g_autoptr (WeftArray) right = NULL;
      g_autoptr (WeftArray) left = NULL;
      double *x = wide->data, kept = x[j];

      x[j] = kept + H;
      right = evaluate (fixture, y, wide, WEFT_MODE_REFERENCE);
      x[j] = kept - H;
      left = evaluate (fixture, y, wide, WEFT_MODE_REFERENCE);
      x[j] = kept;
      g_assert_cmpint (found->n_elements, ==, right->n_elements * n);
      for (gint64 i = 0; i < right->n_elements; i++)
        g_assert_cmpfloat_with_epsilon (
          weft_array_get (found, i * n + j),
          (weft_array_get (right, i) - weft_array_get (left, i)) / (2 * H), tolerance);
    }
}

static void
test_jacobian (gconstpointer data)
{
  const Case *one = data;
  Fixture     fixture;
  WeftValue  *jacobian;
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, one, WEFT_F64);
  g_assert_true (weft_jacobian (fixture.graph, fixture.y, 1, &fixture.x, WEFT_DISCONNECTED_ERROR,
                                &jacobian, &error));
  compare (&fixture, fixture.y, jacobian, WEFT_MODE_REFERENCE, TOLERANCE);
  compare (&fixture, fixture.y, jacobian, WEFT_MODE_INTERPRET, TOLERANCE);
  fixture_clear (&fixture);
}

/* The Hessian of the sum of the results' squares is the Jacobian of its gradient, which is checked
 * against differences. */
static void
test_hessian (gconstpointer data)
{
  const Case *one = data;
  Fixture     fixture;
  WeftValue  *cost, *gradient, *hessian;
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, one, WEFT_F64);
  weft_scope_set_value (fixture.scope, "y", fixture.y);
  cost = build (&fixture, "sum(y * y)");
  g_assert_true (weft_grad (fixture.graph, cost, NULL, NULL, 1, &fixture.x, WEFT_DISCONNECTED_ERROR,
                            &gradient, &error));
  g_assert_true (
    weft_hessian (fixture.graph, cost, 1, &fixture.x, WEFT_DISCONNECTED_ERROR, &hessian, &error));
  compare (&fixture, gradient, hessian, WEFT_MODE_REFERENCE, 1e-5);
  compare (&fixture, gradient, hessian, WEFT_MODE_INTERPRET, 1e-5);
  fixture_clear (&fixture);
}

static void
test_hvp (gconstpointer data)
{
  const Case *one = data;
  Fixture     fixture;
  WeftValue  *cost, *hessian, *vector, *product;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) numbers = NULL;
  g_autoptr (WeftArray) matrix = NULL;
  g_autoptr (WeftArray) found = NULL;
  gint64 n;

  fixture_init (&fixture, one, WEFT_F64);
  n = fixture.at->n_elements;
  numbers = weft_array_new (WEFT_F64, one->x_rank, one->x_shape);
  weft_philox_normal_f64 (8, 0, 0, n, numbers->data);
  vector = weft_graph_constant (fixture.graph, numbers);
  weft_scope_set_value (fixture.scope, "y", fixture.y);
  cost = build (&fixture, "sum(y * y)");
  g_assert_true (
    weft_hessian (fixture.graph, cost, 1, &fixture.x, WEFT_DISCONNECTED_ERROR, &hessian, &error));
  g_assert_true (weft_hvp (fixture.graph, cost, 1, &fixture.x, &vector, WEFT_DISCONNECTED_ERROR,
                           &product, &error));
  matrix = evaluate (&fixture, hessian, fixture.at, WEFT_MODE_INTERPRET);
  found = evaluate (&fixture, product, fixture.at, WEFT_MODE_INTERPRET);
  g_assert_cmpuint (found->rank, ==, one->x_rank);
  for (gint64 i = 0; i < n; i++)
    {
      double sum = 0;

      for (gint64 j = 0; j < n; j++)
        sum += weft_array_get (matrix, i * n + j) * weft_array_get (numbers, j);
      g_assert_cmpfloat_with_epsilon (weft_array_get (found, i), sum, 1e-10 * fmax (1, fabs (sum)));
    }
  fixture_clear (&fixture);
}

/* The trace of a Jacobian, differentiated once more. */
static void
test_again (void)
{
  Case       one = { "A @ tanh(x)", 1, 1, { 3 } };
  Fixture    fixture;
  WeftValue *jacobian, *gradient, *sum;
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, &one, WEFT_F64);
  g_assert_true (weft_jacobian (fixture.graph, fixture.y, 1, &fixture.x, WEFT_DISCONNECTED_ERROR,
                                &jacobian, &error));
  weft_scope_set_value (fixture.scope, "J", jacobian);
  sum = build (&fixture, "sum(J * J)");
  g_assert_true (weft_grad (fixture.graph, sum, NULL, NULL, 1, &fixture.x, WEFT_DISCONNECTED_ERROR,
                            &gradient, &error));
  g_assert_no_error (error);
  compare (&fixture, sum, gradient, WEFT_MODE_INTERPRET, 1e-6);
  fixture_clear (&fixture);
}

static void
test_disconnected (void)
{
  Case       one = { "sum(x**2)", 1, 0, { 3 } };
  Fixture    fixture;
  WeftType   type = { .dtype = WEFT_F64, .shape = weft_shape (1, (gint64) 2) };
  WeftValue *both[2], *found[4], *vectors[2];
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, &one, WEFT_F64);
  both[0] = fixture.x;
  both[1] = weft_graph_input (fixture.graph, "z", &type);
  vectors[0] = both[0];
  vectors[1] = both[1];
  g_assert_false (
    weft_hessian (fixture.graph, fixture.y, 2, both, WEFT_DISCONNECTED_ERROR, found, &error));
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_DISCONNECTED);
  g_assert_nonnull (strstr (error->message, "z"));
  g_clear_error (&error);
  g_assert_true (
    weft_hessian (fixture.graph, fixture.y, 2, both, WEFT_DISCONNECTED_NONE, found, &error));
  g_assert_nonnull (found[0]);
  g_assert_null (found[1]);
  g_assert_null (found[2]);
  g_assert_null (found[3]);
  g_assert_true (
    weft_hessian (fixture.graph, fixture.y, 2, both, WEFT_DISCONNECTED_ZERO, found, &error));
  g_assert_cmpuint (found[1]->type.shape.rank, ==, 2);
  g_assert_true (
    weft_hvp (fixture.graph, fixture.y, 2, both, vectors, WEFT_DISCONNECTED_NONE, found, &error));
  g_assert_null (found[1]);
  g_assert_false (weft_jacobian (fixture.graph, build (&fixture, "floor(x)"), 1, both,
                                 WEFT_DISCONNECTED_ERROR, found, &error));
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_UNDEFINED);
  g_clear_error (&error);
  g_assert_false (weft_jacobian (fixture.graph, build (&fixture, "x > 0"), 1, both,
                                 WEFT_DISCONNECTED_ERROR, found, &error));
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_COST);
  g_clear_error (&error);
  g_assert_false (weft_jacobian (fixture.graph, build (&fixture, "x + zeros((1,1,1,1,1,1,1,1))"), 1,
                                 both, WEFT_DISCONNECTED_ERROR, found, &error));
  g_assert_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_COST);
  fixture_clear (&fixture);
}

/* The size need not be known before the call. */
static void
test_named (void)
{
  Fixture    fixture = { .graph = weft_graph_new (), .scope = weft_scope_new () };
  WeftType   type = { .dtype = WEFT_F64, .shape = { .rank = 1, .dims = { weft_dim_named ("n") } } };
  gint64     shape[1] = { 6 };
  WeftValue *jacobian;
  g_autoptr (GError) error = NULL;

  fixture.at = weft_array_new (WEFT_F64, 1, shape);
  weft_philox_normal_f64 (3, 0, 0, 6, fixture.at->data);
  fixture.x = weft_graph_input (fixture.graph, "x", &type);
  weft_scope_set_value (fixture.scope, "x", fixture.x);
  fixture.y = build (&fixture, "sin(x) * sum(x)");
  g_assert_true (weft_jacobian (fixture.graph, fixture.y, 1, &fixture.x, WEFT_DISCONNECTED_ERROR,
                                &jacobian, &error));
  g_assert_no_error (error);
  compare (&fixture, fixture.y, jacobian, WEFT_MODE_INTERPRET, TOLERANCE);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *jacobian = g_strdup_printf ("/grad/jacobian/%u", i);
      g_autofree char *hessian = g_strdup_printf ("/grad/hessian/%u", i);
      g_autofree char *hvp = g_strdup_printf ("/grad/hvp/%u", i);

      g_test_add_data_func (jacobian, &cases[i], test_jacobian);
      g_test_add_data_func (hessian, &cases[i], test_hessian);
      g_test_add_data_func (hvp, &cases[i], test_hvp);
    }
  g_test_add_func ("/grad/jacobian/again", test_again);
  g_test_add_func ("/grad/jacobian/disconnected", test_disconnected);
  g_test_add_func ("/grad/jacobian/named", test_named);
  return g_test_run ();
}
