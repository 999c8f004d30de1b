/* Dimensions that values give: their types, copies, text, and calls whose sizes depend on the data;
 * smaller and larger of two dimensions; float64 that nobody asked for; what print and assert do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/function.h"
#include "tests/graph-tools.h"

#include <string.h>

typedef struct
{
  WeftGraph *graph;
  WeftScope *scope;
  WeftValue *x, *mask, *n; /* f32 (batch, 4), bool (batch,), i64 () */
} Fixture;

static WeftValue *
add_input (Fixture *fixture, const char *name, WeftDType dtype, guint rank, gint64 columns)
{
  WeftType   type = { .dtype = dtype,
                      .shape = { rank, { weft_dim_named ("batch"), weft_dim (columns) } } };
  WeftValue *value = weft_graph_input (fixture->graph, name, &type);

  weft_scope_set_value (fixture->scope, name, value);
  return value;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  weft_ops_init ();
  fixture->graph = weft_graph_new ();
  fixture->scope = weft_scope_new ();
  fixture->x = add_input (fixture, "x", WEFT_F32, 2, 4);
  fixture->mask = add_input (fixture, "mask", WEFT_BOOL, 1, 0);
  fixture->n = add_input (fixture, "n", WEFT_I64, 0, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weft_scope_free (fixture->scope);
  weft_graph_free (fixture->graph);
}

static WeftValue *
try_build (Fixture *fixture, const char *text, GError **error)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, error);

  return expr != NULL ? weft_expr_build_value (expr, fixture->graph, fixture->scope, error) : NULL;
}

static WeftValue *
build (Fixture *fixture, const char *text)
{
  return build_value (fixture->graph, fixture->scope, text);
}

/* ---- Types ---- */

static const struct
{
  const char *text, *type;
} typed[] = {
  { "zeros((n, 2))", "f32 (count_1, 2)" },
  { "zeros((n + 1, n * n))", "f32 (count_1+1, count_1*count_1)" },
  { "zeros(n) + zeros(n)", "f32 (count_1,)" },
  { "arange(n)", "i64 (count_1,)" },
  { "arange(2, n)", "i64 (count_1-2,)" },
  { "x[:n]", "f32 (minimum(batch,count_1), 4)" },
  { "x[:, :n]", "f32 (batch, minimum(4,count_1))" },
  { "x[n:]", "f32 (batch-count_1, 4)" },
  { "x[:3]", "f32 (minimum(3,batch), 4)" },
  { "x[:-1]", "f32 (batch-1, 4)" },
  { "x[mask]", "f32 (count_1, 4)" },
  { "x[mask, 0] * n", "f32 (count_1,)" },
  { "x[n]", "f32 (4,)" },
  { "zeros(x.shape[0] + 0 * n)", "f32 (batch,)" },
  { "zeros((minimum(x.shape[0], 10),))", "f32 (minimum(10,batch),)" },
  { "x[mask].set(0)", "f32 (batch, 4)" },
  { "squeeze(x[:, None])", "f32 (batch, 4)" },
};

static void
test_types (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (typed); i++)
    {
      Fixture          own = { 0 };
      g_autofree char *type = NULL;
      g_autoptr (GError) error = NULL;
      WeftValue *value;

      set_up (&own, NULL);
      value = build (&own, typed[i].text);
      type = weft_type_to_string (&value->type);
      if (!g_str_equal (type, typed[i].type))
        g_error ("%s: is %s, expected %s", typed[i].text, type, typed[i].type);
      weft_graph_check (own.graph, 1, &value, &error);
      g_assert_no_error (error);
      tear_down (&own, NULL);
    }
}

static const struct
{
  const char *text, *part;
} refused[] = {
  { "zeros((n * 1.5, 2))", "whole numbers or dimensions" },
  { "x[:x]", "single whole numbers" },
  { "map(lambda r: r[r > 0].sum(), x)", "a size inside a loop cannot come from data" },
  { "map(lambda r: zeros((sum(r > 0),)).sum(), x)", "a size inside a loop cannot come from data" },
  { "x[zeros(3) > 0]", "does not fit axis 0" },
  { "transpose(x)[(zeros(3) > 0)]", "a mask of shape (3,) does not fit axis 0 of (4, batch)" },
};

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      WeftValue *value = try_build (fixture, refused[i].text, &error);

      if (i == 4)
        {
          /* 3 and batch may be equal: this is found at the call. */
          g_assert_nonnull (value);
          continue;
        }
      if (value != NULL || strstr (error->message, refused[i].part) == NULL)
        g_error ("%s: %s", refused[i].text, value != NULL ? "is accepted" : error->message);
    }
}

/* ---- Definitions ---- */

static void
test_order (Fixture *fixture, gconstpointer data)
{
  WeftValue *value = build (fixture, "y = x[mask]\nflat = ravel(y[y[:, 0] > 0])\nflat * 2");
  g_autoptr (GArray) counted = weft_graph_counted_dims (fixture->graph, 1, &value);
  g_autoptr (GPtrArray) order = weft_graph_order (fixture->graph, 1, &value);

  g_assert_cmpuint (counted->len, ==, 2);
  for (guint i = 0; i < counted->len; i++)
    {
      const WeftCounted *one = &g_array_index (counted, WeftCounted, i);

      g_assert_true (g_ptr_array_find (order, one->value->apply, NULL));
      g_assert_true (weft_graph_find_counted (fixture->graph, one->name) == one->value);
      g_assert_true (i == 0 || one->value->id > (one - 1)->value->id);
    }
}

static void
assert_type (const WeftValue *value, const char *expected)
{
  g_autofree char *type = weft_type_to_string (&value->type);

  g_assert_cmpstr (type, ==, expected);
}

static void
test_clone (Fixture *fixture, gconstpointer data)
{
  WeftValue *value = build (fixture, "concat((x[mask], x[mask]))"), *copy, *again;
  g_autoptr (WeftGraph) target = weft_graph_new ();
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();
  g_autoptr (GHashTable) replaced = g_hash_table_new (NULL, NULL);
  g_autoptr (GError) error = NULL;

  /* Elsewhere under the same name, in the same graph under a new one, as numbers where bound. */
  assert_type (value, "f32 (count_1+count_2, 4)");
  weft_graph_clone (fixture->graph, target, 1, &value, NULL, NULL, &copy, &error);
  g_assert_no_error (error);
  assert_type (copy, "f32 (count_1+count_2, 4)");
  g_assert_nonnull (weft_graph_find_counted (target, "count_2"));
  weft_graph_check (target, 1, &copy, &error);
  g_assert_no_error (error);

  g_hash_table_insert (replaced, fixture->mask, add_input (fixture, "other", WEFT_BOOL, 1, 0));
  weft_graph_clone (fixture->graph, fixture->graph, 1, &value, replaced, NULL, &again, &error);
  g_assert_no_error (error);
  assert_type (again, "f32 (count_3+count_4, 4)");
  g_assert_true (weft_graph_find_counted (fixture->graph, "count_3") !=
                 weft_graph_find_counted (fixture->graph, "count_1"));

  weft_bindings_set (bindings, "count_1", 2);
  weft_bindings_set (bindings, "count_2", 2);
  weft_graph_clone (fixture->graph, target, 1, &value, NULL, bindings, &copy, &error);
  g_assert_no_error (error);
  assert_type (copy, "f32 (4, 4)");
}

static void
test_print (Fixture *fixture, gconstpointer data)
{
  WeftValue       *value = build (fixture, "x[mask][:n].sum(axis=0) / zeros((n + 2, 4)).shape[0]");
  g_autofree char *text = weft_graph_to_string (fixture->graph, 1, &value), *again = NULL;
  g_autoptr (WeftExpr) expr = NULL;
  g_autoptr (GError) error = NULL;
  const char **names;
  WeftBinding *last;
  Fixture      other = { 0 };

  g_assert_nonnull (strstr (text, "\ncount_1 = count_dim("));
  g_assert_nonnull (strstr (text, "count_2 = count_dim(n)\n"));
  expr = weft_expr_parse (text, &error);
  g_assert_no_error (error);
  set_up (&other, NULL);
  weft_expr_build (expr, other.graph, other.scope, NULL, &error);
  g_assert_no_error (error);
  names = weft_expr_assigned_names (expr);
  last = weft_scope_get (other.scope, names[g_strv_length ((char **) names) - 1]);
  assert_type (last->value, "f32 (4,)");
  again = weft_graph_to_string (other.graph, 1, &last->value);
  g_assert_cmpuint (strlen (again), ==, strlen (text));
  tear_down (&other, NULL);
}

/* ---- Dimensions ---- */

static void
assert_dim (WeftDim dim, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  WeftDim again;

  weft_dim_append (dim, text);
  g_assert_cmpstr (text->str, ==, expected);
  g_assert_true (weft_dim_parse (text->str, &again));
  g_assert_true (weft_dim_equal (dim, again));
}

static void
test_choices (void)
{
  WeftDim n = weft_dim_named ("n"), m = weft_dim_named ("m"), ten = weft_dim (10);
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();
  gint64 value;

  assert_dim (weft_dim_minimum (weft_dim (3), ten), "3");
  assert_dim (weft_dim_maximum (weft_dim (3), ten), "10");
  assert_dim (weft_dim_minimum (n, weft_dim_add (n, m)), "n");
  assert_dim (weft_dim_maximum (weft_dim (0), n), "n");
  assert_dim (weft_dim_minimum (n, ten), "minimum(10,n)");
  assert_dim (weft_dim_maximum (weft_dim_mul (n, m), m), "maximum(m,m*n)");
  assert_dim (weft_dim_add (weft_dim_mul (weft_dim_minimum (n, ten), weft_dim (2)), m),
              "m+2*minimum(10,n)");
  g_assert_true (weft_dim_equal (weft_dim_minimum (n, ten), weft_dim_minimum (ten, n)));
  g_assert_false (weft_dim_differs (weft_dim_minimum (n, ten), ten));
  g_assert_false (weft_dim_resolve (weft_dim_minimum (n, ten), NULL, &value));
  weft_bindings_set (bindings, "n", 12);
  g_assert_true (weft_dim_resolve (weft_dim_minimum (n, ten), bindings, &value));
  g_assert_cmpint (value, ==, 10);
}

/* ---- Calls ---- */

static WeftFunction *
make_function (Fixture *fixture, WeftValue *value, WeftMode mode)
{
  WeftValue       *inputs[] = { fixture->x, fixture->mask, fixture->n };
  WeftFunctionSpec spec = { .graph = fixture->graph,
                            .n_inputs = 3,
                            .inputs = inputs,
                            .n_outputs = 1,
                            .outputs = &value,
                            .mode = mode };
  g_autoptr (GError) error = NULL;
  WeftFunction *function = weft_function_new (&spec, &error);

  g_assert_no_error (error);
  return function;
}

/* Calls with rows 0 .. 5, a mask of every @every th row, and n = @n. */
static WeftArray *
call (WeftFunction *function, gint64 every, gint64 n, GError **error)
{
  g_autoptr (WeftArray) x = weft_array_new (WEFT_F32, 2, (const gint64[]){ 6, 4 });
  g_autoptr (WeftArray) mask = weft_array_new (WEFT_BOOL, 1, (const gint64[]){ 6 });
  g_autoptr (WeftArray) count = weft_array_new_scalar (WEFT_I64, n);
  WeftArray *inputs[] = { x, mask, count }, *result = NULL;

  for (gint64 i = 0; i < 24; i++)
    weft_array_set (x, i, i / 4);
  for (gint64 i = 0; i < 6; i++)
    weft_array_set (mask, i, i % every == 0);
  return weft_function_call (function, inputs, &result, NULL, error) ? result : NULL;
}

static void
test_calls (Fixture *fixture, gconstpointer data)
{
  WeftMode   mode = GPOINTER_TO_UINT (data);
  WeftValue *value = build (fixture, "y = x[mask]\ny[y[:, 0] > n - 2, 1]");
  g_autoptr (WeftFunction) function = make_function (fixture, value, mode);
  static const struct
  {
    gint64 every, n, rows;
    double first;
  } calls[] = { { 1, 2, 5, 1 }, { 2, 2, 2, 2 }, { 2, 5, 1, 4 }, { 1, 9, 0, 0 }, { 1, 2, 5, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftArray) result = call (function, calls[i].every, calls[i].n, &error);

      g_assert_no_error (error);
      g_assert_cmpint (result->shape[0], ==, calls[i].rows);
      if (calls[i].rows > 0)
        g_assert_cmpfloat (weft_array_get (result, 0), ==, calls[i].first);
    }
}

/* ---- Looking ---- */

static void
collect_cb (const WeftRunEvent *event, gpointer data)
{
  GString *seen = data;

  g_string_append_printf (seen, "%s %s %g; ", event->op->name, event->message,
                          weft_array_get (event->value, 0));
}

static void
test_events (Fixture *fixture, gconstpointer data)
{
  WeftMode   mode = GPOINTER_TO_UINT (data);
  WeftValue *value =
    build (fixture, "a = print(x[3, 0], 'a')\n"
                    "b = breakpoint(watch(a + 1, 'b'), a > 5, 'never')\n"
                    "fold(lambda r, h: print(h + r, 'h'), breakpoint(x[:2, 0], True), b)");
  g_autoptr (WeftFunction) function = make_function (fixture, value, mode);
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) silent = call (function, 1, 1, &error);
  g_autoptr (WeftArray) result = NULL;

  g_assert_no_error (error);
  weft_function_set_event (function, collect_cb, seen);
  result = call (function, 1, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (weft_array_get (result, 0), ==, 5);
  g_assert_cmpfloat (weft_array_get (silent, 0), ==, 5);
  g_assert_nonnull (strstr (seen->str, "print a 3; "));
  g_assert_nonnull (strstr (seen->str, "watch b 4; "));
  g_assert_nonnull (strstr (seen->str, "breakpoint  0; "));
  g_assert_nonnull (strstr (seen->str, "print h 4; print h 5; "));
  g_assert_null (strstr (seen->str, "never"));
}

static void
test_assert (Fixture *fixture, gconstpointer data)
{
  WeftMode   mode = GPOINTER_TO_UINT (data);
  WeftValue *value = build (fixture, "assert(x, x[:, 0] < n, 'rows are small') * 2");
  g_autoptr (WeftFunction) function = make_function (fixture, value, mode);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) good = call (function, 1, 9, &error);

  g_assert_no_error (error);
  g_assert_nonnull (good);
  g_assert_null (call (function, 1, 3, &error));
  g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_ASSERT);
  g_assert_cmpstr (error->message, ==, "assert: rows are small");
}

/* ---- Float64 ---- */

static void
test_widening (Fixture *fixture, gconstpointer data)
{
  WeftValue *wide = add_input (fixture, "wide", WEFT_F64, 2, 4);
  WeftValue *values[] = { build (fixture, "tanh(x * wide) + wide"),
                          build (fixture, "f64(x) * wide"), build (fixture, "x * 2.5 + n"),
                          build (fixture, "wide * 2.5") };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GArray) found = weft_graph_widenings (fixture->graph, 1, &values[i]);

      g_assert_cmpuint (found->len, ==, i == 0 ? 1 : 0);
      if (i == 0)
        {
          g_assert_true (g_array_index (found, WeftWidening, 0).wide == wide);
          g_assert_true (g_array_index (found, WeftWidening, 0).narrow == fixture->x);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/engine/counted/types", Fixture, NULL, set_up, test_types, tear_down);
  g_test_add ("/engine/counted/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/engine/counted/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/engine/counted/clone", Fixture, NULL, set_up, test_clone, tear_down);
  g_test_add ("/engine/counted/print", Fixture, NULL, set_up, test_print, tear_down);
  g_test_add_func ("/engine/counted/choices", test_choices);
  g_test_add ("/engine/counted/widening", Fixture, NULL, set_up, test_widening, tear_down);
  for (WeftMode mode = WEFT_MODE_INTERPRET; mode <= WEFT_MODE_REFERENCE; mode++)
    {
      gconstpointer    data = GUINT_TO_POINTER (mode);
      const char      *name = mode == WEFT_MODE_INTERPRET ? "interpret" : "reference";
      g_autofree char *calls = g_strconcat ("/engine/counted/calls/", name, NULL);
      g_autofree char *events = g_strconcat ("/engine/debug/events/", name, NULL);
      g_autofree char *asserts = g_strconcat ("/engine/debug/assert/", name, NULL);

      g_test_add (calls, Fixture, data, set_up, test_calls, tear_down);
      g_test_add (events, Fixture, data, set_up, test_events, tear_down);
      g_test_add (asserts, Fixture, data, set_up, test_assert, tear_down);
    }
  return g_test_run ();
}
