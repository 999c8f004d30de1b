/* Types of values: comparing and printing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/type.h"

G_DEFINE_QUARK (weft_type_error, weft_type_error)

/* TRUE if @a and @b have the same element type, weakness and shape. Any thread. */
gboolean
weft_type_equal (const WeftType *a, const WeftType *b)
{
  return a->dtype == b->dtype && !a->weak == !b->weak && weft_shape_equal (&a->shape, &b->shape);
}

/* Text such as "f32 (batch, 784)"; a weak number shows the type that it takes when alone. The
 * caller owns it. Any thread. */
char *
weft_type_to_string (const WeftType *type)
{
  WeftDType        dtype = type->weak && weft_dtype_is_float (type->dtype) ? WEFT_F32 : type->dtype;
  g_autofree char *shape = weft_shape_to_string (&type->shape);

  return g_strdup_printf ("%s %s", weft_dtypes[dtype].name, shape);
}
