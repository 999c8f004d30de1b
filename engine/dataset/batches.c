/* Batches of one epoch, the next one prepared in the background while this one is used.
 *
 * Small batches are made when they are asked for: handing one over between threads takes longer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/opened-private.h"
#include "engine/tensor/philox.h"

#include <string.h>

/* Gathering this much takes about as long as waking a thread. */
#define BACKGROUND_BYTES 65536

/* Epoch e is stream STREAM_EPOCHS + e: apart from all other streams of the seed. */
#define STREAM_EPOCHS ((guint64) 0x65706f63 << 32)

struct _WeftBatches
{
  /* Owned, fixed */
  WeftDataset *dataset;
  guint32     *order;  /* NULL: as stored */
  GThread     *thread; /* NULL: without a background thread */

  /* Fixed */
  WeftSplit split;
  gsize     batch, n_rows, count;
  guint     n_columns;
  guint64   seed, epoch;

  /* Guarded by lock where there is a thread */
  GMutex      lock;
  GCond       changed;
  gsize       next;      /* what the caller gets next */
  WeftArray **ready;     /* owned: [n_columns], batch number next */
  gboolean    has_ready; /* whether ready is filled */
  gboolean    quit;
};

static gsize
rows_of (const WeftBatches *batches, gsize index)
{
  return MIN (batches->batch, batches->n_rows - index * batches->batch);
}

static void
make_batch (WeftBatches *batches, gsize index, WeftArray **columns)
{
  gsize               n = rows_of (batches, index), first = index * batches->batch;
  g_autofree guint32 *counted = batches->order == NULL ? g_new (guint32, n) : NULL;

  for (gsize i = 0; counted != NULL && i < n; i++)
    counted[i] = (guint32) (first + i);
  for (guint c = 0; c < batches->n_columns; c++)
    columns[c] = weft_dataset_gather_epoch (batches->dataset, batches->split, c,
                                            counted != NULL ? counted : batches->order + first, n,
                                            batches->seed, batches->epoch);
}

static void
clear_batch (WeftBatches *batches, WeftArray **columns)
{
  for (guint c = 0; c < batches->n_columns; c++)
    g_clear_pointer (&columns[c], weft_array_unref);
}

static gpointer
prefetch_thread (gpointer data)
{
  WeftBatches           *batches = data;
  g_autofree WeftArray **columns = g_new0 (WeftArray *, batches->n_columns);

  g_mutex_lock (&batches->lock);
  while (TRUE)
    {
      gsize index;

      while (!batches->quit && (batches->has_ready || batches->next >= batches->count))
        g_cond_wait (&batches->changed, &batches->lock);
      if (batches->quit)
        break;
      index = batches->next;
      g_mutex_unlock (&batches->lock);
      make_batch (batches, index, columns);
      g_mutex_lock (&batches->lock);
      if (index == batches->next && !batches->quit)
        {
          memcpy (batches->ready, columns, batches->n_columns * sizeof *columns);
          batches->has_ready = TRUE;
          g_cond_broadcast (&batches->changed);
        }
      else
        clear_batch (batches, columns);
    }
  g_mutex_unlock (&batches->lock);
  return NULL;
}

static gsize
batch_bytes (const WeftBatches *batches)
{
  const WeftDatasetSpec *spec = batches->dataset->spec;
  gsize                  bytes = 0;

  for (guint c = 0; c < spec->n_columns; c++)
    bytes += (gsize) batches->dataset->columns[c].out_elements *
             weft_dtype_size (spec->columns[c].dtype) * batches->batch;
  return bytes;
}

/**
 * weft_batches_new:
 * @batch: rows of a batch; 0 or more than there are: all
 * @shuffle: whether the rows come in an order of their own for this @seed and @epoch
 *
 * Returns: (transfer full): the batches, before the first
 */
WeftBatches *
weft_batches_new (
  WeftDataset *dataset, WeftSplit split, gsize batch, gboolean shuffle, guint64 seed, guint64 epoch)
{
  WeftBatches *batches;

  g_return_val_if_fail (dataset != NULL && split < WEFT_N_SPLITS, NULL);

  batches = g_new0 (WeftBatches, 1);
  batches->dataset = weft_dataset_ref (dataset);
  batches->split = split;
  batches->n_columns = dataset->spec->n_columns;
  batches->seed = seed;
  batches->epoch = epoch;
  batches->n_rows = (gsize) weft_dataset_n_rows (dataset, split);
  batches->batch = batch == 0 || batch > batches->n_rows ? MAX (batches->n_rows, 1) : batch;
  batches->count = (batches->n_rows + batches->batch - 1) / batches->batch;
  batches->ready = g_new0 (WeftArray *, batches->n_columns);
  if (shuffle)
    {
      batches->order = g_new (guint32, MAX (batches->n_rows, 1));
      weft_philox_permutation (seed, STREAM_EPOCHS + epoch, batches->n_rows, batches->order);
    }
  g_mutex_init (&batches->lock);
  g_cond_init (&batches->changed);
  if (batches->count > 1 && batch_bytes (batches) >= BACKGROUND_BYTES)
    batches->thread = g_thread_new ("weft-batches", prefetch_thread, batches);
  return batches;
}

void
weft_batches_free (WeftBatches *batches)
{
  if (batches == NULL)
    return;
  if (batches->thread != NULL)
    {
      g_mutex_lock (&batches->lock);
      batches->quit = TRUE;
      g_cond_broadcast (&batches->changed);
      g_mutex_unlock (&batches->lock);
      g_thread_join (batches->thread);
    }
  clear_batch (batches, batches->ready);
  g_mutex_clear (&batches->lock);
  g_cond_clear (&batches->changed);
  g_free (batches->ready);
  g_free (batches->order);
  weft_dataset_unref (batches->dataset);
  g_free (batches);
}

/* Batches of the epoch. */
gsize
weft_batches_count (WeftBatches *batches)
{
  return batches->count;
}

/* Goes on with batch @index; past the last one there are no more. */
void
weft_batches_seek (WeftBatches *batches, gsize index)
{
  g_mutex_lock (&batches->lock);
  if (index != batches->next)
    {
      batches->next = MIN (index, batches->count);
      batches->has_ready = FALSE;
      clear_batch (batches, batches->ready);
      g_cond_broadcast (&batches->changed);
    }
  g_mutex_unlock (&batches->lock);
}

/**
 * weft_batches_next:
 * @columns: (out caller-allocates) (transfer full): an array a column
 * @n: (out) (optional): the batch's rows
 *
 * Returns: %FALSE after the last batch; @columns is then as it was
 */
gboolean
weft_batches_next (WeftBatches *batches, WeftArray **columns, gsize *n)
{
  gsize index;

  g_mutex_lock (&batches->lock);
  index = batches->next;
  if (index >= batches->count)
    {
      g_mutex_unlock (&batches->lock);
      return FALSE;
    }
  while (batches->thread != NULL && !batches->has_ready)
    g_cond_wait (&batches->changed, &batches->lock);
  if (batches->has_ready)
    {
      memcpy (columns, batches->ready, batches->n_columns * sizeof *columns);
      memset (batches->ready, 0, batches->n_columns * sizeof *columns);
      batches->has_ready = FALSE;
    }
  else
    make_batch (batches, index, columns);
  batches->next = index + 1;
  g_cond_broadcast (&batches->changed);
  g_mutex_unlock (&batches->lock);
  if (n != NULL)
    *n = rows_of (batches, index);
  return TRUE;
}
