/* The op tables: every row is whole, every kernel agrees with its definition however its units are
 * shared out, types and messages.
 *
 * Gradients are test-grad.c's; NumPy's opinion is test-numpy.py's. A row with a kernel that no case
 * below covers fails.
 *
 * Tolerance of a kernel in a type with precision eps: sums of up to 2000 elements run in 32 lanes,
 * so at most 63 roundings meet in a partial sum and 5 more when the lanes fold; exponentials and
 * logarithms add under 4. 80 eps of the largest result, and of 1 for results that cancel, covers
 * both.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "engine/tensor/philox.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MAX_INPUTS 4
#define ROUNDINGS 80

/* ---- Cases ---- */

/* inputs: "NAME KIND DIMS; ...": KIND f float, u float in (0, 1), i4 whole in 0..3, I whole in
 * -5..5, b bool. */
typedef struct
{
  const char *name, *text, *inputs;
} Case;

static const Case cases[] = {
  { "sum/all", "sum(x)", "x f 3 4 5" },
  { "sum/last", "sum(x, axis=-1)", "x f 7 301" },
  { "sum/first", "sum(x, axis=0)", "x f 301 7" },
  { "sum/first-wide", "sum(x, axis=0)", "x f 5 1300" },
  { "sum/middle", "sum(x, axis=1)", "x f 4 33 6" },
  { "sum/apart", "sum(x, axis=(0, 2))", "x f 4 3 35" },
  { "sum/apart-kept-last", "sum(x, axis=(0, 2))", "x f 4 3 5 6" },
  { "sum/keepdims", "sum(x, axis=1, keepdims=True)", "x f 4 33 6" },
  { "sum/ones", "sum(x, axis=(0, 2))", "x f 1 6 1" },
  { "sum/none", "sum(x, axis=())", "x f 3 4" },
  { "sum/scalar", "sum(x)", "x f" },
  { "sum/nothing", "sum(x, axis=0)", "x f 0 3" },
  { "sum/of-nothing", "sum(x, axis=1)", "x f 0 3" },
  { "sum/long", "sum(x)", "x f 2000" },
  { "sum/whole", "sum(x, axis=1)", "x I 5 9" },
  { "sum/bools", "sum(x)", "x b 40" },
  { "prod/last", "prod(x, axis=1)", "x f 5 9" },
  { "prod/first", "prod(x, axis=0)", "x f 9 5" },
  { "prod/whole", "prod(x)", "x I 6" },
  { "mean/all", "mean(x)", "x f 8 65" },
  { "mean/first", "mean(x, axis=0)", "x f 65 8" },
  { "var/all", "var(x)", "x f 8 65" },
  { "var/last", "var(x, axis=1, ddof=1)", "x f 8 65" },
  { "var/first", "var(x, axis=0)", "x f 65 8" },
  { "std/last", "std(x, axis=-1)", "x f 8 65" },
  { "std/first", "std(x, axis=0, ddof=1)", "x f 65 8" },
  { "max/last", "max(x, axis=1)", "x f 8 65" },
  { "max/first", "max(x, axis=0)", "x f 65 8" },
  { "max/whole", "max(x, axis=0)", "x I 9 4" },
  { "min/last", "min(x, axis=1)", "x f 8 65" },
  { "min/middle", "min(x, axis=1)", "x f 3 65 2" },
  { "min/bools", "min(x)", "x b 5" },
  { "argmax/last", "argmax(x, axis=1)", "x f 8 65" },
  { "argmax/first", "argmax(x, axis=0)", "x f 65 8" },
  { "argmax/all", "argmax(x)", "x f 6 7" },
  { "argmax/ties", "argmax(x, axis=1)", "x I 9 30" },
  { "argmin/last", "argmin(x, axis=-1, keepdims=True)", "x f 8 65" },
  { "argmin/ties", "argmin(x)", "x I 40" },
  { "all/last", "all(x, axis=1)", "x b 30 2" },
  { "any/first", "any(x, axis=0)", "x b 2 30" },
  { "any/floats", "any(x)", "x f 3" },
  { "l2_norm/all", "l2_norm(x)", "x f 6 33" },
  { "l2_norm/first", "l2_norm(x, axis=0)", "x f 33 6" },
  { "logsumexp/all", "logsumexp(x)", "x f 6 33" },
  { "logsumexp/last", "logsumexp(x, axis=1)", "x f 6 33" },
  { "logsumexp/first", "logsumexp(x, axis=0, keepdims=True)", "x f 33 6" },
  { "cumsum/last", "cumsum(x, axis=-1)", "x f 6 33" },
  { "cumsum/first", "cumsum(x, axis=0)", "x f 33 6" },
  { "cumsum/whole", "cumsum(x, axis=1)", "x I 2 5 3" },
  { "cumsum/all", "cumsum(x)", "x f 6 33" },
  { "cumsum_back/all", "cumsum_back(x)", "x f 6 33" },
  { "cumsum_back/middle", "cumsum_back(x, axis=1)", "x f 4 5 3" },
  { "sum_to/lead", "sum_to(x, shape=(4,))", "x f 3 4" },
  { "sum_to/ones", "sum_to(x, shape=(3, 1, 5))", "x f 2 3 4 5" },
  { "sum_to/same", "sum_to(x, shape=(3, 4))", "x f 3 4" },
  { "concat/first", "concat(a, b, axis=0)", "a f 2 3; b f 4 3" },
  { "concat/last", "concat(a, b, a, axis=-1)", "a f 5 3; b f 5 1" },
  { "concat/nothing", "concat(a, b, axis=1)", "a f 5 0; b f 5 2" },
  { "concat/whole", "concat(a, b, axis=0)", "a I 3; b I 2" },
  { "getitem/slices", "x[1:, ::2]", "x f 5 7" },
  { "getitem/back", "x[::-1, -2::-3]", "x f 5 7" },
  { "getitem/number", "x[2]", "x f 5 7" },
  { "getitem/last", "x[..., -1]", "x f 2 3 4" },
  { "getitem/new", "x[:, None, 1]", "x f 5 7" },
  { "getitem/empty", "x[3:3]", "x f 5 7" },
  { "getitem/array", "x[i]", "x f 5 7; i i5 3 2" },
  { "getitem/array-last", "x[:, i]", "x f 5 7; i i7 4" },
  { "getitem/two-arrays", "x[i, k]", "x f 5 7; i i5 4; k i7 3 1" },
  { "getitem/apart", "x[i, :, k]", "x f 3 4 5; i i3 2; k i5 2" },
  { "getitem/together", "x[:, i, k]", "x f 3 4 5; i i4 2; k i5 2" },
  { "getitem/number-and-array", "x[0, :, i]", "x f 3 4 5; i i5 2" },
  { "getitem/bools", "x[1:]", "x b 5" },
  { "index_add/slice", "getitem_back(x, zeros((5, 7))[1:3])", "x f 2 7" },
  { "index_add/steps", "getitem_back(x, zeros((5, 7))[::2, ::-3])", "x f 3 3" },
  { "index_add/number", "getitem_back(x, zeros((5, 7))[:, 2])", "x f 5" },
  { "index_add/array", "getitem_back(x, zeros((5, 7))[i])", "x f 30 7; i i5 30" },
  { "index_add/two-arrays", "getitem_back(x, zeros((5, 7))[i, k])", "x f 30; i i5 30; k i7 30" },
  { "index_add/nothing", "getitem_back(x, zeros((5, 7))[2:2])", "x f 0 7" },
  { "index_add/whole", "getitem_back(x, zeros((5, 7))[1:3])", "x I 2 7" },
  { "one_hot/rows", "one_hot(i, 4)", "i i4 6" },
  { "one_hot/whole", "one_hot(i, 3, dtype=i32)", "i i3 2 5" },
  { "iota/five", "iota(5)", "" },
  { "iota/floats", "iota(6, dtype=f32)", "" },
  { "softmax/last", "softmax(x)", "x f 6 33" },
  { "softmax/classes", "softmax(x)", "x f 64 10" },
  { "softmax/first", "softmax(x, axis=0)", "x f 33 6" },
  { "softmax/middle", "softmax(x, axis=1)", "x f 2 33 3" },
  { "softmax/nothing", "softmax(x)", "x f 0 4" },
  { "log_softmax/last", "log_softmax(x)", "x f 6 100" },
  { "log_softmax/first", "log_softmax(x, axis=0)", "x f 10 6" },
  { "cross_entropy/labels", "cross_entropy(x, i)", "x f 64 10; i i10 64" },
  { "cross_entropy/wide", "cross_entropy(x, i)", "x f 3 1000; i i1000 3" },
  { "cross_entropy/probabilities", "cross_entropy(x, q)", "x f 6 40; q u 6 40" },
  { "cross_entropy/one-row", "cross_entropy(x, i)", "x f 10; i i10" },
  { "cross_entropy_grad/labels", "cross_entropy_grad(x, i)", "x f 64 10; i i10 64" },
  { "cross_entropy_grad/probabilities", "cross_entropy_grad(x, q)", "x f 6 40; q u 6 40" },
  { "binary_cross_entropy/pairs", "binary_cross_entropy(x, q)", "x f 6 40; q u 6 40" },
  { "squared_error/pairs", "squared_error(x, t)", "x f 30 40; t f 30 40" },
  { "squared_error/column", "squared_error(x, t)", "x f 30 1; t f 30" },
  { "absolute_error/pairs", "absolute_error(x, t)", "x f 6 40; t f 6 40" },
  { "huber/pairs", "huber(x, t, delta=0.7)", "x f 6 40; t f 6 40" },
  { "kl_divergence/rows", "kl_divergence(p, q)", "p u 6 40; q u 6 40" },
  { "accuracy/classes", "accuracy(x, i)", "x f 50 3; i i3 50" },
  { "accuracy/scores", "accuracy(x, b)", "x f 50; b b 50" },
  { "accuracy/column", "accuracy(x, b, threshold=0.5)", "x f 50 1; b b 50" },
  { "accuracy/equal", "accuracy(i, k)", "i i3 50; k i3 50" },
};

/* ---- Inputs ---- */

typedef struct
{
  guint      n;
  char      *names[MAX_INPUTS];
  WeftArray *arrays[MAX_INPUTS];
  WeftValue *values[MAX_INPUTS];
  WeftGraph *graph;
  WeftScope *scope;
  WeftValue *result;
} Built;

static double
uniform (guint stream, gint64 i)
{
  double u;

  weft_philox_uniform_f64 (7, stream, i, 1, &u);
  return u;
}

static void
fill (WeftArray *array, const char *kind, guint stream)
{
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double u = uniform (stream, i);

      if (kind[0] == 'f')
        u = 4 * u - 2;
      else if (kind[0] == 'i')
        u = floor (u * g_ascii_strtod (kind + 1, NULL));
      else if (kind[0] == 'I')
        u = floor (11 * u) - 5;
      else if (kind[0] == 'b')
        u = u < 0.5;
      weft_array_set (array, i, u);
    }
}

static void
add_input (Built *built, const char *text, WeftDType real)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  gint64    shape[WEFT_MAX_RANK];
  guint     rank = 0, n = built->n++;
  WeftDType dtype = words[1][0] == 'f' || words[1][0] == 'u' ? real
                    : words[1][0] == 'b'                     ? WEFT_BOOL
                    : words[1][0] == 'I'                     ? WEFT_I64
                                                             : WEFT_I32;

  for (guint i = 2; words[i] != NULL; i++)
    shape[rank++] = g_ascii_strtoll (words[i], NULL, 10);
  built->names[n] = g_strdup (words[0]);
  built->arrays[n] = weft_array_new (dtype, rank, shape);
  fill (built->arrays[n], words[1], n + 1);
  built->values[n] = weft_graph_input (
    built->graph, words[0], &(WeftType){ dtype, FALSE, weft_array_get_shape (built->arrays[n]) });
  weft_scope_set_value (built->scope, words[0], built->values[n]);
}

static Built *
build (const char *text, const char *inputs, WeftDType real, GError **error)
{
  Built *built = g_new0 (Built, 1);
  g_auto (GStrv) parts = g_strsplit (inputs, ";", -1);
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, error);

  built->graph = weft_graph_new ();
  built->scope = weft_scope_new ();
  for (guint i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      add_input (built, parts[i], real);
  if (expr != NULL)
    built->result = weft_expr_build_value (expr, built->graph, built->scope, error);
  return built;
}

static void
built_free (Built *built)
{
  for (guint i = 0; i < built->n; i++)
    {
      g_free (built->names[i]);
      weft_array_unref (built->arrays[i]);
    }
  weft_scope_free (built->scope);
  weft_graph_free (built->graph);
  g_free (built);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Built, built_free)

static WeftArray *
array_of (Built *built, WeftValue *value)
{
  for (guint i = 0; i < built->n; i++)
    if (built->values[i] == value)
      return built->arrays[i];
  g_assert_not_reached ();
}

/* ---- Running one application ---- */

static WeftArray *
result_array (WeftValue *value, WeftDType dtype)
{
  gint64 dims[WEFT_MAX_RANK];
  g_autoptr (WeftBindings) bindings = weft_bindings_new ();

  g_assert_true (weft_shape_resolve (&value->type.shape, bindings, dims));
  return weft_array_new (dtype, value->type.shape.rank, dims);
}

static WeftArray *
run_reference (Built *built)
{
  WeftApply *apply = built->result->apply;
  WeftArray *inputs[MAX_INPUTS], *out = result_array (built->result, WEFT_F64);

  for (guint i = 0; i < apply->n_inputs; i++)
    inputs[i] = weft_array_cast (array_of (built, apply->inputs[i]), WEFT_F64);
  apply->op->reference (apply, inputs, &out);
  for (guint i = 0; i < apply->n_inputs; i++)
    weft_array_unref (inputs[i]);
  return out;
}

/* Runs the kernel in @n_parts shares, the last first. */
static WeftArray *
run_kernel (Built *built, gint64 n_parts, gint *bad)
{
  WeftApply        *apply = built->result->apply;
  const WeftKernel *kernel = apply->op->kernel;
  WeftArray        *out = result_array (built->result, built->result->type.dtype);
  WeftDType         dtypes[MAX_INPUTS];
  guint             ranks[MAX_INPUTS];
  gint64            shapes[MAX_INPUTS][WEFT_MAX_RANK] = { { 0 } };
  const void       *data[MAX_INPUTS];
  g_autofree void  *scratch = NULL;
  gint64            units;
  WeftKernelCall    call = { .op = apply->op,
                             .attrs = apply->attrs,
                             .n_inputs = apply->n_inputs,
                             .n_outputs = 1,
                             .in_dtypes = dtypes,
                             .in_ranks = ranks,
                             .in_shapes = (const gint64 (*)[WEFT_MAX_RANK]) shapes,
                             .in = data,
                             .seed = 11,
                             .step = 3,
                             .bad = bad };

  for (guint i = 0; i < apply->n_inputs; i++)
    {
      WeftArray *array = array_of (built, apply->inputs[i]);

      dtypes[i] = array->dtype;
      ranks[i] = array->rank;
      memcpy (shapes[i], array->shape, sizeof shapes[i]);
      data[i] = array->data;
    }
  call.out_dtype[0] = out->dtype;
  call.out_rank[0] = out->rank;
  memcpy (call.out_shape[0], out->shape, sizeof out->shape);
  call.out[0] = out->data;
  if (kernel->prepare != NULL)
    call.prepared = kernel->prepare (&call);
  if (kernel->scratch != NULL)
    call.scratch = scratch = g_malloc (kernel->scratch (&call) + 1);
  units = kernel->units (&call);
  g_assert_cmpint (units, >=, 0);
  for (gint64 k = n_parts; k-- > 0;)
    if (units * k / n_parts < units * (k + 1) / n_parts)
      kernel->run (&call, units * k / n_parts, units * (k + 1) / n_parts);
  if (kernel->flops != NULL)
    g_assert_cmpfloat (kernel->flops (&call), >=, 0);
  if (kernel->release != NULL && call.prepared != NULL)
    kernel->release (call.prepared);
  return out;
}

static void
assert_close (const char *text, WeftArray *kernel, WeftArray *reference, double eps)
{
  double largest = 1;

  g_assert_cmpint (kernel->n_elements, ==, reference->n_elements);
  for (gint64 i = 0; i < reference->n_elements; i++)
    largest = MAX (largest, fabs (weft_array_get (reference, i)));
  for (gint64 i = 0; i < reference->n_elements; i++)
    {
      double x = weft_array_get (kernel, i), y = weft_array_get (reference, i);

      if (!(fabs (x - y) <= ROUNDINGS * eps * largest) && !(isnan (x) && isnan (y)))
        g_error ("%s: element %" G_GINT64_FORMAT " is %.17g, by the definition %.17g", text, i, x,
                 y);
    }
}

static void
test_kernel (gconstpointer data)
{
  const Case *c = data;

  for (guint k = 0; k < 2; k++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Built) built = build (c->text, c->inputs, k == 0 ? WEFT_F32 : WEFT_F64, &error);
      g_autoptr (WeftArray) reference = NULL;
      g_autoptr (WeftArray) whole = NULL;
      g_autoptr (WeftArray) shared = NULL;
      gint bad = 0;

      g_assert_no_error (error);
      g_assert_true (g_str_has_prefix (c->name, built->result->apply->op->name));
      reference = run_reference (built);
      whole = run_kernel (built, 1, &bad);
      shared = run_kernel (built, 3, &bad);
      g_assert_cmpint (bad, ==, 0);
      assert_close (c->text, whole, reference,
                    k == 0 || whole->dtype == WEFT_F32 ? FLT_EPSILON : DBL_EPSILON);
      g_assert_true (weft_array_same (whole, shared));
    }
}

/* The printed graph reads back as the same graph. */
static void
test_printed (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (Built) built = build (c->text, c->inputs, WEFT_F32, &error);
  g_autofree char *text = weft_graph_to_string (built->graph, 1, &built->result);
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autofree char *again = NULL;
  const char     **assigned;
  WeftValue       *y;

  g_assert_no_error (error);
  for (guint i = 0; i < built->n; i++)
    weft_scope_set_value (scope, built->names[i],
                          weft_graph_input (graph, built->names[i], &built->values[i]->type));
  weft_expr_build (expr, graph, scope, NULL, &error);
  g_assert_no_error (error);
  assigned = weft_expr_assigned_names (expr);
  y = weft_scope_get (scope, assigned[g_strv_length ((char **) assigned) - 1])->value;
  g_assert_true (y->apply->op == built->result->apply->op);
  g_assert_true (weft_type_equal (&y->type, &built->result->type));
  again = weft_graph_to_string (graph, 1, &y);
  g_assert_cmpstr (strchr (again, '='), ==, strchr (text, '='));
}

/* ---- Rows ---- */

static void
test_row (gconstpointer data)
{
  const WeftOp *op = data;
  gboolean      family = FALSE;

  g_assert_true (weft_op_find (op->name) == op);
  g_assert_true (weft_op_get (op->id) == op);
  g_assert_cmpint (strlen (op->summary), >, 0);
  for (guint i = 0; i < weft_n_op_families; i++)
    family |= g_str_equal (weft_op_families[i].key, op->family);
  g_assert_true (family);
  for (guint i = 0; i < G_N_ELEMENTS (op->grad); i++)
    if (op->grad[i] != NULL)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (WeftExpr) expr = weft_expr_parse (op->grad[i], &error);

        g_assert_no_error (error);
        g_assert_true (weft_expr_has_result (expr));
        g_assert_null (op->no_grad);
      }
  if (op->n_inputs > 0)
    g_assert_cmpint (weft_op_gradient_formula (op, 0) == NULL, ==, op->grad[0] == NULL);
  if (op->infer == NULL && !(op->traits & WEFT_TRAIT_LEAF))
    {
      g_assert_true (op->traits & WEFT_TRAIT_ELEMENTWISE);
      g_assert_nonnull (op->c);
    }
  if (op->kernel != NULL && !(op->traits & WEFT_TRAIT_RANDOM))
    g_assert_nonnull (op->reference);
}

/* ---- Elementwise definitions at special values ---- */

static const struct
{
  WeftOpId  id;
  WeftDType dtype;
  double    x[3], result;
} special[] = {
  { WEFT_OP_MAXIMUM, WEFT_F64, { NAN, 1 }, NAN },
  { WEFT_OP_MAXIMUM, WEFT_F64, { 1, NAN }, NAN },
  { WEFT_OP_MINIMUM, WEFT_F64, { NAN, 1 }, NAN },
  { WEFT_OP_FLOOR_DIV, WEFT_F64, { -7, 2 }, -4 },
  { WEFT_OP_FLOOR_DIV, WEFT_F64, { 1, 0 }, INFINITY },
  { WEFT_OP_FLOOR_DIV, WEFT_F64, { -1, INFINITY }, -1 },
  { WEFT_OP_FLOOR_DIV, WEFT_F64, { INFINITY, 1 }, NAN },
  { WEFT_OP_FLOOR_DIV, WEFT_I64, { -7, 2 }, -4 },
  { WEFT_OP_FLOOR_DIV, WEFT_I64, { 7, 0 }, 0 },
  { WEFT_OP_FLOOR_DIV, WEFT_I32, { 7, -2 }, -4 },
  { WEFT_OP_MOD, WEFT_F64, { -7, 3 }, 2 },
  { WEFT_OP_MOD, WEFT_F64, { 7, -3 }, -2 },
  { WEFT_OP_MOD, WEFT_I64, { -7, 3 }, 2 },
  { WEFT_OP_MOD, WEFT_I64, { 7, 0 }, 0 },
  { WEFT_OP_FMOD, WEFT_F64, { -7, 3 }, -1 },
  { WEFT_OP_ROUND, WEFT_F64, { 2.5 }, 2 },
  { WEFT_OP_ROUND, WEFT_F64, { -1.5 }, -2 },
  { WEFT_OP_ROUND_HALF_AWAY, WEFT_F64, { 2.5 }, 3 },
  { WEFT_OP_SIGN, WEFT_F64, { 0 }, 0 },
  { WEFT_OP_SIGN, WEFT_F64, { NAN }, NAN },
  { WEFT_OP_POW, WEFT_F64, { 0, 0 }, 1 },
  { WEFT_OP_POW, WEFT_I64, { -2, 3 }, -8 },
  { WEFT_OP_DIV, WEFT_F64, { 0, 0 }, NAN },
  { WEFT_OP_DIV, WEFT_F64, { -1, 0 }, -INFINITY },
  { WEFT_OP_XLOGY, WEFT_F64, { 0, 0 }, 0 },
  { WEFT_OP_XLOGY, WEFT_F64, { 0, NAN }, NAN },
  { WEFT_OP_XLOGX, WEFT_F64, { 0 }, 0 },
  { WEFT_OP_LOGADDEXP, WEFT_F64, { -INFINITY, -INFINITY }, -INFINITY },
  { WEFT_OP_LOGADDEXP, WEFT_F64, { 1000, 1000 }, 1000.6931471805599 },
  { WEFT_OP_SOFTPLUS, WEFT_F64, { 1000 }, 1000 },
  { WEFT_OP_SOFTPLUS, WEFT_F64, { -INFINITY }, 0 },
  { WEFT_OP_SIGMOID, WEFT_F64, { -1000 }, 0 },
  { WEFT_OP_RELU, WEFT_F64, { NAN }, NAN },
  { WEFT_OP_ISNAN, WEFT_F64, { NAN }, 1 },
  { WEFT_OP_ISINF, WEFT_F64, { -INFINITY }, 1 },
  { WEFT_OP_ISFINITE, WEFT_F64, { NAN }, 0 },
  { WEFT_OP_ISFINITE, WEFT_I64, { 4 }, 1 },
  { WEFT_OP_EQ, WEFT_F64, { NAN, NAN }, 0 },
  { WEFT_OP_NE, WEFT_F64, { NAN, NAN }, 1 },
  { WEFT_OP_ADD, WEFT_BOOL, { 1, 1 }, 1 },
  { WEFT_OP_MUL, WEFT_BOOL, { 1, 0 }, 0 },
  { WEFT_OP_BIT_NOT, WEFT_I64, { 5 }, -6 },
  { WEFT_OP_BIT_NOT, WEFT_BOOL, { 1 }, 0 },
  { WEFT_OP_SHIFT_LEFT, WEFT_I64, { 1, 64 }, 0 },
  { WEFT_OP_SHIFT_LEFT, WEFT_I32, { 1, 32 }, 0 },
  { WEFT_OP_SHIFT_RIGHT, WEFT_I64, { -5, 100 }, -1 },
  { WEFT_OP_SHIFT_RIGHT, WEFT_I64, { -5, 1 }, -3 },
  { WEFT_OP_WHERE, WEFT_F64, { 0, 1, 2 }, 2 },
  { WEFT_OP_WHERE, WEFT_F64, { 1, 1, NAN }, 1 },
  { WEFT_OP_CLIP, WEFT_F64, { NAN, 0, 1 }, NAN },
  { WEFT_OP_CLIP, WEFT_F64, { 5, 3, 1 }, 1 },
  { WEFT_OP_NAN_TO_NUM, WEFT_F64, { INFINITY }, DBL_MAX },
};

static void
test_special (void)
{
  const double attrs[2] = { 0, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (special); i++)
    {
      double y = weft_op_scalar_reference (special[i].id, special[i].dtype, special[i].x, attrs),
             z = special[i].result;

      if (!(isnan (y) && isnan (z)) && !(y == z || fabs (y - z) < 1e-12 * fabs (z)))
        g_error ("%s (%g, %g, %g) is %g, not %g", weft_op (special[i].id)->name, special[i].x[0],
                 special[i].x[1], special[i].x[2], y, z);
    }
  g_assert_true (
    signbit (weft_op_scalar_reference (WEFT_OP_SIGN, WEFT_F64, (double[]){ -0.0 }, attrs)));
  g_assert_true (
    signbit (weft_op_scalar_reference (WEFT_OP_NEG, WEFT_F64, (double[]){ 0.0 }, attrs)));
}

/* ---- Types and messages ---- */

static const struct
{
  const char *text, *inputs, *type, *error;
} types[] = {
  { "x @ w", "x f 2 784; w f 784 10", "f32 (2, 10)", NULL },
  { "x @ w", "x f 2 784; w f 512 10", NULL,
    "matmul: 784 != 512 (inner, of (2, 784) and (512, 10))" },
  { "x @ w", "x f 5 2 3; w f 3", "f32 (5, 2)", NULL },
  { "x @ w", "x f 5 2 3; w f 4 3 6", NULL, "matmul: 5 != 4 (batch, of (5, 2, 3) and (4, 3, 6))" },
  { "x @ 2", "x f 2", NULL, "matmul: b is a single number; use *" },
  { "sum(x, axis=2)", "x f 2 3", NULL, "sum: axis 2 of 2 axes" },
  { "sum(x, axis=(0, -2))", "x f 2 3", NULL, "sum: axis 0 is named twice" },
  { "max(x, axis=0)", "x f 0 3", NULL, "max: axis 0 has no elements" },
  { "reshape(x, (5, -1))", "x f 3 4", NULL,
    "reshape: no whole number for -1 ((3, 4) and (5, -1))" },
  { "reshape(x, (2, 5))", "x f 3 4", NULL, "reshape: 12 != 10 (elements of (3, 4) and (2, 5))" },
  { "reshape(x, (2, -1))", "x f 3 4", "f32 (2, 6)", NULL },
  { "reshape(x, (-1, -1))", "x f 3 4", NULL, "reshape: a dimension is negative" },
  { "transpose(x, (0, 0))", "x f 3 4", NULL, "transpose: axis 0 is named twice" },
  { "transpose(x, (2, 0, 1))", "x f 3 4 5", "f32 (5, 3, 4)", NULL },
  { "squeeze(x, axis=0)", "x f 3 1", NULL, "squeeze: 3 != 1 (axis 0 of (3, 1))" },
  { "squeeze(x, axis=1)", "x f 3 1", "f32 (3,)", NULL },
  { "expand_dims(x, axis=(0, -1))", "x f 3", "f32 (1, 3, 1)", NULL },
  { "broadcast_to(x, (2, 4))", "x f 3", NULL, "broadcast_to: 3 != 4 ((3,) and (2, 4))" },
  { "broadcast_to(x, (-1, 3))", "x f 3", NULL, "broadcast_to: axis 0 has the negative size -1" },
  { "full((2,), x)", "x f 2 3", NULL,
    "full: broadcast_to: 2 axes do not fit into 1 ((2, 3) and (2,))" },
  { "concat(a, b, axis=0)", "a f 2 3; b f 2 4", NULL, "concat: 3 != 4 ((2, 3) and (2, 4))" },
  { "concat(a, b, axis=0)", "a f 2; b I 3", "f32 (5,)", NULL },
  { "x[5]", "x f 3", NULL, "getitem: index 5 is outside axis 0 of size 3" },
  { "x[0, 0]", "x f 3", NULL, "getitem: too many indices for (3,)" },
  { "x[m]", "x f 3; m b 3", "f32 (count_1,)", NULL },
  { "x[m]", "x f 3; m b 4", NULL, "a mask of shape (4,) does not fit axis 0 of (3,)" },
  { "softmax(x, axis=1)", "x f 3", NULL, "softmax: axis 1 of 1 axes" },
  { "cross_entropy(x, i)", "x f 4 3; i i3 5", NULL, "cross_entropy: 4 != 5 ((4, 3) and (5,))" },
  { "cross_entropy(x, t)", "x f 4 3; t f 4", NULL,
    "cross_entropy: labels must be whole numbers, not f32" },
  { "cross_entropy(x, i)", "x f 4 3; i i3 4 3", NULL,
    "cross_entropy: labels must be the logits' shape without its last axis" },
  { "squared_error(x, t)", "x f 4 3; t f 4", NULL, "squared_error: 2 != 1 axes ((4, 3) and (4,))" },
  { "squared_error(x, t)", "x f 4 3; t f 4 2", NULL, "squared_error: 3 != 2 ((4, 3) and (4, 2))" },
  { "kl_divergence(x, t)", "x f 4 3; t f 4", NULL, "kl_divergence: 2 != 1 axes ((4, 3) and (4,))" },
  { "one_hot(x, 3)", "x f 4", NULL, "one_hot: labels must be whole numbers, not f32" },
  { "dropout(x, rate=1.0)", "x f 4", NULL, "dropout: rate = 1 is outside [0, 1)" },
  { "uniform((3, 4), dtype=i32)", "", NULL, "uniform: draws f32 or f64, not i32" },
  { "uniform((3, -4))", "", NULL, "uniform: axis 1 has the negative size -4" },
  { "x & 1", "x f 4", NULL, "bit_and: needs whole numbers or bools, not f32" },
  { "sum(x)", "x I 4", "i64 ()", NULL },
  { "sum(x)", "x b 4", "i64 ()", NULL },
  { "mean(x)", "x I 4", "f32 ()", NULL },
  { "argmax(x, axis=0)", "x f 4 3", "i64 (3,)", NULL },
  { "sin(x)", "x I 4", "f32 (4,)", NULL },
  { "where(x > 0, x, 0)", "x f 4", "f32 (4,)", NULL },
  { "cast(x, i32)", "x f 4", "i32 (4,)", NULL },
  { "zeros((2, 3))", "", "f32 (2, 3)", NULL },
  { "arange(2, 9, 3)", "", "i64 (3,)", NULL },
  { "arange(9, 2, -3)", "", "i64 (3,)", NULL },
  { "eye(3, 4)", "", "f32 (3, 4)", NULL },
  { "stack((a, b), axis=1)", "a f 3; b f 3", "f32 (3, 2)", NULL },
  { "flip(x, axis=0)", "x f 3 4", "f32 (3, 4)", NULL },
  { "take(x, i, axis=1)", "x f 3 4; i i4 2 2", "f32 (3, 2, 2)", NULL },
  { "moveaxis(x, 0, -1)", "x f 3 4 5", "f32 (4, 5, 3)", NULL },
  { "swapaxes(x, 0, 2)", "x f 3 4 5", "f32 (5, 4, 3)", NULL },
  { "flatten(x, 1)", "x f 3 4 5", "f32 (3, 20)", NULL },
  { "divmod(x, 3)[1]", "x I 4", "i64 (4,)", NULL },
  { "isclose(a, b, equal_nan=True)", "a f 3; b f 3", "bool (3,)", NULL },
};

static void
test_types (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Built) built = build (types[i].text, types[i].inputs, WEFT_F32, &error);
      g_autofree char *type =
        built->result != NULL ? weft_type_to_string (&built->result->type) : NULL;

      if (types[i].type != NULL)
        {
          g_assert_no_error (error);
          g_assert_cmpstr (type, ==, types[i].type);
        }
      else if (error == NULL || strstr (error->message, types[i].error) == NULL)
        g_error ("%s: \"%s\", not \"%s\"", types[i].text, error != NULL ? error->message : type,
                 types[i].error);
    }
}

/* Named dimensions go through every kind of row. */
static void
test_named_dims (void)
{
  static const char *const expected[][2] = {
    { "x @ w", "f32 (batch, 3)" },
    { "x[:, 1:]", "f32 (batch, 3)" },
    { "x[1:]", "f32 (batch-1, 4)" },
    { "x[-2:]", "f32 (2, 4)" },
    { "x[:, None]", "f32 (batch, 1, 4)" },
    { "concat(x, x)", "f32 (2*batch, 4)" },
    { "x.T", "f32 (4, batch)" },
    { "flatten(x)", "f32 (4*batch,)" },
    { "sum(x, axis=1)", "f32 (batch,)" },
    { "reshape(x, (-1, 2))", "f32 (2*batch, 2)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftGraph) graph = weft_graph_new ();
      g_autoptr (WeftScope) scope = weft_scope_new ();
      g_autoptr (WeftExpr) expr = weft_expr_parse (expected[i][0], &error);
      g_autofree char *type = NULL;
      WeftValue       *y;

      weft_scope_set_value (
        scope, "x",
        weft_graph_input (
          graph, "x",
          &(WeftType){ WEFT_F32, FALSE, { 2, { weft_dim_named ("batch"), weft_dim (4) } } }));
      weft_scope_set_value (
        scope, "w",
        weft_graph_input (graph, "w",
                          &(WeftType){ WEFT_F32, FALSE, { 2, { weft_dim (4), weft_dim (3) } } }));
      y = weft_expr_build_value (expr, graph, scope, &error);
      g_assert_no_error (error);
      type = weft_type_to_string (&y->type);
      g_assert_cmpstr (type, ==, expected[i][1]);
    }
}

/* ---- Values that are not finite, indices that are not there ---- */

static void
set_inputs (Built *built, const double *x, guint n)
{
  for (guint i = 0; i < n; i++)
    weft_array_set (built->arrays[0], i, x[i]);
}

static void
test_not_finite (void)
{
  static const struct
  {
    const char *text;
    double      x[4], y[4];
  } rows[] = {
    { "softmax(x)", { 1000, 0, -1000, 0 }, { 1, 0, 0, 0 } },
    { "softmax(x)", { NAN, 0, 1, 2 }, { NAN, NAN, NAN, NAN } },
    { "softmax(x)", { -INFINITY, 0, -INFINITY, -INFINITY }, { 0, 1, 0, 0 } },
    { "log_softmax(x)", { 1000, 0, 0, 0 }, { 0, -1000, -1000, -1000 } },
    { "max(x, axis=1, keepdims=True)", { 1, NAN, 3, 2 }, { NAN } },
    { "min(x, axis=1, keepdims=True)", { 1, 2, 3, NAN }, { NAN } },
    { "max(x, axis=1, keepdims=True)",
      { -INFINITY, -INFINITY, -INFINITY, -INFINITY },
      { -INFINITY } },
    { "logsumexp(x, axis=1, keepdims=True)",
      { -INFINITY, -INFINITY, -INFINITY, -INFINITY },
      { -INFINITY } },
    { "logsumexp(x, axis=1, keepdims=True)", { INFINITY, 0, 0, 0 }, { INFINITY } },
    { "logsumexp(x, axis=1, keepdims=True)", { 1000, 1000, -1000, -1000 }, { 1000.6931471805599 } },
    { "argmax(x, axis=1, keepdims=True)", { 1, NAN, 3, NAN }, { 1 } },
    { "sum(x, axis=1, keepdims=True)", { INFINITY, -INFINITY, 0, 0 }, { NAN } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Built) built = build (rows[i].text, "x f 1 4", WEFT_F64, NULL);
      g_autoptr (WeftArray) kernel = NULL;
      g_autoptr (WeftArray) reference = NULL;

      set_inputs (built, rows[i].x, 4);
      kernel = run_kernel (built, 1, NULL);
      reference = run_reference (built);
      for (gint64 k = 0; k < kernel->n_elements; k++)
        {
          double a = weft_array_get (kernel, k), b = weft_array_get (reference, k),
                 y = rows[i].y[k];

          if (!(isnan (a) && isnan (y)) && !(fabs (a - y) < 1e-9 || a == y))
            g_error ("%s: the kernel gives %g, not %g", rows[i].text, a, y);
          if (!(isnan (b) && isnan (y)) && !(fabs (b - y) < 1e-9 || b == y))
            g_error ("%s: the definition gives %g, not %g", rows[i].text, b, y);
        }
    }
}

static void
test_bad_index (void)
{
  static const struct
  {
    const char *text, *inputs;
    guint       input;
    double      value;
    gint        bad;
  } rows[] = {
    { "x[i]", "x f 3 2; i i3 2", 1, 3, 2 },
    { "x[i]", "x f 3 2; i i3 2", 1, -4, 2 },
    { "x[i]", "x f 3 2; i i3 2", 1, -3, 0 },
    { "x[i]", "x f 0 2; i i3 2", 1, 0, 2 },
    { "getitem_back(x, zeros((0, 2))[i])", "x f 2 2; i i3 2", 1, 0, 2 },
    { "cross_entropy(x, i)", "x f 3 2; i i2 3", 1, 2, 2 },
    { "cross_entropy(x, i)", "x f 3 2; i i2 3", 1, -1, 2 },
    { "cross_entropy_grad(x, i)", "x f 3 2; i i2 3", 1, 7, 2 },
    { "one_hot(i, 3)", "i i3 4", 0, 3, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Built) built = build (rows[i].text, rows[i].inputs, WEFT_F32, NULL);
      g_autoptr (WeftArray) result = NULL;
      gint bad = 0;

      weft_array_set (built->arrays[rows[i].input], 1, rows[i].value);
      result = run_kernel (built, 1, &bad);
      g_assert_cmpint (bad, ==, rows[i].bad);
    }
}

/* ---- Random numbers ---- */

static void
test_random (void)
{
  static const struct
  {
    const char *text;
    double      mean, variance, low, high;
  } rows[] = {
    { "uniform((100, 130), low=-1.0, high=3.0)", 1, 16.0 / 12, -1, 3 },
    { "normal((100, 130), mean=2.0, std=0.5)", 2, 0.25, -2, 6 },
    { "bernoulli((100, 130), p=0.3)", 0.3, 0.21, 0, 1 },
    { "normal((100, 130), dtype=f64)", 0, 1, -8, 8 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Built) built = build (rows[i].text, "", WEFT_F32, NULL);
      g_autoptr (WeftArray) whole = run_kernel (built, 1, NULL);
      g_autoptr (WeftArray) shared = run_kernel (built, 5, NULL);
      double sum = 0, squares = 0, n = whole->n_elements;

      g_assert_true (weft_array_same (whole, shared));
      for (gint64 k = 0; k < whole->n_elements; k++)
        {
          double x = weft_array_get (whole, k);

          g_assert_true (x >= rows[i].low && x <= rows[i].high);
          sum += x;
          squares += x * x;
        }
      /* Six standard errors of the mean; the variance's is at most sqrt (2 / n) of it for these. */
      g_assert_cmpfloat (fabs (sum / n - rows[i].mean), <, 6 * sqrt (rows[i].variance / n));
      g_assert_cmpfloat (fabs (squares / n - sum / n * (sum / n) - rows[i].variance), <,
                         6 * rows[i].variance * sqrt (2 / n));
    }
}

static void
test_dropout (void)
{
  g_autoptr (Built) built = build ("dropout(x, rate=0.25)", "x u 70 100", WEFT_F32, NULL);
  g_autoptr (WeftArray) whole = run_kernel (built, 1, NULL);
  g_autoptr (WeftArray) shared = run_kernel (built, 4, NULL);
  gint64 dropped = 0;

  g_assert_true (weft_array_same (whole, shared));
  for (gint64 i = 0; i < whole->n_elements; i++)
    if (weft_array_get (whole, i) == 0)
      dropped++;
    else
      g_assert_cmpfloat_with_epsilon (weft_array_get (whole, i),
                                      weft_array_get (built->arrays[0], i) / 0.75, 1e-6);
  g_assert_cmpfloat (fabs (dropped / 7000.0 - 0.25), <, 6 * sqrt (0.25 * 0.75 / 7000));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < weft_op_count (); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/op/%s/row", weft_op_get (i)->name);

      g_test_add_data_func (path, weft_op_get (i), test_row);
    }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char      *slash = strchr (cases[i].name, '/');
      g_autofree char *path = g_strdup_printf ("/engine/op/%.*s/kernel%s",
                                               (int) (slash - cases[i].name), cases[i].name, slash);

      g_autofree char *printed = g_strdup_printf (
        "/engine/op/%.*s/printed%s", (int) (slash - cases[i].name), cases[i].name, slash);

      g_test_add_data_func (path, &cases[i], test_kernel);
      g_test_add_data_func (printed, &cases[i], test_printed);
    }
  g_test_add_func ("/engine/op/special-values", test_special);
  g_test_add_func ("/engine/op/types", test_types);
  g_test_add_func ("/engine/op/named-dims", test_named_dims);
  g_test_add_func ("/engine/op/not-finite", test_not_finite);
  g_test_add_func ("/engine/op/bad-index", test_bad_index);
  g_test_add_func ("/engine/op/random", test_random);
  g_test_add_func ("/engine/op/dropout", test_dropout);
  return g_test_run ();
}
