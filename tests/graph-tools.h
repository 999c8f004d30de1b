/* What tests of graphs share: values from a text, inputs and shared variables under their names,
 * arrays of numbers that repeat nothing, and whether two arrays are close.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/ops.h"

#include <math.h>

/* The value of @text, which must fit. */
G_GNUC_UNUSED static WeftValue *
build_value (WeftGraph *graph, WeftScope *scope, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  WeftValue *value = expr != NULL ? weft_expr_build_value (expr, graph, scope, &error) : NULL;

  if (value == NULL)
    g_error ("%s: %s", text, error->message);
  return value;
}

/* An input that @scope knows as @name. A dimension below 0 is the name "batch". */
G_GNUC_UNUSED static WeftValue *
bind_input (WeftGraph    *graph,
            WeftScope    *scope,
            const char   *name,
            WeftDType     dtype,
            guint         rank,
            const gint64 *dims)
{
  WeftType   type = { .dtype = dtype, .shape = { .rank = rank } };
  WeftValue *value;

  for (guint i = 0; i < rank; i++)
    type.shape.dims[i] = dims[i] < 0 ? weft_dim_named ("batch") : weft_dim (dims[i]);
  value = weft_graph_input (graph, name, &type);
  weft_scope_set_value (scope, name, value);
  return value;
}

/* A parameter that @scope knows as @name and that begins as @take; the caller owns it. */
G_GNUC_UNUSED static WeftShared *
bind_shared (WeftGraph *graph, WeftScope *scope, const char *name, WeftArray *take)
{
  WeftShared *variable = weft_shared_new (name, "parameter", take);

  weft_array_unref (take);
  weft_scope_set_value (scope, name, weft_graph_shared (graph, variable));
  return variable;
}

/* @first, @first + @step, ... */
G_GNUC_UNUSED static WeftArray *
filled (WeftDType dtype, guint rank, const gint64 *dims, double first, double step)
{
  WeftArray *array = weft_array_new (dtype, rank, dims);

  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, first + step * i);
  return array;
}

/* NaN is close to NaN, an infinity to itself. */
G_GNUC_UNUSED static void
assert_close (const WeftArray *got, const WeftArray *wanted, double relative, double absolute)
{
  g_assert_cmpint (got->n_elements, ==, wanted->n_elements);
  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double a = weft_array_get (got, i), b = weft_array_get (wanted, i);

      if (isnan (a) && isnan (b))
        continue;
      if (!(a == b || fabs (a - b) <= absolute + relative * fabs (b)))
        g_error ("element %" G_GINT64_FORMAT ": %.17g, wanted %.17g", i, a, b);
    }
}
