/* The steps of a model's history as rows of a list: those that pass a filter, neighbours by one
 * rule as one row that opens.
 *
 * A GListModel of WeftStepRow. Formulas and places are made when they are first asked for and kept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/optimise/optimise-model.h"

G_BEGIN_DECLS

#define WEFT_TYPE_STEP_ROW (weft_step_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftStepRow, weft_step_row, WEFT, STEP_ROW, GObject)

#define WEFT_TYPE_STEP_ROWS (weft_step_rows_get_type ())
G_DECLARE_FINAL_TYPE (WeftStepRows, weft_step_rows, WEFT, STEP_ROWS, GObject)

#define WEFT_ANY_PHASE WEFT_N_PHASES

typedef struct
{
  const char
             *text;  /* in a rule's name, a phase, a place or a formula, all its words; NULL or "": any */
  WeftPhase   phase; /* WEFT_ANY_PHASE: any */
  const char *rule;  /* NULL: any */
  guint       apply; /* steps that touched it; G_MAXUINT: any */
  guint       until; /* no later step; G_MAXUINT: any */
} WeftStepFilter;
#define WEFT_STEP_FILTER_NONE \
  ((WeftStepFilter){ .phase = WEFT_ANY_PHASE, .apply = G_MAXUINT, .until = G_MAXUINT })

WeftStepRows *weft_step_rows_new (WeftOptimiseModel *model);
void          weft_step_rows_set_filter (WeftStepRows *rows, const WeftStepFilter *filter); /* copied */
guint         weft_step_rows_n_shown (WeftStepRows *rows);                                  /* steps that pass */
/* The row that shows @step; G_MAXUINT: none does. */
guint weft_step_rows_find (WeftStepRows *rows, guint step);
void  weft_step_rows_toggle (WeftStepRows *rows, guint position); /* opens or closes it, if it can */

typedef enum
{
  WEFT_ROW_STEP,   /* one step */
  WEFT_ROW_CLOSED, /* several, one line */
  WEFT_ROW_OPEN,   /* the same, its steps follow */
  WEFT_ROW_INNER,  /* a step of an open row */
} WeftRowKind;
WeftRowKind weft_step_row_get_kind (WeftStepRow *row);
guint       weft_step_row_first (WeftStepRow *row);
guint       weft_step_row_last (WeftStepRow *row); /* the same for one step */
guint       weft_step_row_n (WeftStepRow *row);    /* steps that pass between them */

/* Of a step; borrowed until the history changes. */
const char *weft_step_rows_formula (WeftStepRows *rows,
                                    guint         step);                   /* "log(softmax(h, -1)) → log_softmax(h, -1)" */
const char *weft_step_rows_place (WeftStepRows *rows, guint step); /* "cost"; may be empty */
guint32     weft_step_rows_node (WeftStepRows *rows, guint step);  /* of the document, 0: none */

G_END_DECLS
