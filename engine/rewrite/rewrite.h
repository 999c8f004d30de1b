/* Graph rewriting: rules as rows, a work-list driver, and the journal of what it did.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/base/json.h"
#include "engine/graph/graph.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_PHASE_MERGE, /* equal ops, known results, what no output needs; goes on in every later phase
                     */
  WEFT_PHASE_CANONICALISE,
  WEFT_PHASE_STABILISE,
  WEFT_PHASE_SPECIALISE,
  WEFT_PHASE_BLAS,
  WEFT_PHASE_FUSE,     /* row operations written out, so that one kernel reads each row once */
  WEFT_PHASE_IN_PLACE, /* marks: which operand a result may overwrite */
  WEFT_N_PHASES
} WeftPhase;

typedef struct
{
  guint before, after; /* value numbers */
} WeftReplaced;

typedef struct _WeftRewrite WeftRewrite; /* a finished run: journal and counts */

typedef struct
{
  guint       step; /* from 1 */
  WeftPhase   phase;
  const char *rule;
  guint       n_matched, n_added, n_replaced, n_bound;
  guint *matched; /* application ids the pattern covered, its root first; one made again for new
                     operands keeps its first id */
  guint      *added;
  guint       root_before, root_after; /* value ids; as replaced[0] where there is one */
  const WeftReplaced *replaced; /* from now on every reader of one reads the other */
  const guint
    *bound; /* value ids that the names of the rule's pattern stand for, in the pattern's order */
  guint
    overwrites; /* in place: number of the operand whose memory the result takes, from 1; 0: none */
  const WeftRewrite  *inner; /* what was done inside a loop or a choice, NULL: nothing; borrowed */
  double              us;
} WeftRewriteStep;

/* Begins to read the rules in the background; else the first rewriting does. */
void weft_rules_prepare (void);

/* Rewrites what @outputs reach; @results gets the values to use instead. @without: NULL-terminated
 * rule names, or NULL. The old applications stay in the graph. The journal may be NULL. */
void weft_rewrite (WeftGraph         *graph,
                   guint              n,
                   WeftValue *const  *outputs,
                   const char *const *without,
                   WeftValue        **results,
                   WeftRewrite      **journal);

const WeftRewriteStep *weft_rewrite_steps (WeftRewrite *journal, guint *n);
void weft_rewrite_get_counts (WeftRewrite *journal, guint *before, guint *after, double *us);
const char            *weft_rewrite_get_oscillation (WeftRewrite *journal);
WeftJson              *weft_rewrite_to_json (WeftRewrite *journal);
void                   weft_rewrite_free (WeftRewrite *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRewrite, weft_rewrite_free)

const char *weft_phase_name (WeftPhase phase);
typedef struct
{
  const char *name, *pattern, *replacement, *guard,
    *why; /* pattern: "" for what is built in; replacement: "@name" is code */
  WeftPhase   phase;
  gboolean    exact; /* every bit kept; else equal over the reals */
  const char *file;  /* where its row is: "stabilise.def" */
  guint       line;
} WeftRuleInfo;
guint               weft_rule_count (void);
const WeftRuleInfo *weft_rule_get (guint index);

G_END_DECLS
