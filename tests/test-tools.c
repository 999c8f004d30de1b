/* Graph tools: substitute, ancestors, descendants, same graph, find.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/tools.h"
#include "engine/ops/ops.h"
#include "tests/graph-tools.h"

#include <string.h>

#define CHAIN 100000

typedef struct
{
  WeftGraph *graph;
  WeftScope *scope;
  WeftValue *x;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  WeftType type = { .dtype = WEFT_F32, .shape = weft_shape (1, (gint64) 4) };

  fixture->graph = weft_graph_new ();
  fixture->scope = weft_scope_new ();
  fixture->x = weft_graph_input (fixture->graph, "x", &type);
  weft_scope_set_value (fixture->scope, "x", fixture->x);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weft_graph_free (fixture->graph);
  weft_scope_free (fixture->scope);
}

static WeftValue *
build (Fixture *fixture, const char *text)
{
  return build_value (fixture->graph, fixture->scope, text);
}

static void
assert_text (WeftValue *value, const char *expected)
{
  g_autofree char *text = weft_value_to_expression (value, 100);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_substitute (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  WeftValue *h = build (fixture, "tanh(x)"), *side = build (fixture, "exp(x)"), *y, *result,
            *both[2], *found[2];
  guint before;

  weft_scope_set_value (fixture->scope, "h", h);
  weft_scope_set_value (fixture->scope, "side", side);
  y = build (fixture, "h * 2 + side");
  g_hash_table_insert (replacements, h, build (fixture, "sin(x)"));
  before = weft_graph_n_applies (fixture->graph);
  g_assert_true (weft_graph_substitute (fixture->graph, 1, &y, replacements, &result, &error));
  g_assert_no_error (error);
  assert_text (result, "sin(x) * 2.0 + exp(x)");
  assert_text (y, "tanh(x) * 2.0 + exp(x)");
  /* Only what depends on it is made again: one product, one sum. */
  g_assert_cmpuint (weft_graph_n_applies (fixture->graph), ==, before + 2);
  g_assert_true (result->apply->inputs[1] == side);
  both[0] = side;
  both[1] = h;
  g_assert_true (weft_graph_substitute (fixture->graph, 2, both, replacements, found, &error));
  g_assert_true (found[0] == side);
  assert_text (found[1], "sin(x)");
  g_hash_table_insert (replacements, h, build (fixture, "zeros((3,))"));
  g_assert_false (weft_graph_substitute (fixture->graph, 1, &y, replacements, &result, &error));
  g_assert_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE);
}

static gboolean
holds (GPtrArray *values, WeftValue *value)
{
  return g_ptr_array_find (values, value, NULL);
}

static void
test_relatives (Fixture *fixture, gconstpointer data)
{
  WeftValue *h = build (fixture, "tanh(x)"), *y, *other = build (fixture, "exp(x)");
  g_autoptr (GPtrArray) up = NULL;
  g_autoptr (GPtrArray) down = NULL;
  g_autoptr (GPtrArray) none = NULL;

  weft_scope_set_value (fixture->scope, "h", h);
  y = build (fixture, "sum(h)");
  up = weft_graph_ancestors (fixture->graph, 1, &y);
  g_assert_cmpuint (up->len, ==, 2);
  g_assert_true (up->pdata[0] == fixture->x && up->pdata[1] == h);
  down = weft_graph_descendants (fixture->graph, 1, &fixture->x, 1, &y);
  g_assert_cmpuint (down->len, ==, 2);
  g_assert_true (holds (down, h) && holds (down, y) && !holds (down, other));
  none = weft_graph_descendants (fixture->graph, 1, &other, 1, &y);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_same (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *a, *b;
    gboolean    same;
  } pairs[] = {
    { "tanh(x) + 1", "tanh(x) + 1", TRUE },
    { "tanh(x) + 1", "tanh(x) + 2", FALSE },
    { "tanh(x) + 1", "sinh(x) + 1", FALSE },
    { "sum(x, axis=0)", "sum(x, axis=0, keepdims=True)", FALSE },
    { "x - exp(x)", "exp(x) - x", FALSE },
    { "x + x", "x + x", TRUE },
    { "exp(x) * exp(x)", "exp(x) * exp(x)", TRUE },
    { "topk(x, 2)[0]", "topk(x, 2)[1].astype(f32)", FALSE },
    { "scan(lambda r, s: s + r, sequences=x, states=0.0)",
      "scan(lambda r, s: s + r, sequences=x, states=0.0)", TRUE },
    { "scan(lambda r, s: s + r, sequences=x, states=0.0)",
      "scan(lambda r, s: s * r, sequences=x, states=0.0)", FALSE },
    { "normal((3,))", "normal((3,))", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      WeftValue *a = build (fixture, pairs[i].a);
      WeftValue *b = build (fixture, pairs[i].b);

      if (weft_graph_same (1, &a, &b, NULL) != pairs[i].same)
        g_error ("%s and %s", pairs[i].a, pairs[i].b);
      g_assert_true (weft_graph_same (1, &a, &a, NULL));
    }
}

/* Other inputs are partners only where that is said. */
static void
test_same_with_partners (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GHashTable) partners = g_hash_table_new (NULL, NULL);
  WeftValue *z = weft_graph_input (fixture->graph, "z", &fixture->x->type), *a, *b;

  weft_scope_set_value (fixture->scope, "z", z);
  a = build (fixture, "tanh(x) * x");
  b = build (fixture, "tanh(z) * z");
  g_assert_false (weft_graph_same (1, &a, &b, NULL));
  g_hash_table_insert (partners, fixture->x, z);
  g_assert_true (weft_graph_same (1, &a, &b, partners));
  b = build (fixture, "tanh(z) * x");
  g_assert_false (weft_graph_same (1, &a, &b, partners));
}

static guint
count (Fixture *fixture, WeftValue *y, const char *name, const char *op, const char *role)
{
  WeftGraphQuery query = { name, op, role };
  g_autoptr (GPtrArray) found = weft_graph_find (fixture->graph, 1, &y, &query);

  return found->len;
}

static WeftValue *
add_shared (Fixture *fixture, const char *name, guint rank, gboolean trainable)
{
  gint64 shape[2] = { 4, 4 };
  g_autoptr (WeftArray) array = weft_array_new (WEFT_F32, rank, shape);
  g_autoptr (WeftShared) shared = weft_shared_new (name, trainable ? "parameter" : "state", array);

  shared->trainable = trainable;
  return weft_graph_shared (fixture->graph, shared);
}

static void
test_find (Fixture *fixture, gconstpointer data)
{
  WeftValue *y;

  weft_scope_set_value (fixture->scope, "W", add_shared (fixture, "hidden.W", 2, TRUE));
  weft_scope_set_value (fixture->scope, "b", add_shared (fixture, "hidden.b", 1, TRUE));
  weft_scope_set_value (fixture->scope, "m", add_shared (fixture, "hidden.mean", 1, FALSE));
  y = build (fixture, "sum(tanh(x @ W + b - m) * dropout(tanh(x), 0.5))");
  g_assert_cmpuint (count (fixture, y, NULL, "tanh", NULL), ==, 2);
  g_assert_cmpuint (count (fixture, y, NULL, "cos", NULL), ==, 0);
  g_assert_cmpuint (count (fixture, y, "hidden.*", NULL, NULL), ==, 3);
  g_assert_cmpuint (count (fixture, y, "hidden.*", NULL, "parameter"), ==, 2);
  g_assert_cmpuint (count (fixture, y, NULL, NULL, "weight"), ==, 1);
  g_assert_cmpuint (count (fixture, y, NULL, NULL, "bias"), ==, 1);
  g_assert_cmpuint (count (fixture, y, NULL, NULL, "state"), ==, 1);
  g_assert_cmpuint (count (fixture, y, NULL, NULL, "input"), ==, 1);
  g_assert_cmpuint (count (fixture, y, NULL, NULL, "cost"), ==, 1);
  g_assert_cmpuint (count (fixture, y, NULL, NULL, "random"), >=, 1);
  g_assert_cmpuint (count (fixture, y, NULL, NULL, "loop"), ==, 0);
}

/* No recursion: a chain as long as this works, and takes no time. */
static void
test_chain (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GHashTable) replacements = g_hash_table_new (NULL, NULL);
  WeftValue *y = fixture->x, *result;
  g_autoptr (GPtrArray) up = NULL;

  for (guint i = 0; i < CHAIN; i++)
    y = weft_graph_op (fixture->graph, "tanh", y, NULL);
  up = weft_graph_ancestors (fixture->graph, 1, &y);
  g_assert_cmpuint (up->len, ==, CHAIN);
  g_hash_table_insert (replacements, fixture->x, build (fixture, "exp(x)"));
  g_assert_true (weft_graph_substitute (fixture->graph, 1, &y, replacements, &result, NULL));
  g_assert_false (weft_graph_same (1, &y, &result, NULL));
  g_assert_true (weft_graph_same (1, &y, &result, replacements));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add ("/engine/tools/substitute", Fixture, NULL, set_up, test_substitute, tear_down);
  g_test_add ("/engine/tools/relatives", Fixture, NULL, set_up, test_relatives, tear_down);
  g_test_add ("/engine/tools/same", Fixture, NULL, set_up, test_same, tear_down);
  g_test_add ("/engine/tools/same-with-partners", Fixture, NULL, set_up, test_same_with_partners,
              tear_down);
  g_test_add ("/engine/tools/find", Fixture, NULL, set_up, test_find, tear_down);
  g_test_add ("/engine/tools/chain", Fixture, NULL, set_up, test_chain, tear_down);
  return g_test_run ();
}
