/* Reductions: type rules, definitions and kernels.
 *
 * A kernel first merges neighbouring axes that are all kept or all reduced. One unit makes one
 * result, or a block of neighbouring results where the last axes are kept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

#include <math.h>
#include <string.h>

#include "engine/ops/row-kernels.h"
#include "engine/ops/thread-text.h"

/* Results a unit makes where the last axes are kept: a few cache lines, small enough to share a
 * matrix of a few thousand columns. */
#define BLOCK 512

/* ---- Types ---- */

static gboolean
infer_reduced (const WeftOp   *op,
               const WeftAttr *attrs,
               const WeftType *input,
               WeftDType       dtype,
               WeftType       *type,
               GError        **error)
{
  guint mask;

  if (!weft_infer_axes (op, &attrs[0], input->shape.rank, &mask, error))
    return FALSE;
  type->dtype = dtype;
  type->shape = weft_shape_reduce (&input->shape, mask, attrs[1].i != 0);
  return TRUE;
}

static WeftDType
sum_dtype (WeftDType dtype)
{
  return weft_dtype_is_float (dtype) ? dtype : WEFT_I64;
}

/* The element type that is asked for: x is cast to it. A float needs no more words then. */
void
weft_settle_dtype (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, WeftAttr *attrs)
{
  WeftAttr *dtype = &attrs[weft_op_attr_index (op, "dtype")];

  if (dtype->kind != WEFT_ATTR_DTYPE)
    return;
  inputs[0] = weft_graph_cast (graph, inputs[0], weft_dtypes[dtype->i].compute);
  if (weft_dtype_is_float (inputs[0]->type.dtype))
    *dtype = weft_attr_none ();
}

static INFER (weft_infer_sum)
{
  return infer_reduced (op, attrs, &inputs[0],
                        attrs[2].kind == WEFT_ATTR_NONE ? sum_dtype (inputs[0].dtype)
                                                        : inputs[0].dtype,
                        types, error);
}

static INFER (weft_infer_reduce)
{
  return infer_reduced (op, attrs, &inputs[0], inputs[0].dtype, types, error);
}

static INFER (weft_infer_truth) { return infer_reduced (op, attrs, &inputs[0], WEFT_BOOL, types, error); }

/* Nothing has no largest element. */
static gboolean
check_not_empty (const WeftOp *op, const WeftShape *shape, guint mask, GError **error)
{
  for (guint i = 0; i < shape->rank; i++)
    if (mask & 1u << i && weft_dim_is_number (shape->dims[i]) && shape->dims[i].offset == 0)
      {
        g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: axis %u has no elements",
                     op->name, i);
        return FALSE;
      }
  return TRUE;
}

static INFER (weft_infer_extreme)
{
  return infer_reduced (op, attrs, &inputs[0], inputs[0].dtype, types, error) &&
         check_not_empty (op, &inputs[0].shape,
                          weft_reduced_axes (op, &attrs[0], inputs[0].shape.rank), error);
}

static INFER (weft_infer_argument)
{
  guint axis = 0, mask = (1u << inputs[0].shape.rank) - 1;

  if (attrs[0].kind != WEFT_ATTR_NONE)
    {
      if (!weft_infer_axis (op, attrs[0].i, inputs[0].shape.rank, &axis, error))
        return FALSE;
      mask = 1u << axis;
    }
  types[0].dtype = WEFT_I64;
  types[0].shape = weft_shape_reduce (&inputs[0].shape, mask, attrs[1].i != 0);
  return check_not_empty (op, &inputs[0].shape, mask, error);
}

static INFER (weft_infer_cumsum)
{
  guint axis;

  types[0].dtype = op->id == WEFT_OP_CUMSUM && attrs[1].kind == WEFT_ATTR_DTYPE
                     ? inputs[0].dtype
                     : sum_dtype (inputs[0].dtype);
  types[0].shape = inputs[0].shape;
  if (attrs[0].kind == WEFT_ATTR_NONE)
    {
      types[0].shape = (WeftShape){ 1, { weft_shape_size (&inputs[0].shape) } };
      return TRUE;
    }
  return weft_infer_axis (op, attrs[0].i, inputs[0].shape.rank, &axis, error);
}

/* ---- Definitions ---- */

/* For each element of @x its result's flat position. */
static gint64
result_index (const WeftArray *x, guint mask, gint64 element)
{
  gint64 index[WEFT_MAX_RANK], flat = 0;

  for (guint i = x->rank; i-- > 0; element /= x->shape[i])
    index[i] = element % x->shape[i];
  for (guint i = 0; i < x->rank; i++)
    if (!(mask & 1u << i))
      flat = flat * x->shape[i] + index[i];
  return flat;
}

static double
extreme (gboolean largest, double a, double b)
{
  return isnan (a) || isnan (b) ? NAN : (largest ? a > b : a < b) ? a
                                                                  : b;
}

static double
step_reference (guint id, double so_far, double x, double middle)
{
  switch (id)
    {
    case WEFT_OP_SUM:
    case WEFT_OP_MEAN:
      return so_far + x;
    case WEFT_OP_PROD:
      return so_far * x;
    case WEFT_OP_MAX:
      return extreme (TRUE, so_far, x);
    case WEFT_OP_MIN:
      return extreme (FALSE, so_far, x);
    case WEFT_OP_ALL:
      return so_far != 0 && x != 0;
    case WEFT_OP_ANY:
      return so_far != 0 || x != 0;
    case WEFT_OP_L2_NORM:
      return hypot (so_far, x);
    case WEFT_OP_LOGSUMEXP:
      return so_far + (x == middle ? 1 : exp (x - middle));
    default: /* var and std, in their second pass */
      return so_far + (x - middle) * (x - middle);
    }
}

static void
pass_reference (
  const WeftArray *x, guint mask, guint id, double start, const double *middle, double *y, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    y[i] = start;
  for (gint64 i = 0; i < x->n_elements; i++)
    {
      gint64 to = result_index (x, mask, i);

      y[to] = step_reference (id, y[to], weft_array_get (x, i), middle != NULL ? middle[to] : 0);
    }
}

static void
argument_reference (const WeftArray *x, guint mask, gboolean largest, double *y, gint64 n)
{
  g_autofree double *best = g_new (double, MAX (n, 1));
  g_autofree gint64 *seen = g_new0 (gint64, MAX (n, 1));

  for (gint64 i = 0; i < x->n_elements; i++)
    {
      gint64 to = result_index (x, mask, i);
      double value = weft_array_get (x, i);

      if (seen[to] == 0 ||
          (!isnan (best[to]) && (isnan (value) || (largest ? value > best[to] : value < best[to]))))
        {
          best[to] = value;
          y[to] = seen[to];
        }
      seen[to]++;
    }
}

static REFERENCE (weft_reduce_reference)
{
  const WeftArray   *x = inputs[0];
  guint              id = apply->op->id, mask = apply->attrs[0].kind == WEFT_ATTR_NONE
                                                  ? (1u << x->rank) - 1
                                                  : weft_reduced_axes (apply->op, &apply->attrs[0], x->rank);
  gint64             n = outputs[0]->n_elements;
  double            *y = outputs[0]->data, count = n > 0 ? (double) x->n_elements / n : 0;
  g_autofree double *middle = g_new0 (double, MAX (n, 1));

  if (id == WEFT_OP_ARGMAX || id == WEFT_OP_ARGMIN)
    {
      argument_reference (x, mask, id == WEFT_OP_ARGMAX, y, n);
      return;
    }
  if (id == WEFT_OP_VAR || id == WEFT_OP_STD)
    {
      pass_reference (x, mask, WEFT_OP_SUM, 0, NULL, middle, n);
      for (gint64 i = 0; i < n; i++)
        middle[i] /= count;
    }
  if (id == WEFT_OP_LOGSUMEXP)
    pass_reference (x, mask, WEFT_OP_MAX, -INFINITY, NULL, middle, n);
  pass_reference (x, mask, id,
                  id == WEFT_OP_PROD || id == WEFT_OP_ALL ? 1
                  : id == WEFT_OP_MAX                     ? -INFINITY
                  : id == WEFT_OP_MIN                     ? INFINITY
                                                          : 0,
                  middle, y, n);
  for (gint64 i = 0; i < n; i++)
    if (id == WEFT_OP_MEAN)
      y[i] /= count;
    else if (id == WEFT_OP_VAR || id == WEFT_OP_STD)
      y[i] = id == WEFT_OP_VAR ? y[i] / (count - apply->attrs[2].i)
                               : sqrt (y[i] / (count - apply->attrs[2].i));
    else if (id == WEFT_OP_LOGSUMEXP)
      y[i] = log (y[i]) + (y[i] == 0 ? 0 : middle[i]);
}

/* The length of a line along a running sum's axis, and how far apart its elements are; without an
 * axis all elements are one line. */
static void
running_line (const WeftAttr *axis_attr, guint rank, const gint64 *shape, gint64 *n, gint64 *inner)
{
  guint axis = axis_attr->i < 0 ? axis_attr->i + rank : axis_attr->i;

  *n = weft_product (shape, rank);
  *inner = 1;
  if (axis_attr->kind == WEFT_ATTR_NONE)
    return;
  *n = shape[axis];
  *inner = weft_product (shape + axis + 1, rank - axis - 1);
}

static REFERENCE (weft_cumsum_reference)
{
  const WeftArray *x = inputs[0];
  gboolean         back = apply->op->id == WEFT_OP_CUMSUM_BACK;
  gint64           n, inner;

  running_line (&apply->attrs[0], x->rank, x->shape, &n, &inner);
  for (gint64 i = 0; i < x->n_elements; i++)
    {
      gint64 at = i / inner % n;
      double sum = 0;

      for (gint64 k = back ? at : 0; k < (back ? n : at + 1); k++)
        sum += weft_array_get (x, i + (k - at) * inner);
      weft_array_set (outputs[0], i, sum);
    }
}

/* ---- The loops of a kernel ---- */

typedef struct
{
  guint  n;
  gint64 sizes[WEFT_MAX_RANK], strides[WEFT_MAX_RANK];
  gint64 total;
} Loop;

typedef struct
{
  Loop   kept, reduced; /* of the input, neighbours merged; axes of size 1 left out */
  gint64 columns;       /* the last kept axes, contiguous: 1 where the last axis is reduced */
  gint64 blocks;        /* units for one round of columns */
} Nest;

static void
loop_add (Loop *loop, gint64 size, gint64 stride, gboolean merge)
{
  if (merge && loop->n > 0)
    {
      loop->sizes[loop->n - 1] *= size;
      loop->strides[loop->n - 1] = stride;
    }
  else
    {
      loop->sizes[loop->n] = size;
      loop->strides[loop->n++] = stride;
    }
}

static void
nest_init (Nest *nest, guint rank, const gint64 *shape, guint mask)
{
  gint64 stride = weft_product (shape, rank);
  int    last = -1;

  memset (nest, 0, sizeof *nest);
  for (guint i = 0; i < rank; i++)
    {
      gboolean is_reduced = (mask & 1u << i) != 0;

      if (shape[i] == 0)
        stride = 0;
      else
        stride /= shape[i];
      if (shape[i] == 1)
        continue;
      loop_add (is_reduced ? &nest->reduced : &nest->kept, shape[i], stride, last == is_reduced);
      last = is_reduced;
    }
  nest->reduced.total = weft_product (nest->reduced.sizes, nest->reduced.n);
  nest->columns = 1;
  if (last == 0)
    nest->columns = nest->kept.sizes[--nest->kept.n];
  nest->kept.total = weft_product (nest->kept.sizes, nest->kept.n);
  nest->blocks = (nest->columns + BLOCK - 1) / BLOCK;
}

static gint64
loop_offset (const Loop *loop, guint n, gint64 index)
{
  gint64 offset = 0;

  for (guint i = n; i-- > 0; index /= loop->sizes[i])
    offset += index % loop->sizes[i] * loop->strides[i];
  return offset;
}

static guint
call_mask (const WeftKernelCall *call)
{
  if (call->attrs[0].kind == WEFT_ATTR_NONE)
    return (1u << call->in_ranks[0]) - 1;
  return weft_reduced_axes (call->op, &call->attrs[0], call->in_ranks[0]);
}

/* ---- Floats ---- */

static double
step_start (WeftReduceStep step)
{
  return step == REDUCE_PROD  ? 1
         : step == REDUCE_MAX ? -INFINITY
         : step == REDUCE_MIN ? INFINITY
                              : 0;
}

static double
join (WeftReduceStep step, double a, double b)
{
  switch (step)
    {
    case REDUCE_PROD:
      return a * b;
    case REDUCE_MAX:
    case REDUCE_MIN:
      return extreme (step == REDUCE_MAX, a, b);
    case REDUCE_SUM:
    case REDUCE_SQUARES:
    case REDUCE_EXPS:
      break;
    }
  return a + b;
}

/* One pass over the elements of one result whose last axis is reduced. */
static double
reduce_rows (const Nest           *nest,
             const WeftRowKernels *rows,
             WeftReduceStep        step,
             double                m,
             const char           *x,
             gsize                 size)
{
  double result = step_start (step);
  gint64 length = nest->reduced.n > 0 ? nest->reduced.sizes[nest->reduced.n - 1] : 1;

  for (gint64 i = 0; i < (length > 0 ? nest->reduced.total / length : 0); i++)
    {
      gint64 offset =
        nest->reduced.n > 0 ? loop_offset (&nest->reduced, nest->reduced.n - 1, i) : 0;
      double row = rows->reduce_row (step, m, x + offset * size, length);

      result = i == 0 ? row : join (step, result, row);
    }
  return result;
}

static double
get_float (const void *data, gboolean is_double, gint64 i)
{
  return is_double ? ((const double *) data)[i] : ((const float *) data)[i];
}

static void
set_float (void *data, gboolean is_double, gint64 i, double value)
{
  if (is_double)
    ((double *) data)[i] = value;
  else
    ((float *) data)[i] = value;
}

static WeftReduceStep
first_step (guint id)
{
  switch (id)
    {
    case WEFT_OP_PROD:
      return REDUCE_PROD;
    case WEFT_OP_MAX:
    case WEFT_OP_LOGSUMEXP:
      return REDUCE_MAX;
    case WEFT_OP_MIN:
      return REDUCE_MIN;
    case WEFT_OP_L2_NORM:
      return REDUCE_SQUARES;
    default:
      return REDUCE_SUM;
    }
}

/* A middle that may be subtracted: infinite maxima would make NaN of inf - inf. */
static double
safe_middle (guint id, double middle)
{
  return id == WEFT_OP_LOGSUMEXP && isinf (middle) ? 0 : middle;
}

static gboolean
has_second_pass (guint id)
{
  return id == WEFT_OP_VAR || id == WEFT_OP_STD || id == WEFT_OP_LOGSUMEXP;
}

/* From what the last pass gave to the result. */
static double
finish (const WeftKernelCall *call, double count, double middle, double value)
{
  switch (call->op->id)
    {
    case WEFT_OP_MEAN:
      return value / count;
    case WEFT_OP_VAR:
      return value / (count - call->attrs[2].i);
    case WEFT_OP_STD:
      return sqrt (value / (count - call->attrs[2].i));
    case WEFT_OP_LOGSUMEXP:
      return log (value) + middle;
    default:
      return value;
    }
}

/* The length of what @x begins, where its squares, added in the type of the elements, gave @sum: if some of them overflowed
 * or underflowed, once more in a type where they do not. */
static double
careful_norm (const Nest *nest, const char *x, gboolean is_double, double sum)
{
  double      low = is_double ? 0x1p-960 : 0x1p-100;
  long double again = 0;

  if (sum >= low && isfinite (sum))
    return sqrt (sum);
  for (gint64 i = 0; i < nest->reduced.total; i++)
    {
      long double each = get_float (x, is_double, loop_offset (&nest->reduced, nest->reduced.n, i));

      again += each * each;
    }
  return (double) sqrtl (again);
}

static void
float_rows (
  const WeftKernelCall *call, const Nest *nest, gboolean is_double, gint64 begin, gint64 end)
{
  const WeftRowKernels *rows = weft_row_kernels (is_double);
  gsize                 size = is_double ? 8 : 4;
  guint                 id = call->op->id;

  for (gint64 i = begin; i < end; i++)
    {
      const char *x =
        (const char *) call->in[0] + loop_offset (&nest->kept, nest->kept.n, i) * size;
      double middle = 0, value = reduce_rows (nest, rows, first_step (id), 0, x, size);

      if (has_second_pass (id))
        {
          middle = safe_middle (id, id == WEFT_OP_LOGSUMEXP ? value : value / nest->reduced.total);
          value = reduce_rows (nest, rows, id == WEFT_OP_LOGSUMEXP ? REDUCE_EXPS : REDUCE_SQUARES,
                               middle, x, size);
        }
      set_float (call->out[0], is_double, i,
                 id == WEFT_OP_L2_NORM ? careful_norm (nest, x, is_double, value)
                                       : finish (call, nest->reduced.total, middle, value));
    }
}

/* One pass for @n neighbouring results. */
static void
reduce_block (const Nest           *nest,
              const WeftRowKernels *rows,
              WeftReduceStep        step,
              void                 *acc,
              const void           *middle,
              const char           *x,
              gint64                n,
              gboolean              is_double)
{
  guint  last = nest->reduced.n > 0 ? nest->reduced.n - 1 : 0;
  gint64 n_rows = nest->reduced.n > 0 ? nest->reduced.sizes[last] : 1,
         stride = nest->reduced.n > 0 ? nest->reduced.strides[last] : 0;

  for (gint64 j = 0; j < n; j++)
    set_float (acc, is_double, j, step_start (step));
  for (gint64 i = 0; i < (n_rows > 0 ? nest->reduced.total / n_rows : 0); i++)
    rows->reduce_columns (step, acc, middle,
                          x + loop_offset (&nest->reduced, last, i) * (is_double ? 8 : 4), n_rows,
                          stride, n);
}

static void
float_blocks (
  const WeftKernelCall *call, const Nest *nest, gboolean is_double, gint64 begin, gint64 end)
{
  const WeftRowKernels *rows = weft_row_kernels (is_double);
  gsize                 size = is_double ? 8 : 4;
  guint                 id = call->op->id;
  double                middle[BLOCK] = { 0 };

  for (gint64 unit = begin; unit < end; unit++)
    {
      gint64 outer = unit / nest->blocks, first = unit % nest->blocks * BLOCK,
             n = MIN (BLOCK, nest->columns - first);
      const char *x = (const char *) call->in[0] +
                      (loop_offset (&nest->kept, nest->kept.n, outer) + first) * size;
      char *y = (char *) call->out[0] + (outer * nest->columns + first) * size;

      reduce_block (nest, rows, first_step (id), y, id == WEFT_OP_L2_NORM ? middle : NULL, x, n,
                    is_double);
      if (has_second_pass (id))
        {
          for (gint64 j = 0; j < n; j++)
            set_float (middle, is_double, j,
                       safe_middle (id, get_float (y, is_double, j) /
                                          (id == WEFT_OP_LOGSUMEXP ? 1 : nest->reduced.total)));
          reduce_block (nest, rows, id == WEFT_OP_LOGSUMEXP ? REDUCE_EXPS : REDUCE_SQUARES, y,
                        middle, x, n, is_double);
        }
      for (gint64 j = 0; j < n && id == WEFT_OP_L2_NORM; j++)
        set_float (y, is_double, j,
                   careful_norm (nest, x + j * size, is_double, get_float (y, is_double, j)));
      for (gint64 j = 0; j < n && id != WEFT_OP_L2_NORM; j++)
        set_float (y, is_double, j,
                   finish (call, nest->reduced.total,
                           has_second_pass (id) ? get_float (middle, is_double, j) : 0,
                           get_float (y, is_double, j)));
    }
}

/* ---- Whole numbers, truth and positions: one result at a time ---- */

static gint64
whole_result (guint id, WeftDType dtype, const void *x, const Nest *nest, gint64 base)
{
  gint64 result = id == WEFT_OP_PROD || id == WEFT_OP_ALL ? 1
                  : id == WEFT_OP_MAX                     ? G_MININT64
                  : id == WEFT_OP_MIN                     ? G_MAXINT64
                                                          : 0;

  for (gint64 i = 0; i < nest->reduced.total; i++)
    {
      gint64 at = base + loop_offset (&nest->reduced, nest->reduced.n, i);

      if (id == WEFT_OP_ALL)
        result = result != 0 && weft_load_number (dtype, x, at) != 0;
      else if (id == WEFT_OP_ANY)
        result = result != 0 || weft_load_number (dtype, x, at) != 0;
      else if (id == WEFT_OP_SUM)
        result += weft_load_int (dtype, x, at);
      else if (id == WEFT_OP_PROD)
        result *= weft_load_int (dtype, x, at);
      else if (id == WEFT_OP_MAX)
        result = MAX (result, weft_load_int (dtype, x, at));
      else
        result = MIN (result, weft_load_int (dtype, x, at));
    }
  return result;
}

static gint64
position (gboolean largest, WeftDType dtype, const void *x, const Nest *nest, gint64 base)
{
  gboolean is_float = weft_dtype_is_float (dtype);
  double   best = 0;
  gint64   best_int = 0, result = 0;

  for (gint64 i = 0; i < nest->reduced.total; i++)
    {
      gint64 at = base + loop_offset (&nest->reduced, nest->reduced.n, i);

      if (is_float)
        {
          double value = weft_load_number (dtype, x, at);

          if (i == 0 ||
              (!isnan (best) && (isnan (value) || (largest ? value > best : value < best))))
            {
              best = value;
              result = i;
            }
        }
      else
        {
          gint64 value = weft_load_int (dtype, x, at);

          if (i == 0 || (largest ? value > best_int : value < best_int))
            {
              best_int = value;
              result = i;
            }
        }
    }
  return result;
}

static void
whole_blocks (const WeftKernelCall *call, const Nest *nest, gint64 begin, gint64 end)
{
  guint id = call->op->id;

  for (gint64 unit = begin; unit < end; unit++)
    {
      gint64 outer = unit / nest->blocks, first = unit % nest->blocks * BLOCK,
             n = MIN (BLOCK, nest->columns - first);
      gint64 base = loop_offset (&nest->kept, nest->kept.n, outer) + first;

      for (gint64 j = 0; j < n; j++)
        {
          gint64 value =
            id == WEFT_OP_ARGMAX || id == WEFT_OP_ARGMIN
              ? position (id == WEFT_OP_ARGMAX, call->in_dtypes[0], call->in[0], nest, base + j)
              : whole_result (id, call->in_dtypes[0], call->in[0], nest, base + j);

          weft_store_int (call->out_dtype[0], call->out[0], outer * nest->columns + first + j, value);
        }
    }
}

/* ---- The kernels ---- */

static gint64
reduce_units (const WeftKernelCall *call)
{
  Nest nest;

  nest_init (&nest, call->in_ranks[0], call->in_shapes[0], call_mask (call));
  return nest.kept.total * nest.blocks;
}

static void
run_nest (const WeftKernelCall *call, const Nest *nest, gint64 begin, gint64 end)
{
  WeftDType dtype = call->in_dtypes[0];

  if (!weft_dtype_is_float (call->out_dtype[0]))
    whole_blocks (call, nest, begin, end);
  else if (nest->columns > 1)
    float_blocks (call, nest, dtype == WEFT_F64, begin, end);
  else
    float_rows (call, nest, dtype == WEFT_F64, begin, end);
}

static void
reduce_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  Nest nest;

  nest_init (&nest, call->in_ranks[0], call->in_shapes[0], call_mask (call));
  run_nest (call, &nest, begin, end);
}

static double
reduce_flops (const WeftKernelCall *call)
{
  return weft_product (call->in_shapes[0], call->in_ranks[0]);
}

/* A warp a result of argmax or argmin: element k, x, takes the place of guess, best, as position () has it,
 * whoever looks at it first. */
static gboolean
position_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  static const char better[] = "if (guess < 0 || (x != x ? best == best || k < guess : best == best && "
                               "(x %c best || (x == best && k < guess))))";
  Nest             nest;
  char             sign = call->op->id == WEFT_OP_ARGMAX ? '>' : '<';
  g_autofree char *base = NULL, *place = NULL;

  if (launch > 0)
    return FALSE;
  nest_init (&nest, call->in_ranks[0], call->in_shapes[0], call_mask (call));
  place = weft_text_place (nest.reduced.n, nest.reduced.sizes, nest.reduced.strides, "k");
  text->n = nest.kept.total * nest.columns;
  text->by_warps = TRUE;
  nest.kept.sizes[nest.kept.n] = nest.columns;
  nest.kept.strides[nest.kept.n] = 1;
  base = weft_text_place (nest.kept.n + 1, nest.kept.sizes, nest.kept.strides, "i");
  weft_thread_line (text, "const auto *const from = in0%s;", base);
  weft_thread_line (text, "auto best = from[0];");
  weft_thread_line (text, "long long guess = -1;");
  weft_thread_line (text, "for (long long k = l; k < %" G_GINT64_FORMAT "; k += 32)",
                    nest.reduced.total);
  weft_thread_line (text, "  {");
  weft_thread_line (text, "    const auto x = from[0%s];", place);
  g_string_append (text->code, "    ");
  weft_thread_line (text, better, sign);
  weft_thread_line (text, "      best = x, guess = k;");
  weft_thread_line (text, "  }");
  weft_thread_line (text, "for (int h = 16; h > 0; h /= 2)");
  weft_thread_line (text, "  {");
  weft_thread_line (text, "    const auto x = __shfl_down_sync (0xffffffffu, best, h);");
  weft_thread_line (text, "    const long long k = __shfl_down_sync (0xffffffffu, guess, h);");
  weft_thread_line (text, "    if (k >= 0)");
  g_string_append (text->code, "    ");
  weft_thread_line (text, better, sign);
  weft_thread_line (text, "      best = x, guess = k;");
  weft_thread_line (text, "  }");
  weft_thread_line (text, "if (l == 0)");
  weft_thread_line (text, "  out0[i] = guess;");
  return TRUE;
}

static const WeftKernel weft_reduce_kernel = { reduce_units, reduce_run, NULL, reduce_flops };
static const WeftKernel position_kernel = { .units = reduce_units,
                                            .run = reduce_run,
                                            .flops = reduce_flops,
                                            .text = position_text };

/* sum_to: the axes that the result lacks or has as 1. */
static guint
sum_to_mask (const WeftKernelCall *call)
{
  guint mask = 0, lead = call->in_ranks[0] - call->out_rank[0];

  for (guint i = 0; i < call->in_ranks[0]; i++)
    if (i < lead || (call->out_shape[0][i - lead] == 1 && call->in_shapes[0][i] != 1))
      mask |= 1u << i;
  return mask;
}

static gint64
sum_to_units (const WeftKernelCall *call)
{
  Nest nest;

  nest_init (&nest, call->in_ranks[0], call->in_shapes[0], sum_to_mask (call));
  return nest.kept.total * nest.blocks;
}

static void
sum_to_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  WeftKernelCall sum = *call;
  Nest           nest;

  sum.op = weft_op (WEFT_OP_SUM);
  nest_init (&nest, call->in_ranks[0], call->in_shapes[0], sum_to_mask (call));
  run_nest (&sum, &nest, begin, end);
}

const WeftKernel weft_sum_to_kernel = { sum_to_units, sum_to_run, NULL, reduce_flops };

/* ---- cumsum: one unit a line ---- */

static gint64
cumsum_units (const WeftKernelCall *call)
{
  gint64 n, inner;

  running_line (&call->attrs[0], call->in_ranks[0], call->in_shapes[0], &n, &inner);
  return n == 0 ? 0 : weft_product (call->in_shapes[0], call->in_ranks[0]) / n;
}

static void
cumsum_line (const WeftKernelCall *call, gint64 at, gint64 step, gint64 n)
{
  if (weft_dtype_is_float (call->out_dtype[0]))
    {
      double sum = 0;

      for (gint64 k = 0; k < n; k++, at += step)
        {
          sum += get_float (call->in[0], call->out_dtype[0] == WEFT_F64, at);
          set_float (call->out[0], call->out_dtype[0] == WEFT_F64, at, sum);
        }
      return;
    }

  gint64 whole = 0;

  for (gint64 k = 0; k < n; k++, at += step)
    {
      whole += weft_load_int (call->in_dtypes[0], call->in[0], at);
      weft_store_int (call->out_dtype[0], call->out[0], at, whole);
    }
}

static void
cumsum_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64 n, inner;

  running_line (&call->attrs[0], call->in_ranks[0], call->in_shapes[0], &n, &inner);
  for (gint64 i = begin; i < end; i++)
    {
      gint64 first = i / inner * n * inner + i % inner;

      if (call->op->id == WEFT_OP_CUMSUM_BACK)
        cumsum_line (call, first + (n - 1) * inner, -inner, n);
      else
        cumsum_line (call, first, inner, n);
    }
}

/* A thread a line. */
static gboolean
cumsum_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  gboolean back = call->op->id == WEFT_OP_CUMSUM_BACK;
  gint64   n, inner;

  if (launch > 0)
    return FALSE;
  running_line (&call->attrs[0], call->in_ranks[0], call->in_shapes[0], &n, &inner);
  text->n = cumsum_units (call);
  weft_thread_line (text,
                    "long long at = i / %" G_GINT64_FORMAT " * (long long) %" G_GINT64_FORMAT
                    " + i %% %" G_GINT64_FORMAT " + %" G_GINT64_FORMAT ";",
                    MAX (inner, 1), n * inner, MAX (inner, 1), back ? (n - 1) * inner : 0);
  weft_thread_line (text, "%s sum = 0;",
                    weft_dtype_is_float (call->out_dtype[0]) ? "double" : "long long");
  weft_thread_line (text,
                    "for (long long k = 0; k < %" G_GINT64_FORMAT "; k++, at += %" G_GINT64_FORMAT
                    ")",
                    n, back ? -inner : inner);
  weft_thread_line (text, "  {");
  weft_thread_line (text, "    sum += in0[at];");
  weft_thread_line (text, "    out0[at] = (R) sum;");
  weft_thread_line (text, "  }");
  return TRUE;
}

static const WeftKernel weft_cumsum_kernel = { .units = cumsum_units,
                                               .run = cumsum_run,
                                               .flops = reduce_flops,
                                               .text = cumsum_text };

/* ---- What the rows name ---- */

const WeftOpCode weft_code_sum = { .infer = weft_infer_sum,
                                   .reference = weft_reduce_reference,
                                   .kernel = &weft_reduce_kernel,
                                   .settle = weft_settle_dtype };
const WeftOpCode weft_code_average = { .infer = weft_infer_reduce,
                                       .reference = weft_reduce_reference,
                                       .kernel = &weft_reduce_kernel,
                                       .settle = weft_settle_dtype };
const WeftOpCode weft_code_mean = { .infer = weft_infer_reduce, .reference = weft_reduce_reference, .kernel = &weft_reduce_kernel };
const WeftOpCode weft_code_max = { .infer = weft_infer_extreme, .reference = weft_reduce_reference, .kernel = &weft_reduce_kernel };
const WeftOpCode weft_code_argmax = { .infer = weft_infer_argument, .reference = weft_reduce_reference, .kernel = &position_kernel };
const WeftOpCode weft_code_all = { .infer = weft_infer_truth, .reference = weft_reduce_reference, .kernel = &weft_reduce_kernel };
const WeftOpCode weft_code_cumsum = { .infer = weft_infer_cumsum, .reference = weft_cumsum_reference, .kernel = &weft_cumsum_kernel, .settle = weft_settle_dtype };
const WeftOpCode weft_code_cumsum_back = { .infer = weft_infer_cumsum, .reference = weft_cumsum_reference, .kernel = &weft_cumsum_kernel };
