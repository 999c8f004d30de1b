/* Random graphs; see random-graph.h. How they grow.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/random-graph.h"

#include "engine/grad/grad.h"
#include "engine/rewrite/rewrite-private.h"

#include <math.h>
#include <string.h>

/* Sample functions add to it. */
static RandomGraph *building;

/* Larger graphs show nothing that smaller ones do not, and take longer to read. */
#define MAX_APPLIES 160

static gint
pick (RandomGraph *random, gint n)
{
  return g_rand_int_range (random->rand, 0, n);
}

static gboolean
chance (RandomGraph *random, double share)
{
  return g_rand_double (random->rand) < share;
}

/* ---- Operands ---- */

static double
draw (RandomGraph *random, WeftDomain domain)
{
  double u = g_rand_double (random->rand);

  switch (domain)
    {
    case WEFT_DOMAIN_NONZERO:
      return (chance (random, 0.5) ? 1 : -1) * (0.3 + 2 * u);
    case WEFT_DOMAIN_POSITIVE:
      return 0.2 + 2.8 * u;
    case WEFT_DOMAIN_NEGATIVE:
      return -0.2 - 2.8 * u;
    case WEFT_DOMAIN_UNIT:
      return 1.8 * u - 0.9;
    case WEFT_DOMAIN_PROBABILITY:
      return 0.05 + 0.9 * u;
    case WEFT_DOMAIN_ABOVE_ONE:
      return 1.1 + 2 * u;
    case WEFT_DOMAIN_INTS:
      return floor (7 * u) - 3;
    case WEFT_DOMAIN_BOOLS:
      return u < 0.5;
    case WEFT_DOMAIN_REALS:
    case WEFT_DOMAIN_SPECIAL:
      break;
    }
  return 4.4 * u - 2.2;
}

static WeftType
type_of (RandomGraph *random, WeftDType dtype, guint rank, const gint64 *shape)
{
  WeftType type = { dtype, FALSE, { .rank = rank } };

  for (guint i = 0; i < rank; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%d", (int) shape[i]);

      type.shape.dims[i] = random->named && shape[i] > 1 ? weft_dim_named (g_intern_string (name))
                                                         : weft_dim (shape[i]);
    }
  return type;
}

static WeftValue *
new_input (RandomGraph *random, WeftArray *array)
{
  g_autofree char *name = g_strdup_printf ("x%u", random->inputs->len);
  WeftType         type = type_of (random, array->dtype, array->rank, array->shape);
  WeftValue       *input = weft_graph_input (random->graph, name, &type);

  g_ptr_array_add (random->inputs, input);
  g_ptr_array_add (random->arrays, array);
  g_ptr_array_add (random->values, input);
  return input;
}

static WeftValue *
draw_input (RandomGraph *random, WeftDomain domain, guint rank, const gint64 *shape)
{
  WeftDType  dtype = domain == WEFT_DOMAIN_INTS    ? WEFT_I64
                     : domain == WEFT_DOMAIN_BOOLS ? WEFT_BOOL
                                                   : random->dtype;
  WeftArray *array = weft_array_new (dtype, rank, shape);

  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, draw (random, domain));
  return new_input (random, array);
}

static WeftValue *
try_op (RandomGraph *random, const char *name, WeftValue *a, WeftValue *b)
{
  WeftValue *inputs[2] = { a, b };

  if (a == NULL)
    return NULL;
  return weft_graph_apply (random->graph, weft_op_find (name), b == NULL ? 1 : 2, inputs, NULL,
                           NULL);
}

static WeftValue *
number (RandomGraph *random, double value)
{
  return weft_graph_scalar (random->graph, random->dtype, value);
}

/* A float value of this shape that is there already; NULL: none. */
static WeftValue *
find_real (RandomGraph *random, guint rank, const gint64 *shape)
{
  WeftType wanted = type_of (random, random->dtype, rank, shape);

  for (guint trial = 0; trial < 12 && random->values->len > 0; trial++)
    {
      WeftValue *value = g_ptr_array_index (random->values, pick (random, random->values->len));

      if (value->type.dtype == random->dtype &&
          weft_shape_equal (&value->type.shape, &wanted.shape))
        return value;
    }
  return NULL;
}

static WeftValue *
make_positive (RandomGraph *random, WeftValue *x)
{
  switch (pick (random, 6))
    {
    case 0:
      return try_op (random, "exp", try_op (random, "tanh", x, NULL), NULL);
    case 1:
      return try_op (random, "softplus", x, NULL);
    case 2:
      return try_op (random, "add", try_op (random, "square", x, NULL), number (random, 0.5));
    case 3:
      return try_op (random, "add", try_op (random, "abs", x, NULL), number (random, 0.25));
    case 4:
      return try_op (random, "sigmoid", x, NULL);
    default:
      return try_op (random, "exp", x, NULL);
    }
}

/* @x brought into @domain by an op or two. */
static WeftValue *
bring (RandomGraph *random, WeftDomain domain, WeftValue *x)
{
  switch (domain)
    {
    case WEFT_DOMAIN_NONZERO:
      return chance (random, 0.3) ? x : make_positive (random, x);
    case WEFT_DOMAIN_POSITIVE:
      return make_positive (random, x);
    case WEFT_DOMAIN_NEGATIVE:
      return try_op (random, "neg", make_positive (random, x), NULL);
    case WEFT_DOMAIN_UNIT:
      return try_op (random, "mul", try_op (random, "tanh", x, NULL), number (random, 0.9));
    case WEFT_DOMAIN_PROBABILITY:
      return try_op (random, chance (random, 0.3) && x->type.shape.rank > 0 ? "softmax" : "sigmoid",
                     x, NULL);
    case WEFT_DOMAIN_ABOVE_ONE:
      return try_op (random, "add", make_positive (random, x), number (random, 1));
    case WEFT_DOMAIN_BOOLS:
      return try_op (random, chance (random, 0.5) ? "gt" : "le", x, number (random, 0.3));
    case WEFT_DOMAIN_INTS:
      return NULL;
    case WEFT_DOMAIN_REALS:
    case WEFT_DOMAIN_SPECIAL:
      break;
    }
  return x;
}

/* A value of @domain: one that is there, or a new input. */
static WeftValue *
operand (RandomGraph *random, WeftDomain domain, guint rank, const gint64 *shape)
{
  WeftValue *value = chance (random, 0.7) ? find_real (random, rank, shape) : NULL;

  if (value != NULL)
    value = bring (random, domain, value);
  return value != NULL ? value : draw_input (random, domain, rank, shape);
}

/* ---- What the texts call ---- */

typedef struct
{
  const char *name;
  WeftDomain  domain;
  guint       n_numbers; /* arguments before the shape */
} Sample;

static const Sample samples[] = {
  { "reals", WEFT_DOMAIN_REALS, 0 },
  { "not_zero", WEFT_DOMAIN_NONZERO, 0 },
  { "positive", WEFT_DOMAIN_POSITIVE, 0 },
  { "negative", WEFT_DOMAIN_NEGATIVE, 0 },
  { "unit", WEFT_DOMAIN_UNIT, 0 },
  { "probability", WEFT_DOMAIN_PROBABILITY, 0 },
  { "above_one", WEFT_DOMAIN_ABOVE_ONE, 0 },
  { "small_ints", WEFT_DOMAIN_INTS, 0 },
  { "bools", WEFT_DOMAIN_BOOLS, 0 },
  { "distinct", WEFT_DOMAIN_REALS, 0 },
  { "spd", WEFT_DOMAIN_SPECIAL, 0 },
  { "ints", WEFT_DOMAIN_INTS, 2 },
  { "labels", WEFT_DOMAIN_INTS, 1 },
};

/* A A^T + n I, matrix by matrix. */
static WeftValue *
draw_spd (RandomGraph *random, guint rank, const gint64 *shape)
{
  gint64     n = shape[rank - 1];
  WeftArray *array = weft_array_new (random->dtype, rank, shape);
  double     a[64];

  g_assert_cmpint (n * n, <=, G_N_ELEMENTS (a));
  for (gint64 start = 0; start < array->n_elements; start += n * n)
    {
      for (gint64 i = 0; i < n * n; i++)
        a[i] = draw (random, WEFT_DOMAIN_UNIT);
      for (gint64 i = 0; i < n; i++)
        for (gint64 k = 0; k < n; k++)
          {
            double sum = i == k ? n : 0;

            for (gint64 j = 0; j < n; j++)
              sum += a[i * n + j] * a[k * n + j];
            weft_array_set (array, start + i * n + k, sum);
          }
    }
  return new_input (random, array);
}

static WeftValue *
sample_value (RandomGraph *random, const Sample *sample, const gint64 *numbers, guint rank)
{
  const gint64 *shape = numbers + sample->n_numbers;
  gint64        low = sample->n_numbers == 2 ? numbers[0] : 0;
  gint64        high = sample->n_numbers == 2 ? numbers[1] : numbers[0];
  WeftArray    *array;

  if (sample->domain == WEFT_DOMAIN_SPECIAL)
    return draw_spd (random, rank, shape);
  if (sample->n_numbers == 0)
    return operand (random, sample->domain, rank, shape);
  array = weft_array_new (WEFT_I64, rank, shape);
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, low + floor (g_rand_double (random->rand) * (double) (high - low)));
  return new_input (random, array);
}

static gboolean
expand_sample (WeftGraph         *graph,
               guint              n_args,
               const WeftBinding *args,
               const char *const *keywords,
               gpointer           data,
               WeftBinding       *result,
               GError           **error)
{
  const Sample *sample = data;
  gint64        numbers[2 + WEFT_MAX_RANK];

  if (graph != building->graph || n_args < sample->n_numbers || n_args > WEFT_MAX_RANK)
    {
      g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_VALUE, "no operand here");
      return FALSE;
    }
  for (guint i = 0; i < n_args; i++)
    {
      WeftAttr attr;

      if (!weft_binding_to_attr (&args[i], graph, WEFT_ATTR_INT, &attr, error))
        return FALSE;
      numbers[i] = attr.i;
    }
  if (sample->domain == WEFT_DOMAIN_SPECIAL)
    {
      numbers[n_args] = numbers[n_args - 1];
      n_args++;
    }
  *result =
    (WeftBinding){ .kind = WEFT_BIND_VALUE,
                   .value = sample_value (building, sample, numbers, n_args - sample->n_numbers) };
  return TRUE;
}

void
random_graph_register (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    weft_expr_register_function (&(WeftExprFunction){
      samples[i].name, expand_sample, (gpointer) &samples[i], "...", "an operand" });
}

/* ---- Moves ---- */

static void
keep (RandomGraph *random, const WeftBinding *binding)
{
  if (binding->kind == WEFT_BIND_TUPLE)
    for (guint i = 0; i < binding->n_items; i++)
      keep (random, &binding->items[i]);
  else if (binding->kind == WEFT_BIND_VALUE)
    g_ptr_array_add (random->values, weft_graph_strong (random->graph, binding->value));
}

static void
move_text (RandomGraph *random, const char *text)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, NULL);
  WeftBinding result;

  if (expr != NULL && weft_expr_build (expr, random->graph, scope, &result, NULL))
    keep (random, &result);
}

/* Forms that people write and rules look for. */
static const char *const forms[] = {
  "x = reals(3, 4); exp(x) / sum(exp(x), axis=-1, keepdims=True)",
  "x = reals(3, 4); log(exp(x) / sum(exp(x), axis=-1, keepdims=True))",
  "log(sum(exp(reals(3, 4)), axis=1))",
  "x = reals(3, 4); e = exp(x - max(x, axis=1, keepdims=True)); e / sum(e, axis=1, keepdims=True)",
  "cross_entropy(log(softmax(reals(3, 4))), labels(4, 3))",
  "-mean(sum(one_hot(labels(4, 3), 4) * log(softmax(reals(3, 4))), axis=1))",
  "-mean(take_along_axis(log(softmax(reals(3, 4))), expand_dims(labels(4, 3), 1), axis=1))",
  "one_hot(labels(4, 3), 4) @ reals(4, 4)",
  "p = sigmoid(reals(3, 4)); t = probability(3, 4); -mean(t * log(p) + (1 - t) * log(1 - p))",
  "1 / (1 + exp(-reals(3, 4)))",
  "exp(reals(3, 4)) / (1 + exp(reals(3, 4)))",
  "log(1 + exp(reals(3, 4)))",
  "exp(reals(3, 4)) - 1",
  "log(1 - exp(negative(3, 4)))",
  "1 - erf(reals(3, 4))",
  "reals(3, 4) @ reals(4, 4) + reals(4)",
  "0.5 * (reals(3, 4) @ reals(4, 4)) + 2 * reals(3, 4)",
  "reals(3, 4).T @ reals(3, 4) * 0.1 + reals(4, 4)",
  "reals(4, 4) @ (reals(4, 4) @ reals(4))",
  "(reals(3, 4) @ reals(4, 4)) @ reals(4, 2)",
  "outer(reals(3), reals(4)) + reals(3, 4)",
  "inv(spd(3)) @ reals(3, 2)",
  "a = spd(3); l = cholesky(a); solve_triangular(l, reals(3), lower=True)",
  "solve(spd(3), reals(3)) + solve(transpose(spd(3)), reals(3))",
  "log(det(spd(3)))",
  "log(prod(positive(3, 4), axis=1))",
  "x = reals(3, 4); x + x + 2 * x - x",
  "x = not_zero(3, 4); y = reals(3, 4); x * y / x",
  "x = reals(3, 4); y = reals(3, 4); (x + y) - y",
  "x = reals(3, 4); x.reshape((2, 6)).reshape((12,))[2:9]",
  "reals(3, 4)[1:][0, ::-1]",
  "x = reals(3, 4); concat((x[:1], x[1:]), axis=0)",
  "x = reals(3, 4); concat((x, reals(2, 4)), axis=0)[1:4]",
  "reals(3, 4)[:2].set(reals(2, 4))[1:]",
  "transpose(reals(3, 4) @ reals(4, 2))",
  "sum(transpose(reals(3, 4)) * 2, axis=0) + mean(-reals(3, 4), axis=1)",
  "sum(broadcast_to(reals(1, 4), (3, 4)), axis=0)",
  "max(relu(reals(3, 4)), axis=1)",
  "argmax(softmax(reals(3, 4)), axis=1)",
  "where(bools(3, 4), reals(3, 4), 0) * reals(3, 4)",
  "where(reals(3, 4) > 0, log(maximum(reals(3, 4), 0.1)), 0) / not_zero(3, 4)",
  "abs(reals(3, 4)) * abs(reals(3, 4))",
  "sign(reals(3, 4)) * abs(reals(3, 4))",
  "sqrt(positive(3, 4)) * sqrt(positive(3, 4))",
  "positive(3, 4) ** 0.5 * positive(3, 4) ** -1",
  "exp(reals(3, 4)) * exp(reals(3, 4))",
  "log(positive(3, 4)) + log(positive(3, 4))",
  "log(positive(3, 4) ** 3)",
  "cast(cast(reals(3, 4), f64), f32) + 1.0",
  "cast(small_ints(3, 4), f64) * reals(3, 4)",
  "small_ints(3, 4) * 2 + small_ints(3, 4) - 0",
  "(small_ints(3, 4) == 2) & (reals(3, 4) > 0)",
  "x = reals(3, 4); x.shape[0] * mean(x) + x.size",
  "w = reals(4, 4); scan(lambda x, h: tanh(x @ w + h), reals(3, 4), reals(4))",
  "w = reals(4, 4); b = reals(4); scan(lambda x, h: (h * 0.5 + x @ (w * 2) + exp(b), h), reals(3, "
  "4), reals(4))",
  "w = reals(4, 4); scan(lambda x, h, c: (sigmoid(x @ w) * h, c + h), reals(3, 4), (reals(4), "
  "reals(4)))[0]",
  "s = reals(); map(lambda r: sum(r * s) * 1 + 0, reals(3, 4))",
  "fold(lambda x, h: h + outer(x, x), reals(3, 4), zeros((4, 4)))",
  "cond(sum(reals(3, 4)) > 0, lambda: exp(reals(4)), lambda: reals(4) * 2)",
  "x = reals(3, 4); y = reals(3, 4); cond(sum(x) > 0, lambda: x + 0 + y, lambda: log(softmax(y)))",
  "x = reals(3, 4); tile(x, (2, 1))[:3]",
  "dropout(reals(3, 4), rate=0.5) * 2 + 0",
  "batch_norm(reals(3, 4), reals(4), reals(4))",
  "layer_norm(reals(3, 4), reals(4), reals(4))",
};

static void
move_form (RandomGraph *random)
{
  move_text (random, forms[pick (random, G_N_ELEMENTS (forms))]);
}

static void
move_example (RandomGraph *random)
{
  const char *const *texts;
  guint              n = 0;

  if (chance (random, 0.5))
    texts =
      weft_functions_examples (weft_functions_name (pick (random, weft_functions_count ())), FALSE);
  else
    texts = weft_op_get (pick (random, weft_op_count ()))->examples;
  while (texts != NULL && n < WEFT_MAX_EXAMPLES && texts[n] != NULL)
    n++;
  if (n > 0)
    move_text (random, texts[pick (random, n)]);
}

typedef struct
{
  guint  rank;
  gint64 shape[3];
} Form;

/* clang-format off */
static const Form shapes[] = {
  { 2, { 3, 4 } }, { 2, { 3, 4 } }, { 2, { 3, 4 } }, { 2, { 3, 4 } }, { 1, { 4 } },
  { 0, { 0 } }, { 2, { 3, 1 } }, { 2, { 3, 3 } }, { 2, { 4, 4 } }, { 2, { 1, 4 } },
  { 1, { 3 } }, { 3, { 2, 3, 4 } }, { 2, { 4, 3 } },
};
/* clang-format on */

static WeftValue *
constant (RandomGraph *random, WeftDType dtype)
{
  static const double numbers[] = { -2, -1, -0.5, 0, 0.25, 0.5, 1, 1, 2, 2, 3, 4, 10 };
  WeftArray          *array;
  WeftValue          *value;

  if (chance (random, 0.8))
    return weft_graph_scalar (random->graph, dtype, numbers[pick (random, G_N_ELEMENTS (numbers))]);
  array = weft_array_new (dtype, 1, (gint64[]){ 4 });
  for (guint i = 0; i < 4; i++)
    weft_array_set (array, i, draw (random, WEFT_DOMAIN_NONZERO));
  value = weft_graph_constant (random->graph, array);
  weft_array_unref (array);
  return value;
}

static void
move_elementwise (RandomGraph *random)
{
  static const char *const usual[] = { "add", "sub", "mul", "div", "neg",
                                       "exp", "log", "square", "sqrt", "reciprocal",
                                       "maximum", "minimum", "where", "lt", "abs",
                                       "relu", "sigmoid", "pow", "logical_not", "cast" };
  const WeftOp            *op = chance (random, 0.5)
                                  ? weft_op_find (usual[pick (random, G_N_ELEMENTS (usual))])
                                  : weft_op_get (pick (random, WEFT_N_ELEMENTWISE));
  const Form              *form = &shapes[pick (random, G_N_ELEMENTS (shapes))];
  WeftValue               *inputs[4], *value;
  guint                    n = op->n_inputs;
  WeftAttr                 to =
    weft_attr_dtype ((WeftDType[]){ WEFT_F64, WEFT_F32, WEFT_I32, WEFT_BOOL }[pick (random, 4)]);
  gboolean is_cast = g_str_equal (op->name, "cast");

  if (op->traits & WEFT_TRAIT_VARIADIC)
    n = 2 + pick (random, 2);
  for (guint i = 0; i < n; i++)
    {
      WeftDomain domain =
        i == 0 && op->traits & WEFT_TRAIT_CONDITION ? WEFT_DOMAIN_BOOLS : op->domain;
      const Form *own =
        i > 0 && chance (random, 0.3) ? &shapes[pick (random, G_N_ELEMENTS (shapes))] : form;

      inputs[i] = i > 0 && chance (random, 0.2) ? constant (random, random->dtype)
                                                : operand (random, domain, own->rank, own->shape);
    }
  value = weft_graph_apply (random->graph, op, n, inputs, is_cast ? &to : NULL, NULL);
  if (value != NULL)
    g_ptr_array_add (random->values, value);
}

/* Where the pattern's node number @slot stands decides what it must be. */
static WeftDomain
slot_domain (const WeftRule *rule, guint slot)
{
  const WeftPattern *pattern = &rule->pattern;

  for (guint i = pattern->n_nodes; i-- > 0;)
    for (guint k = 0; pattern->nodes[i].kind == WEFT_PATTERN_OP && k < pattern->nodes[i].n_inputs;
         k++)
      {
        const WeftPatternNode *input = &pattern->nodes[pattern->nodes[i].inputs[k]];

        if (input->kind == WEFT_PATTERN_VALUE && input->slot == slot)
          return k == 0 && pattern->nodes[i].op->traits & WEFT_TRAIT_CONDITION
                   ? WEFT_DOMAIN_BOOLS
                   : pattern->nodes[i].op->domain;
      }
  return WEFT_DOMAIN_REALS;
}

static gboolean
random_attr (RandomGraph *random, WeftAttrKind kind, WeftAttr *attr)
{
  static const gint64 axes[][2] = { { 0, 1 }, { 1, 0 } };
  WeftShape           shape = weft_shape (2, 4, 3);

  switch (kind)
    {
    case WEFT_ATTR_BOOL:
      *attr = weft_attr_bool (chance (random, 0.5));
      return TRUE;
    case WEFT_ATTR_INT:
      *attr = weft_attr_int (pick (random, 3) - 1);
      return TRUE;
    case WEFT_ATTR_FLOAT:
      *attr = weft_attr_float (0.25 * (1 + pick (random, 5)));
      return TRUE;
    case WEFT_ATTR_DTYPE:
      *attr = weft_attr_dtype ((WeftDType[]){ WEFT_F64, WEFT_F32, WEFT_I32 }[pick (random, 3)]);
      return TRUE;
    case WEFT_ATTR_AXES:
      *attr = chance (random, 0.2)
                ? weft_attr_none ()
                : weft_attr_axes (random->graph, 1 + pick (random, 2), axes[pick (random, 2)]);
      return TRUE;
    case WEFT_ATTR_SHAPE:
      if (chance (random, 0.3))
        shape = weft_shape (1, 12);
      else if (chance (random, 0.5))
        shape = weft_shape (2, 3, 4);
      *attr = weft_attr_shape (random->graph, &shape);
      return TRUE;
    case WEFT_ATTR_DIM:
      *attr = weft_attr_dim (random->graph, weft_dim (4));
      return TRUE;
    case WEFT_ATTR_NONE:
    case WEFT_ATTR_STRING:
    case WEFT_ATTR_INDEX:
    case WEFT_ATTR_BODY:
      break;
    }
  return FALSE;
}

static gboolean
bind_names (RandomGraph *random, const WeftRule *rule, WeftScope *scope)
{
  g_auto (GStrv) constants = weft_guards_constants (rule->info.guard);
  const Form *form = &shapes[pick (random, G_N_ELEMENTS (shapes))];

  for (guint i = 0; i < rule->pattern.n_values; i++)
    {
      const Form *own =
        chance (random, 0.25) ? &shapes[pick (random, G_N_ELEMENTS (shapes))] : form;
      const char *name = rule->pattern.values[i];

      weft_scope_set_value (scope, name,
                            g_strv_contains ((const char *const *) constants, name)
                              ? constant (random, random->dtype)
                              : operand (random, slot_domain (rule, i), own->rank, own->shape));
    }
  for (guint i = 0; i < rule->pattern.n_attrs; i++)
    {
      WeftAttr attr;

      if (!random_attr (random, rule->pattern.attr_kinds[i], &attr))
        return FALSE;
      weft_scope_set_attr (scope, rule->pattern.attrs[i], &attr);
    }
  return TRUE;
}

/* The left side of a rule, so that there is something to rewrite. */
static void
move_pattern (RandomGraph *random)
{
  guint           n;
  const WeftRule *rules = weft_rules (&n), *rule = &rules[pick (random, n)];

  if (rule->pattern.n_nodes == 0)
    return;
  for (guint trial = 0; trial < 4; trial++)
    {
      g_autoptr (WeftScope) scope = weft_scope_new ();
      g_autoptr (WeftExpr) expr = weft_expr_parse (rule->info.pattern, NULL);
      WeftBinding result;

      if (!bind_names (random, rule, scope) ||
          !weft_expr_build (expr, random->graph, scope, &result, NULL))
        continue;
      keep (random, &result);
      return;
    }
}

static void
move_gradient (RandomGraph *random)
{
  WeftValue *cost = NULL, *wrt[3], *grads[3];
  guint      n = 0;

  for (guint i = random->values->len; i-- > 0 && cost == NULL;)
    {
      WeftValue *value = g_ptr_array_index (random->values, i);

      if (weft_dtype_is_float (value->type.dtype) && chance (random, 0.5))
        cost = try_op (random, "mean", value, NULL);
    }
  for (guint i = 0; i < random->inputs->len && n < G_N_ELEMENTS (wrt); i++)
    {
      WeftValue *input = g_ptr_array_index (random->inputs, i);

      if (weft_dtype_is_float (input->type.dtype) && chance (random, 0.6))
        wrt[n++] = input;
    }
  if (cost == NULL || n == 0 ||
      !weft_grad (random->graph, cost, NULL, NULL, n, wrt, WEFT_DISCONNECTED_ZERO, grads, NULL))
    return;
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (random->values, grads[i]);
  g_ptr_array_add (random->values, cost);
}

static void
grow (RandomGraph *random)
{
  guint n_moves = 4 + pick (random, 10);

  for (guint i = 0; i < n_moves && weft_graph_n_applies (random->graph) < MAX_APPLIES; i++)
    switch (pick (random, 12))
      {
      case 0:
      case 1:
        move_example (random);
        break;
      case 2:
      case 3:
      case 4:
      case 5:
      case 6:
        move_pattern (random);
        break;
      case 7:
      case 8:
        move_form (random);
        break;
      default:
        move_elementwise (random);
        break;
      }
  if (chance (random, 0.35))
    move_gradient (random);
}

/* ---- Outputs ---- */

static gboolean
is_tame (const WeftArray *array)
{
  for (gint64 i = 0; i < array->n_elements; i++)
    if (!(fabs (weft_array_get (array, i)) < 1e8))
      return FALSE;
  return TRUE;
}

/* Most of the last values whose numbers are finite. */
static gboolean
choose_tame (RandomGraph *random)
{
  guint            first = random->values->len > 24 ? random->values->len - 24 : 0;
  guint            n = random->values->len - first;
  WeftFunctionSpec spec = { .graph = random->graph,
                            .n_inputs = random->inputs->len,
                            .inputs = (WeftValue **) random->inputs->pdata,
                            .n_outputs = n,
                            .outputs = (WeftValue **) random->values->pdata + first,
                            .mode = WEFT_MODE_REFERENCE };
  g_autoptr (WeftFunction) function = n > 0 ? weft_function_new (&spec, NULL) : NULL;
  g_autoptr (GPtrArray) results =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);

  g_ptr_array_set_size (results, n);
  if (function == NULL || !weft_function_call (function, (WeftArray **) random->arrays->pdata,
                                               (WeftArray **) results->pdata, NULL, NULL))
    return FALSE;
  for (guint i = n; i-- > 0 && random->outputs->len < 6;)
    {
      WeftValue *value = g_ptr_array_index (random->values, first + i);

      if (value->apply->n_inputs > 0 && chance (random, 0.6) &&
          (is_tame (results->pdata[i]) || chance (random, 0.1)))
        g_ptr_array_add (random->outputs, value);
    }
  return random->outputs->len > 0;
}

static RandomGraph *
new_unchosen (guint32 seed)
{
  RandomGraph *random = g_new0 (RandomGraph, 1);

  random->graph = weft_graph_new ();
  random->rand = g_rand_new_with_seed (seed);
  random->dtype = chance (random, 0.75) ? WEFT_F64 : WEFT_F32;
  random->named = chance (random, 0.25);
  random->inputs = g_ptr_array_new ();
  random->arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  random->values = g_ptr_array_new ();
  random->outputs = g_ptr_array_new ();
  building = random;
  grow (random);
  return random;
}

RandomGraph *
random_graph_new (guint32 seed)
{
  RandomGraph *random = new_unchosen (seed);

  if (choose_tame (random))
    return random;
  random_graph_free (random);
  return NULL;
}

RandomGraph *
random_graph_new_blind (guint32 seed)
{
  RandomGraph *random = new_unchosen (seed);
  guint        n = 1 + pick (random, 10);

  for (guint i = random->values->len; i-- > 0 && random->outputs->len < n;)
    g_ptr_array_add (random->outputs, g_ptr_array_index (random->values, i));
  return random;
}

void
random_graph_free (RandomGraph *random)
{
  weft_graph_free (random->graph);
  g_rand_free (random->rand);
  g_ptr_array_unref (random->inputs);
  g_ptr_array_unref (random->arrays);
  g_ptr_array_unref (random->values);
  g_ptr_array_unref (random->outputs);
  g_free (random);
}

const char **
random_graph_without (RandomGraph *random, double share)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < weft_rule_count (); i++)
    if (chance (random, share))
      g_ptr_array_add (names, (gpointer) weft_rule_get (i)->name);
  g_ptr_array_add (names, NULL);
  return (const char **) g_ptr_array_free (names, FALSE);
}
