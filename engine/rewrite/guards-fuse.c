/* Guards of fuse.def: what the compiler makes one kernel of, which reads each row once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "engine/rewrite/actions.h"
#include "engine/rewrite/fuse.h"

static gboolean
is_real (const WeftValue *value)
{
  return value->type.dtype == WEFT_F32 || value->type.dtype == WEFT_F64;
}

/* Rows of @value are known not to be empty, so that each has a largest element. */
static gboolean
has_full_rows (const WeftValue *value)
{
  const WeftShape *shape = &value->type.shape;

  return shape->rank > 0 && weft_dim_is_number (shape->dims[shape->rank - 1]) &&
         shape->dims[shape->rank - 1].offset > 0;
}

/* Of the root, whose first operand is read along this axis: its last alone. */
static gboolean
is_innermost (const WeftMatch *match, guint slot)
{
  const WeftAttr  *axis = match->attrs[slot];
  const WeftValue *x = match->root->apply->inputs[0];
  guint            rank = x->type.shape.rank;
  gint64           number;

  if (axis->kind == WEFT_ATTR_INT)
    number = axis->i;
  else if (axis->kind == WEFT_ATTR_AXES && axis->dims->rank == 1)
    number = axis->dims->dims[0].offset;
  else
    return FALSE;
  return is_real (x) && has_full_rows (x) && weft_counted_axis (number, rank) == rank - 1;
}

/* Of the root, whose first operand is read along these axes: its first ones, more than none, but
 * not the last. What is left are columns of known length. */
static gboolean
is_outermost (const WeftMatch *match, guint slot)
{
  const WeftAttr  *axes = match->attrs[slot];
  const WeftValue *x = match->root->apply->inputs[0];
  guint            rank = x->type.shape.rank, n = 0;
  gboolean         reduced[WEFT_MAX_RANK];

  if (axes->kind != WEFT_ATTR_AXES || rank < 2 || !is_real (x) || !has_full_rows (x))
    return FALSE;
  weft_mark_axes (axes, rank, reduced);
  while (n < rank && reduced[n])
    n++;
  for (guint i = n; i < rank; i++)
    if (reduced[i])
      return FALSE;
  return n > 0 && n < rank;
}

static gboolean
is_rows (const WeftMatch *match, guint slot)
{
  return is_real (match->values[slot]) && has_full_rows (match->values[slot]);
}

static gboolean
is_real_number (const WeftMatch *match, guint slot)
{
  return is_real (match->values[slot]);
}

static gboolean
are_same_dtype (const WeftMatch *match, guint slots)
{
  return match->values[WEFT_GUARD_FIRST (slots)]->type.dtype ==
         match->values[WEFT_GUARD_SECOND (slots)]->type.dtype;
}

const WeftGuard weft_guards_fuse[] = {
  { "innermost", WEFT_GUARD_OF_ATTR, is_innermost, NULL,
    N_ ("$x is the last axis: its elements lie side by side"),
    N_ ("$x is not the last axis alone, or its size is known only when the program runs") },
  { "outermost", WEFT_GUARD_OF_ATTR, is_outermost, NULL,
    N_ ("$x are the first axes: rows lie side by side in memory, and are combined as they come"),
    N_ ("$x are not the first axes and nothing else, or sizes are known only when the program "
        "runs") },
  { "classes", WEFT_GUARD_OF_VALUE, is_rows, NULL, N_ ("$x, $s, has rows of known length"),
    N_ ("$x is $t, $s: it has no rows of fractions whose length is known") },
  { "computed", WEFT_GUARD_OF_VALUE, is_real_number, NULL, N_ ("$x is $t, which is computed with"),
    N_ ("$x is $t") },
  { "same-kind", WEFT_GUARD_OF_PAIR, are_same_dtype, NULL, N_ ("both are $t"),
    N_ ("one is $t, and the other is not") },
};
const guint weft_n_guards_fuse = G_N_ELEMENTS (weft_guards_fuse);
