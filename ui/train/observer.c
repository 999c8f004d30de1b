/* Looks at the model for the views of a board.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/observer.h"

#include "engine/train/runs.h"
#include "engine/train/sample.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LEAST_PAUSE_US 100000 /* ten times a second */
#define FRAME_MS 17
#define SHARE 4 /* looking takes at most one part in so many of the time */
#define NICE 10 /* training and the window go first */

struct _WeftObserver
{
  GObject parent_instance;

  /* Owned */
  WeftDocument *document;
  WeftRunModel *run;
  GPtrArray    *views; /* WeftView, borrowed: each removes itself */
  GCancellable *cancellable;
  WeftFacts    *facts;
  WeftArray    *drawn;

  /* Plain values */
  WeftLookCache cache; /* the worker's while one is busy */
  guint64       facts_revision;
  gboolean      busy, stale;
  gint64        began_us, took_us;
  guint         source;
  int           truth, guess;
};

enum
{
  SIGNAL_CELL,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftObserver, weft_observer, G_TYPE_OBJECT)

/* What one view is to show. */
typedef struct
{
  WeftView           *view; /* a reference; the main thread's */
  const WeftViewKind *kind;
  char               *choice, *message;
  gpointer            previous, result; /* references */
} Job;

typedef struct
{
  WeftObserver *observer; /* a reference */
  WeftRunModel *run;
  GPtrArray    *jobs;
  guint         n_shown; /* of the jobs */
  WeftLook      look;
} Round;

static void
result_unref (const WeftViewKind *kind, gpointer result)
{
  if (result != NULL)
    g_atomic_rc_box_release_full (result, kind->free);
}

static void
job_free (gpointer data)
{
  Job *job = data;
  result_unref (job->kind, job->previous);
  result_unref (job->kind, job->result);
  g_object_unref (job->view);
  g_free (job->choice);
  g_free (job->message);
  g_free (job);
}

static void
round_free (Round *round)
{
  g_ptr_array_unref (round->jobs);
  g_clear_pointer (&round->look.values, g_hash_table_unref);
  g_clear_pointer (&round->look.drawn, weft_array_unref);
  g_free (round->look.run_folder);
  g_free (round->look.runs_folder);
  g_object_unref (round->look.document);
  g_object_unref (round->look.cancellable);
  g_object_unref (round->run);
  g_object_unref (round->observer);
  g_free (round);
}

/* ---- On the worker ---- */

static void
compute (WeftLook *look, Job *job)
{
  g_autoptr (GError) error = NULL;
  if (look->values == NULL && !job->kind->untrained)
    return;
  /* Some look through the whole document: once for each. */
  if ((job->previous == NULL || look->fresh) && job->kind->fits != NULL &&
      !job->kind->fits (look->facts, look->document))
    return;
  job->result = job->kind->compute (look, job->choice, job->previous, &error);
  if (error != NULL)
    job->message = g_strdup (error->message);
}

static gboolean arrived_cb (gpointer data);

static gpointer
look_thread (gpointer data)
{
  Round *round = data;
  /* Of this thread alone: on Linux each has its own. */
  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), NICE);
  round->look.values = weft_run_model_dup_values (round->run);
  weft_look_begin (&round->look);
  for (guint i = 0; i < round->jobs->len; i++)
    if (!g_cancellable_is_cancelled (round->look.cancellable))
      compute (&round->look, g_ptr_array_index (round->jobs, i));
  weft_look_end (&round->look);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, arrived_cb, round, NULL);
  return NULL;
}

/* ---- On the main thread ---- */

static void
finish_round (Round *round)
{
  WeftObserver *observer = round->observer;
  observer->busy = FALSE;
  if (observer->stale)
    weft_observer_ask (observer);
  round_free (round);
}

/* A view a frame: several that draw anew in the same one would make it late. */
static gboolean
hand_out_cb (gpointer data)
{
  Round *round = data;
  if (!g_cancellable_is_cancelled (round->look.cancellable) && round->n_shown < round->jobs->len)
    {
      Job *job = g_ptr_array_index (round->jobs, round->n_shown++);
      if (g_strcmp0 (job->choice, weft_view_get_choice (job->view)) == 0)
        weft_view_take (job->view, g_steal_pointer (&job->result), job->message);
      return G_SOURCE_CONTINUE;
    }
  finish_round (round);
  return G_SOURCE_REMOVE;
}

static gboolean
arrived_cb (gpointer data)
{
  Round        *round = data;
  WeftObserver *observer = round->observer;
  observer->took_us = g_get_monotonic_time () - observer->began_us;
  if (hand_out_cb (round) == G_SOURCE_CONTINUE)
    g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, FRAME_MS, hand_out_cb, round, NULL);
  return G_SOURCE_REMOVE;
}

static Round *
round_new (WeftObserver *observer)
{
  Round                 *round = g_new0 (Round, 1);
  const WeftRunProgress *progress = weft_run_model_get_progress (observer->run);
  gint64                 looked_at = weft_run_model_get_looked_at (observer->run);
  round->observer = g_object_ref (observer);
  round->run = g_object_ref (observer->run);
  round->jobs = g_ptr_array_new_with_free_func (job_free);
  round->look = (WeftLook){
    .document = weft_document_snapshot (observer->document),
    .step = looked_at >= 0 ? looked_at : progress->step,
    .run_folder = g_strdup (weft_run_model_get_folder (observer->run)),
    .runs_folder = weft_runs_folder (observer->document),
    .peak_bytes = progress->peak_bytes,
    .truth = observer->truth,
    .guess = observer->guess,
    .drawn = observer->drawn != NULL ? weft_array_ref (observer->drawn) : NULL,
    .cancellable = g_object_ref (observer->cancellable),
    .cache = &observer->cache,
  };
  for (guint i = 0; i < observer->views->len; i++)
    {
      WeftView     *view = g_ptr_array_index (observer->views, i);
      gconstpointer previous = weft_view_get_result (view);
      if (!gtk_widget_get_mapped (GTK_WIDGET (view)))
        continue;
      Job *job = g_new0 (Job, 1);
      job->view = g_object_ref (view);
      job->kind = weft_view_get_kind (view);
      job->choice = g_strdup (weft_view_get_choice (view));
      job->previous = previous != NULL ? g_atomic_rc_box_acquire ((gpointer) previous) : NULL;
      g_ptr_array_add (round->jobs, job);
    }
  return round;
}

static gboolean
look_cb (gpointer data)
{
  WeftObserver *observer = data;
  Round        *round = round_new (observer);
  observer->source = 0;
  observer->stale = FALSE;
  if (round->jobs->len == 0)
    {
      round_free (round);
      return G_SOURCE_REMOVE;
    }
  observer->busy = TRUE;
  observer->began_us = g_get_monotonic_time ();
  g_thread_unref (g_thread_new ("weft-views", look_thread, round));
  return G_SOURCE_REMOVE;
}

/**
 * weft_observer_ask:
 * @observer: an observer
 *
 * Looks again soon, if a view is seen.
 */
void
weft_observer_ask (WeftObserver *observer)
{
  gint64 since = g_get_monotonic_time () - observer->began_us;
  gint64 pause = MAX (LEAST_PAUSE_US, SHARE * observer->took_us);
  observer->stale = TRUE;
  if (observer->busy || observer->source != 0 || g_cancellable_is_cancelled (observer->cancellable))
    return;
  observer->source = g_timeout_add_full (
    G_PRIORITY_DEFAULT_IDLE, (guint) MAX (0, (pause - since) / 1000), look_cb, observer, NULL);
}

/**
 * weft_observer_add:
 * @observer: an observer
 * @view: lives until it is removed
 */
void
weft_observer_add (WeftObserver *observer, WeftView *view)
{
  g_ptr_array_add (observer->views, view);
  weft_observer_ask (observer);
}

/**
 * weft_observer_remove:
 * @observer: an observer
 * @view: one that was added
 */
void
weft_observer_remove (WeftObserver *observer, WeftView *view)
{
  g_ptr_array_remove (observer->views, view);
}

/**
 * weft_observer_get_facts:
 * @observer: an observer
 *
 * Returns: (transfer none): what the document is about
 */
const WeftFacts *
weft_observer_get_facts (WeftObserver *observer)
{
  guint64 revision = weft_document_get_revision (observer->document);
  if (observer->facts == NULL || observer->facts_revision != revision)
    {
      weft_facts_free (observer->facts);
      observer->facts = weft_facts_new (observer->document);
      observer->facts_revision = revision;
    }
  return observer->facts;
}

/**
 * weft_observer_get_document:
 * @observer: an observer
 *
 * Returns: (transfer none): what it looks at
 */
WeftDocument *
weft_observer_get_document (WeftObserver *observer)
{
  return observer->document;
}

/**
 * weft_observer_set_cell:
 * @observer: an observer
 * @truth: a class; -1: any
 * @guess: what the model took it for; -1: anything
 */
void
weft_observer_set_cell (WeftObserver *observer, int truth, int guess)
{
  observer->truth = truth;
  observer->guess = guess;
  g_signal_emit (observer, signals[SIGNAL_CELL], 0, truth, guess);
  weft_observer_ask (observer);
}

/**
 * weft_observer_set_drawn:
 * @observer: an observer
 * @drawn: (transfer full) (nullable): one row of the model's input
 */
void
weft_observer_set_drawn (WeftObserver *observer, WeftArray *drawn)
{
  g_clear_pointer (&observer->drawn, weft_array_unref);
  observer->drawn = drawn;
  weft_observer_ask (observer);
}

/**
 * weft_observer_close:
 * @observer: an observer
 *
 * Ends what is computed; the views get nothing more.
 */
void
weft_observer_close (WeftObserver *observer)
{
  g_clear_handle_id (&observer->source, g_source_remove);
  g_cancellable_cancel (observer->cancellable);
  g_signal_handlers_disconnect_by_data (observer->run, observer);
  g_signal_handlers_disconnect_by_data (observer->document, observer);
}

static void
weft_observer_finalize (GObject *object)
{
  WeftObserver *observer = WEFT_OBSERVER (object);
  weft_observer_close (observer);
  weft_look_cache_clear (&observer->cache);
  weft_facts_free (observer->facts);
  g_clear_pointer (&observer->drawn, weft_array_unref);
  g_ptr_array_unref (observer->views);
  g_object_unref (observer->cancellable);
  g_object_unref (observer->document);
  g_object_unref (observer->run);
  G_OBJECT_CLASS (weft_observer_parent_class)->finalize (object);
}

static void
weft_observer_class_init (WeftObserverClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_observer_finalize;
  signals[SIGNAL_CELL] = g_signal_new ("cell", WEFT_TYPE_OBSERVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
}

static void
weft_observer_init (WeftObserver *observer)
{
  observer->views = g_ptr_array_new ();
  observer->cancellable = g_cancellable_new ();
  observer->truth = observer->guess = -1;
}

/**
 * weft_observer_new:
 * @document: what is trained
 * @run: its run
 *
 * Returns: (transfer full): an observer; to be closed
 */
WeftObserver *
weft_observer_new (WeftDocument *document, WeftRunModel *run)
{
  WeftObserver *observer = g_object_new (WEFT_TYPE_OBSERVER, NULL);
  observer->document = g_object_ref (document);
  observer->run = g_object_ref (run);
  g_signal_connect_swapped (run, "points", G_CALLBACK (weft_observer_ask), observer);
  g_signal_connect_swapped (run, "notify::state", G_CALLBACK (weft_observer_ask), observer);
  g_signal_connect_swapped (document, "changed", G_CALLBACK (weft_observer_ask), observer);
  /* A run that can be looked at as it was says so. */
  if (g_signal_lookup ("values-changed", WEFT_TYPE_RUN_MODEL) != 0)
    g_signal_connect_swapped (run, "values-changed", G_CALLBACK (weft_observer_ask), observer);
  return observer;
}
