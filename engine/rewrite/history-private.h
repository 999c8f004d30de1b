/* What history.c, history-build.c, cursor.c, cost.c and explain.c share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/rewrite/history.h"
#include "engine/rewrite/rewrite-private.h"

G_BEGIN_DECLS

/* Lists of numbers by number: those of @i are items[first[i]] .. items[first[i + 1] - 1]. */
typedef struct
{
  guint  n;
  guint *first; /* n + 1 */
  guint *items;
} WeftLists;

typedef struct
{
  guint step, value;
} WeftEdit;

/* What somebody reads: a value from the beginning, another one after each edit. */
typedef struct
{
  guint     n;
  guint    *initial; /* by slot */
  guint    *first;   /* n + 1 */
  WeftEdit *edits;   /* by slot, then in order */
} WeftSlots;

/* @to gets what @from was, at @step. */
typedef struct
{
  guint from, to, step;
} WeftDescent;

struct _WeftHistory
{
  gatomicrefcount ref_count;

  /* Owned */
  WeftHistory *parent;  /* of an inner history: owns the rest; NULL: this one does */
  WeftGraph   *graph;   /* borrowed where there is a parent, as is the journal */
  WeftRewrite *journal;
  char       **names;   /* by output, each may be NULL */
  char       **without;

  guint  n_outputs, n_applies, n_values, n_steps;
  guint *value_apply; /* by value */
  guint *slot; /* by application: its first slot; n_applies + 1; the outputs' slots are the last */
  WeftSlots slots;
  WeftLists toggles; /* by application: steps after which it is there, and not any more, in turn; 0:
                        from the beginning */
  WeftLists biography; /* by application: steps */
  WeftLists hidden;    /* by application: applications that give dimensions it mentions */
  GArray   *descents;  /* WeftDescent, in order */
  WeftLists from, to;  /* by application: descents whose from, to it is */
  WeftCost *costs;     /* by step, 0 .. n_steps; peak_bytes is not filled */
  WeftCost *own;       /* by application */
};

/* As weft_history_new, with rules and an observer of the caller's. */
WeftHistory *weft_history_new_run (WeftGraph                *graph,
                                   const WeftRewriteOptions *options,
                                   guint                     n,
                                   WeftValue *const         *outputs,
                                   const char *const        *names);

/* What history-build.c fills: slots, toggles, biography, hidden, descents. */
void weft_history_build (WeftHistory *history, WeftValue *const *outputs);
/* cost.c: own, costs. */
void weft_history_measure (WeftHistory *history);

guint weft_history_apply_number (const WeftHistory *history, const WeftApply *apply);
guint weft_history_value_number (const WeftHistory *history, const WeftValue *value);
guint weft_history_slot_at (const WeftHistory *history, guint slot, guint step);
gboolean weft_history_alive (const WeftHistory *history, guint apply, guint step);
/* Applications there after @step, inputs before users; guint. */
GArray *weft_history_order (const WeftHistory *history, guint step);

/* The @n pairs (keys[i], i) by key, in order. */
WeftLists weft_lists_new (guint n_keys, guint n, const guint *keys, const guint *items);
void      weft_lists_clear (WeftLists *lists);
static inline const guint *
weft_lists_get (const WeftLists *lists, guint key, guint *n)
{
  *n = lists->first[key + 1] - lists->first[key];
  return lists->items + lists->first[key];
}

G_END_DECLS
