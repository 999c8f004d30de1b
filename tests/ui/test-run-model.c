/* A run and its past: what a run that goes on measured before stands in its curves, whatever the
 * length of its log; and what is freed keeps nobody waiting.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/document/document.h"
#include "engine/ops/ops.h"
#include "engine/train/runs.h"
#include "ui/shared/free-later.h"
#include "ui/shared/run-model.h"
#include "ui/shared/settings.h"
#include "ui/shared/wake.h"

#include <glib/gstdio.h>

/* Longer than any wait takes on a busy machine. */
#define LIMIT_US (120 * G_TIME_SPAN_SECOND)

static void
wait_until (gboolean (*check) (gpointer data), gpointer data)
{
  gint64 end = g_get_monotonic_time () + LIMIT_US;
  while (!check (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
}

/* ---- Freeing ---- */

typedef struct
{
  GMutex   lock;
  gboolean freed;
} Slow;

static void
slow_free (gpointer data)
{
  Slow *slow = data;
  g_mutex_lock (&slow->lock);
  slow->freed = TRUE;
  g_mutex_unlock (&slow->lock);
}

/* What cannot be freed yet is waited for at the end alone. */
static void
test_free_later (void)
{
  Slow slow = { 0 };
  g_mutex_lock (&slow.lock);
  weft_free_later (slow_free, &slow);
  g_assert_false (slow.freed);
  g_mutex_unlock (&slow.lock);
  weft_free_later_finish ();
  g_assert_true (slow.freed);
}

static gboolean
count_cb (gpointer data)
{
  ++*(guint *) data;
  return G_SOURCE_REMOVE;
}

static gpointer
ask_thread (gpointer wake)
{
  for (guint i = 0; i < 1000; i++)
    weft_wake_ask (wake);
  return NULL;
}

static gboolean
was_called (gpointer data)
{
  return *(guint *) data > 0;
}

static gboolean
nothing_waits (gpointer data)
{
  return !g_main_context_pending (NULL);
}

/* A thousand who ask are one call; of a closed one there is none. */
static void
test_wake (void)
{
  guint     n = 0;
  WeftWake *wake = weft_wake_new (0, count_cb, &n), *kept = weft_wake_ref (wake);
  g_thread_join (g_thread_new (NULL, ask_thread, wake));
  wait_until (was_called, &n);
  wait_until (nothing_waits, NULL);
  g_assert_cmpuint (n, ==, 1);
  weft_wake_ask (wake);
  weft_wake_close (wake);
  weft_wake_ask (kept);
  weft_wake_unref (kept);
  wait_until (nothing_waits, NULL);
  g_assert_cmpuint (n, ==, 1);
}

/* ---- The past ---- */

static WeftDocument *
make_document (const char *folder)
{
  g_autofree char *example = g_build_filename (weft_data_dir (), "examples", "iris.weft", NULL);
  g_autofree char *path = g_build_filename (folder, "iris.weft", NULL);
  g_autoptr (GError) error = NULL;
  WeftDocument *document = weft_document_load (example, &error);
  g_assert_no_error (error);
  weft_document_set_training (document, "epochs", weft_json_new_int (100000));
  g_assert_true (weft_document_save (document, path, &error));
  g_assert_no_error (error);
  return document;
}

static gboolean
has_points (gpointer run)
{
  return weft_run_model_n_curves (run) > 0 &&
         weft_series_n (weft_run_model_get_curve (run, 0)->train) > 500;
}

static gboolean
is_seen (gpointer data)
{
  return *(gint64 *) data > 0;
}

static void
interrupted_cb (WeftRunModel *run, gint64 step, gint64 *seen)
{
  *seen = step;
}

static void
past_cb (WeftRunModel *run, gint64 *seen)
{
  *seen = 1;
}

static void
remove_runs (WeftDocument *document)
{
  g_autofree char *folder = weft_runs_folder (document);
  g_autoptr (GPtrArray) runs = weft_runs_list (folder);
  for (guint i = 0; i < runs->len; i++)
    weft_runs_remove (((WeftKeptRun *) g_ptr_array_index (runs, i))->folder, NULL);
  g_rmdir (folder);
}

/* The curve of one run, in one piece: from its first step, without a step twice. */
static void
test_past (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-past-XXXXXX", NULL);
  g_autoptr (WeftDocument) document = make_document (folder);
  WeftRunModel *run = weft_run_model_new (document);
  gint64        stands_at = 0, past = 0;
  weft_run_model_train (run);
  wait_until (has_points, run);
  /* As a window that is closed: the checkpoint is written when nobody waits any more. */
  g_object_unref (run);
  run = weft_run_model_new (document);
  g_signal_connect (run, "interrupted", G_CALLBACK (interrupted_cb), &stands_at);
  g_signal_connect (run, "past", G_CALLBACK (past_cb), &past);
  weft_run_model_find_interrupted (run);
  wait_until (is_seen, &stands_at);
  weft_run_model_train (run);
  wait_until (is_seen, &past);
  wait_until (has_points, run);
  const WeftSeries *train = weft_run_model_get_curve (run, 0)->train;
  g_assert_cmpfloat (weft_series_x (train, 0), ==, 1);
  g_assert_cmpfloat (weft_series_x (train, weft_series_n (train) - 1), >=, stands_at);
  for (guint i = 1; i < weft_series_n (train); i++)
    g_assert_cmpfloat (weft_series_x (train, i), >, weft_series_x (train, i - 1));
  g_object_unref (run);
  weft_free_later_finish ();
  remove_runs (document);
  g_unlink (weft_document_get_path (document));
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  if (!weft_settings_init (&error))
    g_error ("%s", error->message);
  g_test_add_func ("/ui/run-model/free-later", test_free_later);
  g_test_add_func ("/ui/run-model/wake", test_wake);
  g_test_add_func ("/ui/run-model/past", test_past);
  return g_test_run ();
}
