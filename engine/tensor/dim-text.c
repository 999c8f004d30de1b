/* Dimensions as text, both ways: "2*n+1", "batch*time", "(n+1)//2".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/dim-private.h"

#include <errno.h>
#include <string.h>

static void
append_term (WeftTerm term, gboolean first, GString *out)
{
  gboolean quotient = term.atom->kind == WEFT_ATOM_QUOTIENT || term.atom->kind == WEFT_ATOM_FLOOR;

  if (term.coefficient < 0)
    g_string_append_c (out, '-');
  else if (!first)
    g_string_append_c (out, '+');
  if (term.coefficient != 1 && term.coefficient != -1)
    g_string_append_printf (out, "%" G_GUINT64_FORMAT "*",
                            term.coefficient < 0 ? -(guint64) term.coefficient
                                                 : (guint64) term.coefficient);
  else
    quotient = quotient && term.coefficient < 0;
  g_string_append_printf (out, quotient ? "(%s)" : "%s", term.atom->name);
}

/* Appends "784", "batch", "2*n+1", "3-n". */
void
weft_dim_append (WeftDim dim, GString *out)
{
  gboolean number_first =
    dim.terms == NULL || (dim.offset > 0 && dim.terms->terms[0].coefficient < 0);

  if (number_first)
    g_string_append_printf (out, "%" G_GINT64_FORMAT, dim.offset);
  for (guint i = 0; dim.terms != NULL && i < dim.terms->n; i++)
    append_term (dim.terms->terms[i], i == 0 && !number_first, out);
  if (!number_first && dim.offset != 0)
    g_string_append_printf (out, "%+" G_GINT64_FORMAT, dim.offset);
}

/* ---- Reading: sums of products of names, numbers and brackets ---- */

/* A text this long has no meaning to people; the limit also bounds the brackets' recursion. */
#define MAX_TEXT 512
#define MAX_BRACKETS 32

static gboolean read_sum (const char **at, guint depth, WeftDim *dim);

static void
skip_space (const char **at)
{
  while (g_ascii_isspace (**at))
    (*at)++;
}

/* What stands between the brackets of minimum (a, b) and maximum (a, b). */
static gboolean
read_choice (const char **at, guint depth, gboolean smaller, WeftDim *dim)
{
  WeftDim a, b;

  (*at)++;
  if (depth == MAX_BRACKETS || !read_sum (at, depth + 1, &a) || **at != ',')
    return FALSE;
  (*at)++;
  if (!read_sum (at, depth + 1, &b) || **at != ')')
    return FALSE;
  (*at)++;
  *dim = smaller ? weft_dim_minimum (a, b) : weft_dim_maximum (a, b);
  return TRUE;
}

static gboolean
read_name (const char **at, guint depth, WeftDim *dim)
{
  const char      *start = *at;
  g_autofree char *name = NULL;

  while (g_ascii_isalnum (**at) || **at == '_')
    (*at)++;
  name = g_strndup (start, *at - start);
  if (**at == '(' && (g_str_equal (name, "minimum") || g_str_equal (name, "maximum")))
    return read_choice (at, depth, g_str_equal (name, "minimum"), dim);
  *dim = weft_dim_named (name);
  return TRUE;
}

static gboolean
read_factor (const char **at, guint depth, WeftDim *dim)
{
  skip_space (at);
  if (**at == '-' && depth < MAX_BRACKETS)
    {
      (*at)++;
      if (!read_factor (at, depth + 1, dim))
        return FALSE;
      *dim = weft_dim_sub (weft_dim (0), *dim);
      return TRUE;
    }
  if (g_ascii_isdigit (**at))
    {
      char *end;

      errno = 0;
      *dim = weft_dim (g_ascii_strtoll (*at, &end, 10));
      *at = end;
      return errno == 0 && !g_ascii_isalpha (*end) && *end != '_';
    }
  if (g_ascii_isalpha (**at) || **at == '_')
    return read_name (at, depth, dim);
  if (**at != '(' || depth == MAX_BRACKETS)
    return FALSE;
  (*at)++;
  if (!read_sum (at, depth + 1, dim) || **at != ')')
    return FALSE;
  (*at)++;
  return TRUE;
}

static gboolean
read_product (const char **at, guint depth, WeftDim *dim)
{
  if (!read_factor (at, depth, dim))
    return FALSE;
  for (skip_space (at); **at == '*' || **at == '/'; skip_space (at))
    {
      gboolean times = **at == '*';
      gboolean whole = !times && (*at)[1] == '/';
      WeftDim  other;

      *at += whole ? 2 : 1;
      if (!read_factor (at, depth, &other))
        return FALSE;
      if (times)
        *dim = weft_dim_mul (*dim, other);
      else if (other.terms == NULL && other.offset == 0)
        return FALSE;
      else if (whole)
        *dim = weft_dim_floor_div (*dim, other);
      else if (dim->terms == NULL && other.terms == NULL && dim->offset % other.offset != 0)
        return FALSE;
      else
        *dim = weft_dim_div (*dim, other);
    }
  return TRUE;
}

/* Stops at what cannot go on; spaces are skipped. */
static gboolean
read_sum (const char **at, guint depth, WeftDim *dim)
{
  if (!read_product (at, depth, dim))
    return FALSE;
  while (**at == '+' || **at == '-')
    {
      gboolean minus = **at == '-';
      WeftDim  other;

      (*at)++;
      if (!read_product (at, depth, &other))
        return FALSE;
      *dim = minus ? weft_dim_sub (*dim, other) : weft_dim_add (*dim, other);
    }
  return TRUE;
}

gboolean
weft_dim_parse (const char *text, WeftDim *dim)
{
  const char *at = text;
  WeftDim     result;

  g_return_val_if_fail (text != NULL && dim != NULL, FALSE);

  if (strnlen (text, MAX_TEXT + 1) > MAX_TEXT || !read_sum (&at, 0, &result) || *at != '\0')
    return FALSE;
  *dim = result;
  return TRUE;
}
