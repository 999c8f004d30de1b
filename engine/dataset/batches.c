/* Batches of one epoch, the next ones prepared in the background while this one is used.
 *
 * Small batches are made when they are asked for: handing one over between threads takes longer.
 *
 * Rows in memory are shuffled one by one. Of data on disk that would be a jump for every row, so
 * there the runs of rows that lie together are shuffled, and then the rows of a window of runs
 * among themselves; only two windows at a time need be in memory. The first windows of an epoch are
 * small, so that training need not wait for a whole one; the next one is read in step with the use
 * of this one. The order depends on seed, epoch, rows and the size of a row alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/opened-private.h"
#include "engine/dataset/pages.h"
#include "engine/tensor/philox.h"

#include <string.h>

/* Gathering this much takes about as long as waking a thread. */
#define BACKGROUND_BYTES 65536
/* What waits to be used takes at most so much, and at most so many batches. */
#define AHEAD_BYTES ((gsize) 32 << 20)
#define MAX_AHEAD 8
/* Rows on disk that are mixed with each other. */
#define WINDOW_BYTES ((gsize) 32 << 20)
/* The first window of an epoch is so much smaller than that; each has twice the runs of the one
 * before. */
#define FIRST_WINDOW 16

/* Epoch e is stream STREAM_EPOCHS + e: apart from all other streams of the seed. Window w of it is
 * stream STREAM_WINDOWS + (e << 24) + w. */
#define STREAM_EPOCHS ((guint64) 0x65706f63 << 32)
#define STREAM_WINDOWS ((guint64) 0x77 << 56)

/* The order of rows on disk: all runs, and the window of them that rows come from now. */
typedef struct
{
  guint32 *runs;        /* owned: the runs of the split as they come */
  guint32 *window;      /* owned: the rows of the window as they come */
  gsize    run;         /* rows of one */
  gsize    n_all, most; /* runs of the split, and of the largest window */
  gsize    at;          /* number of the window; G_MAXSIZE: none yet */
  gsize    first, n;    /* its runs */
  gsize    asked;       /* runs before this one have been asked for */
} WindowOrder;

struct _WeftBatches
{
  /* Owned, fixed */
  WeftDataset *dataset;
  guint32     *order;  /* NULL: as stored, or by windows */
  GThread     *thread; /* NULL: without a background thread */

  /* Owned by who makes batches */
  WindowOrder *windows; /* NULL: in memory */

  /* Fixed */
  WeftSplit split;
  gsize     batch, n_rows, count;
  gboolean  fill; /* the last batch, from the beginning */
  guint     n_columns;
  guint64   seed, epoch;
  guint     n_ahead;

  /* Guarded by lock where there is a thread */
  GMutex       lock;
  GCond        changed;
  gsize        next;    /* what the caller gets next */
  guint        n_ready; /* batches next, next + 1, ... */
  WeftArray ***ready;   /* owned: a ring, [n_ahead][n_columns]; batch b is at b % n_ahead */
  GError      *error;   /* owned: why there will be no more */
  gint         quit;    /* atomic */
};

static gsize
rows_of (const WeftBatches *batches, gsize index)
{
  return batches->fill ? batches->batch
                       : MIN (batches->batch, batches->n_rows - index * batches->batch);
}

/* ---- The order on disk ---- */

/* Runs are permuted but for a short one, which stays the last. */
static WindowOrder *
new_windows (const WeftBatches *batches)
{
  const WeftSplitRows *split = &batches->dataset->splits[batches->split];
  WindowOrder         *windows = g_new0 (WindowOrder, 1);
  gsize                row_bytes = weft_dataset_row_bytes (batches->dataset, split->part);
  gsize                n_full = batches->n_rows / split->run;

  windows->run = split->run;
  windows->n_all = (batches->n_rows + split->run - 1) / split->run;
  windows->most = MAX (WINDOW_BYTES / (row_bytes * split->run), 2);
  windows->at = G_MAXSIZE;
  windows->runs = g_new (guint32, n_full + 1);
  weft_philox_permutation (batches->seed, STREAM_EPOCHS + batches->epoch, n_full, windows->runs);
  windows->runs[n_full] = (guint32) n_full;
  windows->window = g_new (guint32, windows->most * windows->run);
  return windows;
}

static void
free_windows (WindowOrder *windows)
{
  g_free (windows->runs);
  g_free (windows->window);
  g_free (windows);
}

/* Asks the system for the runs before number @end that have not been asked for. */
static void
ask_for_runs (const WeftBatches *batches, WindowOrder *windows, gsize end)
{
  const WeftSplitRows *split = &batches->dataset->splits[batches->split];

  for (; windows->asked < MIN (end, windows->n_all); windows->asked++)
    for (guint c = 0; c < batches->n_columns; c++)
      {
        const WeftStored *column = &batches->dataset->columns[c];
        const WeftArray  *array = column->parts[split->part];
        gsize             row = windows->runs[windows->asked] * windows->run;
        gsize             bytes = (gsize) column->strides[split->part] * weft_dtype_size (array->dtype);

        weft_pages_ask ((char *) array->data + (gsize) weft_split_row (split, (gint64) row) * bytes,
                        MIN (windows->run, batches->n_rows - row) * bytes);
      }
}

/* Draws the order of the window's rows. */
static void
enter_window (const WeftBatches *batches, WindowOrder *windows)
{
  gsize first = windows->first * windows->run;
  gsize n = MIN (windows->n * windows->run, batches->n_rows - first);

  if (windows->asked < windows->first || windows->asked > windows->first + 2 * windows->most)
    windows->asked = windows->first; /* somebody went elsewhere */
  ask_for_runs (batches, windows, windows->first + windows->n);
  weft_philox_permutation (batches->seed, STREAM_WINDOWS + (batches->epoch << 24) + windows->at, n,
                           windows->window);
  for (gsize i = 0; i < n; i++)
    {
      gsize place = first + windows->window[i];

      windows->window[i] =
        (guint32) (windows->runs[place / windows->run] * windows->run + place % windows->run);
    }
}

/* The window that holds run number @run of the order. */
static void
find_window (const WeftBatches *batches, WindowOrder *windows, gsize run)
{
  gsize before = windows->at;

  if (windows->at == G_MAXSIZE || run < windows->first)
    {
      windows->at = windows->first = 0;
      windows->n = MAX (windows->most / FIRST_WINDOW, 1);
      before = G_MAXSIZE;
    }
  for (; run >= windows->first + windows->n; windows->at++)
    {
      windows->first += windows->n;
      windows->n = MIN (2 * windows->n, windows->most);
    }
  if (windows->at != before)
    enter_window (batches, windows);
}

static void
order_by_windows (const WeftBatches *batches, gsize first, gsize n, guint32 *rows)
{
  WindowOrder *windows = batches->windows;
  gsize        done;

  for (gsize i = 0; i < n; i++)
    {
      gsize at = (first + i) % batches->n_rows;

      find_window (batches, windows, at / windows->run);
      rows[i] = windows->window[at - windows->first * windows->run];
    }
  /* The next window is twice this one at most: when this one is used up, that one is there. */
  done = (first + n - 1) % batches->n_rows / windows->run - windows->first + 1;
  ask_for_runs (batches, windows, windows->first + windows->n + 2 * done);
}

/* ---- Making ---- */

static void
clear_batch (WeftBatches *batches, WeftArray **columns)
{
  for (guint c = 0; c < batches->n_columns; c++)
    g_clear_pointer (&columns[c], weft_array_unref);
}

/* Stops between columns when the batches are no longer wanted. */
static gboolean
make_batch (WeftBatches *batches, gsize index, WeftArray **columns, GError **error)
{
  gsize               n = rows_of (batches, index), first = index * batches->batch;
  g_autofree guint32 *rows = g_new (guint32, MAX (n, 1));
  gboolean            good = TRUE;

  if (batches->windows != NULL)
    order_by_windows (batches, first, n, rows);
  else
    for (gsize i = 0; i < n; i++)
      {
        gsize at = (first + i) % batches->n_rows;

        rows[i] = batches->order != NULL ? batches->order[at] : (guint32) at;
      }
  for (guint c = 0; good && c < batches->n_columns && !g_atomic_int_get (&batches->quit); c++)
    {
      columns[c] = weft_dataset_gather_epoch (batches->dataset, batches->split, c,
                                              rows, n,
                                              batches->seed, batches->epoch, error);
      good = columns[c] != NULL;
    }
  if (good && weft_dataset_check (batches->dataset, batches->split, error))
    return TRUE;
  clear_batch (batches, columns);
  return FALSE;
}

static gboolean
has_room (const WeftBatches *batches)
{
  return batches->error == NULL && batches->n_ready < batches->n_ahead &&
         batches->next + batches->n_ready < batches->count;
}

static gpointer
prefetch_thread (gpointer data)
{
  WeftBatches           *batches = data;
  g_autofree WeftArray **columns = g_new0 (WeftArray *, batches->n_columns);

  g_mutex_lock (&batches->lock);
  while (TRUE)
    {
      GError *error = NULL;
      gsize   index;

      while (!batches->quit && !has_room (batches))
        g_cond_wait (&batches->changed, &batches->lock);
      if (batches->quit)
        break;
      index = batches->next + batches->n_ready;
      g_mutex_unlock (&batches->lock);
      make_batch (batches, index, columns, &error);
      g_mutex_lock (&batches->lock);
      if (error != NULL)
        {
          batches->error = error;
          g_cond_broadcast (&batches->changed);
        }
      else if (index == batches->next + batches->n_ready && has_room (batches) && !batches->quit)
        {
          memcpy (batches->ready[index % batches->n_ahead], columns,
                  batches->n_columns * sizeof *columns);
          memset (columns, 0, batches->n_columns * sizeof *columns);
          batches->n_ready++;
          g_cond_broadcast (&batches->changed);
        }
      else
        clear_batch (batches, columns); /* the caller went elsewhere meanwhile */
    }
  g_mutex_unlock (&batches->lock);
  return NULL;
}

/* ---- Life ---- */

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

/* On disk what is drawn or sorted jumps from row to row all the same. */
static void
make_order (WeftBatches *batches)
{
  WeftDataset *dataset = batches->dataset;
  gboolean     plain =
    dataset->weights == NULL && dataset->lengths == NULL && !dataset->spec->sequential;

  if (dataset->splits[batches->split].on_disk && (plain || batches->split != WEFT_SPLIT_TRAIN))
    batches->windows = new_windows (batches);
  else
    batches->order = weft_dataset_new_order (dataset, batches->split, batches->batch, batches->seed,
                                             batches->epoch);
}

static void
begin_prefetching (WeftBatches *batches)
{
  gsize bytes = batch_bytes (batches);

  batches->n_ahead = (guint) CLAMP (AHEAD_BYTES / MAX (bytes, 1), 1, MAX_AHEAD);
  batches->ready = g_new0 (WeftArray **, batches->n_ahead);
  for (guint i = 0; i < batches->n_ahead; i++)
    batches->ready[i] = g_new0 (WeftArray *, batches->n_columns);
  if (batches->count > 1 &&
      (bytes >= BACKGROUND_BYTES || batches->dataset->splits[batches->split].on_disk))
    batches->thread = g_thread_new ("weft-batches", prefetch_thread, batches);
}

/**
 * weft_batches_new:
 * @batch: rows of a batch; 0 or more than there are: all
 * @shuffle: whether the rows come in an order of their own for this @seed and @epoch, as the
 * specification's "batches" say, or each once as it stands
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
  batches->seed = seed;
  batches->epoch = epoch;
  batches->n_columns = dataset->spec->n_columns;
  batches->n_rows = (gsize) weft_dataset_n_rows (dataset, split);
  batches->batch = batch == 0 || batch > batches->n_rows ? MAX (batches->n_rows, 1) : batch;
  batches->count = (batches->n_rows + batches->batch - 1) / batches->batch;
  if (shuffle && split == WEFT_SPLIT_TRAIN && dataset->spec->last == WEFT_LAST_DROP)
    batches->count = MAX (batches->n_rows / batches->batch, 1);
  batches->fill = shuffle && split == WEFT_SPLIT_TRAIN && dataset->spec->last == WEFT_LAST_FILL &&
                  batches->n_rows > 0;
  if (shuffle)
    make_order (batches);
  g_mutex_init (&batches->lock);
  g_cond_init (&batches->changed);
  begin_prefetching (batches);
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
      g_atomic_int_set (&batches->quit, TRUE);
      g_cond_broadcast (&batches->changed);
      g_mutex_unlock (&batches->lock);
      g_thread_join (batches->thread);
    }
  for (guint i = 0; i < batches->n_ahead; i++)
    {
      clear_batch (batches, batches->ready[i]);
      g_free (batches->ready[i]);
    }
  g_free (batches->ready);
  g_clear_error (&batches->error);
  g_mutex_clear (&batches->lock);
  g_cond_clear (&batches->changed);
  g_free (batches->order);
  g_clear_pointer (&batches->windows, free_windows);
  weft_dataset_unref (batches->dataset);
  g_free (batches);
}

gsize
weft_batches_count (WeftBatches *batches)
{
  return batches->count;
}

/** weft_batches_n_ready: batches that are there already and have not been taken. Any thread. */
guint
weft_batches_n_ready (WeftBatches *batches)
{
  guint n;

  g_mutex_lock (&batches->lock);
  n = batches->n_ready;
  g_mutex_unlock (&batches->lock);
  return n;
}

/* Goes on with batch @index; past the last one there are no more. */
void
weft_batches_seek (WeftBatches *batches, gsize index)
{
  g_mutex_lock (&batches->lock);
  if (index != batches->next)
    {
      batches->next = MIN (index, batches->count);
      batches->n_ready = 0;
      for (guint i = 0; i < batches->n_ahead; i++)
        clear_batch (batches, batches->ready[i]);
      g_cond_broadcast (&batches->changed);
    }
  g_mutex_unlock (&batches->lock);
}

/* Takes batch @index from the ring, or makes it. */
static gboolean
take_batch (WeftBatches *batches, gsize index, WeftArray **columns, GError **error)
{
  WeftArray **ready = batches->ready[index % batches->n_ahead];

  while (batches->thread != NULL && batches->n_ready == 0 && batches->error == NULL)
    g_cond_wait (&batches->changed, &batches->lock);
  if (batches->n_ready > 0)
    {
      memcpy (columns, ready, batches->n_columns * sizeof *columns);
      memset (ready, 0, batches->n_columns * sizeof *columns);
      batches->n_ready--;
      return TRUE;
    }
  if (batches->error == NULL)
    return make_batch (batches, index, columns, error);
  g_propagate_error (error, g_error_copy (batches->error));
  return FALSE;
}

/**
 * weft_batches_next:
 * @columns: (out caller-allocates) (transfer full): an array a column
 * @n: (out) (optional): the batch's rows
 *
 * Errors: #WEFT_DATASET_ERROR_FILE naming a file that was cut or changed while batches are made
 * from it.
 *
 * Returns: %FALSE after the last batch, without an error; @columns is then as it was
 */
gboolean
weft_batches_next (WeftBatches *batches, WeftArray **columns, gsize *n, GError **error)
{
  gsize    index;
  gboolean good;

  g_mutex_lock (&batches->lock);
  index = batches->next;
  good = index < batches->count && take_batch (batches, index, columns, error);
  if (good)
    {
      batches->next = index + 1;
      g_cond_broadcast (&batches->changed);
    }
  g_mutex_unlock (&batches->lock);
  if (good && n != NULL)
    *n = rows_of (batches, index);
  return good;
}
