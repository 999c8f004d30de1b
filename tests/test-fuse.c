/* Loop nests with rows: which nodes gather into which, and that they compute what the reference
 * does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/compile/program.h"
#include "engine/run/function.h"
#include "tests/graph-tools.h"

#define MAX_OUTPUTS 8
/* Rounding of float32 sums of a few thousand numbers of size 1. */
#define TOLERANCE 2e-5

/* What the texts read: x and y (rows, columns), r (rows, 1), v (columns,), labels n (rows,), and t
 * (5, 7, 9). */
enum
{
  X,
  Y,
  R,
  V,
  N,
  T,
  N_INPUTS
};
static const struct
{
  const char *name;
  WeftDType   dtype;
  guint       rank;
} input_kinds[N_INPUTS] = {
  { "x", WEFT_F32, 2 },
  { "y", WEFT_F32, 2 },
  { "r", WEFT_F32, 2 },
  { "v", WEFT_F32, 1 },
  { "n", WEFT_I64, 1 },
  { "t", WEFT_F32, 3 },
};

typedef struct
{
  WeftGraph *graph;
  WeftValue *inputs[N_INPUTS], *outputs[MAX_OUTPUTS];
  WeftArray *arrays[N_INPUTS];
  guint      n_outputs;
  WeftScope *scope;
} Setup;

static void
input_shape (guint i, gint64 rows, gint64 columns, gint64 *shape)
{
  shape[0] = i == V ? columns : i == T ? 5
                                       : rows;
  shape[1] = i == R ? 1 : i == T ? 7
                                 : columns;
  shape[2] = 9;
}

/* @text: lines "name = expression", of which those with a star before are results. */
static void
setup_init (Setup *setup, gint64 rows, gint64 columns, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  *setup = (Setup){ .graph = weft_graph_new (), .scope = weft_scope_new () };
  for (guint i = 0; i < N_INPUTS; i++)
    {
      gint64 shape[3];
      input_shape (i, rows, columns, shape);
      setup->inputs[i] = bind_input (setup->graph, setup->scope, input_kinds[i].name,
                                     input_kinds[i].dtype, input_kinds[i].rank, shape);
      setup->arrays[i] = weft_array_new (input_kinds[i].dtype, input_kinds[i].rank, shape);
      for (gint64 k = 0; k < setup->arrays[i]->n_elements; k++)
        weft_array_set (setup->arrays[i], k,
                        i == N ? g_rand_int_range (random, 0, (gint32) columns)
                               : g_rand_double_range (random, -1, 1));
    }
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char      *line = lines[i] + (lines[i][0] == '*'), *equals = strstr (line, " = ");
      g_autofree char *name = g_strndup (line, equals - line);
      WeftValue       *value = build_value (setup->graph, setup->scope, equals + 3);
      weft_scope_set_value (setup->scope, name, value);
      if (lines[i][0] == '*')
        setup->outputs[setup->n_outputs++] = value;
    }
}

static void
setup_clear (Setup *setup)
{
  for (guint i = 0; i < N_INPUTS; i++)
    weft_array_unref (setup->arrays[i]);
  weft_scope_free (setup->scope);
}

/* ---- Values ---- */

static void
run (Setup *setup, WeftMode mode, WeftArray **results)
{
  g_autoptr (GError) error = NULL;
  WeftFunctionSpec spec = { .graph = setup->graph,
                            .n_inputs = N_INPUTS,
                            .inputs = setup->inputs,
                            .n_outputs = setup->n_outputs,
                            .outputs = setup->outputs,
                            .mode = mode,
                            .no_rewrites = TRUE };
  g_autoptr (WeftFunction) function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  weft_function_call (function, setup->arrays, results, NULL, &error);
  g_assert_no_error (error);
}

static void
assert_output (const char *text, guint output, const WeftArray *got, const WeftArray *wanted)
{
  g_assert_cmpint (got->n_elements, ==, wanted->n_elements);
  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double a = weft_array_get (got, i), b = weft_array_get (wanted, i);
      if (!(a == b || (isnan (a) && isnan (b)) || fabs (a - b) <= TOLERANCE * MAX (1, fabs (b))))
        g_error ("%s\nresult %u, element %" G_GINT64_FORMAT ": %.9g, wanted %.9g", text, output, i,
                 a, b);
    }
}

static void
compare (gint64 rows, gint64 columns, const char *text)
{
  Setup      setup;
  WeftArray *got[MAX_OUTPUTS] = { NULL }, *wanted[MAX_OUTPUTS] = { NULL };
  setup_init (&setup, rows, columns, text);
  run (&setup, WEFT_MODE_INTERPRET, got);
  run (&setup, WEFT_MODE_REFERENCE, wanted);
  for (guint i = 0; i < setup.n_outputs; i++)
    {
      assert_output (text, i, got[i], wanted[i]);
      weft_array_unref (got[i]);
      weft_array_unref (wanted[i]);
    }
  setup_clear (&setup);
  weft_graph_free (setup.graph);
}

/* ---- Programs ---- */

typedef struct
{
  const char *name, *text, *program; /* over x (6, 40) */
} Golden;

#define SOFTMAX                          \
  "m = max(x, axis=-1, keepdims=True)\n" \
  "e = exp(x - m)\n"                     \
  "s = sum(e, axis=-1, keepdims=True)\n"

static const Golden goldens[] = {
  { "rows",
    "*s = sum(x * y, axis=1)",
    "0: fused mul sum [6 | 40] input0 input1 -> output0\n" },
  { "across",
    "*s = sum(x * y, axis=0)",
    "0: fused mul sum [6 | 40] input0 input1 -> output0\n" },
  { "all",
    "*s = sum(x * y)",
    "0: fused mul sum [240] input0 input1 -> output0\n" },
  { "all-of-one-row",
    "*s = sum(v * v) * 2",
    "0: fused mul sum mul [40] input3 -> output0\n" },
  { "mean-of-rows",
    "*s = mean(x, axis=1) + 1",
    "0: fused mean add [6 | 40] input0 -> output0\n" },
  { "mean-across",
    "*s = mean(x, axis=0) + 1",
    "0: mean [6 | 40] input0 -> arena@0\n"
    "1: fused mean add [40] arena@0 -> output0\n" },
  { "mean-of-all",
    "*s = mean(tanh(x)) + 1",
    "0: fused tanh mean add [240] input0 -> output0\n" },
  { "softmax",
    SOFTMAX "*p = e / s",
    "0: fused max sub exp sum div [6 | 40] input0 -> output0\n" },
  { "loss-and-gradient",
    SOFTMAX "*loss = mean(log(s) + m - sum(x * y, axis=-1, keepdims=True))\n"
            "*g = (e / s - y) / 6\n"
            "*b = sum(g, axis=0)",
    "0: fused max sub exp sum log add … +8 [6 | 40] input0 input1 -> output0 output2 "
    "output1\n" },
  { "labels",
    SOFTMAX "d = expand_dims(cross_entropy_pick(x, n), -1) - m\n"
            "*loss = mean(log(s) - d)\n"
            "*g = where(arange(x.shape[-1]) == expand_dims(n, -1), expm1(d - log(s)) / 6, e "
            "* reciprocal(s * 6))\n"
            "*b = sum(g, axis=0)",
    "0: fused max sub exp sum cross_entropy_pick sub … +13 [6 | 40] input4 input0 -> "
    "output0 output2 output1\n" },
  { "short-labels",
    SOFTMAX "k = cast(n, i32)\n"
            "d = expand_dims(cross_entropy_pick(x, k), -1) - m\n"
            "l = where(abs(m) < inf, log(s), 0)\n"
            "*loss = mean(l - d)\n"
            "*g = where(arange(x.shape[-1]) == expand_dims(k, -1), expm1(d - log(s)) / 6, e "
            "* reciprocal(s * 6))\n"
            "*b = sum(g, axis=0)",
    "0: fused max sub exp sum cast cross_entropy_pick … +18 [6 | 40] input4 input0 -> "
    "output0 output2 output1\n" },
  { "pick-of-a-sum",
    "z = x + v\n"
    "*a = cross_entropy_pick(z, n)\n"
    "*b = a - max(z, axis=1)",
    "0: add [6, 40] input0 input3 -> arena@0\n"
    "1: fused cross_entropy_pick max sub [6 | 40] input4 arena@0 -> output0 output1\n" },
  { "layer-norm",
    "c = x - mean(x, axis=-1, keepdims=True)\n"
    "*z = c / sqrt(mean(c * c, axis=-1, keepdims=True) + 0.1) * v + v",
    "0: fused mean sub mul mean add sqrt … +3 [6 | 40] input0 input3 -> output0\n" },
  { "bias-gradient",
    "d = x * (1 - y * y)\n"
    "*g = d\n"
    "*b = sum(d, axis=0)",
    "0: fused mul sub mul sum [6 | 40] input1 input0 -> output1 output0\n" },
  { "extremes",
    "*a = max(x, axis=1) - min(x, axis=1)\n"
    "*b = prod(x, axis=1)\n"
    "*c = max(x, axis=0)",
    "0: fused max min sub prod max [6 | 40] input0 -> output2 output0 output1\n" },
  { "truths",
    "*a = all(x > y, axis=1)\n"
    "*b = any(x > y, axis=1)\n"
    "*c = any(x > 2)",
    "0: fused gt all gt any [6 | 40] input0 input1 -> output0 output1\n"
    "1: fused gt any [240] input0 -> output2\n" },
  { "counts",
    "*a = sum(x > y, axis=1)\n"
    "*b = sum(n)\n"
    "*c = max(n)",
    "0: fused gt sum [6 | 40] input0 input1 -> output0\n"
    "1: fused sum max [6] input4 -> output1 output2\n" },
  { "middle",
    "*a = sum(t * t, axis=1)",
    "0: mul [315] input5 -> arena@0\n"
    "1: sum arena@0 -> output0\n" },
  { "reshaped",
    "a = exp(reshape(t, (35, 9)))\n"
    "*b = sum(a, axis=1)\n"
    "*c = reshape(a, (5, 7, 9)) * 2",
    "0: fused exp sum mul [35 | 9] input5 -> output1 output0\n" },
  { "two-spaces",
    "*a = sum(t * 2, axis=2)\n"
    "*b = sum(t * 2, axis=(1, 2))\n"
    "*c = sum(t * 2, axis=0)",
    "0: fused mul sum [35 | 9] input5 -> output0\n"
    "1: fused mul sum mul sum [5 | 63] input5 -> output2 output1\n" },
  { "transposed",
    "*a = sum(x.T, axis=1)\n"
    "*b = sum(x.T, axis=0)\n"
    "*c = sum(t.transpose((1, 0, 2)), axis=1)",
    "0: fused sum sum [6 | 40] input0 -> output0 output1\n"
    "1: sum [5 | 63] input5 -> output2\n" },
  { "sliced",
    "*a = sum(x[:, 3:11] * 2, axis=1)\n"
    "*b = sum(x[::2, ::-1], axis=1)\n"
    "*c = sum(t[:, 1:3], axis=(1, 2))",
    "0: fused mul sum [6 | 8] input0+3 -> output0\n"
    "1: sum [3 | 40] input0+39 -> output1\n"
    "2: sum [5 | 18] input5+9 -> output2\n" },
  { "kept",
    "e = exp(x)\n"
    "s = sum(e, axis=1, keepdims=True)\n"
    "q = tanh(e / s)\n"
    "z = sum(q, axis=1, keepdims=True)\n"
    "*p = q * z + e",
    "0: fused exp sum div tanh sum mul … +1 [6 | 40] input0 -> output0\n" },
  { "stored-before",
    "*e = exp(x)\n"
    "*p = e / sum(e, axis=1, keepdims=True)",
    "0: fused exp sum div [6 | 40] input0 -> output0 output1\n" },
  { "rows-that-others-need",
    "s = sum(x, axis=1)\n"
    "*a = s\n"
    "*b = expand_dims(s, 1) * x\n"
    "*c = sum(s * s)",
    "0: fused sum mul mul sum [6 | 40] input0 -> output2 output1 output0\n" },
  { "one-number-back",
    "s = sum(x * x)\n"
    "*a = x / sqrt(s)",
    "0: fused mul sum sqrt div [240] input0 -> output0\n" },
  { "vectors",
    "*a = tanh(v) @ (v + 1)",
    "0: fused tanh add matmul [40] input3 -> output0\n" },
  { "chain-of-spaces",
    "a = x / sum(x * x, axis=1, keepdims=True)\n"
    "b = a * sum(a, axis=0)\n"
    "*c = b - max(b, axis=1, keepdims=True)",
    "0: fused mul sum div sum [6 | 40] input0 -> arena@0 arena@192\n"
    "1: fused mul max sub [6 | 40] arena@192 arena@0 -> output0\n" },
};

static void
test_golden (gconstpointer data)
{
  const Golden *golden = data;
  Setup         setup;
  g_autoptr (WeftProgram) program = NULL;
  g_autofree char *text = NULL;
  static const struct
  {
    gint64 rows, columns;
  } sizes[] = { { 6, 40 }, { 1, 40 }, { 7, 3 }, { 33, 32 }, { 2, 1000 }, { 700, 33 }, { 5, 1 }, { 1, 1 }, { 1, 10007 }, { 3, 8192 } };
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (sizes[i].columns >= 11 || strstr (golden->name, "sliced") == NULL)
      compare (sizes[i].rows, sizes[i].columns, golden->text);
  setup_init (&setup, 6, 40, golden->text);
  program = weft_program_new (setup.graph, N_INPUTS, setup.inputs, setup.n_outputs, setup.outputs,
                              0, NULL, NULL);
  text = weft_program_to_string (program);
  strstr (text, "\narena ")[1] = '\0';
  g_assert_cmpstr (text, ==, golden->program);
  setup_clear (&setup);
}

/* What the end reads of the beginning is made again from the inputs, not stored;
 * small ones are stored. */
static void
test_recompute (void)
{
  static const char *const text = "z = x + v\na = 0.5 * z\nb = z * z\n"
                                  "h = (tanh(a) * b) @ y.T\n*g = (h @ y) * a * b";
  static const struct
  {
    gint64 rows, columns;
    guint  n_stored;
  } cases[] = { { 64, 128, 1 }, { 8, 16, 3 } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Setup setup;
      g_autoptr (WeftProgram) program = NULL;
      compare (cases[i].rows, cases[i].columns, text);
      setup_init (&setup, cases[i].rows, cases[i].columns, text);
      program = weft_program_new (setup.graph, N_INPUTS, setup.inputs, setup.n_outputs,
                                  setup.outputs, 0, NULL, NULL);
      g_assert_cmpuint (program->steps[0].n_out, ==, cases[i].n_stored);
      setup_clear (&setup);
    }
}

/* Updates of parameters of different shapes are one job; what reads a result waits. */
static void
test_groups (void)
{
  WeftGraph *graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftShared *targets[3];
  WeftValue  *values[3], *output;
  g_autoptr (WeftProgram) program = NULL;
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("w%u", i);
      g_autoptr (WeftArray) array = weft_array_new (WEFT_F32, 1, (gint64[]){ 10 + i });
      targets[i] = weft_shared_new (name, "parameter", array);
      weft_scope_set_value (scope, name, weft_graph_shared (graph, targets[i]));
    }
  values[0] = build_value (graph, scope, "w0 * 0.5");
  values[1] = build_value (graph, scope, "w1 * 0.5 + 1");
  values[2] = build_value (graph, scope, "w2 * sum(w1)");
  output = build_value (graph, scope, "cumsum(w0)");
  program = weft_program_new (graph, 0, NULL, 1, &output, 3, targets, values);
  /* cumsum reads w0 before it is written; the sum, w1. */
  g_assert_cmpuint (program->n_steps, ==, 5);
  g_assert_cmpuint (program->steps[0].group, <=, 1);
  g_assert_cmpuint (program->steps[1].group, <=, 1);
  g_assert_cmpuint (program->steps[2].group, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (program->updates[i].in_place);
      weft_shared_unref (targets[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (goldens); i++)
    {
      g_autofree char *path = g_strconcat ("/engine/fuse/golden/", goldens[i].name, NULL);
      g_test_add_data_func (path, &goldens[i], test_golden);
    }
  g_test_add_func ("/engine/fuse/recompute", test_recompute);
  g_test_add_func ("/engine/fuse/groups", test_groups);
  return g_test_run ();
}
