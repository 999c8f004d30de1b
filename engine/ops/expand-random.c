/* Random functions of parameters that may be arrays.
 *
 * Where the distribution is a standard one moved and stretched, the parameters stay outside the
 * draw, so that gradients flow to them; with numbers alone the call is the row of the same name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#define MAX_PARAMETERS 4

/* ---- Parameters ---- */

/* Parameter @name of function @function as a value of a type of its own: 0.5 alone is an f32. */
static WeftValue *
get_parameter (
  const char *function, const char *name, WeftGraph *graph, const WeftBinding *arg, GError **error)
{
  WeftValue *value = weft_binding_to_value (arg, graph, error);

  if (value == NULL)
    g_prefix_error (error, "%s: %s ", function, name);
  return value != NULL ? weft_graph_strong (graph, value) : NULL;
}

static gboolean
is_number (const WeftBinding *binding)
{
  return binding->kind == WEFT_BIND_ATTR &&
         (binding->attr.kind == WEFT_ATTR_INT || binding->attr.kind == WEFT_ATTR_FLOAT);
}

/* The shape that parameters have together, or the one that is given. */
static gboolean
shape_of (const char        *name,
          WeftGraph         *graph,
          const WeftBinding *given,
          guint              n,
          WeftValue *const  *values,
          WeftShape         *shape,
          GError           **error)
{
  WeftAttr  attr;
  WeftShape both;
  guint     axis;

  *shape = (WeftShape){ 0 };
  if (!weft_expand_is_none (given))
    {
      if (!weft_binding_to_attr (given, graph, WEFT_ATTR_SHAPE, &attr, error))
        {
          g_prefix_error (error, "%s: shape ", name);
          return FALSE;
        }
      *shape = *attr.dims;
      return TRUE;
    }
  for (guint i = 0; i < n; i++)
    {
      if (!weft_shape_broadcast (shape, &values[i]->type.shape, &both, &axis))
        {
          g_autofree char *shapes = weft_two_shapes (shape, &values[i]->type.shape);

          g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                       "%s: the parameters' shapes %s do not fit together", name, shapes);
          return FALSE;
        }
      *shape = both;
    }
  return TRUE;
}

/* ---- Moved and stretched ---- */

typedef struct
{
  WeftOpId    id;
  guint       n;                     /* parameters */
  const char *names[MAX_PARAMETERS]; /* attributes of the row, names in the text */
  const char *draw;                  /* standard numbers z of shape and dtype, by seed */
  const char *text;                  /* over z and the parameters */
} Family;

/* All parameters as numbers: the row itself. */
static gboolean
call_row (const Family      *family,
          WeftGraph         *graph,
          const WeftBinding *args,
          const WeftShape   *shape,
          WeftBinding       *result,
          GError           **error)
{
  const WeftOp *op = weft_op (family->id);
  WeftAttr      attrs[MAX_PARAMETERS + 3];

  attrs[0] = weft_attr_shape (graph, shape);
  for (guint i = 1; i < op->n_attrs; i++)
    {
      attrs[i] = op->attrs[i].otherwise;
      if (!weft_expand_is_none (&args[i]) &&
          !weft_binding_to_attr (&args[i], graph, op->attrs[i].kind, &attrs[i], error))
        {
          g_prefix_error (error, "%s: %s ", op->name, op->attrs[i].name);
          return FALSE;
        }
    }
  return weft_expand_give (weft_graph_apply (graph, op, 0, NULL, attrs, error), result);
}

/* The type to draw in: the given one, or f64 where a parameter is. */
static gboolean
dtype_of (const Family      *family,
          WeftGraph         *graph,
          const WeftBinding *given,
          WeftValue *const  *values,
          WeftAttr          *dtype,
          GError           **error)
{
  *dtype = weft_attr_dtype (WEFT_F32);
  for (guint i = 0; i < family->n; i++)
    if (values[i]->type.dtype == WEFT_F64)
      dtype->i = WEFT_F64;
  return weft_expand_is_none (given) ||
         weft_binding_to_attr (given, graph, WEFT_ATTR_DTYPE, dtype, error);
}

/* @args: shape, the parameters, dtype, seed. */
static gboolean
expand_family (const Family      *family,
               WeftGraph         *graph,
               const WeftBinding *args,
               WeftBinding       *result,
               GError           **error)
{
  const char *name = weft_op (family->id)->name;
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *values[MAX_PARAMETERS] = { NULL }, *z;
  WeftShape  shape;
  WeftAttr   attr;
  gboolean   numbers = TRUE;

  for (guint i = 0; i < family->n; i++)
    numbers &= is_number (&args[1 + i]);
  for (guint i = 0; i < family->n && !numbers; i++)
    {
      values[i] = get_parameter (name, family->names[i], graph, &args[1 + i], error);
      if (values[i] == NULL)
        return FALSE;
      weft_scope_set_value (scope, family->names[i], values[i]);
    }
  if (!shape_of (name, graph, &args[0], numbers ? 0 : family->n, values, &shape, error))
    return FALSE;
  if (numbers)
    return call_row (family, graph, args, &shape, result, error);
  if (!dtype_of (family, graph, &args[1 + family->n], values, &attr, error))
    return FALSE;
  weft_scope_set_attr (scope, "dtype", &attr);
  attr = weft_attr_shape (graph, &shape);
  weft_scope_set_attr (scope, "shape", &attr);
  weft_scope_set (scope, "seed", &args[2 + family->n]);
  z = weft_expand_value (graph, scope, family->draw, error);
  if (z == NULL)
    return FALSE;
  weft_scope_set_value (scope, "z", z);
  return weft_expand_give (weft_expand_value (graph, scope, family->text, error), result);
}

#define FAMILY(NAME, ID, N, NAMES, DRAW, TEXT)                           \
  EXPAND (NAME)                                                          \
  {                                                                      \
    static const Family family = { WEFT_OP_##ID, N, NAMES, DRAW, TEXT }; \
    return expand_family (&family, graph, args, result, error);          \
  }
#define NAMES(...) \
  {                \
    __VA_ARGS__    \
  }

FAMILY (uniform,
        UNIFORM,
        2,
        NAMES ("low", "high"),
        "uniform(shape, dtype=dtype, seed=seed)",
        "low + (high - low) * z")
FAMILY (normal,
        NORMAL,
        2,
        NAMES ("mean", "std"),
        "normal(shape, dtype=dtype, seed=seed)",
        "mean + std * z")
FAMILY (truncated_normal,
        TRUNCATED_NORMAL,
        4,
        NAMES ("mean", "std", "low", "high"),
        "standard_truncated_normal(cast(low, dtype), cast(high, dtype), shape=shape, seed=seed)",
        "mean + std * z")
FAMILY (bernoulli, BERNOULLI, 1, NAMES ("p"), "uniform(shape, seed=seed)", "cast(z < p, dtype)")
FAMILY (exponential,
        EXPONENTIAL,
        1,
        NAMES ("scale"),
        "exponential(shape, dtype=dtype, seed=seed)",
        "scale * z")
FAMILY (laplace,
        LAPLACE,
        2,
        NAMES ("loc", "scale"),
        "laplace(shape, dtype=dtype, seed=seed)",
        "loc + scale * z")
FAMILY (cauchy,
        CAUCHY,
        2,
        NAMES ("loc", "scale"),
        "cauchy(shape, dtype=dtype, seed=seed)",
        "loc + scale * z")
FAMILY (gumbel,
        GUMBEL,
        2,
        NAMES ("loc", "scale"),
        "gumbel(shape, dtype=dtype, seed=seed)",
        "loc + scale * z")

/* ---- Gamma, beta, Dirichlet ---- */

/* The logarithm of gamma-distributed numbers of shape a: those of shape a + 1 and the a-th root of
 * a uniform one, so that neither a small a underflows nor the gradient is lost. Source: Marsaglia &
 * Tsang 2000, doi:10.1145/358407.358414, section 6. */
#define LOG_GAMMA(A)                                                            \
  "(log(standard_gamma(" A " + 1, shape=shape)) - exponential(shape, dtype=(" A \
  " * 1.0).dtype) / " A ")"

static gboolean
expand_gammas (const char        *name,
               const char        *text,
               WeftGraph         *graph,
               guint              n,
               const char *const *names,
               const WeftBinding *args,
               gboolean           classes,
               WeftBinding       *result,
               GError           **error)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *values[MAX_PARAMETERS];
  WeftShape  shape;
  WeftAttr   attr;

  for (guint i = 0; i < n; i++)
    {
      values[i] = get_parameter (name, names[i], graph, &args[i], error);
      if (values[i] == NULL)
        return FALSE;
      weft_scope_set_value (scope, names[i], values[i]);
    }
  if (!shape_of (name, graph, &args[n], n, values, &shape, error))
    return FALSE;
  if (classes && values[0]->type.shape.rank == 0)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE,
                   "%s: the last axis of %s has the classes, but it has no axis", name, names[0]);
      return FALSE;
    }
  if (classes && !weft_expand_is_none (&args[n]) && shape.rank < WEFT_MAX_RANK)
    shape.dims[shape.rank++] = values[0]->type.shape.dims[values[0]->type.shape.rank - 1];
  attr = weft_attr_shape (graph, &shape);
  weft_scope_set_attr (scope, "shape", &attr);
  return weft_expand_give (weft_expand_value (graph, scope, text, error), result);
}

EXPAND (random_gamma)
{
  static const char *const names[] = { "concentration", "scale" };

  return expand_gammas ("random_gamma", "scale * standard_gamma(concentration, shape=shape)", graph,
                        2, names, args, FALSE, result, error);
}

EXPAND (random_beta)
{
  static const char *const names[] = { "a", "b" };

  return expand_gammas ("random_beta", "sigmoid(" LOG_GAMMA ("a") " - " LOG_GAMMA ("b") ")", graph,
                        2, names, args, FALSE, result, error);
}

EXPAND (dirichlet)
{
  static const char *const names[] = { "concentration" };

  return expand_gammas ("dirichlet", "softmax(" LOG_GAMMA ("concentration") ")", graph, 1, names,
                        args, TRUE, result, error);
}

/* ---- Order and choice ---- */

/* permutation (n), or the rows of an array in random order. */
EXPAND (permutation)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftAttr attrs[2];

  if (args[0].kind == WEFT_BIND_VALUE && args[0].value->type.shape.rank > 0)
    {
      weft_scope_set (scope, "x", &args[0]);
      weft_scope_set (scope, "seed", &args[1]);
      return weft_expand_give (
        weft_expand_value (graph, scope, "take(x, permutation(x.shape[0], seed=seed), axis=0)",
                           error),
        result);
    }
  attrs[1] = weft_attr_none ();
  if (!weft_binding_to_attr (&args[0], graph, WEFT_ATTR_DIM, &attrs[0], error))
    {
      g_prefix_error (error, "permutation: n ");
      return FALSE;
    }
  if (!weft_expand_is_none (&args[1]) &&
      !weft_binding_to_attr (&args[1], graph, WEFT_ATTR_INT, &attrs[1], error))
    {
      g_prefix_error (error, "permutation: seed ");
      return FALSE;
    }
  return weft_expand_give (
    weft_graph_apply (graph, weft_op (WEFT_OP_PERMUTATION), 0, NULL, attrs, error), result);
}

/* Which rows choice picks. */
static const char *
choice_text (gboolean replace, gboolean weighted)
{
  if (replace)
    return weighted ? "categorical(p, shape=shape, seed=seed)"
                    : "integers(0, n, shape=shape, seed=seed)";
  /* Gumbel numbers on top of log (p) draw without replacement by their order.
   * Source: Yellott 1977, doi:10.1016/0022-2496(77)90026-8. */
  return weighted ? "reshape(argsort(-log(p) - gumbel((n,), seed=seed))[:count], shape)"
                  : "reshape(permutation(n, seed=seed)[:count], shape)";
}

/* choice (a, shape, replace, p, seed): of the rows of an array, or of the numbers below a. */
EXPAND (choice)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  gboolean   pool = args[0].kind == WEFT_BIND_VALUE && args[0].value->type.shape.rank > 0;
  WeftAttr   n, replace, attr;
  WeftShape  shape;
  WeftValue *picked;

  if (pool)
    n = weft_attr_dim (graph, args[0].value->type.shape.dims[0]);
  else if (!weft_binding_to_attr (&args[0], graph, WEFT_ATTR_DIM, &n, error))
    {
      g_prefix_error (error, "choice: a ");
      return FALSE;
    }
  if (!weft_binding_to_attr (&args[2], graph, WEFT_ATTR_BOOL, &replace, error) ||
      !shape_of ("choice", graph, &args[1], 0, NULL, &shape, error))
    return FALSE;
  attr = weft_attr_shape (graph, &shape);
  weft_scope_set_attr (scope, "shape", &attr);
  attr = weft_attr_dim (graph, weft_shape_size (&shape));
  weft_scope_set_attr (scope, "count", &attr);
  weft_scope_set_attr (scope, "n", &n);
  weft_scope_set (scope, "a", &args[0]);
  weft_scope_set (scope, "p", &args[3]);
  weft_scope_set (scope, "seed", &args[4]);
  picked = weft_expand_value (graph, scope,
                              choice_text (replace.i, !weft_expand_is_none (&args[3])), error);
  if (picked == NULL || !pool)
    return weft_expand_give (picked, result);
  weft_scope_set_value (scope, "picked", picked);
  return weft_expand_give (weft_expand_value (graph, scope, "take(a, picked, axis=0)", error),
                           result);
}
