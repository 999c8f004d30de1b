/* NumPy's npz files: zip archives of npy files, stored or deflated.
 *
 * Only the central directory is believed, and of it only what the file's size backs: unpacked data
 * are taken as they come, and at most as much as the directory states.
 *
 * Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.16.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/array-private.h"

#include "engine/base/file.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#define END_BYTES 22   /* of the end record */
#define ENTRY_BYTES 46 /* of a directory entry, without its name */
#define LOCAL_BYTES 30 /* of what stands before the data, without the name */
#define STORED 0
#define DEFLATED 8
/* Deflate reaches 1032:1; arrays of zeros come near it. */
#define MAX_UNPACKED ((gsize) 1 << 30)

typedef struct
{
  const char   *path;
  const guint8 *data;
  gsize         size;
} Archive;

typedef struct
{
  char *name; /* owned, without ".npy" */
  guint method;
  gsize at; /* of the data */
  gsize packed, unpacked;
} Entry;

static guint
get16 (const guint8 *at)
{
  return at[0] | (guint) at[1] << 8;
}

static gsize
get32 (const guint8 *at)
{
  return get16 (at) | (gsize) get16 (at + 2) << 16;
}

/* The end record is last, but a comment may follow it. */
static gboolean
find_end (const Archive *archive, gsize *end, GError **error)
{
  for (gsize back = END_BYTES; back <= MIN (archive->size, END_BYTES + 65535); back++)
    if (memcmp (archive->data + archive->size - back, "PK\5\6", 4) == 0)
      {
        *end = archive->size - back;
        return TRUE;
      }
  return weft_array_file_error (archive->path, archive->size, error,
                                _ ("not an npz file, or cut off: the end of a zip archive is "
                                   "missing"));
}

/* The entry at @offset of the directory; *next: where the next one begins. */
static gboolean
read_entry (const Archive *archive, gsize offset, Entry *entry, gsize *next, GError **error)
{
  const guint8 *at = archive->data + offset;
  gsize         name_bytes, local;

  if (offset > archive->size || archive->size - offset < ENTRY_BYTES ||
      memcmp (at, "PK\1\2", 4) != 0)
    return weft_array_file_error (archive->path, MIN (offset, archive->size), error,
                                  _ ("the zip directory is damaged"));
  name_bytes = get16 (at + 28);
  *next = offset + ENTRY_BYTES + name_bytes + get16 (at + 30) + get16 (at + 32);
  entry->method = get16 (at + 10);
  entry->packed = get32 (at + 20);
  entry->unpacked = get32 (at + 24);
  local = get32 (at + 42);
  if (*next > archive->size)
    return weft_array_file_error (archive->path, offset, error, _ ("the zip directory is damaged"));
  if (entry->packed == G_MAXUINT32 || entry->unpacked == G_MAXUINT32)
    return weft_array_file_error (archive->path, offset, error,
                                  _ ("an array of 4 GB or more; save it as npy"));
  if ((get16 (at + 8) & 1) != 0)
    return weft_array_file_error (archive->path, offset, error, _ ("the archive is encrypted"));
  if (local > archive->size || archive->size - local < LOCAL_BYTES ||
      memcmp (archive->data + local, "PK\3\4", 4) != 0)
    return weft_array_file_error (archive->path, MIN (local, archive->size), error,
                                  _ ("an array is not where the zip directory says"));
  entry->at =
    local + LOCAL_BYTES + get16 (archive->data + local + 26) + get16 (archive->data + local + 28);
  if (entry->at > archive->size || entry->packed > archive->size - entry->at)
    return weft_array_file_error (archive->path, archive->size, error,
                                  _ ("the file ends inside an array; it is cut off"));
  entry->name = g_strndup ((const char *) at + ENTRY_BYTES, name_bytes);
  if (g_str_has_suffix (entry->name, ".npy"))
    entry->name[strlen (entry->name) - 4] = '\0';
  return TRUE;
}

static gboolean
inflate (const Archive *archive, const Entry *entry, GByteArray *out, GError **error)
{
  g_autoptr (GConverter) converter =
    G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW));
  g_autofree guint8 *chunk = g_malloc (65536);
  gsize              used = 0;

  while (TRUE)
    {
      gsize            read = 0, written = 0;
      GConverterResult result =
        g_converter_convert (converter, archive->data + entry->at + used, entry->packed - used,
                             chunk, 65536, G_CONVERTER_INPUT_AT_END, &read, &written, NULL);

      used += read;
      if (result == G_CONVERTER_ERROR)
        return weft_array_file_error (archive->path, entry->at + used, error,
                                      _ ("the packed data of array “%s” are damaged"), entry->name);
      if (written > entry->unpacked - out->len)
        return weft_array_file_error (archive->path, entry->at + used, error,
                                      _ ("array “%s” unpacks to more than the zip directory says"),
                                      entry->name);
      g_byte_array_append (out, chunk, (guint) written);
      if (result == G_CONVERTER_FINISHED)
        return TRUE;
    }
}

static WeftArray *
read_array (const Archive *archive, const Entry *entry, GError **error)
{
  g_autoptr (GByteArray) out = NULL;

  if (entry->method == STORED)
    return weft_npy_parse (archive->path, archive->data + entry->at, entry->packed, error);
  if (entry->method != DEFLATED)
    {
      weft_array_file_error (archive->path, entry->at, error,
                             _ ("array “%s” is packed with method %u; only deflate can be read"),
                             entry->name, entry->method);
      return NULL;
    }
  if (entry->unpacked > MAX_UNPACKED)
    {
      weft_array_file_error (archive->path, entry->at, error,
                             _ ("array “%s” unpacks to more than 1 GB; save it as npy"),
                             entry->name);
      return NULL;
    }
  out = g_byte_array_new ();
  return inflate (archive, entry, out, error)
           ? weft_npy_parse (archive->path, out->data, out->len, error)
           : NULL;
}

static gboolean
read_all (const Archive *archive, GHashTable *arrays, GError **error)
{
  gsize end = 0, offset;
  guint n;

  if (!find_end (archive, &end, error))
    return FALSE;
  n = get16 (archive->data + end + 10);
  offset = get32 (archive->data + end + 16);
  for (guint i = 0; i < n; i++)
    {
      Entry            entry = { 0 };
      g_autofree char *name = NULL;
      WeftArray       *array;

      if (!read_entry (archive, offset, &entry, &offset, error))
        return FALSE;
      name = entry.name;
      array = read_array (archive, &entry, error);
      if (array == NULL)
        {
          g_prefix_error (error, "%s: ", name);
          return FALSE;
        }
      g_hash_table_insert (arrays, g_steal_pointer (&name), array);
    }
  return TRUE;
}

/**
 * weft_npz_read:
 *
 * Any thread.
 *
 * Errors: #WEFT_TENSOR_ERROR_FORMAT naming file and byte; #WEFT_TENSOR_ERROR_TOO_LARGE;
 * #G_FILE_ERROR.
 *
 * Returns: (transfer full): name -> #WeftArray
 */
GHashTable *
weft_npz_read (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = weft_file_read (path, WEFT_ARRAY_MAX_FILE_BYTES, error);
  g_autoptr (GHashTable) arrays =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_array_unref);
  Archive archive = { .path = path };

  if (bytes == NULL)
    return NULL;
  archive.data = g_bytes_get_data (bytes, &archive.size);
  return read_all (&archive, arrays, error) ? g_steal_pointer (&arrays) : NULL;
}
