/* A survey made on a thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/survey-job.h"

typedef struct
{
  /* Owned */
  char     *path, *folder;
  WeftJson *params;

  /* Borrowed */
  GTask                *task;
  WeftSurveyJobProgress progress;
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

/* ---- The work ---- */

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
  survey = job->path != NULL ? weft_survey_file (job->path, cancellable, &error)
                             : survey_params (job, cancellable, &error);
  weft_dataset_watch (NULL, NULL);
  if (survey != NULL)
    g_task_return_pointer (task, survey, (GDestroyNotify) weft_survey_free);
  else
    g_task_return_error (task, error);
}

/**
 * weft_survey_job_start:
 * @path: (nullable): a file to guess; %NULL: @params say what to open
 * @params: (nullable): of a dataset node
 * @folder: (nullable): where relative file names of @params are looked for
 * @progress: called now and then, until @cancellable is cancelled
 * @done: calls weft_survey_job_finish()
 */
void
weft_survey_job_start (GObject              *source,
                       const char           *path,
                       WeftJson             *params,
                       const char           *folder,
                       GCancellable         *cancellable,
                       WeftSurveyJobProgress progress,
                       GAsyncReadyCallback   done,
                       gpointer              data)
{
  g_autoptr (GTask) task = g_task_new (source, cancellable, done, data);
  Job *job = g_new0 (Job, 1);

  job->path = g_strdup (path);
  job->folder = g_strdup (folder);
  job->params = params != NULL ? weft_json_copy (params) : NULL;
  job->task = task;
  job->progress = progress;
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
