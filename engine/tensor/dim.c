/* Dimensions as polynomials: interning and arithmetic.
 *
 * Results are canonical: equal expressions give the same value whatever way they were made. What
 * has no affine form becomes an atom of its own; numbers that leave 64 bits saturate. Any thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/dim-private.h"

#include <string.h>

static GMutex      lock;
static GHashTable *atoms;     /* key text -> WeftAtom, guarded by lock */
static GHashTable *all_terms; /* WeftTerms -> itself, guarded by lock */

/* ---- Interning ---- */

static guint
terms_hash (gconstpointer key)
{
  const WeftTerms *terms = key;
  guint            hash = terms->n;

  for (guint i = 0; i < terms->n; i++)
    hash = (hash * 31 + g_direct_hash (terms->terms[i].atom)) * 31 +
           g_int64_hash (&terms->terms[i].coefficient);
  return hash;
}

static gboolean
terms_equal (gconstpointer a, gconstpointer b)
{
  const WeftTerms *x = a, *y = b;

  return x->n == y->n && memcmp (x->terms, y->terms, x->n * sizeof (WeftTerm)) == 0;
}

static const WeftTerms *
intern_terms (guint n, const WeftTerm *terms)
{
  gsize      size = sizeof (WeftTerms) + n * sizeof (WeftTerm);
  WeftTerms *made, *found;

  if (n == 0)
    return NULL;
  made = g_malloc (size);
  made->n = n;
  memcpy (made->terms, terms, n * sizeof (WeftTerm));
  g_mutex_lock (&lock);
  if (all_terms == NULL)
    all_terms = g_hash_table_new (terms_hash, terms_equal);
  found = g_hash_table_lookup (all_terms, made);
  if (found == NULL)
    g_hash_table_add (all_terms, made);
  g_mutex_unlock (&lock);
  if (found == NULL)
    return made;
  g_free (made);
  return found;
}

/* Takes @key; copies @atom if there is none yet under it. */
static const WeftAtom *
intern_atom (char *key, const WeftAtom *atom)
{
  WeftAtom *found;

  g_mutex_lock (&lock);
  if (atoms == NULL)
    atoms = g_hash_table_new (g_str_hash, g_str_equal);
  found = g_hash_table_lookup (atoms, key);
  if (found == NULL)
    {
      found = g_memdup2 (atom, sizeof *atom);
      if (atom->kind == WEFT_ATOM_UNKNOWN)
        found->name = g_strdup_printf ("size%u", g_hash_table_size (atoms));
      else
        found->name = g_strdup (atom->name);
      g_hash_table_insert (atoms, key, found);
      key = NULL;
    }
  g_mutex_unlock (&lock);
  g_free (key);
  return found;
}

const WeftAtom *
weft_atom_name (const char *name)
{
  WeftAtom atom = { .kind = WEFT_ATOM_NAME, .name = name };

  return intern_atom (g_strconcat ("name ", name, NULL), &atom);
}

WeftDim
weft_dim_of_atom (const WeftAtom *atom)
{
  WeftTerm term = { atom, 1 };

  return (WeftDim){ 0, intern_terms (1, &term) };
}

static guint
dim_depth (WeftDim dim)
{
  guint depth = 0;

  for (guint i = 0; dim.terms != NULL && i < dim.terms->n; i++)
    depth = MAX (depth, dim.terms->terms[i].atom->depth);
  return depth;
}

/* a @kind b as an atom. @operation tells apart those that were too large to keep. */
static WeftDim
opaque (WeftAtomKind kind, char operation, WeftDim a, WeftDim b)
{
  WeftAtom atom = { .kind = kind, .depth = 1 + MAX (dim_depth (a), dim_depth (b)), .a = a, .b = b };
  g_autoptr (GString) name = g_string_new (NULL);
  char *key;

  if (atom.depth > WEFT_MAX_ATOM_DEPTH)
    atom.kind = WEFT_ATOM_UNKNOWN;
  if (atom.kind == WEFT_ATOM_MINIMUM || atom.kind == WEFT_ATOM_MAXIMUM)
    {
      g_string_append (name, kind == WEFT_ATOM_MINIMUM ? "minimum(" : "maximum(");
      weft_dim_append (a, name);
      g_string_append_c (name, ',');
      weft_dim_append (b, name);
      g_string_append_c (name, ')');
    }
  else if (atom.kind != WEFT_ATOM_UNKNOWN)
    {
      gboolean bracket_a = a.terms == NULL ? a.offset < 0 : (a.offset != 0 || a.terms->n > 1);
      gboolean bracket_b = b.terms != NULL && weft_dim_name (b) == NULL;

      g_string_append (name, bracket_a ? "(" : "");
      weft_dim_append (a, name);
      g_string_append (name, bracket_a ? ")" : "");
      g_string_append (name, kind == WEFT_ATOM_FLOOR ? "//" : "/");
      g_string_append (name, bracket_b ? "(" : "");
      weft_dim_append (b, name);
      g_string_append (name, bracket_b ? ")" : "");
    }
  if (name->len > 256)
    atom.kind = WEFT_ATOM_UNKNOWN;
  if (atom.kind == WEFT_ATOM_UNKNOWN)
    atom.depth = 0;
  atom.name = name->str;
  key = g_strdup_printf ("%c %" G_GINT64_FORMAT " %p %" G_GINT64_FORMAT " %p", operation, a.offset,
                         (const void *) a.terms, b.offset, (const void *) b.terms);
  return weft_dim_of_atom (intern_atom (key, &atom));
}

/* ---- Sums ---- */

typedef struct
{
  gint64   offset;
  guint    n;
  gboolean too_large;
  WeftTerm terms[WEFT_MAX_TERMS];
} Sum;

static void
sum_add_term (Sum *sum, const WeftAtom *atom, gint64 coefficient)
{
  for (guint i = 0; i < sum->n; i++)
    if (sum->terms[i].atom == atom)
      {
        if (__builtin_add_overflow (sum->terms[i].coefficient, coefficient,
                                    &sum->terms[i].coefficient))
          sum->too_large = TRUE;
        return;
      }
  if (sum->n == WEFT_MAX_TERMS)
    sum->too_large = TRUE;
  else
    sum->terms[sum->n++] = (WeftTerm){ atom, coefficient };
}

/* sum += factor * dim */
static void
sum_add (Sum *sum, WeftDim dim, gint64 factor)
{
  gint64 scaled;

  if (__builtin_mul_overflow (dim.offset, factor, &scaled) ||
      __builtin_add_overflow (sum->offset, scaled, &sum->offset))
    sum->too_large = TRUE;
  for (guint i = 0; dim.terms != NULL && i < dim.terms->n; i++)
    {
      if (__builtin_mul_overflow (dim.terms->terms[i].coefficient, factor, &scaled))
        sum->too_large = TRUE;
      else
        sum_add_term (sum, dim.terms->terms[i].atom, scaled);
    }
}

static int
compare_terms (const void *a, const void *b)
{
  const WeftTerm *x = a, *y = b;
  int             order = strcmp (x->atom->name, y->atom->name);

  /* Atoms of equal names and different kinds: any fixed order will do. */
  return order != 0 ? order : (x->atom > y->atom) - (x->atom < y->atom);
}

static WeftDim
sum_finish (Sum *sum)
{
  guint n = 0;

  for (guint i = 0; i < sum->n; i++)
    if (sum->terms[i].coefficient != 0)
      sum->terms[n++] = sum->terms[i];
  qsort (sum->terms, n, sizeof (WeftTerm), compare_terms);
  return (WeftDim){ sum->offset, intern_terms (n, sum->terms) };
}

static gint64
saturated (gboolean negative)
{
  return negative ? G_MININT64 : G_MAXINT64;
}

/* ---- Arithmetic ---- */

/* A size with a name of its own. */
WeftDim
weft_dim_named (const char *name)
{
  g_return_val_if_fail (name != NULL, weft_dim (0));

  return weft_dim_of_atom (weft_atom_name (name));
}

/* Returns: (transfer none) (nullable): "n" for the dimension n, %NULL for 2*n, n+1, 784 and what
 * is no name */
const char *
weft_dim_name (WeftDim dim)
{
  if (dim.offset != 0 || dim.terms == NULL || dim.terms->n != 1 ||
      dim.terms->terms[0].coefficient != 1 || dim.terms->terms[0].atom->kind != WEFT_ATOM_NAME)
    return NULL;
  return dim.terms->terms[0].atom->name;
}

WeftDim
weft_dim_add (WeftDim a, WeftDim b)
{
  Sum sum = { 0 };

  if (a.terms == NULL && b.terms == NULL)
    return weft_dim (__builtin_add_overflow (a.offset, b.offset, &sum.offset)
                       ? saturated (a.offset < 0)
                       : sum.offset);
  sum_add (&sum, a, 1);
  sum_add (&sum, b, 1);
  return sum.too_large ? opaque (WEFT_ATOM_UNKNOWN, '+', a, b) : sum_finish (&sum);
}

WeftDim
weft_dim_sub (WeftDim a, WeftDim b)
{
  Sum sum = { 0 };

  if (a.terms == NULL && b.terms == NULL)
    return weft_dim (__builtin_sub_overflow (a.offset, b.offset, &sum.offset)
                       ? saturated (a.offset < 0)
                       : sum.offset);
  sum_add (&sum, a, 1);
  sum_add (&sum, b, -1);
  return sum.too_large ? opaque (WEFT_ATOM_UNKNOWN, '-', a, b) : sum_finish (&sum);
}

static int
compare_atoms (const void *a, const void *b)
{
  const WeftAtom *const *x = a, *const *y = b;
  int                    order = strcmp ((*x)->name, (*y)->name);

  return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* The product of two atoms, itself an atom. NULL: too many factors. */
static const WeftAtom *
multiply_atoms (const WeftAtom *a, const WeftAtom *b)
{
  WeftAtom        atom = { .kind = WEFT_ATOM_PRODUCT };
  const WeftAtom *both[] = { a, b };
  g_autoptr (GString) name = g_string_new (NULL);
  g_autoptr (GString) key = g_string_new ("*");

  for (guint i = 0; i < 2; i++)
    {
      guint n = both[i]->kind == WEFT_ATOM_PRODUCT ? both[i]->n_factors : 1;

      if (atom.n_factors + n > WEFT_MAX_FACTORS)
        return NULL;
      for (guint k = 0; k < n; k++)
        atom.factors[atom.n_factors++] =
          both[i]->kind == WEFT_ATOM_PRODUCT ? both[i]->factors[k] : both[i];
    }
  qsort (atom.factors, atom.n_factors, sizeof atom.factors[0], compare_atoms);
  for (guint i = 0; i < atom.n_factors; i++)
    {
      gboolean quotient =
        atom.factors[i]->kind == WEFT_ATOM_QUOTIENT || atom.factors[i]->kind == WEFT_ATOM_FLOOR;

      g_string_append_printf (name, quotient ? "%s(%s)" : "%s%s", i > 0 ? "*" : "",
                              atom.factors[i]->name);
      g_string_append_printf (key, " %p", (const void *) atom.factors[i]);
      atom.depth = MAX (atom.depth, atom.factors[i]->depth);
    }
  atom.name = name->str;
  return name->len > 256 ? NULL : intern_atom (g_strdup (key->str), &atom);
}

/* sum += the product of two terms; an atom of NULL is the number 1. */
static void
sum_add_product (Sum *sum, WeftTerm a, WeftTerm b)
{
  const WeftAtom *atom = a.atom == NULL ? b.atom : a.atom;
  gint64          coefficient;

  if (__builtin_mul_overflow (a.coefficient, b.coefficient, &coefficient))
    sum->too_large = TRUE;
  else if (atom == NULL)
    sum->too_large |= __builtin_add_overflow (sum->offset, coefficient, &sum->offset);
  else
    {
      if (a.atom != NULL && b.atom != NULL)
        atom = multiply_atoms (a.atom, b.atom);
      if (atom == NULL)
        sum->too_large = TRUE;
      else if (coefficient != 0)
        sum_add_term (sum, atom, coefficient);
    }
}

static WeftTerm
get_term (WeftDim dim, guint index)
{
  return index == 0 ? (WeftTerm){ NULL, dim.offset } : dim.terms->terms[index - 1];
}

WeftDim
weft_dim_mul (WeftDim a, WeftDim b)
{
  guint n_a = a.terms == NULL ? 1 : a.terms->n + 1;
  guint n_b = b.terms == NULL ? 1 : b.terms->n + 1;
  Sum   sum = { 0 };

  if (a.terms == NULL && b.terms == NULL)
    return weft_dim (__builtin_mul_overflow (a.offset, b.offset, &sum.offset)
                       ? saturated ((a.offset < 0) != (b.offset < 0))
                       : sum.offset);
  for (guint i = 0; i < n_a && !sum.too_large; i++)
    for (guint k = 0; k < n_b; k++)
      sum_add_product (&sum, get_term (a, i), get_term (b, k));
  if (!sum.too_large)
    return sum_finish (&sum);
  if (memcmp (&a, &b, sizeof a) > 0) /* a * b and b * a are one size */
    return opaque (WEFT_ATOM_UNKNOWN, 'x', b, a);
  return opaque (WEFT_ATOM_UNKNOWN, 'x', a, b);
}

/* Removes the factors of @divisor from @atom. FALSE if one is not there; *result NULL: nothing
 * is left. */
static gboolean
divide_atom (const WeftAtom *atom, const WeftAtom *divisor, const WeftAtom **result)
{
  const WeftAtom        *left[WEFT_MAX_FACTORS];
  guint                  n = atom->kind == WEFT_ATOM_PRODUCT ? atom->n_factors : 1;
  guint                  n_out = divisor->kind == WEFT_ATOM_PRODUCT ? divisor->n_factors : 1;
  const WeftAtom *const *out = divisor->kind == WEFT_ATOM_PRODUCT ? divisor->factors : &divisor;

  memcpy (left, atom->kind == WEFT_ATOM_PRODUCT ? atom->factors : &atom, n * sizeof left[0]);
  for (guint i = 0; i < n_out; i++)
    {
      guint k = 0;

      while (k < n && left[k] != out[i])
        k++;
      if (k == n)
        return FALSE;
      left[k] = left[--n];
    }
  *result = n == 0 ? NULL : left[0];
  for (guint i = 1; i < n; i++)
    *result = multiply_atoms (*result, left[i]);
  return TRUE;
}

static gboolean
divides (gint64 divisor, gint64 value)
{
  return divisor == -1 ? value != G_MININT64 : divisor != 0 && value % divisor == 0;
}

/* a / divisor where every term of a has the divisor's factors. */
static gboolean
divide_by_term (WeftDim a, WeftTerm divisor, WeftDim *result)
{
  guint n = a.terms == NULL ? 1 : a.terms->n + 1;
  Sum   sum = { 0 };

  for (guint i = 0; i < n; i++)
    {
      WeftTerm        term = get_term (a, i);
      const WeftAtom *atom = term.atom;

      if (term.coefficient == 0)
        continue;
      if (!divides (divisor.coefficient, term.coefficient) ||
          (divisor.atom != NULL && (atom == NULL || !divide_atom (atom, divisor.atom, &atom))))
        return FALSE;
      if (atom == NULL)
        sum.offset += term.coefficient / divisor.coefficient;
      else
        sum_add_term (&sum, atom, term.coefficient / divisor.coefficient);
    }
  *result = sum_finish (&sum);
  return TRUE;
}

/* a = k * b with a whole k, such as (2*n + 2) / (n + 1). */
static gboolean
divide_by_multiple (WeftDim a, WeftDim b, WeftDim *result)
{
  gint64 k;

  if (a.terms == NULL || b.terms == NULL ||
      !divides (b.terms->terms[0].coefficient, a.terms->terms[0].coefficient))
    return FALSE;
  k = a.terms->terms[0].coefficient / b.terms->terms[0].coefficient;
  *result = weft_dim (k);
  return weft_dim_equal (weft_dim_mul (b, *result), a);
}

/* a / b where the caller knows that it is exact, as for reshape's -1; b is not 0. */
WeftDim
weft_dim_div (WeftDim a, WeftDim b)
{
  WeftDim result;

  g_return_val_if_fail (b.terms != NULL || b.offset != 0, weft_dim (0));

  if (a.terms == NULL && a.offset == 0)
    return a;
  if ((b.terms == NULL || (b.terms->n == 1 && b.offset == 0)) &&
      divide_by_term (a, get_term (b, b.terms == NULL ? 0 : 1), &result))
    return result;
  if (divide_by_multiple (a, b, &result))
    return result;
  if (a.terms == NULL && b.terms == NULL)
    return weft_dim (weft_floor_div (a.offset, b.offset));
  return opaque (WEFT_ATOM_QUOTIENT, '/', a, b);
}

/* Towards minus infinity; saturates. @b is not 0. */
gint64
weft_floor_div (gint64 a, gint64 b)
{
  if (b == -1)
    return a == G_MININT64 ? G_MAXINT64 : -a;
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* (x // p) // q is x // (p * q) for positive numbers: a long chain stays one quotient. */
static gboolean
floor_of_floor (WeftDim a, gint64 divisor, WeftDim *result)
{
  const WeftAtom *atom = a.terms->terms[0].atom;
  gint64          product;

  if (a.offset != 0 || a.terms->n != 1 || a.terms->terms[0].coefficient != 1 ||
      atom->kind != WEFT_ATOM_FLOOR || atom->b.terms != NULL || atom->b.offset <= 0 ||
      __builtin_mul_overflow (atom->b.offset, divisor, &product))
    return FALSE;
  *result = weft_dim_floor_div (atom->a, weft_dim (product));
  return TRUE;
}

/* a // number: the multiples of the number leave the quotient, (4*n + m + 5) // 2 = 2*n + 2 + (m
 * + 1) // 2. */
static WeftDim
floor_by_number (WeftDim a, gint64 divisor)
{
  Sum     whole = { 0 }, rest = { 0 };
  WeftDim result, inner;

  whole.offset = weft_floor_div (a.offset, divisor);
  rest.offset = a.offset - whole.offset * divisor;
  for (guint i = 0; i < a.terms->n; i++)
    {
      WeftTerm term = a.terms->terms[i];
      gboolean out = divides (divisor, term.coefficient);

      sum_add_term (out ? &whole : &rest, term.atom,
                    out ? term.coefficient / divisor : term.coefficient);
    }
  result = sum_finish (&whole);
  inner = sum_finish (&rest);
  if (inner.terms == NULL)
    return result; /* 0 <= inner < divisor */
  if (!floor_of_floor (inner, divisor, &inner))
    inner = opaque (WEFT_ATOM_FLOOR, 'f', inner, weft_dim (divisor));
  return weft_dim_add (result, inner);
}

/* a // b as in Python: rounds towards minus infinity; b is not 0. */
WeftDim
weft_dim_floor_div (WeftDim a, WeftDim b)
{
  WeftDim result;

  g_return_val_if_fail (b.terms != NULL || b.offset != 0, weft_dim (0));

  if (a.terms == NULL && b.terms == NULL)
    return weft_dim (weft_floor_div (a.offset, b.offset));
  if (b.terms == NULL && b.offset > 0)
    return floor_by_number (a, b.offset);
  if ((b.terms == NULL || (b.terms->n == 1 && b.offset == 0)) &&
      divide_by_term (a, get_term (b, b.terms == NULL ? 0 : 1), &result))
    return result;
  if (divide_by_multiple (a, b, &result))
    return result;
  return opaque (WEFT_ATOM_FLOOR, 'f', a, b);
}

/* ---- Comparing ---- */

/* Whether an atom is at least 0 for every binding, as sizes and their products are. */
static gboolean
is_natural (const WeftAtom *atom)
{
  if (atom->kind == WEFT_ATOM_PRODUCT)
    {
      for (guint i = 0; i < atom->n_factors; i++)
        if (atom->factors[i]->kind != WEFT_ATOM_NAME)
          return FALSE;
      return TRUE;
    }
  return atom->kind == WEFT_ATOM_NAME;
}

/* Whether @dim is certainly not negative: a sum of sizes and their products. */
static gboolean
is_never_negative (WeftDim dim)
{
  if (dim.offset < 0)
    return FALSE;
  for (guint i = 0; dim.terms != NULL && i < dim.terms->n; i++)
    if (dim.terms->terms[i].coefficient < 0 || !is_natural (dim.terms->terms[i].atom))
      return FALSE;
  return TRUE;
}

/* @smaller: the smaller one is wanted. */
static WeftDim
choose (WeftDim a, WeftDim b, gboolean smaller)
{
  g_autoptr (GString) first = g_string_new (NULL);
  g_autoptr (GString) second = g_string_new (NULL);

  if (is_never_negative (weft_dim_sub (b, a)))
    return smaller ? a : b;
  if (is_never_negative (weft_dim_sub (a, b)))
    return smaller ? b : a;
  weft_dim_append (a, first);
  weft_dim_append (b, second);
  if (strcmp (first->str, second->str) > 0)
    return opaque (smaller ? WEFT_ATOM_MINIMUM : WEFT_ATOM_MAXIMUM, smaller ? 'm' : 'M', b, a);
  return opaque (smaller ? WEFT_ATOM_MINIMUM : WEFT_ATOM_MAXIMUM, smaller ? 'm' : 'M', a, b);
}

/* The smaller of two sizes: one of them where that is certain, else a term of its own. */
WeftDim
weft_dim_minimum (WeftDim a, WeftDim b)
{
  return choose (a, b, TRUE);
}

/* The larger of two sizes, likewise. */
WeftDim
weft_dim_maximum (WeftDim a, WeftDim b)
{
  return choose (a, b, FALSE);
}

static gint64
greatest_divisor (gint64 a, gint64 b)
{
  while (b != 0)
    {
      gint64 rest = b == -1 ? 0 : a % b;

      a = b;
      b = rest;
    }
  return a;
}

/* Whether no binding of the names makes the two equal: their difference is a number other than
 * 0, or cannot be 0 for sizes (n + 1), or for whole numbers (2*n - 2*m + 1). */
gboolean
weft_dim_differs (WeftDim a, WeftDim b)
{
  WeftDim  difference = weft_dim_sub (a, b);
  gint64   divisor = 0;
  gboolean above = difference.offset > 0, below = difference.offset < 0;

  if (difference.terms == NULL)
    return difference.offset != 0;
  for (guint i = 0; i < difference.terms->n; i++)
    {
      WeftTerm term = difference.terms->terms[i];

      above = above && term.coefficient > 0 && is_natural (term.atom);
      below = below && term.coefficient < 0 && is_natural (term.atom);
      divisor = greatest_divisor (divisor, term.coefficient);
    }
  return above || below || !divides (divisor, difference.offset);
}
