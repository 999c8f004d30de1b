/* Dimensions and shapes.
 *
 * A dimension is a number, a name ("batch"), or a polynomial of names (2*n + 1, batch*time) in
 * canonical form. A quotient that does not come out is an opaque term such as (n+1)//2, a smaller
 * one of two that cannot be compared one such as minimum(10,n). Values, not pointers: compare with
 * weft_dim_equal. Terms are interned for the life of the process. Names stand for sizes, never
 * negative. Numbers beyond 64 bits saturate. Any thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEFT_MAX_RANK 8

typedef struct _WeftTerms WeftTerms;

typedef struct
{
  gint64           offset; /* the number where terms is NULL */
  const WeftTerms *terms;  /* interned sum of coefficient * name, NULL for a plain number */
} WeftDim;

typedef struct
{
  guint   rank;
  WeftDim dims[WEFT_MAX_RANK];
} WeftShape;

/* Name -> number, for resolving at the call. */
typedef struct _WeftBindings WeftBindings;
WeftBindings                *weft_bindings_new (void);
WeftBindings                *weft_bindings_copy (const WeftBindings *bindings);
void                         weft_bindings_free (WeftBindings *bindings);
/* FALSE if @name is already bound to another number. */
gboolean weft_bindings_set (WeftBindings *bindings, const char *name, gint64 value);
gboolean weft_bindings_set_dim (WeftBindings *bindings, const char *name, WeftDim dim);
/* FALSE if @name is not bound to a number. */
gboolean weft_bindings_get (WeftBindings *bindings, const char *name, gint64 *value);
gboolean weft_bindings_has (const WeftBindings *bindings, const char *name);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftBindings, weft_bindings_free)

static inline WeftDim
weft_dim (gint64 number)
{
  return (WeftDim){ number, NULL };
}
static inline gboolean
weft_dim_is_number (WeftDim dim)
{
  return dim.terms == NULL;
}
static inline gboolean
weft_dim_equal (WeftDim a, WeftDim b)
{
  return a.offset == b.offset && a.terms == b.terms;
}
WeftDim     weft_dim_named (const char *name);
const char *weft_dim_name (WeftDim dim); /* of a plain name (1*name + 0), else NULL; interned */
WeftDim     weft_dim_add (WeftDim a, WeftDim b);
WeftDim     weft_dim_sub (WeftDim a, WeftDim b);
WeftDim     weft_dim_mul (WeftDim a, WeftDim b);
WeftDim     weft_dim_div (WeftDim a, WeftDim b); /* exact division, e.g. for reshape's -1 */
/* Rounds towards minus infinity, as Python's //; opaque where that does not come out. */
WeftDim  weft_dim_floor_div (WeftDim a, WeftDim b);
WeftDim  weft_dim_minimum (WeftDim a, WeftDim b);
WeftDim  weft_dim_maximum (WeftDim a, WeftDim b);
gboolean weft_dim_differs (WeftDim a, WeftDim b); /* certainly unequal for every binding */
/* Every name bound: the number; else FALSE. @bindings may be NULL: none. Opaque terms are computed
 * from their parts. */
gboolean weft_dim_resolve (WeftDim dim, WeftBindings *bindings, gint64 *value);
void
weft_dim_foreach_name (WeftDim dim, void (*func) (const char *name, gpointer data), gpointer data);
/* Replaces bound names, keeps the rest. @bindings may be NULL. */
WeftDim weft_dim_substitute (WeftDim dim, WeftBindings *bindings);
/* Learns names: if @dim is an affine expression in one unbound name, binds it so that dim == value.
 * FALSE if that contradicts a number or a binding. */
gboolean weft_dim_match (WeftDim dim, gint64 value, WeftBindings *bindings);
void     weft_dim_append (WeftDim dim, GString *out); /* "2*n+1" */
/* Reads "batch", "2*n + 1", "784". NULL-terminated; FALSE on anything else. */
gboolean weft_dim_parse (const char *text, WeftDim *dim);

/* weft_shape (2, 3, 4): plain numbers, of any integer type. */
#define weft_shape(rank, ...) weft_shape_new (rank, (const gint64[]){ 0, ##__VA_ARGS__ } + 1)
WeftShape weft_shape_new (guint rank, const gint64 *dims);
gboolean  weft_shape_equal (const WeftShape *a, const WeftShape *b);
gboolean  weft_shape_is_static (const WeftShape *shape);
WeftDim   weft_shape_size (const WeftShape *shape);      /* product of the dims, 1 for rank 0 */
char     *weft_shape_to_string (const WeftShape *shape); /* "(batch, 784)", "(5,)", "()" */
gboolean
     weft_shape_resolve (const WeftShape *shape, WeftBindings *bindings, gint64 dims[WEFT_MAX_RANK]);
void weft_shape_substitute (WeftShape *shape, WeftBindings *bindings);
/* NumPy broadcasting. FALSE, and the offending pair counted from the right in @axis, where two
 * dims certainly differ and neither is 1. A number wins over a name. */
gboolean
weft_shape_broadcast (const WeftShape *a, const WeftShape *b, WeftShape *result, guint *axis);

G_END_DECLS
