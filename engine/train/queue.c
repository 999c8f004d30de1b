/* Threads that each take the next waiting run and train it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/queue.h"

#include "engine/ops/ops.h"
#include "engine/train/run.h"
#include "engine/train/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NICE 10
#define LOG_EVERY 10
#define TELL_STEPS_US 100000

/* A run that is trained. */
typedef struct
{
  guint         number;
  char         *folder;
  GCancellable *cancellable;
  gboolean      stopped; /* under the lock: it is to end */
  gboolean      left;    /* it waits again */
} Turn;

typedef struct
{
  GThread *thread;
  gboolean ended; /* under the lock: joining it waits for nothing */
} Worker;

struct _WeftQueue
{
  WeftQueueTell tell;
  gpointer      data;
  GMutex        lock, tell_lock;

  /* Under the lock */
  char       *folder, *document_path;
  GPtrArray  *turns;   /* Turn, owned by the threads */
  GHashTable *taken;   /* numbers: none is begun twice */
  GPtrArray  *workers; /* of Worker: also those that have ended */
  guint       n_alive;
  gboolean    stopping;
  int         folder_file; /* holds the lock on the folder; -1: none */
};

static void
tell (WeftQueue *queue, guint number, const WeftEvent *event)
{
  g_mutex_lock (&queue->tell_lock);
  queue->tell (number, event, queue->data);
  g_mutex_unlock (&queue->tell_lock);
}

/* ---- Which is next ---- */

/* It waits, or a queue left it. */
static gboolean
is_waiting (const WeftKeptRun *run)
{
  return run->problem == NULL &&
         (run->state == WEFT_KEPT_QUEUED || (run->state == WEFT_KEPT_INTERRUPTED && run->turn > 0));
}

/* Those that were begun go first. */
static gboolean
goes_before (const WeftKeptRun *one, const WeftKeptRun *other)
{
  if (other == NULL || one->state != other->state)
    return other == NULL || one->state == WEFT_KEPT_INTERRUPTED;
  return one->turn < other->turn;
}

/* weft_queue_count:
 */
guint
weft_queue_count (const char *folder)
{
  g_autoptr (GPtrArray) runs = weft_runs_list (folder);
  guint n = 0;

  for (guint i = 0; i < runs->len; i++)
    n += is_waiting (g_ptr_array_index (runs, i));
  return n;
}

/* Under the lock: a thread ends. TRUE: it was the last. */
static gboolean
count_end (WeftQueue *queue)
{
  if (--queue->n_alive > 0)
    return FALSE;
  close (queue->folder_file);
  queue->folder_file = -1;
  return TRUE;
}

/* NULL: none is left, or all is to end, and the thread does not count any more; @last: nor does
 * another. */
static Turn *
take_turn (WeftQueue *queue, gboolean *last)
{
  g_autoptr (GPtrArray) runs = NULL;
  const WeftKeptRun *next = NULL;
  Turn              *turn = NULL;

  g_mutex_lock (&queue->lock);
  runs = weft_runs_list (queue->folder);
  for (guint i = 0; i < runs->len && !queue->stopping; i++)
    {
      const WeftKeptRun *run = g_ptr_array_index (runs, i);

      if (is_waiting (run) &&
          !g_hash_table_contains (queue->taken, GUINT_TO_POINTER (run->number)) &&
          goes_before (run, next))
        next = run;
    }
  if (next != NULL)
    {
      turn = g_new0 (Turn, 1);
      turn->number = next->number;
      turn->folder = g_strdup (next->folder);
      turn->cancellable = g_cancellable_new ();
      g_hash_table_add (queue->taken, GUINT_TO_POINTER (turn->number));
      g_ptr_array_add (queue->turns, turn);
    }
  else
    *last = count_end (queue);
  g_mutex_unlock (&queue->lock);
  return turn;
}

static void
end_turn (WeftQueue *queue, Turn *turn)
{
  g_mutex_lock (&queue->lock);
  g_ptr_array_remove (queue->turns, turn);
  if (turn->left)
    g_hash_table_remove (queue->taken, GUINT_TO_POINTER (turn->number));
  g_mutex_unlock (&queue->lock);
  g_object_unref (turn->cancellable);
  g_free (turn->folder);
  g_free (turn);
}

/* ---- Training one ---- */

static void
pass_on (WeftQueue *queue, Turn *turn, WeftMailbox *mailbox, gint64 *told_us)
{
  WeftEvent *event;

  while ((event = weft_mailbox_take (mailbox)) != NULL)
    {
      gint64 now = g_get_monotonic_time ();

      if (event->kind != WEFT_EVENT_STEP || now - *told_us > TELL_STEPS_US)
        {
          *told_us = now;
          tell (queue, turn->number, event);
        }
      weft_event_free (event);
    }
}

/* A run that cannot begin has failed: the queue goes on with the next. */
static void
fail (WeftQueue *queue, Turn *turn, guint32 node, const GError *error)
{
  g_autoptr (WeftJson) changes = weft_json_new_object ();
  WeftEvent event = { .kind = WEFT_EVENT_FAILED, .node = node, .message = error->message };

  weft_json_set_string (changes, "state", weft_kept_state_name (WEFT_KEPT_FAILED));
  weft_json_set_string (changes, "message", error->message);
  weft_runs_note (turn->folder, changes, NULL);
  tell (queue, turn->number, &event);
}

static void
advance (WeftQueue *queue, Turn *turn, WeftRun *run, WeftMailbox *mailbox)
{
  gint64      told_us = 0;
  WeftAdvance what = WEFT_ADVANCE_MORE;
  gboolean    stopped;

  pass_on (queue, turn, mailbox, &told_us);
  while (what != WEFT_ADVANCE_FINISHED && what != WEFT_ADVANCE_FAILED &&
         !g_cancellable_is_cancelled (turn->cancellable))
    {
      what = weft_run_advance (run, turn->cancellable);
      pass_on (queue, turn, mailbox, &told_us);
    }
  if (what == WEFT_ADVANCE_FINISHED || what == WEFT_ADVANCE_FAILED)
    return;
  g_mutex_lock (&queue->lock);
  stopped = turn->stopped;
  g_mutex_unlock (&queue->lock);
  turn->left = !stopped;
  if (stopped)
    weft_run_stop (run);
  else
    weft_run_leave (run);
  pass_on (queue, turn, mailbox, &told_us);
}

static void
train (WeftQueue *queue, Turn *turn, WeftDataCache *cache)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_build_filename (turn->folder, WEFT_RUN_DOCUMENT, NULL);
  g_autofree char *checkpoint = g_build_filename (turn->folder, WEFT_CHECKPOINT_FILE, NULL);
  g_autoptr (WeftDocument) document = weft_document_load_for (file, queue->document_path, &error);
  WeftMailbox *mailbox = weft_mailbox_new (NULL, NULL);
  g_autoptr (WeftRun) run = NULL;
  WeftRunOptions options = { .steps = -1,
                             .epochs = -1,
                             .seed = -1,
                             .log_every = LOG_EVERY,
                             .kept = TRUE,
                             .lossless = TRUE,
                             .mode = WEFT_MODE_COMPILE };
  guint32        node = 0;

  options.checkpoint_dir = turn->folder;
  if (g_file_test (checkpoint, G_FILE_TEST_EXISTS))
    options.resume_dir = turn->folder;
  if (document != NULL)
    run = weft_run_new (document, &options, turn->number, mailbox, cache, turn->cancellable, &node,
                        &error);
  if (run != NULL)
    advance (queue, turn, run, mailbox);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    turn->left = TRUE;
  else
    fail (queue, turn, node, error);
  /* Its folder is free when the run is told to have ended. */
  g_clear_pointer (&run, weft_run_free);
  weft_mailbox_free (mailbox);
}

/* What a thread is given. */
typedef struct
{
  WeftQueue *queue;
  Worker    *worker;
} Start;

static gpointer
train_thread (gpointer data)
{
  g_autofree Start *start = data;
  WeftQueue        *queue = start->queue;
  WeftDataCache     cache = { 0 };
  Turn             *turn;
  gboolean          last = FALSE;

  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), NICE);
  weft_ops_init ();
  while ((turn = take_turn (queue, &last)) != NULL)
    {
      train (queue, turn, &cache);
      end_turn (queue, turn);
    }
  weft_data_cache_clear (&cache);
  if (last)
    tell (queue, 0, NULL);
  g_mutex_lock (&queue->lock);
  start->worker->ended = TRUE;
  g_mutex_unlock (&queue->lock);
  return NULL;
}

/* ---- Any thread ---- */

/* weft_queue_new:
 */
WeftQueue *
weft_queue_new (WeftQueueTell tell_func, gpointer data)
{
  WeftQueue *queue = g_new0 (WeftQueue, 1);

  queue->tell = tell_func;
  queue->data = data;
  queue->folder_file = -1;
  queue->turns = g_ptr_array_new ();
  queue->workers = g_ptr_array_new_with_free_func (g_free);
  queue->taken = g_hash_table_new (NULL, NULL);
  g_mutex_init (&queue->lock);
  g_mutex_init (&queue->tell_lock);
  return queue;
}

/* Under the lock: threads that have ended leave nothing behind. */
static void
reap (WeftQueue *queue)
{
  for (guint i = queue->workers->len; i > 0; i--)
    {
      Worker *worker = g_ptr_array_index (queue->workers, i - 1);

      if (!worker->ended)
        continue;
      g_thread_join (worker->thread);
      g_ptr_array_remove_index_fast (queue->workers, i - 1);
    }
}

/* Under the lock. */
static void
begin_thread (WeftQueue *queue)
{
  Worker *worker = g_new0 (Worker, 1);
  Start  *start = g_new0 (Start, 1);

  start->queue = queue;
  start->worker = worker;
  g_ptr_array_add (queue->workers, worker);
  worker->thread = g_thread_new ("weft-queue", train_thread, start);
  queue->n_alive++;
}

/* weft_queue_free:
 */
void
weft_queue_free (WeftQueue *queue)
{
  weft_queue_hold (queue);
  for (guint i = 0; i < queue->workers->len; i++)
    g_thread_join (((Worker *) g_ptr_array_index (queue->workers, i))->thread);
  g_ptr_array_unref (queue->turns);
  g_ptr_array_unref (queue->workers);
  g_hash_table_unref (queue->taken);
  g_mutex_clear (&queue->lock);
  g_mutex_clear (&queue->tell_lock);
  g_free (queue->folder);
  g_free (queue->document_path);
  g_free (queue);
}

/* Under the lock; nothing is trained. */
static gboolean
open_folder (WeftQueue *queue, const char *folder, const char *document_path, GError **error)
{
  int file = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (file < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   _ ("%s: cannot be read: %s"), folder, g_strerror (errno));
      return FALSE;
    }
  if (flock (file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    {
      close (file);
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_AGAIN,
                   _ ("%s: another program trains the runs that wait here"), folder);
      return FALSE;
    }
  queue->folder_file = file;
  g_free (queue->folder);
  g_free (queue->document_path);
  queue->folder = g_strdup (folder);
  queue->document_path = g_strdup (document_path);
  g_hash_table_remove_all (queue->taken);
  return TRUE;
}

/* Under the lock, while threads are alive: those that were to end go on, if it is for the same
 * runs. */
static gboolean
go_on (WeftQueue *queue, const char *folder, GError **error)
{
  if (g_str_equal (queue->folder, folder))
    {
      queue->stopping = FALSE;
      return TRUE;
    }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_AGAIN,
               _ ("%s: runs of this folder are still being trained; hold them first, or wait"),
               queue->folder);
  return FALSE;
}

/* weft_queue_start:
 */
gboolean
weft_queue_start (WeftQueue  *queue,
                  const char *folder,
                  const char *document_path,
                  guint       at_once,
                  GError    **error)
{
  gboolean ok;

  g_mutex_lock (&queue->lock);
  reap (queue);
  if (queue->n_alive > 0)
    ok = go_on (queue, folder, error);
  else
    {
      queue->stopping = FALSE;
      ok = open_folder (queue, folder, document_path, error);
    }
  while (ok && queue->n_alive < MAX (at_once, 1))
    begin_thread (queue);
  g_mutex_unlock (&queue->lock);
  return ok;
}

/* weft_queue_hold:
 */
void
weft_queue_hold (WeftQueue *queue)
{
  g_mutex_lock (&queue->lock);
  queue->stopping = TRUE;
  for (guint i = 0; i < queue->turns->len; i++)
    g_cancellable_cancel (((Turn *) g_ptr_array_index (queue->turns, i))->cancellable);
  g_mutex_unlock (&queue->lock);
}

/* weft_queue_stop_run:
 */
gboolean
weft_queue_stop_run (WeftQueue *queue, guint number)
{
  gboolean found = FALSE;

  g_mutex_lock (&queue->lock);
  for (guint i = 0; i < queue->turns->len; i++)
    {
      Turn *turn = g_ptr_array_index (queue->turns, i);

      if (turn->number != number)
        continue;
      found = turn->stopped = TRUE;
      g_cancellable_cancel (turn->cancellable);
    }
  g_mutex_unlock (&queue->lock);
  return found;
}

/* weft_queue_is_busy:
 */
gboolean
weft_queue_is_busy (WeftQueue *queue)
{
  gboolean busy;

  g_mutex_lock (&queue->lock);
  busy = queue->n_alive > 0;
  g_mutex_unlock (&queue->lock);
  return busy;
}
