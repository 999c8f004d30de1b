/* The kinds of transforms: one row of the table in transforms.c each; nothing else names them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/opened-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_STAGE_ROWS,   /* changes which rows and columns there are: before the split */
  WEFT_STAGE_VALUES, /* changes numbers, the same for every row */
  WEFT_STAGE_DRAW, /* changes each row when it is given out, and may draw: the last of its column */
} WeftTransformStage;

/* What a row is changed with when it is given out. */
typedef struct
{
  const WeftEpoch *epoch; /* NULL: nothing random */
  guint64          row;   /* of the file */
  guint            step;  /* number of the transform: each draws for itself */
  WeftDType        dtype; /* of in and out */
} WeftDraw;
/* @n numbers from 0 to 1, or normal ones, of this row and transform alone. */
void weft_draw_uniform (const WeftDraw *draw, gsize n, double *out);
void weft_draw_normal (const WeftDraw *draw, gsize n, float *out);

/* An expression over columns of the table. */
typedef struct _WeftFormula WeftFormula;
WeftFormula                *weft_formula_new (WeftDatasetSpec *spec,
                                              const char      *text,
                                              const char      *where,
                                              WeftDType       *dtype,
                                              guint           *rank,
                                              gint64          *shape,
                                              GError         **error);
void         weft_formula_free (WeftFormula *formula);
/* [rows, ...]; caller owns. */
WeftArray *weft_formula_evaluate (WeftFormula     *formula,
                                  const WeftTable *table,
                                  GCancellable    *cancellable,
                                  GError         **error);

typedef struct _WeftTransform WeftTransform;

struct _WeftTransformKind
{
  const char        *name;    /* value of "do" */
  const char        *options; /* members besides "do" and "column", with spaces between */
  const char        *when;    /* it acts, and on which rows */
  WeftTransformStage stage;
  gboolean           no_column; /* it is about whole rows */

  /* Its options, and what it makes of the column's type. Errors: WEFT_DATASET_ERROR_SPEC. */
  gboolean (*read) (WeftDatasetSpec *spec,
                    WeftTransform   *step,
                    WeftJson        *json,
                    const char      *where,
                    GError         **error);
  /* One of these, by stage; NULL: the type was all. */
  gboolean (*rows) (WeftDatasetSpec     *spec,
                    const WeftTransform *step,
                    WeftTable           *table,
                    GCancellable        *cancellable,
                    GError             **error);
  gboolean (*values) (WeftDataset         *dataset,
                      const WeftTransform *step,
                      GCancellable        *cancellable,
                      GError             **error);
  void (*draw) (const WeftTransform *step, const WeftDraw *draw, const void *in, void *out);
};

struct _WeftTransform
{
  const WeftTransformKind *kind;
  guint                    column;
  guint                    number; /* in the list */
  double                   by, shift;
  WeftDType                to;
  gint64                   n[4]; /* whole numbers, as the kind names them */
  gboolean                 flag;
  WeftFormula             *formula; /* owned */
  /* Of a row as it comes. */
  guint  rank;
  gint64 shape[WEFT_MAX_RANK];
};

extern const WeftTransformKind weft_transform_kinds[];

#define WEFT_TRANSFORM_READ(name)                                                               \
  gboolean name (WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, \
                 GError **error)
#define WEFT_TRANSFORM_ROWS(name)                                                    \
  gboolean name (WeftDatasetSpec *spec, const WeftTransform *step, WeftTable *table, \
                 GCancellable *cancellable, GError **error)
#define WEFT_TRANSFORM_VALUES(name)                                                          \
  gboolean name (WeftDataset *dataset, const WeftTransform *step, GCancellable *cancellable, \
                 GError **error)
#define WEFT_TRANSFORM_DRAW(name)                                                                  \
  void name (const WeftTransform *step, const WeftDraw *draw, const void *in, void *out)

/* prepare.c */
WEFT_TRANSFORM_VALUES (weft_do_scale);
WEFT_TRANSFORM_VALUES (weft_do_standardise);
WEFT_TRANSFORM_VALUES (weft_do_one_hot);
WEFT_TRANSFORM_VALUES (weft_do_cast);
/* transform-rows.c */
WEFT_TRANSFORM_READ (weft_window_type);
WEFT_TRANSFORM_READ (weft_sort_type);
WEFT_TRANSFORM_READ (weft_filter_type);
WEFT_TRANSFORM_READ (weft_expression_type);
WEFT_TRANSFORM_READ (weft_mask_type);
WEFT_TRANSFORM_ROWS (weft_do_window);
WEFT_TRANSFORM_ROWS (weft_do_sort);
WEFT_TRANSFORM_ROWS (weft_do_filter);
WEFT_TRANSFORM_ROWS (weft_do_expression);
WEFT_TRANSFORM_ROWS (weft_do_mask);
/* transform-draw.c */
WEFT_TRANSFORM_READ (weft_crop_type);
WEFT_TRANSFORM_READ (weft_flip_type);
WEFT_TRANSFORM_READ (weft_rotate_type);
WEFT_TRANSFORM_READ (weft_noise_type);
WEFT_TRANSFORM_READ (weft_ngrams_type);
WEFT_TRANSFORM_READ (weft_pad_type);
WEFT_TRANSFORM_DRAW (weft_draw_crop);
WEFT_TRANSFORM_DRAW (weft_draw_flip);
WEFT_TRANSFORM_DRAW (weft_draw_rotate);
WEFT_TRANSFORM_DRAW (weft_draw_noise);
WEFT_TRANSFORM_DRAW (weft_draw_ngrams);
WEFT_TRANSFORM_DRAW (weft_draw_pad);

/* For transforms that make a column: its number. Takes @classes. */
guint weft_spec_make_column (WeftDatasetSpec *spec,
                             const char      *name,
                             WeftDType        dtype,
                             guint            rank,
                             const gint64    *shape,
                             char           **classes);
/* Whether @name can be a new column's. */
gboolean weft_spec_check_new_name (
  WeftDatasetSpec *spec, const char *where, const char *key, const char *name, GError **error);
gboolean weft_spec_is_identifier (const char *name);

G_END_DECLS
