/* What the sizes of a graph become in a proof: names small numbers, large numbers small ones.
 *
 * A size that is a product of others (a batch of 32 times 64 steps) becomes the product of what
 * they become, so that what was reshaped still can be.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/proof-private.h"

#include "engine/graph/body.h"

/* Sizes above this are shrunk, to the numbers from here on, each its own. */
#define SMALL_SIZE 7
/* Where only batches are, to the numbers from here on. */
#define SMALL_BATCH 3

typedef struct
{
  gint64 from, to;
} Row;

void
weft_sizes_init (WeftSizes *sizes, WeftShrink shrink, gint64 size)
{
  *sizes = (WeftSizes){ .shrink = shrink, .size = size };
  sizes->seen = g_array_new (FALSE, FALSE, sizeof (gint64));
  sizes->first = g_array_new (FALSE, FALSE, sizeof (gint64));
  sizes->leading = g_array_new (FALSE, FALSE, sizeof (gint64));
  sizes->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  sizes->bindings = weft_bindings_new ();
}

void
weft_sizes_clear (WeftSizes *sizes)
{
  g_array_unref (sizes->seen);
  g_array_unref (sizes->first);
  g_array_unref (sizes->leading);
  g_array_unref (sizes->rows);
  weft_bindings_free (sizes->bindings);
}

/* ---- Learning ---- */

static void
bind_name (const char *name, gpointer data)
{
  WeftSizes *sizes = data;

  if (weft_bindings_has (sizes->bindings, name))
    return;
  weft_bindings_set (sizes->bindings, name, sizes->size > 0 ? sizes->size : 3 + sizes->n_names % 4);
  sizes->n_names++;
}

static gboolean
holds (GArray *list, gint64 size)
{
  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, gint64, i) == size)
      return TRUE;
  return FALSE;
}

static void
add (GArray *list, WeftDim dim)
{
  if (weft_dim_is_number (dim) && dim.offset > 1 && !holds (list, dim.offset))
    g_array_append_val (list, dim.offset);
}

/* The sizes of @apply, and of what is inside bodies: recursion follows how deep they are nested. */
void
weft_sizes_learn (WeftSizes *sizes, const WeftApply *apply)
{
  for (guint i = 0; i < apply->n_outputs; i++)
    for (guint k = 0; k < apply->outputs[i].type.shape.rank; k++)
      {
        WeftDim dim = apply->outputs[i].type.shape.dims[k];

        weft_dim_foreach_name (dim, bind_name, sizes);
        add (sizes->seen, dim);
        if (k == 0)
          add (sizes->first, dim);
      }
  for (guint i = 0; i < apply->op->n_attrs; i++)
    {
      const WeftBody *body = apply->attrs[i].kind == WEFT_ATTR_BODY ? apply->attrs[i].body : NULL;

      weft_attr_foreach_name (&apply->attrs[i], bind_name, sizes);
      for (guint k = 0; body != NULL && k < weft_graph_n_applies (body->graph); k++)
        weft_sizes_learn (sizes, weft_graph_get_apply (body->graph, k));
    }
}

/* @dim is the first axis of an operand that is no parameter. */
void
weft_sizes_learn_leading (WeftSizes *sizes, WeftDim dim)
{
  add (sizes->leading, dim);
}

/* ---- What becomes of them ---- */

static gint
compare_sizes (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

/* The row of @size, or NULL. */
static const Row *
find_row (const WeftSizes *sizes, gint64 size)
{
  for (guint i = 0; i < sizes->rows->len; i++)
    if (g_array_index (sizes->rows, Row, i).from == size)
      return &g_array_index (sizes->rows, Row, i);
  return NULL;
}

/* What @size becomes as the product of a smaller size that shrinks and others that stand somewhere;
 * 0: it is none. */
static gint64
as_product (const WeftSizes *sizes, gint64 size)
{
  for (guint i = sizes->rows->len; i-- > 0;)
    {
      const Row *row = &g_array_index (sizes->rows, Row, i), *other;
      gint64     rest = size / row->from;

      if (size % row->from != 0 || rest < 2)
        continue;
      other = find_row (sizes, rest);
      if (other != NULL || holds (sizes->seen, rest))
        return row->to * (other != NULL ? other->to : rest);
    }
  return 0;
}

/* Decides what becomes of each size, when all are known. */
void
weft_sizes_settle (WeftSizes *sizes)
{
  gint64 next = sizes->shrink == WEFT_SHRINK_ALL ? SMALL_SIZE + 1 : SMALL_BATCH;

  if (sizes->shrink == WEFT_SHRINK_NONE)
    return;
  g_array_sort (sizes->seen, compare_sizes);
  for (guint i = 0; i < sizes->seen->len; i++)
    {
      gint64   size = g_array_index (sizes->seen, gint64, i);
      gboolean all = sizes->shrink == WEFT_SHRINK_ALL;
      Row      row = { size, 0 };

      if (size <= SMALL_SIZE || (!all && !holds (sizes->first, size)))
        continue;
      row.to = as_product (sizes, size);
      if (row.to == 0 && (all || holds (sizes->leading, size)))
        row.to = next++;
      if (row.to > 0 && row.to < size)
        g_array_append_val (sizes->rows, row);
    }
}

WeftDim
weft_sizes_map (WeftSizes *sizes, WeftDim dim)
{
  const Row *row;

  dim = weft_dim_substitute (dim, sizes->bindings);
  row = weft_dim_is_number (dim) ? find_row (sizes, dim.offset) : NULL;
  return row != NULL ? weft_dim (row->to) : dim;
}
