/* Guards of rules about windows that slide over axes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "engine/rewrite/actions.h"

/* Of what windows slide over: the root's first operand has this shape, so nothing repeats it. */
static gboolean
is_whole_operand (const WeftMatch *match, guint slot)
{
  return weft_shape_equal (&match->values[slot]->type.shape,
                           &match->root->apply->inputs[0]->type.shape);
}

/* At most channels, the last axis: the same at every place. */
static gboolean
is_of_channels (const WeftMatch *match, guint slot)
{
  const WeftShape *shape = &match->values[slot]->type.shape;

  for (guint i = 0; i + 1 < shape->rank; i++)
    if (!weft_dim_is_number (shape->dims[i]) || shape->dims[i].offset != 1)
      return FALSE;
  return shape->rank <= match->root->apply->inputs[0]->type.shape.rank;
}

/* Of a sum of a pooling's gradient: all axes that windows slide over are summed, and no window can
 * lie in the padding alone. */
static gboolean
is_over_windows (const WeftMatch *match, guint slot)
{
  const WeftApply *pool = match->root->apply->inputs[0]->apply;
  const WeftAttr  *padding = weft_apply_attr (pool, "padding");
  guint            rank = pool->outputs[0].type.shape.rank;
  gboolean         summed[WEFT_MAX_RANK];

  if (weft_apply_attr (pool, "pads")->kind != WEFT_ATTR_NONE || !g_str_equal (padding->s, "valid"))
    return FALSE;
  weft_mark_axes (match->attrs[slot], rank, summed);
  for (guint i = 1; i + 1 < rank; i++)
    if (!summed[i])
      return FALSE;
  return TRUE;
}

const WeftGuard weft_guards_windows[] = {
  { "whole-operand", WEFT_GUARD_OF_VALUE, is_whole_operand, NULL,
    N_ ("$x has the shape of the whole, $s"), N_ ("$x is repeated to make the whole") },
  { "of-channels", WEFT_GUARD_OF_VALUE, is_of_channels, NULL,
    N_ ("$x is the same at every place, $s"), N_ ("$x, $s, differs from place to place") },
  { "over-windows", WEFT_GUARD_OF_ATTR, is_over_windows, NULL,
    N_ ("$x has all axes that windows slide over"),
    N_ ("$x leaves out an axis that windows slide over, or there is padding") },
};
const guint weft_n_guards_windows = G_N_ELEMENTS (weft_guards_windows);
