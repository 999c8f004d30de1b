/* Data that are looked at: a page while they are read, one where they cannot be, and what is shown
 * of them.
 *
 * A file is shown from its beginning while the rest is read. What is read no longer when another
 * reading begins, or the widget goes, is never shown.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/dataset/survey.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SURVEY_PAGES (weft_survey_pages_get_type ())
G_DECLARE_FINAL_TYPE (WeftSurveyPages, weft_survey_pages, WEFT, SURVEY_PAGES, AdwBin)

/* Takes @survey; NULL with @error: it cannot be read, and something is shown already. */
typedef void (*WeftSurveyShow) (WeftSurvey *survey, const GError *error, gpointer data);

/* @reading, @problem: what the pages say; @content: shown when something is read. */
WeftSurveyPages *weft_survey_pages_new (
  const char *reading, const char *problem, GtkWidget *content, WeftSurveyShow show, gpointer data);
/* @dialect: how a table is written; NULL: found out. */
void
weft_survey_pages_read_file (WeftSurveyPages *pages, const char *path, const WeftDialect *dialect);
/* A data set, by the parameters of its node. */
void weft_survey_pages_read_set (WeftSurveyPages *pages, WeftJson *params, const char *folder);

G_END_DECLS
