/* Tests of what a run leaves on disk where the disk is full: no half line, one word about it, and
 * it goes on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "engine/train/keeper.h"
#include "engine/train/log.h"
#include "engine/train/runs.h"
#include "tests/session-tools.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

/* A few dozen lines of a log; less than any checkpoint. */
#define FULL_BYTES 3000

/* No file of this process grows beyond @bytes. */
static void
set_room (rlim_t bytes)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = bytes;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static char *
make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("weft-keeper-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

/* How many lines the log at @path has, all of them whole and in order. */
static guint
count_lines (const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint  n = 0;
  gint64 last = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (*text == '\0' || g_str_has_suffix (text, "}\n"));
  lines = g_strsplit (text, "\n", -1);
  for (; lines[n] != NULL && *lines[n] != '\0'; n++)
    {
      g_autoptr (WeftJson) line = weft_json_parse (lines[n], -1, NULL);

      g_assert_nonnull (line);
      g_assert_cmpint (weft_json_get_int (line, "step", 0), >=, last);
      last = weft_json_get_int (line, "step", 0);
    }
  return n;
}

static void
test_log (void)
{
  static const char *const names[] = { "loss", NULL };
  g_autofree char         *folder = make_folder ();
  g_autofree char         *path = g_build_filename (folder, WEFT_CHECKPOINT_LOG, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftKeeper) keeper = weft_keeper_new (folder, FALSE, FALSE, -1, &error);
  WeftEvent event = { .kind = WEFT_EVENT_STEP, .n_metrics = 1 };

  g_assert_no_error (error);
  set_room (FULL_BYTES);
  while (weft_keeper_tell (keeper, &event, names, &error))
    event.step++;
  set_room (RLIM_INFINITY);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  /* Half a line is taken back, and there is nothing that was not written whole. */
  g_assert_cmpuint (count_lines (path), ==, 0);
  event.kind = WEFT_EVENT_EPOCH;
  event.step++;
  g_assert_true (weft_keeper_tell (keeper, &event, names, &error));
  /* With room again nothing is missing: steps 0 to the last, and the epoch. */
  g_assert_cmpuint (count_lines (path), ==, (guint) event.step + 1);
  g_clear_pointer (&keeper, weft_keeper_free);
  g_unlink (path);
  g_rmdir (folder);
}

/* Removes the runs of a test. */
static void
remove_runs (const char *folder)
{
  g_autoptr (GPtrArray) runs = weft_runs_list (folder);

  for (guint i = 0; i < runs->len; i++)
    weft_runs_remove (((WeftKeptRun *) g_ptr_array_index (runs, i))->folder, NULL);
  g_rmdir (folder);
}

static void
test_run (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (WeftDocument) document = load_example ("iris");
  WeftRunOptions options = run_options (-1);
  guint          n_notes = 0;
  WeftEvent     *end;

  options.epochs = 300;
  options.mode = WEFT_MODE_INTERPRET;
  options.runs_folder = folder;
  weft_session_train (fixture->session, weft_document_snapshot (document), &options);
  while (wait_for (fixture, WEFT_EVENT_STEP)->step < 3)
    ;
  set_room (FULL_BYTES);
  end = wait_for (fixture, WEFT_EVENT_FINISHED);
  set_room (RLIM_INFINITY);
  g_assert_cmpstr (end->message, ==, "epochs");
  for (guint i = 0; i < fixture->events->len; i++)
    {
      const WeftEvent *event = g_ptr_array_index (fixture->events, i);

      if (event->kind != WEFT_EVENT_NOTE || strstr (event->message, folder) == NULL)
        continue;
      n_notes++;
      g_assert_nonnull (strstr (event->message, "make room on the disk"));
    }
  g_assert_cmpuint (n_notes, ==, 1);
  g_clear_pointer (&fixture->session, weft_session_free);
  remove_runs (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  /* Then writing beyond the limit is an error, as on a disk that is full. */
  signal (SIGXFSZ, SIG_IGN);
  g_test_add_func ("/train/keeper/full-disk/log", test_log);
  g_test_add ("/train/keeper/full-disk/run", Fixture, NULL, set_up, test_run, tear_down);
  return g_test_run ();
}
