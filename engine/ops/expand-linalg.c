/* Functions of linear algebra that look at shapes: gradients of decompositions, norms, powers,
 * cho_solve.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#include <float.h>
#include <math.h>

/* ---- Helpers ---- */

/* The first @n arguments as values of @scope, by the names given. */
static gboolean
bind_values (WeftScope         *scope,
             WeftGraph         *graph,
             guint              n,
             const char *const *names,
             const WeftBinding *args,
             GError           **error)
{
  for (guint i = 0; i < n; i++)
    {
      WeftValue *value = weft_binding_to_value (&args[i], graph, error);

      if (value == NULL)
        return FALSE;
      weft_scope_set_value (scope, names[i], value);
    }
  return TRUE;
}

static gboolean
give_text (
  WeftGraph *graph, WeftScope *scope, const char *text, WeftBinding *result, GError **error)
{
  return weft_expand_give (weft_expand_value (graph, scope, text, error), result);
}

static WeftValue *
value_of (WeftScope *scope, const char *name)
{
  return weft_scope_get (scope, name)->value;
}

/* TRUE where the differentiator made zeros because no one sent a cotangent. */
static gboolean
is_zeros (const WeftValue *value)
{
  const WeftApply *apply = value->apply;

  while (apply->op->id == WEFT_OP_BROADCAST_TO || apply->op->id == WEFT_OP_CAST)
    apply = apply->inputs[0]->apply;
  if (apply->op->id != WEFT_OP_CONSTANT)
    return FALSE;
  for (gint64 i = 0; i < apply->literal->n_elements; i++)
    if (weft_array_get (apply->literal, i) != 0)
      return FALSE;
  return TRUE;
}

/* How rows and columns of @value compare: -1 wide, 0 square, 1 tall. Errors:
 * WEFT_TYPE_ERROR_SHAPE if that is known at the call only. */
static gboolean
compare_sides (const char *name, const WeftValue *value, int *order, GError **error)
{
  const WeftShape *shape = &value->type.shape;
  WeftDim          m = shape->dims[shape->rank - 2], n = shape->dims[shape->rank - 1];
  WeftDim          least = weft_dim_minimum (m, n);

  *order = weft_dim_equal (m, n) ? 0 : weft_dim_equal (least, m) ? -1
                                                                 : 1;
  if (*order < 1 || weft_dim_equal (least, n))
    return TRUE;
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
               "%s: whether the matrix has more rows or more columns must be known", name);
  return FALSE;
}

static gboolean
not_unique (const char *name, const char *option, GError **error)
{
  g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE,
               "%s: the columns that %s adds are any basis, so they have no derivative", name,
               option);
  return FALSE;
}

/* ---- Solving ---- */

/* u v' for each right-hand side, which is one vector where @b is. */
EXPAND (outer_back)
{
  static const char *const names[] = { "u", "v", "b" };
  g_autoptr (WeftScope) scope = weft_scope_new ();

  return bind_values (scope, graph, 3, names, args, error) &&
         give_text (graph, scope,
                    value_of (scope, "b")->type.shape.rank == 1
                      ? "expand_dims(u, -1) * expand_dims(v, -2)"
                      : "u @ matrix_transpose(v)",
                    result, error);
}

EXPAND (solve_db)
{
  static const char *const names[] = { "g", "a", "b" };
  g_autoptr (WeftScope) scope = weft_scope_new ();

  return bind_values (scope, graph, 3, names, args, error) &&
         give_text (graph, scope,
                    value_of (scope, "b")->type.shape.rank == 1
                      ? "squeeze(solve(matrix_transpose(a), expand_dims(g, -1)), -1)"
                      : "solve(matrix_transpose(a), g)",
                    result, error);
}

EXPAND (solve_triangular_db)
{
  static const char *const names[] = { "g", "a", "b" };
  g_autoptr (WeftScope) scope = weft_scope_new ();

  if (!bind_values (scope, graph, 3, names, args, error))
    return FALSE;
  weft_scope_set (scope, "trans", &args[3]);
  weft_scope_set (scope, "lower", &args[4]);
  weft_scope_set (scope, "unit", &args[5]);
  return give_text (
    graph, scope,
    value_of (scope, "b")->type.shape.rank == 1
      ? "squeeze(solve_triangular(a, expand_dims(g, -1), trans=1 - trans, lower=lower, "
        "unit_diagonal=unit), -1)"
      : "solve_triangular(a, g, trans=1 - trans, lower=lower, unit_diagonal=unit)",
    result, error);
}

/* The triangle of a matrix that solve_triangular reads. */
EXPAND (keep_triangle)
{
  static const char *const names[] = { "x" };
  g_autoptr (WeftScope) scope = weft_scope_new ();

  if (!bind_values (scope, graph, 1, names, args, error))
    return FALSE;
  weft_scope_set (scope, "lower", &args[1]);
  weft_scope_set (scope, "unit", &args[2]);
  return give_text (graph, scope,
                    "i = expand_dims(arange(x.shape[-2]), 1)\n"
                    "j = arange(x.shape[-1])\n"
                    "keep = i > j if lower else i < j\n"
                    "where(keep if unit else keep | (i == j), x, 0)",
                    result, error);
}

/* SciPy's cho_solve ((c, lower), b), or the three one after the other. */
EXPAND (cho_solve)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftBinding pair[2] = { args[0], args[2] };
  WeftAttr    lower;

  if (args[0].kind == WEFT_BIND_TUPLE && args[0].n_items == 2)
    {
      pair[0] = args[0].items[0];
      pair[1] = args[0].items[1];
    }
  if (!bind_values (scope, graph, 1, (const char *[]){ "c" }, &pair[0], error) ||
      !bind_values (scope, graph, 1, (const char *[]){ "b" }, &args[1], error) ||
      !weft_binding_to_attr (&pair[1], graph, WEFT_ATTR_BOOL, &lower, error))
    return FALSE;
  weft_scope_set_attr (scope, "lower", &lower);
  return give_text (graph, scope,
                    "first = 0 if lower else 1\n"
                    "z = solve_triangular(c, b, trans=first, lower=lower)\n"
                    "solve_triangular(c, z, trans=1 - first, lower=lower)",
                    result, error);
}

/* ---- Decompositions ---- */

/* Of thin factors; m and n are the sides, k the smaller one. An equal pair of singular values,
 * whose vectors may turn freely, counts as not turning. Source: Townsend 2016, "Differentiating the
 * singular value decomposition", equation 27. */
static const char svd_text[] =
  "v = matrix_transpose(vh)\n"
  "row = expand_dims(s, -2)\n"
  "column = expand_dims(s, -1)\n"
  "gap = row**2 - column**2\n"
  "f = where(gap == 0, 0, 1 / where(gap == 0, 1, gap))\n"
  "ug = matrix_transpose(u) @ gu\n"
  "vg = matrix_transpose(v) @ matrix_transpose(gvh)\n"
  "turn = f * (ug - matrix_transpose(ug)) * row + column * f * (vg - matrix_transpose(vg))\n"
  "inner = u @ (turn + diagonal_matrix(gs)) @ vh\n"
  "inner";
static const char svd_tall_text[] = "inner + (gu - u @ ug) / row @ vh";
static const char svd_wide_text[] = "inner + u @ ((gvh - matrix_transpose(vg) @ vh) / column)";

static void
set_dim (WeftGraph *graph, WeftScope *scope, const char *name, WeftDim dim)
{
  WeftBinding binding;

  weft_expand_give_dim (graph, dim, &binding);
  weft_scope_set (scope, name, &binding);
}

/* What the text gives as @name. */
static gboolean
assign (WeftGraph *graph, WeftScope *scope, const char *name, const char *text, GError **error)
{
  WeftValue *value = weft_expand_value (graph, scope, text, error);

  if (value != NULL)
    weft_scope_set_value (scope, name, value);
  return value != NULL;
}

/* The full factor that no one sent a cotangent to is made anew from what is unique, so that what is
 * made here has a gradient too. */
EXPAND (svd_back)
{
  static const char *const names[] = { "gu", "gs", "gvh", "a", "u", "s", "vh" };
  g_autoptr (WeftScope) scope = weft_scope_new ();
  const WeftShape *shape;
  int              order;

  if (!bind_values (scope, graph, G_N_ELEMENTS (names), names, args, error) ||
      !compare_sides ("svd", value_of (scope, "a"), &order, error))
    return FALSE;
  shape = &value_of (scope, "s")->type.shape;
  set_dim (graph, scope, "k", shape->dims[shape->rank - 1]);
  if (args[7].attr.i && order != 0)
    {
      if (!is_zeros (value_of (scope, order > 0 ? "gu" : "gvh")))
        return not_unique ("svd", "full_matrices", error);
      if (!assign (graph, scope, order > 0 ? "u" : "vh",
                   order > 0 ? "a @ matrix_transpose(vh) / expand_dims(s, -2)"
                             : "matrix_transpose(u) @ a / expand_dims(s, -1)",
                   error) ||
          !assign (graph, scope, order > 0 ? "gu" : "gvh",
                   order > 0 ? "zeros_like(u)" : "zeros_like(vh)", error))
        return FALSE;
    }
  if (is_zeros (value_of (scope, "gu")) && is_zeros (value_of (scope, "gvh")))
    return give_text (graph, scope, "(u * expand_dims(gs, -2)) @ vh", result, error);
  if (!weft_expand_value (graph, scope, svd_text, error))
    return FALSE;
  return give_text (graph, scope,
                    order == 0  ? "inner"
                    : order > 0 ? svd_tall_text
                                : svd_wide_text,
                    result, error);
}

/* Source: Walter and Lehmann 2010, "Algorithmic differentiation of linear algebra functions with
 * application in optimum experimental design"; for wide matrices Roberts and Roberts 2020, "QR and
 * LQ decomposition matrix backpropagation algorithms", section 3.3. */
static const char qr_tall_text[] =
  "h = lower_half(r @ matrix_transpose(gr) - matrix_transpose(gq) @ q)\n"
  "b = gq + q @ (h + matrix_transpose(h))\n"
  "matrix_transpose(solve_triangular(r, matrix_transpose(b)))";
static const char qr_wide_text[] =
  "x = r[..., :k]\n"
  "gx = gr[..., :k]\n"
  "gy = gr[..., k:]\n"
  "g = gq + q @ r[..., k:] @ matrix_transpose(gy)\n"
  "h = lower_half(x @ matrix_transpose(gx) - matrix_transpose(g) @ q)\n"
  "b = g + q @ (h + matrix_transpose(h))\n"
  "concat((matrix_transpose(solve_triangular(x, matrix_transpose(b))), q @ gy), axis=-1)";

EXPAND (qr_back)
{
  static const char *const names[] = { "gq", "gr", "a", "q", "r" };
  g_autoptr (WeftScope) scope = weft_scope_new ();
  const WeftShape *shape;
  int              order;

  if (!bind_values (scope, graph, G_N_ELEMENTS (names), names, args, error) ||
      !compare_sides ("qr", value_of (scope, "a"), &order, error))
    return FALSE;
  shape = &value_of (scope, "a")->type.shape;
  set_dim (graph, scope, "k", shape->dims[shape->rank - (order < 0 ? 2 : 1)]);
  if (order > 0 && g_str_equal (args[5].attr.s, "complete"))
    {
      if (!is_zeros (value_of (scope, "gq")))
        return not_unique ("qr", "mode='complete'", error);
      if (!assign (graph, scope, "r", "r[..., :k, :]", error) ||
          !assign (graph, scope, "gr", "gr[..., :k, :]", error) ||
          !assign (graph, scope, "q",
                   "matrix_transpose(solve_triangular(r, matrix_transpose(a), trans=1))", error) ||
          !assign (graph, scope, "gq", "zeros_like(q)", error))
        return FALSE;
    }
  return give_text (graph, scope, order < 0 ? qr_wide_text : qr_tall_text, result, error);
}

/* From d(p' a) = dl u + l du, where l' dl is strictly lower and du u^-1 upper; the rest of a tall
 * or wide matrix is solved for. Source: Giles 2008, section 2.3.1, for products; Walter and Lehmann
 * 2010. */
static const char lu_square_text[] =
  "below = expand_dims(arange(k), 1) > arange(k)\n"
  "inner = where(below, matrix_transpose(l) @ gl, gu @ matrix_transpose(u))\n"
  "inner";
static const char lu_tall_text[] =
  "below = expand_dims(arange(k), 1) > arange(k)\n"
  "rest = l[..., k:, :]\n"
  "grest = gl[..., k:, :]\n"
  "l = l[..., :k, :]\n"
  "inner = where(below, matrix_transpose(l) @ gl[..., :k, :],\n"
  "              gu @ matrix_transpose(u) - matrix_transpose(rest) @ grest)\n"
  "inner";
static const char lu_wide_text[] =
  "below = expand_dims(arange(k), 1) > arange(k)\n"
  "rest = u[..., k:]\n"
  "grest = gu[..., k:]\n"
  "u = u[..., :k]\n"
  "inner = where(below, matrix_transpose(l) @ gl - grest @ matrix_transpose(rest),\n"
  "              gu[..., :k] @ matrix_transpose(u))\n"
  "inner";
static const char lu_inner_text[] =
  "z = solve_triangular(l, inner, trans=1, lower=True, unit_diagonal=True)\n"
  "first = matrix_transpose(solve_triangular(u, matrix_transpose(z)))\n"
  "first";
static const char lu_rest_text[] =
  "p @ concat((first, matrix_transpose(solve_triangular(u, matrix_transpose(grest)))), axis=-2)";
static const char lu_rest_wide_text[] =
  "last = solve_triangular(l, grest, trans=1, lower=True, unit_diagonal=True)\n"
  "p @ concat((first, last), axis=-1)";

EXPAND (lu_back)
{
  static const char *const names[] = { "gl", "gu", "a", "p", "l", "u" };
  g_autoptr (WeftScope) scope = weft_scope_new ();
  const WeftShape *shape;
  int              order;

  if (!bind_values (scope, graph, G_N_ELEMENTS (names), names, args, error) ||
      !compare_sides ("lu", value_of (scope, "a"), &order, error))
    return FALSE;
  shape = &value_of (scope, "a")->type.shape;
  set_dim (graph, scope, "k", shape->dims[shape->rank - (order < 0 ? 2 : 1)]);
  if (!weft_expand_value (graph, scope,
                          order == 0  ? lu_square_text
                          : order > 0 ? lu_tall_text
                                      : lu_wide_text,
                          error) ||
      !weft_expand_value (graph, scope, lu_inner_text, error))
    return FALSE;
  return give_text (graph, scope,
                    order == 0  ? "p @ first"
                    : order > 0 ? lu_rest_text
                                : lu_rest_wide_text,
                    result, error);
}

/* ---- Powers ---- */

static WeftValue *
product (WeftGraph *graph, WeftValue *a, WeftValue *b, GError **error)
{
  WeftValue *pair[2] = { a, b };

  return weft_graph_apply (graph, weft_op (WEFT_OP_MATMUL), 2, pair, NULL, error);
}

EXPAND (matrix_power)
{
  WeftValue *power = weft_binding_to_value (&args[0], graph, error), *y = NULL;
  gint64     n;

  if (power == NULL || !weft_expand_get_int (&args[1], graph, &n, error))
    return FALSE;
  if (n < 0)
    power = weft_expand_apply (graph, WEFT_OP_INV, power, NULL, error);
  if (power == NULL)
    return FALSE;
  if (n == 0)
    return weft_expand_text (graph, result, error,
                             "broadcast_to(eye(a.shape[-1], dtype=a.dtype), (a @ a).shape)", "a",
                             power, NULL);
  for (guint64 rest = n < 0 ? -(guint64) n : (guint64) n; rest > 0; rest /= 2)
    {
      if (rest % 2 == 1)
        y = y == NULL ? power : product (graph, y, power, error);
      if (rest > 1)
        power = product (graph, power, power, error);
      if (power == NULL || (rest % 2 == 1 && y == NULL))
        return FALSE;
    }
  return weft_expand_give (y, result);
}

/* Singular values of a rank are above the unit roundoff times the longer side, of the largest. */
EXPAND (matrix_rank)
{
  WeftValue *a = weft_binding_to_value (&args[0], graph, error);
  g_autoptr (WeftScope) scope = weft_scope_new ();
  const WeftShape *shape;
  WeftAttr         epsilon;

  if (a == NULL)
    return FALSE;
  weft_scope_set_value (scope, "a", a);
  weft_scope_set (scope, "rtol", &args[1]);
  if (!weft_expand_is_none (&args[1]) || a->type.shape.rank < 2)
    return give_text (graph, scope,
                      "s = svdvals(a)\n"
                      "sum(s > rtol * max(s, axis=-1, keepdims=True), axis=-1)",
                      result, error);
  shape = &a->type.shape;
  epsilon = weft_attr_float (a->type.dtype == WEFT_F64 ? DBL_EPSILON : FLT_EPSILON);
  weft_scope_set_attr (scope, "epsilon", &epsilon);
  set_dim (graph, scope, "side",
           weft_dim_maximum (shape->dims[shape->rank - 2], shape->dims[shape->rank - 1]));
  return give_text (graph, scope,
                    "s = svdvals(a)\n"
                    "sum(s > side * epsilon * max(s, axis=-1, keepdims=True), axis=-1)",
                    result, error);
}

/* ---- Norms ---- */

/* What an "ord" may be. */
typedef enum
{
  ORD_LENGTH, /* None, and 'fro' */
  ORD_NUCLEAR,
  ORD_NUMBER,
} Ord;

static gboolean
read_ord (const WeftBinding *binding, WeftGraph *graph, Ord *ord, WeftAttr *number, GError **error)
{
  *ord = ORD_LENGTH;
  if (weft_expand_is_none (binding))
    return TRUE;
  if (binding->kind == WEFT_BIND_ATTR && binding->attr.kind == WEFT_ATTR_STRING)
    {
      *ord = ORD_NUCLEAR;
      if (g_str_equal (binding->attr.s, "fro"))
        *ord = ORD_LENGTH;
      else if (!g_str_equal (binding->attr.s, "nuc"))
        {
          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                       "norm: ord is a number, inf, -inf, 'fro' or 'nuc', not '%s'",
                       binding->attr.s);
          return FALSE;
        }
      return TRUE;
    }
  *ord = ORD_NUMBER;
  return weft_binding_to_attr (binding, graph, WEFT_ATTR_FLOAT, number, error);
}

static const char *
vector_text (double ord)
{
  if (isinf (ord))
    return ord > 0 ? "max(abs(x), axis=axis, keepdims=keepdims)"
                   : "min(abs(x), axis=axis, keepdims=keepdims)";
  if (ord == 0)
    return "cast(sum(x != 0, axis=axis, keepdims=keepdims), x.dtype)";
  if (ord == 1)
    return "sum(abs(x), axis=axis, keepdims=keepdims)";
  return "sum(abs(x)**ord, axis=axis, keepdims=keepdims)**(1 / ord)";
}

/* Over x with the matrix in its last two axes, which the result keeps with size 1; NULL: no such
 * norm. */
static const char *
matrix_text (Ord kind, double ord)
{
  if (kind == ORD_NUCLEAR)
    return "expand_dims(sum(svdvals(x), axis=-1), (-2, -1))";
  if (isinf (ord))
    return ord > 0 ? "max(sum(abs(x), axis=-1, keepdims=True), axis=-2, keepdims=True)"
                   : "min(sum(abs(x), axis=-1, keepdims=True), axis=-2, keepdims=True)";
  if (ord == 1)
    return "max(sum(abs(x), axis=-2, keepdims=True), axis=-1, keepdims=True)";
  if (ord == -1)
    return "min(sum(abs(x), axis=-2, keepdims=True), axis=-1, keepdims=True)";
  if (ord == 2)
    return "expand_dims(max(svdvals(x), axis=-1), (-2, -1))";
  return ord == -2 ? "expand_dims(min(svdvals(x), axis=-1), (-2, -1))" : NULL;
}

/* The two axes named by @axes, rows and columns, moved to the end; @back puts axes of that order in
 * their places again. */
static WeftValue *
matrix_last (
  WeftGraph *graph, WeftValue *x, const WeftAttr *axes, gint64 *back, guint *pair, GError **error)
{
  gint64 order[WEFT_MAX_RANK];
  guint  rank = x->type.shape.rank, n = 0;

  for (guint i = 0; i < 2; i++)
    if (!weft_infer_axis (weft_op (WEFT_OP_L2_NORM), axes->dims->dims[i].offset, rank, &pair[i],
                          error))
      return NULL;
  for (guint i = 0; i < rank; i++)
    if (i != pair[0] && i != pair[1])
      order[n++] = i;
  order[n++] = pair[0];
  order[n] = pair[1];
  for (guint i = 0; i < rank; i++)
    back[order[i]] = i;
  return weft_expand_transpose (graph, x, order, error);
}

static gboolean
matrix_norm (WeftGraph      *graph,
             WeftValue      *x,
             const WeftAttr *axes,
             gboolean        keepdims,
             const char     *text,
             WeftBinding    *result,
             GError        **error)
{
  gint64     back[WEFT_MAX_RANK], squeezed[2];
  guint      pair[2];
  WeftValue *y = matrix_last (graph, x, axes, back, pair, error);
  WeftAttr   attr;

  if (y == NULL || !weft_expand_text (graph, result, error, text, "x", y, NULL))
    return FALSE;
  y = weft_expand_transpose (graph, result->value, back, error);
  if (keepdims || y == NULL)
    return weft_expand_give (y, result);
  squeezed[0] = pair[0];
  squeezed[1] = pair[1];
  attr = weft_attr_axes (graph, 2, squeezed);
  return weft_expand_give (weft_expand_apply (graph, WEFT_OP_SQUEEZE, y, &attr, error), result);
}

/* The axes that "axis" names; None: all of a vector or matrix. */
static gboolean
norm_axes (const WeftBinding *binding, WeftGraph *graph, guint rank, WeftAttr *axes, GError **error)
{
  static const gint64 all[] = { 0, 1 };

  if (!weft_expand_is_none (binding))
    return weft_binding_to_attr (binding, graph, WEFT_ATTR_AXES, axes, error);
  if (rank == 1 || rank == 2)
    {
      *axes = weft_attr_axes (graph, rank, all);
      return TRUE;
    }
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
               "norm: ord needs an axis, or two for matrices, since there are %u", rank);
  return FALSE;
}

EXPAND (norm)
{
  WeftValue  *x = weft_binding_to_value (&args[0], graph, error);
  WeftAttr    number = weft_attr_float (2), axes, keepdims, attrs[2];
  Ord         ord;
  const char *text = NULL;
  g_autoptr (WeftScope) scope = weft_scope_new ();

  if (x == NULL || !read_ord (&args[1], graph, &ord, &number, error) ||
      !weft_binding_to_attr (&args[3], graph, WEFT_ATTR_BOOL, &keepdims, error))
    return FALSE;
  if (ord != ORD_LENGTH && !norm_axes (&args[2], graph, x->type.shape.rank, &axes, error))
    return FALSE;
  if (ord == ORD_LENGTH || (ord == ORD_NUMBER && number.f == 2 && axes.dims->rank == 1))
    {
      attrs[0] = weft_attr_none ();
      attrs[1] = keepdims;
      if (ord == ORD_NUMBER)
        attrs[0] = axes;
      else if (!weft_expand_is_none (&args[2]) &&
               !weft_binding_to_attr (&args[2], graph, WEFT_ATTR_AXES, &attrs[0], error))
        return FALSE;
      return weft_expand_give (weft_expand_apply (graph, WEFT_OP_L2_NORM, x, attrs, error), result);
    }
  if (axes.dims->rank == 1 && ord == ORD_NUMBER)
    text = vector_text (number.f);
  else if (axes.dims->rank == 2)
    text = matrix_text (ord, number.f);
  if (text == NULL)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "norm: there is no such norm over %u axes; vectors have any number, matrices 1, "
                   "-1, 2, -2, inf, -inf, 'fro' and 'nuc'",
                   axes.dims->rank);
      return FALSE;
    }
  if (axes.dims->rank == 2)
    return matrix_norm (graph, x, &axes, keepdims.i, text, result, error);
  weft_scope_set_value (scope, "x", x);
  weft_scope_set_attr (scope, "axis", &axes);
  weft_scope_set_attr (scope, "keepdims", &keepdims);
  weft_scope_set_attr (scope, "ord", &number);
  return give_text (graph, scope, text, result, error);
}
