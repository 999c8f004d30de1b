/* The queue of a document's runs, on the main thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/run-queue.h"

#include "engine/train/queue.h"
#include "ui/shared/free-later.h"
#include "ui/shared/settings.h"
#include "ui/shared/wake.h"

#define PAUSE_MS 500

/* What the threads of the queue know of it: it may outlive the object. */
typedef struct
{
  WeftQueue *queue;
  WeftWake  *wake;
  gint       n_ended; /* atomic */
} Work;

struct _WeftRunQueue
{
  GObject parent_instance;

  /* Owned */
  Work     *work;
  WeftWake *wake;

  /* Plain values */
  gboolean training;
};

enum
{
  PROP_0,
  PROP_TRAINING,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_CHANGED,
  SIGNAL_ENDED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftRunQueue, weft_run_queue, G_TYPE_OBJECT)

static void
set_training (WeftRunQueue *queue, gboolean training)
{
  if (queue->training == training)
    return;
  queue->training = training;
  g_object_notify_by_pspec (G_OBJECT (queue), properties[PROP_TRAINING]);
}

static gboolean
tell_cb (gpointer data)
{
  g_autoptr (WeftRunQueue) queue = g_object_ref (data);
  gboolean ended = queue->training && !weft_queue_is_busy (queue->work->queue);
  if (ended)
    set_training (queue, FALSE);
  g_signal_emit (queue, signals[SIGNAL_CHANGED], 0);
  if (ended)
    g_signal_emit (queue, signals[SIGNAL_ENDED], 0,
                   (guint) g_atomic_int_get (&queue->work->n_ended));
  return G_SOURCE_REMOVE;
}

/* On a thread of the queue. */
static void
tell (guint number, const WeftEvent *event, gpointer data)
{
  Work *work = data;
  if (event != NULL && (event->kind == WEFT_EVENT_FINISHED || event->kind == WEFT_EVENT_FAILED))
    g_atomic_int_inc (&work->n_ended);
  if (event == NULL || event->kind != WEFT_EVENT_STEP)
    weft_wake_ask (work->wake);
}

/**
 * weft_run_queue_start:
 * @queue: a queue
 * @folder: of the runs
 * @document_path: (nullable): of the document
 *
 * Errors: as weft_queue_start
 */
gboolean
weft_run_queue_start (WeftRunQueue *queue,
                      const char   *folder,
                      const char   *document_path,
                      GError      **error)
{
  guint at_once = (guint) g_settings_get_int (weft_settings_get (), "runs-at-once");
  if (!queue->training)
    g_atomic_int_set (&queue->work->n_ended, 0);
  if (!weft_queue_start (queue->work->queue, folder, document_path, at_once, error))
    return FALSE;
  set_training (queue, TRUE);
  return TRUE;
}

/**
 * weft_run_queue_hold:
 * @queue: a queue
 */
void
weft_run_queue_hold (WeftRunQueue *queue)
{
  weft_queue_hold (queue->work->queue);
}

/**
 * weft_run_queue_stop_run:
 * @queue: a queue
 * @number: of a run
 *
 * Returns: FALSE if it is not trained here
 */
gboolean
weft_run_queue_stop_run (WeftRunQueue *queue, guint number)
{
  return weft_queue_stop_run (queue->work->queue, number);
}

/**
 * weft_run_queue_is_training:
 * @queue: a queue
 *
 * Returns: whether runs are trained, as far as it has been told
 */
gboolean
weft_run_queue_is_training (WeftRunQueue *queue)
{
  return queue->training;
}

static void
weft_run_queue_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_TRAINING)
    g_value_set_boolean (value, WEFT_RUN_QUEUE (object)->training);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
work_free (gpointer data)
{
  Work *work = data;
  weft_queue_free (work->queue);
  weft_wake_unref (work->wake);
  g_free (work);
}

static void
weft_run_queue_finalize (GObject *object)
{
  WeftRunQueue *queue = WEFT_RUN_QUEUE (object);
  weft_wake_close (queue->wake);
  weft_free_later (work_free, queue->work);
  G_OBJECT_CLASS (weft_run_queue_parent_class)->finalize (object);
}

static void
weft_run_queue_class_init (WeftRunQueueClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->get_property = weft_run_queue_get_property;
  object_class->finalize = weft_run_queue_finalize;
  properties[PROP_TRAINING] =
    g_param_spec_boolean ("training", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", WEFT_TYPE_RUN_QUEUE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", WEFT_TYPE_RUN_QUEUE, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
weft_run_queue_init (WeftRunQueue *queue)
{
  queue->wake = weft_wake_new (PAUSE_MS, tell_cb, queue);
  queue->work = g_new0 (Work, 1);
  queue->work->wake = weft_wake_ref (queue->wake);
  queue->work->queue = weft_queue_new (tell, queue->work);
}

/**
 * weft_run_queue_new:
 *
 * Returns: (transfer full): a queue that trains nothing; what it trains when it is freed waits
 * again
 */
WeftRunQueue *
weft_run_queue_new (void)
{
  return g_object_new (WEFT_TYPE_RUN_QUEUE, NULL);
}
