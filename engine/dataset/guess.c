/* Guessing the specification of a file that a person drops on the canvas.
 *
 * The result is an ordinary specification, for people to look at and change. CSV is in guess-csv.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/readers-private.h"

#include "engine/base/file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

/* ---- IDX ---- */

/* @path with @from in its file name replaced; NULL if that is no file. */
static char *
find_sibling (const char *path, const char *from, const char *to)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *sibling = NULL;
  const char      *at = strstr (name, from);

  if (at == NULL)
    return NULL;
  sibling = g_strdup_printf ("%s%c%.*s%s%s", folder, G_DIR_SEPARATOR, (int) (at - name), name, to,
                             at + strlen (from));
  return g_file_test (sibling, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&sibling) : NULL;
}

/* {"images": ..., "labels": ...} of one split. */
static WeftJson *
pair_files (const char *images, const char *labels)
{
  WeftJson *pair = weft_json_new_object ();

  weft_json_set_string (pair, "images", images);
  if (labels != NULL)
    weft_json_set_string (pair, "labels", labels);
  return pair;
}

static WeftJson *
make_transform (const char *what, const char *column)
{
  WeftJson *transform = weft_json_new_object ();

  weft_json_set_string (transform, "do", what);
  weft_json_set_string (transform, "column", column);
  return transform;
}

static void
add_values (WeftJson *columns, WeftJson *transforms, const WeftSourceColumn *peeked)
{
  const char *name = peeked->dtype == WEFT_U8 && peeked->rank >= 2 ? "pixels" : "values";
  WeftJson   *column = weft_json_new_object ();
  WeftJson   *shape = weft_json_new_array ();

  for (guint i = 0; i < peeked->rank; i++)
    weft_json_append (shape, weft_json_new_int (peeked->shape[i]));
  weft_json_set_string (column, "name", name);
  weft_json_set_string (column, "from", "images");
  weft_json_set_string (column, "type", weft_dtypes[peeked->dtype].name);
  weft_json_set (column, "shape", shape);
  weft_json_append (columns, column);
  if (peeked->dtype == WEFT_U8)
    {
      WeftJson *scale = make_transform ("scale", name);

      weft_json_set_number (scale, "by", 1.0 / 255);
      weft_json_append (transforms, scale);
    }
  if (peeked->rank > 1)
    weft_json_append (transforms, make_transform ("flatten", name));
}

static void
add_label (WeftJson *columns, const char *from, gint64 n_classes)
{
  WeftJson *column = weft_json_new_object ();

  weft_json_set_string (column, "name", "label");
  weft_json_set_string (column, "from", from);
  weft_json_set_int (column, "classes", n_classes);
  weft_json_append (columns, column);
}

WeftJson *
weft_idx_guess (const char *path, GError **error)
{
  g_autofree char *labels = find_sibling (path, "images-idx3", "labels-idx1");
  g_autofree char *test = find_sibling (path, "train-images", "t10k-images");
  g_autofree char *test_labels =
    test != NULL ? find_sibling (test, "images-idx3", "labels-idx1") : NULL;
  WeftSourceColumn values = { 0 }, label = { 0 };
  gint64           n_rows, n_classes, n_labels = 0, label_classes = 0;
  WeftJson        *spec, *files, *columns, *transforms;

  if (!weft_idx_peek (path, &values, &n_rows, &n_classes, error))
    return NULL;
  if (labels != NULL && (!weft_idx_peek (labels, &label, &n_labels, &label_classes, NULL) ||
                         n_labels != n_rows || label_classes < 1))
    g_clear_pointer (&labels, g_free);
  if ((labels != NULL) != (test_labels != NULL))
    g_clear_pointer (&test, g_free);

  spec = weft_json_new_object ();
  files = weft_json_new_object ();
  columns = weft_json_new_array ();
  transforms = weft_json_new_array ();
  weft_json_set (files, "train", pair_files (path, labels));
  if (test != NULL)
    weft_json_set (files, "test", pair_files (test, test_labels));
  if (values.rank == 0 && n_classes > 0)
    add_label (columns, "images", n_classes);
  else
    add_values (columns, transforms, &values);
  if (labels != NULL)
    add_label (columns, "labels", label_classes);
  weft_json_set_string (spec, "format", "idx");
  weft_json_set (spec, "files", files);
  weft_json_set (spec, "columns", columns);
  weft_json_set (spec, "transforms", transforms);
  weft_json_set_int (spec, "rows", n_rows);
  return spec;
}

/* ---- Text ---- */

#define GUESSED_WINDOW 64

static int
compare_characters (gconstpointer a, gconstpointer b)
{
  gunichar x = *(const gunichar *) a, y = *(const gunichar *) b;

  return (x > y) - (x < y);
}

/* All characters of the text, sorted; NULL if it is not UTF-8 or has more than 256, and so is
 * read as bytes. */
static char *
list_characters (const char *data, gsize size)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (gunichar));
  GString *out;

  if (!g_utf8_validate_len (data, size, NULL))
    return NULL;
  for (const char *c = data; c < data + size; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (!g_hash_table_add (seen, GUINT_TO_POINTER (character)))
        continue;
      if (list->len == 256)
        return NULL;
      g_array_append_val (list, character);
    }
  g_array_sort (list, compare_characters);
  out = g_string_new (NULL);
  for (guint i = 0; i < list->len; i++)
    g_string_append_unichar (out, g_array_index (list, gunichar, i));
  return g_string_free (out, FALSE);
}

WeftJson *
weft_text_guess (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = weft_dataset_load (path, WEFT_DATASET_MAX_BYTES, NULL, error);
  g_autofree char *characters = NULL;
  gsize            size;
  const char      *data = bytes == NULL ? NULL : g_bytes_get_data (bytes, &size);
  gint64           window = bytes == NULL ? 0 : MIN (GUESSED_WINDOW, (gint64) size / 2);
  WeftJson        *spec;

  if (bytes == NULL)
    return NULL;

  if (window < 1)
    {
      g_autofree char *name = g_filename_display_name (path);

      g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
                   _ ("%s:1: the text is too short to cut windows from"), name);
      return NULL;
    }
  characters = list_characters (data, size);
  spec = weft_json_new_object ();
  weft_json_set_string (spec, "format", "text");
  weft_json_set_string (spec, "file", path);
  if (characters != NULL)
    weft_json_set_string (spec, "characters", characters);
  weft_json_set_int (spec, "window", window);
  weft_json_set_int (spec, "step", window);
  return spec;
}

/* ---- Which of them ---- */

/* The source that the file's first bytes, else its name, speak of. */
static const WeftSource *
find_source (const char *path, GError **error)
{
  g_autoptr (GBytes) head = weft_dataset_peek (path, WEFT_DATASET_HEAD_BYTES, error);

  if (head == NULL)
    return NULL;
  for (guint i = 0; i < weft_n_sources && g_file_test (path, G_FILE_TEST_IS_DIR); i++)
    if ((weft_sources[i].flags & WEFT_SOURCE_FOLDER) != 0)
      return &weft_sources[i];
  for (guint i = 0; i < weft_n_sources; i++)
    if (weft_sources[i].matches != NULL &&
        weft_sources[i].matches (g_bytes_get_data (head, NULL), g_bytes_get_size (head)))
      return &weft_sources[i];
  return weft_source_of_path (path);
}

static gboolean
ends_with_any (const char *name, const char *const *endings)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; endings[i] != NULL; i++)
    if (g_str_has_suffix (lower, endings[i]))
      return TRUE;
  return FALSE;
}

/* Files that people have, which cannot be read: what to do with them instead. */
static gboolean
check_kind (const char *path, GError **error)
{
  static const char *const pictures[] = { ".png", ".jpg", ".jpeg", NULL };
  static const char *const others[] = { ".safetensors", ".weft", NULL };
  static const char *const sheets[] = { ".xlsx", ".xlsm", ".xls", ".ods", ".numbers", NULL };
  static const char *const binaries[] = { ".parquet", ".feather", ".arrow", ".pkl",
                                          ".pickle", ".mat", ".sav", ".dta",
                                          ".rds", ".sqlite", ".db", NULL };
  static const char *const archives[] = { ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z",
                                          ".rar", ".bz2", ".xz", ".zst", NULL };

  if (strstr (path, "://") != NULL && !g_file_test (path, G_FILE_TEST_EXISTS))
    return weft_source_fail (path, error,
                             _ ("an address on the network; download the file, then open it"));
  if (ends_with_any (path, sheets))
    return weft_source_fail (
      path, error,
      _ ("a workbook; save its sheet as CSV in the program that made it, then open that"));
  if (ends_with_any (path, binaries))
    return weft_source_fail (path, error,
                             _ ("a table of another program; write it as CSV there, such as by "
                                "pandas' to_csv, then open that"));
  if (ends_with_any (path, archives))
    return weft_source_fail (
      path, error,
      _ ("an archive that cannot be opened here; unpack it, then open what was in it"));
  if (ends_with_any (path, pictures))
    return weft_source_fail (
      path, error,
      _ ("a single picture; open the folder that has a folder of pictures for each class"));
  if (ends_with_any (path, others))
    {
      g_autofree char *all = weft_source_list ();

      return weft_source_fail (path, error,
                               _ ("not a data set that can be read; these kinds can be: %s"), all);
    }
  return TRUE;
}

/**
 * weft_dataset_guess:
 * @path: a file of one of the kinds in sources.c, also packed with gzip
 *
 * Reads the file to see what it holds. For tables: whether the first line names the columns, which
 * columns are numbers and which categories; the last usable one is what is to be predicted. Any
 * thread.
 *
 * Errors: #WEFT_DATASET_ERROR_FILE naming file and line or byte.
 *
 * Returns: (transfer full): a specification with absolute paths
 */
WeftJson *
weft_dataset_guess (const char *path, GError **error)
{
  static const char *const archives[] = { ".zip", NULL };
  g_autofree char         *full = g_canonicalize_filename (path, NULL);
  g_autoptr (GError) local = NULL;
  const WeftSource *source;

  if (!check_kind (path, error))
    return NULL;
  if (ends_with_any (full, archives))
    {
      char *inside = weft_zip_find (full, error);

      if (inside == NULL)
        return NULL;
      g_free (full);
      full = inside;
    }
  source = find_source (full, &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (source == NULL)
    source = weft_source_find ("csv");
  return source->guess (full, error);
}

/**
 * weft_dataset_guess_as:
 * @format: a source of sources.c, such as "words" for a text
 *
 * Like weft_dataset_guess(), but the kind is given.
 *
 * Returns: (transfer full): a specification with absolute paths
 */
WeftJson *
weft_dataset_guess_as (const char *path, const char *format, GError **error)
{
  const WeftSource *source = weft_source_find (format);
  g_autofree char  *full = g_canonicalize_filename (path, NULL);

  if (source != NULL && source->guess != NULL)
    return source->guess (full, error);
  weft_spec_fail (error, _ ("data set: files of the kind “%s” cannot be guessed"), format);
  return NULL;
}

/**
 * weft_dataset_guess_table:
 * @text: a table as spreadsheets put it on the clipboard: a line a row, tabs between the fields
 *
 * Returns: (transfer full): a specification that holds the text
 */
WeftJson *
weft_dataset_guess_table (const char *text, GError **error)
{
  g_autofree char *path = NULL;
  int              file = g_file_open_tmp ("weft-table-XXXXXX.tsv", &path, error);
  WeftJson        *spec = NULL;

  if (file < 0)
    return NULL;
  if (weft_file_write_all (file, text, strlen (text)))
    spec = weft_guess_csv (path, error);
  else
    g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, "%s: %s", path,
                 g_strerror (errno));
  close (file);
  g_unlink (path);
  if (spec == NULL)
    return NULL;
  weft_json_remove (spec, "file");
  weft_json_remove (spec, "format");
  weft_json_set_string (spec, "table", text);
  if (weft_json_get (spec, "delimiter") == NULL)
    weft_json_set_string (spec, "delimiter", ",");
  return spec;
}
