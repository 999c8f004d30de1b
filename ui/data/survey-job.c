/* A survey made on a thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/survey-job.h"

#include <glib/gstdio.h>

typedef struct
{
  /* Owned */
  char        *path, *folder;
  WeftJson    *params;
  WeftDialect *dialect; /* NULL: found out */

  /* Borrowed */
  GTask                *task;
  WeftSurveyJobProgress progress;
  WeftSurveyJobHead     head;
  gpointer              data;

  /* Plain values */
  gint  waiting; /* atomic: a fraction is on its way to the main thread */
  guint thousandths;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_free (job->path);
  g_free (job->folder);
  g_free (job->dialect);
  weft_json_unref (job->params);
  g_free (job);
}

/* ---- How far it is ---- */

static gboolean
say_cb (gpointer data)
{
  GTask *task = data;
  Job   *job = g_task_get_task_data (task);

  g_atomic_int_set (&job->waiting, 0);
  if (!g_task_get_completed (task) && !g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    job->progress ((double) g_atomic_int_get (&job->thousandths) / 1000, job->data);
  return G_SOURCE_REMOVE;
}

/* One message at a time is on its way, and below drawing: a fast file cannot flood the window. */
static void
progress_thread (double fraction, gpointer data)
{
  Job *job = data;

  g_atomic_int_set (&job->thousandths, (guint) (1000 * fraction));
  if (g_atomic_int_compare_and_exchange (&job->waiting, 0, 1))
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, say_cb, g_object_ref (job->task), g_object_unref);
}

/* ---- The beginning of a table ---- */

/* Enough for the rows and a first idea of the columns, and read in a moment. */
#define HEAD_BYTES ((gsize) 2 << 20)

typedef struct
{
  GTask      *task;   /* owned */
  WeftSurvey *survey; /* owned */
} Head;

static void
head_free (gpointer data)
{
  Head *head = data;

  weft_survey_free (head->survey);
  g_object_unref (head->task);
  g_free (head);
}

static gboolean
head_cb (gpointer data)
{
  Head *head = data;
  Job  *job = g_task_get_task_data (head->task);

  if (!g_task_get_completed (head->task) &&
      !g_cancellable_is_cancelled (g_task_get_cancellable (head->task)))
    job->head (g_steal_pointer (&head->survey), job->data);
  return G_SOURCE_REMOVE;
}

/* Says nothing of files that are small, or wrong: what comes of the whole is told soon. */
static void
look_at_head (GTask *task, Job *job, GCancellable *cancellable)
{
  GStatBuf    about;
  WeftSurvey *survey;
  Head       *head;

  if (!weft_survey_is_table (job->path) || g_stat (job->path, &about) != 0 ||
      (gsize) about.st_size <= HEAD_BYTES)
    return;
  survey = weft_survey_table (job->path, job->dialect, HEAD_BYTES, cancellable, NULL);
  if (survey == NULL)
    return;
  head = g_new (Head, 1);
  *head = (Head){ g_object_ref (task), survey };
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, head_cb, head, head_free);
}

/* ---- The work ---- */

static WeftSurvey *
survey_file (GTask *task, Job *job, GCancellable *cancellable, GError **error)
{
  look_at_head (task, job, cancellable);
  return job->dialect != NULL
           ? weft_survey_table (job->path, job->dialect, G_MAXSIZE, cancellable, error)
           : weft_survey_file (job->path, cancellable, error);
}

static WeftSurvey *
survey_params (Job *job, GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftDatasetSpec) spec = weft_dataset_spec_new (job->params, job->folder, error);
  g_autoptr (WeftDataset) dataset =
    spec != NULL ? weft_dataset_open (spec, cancellable, error) : NULL;

  return dataset != NULL ? weft_survey_dataset (dataset, WEFT_SPLIT_TRAIN, cancellable, error)
                         : NULL;
}

static void
survey_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job        *job = data;
  GError     *error = NULL;
  WeftSurvey *survey;

  weft_dataset_watch (progress_thread, job);
  survey = job->path != NULL ? survey_file (task, job, cancellable, &error)
                             : survey_params (job, cancellable, &error);
  weft_dataset_watch (NULL, NULL);
  if (survey != NULL)
    g_task_return_pointer (task, survey, (GDestroyNotify) weft_survey_free);
  else
    g_task_return_error (task, error);
}

/**
 * weft_survey_job_start:
 * @order: what to look at, copied
 * @progress: called now and then
 * @head: called at most once, and before @done
 * @done: calls weft_survey_job_finish()
 */
void
weft_survey_job_start (GObject               *source,
                       const WeftSurveyOrder *order,
                       GCancellable          *cancellable,
                       WeftSurveyJobProgress  progress,
                       WeftSurveyJobHead      head,
                       GAsyncReadyCallback    done,
                       gpointer               data)
{
  g_autoptr (GTask) task = g_task_new (source, cancellable, done, data);
  Job *job = g_new0 (Job, 1);

  job->path = g_strdup (order->path);
  job->folder = g_strdup (order->folder);
  job->params = order->params != NULL ? weft_json_copy (order->params) : NULL;
  job->dialect = g_memdup2 (order->dialect, sizeof *order->dialect);
  job->task = task;
  job->progress = progress;
  job->head = head;
  job->data = data;
  g_task_set_return_on_cancel (task, FALSE);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, survey_thread);
}

/* Returns: (transfer full): the survey; its JSON belongs to this thread */
WeftSurvey *
weft_survey_job_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
