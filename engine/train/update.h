/* Update rules applied: new values for parameters and for the rule's state, as graph values.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/training.h"

G_BEGIN_DECLS

/* What every parameter's update shares. */
typedef struct
{
  WeftGraph *graph;
  WeftValue *rate; /* f64 scalar: after the schedule */
  WeftValue *t;    /* f64 scalar: from 1 */
  GPtrArray
    *frozen; /* WeftShared that no update is made for, or NULL: patterns may name them too */
} WeftUpdateContext;

/* What a schedule is told, f64 scalars in this order: steps done, steps of the run, the rate as
 * set, plateaus so far. */
#define WEFT_N_SCHEDULE_INPUTS 4
extern const char *const weft_schedule_input_names[WEFT_N_SCHEDULE_INPUTS];
/* The schedule's value, f64 scalar, from @inputs. */
WeftValue *weft_schedule_build (const WeftRuleRow *schedule,
                                const double      *knobs,
                                WeftGraph         *graph,
                                WeftValue *const  *inputs,
                                GError           **error);
/* Appends the pairs (WeftShared* owned reference, WeftValue*) of @parameter and its state to
 * @targets and @values. */
gboolean weft_update_build (const WeftRuleRow       *rule,
                            const double            *knobs,
                            const WeftUpdateContext *context,
                            WeftShared              *parameter,
                            WeftValue               *gradient,
                            GPtrArray               *targets,
                            GPtrArray               *values,
                            GError                 **error);

/* The same for all @parameters (WeftShared*) with their @gradients (WeftValue*), with all that
 * @training asks for. Where it drops steps that are not finite, nothing of a step takes effect in
 * which @loss or a gradient is not, and @dropped counts it. */
gboolean weft_updates_build (const WeftTraining      *training,
                             const WeftUpdateContext *context,
                             WeftValue               *loss,
                             WeftShared              *dropped,
                             GPtrArray               *parameters,
                             GPtrArray               *gradients,
                             GPtrArray               *targets,
                             GPtrArray               *values,
                             GError                 **error);

G_END_DECLS
