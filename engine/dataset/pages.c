/* Data larger than memory.
 *
 * Buffers are files without a name in the folder for caches: they are gone when the program is,
 * however it ends. Their room is reserved before it is written to, so that a full disk is an error
 * and no signal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages.h"

#include "engine/dataset/dataset.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include <glib/gi18n-lib.h>

/* Touched pages that the process may hold. */
#define HELD_BYTES ((gsize) 64 << 20)
/* A buffer on disk grows by this much or a half, whichever is more. */
#define GROWTH_BYTES ((gsize) 64 << 20)
/* Elements between two looks at what was touched. */
#define CAST_AT_ONCE 262144

typedef struct
{
  char *at;
  gsize size;
} Mapping;

static GMutex  lock; /* of mappings */
static GArray *mappings;
static gsize   touched; /* atomic */
static gsize   memory;  /* atomic; 0: not told */

/* ---- How much memory data may take ---- */

/**
 * weft_dataset_set_memory:
 * @bytes: data that are larger stay on disk; 0: a quarter of the machine's memory
 */
void
weft_dataset_set_memory (gsize bytes)
{
  g_atomic_pointer_set (&memory, bytes);
}

gsize
weft_dataset_get_memory (void)
{
  gsize bytes = (gsize) g_atomic_pointer_get (&memory);
  long  pages = sysconf (_SC_PHYS_PAGES), size = sysconf (_SC_PAGESIZE);

  if (bytes > 0)
    return bytes;
  return pages > 0 && size > 0 ? (gsize) pages * (gsize) size / 4 : (gsize) 1 << 30;
}

/* ---- Mappings ---- */

static void
add_mapping (char *at, gsize size)
{
  Mapping mapping = { at, size };

  g_mutex_lock (&lock);
  if (mappings == NULL)
    mappings = g_array_new (FALSE, FALSE, sizeof (Mapping));
  g_array_append_val (mappings, mapping);
  g_mutex_unlock (&lock);
}

static void
remove_mapping (char *at)
{
  g_mutex_lock (&lock);
  for (guint i = 0; i < mappings->len; i++)
    if (g_array_index (mappings, Mapping, i).at == at)
      {
        munmap (at, g_array_index (mappings, Mapping, i).size);
        g_array_remove_index_fast (mappings, i);
        break;
      }
  g_mutex_unlock (&lock);
}

gboolean
weft_pages_contain (const void *at)
{
  gboolean found = FALSE;

  g_mutex_lock (&lock);
  for (guint i = 0; mappings != NULL && i < mappings->len && !found; i++)
    {
      const Mapping *mapping = &g_array_index (mappings, Mapping, i);

      found = (const char *) at >= mapping->at && (const char *) at < mapping->at + mapping->size;
    }
  g_mutex_unlock (&lock);
  return found;
}

gsize
weft_pages_n_bytes (void)
{
  gsize bytes = 0;

  g_mutex_lock (&lock);
  for (guint i = 0; mappings != NULL && i < mappings->len; i++)
    bytes += g_array_index (mappings, Mapping, i).size;
  g_mutex_unlock (&lock);
  return bytes;
}

void
weft_pages_touched (gsize bytes)
{
  if ((gsize) g_atomic_pointer_add (&touched, (gssize) bytes) + bytes < HELD_BYTES)
    return;
  g_atomic_pointer_set (&touched, 0);
  g_mutex_lock (&lock);
  for (guint i = 0; mappings != NULL && i < mappings->len; i++)
    madvise (g_array_index (mappings, Mapping, i).at, g_array_index (mappings, Mapping, i).size,
             MADV_DONTNEED); /* what was written is in the file's cache and stays */
  g_mutex_unlock (&lock);
}

void
weft_pages_ask (const void *at, gsize bytes)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gsize begin = GPOINTER_TO_SIZE (at) & ~(page - 1);

  madvise (GSIZE_TO_POINTER (begin), GPOINTER_TO_SIZE (at) + bytes - begin, MADV_WILLNEED);
}

static GBytes *
new_bytes (char *at, gsize size)
{
  return g_bytes_new_with_free_func (at, size, (GDestroyNotify) remove_mapping, at);
}

GBytes *
weft_pages_map_file (const char *path)
{
  int         file = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  struct stat about;
  char       *at = MAP_FAILED;

  if (file < 0)
    return NULL;
  if (fstat (file, &about) == 0 && S_ISREG (about.st_mode) && about.st_size > 0)
    at = mmap (NULL, (gsize) about.st_size, PROT_READ, MAP_SHARED, file, 0);
  close (file);
  if (at == MAP_FAILED)
    return NULL;
  add_mapping (at, (gsize) about.st_size);
  return new_bytes (at, (gsize) about.st_size);
}

/* ---- Buffers ---- */

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

/* The bytes on disk, where those that were in memory come first. */
static gboolean
map_buffer (WeftBuffer *buffer, gsize bytes, GError **error)
{
  gboolean first = buffer->file < 0;
  char    *at;

  if (first)
    buffer->file = open_file ();
  if (buffer->file < 0 || posix_fallocate (buffer->file, 0, (off_t) bytes) != 0)
    return fail (_ ("there is not enough room on the disk for data that do not fit in memory"),
                 error);
  at = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, buffer->file, 0);
  if (at == MAP_FAILED)
    return fail (_ ("the data do not fit in memory"), error);
  if (first && buffer->data != NULL)
    {
      memcpy (at, buffer->data, buffer->capacity);
      g_free (buffer->data);
    }
  else if (buffer->data != NULL)
    remove_mapping (buffer->data);
  add_mapping (at, bytes);
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
        remove_mapping (buffer->data);
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
      bytes = new_bytes (buffer->data, size);
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
