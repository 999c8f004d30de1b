/* weft-cli data: what a data file or a set that ships holds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "engine/base/number-text.h"
#include "engine/dataset/survey.h"
#include "engine/dataset/transform-list.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_ROWS 5
#define SHOWN_CLASSES 12

static gboolean as_json, only_guess, no_header, skip_bad;
static char    *format;
static char    *dialect_words[WEFT_N_DIALECT_PARTS];

static const GOptionEntry entries[] = {
  { "as", 0, 0, G_OPTION_ARG_STRING, &format,
    N_ ("read the file as this kind, such as words for a text"), "KIND" },
  { "guess", 0, 0, G_OPTION_ARG_NONE, &only_guess,
    N_ ("print the data set that is guessed, for a document"), NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL },
  { "delimiter", 0, 0, G_OPTION_ARG_STRING, &dialect_words[WEFT_DIALECT_DELIMITER],
    N_ ("what stands between the fields of a table: , ; | : tab or space"), "CHARACTER" },
  { "decimal", 0, 0, G_OPTION_ARG_STRING, &dialect_words[WEFT_DIALECT_DECIMAL],
    N_ ("what stands before decimals: . or ,"), "CHARACTER" },
  { "thousands", 0, 0, G_OPTION_ARG_STRING, &dialect_words[WEFT_DIALECT_THOUSANDS],
    N_ ("what stands between thousands: nothing or one of , . ' space"), "CHARACTER" },
  { "encoding", 0, 0, G_OPTION_ARG_STRING, &dialect_words[WEFT_DIALECT_ENCODING],
    N_ ("what the bytes of a table mean: utf-8, windows-1252 or utf-16"), "NAME" },
  { "no-header", 0, 0, G_OPTION_ARG_NONE, &no_header,
    N_ ("the first line of a table is data and names no columns"), NULL },
  { "skip-bad", 0, 0, G_OPTION_ARG_NONE, &skip_bad,
    N_ ("leave out the rows of a table that cannot be read"), NULL },
  { NULL }
};

/* ---- Opening ---- */

/* What the options say of how a table is written; NULL: nothing. */
static WeftJson *
stated_dialect (void)
{
  WeftJson *json = weft_json_new_object ();

  for (guint i = 0; i < WEFT_N_DIALECT_PARTS; i++)
    if (dialect_words[i] != NULL)
      weft_json_set_string (json, weft_dialect_parts[i].member,
                            strcmp (dialect_words[i], "tab") == 0     ? "\t"
                            : strcmp (dialect_words[i], "space") == 0 ? " "
                                                                      : dialect_words[i]);
  if (no_header)
    weft_json_set_bool (json, "header", FALSE);
  if (weft_json_n_members (json) > 0)
    return json;
  weft_json_unref (json);
  return NULL;
}

/* A table that is written as @stated says; what that leaves out is guessed. */
static WeftJson *
guess_as_stated (const char *name, WeftJson *stated, GError **error)
{
  g_autoptr (WeftSurvey) found = weft_survey_table (name, NULL, G_MAXSIZE, NULL, error);
  g_autoptr (WeftSurvey) survey = NULL;
  g_autofree WeftFieldChoice *choices = NULL;
  WeftDialect dialect;

  if (found == NULL)
    return NULL;
  dialect = found->dialect;
  if (!weft_dialect_read (&dialect, stated, error))
    return NULL;
  survey = weft_survey_table (name, &dialect, G_MAXSIZE, NULL, error);
  if (survey == NULL)
    return NULL;
  choices = weft_survey_choices (survey);
  return weft_survey_write (survey, choices, error);
}

/* The specification of a file, or of the set that ships under the name. */
static WeftJson *
find_spec (const char *name, GError **error)
{
  g_auto (GStrv) shipped = weft_dataset_names ();
  g_autoptr (WeftJson) stated = stated_dialect ();

  if (stated != NULL)
    return guess_as_stated (name, stated, error);
  if (format != NULL)
    return weft_dataset_guess_as (name, format, error);
  if (!g_file_test (name, G_FILE_TEST_EXISTS) &&
      g_strv_contains ((const char *const *) shipped, name))
    {
      WeftJson *json = weft_json_new_object ();

      weft_json_set_string (json, "data", name);
      return json;
    }
  return weft_dataset_guess (name, error);
}

/* ---- One field ---- */

static WeftJson *
field_json (const WeftField *field)
{
  WeftJson *json = weft_json_new_object ();

  weft_json_set_string (json, "name", field->name);
  weft_json_set_int (json, "values", field->n);
  weft_json_set_int (json, "missing", field->n_missing);
  if (field->n_numbers > 0)
    {
      weft_json_set_number (json, "low", field->low);
      weft_json_set_number (json, "high", field->high);
      weft_json_set_number (json, "mean", field->mean);
      weft_json_set_number (json, "deviation", field->deviation);
    }
  if (field->texts != NULL)
    {
      WeftJson *classes = weft_json_new_object ();

      for (guint i = 0; field->texts[i] != NULL; i++)
        weft_json_set_int (classes, field->texts[i], field->counts[i]);
      weft_json_set (json, "classes", classes);
    }
  return json;
}

static void
print_field (const WeftField *field)
{
  printf ("  %-20s", field->name);
  if (field->kind == WEFT_FIELD_CATEGORY && field->texts != NULL)
    {
      for (guint i = 0; field->texts[i] != NULL && i < SHOWN_CLASSES; i++)
        printf ("  %s %" G_GINT64_FORMAT, field->texts[i], field->counts[i]);
      if (g_strv_length (field->texts) > SHOWN_CLASSES)
        printf ("  …");
    }
  else if (field->n_numbers > 0)
    printf (_ ("  from %g to %g, mean %g, deviation %g"), field->low, field->high, field->mean,
            field->deviation);
  else
    printf ("  %s", _ ("text"));
  if (field->n_missing > 0)
    printf (g_dngettext (GETTEXT_PACKAGE, ", %s missing",
                         ", %s missing", (gulong) field->n_missing),
            WEFT_SIZE_TEXT (field->n_missing));
  printf ("\n");
}

/* ---- All of it ---- */

static const char *const split_names[WEFT_N_SPLITS] = { "train", "validation", "test" };

static char *
column_type (const WeftColumn *column)
{
  WeftType type = { .dtype = column->dtype, .shape = weft_shape_new (column->rank, column->shape) };

  return weft_type_to_string (&type);
}

static void
answer_json (WeftDatasetSpec *spec, WeftDataset *dataset, const WeftSurvey *survey)
{
  guint             n;
  const WeftColumn *columns = weft_dataset_spec_columns (spec, &n);
  WeftJson         *json = weft_json_new_object (), *rows = weft_json_new_object ();
  WeftJson         *list = weft_json_new_array (), *fields = weft_json_new_array ();

  for (guint s = 0; s < WEFT_N_SPLITS; s++)
    weft_json_set_int (rows, split_names[s], weft_dataset_n_rows (dataset, s));
  for (guint c = 0; c < n; c++)
    {
      g_autofree char *type = column_type (&columns[c]);
      WeftJson        *column = weft_json_new_object ();

      weft_json_set_string (column, "name", columns[c].name);
      weft_json_set_string (column, "type", type);
      weft_json_append (list, column);
    }
  for (guint i = 0; i < survey->n_fields; i++)
    weft_json_append (fields, field_json (&survey->fields[i]));
  weft_json_set_string (json, "title", weft_dataset_spec_title (spec));
  weft_json_set (json, "rows", rows);
  weft_json_set (json, "columns", list);
  weft_json_set (json, "fields", fields);
  cli_answer (json);
}

static gboolean
print_rows (WeftDatasetSpec *spec, WeftDataset *dataset, GError **error)
{
  guint             n;
  const WeftColumn *columns = weft_dataset_spec_columns (spec, &n);
  gsize shown = (gsize) MIN (weft_dataset_n_rows (dataset, WEFT_SPLIT_TRAIN), SHOWN_ROWS);

  for (guint c = 0; c < n; c++)
    {
      g_autofree char *type = column_type (&columns[c]);
      g_autoptr (WeftArray) array =
        weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, c, NULL, shown, error);
      g_autofree char *text = array != NULL ? weft_array_to_string (array, 6) : NULL;

      if (array == NULL)
        return FALSE;
      printf ("\n%s  %s\n%s\n", columns[c].name, type, text);
    }
  return TRUE;
}

/* How a table was recognised to be written, where that is not the usual; and what was left out. */
static void
print_dialect (const WeftSurvey *survey)
{
  const WeftDialect usual = WEFT_DIALECT_INIT;
  g_autofree char  *text = weft_dialect_describe (&survey->dialect);
  g_autofree char  *count = cli_count_text (survey->n_bad);

  if (survey->is_text && !weft_dialect_equal (&survey->dialect, &usual))
    printf ("%s\n", text);
  if (survey->bad != NULL)
    printf (g_dngettext (GETTEXT_PACKAGE, "%s row left out: %s\n",
                         "%s rows left out, the first: %s\n", (gulong) survey->n_bad),
            count, survey->bad);
}

/* What is done to the columns, and when. */
static void
print_transforms (WeftJson *json)
{
  g_autoptr (WeftJson) whole = weft_dataset_resolve (json, NULL);
  WeftJson *transforms = weft_json_get (whole, "transforms");

  for (guint i = 0; i < weft_json_length (transforms); i++)
    {
      WeftJson        *step = weft_json_at (transforms, i);
      g_autofree char *what = g_strjoin (" ", weft_json_get_string (step, "do", ""),
                                         weft_json_get_string (step, "column", NULL), NULL);

      printf ("  %-26s  %s\n", what, weft_transform_when (step));
    }
}

static gboolean
print_all (WeftJson         *json,
           WeftDatasetSpec  *spec,
           WeftDataset      *dataset,
           const WeftSurvey *survey,
           GError          **error)
{
  printf ("%s: ", weft_dataset_spec_title (spec));
  for (guint s = 0; s < WEFT_N_SPLITS; s++)
    {
      g_autofree char *count = cli_count_text (weft_dataset_n_rows (dataset, s));

      printf ("%s%s %s", s > 0 ? ", " : "", split_names[s], count);
    }
  printf ("\n");
  print_dialect (survey);
  for (guint i = 0; i < survey->n_fields; i++)
    print_field (&survey->fields[i]);
  print_transforms (json);
  return print_rows (spec, dataset, error);
}

/* What is said about fields: of a table as it is written, of all else as batches have it. */
static WeftSurvey *
make_survey (WeftJson *json, WeftDataset *dataset, GError **error)
{
  const char *kind = weft_json_get_string (json, "format", "");
  const char *path = weft_json_get_string (json, "file", NULL);
  WeftDialect dialect = WEFT_DIALECT_INIT;

  if (path == NULL ||
      (strcmp (kind, "csv") != 0 && strcmp (kind, "tsv") != 0 && strcmp (kind, "jsonl") != 0))
    return weft_survey_dataset (dataset, WEFT_SPLIT_TRAIN, NULL, error);
  return weft_dialect_read (&dialect, json, error)
           ? weft_survey_table (path, &dialect, G_MAXSIZE, NULL, error)
           : NULL;
}

/* cli_data:
 *
 * Returns: the exit code.
 */
int
cli_data (int argc, char **argv)
{
  const char *name;
  int         code = cli_parse (&argc, &argv, entries);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) json = NULL;
  g_autoptr (WeftDatasetSpec) spec = NULL;
  g_autoptr (WeftDataset) dataset = NULL;
  g_autoptr (WeftSurvey) survey = NULL;

  if (code < 0)
    code = cli_one_file (argc, argv, &name);
  if (code >= 0)
    return code;
  json = find_spec (name, &error);
  if (json != NULL && skip_bad)
    weft_json_set_string (json, "bad_rows", "skip");
  if (json != NULL && only_guess)
    {
      cli_answer (g_steal_pointer (&json));
      return CLI_DONE;
    }
  if (json != NULL)
    spec = weft_dataset_spec_new (json, NULL, &error);
  if (spec != NULL)
    dataset = weft_dataset_open (spec, NULL, &error);
  if (dataset != NULL)
    survey = make_survey (json, dataset, &error);
  if (survey == NULL)
    {
      cli_say_error (error);
      return CLI_INPUT;
    }
  if (as_json)
    answer_json (spec, dataset, survey);
  else if (!print_all (json, spec, dataset, survey, &error))
    {
      cli_say_error (error);
      return CLI_INPUT;
    }
  return CLI_DONE;
}
