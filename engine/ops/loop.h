/* Loops as applications: which input and which output is what.
 *
 * inputs:  sequences (steps, ...), initial states, constants
 * step:    rows of the sequences, states, constants -> new states, extras, and with until a
 * condition outputs: final states, trajectories of the states (steps, ...), extras (steps, ...),
 * the count of steps done
 *
 * Row t of a trajectory is the new state of the step that read row t of the sequences; backwards,
 * the last row comes first. With until the loop ends after the step whose condition is true, and
 * rows that were not reached are 0.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/body.h"
#include "engine/ops/ops.h"

G_BEGIN_DECLS

typedef struct
{
  WeftBody *step; /* borrowed */
  WeftDim   steps;
  guint     n_sequences, n_states, n_constants, n_extras;
  gboolean  until, backwards;
} WeftLoop;

/* What @apply, a LOOP, consists of. */
WeftLoop weft_loop_read (const WeftApply *apply);
/* A new one; @loop says all but the counts of constants and extras, which are the rest. Errors:
 * WEFT_TYPE_ERROR. */
WeftApply *weft_loop_apply (
  WeftGraph *graph, const WeftLoop *loop, guint n_inputs, WeftValue *const *inputs, GError **error);

static inline WeftValue *
weft_loop_final (WeftApply *apply, guint state)
{
  return weft_apply_output (apply, state);
}
static inline WeftValue *
weft_loop_trajectory (WeftApply *apply, const WeftLoop *loop, guint state)
{
  return weft_apply_output (apply, loop->n_states + state);
}
static inline WeftValue *
weft_loop_extra (WeftApply *apply, const WeftLoop *loop, guint extra)
{
  return weft_apply_output (apply, 2 * loop->n_states + extra);
}
static inline WeftValue *
weft_loop_count (WeftApply *apply)
{
  return weft_apply_output (apply, apply->n_outputs - 1);
}

/* What the rows' settle does: bodies follow the element types of their inputs. */
void weft_settle_loop (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, WeftAttr *attrs);
void weft_settle_branch (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, WeftAttr *attrs);
void weft_settle_custom (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, WeftAttr *attrs);
/* Rows @start to @start + @count of @x; @x itself if that is all of it. */
WeftValue *weft_rows (WeftGraph *graph, WeftValue *x, WeftDim start, WeftDim count);
/* The type of one row of @type, which has a first axis. */
WeftType weft_row_type (const WeftType *type);
/* @then and @otherwise with common inputs, applied to them: the caller's captures of each in its
 * own order. */
WeftApply *weft_branch_apply (WeftGraph *graph,
                              WeftValue *condition,
                              WeftBody  *then,
                              GPtrArray *then_captures,
                              WeftBody  *otherwise,
                              GPtrArray *otherwise_captures,
                              GError   **error);

G_END_DECLS
