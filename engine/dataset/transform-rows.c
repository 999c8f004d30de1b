/* Transforms that change which rows and columns there are: window, sort, filter, expression.
 *
 * Windows are views of the rows they are cut from: they take no memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/pages.h"
#include "engine/base/number-text.h"
#include "engine/dataset/source-private.h"
#include "engine/dataset/transform-private.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

#define MAX_WINDOW 65536

/* What a step's whole numbers are. */
enum
{
  LENGTH,
  STEP,
  HORIZON, /* 0: no target */
  TARGET,  /* number of the column that is made */
};

/* ---- Window ---- */

gboolean
weft_window_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  const char *target = weft_json_get_string (json, "target", NULL);
  WeftColumn *column = &spec->columns[step->column];

  if (!weft_spec_in_range (json, "length", 1, MAX_WINDOW, 0, &step->n[LENGTH], error) ||
      !weft_spec_in_range (json, "step", 1, G_MAXINT32, 1, &step->n[STEP], error) ||
      !weft_spec_in_range (json, "horizon", 1, MAX_WINDOW, 1, &step->n[HORIZON], error))
    return FALSE;
  if (column->rank + 1 >= WEFT_MAX_RANK)
    return weft_spec_fail (error, _ ("data set: window of column “%s” has too many axes"),
                           column->name);
  if (target == NULL)
    step->n[HORIZON] = 0;
  else if (!weft_spec_check_new_name (spec, where, "target", target, error))
    return FALSE;
  else
    step->n[TARGET] = weft_spec_make_column (spec, target, column->dtype, column->rank,
                                             step->shape, g_strdupv (column->classes));
  column = &spec->columns[step->column]; /* making one may have moved it */
  memmove (column->shape + 1, column->shape, column->rank * sizeof column->shape[0]);
  column->shape[0] = step->n[LENGTH];
  column->rank++;
  if (!spec->split_stated)
    spec->split_shuffled = FALSE; /* windows overlap: shuffled, the test rows would be known */
  return TRUE;
}

/* The elements of column @c from row @first on, as one row of them. */
static WeftArray *
view_from (const WeftTable *table, guint c, gint64 first)
{
  WeftArray *from = table->arrays[c];
  gint64     skipped = first * table->strides[c], n = from->n_elements - skipped;

  return weft_array_wrap (from->dtype, 1, &n,
                          (char *) from->data + (gsize) skipped * weft_dtype_size (from->dtype),
                          weft_array_ref (from), (GDestroyNotify) weft_array_unref);
}

static GBytes *
marks_from (const WeftTable *table, guint c, gint64 first)
{
  GBytes *marks = table->missing[c];
  gsize   skipped = (gsize) (first * table->strides[c]);

  return marks == NULL
           ? NULL
           : g_bytes_new_from_bytes (marks, skipped, g_bytes_get_size (marks) - skipped);
}

static void
move_column (WeftTable *table, guint c, gint64 first, gint64 step)
{
  WeftArray *array = view_from (table, c, first);
  GBytes    *marks = marks_from (table, c, first);

  weft_array_unref (table->arrays[c]);
  g_clear_pointer (&table->missing[c], g_bytes_unref);
  table->arrays[c] = array;
  table->missing[c] = marks;
  table->strides[c] *= step;
}

gboolean
weft_do_window (WeftDatasetSpec     *spec,
                const WeftTransform *step,
                WeftTable           *table,
                GCancellable        *cancellable,
                GError             **error)
{
  gint64 length = step->n[LENGTH], horizon = step->n[HORIZON], needed = length + horizon;
  gint64 n = table->n_rows < needed ? 0 : (table->n_rows - needed) / step->n[STEP] + 1;

  if (n == 0)
    {
      g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_EMPTY,
                   _ ("data set “%s”: %s rows are too few for a window of %s"),
                   spec->title, WEFT_INT_TEXT (table->n_rows), WEFT_INT_TEXT (needed));
      return FALSE;
    }
  if (table->strides[step->column] != table->elements[step->column])
    return weft_spec_fail (error, _ ("data set: column “%s” cannot be cut into windows twice"),
                           spec->columns[step->column].name);
  if (horizon > 0)
    {
      guint c = step->column;

      weft_table_add (table, view_from (table, c, length - 1 + horizon),
                      table->strides[c] * step->n[STEP], table->elements[c]);
      table->missing[table->n_columns - 1] = marks_from (table, c, length - 1 + horizon);
    }
  for (guint c = 0; c < table->n_columns - (horizon > 0); c++)
    move_column (table, c, c == step->column ? 0 : length - 1, step->n[STEP]);
  table->elements[step->column] *= length;
  table->n_rows = n;
  return TRUE;
}

/* ---- Sort ---- */

gboolean
weft_sort_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  const WeftColumn *column = &spec->columns[step->column];

  step->flag = weft_json_get_bool (json, "down", FALSE);
  if (column->rank == 0 || (column->rank == 1 && column->shape[0] == 1))
    return TRUE;
  return weft_spec_fail (error, _ ("data set: rows are sorted by a single number, but column “%s” "
                                   "has several"),
                         column->name);
}

typedef struct
{
  double value;
  gint64 row;
} Key;

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer down)
{
  const Key *x = a, *y = b;
  int        order = (x->value > y->value) - (x->value < y->value);

  if (order == 0)
    return (x->row > y->row) - (x->row < y->row); /* equal ones keep their order */
  return down != NULL ? -order : order;
}

gboolean
weft_do_sort (WeftDatasetSpec     *spec,
              const WeftTransform *step,
              WeftTable           *table,
              GCancellable        *cancellable,
              GError             **error)
{
  g_autofree Key    *keys = g_new (Key, MAX (table->n_rows, 1));
  g_autofree gint64 *rows = g_new (gint64, MAX (table->n_rows, 1));

  for (gint64 row = 0; row < table->n_rows; row++)
    {
      keys[row].value =
        weft_array_get (table->arrays[step->column], row * table->strides[step->column]);
      keys[row].row = row;
    }
  g_qsort_with_data (keys, (gint) table->n_rows, sizeof *keys, compare_keys,
                     step->flag ? keys : NULL);
  for (gint64 row = 0; row < table->n_rows; row++)
    rows[row] = keys[row].row;
  return weft_table_take (table, rows, table->n_rows, error);
}

/* ---- Filter and expression ---- */

gboolean
weft_filter_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  const char *text = weft_json_get_string (json, "where", "");
  WeftDType   dtype;
  guint       rank;
  gint64      shape[WEFT_MAX_RANK], n = 1;

  step->formula = weft_formula_new (spec, text, where, &dtype, &rank, shape, error);
  if (step->formula == NULL)
    return FALSE;
  for (guint i = 0; i < rank; i++)
    n *= shape[i];
  return n == 1 ||
         weft_spec_fail (
           error,
           _ ("data set: “%swhere” gives %s values a row; it must give one that is true or false"),
           where, WEFT_INT_TEXT (n));
}

gboolean
weft_do_filter (WeftDatasetSpec     *spec,
                const WeftTransform *step,
                WeftTable           *table,
                GCancellable        *cancellable,
                GError             **error)
{
  g_autoptr (WeftArray) keep = weft_formula_evaluate (step->formula, table, cancellable, error);
  g_autofree gint64 *rows = g_new (gint64, MAX (table->n_rows, 1));
  gint64             n = 0;

  if (keep == NULL)
    return FALSE;
  for (gint64 row = 0; row < table->n_rows; row++)
    if (weft_array_get (keep, row) != 0)
      rows[n++] = row;
  return weft_table_take (table, rows, n, error);
}

gboolean
weft_expression_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  const char *name = weft_json_get_string (json, "name", "");
  const char *text = weft_json_get_string (json, "text", "");
  WeftDType   dtype;
  guint       rank;
  gint64      shape[WEFT_MAX_RANK];

  if (!weft_spec_check_new_name (spec, where, "name", name, error))
    return FALSE;
  step->formula = weft_formula_new (spec, text, where, &dtype, &rank, shape, error);
  if (step->formula == NULL)
    return FALSE;
  weft_spec_make_column (spec, name, dtype, rank, shape, NULL);
  return TRUE;
}

gboolean
weft_do_expression (WeftDatasetSpec     *spec,
                    const WeftTransform *step,
                    WeftTable           *table,
                    GCancellable        *cancellable,
                    GError             **error)
{
  WeftArray *array = weft_formula_evaluate (step->formula, table, cancellable, error);
  gint64     elements;

  if (array == NULL)
    return FALSE;
  elements = table->n_rows > 0 ? array->n_elements / table->n_rows : 1;
  for (gint64 i = 0; i < array->n_elements; i++)
    if (!isfinite (weft_array_get (array, i)))
      {
        g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
                     _ ("data set “%s”: row %s: the expression of transform %u gives a number that "
                        "is not finite"),
                     spec->title, WEFT_INT_TEXT (i / MAX (elements, 1)), step->number);
        weft_array_unref (array);
        return FALSE;
      }
  weft_table_add (table, array, elements, elements);
  return TRUE;
}

/* ---- Mask ---- */

gboolean
weft_mask_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  const char *name = weft_json_get_string (json, "name", "");

  if (step->rank < 1)
    return weft_spec_fail (error, _ ("data set: “mask” needs rows of several items, which column "
                                     "“%s” does not have"),
                           spec->columns[step->column].name);
  step->by = weft_json_get_number (json, "value", weft_json_get (json, "value") == NULL ? 0 : NAN);
  if (isnan (step->by))
    return weft_spec_fail (error, _ ("data set: “%svalue” must be a number"), where);
  if (!weft_spec_in_range (json, "length", step->shape[0], 65536, step->shape[0], &step->n[LENGTH],
                           error) ||
      !weft_spec_check_new_name (spec, where, "name", name, error))
    return FALSE;
  weft_spec_make_column (spec, name, WEFT_F32, 1, &step->n[LENGTH], NULL);
  return TRUE;
}

/* How many items of the row come before those that are nothing but padding. */
static gint64
count_items (const WeftTransform *step, const double *numbers, gint64 n)
{
  gint64 width = n / step->shape[0], used = n;

  while (used > 0 && numbers[used - 1] == step->by)
    used--;
  return (used + width - 1) / width;
}

gboolean
weft_do_mask (WeftDatasetSpec     *spec,
              const WeftTransform *step,
              WeftTable           *table,
              GCancellable        *cancellable,
              GError             **error)
{
  const WeftArray   *from = table->arrays[step->column];
  gint64             n = table->elements[step->column], shape[] = { table->n_rows, step->n[LENGTH] };
  g_autofree double *numbers = g_new (double, n);
  WeftArray         *mask = weft_pages_new_array (WEFT_F32, 2, shape, from, error);

  for (gint64 row = 0; mask != NULL && row < table->n_rows; row++)
    {
      gint64 items;

      weft_convert (WEFT_F64, numbers, from->dtype,
                    (const char *) from->data +
                      (gsize) (row * table->strides[step->column]) * weft_dtype_size (from->dtype),
                    (gsize) n);
      items = count_items (step, numbers, n);
      for (gint64 i = 0; i < items; i++)
        ((float *) mask->data)[row * shape[1] + i] = 1;
    }
  if (mask != NULL)
    weft_table_add (table, mask, shape[1], shape[1]);
  return mask != NULL;
}
