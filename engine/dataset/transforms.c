/* The table of transforms, and reading them from a specification. A new kind is a row here.
 *
 *   {"do": "scale", "column": "pixels", "by": 0.0039, "shift": 0}     x * by + shift
 *   {"do": "standardise", "column": "x"}      to mean 0 and deviation 1 of the training rows
 *   {"do": "one_hot", "column": "label"}, {"do": "flatten", "column": "pixels"}
 *   {"do": "cast", "column": "label", "to": "i64"}
 * Before all of these, about rows and columns:
 *   {"do": "window", "column": "x", "length": 12, "step": 1, "target": "y", "horizon": 1}
 *                        rows that follow each other become one; y is what comes after them
 *   {"do": "sort", "column": "x", "down": false}
 *   {"do": "filter", "where": "rooms > 2 and age < 50"}
 *   {"do": "expression", "name": "ratio", "text": "rooms / households"}      a column more
 *   {"do": "mask", "column": "x", "name": "m", "value": 0, "length": 20}     a column more: 1 for
 * each item, 0 for those at the end that are nothing but value; length: that of pad
 *   {"do": "cache"}      the rows as they are here are kept on disk for the next opening
 * After them, anew for each row that is given out; what is random, for training rows alone:
 *   {"do": "crop", "column": "pixels", "size": [28, 28], "pad": 4, "random": true}
 *   {"do": "flip", "column": "pixels", "axis": "horizontal", "chance": 0.5}
 *   {"do": "rotate", "column": "pixels", "degrees": 15}
 *   {"do": "noise", "column": "x", "deviation": 0.1}
 *   {"do": "ngrams", "column": "x", "n": 3}            (length, ...) to (length - n + 1, n, ...)
 *   {"do": "pad", "column": "x", "length": 20, "value": 0}        longer along the first axis
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/source-private.h"
#include "engine/base/number-text.h"
#include "engine/dataset/transform-list.h"
#include "engine/dataset/transform-private.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

#define fail weft_spec_fail

/* ---- Types of values ---- */

static gboolean
scale_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  WeftColumn *column = &spec->columns[step->column];

  if (column->classes != NULL)
    return fail (error, _ ("data set: column “%s” holds classes; they cannot be scaled"),
                 column->name);
  if (!weft_dtype_is_float (column->dtype))
    column->dtype = WEFT_F32;
  step->by = weft_json_get_number (json, "by", weft_json_get (json, "by") == NULL ? 1 : NAN);
  step->shift =
    weft_json_get_number (json, "shift", weft_json_get (json, "shift") == NULL ? 0 : NAN);
  if (!isfinite (step->by) || !isfinite (step->shift))
    return fail (error, _ ("data set: “%sby” and “%sshift” must be numbers"), where, where);
  return TRUE;
}

static gboolean
one_hot_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  WeftColumn *column = &spec->columns[step->column];

  for (guint i = 0; i < spec->transforms->len; i++)
    {
      const WeftTransform *earlier = &g_array_index (spec->transforms, WeftTransform, i);

      if (earlier->kind->stage != WEFT_STAGE_ROWS && earlier->column == step->column &&
          strcmp (earlier->kind->name, "flatten") != 0)
        return fail (error, _ ("data set: one_hot must be the first transform of column “%s”"),
                     column->name);
    }
  if (column->classes == NULL)
    return fail (error,
                 _ ("data set: one_hot of column “%s” needs to know its classes; state them in "
                    "“columns”"),
                 column->name);
  if (column->rank + 1 >= WEFT_MAX_RANK)
    return fail (error, _ ("data set: one_hot of column “%s” has too many axes"), column->name);
  column->shape[column->rank++] = g_strv_length (column->classes);
  column->dtype = WEFT_F32;
  return TRUE;
}

static gboolean
flatten_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  WeftColumn *column = &spec->columns[step->column];
  gint64      n = 1;

  for (guint i = 0; i < column->rank; i++)
    n *= column->shape[i];
  column->rank = 1;
  column->shape[0] = n;
  return TRUE;
}

static gboolean
cast_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  if (!weft_dtype_parse (weft_json_get_string (json, "to", ""), &step->to) ||
      step->to == WEFT_F16 || step->to == WEFT_BF16)
    return fail (error, _ ("data set: “%sto” must be an element type such as f32 or i64"), where);
  spec->columns[step->column].dtype = step->to;
  return TRUE;
}

/* What is kept on disk is what the columns are here (cache.c). */
static gboolean
cache_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  if (spec->cached != NULL)
    return fail (error, _ ("data set: rows are kept at one place; leave one “cache” out"));
  if ((spec->source->flags & WEFT_SOURCE_NO_FILE) != 0)
    return fail (error, _ ("data set: “cache” is for rows that come from files"));
  spec->n_cached = spec->n_columns;
  spec->cache_step = step->number;
  spec->cached = g_new (gint64, spec->n_columns);
  for (guint c = 0; c < spec->n_columns; c++)
    {
      spec->cached[c] = 1;
      for (guint i = 0; i < spec->columns[c].rank; i++)
        spec->cached[c] *= spec->columns[c].shape[i];
    }
  return TRUE;
}

/* ---- The table ---- */

/* When it acts, in words for people. */
#define BEFORE N_("Once for all rows, before they are split")
#define FITTED N_("Fitted to the training rows alone, then done to all rows")
#define ALWAYS N_("Done to all rows alike")
#define TRAINING                                                                                  \
  N_ ("Only while training, drawn anew for each row and epoch; validation and test stay as they " \
      "are")
#define PLACED                                                                                  \
  N_ ("Done to all rows: while training at a place drawn anew for each row and epoch, else in " \
      "the middle")

/* clang-format off */
const WeftTransformKind weft_transform_kinds[] = {
  { "scale", "by shift", ALWAYS, WEFT_STAGE_VALUES, .read = scale_type, .values = weft_do_scale },
  { "standardise", "", FITTED, WEFT_STAGE_VALUES, .read = scale_type, .values = weft_do_standardise },
  { "one_hot", "", ALWAYS, WEFT_STAGE_VALUES, .read = one_hot_type, .values = weft_do_one_hot },
  { "flatten", "", ALWAYS, WEFT_STAGE_VALUES, .read = flatten_type },
  { "cast", "to", ALWAYS, WEFT_STAGE_VALUES, .read = cast_type, .values = weft_do_cast },
  { "window", "length step horizon target", BEFORE, WEFT_STAGE_ROWS,
    .read = weft_window_type, .rows = weft_do_window },
  { "sort", "down", BEFORE, WEFT_STAGE_ROWS, .read = weft_sort_type, .rows = weft_do_sort },
  { "filter", "where", BEFORE, WEFT_STAGE_ROWS, TRUE, .read = weft_filter_type, .rows = weft_do_filter },
  { "expression", "name text", BEFORE, WEFT_STAGE_ROWS, TRUE,
    .read = weft_expression_type, .rows = weft_do_expression },
  { "mask", "name value length", BEFORE, WEFT_STAGE_ROWS, .read = weft_mask_type, .rows = weft_do_mask },
  { "cache", "", N_("Once: what stands above is done when the data are first opened, and kept on disk"), WEFT_STAGE_ROWS, TRUE,
    .read = cache_type },
  { "crop", "size pad random", PLACED, WEFT_STAGE_DRAW, .read = weft_crop_type, .draw = weft_draw_crop },
  { "flip", "axis chance", TRAINING, WEFT_STAGE_DRAW, .read = weft_flip_type, .draw = weft_draw_flip },
  { "rotate", "degrees", TRAINING, WEFT_STAGE_DRAW, .read = weft_rotate_type, .draw = weft_draw_rotate },
  { "noise", "deviation", TRAINING, WEFT_STAGE_DRAW, .read = weft_noise_type, .draw = weft_draw_noise },
  { "ngrams", "n", ALWAYS, WEFT_STAGE_DRAW, .read = weft_ngrams_type, .draw = weft_draw_ngrams },
  { "pad", "length value", ALWAYS, WEFT_STAGE_DRAW, .read = weft_pad_type, .draw = weft_draw_pad },
};
/* clang-format on */

static const WeftTransformKind *
find_kind (const char *where, const char *name, GError **error)
{
  GString *all;

  for (guint i = 0; i < G_N_ELEMENTS (weft_transform_kinds); i++)
    if (strcmp (weft_transform_kinds[i].name, name) == 0)
      return &weft_transform_kinds[i];
  all = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (weft_transform_kinds); i++)
    g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", weft_transform_kinds[i].name);
  fail (error, _ ("data set: “%sdo” is “%s”; it must be one of %s"), where, name, all->str);
  g_string_free (all, TRUE);
  return NULL;
}

/* ---- Reading ---- */

static gboolean
find_column (WeftDatasetSpec *spec, const char *where, WeftJson *json, guint *index, GError **error)
{
  const char *name = weft_json_get_string (json, "column", "");

  for (*index = 0; *index < spec->n_columns; (*index)++)
    if (strcmp (spec->columns[*index].name, name) == 0)
      return TRUE;
  return fail (error, _ ("data set: “%scolumn” is “%s”, but there is no such column"), where, name);
}

static gboolean
check_members (const WeftTransformKind *kind, const char *where, WeftJson *json, GError **error)
{
  g_autofree char *all = g_strconcat ("do ", kind->no_column ? "" : "column ", kind->options, NULL);
  g_auto (GStrv) known = g_strsplit (g_strstrip (all), " ", -1);

  return weft_dataset_check_members (json, where, (const char *const *) known, error);
}

/* Rows first, then values, and what changes each row given out last. */
static gboolean
check_order (WeftDatasetSpec *spec, const WeftTransform *step, const char *where, GError **error)
{
  for (guint i = 0; i < spec->transforms->len; i++)
    {
      const WeftTransform *earlier = &g_array_index (spec->transforms, WeftTransform, i);

      if (step->kind->stage == WEFT_STAGE_ROWS && earlier->kind->stage != WEFT_STAGE_ROWS)
        return fail (error,
                     _ ("data set: “%s” must come before “%s”: rows and columns are made before "
                        "their numbers are changed"),
                     step->kind->name, earlier->kind->name);
      if (earlier->kind->stage == WEFT_STAGE_DRAW && earlier->column == step->column &&
          step->kind->stage == WEFT_STAGE_VALUES && strcmp (step->kind->name, "flatten") != 0)
        return fail (error, _ ("data set: “%s” of column “%s” must come before its “%s”"),
                     step->kind->name, spec->columns[step->column].name, earlier->kind->name);
      if (step->kind->stage == WEFT_STAGE_DRAW && earlier->column == step->column &&
          strcmp (earlier->kind->name, "one_hot") == 0)
        return fail (error, _ ("data set: “%s” of column “%s” cannot follow one_hot"),
                     step->kind->name, spec->columns[step->column].name);
    }
  return TRUE;
}

/* What transforms make of a row is a row, too. */
static gboolean
check_row_sizes (WeftDatasetSpec *spec, const char *where, GError **error)
{
  for (guint c = 0; c < spec->n_columns; c++)
    {
      const WeftColumn *column = &spec->columns[c];
      gint64            n = 1;

      for (guint i = 0; i < column->rank; i++)
        if (__builtin_mul_overflow (n, column->shape[i], &n) || n > WEFT_MAX_ROW_ELEMENTS)
          return fail (error,
                       _ ("data set: “%sdo” gives column “%s” rows of more than %s numbers"),
                       where, column->name, WEFT_INT_TEXT (WEFT_MAX_ROW_ELEMENTS));
    }
  return TRUE;
}

static gboolean
read_transform (WeftDatasetSpec *spec, guint index, WeftJson *json, GError **error)
{
  g_autofree char         *where = g_strdup_printf ("transforms[%u].", index);
  const char              *name = weft_json_get_string (json, "do", "");
  const WeftTransformKind *kind = find_kind (where, name, error);
  WeftTransform            step = { .kind = kind, .number = index, .by = 1 };

  if (kind == NULL || !check_members (kind, where, json, error))
    return FALSE;
  step.column = G_MAXUINT;
  if (!kind->no_column)
    {
      if (!find_column (spec, where, json, &step.column, error))
        return FALSE;
      step.rank = spec->columns[step.column].rank;
      memcpy (step.shape, spec->columns[step.column].shape, sizeof step.shape);
    }
  if (!check_order (spec, &step, where, error) || !kind->read (spec, &step, json, where, error))
    {
      weft_formula_free (step.formula);
      return FALSE;
    }
  g_array_append_val (spec->transforms, step);
  return check_row_sizes (spec, where, error);
}

gboolean
weft_spec_check_new_name (
  WeftDatasetSpec *spec, const char *where, const char *key, const char *name, GError **error)
{
  if (!weft_spec_is_identifier (name))
    return fail (error,
                 _ ("data set: “%s%s” must be a name of letters, digits and _, which its port "
                    "bears"),
                 where, key);
  for (guint c = 0; c < spec->n_columns; c++)
    if (strcmp (spec->columns[c].name, name) == 0)
      return fail (error, _ ("data set: there are two columns “%s”"), name);
  return TRUE;
}

guint
weft_spec_make_column (WeftDatasetSpec *spec,
                       const char      *name,
                       WeftDType        dtype,
                       guint            rank,
                       const gint64    *shape,
                       char           **classes)
{
  WeftColumn *column;

  spec->columns = g_renew (WeftColumn, spec->columns, spec->n_columns + 1);
  column = &spec->columns[spec->n_columns];
  *column = (WeftColumn){ .name = g_strdup (name), .dtype = dtype, .rank = rank };
  column->classes = classes;
  memcpy (column->shape, shape, rank * sizeof *shape);
  return spec->n_columns++;
}

gboolean
weft_dataset_spec_read_transforms (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  for (guint c = 0; c < spec->n_sources; c++)
    {
      const WeftSourceColumn *source = &spec->sources[c];

      weft_spec_make_column (spec, source->name, source->dtype, source->rank, source->shape,
                             g_strdupv (source->classes));
    }
  for (guint i = 0; i < weft_json_length (json); i++)
    if (!read_transform (spec, i, weft_json_at (json, i), error))
      return FALSE;
  return TRUE;
}

/**
 * weft_transform_describe:
 * @name: (out) (transfer none): the value of "do"
 * @options: (out) (transfer none): members besides "do" and "column", with spaces between
 * @has_column: (out): whether it is done to one column
 *
 * Returns: %FALSE past the last kind
 */
gboolean
weft_transform_describe (guint        index,
                         const char **name,
                         const char **options,
                         gboolean    *has_column)
{
  if (index >= G_N_ELEMENTS (weft_transform_kinds))
    return FALSE;
  *name = weft_transform_kinds[index].name;
  *options = weft_transform_kinds[index].options;
  *has_column = !weft_transform_kinds[index].no_column;
  return TRUE;
}

/**
 * weft_transform_when:
 * @step: one of a specification's transforms
 *
 * Returns: (transfer none) (nullable): in words for people, when it acts on which rows
 */
const char *
weft_transform_when (WeftJson *step)
{
  const char              *name = weft_json_get_string (step, "do", "");
  const WeftTransformKind *kind = find_kind ("", name, NULL);

  if (kind == NULL)
    return NULL;
  return _ (strcmp (name, "crop") == 0 && !weft_json_get_bool (step, "random", TRUE) ? ALWAYS
                                                                                     : kind->when);
}
