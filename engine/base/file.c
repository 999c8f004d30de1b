/* Reading and writing whole files safely.
 *
 * A read is bounded by what the file holds, never by a number in it; devices, pipes and folders are
 * refused. A write leaves either the old file or the new one, also after a power cut.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/**
 * weft_data_dir:
 *
 * The folder with layers, examples, data sets and schema: $WEFT_DATA_DIR where that is set, else
 * the installed one if it exists, else the one in the source tree. Decided once. Any thread.
 *
 * Returns: (transfer none): its path
 */
const char *
weft_data_dir (void)
{
  static const char *dir;

  if (g_once_init_enter (&dir))
    {
      const char *chosen = g_getenv ("WEFT_DATA_DIR");

      if (chosen == NULL || *chosen == '\0')
        chosen = g_file_test (WEFT_DATA_DIR "/layers", G_FILE_TEST_IS_DIR) ? WEFT_DATA_DIR
                                                                           : WEFT_SOURCE_DATA_DIR;
      g_once_init_leave (&dir, g_strdup (chosen));
    }
  return dir;
}

/**
 * weft_state_dir:
 *
 * The folder for state that outlives the program, made for this user alone if it is not there.
 * Where it cannot be made, the first write into it reports why. Any thread.
 *
 * Returns: (transfer none): its path
 */
const char *
weft_state_dir (void)
{
  static const char *dir;

  if (g_once_init_enter (&dir))
    {
      char *path = g_build_filename (g_get_user_state_dir (), "weft", NULL);

      g_mkdir_with_parents (path, 0700);
      g_once_init_leave (&dir, path);
    }
  return dir;
}

static gboolean
set_errno_error (GError **error, int number, const char *format, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *message = g_strdup_printf (format, name);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "%s: %s", message,
               g_strerror (number));
  return FALSE;
}

/* Reads until the end of @fd, which said it holds @expected bytes, or until @limit is passed. */
static GBytes *
read_all (int fd, gsize expected, gsize limit, const char *path, GError **error)
{
  gsize              capacity = expected + 1; /* one more, so that a growing file is noticed */
  gsize              size = 0;
  g_autofree guint8 *data = g_try_malloc (capacity);

  if (data == NULL)
    {
      set_errno_error (error, ENOMEM, _ ("Cannot read “%s”"), path);
      return NULL;
    }
  while (TRUE)
    {
      gssize n = read (fd, data + size, capacity - size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          set_errno_error (error, errno, _ ("Cannot read “%s”"), path);
          return NULL;
        }
      size += n;
      if (n == 0)
        return g_bytes_new_take (g_steal_pointer (&data), size);
      if (size > limit)
        {
          set_errno_error (error, EFBIG, _ ("Cannot read “%s”"), path);
          return NULL;
        }
      if (size == capacity)
        {
          capacity = size + MAX (size / 2, 4096);
          data = g_realloc (data, capacity);
        }
    }
}

/**
 * weft_file_read:
 * @path: a file name in the file system's encoding
 * @limit: the most bytes that are taken
 *
 * Reads a regular file whole. Any thread.
 *
 * Errors: #G_FILE_ERROR; the message names the path. A folder, device, pipe or socket is refused.
 *
 * Returns: (transfer full): the bytes
 */
GBytes *
weft_file_read (const char *path, gsize limit, GError **error)
{
  struct stat      info;
  g_autofree char *name = NULL;
  GBytes          *bytes = NULL;
  int              fd;

  g_return_val_if_fail (path != NULL, NULL);

  /* Non-blocking, so that opening a pipe nobody writes to does not wait for ever. */
  fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (fd < 0)
    {
      set_errno_error (error, errno, _ ("Cannot open “%s”"), path);
      return NULL;
    }
  name = g_filename_display_name (path);
  if (fstat (fd, &info) != 0)
    set_errno_error (error, errno, _ ("Cannot read “%s”"), path);
  else if (S_ISDIR (info.st_mode))
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR, _ ("“%s” is a folder; a file is needed"),
                 name);
  else if (!S_ISREG (info.st_mode))
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, _ ("“%s” is not a regular file"), name);
  else if ((guint64) info.st_size > limit)
    {
      g_autofree char *size = g_format_size (info.st_size);
      g_autofree char *most = g_format_size (limit);

      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                   _ ("“%s” has %s; at most %s can be read"), name, size, most);
    }
  else
    bytes = read_all (fd, info.st_size, limit, path, error);
  close (fd);
  return bytes;
}

gboolean
weft_file_write_all (int fd, gconstpointer data, gsize size)
{
  const guint8 *next = data;

  while (size > 0)
    {
      gssize n = write (fd, next, size);

      if (n < 0 && errno != EINTR)
        return FALSE;
      if (n > 0)
        {
          next += n;
          size -= (gsize) n;
        }
    }
  return TRUE;
}

/* The folder's entry must reach the disk as well, or a power cut may bring the old name back.
 * Some file systems cannot do that; the data are safe by then, so it is no error. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int              fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0)
    {
      fsync (fd);
      close (fd);
    }
}

/* A symbolic link stays: what it leads to is replaced. */
static char *
follow_link (const char *path)
{
  char *real = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? realpath (path, NULL) : NULL;
  char *result = g_strdup (real != NULL ? real : path);

  free (real);
  return result;
}

/**
 * weft_file_write_atomic:
 * @path: the file to make or replace; its permissions are kept
 * @data: (nullable): @size bytes
 *
 * Any thread.
 *
 * Errors: #G_FILE_ERROR; the message names the path, and the old file is as it was.
 */
gboolean
weft_file_write_atomic (const char *path, const void *data, gsize size, GError **error)
{
  struct stat      info;
  g_autofree char *target = NULL;
  g_autofree char *temporary = NULL;
  int              fd, number;

  g_return_val_if_fail (path != NULL && (data != NULL || size == 0), FALSE);

  target = follow_link (path);
  if (stat (target, &info) != 0)
    info.st_mode = 0;
  else if (!S_ISREG (info.st_mode))
    return set_errno_error (error, S_ISDIR (info.st_mode) ? EISDIR : EINVAL,
                            _ ("Cannot write “%s”"), path);

  temporary = g_strconcat (target, ".XXXXXX", NULL);
  fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    return set_errno_error (error, errno, _ ("Cannot write “%s”"), path);
  if (!weft_file_write_all (fd, data, size) ||
      (info.st_mode != 0 && fchmod (fd, info.st_mode & 07777) != 0) || fsync (fd) != 0)
    number = errno;
  else
    number = 0;
  if (close (fd) != 0 && number == 0)
    number = errno;
  if (number == 0 && g_rename (temporary, target) != 0)
    number = errno;
  if (number != 0)
    {
      g_unlink (temporary);
      return set_errno_error (error, number, _ ("Cannot write “%s”"), path);
    }
  sync_folder (target);
  return TRUE;
}
