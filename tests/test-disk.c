/* A document and its file, which other programs change, too.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/disk.h"
#include "engine/document/journal.h"
#include "engine/ops/ops.h"
#include "tests/random-edits.h"
#include "tests/folder-tools.h"

#include <glib/gstdio.h>

static void
assert_text (WeftDocument *document, const char *text)
{
  g_autofree char *is = weft_document_to_text (document);

  g_assert_cmpstr (is, ==, text);
}

static void
test_look (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-disk-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.weft", NULL), *text = NULL;
  g_autoptr (WeftDocument) document = weft_document_new (), other = weft_document_new ();

  g_assert_cmpint (weft_document_look_at_disk (document), ==, WEFT_DISK_SAME);
  weft_document_add_node (document, "relu", NULL, NULL, 0, 0, NULL);
  g_assert_true (weft_document_save (document, path, NULL));
  g_assert_cmpint (weft_document_look_at_disk (document), ==, WEFT_DISK_SAME);
  /* Written again, but the same. */
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (weft_document_look_at_disk (document), ==, WEFT_DISK_SAME);
  g_assert_true (weft_document_save (other, path, NULL));
  g_assert_cmpint (weft_document_look_at_disk (document), ==, WEFT_DISK_CHANGED);
  g_assert_false (weft_document_get_modified (document));
  weft_document_accept_disk (document);
  g_assert_cmpint (weft_document_look_at_disk (document), ==, WEFT_DISK_SAME);
  g_assert_true (weft_document_get_modified (document));
  g_unlink (path);
  g_assert_cmpint (weft_document_look_at_disk (document), ==, WEFT_DISK_GONE);
  remove_folder (folder);
}

/* Reloading is a step: undo brings back what was there, and the journal knows it. */
static void
test_reload (gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (GPOINTER_TO_UINT (data));
  g_autofree char *folder = g_dir_make_tmp ("weft-disk-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.weft", NULL);
  g_autoptr (WeftDocument) document = weft_random_edit_begin (rand), other = NULL, twin = NULL;
  g_autofree char *mine = NULL, *theirs = NULL, *journal = NULL;
  g_autoptr (GError) error = NULL;
  const WeftNode *node, *twin_node;
  guint32         uid = 0;

  weft_journal_start (document, folder);
  g_assert_true (weft_document_save (document, path, NULL));
  other = weft_document_load (path, &error);
  g_assert_no_error (error);
  weft_document_add_node (document, "relu", "kept", NULL, 0, 0, NULL);
  weft_document_add_node (other, "relu", "kept", NULL, 90, 0, NULL);
  for (guint i = 0; i < 60; i++)
    weft_random_edit (i % 2 == 0 ? document : other, rand);
  node = weft_document_node_by_id (document, "kept");
  twin_node = weft_document_node_by_id (other, "kept");
  if (node != NULL && twin_node != NULL && g_str_equal (node->op, twin_node->op))
    uid = node->uid;
  mine = weft_document_to_text (document);
  theirs = weft_document_to_text (other);
  g_assert_true (weft_document_save (other, path, NULL));

  g_assert_true (weft_document_reload (document, &error));
  g_assert_no_error (error);
  assert_text (document, theirs);
  g_assert_false (weft_document_get_modified (document));
  g_assert_cmpint (weft_document_look_at_disk (document), ==, WEFT_DISK_SAME);
  if (uid != 0)
    g_assert_cmpuint (weft_document_node_by_id (document, "kept")->uid, ==, uid);
  g_assert_cmpstr (weft_document_get_undo_label (document), ==, "Reload");
  g_assert_true (weft_document_undo (document));
  assert_text (document, mine);
  g_assert_true (weft_document_redo (document));
  assert_text (document, theirs);
  g_assert_true (weft_document_undo (document));

  journal = g_strdup (weft_journal_get_path (document));
  weft_journal_stop (document, TRUE);
  twin = weft_journal_restore (journal, NULL, &error);
  g_assert_no_error (error);
  assert_text (twin, mine);
  g_assert_true (weft_document_redo (twin));
  assert_text (twin, theirs);
  g_assert_false (weft_document_get_modified (twin));
  remove_folder (folder);
}

/* A file that cannot be read is an error, and changes nothing. */
static void
test_reload_fails (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-disk-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.weft", NULL), *text = NULL;
  g_autoptr (WeftDocument) document = weft_document_new ();
  g_autoptr (GError) error = NULL;

  weft_document_add_node (document, "relu", NULL, NULL, 0, 0, NULL);
  g_assert_true (weft_document_save (document, path, NULL));
  text = weft_document_to_text (document);
  g_assert_true (g_file_set_contents (path, "half a docu", -1, NULL));
  g_assert_false (weft_document_reload (document, &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT);
  assert_text (document, text);
  g_assert_cmpstr (weft_document_get_undo_label (document), !=, "Reload");
  remove_folder (folder);
}

static void
test_read_only (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-disk-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.weft", NULL);

  g_assert_false (weft_path_is_read_only (path));
  g_assert_true (g_file_set_contents (path, "{}", -1, NULL));
  g_assert_false (weft_path_is_read_only (path));
  g_chmod (path, 0444);
  g_assert_true (weft_path_is_read_only (path));
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/disk/look", test_look);
  for (guint seed = 1; seed <= 20; seed++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/disk/reload/%u", seed);

      g_test_add_data_func (path, GUINT_TO_POINTER (seed), test_reload);
    }
  g_test_add_func ("/engine/disk/reload-fails", test_reload_fails);
  g_test_add_func ("/engine/disk/read-only", test_read_only);
  return g_test_run ();
}
