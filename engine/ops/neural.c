/* The softmax family, losses and measures: type rules, definitions and kernels.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"
#include "engine/ops/thread-text.h"

#include <math.h>
#include <string.h>

#include "engine/ops/row-kernels.h"

/* Pairs summed in the element type before the partial sums go on in double. */
#define CHUNK 4096

/* ---- softmax and log_softmax ---- */

static INFER (weft_infer_softmax)
{
  guint axis;

  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  return weft_infer_axis (op, attrs[0].i, inputs[0].shape.rank, &axis, error);
}

/* Lines along the axis: elements of one line are @inner apart. */
static void
line_of (gint64 axis_attr, guint rank, const gint64 *shape, gint64 *n, gint64 *inner)
{
  guint axis = axis_attr < 0 ? axis_attr + rank : axis_attr;

  *n = shape[axis];
  *inner = weft_product (shape + axis + 1, rank - axis - 1);
}

/* The logarithm of the sum of exp (x), less the largest x, which goes to @largest: what large
 * numbers have in common is subtracted from each first and leaves no rounding behind. */
static double
reference_log_sum_exp (const double *x, gint64 n, gint64 step, double *largest)
{
  double sum = 0;

  *largest = -INFINITY;
  for (gint64 i = 0; i < n; i++)
    *largest = isnan (x[i * step]) || x[i * step] > *largest ? x[i * step] : *largest;
  if (isinf (*largest) && *largest < 0)
    return 0;
  for (gint64 i = 0; i < n; i++)
    sum += exp (x[i * step] - *largest);
  return log (sum);
}

static REFERENCE (weft_softmax_reference)
{
  const double *x = inputs[0]->data;
  double       *y = outputs[0]->data;
  gint64        n, inner;

  line_of (apply->attrs[0].i, inputs[0]->rank, inputs[0]->shape, &n, &inner);
  for (gint64 i = 0; n > 0 && i < inputs[0]->n_elements / n; i++)
    {
      gint64 first = i / inner * n * inner + i % inner;
      double largest, rest = reference_log_sum_exp (x + first, n, inner, &largest);

      for (gint64 k = 0; k < n; k++)
        {
          double value = x[first + k * inner] - largest - rest;

          y[first + k * inner] = apply->op->id == WEFT_OP_SOFTMAX ? exp (value) : value;
        }
    }
}

static gint64
softmax_units (const WeftKernelCall *call)
{
  gint64 n, inner;

  line_of (call->attrs[0].i, call->in_ranks[0], call->in_shapes[0], &n, &inner);
  return n == 0 ? 0 : weft_product (call->in_shapes[0], call->in_ranks[0]) / n;
}

static gsize
softmax_scratch (const WeftKernelCall *call)
{
  gint64 n, inner;

  line_of (call->attrs[0].i, call->in_ranks[0], call->in_shapes[0], &n, &inner);
  return inner == 1 ? 0 : 2 * n * weft_dtype_size (call->in_dtypes[0]);
}

static void
copy_line (WeftDType   dtype,
           const void *from,
           gint64      from_first,
           gint64      from_step,
           void       *to,
           gint64      to_first,
           gint64      to_step,
           gint64      n)
{
  if (dtype == WEFT_F64)
    for (gint64 k = 0; k < n; k++)
      ((double *) to)[to_first + k * to_step] = ((const double *) from)[from_first + k * from_step];
  else
    for (gint64 k = 0; k < n; k++)
      ((float *) to)[to_first + k * to_step] = ((const float *) from)[from_first + k * from_step];
}

static void
softmax_rows (const WeftKernelCall *call, const char *x, char *y, gint64 n_rows, gint64 n)
{
  const WeftRowKernels *rows = weft_row_kernels (call->in_dtypes[0] == WEFT_F64);

  if (call->op->id == WEFT_OP_SOFTMAX)
    rows->softmax (x, y, 1, n_rows, n);
  else
    rows->log_softmax (x, y, n_rows, n);
}

static void
softmax_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  WeftDType dtype = call->in_dtypes[0];
  gsize     size = weft_dtype_size (dtype);
  gint64    n, inner;

  line_of (call->attrs[0].i, call->in_ranks[0], call->in_shapes[0], &n, &inner);
  if (inner == 1)
    {
      softmax_rows (call, (const char *) call->in[0] + begin * n * size,
                    (char *) call->out[0] + begin * n * size, end - begin, n);
      return;
    }
  for (gint64 i = begin; i < end; i++)
    {
      gint64 first = i / inner * n * inner + i % inner;
      char  *line = call->scratch, *result = line + n * size;

      copy_line (dtype, call->in[0], first, inner, line, 0, 1, n);
      softmax_rows (call, line, result, 1, n);
      copy_line (dtype, result, 0, 1, call->out[0], first, inner, n);
    }
}

/* A subtraction, an exponential of about ten operations, a sum and a product an element. */
static double
softmax_flops (const WeftKernelCall *call)
{
  return 14.0 * weft_product (call->in_shapes[0], call->in_ranks[0]);
}

static const WeftKernel weft_softmax_kernel = { softmax_units, softmax_run, softmax_scratch,
                                                softmax_flops };

/* ---- cross_entropy ---- */

/* Labels are whole numbers, one a row, or probabilities shaped as the logits. */
static gboolean
check_labels (const WeftOp *op, const WeftType *logits, const WeftType *labels, GError **error)
{
  gboolean         whole = !weft_dtype_is_float (labels->dtype);
  guint            rank = logits->shape.rank - (whole ? 1 : 0);
  g_autofree char *shapes = weft_two_shapes (&logits->shape, &labels->shape);

  if (logits->shape.rank == 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: logits need an axis of classes", op->name);
      return FALSE;
    }
  if (!whole && labels->shape.rank + 1 == logits->shape.rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                   "%s: labels must be whole numbers, not %s (or probabilities for each class)",
                   op->name, weft_dtypes[labels->dtype].name);
      return FALSE;
    }
  if (labels->shape.rank != rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   whole ? "%s: labels must be the logits' shape without its last axis, not %s"
                         : "%s: probabilities must have the logits' shape, not %s",
                   op->name, shapes);
      return FALSE;
    }
  for (guint i = 0; i < rank; i++)
    {
      WeftDim dim = logits->shape.dims[i];

      if (!weft_infer_same_dim (op, &dim, labels->shape.dims[i], shapes, error))
        return FALSE;
    }
  return TRUE;
}

static INFER (weft_infer_cross_entropy)
{
  types[0].dtype = inputs[0].dtype;
  return check_labels (op, &inputs[0], &inputs[1], error);
}

static INFER (weft_infer_cross_entropy_grad)
{
  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  return check_labels (op, &inputs[0], &inputs[1], error);
}

/* How much of class @k the label of row @i is: from whole labels where there is one a row, else
 * from probabilities. */
static double
label_part (const WeftArray *logits, const WeftArray *labels, gint64 i, gint64 k)
{
  gint64 n = logits->shape[logits->rank - 1];

  if (labels->rank < logits->rank)
    return weft_array_get (labels, i) == (double) k;
  return weft_array_get (labels, i * n + k);
}

static REFERENCE (weft_cross_entropy_reference)
{
  const double *x = inputs[0]->data;
  gint64        n = inputs[0]->shape[inputs[0]->rank - 1],
         m = weft_product (inputs[0]->shape, inputs[0]->rank - 1);
  double sum = 0;

  for (gint64 i = 0; i < m; i++)
    {
      double largest, rest = reference_log_sum_exp (x + i * n, n, 1, &largest);

      for (gint64 k = 0; k < n; k++)
        {
          double part = label_part (inputs[0], inputs[1], i, k);

          if (part != 0)
            sum += part * (largest - x[i * n + k] + rest);
        }
    }
  weft_array_set (outputs[0], 0, sum / m);
}

static REFERENCE (weft_cross_entropy_grad_reference)
{
  const double *x = inputs[0]->data;
  gint64        n = inputs[0]->shape[inputs[0]->rank - 1],
         m = weft_product (inputs[0]->shape, inputs[0]->rank - 1);

  for (gint64 i = 0; i < m; i++)
    {
      double largest, rest = reference_log_sum_exp (x + i * n, n, 1, &largest), weight = 0;

      for (gint64 k = 0; k < n; k++)
        weight += label_part (inputs[0], inputs[1], i, k);
      for (gint64 k = 0; k < n; k++)
        weft_array_set (
          outputs[0], i * n + k,
          (weight * exp (x[i * n + k] - largest - rest) -
           label_part (inputs[0], inputs[1], i, k)) /
            m);
    }
}

/* The label of row @i, or 0 and a mark in call->bad. */
static gint64
row_label (const WeftKernelCall *call, gint64 i, gint64 n)
{
  gint64 label = weft_load_int (call->in_dtypes[1], call->in[1], i);

  if (label >= 0 && label < n)
    return label;
  if (call->bad != NULL)
    g_atomic_int_set (call->bad, 2);
  return 0;
}

static gint64
one_unit (const WeftKernelCall *call)
{
  return 1;
}

/* Labels of another float type are brought to the logits'. */
static const void *
probabilities (const WeftKernelCall *call, gint64 row, gint64 n)
{
  gsize size = weft_dtype_size (call->in_dtypes[0]);

  if (call->in_dtypes[0] == call->in_dtypes[1])
    return (const char *) call->in[1] + row * n * size;
  for (gint64 k = 0; k < n; k++)
    if (call->in_dtypes[0] == WEFT_F64)
      ((double *) call->scratch)[k] =
        weft_load_number (call->in_dtypes[1], call->in[1], row * n + k);
    else
      ((float *) call->scratch)[k] =
        weft_load_number (call->in_dtypes[1], call->in[1], row * n + k);
  return call->scratch;
}

static gsize
cross_entropy_scratch (const WeftKernelCall *call)
{
  return call->in_shapes[0][call->in_ranks[0] - 1] * weft_dtype_size (call->in_dtypes[0]);
}

/* Rows whose logarithms of sums are taken at once. */
#define ROWS 64

static double
label_loss (
  const WeftKernelCall *call, const WeftRowKernels *rows, gint64 first, gint64 n_rows, gint64 n)
{
  const char *x = (const char *) call->in[0] + first * n * weft_dtype_size (call->in_dtypes[0]);
  double      total[ROWS], sum = 0;

  rows->log_sum_exp (x, total, n_rows, n);
  for (gint64 i = 0; i < n_rows; i++)
    sum +=
      total[i] - weft_load_number (call->in_dtypes[0], x, i * n + row_label (call, first + i, n));
  return sum;
}

static void
cross_entropy_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  guint                 rank = call->in_ranks[0];
  gboolean              is_double = call->in_dtypes[0] == WEFT_F64;
  const WeftRowKernels *rows = weft_row_kernels (is_double);
  gint64                n = call->in_shapes[0][rank - 1];
  gint64                m = weft_product (call->in_shapes[0], rank - 1);
  double                sum = 0;

  if (weft_dtype_is_float (call->in_dtypes[1]))
    for (gint64 i = 0; i < m; i++)
      sum += rows->cross_entropy ((const char *) call->in[0] + i * n * (is_double ? 8 : 4),
                                  probabilities (call, i, n), n);
  else if (n > 0)
    for (gint64 i = 0; i < m; i += ROWS)
      sum += label_loss (call, rows, i, MIN (ROWS, m - i), n);
  if (is_double)
    *(double *) call->out[0] = sum / m;
  else
    *(float *) call->out[0] = sum / m;
}

static const WeftKernel weft_cross_entropy_kernel = { one_unit, cross_entropy_run,
                                                      cross_entropy_scratch, softmax_flops };

static gint64
row_units (const WeftKernelCall *call)
{
  return weft_product (call->in_shapes[0], call->in_ranks[0] - 1);
}

static void
cross_entropy_grad_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  guint                 rank = call->in_ranks[0];
  gboolean              is_double = call->in_dtypes[0] == WEFT_F64;
  gsize                 size = is_double ? 8 : 4;
  const WeftRowKernels *rows = weft_row_kernels (is_double);
  gint64                n = call->in_shapes[0][rank - 1];
  double                scale = 1.0 / row_units (call);
  const char           *x = call->in[0];
  char                 *y = call->out[0];

  if (n == 0)
    return;
  if (weft_dtype_is_float (call->in_dtypes[1]))
    {
      for (gint64 i = begin; i < end; i++)
        rows->cross_entropy_grad (x + i * n * size, probabilities (call, i, n), scale,
                                  y + i * n * size, n);
      return;
    }
  rows->softmax (x + begin * n * size, y + begin * n * size, scale, end - begin, n);
  for (gint64 i = begin; i < end; i++)
    if (is_double)
      ((double *) y)[i * n + row_label (call, i, n)] -= scale;
    else
      ((float *) y)[i * n + row_label (call, i, n)] -= (float) scale;
}

static const WeftKernel weft_cross_entropy_grad_kernel = { row_units, cross_entropy_grad_run,
                                                           cross_entropy_scratch, softmax_flops };

/* ---- pick ---- */

static INFER (weft_infer_pick)
{
  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[1].shape;
  if (weft_dtype_is_float (inputs[1].dtype))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                   "%s: labels must be whole numbers, not %s", op->name,
                   weft_dtypes[inputs[1].dtype].name);
      return FALSE;
    }
  return check_labels (op, &inputs[0], &inputs[1], error);
}

static REFERENCE (weft_pick_reference)
{
  gint64 n = inputs[0]->shape[inputs[0]->rank - 1];

  for (gint64 i = 0; i < inputs[1]->n_elements; i++)
    {
      double label = weft_array_get (inputs[1], i);

      if (label >= 0 && label < n)
        weft_array_set (outputs[0], i, weft_array_get (inputs[0], i * n + (gint64) label));
    }
}

static void
pick_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64 n = call->in_shapes[0][call->in_ranks[0] - 1];

  for (gint64 i = begin; i < end; i++)
    {
      gint64 label = row_label (call, i, n);

      if (n == 0)
        continue;
      if (call->in_dtypes[0] == WEFT_F64)
        ((double *) call->out[0])[i] = ((const double *) call->in[0])[i * n + label];
      else
        ((float *) call->out[0])[i] = ((const float *) call->in[0])[i * n + label];
    }
}

static double
no_flops (const WeftKernelCall *call)
{
  return 0;
}

static const WeftKernel weft_pick_kernel = { row_units, pick_run, NULL, no_flops };

/* ---- Losses over pairs ---- */

/* A shape without its trailing axes of size 1: predictions (batch, 1) may meet targets (batch,). */
static WeftShape
without_trailing_ones (const WeftShape *shape)
{
  WeftShape bare = *shape;

  while (bare.rank > 0 && weft_dim_is_number (bare.dims[bare.rank - 1]) &&
         bare.dims[bare.rank - 1].offset == 1)
    bare.rank--;
  return bare;
}

static gboolean
check_same_shape (const WeftOp *op, const WeftShape *a, const WeftShape *b, GError **error)
{
  WeftShape        x = without_trailing_ones (a), y = without_trailing_ones (b);
  g_autofree char *shapes = weft_two_shapes (a, b);

  /* A named axis may turn out to be 1. */
  if (a->rank == b->rank)
    {
      x = *a;
      y = *b;
    }
  if (x.rank != y.rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %u != %u axes (%s)",
                   op->name, a->rank, b->rank, shapes);
      return FALSE;
    }
  for (guint i = 0; i < x.rank; i++)
    if (!weft_infer_same_dim (op, &x.dims[i], y.dims[i], shapes, error))
      return FALSE;
  return TRUE;
}

static INFER (weft_infer_loss)
{
  types[0].dtype = inputs[0].dtype;
  return check_same_shape (op, &inputs[0].shape, &inputs[1].shape, error);
}

/* Probabilities of classes along the last axis. */
static INFER (weft_infer_divergence)
{
  if (inputs[0].shape.rank == 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: p needs an axis of classes",
                   op->name);
      return FALSE;
    }
  if (inputs[0].shape.rank != inputs[1].shape.rank)
    {
      g_autofree char *shapes = weft_two_shapes (&inputs[0].shape, &inputs[1].shape);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %u != %u axes (%s)",
                   op->name, inputs[0].shape.rank, inputs[1].shape.rank, shapes);
      return FALSE;
    }
  return weft_infer_loss (op, attrs, n_inputs, inputs, types, error);
}

static WeftLossKind
loss_kind (const WeftOp *op)
{
  switch (op->id)
    {
    case WEFT_OP_ABSOLUTE_ERROR:
      return LOSS_ABSOLUTE;
    case WEFT_OP_HUBER:
      return LOSS_HUBER;
    case WEFT_OP_BINARY_CROSS_ENTROPY:
      return LOSS_BINARY;
    case WEFT_OP_KL_DIVERGENCE:
      return LOSS_DIVERGENCE;
    case WEFT_OP_HINGE:
      return LOSS_HINGE;
    default:
      return LOSS_SQUARED;
    }
}

static double
pair_loss (WeftLossKind kind, double delta, double x, double t)
{
  double d = fabs (x - t);

  switch (kind)
    {
    case LOSS_ABSOLUTE:
      return d;
    case LOSS_HUBER:
      return d <= delta ? 0.5 * d * d : delta * (d - 0.5 * delta);
    case LOSS_BINARY:
      return (x > 0 ? x : 0) - x * t + log1p (exp (-fabs (x)));
    case LOSS_DIVERGENCE:
      return x == 0 ? 0 : x * (log (x) - log (t));
    case LOSS_HINGE:
      return 1 - x * t < 0 ? 0 : 1 - x * t;
    case LOSS_SQUARED:
      break;
    }
  return d * d;
}

/* What the sum is a mean over: all pairs, or the rows of a divergence. */
static gint64
loss_count (const WeftOp *op, guint rank, const gint64 *shape)
{
  return weft_product (shape, op->id == WEFT_OP_KL_DIVERGENCE ? rank - 1 : rank);
}

static REFERENCE (weft_loss_reference)
{
  gint64 n = inputs[0]->n_elements;
  double sum = 0, delta = apply->op->n_attrs > 0 ? apply->attrs[0].f : 0;

  for (gint64 i = 0; i < n; i++)
    sum += pair_loss (loss_kind (apply->op), delta, weft_array_get (inputs[0], i),
                      weft_array_get (inputs[1], i));
  weft_array_set (outputs[0], 0, sum / loss_count (apply->op, inputs[0]->rank, inputs[0]->shape));
}

static void
loss_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gboolean              is_double = call->in_dtypes[0] == WEFT_F64;
  gsize                 size = is_double ? 8 : 4;
  const WeftRowKernels *rows = weft_row_kernels (is_double);
  gint64                n = weft_product (call->in_shapes[0], call->in_ranks[0]);
  double                sum = 0, delta = call->op->n_attrs > 0 ? call->attrs[0].f : 0;

  for (gint64 i = 0; i < n; i += CHUNK)
    sum += rows->loss (loss_kind (call->op), delta, (const char *) call->in[0] + i * size,
                       (const char *) call->in[1] + i * size, MIN (CHUNK, n - i));
  sum /= loss_count (call->op, call->in_ranks[0], call->in_shapes[0]);
  if (is_double)
    *(double *) call->out[0] = sum;
  else
    *(float *) call->out[0] = sum;
}

static double
loss_flops (const WeftKernelCall *call)
{
  return 3.0 * weft_product (call->in_shapes[0], call->in_ranks[0]);
}

static const WeftKernel weft_loss_kernel = { one_unit, loss_run, NULL, loss_flops };

/* ---- accuracy ---- */

/* Scores for classes if there is one axis more than in the labels and it is longer than 1. */
static gboolean
has_classes (guint rank, gint64 last, guint label_rank)
{
  return rank == label_rank + 1 && last != 1;
}

static INFER (weft_infer_accuracy)
{
  const WeftShape *predictions = &inputs[0].shape;
  WeftShape        rows = *predictions;
  gint64           last = rows.rank > 0 && weft_dim_is_number (rows.dims[rows.rank - 1])
                            ? rows.dims[rows.rank - 1].offset
                            : 0;

  if (has_classes (rows.rank, last, inputs[1].shape.rank))
    rows.rank--;
  types[0].dtype = WEFT_F32;
  return check_same_shape (op, &rows, &inputs[1].shape, error);
}

static double
accuracy_of (WeftDType     x_dtype,
             const void   *x,
             guint         rank,
             const gint64 *shape,
             WeftDType     label_dtype,
             const void   *labels,
             guint         label_rank,
             double        threshold)
{
  gint64 total = weft_product (shape, rank), n = 1, hits = 0;

  if (rank > 0 && has_classes (rank, shape[rank - 1], label_rank))
    n = shape[rank - 1];
  for (gint64 i = 0; n > 0 && i < total / n; i++)
    {
      double label = weft_load_number (label_dtype, labels, i),
             best = weft_load_number (x_dtype, x, i * n);
      gint64 guess = 0;

      if (n == 1)
        {
          hits +=
            weft_dtype_is_float (x_dtype) ? (best > threshold) == (label > 0.5) : best == label;
          continue;
        }
      for (gint64 k = 1; k < n; k++)
        {
          double score = weft_load_number (x_dtype, x, i * n + k);

          if (score > best)
            {
              best = score;
              guess = k;
            }
        }
      hits += (double) guess == label;
    }
  return (double) hits / (n > 0 ? total / n : 0);
}

static REFERENCE (weft_accuracy_reference)
{
  /* Operands are doubles here; what they were decides between equal classes and a threshold. */
  WeftDType          dtype = apply->inputs[0]->type.dtype;
  gboolean           is_float = weft_dtype_is_float (dtype);
  gint64             n = inputs[0]->n_elements;
  g_autofree gint64 *whole = g_new (gint64, MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    whole[i] = is_float ? 0 : (gint64) weft_array_get (inputs[0], i);
  weft_array_set (outputs[0], 0,
                  accuracy_of (is_float ? WEFT_F64 : WEFT_I64, is_float ? inputs[0]->data : whole,
                               inputs[0]->rank, inputs[0]->shape, WEFT_F64, inputs[1]->data,
                               inputs[1]->rank, apply->attrs[0].f));
}

static void
accuracy_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  *(float *) call->out[0] =
    accuracy_of (call->in_dtypes[0], call->in[0], call->in_ranks[0], call->in_shapes[0],
                 call->in_dtypes[1], call->in[1], call->in_ranks[1], call->attrs[0].f);
}

/* Whether row i is a hit, for a thread a row of one number, or a warp a row of scores: the first of
 * the largest, as accuracy_of finds it. */
static void
hit_text (const WeftKernelCall *call, gint64 n, WeftThreadText *text)
{
  const char *type = call->in_dtypes[0] == WEFT_F32 ? "float" : "double";
  char        threshold[WEFT_THREAD_NUMBER];

  weft_thread_number (call->attrs[0].f, threshold);
  weft_thread_line (text, "const double label = in1[i];");
  if (n == 1 && weft_dtype_is_float (call->in_dtypes[0]))
    weft_thread_line (text, "if (((double) in0[i] > %s) == (label > 0.5))", threshold);
  else if (n == 1)
    weft_thread_line (text, "if ((double) in0[i] == label)");
  if (n == 1)
    return;
  text->by_warps = TRUE;
  weft_thread_line (text, "const auto *const row = in0 + (long long) i * %" G_GINT64_FORMAT ";", n);
  weft_thread_line (text, "%s best = row[0];", type);
  weft_thread_line (text, "int guess = 0;");
  weft_thread_line (text, "for (int k = 1 + l; k < %" G_GINT64_FORMAT "; k += 32)", n);
  weft_thread_line (text, "  if ((%s) row[k] > best)", type);
  weft_thread_line (text, "    best = row[k], guess = k;");
  weft_thread_line (text, "for (int h = 16; h > 0; h /= 2)");
  weft_thread_line (text, "  {");
  weft_thread_line (text, "    const %s score = __shfl_down_sync (0xffffffffu, best, h);", type);
  weft_thread_line (text, "    const int k = __shfl_down_sync (0xffffffffu, guess, h);");
  weft_thread_line (text, "    if (score > best || (score == best && k < guess))");
  weft_thread_line (text, "      best = score, guess = k;");
  weft_thread_line (text, "  }");
  weft_thread_line (text, "if (l == 0 && (double) guess == label)");
}

/* The hits are counted in the bytes of the result: an exact sum, whoever comes first. */
static gboolean
accuracy_text (const WeftKernelCall *call, guint launch, WeftThreadText *text)
{
  guint  rank = call->in_ranks[0];
  gint64 n = 1, total = weft_product (call->in_shapes[0], rank);
  gint64 rows = 0;

  if (rank > 0 && has_classes (rank, call->in_shapes[0][rank - 1], call->in_ranks[1]))
    n = call->in_shapes[0][rank - 1];
  rows = n > 0 ? total / n : 0;
  if (launch > 2 || n > G_MAXINT32 / 2 || rows > G_MAXINT32)
    return FALSE;
  text->n = launch == 1 ? rows : 1;
  if (launch == 0)
    weft_thread_line (text, "*(int *) out0 = 0;");
  else if (launch == 1)
    {
      hit_text (call, n, text);
      weft_thread_line (text, "  atomicAdd ((int *) out0, 1);");
    }
  else
    {
      weft_thread_line (text, "const int hits = *(const int *) out0;");
      weft_thread_line (text, "out0[0] = (R) ((double) hits / (double) %" G_GINT64_FORMAT ");",
                        rows);
    }
  return TRUE;
}

static const WeftKernel weft_accuracy_kernel = { .units = one_unit,
                                                 .run = accuracy_run,
                                                 .flops = loss_flops,
                                                 .text = accuracy_text };

/* ---- What the rows name ---- */

const WeftOpCode weft_code_softmax = { .infer = weft_infer_softmax,
                                       .reference = weft_softmax_reference,
                                       .kernel = &weft_softmax_kernel };
const WeftOpCode weft_code_cross_entropy = { .infer = weft_infer_cross_entropy,
                                             .reference = weft_cross_entropy_reference,
                                             .kernel = &weft_cross_entropy_kernel };
const WeftOpCode weft_code_cross_entropy_grad = { .infer = weft_infer_cross_entropy_grad,
                                                  .reference = weft_cross_entropy_grad_reference,
                                                  .kernel = &weft_cross_entropy_grad_kernel };
const WeftOpCode weft_code_cross_entropy_pick = { .infer = weft_infer_pick,
                                                  .reference = weft_pick_reference,
                                                  .kernel = &weft_pick_kernel };
const WeftOpCode weft_code_binary_cross_entropy = { .infer = weft_infer_loss,
                                                    .reference = weft_loss_reference,
                                                    .kernel = &weft_loss_kernel };
const WeftOpCode weft_code_kl_divergence = { .infer = weft_infer_divergence,
                                             .reference = weft_loss_reference,
                                             .kernel = &weft_loss_kernel };
const WeftOpCode weft_code_accuracy = { .infer = weft_infer_accuracy,
                                        .reference = weft_accuracy_reference,
                                        .kernel = &weft_accuracy_kernel };
