/* Where the elements of an indexed part lie: a plan whose dimensions are numbers, walked result by
 * result.
 *
 * Neighbours in the result that are neighbours in the source too are one run; a cursor goes from
 * run to run.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops-private.h"

G_BEGIN_DECLS

typedef struct
{
  gint64      stride, size; /* of the source axis, in elements */
  gint64      step[WEFT_MAX_RANK];
  WeftDType   dtype;
  const void *data;
} WeftIndexArray;

typedef struct
{
  guint          rank;
  gint64         shape[WEFT_MAX_RANK]; /* of the result */
  gint64         base;                 /* starts of slices and integers */
  gint64         step[WEFT_MAX_RANK];  /* in the source, along each result axis */
  guint          n_arrays;
  WeftIndexArray arrays[WEFT_MAX_RANK];
  gint64         inner;      /* elements of a run */
  guint          outer_rank; /* result axes outside of a run */
  gint64         n_outer;    /* runs */
} WeftIndexWalk;

typedef struct
{
  const WeftIndexWalk *walk;
  gint64               index[WEFT_MAX_RANK];
  gint64               at;
  gint64               flat[WEFT_MAX_RANK]; /* into each index array */
} WeftIndexCursor;

/* @index of a source of @shape with index arrays of @shapes; the type rule has accepted it. The
 * data of the arrays is still to be set. */
void weft_index_walk_init (WeftIndexWalk   *walk,
                           const WeftOp    *op,
                           const WeftAttr  *index,
                           guint            rank,
                           const gint64    *shape,
                           guint            n_arrays,
                           const WeftDType *dtypes,
                           const guint     *ranks,
                           const gint64 (*shapes)[WEFT_MAX_RANK]);
void weft_index_walk_set_data (WeftIndexWalk *walk, const void *const *data);
/* Runs of one element. */
void weft_index_walk_flatten (WeftIndexWalk *walk);
/* Array indices into an axis without elements: there is no element 0 to fall back to. */
gboolean weft_index_walk_is_nowhere (const WeftIndexWalk *walk, guint rank, const gint64 *shape);

void weft_index_cursor_init (WeftIndexCursor *cursor, const WeftIndexWalk *walk, gint64 outer);

/* Where the run starts in the source. Where index array K points outside: element 0 is taken, and
 * @bad (may be NULL) becomes @first + K. */
static inline gint64
weft_index_cursor_at (const WeftIndexCursor *cursor, gint *bad, gint first)
{
  gint64 at = cursor->at;

  for (guint k = 0; k < cursor->walk->n_arrays; k++)
    {
      const WeftIndexArray *array = &cursor->walk->arrays[k];
      gint64                value = array->dtype == WEFT_I64
                                      ? ((const gint64 *) array->data)[cursor->flat[k]]
                                      : (gint64) weft_load_number (array->dtype, array->data, cursor->flat[k]);

      if (value < 0)
        value += array->size;
      if (value < 0 || value >= array->size)
        {
          if (bad != NULL)
            g_atomic_int_set (bad, first + (gint) k);
          value = 0;
        }
      at += value * array->stride;
    }
  return at;
}

/* To the next run. */
static inline void
weft_index_cursor_next (WeftIndexCursor *cursor)
{
  const WeftIndexWalk *walk = cursor->walk;

  for (guint i = walk->outer_rank; i-- > 0;)
    {
      gint64 back = 1;

      if (++cursor->index[i] == walk->shape[i])
        {
          back = 1 - walk->shape[i];
          cursor->index[i] = 0;
        }
      cursor->at += back * walk->step[i];
      for (guint k = 0; k < walk->n_arrays; k++)
        cursor->flat[k] += back * walk->arrays[k].step[i];
      if (cursor->index[i] != 0)
        return;
    }
}

/* The place of each element of the part in @source, for references; -1 where an index array points
 * outside. The caller owns it. */
gint64 *weft_index_places (const WeftApply  *apply,
                           const WeftAttr   *index,
                           const WeftArray  *source,
                           guint             n_arrays,
                           WeftArray *const *arrays);

G_END_DECLS
