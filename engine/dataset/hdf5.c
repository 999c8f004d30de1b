/* HDF5 files: each data set in them is an array by its path, such as "train/images".
 *
 * Through libhdf5, where Weft was built with it. Only what lies in the file itself is read: links
 * to other files, data kept in other files and filters from plug-ins are refused. Rows come in
 * pieces, so that they can be more than memory. The library knows no threads: one lock holds all of
 * it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages.h"
#include "engine/dataset/readers-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

gboolean
weft_hdf5_matches (const guint8 *head, gsize n)
{
  return n >= 8 && memcmp (head, "\x89HDF\r\n\x1a\n", 8) == 0;
}

#if WEFT_HAVE_HDF5

#include <hdf5.h>

/* Read between two looks at the cancellable. */
#define PIECE_BYTES ((gsize) 4 << 20)
/* As for gzip: data pack 2 to 50 times. What promises far more holds nothing. */
#define MAX_RATIO 250
#define ALWAYS_ALLOWED ((gsize) 64 << 20)
#define MAX_ARRAYS 1024

static GMutex lock;

/* One data set of an open file. */
typedef struct
{
  const char *path, *name;
  hid_t       set, space, stored; /* owned; its place, shape and type */
  hid_t       type;               /* borrowed: the type of its elements in memory */
  WeftDType   dtype;
  guint       rank;
  gint64      shape[WEFT_MAX_RANK];
} Set;

static void
close_set (Set *set)
{
  if (set->stored >= 0)
    H5Tclose (set->stored);
  if (set->space >= 0)
    H5Sclose (set->space);
  if (set->set >= 0)
    H5Dclose (set->set);
}

/* Links to other files are not followed. */
static herr_t
refuse_cb (const char *from,
           const char *group,
           const char *to,
           const char *object,
           unsigned   *flags,
           hid_t       access,
           void       *data)
{
  return -1;
}

static hid_t
open_file (const char *path, GError **error)
{
  hid_t file = H5I_INVALID_HID;

  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL); /* it would print */
  H5PLset_loading_state (0);
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    file = H5Fopen (path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0)
    weft_source_fail (path, error, _ ("not an HDF5 file that can be read, or it is damaged"));
  return file;
}

/* The machine's type for the elements; FALSE: they are no numbers. */
static gboolean
find_type (Set *set)
{
  H5T_class_t kind = H5Tget_class (set->stored);
  gsize       size = H5Tget_size (set->stored);
  gboolean    is_signed = kind == H5T_INTEGER && H5Tget_sign (set->stored) == H5T_SGN_2;
  const struct
  {
    gboolean  match;
    hid_t     type;
    WeftDType dtype;
  } types[] = {
    { kind == H5T_FLOAT && size <= 4, H5T_NATIVE_FLOAT, WEFT_F32 },
    { kind == H5T_FLOAT, H5T_NATIVE_DOUBLE, WEFT_F64 },
    { kind == H5T_INTEGER && size == 1 && is_signed, H5T_NATIVE_INT8, WEFT_I8 },
    { kind == H5T_INTEGER && size == 1, H5T_NATIVE_UINT8, WEFT_U8 },
    { kind == H5T_INTEGER && size == 2 && is_signed, H5T_NATIVE_INT16, WEFT_I16 },
    { kind == H5T_INTEGER && size == 2, H5T_NATIVE_UINT16, WEFT_U16 },
    { kind == H5T_INTEGER && size <= 4 && is_signed, H5T_NATIVE_INT32, WEFT_I32 },
    { kind == H5T_INTEGER && size <= 4, H5T_NATIVE_UINT32, WEFT_U32 },
    { kind == H5T_INTEGER && size <= 8 && is_signed, H5T_NATIVE_INT64, WEFT_I64 },
    { kind == H5T_INTEGER && size <= 8, H5T_NATIVE_UINT64, WEFT_U64 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].match)
      {
        set->type = types[i].type;
        set->dtype = types[i].dtype;
        return TRUE;
      }
  return FALSE;
}

/* Whether all of it lies in this file. */
static gboolean
is_inside (hid_t set)
{
  hid_t    how = H5Dget_create_plist (set);
  gboolean inside =
    how >= 0 && H5Pget_external_count (how) == 0 && H5Pget_layout (how) != H5D_VIRTUAL;

  if (how >= 0)
    H5Pclose (how);
  return inside;
}

/* Bytes that the shape asks for, as far as bytes in the file back it. */
static gboolean
check_bytes (const Set *set, GError **error)
{
  gsize bytes = weft_dtype_size (set->dtype), most;

  most = MAX (ALWAYS_ALLOWED,
              (gsize) MIN (H5Dget_storage_size (set->set), G_MAXSIZE / MAX_RATIO) * MAX_RATIO);
  for (guint i = 0; i < set->rank; i++)
    if (__builtin_mul_overflow (bytes, (gsize) set->shape[i], &bytes) || bytes > most)
      return weft_source_fail (set->path, error,
                               _ ("“%s” promises far more numbers than the file holds"), set->name);
  return TRUE;
}

static gboolean
read_shape (Set *set)
{
  hsize_t sizes[H5S_MAX_RANK];
  int     rank = H5Sis_simple (set->space) > 0 ? H5Sget_simple_extent_ndims (set->space) : -1;

  if (rank < 0 || rank > WEFT_MAX_RANK ||
      H5Sget_simple_extent_dims (set->space, sizes, NULL) != rank)
    return FALSE;
  set->rank = (guint) rank;
  for (int i = 0; i < rank; i++)
    {
      if (sizes[i] > G_MAXINT64)
        return FALSE;
      set->shape[i] = (gint64) sizes[i];
    }
  return TRUE;
}

/* Opens data set @name of @file; close_set() in any case. */
static gboolean
open_set (hid_t file, const char *path, const char *name, Set *set, GError **error)
{
  hid_t access = H5Pcreate (H5P_DATASET_ACCESS);

  *set = (Set){ path, name, .set = H5I_INVALID_HID, .space = H5I_INVALID_HID,
                .stored = H5I_INVALID_HID };
  H5Pset_elink_cb (access, refuse_cb, NULL);
  set->set = H5Dopen2 (file, name, access);
  H5Pclose (access);
  if (set->set < 0)
    return weft_source_fail (path, error, _ ("there is no array “%s” in it"), name);
  set->space = H5Dget_space (set->set);
  set->stored = H5Dget_type (set->set);
  if (set->space < 0 || set->stored < 0 || !is_inside (set->set) || !find_type (set) ||
      !read_shape (set))
    return weft_source_fail (
      path, error,
      _ ("“%s” is no array of numbers with at most %d axes that lies in the file itself"), name,
      WEFT_MAX_RANK);
  return check_bytes (set, error);
}

/* Rows @first to @first + @n into @out. */
static gboolean
read_rows (const Set *set, gint64 first, gint64 n, void *out)
{
  hsize_t  from[WEFT_MAX_RANK] = { (hsize_t) first }, count[WEFT_MAX_RANK] = { (hsize_t) n };
  hid_t    memory;
  gboolean good;

  for (guint i = 1; i < set->rank; i++)
    count[i] = (hsize_t) set->shape[i];
  memory = H5Screate_simple ((int) set->rank, count, NULL);
  good = memory >= 0 &&
         H5Sselect_hyperslab (set->space, H5S_SELECT_SET, from, NULL, count, NULL) >= 0 &&
         H5Dread (set->set, set->type, memory, set->space, H5P_DEFAULT, out) >= 0;
  if (memory >= 0)
    H5Sclose (memory);
  return good;
}

static WeftArray *
read_set (const Set *set, GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftArray) array =
    weft_pages_new_array (set->dtype, set->rank, set->shape, NULL, error);
  gint64   n = set->rank > 0 ? set->shape[0] : 0;
  gsize    row_bytes = array != NULL && n > 0 ? array->n_bytes / (gsize) n : 1;
  gint64   step = (gint64) MAX (PIECE_BYTES / MAX (row_bytes, 1), 1);
  gboolean good = TRUE, on_disk = array != NULL && weft_pages_contain (array->data);

  for (gint64 i = 0; array != NULL && array->n_elements > 0 && good && i < n; i += step)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      good = read_rows (set, i, MIN (step, n - i), (char *) array->data + (gsize) i * row_bytes);
      weft_dataset_report ((gsize) i, (gsize) n);
      if (on_disk)
        weft_pages_touched ((gsize) step * row_bytes);
    }
  if (good)
    return g_steal_pointer (&array);
  weft_source_fail (set->path, error,
                    _ ("the numbers of “%s” are damaged, or packed in a way that cannot be read"),
                    set->name);
  return NULL;
}

/* ---- Reading ---- */

static GHashTable *
new_arrays (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_array_unref);
}

static GHashTable *
load (const char *path, const char *const *fields, GCancellable *cancellable, GError **error)
{
  g_autoptr (GHashTable) arrays = new_arrays ();
  gboolean good = TRUE;
  hid_t    file;

  g_mutex_lock (&lock);
  file = open_file (path, error);
  for (guint i = 0; file >= 0 && good && fields[i] != NULL; i++)
    {
      Set        set;
      WeftArray *array = NULL;

      if (open_set (file, path, fields[i], &set, error))
        array = read_set (&set, cancellable, error);
      close_set (&set);
      good = array != NULL;
      if (good)
        g_hash_table_insert (arrays, g_strdup (fields[i]), array);
    }
  if (file >= 0)
    H5Fclose (file);
  g_mutex_unlock (&lock);
  return file >= 0 && good ? g_steal_pointer (&arrays) : NULL;
}

WeftTable *
weft_hdf5_read (WeftDatasetSpec       *spec,
                const WeftSourceFiles *files,
                GCancellable          *cancellable,
                GError               **error)
{
  return weft_arrays_read (spec, files, load, cancellable, error);
}

/* ---- Guessing ---- */

static herr_t
visit_cb (hid_t file, const char *name, const H5O_info_t *about, void *data)
{
  GPtrArray *names = data;

  if (about->type == H5O_TYPE_DATASET && g_utf8_validate (name, -1, NULL))
    g_ptr_array_add (names, g_strdup (name));
  return names->len >= MAX_ARRAYS;
}

/* Types and shapes are enough to guess from; but whether whole numbers are classes, only they can
 * tell. */
static WeftArray *
peek_set (const Set *set)
{
  if (set->rank == 1 && !weft_dtype_is_float (set->dtype))
    return read_set (set, NULL, NULL);
  return weft_array_wrap (set->dtype, set->rank, set->shape, NULL, NULL, NULL);
}

WeftJson *
weft_hdf5_guess (const char *path, GError **error)
{
  g_autoptr (GHashTable) arrays = new_arrays ();
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  hid_t file;

  g_mutex_lock (&lock);
  file = open_file (path, error);
  if (file >= 0)
    H5Ovisit2 (file, H5_INDEX_NAME, H5_ITER_INC, visit_cb, names, H5O_INFO_BASIC);
  for (guint i = 0; i < names->len; i++)
    {
      Set        set;
      WeftArray *array =
        open_set (file, path, names->pdata[i], &set, NULL) ? peek_set (&set) : NULL;

      close_set (&set);
      if (array != NULL)
        g_hash_table_insert (arrays, g_strdup (names->pdata[i]), array);
    }
  if (file >= 0)
    H5Fclose (file);
  g_mutex_unlock (&lock);
  return file < 0 ? NULL : weft_arrays_guess (path, "hdf5", arrays, error);
}

#else

static void
fail_without (const char *path, GError **error)
{
  weft_source_fail (
    path, error,
    _ ("this Weft was built without HDF5; save the arrays as NPZ, or build Weft with libhdf5"));
}

WeftTable *
weft_hdf5_read (WeftDatasetSpec       *spec,
                const WeftSourceFiles *files,
                GCancellable          *cancellable,
                GError               **error)
{
  fail_without (files->paths[0], error);
  return NULL;
}

WeftJson *
weft_hdf5_guess (const char *path, GError **error)
{
  fail_without (path, error);
  return NULL;
}

#endif
