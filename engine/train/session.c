/* The engine thread: takes commands, advances the run between them, posts what happens.
 *
 * A command is looked at after each batch. Where batches are slow the sender also cancels the one
 * that runs, which then has no effect and is done again when the run goes on; so a pause comes in
 * time and changes no number.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/session.h"

#include "engine/ops/ops.h"
#include "engine/run/function.h"
#include "engine/train/run.h"
#include "engine/train/runs.h"

#include <glib/gi18n-lib.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Batches longer than this are cut by a command: with the answer itself it stays under 50 ms. */
#define PATIENCE_US 25000
#define NICE 10

typedef enum
{
  COMMAND_TRAIN,
  COMMAND_STEP,
  COMMAND_PHASE,
  COMMAND_RUN_TO,
  COMMAND_PAUSE,
  COMMAND_RESUME,
  COMMAND_STOP,
  COMMAND_RATE,
  COMMAND_CHANGE,
  COMMAND_REWIND,
  COMMAND_BREAKPOINTS,
  COMMAND_SAVE,
  COMMAND_QUIT,
} CommandKind;

/* Where the sender of SAVE waits. */
typedef struct
{
  GMutex      lock;
  GCond       done_cond;
  gboolean    done;
  const char *path;   /* of the file to write; NULL: into memory */
  GHashTable *values; /* then */
  GError     *error;
} Reply;

typedef struct
{
  CommandKind    kind;
  guint          run;
  WeftDocument  *snapshot;
  WeftRunOptions options; /* its strings are owned */
  double         rate;
  WeftUntil      until;
  GPtrArray     *points; /* of WeftBreakpoint */
  Reply         *reply;  /* borrowed */
} Command;

struct _WeftSession
{
  WeftMailbox  *mailbox;
  GAsyncQueue  *commands;
  GThread      *thread;
  atomic_int    state; /* WeftRunState */
  atomic_uint   runs;
  atomic_llong  batch_us; /* how long the last batch took */
  GMutex        lock;
  GCancellable *cancellable; /* of what runs now; replaced by the engine thread, under lock */

  /* Engine thread only */
  WeftRun      *run;
  WeftDocument *document; /* as the run has it */
  WeftDataCache cache;
  gboolean      one_step;  /* pause after the next training step */
  gboolean      one_phase; /* pause after the next phase of a step */
  GPtrArray    *points;    /* of WeftBreakpoint; NULL: none */
};

static void
command_free (Command *command)
{
  g_clear_object (&command->snapshot);
  g_clear_pointer (&command->points, g_ptr_array_unref);
  g_free ((char *) command->options.checkpoint_dir);
  g_free ((char *) command->options.resume_dir);
  g_free ((char *) command->options.runs_folder);
  g_free ((char *) command->options.device_word);
  g_free (command);
}

/* ---- Engine thread ---- */

static WeftRunState
state_of (WeftSession *session)
{
  return atomic_load (&session->state);
}

static void
enter_state (WeftSession *session, guint run, WeftRunState state)
{
  WeftEvent event = { .kind = WEFT_EVENT_STATE, .run = run, .state = state };

  if (state_of (session) == state)
    return;
  atomic_store (&session->state, state);
  weft_mailbox_post (session->mailbox, &event);
}

/* The next command, NULL if there is none and a run can go on. What senders cancelled was what ran
 * before it. */
static Command *
next_command (WeftSession *session)
{
  gboolean running = state_of (session) == WEFT_RUN_RUNNING;
  Command *command = running ? NULL : g_async_queue_pop (session->commands);

  g_mutex_lock (&session->lock);
  if (running)
    command = g_async_queue_try_pop (session->commands);
  if (g_cancellable_is_cancelled (session->cancellable))
    {
      g_object_unref (session->cancellable);
      session->cancellable = g_cancellable_new ();
    }
  g_mutex_unlock (&session->lock);
  return command;
}

static void
fail_start (WeftSession *session, guint run, guint32 node, gboolean on_device, GError *error)
{
  WeftEvent event = {
    .kind = WEFT_EVENT_FAILED, .run = run, .node = node, .state = WEFT_RUN_FAILED
  };

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      event.kind = WEFT_EVENT_FINISHED;
      event.message = g_strdup ("stopped");
      event.node = 0;
      weft_mailbox_post (session->mailbox, &event);
      enter_state (session, run, WEFT_RUN_IDLE);
      return;
    }
  event.message = g_strdup (error->message);
  event.of_device =
    on_device && (g_error_matches (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE) ||
                  g_error_matches (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_MEMORY));
  weft_mailbox_post (session->mailbox, &event);
  enter_state (session, run, WEFT_RUN_FAILED);
}

/* Its device failed, and it can go on on the CPU. */
static gboolean
has_left_device (WeftSession *session)
{
  return state_of (session) == WEFT_RUN_FAILED && session->run != NULL &&
         weft_run_has_left_device (session->run);
}

static gboolean
can_go_on (WeftSession *session, Command *command)
{
  g_autofree char *signature = NULL;

  if (session->run == NULL ||
      (state_of (session) != WEFT_RUN_PAUSED && state_of (session) != WEFT_RUN_RUNNING &&
       !has_left_device (session)) ||
      command->options.resume_dir != NULL)
    return FALSE;
  signature = weft_document_signature (command->snapshot);
  return g_str_equal (signature, weft_run_signature (session->run));
}

/* The run goes on with what another document says, where that has the same parameters; otherwise it
 * goes on as it was. */
static void
change (WeftSession *session, WeftDocument *document)
{
  g_autoptr (GError) error = NULL;
  WeftRun *run = session->run;

  if (weft_run_change (run, document, &session->cache, session->cancellable, &error))
    {
      weft_run_post_changes (run, session->document, document);
      g_set_object (&session->document, document);
    }
  else if (error != NULL)
    {
      guint number = weft_run_number (run);

      /* It has told why. */
      g_clear_pointer (&session->run, weft_run_free);
      enter_state (session, number, WEFT_RUN_FAILED);
    }
}

/* A paused run of the same model goes on; what of the snapshot may change on the way is taken over.
 */
static void
go_on (WeftSession *session, Command *command)
{
  WeftJson *training = weft_document_get_training (command->snapshot);
  double    rate = weft_json_get_number (training, "rate", 0);

  weft_run_use_device (session->run, command->options.device_word);
  if (rate > 0)
    weft_run_set_rate (session->run, rate);
  if (command->options.steps >= 0 || command->options.epochs >= 0)
    weft_run_set_length (session->run, command->options.steps, command->options.epochs);
  else
    weft_run_set_length (session->run, weft_json_get_int (training, "steps", -1),
                         weft_json_get_int (training, "epochs", -1));
}

/* A run that cannot be kept is trained all the same. */
static void
begin_kept (WeftSession *session, Command *command)
{
  g_autoptr (GError) error = NULL;
  WeftRunOptions *options = &command->options;
  WeftRunOrigin   origin = { 0 };
  WeftEvent       event = { .kind = WEFT_EVENT_NOTE, .run = command->run };
  guint           number;

  if (options->runs_folder == NULL || options->checkpoint_dir != NULL)
    return;
  if (options->branch)
    origin =
      (WeftRunOrigin){ .parent_folder = options->resume_dir, .parent_step = options->resume_step };
  options->checkpoint_dir =
    weft_runs_begin (options->runs_folder, command->snapshot, &origin, &number, &error);
  options->kept = options->checkpoint_dir != NULL;
  if (options->kept)
    return;
  event.message = g_strdup_printf (_ ("%s; this run is not kept"), error->message);
  weft_mailbox_post (session->mailbox, &event);
}

static void
start_run (WeftSession *session, Command *command)
{
  const WeftUntil *until = command->kind == COMMAND_RUN_TO ? &command->until : NULL;
  g_autoptr (GError) error = NULL;
  guint32 node = 0;

  session->one_step = command->kind == COMMAND_STEP;
  session->one_phase = command->kind == COMMAND_PHASE;
  if (can_go_on (session, command))
    {
      go_on (session, command);
      weft_run_set_until (session->run, until);
      enter_state (session, weft_run_number (session->run), WEFT_RUN_RUNNING);
      return;
    }
  g_clear_pointer (&session->run, weft_run_free);
  g_set_object (&session->document, command->snapshot);
  enter_state (session, command->run, WEFT_RUN_LOADING);
  weft_mailbox_set_lossless (session->mailbox, command->options.lossless);
  if (command->options.threads > 0)
    weft_pool_set_threads (command->options.threads);
  begin_kept (session, command);
  session->run = weft_run_new (command->snapshot, &command->options, command->run, session->mailbox,
                               &session->cache, session->cancellable, &node, &error);
  if (session->run == NULL)
    {
      /* A run that never began is none. */
      if (command->options.kept &&
          g_strcmp0 (command->options.resume_dir, command->options.checkpoint_dir) != 0)
        weft_runs_remove (command->options.checkpoint_dir, NULL);
      fail_start (session, command->run, node,
                  command->options.device != NULL ||
                    (command->options.device_word != NULL &&
                     !g_str_equal (command->options.device_word, "cpu")),
                  error);
      return;
    }
  weft_run_set_breakpoints (session->run, session->points);
  weft_run_set_until (session->run, until);
  enter_state (session, command->run, WEFT_RUN_RUNNING);
}

static void
save (WeftSession *session, Reply *reply)
{
  GError     *error = NULL;
  GHashTable *values = NULL;

  if (session->run != NULL && reply->path != NULL)
    weft_run_save (session->run, reply->path, &error);
  else if (session->run != NULL)
    values = weft_run_dup_values (session->run, &error);
  else
    g_set_error (&error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                 _ ("nothing has been trained yet; there is nothing to save"));
  g_mutex_lock (&reply->lock);
  reply->values = values;
  reply->error = error;
  reply->done = TRUE;
  g_cond_signal (&reply->done_cond);
  g_mutex_unlock (&reply->lock);
}

static gboolean
is_active (WeftSession *session)
{
  return session->run != NULL &&
         (state_of (session) == WEFT_RUN_RUNNING || state_of (session) == WEFT_RUN_PAUSED);
}

/* Also after a failure: the state is then that before the step that failed. */
static void
rewind_run (WeftSession *session)
{
  WeftEvent note = { .kind = WEFT_EVENT_NOTE };

  if (!is_active (session) && (session->run == NULL || state_of (session) != WEFT_RUN_FAILED))
    return;
  session->one_step = session->one_phase = FALSE;
  note.run = weft_run_number (session->run);
  if (weft_run_rewind (session->run))
    {
      enter_state (session, note.run, WEFT_RUN_PAUSED);
      return;
    }
  note.message =
    g_strdup (_ ("No earlier state is remembered; the timeline has the run's checkpoints."));
  weft_mailbox_post (session->mailbox, &note);
}

static void
set_breakpoints (WeftSession *session, Command *command)
{
  GPtrArray *before = session->points;

  session->points = g_steal_pointer (&command->points);
  if (session->run != NULL)
    weft_run_set_breakpoints (session->run, session->points);
  g_clear_pointer (&before, g_ptr_array_unref);
}

/* FALSE: the thread ends. */
static gboolean
obey (WeftSession *session, Command *command)
{
  switch (command->kind)
    {
    case COMMAND_TRAIN:
    case COMMAND_STEP:
    case COMMAND_PHASE:
    case COMMAND_RUN_TO:
      start_run (session, command);
      break;
    case COMMAND_PAUSE:
      if (state_of (session) == WEFT_RUN_RUNNING)
        enter_state (session, weft_run_number (session->run), WEFT_RUN_PAUSED);
      break;
    case COMMAND_RESUME:
      session->one_step = session->one_phase = FALSE;
      if (state_of (session) == WEFT_RUN_PAUSED || has_left_device (session))
        enter_state (session, weft_run_number (session->run), WEFT_RUN_RUNNING);
      break;
    case COMMAND_STOP:
      if (is_active (session))
        {
          weft_run_stop (session->run);
          enter_state (session, weft_run_number (session->run), WEFT_RUN_FINISHED);
        }
      break;
    case COMMAND_RATE:
      if (is_active (session))
        weft_run_set_rate (session->run, command->rate);
      break;
    case COMMAND_CHANGE:
      if (is_active (session))
        change (session, command->snapshot);
      break;
    case COMMAND_REWIND:
      rewind_run (session);
      break;
    case COMMAND_BREAKPOINTS:
      set_breakpoints (session, command);
      break;
    case COMMAND_SAVE:
      save (session, command->reply);
      break;
    case COMMAND_QUIT:
      return FALSE;
    }
  return TRUE;
}

static void
advance (WeftSession *session)
{
  gint64      start = g_get_monotonic_time ();
  WeftAdvance what = session->one_phase
                       ? weft_run_advance_phase (session->run, session->cancellable)
                       : weft_run_advance (session->run, session->cancellable);
  guint       number = weft_run_number (session->run);

  atomic_store (&session->batch_us, g_get_monotonic_time () - start);
  switch (what)
    {
    case WEFT_ADVANCE_STEP:
      if (!session->one_step && !session->one_phase)
        break;
      G_GNUC_FALLTHROUGH;
    case WEFT_ADVANCE_BREAK:
    case WEFT_ADVANCE_PHASE:
    case WEFT_ADVANCE_REACHED:
      session->one_step = session->one_phase = FALSE;
      enter_state (session, number, WEFT_RUN_PAUSED);
      break;
    case WEFT_ADVANCE_FINISHED:
      enter_state (session, number, WEFT_RUN_FINISHED);
      break;
    case WEFT_ADVANCE_FAILED:
      enter_state (session, number, WEFT_RUN_FAILED);
      break;
    case WEFT_ADVANCE_MORE:
    case WEFT_ADVANCE_CANCELLED:
      break;
    }
}

static gpointer
engine_thread (gpointer data)
{
  WeftSession *session = data;
  gboolean     alive = TRUE;

  /* On Linux niceness belongs to the thread: the window keeps its frames. Refusal changes nothing
   * that matters. */
  setpriority (PRIO_PROCESS, syscall (SYS_gettid), NICE);
  weft_ops_init ();
  while (alive)
    {
      Command *command = next_command (session);

      if (command != NULL)
        {
          alive = obey (session, command);
          command_free (command);
        }
      else
        advance (session);
    }
  if (is_active (session))
    weft_run_leave (session->run);
  g_clear_pointer (&session->run, weft_run_free);
  g_clear_object (&session->document);
  g_clear_pointer (&session->points, g_ptr_array_unref);
  weft_data_cache_clear (&session->cache);
  return NULL;
}

/* ---- Any thread ---- */

/* weft_session_new:
 * @notify: (nullable): called on the engine thread when there are events after there were none
 *
 * Returns: a session with its thread; caller owns.
 */
WeftSession *
weft_session_new (void (*notify) (gpointer data), gpointer data)
{
  WeftSession *session = g_new0 (WeftSession, 1);

  session->mailbox = weft_mailbox_new (notify, data);
  session->commands = g_async_queue_new_full ((GDestroyNotify) command_free);
  session->cancellable = g_cancellable_new ();
  g_mutex_init (&session->lock);
  session->thread = g_thread_new ("weft-engine", engine_thread, session);
  return session;
}

static gboolean
is_slow (WeftSession *session)
{
  WeftRunState state = state_of (session);

  return state == WEFT_RUN_LOADING ||
         (state == WEFT_RUN_RUNNING && atomic_load (&session->batch_us) > PATIENCE_US);
}

/* @cut: cancel what runs if the engine would answer too late otherwise. */
static void
send (WeftSession *session, CommandKind kind, gboolean cut, Command fields)
{
  Command *command = g_new (Command, 1);

  *command = fields;
  command->kind = kind;
  g_mutex_lock (&session->lock);
  g_async_queue_push (session->commands, command);
  if (cut && is_slow (session))
    g_cancellable_cancel (session->cancellable);
  g_mutex_unlock (&session->lock);
}

/* weft_session_free:
 *
 * Stops what runs and waits for the thread.
 */
void
weft_session_free (WeftSession *session)
{
  weft_mailbox_close (session->mailbox);
  send (session, COMMAND_QUIT, TRUE, (Command){ 0 });
  g_thread_join (session->thread);
  g_async_queue_unref (session->commands);
  g_object_unref (session->cancellable);
  g_mutex_clear (&session->lock);
  weft_mailbox_free (session->mailbox);
  g_free (session);
}

static guint
send_start (WeftSession          *session,
            CommandKind           kind,
            WeftDocument         *snapshot,
            const WeftRunOptions *options,
            const WeftUntil      *until)
{
  guint   run = atomic_fetch_add (&session->runs, 1) + 1;
  Command command = { .run = run,
                      .snapshot = snapshot,
                      .until = until != NULL ? *until : WEFT_UNTIL_NOTHING,
                      .options = { .steps = -1, .epochs = -1, .seed = -1 } };

  if (options != NULL)
    command.options = *options;
  command.options.checkpoint_dir = g_strdup (command.options.checkpoint_dir);
  command.options.resume_dir = g_strdup (command.options.resume_dir);
  command.options.runs_folder = g_strdup (command.options.runs_folder);
  command.options.device_word = g_strdup (command.options.device_word);
  send (session, kind, TRUE, command);
  return run;
}

/* weft_session_train:
 * @snapshot: (transfer full): of the document
 * @options: (nullable): copied
 *
 * Returns: the run's number. A paused run that goes on keeps its own, older number: its events say
 * which.
 */
guint
weft_session_train (WeftSession *session, WeftDocument *snapshot, const WeftRunOptions *options)
{
  return send_start (session, COMMAND_TRAIN, snapshot, options, NULL);
}

/* weft_session_step:
 * @snapshot: (transfer full): of the document
 * @options: (nullable): copied
 */
guint
weft_session_step (WeftSession *session, WeftDocument *snapshot, const WeftRunOptions *options)
{
  return send_start (session, COMMAND_STEP, snapshot, options, NULL);
}

/* weft_session_step_phase:
 * @snapshot: (transfer full): of the document
 * @options: (nullable): copied
 */
guint
weft_session_step_phase (WeftSession          *session,
                         WeftDocument         *snapshot,
                         const WeftRunOptions *options)
{
  return send_start (session, COMMAND_PHASE, snapshot, options, NULL);
}

/* weft_session_run_to:
 * @snapshot: (transfer full): of the document
 * @options: (nullable): copied
 * @until: copied
 */
guint
weft_session_run_to (WeftSession          *session,
                     WeftDocument         *snapshot,
                     const WeftRunOptions *options,
                     const WeftUntil      *until)
{
  return send_start (session, COMMAND_RUN_TO, snapshot, options, until);
}

/* weft_session_rewind:
 */
void
weft_session_rewind (WeftSession *session)
{
  send (session, COMMAND_REWIND, TRUE, (Command){ 0 });
}

/* weft_session_set_breakpoints:
 * @points: (transfer full): of WeftBreakpoint
 */
void
weft_session_set_breakpoints (WeftSession *session, GPtrArray *points)
{
  send (session, COMMAND_BREAKPOINTS, FALSE, (Command){ .points = points });
}

/* weft_session_pause:
 */
void
weft_session_pause (WeftSession *session)
{
  send (session, COMMAND_PAUSE, state_of (session) == WEFT_RUN_RUNNING, (Command){ 0 });
}

/* weft_session_resume:
 */
void
weft_session_resume (WeftSession *session)
{
  send (session, COMMAND_RESUME, FALSE, (Command){ 0 });
}

/* weft_session_stop:
 *
 * Also ends a run that is still loading.
 */
void
weft_session_stop (WeftSession *session)
{
  send (session, COMMAND_STOP, TRUE, (Command){ 0 });
}

/* weft_session_set_rate:
 * @rate: above 0
 */
void
weft_session_set_rate (WeftSession *session, double rate)
{
  g_return_if_fail (rate > 0);
  send (session, COMMAND_RATE, FALSE, (Command){ .rate = rate });
}

/* weft_session_change:
 * @snapshot: (transfer full): of the document as it is now
 */
void
weft_session_change (WeftSession *session, WeftDocument *snapshot)
{
  send (session, COMMAND_CHANGE, FALSE, (Command){ .snapshot = snapshot });
}

/* weft_session_get_state:
 *
 * Returns: the state after the last command that the engine has seen.
 */
WeftRunState
weft_session_get_state (WeftSession *session)
{
  return state_of (session);
}

/* weft_session_next_event:
 *
 * Returns: the next event, caller owns; NULL: none now.
 */
WeftEvent *
weft_session_next_event (WeftSession *session)
{
  return weft_mailbox_take (session->mailbox);
}

static void
ask (WeftSession *session, Reply *reply)
{
  g_mutex_init (&reply->lock);
  g_cond_init (&reply->done_cond);
  send (session, COMMAND_SAVE, state_of (session) == WEFT_RUN_RUNNING,
        (Command){ .reply = reply });
  g_mutex_lock (&reply->lock);
  while (!reply->done)
    g_cond_wait (&reply->done_cond, &reply->lock);
  g_mutex_unlock (&reply->lock);
  g_mutex_clear (&reply->lock);
  g_cond_clear (&reply->done_cond);
}

/* weft_session_save:
 * @path: safetensors file
 *
 * Waits for the batch that runs. Errors: G_FILE_ERROR; WEFT_DOCUMENT_ERROR_MODEL if nothing has
 * been trained.
 */
gboolean
weft_session_save (WeftSession *session, const char *path, GError **error)
{
  Reply reply = { .path = path };

  ask (session, &reply);
  if (reply.error == NULL)
    return TRUE;
  g_propagate_error (error, reply.error);
  return FALSE;
}

/* weft_session_dup_values:
 *
 * Any thread; waits for the batch that runs.
 *
 * Returns: name -> WeftArray, parameters and state as they are now; caller owns. NULL: an error, as
 * of weft_session_save() but for files.
 */
GHashTable *
weft_session_dup_values (WeftSession *session, GError **error)
{
  Reply reply = { 0 };

  ask (session, &reply);
  if (reply.error != NULL)
    g_propagate_error (error, reply.error);
  return reply.values;
}
