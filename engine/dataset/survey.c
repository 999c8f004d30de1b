/* Looking at data before they are used.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/source-private.h"
#include "engine/dataset/guess-private.h"
#include "engine/dataset/opened-private.h"
#include "engine/dataset/tally.h"

#include <string.h>

/* A survey of a data set looks at this many rows, spread evenly: enough for any histogram. */
#define MAX_ROWS 50000
#define ROWS_AT_ONCE 256
/* Wider columns are one field: nobody reads a histogram for every pixel. */
#define MAX_ELEMENTS 32
/* Numbers of a wide column that are counted of each row. */
#define MAX_COUNTED 1024

void
weft_survey_free (WeftSurvey *survey)
{
  if (survey == NULL)
    return;
  for (guint i = 0; i < survey->n_fields; i++)
    {
      g_free (survey->fields[i].name);
      g_free (survey->fields[i].bins);
      g_strfreev (survey->fields[i].texts);
      g_free (survey->fields[i].counts);
    }
  g_free (survey->fields);
  g_free (survey->path);
  g_free (survey->bad);
  g_clear_pointer (&survey->rows, g_ptr_array_unref);
  weft_json_unref (survey->guess);
  weft_dataset_unref (survey->dataset);
  g_free (survey);
}

/* ---- Of a data set ---- */

/* How many fields column @c makes. */
static guint
count_fields (const WeftDatasetSpec *spec, guint c, gint64 elements)
{
  const WeftColumn *column = &spec->columns[c];

  return column->classes == NULL && column->rank == 1 && elements <= MAX_ELEMENTS
           ? (guint) elements
           : 1;
}

static char *
name_field (const WeftDatasetSpec *spec, guint c, guint index, guint n)
{
  char **from =
    c < spec->n_sources ? spec->sources[c].from : NULL; /* a transform makes columns without */

  if (n == 1)
    return g_strdup (spec->columns[c].name);
  return from != NULL && g_strv_length (from) == n
           ? g_strdup (from[index])
           : g_strdup_printf ("%s[%u]", spec->columns[c].name, index);
}

static void
count_rows (const WeftArray *rows, gint64 elements, guint n_fields, WeftTally **tallies)
{
  gint64 n = rows->shape[0], step = n_fields > 1 ? 1 : MAX (1, elements / MAX_COUNTED);

  for (gint64 r = 0; r < n; r++)
    for (gint64 k = 0; k < elements; k += step)
      {
        WeftTally *tally = tallies[n_fields > 1 ? k : 0];
        double     number = weft_array_get (rows, r * elements + k);

        tally->n++;
        if (__builtin_isfinite (number))
          weft_tally_add_number (tally, number);
        else
          tally->n_missing++;
      }
}

/* One-hot rows count as the class that they say. */
static void
count_classes (const WeftArray *rows, gint64 elements, const WeftColumn *column, WeftTally *tally)
{
  gint64   n_classes = g_strv_length (column->classes);
  gint64   n = rows->shape[0] * elements;
  gboolean hot = weft_dtype_is_float (rows->dtype) && elements % n_classes == 0;

  for (gint64 i = 0; i < n; i++)
    {
      double number = weft_array_get (rows, i);
      gint64 class = hot ? i % n_classes : (gint64) number;

      if ((hot && number != 1) || class < 0 || class >= n_classes)
        continue;
      tally->n++;
      weft_tally_add_text (tally, column->classes[class], 1);
    }
}

/* Every class is told, those of no row with 0, in the order of the classes. */
static void
order_classes (WeftField *field, char **classes)
{
  guint   n = g_strv_length (classes);
  gint64 *counts = g_new0 (gint64, n + 1);

  for (guint i = 0; i < n; i++)
    for (guint k = 0; field->texts != NULL && field->texts[k] != NULL; k++)
      if (strcmp (field->texts[k], classes[i]) == 0)
        counts[i] = field->counts[k];
  g_strfreev (field->texts);
  g_free (field->counts);
  field->texts = g_strdupv (classes);
  field->counts = counts;
  field->kind = WEFT_FIELD_CATEGORY;
}

static gboolean
survey_column (WeftSurvey   *survey,
               WeftSplit     split,
               guint         c,
               WeftTally   **tallies,
               guint         n_fields,
               GCancellable *cancellable,
               GError      **error)
{
  const WeftColumn *column = &survey->dataset->spec->columns[c];
  gint64            n = survey->n_rows, step = MAX (1, n / MAX_ROWS);
  guint32           numbers[ROWS_AT_ONCE];

  for (gint64 row = 0; row < n;)
    {
      gint64 elements = survey->dataset->columns[c].out_elements;
      guint  k = 0;
      g_autoptr (WeftArray) rows = NULL;

      for (; k < ROWS_AT_ONCE && row < n; k++, row += step)
        numbers[k] = (guint32) row;
      rows = weft_dataset_gather (survey->dataset, split, c, numbers, k, error);
      if (rows == NULL)
        return FALSE;
      if (column->classes != NULL)
        count_classes (rows, elements, column, tallies[0]);
      else
        count_rows (rows, elements, n_fields, tallies);
      weft_dataset_report ((gsize) (row + n * c), (gsize) n * survey->dataset->spec->n_columns);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_column (
  WeftSurvey *survey, WeftSplit split, guint c, GCancellable *cancellable, GError **error)
{
  const WeftDatasetSpec *spec = survey->dataset->spec;
  guint                  n = count_fields (spec, c, survey->dataset->columns[c].out_elements);
  gboolean               good;
  g_autoptr (GPtrArray) tallies =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_tally_free);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = name_field (spec, c, i, n);

      g_ptr_array_add (tallies, weft_tally_new (name));
    }
  good = survey_column (survey, split, c, (WeftTally **) tallies->pdata, n, cancellable, error);
  survey->fields = g_renew (WeftField, survey->fields, survey->n_fields + n);
  for (guint i = 0; i < n; i++)
    {
      WeftField *field = &survey->fields[survey->n_fields++];

      *field = (WeftField){ .role = WEFT_ROLE_INPUT };
      weft_tally_finish (tallies->pdata[i], field);
      if (spec->columns[c].classes != NULL)
        order_classes (field, spec->columns[c].classes);
    }
  return good;
}

/**
 * weft_survey_dataset:
 *
 * Counts over the rows of @split as a network gets them: after the transforms. Any thread.
 *
 * Errors: #G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the survey
 */
WeftSurvey *
weft_survey_dataset (WeftDataset  *dataset,
                     WeftSplit     split,
                     GCancellable *cancellable,
                     GError      **error)
{
  g_autoptr (WeftSurvey) survey = g_new0 (WeftSurvey, 1);

  survey->dataset = weft_dataset_ref (dataset);
  survey->n_rows = weft_dataset_n_rows (dataset, split);
  for (guint c = 0; c < dataset->spec->n_columns; c++)
    if (!add_column (survey, split, c, cancellable, error))
      return NULL;
  return g_steal_pointer (&survey);
}

/* ---- Of a file ---- */

/* Whether the name of the file at @path says that it is a table of text. */
gboolean
weft_survey_is_table (const char *path)
{
  static const char *const endings[] = { ".csv", ".tsv", ".csv.gz", ".tsv.gz" };
  g_autofree char         *lower = g_ascii_strdown (path, -1);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (lower, endings[i]))
      return TRUE;
  return FALSE;
}

/* A file that is no table is opened as it is guessed to be, and that is looked at. */
static WeftSurvey *
survey_guess (WeftJson *guess, const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftDatasetSpec) spec = weft_dataset_spec_new (guess, NULL, error);
  g_autoptr (WeftDataset) dataset = NULL;
  WeftSurvey *survey;

  dataset = spec != NULL ? weft_dataset_open (spec, cancellable, error) : NULL;
  survey = dataset != NULL
             ? weft_survey_dataset (dataset, WEFT_SPLIT_TRAIN, cancellable, error)
             : NULL;
  if (survey == NULL)
    return NULL;
  survey->path = g_strdup (path);
  survey->guess = weft_json_ref (guess);
  return survey;
}

static gboolean
is_table_format (const char *format)
{
  const WeftSource *source = weft_source_find (format);

  return source != NULL && (source->flags & WEFT_SOURCE_FIELD_LISTS) != 0;
}

/**
 * weft_survey_file:
 * @path: of any data that can be guessed
 *
 * Reads all of it. Any thread; weft_dataset_watch() tells how far it is.
 *
 * Errors: #WEFT_DATASET_ERROR_FILE naming file and line or byte; #G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): what it holds
 */
WeftSurvey *
weft_survey_file (const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *full = g_canonicalize_filename (path, NULL);
  g_autoptr (WeftJson) guess = NULL;
  WeftSurvey *survey;

  if (weft_survey_is_table (full))
    guess = NULL;
  else if ((guess = weft_dataset_guess (full, error)) == NULL)
    return NULL;
  else if (!is_table_format (weft_json_get_string (guess, "format", "csv")))
    return survey_guess (guess, full, cancellable, error);
  /* In an archive, it is the file that the guess found. */
  survey = weft_survey_table (guess != NULL ? weft_json_get_string (guess, "file", full) : full,
                              NULL, G_MAXSIZE, cancellable, error);
  if (survey != NULL && guess == NULL)
    {
      g_autofree WeftFieldChoice *choices = weft_survey_choices (survey);

      survey->guess = weft_survey_write (survey, choices, NULL);
    }
  else if (survey != NULL)
    survey->guess = weft_json_ref (guess);
  return survey;
}
