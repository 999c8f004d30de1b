/* The journal: what it holds, read again, is the document with its steps; whatever was cut off or
 * damaged, what is whole counts; what cannot be written is written later.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/journal.h"
#include "engine/ops/ops.h"
#include "tests/random-edits.h"
#include "tests/folder-tools.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

static char *folder; /* for journals, of the test under way */

/* ---- Helpers ---- */

static void
setup (void)
{
  folder = g_dir_make_tmp ("weft-journal-XXXXXX", NULL);
  g_assert_nonnull (folder);
}

static void
teardown (void)
{
  remove_folder (folder);
  g_clear_pointer (&folder, g_free);
}

static WeftDocument *
restore (const char *path)
{
  g_autoptr (GError) error = NULL;
  gboolean      damaged = TRUE;
  WeftDocument *document = weft_journal_restore (path, &damaged, &error);

  g_assert_no_error (error);
  g_assert_false (damaged);
  return document;
}

static void
assert_same (WeftDocument *document, WeftDocument *twin)
{
  g_autofree char *a = weft_random_states (document), *b = weft_random_states (twin);

  g_assert_cmpstr (a, ==, b);
}

/* As if the program had been killed. */
static char *
let_go (WeftDocument *document)
{
  char *path = g_strdup (weft_journal_get_path (document));

  weft_journal_stop (document, TRUE);
  return path;
}

static gsize
file_size (const char *path)
{
  struct stat info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  return (gsize) info.st_size;
}

static guint32
add (WeftDocument *document, const char *op)
{
  guint32 uid = weft_document_add_node (document, op, NULL, NULL, 20, 40, NULL);

  g_assert_cmpuint (uid, !=, 0);
  return uid;
}

/* ---- Tests ---- */

/* Every edit there is, many times; the journal is read and gone on with in between. */
static void
test_random (gconstpointer data)
{
  guint seed = GPOINTER_TO_UINT (data);
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (WeftDocument) document = weft_random_edit_begin (rand);

  setup ();
  weft_journal_start (document, folder);
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *path = NULL;
      WeftDocument    *twin;

      for (guint k = 0; k < 40; k++)
        weft_random_edit (document, rand);
      path = let_go (document);
      twin = restore (path);
      assert_same (document, twin);
      g_object_unref (document);
      document = twin;
    }
  weft_journal_stop (document, FALSE);
  teardown ();
}

/* Cut off anywhere: the steps whose lines are whole. */
static void
test_torn (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  g_autofree char *path = NULL, *text = NULL;
  gsize            length, head;
  guint            n_steps = 0;

  setup ();
  weft_journal_start (document, folder);
  head = file_size (weft_journal_get_path (document));
  for (guint i = 0; i < 5; i++)
    add (document, "relu");
  path = let_go (document);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  for (gsize cut = head; cut <= length; cut++)
    {
      g_autoptr (WeftDocument) twin = NULL;

      g_assert_true (g_file_set_contents (path, text, (gssize) cut, NULL));
      twin = restore (path);
      n_steps += text[cut - 1] == '\n' && cut > head;
      g_assert_cmpuint (weft_document_n_nodes (twin), ==, n_steps);
      /* It goes on behind the last whole line. */
      add (twin, "tanh");
      g_free (let_go (twin));
      g_clear_object (&twin);
      twin = restore (path);
      g_assert_cmpuint (weft_document_n_nodes (twin), ==, n_steps + 1);
      g_free (let_go (twin));
    }
  g_assert_cmpuint (n_steps, ==, 5);
  teardown ();
}

/* A byte is another one: what stands before counts, and a copy is kept. A head that is damaged
 * gives an error and leaves the file. */
static void
test_damaged (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  g_autofree char *path = NULL, *copy = NULL, *text = NULL, *kept = NULL;
  gsize            length, head;
  g_autoptr (GError) error = NULL;

  setup ();
  weft_journal_start (document, folder);
  head = file_size (weft_journal_get_path (document));
  for (guint i = 0; i < 5; i++)
    add (document, "relu");
  path = let_go (document);
  copy = g_strconcat (path, ".damaged", NULL);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  for (gsize at = head; at < length - 1; at += 3)
    {
      g_autoptr (WeftDocument) twin = NULL;
      gboolean damaged = FALSE;
      char     was = text[at];
      guint    before = 0;

      for (gsize i = head; i < at; i++)
        before += text[i] == '\n';
      text[at] ^= 4;
      g_assert_true (g_file_set_contents (path, text, (gssize) length, NULL));
      twin = weft_journal_restore (path, &damaged, &error);
      g_assert_no_error (error);
      g_assert_true (damaged);
      g_assert_cmpuint (weft_document_n_nodes (twin), ==, before);
      g_assert_true (g_file_get_contents (copy, &kept, NULL, NULL));
      g_assert_cmpmem (kept, length, text, length);
      g_clear_pointer (&kept, g_free);
      text[at] = was;
    }
  text[20] ^= 1;
  g_assert_true (g_file_set_contents (path, text, (gssize) length, NULL));
  g_assert_null (weft_journal_restore (path, NULL, &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT);
  g_assert_true (g_file_get_contents (path, &kept, &head, NULL));
  g_assert_cmpmem (kept, head, text, length);
  teardown ();
}

/* Lines that are whole, but do not fit the document: nothing of them is done. */
static void
test_misfits (void)
{
  static const char *const LINES[] = {
    "[\"do\", \"x\", {\"edit\": \"add-node\", \"index\": 0, \"number\": 9, \"node\": {\"id\": "
    "\"q\", \"op\": \"relu\"}}, "
    "{\"edit\": \"remove-node\", \"index\": 7, \"number\": 9}]",
    "[\"do\", \"x\", {\"edit\": \"params\", \"node\": 77, \"before\": {}, \"after\": {}}]",
    "[\"do\", \"x\", {\"edit\": \"fly\"}]",
    "[\"do\", \"x\", {\"edit\": \"move\", \"moves\": [5, 0, 0, 1, 1], \"in\": 3}]",
    "[\"do\", \"x\", {\"edit\": \"add-wire\", \"index\": 0, \"from\": 1, \"to\": 2, \"from-port\": "
    "\"y\"}]",
    "[\"do\", \"x\", {\"edit\": \"note\", \"index\": 0, \"before\": {}, \"after\": {}}]",
    "[\"do\", \"x\", {\"edit\": \"rename-group\", \"index\": 0, \"before\": \"a\", \"after\": "
    "\"b\"}]",
    "[\"do\", \"x\", {\"edit\": \"add-group\", \"index\": 0, \"after\": \"g\", \"text\": \"{\", "
    "\"numbers\": []}]",
    "[\"redo\"]",
    "[\"saved\"]",
    "{}",
  };

  setup ();
  for (guint i = 0; i < G_N_ELEMENTS (LINES); i++)
    {
      g_autoptr (WeftDocument) document = weft_document_new (), twin = NULL;
      g_autofree char *path = NULL, *copy = NULL, *before = NULL, *kept = NULL;
      g_autoptr (GString) file = g_string_new (NULL);
      gsize    size;
      guint64  hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);
      gboolean damaged = FALSE;

      weft_journal_start (document, folder);
      add (document, "relu");
      add (document, "tanh");
      weft_document_undo (document);
      before = weft_random_states (document);
      path = let_go (document);
      copy = g_strconcat (path, ".damaged", NULL);
      g_assert_true (g_file_get_contents (path, &kept, &size, NULL));
      g_string_append_len (file, kept, (gssize) size);
      for (const char *c = LINES[i]; *c != '\0'; c++)
        hash = (hash ^ (guint8) *c) * G_GUINT64_CONSTANT (0x100000001b3);
      g_string_append_printf (file, "%016" G_GINT64_MODIFIER "x %s\n", hash, LINES[i]);
      if (g_str_equal (LINES[i], "[\"redo\"]")) /* one fits, two do not */
        g_string_append_printf (file, "%016" G_GINT64_MODIFIER "x %s\n", hash, LINES[i]);
      g_assert_true (g_file_set_contents (path, file->str, (gssize) file->len, NULL));
      twin = weft_journal_restore (path, &damaged, NULL);
      g_assert_nonnull (twin);
      g_assert_true (damaged);
      if (g_str_equal (LINES[i], "[\"redo\"]"))
        weft_document_undo (twin);
      assert_same (twin, document);
      weft_journal_stop (twin, FALSE);
      g_unlink (copy);
    }
  teardown ();
}

/* Steps that were made before the journal began are not in it, but undoing them is. */
static void
test_begun_late (void)
{
  g_autoptr (WeftDocument) document = weft_document_new (), twin = NULL;
  g_autofree char *path = NULL, *a = NULL, *b = NULL;

  setup ();
  add (document, "relu");
  add (document, "tanh");
  weft_journal_start (document, folder);
  add (document, "exp");
  weft_document_undo (document);
  weft_document_undo (document);
  path = let_go (document);
  twin = restore (path);
  a = weft_document_to_text (document);
  b = weft_document_to_text (twin);
  g_assert_cmpstr (a, ==, b);
  g_assert_cmpuint (weft_document_n_nodes (twin), ==, 1);
  g_assert_true (weft_document_get_modified (twin));
  weft_journal_stop (twin, FALSE);
  teardown ();
}

/* Path, "modified" and the view come back. */
static void
test_saved (void)
{
  g_autoptr (WeftDocument) document = weft_document_new (), twin = NULL;
  g_autofree char *path = NULL, *file = NULL;
  g_autoptr (GError) error = NULL;
  WeftJson *view = weft_json_new_object ();

  setup ();
  file = g_build_filename (folder, "a.weft", NULL);
  weft_journal_start (document, folder);
  add (document, "relu");
  g_assert_true (weft_document_save (document, file, &error));
  g_assert_no_error (error);
  add (document, "tanh");
  weft_json_set_number (view, "zoom", 0.5);
  weft_document_set_view (document, view);
  weft_journal_keep_view (document);
  path = let_go (document);
  twin = restore (path);
  g_assert_cmpstr (weft_document_get_path (twin), ==, file);
  g_assert_true (weft_document_get_modified (twin));
  g_assert_cmpfloat (weft_json_get_number (weft_document_get_view (twin), "zoom", 1), ==, 0.5);
  weft_document_undo (twin);
  g_assert_false (weft_document_get_modified (twin));
  weft_journal_stop (twin, FALSE);
  teardown ();
}

/* What one program holds no other takes; what nobody holds is found, in the order in which it
 * began. */
static void
test_held (void)
{
  g_autoptr (WeftDocument) a = weft_document_new (), b = weft_document_new (), twin = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL, *second = NULL;

  setup ();
  weft_journal_start (a, folder);
  weft_journal_start (b, folder);
  list = weft_journal_list (folder);
  g_assert_cmpuint (list->len, ==, 0);
  g_assert_null (weft_journal_restore (weft_journal_get_path (a), NULL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_AGAIN);
  second = let_go (b);
  first = let_go (a);
  g_clear_pointer (&list, g_ptr_array_unref);
  list = weft_journal_list (folder);
  g_assert_cmpuint (list->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (list, 0), ==, first);
  g_assert_cmpstr (g_ptr_array_index (list, 1), ==, second);
  twin = restore (first);
  g_clear_pointer (&list, g_ptr_array_unref);
  list = weft_journal_list (folder);
  g_assert_cmpuint (list->len, ==, 1);
  teardown ();
}

/* A file may not grow: what does not fit waits, and is there when there is room. Nothing is half
 * written. */
static void
test_full (void)
{
  g_autoptr (WeftDocument) document = weft_document_new (), twin = NULL, again = NULL;
  g_autofree char *path = NULL, *old = NULL;
  struct rlimit    limit, all;
  struct stat      info;

  setup ();
  getrlimit (RLIMIT_FSIZE, &all);
  signal (SIGXFSZ, SIG_IGN);
  weft_journal_start (document, folder);
  g_assert_cmpint (g_stat (weft_journal_get_path (document), &info), ==, 0);
  limit = all;
  limit.rlim_cur = (rlim_t) info.st_size + 400;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  for (guint i = 0; i < 6; i++)
    add (document, "relu");
  g_assert_nonnull (weft_journal_get_problem (document));
  old = g_strdup (weft_journal_get_path (document));
  /* What is in the file is whole. */
  {
    g_autofree char *text = NULL;
    gsize            length;

    g_assert_true (g_file_get_contents (old, &text, &length, NULL));
    g_assert_cmpint (text[length - 1], ==, '\n');
    g_assert_cmpuint (length, >, info.st_size);
  }
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &all), ==, 0);
  g_assert_null (weft_journal_get_problem (document));
  add (document, "tanh");
  path = let_go (document);
  twin = restore (path);
  assert_same (document, twin);
  weft_journal_stop (twin, FALSE);
  teardown ();
}

/* The folder as a disk of 64 KiB of its own, which only this process sees. FALSE: not allowed. */
static gboolean
mount_small_disk (void)
{
  return unshare (CLONE_NEWNS) == 0 && mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
         mount ("weft", folder, "tmpfs", 0, "size=64k") == 0;
}

static void
fill_disk (const char *path)
{
  g_autofree char *zeros = g_malloc0 (1 << 20);
  int              fd = g_open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  while (write (fd, zeros, 1 << 20) > 0)
    ;
  close (fd);
}

/* A disk that is really full: edits go on, nothing is half written, and all is there once there is
 * room. */
static void
test_full_disk (void)
{
  g_autoptr (WeftDocument) document = weft_document_new (), twin = NULL, saved = NULL;
  g_autofree char *path = NULL, *fill = NULL, *file = NULL;
  g_autoptr (GError) error = NULL;

  setup ();
  if (!mount_small_disk ())
    {
      g_test_skip ("a disk of its own needs the right to mount one");
      teardown ();
      return;
    }
  fill = g_build_filename (folder, "fill", NULL);
  file = g_build_filename (folder, "a.weft", NULL);
  weft_journal_start (document, folder);
  add (document, "relu");
  g_assert_true (weft_document_save (document, file, NULL));
  fill_disk (fill);
  for (guint i = 0; i < 100; i++)
    add (document, "tanh");
  g_assert_nonnull (strstr (weft_journal_get_problem (document), g_strerror (ENOSPC)));
  g_assert_false (weft_document_save (document, file, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  g_assert_true (weft_document_get_modified (document));
  saved = weft_document_load (file, NULL);
  g_assert_cmpuint (weft_document_n_nodes (saved), ==, 1);
  g_assert_cmpint (g_unlink (fill), ==, 0);
  g_assert_null (weft_journal_get_problem (document));
  path = let_go (document);
  twin = restore (path);
  assert_same (document, twin);
  weft_journal_stop (twin, FALSE);
  g_assert_cmpint (umount (folder), ==, 0);
  teardown ();
}

/* Where there is no folder and none can be made, all waits until one can. */
static void
test_no_folder (void)
{
  g_autoptr (WeftDocument) document = weft_document_new (), twin = NULL;
  g_autofree char *blocked = NULL, *path = NULL;

  setup ();
  blocked = g_build_filename (folder, "here", NULL);
  g_assert_true (g_file_set_contents (blocked, "a file", -1, NULL));
  weft_journal_start (document, blocked);
  add (document, "relu");
  g_assert_nonnull (weft_journal_get_problem (document));
  g_assert_null (weft_journal_get_path (document));
  g_unlink (blocked);
  add (document, "tanh");
  g_assert_null (weft_journal_get_problem (document));
  path = let_go (document);
  twin = restore (path);
  assert_same (document, twin);
  weft_journal_stop (twin, FALSE);
  g_assert_cmpint (g_rmdir (blocked), ==, 0);
  teardown ();
}

/* What is older than so many days goes, unless it is in use. */
static void
test_sweep (void)
{
  g_autoptr (WeftDocument) held = weft_document_new (), old = weft_document_new (),
                           young = weft_document_new ();
  g_autofree char *old_path = NULL, *young_path = NULL;
  struct timespec  times[2] = { { 0 }, { 0 } };

  setup ();
  weft_journal_start (held, folder);
  weft_journal_start (old, folder);
  weft_journal_start (young, folder);
  old_path = let_go (old);
  young_path = let_go (young);
  g_assert_cmpint (utimensat (AT_FDCWD, old_path, times, 0), ==, 0);
  g_assert_cmpint (utimensat (AT_FDCWD, weft_journal_get_path (held), times, 0), ==, 0);
  weft_journal_sweep (folder, 30);
  g_assert_false (g_file_test (old_path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (young_path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (weft_journal_get_path (held), G_FILE_TEST_EXISTS));
  weft_journal_stop (held, FALSE);
  teardown ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint seed = 1; seed <= 20; seed++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/journal/random/%u", seed);

      g_test_add_data_func (path, GUINT_TO_POINTER (seed), test_random);
    }
  g_test_add_func ("/engine/journal/torn", test_torn);
  g_test_add_func ("/engine/journal/damaged", test_damaged);
  g_test_add_func ("/engine/journal/misfits", test_misfits);
  g_test_add_func ("/engine/journal/begun-late", test_begun_late);
  g_test_add_func ("/engine/journal/saved", test_saved);
  g_test_add_func ("/engine/journal/held", test_held);
  g_test_add_func ("/engine/journal/full", test_full);
  g_test_add_func ("/engine/journal/full-disk", test_full_disk);
  g_test_add_func ("/engine/journal/no-folder", test_no_folder);
  g_test_add_func ("/engine/journal/sweep", test_sweep);
  return g_test_run ();
}
