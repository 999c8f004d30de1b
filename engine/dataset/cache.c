/* The transform "cache": the rows as they are at that place, kept on disk for the next opening.
 *
 * Pictures need not be decoded again, nor texts parsed. A folder a table lies in the folder for
 * caches, with an NPY file a column; its name is made of the specification and of the sizes and
 * times of the files, so what has changed is another table. The tables used longest ago are thrown
 * away. Whatever is wrong with a cache, the rows are read from where they come.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/cache-private.h"

#include "engine/dataset/pages.h"

#include <string.h>
#include <utime.h>
#include <glib/gstdio.h>

/* Tables that are kept. */
#define MAX_TABLES 16
/* Larger columns of pictures or texts are rare, and are read from their files. */
#define MAX_COLUMN_BYTES ((gsize) 4 << 30)

/* ---- Names ---- */

static char *
dup_root (void)
{
  return g_build_filename (g_get_user_cache_dir (), "weft", "tables", NULL);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Names, sizes and times of what lies in the folder of a folder source, two levels deep. */
static void
add_folder (GChecksum *sum, const char *folder, guint depth)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
      g_autofree char *line = NULL;
      GStatBuf         about;

      if (g_stat (path, &about) != 0)
        continue;
      line =
        g_strdup_printf ("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", (char *) names->pdata[i],
                         (gint64) about.st_size, (gint64) about.st_mtime);
      g_checksum_update (sum, (guchar *) line, -1);
      if (S_ISDIR (about.st_mode) && depth > 0)
        add_folder (sum, path, depth - 1);
    }
}

static char *
dup_folder (const WeftDatasetSpec *spec, guint part)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *root = dup_root (), *state = weft_dataset_dup_state ((WeftDatasetSpec *) spec),
                  *name = NULL;

  g_checksum_update (sum, (guchar *) WEFT_VERSION, -1);
  g_checksum_update (sum, (guchar *) spec->key, -1);
  g_checksum_update (sum, (guchar *) state, -1);
  if ((spec->source->flags & WEFT_SOURCE_FOLDER) != 0)
    add_folder (sum, spec->files[part].paths[0], 1);
  name = g_strdup_printf ("%s-%u", g_checksum_get_string (sum), part);
  return g_build_filename (root, name, NULL);
}

/* ---- Throwing away ---- */

static void
remove_table (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

typedef struct
{
  char  *path;
  gint64 used;
} Kept;

static int
compare_kept (gconstpointer a, gconstpointer b)
{
  gint64 x = ((const Kept *) a)->used, y = ((const Kept *) b)->used;

  return (x < y) - (x > y);
}

static void
clear_kept (gpointer data)
{
  g_free (((Kept *) data)->path);
}

static void
remove_old_tables (void)
{
  g_autofree char *root = dup_root ();
  g_autoptr (GDir) dir = g_dir_open (root, 0, NULL);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Kept));
  const char *name;

  g_array_set_clear_func (all, clear_kept);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      Kept     kept = { g_build_filename (root, name, NULL), 0 };
      GStatBuf about;

      if (g_stat (kept.path, &about) == 0)
        kept.used = about.st_mtime;
      g_array_append_val (all, kept);
    }
  g_array_sort (all, compare_kept);
  for (guint i = MAX_TABLES; i < all->len; i++)
    remove_table (g_array_index (all, Kept, i).path);
}

/* ---- Columns ---- */

static char *
dup_path (const char *folder, guint column, const char *what)
{
  g_autofree char *name = g_strdup_printf ("%u-%s.npy", column, what);

  return g_build_filename (folder, name, NULL);
}

/* Rows that follow each other: windows over the same numbers are written out. */
static gboolean
write_column (const WeftTable *table, guint c, const char *folder)
{
  const WeftArray *from = table->arrays[c];
  gint64           shape[] = { table->n_rows, table->elements[c] };
  gsize            row = (gsize) shape[1] * weft_dtype_size (from->dtype);
  gint64           step = table->strides[c] * (gint64) weft_dtype_size (from->dtype);
  g_autofree char *path = dup_path (folder, c, "values"),
                  *marks_path = dup_path (folder, c, "missing");
  g_autoptr (WeftArray) array = NULL, marks = NULL;

  if (row * (gsize) shape[0] > MAX_COLUMN_BYTES)
    return FALSE;
  array = weft_array_try_new (from->dtype, 2, shape, NULL);
  if (table->missing[c] != NULL)
    marks = weft_array_try_new (WEFT_U8, 2, shape, NULL);
  if (array == NULL || (table->missing[c] != NULL && marks == NULL))
    return FALSE;
  for (gint64 i = 0; i < shape[0]; i++)
    {
      memcpy ((char *) array->data + (gsize) i * row, (const char *) from->data + i * step, row);
      if (marks != NULL)
        memcpy ((char *) marks->data + i * shape[1],
                (const char *) g_bytes_get_data (table->missing[c], NULL) + i * table->strides[c],
                (gsize) shape[1]);
    }
  return weft_npy_write (path, array, NULL) &&
         (marks == NULL || weft_npy_write (marks_path, marks, NULL));
}

static WeftArray *
read_array (const char *path, gint64 elements)
{
  g_autoptr (GBytes) bytes = g_file_test (path, G_FILE_TEST_EXISTS)
                               ? weft_dataset_load (path, WEFT_DATASET_MAX_BYTES, NULL, NULL)
                               : NULL;
  g_autoptr (WeftArray) array = bytes != NULL ? weft_npy_view (path, bytes, NULL) : NULL;

  return array != NULL && array->rank == 2 && array->shape[1] == elements ? g_steal_pointer (&array)
                                                                          : NULL;
}

static gboolean
read_column (WeftTable *table, guint c, const char *folder)
{
  g_autofree char *path = dup_path (folder, c, "values"),
                  *marks_path = dup_path (folder, c, "missing");
  g_autoptr (WeftArray) marks = NULL, read = NULL;

  table->arrays[c] = read_array (path, table->elements[c]);
  if (table->arrays[c] == NULL || (c > 0 && table->arrays[c]->shape[0] != table->n_rows))
    return FALSE;
  table->n_rows = table->arrays[c]->shape[0];
  table->strides[c] = table->elements[c];
  marks = read_array (marks_path, table->elements[c]);
  if (marks == NULL)
    return !g_file_test (marks_path, G_FILE_TEST_EXISTS);
  if (marks->dtype != WEFT_U8 || marks->shape[0] != table->n_rows)
    return FALSE;
  table->missing[c] = g_bytes_new (marks->data, marks->n_bytes);
  read = table->arrays[c];
  table->arrays[c] =
    weft_pages_cast (read, read->dtype, NULL); /* what is missing is filled in there */
  return table->arrays[c] != NULL;
}

/* ---- Tables ---- */

/**
 * weft_cache_read:
 *
 * Returns: (transfer full) (nullable): the rows of @part as they were at the transform "cache";
 * %NULL: they are not kept
 */
WeftTable *
weft_cache_read (const WeftDatasetSpec *spec, guint part)
{
  g_autofree char *folder = dup_folder (spec, part);
  g_autoptr (WeftTable) table = NULL;

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    return NULL;
  table = weft_table_new (spec->n_cached);
  for (guint c = 0; c < table->n_columns; c++)
    {
      table->elements[c] = spec->cached[c];
      if (!read_column (table, c, folder))
        {
          remove_table (folder); /* what is damaged gives way to what is right */
          return NULL;
        }
    }
  g_utime (folder, NULL);
  return g_steal_pointer (&table);
}

/** weft_cache_write: keeps the rows of @part; does nothing where the disk does not let it. */
void
weft_cache_write (const WeftDatasetSpec *spec, guint part, const WeftTable *table)
{
  g_autofree char *folder = dup_folder (spec, part), *root = dup_root (), *draft = NULL;
  gboolean         good = table->n_rows > 0;

  g_mkdir_with_parents (root, 0700);
  draft = g_build_filename (root, "draft-XXXXXX", NULL);
  if (g_mkdtemp (draft) == NULL)
    return;
  for (guint c = 0; good && c < table->n_columns; c++)
    good = write_column (table, c, draft);
  if (!good || g_rename (draft, folder) != 0)
    remove_table (draft);
  remove_old_tables ();
}
