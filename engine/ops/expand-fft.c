/* Functions over Fourier transforms: several axes, gradients.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

/* ---- Gradients ---- */

/* @g cut, or filled up with zeros, to @size along @axis. */
static WeftValue *
fit (WeftGraph *graph, WeftValue *g, guint axis, WeftDim size, GError **error)
{
  WeftShape   rest = g->type.shape;
  WeftDim     have = rest.dims[axis];
  WeftBinding dim, number, result;
  WeftAttr    move = weft_attr_int (axis), shape;
  g_autoptr (WeftScope) scope = weft_scope_new ();

  if (weft_dim_equal (have, size))
    return g;
  weft_scope_set_value (scope, "g", g);
  weft_scope_set_attr (scope, "axis", &move);
  weft_expand_give_dim (graph, size, &dim);
  weft_scope_set (scope, "size", &dim);
  if (weft_dim_equal (weft_dim_minimum (have, size), size))
    return weft_expand_value (graph, scope, "moveaxis(moveaxis(g, axis, 0)[:size], 0, axis)",
                              error);
  rest.dims[axis] = weft_dim_sub (size, have);
  shape = weft_attr_shape (graph, &rest);
  weft_scope_set_attr (scope, "rest", &shape);
  number = (WeftBinding){ .kind = WEFT_BIND_ATTR, .attr = weft_attr_dtype (g->type.dtype) };
  weft_scope_set (scope, "dtype", &number);
  if (!weft_dim_equal (weft_dim_maximum (have, size), size))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "whether n is larger than the axis must be known");
      return NULL;
    }
  result.value =
    weft_expand_value (graph, scope, "concat((g, zeros(rest, dtype)), axis=axis)", error);
  return result.value;
}

/* @g, a half spectrum along @axis of a transform of @n, with all numbers but those that stand for
 * themselves alone (the first, and the last of an even n) times @factor. */
static WeftValue *
weigh (WeftGraph *graph, WeftValue *g, guint axis, WeftDim n, double factor, GError **error)
{
  WeftShape   shape = { .rank = g->type.shape.rank - axis };
  WeftBinding binding;
  WeftAttr    number = weft_attr_float (factor), attr;
  g_autoptr (WeftScope) scope = weft_scope_new ();

  for (guint i = 0; i < shape.rank; i++)
    shape.dims[i] = i == 0 ? g->type.shape.dims[axis] : weft_dim (1);
  attr = weft_attr_shape (graph, &shape);
  weft_scope_set_value (scope, "g", g);
  weft_scope_set_attr (scope, "shape", &attr);
  weft_scope_set_attr (scope, "factor", &number);
  weft_expand_give_dim (graph, shape.dims[0], &binding);
  weft_scope_set (scope, "m", &binding);
  weft_expand_give_dim (graph, n, &binding);
  weft_scope_set (scope, "n", &binding);
  return weft_expand_value (graph, scope,
                            "k = reshape(arange(m), shape)\n"
                            "g * cast(where((k == 0) | (2 * k == n), 1, factor), g.dtype)",
                            error);
}

static WeftValue *
transform (WeftGraph  *graph,
           WeftOpId    id,
           WeftValue  *x,
           WeftDim     n,
           gint64      axis,
           const char *norm,
           GError    **error)
{
  WeftAttr attrs[3] = { weft_attr_dim (graph, n), weft_attr_int (axis), weft_attr_string (norm) };

  return weft_expand_apply (graph, id, x, attrs, error);
}

/* The transpose of a transform: the other direction with the other factor. A real side counts each
 * mirrored number twice, or halves it. */
EXPAND (fft_back)
{
  WeftValue *g = weft_binding_to_value (&args[0], graph, error),
            *y = weft_binding_to_value (&args[1], graph, error), *x;
  const char      *norm;
  WeftOpId         id;
  const WeftShape *shape, *other;
  guint            last, axis;
  WeftDim          n;

  if (g == NULL || y == NULL)
    return FALSE;
  id = y->apply->op->id;
  x = y->apply->inputs[0];
  shape = &x->type.shape;
  other = &y->type.shape;
  last = shape->rank - (id == WEFT_OP_RFFT ? 0 : 1);
  axis = y->apply->attrs[1].i < 0 ? y->apply->attrs[1].i + last : y->apply->attrs[1].i;
  norm = y->apply->attrs[2].s;
  norm = g_str_equal (norm, "backward")  ? "forward"
         : g_str_equal (norm, "forward") ? "backward"
                                         : norm;
  n = other->dims[axis];
  if (id == WEFT_OP_RFFT)
    {
      n = y->apply->attrs[0].kind == WEFT_ATTR_NONE ? shape->dims[axis]
                                                    : y->apply->attrs[0].dims->dims[0];
      g = weigh (graph, g, axis, n, 0.5, error);
    }
  if (g == NULL)
    return FALSE;
  g = transform (graph,
                 id == WEFT_OP_FFT    ? WEFT_OP_IFFT
                 : id == WEFT_OP_IFFT ? WEFT_OP_FFT
                 : id == WEFT_OP_RFFT ? WEFT_OP_IRFFT
                                      : WEFT_OP_RFFT,
                 g, n, axis, norm, error);
  if (g != NULL && id == WEFT_OP_IRFFT)
    g = weigh (graph, g, axis, n, 2, error);
  return weft_expand_give (g == NULL ? NULL : fit (graph, g, axis, shape->dims[axis], error),
                           result);
}

/* ---- Several axes ---- */

#define MAX_AXES WEFT_MAX_RANK

typedef struct
{
  guint    n;
  guint    axes[MAX_AXES];
  gboolean sized;
  WeftDim  sizes[MAX_AXES];
} Axes;

/* The axes and their sizes as NumPy's "s" and "axes" say; where they do not, the last @usual axes,
 * or all of them if that is 0. */
static gboolean
read_axes (WeftGraph         *graph,
           WeftOpId           id,
           const WeftValue   *x,
           const WeftBinding *s,
           const WeftBinding *axes,
           guint              usual,
           Axes              *result,
           GError           **error)
{
  guint    last = x->type.shape.rank - (id == WEFT_OP_RFFT ? 0 : 1);
  WeftAttr sizes = { 0 }, list = { 0 };

  result->sized = !weft_expand_is_none (s);
  if (result->sized && !weft_binding_to_attr (s, graph, WEFT_ATTR_SHAPE, &sizes, error))
    return FALSE;
  if (!weft_expand_is_none (axes) &&
      !weft_binding_to_attr (axes, graph, WEFT_ATTR_AXES, &list, error))
    return FALSE;
  result->n = list.dims != NULL ? list.dims->rank
              : result->sized   ? sizes.dims->rank
              : usual > 0       ? usual
                                : last;
  if (result->n == 0 || result->n > last || (result->sized && sizes.dims->rank != result->n))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                   "%s: %u axes cannot be transformed: there are %u, and s must have one size for "
                   "each",
                   weft_op (id)->name, result->n, last);
      return FALSE;
    }
  for (guint i = 0; i < result->n; i++)
    {
      gint64 axis = list.dims != NULL ? list.dims->dims[i].offset : (gint64) i - (gint64) result->n;

      if (!weft_infer_axis (weft_op (id), axis, last, &result->axes[i], error))
        return FALSE;
      if (result->sized)
        result->sizes[i] = sizes.dims->dims[i];
    }
  return TRUE;
}

static WeftValue *
along (WeftGraph         *graph,
       WeftOpId           id,
       WeftValue         *x,
       const Axes        *axes,
       guint              i,
       const WeftBinding *norm,
       GError           **error)
{
  WeftAttr attrs[3] = { weft_attr_none (), weft_attr_int (axes->axes[i]), weft_attr_none () };

  if (!weft_binding_to_attr (norm, graph, WEFT_ATTR_STRING, &attrs[2], error))
    return NULL;
  if (axes->sized)
    attrs[0] = weft_attr_dim (graph, axes->sizes[i]);
  return weft_expand_apply (graph, id, x, attrs, error);
}

/* The last axis by @id, the others by its complex kin: real to complex goes first, complex to real
 * last. */
static gboolean
transform_axes (WeftGraph         *graph,
                WeftOpId           id,
                const WeftBinding *args,
                guint              usual,
                WeftBinding       *result,
                GError           **error)
{
  WeftValue *x = weft_binding_to_value (&args[0], graph, error);
  WeftOpId   kin = id == WEFT_OP_FFT || id == WEFT_OP_RFFT ? WEFT_OP_FFT : WEFT_OP_IFFT;
  Axes       axes;

  if (x == NULL || !read_axes (graph, id, x, &args[1], &args[2], usual, &axes, error))
    return FALSE;
  if (id != WEFT_OP_IRFFT)
    x = along (graph, id, x, &axes, axes.n - 1, &args[3], error);
  for (guint i = axes.n - 1; i-- > 0 && x != NULL;)
    x = along (graph, kin, x, &axes, i, &args[3], error);
  if (x != NULL && id == WEFT_OP_IRFFT)
    x = along (graph, id, x, &axes, axes.n - 1, &args[3], error);
  return weft_expand_give (x, result);
}

EXPAND (fftn) { return transform_axes (graph, WEFT_OP_FFT, args, 0, result, error); }

EXPAND (ifftn) { return transform_axes (graph, WEFT_OP_IFFT, args, 0, result, error); }

EXPAND (rfftn) { return transform_axes (graph, WEFT_OP_RFFT, args, 0, result, error); }

EXPAND (irfftn) { return transform_axes (graph, WEFT_OP_IRFFT, args, 0, result, error); }

EXPAND (fft2) { return transform_axes (graph, WEFT_OP_FFT, args, 2, result, error); }

EXPAND (ifft2) { return transform_axes (graph, WEFT_OP_IFFT, args, 2, result, error); }

EXPAND (rfft2) { return transform_axes (graph, WEFT_OP_RFFT, args, 2, result, error); }

EXPAND (irfft2) { return transform_axes (graph, WEFT_OP_IRFFT, args, 2, result, error); }
