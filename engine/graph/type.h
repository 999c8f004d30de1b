/* The type of a value: element type and shape.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/tensor/array.h"

G_BEGIN_DECLS

typedef struct
{
  WeftDType dtype;
  gboolean
            weak; /* a bare number of the text: takes the type of what it meets; alone it is i64 or f32 */
  WeftShape shape;
} WeftType;

gboolean weft_type_equal (const WeftType *a, const WeftType *b);
char    *weft_type_to_string (const WeftType *type); /* "f32 (batch, 784)"; "f32 ()" for a scalar */

#define WEFT_TYPE_ERROR (weft_type_error_quark ())
typedef enum
{
  WEFT_TYPE_ERROR_SHAPE,
  WEFT_TYPE_ERROR_DTYPE,
  WEFT_TYPE_ERROR_ATTRIBUTE, /* missing, unknown, wrong kind, out of range */
  WEFT_TYPE_ERROR_ARITY,
} WeftTypeErrorCode;
GQuark weft_type_error_quark (void);

G_END_DECLS
