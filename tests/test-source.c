/* Source texts: Python runs what is written for NumPy and PyTorch, and says the same numbers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/source.h"
#include "engine/ops/ops.h"
#include "engine/run/function.h"
#include "engine/document/lower.h"
#include "engine/train/batch.h"

#include <glib/gstdio.h>
#include <string.h>

#define N_ROWS 7

static const char *const files[] = { "numpy_text.py", "torch_text.py", "given.safetensors",
                                     "parameters.safetensors", "expected.safetensors", NULL };

/* Runs tests/check-source.py over what stands in @folder; skips where Python lacks the library. */
static void
check (const char *folder)
{
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "check-source.py", NULL);
  const char      *argv[] = { "/usr/bin/python3", script, folder, NULL };
  g_autofree char *out = NULL, *said = NULL;
  g_autoptr (GError) error = NULL;
  gint status;

  g_assert_true (
    g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, &out, &said, &status, &error));
  g_assert_no_error (error);
  g_test_message ("%s%s", out, said);
  g_assert_cmpint (status, ==, 0);
}

static char *
in_folder (const char *folder, const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
write_text (WeftDocument      *document,
            WeftSourceLanguage language,
            const char        *folder,
            const char        *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = weft_document_to_source (document, NULL, 0, language, NULL, &error);
  g_autofree char *path = in_folder (folder, name);

  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
write_arrays (GHashTable *arrays, const char *folder, const char *name)
{
  g_autofree char *path = in_folder (folder, name);
  g_autoptr (GError) error = NULL;

  weft_safetensors_write (path, arrays, NULL, &error);
  g_assert_no_error (error);
}

static GHashTable *
new_arrays (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_array_unref);
}

/* "cost.loss" of the text's functions: what Weft itself computes, without training. */
static void
compare (WeftDocument *document, WeftArray *const *columns, const char *const *names, guint n)
{
  const WeftLowerOptions options = { .seed = 5 };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  g_autofree char *folder = g_dir_make_tmp ("weft-source-XXXXXX", NULL);
  g_autoptr (GHashTable) given = new_arrays (), parameters = new_arrays (),
                         expected = new_arrays ();
  GHashTableIter iter;
  gpointer       port, value;

  for (guint i = 0; i < lowered->shared->len; i++)
    {
      const WeftShared *shared = g_ptr_array_index (lowered->shared, i);

      g_hash_table_insert (parameters, g_strdup (shared->name), weft_array_ref (shared->value));
    }
  for (guint i = 0; i < n; i++)
    g_hash_table_insert (given, g_strdup (names[i]), weft_array_ref (columns[i]));
  g_hash_table_iter_init (&iter, lowered->values);
  while (g_hash_table_iter_next (&iter, &port, &value))
    {
      g_autofree WeftValue **inputs = g_new0 (WeftValue *, lowered->inputs->len + 1);
      WeftFunctionSpec       spec = { .graph = lowered->graph, .mode = WEFT_MODE_INTERPRET };
      g_autoptr (WeftFunction) function = NULL;
      g_autofree WeftArray **arrays = g_new0 (WeftArray *, lowered->inputs->len + 1);
      WeftArray             *result = NULL;
      g_autoptr (GError) error = NULL;

      for (guint i = 0; i < lowered->inputs->len; i++)
        {
          const WeftInputPort *input = g_ptr_array_index (lowered->inputs, i);

          inputs[i] = input->value;
          for (guint k = 0; k < n; k++)
            if (g_str_equal (names[k], input->name))
              arrays[i] = columns[k];
          g_assert_nonnull (arrays[i]);
        }
      spec.inputs = inputs;
      spec.n_inputs = lowered->inputs->len;
      spec.outputs = (WeftValue *const *) &value;
      spec.n_outputs = 1;
      function = weft_function_new (&spec, &error);
      g_assert_no_error (error);
      weft_function_call (function, arrays, &result, NULL, &error);
      g_assert_no_error (error);
      g_hash_table_insert (expected, g_strdup (port), result);
    }
  write_text (document, WEFT_SOURCE_NUMPY, folder, files[0]);
  write_text (document, WEFT_SOURCE_PYTORCH, folder, files[1]);
  write_arrays (given, folder, files[2]);
  write_arrays (parameters, folder, files[3]);
  write_arrays (expected, folder, files[4]);
  check (folder);
  for (guint i = 0; files[i] != NULL; i++)
    {
      g_autofree char *path = in_folder (folder, files[i]);

      g_unlink (path);
    }
  g_rmdir (folder);
}

/* ---- Examples ---- */

static void
test_example (gconstpointer data)
{
  g_autofree char *path =
    g_strdup_printf ("%s/examples/%s.weft", g_getenv ("WEFT_DATA_DIR"), (const char *) data);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  g_autoptr (WeftModel) model = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (WeftLowered) lowered = NULL;
  WeftBatch batch;
  guint32   node;

  g_assert_no_error (error);
  model = weft_model_new (document, NULL, &node, &error);
  g_assert_no_error (error);
  g_assert_true (weft_batch_init (&batch, document, model, N_ROWS, TRUE, &error));
  lowered = weft_document_lower (document, &(WeftLowerOptions){ .no_init = TRUE });
  for (guint i = 0; i < lowered->inputs->len; i++)
    g_ptr_array_add (names, ((WeftInputPort *) g_ptr_array_index (lowered->inputs, i))->name);
  compare (document, batch.columns, (const char *const *) names->pdata, names->len);
  weft_batch_clear (&batch);
}

/* ---- Ops ---- */

/* Each over x (3, 4), the positive p (3, 4), the labels i (3,) and the picture (2, 6, 6, 4). */
static const char *const texts[] = {
  "exp(x) + log(p) - sqrt(p) * tanh(x) / sigmoid(x)",
  "maximum(x, 0.5) + minimum(p, x) + clip(x, -1, 1)",
  "where(x > 0, x, 0.1 * x) + relu(x) + abs(x)",
  "gelu(x) + silu(x) + softplus(x) + softsign(x) + selu(x)",
  "elu(x, alpha=0.5) + leaky_relu(x, slope=0.2) + hard_sigmoid(x) + hard_tanh(x) + mish(x)",
  "erf(x) + erfc(x) + log1p(p) + expm1(x) + rsqrt(p) + reciprocal(p)",
  "x.sum(axis=1, keepdims=True) + x.mean(axis=0) + x.max() + x.min(axis=(0, 1))",
  "x.var(axis=1, keepdims=True, ddof=1) + x.std() + prod(p, axis=1, keepdims=True)",
  "logsumexp(x, axis=1) + l2_norm(x, axis=1) + cumsum(x, axis=1)[:, -1]",
  "argmax(x, axis=1) + argmin(x, axis=1) * 2",
  "softmax(x) + log_softmax(x, axis=0) + standardize(x)",
  "cross_entropy(x, i) + cross_entropy(x, softmax(p)) + accuracy(x, i)",
  "squared_error(x, p) + absolute_error(x, p) + huber(x, p) + hinge(x, p) + "
  "kl_divergence(softmax(x), softmax(p))",
  "binary_cross_entropy(x, p > 1)",
  "concat((x, p), axis=1)[:, 1:7:2] + x[:, None, :].sum(axis=1)[:, :3]",
  "reshape(x, (2, 6)).T @ one_hot(i, 4)[:2]",
  "transpose(expand_dims(x, (0, 2)), (1, 0, 3, 2)).squeeze()",
  "x[i] + x[[0, 2, 1]] + arange(4) + x.shape[0] * 2",
  "x ** 2 - x % 2 + p // 0.7 + hypot(x, p) + atan2(x, p)",
  "conv(image, x[None, :2, :, None] * ones((3, 1, 1, 2)), padding='same', stride=2)",
  "conv(image, ones((3, 2, 2, 6)) * x[0, :2, None], groups=2, dilation=(1, 2), pads=1)",
  "conv(image, x.reshape((1, 3, 4, 1)))",
  "max_pool(image, (2, 3)) - avg_pool(image, (2, 3))",
  "max_pool(image, 3, stride=1, padding='same') + avg_pool(image, 3, stride=1, padding='same')",
  "avg_pool(image, 3, stride=2, pads=1, count_padding=True)",
  "logical_and(x > 0, p < 1) * 1.0 + floor(x) + ceil(x) + sign(x) + round(x)",
  "cbrt(x) + round_half_away(x * 3) + asinh(x) + acosh(p + 1) + atanh(x / 4) + deg2rad(x) + "
  "heaviside(x, p)",
  "log1mexp(-p) + logit(p / 3) + xlogx(p) + xlogy(x, p) + xlog1py(x, p) + log_cosh(x) + "
  "nan_to_num(x)",
  "erfcx(p) + log_erfc(x) + erfinv(x / 3) + erfcinv(p) + gamma(p) + lgamma(p) + digamma(p) + "
  "trigamma(p)",
  "beta(p, p + 1) + lbeta(p, 2 * p) + gammainc(p, p + 1) + gammaincc(p, p) + i0(x) + i1(x) + j0(x) "
  "+ j1(x)",
  "hard_swish(x) + squareplus(x) + celu(x, alpha=0.7) + soft_shrink(x) + hard_shrink(x) + prelu(x, "
  "p)",
  "cumprod(p, axis=1) + logcumsumexp(x, axis=0) + linear_recurrence(x, 0.5 * p, axis=1, "
  "backwards=True)",
  "any(x > 1, axis=1) * 1.0 + all(x > -1.5, axis=1) + median(x, axis=1)",
  "sort(x) + sort(x, axis=0, descending=True) + argsort(x) + topk(p, 2)[0][:, :1] + topk(x, 3, "
  "largest=False)[1][:, 1:2]",
  "searchsorted(sort(x[0]), p) + diff(x)[:, :1] + roll(x, 1, axis=1) + pad(x, 1)[1:4, :4]",
  "x.at[1].set(p[0]) + x.at[i, 1].add(2) + x.at[:, 2:].mul(p[:, 2:]) + x.at[[0, 0]].max(1) + "
  "x.at[0, 1].min(-1)",
  "cholesky(x @ x.T + 9 * eye(3)) + inv(x @ x.T + 9 * eye(3)) + expm(x[:, :3] / 4)",
  "solve(x @ x.T + 9 * eye(3), x) + solve_triangular(p[:, :3] + 3 * eye(3), x, trans=1) + solve(x "
  "@ x.T + 9 * eye(3), x[:, 0])[:, None]",
  "det(p[:, :3]) + slogdet(x @ x.T)[1] + diagonal(p).sum() + eigvalsh(x @ x.T).sum() + "
  "svdvals(x).sum() + abs(qr(x)[1]).sum()",
  "pinv(x) @ x + lstsq(x.T, p.T)[0].sum() + norm(x, ord='nuc')",
  "irfft(rfft(x)) + fft(complex(x, p))[:, :, 0] + ifft(complex(x, p), n=6)[:, :4, 1] + rfft(x, "
  "axis=0)[0, :, 0]",
  "conv_transpose(image, ones((3, 2, 3, 4)) * x[:, None, None, :], stride=2, padding='same')",
  "conv_transpose(image, ones((3, 2, 2, 4)) * p[:, :2, None, None], stride=(2, 3), "
  "output_padding=1, groups=2, dilation=2)",
  "conv_transpose(image, ones((2, 2, 1, 4)) * p[0], pads=1)",
  "im2col(image, size=(2, 3), stride=2, padding='same')",
  "upsample(image, scale=(2, 3)) + upsample(image, scale=(2, 3), mode='bilinear')",
  "scan(lambda r, s: s * 0.5 + r, sequences=[x], states=[p[0]])",
  "scan(lambda r, s: (s + r, s * r), sequences=[x], states=[p[0]], backwards=True)[1]",
  "scan(lambda s: (s * 2, until(max(s) > 20)), states=[p], steps=9)",
  "map(lambda r: r * (0.5, 1.5, 2.5, 3.5) + scan(lambda e, s: tanh(s + e), sequences=[r], "
  "states=[0.0]), x)",
  "cond(x[0, 0] > 9, lambda: x * 2, lambda: x - p) + maximum(x, -inf)",
  "custom_gradient(lambda a: tanh(a) * 2, lambda a, gy: gy, x)",
  "grad_scale(x, scale=0.5) + grad_clip(x) + stop_gradient(p) + watch(x) + where(p > 1, x, "
  "nan_to_num(p))",
};

static WeftArray *
draw (guint rank, const gint64 *shape, double low, double high)
{
  WeftArray *array = weft_array_new (WEFT_F32, rank, shape);

  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, g_test_rand_double_range (low, high));
  return array;
}

static void
test_text (gconstpointer data)
{
  static const char *const names[] = { "x", "p", "image", "i" };
  static const char *const shapes[] = { "(3, 4)", "(3, 4)", "(2, 6, 6, 4)", "(3,)" };
  g_autoptr (WeftDocument) document = weft_document_new ();
  WeftJson  *text = weft_json_new_object ();
  WeftArray *columns[4] = { draw (2, (const gint64[]){ 3, 4 }, -2, 2),
                            draw (2, (const gint64[]){ 3, 4 }, 0.3, 2),
                            draw (4, (const gint64[]){ 2, 6, 6, 4 }, -1, 1),
                            weft_array_new (WEFT_I64, 1, (const gint64[]){ 3 }) };
  guint32    uid;

  for (guint k = 0; k < 3; k++)
    weft_array_set (columns[3], k, (double) k);
  weft_json_set_string (text, "text", data);
  uid = weft_document_add_node (document, "expression", "e", text, 0, 0, NULL);
  for (guint k = 0; k < 4; k++)
    {
      WeftJson *params = weft_json_new_object ();
      guint32   input;

      weft_json_set_string (params, "shape", shapes[k]);
      if (k == 3)
        weft_json_set_string (params, "dtype", "i64");
      input = weft_document_add_node (document, "input", names[k], params, 0, 0, NULL);
      weft_document_connect (document, input, "y", uid, names[k], NULL);
    }
  compare (document, columns, names, 4);
  for (guint k = 0; k < 4; k++)
    weft_array_unref (columns[k]);
}

/* ---- TeX ---- */

static void
test_tex (void)
{
  static const char *const cases[][2] = {
    { "softmax(x @ W + b)", "\\mathrm{softmax}\\left(x\\, W + b\\right)" },
    { "(a + b) / sqrt(c)", "\\frac{a + b}{\\sqrt{c}}" },
    { "-x ** 2 * (y - 1)", "\\left(-x^{2}\\right) \\odot \\left(y - 1\\right)" },
    { "1e-4 * sum(hidden_W ** 2)", "0.0001 \\, \\left(\\sum W_{\\mathrm{hidden}}^{2}\\right)" },
    { "sum(x, axis=1)", "\\sum_{1} x" },
    { "exp(-x) * alpha", "e^{-x} \\odot \\alpha" },
    { "2e-12 * tanh(h1)", "2 \\cdot 10^{-12} \\, \\tanh\\left(h_{1}\\right)" },
    { "x[:, 1:]", "{x}_{[:, 1:]}" },
    { "x.T @ y", "x^{\\top}\\, y" },
    { "h = tanh(x)\nh * h", "h = \\tanh\\left(x\\right) \\\\\nh \\odot h" },
    { "x if x > 0 else 0.1 * x",
      "\\begin{cases} x & x > 0 \\\\ 0.1 \\, x & \\text{otherwise} \\end{cases}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *tex = weft_expression_to_tex (cases[i][0], &error);

      g_assert_no_error (error);
      g_assert_cmpstr (tex, ==, cases[i][1]);
    }
  g_assert_null (weft_expression_to_tex ("(", NULL));
}

/* A selection: what flows in is given by its name. */
static void
test_selection (void)
{
  g_autofree char *path =
    g_strdup_printf ("%s/examples/%s.weft", g_getenv ("WEFT_DATA_DIR"), "digits-mlp");
  g_autoptr (WeftDocument) document = weft_document_load (path, NULL);
  guint32          hidden = weft_document_node_by_id (document, "hidden")->uid;
  g_autofree char *text =
    weft_document_to_source (document, &hidden, 1, WEFT_SOURCE_NUMPY, NULL, NULL);
  g_autofree char *tex =
    weft_document_to_source (document, &hidden, 1, WEFT_SOURCE_TEX, NULL, NULL);

  g_assert_nonnull (strstr (text, "def part(p, digits_pixels):"));
  g_assert_nonnull (strstr (text, "hidden = relu("));
  g_assert_cmpstr (
    tex, ==,
    "\\mathrm{hidden} &= \\mathrm{relu}\\left(\\mathrm{pixels}_{\\mathrm{digits}}\\, "
    "W_{\\mathrm{hidden}} + b_{\\mathrm{hidden}}\\right)\n");
}

static guint32
add_expression (WeftDocument *document, const char *id, const char *text)
{
  WeftJson *params = weft_json_new_object ();

  weft_json_set_string (params, "text", text);
  return weft_document_add_node (document, "expression", id, params, 0, 0, NULL);
}

/* What there is no word for names its node. */
static void
test_missing (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  guint32 uid = add_expression (document, "spelt", "ctc(ones((2, 5, 3)), [[1, 2], [2, 1]])"),
          node = 0;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (uid, !=, 0);
  g_assert_null (weft_document_to_source (document, &uid, 1, WEFT_SOURCE_PYTORCH, &node, &error));
  g_assert_cmpstr (error->message, ==, "PyTorch has nothing for ctc_losses");
  g_assert_cmpuint (node, ==, uid);
}

/* Two expressions that call their parts alike, and like an input, do not get into each other's way.
 */
static void
test_names (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  guint32 x = weft_document_add_node (
    document, "input", "h", weft_json_parse ("{\"shape\": \"(3,)\"}", -1, NULL), 0, 0, NULL);
  guint32    first = add_expression (document, "first", "h = exp(a)\nh * a");
  guint32    second = add_expression (document, "second", "h = a + 1\nh * h * b");
  WeftArray *column = draw (1, (const gint64[]){ 3 }, -1, 1);

  weft_document_connect (document, x, "y", first, "a", NULL);
  weft_document_connect (document, first, "out", second, "a", NULL);
  weft_document_connect (document, x, "y", second, "b", NULL);
  compare (document, &column, (const char *[]){ "h" }, 1);
  weft_array_unref (column);
}

int
main (int argc, char **argv)
{
  static const char *const examples[] = { "digits-mlp", "iris", "two-moons", "auto-mpg",
                                          "autoencoder", "logistic-l1", "linear-regression",
                                          "char-transformer", "mnist-lenet", "california-housing",
                                          "cifar-cnn", "airline-lstm", "char-rnn", "char-gru",
                                          "char-lstm" };

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/document/source/tex", test_tex);
  g_test_add_func ("/engine/document/source/selection", test_selection);
  g_test_add_func ("/engine/document/source/missing", test_missing);
  g_test_add_func ("/engine/document/source/names", test_names);
  for (guint i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      g_autofree char *name = g_strdup_printf ("/engine/document/source/%s", examples[i]);

      g_test_add_data_func (name, examples[i], test_example);
    }
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *name = g_strdup_printf ("/engine/document/source/text/%02u", i);

      g_test_add_data_func (name, texts[i], test_text);
    }
  return g_test_run ();
}
