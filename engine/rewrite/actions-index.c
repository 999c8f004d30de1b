/* Actions on parts and on what is joined: an index goes towards the inputs, so that only what is
 * needed is computed.
 *
 * Indices are compared as plans (engine/ops/index-plan.h): what is taken of each axis. Of an axis
 * whose size is a name, they take everything or one element, so that what is done is right for
 * every number.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/index-plan.h"
#include "engine/rewrite/actions.h"

#include <string.h>

/* ---- Plans ---- */

static gboolean
is_all (const WeftAxisIndex *axis, WeftDim size)
{
  return axis->kind == WEFT_INDEX_SLICE && axis->step == 1 &&
         weft_dim_equal (axis->start, weft_dim (0)) && weft_dim_equal (axis->count, size);
}

static gboolean
is_known (const WeftAxisIndex *axis)
{
  return weft_dim_is_number (axis->start) && weft_dim_is_number (axis->count);
}

static WeftAxisIndex
all_of (WeftDim size)
{
  return (WeftAxisIndex){ WEFT_INDEX_SLICE, weft_dim (0), size, 1, 0 };
}

/* The plan of @apply, which is basic indexing; FALSE where it means another part for another size.
 */
static gboolean
plan_of (const WeftApply *apply, WeftIndexPlan *plan)
{
  const WeftShape *shape;

  memset (plan, 0, sizeof *plan);
  if (apply->op->id != WEFT_OP_GETITEM || apply->n_inputs != 1)
    return FALSE;
  shape = &apply->inputs[0]->type.shape;
  if (!weft_index_plan (apply->op, weft_apply_attr (apply, "index"), shape, 0, NULL, plan, NULL))
    return FALSE;
  for (guint i = 0; i < shape->rank; i++)
    if (plan->axes[i].kind != WEFT_INDEX_AT && !is_all (&plan->axes[i], shape->dims[i]) &&
        !(weft_dim_is_number (shape->dims[i]) && is_known (&plan->axes[i])))
      return FALSE;
  return TRUE;
}

gboolean
weft_index_is_certain (const WeftApply *apply)
{
  WeftIndexPlan plan;

  return plan_of (apply, &plan);
}

/* An index while it is written, axis by axis. */
typedef struct
{
  WeftGraph *graph;
  guint      n;
  WeftIndex  entries[2 * WEFT_MAX_RANK];
  gboolean   changes; /* it does not take everything in order */
} Writer;

static void
write_new (Writer *writer)
{
  writer->entries[writer->n++] = (WeftIndex){ .kind = WEFT_INDEX_NEWAXIS, .step = 1 };
  writer->changes = TRUE;
}

static void
write_axis (Writer *writer, const WeftAxisIndex *axis, WeftDim size)
{
  WeftIndex *entry = &writer->entries[writer->n++];
  WeftDim    stop = weft_dim_add (axis->start, weft_dim_mul (axis->count, weft_dim (axis->step)));

  *entry = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = 1 };
  if (is_all (axis, size))
    return;
  writer->changes = TRUE;
  *entry =
    (WeftIndex){ .kind = axis->kind, .has_start = TRUE, .start = axis->start, .step = axis->step };
  if (axis->kind == WEFT_INDEX_AT)
    {
      entry->step = 1;
      return;
    }
  entry->has_stop = TRUE;
  entry->stop = stop;
  if (weft_dim_equal (axis->count, weft_dim (0)))
    *entry = (WeftIndex){ WEFT_INDEX_SLICE, TRUE, TRUE, weft_dim (0), weft_dim (0), 1 };
  /* Backwards down to the first: a stop of -1 would be the last. */
  else if (axis->step < 0 && (!weft_dim_is_number (stop) || stop.offset < 0))
    entry->has_stop = FALSE;
}

/* @x at what was written; @x itself where that is everything. */
static WeftValue *
apply_index (Writer *writer, WeftValue *x)
{
  WeftAttr attr = { .kind = WEFT_ATTR_INDEX, .n_index = writer->n, .index = writer->entries };

  return writer->changes
           ? weft_graph_apply (writer->graph, weft_op (WEFT_OP_GETITEM), 1, &x, &attr, NULL)
           : x;
}

/* @x indexed by @axes, one for each of its axes, with a new axis wherever @from (of @n result axes)
 * says so. */
static WeftValue *
index_by (WeftGraph *graph, WeftValue *x, const WeftAxisIndex *axes, guint n, const int *from)
{
  Writer writer = { .graph = graph };
  guint  axis = 0;

  for (guint i = 0; i < n; i++)
    {
      if (from[i] == WEFT_FROM_NEW)
        {
          write_new (&writer);
          continue;
        }
      for (; axis <= (guint) from[i]; axis++)
        write_axis (&writer, &axes[axis], x->type.shape.dims[axis]);
    }
  for (; axis < x->type.shape.rank; axis++)
    write_axis (&writer, &axes[axis], x->type.shape.dims[axis]);
  return apply_index (&writer, x);
}

/* ---- A part of a part ---- */

/* What @outer takes of what @inner takes. FALSE where a bound or size is a name. */
static gboolean
compose_axis (const WeftAxisIndex *inner,
              WeftDim              size,
              const WeftAxisIndex *outer,
              WeftAxisIndex       *both)
{
  *both = *outer;
  if (is_all (inner, size))
    return TRUE;
  if (is_all (outer, inner->count))
    {
      *both = *inner;
      return TRUE;
    }
  if (!is_known (inner) || !is_known (outer) || !weft_dim_is_number (size))
    return FALSE;
  both->start = weft_dim (inner->start.offset + outer->start.offset * inner->step);
  both->step = inner->step * outer->step;
  return TRUE;
}

/* x[i][j] */
static WeftValue *
compose_indices (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *second = match->covered[0], *first = match->covered[1];
  WeftValue       *x = first->inputs[0];
  WeftIndexPlan    inner, outer;
  WeftAxisIndex    axes[WEFT_MAX_RANK];
  int              from[WEFT_MAX_RANK];

  if (!plan_of (first, &inner) || !plan_of (second, &outer))
    return NULL;
  memcpy (axes, inner.axes, sizeof axes);
  for (guint i = 0; i < inner.shape.rank; i++)
    {
      int axis = inner.from[i];

      if (axis == WEFT_FROM_NEW
            ? outer.axes[i].kind == WEFT_INDEX_SLICE && !is_all (&outer.axes[i], weft_dim (1))
            : !compose_axis (&inner.axes[axis], x->type.shape.dims[axis], &outer.axes[i],
                             &axes[axis]))
        return NULL;
    }
  for (guint i = 0; i < outer.shape.rank; i++)
    from[i] = outer.from[i] == WEFT_FROM_NEW ? WEFT_FROM_NEW : inner.from[outer.from[i]];
  return index_by (graph, x, axes, outer.shape.rank, from);
}

/* ---- Below what makes the elements ---- */

/* The part of @x that is repeated to what @plan takes of @shape, to which @x is repeated. */
static WeftValue *
index_operand (WeftGraph *graph, WeftValue *x, const WeftIndexPlan *plan, const WeftShape *shape)
{
  guint         missing = shape->rank - x->type.shape.rank, n = 0;
  WeftAxisIndex axes[WEFT_MAX_RANK];
  int           from[WEFT_MAX_RANK];

  if (x->type.shape.rank == 0)
    return x;
  /* An index makes a strong type of it, by a cast that could be indexed in turn. */
  if (x->type.weak && x->apply->n_inputs > 0)
    return NULL;
  for (guint i = 0; i < x->type.shape.rank; i++)
    {
      WeftDim size = x->type.shape.dims[i];

      axes[i] = plan->axes[missing + i];
      if (weft_dim_equal (size, shape->dims[missing + i]))
        continue;
      if (!weft_dim_equal (size, weft_dim (1)))
        return NULL;
      axes[i] = axes[i].kind == WEFT_INDEX_AT
                  ? (WeftAxisIndex){ WEFT_INDEX_AT, weft_dim (0), weft_dim (1), 1, 0 }
                  : all_of (size);
    }
  for (guint i = 0; i < plan->shape.rank; i++)
    if (plan->from[i] == WEFT_FROM_NEW)
      from[n++] = WEFT_FROM_NEW;
    else if ((guint) plan->from[i] >= missing)
      from[n++] = plan->from[i] - missing;
  return index_by (graph, x, axes, n, from);
}

/* f(a, b)[i] */
static WeftValue *
index_operands (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply       *made = match->covered[1];
  g_autofree WeftValue **inputs = g_new (WeftValue *, MAX (made->n_inputs, 1));
  WeftIndexPlan          plan;

  if (!plan_of (match->covered[0], &plan))
    return NULL;
  for (guint i = 0; i < made->n_inputs; i++)
    {
      inputs[i] = index_operand (graph, made->inputs[i], &plan, &made->outputs[0].type.shape);
      if (inputs[i] == NULL)
        return NULL;
    }
  return weft_graph_apply (graph, made->op, made->n_inputs, inputs, made->attrs, NULL);
}

/* broadcast_to(x, a)[i]: what is left of x, which the driver repeats. */
static WeftValue *
index_repeated (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *repeated = match->covered[1];
  WeftIndexPlan    plan;

  if (!plan_of (match->covered[0], &plan))
    return NULL;
  return index_operand (graph, repeated->inputs[0], &plan, &repeated->outputs[0].type.shape);
}

/* expand_dims(x, a)[i] */
static WeftValue *
index_expanded (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *expanded = match->covered[1];
  const WeftAttr  *attr = weft_apply_attr (expanded, "axis");
  WeftValue       *x = expanded->inputs[0];
  guint            axis, n = 0;
  WeftIndexPlan    plan;
  int              from[WEFT_MAX_RANK];

  if (attr->dims->rank != 1 || !plan_of (match->covered[0], &plan))
    return NULL;
  axis = weft_counted_axis (attr->dims->dims[0].offset, x->type.shape.rank + 1);
  if (plan.axes[axis].kind == WEFT_INDEX_SLICE && !is_all (&plan.axes[axis], weft_dim (1)))
    return NULL;
  memmove (plan.axes + axis, plan.axes + axis + 1,
           (WEFT_MAX_RANK - axis - 1) * sizeof plan.axes[0]);
  for (guint i = 0; i < plan.shape.rank; i++)
    if (plan.from[i] == (int) axis)
      from[n++] = WEFT_FROM_NEW;
    else
      from[n++] = plan.from[i] > (int) axis ? plan.from[i] - 1 : plan.from[i];
  return index_by (graph, x, plan.axes, n, from);
}

/* transpose(x, a)[i] */
static WeftValue *
index_transposed (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *moved = match->covered[1];
  const WeftAttr  *attr = weft_apply_attr (moved, "axes");
  WeftValue       *x = moved->inputs[0];
  guint            rank = x->type.shape.rank, n = 0;
  WeftIndexPlan    plan;
  WeftAxisIndex    axes[WEFT_MAX_RANK];
  int              from[WEFT_MAX_RANK];
  gint64           order[WEFT_MAX_RANK], place[WEFT_MAX_RANK];
  WeftAttr         result;

  if (!plan_of (match->covered[0], &plan))
    return NULL;
  for (guint i = 0; i < plan.shape.rank; i++)
    if (plan.from[i] == WEFT_FROM_NEW)
      return NULL;
  for (guint i = 0; i < rank; i++)
    axes[weft_source_axis (attr, rank, i)] = plan.axes[i];
  for (guint i = 0; i < rank; i++)
    if (axes[i].kind == WEFT_INDEX_SLICE)
      {
        place[i] = n;
        from[n++] = i;
      }
  for (guint i = 0; i < plan.shape.rank; i++)
    order[i] = place[weft_source_axis (attr, rank, plan.from[i])];
  x = index_by (graph, x, axes, n, from);
  if (x == NULL)
    return NULL;
  result = weft_attr_axes (graph, n, order);
  return weft_graph_apply (graph, moved->op, 1, &x, &result, NULL);
}

/* ---- What is joined ---- */

/* The first and last element of an axis that @axis takes, which are numbers. */
static void
ends (const WeftAxisIndex *axis, gint64 *first, gint64 *last)
{
  gint64 a = axis->start.offset, b = a + (axis->count.offset - 1) * axis->step;

  *first = MIN (a, b);
  *last = MAX (a, b);
}

/* concat(..., axis=a)[i] within one of what is joined. */
static WeftValue *
index_joined (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *joined = match->covered[1];
  guint            rank = joined->outputs[0].type.shape.rank;
  guint            axis = weft_counted_axis (weft_apply_attr (joined, "axis")->i, rank);
  WeftIndexPlan    plan;
  gint64           first, last, begin = 0;

  if (!plan_of (match->covered[0], &plan) || !is_known (&plan.axes[axis]) ||
      plan.axes[axis].count.offset == 0)
    return NULL;
  ends (&plan.axes[axis], &first, &last);
  for (guint i = 0; i < joined->n_inputs; i++)
    {
      WeftValue *x = joined->inputs[i];
      WeftDim    size = x->type.shape.dims[axis];

      if (!weft_dim_is_number (size))
        return NULL;
      if (first >= begin && last < begin + size.offset)
        {
          plan.axes[axis].start = weft_dim (plan.axes[axis].start.offset - begin);
          return index_by (graph, x, plan.axes, plan.shape.rank, plan.from);
        }
      begin += size.offset;
    }
  return NULL;
}

/* The parts of a concat along @axis, flattened. */
typedef struct
{
  guint      axis;
  GPtrArray *parts;
  gboolean   changed;
} Join;

/* Whether @part is x[begin:end] along the axis and everything along the others. */
static gboolean
is_stretch (const Join *join, WeftValue *part, gint64 *begin, gint64 *end)
{
  WeftIndexPlan plan;
  WeftValue    *x;

  if (!plan_of (part->apply, &plan))
    return FALSE;
  x = part->apply->inputs[0];
  if (x->type.shape.rank != plan.shape.rank)
    return FALSE;
  for (guint i = 0; i < plan.shape.rank; i++)
    if (plan.from[i] != (int) i ||
        (i != join->axis && !is_all (&plan.axes[i], x->type.shape.dims[i])))
      return FALSE;
  *begin = plan.axes[join->axis].start.offset;
  *end = *begin + plan.axes[join->axis].count.offset;
  return is_known (&plan.axes[join->axis]) && plan.axes[join->axis].step == 1;
}

/* Adds @part; as one with the one before it where they are neighbours in one value. */
static void
add_part (WeftGraph *graph, Join *join, WeftValue *part)
{
  WeftValue *before =
    join->parts->len > 0 ? g_ptr_array_index (join->parts, join->parts->len - 1) : NULL;
  gint64        begin, middle, from, end;
  WeftAxisIndex axes[WEFT_MAX_RANK];
  int           order[WEFT_MAX_RANK];
  WeftValue    *x;

  if (weft_dim_equal (part->type.shape.dims[join->axis], weft_dim (0)))
    {
      join->changed = TRUE;
      return;
    }
  if (before == NULL || !is_stretch (join, before, &begin, &middle) ||
      !is_stretch (join, part, &from, &end) || before->apply->inputs[0] != part->apply->inputs[0] ||
      middle != from)
    {
      g_ptr_array_add (join->parts, part);
      return;
    }
  x = part->apply->inputs[0];
  for (guint i = 0; i < x->type.shape.rank; i++)
    {
      axes[i] = all_of (x->type.shape.dims[i]);
      order[i] = i;
    }
  axes[join->axis] =
    (WeftAxisIndex){ WEFT_INDEX_SLICE, weft_dim (begin), weft_dim (end - begin), 1, 0 };
  g_ptr_array_index (join->parts, join->parts->len - 1) =
    index_by (graph, x, axes, x->type.shape.rank, order);
  join->changed = TRUE;
}

static WeftValue *
join (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match)
{
  const WeftApply *joined = match->covered[0];
  guint            rank = joined->outputs[0].type.shape.rank;
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  Join     join = { weft_counted_axis (weft_apply_attr (joined, "axis")->i, rank), parts, FALSE };
  WeftAttr axis = weft_attr_int (join.axis);

  for (guint i = 0; i < joined->n_inputs; i++)
    {
      const WeftApply *inner = joined->inputs[i]->apply;

      if (inner->op != joined->op || match->uses[inner->id] > 1 ||
          weft_counted_axis (weft_apply_attr (inner, "axis")->i, rank) != join.axis)
        {
          add_part (graph, &join, joined->inputs[i]);
          continue;
        }
      join.changed = TRUE;
      for (guint k = 0; k < inner->n_inputs; k++)
        add_part (graph, &join, inner->inputs[k]);
    }
  if (!join.changed || parts->len == 0)
    return NULL;
  return weft_graph_apply (graph, joined->op, parts->len, (WeftValue *const *) parts->pdata, &axis,
                           NULL);
}

const WeftAction weft_actions_index[] = {
  { "compose-indices", compose_indices },
  { "index-operands", index_operands },
  { "index-repeated", index_repeated },
  { "index-expanded", index_expanded },
  { "index-transposed", index_transposed },
  { "index-joined", index_joined },
  { "join", join },
};
const guint weft_n_actions_index = G_N_ELEMENTS (weft_actions_index);
