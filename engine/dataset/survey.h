/* Looking at data before they are used: what the fields of a file hold, and a specification made of
 * what a person decides about them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset.h"
#include "engine/dataset/dialect.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_ROLE_INPUT,
  WEFT_ROLE_LABEL,
  WEFT_ROLE_IGNORED,
} WeftRole;

typedef enum
{
  WEFT_FIELD_NUMBER,
  WEFT_FIELD_CATEGORY,
  WEFT_FIELD_TEXT, /* neither: names, sentences */
} WeftFieldKind;

typedef struct
{
  char         *name;
  WeftRole      role; /* as guessed */
  WeftFieldKind kind; /* as guessed */
  gboolean      can_be_number, can_be_category;
  gboolean      is_date;     /* every text is a day, with a time or without */
  gboolean      is_counting; /* whole numbers that go up by one: rows that are numbered */

  /* Counts */
  gint64 n, n_missing, n_numbers, n_bad; /* bad: neither missing nor a number */

  /* Of the numbers, where there are any */
  double  low, high, mean, deviation;
  guint   n_bins; /* of equal width, from bins_low to bins_high */
  gint64 *bins;
  double  bins_low, bins_high;

  /* The different texts in their order with their counts; NULL: too many to be classes */
  char  **texts;
  gint64 *counts;
} WeftField;

typedef struct
{
  char        *path;      /* NULL: of a data set */
  WeftField   *fields;    /* [n_fields] */
  guint        n_fields;  /* of a table; else of the columns of the data set */
  gint64       n_rows;
  gboolean     is_table;  /* each field may be given a role */
  gboolean     is_text;   /* a table whose dialect may be another */
  gboolean     is_partial; /* the file goes on behind what was looked at */
  WeftDialect  dialect;   /* tables: how it is written */
  GPtrArray   *rows;      /* of char **: the first rows of a table as they are written */
  gint64       n_bad;     /* tables: rows of another number of fields */
  char        *bad;       /* what is wrong with the first of them; NULL: there is none */
  WeftJson    *guess;     /* a specification; NULL: of a data set */
  WeftDataset *dataset;   /* opened; NULL: tables */
} WeftSurvey;

/* Rows of a table that are kept. */
#define WEFT_SURVEY_ROWS 500

gboolean    weft_survey_is_table (const char *path);
WeftSurvey *weft_survey_file (const char *path, GCancellable *cancellable, GError **error);
/* A table that is known to be one. @dialect: NULL: found out. @most: bytes of it that are looked
 * at. */
WeftSurvey *weft_survey_table (const char        *path,
                               const WeftDialect *dialect,
                               gsize              most,
                               GCancellable      *cancellable,
                               GError           **error);
WeftSurvey *weft_survey_dataset (WeftDataset  *dataset,
                                 WeftSplit     split,
                                 GCancellable *cancellable,
                                 GError      **error);
void        weft_survey_free (WeftSurvey *survey);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSurvey, weft_survey_free)

/* What is done with each field of a table; starts as guessed. */
typedef struct
{
  WeftRole      role;
  WeftFieldKind kind;
} WeftFieldChoice;
WeftFieldChoice *weft_survey_choices (const WeftSurvey *survey);
/* NULL with an error that says what to choose where no input, or nothing at all, is left. */
WeftJson *
weft_survey_write (const WeftSurvey *survey, const WeftFieldChoice *choices, GError **error);
/* Numbers that are missing in fields which are used as such. */
gint64 weft_survey_n_missing (const WeftSurvey *survey, const WeftFieldChoice *choices);
/* Rows, or what stands where such a number is wanted, that cannot be read. */
gint64 weft_survey_n_bad (const WeftSurvey *survey, const WeftFieldChoice *choices);

G_END_DECLS
