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

/* The index of a tensor while it is read. */
typedef struct
{
  WeftGraph *graph;
  GPtrArray *inputs; /* WeftValue: the tensor and the index arrays */
  GArray    *index;  /* WeftIndex */
  GPtrArray *masks;  /* WeftValue, and in @starts which entry of index each begins at */
  GArray    *starts;
} Reading;

static void
add_array (Reading *reading, WeftValue *value)
{
  WeftIndex index = { .kind = WEFT_INDEX_ARRAY, .step = 1 };

  g_array_append_val (reading->index, index);
  g_ptr_array_add (reading->inputs, value);
}

/* A mask stands for the indices of what is true in it, an array an axis. */
static gboolean
read_mask (Reading *reading, WeftValue *mask, GError **error)
{
  const char *const keyword = NULL;
  WeftBinding       argument = weft_binding_of_value (mask), places;

  if (mask->type.shape.rank == 0)
    return fail (error, "a single True or False cannot be an index");
  if (!weft_expr_call (reading->graph, NULL, "nonzero", 1, &argument, &keyword, &places, error))
    return FALSE;
  g_ptr_array_add (reading->masks, mask);
  g_array_append_val (reading->starts, reading->index->len);
  for (guint i = 0; i < places.n_items; i++)
    add_array (reading, places.items[i].value);
  return TRUE;
}

/* One entry of an index of a tensor; an array becomes one more input. */
static gboolean
read_entry (Reading *reading, const WeftBinding *entry, GError **error)
{
  WeftIndex  index;
  WeftDim    dim;
  WeftValue *value;

  if (weft_binding_is_attr (entry, WEFT_ATTR_INDEX))
    {
      /* One slice, or the whole of another index. */
      g_array_append_vals (reading->index, entry->attr.index, entry->attr.n_index);
      return TRUE;
    }
  if (weft_binding_is_attr (entry, WEFT_ATTR_NONE))
    index = (WeftIndex){ .kind = WEFT_INDEX_NEWAXIS, .step = 1 };
  else if (weft_binding_get_dim (entry, &dim))
    index = (WeftIndex){ .kind = WEFT_INDEX_AT, .has_start = TRUE, .start = dim, .step = 1 };
  else if (entry->kind == WEFT_BIND_VALUE || entry->kind == WEFT_BIND_TUPLE)
    {
      value = weft_binding_to_value (entry, reading->graph, error);
      if (value == NULL)
        return FALSE;
      value = weft_graph_strong (reading->graph, value);
      if (weft_dtype_is_float (value->type.dtype))
        return fail (error, "an index must hold whole numbers or bools");
      if (value->type.dtype == WEFT_BOOL)
        return read_mask (reading, value, error);
      add_array (reading, value);
      return TRUE;
    }
  else
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "%s cannot be an index",
                   weft_binding_kind_name (entry));
      return FALSE;
    }
  g_array_append_val (reading->index, index);
  return TRUE;
}

/* Which axis of @n entry @at is about; @rank: of the tensor. */
static gint
axis_of_entry (const WeftIndex *index, guint n, guint at, guint rank)
{
  guint before = 0, after = 0;
  gint  rest = -1;

  for (guint i = 0; i < n; i++)
    if (index[i].kind == WEFT_INDEX_REST)
      rest = i;
    else if (index[i].kind != WEFT_INDEX_NEWAXIS)
      {
        before += i < at;
        after += i >= at;
      }
  return rest < 0 || rest > (gint) at ? (gint) before : (gint) rank - (gint) after;
}

/* A mask must have the sizes of the axes that it stands for. */
static gboolean
check_masks (Reading *reading, GError **error)
{
  const WeftValue *object = g_ptr_array_index (reading->inputs, 0);
  const WeftShape *shape = &object->type.shape;

  for (guint i = 0; i < reading->masks->len; i++)
    {
      const WeftValue *mask = g_ptr_array_index (reading->masks, i);
      gint             axis =
        axis_of_entry ((const WeftIndex *) (void *) reading->index->data, reading->index->len,
                       g_array_index (reading->starts, guint, i), shape->rank);

      for (guint k = 0; k < mask->type.shape.rank && axis >= 0 && axis + k < shape->rank; k++)
        if (weft_dim_differs (mask->type.shape.dims[k], shape->dims[axis + k]))
          {
            g_autofree char *one = weft_shape_to_string (&mask->type.shape);
            g_autofree char *other = weft_shape_to_string (shape);

            g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                         "a mask of shape %s does not fit axis %d of %s", one, axis + (gint) k,
                         other);
            return FALSE;
          }
    }
  return TRUE;
}

static WeftValue *
index_tensor (Reading *reading, guint n, const WeftBinding *entries, GError **error)
{
  WeftAttr attr = { .kind = WEFT_ATTR_INDEX };

  for (guint i = 0; i < n; i++)
    if (!read_entry (reading, &entries[i], error))
      return NULL;
  if (!check_masks (reading, error))
    return NULL;
  attr.n_index = reading->index->len;
  attr.index = (WeftIndex *) (void *) reading->index->data;
  return weft_graph_apply (reading->graph, weft_op_find ("getitem"), reading->inputs->len,
                           (WeftValue *const *) reading->inputs->pdata, &attr, error);
}

/* x[(i, j)] is x[i, j]; a tuple of numbers alone is an array, as a list is. */
static gboolean
is_several_entries (const WeftBinding *entry)
{
  if (entry->kind != WEFT_BIND_TUPLE)
    return FALSE;
  for (guint i = 0; i < entry->n_items; i++)
    if (entry->items[i].kind == WEFT_BIND_VALUE ||
        weft_binding_is_attr (&entry->items[i], WEFT_ATTR_INDEX) ||
        weft_binding_is_attr (&entry->items[i], WEFT_ATTR_NONE))
      return TRUE;
  return FALSE;
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
  g_autoptr (GPtrArray) masks = g_ptr_array_new ();
  g_autoptr (GArray) index = g_array_new (FALSE, FALSE, sizeof (WeftIndex));
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (guint));
  Reading    reading = { graph, inputs, index, masks, starts };
  WeftValue *value;

  if (object->kind == WEFT_BIND_TUPLE)
    return index_tuple (graph, object, n, entries, result, error);
  value = weft_binding_to_value (object, graph, error);
  if (value == NULL)
    return FALSE;
  g_ptr_array_add (inputs, weft_graph_strong (graph, value));
  if (n == 1 && is_several_entries (&entries[0]))
    {
      n = entries[0].n_items;
      entries = entries[0].items;
    }
  value = index_tensor (&reading, n, entries, error);
  if (value == NULL)
    return FALSE;
  *result = weft_binding_of_value (value);
  return TRUE;
}
