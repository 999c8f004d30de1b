/* An index against a shape: which elements of each axis it takes, and where the result's axes come
 * from (index.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/graph.h"

G_BEGIN_DECLS

typedef struct
{
  WeftIndexKind kind; /* AT, SLICE or ARRAY */
  WeftDim       start, count;
  gint64        step;
  guint         array; /* which index array */
} WeftAxisIndex;

#define WEFT_FROM_NEW (-1)             /* a new axis of size 1 */
#define WEFT_FROM_ARRAYS(J) (-2 - (J)) /* dimension J of the broadcast index arrays */

typedef struct
{
  WeftAxisIndex axes[WEFT_MAX_RANK]; /* one a source axis */
  int           from[WEFT_MAX_RANK]; /* of each result axis: a source axis, or the above */
  WeftShape     arrays;              /* the index arrays' common shape */
  WeftShape     shape;               /* of the result */
} WeftIndexPlan;

gboolean weft_index_plan (const WeftOp    *op,
                          const WeftAttr  *index,
                          const WeftShape *source,
                          guint            n_arrays,
                          const WeftType  *arrays,
                          WeftIndexPlan   *plan,
                          GError         **error);

G_END_DECLS
