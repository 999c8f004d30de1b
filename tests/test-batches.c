/* Tests of batches and of data that stay on disk: every row once an epoch, orders that seeds
 * decide, bounded memory, an end at once; and of what is counted before data are imported.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/dataset/pages.h"
#include "engine/dataset/survey.h"
#include "tests/dataset-tools.h"
#include "tests/folder-tools.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#define SMALL_MEMORY 4096 /* so little that all files of these tests stay on disk */

static char *
path_of (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
write_text (const char *name, const char *text, gssize size)
{
  g_autofree char *path = path_of (name);

  g_assert_true (g_file_set_contents (path, text, size, NULL));
}

/* IDX of @n rows of 64 bytes: each row begins with its number. */
static void
write_idx (const char *name, guint32 n)
{
  GByteArray *data = g_byte_array_new ();
  guint32     head[] = { GUINT32_TO_BE (0x00000802), GUINT32_TO_BE (n), GUINT32_TO_BE (64) };

  g_byte_array_append (data, (guint8 *) head, sizeof head);
  for (guint32 i = 0; i < n; i++)
    {
      guint8 row[64] = { i & 255, i >> 8 & 255, i >> 16 & 255 };

      g_byte_array_append (data, row, sizeof row);
    }
  write_text (name, (char *) data->data, data->len);
  g_byte_array_unref (data);
}

#define IDX_SPEC                                                                                   \
  "{'files': {'train': {'a': 'rows.idx'}}, 'format': 'idx', 'split': {'train': 0.8, 'test': 0.2}," \
  " 'columns': [{'name': 'x', 'from': 'a', 'type': 'u8', 'shape': [64]}]}"

static guint32
number_of (const WeftArray *rows, gsize i)
{
  const guint8 *row = (const guint8 *) rows->data + 64 * i;

  return row[0] | (guint32) row[1] << 8 | (guint32) row[2] << 16;
}

/* The rows of an epoch in their order. */
static GArray *
walk (WeftDataset *dataset, WeftSplit split, gsize batch, guint64 seed, guint64 epoch)
{
  g_autoptr (WeftBatches) batches = weft_batches_new (dataset, split, batch, TRUE, seed, epoch);
  GArray    *order = g_array_new (FALSE, FALSE, sizeof (guint32));
  WeftArray *rows;
  gsize      n;

  while (weft_batches_next (batches, &rows, &n, NULL))
    {
      for (gsize i = 0; i < n; i++)
        {
          guint32 number = number_of (rows, i);

          g_array_append_val (order, number);
        }
      weft_array_unref (rows);
    }
  g_assert_cmpuint (order->len, ==, weft_dataset_n_rows (dataset, split));
  return order;
}

static gboolean
is_equal (const GArray *a, const GArray *b)
{
  return a->len == b->len && memcmp (a->data, b->data, a->len * sizeof (guint32)) == 0;
}

/* ---- On disk ---- */

#define N_ROWS 50007

static void
test_disk_once (void)
{
  g_autoptr (WeftDataset) dataset = NULL;
  g_autofree guint8 *seen = g_malloc0 (N_ROWS);

  write_idx ("rows.idx", N_ROWS);
  weft_dataset_set_memory (SMALL_MEMORY);
  dataset = open_text (IDX_SPEC);
  weft_dataset_set_memory (0);
  for (WeftSplit split = 0; split < WEFT_N_SPLITS; split++)
    {
      g_autoptr (GArray) order = walk (dataset, split, 100, 1, 0);

      for (guint i = 0; i < order->len; i++)
        seen[g_array_index (order, guint32, i)]++;
    }
  for (guint i = 0; i < N_ROWS; i++)
    g_assert_cmpuint (seen[i], ==, 1);
}

static void
test_disk_order (void)
{
  g_autoptr (WeftDataset) dataset = NULL;
  g_autoptr (GArray) a = NULL, again = NULL, other = NULL, later = NULL, wide = NULL;
  guint near = 0;

  write_idx ("rows.idx", N_ROWS);
  weft_dataset_set_memory (SMALL_MEMORY);
  dataset = open_text (IDX_SPEC);
  weft_dataset_set_memory (0);
  a = walk (dataset, 0, 100, 1, 0);
  again = walk (dataset, 0, 100, 1, 0);
  other = walk (dataset, 0, 100, 2, 0);
  later = walk (dataset, 0, 100, 1, 1);
  wide = walk (dataset, 0, 333, 1, 0);
  g_assert_true (is_equal (a, again));
  g_assert_true (is_equal (a, wide)); /* the size of a batch does not change the order */
  g_assert_false (is_equal (a, other));
  g_assert_false (is_equal (a, later));
  for (guint i = 1; i < a->len; i++)
    near += g_array_index (a, guint32, i) == g_array_index (a, guint32, i - 1) + 1;
  g_assert_cmpuint (near, <, a->len / 100); /* neighbours in the file are none in a batch */
}

static void
test_disk_seek (void)
{
  g_autoptr (WeftDataset) dataset = NULL;
  g_autoptr (GArray) order = NULL;
  g_autoptr (WeftBatches) batches = NULL;

  write_idx ("rows.idx", N_ROWS);
  weft_dataset_set_memory (SMALL_MEMORY);
  dataset = open_text (IDX_SPEC);
  weft_dataset_set_memory (0);
  order = walk (dataset, 0, 100, 1, 0);
  batches = weft_batches_new (dataset, 0, 100, TRUE, 1, 0);
  for (guint i = 0; i < 40; i++)
    {
      gsize      index = (i * 131) % weft_batches_count (batches), n;
      WeftArray *rows;

      weft_batches_seek (batches, index);
      g_assert_true (weft_batches_next (batches, &rows, &n, NULL));
      for (gsize k = 0; k < n; k++)
        g_assert_cmpuint (number_of (rows, k), ==,
                          g_array_index (order, guint32, index * 100 + k));
      weft_array_unref (rows);
    }
}

static gsize
resident_bytes (void)
{
  g_autofree char *text = NULL;
  gulong           pages = 0;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL) ||
      sscanf (text, "%*u %lu", &pages) != 1)
    return 0;
  return pages * (gsize) sysconf (_SC_PAGESIZE);
}

/* 1 GB of holes, so that nothing is written, walked through once. */
static void
test_disk_memory (void)
{
  const guint32    n = 1 << 20, width = 1024;
  guint32          head[] = { GUINT32_TO_BE (0x00000802), GUINT32_TO_BE (n), GUINT32_TO_BE (width) };
  g_autofree char *path = path_of ("large.idx");
  gsize            before, most = 0, rows = 0, k;
  WeftArray       *x;
  g_autoptr (WeftDataset) dataset = NULL;
  g_autoptr (WeftBatches) batches = NULL;

  write_text ("large.idx", (char *) head, sizeof head);
  g_assert_cmpint (truncate (path, sizeof head + (off_t) n * width), ==, 0);
  before = resident_bytes ();
  weft_dataset_set_memory (SMALL_MEMORY);
  dataset = open_text (
    "{'files': {'train': {'a': 'large.idx'}}, 'format': 'idx',"
    " 'columns': [{'name': 'x', 'from': 'a', 'type': 'u8', 'shape': [1024]}]}");
  weft_dataset_set_memory (0);
  batches = weft_batches_new (dataset, 0, 1024, TRUE, 1, 0);
  while (weft_batches_next (batches, &x, &k, NULL))
    {
      rows += k;
      most = MAX (most, resident_bytes ());
      weft_array_unref (x);
    }
  g_assert_cmpuint (rows, ==, (gsize) weft_dataset_n_rows (dataset, 0));
  g_test_message ("%" G_GSIZE_FORMAT " MB more", (most - MIN (most, before)) >> 20);
  /* A sanitizer holds back what is freed. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  g_assert_cmpuint (most, <, before + ((gsize) 250 << 20));
#endif
  g_unlink (path);
}

/* What a table holds does not depend on where it lies. */
static void
test_disk_csv (void)
{
  const char *spec =
    "{'file': 'table.csv', 'missing': 'mean', 'split': {'train': 1, 'shuffle': false},"
    " 'columns': [{'name': 'x', 'from': ['a', 'b']},"
    "             {'name': 'c', 'from': 'c', 'classes': ['u', 'v']}],"
    " 'transforms': [{'do': 'standardise', 'column': 'x'}]}";
  GString *text = g_string_new ("a,b,c\n");
  g_autoptr (WeftDataset) memory = NULL, disk = NULL;

  for (guint i = 0; i < 5000; i++)
    if (i % 7 == 0)
      g_string_append_printf (text, "%u,,%s\n", i, i % 2 ? "u" : "v");
    else
      g_string_append_printf (text, "%u,%u.5,%s\n", i, i * 3 % 101, i % 2 ? "u" : "v");
  write_text ("table.csv", text->str, (gssize) text->len);
  g_string_free (text, TRUE);
  memory = open_text (spec);
  weft_dataset_set_memory (SMALL_MEMORY);
  disk = open_text (spec);
  weft_dataset_set_memory (0);
  for (guint c = 0; c < 2; c++)
    {
      gsize n = (gsize) weft_dataset_n_rows (memory, 0);
      g_autoptr (WeftArray) a = weft_dataset_gather (memory, 0, c, NULL, n, NULL);
      g_autoptr (WeftArray) b = weft_dataset_gather (disk, 0, c, NULL, n, NULL);

      g_assert_cmpint (weft_dataset_n_rows (disk, 0), ==, (gint64) n);
      g_assert_cmpmem (a->data, a->n_bytes, b->data, b->n_bytes);
    }
}

/* ---- Files that go while they are read ---- */

static WeftBatches *
begin_on_disk (void)
{
  g_autoptr (WeftDataset) dataset = NULL;

  write_idx ("rows.idx", N_ROWS);
  weft_dataset_set_memory (SMALL_MEMORY);
  dataset = open_text (IDX_SPEC);
  weft_dataset_set_memory (0);
  return weft_batches_new (dataset, 0, 1000, TRUE, 1, 0);
}

/* Walks to the end. Returns: why it came early, or NULL. */
static GError *
walk_to_end (WeftBatches *batches)
{
  GError    *error = NULL;
  WeftArray *rows;

  while (weft_batches_next (batches, &rows, NULL, &error))
    weft_array_unref (rows);
  return error;
}

/* Each touch of what is gone would end the program. */
static void
test_cut (void)
{
  for (guint kept = 0; kept < 40; kept += 13)
    {
      g_autofree char *path = path_of ("rows.idx");
      g_autoptr (WeftBatches) batches = begin_on_disk ();
      g_autoptr (GError) error = NULL;
      WeftArray *rows;

      g_assert_true (weft_batches_next (batches, &rows, NULL, NULL));
      weft_array_unref (rows);
      g_assert_cmpint (truncate (path, kept * 4096), ==, 0);
      error = walk_to_end (batches);
      g_assert_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE);
      g_assert_nonnull (strstr (error->message, "rows.idx"));
    }
  g_assert_cmpuint (weft_pages_n_faults (), >, 0);
}

static void
test_written (void)
{
  g_autofree char *path = path_of ("rows.idx");
  g_autoptr (WeftBatches) batches = begin_on_disk ();
  g_autoptr (GError) error = NULL;
  FILE *file = fopen (path, "r+be");

  g_assert_cmpint (fseek (file, 5000, SEEK_SET), ==, 0);
  g_assert_cmpint (fputc (7, file), ==, 7);
  g_assert_cmpint (fclose (file), ==, 0);
  error = walk_to_end (batches);
  g_assert_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE);
}

/* What was opened stays readable. */
static void
test_deleted (void)
{
  g_autofree char *path = path_of ("rows.idx");
  g_autoptr (WeftBatches) batches = begin_on_disk ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_unlink (path), ==, 0);
  error = walk_to_end (batches);
  g_assert_no_error (error);
}

/* What unpacks to more than memory may take is unpacked onto the disk. */
static void
test_disk_gzip (void)
{
  g_autofree char *plain = path_of ("rows.idx"), *packed = path_of ("rows.idx.gz"), *text = NULL;
  g_autoptr (GConverter) converter =
    G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1));
  g_autoptr (GFile) file = g_file_new_for_path (packed);
  g_autoptr (GError) error = NULL;
  g_autoptr (GOutputStream) to = NULL;
  g_autoptr (GOutputStream) stream = NULL;
  g_autoptr (WeftDataset) disk = NULL;
  g_autoptr (WeftArray) b = NULL;
  gsize n;

  write_idx ("rows.idx", N_ROWS);
  g_assert_true (g_file_get_contents (plain, &text, &n, NULL));
  to = G_OUTPUT_STREAM (g_file_replace (file, NULL, FALSE, 0, NULL, &error));
  g_assert_no_error (error);
  stream = g_converter_output_stream_new (to, converter);
  g_assert_true (g_output_stream_write_all (stream, text, n, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  weft_dataset_set_memory ((gsize) 1 << 20); /* the packed file fits, its rows do not */
  disk = open_text ("{'files': {'train': {'a': 'rows.idx.gz'}}, 'format': 'idx', 'split': "
                    "{'train': 1, 'shuffle': false},"
                    " 'columns': [{'name': 'x', 'from': 'a', 'type': 'u8', 'shape': [64]}]}");
  weft_dataset_set_memory (0);
  g_assert_cmpuint (weft_pages_n_bytes (), >=, n);
  b = weft_dataset_gather (disk, 0, 0, NULL, N_ROWS, NULL);
  for (guint i = 0; i < N_ROWS; i++)
    g_assert_cmpuint (number_of (b, i), ==, i);
}

/* ---- In the background ---- */

static void
test_ahead (void)
{
  g_autoptr (WeftDataset) dataset = NULL;
  g_autoptr (WeftBatches) batches = NULL;
  WeftArray *rows;

  write_idx ("rows.idx", N_ROWS);
  dataset = open_text (IDX_SPEC);
  batches = weft_batches_new (dataset, 0, 2000, TRUE, 1, 0);
  while (weft_batches_n_ready (batches) < 8) /* ends: they are made while nobody asks */
    g_thread_yield ();
  g_assert_true (weft_batches_next (batches, &rows, NULL, NULL));
  weft_array_unref (rows);
  while (weft_batches_n_ready (batches) < 8)
    g_thread_yield ();
  g_assert_cmpuint (weft_batches_n_ready (batches), ==, 8); /* and no more than that */
}

/* Freed at any moment, nothing hangs and nothing is left. */
static void
test_cancel (void)
{
  g_autoptr (WeftDataset) dataset = NULL;

  write_idx ("rows.idx", N_ROWS);
  dataset = open_text (IDX_SPEC);
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (WeftBatches) batches = weft_batches_new (dataset, 0, 2000, TRUE, 1, i);
      WeftArray *rows;

      for (guint k = 0; k < i % 4; k++)
        if (weft_batches_next (batches, &rows, NULL, NULL))
          weft_array_unref (rows);
    }
}

/* ---- Surveys ---- */

static WeftSurvey *
survey (const char *name)
{
  g_autofree char *path = path_of (name);
  g_autoptr (GError) error = NULL;
  WeftSurvey *found = weft_survey_file (path, NULL, &error);

  g_assert_no_error (error);
  return found;
}

static void
write_rooms (void)
{
  GString *text = g_string_new ("rooms,price,place,name\n");

  for (guint i = 0; i < 300; i++)
    g_string_append_printf (text, i % 50 == 0 ? ",%2$u,%3$s,n%1$u\n" : "%1$u,%2$u,%3$s,n%1$u\n", i,
                            1000 + 7 * i, i % 3 ? "inland" : "coast");
  write_text ("rooms.csv", text->str, (gssize) text->len);
  g_string_free (text, TRUE);
}

static void
test_survey_table (void)
{
  g_autoptr (WeftSurvey) found = NULL;
  const WeftField *rooms, *place;
  gint64           counted = 0;

  write_rooms ();
  found = survey ("rooms.csv");
  rooms = &found->fields[0];
  place = &found->fields[2];
  g_assert_true (found->is_table);
  g_assert_cmpuint (found->n_fields, ==, 4);
  g_assert_cmpint (found->n_rows, ==, 300);
  g_assert_cmpint (rooms->n_missing, ==, 6);
  g_assert_cmpint (rooms->n_numbers, ==, 294);
  g_assert_cmpfloat (rooms->low, ==, 1);
  g_assert_cmpfloat (rooms->high, ==, 299);
  for (guint i = 0; i < rooms->n_bins; i++)
    counted += rooms->bins[i];
  g_assert_cmpint (counted, ==, 294);
  g_assert_cmpstr (place->texts[0], ==, "coast");
  g_assert_cmpint (place->counts[0], ==, 100);
  g_assert_cmpint (place->counts[1], ==, 200);
  g_assert_cmpuint (found->fields[3].role, ==, WEFT_ROLE_IGNORED);
  g_assert_cmpuint (found->rows->len, ==, 300);
}

static void
test_survey_choices (void)
{
  g_autoptr (WeftSurvey) found = NULL;
  g_autofree WeftFieldChoice *choices = NULL;
  g_autoptr (WeftJson) spec = NULL;
  g_autofree char *columns = NULL, *transforms = NULL;
  g_autoptr (GError) error = NULL;

  write_rooms ();
  found = survey ("rooms.csv");
  choices = weft_survey_choices (found);
  g_assert_cmpint (weft_survey_n_missing (found, choices), ==, 6);
  choices[1].role = WEFT_ROLE_LABEL;
  choices[2].role = WEFT_ROLE_INPUT;
  spec = weft_survey_write (found, choices, &error);
  g_assert_no_error (error);
  columns = weft_json_to_string (weft_json_get (spec, "columns"));
  g_assert_cmpstr (columns, ==,
                   "[{\"name\": \"features\", \"from\": [\"rooms\"]}, "
                   "{\"name\": \"place\", \"from\": \"place\", \"classes\": [\"coast\", "
                   "\"inland\"]}, "
                   "{\"name\": \"price\", \"from\": [\"price\"]}]");
  transforms = weft_json_to_string (weft_json_get (spec, "transforms"));
  g_assert_cmpstr (transforms, ==,
                   "[{\"do\": \"standardise\", \"column\": \"features\"}, "
                   "{\"do\": \"one_hot\", \"column\": \"place\"}, "
                   "{\"do\": \"scale\", \"column\": \"price\", \"by\": 0.01}]");
  choices[0].role = WEFT_ROLE_IGNORED;
  g_assert_cmpint (weft_survey_n_missing (found, choices), ==, 0);
  for (guint i = 0; i < 4; i++)
    choices[i].role = WEFT_ROLE_IGNORED;
  g_assert_null (weft_survey_write (found, choices, &error));
  g_assert_nonnull (strstr (error->message, "no column is used"));
}

/* Numbers that leave the range of the first ones are counted all the same. */
static void
test_survey_range (void)
{
  GString *text = g_string_new ("a\n");
  gint64   counted = 0;
  g_autoptr (WeftSurvey) found = NULL;

  for (guint i = 0; i < 2000; i++)
    g_string_append_printf (text, "%g\n", i < 1000 ? i * 0.001 : (i % 2 ? 1 : -1) * pow (1.02, i));
  write_text ("range.csv", text->str, (gssize) text->len);
  g_string_free (text, TRUE);
  found = survey ("range.csv");
  for (guint i = 0; i < found->fields[0].n_bins; i++)
    counted += found->fields[0].bins[i];
  g_assert_cmpint (counted, ==, 2000);
  g_assert_cmpfloat (found->fields[0].bins_low, <=, found->fields[0].low);
  g_assert_cmpfloat (found->fields[0].bins_high, >=, found->fields[0].high);
}

/* Columns that a transform makes have no fields of the source. */
static void
test_survey_made (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  g_autoptr (WeftSurvey) found = NULL;

  write_text ("pairs.csv", "a,b\n1,2\n3,4\n5,6\n7,8\n", -1);
  dataset = open_text (
    "{'file': 'pairs.csv', 'columns': [{'name': 'x', 'from': ['a', 'b']}], 'split': {'train': 1},"
    " 'transforms': [{'do': 'window', 'column': 'x', 'length': 2, 'target': 'y'}]}");
  found = weft_survey_dataset (dataset, WEFT_SPLIT_TRAIN, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found->fields[found->n_fields - 1].name, ==, "y[1]");
  g_assert_null (weft_dataset_spec_fields (weft_dataset_get_spec (dataset), 1));
}

static void
test_survey_dataset (void)
{
  g_autoptr (WeftDataset) dataset = open_text ("{'data': 'iris'}");
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftSurvey) found = weft_survey_dataset (dataset, WEFT_SPLIT_TRAIN, NULL, &error);
  const WeftField *label = &found->fields[found->n_fields - 1];
  gint64           n = 0;

  g_assert_no_error (error);
  g_assert_cmpuint (label->kind, ==, WEFT_FIELD_CATEGORY);
  for (guint i = 0; label->texts[i] != NULL; i++)
    n += label->counts[i];
  g_assert_cmpint (n, ==, weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN));
}

static void
test_survey_cancel (void)
{
  g_autofree char *path = path_of ("rooms.csv");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GString *text = g_string_new ("a,b\n");

  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (text, "%u,%u\n", i, i % 9);
  write_text ("rooms.csv", text->str, (gssize) text->len);
  g_string_free (text, TRUE);
  g_cancellable_cancel (cancellable);
  g_assert_null (weft_survey_file (path, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("weft-batches-XXXXXX", &error);
  g_assert_no_error (error);
  g_test_add_func ("/engine/batches/disk/once", test_disk_once);
  g_test_add_func ("/engine/batches/disk/order", test_disk_order);
  g_test_add_func ("/engine/batches/disk/seek", test_disk_seek);
  g_test_add_func ("/engine/batches/disk/memory", test_disk_memory);
  g_test_add_func ("/engine/batches/disk/csv", test_disk_csv);
  g_test_add_func ("/engine/batches/disk/gzip", test_disk_gzip);
  g_test_add_func ("/engine/batches/disk/cut", test_cut);
  g_test_add_func ("/engine/batches/disk/written", test_written);
  g_test_add_func ("/engine/batches/disk/deleted", test_deleted);
  g_test_add_func ("/engine/batches/ahead", test_ahead);
  g_test_add_func ("/engine/batches/cancel", test_cancel);
  g_test_add_func ("/engine/survey/table", test_survey_table);
  g_test_add_func ("/engine/survey/choices", test_survey_choices);
  g_test_add_func ("/engine/survey/range", test_survey_range);
  g_test_add_func ("/engine/survey/dataset", test_survey_dataset);
  g_test_add_func ("/engine/survey/made", test_survey_made);
  g_test_add_func ("/engine/survey/cancel", test_survey_cancel);
  result = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  return result;
}
