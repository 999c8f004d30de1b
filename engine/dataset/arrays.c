/* Sources whose files hold arrays by name, a row along the first axis: NPY, NPZ, HDF5.
 *
 * The columns take what fits them; wrong shapes, numbers that a column cannot hold, and classes
 * that there are not, are errors that name file, column and row. NaN is a missing number.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

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
check_shape (const WeftSourceColumn *column, const char *path, const WeftArray *array, GError **error)
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
check_type (const WeftSourceColumn *column, const char *path, const WeftArray *array, GError **error)
{
  gboolean widens = weft_dtype_size (column->dtype) > weft_dtype_size (array->dtype);

  if (column->dtype == array->dtype || column->classes != NULL ||
      weft_dtype_is_float (column->dtype) || (widens && !weft_dtype_is_float (array->dtype)))
    return TRUE;
  return weft_source_fail (
    path, error, _ ("“%s” has type %s; column “%s” has type %s, which does not hold all of it"),
    column->from[0], weft_dtypes[array->dtype].name, column->name, weft_dtypes[column->dtype].name);
}

/* Marks what is missing, a byte an element. */
static gboolean
check_values (WeftDatasetSpec        *spec,
              const WeftSourceColumn *column,
              const char             *path,
              WeftArray              *array,
              GByteArray            **missing,
              GError                **error)
{
  gsize  n_classes = column->classes == NULL ? 0 : g_strv_length (column->classes);
  gint64 width = MAX (count_elements (column->rank, column->shape), 1);

  if (n_classes == 0 && !weft_dtype_is_float (array->dtype))
    return TRUE;
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double value = weft_array_get (array, i);

      if (isnan (value) && spec->missing != WEFT_MISSING_ERROR && n_classes == 0)
        {
          if (*missing == NULL)
            {
              *missing = g_byte_array_new ();
              g_byte_array_set_size (*missing, (guint) array->n_elements);
              memset ((*missing)->data, 0, (gsize) array->n_elements);
            }
          (*missing)->data[i] = 1;
        }
      else if (!isfinite (value))
        return weft_source_fail (path, error,
                                 _ ("row %" G_GINT64_FORMAT
                                    " of “%s”: a number that is not finite; “missing” says what "
                                    "to do with NaN"),
                                 i / width, column->from[0]);
      else if (n_classes > 0 &&
               !(value >= 0 && value < (double) n_classes && value == floor (value)))
        return weft_source_fail (path, error,
                                 _ ("row %" G_GINT64_FORMAT
                                    " of “%s”: class %g; the classes are 0 to %" G_GSIZE_FORMAT),
                                 i / width, column->from[0], value, n_classes - 1);
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

/* Column @c of the table from @arrays. */
static gboolean
take_column (WeftDatasetSpec *spec,
             WeftTable       *table,
             guint            c,
             GHashTable      *arrays,
             const char      *path,
             GError         **error)
{
  const WeftSourceColumn *column = &spec->sources[c];
  GByteArray             *missing = NULL;
  WeftArray              *array = find_array (arrays, path, column->from[0], error);

  if (array == NULL || !check_shape (column, path, array, error) ||
      !check_type (column, path, array, error))
    return FALSE;
  if (c > 0 && array->shape[0] != table->n_rows)
    return weft_source_fail (path, error,
                             _ ("“%s” has %" G_GINT64_FORMAT " rows, but “%s” has %" G_GINT64_FORMAT),
                             column->from[0], array->shape[0], spec->sources[0].from[0],
                             table->n_rows);
  if (array->shape[0] > G_MAXINT32)
    return weft_source_fail (path, error, _ ("“%s” has more than %d rows"), column->from[0],
                             G_MAXINT32);
  if (!check_values (spec, column, path, array, &missing, error))
    {
      if (missing != NULL)
        g_byte_array_unref (missing);
      return FALSE;
    }
  table->n_rows = array->shape[0];
  table->arrays[c] = weft_array_ref (array);
  table->strides[c] = table->elements[c] = count_elements (column->rank, column->shape);
  if (missing != NULL)
    table->missing[c] = g_byte_array_free_to_bytes (missing);
  return TRUE;
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
      if (arrays == NULL || !take_column (spec, table, c, arrays, path, error))
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
