/* Finding things: where an array is not 0 (nonzero_at), where numbers belong in a sorted array
 * (searchsorted).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#include <math.h>

static gint64
one_unit (const WeftKernelCall *call)
{
  return 1;
}

/* ---- nonzero_at: a row of indices for each axis of x ---- */

static INFER (infer_nonzero_at)
{
  WeftDim n = attrs[0].dims->dims[0];

  if (inputs[0].shape.rank == 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: a single number has no axes to point into", op->name);
      return FALSE;
    }
  if (weft_dim_is_number (n) && n.offset < 0)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: n is negative", op->name);
      return FALSE;
    }
  types[0].dtype = WEFT_I64;
  types[0].shape = (WeftShape){ 2, { weft_dim (inputs[0].shape.rank), n } };
  return TRUE;
}

/* The places in C order, an axis a row; 0 where there are fewer than asked for. */
static void
list_places (guint rank, const gint64 *shape, const guint8 *hits, gint64 n, gint64 *places)
{
  gint64 found = 0, n_elements = weft_product (shape, rank);

  for (gint64 i = 0; i < n_elements && found < n; i++)
    if (hits[i])
      {
        gint64 rest = i;

        for (guint axis = rank; axis-- > 0; rest /= shape[axis])
          places[axis * n + found] = rest % shape[axis];
        found++;
      }
  for (guint axis = 0; axis < rank; axis++)
    for (gint64 k = found; k < n; k++)
      places[axis * n + k] = 0;
}

static void
nonzero_at_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gint64  n_elements = weft_product (call->in_shapes[0], call->in_ranks[0]);
  guint8 *hits = call->scratch;

  for (gint64 i = 0; i < n_elements; i++)
    hits[i] = weft_load_number (call->in_dtypes[0], call->in[0], i) != 0;
  list_places (call->in_ranks[0], call->in_shapes[0], hits, call->out_shape[0][1], call->out[0]);
}

static gsize
nonzero_at_scratch (const WeftKernelCall *call)
{
  return weft_product (call->in_shapes[0], call->in_ranks[0]);
}

static const WeftKernel nonzero_at_kernel = {
  .units = one_unit, .run = nonzero_at_run, .scratch = nonzero_at_scratch
};

static REFERENCE (nonzero_at_reference)
{
  const WeftArray *x = inputs[0];
  gint64           n = outputs[0]->shape[1], found = 0;

  for (gint64 i = 0; i < x->n_elements && found < n; i++)
    if (weft_array_get (x, i) != 0)
      {
        gint64 rest = i;

        for (guint axis = x->rank; axis-- > 0; rest /= x->shape[axis])
          weft_array_set (outputs[0], axis * n + found, (double) (rest % x->shape[axis]));
        found++;
      }
}

const WeftOpCode weft_code_nonzero_at = { .infer = infer_nonzero_at,
                                          .reference = nonzero_at_reference,
                                          .kernel = &nonzero_at_kernel };

/* How many elements of @x are not 0: a number where @x is a constant. */
static gboolean
count_nonzero (WeftGraph *graph, WeftValue *x, WeftDim *n, GError **error)
{
  const WeftArray *array = x->apply->literal;
  WeftBinding      count;
  gint64           found = 0;

  if (array != NULL)
    {
      for (gint64 i = 0; i < array->n_elements; i++)
        found += weft_array_get (array, i) != 0;
      *n = weft_dim (found);
      return TRUE;
    }
  if (!weft_graph_can_count (graph, error) ||
      !weft_expand_text (graph, &count, error, "sum(x != 0)", "x", x, NULL))
    return FALSE;
  *n = weft_graph_count_dim (graph, count.value);
  return TRUE;
}

/* The indices of what is not 0, an array an axis. How many there are is counted at the call. */
EXPAND (nonzero)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error), *y;
  WeftAttr   attr;
  WeftDim    n;

  if (x == NULL || !count_nonzero (graph, x, &n, error))
    return FALSE;
  attr = weft_attr_dim (graph, n);
  y = weft_expand_apply (graph, WEFT_OP_NONZERO_AT, x, &attr, error);
  if (y == NULL)
    return FALSE;
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE, .n_items = x->type.shape.rank };
  result->items = weft_graph_alloc (graph, result->n_items * sizeof *result->items);
  for (guint i = 0; i < result->n_items; i++)
    {
      WeftIndex at = {
        .kind = WEFT_INDEX_AT, .has_start = TRUE, .start = weft_dim (i), .step = 1
      };
      WeftAttr index = { .kind = WEFT_ATTR_INDEX, .n_index = 1, .index = &at };

      if (!weft_expand_give (weft_expand_apply (graph, WEFT_OP_GETITEM, y, &index, error),
                             &result->items[i]))
        return FALSE;
    }
  return TRUE;
}

/* ---- searchsorted ---- */

static INFER (infer_searchsorted)
{
  if (inputs[0].shape.rank != 1)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: the sorted array has %u axes, not 1", op->name, inputs[0].shape.rank);
      return FALSE;
    }
  types[0].dtype = WEFT_I64;
  types[0].shape = inputs[1].shape;
  return TRUE;
}

/* NaN is larger than every number, as in sorted arrays. */
static gboolean
stands_before (double a, double b)
{
  return a < b || (isnan (b) && !isnan (a));
}

static gint64
search (WeftDType dtype, const void *sorted, gint64 n, double value, gboolean right)
{
  gint64 low = 0, high = n;

  while (low < high)
    {
      gint64 middle = low + (high - low) / 2;
      double at = weft_load_number (dtype, sorted, middle);

      if (right ? !stands_before (value, at) : stands_before (at, value))
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static gint64
searchsorted_units (const WeftKernelCall *call)
{
  return weft_product (call->in_shapes[1], call->in_ranks[1]);
}

static void
searchsorted_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  gboolean right = g_str_equal (call->attrs[0].s, "right");

  for (gint64 i = begin; i < end; i++)
    ((gint64 *) call->out[0])[i] =
      search (call->in_dtypes[0], call->in[0], call->in_shapes[0][0],
              weft_load_number (call->in_dtypes[1], call->in[1], i), right);
}

static const WeftKernel searchsorted_kernel = { .units = searchsorted_units,
                                                .run = searchsorted_run };

/* By counting: how many of the sorted numbers stand before. */
static REFERENCE (searchsorted_reference)
{
  gboolean right = g_str_equal (apply->attrs[0].s, "right");

  for (gint64 i = 0; i < inputs[1]->n_elements; i++)
    {
      double value = weft_array_get (inputs[1], i);
      gint64 before = 0;

      for (gint64 k = 0; k < inputs[0]->n_elements; k++)
        {
          double at = weft_array_get (inputs[0], k);

          before += right ? !stands_before (value, at) : stands_before (at, value);
        }
      weft_array_set (outputs[0], i, (double) before);
    }
}

const WeftOpCode weft_code_searchsorted = { .infer = infer_searchsorted,
                                            .reference = searchsorted_reference,
                                            .kernel = &searchsorted_kernel };
