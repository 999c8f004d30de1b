/* Guards of the rules about products: shapes of vectors, rows, columns and square matrices, and
 * whether an elementwise op follows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "engine/rewrite/blas.h"

static gboolean
is_vector (const WeftMatch *match, guint slot)
{
  return match->values[slot]->type.shape.rank == 1;
}

static gboolean
is_one (WeftDim dim)
{
  return weft_dim_is_number (dim) && dim.offset == 1;
}

/* A stack of matrices with one column each. */
static gboolean
is_column (const WeftMatch *match, guint slot)
{
  const WeftShape *shape = &match->values[slot]->type.shape;

  return shape->rank >= 2 && is_one (shape->dims[shape->rank - 1]);
}

static gboolean
is_row (const WeftMatch *match, guint slot)
{
  const WeftShape *shape = &match->values[slot]->type.shape;

  return shape->rank >= 2 && is_one (shape->dims[shape->rank - 2]);
}

/* A shape of as many rows as columns. */
static gboolean
is_square (const WeftMatch *match, guint slot)
{
  const WeftAttr *attr = match->attrs[slot];

  return attr->kind == WEFT_ATTR_SHAPE && attr->dims->rank == 2 &&
         weft_dim_equal (attr->dims->dims[0], attr->dims->dims[1]);
}

/* No elementwise op reads what is replaced. */
static gboolean
is_unfused (const WeftMatch *match, guint slot)
{
  guint id = match->root->apply->id;

  return match->fused == NULL || !match->fused[id];
}

/* Taken to be so, as everybody does who writes the short form: a NaN or an infinity in a matrix
 * that is multiplied with zeros, or inverted, would spread over the whole result. */
static gboolean
is_ordinary (const WeftMatch *match, guint slot)
{
  return TRUE;
}

const WeftGuard weft_guards_blas[] = {
  { "vector", WEFT_GUARD_OF_VALUE, is_vector, "ravel(x)", N_ ("$x is a vector, $s"),
    N_ ("$x is no vector, its shape is $s") },
  { "column", WEFT_GUARD_OF_VALUE, is_column, "expand_dims(x, -1)", N_ ("$x is a column, $s"),
    N_ ("$x is no column, its shape is $s") },
  { "row", WEFT_GUARD_OF_VALUE, is_row, "expand_dims(x, -2)", N_ ("$x is a row, $s"),
    N_ ("$x is no row, its shape is $s") },
  { "square", WEFT_GUARD_OF_ATTR, is_square, NULL, N_ ("$x has as many rows as columns"),
    N_ ("$x has not as many rows as columns") },
  { "ordinary", WEFT_GUARD_OF_VALUE, is_ordinary, "number",
    N_ ("$x is taken to hold ordinary numbers, neither NaN nor infinity"), NULL },
  { "unfused", WEFT_GUARD_OF_MATCH, is_unfused, NULL,
    N_ ("no op on one element at a time reads the result"),
    N_ ("an op on one element at a time reads the result: it is made in one pass with that") },
};
const guint weft_n_guards_blas = G_N_ELEMENTS (weft_guards_blas);
