/* CIFAR in its binary form: records of a label byte, then a byte a pixel, colour by colour.
 *
 * Gives pixels [32, 32, 3] with the colours last, as convolutions want them, and a label. CIFAR-100
 * has two labels before the pixels: coarse and fine.
 *
 * Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, and the
 * description at its download, section "Binary version".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages.h"
#include "engine/base/number-text.h"
#include "engine/dataset/readers-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#define SIDE 32
#define PIXELS (SIDE * SIDE)
#define COLOURS 3

/* What comes before the pixels of a record. */
static const char *const labels_of_10[] = { "label", NULL };
static const char *const labels_of_100[] = { "coarse", "fine", NULL };

/* By the size alone: both fit only files of 3073 * 3074 bytes and more; ten classes win there, if
 * all labels are below ten. */
static const char *const *
find_layout (const guint8 *data, gsize size)
{
  gsize    record = 1 + COLOURS * PIXELS;
  gboolean ten = size > 0 && size % record == 0;

  for (gsize i = 0; ten && i < size; i += record)
    ten = data[i] < 10;
  if (ten)
    return labels_of_10;
  record++;
  return size > 0 && size % record == 0 ? labels_of_100 : NULL;
}

static gboolean
fail_layout (const char *path, gsize size, GError **error)
{
  return weft_source_fail (
    path, error,
    _ ("byte %s: not whole CIFAR records; they have 3073 bytes with a label below 10 "
       "first, or 3074 for 100 classes"),
    WEFT_SIZE_TEXT (size));
}

static WeftArray *
read_pixels (const guint8 *data, gsize record, gsize before, gint64 n, GError **error)
{
  gint64     shape[] = { n, SIDE, SIDE, COLOURS };
  WeftArray *array = weft_pages_new_array (WEFT_U8, 4, shape, NULL, error);
  guint8    *out = array != NULL ? array->data : NULL;

  for (gint64 row = 0; array != NULL && row < n; row++)
    {
      const guint8 *in = data + (gsize) row * record + before;

      for (guint i = 0; i < PIXELS; i++)
        for (guint k = 0; k < COLOURS; k++)
          *out++ = in[k * PIXELS + i];
    }
  return array;
}

static GHashTable *
load (const char *path, const char *const *fields, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) bytes = weft_dataset_load (path, WEFT_DATASET_MAX_BYTES, cancellable, error);
  g_autoptr (GHashTable) arrays = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                         (GDestroyNotify) weft_array_unref);
  const char *const *labels;
  const guint8      *data;
  gsize              size, before, record;
  gint64             n;
  WeftArray         *pixels;

  if (bytes == NULL)
    return NULL;
  data = g_bytes_get_data (bytes, &size);
  labels = find_layout (data, size);
  if (labels == NULL)
    {
      fail_layout (path, size, error);
      return NULL;
    }
  before = g_strv_length ((char **) labels);
  record = before + COLOURS * PIXELS;
  n = (gint64) (size / record);
  pixels = read_pixels (data, record, before, n, error);
  if (pixels == NULL)
    return NULL;
  g_hash_table_insert (arrays, g_strdup ("pixels"), pixels);
  for (gsize k = 0; k < before; k++)
    {
      WeftArray *array = weft_array_new (WEFT_U8, 1, &n);

      for (gint64 i = 0; i < n; i++)
        ((guint8 *) array->data)[i] = data[(gsize) i * record + k];
      g_hash_table_insert (arrays, g_strdup (labels[k]), array);
    }
  return g_steal_pointer (&arrays);
}

WeftTable *
weft_cifar_read (WeftDatasetSpec       *spec,
                 const WeftSourceFiles *files,
                 GCancellable          *cancellable,
                 GError               **error)
{
  return weft_arrays_read (spec, files, load, cancellable, error);
}

/* ---- Guessing ---- */

/* The classes' names, from the file that lies beside the records; else their number. */
static void
set_classes (WeftJson *label, const char *path, guint n)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *meta = g_build_filename (folder, "batches.meta.txt", NULL);
  g_autoptr (GBytes) bytes = weft_dataset_load (meta, 1 << 16, NULL, NULL);
  WeftJson *names = weft_json_new_array ();

  if (bytes != NULL &&
      g_utf8_validate_len (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL))
    {
      g_autofree char *text =
        g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      g_auto (GStrv) lines = g_strsplit_set (text, "\r\n", -1);

      for (guint i = 0; lines[i] != NULL; i++)
        if (*g_strstrip (lines[i]) != '\0')
          weft_json_append (names, weft_json_new_string (lines[i]));
    }
  if (weft_json_length (names) == n)
    weft_json_set (label, "classes", names);
  else
    {
      weft_json_unref (names);
      weft_json_set_int (label, "classes", n);
    }
}

/* The file of the same folder with test records; NULL: none. */
static char *
find_test (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && strstr (base, "test") == NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "test") && g_str_has_suffix (name, ".bin"))
      return g_build_filename (folder, name, NULL);
  return NULL;
}

static WeftJson *
write_columns (const char *path, GHashTable *arrays)
{
  WeftJson   *columns = weft_json_new_array (), *ignored = weft_json_new_array ();
  WeftJson   *label = weft_json_new_object ();
  const char *name = g_hash_table_contains (arrays, "fine") ? "fine" : "label";

  weft_guess_add_array (columns, ignored, "pixels", "pixels",
                        g_hash_table_lookup (arrays, "pixels"));
  weft_json_unref (ignored);
  weft_json_set_string (label, "name", "label");
  if (strcmp (name, "label") != 0)
    weft_json_set_string (label, "from", name);
  set_classes (label, path, strcmp (name, "fine") == 0 ? 100 : 10);
  weft_json_append (columns, label);
  return columns;
}

WeftJson *
weft_cifar_guess (const char *path, GError **error)
{
  g_autoptr (GHashTable) arrays = load (path, NULL, NULL, error);
  g_autofree char *test = NULL;
  WeftJson        *spec, *files, *scale, *transforms;

  if (arrays == NULL)
    return NULL;
  test = find_test (path);
  spec = weft_json_new_object ();
  files = weft_json_new_object ();
  transforms = weft_json_new_array ();
  scale = weft_json_new_object ();
  weft_json_set_string (spec, "format", "cifar");
  weft_json_set_string (files, "train", path);
  if (test != NULL)
    weft_json_set_string (files, "test", test);
  weft_json_set (spec, "files", files);
  weft_json_set (spec, "columns", write_columns (path, arrays));
  weft_json_set_string (scale, "do", "scale");
  weft_json_set_string (scale, "column", "pixels");
  weft_json_set_number (scale, "by", 1.0 / 255);
  weft_json_append (transforms, scale);
  weft_json_set (spec, "transforms", transforms);
  weft_json_set_int (spec, "rows",
                     ((WeftArray *) g_hash_table_lookup (arrays, "pixels"))->shape[0]);
  return spec;
}
