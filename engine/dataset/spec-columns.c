/* Specifications of data sets: columns. What is done to them is in transforms.c.
 *
 *   "columns": [
 *     {"name": "x", "from": ["length", "width"]},               a field an element: f32, shape (2,)
 *     {"name": "label", "from": "species", "classes": ["setosa", ...]}, texts to numbers: i32, ()
 *     {"name": "mpg", "from": ["mpg"], "type": "f64"},                  shape (1,)
 *     {"name": "pixels", "from": "images", "type": "u8", "shape": [28, 28]}]     IDX: of one row
 *
 * "from" absent: the name. "classes" may be a count. Text and generated data bring their own
 * columns.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/source-private.h"
#include "engine/base/number-text.h"
#include "engine/dataset/transform-private.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

#define MAX_COLUMNS 256
#define MAX_CLASSES 65536

#define fail weft_spec_fail

/* A list of different strings, or a string. */
static char **
read_strings (WeftJson *json, guint limit)
{
  guint n = weft_json_length (json);
  g_auto (GStrv) strings = g_new0 (char *, MIN (n, limit) + 2);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  if (weft_json_kind (json) == WEFT_JSON_STRING)
    {
      strings[0] = g_strdup (weft_json_string (json, ""));
      return g_steal_pointer (&strings);
    }
  if (n == 0 || n > limit)
    return NULL;
  for (guint i = 0; i < n; i++)
    {
      const char *string = weft_json_string (weft_json_at (json, i), NULL);

      if (string == NULL || !g_hash_table_add (seen, (gpointer) string))
        return NULL;
      strings[i] = g_strdup (string);
    }
  return g_steal_pointer (&strings);
}

/* ---- One column ---- */

gboolean
weft_spec_is_identifier (const char *name)
{
  return (g_ascii_isalpha (*name) || *name == '_') &&
         strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
           strlen (name) &&
         strlen (name) <= 64;
}

static gboolean
read_classes (WeftSourceColumn *column, WeftJson *json, GError **error)
{
  WeftJson *classes = weft_json_get (json, "classes");
  gint64    n = weft_json_int (classes, 0);

  if (classes == NULL)
    return TRUE;
  if (n >= 1 && n <= MAX_CLASSES)
    column->classes = weft_number_classes ((guint) n);
  else if (weft_json_kind (classes) == WEFT_JSON_ARRAY)
    column->classes = read_strings (classes, MAX_CLASSES);
  if (column->classes != NULL)
    return TRUE;
  return fail (error,
               _ ("data set: “classes” of column “%s” must be a list of different names or a "
                  "count, at most %d"),
               column->name, MAX_CLASSES);
}

static gboolean
read_shape (WeftSourceColumn *column, WeftJson *json, GError **error)
{
  WeftJson *shape = weft_json_get (json, "shape");
  gint64    elements = 1;

  column->rank = weft_json_length (shape);
  if (shape != NULL && (weft_json_kind (shape) != WEFT_JSON_ARRAY || column->rank >= WEFT_MAX_RANK))
    return fail (error, _ ("data set: “shape” of column “%s” must be a list of at most %d sizes"),
                 column->name, WEFT_MAX_RANK - 1);
  for (guint i = 0; i < column->rank; i++)
    {
      column->shape[i] = weft_json_int (weft_json_at (shape, i), -1);
      if (column->shape[i] < 1 || column->shape[i] > WEFT_MAX_ROW_ELEMENTS ||
          (elements *= column->shape[i]) > WEFT_MAX_ROW_ELEMENTS)
        return fail (error,
                     _ ("data set: “shape” of column “%s” has a size that is not from 1 to "
                        "%s"),
                     column->name, WEFT_INT_TEXT (WEFT_MAX_ROW_ELEMENTS));
    }
  return TRUE;
}

static gboolean
read_from (WeftSourceColumn *column, const WeftSource *source, WeftJson *json, GError **error)
{
  WeftJson *from = weft_json_get (json, "from");

  column->from = from == NULL ? g_strsplit (column->name, "\n", 1) : read_strings (from, 65536);
  if (column->from == NULL)
    return fail (error,
                 _ ("data set: “from” of column “%s” must be a field's name or a list of different "
                    "ones"),
                 column->name);
  if ((source->flags & WEFT_SOURCE_FIELD_LISTS) == 0)
    return weft_json_kind (from) != WEFT_JSON_ARRAY ||
           fail (error,
                 _ ("data set: “from” of column “%s” must be one name; lists are for tables such "
                    "as CSV"),
                 column->name);
  if (weft_json_get (json, "shape") != NULL)
    return fail (error,
                 _ ("data set: column “%s” of a table takes its shape from the list in “from”, "
                    "not from “shape”"),
                 column->name);
  if (weft_json_kind (from) == WEFT_JSON_ARRAY)
    {
      column->rank = 1;
      column->shape[0] = g_strv_length (column->from);
    }
  return TRUE;
}

static gboolean
read_type (WeftSourceColumn *column, WeftJson *json, GError **error)
{
  WeftJson   *type = weft_json_get (json, "type");
  const char *name = weft_json_string (type, "");

  column->dtype = column->classes != NULL ? WEFT_I32 : WEFT_F32;
  if (type != NULL && !weft_dtype_parse (name, &column->dtype))
    return fail (error,
                 _ ("data set: “type” of column “%s” must be an element type such as f32 or i32"),
                 column->name);
  if (column->dtype == WEFT_F16 || column->dtype == WEFT_BF16)
    return fail (error, _ ("data set: column “%s” cannot have type %s; use f32"), column->name,
                 name);
  if (column->classes != NULL &&
      (weft_dtype_is_float (column->dtype) || column->dtype == WEFT_BOOL))
    return fail (error,
                 _ ("data set: column “%s” has classes, so its type must be one of whole numbers, "
                    "such as i32"),
                 column->name);
  return TRUE;
}

static gboolean
read_column (WeftDatasetSpec *spec, guint index, WeftJson *json, GError **error)
{
  static const char *const known[] = { "name", "from", "type", "shape", "classes", NULL };
  WeftSourceColumn        *column = &spec->sources[index];
  g_autofree char         *where = g_strdup_printf ("columns[%u].", index);
  const char              *name = weft_json_get_string (json, "name", "");

  if (!weft_dataset_check_members (json, where, known, error))
    return FALSE;
  if (!weft_spec_is_identifier (name))
    return fail (error,
                 _ ("data set: “%sname” must be a name of letters, digits and _, which its port "
                    "bears"),
                 where);
  for (guint i = 0; i < index; i++)
    if (strcmp (spec->sources[i].name, name) == 0)
      return fail (error, _ ("data set: there are two columns “%s”"), name);
  column->name = g_strdup (name);
  return read_classes (column, json, error) && read_shape (column, json, error) &&
         read_from (column, spec->source, json, error) && read_type (column, json, error);
}

/* Where files are one a field, every column needs its own in every split. */
static gboolean
check_fields (WeftDatasetSpec *spec, GError **error)
{
  if ((spec->source->flags & WEFT_SOURCE_FILE_A_FIELD) == 0)
    return TRUE;
  for (guint c = 0; c < spec->n_sources; c++)
    for (guint i = 0; i < WEFT_N_SPLITS; i++)
      {
        const char *const *fields = (const char *const *) spec->files[i].fields;

        if (spec->files[i].n == 0)
          continue;
        if (fields != NULL ? !g_strv_contains (fields, spec->sources[c].from[0])
                           : spec->n_sources > 1)
          return fail (error, _ ("data set: no file in “files” has “%s”, which column “%s” needs"),
                       spec->sources[c].from[0], spec->sources[c].name);
      }
  return TRUE;
}

gboolean
weft_dataset_spec_read_columns (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  guint n = weft_json_length (json);

  if ((spec->source->flags & WEFT_SOURCE_OWN_COLUMNS) != 0)
    {
      if (json != NULL)
        return fail (error, _ ("data set: text and generated data have columns of their own; leave "
                               "“columns” out"));
      spec->source->add_columns (spec);
      return TRUE;
    }
  if (n == 0 || n > MAX_COLUMNS)
    return fail (error,
                 _ ("data set: “columns” must list 1 to %d columns; they are known without opening "
                    "the file"),
                 MAX_COLUMNS);
  spec->sources = g_new0 (WeftSourceColumn, n);
  for (guint i = 0; i < n; i++)
    {
      spec->n_sources = i + 1;
      if (!read_column (spec, i, weft_json_at (json, i), error))
        return FALSE;
    }
  return check_fields (spec, error) && (spec->source->check_columns == NULL ||
                                        spec->source->check_columns (spec, error));
}
