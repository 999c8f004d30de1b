/* An opened data set, for the files that make it and read from it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset-private.h"

G_BEGIN_DECLS

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
} WeftStored;

typedef struct
{
  guint    part;
  guint32 *rows; /* owned: of the part, rising; NULL: all of it */
  gint64   n;
} WeftSplitRows;

struct _WeftDataset
{
  gatomicrefcount  ref_count;
  WeftDatasetSpec *spec;    /* owned */
  WeftStored      *columns; /* owned: [spec->n_columns] */
  WeftSplitRows    splits[WEFT_N_SPLITS];
};

/* What draws are drawn by. */
typedef struct
{
  guint64 seed, epoch;
} WeftEpoch;

static inline gint64
weft_split_row (const WeftSplitRows *split, gint64 index)
{
  return split->rows != NULL ? split->rows[index] : index;
}

/* Fills in missing numbers and applies the transforms (prepare.c). @missing: [part] marks of
 * each column. */
gboolean weft_dataset_prepare (WeftDataset *dataset, WeftTable *const *tables, GCancellable *cancellable, GError **error);

G_END_DECLS
