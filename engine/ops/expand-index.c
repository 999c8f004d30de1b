/* Functions for people that pick and move elements: take, take_along_axis, roll, shift, repeat,
 * pad, diff.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#include <string.h>

/* ---- Helpers ---- */

static gboolean
get_axis (const WeftBinding *binding,
          WeftGraph         *graph,
          const char        *name,
          guint              rank,
          guint             *axis,
          GError           **error)
{
  gint64 number;

  if (!weft_expand_get_int (binding, graph, &number, error))
    {
      g_prefix_error (error, "%s: axis ", name);
      return FALSE;
    }
  if (number < -(gint64) rank || number >= (gint64) rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: axis %" G_GINT64_FORMAT " of %u axes", name, number, rank);
      return FALSE;
    }
  *axis = number < 0 ? number + rank : number;
  return TRUE;
}

/* x[:, :, indices] with @axis full slices before it. */
static WeftValue *
take_axis (WeftGraph *graph, WeftValue *x, WeftValue *indices, guint axis, GError **error)
{
  WeftValue *inputs[2] = { x, indices };
  WeftIndex  entries[WEFT_MAX_RANK];
  WeftAttr   attr = { .kind = WEFT_ATTR_INDEX, .index = entries, .n_index = axis + 1 };

  for (guint i = 0; i < axis; i++)
    entries[i] = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = 1 };
  entries[axis] = (WeftIndex){ .kind = WEFT_INDEX_ARRAY, .step = 1 };
  return weft_graph_apply (graph, weft_op (WEFT_OP_GETITEM), 2, inputs, &attr, error);
}

/* x[:, :, start:stop]; bounds that are not @has are open. */
static WeftValue *
slice_axis (WeftGraph *graph,
            WeftValue *x,
            guint      axis,
            gboolean   has_start,
            WeftDim    start,
            gboolean   has_stop,
            WeftDim    stop,
            GError   **error)
{
  WeftIndex entries[WEFT_MAX_RANK];
  WeftAttr  attr = { .kind = WEFT_ATTR_INDEX, .index = entries, .n_index = axis + 1 };

  for (guint i = 0; i <= axis; i++)
    entries[i] = (WeftIndex){ .kind = WEFT_INDEX_SLICE, .step = 1 };
  entries[axis].has_start = has_start;
  entries[axis].has_stop = has_stop;
  entries[axis].start = start;
  entries[axis].stop = stop;
  return weft_expand_apply (graph, WEFT_OP_GETITEM, x, &attr, error);
}

static WeftValue *
flat (WeftGraph *graph, WeftValue *x, GError **error)
{
  WeftShape shape = { 1, { weft_shape_size (&x->type.shape) } };

  return weft_expand_reshape (graph, x, &shape, error);
}

/* The value of @text over n (a dimension) and i (a value). */
static WeftValue *
places (WeftGraph *graph, const char *text, WeftDim n, WeftValue *i, GError **error)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftBinding size = { .kind = WEFT_BIND_ATTR,
                       .attr = weft_dim_is_number (n) ? weft_attr_int (n.offset)
                                                      : weft_attr_dim (graph, n) };

  weft_scope_set (scope, "n", &size);
  if (i != NULL)
    weft_scope_set_value (scope, "i", i);
  return weft_expand_value (graph, scope, text, error);
}

/* ---- take ---- */

EXPAND (take)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error),
            *indices = x != NULL ? weft_binding_to_value (&args[1], graph, error) : NULL;
  const char *mode = args[3].attr.kind == WEFT_ATTR_STRING ? args[3].attr.s : "";
  guint       axis = 0;

  if (indices == NULL)
    return FALSE;
  x = weft_graph_strong (graph, x);
  indices = weft_graph_strong (graph, indices);
  if (weft_expand_is_none (&args[2]))
    x = flat (graph, x, error);
  else if (!get_axis (&args[2], graph, "take", x->type.shape.rank, &axis, error))
    return FALSE;
  if (x != NULL && g_str_equal (mode, "clip"))
    indices = places (graph, "clip(i, 0, n - 1)", x->type.shape.dims[axis], indices, error);
  else if (x != NULL && g_str_equal (mode, "wrap"))
    indices = places (graph, "i % n", x->type.shape.dims[axis], indices, error);
  else if (!g_str_equal (mode, "raise"))
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "take: mode must be 'raise', 'clip' or 'wrap'");
      return FALSE;
    }
  return weft_expand_give (
    x != NULL && indices != NULL ? take_axis (graph, x, indices, axis, error) : NULL, result);
}

/* ---- take_along_axis, put_along_axis ---- */

/* x[i0, i1, indices, i3]: the indices' own places along the other axes. */
static WeftValue *
along_axis (WeftGraph *graph, WeftValue *x, WeftValue *indices, guint axis, GError **error)
{
  guint      rank = x->type.shape.rank;
  WeftShape  wide = x->type.shape;
  WeftIndex  entries[WEFT_MAX_RANK];
  WeftAttr   attr = { .kind = WEFT_ATTR_INDEX, .index = entries, .n_index = rank }, shape;
  WeftValue *inputs[WEFT_MAX_RANK + 1];

  for (guint i = 0; i < rank; i++)
    {
      WeftDim other = indices->type.shape.dims[i];

      if (i != axis && weft_dim_is_one (wide.dims[i]))
        wide.dims[i] = other;
      else if (i != axis && !weft_dim_is_one (other) && weft_dim_differs (wide.dims[i], other))
        {
          weft_infer_differ (weft_op (WEFT_OP_GETITEM), wide.dims[i], other,
                             "an axis of x and of the indices along one", error);
          return NULL;
        }
    }
  shape = weft_attr_shape (graph, &wide);
  if (!weft_shape_equal (&wide, &x->type.shape))
    x = weft_expand_apply (graph, WEFT_OP_BROADCAST_TO, x, &shape, error);
  inputs[0] = x;
  for (guint i = 0; i < rank; i++)
    {
      WeftShape line = { .rank = rank };

      entries[i] = (WeftIndex){ .kind = WEFT_INDEX_ARRAY, .step = 1 };
      inputs[1 + i] = indices;
      if (i == axis)
        continue;
      for (guint k = 0; k < rank; k++)
        line.dims[k] = k == i ? wide.dims[i] : weft_dim (1);
      inputs[1 + i] = weft_expand_reshape (
        graph, weft_expand_iota (graph, wide.dims[i], WEFT_I64, error), &line, error);
    }
  return weft_graph_apply (graph, weft_op (WEFT_OP_GETITEM), rank + 1, inputs, &attr, error);
}

static WeftValue *
read_along (WeftGraph         *graph,
            const char        *name,
            const WeftBinding *args,
            const WeftBinding *axis_arg,
            GError           **error)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error),
            *indices = x != NULL ? weft_binding_to_value (&args[1], graph, error) : NULL;
  guint axis = 0;

  if (indices == NULL)
    return NULL;
  x = weft_graph_strong (graph, x);
  indices = weft_graph_strong (graph, indices);
  if (weft_expand_is_none (axis_arg))
    x = flat (graph, x, error);
  else if (!get_axis (axis_arg, graph, name, x->type.shape.rank, &axis, error))
    return NULL;
  if (indices->type.shape.rank != x->type.shape.rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: %u != %u axes of x and of the indices", name, x->type.shape.rank,
                   indices->type.shape.rank);
      return NULL;
    }
  return along_axis (graph, x, indices, axis, error);
}

EXPAND (take_along_axis)
{
  return weft_expand_give (read_along (graph, "take_along_axis", args, &args[2], error), result);
}

EXPAND (put_along_axis)
{
  WeftValue  *part = read_along (graph, "put_along_axis", args, &args[3], error);
  WeftBinding write[3];

  if (part == NULL)
    return FALSE;
  weft_expand_give (part, &write[0]);
  write[1] = args[2];
  write[2] = (WeftBinding){ .kind = WEFT_BIND_ATTR, .attr = weft_attr_string ("set") };
  return weft_build_write_part (graph, write, result, error);
}

/* ---- roll, shift ---- */

static WeftValue *
concat (WeftGraph *graph, WeftValue *a, WeftValue *b, guint axis, GError **error)
{
  WeftValue *parts[2] = { a, b };
  WeftAttr   attr = weft_attr_int (axis);

  if (a == NULL || b == NULL)
    return NULL;
  return weft_graph_apply (graph, weft_op (WEFT_OP_CONCAT), 2, parts, &attr, error);
}

static WeftValue *
roll_axis (WeftGraph *graph, WeftValue *x, const WeftBinding *by, guint axis, GError **error)
{
  WeftDim    n = x->type.shape.dims[axis], start;
  WeftValue *i;

  if (by->kind == WEFT_BIND_ATTR && by->attr.kind == WEFT_ATTR_INT && weft_dim_is_number (n))
    {
      gint64 shift = n.offset == 0 ? 0 : by->attr.i % n.offset;

      if (shift == 0)
        return x;
      start = weft_dim (shift < 0 ? -shift : n.offset - shift);
      return concat (graph, slice_axis (graph, x, axis, TRUE, start, FALSE, start, error),
                     slice_axis (graph, x, axis, FALSE, start, TRUE, start, error), axis, error);
    }
  i = weft_binding_to_value (by, graph, error);
  i = i != NULL ? places (graph, "(iota(n) - i) % n", n, i, error) : NULL;
  return i != NULL ? take_axis (graph, x, i, axis, error) : NULL;
}

/* Item @i of a tuple, or the one thing for all. */
static const WeftBinding *
item_at (const WeftBinding *binding, guint i)
{
  return binding->kind == WEFT_BIND_TUPLE ? &binding->items[i] : binding;
}

EXPAND (roll)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftShape  shape;
  guint      n = args[2].kind == WEFT_BIND_TUPLE   ? args[2].n_items
                 : args[1].kind == WEFT_BIND_TUPLE ? args[1].n_items
                                                   : 1;

  if (x == NULL)
    return FALSE;
  x = weft_graph_strong (graph, x);
  shape = x->type.shape;
  if (weft_expand_is_none (&args[2]))
    {
      x = flat (graph, x, error);
      for (guint i = 0; i < n && x != NULL; i++)
        x = roll_axis (graph, x, item_at (&args[1], i), 0, error);
      return weft_expand_give (x != NULL ? weft_expand_reshape (graph, x, &shape, error) : NULL,
                               result);
    }
  if ((args[1].kind == WEFT_BIND_TUPLE && args[1].n_items != n))
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "roll: %u shifts for %u axes", args[1].n_items, n);
      return FALSE;
    }
  for (guint i = 0; i < n && x != NULL; i++)
    {
      guint axis;

      if (!get_axis (item_at (&args[2], i), graph, "roll", shape.rank, &axis, error))
        return FALSE;
      x = roll_axis (graph, x, item_at (&args[1], i), axis, error);
    }
  return weft_expand_give (x, result);
}

/* ---- pad ---- */

typedef struct
{
  WeftShape before, after;
} Widths;

static WeftValue *
pad_constant (
  WeftGraph *graph, WeftValue *x, const Widths *widths, WeftValue *value, GError **error)
{
  WeftValue *inputs[2] = { x, weft_graph_cast (graph, value, x->type.dtype) };
  WeftAttr   attrs[2] = { weft_attr_shape (graph, &widths->before),
                          weft_attr_shape (graph, &widths->after) };

  return weft_graph_apply (graph, weft_op (WEFT_OP_PAD_CONSTANT), 2, inputs, attrs, error);
}

/* @x moved by @by places along @axis, @fill where nothing comes from. */
EXPAND (shift)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error),
            *fill = x != NULL ? weft_binding_to_value (&args[3], graph, error) : NULL;
  Widths    widths = { 0 };
  WeftShape shape;
  gint64    by;
  guint     axis;
  WeftDim   start;

  if (fill == NULL || !weft_expand_get_int (&args[1], graph, &by, error) ||
      !get_axis (&args[2], graph, "shift", x->type.shape.rank, &axis, error))
    return FALSE;
  x = weft_graph_strong (graph, x);
  shape = x->type.shape;
  widths.before.rank = widths.after.rank = shape.rank;
  for (guint i = 0; i < shape.rank; i++)
    widths.before.dims[i] = widths.after.dims[i] = weft_dim (0);
  widths.before.dims[axis] = weft_dim (MAX (by, 0));
  widths.after.dims[axis] = weft_dim (MAX (-by, 0));
  x = pad_constant (graph, x, &widths, fill, error);
  start = weft_dim (MAX (-by, 0));
  return weft_expand_give (x != NULL ? slice_axis (graph, x, axis, TRUE, start, TRUE,
                                                   weft_dim_add (start, shape.dims[axis]), error)
                                     : NULL,
                           result);
}

static gboolean
bad_width (GError **error)
{
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
               "pad: the width is a number, (before, after), or such a pair for each axis");
  return FALSE;
}

/* 2, (1, 2) or ((1, 2), (0, 0)). */
static gboolean
read_widths (
  const WeftBinding *binding, WeftGraph *graph, guint rank, Widths *widths, GError **error)
{
  gboolean nested = binding->kind == WEFT_BIND_TUPLE && binding->n_items > 0 &&
                    binding->items[0].kind == WEFT_BIND_TUPLE;

  if (nested && binding->n_items != rank && binding->n_items != 1)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "pad: %u widths for %u axes",
                   binding->n_items, rank);
      return FALSE;
    }
  widths->before.rank = widths->after.rank = rank;
  for (guint i = 0; i < rank; i++)
    {
      const WeftBinding *pair =
        nested ? &binding->items[binding->n_items == 1 ? 0 : i] : binding;
      WeftAttr attr;

      if (pair->kind == WEFT_BIND_TUPLE && pair->n_items != 1 && pair->n_items != 2)
        return bad_width (error);
      if (!weft_binding_to_attr (item_at (pair, 0), graph, WEFT_ATTR_DIM, &attr, NULL))
        return bad_width (error);
      widths->before.dims[i] = widths->after.dims[i] = attr.dims->dims[0];
      if (pair->kind == WEFT_BIND_TUPLE && pair->n_items == 2)
        {
          if (!weft_binding_to_attr (item_at (pair, 1), graph, WEFT_ATTR_DIM, &attr, NULL))
            return bad_width (error);
          widths->after.dims[i] = attr.dims->dims[0];
        }
    }
  return TRUE;
}

/* Where the elements of a padded axis come from, over their place i counted from the old start and
 * the old size n. */
static const struct
{
  const char *mode, *text;
} pad_modes[] = {
  { "edge", "clip(i, 0, n - 1)" },
  { "wrap", "i % n" },
  { "reflect", "j = i % maximum(2 * n - 2, 1)\nminimum(j, 2 * n - 2 - j)" },
  { "symmetric", "j = i % (2 * n)\nminimum(j, 2 * n - 1 - j)" },
};

static WeftValue *
pad_axis (WeftGraph    *graph,
          WeftValue    *x,
          guint         axis,
          const Widths *widths,
          const char   *text,
          GError      **error)
{
  WeftDim n = x->type.shape.dims[axis], before = widths->before.dims[axis],
          after = widths->after.dims[axis];
  WeftValue *i;

  if (weft_dim_equal (before, weft_dim (0)) && weft_dim_equal (after, weft_dim (0)))
    return x;
  if (weft_dim_equal (n, weft_dim (0)))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "pad: axis %u has no elements to repeat", axis);
      return NULL;
    }
  i = weft_expand_iota (graph, weft_dim_add (n, weft_dim_add (before, after)), WEFT_I64, error);
  i = weft_graph_op (graph, "sub", i, weft_graph_dim (graph, before), NULL);
  i = places (graph, text, n, i, error);
  return i != NULL ? take_axis (graph, x, i, axis, error) : NULL;
}

EXPAND (pad)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error),
            *value = x != NULL ? weft_binding_to_value (&args[3], graph, error) : NULL;
  const char *mode = args[2].attr.kind == WEFT_ATTR_STRING ? args[2].attr.s : "";
  Widths      widths;

  if (value == NULL || !read_widths (&args[1], graph, x->type.shape.rank, &widths, error))
    return FALSE;
  x = weft_graph_strong (graph, x);
  if (g_str_equal (mode, "constant"))
    return weft_expand_give (pad_constant (graph, x, &widths, value, error), result);
  for (guint k = 0; k < G_N_ELEMENTS (pad_modes); k++)
    if (g_str_equal (pad_modes[k].mode, mode))
      {
        for (guint i = 0; i < widths.before.rank && x != NULL; i++)
          x = pad_axis (graph, x, i, &widths, pad_modes[k].text, error);
        return weft_expand_give (x, result);
      }
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
               "pad: mode must be 'constant', 'reflect', 'symmetric', 'edge' or 'wrap'");
  return FALSE;
}

/* @g where the padded y has x. */
EXPAND (pad_back)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = g != NULL ? weft_binding_to_value (&args[1], graph, error) : NULL;
  const WeftShape *before, *inner;

  if (y == NULL)
    return FALSE;
  before = y->apply->attrs[0].dims;
  inner = &y->apply->inputs[0]->type.shape;
  for (guint i = 0; i < inner->rank && g != NULL; i++)
    if (!weft_dim_equal (g->type.shape.dims[i], inner->dims[i]))
      g = slice_axis (graph, g, i, TRUE, before->dims[i], TRUE,
                      weft_dim_add (before->dims[i], inner->dims[i]), error);
  return weft_expand_give (g, result);
}

/* ---- repeat ---- */

/* Every element @count times along @axis. */
static WeftValue *
repeat_each (
  WeftGraph *graph, WeftValue *x, WeftDim count, guint axis, gboolean whole, GError **error)
{
  WeftShape wide = x->type.shape, shape = x->type.shape;
  WeftAttr  attr;

  x = weft_expand_new_axis (graph, x, whole ? axis : axis + 1, error);
  if (x == NULL)
    return NULL;
  wide = x->type.shape;
  wide.dims[whole ? axis : axis + 1] = count;
  attr = weft_attr_shape (graph, &wide);
  x = weft_expand_apply (graph, WEFT_OP_BROADCAST_TO, x, &attr, error);
  shape.dims[axis] = weft_dim_mul (shape.dims[axis], count);
  return x != NULL ? weft_expand_reshape (graph, x, &shape, error) : NULL;
}

EXPAND (repeat)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error), *counts;
  guint      axis = 0;
  g_autoptr (WeftScope) scope = weft_scope_new ();

  if (x == NULL)
    return FALSE;
  x = weft_graph_strong (graph, x);
  if (weft_expand_is_none (&args[2]))
    x = flat (graph, x, error);
  else if (!get_axis (&args[2], graph, "repeat", x->type.shape.rank, &axis, error))
    return FALSE;
  counts = x != NULL ? weft_binding_to_value (&args[1], graph, error) : NULL;
  if (counts == NULL)
    return FALSE;
  if (weft_value_is_count (counts))
    {
      WeftAttr count;

      return weft_binding_to_attr (&args[1], graph, WEFT_ATTR_DIM, &count, error) &&
             weft_expand_give (repeat_each (graph, x, count.dims->dims[0], axis, FALSE, error),
                               result);
    }
  weft_scope_set_value (scope, "counts", weft_graph_strong (graph, counts));
  if (counts->type.shape.rank == 1 &&
      weft_dim_differs (counts->type.shape.dims[0], x->type.shape.dims[axis]))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "repeat: the counts must be one for each element of axis %u", axis);
      return FALSE;
    }
  counts = weft_expand_value (
    graph, scope, "searchsorted(cumsum(counts), iota(sum(counts)), side='right')", error);
  return weft_expand_give (counts != NULL ? take_axis (graph, x, counts, axis, error) : NULL,
                           result);
}

EXPAND (tile)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftAttr   reps;
  guint      lead;

  if (x == NULL || !weft_binding_to_attr (&args[1], graph, WEFT_ATTR_SHAPE, &reps, error))
    return FALSE;
  x = weft_graph_strong (graph, x);
  while (x != NULL && x->type.shape.rank < reps.dims->rank)
    x = weft_expand_new_axis (graph, x, 0, error);
  if (x == NULL)
    return FALSE;
  lead = x->type.shape.rank - reps.dims->rank;
  for (guint i = 0; i < reps.dims->rank && x != NULL; i++)
    if (!weft_dim_is_one (reps.dims->dims[i]))
      x = repeat_each (graph, x, reps.dims->dims[i], lead + i, TRUE, error);
  return weft_expand_give (x, result);
}

/* ---- diff ---- */

EXPAND (diff)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  gint64     times;
  guint      axis;
  WeftDim    one = weft_dim (1), minus = weft_dim (-1);

  if (x == NULL || !weft_expand_get_int (&args[1], graph, &times, error) ||
      !get_axis (&args[2], graph, "diff", x->type.shape.rank, &axis, error))
    return FALSE;
  x = weft_graph_strong (graph, x);
  for (gint64 i = 0; i < times && x != NULL; i++)
    {
      WeftValue *later = slice_axis (graph, x, axis, TRUE, one, FALSE, one, error),
                *earlier = later != NULL
                             ? slice_axis (graph, x, axis, FALSE, minus, TRUE, minus, error)
                             : NULL;

      x = earlier == NULL ? NULL
                          : weft_graph_op (graph, x->type.dtype == WEFT_BOOL ? "ne" : "sub", later,
                                           earlier, NULL);
    }
  return weft_expand_give (x, result);
}
