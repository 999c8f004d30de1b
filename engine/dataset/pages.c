/* Mapped data, and what happens when a file goes while it is mapped.
 *
 * Somebody cuts a file, or its disk is pulled: the next touch of it raises SIGBUS, which would end
 * the program. Instead zeros are put where the file was, the mapping is marked, and whoever used it
 * asks weft_pages_check() before he believes what he read. A file that was written to is noticed
 * there, too. (systemd's journal reads its files in this way.) Mappings stand in a table of fixed
 * size, since a signal's handler can lock nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages-private.h"

#include "engine/dataset/dataset.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include <glib/gi18n-lib.h>

/* Touched pages that the process may hold. */
#define HELD_BYTES ((gsize) 64 << 20)
#define MAX_MAPPINGS 1024

/* A row is free where @at is NULL. @at is set last and cleared first: the handler reads it without
 * the lock. */
typedef struct
{
  char       *at; /* atomic */
  gsize       size;
  gint        damaged; /* atomic */
  int         file;    /* owned; -1: a buffer, which nobody else can reach */
  char       *path;    /* owned */
  struct stat mark;    /* as it was */
} Mapping;

static GMutex           lock; /* of mappings */
static Mapping          mappings[MAX_MAPPINGS];
static gint             n_faults; /* atomic */
static gsize            touched;  /* atomic */
static gsize            memory;   /* atomic; 0: not told */
static struct sigaction before;   /* who was asked about SIGBUS before us */

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

/* ---- The guard ---- */

/* The mapping that holds @at. Locks nothing. */
static Mapping *
find_mapping (const char *at)
{
  for (guint i = 0; i < MAX_MAPPINGS; i++)
    {
      char *begin = g_atomic_pointer_get (&mappings[i].at);

      if (begin != NULL && at >= begin && at < begin + mappings[i].size)
        return &mappings[i];
    }
  return NULL;
}

/* Zeros from the page that is gone to the end of its mapping; or it was none of ours. */
static void
bus_cb (int number, siginfo_t *about, void *context)
{
  Mapping *mapping = find_mapping (about->si_addr);
  gsize    page = (gsize) sysconf (_SC_PAGESIZE);
  int      kept = errno;

  if (mapping != NULL)
    {
      char *at = GSIZE_TO_POINTER (GPOINTER_TO_SIZE (about->si_addr) & ~(page - 1));
      gsize size = (gsize) (mapping->at + mapping->size - at);

      g_atomic_int_set (&mapping->damaged, TRUE);
      g_atomic_int_inc (&n_faults);
      if (mmap (at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
          at)
        {
          errno = kept;
          return;
        }
    }
  if ((before.sa_flags & SA_SIGINFO) != 0)
    before.sa_sigaction (number, about, context);
  else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
    before.sa_handler (number);
  else
    sigaction (SIGBUS, &before, NULL); /* comes up again, and ends the program */
}

static void
begin_guarding (void)
{
  static gsize     once;
  struct sigaction action = { .sa_sigaction = bus_cb,
                              .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK };

  if (!g_once_init_enter (&once))
    return;
  sigemptyset (&action.sa_mask);
  sigaction (SIGBUS, &action, &before);
  g_once_init_leave (&once, 1);
}

/* ---- Mappings ---- */

/* Takes @file and @path. FALSE: there are too many. */
gboolean
weft_pages_add (char *at, gsize size, int file, char *path, const struct stat *mark)
{
  Mapping *mapping = NULL;

  begin_guarding ();
  g_mutex_lock (&lock);
  for (guint i = 0; i < MAX_MAPPINGS && mapping == NULL; i++)
    if (mappings[i].at == NULL)
      mapping = &mappings[i];
  if (mapping != NULL)
    {
      *mapping = (Mapping){ .size = size, .file = file, .path = path };
      if (mark != NULL)
        mapping->mark = *mark;
      g_atomic_pointer_set (&mapping->at, at);
    }
  g_mutex_unlock (&lock);
  return mapping != NULL;
}

void
weft_pages_remove (char *at)
{
  Mapping *mapping;

  g_mutex_lock (&lock);
  mapping = find_mapping (at);
  g_atomic_pointer_set (&mapping->at, NULL);
  munmap (at, mapping->size);
  if (mapping->file >= 0)
    close (mapping->file);
  g_clear_pointer (&mapping->path, g_free);
  g_mutex_unlock (&lock);
}

gboolean
weft_pages_contain (const void *at)
{
  gboolean found;

  g_mutex_lock (&lock);
  found = find_mapping (at) != NULL;
  g_mutex_unlock (&lock);
  return found;
}

gsize
weft_pages_n_bytes (void)
{
  gsize bytes = 0;

  g_mutex_lock (&lock);
  for (guint i = 0; i < MAX_MAPPINGS; i++)
    bytes += mappings[i].at != NULL ? mappings[i].size : 0;
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
  for (guint i = 0; i < MAX_MAPPINGS; i++)
    if (mappings[i].at != NULL)
      madvise (mappings[i].at, mappings[i].size,
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

static gboolean
is_as_it_was (const struct stat *now, const struct stat *mark)
{
  return now->st_size == mark->st_size && now->st_mtim.tv_sec == mark->st_mtim.tv_sec &&
         now->st_mtim.tv_nsec == mark->st_mtim.tv_nsec;
}

/**
 * weft_pages_check:
 * @at: what was read; it need not be mapped
 *
 * Any thread.
 *
 * Errors: #WEFT_DATASET_ERROR_FILE naming the file that was cut, written to or cannot be read any
 * more.
 */
gboolean
weft_pages_check (const void *at, GError **error)
{
  g_autofree char *name = NULL;
  struct stat      now;
  Mapping         *mapping;
  gboolean         good;

  g_mutex_lock (&lock);
  mapping = find_mapping (at);
  good = mapping == NULL || (!g_atomic_int_get (&mapping->damaged) &&
                             (mapping->file < 0 || (fstat (mapping->file, &now) == 0 &&
                                                    is_as_it_was (&now, &mapping->mark))));
  if (!good)
    name = g_filename_display_name (mapping->path != NULL ? mapping->path : "");
  g_mutex_unlock (&lock);
  if (!good)
    g_set_error (
      error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
      _ ("%s: the file was changed or cut off while its rows were in use; bring it back, "
         "then train again"),
      name);
  return good;
}

/** weft_pages_n_faults: how often mapped data were gone. Any thread. */
guint
weft_pages_n_faults (void)
{
  return (guint) g_atomic_int_get (&n_faults);
}

GBytes *
weft_pages_new_bytes (char *at, gsize size)
{
  return g_bytes_new_with_free_func (at, size, (GDestroyNotify) weft_pages_remove, at);
}

GBytes *
weft_pages_map_file (const char *path)
{
  int         file = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  struct stat about;
  char       *at = MAP_FAILED, *name = g_strdup (path);

  if (file >= 0 && fstat (file, &about) == 0 && S_ISREG (about.st_mode) && about.st_size > 0)
    at = mmap (NULL, (gsize) about.st_size, PROT_READ, MAP_SHARED, file, 0);
  if (at != MAP_FAILED && weft_pages_add (at, (gsize) about.st_size, file, name, &about))
    return weft_pages_new_bytes (at, (gsize) about.st_size);
  if (at != MAP_FAILED)
    munmap (at, (gsize) about.st_size);
  if (file >= 0)
    close (file);
  g_free (name);
  return NULL;
}
