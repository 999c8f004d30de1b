/* Guessing the specification of a CSV file.
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

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* More different texts are names, not categories. */
#define MAX_CATEGORIES 100
/* More different whole numbers are a quantity, not classes. */
#define MAX_NUMBERED_CLASSES 20
/* A node with more ports than this helps nobody. */
#define MAX_CATEGORY_COLUMNS 32

typedef enum
{
  USE_NUMBER,
  USE_CATEGORY,
  USE_NONE,
} Use;

typedef struct
{
  char       *name;  /* owned: in the file */
  GHashTable *texts; /* owned: different fields, up to MAX_CATEGORIES + 1 of them */
  guint       n, n_numbers, n_missing;
  gboolean    whole; /* all numbers are whole */
  double      low, high;
  Use         use;
} Seen;

static void
clear_seen (gpointer data)
{
  Seen *seen = data;

  g_free (seen->name);
  g_hash_table_unref (seen->texts);
}

static void
look_at (Seen *seen, const char *field)
{
  double number;

  seen->n++;
  if (g_hash_table_size (seen->texts) <= MAX_CATEGORIES &&
      !g_hash_table_contains (seen->texts, field))
    g_hash_table_add (seen->texts, g_strdup (field));
  if (weft_csv_is_missing (field))
    seen->n_missing++;
  else if (weft_csv_number (field, &number))
    {
      seen->whole = seen->whole && number == floor (number);
      seen->low = MIN (seen->low, number);
      seen->high = MAX (seen->high, number);
      seen->n_numbers++;
    }
}

static void
decide (Seen *seen)
{
  guint n_texts = g_hash_table_size (seen->texts);

  if (seen->n_numbers > 0 && seen->n_numbers + seen->n_missing == seen->n)
    seen->use = USE_NUMBER;
  else
    seen->use =
      n_texts >= 2 && n_texts <= MAX_CATEGORIES && 2 * n_texts <= seen->n ? USE_CATEGORY : USE_NONE;
}

/* Whole numbers 0..k-1 or 1..k, each of them there, several times: labels. */
static gboolean
is_numbered (const Seen *seen)
{
  guint n_texts = g_hash_table_size (seen->texts);

  return seen->use == USE_NUMBER && seen->whole && seen->n_missing == 0 && n_texts >= 2 &&
         n_texts <= MAX_NUMBERED_CLASSES && (seen->low == 0 || seen->low == 1) &&
         seen->high - seen->low + 1 == n_texts && seen->n >= 3 * n_texts;
}

/* ---- Reading ---- */

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
begin_columns (const WeftCsv *csv, gboolean header, GArray *columns)
{
  for (guint i = 0; i < csv->offsets->len; i++)
    {
      Seen seen = { .whole = TRUE, .low = G_MAXDOUBLE, .high = -G_MAXDOUBLE };

      seen.name =
        header ? g_strdup (weft_csv_field (csv, i)) : g_strdup_printf ("column_%u", i + 1);
      seen.texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_array_append_val (columns, seen);
    }
}

static gboolean
fail (const char *path, guint line, const char *what, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_clear_error (error);
  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, "%s:%u: %s", name, line, what);
  return FALSE;
}

/* A field is found by its name, so of equal names only the first can be used. */
static void
decide_all (GArray *columns)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < columns->len; i++)
    {
      Seen *seen = &g_array_index (columns, Seen, i);

      decide (seen);
      if (!g_hash_table_add (names, seen->name))
        seen->use = USE_NONE;
    }
}

static gboolean
read_columns (const char *path, WeftCsv *csv, gboolean *header, GArray *columns, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean more = weft_csv_next (csv, &local);

  if (!more)
    return fail (path, csv->record_line,
                 local != NULL ? local->message : _ ("the file has no rows"), error);
  *header = !has_number (csv);
  begin_columns (csv, *header, columns);
  if (*header)
    more = weft_csv_next (csv, &local);
  for (; more; more = weft_csv_next (csv, &local))
    {
      if (csv->offsets->len != columns->len)
        {
          g_autofree char *what = g_strdup_printf (_ ("%u fields; the first line has %u"),
                                                   csv->offsets->len, columns->len);

          return fail (path, csv->record_line, what, error);
        }
      for (guint i = 0; i < columns->len; i++)
        look_at (&g_array_index (columns, Seen, i), weft_csv_field (csv, i));
    }
  if (local != NULL)
    return fail (path, csv->record_line, local->message, error);
  decide_all (columns);
  return g_array_index (columns, Seen, 0).n > 0 ||
         fail (path, csv->record_line, _ ("the file has no rows"), error);
}

/* ---- Writing the specification ---- */

/* A port's name from a field's: "Petal length (cm)" gives petal_length_cm. Never empty, never
 * twice. */
static char *
make_name (const char *text, GHashTable *used)
{
  GString *name = g_string_new (NULL);
  guint    number = 2;
  gsize    length;

  for (const char *c = text; *c != '\0' && name->len < 32; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (name, g_ascii_tolower (*c));
    else if (name->len > 0 && name->str[name->len - 1] != '_')
      g_string_append_c (name, '_');
  while (name->len > 0 && name->str[name->len - 1] == '_')
    g_string_truncate (name, name->len - 1);
  if (name->len == 0 || g_ascii_isdigit (*name->str))
    g_string_prepend (name, name->len == 0 ? "column" : "column_");
  for (length = name->len; g_hash_table_contains (used, name->str); number++)
    {
      g_string_truncate (name, length);
      g_string_append_printf (name, "_%u", number);
    }
  g_hash_table_add (used, g_strdup (name->str));
  return g_string_free (name, FALSE);
}

static int
compare_numbers_then_texts (gconstpointer a, gconstpointer b)
{
  double x, y;

  if (weft_csv_number (a, &x) && weft_csv_number (b, &y) && x != y)
    return (x > y) - (x < y);
  return strcmp (a, b);
}

static WeftJson *
make_category (const Seen *seen, const char *name)
{
  g_autoptr (GList) texts =
    g_list_sort (g_hash_table_get_keys (seen->texts), compare_numbers_then_texts);
  WeftJson *column = weft_json_new_object ();
  WeftJson *classes = weft_json_new_array ();

  for (GList *l = texts; l != NULL; l = l->next)
    weft_json_append (classes, weft_json_new_string (l->data));
  weft_json_set_string (column, "name", name);
  weft_json_set_string (column, "from", seen->name);
  weft_json_set (column, "classes", classes);
  return column;
}

static WeftJson *
make_transform (const char *what, const char *column)
{
  WeftJson *transform = weft_json_new_object ();

  weft_json_set_string (transform, "do", what);
  weft_json_set_string (transform, "column", column);
  return transform;
}

static guint
find_target (GArray *columns)
{
  for (guint i = columns->len; i-- > 0;)
    if (g_array_index (columns, Seen, i).use != USE_NONE)
      return i;
  return columns->len;
}

/* All numbers but the target in one column, to mean 0 and deviation 1. */
static void
add_features (GArray *columns, guint target, GHashTable *used, WeftJson *out, WeftJson *transforms)
{
  WeftJson *from = weft_json_new_array ();
  WeftJson *column;

  for (guint i = 0; i < columns->len; i++)
    if (i != target && g_array_index (columns, Seen, i).use == USE_NUMBER)
      weft_json_append (from, weft_json_new_string (g_array_index (columns, Seen, i).name));
  if (weft_json_length (from) == 0)
    {
      weft_json_unref (from);
      return;
    }
  g_hash_table_add (used, g_strdup ("features"));
  column = weft_json_new_object ();
  weft_json_set_string (column, "name", "features");
  weft_json_set (column, "from", from);
  weft_json_append (out, column);
  weft_json_append (transforms, make_transform ("standardise", "features"));
}

static void
add_categories (
  GArray *columns, guint target, GHashTable *used, WeftJson *out, WeftJson *transforms)
{
  for (guint i = 0, n = 0; i < columns->len && n < MAX_CATEGORY_COLUMNS; i++)
    {
      const Seen      *seen = &g_array_index (columns, Seen, i);
      g_autofree char *name = NULL;

      if (i == target || seen->use != USE_CATEGORY)
        continue;
      n++;
      name = make_name (seen->name, used);
      weft_json_append (out, make_category (seen, name));
      weft_json_append (transforms, make_transform ("one_hot", name));
    }
}

static void
add_target (const Seen *seen, GHashTable *used, WeftJson *out)
{
  g_autofree char *name = make_name (seen->name, used);

  if (seen->use == USE_CATEGORY || is_numbered (seen))
    weft_json_append (out, make_category (seen, name));
  else
    {
      WeftJson *column = weft_json_new_object ();
      WeftJson *from = weft_json_new_array ();

      weft_json_append (from, weft_json_new_string (seen->name));
      weft_json_set_string (column, "name", name);
      weft_json_set (column, "from", from);
      weft_json_append (out, column);
    }
}

static WeftJson *
write_spec (const char *path, GArray *columns, gboolean header, char delimiter)
{
  g_autoptr (GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char delimiter_text[] = { delimiter, '\0' };
  guint      target = find_target (columns);
  WeftJson  *spec = weft_json_new_object ();
  WeftJson  *out = weft_json_new_array ();
  WeftJson  *transforms = weft_json_new_array ();
  gboolean   any_missing = FALSE;

  for (guint i = 0; i < columns->len; i++)
    any_missing |= g_array_index (columns, Seen, i).use == USE_NUMBER &&
                   g_array_index (columns, Seen, i).n_missing > 0;
  add_features (columns, target, used, out, transforms);
  add_categories (columns, target, used, out, transforms);
  add_target (&g_array_index (columns, Seen, target), used, out);
  weft_json_set_string (spec, "format", "csv");
  weft_json_set_string (spec, "file", path);
  if (!header)
    weft_json_set_bool (spec, "header", FALSE);
  if (delimiter != ',')
    weft_json_set_string (spec, "delimiter", delimiter_text);
  if (any_missing)
    weft_json_set_string (spec, "missing", "mean");
  weft_json_set_int (spec, "rows", g_array_index (columns, Seen, 0).n);
  weft_json_set (spec, "columns", out);
  weft_json_set (spec, "transforms", transforms);
  return spec;
}

WeftJson *
weft_guess_csv (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = weft_csv_load (path, NULL, error);
  g_autoptr (GArray) columns = g_array_new (FALSE, FALSE, sizeof (Seen));
  WeftCsv  csv;
  gboolean header = FALSE, good;
  char     delimiter;

  if (bytes == NULL)
    return NULL;
  g_array_set_clear_func (columns, clear_seen);
  delimiter = find_delimiter (bytes);
  weft_csv_init (&csv, bytes, delimiter);
  good = read_columns (path, &csv, &header, columns, error);
  if (good && find_target (columns) == columns->len)
    good = fail (path, 1, _ ("no column has numbers or categories"), error);
  weft_csv_clear (&csv);
  return good ? write_spec (path, columns, header, delimiter) : NULL;
}
