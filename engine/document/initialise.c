/* Initialisers: the table, and their texts evaluated.
 *
 * Same text, shape and seed: same numbers, on every machine and thread count.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lower-private.h"

#include "engine/run/function.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

static const WeftInitialiser rows[] = {
#define INITIALISER(NAME, TEXT, SUMMARY) { NAME, TEXT, SUMMARY },
#include "engine/document/initialisers.def"
#undef INITIALISER
};

/* weft_initialiser_count:
 *
 * Returns: how many rows there are. Any thread.
 */
guint
weft_initialiser_count (void)
{
  return G_N_ELEMENTS (rows);
}

/* weft_initialiser_get:
 *
 * Returns: a row, static. Any thread.
 */
const WeftInitialiser *
weft_initialiser_get (guint index)
{
  g_return_val_if_fail (index < G_N_ELEMENTS (rows), NULL);
  return &rows[index];
}

static const char *
find_text (const char *init)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, init))
      return rows[i].text;
  return init;
}

/* The last axis is what a product gives, the others are what it sums over. Of those, all but the
 * nearest are a window's, which feeds as many outputs of a channel as it has places. */
static void
set_fans (WeftScope *scope, guint rank, const gint64 *shape)
{
  double   in = 1, out = rank > 0 ? shape[rank - 1] : 1, window = 1;
  WeftAttr attr;

  for (guint i = 0; i + 1 < rank; i++)
    in *= shape[i];
  for (guint i = 0; i + 2 < rank; i++)
    window *= shape[i];
  if (rank == 1)
    in = out;
  attr = weft_attr_float (MAX (in, 1));
  weft_scope_set_attr (scope, "fan_in", &attr);
  attr = weft_attr_float (MAX (window * out, 1));
  weft_scope_set_attr (scope, "fan_out", &attr);
  attr = weft_attr_int (rank > 1 ? (gint64) in : 1);
  weft_scope_set_attr (scope, "rows", &attr);
  attr = weft_attr_int ((gint64) out);
  weft_scope_set_attr (scope, "columns", &attr);
}

static WeftValue *
build (WeftGraph    *graph,
       const char   *text,
       WeftDType     dtype,
       guint         rank,
       const gint64 *shape,
       GError      **error)
{
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, error);
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftShape  dims = { .rank = rank };
  WeftValue *value;
  WeftAttr   attr;

  if (expr == NULL)
    return NULL;
  for (guint i = 0; i < rank; i++)
    dims.dims[i] = weft_dim (shape[i]);
  attr = weft_attr_shape (graph, &dims);
  weft_scope_set_attr (scope, "shape", &attr);
  set_fans (scope, rank, shape);
  value = weft_expr_build_value (expr, graph, scope, error);
  if (value == NULL)
    return NULL;
  if (!weft_shape_equal (&value->type.shape, &dims) && value->type.shape.rank > 0)
    {
      g_autofree char *has = weft_shape_to_string (&value->type.shape);
      g_autofree char *wants = weft_shape_to_string (&dims);

      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL,
                   _ ("init “%s” gives %s, but the shape is %s"), text, has, wants);
      return NULL;
    }
  return weft_graph_cast (graph, value, dtype);
}

/* weft_initialise_check:
 * @init: as weft_initialise
 *
 * Returns: whether weft_initialise can fill such an array, memory permitting. Errors: of the
 * expression language, WEFT_DOCUMENT_ERROR_MODEL.
 */
gboolean
weft_initialise_check (
  WeftJson *init, WeftDType dtype, guint rank, const gint64 *shape, GError **error)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  const char *text = weft_json_string (init, NULL);

  return text == NULL || build (graph, find_text (text), dtype, rank, shape, error) != NULL;
}

static WeftArray *
evaluate (
  const char *text, WeftDType dtype, guint rank, const gint64 *shape, guint64 seed, GError **error)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  WeftValue *value = build (graph, text, dtype, rank, shape, error);

  return value != NULL ? weft_evaluate (graph, value, seed, error) : NULL;
}

/* weft_initialise:
 * @init: a row's name, an expression over shape, fan_in and fan_out, or a number
 * @shape: [rank]
 *
 * Returns: a new array; caller owns.
 */
WeftArray *
weft_initialise (
  WeftJson *init, WeftDType dtype, guint rank, const gint64 *shape, guint64 seed, GError **error)
{
  g_autoptr (WeftArray) array = weft_array_try_new (dtype, rank, shape, error);
  g_autoptr (WeftArray) numbers = NULL;
  const char *text = weft_json_string (init, NULL);

  if (array == NULL)
    return NULL;
  if (text != NULL && !g_str_equal (text, "zeros"))
    {
      numbers = evaluate (find_text (text), dtype, rank, shape, seed, error);
      if (numbers == NULL)
        return NULL;
      if (numbers->rank > 0 && g_atomic_ref_count_compare (&numbers->ref_count, 1) &&
          numbers->owner_free == free)
        return g_steal_pointer (&numbers);
      /* A graph may own what it was given: the parameter gets numbers of its own. */
      for (gint64 i = 0; numbers->rank == 0 && i < array->n_elements; i++)
        weft_array_set (array, i, weft_array_get (numbers, 0));
      if (numbers->rank > 0)
        memcpy (array->data, numbers->data, array->n_bytes);
    }
  else if (text == NULL)
    for (gint64 i = 0; i < array->n_elements; i++)
      weft_array_set (array, i, weft_json_number (init, 0));
  return g_steal_pointer (&array);
}
