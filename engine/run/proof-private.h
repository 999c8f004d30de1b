/* What the files of proofs share: the two sides of a rewrite as one graph over common operands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops.h"
#include "engine/run/function.h"
#include "engine/run/proof.h"

G_BEGIN_DECLS

/* A value that both sides read from outside, and how it is drawn. */
typedef struct
{
  guint       value;  /* its number in the history */
  WeftShared *shared; /* of a shared leaf: one variable is one operand; else NULL */
  WeftValue  *input;  /* in the graph of the sides */
  WeftDomain  domain;
  gboolean    definite; /* a symmetric positive definite matrix, or a stack of them */
  gint64      limit;    /* it picks along an axis of this size: 0 .. limit - 1; 0: it picks nothing */
} WeftProofOperand;

/* Which sizes above a few become small ones. */
typedef enum
{
  WEFT_SHRINK_ALL,
  WEFT_SHRINK_LEADING, /* those of the first axes of operands that are no parameters: batches */
  WEFT_SHRINK_NONE,
} WeftShrink;

typedef struct
{
  WeftHistory *history;
  WeftCursor  *before, *after; /* owned */
  gboolean     whole;          /* everything is inside; else what the step matched and made */
  GHashTable  *inside;         /* set of application numbers + 1 */
  GArray      *pairs;          /* WeftReplaced: results to compare */
  gboolean
    rounded; /* the sides differ by a constant that float32 rounded: they agree only to that */
  /* Made by weft_sides_build. */
  WeftGraph  *graph;
  GArray     *operands; /* WeftProofOperand */
  WeftValue **outputs;  /* before and after of each pair, one after the other */
  double      work;     /* about how many multiplications one evaluation takes */
  gboolean    named;    /* there are dimensions with names */
} WeftSides;

/* What sizes become (proof-sizes.c). */
typedef struct
{
  WeftShrink    shrink;
  gint64        size;    /* of names; 0: small ones, each its own */
  GArray       *seen;    /* gint64: sizes above 1 that stand anywhere */
  GArray       *first;   /* gint64: those of first axes */
  GArray       *leading; /* gint64: those of the first axes of operands that are no parameters */
  GArray       *rows;    /* what is shrunk, when all is settled */
  WeftBindings *bindings;
  guint         n_names;
} WeftSizes;

void    weft_sizes_init (WeftSizes *sizes, WeftShrink shrink, gint64 size);
void    weft_sizes_clear (WeftSizes *sizes);
void    weft_sizes_learn (WeftSizes *sizes, const WeftApply *apply);
void    weft_sizes_learn_leading (WeftSizes *sizes, WeftDim dim);
void    weft_sizes_settle (WeftSizes *sizes);
WeftDim weft_sizes_map (WeftSizes *sizes, WeftDim dim);

/* proof-sides.c. Errors: WEFT_RUN_ERROR_INPUT with what cannot be computed alone. */
gboolean weft_sides_step (WeftSides *sides, WeftHistory *history, guint step, GError **error);
gboolean weft_sides_whole (WeftSides *sides, WeftHistory *history, guint step, GError **error);
/* Makes graph, operands and outputs. @size: of named dimensions; 0: small ones, each its own. May
 * be called again. FALSE where such sizes do not fit. */
gboolean weft_sides_build (WeftSides *sides, WeftShrink shrink, gint64 size, GError **error);
void     weft_sides_clear (WeftSides *sides);

/* proof-draw.c: row number @row of operand number @index, of the operand's type. The caller owns
 * it. @extreme: with some numbers far out. @largest grows to the largest number drawn. */
WeftArray *weft_proof_draw (const WeftProofOperand *operand,
                            guint64                 seed,
                            guint                   index,
                            guint                   row,
                            gboolean                extreme,
                            double                 *largest);

G_END_DECLS
