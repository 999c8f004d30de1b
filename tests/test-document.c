/* Tests of engine/document's documents: files, edits, undo, the clipboard. Broken files are in
 * test-hostile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/document/catalogue.h"
#include "engine/ops/ops.h"
#include "tests/document-tools.h"

#include <math.h>
#include <glib/gstdio.h>

/* Keys that Weft does not know stand at every level. */
static const char sample[] = "{\n"
                             "  \"format\": \"weft\", \"version\": 1, \"title\": \"Sample\",\n"
                             "  \"future\": {\"a\": [1, 2.5, null]},\n"
                             "  \"nodes\": [\n"
                             "    {\"id\": \"x\", \"op\": \"input\", \"params\": {\"shape\": "
                             "\"(batch, 4)\"}, \"at\": [40, 60.5], \"colour\": \"red\"},\n"
                             "    {\"id\": \"a\", \"op\": \"tanh\", \"at\": [200, 60]},\n"
                             "    {\"id\": \"b\", \"op\": \"relu\", \"at\": [200, 160]},\n"
                             "    {\"id\": \"sum\", \"op\": \"add\", \"at\": [400, 60]}\n"
                             "  ],\n"
                             "  \"wires\": [\n"
                             "    \"x.y -> a.x\",\n"
                             "    \"x.y -> b.x\",\n"
                             "    \"a.y -> sum.a\",\n"
                             "    \"b.y -> sum.b\"\n"
                             "  ],\n"
                             "  \"notes\": [\n"
                             "    {\"id\": \"n1\", \"text\": \"Look:\\nhere\", \"at\": [0, 300], "
                             "\"size\": [400, 120], \"pinned\": true}\n"
                             "  ],\n"
                             "  \"training\": {\"loss\": \"sum.y\", \"metrics\": {\"m\": \"a.y\"}, "
                             "\"rate\": 0.001, \"mood\": \"calm\"},\n"
                             "  \"view\": {\"at\": [0, 0], \"zoom\": 1}\n"
                             "}\n";

/* ---- Files ---- */

static void
test_round_trip (void)
{
  g_autoptr (WeftDocument) document = parse (sample);

  assert_text (document, sample);
  g_assert_cmpstr (weft_document_get_title (document), ==, "Sample");
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 4);
  g_assert_cmpuint (weft_document_n_wires (document), ==, 4);
  g_assert_cmpuint (weft_document_n_notes (document), ==, 1);
  g_assert_cmpfloat (weft_document_node_by_id (document, "x")->y, ==, 60.5);
  g_assert_cmpstr (weft_document_note_at (document, 0)->text, ==, "Look:\nhere");
  g_assert_cmpfloat (weft_json_get_number (weft_document_get_training (document), "rate", 0), ==,
                     0.001);
  g_assert_nonnull (weft_document_get_member (document, "future"));
  g_assert_null (weft_document_get_member (document, "past"));
  g_assert_null (weft_document_get_path (document));
  g_assert_null (weft_document_dup_folder (document));
}

static void
test_save_load (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-document-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.weft", NULL);
  g_autofree char *bad_path = g_build_filename (folder, "gone", "a.weft", NULL);
  g_autofree char *own_folder = NULL;
  g_autoptr (WeftDocument) document = parse (sample), again = NULL;
  g_autoptr (GError) error = NULL;

  weft_document_set_title (document, "Other");
  g_assert_true (weft_document_get_modified (document));
  g_assert_false (weft_document_save (document, bad_path, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_true (weft_document_get_modified (document));
  g_assert_true (weft_document_save (document, path, &error));
  g_assert_false (weft_document_get_modified (document));
  g_assert_cmpstr (weft_document_get_path (document), ==, path);
  own_folder = weft_document_dup_folder (document);
  g_assert_cmpstr (own_folder, ==, folder);
  again = weft_document_load (path, &error);
  g_assert_no_error (error);
  {
    g_autofree char *first = weft_document_to_text (document),
                    *second = weft_document_to_text (again);

    g_assert_cmpstr (first, ==, second);
  }
  g_assert_false (weft_document_get_modified (again));
  g_assert_true (weft_document_undo (document));
  g_assert_true (weft_document_get_modified (document));
  g_assert_true (weft_document_redo (document));
  g_assert_false (weft_document_get_modified (document));
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_examples (void)
{
  g_autofree char *folder = g_build_filename (weft_data_dir (), "examples", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint       n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftDocument) document =
        g_str_has_suffix (name, ".weft") ? weft_document_load (path, &error) : NULL;
      g_autoptr (WeftDocument) again = NULL;
      g_autoptr (WeftLowered) lowered = NULL;
      g_autofree char *text = NULL, *text_again = NULL;

      g_assert_no_error (error);
      if (document == NULL)
        continue;
      text = weft_document_to_text (document);
      again = parse (text);
      text_again = weft_document_to_text (again);
      g_assert_cmpstr (text, ==, text_again);
      lowered = weft_document_lower (document, &(WeftLowerOptions){ .no_init = TRUE });
      if (lowered->problems->len > 0)
        g_error ("%s: %s", name, ((WeftProblem *) lowered->problems->pdata[0])->message);
      n++;
    }
  g_assert_cmpuint (n, >=, 7);
}

/* What computing needs: nodes under their numbers, wires, training; it stays as it was. */
static void
test_snapshot (void)
{
  g_autoptr (WeftDocument) document = parse (sample), snapshot = weft_document_snapshot (document);
  g_autofree char *before = weft_document_to_text (snapshot);
  guint32          a = uid_of (document, "a");

  g_assert_cmpuint (weft_document_n_nodes (snapshot), ==, 4);
  g_assert_cmpuint (weft_document_n_wires (snapshot), ==, 4);
  g_assert_cmpuint (weft_document_wire_into (snapshot, uid_of (document, "sum"), "a")->from, ==, a);
  g_assert_true (
    weft_json_equal (weft_document_get_training (snapshot), weft_document_get_training (document)));
  g_assert_cmpuint (uid_of (snapshot, "a"), ==, a);
  g_assert_true (weft_document_node (snapshot, a)->params !=
                 weft_document_node (document, a)->params); /* counted by one thread */
  weft_document_remove_nodes (document, &a, 1);
  weft_document_set_training (document, "rate", NULL);
  assert_text (snapshot, before);
}

/* ---- Edits, each undone and done again ---- */

static void
test_add (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GError) error = NULL;
  WeftJson *params = weft_json_new_object ();
  guint32   first, second;

  weft_json_set_int (params, "units", 8);
  first = weft_document_add_node (document, "dense", NULL, params, 10, 20, &error);
  g_assert_no_error (error);
  second = weft_document_add_node (document, "tanh", "a", NULL, 0, 0, &error);
  g_assert_cmpstr (weft_document_node (document, first)->id, ==, "dense");
  g_assert_cmpstr (weft_document_node (document, second)->op, ==, "tanh");
  g_assert_cmpstr (weft_document_node (document, second)->id, !=, "a"); /* taken */
  g_assert_true (g_str_has_prefix (weft_document_node (document, second)->id, "a"));
  g_assert_cmpint (weft_json_get_int (weft_document_node (document, first)->params, "units", 0), ==,
                   8);
  g_assert_cmpuint (weft_document_add_node (document, "tanhh", NULL, NULL, 0, 0, &error), ==, 0);
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  g_assert_nonnull (strstr (error->message, "tanhh"));
  g_clear_error (&error);
  g_assert_cmpuint (weft_document_add_node (document, "group:block", NULL, NULL, 0, 0, &error), ==,
                    0);
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  g_clear_error (&error);
  g_assert_cmpuint (weft_document_add_node (document, "tanh", "a b", NULL, 0, 0, &error), ==, 0);
  assert_reversible (document, sample);
}

static void
test_remove (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  const guint32 uids[] = { uid_of (document, "x"), uid_of (document, "sum") };

  weft_document_remove_nodes (document, uids, 2);
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 2);
  g_assert_cmpuint (weft_document_n_wires (document), ==, 0);
  g_assert_null (weft_document_node (document, uids[0]));
  g_assert_nonnull (strstr (weft_document_get_undo_label (document), "2"));
  g_assert_true (weft_document_undo (document));
  g_assert_cmpuint (uid_of (document, "x"), ==, uids[0]); /* the same node */
  g_assert_true (weft_document_redo (document));
  assert_reversible (document, sample);
}

static void
test_rename (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GError) error = NULL;
  WeftJson *training;
  guint32   a = uid_of (document, "a");

  g_assert_true (weft_document_rename_node (document, a, "first", &error));
  training = weft_document_get_training (document);
  g_assert_cmpstr (weft_json_get_string (weft_json_get (training, "metrics"), "m", NULL), ==,
                   "first.y");
  g_assert_cmpstr (weft_json_get_string (training, "loss", NULL), ==, "sum.y");
  g_assert_null (weft_document_node_by_id (document, "a"));
  g_assert_cmpuint (uid_of (document, "first"), ==, a);
  g_assert_false (weft_document_rename_node (document, a, "sum", &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  g_clear_error (&error);
  g_assert_false (weft_document_rename_node (document, a, "a.b", &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  g_clear_error (&error);
  g_assert_false (weft_document_rename_node (document, a, "", &error));
  assert_reversible (document, sample);
}

static void
test_connect (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GError) error = NULL;
  guint32 x = uid_of (document, "x"), a = uid_of (document, "a"), b = uid_of (document, "b"),
          sum = uid_of (document, "sum");

  g_assert_true (
    weft_document_connect (document, a, "y", b, "x", &error)); /* in place of x's wire */
  g_assert_cmpuint (weft_document_n_wires (document), ==, 4);
  g_assert_cmpuint (weft_document_wire_into (document, b, "x")->from, ==, a);
  g_assert_false (weft_document_connect (document, sum, "y", a, "x", &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  g_assert_nonnull (strstr (error->message, "->")); /* the cycle's path */
  g_clear_error (&error);
  g_assert_false (weft_document_connect (document, a, "y", a, "x", &error)); /* to itself */
  g_clear_error (&error);
  g_assert_false (weft_document_connect (document, x, "z", a, "x", &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  g_clear_error (&error);
  g_assert_false (weft_document_connect (document, x, "y", a, "z", &error));
  g_clear_error (&error);
  weft_document_disconnect (document, sum, "a");
  g_assert_null (weft_document_wire_into (document, sum, "a"));
  weft_document_disconnect (document, sum, "a"); /* is gone: nothing happens */
  assert_reversible (document, sample);
}

static void
test_params (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  guint32          dense = weft_document_add_node (document, "dense", NULL, NULL, 0, 0, NULL);

  before = weft_document_to_text (document);
  g_assert_true (
    weft_document_set_param (document, dense, "units", weft_json_new_int (32), &error));
  g_assert_cmpint (weft_json_get_int (weft_document_node (document, dense)->params, "units", 0), ==,
                   32);
  g_assert_false (
    weft_document_set_param (document, dense, "units", weft_json_new_int (0), &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  g_assert_nonnull (strstr (error->message, "units"));
  g_clear_error (&error);
  g_assert_false (
    weft_document_set_param (document, dense, "units", weft_json_new_string ("many"), &error));
  g_clear_error (&error);
  g_assert_false (weft_document_set_param (document, dense, "unit", weft_json_new_int (3), &error));
  g_assert_nonnull (strstr (error->message, "units")); /* the nearest name */
  g_clear_error (&error);
  g_assert_false (
    weft_document_set_param (document, dense, "activation", weft_json_new_string ("bend"), &error));
  g_clear_error (&error);
  g_assert_true (
    weft_document_set_param (document, dense, "activation", weft_json_new_string ("tanh"), &error));
  g_assert_true (weft_document_set_param (document, dense, "activation", NULL, &error));
  g_assert_false (weft_json_has (weft_document_node (document, dense)->params, "activation"));
  g_assert_true (weft_document_undo (document));
  g_assert_true (weft_document_undo (document));
  g_assert_true (weft_document_undo (document));
  assert_text (document, before);
}

/* Wires at names that an expression no longer has go with the change, and come back with undo. */
static void
test_expression_ports (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autofree char *before = NULL;
  WeftJson        *params = weft_json_new_object ();
  guint32          x = uid_of (document, "x"), expression;

  weft_json_set_string (params, "text", "p * q");
  expression = weft_document_add_node (document, "expression", NULL, params, 0, 0, NULL);
  g_assert_true (weft_document_connect (document, x, "y", expression, "p", NULL));
  g_assert_true (weft_document_connect (document, x, "y", expression, "q", NULL));
  before = weft_document_to_text (document);
  g_assert_true (
    weft_document_set_param (document, expression, "text", weft_json_new_string ("p + 1"), NULL));
  g_assert_null (weft_document_wire_into (document, expression, "q"));
  g_assert_nonnull (weft_document_wire_into (document, expression, "p"));
  g_assert_true (weft_document_set_param (document, expression, "text",
                                          weft_json_new_string ("p + ("), NULL)); /* half written */
  g_assert_nonnull (weft_document_wire_into (document, expression, "p"));
  g_assert_true (weft_document_undo (document));
  g_assert_true (weft_document_undo (document));
  assert_text (document, before);
}

static void
test_move (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  const guint32 uids[] = { uid_of (document, "a"), uid_of (document, "b") };

  weft_document_begin (document, "Drag");
  for (guint i = 0; i < 10; i++)
    weft_document_move_nodes (document, uids, 2, 3, -1);
  weft_document_end (document);
  g_assert_cmpfloat (weft_document_node (document, uids[0])->x, ==, 230);
  g_assert_cmpfloat (weft_document_node (document, uids[1])->y, ==, 150);
  g_assert_cmpstr (weft_document_get_undo_label (document), ==, "Drag");
  g_assert_true (weft_document_undo (document));
  g_assert_false (weft_document_undo (document)); /* one step */
  assert_text (document, sample);
}

static void
test_notes_and_training (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autofree char *id = g_strdup (weft_document_add_note (document, "New", 1, 2, 100, 50));

  g_assert_cmpstr (id, !=, "n1");
  weft_document_set_note (document, id, "Newer", 3, 4, 100, 60);
  g_assert_cmpstr (weft_document_note_at (document, weft_document_n_notes (document) - 1)->text, ==,
                   "Newer");
  weft_document_remove_note (document, "n1");
  g_assert_cmpuint (weft_document_n_notes (document), ==, 1);
  weft_document_set_training (document, "batch", weft_json_new_int (32));
  weft_document_set_training (document, "rate", NULL);
  g_assert_cmpint (weft_json_get_int (weft_document_get_training (document), "batch", 0), ==, 32);
  g_assert_false (weft_json_has (weft_document_get_training (document), "rate"));
  weft_document_set_title (document, "Übung");
  g_assert_cmpstr (weft_document_get_title (document), ==, "Übung");
  assert_reversible (document, sample);
}

static void
test_steps (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  guint32 a = uid_of (document, "a");
  guint64 revision = weft_document_get_revision (document);

  weft_document_begin (document, "Outer");
  weft_document_begin (document, "Inner");
  weft_document_remove_nodes (document, &a, 1);
  weft_document_end (document);
  weft_document_add_node (document, "exp", NULL, NULL, 0, 0, NULL);
  weft_document_end (document);
  g_assert_cmpuint (weft_document_get_revision (document), >, revision);
  g_assert_cmpstr (weft_document_get_undo_label (document), ==, "Outer");
  g_assert_null (weft_document_get_redo_label (document));
  g_assert_true (weft_document_undo (document));
  g_assert_cmpstr (weft_document_get_redo_label (document), ==, "Outer");
  assert_text (document, sample);
  weft_document_set_title (document, "New way"); /* what was undone is gone */
  g_assert_false (weft_document_redo (document));
  weft_document_begin (document, "Nothing");
  weft_document_end (document);
  g_assert_cmpstr (weft_document_get_undo_label (document), !=, "Nothing");
}

/* ---- Signals ---- */

static void
changed_cb (WeftDocument *document, const WeftChange *change, gpointer data)
{
  g_array_append_val ((GArray *) data, change->flags);
}

static void
test_signals (void)
{
  g_autoptr (WeftDocument) document = parse (sample);
  g_autoptr (GArray) flags = g_array_new (FALSE, FALSE, sizeof (WeftChangeFlags));
  guint32 a = uid_of (document, "a");

  g_signal_connect (document, "changed", G_CALLBACK (changed_cb), flags);
  weft_document_remove_nodes (document, &a, 1);
  g_assert_cmpuint (flags->len, ==, 1);
  g_assert_cmpint (g_array_index (flags, WeftChangeFlags, 0) &
                     (WEFT_CHANGE_NODES | WEFT_CHANGE_WIRES),
                   ==, WEFT_CHANGE_NODES | WEFT_CHANGE_WIRES);
  weft_document_undo (document);
  g_assert_cmpuint (flags->len, ==, 2);
  weft_document_set_training (document, "seed", weft_json_new_int (3));
  g_assert_cmpint (g_array_index (flags, WeftChangeFlags, 2), ==, WEFT_CHANGE_TRAINING);
  weft_document_move_nodes (document, &a, 1, 1, 1);
  g_assert_cmpint (g_array_index (flags, WeftChangeFlags, 3), ==, WEFT_CHANGE_POSITIONS);
}

/* ---- Clipboard ---- */

static void
test_copy_paste (void)
{
  g_autoptr (WeftDocument) document = parse (sample), other = weft_document_new ();
  const guint32    uids[] = { uid_of (document, "a"), uid_of (document, "sum") };
  g_autofree char *text = weft_document_copy (document, uids, 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) pasted = weft_document_paste (document, text, 20, 30, &error);
  g_autoptr (GArray) elsewhere = weft_document_paste (other, text, 0, 0, &error);
  guint32 new_a, new_sum;

  g_assert_no_error (error);
  g_assert_cmpuint (pasted->len, ==, 2);
  g_assert_cmpuint (elsewhere->len, ==, 2);
  new_a = g_array_index (pasted, guint32, 0);
  new_sum = g_array_index (pasted, guint32, 1);
  g_assert_cmpfloat (weft_document_node (document, new_a)->x, ==, 220);
  g_assert_cmpuint (weft_document_wire_into (document, new_sum, "a")->from, ==, new_a);
  g_assert_null (weft_document_wire_into (document, new_sum, "b"));
  g_assert_cmpuint (weft_document_n_wires (other), ==, 1);
  g_assert_null (weft_document_paste (document, "Dear reader,", 0, 0, &error));
  g_assert_nonnull (error);
  assert_reversible (document, sample);
}

/* Whatever is asked of the edits, the file opens again and says the same. */
static void
test_opens_again (void)
{
  g_autoptr (WeftDocument) document = weft_document_new (), again = NULL;
  g_autofree char *name = g_strnfill (100, 'x');
  g_autofree char *text = NULL, *text_again = NULL;
  guint32          uid = weft_document_add_node (document, "tanh", name, NULL, NAN, 0.5, NULL);

  for (guint i = 0; i < 12; i++)
    g_assert_cmpuint (weft_document_add_node (document, "tanh", name, NULL, INFINITY, -1e300, NULL),
                      !=, 0);
  weft_document_move_nodes (document, &uid, 1, 1e9, 0.25);
  weft_document_add_note (document, "", NAN, 3e8, 1, INFINITY);
  text = weft_document_to_text (document);
  again = parse (text);
  text_again = weft_document_to_text (again);
  g_assert_cmpstr (text, ==, text_again);
}

/* ---- A walk of random edits ---- */

static guint32
any_node (WeftDocument *document, GRand *rand)
{
  guint n = weft_document_n_nodes (document);

  return n == 0
           ? 0
           : weft_document_node_at (document, (guint) g_rand_int_range (rand, 0, (gint32) n))->uid;
}

static void
random_edit (WeftDocument *document, GRand *rand)
{
  static const char *const ops[] = { "tanh", "add", "dense", "input", "softmax" };
  guint32                  uid = any_node (document, rand), other = any_node (document, rand);
  g_autofree char         *name = g_strdup_printf ("r%d", g_rand_int_range (rand, 0, 6));

  switch (g_rand_int_range (rand, 0, 9))
    {
    case 0:
    case 1:
      weft_document_add_node (document, ops[g_rand_int_range (rand, 0, 5)], NULL, NULL,
                              g_rand_int_range (rand, 0, 500), 0, NULL);
      break;
    case 2:
      if (uid != 0)
        weft_document_remove_nodes (document, &uid, 1);
      break;
    case 3:
      if (uid != 0)
        weft_document_rename_node (document, uid, name, NULL);
      break;
    case 4:
    case 5:
      if (uid != 0)
        weft_document_connect (document, uid, "y", other, g_rand_boolean (rand) ? "x" : "a", NULL);
      break;
    case 6:
      if (uid != 0)
        weft_document_move_nodes (document, &uid, 1, g_rand_double_range (rand, -9, 9), 0.1);
      break;
    case 7:
      weft_document_set_training (document, name,
                                  weft_json_new_int (g_rand_int_range (rand, 0, 9)));
      break;
    default:
      if (g_rand_boolean (rand))
        weft_document_undo (document);
      else
        weft_document_redo (document);
      break;
    }
}

/* After any edits the document reads back from its text, and undoing everything gives the
 * beginning. */
static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (guint round = 0; round < 15; round++)
    {
      g_autoptr (WeftDocument) document = parse (sample), again = NULL;
      g_autofree char *text = NULL, *text_again = NULL;
      guint            n_steps = 0;

      for (guint i = 0; i < 60; i++)
        random_edit (document, rand);
      text = weft_document_to_text (document);
      again = parse (text);
      text_again = weft_document_to_text (again);
      g_assert_cmpstr (text, ==, text_again);
      while (weft_document_undo (document))
        n_steps++;
      assert_text (document, sample);
      for (; n_steps > 0; n_steps--)
        g_assert_true (weft_document_redo (document));
      assert_text (document, text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/document/file/round-trip", test_round_trip);
  g_test_add_func ("/engine/document/file/save-load", test_save_load);
  g_test_add_func ("/engine/document/file/examples", test_examples);
  g_test_add_func ("/engine/document/snapshot", test_snapshot);
  g_test_add_func ("/engine/document/edit/add", test_add);
  g_test_add_func ("/engine/document/edit/remove", test_remove);
  g_test_add_func ("/engine/document/edit/rename", test_rename);
  g_test_add_func ("/engine/document/edit/connect", test_connect);
  g_test_add_func ("/engine/document/edit/params", test_params);
  g_test_add_func ("/engine/document/edit/expression-ports", test_expression_ports);
  g_test_add_func ("/engine/document/edit/move", test_move);
  g_test_add_func ("/engine/document/edit/notes-and-training", test_notes_and_training);
  g_test_add_func ("/engine/document/edit/steps", test_steps);
  g_test_add_func ("/engine/document/edit/signals", test_signals);
  g_test_add_func ("/engine/document/edit/opens-again", test_opens_again);
  g_test_add_func ("/engine/document/edit/random", test_random);
  g_test_add_func ("/engine/document/clipboard", test_copy_paste);
  return g_test_run ();
}
