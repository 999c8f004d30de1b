/* Tests of taking expressions apart and of joining nodes into one: what is computed stays the same
 * graph, both ways, and each is one step.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lower.h"
#include "engine/ops/ops.h"

#include <string.h>

static const char head[] =
  "{\"format\": \"weft\", \"version\": 1, \"nodes\": [\n"
  "{\"id\": \"x\", \"op\": \"input\", \"params\": {\"shape\": \"(batch, 4)\"}},\n"
  "{\"id\": \"W\", \"op\": \"parameter\", \"params\": {\"shape\": \"(4, 3)\"}},\n"
  "{\"id\": \"b\", \"op\": \"parameter\", \"params\": {\"shape\": \"(3,)\"}},\n"
  "{\"id\": \"i\", \"op\": \"input\", \"params\": {\"shape\": \"(batch,)\", \"dtype\": "
  "\"i64\"}},\n";

/* A text, and how many nodes it is taken apart into; 0: refused. */
typedef struct
{
  const char *text;
  guint       n;
  const char *ops; /* of the nodes, in order; NULL: not looked at */
} Case;

static const Case cases[] = {
  { "softmax(x @ W + b)", 3, "matmul add softmax" },
  { "softmax(x @ W + b, axis=-1)", 3, "matmul add softmax" },
  { "1e-4 * sum(W ** 2)", 3, "expression sum expression" },
  { "h = tanh(x @ W + b)\nh * h", 4, "matmul add tanh mul" },
  { "y = (x @ W).sum(axis=1, keepdims=True)\nz = -y", 3, "matmul sum neg" },
  { "concat((x, x @ W, relu(x)), axis=1)", 3, "matmul relu concat" },
  { "x[:, 0] + x[:, 1]", 3, "getitem getitem add" },
  { "x[i * 0] * x.shape[-1]", 3, "expression getitem expression" },
  { "n = x.shape[0] * 2\nx.T.sum() / n", 3, "transpose sum expression" },
  { "exp(x) / (exp(x).sum(-1, True))", 4, "exp exp sum div" },
  { "values, indices = topk(x, 2)\nvalues * 2.0", 2, NULL },
  { "v, j = topk(tanh(x), 2)", 2, "tanh topk" },
  { "x if x.shape[1] > 2 else -x", 2, NULL },
  { "tanh(x) if training else x", 2, "tanh expression" },
  { "where(x > 0, x, 0.1 * x)", 3, "expression expression where" },
  { "relu(x).reshape(-1, 2, 2)", 2, "relu reshape" },
  { "zeros((3,)) + b", 0, NULL },
  { "a = b; a = a * 2; a = a + b; a", 2, "expression add" },
  { "map(lambda r: tanh(r) * b.sum(), relu(x))", 2, "relu expression" },
  { "float64(tanh(x)) @ float64(W)", 4, "tanh expression expression matmul" },
  { "tanh(x)", 1, "tanh" },
  { "maximum(x, 0)", 0, NULL },
  { "f = lambda t: t * t\nf(x) + x", 0, NULL },
  { "x ** 2 ** 3 - -x", 3, "expression neg sub" },
  { "one_hot(i, 3) @ W.T", 3, "one_hot transpose matmul" },
};

static WeftDocument *
document_of (const char *text)
{
  g_autofree char *escaped = g_strescape (text, NULL);
  g_autofree char *whole = NULL;
  g_autoptr (GError) error = NULL;
  WeftDocument *document;

  whole =
    g_strdup_printf ("%s{\"id\": \"e\", \"op\": \"expression\", \"params\": {\"text\": \"%s\"}, "
                     "\"at\": [100, 0]}]}",
                     head, escaped);
  document = weft_document_parse (whole, -1, "case", &error);
  g_assert_no_error (error);
  for (guint k = 0; k < 4; k++)
    {
      static const char *const names[] = { "x", "W", "b", "i" };

      weft_document_connect (document, weft_document_node_by_id (document, names[k])->uid, "y",
                             weft_document_node_by_id (document, "e")->uid, names[k], NULL);
    }
  return document;
}

/* What node @id gives at @port, as one expression of ops, whatever order they were made in. */
static char *
graph_of (WeftDocument *document, guint32 uid, const char *port)
{
  const WeftLowerOptions options = { .training = TRUE, .no_init = TRUE };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  g_autofree char *name = g_strdup_printf ("%s.%s", weft_document_node (document, uid)->id, port);
  WeftValue       *value = weft_lowered_get (lowered, name);
  g_autofree char *type = NULL, *expression = NULL;

  if (lowered->problems->len > 0)
    g_error ("%s", ((WeftProblem *) g_ptr_array_index (lowered->problems, 0))->message);
  g_assert_nonnull (value);
  type = weft_type_to_string (&value->type);
  expression = weft_value_to_expression (value, 1000);
  return g_strdup_printf ("%s = %s", type, expression);
}

/* A node that holds on to the outputs, so that one can follow them: an "output" each. */
static void
hold_outputs (WeftDocument *document, GPtrArray *ids)
{
  guint32 uid = weft_document_node_by_id (document, "e")->uid;
  g_autoptr (WeftPorts) ports = weft_document_ports (document, uid);

  for (guint i = 0; i < ports->n_outputs; i++)
    {
      g_autofree char *id = g_strdup_printf ("held_%u", i);
      guint32          held = weft_document_add_node (document, "output", id, NULL, 0, 0, NULL);

      g_assert_true (
        weft_document_connect (document, uid, ports->outputs[i].name, held, "x", NULL));
      g_ptr_array_add (ids, g_strdup (id));
    }
}

static GPtrArray *
graphs_of (WeftDocument *document, GPtrArray *ids)
{
  GPtrArray *graphs = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < ids->len; i++)
    {
      const char *id = g_ptr_array_index (ids, i);

      g_ptr_array_add (graphs,
                       graph_of (document, weft_document_node_by_id (document, id)->uid, id));
    }
  return graphs;
}

static void
assert_graphs (WeftDocument *document, GPtrArray *ids, GPtrArray *expected)
{
  g_autoptr (GPtrArray) graphs = graphs_of (document, ids);

  for (guint i = 0; i < ids->len; i++)
    g_assert_cmpstr (g_ptr_array_index (graphs, i), ==, g_ptr_array_index (expected, i));
}

static char *
ops_of (WeftDocument *document, const GArray *uids)
{
  GString *ops = g_string_new (NULL);

  for (guint i = 0; i < uids->len; i++)
    g_string_append_printf (ops, "%s%s", i > 0 ? " " : "",
                            weft_document_node (document, g_array_index (uids, guint32, i))->op);
  return g_string_free (ops, FALSE);
}

static void
test_case (gconstpointer data)
{
  const Case *row = data;
  g_autoptr (WeftDocument) document = document_of (row->text), again = NULL;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) graphs = NULL;
  g_autoptr (GArray) made = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL, *undone = NULL, *ops = NULL, *text = NULL;
  guint32          joined;

  hold_outputs (document, ids);
  graphs = graphs_of (document, ids);
  before = weft_document_to_text (document);
  made = weft_document_explode (document, weft_document_node_by_id (document, "e")->uid, &error);
  if (row->n == 0)
    {
      g_assert_null (made);
      g_assert_nonnull (error);
      undone = weft_document_to_text (document);
      g_assert_cmpstr (undone, ==, before);
      return;
    }
  g_assert_no_error (error);
  ops = ops_of (document, made);
  if (row->ops != NULL)
    g_assert_cmpstr (ops, ==, row->ops);
  g_assert_cmpuint (made->len, ==, row->n);
  assert_graphs (document, ids, graphs);
  text = weft_document_to_text (document);
  again = weft_document_parse (text, -1, "again", &error);
  g_assert_no_error (error);
  assert_graphs (again, ids, graphs);
  if (made->len > 1)
    {
      joined = weft_document_collapse (document, (const guint32 *) (void *) made->data, made->len,
                                       &error);
      g_assert_no_error (error);
      g_assert_cmpstr (weft_document_node (document, joined)->op, ==, "expression");
      assert_graphs (document, ids, graphs);
      g_test_message ("%s", weft_json_get_string (weft_document_node (document, joined)->params,
                                                  "text", ""));
      g_assert_true (weft_document_undo (document));
    }
  g_assert_true (weft_document_undo (document));
  undone = weft_document_to_text (document);
  g_assert_cmpstr (undone, ==, before);
}

/* Nothing is wired in yet: the ports stay open. */
static void
test_open (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  WeftJson *params = weft_json_new_object ();
  guint32   uid;
  g_autoptr (GArray) made = NULL;

  weft_json_set_string (params, "text", "softmax(x @ W + b)");
  uid = weft_document_add_node (document, "expression", NULL, params, 0, 0, NULL);
  made = weft_document_explode (document, uid, NULL);
  g_assert_cmpuint (made->len, ==, 3);
  g_assert_cmpuint (weft_document_n_wires (document), ==, 2);
}

/* What the training section names, and wires' dots, go along. */
static void
test_followers (void)
{
  g_autoptr (WeftDocument) document = document_of ("tanh(x @ W)");
  guint32      uid = weft_document_node_by_id (document, "e")->uid;
  guint32      next = weft_document_add_node (document, "sum", "next", NULL, 0, 0, NULL);
  const double dots[][2] = { { 1, 2 } };
  g_autoptr (GArray) made = NULL;
  guint32 joined;

  weft_document_connect (document, uid, "out", next, "x", NULL);
  weft_document_set_dots (document, next, "x", dots, 1);
  weft_document_set_training (document, "output", weft_json_new_string ("e.out"));
  made = weft_document_explode (document, uid, NULL);
  g_assert_cmpstr (weft_json_get_string (weft_document_get_training (document), "output", ""), ==,
                   "tanh.y");
  g_assert_cmpuint (weft_document_wire_into (document, next, "x")->n_dots, ==, 1);
  joined =
    weft_document_collapse (document, (const guint32 *) (void *) made->data, made->len, NULL);
  g_assert_cmpstr (weft_json_get_string (weft_document_node (document, joined)->params, "text", ""),
                   ==, "tanh(x @ W)");
  g_assert_cmpstr (weft_json_get_string (weft_document_get_training (document), "output", ""), ==,
                   "expression.out");
  g_assert_cmpuint (weft_document_wire_into (document, next, "x")->n_dots, ==, 1);
}

/* A node between those that are joined, one that holds numbers, and one alone. */
static void
test_refused (void)
{
  g_autoptr (WeftDocument) document = document_of ("x @ W");
  guint32          e = weft_document_node_by_id (document, "e")->uid;
  guint32          w = weft_document_node_by_id (document, "W")->uid;
  guint32          between = weft_document_add_node (document, "tanh", NULL, NULL, 0, 0, NULL);
  guint32          last = weft_document_add_node (document, "mul", NULL, NULL, 0, 0, NULL);
  g_autofree char *before = NULL, *after = NULL;
  g_autoptr (GError) error = NULL;

  weft_document_connect (document, e, "out", between, "x", NULL);
  weft_document_connect (document, between, "y", last, "a", NULL);
  weft_document_connect (document, e, "out", last, "b", NULL);
  before = weft_document_to_text (document);
  g_assert_cmpuint (weft_document_collapse (document, (guint32[]){ e, last }, 2, &error), ==, 0);
  g_assert_nonnull (strstr (error->message, "tanh lies between these nodes"));
  g_clear_error (&error);
  g_assert_cmpuint (weft_document_collapse (document, (guint32[]){ e, w }, 2, &error), ==, 0);
  g_assert_nonnull (strstr (error->message, "W must stay outside"));
  g_clear_error (&error);
  g_assert_cmpuint (weft_document_collapse (document, (guint32[]){ e }, 1, &error), ==, 0);
  g_clear_error (&error);
  g_assert_null (weft_document_explode (document, last, &error));
  after = weft_document_to_text (document);
  g_assert_cmpstr (before, ==, after);
}

/* Two that are used outside: the text gives both names. */
static void
test_several (void)
{
  g_autoptr (WeftDocument) document = document_of ("x @ W");
  guint32 e = weft_document_node_by_id (document, "e")->uid;
  guint32 t = weft_document_add_node (document, "tanh", NULL, NULL, 0, 0, NULL);
  guint32 half = weft_document_add_node (document, "constant", "half", NULL, 0, 0, NULL);
  guint32 m = weft_document_add_node (document, "mul", NULL, NULL, 0, 0, NULL);
  guint32 joined;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) graphs = NULL;
  g_autoptr (GError) error = NULL;

  hold_outputs (document, ids);
  weft_document_connect (document, e, "out", t, "x", NULL);
  weft_document_set_param (document, half, "value", weft_json_new_number (0.5), NULL);
  weft_document_connect (document, t, "y", m, "a", NULL);
  weft_document_connect (document, half, "y", m, "b", NULL);
  graphs = graphs_of (document, ids);
  joined = weft_document_collapse (document, (guint32[]){ e, t, m, half }, 4, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (weft_json_get_string (weft_document_node (document, joined)->params, "text", ""),
                   ==, "e = x @ W\nmul2 = tanh(e) * float32(0.5)");
  assert_graphs (document, ids, graphs);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/document/explode/%02u", i);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/engine/document/explode/open", test_open);
  g_test_add_func ("/engine/document/explode/followers", test_followers);
  g_test_add_func ("/engine/document/collapse/refused", test_refused);
  g_test_add_func ("/engine/document/collapse/several", test_several);
  return g_test_run ();
}
