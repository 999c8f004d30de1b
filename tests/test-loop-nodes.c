/* Loop nodes of documents: ports from the step, the same numbers as the language's own loops, steps
 * that are groups or lambdas, a lambda drawn as a group, gradients of a group's own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"
#include "tests/document-tools.h"

/* x is 3 x 2 x 4, in tenths; "cell" is h' = tanh(x @ W + h @ U), which also gives its sum. */
#define HEAD "{\"format\": \"weft\", \"version\": 1, "
#define CELL                                                                                     \
  "\"groups\": {\"cell\": {\"layer\": {\"inputs\": [\"x\", \"h\"], \"outputs\": [\"new_h\", "    \
  "\"total\"], \"knobs\": [{\"name\": \"gain\", \"type\": \"number\", \"default\": 1}]}, "       \
  "\"nodes\": [{\"id\": \"x\", \"op\": \"input\"}, {\"id\": \"h\", \"op\": \"input\"}, "         \
  "{\"id\": \"W\", \"op\": \"parameter\", \"params\": {\"shape\": \"(x.shape[-1], 3)\", "        \
  "\"init\": \"ones\"}}, {\"id\": \"body\", \"op\": \"expression\", \"params\": {\"text\": "     \
  "\"n = tanh(gain * (x @ W) + h)\\ns = sum(n)\"}}, {\"id\": \"new_h\", \"op\": \"output\"}, "   \
  "{\"id\": \"total\", \"op\": \"output\"}], \"wires\": [\"x.y -> body.x\", \"W.y -> body.W\", " \
  "\"h.y -> body.h\", \"body.n -> new_h.x\", \"body.s -> total.x\"]}}, "
#define DATA                                                                                      \
  "{\"id\": \"x\", \"op\": \"expression\", \"params\": {\"text\": \"reshape(cast(arange(24), "    \
  "f32), (3, 2, 4)) / 10\"}}, {\"id\": \"zero\", \"op\": \"expression\", \"params\": {\"text\": " \
  "\"zeros((2, 3))\"}}, {\"id\": \"W\", \"op\": \"parameter\", \"params\": {\"shape\": [4, 3], "  \
  "\"init\": \"ones\"}}"

/* A document with the nodes and wires of @rest beside the data. */
static WeftDocument *
make (const char *nodes, const char *wires)
{
  g_autofree char *text =
    g_strconcat (HEAD CELL "\"nodes\": [" DATA, nodes, "], \"wires\": [", wires, "]}", NULL);

  return parse (text);
}

static void
assert_ports (WeftDocument *document, const char *id, const char *inputs, const char *outputs)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (document, uid_of (document, id));
  g_autoptr (GString) in = g_string_new (NULL), out = g_string_new (NULL);

  for (guint i = 0; i < ports->n_inputs; i++)
    g_string_append_printf (in, "%s%s", i > 0 ? " " : "", ports->inputs[i].name);
  for (guint i = 0; i < ports->n_outputs; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? " " : "", ports->outputs[i].name);
  g_assert_cmpstr (in->str, ==, inputs);
  g_assert_cmpstr (out->str, ==, outputs);
}

static WeftArray *
evaluate (WeftDocument *document, const char *port)
{
  g_autoptr (WeftLowered) lowered =
    weft_document_lower (document, &(WeftLowerOptions){ .seed = 1 });
  g_autoptr (GError) error = NULL;
  WeftArray *result;

  if (lowered->problems->len > 0)
    g_error ("%s", ((WeftProblem *) g_ptr_array_index (lowered->problems, 0))->message);
  g_assert_nonnull (weft_lowered_get (lowered, port));
  result = weft_evaluate (lowered->graph, weft_lowered_get (lowered, port), 1, &error);
  g_assert_no_error (error);
  return result;
}

/* Both ports give the same numbers, which are not all 0. */
static void
assert_same (WeftDocument *document, const char *port, const char *other)
{
  g_autoptr (WeftArray) a = evaluate (document, port);
  g_autoptr (WeftArray) b = evaluate (document, other);
  double size = 0;

  g_assert_cmpint (a->n_elements, ==, b->n_elements);
  g_assert_cmpuint (a->rank, ==, b->rank);
  for (gint64 i = 0; i < a->n_elements; i++)
    {
      g_assert_cmpfloat_with_epsilon (weft_array_get (a, i), weft_array_get (b, i), 1e-6);
      size += weft_array_get (a, i) * weft_array_get (a, i);
    }
  g_assert_cmpfloat (size, >, 0);
}

static void
assert_problem (WeftDocument *document, const char *id, const char *port, const char *part)
{
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  const WeftProblem *problem;

  weft_typing_update (typing);
  problem = weft_typing_node_problem (typing, uid_of (document, id));
  g_assert_nonnull (problem);
  if (strstr (problem->message, part) == NULL)
    g_error ("“%s” should say “%s”", problem->message, part);
  g_assert_cmpstr (problem->port, ==, port);
}

/* ---- Scan ---- */

static void
test_scan_group (void)
{
  g_autoptr (WeftDocument) document =
    make (", {\"id\": \"s\", \"op\": \"scan\", \"params\": {\"step\": \"cell\"}}, {\"id\": \"e\", "
          "\"op\": \"expression\", \"params\": {\"text\": \"h = scan(lambda x, h: tanh(x @ W + h), "
          "x, zero)\\nlast = h[-1]\\nt = sum(h, axis=(1, 2))\"}}",
          "\"x.out -> s.x\", \"zero.out -> s.h\", \"x.out -> e.x\", \"W.y -> e.W\", \"zero.out -> "
          "e.zero\"");

  assert_ports (document, "s", "x h", "h last_h total");
  assert_same (document, "s.h", "e.h");
  assert_same (document, "s.last_h", "e.last");
  assert_same (document, "s.total", "e.t");
  {
    g_autoptr (WeftLowered) lowered =
      weft_document_lower (document, &(WeftLowerOptions){ .seed = 1 });

    /* The step's parameter is one variable, called after the node. */
    g_assert_cmpuint (lowered->shared->len, ==, 2);
    g_assert_cmpstr (((WeftShared *) g_ptr_array_index (lowered->shared, 1))->name, ==, "s.W");
  }
}

static void
test_scan_options (void)
{
  g_autoptr (WeftDocument) document = make (
    ", {\"id\": \"s\", \"op\": \"scan\", \"params\": {\"step\": \"cell\", \"knobs\": {\"gain\": "
    "0.5}, "
    "\"backwards\": true, \"truncate\": 2}}, {\"id\": \"l\", \"op\": \"scan\", \"params\": "
    "{\"step\": "
    "\"lambda x, h: tanh(0.5 * (x @ W) + h)\", \"backwards\": true}}, {\"id\": \"u\", \"op\": "
    "\"scan\", "
    "\"params\": {\"step\": \"lambda x, n: (n + 1, x * n, until(n >= 1))\", \"states\": \"n\"}}, "
    "{\"id\": \"one\", \"op\": \"expression\", \"params\": {\"text\": \"cast(0, i64)\"}}",
    "\"x.out -> s.x\", \"zero.out -> s.h\", \"x.out -> l.x\", \"zero.out -> l.h\", \"W.y -> l.W\", "
    "\"x.out -> u.x\", \"one.out -> u.n\"");
  g_autoptr (WeftArray) last = NULL;

  assert_ports (document, "l", "x h W", "h last_h");
  assert_ports (document, "u", "x n", "n last_n y");
  assert_same (document, "s.h", "l.h");
  assert_same (document, "s.last_h", "l.last_h");
  last = evaluate (document, "u.last_n");
  g_assert_cmpfloat (weft_array_get (last, 0), ==, 2); /* stopped after the second step */
}

static void
test_other_loops (void)
{
  g_autoptr (WeftDocument) document = make (
    ", {\"id\": \"m\", \"op\": \"map\", \"params\": {\"step\": \"lambda a: a * 2\"}}, {\"id\": "
    "\"r\", "
    "\"op\": \"reduce\", \"params\": {\"step\": \"lambda row, total: total + row @ W\"}}, "
    "{\"id\": \"c\", \"op\": \"cond\", \"params\": {\"then\": \"lambda v: v + v\", \"otherwise\": "
    "\"lambda v: v - 1\"}}, {\"id\": \"p\", \"op\": \"expression\", \"params\": {\"text\": "
    "\"sum(x) > "
    "0\"}}, {\"id\": \"e\", \"op\": \"expression\", \"params\": {\"text\": \"two = 2*x\\nall = "
    "sum(x @ W, axis=0)\"}}",
    "\"x.out -> m.a\", \"x.out -> r.row\", \"zero.out -> r.total\", \"W.y -> r.W\", \"x.out -> "
    "p.x\", "
    "\"p.out -> c.condition\", \"x.out -> c.v\", \"x.out -> e.x\", \"W.y -> e.W\"");

  assert_ports (document, "m", "a", "y");
  assert_ports (document, "r", "row total W", "new_total");
  assert_ports (document, "c", "condition v", "y");
  assert_same (document, "m.y", "e.two");
  assert_same (document, "r.new_total", "e.all");
  assert_same (document, "c.y", "e.two");
}

/* A group is a function of texts, too; what it holds is called after the node. */
static void
test_group_in_text (void)
{
  g_autoptr (WeftDocument) document =
    make (", {\"id\": \"s\", \"op\": \"scan\", \"params\": {\"step\": \"cell\"}}, {\"id\": \"e\", "
          "\"op\": "
          "\"expression\", \"params\": {\"text\": \"h, t = scan(cell, x, zero)\\na, b = cell(x[0], "
          "zero)\"}}",
          "\"x.out -> s.x\", \"zero.out -> s.h\", \"x.out -> e.x\", \"zero.out -> e.zero\"");
  g_autoptr (WeftLowered) lowered = NULL;

  assert_ports (document, "e", "x zero", "h t a b");
  assert_same (document, "e.h", "s.h");
  assert_same (document, "e.t", "s.total");
  lowered = weft_document_lower (document, &(WeftLowerOptions){ .seed = 1 });
  g_assert_cmpuint (lowered->shared->len, ==, 3); /* W, s.W and e.cell.W, which both calls share */
}

static void
test_problems (void)
{
  g_autoptr (WeftDocument) document = make (
    ", {\"id\": \"s\", \"op\": \"scan\", \"params\": {\"step\": \"cell\"}}, {\"id\": \"bad\", "
    "\"op\": "
    "\"scan\", \"params\": {\"step\": \"cel\"}}, {\"id\": \"st\", \"op\": \"scan\", \"params\": "
    "{\"step\": "
    "\"lambda x, h: h\", \"states\": \"q\"}}, {\"id\": \"two\", \"op\": \"reduce\", \"params\": "
    "{\"step\": \"lambda a, b, c: a\"}}, {\"id\": \"w\", \"op\": \"scan\", \"params\": {\"step\": "
    "\"lambda "
    "x, h: tanh(x @ W + h)\"}}, {\"id\": \"sy\", \"op\": \"map\", \"params\": {\"step\": \"lambda "
    "x: (\"}}",
    "\"x.out -> s.x\", \"x.out -> w.x\", \"x.out -> w.W\", \"zero.out -> w.h\"");

  assert_problem (document, "s", "h", "nothing is wired in");
  assert_problem (document, "bad", NULL, "a step is the name of a group");
  assert_problem (document, "st", NULL, "no input q");
  assert_problem (document, "two", NULL, "one row and what there is so far");
  assert_problem (document, "w", NULL, "matmul");
  assert_problem (document, "sy", NULL, "1:");
}

/* ---- From a lambda to a group ---- */

static void
check_drawn (const char *op, const char *step, const char *wires, const char *port)
{
  g_autofree char *nodes = g_strdup_printf (", {\"id\": \"l\", \"op\": \"%s\", \"params\": "
                                            "{\"step\": \"%s\"}}, {\"id\": \"o\", \"op\": \"%s\", "
                                            "\"params\": {\"step\": \"%s\"}}",
                                            op, step, op, step);
  g_auto (GStrv) parts = g_strsplit (wires, "%", -1);
  g_autofree char *first = g_strjoinv ("l", parts), *second = g_strjoinv ("o", parts);
  g_autofree char *all = g_strconcat (first, ", ", second, NULL);
  g_autoptr (WeftDocument) document = make (nodes, all);
  g_autofree char *before = weft_document_to_text (document), *after = NULL, *again = NULL;
  g_autofree char *drawn_port = g_strconcat ("l.", port, NULL),
                  *text_port = g_strconcat ("o.", port, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (weft_document_step_to_group (document, uid_of (document, "l"), "step", &error));
  g_assert_no_error (error);
  g_assert_cmpstr (
    weft_json_get_string (weft_document_node_by_id (document, "l")->params, "step", NULL), ==, "l");
  g_assert_nonnull (weft_document_get_group (document, "l"));
  assert_same (document, drawn_port, text_port);
  g_assert_false (weft_document_step_to_group (document, uid_of (document, "l"), "step", &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  after = weft_document_to_text (document);
  g_assert_true (weft_document_undo (document));
  again = weft_document_to_text (document);
  g_assert_cmpstr (before, ==, again);
  g_assert_true (weft_document_redo (document));
}

static void
test_step_to_group (void)
{
  check_drawn ("scan", "lambda x, h: tanh(x @ W + h)",
               "\"x.out -> %.x\", \"zero.out -> %.h\", \"W.y -> %.W\"", "h");
  check_drawn ("scan", "lambda x, h: (a = x @ W; b = a + h; (tanh(b), sum(b)))",
               "\"x.out -> %.x\", \"zero.out -> %.h\", \"W.y -> %.W\"", "y");
  check_drawn ("map", "lambda x: (x + 1) * (x - 1)", "\"x.out -> %.x\"", "y");
  check_drawn ("reduce", "lambda x, t: t + x @ W",
               "\"x.out -> %.x\", \"zero.out -> %.t\", \"W.y -> %.W\"", "new_t");
}

/* A step that is opened from its loop sees one row of each sequence. */
static void
test_opened (void)
{
  g_autoptr (WeftDocument) document = make (", {\"id\": \"s\", \"op\": \"scan\", \"params\": "
                                            "{\"step\": \"cell\", \"knobs\": {\"gain\": 2}}}",
                                            "\"x.out -> s.x\", \"zero.out -> s.h\"");
  WeftDocument *cell = weft_document_get_group (document, "cell");
  g_autoptr (WeftTyping) outer = weft_typing_new (document), inner = weft_typing_new (cell);
  g_autofree char *x = NULL, *total = NULL;

  weft_typing_update (outer);
  weft_typing_set_use (inner, outer, uid_of (document, "s"));
  weft_typing_update (inner);
  if (weft_typing_n_problems (inner) > 0)
    g_error ("%s", weft_typing_problem (inner, 0)->message);
  x = weft_type_to_string (weft_typing_output (inner, uid_of (cell, "x"), "y"));
  total = weft_type_to_string (weft_typing_output (inner, uid_of (cell, "body"), "n"));
  g_assert_cmpstr (x, ==, "f32 (2, 4)");
  g_assert_cmpstr (total, ==, "f32 (2, 3)");
}

/* Renaming, undoing and unifying reach the steps of loops. */
static void
test_step_names (void)
{
  g_autoptr (WeftDocument) document =
    make (", {\"id\": \"s\", \"op\": \"scan\", \"params\": {\"step\": \"cell\"}}, {\"id\": \"t\", "
          "\"op\": "
          "\"scan\", \"params\": {\"step\": \"cell\"}}",
          "\"x.out -> s.x\", \"zero.out -> s.h\", \"x.out -> t.x\", \"zero.out -> t.h\"");
  g_autofree char *before = weft_document_to_text (document), *again = NULL;
  g_autoptr (GError) error = NULL;
  WeftDocument *cell = weft_document_get_group (document, "cell");

  g_assert_cmpuint (weft_document_count_uses (document, "cell"), ==, 2);
  g_assert_true (weft_document_make_unique (document, uid_of (document, "t"), "mine", &error));
  g_assert_true (weft_document_rename_group (document, "cell", "unit", &error));
  g_assert_cmpstr (
    weft_json_get_string (weft_document_node_by_id (document, "s")->params, "step", NULL), ==,
    "unit");
  g_assert_cmpstr (
    weft_json_get_string (weft_document_node_by_id (document, "t")->params, "step", NULL), ==,
    "mine");
  g_assert_true (weft_document_rename_node (cell, uid_of (cell, "x"), "row", &error));
  g_assert_nonnull (weft_document_wire_into (document, uid_of (document, "s"), "row"));
  g_assert_nonnull (weft_document_wire_into (document, uid_of (document, "t"), "x"));
  while (weft_document_undo (document))
    ;
  again = weft_document_to_text (document);
  g_assert_cmpstr (again, ==, before);
}

/* ---- Gradients of a group's own ---- */

/* The gradient of sum(g(x)) by x at 2, where the group's own says so: 7 times the input's. */
static void
test_own_gradient (void)
{
  g_autoptr (WeftDocument) document = parse (
    HEAD
    "\"groups\": {\"g\": {\"layer\": {\"inputs\": [\"x\"], \"outputs\": [\"y\"], \"gradient\": "
    "\"dx = 7 * gy * y\"}, \"nodes\": [{\"id\": \"x\", \"op\": \"input\"}, {\"id\": \"e\", \"op\": "
    "\"expression\", \"params\": {\"text\": \"x**3\"}}, {\"id\": \"y\", \"op\": \"output\"}], "
    "\"wires\": [\"x.y -> e.x\", \"e.out -> y.x\"]}}, \"nodes\": [{\"id\": \"p\", \"op\": "
    "\"parameter\", \"params\": {\"shape\": [3], \"init\": 2}}, {\"id\": \"a\", \"op\": "
    "\"group:g\"}, {\"id\": \"s\", \"op\": \"sum\"}], \"wires\": [\"p.y -> a.x\", \"a.y -> "
    "s.x\"]}");
  g_autoptr (WeftLowered) lowered =
    weft_document_lower (document, &(WeftLowerOptions){ .seed = 1 });
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) y = evaluate (document, "a.y"), result = NULL;
  WeftDocument *group = weft_document_get_group (document, "g");
  WeftValue    *wrt = weft_lowered_get (lowered, "p.y"), *gradient = NULL;

  g_assert_cmpfloat (weft_array_get (y, 0), ==, 8);
  g_assert_true (weft_grad (lowered->graph, weft_lowered_get (lowered, "s.y"), NULL, NULL, 1, &wrt,
                            WEFT_DISCONNECTED_ERROR, &gradient, &error));
  g_assert_no_error (error);
  result = weft_evaluate (lowered->graph, gradient, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (weft_array_get (result, 0), ==, 56); /* 7 * y, and not 3 x**2 */
  g_assert_true (
    weft_document_set_layer (group, "gradient", weft_json_new_string ("dz = gy"), &error));
  assert_problem (document, "a", "x", "the gradient must say what dx is");
  g_assert_true (
    weft_document_set_layer (group, "gradient", weft_json_new_string ("dx = gy"), &error));
  weft_document_add_node (group, "parameter", "W", NULL, 0, 0, &error);
  assert_problem (document, "a", "x", "W");
}

/* ---- Beam search ---- */

/* With as many beams as there are sequences, nothing is missed: the best is the best of all. */
static void
test_beam (void)
{
  g_autoptr (WeftDocument) document = parse (
    HEAD
    "\"nodes\": [{\"id\": \"h\", \"op\": \"expression\", \"params\": {\"text\": \"zeros((2, "
    "3))\"}}, "
    "{\"id\": \"T\", \"op\": \"expression\", \"params\": {\"text\": \"sin(reshape(cast(arange(9), "
    "f32) * 3, (3, 3)))\"}}, {\"id\": \"s\", \"op\": \"beam_search\", \"params\": {\"step\": "
    "\"lambda token, h: (h + 0, T[token] + h)\", \"beam\": 9, \"steps\": 2, \"start\": 0, \"end\": "
    "7}}, "
    "{\"id\": \"all\", \"op\": \"expression\", \"params\": {\"text\": \"p = "
    "log_softmax(T)\\nmax(p[0][:, "
    "None] + p)\"}}, {\"id\": \"best\", \"op\": \"expression\", \"params\": {\"text\": \"scores[0, "
    "0]\"}}], "
    "\"wires\": [\"h.out -> s.h\", \"T.out -> s.T\", \"T.out -> all.T\", \"s.scores -> "
    "best.scores\"]}");
  g_autoptr (WeftArray) tokens = evaluate (document, "s.tokens");

  assert_ports (document, "s", "h T", "tokens scores");
  assert_same (document, "best.out", "all.out");
  g_assert_cmpuint (tokens->rank, ==, 3);
  g_assert_cmpint (tokens->shape[1], ==, 9);
  g_assert_cmpint (tokens->shape[2], ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/document/loops/scan-group", test_scan_group);
  g_test_add_func ("/document/loops/scan-options", test_scan_options);
  g_test_add_func ("/document/loops/others", test_other_loops);
  g_test_add_func ("/document/loops/group-in-text", test_group_in_text);
  g_test_add_func ("/document/loops/problems", test_problems);
  g_test_add_func ("/document/loops/step-to-group", test_step_to_group);
  g_test_add_func ("/document/loops/opened", test_opened);
  g_test_add_func ("/document/loops/step-names", test_step_names);
  g_test_add_func ("/document/loops/own-gradient", test_own_gradient);
  g_test_add_func ("/document/loops/beam", test_beam);
  return g_test_run ();
}
