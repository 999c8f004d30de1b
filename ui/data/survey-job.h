/* A survey made on a thread: how far it is, what came of it, and an end at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/dataset/survey.h"

G_BEGIN_DECLS

/* On the main thread. */
typedef void (*WeftSurveyJobProgress) (double fraction, gpointer data);

/* Of a file, or with @path NULL of the data set that @params (copied) say; @source is borrowed while
 * it goes on. */
void        weft_survey_job_start (GObject *source, const char *path, WeftJson *params, const char *folder, GCancellable *cancellable, WeftSurveyJobProgress progress, GAsyncReadyCallback done, gpointer data);
WeftSurvey *weft_survey_job_finish (GAsyncResult *result, GError **error);

G_END_DECLS
