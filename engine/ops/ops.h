/* The op tables: every op that Weft has.
 *
 * The rows stand in the .def files of this folder, one file a family group; nothing else lists ops.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/expr.h"

G_BEGIN_DECLS

/* One enum entry a row: WEFT_OP_ADD ... */
typedef enum
{
#define OP(ID, ...) WEFT_OP_##ID,
#include "engine/ops/elementwise.def"
#undef OP
  WEFT_N_ELEMENTWISE,
  WEFT_OP_ELEMENTWISE_LAST = WEFT_N_ELEMENTWISE - 1,
#define OP(ID, ...) WEFT_OP_##ID,
#include "engine/ops/rows.def"
#undef OP
  WEFT_N_OPS
} WeftOpId;

/* Registers all rows and functions. Once a process; later calls do nothing. Any thread. */
void weft_ops_init (void);

static inline const WeftOp *
weft_op (WeftOpId id)
{
  return weft_op_get (id);
}

/* overwrite.c: whether the result is the first input's bytes, seen otherwise, and @all of them in
 * their order. */
gboolean weft_apply_looks (const WeftApply *apply, gboolean *all);
/* Whether the (first) result may take the bytes of input number @input, as far as the op is
 * concerned. */
gboolean weft_apply_overwrites (const WeftApply *apply, guint input);

/* The gradient of input number @index for people: the row's text, or the formula that its helper
 * function stands for. NULL: none. */
const char *weft_op_gradient_formula (const WeftOp *op, guint index);

/* The functions of functions.def, their examples and the mistakes that they must refuse
 * (WEFT_MAX_EXAMPLES texts, NULL after the last). */
guint              weft_functions_count (void);
const char        *weft_functions_name (guint index);
const char *const *weft_functions_examples (const char *name, gboolean mistakes);

/* Families in palette order. */
typedef struct
{
  const char *key;    /* "math" */
  const char *title;  /* N_("Math") */
  const char *colour; /* CSS colour name of the card header: "weft-math" */
} WeftOpFamily;
extern const WeftOpFamily weft_op_families[];
extern const guint        weft_n_op_families;

/* Scalar reference of an elementwise row through the C library, not the prelude; whole numbers and
 * bools are computed as such. @dtype: of the operands; @x: operands; @attrs: the first two number
 * attributes (may be NULL if there are none). */
double
weft_op_scalar_reference (WeftOpId id, WeftDType dtype, const double *x, const double *attrs);

G_END_DECLS
