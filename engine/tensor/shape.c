/* Shapes: lists of dimensions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/shape.h"

/* A shape of plain numbers; weft_shape() is the short way to write it. */
WeftShape
weft_shape_new (guint rank, const gint64 *dims)
{
  WeftShape shape = { .rank = rank };

  g_return_val_if_fail (rank <= WEFT_MAX_RANK, shape);

  for (guint i = 0; i < rank; i++)
    shape.dims[i] = weft_dim (dims[i]);
  return shape;
}

gboolean
weft_shape_equal (const WeftShape *a, const WeftShape *b)
{
  if (a->rank != b->rank)
    return FALSE;
  for (guint i = 0; i < a->rank; i++)
    if (!weft_dim_equal (a->dims[i], b->dims[i]))
      return FALSE;
  return TRUE;
}

/* Whether every dimension is a number. */
gboolean
weft_shape_is_static (const WeftShape *shape)
{
  for (guint i = 0; i < shape->rank; i++)
    if (!weft_dim_is_number (shape->dims[i]))
      return FALSE;
  return TRUE;
}

WeftDim
weft_shape_size (const WeftShape *shape)
{
  WeftDim size = weft_dim (1);

  for (guint i = 0; i < shape->rank; i++)
    size = weft_dim_mul (size, shape->dims[i]);
  return size;
}

/* Returns: (transfer full): as Python prints a tuple */
char *
weft_shape_to_string (const WeftShape *shape)
{
  GString *out = g_string_new ("(");

  for (guint i = 0; i < shape->rank; i++)
    {
      g_string_append (out, i > 0 ? ", " : "");
      weft_dim_append (shape->dims[i], out);
    }
  g_string_append (out, shape->rank == 1 ? ",)" : ")");
  return g_string_free (out, FALSE);
}

/* The numbers of all dims. FALSE if a name is unbound or a number comes out negative. */
gboolean
weft_shape_resolve (const WeftShape *shape, WeftBindings *bindings, gint64 dims[WEFT_MAX_RANK])
{
  for (guint i = 0; i < shape->rank; i++)
    if (!weft_dim_resolve (shape->dims[i], bindings, &dims[i]) || dims[i] < 0)
      return FALSE;
  return TRUE;
}

void
weft_shape_substitute (WeftShape *shape, WeftBindings *bindings)
{
  for (guint i = 0; i < shape->rank; i++)
    shape->dims[i] = weft_dim_substitute (shape->dims[i], bindings);
}

static gboolean
is_one (WeftDim dim)
{
  return dim.terms == NULL && dim.offset == 1;
}

gboolean
weft_shape_broadcast (const WeftShape *a, const WeftShape *b, WeftShape *result, guint *axis)
{
  WeftShape out = { .rank = MAX (a->rank, b->rank) };

  for (guint i = 0; i < out.rank; i++)
    {
      WeftDim x = i < a->rank ? a->dims[a->rank - 1 - i] : weft_dim (1);
      WeftDim y = i < b->rank ? b->dims[b->rank - 1 - i] : weft_dim (1);

      if (is_one (x) || is_one (y))
        x = is_one (x) ? y : x;
      else if (weft_dim_differs (x, y))
        {
          if (axis != NULL)
            *axis = i;
          return FALSE;
        }
      else if (weft_dim_is_number (y))
        x = y;
      out.dims[out.rank - 1 - i] = x;
    }
  *result = out;
  return TRUE;
}
