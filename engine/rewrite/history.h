/* The history of a rewriting: the graph as it was before, and after every step, both ways.
 *
 * Applications and values have the numbers that the journal gives them: one that was made again
 * only because an operand was replaced keeps its first number. What an application is (op,
 * attributes, types) never changes under its number; what it reads may, and its origins may grow.
 * Nothing is run again: a step is a few edits.
 *
 * A history is immutable and any thread may read it; a cursor belongs to one thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/rewrite/rewrite.h"

G_BEGIN_DECLS

typedef struct _WeftHistory WeftHistory;

typedef struct
{
  guint  ops;        /* inputs and constants left out */
  double flops;      /* of one evaluation */
  double bytes;      /* read and written by every op, as if each were a kernel; views and flags of a
                        product move nothing */
  double peak_bytes; /* of what must be kept at once, in the order of the graph; inputs and
                        parameters left out */
} WeftCost;

/* Rewrites what the @n @outputs of @graph reach, which it takes; @names (or NULL) are theirs and
 * borrowed: copied. Rules of @without (NULL-terminated, or NULL) are off. Dimensions that are still
 * names count as one in costs. NULL only if @cancellable was cancelled. Any thread. */
WeftHistory *weft_history_new (WeftGraph         *graph,
                               guint              n,
                               WeftValue *const  *outputs,
                               const char *const *names,
                               const char *const *without,
                               GCancellable      *cancellable);
WeftHistory *weft_history_ref (WeftHistory *history);
void         weft_history_unref (WeftHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftHistory, weft_history_unref)

/* Borrowed: counts, JSON and oscillation of the run. */
WeftRewrite           *weft_history_get_journal (WeftHistory *history);
guint                  weft_history_n_steps (WeftHistory *history);
const WeftRewriteStep *weft_history_get_step (WeftHistory *history, guint step); /* 1 .. n_steps */
/* The first step of @phase and one past its last; equal where it has none. */
void weft_history_phase (WeftHistory *history, WeftPhase phase, guint *first, guint *end);
const char *const *weft_history_without (WeftHistory *history); /* NULL-terminated, may be empty */

/* An application by its number: op, attributes, types, literal, name. Its inputs are those that it
 * was first made with: ask a cursor for what it reads at a step. */
const WeftApply *weft_history_apply (WeftHistory *history, guint apply);
const WeftValue *weft_history_value (WeftHistory *history, guint value);
guint            weft_history_value_apply (WeftHistory *history,
                                           guint value); /* the number of the application that makes it */
guint            weft_history_n_applies (WeftHistory *history); /* numbers are below this */

/* From the step after which it is there (0: from the beginning) to the step that takes it away
 * (n_steps + 1: none does). FALSE if it is never part of the graph. What goes and comes back has
 * its outermost steps here. */
gboolean weft_history_lifetime (WeftHistory *history, guint apply, guint *first, guint *end);
/* The steps that matched, made or replaced @apply, in order: its biography; guint. The caller owns
 * the array. */
GArray *weft_history_biography (WeftHistory *history, guint apply);
/* Which applications of the graph as drawn (step 0) @apply comes from through all steps; and the
 * other way round, those present after
 * @step that come from @apply of step 0. Sorted guint, may be empty. The caller owns the array. */
GArray *weft_history_sources (WeftHistory *history, guint apply);
GArray *weft_history_results (WeftHistory *history, guint apply, guint step);
/* After @step. Peak memory takes time in proportion to the graph, the others none. */
void weft_history_cost (WeftHistory *history, guint step, WeftCost *cost);
/* The same without the peak, which is then NaN; takes no time. */
void weft_history_counts (WeftHistory *history, guint step, WeftCost *cost);
/* What @step did inside a loop or a choice, as the history of that body; NULL if it is no such
 * step. The caller owns a reference. */
WeftHistory *weft_history_inner (WeftHistory *history, guint step);
/* The counterpart of @step of @old in @now, by rule, phase and provenance, else the nearest before
 * it; for a document that changed. */
guint weft_history_same_step (WeftHistory *now, WeftHistory *old, guint step);

/* All of it, the graph as it was included, as data/schema/rewrite.schema.json says. The caller owns
 * it. */
WeftJson *weft_history_to_json (WeftHistory *history);

/* ---- Cursors ---- */
typedef struct _WeftCursor WeftCursor;
WeftCursor *weft_cursor_new (WeftHistory *history); /* refs; after step 0: the graph as it was */
void        weft_cursor_free (WeftCursor *cursor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftCursor, weft_cursor_free)
void         weft_cursor_go (WeftCursor *cursor, guint step); /* cost: the edits between */
guint        weft_cursor_get_step (WeftCursor *cursor);
WeftHistory *weft_cursor_get_history (WeftCursor *cursor); /* borrowed */
gboolean     weft_cursor_has (WeftCursor *cursor, guint apply);
guint weft_cursor_input (WeftCursor *cursor, guint apply, guint input); /* a value's number */
guint        weft_cursor_n_outputs (WeftCursor *cursor);
guint        weft_cursor_output (WeftCursor *cursor, guint index); /* a value's number */
const char  *weft_cursor_output_name (WeftCursor *cursor, guint index); /* NULL: none was given */
/* What is there now, inputs before users; guint. The caller owns the array. */
GArray      *weft_cursor_order (WeftCursor *cursor);
/* A graph of its own with @n of its values (numbers), which @results gets; @map (or NULL) gets
 * number + 1 -> WeftValue*. */
WeftGraph *weft_cursor_copy (
  WeftCursor *cursor, guint n, const guint *values, WeftValue **results, GHashTable *map);
/* As weft_graph_to_string and weft_value_to_expression. The caller owns the text. */
char        *weft_cursor_to_string (WeftCursor *cursor);
char        *weft_cursor_expression (WeftCursor *cursor, guint value, guint limit);

/* ---- Explanations: sentences for people ---- */

typedef struct
{
  char *condition; /* "finite x" */
  char *value;     /* "x is i32, and whole numbers are finite" */
} WeftGuardValue;
/* What the guards of a step's rule saw; WeftGuardValue*, owned; empty where it has none. */
GPtrArray *weft_history_guards (WeftHistory *history, guint step);
/* What the names of the step's pattern stood for. @value: number, or G_MAXUINT for an attribute,
 * which @text then writes. */
typedef struct
{
  const char *name;
  guint       value;
  char       *text; /* "cost / p" or "-1" */
} WeftBindingText;
GPtrArray *weft_history_bindings (WeftHistory *history, guint step); /* WeftBindingText*, owned */
/* The two sides of a step as formulas over its operands: "log(softmax(h, -1))" and "log_softmax(h,
 * -1)"; the caller owns both. */
void
weft_history_formulas (WeftHistory *history, guint step, guint limit, char **before, char **after);
/* Why @rule did not fire at @apply as the graph is at @cursor: the first condition that fails, in
 * one sentence; or that it did, and when.
 * @apply: G_MAXUINT: wherever it comes nearest. The caller owns the text. NULL: there is no such
 * rule. */
char *weft_cursor_why_not (WeftCursor *cursor, const char *rule, guint apply);

G_END_DECLS
