/* Safetensors: a JSON header of names, types, shapes and places, then the elements.
 *
 * As the format demands, the elements of the arrays cover the rest of the file without gaps or
 * overlaps.
 *
 * Source: Hugging Face, safetensors 0.4, README.md, section "Format".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/array-private.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number-text.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#define LENGTH_BYTES 8
/* The reference implementation's own limit. */
#define MAX_HEADER 100000000

static const char *const type_names[WEFT_N_DTYPES] = {
  [WEFT_BOOL] = "BOOL",
  [WEFT_U8] = "U8",
  [WEFT_I8] = "I8",
  [WEFT_U16] = "U16",
  [WEFT_I16] = "I16",
  [WEFT_U32] = "U32",
  [WEFT_I32] = "I32",
  [WEFT_U64] = "U64",
  [WEFT_I64] = "I64",
  [WEFT_F16] = "F16",
  [WEFT_BF16] = "BF16",
  [WEFT_F32] = "F32",
  [WEFT_F64] = "F64",
};

typedef struct
{
  const char   *path;
  const guint8 *elements;
  gsize         n_bytes; /* of elements */
  gsize         begin;   /* of elements in the file */
} Source;

/* Where an array lies, to see that all of them lie side by side. */
typedef struct
{
  gsize begin, end;
} Extent;

static gboolean
bad_entry (const Source *source, const char *name, const char *member, GError **error)
{
  return weft_array_file_error (source->path, LENGTH_BYTES, error,
                                _ ("array “%s”: “%s” is missing or wrong"), name, member);
}

static gboolean
read_shape (WeftJson *json, guint *rank, gint64 *shape)
{
  *rank = weft_json_length (json);
  if (weft_json_kind (json) != WEFT_JSON_ARRAY || *rank > WEFT_MAX_RANK)
    return FALSE;
  for (guint i = 0; i < *rank; i++)
    {
      shape[i] = weft_json_int (weft_json_at (json, i), -1);
      if (shape[i] < 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_dtype (const char *name, WeftDType *dtype)
{
  for (guint i = 0; i < WEFT_N_DTYPES; i++)
    if (strcmp (type_names[i], name) == 0)
      {
        *dtype = (WeftDType) i;
        return TRUE;
      }
  return FALSE;
}

static WeftArray *
read_array (const Source *source, const char *name, WeftJson *json, Extent *extent, GError **error)
{
  WeftJson *offsets = weft_json_get (json, "data_offsets");
  gint64    begin = weft_json_int (weft_json_at (offsets, 0), -1),
         end = weft_json_int (weft_json_at (offsets, 1), -1);
  gint64     shape[WEFT_MAX_RANK], n_elements;
  guint      rank;
  gsize      n_bytes;
  WeftDType  dtype;
  WeftArray *array;

  if (!read_dtype (weft_json_get_string (json, "dtype", ""), &dtype))
    bad_entry (source, name, "dtype", error);
  else if (!read_shape (weft_json_get (json, "shape"), &rank, shape))
    bad_entry (source, name, "shape", error);
  else if (weft_json_length (offsets) != 2 || begin < 0 || end < begin)
    bad_entry (source, name, "data_offsets", error);
  else if ((gsize) end > source->n_bytes)
    weft_array_file_error (source->path, source->begin + source->n_bytes, error,
                           _ ("the file ends before the end of array “%s”; it is cut off or "
                              "damaged"),
                           name);
  else if (!weft_array_measure (dtype, rank, shape, &n_elements, &n_bytes) ||
           n_bytes != (gsize) (end - begin))
    weft_array_file_error (source->path, source->begin + (gsize) begin, error,
                           _ ("array “%s”: shape and data_offsets contradict each other"), name);
  else
    {
      array = weft_array_try_new (dtype, rank, shape, error);
      if (array != NULL && n_bytes > 0)
        memcpy (array->data, source->elements + begin, n_bytes);
      *extent = (Extent){ (gsize) begin, (gsize) end };
      return array;
    }
  return NULL;
}

static int
compare_extents (gconstpointer a, gconstpointer b)
{
  const Extent *x = a, *y = b;

  return x->begin != y->begin ? (x->begin > y->begin) - (x->begin < y->begin)
                              : (x->end > y->end) - (x->end < y->end);
}

static gboolean
check_extents (const Source *source, GArray *extents, GError **error)
{
  gsize reached = 0;

  g_array_sort (extents, compare_extents);
  for (guint i = 0; i < extents->len; i++)
    {
      Extent extent = g_array_index (extents, Extent, i);

      if (extent.begin != reached)
        return weft_array_file_error (source->path, source->begin + extent.begin, error,
                                      extent.begin < reached
                                        ? _ ("two arrays overlap")
                                        : _ ("there is a gap between two arrays"));
      reached = extent.end;
    }
  return reached == source->n_bytes ||
         weft_array_file_error (
           source->path, source->begin + reached, error,
           _ ("%s bytes follow the last array; the file is damaged"),
           WEFT_SIZE_TEXT (source->n_bytes - reached));
}

static gboolean
read_metadata (const Source *source, WeftJson *json, GHashTable *metadata, GError **error)
{
  WeftJsonIter iter = { json };
  const char  *key;
  WeftJson    *value;

  while (weft_json_next (&iter, &key, &value))
    {
      if (weft_json_kind (value) != WEFT_JSON_STRING)
        return bad_entry (source, "__metadata__", key, error);
      g_hash_table_insert (metadata, g_strdup (key), g_strdup (weft_json_string (value, "")));
    }
  return TRUE;
}

static gboolean
read_members (
  const Source *source, WeftJson *header, GHashTable *arrays, GHashTable *metadata, GError **error)
{
  g_autoptr (GArray) extents = g_array_new (FALSE, FALSE, sizeof (Extent));
  WeftJsonIter iter = { header };
  const char  *name;
  WeftJson    *value;

  while (weft_json_next (&iter, &name, &value))
    {
      WeftArray *array;
      Extent     extent = { 0 };

      if (strcmp (name, "__metadata__") == 0)
        {
          if (!read_metadata (source, value, metadata, error))
            return FALSE;
          continue;
        }
      array = read_array (source, name, value, &extent, error);
      if (array == NULL)
        return FALSE;
      g_hash_table_insert (arrays, g_strdup (name), array);
      g_array_append_val (extents, extent);
    }
  return check_extents (source, extents, error);
}

static WeftJson *
read_header (Source *source, const guint8 *data, gsize size, GError **error)
{
  guint64 length;
  g_autoptr (GError) local = NULL;
  WeftJson *header;

  if (size < LENGTH_BYTES)
    {
      weft_array_file_error (source->path, size, error,
                             _ ("not a safetensors file: it ends inside the length of its header"));
      return NULL;
    }
  memcpy (&length, data, LENGTH_BYTES);
  length = GUINT64_FROM_LE (length);
  if (length > MAX_HEADER || length > size - LENGTH_BYTES)
    {
      weft_array_file_error (
        source->path, 0, error,
        _ ("not a safetensors file: a header of %s bytes does not fit into it"),
        WEFT_SIZE_TEXT (length));
      return NULL;
    }
  source->begin = LENGTH_BYTES + length;
  source->elements = data + source->begin;
  source->n_bytes = size - source->begin;
  header = weft_json_parse ((const char *) data + LENGTH_BYTES, (gssize) length, &local);
  if (weft_json_kind (header) == WEFT_JSON_OBJECT)
    return header;
  g_clear_pointer (&header, weft_json_unref);
  weft_array_file_error (source->path, LENGTH_BYTES, error,
                         _ ("the header is not a JSON object (%s)"),
                         local != NULL ? local->message : _ ("another kind"));
  return NULL;
}

/**
 * weft_safetensors_read:
 * @metadata: (out) (optional) (transfer full): text -> text
 *
 * Any thread.
 *
 * Errors: #WEFT_TENSOR_ERROR_FORMAT naming file and byte; #WEFT_TENSOR_ERROR_TOO_LARGE;
 * #G_FILE_ERROR.
 *
 * Returns: (transfer full): name -> #WeftArray
 */
GHashTable *
weft_safetensors_read (const char *path, GHashTable **metadata, GError **error)
{
  g_autoptr (GBytes) bytes = weft_file_read (path, WEFT_ARRAY_MAX_FILE_BYTES, error);
  g_autoptr (GHashTable) arrays =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_array_unref);
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (WeftJson) header = NULL;
  Source source = { .path = path };

  if (bytes == NULL)
    return NULL;
  header = read_header (&source, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
  if (header == NULL || !read_members (&source, header, arrays, texts, error))
    return NULL;
  if (metadata != NULL)
    *metadata = g_steal_pointer (&texts);
  return g_steal_pointer (&arrays);
}

/* ---- Writing ---- */

static WeftJson *
describe (const WeftArray *array, gsize begin)
{
  WeftJson *json = weft_json_new_object ();
  WeftJson *shape = weft_json_new_array ();
  WeftJson *offsets = weft_json_new_array ();

  for (guint i = 0; i < array->rank; i++)
    weft_json_append (shape, weft_json_new_int (array->shape[i]));
  weft_json_append (offsets, weft_json_new_int ((gint64) begin));
  weft_json_append (offsets, weft_json_new_int ((gint64) (begin + array->n_bytes)));
  weft_json_set_string (json, "dtype", type_names[array->dtype]);
  weft_json_set (json, "shape", shape);
  weft_json_set (json, "data_offsets", offsets);
  return json;
}

static GList *
sorted_keys (GHashTable *table)
{
  return g_list_sort (g_hash_table_get_keys (table), (GCompareFunc) strcmp);
}

static WeftJson *
make_header (GHashTable *arrays, GList *names, GHashTable *metadata, gsize *n_bytes)
{
  WeftJson *header = weft_json_new_object ();

  if (metadata != NULL && g_hash_table_size (metadata) > 0)
    {
      g_autoptr (GList) keys = sorted_keys (metadata);
      WeftJson *texts = weft_json_new_object ();

      for (GList *l = keys; l != NULL; l = l->next)
        weft_json_set_string (texts, l->data, g_hash_table_lookup (metadata, l->data));
      weft_json_set (header, "__metadata__", texts);
    }
  *n_bytes = 0;
  for (GList *l = names; l != NULL; l = l->next)
    {
      const WeftArray *array = g_hash_table_lookup (arrays, l->data);

      weft_json_set (header, l->data, describe (array, *n_bytes));
      *n_bytes += array->n_bytes;
    }
  return header;
}

/**
 * weft_safetensors_write:
 * @arrays: name -> #WeftArray
 * @metadata: (nullable): text -> text
 *
 * The names are sorted, so equal contents give equal files.
 *
 * Errors: #G_FILE_ERROR; #WEFT_TENSOR_ERROR_TOO_LARGE where the memory does not suffice to put the
 * file together.
 */
gboolean
weft_safetensors_write (const char *path, GHashTable *arrays, GHashTable *metadata, GError **error)
{
  g_autoptr (GList) names = sorted_keys (arrays);
  gsize n_bytes, length, padded, at;
  g_autoptr (WeftJson) header = make_header (arrays, names, metadata, &n_bytes);
  g_autofree char   *text = weft_json_to_string (header);
  g_autofree guint8 *out = NULL;
  guint64            stored;

  length = strlen (text);
  padded = (length + LENGTH_BYTES + 63) / 64 * 64 -
           LENGTH_BYTES; /* the elements begin at a multiple of 64 */
  out = g_try_malloc (LENGTH_BYTES + padded + n_bytes);
  if (out == NULL)
    {
      g_set_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_TOO_LARGE,
                   _ ("There is not enough memory to write %s bytes of arrays"),
                   WEFT_SIZE_TEXT (n_bytes));
      return FALSE;
    }
  stored = GUINT64_TO_LE ((guint64) padded);
  memcpy (out, &stored, LENGTH_BYTES);
  memset (out + LENGTH_BYTES, ' ', padded);
  memcpy (out + LENGTH_BYTES, text, length);
  at = LENGTH_BYTES + padded;
  for (GList *l = names; l != NULL; l = l->next)
    {
      const WeftArray *array = g_hash_table_lookup (arrays, l->data);

      memcpy (out + at, array->data, array->n_bytes);
      at += array->n_bytes;
    }
  return weft_file_write_atomic (path, out, at, error);
}
