/* IDX files, the format of MNIST: a big-endian header with element type and sizes, then the
 * elements.
 *
 * Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section "The IDX file format".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages.h"
#include "engine/base/number-text.h"
#include "engine/dataset/readers-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

typedef struct
{
  WeftDType dtype;
  guint     rank;
  gint64    shape[WEFT_MAX_RANK];
  gsize     header_bytes;
} Header;

static gboolean fail (const char *path, gsize offset, GError **error, const char *format, ...)
  G_GNUC_PRINTF (4, 5);

static gboolean
fail (const char *path, gsize offset, GError **error, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *what = NULL;
  va_list          arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
               "%s: byte %" G_GSIZE_FORMAT ": %s", name, offset, what);
  return FALSE;
}

static gboolean
find_type (guint8 code, WeftDType *dtype)
{
  static const struct
  {
    guint8    code;
    WeftDType dtype;
  } types[] = {
    { 0x08, WEFT_U8 },
    { 0x09, WEFT_I8 },
    { 0x0B, WEFT_I16 },
    { 0x0C, WEFT_I32 },
    { 0x0D, WEFT_F32 },
    { 0x0E, WEFT_F64 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].code == code)
      {
        *dtype = types[i].dtype;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_header (const guint8 *data, gsize size, const char *path, Header *header, GError **error)
{
  gsize    elements = 1;
  gboolean fits = TRUE;

  if (size < 4 || data[0] != 0 || data[1] != 0)
    return fail (path, 0, error,
                 _ ("not an IDX file: it must begin with two zero bytes, the element type and the "
                    "number of axes"));
  if (!find_type (data[2], &header->dtype))
    return fail (path, 2, error, _ ("unknown IDX element type 0x%02x"), data[2]);
  header->rank = data[3];
  if (header->rank < 1 || header->rank > WEFT_MAX_RANK)
    return fail (path, 3, error, _ ("%u axes; there must be 1 to %d"), header->rank, WEFT_MAX_RANK);
  header->header_bytes = 4 + 4 * (gsize) header->rank;
  if (size < header->header_bytes)
    return fail (path, size, error, _ ("the file ends inside its header"));
  for (guint i = 0; i < header->rank; i++)
    {
      guint32 n;

      memcpy (&n, data + 4 + 4 * i, sizeof n);
      header->shape[i] = GUINT32_FROM_BE (n);
      fits = fits && !__builtin_mul_overflow (elements, (gsize) header->shape[i], &elements);
    }
  fits = fits && !__builtin_mul_overflow (elements, weft_dtype_size (header->dtype), &elements);
  if (!fits || elements > size - header->header_bytes)
    return fail (
      path, size, error,
      _ ("the header promises %s rows, but the file ends before; it is cut off or damaged"),
      WEFT_INT_TEXT (header->shape[0]));
  if (elements < size - header->header_bytes)
    return fail (path, header->header_bytes + elements, error,
                 _ ("%s bytes follow the %s rows of the header; the file is damaged"),
                 WEFT_SIZE_TEXT (size - header->header_bytes - elements),
                 WEFT_INT_TEXT (header->shape[0]));
  return TRUE;
}

static void
swap_bytes (WeftArray *array)
{
  guint16 *two = array->data;
  guint32 *four = array->data;
  guint64 *eight = array->data;
  gsize    size = weft_dtype_size (array->dtype);

  for (gint64 i = 0; size == 2 && i < array->n_elements; i++)
    two[i] = GUINT16_FROM_BE (two[i]);
  for (gint64 i = 0; size == 4 && i < array->n_elements; i++)
    four[i] = GUINT32_FROM_BE (four[i]);
  for (gint64 i = 0; size == 8 && i < array->n_elements; i++)
    eight[i] = GUINT64_FROM_BE (eight[i]);
}

/* Bytes stay where they were read; wider elements are copied into the machine's order. */
static WeftArray *
make_array (GBytes *bytes, const Header *header, GError **error)
{
  const guint8 *data = g_bytes_get_data (bytes, NULL);
  WeftArray    *array;

  if (weft_dtype_size (header->dtype) == 1)
    return weft_array_wrap (header->dtype, header->rank, header->shape,
                            (void *) (data + header->header_bytes), g_bytes_ref (bytes),
                            (GDestroyNotify) g_bytes_unref);
  array = weft_pages_new_array (header->dtype, header->rank, header->shape, NULL, error);
  if (array != NULL)
    {
      memcpy (array->data, data + header->header_bytes, array->n_bytes);
      swap_bytes (array);
    }
  return array;
}

static gboolean
check_shape (const WeftSourceColumn *column, const Header *header, const char *path, GError **error)
{
  WeftShape        expected = weft_shape_new (column->rank, column->shape);
  WeftShape        actual = weft_shape_new (header->rank - 1, header->shape + 1);
  g_autofree char *expected_text = weft_shape_to_string (&expected);
  g_autofree char *actual_text = weft_shape_to_string (&actual);

  return weft_shape_equal (&expected, &actual) ||
         fail (path, 4, error, _ ("rows of shape %s; column “%s” needs %s"), actual_text,
               column->name, expected_text);
}

/* Whether the column's type holds all values of the file's; classes are checked one by one. */
static gboolean
check_type (const WeftSourceColumn *column, const Header *header, const char *path, GError **error)
{
  gboolean widens = weft_dtype_size (column->dtype) > weft_dtype_size (header->dtype);

  if (column->dtype == header->dtype || column->classes != NULL ||
      weft_dtype_is_float (column->dtype) || (widens && !weft_dtype_is_float (header->dtype)))
    return TRUE;
  return fail (path, 2, error,
               _ ("elements of type %s; column “%s” has type %s, which does not hold them all"),
               weft_dtypes[header->dtype].name, column->name, weft_dtypes[column->dtype].name);
}

static gboolean
check_values (const WeftSourceColumn *column,
              const WeftArray        *array,
              const Header           *header,
              const char             *path,
              GError                **error)
{
  gsize n_classes = column->classes == NULL ? 0 : g_strv_length (column->classes);

  for (gint64 i = 0; i < array->n_elements && (n_classes > 0 || weft_dtype_is_float (array->dtype));
       i++)
    {
      double value = weft_array_get (array, i);
      gsize  offset = header->header_bytes + i * weft_dtype_size (array->dtype);

      if (!__builtin_isfinite (value))
        return fail (path, offset, error, _ ("column “%s” has a number that is not finite"),
                     column->name);
      if (n_classes > 0 && !(value >= 0 && value < (double) n_classes))
        return fail (path, offset, error,
                     _ ("column “%s” has class %g; its classes are 0 to %s"),
                     column->name, value, WEFT_SIZE_TEXT (n_classes - 1));
    }
  return TRUE;
}

static WeftArray *
read_column (const WeftSourceColumn *column,
             const char             *path,
             GCancellable           *cancellable,
             GError                **error)
{
  g_autoptr (GBytes) bytes = weft_dataset_load (path, WEFT_DATASET_MAX_BYTES, cancellable, error);
  g_autoptr (WeftArray) array = NULL;
  Header header;

  if (bytes == NULL ||
      !read_header (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), path, &header,
                    error) ||
      !check_shape (column, &header, path, error) || !check_type (column, &header, path, error))
    return NULL;
  array = make_array (bytes, &header, error);
  if (array == NULL || !check_values (column, array, &header, path, error))
    return NULL;
  return g_steal_pointer (&array);
}

gboolean
weft_idx_peek (
  const char *path, WeftSourceColumn *column, gint64 *n_rows, gint64 *n_classes, GError **error)
{
  g_autoptr (GBytes) bytes = weft_dataset_load (path, WEFT_DATASET_MAX_BYTES, NULL, error);
  g_autoptr (WeftArray) array = NULL;
  Header header;
  double largest = -1;

  if (bytes == NULL ||
      !read_header (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), path, &header, error))
    return FALSE;
  column->dtype = header.dtype;
  column->rank = header.rank - 1;
  memcpy (column->shape, header.shape + 1, column->rank * sizeof column->shape[0]);
  *n_rows = header.shape[0];
  array = header.rank == 1 && !weft_dtype_is_float (header.dtype)
            ? make_array (bytes, &header, error)
            : NULL;
  for (gint64 i = 0; array != NULL && i < array->n_elements; i++)
    {
      double value = weft_array_get (array, i);

      largest = value < 0 ? G_MAXDOUBLE : MAX (largest, value);
    }
  *n_classes = largest < 65536 ? (gint64) largest + 1 : 0;
  return TRUE;
}

static const char *
find_path (const WeftSourceFiles *files, const char *field)
{
  for (guint i = 0; i < files->n; i++)
    if (files->fields == NULL || strcmp (files->fields[i], field) == 0)
      return files->paths[i];
  return NULL;
}

gboolean
weft_idx_matches (const guint8 *head, gsize n)
{
  return n >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 8 && head[2] <= 14;
}

WeftTable *
weft_idx_read (WeftDatasetSpec       *spec,
               const WeftSourceFiles *files,
               GCancellable          *cancellable,
               GError               **error)
{
  g_autoptr (WeftTable) table = weft_table_new (spec->n_sources);
  const char *first = NULL;

  for (guint c = 0; c < spec->n_sources; c++)
    {
      const WeftSourceColumn *column = &spec->sources[c];
      const char             *path = find_path (files, column->from[0]);

      g_assert (path != NULL); /* the specification was checked */
      table->arrays[c] = read_column (column, path, cancellable, error);
      if (table->arrays[c] == NULL)
        return NULL;
      if (first == NULL)
        {
          first = path;
          table->n_rows = table->arrays[c]->shape[0];
        }
      else if (table->arrays[c]->shape[0] != table->n_rows)
        {
          g_autofree char *other = g_path_get_basename (first);

          fail (path, 4, error, _ ("%s rows, but “%s” has %s"),
                WEFT_INT_TEXT (table->arrays[c]->shape[0]), other, WEFT_INT_TEXT (table->n_rows));
          return NULL;
        }
      table->strides[c] = 1;
      for (guint i = 0; i < column->rank; i++)
        table->strides[c] *= column->shape[i];
    }
  return g_steal_pointer (&table);
}
