/* Tests of engine/dataset: the sets that ship, sources, splits, transforms, batches. Bad input is
 * in test-dataset-bad.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/dataset/dataset.h"
#include "tests/dataset-tools.h"
#include "tests/folder-tools.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <glib/gstdio.h>

static void
write_text (const char *name, const char *text)
{
  g_autofree char *path = write_file (name, text, strlen (text));
}

static WeftArray *
gather_all (WeftDataset *dataset, WeftSplit split, guint column)
{
  return weft_dataset_gather (dataset, split, column, NULL,
                              (gsize) weft_dataset_n_rows (dataset, split), NULL);
}

static void
assert_values (const WeftArray *array, guint n, const double *values)
{
  g_assert_cmpint (array->n_elements, ==, n);
  for (guint i = 0; i < n; i++)
    if (fabs (weft_array_get (array, i) - values[i]) > 1e-6)
      g_error ("element %u is %g, not %g", i, weft_array_get (array, i), values[i]);
}

/* All of a column of the training rows, which are the whole file in its order where the split says
 * so. */
static void
assert_column (WeftDataset *dataset, guint column, guint n, const double *values)
{
  g_autoptr (WeftArray) array = gather_all (dataset, WEFT_SPLIT_TRAIN, column);

  assert_values (array, n, values);
}

/* ---- The sets that ship ---- */

static const struct
{
  const char *name;
  gint64      rows[WEFT_N_SPLITS];
  const char *columns; /* "name dtype shape classes" */
} shipped[] = {
  { "airline", { 79, 27, 26 }, "months f32 (12, 1) 0; next f32 (1,) 0; " },
  { "auto-mpg", { 279, 39, 80 }, "features f32 (6,) 0; mpg f32 (1,) 0; " },
  { "california-housing",
    { 14448, 2064, 4128 },
    "features f32 (8,) 0; ocean f32 (5,) 5; value f32 (1,) 0; " },
  { "cifar10", { 1802, 198, 500 }, "pixels f32 (32, 32, 3) 0; label i32 () 10; " },
  { "digits", { 1258, 180, 359 }, "pixels f32 (64,) 0; label i32 () 10; " },
  { "iris", { 105, 15, 30 }, "features f32 (4,) 0; label i32 () 3; " },
  { "mauna-loa-co2", { 468, 0, 0 }, "year f64 () 0; month f64 () 0; co2 f64 () 0; " },
  { "mnist", { 55000, 5000, 10000 }, "pixels f32 (784,) 0; label i32 () 10; " },
  { "spiral", { 840, 120, 240 }, "features f32 (2,) 0; label i32 () 3; " },
  { "tiny-shakespeare", { 15685, 872, 871 }, "x i32 (64,) 65; y i32 (64,) 65; " },
  { "two-moons", { 700, 100, 200 }, "features f32 (2,) 0; label i32 () 2; " },
};

static char *
describe_columns (WeftDatasetSpec *spec)
{
  guint             n;
  const WeftColumn *columns = weft_dataset_spec_columns (spec, &n);
  GString          *out = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      WeftShape        shape = weft_shape_new (columns[i].rank, columns[i].shape);
      g_autofree char *text = weft_shape_to_string (&shape);

      g_string_append_printf (out, "%s %s %s %u; ", columns[i].name,
                              weft_dtypes[columns[i].dtype].name, text,
                              columns[i].classes == NULL ? 0 : g_strv_length (columns[i].classes));
    }
  return g_string_free (out, FALSE);
}

static void
test_shipped (gconstpointer data)
{
  guint            i = GPOINTER_TO_UINT (data);
  g_autofree char *text = g_strdup_printf ("{'data': '%s'}", shipped[i].name);
  g_autofree char *summary = weft_dataset_summary (shipped[i].name);
  g_autoptr (WeftDatasetSpec) spec = spec_of (text);
  g_autoptr (WeftDataset) dataset = open_spec (spec);
  g_autofree char *columns = describe_columns (spec);
  gint64           total = 0;

  g_assert_nonnull (summary);
  g_assert_cmpuint (strlen (weft_dataset_spec_title (spec)), >, 0);
  g_assert_cmpstr (columns, ==, shipped[i].columns);
  for (guint s = 0; s < WEFT_N_SPLITS; s++)
    {
      g_assert_cmpint (weft_dataset_n_rows (dataset, s), ==, shipped[i].rows[s]);
      total += shipped[i].rows[s];
    }
  g_assert_cmpint (weft_dataset_spec_rows (spec), ==, total);
}

static void
test_shipped_names (void)
{
  g_auto (GStrv) names = weft_dataset_names ();

  g_assert_cmpuint (g_strv_length (names), ==, G_N_ELEMENTS (shipped));
  for (guint i = 0; i < G_N_ELEMENTS (shipped); i++)
    g_assert_cmpstr (names[i], ==, shipped[i].name);
  g_assert_null (weft_dataset_summary ("gone"));
  g_assert_null (weft_dataset_summary ("../datasets/mnist"));
}

/* Rows of a thousand ones and noughts each, more of them than any machine holds. */
static void
test_too_large (void)
{
  const gsize n = (gsize) 1 << 40;
  g_autoptr (WeftDataset) dataset =
    open_text ("{'table': 'a,b\\n1,2\\n', 'delimiter': ',', 'split': {'train': 1},"
               " 'columns': [{'name': 'x', 'from': 'a', 'type': 'i32', 'classes': 1000}],"
               " 'transforms': [{'do': 'one_hot', 'column': 'x'}]}");
  static const guint32 rows[1] = { 0 }; /* none of it is read */
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) later = NULL;

  g_assert_null (weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, 0, rows, n, &error));
  g_assert_error (error, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_TOO_LARGE);
  g_assert_nonnull (strstr (error->message, "(1099511627776, 1000)"));
  g_assert_null (weft_dataset_gather_epoch (dataset, WEFT_SPLIT_TRAIN, 0, rows, n, 1, 1, &later));
  g_assert_error (later, WEFT_TENSOR_ERROR, WEFT_TENSOR_ERROR_TOO_LARGE);
}

/* The README's numbers: first labels, counts; and pixels are the file's bytes over 255. */
static void
test_mnist_content (void)
{
  static const double first[] = { 5, 0, 4, 1, 9, 2, 1, 3, 1, 4 },
                      first_test[] = { 7, 2, 1, 0, 4, 1, 4, 9, 5, 9 };
  static const guint counts[] = { 980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009 };
  g_autoptr (WeftDataset) dataset =
    open_text ("{'data': 'mnist', 'split': {'train': 1, 'shuffle': false}}");
  g_autoptr (WeftArray) labels = weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, 1, NULL, 10, NULL);
  g_autoptr (WeftArray) test_labels = gather_all (dataset, WEFT_SPLIT_TEST, 1);
  g_autoptr (WeftArray) image = weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, 0, NULL, 1, NULL);
  double sum = 0;

  assert_values (labels, 10, first);
  for (guint i = 0; i < 10; i++)
    {
      guint n = 0;

      g_assert_cmpfloat (weft_array_get (test_labels, i), ==, first_test[i]);
      for (gint64 k = 0; k < test_labels->n_elements; k++)
        n += weft_array_get (test_labels, k) == i;
      g_assert_cmpuint (n, ==, counts[i]);
    }
  for (gint64 i = 0; i < 784; i++)
    {
      double byte = weft_array_get (image, i) * 255;

      g_assert_cmpfloat (fabs (byte - rint (byte)), <, 1e-4);
      sum += rint (byte);
    }
  g_assert_cmpfloat (sum, ==, 27525); /* of the first image's bytes */
}

/* Means of the file's README; standardised features have mean 0 and deviation 1 over the training
 * rows. */
static void
test_iris_content (void)
{
  static const double means[] = { 5.843333, 3.057333, 3.758, 1.199333 };
  g_autoptr (WeftDataset) raw =
    open_text ("{'data': 'iris', 'transforms': [], 'split': {'train': 1}}");
  g_autoptr (WeftDataset) dataset = open_text ("{'data': 'iris'}");
  g_autoptr (WeftArray) x = gather_all (raw, WEFT_SPLIT_TRAIN, 0),
                        z = gather_all (dataset, WEFT_SPLIT_TRAIN, 0);

  for (guint k = 0; k < 4; k++)
    {
      double sum = 0, mean = 0, squares = 0;

      for (gint64 i = 0; i < 150; i++)
        sum += weft_array_get (x, 4 * i + k);
      g_assert_cmpfloat (fabs (sum / 150 - means[k]), <, 1e-5);
      for (gint64 i = 0; i < 105; i++)
        {
          mean += weft_array_get (z, 4 * i + k) / 105;
          squares += weft_array_get (z, 4 * i + k) * weft_array_get (z, 4 * i + k) / 105;
        }
      g_assert_cmpfloat (fabs (mean), <, 1e-6);
      g_assert_cmpfloat (fabs (squares - 1), <, 1e-5);
    }
}

/* ---- CSV ---- */

#define WHOLE "'split': {'train': 1, 'shuffle': false}"

static void
test_csv_syntax (void)
{
  static const double numbers[] = { 1, -2.5, 1e3, 0.125, 4, 5 }, labels[] = { 0, 1, 0 };
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;

  write_text ("a.csv", "\xef\xbb\xbf"
                       "kind ,\"x, first\", y\r\n"
                       "  plain  , 1 ,-2.5\r\n"
                       "\r\n"
                       "\"two\nlines, \"\"quoted\"\"\",+1e3,.125\r"
                       "\"plain\" ,\"4\",5");
  spec = spec_of (
    "{'file': 'a.csv', 'columns': [{'name': 'x', 'from': ['x, first', 'y']},"
    "{'name': 'kind', 'classes': ['plain', 'two\\nlines, \\u0022quoted\\u0022']}], " WHOLE "}");
  dataset = open_spec (spec);
  assert_column (dataset, 0, 6, numbers);
  assert_column (dataset, 1, 3, labels);
}

static void
test_csv_no_header (void)
{
  static const double x[] = { 2, 4 };
  g_autoptr (WeftDataset) dataset = NULL;

  write_text ("a.csv", "1;2\n3;4\n");
  dataset = open_text ("{'file': 'a.csv', 'header': false, 'delimiter': ';', 'columns': [{'name': "
                       "'x', 'from': 'column_2'}], " WHOLE "}");
  assert_column (dataset, 0, 2, x);
}

static void
test_csv_types (void)
{
  static const double f64[] = { 0.1, 1e300 }, u8[] = { 255, 0 }, i64[] = { 9007199254740991, -1 },
                      yes[] = { 1, 0 };
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  g_autofree char *columns = NULL;

  write_text ("a.csv", "a,b,c,d\n0.1,255,9007199254740991,1\n1e300,0,-1,0\n");
  spec = spec_of ("{'file': 'a.csv', 'columns': [{'name': 'a', 'type': 'f64'}, {'name': 'b', "
                  "'type': 'uint8'}, {'name': 'c', 'type': 'i64'},"
                  "{'name': 'd', 'type': 'bool'}], " WHOLE "}");
  columns = describe_columns (spec);
  g_assert_cmpstr (columns, ==, "a f64 () 0; b u8 () 0; c i64 () 0; d bool () 0; ");
  dataset = open_spec (spec);
  assert_column (dataset, 0, 2, f64);
  assert_column (dataset, 1, 2, u8);
  assert_column (dataset, 2, 2, i64);
  assert_column (dataset, 3, 2, yes);
}

static void
test_csv_missing (void)
{
  static const double mean[] = { 1, 10, 2, 20, 3, 15 }, skipped[] = { 1, 10 };
  g_autoptr (WeftDataset) filled = NULL, left_out = NULL;

  write_text ("a.csv", "a,b\n1,10\n,20\n3,?\n");
  filled = open_text (
    "{'file': 'a.csv', 'missing': 'mean', 'columns': [{'name': 'x', 'from': ['a', 'b']}], " WHOLE
    "}");
  assert_column (filled, 0, 6, mean);
  left_out = open_text (
    "{'file': 'a.csv', 'missing': 'skip', 'columns': [{'name': 'x', 'from': ['a', 'b']}], " WHOLE
    "}");
  assert_column (left_out, 0, 2, skipped);
}

/* "skip" leaves out every row that is wrong, also one that is wrong in its last field. */
static void
test_csv_skip (void)
{
  static const double x[] = { 1, 3, 7 };
  g_autoptr (WeftDataset) dataset = NULL;

  write_text ("a.csv", "a,b,c\n1,2,yes\n2,x,yes\n3,2,no\n4,2,perhaps\n5,2\n6,2,no,9\n7,2,no\n");
  dataset = open_text ("{'file': 'a.csv', 'missing': 'skip', 'columns': [{'name': 'a'}, {'name': "
                       "'b'}, {'name': 'c', 'classes': ['yes', 'no']}], " WHOLE "}");
  assert_column (dataset, 0, 3, x);
}

/* A file of decimals: each field is the double that strtod gives. */
static void
test_csv_decimals (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autoptr (GString) text = g_string_new ("a\n");
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (WeftDataset) dataset = NULL;
  g_autoptr (WeftArray) array = NULL;

  for (guint i = 0; i < 2000; i++)
    {
      char   field[64];
      double value;

      g_snprintf (field, sizeof field,
                  i % 3 == 0   ? "%.*f"
                  : i % 3 == 1 ? "%.*e"
                               : "%.*g",
                  i % 19, (g_rand_double (rand) - 0.5) * pow (10, i % 12));
      value = g_ascii_strtod (field, NULL);
      g_array_append_val (values, value);
      g_string_append_printf (text, "%s\n", field);
    }
  write_text ("a.csv", text->str);
  dataset = open_text ("{'file': 'a.csv', 'columns': [{'name': 'a', 'type': 'f64'}], " WHOLE "}");
  array = gather_all (dataset, WEFT_SPLIT_TRAIN, 0);
  g_assert_cmpmem (array->data, array->n_bytes, values->data, values->len * sizeof (double));
}

/* ---- IDX, gzip ---- */

static void
write_packed (const char *name, const void *data, gsize size, gboolean append)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GConverter) compressor =
    G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1));
  g_autoptr (GOutputStream) plain =
    append ? G_OUTPUT_STREAM (g_file_append_to (file, G_FILE_CREATE_NONE, NULL, NULL))
           : G_OUTPUT_STREAM (g_file_replace (file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL));
  g_autoptr (GOutputStream) out = g_converter_output_stream_new (plain, compressor);

  g_assert_true (g_output_stream_write_all (out, data, size, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (out, NULL, NULL));
}

static const guint8 shorts[] = { 0, 0, 0x0B, 2, 0, 0, 0, 2, 0, 0, 0, 3,
                                 0, 1, 0xff, 0xff, 1, 0, 0x7f, 0xff, 0x80, 0, 0, 2 };
static const guint8 floats[] = { 0, 0, 0x0D, 1, 0, 0, 0, 2, 0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0 };

static void
test_idx_types (void)
{
  static const double expected_shorts[] = { 1, -1, 256, 32767, -32768, 2 },
                      expected_floats[] = { 1, -2 };
  g_autofree char *a = write_file ("a-idx", shorts, sizeof shorts),
                  *b = write_file ("b-idx", floats, sizeof floats);
  g_autoptr (WeftDataset) dataset = open_text (
    "{'files': {'train': {'s': 'a-idx', 'f': 'b-idx'}}, 'format': 'idx', 'columns': ["
    "{'name': 's', 'type': 'i32', 'shape': [3]}, {'name': 'f', 'shape': []}], " WHOLE "}");

  assert_column (dataset, 0, 6, expected_shorts);
  assert_column (dataset, 1, 2, expected_floats);
}

/* Packed files, also in several pieces one after the other, are what they were. */
static void
test_gzip (void)
{
  static const double expected[] = { 1, -1, 256, 32767, -32768, 2 }, x[] = { 1, 2, 3 };
  g_autoptr (WeftDataset) idx = NULL, csv = NULL;

  write_packed ("a-idx.gz", shorts, 10, FALSE);
  write_packed ("a-idx.gz", shorts + 10, sizeof shorts - 10, TRUE);
  idx = open_text (
    "{'file': 'a-idx.gz', 'columns': [{'name': 's', 'type': 'i16', 'shape': [3]}], " WHOLE "}");
  assert_column (idx, 0, 6, expected);
  write_packed ("a.csv.gz", "a\n1\n2\n3\n", 8, FALSE);
  csv = open_text ("{'file': 'a.csv.gz', 'columns': [{'name': 'a'}], " WHOLE "}");
  assert_column (csv, 0, 3, x);
}

/* ---- Text ---- */

static void
test_text_windows (void)
{
  static const double x[] = { 0, 1, 2, 2, 3, 0 }, y[] = { 1, 2, 3, 3, 0, 1 };
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  g_autofree char *columns = NULL;
  g_autoptr (WeftArray) first = NULL;

  write_text ("a.txt", "abäcabä");
  spec = spec_of ("{'file': 'a.txt', 'window': 3, 'step': 2, 'characters': 'abäc', 'split': "
                  "{'train': 0.7, 'test': 0.3}}");
  columns = describe_columns (spec);
  g_assert_cmpstr (columns, ==, "x i32 (3,) 4; y i32 (3,) 4; ");
  dataset = open_spec (spec); /* two windows, not shuffled: the first 70 % of 2 is 1 */
  g_assert_cmpint (weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN), ==, 1);
  g_assert_cmpint (weft_dataset_n_rows (dataset, WEFT_SPLIT_TEST), ==, 1);
  assert_column (dataset, 0, 3, x);
  assert_column (dataset, 1, 3, y);
  first = gather_all (dataset, WEFT_SPLIT_TEST, 0);
  assert_values (first, 3, x + 3);
  g_clear_pointer (&first, weft_array_unref);
  first = gather_all (dataset, WEFT_SPLIT_TEST, 1);
  assert_values (first, 3, y + 3);
}

static void
test_text_bytes (void)
{
  static const double x[] = { 97, 98, 195 };
  g_autoptr (WeftDataset) dataset = NULL;

  write_text ("a.txt", "abäcabä");
  dataset = open_text ("{'file': 'a.txt', 'window': 3, 'split': {'train': 0.4}}");
  assert_column (dataset, 0, 3, x);
}

static void
test_text_one_hot (void)
{
  static const double x[] = { 1, 0, 0, 0, 0, 1, 0, 0 };
  g_autoptr (WeftDataset) dataset = NULL;

  write_text ("a.txt", "abäcabä");
  dataset = open_text ("{'file': 'a.txt', 'window': 2, 'step': 100, 'characters': 'abäc', 'split': "
                       "{'train': 1}, 'transforms': [{'do': 'one_hot', 'column': 'x'}]}");
  assert_column (dataset, 0, 8, x);
}

/* ---- Generated ---- */

static void
test_generated (void)
{
  static const char *const names[] = { "moons", "spirals", "circles", "blobs", "xor" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text = g_strdup_printf (
        "{'generate': '%s', 'rows': 600, 'noise': 0, 'seed': 4, " WHOLE "}", names[i]);
      g_autofree char *other_text = g_strdup_printf (
        "{'generate': '%s', 'rows': 600, 'noise': 0.1, 'seed': 5, " WHOLE "}", names[i]);
      g_autoptr (WeftDataset) dataset = open_text (text), same = open_text (text),
                              other = open_text (other_text);
      g_autoptr (WeftArray) points = gather_all (dataset, 0, 0), again = gather_all (same, 0, 0),
                            different = gather_all (other, 0, 0);
      g_autoptr (WeftArray) labels = gather_all (dataset, 0, 1);
      guint counts[3] = { 0 };

      g_assert_true (weft_array_same (points, again));
      g_assert_false (weft_array_same (points, different));
      for (guint k = 0; k < 600; k++)
        {
          double x = weft_array_get (points, 2 * k), y = weft_array_get (points, 2 * k + 1);
          guint  label = (guint) weft_array_get (labels, k);

          counts[label]++;
          if (i == 0) /* a unit circle around (0, 0), its upper half, or around (1, 0.5), its lower
                         half */
            g_assert_cmpfloat (fabs (hypot (x - label, y - 0.5 * label) - 1), <, 1e-6);
          if (i == 1 || i == 2)
            g_assert_cmpfloat (hypot (x, y), <, 1 + 1e-6);
          if (i == 3)
            g_assert_cmpfloat (fabs (hypot (x, y) - 1), <, 1e-6);
          if (i == 4)
            g_assert_true ((x * y < 0) == (label == 1));
        }
      g_assert_cmpuint (counts[0], ==, i == 1 ? 200 : 300);
    }
}

/* ---- Splits ---- */

static void
test_splits (void)
{
  g_autoptr (GString) text = g_string_new ("a\n");
  g_autoptr (WeftDataset) dataset = NULL, same = NULL, other = NULL, ordered = NULL;
  gboolean seen[100] = { FALSE };
  g_autoptr (WeftArray) train = NULL, train_again = NULL, train_other = NULL, last = NULL;

  for (guint i = 0; i < 100; i++)
    g_string_append_printf (text, "%u\n", i);
  write_text ("a.csv", text->str);
  dataset = open_text ("{'file': 'a.csv', 'columns': [{'name': 'a'}], 'split': {'train': 0.6, "
                       "'validation': 0.15, 'test': 0.2, 'seed': 1}}");
  same = open_text ("{'file': 'a.csv', 'columns': [{'name': 'a'}], 'split': {'train': 0.6, "
                    "'validation': 0.15, 'test': 0.2, 'seed': 1}}");
  other = open_text ("{'file': 'a.csv', 'columns': [{'name': 'a'}], 'split': {'train': 0.6, "
                     "'validation': 0.15, 'test': 0.2, 'seed': 2}}");
  ordered = open_text ("{'file': 'a.csv', 'columns': [{'name': 'a'}], 'split': {'train': 70, "
                       "'test': 30, 'shuffle': false}}");
  for (guint s = 0; s < WEFT_N_SPLITS; s++)
    {
      static const gint64 sizes[] = { 60, 15, 20 };
      g_autoptr (WeftArray) rows = gather_all (dataset, s, 0);

      g_assert_cmpint (rows->n_elements, ==, sizes[s]);
      for (gint64 i = 0; i < rows->n_elements; i++)
        {
          guint row = (guint) weft_array_get (rows, i);

          g_assert_false (seen[row]);
          seen[row] = TRUE;
        }
    }
  train = gather_all (dataset, 0, 0);
  train_again = gather_all (same, 0, 0);
  train_other = gather_all (other, 0, 0);
  g_assert_true (weft_array_same (train, train_again));
  g_assert_false (weft_array_same (train, train_other));
  last = gather_all (ordered, WEFT_SPLIT_TEST, 0);
  g_assert_cmpint (last->n_elements, ==, 30);
  g_assert_cmpfloat (weft_array_get (last, 0), ==, 70);
  g_assert_cmpint (weft_dataset_n_rows (ordered, WEFT_SPLIT_VALIDATION), ==, 0);
}

static void
test_split_files (void)
{
  static const double test[] = { 7, 8, 9 };
  g_autoptr (WeftDataset) dataset = NULL;
  g_autoptr (WeftArray) rows = NULL;

  write_text ("a.csv", "a\n0\n1\n2\n3\n");
  write_text ("b.csv", "a\n7\n8\n9\n");
  dataset = open_text ("{'files': {'train': 'a.csv', 'test': 'b.csv'}, 'columns': [{'name': 'a'}], "
                       "'split': {'train': 3, 'validation': 1, 'test': 99}}");
  g_assert_cmpint (weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN), ==, 3);
  g_assert_cmpint (weft_dataset_n_rows (dataset, WEFT_SPLIT_VALIDATION), ==, 1);
  rows = gather_all (dataset, WEFT_SPLIT_TEST, 0);
  assert_values (rows, 3, test);
}

/* ---- Transforms ---- */

static void
test_transforms (void)
{
  static const double scaled[] = { 3, 1, -1, 5 }, hot[] = { 0, 1, 1, 0 }, cut[] = { 1, 0, 0, 2 };
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  g_autofree char *columns = NULL;

  write_text ("a.csv", "a,b,k\n1,0,no\n-1,2,yes\n");
  spec = spec_of ("{'file': 'a.csv', 'columns': [{'name': 'x', 'from': ['a', 'b']}, {'name': 'k', "
                  "'classes': ['yes', 'no']}, {'name': 'c', 'from': ['a', 'b']}],"
                  "'transforms': [{'do': 'scale', 'column': 'x', 'by': 2, 'shift': 1}, {'do': "
                  "'one_hot', 'column': 'k'},"
                  "{'do': 'scale', 'column': 'c', 'by': 0.75, 'shift': 0.5}, {'do': 'cast', "
                  "'column': 'c', 'to': 'i64'}], " WHOLE "}");
  columns = describe_columns (spec);
  g_assert_cmpstr (columns, ==, "x f32 (2,) 0; k f32 (2,) 2; c i64 (2,) 0; ");
  dataset = open_spec (spec);
  assert_column (dataset, 0, 4, scaled);
  assert_column (dataset, 1, 4, hot);
  assert_column (dataset, 2, 4, cut); /* 1.25, 0.5, -0.25, 2 lose their fractions */
}

/* Bytes are standardised while they are gathered; a scale before it changes nothing, what is
 * constant becomes 0. */
static void
test_standardise_bytes (void)
{
  gsize              n = 300000;
  g_autofree guint8 *data = g_malloc (16 + 4 * n);
  const guint8       header[] = { 0, 0, 8, 2, 0, 4, 0x93, 0xe0, 0, 0, 0, 4 };
  g_autofree char   *path = NULL;
  g_autoptr (WeftDataset) plain = NULL, scaled = NULL;
  g_autoptr (WeftArray) x = NULL, y = NULL;

  memcpy (data, header, sizeof header);
  for (gsize i = 0; i < 4 * n; i++)
    data[sizeof header + i] = i % 4 == 3 ? 7 : (guint8) (i * 2654435761u >> 20);
  path = write_file ("a-idx", data, sizeof header + 4 * n);
  plain = open_text ("{'file': 'a-idx', 'columns': [{'name': 'x', 'type': 'u8', 'shape': [4]}], "
                     "'transforms': [{'do': 'standardise', 'column': 'x'}], " WHOLE "}");
  scaled = open_text ("{'file': 'a-idx', 'columns': [{'name': 'x', 'type': 'u8', 'shape': [4]}], "
                      "'transforms': [{'do': 'scale', 'column': 'x', 'by': 0.5, 'shift': 3},"
                      "{'do': 'standardise', 'column': 'x'}], " WHOLE "}");
  x = gather_all (plain, 0, 0);
  y = gather_all (scaled, 0, 0);
  for (guint k = 0; k < 4; k++)
    {
      double mean = 0, squares = 0;

      for (gsize i = 0; i < n; i++)
        {
          double value = weft_array_get (x, (gint64) (4 * i + k));

          mean += value / (double) n;
          squares += value * value / (double) n;
          g_assert_cmpfloat (fabs (value - weft_array_get (y, (gint64) (4 * i + k))), <, 1e-5);
        }
      g_assert_cmpfloat (fabs (mean), <, 1e-4);
      g_assert_cmpfloat (fabs (squares - (k < 3)), <, 1e-3);
    }
}

/* ---- Batches ---- */

static WeftDataset *
counting_dataset (guint n, guint width)
{
  g_autoptr (GString) text = g_string_new ("a\n");
  g_autoptr (GString) spec = g_string_new (
    "{'file': 'a.csv', 'columns': [{'name': 'a'}, {'name': 'b', 'from': 'a', 'type': 'i32'}");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%u\n", i);
  write_text ("a.csv", text->str);
  for (guint i = 0; i < width; i++) /* more columns make batches that are worth a thread */
    g_string_append_printf (spec, ", {'name': 'c%u', 'from': 'a', 'type': 'f64'}", i);
  g_string_append (spec, "], " WHOLE "}");
  return open_text (spec->str);
}

static void
clear_columns (WeftArray **columns, guint n)
{
  for (guint i = 0; i < n; i++)
    weft_array_unref (columns[i]);
}

/* Small ones made at once, and large ones made by the thread. */
static const struct
{
  guint rows, batch, width;
} batch_cases[] = { { 100, 30, 0 }, { 10000, 3000, 30 } };

static void
test_batches (gconstpointer data)
{
  guint rows = batch_cases[GPOINTER_TO_UINT (data)].rows,
        batch = batch_cases[GPOINTER_TO_UINT (data)].batch;
  guint width = batch_cases[GPOINTER_TO_UINT (data)].width;
  g_autoptr (WeftDataset) dataset = counting_dataset (rows, width);
  g_autofree gboolean *seen = g_new0 (gboolean, rows);
  g_autofree guint    *order = g_new (guint, rows);

  for (guint round = 0; round < 4;
       round++) /* round 1 repeats epoch 0; then another epoch; then unshuffled */
    {
      g_autoptr (WeftBatches) batches =
        weft_batches_new (dataset, 0, batch, round < 3, 5, round == 2 ? 1 : 0);
      WeftArray *columns[40];
      gsize      n, total = 0;
      guint      same = 0;

      memset (seen, 0, rows * sizeof *seen);
      g_assert_cmpuint (weft_batches_count (batches), ==, 4);
      while (weft_batches_next (batches, columns, &n, NULL))
        {
          g_assert_cmpuint (n, ==, total == 3 * batch ? batch / 3 : batch);
          for (gsize i = 0; i < n; i++)
            {
              guint row = (guint) weft_array_get (columns[0], (gint64) i);

              g_assert_cmpfloat (weft_array_get (columns[width + 1], (gint64) i), ==, row);
              g_assert_false (seen[row]);
              seen[row] = TRUE;
              same += row == (round == 0 || round == 3 ? total + i : order[total + i]);
              if (round == 0)
                order[total + i] = row;
            }
          total += n;
          clear_columns (columns, width + 2);
        }
      g_assert_cmpuint (total, ==, rows);
      if (round == 1 || round == 3)
        g_assert_cmpuint (same, ==, rows);
      else
        g_assert_cmpuint (same, <, rows / 2);
      g_assert_false (weft_batches_next (batches, columns, &n, NULL));
    }
}

/* Going anywhere at any time gives the batch that is there; leaving in the middle is clean. */
static void
test_batches_seek (gconstpointer data)
{
  guint rows = batch_cases[GPOINTER_TO_UINT (data)].rows,
        batch = batch_cases[GPOINTER_TO_UINT (data)].batch;
  guint width = batch_cases[GPOINTER_TO_UINT (data)].width;
  g_autoptr (WeftDataset) dataset = counting_dataset (rows, width);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (WeftBatches) batches = weft_batches_new (dataset, 0, batch, FALSE, 0, 0);

      for (guint k = 0; k < i % 5; k++)
        {
          gsize      index = (gsize) g_rand_int_range (rand, 0, 6), n = 0;
          WeftArray *columns[40];

          weft_batches_seek (batches, index);
          g_assert_cmpint (weft_batches_next (batches, columns, &n, NULL), ==, index < 4);
          if (index < 4)
            {
              g_assert_cmpfloat (weft_array_get (columns[0], 0), ==, (double) (index * batch));
              clear_columns (columns, width + 2);
            }
        }
    }
}

static void
test_batches_edges (void)
{
  g_autoptr (WeftDataset) dataset = counting_dataset (10, 0);
  g_autoptr (WeftBatches) all = weft_batches_new (dataset, WEFT_SPLIT_TRAIN, 0, TRUE, 0, 0);
  g_autoptr (WeftBatches) large = weft_batches_new (dataset, WEFT_SPLIT_TRAIN, 1000, TRUE, 0, 0);
  g_autoptr (WeftBatches) none = weft_batches_new (dataset, WEFT_SPLIT_TEST, 5, TRUE, 0, 0);
  WeftArray *columns[2];

  g_assert_cmpuint (weft_batches_count (all), ==, 1);
  g_assert_cmpuint (weft_batches_count (large), ==, 1);
  g_assert_cmpuint (weft_batches_count (none), ==, 0);
  g_assert_false (weft_batches_next (none, columns, NULL, NULL));
}

/* ---- Guessing ---- */

static const struct
{
  const char *name, *text;
  const char *columns;
  gboolean    missing, header;
} guesses[] = {
  { "iris-like", "length,width,species\n1,2,a\n2,3,b\n3,1,a\n4,5,b\n",
    "features f32 (2,) 0; species i32 () 2; ", FALSE, TRUE },
  { "no-header", "1,2,0\n2,3,1\n3,4,0\n4,5,1\n5,5,0\n6,5,1\n",
    "features f32 (2,) 0; column_3 i32 () 2; ", FALSE, FALSE },
  { "regression", "a;b;price\n1;2;0.5\n2;?;1.5\n", "features f32 (2,) 0; price f32 (1,) 0; ", TRUE,
    TRUE },
  { "category", "Colour (main),x,y\nred,1,2.5\nblue,2,1\nred,3,7\nblue,4,7\n",
    "features f32 (1,) 0; colour_main f32 (2,) 2; y f32 (1,) 0; ", FALSE, TRUE },
  { "names-left-out", "x,y,name\n1,2.5,ann\n2,2,bob\n3,7,cid\n4,9,dan\n",
    "features f32 (1,) 0; y f32 (1,) 0; ", FALSE, TRUE },
  { "tabs", "x\ty\n1\t2.5\n2\t3.5\n", "features f32 (1,) 0; y f32 (1,) 0; ", FALSE, TRUE },
  { "one-column", "x\n1\n2.5\n", "x f32 (1,) 0; ", FALSE, TRUE },
  { "equal-names", "x,x,y\n1,2,3.5\n1,2,4.5\n", "features f32 (2,) 0; y f32 (1,) 0; ", FALSE,
    TRUE },
  { "odd-names", "1st,a b,A-B,\nx,1,2,3.5\ny,1,2,4.5\nx,1,1,1\ny,2,1,1\n", NULL, FALSE, FALSE },
};

static void
test_guess_csv (gconstpointer data)
{
  guint            i = GPOINTER_TO_UINT (data);
  g_autofree char *path = write_file ("guess.csv", guesses[i].text, strlen (guesses[i].text));
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) json = weft_dataset_guess (path, &error);
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  g_autofree char *columns = NULL;

  g_assert_no_error (error);
  spec = weft_dataset_spec_new (json, NULL, &error);
  g_assert_no_error (error);
  columns = describe_columns (spec);
  if (guesses[i].columns != NULL)
    {
      g_assert_cmpstr (columns, ==, guesses[i].columns);
      g_assert_cmpint (weft_json_get_bool (json, "header", TRUE), ==, guesses[i].header);
    }
  g_assert_cmpint (weft_json_has (json, "missing"), ==, guesses[i].missing);
  dataset = open_spec (spec);
  g_assert_cmpint (weft_dataset_n_rows (dataset, 0), >, 0);
}

static void
assert_guess (const char *file, const char *expected)
{
  g_autofree char *path = g_build_filename (weft_data_dir (), "datasets", file, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) json = weft_dataset_guess (path, &error);
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autofree char *columns = NULL;
  g_autoptr (WeftDataset) dataset = NULL;

  g_assert_no_error (error);
  spec = weft_dataset_spec_new (json, NULL, &error);
  g_assert_no_error (error);
  columns = describe_columns (spec);
  g_assert_cmpstr (columns, ==, expected);
  dataset = open_spec (spec);
}

static void
test_guess_shipped (void)
{
  assert_guess ("iris/iris.csv", "features f32 (4,) 0; species i32 () 3; ");
  assert_guess ("digits/digits.csv", "features f32 (64,) 0; label i32 () 10; ");
  assert_guess ("auto-mpg/mpg.csv", "features f32 (7,) 0; origin i32 () 3; ");
  assert_guess ("two-moons/two-moons.csv", "features f32 (2,) 0; label i32 () 2; ");
  assert_guess ("mnist/t10k-images-idx3-ubyte.gz", "pixels f32 (784,) 0; label i32 () 10; ");
  assert_guess ("mnist/t10k-labels-idx1-ubyte.gz", "label i32 () 10; ");
  assert_guess ("tiny-shakespeare/input.txt", "x i32 (64,) 65; y i32 (64,) 65; ");
}

static void
test_cancel (void)
{
  g_autoptr (WeftDatasetSpec) spec = spec_of ("{'data': 'mnist'}");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (weft_dataset_open (spec, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
add_cases (const char *prefix, guint n, const char *const *names, GTestDataFunc test)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path =
        names != NULL ? g_strconcat (prefix, names[i], NULL) : g_strdup_printf ("%s%u", prefix, i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test);
    }
}

int
main (int argc, char **argv)
{
  const char *names[G_N_ELEMENTS (shipped)], *guess_names[G_N_ELEMENTS (guesses)];
  int         result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("weft-dataset-XXXXXX", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (shipped); i++)
    names[i] = shipped[i].name;
  for (guint i = 0; i < G_N_ELEMENTS (guesses); i++)
    guess_names[i] = guesses[i].name;
  add_cases ("/engine/dataset/shipped/", G_N_ELEMENTS (shipped), names, test_shipped);
  g_test_add_func ("/engine/dataset/shipped/names", test_shipped_names);
  g_test_add_func ("/engine/dataset/shipped/mnist-content", test_mnist_content);
  g_test_add_func ("/engine/dataset/shipped/iris-content", test_iris_content);
  g_test_add_func ("/engine/dataset/too-large", test_too_large);
  g_test_add_func ("/engine/dataset/csv/syntax", test_csv_syntax);
  g_test_add_func ("/engine/dataset/csv/no-header", test_csv_no_header);
  g_test_add_func ("/engine/dataset/csv/types", test_csv_types);
  g_test_add_func ("/engine/dataset/csv/missing", test_csv_missing);
  g_test_add_func ("/engine/dataset/csv/skip", test_csv_skip);
  g_test_add_func ("/engine/dataset/csv/decimals", test_csv_decimals);
  g_test_add_func ("/engine/dataset/idx/types", test_idx_types);
  g_test_add_func ("/engine/dataset/gzip", test_gzip);
  g_test_add_func ("/engine/dataset/text/windows", test_text_windows);
  g_test_add_func ("/engine/dataset/text/bytes", test_text_bytes);
  g_test_add_func ("/engine/dataset/text/one-hot", test_text_one_hot);
  g_test_add_func ("/engine/dataset/generated", test_generated);
  g_test_add_func ("/engine/dataset/split/shares", test_splits);
  g_test_add_func ("/engine/dataset/split/files", test_split_files);
  g_test_add_func ("/engine/dataset/transforms/all", test_transforms);
  g_test_add_func ("/engine/dataset/transforms/standardise-bytes", test_standardise_bytes);
  add_cases ("/engine/dataset/batches/order/", G_N_ELEMENTS (batch_cases), NULL, test_batches);
  add_cases ("/engine/dataset/batches/seek/", G_N_ELEMENTS (batch_cases), NULL, test_batches_seek);
  g_test_add_func ("/engine/dataset/batches/edges", test_batches_edges);
  add_cases ("/engine/dataset/guess/csv/", G_N_ELEMENTS (guesses), guess_names, test_guess_csv);
  g_test_add_func ("/engine/dataset/guess/shipped", test_guess_shipped);
  g_test_add_func ("/engine/dataset/cancel", test_cancel);
  result = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  return result;
}
