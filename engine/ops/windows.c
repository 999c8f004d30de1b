/* Windows: their type rules and geometry. See windows.h.
 *
 * Attributes by name, all optional: size, stride, dilation (one number for all axes, or one an
 * axis), padding (valid, same, full, causal) and pads, explicit zeros instead (one number, one an
 * axis, or before and after of each axis).
 *
 * Source: Dumoulin & Visin 2016, arXiv:1603.07285, relationships 5 and 6, with dilation.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/windows.h"

/* Sizes beyond this are a slip of the pen. */
#define LARGEST (1 << 30)

typedef enum
{
  PADDING_VALID,  /* whole windows only */
  PADDING_SAME,   /* as many outputs as elements over the stride; the odd zero comes after */
  PADDING_FULL,   /* every window that touches an element */
  PADDING_CAUSAL, /* all zeros before: an output sees nothing that comes later */
  PADDING_PADS,
} Padding;

static const WeftAttr *
find (const WeftOp *op, const WeftAttr *attrs, const char *name)
{
  gint index = weft_op_attr_index (op, name);

  return index < 0 || attrs[index].kind == WEFT_ATTR_NONE ? NULL : &attrs[index];
}

/* Entry @axis of attribute @name, @otherwise where there is none. */
static gint64
number_of (const WeftOp   *op,
           const WeftAttr *attrs,
           const char     *name,
           guint           axis,
           gint64          otherwise)
{
  const WeftAttr *attr = find (op, attrs, name);

  if (attr == NULL)
    return otherwise;
  return attr->dims->dims[attr->dims->rank == 1 ? 0 : axis].offset;
}

/* A stride left out is 1, but for pooling, whose windows then do not overlap. */
static gint64
stride_of (const WeftOp *op, const WeftAttr *attrs, guint axis)
{
  gboolean is_given = find (op, attrs, "stride") != NULL;

  return number_of (op, attrs, is_given ? "stride" : "size", axis, 1);
}

static gint64
dilation_of (const WeftOp *op, const WeftAttr *attrs, guint axis)
{
  return number_of (op, attrs, "dilation", axis, 1);
}

static Padding
padding_of (const WeftOp *op, const WeftAttr *attrs)
{
  static const char *const names[] = { "valid", "same", "full", "causal" };
  const WeftAttr          *mode = find (op, attrs, "padding");

  if (find (op, attrs, "pads") != NULL)
    return PADDING_PADS;
  for (guint i = 0; mode != NULL && i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (mode->s, names[i]))
      return i;
  return PADDING_VALID;
}

static void
pads_of (const WeftOp *op, const WeftAttr *attrs, guint n_axes, guint axis, gint64 pads[2])
{
  const WeftShape *dims = find (op, attrs, "pads")->dims;

  if (dims->rank == 1)
    pads[0] = pads[1] = dims->dims[0].offset;
  else if (dims->rank == n_axes)
    pads[0] = pads[1] = dims->dims[axis].offset;
  else
    {
      pads[0] = dims->dims[2 * axis].offset;
      pads[1] = dims->dims[2 * axis + 1].offset;
    }
}

/* ---- Type rules ---- */

static gboolean
check_numbers (const WeftOp   *op,
               const WeftAttr *attrs,
               const char     *name,
               guint           n_axes,
               gint64          least,
               GError        **error)
{
  const WeftAttr *attr = find (op, attrs, name);
  gboolean        both_sides = g_str_equal (name, "pads");

  if (attr == NULL)
    return TRUE;
  if (attr->dims->rank != 1 && attr->dims->rank != n_axes &&
      !(both_sides && attr->dims->rank == 2 * n_axes))
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                   "%s: %s has %u numbers; give one, or one for each of the %u axes%s", op->name,
                   name, attr->dims->rank, n_axes,
                   both_sides ? ", or the numbers before and after each" : "");
      return FALSE;
    }
  for (guint i = 0; i < attr->dims->rank; i++)
    if (attr->dims->dims[i].offset < least || attr->dims->dims[i].offset > LARGEST)
      {
        g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                     "%s: %s must be %" G_GINT64_FORMAT " or more, not %" G_GINT64_FORMAT, op->name,
                     name, least, attr->dims->dims[i].offset);
        return FALSE;
      }
  return TRUE;
}

/* Checks that @x is (batch, one to three axes, channels) and that the attributes are for as many
 * axes.
 * @n_axes: (out) the axes between
 *
 * Errors: WEFT_TYPE_ERROR_SHAPE, WEFT_TYPE_ERROR_ATTRIBUTE. Any thread. */
gboolean
weft_windows_check (
  const WeftOp *op, const WeftAttr *attrs, const WeftShape *x, guint *n_axes, GError **error)
{
  static const char *const names[] = { "", "(batch, length, channels)",
                                       "(batch, height, width, channels)",
                                       "(batch, depth, height, width, channels)" };
  gint                     wish = weft_op_attr_index (op, "axes");
  guint                    wanted = wish >= 0 ? attrs[wish].i : 0;

  if (x->rank < 3 || x->rank > 2 + WEFT_WINDOW_AXES || (wanted > 0 && x->rank != 2 + wanted))
    {
      g_autofree char *shape = weft_shape_to_string (x);

      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %s is not %s", op->name,
                   shape, wanted > 0 ? names[wanted] : "(batch, one to three axes, channels)");
      return FALSE;
    }
  *n_axes = x->rank - 2;
  return check_numbers (op, attrs, "size", *n_axes, 1, error) &&
         check_numbers (op, attrs, "stride", *n_axes, 1, error) &&
         check_numbers (op, attrs, "dilation", *n_axes, 1, error) &&
         check_numbers (op, attrs, "pads", *n_axes, 0, error);
}

/* From the first to the last element that a window sees, and one: (size - 1) * dilation + 1. */
static WeftDim
reach (WeftDim size, gint64 dilation)
{
  return weft_dim_add (
    weft_dim_mul (weft_dim_sub (size, weft_dim (1)), weft_dim (dilation)), weft_dim (1));
}

/* The zeros before and after an axis together. SAME depends on the sizes and is not asked. */
static WeftDim
zeros_around (const WeftOp *op, const WeftAttr *attrs, guint n_axes, guint axis, WeftDim span)
{
  WeftDim less = weft_dim_sub (span, weft_dim (1));
  gint64  pads[2];

  switch (padding_of (op, attrs))
    {
    case PADDING_PADS:
      pads_of (op, attrs, n_axes, axis, pads);
      return weft_dim (pads[0] + pads[1]);
    case PADDING_FULL:
      return weft_dim_add (less, less);
    case PADDING_CAUSAL:
      return less;
    case PADDING_VALID:
    case PADDING_SAME:
      break;
    }
  return weft_dim (0);
}

/* The axes of @y (batch, axes, channels) from those of @x, which has passed weft_windows_check.
 * @size: [axes] of the windows
 * @y: its channels are left alone
 *
 * Errors: WEFT_TYPE_ERROR_SHAPE where no window fits. Any thread. */
gboolean
weft_windows_infer (const WeftOp    *op,
                    const WeftAttr  *attrs,
                    const WeftShape *x,
                    const WeftDim   *size,
                    WeftShape       *y,
                    GError         **error)
{
  guint n_axes = x->rank - 2;

  y->rank = x->rank;
  y->dims[0] = x->dims[0];
  for (guint i = 0; i < n_axes; i++)
    {
      WeftDim in = x->dims[1 + i], span = reach (size[i], dilation_of (op, attrs, i)), room;
      gint64  stride = stride_of (op, attrs, i);

      room = padding_of (op, attrs) == PADDING_SAME
               ? weft_dim_sub (in, weft_dim (1))
               : weft_dim_sub (weft_dim_add (in, zeros_around (op, attrs, n_axes, i, span)), span);
      if (weft_dim_is_number (room) && room.offset < 0 && padding_of (op, attrs) != PADDING_SAME)
        {
          g_autoptr (GString) text = g_string_new (NULL);

          weft_dim_append (in, text);
          g_string_append (text, " < ");
          weft_dim_append (span, text);
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                       "%s: %s (axis %u is shorter than a window)", op->name, text->str, 1 + i);
          return FALSE;
        }
      y->dims[1 + i] =
        weft_dim_add (weft_dim_floor_div (room, weft_dim (stride)), weft_dim (1));
    }
  return TRUE;
}

/* The opposite: the axes of the shortest @x that windows over give @y, plus the attribute
 * output_padding, which must be less than the stride.
 * @x: its channels are left alone
 *
 * Errors: WEFT_TYPE_ERROR_SHAPE, WEFT_TYPE_ERROR_ATTRIBUTE. Any thread. */
gboolean
weft_windows_infer_back (const WeftOp    *op,
                         const WeftAttr  *attrs,
                         const WeftShape *y,
                         const WeftDim   *size,
                         WeftShape       *x,
                         GError         **error)
{
  guint n_axes = y->rank - 2;

  x->rank = y->rank;
  x->dims[0] = y->dims[0];
  if (!check_numbers (op, attrs, "output_padding", n_axes, 0, error))
    return FALSE;
  for (guint i = 0; i < n_axes; i++)
    {
      WeftDim span = reach (size[i], dilation_of (op, attrs, i)), out = y->dims[1 + i], in;
      gint64  stride = stride_of (op, attrs, i),
             more = number_of (op, attrs, "output_padding", i, 0);

      if (more >= stride)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                       "%s: output_padding must be less than the stride, %" G_GINT64_FORMAT
                       " is not less than %" G_GINT64_FORMAT,
                       op->name, more, stride);
          return FALSE;
        }
      if (padding_of (op, attrs) == PADDING_SAME)
        in = weft_dim_mul (out, weft_dim (stride));
      else
        in = weft_dim_sub (
          weft_dim_add (weft_dim_mul (weft_dim_sub (out, weft_dim (1)), weft_dim (stride)), span),
          zeros_around (op, attrs, n_axes, i, span));
      if (padding_of (op, attrs) != PADDING_SAME)
        in = weft_dim_add (in, weft_dim (more));
      if (weft_dim_is_number (in) && in.offset < 0)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
                       "%s: padding leaves nothing of axis %u", op->name, 1 + i);
          return FALSE;
        }
      x->dims[1 + i] = in;
    }
  return TRUE;
}

/* The windows' attribute "size" for each of @n_axes axes. Errors: WEFT_TYPE_ERROR_ATTRIBUTE where
 * padding is as long as a window. Any thread. */
gboolean
weft_windows_size (
  const WeftOp *op, const WeftAttr *attrs, guint n_axes, WeftDim *size, GError **error)
{
  for (guint i = 0; i < n_axes; i++)
    {
      gint64 pads[2] = { 0, 0 };

      size[i] = weft_dim (number_of (op, attrs, "size", i, 1));
      if (padding_of (op, attrs) == PADDING_PADS)
        pads_of (op, attrs, n_axes, i, pads);
      if (MAX (pads[0], pads[1]) >= size[i].offset && MAX (pads[0], pads[1]) > 0)
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                       "%s: pads must be smaller than the window, %" G_GINT64_FORMAT
                       " is not less than %" G_GINT64_FORMAT,
                       op->name, MAX (pads[0], pads[1]), size[i].offset);
          return FALSE;
        }
    }
  return TRUE;
}

/* That an input has the shape that the others make. Errors: WEFT_TYPE_ERROR_SHAPE. Any thread. */
gboolean
weft_windows_same (
  const WeftOp *op, const WeftShape *given, const WeftShape *wanted, GError **error)
{
  g_autofree char *shapes = weft_two_shapes (given, wanted);

  if (given->rank != wanted->rank)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %u != %u axes (%s)",
                   op->name, given->rank, wanted->rank, shapes);
      return FALSE;
    }
  for (guint i = 0; i < given->rank; i++)
    {
      WeftDim dim = wanted->dims[i];

      if (!weft_infer_same_dim (op, &dim, given->dims[i], shapes, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- Numbers ---- */

static gint64
zeros_before (const WeftOp      *op,
              const WeftAttr    *attrs,
              const WeftWindows *windows,
              guint              n_axes,
              guint              axis)
{
  guint  i = WEFT_WINDOW_AXES - n_axes + axis;
  gint64 span = (windows->size[i] - 1) * windows->dilation[i] + 1, total, pads[2];

  switch (padding_of (op, attrs))
    {
    case PADDING_PADS:
      pads_of (op, attrs, n_axes, axis, pads);
      return pads[0];
    case PADDING_FULL:
    case PADDING_CAUSAL:
      return span - 1;
    case PADDING_SAME:
      total = (windows->out[i] - 1) * windows->stride[i] + span - windows->in[i];
      return MAX (total, 0) / 2;
    case PADDING_VALID:
      break;
    }
  return 0;
}

/* Fills @windows for arrays of @rank axes shaped @x (batch, axes, channels) and @y; @size: [@rank -
 * 2]. They have passed the type rule. Any thread. */
void
weft_windows_init (WeftWindows    *windows,
                   const WeftOp   *op,
                   const WeftAttr *attrs,
                   guint           rank,
                   const gint64   *x,
                   const gint64   *size,
                   const gint64   *y)
{
  guint n_axes = rank - 2;

  windows->batch = x[0];
  for (guint i = 0; i < WEFT_WINDOW_AXES; i++)
    {
      windows->in[i] = windows->size[i] = windows->out[i] = 1;
      windows->stride[i] = windows->dilation[i] = 1;
      windows->before[i] = 0;
    }
  for (guint axis = 0; axis < n_axes; axis++)
    {
      guint i = WEFT_WINDOW_AXES - n_axes + axis;

      windows->in[i] = x[1 + axis];
      windows->out[i] = y[1 + axis];
      windows->size[i] = size[axis];
      windows->stride[i] = stride_of (op, attrs, axis);
      windows->dilation[i] = dilation_of (op, attrs, axis);
      windows->before[i] = zeros_before (op, attrs, windows, n_axes, axis);
    }
}

/* The same with the attribute "size". Any thread. */
void
weft_windows_init_sized (WeftWindows    *windows,
                         const WeftOp   *op,
                         const WeftAttr *attrs,
                         guint           rank,
                         const gint64   *x,
                         const gint64   *y)
{
  gint64 size[WEFT_WINDOW_AXES] = { 1, 1, 1 };

  for (guint i = 0; i + 2 < rank; i++)
    size[i] = number_of (op, attrs, "size", i, 1);
  weft_windows_init (windows, op, attrs, rank, x, size, y);
}
