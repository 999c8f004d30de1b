/* What is on disk of a run that goes on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/run-past.h"

#include "engine/train/runs.h"
#include "ui/curves/run-folder.h"

/* A window that was closed is given so long to write its last checkpoint. */
#define LEAVE_TRIES 60
#define LEAVE_PAUSE_US 50000

/* ---- What it measured ---- */

typedef struct
{
  char         *folder;
  gint64        step;
  WeftSmoothing smoothing;
  double        weight;
} Past;

static void
past_free (gpointer data)
{
  Past *past = data;
  g_free (past->folder);
  g_free (past);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Past  *past = data;
  GError      *error = NULL;
  WeftRunData *read = weft_run_folder_read (past->folder, (double) past->step, cancellable, &error);
  if (read == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  weft_run_data_set_smoothing (read, past->smoothing, past->weight);
  g_task_return_pointer (task, read, (GDestroyNotify) weft_run_data_free);
}

/**
 * weft_run_past_read:
 * @source: of the task
 * @folder: of a run
 * @step: the last one that counts
 * @smoothed_as: says how the curves are smoothed
 * @cancellable: (nullable): ends it
 * @done: calls weft_run_past_read_finish()
 * @data: for @done
 */
void
weft_run_past_read (GObject            *source,
                    const char         *folder,
                    gint64              step,
                    const WeftRunData  *smoothed_as,
                    GCancellable       *cancellable,
                    GAsyncReadyCallback done,
                    gpointer            data)
{
  g_autoptr (GTask) task = g_task_new (source, cancellable, done, data);
  Past *past = g_new0 (Past, 1);
  past->folder = g_strdup (folder);
  past->step = step;
  past->smoothing = smoothed_as->smoothing;
  past->weight = smoothed_as->weight;
  g_task_set_task_data (task, past, past_free);
  g_task_run_in_thread (task, read_thread);
}

/**
 * weft_run_past_read_finish:
 *
 * Returns: (transfer full): what it measured; NULL on error
 * Errors: G_FILE_ERROR, G_IO_ERROR_CANCELLED
 */
WeftRunData *
weft_run_past_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Whether there is one ---- */

typedef struct
{
  char  *runs_folder, *signature;
  gint64 step;
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;
  g_free (search->runs_folder);
  g_free (search->signature);
  g_free (search);
}

static WeftKeptRun *
open_newest (const char *runs_folder)
{
  g_autoptr (GArray) numbers = weft_runs_numbers (runs_folder);
  if (numbers->len == 0)
    return NULL;
  g_autofree char *path =
    weft_runs_path (runs_folder, g_array_index (numbers, guint, numbers->len - 1));
  return weft_runs_open (path);
}

static void
find_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Search *search = data;
  g_autoptr (WeftKeptRun) newest = open_newest (search->runs_folder);
  for (guint i = 0; i < LEAVE_TRIES && newest != NULL && newest->state == WEFT_KEPT_RUNNING &&
                    !g_cancellable_is_cancelled (cancellable);
       i++)
    {
      g_usleep (LEAVE_PAUSE_US);
      g_clear_pointer (&newest, weft_kept_run_free);
      newest = open_newest (search->runs_folder);
    }
  g_autoptr (GArray) steps = newest != NULL ? weft_runs_steps (newest->folder) : NULL;
  if (newest == NULL || newest->state != WEFT_KEPT_INTERRUPTED || newest->problem != NULL ||
      steps->len == 0 || g_strcmp0 (search->signature, newest->signature) != 0)
    {
      g_task_return_pointer (task, NULL, NULL);
      return;
    }
  search->step = g_array_index (steps, gint64, steps->len - 1);
  g_task_return_pointer (task, g_strdup (newest->folder), g_free);
}

/**
 * weft_run_past_find:
 * @source: of the task
 * @runs_folder: of a document
 * @signature: of the document
 * @cancellable: (nullable): ends it
 * @done: calls weft_run_past_find_finish()
 * @data: for @done
 */
void
weft_run_past_find (GObject            *source,
                    const char         *runs_folder,
                    const char         *signature,
                    GCancellable       *cancellable,
                    GAsyncReadyCallback done,
                    gpointer            data)
{
  g_autoptr (GTask) task = g_task_new (source, cancellable, done, data);
  Search *search = g_new0 (Search, 1);
  search->runs_folder = g_strdup (runs_folder);
  search->signature = g_strdup (signature);
  g_task_set_task_data (task, search, search_free);
  g_task_run_in_thread (task, find_thread);
}

/**
 * weft_run_past_find_finish:
 * @step: (out): where it stands
 *
 * Returns: (transfer full) (nullable): the folder of the run
 */
char *
weft_run_past_find_finish (GAsyncResult *result, gint64 *step)
{
  *step = ((Search *) g_task_get_task_data (G_TASK (result)))->step;
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
