/* Jacobians, Hessians and Hessian-vector products, built on reverse mode.
 *
 * A Jacobian is a loop over the elements of the result: its body is the reverse pass for a
 * cotangent that is one at that element and zero elsewhere. The forward pass stands outside and is
 * done once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"

#include "engine/graph/expr.h"
#include "engine/ops/loop.h"

/* A text over @names; our own, so it fits. */
static WeftValue *
build (WeftGraph *graph, const char *text, const char *name, WeftValue *value, WeftValue *k)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *result;

  g_assert_no_error (error);
  weft_scope_set_value (scope, name, value);
  if (k != NULL)
    weft_scope_set_value (scope, "k", k);
  result = weft_expr_build_value (expr, graph, scope, &error);
  g_assert_no_error (error);
  return result;
}

static gboolean
check_rank (WeftValue *y, WeftValue *x, GError **error)
{
  if (y->type.shape.rank + x->type.shape.rank <= WEFT_MAX_RANK)
    return TRUE;
  g_set_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_COST,
               "the Jacobian would have %u axes; there can be %d",
               y->type.shape.rank + x->type.shape.rank, WEFT_MAX_RANK);
  return FALSE;
}

/* (n, ...) with n the number of elements of @y, as the shape of @y and that of @x one after the
 * other. */
static WeftValue *
unflatten (WeftGraph *graph, WeftValue *rows, WeftValue *y, WeftValue *x)
{
  WeftShape shape = y->type.shape;
  WeftAttr  attr;
  GError   *error = NULL;

  for (guint i = 0; i < x->type.shape.rank; i++)
    shape.dims[shape.rank++] = x->type.shape.dims[i];
  attr = weft_attr_shape (graph, &shape);
  rows = weft_graph_apply (graph, weft_op_find ("reshape"), 1, &rows, &attr, &error);
  g_assert_no_error (error);
  return rows;
}

/* The gradients of element @k of @y. */
static gboolean
element_gradients (WeftGraph        *graph,
                   WeftValue        *y,
                   WeftValue        *k,
                   guint             n_wrt,
                   WeftValue *const *wrt,
                   WeftDisconnected  disconnected,
                   WeftValue       **grads,
                   GError          **error)
{
  WeftValue *at = build (graph, "reshape(arange(y.size) == k, y.shape)", "y", y, k);

  return weft_grad (graph, y, weft_graph_cast (graph, at, y->type.dtype), NULL, n_wrt, wrt,
                    disconnected, grads, error);
}

/* weft_jacobian:
 * @y: [s...], of a float type
 * @wrt: @n_wrt values, [t...] each
 * @jacobians: (out caller-allocates): @n_wrt values, [s..., t...] each; NULL where @y does not
 * depend on it and
 *   @disconnected says so
 *
 * d @y / d @wrt[i]: element (p, q) is the derivative of element p of @y by element q of @wrt[i].
 * Values of @graph; they can be differentiated again.
 *
 * Errors: as weft_grad; WEFT_GRAD_ERROR_COST if the result would have too many axes.
 */
gboolean
weft_jacobian (WeftGraph        *graph,
               WeftValue        *y,
               guint             n_wrt,
               WeftValue *const *wrt,
               WeftDisconnected  disconnected,
               WeftValue       **jacobians,
               GError          **error)
{
  g_autofree WeftValue **grads = g_new0 (WeftValue *, n_wrt + 1);
  g_autofree WeftValue **found = g_new0 (WeftValue *, n_wrt + 1);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GPtrArray) captures = g_ptr_array_new ();
  g_autoptr (WeftBody) step = NULL;
  WeftType   index = { .dtype = WEFT_I64 };
  WeftLoop   loop = { .n_sequences = 1 };
  WeftApply *apply;
  guint      n_found = 0;

  for (guint i = 0; i < n_wrt; i++)
    if (!check_rank (y, wrt[i], error))
      return FALSE;
  if (y->type.shape.rank == 0)
    return weft_grad (graph, y, NULL, NULL, n_wrt, wrt, disconnected, jacobians, error);
  if (!weft_dtype_is_float (y->type.dtype))
    {
      g_set_error (error, WEFT_GRAD_ERROR, WEFT_GRAD_ERROR_COST,
                   "a Jacobian is of real numbers, not of %s", weft_dtypes[y->type.dtype].name);
      return FALSE;
    }
  g_ptr_array_add (inputs, weft_graph_input (graph, "k", &index));
  if (!element_gradients (graph, y, inputs->pdata[0], n_wrt, wrt, disconnected, grads, error))
    return FALSE;
  for (guint i = 0; i < n_wrt; i++)
    if (grads[i] != NULL)
      found[n_found++] = grads[i];
  step = weft_body_extract (graph, 1, (WeftValue **) inputs->pdata, n_found, found, captures);
  loop.step = step;
  loop.steps = weft_shape_size (&y->type.shape);
  inputs->pdata[0] = build (graph, "arange(y.size)", "y", y, NULL);
  g_ptr_array_extend (inputs, captures, NULL, NULL);
  apply = weft_loop_apply (graph, &loop, inputs->len, (WeftValue **) inputs->pdata, error);
  if (apply == NULL)
    return FALSE;
  for (guint i = 0, at = 0; i < n_wrt; i++)
    jacobians[i] =
      grads[i] != NULL ? unflatten (graph, weft_loop_extra (apply, &loop, at++), y, wrt[i]) : NULL;
  return TRUE;
}

/* weft_hessian:
 * @cost: scalar
 * @wrt: @n_wrt values, [t...] each
 * @hessians: (out caller-allocates): @n_wrt * @n_wrt values: block (i, j), at i * @n_wrt + j, is
 * [t_i..., t_j...], the second derivatives of @cost by @wrt[i] and @wrt[j]; NULL where @cost does
 * not depend on one of them and @disconnected says so
 *
 * Errors: as weft_jacobian.
 */
gboolean
weft_hessian (WeftGraph        *graph,
              WeftValue        *cost,
              guint             n_wrt,
              WeftValue *const *wrt,
              WeftDisconnected  disconnected,
              WeftValue       **hessians,
              GError          **error)
{
  g_autofree WeftValue **grads = g_new0 (WeftValue *, n_wrt + 1);

  if (!weft_grad (graph, cost, NULL, NULL, n_wrt, wrt, disconnected, grads, error))
    return FALSE;
  for (guint i = 0; i < n_wrt; i++)
    {
      WeftValue **row = hessians + (gsize) i * n_wrt;

      if (grads[i] != NULL &&
          !weft_jacobian (graph, grads[i], n_wrt, wrt, WEFT_DISCONNECTED_ZERO, row, error))
        return FALSE;
      for (guint j = 0; j < n_wrt; j++)
        if (grads[i] == NULL || grads[j] == NULL)
          row[j] = NULL;
    }
  return TRUE;
}

/* weft_hvp:
 * @cost: scalar
 * @vectors: of the types of @wrt
 * @products: (out caller-allocates): @n_wrt values of the types of @wrt: row i of the Hessian times
 * all of @vectors; NULL where @cost does not depend on @wrt[i] and @disconnected says so
 *
 * The Hessian itself is never made: two reverse passes. The vectors count as constants.
 *
 * Errors: as weft_grad. Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian".
 */
gboolean
weft_hvp (WeftGraph        *graph,
          WeftValue        *cost,
          guint             n_wrt,
          WeftValue *const *wrt,
          WeftValue *const *vectors,
          WeftDisconnected  disconnected,
          WeftValue       **products,
          GError          **error)
{
  g_autofree WeftValue **grads = g_new0 (WeftValue *, n_wrt + 1);
  WeftValue             *sum = NULL;

  if (!weft_grad (graph, cost, NULL, NULL, n_wrt, wrt, disconnected, grads, error))
    return FALSE;
  for (guint i = 0; i < n_wrt; i++)
    {
      WeftValue *still = weft_graph_op (graph, "stop_gradient", vectors[i], NULL);
      WeftValue *part;

      if (grads[i] == NULL)
        continue;
      part =
        weft_graph_op (graph, "sum", weft_graph_op (graph, "mul", grads[i], still, NULL), NULL);
      sum = sum != NULL ? weft_graph_op (graph, "add", sum, part, NULL) : part;
    }
  if (sum != NULL &&
      !weft_grad (graph, sum, NULL, NULL, n_wrt, wrt, WEFT_DISCONNECTED_ZERO, products, error))
    return FALSE;
  for (guint i = 0; i < n_wrt; i++)
    if (grads[i] == NULL)
      products[i] = NULL;
  return TRUE;
}
