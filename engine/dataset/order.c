/* In which order rows train: what "batches" of a specification says.
 *
 *   {"order": "sequential"}     as they stand in their split, every epoch; else shuffled
 *   {"weights": "w"}            drawn one by one, each as often as column w says; of a column with
 * classes: each class alike often
 *   {"bucket": "x"}             rows of about the same length in a batch: by the number in x, or,
 * of a column of several items, by those up to the zeros at its end
 *   {"last": "drop"}            no short batch at the end; "fill": filled up from the beginning
 *
 * All of it is about training alone: measuring takes every row once. The order depends on seed,
 * epoch, rows and the size of a batch alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/opened-private.h"
#include "engine/dataset/source-private.h"
#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* Apart from the streams of batches.c: epoch e of a kind is stream KIND + e. */
#define STREAM_WEIGHTS ((guint64) 0x78 << 56)
#define STREAM_BUCKETS ((guint64) 0x79 << 56)
#define STREAM_ROWS ((guint64) 0x65706f63 << 32)

/* Batches whose rows are sorted together: enough for rows of one length to meet, few enough for
 * chance. */
#define BATCHES_A_POOL 64
#define ROWS_AT_ONCE 1024
#define NUMBERS_AT_ONCE (1 << 20)

/* ---- The specification ---- */

static gboolean
find_column (WeftDatasetSpec *spec, WeftJson *json, const char *key, guint *column, GError **error)
{
  const char *name = weft_json_get_string (json, key, NULL);

  *column = G_MAXUINT;
  if (weft_json_get (json, key) == NULL)
    return TRUE;
  for (guint c = 0; name != NULL && c < spec->n_columns; c++)
    if (strcmp (spec->columns[c].name, name) == 0)
      {
        *column = c;
        return TRUE;
      }
  return weft_spec_fail (error, _ ("data set: “batches.%s” must be the name of a column"), key);
}

/* The word's place among the three; 3: none of them. */
static guint
find_word (WeftJson *json, const char *key, const char *const words[3])
{
  const char *word =
    weft_json_get_string (json, key, weft_json_get (json, key) == NULL ? words[0] : "");
  guint i = 0;

  while (i < 3 && g_strcmp0 (words[i], word) != 0)
    i++;
  return i;
}

gboolean
weft_dataset_spec_read_batches (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  static const char *const known[] = { "order", "weights", "bucket", "last", NULL };
  static const char *const orders[] = { "shuffled", "sequential", NULL };
  static const char *const lasts[] = { "keep", "drop", "fill" };
  guint                    order = find_word (json, "order", orders), last = find_word (json, "last", lasts);

  spec->weights_column = spec->bucket_column = G_MAXUINT;
  if (!weft_dataset_check_members (json, "batches.", known, error) ||
      !find_column (spec, json, "weights", &spec->weights_column, error) ||
      !find_column (spec, json, "bucket", &spec->bucket_column, error))
    return FALSE;
  if (order > 1)
    return weft_spec_fail (error, _ ("data set: “batches.order” must be shuffled or sequential"));
  if (last > 2)
    return weft_spec_fail (error, _ ("data set: “batches.last” must be keep, drop or fill"));
  spec->sequential = order == 1;
  spec->last = (WeftLastBatch) last;
  if (spec->sequential && (spec->weights_column != G_MAXUINT || spec->bucket_column != G_MAXUINT))
    return weft_spec_fail (error,
                           _ ("data set: batches in sequence have neither “weights” nor “bucket”"));
  return TRUE;
}

/* ---- What rows weigh, and how long they are ---- */

/* Calls @take with each training row of column @c: its numbers as given out. */
static gboolean
walk_column (WeftDataset *dataset,
             guint        c,
             void (*take) (gint64 row, const double *numbers, gint64 n, gpointer data),
             gpointer data,
             GError **error)
{
  gint64 n_rows = dataset->splits[WEFT_SPLIT_TRAIN].n,
         n = MAX (dataset->columns[c].out_elements, 1);
  g_autofree guint32 *rows = g_new (guint32, ROWS_AT_ONCE);
  g_autofree double  *numbers = g_new (double, n);
  gint64              at_once = CLAMP (NUMBERS_AT_ONCE / n, 1, ROWS_AT_ONCE);

  for (gint64 first = 0; first < n_rows; first += at_once)
    {
      gint64 k = MIN (at_once, n_rows - first);
      g_autoptr (WeftArray) array = NULL;

      for (gint64 i = 0; i < k; i++)
        rows[i] = (guint32) (first + i);
      array = weft_dataset_gather (dataset, WEFT_SPLIT_TRAIN, c, rows, (gsize) k, error);
      if (array == NULL)
        return FALSE;
      for (gint64 i = 0; i < k; i++)
        {
          weft_convert (WEFT_F64, numbers, array->dtype,
                        (const char *) array->data +
                          (gsize) (i * n) * weft_dtype_size (array->dtype),
                        (gsize) n);
          take (first + i, numbers, n, data);
        }
    }
  return TRUE;
}

/* The class of a row, a number or a one among zeros; else its weight. */
static void
take_weight (gint64 row, const double *numbers, gint64 n, gpointer data)
{
  double *weights = data;
  gint64  hot = 0;

  while (n > 1 && hot < n - 1 && numbers[hot] == 0)
    hot++;
  weights[row] = n > 1 ? (double) hot : numbers[0];
}

/* Each class gets the same sum. */
static void
weigh_classes (double *weights, gint64 n, guint n_classes)
{
  g_autofree gint64 *counts = g_new0 (gint64, n_classes);

  for (gint64 i = 0; i < n; i++)
    counts[CLAMP ((gint64) weights[i], 0, n_classes - 1)]++;
  for (gint64 i = 0; i < n; i++)
    weights[i] = 1 / (double) counts[CLAMP ((gint64) weights[i], 0, n_classes - 1)];
}

/* Sums up to each row. */
static gboolean
prepare_weights (WeftDataset *dataset, guint c, GError **error)
{
  const WeftColumn *column = &dataset->spec->columns[c];
  gint64            n = dataset->splits[WEFT_SPLIT_TRAIN].n;
  double            sum = 0;

  if (column->classes == NULL && dataset->columns[c].out_elements != 1)
    return weft_spec_fail (
      error, _ ("data set: “batches.weights” must be a column of one number a row, or of classes"));
  dataset->weights = g_new (double, n);
  if (!walk_column (dataset, c, take_weight, dataset->weights, error))
    return FALSE;
  if (column->classes != NULL)
    weigh_classes (dataset->weights, n, g_strv_length (column->classes));
  for (gint64 i = 0; i < n; i++)
    {
      if (!(dataset->weights[i] >= 0 && isfinite (dataset->weights[i])))
        return weft_spec_fail (
          error, _ ("data set: column “%s” has %g as a weight; weights are 0 or more"),
          column->name, dataset->weights[i]);
      dataset->weights[i] = sum += dataset->weights[i];
    }
  return (sum > 0 && isfinite (sum)) ||
         weft_spec_fail (error, _ ("data set: all weights in column “%s” are 0"), column->name);
}

typedef struct
{
  float *lengths;
  gint64 width; /* numbers of an item */
} Lengths;

static void
take_length (gint64 row, const double *numbers, gint64 n, gpointer data)
{
  const Lengths *lengths = data;
  gint64         used = n;

  while (n > 1 && used > 0 && numbers[used - 1] == 0)
    used--;
  lengths->lengths[row] =
    n > 1 ? (float) ((used + lengths->width - 1) / lengths->width) : (float) numbers[0];
}

static gboolean
prepare_lengths (WeftDataset *dataset, guint c, GError **error)
{
  const WeftColumn *column = &dataset->spec->columns[c];
  Lengths           lengths = { g_new (float, dataset->splits[WEFT_SPLIT_TRAIN].n), 1 };

  for (guint i = 1; i < column->rank; i++)
    lengths.width *= column->shape[i];
  dataset->lengths = lengths.lengths;
  return walk_column (dataset, c, take_length, &lengths, error);
}

gboolean
weft_dataset_prepare_order (WeftDataset *dataset, GError **error)
{
  const WeftDatasetSpec *spec = dataset->spec;

  if (spec->bucket_column != G_MAXUINT && !prepare_lengths (dataset, spec->bucket_column, error))
    return FALSE;
  return spec->weights_column == G_MAXUINT ||
         prepare_weights (dataset, spec->weights_column, error);
}

/* ---- An epoch's order ---- */

/* With replacement: as many rows as there are. */
static void
draw_rows (const double *sums, gsize n, guint64 seed, guint64 epoch, guint32 *order)
{
  g_autofree double *drawn = g_new (double, n);

  weft_philox_uniform_f64 (seed, STREAM_WEIGHTS + epoch, 0, n, drawn);
  for (gsize i = 0; i < n; i++)
    {
      double at = drawn[i] * sums[n - 1];
      gsize  low = 0, high = n - 1; /* the first row whose sum is above it */

      while (low < high)
        {
          gsize middle = low + (high - low) / 2;

          if (sums[middle] > at)
            high = middle;
          else
            low = middle + 1;
        }
      order[i] = (guint32) low;
    }
}

static int
compare_lengths (gconstpointer a, gconstpointer b, gpointer data)
{
  const float *lengths = data;
  float        x = lengths[*(const guint32 *) a], y = lengths[*(const guint32 *) b];

  return (x > y) - (x < y);
}

/* Sorts pools of rows by length, then deals their batches out anew; a short batch stays the last.
 */
static void
gather_lengths (
  const float *lengths, gsize n, gsize batch, guint64 seed, guint64 epoch, guint32 *order)
{
  gsize               pool = batch * BATCHES_A_POOL, n_full = n / batch;
  g_autofree guint32 *sorted = g_memdup2 (order, n * sizeof *order);
  g_autofree guint32 *places = g_new (guint32, n_full + 1);

  for (gsize first = 0; first < n; first += pool)
    g_qsort_with_data (sorted + first, (int) MIN (pool, n - first), sizeof *sorted, compare_lengths,
                       (gpointer) lengths);
  weft_philox_permutation (seed, STREAM_BUCKETS + epoch, n_full, places);
  for (gsize i = 0; i < n_full; i++)
    memcpy (order + i * batch, sorted + places[i] * batch, batch * sizeof *order);
  memcpy (order + n_full * batch, sorted + n_full * batch, (n - n_full * batch) * sizeof *order);
}

/* Numbers of the rows of @split as they come; NULL: as they stand. What “batches” says is about
 * those that train. */
guint32 *
weft_dataset_new_order (
  WeftDataset *dataset, WeftSplit split, gsize batch, guint64 seed, guint64 epoch)
{
  gsize    n = (gsize) dataset->splits[split].n;
  gboolean trains = split == WEFT_SPLIT_TRAIN;
  guint32 *order;

  if (trains && dataset->spec->sequential)
    return NULL;
  order = g_new (guint32, MAX (n, 1));
  if (trains && dataset->weights != NULL)
    draw_rows (dataset->weights, n, seed, epoch, order);
  else
    weft_philox_permutation (seed, STREAM_ROWS + epoch, n, order);
  if (trains && dataset->lengths != NULL)
    gather_lengths (dataset->lengths, n, batch, seed, epoch, order);
  return order;
}
