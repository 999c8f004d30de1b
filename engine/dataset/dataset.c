/* Opening data sets, and gathering rows from them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/cache-private.h"
#include "engine/base/number-text.h"
#include "engine/dataset/opened-private.h"
#include "engine/dataset/pages.h"
#include "engine/dataset/source-private.h"
#include "engine/dataset/transform-private.h"
#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

WeftDataset *
weft_dataset_ref (WeftDataset *dataset)
{
  g_atomic_ref_count_inc (&dataset->ref_count);
  return dataset;
}

void
weft_dataset_unref (WeftDataset *dataset)
{
  if (dataset == NULL || !g_atomic_ref_count_dec (&dataset->ref_count))
    return;
  for (guint c = 0; c < dataset->spec->n_columns; c++)
    {
      for (guint part = 0; part < WEFT_N_SPLITS; part++)
        weft_array_unref (dataset->columns[c].parts[part]);
      g_free (dataset->columns[c].mul);
      g_free (dataset->columns[c].add);
      g_free (dataset->columns[c].mul_f32);
      g_free (dataset->columns[c].draws);
      g_free (dataset->columns[c].add_f32);
    }
  for (guint i = 0; i < WEFT_N_SPLITS; i++)
    g_free (dataset->splits[i].rows);
  g_free (dataset->columns);
  g_free (dataset->weights);
  g_free (dataset->lengths);
  weft_dataset_spec_unref (dataset->spec);
  g_free (dataset);
}

/* ---- Opening ---- */

static gint64
count_elements (guint rank, const gint64 *shape)
{
  gint64 n = 1;

  for (guint i = 0; i < rank; i++)
    n *= shape[i];
  return n;
}

static WeftDataset *
new_dataset (WeftDatasetSpec *spec, WeftTable *const *tables)
{
  WeftDataset *dataset = g_new0 (WeftDataset, 1);

  g_atomic_ref_count_init (&dataset->ref_count);
  dataset->spec = weft_dataset_spec_ref (spec);
  dataset->columns = g_new0 (WeftStored, spec->n_columns);
  for (guint c = 0; c < spec->n_columns; c++)
    {
      WeftStored *column = &dataset->columns[c];

      column->elements = tables[0]->elements[c];
      column->period = c < spec->n_sources
                         ? MAX (count_elements (spec->sources[c].rank, spec->sources[c].shape), 1)
                         : column->elements;
      column->out_elements = count_elements (spec->columns[c].rank, spec->columns[c].shape);
      for (guint part = 0; part < WEFT_N_SPLITS; part++)
        if (tables[part] != NULL)
          {
            column->parts[part] = weft_array_ref (tables[part]->arrays[c]);
            column->strides[part] = tables[part]->strides[c];
            dataset->part_rows[part] = tables[part]->n_rows;
          }
    }
  weft_dataset_make_splits (dataset, tables);
  return dataset;
}

/* The rows of one part, after all transforms of rows. */
static WeftTable *
open_table (WeftDatasetSpec *spec, guint part, GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftTable) table = spec->cached != NULL ? weft_cache_read (spec, part) : NULL;
  guint    first = spec->cached != NULL ? spec->cache_step : 0, n = spec->transforms->len;
  gboolean kept = table != NULL;

  if (!kept)
    {
      table = spec->source->read (spec, &spec->files[part], cancellable, error);
      if (table == NULL)
        return NULL;
      for (guint c = 0; c < spec->n_sources; c++)
        table->elements[c] = count_elements (spec->sources[c].rank, spec->sources[c].shape);
      if (!weft_dataset_change_rows (spec, table, 0, first, cancellable, error))
        return NULL;
      if (spec->cached != NULL)
        weft_cache_write (spec, part, table);
    }
  return weft_dataset_change_rows (spec, table, first, n, cancellable, error)
           ? g_steal_pointer (&table)
           : NULL;
}

static WeftDataset *
open_tables (WeftDatasetSpec *spec, WeftTable **tables, GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftDataset) dataset = NULL;

  for (guint part = 0; part < WEFT_N_SPLITS; part++)
    if (part == 0 || spec->files[part].n > 0)
      {
        tables[part] = open_table (spec, part, cancellable, error);
        if (tables[part] == NULL)
          return NULL;
      }
  dataset = new_dataset (spec, tables);
  if (dataset->splits[WEFT_SPLIT_TRAIN].n == 0)
    {
      g_set_error (
        error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_EMPTY,
        _ ("data set “%s”: of %s rows none are left to train with; add rows or change the split"),
        spec->title, WEFT_INT_TEXT (tables[0]->n_rows));
      return NULL;
    }
  if (!weft_dataset_prepare (dataset, tables, cancellable, error) ||
      !weft_dataset_prepare_order (dataset, error))
    return NULL;
  return g_steal_pointer (&dataset);
}

/**
 * weft_dataset_open:
 * @cancellable: (nullable): looked at between chunks
 *
 * Reads and checks all rows and applies the transforms. Any thread.
 *
 * Errors: #WEFT_DATASET_ERROR_FILE naming file and line or byte; #WEFT_DATASET_ERROR_EMPTY;
 * #G_IO_ERROR_CANCELLED; #WEFT_TENSOR_ERROR_TOO_LARGE if the memory does not suffice.
 *
 * Returns: (transfer full): the data set
 */
WeftDataset *
weft_dataset_open (WeftDatasetSpec *spec, GCancellable *cancellable, GError **error)
{
  WeftTable       *tables[WEFT_N_SPLITS] = { NULL };
  g_autofree char *before = NULL, *after = NULL;
  guint            n_faults = weft_pages_n_faults ();
  g_autoptr (WeftDataset) dataset = NULL;

  g_return_val_if_fail (spec != NULL, NULL);

  before = weft_dataset_dup_state (spec);
  dataset = open_tables (spec, tables, cancellable, error);
  for (guint part = 0; part < WEFT_N_SPLITS; part++)
    weft_table_free (tables[part]);
  after = weft_dataset_dup_state (spec);
  if (dataset == NULL || (strcmp (before, after) == 0 && n_faults == weft_pages_n_faults ()))
    return g_steal_pointer (&dataset);
  g_set_error (error, WEFT_DATASET_ERROR, WEFT_DATASET_ERROR_FILE,
               _ ("%s: the file was changed or cut off while it was read; try again"),
               spec->files[WEFT_SPLIT_TRAIN].n > 0 ? spec->files[WEFT_SPLIT_TRAIN].paths[0]
                                                   : spec->title);
  return NULL;
}

/* Returns: (transfer none): what it was opened from */
WeftDatasetSpec *
weft_dataset_get_spec (WeftDataset *dataset)
{
  return dataset->spec;
}

/* Whether the files that batches of @split are made from are as they were. Errors:
 * #WEFT_DATASET_ERROR_FILE. Any thread. */
gboolean
weft_dataset_check (WeftDataset *dataset, WeftSplit split, GError **error)
{
  const WeftSplitRows *rows = &dataset->splits[split];

  for (guint c = 0; rows->on_disk && c < dataset->spec->n_columns; c++)
    if (!weft_pages_check (dataset->columns[c].parts[rows->part]->data, error))
      return FALSE;
  return TRUE;
}

gint64
weft_dataset_n_rows (WeftDataset *dataset, WeftSplit split)
{
  g_return_val_if_fail (split < WEFT_N_SPLITS, 0);

  return dataset->splits[split].n;
}

/* ---- Gathering ---- */

static void
scale_f32 (float *restrict x, const float *restrict mul, const float *restrict add, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    x[i] = x[i] * mul[i] + add[i];
}

static void
scale_f64 (double *restrict x, const double *restrict mul, const double *restrict add, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    x[i] = x[i] * mul[i] + add[i];
}

/* Pictures: bytes to floats and scaled, in one pass. No multiply-add is fused, so every machine
 * gives the same bits. */
static inline __attribute__ ((always_inline)) void
scale_bytes_loop (const guint8 *restrict in,
                  const float *restrict mul,
                  const float *restrict add,
                  gint64 n,
                  float *restrict out)
{
  for (gint64 i = 0; i < n; i++)
    out[i] = (float) in[i] * mul[i] + add[i];
}

#ifdef __x86_64__
__attribute__ ((target ("avx2"))) static void
scale_bytes_avx2 (const guint8 *in, const float *mul, const float *add, gint64 n, float *out)
{
  scale_bytes_loop (in, mul, add, n, out);
}
#endif

static void
scale_bytes (const guint8 *in, const float *mul, const float *add, gint64 n, float *out)
{
#ifdef __x86_64__
  if (__builtin_cpu_supports ("avx2"))
    {
      scale_bytes_avx2 (in, mul, add, n, out);
      return;
    }
#endif
  scale_bytes_loop (in, mul, add, n, out);
}

/* A one of @dtype at each element's number; @out is zero. Numbers were checked when the file was
 * read. */
static void
mark_hot (const WeftStored *column, WeftDType from, const char *in, WeftDType to, char *out)
{
  static const gint64 one = 1;
  gsize               size = weft_dtype_size (to);

  for (gint64 i = 0; i < column->elements; i++)
    {
      gint64 number;

      weft_convert (WEFT_I64, &number, from, in + i * weft_dtype_size (from), 1);
      if (number >= 0 && number < column->n_hot)
        weft_convert (to, out + (i * column->n_hot + number) * size, WEFT_I64, &one, 1);
    }
}

static void
gather_row (const WeftStored *column, guint part, gint64 row, WeftDType dtype, char *out)
{
  const WeftArray *array = column->parts[part];
  const char      *in =
    (const char *) array->data + row * column->strides[part] * weft_dtype_size (array->dtype);

  if (column->n_hot > 0)
    {
      mark_hot (column, array->dtype, in, dtype, out);
      return;
    }
  if (column->mul_f32 != NULL && array->dtype == WEFT_U8)
    {
      scale_bytes ((const guint8 *) in, column->mul_f32, column->add_f32, column->elements,
                   (float *) out);
      return;
    }
  weft_convert (dtype, out, array->dtype, in, column->elements);
  if (column->mul_f32 != NULL)
    scale_f32 ((float *) out, column->mul_f32, column->add_f32, column->elements);
  else if (column->mul != NULL)
    scale_f64 ((double *) out, column->mul, column->add, column->elements);
}

/* The row as it is, then through the column's draws into @out, by way of @a and @b. */
static void
draw_row (const WeftStored *column,
          guint             part,
          gint64            row,
          WeftDType         dtype,
          const WeftEpoch  *epoch,
          char             *a,
          char             *b,
          char             *out)
{
  gather_row (column, part, row, dtype, a);
  for (guint i = 0; i < column->n_draws; i++)
    {
      const WeftTransform *step = column->draws[i];
      WeftDraw             draw = { epoch, (guint64) row, step->number, dtype };
      char                *to = i + 1 == column->n_draws ? out : i % 2 == 0 ? b
                                                                            : a;

      step->kind->draw (step, &draw, i % 2 == 0 ? a : b, to);
    }
}

/* Shuffled rows lie anywhere in memory: asking for one early hides the wait for it, which is
 * five times the work on it. */
#define ROWS_AHEAD 8
#define CACHE_LINE 64
#define MAX_LINES_AHEAD 32

static void
ask_for_row (const WeftStored *column, guint part, gint64 row)
{
  const WeftArray *array = column->parts[part];
  gsize            size = weft_dtype_size (array->dtype);
  const char      *at = (const char *) array->data + row * column->strides[part] * size;
  gsize            bytes = MIN ((gsize) column->elements * size, MAX_LINES_AHEAD * CACHE_LINE);

  for (gsize i = 0; i < bytes; i += CACHE_LINE)
    __builtin_prefetch (at + i);
}

static WeftArray *
gather (WeftDataset     *dataset,
        WeftSplit        split,
        guint            column,
        const guint32   *rows,
        gsize            n,
        const WeftEpoch *epoch,
        GError         **error)
{
  const WeftSplitRows *chosen;
  const WeftColumn    *type;
  WeftStored          *stored;
  WeftArray           *array;
  gint64               shape[WEFT_MAX_RANK] = { (gint64) n };
  gsize                row_bytes, draw_bytes;
  g_autoptr (WeftArray) between = NULL; /* draws: two rows on their way */

  g_return_val_if_fail (split < WEFT_N_SPLITS && column < dataset->spec->n_columns, NULL);
  g_return_val_if_fail (rows != NULL || (gint64) n <= dataset->splits[split].n, NULL);

  chosen = &dataset->splits[split];
  type = &dataset->spec->columns[column];
  stored = &dataset->columns[column];
  memcpy (shape + 1, type->shape, type->rank * sizeof shape[0]);
  draw_bytes = (gsize) stored->draw_elements * weft_dtype_size (type->dtype);
  if (stored->n_draws > 0)
    between = weft_array_try_new (type->dtype, 1, (gint64[]){ 2 * stored->draw_elements }, error);
  if (stored->n_draws > 0 && between == NULL)
    return NULL;
  array = weft_array_try_new (type->dtype, type->rank + 1, shape, error);
  if (array == NULL)
    return NULL;
  row_bytes = (gsize) stored->out_elements * weft_dtype_size (type->dtype);
  for (gsize i = 0; i < n; i++)
    {
      gint64 row = rows != NULL ? rows[i] : (gint64) i;

      if (row >= chosen->n)
        {
          g_critical ("row %" G_GINT64_FORMAT " of a split of %" G_GINT64_FORMAT, row, chosen->n);
          continue;
        }
      if (rows != NULL && i + ROWS_AHEAD < n && rows[i + ROWS_AHEAD] < chosen->n)
        ask_for_row (stored, chosen->part, weft_split_row (chosen, rows[i + ROWS_AHEAD]));
      if (stored->n_draws > 0)
        draw_row (stored, chosen->part, weft_split_row (chosen, row), type->dtype, epoch,
                  between->data, (char *) between->data + draw_bytes,
                  (char *) array->data + i * row_bytes);
      else
        gather_row (stored, chosen->part, weft_split_row (chosen, row), type->dtype,
                    (char *) array->data + i * row_bytes);
    }
  if (chosen->on_disk)
    weft_pages_touched (n * (gsize) stored->elements *
                        weft_dtype_size (stored->parts[chosen->part]->dtype));
  return array;
}

/**
 * weft_dataset_gather:
 * @rows: (nullable): [@n] numbers of rows of the split, below weft_dataset_n_rows()
 *
 * What is random is left out. Any thread.
 *
 * Errors: #WEFT_TENSOR_ERROR_TOO_LARGE.
 *
 * Returns: (transfer full): [@n, ...] in the column's type
 */
WeftArray *
weft_dataset_gather (WeftDataset   *dataset,
                     WeftSplit      split,
                     guint          column,
                     const guint32 *rows,
                     gsize          n,
                     GError       **error)
{
  return gather (dataset, split, column, rows, n, NULL, error);
}

/**
 * weft_dataset_gather_epoch:
 * @rows: (nullable): [@n] numbers of rows of the split, below weft_dataset_n_rows()
 *
 * What is random is drawn for the rows that train alone. Any thread.
 *
 * Errors: #WEFT_TENSOR_ERROR_TOO_LARGE.
 *
 * Returns: (transfer full): [@n, ...] in the column's type
 */
WeftArray *
weft_dataset_gather_epoch (WeftDataset   *dataset,
                           WeftSplit      split,
                           guint          column,
                           const guint32 *rows,
                           gsize          n,
                           guint64        seed,
                           guint64        epoch,
                           GError       **error)
{
  WeftEpoch drawn = { seed, epoch };

  return gather (dataset, split, column, rows, n, split == WEFT_SPLIT_TRAIN ? &drawn : NULL, error);
}
