/* A program: kernels in order over one arena, made from a graph whose dimensions are all numbers.
 *
 * compile/ decides (fusion, views, schedule, memory plan); run/ executes. A program is immutable.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops.h"

G_BEGIN_DECLS

/* Where the bytes of a value are. */
typedef enum
{
  WEFT_SLOT_INPUT,    /* the caller's array: index = input number */
  WEFT_SLOT_SHARED,   /* a shared variable's array: index = number in program->shared */
  WEFT_SLOT_CONSTANT, /* index = number in program->constants */
  WEFT_SLOT_ARENA,    /* offset bytes into the arena */
  WEFT_SLOT_OUTPUT,   /* written straight into the array of a result: index = output number */
} WeftSlotKind;

typedef struct
{
  WeftSlotKind kind;
  guint        index;
  gsize        offset, bytes;
  WeftDType    dtype;
  guint        rank;
  gint64       shape[WEFT_MAX_RANK];
  guint        born, dies; /* kernel numbers, inclusive: what the memory view draws */
  guint        value;      /* id in the graph */
} WeftSlot;

/* One operand: where it starts in its slot and, in a loop nest, its strides over the kernel's
 * collapsed dims (0: broadcast), both in elements. */
typedef struct
{
  guint  slot;
  gint64 offset;
  gint64 strides[WEFT_MAX_RANK];
} WeftOperand;

/* One tile instruction: dst = op (srcs). Registers are written once; a register holds one number an
 * element, or one a row, and the executor decides which of them share memory.
 *
 * A kernel with rows (step->row > 0) goes through its rows one by one. Its instructions are in the
 * order in which a row meets them: a run of instructions that stand once an element is one loop
 * over the row, a run of those that stand once a row is done once. REDUCE ends in a register that
 * is there after its loop. A register of elements that a later loop reads is `kept`: it needs room
 * for a row; what costs little is computed again instead. A kernel without rows is one loop.
 *
 * How a row is reduced is fixed, so that all executors give the same bits: up to WEFT_LANES
 * elements in their order; more in WEFT_LANES lanes, lane l taking elements l, l + WEFT_LANES, ...,
 * each starting with the neutral element (weft_tile_neutral), put together pairwise: lane l and
 * lane l + 16, then 8, 4, 2, 1. ACROSS: a call (a piece of step->piece_rows rows) starts with the
 * neutral element and takes its rows in order; the pieces are put together in order. */
typedef struct
{
  guint16   op;    /* WeftOpId of an elementwise row, or WEFT_TILE_... */
  WeftDType dtype; /* of the arithmetic */
  WeftDType from;  /* CAST */
  guint16   dst, src[3];
  double    p, q;    /* the row's first two numeric attributes */
  guint32   apply;   /* the application it comes from */
  gboolean  per_row; /* once a row, not once an element */
  gboolean  kept;    /* dst, of elements, is read in a later loop */
  guint16   combine; /* REDUCE, ACROSS: ADD, MUL, MAXIMUM, MINIMUM, LOGICAL_AND or LOGICAL_OR */
} WeftTileOp;
#define WEFT_TILE_LOAD 0xfff0   /* dst = element of in[src[0]]; per row: its first of the row */
#define WEFT_TILE_STORE 0xfff1  /* out[dst] = register src[0] */
#define WEFT_TILE_CAST 0xfff2   /* dst = src[0] as dtype */
#define WEFT_TILE_NUMBER 0xfff3 /* dst = p: a constant, exact in dtype */
#define WEFT_TILE_INDEX 0xfff4  /* dst = p + q * place in the row, from 0 */
#define WEFT_TILE_REDUCE 0xfff5 /* dst, of rows = src[0], of elements, combined over the row */
/* out[dst] = register src[0] combined over all rows: a row of numbers, or one */
#define WEFT_TILE_ACROSS 0xfff6
/* Per row: dst = element number src[1] (a register, i32 or i64) of the row of in[src[0]]; outside
 * the row the call fails. */
#define WEFT_TILE_PICK 0xfff7
#define WEFT_LANES 32

typedef enum
{
  WEFT_STEP_TILES,  /* fused elementwise loop nest */
  WEFT_STEP_OP,     /* an op's own kernel */
  WEFT_STEP_GEMM,   /* BLAS product */
  WEFT_STEP_COPY,   /* strided copy (transpose, broadcast made real) */
  WEFT_STEP_LOOP,   /* a body run once a row */
  WEFT_STEP_BRANCH, /* one of two bodies */
} WeftStepKind;

typedef struct _WeftProgram WeftProgram;

/* What becomes of one result of a body. */
typedef struct
{
  guint output;       /* number among the body's outputs */
  guint state;        /* LOOP: the state that it is next; WEFT_NOBODY: none */
  guint rows;         /* LOOP: number among the step's results of the array it is a row of; BRANCH: of the
                         result itself */
  guint    last;      /* LOOP: number among the step's results of the state's final value */
  gsize    bytes;     /* of one */
  guint    ring_rows; /* how many places the workspace has for it, used in turn; 0: none */
  gsize    ring_offset;
  gboolean in_place; /* the body writes over the state's old value */
} WeftBodyResult;
#define WEFT_NOBODY G_MAXUINT

/* A step's programs: the one body of a LOOP, whose inputs are rows of sequences, then states, then
 * constants; or the two of a BRANCH, whose inputs are the step's without the condition. */
typedef struct
{
  guint           n_programs;
  WeftProgram    *programs[2];
  guint           n_results[2];
  WeftBodyResult *results[2]; /* in the order of the programs' outputs */
  guint           n_sequences, n_states;
  gint64          n_rows;
  gboolean        backwards;
  guint           until;     /* which of the results stops the loop; WEFT_NOBODY: none */
  guint           count;     /* number among the step's results of the steps done; WEFT_NOBODY: nobody reads it */
  guint           workspace; /* number among the step's results of the programs' arena, with the rings behind
                                it */
} WeftBodies;

typedef struct
{
  WeftStepKind       kind;
  char              *name; /* "fused add relu", "gemm" */
  const WeftOrigins *origins;
  guint              n_in, n_out;
  /* TILES and COPY: with strides; LOOP: strides[0] of a sequence from row to row; others: slots
   * only */
  WeftOperand *in, *out;
  guint        rank; /* TILES, COPY: collapsed dims, the inner one last */
  gint64       dims[WEFT_MAX_RANK];
  guint        n_ops, n_registers;
  WeftTileOp  *ops;
  /* TILES: elements of a row, dims[rank - 1], if anything is reduced; 0: nothing is */
  gint64 row;
  /* The last row ends after so many elements; 0: it is whole. Operands are then contiguous, or one
   * number. */
  gint64 ragged;
  /* Rows of one call where something goes ACROSS; 0: nothing does, rows may be shared out anyhow.
   */
  gint64 piece_rows;
  /* Number in out of the room for the pieces, n_pieces times weft_step_partial_bytes; WEFT_NOBODY:
   * one piece, which writes its results itself. */
  guint partials;
  /* This step and the group - 1 after it do not need each other and may run at once; 0, 1: alone.
   */
  guint            group;
  const WeftApply *apply; /* OP */
  struct
  {
    WeftDType dtype;
    gint64    m, n, k;
    gboolean  transpose_a, transpose_b; /* the matrix lies column by column */
    gint64    lda, ldb;                 /* elements between rows (columns where transposed) */
    guint     batch_rank;
    gint64    batch[WEFT_MAX_RANK];
    gint64    batch_a[WEFT_MAX_RANK],
      batch_b[WEFT_MAX_RANK];          /* elements between matrices, 0: shared */
    gint64   ldc;                      /* elements between rows of the result, each of which is contiguous */
    gint64   batch_out[WEFT_MAX_RANK]; /* elements between matrices of the result */
    gboolean adds;                     /* in[2] is c, repeated over the result; in[3] and in[4] are alpha and beta */
    gint64   c_row, c_column;          /* its strides */
    gint64   batch_c[WEFT_MAX_RANK];
    gboolean scales;  /* in[3] is alpha */
  } gemm;             /* result = a b, or alpha a b + beta c */
  WeftBodies *bodies; /* LOOP, BRANCH */
  double      flops, bytes;
} WeftStep;

typedef struct
{
  guint shared; /* index in shared */
  WeftOperand
           value; /* its new value, contiguous; the copy happens after all kernels, unless in place */
  gboolean in_place;
} WeftUpdate;

struct _WeftProgram
{
  WeftGraph *graph; /* owned: the specialised graph */
  guint      n_slots, n_steps, n_shared, n_constants, n_outputs, n_updates;
  guint
               first_in_place; /* number of the first step that writes a shared variable; n_steps: none does */
  WeftSlot    *slots;
  WeftStep    *steps;
  WeftShared **shared;
  WeftArray  **constants;
  WeftOperand *outputs;      /* where each output is; always contiguous */
  gboolean    *written_over; /* by output: a body's that lies in the bytes of the input it replaces */
  WeftUpdate  *updates;
  gsize        arena_bytes;        /* planned peak */
  gsize        bound_bytes;        /* what is needed at once at most: no plan of this order can do with less */
  gsize        intermediate_bytes; /* the sum without reuse; what a loop's body makes counts once a row */
  gboolean     is_body;            /* of a loop or a branch: inputs and outputs lie anywhere */
  guint        n_random;           /* how many RANDOM applications draw */
  double       flops, bytes;       /* of all steps */
};

/* TILES: what calls count in: rows, or elements where there are none. */
gint64 weft_step_units (const WeftStep *step);
/* Bytes of one piece's partial results: those of each ACROSS in order, from multiples of 64. */
gsize weft_step_partial_bytes (const WeftStep *step);
/* Whether it picks elements by numbers, which may be out of range: then it can fail. */
gboolean weft_step_picks (const WeftStep *step);
/* Whether a product is small enough for a text: few rows times a small matrix that lies by rows.
 * Each element is fma (a, b, sum) for k ascending from sum = 0; where it scales, that times alpha;
 * where it adds, that plus the rounded beta c. All executors do it alike. */
gboolean weft_step_is_small_product (const WeftStep *step);
/* What a REDUCE or ACROSS by @combine starts with: 0, 1, -infinity (the smallest whole number), ...
 */
double weft_tile_neutral (guint combine, WeftDType dtype);

/* The call of an op's kernel, filled but for pointers and counters. */
typedef struct
{
  WeftKernelCall call;
  WeftDType     *in_dtypes;
  guint         *in_ranks;
  gint64 (*in_shapes)[WEFT_MAX_RANK];
  const void **in;
} WeftPreparedCall;
void weft_prepared_call_init (WeftPreparedCall *prepared, const WeftApply *apply);
void weft_prepared_call_clear (WeftPreparedCall *prepared);

/* @graph must be static; @inputs are its input values in call order. Takes @graph. */
WeftProgram *weft_program_new (WeftGraph         *graph,
                               guint              n_inputs,
                               WeftValue *const  *inputs,
                               guint              n_outputs,
                               WeftValue *const  *outputs,
                               guint              n_updates,
                               WeftShared *const *targets,
                               WeftValue *const  *new_values);
void         weft_program_free (WeftProgram *program);
char        *weft_program_to_string (WeftProgram *program); /* one line a kernel, for people and tests */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftProgram, weft_program_free)

G_END_DECLS
