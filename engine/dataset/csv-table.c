/* CSV files into typed columns: numbers, categories, missing fields.
 *
 * A bad row is named by file and line, and left out only where the specification says "bad_rows" or
 * "missing": "skip".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/csv-private.h"
#include "engine/dataset/pages.h"
#include "engine/dataset/readers-private.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* Rows between two looks at the cancellable. */
#define ROWS_A_LOOK 4096

/* A column while it grows. */
typedef struct
{
  const WeftSourceColumn *spec;

  /* Owned */
  guint      *fields;  /* [width] */
  GHashTable *classes; /* text -> 1 + number; NULL: numbers */
  WeftBuffer  missing; /* a byte an element */
  WeftBuffer  values;  /* in type */

  /* Plain values */
  guint     width;
  WeftDType type; /* of values: i64, f32 or f64 */
  gsize     n;
  gboolean  any_missing;
} Growing;

typedef struct
{
  WeftDatasetSpec *spec;
  const char      *path;
  WeftCsv          csv;
  guint            n_fields; /* of every record */
  Growing         *columns;
  gsize            size, looked; /* bytes of the file, and how many were read when last looked */
  gboolean         on_disk;
  gboolean         full;  /* there is no room for more */
  gboolean         lacks; /* the row at hand has a number that is missing */
} Reader;

static gboolean fail (const Reader *reader, GError **error, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

static gboolean
fail (const Reader *reader, GError **error, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (reader->path);
  g_autofree char *what = NULL;
  va_list          arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_clear_error (error);
  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, "%s:%u: %s", name,
               reader->csv.record_line, what);
  return FALSE;
}

/* ---- Which fields make which column ---- */

static char **
read_names (Reader *reader, GError **error)
{
  WeftCsv  before = reader->csv;
  gboolean header = reader->spec->dialect.header;
  char   **names;
  g_autoptr (GError) local = NULL;

  if (!weft_csv_next (&reader->csv, &local))
    {
      fail (reader, error, "%s", local != NULL ? local->message : _ ("the file has no rows"));
      return NULL;
    }
  reader->n_fields = reader->csv.offsets->len;
  names = weft_csv_names (&reader->csv, header);
  if (!header)
    {
      reader->csv.at = before.at;
      reader->csv.line = before.line;
    }
  return names;
}

static gboolean
find_field (Reader *reader, char **names, const char *name, guint *index, GError **error)
{
  g_autofree char *all = NULL;

  for (*index = 0; names[*index] != NULL; (*index)++)
    if (strcmp (names[*index], name) == 0)
      return TRUE;
  all = g_strjoinv (", ", names);
  if (g_utf8_strlen (all, -1) > 200)
    {
      char *cut = g_utf8_substring (all, 0, 200);

      g_free (all);
      all = g_strconcat (cut, "…", NULL);
      g_free (cut);
    }
  return fail (reader, error, _ ("no column “%s”; the file has %s"), name, all);
}

static gboolean
begin_column (
  Reader *reader, Growing *column, const WeftSourceColumn *spec, char **names, GError **error)
{
  column->spec = spec;
  column->width = g_strv_length (spec->from);
  column->fields = g_new (guint, column->width);
  column->missing = column->values = (WeftBuffer) WEFT_BUFFER_INIT;
  column->missing.on_disk = column->values.on_disk = reader->on_disk;
  column->type = spec->dtype == WEFT_F64             ? WEFT_F64
                 : weft_dtype_is_float (spec->dtype) ? WEFT_F32
                                                     : WEFT_I64;
  for (guint i = 0; i < column->width; i++)
    if (!find_field (reader, names, spec->from[i], &column->fields[i], error))
      return FALSE;
  if (spec->classes != NULL)
    {
      column->classes = g_hash_table_new (g_str_hash, g_str_equal);
      for (guint i = 0; spec->classes[i] != NULL; i++)
        g_hash_table_insert (column->classes, spec->classes[i], GUINT_TO_POINTER (i + 1));
    }
  return TRUE;
}

static void
clear_column (Growing *column)
{
  g_free (column->fields);
  g_clear_pointer (&column->classes, g_hash_table_unref);
  weft_buffer_clear (&column->missing);
  weft_buffer_clear (&column->values);
}

/* ---- Values ---- */

static gboolean
make_room (Reader *reader, Growing *column, GError **error)
{
  g_autoptr (GError) local = NULL;
  gsize n = column->n + 1;

  if (n <= column->missing.capacity &&
      n * weft_dtype_size (column->type) <= column->values.capacity)
    return TRUE;
  return (weft_buffer_reserve (&column->values, n * weft_dtype_size (column->type), &local) &&
          weft_buffer_reserve (&column->missing, n, &local)) ||
         fail (reader, error, "%s", local->message);
}

static void
append (Growing *column, double number, gboolean missing)
{
  gpointer values = column->values.data;

  if (column->type == WEFT_I64)
    ((gint64 *) values)[column->n] = (gint64) number;
  else if (column->type == WEFT_F64)
    ((double *) values)[column->n] = number;
  else
    ((float *) values)[column->n] = (float) number;
  column->missing.data[column->n] = (char) missing;
  column->n++;
  column->any_missing |= missing;
}

/* Bounds of the integer types; beyond 2^53 a double no longer tells neighbours apart. */
static gboolean
fits (double number, WeftDType dtype)
{
  static const struct
  {
    double low, high;
  } bounds[] = {
    [WEFT_BOOL] = { 0, 1 },
    [WEFT_U8] = { 0, 255 },
    [WEFT_I8] = { -128, 127 },
    [WEFT_U16] = { 0, 65535 },
    [WEFT_I16] = { -32768, 32767 },
    [WEFT_U32] = { 0, 0x1p32 - 1 },
    [WEFT_I32] = { -0x1p31, 0x1p31 - 1 },
    [WEFT_U64] = { 0, 0x1p53 },
    [WEFT_I64] = { -0x1p53, 0x1p53 },
  };

  if (weft_dtype_is_float (dtype))
    return dtype != WEFT_F32 || isfinite ((float) number);
  return number == floor (number) && number >= bounds[dtype].low && number <= bounds[dtype].high;
}

static char *
list_classes (char **classes)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; classes[i] != NULL; i++)
    {
      if (i == 8)
        {
          g_string_append (out, ", …");
          break;
        }
      g_string_append_printf (out, "%s%s", i > 0 ? ", " : "", classes[i]);
    }
  return g_string_free (out, FALSE);
}

/* A field's text as it goes into a message. */
static char *
quote_field (const char *field)
{
  g_autofree char *cut = g_utf8_strlen (field, -1) > 40 ? g_utf8_substring (field, 0, 40) : NULL;

  return g_strdup_printf ("“%s%s”", cut != NULL ? cut : field, cut != NULL ? "…" : "");
}

static gboolean
read_value (Reader *reader, Growing *column, guint field, GError **error)
{
  const char      *text = weft_csv_field (&reader->csv, field);
  const char      *from = column->spec->name;
  g_autofree char *quoted = NULL;
  double           number;

  if (!make_room (reader, column, error))
    {
      reader->full = TRUE;
      return FALSE;
    }
  if (column->classes != NULL)
    {
      guint            index = GPOINTER_TO_UINT (g_hash_table_lookup (column->classes, text));
      g_autofree char *classes = NULL;

      if (index > 0)
        {
          append (column, index - 1, FALSE);
          return TRUE;
        }
      quoted = quote_field (text);
      classes = list_classes (column->spec->classes);
      return fail (reader, error, _ ("%s in field %u is no class of column “%s”; they are %s"),
                   quoted, field + 1, from, classes);
    }
  if (weft_csv_is_missing (text))
    {
      reader->lacks =
        reader->spec->missing == WEFT_MISSING_ERROR || reader->spec->missing == WEFT_MISSING_SKIP;
      if (reader->lacks)
        return fail (reader, error,
                     _ ("field %u of column “%s” is missing; “missing”: “skip” leaves such rows "
                        "out, “mean”, “median” or a number fills them in"),
                     field + 1, from);
      append (column, 0, TRUE);
      return TRUE;
    }
  if (weft_dialect_number (&reader->spec->dialect, text, &number) &&
      fits (number, column->spec->dtype))
    {
      append (column, number, FALSE);
      return TRUE;
    }
  quoted = quote_field (text);
  return fail (reader, error,
               _ ("%s in field %u is not a number of type %s, which column “%s” needs"), quoted,
               field + 1, weft_dtypes[column->spec->dtype].name, from);
}

static gboolean
read_row (Reader *reader, GError **error)
{
  reader->lacks = FALSE;
  if (reader->csv.offsets->len != reader->n_fields)
    return fail (reader, error, _ ("%u fields; the first line has %u"), reader->csv.offsets->len,
                 reader->n_fields);
  for (guint c = 0; c < reader->spec->n_sources; c++)
    for (guint i = 0; i < reader->columns[c].width; i++)
      if (!read_value (reader, &reader->columns[c], reader->columns[c].fields[i], error))
        return FALSE;
  return TRUE;
}

/* Whether the row that could not be read may be left out. */
static gboolean
may_skip (const Reader *reader)
{
  return !reader->full && (reader->spec->missing == WEFT_MISSING_SKIP ||
                           (reader->spec->skip_bad && !reader->lacks));
}

/* Takes back what a bad row has left behind. */
static void
cut_columns (Reader *reader, gint64 n_rows)
{
  for (guint c = 0; c < reader->spec->n_sources; c++)
    {
      Growing *column = &reader->columns[c];

      column->n = (gsize) n_rows * column->width;
    }
}

/* Says how far it is, and gives back the pages that were read. */
static void
look_up (Reader *reader)
{
  gsize done = reader->size - (gsize) (reader->csv.end - reader->csv.at);

  weft_dataset_report (done, reader->size);
  if (reader->on_disk)
    weft_pages_touched (2 * (done - reader->looked));
  reader->looked = done;
}

static gboolean
read_rows (Reader *reader, gint64 *n_rows, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;

  *n_rows = 0;
  for (guint64 i = 0; weft_csv_next (&reader->csv, &local); i++)
    {
      if (i % ROWS_A_LOOK == 0)
        {
          look_up (reader);
          if (g_cancellable_set_error_if_cancelled (cancellable, error))
            return FALSE;
        }
      if (*n_rows == G_MAXINT32)
        return fail (reader, error, _ ("more than %d rows"), G_MAXINT32);
      if (read_row (reader, &local))
        (*n_rows)++;
      else if (may_skip (reader))
        {
          cut_columns (reader, *n_rows);
          g_clear_error (&local);
        }
      else
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  return local == NULL || fail (reader, error, "%s", local->message);
}

/* The column's values as an array [rows, ...] of the stated type. */
static WeftArray *
finish_column (Growing *column, gint64 n_rows, GError **error)
{
  gint64  shape[WEFT_MAX_RANK + 1] = { n_rows, column->width };
  GBytes *values =
    weft_buffer_steal (&column->values, column->n * weft_dtype_size (column->type));
  g_autoptr (WeftArray) array =
    weft_array_wrap (column->type, column->spec->rank + 1, shape,
                     (gpointer) g_bytes_get_data (values, NULL), values,
                     (GDestroyNotify) g_bytes_unref);

  return array->dtype == column->spec->dtype ? g_steal_pointer (&array)
                                             : weft_pages_cast (array, column->spec->dtype, error);
}

static WeftTable *
finish (Reader *reader, gint64 n_rows, GError **error)
{
  g_autoptr (WeftTable) table = weft_table_new (reader->spec->n_sources);

  table->n_rows = n_rows;
  for (guint c = 0; c < table->n_columns; c++)
    {
      table->arrays[c] = finish_column (&reader->columns[c], n_rows, error);
      if (table->arrays[c] == NULL)
        return NULL;
      table->strides[c] = reader->columns[c].width;
      if (reader->columns[c].any_missing)
        table->missing[c] =
          weft_buffer_steal (&reader->columns[c].missing, reader->columns[c].n);
    }
  return g_steal_pointer (&table);
}

/* ---- Options ---- */

gboolean
weft_csv_options (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  spec->dialect = (WeftDialect) WEFT_DIALECT_INIT;
  return weft_dialect_read (&spec->dialect, json, error);
}

gboolean
weft_tsv_options (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  spec->dialect = (WeftDialect) WEFT_DIALECT_INIT;
  spec->dialect.delimiter = '\t';
  return weft_dialect_read (&spec->dialect, json, error);
}

/* ---- All together ---- */

/* The rows of the text @bytes; @path stands in messages. */
static WeftTable *
read_text (
  WeftDatasetSpec *spec, const char *path, GBytes *bytes, GCancellable *cancellable, GError **error)
{
  g_autofree Growing *columns = g_new0 (Growing, spec->n_sources);
  Reader              reader = { .spec = spec, .path = path, .columns = columns };
  g_auto (GStrv) names = NULL;
  WeftTable *table = NULL;
  gint64     n_rows;
  gboolean   good;

  reader.size = g_bytes_get_size (bytes);
  reader.on_disk = weft_pages_contain (g_bytes_get_data (bytes, NULL));
  weft_csv_init (&reader.csv, bytes, spec->dialect.delimiter);
  names = read_names (&reader, error);
  good = names != NULL;
  for (guint c = 0; good && c < spec->n_sources; c++)
    good = begin_column (&reader, &columns[c], &spec->sources[c], names, error);
  if (good && read_rows (&reader, &n_rows, cancellable, error))
    table = finish (&reader, n_rows, error);
  for (guint c = 0; c < spec->n_sources; c++)
    clear_column (&columns[c]);
  weft_csv_clear (&reader.csv);
  return table;
}

WeftTable *
weft_csv_read (WeftDatasetSpec       *spec,
               const WeftSourceFiles *files,
               GCancellable          *cancellable,
               GError               **error)
{
  WeftEncoding encoding = spec->dialect.encoding;
  g_autoptr (GBytes) bytes = weft_csv_load (files->paths[0], &encoding, cancellable, error);

  return bytes == NULL ? NULL : read_text (spec, files->paths[0], bytes, cancellable, error);
}

/* ---- Pasted tables ---- */

gboolean
weft_table_options (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  spec->table = g_strdup (weft_json_get_string (json, "table", ""));
  return weft_tsv_options (spec, json, error);
}

WeftTable *
weft_table_source_read (WeftDatasetSpec       *spec,
                        const WeftSourceFiles *files,
                        GCancellable          *cancellable,
                        GError               **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (spec->table, strlen (spec->table));

  return read_text (spec, "table", bytes, cancellable, error);
}
