/* Typing while one draws: types, problems where they arise, refusals, and the same answer however
 * one came there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <string.h>

#include "engine/document/lower.h"
#include "engine/ops/ops.h"

static WeftDocument *
parse (const char *nodes, const char *wires)
{
  g_autofree char *text = g_strdup_printf (
    "{\"format\": \"weft\", \"version\": 1, \"nodes\": [%s], \"wires\": [%s]}", nodes, wires);
  g_autoptr (GError) error = NULL;
  WeftDocument *document = weft_document_parse (text, -1, "test", &error);

  g_assert_no_error (error);
  return document;
}

#define INPUT(ID, SHAPE) \
  "{\"id\": \"" ID "\", \"op\": \"input\", \"params\": {\"shape\": \"" SHAPE "\"}}"
#define INTS(ID, SHAPE)                                                      \
  "{\"id\": \"" ID "\", \"op\": \"input\", \"params\": {\"shape\": \"" SHAPE \
  "\", \"dtype\": \"i32\"}}"
#define DENSE(ID, UNITS) \
  "{\"id\": \"" ID "\", \"op\": \"dense\", \"params\": {\"units\": " UNITS "}}"
#define OP(ID, NAME) "{\"id\": \"" ID "\", \"op\": \"" NAME "\"}"
#define TEXT(ID, EXPRESSION) \
  "{\"id\": \"" ID "\", \"op\": \"expression\", \"params\": {\"text\": \"" EXPRESSION "\"}}"

static guint32
uid (WeftDocument *document, const char *id)
{
  const WeftNode *node = weft_document_node_by_id (document, id);

  g_assert_nonnull (node);
  return node->uid;
}

static void
assert_type (WeftTyping   *typing,
             WeftDocument *document,
             const char   *id,
             const char   *port,
             const char   *expected)
{
  const WeftType  *type = weft_typing_output (typing, uid (document, id), port);
  g_autofree char *text = type ? weft_type_to_string (type) : g_strdup ("unknown");

  g_assert_cmpstr (text, ==, expected);
}

static void
assert_problem (WeftTyping *typing, WeftDocument *document, const char *id, const char *part)
{
  const WeftProblem *problem = weft_typing_node_problem (typing, uid (document, id));

  if (!part)
    {
      g_assert_cmpstr (problem ? problem->message : NULL, ==, NULL);
      return;
    }
  g_assert_nonnull (problem);
  if (!strstr (problem->message, part))
    g_error ("%s: “%s” does not say “%s”", id, problem->message, part);
}

/* ---- Types ---- */

static void
test_types (void)
{
  g_autoptr (WeftDocument) document =
    parse (INPUT ("x", "(batch, 64)") "," DENSE ("hidden", "128") "," DENSE (
             "logits", "10") "," TEXT ("penalty", "1e-4 * sum(W**2)"),
           "\"x.y -> hidden.x\", \"hidden.y -> logits.x\", \"hidden.W -> penalty.W\"");
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  guint n = 0;

  g_assert_true (weft_typing_update (typing));
  assert_type (typing, document, "hidden", "y", "f32 (batch, 128)");
  assert_type (typing, document, "hidden", "W", "f32 (64, 128)");
  assert_type (typing, document, "logits", "y", "f32 (batch, 10)");
  assert_type (typing, document, "penalty", "out", "f32 ()");
  assert_type (typing, document, "penalty", "no such port", "unknown");
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, 0);
  g_assert_cmpint (weft_typing_n_parameters (typing, uid (document, "hidden"), &n), ==,
                   64 * 128 + 128);
  g_assert_cmpuint (n, ==, 2);
  g_assert_nonnull (weft_typing_input (typing, uid (document, "logits"), "x"));
  g_assert_null (weft_typing_input (typing, uid (document, "x"), "x"));
  g_assert_false (weft_typing_update (typing));
}

/* One cause, one problem: what hangs on it is unknown, not wrong. */
static void
test_cascade (void)
{
  g_autoptr (WeftDocument) document = parse (
    INPUT ("a", "(3, 4)") "," INPUT ("b", "(5, 2)") "," OP ("product", "matmul") "," OP (
      "after", "tanh") "," OP ("later", "exp"),
    "\"a.y -> product.a\", \"b.y -> product.b\", \"product.y -> after.x\", \"after.y -> later.x\"");
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  const WeftProblem *problem;

  weft_typing_update (typing);
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, 1);
  problem = weft_typing_problem (typing, 0);
  g_assert_cmpuint (problem->node, ==, uid (document, "product"));
  g_assert_nonnull (strstr (problem->message, "4"));
  g_assert_nonnull (strstr (problem->message, "5"));
  assert_type (typing, document, "after", "y", "unknown");
  assert_problem (typing, document, "later", NULL);
  weft_document_set_param (document, uid (document, "b"), "shape", weft_json_new_string ("(4, 2)"),
                           NULL);
  g_assert_true (weft_typing_update (typing));
  assert_type (typing, document, "later", "y", "f32 (3, 2)");
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, 0);
}

static void
test_problems (void)
{
  g_autoptr (WeftDocument) document =
    parse (INPUT ("x", "(3)") "," OP ("open", "tanh") "," TEXT ("broken", "1 + ") "," TEXT (
             "strange", "no_such_function(x)") "," DENSE ("dense", "4"),
           "\"x.y -> strange.x\"");
  g_autoptr (WeftTyping) typing = weft_typing_new (document);

  weft_typing_update (typing);
  assert_problem (typing, document, "open", "wired");
  g_assert_cmpstr (weft_typing_node_problem (typing, uid (document, "open"))->port, ==, "x");
  assert_problem (typing, document, "broken", "expected");
  assert_problem (typing, document, "strange", "no_such_function");
  assert_problem (typing, document, "dense", "wired");
  assert_problem (typing, document, "x", NULL);
}

/* A file's wire at a port that is not there: said at the node, from both ends. */
static void
test_missing_port (void)
{
  g_autoptr (WeftDocument) document =
    parse (INPUT ("x", "(3)") "," TEXT ("e", "2 * b") "," OP ("t", "tanh"),
           "\"x.y -> e.a\", \"x.z -> t.x\"");
  g_autoptr (WeftTyping) typing = weft_typing_new (document);

  weft_typing_update (typing);
  assert_problem (typing, document, "e", "no input a");
  assert_problem (typing, document, "t", "no output z");
  weft_document_disconnect (document, uid (document, "e"), "a");
  g_assert_true (
    weft_document_connect (document, uid (document, "x"), "y", uid (document, "e"), "b", NULL));
  weft_typing_update (typing);
  assert_problem (typing, document, "e", NULL);
}

/* ---- Refusals ---- */

static void
test_refusal (void)
{
  g_autoptr (WeftDocument) document =
    parse (INPUT ("x", "(batch, 64)") "," INPUT ("w", "(32, 10)") "," OP (
             "product", "matmul") "," OP ("after", "tanh"),
           "\"x.y -> product.a\", \"product.y -> after.x\"");
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  guint32 x = uid (document, "x"), w = uid (document, "w"), product = uid (document, "product"),
          after = uid (document, "after");
  g_autofree char *shape = NULL, *cycle = NULL, *self = NULL, *fine = NULL, *unknown = NULL;

  weft_typing_update (typing);
  shape = weft_typing_refusal (typing, w, "y", product, "b");
  g_assert_nonnull (shape);
  g_assert_nonnull (strstr (shape, "64"));
  g_assert_nonnull (strstr (shape, "32"));
  fine = weft_typing_refusal (typing, x, "y", after, "x");
  g_assert_null (fine);
  cycle = weft_typing_refusal (typing, after, "y", product, "b");
  g_assert_nonnull (cycle);
  g_assert_nonnull (strstr (cycle, "product -> after -> product"));
  self = weft_typing_refusal (typing, product, "y", product, "b");
  g_assert_nonnull (strstr (self, "product -> product"));
  /* Nothing was changed by asking. */
  g_assert_false (weft_typing_update (typing));
  weft_document_disconnect (document, product, "a");
  weft_typing_update (typing);
  unknown = weft_typing_refusal (typing, after, "y", uid (document, "product"), "no such port");
  g_assert_nonnull (unknown);
}

/* ---- Training ---- */

static void
assert_only_problem (WeftTyping *typing, const char *part)
{
  weft_typing_update (typing);
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, part ? 1 : 0);
  if (part)
    g_assert_nonnull (strstr (weft_typing_problem (typing, 0)->message, part));
}

static void
test_training (void)
{
  g_autoptr (WeftDocument) document =
    parse (INPUT ("x", "(3)") "," OP ("total", "sum"), "\"x.y -> total.x\"");
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  guint32 total = uid (document, "total");

  assert_only_problem (typing, NULL);
  weft_document_set_training (document, "loss", weft_json_new_string ("total.y"));
  assert_only_problem (typing, NULL);
  weft_document_set_training (document, "loss", weft_json_new_string ("x.y"));
  assert_only_problem (typing, "f32 (3,)");
  weft_document_set_training (document, "loss", weft_json_new_string ("total.z"));
  assert_only_problem (typing, "no output z");
  weft_document_set_training (document, "loss", weft_json_new_string ("nothing"));
  assert_only_problem (typing, "“nothing”");
  weft_document_set_training (document, "loss", weft_json_new_string ("total.y"));
  assert_only_problem (typing, NULL);
  /* The document keeps the section in step with names; taking the node away leaves nothing to point
   * at. */
  weft_document_set_training (document, "metrics",
                              weft_json_parse ("{\"a\": \"gone.y\"}", -1, NULL));
  assert_only_problem (typing, "no node gone");
  weft_document_set_training (document, "metrics", NULL);
  weft_document_remove_nodes (document, &total, 1);
  weft_document_undo (document);
  assert_only_problem (typing, NULL);
}

/* ---- Gradients ---- */

static void
test_gradient (void)
{
  g_autoptr (WeftDocument) document =
    parse (INPUT ("x", "(batch, 64)") "," DENSE ("hidden", "128") "," OP ("t", "tanh") "," OP (
             "index", "argmax"),
           "\"x.y -> hidden.x\", \"hidden.y -> t.x\"");
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  g_autofree char *dense = NULL, *row = NULL, *none = NULL, *source = NULL;

  weft_typing_update (typing);
  dense = weft_typing_gradient_text (typing, uid (document, "hidden"));
  g_assert_nonnull (strstr (dense, "dx = "));
  g_assert_nonnull (strstr (dense, "\ndW = x.T @ "));
  g_assert_nonnull (strstr (dense, "\ndb = sum("));
  row = weft_typing_gradient_text (typing, uid (document, "t"));
  g_assert_true (g_str_has_prefix (row, "dx = "));
  none = weft_typing_gradient_text (typing, uid (document, "index"));
  g_assert_null (strstr (none, " = "));
  source = weft_typing_gradient_text (typing, uid (document, "x"));
  g_assert_null (strstr (source, " = "));
}

/* ---- Increments ---- */

static guint
random_node (WeftDocument *document, GRand *rand)
{
  return weft_document_node_at (
           document, (guint) g_rand_int_range (rand, 0, (gint) weft_document_n_nodes (document)))
    ->uid;
}

static void
random_edit (WeftDocument *document, GRand *rand)
{
  static const char *ops[] = { "tanh", "add", "matmul", "dense",
                               "input", "expression", "sum", "softmax" };
  static const char *texts[] = { "x + 1", "a @ b", "sum(a", "c = x * 2", "x[0]" };
  static const char *shapes[] = { "(batch, 4)", "(4, 4)", "(3)", "()" };
  guint32            a, b;
  const WeftNode    *node;
  g_autoptr (WeftPorts) from = NULL;
  g_autoptr (WeftPorts) to = NULL;

  if (weft_document_n_nodes (document) < 4 || g_rand_int_range (rand, 0, 5) == 0)
    {
      weft_document_add_node (document, ops[g_rand_int_range (rand, 0, G_N_ELEMENTS (ops))], NULL,
                              NULL, 0, 0, NULL);
      return;
    }
  a = random_node (document, rand);
  b = random_node (document, rand);
  node = weft_document_node (document, a);
  switch (g_rand_int_range (rand, 0, 10))
    {
    case 0:
      weft_document_remove_nodes (document, &a, 1);
      break;
    case 1:
      weft_document_undo (document);
      break;
    case 2:
      weft_document_redo (document);
      break;
    case 3:
      if (g_str_equal (node->op, "expression"))
        weft_document_set_param (
          document, a, "text",
          weft_json_new_string (texts[g_rand_int_range (rand, 0, G_N_ELEMENTS (texts))]), NULL);
      else if (g_str_equal (node->op, "input"))
        weft_document_set_param (
          document, a, "shape",
          weft_json_new_string (shapes[g_rand_int_range (rand, 0, G_N_ELEMENTS (shapes))]), NULL);
      else if (g_str_equal (node->op, "dense"))
        weft_document_set_param (document, a, "units",
                                 weft_json_new_int (g_rand_int_range (rand, 1, 9)), NULL);
      break;
    case 4:
      to = weft_document_ports (document, b);
      if (to->n_inputs)
        weft_document_disconnect (document, b, to->inputs[0].name);
      break;
    default:
      from = weft_document_ports (document, a);
      to = weft_document_ports (document, b);
      if (from->n_outputs && to->n_inputs)
        weft_document_connect (
          document, a, from->outputs[g_rand_int_range (rand, 0, (gint) from->n_outputs)].name, b,
          to->inputs[g_rand_int_range (rand, 0, (gint) to->n_inputs)].name, NULL);
    }
}

static void
assert_same (WeftTyping *one, WeftTyping *other, WeftDocument *document)
{
  g_assert_cmpuint (weft_typing_n_problems (one), ==, weft_typing_n_problems (other));
  for (guint i = 0; i < weft_typing_n_problems (one); i++)
    {
      g_assert_cmpuint (weft_typing_problem (one, i)->node, ==,
                        weft_typing_problem (other, i)->node);
      g_assert_cmpstr (weft_typing_problem (one, i)->message, ==,
                       weft_typing_problem (other, i)->message);
    }
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      guint32 node = weft_document_node_at (document, i)->uid;
      g_autoptr (WeftPorts) ports = weft_document_ports (document, node);

      for (guint k = 0; k < ports->n_outputs; k++)
        {
          const WeftType *a = weft_typing_output (one, node, ports->outputs[k].name);
          const WeftType *b = weft_typing_output (other, node, ports->outputs[k].name);

          g_assert_true ((a == NULL) == (b == NULL));
          g_assert_true (a == NULL || weft_type_equal (a, b));
        }
    }
}

/* After any edits, the followed typing says what a new one says. */
static void
test_increments (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (WeftDocument) document = weft_document_new ();
      g_autoptr (WeftTyping) typing = weft_typing_new (document);

      for (guint i = 0; i < 60; i++)
        {
          random_edit (document, rand);
          if (i % 3 == 0)
            {
              g_autoptr (WeftTyping) fresh = weft_typing_new (document);

              weft_typing_update (typing);
              weft_typing_update (fresh);
              assert_same (typing, fresh, document);
            }
        }
    }
}

/* Typing and lowering agree on what is wrong and on every type. */
static void
test_lowering (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (WeftDocument) document = weft_document_new ();
      g_autoptr (WeftTyping) typing = weft_typing_new (document);
      g_autoptr (WeftLowered) lowered = NULL;

      for (guint i = 0; i < 40; i++)
        random_edit (document, rand);
      weft_typing_update (typing);
      lowered =
        weft_document_lower (document, &(WeftLowerOptions){ .no_init = TRUE, .training = TRUE });
      for (guint i = 0; i < weft_document_n_nodes (document); i++)
        {
          const WeftNode *node = weft_document_node_at (document, i);
          g_autoptr (WeftPorts) ports = weft_document_ports (document, node->uid);

          for (guint k = 0; k < ports->n_outputs; k++)
            {
              g_autofree char *name = g_strdup_printf ("%s.%s", node->id, ports->outputs[k].name);
              WeftValue       *value = weft_lowered_get (lowered, name);
              const WeftType  *type = weft_typing_output (typing, node->uid, ports->outputs[k].name);

              if (value && type)
                g_assert_true (weft_type_equal (&value->type, type));
              g_assert_true ((value == NULL) == (type == NULL));
            }
        }
    }
}

/* A chain of many nodes, typed without recursion; an edit at its end costs that end. */
static void
test_chain (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  g_autoptr (WeftTyping) typing = NULL;
  guint32   last = weft_document_add_node (document, "input", NULL, NULL, 0, 0, NULL);
  guint     n = g_test_thorough () ? 20000 : 2000;
  gint64    began;
  double    whole, edit;
  WeftJson *shape = weft_json_new_string ("(batch, 4)");

  weft_document_set_param (document, last, "shape", shape, NULL);
  weft_document_begin (document, "Fill");
  for (guint i = 0; i < n; i++)
    {
      guint32 next = weft_document_add_node (document, "tanh", NULL, NULL, 0, 0, NULL);

      g_assert_true (weft_document_connect (document, last, "y", next, "x", NULL));
      last = next;
    }
  weft_document_end (document);
  typing = weft_typing_new (document);
  began = g_get_monotonic_time ();
  weft_typing_update (typing);
  whole = (double) (g_get_monotonic_time () - began) / 1000;
  g_assert_nonnull (weft_typing_output (typing, last, "y"));
  last = weft_document_add_node (document, "tanh", "end", NULL, 0, 0, NULL);
  began = g_get_monotonic_time ();
  weft_typing_update (typing);
  edit = (double) (g_get_monotonic_time () - began) / 1000;
  g_test_message ("%u nodes: whole %.1f ms, one edit %.2f ms", n, whole, edit);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/typing/types", test_types);
  g_test_add_func ("/engine/typing/cascade", test_cascade);
  g_test_add_func ("/engine/typing/problems", test_problems);
  g_test_add_func ("/engine/typing/missing-port", test_missing_port);
  g_test_add_func ("/engine/typing/refusal", test_refusal);
  g_test_add_func ("/engine/typing/training", test_training);
  g_test_add_func ("/engine/typing/gradient", test_gradient);
  g_test_add_func ("/engine/typing/increments", test_increments);
  g_test_add_func ("/engine/typing/lowering", test_lowering);
  g_test_add_func ("/engine/typing/chain", test_chain);
  return g_test_run ();
}
