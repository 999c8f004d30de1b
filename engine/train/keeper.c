/* Writes a run's log, checkpoints and record.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/keeper.h"

#include "engine/base/file.h"
#include "engine/train/log.h"
#include "engine/train/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between two checkpoints lie at least so many times what writing one took, this share of the time
 * since the run was opened, and this long. */
#define WRITE_PAUSES 50
#define SHARE_OF_RUN 0.02
#define LEAST_PAUSE_US (G_USEC_PER_SEC / 50)
/* Until writing has taken this long together, it may take a greater share: a run of half a second
 * has a past too. */
#define FIRST_US (G_USEC_PER_SEC / 10)
#define FIRST_PAUSES 6

/* Of the older checkpoints: how many, and how many bytes together (but at least FEWEST). */
#define MOST_OLDER 32
#define FEWEST_OLDER 4
#define MOST_OLDER_BYTES (G_GINT64_CONSTANT (1) << 30)

/* A step goes into a thin log after so long, or where it is so much of the run. */
#define THIN_US 2000
#define THIN_STEPS 2000

/* Lines are written together... */
#define LOG_CHUNK 4096
/* ... and kept, where the disk is full, up to this many bytes: a moment later there may be room. */
#define MOST_PENDING (1 << 20)

struct _WeftKeeper
{
  char     *folder;
  GString  *pending;     /* whole lines that the log is to get */
  WeftJson *epoch;       /* the last one's line; NULL: none yet */
  int       folder_file; /* holds the lock; -1: not open */
  int       log;         /* -1: not open */
  off_t     log_bytes;   /* whole lines that it has */
  gboolean  kept, thin;
  gint64    told_us, told_step;             /* when the log got its last line, and of what */
  WeftEvent skipped;                        /* the last step, where a thin log has not got it */
  gboolean  has_skipped;
  gint64    opened_us, written_us, took_us; /* of the last checkpoint */
  gint64    spent_us;                       /* on all of them */
  gint64    best_step;                      /* in the file of the best; -1: none */
};

static gboolean
refuse (GError **error, const char *path, int code, const char *format)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), format, path,
               g_strerror (code));
  return FALSE;
}

/* Who only looks whether a run is trained (weft_runs_open) holds the lock for an instant: one asks
 * so often, with such pauses. */
#define LOCK_TRIES 20
#define LOCK_PAUSE_US 2000

/* A lock on the folder: files in it are replaced. It goes with the program: one that was killed
 * holds none. */
static gboolean
lock (WeftKeeper *keeper, GError **error)
{
  keeper->folder_file = g_open (keeper->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (keeper->folder_file < 0)
    return refuse (error, keeper->folder, errno, _ ("%s: cannot be read: %s"));
  for (guint i = 0; i < LOCK_TRIES; i++)
    {
      if (flock (keeper->folder_file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return TRUE;
      g_usleep (LOCK_PAUSE_US);
    }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_AGAIN,
               _ ("%s: another program trains this run; stop it there first"), keeper->folder);
  return FALSE;
}

static char *
log_path (WeftKeeper *keeper)
{
  return g_build_filename (keeper->folder, WEFT_CHECKPOINT_LOG, NULL);
}

static gboolean
open_log (WeftKeeper *keeper, gint64 go_on_from, GError **error)
{
  g_autofree char *path = log_path (keeper);
  int              mode = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;

  if (go_on_from >= 0 && !weft_log_rewind (path, go_on_from, error))
    return FALSE;
  keeper->log = g_open (path, go_on_from >= 0 ? mode : mode | O_TRUNC, 0666);
  if (keeper->log < 0)
    return refuse (error, path, errno, _ ("%s: cannot be written: %s"));
  keeper->log_bytes = lseek (keeper->log, 0, SEEK_END);
  return TRUE;
}

static void
close_log (WeftKeeper *keeper)
{
  if (keeper->log >= 0)
    close (keeper->log);
  keeper->log = -1;
}

/* What cannot be written is tried again with the next lines; half a line is never left. */
static gboolean
write_log (WeftKeeper *keeper, GError **error)
{
  g_autofree char *path = NULL;
  int              number;

  if (weft_file_write_all (keeper->log, keeper->pending->str, keeper->pending->len))
    {
      keeper->log_bytes += (off_t) keeper->pending->len;
      g_string_truncate (keeper->pending, 0);
      return TRUE;
    }
  number = errno;
  path = log_path (keeper);
  if (ftruncate (keeper->log, keeper->log_bytes) != 0 || keeper->pending->len > MOST_PENDING)
    g_string_truncate (keeper->pending, 0);
  return refuse (error, path, number, _ ("%s: cannot be written: %s"));
}

/* weft_keeper_new:
 */
WeftKeeper *
weft_keeper_new (
  const char *folder, gboolean kept, gboolean thin, gint64 go_on_from, GError **error)
{
  g_autoptr (WeftKeeper) keeper = g_new0 (WeftKeeper, 1);

  keeper->folder = g_strdup (folder);
  keeper->kept = kept;
  keeper->thin = thin;
  keeper->best_step = -1;
  keeper->folder_file = keeper->log = -1;
  keeper->pending = g_string_new (NULL);
  keeper->opened_us = keeper->written_us = g_get_monotonic_time ();
  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      refuse (error, folder, errno, _ ("%s: cannot be made: %s"));
      return NULL;
    }
  return lock (keeper, error) && open_log (keeper, go_on_from, error) ? g_steal_pointer (&keeper)
                                                                      : NULL;
}

/* weft_keeper_free:
 */
void
weft_keeper_free (WeftKeeper *keeper)
{
  if (keeper->log >= 0 && keeper->pending->len > 0)
    write_log (keeper, NULL);
  close_log (keeper);
  g_string_free (keeper->pending, TRUE);
  if (keeper->folder_file >= 0)
    close (keeper->folder_file);
  g_clear_pointer (&keeper->epoch, weft_json_unref);
  g_free (keeper->folder);
  g_free (keeper);
}

/* weft_keeper_is_kept:
 *
 * Returns: whether the folder is that of a kept run
 */
gboolean
weft_keeper_is_kept (WeftKeeper *keeper)
{
  return keeper->kept;
}

/* weft_keeper_is_due:
 */
gboolean
weft_keeper_is_due (WeftKeeper *keeper)
{
  gint64 now = g_get_monotonic_time ();
  gint64 pauses = keeper->spent_us < FIRST_US ? FIRST_PAUSES : WRITE_PAUSES;
  gint64 pause = MAX (LEAST_PAUSE_US, keeper->took_us * pauses);

  pause = MAX (pause, (gint64) ((now - keeper->opened_us) * SHARE_OF_RUN));
  return keeper->kept && now - keeper->written_us >= pause;
}

/* ---- Older checkpoints ---- */

/* The one that is missed least: its neighbours are closest to one another. The first and the last
 * stay. */
static guint
least_missed (GArray *steps)
{
  guint  least = 1;
  gint64 closest = G_MAXINT64;

  for (guint i = 1; i + 1 < steps->len; i++)
    {
      gint64 gap = g_array_index (steps, gint64, i + 1) - g_array_index (steps, gint64, i - 1);

      if (gap >= closest)
        continue;
      closest = gap;
      least = i;
    }
  return least;
}

static void
thin_out (WeftKeeper *keeper, gint64 n_bytes)
{
  g_autoptr (GArray) steps = weft_runs_steps (keeper->folder);
  gint64 most = CLAMP (MOST_OLDER_BYTES / MAX (n_bytes, 1), FEWEST_OLDER, MOST_OLDER);

  while (steps->len > most)
    {
      guint            index = least_missed (steps);
      g_autofree char *path =
        weft_runs_checkpoint (keeper->folder, g_array_index (steps, gint64, index));

      g_unlink (path);
      g_array_remove_index (steps, index);
    }
}

/* The last checkpoint becomes one of the older ones: the same file under a second name, so that it
 * costs nothing until the next one takes the first name. File systems without second names get no
 * older ones. */
static void
keep_older (WeftKeeper *keeper, gint64 step)
{
  g_autofree char *last = g_build_filename (keeper->folder, WEFT_CHECKPOINT_FILE, NULL);
  g_autofree char *ring = g_build_filename (keeper->folder, WEFT_RUN_RING, NULL);
  g_autofree char *path = weft_runs_checkpoint (keeper->folder, step);
  struct stat      info;

  if (stat (last, &info) != 0 || (g_mkdir (ring, 0777) != 0 && errno != EEXIST))
    return;
  g_unlink (path);
  if (link (last, path) == 0)
    thin_out (keeper, info.st_size);
}

/* weft_keeper_write:
 */
gboolean
weft_keeper_write (WeftKeeper         *keeper,
                   GPtrArray          *shared,
                   const WeftPosition *position,
                   GPtrArray          *best,
                   const WeftPosition *best_position,
                   GError            **error)
{
  g_autofree char *last = g_build_filename (keeper->folder, WEFT_CHECKPOINT_FILE, NULL);
  g_autofree char *best_path = g_build_filename (keeper->folder, WEFT_RUN_BEST, NULL);
  gint64           begun_us = g_get_monotonic_time ();

  /* Also of one that fails: the next one is not tried at once. */
  keeper->written_us = begun_us;
  if (!write_log (keeper, error))
    return FALSE;
  /* Before the checkpoint that knows of it: one that is killed between the two comes to that epoch
   * again. */
  if (best != NULL && best_position->step != keeper->best_step)
    {
      if (!weft_checkpoint_write (best_path, best, best_position, error))
        return FALSE;
      keeper->best_step = best_position->step;
    }
  if (!weft_checkpoint_write (last, shared, position, error))
    return FALSE;
  if (keeper->kept)
    keep_older (keeper, position->step);
  keeper->written_us = g_get_monotonic_time ();
  keeper->took_us = keeper->written_us - begun_us;
  keeper->spent_us += keeper->took_us;
  return TRUE;
}

static void
drop_later (WeftKeeper *keeper, gint64 step)
{
  g_autoptr (GArray) steps = weft_runs_steps (keeper->folder);

  for (guint i = 0; i < steps->len; i++)
    if (g_array_index (steps, gint64, i) > step)
      {
        g_autofree char *path =
          weft_runs_checkpoint (keeper->folder, g_array_index (steps, gint64, i));

        g_unlink (path);
      }
}

/* weft_keeper_rewind:
 */
gboolean
weft_keeper_rewind (WeftKeeper *keeper, gint64 step, GError **error)
{
  g_autoptr (WeftJson) changes = weft_json_new_object ();

  write_log (keeper, NULL);
  close_log (keeper);
  if (!open_log (keeper, step, error))
    return FALSE;
  keeper->has_skipped = FALSE;
  keeper->told_step = step;
  if (keeper->epoch != NULL && weft_json_get_int (keeper->epoch, "step", 0) > step)
    g_clear_pointer (&keeper->epoch, weft_json_unref);
  if (!keeper->kept)
    return TRUE;
  drop_later (keeper, step);
  weft_json_set_string (changes, "state", "running");
  weft_json_set_int (changes, "step", step);
  weft_runs_note (keeper->folder, changes, NULL);
  return TRUE;
}

/* ---- Log and record ---- */

static void
take_over (WeftJson *changes, WeftJson *line, const char *key)
{
  WeftJson *member = weft_json_get (line, key);

  if (member != NULL)
    weft_json_set (changes, key, weft_json_ref (member));
}

/* A record that cannot be written harms no run: what it says stands in the log too. */
static void
note_record (WeftKeeper *keeper, const WeftEvent *event, WeftJson *line)
{
  static const char *const members[] = {
    "step", "epoch", "train", "validation", "test", "message"
  };
  g_autoptr (WeftJson) changes = weft_json_new_object ();

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      take_over (changes, keeper->epoch, members[i]);
      take_over (changes, line, members[i]);
    }
  if (event->kind == WEFT_EVENT_FAILED)
    weft_json_set_string (changes, "state", "failed");
  else if (event->kind == WEFT_EVENT_FINISHED)
    {
      weft_json_set_string (changes, "message", event->message);
      weft_json_set_string (changes, "state",
                            g_str_equal (event->message, "stopped") ? "stopped" : "finished");
    }
  else
    weft_json_set_string (changes, "state", "running");
  weft_runs_note (keeper->folder, changes, NULL);
}

static gboolean
may_skip (WeftKeeper *keeper, const WeftEvent *event, gint64 now)
{
  gint64 steps = event->step - keeper->told_step;

  return keeper->thin && event->kind == WEFT_EVENT_STEP && now - keeper->told_us < THIN_US &&
         steps >= 0 && steps < event->total_steps / THIN_STEPS;
}

/* What the log gets of @event, which is nothing of some kinds; caller owns. */
static WeftJson *
add_line (WeftKeeper *keeper, const WeftEvent *event, const char *const *names)
{
  WeftJson        *json = weft_event_to_json (event, names, FALSE);
  g_autofree char *line = json != NULL ? weft_json_to_string (json) : NULL;

  if (line == NULL)
    return NULL;
  g_string_append (keeper->pending, line);
  g_string_append_c (keeper->pending, '\n');
  keeper->told_us = g_get_monotonic_time ();
  keeper->told_step = event->step;
  return json;
}

/* The end of a curve is looked at most: the last step before anything else stands in the log. */
static void
add_skipped (WeftKeeper *keeper, const char *const *names)
{
  g_autoptr (WeftJson) json = NULL;

  if (keeper->has_skipped)
    json = add_line (keeper, &keeper->skipped, names);
  keeper->has_skipped = FALSE;
}

/* weft_keeper_tell:
 */
gboolean
weft_keeper_tell (WeftKeeper        *keeper,
                  const WeftEvent   *event,
                  const char *const *names,
                  GError           **error)
{
  g_autoptr (WeftJson) json = NULL;
  gboolean step = event->kind == WEFT_EVENT_STEP, ok = TRUE;

  if (may_skip (keeper, event, g_get_monotonic_time ()))
    {
      keeper->skipped = *event;
      keeper->has_skipped = TRUE;
      return TRUE;
    }
  if (!step)
    add_skipped (keeper, names);
  keeper->has_skipped = FALSE;
  json = add_line (keeper, event, names);
  if (json == NULL)
    return TRUE;
  /* Whoever hears of an event that is no step can read it. */
  if (!step || keeper->pending->len >= LOG_CHUNK)
    ok = write_log (keeper, error);
  if (event->kind == WEFT_EVENT_EPOCH)
    {
      g_clear_pointer (&keeper->epoch, weft_json_unref);
      keeper->epoch = weft_json_ref (json);
    }
  if (!step && keeper->kept && (event->kind != WEFT_EVENT_EPOCH || weft_keeper_is_due (keeper)))
    note_record (keeper, event, json);
  return ok;
}
