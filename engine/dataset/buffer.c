/* Buffers that grow, in memory and beyond its limit on disk.
 *
 * On disk they are files without a name in the folder for caches: they are gone when the program
 * is, however it ends. Their room is reserved before it is written to, so that a full disk is an
 * error and no signal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages-private.h"

#include "engine/dataset/dataset.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include <glib/gi18n-lib.h>

/* A buffer on disk grows by this much or a half, whichever is more. */
#define GROWTH_BYTES ((gsize) 64 << 20)
/* Elements between two looks at what was touched. */
#define CAST_AT_ONCE 262144

static gboolean
fail (const char *what, GError **error)
{
  g_set_error_literal (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, what);
  return FALSE;
}

static int
open_file (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "weft", NULL);
  g_autofree char *path = g_build_filename (folder, "data-XXXXXX", NULL);
  int              file;

  g_mkdir_with_parents (folder, 0700);
  file = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0)
    unlink (path);
  return file;
}

/* The bytes on disk, where those that were in memory come first. On failure the buffer is as it
 * was. */
static gboolean
map_buffer (WeftBuffer *buffer, gsize bytes, GError **error)
{
  int   file = buffer->file < 0 ? open_file () : buffer->file;
  char *at = MAP_FAILED;

  if (file < 0 || posix_fallocate (file, 0, (off_t) bytes) != 0)
    fail (_ ("there is not enough room on the disk for data that do not fit in memory"), error);
  else
    {
      at = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      if (at != MAP_FAILED && !weft_pages_add (at, bytes, -1, NULL, NULL))
        {
          munmap (at, bytes);
          at = MAP_FAILED;
        }
      if (at == MAP_FAILED)
        fail (_ ("the data do not fit in memory"), error);
    }
  if (at == MAP_FAILED)
    {
      if (file >= 0 && file != buffer->file)
        close (file);
      return FALSE;
    }
  if (buffer->file < 0 && buffer->data != NULL)
    {
      memcpy (at, buffer->data, buffer->capacity);
      g_free (buffer->data);
    }
  else if (buffer->data != NULL)
    weft_pages_remove (buffer->data);
  buffer->file = file;
  buffer->data = at;
  buffer->capacity = bytes;
  return TRUE;
}

gboolean
weft_buffer_reserve (WeftBuffer *buffer, gsize bytes, GError **error)
{
  gsize capacity = MAX (bytes, buffer->capacity + buffer->capacity / 2);
  char *grown;

  if (bytes <= buffer->capacity)
    return TRUE;
  if (buffer->file >= 0 || buffer->on_disk || bytes > weft_dataset_get_memory ())
    return map_buffer (buffer, MAX (capacity, buffer->capacity + GROWTH_BYTES), error);
  grown = g_try_realloc (buffer->data, MAX (capacity, 4096));
  if (grown == NULL)
    return fail (_ ("the data do not fit in memory"), error);
  buffer->data = grown;
  buffer->capacity = MAX (capacity, 4096);
  return TRUE;
}

void
weft_buffer_clear (WeftBuffer *buffer)
{
  if (buffer->file >= 0)
    {
      if (buffer->data != NULL)
        weft_pages_remove (buffer->data);
      close (buffer->file);
    }
  else
    g_free (buffer->data);
  *buffer = (WeftBuffer) WEFT_BUFFER_INIT;
}

GBytes *
weft_buffer_steal (WeftBuffer *buffer, gsize size)
{
  GBytes *bytes;

  if (buffer->file >= 0)
    {
      close (buffer->file);
      bytes = weft_pages_new_bytes (buffer->data, size);
    }
  else
    bytes = g_bytes_new_take (g_realloc (buffer->data, MAX (size, 1)), size);
  *buffer = (WeftBuffer) WEFT_BUFFER_INIT;
  return bytes;
}

WeftArray *
weft_pages_new_array (WeftDType        dtype,
                      guint            rank,
                      const gint64    *shape,
                      const WeftArray *like,
                      GError         **error)
{
  WeftBuffer buffer = WEFT_BUFFER_INIT;
  gsize      bytes = weft_dtype_size (dtype);
  GBytes    *owner;

  for (guint i = 0; i < rank; i++)
    if (__builtin_mul_overflow (bytes, (gsize) shape[i], &bytes))
      bytes = G_MAXSIZE / 2;
  buffer.on_disk = like != NULL && weft_pages_contain (like->data);
  if (!buffer.on_disk && bytes <= weft_dataset_get_memory ())
    return weft_array_try_new (dtype, rank, shape, error);
  buffer.on_disk = TRUE;
  if (!weft_buffer_reserve (&buffer, MAX (bytes, 1), error))
    {
      weft_buffer_clear (&buffer);
      return NULL;
    }
  owner = weft_buffer_steal (&buffer, bytes);
  return weft_array_wrap (dtype, rank, shape, (gpointer) g_bytes_get_data (owner, NULL), owner,
                          (GDestroyNotify) g_bytes_unref);
}

WeftArray *
weft_pages_cast (const WeftArray *array, WeftDType dtype, GError **error)
{
  WeftArray *to = weft_pages_new_array (dtype, array->rank, array->shape, array, error);
  gsize      from_size = weft_dtype_size (array->dtype), size = weft_dtype_size (dtype);

  for (gint64 i = 0; to != NULL && i < array->n_elements; i += CAST_AT_ONCE)
    {
      gint64 n = MIN (CAST_AT_ONCE, array->n_elements - i);

      weft_convert (dtype, (char *) to->data + (gsize) i * size, array->dtype,
                    (const char *) array->data + (gsize) i * from_size, n);
      if (weft_pages_contain (to->data))
        weft_pages_touched ((gsize) n * (from_size + size));
    }
  return to;
}
