/* Tests of how nodes and wires look, of bypassing, frames and replacing: each one step, undone to
 * the bit, and the same after it was saved and read again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "tests/document-tools.h"

static const char sample[] =
  "{\n"
  "  \"format\": \"weft\", \"version\": 1, \"title\": \"Sample\",\n"
  "  \"nodes\": [\n"
  "    {\"id\": \"x\", \"op\": \"input\", \"params\": {\"shape\": \"(batch, 4)\"}, \"at\": [0, "
  "0]},\n"
  "    {\"id\": \"hidden\", \"op\": \"dense\", \"params\": {\"units\": 3}, \"at\": [200, 0]},\n"
  "    {\"id\": \"relu\", \"op\": \"relu\", \"at\": [400, 0], \"pinned\": true},\n"
  "    {\"id\": \"drop\", \"op\": \"dropout\", \"params\": {\"rate\": 0.25}, \"at\": [600, 0], "
  "\"bypass\": true, \"collapsed\": true},\n"
  "    {\"id\": \"penalty\", \"op\": \"expression\", \"params\": {\"text\": \"sum(W ** 2)\"}, "
  "\"at\": [400, 200], \"bare\": true}\n"
  "  ],\n"
  "  \"wires\": [\n"
  "    \"x.y -> hidden.x\",\n"
  "    \"hidden.y -> relu.x\",\n"
  "    \"relu.y -> drop.x\",\n"
  "    \"hidden.W -> penalty.W\"\n"
  "  ],\n"
  "  \"routes\": {\n"
  "    \"relu.x\": {\"dots\": [[300, 40.5], [350, 60]], \"colour\": \"red\"},\n"
  "    \"penalty.W\": {\"tag\": true}\n"
  "  },\n"
  "  \"notes\": [\n"
  "    {\"id\": \"n1\", \"text\": \"Layer\", \"at\": [180, -40], \"size\": [400, 120], \"frame\": "
  "true, "
  "\"mood\": \"calm\"}\n"
  "  ],\n"
  "  \"training\": {\"output\": \"relu.y\"}\n"
  "}\n";

/* What is there now reads back as itself, undoing gives the sample, redoing what was. */
static void
assert_one_step (WeftDocument *document)
{
  g_autofree char *text = weft_document_to_text (document);
  g_autoptr (WeftDocument) again = parse (text);
  g_autoptr (WeftDocument) copy = weft_document_snapshot (document);

  assert_text (again, text);
  assert_text (copy, text);
  g_assert_true (weft_document_undo (document));
  assert_text (document, sample);
  g_assert_true (weft_document_redo (document));
  assert_text (document, text);
}

static void
test_file (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  const WeftWire *wire = weft_document_wire_into (document, uid_of (document, "relu"), "x");

  assert_text (document, sample);
  g_assert_cmpint (weft_document_node_by_id (document, "drop")->flags, ==,
                   WEFT_NODE_BYPASSED | WEFT_NODE_COLLAPSED);
  g_assert_cmpint (weft_document_node_by_id (document, "relu")->flags, ==, WEFT_NODE_PINNED);
  g_assert_cmpuint (wire->n_dots, ==, 2);
  g_assert_cmpfloat (wire->dots[0][1], ==, 40.5);
  g_assert_false (wire->tag);
  g_assert_true (weft_document_note_at (document, 0)->frame);
}

static void
assert_refused (const char *old, const char *new, const char *message)
{
  const char      *at = strstr (sample, old);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (at);
  text = g_strdup_printf ("%.*s%s%s", (int) (at - sample), sample, new, at + strlen (old));
  g_assert_null (weft_document_parse (text, -1, "sample", &error));
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_bad_files (void)
{
  assert_refused ("\"pinned\": true", "\"pinned\": 1",
                  "node relu: “pinned” must be true or false.");
  assert_refused ("\"frame\": true", "\"frame\": \"yes\"", "“frame” must be true or false.");
  assert_refused ("\"tag\": true", "\"tag\": []", "route penalty.W: “tag” must be true or false.");
  assert_refused ("[350, 60]", "[350]", "route relu.x: a dot must be two numbers");
  assert_refused ("[350, 60]", "[350, 1e300]", "route relu.x: a dot must be two numbers");
  assert_refused ("{\"tag\": true}", "7", "route penalty.W must be an object.");
}

/* ---- Flags ---- */

static void
test_flags (void)
{
  static const WeftNodeFlags flags[] = { WEFT_NODE_BYPASSED, WEFT_NODE_COLLAPSED, WEFT_NODE_PINNED,
                                         WEFT_NODE_BARE };

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      g_autoptr (WeftDocument) document = parse (sample);
      const guint32 uids[] = { uid_of (document, "relu"), uid_of (document, "drop") };
      gboolean      on = !(weft_document_node (document, uids[0])->flags & flags[i]);
      g_autoptr (GError) error = NULL;

      weft_document_set_flag (document, uids, 2, flags[i], on, NULL, &error);
      g_assert_no_error (error);
      for (guint k = 0; k < 2; k++)
        g_assert_cmpint ((weft_document_node (document, uids[k])->flags & flags[i]) != 0, ==, on);
      assert_one_step (document);
      weft_document_set_flag (document, uids, 2, flags[i], on, NULL, &error);
      g_assert_null (weft_document_get_redo_label (document));
      g_assert_nonnull (weft_document_get_step_label (document, FALSE, 0));
      g_assert_null (weft_document_get_step_label (document, FALSE, 1));
    }
}

static void
assert_no_bypass (WeftDocument *document, const char *id, const char *message)
{
  guint32          uid = uid_of (document, id);
  g_autofree char *before = weft_document_to_text (document);
  g_autoptr (GError) error = NULL;

  g_assert_false (
    weft_document_set_flag (document, &uid, 1, WEFT_NODE_BYPASSED, TRUE, NULL, &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  g_assert_cmpstr (error->message, ==, message);
  assert_text (document, before);
}

static void
test_bypass_refused (void)
{
  g_autoptr (WeftDocument) document = parse (sample);

  assert_no_bypass (document, "x", "x cannot be bypassed: it has no input to let through.");
  assert_no_bypass (document, "hidden",
                    "hidden cannot be bypassed: penalty uses its W, which would not be there.");
  weft_document_disconnect (document, uid_of (document, "penalty"), "W");
  assert_no_bypass (document, "hidden",
                    "hidden cannot be bypassed: its input x is f32 (batch, 4), its output y is f32 "
                    "(batch, 3).");
}

static WeftValue *
lowered_at (WeftLowered *lowered, const char *port)
{
  WeftValue *value = weft_lowered_get (lowered, port);

  if (lowered->problems->len > 0)
    g_error ("%s", ((WeftProblem *) g_ptr_array_index (lowered->problems, 0))->message);
  g_assert_nonnull (value);
  return value;
}

static void
test_bypass_lowered (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  const WeftLowerOptions options = { .training = TRUE, .no_init = TRUE };
  g_autoptr (WeftLowered) passed = weft_document_lower (document, &options);
  g_autoptr (WeftLowered) whole = NULL;
  guint32 drop = uid_of (document, "drop");

  g_assert_true (lowered_at (passed, "drop.y") == lowered_at (passed, "relu.y"));
  weft_document_set_flag (document, &drop, 1, WEFT_NODE_BYPASSED, FALSE, NULL, NULL);
  whole = weft_document_lower (document, &options);
  g_assert_true (lowered_at (whole, "drop.y") != lowered_at (whole, "relu.y"));
}

/* Typing follows the flag, and says where an output is used that a bypassed node does not have. */
static void
test_bypass_typed (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  WeftTyping *typing = weft_typing_new (document);
  guint32     relu = uid_of (document, "relu"), drop = uid_of (document, "drop");

  weft_typing_update (typing);
  g_assert_nonnull (weft_typing_output (typing, drop, "y"));
  weft_document_set_flag (document, &relu, 1, WEFT_NODE_BYPASSED, TRUE, NULL, NULL);
  weft_document_disconnect (document, relu, "x");
  weft_typing_update (typing);
  g_assert_cmpstr (weft_typing_node_problem (typing, relu)->message, ==,
                   "bypassed, and nothing is wired in to let through");
  g_assert_null (weft_typing_output (typing, drop, "y"));
  weft_typing_free (typing);
}

/* A file may say what the editor refuses. */
static void
test_bypass_of_a_source (void)
{
  g_autofree char *text = g_strdup (sample);
  const char      *begin = strstr (sample, "\"units\": 3}, \"at\": [200, 0]");
  g_autofree char *bypassed = NULL;
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (WeftLowered) lowered = NULL;
  WeftTyping *typing;

  bypassed = g_strdup_printf ("%.*s\"units\": 3}, \"at\": [200, 0], \"bypass\": true%s",
                              (int) (begin - sample), sample,
                              begin + strlen ("\"units\": 3}, \"at\": [200, 0]"));
  document = parse (bypassed);
  lowered = weft_document_lower (document, &(WeftLowerOptions){ .no_init = TRUE });
  g_assert_cmpuint (lowered->problems->len, ==, 1);
  g_assert_cmpstr (((WeftProblem *) g_ptr_array_index (lowered->problems, 0))->message, ==,
                   "hidden is bypassed and has no W");
  g_assert_cmpuint (lowered->shared->len, ==, 0);
  typing = weft_typing_new (document);
  weft_typing_update (typing);
  g_assert_cmpstr (weft_typing_node_problem (typing, uid_of (document, "penalty"))->message, ==,
                   "hidden is bypassed and has no W");
  weft_typing_free (typing);
}

/* ---- Wires ---- */

static void
test_dots (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  guint32      hidden = uid_of (document, "hidden"), relu = uid_of (document, "relu");
  const double dots[][2] = { { 90, 10 }, { 1e9, 20.25 } };

  weft_document_set_dots (document, hidden, "x", dots, 2);
  g_assert_cmpfloat (weft_document_wire_into (document, hidden, "x")->dots[1][0], ==, 1e7);
  assert_one_step (document);
  weft_document_undo (document);
  weft_document_set_dots (document, relu, "x", NULL, 0);
  g_assert_cmpuint (weft_document_wire_into (document, relu, "x")->n_dots, ==, 0);
  assert_one_step (document);
  weft_document_set_dots (document, relu, "nowhere", dots, 2);
  weft_document_set_dots (document, relu, "x", NULL, 0);
  g_assert_null (weft_document_get_step_label (document, FALSE, 1));
}

static void
test_tags (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  guint32 relu = uid_of (document, "relu");

  weft_document_set_tag (document, relu, "x", TRUE);
  g_assert_true (weft_document_wire_into (document, relu, "x")->tag);
  g_assert_cmpuint (weft_document_wire_into (document, relu, "x")->n_dots, ==, 2);
  assert_one_step (document);
}

/* What lies between the nodes that move moves along; a drag of many motions is one of each. */
static void
test_dots_move (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  const guint32 uids[] = { uid_of (document, "hidden"), uid_of (document, "relu") };

  weft_document_begin (document, "Drag");
  for (guint i = 0; i < 10; i++)
    {
      weft_document_move_nodes (document, uids, 2, 1, 2);
      weft_document_set_note (document, "n1", "Layer", 180 + i, -40, 400, 120);
    }
  weft_document_end (document);
  g_assert_cmpfloat (weft_document_wire_into (document, uids[1], "x")->dots[0][0], ==, 310);
  g_assert_cmpfloat (weft_document_note_at (document, 0)->x, ==, 189);
  g_assert_true (weft_document_note_at (document, 0)->frame);
  assert_one_step (document);
  weft_document_undo (document);
  weft_document_move_nodes (document, uids, 1, 5, 5);
  g_assert_cmpfloat (weft_document_wire_into (document, uids[1], "x")->dots[0][0], ==, 300);
}

static void
test_copies (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  const guint32    uids[] = { uid_of (document, "hidden"), uid_of (document, "relu"),
                              uid_of (document, "drop") };
  g_autofree char *text = weft_document_copy (document, uids, 3);
  g_autoptr (GArray) made = weft_document_paste (document, text, 10, 20, NULL);
  guint32         relu = g_array_index (made, guint32, 1), drop = g_array_index (made, guint32, 2);
  const WeftWire *wire = weft_document_wire_into (document, relu, "x");

  g_assert_cmpfloat (wire->dots[1][0], ==, 360);
  g_assert_cmpfloat (wire->dots[1][1], ==, 80);
  g_assert_cmpint (weft_document_node (document, drop)->flags, ==,
                   WEFT_NODE_BYPASSED | WEFT_NODE_COLLAPSED);
  assert_one_step (document);
}

/* Into a group and out of it again. */
static void
test_groups (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  const guint32 uids[] = { uid_of (document, "relu"), uid_of (document, "drop") };
  guint32       group;
  const double  dots[][2] = { { 500, 10 } };
  g_autoptr (GArray) made = NULL;
  WeftDocument *inside;

  weft_document_set_dots (document, uids[1], "x", dots, 1);
  group = weft_document_create_group (document, uids, 2, "part", NULL);
  inside = weft_document_get_group (document, "part");
  g_assert_cmpint (weft_document_node_by_id (inside, "drop")->flags, ==,
                   WEFT_NODE_BYPASSED | WEFT_NODE_COLLAPSED);
  g_assert_cmpuint (weft_document_wire_into (inside, uid_of (inside, "drop"), "x")->n_dots, ==, 1);
  made = weft_document_ungroup (document, group, NULL);
  g_assert_cmpint (weft_document_node_by_id (document, "relu")->flags, ==, WEFT_NODE_PINNED);
  weft_document_undo (document);
  weft_document_undo (document);
  assert_one_step (document);
}

/* ---- Frames ---- */

static void
test_frames (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  const char *id = weft_document_add_frame (document, "All", -50, -50, 900, 400);

  g_assert_cmpstr (id, ==, "n2");
  g_assert_true (weft_document_note_at (document, 1)->frame);
  assert_one_step (document);
  weft_document_undo (document);
  weft_document_remove_note (document, "n1");
  assert_one_step (document);
}

/* ---- Replacing ---- */

static void
test_replace (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  guint32 made =
    weft_document_replace_node (document, uid_of (document, "relu"), "gelu", NULL, NULL);
  const WeftNode *node = weft_document_node (document, made);
  const WeftWire *wire = weft_document_wire_into (document, made, "x");

  g_assert_cmpstr (node->id, ==, "gelu");
  g_assert_cmpstr (node->op, ==, "gelu");
  g_assert_cmpint (node->flags, ==, WEFT_NODE_PINNED);
  g_assert_cmpuint (wire->n_dots, ==, 2);
  g_assert_cmpuint (weft_document_wire_into (document, uid_of (document, "drop"), "x")->from, ==,
                    made);
  g_assert_cmpstr (weft_json_get_string (weft_document_get_training (document), "output", ""), ==,
                   "gelu.y");
  assert_one_step (document);
}

/* Ports and parameters by their names; the first for the first; a given name stays. */
static void
test_replace_layer (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  WeftJson *given = weft_json_new_object ();
  guint32   made;

  made = weft_document_replace_node (document, uid_of (document, "hidden"), "tanh", NULL, NULL);
  g_assert_cmpstr (weft_document_node (document, made)->id, ==, "hidden");
  g_assert_null (weft_document_wire_into (document, uid_of (document, "penalty"), "W"));
  g_assert_cmpstr (weft_document_wire_into (document, uid_of (document, "relu"), "x")->from_port,
                   ==, "y");
  g_assert_false (weft_json_has (weft_document_node (document, made)->params, "units"));
  assert_one_step (document);
  weft_document_undo (document);
  weft_json_set_int (given, "units", 7);
  made = weft_document_replace_node (document, uid_of (document, "penalty"), "sum", NULL, NULL);
  g_assert_nonnull (weft_document_wire_into (document, made, "x"));
  weft_document_undo (document);
  made = weft_document_replace_node (document, uid_of (document, "hidden"), "dense", given, NULL);
  g_assert_cmpint (weft_json_get_int (weft_document_node (document, made)->params, "units", 0), ==,
                   7);
  assert_one_step (document);
}

static void
test_replace_unknown (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (
    weft_document_replace_node (document, uid_of (document, "relu"), "rellu", NULL, &error), ==, 0);
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  assert_text (document, sample);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/document/looks/file", test_file);
  g_test_add_func ("/engine/document/looks/bad-files", test_bad_files);
  g_test_add_func ("/engine/document/looks/flags", test_flags);
  g_test_add_func ("/engine/document/looks/bypass/refused", test_bypass_refused);
  g_test_add_func ("/engine/document/looks/bypass/lowered", test_bypass_lowered);
  g_test_add_func ("/engine/document/looks/bypass/typed", test_bypass_typed);
  g_test_add_func ("/engine/document/looks/bypass/missing-output", test_bypass_of_a_source);
  g_test_add_func ("/engine/document/looks/dots", test_dots);
  g_test_add_func ("/engine/document/looks/tags", test_tags);
  g_test_add_func ("/engine/document/looks/dots-move", test_dots_move);
  g_test_add_func ("/engine/document/looks/copies", test_copies);
  g_test_add_func ("/engine/document/looks/groups", test_groups);
  g_test_add_func ("/engine/document/looks/frames", test_frames);
  g_test_add_func ("/engine/document/replace/op", test_replace);
  g_test_add_func ("/engine/document/replace/layer", test_replace_layer);
  g_test_add_func ("/engine/document/replace/unknown", test_replace_unknown);
  return g_test_run ();
}
