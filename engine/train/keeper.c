/* Writes a run's log, checkpoints and record.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/keeper.h"

#include "engine/train/log.h"
#include "engine/train/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between two checkpoints lie at least so many times what writing one took, this share of the time since the run was opened, and
 * this long. */
#define WRITE_PAUSES 50
#define SHARE_OF_RUN 0.02
#define LEAST_PAUSE_US (G_USEC_PER_SEC / 50)
/* Until writing has taken this long together, it may take a greater share: a run of half a second has a past too. */
#define FIRST_US (G_USEC_PER_SEC / 10)
#define FIRST_PAUSES 6

/* Of the older checkpoints: how many, and how many bytes together (but at least FEWEST). */
#define MOST_OLDER 32
#define FEWEST_OLDER 4
#define MOST_OLDER_BYTES (G_GINT64_CONSTANT (1) << 30)

/* Between two steps in a thin log. */
#define THIN_US 2000

struct _WeftKeeper
{
  char     *folder;
  FILE     *log;
  WeftJson *epoch;       /* the last one's line; NULL: none yet */
  int       folder_file; /* holds the lock; -1: not open */
  gboolean  kept, thin;
  gint64    told_us;                        /* when the log got its last line */
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

/* Who only looks whether a run is trained (weft_runs_open) holds the lock for an instant: one asks so often, with such pauses. */
#define LOCK_TRIES 20
#define LOCK_PAUSE_US 2000

/* A lock on the folder: files in it are replaced. It goes with the program: one that was killed holds none. */
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

static gboolean
open_log (WeftKeeper *keeper, gint64 go_on_from, GError **error)
{
  g_autofree char *path = g_build_filename (keeper->folder, WEFT_CHECKPOINT_LOG, NULL);

  if (go_on_from >= 0 && !weft_log_rewind (path, go_on_from, error))
    return FALSE;
  keeper->log = fopen (path, go_on_from >= 0 ? "ae" : "we");
  return keeper->log != NULL || refuse (error, path, errno, _ ("%s: cannot be written: %s"));
}

/* weft_keeper_new:
 */
WeftKeeper *
weft_keeper_new (const char *folder, gboolean kept, gboolean thin, gint64 go_on_from, GError **error)
{
  g_autoptr (WeftKeeper) keeper = g_new0 (WeftKeeper, 1);

  keeper->folder = g_strdup (folder);
  keeper->kept = kept;
  keeper->thin = thin;
  keeper->best_step = -1;
  keeper->folder_file = -1;
  keeper->opened_us = keeper->written_us = g_get_monotonic_time ();
  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      refuse (error, folder, errno, _ ("%s: cannot be made: %s"));
      return NULL;
    }
  return lock (keeper, error) && open_log (keeper, go_on_from, error) ? g_steal_pointer (&keeper) : NULL;
}

/* weft_keeper_free:
 */
void
weft_keeper_free (WeftKeeper *keeper)
{
  g_clear_pointer (&keeper->log, fclose);
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

/* The one that is missed least: its neighbours are closest to one another. The first and the last stay. */
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

/* The last checkpoint becomes one of the older ones: the same file under a second name, so that it costs nothing until the next one
 * takes the first name. File systems without second names get no older ones. */
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

  fflush (keeper->log);
  /* Before the checkpoint that knows of it: one that is killed between the two comes to that epoch again. */
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
        g_autofree char *path = weft_runs_checkpoint (keeper->folder, g_array_index (steps, gint64, i));

        g_unlink (path);
      }
}

/* weft_keeper_rewind:
 */
gboolean
weft_keeper_rewind (WeftKeeper *keeper, gint64 step, GError **error)
{
  g_autoptr (WeftJson) changes = weft_json_new_object ();

  g_clear_pointer (&keeper->log, fclose);
  if (!open_log (keeper, step, error))
    return FALSE;
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
  static const char *const members[] = { "step", "epoch", "train", "validation", "test", "message" };
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

/* weft_keeper_tell:
 */
void
weft_keeper_tell (WeftKeeper *keeper, const WeftEvent *event, const char *const *names)
{
  g_autoptr (WeftJson) json = NULL;
  g_autofree char *line = NULL;
  gint64           now = g_get_monotonic_time ();

  if (keeper->thin && event->kind == WEFT_EVENT_STEP && now - keeper->told_us < THIN_US)
    return;
  keeper->told_us = now;
  json = weft_event_to_json (event, names, FALSE);
  line = json != NULL ? weft_json_to_string (json) : NULL;
  if (line == NULL)
    return;
  fprintf (keeper->log, "%s\n", line);
  if (event->kind == WEFT_EVENT_STEP)
    return;
  if (event->kind == WEFT_EVENT_EPOCH)
    {
      g_clear_pointer (&keeper->epoch, weft_json_unref);
      keeper->epoch = weft_json_ref (json);
    }
  /* Whoever hears of it can read it. */
  fflush (keeper->log);
  if (keeper->kept && (event->kind != WEFT_EVENT_EPOCH || weft_keeper_is_due (keeper)))
    note_record (keeper, event, json);
}
