/* What is guessed of tables that people have: types, roles, and how they are written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/survey.h"
#include "engine/dataset/transform-list.h"

#include <string.h>
#include <glib/gstdio.h>

/* A row of a test: a file, and what is said of its columns: name, then
 *   n number, c category, t text, d dates; i input, l label, - ignored; missing numbers; bad ones.
 */
typedef struct
{
  const char *name, *text, *columns, *dialect;
} Case;

#define USUAL "Between fields: Commas"

static const Case cases[] = {
  { "numbers", "a,b,c\n1,2.5,-3\n4,.5,1e3\n2,+7,0\n", "a ni, b ni, c nl", USUAL },
  { "categories", "kind,x\nred,1\nblue,2\nred,4\nblue,3\n", "kind ci, x nl", USUAL },
  { "category-label", "x,kind\n1,a\n2,b\n4,a\n3,b\n", "x ni, kind cl", USUAL },
  { "numbered-classes", "x,k\n1.5,0\n2,1\n4,0\n3,1\n1,0\n2,1\n", "x ni, k cl", USUAL },
  { "counts-are-no-classes", "x,k\n1.5,3\n2,7\n4,9\n3,12\n", "x ni, k nl", USUAL },
  { "booleans", "x,yes\n1,true\n2,false\n4,true\n3,false\n", "x ni, yes cl", USUAL },
  { "dates", "when,x,y\n2021-03-01,1,2\n2021-03-02,2,1\n2021-03-01,4,2\n", "when d-, x ni, y nl",
    USUAL },
  { "dates-with-time", "when,x,y\n2021-03-01T12:00:00Z,1,2\n2021-03-02 00:30,2,1\n",
    "when d-, x ni, y nl", USUAL },
  { "dates-of-all-countries",
    "a,b,c,x,y\n1.3.2021,03/28/21,28-03-2021,1,2\n2.3.2021,03/29/21,29-03-2021,2,3\n",
    "a d-, b d-, c d-, x ni, y nl", USUAL },
  { "versions-are-no-dates", "v,x,y\n1.2.3,1,2\n1.2.4,2,1\n1.3.0,2,2\n", "v t-, x ni, y nl",
    USUAL },
  { "text", "name,x,y\nAnn,1,2\nBob,2,1\nCid,4,4\n", "name t-, x ni, y nl", USUAL },
  { "blanks", "a,b,c\n1,,2\n2,NA,3\n,n/a,4\n3,NaN,5\n4,2,6\nnull,?,-\n", "a ni2, b ni5, c nl1",
    USUAL },
  { "all-blank", "a,b,c\n1,,2\n2,,3\n", "a ni, b t-, c nl", USUAL },
  { "ids", "id,x,y\n1,5,2\n2,6,3\n3,9,1\n", "id n-, x ni, y nl", USUAL },
  { "numbered-by-hand", ",x,y\n0,5,2\n1,6,3\n2,9,1\n", "column_1 n-, x ni, y nl", USUAL },
  { "years-are-no-ids", "year,x\n1990,5\n1991,6\n1992,9\n", "year ni, x nl", USUAL },
  { "target-by-name", "target,x,z\n1.5,2,3\n2.5,3,4\n0.5,4,4\n", "target nl, x ni, z ni", USUAL },
  { "duplicate-names", "x,x,x\n1,2,3\n4,5,7\n", "x ni, x_2 ni, x_3 nl", USUAL },
  { "no-names", "1,2,4\n2,3,5\n4,9,6\n", "column_1 ni, column_2 ni, column_3 nl",
    USUAL "; the first line is data" },
  { "trailing-separator", "a,b,\n1,2,\n2,3,\n", "a ni, b nl, column_3 t-", USUAL },
  { "slip", NULL, "a ni!1, b nl", USUAL },
  { "quoted-lines",
    "a,t\n1,\"one\ntwo\"\n2,\"say \"\"x\"\"\"\n3,\"one\ntwo\"\n4,\"say \"\"x\"\"\"\n", "a ni, t cl",
    USUAL },
  { "mark",
    "\xef\xbb\xbf"
    "a,b\n1,2\n2,3\n",
    "a ni, b nl", USUAL },
  { "old-mac", "a,b\r1,2\r2,3\r", "a ni, b nl", USUAL },
  { "sep", "sep=;\na;b\n1;2\n2;3\n", "a ni, b nl", "Between fields: Semicolons" },
  { "semicolons", "a;b\n1,5;2\n2,25;3\n", "a ni, b nl",
    "Between fields: Semicolons; Decimals: 1,5" },
  { "german", "a;b\n1.234,5;2\n2,25;3\n", "a ni, b nl",
    "Between fields: Semicolons; Decimals: 1,5; Thousands: 1.000" },
  { "english", "a,b\n\"1,234.5\",2\n2.25,3\n", "a ni, b nl", USUAL "; Thousands: 1,000" },
  { "french",
    "a\tb\n1\xc2\xa0"
    "234,5\t2\n2,25\t3\n",
    "a ni, b nl", "Between fields: Tabs; Decimals: 1,5; Thousands: 1 000" },
  { "latin-1",
    "Gr\xf6\xdf"
    "e,b\n1,2\n2,3\n",
    "Größe ni, b nl", USUAL "; Encoding: Western European (Windows-1252)" },
  { "aligned", "1.0   8   307.0\n2.5  4\t98.0  \n3.5  6  101.5\n",
    "column_1 ni, column_2 ni, column_3 nl", "Between fields: Spaces; the first line is data" },
  { "commas-in-sentences", "id;say\n1;one, two\n2;three, four\n", NULL,
    "Between fields: Semicolons" },
  { "one-decimal-column", "x\n1,5\n2,5\n3,5\n", "x nl",
    "Between fields: Semicolons; Decimals: 1,5" },
};

static char *folder;

/* 100 numbers and a word. */
static char *
dup_slip (void)
{
  GString *text = g_string_new ("a,b\n");

  for (guint i = 0; i < 100; i++)
    g_string_append_printf (text, "%d,%u\n", (int) (i * i % 37), i * 3 % 41);
  g_string_append (text, "oops,3\n");
  return g_string_free (text, FALSE);
}

static char *
write_case (const Case *test)
{
  char            *path = g_build_filename (folder, "table.csv", NULL);
  g_autofree char *made = test->text == NULL ? dup_slip () : g_strdup (test->text);

  g_assert_true (g_file_set_contents (path, made, -1, NULL));
  return path;
}

static char *
dup_columns (const WeftSurvey *survey)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < survey->n_fields; i++)
    {
      const WeftField *field = &survey->fields[i];

      g_string_append_printf (out, "%s%s %c%c", i > 0 ? ", " : "", field->name,
                              field->is_date ? 'd' : "nct"[field->kind], "il-"[field->role]);
      if (field->kind == WEFT_FIELD_NUMBER && field->n_missing > 0)
        g_string_append_printf (out, "%d", (int) field->n_missing);
      if (field->kind == WEFT_FIELD_NUMBER && field->n_bad > 0)
        g_string_append_printf (out, "!%d", (int) field->n_bad);
    }
  return g_string_free (out, FALSE);
}

static void
test_case (gconstpointer data)
{
  const Case      *test = data;
  g_autofree char *path = write_case (test);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftSurvey) survey = weft_survey_file (path, NULL, &error);
  g_autofree char *columns = NULL, *dialect = NULL;

  g_assert_no_error (error);
  columns = dup_columns (survey);
  dialect = weft_dialect_describe (&survey->dialect);
  g_assert_cmpstr (dialect, ==, test->dialect);
  if (test->columns != NULL)
    g_assert_cmpstr (columns, ==, test->columns);
}

/* What is guessed can be opened, with the answers that the import window would ask for. */
static void
test_opened (gconstpointer data)
{
  const Case      *test = data;
  g_autofree char *path = write_case (test);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftSurvey) survey = weft_survey_file (path, NULL, &error);
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  gint64 n = 0;

  g_assert_no_error (error);
  weft_json_set_string (survey->guess, "bad_rows", "skip");
  spec = weft_dataset_spec_new (survey->guess, NULL, &error);
  g_assert_no_error (error);
  dataset = weft_dataset_open (spec, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < WEFT_N_SPLITS; i++)
    n += weft_dataset_n_rows (dataset, i);
  g_assert_cmpint (n, ==, survey->n_rows - (test->text == NULL));
}

/* ---- Bad rows ---- */

#define BAD "a,b,c\n1,2,3\n4,5\n7,8,9\n1,1,1\n2,2,2,2\n"

static void
test_bad_rows (void)
{
  const Case       test = { .text = BAD };
  g_autofree char *path = write_case (&test);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftSurvey) survey = weft_survey_file (path, NULL, &error);
  g_autofree WeftFieldChoice *choices = NULL;
  g_autoptr (WeftDatasetSpec) strict = NULL;
  g_autoptr (WeftDatasetSpec) lenient = NULL;
  g_autoptr (WeftDataset) dataset = NULL;

  g_assert_no_error (error);
  choices = weft_survey_choices (survey);
  g_assert_cmpint (survey->n_rows, ==, 3);
  g_assert_cmpint (survey->n_bad, ==, 2);
  g_assert_cmpint (weft_survey_n_bad (survey, choices), ==, 2);
  g_assert_nonnull (strstr (survey->bad, "table.csv:3: 2 fields"));
  strict = weft_dataset_spec_new (survey->guess, NULL, NULL);
  g_assert_null (weft_dataset_open (strict, NULL, &error));
  g_assert_nonnull (strstr (error->message, "table.csv:3:"));
  weft_json_set_string (survey->guess, "bad_rows", "skip");
  lenient = weft_dataset_spec_new (survey->guess, NULL, NULL);
  dataset = weft_dataset_open (lenient, NULL, NULL);
  g_assert_cmpint (weft_dataset_n_rows (dataset, 0) + weft_dataset_n_rows (dataset, 1) +
                     weft_dataset_n_rows (dataset, 2),
                   ==, 3);
}

/* A missing number is no bad row: it is an error until something else is said of missing numbers.
 */
static void
test_bad_is_not_missing (void)
{
  const Case       test = { .text = "a,b\n1,2\n,3\n4,5\n" };
  g_autofree char *path = write_case (&test);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftSurvey) survey = weft_survey_file (path, NULL, NULL);
  g_autoptr (WeftDatasetSpec) spec = NULL;

  weft_json_set_string (survey->guess, "bad_rows", "skip");
  weft_json_set_string (survey->guess, "missing", "error");
  spec = weft_dataset_spec_new (survey->guess, NULL, NULL);
  g_assert_null (weft_dataset_open (spec, NULL, &error));
  g_assert_nonnull (strstr (error->message, "table.csv:3:"));
}

/* ---- Only the beginning ---- */

static void
test_head (void)
{
  g_autofree char *path = g_build_filename (folder, "long.csv", NULL);
  GString         *text = g_string_new ("a;b\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftSurvey) head = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, "%u,5;%u\n", i % 7, i % 13);
  g_assert_true (g_file_set_contents (path, text->str, (gssize) text->len, NULL));
  g_string_free (text, TRUE);
  head = weft_survey_table (path, NULL, 4096, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (head->is_partial);
  g_assert_cmpint (head->n_rows, >, 500);
  g_assert_cmpint (head->n_rows, <, 4096 / 6);
  g_assert_cmpint (head->n_bad, ==, 0);
  g_assert_cmpint (head->dialect.decimal, ==, ',');
}

/* ---- When transforms act ---- */

static void
test_when (void)
{
  static const struct
  {
    const char *step, *says;
  } steps[] = {
    { "{\"do\": \"standardise\"}", "training rows alone" },
    { "{\"do\": \"noise\"}", "Only while training" },
    { "{\"do\": \"crop\"}", "else in the middle" },
    { "{\"do\": \"crop\", \"random\": false}", "all rows alike" },
    { "{\"do\": \"filter\"}", "before they are split" },
  };
  const char *name, *options;
  gboolean    has_column;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (WeftJson) json = weft_json_parse (steps[i].step, -1, NULL);

      g_assert_nonnull (strstr (weft_transform_when (json), steps[i].says));
    }
  for (guint i = 0; weft_transform_describe (i, &name, &options, &has_column); i++)
    {
      g_autoptr (WeftJson) json = weft_json_new_object ();

      weft_json_set_string (json, "do", name);
      g_assert_nonnull (weft_transform_when (json));
    }
}

/* ---- What cannot be read ---- */

static const struct
{
  const char *name, *text, *says;
} refused[] = {
  { "empty.csv", "", "the file is empty" },
  { "only-header.csv", "a,b\n", "no rows" },
  { "only-blanks.csv", "\n\n\n", "no rows" },
  { "book.xlsx", "PK", "save its sheet as CSV" },
  { "table.parquet", "PAR1", "write it as CSV" },
  { "data.tar.gz", "x", "unpack it" },
  { "cat.png", "x", "a folder of pictures for each class" },
  { "https://example.com/a.csv", NULL, "download the file" },
};

static void
test_refused (gconstpointer data)
{
  guint            i = GPOINTER_TO_UINT (data);
  g_autofree char *path = refused[i].text == NULL
                            ? g_strdup (refused[i].name)
                            : g_build_filename (folder, refused[i].name, NULL);
  g_autoptr (GError) error = NULL;

  if (refused[i].text != NULL)
    g_assert_true (g_file_set_contents (path, refused[i].text, -1, NULL));
  g_assert_null (weft_dataset_guess (path, &error));
  g_assert_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE);
  if (strstr (error->message, refused[i].says) == NULL)
    g_error ("%s: %s", refused[i].name, error->message);
  if (refused[i].text != NULL)
    g_unlink (path);
}

int
main (int argc, char **argv)
{
  int code;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("weft-import-XXXXXX", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/engine/dataset/import/", cases[i].name, NULL);
      g_autofree char *opened = g_strconcat (path, "/opened", NULL);

      g_test_add_data_func (path, &cases[i], test_case);
      if (cases[i].columns != NULL)
        g_test_add_data_func (opened, &cases[i], test_opened);
    }
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/dataset/import/refused/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_refused);
    }
  g_test_add_func ("/engine/dataset/import/bad-rows", test_bad_rows);
  g_test_add_func ("/engine/dataset/import/bad-is-not-missing", test_bad_is_not_missing);
  g_test_add_func ("/engine/dataset/import/head", test_head);
  g_test_add_func ("/engine/dataset/import/when", test_when);
  code = g_test_run ();
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = g_build_filename (folder, i == 0 ? "table.csv" : "long.csv", NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
  g_free (folder);
  return code;
}
