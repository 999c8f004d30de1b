/* Loop nests with rows: how the text of one instruction looks, in C and CUDA C alike. emit-rows.c
 * and emit-cuda.c write the loops around.
 *
 *     r5  register 5        k5  register 5 of a whole row, for later loops
 *     s5  lanes of it       p2, q0  the row of operand 2, of result 0
 *     c1  what goes across rows into result 1
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/emit-private.h"

G_BEGIN_DECLS

typedef struct
{
  WeftWriter        *writer;
  const WeftStep    *step;
  const WeftTileOp **makers;       /* by register */
  guint             *runs;         /* by instruction: which run it is in */
  gint64             row;          /* elements of the rows that are written now */
  guint              block;        /* how many of them at once */
  gboolean           warp;         /* CUDA: the lanes of a row are threads; this one is number l */
  gboolean           in_registers; /* and a thread's numbers of a kept row are registers: number t is of
                                      element t * 32 + l */
  gboolean    columns;             /* CUDA: a thread has element j of all rows of a piece, and c1, ... */
  gboolean    streams;             /* in a loop over a block of streamed results */
  const char *place;               /* of the element in its row, where one is written */
} WeftNest;

/* Instructions that are one loop over the row, or stand once a row. */
typedef struct
{
  guint first, end;
} WeftNestRun;

void weft_nest_init (WeftNest *nest, WeftWriter *writer, const WeftStep *step);
void weft_nest_clear (WeftNest *nest);
/* The run that begins with instruction @i, or after it; FALSE: there is none. */
gboolean weft_nest_next_run (const WeftNest *nest, guint i, WeftNestRun *run);
gboolean weft_nest_is_once_a_row (const WeftTileOp *op);
gboolean weft_nest_run_has (const WeftNest *nest, const WeftNestRun *run, guint kind);
/* Whether @op stands in a run; numbers stand before everything. */
gboolean    weft_nest_is_in_a_run (const WeftTileOp *op);
gboolean    weft_nest_has_result (const WeftTileOp *op);
gboolean    weft_nest_is_kept (const WeftNest *nest, const WeftTileOp *op);
const char *weft_nest_result_type (const WeftTileOp *op);
/* Elements between one row of @operand and the next; FALSE: that is not always the same. */
gboolean
weft_nest_row_distance (const WeftStep *step, const WeftOperand *operand, gint64 *distance);

/* The loop over the elements j of a row, around what is written in between. */
void weft_nest_open_row (const WeftNest *nest);
void weft_nest_close_row (const WeftNest *nest);
/* Numbers, and the neutral elements of what goes across rows; then its results. */
void weft_nest_write_before (WeftNest *nest);
void weft_nest_write_after (WeftNest *nest);
/* p0, q0, ...: where the rows from row u on begin. */
void weft_nest_write_pointers (WeftNest *nest);
/* What is the same for all elements. */
void weft_nest_write_invariants (WeftNest *nest, const WeftNestRun *run);
/* The body of a loop over a row; @lanes: reductions are in lanes. */
void weft_nest_write_elements (WeftNest          *nest,
                               const WeftNestRun *run,
                               const char        *place,
                               gboolean           lanes);
/* An instruction that stands once a row. */
void weft_nest_write_row_op (WeftNest *nest, const WeftTileOp *op);
/* @to = @to combined with what @op reads. */
void weft_nest_write_combine (WeftNest *nest, const WeftTileOp *op, const char *to);

G_END_DECLS
