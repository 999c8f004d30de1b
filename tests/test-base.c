/* Tests of engine/base: JSON and files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/base/text-diff.h"
#include "engine/base/json.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

/* ---- JSON ---- */

/* Texts that must be refused, and what the message must begin with. */
static const struct
{
  const char *name, *text, *error;
} bad_json[] = {
  { "empty", "", "1:1: " },
  { "cut-object", "{\"a\": 1", "1:8: " },
  { "cut-list", "[1, 2", "1:6: " },
  { "cut-string", "[\n \"ab", "2:2: " },
  { "cut-word", "tru", "1:1: " },
  { "nan", "[NaN]", "1:2: " },
  { "infinity", "[-Infinity]", "1:3: " },
  { "comment", "/* a */ 1", "1:1: " },
  { "trailing-comma", "[1,]", "1:4: " },
  { "trailing-comma-object", "{\"a\": 1,}", "1:9: " },
  { "trailing-text", "{} x", "1:4: " },
  { "duplicate", "{\"a\": 1,\n  \"a\": 2}", "2:3: " },
  { "leading-zero", "01", "1:1: " },
  { "leading-plus", "+1", "1:1: " },
  { "point-only", "1.", "1:3: " },
  { "no-digit", "-", "1:2: " },
  { "bare-exponent", "1e", "1:3: " },
  { "too-large", "1e999", "1:1: " },
  { "single-quotes", "{'a': 1}", "1:2: " },
  { "no-colon", "{\"a\" 1}", "1:6: " },
  { "number-key", "{1: 2}", "1:2: " },
  { "line-break-in-string", "\"a\nb\"", "1:3: " },
  { "unknown-escape", "\"\\x\"", "1:2: " },
  { "half-surrogate", "\"\\ud800\"", "1:2: " },
  { "lone-low-surrogate", "\"\\udc00\"", "1:2: " },
  { "two-high-surrogates", "\"\\ud800\\ud800\"", "1:2: " },
  { "zero-escape", "\"\\u0000\"", "1:2: " },
  { "short-hex", "\"\\u12\"", "1:6: " },
  { "column-in-characters", "[\"ä\", x]", "1:7: " },
  { "invalid-utf8", "\"\xff\"", "1:2: " },
};

static void
test_bad_json (gconstpointer data)
{
  const char *text = bad_json[GPOINTER_TO_UINT (data)].text;
  g_autoptr (GError) error = NULL;
  WeftJson *json = weft_json_parse (text, -1, &error);

  g_assert_null (json);
  g_assert_error (error, WEFT_JSON_ERROR, WEFT_JSON_ERROR_SYNTAX);
  if (!g_str_has_prefix (error->message, bad_json[GPOINTER_TO_UINT (data)].error))
    g_error ("%s does not begin with %s", error->message, bad_json[GPOINTER_TO_UINT (data)].error);
}

static void
test_json_zero_byte (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_json_parse ("[1\0]", 4, &error));
  g_assert_error (error, WEFT_JSON_ERROR, WEFT_JSON_ERROR_SYNTAX);
  g_assert_true (g_str_has_prefix (error->message, "1:3: "));
}

/* Text that must come back as it is. */
static const char *const round_trips[] = { "null",
                                           "true",
                                           "false",
                                           "0",
                                           "-1",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "0.5",
                                           "1.0",
                                           "-0.0",
                                           "0.1",
                                           "1e+300",
                                           "2.2250738585072014e-308",
                                           "5e-324",
                                           "0.30000000000000004",
                                           "1.7976931348623157e+308",
                                           "\"\"",
                                           "\"a \\\"quoted\\\" \\\\ \\n\\t\"",
                                           "\"\\u0001\"",
                                           "\"über 𝄞 /\"",
                                           "[]",
                                           "{}",
                                           "[1, [2, {}], \"x\"]",
                                           "{\"b\": 1, \"a\": [null, true]}" };

static void
test_json_round_trip (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (round_trips); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftJson) json = weft_json_parse (round_trips[i], -1, &error);
      g_autofree char *text = weft_json_to_string (json);
      g_autoptr (WeftJson) copy = weft_json_copy (json);

      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, round_trips[i]);
      g_assert_true (weft_json_equal (json, copy));
    }
}

static void
test_json_escapes (void)
{
  g_autoptr (WeftJson) json = weft_json_parse ("\"\\u00e4\\ud834\\udd1e\\/\\b\"", -1, NULL);

  g_assert_cmpstr (weft_json_string (json, NULL), ==, "ä𝄞/\b");
}

static void
test_json_kinds (void)
{
  g_autoptr (WeftJson) json = weft_json_parse ("{\"n\": null, \"b\": true, \"i\": 3, \"f\": 3.5, "
                                               "\"w\": 4.0, \"s\": \"x\", \"a\": [1], \"o\": {}, "
                                               "\"big\": 12345678901234567890}",
                                               -1, NULL);

  g_assert_cmpint (weft_json_kind (weft_json_get (json, "n")), ==, WEFT_JSON_NULL);
  g_assert_true (weft_json_has (json, "n"));
  g_assert_false (weft_json_has (json, "missing"));
  g_assert_true (weft_json_get_bool (json, "b", FALSE));
  g_assert_cmpint (weft_json_get_int (json, "i", 0), ==, 3);
  g_assert_cmpint (weft_json_get_int (json, "f", -7), ==, -7); /* not whole */
  g_assert_cmpint (weft_json_get_int (json, "w", 0), ==, 4);
  g_assert_cmpfloat (weft_json_get_number (json, "i", 0), ==, 3);
  g_assert_cmpfloat (weft_json_get_number (json, "f", 0), ==, 3.5);
  g_assert_cmpfloat (weft_json_get_number (json, "big", 0), ==, 12345678901234567890.0);
  g_assert_cmpint (weft_json_get_int (json, "big", -1), ==, -1);
  g_assert_cmpstr (weft_json_get_string (json, "s", NULL), ==, "x");
  g_assert_cmpstr (weft_json_get_string (json, "i", "other"), ==, "other");
  g_assert_cmpuint (weft_json_length (weft_json_get (json, "a")), ==, 1);
  g_assert_cmpuint (weft_json_length (weft_json_get (json, "o")), ==, 0);
  g_assert_null (weft_json_at (weft_json_get (json, "a"), 1));
  g_assert_null (weft_json_get (weft_json_get (json, "a"), "x"));
  for (WeftJsonKind kind = WEFT_JSON_NULL; kind <= WEFT_JSON_OBJECT; kind++)
    g_assert_nonnull (weft_json_kind_name (kind));
}

static void
test_json_expect (void)
{
  g_autoptr (WeftJson) json = weft_json_parse ("{\"i\": 3, \"s\": \"x\"}", -1, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (weft_json_expect (json, "i", WEFT_JSON_NUMBER, NULL));
  g_assert_nonnull (weft_json_expect (json, "s", WEFT_JSON_STRING, NULL));
  g_assert_null (weft_json_expect (json, "s", WEFT_JSON_INT, &error));
  g_assert_error (error, WEFT_JSON_ERROR, WEFT_JSON_ERROR_TYPE);
  g_assert_nonnull (strstr (error->message, "“s”"));
  g_clear_error (&error);
  g_assert_null (weft_json_expect (json, "gone", WEFT_JSON_INT, &error));
  g_assert_nonnull (strstr (error->message, "“gone”"));
}

static void
test_json_build (void)
{
  g_autoptr (WeftJson) object = weft_json_new_object ();
  WeftJson        *array = weft_json_new_array ();
  g_autofree char *text = NULL;
  WeftJsonIter     iter = { object };
  const char      *key;
  guint            n = 0;

  weft_json_append (array, weft_json_new_null ());
  weft_json_append (array, weft_json_new_number (G_MAXDOUBLE * 10)); /* infinity */
  weft_json_append (array, weft_json_new_string ("a\xff"));
  weft_json_set (object, "a", array);
  weft_json_set_int (object, "i", 1);
  weft_json_set_bool (object, "gone", TRUE);
  weft_json_set_number (object, "x", 2);
  weft_json_set_string (object, "s", NULL);
  weft_json_set_int (object, "i", 5); /* keeps its place */
  weft_json_remove (object, "gone");
  text = weft_json_to_string (object);
  g_assert_cmpstr (text, ==,
                   "{\"a\": [null, null, \"a\xef\xbf\xbd\"], \"i\": 5, \"x\": 2.0, \"s\": null}");
  g_assert_cmpuint (weft_json_n_members (object), ==, 4);
  g_assert_cmpstr (weft_json_member (object, 2, NULL), ==, "x");
  g_assert_null (weft_json_member (object, 4, NULL));
  for (; weft_json_next (&iter, &key, NULL); n++)
    g_assert_cmpstr (key, ==, weft_json_member (object, n, NULL));
  g_assert_cmpuint (n, ==, 4);
}

static void
test_json_depth (void)
{
  for (guint depth = 63; depth <= 66; depth++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (WeftJson) json = NULL;

      for (guint i = 0; i < depth; i++)
        g_string_append_c (text, '[');
      for (guint i = 0; i < depth; i++)
        g_string_append_c (text, ']');
      json = weft_json_parse (text->str, -1, NULL);
      g_assert_cmpint (json != NULL, ==, depth <= 64);
    }
}

/* A hundred thousand brackets neither crash nor take time. */
static void
test_json_deep (void)
{
  g_autofree char *text = g_strnfill (100000, '[');
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_json_parse (text, -1, &error));
  g_assert_error (error, WEFT_JSON_ERROR, WEFT_JSON_ERROR_SYNTAX);
}

/* Every prefix of a document is an error, and none crashes. */
static void
test_json_truncated (void)
{
  const char *text = "{\"format\": \"weft\", \"nodes\": [{\"id\": \"a\", \"at\": [1.5e3, -2]}, "
                     "true, null, \"\\u00e4\\n\"]}";

  for (gsize length = 0; length < strlen (text); length++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (weft_json_parse (text, (gssize) length, &error));
      g_assert_error (error, WEFT_JSON_ERROR, WEFT_JSON_ERROR_SYNTAX);
    }
}

/* ---- Files ---- */

static char *
make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("weft-base-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

static void
assert_content (const char *path, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = weft_file_read (path, 1000, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected,
                   strlen (expected));
}

static void
test_file_write (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "a", NULL);
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autoptr (GError) error = NULL;
  struct stat info;

  g_assert_true (weft_file_write_atomic (path, "one", 3, &error));
  g_assert_no_error (error);
  assert_content (path, "one");
  g_assert_cmpint (g_chmod (path, 0640), ==, 0);
  g_assert_true (weft_file_write_atomic (path, NULL, 0, &error));
  assert_content (path, "");
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0640);

  g_assert_cmpint (symlink ("a", link), ==, 0);
  g_assert_true (weft_file_write_atomic (link, "two", 3, &error));
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  assert_content (path, "two");
  g_unlink (link);
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0); /* nothing temporary is left */
}

static void
test_file_write_fails (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "gone", "a", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (weft_file_write_atomic (path, "one", 3, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_false (weft_file_write_atomic (folder, "one", 3, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_file_read_fails (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "a", NULL);
  g_autofree char *pipe = g_build_filename (folder, "pipe", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_file_read (path, 10, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_null (weft_file_read (folder, 10, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
  g_clear_error (&error);
  g_assert_null (weft_file_read ("/dev/zero", 10, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  g_clear_error (&error);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_null (weft_file_read (pipe, 10, &error)); /* and does not wait for a writer */
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  g_clear_error (&error);
  g_assert_true (weft_file_write_atomic (path, "12345678901", 11, NULL));
  g_assert_null (weft_file_read (path, 10, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED);
  g_unlink (path);
  g_unlink (pipe);
  g_rmdir (folder);
}

/* Files in /proc say they have 0 bytes, and have more. */
static void
test_file_grows (void)
{
  g_autoptr (GBytes) bytes = weft_file_read ("/proc/self/status", 100000, NULL);

  g_assert_nonnull (bytes);
  g_assert_cmpuint (g_bytes_get_size (bytes), >, 10);
  g_assert_null (weft_file_read ("/proc/self/status", 10, NULL));
}

static void
test_folders (void)
{
  g_autofree char *mnist = g_build_filename (weft_data_dir (), "datasets", "mnist", NULL);

  g_assert_true (g_file_test (mnist, G_FILE_TEST_IS_DIR));
  g_assert_true (g_file_test (weft_state_dir (), G_FILE_TEST_IS_DIR));
}

/* ---- Differences of texts ---- */

static void
test_text_diff (void)
{
  static const char *const rows[][3] = {
    { "log(softmax(x))", "log_softmax(x)", "[-log(softmax-]{+log_softmax+}(x[-)-])" },
    { "x * 1.0 + 0.0", "x + 0.0", "x [-* 1.0 -]+ 0.0" },
    { "x", "x", "x" },
    { "", "x", "{+x+}" },
    { "x", "", "[-x-]" },
    { "", "", "" },
    { "a + b", "b + a", "[-a-]{+b+} + [-b-]{+a+}" },
    { "exp(é1) * 2", "exp(é2) * 2", "exp([-é1-]{+é2+}) * 2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = weft_text_diff_to_string (rows[i][0], rows[i][1]);

      g_assert_cmpstr (text, ==, rows[i][2]);
    }
}

/* What is kept and removed is the text before, what is kept and added the text after; of long texts
 * too. */
static void
test_text_diff_whole (void)
{
  for (guint n = 1; n < 3000; n = n * 3 + 1)
    {
      g_autoptr (GString) before = g_string_new (NULL), after = g_string_new (NULL);
      g_autoptr (GString) left = g_string_new (NULL), right = g_string_new (NULL);
      g_autoptr (GArray) spans = NULL;

      for (guint i = 0; i < n; i++)
        {
          g_string_append_printf (before, "f%d(x) + ", g_test_rand_int_range (0, 4));
          g_string_append_printf (after, "f%d(y, x) - ", g_test_rand_int_range (0, 4));
        }
      spans = weft_text_diff (before->str, after->str);
      for (guint i = 0; i < spans->len; i++)
        {
          const WeftDiffSpan *span = &g_array_index (spans, WeftDiffSpan, i);
          const char         *text = span->kind == WEFT_DIFF_ADDED ? after->str : before->str;

          if (span->kind != WEFT_DIFF_ADDED)
            g_string_append_len (left, text + span->start, span->length);
          if (span->kind != WEFT_DIFF_REMOVED)
            g_string_append_len (right, text + span->start, span->length);
        }
      g_assert_cmpstr (left->str, ==, before->str);
      g_assert_cmpstr (right->str, ==, after->str);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad_json); i++)
    {
      g_autofree char *path = g_strconcat ("/engine/base/json/bad/", bad_json[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_bad_json);
    }
  g_test_add_func ("/engine/base/json/bad/zero-byte", test_json_zero_byte);
  g_test_add_func ("/engine/base/json/round-trip", test_json_round_trip);
  g_test_add_func ("/engine/base/json/escapes", test_json_escapes);
  g_test_add_func ("/engine/base/json/kinds", test_json_kinds);
  g_test_add_func ("/engine/base/json/expect", test_json_expect);
  g_test_add_func ("/engine/base/json/build", test_json_build);
  g_test_add_func ("/engine/base/json/depth", test_json_depth);
  g_test_add_func ("/engine/base/json/deep", test_json_deep);
  g_test_add_func ("/engine/base/json/truncated", test_json_truncated);
  g_test_add_func ("/engine/base/file/write", test_file_write);
  g_test_add_func ("/engine/base/file/write-fails", test_file_write_fails);
  g_test_add_func ("/engine/base/file/read-fails", test_file_read_fails);
  g_test_add_func ("/engine/base/file/grows", test_file_grows);
  g_test_add_func ("/engine/base/file/folders", test_folders);
  g_test_add_func ("/engine/base/text-diff", test_text_diff);
  g_test_add_func ("/engine/base/text-diff/whole", test_text_diff_whole);
  return g_test_run ();
}
