/* Compiled kernels on disk: $XDG_CACHE_HOME/weft/cuda/KEY, beside the CPU's.
 *
 * The directory belongs to this user alone. A file is its contents' SHA-256 and then the contents:
 * what is damaged is not taken and is made again. Files appear by rename alone; the oldest go when
 * there is too much.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "gpu/device.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#define HASH_CHARS 64
#define MAX_BYTES (G_GINT64_CONSTANT (256) << 20)

static char *
make_folder (void)
{
  char *folder = g_build_filename (g_get_user_cache_dir (), "weft", "cuda", NULL);

  g_mkdir_with_parents (folder, 0700);
  return folder;
}

char *
weft_cuda_load_binary (const char *key, gsize *size)
{
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, key, NULL);
  g_autofree char *contents = NULL, *hash = NULL;
  gsize            n = 0;

  if (!g_file_get_contents (path, &contents, &n, NULL))
    return NULL;
  if (n > HASH_CHARS)
    hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) contents + HASH_CHARS,
                                        n - HASH_CHARS);
  if (hash == NULL || memcmp (hash, contents, HASH_CHARS) != 0)
    {
      g_unlink (path);
      return NULL;
    }
  utime (path, NULL);
  *size = n - HASH_CHARS;
  memmove (contents, contents + HASH_CHARS, *size);
  contents[*size] = '\0';
  return g_steal_pointer (&contents);
}

typedef struct
{
  char  *path;
  gint64 used, bytes;
} File;

static void
file_clear (gpointer data)
{
  g_free (((File *) data)->path);
}

static int
compare_used (gconstpointer a, gconstpointer b)
{
  const File *x = a, *y = b;

  return x->used < y->used ? -1 : x->used > y->used;
}

static void
trim (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (File));
  const char *name;
  gint64      all = 0;

  g_array_set_clear_func (files, file_clear);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      File     file = { .path = g_build_filename (folder, name, NULL) };
      GStatBuf info;

      if (g_stat (file.path, &info) == 0)
        {
          file.used = info.st_mtime;
          file.bytes = info.st_size;
          all += file.bytes;
        }
      g_array_append_val (files, file);
    }
  g_array_sort (files, compare_used);
  for (guint i = 0; i < files->len && all > MAX_BYTES; i++)
    {
      const File *file = &g_array_index (files, File, i);

      g_unlink (file->path);
      all -= file->bytes;
    }
}

void
weft_cuda_keep_binary (const char *key, const char *binary, gsize size)
{
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, key, NULL);
  g_autofree char *hash =
    g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) binary, size);
  g_autoptr (GString) contents = g_string_new (hash);

  g_string_append_len (contents, binary, (gssize) size);
  if (g_file_set_contents (path, contents->str, (gssize) contents->len, NULL))
    trim (folder);
}
