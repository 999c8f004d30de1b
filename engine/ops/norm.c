/* Normalisation: standardize takes the mean of each group of elements away and divides by their
 * standard deviation; the norms of networks are texts over it (functions.def).
 *
 * With s = standardize (x), r the reciprocal of the deviation, and means over a group:
 *
 *     gradient  r (g - mean (g) - s mean (g s))
 *
 * and without centre (root mean square) the same less the term mean (g). The gradient is an op of
 * its own whose row differentiates it again.
 *
 * Source: Ioffe & Szegedy 2015, arXiv:1502.03167, section 3, with both statistics eliminated.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#include <math.h>

#include "engine/ops/net-kernels.h"

/* ---- Type rules ---- */

static INFER (infer_standardize)
{
  guint mask;

  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  if (!weft_infer_axes (op, &attrs[0], inputs[0].shape.rank, &mask, error))
    return FALSE;
  if (attrs[1].f < 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                   "%s: epsilon must not be negative", op->name);
      return FALSE;
    }
  return TRUE;
}

static INFER (infer_standardize_grad)
{
  g_autofree char *shapes = weft_two_shapes (&inputs[0].shape, &inputs[1].shape);

  if (!infer_standardize (op, attrs, n_inputs, inputs, types, error))
    return FALSE;
  if (inputs[0].shape.rank != inputs[1].shape.rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %s differ in axes", op->name,
                   shapes);
      return FALSE;
    }
  for (guint i = 0; i < inputs[0].shape.rank; i++)
    if (!weft_infer_same_dim (op, &types[0].shape.dims[i], inputs[1].shape.dims[i], shapes, error))
      return FALSE;
  return TRUE;
}

/* ---- How groups lie: axes joined where neighbours are both of a group, or both not ---- */

typedef struct
{
  guint    n_kept, n_reduced; /* of the outer axes, those of one group not counted */
  gint64   kept[WEFT_MAX_RANK], kept_step[WEFT_MAX_RANK];
  gint64   reduced[WEFT_MAX_RANK], reduced_step[WEFT_MAX_RANK];
  gboolean columns; /* the last axis is no part of the groups: they lie side by side */
  gint64   inner;   /* its length */
  gint64   n_outer; /* places of the kept outer axes */
  gint64   n_lines; /* of the reduced outer axes */
  gint64   count;   /* elements of a group */
} Groups;

static void
groups_init (
  Groups *groups, const WeftOp *op, const WeftAttr *attrs, guint rank, const gint64 *shape)
{
  guint  mask = weft_reduced_axes (op, &attrs[0], rank), axis = rank;
  gint64 step = 1;

  *groups = (Groups){ .inner = 1, .n_outer = 1, .n_lines = 1 };
  groups->columns = rank > 0 && !(mask & 1u << (rank - 1));
  while (axis > 0 && ((mask & 1u << (axis - 1)) == 0) == groups->columns)
    groups->inner *= shape[--axis];
  step = groups->inner;
  while (axis > 0)
    {
      gint64 size = shape[--axis];

      if (mask & 1u << axis)
        {
          groups->reduced[groups->n_reduced] = size;
          groups->reduced_step[groups->n_reduced++] = step;
          groups->n_lines *= size;
        }
      else
        {
          groups->kept[groups->n_kept] = size;
          groups->kept_step[groups->n_kept++] = step;
          groups->n_outer *= size;
        }
      step *= size;
    }
  groups->count = groups->n_lines * (groups->columns ? 1 : groups->inner);
}

/* The offset of place @flat of the kept, or the reduced, outer axes. */
static gint64
offset_of (guint n, const gint64 *sizes, const gint64 *steps, gint64 flat)
{
  gint64 offset = 0;

  for (guint i = 0; i < n; flat /= sizes[i], i++)
    offset += flat % sizes[i] * steps[i];
  return offset;
}

static gint64
line_of (const Groups *groups, gint64 line)
{
  return offset_of (groups->n_reduced, groups->reduced, groups->reduced_step, line);
}

/* ---- Definition ---- */

typedef struct
{
  double mean, scale;
} Moments;

/* Element @k of group @group. */
static gint64
element (const Groups *groups, gint64 group, gint64 k)
{
  gint64 outer = groups->columns ? group / groups->inner : group;
  gint64 line = groups->columns ? k : k / groups->inner;
  gint64 within = groups->columns ? group % groups->inner : k % groups->inner;

  return offset_of (groups->n_kept, groups->kept, groups->kept_step, outer) +
         line_of (groups, line) + within;
}

static Moments
reference_moments (
  const Groups *groups, const double *x, gint64 group, double epsilon, gboolean centre)
{
  Moments moments = { 0, 0 };
  double  squares = 0;

  for (gint64 k = 0; centre && k < groups->count; k++)
    moments.mean += x[element (groups, group, k)] / groups->count;
  for (gint64 k = 0; k < groups->count; k++)
    squares += pow (x[element (groups, group, k)] - moments.mean, 2);
  moments.scale = 1 / sqrt (squares / groups->count + epsilon);
  return moments;
}

static REFERENCE (standardize_reference)
{
  const double *x = inputs[0]->data;
  double       *y = outputs[0]->data;
  gboolean      centre = apply->attrs[2].i != 0, back = apply->n_inputs == 2;
  Groups        groups;
  gint64        n_groups;

  groups_init (&groups, apply->op, apply->attrs, inputs[0]->rank, inputs[0]->shape);
  n_groups = groups.n_outer * (groups.columns ? groups.inner : 1);
  for (gint64 group = 0; groups.count > 0 && group < n_groups; group++)
    {
      Moments moments = reference_moments (&groups, x, group, apply->attrs[1].f, centre);
      double  sums[2] = { 0, 0 };

      for (gint64 k = 0; back && k < groups.count; k++)
        {
          gint64 at = element (&groups, group, k);
          double g = weft_array_get (inputs[1], at);

          sums[0] += centre ? g : 0;
          sums[1] += g * (x[at] - moments.mean) * moments.scale;
        }
      for (gint64 k = 0; k < groups.count; k++)
        {
          gint64 at = element (&groups, group, k);
          double standard = (x[at] - moments.mean) * moments.scale;

          y[at] = back ? moments.scale * (weft_array_get (inputs[1], at) - sums[0] / groups.count -
                                          standard * sums[1] / groups.count)
                       : standard;
        }
    }
}

/* ---- Kernel: a unit is a group, or a block of groups that lie side by side ---- */

#define BLOCK 16 /* columns of a unit: a cache line of floats */

typedef struct
{
  const WeftNetKernels *loops;
  Groups                groups;
  gint64                n_blocks;
  double                epsilon;
  gboolean              centre;
  gsize                 size; /* of an element */
} Plan;

static gpointer
standardize_prepare (const WeftKernelCall *call)
{
  Plan *plan = g_new0 (Plan, 1);

  groups_init (&plan->groups, call->op, call->attrs, call->in_ranks[0], call->in_shapes[0]);
  plan->loops = weft_net_kernels (call->out_dtype[0] == WEFT_F64);
  plan->n_blocks = plan->groups.columns ? (plan->groups.inner + BLOCK - 1) / BLOCK : 1;
  plan->epsilon = call->attrs[1].f;
  plan->centre = call->attrs[2].i != 0;
  plan->size = weft_dtype_size (call->out_dtype[0]);
  return plan;
}

static gint64
standardize_units (const WeftKernelCall *call)
{
  const Plan *plan = call->prepared;

  return plan->groups.count == 0 ? 0 : plan->groups.n_outer * plan->n_blocks;
}

/* Sums of d = x - shift and d * d become mean and scale; the shift keeps what is subtracted small.
 */
static void
finish_moments (const Plan *plan, double *mean, double *scale, double shift)
{
  double n = plan->groups.count, offset = plan->centre ? *mean / n : 0;
  double variance = *scale / n - offset * offset;

  *mean = plan->centre ? shift + offset : 0;
  *scale = 1 / sqrt ((variance < 0 ? 0 : variance) + plan->epsilon);
}

static double
first_of (const Plan *plan, const char *x, gint64 i)
{
  if (!plan->centre)
    return 0;
  return plan->size == 8 ? ((const double *) x)[i] : ((const float *) x)[i];
}

/* One group whose lines are contiguous; @g: NULL for the forward pass. */
static void
run_group (const Plan *plan, const char *x, const char *g, char *y)
{
  const Groups         *groups = &plan->groups;
  const WeftNetKernels *loops = plan->loops;
  double                shift = first_of (plan, x, 0), moments[2] = { 0, 0 }, means[2] = { 0, 0 };

  for (gint64 i = 0; i < groups->n_lines; i++)
    loops->row_moments (x + line_of (groups, i) * plan->size, groups->inner, shift, moments);
  finish_moments (plan, &moments[0], &moments[1], shift);
  for (gint64 i = 0; g != NULL && i < groups->n_lines; i++)
    {
      gint64 at = line_of (groups, i) * plan->size;

      loops->row_products (x + at, g + at, groups->inner, moments[0], moments[1], means);
    }
  means[0] = plan->centre ? means[0] / groups->count : 0;
  means[1] /= groups->count;
  for (gint64 i = 0; i < groups->n_lines; i++)
    {
      gint64 at = line_of (groups, i) * plan->size;

      if (g == NULL)
        loops->row_standardize (y + at, x + at, groups->inner, moments[0], moments[1]);
      else
        loops->row_standardize_grad (y + at, x + at, g + at, groups->inner, moments[0], moments[1],
                                     means);
    }
}

/* Up to BLOCK groups side by side. */
static void
run_columns (const Plan *plan, const char *x, const char *g, char *y, gint64 n)
{
  const Groups         *groups = &plan->groups;
  const WeftNetKernels *loops = plan->loops;
  double                shift[BLOCK], mean[BLOCK] = { 0 }, scale[BLOCK] = { 0 };
  double                a[BLOCK] = { 0 }, b[BLOCK] = { 0 };

  for (gint64 k = 0; k < n; k++)
    shift[k] = first_of (plan, x, k);
  for (gint64 i = 0; i < groups->n_lines; i++)
    loops->column_moments (x + line_of (groups, i) * plan->size, n, shift, mean, scale);
  for (gint64 k = 0; k < n; k++)
    finish_moments (plan, &mean[k], &scale[k], shift[k]);
  for (gint64 i = 0; g != NULL && i < groups->n_lines; i++)
    {
      gint64 at = line_of (groups, i) * plan->size;

      loops->column_products (x + at, g + at, n, mean, scale, a, b);
    }
  for (gint64 k = 0; k < n; k++)
    {
      a[k] = plan->centre ? a[k] / groups->count : 0;
      b[k] /= groups->count;
    }
  for (gint64 i = 0; i < groups->n_lines; i++)
    {
      gint64 at = line_of (groups, i) * plan->size;

      if (g == NULL)
        loops->column_standardize (y + at, x + at, n, mean, scale);
      else
        loops->column_standardize_grad (y + at, x + at, g + at, n, mean, scale, a, b);
    }
}

static void
standardize_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  const Plan   *plan = call->prepared;
  const Groups *groups = &plan->groups;

  for (gint64 unit = begin; unit < end; unit++)
    {
      gint64 column = unit % plan->n_blocks * BLOCK;
      gint64 at = offset_of (groups->n_kept, groups->kept, groups->kept_step,
                             unit / plan->n_blocks) +
                  (groups->columns ? column : 0);
      const char *x = (const char *) call->in[0] + at * plan->size;
      const char *g = call->n_inputs == 2 ? (const char *) call->in[1] + at * plan->size : NULL;
      char       *y = (char *) call->out[0] + at * plan->size;

      if (groups->columns)
        run_columns (plan, x, g, y, MIN (BLOCK, groups->inner - column));
      else
        run_group (plan, x, g, y);
    }
}

/* A subtraction, a product and two sums for the moments, two operations for the result; backwards
 * three more of each. */
static double
standardize_flops (const WeftKernelCall *call)
{
  return (call->n_inputs == 2 ? 13.0 : 6.0) *
         weft_product (call->in_shapes[0], call->in_ranks[0]);
}

static const WeftKernel kernel = { .units = standardize_units,
                                   .run = standardize_run,
                                   .flops = standardize_flops,
                                   .prepare = standardize_prepare,
                                   .release = g_free };

/* ---- What the rows name ---- */

const WeftOpCode weft_code_standardize = { infer_standardize, standardize_reference, &kernel };
const WeftOpCode weft_code_standardize_grad = { infer_standardize_grad, standardize_reference,
                                                &kernel };

/* ---- Functions ---- */

/* All axes of x but those named, as a tuple. */
EXPAND (other_axes)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  gint64     axes[WEFT_MAX_RANK];
  guint      mask, n = 0;

  if (x == NULL || !weft_expand_get_axes (&args[1], graph, x->type.shape.rank, &mask, error))
    return FALSE;
  for (guint i = 0; i < x->type.shape.rank; i++)
    if (!(mask & 1u << i))
      axes[n++] = i;
  *result = (WeftBinding){ .kind = WEFT_BIND_ATTR, .attr = weft_attr_axes (graph, n, axes) };
  return TRUE;
}
