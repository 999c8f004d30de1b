/* Groups: loop nests that stand one after the other and do not need each other, such as the updates
 * of all parameters, run as one job.
 *
 * Decided last, by where the bytes are: no nest of a group writes bytes that another one reads or
 * writes. What can fail stays alone, so that nothing that comes after it has begun.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

#define MAX_GROUP 32

static gboolean
overlap (const WeftProgram *program, guint a, guint b)
{
  const WeftSlot *x = &program->slots[a], *y = &program->slots[b];
  if (x->kind != y->kind)
    return FALSE;
  return x->kind == WEFT_SLOT_ARENA
           ? x->offset < y->offset + y->bytes && y->offset < x->offset + x->bytes
           : x->index == y->index;
}

/* Whether @a writes where @b reads or writes. */
static gboolean
disturbs (const WeftProgram *program, const WeftStep *a, const WeftStep *b)
{
  for (guint i = 0; i < a->n_out; i++)
    {
      for (guint k = 0; k < b->n_in; k++)
        if (overlap (program, a->out[i].slot, b->in[k].slot))
          return TRUE;
      for (guint k = 0; k < b->n_out; k++)
        if (overlap (program, a->out[i].slot, b->out[k].slot))
          return TRUE;
    }
  return FALSE;
}

static gboolean
can_share (const WeftStep *step)
{
  if (step->kind != WEFT_STEP_TILES)
    return FALSE;
  for (guint i = 0; i < step->n_ops; i++)
    if (step->ops[i].op == WEFT_TILE_PICK)
      return FALSE;
  return TRUE;
}

/* How many steps from @first on are a group. */
static guint
group_length (const WeftProgram *program, guint first)
{
  guint n = 1;
  if (!can_share (&program->steps[first]))
    return 1;
  for (; n < MAX_GROUP && first + n < program->n_steps; n++)
    {
      const WeftStep *next = &program->steps[first + n];
      if (!can_share (next))
        return n;
      for (guint i = 0; i < n; i++)
        if (disturbs (program, next, &program->steps[first + i]) ||
            disturbs (program, &program->steps[first + i], next))
          return n;
    }
  return n;
}

/* Sets the groups of a finished program. */
void
weft_compile_groups (WeftProgram *program)
{
  for (guint i = 0, n; i < program->n_steps; i += n)
    {
      n = group_length (program, i);
      program->steps[i].group = n;
    }
}
