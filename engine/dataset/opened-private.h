/* An opened data set, for the files that make it and read from it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset-private.h"

G_BEGIN_DECLS

typedef struct _WeftTransform WeftTransform; /* transform-private.h */

/* A column as it lies in memory. A row of a batch is made from it by: convert to the column's
 * type, then times mul plus add; or, with n_hot, a one at each element's number. */
typedef struct
{
  WeftArray *parts[WEFT_N_SPLITS];   /* owned; a part a file */
  gint64     strides[WEFT_N_SPLITS]; /* elements from one row to the next */
  double    *mul, *add;              /* owned: [elements]; NULL: as it is */
  float     *mul_f32, *add_f32;      /* owned: the same for columns of f32 */
  gint64     elements;               /* of a stored row */
  gint64     out_elements;           /* of a row of a batch */
  gint64     n_hot;                  /* 0: not one-hot */
  gint64     period;                 /* elements of what a window is made of; else elements */

  /* What each row given out goes through last, borrowed from the specification. */
  const WeftTransform **draws; /* owned */
  guint                 n_draws;
  gint64                draw_elements; /* of the largest row on the way */
} WeftStored;

typedef struct
{
  guint    part;
  guint32 *rows; /* owned: the first of each run, of the part, rising; NULL: all of it */
  gint64   n;
  guint32  run;  /* rows that lie together; 1 in memory. Only the last run may have fewer. */
  gboolean on_disk;
} WeftSplitRows;

struct _WeftDataset
{
  gatomicrefcount  ref_count;
  WeftDatasetSpec *spec;    /* owned */
  WeftStored      *columns; /* owned: [spec->n_columns] */
  WeftSplitRows    splits[WEFT_N_SPLITS];
  gint64           part_rows[WEFT_N_SPLITS];
  double          *weights; /* owned: their sum up to each training row; NULL: rows are not drawn */
  float *lengths; /* owned: of each training row; NULL: batches are not of rows of one length */
};

/* What draws are drawn by. */
typedef struct
{
  guint64 seed, epoch;
} WeftEpoch;

static inline gint64
weft_split_row (const WeftSplitRows *split, gint64 index)
{
  if (split->rows == NULL)
    return index;
  return split->run == 1 ? split->rows[index]
                         : (gint64) split->rows[index / split->run] + index % split->run;
}

/* Which split each run of rows goes to; WEFT_N_SPLITS: none (assign.c). */
guint8 *weft_dataset_assign_rows (const WeftDatasetSpec *spec,
                                  const WeftTable       *table,
                                  gint64                 n,
                                  gint64                 run);
/* The transforms of rows and columns from number @first to before @end. */
gboolean weft_dataset_change_rows (WeftDatasetSpec *spec,
                                   WeftTable       *table,
                                   guint            first,
                                   guint            end,
                                   GCancellable    *cancellable,
                                   GError         **error);
/* Deals out the rows (splits.c). */
void weft_dataset_make_splits (WeftDataset *dataset, WeftTable *const *tables);
/* Whether the files of @split are as they were (dataset.c). */
gboolean weft_dataset_check (WeftDataset *dataset, WeftSplit split, GError **error);
/* What "batches" says (order.c): weights and lengths of the training rows, and the order of an
 * epoch; NULL: as they stand. */
gboolean weft_dataset_prepare_order (WeftDataset *dataset, GError **error);
guint32 *weft_dataset_new_order (
  WeftDataset *dataset, WeftSplit split, gsize batch, guint64 seed, guint64 epoch);
/* Stored bytes of a row of all columns. */
gsize weft_dataset_row_bytes (const WeftDataset *dataset, guint part);
/* Fills in missing numbers and applies the transforms (prepare.c). @missing: [part] marks of
 * each column. */
gboolean weft_dataset_prepare (WeftDataset      *dataset,
                               WeftTable *const *tables,
                               GCancellable     *cancellable,
                               GError          **error);

G_END_DECLS
