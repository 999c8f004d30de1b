/* The run of a document: a training session with its curves, on the main thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/run-model.h"

#include <glib/gstdio.h>

#include "engine/document/breakpoints.h"
#include "engine/train/checkpoint.h"
#include "engine/train/model.h"
#include "engine/train/runs.h"
#include "engine/train/training.h"
#include "ui/shared/free-later.h"
#include "ui/shared/run-past.h"
#include "ui/shared/settings.h"
#include "ui/shared/wake.h"

#include <math.h>

/* A third of a tenth of a second: the eye sees a curve grow evenly, and drawing costs little. */
#define DRAIN_INTERVAL_MS 33
/* No longer in one go: the window has frames to draw. The rest comes with the next turn. */
#define DRAIN_LIMIT_US 4000
/* Speed is measured over this much of the run's own time. */
#define SPEED_WINDOW_S 1.0

/* Changes of the document come in bursts: a slider that is dragged. */
#define CHANGE_PAUSE_MS 120

struct _WeftRunModel
{
  GObject parent_instance;

  /* Owned */
  WeftDocument *document;
  WeftSession  *session; /* NULL until the first command */
  WeftWake     *wake;    /* takes what the session has to say */
  WeftRunData  *data;
  GCancellable *past; /* of what was measured before the run went on, while it is read; NULL: nothing is */
  char         *message;
  char         *folder;      /* of the run that began last; NULL: it is not kept */
  char         *interrupted; /* of the one that goes on with the next start; NULL: none */
  char         *searched;    /* signature of the document that the interrupted run was looked for with */
  WeftDocument *trained;     /* as the run has it */
  char         *device_word; /* as the settings had it */
  guint         change_source;

  /* Plain values */
  guint           number; /* of the run that began last: what older ones say is dropped */
  WeftRunState    state;
  WeftRunProgress progress;
  double          mark_time_s, mark_step; /* where the speed is measured from */
  double          cursor;                 /* the step that is looked at; NaN: none */
  gint64          batch;
  guint32         failed_node;
  gboolean        of_device; /* it failed by its device */
  GMutex          look_lock;
  gint64          looked_at; /* under the lock; -1: the run itself */
};

enum
{
  PROP_0,
  PROP_STATE,
  PROP_CURSOR,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_POINTS,
  SIGNAL_BEGUN,
  SIGNAL_PAST,
  SIGNAL_INTERRUPTED,
  SIGNAL_FAILED,
  SIGNAL_FINISHED,
  SIGNAL_SAID,
  SIGNAL_NOTED,
  SIGNAL_VALUES_CHANGED,
  SIGNAL_PHASE,
  SIGNAL_REWOUND,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftRunModel, weft_run_model, G_TYPE_OBJECT)

static void
set_state (WeftRunModel *run, WeftRunState state)
{
  if (run->state == state)
    return;
  run->state = state;
  g_object_notify_by_pspec (G_OBJECT (run), properties[PROP_STATE]);
}

static void
set_message (WeftRunModel *run, const char *message)
{
  g_free (run->message);
  run->message = g_strdup (message);
}

/* ---- What a run that goes on measured before ---- */

/* What came meanwhile goes behind it. */
static void
past_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftRunModel *run = WEFT_RUN_MODEL (source);
  WeftRunData  *past = weft_run_past_read_finish (result, NULL);
  if (past == NULL)
    return;
  g_clear_object (&run->past);
  weft_run_data_join (past, run->data);
  if (past->smoothing != run->data->smoothing || past->weight != run->data->weight)
    weft_run_data_set_smoothing (past, run->data->smoothing, run->data->weight);
  weft_run_data_free (run->data);
  run->data = past;
  g_signal_emit (run, signals[SIGNAL_PAST], 0);
}

static void
forget_past (WeftRunModel *run)
{
  if (run->past != NULL)
    g_cancellable_cancel (run->past);
  g_clear_object (&run->past);
}

/* Of a branch nothing: that is the curve of another. */
static void
read_past (WeftRunModel *run, gint64 step)
{
  if (run->folder == NULL || step == 0)
    return;
  run->past = g_cancellable_new ();
  weft_run_past_read (G_OBJECT (run), run->folder, step, run->data, run->past, past_cb, NULL);
}

/* The curves of a new run. */
static void
begin (WeftRunModel *run, const WeftEvent *event)
{
  forget_past (run);
  weft_run_data_clear (run->data);
  g_mutex_lock (&run->look_lock); /* a view's worker may be reading a checkpoint of the run before */
  g_free (run->folder);
  run->folder = g_strdup (event->message);
  g_mutex_unlock (&run->look_lock);
  weft_run_model_look_at (run, -1);
  weft_clock_set_batch (run->data->clock, (double) run->batch);
  for (guint i = 0; event->names != NULL && event->names[i] != NULL && i < WEFT_MAX_METRICS; i++)
    weft_run_data_add_curve (run->data, event->names[i]);
  read_past (run, event->step);
  run->progress = (WeftRunProgress){
    .total_steps = event->total_steps,
    .total_epochs = event->total_epochs,
    .rate = event->rate,
    .left_s = NAN,
  };
  run->mark_time_s = run->mark_step = 0;
  g_signal_emit (run, signals[SIGNAL_BEGUN], 0);
}

static void
measure_speed (WeftRunModel *run, const WeftEvent *event)
{
  WeftRunProgress *progress = &run->progress;
  progress->step = event->step;
  progress->epoch = event->epoch;
  double passed_s = event->time_s - run->mark_time_s;
  if (passed_s < SPEED_WINDOW_S && progress->steps_per_s > 0 && run->mark_step > 0)
    return;
  if (passed_s <= 0)
    return;
  progress->steps_per_s = ((double) event->step - run->mark_step) / passed_s;
  if (passed_s >= SPEED_WINDOW_S)
    {
      run->mark_time_s = event->time_s;
      run->mark_step = (double) event->step;
    }
  progress->rows_per_s = progress->steps_per_s * (double) run->batch;
  if (progress->total_steps > 0 && progress->steps_per_s > 0)
    progress->left_s = (double) (progress->total_steps - event->step) / progress->steps_per_s;
}

static void
add_points (WeftRunModel *run, const WeftEvent *event)
{
  guint  n = MIN (event->n_metrics, run->data->curves->len);
  double x = (double) event->step;
  weft_clock_add (run->data->clock, x, event->epoch, event->time_s);
  for (guint i = 0; i < n; i++)
    {
      WeftRunCurve *curve = g_ptr_array_index (run->data->curves, i);
      if (event->kind == WEFT_EVENT_STEP)
        weft_series_append (curve->train, x, event->train[i]);
      else if (event->has_validation)
        weft_series_append (curve->validation, x, event->validation[i]);
    }
}

static void
add_flag (WeftRunModel *run, const WeftEvent *event)
{
  run->progress.rate = event->rate;
  weft_run_data_add_flag (run->data, (double) event->step, "rate", event->rate);
}

static void
end (WeftRunModel *run, const WeftEvent *event)
{
  if (event->has_test)
    for (guint i = 0; i < MIN (event->n_metrics, run->data->curves->len); i++)
      ((WeftRunCurve *) g_ptr_array_index (run->data->curves, i))->test = event->test[i];
  run->progress.step = MAX (run->progress.step, event->step);
  run->progress.peak_bytes = event->peak_bytes;
  if (event->steps_per_s > 0)
    {
      run->progress.steps_per_s = event->steps_per_s;
      run->progress.rows_per_s = event->steps_per_s * (double) run->batch;
    }
  run->progress.left_s = NAN;
  set_message (run, event->message);
  set_state (run, WEFT_RUN_FINISHED);
  g_signal_emit (run, signals[SIGNAL_FINISHED], 0, event->message);
}

static void
fail (WeftRunModel *run, const WeftEvent *event)
{
  run->of_device = event->of_device;
  set_message (run, event->message);
  run->failed_node = event->node;
  run->progress.left_s = NAN;
  set_state (run, WEFT_RUN_FAILED);
  g_signal_emit (run, signals[SIGNAL_FAILED], 0, event->node, event->message);
}

static gboolean change_cb (gpointer data);

/* What the document says now may be other than when the run failed. */
static void
rewind_curves (WeftRunModel *run, const WeftEvent *event)
{
  weft_run_data_rewind (run->data, (double) event->step);
  if (run->past != NULL)
    {
      forget_past (run);
      read_past (run, event->step);
    }
  run->progress.step = event->step;
  run->progress.epoch = event->epoch;
  run->mark_time_s = event->time_s;
  run->mark_step = (double) event->step;
  run->failed_node = 0;
  g_clear_pointer (&run->message, g_free);
  if (run->change_source == 0)
    run->change_source = g_timeout_add (CHANGE_PAUSE_MS, change_cb, run);
  g_signal_emit (run, signals[SIGNAL_REWOUND], 0);
}

static void
take (WeftRunModel *run, const WeftEvent *event)
{
  if (event->run < run->number)
    return;
  switch (event->kind)
    {
    case WEFT_EVENT_STATE:
      if (event->state == WEFT_RUN_LOADING)
        set_message (run, event->message);
      /* How a run ended is said by its last event. */
      if (event->state != WEFT_RUN_FINISHED && event->state != WEFT_RUN_FAILED)
        set_state (run, event->state);
      if (event->state == WEFT_RUN_LOADING && event->message != NULL)
        g_object_notify_by_pspec (G_OBJECT (run), properties[PROP_STATE]); /* it says more */
      break;
    case WEFT_EVENT_STARTED:
      run->number = event->run;
      begin (run, event);
      break;
    case WEFT_EVENT_STEP:
    case WEFT_EVENT_EPOCH:
      add_points (run, event);
      measure_speed (run, event);
      break;
    case WEFT_EVENT_RATE:
      add_flag (run, event);
      break;
    case WEFT_EVENT_FLAG:
      weft_run_data_add_flag (run->data, (double) event->step, event->message, event->rate);
      break;
    case WEFT_EVENT_SAID:
      g_signal_emit (run, signals[SIGNAL_SAID], 0, event->node, event->message);
      break;
    case WEFT_EVENT_NOTE:
      g_signal_emit (run, signals[SIGNAL_NOTED], 0, event->message);
      break;
    case WEFT_EVENT_PHASE:
      g_signal_emit (run, signals[SIGNAL_PHASE], 0, event);
      break;
    case WEFT_EVENT_REWOUND:
      rewind_curves (run, event);
      break;
    case WEFT_EVENT_FINISHED:
      end (run, event);
      break;
    case WEFT_EVENT_FAILED:
      fail (run, event);
      break;
    }
}

static gboolean
drain_cb (gpointer data)
{
  g_autoptr (WeftRunModel) run = g_object_ref (data);
  gint64     limit = g_get_monotonic_time () + DRAIN_LIMIT_US;
  gboolean   more = FALSE;
  WeftEvent *event;
  while (!more && run->session != NULL && (event = weft_session_next_event (run->session)) != NULL)
    {
      take (run, event);
      weft_event_free (event);
      more = g_get_monotonic_time () > limit;
    }
  g_signal_emit (run, signals[SIGNAL_POINTS], 0);
  return more;
}

/* Engine thread. */
static void
notify_cb (gpointer wake)
{
  weft_wake_ask (wake);
}

static WeftDocument *
prepare (WeftRunModel *run)
{
  g_autoptr (WeftTraining) training = weft_training_new (run->document, NULL);
  run->batch = training != NULL ? (gint64) training->batch : 0;
  run->failed_node = 0;
  g_clear_pointer (&run->message, g_free);
  if (run->session == NULL)
    run->session = weft_session_new (notify_cb, run->wake);
  weft_run_model_follow_breakpoints (run);
  g_clear_object (&run->trained);
  run->trained = weft_document_snapshot (run->document);
  return weft_document_snapshot (run->document);
}

/* Its strings are the caller's. */
static WeftRunOptions
options (WeftRunModel *run, char **runs_folder)
{
  gint             threads = g_settings_get_int (weft_settings_get (), "threads");
  g_autofree char *signature = weft_document_signature (run->document);
  g_free (run->device_word);
  run->device_word = g_settings_get_string (weft_settings_get (), "device");
  *runs_folder = weft_runs_folder (run->document);
  /* The document was changed since: its next run is another one. */
  if (g_strcmp0 (signature, run->searched) != 0)
    g_clear_pointer (&run->interrupted, g_free);
  return (WeftRunOptions){
    .breakpoints = TRUE,
    .mode = WEFT_MODE_COMPILE,
    .steps = -1,
    .epochs = -1,
    .seed = -1,
    .threads = threads > 0 ? (guint) threads : g_get_num_processors (),
    .device_word = run->device_word,
    .choices = { .tf32 = g_settings_get_boolean (weft_settings_get (), "tf32") },
    .runs_folder = *runs_folder,
    .checkpoint_dir = run->interrupted,
    .resume_dir = run->interrupted,
    .kept = run->interrupted != NULL,
  };
}

/**
 * weft_run_model_train:
 * @run: a run
 *
 * Starts a run of the document as it is now, or goes on with a paused one if the model is still the
 * same.
 */
void
weft_run_model_train (WeftRunModel *run)
{
  g_autofree char *folder = NULL;
  WeftRunOptions   wanted = options (run, &folder);
  WeftDocument    *snapshot = prepare (run);
  weft_session_train (run->session, snapshot, &wanted);
  g_clear_pointer (&run->interrupted, g_free);
}

/**
 * weft_run_model_step:
 * @run: a run
 *
 * Makes one training step and pauses.
 */
void
weft_run_model_step (WeftRunModel *run)
{
  g_autofree char *folder = NULL;
  WeftRunOptions   wanted = options (run, &folder);
  WeftDocument    *snapshot = prepare (run);
  weft_session_step (run->session, snapshot, &wanted);
  g_clear_pointer (&run->interrupted, g_free);
}

/**
 * weft_run_model_step_phase:
 * @run: a run
 *
 * The next phase of a step, then paused; starts a run where none is paused.
 */
void
weft_run_model_step_phase (WeftRunModel *run)
{
  g_autofree char *folder = NULL;
  WeftRunOptions   wanted = options (run, &folder);
  WeftDocument    *snapshot = prepare (run);
  weft_session_step_phase (run->session, snapshot, &wanted);
  g_clear_pointer (&run->interrupted, g_free);
}

/**
 * weft_run_model_run_to:
 * @run: a run
 * @until: where it pauses
 *
 * As weft_run_model_train().
 */
void
weft_run_model_run_to (WeftRunModel *run, const WeftUntil *until)
{
  g_autofree char *folder = NULL;
  WeftRunOptions   wanted = options (run, &folder);
  WeftDocument    *snapshot = prepare (run);
  weft_session_run_to (run->session, snapshot, &wanted, until);
  g_clear_pointer (&run->interrupted, g_free);
}

/**
 * weft_run_model_is_of_device:
 * @run: a run that failed
 *
 * Returns: whether its device is to blame
 */
gboolean
weft_run_model_is_of_device (WeftRunModel *run)
{
  return run->of_device;
}

/**
 * weft_run_model_rewind:
 * @run: a run
 */
void
weft_run_model_rewind (WeftRunModel *run)
{
  if (run->session != NULL)
    weft_session_rewind (run->session);
}

/**
 * weft_run_model_can_rewind:
 * @run: a run
 *
 * Returns: whether there is a step to take back
 */
gboolean
weft_run_model_can_rewind (WeftRunModel *run)
{
  return run->session != NULL && run->progress.step > 0 &&
         (run->state == WEFT_RUN_RUNNING || run->state == WEFT_RUN_PAUSED || run->state == WEFT_RUN_FAILED);
}

/**
 * weft_run_model_follow_breakpoints:
 * @run: a run
 */
void
weft_run_model_follow_breakpoints (WeftRunModel *run)
{
  if (run->session != NULL)
    weft_session_set_breakpoints (run->session, weft_document_get_breakpoints (run->document));
}

/**
 * weft_run_model_branch:
 * @run: a run
 *
 * Begins a run of its own from the checkpoint that is looked at, or from the last one, with the document as it is now.
 */
void
weft_run_model_branch (WeftRunModel *run)
{
  g_autofree char *folder = NULL;
  WeftRunOptions   wanted = options (run, &folder);
  if (run->folder == NULL)
    return;
  wanted.resume_dir = run->folder;
  wanted.resume_step = MAX (run->looked_at, 0);
  wanted.checkpoint_dir = NULL;
  wanted.branch = TRUE;
  WeftDocument *snapshot = prepare (run);
  weft_session_train (run->session, snapshot, &wanted);
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftRunModel    *run = WEFT_RUN_MODEL (source);
  gint64           step;
  g_autofree char *folder = weft_run_past_find_finish (result, &step);
  if (folder == NULL || run->document == NULL || weft_run_model_is_busy (run))
    return;
  g_free (run->interrupted);
  run->interrupted = g_steal_pointer (&folder);
  g_signal_emit (run, signals[SIGNAL_INTERRUPTED], 0, step);
}

/**
 * weft_run_model_find_interrupted:
 * @run: a run
 *
 * Looks on a thread whether the newest run of the document was interrupted and the document is as it was then: "interrupted".
 */
void
weft_run_model_find_interrupted (WeftRunModel *run)
{
  g_autofree char *folder = weft_runs_folder (run->document);
  if (folder == NULL)
    return;
  g_free (run->searched);
  run->searched = weft_document_signature (run->document);
  weft_run_past_find (G_OBJECT (run), folder, run->searched, NULL, found_cb, NULL);
}

/**
 * weft_run_model_pause:
 * @run: a run
 */
void
weft_run_model_pause (WeftRunModel *run)
{
  if (run->session != NULL)
    weft_session_pause (run->session);
}

/**
 * weft_run_model_stop:
 * @run: a run
 */
void
weft_run_model_stop (WeftRunModel *run)
{
  if (run->session != NULL)
    weft_session_stop (run->session);
}

/**
 * weft_run_model_set_rate:
 * @run: a run
 * @rate: learning rate from the next step on
 *
 * Does nothing unless a run is going on or paused.
 */
void
weft_run_model_set_rate (WeftRunModel *run, double rate)
{
  if (run->session != NULL && weft_run_model_is_busy (run))
    weft_session_set_rate (run->session, rate);
}

/**
 * weft_run_model_get_state:
 * @run: a run
 *
 * Returns: what it does, as far as its events have been taken
 */
WeftRunState
weft_run_model_get_state (WeftRunModel *run)
{
  return run->state;
}

/**
 * weft_run_model_is_busy:
 * @run: a run
 *
 * Returns: TRUE while there is something to stop: loading, running or paused
 */
gboolean
weft_run_model_is_busy (WeftRunModel *run)
{
  return run->state == WEFT_RUN_LOADING || run->state == WEFT_RUN_RUNNING ||
         run->state == WEFT_RUN_PAUSED;
}

/**
 * weft_run_model_n_curves:
 * @run: a run
 *
 * Returns: how many things are measured; 0 before the first run
 */
guint
weft_run_model_n_curves (WeftRunModel *run)
{
  return run->data->curves->len;
}

/**
 * weft_run_model_get_curve:
 * @run: a run
 * @index: less than weft_run_model_n_curves(); 0 is the loss
 *
 * Returns: (transfer none): the curve; gone with the next "begun" or "past"
 */
const WeftRunCurve *
weft_run_model_get_curve (WeftRunModel *run, guint index)
{
  g_return_val_if_fail (index < run->data->curves->len, NULL);
  return g_ptr_array_index (run->data->curves, index);
}

/**
 * weft_run_model_get_data:
 * @run: a run
 *
 * Returns: (transfer none): all that it measured; empty before the first run
 */
WeftRunData *
weft_run_model_get_data (WeftRunModel *run)
{
  return run->data;
}

/**
 * weft_run_model_get_cursor:
 * @run: a run
 *
 * Returns: the step that is looked at in a chart or a view; NaN: none
 */
double
weft_run_model_get_cursor (WeftRunModel *run)
{
  return run->cursor;
}

/**
 * weft_run_model_set_cursor:
 * @run: a run
 * @step: that is looked at; NaN: none
 */
void
weft_run_model_set_cursor (WeftRunModel *run, double step)
{
  if (run->cursor == step || (isnan (run->cursor) && isnan (step)))
    return;
  run->cursor = step;
  g_object_notify_by_pspec (G_OBJECT (run), properties[PROP_CURSOR]);
}

/**
 * weft_run_model_get_progress:
 * @run: a run
 *
 * Returns: (transfer none): how far it is and how fast
 */
const WeftRunProgress *
weft_run_model_get_progress (WeftRunModel *run)
{
  return &run->progress;
}

/**
 * weft_run_model_get_message:
 * @run: a run
 *
 * Returns: (transfer none) (nullable): why the last run failed, how it finished, or how far its data are read
 */
const char *
weft_run_model_get_message (WeftRunModel *run)
{
  return run->message;
}

/**
 * weft_run_model_get_failed_node:
 * @run: a run
 *
 * Returns: uid of the node at which the last run failed; 0: none, or unknown
 */
guint32
weft_run_model_get_failed_node (WeftRunModel *run)
{
  return run->failed_node;
}

/**
 * weft_run_model_get_folder:
 * @run: a run
 *
 * Returns: (transfer none) (nullable): the folder of the run that began last
 */
const char *
weft_run_model_get_folder (WeftRunModel *run)
{
  return run->folder;
}

/**
 * weft_run_model_look_at:
 * @run: a run
 * @step: of a checkpoint; -1: the run as it goes on
 */
void
weft_run_model_look_at (WeftRunModel *run, gint64 step)
{
  gint64 before = run->looked_at;
  g_mutex_lock (&run->look_lock);
  run->looked_at = step;
  g_mutex_unlock (&run->look_lock);
  if (step != before)
    g_signal_emit (run, signals[SIGNAL_VALUES_CHANGED], 0);
}

/**
 * weft_run_model_get_looked_at:
 * @run: a run
 *
 * Returns: the step of the checkpoint that is looked at; -1: the run itself
 */
gint64
weft_run_model_get_looked_at (WeftRunModel *run)
{
  return run->looked_at;
}

/**
 * weft_run_model_get_checkpoints:
 * @run: a run
 *
 * Returns: (transfer full): steps, ascending
 */
GArray *
weft_run_model_get_checkpoints (WeftRunModel *run)
{
  return run->folder != NULL ? weft_runs_steps (run->folder) : g_array_new (FALSE, FALSE, sizeof (gint64));
}

/* The checkpoint that is looked at; NULL: the run itself is. Any thread. */
static GHashTable *
read_looked_at (WeftRunModel *run)
{
  g_autofree char *path = NULL;
  g_mutex_lock (&run->look_lock);
  if (run->looked_at >= 0 && run->folder != NULL)
    path = weft_runs_checkpoint (run->folder, run->looked_at);
  g_mutex_unlock (&run->look_lock);
  return path != NULL ? weft_safetensors_read (path, NULL, NULL) : NULL;
}

/**
 * weft_run_model_dup_values:
 * @run: the run
 *
 * Any thread; waits for the step that runs.
 *
 * Returns: (transfer full) (nullable): name -> WeftArray, the parameters and the state as trained so far; NULL if nothing was
 */
GHashTable *
weft_run_model_dup_values (WeftRunModel *run)
{
  GHashTable *values = read_looked_at (run);
  if (values == NULL && run->session != NULL)
    values = weft_session_dup_values (run->session, NULL);
  return values;
}

static void
weft_run_model_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_STATE)
    g_value_set_int (value, (int) WEFT_RUN_MODEL (object)->state);
  else if (id == PROP_CURSOR)
    g_value_set_double (value, WEFT_RUN_MODEL (object)->cursor);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* A session whose run nobody looks at any more. */
typedef struct
{
  WeftSession *session;
  WeftWake    *wake;
} Ending;

/* The session writes a checkpoint when it ends, which may take as long as a disk does. */
static void
session_free (gpointer data)
{
  Ending *ending = data;
  weft_session_free (ending->session);
  weft_wake_unref (ending->wake);
  g_free (ending);
}

static void
end_session (WeftRunModel *run)
{
  Ending *ending = g_new0 (Ending, 1);
  ending->session = g_steal_pointer (&run->session);
  ending->wake = weft_wake_ref (run->wake);
  weft_free_later (session_free, ending);
}

static void
weft_run_model_dispose (GObject *object)
{
  WeftRunModel *run = WEFT_RUN_MODEL (object);
  if (run->session != NULL)
    end_session (run);
  g_clear_pointer (&run->wake, weft_wake_close);
  forget_past (run);
  g_clear_handle_id (&run->change_source, g_source_remove);
  g_clear_object (&run->trained);
  g_clear_object (&run->document);
  G_OBJECT_CLASS (weft_run_model_parent_class)->dispose (object);
}

static void
weft_run_model_finalize (GObject *object)
{
  WeftRunModel *run = WEFT_RUN_MODEL (object);
  weft_run_data_free (run->data);
  g_free (run->message);
  g_free (run->folder);
  g_free (run->interrupted);
  g_free (run->searched);
  g_free (run->device_word);
  g_mutex_clear (&run->look_lock);
  G_OBJECT_CLASS (weft_run_model_parent_class)->finalize (object);
}

static void
weft_run_model_class_init (WeftRunModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->get_property = weft_run_model_get_property;
  object_class->dispose = weft_run_model_dispose;
  object_class->finalize = weft_run_model_finalize;

  properties[PROP_STATE] =
    g_param_spec_int ("state", NULL, NULL, 0, WEFT_RUN_FAILED, 0,
                      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_CURSOR] =
    g_param_spec_double ("cursor", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_POINTS] = g_signal_new ("points", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_BEGUN] = g_signal_new ("begun", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_PAST] = g_signal_new ("past", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_INTERRUPTED] =
    g_signal_new ("interrupted", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_STRING);
  signals[SIGNAL_SAID] = g_signal_new ("said", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_STRING);
  signals[SIGNAL_VALUES_CHANGED] =
    g_signal_new ("values-changed", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
  signals[SIGNAL_PHASE] = g_signal_new ("phase", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_REWOUND] = g_signal_new ("rewound", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_NOTED] = g_signal_new ("noted", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", WEFT_TYPE_RUN_MODEL, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
weft_run_model_init (WeftRunModel *run)
{
  run->data = weft_run_data_new ();
  run->wake = weft_wake_new (DRAIN_INTERVAL_MS, drain_cb, run);
  run->cursor = NAN;
  run->looked_at = -1;
  g_mutex_init (&run->look_lock);
  run->progress.left_s = NAN;
}

/* The same nodes and wires: what differs are settings, which a run can take over on the way. */
static gboolean
same_structure (WeftDocument *a, WeftDocument *b)
{
  guint n = weft_document_n_nodes (a), n_wires = weft_document_n_wires (a);
  if (n != weft_document_n_nodes (b) || n_wires != weft_document_n_wires (b))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      const WeftNode *one = weft_document_node_at (a, i), *other = weft_document_node_at (b, i);
      if (one->uid != other->uid || !g_str_equal (one->op, other->op) ||
          ((one->flags ^ other->flags) & WEFT_NODE_BYPASSED) != 0)
        return FALSE;
    }
  for (guint i = 0; i < n_wires; i++)
    {
      const WeftWire *one = weft_document_wire_at (a, i), *other = weft_document_wire_at (b, i);
      if (one->from != other->from || one->to != other->to ||
          !g_str_equal (one->from_port, other->from_port) ||
          !g_str_equal (one->to_port, other->to_port))
        return FALSE;
    }
  return TRUE;
}

static gboolean
change_cb (gpointer data)
{
  WeftRunModel *run = data;
  run->change_source = 0;
  if (run->session == NULL || !weft_run_model_is_busy (run) || run->trained == NULL ||
      !same_structure (run->trained, run->document))
    return G_SOURCE_REMOVE;
  g_autofree char *before = weft_document_signature (run->trained);
  g_autofree char *now = weft_document_signature (run->document);
  if (g_str_equal (before, now))
    return G_SOURCE_REMOVE;
  g_clear_object (&run->trained);
  run->trained = weft_document_snapshot (run->document);
  weft_session_change (run->session, weft_document_snapshot (run->document));
  return G_SOURCE_REMOVE;
}

static void
changed_cb (WeftDocument *document, const WeftChange *change, WeftRunModel *run)
{
  if ((change->flags & (WEFT_CHANGE_NODES | WEFT_CHANGE_TRAINING)) == 0 ||
      (change->flags & (WEFT_CHANGE_GROUPS | WEFT_CHANGE_EVERYTHING)) != 0 ||
      !weft_run_model_is_busy (run) || run->change_source != 0)
    return;
  run->change_source = g_timeout_add (CHANGE_PAUSE_MS, change_cb, run);
}

static void
follow_smoothing (WeftRunModel *run)
{
  GSettings *settings = weft_settings_get ();
  weft_run_data_set_smoothing (run->data,
                               (WeftSmoothing) g_settings_get_enum (settings, "smoothing-kind"),
                               MIN (g_settings_get_double (settings, "smoothing"), 0.999));
  g_signal_emit (run, signals[SIGNAL_POINTS], 0);
}

/**
 * weft_run_model_new:
 * @document: what is trained
 *
 * Returns: (transfer full): a run that has done nothing; its thread starts with the first command
 */
WeftRunModel *
weft_run_model_new (WeftDocument *document)
{
  WeftRunModel *run = g_object_new (WEFT_TYPE_RUN_MODEL, NULL);
  run->document = g_object_ref (document);
  g_signal_connect_object (document, "changed", G_CALLBACK (changed_cb), run, 0);
  follow_smoothing (run);
  g_signal_connect_object (weft_settings_get (), "changed::smoothing",
                           G_CALLBACK (follow_smoothing), run, G_CONNECT_SWAPPED);
  g_signal_connect_object (weft_settings_get (), "changed::smoothing-kind",
                           G_CALLBACK (follow_smoothing), run, G_CONNECT_SWAPPED);
  return run;
}
