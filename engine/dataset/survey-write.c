/* The specification of a table, from what its fields are to be.
 *
 * All numbers that are inputs make one column, "features", standardised; every category that is an
 * input a column of its own, one-hot; every label a column as it is, numbers in units of a power of
 * ten that suits them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/source-private.h"
#include "engine/dataset/guess-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* More different whole numbers are a quantity, not classes. */
#define MAX_NUMBERED_CLASSES 20
/* A node with more ports than this helps nobody. */
#define MAX_CATEGORY_COLUMNS 32
/* Numbers that vary more, or less than its inverse, are foretold in other units: at the usual rates
 * a model would take a million steps to come near a price in dollars. */
#define MOST_DEVIATION 100.0

typedef struct
{
  const WeftSurvey      *survey;
  const WeftFieldChoice *choices;
  GHashTable            *used; /* names of ports */
  WeftJson              *columns, *transforms;
} Writer;

/* Whole numbers 0..k-1 or 1..k, each of them there, several times: labels. */
static gboolean
is_numbered (const WeftField *field)
{
  guint n_texts = field->texts != NULL ? g_strv_length (field->texts) : 0;

  return field->kind == WEFT_FIELD_NUMBER && field->n_missing == 0 && n_texts >= 2 &&
         n_texts <= MAX_NUMBERED_CLASSES && (field->low == 0 || field->low == 1) &&
         field->high - field->low + 1 == n_texts && field->n >= 3 * (gint64) n_texts;
}

/* Numbers of rows teach nothing. A column whose name is left out in the header is one that a
 * program wrote. */
static gboolean
is_row_number (const WeftSurvey *survey, const WeftField *field)
{
  static const char *const names[] = { "id", "index", "idx", "row", "no", "nr",
                                       "no.", "nr.", "#", "unnamed: 0", "column_1", NULL };
  g_autofree char         *name = g_utf8_strdown (field->name, -1);

  return survey->dialect.header && survey->n_fields > 2 && field->is_counting &&
         (g_strv_contains (names, name) || g_str_has_suffix (name, "_id") ||
          g_str_has_suffix (name, " id"));
}

static gboolean
is_named_label (const WeftField *field)
{
  static const char *const names[] = { "label", "labels", "target", "class", "outcome", "y", NULL };
  g_autofree char         *name = g_utf8_strdown (field->name, -1);

  return g_strv_contains (names, name);
}

static void
guess_kind (WeftField *field)
{
  gboolean repeats = field->texts != NULL && 2 * g_strv_length (field->texts) <= field->n;

  field->kind = field->can_be_number                                   ? WEFT_FIELD_NUMBER
                : field->can_be_category && repeats && !field->is_date ? WEFT_FIELD_CATEGORY
                                                                       : WEFT_FIELD_TEXT;
}

/** weft_survey_guess_roles: what is called a label, else the last field that can be used, is the
 * label. */
void
weft_survey_guess_roles (WeftSurvey *survey)
{
  WeftField *label = NULL, *last = NULL;

  for (guint i = 0; i < survey->n_fields; i++)
    {
      WeftField *field = &survey->fields[i];

      guess_kind (field);
      field->role = field->kind == WEFT_FIELD_TEXT || is_row_number (survey, field)
                      ? WEFT_ROLE_IGNORED
                      : WEFT_ROLE_INPUT;
      if (field->role == WEFT_ROLE_INPUT)
        last = field;
      if (field->role == WEFT_ROLE_INPUT && is_named_label (field))
        label = field;
    }
  label = label != NULL ? label : last;
  if (label == NULL)
    return;
  label->role = WEFT_ROLE_LABEL;
  if (is_numbered (label))
    label->kind = WEFT_FIELD_CATEGORY;
}

/**
 * weft_survey_choices:
 *
 * Returns: (transfer full): [n_fields] what was guessed, for people to change
 */
WeftFieldChoice *
weft_survey_choices (const WeftSurvey *survey)
{
  WeftFieldChoice *choices = g_new0 (WeftFieldChoice, MAX (survey->n_fields, 1));

  for (guint i = 0; i < survey->n_fields; i++)
    choices[i] =
      (WeftFieldChoice){ .role = survey->fields[i].role, .kind = survey->fields[i].kind };
  return choices;
}

static gboolean
is_number (const WeftFieldChoice *choice)
{
  return choice->role != WEFT_ROLE_IGNORED && choice->kind == WEFT_FIELD_NUMBER;
}

gint64
weft_survey_n_missing (const WeftSurvey *survey, const WeftFieldChoice *choices)
{
  gint64 n = 0;

  for (guint i = 0; i < survey->n_fields; i++)
    n += is_number (&choices[i]) ? survey->fields[i].n_missing : 0;
  return n;
}

gint64
weft_survey_n_bad (const WeftSurvey *survey, const WeftFieldChoice *choices)
{
  gint64 n = survey->n_bad;

  for (guint i = 0; i < survey->n_fields; i++)
    n += is_number (&choices[i]) ? survey->fields[i].n_bad : 0;
  return n;
}

/* A port's name from a field's: "Petal length (cm)" gives petal_length_cm. Never empty, never
 * twice. */
static char *
make_name (const char *text, GHashTable *used)
{
  GString *name = g_string_new (NULL);
  guint    number = 2;
  gsize    length;

  for (const char *c = text; *c != '\0' && name->len < 32; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (name, g_ascii_tolower (*c));
    else if (name->len > 0 && name->str[name->len - 1] != '_')
      g_string_append_c (name, '_');
  while (name->len > 0 && name->str[name->len - 1] == '_')
    g_string_truncate (name, name->len - 1);
  if (name->len == 0 || g_ascii_isdigit (*name->str))
    g_string_prepend (name, name->len == 0 ? "column" : "column_");
  for (length = name->len; g_hash_table_contains (used, name->str); number++)
    {
      g_string_truncate (name, length);
      g_string_append_printf (name, "_%u", number);
    }
  g_hash_table_add (used, g_strdup (name->str));
  return g_string_free (name, FALSE);
}

/* Returns: (transfer none) */
static WeftJson *
add_transform (Writer *writer, const char *what, const char *column)
{
  WeftJson *transform = weft_json_new_object ();

  weft_json_set_string (transform, "do", what);
  weft_json_set_string (transform, "column", column);
  weft_json_append (writer->transforms, transform);
  return transform;
}

static void
add_category (Writer *writer, const WeftField *field, const char *name)
{
  WeftJson *column = weft_json_new_object ();
  WeftJson *classes = weft_json_new_array ();

  for (guint i = 0; field->texts[i] != NULL; i++)
    weft_json_append (classes, weft_json_new_string (field->texts[i]));
  weft_json_set_string (column, "name", name);
  weft_json_set_string (column, "from", field->name);
  weft_json_set (column, "classes", classes);
  weft_json_append (writer->columns, column);
}

static gboolean
is_used_as (const Writer *writer, guint i, WeftRole role, WeftFieldKind kind)
{
  const WeftFieldChoice *choice = &writer->choices[i];
  const WeftField       *field = &writer->survey->fields[i];

  return choice->role == role && choice->kind == kind &&
         (kind == WEFT_FIELD_NUMBER ? field->can_be_number : field->can_be_category);
}

static void
add_features (Writer *writer)
{
  WeftJson *from = weft_json_new_array ();
  WeftJson *column;

  for (guint i = 0; i < writer->survey->n_fields; i++)
    if (is_used_as (writer, i, WEFT_ROLE_INPUT, WEFT_FIELD_NUMBER))
      weft_json_append (from, weft_json_new_string (writer->survey->fields[i].name));
  if (weft_json_length (from) == 0)
    {
      weft_json_unref (from);
      return;
    }
  g_hash_table_add (writer->used, g_strdup ("features"));
  column = weft_json_new_object ();
  weft_json_set_string (column, "name", "features");
  weft_json_set (column, "from", from);
  weft_json_append (writer->columns, column);
  add_transform (writer, "standardise", "features");
}

static void
add_categories (Writer *writer)
{
  for (guint i = 0, n = 0; i < writer->survey->n_fields && n < MAX_CATEGORY_COLUMNS; i++)
    {
      g_autofree char *name = NULL;

      if (!is_used_as (writer, i, WEFT_ROLE_INPUT, WEFT_FIELD_CATEGORY))
        continue;
      n++;
      name = make_name (writer->survey->fields[i].name, writer->used);
      add_category (writer, &writer->survey->fields[i], name);
      add_transform (writer, "one_hot", name);
    }
}

static void
add_number (Writer *writer, const WeftField *field, const char *name)
{
  WeftJson *column = weft_json_new_object ();
  WeftJson *from = weft_json_new_array ();
  WeftJson *scale;

  weft_json_append (from, weft_json_new_string (field->name));
  weft_json_set_string (column, "name", name);
  weft_json_set (column, "from", from);
  weft_json_append (writer->columns, column);
  if (!isnormal (field->deviation) ||
      (field->deviation <= MOST_DEVIATION && field->deviation >= 1 / MOST_DEVIATION))
    return;
  scale = add_transform (writer, "scale", name);
  weft_json_set_number (scale, "by", pow (10, -floor (log10 (field->deviation))));
}

static void
add_labels (Writer *writer)
{
  for (guint i = 0; i < writer->survey->n_fields; i++)
    {
      const WeftField *field = &writer->survey->fields[i];
      g_autofree char *name = NULL;
      gboolean         category = is_used_as (writer, i, WEFT_ROLE_LABEL, WEFT_FIELD_CATEGORY);

      if (!category && !is_used_as (writer, i, WEFT_ROLE_LABEL, WEFT_FIELD_NUMBER))
        continue;
      name = make_name (field->name, writer->used);
      if (category)
        add_category (writer, field, name);
      else
        add_number (writer, field, name);
    }
}

static const char *
table_format (const WeftSurvey *survey)
{
  const WeftSource *source = survey->path != NULL ? weft_source_of_path (survey->path) : NULL;

  /* The name may say one thing and the text another: the delimiter that was found counts. */
  return source != NULL && strcmp (source->name, "jsonl") == 0 ? "jsonl"
         : survey->dialect.delimiter == '\t'                   ? "tsv"
                                                               : "csv";
}

static WeftJson *
finish (const Writer *writer)
{
  const WeftSurvey *survey = writer->survey;
  WeftJson         *spec = weft_json_new_object ();

  weft_json_set_string (spec, "format", table_format (survey));
  weft_json_set_string (spec, "file", survey->path);
  weft_dialect_write (&survey->dialect, spec);
  if (weft_survey_n_missing (survey, writer->choices) > 0)
    weft_json_set_string (spec, "missing", "mean");
  weft_json_set_int (spec, "rows", survey->n_rows);
  weft_json_set (spec, "columns", writer->columns);
  weft_json_set (spec, "transforms", writer->transforms);
  return spec;
}

static void
fail_unused (const WeftSurvey *survey, GError **error)
{
  g_autofree char *name = g_filename_display_name (survey->path);
  gboolean         any = FALSE;

  for (guint i = 0; i < survey->n_fields; i++)
    any = any || survey->fields[i].can_be_number || survey->fields[i].can_be_category;
  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE, "%s:1: %s", name,
               any ? _ ("no column is used; make one of numbers or categories an input or a label")
                   : _ ("no column has numbers or categories"));
}

/**
 * weft_survey_write:
 * @choices: [n_fields] of a table
 *
 * Errors: #WEFT_DATASET_ERROR_FILE if no field is used.
 *
 * Returns: (transfer full): a specification with an absolute path
 */
WeftJson *
weft_survey_write (const WeftSurvey *survey, const WeftFieldChoice *choices, GError **error)
{
  g_autoptr (GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Writer writer = { .survey = survey, .choices = choices, .used = used };

  g_return_val_if_fail (survey->is_table, NULL);
  writer.columns = weft_json_new_array ();
  writer.transforms = weft_json_new_array ();
  add_features (&writer);
  add_categories (&writer);
  add_labels (&writer);
  if (weft_json_length (writer.columns) > 0)
    return finish (&writer);
  weft_json_unref (writer.columns);
  weft_json_unref (writer.transforms);
  fail_unused (survey, error);
  return NULL;
}
