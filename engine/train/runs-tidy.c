/* What becomes of old runs: removing, a trash that gives them back, a limit; and runs that go with
 * their document to another place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/runs-private.h"

#include "engine/base/file.h"
#include "engine/document/journal.h"
#include "engine/train/checkpoint.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNTITLED "untitled-"

/* All that Weft writes into the folder of a run, but for the older checkpoints. */
static const char *const files[] = { WEFT_RUN_FILE, WEFT_RUN_DOCUMENT, WEFT_CHECKPOINT_LOG,
                                     WEFT_CHECKPOINT_FILE, WEFT_RUN_BEST };

/* ---- Removing ---- */

static gboolean
check_free (const char *run_folder, GError **error)
{
  if (!weft_runs_is_locked (run_folder))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM,
               _ ("%s: this run is being trained; stop it before you delete it"), run_folder);
  return FALSE;
}

/* weft_runs_remove:
 */
gboolean
weft_runs_remove (const char *run_folder, GError **error)
{
  g_autofree char *ring = g_build_filename (run_folder, WEFT_RUN_RING, NULL);
  g_autoptr (GArray) steps = NULL;

  if (!check_free (run_folder, error))
    return FALSE;
  steps = weft_runs_steps (run_folder);
  for (guint i = 0; i < steps->len; i++)
    {
      g_autofree char *path = weft_runs_checkpoint (run_folder, g_array_index (steps, gint64, i));

      g_unlink (path);
    }
  g_rmdir (ring);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (run_folder, files[i], NULL);

      g_unlink (path);
    }
  if (g_rmdir (run_folder) == 0)
    return TRUE;
  return weft_runs_fail (error, run_folder, errno,
                         _ ("%s: it holds files of others and stays: %s"));
}

/* weft_runs_trash:
 */
gboolean
weft_runs_trash (const char *run_folder, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (run_folder);
  g_autofree char *name = g_path_get_basename (run_folder);
  g_autofree char *trash = g_build_filename (folder, WEFT_RUNS_TRASH, NULL);
  g_autofree char *path = g_build_filename (trash, name, NULL);

  if (!check_free (run_folder, error))
    return FALSE;
  if ((g_mkdir (trash, 0777) == 0 || errno == EEXIST) && g_rename (run_folder, path) == 0)
    return TRUE;
  return weft_runs_fail (error, run_folder, errno, _ ("%s: cannot be deleted: %s"));
}

/* weft_runs_restore:
 * @number: of a run that was put into the trash
 */
gboolean
weft_runs_restore (const char *folder, guint number, GError **error)
{
  g_autofree char *trash = g_build_filename (folder, WEFT_RUNS_TRASH, NULL);
  g_autofree char *from = weft_runs_path (trash, number);
  g_autofree char *to = weft_runs_path (folder, number);

  if (g_rename (from, to) == 0)
    return TRUE;
  return weft_runs_fail (error, to, errno, _ ("%s: cannot be had again: %s"));
}

static void
remove_all (const char *folder)
{
  g_autoptr (GArray) numbers = weft_runs_numbers (folder);

  for (guint i = 0; i < numbers->len; i++)
    {
      g_autofree char *path = weft_runs_path (folder, g_array_index (numbers, guint, i));

      /* Where a run that was trained had been. */
      if (g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        g_unlink (path);
      else
        weft_runs_remove (path, NULL);
    }
  g_rmdir (folder);
}

/* weft_runs_empty_trash:
 */
void
weft_runs_empty_trash (const char *folder)
{
  g_autofree char *trash = g_build_filename (folder, WEFT_RUNS_TRASH, NULL);

  if (g_file_test (trash, G_FILE_TEST_IS_DIR))
    remove_all (trash);
}

/* ---- A limit ---- */

static gboolean
has_branch (GPtrArray *runs, guint number)
{
  for (guint i = 0; i < runs->len; i++)
    if (((WeftKeptRun *) g_ptr_array_index (runs, i))->parent == number)
      return TRUE;
  return FALSE;
}

static gboolean
may_go (GPtrArray *runs, const WeftKeptRun *run)
{
  return (run->state == WEFT_KEPT_FINISHED || run->state == WEFT_KEPT_STOPPED ||
          run->state == WEFT_KEPT_FAILED) &&
         run->problem == NULL && !run->named && !has_branch (runs, run->number);
}

/* weft_runs_prune:
 */
guint
weft_runs_prune (const char *folder, guint most, gboolean dry)
{
  g_autoptr (GPtrArray) runs = weft_runs_list (folder);
  g_autoptr (GPtrArray) old = g_ptr_array_new ();
  guint n = 0;

  for (guint i = 0; i < runs->len; i++)
    if (may_go (runs, g_ptr_array_index (runs, i)))
      g_ptr_array_add (old, g_ptr_array_index (runs, i));
  for (guint i = 0; i + most < old->len; i++)
    n += dry || weft_runs_remove (((WeftKeptRun *) g_ptr_array_index (old, i))->folder, NULL);
  return n;
}

/* ---- To another place ---- */

static gboolean
copy_file (const char *from, const char *to, GError **error)
{
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (to);

  return g_file_copy (source, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, error);
}

/* A log is written on; all other files are written whole, so that both runs can have the same one.
 */
static gboolean
share_file (const char *from_folder, const char *to_folder, const char *name, GError **error)
{
  g_autofree char *from = g_build_filename (from_folder, name, NULL);
  g_autofree char *to = g_build_filename (to_folder, name, NULL);

  if (!g_file_test (from, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!g_str_equal (name, WEFT_CHECKPOINT_LOG) && link (from, to) == 0)
    return TRUE;
  return copy_file (from, to, error);
}

static gboolean
copy_run (const char *from, const char *to, GError **error)
{
  g_autoptr (GArray) steps = weft_runs_steps (from);
  g_autofree char *ring = g_build_filename (to, WEFT_RUN_RING, NULL);
  gboolean         ok = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (files) && ok; i++)
    ok = share_file (from, to, files[i], error);
  if (steps->len > 0)
    g_mkdir (ring, 0777);
  for (guint i = 0; i < steps->len && ok; i++)
    {
      g_autofree char *path = weft_runs_checkpoint (from, g_array_index (steps, gint64, i));
      g_autofree char *base = g_path_get_basename (path);
      g_autofree char *name = g_build_filename (WEFT_RUN_RING, base, NULL);

      ok = share_file (from, to, name, error);
    }
  return ok;
}

/* The record of a run whose folder, with all others of its list, has a number that is greater by
 * @by. */
static void
renumber (const char *run_folder, guint by)
{
  g_autoptr (WeftKeptRun) run = weft_runs_open (run_folder);
  g_autoptr (WeftJson) changes = weft_json_new_object ();

  if (by == 0 || run->problem != NULL)
    return;
  weft_json_set_int (changes, "number", run->number);
  if (run->sweep > 0)
    weft_json_set_int (changes, "sweep", run->sweep + by);
  if (run->turn > 0)
    weft_json_set_int (changes, "turn", run->turn + by);
  if (run->parent > 0)
    {
      WeftJson *parent = weft_json_new_object ();

      weft_json_set_int (parent, "run", run->parent + by);
      weft_json_set_int (parent, "step", run->parent_step);
      weft_json_set (changes, "parent", parent);
    }
  weft_runs_note (run_folder, changes, NULL);
}

/* Between file systems a run is copied, unless it is trained: then it stays where it is. */
static gboolean
move_run (const char *from, const char *to, GError **error)
{
  gboolean         locked = weft_runs_is_locked (from);
  g_autofree char *absolute = g_canonicalize_filename (to, NULL);

  if (g_rename (from, to) == 0)
    {
      if (locked && symlink (absolute, from) != 0)
        return weft_runs_fail (error, from, errno, _ ("%s: cannot be made: %s"));
      return TRUE;
    }
  if (errno != EXDEV)
    return weft_runs_fail (error, from, errno, _ ("%s: this run cannot be moved: %s"));
  if (locked)
    return TRUE;
  return g_mkdir (to, 0777) == 0 && copy_run (from, to, error) && weft_runs_remove (from, error);
}

static gboolean
may_be_copied (const char *run_folder)
{
  g_autoptr (WeftKeptRun) run = weft_runs_open (run_folder);

  return run->state != WEFT_KEPT_RUNNING && run->state != WEFT_KEPT_QUEUED && run->problem == NULL;
}

/* Each run of @from to its place behind those of @to. */
static gboolean
transfer (const char *from, const char *to, gboolean move, GError **error)
{
  g_autoptr (GArray) numbers = weft_runs_numbers (from);
  g_autoptr (GArray) others = weft_runs_numbers (to);
  guint offset = others->len > 0 ? g_array_index (others, guint, others->len - 1) : 0;

  if (numbers->len > 0 && g_mkdir_with_parents (to, 0777) != 0)
    return weft_runs_fail (error, to, errno, _ ("%s: the folder for runs cannot be made: %s"));
  for (guint i = 0; i < numbers->len; i++)
    {
      guint            number = g_array_index (numbers, guint, i);
      g_autofree char *source = weft_runs_path (from, number);
      g_autofree char *target = weft_runs_path (to, number + offset);

      if (g_file_test (source, G_FILE_TEST_IS_SYMLINK) || (!move && !may_be_copied (source)))
        continue;
      if (move ? !move_run (source, target, error)
               : g_mkdir (target, 0777) != 0 || !copy_run (source, target, error))
        return FALSE;
      renumber (target, offset);
    }
  return TRUE;
}

/* weft_runs_follow:
 */
gboolean
weft_runs_follow (const char *from, const char *to, GError **error)
{
  g_autofree char *name = g_path_get_basename (from);
  gboolean         move = g_str_has_prefix (name, UNTITLED);

  if (!transfer (from, to, move, error))
    return FALSE;
  if (move)
    {
      weft_runs_empty_trash (from);
      g_rmdir (from);
    }
  return TRUE;
}

/* ---- Documents that were renamed outside of Weft ---- */

/* Of the newest runs in a folder, so many are asked what they trained. */
#define MOST_ASKED 8

static gboolean
has_signature (const char *folder, const char *signature)
{
  g_autoptr (GArray) numbers = weft_runs_numbers (folder);

  for (guint i = 0; i < MIN (numbers->len, MOST_ASKED); i++)
    {
      g_autofree char *path =
        weft_runs_path (folder, g_array_index (numbers, guint, numbers->len - 1 - i));
      g_autoptr (WeftKeptRun) run = weft_runs_open (path);

      if (g_strcmp0 (run->signature, signature) == 0)
        return TRUE;
    }
  return FALSE;
}

/* A folder of runs, @name in @folder, whose document is not there. */
static gboolean
is_lost (const char *folder, const char *name)
{
  g_autofree char *stem = NULL, *file = NULL, *document = NULL;

  if (!g_str_has_suffix (name, WEFT_RUNS_ENDING))
    return FALSE;
  stem = g_strndup (name, strlen (name) - strlen (WEFT_RUNS_ENDING));
  file = g_strconcat (stem, WEFT_DOCUMENT_ENDING, NULL);
  document = g_build_filename (folder, file, NULL);
  return !g_file_test (document, G_FILE_TEST_EXISTS);
}

/* weft_runs_find_lost:
 */
char *
weft_runs_find_lost (const char *path, const char *signature)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *found = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *runs = g_build_filename (folder, name, NULL);

      if (!is_lost (folder, name) || !has_signature (runs, signature))
        continue;
      if (found != NULL)
        return NULL;
      found = g_steal_pointer (&runs);
    }
  return g_steal_pointer (&found);
}

/* ---- Documents without a name ---- */

/* weft_runs_untitled_folder:
 */
char *
weft_runs_untitled_folder (const char *journal)
{
  g_autofree char *base = g_path_get_basename (journal);
  g_autofree char *name = g_strconcat (UNTITLED, base, NULL);

  return g_build_filename (weft_state_dir (), "runs", name, NULL);
}

/* weft_runs_sweep_untitled:
 */
void
weft_runs_sweep_untitled (void)
{
  g_autofree char *folder = g_build_filename (weft_state_dir (), "runs", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *journal =
        g_str_has_prefix (name, UNTITLED)
          ? g_build_filename (weft_journal_folder (), name + strlen (UNTITLED), NULL)
          : NULL;

      if (journal == NULL || g_file_test (journal, G_FILE_TEST_EXISTS))
        continue;
      weft_runs_empty_trash (path);
      remove_all (path);
    }
}
