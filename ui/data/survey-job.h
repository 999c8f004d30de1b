/* A survey made on a thread: how far it is, what came of it, and an end at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/dataset/survey.h"

G_BEGIN_DECLS

/* On the main thread, until it is cancelled. */
typedef void (*WeftSurveyJobProgress) (double fraction, gpointer data);
/* Takes what the beginning of a large table holds, while the rest is read. */
typedef void (*WeftSurveyJobHead) (WeftSurvey *head, gpointer data);

/* A file, or with path NULL the data set that params say; copied. */
typedef struct
{
  const char        *path;
  const WeftDialect *dialect; /* of a table; NULL: found out */
  WeftJson          *params;
  const char        *folder; /* where relative names in params are looked for; NULL: nowhere */
} WeftSurveyOrder;

void        weft_survey_job_start (GObject               *source,
                                   const WeftSurveyOrder *order,
                                   GCancellable          *cancellable,
                                   WeftSurveyJobProgress  progress,
                                   WeftSurveyJobHead      head,
                                   GAsyncReadyCallback    done,
                                   gpointer               data);
WeftSurvey *weft_survey_job_finish (GAsyncResult *result, GError **error);

G_END_DECLS
