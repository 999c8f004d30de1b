/* Indexing: the plan of an index, reading a part (getitem), adding at one (index_add).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/index-text.h"
#include "engine/ops/index-walk.h"

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

/* Where a bound or the size has a name: what goes beyond the end is cut, as Python does; bounds
 * counted from the start are taken to lie inside, and the call, where all are numbers, sees it
 * exactly. */
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
      stop = entry->has_stop ? weft_dim_minimum (from_end (entry->stop, size), size) : size;
      length = weft_dim_sub (stop, axis->start);
    }
  else
    {
      WeftDim last = weft_dim_sub (size, weft_dim (1));

      axis->start =
        entry->has_start ? weft_dim_minimum (from_end (entry->start, size), last) : last;
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
                       "%s: an index array holds %s, not whole numbers", op->name,
                       weft_dtypes[arrays[i].dtype].name);
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

static gboolean
shapes_differ (const WeftShape *a, const WeftShape *b)
{
  for (guint i = 0; a->rank == b->rank && i < a->rank; i++)
    if (weft_dim_differs (a->dims[i], b->dims[i]))
      return TRUE;
  return a->rank != b->rank;
}

static INFER (weft_infer_index_add)
{
  WeftIndexPlan plan;

  if (!weft_index_plan (op, &attrs[1], attrs[0].dims, n_inputs - 1, inputs + 1, &plan, error))
    return FALSE;
  if (shapes_differ (&inputs[0].shape, &plan.shape))
    {
      g_autofree char *given = weft_shape_to_string (&inputs[0].shape);
      g_autofree char *wanted = weft_shape_to_string (&plan.shape);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: the index takes %s, and the values are %s", op->name, wanted, given);
      return FALSE;
    }
  types[0].dtype = inputs[0].dtype;
  types[0].shape = *attrs[0].dims;
  return TRUE;
}

/* ---- getitem ---- */

static gpointer
getitem_prepare (const WeftKernelCall *call)
{
  WeftIndexWalk *walk = g_new (WeftIndexWalk, 1);

  weft_index_walk_init (walk, call->op, &call->attrs[0], call->in_ranks[0], call->in_shapes[0],
                        call->n_inputs - 1, call->in_dtypes + 1, call->in_ranks + 1,
                        call->in_shapes + 1);
  return walk;
}

static gint64
walk_units (const WeftKernelCall *call)
{
  const WeftIndexWalk *walk = call->prepared;

  return weft_product (walk->shape, walk->rank) == 0 ? 0 : walk->n_outer;
}

static void
getitem_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gsize           size = weft_dtype_size (call->out_dtype[0]);
  const char     *in = call->in[0];
  char           *out = call->out[0];
  WeftIndexWalk   walk = *(const WeftIndexWalk *) call->prepared;
  WeftIndexCursor cursor;

  if (weft_index_walk_is_nowhere (&walk, call->in_ranks[0], call->in_shapes[0]))
    {
      g_atomic_int_set (call->bad, 2);
      return;
    }
  weft_index_walk_set_data (&walk, call->in + 1);
  weft_index_cursor_init (&cursor, &walk, begin);
  size *= walk.inner;
  for (gint64 i = begin; i < end; i++)
    {
      gint64 at = weft_index_cursor_at (&cursor, call->bad, 2);

      memcpy (out + i * size, in + at * (size / walk.inner), size);
      weft_index_cursor_next (&cursor);
    }
}

static gboolean
getitem_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  return launch == 0 && weft_index_text_read (call, &call->attrs[0], text);
}

static const WeftKernel weft_getitem_kernel = { .units = walk_units,
                                                .run = getitem_run,
                                                .prepare = getitem_prepare,
                                                .release = g_free,
                                                .text = getitem_text };

/* ---- index_add: one unit, as several results may fall on one place ---- */

static gint64
one_unit (const WeftKernelCall *call)
{
  return 1;
}

static gpointer
index_add_prepare (const WeftKernelCall *call)
{
  WeftIndexWalk *walk = g_new (WeftIndexWalk, 1);

  weft_index_walk_init (walk, call->op, &call->attrs[1], call->out_rank[0], call->out_shape[0],
                        call->n_inputs - 1, call->in_dtypes + 1, call->in_ranks + 1,
                        call->in_shapes + 1);
  return walk;
}

#define ADD_RUN(TYPE)                     \
  for (gint64 k = 0; k < walk.inner; k++) \
  ((TYPE *) call->out[0])[at + k] += ((const TYPE *) call->in[0])[i * walk.inner + k]

static void
index_add_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  WeftIndexWalk   walk = *(const WeftIndexWalk *) call->prepared;
  WeftIndexCursor cursor;

  memset (call->out[0], 0,
          weft_product (call->out_shape[0], call->out_rank[0]) *
            weft_dtype_size (call->out_dtype[0]));
  if (weft_product (walk.shape, walk.rank) == 0)
    return;
  if (weft_index_walk_is_nowhere (&walk, call->out_rank[0], call->out_shape[0]))
    {
      g_atomic_int_set (call->bad, 2);
      return;
    }
  weft_index_walk_set_data (&walk, call->in + 1);
  weft_index_cursor_init (&cursor, &walk, 0);
  for (gint64 i = 0; i < walk.n_outer; i++, weft_index_cursor_next (&cursor))
    {
      gint64 at = weft_index_cursor_at (&cursor, call->bad, 2);

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

static gboolean
index_add_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  const WeftIndexWriting writing = {
    .index = &call->attrs[1],
    .first = 1,
    .value = 0,
    .start = "0",
    .with = call->out_dtype[0] == WEFT_BOOL ? "x | v" : "x + v",
  };

  return launch == 0 && weft_index_text_write (call, &writing, text);
}

static const WeftKernel weft_index_add_kernel = { .units = one_unit,
                                                  .run = index_add_run,
                                                  .prepare = index_add_prepare,
                                                  .release = g_free,
                                                  .text = index_add_text };

/* ---- References: element by element from the plan ---- */

gint64 *
weft_index_places (const WeftApply  *apply,
                   const WeftAttr   *index,
                   const WeftArray  *source,
                   guint             n_arrays,
                   WeftArray *const *arrays)
{
  WeftDType       dtypes[WEFT_MAX_RANK];
  guint           ranks[WEFT_MAX_RANK];
  gint64          shapes[WEFT_MAX_RANK][WEFT_MAX_RANK], *places;
  const void     *data[WEFT_MAX_RANK];
  WeftIndexWalk   walk;
  WeftIndexCursor cursor;

  for (guint i = 0; i < n_arrays; i++)
    {
      ranks[i] = arrays[i]->rank;
      dtypes[i] = arrays[i]->dtype;
      data[i] = arrays[i]->data;
      memcpy (shapes[i], arrays[i]->shape, sizeof arrays[i]->shape);
    }
  weft_index_walk_init (&walk, apply->op, index, source->rank, source->shape, n_arrays, dtypes,
                        ranks, (const gint64 (*)[WEFT_MAX_RANK]) shapes);
  weft_index_walk_set_data (&walk, data);
  weft_index_walk_flatten (&walk);
  places = g_new (gint64, MAX (walk.n_outer, 1));
  weft_index_cursor_init (&cursor, &walk, 0);
  for (gint64 i = 0; i < walk.n_outer; i++, weft_index_cursor_next (&cursor))
    {
      gint bad = 0;

      places[i] = weft_index_cursor_at (&cursor, &bad, 1);
      if (bad != 0)
        places[i] = -1;
    }
  return places;
}

static REFERENCE (weft_getitem_reference)
{
  g_autofree gint64 *places =
    weft_index_places (apply, &apply->attrs[0], inputs[0], apply->n_inputs - 1, inputs + 1);

  for (gint64 i = 0; i < outputs[0]->n_elements; i++)
    weft_array_set (outputs[0], i, places[i] < 0 ? NAN : weft_array_get (inputs[0], places[i]));
}

static REFERENCE (weft_index_add_reference)
{
  g_autofree gint64 *places =
    weft_index_places (apply, &apply->attrs[1], outputs[0], apply->n_inputs - 1, inputs + 1);

  for (gint64 i = 0; i < inputs[0]->n_elements; i++)
    if (places[i] >= 0)
      weft_array_set (outputs[0], places[i],
                      weft_array_get (outputs[0], places[i]) + weft_array_get (inputs[0], i));
}

/* ---- What the rows name ---- */

const WeftOpCode weft_code_getitem = { .infer = weft_infer_getitem,
                                       .reference = weft_getitem_reference,
                                       .kernel = &weft_getitem_kernel };
const WeftOpCode weft_code_index_add = { .infer = weft_infer_index_add,
                                         .reference = weft_index_add_reference,
                                         .kernel = &weft_index_add_kernel };
