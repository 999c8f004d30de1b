/* Names of dimensions and their numbers: bindings, resolving, substituting, matching.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/dim-private.h"

struct _WeftBindings
{
  GHashTable *dims; /* WeftAtom -> WeftDim, owned */
};

WeftBindings *
weft_bindings_new (void)
{
  WeftBindings *bindings = g_new (WeftBindings, 1);

  bindings->dims = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return bindings;
}

void
weft_bindings_free (WeftBindings *bindings)
{
  if (bindings == NULL)
    return;
  g_hash_table_unref (bindings->dims);
  g_free (bindings);
}

static gboolean
bind_atom (WeftBindings *bindings, const WeftAtom *atom, WeftDim dim)
{
  WeftDim *bound = g_hash_table_lookup (bindings->dims, atom);

  if (bound != NULL)
    return weft_dim_equal (*bound, dim);
  g_hash_table_insert (bindings->dims, (gpointer) atom, g_memdup2 (&dim, sizeof dim));
  return TRUE;
}

/* A copy of @bindings (NULL: none bound yet) that can be added to. The caller owns it. */
WeftBindings *
weft_bindings_copy (const WeftBindings *bindings)
{
  WeftBindings  *copy = weft_bindings_new ();
  GHashTableIter iter;
  gpointer       atom, dim;

  if (bindings == NULL)
    return copy;
  g_hash_table_iter_init (&iter, bindings->dims);
  while (g_hash_table_iter_next (&iter, &atom, &dim))
    g_hash_table_insert (copy->dims, atom, g_memdup2 (dim, sizeof (WeftDim)));
  return copy;
}

gboolean
weft_bindings_set (WeftBindings *bindings, const char *name, gint64 value)
{
  g_return_val_if_fail (bindings != NULL && name != NULL, FALSE);

  return bind_atom (bindings, weft_atom_name (name), weft_dim (value));
}

/* Lets @name stand for @dim, which may have other names in it: weft_dim_substitute renames. FALSE
 * if
 * @name is already bound to something else. */
gboolean
weft_bindings_set_dim (WeftBindings *bindings, const char *name, WeftDim dim)
{
  g_return_val_if_fail (bindings != NULL && name != NULL, FALSE);

  return bind_atom (bindings, weft_atom_name (name), dim);
}

gboolean
weft_bindings_get (WeftBindings *bindings, const char *name, gint64 *value)
{
  WeftDim *bound = g_hash_table_lookup (bindings->dims, weft_atom_name (name));

  if (bound == NULL || !weft_dim_is_number (*bound))
    return FALSE;
  *value = bound->offset;
  return TRUE;
}

/* Whether @name is bound, to a number or to another dimension. */
gboolean
weft_bindings_has (const WeftBindings *bindings, const char *name)
{
  return g_hash_table_contains (bindings->dims, weft_atom_name (name));
}

/* The atom with every bound name replaced. Recursion is bounded by WEFT_MAX_ATOM_DEPTH. */
static WeftDim
substitute_atom (const WeftAtom *atom, WeftBindings *bindings)
{
  WeftDim *bound = g_hash_table_lookup (bindings->dims, atom);
  WeftDim  a, b;

  if (bound != NULL)
    return *bound;
  switch (atom->kind)
    {
    case WEFT_ATOM_PRODUCT:
      a = weft_dim (1);
      for (guint i = 0; i < atom->n_factors; i++)
        a = weft_dim_mul (a, substitute_atom (atom->factors[i], bindings));
      return a;
    case WEFT_ATOM_QUOTIENT:
    case WEFT_ATOM_FLOOR:
      a = weft_dim_substitute (atom->a, bindings);
      b = weft_dim_substitute (atom->b, bindings);
      if (b.terms == NULL && b.offset == 0)
        return weft_dim_of_atom (atom); /* no number: the caller sees it unresolved */
      if (atom->kind == WEFT_ATOM_QUOTIENT && a.terms == NULL && b.terms == NULL &&
          weft_floor_div (a.offset, b.offset) * b.offset != a.offset)
        return weft_dim_of_atom (atom);
      return atom->kind == WEFT_ATOM_FLOOR ? weft_dim_floor_div (a, b) : weft_dim_div (a, b);
    case WEFT_ATOM_MINIMUM:
    case WEFT_ATOM_MAXIMUM:
      a = weft_dim_substitute (atom->a, bindings);
      b = weft_dim_substitute (atom->b, bindings);
      return atom->kind == WEFT_ATOM_MINIMUM ? weft_dim_minimum (a, b) : weft_dim_maximum (a, b);
    case WEFT_ATOM_NAME:
    case WEFT_ATOM_UNKNOWN:
    default:
      return weft_dim_of_atom (atom);
    }
}

WeftDim
weft_dim_substitute (WeftDim dim, WeftBindings *bindings)
{
  WeftDim result = weft_dim (dim.offset);

  if (dim.terms == NULL || bindings == NULL || g_hash_table_size (bindings->dims) == 0)
    return dim;
  for (guint i = 0; i < dim.terms->n; i++)
    {
      WeftDim factor = weft_dim (dim.terms->terms[i].coefficient);

      result =
        weft_dim_add (result,
                      weft_dim_mul (factor, substitute_atom (dim.terms->terms[i].atom, bindings)));
    }
  return result;
}

/* The number that @dim stands for. FALSE if a name is unbound, or a quotient that must be exact
 * is not. */
gboolean
weft_dim_resolve (WeftDim dim, WeftBindings *bindings, gint64 *value)
{
  if (dim.terms != NULL)
    dim = weft_dim_substitute (dim, bindings);
  *value = dim.offset;
  return dim.terms == NULL;
}

gboolean
weft_dim_match (WeftDim dim, gint64 value, WeftBindings *bindings)
{
  WeftTerm term;
  gint64   rest;

  dim = weft_dim_substitute (dim, bindings);
  if (dim.terms == NULL)
    return dim.offset == value;
  term = dim.terms->terms[0];
  if (dim.terms->n > 1 || term.atom->kind != WEFT_ATOM_NAME)
    return TRUE; /* more than one unknown: nothing is learnt and nothing contradicted */
  if (__builtin_sub_overflow (value, dim.offset, &rest) || rest % term.coefficient != 0 ||
      rest / term.coefficient < 0)
    return FALSE;
  return bind_atom (bindings, term.atom, weft_dim (rest / term.coefficient));
}

/* ---- Names ---- */

static void
visit_atom (const WeftAtom *atom, void (*func) (const char *name, gpointer data), gpointer data)
{
  switch (atom->kind)
    {
    case WEFT_ATOM_NAME:
      func (atom->name, data);
      break;
    case WEFT_ATOM_PRODUCT:
      for (guint i = 0; i < atom->n_factors; i++)
        visit_atom (atom->factors[i], func, data);
      break;
    case WEFT_ATOM_QUOTIENT:
    case WEFT_ATOM_FLOOR:
    case WEFT_ATOM_MINIMUM:
    case WEFT_ATOM_MAXIMUM:
      weft_dim_foreach_name (atom->a, func, data);
      weft_dim_foreach_name (atom->b, func, data);
      break;
    case WEFT_ATOM_UNKNOWN:
    default:
      break;
    }
}

/* Calls @func with each name (interned) in @dim, a name that is there twice twice. Recursion is
 * bounded by WEFT_MAX_ATOM_DEPTH. */
void
weft_dim_foreach_name (WeftDim dim, void (*func) (const char *name, gpointer data), gpointer data)
{
  for (guint i = 0; dim.terms != NULL && i < dim.terms->n; i++)
    visit_atom (dim.terms->terms[i].atom, func, data);
}
