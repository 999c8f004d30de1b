/* Layers in documents: a copy of one's own, what may only be looked at, and layers that people
 * save.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/layer.h"
#include "tests/document-tools.h"
#include "tests/folder-tools.h"

/* Two uses of "cell", which uses "norm", a definition that is a text. */
static char *sample; /* fixtures/document/groups.weft */

static const char with_layer[] =
  "{\n  \"format\": \"weft\", \"version\": 1, \"title\": \"\",\n"
  "  \"nodes\": [\n"
  "    {\"id\": \"x\", \"op\": \"input\", \"params\": {\"shape\": \"(batch, 4)\"}, \"at\": [0, "
  "0]},\n"
  "    {\"id\": \"d\", \"op\": \"dense\", \"params\": {\"units\": 3, \"activation\": \"tanh\"}, "
  "\"at\": [200, 0]},\n"
  "    {\"id\": \"s\", \"op\": \"sum\", \"at\": [400, 0]}\n"
  "  ],\n"
  "  \"wires\": [\n"
  "    \"x.y -> d.x\",\n"
  "    \"d.y -> s.x\"\n"
  "  ]\n"
  "}\n";

/* A layer that one makes one's own computes what it computed, and can be changed. */
static void
test_own_copy_of_layer (void)
{
  g_autoptr (WeftDocument) document = parse (with_layer);
  g_autoptr (WeftTyping) typing = weft_typing_new (document);
  g_autoptr (GError) error = NULL;
  double        before = first_element (document, "s.y");
  WeftDocument *group;

  g_assert_true (weft_document_make_unique (document, uid_of (document, "d"), NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (weft_document_node_by_id (document, "d")->op, ==, "group:dense");
  group = weft_document_get_group (document, "dense");
  g_assert_nonnull (group);
  assert_fine (document);
  g_assert_cmpfloat (first_element (document, "s.y"), ==, before);
  weft_typing_update (typing);
  assert_type (typing, document, "d", "W", "f32 (4, 3)");
  g_assert_true (weft_document_set_param (group, uid_of (group, "body"), "text",
                                          weft_json_new_string ("2 * activation(x @ W + b)"),
                                          &error));
  g_assert_cmpfloat_with_epsilon (first_element (document, "s.y"), 2 * before, 1e-5);
  assert_reversible (document, with_layer);
}

/* What may be looked at only stays as it is, whatever is asked. */
static void
test_frozen (void)
{
  g_autoptr (WeftDocument) document = weft_document_snapshot_frozen (weft_layer_document ("dense"));
  g_autofree char *before = weft_document_to_text (document);
  g_autoptr (GError) error = NULL;
  guint32 body = uid_of (document, "body"), b = uid_of (document, "b");

  g_assert_cmpuint (weft_document_add_node (document, "tanh", NULL, NULL, 0, 0, &error), ==, 0);
  assert_edit_error (&error, "Dense ships with Weft");
  g_assert_false (weft_document_rename_node (document, b, "c", &error));
  assert_edit_error (&error, "Dense");
  g_assert_false (
    weft_document_set_param (document, body, "text", weft_json_new_string ("x"), &error));
  assert_edit_error (&error, "Dense");
  g_assert_false (weft_document_connect (document, b, "y", body, "W", &error));
  assert_edit_error (&error, "Dense");
  g_assert_cmpuint (weft_document_create_group (document, &body, 1, NULL, &error), ==, 0);
  assert_edit_error (&error, "Dense");
  g_assert_null (weft_document_add_group (document, "g", &error));
  assert_edit_error (&error, "Dense");
  g_assert_false (
    weft_document_set_layer (document, "summary", weft_json_new_string ("x"), &error));
  assert_edit_error (&error, "Dense");
  weft_document_remove_nodes (document, &body, 1);
  weft_document_move_nodes (document, &body, 1, 3, 3);
  weft_document_disconnect (document, body, "x");
  weft_document_set_title (document, "Mine");
  weft_document_set_training (document, "rate", weft_json_new_int (3));
  g_assert_null (weft_document_add_note (document, "note", 0, 0, 100, 100));
  assert_text (document, before);
  g_assert_false (weft_document_undo (document));
}

/* ---- The user's layers ---- */

static void
count_reloads_cb (gpointer data)
{
  (*(guint *) data)++;
}

static void
write_layer (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (weft_layer_folder (), name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
test_own_layers (void)
{
  g_autoptr (WeftDocument) document = parse (sample), other = weft_document_new ();
  g_autoptr (WeftTyping) typing = weft_typing_new (other);
  g_autoptr (GError) error = NULL;
  WeftDocument    *cell = weft_document_get_group (document, "cell");
  guint            n = weft_catalogue_n (), n_told = 0, x, node;
  guint            watch = weft_catalogue_watch (count_reloads_cb, &n_told);
  const WeftEntry *entry;

  g_assert_false (weft_layer_save (cell, "dense", &error));
  assert_edit_error (&error, "dense");
  g_assert_false (weft_layer_save (cell, "tanh", &error));
  assert_edit_error (&error, "tanh");
  g_assert_false (weft_layer_save (cell, "input", &error));
  assert_edit_error (&error, "input");
  g_assert_false (weft_layer_save (cell, "a/b", &error));
  assert_edit_error (&error, "a/b");
  g_assert_false (weft_layer_remove ("dense", &error));
  assert_edit_error (&error, "dense");
  g_assert_cmpuint (n_told, ==, 0);

  g_assert_true (weft_layer_save (cell, "my_cell", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_told, ==, 1);
  g_assert_cmpuint (weft_catalogue_n (), ==, n + 1);
  entry = weft_catalogue_find ("my_cell");
  g_assert_cmpstr (entry->title, ==, "A cell");
  g_assert_true (entry->own);
  g_assert_cmpstr (entry->family, ==, "layer");

  /* It works elsewhere, with the group that it uses, and follows its file. */
  x = weft_document_add_node (other, "input", NULL, NULL, 0, 0, &error);
  weft_document_set_param (other, x, "shape", weft_json_new_string ("(batch, 4)"), &error);
  node = weft_document_add_node (other, "my_cell", NULL, NULL, 0, 0, &error);
  g_assert_true (weft_document_connect (other, x, "y", node, "x", &error));
  g_assert_no_error (error);
  weft_typing_update (typing);
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, 0);
  assert_type (typing, other, "my_cell", "y", "f32 (batch, 3)");
  weft_document_set_param (cell, uid_of (cell, "body"), "text", weft_json_new_string ("x"), NULL);
  g_assert_true (weft_layer_save (cell, "my_cell", &error));
  g_assert_cmpuint (n_told, ==, 2);
  g_assert_true (weft_typing_update (typing));
  assert_type (typing, other, "my_cell", "y", "f32 (batch, 4)");
  g_assert_true (weft_layer_save (cell, "my_cell", &error)); /* nothing new */
  g_assert_cmpuint (n_told, ==, 2);

  /* A file that is wrong is left out; so is one that would hide an operation. */
  write_layer ("broken.weft", "{");
  write_layer ("relu.weft", "{\"format\": \"weft\", \"version\": 1, \"layer\": {}, \"nodes\": []}");
  write_layer ("spiral.weft", "{\"format\": \"weft\", \"version\": 1, \"layer\": {}, \"nodes\": "
                              "[{\"id\": \"a\", \"op\": \"spiral\"}, {\"id\": \"b\", \"op\": "
                              "\"spiral\"}]}");
  g_test_expect_message ("weft", G_LOG_LEVEL_MESSAGE, "*broken.weft*");
  g_test_expect_message ("weft", G_LOG_LEVEL_MESSAGE, "*relu*");
  g_assert_true (weft_catalogue_reload ());
  g_test_assert_expected_messages ();
  g_assert_null (weft_catalogue_find ("broken"));
  g_assert_false (weft_catalogue_find ("relu")->own);

  /* A layer that contains itself ends with a sentence. */
  node = weft_document_add_node (other, "spiral", NULL, NULL, 0, 0, &error);
  g_assert_no_error (error);
  weft_typing_update (typing);
  g_assert_nonnull (weft_typing_node_problem (typing, node));
  g_assert_nonnull (strstr (weft_typing_node_problem (typing, node)->message, "itself"));

  g_test_expect_message ("weft", G_LOG_LEVEL_MESSAGE, "*");
  g_test_expect_message ("weft", G_LOG_LEVEL_MESSAGE, "*");
  g_assert_true (weft_layer_remove ("my_cell", &error));
  g_assert_null (weft_catalogue_find ("my_cell"));
  weft_typing_update (typing);
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, 2);
  g_assert_false (weft_layer_remove ("my_cell", &error));
  g_clear_error (&error);
  weft_catalogue_unwatch (watch);
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("weft-layers-XXXXXX", NULL);

  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  path = g_test_build_filename (G_TEST_DIST, "fixtures", "document", "groups.weft", NULL);
  g_file_get_contents (path, &sample, NULL, &error);
  g_assert_no_error (error);
  g_test_add_func ("/document/layers/own-copy", test_own_copy_of_layer);
  g_test_add_func ("/document/layers/frozen", test_frozen);
  g_test_add_func ("/document/layers/own", test_own_layers);
  result = g_test_run ();
  g_free (sample);
  remove_folder (home);
  return result;
}
