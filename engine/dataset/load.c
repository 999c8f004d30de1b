/* Files into memory, gzip unpacked on the way; a file that is larger than data may take in memory
 * is mapped, and what unpacks to more is unpacked onto the disk.
 *
 * What is allocated follows the bytes that are there, never a number in the file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/source-private.h"

#include "engine/base/file.h"
#include "engine/dataset/pages.h"

#include <string.h>
#include <glib/gstdio.h>
#include <glib/gi18n-lib.h>

/* Unpacked between two looks at the cancellable. */
#define CHUNK ((gsize) 1 << 20)

/* gzip reaches 1032:1 on zeros alone; data pack 2 to 50 times. What goes far beyond is a bomb,
 * or holds nothing: small files may, large ones may not. */
#define MAX_RATIO 250
#define ALWAYS_ALLOWED ((gsize) 64 << 20)

typedef struct
{
  const char *path;
  gsize       limit;
  WeftBuffer  to;
  gsize       size;
} Output;

static gboolean
fail (const Output *out, gsize offset, const char *what, GError **error)
{
  g_autofree char *name = g_filename_display_name (out->path);

  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
               "%s: byte %" G_GSIZE_FORMAT ": %s", name, offset, what);
  return FALSE;
}

/* Room for another chunk. */
static gboolean
make_room (Output *out, gsize offset, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (out->size > out->limit)
    return fail (out, offset,
                 _ ("the gzip data unpack to far more than data do; unpack the file yourself if it "
                    "is meant to"),
                 error);
  return weft_buffer_reserve (&out->to, out->size + CHUNK, &local) ||
         fail (out, offset, local->message, error);
}

/* One gzip member from @in + *used. */
static gboolean
unpack_member (
  Output *out, const guint8 *in, gsize n, gsize *used, GCancellable *cancellable, GError **error)
{
  g_autoptr (GConverter) converter =
    G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));

  while (TRUE)
    {
      g_autoptr (GError) local = NULL;
      GConverterResult result;
      gsize            read = 0, written = 0;

      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !make_room (out, *used, error))
        return FALSE;
      result = g_converter_convert (converter, in + *used, n - *used, out->to.data + out->size,
                                    CHUNK, G_CONVERTER_INPUT_AT_END, &read, &written, &local);
      *used += read;
      out->size += written;
      weft_dataset_report (*used, n);
      if (out->to.file >= 0)
        weft_pages_touched (read + written);
      if (result == G_CONVERTER_FINISHED)
        return TRUE;
      if (result == G_CONVERTER_ERROR &&
          g_error_matches (local, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
        return fail (out, n, _ ("the gzip data end too early; the file is cut off"), error);
      if (result == G_CONVERTER_ERROR)
        return fail (out, *used, _ ("the gzip data are damaged"), error);
    }
}

static GBytes *
unpack (GBytes *packed, const char *path, gsize limit, GCancellable *cancellable, GError **error)
{
  Output        out = { .path = path, .limit = limit, .to = WEFT_BUFFER_INIT };
  gsize         n, used = 0;
  const guint8 *in = g_bytes_get_data (packed, &n);

  out.limit = MIN (limit, MAX (ALWAYS_ALLOWED, n * MAX_RATIO));
  do
    if (!unpack_member (&out, in, n, &used, cancellable, error))
      {
        weft_buffer_clear (&out.to);
        return NULL;
      }
  while (n - used >= 2 && in[used] == 0x1f && in[used + 1] == 0x8b);
  return weft_buffer_steal (&out.to, out.size);
}

/* Size and time of all of the specification's files: another text, and a file was changed. */
char *
weft_dataset_dup_state (WeftDatasetSpec *spec)
{
  GString *state = g_string_new (NULL);

  for (guint part = 0; part < WEFT_N_SPLITS; part++)
    for (guint i = 0; i < spec->files[part].n; i++)
      {
        const char      *path = spec->files[part].paths[i];
        g_autofree char *archive = NULL, *member = NULL;
        GStatBuf         about;

        if (g_stat (weft_zip_split (path, &archive, &member) ? archive : path, &about) == 0)
          g_string_append_printf (state, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld\n",
                                  path, (gint64) about.st_size, (gint64) about.st_mtim.tv_sec,
                                  (long) about.st_mtim.tv_nsec);
      }
  return g_string_free (state, FALSE);
}

/* NULL: small enough to be read, or not to be had. */
static GBytes *
map_large (const char *path)
{
  GStatBuf about;

  if (g_stat (path, &about) != 0 || !S_ISREG (about.st_mode) ||
      (gsize) about.st_size <= weft_dataset_get_memory ())
    return NULL;
  return weft_pages_map_file (path);
}

/* Errors: #WEFT_DATASET_ERROR_FILE naming the file, and the byte where gzip data are bad;
 * #G_IO_ERROR_CANCELLED. */
GBytes *
weft_dataset_load (const char *path, gsize limit, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) bytes = map_large (path);
  const guint8    *data;
  gsize            size;
  g_autofree char *archive = NULL, *member = NULL;

  if (bytes == NULL && weft_zip_split (path, &archive, &member))
    {
      bytes = weft_zip_load (archive, member, limit, cancellable, error);
      if (bytes == NULL)
        return NULL;
    }
  if (bytes == NULL)
    bytes = weft_file_read (path, limit, &local);
  if (bytes == NULL)
    {
      g_set_error_literal (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, local->message);
      return NULL;
    }
  data = g_bytes_get_data (bytes, &size);
  if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b)
    return unpack (bytes, path, limit, cancellable, error);
  return g_steal_pointer (&bytes);
}

/* The first @most bytes of a file, unpacked if it is gzip. Errors: #WEFT_DATASET_ERROR_FILE naming
 * the file. */
GBytes *
weft_dataset_peek (const char *path, gsize most, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) local = NULL;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GInputStream) unpacked = NULL;
  g_autofree guint8 *data = g_malloc0 (most);
  gsize              n = 0;
  g_autofree char   *archive = NULL, *member = NULL;

  if (weft_zip_split (path, &archive, &member))
    {
      g_autoptr (GBytes) all = weft_zip_load (archive, member, WEFT_DATASET_MAX_BYTES, NULL, error);

      return all == NULL ? NULL
                         : g_bytes_new_from_bytes (all, 0, MIN (g_bytes_get_size (all), most));
    }
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) /* a pipe would wait for ever */
    return g_bytes_new (NULL, 0);
  stream = G_INPUT_STREAM (g_file_read (file, NULL, &local));
  if (stream == NULL || !g_input_stream_read_all (stream, data, most, &n, NULL, &local))
    {
      g_set_error_literal (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, local->message);
      return NULL;
    }
  if (n >= 2 && data[0] == 0x1f && data[1] == 0x8b)
    {
      g_autoptr (GConverter) converter =
        G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
      g_autoptr (GInputStream) packed = g_memory_input_stream_new_from_data (
        g_memdup2 (data, n), (gssize) n, g_free);

      unpacked = g_converter_input_stream_new (packed, converter);
      g_input_stream_read_all (unpacked, data, most, &n, NULL, NULL); /* what there is */
    }
  return g_bytes_new (data, n);
}
