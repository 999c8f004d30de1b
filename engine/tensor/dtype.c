/* Element types: the table, parsing, promotion.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/dtype.h"

#include <string.h>

/* clang-format off */
const WeftDTypeInfo weft_dtypes[WEFT_N_DTYPES] = {
  /*              name    numpy       npy    size kind             compute */
  [WEFT_BOOL] = { "bool", "bool",     "|b1", 1,   WEFT_KIND_BOOL,  WEFT_BOOL },
  [WEFT_U8] =   { "u8",   "uint8",    "|u1", 1,   WEFT_KIND_INT,   WEFT_I32 },
  [WEFT_I8] =   { "i8",   "int8",     "|i1", 1,   WEFT_KIND_INT,   WEFT_I32 },
  [WEFT_U16] =  { "u16",  "uint16",   "<u2", 2,   WEFT_KIND_INT,   WEFT_I32 },
  [WEFT_I16] =  { "i16",  "int16",    "<i2", 2,   WEFT_KIND_INT,   WEFT_I32 },
  [WEFT_U32] =  { "u32",  "uint32",   "<u4", 4,   WEFT_KIND_INT,   WEFT_I64 },
  [WEFT_I32] =  { "i32",  "int32",    "<i4", 4,   WEFT_KIND_INT,   WEFT_I32 },
  [WEFT_U64] =  { "u64",  "uint64",   "<u8", 8,   WEFT_KIND_INT,   WEFT_I64 },
  [WEFT_I64] =  { "i64",  "int64",    "<i8", 8,   WEFT_KIND_INT,   WEFT_I64 },
  [WEFT_F16] =  { "f16",  "float16",  "<f2", 2,   WEFT_KIND_FLOAT, WEFT_F32 },
  [WEFT_BF16] = { "bf16", "bfloat16", NULL,  2,   WEFT_KIND_FLOAT, WEFT_F32 },
  [WEFT_F32] =  { "f32",  "float32",  "<f4", 4,   WEFT_KIND_FLOAT, WEFT_F32 },
  [WEFT_F64] =  { "f64",  "float64",  "<f8", 8,   WEFT_KIND_FLOAT, WEFT_F64 },
};
/* clang-format on */

/**
 * weft_dtype_parse:
 * @name: "f32" or "float32"
 * @dtype: (out): the type
 *
 * Any thread.
 *
 * Returns: %FALSE if there is no such type; @dtype is then as it was.
 */
gboolean
weft_dtype_parse (const char *name, WeftDType *dtype)
{
  g_return_val_if_fail (name != NULL && dtype != NULL, FALSE);

  for (guint i = 0; i < WEFT_N_DTYPES; i++)
    if (strcmp (name, weft_dtypes[i].name) == 0 || strcmp (name, weft_dtypes[i].numpy_name) == 0)
      {
        *dtype = (WeftDType) i;
        return TRUE;
      }
  return FALSE;
}

/**
 * weft_dtype_promote:
 *
 * The type in which @a and @b meet. The compute types are ordered bool < i32 < i64 < f32 < f64, so
 * the higher one wins; an i64 with an f32 thus gives f32, never a silent f64. Any thread.
 *
 * Returns: one of the five compute types.
 */
WeftDType
weft_dtype_promote (WeftDType a, WeftDType b)
{
  g_return_val_if_fail (a < WEFT_N_DTYPES && b < WEFT_N_DTYPES, WEFT_F32);

  return MAX (weft_dtypes[a].compute, weft_dtypes[b].compute);
}
