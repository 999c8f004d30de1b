/* Indexing in expressions: tensors with integers, slices, None, ..., integer arrays; tuples with
 * integers and slices.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr-private.h"

static gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, message);
  return FALSE;
}

/* A bound of a slice as Python clamps it for a sequence of @n. */
static gint64
clamp_bound (gboolean has, WeftDim bound, gint64 otherwise, gint64 n, gint64 low, gint64 high)
{
  gint64 at = bound.offset;

  if (!has)
    return otherwise;
  if (at < 0)
    at += n;
  return CLAMP (at, low, high);
}

static gboolean
slice_tuple (WeftGraph         *graph,
             const WeftBinding *tuple,
             const WeftIndex   *index,
             WeftBinding       *result,
             GError           **error)
{
  gint64 n = tuple->n_items, step = index->step, start, stop;

  if ((index->has_start && !weft_dim_is_number (index->start)) ||
      (index->has_stop && !weft_dim_is_number (index->stop)))
    return fail (error, "the bounds of a slice of a tuple must be whole numbers");
  start = clamp_bound (index->has_start, index->start, step > 0 ? 0 : n - 1, n, step > 0 ? 0 : -1,
                       step > 0 ? n : n - 1);
  stop = clamp_bound (index->has_stop, index->stop, step > 0 ? n : -1, n, step > 0 ? 0 : -1,
                      step > 0 ? n : n - 1);
  *result = (WeftBinding){ .kind = WEFT_BIND_TUPLE };
  result->items = weft_graph_alloc (graph, MAX (n, 1) * sizeof *result->items);
  for (gint64 i = start; step > 0 ? i < stop : i > stop; i += step)
    result->items[result->n_items++] = tuple->items[i];
  return TRUE;
}

static gboolean
index_tuple (WeftGraph         *graph,
             const WeftBinding *tuple,
             guint              n,
             const WeftBinding *entries,
             WeftBinding       *result,
             GError           **error)
{
  gint64 at;

  if (n == 1 && weft_binding_is_attr (&entries[0], WEFT_ATTR_INDEX) &&
      entries[0].attr.index->kind == WEFT_INDEX_SLICE)
    return slice_tuple (graph, tuple, entries[0].attr.index, result, error);
  if (n != 1 || !weft_binding_is_attr (&entries[0], WEFT_ATTR_INT))
    return fail (error, "a tuple is indexed with one whole number or a slice");
  at = entries[0].attr.i + (entries[0].attr.i < 0 ? (gint64) tuple->n_items : 0);
  if (at < 0 || at >= (gint64) tuple->n_items)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "index %" G_GINT64_FORMAT " is outside a tuple of %u", entries[0].attr.i,
                   tuple->n_items);
      return FALSE;
    }
  *result = tuple->items[at];
  return TRUE;
}

/* One entry of an index of a tensor; an array becomes one more input in @inputs. */
static gboolean
read_entry (
  WeftGraph *graph, const WeftBinding *entry, WeftIndex *index, GPtrArray *inputs, GError **error)
{
  WeftDim    dim;
  WeftValue *value;

  if (weft_binding_is_attr (entry, WEFT_ATTR_INDEX))
    *index = entry->attr.index[0];
  else if (weft_binding_is_attr (entry, WEFT_ATTR_NONE))
    *index = (WeftIndex){ .kind = WEFT_INDEX_NEWAXIS, .step = 1 };
  else if (weft_binding_get_dim (entry, &dim))
    *index = (WeftIndex){ .kind = WEFT_INDEX_AT, .has_start = TRUE, .start = dim, .step = 1 };
  else if (entry->kind == WEFT_BIND_VALUE || entry->kind == WEFT_BIND_TUPLE)
    {
      value = weft_binding_to_value (entry, graph, error);
      if (value == NULL)
        return FALSE;
      value = weft_graph_strong (graph, value);
      if (weft_dtype_is_float (value->type.dtype))
        return fail (error, "an index must hold whole numbers or bools");
      *index = (WeftIndex){ .kind = WEFT_INDEX_ARRAY, .step = 1 };
      g_ptr_array_add (inputs, value);
    }
  else
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s cannot be an index",
                   weft_binding_kind_name (entry));
      return FALSE;
    }
  return TRUE;
}

gboolean
weft_expr_index (WeftGraph         *graph,
                 const WeftBinding *object,
                 guint              n,
                 const WeftBinding *entries,
                 WeftBinding       *result,
                 GError           **error)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  const WeftOp *op = weft_op_find ("getitem");
  WeftAttr      attr = { .kind = WEFT_ATTR_INDEX, .n_index = n };
  WeftValue    *value;

  if (object->kind == WEFT_BIND_TUPLE)
    return index_tuple (graph, object, n, entries, result, error);
  value = weft_binding_to_value (object, graph, error);
  if (value == NULL)
    return FALSE;
  g_ptr_array_add (inputs, weft_graph_strong (graph, value));
  attr.index = weft_graph_alloc (graph, n * sizeof *attr.index);
  for (guint i = 0; i < n; i++)
    if (!read_entry (graph, &entries[i], &attr.index[i], inputs, error))
      return FALSE;
  value =
    weft_graph_apply (graph, op, inputs->len, (WeftValue *const *) inputs->pdata, &attr, error);
  if (value == NULL)
    return FALSE;
  *result = weft_binding_of_value (value);
  return TRUE;
}
