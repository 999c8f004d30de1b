/* Nothing gets lost: journals of windows, what quitting and starting again make of them, files that
 * other programs change, the history of steps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/journal.h"
#include "ui/window/recover.h"
#include "ui/window/notice.h"
#include "ui/window/window-private.h"
#include "tests/ui/window-tools.h"

#include <glib/gstdio.h>

/* ---- Helpers ---- */

static WeftWindow *
new_window (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  WeftWindow *window = weft_window_new (GTK_APPLICATION (application));
  weft_window_set_document (window, document);
  gtk_window_present (GTK_WINDOW (window));
  wait_for (is_drawn, window);
  return window;
}

static void
add (WeftWindow *window, const char *op)
{
  g_assert_cmpuint (
    weft_document_add_node (weft_window_get_document (window), op, NULL, NULL, 40, 40, NULL), !=,
    0);
}

/* The only window there is. */
static WeftWindow *
only_window (void)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (application));
  g_assert_cmpuint (g_list_length (windows), ==, 1);
  return windows->data;
}

static guint
n_windows (void)
{
  return g_list_length (gtk_application_get_windows (GTK_APPLICATION (application)));
}

static gboolean
no_windows (gpointer data)
{
  return n_windows () == 0;
}

static guint
n_journals (void)
{
  g_autoptr (GPtrArray) list = weft_journal_list (weft_journal_folder ());
  return list->len;
}

static char *
new_path (const char *name)
{
  return g_build_filename (g_getenv ("WEFT_TEST_HOME"), name, NULL);
}

static void
save_to (WeftWindow *window, const char *path)
{
  g_autoptr (GError) error = NULL;
  weft_window_save_to (window, path, &error);
  g_assert_no_error (error);
}

typedef struct
{
  WeftWindow *window;
  const char *key;
  gboolean    shown;
} Strip;

static gboolean
strip_is (gpointer data)
{
  const Strip *strip = data;
  return weft_notice_is_shown (strip->window->notices, strip->key) == strip->shown;
}

static void
wait_for_strip (WeftWindow *window, const char *key, gboolean shown)
{
  wait_for (strip_is, &(Strip){ window, key, shown });
}

/* ---- Journals ---- */

/* Quitting asks nothing; the next start shows the document with its steps. */
static void
test_quit (void)
{
  WeftWindow *window = new_window ();
  add (window, "relu");
  add (window, "tanh");
  act (window, "undo");
  g_assert_cmpuint (n_journals (), ==, 0);
  g_action_group_activate_action (G_ACTION_GROUP (application), "quit", NULL);
  wait_for (no_windows, NULL);
  g_assert_cmpuint (n_journals (), ==, 1);

  weft_recover_documents (GTK_APPLICATION (application));
  window = only_window ();
  wait_for (is_drawn, window);
  WeftDocument *document = weft_window_get_document (window);
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 1);
  g_assert_true (weft_document_get_modified (document));
  act (window, "redo");
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 2);
  act (window, "undo");
  act (window, "undo");
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 0);
  g_assert_cmpuint (n_journals (), ==, 0);
  close_window (window);
  weft_recover_documents (GTK_APPLICATION (application));
  g_assert_cmpuint (n_windows (), ==, 0);
}

/* What is saved does not come back, nor what was discarded, nor what was never touched. */
static void
test_nothing_to_keep (void)
{
  g_autofree char *path = new_path ("saved.weft");
  WeftWindow      *window = new_window ();
  add (window, "relu");
  save_to (window, path);
  weft_window_quit (window);
  wait_for (no_windows, NULL);
  g_assert_cmpuint (n_journals (), ==, 0);
  window = new_window ();
  weft_window_quit (window);
  wait_for (no_windows, NULL);
  g_assert_cmpuint (n_journals (), ==, 0);
  window = new_window ();
  add (window, "relu");
  window->close_confirmed = TRUE; /* "Discard" */
  gtk_window_close (GTK_WINDOW (window));
  wait_for (no_windows, NULL);
  g_assert_cmpuint (n_journals (), ==, 0);
}

/* As after a crash, with a line that a disk spoiled: a strip says so, what is before it is there.
 */
static void
test_damaged (void)
{
  WeftWindow      *window = new_window ();
  g_autofree char *path = NULL, *copy = NULL, *text = NULL;
  gsize            length;
  add (window, "relu");
  add (window, "tanh");
  path = g_strdup (weft_journal_get_path (weft_window_get_document (window)));
  copy = g_strconcat (path, ".damaged", NULL);
  weft_window_quit (window);
  wait_for (no_windows, NULL);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  strstr (text, "tanh")[0] = 'T';
  g_assert_true (g_file_set_contents (path, text, (gssize) length, NULL));
  weft_recover_documents (GTK_APPLICATION (application));
  window = only_window ();
  g_assert_true (weft_notice_is_shown (window->notices, "damaged"));
  g_assert_cmpuint (weft_document_n_nodes (weft_window_get_document (window)), ==, 1);
  close_window (window);
  g_assert_cmpint (g_unlink (copy), ==, 0);
}

/* ---- Files ---- */

static void
test_changed_on_disk (void)
{
  g_autofree char *path = new_path ("changed.weft");
  WeftWindow      *window = new_window ();
  WeftDocument    *document = weft_window_get_document (window);
  g_autoptr (WeftDocument) other = weft_document_new ();
  add (window, "relu");
  save_to (window, path);
  add (window, "tanh");
  weft_document_add_node (other, "exp", "theirs", NULL, 0, 0, NULL);
  g_assert_true (weft_document_save (other, path, NULL));
  wait_for_strip (window, "disk", TRUE);
  /* Save does not write over it. */
  act (window, "save");
  g_assert_true (weft_document_get_modified (document));
  act (window, "reload");
  g_assert_nonnull (weft_document_node_by_id (document, "theirs"));
  wait_for_strip (window, "disk", FALSE);
  act (window, "undo");
  g_assert_nonnull (weft_document_node_by_id (document, "tanh"));
  /* Once more: what is here is kept, and saved. */
  weft_document_add_node (other, "exp", NULL, NULL, 0, 0, NULL);
  g_assert_true (weft_document_save (other, path, NULL));
  wait_for_strip (window, "disk", TRUE);
  act (window, "keep-mine");
  g_assert_false (weft_notice_is_shown (window->notices, "disk"));
  act (window, "save");
  g_assert_false (weft_document_get_modified (document));
  g_autoptr (WeftDocument) saved = weft_document_load (path, NULL);
  g_assert_nonnull (weft_document_node_by_id (saved, "tanh"));
  /* And gone. */
  g_unlink (path);
  wait_for_strip (window, "disk", TRUE);
  act (window, "save");
  wait_for_strip (window, "disk", FALSE);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  close_window (window);
}

/* What was kept once is not asked for again by the next start. */
static void
test_kept (void)
{
  g_autofree char *path = new_path ("kept.weft");
  WeftWindow      *window = new_window ();
  g_autoptr (WeftDocument) other = weft_document_new ();
  add (window, "relu");
  save_to (window, path);
  weft_document_add_node (other, "exp", "theirs", NULL, 0, 0, NULL);
  g_assert_true (weft_document_save (other, path, NULL));
  wait_for_strip (window, "disk", TRUE);
  act (window, "keep-mine");
  g_action_group_activate_action (G_ACTION_GROUP (application), "quit", NULL);
  wait_for (no_windows, NULL);

  weft_recover_documents (GTK_APPLICATION (application));
  window = only_window ();
  wait_for (is_drawn, window);
  g_assert_true (weft_window_look_at_disk (window));
  g_assert_false (weft_notice_is_shown (window->notices, "disk"));
  g_assert_true (weft_document_get_modified (weft_window_get_document (window)));
  /* Another change is news. */
  weft_document_add_node (other, "exp", NULL, NULL, 0, 0, NULL);
  g_assert_true (weft_document_save (other, path, NULL));
  wait_for_strip (window, "disk", TRUE);
  act (window, "keep-mine");
  act (window, "save");
  close_window (window);
}

static void
test_read_only (void)
{
  g_autofree char *path = new_path ("read-only.weft"), *copy = new_path ("copy.weft");
  WeftWindow      *window = new_window ();
  g_autoptr (GError) error = NULL;
  add (window, "relu");
  save_to (window, path);
  g_chmod (path, 0444);
  close_window (window);
  window = weft_window_new (GTK_APPLICATION (application));
  g_assert_true (weft_application_open_path (application, window, path, FALSE));
  g_assert_true (weft_notice_is_shown (window->notices, "read-only"));
  add (window, "tanh");
  g_assert_false (weft_window_save_to (window, path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_ROFS);
  save_to (window, copy);
  g_assert_false (weft_notice_is_shown (window->notices, "read-only"));
  close_window (window);
}

/* Two windows on one document: one edit, both show it; the journal lives as long as one of them. */
static void
test_two_windows (void)
{
  WeftWindow *window = new_window ();
  act (window, "second-window");
  g_assert_cmpuint (n_windows (), ==, 2);
  WeftWindow *second =
    WEFT_WINDOW (gtk_application_get_active_window (GTK_APPLICATION (application)));
  WeftDocument *document = weft_window_get_document (window);
  g_assert_true (weft_window_get_document (second) == document);
  wait_for (is_drawn, second);
  add (window, "relu");
  settle ();
  g_assert_cmpuint (weft_document_n_nodes (weft_window_get_document (second)), ==, 1);
  act (second, "undo");
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 0);
  act (second, "redo");
  /* Not the last one: nothing is asked. */
  gtk_window_close (GTK_WINDOW (window == second ? window : second));
  settle ();
  g_assert_cmpuint (n_windows (), ==, 1);
  g_assert_nonnull (weft_journal_get_path (document));
  close_window (only_window ());
  g_assert_cmpuint (n_journals (), ==, 0);
}

/* A file that is open is not opened again: its window comes. */
static void
test_same_file (void)
{
  g_autofree char *path = new_path ("same.weft");
  WeftWindow      *window = new_window ();
  save_to (window, path);
  g_assert_true (weft_application_open_path (application, NULL, path, FALSE));
  g_assert_true (only_window () == window);
  close_window (window);
}

/* ---- The history ---- */

static guint
n_rows (WeftWindow *window)
{
  return g_list_model_get_n_items (G_LIST_MODEL (gtk_list_view_get_model (window->history_list)));
}

static gboolean
history_is_shown (gpointer data)
{
  return gtk_widget_get_mapped (GTK_WIDGET (((WeftWindow *) data)->history_list));
}

static void
go_to_row (WeftWindow *window, guint row)
{
  act (window, "history");
  wait_for (history_is_shown, window);
  g_signal_emit_by_name (window->history_list, "activate", row);
}

static void
test_history (void)
{
  WeftWindow   *window = new_window ();
  WeftDocument *document = weft_window_get_document (window);
  for (guint i = 0; i < 5; i++)
    add (window, "relu");
  go_to_row (window, 3);
  g_assert_cmpuint (n_rows (window), ==, 6);
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 2);
  g_assert_true (weft_document_undo (document));
  go_to_row (window, 0);
  g_assert_cmpuint (n_rows (window), ==, 6);
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 5);
  go_to_row (window, 5);
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 0);
  g_assert_null (weft_document_get_undo_label (document));
  go_to_row (window, 5); /* there already */
  g_assert_cmpuint (weft_document_n_nodes (document), ==, 0);
  close_window (window);
}

/* While a title is written, undo is the text's; the document stays as it is. */
static void
test_text (void)
{
  WeftWindow *window = new_window ();
  GType       type = GTK_TYPE_TEXT;
  add (window, "relu");
  GtkWidget *text = find (GTK_WIDGET (window->inspector), is_type, &type);
  g_assert_nonnull (text);
  gtk_widget_grab_focus (text);
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (window)) == text);
  act (window, "undo");
  g_assert_cmpuint (weft_document_n_nodes (window->document), ==, 1);
  gtk_widget_grab_focus (GTK_WIDGET (window->canvas));
  act (window, "undo");
  g_assert_cmpuint (weft_document_n_nodes (window->document), ==, 0);
  close_window (window);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv);
  start_application ();
  g_test_add_func ("/ui/guard/quit", test_quit);
  g_test_add_func ("/ui/guard/nothing-to-keep", test_nothing_to_keep);
  g_test_add_func ("/ui/guard/damaged", test_damaged);
  g_test_add_func ("/ui/guard/changed-on-disk", test_changed_on_disk);
  g_test_add_func ("/ui/guard/kept", test_kept);
  g_test_add_func ("/ui/guard/read-only", test_read_only);
  g_test_add_func ("/ui/guard/two-windows", test_two_windows);
  g_test_add_func ("/ui/guard/same-file", test_same_file);
  g_test_add_func ("/ui/guard/history", test_history);
  g_test_add_func ("/ui/guard/text", test_text);
  int result = g_test_run ();
  g_object_unref (application);
  return result;
}
