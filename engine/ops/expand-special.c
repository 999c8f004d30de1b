/* What the gradients of special functions call.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#include <glib/gi18n-lib.h>

/* undefined ('order') as the gradient of one input: whoever asks for it is told why there is none.
 */
EXPAND (undefined)
{
  static const struct
  {
    const char *key, *reason;
  } reasons[] = {
    { "order", N_ ("the derivative by the order has no formula") },
    { "shape", N_ ("the derivative by the shape of the distribution has no formula") },
    { "draw", N_ ("whole numbers that were drawn do not change smoothly") },
  };
  WeftAttr why;

  if (!weft_binding_to_attr (&args[0], graph, WEFT_ATTR_STRING, &why, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (g_str_equal (why.s, reasons[i].key))
      why.s = _ (reasons[i].reason);
  g_set_error_literal (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, why.s);
  return FALSE;
}
