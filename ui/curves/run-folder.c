/* The folder of one run.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/run-folder.h"

#include "engine/train/runs.h"

#include "engine/base/file.h"
#include "ui/curves/curve-export.h"
#include "ui/draw/format.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_JSON_BYTES ((gsize) 1 << 26)
/* The last values stand in the last lines. */
#define TAIL_BYTES 16384

static WeftJson *
read_json (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GBytes) bytes =
    g_file_test (path, G_FILE_TEST_IS_REGULAR) ? weft_file_read (path, MAX_JSON_BYTES, NULL) : NULL;
  gsize       size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;
  return text != NULL ? weft_json_parse (text, (gssize) size, NULL) : NULL;
}

/**
 * weft_run_folder_free:
 * @run: (nullable) (transfer full): a run
 */
void
weft_run_folder_free (WeftRunFolder *run)
{
  if (run == NULL)
    return;
  g_free (run->folder);
  g_free (run->title);
  g_free (run->state);
  g_free (run->when);
  g_free (run);
}

/* A log alone is called as its file is. */
static char *
plain_title (const char *folder)
{
  char *name = g_path_get_basename (folder);
  if (g_str_has_suffix (name, ".jsonl"))
    name[strlen (name) - strlen (".jsonl")] = '\0';
  return name;
}

/**
 * weft_run_folder_open:
 * @folder: of a run, or a log
 *
 * Returns: (transfer full) (nullable): the run; NULL: there is no log
 */
WeftRunFolder *
weft_run_folder_open (const char *folder)
{
  g_autofree char *log = g_build_filename (folder, "log.jsonl", NULL);
  g_autoptr (WeftJson) json = read_json (folder, "run.json");
  if (!g_file_test (log, G_FILE_TEST_IS_REGULAR) && !g_file_test (folder, G_FILE_TEST_IS_REGULAR))
    return NULL;
  WeftRunFolder   *run = g_new0 (WeftRunFolder, 1);
  g_autofree char *name = plain_title (folder);
  const char      *title = weft_json_get_string (json, "title", "");
  run->folder = g_strdup (folder);
  run->number = (guint) weft_json_get_int (json, "number", atoi (name));
  run->state = g_strdup (weft_json_get_string (json, "state", ""));
  run->when = g_strdup (weft_json_get_string (json, "when", ""));
  run->title = *title != '\0' ? g_strdup (title)
               : json != NULL ? g_strdup_printf (_ ("Run %u"), run->number)
                              : g_strdup (name);
  return run;
}

static gint
newest_first (gconstpointer a, gconstpointer b)
{
  const WeftRunFolder *one = *(WeftRunFolder *const *) a, *two = *(WeftRunFolder *const *) b;
  return one->number < two->number ? 1 : one->number > two->number ? -1
                                                                   : 0;
}

/**
 * weft_run_folders:
 * @folder: (nullable): of runs
 *
 * Returns: (transfer full) (element-type WeftRunFolder): the runs, newest first
 */
GPtrArray *
weft_run_folders (const char *folder)
{
  GPtrArray *runs = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_run_folder_free);
  g_autoptr (GDir) dir = folder != NULL ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      WeftRunFolder   *run = g_ascii_isdigit (*name) && g_file_test (path, G_FILE_TEST_IS_DIR)
                               ? weft_run_folder_open (path)
                               : NULL;
      if (run != NULL)
        g_ptr_array_add (runs, run);
    }
  g_ptr_array_sort (runs, newest_first);
  return runs;
}

/* ---- Its log ---- */

static char *
log_path (const char *folder)
{
  return g_file_test (folder, G_FILE_TEST_IS_DIR) ? g_build_filename (folder, "log.jsonl", NULL)
                                                  : g_strdup (folder);
}

static void
line_cb (const WeftLogLine *line, gpointer data)
{
  weft_run_data_add_line (data, line);
}

static void
append_value (GString *text, const char *label, const char *name, double value)
{
  g_autofree char *number = strstr (name, "accuracy") != NULL
                              ? g_strdup_printf ("%.1f%%", 100 * value)
                              : weft_format_value (value);
  g_string_append_printf (text, "%s%s %s", text->len > 0 ? "  " : "", label, number);
}

/* The loss, and of validation what says most: the accuracy, else the loss. */
static char *
describe (WeftRunData *data)
{
  GString            *text = g_string_new (NULL);
  const WeftRunCurve *valid = NULL;
  for (guint i = 0; i < data->curves->len; i++)
    {
      const WeftRunCurve *curve = g_ptr_array_index (data->curves, i);
      guint               n = weft_series_n (curve->train);
      if (i == 0 && n > 0)
        append_value (text, curve->name, curve->name, weft_series_y (curve->train, n - 1));
      if (weft_series_n (curve->validation) > 0 &&
          (valid == NULL || strstr (curve->name, "accuracy") != NULL))
        valid = curve;
    }
  if (valid != NULL)
    append_value (text, _ ("valid"), valid->name,
                  weft_series_y (valid->validation, weft_series_n (valid->validation) - 1));
  return g_string_free (text, FALSE);
}

/**
 * weft_run_folder_dup_note:
 * @run: a run
 *
 * Returns: (transfer full): its last values in words; "" where there are none
 */
char *
weft_run_folder_dup_note (const WeftRunFolder *run)
{
  g_autofree char *path = log_path (run->folder);
  g_autofree char *tail = g_malloc (TAIL_BYTES);
  g_autoptr (WeftRunData) data = weft_run_data_new ();
  WeftLogReport report;
  int           file = open (path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return g_strdup ("");
  off_t  size = lseek (file, 0, SEEK_END);
  gssize n = pread (file, tail, TAIL_BYTES, MAX (size - TAIL_BYTES, 0));
  close (file);
  const char *begin = tail;
  if (size > TAIL_BYTES && n > 0)
    {
      const char *stop = memchr (tail, '\n', (gsize) n);
      begin = stop != NULL ? stop + 1 : tail + n;
    }
  if (n > 0)
    weft_log_read_text (begin, (gsize) (tail + n - begin), line_cb, data, &report);
  return describe (data);
}

/**
 * weft_run_folder_read_document:
 * @run: a run
 *
 * Returns: (transfer full) (nullable): the document as it ran
 */
WeftJson *
weft_run_folder_read_document (const WeftRunFolder *run)
{
  return read_json (run->folder, "document.weft");
}

/**
 * weft_run_folder_read:
 * @folder: of a run, or a log
 *
 * Returns: (transfer full): what it measured; NULL on error
 * Errors: G_FILE_ERROR, G_IO_ERROR_CANCELLED
 */
WeftRunData *
weft_run_folder_read (const char *folder, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = log_path (folder);
  g_autoptr (WeftJson) document = read_json (folder, "document.weft");
  WeftLogReport report;
  double        batch = weft_json_get_number (weft_json_get (document, "training"), "batch", 1);
  return weft_run_data_read (path, batch, &report, cancellable, error);
}

/**
 * weft_run_folder_export:
 * @folder: of a run, or a log
 * @path: where to
 *
 * Errors: G_FILE_ERROR, WEFT_CURVES_ERROR
 */
gboolean
weft_run_folder_export (const char *folder, const char *path, GError **error)
{
  g_autoptr (WeftRunFolder) run = weft_run_folder_open (folder);
  g_autoptr (WeftRunData) data = weft_run_folder_read (folder, NULL, error);
  g_autoptr (GPtrArray) arts =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_chart_art_free);
  const char *title = run != NULL ? run->title : folder;
  if (data == NULL)
    return FALSE;
  for (guint i = 0; i < data->curves->len; i++)
    {
      WeftChartArt *art =
        weft_chart_art_new (((WeftRunCurve *) g_ptr_array_index (data->curves, i))->name);
      weft_chart_art_add (art, data, title, 0);
      g_ptr_array_add (arts, art);
    }
  if (g_str_has_suffix (path, ".tensorboard") && arts->len > 0)
    return weft_curves_write_tensorboard (((WeftChartArt *) g_ptr_array_index (arts, 0))->tracks,
                                          path, 0, error);
  return weft_curves_write (arts, path, NULL, error);
}

/* ---- Changes ---- */

/**
 * weft_run_folder_rename:
 * @run: a run
 * @title: its new title
 *
 * Errors: G_FILE_ERROR
 */
gboolean
weft_run_folder_rename (const WeftRunFolder *run, const char *title, GError **error)
{
  return weft_runs_rename (run->folder, title, error);
}

/**
 * weft_run_folder_remove:
 * @run: a run
 *
 * Removes it from the disk, with its checkpoints.
 *
 * Errors: G_IO_ERROR, G_FILE_ERROR
 */
gboolean
weft_run_folder_remove (const WeftRunFolder *run, GError **error)
{
  return weft_runs_remove (run->folder, error);
}
