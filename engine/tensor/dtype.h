/* Element types.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In promotion order within a kind. Arithmetic happens in bool, i32, i64, f32, f64; the others are
 * storage, cast on entry (u8 i8 i16 u16 -> i32, u32 u64 -> i64, f16 bf16 -> f32). */
typedef enum
{
  WEFT_BOOL,
  WEFT_U8,
  WEFT_I8,
  WEFT_U16,
  WEFT_I16,
  WEFT_U32,
  WEFT_I32,
  WEFT_U64,
  WEFT_I64,
  WEFT_F16,
  WEFT_BF16,
  WEFT_F32,
  WEFT_F64,
} WeftDType;
#define WEFT_N_DTYPES 13

typedef enum
{
  WEFT_KIND_BOOL,
  WEFT_KIND_INT,
  WEFT_KIND_FLOAT,
} WeftKind;

typedef struct
{
  const char *name;       /* "f32" */
  const char *numpy_name; /* "float32" */
  const char *npy;        /* "<f4", NULL for bf16 */
  guint       size;       /* bytes */
  WeftKind    kind;
  WeftDType   compute; /* what arithmetic on it is done in */
} WeftDTypeInfo;

extern const WeftDTypeInfo weft_dtypes[WEFT_N_DTYPES];

static inline gsize
weft_dtype_size (WeftDType dtype)
{
  return weft_dtypes[dtype].size;
}
static inline gboolean
weft_dtype_is_float (WeftDType dtype)
{
  return weft_dtypes[dtype].kind == WEFT_KIND_FLOAT;
}
/* Accepts "f32" and "float32". FALSE if there is none. */
gboolean weft_dtype_parse (const char *name, WeftDType *dtype);
/* The type of a op b after both are cast to their compute type: bool < i32 < i64 < f32 < f64,
 * and an int with a float gives the float's type. */
WeftDType weft_dtype_promote (WeftDType a, WeftDType b);

G_END_DECLS
