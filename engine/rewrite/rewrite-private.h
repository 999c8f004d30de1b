/* What the files of this folder share: rules as compiled, matches, a run of the driver.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/graph/body.h"
#include "engine/ops/ops.h"
#include "engine/rewrite/rewrite.h"

G_BEGIN_DECLS

/* Of one pattern; a row that needs more is refused. */
#define WEFT_PATTERN_MAX_SLOTS 8
#define WEFT_PATTERN_MAX_NODES 24
#define WEFT_RULE_MAX_GUARDS 8
#define WEFT_RULE_MAX_SAMPLES 4

/* ---- Rows ---- */

typedef struct
{
  const char *name, *pattern, *replacement, *guard, *why;
  WeftPhase   phase;
  gboolean    exact;
  const char *file;
  int         line;
  const char *samples[WEFT_RULE_MAX_SAMPLES]; /* for the generated test; see canonicalise.def */
} WeftRuleRow;

/* ---- Patterns ---- */

typedef enum
{
  WEFT_PATTERN_VALUE,  /* any value; the same one wherever the name stands */
  WEFT_PATTERN_NUMBER, /* a constant of any type and shape filled with the number */
  WEFT_PATTERN_OP,
} WeftPatternKind;

typedef enum
{
  WEFT_PATTERN_ATTR_GIVEN, /* must equal attr: the default, or what the text says */
  WEFT_PATTERN_ATTR_NAMED, /* anything; the same wherever the name stands */
} WeftPatternAttrKind;

typedef struct
{
  WeftPatternAttrKind kind;
  guint               slot;
  WeftAttr            attr;
} WeftPatternAttr;

typedef struct
{
  WeftPatternKind  kind;
  guint            slot;
  double           number;
  const WeftOp    *op;       /* of a class: one that is written alike */
  gint             op_class; /* any op of it; -1: op itself */
  guint            op_slot;  /* of a class: the same op wherever the name stands */
  gboolean         rest;     /* "...": any number of further operands */
  guint            n_inputs;
  guint            inputs[WEFT_PATTERN_MAX_SLOTS]; /* node numbers */
  WeftPatternAttr *attrs;                          /* op->n_attrs of them */
  gint             swap; /* which bit of an order says that the operands change places; -1: none */
} WeftPatternNode;

typedef struct
{
  guint           n_nodes; /* the root is the last */
  WeftPatternNode nodes[WEFT_PATTERN_MAX_NODES];
  guint           n_values, n_attrs, n_swaps;
  const char     *values[WEFT_PATTERN_MAX_SLOTS]; /* interned names */
  const char     *attrs[WEFT_PATTERN_MAX_SLOTS];
  WeftAttrKind    attr_kinds[WEFT_PATTERN_MAX_SLOTS];
  guint           n_ops;
  const char     *ops[WEFT_PATTERN_MAX_SLOTS]; /* names of classes, "unary" or "unary2" */
  double          cost;
  gboolean        signed_zero; /* a 0 in the text is +0: -0 does not match */
} WeftPattern;

typedef struct
{
  WeftValue      *root;
  WeftValue      *values[WEFT_PATTERN_MAX_SLOTS];
  const WeftAttr *attrs[WEFT_PATTERN_MAX_SLOTS];
  WeftApply      *ops[WEFT_PATTERN_MAX_SLOTS];
  const guint    *uses; /* by application id: how many operands and results it stands for */
  const guint8   *fused; /* by application id: an elementwise op reads it */
  const char *const *without; /* names of rules that are off, or NULL */
  guint           n_unasked; /* bits of the order that made no difference, the lowest */
  guint           n_covered;
  WeftApply      *covered[WEFT_PATTERN_MAX_NODES];
} WeftMatch;

/* ---- Rules ---- */

typedef struct _WeftRule WeftRule;

/* Whether the condition holds for the value or attribute in @slot of @match. */
typedef gboolean (*WeftGuardFunc) (const WeftMatch *match, guint slot);
/* What replaces the match, made in @graph; NULL: nothing can. */
typedef WeftValue *(*WeftActionFunc) (WeftGraph       *graph,
                                      const WeftRule  *rule,
                                      const WeftMatch *match);

typedef enum
{
  WEFT_GUARD_OF_VALUE,
  WEFT_GUARD_OF_ATTR,
  WEFT_GUARD_OF_MATCH, /* takes no argument */
  WEFT_GUARD_OF_PAIR,  /* of two values: its slot is WEFT_GUARD_PAIR (first, second) */
} WeftGuardKind;

#define WEFT_GUARD_PAIR(FIRST, SECOND) ((FIRST) | (SECOND) << 8)
#define WEFT_GUARD_FIRST(SLOT) ((SLOT) & 0xff)
#define WEFT_GUARD_SECOND(SLOT) ((SLOT) >> 8)

typedef struct
{
  const char   *name;
  WeftGuardKind kind;
  WeftGuardFunc func;
  const char   *sample; /* what the generated test gives an argument: words or a text over x, see
                           guards.c; NULL: anything */
  /* What it saw, one sentence: $x is the argument's name, $t its type, $s its shape, $v what it is
   * as a text. */
  const char *holds, *fails;
  /* In place of the two, where one sentence does not do; the caller owns it. */
  char *(*say) (const WeftMatch *match, guint slot, const char *name, gboolean holds);
} WeftGuard;

typedef struct
{
  WeftGuardFunc    func;
  guint            slot;
  const WeftGuard *guard;
} WeftRuleGuard;

struct _WeftRule
{
  WeftRuleInfo   info;
  const char    *file;
  int            line;
  WeftPattern    pattern;     /* no nodes for what is built in */
  WeftExpr      *replacement; /* NULL where an action makes it */
  WeftActionFunc action;
  guint          n_guards;
  WeftRuleGuard  guards[WEFT_RULE_MAX_GUARDS];
  const char    *samples[WEFT_RULE_MAX_SAMPLES]; /* texts that draw operands; NULL after the last */
};

/* Reads a row. Errors: WEFT_EXPR_ERROR, "FILE:LINE: NAME: what". */
gboolean weft_rule_compile (const WeftRuleRow *row, WeftRule *rule, GError **error);
void     weft_rule_clear (WeftRule *rule);
/* All rules in the order in which they are tried. */
const WeftRule *weft_rules (guint *n);
/* Compiles @n rows and refuses two of one name. Errors: as weft_rule_compile. */
WeftRule *weft_rules_compile (const WeftRuleRow *rows, guint n, GError **error);

gboolean weft_pattern_compile (const WeftExpr *expr, WeftPattern *pattern, GError **error);
/* FALSE where @value is no match; @match is then undefined. */
gboolean
weft_pattern_match (const WeftPattern *pattern, WeftValue *value, guint order, WeftMatch *match);

typedef enum
{
  WEFT_MISFIT_OP,       /* another op */
  WEFT_MISFIT_OPERANDS, /* another number of operands */
  WEFT_MISFIT_BOOL,     /* arithmetic of truth values */
  WEFT_MISFIT_ATTR,     /* an attribute */
  WEFT_MISFIT_VALUE,    /* the name stands for another value already */
  WEFT_MISFIT_NUMBER,   /* not filled with the number */
  WEFT_MISFIT_WEAK,     /* a bare number */
} WeftMisfitKind;
/* What of a pattern did not fit: at which node, and what stood there. */
typedef struct
{
  WeftMisfitKind kind;
  guint          node;
  WeftValue     *value;
  guint          n_covered; /* applications that did fit */
} WeftMisfit;
gboolean weft_pattern_explain (
  const WeftPattern *pattern, WeftValue *value, guint order, WeftMatch *match, WeftMisfit *why);
gint     weft_pattern_value_slot (const WeftPattern *pattern, const char *name); /* -1 */
gint     weft_pattern_attr_slot (const WeftPattern *pattern, const char *name);
gint     weft_pattern_op_slot (const WeftPattern *pattern, const char *name);
/* Whether an application of op number @op may be the pattern's root. */
gboolean weft_pattern_takes (const WeftPattern *pattern, guint op);
/* Classes of ops (op-classes.c). */
gint          weft_op_class_find (const char *name); /* -1 */
gboolean      weft_op_class_has (gint op_class, const WeftOp *op);
const WeftOp *weft_op_class_like (gint op_class);
/* The measure that each text rule lowers. @weightless: names that stand for constants,
 * NULL-terminated. */
gboolean weft_rule_measure (const WeftExpr    *expr,
                            const char *const *weightless,
                            double            *cost,
                            GError           **error);

/* Reads "constant a b; finite x" into @rule. Errors: an unknown guard or name. */
gboolean weft_guards_compile (WeftRule *rule, const char *text, GError **error);
/* Whether the row says that a replacement which costs more is worth it: the driver bounds it for
 * each value. */
gboolean weft_guards_worth (const WeftRule *rule);
/* Condition number @guard of @rule as people write it: "finite x". The caller owns it. */
char *weft_guard_condition (const WeftRule *rule, guint guard);
/* What it saw in @match, "x is i32, and whole numbers are finite", and whether it @holds (or NULL).
 * The caller owns it. */
char *weft_guard_say (const WeftRule *rule, guint guard, const WeftMatch *match, gboolean *holds);
/* Names that the guard text says are constants or single numbers; free with g_strfreev. */
char **weft_guards_constants (const char *text);
/* Whether every element of @value is the same number, known now. */
gboolean weft_constant_fill (const WeftValue *value, double *number);

typedef struct
{
  const char    *name;
  WeftActionFunc func;
} WeftAction;
WeftActionFunc weft_action_find (const char *name);
/* What replaces @match, made in @graph with whatever type it has; NULL: nothing can. */
WeftValue *weft_rule_replace (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match);

/* @apply computed now, in place of its first output: a constant; NULL where that cannot or should
 * not be. */
WeftValue *weft_fold (WeftGraph *graph, const WeftApply *apply);

/* @apply over the operands before they were repeated, its type that of what is repeated; NULL where
 * none was. */
WeftValue *weft_broadcast_late (WeftGraph *graph, const WeftApply *apply);
/* @value with @type, repeated or cast as needed; NULL where it cannot have it. */
WeftValue *weft_conform (WeftGraph *graph, WeftValue *value, const WeftType *type);

/* Equal applications: same op, inputs and attributes, and no chance in them. */
guint    weft_apply_hash (gconstpointer apply);
gboolean weft_apply_same (gconstpointer a, gconstpointer b);
gboolean weft_apply_mergeable (const WeftApply *apply);

/* ---- The journal ---- */

struct _WeftRewrite
{
  GArray
    *steps; /* WeftRewriteStep; their pointers are into the next two, set when the run is over */
  GArray    *ids;      /* guint: what was matched, added and bound, step after step */
  GArray    *replaced; /* WeftReplaced: of leaves before the first step, then of each step */
  guint      n_first;  /* how many of them are before the first step */
  GArray *same_as; /* guint, by application of the graph: the number it has here, that of the first
                      of its kind */
  GPtrArray *inner;    /* WeftRewrite that steps own */
  WeftBody
    *body; /* of an inner run: the body as it was, whose graph was rewritten; NULL: of a graph */
  guint      ops_before, ops_after;
  double     us;
  char      *oscillation; /* two rules that undo each other, or NULL */
  gboolean   cancelled;
};

WeftRewrite *weft_rewrite_new (void);
/* What a step is, to begin with; the ids are copied. */
void weft_rewrite_add_step (WeftRewrite *journal, const WeftRewriteStep *step);
/* One more pair of the last step, or of those before the first. */
void weft_rewrite_add_replaced (WeftRewrite *journal, guint before, guint after);
/* Sets the steps' pointers: nothing is added after that. */
void weft_rewrite_finish (WeftRewrite *journal);

/* What the journal knows of @step, but for what is inside it; the caller owns both. */
WeftJson *weft_rewrite_step_to_json (const WeftRewriteStep *step);
WeftJson *weft_numbers_to_json (guint n, const guint *numbers);

/* ---- Runs ---- */

/* The graph after @step is complete: what @outputs reach is as @read says, a value's number for
 * each value; for tests. */
typedef struct _WeftObserved WeftObserved;

typedef struct
{
  const WeftRule    *rules;
  guint              n_rules;
  const char *const *without;     /* or NULL */
  GCancellable      *cancellable; /* or NULL */
  WeftPhase          first, end;  /* only these phases; end 0: all */
  /* Called for step 0 and after each step, when everything that belongs to it is done; NULL but in
   * tests. */
  void (*observe) (WeftObserved *observed, guint step, gpointer data);
  gpointer data;
} WeftRewriteOptions;

/* As weft_rewrite. */
void weft_rewrite_run (WeftGraph                *graph,
                       const WeftRewriteOptions *options,
                       guint                     n,
                       WeftValue *const         *outputs,
                       WeftValue               **results,
                       WeftRewrite             **journal);
/* With these rules only. */
void weft_rewrite_with (WeftGraph         *graph,
                        const WeftRule    *rules,
                        guint              n_rules,
                        guint              n,
                        WeftValue *const  *outputs,
                        const char *const *without,
                        WeftValue        **results,
                        WeftRewrite      **journal);

/* For observers: what stands for @value now, and the numbers that the journal has for values and
 * applications. */
guint            weft_observed_n_outputs (WeftObserved *observed);
const WeftValue *weft_observed_output (WeftObserved *observed, guint index);
const WeftValue *weft_observed_now (WeftObserved *observed, const WeftValue *value);
guint            weft_observed_apply_number (WeftObserved *observed, const WeftApply *apply);
guint            weft_observed_value_number (WeftObserved *observed, const WeftValue *value);

/* ---- In place (in-place.c) ---- */

typedef struct _WeftMarks WeftMarks;
/* The result of @apply takes the memory of operand @input (from 1), says @rule: one step. FALSE:
 * the rule is off. */
gboolean weft_marks_add (WeftMarks *marks, const char *rule, WeftApply *apply, guint input);

G_END_DECLS
