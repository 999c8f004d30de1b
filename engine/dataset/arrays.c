/* Sources whose files hold arrays by name, a row along the first axis: NPY, NPZ, HDF5.
 *
 * The columns take what fits them; wrong shapes, numbers that a column cannot hold, and classes
 * that there are not, are errors that name file, column and row. NaN is a missing number.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages.h"
#include "engine/base/number-text.h"
#include "engine/dataset/readers-private.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* ---- Reading ---- */

static gint64
count_elements (guint rank, const gint64 *shape)
{
  gint64 n = 1;

  for (guint i = 0; i < rank; i++)
    n *= shape[i];
  return n;
}

/* A row of one number may be stated as (1,) as well as (). */
static gboolean
check_shape (const WeftSourceColumn *column,
             const char             *path,
             const WeftArray        *array,
             GError                **error)
{
  gint64 wanted = count_elements (column->rank, column->shape);

  if (array->rank == 0)
    return weft_source_fail (path, error, _ ("“%s” is a single number, not rows of them"),
                             column->from[0]);
  if ((array->rank - 1 == column->rank &&
       memcmp (array->shape + 1, column->shape, column->rank * sizeof (gint64)) == 0) ||
      (wanted == 1 && array->n_elements == array->shape[0]))
    return TRUE;
  {
    WeftShape        expected = weft_shape_new (column->rank, column->shape);
    WeftShape        actual = weft_shape_new (array->rank - 1, array->shape + 1);
    g_autofree char *expected_text = weft_shape_to_string (&expected);
    g_autofree char *actual_text = weft_shape_to_string (&actual);

    return weft_source_fail (path, error, _ ("“%s” has rows of shape %s; column “%s” needs %s"),
                             column->from[0], actual_text, column->name, expected_text);
  }
}

static gboolean
check_type (const WeftSourceColumn *column,
            const char             *path,
            const WeftArray        *array,
            GError                **error)
{
  gboolean widens = weft_dtype_size (column->dtype) > weft_dtype_size (array->dtype);

  if (column->dtype == array->dtype || column->classes != NULL ||
      weft_dtype_is_float (column->dtype) || (widens && !weft_dtype_is_float (array->dtype)))
    return TRUE;
  return weft_source_fail (
    path, error, _ ("“%s” has type %s; column “%s” has type %s, which does not hold all of it"),
    column->from[0], weft_dtypes[array->dtype].name, column->name, weft_dtypes[column->dtype].name);
}

/* What the numbers of a column are checked for. */
typedef struct
{
  const WeftSourceColumn *column;
  const char             *path;
  WeftMissing             missing;
  gsize                   n_classes; /* 0: any number */
  gint64                  width;     /* of a row */
  WeftBuffer              marks;     /* a byte for every element; empty: none is missing */
} Check;

static gboolean
is_good (const Check *check, double value)
{
  return check->n_classes == 0
           ? (gboolean) isfinite (value)
           : value >= 0 && value < (double) check->n_classes && value == floor (value);
}

/* Element @at, which is not good: missing, or an error. */
static gboolean
mark_element (Check *check, gint64 at, gint64 n_elements, double value, GError **error)
{
  if (isnan (value) && check->missing != WEFT_MISSING_ERROR && check->n_classes == 0)
    {
      if (check->marks.data == NULL)
        {
          if (!weft_buffer_reserve (&check->marks, (gsize) n_elements, error))
            return FALSE;
          memset (check->marks.data, 0, (gsize) n_elements);
        }
      check->marks.data[at] = 1;
      return TRUE;
    }
  if (!isfinite (value))
    return weft_source_fail (check->path, error,
                             _ ("row %s of “%s”: a number that is not finite; “missing” says what "
                                "to do with NaN"),
                             WEFT_INT_TEXT (at / check->width), check->column->from[0]);
  return weft_source_fail (check->path, error,
                           _ ("row %s of “%s”: class %g; the classes are 0 to %s"),
                           WEFT_INT_TEXT (at / check->width), check->column->from[0], value,
                           WEFT_SIZE_TEXT (check->n_classes - 1));
}

/* Elements that are looked at together: first all at once, and one by one where that finds
 * something. */
#define CHECKED_AT_ONCE 16384

static gboolean
check_piece (
  Check *check, const WeftArray *array, gint64 first, gint64 n, double *values, GError **error)
{
  double sum = 0;

  weft_convert (WEFT_F64, values, array->dtype,
                (const char *) array->data + (gsize) first * weft_dtype_size (array->dtype),
                (gsize) n);
  for (gint64 i = 0; i < n; i++)
    sum += values[i] * 0; /* NaN if one is not finite */
  for (gint64 i = 0; (check->n_classes > 0 || isnan (sum)) && i < n; i++)
    if (!is_good (check, values[i]) &&
        !mark_element (check, first + i, array->n_elements, values[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
check_values (Check *check, const WeftArray *array, GCancellable *cancellable, GError **error)
{
  g_autofree double *values = g_new (double, CHECKED_AT_ONCE);
  gboolean           on_disk = weft_pages_contain (array->data);

  if (check->n_classes == 0 && !weft_dtype_is_float (array->dtype))
    return TRUE;
  for (gint64 at = 0; at < array->n_elements; at += CHECKED_AT_ONCE)
    {
      gint64 n = MIN (CHECKED_AT_ONCE, array->n_elements - at);

      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !check_piece (check, array, at, n, values, error))
        return FALSE;
      weft_dataset_report ((gsize) (at + n), (gsize) array->n_elements);
      if (on_disk)
        weft_pages_touched ((gsize) n * weft_dtype_size (array->dtype));
    }
  return TRUE;
}

static WeftArray *
find_array (GHashTable *arrays, const char *path, const char *field, GError **error)
{
  WeftArray        *array = g_hash_table_lookup (arrays, field);
  g_autofree char  *all = NULL;
  g_autofree char **names = NULL;

  if (array == NULL)
    array = g_hash_table_lookup (arrays, ""); /* the only one, without a name */
  if (array != NULL)
    return array;
  names = (char **) g_hash_table_get_keys_as_array (arrays, NULL);
  all = g_strjoinv (", ", names);
  weft_source_fail (path, error, _ ("there is no array “%s”; there are: %s"), field, all);
  return NULL;
}

static gboolean
check_rows (const WeftDatasetSpec *spec,
            const WeftTable       *table,
            guint                  c,
            const char            *path,
            const WeftArray       *array,
            GError               **error)
{
  const char *field = spec->sources[c].from[0];

  if (c > 0 && array->shape[0] != table->n_rows)
    return weft_source_fail (path, error,
                             _ ("“%s” has %s rows, but “%s” has %s"),
                             field, WEFT_INT_TEXT (array->shape[0]), spec->sources[0].from[0],
                             WEFT_INT_TEXT (table->n_rows));
  return array->shape[0] <= G_MAXINT32 ||
         weft_source_fail (path, error, _ ("“%s” has more than %d rows"), field, G_MAXINT32);
}

/* Column @c of the table from @arrays. */
static gboolean
take_column (WeftDatasetSpec *spec,
             WeftTable       *table,
             guint            c,
             GHashTable      *arrays,
             const char      *path,
             GCancellable    *cancellable,
             GError         **error)
{
  const WeftSourceColumn *column = &spec->sources[c];
  WeftArray              *array = find_array (arrays, path, column->from[0], error);
  Check                   check = { column, path, spec->missing, 0, 1, WEFT_BUFFER_INIT };

  if (array == NULL || !check_shape (column, path, array, error) ||
      !check_type (column, path, array, error) || !check_rows (spec, table, c, path, array, error))
    return FALSE;
  check.n_classes = column->classes == NULL ? 0 : g_strv_length (column->classes);
  check.width = MAX (count_elements (column->rank, column->shape), 1);
  if (!check_values (&check, array, cancellable, error))
    {
      weft_buffer_clear (&check.marks);
      return FALSE;
    }
  table->n_rows = array->shape[0];
  table->strides[c] = table->elements[c] = count_elements (column->rank, column->shape);
  if (check.marks.data == NULL)
    {
      table->arrays[c] = weft_array_ref (array);
      return TRUE;
    }
  table->missing[c] = weft_buffer_steal (&check.marks, (gsize) array->n_elements);
  table->arrays[c] =
    weft_pages_cast (array, array->dtype, error); /* what is missing is filled in there */
  return table->arrays[c] != NULL;
}

static const char **
list_fields (WeftDatasetSpec *spec)
{
  const char **fields = g_new0 (const char *, spec->n_sources + 1);

  for (guint c = 0; c < spec->n_sources; c++)
    fields[c] = spec->sources[c].from[0];
  return fields;
}

static const char *
path_of_field (const WeftSourceFiles *files, const char *field)
{
  for (guint i = 0; i < files->n && files->fields != NULL; i++)
    if (strcmp (files->fields[i], field) == 0)
      return files->paths[i];
  return files->paths[0];
}

WeftTable *
weft_arrays_read (WeftDatasetSpec       *spec,
                  const WeftSourceFiles *files,
                  WeftArraysLoad         load,
                  GCancellable          *cancellable,
                  GError               **error)
{
  g_autoptr (WeftTable) table = weft_table_new (spec->n_sources);
  g_autoptr (GHashTable) arrays = NULL;
  g_autofree const char **fields = list_fields (spec);
  const char             *loaded = NULL;

  for (guint c = 0; c < spec->n_sources; c++)
    {
      const char *path = path_of_field (files, fields[c]);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      if (arrays == NULL || strcmp (path, loaded) != 0)
        {
          g_clear_pointer (&arrays, g_hash_table_unref);
          arrays = load (path, fields, cancellable, error);
          loaded = path;
        }
      if (arrays == NULL || !take_column (spec, table, c, arrays, path, cancellable, error))
        return NULL;
    }
  if (spec->missing == WEFT_MISSING_SKIP && !weft_table_skip_missing (table, error))
    return NULL;
  return g_steal_pointer (&table);
}

/* ---- Guessing ---- */

/* How many classes whole numbers from 0 on are; 0: they are none. */
static guint
count_classes (const WeftArray *array)
{
  double largest = -1;

  if (array->rank != 1 || weft_dtype_is_float (array->dtype) || array->dtype == WEFT_BOOL)
    return 0;
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double value = weft_array_get (array, i);

      if (value < 0 || value >= 1000)
        return 0;
      largest = MAX (largest, value);
    }
  return largest < 1 ? 0 : (guint) largest + 1;
}

static WeftJson *
make_transform (const char *what, const char *column)
{
  WeftJson *transform = weft_json_new_object ();

  weft_json_set_string (transform, "do", what);
  weft_json_set_string (transform, "column", column);
  return transform;
}

void
weft_guess_add_array (WeftJson        *columns,
                      WeftJson        *transforms,
                      const char      *name,
                      const char      *from,
                      const WeftArray *array)
{
  WeftJson *column = weft_json_new_object ();
  WeftJson *shape = weft_json_new_array ();
  guint     n_classes = count_classes (array);
  gboolean  half = array->dtype == WEFT_F16 || array->dtype == WEFT_BF16;

  weft_json_set_string (column, "name", name);
  if (strcmp (name, from) != 0)
    weft_json_set_string (column, "from", from);
  if (n_classes > 0)
    weft_json_set_int (column, "classes", n_classes);
  else
    weft_json_set_string (column, "type", half ? "f32" : weft_dtypes[array->dtype].name);
  for (guint i = 1; i < array->rank; i++)
    weft_json_append (shape, weft_json_new_int (array->shape[i]));
  if (array->rank == 1 && n_classes == 0)
    weft_json_append (shape, weft_json_new_int (1));
  if (weft_json_length (shape) > 0)
    weft_json_set (column, "shape", shape);
  else
    weft_json_unref (shape);
  weft_json_append (columns, column);
  if (array->dtype == WEFT_U8 && array->rank >= 3)
    {
      WeftJson *scale = make_transform ("scale", name);

      weft_json_set_number (scale, "by", 1.0 / 255);
      weft_json_append (transforms, scale);
    }
  else if (array->dtype == WEFT_F64)
    {
      WeftJson *cast = make_transform ("cast", name);

      weft_json_set_string (cast, "to", "f32");
      weft_json_append (transforms, cast);
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* A port's name: letters, digits and _. */
static char *
make_name (const char *from)
{
  char *name = g_strndup (*from == '\0' ? "x" : from, 60);

  g_strcanon (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", '_');
  if (!g_ascii_isalpha (*name) && *name != '_')
    {
      char *longer = g_strconcat ("a", name, NULL);

      g_free (name);
      name = longer;
    }
  return name;
}

/* The number of rows that most arrays have; of equally many the larger. */
static gint64
usual_rows (char **names, GHashTable *arrays)
{
  gint64 best = -1;
  guint  most = 0;

  for (guint i = 0; names[i] != NULL; i++)
    {
      WeftArray *array = g_hash_table_lookup (arrays, names[i]);
      guint      n = 0;

      if (array->rank == 0)
        continue;
      for (guint k = 0; names[k] != NULL; k++)
        {
          WeftArray *other = g_hash_table_lookup (arrays, names[k]);

          n += other->rank > 0 && other->shape[0] == array->shape[0];
        }
      if (n > most || (n == most && array->shape[0] > best))
        {
          most = n;
          best = array->shape[0];
        }
    }
  return best;
}

WeftJson *
weft_arrays_guess (const char *path, const char *format, GHashTable *arrays, GError **error)
{
  g_autofree char **names = (char **) g_hash_table_get_keys_as_array (arrays, NULL);
  g_autoptr (GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint     n = g_hash_table_size (arrays);
  gint64    rows;
  WeftJson *spec, *columns, *transforms;

  qsort (names, n, sizeof *names, compare_names);
  rows = usual_rows (names, arrays);
  if (rows < 1)
    {
      weft_source_fail (path, error, _ ("no array in it has rows"));
      return NULL;
    }
  spec = weft_json_new_object ();
  columns = weft_json_new_array ();
  transforms = weft_json_new_array ();
  for (guint i = 0; i < n && weft_json_length (columns) < 256; i++)
    {
      WeftArray *array = g_hash_table_lookup (arrays, names[i]);
      char      *name = make_name (names[i]);

      if (array->rank == 0 || array->rank > WEFT_MAX_RANK - 1 || array->shape[0] != rows ||
          !g_utf8_validate (names[i], -1, NULL) || g_hash_table_contains (used, name))
        {
          g_free (name);
          continue;
        }
      g_hash_table_add (used, name);
      weft_guess_add_array (columns, transforms, name, names[i], array);
    }
  weft_json_set_string (spec, "format", format);
  weft_json_set_string (spec, "file", path);
  weft_json_set (spec, "columns", columns);
  weft_json_set (spec, "transforms", transforms);
  weft_json_set_int (spec, "rows", rows);
  return spec;
}
