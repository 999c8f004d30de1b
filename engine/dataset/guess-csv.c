/* What a CSV file holds, and the specification that is guessed from it.
 *
 * How it is written is guessed from the first records (dialect.c). A column is numbers, or
 * categories (few different texts), or neither and left out. The last usable one is the target.
 * Rows of another number of fields are counted, and the first is named.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/csv-private.h"
#include "engine/dataset/guess-private.h"
#include "engine/dataset/tally.h"

#include <glib/gi18n-lib.h>

/* Rows between two looks at the cancellable. */
#define ROWS_A_LOOK 4096
/* A file with more fields is a matrix that should be stored as one. */
#define MAX_FIELDS 10000

typedef struct
{
  /* Borrowed */
  const char   *path;
  GCancellable *cancellable;

  /* Owned */
  WeftCsv    csv;
  GPtrArray *tallies; /* of WeftTally, a field each */
  GPtrArray *rows;
  GError    *bad; /* the first of the bad rows */

  /* Plain values */
  gsize       size;
  gint64      n_rows, n_bad;
  WeftDialect dialect;
} Reader;

static gboolean
fail (const Reader *reader, const char *what, GError **error)
{
  g_autofree char *name = g_filename_display_name (reader->path);

  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, "%s:%u: %s", name,
               reader->csv.record_line, what);
  return FALSE;
}

static void
begin_fields (Reader *reader)
{
  g_auto (GStrv) names = weft_csv_names (&reader->csv, reader->dialect.header);

  for (guint i = 0; names[i] != NULL; i++)
    g_ptr_array_add (reader->tallies, weft_tally_new (names[i]));
}

static void
keep_row (Reader *reader)
{
  char **row = g_new0 (char *, reader->tallies->len + 1);

  for (guint i = 0; i < reader->tallies->len; i++)
    row[i] = g_strdup (weft_csv_field (&reader->csv, i));
  g_ptr_array_add (reader->rows, row);
}

static void
count_row (Reader *reader)
{
  if (reader->csv.offsets->len != reader->tallies->len)
    {
      g_autofree char *what =
        g_strdup_printf (_ ("%u fields; the first line has %u"), reader->csv.offsets->len,
                         reader->tallies->len);

      if (reader->n_bad++ == 0)
        fail (reader, what, &reader->bad);
      return;
    }
  for (guint i = 0; i < reader->tallies->len; i++)
    {
      WeftTally  *tally = reader->tallies->pdata[i];
      const char *text = weft_csv_field (&reader->csv, i);
      double      number;

      tally->n++;
      weft_tally_add_text (tally, text, 1);
      if (weft_csv_is_missing (text))
        tally->n_missing++;
      else if (weft_dialect_number (&reader->dialect, text, &number))
        weft_tally_add_number (tally, number);
      else
        tally->n_dates += weft_csv_is_date (text);
    }
  if (reader->rows->len < WEFT_SURVEY_ROWS)
    keep_row (reader);
  reader->n_rows++;
}

static gboolean
read_all (Reader *reader, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean more = weft_csv_next (&reader->csv, &local);

  if (!more)
    return fail (reader, local != NULL ? local->message : _ ("the file has no rows"), error);
  if (reader->csv.offsets->len > MAX_FIELDS)
    return fail (reader, _ ("more than 10000 fields in a line; save such data as NPY"), error);
  begin_fields (reader);
  if (reader->dialect.header)
    more = weft_csv_next (&reader->csv, &local);
  for (; more; more = weft_csv_next (&reader->csv, &local))
    {
      count_row (reader);
      if (reader->n_rows % ROWS_A_LOOK != 0)
        continue;
      weft_dataset_report (reader->size - (gsize) (reader->csv.end - reader->csv.at), reader->size);
      if (g_cancellable_set_error_if_cancelled (reader->cancellable, error))
        return FALSE;
    }
  if (local != NULL)
    return fail (reader, local->message, error);
  if (reader->n_bad > reader->n_rows)
    {
      g_propagate_error (error, g_steal_pointer (&reader->bad));
      return FALSE;
    }
  return reader->n_rows > 0 || fail (reader, _ ("the file has no rows"), error);
}

static WeftSurvey *
make_survey (Reader *reader)
{
  WeftSurvey *survey = g_new0 (WeftSurvey, 1);

  survey->path = g_strdup (reader->path);
  survey->n_rows = reader->n_rows;
  survey->n_bad = reader->n_bad;
  survey->bad = reader->bad != NULL ? g_strdup (reader->bad->message) : NULL;
  survey->n_fields = reader->tallies->len;
  survey->fields = g_new0 (WeftField, survey->n_fields);
  survey->is_table = TRUE;
  survey->is_text = !weft_jsonl_is (reader->path);
  survey->dialect = reader->dialect;
  survey->rows = g_ptr_array_ref (reader->rows);
  for (guint i = 0; i < survey->n_fields; i++)
    weft_tally_finish (reader->tallies->pdata[i], &survey->fields[i]);
  weft_survey_guess_roles (survey);
  return survey;
}

/* Errors: as weft_survey_table(). */
static WeftSurvey *
survey_text (const char        *path,
             GBytes            *text,
             const WeftDialect *dialect,
             GCancellable      *cancellable,
             GError           **error)
{
  Reader      reader = { .path = path, .cancellable = cancellable, .dialect = *dialect };
  WeftSurvey *survey = NULL;

  reader.tallies = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_tally_free);
  reader.rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  reader.size = g_bytes_get_size (text);
  weft_csv_init (&reader.csv, text, dialect->delimiter);
  if (read_all (&reader, error))
    survey = make_survey (&reader);
  weft_csv_clear (&reader.csv);
  g_ptr_array_unref (reader.tallies);
  g_ptr_array_unref (reader.rows);
  g_clear_error (&reader.bad);
  return survey;
}

/* The bytes up to the end of a line, where they are only the beginning of the file. */
static GBytes *
load_head (const char *path, gsize most, GError **error)
{
  g_autoptr (GBytes) head = weft_dataset_peek (path, most, error);
  gsize       n;
  const char *data = head != NULL ? g_bytes_get_data (head, &n) : NULL;

  if (head == NULL || n < most)
    return g_steal_pointer (&head);
  while (n > 1 && data[n - 1] != '\n')
    n--;
  return g_bytes_new_from_bytes (head, 0, n);
}

/**
 * weft_survey_table:
 * @dialect: (nullable): how it is written; %NULL: found out
 * @most: bytes that are looked at, from the beginning; %G_MAXSIZE: all of them
 *
 * Any thread.
 *
 * Errors: #WEFT_DATASET_ERROR_FILE naming file and line; #G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): what the table holds, without a guess
 */
WeftSurvey *
weft_survey_table (const char        *path,
                   const WeftDialect *dialect,
                   gsize              most,
                   GCancellable      *cancellable,
                   GError           **error)
{
  WeftDialect      found = dialect != NULL ? *dialect : (WeftDialect) WEFT_DIALECT_INIT;
  g_autofree char *full = g_canonicalize_filename (path, NULL);
  g_autoptr (GBytes) bytes =
    most == G_MAXSIZE ? weft_dataset_load (full, WEFT_DATASET_MAX_BYTES, cancellable, error)
                      : load_head (full, most, error);
  g_autoptr (GBytes) text = NULL;
  WeftSurvey *survey;

  if (bytes == NULL)
    return NULL;
  if (dialect == NULL && !weft_jsonl_is (full))
    found.encoding = WEFT_N_ENCODINGS;
  text = weft_csv_decode (full, bytes, &found.encoding, cancellable, error);
  if (text == NULL)
    return NULL;
  if (dialect == NULL && !weft_jsonl_is (full))
    weft_dialect_guess (&found, text);
  survey = survey_text (full, text, &found, cancellable, error);
  if (survey != NULL)
    survey->is_partial = most != G_MAXSIZE;
  return survey;
}

WeftJson *
weft_guess_csv (const char *path, GError **error)
{
  g_autoptr (WeftSurvey) survey = weft_survey_table (path, NULL, G_MAXSIZE, NULL, error);
  g_autofree WeftFieldChoice *choices = survey != NULL ? weft_survey_choices (survey) : NULL;

  return survey != NULL ? weft_survey_write (survey, choices, error) : NULL;
}
