/* The LAPACK and BLAS routines that linear algebra uses, in single and double precision, as
 * OpenBLAS brings them.
 *
 * Matrices lie column by column there; a row-major matrix is its transpose to them, which the
 * callers turn to account instead of copying. Single-threaded: the pool shares out batches.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/tensor/dtype.h"

/* Both precisions have one signature, since Fortran takes everything by address. The gsize
 * arguments at the end are the lengths of the character arguments. */
typedef struct
{
  gsize       size;       /* of an element */
  double      epsilon;    /* distance from 1 to the next number */
  const void *one, *zero; /* in this precision, for alpha and beta */

  /* @a = L L' or U' U. */
  void (*potrf) (const char *uplo, const int *n, void *a, const int *lda, int *info, gsize);
  /* @a = P L U; @pivots counts from 1. */
  void (*getrf) (const int *m, const int *n, void *a, const int *lda, int *pivots, int *info);
  void (*getri) (const int *n,
                 void      *a,
                 const int *lda,
                 const int *pivots,
                 void      *work,
                 const int *lwork,
                 int       *info);
  void (*getrs) (const char *trans,
                 const int  *n,
                 const int  *nrhs,
                 const void *a,
                 const int  *lda,
                 const int  *pivots,
                 void       *b,
                 const int  *ldb,
                 int        *info,
                 gsize);
  void (*gelqf) (const int *m,
                 const int *n,
                 void      *a,
                 const int *lda,
                 void      *tau,
                 void      *work,
                 const int *lwork,
                 int       *info);
  void (*orglq) (const int  *m,
                 const int  *n,
                 const int  *k,
                 void       *a,
                 const int  *lda,
                 const void *tau,
                 void       *work,
                 const int  *lwork,
                 int        *info);
  void (*syevd) (const char *job,
                 const char *uplo,
                 const int  *n,
                 void       *a,
                 const int  *lda,
                 void       *w,
                 void       *work,
                 const int  *lwork,
                 int        *iwork,
                 const int  *liwork,
                 int        *info,
                 gsize,
                 gsize);
  void (*geev) (const char *left,
                const char *right,
                const int  *n,
                void       *a,
                const int  *lda,
                void       *wr,
                void       *wi,
                void       *vl,
                const int  *ldvl,
                void       *vr,
                const int  *ldvr,
                void       *work,
                const int  *lwork,
                int        *info,
                gsize,
                gsize);
  void (*gesdd) (const char *job,
                 const int  *m,
                 const int  *n,
                 void       *a,
                 const int  *lda,
                 void       *s,
                 void       *u,
                 const int  *ldu,
                 void       *vt,
                 const int  *ldvt,
                 void       *work,
                 const int  *lwork,
                 int        *iwork,
                 int        *info,
                 gsize);
  void (*gelsd) (const int  *m,
                 const int  *n,
                 const int  *nrhs,
                 void       *a,
                 const int  *lda,
                 void       *b,
                 const int  *ldb,
                 void       *s,
                 const void *rcond,
                 int        *rank,
                 void       *work,
                 const int  *lwork,
                 int        *iwork,
                 int        *info);
  void (*trsm) (const char *side,
                const char *uplo,
                const char *trans,
                const char *diag,
                const int  *m,
                const int  *n,
                const void *alpha,
                const void *a,
                const int  *lda,
                void       *b,
                const int  *ldb,
                gsize,
                gsize,
                gsize,
                gsize);
  void (*gemm) (const char *transa,
                const char *transb,
                const int  *m,
                const int  *n,
                const int  *k,
                const void *alpha,
                const void *a,
                const int  *lda,
                const void *b,
                const int  *ldb,
                const void *beta,
                void       *c,
                const int  *ldc,
                gsize,
                gsize);
} WeftLapack;

/* For WEFT_F32 and WEFT_F64. Any thread. */
const WeftLapack *weft_lapack_get (WeftDType dtype);
