/* Damaged data files: 570 of them, made of good ones of every kind by cutting, changing, repeating
 * and lying about sizes, from a seed.
 *
 * Each either opens as rows that can be gathered, or gives one error that names the file; nothing
 * crashes, and memory and time stay bounded. $WEFT_SEED and $WEFT_FILES try others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/dataset/dataset.h"
#include "engine/tensor/philox.h"
#include "tests/folder-tools.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <glib/gstdio.h>

#define N_KINDS 19
#define FILES_A_KIND 30
#define MAX_MEMORY ((gint64) 2 << 30)

/* A good file of tests/golden/data, where its copy is damaged, and a specification that fits it. */
static const struct
{
  const char *good, *bad, *spec;
} kinds[N_KINDS] = {
  { "x.npy", "x.npy", "{'file': 'x.npy', 'columns': [{'name': 'x', 'shape': [3]}]}" },
  { "fortran.npy", "f.npy", "{'file': 'f.npy', 'columns': [{'name': 'x', 'shape': [3]}]}" },
  { "plain.npz", "x.npz",
    "{'file': 'x.npz', 'columns': [{'name': 'x', 'shape': [3]}, {'name': 'y', 'classes': 3}]}" },
  { "packed.npz", "y.npz",
    "{'file': 'y.npz', 'columns': [{'name': 'x', 'shape': [3]}, {'name': 'y', 'classes': 3}]}" },
  { "table.tsv", "x.tsv", "{'file': 'x.tsv', 'columns': [{'name': 'x', 'from': ['a', 'b']}]}" },
  { "table.tsv", "y.csv",
    "{'file': 'y.csv', 'delimiter': '\\t', 'missing': 'median', 'columns': [{'name': 'a'}]}" },
  { "dialect-german.csv", "german.csv",
    "{'file': 'german.csv', 'delimiter': ';', 'decimal': ',', 'thousands': '.', 'encoding': "
    "'windows-1252', "
    "'columns': [{'name': 'x', 'from': 'Preis'}]}" },
  { "dialect-unicode-text.csv", "utf-16.csv",
    "{'file': 'utf-16.csv', 'delimiter': '\t', 'decimal': ',', 'encoding': 'utf-16', 'bad_rows': "
    "'skip', "
    "'columns': [{'name': 'x', 'from': 'Preis'}]}" },
  { "dialect-spaces.csv", "aligned.csv",
    "{'file': 'aligned.csv', 'delimiter': ' ', 'header': false, 'columns': [{'name': 'x', 'from': "
    "'column_1'}]}" },
  { "rows.idx", "rows.idx", "{'file': 'rows.idx', 'columns': [{'name': 'x', 'shape': [3]}]}" },
  { "rows.idx.gz", "packed.idx.gz",
    "{'file': 'packed.idx.gz', 'columns': [{'name': 'x', 'shape': [3]}]}" },
  { "lines.jsonl", "x.jsonl",
    "{'file': 'x.jsonl', 'columns': [{'name': 'x', 'from': ['at.v.0', 'at.v.1']}]}" },
  { "archive.zip", "x.zip",
    "{'file': 'x.zip/inside/table.tsv', 'columns': [{'name': 'x', 'from': ['a', 'b']}]}" },
  { "cifar.bin", "x.bin",
    "{'file': 'x.bin', 'columns': [{'name': 'pixels', 'shape': [32, 32, 3]}, {'name': 'label', "
    "'classes': 10}]}" },
  { "words.txt", "x.txt",
    "{'format': 'words', 'file': 'x.txt', 'words': ['<unknown>', 'the'], 'window': 4}" },
  { "plain.h5", "x.h5",
    "{'file': 'x.h5', 'columns': [{'name': 'x', 'from': 'train/x', 'shape': [3]}, {'name': 'y', "
    "'from': "
    "'train/y', 'classes': 3}]}" },
  { "packed.h5", "y.h5",
    "{'file': 'y.h5', 'columns': [{'name': 'x', 'shape': [3]}, {'name': 'y', 'classes': 3}]}" },
  { "pictures/cat/0.png", "png/cat/0.png",
    "{'format': 'images', 'file': 'png', 'columns': [{'name': 'pixels', 'shape': [6, 5, 3]}]}" },
  { "smooth/one/1.jpg", "jpg/one/1.jpg",
    "{'format': 'images', 'file': 'jpg', 'columns': [{'name': 'pixels', 'shape': [8, 8]}]}" },
};

static char *golden, *folder;

static guint32
draw (guint64 *counter, guint32 below)
{
  const char *seed = g_getenv ("WEFT_SEED");
  guint32     out[4];

  weft_philox (seed != NULL ? g_ascii_strtoull (seed, NULL, 10) : 1, 77, (*counter)++, out);
  return below == 0 ? 0 : out[0] % below;
}

/* One kind of damage; sizes are written over with what a hostile file would say. */
static void
damage (GByteArray *bytes, guint64 *counter)
{
  static const guint8 lies[][8] = {
    { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
    { 0, 0, 0, 0x80, 0, 0, 0, 0 },
    { 0xff, 0xff, 0xff, 0xff },
    { 0 },
    { '9', '9', '9', '9', '9', '9', '9', '9' },
    { '"', '\n', '"', '[', '{', '[', '{', '"' },
  };
  guint n = bytes->len, at = draw (counter, n);

  switch (draw (counter, 6))
    {
    case 0: /* cut off */
      g_byte_array_set_size (bytes, at);
      break;
    case 1: /* single bytes, near the header more often */
      for (guint i = draw (counter, 8) + 1; i > 0 && n > 0; i--)
        bytes->data[draw (counter, draw (counter, 2) == 0 ? MIN (n, 128) : n)] =
          (guint8) draw (counter, 256);
      break;
    case 2: /* a size that lies */
      if (n > 8)
        memcpy (bytes->data + draw (counter, n - 8),
                lies[draw (counter, G_N_ELEMENTS (lies))], 1 + draw (counter, 8));
      break;
    case 3: /* a piece left out */
      if (n > 0)
        g_byte_array_remove_range (bytes, at, draw (counter, n - at));
      break;
    case 4: /* the whole again */
      {
        g_autofree guint8 *copy = g_memdup2 (bytes->data, MAX (n, 1));

        g_byte_array_append (bytes, copy, n);
        break;
      }
    default: /* something else from here on */
      for (guint i = at; i < n; i++)
        bytes->data[i] = (guint8) draw (counter, 256);
      break;
    }
}

static void
write_damaged (guint kind, guint64 *counter)
{
  g_autofree char *from = g_build_filename (golden, kinds[kind].good, NULL);
  g_autofree char *to = g_build_filename (folder, kinds[kind].bad, NULL);
  g_autofree char *parent = g_path_get_dirname (to);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) good = weft_file_read (from, 1 << 20, &error);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_byte_array_append (bytes, g_bytes_get_data (good, NULL), (guint) g_bytes_get_size (good));
  for (guint i = draw (counter, 3) + 1; i > 0; i--)
    damage (bytes, counter);
  g_assert_true (g_file_set_contents (to, (const char *) bytes->data, bytes->len, &error));
}

static void
assert_names_file (const GError *error, const char *bad)
{
  g_autofree char *name = g_path_get_basename (bad);

  g_assert_nonnull (error);
  g_assert_cmpuint (strlen (error->message), <, 4000);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (error->domain == WEFT_DATASET_ERROR && error->code == WEFT_DATASET_ERROR_FILE &&
      strstr (error->message, name) == NULL)
    g_error ("“%s” does not name “%s”", error->message, name);
}

/* Opens it, with the specification that fits the good file and with a guessed one. */
static gboolean
try_file (guint kind, gboolean guess)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (kinds[kind].spec), "'", '"');
  g_autofree char *path = g_build_filename (folder, kinds[kind].bad, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) json =
    guess ? weft_dataset_guess (path, &error) : weft_json_parse (quoted, -1, &error);
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  guint n_columns;

  if (json != NULL)
    spec = weft_dataset_spec_new (json, folder, &error);
  if (spec != NULL)
    dataset = weft_dataset_open (spec, NULL, &error);
  if (dataset == NULL)
    {
      assert_names_file (error, kinds[kind].bad);
      return FALSE;
    }
  g_assert_no_error (error);
  weft_dataset_spec_columns (spec, &n_columns);
  for (guint c = 0; c < n_columns; c++)
    {
      gsize n = (gsize) MIN (weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN), 100);

      weft_array_unref (weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, c, NULL, n, NULL));
    }
  return TRUE;
}

static void
test_kind (gconstpointer data)
{
  guint       kind = GPOINTER_TO_UINT (data), n_opened = 0;
  const char *files = g_getenv ("WEFT_FILES");
  guint       n = files != NULL ? (guint) atoi (files) : FILES_A_KIND;
  guint64     counter = (guint64) kind << 32;

  for (guint i = 0; i < n; i++)
    {
      write_damaged (kind, &counter);
      n_opened += try_file (kind, FALSE);
      try_file (kind, TRUE);
    }
  g_test_message ("%u of %u opened in spite of it", n_opened, n);
  g_assert_cmpuint (n_opened, <, n);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int result;
#if !defined(__SANITIZE_ADDRESS__)
  struct rlimit limit = { MAX_MEMORY, MAX_MEMORY };

  setrlimit (RLIMIT_DATA, &limit);
#endif
  g_test_init (&argc, &argv, NULL);
  golden = g_test_build_filename (G_TEST_DIST, "golden", "data", NULL);
  folder = g_dir_make_tmp ("weft-damaged-XXXXXX", &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_KINDS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/dataset/damaged/%s", kinds[i].bad);

      g_strdelimit (path + strlen ("/engine/dataset/damaged/"), "/", '-');
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_kind);
    }
  result = g_test_run ();
  remove_folder (folder);
  return result;
}
