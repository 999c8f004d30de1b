/* A run of the driver, for the files that it is made of: driver.c walks, driver-steps.c keeps the
 * books, driver-loops.c is about loops and choices, driver-endless.c stops what would never end,
 * driver-index.c finds the rules to try.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/loops.h"

G_BEGIN_DECLS

/* Rewrites on top of each other at one value, after which rules must be undoing each other. */
#define WEFT_RUN_MAX_GENERATION 64
/* Steps for each application that a pass over loops adds, on top of the others. */
#define WEFT_RUN_STEPS_AN_ADDED 4

/* Applications being walked. */
typedef struct
{
  guint    next, end; /* their ids, or places in run->order */
  gboolean outermost;
} WeftRunFrame;

/* What is known of an application by its id. */
typedef struct
{
  guint same_as;    /* the one that it is made again from, or itself */
  guint generation; /* rewrites on top of each other that led to it */
  guint made_by;    /* step, 0: none */
} WeftRunNote;

/* A rule, and what its root's first operands must be. */
typedef struct
{
  const WeftRule *rule;
  guint           wanted[2]; /* ids of ops, or one of the next two */
  guint           n_wanted;
  gboolean        swaps;
} WeftRunCandidate;
#define WEFT_RUN_ANYTHING G_MAXUINT
#define WEFT_RUN_A_NUMBER (G_MAXUINT - 1)

/* Of rules; see driver-index.c. */
typedef struct _WeftRuleIndex WeftRuleIndex;
const WeftRuleIndex *weft_rule_index_for (const WeftRule *rules, guint n, WeftRuleIndex **owned);
void                 weft_rule_index_free (WeftRuleIndex *index);
const GArray        *weft_rule_index_get (const WeftRuleIndex *index, WeftPhase phase, guint op);

typedef struct _WeftObserved WeftRun;
struct _WeftObserved
{
  WeftGraph                *graph;
  const WeftRewriteOptions *options;
  guint                     n_results;
  WeftValue               **results;
  WeftRewrite              *journal;

  /* Of the phase */
  WeftPhase    phase;
  GArray      *needed; /* guint8 by value id */
  WeftBodyPass pass;
  GHashTable  *merged; /* equal applications are one */
  GPtrArray   *order;
  GArray      *stack; /* WeftRunFrame */
  guint        steps_left, passes_left;
  guint        all_left; /* steps, of the whole run */

  const WeftRuleIndex *index;
  WeftRuleIndex       *own_index; /* to be freed, or NULL */
  gboolean  *on;                /* by rule */
  gboolean   merge, fold, late; /* whether the built-in rules are on */
  gboolean   bodies[WEFT_MAX_BODY_RULES];
  GPtrArray *map;        /* by value id: the value to use instead, or NULL */
  GArray    *notes;      /* WeftRunNote */
  GArray    *uses;       /* guint by application id: operands of what is needed, and results */
  GArray    *value_uses; /* the same by value id */
  GArray    *fused;      /* guint8 by application id: an elementwise op reads it */
  GPtrArray *pending;    /* WeftApply*, while uses are counted */
  GArray    *numbers;    /* guint, for one step */
  GArray    *roots;      /* guint by step: application that it replaced */
  guint8    *pinned; /* by application id: gives a dimension, or is read by what does; NULL: none */
  guint      n_pinned;
  gint64     start; /* of the visit */
};

/* ---- Tables by id ---- */

static inline WeftRunNote *
weft_run_note (WeftRun *run, const WeftApply *apply)
{
  return &g_array_index (run->notes, WeftRunNote, apply->id);
}

/* What stands for @value now. Chains are shortened on the way. */
static inline WeftValue *
weft_run_resolve (const WeftRun *run, WeftValue *value)
{
  gpointer  *map = run->map->pdata;
  WeftValue *last = value;

  if (value->id >= run->map->len)
    return value;
  while (map[last->id] != NULL)
    last = map[last->id];
  while (value != last)
    {
      WeftValue *next = map[value->id];

      map[value->id] = last;
      value = next;
    }
  return last;
}

static inline guint
weft_run_number (const WeftRun *run, const WeftApply *apply)
{
  return apply->id < run->notes->len ? g_array_index (run->notes, WeftRunNote, apply->id).same_as
                                     : apply->id;
}

static inline guint
weft_run_value_number (const WeftRun *run, const WeftValue *value)
{
  const WeftApply *first = weft_graph_get_apply (run->graph, weft_run_number (run, value->apply));

  return first->outputs[value->index].id;
}

static inline gboolean
weft_run_is_replaced (const WeftRun *run, const WeftApply *apply)
{
  for (guint i = 0; i < apply->n_outputs; i++)
    if (g_ptr_array_index (run->map, apply->outputs[i].id) != NULL)
      return TRUE;
  return FALSE;
}

static inline guint *
weft_run_uses (WeftRun *run, const WeftApply *apply)
{
  return &g_array_index (run->uses, guint, apply->id);
}

static inline guint *
weft_run_value_uses (WeftRun *run, const WeftValue *value)
{
  return &g_array_index (run->value_uses, guint, value->id);
}

/* The first output of @apply that somebody reads. */
static inline guint
weft_run_read_output (WeftRun *run, const WeftApply *apply)
{
  guint i = 0;

  while (i + 1 < apply->n_outputs && *weft_run_value_uses (run, &apply->outputs[i]) == 0)
    i++;
  return i;
}

/* Entries for applications that are new. */
void weft_run_grow (WeftRun *run);
/* @n readers more for @value. */
void weft_run_use (WeftRun *run, WeftValue *value, guint n);

/* ---- Steps ---- */

/* Begins a step: what @match covers gives way to what was added from @first_added on. @overwrites:
 * as in WeftRewriteStep. */
void weft_run_record (WeftRun         *run,
                      const char      *rule,
                      const WeftMatch *match,
                      guint            n_bound,
                      guint            first_added,
                      const WeftValue *result,
                      guint            overwrites);
/* Puts @by in the place of @value, as part of the last step. */
void weft_run_record_replaced (WeftRun *run, WeftValue *value, WeftValue *by);
/* What was added from @first on is walked next. */
void weft_run_push (WeftRun *run, guint first, guint generation);
void weft_run_observe (WeftRun *run);

/* ---- Bounds ---- */

/* Whether one more step may be made on top of those that led to @apply. */
gboolean weft_run_may_rewrite (WeftRun *run, const WeftApply *apply, const char *rule);
/* Names the rules that led to @apply again and again, which @rule would replace once more; they are
 * off from now on. */
void weft_run_note_endless (WeftRun *run, const WeftApply *apply, const char *rule);

/* ---- Loops ---- */

/* Whether a pass did something about the loop or choice @apply. */
gboolean weft_run_try_bodies (WeftRun *run, WeftApply *apply);
/* Makes one loop of several, before the walk looks at any. */
void weft_run_merge_loops (WeftRun *run);
void weft_run_save_rows (WeftRun *run);

G_END_DECLS
