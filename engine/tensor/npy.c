/* NumPy's npy files.
 *
 * Reads versions 1 to 3, C and Fortran order, both byte orders, and all element types that Weft
 * has; writes version 1, C order, little end first. Never runs what a file contains: pickled
 * objects are refused.
 *
 * Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/array-private.h"

#include "engine/base/file.h"
#include "engine/base/number-text.h"

#include <errno.h>
#include <string.h>
#include <glib/gi18n-lib.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6
/* NumPy itself refuses longer ones unless it is told otherwise. */
#define MAX_HEADER 65536

typedef struct
{
  WeftDType dtype;
  gboolean  swapped, fortran;
  guint     rank;
  gint64    shape[WEFT_MAX_RANK];
  gboolean  has_descr, has_order, has_shape;
} Header;

gboolean
weft_array_file_error (const char *path, gsize offset, GError **error, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *what = NULL;
  va_list          arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_FORMAT,
               "%s: byte %" G_GSIZE_FORMAT ": %s", name, offset, what);
  return FALSE;
}

/* ---- The header: a Python dictionary of three members ---- */

static void
skip_space (const char **at)
{
  while (g_ascii_isspace (**at))
    (*at)++;
}

static gboolean
accept (const char **at, const char *text)
{
  skip_space (at);
  if (!g_str_has_prefix (*at, text))
    return FALSE;
  *at += strlen (text);
  return TRUE;
}

/* 'text' or "text", without escapes. */
static char *
read_quoted (const char **at)
{
  const char *end;
  char       *text;

  skip_space (at);
  if (**at != '\'' && **at != '"')
    return NULL;
  end = strchr (*at + 1, **at);
  if (end == NULL)
    return NULL;
  text = g_strndup (*at + 1, end - *at - 1);
  *at = end + 1;
  return text;
}

/* "<f4", ">i8", "|u1" */
static gboolean
read_descr (const char **at, Header *header)
{
  g_autofree char *text = read_quoted (at);

  if (text == NULL || strlen (text) < 3 || strchr ("<>|=", *text) == NULL)
    return FALSE;
  for (guint i = 0; i < WEFT_N_DTYPES; i++)
    if (weft_dtypes[i].npy != NULL && strcmp (weft_dtypes[i].npy + 1, text + 1) == 0)
      {
        header->dtype = (WeftDType) i;
        header->swapped = *text == '>' && weft_dtypes[i].size > 1;
        header->has_descr = TRUE;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_order (const char **at, Header *header)
{
  header->fortran = accept (at, "True");
  header->has_order = header->fortran || accept (at, "False");
  return header->has_order;
}

static gboolean
read_shape (const char **at, Header *header)
{
  if (!accept (at, "("))
    return FALSE;
  while (!accept (at, ")"))
    {
      char *end;

      skip_space (at);
      if (header->rank == WEFT_MAX_RANK || !g_ascii_isdigit (**at))
        return FALSE;
      errno = 0;
      header->shape[header->rank++] = g_ascii_strtoll (*at, &end, 10);
      *at = end;
      if (errno != 0)
        return FALSE;
      accept (at, "L"); /* Python 2 */
      if (!accept (at, ",") && **at != ')')
        return FALSE;
    }
  header->has_shape = TRUE;
  return TRUE;
}

static gboolean
read_header (const char *text, Header *header, const char **bad)
{
  const char *at = text;
  gboolean    good = accept (&at, "{");

  while (good && !accept (&at, "}"))
    {
      g_autofree char *key = read_quoted (&at);

      good = key != NULL && accept (&at, ":");
      if (!good)
        break;
      skip_space (&at);
      if (strcmp (key, "descr") == 0)
        good = !header->has_descr && read_descr (&at, header);
      else if (strcmp (key, "fortran_order") == 0)
        good = !header->has_order && read_order (&at, header);
      else if (strcmp (key, "shape") == 0)
        good = !header->has_shape && read_shape (&at, header);
      else
        good = FALSE;
      accept (&at, ",");
    }
  skip_space (&at);
  *bad = at;
  return good && *at == '\0' && header->has_descr && header->has_order && header->has_shape;
}

/* ---- The elements ---- */

static void
swap_bytes (WeftArray *array)
{
  guint16 *two = array->data;
  guint32 *four = array->data;
  guint64 *eight = array->data;
  gsize    size = weft_dtype_size (array->dtype);

  for (gint64 i = 0; size == 2 && i < array->n_elements; i++)
    two[i] = GUINT16_SWAP_LE_BE (two[i]);
  for (gint64 i = 0; size == 4 && i < array->n_elements; i++)
    four[i] = GUINT32_SWAP_LE_BE (four[i]);
  for (gint64 i = 0; size == 8 && i < array->n_elements; i++)
    eight[i] = GUINT64_SWAP_LE_BE (eight[i]);
}

/* Fortran order: the first axis runs fastest in the file. */
static void
copy_fortran (WeftArray *array, const guint8 *data)
{
  gint64 index[WEFT_MAX_RANK] = { 0 };
  gint64 strides[WEFT_MAX_RANK];
  gsize  size = weft_dtype_size (array->dtype);
  gint64 stride = 1, from = 0;

  for (guint i = 0; i < array->rank; i++)
    {
      strides[i] = stride;
      stride *= array->shape[i];
    }
  for (gint64 to = 0; to < array->n_elements; to++)
    {
      memcpy ((char *) array->data + to * size, data + from * size, size);
      for (guint i = array->rank; i-- > 0;)
        {
          from += strides[i];
          if (++index[i] < array->shape[i])
            break;
          from -= strides[i] * array->shape[i];
          index[i] = 0;
        }
    }
}

/* The elements as the machine has them, from where they lie in the file. */
static WeftArray *
copy_array (const Header *header, const guint8 *data, GError **error)
{
  WeftArray *array = weft_array_try_new (header->dtype, header->rank, header->shape, error);

  if (array == NULL)
    return NULL;
  if (header->fortran && header->rank > 1)
    copy_fortran (array, data);
  else if (array->n_bytes > 0)
    memcpy (array->data, data, array->n_bytes);
  if (header->swapped)
    swap_bytes (array);
  if (header->dtype ==
      WEFT_BOOL) /* any other byte is true, too, and would break arithmetic on bools */
    for (gint64 i = 0; i < array->n_elements; i++)
      ((guint8 *) array->data)[i] = ((guint8 *) array->data)[i] != 0;
  return array;
}

static gboolean
check_size (const Header *header, const char *path, gsize offset, gsize size, GError **error)
{
  gint64 n_elements;
  gsize  n_bytes;

  if (!weft_array_measure (header->dtype, header->rank, header->shape, &n_elements, &n_bytes) ||
      n_bytes > size)
    return weft_array_file_error (
      path, offset + size, error,
      _ ("the file ends before the elements that its header promises; it is "
         "cut off or damaged"));
  return n_bytes == size ||
         weft_array_file_error (path, offset + n_bytes, error,
                                _ ("%s bytes follow the elements; the file is damaged"),
                                WEFT_SIZE_TEXT (size - n_bytes));
}

/* Everything before the elements. @offset: where they begin. */
static gboolean
parse_header (
  const char *path, const guint8 *data, gsize size, Header *header, gsize *offset, GError **error)
{
  g_autofree char *text = NULL;
  const char      *bad;
  gsize            begin, length;

  if (size < 10 || memcmp (data, MAGIC, MAGIC_BYTES) != 0)
    return weft_array_file_error (path, 0, error,
                                  _ ("not an npy file: it does not begin with \\x93NUMPY"));
  if (data[6] < 1 || data[6] > 3)
    return weft_array_file_error (path, 6, error, _ ("npy version %u; 1 to 3 can be read"),
                                  data[6]);
  begin = data[6] == 1 ? 10 : 12;
  length = data[8] | (gsize) data[9] << 8;
  if (data[6] > 1 && size >= 12)
    length |= (gsize) data[10] << 16 | (gsize) data[11] << 24;
  if (size < begin || length > MAX_HEADER || length > size - begin)
    return weft_array_file_error (path, 8, error,
                                  _ ("a header of %s bytes does not fit into the file"),
                                  WEFT_SIZE_TEXT (length));
  text = g_strndup ((const char *) data + begin, length);
  if (!read_header (text, header, &bad))
    return weft_array_file_error (
      path, begin + (gsize) (bad - text), error,
      _ ("the header is not that of an array of numbers with at most %d "
         "axes"),
      WEFT_MAX_RANK);
  *offset = begin + length;
  return check_size (header, path, *offset, size - *offset, error);
}

WeftArray *
weft_npy_parse (const char *path, const guint8 *data, gsize size, GError **error)
{
  Header header = { 0 };
  gsize  offset = 0;

  return parse_header (path, data, size, &header, &offset, error)
           ? copy_array (&header, data + offset, error)
           : NULL;
}

/**
 * weft_npy_view:
 * @path: for messages
 *
 * The array in @bytes, where it lies if its elements are as the machine has them, else a copy. Any
 * thread.
 *
 * Errors: #WEFT_TENSOR_ERROR_FORMAT naming file and byte; #WEFT_TENSOR_ERROR_TOO_LARGE.
 *
 * Returns: (transfer full): the array; nobody may write to it
 */
WeftArray *
weft_npy_view (const char *path, GBytes *bytes, GError **error)
{
  Header        header = { 0 };
  gsize         size, offset = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  const guint8 *at;

  if (!parse_header (path, data, size, &header, &offset, error))
    return NULL;
  at = data + offset;
  if ((header.fortran && header.rank > 1) || header.swapped || header.dtype == WEFT_BOOL ||
      GPOINTER_TO_SIZE (at) % weft_dtype_size (header.dtype) != 0)
    return copy_array (&header, at, error);
  return weft_array_wrap (header.dtype, header.rank, header.shape, (gpointer) at,
                          g_bytes_ref (bytes), (GDestroyNotify) g_bytes_unref);
}

/**
 * weft_npy_read:
 *
 * Any thread.
 *
 * Errors: #WEFT_TENSOR_ERROR_FORMAT naming file and byte; #WEFT_TENSOR_ERROR_TOO_LARGE;
 * #G_FILE_ERROR.
 *
 * Returns: (transfer full): the array
 */
WeftArray *
weft_npy_read (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = weft_file_read (path, WEFT_ARRAY_MAX_FILE_BYTES, error);

  return bytes == NULL
           ? NULL
           : weft_npy_parse (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
}

/**
 * weft_npy_write:
 *
 * Errors: #G_FILE_ERROR; #WEFT_TENSOR_ERROR_FORMAT for bf16, which NumPy does not have.
 */
gboolean
weft_npy_write (const char *path, const WeftArray *array, GError **error)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *shape = NULL;
  g_autofree char *header = NULL;
  WeftShape        dims = weft_array_get_shape (array);
  guint            length, padding;
  guint8           start[10] = MAGIC "\1";

  if (weft_dtypes[array->dtype].npy == NULL)
    return weft_array_file_error (path, 0, error,
                                  _ ("npy has no type bf16; cast the array to f32"));
  shape = weft_shape_to_string (&dims);
  header = g_strdup_printf ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                            weft_dtypes[array->dtype].npy, shape);
  length = strlen (header);
  padding = 63 - (sizeof start + length) % 64; /* the elements begin at a multiple of 64 */
  start[8] = (guint8) (length + padding + 1);
  start[9] = (guint8) ((length + padding + 1) >> 8);
  g_byte_array_append (out, start, sizeof start);
  g_byte_array_append (out, (const guint8 *) header, length);
  for (guint i = 0; i < padding; i++)
    g_byte_array_append (out, (const guint8 *) " ", 1);
  g_byte_array_append (out, (const guint8 *) "\n", 1);
  if (array->n_bytes > G_MAXUINT - out->len)
    return weft_array_file_error (path, 0, error, _ ("the array is larger than 4 GB"));
  g_byte_array_append (out, array->data, (guint) array->n_bytes);
  return weft_file_write_atomic (path, out->data, out->len, error);
}
