/* Tests of the transform "cache": rows kept on disk are the same rows, and give way to files that
 * have changed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/dataset/dataset.h"
#include "tests/dataset-tools.h"
#include "tests/folder-tools.h"

#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#define SPEC                                                                                     \
  "{'file': 'table.csv', 'missing': 'mean', 'columns': [{'name': 'x', 'from': ['a', 'b']}, "     \
  "{'name': 'c', "                                                                               \
  "'classes': ['u', 'v']}], 'split': {'train': 1, 'shuffle': false}, 'transforms': [{'do': "     \
  "'expression', "                                                                               \
  "'name': 'd', 'text': 'x[:, 1] * 2'}, {'do': 'cache'}, {'do': 'filter', 'where': 'd < 150'}, " \
  "{'do': "                                                                                      \
  "'standardise', 'column': 'x'}]}"

static char *tables;

static void
write_table (guint n)
{
  g_autofree char *path = g_build_filename (folder, "table.csv", NULL);
  g_autoptr (GString) text = g_string_new ("a,b,c\n");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, i % 7 == 0 ? ",%1$u,%2$s\n" : "1%1$u.5,%1$u,%2$s\n", i,
                            i % 2 ? "u" : "v");
  g_assert_true (g_file_set_contents (path, text->str, -1, NULL));
}

static gboolean
are_equal (WeftDataset *a, WeftDataset *b)
{
  gint64 n = weft_dataset_n_rows (a, WEFT_SPLIT_TRAIN);

  if (weft_dataset_n_rows (b, WEFT_SPLIT_TRAIN) != n)
    return FALSE;
  for (guint c = 0; c < 3; c++)
    {
      g_autoptr (WeftArray) x = weft_dataset_gather (a, WEFT_SPLIT_TRAIN, c, NULL, (gsize) n, NULL);
      g_autoptr (WeftArray) y = weft_dataset_gather (b, WEFT_SPLIT_TRAIN, c, NULL, (gsize) n, NULL);

      if (!weft_array_same (x, y))
        return FALSE;
    }
  return TRUE;
}

/* Names of what is kept, each a table. */
static GPtrArray *
list_tables (void)
{
  g_autoptr (GDir) dir = g_dir_open (tables, 0, NULL);
  GPtrArray  *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (tables, name, NULL));
  return names;
}

/* The last byte of the column that was kept becomes another. */
static void
change_kept (const char *table, const char *column)
{
  g_autofree char *path = g_build_filename (table, column, NULL);
  g_autofree char *text = NULL;
  gsize            n;

  g_assert_true (g_file_get_contents (path, &text, &n, NULL));
  text[n - 1] ^= 1;
  g_assert_true (g_file_set_contents (path, text, (gssize) n, NULL));
}

static void
test_same (void)
{
  g_autoptr (WeftDataset) first = NULL, second = NULL, plain = NULL;
  g_autoptr (GString) without = g_string_new (SPEC);
  g_autoptr (GPtrArray) kept = NULL;

  write_table (100);
  g_string_replace (without, "{'do': 'cache'}, ", "", 1);
  plain = open_text (without->str);
  g_assert_false (g_file_test (tables, G_FILE_TEST_EXISTS));
  first = open_text (SPEC);
  second = open_text (SPEC);
  kept = list_tables ();
  g_assert_cmpuint (kept->len, ==, 1);
  g_assert_true (are_equal (plain, first));
  g_assert_true (are_equal (plain, second));
}

/* It is what is kept that is read. */
static void
test_used (void)
{
  g_autoptr (WeftDataset) before = NULL, after = NULL;
  g_autoptr (GPtrArray) kept = NULL;

  write_table (70);
  before = open_text (SPEC);
  kept = list_tables ();
  for (guint i = 0; i < kept->len; i++)
    change_kept (kept->pdata[i], "0-values.npy");
  after = open_text (SPEC);
  g_assert_false (are_equal (before, after));
}

static void
test_changed (void)
{
  g_autoptr (WeftDataset) before = NULL, after = NULL;

  write_table (60);
  before = open_text (SPEC);
  write_table (61);
  after = open_text (SPEC);
  g_assert_cmpint (weft_dataset_n_rows (after, WEFT_SPLIT_TRAIN), ==,
                   weft_dataset_n_rows (before, WEFT_SPLIT_TRAIN) + 1);
}

/* What is cut off, or not there, is read from the file again. */
static void
test_damaged (void)
{
  static const char *const columns[] = { "0-values.npy", "1-values.npy", "0-missing.npy" };
  g_autoptr (WeftDataset) before = NULL;

  write_table (50);
  before = open_text (SPEC);
  for (guint c = 0; c < G_N_ELEMENTS (columns); c++)
    {
      g_autoptr (GPtrArray) kept = list_tables ();
      g_autoptr (WeftDataset) after = NULL;

      for (guint i = 0; i < kept->len; i++)
        {
          g_autofree char *path = g_build_filename (kept->pdata[i], columns[c], NULL);

          g_assert_cmpint (truncate (path, 90), ==, 0);
        }
      after = open_text (SPEC);
      g_assert_true (are_equal (before, after));
    }
}

/* The tables used longest ago go. */
static void
test_few (void)
{
  g_autoptr (GPtrArray) kept = NULL;

  for (guint i = 0; i < 20; i++)
    {
      write_table (200 + i);
      weft_dataset_unref (open_text (SPEC));
    }
  kept = list_tables ();
  g_assert_cmpuint (kept->len, ==, 16);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int result;

  folder = g_dir_make_tmp ("weft-cache-XXXXXX", &error);
  g_assert_no_error (error);
  g_setenv ("XDG_CACHE_HOME", folder, TRUE);
  tables = g_build_filename (folder, "weft", "tables", NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/cache/same", test_same);
  g_test_add_func ("/engine/cache/used", test_used);
  g_test_add_func ("/engine/cache/changed", test_changed);
  g_test_add_func ("/engine/cache/damaged", test_damaged);
  g_test_add_func ("/engine/cache/few", test_few);
  result = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  g_free (tables);
  return result;
}
