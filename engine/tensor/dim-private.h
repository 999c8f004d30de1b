/* Inside of dimensions: polynomials over interned atoms.
 *
 * An atom is a name, a product of names, or a quotient that has no simpler form. Atoms and sums are
 * interned for the life of the process, so equal dimensions have equal pointers. Names stand for
 * sizes and are never negative.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/tensor/shape.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_ATOM_NAME,
  WEFT_ATOM_PRODUCT,  /* of other atoms, sorted; a * a is there twice */
  WEFT_ATOM_QUOTIENT, /* a / b, which must be exact */
  WEFT_ATOM_FLOOR,    /* a // b */
  WEFT_ATOM_MINIMUM,  /* the smaller of a and b */
  WEFT_ATOM_MAXIMUM,  /* the larger */
  WEFT_ATOM_UNKNOWN,  /* too large to keep as an expression: equal to itself only */
} WeftAtomKind;

#define WEFT_MAX_TERMS 32
#define WEFT_MAX_FACTORS 16
/* Quotients in quotients; bounds recursion over atoms. */
#define WEFT_MAX_ATOM_DEPTH 16

typedef struct _WeftAtom WeftAtom;
struct _WeftAtom
{
  WeftAtomKind    kind;
  guint           depth;
  const char     *name; /* as printed, without brackets around it */
  guint           n_factors;
  const WeftAtom *factors[WEFT_MAX_FACTORS];
  WeftDim         a, b;
};

typedef struct
{
  const WeftAtom *atom;
  gint64          coefficient; /* not 0 */
} WeftTerm;

struct _WeftTerms
{
  guint    n;
  WeftTerm terms[]; /* by name */
};

const WeftAtom *weft_atom_name (const char *name);
WeftDim         weft_dim_of_atom (const WeftAtom *atom);
gint64          weft_floor_div (gint64 a, gint64 b);

G_END_DECLS
