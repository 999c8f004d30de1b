/* What the files of engine/dataset share: the parsed specification, and tables of rows as sources
 * make them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset.h"
#include "engine/dataset/dialect.h"

G_BEGIN_DECLS

typedef struct _WeftSource        WeftSource;        /* source-private.h */
typedef struct _WeftTransformKind WeftTransformKind; /* transform-private.h */

typedef enum
{
  WEFT_MISSING_ERROR,
  WEFT_MISSING_SKIP,
  WEFT_MISSING_MEAN,
  WEFT_MISSING_MEDIAN,
  WEFT_MISSING_CONSTANT,
} WeftMissing;

/* What becomes of the rows that are too few for a batch. */
typedef enum
{
  WEFT_LAST_KEEP,
  WEFT_LAST_DROP,
  WEFT_LAST_FILL,
} WeftLastBatch;

/* A column as the source gives it, before the transforms. */
typedef struct
{
  char     *name;
  char    **from; /* fields of the source */
  WeftDType dtype;
  guint     rank;
  gint64    shape[WEFT_MAX_RANK];
  char    **classes;
} WeftSourceColumn;

/* One file, or for IDX one a field; all strings owned. */
typedef struct
{
  guint  n;
  char **fields; /* NULL for a single file */
  char **paths;
} WeftSourceFiles;

struct _WeftDatasetSpec
{
  gatomicrefcount ref_count;

  /* Owned */
  char             *title;
  char             *generator;
  char             *stratify;             /* column whose classes all splits share alike */
  char             *table;                /* TABLE: the text itself */
  char            **words;                /* WORDS: the vocabulary in order */
  char             *key;                  /* what decides which rows there are, as text */
  gint64
    *cached; /* numbers of a row of each column at the transform "cache"; NULL: there is none */
  char             *characters;           /* TEXT: the vocabulary in order; NULL: bytes */
  WeftSourceFiles   files[WEFT_N_SPLITS]; /* WEFT_SPLIT_TRAIN holds the only one, too */
  WeftSourceColumn *sources;
  WeftColumn       *columns;    /* after the transforms */
  GArray           *transforms; /* of WeftTransform */

  /* Borrowed: a row of the table of sources */
  const WeftSource *source;

  /* Plain values */
  WeftMissing   missing;
  gboolean      skip_bad; /* tables: rows that cannot be read are left out */
  WeftLastBatch last;
  gboolean      sequential;                    /* rows train as they stand */
  guint         weights_column, bucket_column; /* G_MAXUINT: none */
  gint64      n_rows; /* -1: unknown */
  guint       n_cached, cache_step; /* its columns, and its number among the transforms */
  guint       n_sources; /* columns of the source */
  guint       n_columns; /* those, and what transforms make of them */
  double      missing_value;
  guint       n_folds, fold; /* 0: no folds */
  gboolean    split_stated;  /* whether “shuffle” was */
  double      weights[WEFT_N_SPLITS]; /* 0 for splits with files of their own */
  guint64     split_seed;
  gboolean    split_shuffled;
  WeftDialect dialect;       /* tables of text */
  gint64      window, step; /* TEXT */
  guint       n_classes;    /* GENERATED, from here on */
  double      noise;
  guint64     seed;
};

/* Reads "columns" and "transforms" (spec-columns.c). @defaults: without "columns", these. */
gboolean weft_dataset_spec_read_columns (WeftDatasetSpec *spec, WeftJson *json, GError **error);
gboolean weft_dataset_spec_read_transforms (WeftDatasetSpec *spec, WeftJson *json, GError **error);
/* Of one row of a column: more is no row. */
#define WEFT_MAX_ROW_ELEMENTS ((gint64) 1 << 28)
/* Reads "batches" (order.c). */
gboolean weft_dataset_spec_read_batches (WeftDatasetSpec *spec, WeftJson *json, GError **error);
/* Refuses members that are not in the NULL-terminated @known. @where: "" or "transforms[2].". */
gboolean weft_dataset_check_members (WeftJson          *object,
                                     const char        *where,
                                     const char *const *known,
                                     GError           **error);

/* The rows of one source. Column c of row r starts at element r * strides[c] of arrays[c], in
 * the file's own type. */
typedef struct
{
  gint64      n_rows;
  guint       n_columns;
  WeftArray **arrays;
  gint64     *strides;
  gint64     *elements; /* of a row; filled in by weft_dataset_open() or whoever takes rows */
  GBytes    **missing; /* CSV: a byte for every element, NULL where none is missing */
} WeftTable;
WeftTable *weft_table_new (guint n_columns);
void       weft_table_free (WeftTable *table);
/* A column more; takes @array. */
void       weft_table_add (WeftTable *table, WeftArray *array, gint64 stride, gint64 elements);
gboolean   weft_table_take (WeftTable *table, const gint64 *rows, gint64 n, GError **error);
gboolean   weft_table_skip_missing (WeftTable *table, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTable, weft_table_free)

/* What an IDX file holds: type and shape of a row, and of single numbers from 0 on how many
 * there are (else 0). */
gboolean weft_idx_peek (
  const char *path, WeftSourceColumn *column, gint64 *n_rows, gint64 *n_classes, GError **error);
/* The first @most bytes of a file, unpacked if it is gzip. */
GBytes *weft_dataset_peek (const char *path, gsize most, GError **error);
/* Enough to tell a file's kind. */
#define WEFT_DATASET_HEAD_BYTES 4096

/* Tells the thread's watcher that @done of @total is read. */
void weft_dataset_report (gsize done, gsize total);
/* Of the specification's files; caller owns. Two that differ: a file was changed between them. */
char *weft_dataset_dup_state (WeftDatasetSpec *spec);
/* A file whole, unpacked if it is gzip; at most @limit bytes. */
GBytes *
weft_dataset_load (const char *path, gsize limit, GCancellable *cancellable, GError **error);
/* The most that a file may hold or unpack to; what does not fit in memory is on disk. */
#define WEFT_DATASET_MAX_BYTES ((gsize) 1 << 40)

G_END_DECLS
