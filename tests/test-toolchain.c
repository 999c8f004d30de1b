/* The toolchain: code from texts written by hand, and everything that can go wrong on the way. Each
 * test has a cache directory of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/compile/toolchain-private.h"
#include "tests/folder-tools.h"

static const char *program; /* this test */

/* ---- Helpers ---- */

typedef struct
{
  char *folder, *cache;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("weft-toolchain-XXXXXX", NULL);
  f->cache = g_build_filename (f->folder, "weft", "kernels", NULL);
  weft_cache_set_directory (f->cache);
  weft_toolchain_set_limit_ms (0);
  g_unsetenv ("WEFT_CC");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_unsetenv ("WEFT_CC");
  weft_cache_set_directory (NULL);
  remove_folder (f->folder);
  g_free (f->folder);
  g_free (f->cache);
}

/* A kernel that writes factor * (element) to its result; @extra stands before the loop. */
static WeftKernelText *
new_text (double factor, const char *extra)
{
  WeftKernelText  *text = g_new0 (WeftKernelText, 1);
  g_autofree char *body = g_strdup_printf (
    "(char *const *at, long begin, long end, char *scratch)\n{\n  const float *x = (const float *) "
    "at[0];\n  float *y = (float *) at[1];\n  %s\n  for (long i = begin; i < end; i++)\n    y[i] = "
    "%af * x[i];\n  return 0;\n}\n",
    extra, factor);
  text->key = g_compute_checksum_for_string (G_CHECKSUM_SHA256, body, -1);
  text->code = g_strconcat ("int\n" WEFT_TEXT_NAME "_", text->key, " ", body, NULL);
  text->text = g_strconcat ("int\n" WEFT_TEXT_NAME " ", body, NULL);
  return text;
}

static void
free_texts (WeftKernelText **texts)
{
  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_free (texts[i]->key);
      g_free (texts[i]->code);
      g_free (texts[i]->text);
      g_free (texts[i]);
    }
  g_free (texts);
}

static WeftKernelText **
new_texts (guint n, guint first)
{
  WeftKernelText **texts = g_new0 (WeftKernelText *, n + 1);
  for (guint i = 0; i < n; i++)
    texts[i] = new_text (first + i + 1, "");
  return texts;
}

/* Whether code number @i is there; it must then multiply by @factor. */
static gboolean
works (WeftBuild *build, guint i, double factor)
{
  WeftKernelCode code = weft_build_get (build, i);
  float          x[3] = { 1, 2, 3 }, y[3] = { 0 };
  char          *at[2] = { (char *) x, (char *) y };
  if (code == NULL)
    return FALSE;
  g_assert_cmpint (code (at, 1, 3, NULL), ==, 0);
  g_assert_cmpfloat (y[0], ==, 0);
  g_assert_cmpfloat (y[1], ==, 2 * factor);
  g_assert_cmpfloat (y[2], ==, 3 * factor);
  return TRUE;
}

/* Builds @texts and waits; all must work. */
static void
assert_builds (WeftKernelText **texts, guint n, guint first)
{
  g_autoptr (WeftBuild) build = weft_build_new (n, texts);
  weft_build_wait (build);
  g_assert_true (weft_build_is_done (build));
  g_assert_cmpstr (weft_build_get_message (build), ==, NULL);
  for (guint i = 0; i < n; i++)
    g_assert_true (works (build, i, first + i + 1));
}

/* Builds @texts and waits; nothing may come, and the message has @word in it. */
static void
assert_fails (WeftKernelText **texts, guint n, const char *word)
{
  g_autoptr (WeftBuild) build = weft_build_new (n, texts);
  weft_build_wait (build);
  for (guint i = 0; i < n; i++)
    g_assert_null (weft_build_get (build, i));
  g_assert_nonnull (weft_build_get_message (build));
  g_test_message ("%s", weft_build_get_message (build));
  if (strstr (weft_build_get_message (build), word) == NULL)
    g_error ("\"%s\" does not say \"%s\"", weft_build_get_message (build), word);
}

static void
write_script (const Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, 0700), ==, 0);
  g_setenv ("WEFT_CC", path, TRUE);
}

/* The names in @folder that begin or end so; caller owns. */
static GPtrArray *
list (const char *folder, const char *prefix, const char *suffix)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, prefix) && g_str_has_suffix (name, suffix))
      g_ptr_array_add (found, g_build_filename (folder, name, NULL));
  return found;
}

/* Folders of compilations are removed a moment after the code is there. */
static void
assert_tidy (const char *folder)
{
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (GPtrArray) left = list (folder, "tmp-", "");
      if (left->len == 0)
        return;
      g_usleep (5000);
    }
  g_assert_not_reached ();
}

/* ---- What should work ---- */

static void
test_compile (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (20, 0);
  guint            runs = weft_toolchain_get_runs ();
  struct stat      info;
  assert_builds (texts, 20, 0);
  g_assert_cmpuint (weft_toolchain_get_runs () - runs, >, 0);
  g_assert_cmpuint (weft_toolchain_get_runs () - runs, <=, 5);
  g_assert_cmpint (stat (f->cache, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  assert_tidy (f->cache);
  free_texts (texts);
}

/* What is in the cache is there at once, without a compiler. */
static void
test_cached (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (6, 0);
  guint            runs;
  assert_builds (texts, 6, 0);
  runs = weft_toolchain_get_runs ();
  {
    g_autoptr (WeftBuild) build = weft_build_new (6, texts);
    g_assert_true (weft_build_is_done (build));
    for (guint i = 0; i < 6; i++)
      g_assert_true (works (build, i, i + 1));
  }
  g_assert_cmpuint (weft_toolchain_get_runs (), ==, runs);
  free_texts (texts);
}

/* Equal texts, in one build or in two at once, are compiled once. */
static void
test_same (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (1, 0);
  WeftKernelText  *twice[] = { texts[0], texts[0] };
  guint            runs = weft_toolchain_get_runs ();
  g_autoptr (WeftBuild) a = weft_build_new (2, twice);
  g_autoptr (WeftBuild) b = weft_build_new (1, texts);
  weft_build_wait (a);
  weft_build_wait (b);
  g_assert_true (works (a, 0, 1) && works (a, 1, 1) && works (b, 0, 1));
  g_assert_cmpuint (weft_toolchain_get_runs (), ==, runs + 1);
  free_texts (texts);
}

static void
test_nothing (Fixture *f, gconstpointer data)
{
  g_autoptr (WeftBuild) build = weft_build_new (0, NULL);
  g_assert_true (weft_build_is_done (build));
  weft_build_wait (build);
  g_assert_null (weft_build_get_message (build));
}

/* ---- Compilers that do not ---- */

/* A text that does not compile takes no other with it. */
static void
test_error (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (7, 0);
  WeftKernelText  *bad = new_text (100, "this is not C;"), *was = texts[3];
  WeftBuild       *build;
  texts[3] = bad;
  build = weft_build_new (7, texts);
  weft_build_wait (build);
  for (guint i = 0; i < 7; i++)
    g_assert_cmpint (works (build, i, i + 1), ==, i != 3);
  g_assert_nonnull (strstr (weft_build_get_message (build), "error:"));
  g_test_message ("%s", weft_build_get_message (build));
  weft_build_free (build);
  texts[3] = was;
  texts = g_renew (WeftKernelText *, texts, 9);
  texts[7] = bad;
  texts[8] = NULL;
  free_texts (texts);
}

static void
test_missing (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (3, 0);
  g_setenv ("WEFT_CC", "/nowhere/cc", TRUE);
  assert_fails (texts, 3, "/nowhere/cc");
  g_setenv ("WEFT_CC", "no-such-compiler", TRUE);
  assert_fails (texts, 3, "no-such-compiler");
  g_unsetenv ("WEFT_CC");
  assert_builds (texts, 3, 0);
  free_texts (texts);
}

/* Given up after one probe: later builds start no process. */
static void
test_failing (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (3, 0);
  guint            runs;
  write_script (f, "failing", "#!/bin/sh\necho 'error: out of ideas' >&2\nexit 1\n");
  assert_fails (texts, 3, "out of ideas");
  runs = weft_toolchain_get_runs ();
  assert_fails (texts, 3, "out of ideas");
  g_assert_cmpuint (weft_toolchain_get_runs (), ==, runs);
  free_texts (texts);
}

/* Says that all is well and leaves nothing, or nonsense. */
static void
test_lying (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (3, 0);
  write_script (f, "lying", "#!/bin/sh\nexit 0\n");
  assert_fails (texts, 3, "interpreted");
  write_script (f, "silly",
                "#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\necho hello >\"$2\"\n");
  assert_fails (texts, 3, "interpreted");
  free_texts (texts);
}

static gboolean
is_alive (const char *pid_file)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents (pid_file, &text, NULL, NULL))
    return FALSE;
  return kill ((pid_t) g_ascii_strtoll (text, NULL, 10), 0) == 0;
}

/* Killed with all that it started. */
static void
test_hanging (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (2, 0);
  g_autofree char *pid_file = g_build_filename (f->folder, "pid", NULL);
  g_autofree char *script =
    g_strdup_printf ("#!/bin/sh\nsleep 600 &\necho $! >%s\nwait\n", pid_file);
  write_script (f, "hanging", script);
  weft_toolchain_set_limit_ms (300);
  assert_fails (texts, 2, "hanging");
  for (guint i = 0; i < 500 && is_alive (pid_file); i++)
    g_usleep (10000);
  g_assert_false (is_alive (pid_file));
  free_texts (texts);
}

/* A full disk says so; the compiler is not to blame. */
static void
test_full_disk (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (2, 0);
  write_script (f, "full",
                "#!/bin/sh\necho 'fatal error: writing: No space left on device' >&2\nexit 1\n");
  assert_fails (texts, 2, "full");
  free_texts (texts);
}

/* Files cannot be written (in a process of its own: the limit stays). */
static void
test_file_limit (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (2, 0);
  struct rlimit    limit = { 100, 100 };
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      free_texts (texts);
      return;
    }
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  assert_fails (texts, 2, "interpreted");
  free_texts (texts);
}

/* ---- The cache ---- */

/* What is damaged is found out before it is loaded, removed and made again. */
static void
test_damaged (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (3, 0);
  for (guint how = 0; how < 4; how++)
    {
      g_autoptr (GPtrArray) objects = NULL;
      g_autofree char *bytes = NULL;
      gsize            n;
      guint            runs;
      assert_builds (texts, 3, 0);
      objects = list (f->cache, "", ".so");
      g_assert_cmpuint (objects->len, ==, 1);
      g_assert_true (
        g_file_get_contents (g_ptr_array_index (objects, 0), &bytes, &n, NULL));
      bytes[n / 2] ^= how == 0;
      if (how == 3)
        g_assert_cmpint (g_chmod (g_ptr_array_index (objects, 0), 0666), ==, 0);
      else
        g_assert_true (g_file_set_contents (g_ptr_array_index (objects, 0), bytes,
                                            how == 1   ? n / 2
                                            : how == 2 ? 0
                                                       : n,
                                            NULL));
      runs = weft_toolchain_get_runs ();
      assert_builds (texts, 3, 0);
      g_assert_cmpuint (weft_toolchain_get_runs (), ==, runs + 1);
    }
  free_texts (texts);
}

/* Links that do not name an object of the cache are no entries. */
static void
test_foreign (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (1, 0);
  const char      *targets[] = { "../../evil.so", "/tmp/evil.so", "x", ".." };
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autoptr (GPtrArray) all = NULL;
      guint runs, links = 0;
      assert_builds (texts, 1, 0);
      all = list (f->cache, "", "");
      for (guint k = 0; k < all->len; k++)
        if (g_file_test (g_ptr_array_index (all, k), G_FILE_TEST_IS_SYMLINK))
          {
            links++;
            g_unlink (g_ptr_array_index (all, k));
            g_assert_cmpint (symlink (targets[i], g_ptr_array_index (all, k)), ==, 0);
          }
      g_assert_cmpuint (links, ==, 1);
      runs = weft_toolchain_get_runs ();
      assert_builds (texts, 1, 0);
      g_assert_cmpuint (weft_toolchain_get_runs (), ==, runs + 1);
    }
  free_texts (texts);
}

/* A directory that others may write to, that is a link, or that cannot be made is not used. */
static void
test_directory (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts = new_texts (2, 0);
  g_autofree char *above = g_path_get_dirname (f->cache);
  g_autofree char *elsewhere = g_build_filename (f->folder, "elsewhere", NULL);
  g_assert_cmpint (g_mkdir_with_parents (f->cache, 0700), ==, 0);
  g_assert_cmpint (g_chmod (f->cache, 0777), ==, 0);
  assert_fails (texts, 2, f->cache);
  g_assert_cmpint (g_chmod (f->cache, 0700), ==, 0);
  g_assert_cmpint (g_chmod (above, 0770), ==, 0);
  assert_fails (texts, 2, above);
  g_assert_cmpint (g_chmod (above, 0755), ==, 0);
  g_assert_cmpint (g_rename (f->cache, elsewhere), ==, 0);
  g_assert_cmpint (symlink (elsewhere, f->cache), ==, 0);
  assert_fails (texts, 2, f->cache);
  g_assert_cmpint (g_unlink (f->cache), ==, 0);
  g_assert_true (g_file_set_contents (f->cache, "a file", -1, NULL));
  assert_fails (texts, 2, f->cache);
  g_assert_cmpint (g_unlink (f->cache), ==, 0);
  if (geteuid () == 0)
    {
      g_assert_cmpint (g_mkdir (f->cache, 0700), ==, 0);
      g_assert_cmpint (chown (f->cache, 12345, (gid_t) -1), ==, 0);
      assert_fails (texts, 2, "another user");
      g_assert_cmpint (g_rmdir (f->cache), ==, 0);
    }
  assert_builds (texts, 2, 0);
  free_texts (texts);
}

static guint64
bytes_of (const char *path)
{
  struct stat info;
  g_assert_cmpint (stat (path, &info), ==, 0);
  return (guint64) info.st_blocks * 512;
}

/* What was used longest ago goes, with its links; what is left works. */
static void
test_bounded (Fixture *f, gconstpointer data)
{
  WeftKernelText **texts[3];
  g_autoptr (GPtrArray) objects = NULL, links = NULL;
  g_autofree char *stale = g_build_filename (f->cache, "tmp-stale", NULL);
  g_autofree char *inside = g_build_filename (stale, "left.o", NULL);
  struct timespec  old[2] = { { 1000000, 0 }, { 1000000, 0 } };
  int              directory;
  guint            runs;
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GPtrArray) before = list (f->cache, "", ".so");
      texts[i] = new_texts (2, 10 * i);
      assert_builds (texts[i], 2, 10 * i);
      objects = list (f->cache, "", ".so");
      g_assert_cmpuint (objects->len, ==, i + 1);
      /* The first is used often, the second was not for long. */
      for (guint k = 0; i == 1 && k < 2; k++)
        if (!g_ptr_array_find_with_equal_func (before, g_ptr_array_index (objects, k), g_str_equal,
                                               NULL))
          g_assert_cmpint (utimensat (AT_FDCWD, g_ptr_array_index (objects, k), old, 0), ==, 0);
      if (i < 2)
        g_clear_pointer (&objects, g_ptr_array_unref);
    }
  g_assert_cmpint (g_mkdir (stale, 0700), ==, 0);
  g_assert_true (g_file_set_contents (inside, "x", -1, NULL));
  g_assert_cmpint (utimensat (AT_FDCWD, stale, old, 0), ==, 0);
  directory = weft_cache_open (NULL);
  weft_cache_trim (directory, bytes_of (g_ptr_array_index (objects, 0)) * 2 + 100);
  close (directory);
  g_assert_false (g_file_test (stale, G_FILE_TEST_EXISTS));
  g_clear_pointer (&objects, g_ptr_array_unref);
  assert_tidy (f->cache);
  objects = list (f->cache, "", ".so");
  links = list (f->cache, "", "");
  g_assert_cmpuint (objects->len, ==, 2);
  g_assert_cmpuint (links->len, ==, 2 + 4);
  runs = weft_toolchain_get_runs ();
  assert_builds (texts[0], 2, 0);
  assert_builds (texts[2], 2, 20);
  g_assert_cmpuint (weft_toolchain_get_runs (), ==, runs);
  assert_builds (texts[1], 2, 10);
  g_assert_cmpuint (weft_toolchain_get_runs (), ==, runs + 1);
  for (guint i = 0; i < 3; i++)
    free_texts (texts[i]);
}

/* ---- Several at once ---- */

/* Builds that are given up at any moment, and begun again. */
static void
test_cancels (Fixture *f, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  WeftKernelText **texts = new_texts (24, 0);
  for (guint i = 0; i < 50; i++)
    {
      guint      first = g_rand_int_range (rand, 0, 20), n = g_rand_int_range (rand, 1, 5);
      WeftBuild *build = weft_build_new (n, texts + first);
      g_usleep (g_rand_int_range (rand, 0, 20000));
      for (guint k = 0; k < n; k++)
        works (build, k, first + k + 1);
      weft_build_free (build);
    }
  assert_builds (texts, 24, 0);
  assert_tidy (f->cache);
  free_texts (texts);
}

static GSubprocess *
start_worker (const Fixture *f, const char *what, const char *compiler)
{
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;
  g_subprocess_launcher_setenv (launcher, "WEFT_TEST_CACHE", f->cache, TRUE);
  if (compiler != NULL)
    g_subprocess_launcher_setenv (launcher, "WEFT_CC", compiler, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, program, "--worker", what, NULL);
  g_assert_no_error (error);
  return process;
}

/* Two programs fill one cache with the same kernels; a third finds them all. */
static void
test_two_programs (Fixture *f, gconstpointer data)
{
  g_autoptr (GSubprocess) a = start_worker (f, "build", NULL);
  g_autoptr (GSubprocess) b = start_worker (f, "build", NULL);
  g_autoptr (GSubprocess) c = NULL;
  g_assert_true (g_subprocess_wait_check (a, NULL, NULL));
  g_assert_true (g_subprocess_wait_check (b, NULL, NULL));
  c = start_worker (f, "find", NULL);
  g_assert_true (g_subprocess_wait_check (c, NULL, NULL));
}

/* A program that ends kills its compilers and leaves nothing. */
static void
test_exit (Fixture *f, gconstpointer data)
{
  g_autofree char *pid_file = g_build_filename (f->folder, "pid", NULL);
  g_autofree char *script =
    g_strdup_printf ("#!/bin/sh\nsleep 600 &\necho $! >%s\nwait\n", pid_file);
  g_autofree char *compiler = g_build_filename (f->folder, "hanging", NULL);
  g_autoptr (GSubprocess) process = NULL;
  write_script (f, "hanging", script);
  process = start_worker (f, "leave", compiler);
  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
  g_assert_true (g_file_test (pid_file, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < 500 && is_alive (pid_file); i++)
    g_usleep (10000);
  g_assert_false (is_alive (pid_file));
  assert_tidy (f->cache);
}

/* What the other programs do. */
static int
work (const char *what)
{
  WeftKernelText **texts = new_texts (12, 0);
  weft_cache_set_directory (g_getenv ("WEFT_TEST_CACHE"));
  if (strcmp (what, "leave") == 0)
    {
      g_autofree char *folder = g_path_get_dirname (g_getenv ("WEFT_CC"));
      g_autofree char *pid_file = g_build_filename (folder, "pid", NULL);
      g_autofree char *text = NULL;
      WeftBuild       *build = weft_build_new (12, texts);
      while (!g_file_get_contents (pid_file, &text, NULL, NULL) || *text == '\0')
        {
          g_clear_pointer (&text, g_free);
          g_usleep (1000);
        }
      weft_build_free (build);
    }
  else
    assert_builds (texts, 12, 0);
  if (strcmp (what, "find") == 0)
    g_assert_cmpuint (weft_toolchain_get_runs (), ==, 0);
  free_texts (texts);
  return 0;
}

#define ADD(path, function) \
  g_test_add ("/toolchain/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  program = argv[0];
  if (argc == 3 && strcmp (argv[1], "--worker") == 0)
    return work (argv[2]);
  g_test_init (&argc, &argv, NULL);
  ADD ("compile", test_compile);
  ADD ("cached", test_cached);
  ADD ("same", test_same);
  ADD ("nothing", test_nothing);
  ADD ("error", test_error);
  ADD ("missing", test_missing);
  ADD ("failing", test_failing);
  ADD ("lying", test_lying);
  ADD ("hanging", test_hanging);
  ADD ("full-disk", test_full_disk);
  ADD ("file-limit", test_file_limit);
  ADD ("damaged", test_damaged);
  ADD ("foreign", test_foreign);
  ADD ("directory", test_directory);
  ADD ("bounded", test_bounded);
  ADD ("cancels", test_cancels);
  ADD ("two-programs", test_two_programs);
  ADD ("exit", test_exit);
  return g_test_run ();
}
