/* What the files of linear algebra share: type rules of matrices, their batches, and the plain
 * float64 algorithms that references are made of.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/lapack.h"
#include "engine/ops/ops-private.h"

#include <string.h>

/* ---- Type rules ---- */

/* @type has at least two axes; @name: of the input. Errors: WEFT_TYPE_ERROR_SHAPE. */
gboolean
weft_infer_matrix (const WeftOp *op, const WeftType *type, const char *name, GError **error);
/* The last two axes may be equal. Errors as above. */
gboolean
weft_infer_square (const WeftOp *op, const WeftType *type, const char *name, GError **error);
/* The rule of what makes one square matrix of another. Errors as above. */
INFER (weft_infer_square_of_square);
/* The axes before the last two, then @rows and @columns. */
WeftShape weft_shape_of_matrices (const WeftShape *like, WeftDim rows, WeftDim columns);
/* The axes before the last two, then @n. */
WeftShape weft_shape_of_vectors (const WeftShape *like, WeftDim n);

/* ---- Matrices of a kernel's call ---- */

static inline gint64
weft_call_rows (const WeftKernelCall *call)
{
  return call->in_shapes[0][call->in_ranks[0] - 2];
}
static inline gint64
weft_call_columns (const WeftKernelCall *call)
{
  return call->in_shapes[0][call->in_ranks[0] - 1];
}
/* The routines in the precision of the results. */
static inline const WeftLapack *
weft_call_lapack (const WeftKernelCall *call)
{
  return weft_lapack_get (call->out_dtype[0]);
}
/* How many matrices the first input holds: one unit each. */
gint64 weft_call_matrices (const WeftKernelCall *call);
/* Where result @unit's matrix or vector of input @which starts, in elements: the result's first
 * @batch_rank axes broadcast it. */
gint64 weft_call_offset (const WeftKernelCall *call, guint which, guint batch_rank, gint64 unit);

/* The next @bytes of scratch memory, 64-aligned; @at moves on. A layout computed with @at from NULL
 * gives the size. */
static inline void *
weft_take (char **at, gsize bytes)
{
  char *taken = *at;

  *at += (bytes + 63) / 64 * 64;
  return taken;
}

void weft_fill_nan (WeftDType dtype, void *data, gint64 n);
void weft_fill_identity (WeftDType dtype, void *data, gint64 rows, gint64 columns);
/* @to [columns, rows] = the transpose of @from [rows, columns]; they do not overlap. */
void weft_transpose_matrix (
  WeftDType dtype, void *to, const void *from, gint64 rows, gint64 columns);
gboolean weft_all_finite (WeftDType dtype, const void *data, gint64 n);
static inline void
weft_store_number (WeftDType dtype, void *data, gint64 i, double value)
{
  if (dtype == WEFT_F32)
    ((float *) data)[i] = value;
  else
    ((double *) data)[i] = value;
}

/* ---- Plain algorithms, row-major float64, for references (linalg-plain.c) ---- */

/* [n, n]; NaN everywhere where @a is not positive definite. */
void weft_plain_cholesky (gint64 n, const double *a, double *l);
/* @x [n, k] with a x = b; FALSE and NaN where @a is singular. */
gboolean weft_plain_solve (gint64 n, gint64 k, const double *a, const double *b, double *x);
double   weft_plain_det (gint64 n, const double *a);
/* @perm: row i of L U is row perm[i] of @a. @lu [m, n]. */
void weft_plain_lu (gint64 m, gint64 n, const double *a, double *lu, gint64 *perm);
/* Eigenvalues ascending, vectors in columns. */
void weft_plain_eigh (gint64 n, const double *a, double *w, double *v);
/* @u [m, k], @s [k], @v [n, k], k = min (m, n); singular values descending. */
void weft_plain_svd (gint64 m, gint64 n, const double *a, double *u, double *s, double *v);
/* @q [m, m], @r [m, n]; the sign of LAPACK: r_ii = -sign (a_ii) |a_i|. */
void weft_plain_qr (gint64 m, gint64 n, const double *a, double *q, double *r);
void weft_plain_expm (gint64 n, const double *a, double *y);
/* Eigenvalues, in no order: real and imaginary parts. */
void weft_plain_eigenvalues (gint64 n, const double *a, double *re, double *im);
/* @c [m, n] = a [m, k] b [k, n]. */
void weft_plain_product (gint64 m, gint64 k, gint64 n, const double *a, const double *b, double *c);
