/* How a table of text is written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/dialect.h"

#include "engine/dataset/csv-private.h"
#include "engine/dataset/source-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

/* Records, fields and bytes from which a dialect is guessed. */
#define SAMPLE_RECORDS 200
#define LEAST_RECORDS 10
#define SAMPLE_CELLS 20000
#define SAMPLE_BYTES ((gsize) 1 << 20)
/* No number is written longer. */
#define MAX_NUMBER 64
/* Texts with spaces are sentences, unless this share of the fields are numbers. */
#define LEAST_NUMBERS 0.5

/* ---- The table ---- */

static const WeftDialectChoice delimiters[] = {
  { ',', ",", N_ ("Commas") },
  { ';', ";", N_ ("Semicolons") },
  { '\t', "\t", N_ ("Tabs") },
  { '|', "|", N_ ("Vertical bars") },
  { ':', ":", N_ ("Colons") },
  { ' ', " ", N_ ("Spaces") },
  { 0 },
};
static const WeftDialectChoice decimals[] = {
  { '.', ".", N_ ("1.5") },
  { ',', ",", N_ ("1,5") },
  { 0 },
};
static const WeftDialectChoice thousands[] = {
  { 0, "", N_ ("1000") },
  { ',', ",", N_ ("1,000") },
  { '.', ".", N_ ("1.000") },
  { ' ', " ", N_ ("1 000") },
  { '\'', "'", N_ ("1'000") },
  { 0 },
};
static const WeftDialectChoice encodings[] = {
  { WEFT_ENCODING_UTF8, "utf-8", N_ ("Unicode (UTF-8)") },
  { WEFT_ENCODING_WINDOWS_1252, "windows-1252", N_ ("Western European (Windows-1252)") },
  { WEFT_ENCODING_UTF16, "utf-16", N_ ("Unicode (UTF-16)") },
  { 0 },
};

const WeftDialectRow weft_dialect_parts[WEFT_N_DIALECT_PARTS] = {
  [WEFT_DIALECT_DELIMITER] = { "delimiter", N_ ("Between fields"), delimiters },
  [WEFT_DIALECT_DECIMAL] = { "decimal", N_ ("Decimals"), decimals },
  [WEFT_DIALECT_THOUSANDS] = { "thousands", N_ ("Thousands"), thousands },
  [WEFT_DIALECT_ENCODING] = { "encoding", N_ ("Encoding"), encodings },
};

int
weft_dialect_get (const WeftDialect *dialect, WeftDialectPart part)
{
  switch (part)
    {
    case WEFT_DIALECT_DELIMITER:
      return dialect->delimiter;
    case WEFT_DIALECT_DECIMAL:
      return dialect->decimal;
    case WEFT_DIALECT_THOUSANDS:
      return dialect->thousands;
    case WEFT_DIALECT_ENCODING:
      return (int) dialect->encoding;
    case WEFT_N_DIALECT_PARTS:
    default:
      g_return_val_if_reached (0);
    }
}

void
weft_dialect_set (WeftDialect *dialect, WeftDialectPart part, int value)
{
  switch (part)
    {
    case WEFT_DIALECT_DELIMITER:
      dialect->delimiter = (char) value;
      break;
    case WEFT_DIALECT_DECIMAL:
      dialect->decimal = (char) value;
      break;
    case WEFT_DIALECT_THOUSANDS:
      dialect->thousands = (char) value;
      break;
    case WEFT_DIALECT_ENCODING:
      dialect->encoding = (WeftEncoding) value;
      break;
    case WEFT_N_DIALECT_PARTS:
    default:
      g_return_if_reached ();
    }
}

gboolean
weft_dialect_equal (const WeftDialect *a, const WeftDialect *b)
{
  gboolean same = a->header == b->header;

  for (guint i = 0; i < WEFT_N_DIALECT_PARTS; i++)
    same = same && weft_dialect_get (a, i) == weft_dialect_get (b, i);
  return same;
}

static const WeftDialectChoice *
find_choice (const WeftDialect *dialect, WeftDialectPart part)
{
  const WeftDialectChoice *choice = weft_dialect_parts[part].choices;

  while (choice->word != NULL && choice->value != weft_dialect_get (dialect, part))
    choice++;
  return choice;
}

/* ---- In a specification ---- */

static gboolean
read_part (WeftDialect *dialect, WeftDialectPart part, WeftJson *json, GError **error)
{
  const WeftDialectRow *row = &weft_dialect_parts[part];
  WeftJson             *value = weft_json_get (json, row->member);
  g_autoptr (GString) all = g_string_new (NULL);

  if (value == NULL)
    return TRUE;
  for (const WeftDialectChoice *choice = row->choices; choice->word != NULL; choice++)
    {
      if (strcmp (weft_json_string (value, "?"), choice->word) == 0)
        {
          weft_dialect_set (dialect, part, choice->value);
          return TRUE;
        }
      g_string_append_printf (all, "%s“%s”", all->len > 0 ? ", " : "",
                              choice->value == '\t' ? "\\t" : choice->word);
    }
  return weft_spec_fail (error, _ ("data set: “%s” must be one of %s"), row->member, all->str);
}

gboolean
weft_dialect_read (WeftDialect *dialect, WeftJson *json, GError **error)
{
  for (guint i = 0; i < WEFT_N_DIALECT_PARTS; i++)
    if (!read_part (dialect, i, json, error))
      return FALSE;
  dialect->header = weft_json_get_bool (json, "header", dialect->header);
  return dialect->decimal != dialect->thousands ||
         weft_spec_fail (error, _ ("data set: “decimal” and “thousands” are the same"));
}

void
weft_dialect_write (const WeftDialect *dialect, WeftJson *json)
{
  const WeftDialect usual = WEFT_DIALECT_INIT;

  for (guint i = 0; i < WEFT_N_DIALECT_PARTS; i++)
    if (weft_dialect_get (dialect, i) != weft_dialect_get (&usual, i))
      weft_json_set_string (json, weft_dialect_parts[i].member, find_choice (dialect, i)->word);
  if (!dialect->header)
    weft_json_set_bool (json, "header", FALSE);
}

char *
weft_dialect_describe (const WeftDialect *dialect)
{
  const WeftDialect usual = WEFT_DIALECT_INIT;
  GString          *text = g_string_new (NULL);

  for (guint i = 0; i < WEFT_N_DIALECT_PARTS; i++)
    if (i == WEFT_DIALECT_DELIMITER ||
        weft_dialect_get (dialect, i) != weft_dialect_get (&usual, i))
      g_string_append_printf (text, "%s%s: %s", text->len > 0 ? "; " : "",
                              _ (weft_dialect_parts[i].title), _ (find_choice (dialect, i)->title));
  if (!dialect->header)
    g_string_append_printf (text, "; %s", _ ("the first line is data"));
  return g_string_free (text, FALSE);
}

/* ---- Numbers ---- */

/* How many bytes of @at separate thousands; 0: it is something else. */
static guint
separator_length (const WeftDialect *dialect, const char *at)
{
  static const char *const spaces[] = { " ", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", NULL };
  static const char *const quotes[] = { "'", "\xe2\x80\x99", NULL };
  const char *const       *among = dialect->thousands == ' ' ? spaces : quotes;

  if (dialect->thousands == 0)
    return 0;
  if (dialect->thousands == ',' || dialect->thousands == '.')
    return *at == dialect->thousands;
  for (guint i = 0; among[i] != NULL; i++)
    if (g_str_has_prefix (at, among[i]))
      return (guint) strlen (among[i]);
  return 0;
}

/* The same number with a decimal point alone. Groups have three digits, the first one to three;
 * FALSE: something else. */
static gboolean
to_plain (const WeftDialect *dialect, const char *field, char plain[MAX_NUMBER])
{
  guint    n = 0, group = 0; /* characters written; digits since the last separator */
  gboolean grouped = FALSE, whole = TRUE;

  for (const char *at = field; *at != '\0' && n < MAX_NUMBER - 1;)
    {
      guint separator = whole ? separator_length (dialect, at) : 0;

      if (separator > 0)
        {
          if (group == 0 || group > 3 || (grouped && group != 3))
            return FALSE;
          grouped = TRUE;
          group = 0;
          at += separator;
          continue;
        }
      if (g_ascii_isdigit (*at))
        group++;
      else if (whole && *at != '-' && *at != '+')
        {
          if (grouped && group != 3)
            return FALSE;
          whole = FALSE;
        }
      if (*at == '.' && dialect->decimal != '.')
        return FALSE;
      plain[n++] = *at == dialect->decimal ? '.' : *at;
      at++;
    }
  plain[n] = '\0';
  return n < MAX_NUMBER - 1 && !(whole && grouped && group != 3);
}

gboolean
weft_dialect_number (const WeftDialect *dialect, const char *field, double *value)
{
  char plain[MAX_NUMBER];

  if (dialect->decimal == '.' && dialect->thousands == 0)
    return weft_csv_number (field, value);
  return to_plain (dialect, field, plain) && weft_csv_number (plain, value);
}

/* ---- Guessing ---- */

/* How numbers may look; where several read as many, the first. Of commas between fields, a number
 * that has one is more likely grouped. */
static const char looks[][2] = { { '.', 0 }, { ',', 0 }, { '.', ',' }, { ',', '.' }, { '.', ' ' }, { ',', ' ' }, { '.', '\'' }, { ',', '\'' } };
static const char looks_between_commas[][2] = { { '.', 0 }, { '.', ',' }, { ',', 0 }, { ',', '.' }, { '.', ' ' }, { ',', ' ' }, { '.', '\'' }, { ',', '\'' } };

typedef struct
{
  guint  n_fields; /* of the first record */
  double alike;    /* share of the records that have as many */
  double numbers;  /* share of the fields that are numbers, or missing */
} Score;

/* The fields of the first records. */
static GPtrArray *
read_sample (GBytes *text, char delimiter, Score *score)
{
  GPtrArray *cells = g_ptr_array_new_with_free_func (g_free);
  guint      n = 0, n_alike = 0;
  WeftCsv    csv;

  weft_csv_init (&csv, text, delimiter);
  *score = (Score){ 0 };
  for (; n < SAMPLE_RECORDS && (n < LEAST_RECORDS || cells->len < SAMPLE_CELLS) &&
         weft_csv_next (&csv, NULL);
       n++)
    {
      if (n == 0)
        score->n_fields = csv.offsets->len;
      n_alike += csv.offsets->len == score->n_fields;
      for (guint i = 0; n > 0 && i < csv.offsets->len; i++)
        g_ptr_array_add (cells, g_strdup (weft_csv_field (&csv, i)));
    }
  score->alike = n > 0 ? (double) n_alike / n : 0;
  weft_csv_clear (&csv);
  return cells;
}

/* The look in which most cells are numbers. */
static void
guess_numbers (WeftDialect *dialect, GPtrArray *cells, Score *score)
{
  guint most = 0, n_missing = 0;

  for (guint i = 0; i < cells->len; i++)
    n_missing += weft_csv_is_missing (cells->pdata[i]);
  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    {
      const char *look = dialect->delimiter == ',' ? looks_between_commas[i] : looks[i];
      WeftDialect tried = { .decimal = look[0], .thousands = look[1] };
      guint       n = 0;
      double      number;

      for (guint k = 0; k < cells->len; k++)
        n += weft_dialect_number (&tried, cells->pdata[k], &number);
      if (i > 0 && n <= most)
        continue;
      most = n;
      dialect->decimal = tried.decimal;
      dialect->thousands = tried.thousands;
    }
  score->numbers = cells->len > 0 ? (double) (most + n_missing) / cells->len : 0;
}

static gboolean
is_better (const Score *a, const Score *b)
{
  if ((a->n_fields < 2) != (b->n_fields < 2))
    return a->n_fields >= 2;
  if (a->alike != b->alike)
    return a->alike > b->alike;
  return a->numbers != b->numbers ? a->numbers > b->numbers : a->n_fields > b->n_fields;
}

/* Whether spaces, which are in any text, stand between fields. */
static gboolean
is_aligned (const Score *spaces, const Score *best)
{
  return spaces->n_fields > 1 && spaces->alike == 1 && spaces->numbers >= LEAST_NUMBERS &&
         (best->n_fields < 2 || spaces->numbers > best->numbers);
}

static gboolean
guess_header (const WeftDialect *dialect, GBytes *text)
{
  gboolean header = TRUE;
  WeftCsv  csv;
  double   number;

  weft_csv_init (&csv, text, dialect->delimiter);
  if (weft_csv_next (&csv, NULL))
    for (guint i = 0; i < csv.offsets->len; i++)
      header = header && !weft_dialect_number (dialect, weft_csv_field (&csv, i), &number);
  weft_csv_clear (&csv);
  return header;
}

/* Up to the end of a line. */
static GBytes *
take_head (GBytes *text)
{
  gsize       n = MIN (g_bytes_get_size (text), SAMPLE_BYTES);
  const char *data = g_bytes_get_data (text, NULL);

  while (n < g_bytes_get_size (text) && n > 1 && data[n - 1] != '\n')
    n--;
  return g_bytes_new_from_bytes (text, 0, n);
}

void
weft_dialect_guess (WeftDialect *dialect, GBytes *text)
{
  static const char candidates[] = ",;\t| ";
  g_autoptr (GBytes) head = take_head (text);
  const char stated = weft_csv_stated_delimiter (head);
  Score      best = { 0 };

  for (const char *c = candidates; *c != '\0'; c++)
    {
      WeftDialect tried = *dialect;
      Score       score;
      g_autoptr (GPtrArray) cells = NULL;

      tried.delimiter = *c;
      if (stated != 0 && stated != *c && strchr (candidates, stated) != NULL)
        continue;
      cells = read_sample (head, *c, &score);
      guess_numbers (&tried, cells, &score);
      if (*c == ' ' ? !is_aligned (&score, &best) : best.n_fields > 0 && !is_better (&score, &best))
        continue;
      best = score;
      *dialect = tried;
    }
  dialect->header = guess_header (dialect, head);
}
