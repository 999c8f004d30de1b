/* The bytes of a file as text in UTF-8.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/csv-private.h"
#include "engine/dataset/pages.h"

#include <string.h>
#include <glib/gi18n-lib.h>

/* Characters in other encodings are translated by so many bytes at once. */
#define CHUNK ((gsize) 1 << 20)

static void
fail_at (const char *path, const char *data, gsize offset, const char *what, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);
  guint            line = 1;

  for (gsize i = 0; i < offset; i++)
    line += data[i] == '\n';
  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, "%s:%u: %s", name, line, what);
}

/* Where @data stop to be UTF-8; NULL: nowhere. Piece by piece, so that pages can be given back. */
static const char *
find_invalid (const char *data, gsize size)
{
  const gsize piece = (gsize) 16 << 20;

  for (gsize at = 0; at < size;)
    {
      gsize       n = MIN (piece, size - at);
      const char *invalid = NULL;

      if (g_utf8_validate_len (data + at, n, &invalid))
        at += n;
      else if (at + n < size && invalid > data + at && data + at + n - invalid < 4 &&
               *invalid != '\0')
        at = (gsize) (invalid - data); /* a character that the piece cuts */
      else
        return invalid;
      weft_pages_touched (n);
    }
  return NULL;
}

/* ---- Other encodings ---- */

static const char *const charsets[] = { [WEFT_ENCODING_UTF8] = "UTF-8",
                                        [WEFT_ENCODING_WINDOWS_1252] = "WINDOWS-1252",
                                        [WEFT_ENCODING_UTF16] = "UTF-16" };

/* The text in UTF-8, piece by piece: it may be larger than memory. */
static GBytes *
translate (
  const char *path, GBytes *bytes, WeftEncoding encoding, GCancellable *cancellable, GError **error)
{
  g_autoptr (GConverter) converter =
    G_CONVERTER (g_charset_converter_new ("UTF-8", charsets[encoding], NULL));
  WeftBuffer  out = WEFT_BUFFER_INIT;
  gsize       size, at = 0, written = 0;
  const char *data = g_bytes_get_data (bytes, &size);

  while (at < size)
    {
      g_autoptr (GError) local = NULL;
      gsize n_read = 0, n_written = 0, piece = MIN (CHUNK, size - at);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        break;
      if (!weft_buffer_reserve (&out, written + 4 * CHUNK, &local) ||
          g_converter_convert (converter, data + at, piece, out.data + written, 4 * CHUNK,
                               at + piece == size ? G_CONVERTER_INPUT_AT_END : 0, &n_read,
                               &n_written, &local) == G_CONVERTER_ERROR)
        {
          fail_at (path, data, at, local->message, error);
          break;
        }
      at += n_read;
      written += n_written;
      if (out.file >= 0)
        weft_pages_touched (n_read + n_written);
    }
  if (at == size)
    return weft_buffer_steal (&out, written);
  weft_buffer_clear (&out);
  return NULL;
}

/* By the mark that texts in UTF-16 begin with, else by what is possible. */
static WeftEncoding
guess_encoding (const char *data, gsize size)
{
  if (size >= 2 && (memcmp (data, "\xff\xfe", 2) == 0 || memcmp (data, "\xfe\xff", 2) == 0))
    return WEFT_ENCODING_UTF16;
  return find_invalid (data, size) == NULL || memchr (data, '\0', size) != NULL
           ? WEFT_ENCODING_UTF8
           : WEFT_ENCODING_WINDOWS_1252;
}

/**
 * weft_csv_load:
 * @encoding: (inout): how it is written; %WEFT_N_ENCODINGS: found out, and told
 *
 * Errors: #WEFT_DATASET_ERROR_FILE naming file and line; #G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the text in UTF-8, not empty, without zero bytes
 */
GBytes *
weft_csv_load (const char *path, WeftEncoding *encoding, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) bytes = weft_dataset_load (path, WEFT_DATASET_MAX_BYTES, cancellable, error);

  return bytes != NULL ? weft_csv_decode (path, bytes, encoding, cancellable, error) : NULL;
}

/* The same of bytes that are there. */
GBytes *
weft_csv_decode (const char   *path,
                 GBytes       *bytes,
                 WeftEncoding *encoding,
                 GCancellable *cancellable,
                 GError      **error)
{
  g_autoptr (GBytes) text = NULL;
  const char *data, *invalid;
  gsize       size;

  data = g_bytes_get_data (bytes, &size);
  if (size > 0 && *encoding == WEFT_N_ENCODINGS)
    *encoding = guess_encoding (data, size);
  text = *encoding == WEFT_ENCODING_UTF8 || size == 0
           ? g_bytes_ref (bytes)
           : translate (path, bytes, *encoding, cancellable, error);
  if (text == NULL)
    return NULL;
  data = g_bytes_get_data (text, &size);
  if (size == 0)
    fail_at (path, data, 0, _ ("the file is empty"), error);
  else if ((invalid = find_invalid (data, size)) != NULL)
    fail_at (path, data, (gsize) (invalid - data),
             *invalid == '\0'
               ? _ ("a zero byte; this is not a text file")
               : _ ("the text is not UTF-8; save it as UTF-8, or say its “encoding”"),
             error);
  else
    return weft_jsonl_is (path) ? weft_jsonl_to_csv (text, path, error) : g_steal_pointer (&text);
  return NULL;
}
