/* Reshapes of strided views: axes are split and joined without a copy where their strides allow it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

/* Axes longer than 1, with their strides. */
typedef struct
{
  guint  n;
  gint64 dims[WEFT_MAX_RANK], strides[WEFT_MAX_RANK];
} Axes;

static Axes
long_axes (guint rank, const gint64 *dims, const gint64 *strides)
{
  Axes axes = { 0 };
  for (guint i = 0; i < rank; i++)
    if (dims[i] != 1)
      {
        axes.dims[axes.n] = dims[i];
        axes.strides[axes.n++] = strides[i];
      }
  return axes;
}

/* Whether the axes from @first to before @end can be walked as one: each begins where the next is
 * over. */
static gboolean
is_one_walk (const Axes *axes, guint first, guint end)
{
  for (guint i = first; i + 1 < end; i++)
    if (axes->strides[i] != axes->dims[i + 1] * axes->strides[i + 1])
      return FALSE;
  return TRUE;
}

/* Sets the strides in @view, a copy of @input, so that it is @input, of shape @in_dims, in the
 * shape
 * @dims, which has as many elements. FALSE: only a copy could be; @view is then undefined. */
gboolean
weft_view_reshape (const WeftView *input,
                   guint           in_rank,
                   const gint64   *in_dims,
                   guint           rank,
                   const gint64   *dims,
                   WeftView       *view)
{
  Axes  from = long_axes (in_rank, in_dims, input->strides);
  guint first = 0, axis = 0;
  *view = *input;
  while (axis < rank)
    {
      guint  end = first, last = axis;
      gint64 n_from = 1, n_to = dims[axis], stride;
      /* The fewest axes of each side that hold as many elements. */
      while (n_from != n_to)
        if (n_from < n_to && end < from.n)
          n_from *= from.dims[end++];
        else if (n_to < n_from && last + 1 < rank)
          n_to *= dims[++last];
        else
          return FALSE;
      if (!is_one_walk (&from, first, end))
        return FALSE;
      stride = end > first ? from.strides[end - 1] : 0;
      for (guint i = last + 1; i-- > axis;)
        {
          view->strides[i] = dims[i] == 1 ? 0 : stride;
          stride *= dims[i];
        }
      first = end;
      axis = last + 1;
    }
  view->contiguous = weft_view_is_contiguous (view, rank, dims);
  if (view->contiguous)
    weft_view_set_contiguous (view, rank, dims);
  return first == from.n;
}
