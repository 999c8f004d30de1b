/* Keeping a journal: its file and lock, what is written when, and what to do where that fails.
 *
 * A line is handed to the kernel when its step ends, so it outlives the program; weft_journal_sync
 * makes it outlive the machine. A line that fits only in part is cut off again, and stays in memory
 * with all that follow until there is room.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/document/document-undo.h"
#include "engine/document/journal-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#define SUFFIX ".journal"
#define DAMAGED ".damaged"

/* More than any day of work writes; a file that is larger is none of ours. */
#define MAX_BYTES (G_GUINT64_CONSTANT (1) << 31)

/* An edit of the open step. A change of places is written when the step ends: until then others
 * may have been added to it. */
typedef struct
{
  WeftJson *json; /* NULL: written when the step ends */
  gint      inside;
} Part;

typedef struct WeftJournal WeftJournal;

struct WeftJournal
{
  WeftDocument  *document; /* borrowed: owns the journal */
  char          *folder, *path;
  char          *problem; /* NULL: none */
  GArray        *parts;   /* Part: of the open step */
  GString       *waiting; /* lines that are not in the file yet */
  WeftJson      *view;    /* as written last; NULL: never */
  JournalNumbers numbers;
  guint          n_undo, n_redo; /* steps that the file knows */
  goffset        size;           /* of the whole lines in the file */
  gboolean       unsynced;
  int            fd; /* -1: there is no file yet */
};

static void
clear_part (gpointer data)
{
  g_clear_pointer (&((Part *) data)->json, weft_json_unref);
}

static WeftJournal *
new_journal (WeftDocument *document, const char *folder)
{
  WeftJournal *journal = g_new0 (WeftJournal, 1);

  journal->document = document;
  journal->folder = g_strdup (folder);
  journal->parts = g_array_new (FALSE, TRUE, sizeof (Part));
  g_array_set_clear_func (journal->parts, clear_part);
  journal->waiting = g_string_new (NULL);
  journal->fd = -1;
  return journal;
}

void
weft_journal_free (WeftJournal *journal)
{
  if (journal->fd >= 0)
    close (journal->fd);
  g_array_unref (journal->parts);
  g_string_free (journal->waiting, TRUE);
  g_clear_pointer (&journal->view, weft_json_unref);
  weft_journal_numbers_clear (&journal->numbers);
  g_free (journal->folder);
  g_free (journal->path);
  g_free (journal->problem);
  g_free (journal);
}

/* ---- The file ---- */

/* A new file that this program holds. FALSE and errno where there can be none. The name tells the
 * order in which journals began. */
static gboolean
create_file (WeftJournal *journal)
{
  static guint n_made;

  g_mkdir_with_parents (journal->folder, 0700);
  for (guint tries = 0; tries < 100; tries++)
    {
      g_autofree char *name = g_strdup_printf ("%020" G_GINT64_FORMAT "-%d-%u" SUFFIX,
                                               g_get_real_time (), (int) getpid (), n_made++);
      g_autofree char *path = g_build_filename (journal->folder, name, NULL);
      int              fd = g_open (path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);

      if (fd < 0 && errno != EEXIST)
        return FALSE;
      /* Whoever holds it already is looking for journals to restore, and will remove this one. */
      if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
        {
          journal->fd = fd;
          journal->path = g_steal_pointer (&path);
          return TRUE;
        }
      if (fd >= 0)
        close (fd);
    }
  errno = EEXIST;
  return FALSE;
}

static void
set_problem (WeftJournal *journal, int number)
{
  g_free (journal->problem);
  journal->problem = g_strdup_printf (
    _ ("Changes cannot be kept safe in “%s” (%s): make room there, or save the document."),
    journal->folder, g_strerror (number));
}

/* All that waits goes into the file, or nothing of it. */
static void
flush (WeftJournal *journal)
{
  int number;

  if (journal->waiting->len == 0)
    return;
  if (journal->fd < 0 && !create_file (journal))
    {
      set_problem (journal, errno);
      return;
    }
  if (weft_file_write_all (journal->fd, journal->waiting->str, journal->waiting->len))
    {
      journal->size += (goffset) journal->waiting->len;
      g_string_truncate (journal->waiting, 0);
      g_clear_pointer (&journal->problem, g_free);
      journal->unsynced = TRUE;
      return;
    }
  number = errno;
  /* Where even that fails, reading stops at the torn line. */
  if (ftruncate (journal->fd, journal->size) != 0)
    number = errno;
  set_problem (journal, number);
}

static void
append (WeftJournal *journal, WeftJson *take_line)
{
  g_autofree char *line = weft_journal_line (take_line);

  weft_json_unref (take_line);
  g_string_append (journal->waiting, line);
  flush (journal);
}

static void
append_word (WeftJournal *journal, const char *word, WeftJson *take_rest)
{
  WeftJson *line = weft_json_new_array ();

  weft_json_append (line, weft_json_new_string (word));
  if (take_rest != NULL)
    weft_json_append (line, take_rest);
  append (journal, line);
}

/* The document as it is now; its steps so far are known no more. */
static void
append_state (WeftJournal *journal)
{
  weft_journal_numbers_clear (&journal->numbers);
  weft_journal_numbers_init (&journal->numbers);
  journal->n_undo = journal->n_redo = 0;
  append (journal, weft_journal_write_state (&journal->numbers, journal->document));
}

/* ---- What the document tells ---- */

void
weft_journal_note_edit (WeftDocument *document, const Edit *edit)
{
  WeftJournal *journal = document->journal;
  Part         part;

  if (journal == NULL)
    return;
  part.inside = weft_journal_place_of (document, edit);
  part.json = weft_document_edit_is_place (edit)
                ? NULL
                : weft_journal_write_edit (&journal->numbers, document, edit, part.inside);
  g_array_append_val (journal->parts, part);
}

void
weft_journal_note_empty (WeftDocument *document)
{
  if (document->journal != NULL)
    g_array_set_size (document->journal->parts, 0);
}

static void
append_step (WeftJournal *journal, const Step *step)
{
  WeftJson *line = weft_json_new_array ();

  weft_json_append (line, weft_json_new_string ("do"));
  weft_json_append (line, weft_json_new_string (step->label));
  g_assert (journal->parts->len == step->edits->len);
  for (guint i = 0; i < step->edits->len; i++)
    {
      Part *part = &g_array_index (journal->parts, Part, i);

      weft_json_append (line, part->json != NULL
                                ? g_steal_pointer (&part->json)
                                : weft_journal_write_edit (&journal->numbers, journal->document,
                                                           &g_array_index (step->edits, Edit, i),
                                                           part->inside));
    }
  g_array_set_size (journal->parts, 0);
  append (journal, line);
}

void
weft_journal_note_step (WeftDocument *document, JournalMove move, const Step *step)
{
  WeftJournal *journal = document->journal;
  guint       *from, *to;

  if (journal == NULL)
    return;
  if (move == JOURNAL_DO)
    {
      append_step (journal, step);
      journal->n_undo++;
      journal->n_redo = 0;
      return;
    }
  from = move == JOURNAL_UNDO ? &journal->n_undo : &journal->n_redo;
  to = move == JOURNAL_UNDO ? &journal->n_redo : &journal->n_undo;
  if (*from == 0) /* a step from before the journal began */
    {
      append_state (journal);
      return;
    }
  --*from;
  ++*to;
  append_word (journal, move == JOURNAL_UNDO ? "undo" : "redo", NULL);
}

void
weft_journal_note_saved (WeftDocument *document)
{
  if (document->journal != NULL)
    append (document->journal, weft_journal_write_file (document, "saved"));
}

void
weft_journal_note_kept (WeftDocument *document)
{
  if (document->journal != NULL && document->path != NULL)
    append (document->journal, weft_journal_write_file (document, "kept"));
}

void
weft_journal_keep_view (WeftDocument *document)
{
  WeftJournal *journal = weft_document_get_root (document)->journal;

  if (journal == NULL || weft_json_equal (journal->view, journal->document->view))
    return;
  g_clear_pointer (&journal->view, weft_json_unref);
  journal->view = weft_json_copy (journal->document->view);
  append_word (journal, "view", weft_json_ref (journal->document->view));
}

/* ---- Beginning and ending ---- */

/* Keeps @document in a new journal in @folder, which is made where it is missing. */
void
weft_journal_start (WeftDocument *document, const char *folder)
{
  g_return_if_fail (document->root == NULL && document->journal == NULL && document->depth == 0);
  document->journal = new_journal (document, folder);
  append_state (document->journal);
}

/* Ends that; the file stays where @keep. */
void
weft_journal_stop (WeftDocument *document, gboolean keep)
{
  WeftJournal *journal = g_steal_pointer (&document->journal);

  if (journal == NULL)
    return;
  if (keep)
    flush (journal);
  else if (journal->path != NULL)
    g_unlink (journal->path);
  weft_journal_free (journal);
}

const char *
weft_journal_get_path (WeftDocument *document)
{
  return document->journal != NULL ? document->journal->path : NULL;
}

const char *
weft_journal_get_problem (WeftDocument *document)
{
  if (document->journal == NULL)
    return NULL;
  flush (document->journal);
  return document->journal->problem;
}

static gpointer
sync_thread (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);

  fdatasync (fd);
  close (fd);
  return NULL;
}

/* Hands what was written to the disk itself; where @wait is FALSE in a thread, as it may take long.
 */
void
weft_journal_sync (WeftDocument *document, gboolean wait)
{
  WeftJournal *journal = document->journal;
  int          fd;

  if (journal == NULL || !journal->unsynced || journal->fd < 0)
    return;
  journal->unsynced = FALSE;
  fd = fcntl (journal->fd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    return;
  if (wait)
    sync_thread (GINT_TO_POINTER (fd));
  else
    g_thread_unref (g_thread_new ("weft-journal", sync_thread, GINT_TO_POINTER (fd)));
}

/* The document changed in a way that is no step. */
void
weft_journal_begin_again (WeftDocument *document)
{
  if (document->journal != NULL)
    append_state (document->journal);
}

/* ---- Finding and restoring ---- */

const char *
weft_journal_folder (void)
{
  static const char *folder;

  if (g_once_init_enter (&folder))
    g_once_init_leave (&folder, g_build_filename (weft_state_dir (), "journals", NULL));
  return folder;
}

/* @path opened and held, or -1 and errno; EAGAIN: another program holds it. */
static int
open_held (const char *path)
{
  struct stat here, there;
  int         fd = g_open (path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0);

  if (fd < 0)
    return -1;
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    errno = EAGAIN;
  else if (fstat (fd, &here) != 0 || !S_ISREG (here.st_mode) || stat (path, &there) != 0 ||
           here.st_ino != there.st_ino || here.st_dev != there.st_dev)
    errno = ENOENT; /* whoever held it removed it meanwhile */
  else
    return fd;
  close (fd);
  return -1;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

GPtrArray *
weft_journal_list (const char *folder)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      int              fd = g_str_has_suffix (name, SUFFIX) ? open_held (path) : -1;

      if (fd < 0)
        continue;
      close (fd);
      g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  g_ptr_array_sort (paths, compare_names);
  return paths;
}

static gboolean
fail (GError **error, const char *path, int number)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), _ ("Cannot read “%s”: %s"),
               name, g_strerror (number));
  return FALSE;
}

/* What cannot be read again stays beside the journal, for whoever wants to look at it. */
static void
cut (int fd, const char *path, const char *text, gsize length, const JournalReplay *replay)
{
  g_autofree char *copy = g_strconcat (path, DAMAGED, NULL);

  if (replay->damaged)
    weft_file_write_atomic (copy, text, length, NULL);
  if (ftruncate (fd, (off_t) replay->whole) != 0)
    g_debug ("%s: %s", path, g_strerror (errno));
}

/* The journal of the document that @replay holds goes on in @fd. */
static void
go_on (JournalReplay *replay, const char *path, int fd)
{
  WeftDocument    *document = replay->document;
  g_autofree char *folder = g_path_get_dirname (path);
  WeftJournal     *journal = new_journal (document, folder);

  journal->fd = fd;
  journal->path = g_strdup (path);
  journal->numbers = replay->numbers;
  journal->size = (goffset) replay->whole;
  journal->n_undo = document->undo->len;
  journal->n_redo = document->redo->len;
  document->journal = journal;
}

WeftDocument *
weft_journal_restore (const char *path, gboolean *damaged, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  JournalReplay replay;
  const char   *text;
  gsize         length;
  int           fd = open_held (path);

  if (fd < 0)
    {
      fail (error, path, errno);
      return NULL;
    }
  bytes = weft_file_read (path, MAX_BYTES, error);
  text = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  if (bytes == NULL ||
      !weft_journal_replay (&replay, text != NULL ? text : "", text != NULL ? length : 0, error))
    {
      close (fd);
      return NULL;
    }
  if (replay.whole < length)
    cut (fd, path, text, length, &replay);
  if (damaged != NULL)
    *damaged = replay.damaged;
  go_on (&replay, path, fd);
  return replay.document;
}

void
weft_journal_sweep (const char *folder, guint days)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  gint64      oldest = g_get_real_time () / G_USEC_PER_SEC - (gint64) days * 24 * 60 * 60;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      struct stat      info;
      int              fd;

      if (!(g_str_has_suffix (name, SUFFIX) || g_str_has_suffix (name, DAMAGED)) ||
          stat (path, &info) != 0 || info.st_mtime >= oldest)
        continue;
      fd = open_held (path);
      if (fd < 0)
        continue;
      g_unlink (path);
      close (fd);
    }
}
