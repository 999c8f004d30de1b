/* The plan of a loop nest: what tiles.c makes and tiles-run.c runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/executor.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_REGISTER_TILE,   /* a tile of its own, index place */
  WEFT_REGISTER_KEPT,   /* a tile as long as a row, index place */
  WEFT_REGISTER_ROWS,   /* one number a row of the block, index place */
  WEFT_REGISTER_AT,     /* in the bytes of the operand number place, element by element */
  WEFT_REGISTER_AT_ROW, /* likewise, where all rows are one */
} WeftRegisterKind;

typedef struct
{
  WeftRegisterKind kind;
  guint            place;
  gsize            size;  /* of an element */
  gboolean         lasts; /* laid out once: its tile is never another's */
} WeftRegister;

typedef enum
{
  WEFT_DO_CALL,        /* dst = func (a, b, c) */
  WEFT_DO_GATHER,      /* dst = elements of operand @at */
  WEFT_DO_GATHER_ROWS, /* dst = the first of each row of operand @at */
  WEFT_DO_EXPAND,      /* dst, of elements = a, of rows */
  WEFT_DO_NUMBER,      /* dst = numbers[0], laid out once */
  WEFT_DO_INDEX,       /* dst = numbers[0] + numbers[1] * place in the row */
  WEFT_DO_STORE,       /* operand @at = a */
  WEFT_DO_STORE_ROWS,
  WEFT_DO_REDUCE, /* dst, of rows = a, in lanes number b where a row is several tiles */
  WEFT_DO_ACROSS, /* operand @at, a row = itself with each row of a */
  WEFT_DO_ACROSS_ROWS,
  WEFT_DO_PICK, /* dst = element number a of each row of operand @at */
} WeftDo;

typedef struct
{
  WeftDo             what;
  guint16            dst, a, b, c;
  guint              at;   /* number among the operands: in, then out */
  gsize              size; /* of an element of dst or of the operand */
  WeftDType          dtype;
  guint              number; /* of the tile instruction that it comes from */
  double             numbers[2];
  WeftPrimitive      func;
  const WeftReducer *reducer;
} WeftInstruction;

/* A run of instructions that stand once an element, or once a row. */
typedef struct
{
  gboolean per_row;
  guint    begin, code,
    end; /* in the plan's code: first what is laid out before the loop, then the loop */
} WeftSegment;

struct _WeftTilePlan
{
  const WeftStep *step;
  gint64          n;           /* elements */
  gint64          units;       /* rows, or elements */
  gint64          block;       /* rows of one go, that a tile holds; 0: the step has no rows */
  gint64          tile;        /* elements */
  gboolean        cut;         /* a row is several tiles; block is 1 */
  guint           n_registers; /* the step's, then those of rows laid out over elements */
  guint           n_tiles, n_kept, n_rows, n_lanes;
  gsize           tile_bytes, kept_bytes, rows_bytes;
  gsize           scratch_bytes;
  WeftRegister   *registers;
  GArray         *moving;   /* guint16: registers whose places change from tile to tile */
  GArray         *before;   /* WeftInstruction: once a call */
  GArray         *code;     /* WeftInstruction */
  GArray         *segments; /* WeftSegment */
  double          ns;       /* estimated, an element */
};

G_END_DECLS
