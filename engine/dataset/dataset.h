/* Data sets: where the rows of a training run come from.
 *
 * A specification is a JSON object, the same in a document's dataset node and in
 * data/datasets/NAME/dataset.json; spec.c describes its members. The columns and their types are
 * known from it alone: reading a document opens no data file. Opening reads and checks all rows;
 * everything random is seeded.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/base/json.h"
#include "engine/tensor/array.h"

G_BEGIN_DECLS

#define WEFT_DATASET_ERROR (weft_dataset_error_quark ())
typedef enum
{
  WEFT_DATASET_ERROR_SPEC,  /* the specification is wrong; names the member */
  WEFT_DATASET_ERROR_FILE,  /* cannot be read, or is not what it says; names file, line or byte */
  WEFT_DATASET_ERROR_EMPTY, /* there are no rows to train with */
} WeftDatasetErrorCode;
GQuark weft_dataset_error_quark (void);

typedef enum
{
  WEFT_SPLIT_TRAIN,
  WEFT_SPLIT_VALIDATION,
  WEFT_SPLIT_TEST,
  WEFT_N_SPLITS
} WeftSplit;

typedef struct
{
  char     *name; /* port name */
  WeftDType dtype;
  guint     rank;                 /* of one row */
  gint64    shape[WEFT_MAX_RANK]; /* of one row: (784,) after flatten, () for a label */
  char    **classes;              /* NULL unless categorical */
} WeftColumn;

typedef struct _WeftDatasetSpec WeftDatasetSpec; /* immutable, reference counted (atomic) */
/* @folder: what relative file names are relative to; NULL: none allowed. Opens nothing but the
 * shipped dataset.json. */
WeftDatasetSpec *weft_dataset_spec_new (WeftJson *json, const char *folder, GError **error);
WeftDatasetSpec *weft_dataset_spec_ref (WeftDatasetSpec *spec);
void             weft_dataset_spec_unref (WeftDatasetSpec *spec);
/* @json itself, or, where it names a set that ships, all that stands in that one, with what @json
 * says instead. */
WeftJson *weft_dataset_resolve (WeftJson *json, GError **error);
/* After the transforms. */
const WeftColumn *weft_dataset_spec_columns (WeftDatasetSpec *spec, guint *n);
const char       *weft_dataset_spec_title (WeftDatasetSpec *spec);
/* Names of the source's fields that make column @column; NULL: the source has none. */
char **weft_dataset_spec_fields (WeftDatasetSpec *spec, guint column);
/* As stated, for the card; -1: unknown. */
gint64 weft_dataset_spec_rows (WeftDatasetSpec *spec);
/* Names of the shipped sets, NULL-terminated, and the sentence about each. */
char **weft_dataset_names (void);
char  *weft_dataset_summary (const char *name);
/* Guesses a specification for a file (by extension and header line): what dropping a CSV on the
 * canvas uses. */
WeftJson *weft_dataset_guess (const char *path, GError **error);
WeftJson *weft_dataset_guess_as (const char *path, const char *format, GError **error);
/* The same for a table on the clipboard: the specification holds the text. */
WeftJson *weft_dataset_guess_table (const char *text, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftDatasetSpec, weft_dataset_spec_unref)

/* Opened; immutable, reference counted (atomic), any thread. */
typedef struct _WeftDataset WeftDataset;
/* Reads and checks everything, applies the transforms. Nothing half done. */
/* Data that take more than this stay on disk; 0 (at first): a quarter of the machine's memory. */
void         weft_dataset_set_memory (gsize bytes);
gsize        weft_dataset_get_memory (void);
WeftDataset *weft_dataset_open (WeftDatasetSpec *spec, GCancellable *cancellable, GError **error);
WeftDataset *weft_dataset_ref (WeftDataset *dataset);
/* Who is told how far this thread's reading is, 0 to 1. */
typedef void (*WeftDatasetProgress) (double fraction, gpointer data);
void         weft_dataset_watch (WeftDatasetProgress progress, gpointer data);
void         weft_dataset_unref (WeftDataset *dataset);
WeftDatasetSpec *weft_dataset_get_spec (WeftDataset *dataset);
gint64       weft_dataset_n_rows (WeftDataset *dataset, WeftSplit split);
/* The @n rows of the split whose numbers are @rows (NULL: 0 to n - 1), of column @column, as one
 * array [n, ...]. Caller owns. */
WeftArray *weft_dataset_gather (WeftDataset   *dataset,
                                WeftSplit      split,
                                guint          column,
                                const guint32 *rows,
                                gsize          n,
                                GError       **error);
/* The same as a training step gets them: transforms that draw (crop, flip, rotate, noise) draw by
 * (@seed, @epoch, row). gather() leaves all that is random out. */
WeftArray *weft_dataset_gather_epoch (WeftDataset   *dataset,
                                      WeftSplit      split,
                                      guint          column,
                                      const guint32 *rows,
                                      gsize          n,
                                      guint64        seed,
                                      guint64        epoch,
                                      GError       **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftDataset, weft_dataset_unref)

/* Batches of one epoch: ordered by (seed, epoch) as the specification says, the last short one kept
 * unless it says otherwise. Prefetches the next batch in the background. One thread at a time. */
typedef struct _WeftBatches WeftBatches;
WeftBatches                *weft_batches_new (WeftDataset *dataset,
                                              WeftSplit    split,
                                              gsize        batch,
                                              gboolean     shuffle,
                                              guint64      seed,
                                              guint64      epoch);
void                        weft_batches_free (WeftBatches *batches);
gsize                       weft_batches_count (WeftBatches *batches);
void                        weft_batches_seek (WeftBatches *batches, gsize index);
guint                       weft_batches_n_ready (WeftBatches *batches);
/* The next batch, one array a column (caller owns each); FALSE at the end, or with an error. @n:
 * its rows. Errors: WEFT_DATASET_ERROR_FILE: a file that is read as it is trained from was changed
 * or cut. */
gboolean weft_batches_next (WeftBatches *batches, WeftArray **columns, gsize *n, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftBatches, weft_batches_free)

G_END_DECLS
