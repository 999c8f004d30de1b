/* Records of CSV text (RFC 4180): quoted fields with doubled quotes and line breaks, LF, CRLF or CR
 * ends.
 *
 * Spaces around fields are not part of them, except inside quotes. Errors say the line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/csv-private.h"
#include "engine/dataset/pages.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

void
weft_csv_init (WeftCsv *csv, GBytes *bytes, char delimiter)
{
  gsize size;

  csv->at = g_bytes_get_data (bytes, &size);
  csv->end = csv->at + size;
  if (size >= 3 &&
      memcmp (csv->at, "\xef\xbb\xbf", 3) == 0) /* a byte order mark, as spreadsheets write it */
    csv->at += 3;
  csv->text = g_string_new (NULL);
  csv->offsets = g_array_new (FALSE, FALSE, sizeof (gsize));
  csv->delimiter = delimiter;
  csv->line = csv->record_line = 1;
  if (csv->at < csv->end && *csv->at == *WEFT_CSV_LINE_ZERO)
    {
      csv->at++;
      csv->line = csv->record_line = 0;
    }
}

void
weft_csv_clear (WeftCsv *csv)
{
  g_string_free (csv->text, TRUE);
  g_array_unref (csv->offsets);
}

static gboolean
at_line_end (const WeftCsv *csv)
{
  return csv->at >= csv->end || *csv->at == '\n' || *csv->at == '\r';
}

static void
skip_line_end (WeftCsv *csv)
{
  if (csv->at >= csv->end)
    return;
  if (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n')
    csv->at++;
  csv->at++;
  csv->line++;
}

static void
skip_spaces (WeftCsv *csv)
{
  while (csv->at < csv->end && (*csv->at == ' ' || *csv->at == '\t') && *csv->at != csv->delimiter)
    csv->at++;
}

static gboolean
read_quoted (WeftCsv *csv, GError **error)
{
  guint start = csv->line;

  for (csv->at++; csv->at < csv->end; csv->at++)
    {
      if (*csv->at == '"')
        {
          if (csv->at + 1 >= csv->end || csv->at[1] != '"')
            break;
          csv->at++;
        }
      else if (*csv->at == '\n')
        csv->line++;
      g_string_append_c (csv->text, *csv->at);
    }
  if (csv->at >= csv->end)
    {
      csv->line = start;
      g_set_error_literal (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
                           _ ("a quoted field has no closing quote"));
      return FALSE;
    }
  csv->at++;
  skip_spaces (csv);
  if (at_line_end (csv) || *csv->at == csv->delimiter)
    return TRUE;
  g_set_error_literal (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
                       _ ("text after the closing quote of a field"));
  return FALSE;
}

static void
read_plain (WeftCsv *csv)
{
  const char *start = csv->at, *end;

  while (!at_line_end (csv) && *csv->at != csv->delimiter)
    csv->at++;
  for (end = csv->at; end > start && (end[-1] == ' ' || end[-1] == '\t');)
    end--;
  g_string_append_len (csv->text, start, end - start);
}

gboolean
weft_csv_next (WeftCsv *csv, GError **error)
{
  g_string_truncate (csv->text, 0);
  g_array_set_size (csv->offsets, 0);
  while (csv->at < csv->end && at_line_end (csv))
    skip_line_end (csv);
  csv->record_line = csv->line;
  if (csv->at >= csv->end)
    return FALSE;
  while (TRUE)
    {
      gsize offset = csv->text->len;

      g_array_append_val (csv->offsets, offset);
      skip_spaces (csv);
      if (csv->at < csv->end && *csv->at == '"')
        {
          if (!read_quoted (csv, error))
            {
              csv->record_line = csv->line;
              return FALSE;
            }
        }
      else
        read_plain (csv);
      g_string_append_c (csv->text, '\0');
      if (at_line_end (csv))
        break;
      csv->at++;
    }
  skip_line_end (csv);
  return TRUE;
}

/* Returns: (transfer none): the text of a field, until the next record */
const char *
weft_csv_field (const WeftCsv *csv, guint index)
{
  return csv->text->str + g_array_index (csv->offsets, gsize, index);
}

gboolean
weft_csv_is_missing (const char *field)
{
  return *field == '\0' || strcmp (field, "?") == 0 || strcmp (field, "NA") == 0;
}

/* Up to 15 digits and a power of ten up to 22 are exact doubles, so one division rounds once and
 * the result is strtod's, in a tenth of the time. FALSE: not such a number. */
static gboolean
read_short_decimal (const char *field, double *value)
{
  static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
  gboolean            minus = *field == '-';
  guint64             digits = 0;
  guint               n = 0, after = 0;
  gboolean            point = FALSE;

  for (const char *c = field + minus; *c != '\0'; c++)
    {
      if (*c == '.' && !point)
        point = TRUE;
      else if (g_ascii_isdigit (*c) && n < 15)
        {
          digits = digits * 10 + (guint64) (*c - '0');
          n++;
          after += point;
        }
      else
        return FALSE;
    }
  *value = (double) digits / powers[after];
  if (minus)
    *value = -*value;
  return n > 0;
}

gboolean
weft_csv_number (const char *field, double *value)
{
  char *end;

  if (read_short_decimal (field, value))
    return TRUE;
  if (*field == '\0' || strspn (field, "0123456789+-.eE") != strlen (field))
    return FALSE; /* strtod would take nan, inf and 0x10 */
  *value = g_ascii_strtod (field, &end);
  return *end == '\0' && isfinite (*value);
}

static void
fail_at (const char *path, const char *data, gsize offset, const char *what, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);
  guint            line = 1;

  for (gsize i = 0; i < offset; i++)
    line += data[i] == '\n';
  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, "%s:%u: %s", name, line, what);
}

/* Where @data stop to be UTF-8; NULL: nowhere. Piece by piece, so that pages can be given back. */
static const char *
find_invalid (const char *data, gsize size)
{
  const gsize piece = (gsize) 16 << 20;

  for (gsize at = 0; at < size;)
    {
      gsize       n = MIN (piece, size - at);
      const char *invalid = NULL;

      if (g_utf8_validate_len (data + at, n, &invalid))
        at += n;
      else if (at + n < size && invalid > data + at && data + at + n - invalid < 4 &&
               *invalid != '\0')
        at = (gsize) (invalid - data); /* a character that the piece cuts */
      else
        return invalid;
      weft_pages_touched (n);
    }
  return NULL;
}

GBytes *
weft_csv_load (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) bytes = weft_dataset_load (path, WEFT_DATASET_MAX_BYTES, cancellable, error);
  const char *data, *invalid;
  gsize       size;

  if (bytes == NULL)
    return NULL;
  data = g_bytes_get_data (bytes, &size);
  if (size == 0)
    fail_at (path, data, 0, _ ("the file is empty"), error);
  else if ((invalid = find_invalid (data, size)) != NULL)
    fail_at (path, data, invalid - data,
             *invalid == '\0' ? _ ("a zero byte; this is not a text file")
                              : _ ("the text is not UTF-8; save it as UTF-8"),
             error);
  else
    return weft_jsonl_is (path) ? weft_jsonl_to_csv (bytes, path, error) : g_steal_pointer (&bytes);
  return NULL;
}
