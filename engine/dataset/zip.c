/* Files in ZIP archives: "folder/archive.zip/inside/name.csv" names one.
 *
 * No file is made by its name, so names in the archive can do no harm; what is allocated follows
 * the bytes that come out, and stops where a bomb begins.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages.h"
#include "engine/dataset/source-private.h"

#include <string.h>
#include <zip.h>
#include <glib/gi18n-lib.h>

#define CHUNK ((gsize) 1 << 20)
/* As for gzip: data pack 2 to 50 times. */
#define MAX_RATIO 250
#define ALWAYS_ALLOWED ((guint64) 64 << 20)

static void
close_member (zip_file_t *file)
{
  zip_fclose (file);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (zip_t, zip_discard)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (zip_file_t, close_member)

/* Cuts @path into an archive that is there and what lies in it; FALSE: it names no such thing. */
gboolean
weft_zip_split (const char *path, char **archive, char **member)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (const char *at = strstr (lower, ".zip/"); at != NULL; at = strstr (at + 1, ".zip/"))
    {
      g_autofree char *front = g_strndup (path, (gsize) (at - lower) + 4);

      if (!g_file_test (front, G_FILE_TEST_IS_REGULAR))
        continue;
      *archive = g_steal_pointer (&front);
      *member = g_strdup (path + (at - lower) + 5);
      return TRUE;
    }
  return FALSE;
}

static zip_t *
open_archive (const char *archive, GError **error)
{
  int    code = 0;
  zip_t *zip = zip_open (archive, ZIP_RDONLY | ZIP_CHECKCONS, &code);

  if (zip == NULL)
    {
      zip_error_t why;

      zip_error_init_with_code (&why, code);
      weft_source_fail (archive, error, _ ("not a ZIP archive that can be read: %s"),
                        zip_error_strerror (&why));
      zip_error_fini (&why);
    }
  return zip;
}

/* Another piece to @out, where @size bytes are. @n: how much; 0 at the end. */
static gboolean
read_piece (zip_file_t *file,
            const char *path,
            guint64     limit,
            WeftBuffer *out,
            gsize       size,
            gsize      *n,
            GError    **error)
{
  g_autoptr (GError) local = NULL;
  zip_int64_t given;

  if (size > limit)
    return weft_source_fail (path, error, _ ("unpacks to far more than data do; unpack the file "
                                             "yourself if it is meant to"));
  if (!weft_buffer_reserve (out, size + CHUNK, &local))
    return weft_source_fail (path, error, "%s", local->message);
  given = zip_fread (file, out->data + size, CHUNK);
  if (given < 0)
    return weft_source_fail (path, error, _ ("the packed data are damaged: %s"),
                             zip_error_strerror (zip_file_get_error (file)));
  if (out->file >= 0)
    weft_pages_touched ((gsize) given);
  *n = (gsize) given;
  return TRUE;
}

/* @promised: bytes that the archive says it unpacks to; 0: nothing. */
static GBytes *
read_all (zip_file_t   *file,
          const char   *path,
          guint64       limit,
          guint64       promised,
          GCancellable *cancellable,
          GError      **error)
{
  WeftBuffer out = WEFT_BUFFER_INIT;
  gsize      size = 0, n = 1;
  gboolean   good = TRUE;

  while (good && n > 0)
    {
      good = !g_cancellable_set_error_if_cancelled (cancellable, error) &&
             read_piece (file, path, limit, &out, size, &n, error);
      size += good ? n : 0;
      weft_dataset_report (size, (gsize) promised);
    }
  if (good)
    return weft_buffer_steal (&out, size);
  weft_buffer_clear (&out);
  return NULL;
}

/* Errors: #WEFT_DATASET_ERROR_FILE, #G_IO_ERROR_CANCELLED. */
GBytes *
weft_zip_load (
  const char *archive, const char *member, gsize limit, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_build_filename (archive, member, NULL);
  g_autoptr (zip_t) zip = open_archive (archive, error);
  g_autoptr (zip_file_t) file = NULL;
  zip_stat_t  stat;
  zip_int64_t index;
  guint64     most;

  if (zip == NULL)
    return NULL;
  index = zip_name_locate (zip, member, 0);
  if (index < 0 || zip_stat_index (zip, (zip_uint64_t) index, 0, &stat) != 0)
    {
      weft_source_fail (archive, error, _ ("there is no file “%s” in it"), member);
      return NULL;
    }
  file = zip_fopen_index (zip, (zip_uint64_t) index, 0);
  if (file == NULL)
    {
      weft_source_fail (path, error, _ ("cannot be unpacked: %s"), zip_strerror (zip));
      return NULL;
    }
  most = MAX (ALWAYS_ALLOWED, (stat.valid & ZIP_STAT_COMP_SIZE) != 0 &&
                                  stat.comp_size < G_MAXUINT64 / MAX_RATIO
                                ? stat.comp_size * MAX_RATIO
                                : 0);
  return read_all (file, path, MIN ((guint64) limit, most),
                   (stat.valid & ZIP_STAT_SIZE) != 0 ? stat.size : 0, cancellable, error);
}

/* The path of the first file in @archive that a source reads. */
char *
weft_zip_find (const char *archive, GError **error)
{
  g_autoptr (zip_t) zip = open_archive (archive, error);
  zip_int64_t n = zip != NULL ? zip_get_num_entries (zip, 0) : 0;

  if (zip == NULL)
    return NULL;
  for (zip_int64_t i = 0; i < n; i++)
    {
      const char *name = zip_get_name (zip, (zip_uint64_t) i, 0);

      if (name != NULL && strstr (name, "__MACOSX") == NULL && g_utf8_validate (name, -1, NULL) &&
          weft_source_of_path (name) != NULL)
        return g_build_filename (archive, name, NULL);
    }
  weft_source_fail (archive, error, _ ("no file in it is a data set that can be read"));
  return NULL;
}
