/* Tile primitives: one function an elementwise row and element type, compiled once a vector
 * instruction set.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops.h"

G_BEGIN_DECLS

/* dst[i] = row (a[i], b[i], c[i]) for i below @n. @dst may be any of the operands, but not overlap
 * one otherwise. All three operands are readable whatever the row needs. @numbers: the row's first
 * two numeric attributes. */
typedef void (*WeftPrimitive) (
  gsize n, void *dst, const void *a, const void *b, const void *c, const double *numbers);

/* The types arithmetic is done in: bool, i32, i64, f32, f64. */
#define WEFT_N_PRIMITIVE_TYPES 5

typedef struct
{
  WeftPrimitive rows[WEFT_N_PRIMITIVE_TYPES][WEFT_N_ELEMENTWISE];      /* by the type of the operands */
  WeftPrimitive casts[WEFT_N_PRIMITIVE_TYPES][WEFT_N_PRIMITIVE_TYPES]; /* [from][to] */
} WeftPrimitives;

extern const WeftPrimitives weft_primitives_baseline;
#if defined(__x86_64__)
extern const WeftPrimitives weft_primitives_avx2;
extern const WeftPrimitives weft_primitives_avx512;
#endif

/* Of this machine. */
const WeftPrimitives *weft_primitives_get (void);

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
