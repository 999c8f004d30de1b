/* Tile primitives: one function an elementwise row and element type, compiled once a vector
 * instruction set.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/program.h"

G_BEGIN_DECLS

/* dst[i] = row (a[i], b[i], c[i]) for i below @n. @dst may be any of the operands, but not overlap
 * one otherwise. All three operands are readable whatever the row needs. @numbers: the row's first
 * two numeric attributes. */
typedef void (*WeftPrimitive) (
  gsize n, void *dst, const void *a, const void *b, const void *c, const double *numbers);

/* Reducing by one operation, as compile/program.h fixes it. */
typedef struct
{
  void (*begin) (gsize n, void *dst); /* dst = the neutral element */
  /* *dst = *dst combined with each element, in their order. */
  void (*order) (gsize n, void *dst, const void *source);
  /* dst[l] = dst[l] combined with elements l, l + WEFT_LANES, ... in their order. */
  void (*lanes) (gsize n, void *dst, const void *source);
  /* *dst = all @lanes, which it spoils. */
  void (*join) (void *dst, void *lanes);
  /* dst[r] = row r of @source, reduced. */
  void (*rows) (gsize n_rows, gsize row, void *dst, const void *source);
} WeftReducer;

enum
{
  WEFT_REDUCE_ADD,
  WEFT_REDUCE_MUL,
  WEFT_REDUCE_MAXIMUM,
  WEFT_REDUCE_MINIMUM,
  WEFT_REDUCE_AND,
  WEFT_REDUCE_OR,
  WEFT_N_REDUCERS,
};

/* The types arithmetic is done in: bool, i32, i64, f32, f64. */
#define WEFT_N_PRIMITIVE_TYPES 5

typedef struct
{
  WeftPrimitive rows[WEFT_N_PRIMITIVE_TYPES][WEFT_N_ELEMENTWISE];      /* by the type of the operands */
  WeftPrimitive casts[WEFT_N_PRIMITIVE_TYPES][WEFT_N_PRIMITIVE_TYPES]; /* [from][to] */
  WeftReducer   reducers[WEFT_N_PRIMITIVE_TYPES][WEFT_N_REDUCERS];
} WeftPrimitives;

extern const WeftPrimitives weft_primitives_baseline;
#if defined(__x86_64__)
extern const WeftPrimitives weft_primitives_avx2;
extern const WeftPrimitives weft_primitives_avx512;
#endif

/* Of this machine. */
const WeftPrimitives *weft_primitives_get (void);

/* @combine: what WeftTileOp.combine may be */
const WeftReducer *
weft_primitives_reducer (const WeftPrimitives *primitives, guint combine, WeftDType dtype);

static inline guint
weft_primitive_type (WeftDType dtype)
{
  switch ((int) dtype)
    {
    case WEFT_BOOL:
      return 0;
    case WEFT_I32:
      return 1;
    case WEFT_I64:
      return 2;
    case WEFT_F32:
      return 3;
    default:
      g_assert (dtype == WEFT_F64);
      return 4;
    }
}

G_END_DECLS
