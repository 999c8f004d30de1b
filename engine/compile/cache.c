/* The cache of compiled kernels: $XDG_CACHE_HOME/weft/kernels.
 *
 *     HASH.so    a shared object of several kernels; HASH is the SHA-256 of its bytes
 *     NAME       a symbolic link to the shared object that has the kernel of that name
 *     tmp-...    what is being compiled
 *
 * The directory belongs to this user, and nobody else may write to it. A shared object is loaded
 * only if its bytes have the hash that is its name, so what is damaged, cut short or put there by
 * hand under another name is removed and made again. Files appear by rename alone: any number of
 * programs may share the directory. Any thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/compile/toolchain-private.h"

#define SUFFIX ".so"
#define TARGET_CHARS (WEFT_HASH_CHARS + 3)
#define TEMPORARY "tmp-"
/* Larger than any of ours; more is not ours. */
#define MAX_OBJECT_BYTES (64 << 20)
/* The time of a use is written down once in so many seconds. */
#define USE_SECONDS 3600
/* A compilation that old belongs to a program that is gone. */
#define STALE_SECONDS 3600

struct _WeftModule
{
  char *hash; /* key in loaded */
  void *handle;
  gint  ref_count; /* under the lock */
};

G_LOCK_DEFINE_STATIC (loaded);
static GHashTable *loaded; /* hash -> WeftModule */
static char       *directory_path;

/* ---- The directory ---- */

void
weft_cache_set_directory (const char *path)
{
  G_LOCK (loaded);
  g_free (directory_path);
  directory_path = g_strdup (path);
  G_UNLOCK (loaded);
}

static char *
dup_directory (void)
{
  char *path;
  G_LOCK (loaded);
  path = directory_path != NULL
           ? g_strdup (directory_path)
           : g_build_filename (g_get_user_cache_dir (), "weft", "kernels", NULL);
  G_UNLOCK (loaded);
  return path;
}

static void
set_errno_error (GError **error, const char *path)
{
  int saved = errno;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved), "%s: %s", path,
               g_strerror (saved));
}

/* Of a directory: it is ours, and nobody else may write to it. */
static gboolean
check_private (int fd, const char *path, GError **error)
{
  struct stat info;
  if (fstat (fd, &info) != 0)
    {
      set_errno_error (error, path);
      return FALSE;
    }
  if (info.st_uid != geteuid ())
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM, _ ("%s belongs to another user"), path);
      return FALSE;
    }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                   _ ("other users may write to %s; remove it, or take that right from them"),
                   path);
      return FALSE;
    }
  if ((info.st_mode & 0077) != 0 && fchmod (fd, 0700) != 0)
    {
      set_errno_error (error, path);
      return FALSE;
    }
  return TRUE;
}

static int
open_private (const char *path, GError **error)
{
  int fd;
  if (g_mkdir_with_parents (path, 0700) != 0)
    {
      set_errno_error (error, path);
      return -1;
    }
  fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    set_errno_error (error, path);
  else if (!check_private (fd, path, error))
    {
      close (fd);
      return -1;
    }
  return fd;
}

int
weft_cache_open (GError **error)
{
  g_autofree char *path = dup_directory ();
  g_autofree char *above = g_path_get_dirname (path);
  int              fd = open_private (above, error);
  if (fd < 0)
    return -1;
  close (fd);
  return open_private (path, error);
}

/* ---- Loading ---- */

/* The SHA-256 of an open file, or NULL; it must be an ordinary file of ours. */
static char *
hash_file (int fd)
{
  struct stat info;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guchar  block[16384];
  gssize  got;
  guint64 total = 0;
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode) || info.st_uid != geteuid () ||
      (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return NULL;
  while ((got = read (fd, block, sizeof block)) > 0 && (total += got) <= MAX_OBJECT_BYTES)
    g_checksum_update (sum, block, got);
  return got == 0 ? g_strdup (g_checksum_get_string (sum)) : NULL;
}

/* Whether the file's bytes are those that its name promises. Tells the file system that it was
 * used. */
static gboolean
check_object (int directory, const char *file)
{
  int              fd = openat (directory, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  g_autofree char *hash = NULL;
  struct stat      info;
  gboolean         good;
  if (fd < 0)
    return FALSE;
  hash = hash_file (fd);
  good = hash != NULL && strncmp (hash, file, WEFT_HASH_CHARS) == 0;
  if (good && fstat (fd, &info) == 0 &&
      info.st_mtime + USE_SECONDS < g_get_real_time () / G_USEC_PER_SEC)
    futimens (fd, NULL);
  close (fd);
  return good;
}

/* With the lock held. NULL: the file is not to be loaded, and was removed. */
static WeftModule *
load_module (int directory, const char *file)
{
  g_autofree char *folder = NULL, *path = NULL;
  WeftModule      *module;
  void            *handle = NULL;
  if (check_object (directory, file))
    {
      folder = directory_path != NULL
                 ? g_strdup (directory_path)
                 : g_build_filename (g_get_user_cache_dir (), "weft", "kernels", NULL);
      path = g_build_filename (folder, file, NULL);
      handle = dlopen (path, RTLD_NOW | RTLD_LOCAL);
    }
  if (handle == NULL)
    {
      unlinkat (directory, file, 0);
      return NULL;
    }
  module = g_new0 (WeftModule, 1);
  module->hash = g_strndup (file, WEFT_HASH_CHARS);
  module->handle = handle;
  g_hash_table_insert (loaded, module->hash, module);
  return module;
}

/* The file that holds @name: 64 hexadecimal digits and the suffix, nothing else. */
static gboolean
read_link (int directory, const char *name, char *file)
{
  gssize n = readlinkat (directory, name, file, TARGET_CHARS + 1);
  if (n != TARGET_CHARS || strncmp (file + WEFT_HASH_CHARS, SUFFIX, strlen (SUFFIX)) != 0)
    return FALSE;
  file[n] = '\0';
  return strspn (file, "0123456789abcdef") == WEFT_HASH_CHARS;
}

WeftKernelCode
weft_cache_load (int directory, const char *name, const char *symbol, WeftModule **module)
{
  char             file[TARGET_CHARS + 1];
  g_autofree char *hash = NULL;
  WeftKernelCode   code = NULL;
  if (!read_link (directory, name, file))
    return NULL;
  hash = g_strndup (file, WEFT_HASH_CHARS);
  G_LOCK (loaded);
  if (loaded == NULL)
    loaded = g_hash_table_new (g_str_hash, g_str_equal);
  *module = g_hash_table_lookup (loaded, hash);
  if (*module == NULL)
    *module = load_module (directory, file);
  if (*module != NULL)
    {
      (*module)->ref_count++;
      /* POSIX promises that a function fits a data pointer. */
      *(void **) &code = dlsym ((*module)->handle, symbol);
    }
  G_UNLOCK (loaded);
  if (code == NULL)
    g_clear_pointer (module, weft_module_unref);
  return code;
}

void
weft_module_unref (WeftModule *module)
{
  G_LOCK (loaded);
  if (--module->ref_count == 0)
    {
      g_hash_table_remove (loaded, module->hash);
      dlclose (module->handle);
      g_free (module->hash);
      g_free (module);
    }
  G_UNLOCK (loaded);
}

/* ---- Keeping ---- */

char *
weft_cache_make_folder (GError **error)
{
  g_autofree char *path = dup_directory ();
  char            *folder = g_build_filename (path, TEMPORARY "XXXXXX", NULL);
  if (g_mkdtemp_full (folder, 0700) != NULL)
    return folder;
  set_errno_error (error, path);
  g_free (folder);
  return NULL;
}

/* The files in it, and it; compilers leave theirs when they are killed. */
static void
remove_folder_at (int directory, const char *name)
{
  int            fd = openat (directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR           *files = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;
  while (files != NULL && (entry = readdir (files)) != NULL)
    unlinkat (fd, entry->d_name, 0);
  if (files != NULL)
    closedir (files);
  else if (fd >= 0)
    close (fd);
  unlinkat (directory, name, AT_REMOVEDIR);
}

void
weft_cache_remove_folder (const char *folder)
{
  remove_folder_at (AT_FDCWD, folder);
}

/* A link called @name to @file, in place of what was called so. */
static gboolean
link_name (int directory, const char *name, const char *file)
{
  g_autofree char *temporary = NULL;
  if (symlinkat (file, directory, name) == 0)
    return TRUE;
  if (errno != EEXIST)
    return FALSE;
  temporary = g_strdup_printf (TEMPORARY "%08x-%.16s", g_random_int (), name);
  if (symlinkat (file, directory, temporary) != 0)
    return FALSE;
  if (renameat (directory, temporary, directory, name) == 0)
    return TRUE;
  unlinkat (directory, temporary, 0);
  return FALSE;
}

gboolean
weft_cache_keep (
  int directory, const char *object, guint n, const char *const *names, GError **error)
{
  int              fd = open (object, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  g_autofree char *hash = NULL, *file = NULL;
  gboolean         done;
  if (fd >= 0 && fchmod (fd, 0600) == 0)
    hash = hash_file (fd);
  if (fd >= 0)
    close (fd);
  if (hash == NULL)
    {
      set_errno_error (error, object);
      return FALSE;
    }
  file = g_strconcat (hash, SUFFIX, NULL);
  done = renameat (AT_FDCWD, object, directory, file) == 0;
  for (guint i = 0; done && i < n; i++)
    done = link_name (directory, names[i], file);
  if (!done)
    set_errno_error (error, object);
  return done;
}

/* ---- Bounding ---- */

typedef struct
{
  char   *name;
  guint64 bytes;
  gint64  used;
} Entry;

static void
clear_entry (gpointer data)
{
  g_free (((Entry *) data)->name);
}

static gint
compare_use (gconstpointer a, gconstpointer b)
{
  const Entry *x = a, *y = b;
  return x->used < y->used ? -1 : x->used > y->used;
}

/* Shared objects are noted in @objects, stale compilations removed. */
static void
look_at (int directory, const char *name, GArray *objects)
{
  struct stat info;
  gint64      now = g_get_real_time () / G_USEC_PER_SEC;
  if (fstatat (directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return;
  if (g_str_has_prefix (name, TEMPORARY) && info.st_mtime + STALE_SECONDS < now)
    {
      if (S_ISDIR (info.st_mode))
        remove_folder_at (directory, name);
      else
        unlinkat (directory, name, 0);
    }
  else if (S_ISREG (info.st_mode) && g_str_has_suffix (name, SUFFIX))
    {
      Entry entry = { g_strdup (name), (guint64) info.st_blocks * 512, info.st_mtime };
      g_array_append_val (objects, entry);
    }
}

/* Links to what is gone. */
static void
drop_links (int directory, GPtrArray *names)
{
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      char        file[TARGET_CHARS + 1];
      if (strlen (name) == WEFT_HASH_CHARS && read_link (directory, name, file) &&
          faccessat (directory, file, F_OK, 0) != 0)
        unlinkat (directory, name, 0);
    }
}

void
weft_cache_trim (int directory, guint64 max_bytes)
{
  g_autoptr (GArray) objects = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  int            fd = openat (directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR           *files = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;
  guint64        bytes = 0;
  gboolean       dropped = FALSE;
  if (files == NULL)
    return;
  g_array_set_clear_func (objects, clear_entry);
  while ((entry = readdir (files)) != NULL)
    g_ptr_array_add (names, g_strdup (entry->d_name));
  for (guint i = 0; i < names->len; i++)
    look_at (directory, g_ptr_array_index (names, i), objects);
  closedir (files);
  g_array_sort (objects, compare_use);
  for (guint i = 0; i < objects->len; i++)
    bytes += g_array_index (objects, Entry, i).bytes;
  for (guint i = 0; i < objects->len && bytes > max_bytes; i++)
    {
      const Entry *object = &g_array_index (objects, Entry, i);
      dropped = unlinkat (directory, object->name, 0) == 0 || dropped;
      bytes -= object->bytes;
    }
  if (dropped)
    drop_links (directory, names);
}
