/* Groups: definitions in files, their types and values, and every command on them, undone to the
 * bit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/layer.h"
#include "tests/document-tools.h"
#include "tests/folder-tools.h"

/* Two uses of "cell", which uses "norm", a definition that is a text. */
static char *sample; /* fixtures/document/groups.weft */

/* ---- Files ---- */

static void
test_file (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (WeftDocument) snapshot = weft_document_snapshot (document);
  WeftDocument *cell = weft_document_get_group (document, "cell");

  assert_text (document, sample);
  assert_text (cell, sample);
  assert_text (snapshot, sample);
  g_assert_cmpuint (weft_document_n_groups (document), ==, 2);
  g_assert_true (weft_document_get_root (cell) == document);
  g_assert_cmpstr (weft_document_get_group_name (cell), ==, "cell");
  g_assert_null (weft_document_get_group_name (document));
  g_assert_cmpuint (weft_document_count_uses (document, "cell"), ==, 2);
  g_assert_cmpuint (weft_document_count_uses (document, "norm"), ==, 1);
  g_assert_cmpuint (weft_document_outer_node (document, uid_of (cell, "n")), ==,
                    uid_of (document, "a"));
  g_assert_cmpuint (weft_document_outer_node (cell, uid_of (cell, "n")), ==, uid_of (cell, "n"));
  g_assert_cmpuint (weft_document_outer_node (document, uid_of (document, "s")), ==,
                    uid_of (document, "s"));
  g_assert_cmpuint (uid_of (weft_document_get_group (snapshot, "cell"), "W"), ==,
                    uid_of (cell, "W"));
  g_assert_cmpstr (weft_document_op_title (document, "group:cell"), ==, "A cell");
  g_assert_cmpstr (weft_document_op_title (document, "group:norm"), ==, "norm");
}

static void
assert_refused (const char *groups, const char *part)
{
  g_autofree char *text = g_strdup_printf (
    "{\"format\": \"weft\", \"version\": 1, \"groups\": %s, \"nodes\": []}", groups);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_parse (text, -1, "test", &error);

  g_assert_null (document);
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT);
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” should say “%s”", error->message, part);
}

/* @n definitions, each with @uses uses of the one before. */
static char *
ladder (guint n, guint uses)
{
  GString *out = g_string_new ("{\"g0\": {\"nodes\": [{\"id\": \"x\", \"op\": \"input\"}]}");

  for (guint i = 1; i < n; i++)
    {
      g_string_append_printf (out, ", \"g%u\": {\"nodes\": [{\"id\": \"x\", \"op\": \"input\"}", i);
      for (guint k = 0; k < uses; k++)
        g_string_append_printf (out, ", {\"id\": \"n%u\", \"op\": \"group:g%u\"}", k, i - 1);
      g_string_append (out, "]}");
    }
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

static void
test_bad_files (void)
{
  g_autofree char *deep = ladder (70, 1), *wide = ladder (40, 2), *long_chain = ladder (20000, 1);

  assert_refused ("[]", "groups");
  assert_refused ("{\"a b\": {}}", "a b");
  assert_refused ("{\"a\": []}", "group a");
  assert_refused ("{\"a\": {\"layer\": 3}}", "layer");
  assert_refused ("{\"a\": {\"groups\": {}}}", "group a");
  assert_refused ("{\"a\": {\"nodes\": [{\"id\": \"n\", \"op\": \"group:b\"}]}}", "b");
  assert_refused ("{\"a\": {\"nodes\": [{\"id\": \"n\", \"op\": \"group:a\"}]}}", "a -> a");
  assert_refused ("{\"c\": {}, \"a\": {\"nodes\": [{\"id\": \"n\", \"op\": \"group:b\"}]}, "
                  "\"b\": {\"nodes\": [{\"id\": \"n\", \"op\": \"group:a\"}]}}",
                  "itself");
  assert_refused ("{\"a\": {\"nodes\": [{\"id\": \"n\", \"op\": \"scan\", \"params\": {\"step\": "
                  "\"a\"}}]}}",
                  "itself");
  assert_refused (deep, "deep");
  assert_refused (wide, "unfolds");
  assert_refused (long_chain, "deep");
}

/* ---- Types and values ---- */

static void
test_types (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  WeftDocument *cell = weft_document_get_group (document, "cell");

  weft_typing_update (typing);
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, 0);
  assert_type (typing, document, "a", "y", "f32 (batch, 5)");
  assert_type (typing, document, "b", "y", "f32 (batch, 3)");
  assert_type (typing, document, "b", "W", "f32 (5, 3)");
  g_assert_cmpint (weft_typing_n_parameters (typing, uid_of (document, "a"), NULL), ==, 20);

  /* A change of the definition is a change of all that use it. */
  g_assert_true (weft_document_set_param (cell, uid_of (cell, "body"), "text",
                                          weft_json_new_string ("concat(x @ W, x @ W, axis=-1)"),
                                          NULL));
  g_assert_true (weft_typing_update (typing));
  assert_type (typing, document, "a", "y", "f32 (batch, 10)");
  assert_type (typing, document, "b", "y", "f32 (batch, 6)");

  /* A mistake inside is said where it is used, naming the node inside and the equation. */
  g_assert_true (weft_document_set_param (cell, uid_of (cell, "body"), "text",
                                          weft_json_new_string ("x @ W.T"), NULL));
  weft_typing_update (typing);
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, 1);
  g_assert_cmpuint (weft_typing_problem (typing, 0)->node, ==, uid_of (document, "a"));
  g_assert_nonnull (strstr (weft_typing_problem (typing, 0)->message, "body: "));
  g_assert_nonnull (strstr (weft_typing_problem (typing, 0)->message, "4 != 5"));
  g_assert_true (weft_document_undo (cell));
  g_assert_true (weft_document_undo (document));
  weft_typing_update (typing);
  assert_type (typing, document, "b", "y", "f32 (batch, 3)");
}

/* A definition that 1 000 nodes share: an edit inside reaches all of them, and is typed once. The
 * time is told and not asserted. */
static void
test_many_uses (void)
{
  g_autoptr (GString) text =
    g_string_new ("{\"format\": \"weft\", \"version\": 1, \"groups\": {\"g\": {\"nodes\": "
                  "[{\"id\": \"x\", \"op\": "
                  "\"input\"}, {\"id\": \"e\", \"op\": \"expression\", \"params\": {\"text\": "
                  "\"tanh(x)\"}}, {\"id\": "
                  "\"y\", \"op\": \"output\"}], \"wires\": [\"x.y -> e.x\", \"e.out -> y.x\"]}}, "
                  "\"nodes\": [{\"id\": "
                  "\"n0\", \"op\": \"input\", \"params\": {\"shape\": \"(batch, 4)\"}}");
  g_autoptr (GString) wires = g_string_new (NULL);
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (WeftTyping) typing = NULL;
  WeftDocument *group;
  gint64        begin;

  for (guint i = 1; i <= 1000; i++)
    {
      g_string_append_printf (text, ", {\"id\": \"n%u\", \"op\": \"group:g\"}", i);
      g_string_append_printf (wires, "%s\"n%u.y -> n%u.x\"", i > 1 ? ", " : "", i - 1, i);
    }
  g_string_append_printf (text, "], \"wires\": [%s]}", wires->str);
  document = parse (text->str);
  group = weft_document_get_group (document, "g");
  typing = weft_typing_new (document);
  weft_typing_update (typing);
  assert_type (typing, document, "n1000", "y", "f32 (batch, 4)");
  begin = g_get_monotonic_time ();
  weft_document_set_param (group, uid_of (group, "e"), "text", weft_json_new_string ("x + 1"),
                           NULL);
  weft_typing_update (typing);
  g_test_message ("1000 uses: an edit inside %.2f ms",
                  (double) (g_get_monotonic_time () - begin) / 1000);
  assert_type (typing, document, "n1000", "y", "f32 (batch, 4)");
  weft_document_set_param (group, uid_of (group, "e"), "text",
                           weft_json_new_string ("x @ ones((3, 3))"), NULL);
  weft_typing_update (typing);
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, 1);
  weft_document_set_param (group, uid_of (group, "e"), "text",
                           weft_json_new_string ("concat(x, x, axis=0)[:x.shape[0]] * 1.0"), NULL);
  weft_typing_update (typing);
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, 0);
}

/* A definition that is opened from a node has that node's types, and follows them. */
static void
test_opened (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  WeftDocument *cell = weft_document_get_group (document, "cell");
  g_autoptr (WeftTyping) outer = weft_typing_new (document), inner = weft_typing_new (cell);
  g_autoptr (GError) error = NULL;

  weft_typing_update (outer);
  weft_typing_update (inner);
  assert_type (inner, cell, "x", "y", "f32 (batch, 784)"); /* by itself */
  weft_typing_set_use (inner, outer, uid_of (document, "a"));
  g_assert_true (weft_typing_update (inner));
  g_assert_cmpuint (weft_typing_n_problems (inner), ==, 0);
  assert_type (inner, cell, "x", "y", "f32 (batch, 4)");
  assert_type (inner, cell, "W", "y", "f32 (4, 5)");
  assert_type (inner, cell, "body", "out", "f32 (batch, 5)");
  g_assert_false (weft_typing_update (inner));
  weft_document_set_param (document, uid_of (document, "a"), "units", weft_json_new_int (7),
                           &error);
  g_assert_no_error (error);
  weft_typing_update (outer);
  g_assert_true (weft_typing_update (inner));
  assert_type (inner, cell, "n", "y", "f32 (batch, 7)");
  weft_document_disconnect (document, uid_of (document, "a"), "x");
  weft_typing_update (outer);
  weft_typing_update (inner);
  assert_type (inner, cell, "W", "y", "unknown");
  g_assert_cmpuint (weft_typing_n_problems (inner), ==, 0);
}

static void
test_values (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (WeftLowered) lowered =
    weft_document_lower (document, &(WeftLowerOptions){ .seed = 1 });
  const WeftOrigins *origins = weft_lowered_get (lowered, "a.y")->apply->origins;
  gboolean           outer = FALSE, inner = FALSE;

  /* Rows sum to 10 and 14: tanh is 1 for both, and 1 - mean is 0. */
  g_assert_cmpfloat_with_epsilon (first_element (document, "a.y"), 0, 1e-6);
  g_assert_cmpuint (lowered->shared->len, ==, 2);
  g_assert_cmpstr (((WeftShared *) g_ptr_array_index (lowered->shared, 0))->name, ==, "a.W");

  /* What comes from a group comes from the node that uses it and from the node inside. */
  for (guint i = 0; i < origins->n; i++)
    {
      outer |= origins->nodes[i] == uid_of (document, "a");
      inner |= origins->nodes[i] == uid_of (weft_document_get_group (document, "cell"), "n");
    }
  g_assert_true (outer && inner);
}

/* ---- Commands ---- */

/* Everything from inside and outside, with a listener that reads while it is told. */
static void
count_cb (WeftDocument *document, const WeftChange *change, guint *n)
{
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      g_autoptr (WeftPorts) ports =
        weft_document_ports (document, weft_document_node_at (document, i)->uid);

      g_assert_nonnull (ports);
    }
  *n += change->n_nodes;
}

static void
test_edit_inside (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GError) error = NULL;
  WeftDocument *cell = weft_document_get_group (document, "cell");
  guint         n = 0, n_inside = 0;
  guint32       node;

  g_signal_connect (document, "changed", G_CALLBACK (count_cb), &n);
  g_signal_connect (cell, "changed", G_CALLBACK (count_cb), &n_inside);
  node = weft_document_add_node (cell, "tanh", NULL, NULL, 10, 20, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 2); /* both uses */
  g_assert_cmpuint (n_inside, ==, 1);
  g_assert_true (weft_document_get_modified (document));
  g_assert_cmpstr (weft_document_get_undo_label (document), ==, "Add Node");
  g_assert_true (weft_document_connect (cell, uid_of (cell, "n"), "y", node, "x", &error));
  weft_document_move_nodes (cell, &node, 1, 5, 5);
  weft_document_set_title (cell, "Cell");
  g_assert_true (
    weft_document_set_layer (cell, "summary", weft_json_new_string ("What it is"), &error));
  g_assert_false (weft_document_set_layer (cell, "summary", weft_json_new_int (3), &error));
  assert_edit_error (&error, "summary");
  g_assert_false (weft_document_set_layer (cell, "colour", weft_json_new_string ("red"), &error));
  assert_edit_error (&error, "colour");
  weft_document_remove_nodes (cell, &node, 1);
  assert_reversible (document, sample);
}

static void
test_ports_follow (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GError) error = NULL;
  WeftDocument *cell = weft_document_get_group (document, "cell");
  guint32       input = uid_of (cell, "x");

  g_assert_true (weft_document_rename_node (cell, uid_of (cell, "y"), "result", &error));
  g_assert_cmpstr (weft_document_wire_into (document, uid_of (document, "b"), "x")->from_port, ==,
                   "result");
  g_assert_cmpstr (weft_json_get_string (
                     weft_json_get (weft_document_get_training (document), "metrics"), "m", NULL),
                   ==, "b.result");
  g_assert_true (weft_document_set_param (cell, uid_of (cell, "body"), "text",
                                          weft_json_new_string ("f(v @ W)"), &error));
  g_assert_true (weft_document_set_param (cell, uid_of (cell, "W"), "shape",
                                          weft_json_new_string ("(v.shape[-1], units)"), &error));
  g_assert_true (weft_document_rename_node (cell, input, "v", &error));
  g_assert_true (weft_document_connect (cell, input, "y", uid_of (cell, "body"), "v", &error));
  g_assert_no_error (error);
  g_assert_nonnull (weft_document_wire_into (document, uid_of (document, "a"), "v"));
  assert_fine (document);
  weft_document_remove_nodes (cell, &input, 1);
  g_assert_null (weft_document_wire_into (document, uid_of (document, "a"), "v"));
  assert_reversible (document, sample);
}

static void
test_nesting_is_refused (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GError) error = NULL;
  WeftDocument    *cell = weft_document_get_group (document, "cell");
  WeftDocument    *norm = weft_document_get_group (document, "norm");
  guint32          node = weft_document_add_node (document, "group:cell", NULL, NULL, 0, 0, &error);
  g_autofree char *text = weft_document_copy (document, &node, 1);

  g_assert_no_error (error);
  g_assert_cmpstr (weft_document_node (document, node)->id, ==, "cell");
  g_assert_cmpuint (weft_document_add_node (cell, "group:cell", NULL, NULL, 0, 0, &error), ==, 0);
  assert_edit_error (&error, "cell -> cell");
  g_assert_cmpuint (weft_document_add_node (norm, "group:cell", NULL, NULL, 0, 0, &error), ==, 0);
  assert_edit_error (&error, "itself");
  g_assert_null (weft_document_paste (norm, text, 0, 0, &error));
  assert_edit_error (&error, "itself");
  g_assert_cmpuint (weft_document_add_node (document, "group:none", NULL, NULL, 0, 0, &error), ==,
                    0);
  assert_edit_error (&error, "none");
  assert_reversible (document, sample);
}

static void
test_create (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GError) error = NULL;
  const guint32 chosen[] = { uid_of (document, "a"), uid_of (document, "b") };
  const guint32 with_input[] = { uid_of (document, "x") };
  const guint32 ends[] = { uid_of (document, "a"), uid_of (document, "s") };
  double        before = first_element (document, "s.y");
  guint32       node;
  WeftDocument *group;

  g_assert_cmpuint (weft_document_create_group (document, with_input, 1, NULL, &error), ==, 0);
  assert_edit_error (&error, "x must stay");
  g_assert_cmpuint (weft_document_create_group (document, ends, 2, NULL, &error), ==, 0);
  assert_edit_error (&error, "b lies between");
  g_assert_cmpuint (weft_document_create_group (document, NULL, 0, NULL, &error), ==, 0);
  assert_edit_error (&error, "Choose");
  g_assert_cmpuint (weft_document_create_group (document, chosen, 2, "a b", &error), ==, 0);
  assert_edit_error (&error, "a b");
  assert_text (document, sample);

  node = weft_document_create_group (document, chosen, 2, "both", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (weft_document_node (document, node)->op, ==, "group:both");
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 3);
  group = weft_document_get_group (document, "both");
  g_assert_cmpuint (weft_document_n_nodes (group), ==, 4);
  g_assert_cmpstr (weft_json_get_string (
                     weft_json_get (weft_document_get_training (document), "metrics"), "m", NULL),
                   ==, "both.y");
  assert_fine (document);
  g_assert_cmpfloat (first_element (document, "s.y"), ==, before);
  assert_reversible (document, sample);
}

/* Groups made of any nodes of a larger document compute what it computed. */
static void
test_create_any (void)
{
  static const char text[] =
    "{\"format\": \"weft\", \"version\": 1, \"nodes\": [{\"id\": \"x\", \"op\": \"input\", "
    "\"params\": {\"shape\": \"(batch, 4)\"}}, {\"id\": \"w\", \"op\": \"parameter\", \"params\": "
    "{\"shape\": [4], \"init\": \"ones\"}}, {\"id\": \"m\", \"op\": \"mul\"}, {\"id\": \"t\", "
    "\"op\": \"tanh\"}, {\"id\": \"e\", \"op\": \"expression\", \"params\": {\"text\": "
    "\"p*q + w\"}}, {\"id\": \"n\", \"op\": \"neg\"}, {\"id\": \"s\", \"op\": \"sum\"}], "
    "\"wires\": [\"x.y -> m.a\", \"w.y -> m.b\", \"m.y -> t.x\", \"t.y -> e.p\", \"m.y -> e.q\", "
    "\"w.y -> e.w\", \"e.out -> n.x\", \"n.y -> s.x\"]}";
  static const char *const names[] = { "w", "m", "t", "e", "n", "s" };
  g_autoptr (WeftDocument) first = parse (text);
  g_autofree char *canonical = weft_document_to_text (first);
  double           expected = first_element (first, "s.y");
  guint            n_made = 0;

  for (guint mask = 1; mask < 1 << G_N_ELEMENTS (names); mask++)
    {
      g_autoptr (WeftDocument) document = parse (canonical);
      g_autoptr (GError) error = NULL;
      guint32          chosen[G_N_ELEMENTS (names)], node;
      guint            n = 0;
      g_autofree char *port = NULL;
      g_autoptr (GArray) opened = NULL;

      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        if (mask & (1u << i))
          chosen[n++] = uid_of (document, names[i]);
      node = weft_document_create_group (document, chosen, n, NULL, &error);
      if (node == 0)
        {
          assert_edit_error (&error, "between");
          assert_text (document, canonical);
          continue;
        }
      n_made++;
      assert_fine (document);
      port = weft_document_node_by_id (document, "s") != NULL
               ? g_strdup ("s.y")
               : g_strdup_printf ("%s.y", weft_document_node (document, node)->id);
      if (weft_document_node_by_id (document, "s") != NULL)
        g_assert_cmpfloat (first_element (document, port), ==, expected);
      opened = weft_document_ungroup (document, node, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (opened->len, ==, n);
      g_assert_cmpuint (weft_document_n_groups (document), ==, 0);
      g_assert_cmpuint (weft_document_n_wires (document), ==, 8);
      assert_fine (document);
      g_assert_cmpfloat (first_element (document, "s.y"), ==, expected);
      assert_reversible (document, canonical);
    }
  g_assert_cmpuint (n_made, >, 20);
}

static void
test_ungroup (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GError) error = NULL;
  WeftDocument   *cell = weft_document_get_group (document, "cell");
  const WeftNode *body;
  guint32         norm;

  g_assert_null (weft_document_ungroup (document, uid_of (document, "a"), &error));
  assert_edit_error (&error, "W takes its shape from the input x");
  g_assert_null (weft_document_ungroup (document, uid_of (document, "s"), &error));
  assert_edit_error (&error, "s is no group");
  assert_text (document, sample);
  weft_document_set_param (cell, uid_of (cell, "W"), "shape", weft_json_new_string ("(5, units)"),
                           NULL);
  g_array_unref (weft_document_ungroup (document, uid_of (document, "b"), &error));
  g_assert_no_error (error);
  body = weft_document_node_by_id (document, "body");
  g_assert_cmpstr (weft_json_get_string (body->params, "text", NULL), ==, "(x @ W)");
  g_assert_cmpstr (
    weft_json_get_string (weft_document_node_by_id (document, "W")->params, "shape", NULL), ==,
    "(5, 3)");
  g_assert_cmpstr (weft_json_get_string (
                     weft_json_get (weft_document_get_training (document), "metrics"), "m", NULL),
                   ==, "n.y");
  g_assert_cmpuint (weft_document_n_groups (document), ==, 2); /* "a" still uses it */
  norm = uid_of (document, "n");
  g_array_unref (weft_document_ungroup (document, norm, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (weft_document_node_by_id (document, "n2")->op, ==, "expression");
  assert_reversible (document, sample);
}

/* Dots of wires inside, into and out of the group come along; those inside with the nodes. */
static void
test_ungroup_looks (void)
{
  static const char text[] =
    "{\"format\": \"weft\", \"version\": 1, \"nodes\": ["
    "{\"id\": \"x\", \"op\": \"input\", \"params\": {\"shape\": [3]}, \"at\": [0, 0]},"
    "{\"id\": \"a\", \"op\": \"tanh\", \"at\": [200, 0]}, {\"id\": \"b\", \"op\": \"exp\", \"at\": "
    "[400, 0]},"
    "{\"id\": \"c\", \"op\": \"tanh\", \"at\": [600, 0]}],"
    "\"wires\": [\"x.y -> a.x\", \"a.y -> b.x\", \"b.y -> c.x\"]}";
  static const char *const heads[] = { "b", "a", "c" };
  const double             dots[3][1][2] = { { { 330, 70 } }, { { 110, -40 } }, { { 520, 90 } } };
  g_autoptr (WeftDocument) document = parse (text);
  g_autoptr (GError) error = NULL;
  guint32 inside[] = { uid_of (document, "a"), uid_of (document, "b") }, group;
  double  dx, dy;

  weft_document_set_dots (document, inside[1], "x", dots[0], 1);
  group = weft_document_create_group (document, inside, 2, "pair", &error);
  g_assert_no_error (error);
  weft_document_set_dots (document, group, "x", dots[1], 1);
  weft_document_set_dots (document, uid_of (document, "c"), "x", dots[2], 1);
  g_array_unref (weft_document_ungroup (document, group, &error));
  g_assert_no_error (error);
  dx = weft_document_node_by_id (document, "a")->x - 200;
  dy = weft_document_node_by_id (document, "a")->y;
  for (guint i = 0; i < 3; i++)
    {
      const WeftWire *wire = weft_document_wire_into (document, uid_of (document, heads[i]), "x");

      g_assert_cmpuint (wire->n_dots, ==, 1);
      g_assert_cmpfloat (wire->dots[0][0], ==, dots[i][0][0] + (i == 0 ? dx : 0));
      g_assert_cmpfloat (wire->dots[0][1], ==, dots[i][0][1] + (i == 0 ? dy : 0));
    }
}

static void
test_unique_and_names (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  g_autoptr (GError) error = NULL;
  WeftDocument *copy;

  g_assert_true (weft_document_make_unique (document, uid_of (document, "b"), NULL, &error));
  g_assert_cmpstr (weft_document_node_by_id (document, "b")->op, ==, "group:cell2");
  g_assert_false (weft_document_make_unique (document, uid_of (document, "b"), NULL, &error));
  assert_edit_error (&error, "only use");
  copy = weft_document_get_group (document, "cell2");
  weft_document_set_param (copy, uid_of (copy, "body"), "text", weft_json_new_string ("x"), &error);
  weft_typing_update (typing);
  assert_type (typing, document, "a", "y", "f32 (batch, 5)");
  assert_type (typing, document, "b", "y", "f32 (batch, 5)");

  g_assert_true (weft_document_rename_group (document, "norm", "centre", &error));
  g_assert_cmpstr (weft_document_node_by_id (copy, "n")->op, ==, "group:centre");
  g_assert_false (weft_document_rename_group (document, "cell", "centre", &error));
  assert_edit_error (&error, "already");
  g_assert_false (weft_document_remove_group (document, "centre", &error));
  assert_edit_error (&error, "2 nodes");
  assert_fine (document);
  g_assert_nonnull (weft_document_add_group (document, "spare", &error));
  g_assert_true (weft_document_remove_group (document, "spare", &error));
  g_assert_no_error (error);
  assert_reversible (document, sample);
}

static void
test_clipboard (void)
{
  g_autoptr (WeftDocument) document = parse (sample), other = weft_document_new ();
  g_autoptr (GError) error = NULL;
  guint32          a = uid_of (document, "a");
  g_autofree char *text = weft_document_copy (document, &a, 1);
  g_autofree char *empty = weft_document_to_text (other);
  WeftDocument    *cell = weft_document_get_group (document, "cell");

  /* Within the document the definition is shared; once it is another, it has another name. */
  g_array_unref (weft_document_paste (document, text, 10, 10, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (weft_document_n_groups (document), ==, 2);
  g_assert_cmpuint (weft_document_count_uses (document, "cell"), ==, 3);
  weft_document_set_param (cell, uid_of (cell, "body"), "text", weft_json_new_string ("x"), &error);
  g_array_unref (weft_document_paste (document, text, 20, 20, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (weft_document_n_groups (document), ==, 3);
  g_assert_cmpuint (weft_document_count_uses (document, "cell2"), ==, 1);
  assert_fine (parse (sample));
  assert_reversible (document, sample);

  /* Elsewhere it comes along, with what it uses. */
  g_array_unref (weft_document_paste (other, text, 0, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (weft_document_n_groups (other), ==, 2);
  g_assert_cmpuint (weft_document_count_uses (other, "norm"), ==, 1);
  assert_reversible (other, empty);
}

/* A thousand commands of all kinds, taken back and done again. */
static void
test_random (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  guint n_done = 0;

  for (guint i = 0; i < 1000; i++)
    {
      guint           n_groups = weft_document_n_groups (document);
      guint           which = (guint) g_rand_int_range (rand, 0, (gint) n_groups + 1);
      WeftDocument   *in = which < n_groups ? weft_document_group_at (document, which) : document;
      guint           n_nodes = weft_document_n_nodes (in);
      const WeftNode *node =
        n_nodes > 0 ? weft_document_node_at (in, (guint) g_rand_int_range (rand, 0, (gint) n_nodes))
                    : NULL;
      guint32          uids[2] = { node != NULL ? node->uid : 0, 0 };
      g_autofree char *name = g_strdup_printf ("r%u", i);

      switch (g_rand_int_range (rand, 0, 9))
        {
        case 0:
          n_done += weft_document_add_node (in, "group:cell", NULL, NULL, i, i, NULL) != 0;
          break;
        case 1:
          n_done += weft_document_add_node (in, "tanh", NULL, NULL, i, i, NULL) != 0;
          break;
        case 2:
          if (node != NULL && n_nodes > 1)
            uids[1] = weft_document_node_at (in, 0)->uid;
          n_done += weft_document_create_group (in, uids, uids[1] != 0 ? 2 : 1, name, NULL) != 0;
          break;
        case 3:
          if (node != NULL && weft_document_group_of (in, node->op) != NULL)
            {
              g_autoptr (GArray) opened = weft_document_ungroup (in, node->uid, NULL);
              n_done += opened != NULL;
            }
          break;
        case 4:
          if (node != NULL && weft_document_group_of (in, node->op) != NULL)
            n_done += weft_document_make_unique (in, node->uid, NULL, NULL);
          break;
        case 5:
          if (node != NULL)
            n_done += weft_document_rename_node (in, node->uid, name, NULL);
          break;
        case 6:
          if (in != document)
            n_done +=
              weft_document_rename_group (document, weft_document_get_group_name (in), name, NULL);
          break;
        case 7:
          if (node != NULL && n_nodes > 3)
            weft_document_remove_nodes (in, uids, 1);
          break;
        default:
          if (node != NULL)
            {
              g_autofree char *text = weft_document_copy (in, uids, 1);
              g_autoptr (GArray) pasted = weft_document_paste (in, text, 5, 5, NULL);
              n_done += pasted != NULL;
            }
        }
      if (i % 50 == 0)
        weft_typing_update (typing);
      if (weft_document_n_groups (document) > 12)
        while (weft_document_n_groups (document) > 6 && weft_document_undo (document))
          ;
    }
  g_assert_cmpuint (n_done, >, 200);
  {
    g_autofree char *text = weft_document_to_text (document);
    g_autoptr (WeftDocument) again = parse (text);

    assert_text (again, text);
  }
  assert_reversible (document, sample);
}

/* ---- State ---- */

static const char running[] =
  "{\"format\": \"weft\", \"version\": 1, \"groups\": {\"mean\": {\"nodes\": [{\"id\": \"x\", "
  "\"op\": \"input\"}, {\"id\": \"m\", \"op\": \"shared\", \"params\": {\"shape\": "
  "\"(x.shape[-1],)\"}}, {\"id\": \"body\", \"op\": \"expression\", \"params\": {\"text\": "
  "\"y = x - (mean(x, axis=0) if training else m)\\nnew = 0.5*m + 0.5*mean(x, axis=0)\"}}, "
  "{\"id\": \"keep\", \"op\": \"update\", \"params\": {\"target\": \"m\"}}, {\"id\": \"y\", "
  "\"op\": \"output\"}], \"wires\": [\"x.y -> body.x\", \"m.y -> body.m\", \"body.y -> y.x\", "
  "\"body.new -> keep.x\"]}}, \"nodes\": [{\"id\": \"x\", \"op\": \"input\", \"params\": "
  "{\"shape\": \"(batch, 4)\"}}, {\"id\": \"a\", \"op\": \"group:mean\"}, {\"id\": \"b\", \"op\": "
  "\"group:mean\"}], \"wires\": [\"x.y -> a.x\", \"a.y -> b.x\"]}";

static void
test_state (void)
{
  g_autoptr (WeftDocument) document = parse (running);
  g_autoptr (WeftLowered) trained =
    weft_document_lower (document, &(WeftLowerOptions){ .training = TRUE });
  g_autoptr (WeftLowered) used = weft_document_lower (document, &(WeftLowerOptions){ 0 });
  g_autoptr (GError) error = NULL;
  WeftDocument *group = weft_document_get_group (document, "mean");

  assert_fine (document);
  g_assert_cmpuint (trained->problems->len, ==, 0);
  g_assert_cmpuint (trained->targets->len, ==, 2);
  g_assert_cmpuint (trained->new_values->len, ==, 2);
  g_assert_cmpstr (((WeftShared *) g_ptr_array_index (trained->targets, 1))->name, ==, "b.m");
  g_assert_cmpstr (((WeftShared *) g_ptr_array_index (trained->targets, 0))->role, ==, "state");
  g_assert_cmpuint (used->targets->len, ==, 0);
  /* The target keeps its name's track. */
  g_assert_true (weft_document_rename_node (group, uid_of (group, "m"), "running", &error));
  g_assert_cmpstr (
    weft_json_get_string (weft_document_node_by_id (group, "keep")->params, "target", NULL), ==,
    "running");
  g_assert_true (weft_document_set_param (group, uid_of (group, "keep"), "target",
                                          weft_json_new_string ("q"), &error));
  {
    g_autoptr (WeftTyping) typing = weft_typing_new (document);

    weft_typing_update (typing);
    g_assert_cmpuint (weft_typing_n_problems (typing), >, 0);
    g_assert_nonnull (strstr (weft_typing_problem (typing, 0)->message, "“q”"));
  }
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("weft-groups-XXXXXX", NULL);

  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  path = g_test_build_filename (G_TEST_DIST, "fixtures", "document", "groups.weft", NULL);
  g_file_get_contents (path, &sample, NULL, &error);
  g_assert_no_error (error);
  g_test_add_func ("/document/groups/file", test_file);
  g_test_add_func ("/document/groups/bad-files", test_bad_files);
  g_test_add_func ("/document/groups/types", test_types);
  g_test_add_func ("/document/groups/many-uses", test_many_uses);
  g_test_add_func ("/document/groups/opened", test_opened);
  g_test_add_func ("/document/groups/values", test_values);
  g_test_add_func ("/document/groups/edit-inside", test_edit_inside);
  g_test_add_func ("/document/groups/ports-follow", test_ports_follow);
  g_test_add_func ("/document/groups/nesting-is-refused", test_nesting_is_refused);
  g_test_add_func ("/document/groups/create", test_create);
  g_test_add_func ("/document/groups/create-any", test_create_any);
  g_test_add_func ("/document/groups/ungroup", test_ungroup);
  g_test_add_func ("/document/groups/ungroup-looks", test_ungroup_looks);
  g_test_add_func ("/document/groups/unique-and-names", test_unique_and_names);
  g_test_add_func ("/document/groups/clipboard", test_clipboard);
  g_test_add_func ("/document/groups/random", test_random);
  g_test_add_func ("/document/groups/state", test_state);
  result = g_test_run ();
  g_free (sample);
  remove_folder (home);
  return result;
}
