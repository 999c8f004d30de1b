/* Tests of npy, npz and safetensors files, good ones and broken ones.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/tensor/array.h"

#include <stdio.h>
#include <string.h>
#include <glib/gstdio.h>

static char *folder; /* for files that the tests write */

static char *
fixture (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "fixtures", "tensor", name, NULL);
}

static char *
scratch (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* Plain writing: g_file_set_contents() waits for the disk, thousands of times. */
static char *
write_scratch (const char *name, const void *data, gsize size)
{
  char *path = scratch (name);
  FILE *file = g_fopen (path, "wb");

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (data, 1, size, file), ==, size);
  g_assert_cmpint (fclose (file), ==, 0);
  return path;
}

static WeftArray *
read_fixture (const char *name)
{
  g_autofree char *path = fixture (name);
  g_autoptr (GError) error = NULL;
  WeftArray *array = weft_npy_read (path, &error);

  g_assert_no_error (error);
  return array;
}

static void
assert_counts_up (const WeftArray *array, WeftDType dtype, guint rank, gint64 n)
{
  g_assert_cmpint (array->dtype, ==, dtype);
  g_assert_cmpuint (array->rank, ==, rank);
  g_assert_cmpint (array->n_elements, ==, n);
  for (gint64 i = 0; i < n; i++)
    g_assert_cmpfloat (weft_array_get (array, i), ==, (double) i);
}

/* ---- Files that NumPy wrote ---- */

static void
test_npy_fixtures (void)
{
  g_autoptr (WeftArray) plain = read_fixture ("plain.npy");
  g_autoptr (WeftArray) fortran = read_fixture ("fortran-big-endian.npy");
  g_autoptr (WeftArray) half = read_fixture ("half.npy");
  g_autoptr (WeftArray) scalar = read_fixture ("scalar.npy");

  assert_counts_up (plain, WEFT_F64, 2, 6);
  assert_counts_up (fortran, WEFT_I32, 3, 24);
  g_assert_cmpint (fortran->shape[0], ==, 2);
  g_assert_cmpint (fortran->shape[2], ==, 4);
  g_assert_cmpfloat (weft_array_get (half, 0), ==, 1.5);
  g_assert_cmpfloat (weft_array_get (half, 1), ==, -2);
  g_assert_cmpuint (scalar->rank, ==, 0);
  g_assert_cmpfloat (weft_array_get (scalar, 0), ==, 2.5);
}

static void
test_npz_fixtures (void)
{
  static const char *const names[] = { "stored.npz", "deflated.npz" };

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = fixture (names[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (GHashTable) arrays = weft_npz_read (path, &error);
      const WeftArray *b;

      g_assert_no_error (error);
      g_assert_cmpuint (g_hash_table_size (arrays), ==, 2);
      assert_counts_up (g_hash_table_lookup (arrays, "a"), WEFT_I64, 1, 5);
      b = g_hash_table_lookup (arrays, "b");
      g_assert_cmpint (b->n_elements, ==, i == 0 ? 9 : 100000);
      g_assert_cmpfloat (weft_array_get (b, 4), ==, i == 0 ? 1 : 0);
    }
}

/* ---- Round trips ---- */

static WeftArray *
counting (WeftDType dtype, guint rank)
{
  const gint64 shape[] = { 2, 3, 2, 1, 2, 1, 1, 2 };
  WeftArray   *array = weft_array_new (dtype, rank, shape);

  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, dtype == WEFT_BOOL ? (double) (i % 2) : (double) i);
  return array;
}

static void
test_npy_round_trip (void)
{
  g_autofree char *path = scratch ("a.npy");

  for (guint dtype = 0; dtype < WEFT_N_DTYPES; dtype++)
    for (guint rank = 0; rank <= WEFT_MAX_RANK; rank++)
      {
        g_autoptr (WeftArray) array = counting (dtype, rank), back = NULL;
        g_autoptr (GError) error = NULL;

        if (dtype == WEFT_BF16)
          {
            g_assert_false (weft_npy_write (path, array, &error));
            g_assert_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_FORMAT);
            continue;
          }
        g_assert_true (weft_npy_write (path, array, &error));
        back = weft_npy_read (path, &error);
        g_assert_no_error (error);
        g_assert_true (weft_array_same (array, back));
      }
}

static void
test_npy_empty (void)
{
  const gint64     shape[] = { 3, 0, 2 };
  g_autofree char *path = scratch ("a.npy");
  g_autoptr (WeftArray) array = weft_array_new (WEFT_F32, 3, shape), back = NULL;

  g_assert_true (weft_npy_write (path, array, NULL));
  back = weft_npy_read (path, NULL);
  g_assert_true (weft_array_same (array, back));
}

static GHashTable *
some_arrays (void)
{
  GHashTable *arrays =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_array_unref);

  for (guint dtype = 0; dtype < WEFT_N_DTYPES; dtype++)
    g_hash_table_insert (arrays, g_strdup (weft_dtypes[dtype].name),
                         counting (dtype, dtype % (WEFT_MAX_RANK + 1)));
  g_hash_table_insert (arrays, g_strdup ("dense \"1\".W"), counting (WEFT_F32, 2));
  return arrays;
}

static void
test_safetensors_round_trip (void)
{
  g_autofree char *path = scratch ("a.safetensors"), *again = scratch ("b.safetensors");
  g_autoptr (GHashTable) arrays = some_arrays (), back = NULL, texts = NULL;
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) first = NULL, second = NULL;
  GHashTableIter iter;
  gpointer       name, array;

  g_hash_table_insert (metadata, (gpointer) "step", (gpointer) "12");
  g_assert_true (weft_safetensors_write (path, arrays, metadata, &error));
  back = weft_safetensors_read (path, &texts, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_hash_table_lookup (texts, "step"), ==, "12");
  g_assert_cmpuint (g_hash_table_size (back), ==, g_hash_table_size (arrays));
  g_hash_table_iter_init (&iter, arrays);
  while (g_hash_table_iter_next (&iter, &name, &array))
    g_assert_true (weft_array_same (array, g_hash_table_lookup (back, name)));
  g_assert_true (weft_safetensors_write (again, back, texts, &error));
  first = weft_file_read (path, 100000, NULL);
  second = weft_file_read (again, 100000, NULL);
  g_assert_true (g_bytes_equal (first, second));
}

static void
test_safetensors_empty (void)
{
  g_autofree char *path = scratch ("a.safetensors");
  g_autoptr (GHashTable) arrays = g_hash_table_new (g_str_hash, g_str_equal), back = NULL;

  g_assert_true (weft_safetensors_write (path, arrays, NULL, NULL));
  back = weft_safetensors_read (path, NULL, NULL);
  g_assert_nonnull (back);
  g_assert_cmpuint (g_hash_table_size (back), ==, 0);
}

/* ---- Broken files ---- */

static void
assert_bad (GError *error, const char *path, const char *part)
{
  if (error == NULL)
    g_error ("%s was taken", path);
  g_assert_true (error->domain == WEFT_TENSOR_ERROR || error->domain == G_FILE_ERROR);
  g_assert_nonnull (strstr (error->message, path));
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” does not say “%s”", error->message, part);
}

/* Headers in a file of 64 bytes of elements, and a part of the message. */
static const struct
{
  const char *name, *header, *error;
} bad_headers[] = {
  { "rows-claimed", "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }",
    "ends before" },
  { "overflow", "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
    "ends before" },
  { "huge-number", "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
    "header" },
  { "negative", "{'descr': '<f4', 'fortran_order': False, 'shape': (-4,), }", "header" },
  { "too-few", "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", "follow" },
  { "nine-axes", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,16), }",
    "header" },
  { "object", "{'descr': '|O', 'fortran_order': False, 'shape': (8,), }", "header" },
  { "structure", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (16,), }", "header" },
  { "no-shape", "{'descr': '<f4', 'fortran_order': False, }", "header" },
  { "twice", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (16,), }",
    "header" },
  { "unknown", "{'descr': '<f4', 'fortran_order': False, 'shape': (16,), 'x': 1 }", "header" },
  { "no-end", "{'descr': '<f4', 'fortran_order': False, 'shape': (16,), ", "header" },
  { "more", "{'descr': '<f4', 'fortran_order': False, 'shape': (16,), } x", "header" },
  { "empty-header", "", "header" },
  { "text", "shape", "header" },
};

static void
test_npy_bad_header (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  gsize length = strlen (bad_headers[i].header);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const guint8     start[10] = { 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (guint8) length, 0 };
  const guint8     elements[64] = { 0 };
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_byte_array_append (out, start, sizeof start);
  g_byte_array_append (out, (const guint8 *) bad_headers[i].header, (guint) length);
  g_byte_array_append (out, elements, sizeof elements);
  path = write_scratch ("bad.npy", out->data, out->len);
  g_assert_null (weft_npy_read (path, &error));
  assert_bad (error, path, bad_headers[i].error);
}

static void
test_npy_other_files (void)
{
  g_autofree char *pickled = fixture ("pickled.npy"), *complex_numbers = fixture ("complex.npy"),
                  *gone = scratch ("gone.npy");
  g_autofree char  *empty = write_scratch ("empty.npy", "", 0);
  const char *const paths[] = { pickled, complex_numbers, gone, empty, folder };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (weft_npy_read (paths[i], &error));
      assert_bad (error, paths[i], "");
    }
}

static const struct
{
  const char *name, *header, *error;
} bad_safetensors[] = {
  { "list", "[]", "JSON object" },
  { "no-json", "{", "JSON object" },
  { "twice", "{\"a\": 1, \"a\": 1}", "twice" },
  { "number", "{\"a\": 1}", "dtype" },
  { "type", "{\"a\": {\"dtype\": \"C64\", \"shape\": [2], \"data_offsets\": [0, 16]}}", "dtype" },
  { "no-shape", "{\"a\": {\"dtype\": \"F32\", \"data_offsets\": [0, 16]}}", "shape" },
  { "negative", "{\"a\": {\"dtype\": \"F32\", \"shape\": [-4], \"data_offsets\": [0, 16]}}",
    "shape" },
  { "fraction", "{\"a\": {\"dtype\": \"F32\", \"shape\": [1.5], \"data_offsets\": [0, 16]}}",
    "shape" },
  { "nine-axes",
    "{\"a\": {\"dtype\": \"F32\", \"shape\": [1,1,1,1,1,1,1,1,4], \"data_offsets\": [0, 16]}}",
    "shape" },
  { "no-offsets", "{\"a\": {\"dtype\": \"F32\", \"shape\": [4]}}", "data_offsets" },
  { "backwards", "{\"a\": {\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [16, 0]}}",
    "data_offsets" },
  { "past-end", "{\"a\": {\"dtype\": \"F32\", \"shape\": [5], \"data_offsets\": [0, 20]}}",
    "ends before" },
  { "rows-claimed",
    "{\"a\": {\"dtype\": \"F32\", \"shape\": [1000000000], \"data_offsets\": [0, 4000000000]}}",
    "ends before" },
  { "contradiction", "{\"a\": {\"dtype\": \"F32\", \"shape\": [3], \"data_offsets\": [0, 16]}}",
    "contradict" },
  { "overflow",
    "{\"a\": {\"dtype\": \"F32\", \"shape\": [4611686018427387904, 4], \"data_offsets\": [0, 0]}}",
    "contradict" },
  { "gap", "{\"a\": {\"dtype\": \"F32\", \"shape\": [3], \"data_offsets\": [4, 16]}}", "gap" },
  { "rest", "{\"a\": {\"dtype\": \"F32\", \"shape\": [3], \"data_offsets\": [0, 12]}}", "follow" },
  { "overlap",
    "{\"a\": {\"dtype\": \"F32\", \"shape\": [3], \"data_offsets\": [0, 12]}, \"b\": {\"dtype\": "
    "\"F32\", \"shape\": [2], \"data_offsets\": [8, 16]}}",
    "overlap" },
  { "metadata", "{\"__metadata__\": {\"a\": 1}}", "__metadata__" },
};

static void
test_safetensors_bad (gconstpointer data)
{
  guint   i = GPOINTER_TO_UINT (data);
  guint64 length = GUINT64_TO_LE ((guint64) strlen (bad_safetensors[i].header));
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const guint8     elements[16] = { 0 };
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_byte_array_append (out, (const guint8 *) &length, sizeof length);
  g_byte_array_append (out, (const guint8 *) bad_safetensors[i].header,
                       strlen (bad_safetensors[i].header));
  g_byte_array_append (out, elements, sizeof elements);
  path = write_scratch ("bad.safetensors", out->data, out->len);
  g_assert_null (weft_safetensors_read (path, NULL, &error));
  assert_bad (error, path, bad_safetensors[i].error);
}

static void
test_safetensors_length (void)
{
  const guint64 lengths[] = { 100, (guint64) 1 << 40, G_MAXUINT64 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      guint64          length = GUINT64_TO_LE (lengths[i]);
      g_autofree char *path = write_scratch ("bad.safetensors", &length, sizeof length);
      g_autoptr (GError) error = NULL;

      g_assert_null (weft_safetensors_read (path, NULL, &error));
      assert_bad (error, path, "header");
    }
}

/* ---- Damage: whatever happens to a file, it is read or refused ---- */

static gpointer
read_any (const char *path, guint kind, GError **error)
{
  if (kind == 0)
    return weft_npy_read (path, error);
  return kind == 1 ? (gpointer) weft_npz_read (path, error)
                   : (gpointer) weft_safetensors_read (path, NULL, error);
}

static void
free_any (gpointer result, guint kind)
{
  if (result != NULL && kind == 0)
    weft_array_unref (result);
  else if (result != NULL)
    g_hash_table_unref (result);
}

static void
try_damaged (const guint8 *data, gsize size, guint kind, gboolean must_fail)
{
  g_autofree char *path = write_scratch ("damaged", data, size);
  g_autoptr (GError) error = NULL;
  gpointer result = read_any (path, kind, &error);

  g_assert_true ((result == NULL) == (error != NULL));
  if (must_fail)
    g_assert_null (result);
  free_any (result, kind);
}

static void
test_damage (gconstpointer data)
{
  static const char *const names[] = { "plain.npy", "fortran-big-endian.npy", "stored.npz",
                                       "deflated.npz", "a.safetensors" };
  guint                    i = GPOINTER_TO_UINT (data);
  guint                    kind = i < 2 ? 0 : i < 4 ? 1
                                                    : 2;
  g_autoptr (GRand) rand = g_rand_new_with_seed (i);
  g_autoptr (GHashTable) arrays = some_arrays ();
  g_autofree char *path = i == 4 ? scratch (names[i]) : fixture (names[i]);
  g_autoptr (GBytes) bytes = NULL;
  g_autofree guint8 *copy = NULL;
  const guint8      *good;
  gsize              size;

  if (i == 4)
    g_assert_true (weft_safetensors_write (path, arrays, NULL, NULL));
  bytes = weft_file_read (path, 100000, NULL);
  good = g_bytes_get_data (bytes, &size);
  for (gsize cut = 0; cut < size; cut += 1 + size / 300)
    try_damaged (good, cut, kind, TRUE);
  copy = g_malloc (size);
  for (guint round = 0; round < 600; round++)
    {
      memcpy (copy, good, size);
      for (guint k = 0; k < 1 + round % 4; k++)
        copy[g_rand_int_range (rand, 0, (gint32) size)] = (guint8) g_rand_int (rand);
      try_damaged (copy, size, kind, FALSE);
    }
}

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = scratch (name);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("weft-tensor-XXXXXX", NULL);
  g_test_add_func ("/engine/tensor/npy/fixtures", test_npy_fixtures);
  g_test_add_func ("/engine/tensor/npy/round-trip", test_npy_round_trip);
  g_test_add_func ("/engine/tensor/npy/empty", test_npy_empty);
  g_test_add_func ("/engine/tensor/npy/other-files", test_npy_other_files);
  g_test_add_func ("/engine/tensor/npz/fixtures", test_npz_fixtures);
  g_test_add_func ("/engine/tensor/safetensors/round-trip", test_safetensors_round_trip);
  g_test_add_func ("/engine/tensor/safetensors/empty", test_safetensors_empty);
  g_test_add_func ("/engine/tensor/safetensors/length", test_safetensors_length);
  for (guint i = 0; i < G_N_ELEMENTS (bad_headers); i++)
    {
      g_autofree char *path = g_strconcat ("/engine/tensor/npy/bad/", bad_headers[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_npy_bad_header);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad_safetensors); i++)
    {
      g_autofree char *path =
        g_strconcat ("/engine/tensor/safetensors/bad/", bad_safetensors[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_safetensors_bad);
    }
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/tensor/damage/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_damage);
    }
  result = g_test_run ();
  remove_folder ();
  return result;
}
