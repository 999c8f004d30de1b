/* The table of LAPACK routines.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/lapack.h"

#include <float.h>

/* Every routine, in the order of WeftLapack. */
#define ROUTINES(EACH, P) \
  EACH (P, potrf)         \
  EACH (P, getrf)         \
  EACH (P, getri)         \
  EACH (P, getrs)         \
  EACH (P, gelqf)         \
  EACH (P, orglq)         \
  EACH (P, syevd)         \
  EACH (P, geev)          \
  EACH (P, gesdd)         \
  EACH (P, gelsd)         \
  EACH (P, trsm)          \
  EACH (P, gemm)

/* The Fortran symbols have the types of the table's fields. */
#define DECLARE(P, NAME) extern typeof (*((WeftLapack *) 0)->NAME) P##NAME##_;
#define FIELD(P, NAME) .NAME = P##NAME##_,

ROUTINES (DECLARE, s)
ROUTINES (DECLARE, d)

static const WeftLapack single = { .size = sizeof (float),
                                   .epsilon = FLT_EPSILON,
                                   .one = &(const float){ 1 },
                                   .zero = &(const float){ 0 },
                                   ROUTINES (FIELD, s) };
static const WeftLapack real = { .size = sizeof (double),
                                 .epsilon = DBL_EPSILON,
                                 .one = &(const double){ 1 },
                                 .zero = &(const double){ 0 },
                                 ROUTINES (FIELD, d) };

const WeftLapack *
weft_lapack_get (WeftDType dtype)
{
  g_assert (weft_dtype_is_float (dtype));
  return dtype == WEFT_F32 ? &single : &real;
}
