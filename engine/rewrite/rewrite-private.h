/* What the files of this folder share: rules as compiled, matches, a run of the driver.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops.h"
#include "engine/rewrite/rewrite.h"

G_BEGIN_DECLS

/* Of one pattern; a row that needs more is refused. */
#define WEFT_PATTERN_MAX_SLOTS 8
#define WEFT_PATTERN_MAX_NODES 24
#define WEFT_RULE_MAX_GUARDS 4

/* ---- Rows ---- */

typedef struct
{
  const char *name, *pattern, *replacement, *guard, *why;
  WeftPhase   phase;
  gboolean    exact;
  const char *file;
  int         line;
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
  const WeftOp    *op;
  guint            n_inputs;
  guint            inputs[WEFT_PATTERN_MAX_SLOTS]; /* node numbers */
  WeftPatternAttr *attrs;                          /* op->n_attrs of them */
  gint             swap;                           /* which bit of an order says that the operands change places; -1: none */
} WeftPatternNode;

typedef struct
{
  guint           n_nodes; /* the root is the last */
  WeftPatternNode nodes[WEFT_PATTERN_MAX_NODES];
  guint           n_values, n_attrs, n_swaps;
  const char     *values[WEFT_PATTERN_MAX_SLOTS]; /* interned names */
  const char     *attrs[WEFT_PATTERN_MAX_SLOTS];
  WeftAttrKind    attr_kinds[WEFT_PATTERN_MAX_SLOTS];
  double          cost;
} WeftPattern;

typedef struct
{
  WeftValue      *root;
  WeftValue      *values[WEFT_PATTERN_MAX_SLOTS];
  const WeftAttr *attrs[WEFT_PATTERN_MAX_SLOTS];
  const guint    *uses; /* by application id: how many operands and results it stands for */
  guint           n_covered;
  WeftApply      *covered[WEFT_PATTERN_MAX_NODES];
} WeftMatch;

/* ---- Rules ---- */

typedef struct _WeftRule WeftRule;

/* Whether the condition holds for the value or attribute in @slot of @match. */
typedef gboolean (*WeftGuardFunc) (const WeftMatch *match, guint slot);
/* What replaces the match, made in @graph; NULL: nothing can. */
typedef WeftValue *(*WeftActionFunc) (WeftGraph *graph, const WeftRule *rule, const WeftMatch *match);

typedef struct
{
  WeftGuardFunc func;
  guint         slot;
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
gboolean weft_pattern_match (const WeftPattern *pattern, WeftValue *value, guint order, WeftMatch *match);
gint     weft_pattern_value_slot (const WeftPattern *pattern, const char *name); /* -1 */
gint     weft_pattern_attr_slot (const WeftPattern *pattern, const char *name);
/* The measure that each text rule lowers. @weightless: names that stand for constants, NULL-terminated. */
gboolean weft_rule_measure (const WeftExpr *expr, const char *const *weightless, double *cost, GError **error);

/* Reads "constant a b; finite x" into @rule. Errors: an unknown guard or name. */
gboolean weft_guards_compile (WeftRule *rule, const char *text, GError **error);
/* Names that the guard text says are constants; free with g_strfreev. */
char **weft_guards_constants (const char *text);
/* Whether every element of @value is the same number, known now. */
gboolean weft_constant_fill (const WeftValue *value, double *number);

WeftActionFunc weft_action_find (const char *name);

/* @apply computed now, in place of its first output: a constant; NULL where that cannot or should not be. */
WeftValue *weft_fold (WeftGraph *graph, const WeftApply *apply);

/* @apply over the operands before they were repeated, its type that of what is repeated; NULL where none was. */
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
  GArray *steps; /* WeftRewriteStep */
  guint   ops_before, ops_after;
  double  us;
  char   *oscillation; /* two rules that undo each other, or NULL */
};

WeftRewrite *weft_rewrite_new (void);

/* As weft_rewrite, with these rules only. */
void weft_rewrite_with (WeftGraph *graph, const WeftRule *rules, guint n_rules, guint n, WeftValue *const *outputs, const char *const *without, WeftValue **results, WeftRewrite **journal);

G_END_DECLS
