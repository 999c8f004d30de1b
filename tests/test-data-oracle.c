/* Sources and transforms against what NumPy and PIL say: tests/oracle/data.py writes the files and
 * the answers. Every source and transform of the tables has a case.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/dataset/dataset.h"
#include "engine/dataset/dialect.h"
#include "tests/dataset-tools.h"

#include <math.h>
#include <string.h>

static WeftJson *cases;

static WeftDataset *
open_case (WeftJson *json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDatasetSpec) spec =
    weft_dataset_spec_new (weft_json_get (json, "spec"), folder, &error);
  WeftDataset *dataset;

  g_assert_no_error (error);
  dataset = weft_dataset_open (spec, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}

static guint
find_column (WeftDatasetSpec *spec, const char *name)
{
  guint             n, c = 0;
  const WeftColumn *columns = weft_dataset_spec_columns (spec, &n);

  while (c < n && strcmp (columns[c].name, name) != 0)
    c++;
  g_assert_cmpuint (c, <, n);
  return c;
}

#if !WEFT_HAVE_HDF5
static void
test_hdf5_missing (void)
{
  g_autofree char *path = g_build_filename (folder, "plain.h5", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_dataset_guess (path, &error));
  g_assert_nonnull (strstr (error->message, "without HDF5"));
}
#endif

static void
test_case (gconstpointer data)
{
  WeftJson        *json = weft_json_at (cases, GPOINTER_TO_UINT (data));
  const char      *name = weft_json_get_string (json, "name", "");
  double           tolerance = weft_json_get_number (json, "tolerance", 0);
  g_autofree char *file = g_strdup_printf ("%s/expected/%s.npy", folder, name);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) expected = weft_npy_read (file, &error);
  g_autoptr (WeftDataset) dataset = open_case (json);
  g_autoptr (WeftDatasetSpec) spec =
    weft_dataset_spec_new (weft_json_get (json, "spec"), folder, &error);
  g_autoptr (WeftArray) array = NULL;
  guint c;

  g_assert_no_error (error);
  c = find_column (spec, weft_json_get_string (json, "column", ""));
  array = weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, c, NULL,
                               (gsize) weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN), NULL);
  g_assert_cmpuint (array->rank, ==, expected->rank);
  for (guint i = 0; i < array->rank; i++)
    g_assert_cmpint (array->shape[i], ==, expected->shape[i]);
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double difference = fabs (weft_array_get (array, i) - weft_array_get (expected, i));

      if (!(difference <= tolerance))
        g_error ("%s: element %" G_GINT64_FORMAT " is %g, not %g", name, i,
                 weft_array_get (array, i), weft_array_get (expected, i));
    }
}

/* The guess says the same of how the file is written as the case does. */
static void
test_dialect (gconstpointer data)
{
  WeftJson        *spec = weft_json_get (weft_json_at (cases, GPOINTER_TO_UINT (data)), "spec");
  g_autofree char *path = g_build_filename (folder, weft_json_get_string (spec, "file", ""), NULL);
  WeftDialect      said = WEFT_DIALECT_INIT, guessed = WEFT_DIALECT_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) guess = weft_dataset_guess (path, &error);
  g_autofree char *a = NULL, *b = NULL;

  g_assert_no_error (error);
  g_assert_true (weft_dialect_read (&said, spec, &error));
  g_assert_true (weft_dialect_read (&guessed, guess, &error));
  a = weft_dialect_describe (&said);
  b = weft_dialect_describe (&guessed);
  g_assert_cmpstr (b, ==, a);
}

/* ---- What draws ---- */

#define PICTURES                                                                           \
  "{'format': 'images', 'file': 'pictures', 'columns': [{'name': 'pixels', 'type': 'u8', " \
  "'shape': [6, 5, 3]}], 'split': {'train': 0.5, 'test': 0.5, 'shuffle': false}, 'transforms': ["

static WeftArray *
draw (WeftDataset *dataset, WeftSplit split, guint64 seed, guint64 epoch)
{
  return weft_dataset_gather_epoch (
    dataset, split, 0, NULL, (gsize) weft_dataset_n_rows (dataset, split), seed, epoch, NULL);
}

/* The same seed and epoch give the same; others differ; rows that do not train are left alone. */
static void
test_draws (gconstpointer data)
{
  g_autofree char *text = g_strconcat (PICTURES, data, "]}", NULL);
  g_autoptr (WeftDataset) dataset = open_text (text);
  gboolean differs = FALSE;

  for (guint64 epoch = 1; epoch < 9; epoch++)
    {
      g_autoptr (WeftArray) a = draw (dataset, WEFT_SPLIT_TRAIN, 1, epoch);
      g_autoptr (WeftArray) b = draw (dataset, WEFT_SPLIT_TRAIN, 1, epoch);
      g_autoptr (WeftArray) c = draw (dataset, WEFT_SPLIT_TRAIN, 2, epoch);
      g_autoptr (WeftArray) test = draw (dataset, WEFT_SPLIT_TEST, 1, epoch);
      g_autoptr (WeftArray) still =
        weft_dataset_gather (dataset, WEFT_SPLIT_TEST, 0, NULL, 2, NULL);

      g_assert_true (weft_array_same (a, b));
      g_assert_true (weft_array_same (test, still));
      differs |= !weft_array_same (a, c);
    }
  g_assert_true (differs);
}

/* Every flipped picture is the picture or its mirror image, and both come up. */
static void
test_flip (void)
{
  g_autoptr (WeftDataset) dataset =
    open_text (PICTURES "{'do': 'flip', 'column': 'pixels', 'chance': 0.5}]}");
  g_autoptr (WeftArray) still = weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, 0, NULL, 1, NULL);
  const guint8 *in = still->data;
  guint         seen[2] = { 0, 0 };

  for (guint64 epoch = 0; epoch < 64; epoch++)
    {
      g_autoptr (WeftArray) array = draw (dataset, WEFT_SPLIT_TRAIN, 3, epoch);
      const guint8 *out = array->data;
      gboolean      same = memcmp (in, out, 90) == 0;

      for (guint i = 0; i < 6; i++)
        for (guint k = 0; k < 5 && !same; k++)
          g_assert_cmpmem (out + (i * 5 + k) * 3, 3, in + (i * 5 + 4 - k) * 3, 3);
      seen[same]++;
    }
  g_assert_cmpuint (MIN (seen[0], seen[1]), >, 16);
}

static void
test_noise (void)
{
  g_autoptr (WeftDataset) dataset = open_text (
    "{'generate': 'sine', 'rows': 4000, 'noise': 0, 'split': {'train': 1}, 'transforms': [{'do': "
    "'noise', 'column': 'y', 'deviation': 0.5}]}");
  g_autoptr (WeftArray) still =
    weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, 1, NULL, 4000, NULL);
  g_autoptr (WeftArray) array =
    weft_dataset_gather_epoch (dataset, WEFT_SPLIT_TRAIN, 1, NULL, 4000, 1, 1, NULL);
  double sum = 0, squares = 0;

  for (gint64 i = 0; i < 4000; i++)
    {
      double d = weft_array_get (array, i) - weft_array_get (still, i);

      sum += d / 4000;
      squares += d * d / 4000;
    }
  g_assert_cmpfloat (fabs (sum), <, 0.04); /* five deviations of the mean */
  g_assert_cmpfloat_with_epsilon (sqrt (squares), 0.5, 0.03);
}

/* ---- Splits ---- */

/* The folds' validation rows are all rows but the test's, once each. */
static void
test_folds (void)
{
  guint   seen[150] = { 0 };
  guint32 n_test = 0;

  for (guint fold = 0; fold < 5; fold++)
    {
      g_autofree char *text = g_strdup_printf (
        "{'data': 'iris', 'columns': [{'name': 'label', 'from': 'species', 'classes': ['setosa', "
        "'versicolor', 'virginica']}], 'transforms': [], 'split': {'folds': 5, 'fold': %u, 'test': "
        "0.2, 'stratify': 'label', 'seed': 4}}",
        fold);
      g_autoptr (WeftDataset) dataset = open_text (text);

      for (guint s = 0; s < WEFT_N_SPLITS; s++)
        {
          gint64 n = weft_dataset_n_rows (dataset, s), counts[3] = { 0 };
          g_autoptr (WeftArray) labels = weft_dataset_gather (dataset, s, 0, NULL, (gsize) n, NULL);

          for (gint64 i = 0; i < n; i++)
            counts[((const gint32 *) labels->data)[i]]++;
          for (guint k = 0; k < 3; k++) /* 50 of each: every class alike */
            g_assert_cmpint (counts[k], ==, n / 3);
        }
      seen[fold] = (guint) weft_dataset_n_rows (dataset, WEFT_SPLIT_VALIDATION);
      n_test = (guint32) weft_dataset_n_rows (dataset, WEFT_SPLIT_TEST);
      g_assert_cmpint (weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN), ==, 120 - seen[fold]);
    }
  g_assert_cmpuint (n_test, ==, 30);
  g_assert_cmpuint (seen[0] + seen[1] + seen[2] + seen[3] + seen[4], ==, 120);
}

/* ---- Guesses ---- */

static void
test_guess (gconstpointer data)
{
  g_autofree char *path = g_build_filename (folder, data, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) json = weft_dataset_guess (path, &error);
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;

  g_assert_no_error (error);
  spec = weft_dataset_spec_new (json, NULL, &error);
  g_assert_no_error (error);
  dataset = weft_dataset_open (spec, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN), >, 0);
}

int
main (int argc, char **argv)
{
  static const char *const guessed[] = { "x.npy",
                                         "packed.npz",
                                         "table.tsv",
                                         "lines.jsonl",
                                         "archive.zip",
                                         "pictures",
                                         "cifar.bin",
                                         "words.txt",
#if WEFT_HAVE_HDF5
                                         "plain.h5",
                                         "packed.h5",
#endif
  };
  static const char *const drawn[] = {
    "{'do': 'crop', 'column': 'pixels', 'size': [4, 3], 'pad': 1}",
    "{'do': 'flip', 'column': 'pixels', 'axis': 'vertical'}",
    "{'do': 'rotate', 'column': 'pixels', 'degrees': 45}",
    "{'do': 'noise', 'column': 'pixels', 'deviation': 3}",
    "{'do': 'crop', 'column': 'pixels', 'size': [5, 5], 'pad': 2}, {'do': 'flip', 'column': "
    "'pixels'}, {'do': 'flatten', 'column': 'pixels'}",
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  int code;

  g_test_init (&argc, &argv, NULL);
  folder = g_test_build_filename (G_TEST_DIST, "golden", "data", NULL);
  file = g_build_filename (folder, "cases.json", NULL);
  bytes = weft_file_read (file, 1 << 20, &error);
  g_assert_no_error (error);
  cases =
    weft_json_parse (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < weft_json_length (cases); i++)
    {
      g_autofree char *path =
        g_strconcat ("/engine/dataset/oracle/",
                     weft_json_get_string (weft_json_at (cases, i), "name", ""), NULL);

#if !WEFT_HAVE_HDF5
      if (strstr (path, "/hdf5") != NULL)
        continue;
#endif
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
      if (strstr (path, "/dialect-") != NULL)
        {
          g_autofree char *guess = g_strconcat (path, "/guess", NULL);

          g_test_add_data_func (guess, GUINT_TO_POINTER (i), test_dialect);
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (drawn); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/dataset/draws/%u", i);

      g_test_add_data_func (path, drawn[i], test_draws);
    }
  for (guint i = 0; i < G_N_ELEMENTS (guessed); i++)
    {
      g_autofree char *path = g_strconcat ("/engine/dataset/guessed/", guessed[i], NULL);

      g_test_add_data_func (path, guessed[i], test_guess);
    }
#if !WEFT_HAVE_HDF5
  g_test_add_func ("/engine/dataset/hdf5-missing", test_hdf5_missing);
#endif
  g_test_add_func ("/engine/dataset/draws/flip", test_flip);
  g_test_add_func ("/engine/dataset/draws/noise", test_noise);
  g_test_add_func ("/engine/dataset/split/folds", test_folds);
  code = g_test_run ();
  weft_json_unref (cases);
  g_free (folder);
  return code;
}
