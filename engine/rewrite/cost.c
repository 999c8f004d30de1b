/* What a graph costs at every step: ops, floating point operations, bytes moved, and the peak of
 * what must be kept.
 *
 * Every op counts as a kernel of its own, so that the numbers say what rewriting is worth, before
 * fusion. Dimensions that are still names count as one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/loop.h"
#include "engine/rewrite/history-private.h"

#include <math.h>
#include <string.h>

/* ---- One application ---- */

static void
count_as_one (const char *name, gpointer data)
{
  weft_bindings_set (data, name, 1);
}

static gint64
number_of (WeftDim dim, WeftBindings *ones)
{
  gint64 value;

  if (weft_dim_is_number (dim))
    return dim.offset;
  weft_dim_foreach_name (dim, count_as_one, ones);
  return weft_dim_resolve (dim, ones, &value) ? MAX (value, 0) : 1;
}

static double
elements_of (const WeftType *type, WeftBindings *ones)
{
  double n = 1;

  for (guint i = 0; i < type->shape.rank; i++)
    n *= number_of (type->shape.dims[i], ones);
  return n;
}

static double
bytes_of (const WeftType *type, WeftBindings *ones)
{
  return elements_of (type, ones) * weft_dtype_size (type->dtype);
}

/* As the op's kernel counts them. */
static double
kernel_flops (const WeftApply *apply, WeftBindings *ones)
{
  g_autofree WeftDType *dtypes = g_new (WeftDType, apply->n_inputs + 1);
  g_autofree guint     *ranks = g_new (guint, apply->n_inputs + 1);
  g_autofree gint64    *numbers = g_new0 (gint64, WEFT_MAX_RANK * (apply->n_inputs + 1));
  gint64 (*shapes)[WEFT_MAX_RANK] = (gint64 (*)[WEFT_MAX_RANK]) numbers;
  WeftKernelCall call = { .op = apply->op,
                          .apply = apply,
                          .attrs = apply->attrs,
                          .n_inputs = apply->n_inputs,
                          .n_outputs = MIN (apply->n_outputs, G_N_ELEMENTS (call.out_rank)) };

  for (guint i = 0; i < apply->n_inputs; i++)
    {
      const WeftType *type = &apply->inputs[i]->type;

      dtypes[i] = type->dtype;
      ranks[i] = type->shape.rank;
      for (guint k = 0; k < ranks[i]; k++)
        shapes[i][k] = number_of (type->shape.dims[k], ones);
    }
  for (guint i = 0; i < call.n_outputs; i++)
    {
      const WeftType *type = &apply->outputs[i].type;

      call.out_dtype[i] = type->dtype;
      call.out_rank[i] = type->shape.rank;
      for (guint k = 0; k < call.out_rank[i]; k++)
        call.out_shape[i][k] = number_of (type->shape.dims[k], ones);
    }
  call.in_dtypes = dtypes;
  call.in_ranks = ranks;
  call.in_shapes = (const gint64 (*)[WEFT_MAX_RANK]) shapes;
  return apply->op->kernel->flops (&call);
}

static gboolean
is_product (const WeftApply *apply)
{
  return apply->op->id == WEFT_OP_MATMUL || apply->op->id == WEFT_OP_GEMM;
}

/* A transpose that a product reads as it is: the axis that stands close together in memory is one
 * of the last two. */
static gboolean
is_flag (const WeftApply *apply)
{
  const WeftAttr *axes;
  guint           rank;

  if (apply->op->id != WEFT_OP_TRANSPOSE)
    return FALSE;
  axes = weft_apply_attr (apply, "axes");
  rank = apply->outputs[0].type.shape.rank;
  if (axes->kind == WEFT_ATTR_NONE)
    return rank == 2;
  for (guint i = rank < 2 ? rank : rank - 2; i < rank; i++)
    {
      gint64 axis = axes->dims->dims[i].offset;

      if ((axis < 0 ? axis + rank : axis) == rank - 1)
        return TRUE;
    }
  return FALSE;
}

static double
flops_of (const WeftApply *apply, WeftBindings *ones)
{
  double n = 0;

  for (guint i = 0; i < apply->n_outputs; i++)
    n += elements_of (&apply->outputs[i].type, ones);
  if (is_product (apply))
    {
      const WeftShape *a = &apply->inputs[0]->type.shape;

      return 2 * n * (a->rank > 0 ? number_of (a->dims[a->rank - 1], ones) : 1);
    }
  if (apply->op->kernel != NULL && apply->op->kernel->flops != NULL)
    return kernel_flops (apply, ones);
  /* What only carries numbers from one place to another computes nothing. */
  return g_str_equal (apply->op->family, "shape") ? 0 : n;
}

static gboolean
moves_nothing (const WeftApply *apply)
{
  return (apply->op->traits & (WEFT_TRAIT_VIEW | WEFT_TRAIT_LEAF)) != 0;
}

static double
moved_bytes (const WeftApply *apply, WeftBindings *ones)
{
  double bytes = 0;

  for (guint i = 0; i < apply->n_inputs; i++)
    bytes += bytes_of (&apply->inputs[i]->type, ones);
  for (guint i = 0; i < apply->n_outputs; i++)
    bytes += bytes_of (&apply->outputs[i].type, ones);
  return bytes;
}

static WeftCost cost_of (const WeftApply *apply, WeftBindings *ones);

static const WeftApply *
apply_at (const GPtrArray *order, guint index)
{
  return g_ptr_array_index (order, index);
}

/* By application of @body: whether somebody who is no product reads it. */
static guint8 *
find_copied_inside (const WeftBody *body, const GPtrArray *order)
{
  guint8 *copied = g_malloc0 (weft_graph_n_applies (body->graph) + 1);

  for (guint i = 0; i < order->len; i++)
    for (guint k = 0; k < apply_at (order, i)->n_inputs && !is_product (apply_at (order, i)); k++)
      copied[apply_at (order, i)->inputs[k]->apply->id] = 1;
  for (guint i = 0; i < body->n_outputs; i++)
    copied[body->outputs[i]->apply->id] = 1;
  return copied;
}

/* Every step of a loop, one of the sides of a choice (the dearer one). As deep as bodies are
 * nested. */
static WeftCost
cost_of_bodies (const WeftApply *apply, WeftBindings *ones)
{
  WeftCost most = { 0 };
  double   times = 1;

  if (apply->op->id == WEFT_OP_LOOP)
    times = number_of (weft_loop_read (apply).steps, ones);
  for (guint i = 0; i < apply->op->n_attrs; i++)
    {
      const WeftBody *body = apply->attrs[i].kind == WEFT_ATTR_BODY ? apply->attrs[i].body : NULL;
      g_autoptr (GPtrArray) order = NULL;
      g_autofree guint8 *copied = NULL;
      WeftCost           sum = { 0 };

      if (body == NULL)
        continue;
      order = weft_graph_order (body->graph, body->n_outputs, body->outputs);
      copied = find_copied_inside (body, order);
      for (guint k = 0; k < order->len; k++)
        {
          WeftCost one = cost_of (apply_at (order, k), ones);

          if (is_flag (apply_at (order, k)) && copied[apply_at (order, k)->id])
            one.bytes = moved_bytes (apply_at (order, k), ones);
          sum.flops += one.flops * times;
          sum.bytes += one.bytes * times;
        }
      if (sum.flops >= most.flops)
        most = sum;
    }
  return most;
}

/* peak_bytes: of its results. */
static WeftCost
cost_of (const WeftApply *apply, WeftBindings *ones)
{
  WeftCost cost = { 0 };

  if (apply->op->traits & WEFT_TRAIT_BODY)
    cost = cost_of_bodies (apply, ones);
  else if (!moves_nothing (apply))
    {
      cost.flops = flops_of (apply, ones);
      if (!is_flag (apply))
        cost.bytes = moved_bytes (apply, ones);
    }
  cost.ops = apply->n_inputs > 0;
  for (guint i = 0; i < apply->n_outputs; i++)
    cost.peak_bytes += bytes_of (&apply->outputs[i].type, ones);
  return cost;
}

/* ---- Every step ---- */

static void
add (WeftCost *sum, const WeftCost *one, double sign)
{
  sum->ops += (gint) sign * one->ops;
  sum->flops += sign * one->flops;
  sum->bytes += sign * one->bytes;
}

/* From one step on somebody reads a transpose who is no product, or does so no more. */
typedef struct
{
  guint apply, step;
  gint  change;
} Copied;

static gint
compare_copied (gconstpointer a, gconstpointer b)
{
  const Copied *x = a, *y = b;

  if (x->apply != y->apply)
    return x->apply < y->apply ? -1 : 1;
  return x->step < y->step ? -1 : x->step > y->step;
}

/* Notes from when to when @slot, read from step @start up to @end, reads a transpose. */
static void
note_copied (WeftHistory *history, guint slot, guint start, guint end, GArray *found)
{
  guint at = start;
  guint next = history->slots.first[slot];

  while (at < end)
    {
      guint read = history->value_apply[weft_history_slot_at (history, slot, at)], until;

      while (next < history->slots.first[slot + 1] && history->slots.edits[next].step <= at)
        next++;
      until =
        next < history->slots.first[slot + 1] ? MIN (history->slots.edits[next].step, end) : end;
      if (is_flag (weft_graph_get_apply (history->graph, read)))
        {
          Copied begins = { read, at, 1 }, ends = { read, until, -1 };

          g_array_append_val (found, begins);
          g_array_append_val (found, ends);
        }
      at = until;
    }
}

static void
find_copied (WeftHistory *history, GArray *found)
{
  guint end = history->n_steps + 1;

  for (guint id = 0; id < history->n_applies; id++)
    {
      guint        n;
      const guint *toggles = weft_lists_get (&history->toggles, id, &n);

      for (guint i = 0; i < n && !is_product (weft_graph_get_apply (history->graph, id)); i += 2)
        for (guint slot = history->slot[id]; slot < history->slot[id + 1]; slot++)
          note_copied (history, slot, toggles[i], i + 1 < n ? toggles[i + 1] : end, found);
    }
  for (guint slot = history->slot[history->n_applies]; slot < history->slots.n; slot++)
    note_copied (history, slot, 0, end, found);
}

/* Adds what transposes move while somebody reads them who cannot take them as a flag. */
static void
measure_transposes (WeftHistory *history, WeftBindings *ones)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (Copied));
  gint readers = 0;

  find_copied (history, found);
  g_array_sort (found, compare_copied);
  for (guint i = 0; i < found->len; i++)
    {
      const Copied *copied = &g_array_index (found, Copied, i);
      gint          now = readers + copied->change;

      if ((now > 0) != (readers > 0) && copied->step <= history->n_steps)
        history->costs[copied->step].bytes +=
          (now > 0 ? 1 : -1) *
          moved_bytes (weft_graph_get_apply (history->graph, copied->apply), ones);
      readers = now;
    }
}

/* Costs of every application and, added up, of the graph after every step. */
void
weft_history_measure (WeftHistory *history)
{
  g_autoptr (WeftBindings) ones = weft_bindings_new ();

  history->own = g_new0 (WeftCost, history->n_applies + 1);
  history->costs = g_new0 (WeftCost, history->n_steps + 1);
  for (guint id = 0; id < history->n_applies; id++)
    {
      guint        n;
      const guint *toggles = weft_lists_get (&history->toggles, id, &n);

      if (n == 0)
        continue;
      history->own[id] = cost_of (weft_graph_get_apply (history->graph, id), ones);
      for (guint i = 0; i < n; i++)
        add (&history->costs[toggles[i]], &history->own[id], i % 2 == 0 ? 1 : -1);
    }
  measure_transposes (history, ones);
  for (guint step = 1; step <= history->n_steps; step++)
    add (&history->costs[step], &history->costs[step - 1], 1);
}

/* What the graph after @step costs; @cost->peak_bytes is NaN. */
void
weft_history_counts (WeftHistory *history, guint step, WeftCost *cost)
{
  *cost = history->costs[MIN (step, history->n_steps)];
  cost->peak_bytes = NAN;
}

/* What of @apply's results is kept: a view keeps what it looks at, an input or a constant is there
 * anyway. */
static gboolean
keeps_memory (const WeftApply *apply)
{
  return !moves_nothing (apply);
}

/* The peak of what must be kept at once when the graph after @step is computed in its order. */
static double
peak_of (WeftHistory *history, guint step)
{
  g_autoptr (GArray) order = weft_history_order (history, step);
  g_autofree guint *last = g_new0 (guint, history->n_applies + 1); /* place of its last reader */
  g_autofree guint *first = g_new0 (guint, order->len + 2);        /* by place: those that end */
  g_autofree guint *next = g_new0 (guint, history->n_applies + 1);
  guint             outputs = history->slot[history->n_applies];
  double            kept = 0, peak = 0;

  for (guint i = 0; i < history->n_outputs; i++)
    last[history->value_apply[weft_history_slot_at (history, outputs + i, step)]] = order->len;
  for (guint i = order->len; i-- > 0;)
    {
      guint apply = g_array_index (order, guint, i);
      /* Who reads a view reads what it looks at. */
      guint until = weft_history_apply (history, apply)->op->traits & WEFT_TRAIT_VIEW
                      ? MAX (last[apply], i)
                      : i;

      for (guint slot = history->slot[apply]; slot < history->slot[apply + 1]; slot++)
        {
          guint read = history->value_apply[weft_history_slot_at (history, slot, step)];

          last[read] = MAX (last[read], until);
        }
      next[apply] = first[last[apply]];
      first[last[apply]] = apply + 1;
    }
  for (guint i = 0; i < order->len; i++)
    {
      guint apply = g_array_index (order, guint, i);

      if (keeps_memory (weft_history_apply (history, apply)))
        kept += history->own[apply].peak_bytes;
      peak = MAX (peak, kept);
      for (guint ended = first[i]; ended != 0; ended = next[ended - 1])
        if (keeps_memory (weft_history_apply (history, ended - 1)))
          kept -= history->own[ended - 1].peak_bytes;
    }
  return peak;
}

/* What the graph after @step costs, the peak of memory too, which takes time in proportion to the
 * graph. */
void
weft_history_cost (WeftHistory *history, guint step, WeftCost *cost)
{
  step = MIN (step, history->n_steps);
  *cost = history->costs[step];
  cost->peak_bytes = peak_of (history, step);
}
