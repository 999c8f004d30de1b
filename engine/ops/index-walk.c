/* Walking an index: see index-walk.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/index-walk.h"

/* The trailing result axes that are whole trailing source axes, and the one before them. */
static void
find_runs (WeftIndexWalk       *walk,
           const WeftIndexPlan *plan,
           const gint64        *strides,
           const gint64        *sizes)
{
  walk->inner = 1;
  for (walk->outer_rank = walk->rank; walk->outer_rank > 0; walk->outer_rank--)
    {
      int from = plan->from[walk->outer_rank - 1];

      if (from < 0 || plan->axes[from].step != 1 || strides[from] != walk->inner)
        break;
      walk->inner *= walk->shape[walk->outer_rank - 1];
      if (walk->shape[walk->outer_rank - 1] != sizes[from])
        {
          walk->outer_rank--;
          break;
        }
    }
  walk->n_outer = weft_product (walk->shape, walk->outer_rank);
}

/* How far one step along each result axis goes in index array @k. */
static void
array_steps (WeftIndexArray *array, const WeftIndexPlan *plan, guint rank, const gint64 *shape)
{
  gint64 strides[WEFT_MAX_RANK], stride = 1;

  for (guint d = rank; d-- > 0; stride *= shape[d])
    strides[d] = shape[d] == 1 ? 0 : stride;
  for (guint i = 0; i < plan->shape.rank; i++)
    {
      gint d = plan->from[i] > WEFT_FROM_ARRAYS (0)
                 ? -1
                 : -2 - plan->from[i] - (gint) (plan->arrays.rank - rank);

      array->step[i] = d >= 0 ? strides[d] : 0;
    }
}

void
weft_index_walk_init (WeftIndexWalk   *walk,
                      const WeftOp    *op,
                      const WeftAttr  *index,
                      guint            rank,
                      const gint64    *shape,
                      guint            n_arrays,
                      const WeftDType *dtypes,
                      const guint     *ranks,
                      const gint64 (*shapes)[WEFT_MAX_RANK])
{
  WeftShape     source = weft_shape_new (rank, shape);
  WeftType      types[WEFT_MAX_RANK] = { { 0 } };
  gint64        strides[WEFT_MAX_RANK], stride = 1;
  WeftIndexPlan plan;

  for (guint k = 0; k < n_arrays; k++)
    {
      types[k].dtype = WEFT_I64;
      types[k].shape = weft_shape_new (ranks[k], shapes[k]);
    }
  if (!weft_index_plan (op, index, &source, n_arrays, types, &plan, NULL))
    g_assert_not_reached ();
  *walk = (WeftIndexWalk){ .rank = plan.shape.rank, .n_arrays = n_arrays };
  for (guint i = rank; i-- > 0; stride *= shape[i])
    {
      const WeftAxisIndex *axis = &plan.axes[i];

      strides[i] = stride;
      if (axis->kind != WEFT_INDEX_ARRAY)
        walk->base += stride * axis->start.offset;
      else
        walk->arrays[axis->array] = (WeftIndexArray){ .stride = stride,
                                                      .size = shape[i],
                                                      .dtype = dtypes[axis->array] };
    }
  for (guint i = 0; i < walk->rank; i++)
    {
      walk->shape[i] = plan.shape.dims[i].offset;
      walk->step[i] =
        plan.from[i] >= 0 ? plan.axes[plan.from[i]].step * strides[plan.from[i]] : 0;
    }
  for (guint k = 0; k < n_arrays; k++)
    array_steps (&walk->arrays[k], &plan, ranks[k], shapes[k]);
  find_runs (walk, &plan, strides, shape);
}

void
weft_index_walk_set_data (WeftIndexWalk *walk, const void *const *data)
{
  for (guint k = 0; k < walk->n_arrays; k++)
    walk->arrays[k].data = data[k];
}

void
weft_index_walk_flatten (WeftIndexWalk *walk)
{
  walk->inner = 1;
  walk->outer_rank = walk->rank;
  walk->n_outer = weft_product (walk->shape, walk->rank);
}

gboolean
weft_index_walk_is_nowhere (const WeftIndexWalk *walk, guint rank, const gint64 *shape)
{
  return weft_product (walk->shape, walk->rank) > 0 && weft_product (shape, rank) == 0;
}

void
weft_index_cursor_init (WeftIndexCursor *cursor, const WeftIndexWalk *walk, gint64 outer)
{
  *cursor = (WeftIndexCursor){ .walk = walk, .at = walk->base };
  if (walk->n_outer == 0)
    return;
  for (guint i = walk->outer_rank; i-- > 0; outer /= walk->shape[i])
    {
      cursor->index[i] = outer % walk->shape[i];
      cursor->at += cursor->index[i] * walk->step[i];
      for (guint k = 0; k < walk->n_arrays; k++)
        cursor->flat[k] += cursor->index[i] * walk->arrays[k].step[i];
    }
}
