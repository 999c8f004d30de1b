/* Tests of engine/dataset on bad input: specifications and files that are broken, cut off, or lie.
 * Each gives one error that says where; none crashes, hangs or takes memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/dataset/dataset.h"
#include "tests/dataset-tools.h"
#include "tests/folder-tools.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <glib/gstdio.h>

static void
assert_says (const GError *error, const char *part)
{
  g_assert_nonnull (error);
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” does not say “%s”", error->message, part);
}

/* ---- Specifications ---- */

static const struct
{
  const char *name, *text, *error;
} bad_specs[] = {
  { "list", "[]", "must be an object" },
  { "nothing", "{}", "where the rows come from" },
  { "unknown-member", "{'data': 'iris', 'colums': []}", "“colums”" },
  { "unknown-data", "{'data': 'imagenet'}", "there is no “imagenet”" },
  { "data-path", "{'data': '../datasets/iris'}", "there is no" },
  { "data-number", "{'data': 3}", "“data” must be a string" },
  { "two-sources", "{'data': 'iris', 'file': 'x.csv'}", "only one of" },
  { "two-more", "{'generate': 'moons', 'file': 'x.csv'}", "only one of" },
  { "empty-name", "{'file': '', 'columns': [{'name': 'a'}]}", "file name is empty" },
  { "no-train", "{'files': {'test': 'a.csv'}, 'columns': [{'name': 'a'}]}", "“files.train”" },
  { "unknown-split", "{'files': {'train': 'a.csv', 'tset': 'a.csv'}}", "files.tset" },
  { "files-number", "{'files': {'train': 1}}", "“files.train”" },
  { "files-empty", "{'files': {'train': {}}}", "“files.train”" },
  { "files-field-number", "{'files': {'train': {'images': 1}}}", "“files.train.images”" },
  { "fields-in-csv", "{'files': {'train': {'images': 'a.csv'}}}", "only IDX" },
  { "format", "{'file': 'a.csv', 'format': 'xls'}", "“format” is “xls”" },
  { "delimiter", "{'file': 'a.csv', 'delimiter': 'ab'}", "“delimiter”" },
  { "header", "{'file': 'a.csv', 'header': 1}", "“header”" },
  { "no-columns", "{'file': 'a.csv'}", "“columns”" },
  { "columns-empty", "{'file': 'a.csv', 'columns': []}", "“columns”" },
  { "columns-object", "{'file': 'a.csv', 'columns': {}}", "“columns” must be a list" },
  { "column-text", "{'file': 'a.csv', 'columns': ['a']}", "columns[0].name" },
  { "column-name", "{'file': 'a.csv', 'columns': [{'name': '1 a'}]}", "columns[0].name" },
  { "column-twice", "{'file': 'a.csv', 'columns': [{'name': 'a'}, {'name': 'a'}]}",
    "two columns “a”" },
  { "column-member", "{'file': 'a.csv', 'columns': [{'name': 'a', 'classs': 2}]}",
    "columns[0].classs" },
  { "from-empty", "{'file': 'a.csv', 'columns': [{'name': 'a', 'from': []}]}", "“from”" },
  { "from-twice", "{'file': 'a.csv', 'columns': [{'name': 'a', 'from': ['x', 'x']}]}", "“from”" },
  { "type", "{'file': 'a.csv', 'columns': [{'name': 'a', 'type': 'float'}]}", "“type”" },
  { "half", "{'file': 'a.csv', 'columns': [{'name': 'a', 'type': 'f16'}]}", "f16" },
  { "classes-float", "{'file': 'a.csv', 'columns': [{'name': 'a', 'type': 'f32', 'classes': 2}]}",
    "whole numbers" },
  { "classes-many", "{'file': 'a.csv', 'columns': [{'name': 'a', 'classes': 1000000000}]}",
    "“classes”" },
  { "classes-twice", "{'file': 'a.csv', 'columns': [{'name': 'a', 'classes': ['x', 'x']}]}",
    "“classes”" },
  { "classes-negative", "{'file': 'a.csv', 'columns': [{'name': 'a', 'classes': -1}]}",
    "“classes”" },
  { "shape-csv", "{'file': 'a.csv', 'columns': [{'name': 'a', 'shape': [2]}]}", "“shape”" },
  { "shape-large",
    "{'file': 'a-idx', 'columns': [{'name': 'a', 'shape': [1000000000, 1000000000]}]}", "“shape”" },
  { "shape-zero", "{'file': 'a-idx', 'columns': [{'name': 'a', 'shape': [0]}]}", "“shape”" },
  { "shape-axes", "{'file': 'a-idx', 'columns': [{'name': 'a', 'shape': [1,1,1,1,1,1,1,1]}]}",
    "“shape”" },
  { "idx-no-file",
    "{'files': {'train': {'images': 'a'}}, 'format': 'idx', 'columns': [{'name': 'a', 'from': "
    "'labels'}]}",
    "“labels”" },
  { "idx-no-test-file",
    "{'files': {'train': {'a': 'a'}, 'test': {'b': 'b'}}, 'format': 'idx', 'columns': [{'name': "
    "'a'}]}",
    "“files”" },
  { "transform", "{'data': 'iris', 'transforms': [{'do': 'square', 'column': 'features'}]}",
    "“square”" },
  { "transform-text", "{'data': 'iris', 'transforms': ['scale']}", "transforms[0].do" },
  { "transform-column", "{'data': 'iris', 'transforms': [{'do': 'scale', 'column': 'x'}]}",
    "transforms[0].column" },
  { "transform-member",
    "{'data': 'iris', 'transforms': [{'do': 'scale', 'column': 'features', 'buy': 1}]}",
    "transforms[0].buy" },
  { "scale-text",
    "{'data': 'iris', 'transforms': [{'do': 'scale', 'column': 'features', 'by': 'x'}]}",
    "transforms[0].by" },
  { "scale-classes",
    "{'data': 'iris', 'transforms': [{'do': 'scale', 'column': 'label', 'by': 2}]}", "classes" },
  { "one-hot-floats", "{'data': 'iris', 'transforms': [{'do': 'one_hot', 'column': 'features'}]}",
    "classes" },
  { "one-hot-twice",
    "{'data': 'iris', 'transforms': [{'do': 'one_hot', 'column': 'label'}, {'do': 'one_hot', "
    "'column': 'label'}]}",
    "first" },
  { "cast", "{'data': 'iris', 'transforms': [{'do': 'cast', 'column': 'features', 'to': 'f8'}]}",
    "transforms[0].to" },
  { "split-member", "{'data': 'iris', 'split': {'training': 1}}", "split.training" },
  { "split-negative", "{'data': 'iris', 'split': {'train': -1}}", "“split.train”" },
  { "split-text", "{'data': 'iris', 'split': {'train': 'all'}}", "“train”" },
  { "split-no-train", "{'data': 'iris', 'split': {'test': 1}}", "“split.train”" },
  { "missing", "{'data': 'iris', 'missing': 'mode'}", "“missing” is “mode”" },
  { "generator", "{'generate': 'rings'}", "“generate” is “rings”" },
  { "generator-rows", "{'generate': 'moons', 'rows': 1000000000}", "“rows”" },
  { "generator-no-rows", "{'generate': 'moons', 'rows': 0}", "“rows”" },
  { "generator-classes", "{'generate': 'moons', 'classes': 3}", "“classes”" },
  { "generator-noise", "{'generate': 'moons', 'noise': -1}", "“noise”" },
  { "generator-columns", "{'generate': 'moons', 'columns': [{'name': 'a'}]}", "“columns”" },
  { "window", "{'data': 'tiny-shakespeare', 'window': 1000000000}", "“window”" },
  { "step", "{'data': 'tiny-shakespeare', 'step': 0}", "“step”" },
  { "characters", "{'data': 'tiny-shakespeare', 'characters': 'aba'}", "“a” twice" },
  { "no-characters", "{'data': 'tiny-shakespeare', 'characters': ''}", "“characters”" },
  { "text-columns", "{'data': 'tiny-shakespeare', 'columns': [{'name': 'a'}]}", "“columns”" },
};

static void
test_bad_spec (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDatasetSpec) spec = try_spec (bad_specs[i].text, "/nowhere", &error);

  g_assert_null (spec);
  g_assert_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_SPEC);
  assert_says (error, bad_specs[i].error);
}

static void
test_no_folder (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (try_spec ("{'file': 'a.csv', 'columns': [{'name': 'a'}]}", NULL, &error));
  assert_says (error, "save the document first");
}

/* ---- CSV files: columns a (f32), k (classes yes and no), n (i32) ---- */

#define CSV_SPEC                                                                             \
  "{'file': 'bad.csv', 'columns': [{'name': 'a'}, {'name': 'k', 'classes': ['yes', 'no']}, " \
  "{'name': 'n', 'type': 'i32'}]}"

static const struct
{
  const char *name, *text, *error;
} bad_csv[] = {
  { "empty", "", "bad.csv:1: the file is empty" },
  { "blank", "\n\n\n", "bad.csv:4: the file has no rows" },
  { "no-column", "a,k\n1,yes\n", "bad.csv:1: no column “n”" },
  { "ragged-short", "a,k,n\n1,yes,1\n1,yes\n", "bad.csv:3: 2 fields; the first line has 3" },
  { "ragged-long", "a,k,n\n\n1,yes,1,\n", "bad.csv:3: 4 fields; the first line has 3" },
  { "text", "a,k,n\n1,yes,1\nx,yes,1\n", "bad.csv:3: “x” in field 1" },
  { "nan", "a,k,n\nnan,yes,1\n", "bad.csv:2: field 1 of column “a” is missing" },
  { "infinity", "a,k,n\n-inf,yes,1\n", "bad.csv:2: “-inf” in field 1" },
  { "huge", "a,k,n\n1e39,yes,1\n", "bad.csv:2: “1e39” in field 1" },
  { "hexadecimal", "a,k,n\n0x10,yes,1\n", "bad.csv:2: “0x10” in field 1" },
  { "two-numbers", "a,k,n\n1 2,yes,1\n", "bad.csv:2: “1 2” in field 1" },
  { "comma-decimal", "a,k,n\n\"1,5\",yes,1\n", "bad.csv:2: “1,5” in field 1" },
  { "missing", "a,k,n\n1,yes,1\n,yes,1\n", "bad.csv:3: field 1 of column “a” is missing" },
  { "missing-na", "a,k,n\nNA,yes,1\n", "bad.csv:2: field 1 of column “a” is missing" },
  { "class", "a,k,n\n1,maybe,1\n",
    "bad.csv:2: “maybe” in field 2 is no class of column “k”; they are yes, no" },
  { "fraction", "a,k,n\n1,yes,1.5\n", "bad.csv:2: “1.5” in field 3" },
  { "range", "a,k,n\n1,yes,3000000000\n", "bad.csv:2: “3000000000” in field 3" },
  { "open-quote", "a,k,n\n1,yes,1\n1,\"yes,1\n1,yes,1\n",
    "bad.csv:3: a quoted field has no closing quote" },
  { "text-after-quote", "a,k,n\n\"1\"x,yes,1\n", "bad.csv:2: text after the closing quote" },
  { "utf8", "a,k,n\n1,yes,1\n1,\xff\xfe,1\n", "bad.csv:3: the text is not UTF-8" },
  { "line-numbers", "a,k,n\r\n\"1\",\"yes\",\"1\"\r\n\r\n\r\n2,yes,x\r\n", "bad.csv:5: “x”" },
  { "only-header", "a,k,n\n", "of 0 rows none are left" },
};

static GError *
open_error (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDatasetSpec) spec = try_spec (text, folder, &error);
  WeftDataset *dataset;

  g_assert_no_error (error);
  dataset = weft_dataset_open (spec, NULL, &error);
  g_assert_null (dataset);
  g_assert_nonnull (error);
  g_assert_true (error->domain == WEFT_DATASET_ERROR);
  return g_steal_pointer (&error);
}

static void
test_bad_csv (gconstpointer data)
{
  guint            i = GPOINTER_TO_UINT (data);
  g_autofree char *path = write_file ("bad.csv", bad_csv[i].text, strlen (bad_csv[i].text));
  g_autoptr (GError) error = open_error (CSV_SPEC);
  g_autoptr (GError) guess_error = NULL;

  assert_says (error, bad_csv[i].error);
  weft_json_unref (weft_dataset_guess (path, &guess_error)); /* an answer or an error, no crash */
}

static void
test_zero_byte (void)
{
  g_autofree char *path = write_file ("bad.csv", "a,k,n\n1,y\0s,1\n", 14);
  g_autoptr (GError) error = open_error (CSV_SPEC);

  assert_says (error, "bad.csv:2: a zero byte");
}

static void
test_all_missing (void)
{
  g_autofree char *path = write_file ("bad.csv", "a,k,n\n?,yes,1\n,no,2\n", 20);
  g_autoptr (GError) error = open_error (
    "{'file': 'bad.csv', 'missing': 'mean', 'split': {'train': 1}, 'columns': [{'name': 'a'}]}");

  assert_says (error, "nothing to fill it in with");
}

static void
test_no_file (void)
{
  g_autofree char *sub = g_build_filename (folder, "sub.csv", NULL);
  g_autoptr (GError) gone = open_error ("{'file': 'gone.csv', 'columns': [{'name': 'a'}]}");
  g_autoptr (GError) is_folder = NULL, device = NULL;

  assert_says (gone, "gone.csv");
  g_mkdir (sub, 0700);
  is_folder = open_error ("{'file': 'sub.csv', 'columns': [{'name': 'a'}]}");
  assert_says (is_folder, "is a folder");
  g_rmdir (sub);
  device = open_error ("{'file': '/dev/zero', 'format': 'csv', 'columns': [{'name': 'a'}]}");
  assert_says (device, "/dev/zero");
}

/* ---- IDX files: columns pixels (u8, 2 x 2) ---- */

#define IDX_SPEC \
  "{'file': 'bad-idx', 'columns': [{'name': 'pixels', 'type': 'u8', 'shape': [2, 2]}]}"
#define H(type, rank) "\0\0" type rank
#define N(n) "\0\0\0" n
#define BYTES(text) text, sizeof text - 1

static const struct
{
  const char *name, *data;
  gsize       size;
  const char *error;
} bad_idx[] = {
  { "empty", BYTES (""), "byte 0: not an IDX file" },
  { "short", BYTES ("\0\0\x08"), "byte 0: not an IDX file" },
  { "magic", BYTES ("\x89PNG\r\n\x1a\n"), "byte 0: not an IDX file" },
  { "type", BYTES (H ("\x07", "\3") N ("\1") N ("\2") N ("\2") "abcd"),
    "byte 2: unknown IDX element type 0x07" },
  { "no-axes", BYTES (H ("\x08", "\0")), "byte 3: 0 axes" },
  { "many-axes", BYTES (H ("\x08", "\xff") "abcdefgh"), "byte 3: 255 axes" },
  { "cut-header", BYTES (H ("\x08", "\3") N ("\1") N ("\2")),
    "byte 12: the file ends inside its header" },
  { "cut", BYTES (H ("\x08", "\3") N ("\2") N ("\2") N ("\2") "abcdefg"),
    "byte 23: the header promises 2 rows" },
  { "rows-claimed", BYTES (H ("\x08", "\3") "\x3b\x9a\xca\0" N ("\2") N ("\2") "abcd"),
    "promises 1000000000 rows" },
  { "overflow",
    BYTES (H ("\x0e", "\4") "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                            "abcd"),
    "promises 4294967295 rows" },
  { "more", BYTES (H ("\x08", "\3") N ("\1") N ("\2") N ("\2") "abcde"),
    "byte 20: 1 bytes follow" },
  { "shape", BYTES (H ("\x08", "\3") N ("\1") N ("\1") N ("\4") "abcd"),
    "rows of shape (1, 4); column “pixels” needs (2, 2)" },
  { "rank", BYTES (H ("\x08", "\1") N ("\4") "abcd"), "rows of shape ()" },
  { "wider", BYTES (H ("\x0b", "\3") N ("\1") N ("\2") N ("\2") "abcdefgh"),
    "elements of type i16" },
  { "no-rows", BYTES (H ("\x08", "\3") N ("\0") N ("\2") N ("\2")), "of 0 rows none are left" },
};

static void
test_bad_idx (gconstpointer data)
{
  guint            i = GPOINTER_TO_UINT (data);
  g_autofree char *path = write_file ("bad-idx", bad_idx[i].data, bad_idx[i].size);
  g_autoptr (GError) error = open_error (IDX_SPEC);
  g_autoptr (GError) guess_error = NULL;

  assert_says (error, bad_idx[i].error);
  weft_json_unref (weft_dataset_guess (path, &guess_error));
}

static void
test_idx_values (void)
{
  static const char labels[] = H ("\x08", "\1") N ("\3") "\1\2\3";
  static const char numbers[] = H ("\x0d", "\1") N ("\1") "\x7f\xc0\0\0"; /* NaN */
  g_autofree char  *a = write_file ("bad-idx", labels, sizeof labels - 1),
                  *b = write_file ("nan-idx", numbers, sizeof numbers - 1);
  g_autoptr (GError) class =
    open_error ("{'file': 'bad-idx', 'columns': [{'name': 'k', 'classes': 3}]}");
  g_autoptr (GError) nan = open_error ("{'file': 'nan-idx', 'columns': [{'name': 'x'}]}");
  g_autoptr (GError) lengths =
    open_error ("{'files': {'train': {'a': 'bad-idx', 'b': 'nan-idx'}}, 'format': 'idx', "
                "'columns': [{'name': 'a', 'classes': 9},"
                "{'name': 'b', 'from': 'a'}, {'name': 'c', 'from': 'b', 'type': 'f32'}]}");

  assert_says (class, "byte 10: column “k” has class 3");
  assert_says (nan, "byte 8: column “x” has a number that is not finite");
  assert_says (lengths, "nan-idx");
}

static void
test_row_counts (void)
{
  static const char three[] = H ("\x08", "\1") N ("\3") "\1\2\3",
                    two[] = H ("\x08", "\1") N ("\2") "\1\2";
  g_autofree char *a = write_file ("a-idx", three, sizeof three - 1),
                  *b = write_file ("b-idx", two, sizeof two - 1);
  g_autoptr (GError) error =
    open_error ("{'files': {'train': {'a': 'a-idx', 'b': 'b-idx'}}, 'format': 'idx', 'columns': "
                "[{'name': 'a'}, {'name': 'b'}]}");

  assert_says (error, "2 rows, but “a-idx” has 3");
}

/* ---- gzip ---- */

static GBytes *
pack (const void *data, gsize size)
{
  g_autoptr (GConverter) compressor =
    G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) out = g_converter_output_stream_new (memory, compressor);

  g_assert_true (g_output_stream_write_all (out, data, size, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (out, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
test_gzip_cut (void)
{
  static const char good[] = H ("\x08", "\3") N ("\1") N ("\2") N ("\2") "abcd";
  g_autoptr (GBytes) packed = pack (good, sizeof good - 1);
  gsize size = g_bytes_get_size (packed);

  for (gsize cut = 2; cut < size; cut++)
    {
      g_autofree char *path = write_file ("bad-idx", g_bytes_get_data (packed, NULL), cut);
      g_autoptr (GError) error = open_error (IDX_SPEC);

      assert_says (error, "cut off");
    }
}

static void
test_gzip_damaged (void)
{
  static const char good[] = H ("\x08", "\3") N ("\1") N ("\2") N ("\2") "abcd";
  g_autoptr (GBytes) packed = pack (good, sizeof good - 1);
  gsize              size;
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (packed, &size), g_bytes_get_size (packed));

  copy[size - 6] ^= 1; /* in the checksum */
  {
    g_autofree char *path = write_file ("bad-idx", copy, size);
    g_autoptr (GError) error = open_error (IDX_SPEC);

    assert_says (error, "gzip data are damaged");
  }
}

static gsize
peak_bytes (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (gsize) usage.ru_maxrss * 1024;
}

/* 200 MB of zeros in 200 kB: refused before half of it is unpacked. */
static void
test_gzip_bomb (void)
{
  gsize              n = (gsize) 200 << 20;
  g_autofree guint8 *zeros = g_malloc0 (n);
  g_autoptr (GBytes) packed = NULL;
  g_autofree char *path = NULL;
  gsize            before;

  memcpy (zeros, "\0\0\x08\3\x7f\xff\xff\xff\0\0\0\2\0\0\0\2", 16);
  packed = pack (zeros, n);
  g_clear_pointer (&zeros, g_free);
  path = write_file ("bad-idx", g_bytes_get_data (packed, NULL), g_bytes_get_size (packed));
  before = peak_bytes ();
  {
    g_autoptr (GError) error = open_error (IDX_SPEC);

    assert_says (error, "far more than data do");
  }
  g_assert_cmpuint (peak_bytes () - before, <, (gsize) 300 << 20);
}

/* ---- Text ---- */

static void
test_bad_text (void)
{
  g_autofree char *path = write_file ("bad.txt", "ab\nab\nac\n", 9),
                  *short_path = write_file ("short.txt", "abc", 3);
  g_autofree char *invalid_path = write_file ("invalid.txt", "ab\xff", 3),
                  *empty_path = write_file ("empty.txt", "", 0);
  g_autoptr (GError) character =
    open_error ("{'file': 'bad.txt', 'window': 2, 'characters': 'ab\\n'}");
  g_autoptr (GError) too_short =
    open_error ("{'file': 'short.txt', 'window': 3, 'characters': 'abc'}");
  g_autoptr (GError) invalid =
    open_error ("{'file': 'invalid.txt', 'window': 1, 'characters': 'abc'}");
  g_autoptr (GError) empty = open_error ("{'file': 'empty.txt', 'window': 1}");
  g_autoptr (GError) guess = NULL;

  assert_says (character, "bad.txt:3: the character “c”");
  assert_says (too_short, "short.txt: byte 3: the text ends before");
  assert_says (invalid, "byte 2: the text is not UTF-8");
  assert_says (empty, "byte 0: the text ends before");
  g_assert_null (weft_dataset_guess (empty_path, &guess));
  assert_says (guess, "too short");
}

static void
test_guess_refuses (void)
{
  static const char *const names[] = { "gone.csv", "", "picture.png" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (weft_dataset_guess (path, &error));
      g_assert_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE);
    }
}

/* ---- Damage: whatever happens to a file, it is read or refused ---- */

static void
try_damaged (const char *name, const char *spec_text, const void *data, gsize size)
{
  g_autofree char *path = write_file (name, data, size);
  g_autoptr (GError) error = NULL, guess_error = NULL;
  g_autoptr (WeftDatasetSpec) spec = try_spec (spec_text, folder, NULL);
  WeftDataset *dataset = weft_dataset_open (spec, NULL, &error);
  WeftJson    *guess = weft_dataset_guess (path, &guess_error);

  g_assert_true ((dataset == NULL) == (error != NULL));
  g_assert_true ((guess == NULL) == (guess_error != NULL));
  weft_dataset_unref (dataset);
  weft_json_unref (guess);
}

static void
test_damage (gconstpointer data)
{
  static const char csv[] = "a,k,n\n1,yes,1\n2.5,\"no\",2\r\n-1e3,yes,-7\n";
  static const char idx[] = H ("\x08", "\3") N ("\2") N ("\2") N ("\2") "abcdefgh";
  guint             kind = GPOINTER_TO_UINT (data);
  g_autoptr (GRand) rand = g_rand_new_with_seed (kind);
  g_autoptr (GBytes) good = kind == 0   ? g_bytes_new (csv, sizeof csv - 1)
                            : kind == 1 ? g_bytes_new (idx, sizeof idx - 1)
                                        : pack (idx, sizeof idx - 1);
  gsize              size;
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (good, &size), g_bytes_get_size (good));
  const char        *name = kind == 0 ? "bad.csv" : "bad-idx", *spec = kind == 0 ? CSV_SPEC : IDX_SPEC;

  for (gsize cut = 0; cut <= size; cut++)
    try_damaged (name, spec, copy, cut);
  for (guint round = 0; round < 1500; round++)
    {
      memcpy (copy, g_bytes_get_data (good, NULL), size);
      for (guint k = 0; k < 1 + round % 3; k++)
        copy[g_rand_int_range (rand, 0, (gint32) size)] =
          round % 2 ? (guint8) g_rand_int (rand)
                    : (guint8) ",\"\n\r-.e0x"[g_rand_int_range (rand, 0, 10)];
      try_damaged (name, spec, copy, size);
    }
}

/* A case a row of a table whose rows begin with their name. */
#define ADD_CASES(PREFIX, TABLE, TEST)                                   \
  for (guint i = 0; i < G_N_ELEMENTS (TABLE); i++)                       \
    {                                                                    \
      g_autofree char *path = g_strconcat (PREFIX, TABLE[i].name, NULL); \
                                                                         \
      g_test_add_data_func (path, GUINT_TO_POINTER (i), TEST);           \
    }

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("weft-dataset-XXXXXX", NULL);
  ADD_CASES ("/engine/dataset/bad/spec/", bad_specs, test_bad_spec)
  ADD_CASES ("/engine/dataset/bad/csv/", bad_csv, test_bad_csv)
  ADD_CASES ("/engine/dataset/bad/idx/", bad_idx, test_bad_idx)
  g_test_add_func ("/engine/dataset/bad/no-folder", test_no_folder);
  g_test_add_func ("/engine/dataset/bad/no-file", test_no_file);
  g_test_add_func ("/engine/dataset/bad/zero-byte", test_zero_byte);
  g_test_add_func ("/engine/dataset/bad/all-missing", test_all_missing);
  g_test_add_func ("/engine/dataset/bad/idx-values", test_idx_values);
  g_test_add_func ("/engine/dataset/bad/row-counts", test_row_counts);
  g_test_add_func ("/engine/dataset/bad/gzip/cut", test_gzip_cut);
  g_test_add_func ("/engine/dataset/bad/gzip/damaged", test_gzip_damaged);
  g_test_add_func ("/engine/dataset/bad/gzip/bomb", test_gzip_bomb);
  g_test_add_func ("/engine/dataset/bad/text", test_bad_text);
  g_test_add_func ("/engine/dataset/bad/guess", test_guess_refuses);
  g_test_add_data_func ("/engine/dataset/bad/damage/csv", GUINT_TO_POINTER (0), test_damage);
  g_test_add_data_func ("/engine/dataset/bad/damage/idx", GUINT_TO_POINTER (1), test_damage);
  g_test_add_data_func ("/engine/dataset/bad/damage/gzip", GUINT_TO_POINTER (2), test_damage);
  result = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  return result;
}
