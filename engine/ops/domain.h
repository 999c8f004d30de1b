/* Tame numbers of the domains of ops: away from where functions have no values, kinks or poles, and
 * of ordinary size.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/op.h"

G_BEGIN_DECLS

/* @x: the number at @u, in [0, 1), of the range that is tame in @domain. FALSE: one range does not
 * say what is. */
static inline gboolean
weft_domain_number (WeftDomain domain, double u, double *x)
{
  switch (domain)
    {
    case WEFT_DOMAIN_POSITIVE:
      *x = 0.2 + 3.8 * u;
      return TRUE;
    case WEFT_DOMAIN_NEGATIVE:
      *x = -0.2 - 3.8 * u;
      return TRUE;
    case WEFT_DOMAIN_UNIT:
      *x = 1.8 * u - 0.9;
      return TRUE;
    case WEFT_DOMAIN_PROBABILITY:
      *x = 0.05 + 0.9 * u;
      return TRUE;
    case WEFT_DOMAIN_ABOVE_ONE:
      *x = 1.1 + 2.9 * u;
      return TRUE;
    case WEFT_DOMAIN_NONZERO:
    case WEFT_DOMAIN_INTS:
    case WEFT_DOMAIN_BOOLS:
    case WEFT_DOMAIN_REALS:
    case WEFT_DOMAIN_SPECIAL:
      break;
    }
  return FALSE;
}

G_END_DECLS
