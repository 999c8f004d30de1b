/* Indexing and what moves elements about: getitem, index_add, concat, iota, one_hot.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

#include <math.h>
#include <string.h>

/* ---- The plan of an index ---- */

static gboolean
is_array_like (WeftIndexKind kind)
{
  return kind == WEFT_INDEX_ARRAY || kind == WEFT_INDEX_AT;
}

/* @bound counted from the end if it is a negative number. */
static WeftDim
from_end (WeftDim bound, WeftDim size)
{
  return weft_dim_is_number (bound) && bound.offset < 0 ? weft_dim_add (size, bound) : bound;
}

/* Python's rule for a slice of an axis whose size is a number. */
static void
plan_known_slice (const WeftIndex *entry, gint64 size, WeftAxisIndex *axis)
{
  gint64 step = entry->step, low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  gint64 start = step > 0 ? low : high, stop = step > 0 ? high : low;

  if (entry->has_start)
    start =
      CLAMP (entry->start.offset < 0 ? entry->start.offset + size : entry->start.offset, low, high);
  if (entry->has_stop)
    stop =
      CLAMP (entry->stop.offset < 0 ? entry->stop.offset + size : entry->stop.offset, low, high);
  axis->start = weft_dim (start);
  axis->count = weft_dim (step > 0 ? MAX (0, (stop - start + step - 1) / step)
                                   : MAX (0, (start - stop - step - 1) / -step));
}

static void
plan_slice (const WeftIndex *entry, WeftDim size, WeftAxisIndex *axis)
{
  gboolean numbers = weft_dim_is_number (size) &&
                     (!entry->has_start || weft_dim_is_number (entry->start)) &&
                     (!entry->has_stop || weft_dim_is_number (entry->stop));
  WeftDim stop, length;

  axis->kind = WEFT_INDEX_SLICE;
  axis->step = entry->step;
  if (numbers)
    {
      plan_known_slice (entry, size.offset, axis);
      return;
    }
  if (entry->step > 0)
    {
      axis->start = entry->has_start ? from_end (entry->start, size) : weft_dim (0);
      stop = entry->has_stop ? from_end (entry->stop, size) : size;
      length = weft_dim_sub (stop, axis->start);
    }
  else
    {
      axis->start =
        entry->has_start ? from_end (entry->start, size) : weft_dim_sub (size, weft_dim (1));
      stop = entry->has_stop ? from_end (entry->stop, size) : weft_dim (-1);
      length = weft_dim_sub (axis->start, stop);
    }
  axis->count = ABS (entry->step) == 1
                  ? length
                  : weft_dim_floor_div (weft_dim_add (length, weft_dim (ABS (entry->step) - 1)),
                                        weft_dim (ABS (entry->step)));
  if (weft_dim_is_number (axis->count) && axis->count.offset < 0)
    axis->count = weft_dim (0);
}

static gboolean
plan_at (const WeftOp    *op,
         const WeftIndex *entry,
         WeftDim          size,
         guint            number,
         WeftAxisIndex   *axis,
         GError         **error)
{
  axis->kind = WEFT_INDEX_AT;
  axis->start = from_end (entry->start, size);
  axis->count = weft_dim (1);
  if (weft_dim_is_number (size) && weft_dim_is_number (axis->start) &&
      (axis->start.offset < 0 || axis->start.offset >= size.offset))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: index %" G_GINT64_FORMAT " is outside axis %u of size %" G_GINT64_FORMAT,
                   op->name, entry->start.offset, number, size.offset);
      return FALSE;
    }
  return TRUE;
}

/* The common shape of the index arrays. */
static gboolean
plan_arrays (const WeftOp *op, guint n, const WeftType *arrays, WeftIndexPlan *plan, GError **error)
{
  for (guint i = 0; i < n; i++)
    {
      WeftShape sum;
      guint     axis;

      if (weft_dtypes[arrays[i].dtype].kind != WEFT_KIND_INT)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                       "%s: an index array holds %s, not whole numbers%s", op->name,
                       weft_dtypes[arrays[i].dtype].name,
                       arrays[i].dtype == WEFT_BOOL
                         ? "; how many a mask picks is not known before the call, use where"
                         : "");
          return FALSE;
        }
      if (!weft_shape_broadcast (&plan->arrays, &arrays[i].shape, &sum, &axis))
        {
          g_autofree char *shapes = weft_two_shapes (&plan->arrays, &arrays[i].shape);

          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                       "%s: index arrays of shapes %s do not broadcast", op->name, shapes);
          return FALSE;
        }
      plan->arrays = sum;
    }
  return TRUE;
}

typedef struct
{
  const WeftOp    *op;
  const WeftShape *source;
  WeftIndexPlan   *plan;
  gboolean         has_arrays;
  guint            axis; /* next source axis */
  guint            n_arrays;
  guint            n_from;
  gint             block;       /* where in plan->from the arrays' axes go; -1: not met yet */
  gboolean         interrupted; /* something else stood after the first array-like entry */
  gboolean         split;       /* and another array-like one after that */
} Planner;

static gboolean
add_from (Planner *planner, int from, GError **error)
{
  if (planner->n_from == WEFT_MAX_RANK)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: the result has more than %d axes", planner->op->name, WEFT_MAX_RANK);
      return FALSE;
    }
  planner->plan->from[planner->n_from++] = from;
  return TRUE;
}

static gboolean
keep_axes (Planner *planner, guint n, GError **error)
{
  static const WeftIndex all = { .kind = WEFT_INDEX_SLICE, .step = 1 };

  for (guint i = 0; i < n; i++, planner->axis++)
    {
      plan_slice (&all, planner->source->dims[planner->axis], &planner->plan->axes[planner->axis]);
      if (!add_from (planner, planner->axis, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
plan_entry (Planner *planner, const WeftIndex *entry, guint n_rest, GError **error)
{
  WeftAxisIndex *axis = &planner->plan->axes[MIN (planner->axis, WEFT_MAX_RANK - 1)];

  if (planner->has_arrays && is_array_like (entry->kind))
    {
      planner->split |= planner->interrupted;
      if (planner->block < 0)
        planner->block = planner->n_from;
    }
  else if (planner->block >= 0)
    planner->interrupted = TRUE;
  switch (entry->kind)
    {
    case WEFT_INDEX_NEWAXIS:
      return add_from (planner, WEFT_FROM_NEW, error);
    case WEFT_INDEX_REST:
      return keep_axes (planner, n_rest, error);
    case WEFT_INDEX_SLICE:
      plan_slice (entry, planner->source->dims[planner->axis], axis);
      return add_from (planner, planner->axis++, error);
    case WEFT_INDEX_AT:
      return plan_at (planner->op, entry, planner->source->dims[planner->axis], planner->axis, axis,
                      error) &&
             ++planner->axis > 0;
    case WEFT_INDEX_ARRAY:
      axis->kind = WEFT_INDEX_ARRAY;
      axis->array = planner->n_arrays++;
      planner->axis++;
      return TRUE;
    }
  return FALSE;
}

/* Puts the arrays' axes into the result: where the array entries stand, or first where they stand
 * apart (NumPy). */
static gboolean
insert_arrays (Planner *planner, GError **error)
{
  WeftIndexPlan *plan = planner->plan;
  guint          at = planner->split ? 0 : (guint) MAX (planner->block, 0), n = plan->arrays.rank;

  if (planner->n_from + n > WEFT_MAX_RANK)
    return add_from (&(Planner){ .op = planner->op, .n_from = WEFT_MAX_RANK }, 0, error);
  memmove (plan->from + at + n, plan->from + at, (planner->n_from - at) * sizeof plan->from[0]);
  for (guint i = 0; i < n; i++)
    plan->from[at + i] = WEFT_FROM_ARRAYS ((int) i);
  planner->n_from += n;
  return TRUE;
}

static void
finish_shape (WeftIndexPlan *plan, guint n_from)
{
  plan->shape.rank = n_from;
  for (guint i = 0; i < n_from; i++)
    if (plan->from[i] >= 0)
      plan->shape.dims[i] = plan->axes[plan->from[i]].count;
    else
      plan->shape.dims[i] =
        plan->from[i] == WEFT_FROM_NEW ? weft_dim (1) : plan->arrays.dims[-2 - plan->from[i]];
}

/* Resolves the INDEX attribute @index on a value of shape @source with index arrays of types
 * @arrays. Slices follow Python, arrays NumPy; an integer beside an array counts as one. Errors:
 * WEFT_TYPE_ERROR. */
gboolean
weft_index_plan (const WeftOp    *op,
                 const WeftAttr  *index,
                 const WeftShape *source,
                 guint            n_arrays,
                 const WeftType  *arrays,
                 WeftIndexPlan   *plan,
                 GError         **error)
{
  Planner planner = {
    .op = op, .source = source, .plan = plan, .has_arrays = n_arrays > 0, .block = -1
  };
  guint    used = 0, n_array_entries = 0;
  gboolean rest = FALSE;

  memset (plan, 0, sizeof *plan);
  for (guint i = 0; i < index->n_index; i++)
    {
      used += index->index[i].kind != WEFT_INDEX_NEWAXIS && index->index[i].kind != WEFT_INDEX_REST;
      n_array_entries += index->index[i].kind == WEFT_INDEX_ARRAY;
      if (index->index[i].kind == WEFT_INDEX_REST && rest)
        used = WEFT_MAX_RANK + 1;
      rest |= index->index[i].kind == WEFT_INDEX_REST;
      if (index->index[i].kind == WEFT_INDEX_SLICE && index->index[i].step == 0)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE, "%s: a slice has step 0",
                       op->name);
          return FALSE;
        }
    }
  if (used > source->rank || n_array_entries != n_arrays)
    {
      g_autofree char *shape = weft_shape_to_string (source);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: too many indices for %s",
                   op->name, shape);
      return FALSE;
    }
  if (!plan_arrays (op, n_arrays, arrays, plan, error))
    return FALSE;
  for (guint i = 0; i < index->n_index; i++)
    if (!plan_entry (&planner, &index->index[i], source->rank - used, error))
      return FALSE;
  if (!keep_axes (&planner, source->rank - planner.axis, error) || !insert_arrays (&planner, error))
    return FALSE;
  finish_shape (plan, planner.n_from);
  return TRUE;
}

static INFER (weft_infer_getitem)
{
  WeftIndexPlan plan;

  if (!weft_index_plan (op, &attrs[0], &inputs[0].shape, n_inputs - 1, inputs + 1, &plan, error))
    return FALSE;
  types[0].dtype = inputs[0].dtype;
  types[0].shape = plan.shape;
  return TRUE;
}

static INFER (weft_infer_index_add)
{
  WeftIndexPlan plan;

  if (!weft_index_plan (op, &attrs[1], attrs[0].dims, n_inputs - 1, inputs + 1, &plan, error))
    return FALSE;
  types[0].dtype = inputs[0].dtype;
  types[0].shape = *attrs[0].dims;
  return TRUE;
}

/* ---- Walking an index whose dims are numbers ---- */

typedef struct
{
  WeftIndexPlan plan;
  gint64        strides[WEFT_MAX_RANK]; /* of the source, in elements */
  gint64        sizes[WEFT_MAX_RANK];   /* of the source */
  gint64        shape[WEFT_MAX_RANK];   /* of the result */
  guint         source_rank, rank;
  gint64        base;       /* starts of slices and integers */
  gint64        inner;      /* this many results in a row are neighbours in the source too */
  guint         outer_rank; /* result axes outside of that */
} IndexWalk;

static void
index_walk_init (IndexWalk      *walk,
                 const WeftOp   *op,
                 const WeftAttr *index,
                 guint           source_rank,
                 const gint64   *source,
                 guint           n_arrays,
                 const guint    *ranks,
                 const gint64 (*shapes)[WEFT_MAX_RANK])
{
  WeftShape            shape = weft_shape_new (source_rank, source);
  g_autofree WeftType *arrays = g_new0 (WeftType, n_arrays + 1);
  gint64               stride = 1;

  for (guint i = 0; i < n_arrays; i++)
    {
      arrays[i].dtype = WEFT_I64;
      arrays[i].shape = weft_shape_new (ranks[i], shapes[i]);
    }
  if (!weft_index_plan (op, index, &shape, n_arrays, arrays, &walk->plan, NULL))
    g_assert_not_reached ();
  walk->source_rank = source_rank;
  walk->rank = walk->plan.shape.rank;
  walk->base = 0;
  for (guint i = source_rank; i-- > 0; stride *= source[i])
    {
      walk->strides[i] = stride;
      walk->sizes[i] = source[i];
      if (walk->plan.axes[i].kind != WEFT_INDEX_ARRAY)
        walk->base += stride * walk->plan.axes[i].start.offset;
    }
  for (guint i = 0; i < walk->rank; i++)
    walk->shape[i] = walk->plan.shape.dims[i].offset;
  walk->inner = 1;
  for (walk->outer_rank = walk->rank; walk->outer_rank > 0; walk->outer_rank--)
    {
      int from = walk->plan.from[walk->outer_rank - 1];

      if (from < 0 || walk->plan.axes[from].step != 1 || walk->strides[from] != walk->inner)
        break;
      walk->inner *= walk->shape[walk->outer_rank - 1];
      if (walk->shape[walk->outer_rank - 1] != walk->sizes[from])
        {
          walk->outer_rank--;
          break;
        }
    }
}

/* Where result run @outer starts in the source; marks input @bad and reads element 0 where an index
 * array points outside. */
static gint64
index_walk_at (const IndexWalk   *walk,
               gint64             outer,
               const WeftDType   *dtypes,
               const void *const *arrays,
               const guint       *ranks,
               const gint64 (*shapes)[WEFT_MAX_RANK],
               gint *bad)
{
  gint64 at = walk->base, index[WEFT_MAX_RANK] = { 0 }, block[WEFT_MAX_RANK] = { 0 };

  for (guint i = walk->outer_rank; i-- > 0; outer /= walk->shape[i])
    {
      index[i] = outer % walk->shape[i];
      if (walk->plan.from[i] >= 0)
        at +=
          index[i] * walk->plan.axes[walk->plan.from[i]].step * walk->strides[walk->plan.from[i]];
      else if (walk->plan.from[i] != WEFT_FROM_NEW)
        block[-2 - walk->plan.from[i]] = index[i];
    }
  for (guint axis = 0; axis < walk->source_rank; axis++)
    if (walk->plan.axes[axis].kind == WEFT_INDEX_ARRAY)
      {
        guint  k = walk->plan.axes[axis].array;
        gint64 flat = 0, value;

        for (guint i = 0; i < ranks[k]; i++)
          flat = flat * shapes[k][i] +
                 (shapes[k][i] == 1 ? 0 : block[walk->plan.arrays.rank - ranks[k] + i]);
        value = (gint64) weft_load_number (dtypes[k], arrays[k], flat);
        if (value < 0)
          value += walk->sizes[axis];
        if (value < 0 || value >= walk->sizes[axis])
          {
            if (bad != NULL)
              g_atomic_int_set (bad, (gint) k + 2);
            value = 0;
          }
        at += value * walk->strides[axis];
      }
  return at;
}

/* Array indices into an axis without elements: there is no element 0 to fall back to. */
static gboolean
points_nowhere (const WeftKernelCall *call, guint rank, const gint64 *source, gint64 n_results)
{
  if (n_results == 0 || weft_product (source, rank) > 0)
    return FALSE;
  if (call->bad != NULL)
    g_atomic_int_set (call->bad, 2);
  return TRUE;
}

/* ---- getitem ---- */

static gint64
getitem_outer (const IndexWalk *walk)
{
  return weft_product (walk->shape, walk->outer_rank);
}

static gint64
getitem_units (const WeftKernelCall *call)
{
  IndexWalk walk;

  if (weft_product (call->out_shape[0], call->out_rank[0]) == 0)
    return 0;
  index_walk_init (&walk, call->op, &call->attrs[0], call->in_ranks[0], call->in_shapes[0],
                   call->n_inputs - 1, call->in_ranks + 1, call->in_shapes + 1);
  return getitem_outer (&walk);
}

static void
getitem_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gsize       size = weft_dtype_size (call->out_dtype[0]);
  const char *in = call->in[0];
  char       *out = call->out[0];
  IndexWalk   walk;

  if (points_nowhere (call, call->in_ranks[0], call->in_shapes[0], end - begin))
    return;
  index_walk_init (&walk, call->op, &call->attrs[0], call->in_ranks[0], call->in_shapes[0],
                   call->n_inputs - 1, call->in_ranks + 1, call->in_shapes + 1);
  for (gint64 i = begin; i < end; i++)
    {
      gint64 at = index_walk_at (&walk, i, call->in_dtypes + 1, call->in + 1, call->in_ranks + 1,
                                 call->in_shapes + 1, call->bad);

      memcpy (out + i * walk.inner * size, in + at * size, walk.inner * size);
    }
}

static const WeftKernel weft_getitem_kernel = { getitem_units, getitem_run, NULL, NULL };

/* ---- index_add: one unit, as several results may fall on one place ---- */

static gint64
one_unit (const WeftKernelCall *call)
{
  return 1;
}

#define ADD_RUN(TYPE)                     \
  for (gint64 k = 0; k < walk.inner; k++) \
  ((TYPE *) call->out[0])[at + k] += ((const TYPE *) call->in[0])[i * walk.inner + k]

static void
index_add_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  IndexWalk walk;

  memset (call->out[0], 0,
          weft_product (call->out_shape[0], call->out_rank[0]) *
            weft_dtype_size (call->out_dtype[0]));
  if (weft_product (call->in_shapes[0], call->in_ranks[0]) == 0 ||
      points_nowhere (call, call->out_rank[0], call->out_shape[0],
                      weft_product (call->in_shapes[0], call->in_ranks[0])))
    return;
  index_walk_init (&walk, call->op, &call->attrs[1], call->out_rank[0], call->out_shape[0],
                   call->n_inputs - 1, call->in_ranks + 1, call->in_shapes + 1);
  for (gint64 i = 0; i < getitem_outer (&walk); i++)
    {
      gint64 at = index_walk_at (&walk, i, call->in_dtypes + 1, call->in + 1, call->in_ranks + 1,
                                 call->in_shapes + 1, call->bad);

      if (call->out_dtype[0] == WEFT_F32)
        ADD_RUN (float);
      else if (call->out_dtype[0] == WEFT_F64)
        ADD_RUN (double);
      else if (call->out_dtype[0] == WEFT_I64)
        ADD_RUN (gint64);
      else if (call->out_dtype[0] == WEFT_I32)
        ADD_RUN (gint32);
      else
        for (gint64 k = 0; k < walk.inner; k++)
          ((guint8 *) call->out[0])[at + k] |= ((const guint8 *) call->in[0])[i * walk.inner + k];
    }
}

static const WeftKernel weft_index_add_kernel = { one_unit, index_add_run, NULL, NULL };

/* ---- References: element by element from the plan ---- */

/* Each result element's place in the source; -1 where an index array points outside. */
static void
walk_reference (const WeftApply  *apply,
                const WeftAttr   *index,
                const WeftArray  *source,
                WeftArray *const *arrays,
                guint             n_arrays,
                gint64           *places)
{
  g_autofree guint       *ranks = g_new0 (guint, n_arrays + 1);
  g_autofree WeftDType   *dtypes = g_new0 (WeftDType, n_arrays + 1);
  g_autofree const void **data = g_new0 (const void *, n_arrays + 1);
  g_autofree gint64      *shapes = g_new0 (gint64, (n_arrays + 1) * WEFT_MAX_RANK);
  IndexWalk               walk;

  for (guint i = 0; i < n_arrays; i++)
    {
      ranks[i] = arrays[i]->rank;
      dtypes[i] = arrays[i]->dtype;
      data[i] = arrays[i]->data;
      memcpy (shapes + i * WEFT_MAX_RANK, arrays[i]->shape, sizeof arrays[i]->shape);
    }
  index_walk_init (&walk, apply->op, index, source->rank, source->shape, n_arrays, ranks,
                   (const gint64 (*)[WEFT_MAX_RANK]) (const void *) shapes);
  if (weft_product (walk.shape, walk.rank) == 0)
    return;
  walk.inner = 1;
  walk.outer_rank = walk.rank;
  for (gint64 i = 0; i < weft_product (walk.shape, walk.rank); i++)
    {
      gint bad = 0;

      places[i] = index_walk_at (&walk, i, dtypes, data, ranks,
                                 (const gint64 (*)[WEFT_MAX_RANK]) (const void *) shapes, &bad);
      if (bad != 0)
        places[i] = -1;
    }
}

static REFERENCE (weft_getitem_reference)
{
  g_autofree gint64 *places = g_new (gint64, MAX (outputs[0]->n_elements, 1));

  walk_reference (apply, &apply->attrs[0], inputs[0], inputs + 1, apply->n_inputs - 1, places);
  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    weft_array_set (outputs[0], i, places[i] < 0 ? NAN : weft_array_get (inputs[0], places[i]));
}

static REFERENCE (weft_index_add_reference)
{
  g_autofree gint64 *places = g_new (gint64, MAX (inputs[0]->n_elements, 1));

  walk_reference (apply, &apply->attrs[1], outputs[0], inputs + 1, apply->n_inputs - 1, places);
  for (gint64 i = 0; i < inputs[0]->n_elements; i++)
    if (places[i] >= 0)
      weft_array_set (outputs[0], places[i],
                      weft_array_get (outputs[0], places[i]) + weft_array_get (inputs[0], i));
}

/* ---- concat ---- */

static INFER (weft_infer_concat)
{
  guint axis;

  if (n_inputs == 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ARITY, "%s: needs at least one value",
                   op->name);
      return FALSE;
    }
  if (!weft_infer_axis (op, attrs[0].i, inputs[0].shape.rank, &axis, error))
    return FALSE;
  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  for (guint i = 1; i < n_inputs; i++)
    {
      g_autofree char *shapes = weft_two_shapes (&inputs[0].shape, &inputs[i].shape);

      if (inputs[i].shape.rank != inputs[0].shape.rank)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %u != %u axes (%s)",
                       op->name, inputs[0].shape.rank, inputs[i].shape.rank, shapes);
          return FALSE;
        }
      for (guint k = 0; k < inputs[0].shape.rank; k++)
        if (k == axis)
          types[0].shape.dims[k] = weft_dim_add (types[0].shape.dims[k], inputs[i].shape.dims[k]);
        else if (!weft_infer_same_dim (op, &types[0].shape.dims[k], inputs[i].shape.dims[k], shapes,
                                       error))
          return FALSE;
    }
  return TRUE;
}

static guint
concat_axis (const WeftAttr *attr, guint rank)
{
  return attr->i < 0 ? attr->i + rank : attr->i;
}

static gint64
concat_units (const WeftKernelCall *call)
{
  return weft_product (call->out_shape[0], concat_axis (&call->attrs[0], call->out_rank[0]));
}

static void
concat_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  guint rank = call->out_rank[0], axis = concat_axis (&call->attrs[0], rank);
  gsize row =
    weft_product (call->out_shape[0] + axis, rank - axis) * weft_dtype_size (call->out_dtype[0]);
  gsize offset = 0;

  for (guint k = 0; k < call->n_inputs; k++)
    {
      gsize bytes = weft_product (call->in_shapes[k] + axis, rank - axis) *
                    weft_dtype_size (call->out_dtype[0]);

      for (gint64 i = begin; bytes > 0 && i < end; i++)
        memcpy ((char *) call->out[0] + i * row + offset, (const char *) call->in[k] + i * bytes,
                bytes);
      offset += bytes;
    }
}

static const WeftKernel weft_concat_kernel = { concat_units, concat_run, NULL, NULL };

static REFERENCE (weft_concat_reference)
{
  guint  rank = outputs[0]->rank, axis = concat_axis (&apply->attrs[0], rank);
  gint64 inner = weft_product (outputs[0]->shape + axis + 1, rank - axis - 1), start = 0;

  for (guint k = 0; k < apply->n_inputs; k++)
    {
      gint64 size = inputs[k]->shape[axis];

      for (gint64 i = 0; i < inputs[k]->n_elements; i++)
        {
          gint64 outer = i / (size * inner), at = i / inner % size;

          weft_array_set (outputs[0],
                          (outer * outputs[0]->shape[axis] + start + at) * inner + i % inner,
                          weft_array_get (inputs[k], i));
        }
      start += size;
    }
}

/* ---- iota and one_hot ---- */

static INFER (weft_infer_iota)
{
  types[0].dtype = weft_dtypes[attrs[1].i].compute;
  types[0].shape.rank = 1;
  types[0].shape.dims[0] = attrs[0].dims->dims[0];
  if (weft_dim_is_number (types[0].shape.dims[0]) && types[0].shape.dims[0].offset < 0)
    types[0].shape.dims[0] = weft_dim (0);
  return TRUE;
}

static void
store_number (WeftDType dtype, void *data, gint64 i, gint64 value)
{
  if (dtype == WEFT_F32)
    ((float *) data)[i] = value;
  else if (dtype == WEFT_F64)
    ((double *) data)[i] = value;
  else if (dtype == WEFT_I64)
    ((gint64 *) data)[i] = value;
  else if (dtype == WEFT_I32)
    ((gint32 *) data)[i] = value;
  else
    ((guint8 *) data)[i] = value != 0;
}

static void
iota_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  for (gint64 i = 0; i < call->out_shape[0][0]; i++)
    store_number (call->out_dtype[0], call->out[0], i, i);
}

static const WeftKernel weft_iota_kernel = { one_unit, iota_run, NULL, NULL };

static REFERENCE (weft_iota_reference)
{
  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    weft_array_set (outputs[0], i, apply->outputs[0].type.dtype == WEFT_BOOL ? i != 0 : i);
}

static INFER (weft_infer_one_hot)
{
  if (weft_dtype_is_float (inputs[0].dtype))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                   "%s: labels must be whole numbers, not %s", op->name,
                   weft_dtypes[inputs[0].dtype].name);
      return FALSE;
    }
  if (inputs[0].shape.rank == WEFT_MAX_RANK ||
      (weft_dim_is_number (attrs[0].dims->dims[0]) && attrs[0].dims->dims[0].offset < 0))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: no place for one more axis of that size", op->name);
      return FALSE;
    }
  types[0].dtype = weft_dtypes[attrs[1].i].compute;
  types[0].shape = inputs[0].shape;
  types[0].shape.dims[types[0].shape.rank++] = attrs[0].dims->dims[0];
  return TRUE;
}

static gint64
one_hot_units (const WeftKernelCall *call)
{
  return weft_product (call->in_shapes[0], call->in_ranks[0]);
}

static void
one_hot_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64 n = call->out_shape[0][call->out_rank[0] - 1];
  gsize  size = weft_dtype_size (call->out_dtype[0]);

  memset ((char *) call->out[0] + begin * n * size, 0, (end - begin) * n * size);
  for (gint64 i = begin; i < end; i++)
    {
      gint64 label = weft_load_int (call->in_dtypes[0], call->in[0], i);

      if (label >= 0 && label < n)
        store_number (call->out_dtype[0], call->out[0], i * n + label, 1);
      else if (call->bad != NULL)
        g_atomic_int_set (call->bad, 1);
    }
}

static const WeftKernel weft_one_hot_kernel = { one_hot_units, one_hot_run, NULL, NULL };

static REFERENCE (weft_one_hot_reference)
{
  gint64 n = outputs[0]->shape[outputs[0]->rank - 1];

  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    weft_array_set (outputs[0], i, weft_array_get (inputs[0], i / n) == (double) (i % n));
}

/* ---- What the rows name ---- */

const WeftOpCode weft_code_concat = { .infer = weft_infer_concat, .reference = weft_concat_reference, .kernel = &weft_concat_kernel };
const WeftOpCode weft_code_getitem = { .infer = weft_infer_getitem, .reference = weft_getitem_reference, .kernel = &weft_getitem_kernel };
const WeftOpCode weft_code_index_add = { .infer = weft_infer_index_add, .reference = weft_index_add_reference, .kernel = &weft_index_add_kernel };
const WeftOpCode weft_code_iota = { .infer = weft_infer_iota, .reference = weft_iota_reference, .kernel = &weft_iota_kernel };
const WeftOpCode weft_code_one_hot = { .infer = weft_infer_one_hot, .reference = weft_one_hot_reference, .kernel = &weft_one_hot_kernel };
