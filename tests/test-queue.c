/* Tests of a queue: none of its calls waits for what is being trained, and one that was held can go
 * on at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/ops/ops.h"
#include "engine/train/queue.h"
#include "engine/train/runs.h"

#include <glib/gstdio.h>

#define N_RUNS 3
#define STEPS 40

/* What the queue tells, on its threads. */
typedef struct
{
  GMutex   lock;
  GCond    changed;
  gboolean begun, free, ended; /* free: who tells may return */
  guint    n_finished;
} Watch;

static void
tell (guint number, const WeftEvent *event, gpointer data)
{
  Watch *watch = data;

  g_mutex_lock (&watch->lock);
  watch->begun = TRUE;
  watch->ended = event == NULL;
  watch->n_finished += event != NULL && event->kind == WEFT_EVENT_FINISHED;
  g_cond_broadcast (&watch->changed);
  while (!watch->free)
    g_cond_wait (&watch->changed, &watch->lock);
  g_mutex_unlock (&watch->lock);
}

static void
wait_for (Watch *watch, const gboolean *what)
{
  g_mutex_lock (&watch->lock);
  while (!*what)
    g_cond_wait (&watch->changed, &watch->lock);
  g_mutex_unlock (&watch->lock);
}

static void
make_runs (const char *folder)
{
  g_autofree char *path = g_build_filename (weft_data_dir (), "examples", "iris.weft", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  WeftRunOrigin origin = { .queued = TRUE };
  guint         number;

  g_assert_no_error (error);
  weft_document_set_training (document, "epochs", NULL);
  weft_document_set_training (document, "steps", weft_json_new_int (STEPS));
  for (guint i = 0; i < N_RUNS; i++)
    {
      g_autofree char *run = weft_runs_begin (folder, document, &origin, &number, &error);

      g_assert_no_error (error);
    }
}

/* A thread of the queue stands still until the test lets it go: a call that waits for it never
 * returns. */
static void
test_waits_for_nothing (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("weft-queue-XXXXXX", &error);
  g_autofree char *other = g_dir_make_tmp ("weft-queue-XXXXXX", &error);
  Watch            watch = { 0 };
  WeftQueue       *queue = weft_queue_new (tell, &watch);
  g_autoptr (GPtrArray) runs = NULL;

  make_runs (folder);
  g_assert_true (weft_queue_start (queue, folder, NULL, 1, &error));
  wait_for (&watch, &watch.begun);
  weft_queue_hold (queue);
  g_assert_false (weft_queue_start (queue, other, NULL, 1, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_AGAIN);
  g_clear_error (&error);
  g_assert_true (weft_queue_start (queue, folder, NULL, 2, &error));
  g_assert_no_error (error);
  g_assert_true (weft_queue_is_busy (queue));
  g_mutex_lock (&watch.lock);
  watch.free = TRUE;
  watch.ended = FALSE;
  g_cond_broadcast (&watch.changed);
  g_mutex_unlock (&watch.lock);
  wait_for (&watch, &watch.ended);
  weft_queue_free (queue);
  /* Also the one that was held on the way has been trained to its end. */
  g_assert_cmpuint (watch.n_finished, ==, N_RUNS);
  runs = weft_runs_list (folder);
  g_assert_cmpuint (runs->len, ==, N_RUNS);
  for (guint i = 0; i < runs->len; i++)
    {
      const WeftKeptRun *run = g_ptr_array_index (runs, i);

      g_assert_cmpint (run->state, ==, WEFT_KEPT_FINISHED);
      g_assert_cmpint (run->step, ==, STEPS);
      g_assert_true (weft_runs_remove (run->folder, &error));
    }
  g_rmdir (folder);
  g_rmdir (other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/train/queue/waits-for-nothing", test_waits_for_nothing);
  return g_test_run ();
}
