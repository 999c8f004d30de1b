/* The folder of one run.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/run-folder.h"

#include "engine/base/file.h"
#include "engine/train/checkpoint.h"
#include "ui/curves/curve-export.h"
#include "ui/draw/format.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <math.h>
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
WeftKeptRun *
weft_run_folder_open (const char *folder)
{
  g_autofree char *log = g_build_filename (folder, WEFT_CHECKPOINT_LOG, NULL);
  g_autofree char *record = g_build_filename (folder, WEFT_RUN_FILE, NULL);
  if (!g_file_test (log, G_FILE_TEST_IS_REGULAR) && !g_file_test (folder, G_FILE_TEST_IS_REGULAR))
    return NULL;
  WeftKeptRun *run = weft_runs_open (folder);
  if (g_file_test (record, G_FILE_TEST_EXISTS))
    return run;
  g_clear_pointer (&run->problem, g_free);
  g_free (run->title);
  run->title = plain_title (folder);
  return run;
}

/* ---- Its log ---- */

static char *
log_path (const char *folder)
{
  return g_file_test (folder, G_FILE_TEST_IS_DIR)
           ? g_build_filename (folder, WEFT_CHECKPOINT_LOG, NULL)
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
 * @folder: of a run, or a log
 *
 * Returns: (transfer full): its last values in words; "" where there are none
 */
char *
weft_run_folder_dup_note (const char *folder)
{
  g_autofree char *path = log_path (folder);
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
 * @folder: of a run
 *
 * Returns: (transfer full) (nullable): the document as it ran
 */
WeftJson *
weft_run_folder_read_document (const char *folder)
{
  return read_json (folder, WEFT_RUN_DOCUMENT);
}

/**
 * weft_run_folder_read:
 * @folder: of a run, or a log
 * @last: the last step that counts; INFINITY: all
 *
 * Returns: (transfer full): what it measured; NULL on error
 * Errors: G_FILE_ERROR, G_IO_ERROR_CANCELLED
 */
WeftRunData *
weft_run_folder_read (const char *folder, double last, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = log_path (folder);
  g_autoptr (WeftJson) document = read_json (folder, WEFT_RUN_DOCUMENT);
  WeftLogReport report;
  double        batch = weft_json_get_number (weft_json_get (document, "training"), "batch", 1);
  return weft_run_data_read (path, batch, last, &report, cancellable, error);
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
  g_autoptr (WeftKeptRun) run = weft_run_folder_open (folder);
  g_autoptr (WeftRunData) data = weft_run_folder_read (folder, INFINITY, NULL, error);
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
