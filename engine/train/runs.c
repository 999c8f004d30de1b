/* Runs on disk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/runs-private.h"

#include "engine/base/file.h"
#include "engine/document/journal.h"
#include "engine/train/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT "weft-run"
#define VERSION 1
#define MAX_RECORD_BYTES ((gsize) 1 << 20)
#define MAX_RUNS 9999
#define ENDING ".safetensors"

/* As WeftKeptState. */
static const char *const state_names[] = { N_ ("running"), N_ ("interrupted"), N_ ("finished"),
                                           N_ ("stopped"), N_ ("failed"), N_ ("queued") };

/* weft_kept_state_name:
 */
const char *
weft_kept_state_name (WeftKeptState state)
{
  return state_names[state];
}

/* weft_kept_run_free:
 */
void
weft_kept_run_free (WeftKeptRun *run)
{
  g_free (run->folder);
  g_free (run->title);
  g_free (run->message);
  g_free (run->signature);
  g_free (run->problem);
  g_clear_pointer (&run->train, weft_json_unref);
  g_clear_pointer (&run->validation, weft_json_unref);
  g_clear_pointer (&run->test, weft_json_unref);
  g_clear_pointer (&run->settings, weft_json_unref);
  g_free (run);
}

/* weft_runs_fail:
 */
gboolean
weft_runs_fail (GError **error, const char *path, int code, const char *format)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), format, path,
               g_strerror (code));
  return FALSE;
}

/* weft_kept_run_measured:
 */
double
weft_kept_run_measured (const WeftKeptRun *run, const char *metric)
{
  double value = weft_json_number (weft_json_get (run->validation, metric), NAN);

  return isnan (value) ? weft_json_number (weft_json_get (run->train, metric), NAN) : value;
}

/* ---- Where ---- */

/* A name for a folder in the state directory: what people call the document, and which one it is.
 */
static char *
state_folder (const char *path)
{
  g_autofree char *sum =
    g_compute_checksum_for_string (G_CHECKSUM_SHA256, path, -1);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_strdup_printf ("%s-%.12s", base, sum);

  return g_build_filename (weft_state_dir (), "runs", name, NULL);
}

static gboolean
is_below (const char *path, const char *folder)
{
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  g_autofree char *above = g_canonicalize_filename (folder, NULL);

  return g_str_has_prefix (whole, above) && whole[strlen (above)] == G_DIR_SEPARATOR;
}

/* weft_runs_folder:
 */
char *
weft_runs_folder (WeftDocument *document)
{
  const char      *path = weft_document_get_path (document);
  const char      *journal = weft_journal_get_path (document);
  g_autofree char *beside = NULL, *folder = NULL, *stem = NULL;

  if (path == NULL)
    return journal != NULL ? weft_runs_untitled_folder (journal) : NULL;
  folder = g_path_get_dirname (path);
  stem = g_str_has_suffix (path, WEFT_DOCUMENT_ENDING)
           ? g_strndup (path, strlen (path) - strlen (WEFT_DOCUMENT_ENDING))
           : g_strdup (path);
  beside = g_strconcat (stem, WEFT_RUNS_ENDING, NULL);
  if (is_below (path, weft_data_dir ()))
    return state_folder (path);
  if (g_access (folder, W_OK) != 0 && !g_file_test (beside, G_FILE_TEST_IS_DIR))
    return state_folder (path);
  return g_steal_pointer (&beside);
}

/* ---- Reading ---- */

static WeftJson *
read_record (const char *run_folder, GError **error)
{
  g_autofree char *path = g_build_filename (run_folder, WEFT_RUN_FILE, NULL);
  g_autoptr (GBytes) bytes = weft_file_read (path, MAX_RECORD_BYTES, error);
  g_autoptr (WeftJson) json = NULL;
  gsize       size;
  const char *text;

  if (bytes == NULL)
    return NULL;
  text = g_bytes_get_data (bytes, &size);
  json = weft_json_parse (text, size, error);
  if (json == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (weft_json_kind (json) == WEFT_JSON_OBJECT &&
      g_str_equal (weft_json_get_string (json, "format", ""), FORMAT) &&
      weft_json_get_int (json, "version", 0) >= 1 &&
      weft_json_get_int (json, "version", 0) <= VERSION)
    return g_steal_pointer (&json);
  g_set_error (error, WEFT_JSON_ERROR, 0,
               _ ("%s: this is not the record of a run that this Weft can read"), path);
  return NULL;
}

/* weft_runs_is_locked:
 */
gboolean
weft_runs_is_locked (const char *run_folder)
{
  int      file = g_open (run_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean locked;

  if (file < 0)
    return FALSE;
  locked = flock (file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close (file);
  return locked;
}

static WeftKeptState
read_state (WeftJson *json, const char *run_folder)
{
  const char *name = weft_json_get_string (json, "state", "running");

  for (guint i = WEFT_KEPT_FINISHED; i < G_N_ELEMENTS (state_names); i++)
    if (g_str_equal (name, state_names[i]))
      return (WeftKeptState) i;
  return weft_runs_is_locked (run_folder) ? WEFT_KEPT_RUNNING : WEFT_KEPT_INTERRUPTED;
}

static WeftJson *
object_of (WeftJson *json, const char *key)
{
  WeftJson *member = weft_json_get (json, key);

  return member != NULL && weft_json_kind (member) == WEFT_JSON_OBJECT ? weft_json_ref (member)
                                                                       : NULL;
}

static guint
number_of (const char *run_folder)
{
  g_autofree char *name = g_path_get_basename (run_folder);
  guint64          number;

  return g_ascii_string_to_unsigned (name, 10, 1, MAX_RUNS, &number, NULL) ? (guint) number : 0;
}

/* weft_runs_open:
 */
WeftKeptRun *
weft_runs_open (const char *run_folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) json = read_record (run_folder, &error);
  WeftKeptRun *run = g_new0 (WeftKeptRun, 1);
  WeftJson    *parent;

  run->folder = g_strdup (run_folder);
  run->number = number_of (run_folder);
  if (json == NULL)
    {
      run->problem = g_strdup (error->message);
      run->title = g_strdup_printf ("%u", run->number);
      run->state = WEFT_KEPT_FAILED;
      return run;
    }
  parent = weft_json_get (json, "parent");
  run->turn = weft_json_get_int (json, "turn", 0);
  run->sweep = (guint) CLAMP (weft_json_get_int (json, "sweep", 0), 0, MAX_RUNS);
  run->settings = object_of (json, "settings");
  run->named = weft_json_get_bool (json, "named", FALSE);
  run->title = g_strdup (weft_json_get_string (json, "title", ""));
  run->state = read_state (json, run_folder);
  run->message = g_strdup (weft_json_get_string (json, "message", NULL));
  run->signature = g_strdup (weft_json_get_string (json, "signature", NULL));
  run->begun = weft_json_get_int (json, "begun", 0);
  run->step = weft_json_get_int (json, "step", 0);
  run->seed = weft_json_get_int (json, "seed", 0);
  run->parent = (guint) CLAMP (weft_json_get_int (parent, "run", 0), 0, MAX_RUNS);
  run->parent_step = weft_json_get_int (parent, "step", 0);
  run->train = object_of (json, "train");
  run->validation = object_of (json, "validation");
  run->test = object_of (json, "test");
  return run;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint one = *(const guint *) a, other = *(const guint *) b;

  return (one > other) - (one < other);
}

/* weft_runs_numbers:
 */
GArray *
weft_runs_numbers (const char *folder)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GDir) dir = folder != NULL ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      guint number = number_of (name);

      if (number > 0)
        g_array_append_val (numbers, number);
    }
  g_array_sort (numbers, compare_numbers);
  return numbers;
}

/* weft_runs_path:
 */
char *
weft_runs_path (const char *folder, guint number)
{
  g_autofree char *name = g_strdup_printf ("%04u", number);

  return g_build_filename (folder, name, NULL);
}

/* weft_runs_list:
 */
GPtrArray *
weft_runs_list (const char *folder)
{
  GPtrArray *runs = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_kept_run_free);
  g_autoptr (GArray) numbers = weft_runs_numbers (folder);

  for (guint i = 0; i < numbers->len; i++)
    {
      g_autofree char *path = weft_runs_path (folder, g_array_index (numbers, guint, i));

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        g_ptr_array_add (runs, weft_runs_open (path));
    }
  return runs;
}

/* ---- Writing ---- */

static gboolean
write_record (const char *run_folder, WeftJson *json, GError **error)
{
  g_autofree char *path = g_build_filename (run_folder, WEFT_RUN_FILE, NULL);
  g_autofree char *line = weft_json_to_string (json);
  g_autofree char *text = g_strconcat (line, "\n", NULL);

  return weft_file_write_atomic (path, text, strlen (text), error);
}

/* weft_runs_note:
 */
gboolean
weft_runs_note (const char *run_folder, WeftJson *changes, GError **error)
{
  g_autoptr (WeftJson) json = read_record (run_folder, error);

  if (json == NULL)
    return FALSE;
  for (guint i = 0; i < weft_json_n_members (changes); i++)
    {
      WeftJson   *value;
      const char *key = weft_json_member (changes, i, &value);

      weft_json_set (json, key, weft_json_copy (value));
    }
  return write_record (run_folder, json, error);
}

/* weft_runs_rename:
 */
gboolean
weft_runs_rename (const char *run_folder, const char *title, GError **error)
{
  g_autoptr (WeftJson) changes = weft_json_new_object ();

  weft_json_set_string (changes, "title", title);
  weft_json_set_bool (changes, "named", TRUE);
  return weft_runs_note (run_folder, changes, error);
}

static guint
last_number (const char *folder)
{
  g_autoptr (GArray) numbers = weft_runs_numbers (folder);

  return numbers->len > 0 ? g_array_index (numbers, guint, numbers->len - 1) : 0;
}

/* weft_runs_make_folder:
 *
 * Two programs that begin a run at once get two numbers: making a folder is all or nothing. A run
 * in the trash keeps its number.
 */
char *
weft_runs_make_folder (const char *folder, guint *number, GError **error)
{
  g_autofree char *trash = g_build_filename (folder, WEFT_RUNS_TRASH, NULL);
  guint            next = MAX (last_number (folder), last_number (trash)) + 1;

  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      weft_runs_fail (error, folder, errno, _ ("%s: the folder for runs cannot be made: %s"));
      return NULL;
    }
  for (; next <= MAX_RUNS; next++)
    {
      g_autofree char *path = weft_runs_path (folder, next);

      *number = next;
      if (g_mkdir (path, 0777) == 0)
        return g_steal_pointer (&path);
      if (errno == EEXIST)
        continue;
      weft_runs_fail (error, path, errno, _ ("%s: the folder for a run cannot be made: %s"));
      return NULL;
    }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
               _ ("%s: it holds %d runs, as many as there can be; delete some"), folder, MAX_RUNS);
  return NULL;
}

static void
set_parent (WeftJson *json, const WeftRunOrigin *origin)
{
  g_autoptr (WeftKeptRun) run = weft_runs_open (origin->parent_folder);
  WeftJson *parent = weft_json_new_object ();

  weft_json_set_int (parent, "run", run->number);
  weft_json_set_int (parent, "step", origin->parent_step > 0 ? origin->parent_step : run->step);
  weft_json_set (json, "parent", parent);
}

static WeftJson *
new_record (guint number, const WeftRunOrigin *origin)
{
  WeftJson        *json = weft_json_new_object ();
  g_autofree char *own = g_strdup_printf (_ ("Run %u"), number);

  weft_json_set_string (json, "format", FORMAT);
  weft_json_set_int (json, "version", VERSION);
  weft_json_set_int (json, "number", number);
  weft_json_set_string (json, "title", origin->title != NULL ? origin->title : own);
  weft_json_set_string (json, "state",
                        state_names[origin->queued ? WEFT_KEPT_QUEUED : WEFT_KEPT_RUNNING]);
  if (origin->queued)
    weft_json_set_int (json, "turn", number);
  else
    weft_json_set_int (json, "begun", g_get_real_time () / G_USEC_PER_SEC);
  if (origin->sweep > 0)
    weft_json_set_int (json, "sweep", origin->sweep);
  if (origin->settings != NULL)
    weft_json_set (json, "settings", weft_json_copy (origin->settings));
  if (origin->parent_folder != NULL)
    set_parent (json, origin);
  return json;
}

/* weft_runs_begin:
 */
char *
weft_runs_begin (const char          *folder,
                 WeftDocument        *document,
                 const WeftRunOrigin *origin,
                 guint               *number,
                 GError             **error)
{
  static const WeftRunOrigin none = { 0 };
  g_autofree char           *run_folder = weft_runs_make_folder (folder, number, error);
  g_autofree char           *path = NULL, *text = NULL;
  g_autoptr (WeftJson) json = NULL;

  if (run_folder == NULL)
    return NULL;
  path = g_build_filename (run_folder, WEFT_RUN_DOCUMENT, NULL);
  text = weft_document_to_text (document);
  json = new_record (*number, origin != NULL ? origin : &none);
  if (weft_file_write_atomic (path, text, strlen (text), error) &&
      write_record (run_folder, json, error))
    return g_steal_pointer (&run_folder);
  weft_runs_remove (run_folder, NULL);
  return NULL;
}

/* weft_runs_note_begun:
 */
gboolean
weft_runs_note_begun (const char *run_folder, gint64 seed, const char *signature, GError **error)
{
  g_autoptr (WeftKeptRun) run = weft_runs_open (run_folder);
  g_autoptr (WeftJson) changes = weft_json_new_object ();

  weft_json_set_int (changes, "seed", seed);
  weft_json_set_string (changes, "signature", signature);
  weft_json_set_string (changes, "state", state_names[WEFT_KEPT_RUNNING]);
  if (run->begun == 0)
    weft_json_set_int (changes, "begun", g_get_real_time () / G_USEC_PER_SEC);
  return weft_runs_note (run_folder, changes, error);
}

/* ---- The queue ---- */

static gboolean
set_turn (const WeftKeptRun *run, gint64 turn)
{
  g_autoptr (WeftJson) changes = weft_json_new_object ();

  weft_json_set_int (changes, "turn", turn);
  return weft_runs_note (run->folder, changes, NULL);
}

/* weft_runs_move_turn:
 */
gboolean
weft_runs_move_turn (const char *folder, guint number, int by)
{
  g_autofree char *path = weft_runs_path (folder, number);
  g_autoptr (WeftKeptRun) moved = weft_runs_open (path);
  g_autoptr (GPtrArray) runs = weft_runs_list (folder);
  const WeftKeptRun *next = NULL;

  if (moved->state != WEFT_KEPT_QUEUED)
    return FALSE;
  for (guint i = 0; i < runs->len; i++)
    {
      const WeftKeptRun *run = g_ptr_array_index (runs, i);
      gboolean           beyond = by < 0 ? run->turn < moved->turn : run->turn > moved->turn;
      gboolean           closer = next == NULL || (by < 0 ? run->turn > next->turn : run->turn < next->turn);

      if (run->state == WEFT_KEPT_QUEUED && beyond && closer)
        next = run;
    }
  return next != NULL && set_turn (moved, next->turn) && set_turn (next, moved->turn);
}

/* ---- Checkpoints ---- */

static int
compare_steps (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *) a, other = *(const gint64 *) b;

  return (one > other) - (one < other);
}

/* weft_runs_steps:
 */
GArray *
weft_runs_steps (const char *run_folder)
{
  GArray          *steps = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autofree char *ring = g_build_filename (run_folder, WEFT_RUN_RING, NULL);
  g_autoptr (GDir) dir = g_dir_open (ring, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      char  *end;
      gint64 step = g_ascii_strtoll (name, &end, 10);

      if (g_ascii_isdigit (*name) && g_str_equal (end, ENDING))
        g_array_append_val (steps, step);
    }
  g_array_sort (steps, compare_steps);
  return steps;
}

/* weft_runs_checkpoint:
 */
char *
weft_runs_checkpoint (const char *run_folder, gint64 step)
{
  g_autofree char *name = g_strdup_printf ("%010" G_GINT64_FORMAT ENDING, step);

  return g_build_filename (run_folder, WEFT_RUN_RING, name, NULL);
}
