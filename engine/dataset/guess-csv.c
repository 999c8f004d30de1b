/* What a CSV file holds, and the specification that is guessed from it.
 *
 * Delimiter: the one that cuts the first line into most fields. Header: the first line has no
 * number. A column is numbers, or categories (few different texts), or neither and left out. The
 * last usable one is the target.
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

  /* Plain values */
  gsize    size;
  gint64   n_rows;
  gboolean header;
  char     delimiter;
} Reader;

static gboolean
fail (const Reader *reader, const char *what, GError **error)
{
  g_autofree char *name = g_filename_display_name (reader->path);

  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, "%s:%u: %s", name,
               reader->csv.record_line, what);
  return FALSE;
}

static char
find_delimiter (GBytes *bytes)
{
  static const char candidates[] = ",;\t|";
  char              best = ',';
  guint             most = 1;

  for (const char *c = candidates; *c != '\0'; c++)
    {
      WeftCsv csv;

      weft_csv_init (&csv, bytes, *c);
      if (weft_csv_next (&csv, NULL) && csv.offsets->len > most)
        {
          most = csv.offsets->len;
          best = *c;
        }
      weft_csv_clear (&csv);
    }
  return best;
}

static gboolean
has_number (const WeftCsv *csv)
{
  double number;

  for (guint i = 0; i < csv->offsets->len; i++)
    if (weft_csv_number (weft_csv_field (csv, i), &number))
      return TRUE;
  return FALSE;
}

static void
begin_fields (Reader *reader)
{
  for (guint i = 0; i < reader->csv.offsets->len; i++)
    {
      g_autofree char *numbered = g_strdup_printf ("column_%u", i + 1);

      g_ptr_array_add (reader->tallies, weft_tally_new (reader->header
                                                          ? weft_csv_field (&reader->csv, i)
                                                          : numbered));
    }
}

static void
keep_row (Reader *reader)
{
  char **row = g_new0 (char *, reader->tallies->len + 1);

  for (guint i = 0; i < reader->tallies->len; i++)
    row[i] = g_strdup (weft_csv_field (&reader->csv, i));
  g_ptr_array_add (reader->rows, row);
}

static gboolean
count_row (Reader *reader, GError **error)
{
  if (reader->csv.offsets->len != reader->tallies->len)
    {
      g_autofree char *what =
        g_strdup_printf (_ ("%u fields; the first line has %u"), reader->csv.offsets->len,
                         reader->tallies->len);

      return fail (reader, what, error);
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
      else if (weft_csv_number (text, &number))
        weft_tally_add_number (tally, number);
    }
  if (reader->rows->len < WEFT_SURVEY_ROWS)
    keep_row (reader);
  reader->n_rows++;
  return TRUE;
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
  reader->header = !has_number (&reader->csv);
  begin_fields (reader);
  if (reader->header)
    more = weft_csv_next (&reader->csv, &local);
  for (; more; more = weft_csv_next (&reader->csv, &local))
    {
      if (!count_row (reader, error))
        return FALSE;
      if (reader->n_rows % ROWS_A_LOOK != 0)
        continue;
      weft_dataset_report (reader->size - (gsize) (reader->csv.end - reader->csv.at), reader->size);
      if (g_cancellable_set_error_if_cancelled (reader->cancellable, error))
        return FALSE;
    }
  if (local != NULL)
    return fail (reader, local->message, error);
  return reader->n_rows > 0 || fail (reader, _ ("the file has no rows"), error);
}

/* A field is found by its name, so of equal names only the first can be used. */
static WeftSurvey *
make_survey (Reader *reader)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  WeftSurvey *survey = g_new0 (WeftSurvey, 1);

  survey->path = g_strdup (reader->path);
  survey->n_rows = reader->n_rows;
  survey->n_fields = reader->tallies->len;
  survey->fields = g_new0 (WeftField, survey->n_fields);
  survey->is_table = TRUE;
  survey->header = reader->header;
  survey->delimiter = reader->delimiter;
  survey->rows = g_ptr_array_ref (reader->rows);
  for (guint i = 0; i < survey->n_fields; i++)
    {
      WeftField *field = &survey->fields[i];

      weft_tally_finish (reader->tallies->pdata[i], field);
      if (!g_hash_table_add (names, field->name))
        field->can_be_number = field->can_be_category = FALSE;
    }
  weft_survey_guess_roles (survey);
  return survey;
}

/* Errors: #WEFT_DATASET_ERROR_FILE naming file and line; #G_IO_ERROR_CANCELLED. */
WeftSurvey *
weft_csv_survey (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) bytes = weft_csv_load (path, cancellable, error);
  Reader      reader = { .path = path, .cancellable = cancellable };
  WeftSurvey *survey = NULL;

  if (bytes == NULL)
    return NULL;
  reader.tallies = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_tally_free);
  reader.rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  reader.delimiter = find_delimiter (bytes);
  reader.size = g_bytes_get_size (bytes);
  weft_csv_init (&reader.csv, bytes, reader.delimiter);
  if (read_all (&reader, error))
    survey = make_survey (&reader);
  weft_csv_clear (&reader.csv);
  g_ptr_array_unref (reader.tallies);
  g_ptr_array_unref (reader.rows);
  return survey;
}

WeftJson *
weft_guess_csv (const char *path, GError **error)
{
  g_autoptr (WeftSurvey) survey = weft_csv_survey (path, NULL, error);
  g_autofree WeftFieldChoice *choices = survey != NULL ? weft_survey_choices (survey) : NULL;

  return survey != NULL ? weft_survey_write (survey, choices, error) : NULL;
}
