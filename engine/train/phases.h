/* One training step port by port: what flows to the loss, the gradients that flow back, and what
 * the step changed.
 *
 * Computed beside the run, with functions of its own over the model's values, for the same batch
 * and the same random numbers. The run makes its step as it always does, so that looking at it
 * changes no number. Belongs to the engine thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/model.h"

G_BEGIN_DECLS

typedef struct _WeftPhases WeftPhases;

/* @model is borrowed and outlives it. Nothing is compiled before it is asked for. */
WeftPhases *weft_phases_new (WeftModel *model);
void        weft_phases_free (WeftPhases *phases);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftPhases, weft_phases_free)

/* FORWARD, LOSS or BACKWARD of step number @step: WeftPortNumbers, caller owns. @until: (nullable):
 * a node, FORWARD gives what it depends on and what it gives. Errors: those of functions and
 * gradients; G_IO_ERROR_CANCELLED. */
GPtrArray *weft_phases_compute (WeftPhases       *phases,
                                WeftStepPhase     phase,
                                const char       *until,
                                WeftArray *const *columns,
                                gint64            step,
                                GCancellable     *cancellable,
                                GError          **error);
/* Remembers the parameters, and gives what they changed by since: UPDATE. */
void       weft_phases_begin_update (WeftPhases *phases);
GPtrArray *weft_phases_end_update (WeftPhases *phases);

/* @points: of WeftBreakpoint, borrowed until the next call. Those at nodes that the loss does not
 * depend on are never met. */
void weft_phases_set_breakpoints (WeftPhases *phases, GPtrArray *points);
/* The first breakpoint that is met in a step after the @passed first ones, in the order in which
 * they are computed; @passed is then so many that this one is among them. NULL without an error:
 * none. */
const WeftBreakpoint *weft_phases_find_breakpoint (WeftPhases       *phases,
                                                   guint            *passed,
                                                   WeftArray *const *columns,
                                                   gint64            step,
                                                   GCancellable     *cancellable,
                                                   GError          **error);

G_END_DECLS
