/* Records of CSV text (RFC 4180): quoted fields with doubled quotes and line breaks, LF, CRLF or CR
 * ends. Between fields that spaces separate there may be any number of them.
 *
 * Spaces around fields are not part of them, except inside quotes. Errors say the line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/csv-private.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* Spreadsheets tell each other so in a first line of its own. */
#define SEPARATOR_LINE "sep="

static char
stated_delimiter (const char *at, const char *end)
{
  gsize n = strlen (SEPARATOR_LINE);

  if ((gsize) (end - at) < n + 2 || g_ascii_strncasecmp (at, SEPARATOR_LINE, n) != 0)
    return 0;
  return at[n + 1] == '\n' || at[n + 1] == '\r' ? at[n] : 0;
}

/* What a first line such as "sep=;" says; 0: there is none. */
char
weft_csv_stated_delimiter (GBytes *bytes)
{
  gsize       n;
  const char *at = g_bytes_get_data (bytes, &n);
  gsize       mark = n >= 3 && memcmp (at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

  return stated_delimiter (at + mark, at + n);
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
  if (stated_delimiter (csv->at, csv->end) != 0)
    {
      csv->at += strlen (SEPARATOR_LINE) + 1;
      skip_line_end (csv);
    }
}

void
weft_csv_clear (WeftCsv *csv)
{
  g_string_free (csv->text, TRUE);
  g_array_unref (csv->offsets);
}

/* Between spaces, tabs do as well. */
static gboolean
at_delimiter (const WeftCsv *csv)
{
  return *csv->at == csv->delimiter || (csv->delimiter == ' ' && *csv->at == '\t');
}

static void
skip_spaces (WeftCsv *csv)
{
  while (csv->at < csv->end && (*csv->at == ' ' || *csv->at == '\t') &&
         (*csv->at != csv->delimiter || csv->delimiter == ' '))
    csv->at++;
}

/* To the next field of the record; FALSE: that was the last. */
static gboolean
skip_delimiter (WeftCsv *csv)
{
  if (csv->delimiter == ' ')
    skip_spaces (csv);
  if (at_line_end (csv))
    return FALSE;
  csv->at += csv->delimiter != ' ';
  return TRUE;
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
  if (csv->delimiter != ' ')
    skip_spaces (csv);
  if (at_line_end (csv) || at_delimiter (csv))
    return TRUE;
  g_set_error_literal (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
                       _ ("text after the closing quote of a field"));
  return FALSE;
}

static void
read_plain (WeftCsv *csv)
{
  const char *start = csv->at, *end;

  while (!at_line_end (csv) && !at_delimiter (csv))
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
      if (!skip_delimiter (csv))
        break;
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

/* The fields' names, each once: from the record that was read, else, and where that has none,
 * column_1, column_2 and so on; a name that came before gets a number. Caller owns. */
char **
weft_csv_names (const WeftCsv *csv, gboolean header)
{
  g_autoptr (GHashTable) used = g_hash_table_new (g_str_hash, g_str_equal);
  guint  n = csv->offsets->len;
  char **names = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      const char      *stated = header ? weft_csv_field (csv, i) : "";
      g_autofree char *base =
        *stated != '\0' ? g_strdup (stated) : g_strdup_printf ("column_%u", i + 1);

      names[i] = g_strdup (base);
      for (guint number = 2; g_hash_table_contains (used, names[i]); number++)
        {
          g_free (names[i]);
          names[i] = g_strdup_printf ("%s_%u", base, number);
        }
      g_hash_table_add (used, names[i]);
    }
  return names;
}

/* Nothing, or what programs write where there is no number. */
gboolean
weft_csv_is_missing (const char *field)
{
  static const char *const words[] = { "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN",
                                       "nan", "NULL", "null", "None", "-", NULL };

  if (g_ascii_isdigit (*field) || (*field == '-' && field[1] != '\0'))
    return FALSE;
  return *field == '\0' || (strlen (field) <= 4 && g_strv_contains (words, field));
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

/* Up to @most digits as a number; -1: there are none. */
static int
read_digits (const char **at, guint most)
{
  int number = g_ascii_isdigit (**at) ? 0 : -1;

  for (guint i = 0; i < most && g_ascii_isdigit (**at); i++, (*at)++)
    number = number * 10 + (**at - '0');
  return number;
}

/* A time such as 12:30, 12:30:05.25, with a zone or without. */
static gboolean
is_time (const char *at)
{
  int hours = read_digits (&at, 2);

  return hours >= 0 && hours <= 24 && *at == ':' &&
         strspn (at, "0123456789:.+-ZAPMapm ") == strlen (at);
}

gboolean
weft_csv_is_date (const char *field)
{
  const char *at = field;
  int         numbers[3];
  char        separator = 0;
  gsize       digits = 0; /* of the last */

  for (guint i = 0; i < 3; i++)
    {
      const char *start = at;

      numbers[i] = read_digits (&at, 4);
      digits = (gsize) (at - start);
      if (numbers[i] < 0)
        return FALSE;
      if (i == 0)
        separator = *at;
      if (i < 2 && (*at != separator || strchr ("-/.", *at++) == NULL))
        return FALSE;
    }
  if (numbers[0] > 31) /* the year is first, else last */
    return numbers[1] >= 1 && numbers[1] <= 12 && numbers[2] >= 1 && numbers[2] <= 31 &&
           (*at == '\0' || ((*at == 'T' || *at == ' ') && is_time (at + 1)));
  return (digits == 2 || digits == 4) && numbers[0] >= 1 && numbers[1] >= 1 && numbers[1] <= 31 &&
         MIN (numbers[0], numbers[1]) <= 12 && (*at == '\0' || (*at == ' ' && is_time (at + 1)));
}
