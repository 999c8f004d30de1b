/* Passes over loops and choices, for the driver.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/loop.h"
#include "engine/rewrite/rewrite-private.h"

G_BEGIN_DECLS

/* What a pass may want to know. */
typedef struct
{
  const WeftRewriteOptions *options;
  const GArray *needed; /* guint8 by value id: whether somebody needs it; values beyond it: yes */
  GHashTable               *done;   /* bodies that have been rewritten in this phase */
  WeftPhase                 phase;
  WeftRewrite              *inner;  /* a pass may leave the journal of a body here */
} WeftBodyPass;

typedef struct
{
  const char *name; /* of its row among the rules */
  /* Makes something in place of @apply in @graph: @results (zeroed) gets what stands for each of
   * its outputs, NULL for those that nobody needs. FALSE: there is nothing to do. */
  gboolean (*func) (WeftGraph    *graph,
                    WeftApply    *apply,
                    WeftBodyPass *pass,
                    WeftValue   **results);
  gboolean loops_only;
} WeftBodyRule;

#define WEFT_MAX_BODY_RULES 16
extern const WeftBodyRule weft_body_rules[];
extern const guint        weft_n_body_rules;

/* Needed outputs of a loop's step, with the states that they read; and the inputs that are read. */
void weft_loop_close (const WeftLoop *loop, gboolean *outputs, gboolean *inputs);
/* guint8 by value id. */
GArray *weft_loops_needed (WeftGraph *graph, guint n, WeftValue *const *results);
/* Whether @value is needed, as weft_loops_needed says. */
gboolean weft_value_is_needed (const GArray *needed, const WeftValue *value);
/* A step like @body with the inputs @keep says (all if NULL), which @map gets; then its outputs;
 * then the loop over it, which takes the step. */
WeftBodyMaker            *
weft_step_begin (WeftGraph *graph, const WeftBody *body, const gboolean *keep, GHashTable *map);
WeftBody  *weft_step_finish (WeftBodyMaker    *maker,
                             const WeftBody   *body,
                             guint             n,
                             WeftValue *const *outputs,
                             GHashTable       *map);
/* The number of @value among @outputs of a step; it is added where it is missing. */
guint weft_step_output (GPtrArray *outputs, WeftValue *value);
WeftApply *weft_loop_remake (WeftGraph *graph, WeftLoop *loop, WeftBody *take, GPtrArray *inputs);
/* inside.c: a pass. */
gboolean
weft_rewrite_inside (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results);
/* By application of the step in its order: whether it gives the same in every step. guint8; free
 * with g_free. */
guint8 *weft_loop_constants (const WeftLoop *loop, const GPtrArray *order);
/* loops-less.c: passes. */
gboolean
weft_loop_once (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results);
gboolean
weft_loop_same (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results);
gboolean
weft_loop_constant (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results);
/* loops-join.c: for the driver. Loops of @order that can be one, or NULL; that one loop; what
 * stands there for a member's output. */
GPtrArray *weft_loops_find_group (const GPtrArray *order);
WeftApply *weft_loops_join (WeftGraph *graph, GPtrArray *group);
WeftValue *
weft_loops_joined_output (WeftApply *made, GPtrArray *group, guint member, guint output);
/* loops-save.c: for the driver. */
gboolean weft_loops_save (WeftGraph  *graph,
                          WeftApply  *maker,
                          WeftApply  *reader,
                          WeftApply **made_maker,
                          WeftApply **made_reader);
/* loops-push.c: a pass, and an action. */
gboolean
weft_loop_push (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results);
WeftValue *weft_loop_last (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match);
/* Whether @apply does the same to stacks as to rows, being about axes counted from the end. */
gboolean weft_loop_counts_from_end (const WeftApply *apply);
/* Whether a stack of @row is not too large. */
gboolean weft_loop_fits_stacked (const WeftLoop *loop, const WeftValue *row);
/* @apply of a step made again in @graph over what @outside says; NULL where its types do not fit.
 */
WeftValue *weft_loop_lift_apply (WeftGraph *graph, const WeftApply *apply, GHashTable *outside);
/* loops-lift.c: passes. */
gboolean
weft_loop_lift (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results);
gboolean
weft_loop_sum (WeftGraph *graph, WeftApply *apply, WeftBodyPass *pass, WeftValue **results);

G_END_DECLS
